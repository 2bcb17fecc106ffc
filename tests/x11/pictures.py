#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures of real applications in seamless windows.  The golden picture is made by the machine itself: the same program, without a
box, on the same server, led through the same steps.  Inside its border the boxed window must show the same, menus and
dialogs in the same places; and the border must be whole.

usage: pictures.py [DPI...] [APP...]; ORIEL_PICTURES=DIRECTORY keeps them."""

import os
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

BORDER = 3
FUZZ = 5  # percent: the shade of a window that another one has taken the keyboard from
# Steps that end with one, and how much more may differ: a dialog is put in the middle of a window that has a border, too.
POPUPS = {"menu": 0.02, "fonts": 0.02, "dialog": 0.12}
COLOUR = "#e0207f"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 66>>stream
1 0 0 rg 0 100 300 100 re f 0 g BT /F 24 Tf 30 40 Td (An oriel) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""
PAGE = "<title>page</title><body style='margin:0;background:#fff'><h1>An oriel</h1><select><option>one<option>two</select>" \
       "<div style='background:#f00;width:400px;height:200px'></div>"


class App:
    """command: what runs; title: of its window; steps: [(name, keys)], a picture after each;
    share: how many of a picture's pixels may differ (carets blink, clocks run)."""

    def __init__(self, name, command, title, *steps, share=0.02, seconds=30, colours=20, settings="", pause=1.0):
        self.name, self.command, self.title, self.steps = name, command, title, [("plain", []), *steps]
        self.share, self.seconds, self.colours, self.settings, self.pause = share, seconds, colours, settings, pause


def apps(suite):
    shown = suite.top / "shown"
    shown.mkdir(exist_ok=True)
    document, page, text = shown / "page.pdf", shown / "page.html", shown / "text.txt"
    document.write_bytes(PDF)
    page.write_text(PAGE)
    text.write_text("An oriel is a window.\n" * 20)
    return [
        App("xterm", ["xterm", "-geometry", "80x24", "-T", "a-terminal", "-e", "echo An oriel; sleep 300"], "a-terminal", colours=2),
        App("mousepad", ["mousepad", "--disable-server", text], "Mousepad", ("menu", ["alt+e"]), ("closed", ["Escape"]),
            ("dialog", ["alt+h", "a"])),
        App("calculator", ["gnome-calculator"], "Calculator", ("typed", ["1", "2", "plus", "3"]), share=0.05, pause=3),
        App("evince", ["evince", document], "page.pdf|Evince", share=0.05),
        App("speedcrunch", ["speedcrunch"], "SpeedCrunch", ("menu", ["alt+e"]), share=0.05),
        App("firefox", ["firefox-esr", "--no-remote", f"file://{page}"], "page|Firefox", ("menu", ["alt+f"]), seconds=90,
            share=0.06, pause=3),
        App("libreoffice", ["libreoffice", "--writer", "--norestore", "--nologo"], "LibreOffice Writer", ("fonts", ["click:458,86"]),
            seconds=120, share=0.06, pause=4),
        App("glxgears", ["glxgears", "-geometry", "400x400"], "glxgears", share=0.2, colours=100, settings="glx=yes"),
    ]


class Studio:
    def __init__(self, suite, dpi):
        self.suite, self.dpi = suite, dpi
        self.server = servers.start_x(suite, "1920x1200x24", dpi)
        self.manager = suite.start("openbox")
        self.desk = servers.Nested(suite, self.server)
        self.run = suite.run
        time.sleep(0.5)
        suite.run("xsetroot", "-solid", "#406080")
        if dpi != 96:
            suite.run("xrdb", "-merge", input=f"Xft.dpi: {dpi}\n")

    def end(self):
        harness.end(self.manager)
        harness.end(self.server)

    def window(self, app):
        """The app's own window: the largest that fits."""
        def look():
            best, size = None, 0
            for window in self.desk.xdotool("search", "--onlyvisible", "--name", app.title).stdout.split():
                _, _, w, h = self.place(window)
                if w * h > size and w > 100:
                    best, size = window, w * h
            return best
        return harness.wait_for(look, app.seconds, 0.3)

    def place(self, window):
        said = dict(line.strip().rsplit(":", 1) for line in self.run("xwininfo", "-id", window).stdout.splitlines() if ":" in line)
        return [int(said.get(word, 0)) for word in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")]

    def shoot(self, app, kind, command, border):
        """{step: (whole picture, the window's client area, and its place)} of a run."""
        errors = open(self.suite.top / "stderr", "w", encoding="utf-8")
        process = self.suite.start(*command, stderr=errors)
        found = {}
        try:
            window = self.window(app)
            if not window:
                return found
            time.sleep(app.pause)
            self.run("wmctrl", "-i", "-r", window, "-b", "remove,maximized_vert,maximized_horz")
            self.desk.xdotool("windowmove", window, 300 - border, 200 - border)
            if app.name != "xterm":
                self.desk.xdotool("windowsize", window, 900 + 2 * border, 600 + 2 * border)
            time.sleep(app.pause)
            self.desk.xdotool("mousemove", 1910, 1190)
            self.desk.xdotool("windowactivate", window)
            time.sleep(0.5)
            for step, keys in app.steps:
                for key in keys:
                    self.act(window, key, border)
                time.sleep(app.pause)
                picture = self.suite.top / f"{app.name}-{self.dpi}-{step}-{kind}.png"
                harness.wait_for(lambda: self.desk.screenshot(picture).returncode == 0 and
                                 servers.colours(self.suite, picture) >= app.colours, 10, 0.5)
                found[step] = (picture, self.place(window))
        finally:
            errors.close()
            self.suite.oriel("stop", app.name)
            harness.end(process)
            time.sleep(0.5)
        return found

    def act(self, window, key, border):
        """A key, or "click:X,Y" in the app's own coordinates."""
        if key.startswith("click:"):
            x, y, _, _ = self.place(window)
            right, down = [int(word) for word in key.partition(":")[2].split(",")]
            self.desk.xdotool("mousemove", x + border + right, y + border + down, "click", 1)
        else:
            self.desk.xdotool("key", key)
        time.sleep(0.3)

    def border_is_whole(self, picture, place):
        """Each of its four sides has its colour from end to end."""
        x, y, w, h = place
        shares = []
        for side in (f"{w}x1+{x}+{y}", f"{w}x1+{x}+{y + h - 1}", f"1x{h}+{x}+{y}", f"1x{h}+{x + w - 1}+{y}"):
            share = self.run("convert", picture, "-crop", side, "+repage", "-fill", "black", "+opaque", COLOUR, "-fill", "white", "-opaque",
                             COLOUR, "-format", "%[fx:mean]", "info:").stdout
            shares.append(float(share or 0))
        return min(shares) > 0.97, shares

    def cut(self, picture, place, border):
        """The window's inside, and beside and below it as much as a menu may need."""
        x, y, w, h = place
        to = picture.with_suffix(".cut.png")
        self.run("convert", picture, "-crop", f"{w - 2 * border}x{h - 2 * border}+{x + border}+{y + border}", "+repage", to)
        return to, (w - 2 * border) * (h - 2 * border)

    def compare(self, app):
        plain = self.shoot(app, "plain", app.command, 0)
        profile = self.suite.top / f"{app.name}.profile"
        profile.write_text(f"[Oriel]\ninherits={'browser' if app.name == 'firefox' else 'gui'}\n[Context]\nfilesystems={self.suite.top}/shown:ro\n"
                           f"[Companions]\nbus=none\n[Display]\nmode=seamless\nborder={COLOUR}\n{app.settings}\n")
        boxed = self.shoot(app, "boxed", [self.suite.oriel_program, "run", "--no-daemon", f"--instance={app.name}", "--profile", profile,
                                          "--", *app.command], BORDER)
        for step, _ in app.steps:
            what = f"{app.name} at {self.dpi} dpi, {step}"
            if not self.suite.ok(step in plain and step in boxed, f"{what}: there are pictures", (self.suite.top / "stderr").read_text()):
                continue
            whole, shares = self.border_is_whole(*boxed[step])
            # What pops up may lie over a side of it, never over two.
            self.suite.ok(whole or (step in POPUPS and sorted(shares)[1] > 0.97), f"{what}: its border is whole", shares)
            one, size = self.cut(*plain[step], 0)
            other, size_boxed = self.cut(*boxed[step], BORDER)
            self.suite.ok(size == size_boxed, f"{what}: it has the same size", f"{plain[step][1]} {boxed[step][1]}")
            if size == size_boxed:
                share = servers.difference(self.suite, one, other, FUZZ) / size
                # A popup has a border of its own, where something of the window would be seen.
                self.suite.ok(share <= app.share + POPUPS.get(step, 0), f"{what}: it looks the same", f"{share:.1%} of the pixels differ")


def main():
    wanted = sys.argv[1:]
    suite = harness.Suite("pictures", needs=["Xvfb", "openbox", "xdotool", "import", "convert", "compare", "xrdb", "xsetroot", "wmctrl", "xwininfo", "mousepad"])
    for dpi in [int(word) for word in wanted if word.isdigit()] or (96, 192):
        studio = Studio(suite, dpi)
        for app in apps(suite):
            if [word for word in wanted if not word.isdigit()] and app.name not in wanted:
                continue
            if shutil.which(app.command[0]) is None:
                suite.skip(app.name, f"{app.command[0]} is not installed")
                continue
            studio.compare(app)
        studio.end()
    if os.environ.get("ORIEL_PICTURES"):
        for picture in suite.top.glob("*-*.png"):
            if ".cut." not in picture.name:
                shutil.copy(picture, os.environ["ORIEL_PICTURES"])
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
