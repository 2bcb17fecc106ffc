# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bus and a keyring of the app's own: libsecret stores and finds through the split, run after run; the host's secret service
hears nothing, and neither does another app.  usage: keyring.py"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness
from dbus import CALL

PROFILE = """[Oriel]
inherits=gui
alias={name}

[Application]
name=org.t.{name}
command=secret-tool

[Companions]
keyring=private

[Session Bus Rules]
org.t.Inner.*=inner
"""
STORE = ["sh", "-c", "printf geheim | secret-tool store --label=Test app x"]
LOOK_UP = ["secret-tool", "lookup", "app", "x"]
LIST = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"]


def main():
    suite = harness.Suite("secrets", needs=["secret-tool", "gnome-keyring-daemon", "dbus-daemon", "dbus-send"])
    with buses.Place() as place:
        bus = place.daemon()
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        host = dbus.Client(bus)
        host.bus("RequestName", "su", "org.freedesktop.secrets", 0)
        host.bus("RequestName", "su", "org.t.Inner.Impostor", 0)
        profiles = {}
        for name in ("One", "Two"):
            profiles[name] = suite.home / name
            profiles[name].write_text(PROFILE.format(name=name))

        def run(name, *command, **more):
            return suite.oriel("run", "--no-daemon", "--profile", profiles[name], "--", *command, **more)

        done = run("One", *STORE)
        suite.ok(done.returncode == 0, "libsecret stores", done.stderr)
        done = run("One", *LOOK_UP)
        suite.ok(done.stdout == "geheim", "... and finds it in the next run", done.stdout + done.stderr)
        done = run("Two", *LOOK_UP)
        suite.ok(done.returncode != 0 and done.stdout == "", "another app does not", done.stdout)
        host.sync()
        called = host.receive(lambda m: m.kind == CALL and m.destination in ("org.freedesktop.secrets", host.name), 0.2)
        suite.ok(called is None, "the host's secret service heard nothing", called)
        names = run("One", *LIST).stdout
        suite.ok("org.freedesktop.secrets" not in names and "Impostor" not in names and host.name not in names.split('"'),
                 "the host's owner of such names is not to be seen", names)
        done = run("One", "sh", "-c", "ls -R ~ /run 2>/dev/null | grep -i keyring; cat /run/oriel/keyring-secret")
        suite.ok(done.stdout.strip() == "", "the app sees neither the keyring's file nor its key", done.stdout)
        past = run("One", "dbus-send", "--bus=unix:path=/run/oriel-bus/session", "--print-reply", "--dest=org.freedesktop.secrets",
                   "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping")
        suite.ok(past.returncode != 0, "past the split, at the filter's own socket, the host's is denied", past.stdout + past.stderr)
        secrets = list((suite.home / ".local/share/oriel").rglob("keyring-secret"))
        suite.ok(len(secrets) == 2 and all(one.stat().st_mode & 0o777 == 0o600 and len(one.read_text()) == 64 for one in secrets) and
                 len({one.read_text() for one in secrets}) == 2, "a key for each app, readable by its owner alone", secrets)
        told = suite.oriel("explain", "--profile", profiles["One"], "bus", "org.freedesktop.secrets")
        suite.ok(told.returncode == 0 and "the box's own bus" in told.stdout, "explain bus tells", told.stdout + told.stderr)
        alone = run("One", "true", env={"ORIEL_UNUSED": "1"})
        suite.ok(alone.returncode == 0 and "0600" in alone.stderr, "it is said where the key lies", alone.stderr)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
