#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 on each process of an instance in turn: the instance ends, and nothing of it is left: no process, zombie, mount,
socket, file.  What a plan marks as "ignore" (the window manager) may die alone.  Then the same at random moments of the start, and on the manager, whose death ends no app.
usage: kill.py ROUNDS"""

import ctypes
import json
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
STRAY = "998"  # seconds that the app's stray child sleeps; by it the child is known
APP = ["sh", "-c", f"setsid sleep {STRAY} & exec sleep 300"]
WINDOW_MANAGER = "matchbox-window"  # as /proc cuts its name
LATEST = 2.0  # seconds until all must be gone


def command_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Round:
    """One instance, from its start to what is left of it."""

    def __init__(self, suite, options, spared):
        self.suite, self.spared = suite, spared
        self.before = self.traces()
        self.front = suite.start(suite.oriel_program, "run", "--no-daemon", *options, "--", *APP,
                                 stderr=open(suite.top / "stderr", "w", encoding="utf-8"))

    def ready(self):
        """The stray child is the last thing that starts."""
        return harness.wait_for(lambda: any(command_of(pid).endswith(f"sleep {STRAY}")
                                            for pid in harness.descendants(self.front.pid)), 20)

    def victims(self):
        """Every process of the instance, by host pid; the stray child's death is the app's own affair."""
        tree = [self.front.pid, *harness.descendants(self.front.pid)]
        return [pid for pid in tree if not command_of(pid).endswith(f"sleep {STRAY}")]

    def traces(self):
        """What lies about on the host: mounts, sockets with our path, files of the runtime directory."""
        runtime = str(self.suite.runtime)
        mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        sockets = [line.split()[-1] for line in pathlib.Path("/proc/net/unix").read_text().splitlines() if runtime in line]
        files = sorted(str(path.relative_to(runtime)) for path in (self.suite.runtime / "oriel").rglob("*")
                       if "instances/" in str(path))
        return len(mounts), sorted(set(sockets)), files

    def left(self):
        """Children that the kernel gave us (we are their reaper) and that still live."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return []
            if pid == 0:
                break
            if pid == self.front.pid:
                self.front.returncode = -9
        return [pid for pid in harness.descendants(os.getpid()) if pid not in self.spared]

    def may_go(self, victim):
        """Is it the window manager, or the init of its box?"""
        return WINDOW_MANAGER in (name_of(victim), *(name_of(pid) for pid in harness.descendants(victim)[:1])) \
            and not any(name_of(pid) == "sleep" for pid in harness.descendants(victim))

    def over(self):
        """None, or what is wrong after the instance should be over.  The next start removes what a dead front end left."""
        left = harness.wait_for(lambda: not self.left(), LATEST)
        if not left:
            return "left: " + ", ".join(f"{pid} {name_of(pid)} ({command_of(pid)})" for pid in self.left())
        if self.traces() != self.before:
            self.suite.oriel("run", "--no-daemon", "--", "true")
        now = self.traces()
        if now != self.before:
            return f"traces: {self.before} became {now}"
        return None

    def clear(self):
        for pid in self.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        harness.wait_for(lambda: not self.left(), LATEST)


def in_turn(suite, what, options, rounds, spared):
    """Round r kills the r-th process of the tree."""
    for number in range(rounds):
        instance = Round(suite, options, spared)
        if not instance.ready():
            suite.ok(False, f"{what}: round {number} starts", (suite.top / "stderr").read_text())
            instance.clear()
            return
        victims = instance.victims()
        victim = victims[number % len(victims)]
        may_go = instance.may_go(victim)
        name = f"{name_of(victim)} ({number % len(victims) + 1} of {len(victims)})"
        os.kill(victim, signal.SIGKILL)
        if may_go:
            time.sleep(0.5)
            suite.ok(instance.front.poll() is None, f"{what}: kill -9 of {name} ends no app", victims)
            os.kill(instance.front.pid, signal.SIGKILL)
        wrong = instance.over()
        suite.ok(wrong is None, f"{what}: kill -9 of {name} leaves nothing [kill-9]", wrong or "")
        instance.clear()


def at_the_start(suite, what, options, rounds, spared, first):
    """At random moments; one of the first processes (front end, keeper, inits of the first boxes or the app), since each of
    those ends it all."""
    chance = random.Random(1)
    for number in range(rounds):
        instance = Round(suite, options, spared)
        moment = chance.uniform(0, 0.06)
        time.sleep(moment)
        tree = [instance.front.pid, *harness.descendants(instance.front.pid)][:first]
        victim = tree[number % len(tree)]
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            victim = instance.front.pid
            os.kill(victim, signal.SIGKILL)
        wrong = instance.over()
        suite.ok(wrong is None, f"{what}: kill -9 of process {number % len(tree) + 1} after {moment * 1000:.0f} ms leaves nothing",
                 wrong or "")
        instance.clear()


def manager(suite):
    """Its death ends no app; the next command finds the instance again."""
    app = suite.start(suite.oriel_program, "run", "--profile", "base/strict", "--", "sleep", "300")
    status = harness.wait_for(lambda: suite.oriel("daemon", "status").returncode == 0, 10)
    listed = harness.wait_for(lambda: "sleep" in suite.oriel("ps").stdout or "run." in suite.oriel("ps").stdout, 10)
    if not suite.ok(status and listed, "an instance under the manager", suite.oriel("ps").stderr):
        harness.end(app)
        return
    killed = json.loads(suite.oriel("daemon", "status", "--json").stdout)["pid"]
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.3)
    suite.ok(app.poll() is None and suite.oriel("daemon", "status").returncode == 1, "kill -9 of the manager ends no app [kill-9]",
             f"manager {killed}")
    suite.ok("run." in suite.oriel("ps").stdout, "and `oriel ps` still knows the app", suite.oriel("ps").stdout)
    suite.oriel("daemon", "start")
    adopted = harness.wait_for(
        lambda: json.loads(suite.oriel("daemon", "status", "--json").stdout).get("instances") == 1, 3, 0.1)
    suite.ok(adopted, "the next manager adopts it")
    app.kill()
    gone = harness.wait_for(lambda: not list((suite.runtime / "oriel/instances").glob("*")), 1.0)
    suite.ok(gone, "after kill -9 of the front end it removes what is left, within a second")
    suite.oriel("daemon", "stop")
    harness.end(app)


def main():
    suite = harness.Suite("chaos", needs=["Xvfb", "Xephyr", "dbus-daemon"])
    rounds = int(sys.argv[1])
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = []
    try:
        in_turn(suite, "plain", ["--profile", "base/strict"], max(4, rounds // 4), set())
        at_the_start(suite, "plain", ["--profile", "base/strict"], max(5, rounds // 4), set(), 3)
        started = [servers.start_x(suite), servers.start_bus(suite)]
        spared = {process.pid for process in started if process}
        gui = ["--profile", "base/gui", "--display=xephyr"]
        in_turn(suite, "display and bus", gui, max(10, rounds // 2), spared)
        at_the_start(suite, "display and bus", gui, max(5, rounds // 4), spared, 4)
        manager(suite)
    finally:
        for process in started:
            harness.end(process)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
