# SPDX-License-Identifier: LGPL-2.1-or-later
"""What no library sends: the known faults of such proxies, and clients that lie, stop in the middle, flood or never read.
On each bus there is.  usage: hostile.py PROXY"""

import os
import pathlib
import random
import select
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import BUS, BUS_PATH, CALL, ERROR, NO_REPLY, RETURN, SIGNAL

OPTIONS = ["--see=org.t.See", "--talk=org.t.Talk", "--own=org.t.Own.*", "--call=org.t.Call=i.j.M"]
UNKNOWN = BUS + ".Error.ServiceUnknown"
TO_TALK = {"destination": "org.t.Talk", "path": "/x", "interface": "i.j", "member": "M"}
TO_HIDDEN = {**TO_TALK, "destination": "org.t.Hidden"}
KIB = 1024
# The address sanitizer keeps what was freed for a while.
ROOM = 100 if os.environ.get("ORIEL_SANITIZED") else 1


class World:
    def __init__(self, place, start, program):
        self.place, self.bus = place, start(place)
        self.proxy = place.proxy(program, self.bus, *OPTIONS)
        self.process = place.children[-1]
        self.hidden, self.talk = dbus.Client(self.bus), dbus.Client(self.bus)
        self.hidden.bus("RequestName", "su", "org.t.Hidden", 0)
        self.talk.bus("RequestName", "su", "org.t.Talk", 0)
        self.warm = dbus.Client(self.proxy)
        self.warm.sync()

    def client(self, **more):
        return dbus.Client(self.proxy, **more)

    def resident(self):
        """KiB of the proxy's own memory."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("RssAnon:")[1].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def serves(self):
        """The proxy still does its work for others."""
        serial = self.warm.cast(CALL, **TO_TALK)
        got = self.talk.receive(lambda m: m.kind == CALL and m.sender == self.warm.name)
        if got is None:
            return False
        self.talk.reply(got)
        return self.warm.receive(lambda m: m.reply_serial == serial) is not None

    def nothing_at(self, peer, sender):
        peer.sync()
        return peer.receive(lambda m: m.sender == sender, 0) is None


# ---- what must end the connection ----

def closes(data, fds=0, hello=True, passes=False):
    """A question: after these bytes the client is cut off, and nobody got anything (passes: but the message that came
    before the fault was seen)."""
    def ask(world):
        client = world.client(hello=hello)
        before = world.descriptors()
        ends = [os.open("/dev/null", os.O_RDONLY) for _ in range(fds)]
        try:
            client.send(data() if callable(data) else data, ends)
        except BrokenPipeError:
            pass
        for fd in ends:
            os.close(fd)
        name = client.name
        closed = client.is_closed()
        client.close()
        # Whatever came is closed, too.
        buses.wait_for(lambda: world.descriptors() <= before - 2, "descriptors of a closed connection")
        return closed and (world.nothing_at(world.talk, name) or passes) and world.nothing_at(world.hidden, name) \
            and not world.talk.fds
    return ask


def call(serial=50, kind=CALL, **more):
    return dbus.message(kind, serial, **{**TO_TALK, **more})


def patched(offset, value, data=None):
    data = bytearray(data or call())
    data[offset:offset + len(value)] = value
    return bytes(data)


CLOSING = [
    ("version 2", closes(patched(3, b"\2"))),
    ("no byte order", closes(patched(0, b"x"))),
    ("type 0", closes(patched(1, b"\0"))),
    ("type 5", closes(patched(1, b"\5"))),
    ("serial 0", closes(call(serial=0))),
    ("a serial of the proxy's", closes(call(serial=0xffff0000))),
    ("serial 2^32-1", closes(call(serial=0xffffffff))),
    ("header of 16 MiB", closes(patched(12, struct.pack("<I", 16 << 20)))),
    ("body of 128 MiB", closes(patched(4, struct.pack("<I", 128 << 20)))),
    ("body of 4 GiB", closes(patched(4, b"\xff\xff\xff\xff"))),
    ("destination twice", closes(call(extra=[(6, "s", "org.t.Hidden")]))),
    ("unknown field", closes(call(extra=[(10, "s", "x")]))),
    ("field 0", closes(call(extra=[(0, "s", "x")]))),
    ("path as string", closes(dbus.message(CALL, 50, destination="org.t.Talk", member="M", extra=[(1, "s", "/x")]))),
    ("no member", closes(dbus.message(CALL, 50, destination="org.t.Talk", path="/x"))),
    ("NUL in the destination", closes(call(destination="org.t.Talk\0.Hidden"))),
    ("blank in the member", closes(call(member="M x"))),
    ("Local", closes(dbus.message(SIGNAL, 50, path=BUS_PATH + "/Local", interface=BUS + ".Local", member="Disconnected"))),
    ("call that is a reply (CVE-2026-94422)", closes(call(reply_serial=1))),
    ("call to the hidden that is a reply (CVE-2026-94422)", closes(call(destination="org.t.Hidden", reply_serial=1))),
    ("signal that is a reply (CVE-2026-94422)", closes(call(kind=SIGNAL, reply_serial=1))),
    ("more descriptors than declared", closes(call(unix_fds=1), fds=2)),
    ("fewer descriptors than declared", closes(call(unix_fds=3), fds=2)),
    ("descriptors declared, none sent", closes(call(unix_fds=1))),
    ("descriptors sent, none declared", closes(call(), fds=1, passes=True)),
    ("descriptors that come in the middle of a message", closes(lambda: call(signature="s", body=["x" * 99]), fds=2,
                                                                passes=True)),
    ("254 declared", closes(call(unix_fds=254))),
    ("serial used twice at once", closes(call(serial=50) + call(serial=50, destination="org.t.See"))),
    ("call before Hello", closes(call(serial=1), hello=False)),
    ("signal before Hello", closes(dbus.message(SIGNAL, 1, path="/x", interface="i.j", member="M"), hello=False)),
    ("Hello that wants no answer", closes(dbus.message(CALL, 1, flags=NO_REPLY, destination=BUS, path=BUS_PATH,
                                                       interface=BUS, member="Hello"), hello=False)),
]


# ---- authentication ----

def refused_start(data):
    def ask(world):
        client = world.client(start=None, hello=False)
        client.send(data)
        return client.is_closed()
    return ask


def smuggle(begin):
    """CVE-2018-6560: a call to the hidden one, hung onto BEGIN.  It is judged like any other, or the connection ends."""
    def ask(world):
        client = world.client(start=None, hello=False)
        hello = dbus.message(CALL, 1, destination=BUS, path=BUS_PATH, interface=BUS, member="Hello")
        client.send(b"\0AUTH EXTERNAL 30\r\n" + begin + hello + dbus.message(CALL, 2, **TO_HIDDEN))
        try:
            client.line()
            answer = client.receive(lambda m: m.reply_serial == 2, 1)
            fine = answer is None or answer.error_name == UNKNOWN
        except (dbus.Closed, ValueError):
            fine = True
        return fine and world.hidden.sync() is not None and not any(m.kind == CALL for m in world.hidden.inbox)
    return ask


def other_mechanism(world):
    client = world.client(start=None, hello=False)
    client.send(b"\0AUTH ANONYMOUS\r\nAUTH DBUS_COOKIE_SHA1 30\r\nAUTH EXTERNAL 31323334\r\n")
    lines = [client.line() for _ in range(3)]
    return lines[:2] == [b"REJECTED EXTERNAL"] * 2 and lines[2].startswith(b"OK ")


def pipelined(world):
    """All at once, as sd-bus does."""
    client = world.client(start=None, hello=False)
    hello = dbus.message(CALL, 1, destination=BUS, path=BUS_PATH, interface=BUS, member="Hello")
    client.send(b"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n" + hello + dbus.message(CALL, 2, **TO_HIDDEN))
    lines = [client.line() for _ in range(3)]
    answers = [client.receive(lambda m, n=n: m.reply_serial == n) for n in (1, 2)]
    return lines[0] == b"DATA" and lines[2] == b"AGREE_UNIX_FD" and answers[1].error_name == UNKNOWN


def byte_by_byte(world):
    client = world.client(start=None, hello=False)
    hello = dbus.message(CALL, 1, destination=BUS, path=BUS_PATH, interface=BUS, member="Hello")
    match = dbus.message(CALL, 2, ("type='signal'",), "s", destination=BUS, path=BUS_PATH, interface=BUS, member="AddMatch")
    for byte in (b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n" + hello + match + dbus.message(CALL, 3, **TO_HIDDEN)
                 + dbus.message(CALL, 4, ("text",), "s", **TO_TALK)):
        client.send(bytes([byte]))
    client.line(), client.line()
    name = client.receive(lambda m: m.reply_serial == 1).body[0]
    got = world.talk.receive(lambda m: m.kind == CALL and m.sender == name)
    world.talk.reply(got, "s", ["back"])
    return [dbus.outcome(client.receive(lambda m, n=n: m.reply_serial == n)) for n in (2, 3, 4)] == [[], UNKNOWN, ["back"]]


# ---- talking strangely, but rightly ----

def big_endian(world):
    client = world.client()
    rows = [client.bus("NameHasOwner", "s", "org.t.Hidden", order=">").body, client.bus("NameHasOwner", "s", "org.t.Talk", order=">").body,
            client.bus("AddMatch", "s", "type='signal'", order=">").body,
            client.call(order=">", **TO_HIDDEN).error_name]
    serial = client.cast(CALL, order=">", signature="s", body=["great"], **TO_TALK)
    got = world.talk.receive(lambda m: m.sender == client.name)
    world.talk.reply(got, "u", [7], order=">")
    return [*rows, got.body, client.receive(lambda m: m.reply_serial == serial).body] == [[0], [1], [], UNKNOWN, ["great"], [7]]


def equal_serials(world):
    """Two peers use one serial; a third has no call under way."""
    client, third = world.client(), dbus.Client(world.bus)
    for peer in (world.hidden, world.talk):
        peer.cast(CALL, serial=7777, destination=client.name, path="/x", interface="i.j", member="M")
    calls = [client.receive(lambda m, p=peer: m.kind == CALL and m.sender == p.name) for peer in (world.hidden, world.talk)]
    client.cast(RETURN, flags=NO_REPLY, reply_serial=7777, destination=third.name)
    for got in calls:
        client.reply(got, "s", [got.sender])
    client.sync()
    answers = [peer.receive(lambda m: m.reply_serial == 7777) for peer in (world.hidden, world.talk)]
    return [a.body for a in answers] == [[world.hidden.name], [world.talk.name]] and world.nothing_at(third, client.name)


def primed(world):
    """CVE-2026-94422: a call to oneself, then "replies" with its serial to those who never called."""
    client = world.client()
    serial = client.cast(CALL, destination=client.name, path="/x", interface="i.j", member="M")
    client.receive(lambda m: m.kind == CALL)
    for kind in (RETURN, ERROR):
        client.cast(kind, flags=NO_REPLY, reply_serial=serial, destination=world.hidden.name,
                    error_name="a.b.C" if kind == ERROR else None)
        client.cast(kind, flags=NO_REPLY, reply_serial=serial, destination="org.t.Hidden",
                    error_name="a.b.C" if kind == ERROR else None)
    client.sync()
    return world.nothing_at(world.hidden, client.name)


def in_order(world):
    """Refusals wait for the bus's answers before them, and overtake none."""
    client = world.client()
    wanted = []
    for i in range(30):
        for member, body in (("GetId", []), ("NameHasOwner", ["org.t.Hidden"]), ("AddMatch", [f"arg0='{i}'"]),
                             ("RequestName", None)):
            wanted.append(client.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member=member,
                                      signature="su" if body is None else "s" if body else "",
                                      body=["org.t.No", 0] if body is None else body))
    got = [client.receive(lambda m: m.reply_serial).reply_serial for _ in wanted]
    return got == wanted


def spellings(world):
    client = world.client()
    return [dbus.outcome(client.bus(member, "s", rule)) for member, rule in (
        ("AddMatch", " type = 'signal',arg0=x"), ("RemoveMatch", "type=signal,\narg0='x',"),
        ("RemoveMatch", "type='signal',arg0='x'"))] == ["org.freedesktop.DBus.Error.MatchRuleInvalid", *[BUS + ".Error.MatchRuleNotFound"] * 2] \
        and [dbus.outcome(client.bus(member, "s", rule)) for member, rule in (
            ("AddMatch", " type ='signal',arg0=x"), ("RemoveMatch", "type=signal,\narg0='x',"))] == [[], []]


def second_hello(world):
    client = world.client()
    return client.bus("Hello").kind == ERROR and client.call(**TO_HIDDEN).error_name == UNKNOWN


def last_words(world):
    """What was sent before the end arrives, however much it is."""
    client = world.client()
    for _ in range(500):
        client.cast(SIGNAL, signature="s", body=["x" * 4000], **TO_TALK)
    name = client.name
    client.close()
    got = 0
    while got < 500 and world.talk.receive(lambda m: m.sender == name, 3):
        got += 1
    return got == 500


def long_path(world):
    client = world.client()
    path = "/" + "a" * 60000
    client.cast(CALL, flags=NO_REPLY, **{**TO_TALK, "path": path})
    return world.talk.receive(lambda m: m.sender == client.name).path == path


def large_body(world):
    client = world.client()
    serial = client.cast(CALL, signature="s", body=["x" * (6 << 20)], **TO_TALK)
    got = world.talk.receive(lambda m: m.sender == client.name)
    world.talk.reply(got, "s", got.body)
    return len(client.receive(lambda m: m.reply_serial == serial).body[0]) == 6 << 20


def refusal_in_the_middle(world):
    """Answers of our own must not fall into a message that is half sent."""
    client = world.client()
    for _ in range(3):
        world.talk.cast(SIGNAL, destination=client.name, path="/x", interface="i.j", member="Big", signature="s",
                        body=["x" * (1 << 20)])
    select.select([client.socket], [], [], 5)
    time.sleep(0.2)  # until nothing more fits into the client's socket: the first of them is half sent
    serials = [client.cast(CALL, **TO_HIDDEN) for _ in range(50)]
    time.sleep(0.2)
    big = [client.receive(lambda m: m.member == "Big") for _ in range(3)]
    answers = [client.receive(lambda m, n=n: m.reply_serial == n) for n in serials]
    return all(len(m.body[0]) == 1 << 20 for m in big) and all(m.error_name == UNKNOWN for m in answers)


def late_tracker(world):
    """A bus that tells the client before it tells the proxy's own connection: who owns a name is then known too late, unless
    the proxy asks before it refuses."""
    path = str(world.place.path / "late")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(2)
    listener.settimeout(5)
    client = dbus.Client(world.place.proxy(sys.argv[1], path, "--talk=org.t.Talk", name="behind"), start=None, hello=False)
    ends = [listener.accept()[0], listener.accept()[0]]
    peers = []
    for end in ends:
        peer = dbus.Client.__new__(dbus.Client)
        peer.socket, peer.data, peer.fds, peer.serial, peer.inbox = end, b"", [], 0, []
        end.settimeout(5)
        peers.append(peer)
        peer.line(), peer.line()
        end.sendall(b"DATA\r\nOK " + b"0123456789abcdef" * 2 + b"\r\n")
    client.send(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n" + dbus.message(CALL, 1, destination=BUS, path=BUS_PATH, interface=BUS,
                                                                   member="Hello"))
    client.line()
    bus, tracker = peers

    def answer(peer, member, *body, signature="", kind=RETURN):
        got = peer.receive(lambda m: m.member == member)
        name = BUS + ".Error.NameHasNoOwner" if kind == ERROR else None
        peer.send(dbus.message(kind, 900 + got.serial, body, signature, reply_serial=got.serial, sender=BUS,
                               destination=":1.1", error_name=name))

    for peer in peers:
        peer.line()  # BEGIN
    answer(tracker, "Hello", ":1.2", signature="s")
    answer(tracker, "GetNameOwner", "none", signature="s", kind=ERROR)
    answer(bus, "Hello", ":1.1", signature="s")
    client.receive(lambda m: m.reply_serial == 1)
    cast = {"path": "/x", "interface": "i.j", "member": "Born"}
    bus.send(dbus.message(SIGNAL, 5, (1,), "u", sender=":1.5", **cast) +
             dbus.message(SIGNAL, 6, (2,), "u", sender=":1.6", **cast))
    waits = client.receive(lambda m: m.member == "Born", 0.2) is None
    for owner in (":1.5", ":1.7"):
        tracker.send(dbus.message(SIGNAL, 7, ("org.t.Talk", "", owner), "sss", sender=BUS, path=BUS_PATH, interface=BUS,
                                  member="NameOwnerChanged"))
    answer(tracker, "GetId", "x", signature="s")
    born = client.receive(lambda m: m.member == "Born")
    client.send(dbus.message(CALL, 2, destination=":1.7", path="/x", interface="i.j", member="M"))
    called = bus.receive(lambda m: m.member == "M" and m.destination == ":1.7")
    stranger = client.receive(lambda m: m.member == "Born", 0.2)
    # Without its tracker the proxy would judge by what is no longer so.
    tracker.close()
    closed = client.is_closed()
    for one in (listener, bus, client):
        one.close()
    return waits and born is not None and born.body == [1] and called is not None and stranger is None and closed or \
        f"{waits} {born} {called} {stranger} {closed}"


def half_sent(world):
    """The same with a bus that stops in the middle of a message."""
    path = str(world.place.path / "slow")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    listener.settimeout(5)
    client = dbus.Client(world.place.proxy(sys.argv[1], path, name="half"), start=None, hello=False)
    bus, _ = listener.accept()
    bus.settimeout(5)
    bus.recv(99)
    bus.sendall(b"DATA\r\nOK " + b"0123456789abcdef" * 2 + b"\r\n")
    client.send(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n" + dbus.message(CALL, 1, destination=BUS, path=BUS_PATH, interface=BUS,
                                                                   member="Hello"))
    client.line()
    bus.recv(999)
    bus.sendall(dbus.message(RETURN, 1, (":1.1",), "s", reply_serial=1, sender=BUS, destination=":1.1"))
    client.receive(lambda m: m.reply_serial == 1)
    signal = dbus.message(SIGNAL, 2, ("x" * 500,), "s", sender=":1.5", destination=":1.1", path="/x", interface="i.j",
                          member="Half")
    bus.sendall(signal[:300])
    select.select([client.socket], [], [], 5)
    client.send(dbus.message(CALL, 2, **TO_HIDDEN))
    time.sleep(0.2)
    bus.sendall(signal[300:])
    whole = client.receive(lambda m: m.member == "Half")
    answer = client.receive(lambda m: m.reply_serial == 2)
    listener.close()
    bus.close()
    return whole.body == ["x" * 500] and answer.error_name == UNKNOWN


# ---- floods ----

def never_reads_peer(world):
    """2000 signals of 64 KiB for a client that does not read: they stay where they are."""
    client = world.client()
    before = world.resident()
    sender = dbus.Client(world.bus)
    sender.socket.settimeout(2)
    try:
        for _ in range(2000):
            sender.cast(SIGNAL, destination=client.name, path="/x", interface="i.j", member="M", signature="s",
                        body=["x" * 64 * KIB])
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        pass
    grown = world.resident() - before
    return (grown < 1024 * ROOM and world.serves()) or f"{grown} KiB"


def never_reads_refusals(world):
    """A client that is refused for ever and reads nothing is not read, either."""
    client = world.client()
    before, data = world.resident(), b""
    client.socket.settimeout(1)
    try:
        for i in range(1, 20000):
            data += dbus.message(CALL, 100 + i, **TO_HIDDEN)
            if i % 500 == 0:
                client.send(data)
                data = b""
        return "all was read"
    except TimeoutError:
        pass
    grown = world.resident() - before
    return (grown < 1024 * ROOM and world.serves()) or f"{grown} KiB"


def many_acquisitions(world):
    client = world.client()
    before = world.resident()
    peer = dbus.Client(world.bus)
    for _ in range(30):
        for _ in range(100):
            peer.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member="RequestName", signature="su",
                      body=["org.t.Own.x", 0], flags=NO_REPLY)
            peer.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member="ReleaseName", signature="s",
                      body=["org.t.Own.x"], flags=NO_REPLY)
        # In small pieces: what this peer itself is told would otherwise be the longest part of it.
        peer.sync()
        peer.inbox.clear()
    client.sync()
    grown = world.resident() - before
    return grown < 512 * ROOM or f"{grown} KiB"


def too_many_connections(world):
    many = []
    closed = 0
    for _ in range(300):
        try:
            many.append(world.client())
        except (dbus.Closed, BrokenPipeError, ConnectionResetError):
            closed += 1
    fine = closed > 40 and world.serves()
    for one in many:
        one.close()
    buses.wait_for(lambda: world.descriptors() < 20, "connections to end")

    def again():
        # The bus counts, too, and may not have seen all of them end.
        try:
            return world.client().sync() is not None
        except dbus.Closed:
            return False
    buses.wait_for(again, "a connection after many")
    return fine


def noise(world):
    """Broken messages of all kinds: the proxy lives, and nothing gets through."""
    chance = random.Random(42)
    for _ in range(300):
        client = world.client()
        data = bytearray(dbus.message(CALL, 2, ("org.t.Hidden",), "s", **TO_HIDDEN) + dbus.message(CALL, 3, **TO_HIDDEN))
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            client.send(bytes(data[:chance.randrange(1, len(data) + 1)]))
        except BrokenPipeError:
            pass
        client.close()
    return world.serves() and not any(m.kind == CALL for m in world.hidden.inbox)


ROWS = [
    *CLOSING,
    ("no NUL first", refused_start(b"AUTH EXTERNAL\r\n")),
    ("bare LF", refused_start(b"\0AUTH EXTERNAL\n")),
    ("control byte in a line", refused_start(b"\0AUTH \1\r\n")),
    ("line of 17 KiB", refused_start(b"\0" + b"A" * 17 * KIB)),
    ("a hundred lines", refused_start(b"\0" + b"AUTH\r\n" * 100)),
    ("BEGIN, blank (CVE-2018-6560)", smuggle(b"BEGIN \r\n")),
    ("BEGIN, tab (CVE-2018-6560)", smuggle(b"BEGIN\t\r\n")),
    ("BEGIN, words (CVE-2018-6560)", smuggle(b"BEGIN x\r\n")),
    ("BEGIN, LF (CVE-2018-6560)", smuggle(b"BEGIN\n")),
    ("BEGIN, CR (CVE-2018-6560)", smuggle(b"BEGIN\r\r\n")),
    ("BEGIN, nothing (CVE-2018-6560)", smuggle(b"BEGIN")),
    ("other mechanisms", other_mechanism),
    ("pipelined", pipelined),
    ("byte by byte", byte_by_byte),
    ("big-endian", big_endian),
    ("equal serials", equal_serials),
    ("replies to those who did not call (CVE-2026-94422)", primed),
    ("answers in order", in_order),
    ("spellings of a match", spellings),
    ("second Hello", second_hello),
    ("last words", last_words),
    ("path of 60 kB", long_path),
    ("body of 6 MiB", large_body),
    ("refusal in the middle of a message", refusal_in_the_middle),
    ("owners are learnt late", late_tracker),
    ("refusal between two halves of a message", half_sent),
    ("client that never reads signals", never_reads_peer),
    ("client that never reads refusals", never_reads_refusals),
    ("6000 owner changes", many_acquisitions),
    ("300 connections", too_many_connections),
    ("noise", noise),
]


def main():
    tap = harness.Tap()
    for bus_name, start in buses.all_buses(tap):
        with buses.Place() as place:
            world = World(place, start, sys.argv[1])
            for name, question in ROWS:
                try:
                    found = question(world)
                except Exception as error:  # whatever a row runs into is its fault
                    found = repr(error)
                tap.ok(found is True, f"{bus_name}: {name}", "" if found is True else found)
            tap.ok(world.process.poll() is None and world.serves(), f"{bus_name}: it still serves")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
