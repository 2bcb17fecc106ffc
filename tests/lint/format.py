#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All C is laid out as .clang-format says (`./dev format` does it).  Without clang-format 14, the version whose layout
that is, there is nothing to compare with: exit 77, aloud; under CI=true 1."""

import os
import pathlib
import shutil
import subprocess
import sys

import tree

VERSION = "14"


def find():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path and f"version {VERSION}." in subprocess.run([path, "--version"], capture_output=True, text=True,
                                                             check=True).stdout:
            return path
    return None


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    program = find()
    if program is None:
        print(f"SKIP: clang-format {VERSION} is not installed (apt install clang-format-{VERSION})")
        return 1 if os.environ.get("CI") == "true" else 77
    names = [str(p) for p in tree.files(top) if p.suffix in (".c", ".h")]
    if sys.argv[2:] == ["--write"]:
        return subprocess.run([program, "--style=file", "-i", *names], check=False).returncode
    return subprocess.run([program, "--style=file", "--dry-run", "-Werror", *names], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
