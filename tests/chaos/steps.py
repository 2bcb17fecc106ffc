#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every step of a launch, struck: each process of it is killed at a system call, or the call fails with an error that kernels
give.  Whatever happens, nothing hangs, nothing is left, and an app that starts all the same is confined as ever: the app is
the probe of tests/escape, which looks.  usage: steps.py STRIKE PROBE SAMPLES (0: every call)"""

import collections
import contextlib
import ctypes
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "escape")]
import harness  # noqa: E402
from bait import Bait, verdicts  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
ACTIONS = ("kill", "EPERM", "ENOMEM", "ENOSPC", "EMFILE")
LAUNCHES = {
    # Keeper and init are one process.
    "flat": ["--profile", "base/strict"],
    # Several boxes, a mediator, sockets that a box makes.
    "tree": ["--profile", "{home}/tree.profile"],
    # A box that was made before, by the manager's engine: what is struck is who takes it.
    "parked": ["--profile", "base/strict"],
}
TREE = """[Oriel]
inherits=strict

[Network]
mode=named
allow=example.org:443
"""
SENDMSG = "46"  # x86-64
FRONT = 0  # the process that is `oriel run`


class Launch:
    """One kind of launch; strikes at it, and what came of them."""

    def __init__(self, suite, bait, name):
        self.suite, self.bait, self.name = suite, bait, name
        self.parked = name == "parked"
        self.command = [suite.oriel_program, "run", *([] if self.parked else ["--no-daemon"]), *(word.format(home=suite.home) for word in LAUNCHES[name]),
                        f"--filesystem={suite.bin}:ro", "--",
                        suite.bin / "probe", "sealed"]
        if os.environ.get("ORIEL_SANITIZED"):  # the leak checker does not work in what is traced
            self.bait.environment["ASAN_OPTIONS"] = suite.env["ASAN_OPTIONS"] = "detect_leaks=0"
        if self.parked:
            suite.oriel("daemon", "start")
            for _ in range(3):
                self.strike()
                time.sleep(0.5)
        self.spared = set(harness.descendants(os.getpid()))
        self.count, self.whole = {}, 0

    def strike(self, *options):
        done = self.suite.run(self.suite.bin / "strike", *options, *self.command, input=self.bait.text(0, 0, 0),
                              env=self.bait.environment, pass_fds=(), timeout=60)
        facts = collections.defaultdict(list)
        for line in done.stdout.splitlines():
            word, _, rest = line.partition(" ")
            if word in ("process", "struck", "over", "left", "hangs"):
                facts[word].append(rest)
        return done, facts, verdicts(done.stdout)

    def measure(self, *options):
        """How many calls each process makes, and what the probe says of an undisturbed box."""
        for _ in range(8 if self.parked else 1):
            done, facts, found = self.strike(*options)
            # A box that was made before may be gone where the machine's mounts changed meanwhile.
            if not self.parked or len(facts["process"]) == 1:
                break
            time.sleep(0.5)
        self.count = {int(row.split()[0]): int(row.split()[1]) for row in facts["process"]}
        self.whole = len(found)
        bad = [name for name, one in found.items() if one.verdict == "OPEN"]
        return self.suite.ok(facts["over"] == ["0"] and self.whole > 20 and not bad and (len(self.count) > 2) != self.parked,
                             f"{self.name}{' ' if options else ''}{' '.join(options)}: undisturbed ({sum(self.count.values())} calls of {len(self.count)} processes)",
                             f"{bad}\n{done.stderr}")

    def left(self):
        """Processes of an instance that outlived it; dead ones that fell to us are taken away."""
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        table = harness.processes() if self.parked else {}
        # The manager's engine makes boxes as it likes; what runs in one is the launch's.
        return [pid for pid in harness.descendants(os.getpid())
                if (table.get(pid, (0, ""))[1] == "probe" if self.parked else pid not in self.spared)]

    def roots(self):
        """At no stage does a process of the launch share its pid namespace with one whose root is the host's."""
        name, helper = f"{self.name}: no root leads to the host when a process is made [boot-stage]", getattr(self.suite, "helper", None)
        if helper is None:
            self.suite.skip(name, "only root can look, and the suite was not started by root", kernel=True)
            return
        who = ["setpriv", f"--reuid={os.getuid()}", f"--regid={os.getgid()}", "--clear-groups"]
        seen = []
        for file in (self.suite.top / "host-file", self.suite.bin / "probe"):
            command = [self.suite.bin / "strike", "-r", file, *who, *self.command]
            print(json.dumps([[str(word) for word in command], self.suite.env]), file=helper.stdin, flush=True)
            answer = json.loads(helper.stdout.readline())
            found = re.search(r"^roots (\d+) (\d+)$", answer[0], re.MULTILINE)
            seen.append((int(found[1]), int(found[2])) if found and "\nover 0\n" in answer[0] else answer)
        self.suite.ok(seen[0][0] in range(1, 100) and seen[0][1] == 0, name, f"{seen[0][0]} births" if seen[0][1] == 0 else seen)
        self.suite.ok(seen[1][1] not in (0, ""), "control: a file that the box was given is seen so", seen[1])

    def instances(self):
        return list((self.suite.runtime / "oriel/instances").glob("*"))

    def wrong_after(self, process, action, done, facts, found):
        """None, or what is wrong."""
        status = int(facts["over"][0]) if facts["over"] else None
        bad = [f"{name}: {one.detail}" for name, one in found.items() if one.verdict == "OPEN"]
        left = harness.wait_for(lambda: not self.left(), 5) is not True and self.left()
        if facts["hangs"] or status is None:
            return f"it hangs {done.stderr[-300:]}"
        if facts["left"] or left:
            return f"processes left: {facts['left']} {left}"
        if bad:
            return f"the app runs, and is not confined: {bad}"
        if status == 0 and len(found) != self.whole:
            return f"status 0, but the app said {len(found)} of {self.whole} lines"
        # Something killed the app, as its init's end does; or the C library, before main(), got no memory.
        killed = status == 137 or action == "kill" and status == 125 or status in (134, 139) and facts["struck"] in (["9"], ["10"])
        if status != 0 and not done.stderr.strip() and not killed:
            return f"status {status} without a word"
        if self.instances() and process == FRONT:
            self.suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "true")
        if self.instances():
            return f"files left: {self.instances()}"
        return None

    def storm(self, samples, chance, actions=ACTIONS, options=()):
        """One TAP line for each process and action, over all calls that were struck."""
        points = [(process, call) for process, calls in self.count.items() for call in range(1, calls + 1)]
        faults, struck, statuses = collections.defaultdict(list), collections.Counter(), collections.Counter()
        for action in actions:
            for process, call in (chance.sample(points, min(samples, len(points))) if samples else points):
                done, facts, found = self.strike("-p", process, "-n", call, "-a", action, *options)
                struck[process, action] += bool(facts["struck"])
                statuses[facts["over"][0] if facts["over"] else "hangs"] += 1
                wrong = self.wrong_after(process, action, done, facts, found)
                if wrong:
                    faults[process, action].append(f"call {call} (number {facts['struck']}): {wrong}")
        for process, action in sorted(struck):
            if struck[process, action]:
                wrong = faults[process, action]
                self.suite.ok(not wrong, f"{self.name}: process {process}, {action} at {struck[process, action]} calls [kill-9 parent-death]"
                              + " ".join(["", *options]),
                              "\n".join([f"{len(wrong)} times", *wrong[:20]]) if wrong else "")
        print(f"# {self.name}: statuses {dict(statuses)}", flush=True)
        self.suite.ok((statuses["0"] > 0 or options) and (statuses["125"] > 0 or self.parked), f"{self.name}: some strikes end a launch, and some do not",
                      dict(statuses))


HELPER = """
import json, subprocess, sys
for line in sys.stdin:
    command, env = json.loads(line)
    done = subprocess.run(command, env=env, capture_output=True, text=True, input="", check=False)
    print(json.dumps([done.stdout, done.stderr]), flush=True)
"""


def stay_root(suite):
    """Somebody who can look at processes that hide."""
    suite.helper = subprocess.Popen([sys.executable, "-c", HELPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main():
    suite = harness.Suite("steps", files=sys.argv[1:3], needs=["setpriv"], as_root=stay_root)
    if os.uname().machine != "x86_64":
        suite.skip("steps", "strike makes calls fail on x86-64 only", kernel=True)
        return suite.finish()
    samples, seed = int(sys.argv[3]), int(os.environ.get("ORIEL_SEED", random.randrange(1 << 32)))
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(f"# ORIEL_SEED={seed}", flush=True)
    (suite.home / "tree.profile").write_text(TREE)
    bait = Bait(suite)
    try:
        for name in LAUNCHES:
            launch = Launch(suite, bait, name)
            if launch.measure():
                if not launch.parked:
                    launch.roots()
                launch.storm(samples, random.Random(seed))
            # Each word that the parts of a launch say to each other, lost.
            if launch.measure("-s", SENDMSG):
                launch.storm(0, random.Random(seed), ["ENOBUFS"], ["-s", SENDMSG])
            if launch.parked:
                suite.oriel("daemon", "stop")
    finally:
        bait.close()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
