#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Apps on a Wayland compositor that knows them as boxed: what they are shown, under which names, what is refused, and
that the way in ends with the instance.  The compositor is a small one of ours (compositor.c)."""

import json
import os
import pathlib
import signal
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "x11"))
import clients  # noqa: E402
import harness  # noqa: E402
import servers  # noqa: E402

SHOWN = {"wl_compositor", "wl_subcompositor", "xdg_wm_base", "wl_seat", "wl_output", "wl_shm"}

# Each is refused when the compositor shows it to boxed apps; the last is one that nobody knows.
FORBIDDEN = ["zwlr_screencopy_manager_v1", "ext_image_copy_capture_manager_v1", "zwlr_export_dmabuf_manager_v1",
             "zwlr_data_control_manager_v1", "ext_data_control_manager_v1", "zwp_virtual_keyboard_manager_v1",
             "zwlr_virtual_pointer_manager_v1", "zwp_input_method_manager_v2", "zwlr_layer_shell_v1",
             "zwlr_foreign_toplevel_manager_v1", "ext_foreign_toplevel_list_v1", "ext_workspace_manager_v1",
             "ext_session_lock_manager_v1", "zwlr_output_manager_v1", "zwlr_gamma_control_manager_v1",
             "wp_security_context_manager_v1", "zfoo_manager_v1"]


class Compositor(clients.Client):
    """compositor.c; its lines are read as they are waited for."""

    def __init__(self, suite, *options):
        super().__init__(suite, suite.bin / "compositor", "wayland-test", *options)
        self.good = self.is_ready(10)
        suite.env["WAYLAND_DISPLAY"] = "wayland-test"

    def wait(self, beginning, seconds=10):
        """The words after the first line that begins so; what stands before it is dropped."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            line = self.line(left)
            if line is None:
                return None
            if line.startswith(beginning):
                return line[len(beginning):].split()
        return None


def options(suite):
    return ["--no-daemon", "--profile", "base/gui", "--bus=none", f"--filesystem={suite.bin}:ro"]


class App:
    """An instance whose app is client.c."""

    def __init__(self, suite, *more):
        self.suite = suite
        self.errors = suite.top / "stderr"
        self.client = clients.Client(suite, suite.oriel_program, "run", *options(suite), *more, "--",
                                     suite.bin / "wayland-client", stderr=open(self.errors, "w", encoding="utf-8"))
        self.ready = self.client.is_ready(20)
        self.trees = json.loads(suite.oriel("tree", "--json").stdout or "[]")

    def look(self, word="look"):
        answer = self.client.ask(word)
        return None if answer is None else set(answer.split())

    def process(self, role):
        def walk(box):
            for process in box.get("processes", []):
                if process["role"] == role:
                    return process["pid"]
            for child in box.get("children", []):
                if found := walk(child):
                    return found
            return None
        for box in json.loads(self.suite.oriel("tree", "--json").stdout or "[]"):
            if found := walk(box):
                return found
        return None

    def directory(self):
        return next((self.suite.runtime / "oriel/instances").glob("*"), None)


def can_connect(held):
    """Through a descriptor of the socket's inode, whatever became of its name."""
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect(f"/proc/self/fd/{held}")
            return True
        except OSError:
            return False


def shown(suite):
    compositor = Compositor(suite)
    suite.ok(compositor.good, "the compositor is there")
    bare = clients.Client(suite, suite.bin / "wayland-client")
    bare.is_ready()
    seen = set(bare.ask("look").split())
    suite.ok({"zwlr_screencopy_manager_v1", "wp_security_context_manager_v1"} <= seen,
             "without a box a client is shown what can record the screen", seen)
    bare.end()

    app = App(suite, "--display=wayland")
    suite.ok(app.ready, "an app is let to the compositor", app.errors.read_text())
    identity = compositor.wait("context ")
    directory = app.directory()
    listed = json.loads(suite.oriel("ps", "--json").stdout or "[]")
    suite.ok(identity is not None and directory is not None and
             identity == ["org.oriel", listed[0]["app"], directory.name],
             "the context has the engine's, the app's and the instance's name", f"{identity} {listed}")
    suite.ok(listed and listed[0].get("display") == "wayland wayland-0", "ps tells of it", listed)
    suite.ok(compositor.wait("client ") == identity[1:], "what is behind it was looked at first")
    seen = app.look()
    suite.ok(seen == SHOWN, "the app is shown what is harmless", seen)
    suite.ok(compositor.wait("client ") == identity[1:], "the app's connection has its label")

    held = os.open(directory / "wayland", os.O_PATH)
    suite.ok(can_connect(held), "the way in is open")
    app.client.end()
    suite.ok(compositor.wait("closed ") == identity[1:], "it is closed at the app's end")
    suite.ok(not can_connect(held) and not (directory / "wayland").exists(), "nobody gets in any more")
    os.close(held)
    compositor.end()


def environment(suite):
    compositor = Compositor(suite)
    done = suite.oriel("run", *options(suite), "--display=wayland", "--", "sh", "-c",
                       'echo "$WAYLAND_DISPLAY ${WAYLAND_SOCKET-unset} ${DISPLAY-unset}"; ls "$XDG_RUNTIME_DIR"; '
                       'ls /tmp/.X11-unix 2>/dev/null',
                       env={"WAYLAND_SOCKET": "7"})
    lines = done.stdout.split("\n")
    suite.ok(lines[0] == "wayland-0 unset unset" and "wayland-test" not in lines,
             "the app is told of that one way, inherits no connection, and is shown no X server", done.stdout + done.stderr)
    explained = suite.oriel("explain", *options(suite)[1:], "--display=wayland", "--", "sh").stdout
    suite.ok("note display wayland wayland-0: the app is a client of your compositor, which knows it" in explained,
             "explain tells of it", explained)
    doctor = json.loads(suite.oriel("doctor", "--json").stdout)
    suite.ok("\"wayland\"" in json.dumps(doctor) and "WAYLAND_DISPLAY=wayland-test" in json.dumps(doctor),
             "doctor finds it fit", json.dumps(doctor))
    suite.ok(not list(suite.runtime.glob("oriel-check*")), "doctor leaves nothing")
    compositor.end()


def ends(suite):
    """Deaths: of the front end, of who keeps the way open, and of the context."""
    compositor = Compositor(suite)
    app = App(suite, "--display=wayland")
    first = compositor.wait("context ")
    suite.ok(app.ready and app.look("hold") == SHOWN, "an app holds a connection", app.errors.read_text())
    keeper = app.process("wayland-context")
    suite.ok(keeper is not None, "who keeps the way open is there")
    os.kill(keeper, signal.SIGKILL)
    suite.ok(compositor.wait("closed ") == first[1:] and compositor.wait("context ") == first,
             "who keeps the way open is killed: it is closed, and opened again under the same names")
    suite.ok(harness.wait_for(lambda: app.look() == SHOWN, 5), "the app gets in again")
    compositor.ask("drop", seconds=1)
    suite.ok(compositor.wait("context ") == first and harness.wait_for(lambda: app.look() == SHOWN, 5),
             "the compositor gives up the context: a new one is made")
    held = os.open(app.directory() / "wayland", os.O_PATH)
    os.kill(app.client.process.pid, signal.SIGKILL)
    suite.ok(compositor.wait("closed ") == first[1:], "the front end is killed: the way is closed")
    suite.ok(harness.wait_for(lambda: not can_connect(held), 5), "nobody gets in any more")
    os.close(held)
    app.client.end()
    compositor.end()


def refused(suite):
    for name in FORBIDDEN:
        compositor = Compositor(suite, f"--leak={name}")
        done = suite.oriel("run", *options(suite), "--display=wayland", "--", "echo", "it ran")
        suite.ok(done.returncode not in (0, None) and "it ran" not in done.stdout and
                 "oriel: wayland-context: ended" in done.stderr and
                 f"It said: the compositor shows boxed apps what they may not have: {name} (" in done.stderr,
                 f"{name} is shown to apps: refused, with the reason", done.stderr)
        if name == FORBIDDEN[0]:
            doctor = suite.oriel("doctor").stdout
            suite.ok(f"{name} (records the screen)" in doctor, "doctor names it", doctor)
        compositor.wait("closed ", 5)
        compositor.end()


def unlabelled(suite):
    """The same socket, first with contexts and then without: what was planned for the one does not serve the other."""
    run = ["run", *options(suite), "--", "sh", "-c", 'echo "${WAYLAND_DISPLAY-none}"']
    compositor = Compositor(suite)
    plans = suite.home / ".local/state/oriel/plans"
    kept = set(plans.glob("*"))
    # What was changed a moment ago is no witness: until then each launch is planned anew.
    done = harness.wait_for(lambda: (once := suite.oriel(*run)) and set(plans.glob("*")) != kept and once, 15, 0.3)
    suite.ok(done and done.stdout == "wayland-0\n", "mode=auto gives the compositor, and the plan is remembered", done.stderr if done else "")
    first = suite.oriel("run", "--verbose", *run[1:])
    suite.ok(first.stdout == "wayland-0\n", "it holds as long as the compositor is the same", first.stdout + first.stderr)
    compositor.end()
    compositor = Compositor(suite, "--no-context")
    done = suite.oriel(*run)
    suite.ok(done.stdout == "none\n" and "wp_security_context_v1" in suite.oriel("explain", *run[2:]).stdout,
             "without contexts mode=auto gives none, and explain says why", done.stdout + done.stderr)
    done = suite.oriel("run", *options(suite), "--display=wayland", "--", "echo", "it ran")
    suite.ok(done.returncode != 0 and "it ran" not in done.stdout and
             "mode=wayland: the compositor does not tell boxed apps from others (wp_security_context_v1)" in done.stderr,
             "without contexts mode=wayland is refused, with the reason", done.stderr)
    suite.ok("the compositor makes no security contexts" in suite.oriel("doctor").stdout, "doctor says so")
    compositor.end()


def mute(suite):
    """A compositor that says nothing keeps nobody waiting for long."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(suite.runtime / "wayland-mute"))
        silent.listen()
        suite.env["WAYLAND_DISPLAY"] = "wayland-mute"
        done = suite.oriel("run", *options(suite), "--display=wayland", "--", "echo", "it ran")
        suite.ok(done.returncode not in (0, None) and "it ran" not in done.stdout, "a compositor that says nothing: refused", done.stderr)
        doctor = suite.oriel("doctor").stdout
        suite.ok("the compositor does not answer" in doctor and not list(suite.runtime.glob("oriel-check*")),
                 "doctor says so, and leaves nothing", doctor)


def both(suite):
    """An app that asked for both has both, and the X server is one of its own."""
    compositor = Compositor(suite)
    server = servers.start_x(suite)
    done = suite.oriel("run", *options(suite), "--", "sh", "-c", 'echo "$WAYLAND_DISPLAY $DISPLAY"; ls /tmp/.X11-unix')
    suite.ok(done.stdout == "wayland-0 :77\nX77\n", "an app that asked for both has both", done.stdout + done.stderr)
    explained = suite.oriel("explain", *options(suite)[1:], "--", "sh").stdout
    suite.ok("note display wayland+seamless :77: the app is a client of your compositor" in explained and
             "; and beside it, windows of the app" in explained, "explain tells of both", explained)
    done = suite.oriel("run", *options(suite), "--display=wayland", "--", "sh", "-c", 'echo "${DISPLAY-unset}"; ls /tmp/.X11-unix')
    suite.ok(done.stdout == "unset\n", "with mode=wayland there is no X server at all", done.stdout)
    harness.end(server)
    del suite.env["DISPLAY"], suite.env["XAUTHORITY"]
    compositor.end()


def main():
    suite = harness.Suite("contexts", files=sys.argv[1:], needs=["Xvfb", "xauth"])
    shown(suite)
    environment(suite)
    ends(suite)
    unlabelled(suite)
    refused(suite)
    both(suite)
    mute(suite)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
