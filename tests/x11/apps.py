#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Large apps, really run: each shows its window in a box under Xephyr and draws something; Firefox keeps its own content
sandbox, and renders a page from a file; on the session bus, which is filtered, each has its name and sees nobody
else's.  Named only: it needs the apps, and a minute.  usage: apps.py [NAME...]"""

import os
import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))
import dbus  # noqa: E402
import harness  # noqa: E402
import servers  # noqa: E402

BUS = "org.freedesktop.DBus"
RED = "<html><body style='background:#ff0000;margin:0'></body></html>"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>endobj
4 0 obj<</Length 34>>stream
1 0 0 rg 0 0 300 300 re f
endstream endobj
trailer<</Root 1 0 R>>
"""


class Apps:
    def __init__(self, suite, desk):
        self.suite, self.desk = suite, desk

    def shows(self, name, *arguments, least=20, seconds=60, look=None):
        """Starts it, waits for a window with so many colours, calls look(window, instance) while it runs, stops it."""
        suite = self.suite
        picture = suite.top / f"{name}.png"
        errors = open(suite.top / f"{name}.stderr", "w", encoding="utf-8")
        app = suite.start(suite.oriel_program, "run", "--no-daemon", "--display=xephyr", f"--instance={name}", *arguments,
                          stderr=errors)
        window = self.desk.window("[Oo]riel|" + name, seconds)
        drawn = window and harness.wait_for(
            lambda: self.desk.screenshot(picture, window).returncode == 0 and servers.colours(suite, picture) >= least, seconds, 1)
        errors.close()
        suite.ok(drawn, f"{name} draws its window", (suite.top / f"{name}.stderr").read_text()[-2000:]
                 or f"{servers.colours(suite, picture)} colours")
        if drawn and look:
            look(window, name)
        suite.oriel("stop", name)
        suite.ok(harness.wait_for(lambda: app.poll() is not None), f"{name} ends")
        harness.end(app)

    def red_share(self, window, name):
        """The share of red pixels in the window."""
        picture = self.suite.top / f"{name}.png"
        self.desk.screenshot(picture, window)
        done = self.suite.run("convert", picture, "-fill", "black", "+opaque", "rgb(255,0,0)", "-fill", "white", "-opaque",
                              "rgb(255,0,0)", "-format", "%[fx:mean]", "info:")
        return float(done.stdout or 0)

    def red(self, window, name):
        share = harness.wait_for(lambda: self.red_share(window, name) > 0.1, 30, 1)
        self.suite.ok(share, f"{name} renders the file", f"{self.red_share(window, name):.2f} red")

    def on_bus(self, *names):
        """A look: it is on the host's bus by a connection of its filter, with one of its names if it has any, and sees no other
        program's there."""
        def look(_, name):
            suite = self.suite
            found = harness.wait_for(lambda: [one for one in names or self.names() if self.is_filter(self.owner(one))], 20, 0.5)
            suite.ok(found, f"{name} is on the bus by its filter{', with its name' if names else ''}", self.names())
            seen = suite.oriel("shell", name, "--", "gdbus", "call", "--session", "-d", BUS, "-o", "/", "-m", f"{BUS}.ListNames").stdout
            suite.ok("org.t.Secret" not in seen and BUS in seen, f"{name}: another program's name is not to be seen there", seen)
        return look

    def names(self):
        done = self.suite.run("gdbus", "call", "--session", "-d", BUS, "-o", "/", "-m", f"{BUS}.ListNames")
        return re.findall(r"'([^']+)'", done.stdout)

    @staticmethod
    def is_filter(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "oriel-dbus-prox"
        except OSError:
            return False

    def firefox_names(self):
        """Firefox makes its name from its profile's."""
        return [one for one in self.names() if one.startswith("org.mozilla.")] or ["org.mozilla.firefox"]

    def owner(self, name):
        """The process that has it; None: nobody."""
        done = self.suite.run("gdbus", "call", "--session", "-d", BUS, "-o", "/", "-m", f"{BUS}.GetConnectionUnixProcessID", name)
        found = re.search(r"uint32 (\d+)", done.stdout)
        return found and int(found[1])

    def firefox_processes(self):
        """{kind: [(filters, user namespace)]}"""
        rows = {}
        for pid in harness.descendants(os.getpid()):
            try:
                status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (OSError, ValueError):
                continue
            if "firefox" in words and not words.startswith("oriel"):
                kind = "content" if re.search(r"-contentproc.* tab ?$", words) else "main" if "-contentproc" not in words else "other"
                rows.setdefault(kind, []).append((int(status["Seccomp_filters"]), space(pid)))
        return rows

    def firefox(self, window, name):
        """Its content processes are confined once more: more filters than the box gives, and a user namespace of their own."""
        self.red(window, name)
        self.on_bus(*self.firefox_names())(window, name)
        # One that was just started has not put it up yet.
        rows = harness.wait_for(lambda: (found := self.firefox_processes()) and confined_more(found) and found, 15, 0.5)
        rows = rows or self.firefox_processes()
        content, main = rows.get("content", []), rows.get("main", [])
        self.suite.ok(confined_more(rows),
                      f"{name}: its content processes have a filter of their own above the box's", rows)
        spaces = {where for _, where in main}
        self.suite.ok(content and all(where not in spaces for _, where in content), f"{name}: and a user namespace of their own", rows)


def confined_more(rows):
    content, main = rows.get("content", []), rows.get("main", [])
    return content and main and min(n for n, _ in content) > max(n for n, _ in main)


def space(pid):
    try:
        return os.readlink(f"/proc/{pid}/ns/user")
    except OSError as error:
        return str(error)


def main():
    suite = harness.Suite("apps", needs=["Xvfb", "Xephyr", "xdotool", "import", "convert", "firefox-esr", "evince",
                                         "gnome-calculator", "libreoffice", "xterm"])
    started = [servers.start_x(suite), servers.start_bus(suite)]
    apps = Apps(suite, servers.Nested(suite, started[0]))
    page, document = suite.home / "Downloads/page.html", suite.home / "Downloads/page.pdf"
    page.parent.mkdir()
    page.write_text(RED)
    document.write_bytes(PDF)
    # Somebody else's name, with whom no box has business.
    other = dbus.Client(str(suite.runtime / "bus"))
    other.bus("RequestName", "su", "org.t.Secret", 0)
    # Each with its arguments, and what else is looked at.
    rows = [("xterm", ["xterm", "-e", "sh -c 'ls /; sleep 300'"], {"least": 2}),
            ("mousepad", ["mousepad"], {"least": 8, "look": apps.on_bus("org.xfce.mousepad")}),
            ("calculator", ["gnome-calculator"], {"look": apps.on_bus()}),
            ("evince", [f"--filesystem={document}:ro", "evince", document], {"look": apps.red}),
            ("firefox", [f"--filesystem={page}:ro", "firefox", f"file://{page}"], {"look": apps.firefox}),
            # What nested=limited is for: the same sandbox inside, without mounts.
            ("firefox-limited", ["--nested=limited", "--new-instance", f"--filesystem={page}:ro", "firefox", f"file://{page}"],
             {"look": apps.firefox}),
            ("libreoffice", ["libreoffice", "--writer", "--norestore", "--nologo"], {"seconds": 120})]
    try:
        for name, arguments, more in rows:
            if name in (sys.argv[1:] or [name]):
                apps.shows(name, *arguments, **more)
                time.sleep(1)
        if os.environ.get("ORIEL_PICTURES"):
            for picture in suite.top.glob("*.png"):
                shutil.copy(picture, os.environ["ORIEL_PICTURES"])
    finally:
        for process in started:
            harness.end(process)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
