# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bus and a keyring of the app's own: libsecret stores and finds through the split, run after run; the host's secret service
hears nothing, and neither does another app.  usage: keyring.py"""

import pathlib
import subprocess
import sys
import threading

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


def listen(host, other, callers):
    """Refuses every call, and writes down which program made it."""
    try:
        while True:
            call = host.receive(lambda m: m.kind == CALL, 60)
            if call is not None:
                pid = other.bus("GetConnectionUnixProcessID", "s", call.sender).body[0]
                callers.append(pathlib.Path(f"/proc/{pid}/comm").read_text().strip())
                host.cast(dbus.ERROR, reply_serial=call.serial, destination=call.sender, error_name="org.t.Error")
    except (dbus.Closed, OSError):
        pass  # the bus is gone: the test is over


def main():
    suite = harness.Suite("secrets", needs=["secret-tool", "gnome-keyring-daemon", "dbus-daemon", "dbus-send"])
    with buses.Place() as place:
        bus = place.daemon()
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        host = dbus.Client(bus)
        host.bus("RequestName", "su", "org.freedesktop.secrets", 0)
        host.bus("RequestName", "su", "org.t.Inner.Impostor", 0)
        callers = []
        threading.Thread(target=listen, args=[host, dbus.Client(bus), callers], daemon=True).start()
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
        suite.ok(callers and not [name for name in callers if not name.startswith("oriel-keyring")],
                 "the host's secret service heard nothing but who keeps keys, outside", callers)
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
    login(suite)
    return suite.finish()


def login(suite):
    """The host's login keyring keeps the key, where it runs and is unlocked: a real one, on a private bus."""
    if not pathlib.Path(suite.oriel_program).resolve().parent.parent.joinpath("libexec/oriel/oriel-keyring-key").exists():
        suite.skip("the login keyring", "built without libsecret")
        return
    profile = suite.home / "Three"
    profile.write_text(PROFILE.format(name="Three"))

    def run(*command, **more):
        return suite.oriel("run", "--no-daemon", "--profile", profile, "--", *command, **more)

    with buses.Place() as place:
        bus = place.daemon()
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        client = dbus.Client(bus)
        first = run(*STORE)
        lies = next(path for path in (suite.home / ".local/share/oriel").rglob("keyring-secret") if "Three" in str(path))
        key = lies.read_text()
        suite.ok(first.returncode == 0 and len(key) == 64 and "in this file (0600)" in first.stderr and "no login keyring runs" in first.stderr,
                 "without a login keyring the key lies in a file, and that is said", first.stderr)
        suite.ok(client.bus("NameHasOwner", "s", "org.freedesktop.secrets").body == [0], "... and none was started for it")

        env = {**suite.env, "XDG_DATA_HOME": str(suite.home / "login"), "XDG_RUNTIME_DIR": str(suite.home / "login-run")}
        (suite.home / "login-run").mkdir(mode=0o700)

        def keyring(*options, text=b""):
            child = place.spawn(["gnome-keyring-daemon", "--foreground", "--components=secrets",
                                 f"--control-directory={suite.home / 'login-run'}", *options], env=env,
                                stdin_bytes=text, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            buses.wait_for(lambda: client.bus("NameHasOwner", "s", "org.freedesktop.secrets").body == [1], "the login keyring")
            return child

        daemon = keyring("--unlock", text=b"login")
        moved = run(*LOOK_UP)
        suite.ok(moved.stdout == "geheim" and lies.read_text() == "login-keyring\n" and lies.stat().st_mode & 0o777 == 0o600,
                 "with one the key moves there, and the app's secrets are as they were", moved.stdout + moved.stderr + lies.read_text())
        kept = suite.run("secret-tool", "lookup", "place", lies)
        suite.ok(kept.stdout == key, "... the same key", kept.stderr)
        again = run(*LOOK_UP)
        suite.ok(again.stdout == "geheim" and "in this file" not in again.stderr, "... and the next run finds it there", again.stdout + again.stderr)
        inside = run("secret-tool", "search", "--all", "place", lies)
        suite.ok(key not in inside.stdout + inside.stderr and "secret =" not in inside.stdout, "the app can't ask the login keyring for it", inside.stdout)
        fresh = suite.home / "Four"
        fresh.write_text(PROFILE.format(name="Four"))
        new = suite.oriel("run", "--no-daemon", "--profile", fresh, "--", *STORE)
        lies_new = next(path for path in (suite.home / ".local/share/oriel").rglob("keyring-secret") if "Four" in str(path))
        suite.ok(new.returncode == 0 and lies_new.read_text() == "login-keyring\n", "a new app's key is never in a file", new.stderr)

        daemon.terminate()
        daemon.wait()
        gone = run(*LOOK_UP)
        suite.ok(gone.stdout == "" and lies.read_text() == "login-keyring\n" and "stays locked" in gone.stderr,
                 "the login keyring is away: the app's stays locked, that is said, and nothing is lost", gone.stdout + gone.stderr)
        locked = keyring()
        shut = run(*LOOK_UP)
        suite.ok(shut.stdout == "" and "locked" in shut.stderr, "... and so where it is locked; nobody is asked", shut.stdout + shut.stderr)
        locked.terminate()
        locked.wait()
        keyring("--unlock", text=b"login")
        back = run(*LOOK_UP)
        suite.ok(back.stdout == "geheim", "it is back: so are the secrets", back.stdout + back.stderr)


if __name__ == "__main__":
    sys.exit(main())
