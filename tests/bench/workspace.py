#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Work in a workspace, outside and in a box, in turn: `git status`, and a build with `make -j2`.  Processor time stands beside the
clock's, since a busy machine changes only the latter.  What a launch costs is in none of the numbers.
usage: workspace.py --build BUILD [--rounds N] [--json FILE] [--smoke]"""

import argparse
import json
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "protect")]
import harness  # noqa: E402
import project as projects  # noqa: E402

# Run by python3 in the project; prints milliseconds of the clock and of the processor.
TIMER = """
import os, resource, subprocess, sys, time
for _ in range(int(sys.argv[1])):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(["sh", "-c", sys.argv[2]], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    print(wall * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
"""
MAKEFILE = "objects = $(patsubst %.c,%.o,$(wildcard gen/*.c))\nall: $(objects)\n%.o: %.c\n\tcc -O1 -c -o $@ $<\n"


def fill(project, files, units):
    """A project of some size, committed."""
    project.fresh()
    for i in range(files):
        path = project.path / f"tree/{i % 50}/{i}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{i}\n")
    (project.path / "gen").mkdir()
    for i in range(units):
        (project.path / f"gen/u{i}.c").write_text("#include <stdio.h>\n#include <stdlib.h>\n" +
                                                  "".join(f"int f{i}_{k}(int x) {{ return x * {k} + printf(\"%d\", x); }}\n"
                                                          for k in range(200)))
    (project.path / "Makefile").write_text(MAKEFILE)
    project.sh("git add . && git commit -qm files", check=True)


def times(done):
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    suite = harness.Suite("bench-workspace", needs=("git", "make", "cc"))
    project = projects.Project(suite)
    rounds = 2 if options.smoke else options.rounds
    fill(project, 200 if options.smoke else 5000, 2 if options.smoke else 40)
    (suite.home / "timer.py").write_text(TIMER)
    profile = project.profile("Bench", more=f"[Context]\nfilesystems={suite.home}/timer.py:ro;\n")
    rows = []
    for what, command, repeat in (("git status", "git status", 10), ("make -j2", "make -s clean all -j2", 1)):
        command = command.replace("make -s clean all", "rm -f gen/*.o; make -s")
        found = {"outside": [], "inside": []}
        for _ in range(rounds):
            words = f"python3 {suite.home}/timer.py {repeat} '{command}'"
            outside, inside = project.sh(words, timeout=300), project.box(words, profile, timeout=300)
            found["outside"] += times(outside)
            found["inside"] += times(inside)
            if outside.returncode != 0 or inside.returncode != 0:
                suite.ok(False, what, outside.stderr + inside.stderr)
                return suite.finish()
        row = {"what": what}
        for who, values in found.items():
            row[who] = {"ms": round(statistics.median(v[0] for v in values), 2),
                        "cpu_ms": round(statistics.median(v[1] for v in values), 2)}
        row["ratio"] = round(row["inside"]["ms"] / row["outside"]["ms"], 3)
        row["cpu_ratio"] = round(row["inside"]["cpu_ms"] / row["outside"]["cpu_ms"], 3)
        rows.append(row)
        suite.ok(True, f"{what}: outside {row['outside']['ms']} ms, inside {row['inside']['ms']} ms, ratio {row['ratio']} "
                       f"(processor time {row['cpu_ratio']}; to reach 1.05)")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
