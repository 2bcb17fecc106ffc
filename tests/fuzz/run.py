#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs fuzz targets side by side, each for so long, and prints a row for docs/fuzzing.md for each.
The minutes of a row are the processor's, so that a run on a busy machine counts for what it did.
usage: run.py SOURCE BUILD SECONDS [TARGET...]; exit 1 if anything was found"""

import concurrent.futures
import datetime
import os
import pathlib
import re
import subprocess
import sys

FOUND = ("crash", "leak", "timeout", "oom")  # libFuzzer's names for what it keeps
WORDS = re.compile(r'"(?:[^"\\\n]|\\["\\])+"')


class Target:
    def __init__(self, source, build, name):
        self.program = build / f"tests/fuzz/fuzz-{name}"
        self.name, self.source = name, source
        self.corpus = build / "corpus" / name
        self.found = build / "found" / name
        self.log = build / f"{name}.log"
        for directory in (self.corpus, self.found):
            directory.mkdir(parents=True, exist_ok=True)

    def dictionary(self):
        """Every word of the parser's own tables, where it has some."""
        files = {"profile": ("common/profile/keys.c", "common/profile/values.c")}.get(self.name, ())
        words = {word for file in files for line in (self.source / file).read_text().splitlines()
                 if not line.startswith("#") for word in WORDS.findall(line)}
        if not words:
            return []
        path = self.corpus.parent / f"{self.name}.dict"
        path.write_text("\n".join(sorted(words)) + "\n")
        return [f"-dict={path}"]

    def run(self, seconds):
        """(executions, coverage, how many findings, whether it ended well, processor minutes)."""
        before = self.findings()
        with open(self.log, "w", encoding="utf-8", errors="replace") as log:
            child = subprocess.Popen(
                [self.program, f"-max_total_time={seconds}", f"-artifact_prefix={self.found}/", "-rss_limit_mb=2048",
                 "-timeout=60", "-max_len=65536", "-print_final_stats=1", *self.dictionary(), self.corpus,
                 self.source / "tests/fuzz/corpus" / self.name], stdout=log, stderr=log)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        text = self.log.read_text(errors="replace")
        executions = re.findall(r"number_of_executed_units: (\d+)", text) or re.findall(r"^#(\d+)", text, re.MULTILINE)
        coverage = re.findall(r"cov: (\d+) ft: (\d+)", text)
        return (int(executions[-1]) if executions else 0, coverage[-1] if coverage else ("?", "?"),
                len(self.findings() - before), child.returncode == 0, (used.ru_utime + used.ru_stime) / 60)

    def findings(self):
        return {path.name for path in self.found.iterdir() if path.name.startswith(FOUND)}


def main():
    source, build, seconds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    names = sys.argv[4:] or sorted(path.name[len("fuzz-"):] for path in (build / "tests/fuzz").glob("fuzz-*")
                                   if path.is_file() and os.access(path, os.X_OK))
    targets = [Target(source, build, name) for name in names]
    unknown = [target.name for target in targets if not target.program.is_file()]
    if unknown:
        print(f"no target {', '.join(unknown)}", file=sys.stderr)
        return 2
    commit = subprocess.run(["git", "-c", f"safe.directory={source}", "-C", source, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip() or "-"
    bad = False
    print("| date | commit | target | minutes | executions | edges, features | findings |\n|---|---|---|---|---|---|---|")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        running = {pool.submit(target.run, seconds): target for target in targets}
        for done in concurrent.futures.as_completed(running):
            target, (executions, (edges, features), n_found, well, minutes) = running[done], done.result()
            bad |= n_found > 0 or not well
            what = f"{n_found}: {target.found}" if n_found else "none" if well else f"it ended: {target.log}"
            print(f"| {datetime.date.today()} | {commit} | {target.name} | {minutes:.1f} | {executions:,} | {edges}, "
                  f"{features} | {what} |", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
