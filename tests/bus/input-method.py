# SPDX-License-Identifier: LGPL-2.1-or-later
"""Input methods by their portals: what the app's environment says, calls out and signals back; ibus itself where it is installed.
usage: input-method.py"""

import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import dbus
import harness
import servers
from dbus import BUS, CALL, SIGNAL

RAW = pathlib.Path(dbus.__file__).read_text() + "\nimport sys\ndef say(*words):\n    print(*words, flush=True)\n"
NAMES = ("GTK_IM_MODULE", "QT_IM_MODULE", "XMODIFIERS", "IBUS_USE_PORTAL")
IBUS, FCITX = "org.freedesktop.portal.IBus", "org.freedesktop.portal.Fcitx"
CONTEXT = {IBUS: ("org.freedesktop.IBus.Portal", "/org/freedesktop/IBus", "org.freedesktop.IBus.InputContext", "s", ("test",)),
           FCITX: ("org.fcitx.Fcitx.InputMethod1", "/org/freedesktop/portal/inputmethod", "org.fcitx.Fcitx.InputContext1", "a(ss)", ([],))}
PROFILE = """[Oriel]
inherits={inherits}

[Application]
name=org.t.{name}

[Context]
sockets=x11

[Display]
mode=host

[Companions]
bus=filter

{rest}
"""
INSIDE = """
client = Client("/run/oriel-bus/session")
client.bus("AddMatch", "s", "type='signal'")
answer = client.call(PORTAL, AT, INTERFACE, "CreateInputContext", FORM, BODY)
say(outcome(answer) if answer is None or answer.kind == ERROR else answer.body[0])
if answer is not None and answer.kind == RETURN:
    path = answer.body[0]
    say(outcome(client.call(PORTAL, path, CONTEXT, "FocusIn")))
    if "signal" in sys.argv:
        for _ in range(2):
            got = client.receive(lambda m: m.member in ("CommitText", "Foreign"), 3)
            say(got and got.member, got and got.body)
    else:
        handled = client.call(PORTAL, path, CONTEXT, "ProcessKeyEvent", "uuu", (0x61, 38, 0))
        say(handled.kind == RETURN)
say(outcome(client.call(PORTAL, AT, "org.t.Other", "Anything")))
"""


def script(portal):
    interface, at, context, form, body = CONTEXT[portal]
    values = {"PORTAL": portal, "AT": at, "INTERFACE": interface, "CONTEXT": context, "FORM": form, "BODY": body}
    text = INSIDE
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(name, repr(values[name]))
    return RAW + text


class StandIn(threading.Thread):
    """A portal that makes contexts and commits text to whoever has the focus; and another program's broadcast."""

    def __init__(self, path, portal):
        super().__init__(daemon=True)
        self.portal, self.ends = portal, False
        self.client, self.other = dbus.Client(path), dbus.Client(path)
        self.client.bus("RequestName", "su", portal, 4)
        self.start()

    def run(self):
        context = CONTEXT[self.portal][2]
        while not self.ends:
            got = self.client.receive(lambda m: m.kind == CALL, 0.2)
            if got is None:
                continue
            if got.member == "CreateInputContext":
                self.client.reply(got, "o", ("/context/1",))
                continue
            self.client.reply(got)
            if got.member == "FocusIn":
                self.other.cast(SIGNAL, path="/context/1", interface=context, member="Foreign", signature="s", body=("x",))
                self.other.sync()
                self.client.cast(SIGNAL, destination=got.sender, path="/context/1", interface=context, member="CommitText",
                                 signature="s", body=("unicast",))
                self.client.cast(SIGNAL, path="/context/1", interface=context, member="CommitText", signature="s", body=("broadcast",))


def environment(suite, write):
    look = f"import os; print([os.environ.get(name) for name in {NAMES!r}])"
    one = {name: write(name, f"[Session Bus Rules]\norg.freedesktop.portal.{name}=talk\n", "strict") for name in ("IBus", "Fcitx")}
    both = write("Both", "", "gui")
    none = write("None", "", "strict")
    ibus, fcitx = ["ibus", "ibus", "@im=ibus", "1"], ["fcitx", "fcitx", "@im=fcitx", None]
    for what, profile, host, wanted in (
            ("both granted, nothing said", both, {}, [None] * 4),
            ("both granted, ibus used", both, {"GTK_IM_MODULE": "ibus"}, ibus),
            ("both granted, fcitx used", both, {"XMODIFIERS": "@im=fcitx"}, fcitx),
            ("both granted, fcitx5 used", both, {"QT_IM_MODULE": "fcitx5"}, fcitx),
            ("ibus granted, nothing said", one["IBus"], {}, ibus),
            ("fcitx granted, nothing said", one["Fcitx"], {}, fcitx),
            ("fcitx granted, ibus used", one["Fcitx"], {"GTK_IM_MODULE": "ibus"}, ["ibus", None, None, None]),
            ("none granted, ibus used", none, {"GTK_IM_MODULE": "ibus", "XMODIFIERS": "@im=ibus"}, ["ibus", None, "@im=ibus", None]),
            ("both granted, another used", both, {"GTK_IM_MODULE": "xim"}, ["xim", None, None, None])):
        done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "python3", "-c", look, env=host)
        suite.ok(done.stdout.strip() == repr(wanted), what, done.stdout + done.stderr)


def spoken(suite, path, write):
    profile = write("Typed", "", "gui")
    for portal in (IBUS, FCITX):
        stand_in = StandIn(path, portal)
        done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "python3", "-c", script(portal), "signal")
        suite.ok(done.stdout.splitlines() == ["/context/1", "[]", "CommitText ['unicast']", "CommitText ['broadcast']",
                                              f"{BUS}.Error.AccessDenied"],
                 f"{portal}: a context, its signals and nobody else's", done.stdout + done.stderr)
        stand_in.ends = True
        stand_in.join()
        stand_in.client.close()


def real(suite, write):
    if harness.shutil.which("ibus-daemon") is None:
        suite.skip("ibus itself", "it is not installed")
        return
    daemon = suite.start("ibus-daemon", "--panel=disable", "--config=disable", "--emoji-extension=disable")
    harness.wait_for(lambda: list(suite.home.glob(".config/ibus/bus/*")), 10)
    done = suite.oriel("run", "--no-daemon", "--profile", write("Real", "", "gui"), "--", "python3", "-c", script(IBUS))
    lines = done.stdout.splitlines()
    suite.ok(len(lines) == 4 and lines[0].startswith("/org/freedesktop/IBus/InputContext_") and lines[2] == "True",  # without an engine it takes no focus
             "ibus itself makes a context and takes keys", done.stdout + done.stderr)
    harness.end(daemon)


def main():
    suite = harness.Suite("input", needs=["dbus-daemon", "Xvfb", "xauth"])
    x = servers.start_x(suite)  # services that the bus starts want it
    bus = servers.start_bus(suite)

    def write(name, rest, inherits):
        file = suite.home / name
        file.write_text(PROFILE.format(name=name, inherits=inherits, rest=rest))
        return file

    environment(suite, write)
    spoken(suite, str(suite.runtime / "bus"), write)
    real(suite, write)
    for child in (x, bus):
        harness.end(child)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
