# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every row of what a filter of a bus must do, asked through oriel-dbus-proxy on each bus there is, and through xdg-dbus-proxy as
an oracle.  Where that answers otherwise docs/theory/bus-proxy.md has a row with the reason: a difference that is not listed
fails, and so does one that is listed and is none.  usage: matrix.py PROXY"""

import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import BUS, BUS_PATH, CALL, ERROR, NO_AUTO_START, NO_REPLY, RETURN, SIGNAL

OPTIONS = ["--see=org.t.See", "--talk=org.t.Talk", "--own=org.t.Own.*", "--call=org.t.Call=i.j.M@/ok/*",
           "--broadcast=org.t.Cast=i.j.S",
           # Filters in all their forms, and rules that add up.
           "--call=org.t.Empty=", "--call=org.t.At=@", "--call=org.t.Star=*i.k.N", "--call=org.t.Members=i.j.*",
           "--call=org.t.Path=*@/ok", "--call=org.t.Root=i.j.M@/*", "--call=org.t.Rest=i.j.M@/", "--see=org.t.Sum",
           "--call=org.t.Sum=i.j.M", "--call=org.t.Sum=i.k.*@/sum", "--see=org.t.Wide.*", "--talk=org.t.Wide.a.*",
           "--own=org.t.Wide.a.b"]
DIFFERENCES = pathlib.Path(__file__).resolve().parents[2] / "docs/theory/bus-proxy.md"
NAMES = ("See", "Talk", "Call", "Cast", "Hidden")
E = BUS + ".Error."
UNKNOWN, NO_OWNER, DENIED = E + "ServiceUnknown", E + "NameHasNoOwner", E + "AccessDenied"
ORACLE = "xdg-dbus-proxy"


class World:
    """A bus with one peer for each name, and a client behind a proxy."""

    def __init__(self, bus, proxy):
        self.bus = bus
        self.peers = {name: dbus.Client(bus) for name in NAMES}
        for name, peer in self.peers.items():
            peer.bus("RequestName", "su", f"org.t.{name}", 0)
        self.free = dbus.Client(bus)
        self.client = dbus.Client(proxy)
        self.proxy = proxy

    def peer(self, name):
        """One that only some rows are about."""
        if name not in self.peers:
            self.peers[name] = dbus.Client(self.bus)
            self.peers[name].bus("RequestName", "su", f"org.t.{name}", 0)
        return self.peers[name]

    def close(self):
        for one in (*self.peers.values(), self.free, self.client):
            one.close()

    def reach(self, name, unique=False, path="/ok/x", interface="i.j", member="M", kind=CALL, flags=0):
        """"reached", an error's name, or "silence"."""
        client, peer = self.client, self.peer(name)
        serial = client.cast(kind, destination=peer.name if unique else f"org.t.{name}", path=path, interface=interface,
                             member=member, flags=flags)
        client.sync()
        peer.sync()
        got = peer.receive(lambda m: m.kind == kind and m.sender == client.name, 0)
        if got is None:
            answer = client.receive(lambda m: m.kind == ERROR and m.reply_serial == serial, 0)
            return dbus.outcome(answer)
        if kind == SIGNAL or flags & NO_REPLY:
            return "reached"
        peer.reply(got, "s", ["done"])
        answer = client.receive(lambda m: m.reply_serial == serial)
        return "reached" if answer and answer.kind == RETURN and answer.body == ["done"] else "answer lost"

    def hear(self, name, member="S", destination=None, path="/any"):
        """Does a signal of the peer come in?"""
        peer = self.peer(name)
        peer.cast(SIGNAL, path=path, interface="i.j", member=member,
                  destination=self.client.name if destination else None)
        peer.sync()
        self.client.sync()
        return self.client.receive(lambda m: m.kind == SIGNAL and m.sender == peer.name, 0) is not None

    def ask(self, member, signature="", *body, **more):
        return dbus.outcome(self.client.bus(member, signature, *body, **more))


def called_from(world, name):
    """A peer calls the client: does the call come, and the answer go back, once?"""
    client, peer = world.client, world.peers[name]
    serial = peer.cast(CALL, destination=client.name, path="/c", interface="i.j", member="Back")
    got = client.receive(lambda m: m.kind == CALL and m.member == "Back")
    if got is None:
        return "no call"
    client.reply(got, "s", ["first"])
    client.reply(got, "s", ["second"])
    client.sync()
    peer.sync()
    answers = []
    while (answer := peer.receive(lambda m: m.reply_serial == serial and m.kind == RETURN and m.sender == client.name, 0)):
        answers.append(answer.body)
    return answers


def owner_changes(world, name):
    """Does the client hear of a name's coming and going?"""
    world.client.bus("AddMatch", "s", f"type='signal',sender='{BUS}',member='NameOwnerChanged'")
    world.free.bus("RequestName", "su", name, 0)
    world.free.bus("ReleaseName", "s", name)
    world.client.sync()
    heard = 0
    while world.client.receive(lambda m: m.member == "NameOwnerChanged" and m.body[0] == name, 0):
        heard += 1
    # A client's own match and the proxy's may both report it.
    return heard > 0


def unique_goes(world, visible):
    """Does it hear of a peer's end?"""
    peer = world.peers["Talk" if visible else "Hidden"]
    world.client.bus("AddMatch", "s", f"type='signal',sender='{BUS}',member='NameOwnerChanged'")
    if visible:
        world.reach("Talk")
    peer.socket.close()
    while peer.name in world.free.bus("ListNames").body[0]:
        pass
    world.client.sync()
    return world.client.receive(lambda m: m.member == "NameOwnerChanged" and m.body[0] == peer.name, 0) is not None


def fds_to(world, name):
    """A pipe's end goes to the peer, and what is written there comes back."""
    client, peer = world.client, world.peers[name]
    read, write = os.pipe()
    client.cast(CALL, fds=[write], destination=f"org.t.{name}", path="/ok/x", interface="i.j", member="M", unix_fds=1,
                signature="h", body=[0], flags=NO_REPLY)
    os.close(write)
    client.sync()
    peer.sync()
    got = peer.receive(lambda m: m.kind == CALL, 0)
    if got is None or not peer.fds:
        os.close(read)
        return "none"
    os.write(peer.fds[0], b"through")
    text = os.read(read, 99)
    os.close(read)
    return text.decode()


def fds_from(world, name):
    peer, client = world.peers[name], world.client
    read, write = os.pipe()
    for i in range(3):
        peer.cast(SIGNAL, fds=[write] * i, destination=client.name, path="/x", interface="i.j", member="Fd",
                  unix_fds=i or None)
    peer.sync()
    client.sync()
    os.close(read)
    os.close(write)
    return len(client.fds)


def visible_names(world):
    own = {world.client.name: "own", **{peer.name: f":{name}" for name, peer in world.peers.items()}}
    return sorted(own.get(name, name) for name in world.client.bus("ListNames").body[0])


def heard_first(world, *rest):
    world.client.bus("AddMatch", "s", "type='signal'")
    return world.hear(*rest)


def later_owner(world):
    """A name that is taken after the client came: its peer can be called by its unique name, too."""
    world.free.bus("RequestName", "su", "org.t.Own.Later", 0)
    world.client.sync()
    world.peers["Later"] = world.free
    return world.reach("Later", unique=True)


def sticky(world):
    """A peer that once had a talked-to name stays talked to."""
    world.reach("Talk")  # whoever asks for owners has asked
    world.peers["Talk"].bus("ReleaseName", "s", "org.t.Talk")
    return world.reach("Talk", unique=True)


def monitor(world):
    return world.ask("BecomeMonitor", "asu", [], 0, interface=BUS + ".Monitoring")


def environment(world):
    return world.ask("UpdateActivationEnvironment", "a{ss}", [("ORIEL_TEST", "1")])


def match(rule):
    return lambda w: w.ask("AddMatch", "s", rule)


def person(member, name):
    """Whether it is told; the value is each bus's own."""
    return lambda w: "told" if isinstance(answer := w.ask(member, "s", name(w)), list) else answer


def of(name):
    return lambda w: w.peers[name].name


def sent(*messages, hello=True, fds=()):
    """What becomes of a connection on which that is sent: "closed" or "lives"."""
    def ask(world):
        client = dbus.Client(world.proxy, hello=hello)
        for one in messages:
            client.send(one, fds)
        try:
            return "closed" if client.is_closed(0.3) else "lives"
        finally:
            client.close()
    return ask


def bare(kind=CALL, serial=50, **more):
    """A call to a peer that may be called, with something else about it."""
    fields = {"destination": "org.t.Talk", "path": "/x", "interface": "i.j", "member": "M", "flags": NO_REPLY, **more}
    return dbus.message(kind, serial, **fields)


def patched(at, byte):
    data = bytearray(bare())
    data[at] = byte
    return bytes(data)


def unasked(kind):
    """An answer to a call that nobody made."""
    def ask(world):
        peer = world.peers["Talk"]
        world.client.cast(kind, destination=peer.name, reply_serial=77, flags=NO_REPLY, error_name="i.j.E" if kind == ERROR else None)
        world.client.sync()
        peer.sync()
        return peer.receive(lambda m: m.kind == kind and m.sender == world.client.name, 0) is not None
    return ask


def answer_to_another(world):
    """The answer to one peer's call, given to another who has not called."""
    one, other = world.peers["Talk"], world.peers["Hidden"]
    one.cast(CALL, destination=world.client.name, path="/c", interface="i.j", member="Back")
    call = world.client.receive(lambda m: m.kind == CALL and m.member == "Back")
    world.client.cast(RETURN, destination=other.name, reply_serial=call.serial, flags=NO_REPLY)
    world.client.sync()
    other.sync()
    return other.receive(lambda m: m.kind == RETURN and m.sender == world.client.name, 0) is not None


def answer_not_wanted(world):
    """A call that wants no answer, and gets one."""
    peer = world.peers["Talk"]
    serial = world.client.cast(CALL, destination="org.t.Talk", path="/x", interface="i.j", member="M", flags=NO_REPLY)
    call = peer.receive(lambda m: m.kind == CALL and m.serial)
    peer.cast(RETURN, destination=call.sender, reply_serial=call.serial, flags=NO_REPLY)
    peer.sync()
    world.client.sync()
    return world.client.receive(lambda m: m.reply_serial == serial, 0) is not None


def two_answers(world):
    peer = world.peers["Talk"]
    serial = world.client.cast(CALL, destination="org.t.Talk", path="/x", interface="i.j", member="M")
    call = peer.receive(lambda m: m.kind == CALL)
    peer.reply(call)
    peer.reply(call)
    peer.sync()
    world.client.sync()
    n = 0
    while world.client.receive(lambda m: m.reply_serial == serial and m.kind == RETURN, 0):
        n += 1
    return n


def own_broadcast(world):
    """The client's own signal to all."""
    peer = world.peers["Hidden"]
    peer.bus("AddMatch", "s", "type='signal',interface='i.j'")
    world.client.cast(SIGNAL, path="/x", interface="i.j", member="S")
    world.client.sync()
    peer.sync()
    return peer.receive(lambda m: m.kind == SIGNAL and m.sender == world.client.name, 0) is not None


def call_nobody(interface, member):
    return lambda w: dbus.outcome(w.client.call(None, "/", interface, member))


def in_order(world):
    """Answers of the bus and refusals come in the order of the calls."""
    client = world.client
    serials = [client.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member="AddMatch", signature="s", body=["type='signal'"]),
               client.cast(CALL, destination="org.t.Hidden", path="/x", interface="i.j", member="M"),
               client.cast(CALL, destination=BUS, path=BUS_PATH, interface=BUS, member="GetId")]
    came = [client.receive(lambda m: m.reply_serial in serials).reply_serial for _ in serials]
    return came == serials


def itself(world):
    serial = world.client.cast(CALL, destination=world.client.name, path="/x", interface="i.j", member="M")
    call = world.client.receive(lambda m: m.kind == CALL and m.member == "M", 2)
    if call is None:
        return "no call"
    world.client.reply(call)
    return world.client.receive(lambda m: m.kind == RETURN and m.reply_serial == serial, 2) is not None


def removed(world):
    """A match that is taken away, in another spelling than it was put in."""
    world.client.bus("AddMatch", "s", "type='signal',interface=i.j")
    gone = world.ask("RemoveMatch", "s", "type='signal',interface='i.j'")
    return [gone, world.hear("Talk")]


def hears_arrival(world):
    """A unique name comes; nothing is known of it."""
    world.client.bus("AddMatch", "s", f"type='signal',sender='{BUS}',member='NameOwnerChanged'")
    newcomer = dbus.Client(world.bus)
    newcomer.sync()
    world.client.sync()
    heard = world.client.receive(lambda m: m.member == "NameOwnerChanged" and m.body[0] == newcomer.name, 0) is not None
    newcomer.close()
    return heard


# name, question, the right outcome.  Where xdg-dbus-proxy answers otherwise docs/theory/bus-proxy.md says so, and why.
ROWS = [
    ("call talk", lambda w: w.reach("Talk"), "reached"),
    ("call talk by unique name", lambda w: w.reach("Talk", unique=True), "reached"),
    ("call talk without interface", lambda w: w.reach("Talk", interface=None), "reached"),
    ("call see", lambda w: w.reach("See"), DENIED),
    ("call see by unique name", lambda w: w.reach("See", unique=True), DENIED),
    ("call hidden", lambda w: w.reach("Hidden"), UNKNOWN),
    ("call hidden, no start", lambda w: w.reach("Hidden", flags=NO_AUTO_START), NO_OWNER),
    ("call hidden by unique name", lambda w: w.reach("Hidden", unique=True), NO_OWNER),
    ("call hidden, no reply wanted", lambda w: w.reach("Hidden", flags=NO_REPLY), "silence"),
    ("call see, no reply wanted", lambda w: w.reach("See", flags=NO_REPLY), "silence"),
    ("call talk, no reply wanted", lambda w: w.reach("Talk", flags=NO_REPLY), "reached"),
    ("call rule", lambda w: w.reach("Call"), "reached"),
    ("call rule by unique name", lambda w: w.reach("Call", unique=True), "reached"),
    ("call rule, itself", lambda w: w.reach("Call", path="/ok"), "reached"),
    ("call rule, path beside", lambda w: w.reach("Call", path="/okay"), DENIED),
    ("call rule, path above", lambda w: w.reach("Call", path="/"), DENIED),
    ("call rule, other member", lambda w: w.reach("Call", member="N"), DENIED),
    ("call rule, other interface", lambda w: w.reach("Call", interface="i.k"), DENIED),
    ("call rule, no interface", lambda w: w.reach("Call", interface=None), DENIED),
    ("call rule, properties", lambda w: w.reach("Call", interface=BUS + ".Properties", member="Get"), DENIED),
    ("call where only broadcasts may be heard", lambda w: w.reach("Cast"), DENIED),
    ("signal to talk", lambda w: w.reach("Talk", kind=SIGNAL), "reached"),
    ("signal to see", lambda w: w.reach("See", kind=SIGNAL), "silence"),
    ("signal to hidden", lambda w: w.reach("Hidden", kind=SIGNAL), "silence"),
    ("broadcast of talk", lambda w: heard_first(w, "Talk"), True),
    ("broadcast of see", lambda w: heard_first(w, "See"), False),
    ("broadcast of hidden", lambda w: heard_first(w, "Hidden"), False),
    ("broadcast of call rule (CVE-2026-93676)", lambda w: heard_first(w, "Call"), False),
    ("broadcast rule", lambda w: heard_first(w, "Cast"), True),
    ("broadcast rule, other member (CVE-2026-93676)", lambda w: heard_first(w, "Cast", "Other"), False),
    ("signal to us of hidden", lambda w: w.hear("Hidden", destination=True), True),
    ("call of talk", lambda w: called_from(w, "Talk"), [["first"]]),
    ("call of hidden", lambda w: called_from(w, "Hidden"), [["first"]]),
    ("names", visible_names, sorted([BUS, "own", ":See", ":Talk", ":Call", ":Cast", *(f"org.t.{n}" for n in NAMES[:4])]),
     ),
    ("activatable names", lambda w: sorted(w.ask("ListActivatableNames")[0]),
     sorted([BUS, *(f"org.t.{n}" for n in NAMES[:4])])),
    ("has owner: see", lambda w: w.ask("NameHasOwner", "s", "org.t.See"), [1]),
    ("has owner: hidden", lambda w: w.ask("NameHasOwner", "s", "org.t.Hidden"), [0]),
    ("has owner: hidden unique", lambda w: w.ask("NameHasOwner", "s", w.peers["Hidden"].name), [0]),
    ("owner: hidden", lambda w: w.ask("GetNameOwner", "s", "org.t.Hidden"), NO_OWNER),
    ("owner: see", lambda w: w.ask("GetNameOwner", "s", "org.t.See") == [w.peers["See"].name], True),
    ("process: hidden", person("GetConnectionUnixProcessID", of("Hidden")), UNKNOWN),
    ("process: see", person("GetConnectionUnixProcessID", of("See")), "told"),
    ("user: hidden", person("GetConnectionUnixUser", lambda w: "org.t.Hidden"), UNKNOWN),
    ("credentials: see", person("GetConnectionCredentials", of("See")), "told"),
    ("credentials: hidden", person("GetConnectionCredentials", of("Hidden")), UNKNOWN),
    ("start: talk", lambda w: w.ask("StartServiceByName", "su", "org.t.Talk", 0), [2]),
    ("start: call rule", lambda w: w.ask("StartServiceByName", "su", "org.t.Call", 0), [2]),
    ("start: see", lambda w: w.ask("StartServiceByName", "su", "org.t.See", 0), DENIED),
    ("start: hidden", lambda w: w.ask("StartServiceByName", "su", "org.t.Hidden", 0), UNKNOWN),
    ("claim: own", lambda w: w.ask("RequestName", "su", "org.t.Own", 0), [1]),
    ("claim: below", lambda w: w.ask("RequestName", "su", "org.t.Own.a.b", 0), [1]),
    ("claim: beside", lambda w: w.ask("RequestName", "su", "org.t.Owner", 0), UNKNOWN),
    ("claim: talk", lambda w: w.ask("RequestName", "su", "org.t.Talk", 0), DENIED),
    ("claim: hidden", lambda w: w.ask("RequestName", "su", "org.t.Hidden", 0), UNKNOWN),
    ("claim: password manager", lambda w: w.ask("RequestName", "su", "org.freedesktop.secrets", 4), UNKNOWN),
    ("release: talk", lambda w: w.ask("ReleaseName", "s", "org.t.Talk"), DENIED),
    ("queue: own", lambda w: w.ask("ListQueuedOwners", "s", "org.t.Own.x"), NO_OWNER),
    ("queue: see", lambda w: w.ask("ListQueuedOwners", "s", "org.t.See"), DENIED),
    ("owner changes: own", lambda w: owner_changes(w, "org.t.Own.Free"), True),
    ("owner changes: hidden", lambda w: owner_changes(w, "org.t.Free"), False),
    ("a seen peer's end", lambda w: unique_goes(w, True), True),
    ("a hidden peer's end", lambda w: unique_goes(w, False), False),
    ("a later owner", later_owner, "reached"),
    ("an owner no more", sticky, "reached"),
    ("match", match("type='signal',arg0='x'"), []),
    ("match: nothing", match(""), []),
    ("match: eavesdrop", match("eavesdrop=true"), DENIED),
    ("match: eavesdrop, blank (CVE-2026-34080)", match("eavesdrop =true"), DENIED),
    ("match: eavesdrop, tab (CVE-2026-34080)", match("type='signal',eavesdrop\t='true'"), DENIED),
    ("match: eavesdrop, newline (CVE-2026-34080)", match("type='signal',eavesdrop\n='true'"), DENIED),
    ("match: unknown key", match("colour='red'"), E + "MatchRuleInvalid"),
    ("match: eavesdrop in a value", match("arg0='x,eavesdrop=true'"), []),
    ("id", lambda w: len(w.ask("GetId")[0]), 32),
    ("introspect", lambda w: "interface" in w.ask("Introspect", interface=BUS + ".Introspectable")[0], True),
    ("monitor", monitor, DENIED),
    ("activation environment", environment, DENIED),
    ("reload", lambda w: w.ask("ReloadConfig"), DENIED),
    ("properties of the bus", lambda w: w.ask("GetAll", "s", BUS, interface=BUS + ".Properties"), DENIED),
    ("statistics", lambda w: w.ask("GetStats", interface=BUS + ".Debug.Stats"), DENIED),
    ("peer of the bus", lambda w: w.ask("Ping", interface=BUS + ".Peer"), DENIED),
    ("bus without interface", lambda w: w.ask("GetId", interface=None), DENIED),
    ("ping nobody", lambda w: dbus.outcome(w.client.call(None, "/", BUS + ".Peer", "Ping")), []),
    ("signal to the bus", lambda w: w.client.cast(SIGNAL, destination=BUS, path=BUS_PATH, interface=BUS, member="X")
     and dbus.outcome(w.client.sync())[0] != "", True),
    ("descriptors to talk", lambda w: fds_to(w, "Talk"), "through"),
    ("descriptors to hidden", lambda w: fds_to(w, "Hidden"), "none"),
    ("descriptors from a peer", lambda w: fds_from(w, "Talk"), 3),
    ("call own", lambda w: w.reach("Own.x"), "reached"),
    ("broadcast of own", lambda w: (w.peer("Own.x"), heard_first(w, "Own.x"))[1], True),
    ("call self", itself, True),
    ("filter: empty", lambda w: w.reach("Empty"), "reached"),
    ("filter: @ alone", lambda w: w.reach("At"), "reached"),
    ("filter: what follows a star", lambda w: w.reach("Star"), "reached"),
    ("filter: all members", lambda w: [w.reach("Members", member="N"), w.reach("Members", interface="i.k")], ["reached", DENIED]),
    ("filter: one path", lambda w: [w.reach("Path", path="/ok"), w.reach("Path", path="/ok/x")], ["reached", DENIED]),
    ("filter: all paths", lambda w: [w.reach("Root", path="/"), w.reach("Root", path="/a/b")], ["reached", "reached"]),
    ("filter: the root", lambda w: [w.reach("Rest", path="/"), w.reach("Rest", path="/a")], ["reached", DENIED]),
    ("rules add up", lambda w: [w.reach("Sum"), w.reach("Sum", interface="i.k", path="/sum"), w.reach("Sum", interface="i.k")],
     ["reached", "reached", DENIED]),
    ("the most of wide and narrow", lambda w: [w.reach("Wide"), w.reach("Wide.a"), w.reach("Wide.a.c"), w.reach("Wide.b")],
     [DENIED, "reached", "reached", DENIED]),
    ("... and claims", lambda w: [w.ask("RequestName", "su", f"org.t.Wide.{n}", 0) for n in ("a.b", "a.b.c", "a")],
     [[1], DENIED, DENIED]),
    ("has owner: itself", lambda w: w.ask("NameHasOwner", "s", w.client.name), [1]),
    ("process: itself", person("GetConnectionUnixProcessID", lambda w: w.client.name), "told"),
    ("user: see", person("GetConnectionUnixUser", of("See")), "told"),
    ("session: hidden", person("GetAdtAuditSessionData", of("Hidden")), UNKNOWN),
    ("label: hidden", person("GetConnectionSELinuxSecurityContext", of("Hidden")), UNKNOWN),
    ("release: own", lambda w: (w.ask("RequestName", "su", "org.t.Own.r", 0), w.ask("ReleaseName", "s", "org.t.Own.r"))[1], [1]),
    ("hello again", lambda w: w.ask("Hello"), E + "Failed"),
    ("unknown method", lambda w: w.ask("Nonsense"), DENIED),
    ("verbose", lambda w: w.ask("EnableVerbose", interface=BUS + ".Verbose"), DENIED),
    ("match removed in another spelling", removed, [[], False]),
    ("match: every key", match("type='signal',sender='org.t.Talk',interface='i.j',member='S',path='/x',destination=':1.1',arg0='a',"
                               "arg63='b',arg1path='/p/'"), []),
    ("match: namespaces", match("path_namespace='/x',arg0namespace='org.t'"), []),
    ("match: eavesdrop, false", match("eavesdrop='false'"), DENIED),
    ("answer that nobody awaits", unasked(RETURN), False),
    ("error that nobody awaits", unasked(ERROR), False),
    ("answer to another's call", answer_to_another, False),
    ("answer to a call that wants none", answer_not_wanted, False),
    ("two answers to one call", two_answers, 1),
    ("own broadcast", own_broadcast, True),
    ("call nobody", call_nobody("i.j", "M"), E + "UnknownMethod"),
    ("refusals keep the order", in_order, True),
    ("a newcomer", hears_arrival, False),
    ("header: good", sent(bare()), "lives"),
    ("header: version", sent(patched(3, 2)), "closed"),
    ("header: byte order", sent(patched(0, ord("x"))), "closed"),
    ("header: type", sent(patched(1, 9)), "closed"),
    ("header: serial 0", sent(dbus.message(CALL, 0, destination="org.t.Talk", path="/x", member="M")), "closed"),
    ("header: a serial of the proxy's", sent(bare(serial=0xffffff00)), "closed"),
    ("header: unknown field", sent(bare(extra=[(10, "s", "x")])), "closed"),
    ("header: a field of another type", sent(bare(member=None, extra=[(3, "o", "/M")])), "closed"),
    ("header: a field twice", sent(bare(extra=[(3, "s", "N")])), "closed"),
    ("header: no member", sent(bare(member=None)), "closed"),
    ("header: no path", sent(bare(path=None)), "closed"),
    ("header: signal without interface", sent(bare(SIGNAL, interface=None)), "closed"),
    ("header: return without serial", sent(dbus.message(RETURN, 50, destination="org.t.Talk")), "closed"),
    ("header: error without name", sent(dbus.message(ERROR, 50, destination="org.t.Talk", reply_serial=1)), "closed"),
    ("header: local path", sent(bare(SIGNAL, destination=None, path="/org/freedesktop/DBus/Local")), "closed"),
    ("header: local interface", sent(bare(SIGNAL, destination=None, interface=BUS + ".Local")), "closed"),
    ("header: call that is a reply (CVE-2026-94422)", sent(bare(reply_serial=1)), "closed"),
    ("header: descriptors that did not come", sent(bare(unix_fds=1)), "closed"),
    ("header: descriptors that were not declared", sent(bare(), fds=[0]), "closed"),
    ("first message is not Hello", sent(bare(), hello=False), "closed"),
    ("Oriel's own name", lambda w: w.ask("RequestName", "su", "org.oriel.Sandbox1", 0), UNKNOWN),
]


# The same with an option more.
SLOPPY = [("sloppy: a newcomer", hears_arrival, True), ("sloppy: a hidden peer's end", lambda w: unique_goes(w, False), True),
          ("sloppy: a hidden name's owner", lambda w: owner_changes(w, "org.t.Free"), False),
          ("sloppy: call hidden by unique name", lambda w: w.reach("Hidden", unique=True), NO_OWNER)]


def shown(outcome):
    """As the table of differences has it."""
    return str(outcome).replace(E, "").replace("'", "")


def read_differences():
    """Of the version that they are of: row -> (ours, theirs)."""
    section = DIFFERENCES.read_text().partition("## Where xdg-dbus-proxy answers otherwise")[2].partition("\n## ")[0]
    version = re.search(r"xdg-dbus-proxy (\d[\d.]*)", section)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("| ")]
    return version and version[1], {row[0]: (row[1], row[2]) for row in rows[1:] if len(row) == 4 and row[3]}


def answer(start, proxy_program, question, more):
    with buses.Place([f"org.t.{one}" for one in NAMES]) as place:
        bus = start(place)
        world = World(bus, place.proxy(proxy_program, bus, *OPTIONS, *more))
        try:
            return question(world)
        except Exception as error:  # whatever a row runs into is its fault
            return repr(error)
        finally:
            world.close()


def main():
    program, tap = sys.argv[1], harness.Tap()
    version, listed = read_differences()
    oracle = buses.have(ORACLE) and subprocess.run([ORACLE, "--version"], capture_output=True, text=True, check=False).stdout.split()[-1]
    rows = [(*row, []) for row in ROWS] + [(*row, ["--sloppy-names"]) for row in SLOPPY]
    unknown = set(listed) - {row[0] for row in rows}
    tap.ok(len(listed) > 0 and not unknown, f"every difference in {DIFFERENCES.name} is a row here", unknown)
    if not oracle:
        tap.skip("oracle", f"{ORACLE} is not installed")
    elif oracle != version:
        tap.skip("oracle", f"{ORACLE} is {oracle}, and the differences are of {version}", kernel=True)
    for bus_name, start in buses.all_buses(tap):
        for name, question, right, more in rows:
            found = answer(start, program, question, more)
            tap.ok(found == right, f"{bus_name}, oriel-dbus-proxy: {name}", "" if found == right else f"{found!r} and not {right!r}")
            if oracle != version:
                continue
            theirs = answer(start, ORACLE, question, more)
            wanted = (shown(right), shown(theirs)) if theirs != right else None
            tap.ok(wanted == listed.get(name), f"{bus_name}, {ORACLE}: {name}",
                   "" if wanted == listed.get(name) else f"{theirs!r}; listed: {listed.get(name)}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
