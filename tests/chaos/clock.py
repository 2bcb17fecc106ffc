#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The time of day jumps, forth and back by years, while instances run: nothing ends early, hangs or is left, and what was
cached is not believed for longer.  It sets the clock of the machine, so it runs only where that is nobody's: under the
kernel that tests/lib/uml.py starts.
usage: clock.py"""

import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

YEAR = 365 * 86400
JUMPS = {"a day on": 86400, "eleven years back": -11 * YEAR, "ten years on": 10 * YEAR}


class Clock:
    """A process that stays root, since setting the clock takes that."""

    def __init__(self):
        self.wish = None

    def prepare(self, _suite):
        read, self.wish = os.pipe()
        if os.fork() == 0:
            os.close(self.wish)
            with os.fdopen(read) as wishes:
                for line in wishes:
                    time.clock_settime(time.CLOCK_REALTIME, time.time() + int(line))
            os._exit(0)
        os.close(read)

    def jump(self, seconds):
        before = time.time()
        os.write(self.wish, f"{seconds}\n".encode())
        return harness.wait_for(lambda: abs(time.time() - before - seconds) < 60)


def alive(suite, app):
    listed = json.loads(suite.oriel("ps", "--json").stdout or "[]")
    return app.poll() is None and any(one["state"] == "running" for one in listed)


def running(suite, clock):
    for options, how in (((), "with a manager"), (("--no-daemon",), "without a manager")):
        app = suite.start(suite.oriel_program, "run", *options, "--", "sleep", "3600", env={"ORIEL_IDLE_EXIT": "600"})
        if not suite.ok(harness.wait_for(lambda: alive(suite, app)), f"{how}: an instance runs"):
            continue
        for name, seconds in JUMPS.items():
            suite.ok(clock.jump(seconds) and alive(suite, app), f"{how}: it runs on when the clock jumps {name}")
            done = suite.oriel("run", *options, "--", "sh", "-c", "exit 7")
            suite.ok(done.returncode == 7, f"{how}: after a jump {name} another starts and ends", done.stderr)
        one = json.loads(suite.oriel("ps", "--json").stdout)[0]["id"]
        done = suite.oriel("stop", one)
        suite.ok(done.returncode == 0 and harness.wait_for(lambda: app.poll() is not None, 5), f"{how}: and is stopped", done.stderr)


def limit(suite, clock):
    """[Limits] time= counts what passed, not what the clock says."""
    profile = suite.home / "three.profile"
    profile.write_text("[Oriel]\ninherits=strict\n[Limits]\ntime=6\n")
    for name, seconds in (("on", YEAR), ("back", -YEAR)):
        app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", profile, "--", "sleep", "3600")
        began = time.monotonic()
        time.sleep(1)
        suite.ok(clock.jump(seconds), f"limit: the clock jumps a year {name}")
        harness.wait_for(lambda: app.poll() is not None, 60)
        took = time.monotonic() - began
        suite.ok(app.poll() == 137 and took >= 5.5, f"limit: the time limit holds when the clock jumps {name}", f"{app.poll()} after {took:.1f} s")


def cached(suite, clock):
    """A profile that was changed while the clock was back is seen as changed."""
    profile = suite.home / "cached.profile"

    def value(word):
        profile.write_text(f"[Oriel]\ninherits=strict\n[Environment]\nWORD={word}\n")

    def seen():
        return suite.oriel("run", "--profile", profile, "--", "printenv", "WORD").stdout.strip()

    value("one")
    suite.ok([seen() for _ in range(3)] == ["one"] * 3, "cache: a profile's variable is set")
    clock.jump(-3 * YEAR)
    value("two")
    suite.ok([seen() for _ in range(3)] == ["two"] * 3, "cache: what was changed while the clock was back counts at once")
    clock.jump(3 * YEAR)
    value("six")
    suite.ok([seen() for _ in range(3)] == ["six"] * 3, "cache: and after the clock was set right")


def idle(suite, clock):
    """The manager's own end, 2 s after the last instance, is neither lost nor early."""
    status = json.loads(suite.oriel("daemon", "status", "--json").stdout)
    suite.oriel("daemon", "stop")
    done = suite.oriel("daemon", "start", env={"ORIEL_IDLE_EXIT": "4"})
    pid = json.loads(suite.oriel("daemon", "status", "--json").stdout)["pid"]
    suite.ok(done.returncode == 0 and pid != status.get("pid"), "idle: a manager that ends when idle", done.stderr)
    clock.jump(-YEAR)
    suite.ok(harness.wait_for(lambda: pid not in harness.processes(), 30), "idle: it ends though the clock jumped back")


def main():
    if "User Mode Linux" not in pathlib.Path("/proc/cpuinfo").read_text():
        print("ok 1 - clock # SKIP it sets the clock of the machine: only under a kernel of its own (tests/lib/uml.py)\n1..1")
        return 0
    clock = Clock()
    suite = harness.Suite("clock", as_root=clock.prepare)
    running(suite, clock)
    limit(suite, clock)
    cached(suite, clock)
    idle(suite, clock)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
