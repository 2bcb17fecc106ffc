# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same questions through oriel-dbus-proxy and, as an oracle, through xdg-dbus-proxy, on each bus there is.  What
passes, what is hidden and what is denied must be as written here, and the same for both.  usage: matrix.py PROXY"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import BUS, BUS_PATH, CALL, ERROR, NO_AUTO_START, NO_REPLY, RETURN, SIGNAL

OPTIONS = ["--see=org.t.See", "--talk=org.t.Talk", "--own=org.t.Own.*", "--call=org.t.Call=i.j.M@/ok/*",
           "--broadcast=org.t.Cast=i.j.S"]
NAMES = ("See", "Talk", "Call", "Cast", "Hidden")
E = BUS + ".Error."
UNKNOWN, NO_OWNER, DENIED = E + "ServiceUnknown", E + "NameHasNoOwner", E + "AccessDenied"
ORACLE = "xdg-dbus-proxy"


class World:
    """A bus with one peer for each name, and a client behind a proxy."""

    def __init__(self, bus, proxy):
        self.peers = {name: dbus.Client(bus) for name in NAMES}
        for name, peer in self.peers.items():
            peer.bus("RequestName", "su", f"org.t.{name}", 0)
        self.free = dbus.Client(bus)
        self.client = dbus.Client(proxy)

    def close(self):
        for one in (*self.peers.values(), self.free, self.client):
            one.close()

    def reach(self, name, unique=False, path="/ok/x", interface="i.j", member="M", kind=CALL, flags=0):
        """"reached", an error's name, or "silence"."""
        client, peer = self.client, self.peers[name]
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
        peer = self.peers[name]
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


# name, question, the right outcome, and whether the oracle answers the same (else why not)
ROWS = [
    ("call talk", lambda w: w.reach("Talk"), "reached", True),
    ("call talk by unique name", lambda w: w.reach("Talk", unique=True), "reached", True),
    ("call talk without interface", lambda w: w.reach("Talk", interface=None), "reached", True),
    ("call see", lambda w: w.reach("See"), DENIED, True),
    ("call see by unique name", lambda w: w.reach("See", unique=True), DENIED, True),
    ("call hidden", lambda w: w.reach("Hidden"), UNKNOWN, True),
    ("call hidden, no start", lambda w: w.reach("Hidden", flags=NO_AUTO_START), NO_OWNER, True),
    ("call hidden by unique name", lambda w: w.reach("Hidden", unique=True), NO_OWNER, True),
    ("call hidden, no reply wanted", lambda w: w.reach("Hidden", flags=NO_REPLY), "silence", True),
    ("call see, no reply wanted", lambda w: w.reach("See", flags=NO_REPLY), "silence", True),
    ("call talk, no reply wanted", lambda w: w.reach("Talk", flags=NO_REPLY), "reached", True),
    ("call rule", lambda w: w.reach("Call"), "reached", True),
    ("call rule by unique name", lambda w: w.reach("Call", unique=True), "reached", True),
    ("call rule, itself", lambda w: w.reach("Call", path="/ok"), "reached", True),
    ("call rule, path beside", lambda w: w.reach("Call", path="/okay"), DENIED, True),
    ("call rule, path above", lambda w: w.reach("Call", path="/"), DENIED, True),
    ("call rule, other member", lambda w: w.reach("Call", member="N"), DENIED, True),
    ("call rule, other interface", lambda w: w.reach("Call", interface="i.k"), DENIED, True),
    ("call rule, no interface", lambda w: w.reach("Call", interface=None), DENIED, True),
    ("call rule, properties", lambda w: w.reach("Call", interface=BUS + ".Properties", member="Get"), DENIED, True),
    ("call where only broadcasts may be heard", lambda w: w.reach("Cast"), DENIED, True),
    ("signal to talk", lambda w: w.reach("Talk", kind=SIGNAL), "reached", True),
    ("signal to see", lambda w: w.reach("See", kind=SIGNAL), "silence", True),
    ("signal to hidden", lambda w: w.reach("Hidden", kind=SIGNAL), "silence", True),
    ("broadcast of talk", lambda w: heard_first(w, "Talk"), True, True),
    ("broadcast of see", lambda w: heard_first(w, "See"), False, True),
    ("broadcast of hidden", lambda w: heard_first(w, "Hidden"), False, True),
    ("broadcast of call rule (CVE-2026-93676)", lambda w: heard_first(w, "Call"), False, True),
    ("broadcast rule", lambda w: heard_first(w, "Cast"), True, True),
    ("broadcast rule, other member (CVE-2026-93676)", lambda w: heard_first(w, "Cast", "Other"), False, True),
    ("signal to us of hidden", lambda w: w.hear("Hidden", destination=True), True, True),
    ("call of talk", lambda w: called_from(w, "Talk"), [["first"]], True),
    ("call of hidden", lambda w: called_from(w, "Hidden"), [["first"]], True),
    ("names", visible_names, sorted([BUS, "own", ":See", ":Talk", ":Call", ":Cast", *(f"org.t.{n}" for n in NAMES[:4])]),
     True),
    ("activatable names", lambda w: sorted(w.ask("ListActivatableNames")[0]),
     sorted([BUS, *(f"org.t.{n}" for n in NAMES[:4])]), True),
    ("has owner: see", lambda w: w.ask("NameHasOwner", "s", "org.t.See"), [1], True),
    ("has owner: hidden", lambda w: w.ask("NameHasOwner", "s", "org.t.Hidden"), [0], True),
    ("has owner: hidden unique", lambda w: w.ask("NameHasOwner", "s", w.peers["Hidden"].name), [0], True),
    ("owner: hidden", lambda w: w.ask("GetNameOwner", "s", "org.t.Hidden"), NO_OWNER, True),
    ("owner: see", lambda w: w.ask("GetNameOwner", "s", "org.t.See") == [w.peers["See"].name], True, True),
    ("process: hidden", person("GetConnectionUnixProcessID", of("Hidden")), UNKNOWN, True),
    ("process: see", person("GetConnectionUnixProcessID", of("See")), "told", True),
    ("user: hidden", person("GetConnectionUnixUser", lambda w: "org.t.Hidden"), UNKNOWN, True),
    ("credentials: see", person("GetConnectionCredentials", of("See")), "told", True),
    ("credentials: hidden", person("GetConnectionCredentials", of("Hidden")), UNKNOWN, True),
    ("start: talk", lambda w: w.ask("StartServiceByName", "su", "org.t.Talk", 0), [2], True),
    ("start: call rule", lambda w: w.ask("StartServiceByName", "su", "org.t.Call", 0), [2], True),
    ("start: see", lambda w: w.ask("StartServiceByName", "su", "org.t.See", 0), DENIED, True),
    ("start: hidden", lambda w: w.ask("StartServiceByName", "su", "org.t.Hidden", 0), UNKNOWN, True),
    ("claim: own", lambda w: w.ask("RequestName", "su", "org.t.Own", 0), [1], True),
    ("claim: below", lambda w: w.ask("RequestName", "su", "org.t.Own.a.b", 0), [1], True),
    ("claim: beside", lambda w: w.ask("RequestName", "su", "org.t.Owner", 0), UNKNOWN, True),
    ("claim: talk", lambda w: w.ask("RequestName", "su", "org.t.Talk", 0), DENIED, True),
    ("claim: hidden", lambda w: w.ask("RequestName", "su", "org.t.Hidden", 0), UNKNOWN, True),
    ("claim: password manager", lambda w: w.ask("RequestName", "su", "org.freedesktop.secrets", 4), UNKNOWN, True),
    ("release: talk", lambda w: w.ask("ReleaseName", "s", "org.t.Talk"), DENIED, True),
    ("queue: own", lambda w: w.ask("ListQueuedOwners", "s", "org.t.Own.x"), NO_OWNER, True),
    ("queue: see", lambda w: w.ask("ListQueuedOwners", "s", "org.t.See"), DENIED, True),
    ("owner changes: own", lambda w: owner_changes(w, "org.t.Own.Free"), True, True),
    ("owner changes: hidden", lambda w: owner_changes(w, "org.t.Free"), False, True),
    ("a seen peer's end", lambda w: unique_goes(w, True), True, True),
    ("a hidden peer's end", lambda w: unique_goes(w, False), False, True),
    ("a later owner", later_owner, "reached", True),
    ("an owner no more", sticky, "reached", True),
    ("match", match("type='signal',arg0='x'"), [], True),
    ("match: nothing", match(""), [], True),
    ("match: eavesdrop", match("eavesdrop=true"), DENIED, True),
    ("match: eavesdrop, blank (CVE-2026-34080)", match("eavesdrop =true"), DENIED, True),
    ("match: eavesdrop, tab (CVE-2026-34080)", match("type='signal',eavesdrop\t='true'"), DENIED, True),
    ("match: eavesdrop, newline (CVE-2026-34080)", match("type='signal',eavesdrop\n='true'"), DENIED, True),
    ("match: unknown key", match("colour='red'"), E + "MatchRuleInvalid", True),
    ("match: eavesdrop in a value", match("arg0='x,eavesdrop=true'"), [], "it looks for the word anywhere"),
    ("id", lambda w: len(w.ask("GetId")[0]), 32, True),
    ("introspect", lambda w: "interface" in w.ask("Introspect", interface=BUS + ".Introspectable")[0], True, True),
    ("monitor", monitor, DENIED, True),
    ("activation environment", environment, DENIED, True),
    ("reload", lambda w: w.ask("ReloadConfig"), DENIED, True),
    ("properties of the bus", lambda w: w.ask("GetAll", "s", BUS, interface=BUS + ".Properties"), DENIED, True),
    ("statistics", lambda w: w.ask("GetStats", interface=BUS + ".Debug.Stats"), DENIED, True),
    ("peer of the bus", lambda w: w.ask("Ping", interface=BUS + ".Peer"), DENIED, True),
    ("bus without interface", lambda w: w.ask("GetId", interface=None), DENIED, True),
    ("ping nobody", lambda w: dbus.outcome(w.client.call(None, "/", BUS + ".Peer", "Ping")), [], True),
    ("signal to the bus", lambda w: w.client.cast(SIGNAL, destination=BUS, path=BUS_PATH, interface=BUS, member="X")
     and dbus.outcome(w.client.sync())[0] != "", True, True),
    ("descriptors to talk", lambda w: fds_to(w, "Talk"), "through", True),
    ("descriptors to hidden", lambda w: fds_to(w, "Hidden"), "none", True),
    ("descriptors from a peer", lambda w: fds_from(w, "Talk"), 3, True),
    ("Oriel's own name", lambda w: w.ask("RequestName", "su", "org.oriel.Sandbox1", 0), UNKNOWN, True),
]


def main():
    program, tap = sys.argv[1], harness.Tap()
    proxies = {"oriel-dbus-proxy": program}
    if buses.have(ORACLE):
        proxies[ORACLE] = ORACLE
    else:
        tap.skip("oracle", f"{ORACLE} is not installed")
    for bus_name, start in buses.all_buses(tap):
        for proxy_name, proxy_program in proxies.items():
            for name, question, right, same in ROWS:
                if proxy_name == ORACLE and same is not True:
                    continue
                with buses.Place([f"org.t.{one}" for one in NAMES]) as place:
                    bus = start(place)
                    world = World(bus, place.proxy(proxy_program, bus, *OPTIONS))
                    try:
                        found = question(world)
                    except Exception as error:  # whatever a row runs into is its fault
                        found = repr(error)
                    world.close()
                tap.ok(found == right, f"{bus_name}, {proxy_name}: {name}",
                       "" if found == right else f"{found!r} and not {right!r}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
