# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program in the box sees of the network: one line "NAME OUTCOME" for each try.  usage: inside.py TRY ..."""

import errno
import hashlib
import socket
import ssl
import struct
import sys
import threading
import time


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except socket.gaierror as error:
        return {socket.EAI_NONAME: "no-name", socket.EAI_NODATA: "no-name"}.get(error.errno, f"gai {error}")
    except ssl.SSLError as error:
        return f"tls {type(error).__name__}"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


def connect(host, port, family=0):
    address = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)[0]
    plug = socket.socket(address[0], socket.SOCK_STREAM)
    plug.settimeout(10)
    plug.connect(address[4])
    return plug


def get(host, port, family=0, name=None):
    with connect(host, port, family) as plug:
        plug.sendall(f"GET / HTTP/1.1\r\nHost: {name or host}\r\nConnection: close\r\n\r\n".encode())
        text = b""
        while more := plug.recv(65536):
            text += more
    return "ok" if b"hello" in text else f"strange {text[:40]!r}"


def tls(host, name, port=443):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(connect(host, port), server_hostname=name) as plug:
        plug.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return "ok" if b"hello" in plug.recv(65536) + plug.recv(65536) else "strange"


def literal(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as plug:
        plug.settimeout(5)
        plug.connect((address, port))
        # The kernel took it before the mediator could refuse it.
        plug.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return "ok" if plug.recv(100) else "closed"


def udp(address, port):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.settimeout(3)
        plug.connect((address, port))
        plug.send(b"x" * 20)
        plug.recv(100)
    return "ok"


def question(name, kind, server="127.0.0.1", stream=False):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    packet = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as plug:
        plug.settimeout(3)
        plug.connect((server, 53))
        plug.sendall(struct.pack("!H", len(packet)) + packet if stream else packet)
        text = plug.recv(4096)[2 if stream else 0:]
    code, count = text[3] & 15, struct.unpack("!H", text[6:8])[0]
    return f"code{code}:{count}"


def proxy(first, *rest, port=3128):
    """Sends parts, waits for an answer after each, tells the first line of the last."""
    with connect("127.0.0.1", port) as plug:
        answer = b""
        for part in (first, *rest):
            plug.sendall(part)
            answer = plug.recv(65536)
        if answer[:1] in (b"\5", b"\0"):
            return answer[:2].hex()
        return answer.split(b"\r\n")[0].decode("latin1").replace(" ", "_") or "closed"


def socks(host, port):
    return proxy(b"\5\1\0", b"\5\1\0\3" + bytes([len(host)]) + host + struct.pack("!H", port))


def half_close(host):
    """Speaks last: its end must arrive there, and the answer here."""
    with connect(host, 22) as plug:
        plug.recv(100)
        for _ in range(200):
            plug.sendall(b"y" * 10000)
        plug.shutdown(socket.SHUT_WR)
        text = b""
        while more := plug.recv(100):
            text += more
    return text.decode().strip().replace(" ", "_")


def big(host, megabytes):
    with connect(host, 80) as plug:
        plug.sendall(f"GET /big{megabytes} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        plug.settimeout(60)
        text = b""
        while b"\r\n\r\n" not in text:
            text += plug.recv(65536)
        body = text.split(b"\r\n\r\n", 1)[1]
        total, digest = len(body), hashlib.sha256(body)
        time.sleep(0.3)  # a slow reader: what waits must wait, and not be lost
        while more := plug.recv(1 << 20):
            total += len(more)
            digest.update(more)
    want = hashlib.sha256(bytes(range(256)) * 4096 * megabytes).digest()
    return "ok" if digest.digest() == want else f"wrong:{total}"


def many(host, n):
    for i in range(n):
        with connect_fast(host) as plug:
            plug.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if not plug.recv(4096):
                return f"lost:{i}"
    return "ok"


def own_server(address, port):
    """A program's own server, on a port that rules name too, reached by the box's own addresses."""
    with socket.create_server((address, port)) as server, socket.socket() as plug:
        plug.settimeout(5)
        plug.connect((address if address != "0.0.0.0" else "127.0.0.1", port))
        peer = server.accept()[0]
        peer.sendall(b"mine")
        return "ok" if plug.recv(10) == b"mine" else "strange"


def hold(host):
    """A connection that stands until somebody ends it."""
    with connect(host, 22) as plug:
        plug.recv(100)
        print("held", flush=True)
        plug.settimeout(20)
        return "strange" if plug.recv(10) else "closed"


def serve():
    """Two servers that count what they get; until the standard input ends."""
    def work(server, word):
        while True:
            plug = server.accept()[0]
            n = 0
            while data := plug.recv(65536):
                n += len(data)
            plug.sendall(b"%s %d" % (word, n))
            plug.close()

    six = socket.socket(socket.AF_INET6)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.bind(("::1", 8001))
    six.listen()
    for server, word in ((socket.create_server(("127.0.0.1", 8000), backlog=512), b"four"), (six, b"six")):
        threading.Thread(target=work, args=(server, word), daemon=True).start()
    print("serving", flush=True)
    sys.stdin.read()


FOUND = {}


def connect_fast(host):
    if host not in FOUND:
        FOUND[host] = socket.getaddrinfo(host, 80, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    plug.settimeout(20)
    plug.connect(FOUND[host])
    return plug


SIX = socket.AF_INET6
TRIES = {
    "allowed": lambda: get("allowed.test", 80),
    "allowed-6": lambda: get("allowed.test", 80, SIX),
    "allowed-only-6": lambda: get("six.test", 80),
    "allowed-upper": lambda: get("ALLOWED.Test", 80),
    "below": lambda: get("a.b.wild.test", 80),
    "not-itself": lambda: get("wild.test", 80),
    "denied-inside": lambda: get("evil.wild.test", 80),
    "denied": lambda: get("other.test", 80),
    "odd-port": lambda: get("allowed.test", 8080),
    "odd-port-allowed": lambda: get("odd.test", 9999),
    "any-port": lambda: get("every.test", 31000, socket.AF_INET),
    "any-port-6": lambda: get("every.test", 31000, SIX),
    "own-server": lambda: own_server("0.0.0.0", 8080),
    "own-server-named": lambda: own_server("198.19.255.255", 9999),
    "own-server-9999": lambda: own_server("0.0.0.0", 9999),
    "closed-port": lambda: literal(socket.gethostbyname("allowed.test"), 81),
    "no-answer": lambda: get("gone.test", 80),
    "tls": lambda: tls("allowed.test", "allowed.test"),
    "tls-other-name": lambda: tls("allowed.test", "other.test"),
    "tls-no-name": lambda: tls("allowed.test", None),
    "tls-odd-port": lambda: tls("allowed.test", "other.test", 80),
    "not-tls": lambda: get("allowed.test", 443),
    "raw-4": lambda: literal("9.9.0.2", 80),
    "raw-6": lambda: literal("2606:9::2", 80),
    "raw-loopback": lambda: literal("127.0.0.1", 80),
    "raw-host-loopback": lambda: literal("127.0.0.1", 7777),
    "raw-metadata": lambda: literal("169.254.169.254", 80),
    "raw-fake": lambda: literal("198.18.77.77", 80),
    "raw-allowed": lambda: literal("10.9.0.2", 80),
    "udp": lambda: udp("9.9.0.2", 53),
    "udp-6": lambda: udp("2606:9::2", 443),
    "udp-fake": lambda: udp(socket.gethostbyname("allowed.test"), 443),
    "dns-elsewhere": lambda: question("allowed.test", 1, "9.9.0.2"),
    "dns-a": lambda: question("allowed.test", 1),
    "dns-tcp": lambda: question("allowed.test", 1, stream=True),
    "dns-txt": lambda: question("allowed.test", 16),
    "dns-https": lambda: question("allowed.test", 65),
    "dns-denied": lambda: question("secret-word-in-a-name.other.test", 1),
    "dns-denied-txt": lambda: question("secret-word-in-a-name.other.test", 16),
    "dns-wild-label": lambda: question("secret-word-in-a-name.wild.test", 1),
    "rebind": lambda: get("rebind.test", 80),
    "metadata": lambda: get("meta.test", 80),
    "own": lambda: get("own.test", 80),
    "nat64": lambda: get("nat64.test", 80),
    "lan": lambda: get("lan.test", 80),
    "lan-private": lambda: get("both.test", 80),
    "connect": lambda: proxy(b"CONNECT allowed.test:80 HTTP/1.1\r\nHost: allowed.test\r\n\r\n"),
    "connect-denied": lambda: proxy(b"CONNECT other.test:80 HTTP/1.1\r\n\r\n"),
    "connect-raw": lambda: proxy(b"CONNECT 9.9.0.2:80 HTTP/1.1\r\n\r\n"),
    "connect-hex": lambda: proxy(b"CONNECT 0x7f000001:80 HTTP/1.1\r\n\r\n"),
    "connect-loopback": lambda: proxy(b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n\r\n"),
    "connect-at": lambda: proxy(b"CONNECT allowed.test@other.test:80 HTTP/1.1\r\n\r\n"),
    "connect-nul": lambda: proxy(b"CONNECT other.test\0.allowed.test:80 HTTP/1.1\r\n\r\n"),
    "connect-zone": lambda: proxy(b"CONNECT [fe80::1%25lo]:80 HTTP/1.1\r\n\r\n"),
    "connect-odd-port": lambda: proxy(b"CONNECT odd.test:9999 HTTP/1.1\r\n\r\n"),
    "absolute": lambda: proxy(b"GET http://allowed.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n"),
    "absolute-denied": lambda: proxy(b"GET http://other.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n"),
    "absolute-at": lambda: proxy(b"GET http://allowed.test@other.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n"),
    "socks": lambda: socks(b"allowed.test", 80),
    "socks-denied": lambda: socks(b"other.test", 80),
    "socks-nul": lambda: socks(b"other.test\0.allowed.test", 80),
    "socks-dot": lambda: socks(b"allowed.test.", 80),
    "half-close": lambda: half_close("shell.test"),
    "big": lambda: big("allowed.test", 64),
    "hold": lambda: hold("shell.test"),
    "service": lambda: get("db", 7777),
    "many": lambda: many("allowed.test", 10000),
    "asked": lambda: get("asked.test", 80),
}

if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
        sys.exit()
    for word in sys.argv[1:] or TRIES:
        if word.startswith("can:"):
            request = f"CONNECT {word[4:]} HTTP/1.1\r\n\r\n".encode()
            print(word, outcome(proxy, request), flush=True)
        else:
            print(word, outcome(TRIES[word]), flush=True)
