# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two buses that look like one: an outer bus behind the filter, an inner dbus-daemon, and the split before both.  With raw
sockets, and with programs that have libraries of their own.  usage: split.py PROXY"""

import concurrent.futures
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import BUS, BUS_PATH, CALL, ERROR, RETURN, SIGNAL

CAST = {"path": "/x", "interface": "i.j"}
KIB = 1024


class World:
    def __init__(self, place, start, program):
        self.place, self.outer = place, start(place)
        (place.path / "within").mkdir()
        inside = buses.Place()
        place.inside = inside
        self.inner = inside.daemon()
        self.filter = place.proxy(program, self.outer, "--talk=org.t.Outer", "--own=org.t.Own.*", "--deny=org.t.Inner.*",
                                  name="filter")
        self.path = place.proxy(program, self.filter, f"--inner=unix:path={self.inner}", "--inner-name=org.t.Inner.*", name="split",
                                filter=False)
        self.process = place.children[-1]
        self.outside, self.within = dbus.Client(self.outer), dbus.Client(self.inner)
        self.outside.bus("RequestName", "su", "org.t.Outer", 0)
        self.within.bus("RequestName", "su", "org.t.Inner.Service", 0)
        # The same name outside is nobody's that a box could reach.
        self.impostor = dbus.Client(self.outer)
        self.impostor.bus("RequestName", "su", "org.t.Inner.Service", 0)
        self.client = dbus.Client(self.path)
        self.inner_service = f":inner.{self.within.name[1:]}"

    def served(self, peer, client, destination, signature="", body=(), **more):
        """A call of the client, answered by the peer with its own arguments; (call as it arrived, answer as it came)."""
        serial = client.next_serial()
        call = dbus.message(CALL, serial, destination=destination, member="Echo", signature=signature, body=body, **CAST, **more)
        # Who writes more than sockets hold must not be the one who reads it.
        with concurrent.futures.ThreadPoolExecutor(1) as writer:
            writer.submit(client.send, call)
            got = peer.receive(lambda m: m.kind == CALL and m.member == "Echo")
            if got is None:
                return None, client.receive(lambda m: m.reply_serial == serial, 0.2)
            writer.submit(peer.reply, got, got.signature or "", got.body)
            return got, client.receive(lambda m: m.reply_serial == serial)


def outer_call(world):
    got, answer = world.served(world.outside, world.client, "org.t.Outer", "su", ("text", 7))
    return got.sender == world.client.name and answer.body == ["text", 7] and answer.sender == world.outside.name


def inner_call(world):
    got, answer = world.served(world.within, world.client, "org.t.Inner.Service", "su", ("text", 7))
    return got.sender.startswith(":1.") and answer.body == ["text", 7] and answer.sender == world.inner_service and \
        answer.destination == world.client.name and world.impostor.receive(lambda m: m.member == "Echo", 0.1) is None


def inner_call_by_unique_name(world):
    owner = world.client.bus("GetNameOwner", "s", "org.t.Inner.Service").body[0]
    got, answer = world.served(world.within, world.client, owner)
    user = world.client.bus("GetConnectionUnixUser", "s", owner)
    return owner == world.inner_service and got.destination == world.within.name and answer.kind == RETURN and \
        user.body == [os.getuid()] or (owner, got, answer, user)


def big_endian(world):
    got, answer = world.served(world.within, world.client, world.inner_service, "su", ("big", 9), order=">")
    return got.body == ["big", 9] and answer.body == ["big", 9]


def unknown_names(world):
    answers = [world.client.call(name, "/x", "i.j", "M") for name in ("org.t.Inner.None", ":inner.1.999", ":1.999", "org.t.Hidden")]
    return all(one.kind == ERROR for one in answers) or answers


def lists(world):
    names = world.client.bus("ListNames").body[0]
    wanted = [BUS, world.client.name, "org.t.Outer", "org.t.Inner.Service", world.inner_service]
    return all(names.count(name) == 1 for name in wanted) and "org.t.Hidden" not in names and \
        not any(name.startswith(":1.") and name not in (world.client.name, world.outside.name) for name in names) or names


def owner_changes(world):
    for rule in (f"type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='org.t.Inner.New'",
                 f"type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='org.t.Outer'"):
        world.client.bus("AddMatch", "s", rule)
    peer = dbus.Client(world.inner)
    peer.bus("RequestName", "su", "org.t.Inner.New", 0)
    seen = world.client.receive(lambda m: m.member == "NameOwnerChanged")
    peer.close()
    gone = world.client.receive(lambda m: m.member == "NameOwnerChanged")
    name = f":inner.{peer.name[1:]}"
    return seen.body == ["org.t.Inner.New", "", name] and gone.body == ["org.t.Inner.New", name, ""] and seen.sender == BUS or \
        (seen, gone)


def broadcasts(world):
    rules = ["type='signal',sender='org.t.Inner.Service',member='A'", f"type='signal',sender='{world.inner_service}',member='B'",
             "type='signal',member='C'", "type='signal',sender='org.t.Outer',member='D'"]
    for rule in rules:
        world.client.bus("AddMatch", "s", rule)
    for member in "ABCE":
        world.within.cast(SIGNAL, member=member, **CAST)
    for member in "CDE":
        world.outside.cast(SIGNAL, member=member, **CAST)
    for peer in (world.within, world.outside):
        peer.sync()
    found = []
    while (one := world.client.receive(lambda m: m.kind == SIGNAL and m.interface == "i.j", 0.3)) is not None:
        found.append((one.member, one.sender))
    wanted = [(m, world.inner_service) for m in "ABC"] + [(m, world.outside.name) for m in "CD"]
    for rule in rules:
        world.client.bus("RemoveMatch", "s", rule)
    world.within.cast(SIGNAL, member="A", **CAST)
    world.within.sync()
    return sorted(found) == sorted(wanted) and world.client.receive(lambda m: m.member == "A", 0.2) is None or found


def own_broadcast(world):
    for peer in (world.within, world.outside):
        peer.bus("AddMatch", "s", "type='signal',member='Mine'")
    world.client.cast(SIGNAL, member="Mine", **CAST)
    return all(peer.receive(lambda m: m.member == "Mine") is not None for peer in (world.within, world.outside))


def owns_inside(world):
    """A name inside: heard of there and not outside, and whoever calls it gets an answer."""
    mine = dbus.Client(world.path)
    taken = mine.bus("RequestName", "su", "org.t.Inner.Mine", 0).body
    acquired = mine.receive(lambda m: m.member == "NameAcquired" and m.body == ["org.t.Inner.Mine"])
    owner = mine.bus("GetNameOwner", "s", "org.t.Inner.Mine").body
    serial = world.within.cast(CALL, destination="org.t.Inner.Mine", member="Hello", **CAST)
    got = mine.receive(lambda m: m.kind == CALL and m.member == "Hello")
    mine.reply(got, "s", ("welcome",))
    answer = world.within.receive(lambda m: m.reply_serial == serial)
    outside = world.outside.bus("NameHasOwner", "s", "org.t.Inner.Mine").body
    mine.close()
    return taken == [1] and acquired is not None and owner == [mine.name] and got.sender == world.inner_service and \
        answer.body == ["welcome"] and outside == [0] or (taken, acquired, owner, got, answer, outside)


def owns_outside(world):
    mine = dbus.Client(world.path)
    taken = mine.bus("RequestName", "su", "org.t.Own.Mine", 0).body
    refused = mine.bus("RequestName", "su", "org.t.Other", 0)
    owner = world.outside.bus("GetNameOwner", "s", "org.t.Own.Mine").body
    inside = world.within.bus("NameHasOwner", "s", "org.t.Own.Mine").body
    mine.close()
    return taken == [1] and owner == [mine.name] and inside == [0] and refused.kind == ERROR or (taken, owner, inside, refused)


def hostile_inside(world):
    """A peer inside answers what was asked outside, and the other way round."""
    serial = world.client.cast(CALL, destination="org.t.Outer", member="Secret", **CAST)
    asked = world.outside.receive(lambda m: m.member == "Secret")
    who = world.served(world.within, world.client, "org.t.Inner.Service")[0].sender
    for number in (serial, serial + 1):
        world.within.send(dbus.message(RETURN, 7000 + number, ("forged",), "s", reply_serial=number, destination=who, flags=1))
    world.within.sync()
    world.client.sync()
    forged = world.client.receive(lambda m: m.kind == RETURN and m.body == ["forged"], 0.3)
    world.outside.reply(asked, "s", ("right",))
    answer = world.client.receive(lambda m: m.reply_serial == serial)
    return forged is None and answer.body == ["right"] or (forged, answer)


def descriptors(world):
    good = []
    for peer, name in ((world.outside, "org.t.Outer"), (world.within, "org.t.Inner.Service"), (world.within, world.inner_service)):
        read, write = os.pipe()
        peer.fds.clear()
        world.client.send(dbus.message(CALL, world.client.next_serial(), (0,), "h", unix_fds=1, destination=name, member="Fd", **CAST),
                          [write])
        os.close(write)
        got = peer.receive(lambda m: m.member == "Fd")
        if got is not None and peer.fds:
            os.write(peer.fds[0], b"!")
            os.close(peer.fds.pop())
        good.append(os.read(read, 1) == b"!")
        os.close(read)
    return all(good) or good


def large(world):
    good = []
    for size in (100 * KIB, 5 * KIB * KIB):
        for peer, name in ((world.outside, "org.t.Outer"), (world.within, "org.t.Inner.Service"), (world.within, world.inner_service)):
            data = random.randbytes(size // 2).hex()
            got, answer = world.served(peer, world.client, name, "s", [data])
            good.append(got is not None and got.body == [data] and answer is not None and answer.body == [data])
    return all(good) or good


def in_order(world):
    """Calls to both sides, many under way; every one answered, each side's in its order."""
    names = {"org.t.Outer": world.outside, "org.t.Inner.Service": world.within, world.inner_service: world.within}
    sent = {}
    for i in range(100):  # a bus without limits of its own allows 128
        name = random.choice(list(names))
        serial = world.client.cast(CALL, destination=name, member="Order", signature="u", body=(i,), **CAST)
        sent[serial] = (names[name], i)
    seen = {world.outside: [], world.within: []}
    for peer in seen:
        for _ in range(sum(1 for where, _ in sent.values() if where is peer)):
            got = peer.receive(lambda m: m.member == "Order")
            seen[peer].append(got.body[0])
            peer.reply(got, "u", got.body)
    answers = {}
    for _ in sent:
        one = world.client.receive(lambda m: m.reply_serial in sent)
        answers[one.reply_serial] = one.body[0]
    return all(values == sorted(values) for values in seen.values()) and \
        answers == {serial: i for serial, (_, i) in sent.items()}


def programs(world):
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={world.path}"}
    good = []
    for command in (["dbus-send", "--session", "--print-reply", f"--dest={BUS}", BUS_PATH, f"{BUS}.ListNames"],
                    ["gdbus", "call", "--session", "-d", BUS, "-o", BUS_PATH, "-m", f"{BUS}.GetNameOwner", "org.t.Inner.Service"],
                    ["busctl", f"--address=unix:path={world.path}", "call", BUS, BUS_PATH, BUS, "GetNameOwner", "s",
                     "org.t.Inner.Service"]):
        if not buses.have(command[0]):
            continue
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
        good.append((done.returncode == 0 and ("org.t.Inner.Service" in done.stdout or world.inner_service in done.stdout))
                    or (command[0], done.stdout, done.stderr))
    return all(one is True for one in good) and len(good) >= 2 or good


def broken_clients(world):
    """Before Hello, Hello twice, Hello without an answer, noise."""
    first = dbus.Client(world.path, hello=False)
    first.cast(CALL, destination="org.t.Inner.Service", member="M", **CAST)
    quiet = dbus.Client(world.path, hello=False)
    quiet.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member="Hello", flags=1)
    twice = dbus.Client(world.path)
    again = twice.bus("Hello")
    noise = dbus.Client(world.path)
    noise.send(random.randbytes(4096))
    good = [first.is_closed(), quiet.is_closed(), again.kind == ERROR, noise.is_closed(), world.client.sync() is not None]
    for one in (first, quiet, twice, noise):
        one.close()
    return all(good) or good


def half_turn(world):
    """A client that is cut off in the middle of a turn leaves nothing to the next one: what is gathered for all is shared."""
    for number in range(20):
        bad = dbus.Client(world.path)
        good = dbus.message(SIGNAL, 90, path="/x", interface="i.j", member="Leftover") + \
            dbus.message(CALL, 91, destination="org.t.Inner.Service", path="/x", interface="i.j", member="Leftover")
        bad.send(good + b"\0" * 64)
        cut = bad.is_closed()
        bad.close()
        fresh = dbus.Client(world.path)
        served = world.served(world.within, fresh, "org.t.Inner.Service", "u", (number,))[1]
        fresh.close()
        if not cut or served is None or served.body != [number]:
            return cut, served
    return True


def inner_bus_leaves(world):
    client = dbus.Client(world.path)
    world.place.inside.children[0].kill()
    closed = client.is_closed()
    return closed and world.process.poll() is None


ROWS = [outer_call, inner_call, inner_call_by_unique_name, big_endian, unknown_names, lists, owner_changes, broadcasts, own_broadcast,
        owns_inside, owns_outside, hostile_inside, descriptors, large, in_order, programs, broken_clients, half_turn, inner_bus_leaves]


def main():
    tap = harness.Tap()
    for bus_name, start in buses.all_buses(tap):
        with buses.Place() as place:
            world = World(place, start, sys.argv[1])
            with place.inside:
                for row in ROWS:
                    try:
                        found = row(world)
                    except Exception as error:  # whatever a row runs into is its fault
                        found = repr(error)
                    tap.ok(found is True, f"{bus_name}: {row.__name__.replace('_', ' ')}", "" if found is True else found)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
