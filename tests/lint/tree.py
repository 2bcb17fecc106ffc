# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of a source tree, for the lint scripts: what git knows, or without git whatever is not in a build
directory."""

import pathlib
import subprocess
import sys


def files(top):
    known = subprocess.run(["git", "-c", f"safe.directory={top}", "-C", str(top), "ls-files", "-z", "--cached",
                            "--others", "--exclude-standard"], capture_output=True, check=False)
    if known.returncode == 0 and (top / ".git").exists():
        names = [top / name for name in known.stdout.decode().split("\0") if name]
    else:
        names = [p for p in top.rglob("*") if not any(part == ".git" or part.startswith("build")
                                                      for part in p.relative_to(top).parts)]
    return sorted(p for p in names if p.is_file() and not p.is_symlink())


def run(faults):
    """The main program of a lint: faults(top) yields one line for each fault."""
    found = list(faults(pathlib.Path(sys.argv[1]).resolve()))
    for fault in found:
        print(fault)
    print(f"{len(found)} faults")
    sys.exit(1 if found else 0)
