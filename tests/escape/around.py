#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What surrounds a box: what comes in with a launch, its companions, what dead instances leave, and other users of the
machine.  usage: around.py PROBE"""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

BOX = ["run", "--no-daemon", "--profile", "base/strict"]
TREE = """[Oriel]
inherits=strict

[Network]
mode=named
allow=example.org:443
"""


def foreign(suite):
    """As root: what another user of the machine could have put in our way."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="around.", dir=os.environ["ORIEL_TEST_DIR"]))
    place.chmod(0o755)
    suite.foreign = place
    for name, mode in (("theirs", 0o700), ("theirs-open", 0o777), ("theirs-sticky", 0o1777)):
        (place / name).mkdir()
        (place / name).chmod(mode)
    shutil.copy(suite.stage / "bin/oriel", place / "setuid")
    (place / "setuid").chmod(0o4755)
    os.link(suite.stage / "bin/oriel", place / "linked")


def working_directory(suite):
    """A working directory, or a path, by way of a descriptor of the caller's (CVE-2024-21626)."""
    secret = suite.home / "hidden"
    secret.mkdir()
    (secret / "diary").write_text("the user's own\n")
    fd = os.open(secret, os.O_RDONLY | os.O_DIRECTORY)
    os.dup2(fd, 7)
    os.close(fd)
    for option in ("--cwd=/proc/self/fd/7", "--cwd=/proc/self/fd/7/..", "--filesystem=/proc/self/fd/7", "--workspace=/proc/self/fd/7:rw",
                   "--persist=../../proc/self/fd/7"):
        done = suite.oriel(*BOX, option, "--", "sh", "-c", "pwd; cat diary hidden/diary /proc/self/fd/7/diary", pass_fds=[7])
        suite.ok("own" not in done.stdout and "unreachable" not in done.stdout, f"{option} [CVE-2024-21626]",
                 f"{done.returncode} {done.stdout} {done.stderr}")
    os.close(7)
    gone = suite.home / "gone"
    for name, place in (("not shown", secret), ("removed", gone)):
        place.mkdir(exist_ok=True)
        script = f"cd {place}; {'rmdir . 2>/dev/null; rmdir ' + str(place) if place == gone else ':'}; exec \"$@\""
        done = suite.run("sh", "-c", script, "sh", suite.oriel_program, *BOX, "--", "sh", "-c", "pwd -P; cat diary")
        suite.ok(done.returncode in (1, 125) and "own" not in done.stdout and (done.stdout.startswith("/") or done.returncode == 125),
                 f"started in a directory that is {name} [CVE-2024-21626]", f"{done.returncode} {done.stdout} {done.stderr}")


def separate(suite):
    """What one instance writes, another does not find."""
    write = "for d in /tmp /dev/shm /var/tmp \"$XDG_RUNTIME_DIR\" \"$HOME\"; do echo x >$d/left && echo wrote $d; done; sleep 300"
    one = suite.start(suite.oriel_program, *BOX, "--", "sh", "-c", write, stdout=subprocess.PIPE)
    wrote = [one.stdout.readline().decode().split()[-1] for _ in range(5)]
    done = suite.oriel(*BOX, "--", "sh", "-c", "ls -d " + " ".join(f"{place}/left" for place in wrote))
    suite.ok(len(wrote) == 5 and not done.stdout and done.returncode != 0, "what one instance writes is not in another [shared-superblock]",
             f"{wrote} {done.stdout}")
    harness.end(one)


def status_of(pid, *keys):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {key: re.search(rf"^{key}:\s*(.*)$", text, re.MULTILINE)[1] for key in keys}


def namespaces_of(pid):
    return {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")}


def names_below(pid):
    found = {}
    for child in harness.descendants(pid):
        try:
            found[child] = pathlib.Path(f"/proc/{child}/comm").read_text().strip()
        except OSError:
            continue
    return found


def look_at_instance(suite, what, front, secrets, companions):
    """Every process of an instance, seen from the host."""
    names = names_below(front.pid)
    app = [pid for pid, name in names.items() if name == "sleep"]
    if not suite.ok(app and set(companions) <= set(names.values()), f"{what}: all are there", names):
        return
    inside, ours = namespaces_of(app[0]), namespaces_of(os.getpid())
    wrong = []
    for pid, name in names.items():
        if name == "oriel-init":
            # It hides, from its own user too (tests/chaos/steps.py looks as root).
            if os.path.exists(f"/proc/{pid}/root/."):
                wrong.append(f"{name} can be looked into")
            continue
        if os.path.exists(f"/proc/{pid}/root{suite.top}/bin"):
            wrong.append(f"{name}'s root leads to the host")
        own = namespaces_of(pid)
        if own["user"] == ours["user"] or own["pid"] == ours["pid"] or own["mnt"] == ours["mnt"]:
            wrong.append(f"{name} is in a namespace of the host's")
    suite.ok(not wrong, f"{what}: no process has the host's root or pids [boot-stage proc]", wrong)
    wrong = []
    for pid, name in names.items():
        if name not in companions:
            continue
        found = status_of(pid, "NoNewPrivs", "Seccomp", "CapEff", "CapBnd", "CapInh", "CapAmb")
        if found["NoNewPrivs"] != "1" or found["Seccomp"] != "2" or any(int(found[key], 16) for key in found if key.startswith("Cap")):
            wrong.append(f"{name}: {found}")
        if any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith("/dev/pts") for fd in os.listdir(f"/proc/{pid}/fd")):
            wrong.append(f"{name} holds a terminal")
        own = namespaces_of(pid)
        if name != "matchbox-window" and (own["user"] == inside["user"] or own["pid"] == inside["pid"]):
            wrong.append(f"{name} shares a user or pid namespace with the app")
    suite.ok(not wrong, f"{what}: companions are confined, without a terminal, apart from the app "
             "[CVE-2019-11460 CVE-2019-11461 companions]", wrong)
    wrong = []
    for pid, name in {front.pid: "front end", **names}.items():
        for file in ("environ", "cmdline") if name != "oriel-init" else ("cmdline",):
            text = pathlib.Path(f"/proc/{pid}/{file}").read_bytes().decode(errors="replace")
            wrong += [f"{name}: {file} holds {word}" for word in secrets if word in text and not (pid == front.pid and word == "steered")]
    suite.ok(not wrong, f"{what}: no secret and nothing of the caller's environment in what processes show "
             "[CVE-2016-10122 CVE-2020-11934 CVE-2026-97025]", wrong)


def companions_apart(suite):
    """Mediators and servers beside an app."""
    (suite.home / "tree.profile").write_text(TREE)
    steer = {"LD_PRELOAD": "/steered", "FIREJAIL_STEER": "steered", "PYTHONPATH": "/steered", "GCONV_PATH": "/steered"}
    front = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", suite.home / "tree.profile", "--", "sh", "-c",
                        "sleep 1; kill -9 -1; exec sleep 300", env=steer)
    harness.wait_for(lambda: "oriel-net-proxy" in names_below(front.pid).values() and "sleep" in names_below(front.pid).values(), 20)
    look_at_instance(suite, "mediator", front, ["steered"], ["oriel-net-proxy"])
    before = {pid for pid, name in names_below(front.pid).items() if name.startswith("oriel")}
    time.sleep(1.5)
    after = set(names_below(front.pid))
    suite.ok(front.poll() is None and before <= after, "kill(-1, SIGKILL) inside reaches no companion [companions]",
             f"{before} {names_below(front.pid)} {front.poll()}")
    harness.end(front)
    if shutil.which("Xvfb") is None or shutil.which("Xephyr") is None:
        suite.skip("companions of a desktop app", "no Xvfb or Xephyr")
        return
    server, bus = servers.start_x(suite), servers.start_bus(suite)
    cookie = suite.run("xauth", "-f", suite.env["XAUTHORITY"], "list").stdout.split()[-1]
    front = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", "base/gui", "--display=xephyr", "--", "sleep", "300", env=steer)
    harness.wait_for(lambda: "sleep" in names_below(front.pid).values(), 20)
    look_at_instance(suite, "desktop", front, ["steered", cookie], ["Xephyr", "oriel-dbus-prox", "matchbox-window"])
    for process in (front, bus, server):
        harness.end(process)


def half_built(suite):
    """A program in the box waits for the moment in which another is being made there."""
    front = suite.start(suite.oriel_program, *BOX, "--instance=lurk", f"--filesystem={suite.bin}:ro", "--", suite.bin / "probe", "lurk", "4",
                        stdout=subprocess.PIPE)
    harness.wait_for(lambda: "lurk" in suite.oriel("ps").stdout, 20)
    started = 0
    until = time.monotonic() + 3.5
    while time.monotonic() < until and started < 60:
        started += suite.oriel("shell", "lurk", "--", "true").returncode == 0
    text = front.communicate(timeout=30)[0].decode()
    seen = re.search(r"(\d+) processes seen", text)
    suite.ok("refused" in text and seen and int(seen[1]) > 0 and started > 5,
             f"{started} programs made in the box, none robbed before it was one [CVE-2016-8659 CVE-2026-41163]", text)


def shell_equals_app(suite):
    """`oriel shell` gives what the app has, and no more (CVE-2022-31214, CVE-2019-12589)."""
    look = "grep -E '^(Cap|NoNew|Seccomp|Uid|Gid|Groups|Speculation)' /proc/self/status; for n in /proc/self/ns/*; do readlink $n; done; ulimit -a"
    front = suite.start(suite.oriel_program, *BOX, "--instance=twin", "--", "sh", "-c", f"({look}); echo end; sleep 300", stdout=subprocess.PIPE)
    app = []
    while (line := front.stdout.readline().decode()) not in ("end\n", ""):
        app.append(line)
    shell = suite.oriel("shell", "twin", "--", "sh", "-c", look).stdout
    suite.ok(len(app) > 15 and shell == "".join(app), "a shell in the box has what the app has [CVE-2022-31214 CVE-2019-12589]",
             f"{app}\n{shell}")
    harness.end(front)


def recycled(suite):
    """A record of a dead instance names a living process: nobody signals it."""
    sleeper = suite.start("sleep", "600")
    front = suite.start(suite.oriel_program, *BOX, "--instance=dead", "--", "sleep", "300")
    harness.wait_for(lambda: "dead" in suite.oriel("ps").stdout, 20)
    instance = next((suite.runtime / "oriel/instances").iterdir())
    front.kill()
    front.wait()
    info = instance / "info"
    info.write_text(re.sub(r"(front|keeper)-pid=\d+", lambda found: f"{found[1]}-pid={sleeper.pid}", info.read_text()))
    said = [suite.oriel(word, name).returncode for word in ("stop", "kill") for name in ("dead", instance.name)]
    suite.oriel(*BOX, "--", "true")
    suite.ok(all(said) and sleeper.poll() is None and not instance.exists(),
             "a recycled pid in a dead instance's record is never signalled [pid-reuse]", f"{said} {sleeper.poll()} {instance.exists()}")
    harness.end(sleeper)


def runtime_directory(suite):
    """Directories that another user has made or could change; and one that was aged away under a running instance."""
    place = getattr(suite, "foreign", None)
    if place is None:
        suite.skip("what another user made", "the suite was not started by root", kernel=True)
    else:
        for name in ("theirs", "theirs-open", "theirs-sticky"):
            done = suite.oriel(*BOX, "--", "true", env={"XDG_RUNTIME_DIR": str(place / name)})
            suite.ok(done.returncode == 125 and "oriel: " in done.stderr and not list((place / name).glob("*") if name != "theirs" else []),
                     f"a runtime directory of another user's ({name}) [CVE-2019-12439]", f"{done.returncode} {done.stderr}")
    loose = suite.top / "loose"
    loose.mkdir(mode=0o700)
    (loose / "oriel").mkdir()
    (loose / "oriel").chmod(0o777)
    done = suite.oriel(*BOX, "--", "true", env={"XDG_RUNTIME_DIR": str(loose)})
    suite.ok(done.returncode == 125 or stat.S_IMODE((loose / "oriel").stat().st_mode) == 0o700,
             "our directory in it, open to others [CVE-2019-12439]", f"{done.returncode} {done.stderr}")
    front = suite.start(suite.oriel_program, *BOX, "--instance=aged", "--", "sleep", "300")
    harness.wait_for(lambda: "aged" in suite.oriel("ps").stdout, 20)
    shutil.rmtree(suite.runtime / "oriel")
    done = suite.oriel(*BOX, "--", "echo", "ran")
    suite.ok(done.stdout == "ran\n" and stat.S_IMODE((suite.runtime / "oriel").stat().st_mode) == 0o700 and front.poll() is None,
             "a runtime directory that was aged away is made anew, and the app goes on [CVE-2026-3888 CVE-2022-3328]", done.stderr)
    shutil.rmtree(suite.runtime / "oriel")
    (suite.runtime / "oriel").symlink_to(suite.home)
    done = suite.oriel(*BOX, "--", "true")
    suite.ok(done.returncode == 125 and not (suite.home / "instances").exists(), "and a link in its place is refused [CVE-2026-3888 CVE-2022-3328]",
             done.stderr)
    (suite.runtime / "oriel").unlink()
    front.terminate()
    suite.ok(front.wait(20) == 143, "and the app can be ended", front.returncode)


def nothing_in_tmp(suite):
    """No fixed path in /tmp: nothing to squat."""
    script = f"mount -t tmpfs none /tmp; \"$@\"; find /tmp -mindepth 1"
    done = suite.run("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh", suite.oriel_program, "run", "--no-daemon",
                     "--profile", "base/gui", "--display=none", "--bus=none", "--", "echo", "ran")
    suite.ok(done.stdout == "ran\n", "nothing of ours in /tmp [CVE-2019-12439]", done.stdout + done.stderr)


def privileged_file(suite):
    """Never setuid: no file of ours is, and one that was made so refuses to start."""
    bits = [path for path in suite.stage.rglob("*") if path.is_file() and path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID)]
    suite.ok(not bits, "no file of ours is setuid [CVE-2016-10117 CVE-2016-10118 CVE-2020-5291]", bits)
    place = getattr(suite, "foreign", None)
    if place is None or os.statvfs(place).f_flag & os.ST_NOSUID:
        suite.skip("a setuid copy", "not started by root, or the place is nosuid", kernel=True)
        return
    done = suite.run(place / "setuid", *BOX, "--", "true")
    suite.ok(done.returncode == 125 and "privileges" in done.stderr, "a setuid copy refuses to start "
             "[CVE-2016-10117 CVE-2016-10118 CVE-2020-5291 CVE-2021-44730 CVE-2021-26910]", f"{done.returncode} {done.stderr}")
    done = suite.run(place / "linked", *BOX, "--", "true")
    suite.ok(done.returncode == 125, "a hard link elsewhere finds no helpers beside it, and takes none from elsewhere "
             "[CVE-2021-44730 CVE-2021-26910]", f"{done.returncode} {done.stderr}")


def main():
    suite = harness.Suite("around", files=sys.argv[1:2], needs=["unshare"], as_root=foreign)
    for part in (working_directory, separate, companions_apart, half_built, shell_equals_app, recycled, runtime_directory, nothing_in_tmp,
                 privileged_file):
        part(suite)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
