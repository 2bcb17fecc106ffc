# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real buses and real proxies, each in a directory of its own that is gone afterwards."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import dbus

BATCH = "bta(btbs)a(btssssuutt)a(btssssuutt)"
POLICY = f"(a(u({BATCH}))a(buu({BATCH}))a(ss)bs)"
ANYTHING = (True, 1, "", "", "", "", 0, 0, 0, 2 ** 64 - 1)
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<servicedir>{services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""


def wait_for(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.005)


class Place:
    """A directory and the processes that live in it.  activatable: names that the buses would start."""

    def __init__(self, activatable=()):
        self.activatable = activatable
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="oriel-bus-"))
        self.children, self.sockets = [], []

    def spawn(self, argv, stdin_bytes=None, **more):
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL if stdin_bytes is None else subprocess.PIPE, **more)
        if stdin_bytes is not None:
            child.stdin.write(stdin_bytes)
            child.stdin.close()
        self.children.append(child)
        return child

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()
        for one in self.sockets:
            one.close()
        shutil.rmtree(self.path)

    def daemon(self):
        """dbus-daemon; the socket's path."""
        path = self.path / "daemon"
        config = self.path / "daemon.conf"
        config.write_text(CONFIG.format(path=path, services=self.path))
        for name in self.activatable:
            (self.path / f"{name}.service").write_text(f"[D-BUS Service]\nName={name}\nExec=/bin/false\n")
        read, write = os.pipe()
        self.spawn(["dbus-daemon", "--config-file", str(config), "--nofork", "--nopidfile", f"--print-address={write}"],
                   stderr=subprocess.DEVNULL, pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as answer:
            if not answer.readline():
                raise RuntimeError("dbus-daemon did not become ready")
        return str(path)

    def broker(self):
        """dbus-broker, with this process as its controller; the socket's path."""
        path = self.path / "broker"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(100)
        listener.setblocking(False)  # the broker accepts until there is nobody
        ours, theirs = socket.socketpair()
        self.sockets += [listener, ours]
        self.spawn(["dbus-broker", "--controller", str(theirs.fileno()), "--machine-id", "0" * 31 + "1"],
                   pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        theirs.close()
        self.control(ours, listener)
        return str(path)

    def control(self, ours, listener):
        """Tells the broker to serve the listener with a policy that allows everything."""
        controller = dbus.Client.__new__(dbus.Client)
        controller.socket, controller.data, controller.fds, controller.serial, controller.inbox = ours, b"", [], 0, []
        ours.settimeout(10)
        ours.sendall(b"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
        for _ in range(3):
            controller.line()
        batch = (True, 1, [(True, 1, True, "")], [ANYTHING], [ANYTHING])
        policy = ([(2 ** 32 - 1, batch)], [], [], False, "session")
        answer = controller.call(None, "/org/bus1/DBus/Broker", "org.bus1.DBus.Broker", "AddListener", "ohv",
                                 ("/org/bus1/DBus/Listener/0", 0, (POLICY, policy)), fds=[listener.fileno()], unix_fds=1)
        if answer is None or answer.kind != dbus.RETURN:
            raise RuntimeError(f"dbus-broker: {answer}")
        for i, name in enumerate(self.activatable):
            controller.call(None, "/org/bus1/DBus/Broker", "org.bus1.DBus.Broker", "AddName", "osu",
                            (f"/org/bus1/DBus/Name/{i}", name, os.getuid()))

    def proxy(self, program, bus, *options, filter=True, stdout=subprocess.DEVNULL, name="proxy", **more):
        """A proxy that listens; its socket's path.  Its process is .children[-1]."""
        path = str(self.path / name)
        read, write = os.pipe()
        child = self.spawn([program, f"--fd={write}", f"unix:path={bus}", path, *(["--filter"] if filter else []),
                            *options], pass_fds=[write, *more.pop("pass_fds", [])], stdout=stdout, **more)
        os.close(write)
        # The reading end stays open: closing it would end the proxy.
        child.sync = os.fdopen(read, "rb", buffering=0)
        self.sockets.append(child.sync)
        if child.sync.read(1) != b"x":
            raise RuntimeError(f"{program} did not become ready")
        return path


def have(program):
    return shutil.which(program) is not None


def all_buses(tap):
    """(name, method of Place) of those installed; a missing one is told."""
    found = []
    for name, start in (("dbus-daemon", Place.daemon), ("dbus-broker", Place.broker)):
        if have(name):
            found.append((name, start))
        else:
            tap.skip(name, "it is not installed")
    return found
