# SPDX-License-Identifier: LGPL-2.1-or-later
"""D-Bus on a raw socket: what a library would never send can be sent, and nothing is hidden of what comes back."""

import array
import collections
import os
import select
import socket
import struct
import time

CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4
NO_REPLY, NO_AUTO_START = 1, 2
BUS, BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
FIELDS = {"path": (1, "o"), "interface": (2, "s"), "member": (3, "s"), "error_name": (4, "s"), "reply_serial": (5, "u"),
          "destination": (6, "s"), "sender": (7, "s"), "signature": (8, "g"), "unix_fds": (9, "u")}
ALIGN = {"y": 1, "b": 4, "n": 2, "q": 2, "i": 4, "u": 4, "x": 8, "t": 8, "d": 8, "s": 4, "o": 4, "g": 1, "v": 1, "a": 4,
         "h": 4, "(": 8, "{": 8}
FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}


def one_type(signature):
    """The first complete type, and the rest."""
    if signature[0] == "a":
        inner, _ = one_type(signature[1:])
        return "a" + inner, signature[1 + len(inner):]
    if signature[0] in "({":
        depth = 0
        for i, c in enumerate(signature):
            depth += (c in "({") - (c in ")}")
            if depth == 0:
                return signature[:i + 1], signature[i + 1:]
    return signature[0], signature[1:]


def types_of(signature):
    while signature:
        one, signature = one_type(signature)
        yield one


class Writer:
    def __init__(self, order="<"):
        self.order, self.data = order, bytearray()

    def align(self, n):
        self.data += bytes(-len(self.data) % n)

    def put(self, kind, value):
        self.align(ALIGN[kind[0]])
        if kind in FIXED:
            self.data += struct.pack(self.order + FIXED[kind], value)
        elif kind in "so":
            text = value.encode() if isinstance(value, str) else value
            self.data += struct.pack(self.order + "I", len(text)) + text + b"\0"
        elif kind == "g":
            self.data += bytes([len(value)]) + value.encode() + b"\0"
        elif kind == "v":
            self.put("g", value[0])
            self.put(value[0], value[1])
        elif kind[0] == "a":
            at = len(self.data)
            self.data += bytes(4)
            self.align(ALIGN[kind[1]])
            start = len(self.data)
            for item in value:
                self.put(kind[1:], item)
            struct.pack_into(self.order + "I", self.data, at, len(self.data) - start)
        else:
            for one, item in zip(types_of(kind[1:-1]), value):
                self.put(one, item)


class Reader:
    def __init__(self, data, order, at=0):
        self.data, self.order, self.at = data, order, at

    def align(self, n):
        self.at += -self.at % n

    def get(self, kind):
        self.align(ALIGN[kind[0]])
        if kind in FIXED:
            form = self.order + FIXED[kind]
            value = struct.unpack_from(form, self.data, self.at)[0]
            self.at += struct.calcsize(form)
            return value
        if kind in "so":
            n = self.get("u")
            self.at += n + 1
            return self.data[self.at - n - 1:self.at - 1].decode()
        if kind == "g":
            n = self.data[self.at]
            self.at += n + 2
            return self.data[self.at - n - 1:self.at - 1].decode()
        if kind == "v":
            return self.get(self.get("g"))
        if kind[0] == "a":
            n = self.get("u")
            self.align(ALIGN[kind[1]])
            end, items = self.at + n, []
            while self.at < end:
                items.append(self.get(kind[1:]))
            return items
        return tuple(self.get(one) for one in types_of(kind[1:-1]))


def message(kind, serial, body=(), signature="", flags=0, order="<", extra=(), n_body=None, **fields):
    """Bytes.  extra: more (code, type, value) fields, of whatever kind."""
    content = Writer(order)
    for one, value in zip(types_of(signature), body):
        content.put(one, value)
    if signature:
        fields["signature"] = signature
    rows = [(FIELDS[name][0], (FIELDS[name][1], value)) for name, value in fields.items() if value is not None]
    rows += [(code, (form, value)) for code, form, value in extra]
    head = Writer(order)
    head.data += (b"l" if order == "<" else b"B") + bytes([kind, flags, 1])
    head.put("u", len(content.data) if n_body is None else n_body)
    head.put("u", serial)
    head.put("a(yv)", rows)
    head.align(8)
    return bytes(head.data + content.data)


Message = collections.namedtuple("Message", "kind flags serial path interface member error_name reply_serial destination "
                                            "sender signature unix_fds body")


class Closed(Exception):
    pass


class Client:
    """One connection.  Nothing is read but by its methods."""

    def __init__(self, path, hello=True, fds=True, start=b"\0AUTH EXTERNAL\r\nDATA\r\n"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.data, self.fds, self.serial, self.inbox, self.name = b"", [], 0, [], None
        if start is not None:
            self.socket.sendall(start)
            self.line(), self.line()
            if fds:
                self.socket.sendall(b"NEGOTIATE_UNIX_FD\r\n")
                self.line()
            self.socket.sendall(b"BEGIN\r\n")
        if hello:
            self.name = self.bus("Hello").body[0]

    def fill(self, timeout=10):
        if not select.select([self.socket], [], [], timeout)[0]:
            return False
        space = array.array("i")
        try:
            data, control, _, _ = self.socket.recvmsg(1 << 18, socket.CMSG_LEN(253 * 4))
        except ConnectionResetError:
            raise Closed from None
        for _, kind, payload in control:
            if kind == socket.SCM_RIGHTS:
                space.frombytes(payload[:len(payload) - len(payload) % 4])
        self.fds += list(space)
        if not data:
            raise Closed
        self.data += data
        return True

    def line(self):
        while b"\r\n" not in self.data:
            if not self.fill():
                raise TimeoutError
        line, self.data = self.data.split(b"\r\n", 1)
        return line

    def take(self):
        """A whole message of what has been read, or None."""
        if len(self.data) < 16:
            return None
        order = "<" if self.data[:1] == b"l" else ">"
        n_body, serial, n_fields = struct.unpack_from(order + "III", self.data, 4)
        start = 16 + n_fields + -n_fields % 8
        if len(self.data) < start + n_body:
            return None
        names = {code: name for name, (code, _) in FIELDS.items()}
        fields = {names[code]: value for code, value in Reader(self.data, order, 12).get("a(yv)") if code in names}
        reader = Reader(self.data[start:start + n_body], order)
        body = [reader.get(one) for one in types_of(fields.get("signature", ""))]
        kind, flags = self.data[1], self.data[2]
        self.data = self.data[start + n_body:]
        return Message(kind, flags, serial, *(fields.get(name) for name in Message._fields[3:-1]), body)

    def receive(self, wanted, timeout=10):
        """The first message, of those to come and those passed over before, for which wanted() is true; None: none."""
        for i, old in enumerate(self.inbox):
            if wanted(old):
                return self.inbox.pop(i)
        end = time.monotonic() + timeout
        while True:
            while (new := self.take()) is not None:
                if wanted(new):
                    return new
                self.inbox.append(new)
            if (left := end - time.monotonic()) <= 0 or not self.fill(left):
                return None

    def next_serial(self):
        self.serial += 1
        return self.serial

    def send(self, data, fds=()):
        if fds:
            socket.send_fds(self.socket, [data], list(fds))
        else:
            self.socket.sendall(data)

    def cast(self, kind, fds=(), **what):
        """Sends; the serial."""
        serial = what.pop("serial", None) or self.next_serial()
        self.send(message(kind, serial, **what), fds)
        return serial

    def call(self, destination, path, interface, member, signature="", body=(), timeout=10, **more):
        """Sends and waits; the answer, or None."""
        serial = self.cast(CALL, destination=destination, path=path, interface=interface, member=member,
                           signature=signature, body=body, **more)
        return self.receive(lambda m: m.kind in (RETURN, ERROR) and m.reply_serial == serial, timeout)

    def bus(self, member, signature="", *body, interface=BUS, **more):
        return self.call(BUS, BUS_PATH, interface, member, signature, body, **more)

    def sync(self):
        """Whatever was sent before has been through the bus."""
        return self.bus("GetId")

    def is_closed(self, timeout=5):
        try:
            end = time.monotonic() + timeout
            while (left := end - time.monotonic()) > 0:
                self.fill(left)
                self.data = b""
        except Closed:
            return True
        return False

    def reply(self, call, signature="", body=(), **more):
        return self.cast(RETURN, flags=NO_REPLY, reply_serial=call.serial, destination=call.sender, signature=signature,
                         body=body, **more)

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.socket.close()


def outcome(answer):
    """Comparable: an error's name, or what was returned."""
    if answer is None:
        return "silence"
    return answer.error_name if answer.kind == ERROR else answer.body
