#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The D-Bus table: what a filter costs, on dbus-daemon and on dbus-broker: nothing between (direct), xdg-dbus-proxy, and
oriel-dbus-proxy, in turn, so that whatever else the machine does hits all alike.  Everything is pinned to one processor, as a
wake-up on another hides the work.  Medians of the rounds; numbers are for comparing within one run.
usage: dbus.py --build BUILD [--rounds N] [--only TEXT]... [--json FILE] [--smoke]"""

import argparse
import itertools
import json
import os
import pathlib
import platform
import resource
import select
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "bus"), str(HERE.parent / "lib")]
import buses  # noqa: E402
import dbus  # noqa: E402
import harness  # noqa: E402

SERVICE, HIDDEN, INNER = "org.t.Talk", "org.t.Hidden", "org.t.Inner"
RULES = [f"--talk={SERVICE}", "--own=org.t.Own.*", "--call=org.t.Call=i.j.M"]
PEER = "xdg-dbus-proxy"
KIB = 1024

# what: (clients, calls under way each, bytes of arguments, calls, the figure, its unit)
CALLS = {
    "round trip, empty": (1, 1, 0, 2000, "p50_us"),
    "round trip, 4 KiB": (1, 1, 4 * KIB, 2000, "p50_us"),
    "pipelined, 64 under way": (1, 64, 0, 10000, "calls_per_s"),
    "64 KiB, 8 under way": (1, 8, 64 * KIB, 500, "calls_per_s"),
    "1 MiB, 4 under way": (1, 4, 1024 * KIB, 60, "calls_per_s"),
    "10 clients": (10, 1, 0, 5000, "calls_per_s"),
    "50 clients": (50, 1, 0, 5000, "calls_per_s"),
    "50 clients, 16 under way": (50, 16, 0, 10000, "calls_per_s"),
}


CONNECT, STARTS = "connect and Hello", "start until it listens"


class Bench:
    def __init__(self, suite, rounds, small, only):
        self.suite, self.rounds, self.small, self.only = suite, rounds, small, only
        self.load = str(suite.bin / "bus-load")
        self.programs = {"oriel": str(suite.stage / "bin/oriel-dbus-proxy")}
        if shutil.which(PEER):
            self.programs[PEER] = PEER
        self.rows, self.failed = [], []

    def wants(self, what):
        return not self.only or any(text in what for text in self.only)

    def run(self, *words):
        """What bus-load measured, or None; its complaint is kept."""
        done = subprocess.run([self.load, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            self.failed.append(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
            return None
        return json.loads(done.stdout) if done.stdout else {}

    def row(self, bus, what, figure, found):
        """found: {who: [values]}; None where a run failed."""
        row = {"bus": bus, "what": what, "figure": figure}
        for who, values in found.items():
            good = [value for value in values if value is not None]
            row[who] = round(statistics.median(good), 2) if good and len(good) == len(values) else None
        # Ratios are of time: more calls a second are less time.
        ours, less = row.get("oriel"), figure != "calls_per_s"
        for other in ("direct", PEER):
            if ours and row.get(other):
                row[f"/{other}"] = round(ours / row[other] if less else row[other] / ours, 2)
        self.rows.append(row)

    def calls(self, bus_name, ends, processes):
        for what, (clients, window, body, calls, figure) in CALLS.items():
            if not self.wants(what):
                continue
            calls = max(clients * window, calls // (20 if self.small else 1))
            found, tails, cpu = ({who: [] for who in ends} for _ in range(3))
            for _ in range(self.rounds):
                for who, socket in ends.items():
                    before = cpu_ns(processes.get(who))
                    got = self.run("call", socket, SERVICE, clients, window, body, calls)
                    if got and got["errors"]:
                        self.failed.append(f"{bus_name}, {what}, {who}: {got['errors']} errors")
                        got = None
                    found[who].append(got and got[figure])
                    tails[who].append(got and got["p99_us"])
                    if who in processes:
                        cpu[who].append((cpu_ns(processes[who]) - before) / calls / 1000)
            self.row(bus_name, what, figure, found)
            if figure == "p50_us":
                self.row(bus_name, f"{what}: p99", "us", tails)
            if clients == 1 and body == 0:
                self.row(bus_name, f"{what}: its processor time a call", "us", cpu)

    def split(self, bus_name, bus, filtered, inner, place):
        """The app's one address before two buses: what is outside goes through the split and the filter, what is inside through
        the split alone.  Processor time is that of all who take part: client, proxies, bus, service."""
        place.proxy(self.programs["oriel"], filtered.path, f"--inner=unix:path={inner.path}", f"--inner-name={INNER}", name="split",
                    filter=False, stderr=subprocess.DEVNULL)
        end = End(str(place.path / "split"), place.children[-1])
        ways = {"outside": {"direct": (bus, SERVICE, [*bus.processes]),
                            "oriel": (end, SERVICE, [*end.processes, *filtered.processes, *bus.processes])},
                "inside": {"direct": (inner, INNER, [*inner.processes]),
                           "oriel": (end, INNER, [*end.processes, *inner.processes])}}
        for way, ends in ways.items():
            for load, window, calls, figure in (("round trip", 1, 2000, "p50_us"), ("pipelined, 64 under way", 64, 10000, "calls_per_s")):
                what = f"through the split, {way}: {load}"
                if not self.wants(what):
                    continue
                calls = max(window, calls // (20 if self.small else 1))
                found, cpu = {who: [] for who in ends}, {who: [] for who in ends}
                for _ in range(self.rounds):
                    for who, (at, name, processes) in ends.items():
                        before = children_ns() + sum(map(cpu_ns, processes))
                        got = self.run("call", at.path, name, 1, window, 0, calls)
                        cpu[who].append(got and (children_ns() + sum(map(cpu_ns, processes)) - before) / calls / 1000)
                        found[who].append(got and got[figure])
                self.row(bus_name, what, figure, found)
                self.row(bus_name, f"{what}: processor time of all a call", "us", cpu)

    def refused(self, bus_name, ends):
        if not self.wants("refused call"):
            return
        found = {who: [] for who in ends}
        for _ in range(self.rounds):
            for who, socket in ends.items():
                got = self.run("call", socket, HIDDEN, 1, 1, 0, 50 if self.small else 1000)
                found[who].append(got and got["p50_us"])
        self.row(bus_name, "refused call", "p50_us", found)

    def connect(self, bus_name, bus, place):
        """By the number of rules."""
        if not self.wants(CONNECT):
            return
        ends = {"direct": {0: bus}}
        for who, program in self.programs.items():
            ends[who] = {n: place.proxy(program, bus, *[f"--talk=org.r.N{i}" for i in range(n)], name=f"{who}-{n}",
                                        stderr=subprocess.DEVNULL) for n in (1, 10, 30, 100)}
        times = {(who, n): [] for who in ends for n in ends[who]}
        for _ in range(self.rounds):
            for who, n in times:
                got = self.run("connect", ends[who][n], 10 if self.small else 200)
                times[who, n].append(got and got["p50_us"])
        for n in (1, 10, 30, 100):
            self.row(bus_name, f"{CONNECT}, {n} rules", "p50_us",
                     {who: times.get((who, n), times.get((who, 0))) for who in ends})
        one, many = self.rows[-4], self.rows[-1]
        for who in self.programs:
            if one[who] and many[who]:
                many[f"{who}: /1 rule"] = round(many[who] / one[who], 2)

    def start_up(self, bus_name, bus, place):
        if not self.wants(STARTS):
            return
        found = {who: [] for who in self.programs}
        for i in range(3 if self.small else 20):
            for who, program in self.programs.items():
                begin = time.monotonic()
                place.proxy(program, bus, *RULES, name=f"start-{who}-{i}", stderr=subprocess.DEVNULL)
                found[who].append((time.monotonic() - begin) * 1e3)
                end_last(place)
        self.row(bus_name, STARTS, "ms", found)

    def memory(self, bus_name, bus, place):
        """A new proxy for each row; MiB of its own share (PSS)."""
        def idle(who, path):
            client = dbus.Client(path)
            client.sync()
            return [client]

        def large(who, path):
            self.run("call", path, SERVICE, 1, 4, 1024 * KIB, 4 if self.small else 40)
            return []

        def deaf_caller(who, path):
            client = dbus.Client(path)
            client.socket.setblocking(False)
            push(client, (dbus.message(dbus.CALL, 9 + i, [b"x" * 64 * KIB], "ay", destination=SERVICE, path="/x", interface="i.j",
                                       member="M") for i in range(100 if self.small else 2000)))
            return [client]

        def deaf_listener(who, path):
            client, sender = dbus.Client(path), dbus.Client(bus)
            client.bus("AddMatch", "s", "type='signal'")
            sender.bus("RequestName", "su", "org.t.Own.Sender", 4)
            sender.socket.setblocking(False)
            signal = dbus.message(dbus.SIGNAL, 9, [b"x" * 64 * KIB], "ay", destination=client.name, path="/x",
                                  interface="i.j", member="S")
            push(sender, itertools.repeat(signal, 100 if self.small else 1000))
            return [client, sender]

        def owners(who, path):
            client = dbus.Client(path)
            client.sync()
            self.run("churn", bus, "org.t.Own.Churn", 50 if self.small else 5000)
            client.sync()
            return [client]

        for what, do in (("memory, one idle client", idle), ("memory after 1 MiB messages", large),
                         ("memory, a caller that never reads", deaf_caller), ("memory, a listener that never reads", deaf_listener),
                         ("memory after 5000 owner changes", owners)):
            found = {}
            for who, program in self.programs.items() if self.wants(what) else ():
                path = place.proxy(program, bus, *RULES, name=f"memory-{who}-{do.__name__}", stderr=subprocess.DEVNULL)
                process = place.children[-1]
                try:
                    clients = do(who, path)
                    found[who] = [pss_mib(process)]
                    for client in clients:
                        client.close()
                except (OSError, TimeoutError, dbus.Closed) as error:
                    self.failed.append(f"{bus_name}, {what}, {who}: {error!r}")
                    found[who] = [None]
                end_last(place)
            if found:
                self.row(bus_name, what, "MiB", found)

    def served(self, place, start, name):
        """A bus and a service on it."""
        end = End(start(place), place.children[-1])
        peer = place.spawn([self.load, "serve", end.path, name], stdout=subprocess.PIPE)
        peer.stdout.readline()
        end.processes.append(peer)
        return end

    def on(self, bus_name, start):
        with buses.Place() as place, buses.Place() as inside:
            whole = self.served(place, start, SERVICE)
            bus = whole.path
            ends, processes = {"direct": bus}, {}
            for who, program in self.programs.items():
                ends[who] = place.proxy(program, bus, *RULES, name=who, stderr=subprocess.DEVNULL)
                processes[who] = place.children[-1]
            self.calls(bus_name, ends, processes)
            if self.wants("through the split"):
                self.split(bus_name, whole, End(ends["oriel"], processes["oriel"]), self.served(inside, buses.Place.daemon, INNER), place)
            self.refused(bus_name, ends)
            self.connect(bus_name, bus, place)
            self.start_up(bus_name, bus, place)
            self.memory(bus_name, bus, place)


class End:
    """A socket, and the processes behind it."""

    def __init__(self, path, *processes):
        self.path, self.processes = path, list(processes)


def push(client, messages):
    """Sends them, or what is taken until nothing is for a second."""
    for data in messages:
        left = memoryview(data)
        while left:
            if not select.select([], [client.socket], [], 1)[1]:
                return
            left = left[client.socket.send(left):]


def end_last(place):
    child = place.children.pop()
    child.kill()
    child.wait()


def children_ns():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def cpu_ns(process):
    return int(pathlib.Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) if process else 0


def pss_mib(process):
    text = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    return int(text.split("Pss:")[1].split()[0]) / KIB


def version(program):
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).split("\n")[0]


def show(result):
    print(f"{', '.join(result['versions'])}; Linux {result['kernel']}, one of {result['cpus']} CPUs, load {result['load']:.1f}; "
          f"{result['rounds']} rounds")
    print(f"{'':52}{'':12} {'direct':>10} {PEER:>15} {'oriel':>10} {'/direct':>8} {'/xdp':>6}")
    for row in result["rows"]:
        cells = [row.get(key) if row.get(key) is not None else "-"
                 for key in ("direct", PEER, "oriel", "/direct", f"/{PEER}")]
        extra = "".join(f"  {key} {row[key]}" for key in row if key.endswith("/1 rule"))
        print(f"{row['bus'] + ': ' + row['what']:52}{row['figure']:>12} {cells[0]:>10} {cells[1]:>15} {cells[2]:>10} "
              f"{cells[3]:>8} {cells[4]:>6}{extra}")
    for line in result["failed"]:
        print(f"failed: {line}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", action="append", default=[], help="rows whose name has this text")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    file = open(options.json, "w", encoding="utf-8") if options.json else None  # before the user changes
    suite = harness.Suite("bench-dbus", files=[options.build / "tests/bench/bus-load"])
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    bench = Bench(suite, options.rounds, options.smoke, options.only)
    for bus_name, start in buses.all_buses(suite):
        bench.on(bus_name, start)
    result = {"versions": [version(program) for program in ("dbus-daemon", "dbus-broker", *bench.programs.values())],
              "kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()[0], "rounds": options.rounds,
              "rows": bench.rows, "failed": bench.failed}
    if file:
        json.dump(result, file, indent=1)
        file.close()
    if not options.smoke:
        show(result)
        return 1 if bench.failed else 0
    for row in bench.rows:
        suite.ok(row["oriel"] is not None, f"{row['bus']}: {row['what']}", "\n".join(bench.failed))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
