#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Static analysis of every C file that is built: clang-tidy (.clang-tidy says which checks), scan-build, cppcheck.
Each is shown a fault of its own first.  A finding is mended, or suppressed beside its line with the reason.
usage: analyse.py ANALYSER SOURCE BUILD"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tree

JOBS = len(os.sched_getaffinity(0))
# Neither knows that the cleanup attribute reads a variable, and frees or closes it; LeakSanitizer finds the real leaks.
SCAN_OFF = ["-disable-checker", "unix.Malloc", "-disable-checker", "deadcode.DeadStores"]
CPPCHECK_OFF = ["memleak", "resourceLeak"]
# Not for threads, says the library; which ours are not.  A probe that opens what it may not leaves it open.  And
# g_assert() ends the program, which it does not know.
CPPCHECK_OFF += ["nullPointerRedundantCheck", "invalidFunctionArg:*/tests/*",
                 # What it can't read itself: two compilers do.
                 "internalAstError", "syntaxError"]
CPPCHECK_OFF += ["getpwuidCalled", "readdirCalled", "strtokCalled", "ttynameCalled", "leakReturnValNotUsed:*/tests/*"]
FAULT = """/* SPDX-License-Identifier: LGPL-2.1-or-later */
int first(const int *from);
int first(const int *from)
{
        int values[2] = { 0, 1 };
        if (from == 0)
                return *from + values[2];
        return values[0];
}
"""
FINDING = re.compile(r"^(\S+?)(:\d+:\d+: (?:fatal )?(?:warning|error|style|performance|portability): .*)")


def program(name):
    """Debian has LLVM's under a name with its version, as the one that the layout is held to."""
    found = shutil.which(name + "-14") or shutil.which(name)
    if found is None:
        print(f"{name} is not installed")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    return found


def said(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **more)


def clang_tidy(top, build, files):
    tidy = program("clang-tidy")

    def one(file):
        return said([tidy, "--quiet", "-p", build, file], cwd=top).stdout

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        yield from pool.map(one, files)


def cppcheck(top, build, files):
    command = [program("cppcheck"), "--quiet", "--library=gtk", "--library=posix", "--inline-suppr", f"-j{JOBS}",
               "--enable=warning,performance,portability", *(f"--suppress={what}" for what in CPPCHECK_OFF)]
    with tempfile.TemporaryDirectory() as directory:
        wanted = pathlib.Path(directory, "compile_commands.json")
        wanted.write_text(json.dumps([entry for entry in commands(build) if source(entry) in files]))
        yield said([*command, f"--project={wanted}"], cwd=top).stdout


def scan_build(top, build, files):
    """A build of its own, from its start: what was not compiled anew would not be looked at."""
    scan = [program("scan-build"), *SCAN_OFF]
    directory = build / "scan"
    shutil.rmtree(directory, ignore_errors=True)
    setup = said([*scan, "meson", "setup", str(directory), str(top), "-Ddocs=false", "-Doptimization=0"])
    if setup.returncode != 0:
        yield f"meson:1:1: error: {setup.stdout[-2000:]}"
        return
    made = said([*scan, "--status-bugs", "-o", str(directory / "reports"), "ninja", "-C", str(directory)])
    if made.returncode not in (0, 1):
        yield f"ninja:1:1: error: {made.stdout[-2000:]}"
    yield made.stdout


def commands(build):
    return json.loads((build / "compile_commands.json").read_text())


def source(entry):
    return pathlib.Path(entry["directory"], entry["file"]).resolve()


def findings(analyser, top, build):
    known = set(tree.files(top))
    files = sorted({source(entry) for entry in commands(build)} & known)
    print(f"{len(files)} files", flush=True)
    seen = set()
    for text in analyser(top, build, files):
        for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines():
            match = FINDING.match(line)
            # Relative to where the compiler ran.  What is generated, as by GDBus, is not known.
            places = match and [place for base in (build, build / "scan", top)
                                if (place := pathlib.Path(base, match[1]).resolve()) in known]
            if places and (finding := f"{places[0].relative_to(top)}{match[2]}") not in seen:
                seen.add(finding)
                yield finding
            elif match and match[1] in ("meson", "ninja"):
                yield line


def sees(analyser):
    """A project with one fault."""
    with tempfile.TemporaryDirectory() as directory:
        top = pathlib.Path(directory).resolve()
        (top / "fault.c").write_text(FAULT)
        (top / "meson.build").write_text("project('fault', 'c')\nexecutable('fault', 'fault.c', link_args: '-shared')\n")
        (top / "meson_options.txt").write_text("option('docs', type: 'boolean', value: true)\n")
        (top / ".clang-tidy").write_text("Checks: 'clang-analyzer-*'\n")
        made = said(["meson", "setup", str(top / "build"), str(top)])
        found = list(findings(analyser, top, top / "build")) if made.returncode == 0 else []
        return any(line.startswith("fault.c:7:") for line in found)


def main():
    analyser = {"clang-tidy": clang_tidy, "cppcheck": cppcheck, "scan-build": scan_build}[sys.argv[1]]
    top, build = (pathlib.Path(name).resolve() for name in sys.argv[2:4])
    if not sees(analyser):
        print(f"{sys.argv[1]} does not see a fault that is there")
        return 1
    n = 0
    for n, finding in enumerate(findings(analyser, top, build), 1):
        print(finding, flush=True)
    print(f"{n} findings")
    return 1 if n else 0


if __name__ == "__main__":
    sys.exit(main())
