#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network's table: what the network by names costs against direct loopback, `pasta -T` (a splice of ports) and srt's proxy
(npm @anthropic-ai/sandbox-runtime; its command in $SRT, or in PATH), in turn, so that whatever else the machine does hits all
alike.  One program of the test does the same work in each.  Medians of the rounds; for comparing within one run.
usage: net.py --build BUILD [--rounds N] [--json FILE] [--smoke]"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]
import harness  # noqa: E402

with socket.create_server(("127.0.0.1", 0)) as free:
    PORT = free.getsockname()[1]
# what: (words, the figure, its unit)
WORK = {
    "one stream": (["stream", 2048], "gb_per_s", "GB/s"),
    "new connections": (["first", 3000], "per_second", "1/s"),
    "first byte": (["first", 300], "p50_us", "us"),
}
SMALL = {"one stream": ["stream", 32], "new connections": ["first", 50], "first byte": ["first", 20]}


class Bench:
    def __init__(self, suite, rounds, small):
        self.suite, self.rounds, self.small, self.failed = suite, rounds, small, []
        self.load = str(suite.bin / "load.py")
        python = ["/usr/bin/python3", self.load]
        box = [suite.oriel_program, "run", "--no-daemon", "--profile", "base/cli", f"--filesystem={suite.bin}:ro", "--net=named",
               f"--host-service=load.test:{PORT}", "--env=LOAD_HOST=load.test", "--", *python]
        # who: (command, HOST)
        self.ways = {"direct": (python, "127.0.0.1"), "oriel": (box, "load.test"), "oriel's proxy": (box, "-")}
        if shutil.which("pasta") and not small and os.path.exists("/dev/net/tun"):
            self.ways["pasta -T"] = (["pasta", "--config-net", "-q", "-t", "none", "-u", "none", "-U", "none", "-T", str(PORT), "--",
                                      *python], "127.0.0.1")
        srt = os.environ.get("SRT") or shutil.which("srt")
        if srt and not small:
            settings = suite.home / "srt.json"
            settings.write_text(json.dumps({
                "network": {"allowedDomains": ["localhost", "127.0.0.1"], "deniedDomains": [], "allowLocalBinding": True},
                "filesystem": {"denyRead": [], "allowWrite": ["/tmp"], "denyWrite": []}}), encoding="utf-8")
            self.ways["srt"] = ([srt, "--settings", str(settings), *python], "-")

    def run(self, who, words):
        command, host = self.ways[who]
        words = [words[0], *((host, PORT) if words[0] != "dns" else ()), *words[1:]]
        env = {"LOAD_HOST": "localhost"} if who == "srt" else {}
        done = self.suite.run(*command, *words, env=env, timeout=300)
        try:
            return json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            self.failed.append(f"{who}: {' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()[-300:]}")
            return None

    def rows(self):
        found = {what: {who: [] for who in self.ways} for what in WORK}
        for _ in range(self.rounds):
            for what, (words, figure, _) in WORK.items():
                for who in self.ways:
                    got = self.run(who, SMALL[what] if self.small else words)
                    if got is not None:
                        found[what][who].append(got[figure])
        for what, (_, _, unit) in WORK.items():
            yield {"what": what, "unit": unit,
                   **{who: statistics.median(values) if values else None for who, values in found[what].items()}}
        answers = [self.run("oriel", ["dns", "load.test", 200 if self.small else 20000]) for _ in range(self.rounds)]
        answers = [answer["per_second"] for answer in answers if answer is not None]
        yield {"what": "DNS answers", "unit": "1/s", "oriel": statistics.median(answers) if answers else None}
        yield from self.memory()

    def memory(self):
        """Of what stands between, with nothing to do, in KiB of PSS; where nobody may look at it, resident."""
        row = {"what": "memory, idle", "unit": "KiB"}
        for who in ("oriel", "pasta -T", "srt"):
            if who not in self.ways:
                continue
            command = self.ways[who][0][:-2] + ["/bin/sleep", "20"]
            run = self.suite.start(*command, env={})
            time.sleep(3)
            row[who] = sum(kib(pid) for pid in [run.pid, *harness.descendants(run.pid)]
                           if not name(pid).startswith("sleep"))
            harness.end(run)
        yield row


def name(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return "sleep"


def kib(pid):
    for file, word in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = pathlib.Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith(word))
        except (OSError, StopIteration):
            continue
    return 0


def version(program):
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return f"{program}: not there"
    return ((done.stdout or done.stderr).split("\n") or [""])[0]


def show(result, ways):
    print(f"{', '.join(result['versions'])}; Linux {result['kernel']}, {result['cpus']} CPUs, load {result['load']:.1f}; "
          f"{result['rounds']} rounds")
    print(f"{'':18}" + "".join(f"{who:>16}" for who in ways) + f"{'/direct':>10}{'/pasta':>8}{'/srt':>8}")
    for row in result["rows"]:
        ratios = [f"{row['oriel'] / row[peer]:.2f}" if row.get("oriel") and row.get(peer) else "-"
                  for peer in ("direct", "pasta -T", "srt")]
        print(f"{row['what']:18}" + "".join(f"{row[who] if row.get(who) is not None else '-':>16}" for who in ways) +
              f"{ratios[0]:>10}{ratios[1]:>8}{ratios[2]:>8} {row['unit']}")
    for line in result["failed"]:
        print(f"failed: {line}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    file = open(options.json, "w", encoding="utf-8") if options.json else None  # before the user changes
    suite = harness.Suite("bench-net", files=[HERE.parent / "net/load.py"])
    server = suite.start("/usr/bin/python3", suite.bin / "load.py", "serve", PORT, stdin=-1, stdout=-1, text=True)
    server.stdout.readline()
    bench = Bench(suite, options.rounds, options.smoke)
    rows = list(bench.rows())
    server.stdin.close()
    server.wait(10)
    versions = [version("pasta"), f"srt {version(os.environ.get('SRT') or 'srt')}"]
    result = {"versions": versions, "kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()[0],
              "rounds": options.rounds, "rows": rows, "failed": bench.failed}
    if file:
        json.dump(result, file, indent=1)
        file.close()
    if not options.smoke:
        show(result, bench.ways)
        return 1 if bench.failed else 0
    for row in rows:
        suite.ok(row.get("oriel") is not None, row["what"], "\n".join(bench.failed))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
