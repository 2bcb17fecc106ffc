# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a rule lets pass and the guard looks at once more: two instances and one notification server, portals that would write
launchers, the accessibility bus's address.  The hostile one of the two instances tries what the numbers of the other would give
it.  usage: guard.py PROXY"""

import concurrent.futures
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import CALL, ERROR, RETURN, SIGNAL

SERVER, PORTAL, A11Y = "org.freedesktop.Notifications", "org.freedesktop.portal.Desktop", "org.a11y.Bus"
AT = {"path": "/org/freedesktop/Notifications", "interface": SERVER}
DESK = "/org/freedesktop/portal/desktop"
REQUEST = "/org/freedesktop/portal/desktop/request"
DENIED, BAD = dbus.BUS + ".Error.AccessDenied", dbus.BUS + ".Error.InvalidArgs"
OPTIONS = ["--guard", f"--talk={SERVER}", f"--talk={PORTAL}", f"--talk={A11Y}", "--talk=org.t.Other"]
FORM = "susssasa{sv}i"
MATCH = f"type='signal',interface='{SERVER}'"
KIB = 1024


class World:
    def __init__(self, place, start, program):
        self.place, self.program, self.bus = place, program, start(place)
        self.reports, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.reports.settimeout(2)
        one = place.proxy(program, self.bus, *OPTIONS, f"--mediator={theirs.fileno()}", "--accessibility=unix:path=/filtered",
                          name="one", pass_fds=[theirs.fileno()])
        theirs.close()
        two = place.proxy(program, self.bus, *OPTIONS, name="two")
        self.one_path = one
        self.one, self.again, self.two = dbus.Client(one), dbus.Client(one), dbus.Client(two)
        self.plain = dbus.Client(place.proxy(program, self.bus, *OPTIONS[1:], name="plain"))
        for client in (self.one, self.again, self.two, self.plain):
            client.bus("AddMatch", "s", MATCH)
        self.last = 40
        self.server = self.serve(SERVER)
        self.portal = self.serve(PORTAL)
        self.launcher = self.serve(A11Y)

    def serve(self, *names):
        server = dbus.Client(self.bus)
        for name in names:
            server.bus("RequestName", "su", name, 0)
        return server

    def passed(self, client, server, wanted):
        """What of the client's last words came through to the server, or None: all of them have been judged."""
        client.sync()
        server.sync()
        return server.receive(wanted, 0)

    def notify(self, client, replaces=0, server=None, number=None, destination=SERVER, **more):
        """(what the server heard, what the client got)."""
        server = server or self.server
        body = ("name", replaces, "icon", "summary", "body", [], [("urgency", ("y", 1))], -1)
        serial = client.cast(CALL, destination=destination, member="Notify", signature=FORM, body=body, **{**AT, **more})
        heard = server.receive(lambda m: m.member == "Notify", 5)
        if heard is None:
            return None, client.receive(lambda m: m.reply_serial == serial, 1)
        if number is None:
            self.last += 1
            number = heard.body[1] or self.last
        server.reply(heard, "u", (number,))
        answer = client.receive(lambda m: m.reply_serial == serial)
        return heard, answer.body[0] if answer.kind == RETURN else answer

    def close(self, client, number, **more):
        """(what the server heard, what the client got)."""
        serial = client.cast(CALL, destination=SERVER, member="CloseNotification", signature="u", body=(number,), **{**AT, **more})
        heard = self.passed(client, self.server, lambda m: m.member == "CloseNotification")
        if heard is not None:
            self.server.reply(heard)
        return heard, client.receive(lambda m: m.reply_serial == serial)

    def tell(self, member, number, server=None, **more):
        server = server or self.server
        form, body = ("uu", (number, 2)) if member == "NotificationClosed" else ("us", (number, "default"))
        server.cast(SIGNAL, member=member, signature=form, body=body, **AT, **more)
        server.sync()

    def hears(self, client, member):
        client.sync()
        got = client.receive(lambda m: m.kind == SIGNAL and m.member == member, 0)
        return got and got.body[0]

    def report(self):
        verb, *fields = self.reports.recv(1 << 16).decode().rstrip("\0").split("\0")
        return {"verb": verb, **dict(field.split("=", 1) for field in fields)}


def numbers_are_own(world):
    """Two instances count for themselves, and the server's numbers are its own."""
    first, second = world.notify(world.one), world.notify(world.two)
    other = world.notify(world.again)
    return first[1] == second[1] == 1 and other[1] == 2 and first[0].body[1] == 0 or (first, second, other)


def replaced(world):
    """Own ones, from another connection too; the number stays."""
    heard, number = world.notify(world.one, 1)
    from_again, same = world.notify(world.again, 1)
    return (heard.body[1], number, from_again.body[1], same) == (41, 1, 41, 1) or (heard, number)


def big_endian(world):
    heard, number = world.notify(world.one, 1, order=">")
    return (heard.body[1], number) == (41, 1) or (heard, number)


def others_not_replaced(world):
    """The other's number, by its own or by guessing, is that of none."""
    found = []
    for number in (41, 42, 43, 2 ** 32 - 1, 4711):
        heard, _ = world.notify(world.two, number)
        found.append(heard.body[1] == 0)
    return all(found) or found


def by_unique_name(world):
    heard, number = world.notify(world.one, 1, destination=world.server.name)
    foreign, _ = world.notify(world.two, 43, destination=world.server.name)
    return (heard.body[1], number, foreign.body[1]) == (41, 1, 0) or (heard, number, foreign)


def large_pictures(world):
    """More than is ever held: only what stands before the number is waited for."""
    serial = world.one.next_serial()
    picture = ("name", 1, "", "s", "b", [], [("image-data", ("ay", b"x" * (3 * KIB * KIB)))], -1)
    data = dbus.message(CALL, serial, picture, FORM, destination=SERVER, member="Notify", **AT)
    with concurrent.futures.ThreadPoolExecutor(1) as writer:
        writer.submit(world.one.send, data)
        heard = world.server.receive(lambda m: m.member == "Notify")
    world.server.reply(heard, "u", (heard.body[1],))
    answer = world.one.receive(lambda m: m.reply_serial == serial)
    return heard.body[1] == 41 and answer.body == [1] or (heard.body[1], answer)


def byte_by_byte(world):
    serial = world.one.next_serial()
    body = ("name", 1, "", "s", "b", [], [], -1)
    for byte in dbus.message(CALL, serial, body, FORM, destination=SERVER, member="Notify", **AT):
        world.one.send(bytes([byte]))
    heard = world.server.receive(lambda m: m.member == "Notify")
    world.server.reply(heard, "u", (heard.body[1],))
    return heard.body[1] == 41 and world.one.receive(lambda m: m.reply_serial == serial).body == [1] or heard


def signals(world):
    """Of the first instance's notification 41, which is its 1; the second has a 1, too, which is 42."""
    world.tell("ActionInvoked", 41)
    world.tell("ActivationToken", 42)
    one, again, two = (world.hears(client, "ActionInvoked") for client in (world.one, world.again, world.two))
    token = [world.hears(client, "ActivationToken") for client in (world.one, world.again, world.two)]
    world.tell("NotificationReplied", 43, destination=world.again.name)
    reply = world.hears(world.again, "NotificationReplied")
    world.tell("ActionInvoked", 42, destination=world.one.name)
    wrong = world.hears(world.one, "ActionInvoked")
    return ([one, again, two], token, reply, wrong) == ([1, 1, None], [None, None, 1], 2, None) or (one, again, two, token, reply, wrong)


def impostor(world):
    """Numbers of one that is no notification server mean nothing."""
    other = world.serve("org.t.Other")
    world.tell("ActionInvoked", 41, other)
    none = world.hears(world.one, "ActionInvoked")
    _, number = world.notify(world.one, server=other, number=42, destination="org.t.Other")
    heard, _ = world.notify(world.one, number)
    other.close()
    return none is None and number not in (41, 42) and heard.body[1] == 0 or (none, number, heard.body)


def closed(world):
    """Others' are refused and told; own ones pass, and once they are closed they are nobody's."""
    answers = [world.close(world.two, number) for number in (41, 43, 0, 2 ** 32 - 1)]
    refused = all(heard is None and answer.error_name == DENIED for heard, answer in answers)
    without = world.close(world.two, 1, interface=None)
    heard, answer = world.close(world.again, 1)
    world.tell("NotificationClosed", 41)
    told = [world.hears(client, "NotificationClosed") for client in (world.one, world.again, world.two)]
    world.tell("ActionInvoked", 41)
    late = world.hears(world.one, "ActionInvoked")
    gone = world.close(world.one, 1)
    return refused and without[0] is None and heard.body == [41] and answer.kind == RETURN and told == [1, 1, None] and \
        late is None and gone[0] is None or (answers, without, heard, told, late, gone)


def told(world):
    """What was refused is in the log, with no line that would not help."""
    world.close(world.one, 77)
    found = world.report()
    wanted = {"verb": "audit", "op": "call", "member": f"{SERVER}.CloseNotification", "by": "guard", "verdict": "deny"}
    while found.get("member") != wanted["member"]:
        found = world.report()
    return wanted.items() <= found.items() and "mend" not in found or found


def another_server(world):
    """It counts from one again: what its predecessor had is nobody's."""
    _, number = world.notify(world.two)
    theirs = world.last
    world.server.close()
    world.server = world.serve(SERVER)
    _, mine = world.notify(world.one, number=theirs)
    heard, _ = world.notify(world.two, number)
    world.tell("ActionInvoked", theirs)
    told_ = [world.hears(client, "ActionInvoked") for client in (world.one, world.two)]
    shut = world.close(world.two, number)
    return heard.body[1] == 0 and told_ == [mine, None] and shut[0] is None or (heard, told_, shut)


def bad_arguments(world):
    """The number must be where the specification has it."""
    found = []
    for form, body in (("us", (41, "x")), ("", ()), ("s", ("x",)), ("susssasa{sv}", ("n", 41, "", "", "", [], []))):
        serial = world.two.cast(CALL, destination=SERVER, member="Notify", signature=form, body=body, **AT)
        found.append(world.two.receive(lambda m: m.reply_serial == serial).error_name)
    serial = world.two.cast(CALL, destination=SERVER, member="Notify", signature=FORM, body=("n" * 5000, 41, "", "", "", [], [], 0), **AT)
    found.append(world.two.receive(lambda m: m.reply_serial == serial).error_name)
    return set(found) == {BAD} and \
        world.passed(world.two, world.server, lambda m: m.member == "Notify") is None or found


def asked(world):
    """What waits for a person waits with the right number; its answer is numbered, too."""
    front, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    front.settimeout(5)
    path = world.place.proxy(world.program, world.bus, "--guard", f"--ask={SERVER}", f"--mediator={theirs.fileno()}", name="asking",
                             pass_fds=[theirs.fileno()])
    theirs.close()
    client, found = dbus.Client(path), []
    for number in (0, 1, 41, 1):
        body = ("name", number, "", "", "", [], [], 0)
        serial = client.cast(CALL, destination=SERVER, member="Notify", signature=FORM, body=body, **AT)
        fields = dict(field.split("=", 1) for field in front.recv(1 << 16).decode().rstrip("\0").split("\0")[1:])
        front.send(f"answer\0seq={fields['seq']}\0verdict=allow\0scope=once\0".encode())
        heard = world.server.receive(lambda m: m.member == "Notify", 5)
        world.server.reply(heard, "u", (heard.body[1] or 900 + number,))
        found.append((heard.body[1], client.receive(lambda m: m.reply_serial == serial).body[0]))
    client.close()
    front.close()
    return found == [(0, 1), (900, 1), (0, 2), (900, 1)] or found


def ask_portal(world, client, interface, member, form, body, **more):
    """What the portal heard, what the client got, the signal that follows."""
    serial = client.cast(CALL, destination=more.pop("destination", PORTAL), path=DESK, interface=interface, member=member,
                         signature=form, body=body, **more)
    heard = world.passed(client, world.portal, lambda m: m.kind == CALL)
    if heard is not None:
        world.portal.reply(heard)
        world.portal.sync()
    client.sync()
    return heard, client.receive(lambda m: m.reply_serial == serial, 0), client.receive(lambda m: m.member == "Response", 0)


def background(world):
    """The portal hears Ping; the answer and the Response come from it, at the path that the client knows."""
    options = [("handle_token", ("s", "tok")), ("autostart", ("b", True)), ("commandline", ("as", ["evil"])),
               ("dbus-activatable", ("b", False))]
    heard, answer, response = ask_portal(world, world.one, "org.freedesktop.portal.Background", "RequestBackground", "sa{sv}",
                                         ("", options))
    path = f"{REQUEST}/{world.one.name[1:].replace('.', '_')}/tok"
    report = world.report()
    while report.get("member", "").endswith("CloseNotification") or report.get("ev") != "dbus":
        report = world.report()
    return (heard.member, heard.body) == ("Ping", []) and answer.body == [path] and answer.sender == world.portal.name and \
        (response.path, response.sender, response.body) == (path, world.portal.name, [0, [("background", True), ("autostart", False)]]) \
        and "oriel menu" in report["mend"] or (heard, answer, response, report)


def background_elsewise(world):
    """By unique name, big-endian, without a token, with a wrong one, with none waiting."""
    where = "org.freedesktop.portal.Background"
    by_name = ask_portal(world, world.one, where, "RequestBackground", "sa{sv}", ("", [("autostart", ("b", True))]),
                         destination=world.portal.name, order=">")
    bad = ask_portal(world, world.one, where, "RequestBackground", "sa{sv}", ("", [("handle_token", ("s", "a/b"))]))
    form = ask_portal(world, world.one, where, "RequestBackground", "ss", ("", ""))
    silent = ask_portal(world, world.one, where, "RequestBackground", "sa{sv}", ("", []), flags=dbus.NO_REPLY)
    unnamed = ask_portal(world, world.one, None, "RequestBackground", "sa{sv}", ("", []))
    good = [by_name[0].member == "Ping" and by_name[2].path == by_name[1].body[0], bad[0] is None and bad[1].error_name == BAD,
            form[0] is None and form[1].error_name == BAD, silent == (None, None, None),
            unnamed[0] is None and unnamed[1].error_name == DENIED]
    return all(good) or (good, by_name, bad, form, silent, unnamed)


def launchers(world):
    icon = ("(sv)", ("bytes", ("ay", b"png")))
    where = "org.freedesktop.portal.DynamicLauncher"
    prepared = ask_portal(world, world.one, where, "PrepareInstall", "ssva{sv}", ("", "Evil", icon, [("handle_token", ("s", "t2"))]))
    path = f"{REQUEST}/{world.one.name[1:].replace('.', '_')}/t2"
    others = [ask_portal(world, world.one, where, member, form, body) for member, form, body in
              (("RequestInstallToken", "sva{sv}", ("Evil", icon, [])), ("Install", "sssa{sv}", ("t", "a.desktop", "[Desktop Entry]", [])),
               ("Uninstall", "sa{sv}", ("org.mozilla.firefox.desktop", [])), ("Launch", "sa{sv}", ("org.t.desktop", [])),
               ("Later", "", ()))]
    return prepared[0].member == "Ping" and prepared[1].body == [path] and prepared[2].body == [2, []] and \
        all(heard is None and answer.error_name == DENIED for heard, answer, _ in others) or (prepared, others)


def no_portal(world):
    """The client hears that nobody is there, and no Response comes."""
    world.portal.close()
    serial = world.one.cast(CALL, destination=PORTAL, path=DESK, interface="org.freedesktop.portal.Background",
                            member="RequestBackground", signature="sa{sv}", body=("", []))
    answer = world.one.receive(lambda m: m.reply_serial == serial)
    world.portal = world.serve(PORTAL)
    return answer.kind == ERROR and world.one.receive(lambda m: m.member == "Response", 0) is None or answer


def forged_answer(world):
    """Only who was called answers."""
    serial = world.one.cast(CALL, destination=PORTAL, path=DESK, interface="org.freedesktop.portal.Background",
                            member="RequestBackground", signature="sa{sv}", body=("", []))
    heard = world.portal.receive(lambda m: m.member == "Ping")
    if heard is None:
        return "no Ping"
    again = world.one.cast(CALL, serial=serial, destination=PORTAL, path=DESK, interface="i.j", member="M")
    ended = world.one.is_closed()  # one serial twice
    world.one.close()
    world.one = dbus.Client(world.one_path)
    world.portal.reply(heard)
    return again == serial and ended and world.one.sync() is not None


def address(world):
    """The filter's own where it has one; never the host's."""
    def ask(client):
        serial = client.cast(CALL, destination=A11Y, path="/org/a11y/bus", interface=A11Y, member="GetAddress")
        heard = world.passed(client, world.launcher, lambda m: m.kind == CALL)
        if heard is not None:
            world.launcher.reply(heard)
        return heard and heard.member, dbus.outcome(client.receive(lambda m: m.reply_serial == serial))
    found = [ask(world.one), ask(world.two)]
    return found == [("Ping", ["unix:path=/filtered"]), (None, DENIED)] or found


def reserved(world):
    """No rule gives Oriel's own names, and none of its interfaces by another way."""
    own = world.serve("org.oriel.Sandbox1")
    path = world.place.proxy(world.program, world.bus, "--own=org.oriel.*", "--call=org.oriel.Sandbox1=*", name="greedy")
    client = dbus.Client(path)
    found = [dbus.outcome(client.call(name, "/", "org.oriel.Sandbox1", "M")) for name in ("org.oriel.Sandbox1", own.name, "org.oriel")]
    claims = [dbus.outcome(client.bus(member, "su", name, 0)) for member in ("RequestName", "StartServiceByName")
              for name in ("org.oriel.Sandbox1", "org.oriel", "org.oriel.New")]
    listed = client.bus("ListNames").body[0]
    heard = world.passed(client, own, lambda m: m.kind == CALL)
    client.close()
    own.close()
    return all(isinstance(one, str) for one in found + claims) and heard is None and "org.oriel.Sandbox1" not in listed or \
        (found, claims, heard)


def unguarded(world):
    """In place of xdg-dbus-proxy nothing of this happens."""
    heard, number = world.notify(world.plain, 4711, number=4711)
    passed = ask_portal(world, world.plain, "org.freedesktop.portal.Background", "RequestBackground", "sa{sv}", ("", []))
    return (heard.body[1], number, passed[0].member) == (4711, 4711, "RequestBackground") or (heard, number, passed)


ROWS = [numbers_are_own, replaced, big_endian, others_not_replaced, by_unique_name, large_pictures, byte_by_byte, signals, impostor, closed,
        told, another_server, bad_arguments, asked, background, background_elsewise, launchers, no_portal, forged_answer, address,
        reserved, unguarded]


def main():
    tap = harness.Tap()
    for bus_name, start in buses.all_buses(tap):
        with buses.Place() as place:
            world = World(place, start, sys.argv[1])
            for row in ROWS:
                try:
                    found = row(world)
                except Exception as error:  # whatever a row runs into is its fault
                    found = repr(error)
                tap.ok(found is True, f"{bus_name}: {row.__name__.replace('_', ' ')}", "" if found is True else found)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
