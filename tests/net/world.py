# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two network namespaces joined by one cable: this process's, which stands for the person's machine, and one with
outside.py in it.  Nothing leaves the real machine."""

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
libc = ctypes.CDLL(None, use_errno=True)


def call(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdout=subprocess.DEVNULL)


class World:
    """Made by root, before it becomes the test user."""

    def __init__(self, directory):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="world.", dir=directory))
        self.directory.chmod(0o755)
        (self.directory / "resolv.conf").write_text("# the test's\nnameserver 9.9.0.2\n", encoding="ascii")
        call(libc.unshare(CLONE_NEWNS | CLONE_NEWNET))
        call(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
        call(libc.mount(str(self.directory / "resolv.conf").encode(), os.path.realpath("/etc/resolv.conf").encode(),
                        None, MS_BIND, None))
        self.server = subprocess.Popen(["unshare", "--net", sys.executable, HERE / "outside.py", self.directory],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.join(str(self.server.pid))

    def join(self, pid):
        def there(*words):
            subprocess.run(["nsenter", "-t", pid, "-n", "ip", *words], check=True)

        # unshare(1) executes Python in the same process: wait until it is in its own namespace.
        while os.stat(f"/proc/{pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
            pass
        ip("link", "set", "lo", "up")
        ip("link", "add", "cable0", "type", "veth", "peer", "name", "cable1", "netns", pid)
        ip("addr", "add", "9.9.0.1/24", "dev", "cable0")
        ip("addr", "add", "10.9.0.1/24", "dev", "cable0")
        ip("-6", "addr", "add", "2606:9::1/64", "dev", "cable0", "nodad")
        ip("link", "set", "cable0", "up")
        there("link", "set", "lo", "up")
        there("addr", "add", "9.9.0.2/24", "dev", "cable1")
        there("addr", "add", "10.9.0.2/24", "dev", "cable1")
        there("-6", "addr", "add", "2606:9::2/64", "dev", "cable1", "nodad")
        there("link", "set", "cable1", "up")
        self.server.stdin.write("go\n")
        self.server.stdin.flush()
        if self.server.stdout.readline() != "serving\n":
            raise RuntimeError("the world outside does not start")

    def asked(self):
        """Names that reached the name server outside."""
        file = self.directory / "asked"
        return file.read_text(encoding="ascii").split() if file.exists() else []

    def end(self):
        self.server.stdin.close()
        self.server.wait(10)
