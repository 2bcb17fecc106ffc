#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who portals take a boxed program for: the distribution's own portals on a private bus, asked from outside and through
the mediator.  And the directory by which newer ones find its processes."""

import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import fuse  # noqa: E402
import harness  # noqa: E402
import dbus  # noqa: E402
import servers  # noqa: E402

HOST_ONLY = ["dbus-send", "--session", "--print-reply", "--reply-timeout=10000", "--dest=org.freedesktop.portal.Documents",
             "/org/freedesktop/portal/documents", "org.freedesktop.portal.Documents.List", "string:"]
NETWORK = ["dbus-send", "--session", "--print-reply", "--reply-timeout=10000", "--dest=org.freedesktop.portal.Desktop",
           "/org/freedesktop/portal/desktop", "org.freedesktop.portal.NetworkMonitor.GetAvailable"]
REFUSED = "org.freedesktop.portal.Error.NotAllowed"
PORTALS = {"org.freedesktop.impl.portal.PermissionStore": "/usr/libexec/xdg-permission-store",
           "org.freedesktop.portal.Documents": "/usr/libexec/xdg-document-portal",
           "org.freedesktop.portal.Desktop": "/usr/libexec/xdg-desktop-portal"}
ADD = """
answer = Client("/run/oriel-bus/session").call("org.freedesktop.portal.Documents", "/org/freedesktop/portal/documents",
    "org.freedesktop.portal.Documents", "Add", "hbb", (0, False, True), fds=[os.open(__import__("sys").argv[1], os.O_PATH)],
    unix_fds=1)
print(answer.body[0] if answer.kind == RETURN else f"{answer.error_name} {answer.body}")
"""
BOX = ["run", "--no-daemon", "--profile", "base/gui", "--"]
PROFILE = """[Oriel]
inherits=gui

[Application]
name=org.t.Same

[Session Bus Rules]
org.freedesktop.portal.Desktop=call:*
"""
AUTOSTART = """
client = Client("/run/oriel-bus/session")
portal = ("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop")
options = [("handle_token", ("s", "mine")), ("autostart", ("b", True)), ("commandline", ("as", ["evil"]))]
answer = client.call(*portal, "org.freedesktop.portal.Background", "RequestBackground", "sa{sv}", ("", options))
said = client.receive(lambda m: m.member == "Response", 5)
owner = client.bus("GetNameOwner", "s", portal[0]).body
print(outcome(answer) == ["/org/freedesktop/portal/desktop/request/" + client.name[1:].replace(".", "_") + "/mine"])
print(said and (said.path == answer.body[0], [said.sender] == owner, said.body))
for member in ("Install", "Uninstall", "Launch"):
    print(outcome(client.call(*portal, "org.freedesktop.portal.DynamicLauncher", member, "sa{sv}", ("org.t.Same.desktop", []))))
"""


def has_owner(suite, name):
    done = suite.run("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
                     "org.freedesktop.DBus.NameHasOwner", f"string:{name}")
    return "boolean true" in done.stdout


def start_portals(suite):
    """Those that run; in the order in which they need each other."""
    children, running = [], []
    for name, program in PORTALS.items():
        # Without it the portal takes its name, and ends then.
        if name.endswith("Documents") and not os.access("/dev/fuse", os.R_OK | os.W_OK):
            suite.skip(program, "/dev/fuse is closed to this user", kernel=True)
            continue
        child = suite.start(program)
        children.append(child)
        if harness.wait_for(lambda child=child, name=name: child.poll() is not None or has_owner(suite, name)) \
                and child.poll() is None:
            running.append(name)
        else:
            suite.skip(program, f"does not run here (status {child.poll()})")
    return children, running


def identity(suite, running):
    for name, probe in (("org.freedesktop.portal.Documents", HOST_ONLY), ("org.freedesktop.portal.Desktop", NETWORK)):
        if name not in running:
            continue
        outside, inside = suite.run(*probe), suite.oriel(*BOX, *probe)
        suite.ok(outside.returncode == 0, f"{name}: answers a program outside", outside.stderr)
        suite.ok(inside.returncode == 1 and REFUSED in inside.stderr, f"{name}: knows that a program is boxed",
                 inside.stdout + inside.stderr)
    if "org.freedesktop.portal.Documents" in running:
        app_id(suite)


def app_id(suite):
    """The document portal writes down who added a file."""
    shared = suite.home / "shared"
    shared.mkdir()
    (shared / "file").write_text("x")
    inside = suite.oriel(*BOX[:-1], f"--filesystem={shared}", "--", "python3", "-c",
                         pathlib.Path(dbus.__file__).read_text() + ADD, shared / "file")
    document = inside.stdout.strip()
    suite.ok(document and " " not in document, "a boxed program adds a document", inside.stdout + inside.stderr)
    info = suite.run("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.portal.Documents",
                     "/org/freedesktop/portal/documents", "org.freedesktop.portal.Documents.Info", f"string:{document}")
    suite.ok('string "org.oriel.run.gui"' in info.stdout, "it is written down by the instance's own id",
             info.stdout + info.stderr)


def same_name(suite, running):
    """Two profiles that have one name, and another instance of the first's data: each its own id, and documents."""
    ids, documents = [], []
    for place, more in (("one", []), ("two", []), ("one", ["--instance=work"])):
        (suite.home / place).mkdir(exist_ok=True)
        profile = suite.home / place / "profile"
        profile.write_text(PROFILE)
        box = ["run", "--no-daemon", "--profile", profile, *more]
        info = suite.oriel(*box, "--", "cat", "/.flatpak-info").stdout
        ids += [line for line in info.splitlines() if line.startswith("name=")]
        if "org.freedesktop.portal.Documents" in running:
            inside = suite.oriel(*box, f"--filesystem={suite.home / 'shared'}", "--", "python3", "-c",
                                 pathlib.Path(dbus.__file__).read_text() + ADD, suite.home / "shared/file")
            info = suite.run("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.portal.Documents",
                             "/org/freedesktop/portal/documents", "org.freedesktop.portal.Documents.Info",
                             f"string:{inside.stdout.strip()}")
            documents.append([line.strip() for line in info.stdout.splitlines() if 'string "org.t.Same' in line])
    suite.ok(len(ids) == len(set(ids)) == 3 and all(one.startswith("name=org.t.Same") for one in ids),
             "profiles of one name, and instances of one profile, have ids of their own", ids)
    if documents:
        told = [[f'string "{one[5:]}"'] for one in ids]
        suite.ok(documents == told, "... and documents of their own", documents)


def autostart(suite):
    """The real portal is asked to start a boxed program with the session."""
    inside = suite.oriel("run", "--no-daemon", "--profile", suite.home / "one/profile", "--", "python3", "-c",
                         pathlib.Path(dbus.__file__).read_text() + AUTOSTART)
    denied = f"{dbus.BUS}.Error.AccessDenied"
    suite.ok(inside.stdout.splitlines() == ["True", "(True, True, [0, [('background', 1), ('autostart', 0)]])"] + [denied] * 3,
             "autostart and launchers: an answer as the portal's own, and nothing that it would write", inside.stdout + inside.stderr)
    written = [path for place in (".config/autostart", ".local/share/applications", ".local/share/xdg-desktop-portal")
               for path in (suite.home / place).rglob("*") if path.is_file()]
    suite.ok(not written, "... and no file of it", written)
    why = suite.oriel("log", "--denied").stdout
    suite.ok("RequestBackground" in why, "... and a line in the log", why)


def entries(suite):
    return sorted((suite.runtime / ".flatpak").iterdir()) if (suite.runtime / ".flatpak").exists() else []


def sleepers(pid):
    found = []
    for below in harness.descendants(pid):
        try:
            if pathlib.Path(f"/proc/{below}/comm").read_text() == "sleep\n":
                found.append(below)
        except OSError:
            continue
    return found


def start_box(suite):
    """A sleeping box, and its directory for portals."""
    before = entries(suite)
    front = suite.start(suite.oriel_program, *BOX, "sleep", "300")
    harness.wait_for(lambda: sleepers(front.pid))
    harness.wait_for(lambda: entries(suite) != before)
    return front, [path for path in entries(suite) if path not in before]


def directory(suite):
    front, made = start_box(suite)
    suite.ok(len(made) == 1, "a boxed program has one directory in .flatpak", made)
    if len(made) != 1:
        harness.end(front)
        return
    child = json.loads((made[0] / "bwrapinfo.json").read_text())["child-pid"]
    numbers = [line.split()[1:] for line in pathlib.Path(f"/proc/{child}/status").read_text().splitlines()
               if line.startswith("NSpid:")][0]
    suite.ok(numbers[-1] == "1" and sleepers(child), "child-pid is pid 1 of the app's box", numbers)
    info = (made[0] / "info").read_text()
    suite.ok(f"instance-id={made[0].name}\n" in info, "info is its own", info)
    ids = [line[5:] for line in info.splitlines() if line.startswith("name=")]
    suite.ok(len(ids) == 1 and ids[0].count(".") >= 2, "its id is one that every portal accepts", ids)
    os.kill(child, signal.SIGKILL)  # as a background monitor does
    harness.wait_for(lambda: front.poll() is not None)
    suite.ok(front.poll() is not None, "SIGKILL to child-pid ends the instance")
    suite.ok(not entries(suite), "and its directory is gone", entries(suite))


def killed(suite):
    """After kill -9 of the front end the next start removes the directory, and no other."""
    stranger = suite.runtime / ".flatpak" / "4242"
    stranger.mkdir(parents=True)
    (stranger / "info").write_text("[Application]\nname=org.example.Other\n")
    front, made = start_box(suite)
    front.kill()
    front.wait()
    suite.ok(len(made) == 1 and made[0].exists(), "kill -9 of the front end leaves the directory", made)
    suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--", "true")
    suite.ok(entries(suite) == [stranger] and (stranger / "info").exists(), "the next start removes it, and no other",
             entries(suite))


def main():
    fuse.open_to_users()
    suite = harness.Suite("portal", needs=["dbus-daemon", "dbus-send"])
    children = [servers.start_bus(suite)]
    if all(os.access(program, os.X_OK) for program in PORTALS.values()):
        portals, running = start_portals(suite)
        children += portals
        identity(suite, running)
        same_name(suite, running)
        if "org.freedesktop.portal.Desktop" in running:
            autostart(suite)
    else:
        suite.skip("identity", "xdg-desktop-portal is not installed")
    directory(suite)
    killed(suite)
    for child in reversed(children):
        harness.end(child)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
