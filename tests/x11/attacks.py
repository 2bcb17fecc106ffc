#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one X client can do to others, tried by the same client in each kind of display.  On the host's own display every
attempt must succeed, or it proves nothing; in a box only what the display's policy grants.

The host: Xvfb with a cookie and a window manager; the victim is a window with a title, a colour and the keyboard, which
owns both selections."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import clients  # noqa: E402
import harness  # noqa: E402
import servers  # noqa: E402

TITLE, COLOUR, SECRET = "SECRET-BANK", "3a7bd1", "the-secret-text"
MARK = "a-mark-on-the-root"


class Host:
    """A fresh server with its victim: some attacks break it."""

    def __init__(self, suite):
        self.suite = suite
        self.server = servers.start_x(suite)
        self.manager = suite.start("openbox")
        self.desk = servers.Nested(suite, self.server)
        self.victim = clients.Client(suite, suite.bin / "victim", TITLE, COLOUR, SECRET)
        self.ready = self.victim.is_ready()
        self.window = self.victim.ask("window")
        suite.run("xprop", "-root", "-f", "ORIEL_MARK", "8s", "-set", "ORIEL_MARK", MARK)
        time.sleep(0.5)

    def number(self):
        return self.suite.env["DISPLAY"][1:]

    def focus(self):
        """The person looks at the victim, types into it, and has the pointer far from all windows."""
        self.desk.xdotool("mousemove", 1270, 1010)
        self.desk.xdotool("windowraise", self.window)
        self.desk.xdotool("windowfocus", self.window)
        harness.wait_for(lambda: self.victim.ask("focus") == "1", 3)
        time.sleep(0.2)
        self.victim.ask("keys")

    def type(self, text):
        self.desk.xdotool("type", "--delay", "20", text)
        time.sleep(0.3)

    def place(self):
        words = self.desk.xdotool("getmouselocation", "--shell").stdout.split()
        return [line.partition("=")[2] for line in words[:2]]

    def end(self):
        self.victim.end()
        harness.end(self.manager)
        harness.end(self.server)


# Each: True, if the attack did what it is meant to.

def listen(which):
    def attack(host, attacker):
        host.focus()
        attacker.ask("watch")
        host.type("password")
        found = dict(word.split("=") for word in attacker.ask("heard").split())
        return host.victim.ask("keys") == "password" and int(found[which]) > 0
    return attack


def screenshot(host, attacker):
    host.focus()
    time.sleep(0.3)
    return int(attacker.ask("screenshot", COLOUR)) > 1000


def titles(_, attacker):
    return int(attacker.ask("titles", TITLE)) > 0


def root_property(_, attacker):
    return MARK in attacker.ask("property", "ORIEL_MARK")


def convert(selection):
    def attack(host, attacker):
        host.victim.ask("own")
        host.focus()
        time.sleep(0.3)
        return attacker.ask("convert", selection) == SECRET
    return attack


def own(selection):
    def attack(host, attacker):
        host.victim.ask("own")
        host.focus()
        attacker.ask("own", selection)
        lost = harness.wait_for(lambda: selection not in host.victim.ask("owns"), 1.5, 0.1)
        host.victim.ask("own")
        return lost
    return attack


def pointer(host, attacker):
    host.focus()
    seen = set()
    for x, y in ((3, 1020), (1275, 3), (1275, 1020)):
        host.desk.xdotool("mousemove", x, y)
        time.sleep(0.3)
        seen.add(attacker.ask("pointer"))
    return len(seen) > 1


def warp(host, attacker):
    host.focus()
    before = host.place()
    attacker.ask("warp", 333, 222)
    time.sleep(0.3)
    return host.place() != before


def inject(host, attacker):
    host.focus()
    attacker.ask("type", "pwned")
    time.sleep(0.5)
    return host.victim.ask("keys") == "pwned"


def send(host, attacker):
    host.focus()
    attacker.ask("send", host.window, "pwned")
    time.sleep(0.5)
    return host.victim.ask("keys") == "pwned"


def grab(host, attacker):
    host.focus()
    attacker.ask("grab")
    host.type("abc")
    attacker.ask("ungrab")
    return host.victim.ask("keys") != "abc"


def steal(host, attacker):
    host.focus()
    attacker.ask("steal")
    return harness.wait_for(lambda: host.victim.ask("focus") != "1", 1.5, 0.1)


def abstract(host, attacker):
    return attacker.ask("abstract", host.number()) == "1"


def remap(host, attacker):
    before = host.suite.run("xmodmap", "-pke").stdout
    attacker.ask("remap")
    time.sleep(0.3)
    return host.suite.run("xmodmap", "-pke").stdout != before


def let_all_in(host, attacker):
    attacker.ask("open")
    return host.suite.run("xdpyinfo", env={"XAUTHORITY": "/dev/null"}).returncode == 0


def kill(host, attacker):
    attacker.ask("kill", host.window)
    return harness.wait_for(lambda: not host.victim.lives(), 1.5)


# What breaks the host stands last.
ATTACKS = [
    ("XInput raw keys", listen("raw")),
    ("XRecord", listen("record")),
    ("the keymap polled", listen("keymap")),
    ("a screenshot", screenshot),
    ("window titles", titles),
    ("the root's properties", root_property),
    ("CLIPBOARD read", convert("CLIPBOARD")),
    ("PRIMARY read", convert("PRIMARY")),
    ("CLIPBOARD taken", own("CLIPBOARD")),
    ("PRIMARY taken", own("PRIMARY")),
    ("the pointer's place", pointer),
    ("the pointer moved", warp),
    ("keys by XTEST", inject),
    ("keys by SendEvent", send),
    ("the keyboard grabbed", grab),
    ("the focus stolen", steal),
    ("the abstract socket", abstract),
    ("keys exchanged", remap),
    ("everyone let in", let_all_in),
    ("a client killed", kill),
]

# Kinds of display: options, and what the policy grants there.
KINDS = [
    ("seamless", "mode=seamless", set()),
    ("xephyr", "mode=xephyr", set()),
    ("desktop", "mode=desktop", set()),
    ("xpra", "mode=xpra", set()),
    ("xpra, to-app", "mode=xpra\nclipboard=to-app\nprimary=to-app", {"CLIPBOARD read", "PRIMARY read"}),
]


def boxed(suite, kind, settings):
    profile = suite.top / (kind.replace(", ", "-") + ".profile")
    profile.write_text(f"[Oriel]\ninherits=gui\n[Context]\nfilesystems={suite.bin}:ro\n[Companions]\nbus=none\n[Display]\n{settings}\n")
    return clients.Client(suite, suite.oriel_program, "run", "--no-daemon", "--profile", profile, "--", suite.bin / "attacker",
                          stderr=open(suite.top / "stderr", "w", encoding="utf-8"))


def own_window(suite, host, attacker, kind):
    """The attacker lives, and in its display it is a client like any: keys for its own window reach it."""
    window = host.desk.window("attacker|riel", 30)
    time.sleep(1)
    if window:
        host.desk.xdotool("windowfocus", window, "mousemove", "--window", window, 60, 60, "click", 1)
        time.sleep(0.5)
        host.type("mine")
    suite.ok(window and harness.wait_for(lambda: "mine" in (attacker.ask("keys") or ""), 5, 0.3), f"control: {kind}: its own keys reach it",
             (suite.top / "stderr").read_text() if window else "no window")


def run(suite, kind, settings, granted):
    """{attack: succeeded}, of a box; settings None: of the host's display."""
    host = Host(suite)
    attacker = clients.Client(suite, suite.bin / "attacker") if settings is None else boxed(suite, kind, settings)
    found = {}
    try:
        if not suite.ok(host.ready and attacker.is_ready(), f"{kind}: the attacker is there",
                        "" if settings is None else (suite.top / "stderr").read_text()):
            return found
        if settings is not None:
            own_window(suite, host, attacker, kind)
        for name, attack in ATTACKS:
            # The last one may hit the client itself: numbers of windows are each server's own.
            if attack is kill:
                suite.ok(attacker.lives(), f"{kind}: the attacker lives still")
            found[name] = bool(attack(host, attacker))
            if settings is None:
                suite.ok(found[name], f"control: on the host's display, {name}: it works")
            elif name in granted:
                suite.ok(found[name], f"{kind}: {name}: granted")
            else:
                suite.ok(not found[name], f"{kind}: {name}: nothing")
        if settings is not None:
            suite.ok(suite.run("xdpyinfo").returncode == 0 and host.victim.lives(), f"{kind}: host and victim live")
    finally:
        attacker.end()
        if settings is not None:
            left = harness.wait_for(lambda: not list((suite.runtime / "oriel/instances").glob("*")), 5)
            suite.ok(left, f"{kind}: nothing is left of the instance")
            suite.ok(suite.run("xdpyinfo").returncode == 0, f"{kind}: its end leaves the host's display as it was")
        host.end()
    return found


def table(results):
    print("# " + " " * 24 + "".join(f"{kind:>14}" for kind, _ in results))
    for name, _ in ATTACKS:
        print(f"# {name:<24}" + "".join(f"{'yes' if found.get(name) else 'no':>14}" for _, found in results), flush=True)


def main():
    attacker, victim, *wanted = sys.argv[1:]
    suite = harness.Suite("attacks", files=[attacker, victim], needs=["Xvfb", "Xephyr", "openbox", "xdotool", "xprop", "xauth", "xmodmap",
                                                                      "xdpyinfo"] + ([] if wanted else ["icewm-session", "xpra"]))
    results = [("host", run(suite, "host", None, set()))]
    for kind, settings, granted in KINDS:
        if not wanted or kind in wanted:
            results.append((kind, run(suite, kind, settings, granted)))
    table(results)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
