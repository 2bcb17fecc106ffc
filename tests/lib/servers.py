# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's side of a desktop, for tests: an X server without a screen, and a session bus."""

import os
import pathlib
import subprocess
import time

import harness


def start_x(suite, size="1280x1024x24", dpi=96):
    """Xvfb with a cookie, on a number that it chooses.  Adds DISPLAY and XAUTHORITY to the suite's environment.  The
    process, or None with a failed test."""
    authority = suite.runtime / "Xauthority"
    cookie = os.urandom(16).hex()
    suite.run("xauth", "-f", authority, "add", ":0", ".", cookie)
    receive, send = os.pipe()
    server = suite.start("Xvfb", "-displayfd", send, "-screen", "0", size, "-dpi", dpi, "-nolisten", "tcp", "-noreset", "-auth", authority,
                         pass_fds=[send])
    os.close(send)
    with os.fdopen(receive) as answer:
        number = answer.readline().strip()
    if not number:
        suite.ok(False, "Xvfb starts")
        return None
    suite.run("xauth", "-f", authority, "add", f":{number}", ".", cookie)
    suite.env.update(DISPLAY=f":{number}", XAUTHORITY=str(authority))
    return server


def start_bus(suite):
    """A session bus with its socket where sessions have it.  Adds DBUS_SESSION_BUS_ADDRESS."""
    address = f"unix:path={suite.runtime}/bus"
    receive, send = os.pipe()
    bus = suite.start("dbus-daemon", "--session", "--nofork", f"--address={address}", f"--print-address={send}",
                      pass_fds=[send])
    os.close(send)
    with os.fdopen(receive) as answer:
        suite.ok(answer.readline(), "dbus-daemon starts")
    suite.env["DBUS_SESSION_BUS_ADDRESS"] = address
    return bus


def x_socket(suite):
    return pathlib.Path("/tmp/.X11-unix/X" + suite.env["DISPLAY"][1:])


class Nested:
    """The display that a box shows in a window of the host: Xephyr's window, found by its title."""

    def __init__(self, suite, process):
        self.suite, self.process = suite, process

    def xdotool(self, *words):
        return self.suite.run("xdotool", *words)

    def window(self, pattern, seconds=20):
        """Id of the first visible window whose title fits, or None."""
        def look():
            found = self.xdotool("search", "--onlyvisible", "--name", pattern).stdout.split()
            return found[0] if found else None
        return harness.wait_for(look, seconds, 0.2)

    def type(self, window, text):
        """Keys for the window; a window of a nested server takes them when it has the focus and the pointer."""
        self.xdotool("windowfocus", window)
        self.xdotool("mousemove", "--window", window, 200, 200)
        self.xdotool("click", 1)
        time.sleep(0.3)
        return self.xdotool("type", "--delay", "40", text)

    def key(self, *keys):
        return self.xdotool("key", "--delay", "80", *keys)

    def screenshot(self, path, window="root"):
        return self.suite.run("import", "-window", window, path)


def colours(suite, picture):
    """How many different colours a picture has: a window that shows nothing has a few."""
    done = suite.run("identify", "-format", "%k", picture)
    return int(done.stdout) if done.returncode == 0 and done.stdout.isdigit() else 0


def difference(suite, one, other, fuzz=0):
    """How many pixels differ between two pictures, by more than fuzz percent of the way from black to white."""
    done = subprocess.run(["compare", "-metric", "AE", "-fuzz", f"{fuzz}%", str(one), str(other), "null:"], capture_output=True, text=True,
                          check=False, env=suite.env)
    words = done.stderr.split()
    return float(words[0]) if words else 0.0
