#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trees of a profile's own, as docs/examples has them, running: eight boxes deep, and nine with companions.  What each
box shows is asked in it, or read from the host by its process's root; `oriel tree` and `explain --tree` say the same.
Then ids: a companion that is root in its box over subordinate ids, and may change to another user."""

import json
import os
import pathlib
import re
import stat
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "docs/examples"

ROOT_PROFILE = """
[Box keeper]
kind=keeper
unshare=user;mount;pid

[Box zone]
kind=inner
parent=keeper
unshare=mount;pid;net;ipc;uts

[Box setup]
kind=companions
parent=zone
unshare=user;mount;pid
map=root
subids=1+999
capabilities=chown;setuid;setgid
run=sh -c 'id -u && >/tmp/a && chown 7:8 /tmp/a && stat -c "%u:%g" /tmp/a && setpriv --reuid 33 --regid 33 --clear-groups id -u && grep CapBnd /proc/self/status'
ready=exit

[Box app]
kind=app
parent=zone
unshare=user;mount;pid
run=app
"""


def boxes(tree, above=()):
    """(path of names, processes) of each box of `oriel tree --json`, parents first."""
    path = (*above, tree["box"])
    yield path, tree["processes"]
    for child in tree["children"]:
        yield from boxes(child, path)


def logs(suite):
    return "".join(path.read_text(errors="replace") for path in suite.home.rglob("*") if path.is_file() and "/log" in str(path))


class Running:
    """An instance whose app waits for its input to end."""

    def __init__(self, suite, *arguments, ready="up"):
        self.suite = suite
        self.out = suite.top / "out"
        with open(self.out, "w", encoding="utf-8") as out:
            self.process = suite.start(suite.oriel_program, "run", "--no-daemon", *arguments, stdin=-1, stdout=out, stderr=out)
        self.up = harness.wait_for(lambda: ready in self.out.read_text() or self.process.poll() is not None, 30) \
            and self.process.poll() is None

    def tree(self):
        done = self.suite.oriel("tree", "--json")
        try:
            return json.loads(done.stdout)[0]
        except (ValueError, IndexError):
            return {"box": done.stdout + done.stderr, "processes": [], "children": []}

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(15)
        return status


def namespaces(pid):
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in ("user", "mnt", "pid", "net", "ipc", "uts")}


def shown(pid, path):
    """What that process sees at a path: None, or the names in it."""
    try:
        return sorted(os.listdir(f"/proc/{pid}/root{path}"))
    except NotADirectoryError:
        return []
    except OSError:
        return None


def is_socket(pid, path):
    """Its mount point alone is a plain file, where a directory is shared."""
    try:
        return stat.S_ISSOCK(os.stat(f"/proc/{pid}/root{path}").st_mode)
    except OSError:
        return False


def deep(suite):
    profile = EXAMPLES / "eight-deep"
    hidden = re.findall(r"^mounts=.*;mask (\S+)$", profile.read_text(), re.MULTILINE)
    look = "find $LOOK -maxdepth 0 -empty; readlink /proc/self/ns/pid; echo up; read line; exit 5"
    suite.ok(len(hidden) == 8 and all(os.listdir(path) for path in hidden), "the host shows all eight", hidden)
    run = Running(suite, "--profile", profile, "--", "sh", "-c", look)
    if not suite.ok(run.up, "eight boxes in one another start", run.out.read_text()):
        harness.end(run.process)
        return
    suite.ok(run.out.read_text().split()[:8] == hidden, "the last hides all eight", run.out.read_text())
    said = dict(re.findall(r"^level (\d) hides (.*)$", logs(suite), re.MULTILINE))
    for level in range(1, 8):
        suite.ok(said.get(str(level), "").split() == hidden[:level], f"level {level} hides {level}", said.get(str(level)))
    tree = dict(boxes(run.tree()))
    names = ["keeper", *(f"level-{level}" for level in range(1, 9))]
    suite.ok(tuple(names) in tree, "oriel tree shows one below the other", list(tree)[-1:])
    app = next((process["pid"] for process in tree.get(tuple(names), []) if process["role"] == "app"), 0)
    depth = len(re.search(r"^NSpid:(.*)$", pathlib.Path(f"/proc/{app}/status").read_text(), re.MULTILINE).group(1).split())
    own = len(re.search(r"^NSpid:(.*)$", pathlib.Path("/proc/self/status").read_text(), re.MULTILINE).group(1).split())
    suite.ok(depth - own == 9, "the app's process has nine pid namespaces more than this test", depth - own)
    suite.ok(run.end() == 5, "the exit status passes through all of them")
    drawn = suite.oriel("explain", "--tree", "--profile", profile).stdout
    suite.ok("level-8" in drawn and "ready exit" in drawn, "explain --tree draws them", drawn)
    if os.environ.get("ORIEL_SHOW_TREES"):
        print(re.sub("^", "# ", drawn, flags=re.MULTILINE))


def nine(suite):
    profile = EXAMPLES / "nine-boxes"
    secret = suite.home / "secret"
    secret.mkdir()
    (secret / "key").write_text("key")
    run = Running(suite, "--profile", profile, "--", "sh", "-c",
                  "xdpyinfo >/dev/null 2>&1; echo x $?; dbus-send --bus=$INNER_BUS --dest=org.freedesktop.DBus --print-reply / "
                  "org.freedesktop.DBus.GetId >/dev/null 2>&1; echo inner $?; "
                  "dbus-send --session --dest=org.freedesktop.DBus --print-reply / org.freedesktop.DBus.GetId >/dev/null 2>&1; "
                  "echo session $?; hostname; echo up; read line; exit 9")
    if not suite.ok(run.up, "nine boxes start", run.out.read_text() + logs(suite)):
        harness.end(run.process)
        return
    said = run.out.read_text()
    suite.ok("x 0" in said, "the app reaches the display of its own", said)
    suite.ok("inner 0" in said, "the bus that its companion serves", said)
    suite.ok("session 0" in said, "and the host's, filtered", said)
    suite.ok("nine\n" in said, "it sees the zone's host name", said)
    tree = dict(boxes(run.tree()))
    want = {("keeper",), ("keeper", "semi"), ("keeper", "semi", "semi/x"), ("keeper", "semi", "semi/bus"),
            ("keeper", "semi", "semi/net"), ("keeper", "semi", "intermediary"), ("keeper", "semi", "intermediary", "untrusted"),
            ("keeper", "semi", "intermediary", "untrusted", "companions"), ("keeper", "semi", "intermediary", "untrusted", "app")}
    suite.ok(set(tree) == want, "the tree is the one of the profile", sorted(tree))
    pids = {process["role"]: process["pid"] for processes in tree.values() for process in processes}
    pids = {"app": pids.get("app"), **{path[-1]: processes[0]["pid"] for path, processes in tree.items() if processes}}
    host_x = f"X{suite.env['DISPLAY'][1:]}"
    views(suite, pids, host_x)
    spaces = {name: namespaces(pid) for name, pid in pids.items() if pid}
    for name in ("user", "mnt", "pid"):
        own = {spaces[box][name] for box in spaces}
        suite.ok(len(own) == len(spaces), f"each of the five that run something has a {name} namespace of its own", own)
    suite.ok(spaces["app"]["net"] == spaces["companions"]["net"], "app and companions share their network")
    suite.ok(len({spaces[box]["net"] for box in ("app", "semi/x", "semi/bus", "semi/net")}) == 4, "and with nobody else")
    os.kill(next(p["pid"] for p in tree[("keeper", "semi", "intermediary", "untrusted", "companions")] if "dbus" in p["name"]), 9)
    back = harness.wait_for(lambda: any("dbus" in process["name"] for path, processes in boxes(run.tree())
                                        if path[-1] == "companions" for process in processes
                                        if process["pid"] and process["pid"] not in pids.values()), 10)
    suite.ok(back, "a companion that dies is started again, as its box says")
    suite.ok(run.end() == 9, "the app's end, and its status, end all")


def views(suite, pids, host_x):
    """The files that each box shows, seen from the host by its process's root."""
    home = str(suite.home)
    suite.ok(is_socket(pids["semi/x"], f"/tmp/.X11-unix/{host_x}"), "semi/x sees the host's display")
    for box in ("semi/bus", "semi/net", "companions", "app"):
        suite.ok(not is_socket(pids[box], f"/tmp/.X11-unix/{host_x}"), f"{box} does not")
    suite.ok(shown(pids["semi/bus"], "/run/oriel-host") == ["session"], "semi/bus sees the host's bus",
             shown(pids["semi/bus"], "/run/oriel-host"))
    for box in ("semi/x", "semi/net", "companions", "app"):
        suite.ok(shown(pids[box], "/run/oriel-host") is None, f"{box} does not")
    for box in pids:
        suite.ok("secret" not in (shown(pids[box], home) or []), f"{box} sees nothing of the home's files", shown(pids[box], home))
    for box in ("companions", "app"):
        suite.ok(not shown(pids[box], "/srv") and not shown(pids[box], "/opt"), f"{box} sees what the zone masks as empty")
        suite.ok(shown(pids[box], "/run/inner-bus") == ["socket"], f"{box} sees the inner bus")
    suite.ok(shown(pids["semi/bus"], "/run/inner-bus") is None, "the filter does not")


def ids(suite):
    profile = suite.home / "root"
    profile.write_text(ROOT_PROFILE)
    if not re.search(rf"^({suite.env['USER']}|{os.getuid()}):", pathlib.Path("/etc/subuid").read_text()
                     if os.path.exists("/etc/subuid") else "", re.MULTILINE):
        done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "true")
        suite.ok(done.returncode == 125 and "subids" not in done.stderr and "you have no subordinate ids" in done.stderr,
                 "who has no subordinate ids is told", done.stderr)
        suite.skip("a companion that is root over subordinate ids", "the test's user has no subordinate ids (/etc/subuid)")
        return
    done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "sh", "-c", "id -u; grep CapBnd /proc/self/status")
    said = logs(suite)
    suite.ok(done.returncode == 0 and done.stdout.split()[0] == str(os.getuid()), "the app is who it was", done.stdout + done.stderr)
    suite.ok("CapBnd:\t0000000000000000" in done.stdout, "and keeps no capability", done.stdout)
    suite.ok(re.search(r"^0\n7:8\n33\nCapBnd:\t00000000000000c1$", said, re.MULTILINE),
             "a companion is root in its box, gives a file away, and changes to another user", said)


def checks(suite):
    """What `profile check` and `explain --tree --json` say of trees that are and are not one."""
    profile = suite.home / "loop"
    profile.write_text(ROOT_PROFILE.replace("parent=keeper", "parent=app"))
    done = suite.oriel("profile", "check", profile)
    line = 1 + profile.read_text().splitlines().index("parent=app")
    suite.ok(done.returncode == 1 and f"{profile}:{line}: box zone: it stands in itself: zone in app in zone" in done.stdout,
             "profile check names the line of a box that stands in itself", done.stdout + done.stderr)
    for example in sorted(EXAMPLES.iterdir()):
        done = suite.oriel("profile", "check", example)
        suite.ok(done.returncode == 0, f"{example.name} has no fault", done.stdout)
    done = suite.oriel("explain", "--tree", "--json", "--profile", EXAMPLES / "eight-deep")
    depth, box = 0, json.loads(done.stdout)
    while box["children"]:
        depth, box = depth + 1, box["children"][0]
    suite.ok(depth == 8 and box["programs"][0]["name"] == "app" and box["unshare"] == ["user", "mount", "pid"],
             "explain --tree --json has eight levels and the app in the last", done.stdout[:200])


def main():
    suite = harness.Suite("trees", needs=("Xvfb", "Xephyr", "xauth", "xdpyinfo", "matchbox-window-manager", "dbus-daemon", "dbus-send"))
    started = []
    try:
        checks(suite)
        deep(suite)
        ids(suite)
        started = [servers.start_x(suite), servers.start_bus(suite)]
        nine(suite)
    finally:
        suite.oriel("daemon", "stop")
        for process in started:
            harness.end(process)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
