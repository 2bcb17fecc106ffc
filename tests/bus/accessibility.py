# SPDX-License-Identifier: LGPL-2.1-or-later
"""The accessibility bus through its filter, with the distribution's own launcher and registry: a real program is found and read by
who listens outside; from inside nobody else is to be seen, heard or called.  usage: accessibility.py"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import dbus
import harness
import servers
from dbus import BUS, CALL, RETURN, SIGNAL

LAUNCHER, REGISTRYD = "/usr/libexec/at-spi-bus-launcher", "/usr/libexec/at-spi2-registryd"
REGISTRY, ROOT = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"
FILTER = "/run/oriel-bus/accessibility"
RAW = pathlib.Path(dbus.__file__).read_text() + "\nimport sys\ndef say(*words):\n    print(*words, flush=True)\n"
PROFILE = """[Oriel]
inherits=gui

[Application]
name=org.t.{name}

[Display]
mode=host

[Companions]
accessibility={accessibility}

{rest}
"""
INSIDE = f"""
session, bus = Client("/run/oriel-bus/session"), Client({FILTER!r})
say(os.environ.get("AT_SPI_BUS_ADDRESS"), "NO_AT_BRIDGE" in os.environ)
say(outcome(session.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")))
props = "org.freedesktop.DBus.Properties"
status = ("org.a11y.Bus", "/org/a11y/bus", props)
say(session.call(*status, "Get", "ss", ("org.a11y.Status", "IsEnabled")).kind == RETURN,
    outcome(session.call(*status, "Set", "ssv", ("org.a11y.Status", "IsEnabled", ("b", True)))),
    outcome(session.call(*status, "Get", "ss", ("org.a11y.Bus", "x"))))
registry, path = {REGISTRY!r}, "/org/a11y/atspi/registry"
say(bus.call(registry, path, registry, "GetRegisteredEvents").kind == RETURN,
    outcome(bus.call(registry, path, registry, "RegisterEvent", "s", ("object:",))),
    outcome(bus.call(registry, path, "org.a11y.atspi.DeviceEventController", "GetKeystrokeListeners")))
devices = path + "/deviceeventcontroller"
say(bus.call(registry, devices, "org.a11y.atspi.DeviceEventController", "GetKeystrokeListeners").kind == RETURN,
    outcome(bus.call(registry, devices, "org.a11y.atspi.DeviceEventController", "RegisterKeystrokeListener", "oa(iisi)uua(b)b"[:1], ("/x",))),
    outcome(bus.call(registry, {ROOT!r}, "org.a11y.atspi.Accessible", "GetChildren")))
names = [name for name in bus.bus("ListNames").body[0] if name not in (bus.name, {BUS!r})]
owner = bus.bus("GetNameOwner", "s", registry).body[0]
say(sorted(names) == sorted([registry, owner]), names)
say(outcome(bus.call(sys.argv[1], {ROOT!r}, "org.a11y.atspi.Accessible", "GetChildren")), outcome(bus.bus("RequestName", "su", "org.t.X", 0)))
bus.bus("AddMatch", "s", "type='signal'")
answer = bus.call(registry, {ROOT!r}, "org.a11y.atspi.Socket", "Embed", "(so)", ((bus.name, "/mine"),))
say(answer.kind == RETURN)
asked = bus.receive(lambda m: m.kind == CALL and m.member == "Ask", 10)
bus.reply(asked, "s", ("the app's",))
sent = bus.receive(lambda m: m.kind == SIGNAL and m.member in ("TextChanged", "Last"), 3)
say(sent and sent.member)
say(any(b"at-spi" in line.encode() or "bus_" in line for line in open("/proc/net/unix")), os.path.exists({str('/run/user')!r} + "/%d/at-spi" % os.getuid()))
"""
DENIED, UNKNOWN, NO_OWNER = (f"{BUS}.Error.{name}" for name in ("AccessDenied", "ServiceUnknown", "NameHasNoOwner"))


def filtered(suite, socket, write):
    """One who listens outside, and one who must not be heard inside."""
    reader, victim = dbus.Client(socket), dbus.Client(socket)
    reader.bus("AddMatch", "s", "type='signal'")
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", write("App", "filter"), "--", "python3", "-c",
                      RAW + INSIDE, victim.name, stdout=harness.subprocess.PIPE, stderr=harness.subprocess.PIPE, text=True)
    # It is embedded: who listens asks the registry for its children.
    def child():
        answer = reader.call(REGISTRY, ROOT, "org.a11y.atspi.Accessible", "GetChildren")
        return [one for one in answer.body[0] if one[1] == "/mine"] if answer.kind == RETURN else None
    found = harness.wait_for(child, 15)
    suite.ok(found, "who listens outside finds it by the registry", found)
    if found:
        answer = reader.call(found[0][0], "/mine", "org.a11y.atspi.Accessible", "Ask")
        suite.ok(answer and answer.body == ["the app's"], "... and calls it", answer)
        # Another program's words are not for it; this one's are the last that come.
        victim.cast(SIGNAL, path="/x", interface="org.a11y.atspi.Event.Object", member="TextChanged", signature="s", body=("secret",))
        victim.sync()
        reader.cast(SIGNAL, destination=found[0][0], path="/x", interface="i.j", member="Last")
    out, error = app.communicate(timeout=30)
    lines = out.splitlines()
    wanted = [f"unix:path={FILTER} False", f"['unix:path={FILTER}']", f"True {DENIED} {DENIED}", f"True {DENIED} {DENIED}",
              f"True {DENIED} {DENIED}", None, f"{NO_OWNER} {UNKNOWN}", "True", "Last", "False False"]
    for i, line in enumerate(wanted):
        got = lines[i] if i < len(lines) else error
        suite.ok(got.startswith("True") if line is None else got == line, f"inside, {LINES[i]}", got)
    reader.close()
    victim.close()


LINES = ["the filter's address in the environment", "org.a11y.Bus gives the filter's address", "what is asked about there, and not set",
         "the registry's events: read, not listened to", "the registry's devices: not listened to, nor all programs listed",
         "nobody else to be seen", "nobody else to be called, no name to be had", "it says that it is there", "others' events are not heard",
         "the host's own socket is not there"]


def real(suite, socket, write):
    reader = dbus.Client(socket)
    profile = write("Real", "filter")
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", profile, "--", "mousepad", "--disable-server")

    def name():
        answer = reader.call(REGISTRY, ROOT, "org.a11y.atspi.Accessible", "GetChildren")
        for owner, path in answer.body[0] if answer.kind == RETURN else ():
            got = reader.call(owner, path, "org.freedesktop.DBus.Properties", "Get", "ss", ("org.a11y.atspi.Accessible", "Name"), timeout=3)
            if got is not None and got.kind == RETURN and got.body[0] == "mousepad":
                return owner, path
        return None
    found = harness.wait_for(name, 20)
    suite.ok(found, "mousepad in its box is read from outside", found)
    if found:
        windows = harness.wait_for(lambda: reader.call(*found, "org.a11y.atspi.Accessible", "GetChildren").body[0], 10)
        suite.ok(windows, "... and its window", windows)
    harness.end(app)
    reader.close()


def without(suite, write):
    script = "import os; print(os.environ.get('AT_SPI_BUS_ADDRESS'), os.environ.get('NO_AT_BRIDGE'), os.path.exists('%s'))" % FILTER
    for what, profile, env in (("accessibility=none", write("None", "none"), {}),
                               ("none on the host", write("Gone", "filter"), {"AT_SPI_BUS_ADDRESS": "unix:path=/nowhere"})):
        done = suite.oriel("run", "--no-daemon", "--profile", profile, "--", "python3", "-c", script, env=env)
        suite.ok(done.stdout == "None 1 False\n", f"{what}: there is none, and toolkits are told", done.stdout + done.stderr)
    more = write("More", "filter", "[Accessibility Bus Policy]\norg.t.Other=talk\n")
    told = suite.oriel("explain", "--profile", more, "bus", "org.a11y.atspi.Registry")
    suite.ok("accessibility bus: org.a11y.atspi.Registry: talk" in told.stdout, "explain bus tells of it", told.stdout + told.stderr)
    told = suite.oriel("explain", "--profile", more, "bus", "org.t.Other")
    suite.ok("accessibility bus: org.t.Other: talk" in told.stdout, "[Accessibility Bus Policy] adds names", told.stdout + told.stderr)


def main():
    suite = harness.Suite("accessibility", needs=["dbus-daemon", "Xvfb", "xauth", LAUNCHER, REGISTRYD])
    bus = servers.start_bus(suite)
    x = servers.start_x(suite)
    launcher = suite.start(LAUNCHER, "--launch-immediately")
    socket = harness.wait_for(lambda: next(iter(sorted(suite.runtime.glob("at-spi/bus*"))), None), 10)
    suite.ok(socket, "at-spi-bus-launcher makes its bus", socket)

    def write(name, accessibility, rest=""):
        file = suite.home / name
        file.write_text(PROFILE.format(name=name, accessibility=accessibility, rest=rest))
        return file

    if socket:
        filtered(suite, str(socket), write)
        if harness.shutil.which("mousepad"):
            real(suite, str(socket), write)
        else:
            suite.skip("mousepad in its box is read from outside", "it is not installed")
        without(suite, write)
    for child in (launcher, x, bus):
        harness.end(child)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
