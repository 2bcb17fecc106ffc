#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""systemd's own opinion of our unit files (systemd-analyze verify), of every data/*.service.in that is one.  Where the
program that a unit starts will lie is only known once it is installed: /bin/true stands for it.  usage: units.py
SOURCE"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tree

SKIPPED = 77


def units(top):
    for path in sorted((top / "data").glob("*.in")):
        text = path.read_text()
        if "[Service]" in text or "[Socket]" in text:
            yield path, re.sub(r"^(Exec\w+)=.*$", r"\1=/bin/true", text, flags=re.MULTILINE)


def faults(top):
    for path, text in units(top):
        with tempfile.TemporaryDirectory() as directory:
            unit = pathlib.Path(directory) / path.name.removesuffix(".in")
            unit.write_text(text)
            done = subprocess.run(["systemd-analyze", "--user", "--man=no", "verify", str(unit)], capture_output=True,
                                  text=True, check=False, env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": directory,
                                                               "HOME": directory})
            said = [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]
            for line in said:
                yield f"{path.relative_to(top)}: {line.replace(str(unit) + ':', 'line ')}"
            if done.returncode != 0 and not said:
                yield f"{path.relative_to(top)}: {(done.stdout + done.stderr).strip()}"


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not installed: nobody looked at the unit files")
        sys.exit(SKIPPED)
    tree.run(faults)
