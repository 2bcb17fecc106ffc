#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agents' table: starting their box beside sandbox-runtime's, work in it beside the same work outside, memory, what an
open costs while `oriel learn` looks on, and the time to each agent's first screen in and out.  Everything that is compared is
interleaved; numbers are for comparing within one run.
usage: agents.py --build BUILD [--rounds N] [--json FILE] [--smoke]"""

import argparse
import encodings.idna  # noqa: F401  what a server asks for after the user has changed
import json
import os
import pathlib
import platform
import shutil
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "agents"), str(HERE.parent / "lib"), str(HERE)]
import agents  # noqa: E402
import harness  # noqa: E402
import models  # noqa: E402
import rows as more  # noqa: E402

# In the box and outside: N times, the median in microseconds.
REPEAT = ("import subprocess,sys,time\nt=[]\nfor _ in range(int(sys.argv[1])):\n"
          "    subprocess.run(sys.argv[2],shell=True,check=True,stdout=subprocess.DEVNULL)\n"
          "    a=time.perf_counter()\n    subprocess.run(sys.argv[3],shell=True,check=True,stdout=subprocess.DEVNULL)\n"
          "    t.append(time.perf_counter()-a)\nprint(sorted(t)[len(t)//2]*1e6)\n")


def starts(suite, options, true):
    """In a project, with the network by names."""
    box = [suite.oriel_program, "run", "--profile", "agents/agent"]
    commands = [("agents/agent, cold", [*box, "--no-daemon", "--", true])]
    if shutil.which("srt", path=suite.env["PATH"]):
        commands.append(("srt (sandbox-runtime)", ["srt", true]))
    for _, command in commands:
        suite.run(*command)
    times = more.race(suite, [], options.rounds, 5000, "/dev/null", [command for _, command in commands])
    peer = statistics.median(times[1]) if len(times) > 1 else None
    found = [more.summary(what, row, peer if i == 0 else None, "" if i or peer is None else "to srt")
             for i, ((what, _), row) in enumerate(zip(commands, times))]
    if peer is None:
        found.append({"what": "srt (sandbox-runtime)", "not_measured": "./dev test agents installs it"})
    suite.oriel("daemon", "start")
    try:
        for _ in range(3):
            suite.run(*box, "--", true)
            time.sleep(0.3)
        found.append(more.summary("agents/agent, warm", more.race(suite, [], options.rounds, 20000, "/dev/null", [[*box, "--", true]])[0],
                                  peer, "to srt" if peer else ""))
    finally:
        suite.oriel("daemon", "stop")
    return found


def new_tree(project, n):
    for i in range(n):
        directory = project / f"d{i // 100}"
        directory.mkdir(exist_ok=True)
        (directory / f"f{i}.c").write_text(f"#include <stdio.h>\n#include <stdlib.h>\nint f{i}(int x) {{ printf(\"%d\", x); return x + {i}; }}\n")
    sources = " ".join(f"d{i // 100}/f{i}.o" for i in range(0, n, max(1, n // 40)))
    (project / "Makefile").write_text(f"all: {sources}\nclean:\n\trm -f {sources}\n")
    (project / "repeat.py").write_text(REPEAT)


def work(suite, project, options):
    """The same command, in the box and outside, in turn."""
    new_tree(project, 200 if options.smoke else 4000)
    suite.run("git", "add", "-A", cwd=project, timeout=120)
    suite.run("git", "commit", "-qm", "all", cwd=project, timeout=120)
    found = []
    for what, before, command, n in (("git status", "true", "git status", 15), ("make -j2", "make -s clean", "make -s -j2", 3)):
        times = {"inside": [], "outside": []}
        for _ in range(1 if options.smoke else 5):
            for where, prefix in (("inside", [suite.oriel_program, "run", "--no-daemon", "--profile", "agents/agent", "--"]), ("outside", [])):
                done = suite.run(*prefix, "python3", "repeat.py", 1 if options.smoke else n, before, command, cwd=project, timeout=300)
                if done.returncode != 0:
                    raise more.NotMeasured(done.stderr[-300:])
                times[where].append(float(done.stdout.split()[-1]))
        found.append(more.summary(f"{what} inside", times["inside"], statistics.median(times["outside"]),
                                  f"to outside: {statistics.median(times['outside']):.0f}"))
    return found


def opens(suite, options):
    """One open and close of a file that is there."""
    times = {"run": [], "learn": []}
    for _ in range(1 if options.smoke else 7):
        for verb in times:
            done = suite.oriel(verb, "--no-daemon", f"--filesystem={suite.bin}:ro", "--", suite.bin / "open-loop", 2000, timeout=120)
            times[verb].append(float(done.stdout.split()[0]) / 1000)
    return [more.summary("open() while oriel learn looks on", times["learn"], statistics.median(times["run"]),
                         f"to the same box: {statistics.median(times['run']):.2f}")]


def memory(suite, reader):
    process, own = more.sleeping(suite, [suite.oriel_program, "run", "--no-daemon", "--profile", "agents/agent"])
    try:
        time.sleep(1)
        each = {pid: reader.pss_kib(pid) for pid in own}
        return [more.value("memory beside an agent (PSS)", sum(each.values()), "KiB",
                           ", ".join(f"{more.name(pid)} {size}" for pid, size in each.items()))]
    finally:
        harness.end(process)


def first_screen(suite, agent, where, command, project, env):
    started = time.perf_counter()
    screen = agents.Screen(suite, f"{agent.name}-{where}", command, project, env)
    shown = harness.wait_for(lambda: agent.words in screen.text(), 120, 0.02)
    taken = (time.perf_counter() - started) * 1e6
    screen.close()
    if not shown:
        raise more.NotMeasured(f"{agent.name} {where} shows no {agent.words!r}")
    return taken


def screens(suite, project, options):
    found = []
    server = models.Models(["hello"])
    for agent in agents.AGENTS:
        times = {"inside": [], "outside": []}
        home = suite.home / f"outside-{agent.name}"
        home.mkdir()
        variables = agent.env(server.port) if agent.name == "claude" else {}
        inside = f"{suite.oriel_program} run --no-daemon --host-service=models:{server.port} " + \
            " ".join(f"--env={name}={value}" for name, value in variables.items()) + f" {agent.name} 2>/dev/null"
        outer = {"HOME": str(home), **{name: value.replace("//models:", "//127.0.0.1:") for name, value in variables.items()}}
        try:
            for round_ in range(options.screens + 1):  # the first unpacks
                for where, command, env in (("inside", inside, {}), ("outside", agent.name, outer)):
                    taken = first_screen(suite, agent, where, command, project, env)
                    if round_ > 0:
                        times[where].append(taken)
            found.append(more.summary(f"first screen of {agent.name}", times["inside"], statistics.median(times["outside"]),
                                      f"to outside: {statistics.median(times['outside']):.0f}"))
        except more.NotMeasured as why:
            found.append({"what": f"first screen of {agent.name}", "not_measured": str(why)})
    server.close()
    return found


def show(result):
    print(f"{'':44} {'median µs':>11} {'p99':>10} {'ratio':>7}")
    for row in result["rows"]:
        if "not_measured" in row:
            print(f"{row['what']:44} not measured: {row['not_measured']}")
        elif "value" in row:
            print(f"{row['what']:44} {row['value']:>11} {row['unit']}  {row['note']}")
        else:
            print(f"{row['what']:44} {row['median_us']:>11.0f} {row['p99_us']:>10.0f} {row['ratio'] or '':>7}  {row['note']}")
    print(f"load {result['load']:.1f}, kernel {result['kernel']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--screens", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    file = open(options.json, "w", encoding="utf-8") if options.json else None  # before the user changes
    reader = more.Reader()
    suite = harness.Suite("bench-agents", needs=["git", "make", "python3"],
                          files=[options.build / "tests/bench" / name for name in ("race", "bench-true", "open-loop")])
    installed = options.build / "agents/node_modules/.bin"
    if not options.smoke and (installed / "srt").exists():
        suite.env["PATH"] = f"{installed}:{suite.env['PATH']}"
    suite.env["COLORTERM"] = "truecolor"
    (suite.home / ".gitconfig").write_text("[user]\n\tname = Anna\n\temail = anna@example.org\n")
    project = agents.new_project(suite, "project")
    os.chdir(project)
    rows = []
    more.measured(rows, "start", starts, suite, options, "/usr/bin/true")
    more.measured(rows, "work", work, suite, project, options)
    more.measured(rows, "open", opens, suite, options)
    more.measured(rows, "memory", memory, suite, reader)
    if not options.smoke:
        more.measured(rows, "first screens", screens, suite, project, options)
    result = {"kernel": platform.release(), "cpus": os.cpu_count(), "load": os.getloadavg()[0], "rounds": options.rounds, "rows": rows}
    if file:
        json.dump(result, file, indent=1)
        file.close()
    if not options.smoke:
        show(result)
        return 0
    for row in rows:
        suite.ok("not_measured" not in row or row["what"].startswith(("srt", "memory")), row["what"], row.get("not_measured", ""))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
