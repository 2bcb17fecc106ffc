# SPDX-License-Identifier: LGPL-2.1-or-later
"""The system bus in a box: at its standard place, through the same filter process as the session bus; with names that are looked for
inside, and a whole one of the box's own.  A private dbus-daemon plays the host's.  usage: system.py"""

import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import CALL

RAW = pathlib.Path(dbus.__file__).read_text()
PROFILE = """[Oriel]
inherits=gui

[Application]
name=org.t.{name}

[Companions]
bus={bus}
system-bus={system}

{rest}
"""
TALK = """[System Bus Policy]
org.t.Talk=talk

[System Bus Rules]
org.t.Part=call:i.j.Granted
"""
INNER = TALK + "org.t.Inner.*=inner\n"


class Host:
    """Services on a bus that answer each call with their own name and what was called."""

    def __init__(self, path, names):
        self.client = dbus.Client(path)
        for name in names:
            self.client.bus("RequestName", "su", name, 0)
        self.calls, self.ends = [], False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.ends:
            try:
                got = self.client.receive(lambda m: m.kind == CALL, 0.2)
            except (dbus.Closed, OSError):
                return
            if got is not None:
                self.calls.append((got.destination, got.member))
                self.client.reply(got, "s", (f"host {got.member}",))


def inside(suite, profile, script, *options):
    """The script's lines; it has dbus.py's names, and say()."""
    text = RAW + "\nimport sys\ndef say(*words):\n    print(*words, flush=True)\n" + script
    done = suite.oriel("run", "--no-daemon", "--profile", profile, *options, "--", "python3", "-c", text)
    return done.stdout.splitlines() or [done.stderr]


CALLS = """
client = Client(PATH)
for name, member in (("org.t.Talk", "M"), ("org.t.Part", "Granted"), ("org.t.Part", "Other"), ("org.t.Hidden", "M")):
    say(name, member, outcome(client.call(name, "/x", "i.j", member)))
names = client.bus("ListNames").body[0]
say("org.t.Talk" in names, "org.t.Hidden" in names, any(name.startswith("org.t.Host") for name in names))
"""
CALLS_SAY = ["org.t.Talk M ['host M']", "org.t.Part Granted ['host Granted']", f"org.t.Part Other {dbus.BUS}.Error.AccessDenied",
             f"org.t.Hidden M {dbus.BUS}.Error.ServiceUnknown", "True False False"]
PLACES = ("/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket")


def filtered(suite, write):
    profile = write("Filtered", TALK)
    for place in PLACES:
        found = inside(suite, profile, CALLS.replace("PATH", repr(place)))
        suite.ok(found == CALLS_SAY, f"filtered, at {place}", found)
    done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "dbus-send", "--system", "--print-reply", "--dest=org.t.Talk",
                       "/x", "i.j.M")
    suite.ok('"host M"' in done.stdout, "libdbus finds it by itself", done.stderr)
    done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "dbus-send", "--system", "--print-reply",
                       "--dest=org.t.Hidden", "/x", "i.j.M")
    why = suite.oriel("why").stdout
    suite.ok(done.returncode != 0 and "[System Bus Policy] org.t.Hidden=talk" in why, "what is refused, and which line would allow it", why)
    front = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", profile, "--", "sleep", "60")
    count = harness.wait_for(lambda: len(proxies(front.pid)) or None)
    suite.ok(count == 1, "one filter process for both buses", proxies(front.pid))
    harness.end(front)


def proxies(pid):
    found = []
    for below in harness.descendants(pid):
        try:
            # It waits as a sandbox's program: its command line tells what it is.
            line = pathlib.Path(f"/proc/{below}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if line[0].endswith(b"oriel-dbus-proxy"):
            found.append([word.decode() for word in line[1:4]])
    return found


SPLIT = """
client, other, past = Client(PATH), Client(PATH), Client("/run/oriel-bus/system")
say(client.bus("RequestName", "su", "org.t.Inner.Mine", 0).body, outcome(past.bus("RequestName", "su", "org.t.Inner.Mine", 0)))
serial = other.cast(CALL, destination="org.t.Inner.Mine", path="/x", interface="i.j", member="M", signature="s", body=("x",))
got = client.receive(lambda m: m.kind == CALL)
client.reply(got, "s", ("inside",))
say(outcome(other.receive(lambda m: m.reply_serial == serial)))
for name in ("org.t.Inner.Host", "org.t.Talk"):
    say(name, outcome(client.call(name, "/x", "i.j", "M")), outcome(past.call(name, "/x", "i.j", "M")))
names = client.bus("ListNames").body[0]
say("org.t.Inner.Mine" in names, "org.t.Inner.Host" in names, "org.t.Talk" in names, len(names) == len(set(names)))
"""
UNKNOWN = f"{dbus.BUS}.Error.ServiceUnknown"
SPLIT_SAYS = [f"[1] {UNKNOWN}", "['inside']", f"org.t.Inner.Host {UNKNOWN} {UNKNOWN}", "org.t.Talk ['host M'] ['host M']",
              "True False True True"]
OWN = """
client = Client(PATH)
say(outcome(client.call("org.t.Talk", "/x", "i.j", "M")), client.bus("RequestName", "su", "org.t.Any", 0).body)
say(sorted(name for name in client.bus("ListNames").body[0] if name[0] != ":"))
import os
say(os.path.exists("/run/oriel-bus/system"))
"""


def split(suite, write, host):
    for bus, what in (("filter", "beside a filtered session bus"), ("none", "alone"), ("inner", "beside an inner session bus")):
        profile = write("Split", INNER, bus=bus)
        found = inside(suite, profile, SPLIT.replace("PATH", repr(PLACES[0])))
        suite.ok(found == SPLIT_SAYS, f"names that are looked for inside, {what}", found)
    both = write("Both", INNER + "\n[Session Bus Rules]\norg.t.Inner.*=inner\norg.t.Talk=talk\n")
    script = SPLIT.replace("PATH", repr(PLACES[0])) + \
        "session = Client(os.environ['DBUS_SESSION_BUS_ADDRESS'].split('=')[1])\n" \
        "say(outcome(session.bus('GetNameOwner', 's', 'org.t.Inner.Mine')), outcome(session.call('org.t.Talk', '/x', 'i.j', 'M')))\n"
    found = inside(suite, both, script)
    suite.ok(found == [*SPLIT_SAYS, f"{dbus.BUS}.Error.NameHasNoOwner ['host M']"], "both buses split, and not mixed", found)
    suite.ok(not any(name.startswith("org.t.Inner") for name, _ in host.calls), "the host's system bus heard of none of it", host.calls)
    own = write("Own", "", system="inner")
    found = inside(suite, own, OWN.replace("PATH", repr(PLACES[0])))
    suite.ok(found == [f"{UNKNOWN} [1]", f"['org.freedesktop.DBus', 'org.t.Any']", "False"], "a system bus of the box's own", found)


def explained(suite, write):
    profile = write("Explained", INNER)
    for name, status, text in (("org.t.Talk", 0, "system bus: org.t.Talk: talk"), ("org.t.Hidden", 1, "system bus: org.t.Hidden: not allowed"),
                               ("org.t.Part.i.j.Granted", 0, "system bus: org.t.Part: allowed, call i.j.Granted"),
                               ("org.t.Inner.X", 0, "system bus: org.t.Inner.X: allowed, on the box's own bus")):
        told = suite.oriel("explain", "--profile", profile, "bus", name)
        suite.ok(text in told.stdout and (told.returncode == 0) == (status == 0), f"explain bus {name}", told.stdout + told.stderr)
    told = suite.oriel("explain", "--profile", write("Own", "", system="inner"), "bus", "org.t.X")
    suite.ok("system bus: allowed, on the box's own bus" in told.stdout, "explain bus: system-bus=inner", told.stdout)


def without(suite, write):
    look = "import os; print(os.path.lexists('/run/dbus/system_bus_socket'), 'DBUS_SYSTEM_BUS_ADDRESS' in os.environ)"

    def place(profile, **more):
        return suite.oriel("run", "--no-daemon", "--profile", profile, "--", "python3", "-c", look, **more)

    none = place(write("None", TALK, system="none"))
    suite.ok(none.stdout == "False False\n", "system-bus=none: there is none", none.stdout + none.stderr)
    # A filter that lets nothing through is none.
    silent = place(write("Silent", ""))
    suite.ok(silent.stdout == "False False\n", "no rule: there is none", silent.stdout + silent.stderr)
    gone = place(write("Gone", TALK), env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere/at/all"})
    suite.ok(gone.stdout == "False False\n" and "system-bus=filter, given none: there is none on this machine" in gone.stderr,
             "the host has none: it is said", gone.stdout + gone.stderr)
    tcp = place(write("Tcp", TALK), env={"DBUS_SYSTEM_BUS_ADDRESS": "tcp:host=localhost,port=1"})
    suite.ok(tcp.stdout == "False False\n" and "given none" in tcp.stderr, "one that is no socket of the file system: the same",
             tcp.stdout + tcp.stderr)
    raw = write("Raw", "", system="host")
    found = inside(suite, raw, f"client = Client({PLACES[0]!r})\nsay(outcome(client.call('org.t.Hidden', '/x', 'i.j', 'M')))")
    suite.ok(found == ["['host M']"], "system-bus=host: all of it", found)


def main():
    suite = harness.Suite("system", needs=["dbus-send", "dbus-daemon"])
    with buses.Place() as place, buses.Place() as session:
        path = place.daemon()
        suite.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={path}"
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={session.daemon()}"
        host = Host(path, ["org.t.Talk", "org.t.Part", "org.t.Hidden", "org.t.Inner.Host", "org.t.Host.Service"])
        Host(str(session.path / "daemon"), ["org.t.Talk", "org.t.Inner.Host"])

        def write(name, rest, bus="filter", system="filter"):
            file = suite.home / name
            file.write_text(PROFILE.format(name=name, bus=bus, system=system, rest=rest))
            return file

        filtered(suite, write)
        split(suite, write, host)
        explained(suite, write)
        without(suite, write)
        host.ends = True
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
