#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many instances at once; signals in storms; what stands still; a manager that is killed again and again.  Apps go on, orders
are answered, and nothing is left.  usage: crowd.py INSTANCES"""

import contextlib
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

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 30.0  # seconds; on a loaded machine
TREE = """[Oriel]
inherits=strict

[Network]
mode=named
allow=example.org:443
"""
# None of these ends a program by itself.
HARMLESS = (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG)
STORM = (*HARMLESS, signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGALRM,
         signal.SIGTSTP, signal.SIGQUIT, signal.SIGXFSZ, signal.SIGRTMIN, signal.SIGRTMAX)


class Crowd:
    def __init__(self, suite):
        self.suite = suite
        self.profile = suite.home / "tree.profile"
        self.profile.write_text(TREE)
        self.spared = set(harness.descendants(os.getpid()))

    def start(self, name, *command, profile="base/strict", manager=False, **more):
        daemon = [] if manager else ["--no-daemon"]
        return self.suite.start(self.suite.oriel_program, "run", *daemon, "--profile", profile, f"--instance={name}", "--",
                                *(command or ("sleep", "300")), **more)

    def names(self):
        done = self.suite.oriel("ps", "--json", timeout=PATIENCE)
        return {one.get("instance") for one in json.loads(done.stdout or "[]")} if done.returncode == 0 else set()

    def left(self):
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        return [pid for pid in harness.descendants(os.getpid()) if pid not in self.spared]

    def over(self, what):
        """Nothing of any instance is left; what a dead front end left goes with the next start."""
        gone = harness.wait_for(lambda: not self.left(), PATIENCE)
        self.suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "true")
        files = list((self.suite.runtime / "oriel/instances").glob("*"))
        self.suite.ok(gone and not files, f"{what}: nothing is left", f"{self.left()} {files}")


def many(crowd, number):
    """All at once; each is there, orders are answered; a third is told to end, a third is killed, a third loses its keeper."""
    suite = crowd.suite
    then = time.monotonic()
    fronts = {f"c{i}": crowd.start(f"c{i}") for i in range(number)}
    there = harness.wait_for(lambda: len(crowd.names()) == number, PATIENCE + number / 5, 0.3)
    took = time.monotonic() - then
    dead = [name for name, front in fronts.items() if front.poll() is not None]
    suite.ok(there and not dead, f"{number} instances at once", f"after {took:.1f} s: {len(crowd.names())} there, dead: {dead}")
    then = time.monotonic()
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "echo", "ran", timeout=PATIENCE)
    suite.ok(done.stdout == "ran\n", f"one more beside {number}", f"{(time.monotonic() - then) * 1000:.0f} ms {done.stderr}")
    for i, (name, front) in enumerate(fronts.items()):
        if i % 3 == 0:
            front.terminate()
        elif i % 3 == 1:
            front.kill()
        else:
            for pid in harness.descendants(front.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
    ended = harness.wait_for(lambda: all(front.poll() is not None for front in fronts.values()), PATIENCE)
    suite.ok(ended, "all end", [name for name, front in fronts.items() if front.poll() is None])
    crowd.over(f"{number} instances")
    for front in fronts.values():
        harness.end(front)


def rain(pids, chance, numbers, drops):
    found = []
    for drop in range(drops):
        found = pids() if drop % 20 == 0 else found
        with contextlib.suppress(ProcessLookupError, IndexError, PermissionError):
            os.kill(chance.choice(found), chance.choice(numbers))
        time.sleep(chance.uniform(0, 0.002))


def storms(crowd, rounds, chance):
    """Signals to all processes of an instance, from its first moment."""
    suite = crowd.suite
    for profile in ("base/strict", crowd.profile):
        what = "tree" if profile == crowd.profile else "flat"
        app = crowd.start("storm", "sh", "-c", "trap '' HUP INT TERM USR1 USR2; while :; do sleep 0.1; done", profile=profile)

        def ours(front=app):
            return [front.pid, *(pid for pid in harness.descendants(front.pid) if oriel_own(pid))]
        rain(ours, chance, HARMLESS, 200)
        there = harness.wait_for(lambda: "storm" in crowd.names(), PATIENCE)
        rain(ours, chance, HARMLESS, 200)
        suite.ok(there and app.poll() is None, f"{what}: 400 harmless signals end no app", app.poll())
        done = suite.oriel("kill", "storm", timeout=PATIENCE)
        suite.ok(done.returncode == 0 and harness.wait_for(lambda: app.poll() is not None, PATIENCE), f"{what}: and orders are heard",
                 done.stderr)
        bad = []
        for number in range(rounds):
            app = crowd.start("storm", profile=profile)
            rain(lambda front=app: [front.pid, *harness.descendants(front.pid)], chance, STORM, 60)
            for pid in [app.pid, *harness.descendants(app.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            if app.poll() is None:
                suite.oriel("kill", "storm", timeout=PATIENCE)
            if not harness.wait_for(lambda: app.poll() is not None, PATIENCE):
                bad.append(f"round {number} hangs")
                app.kill()
                app.wait()
            if not harness.wait_for(lambda: not crowd.left(), PATIENCE):
                bad.append(f"round {number} leaves {crowd.left()}")
        suite.ok(not bad, f"{what}: {rounds} storms of signals that end programs", bad)
    crowd.over("storms")


def oriel_own(pid):
    """Is it the front end, the keeper or an init, and not the app or a mediator?"""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() in ("oriel", "oriel-engine", "oriel-init")
    except OSError:
        return False


def still(crowd):
    """A process that stands still holds up nobody else, and can be ended.  (A companion that is never ready: tests/engine.)"""
    suite = crowd.suite
    for what, pick in (("mediator", "oriel-net-proxy"), ("keeper", None), ("app", "sleep")):
        stuck, other = crowd.start("stuck", profile=crowd.profile), crowd.start("other")
        harness.wait_for(lambda: {"stuck", "other"} <= crowd.names(), PATIENCE)
        harness.wait_for(lambda: any(name == "sleep" for name in names_below(stuck.pid).values()), PATIENCE)
        names = names_below(stuck.pid)
        pids = [pid for pid, name in names.items() if pick is None or name == pick[:15]]
        if suite.ok(pids, f"the {what} is there", names):
            os.kill(pids[0], signal.SIGSTOP)
        then = time.monotonic()
        listed, done = crowd.names(), suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "echo", "ran", timeout=PATIENCE)
        took = time.monotonic() - then
        suite.ok({"stuck", "other"} <= listed and done.stdout == "ran\n" and other.poll() is None and took < 4,
                 f"the {what} stands still: others go on [freeze]", f"{took * 1000:.0f} ms {done.stderr}")
        done = suite.oriel("kill", "stuck", timeout=PATIENCE)
        suite.ok(done.returncode == 0 and harness.wait_for(lambda: stuck.poll() is not None, PATIENCE),
                 f"the {what} stands still: the instance can be ended", done.stderr)
        harness.end(stuck)
        harness.end(other)
    crowd.over("what stood still")


def names_below(pid):
    found = {}
    for child in harness.descendants(pid):
        with contextlib.suppress(OSError):
            found[child] = pathlib.Path(f"/proc/{child}/comm").read_text().strip()
    return found


def manager(crowd, rounds, chance):
    """kill -9 of the manager while instances start and run."""
    suite = crowd.suite
    fronts = {}
    for number in range(rounds):
        fronts[f"m{number}"] = crowd.start(f"m{number}", manager=True)
        time.sleep(chance.uniform(0, 0.15))
        done = suite.oriel("daemon", "status", "--json", timeout=PATIENCE)
        with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            os.kill(json.loads(done.stdout)["pid"], signal.SIGKILL)
    there = harness.wait_for(lambda: set(fronts) <= crowd.names(), PATIENCE)
    suite.ok(there, f"a manager killed {rounds} times: all apps run", set(fronts) - crowd.names())
    suite.oriel("daemon", "start", timeout=PATIENCE)
    adopted = harness.wait_for(lambda: json.loads(suite.oriel("daemon", "status", "--json").stdout or "{}").get("instances") == rounds,
                               PATIENCE, 0.2)
    suite.ok(adopted, "the next one knows them all", suite.oriel("daemon", "status", "--json").stdout)
    for name in fronts:
        suite.oriel("stop", name, timeout=PATIENCE)
    suite.ok(harness.wait_for(lambda: all(front.poll() is not None for front in fronts.values()), PATIENCE), "and ends them")
    suite.oriel("daemon", "stop")
    crowd.over("the manager's instances")
    for front in fronts.values():
        harness.end(front)


def main():
    suite = harness.Suite("crowd")
    number, seed = int(sys.argv[1]), int(os.environ.get("ORIEL_SEED", random.randrange(1 << 32)))
    print(f"# ORIEL_SEED={seed}", flush=True)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    chance, crowd = random.Random(seed), Crowd(suite)
    many(crowd, number)
    storms(crowd, number // 10, chance)
    still(crowd)
    manager(crowd, max(5, number // 10), chance)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
