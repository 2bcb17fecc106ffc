#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The launch table: how long a launch takes, beside the distribution's bubblewrap doing the same work.

Same work is the plan of tests/bench/desktop28: 28 mounts, own user, pid, ipc, uts, cgroup and network namespaces, a
seccomp filter, static `true`, stdin not a terminal, as an unprivileged user.  Runs are interleaved with 5 ms between
them; medians, the 99th percentile beside them.  Numbers are for comparing within one run, never for a pass or fail.
The runtime directory lies in memory, as it does in a session.  What rows.py adds: many mounts, the default tree, memory, many
instances.
usage: launch.py --build BUILD [--rounds N] [--instances N] [--seconds N] [--json FILE] [--smoke]"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import rows as more  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
GAP_US = 5000
BURST = 50


def seccomp_program(path):
    """39 instructions: refuse 36 system calls, allow the rest; what bwrap gets, as a file for --seccomp."""
    refused = (154, 155, 159, 160, 161, 163, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180,
               237, 238, 239, 246, 248, 249, 250, 256, 272, 279, 298, 304, 308, 313)
    code = [(0x20, 0, 0, 0)]
    code += [(0x15, len(refused) - i, 0, number) for i, number in enumerate(refused)]
    code += [(0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050001)]
    path.write_bytes(b"".join(struct.pack("HBBI", *one) for one in code))


def desktop(suite):
    """The host's side of desktop28: the home's two directories and a file."""
    for name in ("Documents", "Downloads"):
        (suite.home / name).mkdir()
    (suite.home / "one-file").write_text("x\n")


def bwrap_command(suite, true):
    """The 28 mounts for bubblewrap: root binds, proc, dev with its own nodes, tmpfs, home, sysfs, one file."""
    words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in ("/usr", "/etc"):
        words += ["--ro-bind", path, path]
    for path in ("lib", "lib64", "bin", "sbin"):
        words += ["--symlink", f"usr/{path}", f"/{path}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/tmp", "/run", "/home", str(suite.home), "/var/tmp", "/dev/shm"):
        words += ["--tmpfs", path]
    words += ["--bind", suite.home / "Documents", suite.home / "Documents",
              "--bind", suite.home / "Downloads", suite.home / "Downloads"]
    for path in ("/sys/block", "/sys/bus", "/sys/class", "/sys/dev", "/sys/devices", "/var/cache", "/opt", "/srv"):
        words += ["--ro-bind", path, path]
    words += ["--ro-bind", suite.home / "one-file", suite.home / "one-file", "--ro-bind", suite.bin, suite.bin]
    return [str(word) for word in [*words, "--seccomp", "9", true]]


def versions(suite):
    firejail = suite.run("firejail", "--version").stdout.split("\n")[0] if shutil.which("firejail") else "none"
    return {"firejail": firejail, "bwrap": suite.run("bwrap", "--version").stdout.strip(),
            "oriel": suite.oriel("--version").stdout.strip()}


def mounts_of(suite, command):
    """How many mounts a program inside sees; command is one of ours, which ends in the program."""
    done = suite.run(*command[:-1], "/bin/cat", "/proc/self/mountinfo", pass_fds=[9])
    return len(done.stdout.splitlines()) or None


def measure(suite, commands, rounds, program, gap=GAP_US):
    """[microseconds] of each command; a run that failed counts as None in all."""
    words = []
    for command in commands:
        words += ["--"] * bool(words) + [("---" if word == "--" else word) for word in command]
    done = suite.run(suite.bin / "race", rounds, gap, program, *words, timeout=600)
    times = [[] for _ in commands]
    failed = set()
    for line in done.stdout.splitlines():
        index, microseconds, status = line.split()
        times[int(index)].append(float(microseconds))
        if int(status) != 0:
            failed.add(int(index))
    return [None if i in failed else row or None for i, row in enumerate(times)], done.stderr


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def oriel_command(suite, profile, true, *options):
    return [suite.oriel_program, "run", *options, "--profile", str(profile), "--", str(true)]


def row_of(what, times, mounts=None):
    return {"what": what, "mounts": mounts, "median_us": times and round(statistics.median(times), 1),
            "min_us": times and round(min(times), 1), "p99_us": times and round(percentile(times, 0.99), 1)}


def add_ratios(rows):
    """To the first of them."""
    peer = rows[0]["median_us"]
    for row in rows:
        row["ratio"] = round(row["median_us"] / peer, 2) if peer and row["median_us"] else None


def warm_rows(suite, rounds, program):
    """Row 1: a manager is there and has seen this launch before.  Beside bwrap with 5 ms between launches, and each by
    itself with none."""
    true = suite.bin / "bench-true"
    warm = oriel_command(suite, suite.bin / "desktop28-single", true)
    bwrap = bwrap_command(suite, true)
    if suite.oriel("daemon", "start", env={"ORIEL_IDLE_EXIT": "600"}).returncode != 0:
        return [row_of("1 warm manager, desktop28, one box", None)], "the manager does not start"
    for _ in range(3):
        suite.run(*warm)
    parked = harness.wait_for(lambda: len(list((suite.runtime / "oriel/warm").iterdir())) > 1, 5)
    times, errors = measure(suite, [bwrap, warm], rounds, program)
    rows = [row_of("bwrap, desktop28", times[0]), row_of("1 warm manager, desktop28, one box", times[1] if parked else None)]
    add_ratios(rows)
    bursts = [row_of(f"{what}, {BURST} with no gap", measure(suite, [command], BURST, program, 0)[0][0])
              for what, command in (("bwrap, desktop28", bwrap), ("1 warm manager, desktop28", warm))]
    add_ratios(bursts)
    suite.oriel("daemon", "stop")
    return rows + bursts, errors


def desktop_profile(suite, tree):
    """tests/bench/desktop28 with the paths of this run."""
    text = (suite.bin / "desktop28").read_text()
    path = suite.bin / f"desktop28-{tree}"
    path.write_text(text.replace("@tree@", tree).replace("@bin@", str(suite.bin)))
    return path


def settle(suite, commands):
    """Until plans are remembered: what they rest on has just been made, the last of it, Oriel's own directories, by a launch."""
    suite.run(*commands[-1])
    time.sleep(3.5)
    for command in commands:
        for _ in range(2):
            suite.run(*command)


def table(suite, rounds):
    """The rows: (what, command); the peer first."""
    true = suite.bin / "bench-true"
    desktop(suite)
    program = suite.bin / "filter.bpf"
    seccomp_program(program)
    rows = [
        ("bwrap, desktop28", bwrap_command(suite, true)),
        ("no sandbox", [str(true)]),
        ("2 oriel-bwrap, cold, the same words", [str(suite.stage / "bin/oriel-bwrap"), *bwrap_command(suite, true)[1:]]),
        ("3 oriel run --no-daemon, desktop28, one box",
         oriel_command(suite, desktop_profile(suite, "single"), true, "--no-daemon")),
        ("oriel run --no-daemon, desktop28, default tree",
         oriel_command(suite, desktop_profile(suite, "default"), true, "--no-daemon")),
        ("oriel run --no-daemon, base/strict", [suite.oriel_program, "run", "--no-daemon", "--profile", "base/strict",
                                                f"--filesystem={suite.bin}:ro", "--", str(true)]),
    ]
    settle(suite, [command for _, command in rows[2:]])
    times, errors = measure(suite, [command for _, command in rows], rounds, program)
    os.dup2(os.open(program, os.O_RDONLY), 9)
    found = []
    for (what, command), row in zip(rows, times):
        os.lseek(9, 0, os.SEEK_SET)
        found.append(row_of(what, row, mounts_of(suite, command) if what != "no sandbox" else None))
    add_ratios(found)
    warm, complaints = warm_rows(suite, rounds, program)
    return found + warm, errors + complaints, program, rows


def further(suite, reader, options, program, rows):
    """Rows 4 to 7."""
    desktop, single = suite.bin / "desktop28-default", suite.bin / "desktop28-single"
    rounds, found = options.rounds, []
    bus = more.session_bus(suite)
    more.measured(found, "4 with many host mounts", more.many_mounts, suite, rounds, program, [rows[0], rows[2]])
    more.measured(found, "5 default tree, first use", more.default_tree, suite, max(2, rounds // 5), program, desktop)
    more.measured(found, "6 memory", more.memory, suite, reader, options.seconds, desktop)
    more.measured(found, "7 many instances", more.many_instances, suite, reader, max(2, rounds // 4), program, options.instances,
                  [suite.oriel_program, "run", "--profile", single], suite.bin / "bench-true")
    harness.end(bus)
    return found


def is_missing(row):
    return "not_measured" in row or row.get("median_us", row.get("value")) is None


def show(result):
    print(f"{result['versions']['oriel']}; peers {result['versions']['bwrap']}, {result['versions']['firejail']}; Linux {result['kernel']}, {result['cpus']} CPUs, "
          f"load {result['load']}; {result['rounds']} rounds, microseconds")
    print(f"{'':50} {'median':>9} {'min':>9} {'p99':>9} {'ratio':>6} {'mounts':>6}")
    for row in result["rows"]:
        if "not_measured" in row:
            print(f"{row['what']:50} not measured: {row['not_measured']}")
            continue
        if "value" in row:
            print(f"{row['what']:50} {row['value'] if row['value'] is not None else '-':>9} {row['unit']:9} {row['note']}")
            continue
        cells = [row[key] if row[key] is not None else "-" for key in ("median_us", "min_us", "p99_us", "ratio", "mounts")]
        failed = "" if row["median_us"] is not None else "  it failed"
        print(f"{row['what']:50} {cells[0]:>9} {cells[1]:>9} {cells[2]:>9} {cells[3]:>6} {cells[4]:>6} {row.get('note', '')}{failed}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--instances", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    file = open(options.json, "w", encoding="utf-8") if options.json else None  # before the user changes
    reader = more.Reader()
    suite = harness.Suite("bench", needs=["bwrap"],
                          files=[*(options.build / "tests/bench" / name for name in ("race", "bench-true", "first-use")),
                                 HERE / "desktop28", HERE / "many_mounts.py"])
    runtime = tempfile.mkdtemp(prefix="oriel-bench.", dir="/dev/shm")
    try:
        suite.env["XDG_RUNTIME_DIR"] = runtime
        suite.runtime = pathlib.Path(runtime)
        rows, errors, program, commands = table(suite, options.rounds)
        rows += further(suite, reader, options, program, commands)
        names = versions(suite)
    finally:
        shutil.rmtree(runtime, ignore_errors=True)
    result = {"versions": names, "kernel": platform.release(), "cpus": os.cpu_count(),
              "load": os.getloadavg()[0], "rounds": options.rounds, "rows": rows}
    if file:
        json.dump(result, file, indent=1)
        file.close()
    if not options.smoke:
        show(result)
        return 1 if any(is_missing(row) for row in rows) else 0
    for row in rows:
        suite.ok(not is_missing(row), row["what"], row.get("not_measured", errors))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
