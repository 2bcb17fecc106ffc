# SPDX-License-Identifier: LGPL-2.1-or-later
"""A load for the network by names: a server, and what a program in a box does with it.  One line of JSON for each.

load.py serve PORT                  "serving", then echoes; "get N" is answered by N MiB; until its input ends
load.py open HOST PORT N            N connections at once, each spoken over twice
load.py rate HOST PORT N SECONDS    N new ones a second
load.py stream HOST PORT MIB        one long answer
load.py first HOST PORT N           N times: connect, one byte there and back
load.py dns NAME N                  N questions
HOST "-" speaks through the proxy of the environment to $LOAD_HOST."""

import collections
import json
import os
import resource
import selectors
import socket
import statistics
import struct
import sys
import time
import urllib.parse

MIB = 1 << 20
BLOCK = bytes(MIB)


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server:
    def __init__(self, port):
        self.selector = selectors.EpollSelector()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=4096)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.selector.register(sys.stdin, selectors.EVENT_READ, "input")
        self.waiting = collections.defaultdict(int)

    def accept(self):
        try:
            for _ in range(256):
                plug = self.listener.accept()[0]
                plug.setblocking(False)
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.selector.register(plug, selectors.EVENT_READ, plug)
        except BlockingIOError:
            pass

    def read(self, plug):
        try:
            text = plug.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            text = b""
        if not text:
            self.selector.unregister(plug)
            plug.close()
        elif text.startswith(b"get "):
            self.waiting[plug] = int(text[4:]) * MIB
            self.write(plug)
        else:
            try:
                plug.send(text)
            except OSError:
                pass

    def write(self, plug):
        try:
            for _ in range(8):
                self.waiting[plug] -= plug.send(BLOCK[:min(MIB, self.waiting[plug])])
                if self.waiting[plug] <= 0:
                    break
        except BlockingIOError:
            pass
        except OSError:
            self.waiting[plug] = 0
        more = self.waiting[plug] > 0
        if not more:
            del self.waiting[plug]
        self.selector.modify(plug, selectors.EVENT_WRITE if more else selectors.EVENT_READ, plug)

    def run(self):
        print("serving", flush=True)
        while True:
            for key, events in self.selector.select():
                if key.data == "input":
                    return
                if key.data is None:
                    self.accept()
                elif events & selectors.EVENT_WRITE:
                    self.write(key.data)
                else:
                    self.read(key.data)


class Target:
    def __init__(self, host, port):
        self.host, self.port, self.through = host, int(port), None
        if host == "-":
            proxy = urllib.parse.urlsplit(os.environ.get("https_proxy") or os.environ["HTTPS_PROXY"])
            self.host, self.through = os.environ["LOAD_HOST"], proxy
            self.address = (socket.AF_INET, socket.getaddrinfo(proxy.hostname, proxy.port, socket.AF_INET)[0][4])
        else:
            found = socket.getaddrinfo(host, self.port, socket.AF_INET, socket.SOCK_STREAM)[0]
            self.address = (found[0], found[4])

    def connect(self):
        plug = socket.socket(self.address[0], socket.SOCK_STREAM)
        plug.settimeout(60)
        plug.connect(self.address[1])
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.through is not None:
            words = f"CONNECT {self.host}:{self.port} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            if self.through.username:
                import base64
                name = f"{urllib.parse.unquote(self.through.username)}:{urllib.parse.unquote(self.through.password or '')}"
                words += f"Proxy-Authorization: Basic {base64.b64encode(name.encode()).decode()}\r\n"
            plug.sendall(words.encode() + b"\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += plug.recv(1)
            if b" 200 " not in answer.split(b"\r\n")[0] + b" ":
                raise OSError(answer.split(b"\r\n")[0].decode())
        return plug


def talk(plug, text=b"x"):
    plug.sendall(text)
    got = plug.recv(100)
    if got != text:
        raise OSError(f"lost: {got!r}")


def open_many(target, n):
    plugs, start = [], time.monotonic()
    for i in range(n):
        plugs.append(target.connect())
        talk(plugs[-1], b"%d" % i)
    opened = time.monotonic() - start
    for i, plug in enumerate(plugs):
        talk(plug, b"again %d" % i)
    print(json.dumps({"open": len(plugs), "seconds": round(opened, 2)}), flush=True)
    sys.stdin.readline()  # whoever counts does it now
    for plug in plugs:
        plug.close()


def rate(target, per_second, seconds):
    start, done, late = time.monotonic(), 0, 0.0
    times = []
    while done < per_second * seconds:
        due = start + done / per_second
        now = time.monotonic()
        if now < due:
            time.sleep(due - now)
        before = time.monotonic()
        with target.connect() as plug:
            talk(plug)
        times.append(time.monotonic() - before)
        late = max(late, time.monotonic() - due)
        done += 1
    print(json.dumps({"connections": done, "per_second": round(done / (time.monotonic() - start), 1),
                      "p99_ms": round(sorted(times)[int(len(times) * 0.99)] * 1000, 2), "late_s": round(late, 2)}))


def stream(target, mib):
    room = bytearray(4 * MIB)
    with target.connect() as plug:
        plug.sendall(b"get %d" % mib)
        start, total = time.monotonic(), 0
        while total < mib * MIB:
            n = plug.recv_into(room)
            if n == 0:
                raise OSError(f"only {total} bytes")
            total += n
    seconds = time.monotonic() - start
    print(json.dumps({"gb_per_s": round(total / seconds / 1e9, 3)}))


def first(target, n):
    times, start = [], time.monotonic()
    for _ in range(n):
        before = time.monotonic()
        with target.connect() as plug:
            talk(plug)
        times.append(time.monotonic() - before)
    print(json.dumps({"per_second": round(n / (time.monotonic() - start)), "p50_us": round(statistics.median(times) * 1e6)}))


def dns(name, n):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    packet = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.connect(("127.0.0.1", 53))
        plug.settimeout(5)
        start = time.monotonic()
        for _ in range(n):
            plug.send(packet)
            if plug.recv(4096)[3] & 15:
                raise OSError("no such name")
    print(json.dumps({"per_second": round(n / (time.monotonic() - start))}))


def main():
    word, rest = sys.argv[1], sys.argv[2:]
    raise_limit()
    if word == "serve":
        Server(int(rest[0])).run()
    elif word == "dns":
        dns(rest[0], int(rest[1]))
    else:
        target = Target(rest[0], rest[1])
        {"open": open_many, "rate": rate, "stream": stream, "first": first}[word](target, *map(int, rest[2:]))


if __name__ == "__main__":
    main()
