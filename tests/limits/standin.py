# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for the user's service manager: answers StartTransientUnit on its private socket as systemd does, by making
a control group of that name and moving the process there.  Runs as root, since it hands out what the test's user may
not make.  What it was asked is written to a file, for the test to read.

It reads the message by the D-Bus specification, with no code of the caller's: what it can't read is a failed test."""

import json
import os
import pathlib
import socket
import struct
import sys


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def align(self, n):
        while self.at % n:
            assert self.data[self.at] == 0, "padding is not zero"
            self.at += 1

    def fixed(self, form, n):
        self.align(n)
        value, = struct.unpack_from("<" + form, self.data, self.at)
        self.at += n
        return value

    def string(self, short=False):
        n = self.fixed("B", 1) if short else self.fixed("I", 4)
        text = self.data[self.at:self.at + n].decode()
        assert self.data[self.at + n] == 0, "no NUL behind a string"
        self.at += n + 1
        return text

    def value(self, signature):
        if signature in ("s", "o"):
            return self.string()
        if signature == "g":
            return self.string(True)
        if signature == "t":
            return self.fixed("Q", 8)
        if signature == "u":
            return self.fixed("I", 4)
        if signature == "v":
            return self.value(self.string(True))
        if signature == "(sv)":
            self.align(8)
            return (self.string(), self.value("v"))
        if signature == "(yv)":
            self.align(8)
            return (self.fixed("B", 1), self.value("v"))
        assert signature[0] == "a", f"signature {signature}"
        n = self.fixed("I", 4)
        self.align(8 if signature[1] in "(t" else 4)
        end, found = self.at + n, []
        while self.at < end:
            found.append(self.value(signature[1:]))
        assert self.at == end, "an array's length is wrong"
        return found


def read(stream, n):
    data = b""
    while len(data) < n:
        part = stream.recv(n - len(data))
        assert part, "the caller hung up"
        data += part
    return data


def line(stream):
    data = b""
    while not data.endswith(b"\r\n"):
        data += read(stream, 1)
    return data[:-2].decode()


def serve(stream, groups, uid):
    assert read(stream, 1) == b"\0"
    assert line(stream) == "AUTH EXTERNAL " + str(uid).encode().hex()
    stream.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
    assert line(stream) == "BEGIN"
    head = read(stream, 16)
    assert head[:4] == b"l\1\0\1", head
    n_body, serial, n_fields = struct.unpack("<III", head[4:])
    rest = read(stream, (n_fields + 7) // 8 * 8)
    reader = Reader(head + rest)
    reader.at = 12
    fields = dict(reader.value("a(yv)"))
    assert fields == {1: "/org/freedesktop/systemd1", 2: "org.freedesktop.systemd1.Manager", 3: "StartTransientUnit",
                      6: "org.freedesktop.systemd1", 8: "ssa(sv)a(sa(sv))"}, fields
    body = Reader(read(stream, n_body))
    name, mode, properties = body.string(), body.string(), dict(body.value("a(sv)"))
    assert body.value("a(sv)") == [] and body.at == n_body
    told = {"name": name, "mode": mode, "properties": properties}
    refuse = (groups / "refuse").exists()
    if not refuse:
        group = pathlib.Path(os.environ["STANDIN_CGROUP"]) / name
        group.mkdir()
        for path in (group, group / "cgroup.procs"):
            os.chown(path, uid, -1)
        (group / "cgroup.procs").write_text(str(properties["PIDs"][0]))
    (groups / "asked.new").write_text(json.dumps(told))
    (groups / "asked.new").rename(groups / "asked")
    # A signal first, as a busy manager may send one: it is not the answer.
    for kind, answer in ((4, b""), (3 if refuse else 2, struct.pack("<I", serial))):
        fields = b"\5\1u\0" + answer if answer else b"\1\1o\0" + struct.pack("<I", 1) + b"/\0"
        stream.sendall(b"l" + bytes([kind, 0, 1]) + struct.pack("<III", 0, 7, len(fields)) + fields +
                       bytes(-len(fields) % 8))


def main():
    path, groups, uid = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    os.chown(path, uid, -1)
    listener.listen(8)
    print("ready", flush=True)
    while True:
        stream, _ = listener.accept()
        with stream:
            try:
                serve(stream, groups, uid)
            except (AssertionError, OSError) as fault:
                (groups / "fault").write_text(repr(fault))


if __name__ == "__main__":
    main()
