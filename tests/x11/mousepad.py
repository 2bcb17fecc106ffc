#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real editor in its box under Xvfb, as `oriel run` starts it (seamless) and in a nested X server: typed into, photographed,
saved, and the file read from its persistent home.  The host's display is out of reach from inside.  Then the menu: an entry of ours starts it boxed."""

import os
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import servers  # noqa: E402

TEXT = "an oriel is a window"
APP = "mousepad"

# Runs inside: tries the host's display by each of its sockets, with no cookie and with whatever is there.
REACH = """
import os, socket, sys
def connect(kind, address):
    try:
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(3)
        peer.connect(address)
        peer.send(b'l\\0\\x0b\\0\\0\\0\\0\\0\\0\\0\\0\\0')
        answer = peer.recv(8)
        print(kind, 'accepted' if answer[:1] == b'\\1' else 'connected')
    except OSError as error:
        print(kind, 'refused')
number = sys.argv[1]
connect('abstract', '\\0/tmp/.X11-unix/X' + number)
connect('path', '/tmp/.X11-unix/X' + number)
connect('ice', '\\0/tmp/.ICE-unix/' + number)
own = os.environ.get('DISPLAY', ':none').split(':')[1].split('.')[0]
print('display', 'other' if own != number else 'same')
connect('own', '/tmp/.X11-unix/X' + own)
"""


def reach(suite, what, command):
    """The display's sockets, tried by command (a prefix that runs python3 somewhere)."""
    done = suite.run(*command, "python3", "-c", REACH, suite.env["DISPLAY"][1:])
    return dict(line.split() for line in done.stdout.splitlines()), f"{what}: {done.stdout} {done.stderr}"


def start(suite, *arguments):
    return suite.start(suite.oriel_program, "run", "--no-daemon", *arguments, stderr=open(suite.top / "stderr", "w", encoding="utf-8"))


def said(suite):
    return (suite.top / "stderr").read_text()


def edit(suite, desk, kind, *options):
    """Type, look, save, read.  kind: of the display that is given."""
    note = suite.home / f"{kind}.txt"
    empty, typed = suite.top / "empty.png", suite.top / "typed.png"
    app = start(suite, *options, "--instance=edit", APP, note)
    window = desk.window("[Mm]ousepad|[Oo]riel")
    if not suite.ok(window, f"{kind}: its window shows", said(suite)):
        harness.end(app)
        return
    properties = suite.run("xprop", "-id", window, "WM_NAME", "WM_CLASS").stdout
    suite.ok("oriel-" in properties and "mousepad" in properties and ("[mousepad] " in properties) == (kind == "seamless"),
             f"{kind}: its title and class name the sandbox and the app", properties)
    suite.ok(f"{kind} :77" in suite.oriel("ps").stdout, f"{kind}: oriel ps says which display it has", suite.oriel("ps").stdout)
    shown = harness.wait_for(lambda: desk.screenshot(empty, window).returncode == 0 and servers.colours(suite, empty) > 20, 20, 0.5)
    suite.ok(shown, "the editor is drawn in it", f"{servers.colours(suite, empty)} colours")
    time.sleep(1)
    desk.screenshot(empty, window)
    desk.type(window, TEXT)
    changed = harness.wait_for(lambda: desk.screenshot(typed, window).returncode == 0
                               and servers.difference(suite, empty, typed) > 300, 10, 0.5)
    suite.ok(changed, "a screenshot shows what was typed", f"{servers.difference(suite, empty, typed):.0f} pixels differ")
    inside(suite)
    if kind == "xephyr":
        suite.run("wmctrl", "-i", "-r", window, "-e", "0,20,20,1100,700")
        suite.ok(harness.wait_for(lambda: "1100x700" in suite.oriel("shell", "edit", "--", "xdpyinfo").stdout, 10, 0.3),
                 "xephyr: its screen is as large as its window is made", suite.oriel("shell", "edit", "--", "xdpyinfo").stdout[:800])
    desk.key("ctrl+s")
    data = suite.home / ".local/share/oriel"
    saved = harness.wait_for(lambda: [path for path in data.rglob(note.name) if TEXT in path.read_text()], 10, 0.2)
    suite.ok(saved, "the saved file is in the persistent home", list(data.rglob("*"))[:20])
    suite.ok(not note.exists(), "and not in the home outside")
    suite.oriel("stop", "edit")
    suite.ok(harness.wait_for(lambda: app.poll() is not None), "oriel stop ends it")
    harness.end(app)


def choice(suite):
    """Which display it would be, and why, before anything is started."""
    done = suite.oriel("explain", APP)
    suite.ok("note display seamless :77: " in done.stdout and "asked for by mode=auto" in done.stdout, "explain says which display, and why",
             done.stdout[-400:])
    bare = suite.top / "without-xvfb"
    bare.mkdir()
    for program in ("Xephyr", "matchbox-window-manager", "dbus-daemon", APP):
        (bare / program).symlink_to(shutil.which(program) or "/nowhere")
    done = suite.oriel("explain", APP, env={"PATH": str(bare)})
    suite.ok("note asked a display, given xephyr: Xvfb is not installed" in done.stdout and "note display xephyr :77" in done.stdout,
             "without Xvfb it would be Xephyr, and explain says why", done.stdout[-400:])
    done = suite.oriel("doctor")
    suite.ok("mode=auto gives seamless" in done.stdout, "doctor says so too", done.stdout[:400])


def inside(suite):
    """The running instance, from inside."""
    outside, words = reach(suite, "outside", [])
    suite.ok(outside.get("abstract") in ("connected", "accepted") and outside.get("path") in ("connected", "accepted"),
             "control: outside, the host's display has both sockets", words)
    found, words = reach(suite, "inside", [suite.oriel_program, "shell", "edit", "--"])
    suite.ok(found.get("abstract") == "refused", "inside, its abstract socket is refused", words)
    suite.ok(found.get("path") == "refused", "inside, its path socket is not there", words)
    suite.ok(found.get("display") == "other", "the inner display has another number", words)
    suite.ok(found.get("own") == "connected", "the inner display wants a cookie", words)
    done = suite.oriel("shell", "edit", "--", "xdpyinfo")
    suite.ok(done.returncode == 0 and "name of display" in done.stdout, "with its cookie the inner display answers", done.stderr)
    cookies = suite.run("xauth", "-f", suite.env["XAUTHORITY"], "list").stdout.split()
    secret = cookies[-1] if cookies else "none"
    shown = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            shown += [path] if secret.encode() in path.read_bytes() else []
        except OSError:
            continue
    suite.ok(len(secret) == 32 and not shown, "no command line shows the host's cookie", shown)
    done = suite.oriel("shell", "edit", "--", "sh", "-c", f"cat $XAUTHORITY | od -An -tx1 | tr -d ' \\n' | grep -c {secret}")
    suite.ok(done.stdout.strip() == "0", "nor does the inner cookie file hold it", done.stdout)


def modes(suite):
    """The other displays."""
    done = suite.oriel("run", "--no-daemon", "--profile", "base/gui", "--display=none", "--bus=none", "--", "sh", "-c",
                       "echo d${DISPLAY}x; ls -A /tmp/.X11-unix 2>/dev/null; true")
    suite.ok(done.returncode == 0 and done.stdout == "dx\n", "display none: there is none", f"{done.stdout} {done.stderr}")
    done = suite.oriel("run", "--no-daemon", "--profile", "base/gui", "--display=host", "--bus=none", "--", "xdpyinfo")
    suite.ok(done.returncode == 0 and "vendor" in done.stdout, "display host: the host's answers", done.stderr)
    suite.ok("oriel:" in done.stderr and "X" in done.stderr, "and a warning says what that gives away", done.stderr)
    found, words = reach(suite, "with the host's network", [suite.oriel_program, "run", "--no-daemon", "--profile", "base/gui",
                                                            "--display=xephyr", "--net=host", "--bus=none", "--"])
    suite.ok(found.get("abstract") == "refused" and found.get("own") == "connected",
             "with the host's network the abstract socket is refused all the same", words)
    done = suite.oriel("run", "--no-daemon", "--profile", "base/gui", "--display=xephyr", "--", "true",
                       env={"DISPLAY": ":4999"})
    suite.ok(done.returncode == 125 and "oriel:" in done.stderr, "no such host display: 125, and why", done.stderr)


def menu(suite, desk):
    """An entry of ours, and no one else's touched."""
    applications = suite.home / ".local/share/applications"
    applications.mkdir(parents=True)
    (applications / "other.desktop").write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n")
    before = {path.name: path.read_bytes() for path in applications.iterdir()}
    done = suite.oriel("menu", "add", APP)
    made = [path for path in applications.iterdir() if path.name not in before]
    if not suite.ok(done.returncode == 0 and len(made) == 1, "oriel menu add makes one entry", f"{done.stderr} {made}"):
        return
    done = suite.run("desktop-file-validate", made[0])
    suite.ok(done.returncode == 0 and not done.stdout.strip(), "desktop-file-validate is content", done.stdout + made[0].read_text())
    launcher = suite.start("gtk-launch", made[0].stem, env={"XDG_DATA_HOME": str(suite.home / ".local/share")})
    window = desk.window("[Mm]ousepad|[Oo]riel")
    listed = suite.oriel("ps").stdout
    suite.ok(window and "mousepad" in listed.lower(), "gtk-launch opens it boxed", f"window {window}, {listed}")
    for line in suite.oriel("ps", "--json").stdout.split('"id":')[1:]:
        suite.oriel("stop", line.split('"')[1])
    harness.end(launcher)
    done = suite.oriel("menu", "remove", APP)
    after = {path.name: path.read_bytes() for path in applications.iterdir()}
    suite.ok(done.returncode == 0 and after == before, "oriel menu remove leaves nothing", f"{done.stderr} {sorted(after)}")


def main():
    suite = harness.Suite("x11", needs=["Xvfb", "Xephyr", "xdotool", "xprop", "wmctrl", "import", "compare", "xauth", "dbus-daemon",
                                        "desktop-file-validate", "gtk-launch", APP])
    started = [servers.start_x(suite), servers.start_bus(suite)]
    desk = servers.Nested(suite, started[0])
    try:
        socket_before = servers.x_socket(suite).stat()
        choice(suite)
        edit(suite, desk, "seamless")
        edit(suite, desk, "xephyr", "--display=xephyr")
        modes(suite)
        menu(suite, desk)
        now = servers.x_socket(suite).stat()
        suite.ok((now.st_ino, now.st_ctime) == (socket_before.st_ino, socket_before.st_ctime), "the host's X socket is the same file")
        suite.ok(suite.run("xdpyinfo").returncode == 0, "and the host's display answers")
        left = harness.wait_for(lambda: not list((suite.runtime / "oriel/instances").glob("*")), 5)
        suite.ok(left, "no instance is left", list((suite.runtime / "oriel/instances").glob("*")))
        if os.environ.get("ORIEL_PICTURES"):
            for picture in suite.top.glob("*.png"):
                shutil.copy(picture, os.environ["ORIEL_PICTURES"])
    finally:
        suite.oriel("daemon", "stop")
        for process in started:
            harness.end(process)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
