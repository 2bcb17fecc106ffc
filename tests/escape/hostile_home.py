#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an app left behind must not lead the next start astray.  Each attempt plants something where an app may write
(its persistent home, a granted directory), starts again, and looks: was anything outside read, made, changed or removed;
and does a harmless start still work, or say what to remove?  usage: hostile_home.py [ROUNDS of the race]"""

import ctypes
import os
import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

RENAME_EXCHANGE = 2
SECRET = "the-users-own-secret"
PROFILE = """[Application]
name=org.example.Plant
command=sh

[Oriel]
inherits=strict

[Files]
home=persistent
"""


class Plants:
    def __init__(self, suite):
        self.suite = suite
        self.ssh = suite.home / ".ssh"
        self.ssh.mkdir(mode=0o700)
        (self.ssh / "id_ed25519").write_text(SECRET)
        profiles = suite.home / ".config/oriel/profiles"
        profiles.mkdir(parents=True)
        for path in (profiles, profiles.parent):
            path.chmod(0o700)
        (profiles / "plant").write_text(PROFILE)
        self.data = None

    def app(self, script, *options, timeout=harness.DEADLINE):
        return self.suite.oriel("run", "--no-daemon", *options, "org.example.Plant", "-c", script, timeout=timeout)

    def find_data(self):
        """The host's directory behind the app's persistent home, found by what a first run wrote."""
        done = self.app("echo here >first && echo written")
        found = [path for path in (self.suite.home / ".local/share/oriel").rglob("first") if path.is_file()]
        good = done.returncode == 0 and len(found) == 1
        self.suite.ok(good, "a persistent home keeps a file", done.stderr)
        if good:
            self.data = found[0].parent
        return good

    def wipe(self):
        for top, folders, files in os.walk(self.data, topdown=False):
            for name in files + folders:
                path = os.path.join(top, name)
                if os.path.islink(path) or not os.path.isdir(path):
                    os.unlink(path)
                else:
                    os.rmdir(path)

    def host_state(self):
        """Every name and content of the host's side that an attack could touch; the app's own data aside."""
        state = {}
        for path in [self.ssh, *self.ssh.rglob("*"), *self.suite.home.glob("*")]:
            info = path.lstat()
            state[str(path)] = (info.st_mode, info.st_ino, path.read_text() if path.is_file() else "")
        return state

    def judge(self, name, done, before):
        """Nothing of the host read or changed; and an end within the deadline, with words where it failed."""
        wrong = []
        if SECRET in done.stdout or "id_ed25519" in done.stdout:
            wrong.append("the secret was read")
        if self.host_state() != before:
            wrong.append("the host's files changed")
        if done.returncode is None:
            wrong.append("it hangs")
        elif done.returncode == 125 and "oriel: " not in done.stderr:
            wrong.append("it fails without a word")
        self.suite.ok(not wrong, name, "; ".join(wrong) + f"\nstatus {done.returncode}\n{done.stdout}\n{done.stderr}"
                      if wrong else f"status {done.returncode}")


def links(plants):
    """Links in the app's home where Oriel will make or open something (CVE-2024-42472 and its family)."""
    home, ssh = plants.suite.home, plants.ssh
    cases = (
        # name, what the app plants, the next start's options, what it tries then
        ("persisted directory is a link to ~/.ssh", f"ln -s {ssh} keep", ["--home=tmp", "--persist=keep"],
         "cat keep/* ; echo x >keep/planted"),
        ("parent of a persisted directory is a link", f"ln -s {home} a", ["--home=tmp", "--persist=a/.ssh"],
         "cat a/.ssh/*; echo x >a/.ssh/planted"),
        ("persisted directory is a link to /", "ln -s / keep", ["--home=tmp", "--persist=keep"],
         f"cat keep{ssh}/*; echo x >keep{ssh}/planted"),
        ("persisted directory is a link upwards", "ln -s ../../../../../../.ssh keep", ["--home=tmp", "--persist=keep"],
         "cat keep/*"),
        ("the whole home holds links", f"ln -s {ssh} .config; ln -s {ssh} .cache; ln -s {ssh} .local", [],
         "cat .config/* .cache/* .local/*"),
        ("destination of a mount below a link to the host", f"ln -s {ssh} sub", [f"--filesystem={home}/sub/made"],
         "ls sub; cat sub/*"),
        ("destination of a mount below a link into /proc", "ln -s /proc/1/root sub", [f"--filesystem={home}/sub/made"],
         f"cat sub{ssh}/*"),
        ("loop of links", "ln -s keep keep2; ln -s keep2 keep", ["--home=tmp", "--persist=keep"], "ls keep"),
    )
    for name, plant, options, script in cases:
        plants.wipe()
        (home / "sub").mkdir(exist_ok=True)
        (home / "sub/made").mkdir(exist_ok=True)
        before = plants.host_state()
        planted = plants.app(f"cd && {plant}")
        if not plants.suite.ok(planted.returncode == 0, f"plant: {name}", planted.stderr):
            continue
        plants.judge(name, plants.app(f"cd; {script}", *options), before)


def other_types(plants):
    """A granted directory that became a fifo, a socket, a file, or can't be entered: an end, and words."""
    for kind in ("fifo", "socket", "file", "locked"):
        plants.wipe()
        before = plants.host_state()
        keep = plants.data / "keep"
        if kind == "fifo":
            os.mkfifo(keep)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as listener:
                here = os.getcwd()
                os.chdir(plants.data)
                listener.bind("keep")
                os.chdir(here)
        elif kind == "file":
            keep.write_text("")
        else:
            keep.mkdir(mode=0)
        plants.judge(f"persisted directory became a {kind}", plants.app("ls keep", "--home=tmp", "--persist=keep"), before)


def race(plants, rounds):
    """A running app swaps a directory for a link while the next start opens it."""
    plants.wipe()
    (plants.data / "keep").mkdir()
    os.symlink(plants.ssh, plants.data / "link")
    before, stop, bad = plants.host_state(), threading.Event(), []

    def swap():
        libc = ctypes.CDLL(None)
        names = os.fsencode(plants.data / "keep"), os.fsencode(plants.data / "link")
        while not stop.is_set():
            libc.renameat2(-100, names[0], -100, names[1], RENAME_EXCHANGE)
    swapper = threading.Thread(target=swap)
    swapper.start()
    for _ in range(rounds):
        done = plants.app("ls keep; cat keep/*", "--home=tmp", "--persist=keep")
        if SECRET in done.stdout or "id_ed25519" in done.stdout or done.returncode is None:
            bad.append(done)
    stop.set()
    swapper.join()
    plants.suite.ok(not bad and plants.host_state() == before, f"a directory swapped for a link in {rounds} starts",
                    bad[0].stdout if bad else "")


def policy(plants):
    """A writable home grant is no way to Oriel's own directories, nor to what the host runs by itself."""
    home = plants.suite.home
    closed = [".ssh", ".config/oriel", ".config/oriel/profiles", ".config/oriel/overrides", ".local/share/oriel",
              ".local/state/oriel", ".config/git", ".config/autostart", ".local/share/applications", ".local/share/dbus-1/services",
              ".config/systemd/user", ".config/environment.d", ".local/bin", "bin"]
    files = [".bashrc", ".profile", ".gitconfig"]
    for name in files:
        (home / name).write_text("# mine\n")
    for missing in (False, True):
        for name in closed[6:]:
            if missing and (home / name).exists():
                os.removedirs(home / name)
            elif not missing:
                (home / name).mkdir(parents=True, exist_ok=True)
        script = "; ".join([f"mkdir -p ~/{name} 2>/dev/null; echo x >~/{name}/planted" for name in closed]
                           + [f"echo planted >>~/{name}; mv ~/{name} ~/moved; echo planted >~/{name}" for name in files])
        done = plants.suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--filesystem=home", "--", "sh", "-c",
                                  f"{script}; echo key >>~/.ssh/authorized_keys; echo ran; cat ~/.config/oriel/profiles/plant")
        planted = [name for name in closed if (home / name / "planted").exists()]
        planted += [".ssh/authorized_keys"] * (home / ".ssh/authorized_keys").exists()
        planted += [name for name in files if (home / name).exists() and "planted" in (home / name).read_text()]
        when = "missing at the start" if missing else "there at the start"
        plants.suite.ok(done.stdout.startswith("ran") and not planted,
                        f"with a writable home, Oriel's and the shell's own places ({when}) stay closed",
                        f"planted in {planted}\n{done.stderr}")
        plants.suite.ok("org.example.Plant" not in done.stdout, f"and Oriel's directories ({when}) are not shown", done.stdout)


def missing_files(plants):
    """A missing start-up file of the shell can't be held back without making one; so the person is told."""
    done = plants.suite.oriel("explain", "--profile", "base/strict", "--filesystem=home", "--", "true")
    plants.suite.ok(done.returncode == 0 and ".bash_profile" in done.stdout,
                    "explain names the start-up files that an app with a writable home could make", done.stdout[-600:] + done.stderr)


def ghosts(plants):
    """No empty mount point is left in a granted directory, and the user's files keep their inodes."""
    project = plants.suite.home / "project"
    (project / "src").mkdir(parents=True)
    (project / "src/main.c").write_text("int main;\n")

    def names():
        return sorted((str(path), path.lstat().st_ino) for path in project.rglob("*"))
    before = names()
    done = plants.suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={project}",
                              f"--nofilesystem={project}/private", f"--filesystem={project}/src:ro", "--", "ls", project)
    plants.suite.ok(done.returncode == 0 and names() == before, "no mount point is left in a granted directory",
                    f"{before}\n{names()}\n{done.stderr}")


def granted_home(plants):
    """With the whole home granted: what the host runs later, and Oriel itself, can't be moved aside and made anew."""
    home = plants.suite.home
    (home / "dotfiles").mkdir()
    (home / "dotfiles/bashrc").write_text("")
    (home / ".bashrc").unlink(missing_ok=True)
    (home / ".bashrc").symlink_to("dotfiles/bashrc")
    kept = [".config", ".config/oriel", ".local", ".local/share", ".local/share/oriel", "dotfiles"]
    plants.app("true", "--filesystem=home")
    before = {name: (home / name).stat().st_ino for name in kept}
    script = ("cd; for d in .config .local/share .local dotfiles; do mv $d $d-old; done; rm -f .bashrc; mkdir -p "
              ".config/autostart .config/oriel/overrides .local/share/oriel; for f in .bashrc dotfiles/bashrc "
              ".config/autostart/planted .config/oriel/planted .local/share/oriel/planted; do echo planted >>$f; done; "
              "touch .config/ordinary && echo written")
    for options in (["--filesystem=home"], ["--filesystem=host"], ["--filesystem=home", "--filesystem=~/.config"]):
        done = plants.app(script, *options)
        after = {name: (home / name).stat().st_ino for name in kept}
        planted = [str(path) for path in home.rglob("planted")]
        changed = before != after or not (home / ".bashrc").is_symlink() or (home / "dotfiles/bashrc").read_text()
        plants.suite.ok("written" in done.stdout and not planted and not changed, f"nothing is moved aside: {' '.join(options)}",
                        f"{planted} {before} {after}\n{done.stdout}\n{done.stderr}")
    for option in ("--filesystem=~/.config/oriel/overrides:create", "--home=~/.config", "--home=~/.local/share/oriel"):
        done = plants.app("true", option)
        plants.suite.ok(done.returncode == 125 and "oriel: " in done.stderr, f"refused: {option}", done.stderr)


def main():
    suite = harness.Suite("hostile-home")
    plants = Plants(suite)
    if plants.find_data():
        links(plants)
        other_types(plants)
        race(plants, int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    policy(plants)
    missing_files(plants)
    ghosts(plants)
    granted_home(plants)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
