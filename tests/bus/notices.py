# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real notification server (dunst), one boxed program that shows something, and another that tries all numbers to touch it.
usage: notices.py"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import dbus
import harness
import servers

SERVER, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
RAW = pathlib.Path(dbus.__file__).read_text() + f"""
import sys
NOTES = ({SERVER!r}, {PATH!r}, {SERVER!r})
client = Client("/run/oriel-bus/session")
client.bus("AddMatch", "s", "type='signal',interface='{SERVER}'")
def say(*words):
    print(*words, flush=True)
def notify(replaces=0, text="text"):
    return client.call(*NOTES, "Notify", "susssasa{{sv}}i", ("app", replaces, "", text, "", [], [], 0)).body[0]
"""
SHOWS = """
say(client.call(*NOTES, "GetServerInformation").body[0])
say(notify(text="mine"))
sys.stdin.readline()
early = client.receive(lambda m: m.member == "NotificationClosed", 0)
say(early, notify(1, "changed"))
say(client.call(*NOTES, "CloseNotification", "u", (1,)).kind == RETURN)
closed = client.receive(lambda m: m.member == "NotificationClosed", 5)
say(closed and closed.body)
"""
ATTACKS = """
kinds = {outcome(client.call(*NOTES, "CloseNotification", "u", (number,))) for number in range(1, 60)}
say(kinds)
say([notify(number, "evil") for number in (1, 2, 3, 40)])
for member, form, body in (("NotificationListHistory", "", ()), ("NotificationCloseAll", "", ()), ("NotificationAction", "u", (0,))):
    say(outcome(client.call(NOTES[0], NOTES[1], "org.dunstproject.cmd0", member, form, body)))
"""
DENIED = f"{dbus.BUS}.Error.AccessDenied"
BOX = ["run", "--no-daemon", "--profile", "base/gui", "--", "python3", "-c"]


def shown(host):
    answer = host.call(SERVER, PATH, "org.freedesktop.DBus.Properties", "Get", "ss", ("org.dunstproject.cmd0", "displayedLength"))
    return answer.body[0]


def main():
    suite = harness.Suite("notices", needs=["dunst", "Xvfb", "xauth", "dbus-daemon"])
    x = servers.start_x(suite)
    bus = servers.start_bus(suite)
    host = dbus.Client(str(suite.runtime / "bus"))
    server = suite.start("dunst")
    harness.wait_for(lambda: host.bus("NameHasOwner", "s", SERVER).body[0])
    one = suite.start(suite.oriel_program, *BOX, RAW + SHOWS, stdin=harness.subprocess.PIPE, stdout=harness.subprocess.PIPE, text=True)
    first = [one.stdout.readline().strip() for _ in range(2)]
    suite.ok(first == ["dunst", "1"], "a boxed program shows a notification", first)
    suite.ok(harness.wait_for(lambda: shown(host) == 1), "the server shows it", shown(host))
    two = suite.oriel(*BOX, RAW + ATTACKS)
    lines = two.stdout.splitlines()
    suite.ok(lines[:2] == [f"{{{DENIED!r}}}", "[1, 2, 3, 4]"], "another one closes none, and each of its own is new", two.stdout + two.stderr)
    suite.ok(lines[2:] == [DENIED] * 3, "the server's own interface, which closes and tells all, is not reached", lines[2:])
    out, _ = one.communicate("\n", timeout=20)
    suite.ok(out.splitlines() == ["None 1", "True", "[1, 3]"], "the first one's is still its own: changed, closed, told so", out)
    for child in (server, bus, x):
        harness.end(child)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
