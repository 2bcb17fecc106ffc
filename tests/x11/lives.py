#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends of displays.  kill -9 on each program that serves one: who shows it to the person is started again and the app
does not notice, where its server is another process; anybody else's death ends the instance.  Then the person's own
server goes.  Nothing is ever left, and the person's server never notices."""

import json
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import clients  # noqa: E402
import harness  # noqa: E402
import servers  # noqa: E402

COLOUR = "12ab9c"

# Of each kind of display: the programs, and what their death does.
KINDS = {
    "seamless": {"xbridge": "again", "xbridge-agent": "ends", "xvfb": "ends"},
    "xephyr": {"xephyr": "ends", "wm": "goes on"},
    "desktop": {"xephyr": "ends", "session": "again"},
    "xpra": {"xpra-client": "again", "xpra": "ends", "xvfb": "ends"},
}


class Life:
    """One instance, whose app is a client that obeys."""

    def __init__(self, suite, kind):
        self.suite, self.kind = suite, kind
        self.app = clients.Client(suite, suite.oriel_program, "run", "--no-daemon", "--profile", "base/gui", f"--display={kind}",
                                  "--bus=none", f"--filesystem={suite.bin}:ro", "--", suite.bin / "victim", "a-life", COLOUR, "x",
                                  stderr=open(suite.top / "stderr", "w", encoding="utf-8"))
        self.ready = self.app.is_ready()

    def processes(self):
        """{program: host pid}"""
        found = {}

        def walk(box):
            for process in box.get("processes", []):
                found.setdefault(process["role"], process["pid"])
            for child in box.get("children", []):
                walk(child)
        for box in json.loads(self.suite.oriel("tree", "--json").stdout or "[]"):
            walk(box)
        return found

    def drawn(self):
        """The app's colour is on the person's screen."""
        picture = self.suite.top / "screen.png"
        self.suite.run("import", "-window", "root", picture)
        count = self.suite.run("convert", picture, "-fill", "black", "+opaque", f"#{COLOUR}", "-fill", "white", "-opaque", f"#{COLOUR}",
                               "-format", "%[fx:mean*w*h]", "info:").stdout
        return float(count or 0) > 5000

    def over(self, seconds=12):
        return harness.wait_for(lambda: not self.app.lives(), seconds)

    def end(self):
        self.app.end()


def nothing_left(suite, what):
    left = harness.wait_for(lambda: not list((suite.runtime / "oriel/instances").glob("*")), 5)
    suite.ok(left, f"{what}: nothing is left of the instance", list((suite.runtime / "oriel/instances").glob("*")))


def host_is_well(suite, what, socket):
    now = servers.x_socket(suite).stat()
    suite.ok(suite.run("xdpyinfo").returncode == 0 and (now.st_ino, now.st_ctime) == (socket.st_ino, socket.st_ctime),
             f"{what}: the person's server is as it was")


def strike(suite, kind, program, effect, socket):
    what = f"{kind}: {program} killed"
    life = Life(suite, kind)
    try:
        if not suite.ok(life.ready and harness.wait_for(life.drawn, 20, 0.5), f"{what}: before, the app is seen",
                        (suite.top / "stderr").read_text()):
            return
        before = life.processes()
        if not suite.ok(program in before, f"{what}: it is there", before):
            return
        os.kill(before[program], signal.SIGKILL)
        if effect == "ends":
            suite.ok(life.over(), f"{what}: the instance ends")
        else:
            if effect == "again":
                again = harness.wait_for(lambda: life.processes().get(program) not in (None, before[program]), 15, 0.2)
                suite.ok(again, f"{what}: it is started again", life.processes())
            suite.ok(life.app.ask("window") is not None and life.processes().get("app") == before["app"],
                     f"{what}: the app has its connection still")
            suite.ok(harness.wait_for(life.drawn, 20, 0.5), f"{what}: the app is seen again")
    finally:
        life.end()
        nothing_left(suite, what)
        host_is_well(suite, what, socket)


def shut(suite, kind, server):
    """The person's server ends under a running app."""
    what = f"{kind}: the person's server ends"
    life = Life(suite, kind)
    suite.ok(life.ready and harness.wait_for(life.drawn, 20, 0.5), f"{what}: before, the app is seen")
    server.kill()
    server.wait()
    suite.ok(life.over(20), f"{what}: so does the instance")
    life.end()
    nothing_left(suite, what)


def main():
    victim, *kinds = sys.argv[1:]
    suite = harness.Suite("lives", files=[victim], needs=["Xvfb", "Xephyr", "openbox", "xdpyinfo", "import", "convert", "xauth"])
    for kind in kinds or KINDS:
        server = servers.start_x(suite)
        manager = suite.start("openbox")
        time.sleep(0.5)
        socket = servers.x_socket(suite).stat()
        for program, effect in KINDS[kind].items():
            strike(suite, kind, program, effect, socket)
        shut(suite, kind, server)
        harness.end(manager)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
