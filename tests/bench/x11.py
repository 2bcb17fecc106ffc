#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of isolated displays: direct X, Xephyr, Xpra and Oriel's bridge doing the same work, interleaved in one run.

The host is Xvfb 1920x1080 with openbox; the stacks run as plain processes, without boxes, so that only they differ:

  socket      stack launched -> its server answers an X client
  xterm,      stack launched, app started as soon as it may -> 40 000 pixels of the app's background on the host's screen
  mousepad
  key         XTEST key on the host -> the host's pixel has changed (the app paints all of 1280x800 at each key)
  30 fps      processor time of the stack and, beside it, of the host's server, % of one processor
  fps         changes of the host's pixel in a second while the app paints as fast as its server takes it
  PSS         of the stack's processes, without app and host's server, idle and after the video
  wake-ups    context switches of the stack's processes in a minute in which nothing happens

and then the whole of Oriel: `oriel run mousepad` -> its window is there, beside mousepad itself.  Numbers are for comparing
within one run, never for a pass or fail.
usage: x11.py --build BUILD [--rounds N] [--idle SECONDS] [--json FILE] [--svg FILE] [--smoke]"""

import argparse
import json
import os
import pathlib
import platform
import random
import shutil
import socket
import statistics
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "x11"), str(HERE)]
import clients  # noqa: E402
import harness  # noqa: E402
import plot  # noqa: E402
import servers  # noqa: E402

XTERM, PIXELS = "2468ac", 40000
SEEN_MS = 60000
XPRA = ["--clipboard=no", "--mmap=yes", "--mdns=no", "--printing=no", "--file-transfer=no", "--open-files=no", "--open-url=no",
        "--pulseaudio=no", "--speaker=disabled", "--microphone=disabled", "--webcam=no", "--notifications=no", "--system-tray=no",
        "--tray=no", "--bell=no", "--forward-xdg-open=no", "--remote-logging=no", "--dbus-proxy=no", "--dbus-control=no"]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def answers(number, cookie):
    """Does a server of that number answer a client's first packet?"""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(2)
        try:
            peer.connect(f"/tmp/.X11-unix/X{number}")
            name, data = b"MIT-MAGIC-COOKIE-1\0\0", bytes.fromhex(cookie)
            peer.send(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 18, len(data)) + name + data)
            return peer.recv(8)[:1] == b"\1"
        except OSError:
            return False


def listens(path):
    with socket.socket(socket.AF_UNIX) as peer:
        try:
            peer.connect(str(path))
            return True
        except OSError:
            return False


def tree(processes):
    pids = []
    for process in processes:
        if process.poll() is None:
            pids += [process.pid, *harness.descendants(process.pid)]
    return pids


def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def pss_kib(pids):
    total = 0
    for pid in pids:
        for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
            total += int(line.split()[1]) if line.startswith("Pss:") else 0
    return total


def of_tasks(pids, name, value):
    return sum(value(read(task / name)) for pid in pids for task in pathlib.Path(f"/proc/{pid}/task").glob("*"))


def run_ns(pids):
    return of_tasks(pids, "schedstat", lambda text: int((text.split() or [0])[0]))


def switches(pids):
    return of_tasks(pids, "status", lambda text: sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line))


class Stack:
    """A display for an app.  start() launches it; env is the app's then."""

    def __init__(self, suite, number):
        self.suite, self.number = suite, number
        self.processes, self.env = [], {}
        self.socket_ms = None

    def cookie(self):
        """Made before the clock starts."""
        self.secret = os.urandom(16).hex()
        self.authority = self.suite.top / "inner-xauthority"
        self.authority.unlink(missing_ok=True)
        self.suite.run("xauth", "-q", "-f", self.authority, "add", f":{self.number}", ".", self.secret)
        self.env = {"DISPLAY": f":{self.number}", "XAUTHORITY": str(self.authority)}

    def spawn(self, *command, inner=False, **more):
        log = open(self.suite.top / f"{pathlib.Path(str(command[0])).name}.log", "ab")
        process = self.suite.start(*command, env=self.env if inner else None, stdout=log, stderr=log, **more)
        log.close()
        self.processes.append(process)
        return process

    def wait_socket(self, began):
        if not harness.wait_for(lambda: answers(self.number, self.secret), 20, 0.001):
            raise NotMeasured(f"no server at :{self.number}")
        self.socket_ms = (time.monotonic() - began) * 1000

    def end(self):
        for process in reversed(self.processes):
            harness.end(process, 3)
        self.processes = []
        for path in (f"/tmp/.X11-unix/X{self.number}", f"/tmp/.X{self.number}-lock"):
            if os.path.exists(path) and os.stat(path).st_uid == os.getuid():
                os.unlink(path)


class NotMeasured(Exception):
    pass


class Direct(Stack):
    name = "direct"

    def cookie(self):
        pass

    def start(self, began):
        self.socket_ms = 0.0


class Xephyr(Stack):
    name = "Xephyr"

    def start(self, began):
        self.spawn("Xephyr", f":{self.number}", "-auth", self.authority, "-nolisten", "tcp", "-nolisten", "local", "-noreset",
                   "-screen", "1280x800", "-extension", "GLX")
        self.wait_socket(began)


class WithoutScreen(Stack):
    def server(self, began):
        self.spawn("Xvfb", f":{self.number}", "-auth", self.authority, "-nolisten", "tcp", "-nolisten", "local", "-noreset", "-s", "0",
                   "-screen", "0", "1920x1080x24", "-extension", "GLX")
        self.wait_socket(began)


class Xpra(WithoutScreen):
    name = "Xpra"

    def start(self, began):
        place = self.suite.top / f"xpra-{self.number}"
        place.mkdir(exist_ok=True, mode=0o700)
        self.server(began)
        # The distribution's settings would start a session, whose first window takes the keyboard.
        self.spawn("env", "XPRA_SYSTEM_CONF_DIRS=/nonexistent", "xpra", "start", f":{self.number}", "--use-display=yes", "--daemon=no", "--attach=no", "--start=/bin/true",
                   f"--bind={place}/socket", f"--socket-dir={place}", "--systemd-run=no", "--dbus-launch=", "--html=off",
                   "--start-new-commands=no", "--start-via-proxy=no", "--proxy-start-sessions=no", *XPRA, inner=True)
        if not harness.wait_for(lambda: listens(place / "socket"), 60, 0.005):
            raise NotMeasured("no socket of Xpra's")
        self.spawn("xpra", "attach", f"socket://{place}/socket", "--opengl=no", "--compressors=lz4", *XPRA)


class Bridge(WithoutScreen):
    name = "bridge"

    def start(self, began):
        program = self.suite.stage / "libexec/oriel/oriel-xbridge"
        agent, daemon = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ready, say = os.pipe()
        with agent, daemon:
            self.spawn(program, "daemon", f"--link={daemon.fileno()}", "--name=bench", "--border=#c02020", "--class=bench",
                       "--instance=bench", pass_fds=[daemon.fileno()])
            self.server(began)
            self.spawn(program, "agent", f"--link={agent.fileno()}", f"--fd={say}", pass_fds=[agent.fileno(), say], inner=True)
        os.close(say)
        with os.fdopen(ready) as line:
            if not line.readline():
                raise NotMeasured("the agent is not ready")

    def own(self):
        return [process for process in self.processes if "xbridge" in str(process.args[0])]


KINDS = [Direct, Xephyr, Xpra, Bridge]


class Bench:
    def __init__(self, suite, options):
        self.suite, self.options = suite, options
        self.host = servers.start_x(suite, "1920x1080x24")
        self.manager = suite.start("openbox")
        self.probe = clients.Client(suite, suite.bin / "x-probe")
        suite.ok(self.probe.is_ready(), "the host's display is there")
        suite.run("xsetroot", "-solid", "#406080")
        self.values = {kind.name: {} for kind in KINDS}
        self.number = 300 + os.getpid() % 500

    def add(self, kind, what, *values):
        self.values[kind.name].setdefault(what, []).extend(values)

    def launch(self, kind):
        """(stack, when it began)"""
        while os.path.exists(f"/tmp/.X11-unix/X{self.number}") or os.path.exists(f"/tmp/.X{self.number}-lock"):
            self.number += 1
        stack = kind(self.suite, self.number)
        self.number += 1
        stack.cookie()
        began = time.monotonic()
        try:
            stack.start(began)
        except NotMeasured:
            stack.end()
            raise
        return stack, began

    def paint(self, kind, what, colour, *command):
        stack, began = self.launch(kind)
        app = self.suite.start(*command, env=stack.env)
        try:
            if int(self.probe.ask("painted", colour, PIXELS, SEEN_MS, seconds=70)) < 0:
                raise NotMeasured(f"{what} is not seen")
            self.add(kind, what, (time.monotonic() - began) * 1000)
            self.add(kind, "socket", stack.socket_ms)
        finally:
            harness.end(app)
            stack.end()
            time.sleep(0.2)

    def work(self, kind, idle):
        """Latency, load, memory of one that runs."""
        stack, _ = self.launch(kind)
        app = clients.Client(self.suite, self.suite.bin / "x-painter", env=stack.env)
        try:
            if not app.is_ready() or int(self.probe.ask("painted", "1030a0", 500000, SEEN_MS, seconds=70)) < 0:
                raise NotMeasured("the painter is not seen")
            time.sleep(1)
            self.probe.ask("click")
            time.sleep(0.5)
            times = [float(word) / 1000 for word in self.probe.ask("keys", self.options.keys, seconds=70).split()]
            if statistics.median(times) > 400:
                raise NotMeasured("keys don't arrive")
            self.add(kind, "key", *times)
            self.add(kind, "PSS", pss_kib(tree(stack.processes)) / 1024)
            if isinstance(stack, Bridge):
                self.add(kind, "PSS bridge", pss_kib([process.pid for process in stack.own()]) / 1024)
            app.ask("fps", 30)
            time.sleep(0.5)
            before, host = run_ns(tree(stack.processes)), run_ns([self.host.pid])
            time.sleep(self.options.video)
            self.add(kind, "30 fps", (run_ns(tree(stack.processes)) - before) / 1e7 / self.options.video)
            self.add(kind, "30 fps host", (run_ns([self.host.pid]) - host) / 1e7 / self.options.video)
            app.ask("free")
            time.sleep(0.3)
            self.add(kind, "fps", int(self.probe.ask("changes", 2000)) / 2)
            app.ask("fps", 0)
            time.sleep(1)
            self.add(kind, "PSS after", pss_kib(tree(stack.processes)) / 1024)
            if idle > 0 and stack.processes:
                self.add(kind, "wake-ups", self.wake_ups(stack, idle))
        finally:
            app.end()
            stack.end()
            time.sleep(0.2)

    def wake_ups(self, stack, idle):
        """In a minute; nothing asks the host's server anything meanwhile."""
        time.sleep(2)
        before = switches(tree(stack.processes))
        time.sleep(idle)
        return (switches(tree(stack.processes)) - before) * 60 / idle

    def round(self, last):
        order = KINDS[:]
        random.shuffle(order)
        for kind in order:
            steps = (lambda: self.paint(kind, "xterm", XTERM, "xterm", "-bg", f"#{XTERM}", "-geometry", "100x40", "-e", "sleep 60"),
                     lambda: self.paint(kind, "mousepad", "ffffff", "mousepad", "--disable-server"),
                     lambda: self.work(kind, self.options.idle if last else 0))
            for step in steps:
                try:
                    step()
                except NotMeasured as why:
                    print(f"# {kind.name}: {why}", flush=True)
                    self.suite.ok(False, f"{kind.name}: {why}")

    def click(self, command, stop):
        """Command started -> the host's window manager has one window more."""
        self.probe.ask("count")
        began = time.monotonic()
        app = self.suite.start(*command)
        seen = int(self.probe.ask("mapped", SEEN_MS, seconds=70))
        taken = (time.monotonic() - began) * 1000
        stop(app)
        before = time.monotonic()
        while int(self.probe.ask("count").split()[0]) > 0 and time.monotonic() < before + 5:
            time.sleep(0.05)
        return taken if seen >= 0 else None

    def clicks(self, rounds):
        """The whole: mousepad, and mousepad in its box, in turns."""
        def stop_box(app):
            self.suite.oriel("stop", "mousepad")
            harness.end(app)
        rows = {"mousepad": [], "oriel run mousepad": []}
        kinds = [("mousepad", ["mousepad", "--disable-server"], harness.end),
                 ("oriel run mousepad", [self.suite.oriel_program, "run", "mousepad"], stop_box)]
        for number in range(rounds + 2):
            for name, command, stop in kinds:
                taken = self.click(command, stop)
                # The first two make what later ones find: caches of fonts, remembered plans.
                if number >= 2 and taken is not None:
                    rows[name].append(taken)
        return rows

    def end(self):
        self.suite.oriel("daemon", "stop")
        self.probe.end()
        harness.end(self.manager)
        harness.end(self.host)


COLUMNS = ["socket", "xterm", "mousepad", "key", "key p90", "30 fps", "30 fps host", "fps", "PSS", "PSS after", "wake-ups"]


def medians(values):
    rows = {}
    for name, found in values.items():
        rows[name] = {what: round(statistics.median(list_), 2) for what, list_ in found.items() if list_}
        if found.get("key"):
            rows[name]["key p90"] = round(percentile(found["key"], 0.9), 2)
    return rows


def ratio(rows, of, to, what):
    a, b = rows[of].get(what), rows[to].get(what)
    return round(a / b, 3) if a is not None and b else None


def targets(rows, clicks):
    """What is to be reached: (sentence, seen, limit, at most)"""
    def click():
        if not clicks["mousepad"] or not clicks["oriel run mousepad"]:
            return None
        return round(statistics.median(clicks["oriel run mousepad"]) / statistics.median(clicks["mousepad"]), 2)
    return [
        ("key -> pixel, to direct", ratio(rows, "bridge", "direct", "key"), 3.0, True),
        ("key -> pixel, to Xpra", ratio(rows, "bridge", "Xpra", "key"), 0.15, True),
        ("xterm painted, to direct", ratio(rows, "bridge", "direct", "xterm"), 2.5, True),
        ("xterm painted, to Xpra", ratio(rows, "bridge", "Xpra", "xterm"), 0.15, True),
        ("mousepad painted, to direct", ratio(rows, "bridge", "direct", "mousepad"), 1.6, True),
        ("PSS of the stack, MB", rows["bridge"].get("PSS"), 20.0, True),
        ("PSS of the stack, to Xpra", ratio(rows, "bridge", "Xpra", "PSS"), 0.1, True),
        ("PSS of the bridge's processes, MB", rows["bridge"].get("PSS bridge"), 1.0, True),
        ("30 fps, to Xpra", ratio(rows, "bridge", "Xpra", "30 fps"), 0.15, True),
        ("fps, to direct", ratio(rows, "bridge", "direct", "fps"), 0.4, False),
        ("server answers, ms", rows["bridge"].get("socket"), 20.0, True),
        ("wake-ups in a minute", rows["bridge"].get("wake-ups"), 0.0, True),
        ("click -> window of mousepad, to unboxed", click(), 1.6, True),
    ]


def show(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    print(f"{versions}; Linux {result['kernel']}, {result['cpus']} CPUs, load {result['load']}; {result['rounds']} rounds, medians; "
          "ms, % of a processor, MB")
    print(f"{'':10}" + "".join(f"{column:>12}" for column in COLUMNS))
    for name, row in result["stacks"].items():
        print(f"{name:10}" + "".join(f"{row.get(column, '-'):>12}" for column in COLUMNS))
    for name, times in result["clicks"].items():
        print(f"{name}: window after {statistics.median(times):.0f} ms, p90 {percentile(times, 0.9):.0f}" if times else f"{name}: not measured")
    print(f"\n{'bridge':44}{'seen':>10}{'to reach':>10}")
    for row in result["targets"]:
        print(f"{row['what']:44}{row['seen'] if row['seen'] is not None else '-':>10}{('<=' if row['at_most'] else '>=') + str(row['limit']):>10}"
              f"{'' if row['reached'] else '  not reached'}")


def versions(suite):
    found = {"oriel": suite.oriel("--version").stdout.split()[-1]}
    for name, command in (("Xpra", ["xpra", "--version"]),):
        found[name] = suite.run(*command).stdout.split()[-1] if shutil.which(command[0]) else "none"
    said = suite.run("xdpyinfo").stdout
    found["X.Org"] = next((line.split()[-1] for line in said.splitlines() if line.startswith("X.Org version")), "?")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=25)
    parser.add_argument("--video", type=float, default=5)
    parser.add_argument("--idle", type=float, default=60)
    parser.add_argument("--json")
    parser.add_argument("--svg")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    build = pathlib.Path(options.build) / "tests/bench"
    suite = harness.Suite("bench-x11", files=[build / "x-probe", build / "x-painter"],
                          needs=["Xvfb", "Xephyr", "openbox", "mousepad", "xauth", "xsetroot", *([] if options.smoke else ["xpra", "xterm"])])
    bench = Bench(suite, options)
    peers = versions(suite)
    try:
        if options.smoke:
            options.keys, options.video = 5, 1
            KINDS[:] = [Direct, Bridge]
            bench.work(Bridge, 1)
            bench.work(Direct, 0)
            bench.paint(Bridge, "mousepad", "ffffff", "mousepad", "--disable-server")
            suite.ok(all(bench.values[kind.name].get("key") for kind in KINDS), "keys are seen, direct and through the bridge")
            suite.ok(bench.values["bridge"].get("mousepad"), "mousepad is seen through the bridge")
            return suite.finish()
        for number in range(options.rounds):
            bench.round(number + 1 == options.rounds)
        clicks = bench.clicks(2 * options.rounds)
    finally:
        bench.end()
    rows = medians(bench.values)
    result = {"versions": peers, "kernel": platform.release(), "cpus": os.cpu_count(), "rounds": options.rounds,
              "load": round(os.getloadavg()[0], 1), "stacks": rows, "clicks": clicks,
              "targets": [{"what": what, "seen": seen, "limit": limit, "at_most": at_most,
                           "reached": seen is not None and (seen <= limit if at_most else seen >= limit)}
                          for what, seen, limit, at_most in targets(rows, clicks)]}
    show(result)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({**result, "values": bench.values}, indent=1) + "\n")
        pathlib.Path(options.svg or options.json.removesuffix(".json") + ".svg").write_text(plot.bars(
            "Isolated displays", [("key to pixel, ms", "key"), ("xterm painted, ms", "xterm"), ("mousepad painted, ms", "mousepad"),
                                  ("memory, MB", "PSS"), ("30 fps, % of a processor", "30 fps")], rows))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
