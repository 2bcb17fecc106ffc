#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instances that began in a box made ahead, through the command line: they are as others, and kill -9 on what made the box,
or on what runs in it, ends what it should and nothing else.
usage: warm.py"""

import ctypes
import json
import os
import pathlib
import pty
import resource
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
RUN = ["run", "--profile", "base/strict", "--"]
IDLE = {"ORIEL_IDLE_EXIT": "600"}


class Warm:
    """A manager, its resident engine, and what is parked."""

    def __init__(self, suite):
        self.suite = suite
        suite.oriel("daemon", "start", env=IDLE)

    def status(self):
        return json.loads(self.suite.oriel("daemon", "status", "--json").stdout)

    def engine(self):
        children = [pid for pid, (parent, *_) in harness.processes().items() if parent == self.status()["pid"]]
        return children[0] if len(children) == 1 else None

    def boxes(self):
        """The engine's children: what waits, and what a launch owns."""
        engine = self.engine()
        return {pid for pid, (parent, *_) in harness.processes().items() if engine and parent == engine}

    def sockets(self):
        return [path for path in (self.suite.runtime / "oriel/warm").glob("*") if path.name != "engine"]

    def heat(self):
        """Two launches make a plan hot."""
        for _ in range(4):
            if harness.wait_for(lambda: self.sockets() and self.boxes(), 0.5):
                return True
            self.suite.oriel(*RUN, "true")
        return False

    def app(self):
        """A running instance that began in a parked box: (front end, its line of ps), or None."""
        for _ in range(3):  # on a busy machine a box may be made too late for a launch
            found = self.heat() and self.start()
            if found:
                return found
        return None

    def start(self, script="echo up; exec sleep 300"):
        front = self.suite.start(self.suite.oriel_program, *RUN, "sh", "-c", script)
        listed = harness.wait_for(lambda: [one for one in json.loads(self.suite.oriel("ps", "--json").stdout)
                                           if one["state"] == "running"], 10)
        if not listed or harness.processes()[listed[0]["init_pid"]][0] == front.pid:
            harness.end(front)
            return None
        return front, listed[0]


def gone(pids, seconds=1.0):
    """Are all of these processes over?"""
    def all_are():
        table = harness.processes()
        return not [pid for pid in pids if pid in table and table[pid][3] != "Z"]
    return harness.wait_for(all_are, seconds)


def statuses(suite, warm):
    """What a program ends with is what `oriel run` ends with."""
    rows = (("exit 7", ["sh", "-c", "exit 7"], 7), ("signal", ["sh", "-c", "kill -KILL $$"], 137),
            ("not found", ["no-such-program"], 127), ("not executable", ["/etc/passwd"], 126))
    for what, command, status in rows:
        warm.heat()
        before = warm.boxes()
        done = suite.oriel(*RUN, *command)
        suite.ok(done.returncode == status and not before <= warm.boxes(), f"warm: {what} is {status}", (done, before))
    warm.heat()
    done = suite.oriel(*RUN, "cat", input="piped\n")
    suite.ok(done.stdout == "piped\n", "warm: standard input and output are the caller's", done)
    warm.heat()
    done = suite.oriel(*RUN, "env", env={"MARKER_OF_MANAGER": "1"})
    suite.ok(done.returncode == 0 and "MARKER" not in done.stdout, "warm: the environment is the plan's", done.stdout)


def terminal(suite, warm):
    """A terminal stays outside: the parked box opens one of its own."""
    warm.heat()
    before = warm.boxes()
    master, slave = pty.openpty()
    front = suite.start(suite.oriel_program, *RUN, "sh", "-c", "tty; ps -o tty= -p $$ 2>/dev/null", stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    said = b""
    try:
        while chunk := os.read(master, 4096):
            said += chunk
    except OSError:
        pass
    front.wait()
    os.close(master)
    suite.ok(b"/dev/pts/0" in said and front.returncode == 0 and not before <= warm.boxes(), "warm: a terminal is the box's own", said)


def commands(suite, warm):
    """ps, tree, shell, stop."""
    found = warm.app()
    if not suite.ok(found, "warm: an app runs in a box made ahead"):
        return
    front, info = found
    tree = suite.oriel("tree", info["id"])
    suite.ok("sleep (app)" in tree.stdout, "warm: `oriel tree` shows the app", tree)
    shell = suite.oriel("shell", info["id"], "--", "sh", "-c", "echo in; cat /proc/1/comm")
    suite.ok(shell.stdout == "in\noriel-init\n", "warm: `oriel shell` comes into the box", shell)
    stopped = suite.oriel("stop", info["id"])
    front.wait(10)
    suite.ok(stopped.returncode == 0 and front.returncode == 143, "warm: `oriel stop` ends it", (stopped, front.returncode))


def parked(suite, warm, *words):
    """A launch by a remembered plan in a box made ahead: what it was, or None."""
    for _ in range(8):
        warm.heat()
        before = warm.boxes()
        done = suite.oriel(*RUN, *words)
        if not before <= warm.boxes() and "remembered" in suite.oriel("run", "--verbose", *RUN[1:], *words).stderr:
            return done
        time.sleep(0.5)
    return None


def listing(suite, warm):
    """An instance in a box made ahead stands in no directory before it has lived for a moment, and then as any other."""
    instances = suite.runtime / "oriel/instances"
    suite.ok(harness.wait_for(lambda: parked(suite, warm, "sh", "-c", "exit 3"), 15, 0), "listing: a plan is remembered and parked")
    for _ in range(3):
        warm.heat()
        before, stamp = warm.boxes(), instances.stat().st_mtime_ns
        done = suite.oriel(*RUN, "sh", "-c", "exit 3")
        if not before <= warm.boxes() and instances.stat().st_mtime_ns == stamp:
            break
    suite.ok(done.returncode == 3 and instances.stat().st_mtime_ns == stamp, "listing: a short launch makes no directory", done)
    script = "echo up; exec sleep 300"
    for _ in range(2):  # the first makes the plan
        found = warm.heat() and warm.start(script)
        if found:
            suite.oriel("stop", found[1]["id"])
            found[0].wait(10)
    found = warm.heat() and warm.start(script)
    if suite.ok(found, "listing: `oriel ps` shows one that stays"):
        front, info = found
        inside = instances / info["id"]
        suite.ok({path.name for path in inside.iterdir()} == {"info", "lock", "control"}, "listing: with all that an instance has")
        suite.ok("sleep (app)" in suite.oriel("tree", info["id"]).stdout, "listing: its keeper serves the control socket")
        suite.oriel("stop", info["id"])
        front.wait(10)
        suite.ok(front.returncode == 143 and not inside.exists(), "listing: `oriel stop` ends it, and nothing is left")
    words = ("sh", "-c", "sleep 0.3; exit 4")
    if suite.ok(harness.wait_for(lambda: parked(suite, warm, *words), 15, 0), "listing: and one that can't be listed"):
        for _ in range(5):  # a launch that finds no box can't begin
            warm.heat()
            done = suite.oriel(*RUN, *words, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
            if done.returncode == 4:
                break
            time.sleep(0.5)
        suite.ok(done.returncode == 4 and "instance:" in done.stderr, "listing: runs all the same, and that is said", done)


def kills(suite, warm):
    """kill -9 of each process of an instance, then of what it does not depend on."""
    for who in ("front end", "keeper", "app"):
        found = warm.app()
        if not suite.ok(found, f"warm: an app to kill the {who} of"):
            continue
        front, info = found
        inside = [info["init_pid"], *harness.descendants(info["init_pid"])]
        os.kill({"front end": front.pid, "keeper": inside[0], "app": inside[-1]}[who], signal.SIGKILL)
        suite.ok(gone(inside), f"warm: kill -9 of the {who} ends the instance", inside)
        front.wait(10)
        suite.ok(front.returncode == {"front end": -9, "keeper": 125, "app": 137}[who], f"warm: and the status is that of a killed {who}",
                 front.returncode)
    for who in ("engine", "manager"):
        found = warm.app()
        if not suite.ok(found, f"warm: an app beside the {who} that is killed"):
            continue
        front, info = found
        harness.wait_for(lambda: warm.boxes() - {info["init_pid"]}, 5)  # the next one is parked
        parked = warm.boxes() - {info["init_pid"]}
        engine = warm.engine()
        os.kill(engine if who == "engine" else warm.status()["pid"], signal.SIGKILL)
        suite.ok(parked and gone(parked | {engine}), f"warm: kill -9 of the {who} ends what is parked", parked)
        suite.ok(front.poll() is None and not gone([info["init_pid"]], 0.2), f"warm: kill -9 of the {who} ends no app")
        done = suite.oriel(*RUN, "echo", "cold")
        suite.ok(done.stdout == "cold\n", f"warm: without the {who} a launch is a cold one", done)
        suite.oriel("kill", info["id"])
        front.wait(10)
        suite.oriel("daemon", "stop")
        warm = Warm(suite)
    return warm


def idle(suite, warm):
    """A manager that is only used through its boxes does not go for want of work; then it does."""
    suite.oriel("daemon", "stop")
    suite.oriel("daemon", "start", env={"ORIEL_IDLE_EXIT": "2"})
    pid = warm.status()["pid"]
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        suite.oriel(*RUN, "true")
        time.sleep(0.2)
    suite.ok(pid in harness.processes(), "idle: launches by parked boxes keep the manager")
    suite.ok(gone([pid], 6), "idle: and it goes when there are none")
    suite.oriel("daemon", "start", env=IDLE)


def stop(suite, warm):
    """The parked boxes are gone when the command returns; apps are not."""
    found = warm.app()
    harness.wait_for(lambda: found and warm.boxes() - {found[1]["init_pid"]}, 5)
    parked = warm.boxes() - {found[1]["init_pid"]} if found else set()
    engine = warm.engine()
    suite.oriel("daemon", "stop")
    suite.ok(parked and gone(parked | {engine}, 0), "warm: `oriel daemon stop` returns when what is parked is gone", parked)
    suite.ok(not warm.sockets(), "warm: and its sockets", warm.sockets())
    suite.ok(found and found[0].poll() is None, "warm: apps go on without it")
    if found:
        suite.oriel("kill", found[1]["id"])
        found[0].wait(10)


def main():
    suite = harness.Suite("warm")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    warm = Warm(suite)
    if suite.ok(warm.heat(), "warm: the second launch has a box parked", warm.sockets()):
        statuses(suite, warm)
        terminal(suite, warm)
        commands(suite, warm)
        listing(suite, warm)
        idle(suite, warm)
        warm.heat()
        stop(suite, kills(suite, warm) or warm)
    suite.oriel("daemon", "stop")
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
