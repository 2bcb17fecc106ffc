#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""[Limits] and what else holds a box back, in real boxes: each limit ends what it is about, says so, and stops no other
instance.  Control groups: in a scope that a stand-in for the service manager hands out, and - where this kernel gives
its controllers to version 2 - in a subtree of one's own."""

import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TOPS = [pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/unified")]

# Processes until the kernel refuses one; each sleeps, so that they are there at the same time.
BOMB = """
use POSIX; $n = 0;
while ($n < 5000) { my $p = fork; last if !defined $p; if (!$p) { sleep 60; exit } $n++ }
$| = 1; print "$n\\n"; sleep $ARGV[0];
"""
# Inotify watches, until the kernel refuses; then it holds them.
WATCHES = """
use strict; my $n = 0; my $fd = syscall(294, 0); mkdir "/tmp/w";
while ($n < 2000000) { my $d = "/tmp/w/$n"; mkdir $d or last; last if syscall(254, $fd, $d, 2) < 0; $n++ }
$| = 1; print "$n\\n"; sleep $ARGV[0];
"""


def hierarchy():
    """The mount of control groups of version 2, or None."""
    for top in TOPS:
        if (top / "cgroup.controllers").exists() and (top / "cgroup.procs").exists():
            return top
    return None


class Groups:
    """What root prepares: a subtree of the test's user, a stand-in manager beside it."""

    def __init__(self):
        self.top = self.standin = self.subtree = self.why = self.controllers = self.enter = None

    def prepare(self, suite):
        top, user = hierarchy(), pwd.getpwnam(suite.user)
        self.enter = suite.home / "enter"
        if top is None:
            self.why = "no control groups of version 2 are mounted here"
            return
        self.top = top / f"oriel-test-{os.getpid()}"
        try:
            self.top.mkdir()
            self.delegate(user)
        except OSError as fault:
            self.why = f"a control group cannot be made here: {fault}"
            return
        (suite.runtime / "systemd").mkdir(mode=0o700)
        asked = suite.top / "standin"
        asked.mkdir(mode=0o755)
        self.standin = subprocess.Popen([sys.executable, HERE / "standin.py", suite.runtime / "systemd/private", asked,
                                         str(user.pw_uid)], env={**os.environ, "STANDIN_CGROUP": str(self.top)},
                                        stdout=subprocess.PIPE)
        self.standin.stdout.readline()
        self.cleaner = os.fork()
        if self.cleaner == 0:
            self.clean(os.getppid())

    def delegate(self, user):
        """A subtree with controllers, for oriel's own use; the test goes there later."""
        missing = {"memory", "pids", "cpu"} - set((self.top.parent / "cgroup.controllers").read_text().split())
        if missing:
            self.controllers = f"this kernel's hierarchy of version 2 lacks the controllers {' '.join(sorted(missing))}"
            return
        for group in (self.top.parent, self.top):
            (group / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        self.subtree = self.top / "delegated"
        (self.subtree / "shell").mkdir(parents=True)
        (self.subtree / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        for path in [self.subtree, *self.subtree.rglob("*")]:
            if path.is_dir() or path.name in ("cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
                os.chown(path, user.pw_uid, user.pw_gid)

    def clean(self, parent):
        """Root's child, which outlives the test and takes away what only root can."""
        while os.getppid() == parent:
            time.sleep(0.05)
            # Only root moves a process between groups that have no owner in common.
            if self.enter.exists():
                (self.subtree / "shell/cgroup.procs").write_text(self.enter.read_text())
                self.enter.unlink()
        os.kill(self.standin.pid, signal.SIGTERM)
        try:
            (self.top / "cgroup.kill").write_text("1")
        except OSError:
            pass
        for _ in range(50):
            for path in sorted((path for path in self.top.rglob("*") if path.is_dir()), reverse=True):
                try:
                    path.rmdir()
                except OSError:
                    pass
            try:
                self.top.rmdir()
                break
            except OSError:
                time.sleep(0.1)
        os._exit(0)


def profile(suite, limits, more=""):
    path = suite.home / "limited.profile"
    path.write_text(f"[Oriel]\ninherits=strict\n[Limits]\n{limits}\n{more}")
    return str(path)


def run(suite, limits, *command, more="", timeout=40):
    return suite.oriel("run", "--no-daemon", "--profile", profile(suite, limits, more), "--", *command, timeout=timeout)


def sibling(suite):
    """Another instance starts and ends."""
    return suite.oriel("run", "--no-daemon", "--", "sh", "-c", "(echo fine)")


def test_time(suite):
    start = time.monotonic()
    done = run(suite, "time=1", "sleep", "30")
    took = time.monotonic() - start
    suite.ok(done.returncode == 137 and took < 10 and "killed for its time limit ([Limits] time=1s)" in done.stderr,
             "time: the app is ended, and says for what", f"{done.returncode} after {took:.1f} s: {done.stderr}")
    done = run(suite, "time=1", "sh", "-c", "trap '' TERM; while :; do sleep 1; done")
    suite.ok(done.returncode == 137 and "time limit" in done.stderr, "time: an app that ignores TERM, too",
             f"{done.returncode}: {done.stderr}")
    done = run(suite, "time=1", "sh", "-c", "trap 'exit 0' TERM; sleep 30 & wait")
    suite.ok(done.returncode == 137 and "time limit" in done.stderr, "time: one that ends well on TERM did not finish",
             f"{done.returncode}: {done.stderr}")
    done = run(suite, "time=30", "sh", "-c", "exit 3")
    suite.ok(done.returncode == 3 and done.stderr == "", "time: within it nothing is said", done.stderr)


def test_disk(suite):
    done = run(suite, "disk=64K", "dd", "if=/dev/zero", "of=/tmp/x", "bs=1K", "count=100")
    suite.ok(done.returncode == 128 + 25 and "limit on the size of a file" in done.stderr,
             "disk: the app is ended, and says for what", f"{done.returncode}: {done.stderr}")


def test_core(suite):
    crash = ("sh", "-c", "ulimit -Hc; ulimit -c unlimited 2>/dev/null; cd /tmp; sh -c 'kill -SEGV $$' 2>/dev/null; ls /tmp")
    done = run(suite, "pids=100", *crash)
    # The shell counts in blocks of 512 bytes.
    suite.ok(done.stdout.split() == ["0"], "core: no dump, and the limit cannot be raised", done.stdout + done.stderr)


def test_bomb(suite):
    done = run(suite, "pids=150", "perl", "-e", BOMB, "0")
    n = int(done.stdout.split()[0]) if done.stdout.strip().isdigit() else -1
    suite.ok(100 < n < 150, "pids: a fork bomb stops at its limit", f"{n} processes, {done.stderr}")
    nested = "[Oriel]\nnested=yes\n"
    done = suite.oriel("run", "--no-daemon", "--nested=yes", "--profile", profile(suite, "pids=150"), "--",
                       "unshare", "-Ur", "perl", "-e", BOMB, "0")
    n = int(done.stdout.split()[0]) if done.stdout.strip().isdigit() else -1
    suite.ok(100 < n < 150, f"pids: in a user namespace of its own making ({nested.split()[1]}), too",
             f"{n} processes, {done.stderr}")
    done = suite.oriel("run", "--no-daemon", "--", "bash", "-c", "ulimit -u")
    suite.ok(done.stdout.strip() == "2048", "pids: base/strict has a limit", done.stdout + done.stderr)


def hold(suite, what, script, *, options=()):
    """Runs a program that takes all it gets and holds it, while a sibling starts."""
    greedy = suite.start(suite.oriel_program, "run", "--no-daemon", *options, "--", "perl", "-e", script, "60",
                         stdout=subprocess.PIPE, text=True)
    try:
        taken = greedy.stdout.readline().strip()
        done = sibling(suite)
        suite.ok(taken.isdigit() and int(taken) > 0 and done.stdout == "fine\n",
                 f"siblings: one that took all {what} it could ({taken}) stops no other", done.stderr)
    finally:
        harness.end(greedy)


def test_siblings(suite):
    hold(suite, "processes", BOMB)
    hold(suite, "inotify watches", WATCHES)
    spaces = """
    use POSIX; $n = 0; $| = 1;
    while ($n < 3000) { pipe(R, W); my $p = fork; last if !defined $p;
      if (!$p) { my $bad = syscall(272, 0x10000000|0x20000) < 0; syswrite W, $bad ? "n" : "y"; exit if $bad; sleep 60; exit }
      sysread(R, my $b, 1); last if $b ne "y"; $n++ }
    print "$n\\n"; sleep $ARGV[0];
    """
    hold(suite, "namespaces", spaces, options=("--nested=yes",))


def test_scope(suite, groups):
    asked = suite.top / "standin"
    show = ("sh", "-c", "cat /proc/self/cgroup | grep ^0::")
    done = run(suite, "memory=64M\ncpu=50%\npids=99", *show)
    if groups.why is not None:
        suite.skip("scope", groups.why, kernel=True)
        return
    if groups.standin is None:
        suite.skip("scope", "only root can hand out control groups", kernel=False)
        return
    fault = (asked / "fault").read_text() if (asked / "fault").exists() else ""
    told = json.loads((asked / "asked").read_text()) if (asked / "asked").exists() else {"name": "", "properties": {}}
    wanted = {"MemoryMax": 64 << 20, "MemorySwapMax": 0, "TasksMax": 100, "CPUQuotaPerSecUSec": 500000,
              "CollectMode": "inactive-or-failed"}
    found = told["properties"]
    suite.ok(fault == "" and all(found.get(key) == value for key, value in wanted.items()) and
             told["name"].startswith("oriel-") and told["name"].endswith(".scope") and told["mode"] == "fail" and
             len(found.get("PIDs", [])) == 1, "scope: what the service manager is asked for", f"{fault} {told}")
    # In a control group namespace the path is its own root.
    suite.ok(done.returncode == 0 and done.stdout == "0::/\n", "scope: the app starts in it, and does not see where",
             done.stdout + done.stderr)
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", profile(suite, "memory=64M"), "--",
                      "sleep", "60")
    try:
        scope = harness.wait_for(lambda: next(
            (path for path in groups.top.glob("oriel-*.scope")
             if len((path / "cgroup.procs").read_text().split()) >= 3), None))
        inside = set((scope / "cgroup.procs").read_text().split()) if scope else set()
        tree = {str(pid) for pid in [app.pid, *harness.descendants(app.pid)]}
        suite.ok(inside and tree <= inside, "scope: every process of the instance is in it", f"{tree} {inside}")
    finally:
        harness.end(app)
    (asked / "refuse").touch()
    done = run(suite, "memory=64M", "true")
    suite.ok(done.returncode == 125 and "control group" in done.stderr,
             "scope: where the manager says no, nothing starts without its limit", f"{done.returncode} {done.stderr}")
    (asked / "refuse").unlink()


def test_subtree(suite, groups):
    if groups.subtree is None:
        lacks = groups.why or groups.controllers
        suite.skip("subtree", lacks or "only root can hand out control groups", kernel=lacks is not None)
        return
    groups.enter.write_text(str(os.getpid()))
    if not harness.wait_for(lambda: not groups.enter.exists()):
        suite.ok(False, "subtree: this process is in it")
        return
    eat = ("perl", "-e", "$x = 'x' x (256 << 20); sleep 5")
    done = run(suite, "memory=32M", *eat)
    suite.ok(done.returncode == 137 and "killed for its memory limit ([Limits] memory=32768K)" in done.stderr,
             "subtree: memory: the app is killed, and says for what", f"{done.returncode} {done.stderr}")
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile",
                      profile(suite, "memory=64M\ncpu=50%\npids=99"), "--", "sleep", "60")
    group = harness.wait_for(lambda: next(iter(groups.subtree.glob("oriel-*")), None))
    held = {name: (group / name).read_text().strip() for name in ("memory.max", "pids.max", "cpu.max")} if group else {}
    suite.ok(held == {"memory.max": str(64 << 20), "pids.max": "99", "cpu.max": "50000 100000"},
             "subtree: the group has the limits", held)
    app.kill()
    app.wait()
    suite.oriel("run", "--no-daemon", "--", "true")
    suite.ok(harness.wait_for(lambda: not list(groups.subtree.glob("oriel-*")), 3),
             "subtree: after kill -9 of the front end the next oriel removes it", list(groups.subtree.glob("oriel-*")))


def main():
    groups = Groups()
    suite = harness.Suite("limits", needs=("perl", "unshare"), as_root=groups.prepare)
    test_time(suite)
    test_disk(suite)
    test_core(suite)
    test_bomb(suite)
    test_siblings(suite)
    test_scope(suite, groups)
    test_subtree(suite, groups)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
