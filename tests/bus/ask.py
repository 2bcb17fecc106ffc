# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls that a person is asked about: what is held, what goes on meanwhile, what the answers do, what is bounded; first with
this script as the front end, then with oriel run, the manager and `oriel ask`.  usage: ask.py PROXY"""

import json
import os
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import CALL

OPTIONS = ["--ask=org.t.Ask", "--ask=org.t.Part=i.j.Ask", "--talk=org.t.Part", "--call=org.t.Ask=i.j.Granted",
           "--deny=org.t.Ask=i.j.Never"]
DENIED = dbus.BUS + ".Error.AccessDenied"
TO = {"destination": "org.t.Ask", "path": "/x", "interface": "i.j"}


class Front:
    """The other end of --mediator."""

    def __init__(self):
        self.socket, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(5)

    def hear(self, timeout=5):
        """The next message's fields, its verb under "verb"; None: none came."""
        self.socket.settimeout(timeout)
        try:
            verb, *fields = self.socket.recv(1 << 16).decode().rstrip("\0").split("\0")
        except TimeoutError:
            return None
        return {"verb": verb, **dict(field.split("=", 1) for field in fields)}

    def answer(self, asked, verdict, scope="once"):
        self.socket.send(f"answer\0seq={asked['seq']}\0verdict={verdict}\0scope={scope}\0".encode())


class World:
    def __init__(self, place, start, program):
        self.front = Front()
        fd = self.front.theirs.fileno()
        self.bus = start(place)
        self.path = place.proxy(program, self.bus, *OPTIONS, f"--mediator={fd}", pass_fds=[fd])
        self.front.theirs.close()
        self.service, self.client = dbus.Client(self.bus), dbus.Client(self.path)
        for name in ("org.t.Ask", "org.t.Part"):
            self.service.bus("RequestName", "su", name, 0)

    def cast(self, member, **more):
        return self.client.cast(CALL, member=member, **{**TO, **more})

    def arrives(self, member, timeout=5):
        return self.service.receive(lambda m: m.kind == CALL and m.member == member, timeout)

    def comes_back(self, serial, timeout=5):
        return self.client.receive(lambda m: m.reply_serial == serial, timeout)


def allowed(world):
    serial = world.cast("One", signature="s", body=("body",))
    asked = world.front.hear()
    quiet = world.arrives("One", 0.2) is None
    # What is behind it in the stream does not wait.
    other = world.client.bus("GetId") is not None
    world.front.answer(asked, "allow")
    got = world.arrives("One")
    world.service.reply(got)
    return asked["verb"] == "ask" and asked["kind"] == "dbus" and quiet and other and got.body == ["body"] and \
        asked["rule"] == "[Session Bus Rules] org.t.Ask=call:i.j.One" and world.comes_back(serial) is not None or asked


def denied(world):
    serial = world.cast("Two")
    world.front.answer(world.front.hear(), "deny")
    answer = world.comes_back(serial)
    return answer.error_name == DENIED and world.arrives("Two", 0.2) is None or answer


def once_is_once(world):
    world.cast("Once")
    world.front.answer(world.front.hear(), "allow")
    world.arrives("Once")
    world.cast("Once")
    again = world.front.hear()
    world.front.answer(again, "deny")
    return again is not None


def session_is_remembered(world):
    found = []
    for verdict in ("allow", "deny"):
        member = f"Remembered{verdict}"
        first = world.cast(member)
        world.front.answer(world.front.hear(), verdict, "session")
        world.arrives(member, 2 if verdict == "allow" else 0.1)
        second = world.cast(member)
        if verdict == "allow":
            found.append(world.arrives(member) is not None)
        else:
            found.append(world.comes_back(first).error_name == DENIED and world.comes_back(second).error_name == DENIED)
        # A refusal is told, a question is not put again.
        while (more := world.front.hear(0.2)) is not None:
            found.append(more["verb"] == "audit")
    return all(found) or found


def not_asked(world):
    granted, never = world.cast("Granted"), world.cast("Never")
    without = world.client.cast(CALL, member="M", destination="org.t.Ask", path="/x")
    signal = world.client.cast(dbus.SIGNAL, member="S", **TO)
    part = world.cast("Other", destination="org.t.Part")
    del granted, signal
    good = [world.arrives("Granted") is not None, world.comes_back(never).error_name == DENIED,
            world.comes_back(without).error_name == DENIED, world.arrives("Other") is not None,
            world.service.receive(lambda m: m.member == "S", 0.2) is None]
    del part
    while (told := world.front.hear(0.2)) is not None:
        good.append(told["verb"] == "audit")
    return all(good) or good


def by_unique_name(world):
    """The service is asked about under its name, whoever calls it how."""
    world.cast("Ask", destination=world.service.name)
    asked = world.front.hear()
    world.front.answer(asked, "allow")
    return asked["rule"] in ("[Session Bus Rules] org.t.Ask=call:i.j.Ask", "[Session Bus Rules] org.t.Part=call:i.j.Ask") and \
        world.arrives("Ask") is not None or asked


def descriptors(world):
    read, write = os.pipe()
    world.client.send(dbus.message(CALL, 7001, (0,), "h", unix_fds=1, member="Fd", **TO), [write])
    os.close(write)
    asked = world.front.hear()
    world.service.fds.clear()
    world.front.answer(asked, "allow")
    world.arrives("Fd")
    ok = len(world.service.fds) == 1
    for fd in world.service.fds:
        os.write(fd, b"!")
        os.close(fd)
    world.service.fds.clear()
    good = ok and os.read(read, 9) == b"!"
    os.close(read)
    return good


def bounded(world):
    """Ten at once: eight wait, the others are refused at once; a long one too."""
    serials = [world.cast(f"Many{i}") for i in range(10)]
    asked = []
    while (one := world.front.hear(0.3)) is not None:
        asked += [one] if one["verb"] == "ask" else []
    early = [serial for serial in serials if world.comes_back(serial, 0.1)]
    for one in asked:
        world.front.answer(one, "deny")
    late = [serial for serial in serials if serial not in early and world.comes_back(serial)]
    long = world.cast("Long", signature="ay", body=[b"x" * (300 << 10)])
    refused = world.comes_back(long)
    while world.front.hear(0.2) is not None:
        pass
    return (len(asked), len(early), len(late)) == (8, 2, 8) and refused.kind == dbus.ERROR or (len(asked), early, late, refused)


def client_leaves(world):
    """Its question is withdrawn, once; a late yes does nothing; what was answered before is not withdrawn."""
    leaving = dbus.Client(world.path)
    for member in ("Leaving", "Denied"):
        leaving.cast(CALL, member=member, **TO)
    asked, other = world.front.hear(), world.front.hear()
    world.front.answer(other, "deny")
    leaving.receive(lambda m: m.error_name == DENIED)
    leaving.close()
    withdrawn, more = world.front.hear(), world.front.hear(0.2)
    world.front.answer(asked, "allow")
    return (withdrawn, more) == ({"verb": "withdraw", "seq": asked["seq"]}, None) and world.arrives("Leaving", 0.3) is None and \
        world.client.sync() is not None or (withdrawn, more)


def nonsense(world):
    """Answers that nobody asked for, and what is no answer."""
    for data in (b"answer\0seq=0\0verdict=allow\0", b"answer\0seq=999999\0verdict=allow\0", b"dance\0", b"\0", b"x" * 1000):
        world.front.socket.send(data)
    serial = world.cast("Still")
    asked = world.front.hear()
    world.front.socket.send(f"answer\0seq={asked['seq']}\0verdict=perhaps\0".encode())
    return world.comes_back(serial).error_name == DENIED


def front_leaves(world):
    waits = world.cast("Waits")
    world.front.hear()
    world.front.socket.close()
    serial = world.cast("Nobody")
    answer = world.comes_back(serial)
    del waits
    return answer is not None and answer.error_name == DENIED and world.client.sync() is not None or answer


ROWS = [allowed, denied, once_is_once, session_is_remembered, not_asked, by_unique_name, descriptors, bounded, client_leaves,
        nonsense, front_leaves]


def alone(tap, program):
    for bus_name, start in buses.all_buses(tap):
        with buses.Place() as place:
            world = World(place, start, program)
            for row in ROWS:
                try:
                    found = row(world)
                except Exception as error:  # whatever a row runs into is its fault
                    found = repr(error)
                tap.ok(found is True, f"{bus_name}: {row.__name__.replace('_', ' ')}", "" if found is True else found)


PROFILE = """[Oriel]
inherits=strict
alias=asker

[Application]
name=org.t.Asker
command=dbus-send

[Companions]
bus=filter

[Session Bus Rules]
org.t.Service=ask
"""
CALL_IT = ["dbus-send", "--session", "--print-reply", "--dest=org.t.Service", "/x", "i.j.Method"]


def whole(suite):
    """oriel run, a question, `oriel ask approve --scope=always`, and the next run without a question."""
    with buses.Place() as place:
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={place.daemon()}"
        service = dbus.Client(str(place.path / "daemon"))
        service.bus("RequestName", "su", "org.t.Service", 0)
        profile = suite.home / "asker"
        profile.write_text(PROFILE)

        def start():
            return suite.start(suite.oriel_program, "run", "--profile", profile, "--", *CALL_IT)

        def serve(seconds):
            got = service.receive(lambda m: m.kind == CALL and m.member == "Method", seconds)
            if got is not None:
                service.reply(got)
            return got is not None

        def question():
            listed = suite.oriel("ask", "list", "--json")
            return json.loads(listed.stdout or "[]") if listed.returncode == 0 else []

        running = start()
        asked = harness.wait_for(question, 20)
        suite.ok(bool(asked) and "org.t.Service" in json.dumps(asked), "oriel run: the question is listed", asked)
        time.sleep(0.4)
        number = asked[0]["question"] if asked else "1"
        done = suite.oriel("ask", "approve", number, "--scope=always")
        suite.ok(done.returncode == 0 and serve(10), "oriel run: approved, the call arrives", done.stderr)
        suite.ok(running.wait(20) == 0, "oriel run: the program has its answer")
        running = start()
        suite.ok(serve(10) and running.wait(20) == 0 and not question(), "oriel run: \"always\" is not asked again")
        # What waits no longer is asked no longer, while the program runs on.
        running = suite.start(suite.oriel_program, "run", "--profile", profile, "--", "/bin/sh", "-c",
                              " ".join(["dbus-send", "--session", "--print-reply", "--reply-timeout=1500", *CALL_IT[3:-1], "i.j.Late;"]) +
                              "sleep 60")
        listed = harness.wait_for(question, 20)
        gone = harness.wait_for(lambda: not question(), 10)
        suite.ok("i.j.Late" in json.dumps(listed) and gone and running.poll() is None,
                 "oriel run: the caller gives up, its question is withdrawn", (listed, gone))
        harness.end(running)
        headless = suite.oriel("run", "--no-daemon", "--profile", profile, "--", *CALL_IT[:-1], "i.j.Other")
        suite.ok(headless.returncode != 0 and "AccessDenied" in headless.stderr, "oriel run --no-daemon: denied", headless.stderr)
        why = suite.oriel("why")
        suite.ok("org.t.Service=call:i.j.Other" in why.stdout, "... and why says what to type", why.stdout)
        suite.oriel("daemon", "stop")


def main():
    suite = harness.Suite("ask", needs=["dbus-send", "dbus-daemon"])
    alone(suite, str(suite.stage / "bin/oriel-dbus-proxy"))
    whole(suite)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
