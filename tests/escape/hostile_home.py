#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an app left behind must not lead the next start astray.  Each attempt plants something where an app may write
(its persistent home, a granted directory), starts again, and looks: was anything outside read, made, changed or removed;
and does a harmless start still work, or say what to remove?  usage: hostile_home.py [ROUNDS] of the race."""

import contextlib
import ctypes
import os
import pathlib
import shutil
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
        for path in self.data.iterdir():
            if not path.is_symlink() and path.is_dir():
                path.chmod(0o700)
                shutil.rmtree(path)
            else:
                path.unlink()

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
        ("persisted directory is a link to ~/.ssh [CVE-2024-42472]", f"ln -s {ssh} keep", ["--home=tmp", "--persist=keep"],
         "cat keep/* ; echo x >keep/planted"),
        ("parent of a persisted directory is a link [CVE-2026-90616]", f"ln -s {home} a", ["--home=tmp", "--persist=a/.ssh"],
         "cat a/.ssh/*; echo x >a/.ssh/planted"),
        ("persisted directory is a link to / [CVE-2024-42472]", "ln -s / keep", ["--home=tmp", "--persist=keep"],
         f"cat keep{ssh}/*; echo x >keep{ssh}/planted"),
        ("persisted directory is a link upwards [CVE-2024-42472]", "ln -s ../../../../../../.ssh keep", ["--home=tmp", "--persist=keep"],
         "cat keep/*"),
        ("every directory of the app's data is a link [CVE-2026-90616 CVE-2026-34079]",
         f"ln -s {ssh} .config; ln -s {ssh} .cache; ln -s {ssh} .local; ln -s {ssh} .var", [], "cat .config/* .cache/* .local/* .var/*"),
        ("start-up files and cookies are links [CVE-2017-5180 CVE-2017-5940 CVE-2026-96807]",
         f"for f in .Xauthority .bashrc .profile .gitconfig .netrc; do ln -s {ssh}/id_ed25519 $f; done", [],
         "cat .Xauthority .bashrc .profile .gitconfig .netrc; for f in .Xauthority .bashrc; do echo x >$f; done"),
        ("new files by names that are links [CVE-2026-96807]", f"ln -s {ssh}/planted .Xauthority; ln -s {ssh}/planted2 keep", ["--persist=keep"],
         "echo x >.Xauthority; echo x >keep/x; echo x >keep"),
        ("destination of a mount below a link to the host [CVE-2026-87766]", f"ln -s {ssh} sub", [f"--filesystem={home}/sub/made"],
         "ls sub; cat sub/*"),
        ("destination of a mount below a link into /proc [CVE-2026-87766]", "ln -s /proc/1/root sub", [f"--filesystem={home}/sub/made"],
         f"cat sub{ssh}/*"),
        ("loop of links [type-swap]", "ln -s keep keep2; ln -s keep2 keep", ["--home=tmp", "--persist=keep"], "ls keep"),
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
    for kind in ("fifo", "socket", "file", "locked", "deep"):
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
        elif kind == "deep":
            # 40 directories of 200 letters: the whole path is longer than any that the kernel takes.
            here = os.getcwd()
            os.chdir(plants.data)
            for _ in range(40):
                os.mkdir("k" * 200)
                os.chdir("k" * 200)
            os.chdir(here)
            keep.mkdir()
        else:
            keep.mkdir(mode=0)
        plants.judge(f"persisted directory became a {kind} [type-swap]", plants.app("ls keep", "--home=tmp", "--persist=keep"), before)


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
    plants.suite.ok(not bad and plants.host_state() == before, f"a directory swapped for a link in {rounds} starts [CVE-2021-30465 CVE-2021-44731 CVE-2026-40354]",
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
                        f"with a writable home, Oriel's and the shell's own places ({when}) stay closed [firejail#7154 CVE-2026-25725 CVE-2024-1724]",
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

    def inodes():
        return sorted((str(path), path.lstat().st_ino) for path in project.rglob("*"))
    before = inodes()
    done = plants.suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={project}",
                              f"--nofilesystem={project}/private", f"--filesystem={project}/src:ro", "--", "ls", project)
    plants.suite.ok(done.returncode == 0 and inodes() == before, "no mount point is left in a granted directory [ghost-files]",
                    f"{before}\n{inodes()}\n{done.stderr}")


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
        plants.suite.ok("written" in done.stdout and not planted and not changed, f"nothing is moved aside: {' '.join(options)} [rename-tricks linked-protected-path]",
                        f"{planted} {before} {after}\n{done.stdout}\n{done.stderr}")
    for option in ("--filesystem=~/.config/oriel/overrides:create", "--home=~/.config", "--home=~/.local/share/oriel"):
        done = plants.app("true", option)
        plants.suite.ok(done.returncode == 125 and "oriel: " in done.stderr, f"refused: {option}", done.stderr)


def destinations(plants):
    """Harmless links and narrow parents on the way to a mount point still work (bubblewrap#801)."""
    suite = plants.suite
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "sh", "-c", "echo x >/var/run/user/$(id -u)/f && cat /run/user/*/f")
    suite.ok(done.stdout == "x\n", "/var/run leads to /run inside [CVE-2026-87766]", done.stdout + done.stderr)
    narrow = suite.top / "narrow"
    (narrow / "given").mkdir(parents=True)
    (narrow / "given/f").write_text("given\n")
    (narrow / "beside").write_text(SECRET)
    narrow.chmod(0o711)
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={narrow}/given", "--", "sh", "-c",
                       f"cat {narrow}/given/f {narrow}/beside")
    suite.ok(done.stdout == "given\n", "a grant below a directory with mode 0711 [CVE-2026-87766]", done.stdout + done.stderr)


def names(plants):
    """Names that lead elsewhere, in every option that takes one."""
    suite = plants.suite
    before = plants.host_state()
    bad = []
    words = ("../up", "a/../../up", "/etc", "..", ".", "a//../..", "x" * 300, "a\nb", "a/" * 2100)
    for option in ("--persist", "--instance", "--profile", "--home", "--command", "--tree"):
        for word in words:
            done = suite.oriel("run", "--no-daemon", f"{option}={word}", "org.example.Plant", "-c", "cat ../.ssh/* /etc/shadow; pwd")
            if done.returncode is None or SECRET in done.stdout or "\x1b" in done.stderr or done.returncode > 128:
                bad.append(f"{option}={word[:20]}: {done.returncode} {done.stdout} {done.stderr[:200]}")
    for word in ("../up", "/etc", ".."):
        done = suite.oriel("profile", "show", word)
        if done.returncode == 0 or "root:" in done.stdout:
            bad.append(f"profile show {word}")
    suite.ok(not bad and plants.host_state() == before, "names with .., /, control characters and 4200 letters lead nowhere "
             "[CVE-2026-96282 CVE-2026-97023 CVE-2026-97024 CVE-2026-92162 CVE-2026-96275 CVE-2026-96276 CVE-2026-96279 CVE-2026-96280 CVE-2026-96808 CVE-2026-96284]",
             "\n".join(["", *bad]))


def read_by_launcher(plants):
    """Nothing of the app's home is opened while its box is made: no site files, locales, libraries, start-up files."""
    suite = plants.suite
    plants.wipe()
    planted = [".bashrc", ".profile", ".local/lib/python3/site-packages/usercustomize.py", "lib/libc.so.6", "lib/gconv/gconv-modules",
               "share/locale/xx/LC_MESSAGES/oriel.mo", ".config/user-dirs.dirs", ".pam_environment", ".config/oriel/profiles/strict"]
    for name in planted:
        (plants.data / name).parent.mkdir(parents=True, exist_ok=True)
        (plants.data / name).write_text("planted\n")
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    opened = 0x20 | 0x1  # IN_OPEN, IN_ACCESS; of the files alone, since the directory itself is mounted
    for name in planted:
        libc.inotify_add_watch(watch, os.fsencode(plants.data / name), opened)
    done = suite.oriel("run", "--no-daemon", "--command=true", "org.example.Plant", cwd=plants.data)
    touched = b""
    with contextlib.suppress(BlockingIOError):
        touched = os.read(watch, 4096)
    suite.ok(done.returncode == 0 and not touched, "what an app planted is read by no stage of its launch [boot-reads-user-files]",
             f"{done.stderr} {touched}")
    (plants.data / ".bashrc").read_text()
    suite.ok(len(os.read(watch, 4096)) > 0, "control: had it been read, it would have been seen")
    os.close(watch)


def swapped_mask(plants):
    """A path that is hidden is swapped for a link, and back, while boxes start (CVE-2019-16884 and its family)."""
    suite, stop = plants.suite, threading.Event()
    project = suite.home / "masked"
    (project / "private").mkdir(parents=True)
    (project / "private/key").write_text(SECRET)
    (project / "other").mkdir()
    (project / "link").symlink_to(project / "other")

    def swap():
        libc = ctypes.CDLL(None)
        while not stop.is_set():
            libc.renameat2(-100, os.fsencode(project / "private"), -100, os.fsencode(project / "link"), RENAME_EXCHANGE)
            libc.renameat2(-100, os.fsencode(project / "private"), -100, os.fsencode(project / "link"), RENAME_EXCHANGE)
    swapper = threading.Thread(target=swap)
    swapper.start()
    bad, ran = [], 0
    for _ in range(20):
        done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={project}:ro", f"--nofilesystem={project}/private",
                           "--", "sh", "-c", f"echo ran; test -d {project}/private/. && cat {project}/private/key")
        ran += "ran" in done.stdout
        if SECRET in done.stdout:
            bad.append(done)
    stop.set()
    swapper.join()
    suite.ok(not bad, "a hidden path swapped for a link in 20 starts stays hidden "
             "[CVE-2019-16884 CVE-2023-28642 CVE-2025-31133 CVE-2025-52565 CVE-2025-52881]", f"{ran} ran; shown {len(bad)} times")


def pinned(plants):
    """A granted file that the host replaces while the app runs: nothing follows the new link."""
    suite = plants.suite
    given, seen = suite.home / "given.txt", suite.home / "seen"
    given.write_text("old\n")
    seen.mkdir()
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", "base/strict", f"--filesystem={given}:ro",
                      f"--filesystem={seen}", "--", "sh", "-c", f"cat {given} >{seen}/1; while ! test -e {seen}/go; do sleep 0.05; done; "
                      f"cat {given} >{seen}/2 2>&1; echo >{seen}/3; sleep 300")
    harness.wait_for((seen / "1").exists)
    (suite.home / "new").symlink_to(plants.ssh / "id_ed25519")
    (suite.home / "new").rename(given)
    (seen / "go").touch()
    harness.wait_for((seen / "3").exists)
    suite.ok((seen / "1").read_text() == "old\n" and SECRET not in (seen / "2").read_text(),
             "a granted file that is replaced by a link is not followed [pinned-inodes]", (seen / "2").read_text())
    harness.end(app)


def hard_links(plants):
    """A file that is also linked elsewhere: no new link can be made, and one that was there is told of."""
    suite = plants.suite
    project, outside = suite.home / "linked", suite.home / "outside"
    project.mkdir()
    outside.write_text("of another project\n")
    os.link(outside, project / "inside")
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={project}", f"--filesystem={plants.ssh}:ro", "--", "ln",
                       plants.ssh / "id_ed25519", project / "new")
    suite.ok(done.returncode != 0 and not (project / "new").exists(), "a hard link from one grant into another [hard-links]",
             f"{done.returncode} {done.stderr}")
    done = suite.oriel("explain", "--profile", "base/strict", f"--filesystem={project}", "--", "true")
    suite.ok("linked elsewhere" in done.stdout, "explain tells of a file in a writable grant that is linked elsewhere [hard-links]",
             done.stdout[-500:] + done.stderr)


def ghosts_after_kill(plants):
    """kill -9 leaves no mount point either."""
    suite = plants.suite
    project = suite.home / "killed"
    (project / "src").mkdir(parents=True)
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", "base/strict", f"--filesystem={project}",
                      f"--nofilesystem={project}/private", f"--filesystem={project}/src:ro", "--", "sh", "-c", f"echo >{project}/ran; sleep 300")
    harness.wait_for((project / "ran").exists)
    app.kill()
    app.wait()
    found = sorted(path.name for path in project.rglob("*"))
    suite.ok(found == ["ran", "src"], "no mount point is left after kill -9 [ghost-files]", found)


def main():
    suite = harness.Suite("hostile-home")
    plants = Plants(suite)
    if plants.find_data():
        links(plants)
        other_types(plants)
        race(plants, int(sys.argv[1]) if len(sys.argv) > 1 else 40)
        read_by_launcher(plants)
    destinations(plants)
    names(plants)
    swapped_mask(plants)
    pinned(plants)
    hard_links(plants)
    ghosts_after_kill(plants)
    policy(plants)
    missing_files(plants)
    ghosts(plants)
    granted_home(plants)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
