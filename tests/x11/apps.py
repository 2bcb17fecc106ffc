#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Large apps, really run: each shows its window in a box under Xephyr and draws something; Firefox keeps its own content
sandbox, and renders a page from a file.  Named only: it needs the apps, and a minute."""

import os
import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

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
        share = harness.wait_for(lambda: self.red_share(window, name) > 0.2, 30, 1)
        self.suite.ok(share, f"{name} renders the file", f"{self.red_share(window, name):.2f} red")

    def firefox(self, window, name):
        self.red(window, name)
        script = "for p in /proc/[0-9]*; do echo $(tr '\\0' ' ' <$p/cmdline) '|' $(grep -E '^Seccomp:' $p/status) '|' $(readlink $p/root); done"
        done = self.suite.oriel("shell", name, "--", "sh", "-c", script)
        content = [line for line in done.stdout.splitlines() if re.search(r"-contentproc.*\b(tab|web)\b", line)]
        self.suite.ok(content and all("Seccomp: 2" in line for line in content),
                      f"{name}: its content processes have a filter", done.stdout[-1500:])
        script = "for p in /proc/[0-9]*; do echo $(readlink $p/ns/user) $(tr '\\0' ' ' <$p/cmdline | cut -c1-60); done"
        done = self.suite.oriel("shell", name, "--", "sh", "-c", script)
        spaces = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("user:")}
        self.suite.ok(len(spaces) >= 2, f"{name}: and namespaces of their own", done.stdout[-1500:])


def main():
    suite = harness.Suite("apps", needs=["Xvfb", "Xephyr", "xdotool", "import", "convert", "firefox-esr", "evince",
                                         "gnome-calculator", "libreoffice", "xterm"])
    started = [servers.start_x(suite), servers.start_bus(suite)]
    apps = Apps(suite, servers.Nested(suite, started[0]))
    page, document = suite.home / "Downloads/page.html", suite.home / "Downloads/page.pdf"
    page.parent.mkdir()
    page.write_text(RED)
    document.write_bytes(PDF)
    try:
        apps.shows("xterm", "xterm", "-e", "sh -c 'ls /; sleep 300'", least=2)
        apps.shows("calculator", "gnome-calculator")
        apps.shows("evince", f"--filesystem={document}:ro", "evince", document, look=apps.red)
        apps.shows("firefox", f"--filesystem={page}:ro", "firefox", f"file://{page}", look=apps.firefox)
        time.sleep(1)
        apps.shows("libreoffice", "libreoffice", "--writer", "--norestore", "--nologo", seconds=120)
        if os.environ.get("ORIEL_PICTURES"):
            for picture in suite.top.glob("*.png"):
                shutil.copy(picture, os.environ["ORIEL_PICTURES"])
    finally:
        for process in started:
            harness.end(process)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
