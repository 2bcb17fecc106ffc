#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hostile program inside a box.  Puts bait out on the host, runs the probe (tests/escape/probe) outside and inside,
and prints every attempt with its verdict.  The run outside is the control: an attempt whose bait nobody can reach
proves nothing.  usage: inside.py PROBE"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import terminal  # noqa: E402

# Attempts that must succeed outside, as the same user, or the bait is no bait.
CONTROLS = """
    clone3 keyctl add_key io_uring_setup io_uring_enter unshare-user vmsplice mbind bpf
    see-other-processes see-host-process signal-host-process pidfd-of-host-process affinity-of-host-process prlimit-of-host-process
    capabilities no-new-privs seccomp-filter setuid-program
    inherited-descriptors walk-through-descriptors working-directory secret-files home-is-empty hard-link-host-file
    devices mounts-nosuid-nodev environment-allow-list markers-of-the-host sysv-shared-memory sysv-message-queue
    posix-message-queue dev-shm key-in-session-keyring key-in-user-keyring socket-families host-loopback-service
    host-abstract-socket host-path-socket netlink-uevent netlink-audit inotify-leaves-room
""".split()
# All that a container's own /dev holds; another name there is bait for "devices".
CONTAINER_DEVICES = set("null zero full random urandom tty console ptmx pts shm mqueue fd stdin stdout stderr core".split())
# What the careless caller sets, and a program inside must find again.
CALLER = {"umask": 0o027, "nofile": 777, "nice": os.nice(0) + 3}
SHM_KEY, MSG_KEY = 0x6f726901, 0x6f726902
IPC_CREAT, IPC_RMID = 0o1000, 0
ADD_KEY, KEYCTL, JOIN_SESSION, UNLINK = 248, 250, 1, 9  # x86-64; other machines: the key rows say "absent"
SESSION_KEYRING, USER_KEYRING = -3, -4


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
                (os.open("/proc/self/ns/net", os.O_RDONLY), 44), (os.open("/", os.O_PATH), 45)]
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


def verdicts(text):
    """{name: (verdict, detail)} of the probe's lines; on a terminal an echo may stand before one."""
    return {row[1]: (row[2], row[3]) for row in re.finditer(r"([a-z0-9_-]+)\t(refused|works|OPEN|absent)\t(.*)", text)}


def caller(bait):
    """A careless caller: odd umask, limits, nice value, and descriptors left open."""
    def prepare():
        os.umask(CALLER["umask"])
        os.nice(3)
        bait.descriptors()
        resource.setrlimit(resource.RLIMIT_NOFILE, (CALLER["nofile"],) * 2)
    return prepare


def probe(suite, bait, mode, *command):
    done = suite.run(*command, suite.bin / "probe", mode, input=bait.text(**CALLER), env=bait.environment, timeout=120,
                     preexec_fn=caller(bait), close_fds=False)
    return verdicts(done.stdout), done


def box(suite, *options, profile="base/strict"):
    return [suite.oriel_program, "run", "--no-daemon", "--profile", profile, *options, f"--filesystem={suite.bin}:ro", "--"]


def report(suite, where, inside, outside, done, least):
    """One TAP line for each attempt."""
    if not suite.ok(len(inside) >= least and done.returncode == 0, f"{where}: the probe ran to its end ({len(inside)} attempts)",
                    f"status {done.returncode}\n{done.stderr}"):
        return
    for name, (found, detail) in inside.items():
        beside = "" if not outside else " (outside: " + outside.get(name, ("not tried", ""))[0] + ")"
        if found == "absent":
            suite.skip(f"{where}: {name}", detail, kernel=True)
        else:
            suite.ok(found in ("refused", "works"), f"{where}: {name}", f"{found}: {detail}{beside}")


def attempts_inside(suite, bait):
    outside, done = probe(suite, bait, "strict")
    for name in CONTROLS:
        found = outside.get(name, ("missing", done.stderr))
        if name == "devices" and found[0] == "refused" and not set(os.listdir("/dev")) - CONTAINER_DEVICES:
            suite.skip(f"control: {name} succeeds outside", "a container, which has only the harmless ones itself", kernel=True)
            continue
        suite.ok(found[0] == "OPEN", f"control: {name} succeeds outside", found)
    before = hashes(suite)
    for profile in ("base/strict", "base/cli"):
        inside, done = probe(suite, bait, "strict", *box(suite, profile=profile))
        report(suite, profile, inside, outside, done, len(outside))
    suite.ok(hashes(suite) == before, "programs of Oriel unchanged afterwards")


def attempts_nested(suite, bait):
    inside, done = probe(suite, bait, "nested", *box(suite, "--nested=yes"))
    report(suite, "nested=yes", inside, {}, done, 7)
    done = suite.run(*box(suite, "--nested=yes"), "bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--dev",
                     "/dev", "true")
    suite.ok(done.returncode == 0, "a sandbox of the app's own (bwrap) works inside with nested=yes", done.stderr)


def hashes(suite):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in [*suite.stage.glob("bin/*"), *suite.stage.glob("libexec/oriel/*")]}


def attempts_on_terminal(suite, outside_too):
    if outside_too:
        text, _, left = terminal.run(suite, [suite.bin / "probe", "tty"])
        suite.ok(verdicts(text).get("tiocsti", ("",))[0] == "OPEN" and left > 0, "control: tiocsti types outside", text)
    for profile in ("base/strict", "base/cli"):
        text, status, left = terminal.run(suite, [*box(suite, profile=profile), suite.bin / "probe", "tty"])
        inside = verdicts(text)
        suite.ok(len(inside) == 7 and status == 0, f"{profile}: the probe ran on a terminal", f"status {status}\n{text}")
        for name, (found, detail) in inside.items():
            suite.ok(found in ("refused", "works"), f"{profile}: {name}", f"{found}: {detail}")
        suite.ok(left == 0, f"{profile}: nothing was typed into the caller's terminal", f"{left} bytes")


def inherited(suite):
    """Standard input as a capability, and the signals that reach beyond the box."""
    secret = suite.home / "secret"
    for what, flags in (("a directory", os.O_RDONLY | os.O_DIRECTORY), ("a file open for writing", os.O_RDWR)):
        fd = os.open(suite.home if flags & os.O_DIRECTORY else secret, flags)
        done = suite.run(*box(suite), "cat", stdin=fd)
        os.close(fd)
        suite.ok(done.returncode == 125 and "oriel:" in done.stderr, f"stdin is {what}: refused with 125",
                 f"{done.returncode} {done.stderr}")
    script = f"sleep 300 >/dev/null & exec {suite.oriel_program} run --no-daemon --profile base/strict -- sh -c 'kill -9 0'"
    shell = suite.start("sh", "-c", f"({script}); echo status $?; kill -0 $$ && echo alive", stdout=subprocess.PIPE,
                        preexec_fn=os.setsid)
    try:
        text = shell.communicate(timeout=30)[0].decode() if shell.stdout else ""
    except subprocess.TimeoutExpired:
        text = "hangs"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(shell.pid, 9)
    suite.ok("status 137" in text and "alive" in text, "kill(0, SIGKILL) inside leaves the caller's group alone", text)


def submount(suite):
    """A host mount below a directory that is granted read-only is read-only too."""
    tree = suite.top / "tree"
    (tree / "sub").mkdir(parents=True)
    command = (f"mount -t tmpfs none {tree}/sub && touch {tree}/sub/outside && exec {suite.oriel_program} run --no-daemon "
               f"--profile base/strict --filesystem={tree}:ro -- sh -c 'ls {tree}/sub; touch {tree}/sub/inside'")
    done = suite.run("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command)
    suite.ok(done.stdout.split() == ["outside"] and done.returncode == 1 and "ead-only" in done.stderr,
             "a mount below a read-only grant is read-only", f"{done.returncode} {done.stdout} {done.stderr}")


def main():
    suite = harness.Suite("escape", files=[sys.argv[1]], needs=["bwrap", "unshare"])
    bait = Bait(suite)
    try:
        attempts_inside(suite, bait)
        attempts_nested(suite, bait)
        legacy = pathlib.Path("/proc/sys/dev/tty/legacy_tiocsti")
        attempts_on_terminal(suite, not legacy.exists() or legacy.read_text().strip() == "1")
        inherited(suite)
        submount(suite)
    finally:
        bait.close()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
