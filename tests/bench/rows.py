# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rows of the launch table beyond a plain launch: many mounts on the host, the default tree until its mediators were
used, memory, and many instances at once.  Each is a function of the suite that gives a list of rows (dicts with "what",
numbers, and "note"), or raises NotMeasured."""

import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

import harness

HERE = pathlib.Path(__file__).resolve().parent
MOUNTS = (25, 300)
BLOCKS = 4  # the two kinds of host stand beside each other in so many turns


class NotMeasured(Exception):
    pass


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def summary(what, times, peer=None, note=""):
    median = statistics.median(times)
    return {"what": what, "median_us": round(median, 1), "min_us": round(min(times), 1), "p99_us": round(percentile(times, 0.99), 1),
            "ratio": round(median / peer, 2) if peer else None, "mounts": None, "note": note}


def race(suite, options, rounds, gap_us, program, commands, prefix=()):
    """[[microseconds]] of the commands; NotMeasured where one fails."""
    words = []
    for command in commands:
        words += ["--"] * bool(words) + [("---" if str(word) == "--" else str(word)) for word in command]
    done = suite.run(*prefix, suite.bin / "race", *options, rounds, gap_us, program, *words, timeout=900)
    times = [[] for _ in commands]
    for line in done.stdout.splitlines():
        index, microseconds, status = line.split()
        if int(status) != 0:
            raise NotMeasured(f"command {index} ends with status {status}: {done.stderr[-300:]}")
        times[int(index)].append(float(microseconds))
    if not all(times):
        raise NotMeasured(done.stderr[-300:] or "nothing ran")
    return times


def session_bus(suite):
    """One for all rows, where sessions have it; whoever takes it ends it."""
    read, write = os.pipe()
    bus = suite.start("dbus-daemon", "--session", "--nofork", f"--address=unix:path={suite.env['XDG_RUNTIME_DIR']}/bus",
                      f"--print-address={write}", pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as answer:
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = answer.readline().strip()
    return bus


# ---- Row 4 ----

def many_mounts(suite, rounds, program, commands):
    """commands: (what, command).  Both kinds of host are a mount namespace of the test's; the namespaces around it are the
    same, so that only the number of mounts differs."""
    if suite.run("unshare", "--user", "--map-current-user", "true").returncode != 0:
        raise NotMeasured("unshare(1) makes no user namespace here")
    now = len(pathlib.Path("/proc/self/mountinfo").read_text().splitlines())
    times = {n: [[] for _ in commands] for n in MOUNTS}
    for _ in range(BLOCKS):
        for n in MOUNTS:
            prefix = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "/usr/bin/python3", suite.bin / "many_mounts.py",
                      max(0, n - now), suite.home / "mounts"]
            found = race(suite, [], max(1, rounds // BLOCKS), 5000, program, [command for _, command in commands], prefix)
            for i, row in enumerate(found):
                times[n][i] += row
    rows = []
    for i, (what, _) in enumerate(commands):
        few, many = (times[n][i] for n in MOUNTS)
        rows.append(summary(f"4 {what}, {MOUNTS[1]} host mounts", many, statistics.median(few),
                            f"to {MOUNTS[0]}: {statistics.median(few):.0f}"))
    return rows


# ---- Row 5 ----

class Service:
    """Answers each connection on 127.0.0.1 with one byte."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            connection.sendall(b"x")
            connection.close()


def default_tree(suite, rounds, program, desktop):
    """Until D-Bus and the network by names were used once each, from inside."""
    service = Service()
    first_use = suite.bin / "first-use"
    tree = [suite.oriel_program, "run", "--no-daemon", "--profile", desktop, "--bus=filter", "--talk-name=org.x.Y", "--net=named",
            f"--host-service=service.test:{service.port}", "--", first_use, "both", f"service.test:{service.port}"]
    commands = [tree]
    firejail = shutil.which("firejail")
    place = tempfile.mkdtemp(prefix="oriel-bench.", dir="/tmp")  # it hides /var/tmp
    if firejail:
        shutil.copy(first_use, place)
        commands.append([firejail, "--quiet", "--noprofile", "--dbus-user=filter", "--net=none", f"{place}/first-use", "bus"])
    for _ in range(2):  # the first is remembered
        suite.run(*tree)
    try:
        times = race(suite, ["-o"], rounds, 5000, program, commands)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    peer = statistics.median(times[1]) if firejail else None
    rows = [summary("5 default tree, bus and network by names, first use", times[0], peer, "bblsandbox: 1022000 (quoted)")]
    if firejail:
        rows.insert(0, summary("firejail --dbus-user=filter --net=none, first use", times[1], None, "no network by names"))
    return rows


# ---- Row 6 ----

class Reader:
    """Root's eyes: the keeper and the inits can't be inspected by the user whose they are."""

    def __init__(self):
        self.pid = None
        if os.getuid() != 0:
            return
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            self.ours.close()
            while True:
                path = theirs.recv(4096)
                if not path:
                    os._exit(0)
                try:
                    theirs.send(pathlib.Path(path.decode()).read_bytes() or b" ")
                except OSError:
                    theirs.send(b" ")
        theirs.close()

    def read(self, path):
        if self.pid is None:
            raise NotMeasured("only root can look at the keeper's memory")
        self.ours.send(str(path).encode())
        return self.ours.recv(1 << 16).decode()

    def pss_kib(self, pid):
        for line in self.read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
        return 0

    def switches(self, pid):
        return sum(int(line.split()[1]) for line in self.read(f"/proc/{pid}/status").splitlines() if "ctxt_switches" in line)


def kernel_kib():
    fields = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    return sum(int(fields[name].split()[0]) for name in ("Slab", "KernelStack", "PageTables"))


def manager_pid(suite):
    status = suite.oriel("daemon", "status", "--json").stdout
    return int(status.split('"pid":')[1].split(",")[0].strip(" }\n")) if '"pid":' in status else None


def sleeping(suite, command):
    """A running instance; its processes without the app's own."""
    process = suite.start(*command, "--", "/bin/sleep", "3600")
    table = harness.wait_for(lambda: [pid for pid in harness.descendants(process.pid) if name(pid) == "sleep"], 20)
    if not table:
        harness.end(process)
        raise NotMeasured("the instance does not start")
    return process, [process.pid] + [pid for pid in harness.descendants(process.pid) if name(pid) != "sleep"]


def name(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def value(what, number, unit, note=""):
    return {"what": what, "value": number, "unit": unit, "note": note}


def memory(suite, reader, seconds, desktop):
    """A command-line run with both mediators: what stays beside the app, and what it does while nothing happens."""
    suite.oriel("daemon", "start")
    command = [suite.oriel_program, "run", "--profile", desktop, "--bus=filter", "--talk-name=org.x.Y", "--net=named", "--allow-host=x.test"]
    process, own = sleeping(suite, command)
    try:
        time.sleep(1.0)
        each = {pid: reader.pss_kib(pid) for pid in own}
        before = {pid: reader.switches(pid) for pid in own}
        time.sleep(seconds)
        woken = sum(reader.switches(pid) - before[pid] for pid in own)
        parts = ", ".join(f"{name(pid)} {size}" for pid, size in each.items())
        manager = manager_pid(suite)
        rows = [value("6 memory of a run, beside the app (PSS)", sum(each.values()), "KiB", f"{len(own)} processes: {parts}"),
                value("6 wake-ups of these while idle", woken, f"in {seconds} s"),
                value("the manager beside it (PSS)", reader.pss_kib(manager) if manager else None, "KiB")]
        engine = [pid for pid, (_, called, uid, _) in harness.processes().items()
                  if called == "oriel-engine" and uid == os.getuid() and pid not in own]
        if engine:
            rows.append(value("the resident engine beside it (PSS)", sum(reader.pss_kib(pid) for pid in engine), "KiB"))
        kernel = kernel_kib()
        more = [sleeping(suite, command)[0] for _ in range(8)]
        rows.append(value("kernel memory of one such instance", (kernel_kib() - kernel) // len(more), "KiB",
                          "slab, stacks and page tables of the machine, over 8 more; others change it too"))
        for one in more:
            harness.end(one)
    finally:
        harness.end(process)
        suite.oriel("daemon", "stop")
    return rows


# ---- Row 7 ----

def many_instances(suite, reader, rounds, program, n, command, true):
    """One more launch beside n instances that run, and the manager's memory for each."""
    suite.oriel("daemon", "start")
    one = [*command, "--", true]
    started = []
    try:
        for _ in range(2):
            suite.run(*one)
        alone = race(suite, [], rounds, 5000, program, [one])[0]
        manager = manager_pid(suite)
        before, kernel = reader.pss_kib(manager), kernel_kib()
        for _ in range(n):
            started.append(suite.start(*command, "--", "/bin/sleep", "3600"))
            if len(started) % 20 == 0:
                time.sleep(0.3)
        running = harness.wait_for(lambda: len(suite.oriel("ps", "--quiet").stdout.split()) >= n, 180, 1.0)
        if not running:
            raise NotMeasured(f"only {len(suite.oriel('ps', '--quiet').stdout.split())} of {n} instances run")
        time.sleep(2.0)
        beside = race(suite, [], rounds, 5000, program, [one])[0]
        each = (reader.pss_kib(manager) - before) / n
        return [summary(f"7 launch beside {n} instances", beside, statistics.median(alone), f"to the first: {statistics.median(alone):.0f}"),
                value("7 the manager's memory for each", round(each, 1), "KiB"),
                value("kernel memory for each", (kernel_kib() - kernel) // n, "KiB")]
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            harness.end(process)
        suite.oriel("daemon", "stop")


def measured(rows, what, function, *arguments):
    """Adds what a function found, or why it found nothing."""
    try:
        rows += function(*arguments)
    except (NotMeasured, subprocess.SubprocessError, OSError) as why:
        rows.append({"what": what, "not_measured": str(why)})
