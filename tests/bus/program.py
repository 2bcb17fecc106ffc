# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel-dbus-proxy as a program: its command line, its readiness and end, its log and its reports; and real programs
behind it.  Where xdg-dbus-proxy is installed, its exit statuses are the measure.  usage: program.py PROXY"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import BUS, CALL

ORACLE = "xdg-dbus-proxy"
ADDRESS = "unix:path=/nowhere/bus"


def run(program, *arguments, **more):
    return subprocess.run([program, *arguments], capture_output=True, timeout=10, check=False, **more)


# Arguments ({dir}: a directory that is there), a word of the message.
MISTAKES = [
    ([], "Usage"),
    (["--unknown"], "--unknown"),
    (["--filter"], "--filter"),
    ([ADDRESS], ADDRESS),
    ([ADDRESS, "{dir}/p", "--talk=:1.5"], ":1.5"),
    ([ADDRESS, "{dir}/p", "--talk=x"], "--talk=x"),
    ([ADDRESS, "{dir}/p", "--see="], "--see="),
    ([ADDRESS, "{dir}/p", "--own=a.*.b"], "a.*.b"),
    ([ADDRESS, "{dir}/p", "--call=a.b"], "--call=a.b"),
    ([ADDRESS, "{dir}/p", "--broadcast=a.b"], "--broadcast=a.b"),
    ([ADDRESS, "{dir}/p", "--nothing"], "--nothing"),
    ([ADDRESS, "{dir}/none/p"], "{dir}/none/p"),
    (["--fd=99", ADDRESS, "{dir}/p"], "99"),
    (["--fd=x", ADDRESS, "{dir}/p"], "x"),
    (["--args=99"], "99"),
]


def mistakes(tap, program):
    with tempfile.TemporaryDirectory() as place:
        for arguments, word in MISTAKES:
            arguments = [one.format(dir=place) for one in arguments]
            result = run(program, *arguments)
            good = result.returncode == 1 and not result.stdout and word.format(dir=place) in result.stderr.decode()
            tap.ok(good, f"mistake: {' '.join(arguments) or 'nothing'}".replace(place, "DIR"),
                   "" if good else f"{result.returncode} {result.stdout!r} {result.stderr!r}")
            if buses.have(ORACLE) and not arguments[:1] == ["--fd=99"]:  # 0.1.4 does not look at the descriptor
                oracle = run(ORACLE, *arguments).returncode
                tap.ok(oracle == 1, "... as the original does", oracle)
        tap.ok(not os.listdir(place), "a mistake leaves no socket", os.listdir(place))
    result = run(program, "--help")
    tap.ok(result.returncode == 0 and b"--filter" in result.stdout and not result.stderr, "--help")
    result = run(program, "--version")
    tap.ok(result.returncode == 0 and result.stdout.startswith(b"oriel-dbus-proxy "), "--version")


def life(tap, program):
    with buses.Place() as place:
        bus = place.daemon()
        path = place.proxy(program, bus)
        child = place.children[-1]
        client = dbus.Client(path)
        child.sync.close()
        tap.ok(child.wait(5) == 0 and not os.path.exists(path), "it ends with 0 when its descriptor is hung up, socket gone")
        tap.ok(client.is_closed(), "... and its clients with it")

        for number in (signal.SIGTERM, signal.SIGINT):
            path = place.proxy(program, bus)
            child = place.children[-1]
            child.send_signal(number)
            tap.ok(child.wait(5) == -number and not os.path.exists(path), f"{number.name} ends it, socket gone")

        path = place.proxy(program, str(place.path / "nobody"), stderr=subprocess.DEVNULL)
        child = place.children[-1]
        try:
            closed = dbus.Client(path, start=None, hello=False).is_closed()
        except (BrokenPipeError, ConnectionResetError):
            closed = True
        tap.ok(closed and child.poll() is None, "bus not there: the client is cut off, the proxy lives")

        path = place.proxy(program, bus)
        child = place.children[-1]
        client = dbus.Client(path)
        place.children[0].kill()
        place.children[0].wait()
        tap.ok(client.is_closed() and child.poll() is None, "bus gone: the client is cut off, the proxy lives")


def arguments(tap, program):
    """As flatpak starts it: all in a block, two buses in one process, each with its own rules."""
    with buses.Place() as place:
        one, two = place.daemon(), place.broker() if buses.have("dbus-broker") else place.daemon()
        ready, theirs = os.pipe()
        block, end = os.pipe()
        paths = [str(place.path / name) for name in ("session", "system")]
        pathlib.Path(paths[0]).touch()  # flatpak makes it first
        words = [f"--fd={theirs}", f"unix:path={one}", paths[0], "--filter", "--own=org.t.A", f"unix:path={two}", paths[1],
                 "--filter", "--own=org.t.B"]
        os.write(end, "\0".join(words).encode())
        os.close(end)
        place.spawn([program, f"--args={block}"], pass_fds=[block, theirs])
        os.close(theirs)
        tap.ok(os.read(ready, 1) == b"x", "--args, the last word without NUL")
        clients = [dbus.Client(path) for path in paths]
        found = [[dbus.outcome(client.bus("RequestName", "su", name, 0)) for name in ("org.t.A", "org.t.B")]
                 for client in clients]
        unknown = BUS + ".Error.ServiceUnknown"
        tap.ok(found == [[[1], unknown], [unknown, [1]]], "two buses, each with its rules", found)
        os.close(ready)


def unfiltered(tap, program):
    with buses.Place() as place:
        bus = place.daemon()
        client = dbus.Client(place.proxy(program, bus, filter=False))
        tap.ok(dbus.outcome(client.bus("RequestName", "su", "org.t.Any", 0)) == [1], "without --filter all passes")
        read, write = os.pipe()
        client.cast(CALL, fds=[write], destination="org.t.Any", path="/x", interface="i.j", member="M", unix_fds=1,
                    signature="h", body=[0])
        tap.ok(client.receive(lambda m: m.kind == CALL) and len(client.fds) == 1, "... descriptors, too")
        os.close(read)
        os.close(write)


def log(tap, program):
    with buses.Place() as place:
        bus = place.daemon()
        text = place.path / "log"
        with text.open("wb") as stdout:
            client = dbus.Client(place.proxy(program, bus, "--log", "--see=org.t.See", stdout=stdout))
        client.bus("RequestName", "su", "org.t.No", 0)
        client.call("org.t.See", "/x", "i.j", "M")
        lines = text.read_text().splitlines()
        for wanted in (["C1: -> org.freedesktop.DBus call org.freedesktop.DBus.Hello at /org/freedesktop/DBus"],
                       ["C2: -> org.freedesktop.DBus call org.freedesktop.DBus.RequestName at /org/freedesktop/DBus",
                        "Filtering message due to arg0 org.t.No, policy: 0 (required 3)", "*HIDDEN* (ping)"],
                       ["C3: -> org.t.See call i.j.M at /x", "*DENIED* (ping)"]):
            at = lines.index(wanted[0]) if wanted[0] in lines else 0
            tap.ok(lines[at:at + len(wanted)] == wanted, f"log: {wanted[0]}", "" if wanted[0] in lines else lines)


def reports(tap, program):
    with buses.Place() as place:
        bus = place.daemon()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(5)
        client = dbus.Client(place.proxy(program, bus, f"--mediator={theirs.fileno()}", "--see=org.t.See", name="session",
                                         pass_fds=[theirs.fileno()]))
        theirs.close()

        def report():
            verb, *fields = ours.recv(1 << 18).rstrip(b"\0").decode().split("\0")
            return verb, dict(field.split("=", 1) for field in fields)

        client.call("org.t.Hidden", "/x", "i.j", "M")
        verb, fields = report()
        wanted = {"ev": "dbus", "op": "call", "via": "session-bus", "name": "org.t.Hidden", "path": "/x", "member": "i.j.M",
                  "verdict": "deny", "by": "default", "mend": "[Session Bus Policy] org.t.Hidden=talk"}
        tap.ok(verb == "audit" and wanted.items() <= fields.items(), "a refusal is reported", fields)
        client.bus("RequestName", "su", "org.t.See", 0)
        _, fields = report()
        tap.ok((fields["op"], fields["by"], fields.get("mend")) == ("own", "rule", "[Session Bus Policy] org.t.See=own"),
               "a claim is reported", fields)
        client.bus("StartServiceByName", "su", "org.oriel.Sandbox1", 0)
        _, fields = report()
        tap.ok(fields["op"] == "start" and "mend" not in fields, "nothing would allow Oriel's own name", fields)
        for _ in range(100):
            client.call("org.t.Again", "/x", "i.j", "M")
        _, first = report()
        _, folded = report()
        tap.ok((first.get("n", "1"), folded.get("n")) == ("1", "99"), "repeats are folded", (first, folded))
        for i in range(500):
            client.call(f"org.t.N{i}", "/x", "i.j", "M")
        ours.settimeout(3)
        got, lost = 0, 0
        try:
            while got + lost < 500:
                _, fields = report()
                if fields["ev"] == "limit":
                    lost += int(fields["n"])
                else:
                    got += int(fields.get("n", "1"))
        except TimeoutError:
            pass
        tap.ok(got < 200 and got + lost == 500, "a flood is counted, not told", f"{got} told, {lost} counted")
        ours.close()
        tap.ok(client.call("org.t.Hidden", "/x", "i.j", "M") is not None, "it goes on when nobody listens to it")


def namespace(tap, program):
    """A client in a user namespace claims the uid that it has there."""
    script = (f"import sys; sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r}); import dbus;"
              "c = dbus.Client(sys.argv[1], start=b'\\0AUTH\\r\\nAUTH EXTERNAL 343234323432\\r\\n'); print(c.name)")
    with buses.Place() as place:
        path = place.proxy(program, place.daemon())
        if subprocess.run(["unshare", "-U", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            tap.skip("a client in a user namespace", "no user namespaces", kernel=True)
            return
        result = run("unshare", "-U", sys.executable, "-c", script, path)
        tap.ok(result.stdout.startswith(b":1."), "a client in a user namespace", result.stderr.decode())


def stranger(tap, program):
    """Another user of the machine, where the socket would let him."""
    # By standard input: he may not be able to read this tree.
    script = ("import sys; exec(sys.stdin.read());"
              "c = Client(sys.argv[1], start=None, hello=False); sys.exit(not c.is_closed())")
    client = pathlib.Path(__file__).with_name("dbus.py").read_bytes()
    if os.getuid() != 0:
        tap.skip("a client of another user", "only root can be somebody else", kernel=True)
        return
    with buses.Place() as place:
        path = place.proxy(program, place.daemon())
        place.path.chmod(0o755)
        os.chmod(path, 0o777)
        result = run("/usr/bin/python3", "-c", script, path, input=client, user=65534, group=65534, extra_groups=[])
        tap.ok(result.returncode == 0, "a client of another user is cut off", result.stderr.decode())


PYTHON = ("import sys, dbus; bus = dbus.SessionBus(); bus.request_name('org.t.App');"
          "print(bus.get_object('org.freedesktop.DBus', '/').ListNames(dbus_interface='org.freedesktop.DBus'))")


def applications(tap, program):
    """Programs with libraries of their own: libdbus, GDBus, sd-bus, python-dbus, Qt's.  A monitor is what no client may be."""
    # Those that `dev` installs; sd-bus comes with systemd.
    rows = [(["gdbus", "introspect", "--session", "-d", BUS, "-o", "/org/freedesktop/DBus"], True),
            (["dbus-send", "--session", "--print-reply", f"--dest={BUS}", "/", f"{BUS}.ListNames"], True),
            (["gdbus", "call", "--session", "-d", BUS, "-o", "/", "-m", f"{BUS}.RequestName", "org.t.App", "uint32 0"], True),
            (["/usr/bin/python3", "-I", "-c", PYTHON], True),
            (["/usr/lib/qt5/bin/qdbus", BUS, "/org/freedesktop/DBus", f"{BUS}.ListNames"], True),
            (["dbus-monitor", "--session", "--monitor"], False)]
    if buses.have("busctl"):
        rows.append((["busctl", "--user", "list", "--acquired"], True))
    with buses.Place() as place:
        for bus_name, start in buses.all_buses(tap):
            bus = start(place)
            path = place.proxy(program, bus, "--own=org.t.App", name=bus_name)
            environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
            for command, works in rows:
                what = f"{bus_name}: {' '.join(command[:2])}" if works else f"{bus_name}: {command[0]} is refused"
                if not buses.have(command[0]):
                    tap.skip(what, "it is not installed")
                    continue
                try:
                    result = run(*command, env=environment)
                    tap.ok((result.returncode == 0) == works, what, result.stderr.decode())
                except subprocess.TimeoutExpired as late:
                    # A monitor that is refused may fall back on matches, of which it gets nothing.
                    tap.ok(not works and b"method call" not in (late.stdout or b""), what, "it runs on")


def main():
    tap = harness.Tap()
    for part in (mistakes, life, arguments, unfiltered, log, reports, namespace, stranger, applications):
        part(tap, sys.argv[1])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
