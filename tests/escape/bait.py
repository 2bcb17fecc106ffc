# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bait: what lies about on the host for a hostile program to find, and the probe (tests/escape/probe) sent to look for it."""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import typing

# What the careless caller sets, and a program inside must find again.
CALLER = {"umask": 0o027, "nofile": 777, "nice": os.nice(0) + 3}
SHM_KEY, MSG_KEY = 0x6f726901, 0x6f726902
IPC_CREAT, IPC_RMID = 0o1000, 0
ADD_KEY, KEYCTL, JOIN_SESSION, UNLINK = 248, 250, 1, 9  # x86-64; other machines: the key rows say "absent"
SESSION_KEYRING, USER_KEYRING = -3, -4
ADDR_NO_RANDOMIZE = 0x0040000


class Bait:
    """What lies about on the host; all of it goes with close()."""

    def __init__(self, suite):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.suite = suite
        self.lines, self.sockets = [], []
        home, tag = suite.home, f"{os.getpid()}"
        self.tag = tag
        self.environment = {
            "ORIEL_BAIT_TOKEN": f"token-{tag}-of-the-host",
            "GCONV_PATH": f"/marker-{tag}-gconv",
            "BASH_ENV": f"/marker-{tag}-bash",
            "PYTHONPATH": f"/marker-{tag}-python",
            "AWS_SECRET_ACCESS_KEY": f"marker-{tag}-aws",
            "SSH_AUTH_SOCK": str(suite.runtime / "ssh-agent.sock"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={suite.runtime}/bus",
        }
        for value in (f"token-{tag}-of-the-host", f"marker-{tag}-", str(suite.runtime), "/instances/"):
            self.add("marker", value)
        self._machine_words()
        self._files(home)
        self._names(tag)
        self._sockets(tag)
        self.sleeper = subprocess.Popen(["sleep", "600"])
        self.add("host-pid", self.sleeper.pid)
        self.add("host-comm", "sleep")

    def add(self, key, value):
        self.lines.append(f"{key}={value}")

    def _machine_words(self):
        for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
            with contextlib.suppress(OSError):
                text = pathlib.Path(path).read_text().strip()
                if text:
                    self.add("marker", text)
        if len(socket.gethostname()) > 7 and socket.gethostname() != "localhost":
            self.add("marker", socket.gethostname())

    def _files(self, home):
        (home / ".ssh").mkdir(mode=0o700)
        (home / "Documents").mkdir()
        for name in ("secret", ".ssh/id_ed25519", "Documents/diary", ".bashrc"):
            (home / name).write_text(f"marker-{self.tag}-file\n")
            self.add("secret-file", home / name)
        host_file = self.suite.top / "host-file"
        host_file.write_text("the host's\n")
        self.add("host-file", host_file)
        self.add("program", self.suite.bin / "probe")

    def _names(self, tag):
        self.shm = self.libc.shmget(SHM_KEY, 4096, IPC_CREAT | 0o666)
        self.msg = self.libc.msgget(MSG_KEY, IPC_CREAT | 0o666)
        self.add("shm-key", SHM_KEY)
        self.add("msg-key", MSG_KEY)
        self.mqueue = f"/oriel-bait-{tag}"
        self.librt = ctypes.CDLL("librt.so.1", use_errno=True)
        if self.librt.mq_open(self.mqueue.encode(), os.O_RDWR | os.O_CREAT, 0o666, None) >= 0:
            self.add("mqueue", self.mqueue)
        self.dev_shm = pathlib.Path(f"/dev/shm/oriel-bait-{tag}")
        self.dev_shm.write_text("bait\n")
        self.add("dev-shm", self.dev_shm)
        self.libc.syscall(KEYCTL, JOIN_SESSION, None, 0, 0, 0)
        for key, keyring in (("key", SESSION_KEYRING), ("user-key", USER_KEYRING)):
            name = f"oriel-{key}-{tag}"
            self.libc.syscall(ADD_KEY, b"user", name.encode(), b"secret", ctypes.c_size_t(6), keyring)
            self.add(key, name)

    def _sockets(self, tag):
        def listen(family, address, kind=socket.SOCK_STREAM):
            listener = socket.socket(family, kind)
            listener.bind(address)
            listener.listen(64)
            self.sockets.append(listener)
            return listener
        self.add("tcp-port", listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1])
        listen(socket.AF_UNIX, f"\0oriel-bait-{tag}")
        self.add("abstract-socket", f"oriel-bait-{tag}")
        for path in (self.suite.runtime / "ssh-agent.sock", self.suite.runtime / "bus", self.suite.home / "docker.sock"):
            listen(socket.AF_UNIX, str(path))
            self.add("path-socket", path)

    def text(self, umask, nofile, nice):
        return "\n".join([*self.lines, f"caller-umask={umask}", f"caller-nofile={nofile}", f"caller-nice={nice}"]) + "\n"

    def descriptors(self):
        """Between fork and exec: what careless callers leave open, in places that guards forget."""
        home = os.open(self.suite.home, os.O_RDONLY | os.O_DIRECTORY)
        many = [(home, 3), (home, 40), (home, 900), (os.open(self.suite.home / "secret", os.O_RDWR), 41),
                (self.sockets[0].fileno(), 42), (os.pidfd_open(os.getppid()), 43),
                (os.open("/proc/self/ns/net", os.O_RDONLY), 44), (os.open("/", os.O_PATH), 45),
                (os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY), 46)]
        for source, target in [(fcntl.fcntl(fd, fcntl.F_DUPFD, 1000), target) for fd, target in many]:
            os.dup2(source, target)
            os.close(source)

    def close(self):
        self.sleeper.kill()
        self.sleeper.wait()
        self.libc.shmctl(self.shm, IPC_RMID, None)
        self.libc.msgctl(self.msg, IPC_RMID, None)
        self.librt.mq_unlink(self.mqueue.encode())
        self.dev_shm.unlink()
        for listener in self.sockets:
            listener.close()


class Found(typing.NamedTuple):
    """What the probe says of one attempt; rows are ids of docs/theory/escapes.md."""
    verdict: str
    rows: str
    detail: str


def verdicts(text):
    """{name: Found} of the probe's lines; on a terminal an echo may stand before one."""
    return {row[1]: Found(row[3], row[2], row[4].strip())
            for row in re.finditer(r"([a-z0-9_-]+)\t([^\t\n]+)\t(refused|works|OPEN|absent)\t(.*)", text)}


def caller(bait):
    """A careless caller: odd umask, limits, nice value, signals, personality, and descriptors left open."""
    def prepare():
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        bait.libc.personality(ADDR_NO_RANDOMIZE)
        os.umask(CALLER["umask"])
        os.nice(3)
        bait.descriptors()
        resource.setrlimit(resource.RLIMIT_NOFILE, (CALLER["nofile"],) * 2)
    return prepare


def probe(suite, bait, mode, *command):
    done = suite.run(*command, suite.bin / "probe", mode, input=bait.text(**CALLER), env=bait.environment, timeout=120,
                     preexec_fn=caller(bait), close_fds=False)
    return verdicts(done.stdout), done
