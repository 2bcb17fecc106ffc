# SPDX-License-Identifier: LGPL-2.1-or-later
"""The X bridge by itself: two X servers without a screen - one is the person's, with a window manager, one the box's - and
oriel-xbridge between them.  What appears, where; what arrives inside; what a program that wants to look like something else
gets.  usage: xbridge.py WINDOWS (the program of windows.c)"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import harness  # noqa: E402

SIZE = (1280, 800)
MAGENTA, CYAN, YELLOW = "0xff00ff", "0x00ffff", "0xffff00"
BORDER = (0x20, 0xC0, 0x40)
RED = 3  # width of the border


class World:
    """Both servers, the window manager, the bridge."""

    def __init__(self, suite, windows, *options, mediator=False):
        self.suite, self.windows, self.options = suite, windows, options
        self.front, self.mediator = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) if mediator else (None, None)
        self.messages = []
        self.started = []
        self.bridge = suite.stage / "libexec/oriel/oriel-xbridge"
        self.host, self.inner = self.server(), self.server()
        self.wm = self.start(self.host, "openbox", "--sm-disable")
        self.wait_for_manager()
        self.agent_end, self.daemon_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.agent = self.start_agent()
        self.daemon = self.start_daemon()

    def wake(self):
        """What openbox has read while it waited for an answer it looks at only after the next event."""
        self.on_host("xprop", "-root", "-f", "_WAKE", "8s", "-set", "_WAKE", str(time.monotonic()))

    def wait_for_manager(self):
        """Until it has given a window a frame."""
        probe = self.start(self.host, self.windows, "win", 0, 0, 50, 50, "0x404040", stdin=subprocess.PIPE)

        def looks():
            self.wake()
            return "# 0x" in self.on_host("xprop", "-root", "_NET_CLIENT_LIST")
        self.suite.ok(harness.wait_for(looks, 20, 0.1), "the window manager works")
        harness.end(probe)

    def server(self):
        receive, send = os.pipe()
        process = self.suite.start("Xvfb", "-displayfd", send, "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp",
                                   "-noreset", "-extension", "GLX", pass_fds=[send])
        os.close(send)
        self.started.append(process)
        with os.fdopen(receive) as answer:
            process.name = ":" + answer.readline().strip()
        return process

    def start(self, server, *command, **more):
        process = self.suite.start(*command, env={"DISPLAY": server.name}, **more)
        self.started.append(process)
        return process

    def listen(self):
        """What the daemon has told its front end."""
        self.front.setblocking(False)
        while True:
            try:
                packet = self.front.recv(65536)
            except BlockingIOError:
                return self.messages
            if not packet:
                return self.messages
            verb, *fields = packet.decode().split("\0")
            self.messages.append({"verb": verb, **dict(field.split("=", 1) for field in fields if field)})

    def noted(self, op, via, verdict):
        return harness.wait_for(lambda: any(m["verb"] == "audit" and m.get("op") == op and m.get("via") == via and
                                            m.get("verdict") == verdict for m in self.listen()), 3)

    def question(self, seconds=5):
        """The first one that was not answered."""
        found = harness.wait_for(lambda: next((m for m in self.listen() if m["verb"] == "ask"), None), seconds)
        if found:
            self.messages.remove(found)
        return found

    def answer(self, question, verdict, scope):
        if question:
            self.front.send(b"\0".join(part.encode() for part in ("answer", f"seq={question['seq']}", f"verdict={verdict}",
                                                                  f"scope={scope}", "")))

    def half(self, server, kind, end, *options):
        receive, send = os.pipe()
        log = open(self.suite.top / f"{kind}.log", "a")
        more = [self.mediator.fileno()] if kind == "daemon" and self.mediator is not None else []
        options += tuple(f"--mediator={fd}" for fd in more)
        process = self.start(server, self.bridge, kind, f"--link={end.fileno()}", f"--fd={send}", *options, stderr=log,
                             pass_fds=[end.fileno(), send, *more])
        log.close()
        os.close(send)
        with os.fdopen(receive) as answer:
            answer.readline()
        return process

    def start_agent(self):
        return self.half(self.inner, "agent", self.agent_end)

    def start_daemon(self):
        return self.half(self.host, "daemon", self.daemon_end, "--name=box", "--border=#20c040", "--class=Windows",
                         "--instance=oriel-0badcafe", *self.options)

    def client(self, *words, wait=True):
        """The program of windows.c in the box, after all that it was told to do."""
        process = self.start(self.inner, self.windows, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.set_blocking(process.stdout.fileno(), False)
        process.said = ""
        if wait:
            harness.wait_for(lambda: "done\n" in self.said(process), 20)
        return process

    def said(self, process):
        try:
            more = os.read(process.stdout.fileno(), 1 << 16)
            process.said += more.decode(errors="replace")
        except BlockingIOError:
            pass
        return process.said

    def hears(self, process, pattern, seconds=10):
        return harness.wait_for(lambda: re.search(pattern, self.said(process), re.MULTILINE), seconds, 0.02)

    def end_client(self, process):
        process.stdin.close()
        harness.end(process)

    def on_host(self, *command):
        return self.suite.run(*command, env={"DISPLAY": self.host.name}).stdout.strip()

    def inside(self, *command):
        return self.suite.run(*command, env={"DISPLAY": self.inner.name}).stdout.strip()

    def found(self):
        """Ids of the bridge's windows that are shown on the host."""
        while True:
            self.wake()
            done = self.suite.run("xdotool", "search", "--onlyvisible", "--classname", "^oriel-0badcafe$",
                                  env={"DISPLAY": self.host.name})
            if "X Error" not in done.stderr:  # a window went while it looked
                return done.stdout.split()

    def window(self, but=(), seconds=10):
        """The id of one that is none of those, when it is there."""
        return harness.wait_for(lambda: next((i for i in self.found() if i not in but), None), seconds)

    def is_managed(self, window):
        return "window state" in self.on_host("xprop", "-id", window, "WM_STATE")

    def at(self, window):
        """x, y, w, h of a host window, with the bridge's border."""
        text = self.on_host("xwininfo", "-id", window)
        return tuple(int(re.search(word + r":\s+(-?\d+)", text)[1])
                     for word in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height"))

    def picture(self, server=None):
        return Picture(self.suite, (server or self.host).name)

    def sees(self, colour, least=1, most=None, seconds=10):
        """Waits until that many pixels of the host have the colour."""
        def look():
            n = self.picture().count(colour)
            return (n,) if n >= least and (most is None or n <= most) else None
        return harness.wait_for(look, seconds, 0.1)

    def focus(self, window):
        self.on_host("xdotool", "windowactivate", "--sync", window)
        time.sleep(0.15)

    def end(self):
        for process in reversed(self.started):
            harness.end(process)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        for end in (self.agent_end, self.daemon_end, self.front, self.mediator):
            if end is not None:
                end.close()


class Picture:
    """What a server shows."""

    def __init__(self, suite, display):
        raw = subprocess.run(["import", "-silent", "-window", "root", "-depth", "8", "rgb:-"], env={**suite.env, "DISPLAY": display},
                             capture_output=True, check=False, timeout=harness.DEADLINE).stdout
        self.bytes = raw
        assert len(raw) == SIZE[0] * SIZE[1] * 3, "no picture"

    def pixel(self, x, y):
        at = (y * SIZE[0] + x) * 3
        return tuple(self.bytes[at:at + 3])

    def count(self, colour):
        wanted = bytes(colour) if isinstance(colour, tuple) else int(colour, 16).to_bytes(3, "big")
        n, at = 0, self.bytes.find(wanted)
        while at >= 0:
            n += at % 3 == 0
            at = self.bytes.find(wanted, at + (3 if at % 3 == 0 else 1))
        return n

    def is_bordered(self, x, y, w, h):
        """Is the edge of that window, three pixels wide, all of the border's colour?"""
        edge = [(i, j) for i in range(x, x + w) for j in (*range(y, y + RED), *range(y + h - RED, y + h))]
        edge += [(i, j) for j in range(y, y + h) for i in (*range(x, x + RED), *range(x + w - RED, x + w))]
        return all(self.pixel(i, j) == BORDER for i, j in edge if 0 <= i < SIZE[0] and 0 <= j < SIZE[1])


def rgb(colour):
    return tuple(int(colour, 16).to_bytes(3, "big"))


def test_window(suite, world):
    client = world.client("win", 0, 0, 400, 300, MAGENTA, "title", 0, "hello\u202eworld")
    window = world.window()
    suite.ok(window and world.sees(MAGENTA, 400 * 300), "a window appears, every pixel of it")
    x, y, w, h = world.at(window)
    suite.ok((w, h) == (406, 306), "it is as large as inside, and its border", (w, h))
    suite.ok(world.picture().is_bordered(x, y, w, h), "the border is whole")
    suite.ok(harness.wait_for(lambda: "[box] helloworld" in world.on_host("xprop", "-id", window, "_NET_WM_NAME")),
             "its title has the label, and nothing that turns", world.on_host("xprop", "-id", window, "_NET_WM_NAME"))
    suite.ok('"oriel-0badcafe", "Windows"' in world.on_host("xprop", "-id", window, "WM_CLASS"), "its class is the box's")
    suite.ok(world.is_managed(window), "the window manager has it")
    world.focus(window)
    world.on_host("xdotool", "key", "a")
    suite.ok(world.hears(client, r"^key 0 38 "), "a key arrives")
    suite.ok(world.hears(client, r"^key-up 0 38 "), "and comes up")

    world.on_host("xdotool", "windowsize", "--sync", window, 506, 356)
    suite.ok(world.hears(client, r"^configure 0 .* 500 350$") and world.sees(MAGENTA, 500 * 350),
             "resized by the person: resized inside, and painted")
    suite.ok(world.picture().is_bordered(*world.at(window)), "the border is whole after it")
    world.on_host("xdotool", "windowmove", window, 300, 200)
    time.sleep(0.3)
    x, y, w, h = world.at(window)
    suite.ok(world.hears(client, rf"^configure 0 {x + RED} {y + RED} 500 350$"), "moved by the person: the same place inside",
             f"host {x} {y}; inside: {world.said(client)[-200:]}")
    world.on_host("xdotool", "mousemove", x + 103, y + 54, "click", 1)
    suite.ok(world.hears(client, rf"^button 0 1 at 100 51 root {x + 103} {y + 54}$"), "a click arrives at its pixel",
             world.said(client)[-300:])
    world.on_host("xdotool", "mousemove", 5, 5)
    suite.ok(world.hears(client, r"^leave 0$"), "the pointer leaves")

    world.on_host("xdotool", "key", "alt+F4")
    suite.ok(harness.wait_for(lambda: not world.found()), "closed by the window manager: gone")
    suite.ok(harness.wait_for(lambda: client.poll() is not None), "its client was closed inside")


def test_resize_inside(suite, world):
    client = world.client("win", 100, 100, 300, 200, MAGENTA, "wait", 500, "place", 0, 100, 100, 350, 260, "wait", 300,
                          "dot", 0, 340, 250, CYAN)
    window = world.window()
    suite.ok(world.sees(CYAN, 64), "resized inside: what is drawn at the new edge is seen")
    x, y, w, h = world.at(window)
    suite.ok((w, h) == (356, 266), "the host's window follows", (w, h))
    picture = world.picture()
    suite.ok(picture.pixel(x + RED + 340, y + RED + 250) == rgb(CYAN) and picture.pixel(x + RED + 347, y + RED + 257) == rgb(CYAN),
             "every pixel is at its place")
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_title(suite, world):
    client = world.client("win", 100, 100, 300, 200, MAGENTA, "name", 0, os.fsdecode(b"gr\xfcn"), "wait", 300)
    window = world.window()
    suite.ok(harness.wait_for(lambda: '"[box] gr\u00fcn"' in world.on_host("xprop", "-id", window, "_NET_WM_NAME")),
             "a title in Latin 1", world.on_host("xprop", "-id", window, "_NET_WM_NAME"))
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_shape(suite, world):
    client = world.client("win", 300, 200, 200, 100, MAGENTA, "shape", 0)
    window = world.window()
    suite.ok(world.sees(MAGENTA, 40 * 40, 40 * 40), "of a window with a shape only that is seen", world.picture().count(MAGENTA))
    x, y, *_ = world.at(window)
    suite.ok(world.picture().is_bordered(x, y, 46, 46), "with a border around the shape")
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_monitors(suite, world):
    for name, place in (("left", "640/200x800/250+0+0"), ("right", "640/200x800/250+640+0")):
        world.on_host("xrandr", "--setmonitor", name, place, "screen" if name == "left" else "none")
    suite.ok(harness.wait_for(lambda: re.search(r"640/\d+x800/\d+\+0\+0.*\n.*640/\d+x800/\d+\+640\+0",
                                                world.inside("xrandr", "--listmonitors"))),
             "two monitors side by side are two inside", world.inside("xrandr", "--listmonitors"))
    world.suite.run("xrdb", "-nocpp", "-merge", "-", input="Xft.dpi: 144\n", env={"DISPLAY": world.host.name})
    suite.ok(harness.wait_for(lambda: "Xft.dpi:\t144" in world.inside("xrdb", "-query")), "and so is what fonts are drawn for",
             world.inside("xrdb", "-query"))
    for name in ("left", "right"):
        world.on_host("xrandr", "--delmonitor", name)


def test_popup(suite, world):
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    window = world.window()
    world.focus(window)
    x, y, *_ = world.at(window)
    menu = world.client("or", x + 50, y + 60, 120, 90, CYAN, 0, "dot", 0, 10, 20, YELLOW)
    suite.ok(world.sees(CYAN, 120 * 90 - 64, 120 * 90), "a menu of the focused box appears")
    popup = world.window([window])
    suite.ok(not world.is_managed(popup), "without a frame")
    picture = world.picture()
    suite.ok(picture.pixel(x + 60, y + 80) == rgb(YELLOW) and picture.pixel(x + 67, y + 87) == rgb(YELLOW) and
             picture.pixel(x + 59, y + 80) == rgb(CYAN), "at its pixel")
    suite.ok(picture.is_bordered(*world.at(popup)), "with a border")
    world.on_host("xdotool", "mousemove", x + 70, y + 90, "click", 1)
    suite.ok(world.hears(menu, r"^button 0 1 at 20 30 "), "a click goes to the menu", world.said(menu))
    other = world.start(world.host, world.windows, "win", 700, 500, 200, 100, "0x808080", stdin=subprocess.PIPE)
    world.on_host("xdotool", "mousemove", 800, 560, "click", 1)
    suite.ok(world.sees(CYAN, 0, 0) and harness.wait_for(lambda: world.found() == [window]),
             "the person goes elsewhere: the menu is gone")
    harness.end(other)
    time.sleep(0.3)
    world.end_client(menu)
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def spoof(suite, world, name, *words, most=0.40, focus=True, managed=None):
    """A hostile client.  Without a frame it covers at most that part of the screen."""
    base = world.client("win", 600, 400, 120, 80, "0x303030")
    if focus:
        world.focus(world.window())
    attack = world.client(*words)
    if managed is not None:
        harness.wait_for(lambda: sum(world.is_managed(window) for window in world.found()) > managed)
    time.sleep(1.0)
    found = world.found()
    free = [window for window in found if not world.is_managed(window)]
    picture = world.picture()
    covered = 0
    for window in free:
        x, y, w, h = world.at(window)
        covered += w * h
    seen = picture.count(MAGENTA)
    good = covered <= most * SIZE[0] * SIZE[1]
    for window in free:
        good &= picture.is_bordered(*world.at(window)) or len(free) > 1
    if managed is not None:
        good &= len(found) - len(free) - 1 >= managed
    suite.ok(good, name, f"{len(found)} windows, free {len(free)}, {covered} pixels; attacker's pixels seen {seen}")
    world.suite.run("import", "-window", "root", str(world.suite.top / (re.sub(r"\W+", "-", name) + ".png")),
                    env={"DISPLAY": world.host.name})
    world.end_client(attack)
    world.end_client(base)
    harness.wait_for(lambda: not world.found())


def test_spoofs(suite, world):
    w, h = SIZE
    spoof(suite, world, "one popup of the screen's size has a frame", "or", 0, 0, w, h, MAGENTA, 0, managed=1)
    spoof(suite, world, "of two halves the second has a frame", "or", 0, 0, w, h // 2 - 90, MAGENTA, 0, "or", 0, h // 2 - 90, w,
          h // 2 + 90, MAGENTA, 0, managed=1)
    spoof(suite, world, "one that grows after it is mapped gets a frame", "or", 10, 10, 20, 20, MAGENTA, 0, "wait", 500, "place",
          0, 0, 0, w, h, managed=1)
    spoof(suite, world, "four quarters: what is too much has a frame", *[word for x in (0, w // 2) for y in (0, h // 2) for word in
                                                                        ("or", x, y, w // 2, h // 2, MAGENTA, 0)], managed=2)
    spoof(suite, world, "a lock screen of 400 small popups covers no more than popups may", "many", 400, MAGENTA)
    spoof(suite, world, "a pixel with a border of 2000 is a pixel", "or", 0, 0, 1, 1, MAGENTA, 2000, most=0.001)


def test_screen_size(suite, world):
    client = world.client("win", 0, 0, *SIZE, MAGENTA, "full", 0, "ask", 0, "FULLSCREEN", "ask", 0, "ABOVE", "title", 0,
                          "[bank] sign in")
    window = world.window()
    time.sleep(0.5)
    x, y, w, h = world.at(window)
    state = world.on_host("xprop", "-id", window, "_NET_WM_STATE", "_NET_FRAME_EXTENTS")
    suite.ok("FULLSCREEN" not in state and "ABOVE" not in state, "full screen by size, hint and message: not full-screen", state)
    extents = re.search(r"EXTENTS\(CARDINAL\) = \d+, \d+, (\d+)", state)
    suite.ok(extents and int(extents[1]) > 5, "it has the window manager's frame", state)
    suite.ok(world.picture().is_bordered(x, y, w, h), "and the border", (x, y, w, h))
    name = world.on_host("xprop", "-id", window, "_NET_WM_NAME")
    suite.ok('"[box] [bank] sign in"' in name, "a title with another label stands behind the box's own", name)
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_unfocused(suite, world):
    mine = world.start(world.host, world.windows, "win", 800, 500, 200, 100, "0x808080", stdin=subprocess.PIPE)
    time.sleep(0.3)
    world.on_host("xdotool", "mousemove", 900, 550, "click", 1)
    time.sleep(1.2)
    client = world.client("or", 100, 100, 200, 100, MAGENTA, 0)
    window = world.window()
    suite.ok(window and world.is_managed(window), "a popup of a box that nobody touches has a frame")
    focus = world.on_host("xdotool", "getwindowfocus")
    suite.ok(focus not in world.found(), "and no focus")
    world.on_host("xdotool", "key", "b")
    suite.ok(not world.hears(client, r"^key", 0.5), "keys for others do not arrive")
    world.end_client(client)
    harness.end(mine)
    harness.wait_for(lambda: not world.found())


def test_cap(suite, world):
    client = world.client(*[word for i in range(400) for word in ("win", 10, 10, 20, 20, "0x101010")])
    harness.wait_for(lambda: len(world.found()) >= 256, 30, 0.5)
    time.sleep(0.5)
    n = len(world.found())
    suite.ok(n == 256, "of 400 windows 256 are shown", n)
    world.end_client(client)
    suite.ok(harness.wait_for(lambda: not world.found(), 20), "and none is left")
    client = world.client("or", 0, 0, 65535, 65535, MAGENTA, 0, "win", 0, 0, 30000, 30000, MAGENTA)
    time.sleep(0.5)
    suite.ok(world.daemon.poll() is None and world.agent.poll() is None, "sizes beyond all screens: both halves live")
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_held_keys(suite, world):
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    window = world.window()
    world.focus(window)
    other = world.start(world.host, world.windows, "win", 700, 500, 200, 100, "0x808080", stdin=subprocess.PIPE)
    time.sleep(0.5)
    world.focus(window)
    world.on_host("xdotool", "keydown", "a")
    suite.ok(world.hears(client, r"^key 0 38 "), "a key goes down")
    world.on_host("xdotool", "mousemove", 800, 560, "click", 1)
    suite.ok(world.hears(client, r"^key-up 0 38 "), "the person goes elsewhere with it: it comes up inside")
    world.on_host("xdotool", "keyup", "a")
    world.focus(window)
    before = len(re.findall(r"^key 0 ", world.said(client), re.MULTILINE))
    world.on_host("xdotool", "keydown", "a")
    time.sleep(1.5)
    world.on_host("xdotool", "keyup", "a")
    time.sleep(0.2)
    presses = len(re.findall(r"^key 0 ", world.said(client), re.MULTILINE)) - before
    suite.ok(15 <= presses <= 30, "a key that is held for 1.5 s repeats once as often as outside", presses)
    harness.end(other)
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_keyboard(suite, world):
    def map_of(run, display):
        lines = run("xkbcomp", "-w0", display, "-").splitlines()
        return [line for line in lines if re.search(r"^\s+key <", line)]
    world.on_host("setxkbmap", "us,de", "-option", "grp:caps_toggle")
    good = harness.wait_for(lambda: map_of(world.on_host, world.host.name) == map_of(world.inside, world.inner.name), 10, 0.2)
    suite.ok(good and map_of(world.on_host, world.host.name), "every key's meanings are those of the person's keyboard")
    suite.ok(harness.wait_for(lambda: "us,de" in world.inside("setxkbmap", "-query")), "and so is what the layout is called")
    world.on_host("setxkbmap", "us", "-option", "")


def has(world, server, selection="clipboard"):
    """What a program of that display would paste."""
    return world.suite.run("timeout", "3", "xclip", "-o", "-selection", selection, "-t", "UTF8_STRING",
                           env={"DISPLAY": server.name}).stdout


def copies(world, server, text, selection="clipboard"):
    """A program of that display has copied text, until it is ended."""
    process = world.start(server, "xclip", "-quiet", "-i", "-selection", selection, stdin=subprocess.PIPE)
    process.stdin.write(text if isinstance(text, bytes) else text.encode())
    process.stdin.close()
    time.sleep(0.3)
    return process


def test_exchange_none(suite, world):
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    world.focus(world.window())
    theirs, mine = copies(world, world.inner, "from the box"), copies(world, world.host, "from the person")
    world.on_host("xdotool", "key", "a")
    suite.ok(has(world, world.host) == "from the person", "without leave: what an app copies stays inside")
    suite.ok(has(world, world.inner) == "from the box", "and what the person copies, outside")
    harness.end(theirs)
    world.on_host("xdotool", "key", "a")
    suite.ok(has(world, world.inner) == "", "also when the app has nothing")
    harness.end(mine)
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_exchange(suite, windows):
    world = World(suite, windows, "--clipboard=both", "--primary=to-app", mediator=True)
    try:
        client = world.client("win", 200, 200, 300, 200, MAGENTA)
        window = world.window()
        other = world.start(world.host, world.windows, "win", 700, 500, 200, 100, "0x808080", stdin=subprocess.PIPE)
        time.sleep(0.5)
        mine = copies(world, world.host, "gr\u00fc\u00dfe\u0007\r\nvon au\u00dfen\u202e")
        world.focus(window)
        world.on_host("xdotool", "key", "a")
        suite.ok(has(world, world.inner) == "gr\u00fc\u00dfe\nvon au\u00dfen\u202e", "to the app: text, without control bytes",
                 repr(has(world, world.inner)))
        suite.ok(world.noted("clipboard", "to-app", "allow"), "one line of the log says so")
        time.sleep(1.2)
        suite.ok(has(world, world.inner) == "", "not a second after the last key")
        suite.ok(world.noted("clipboard", "to-app", "deny"), "which is in the log too")
        world.on_host("xdotool", "mousemove", 800, 560, "click", 1)
        time.sleep(0.2)
        suite.ok(has(world, world.inner) == "", "not while the person works elsewhere")
        theirs = copies(world, world.inner, "planted")
        suite.ok(has(world, world.host).startswith("gr"), "nor does the app put anything into the clipboard then")
        harness.end(theirs)
        world.focus(window)
        world.on_host("xdotool", "key", "a")
        theirs = copies(world, world.inner, "from \u0001the box")
        suite.ok(harness.wait_for(lambda: has(world, world.host) == "from the box", 3), "from the app: text, without control bytes",
                 repr(has(world, world.host)))
        suite.ok(harness.wait_for(lambda: mine.poll() is not None, 3), "it is in the person's clipboard, in the place of what was there")
        long = "x" * 60000
        world.on_host("xdotool", "key", "a")
        more = copies(world, world.inner, long)
        suite.ok(harness.wait_for(lambda: has(world, world.host) == long, 5), "60 KB, from the app")
        world.on_host("xdotool", "key", "a")
        huge = copies(world, world.inner, "y" * 1000000)
        time.sleep(0.5)
        suite.ok(len(has(world, world.host)) <= 65536, "a megabyte is not taken as it is")
        for process in (theirs, more, huge):
            harness.end(process)
        mine = copies(world, world.host, "z" * 600000)
        world.focus(other_window(world, window))
        world.focus(window)
        world.on_host("xdotool", "key", "a")
        got = has(world, world.inner)
        suite.ok(len(got) <= 65536, "600 KB that come in pieces: cut, or nothing", len(got))
        harness.end(mine)
        first = copies(world, world.host, "selected", "primary")
        world.focus(other_window(world, window))
        world.focus(window)
        world.on_host("xdotool", "key", "a")
        suite.ok(has(world, world.inner, "primary") == "selected", "PRIMARY by its own rule: to the app")
        second = copies(world, world.inner, "planted", "primary")
        suite.ok(has(world, world.host, "primary") == "selected", "and not back")
        for process in (first, second, other):
            harness.end(process)
        world.end_client(client)
    finally:
        world.end()


def other_window(world, window):
    """The window of a program of the person's."""
    ids = world.on_host("xprop", "-root", "_NET_CLIENT_LIST").split("#")[-1].replace(",", " ").split()
    return next(i for i in ids if int(i, 16) != int(window))


def test_asked(suite, windows):
    world = World(suite, windows, "--clipboard=ask", mediator=True)
    try:
        client = world.client("win", 200, 200, 300, 200, MAGENTA)
        window = world.window()
        world.focus(window)
        world.on_host("xdotool", "key", "a")
        theirs = copies(world, world.inner, "first line\nsecond")
        question = world.question()
        suite.ok(question and "first line" in question["summary"] and "second" not in question["summary"] and
                 "17 bytes" in question["summary"], "ask: a question with size and first line", question)
        suite.ok(has(world, world.host) == "", "nothing before the answer")
        world.answer(question, "allow", "once")
        suite.ok(harness.wait_for(lambda: has(world, world.host).startswith("first line"), 3), "yes: it is there")
        harness.end(theirs)
        world.on_host("xdotool", "key", "a")
        theirs = copies(world, world.inner, "again")
        question = world.question()
        suite.ok(question, "once was once")
        world.answer(question, "deny", "session")
        world.on_host("xdotool", "key", "a")
        harness.end(theirs)
        theirs = copies(world, world.inner, "third")
        suite.ok(not world.question(1), "no for the session: nobody is asked again")
        suite.ok(has(world, world.host).startswith("first"), "and nothing goes")
        harness.end(theirs)
        world.end_client(client)
    finally:
        world.end()


def test_daemon_dies(suite, world):
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    world.window()
    world.sees(MAGENTA, 300 * 200)
    world.daemon.kill()
    world.daemon.wait()
    suite.ok(harness.wait_for(lambda: not world.found()), "the daemon is killed: its windows are gone")
    suite.ok(client.poll() is None and world.agent.poll() is None, "the app and the agent live")
    world.daemon = world.start_daemon()
    window = world.window()
    suite.ok(window and world.sees(MAGENTA, 300 * 200), "another daemon on the same descriptor: they are back, painted")
    world.focus(window)
    world.on_host("xdotool", "key", "a")
    suite.ok(world.hears(client, r"^key 0 38 "), "and hear keys")
    world.agent.kill()
    world.agent.wait()
    world.agent = world.start_agent()
    window = world.window()
    suite.ok(window and world.sees(MAGENTA, 300 * 200) and world.daemon.poll() is None and len(world.found()) == 1,
             "the agent is killed, and another begins: the same")
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_still(suite, world):
    def switches(process):
        text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        return sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    world.window()
    time.sleep(1.5)
    before = [switches(process) for process in (world.agent, world.daemon)]
    time.sleep(2)
    after = [switches(process) for process in (world.agent, world.daemon)]
    suite.ok(before == after, "nothing happens: neither half wakes up", f"{before} {after}")
    world.end_client(client)
    harness.wait_for(lambda: not world.found())


def test_confined(suite, world):
    status = pathlib.Path(f"/proc/{world.daemon.pid}/status").read_text()
    suite.ok(re.search(r"^Seccomp:\s+2$", status, re.MULTILINE), "the daemon is behind a filter")
    suite.ok(re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE), "and gains nothing by executing")


def test_host_ends(suite, world):
    client = world.client("win", 200, 200, 300, 200, MAGENTA)
    world.window()
    world.host.send_signal(signal.SIGKILL)
    suite.ok(harness.wait_for(lambda: world.daemon.poll() is not None) and world.daemon.returncode == 0,
             "the person's display is gone: the daemon ends in peace", world.daemon.returncode)
    suite.ok(harness.wait_for(lambda: world.agent.poll() is not None) and world.agent.returncode == 0, "and so does the agent")
    world.end_client(client)


TESTS = (test_window, test_resize_inside, test_title, test_shape, test_monitors, test_popup, test_spoofs, test_screen_size, test_unfocused, test_cap, test_held_keys,
         test_keyboard, test_exchange_none, test_daemon_dies, test_still, test_confined, test_host_ends)
WORLDS = (test_exchange, test_asked)  # each with a bridge of its own


def main():
    suite = harness.Suite("xbridge", files=[sys.argv[1]],
                          needs=("Xvfb", "openbox", "xdotool", "import", "xprop", "xwininfo", "setxkbmap", "xkbcomp", "xclip", "xrandr", "xrdb"))
    world = World(suite, suite.bin / pathlib.Path(sys.argv[1]).name)
    chosen = sys.argv[2:]
    try:
        for test in TESTS:
            if not chosen or test.__name__ in chosen:
                test(suite, world)
        for half in ("agent", "daemon"):
            said = (suite.top / f"{half}.log").read_text()
            suite.ok(not said, f"the {half} had nothing to say", said)
    finally:
        world.end()
    for test in WORLDS:
        if not chosen or test.__name__ in chosen:
            test(suite, world.windows)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
