# SPDX-License-Identifier: LGPL-2.1-or-later
"""The world outside for the tests of the network: a name server and a few services, in a network namespace that has
nothing else.  usage: outside.py DIRECTORY; it waits for a line on standard input (the interface is there then), writes one
when it serves, and ends with its input.  Every name that is asked for goes to DIRECTORY/asked."""

import http.server
import json
import pathlib
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time

PUBLIC, PUBLIC_6, LAN, HOST = "9.9.0.2", "2606:9::2", "10.9.0.2", "9.9.0.1"
NAMES = {
    "allowed.test": [PUBLIC, PUBLIC_6], "other.test": [PUBLIC], "six.test": [PUBLIC_6], "a.b.wild.test": [PUBLIC],
    "evil.wild.test": [PUBLIC], "asked.test": [PUBLIC], "rebind.test": ["127.0.0.1", "::1"],
    "meta.test": ["169.254.169.254"], "own.test": [HOST], "lan.test": [LAN], "nat64.test": ["64:ff9b::7f00:1"],
    "odd.test": [PUBLIC], "shell.test": [PUBLIC], "both.test": ["10.9.0.2", PUBLIC], "api.test": [PUBLIC], "bad.test": [PUBLIC], "every.test": [PUBLIC, PUBLIC_6],
}


def answer(packet, log):
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace"))
        at += 1 + packet[at]
    kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
    question, name = packet[12:at + 5], ".".join(labels).lower()
    with open(log, "a", encoding="ascii", errors="replace") as file:
        file.write(name + "\n")
    found = [a for a in NAMES.get(name, []) if (":" in a) == (kind == 28)] if kind in (1, 28) else []
    data = b""
    for address in found:
        raw = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
        data += struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(raw)) + raw
    flags = 0x8180 if name in NAMES else 0x8183
    return packet[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + question + data


def serve_names(log):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((PUBLIC, 53))
    while True:
        packet, client = server.recvfrom(4096)
        server.sendto(answer(packet, log), client)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/v1/") or self.path.startswith("/other"):
            return self.api()
        if self.path.startswith("/repo.git/"):
            return self.file(self.path[1:].split("?")[0])
        if self.path == "/some-package":
            return self.reply(json.dumps({"name": "some-package", "dist-tags": {"latest": "1.2.3"},
                                          "versions": {"1.2.3": {"name": "some-package", "version": "1.2.3"}}}).encode())
        return self.reply(f"hello {self.headers.get('Host')} {self.path} {self.server.server_address[1]}\n".encode())

    def file(self, path):
        """Of a repository, in git's dumb way."""
        file = self.server.directory / path
        if ".." in path or not file.is_file():
            return self.send_error(404)
        return self.reply(file.read_bytes())

    def api(self):
        """Writes down what it got, says it too, and more: for the tests of credentials."""
        with open(self.server.directory / "requests", "a", encoding="utf-8") as file:
            file.write(json.dumps({"path": self.path, "headers": dict(self.headers.items())}) + "\n")
        if self.path == "/v1/redirect":
            self.send_response(302)
            self.send_header("Location", "https://allowed.test/other-host")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/v1/stream":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            secret = self.headers.get("x-api-key", "")
            for parts in (["data: one\n\n"], [f"data: {secret[:9]}", f"{secret[9:]}\n\n"], ["data: two\n\n"]):
                self.wfile.write(f"{sum(map(len, parts)):x}\r\n".encode())
                for part in parts:
                    self.wfile.write(part.encode())
                    self.wfile.flush()
                    time.sleep(0.4)
                self.wfile.write(b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.reply(f"hello {self.headers}".encode())
        return None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(f"took {len(body)} {sum(body) % 65521}\n".encode())

    def reply(self, text):
        if self.path.startswith("/big"):
            text = bytes(range(256)) * 4096 * int(self.path[4:])
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, *_):
        """A connection that broke: the tests break many."""


class Server6(Server):
    address_family = socket.AF_INET6


class Echo(socketserver.BaseRequestHandler):
    """Speaks first, then gives back what it got when the other side has ended: half-close must work."""

    def handle(self):
        self.request.sendall(b"SSH-2.0-outside\r\n")
        got = b""
        while data := self.request.recv(65536):
            got += data
        self.request.sendall(b"got %d\n" % len(got))


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 1024


def start(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def serve_tls(directory):
    key, certificate = directory / "key.pem", directory / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=outside",
                    "-addext", "subjectAltName=DNS:api.test,DNS:allowed.test"], check=True, capture_output=True)
    server = Server((PUBLIC, 443), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    certificate.chmod(0o644)
    start(server)


def serve_ssh(directory, ended):
    """Where a test asks for it, by sshd.conf."""
    while not (directory / "sshd.conf").exists():
        if ended.wait(0.1):
            return
    with subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", directory / "sshd.conf"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        ended.wait()
        server.terminate()


def main():
    ended = threading.Event()
    directory = pathlib.Path(sys.argv[1])
    sys.stdin.readline()
    threading.Thread(target=serve_names, args=[directory / "asked"], daemon=True).start()
    for address, port in ((PUBLIC, 80), (PUBLIC, 8080), (PUBLIC, 9999), (PUBLIC, 31000), (LAN, 80)):
        start(Server((address, port), Page))
    for port in (80, 31000):
        start(Server6((PUBLIC_6, port, 0, 0), Page))
    start(EchoServer((PUBLIC, 22), Echo))
    serve_tls(directory)
    ssh = threading.Thread(target=serve_ssh, args=[directory, ended])
    ssh.start()
    print("serving", flush=True)
    sys.stdin.read()
    ended.set()
    ssh.join()


if __name__ == "__main__":
    main()
