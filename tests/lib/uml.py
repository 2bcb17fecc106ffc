#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test under a kernel of its own, for what one machine has not (control groups with all controllers) and what would harm
it (a clock that jumps): User Mode Linux, an ordinary program, with this machine's files read-only below a few tmpfs.
usage: uml.py SCRIPT"""

import os
import pathlib
import shutil
import subprocess
import sys

BOOT = """#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir -m 755 /run/t
export ORIEL_STAGE='{stage}' ORIEL_TEST_DIR=/run/t ORIEL_TEST_USER=nobody HOME=/root CI='{ci}'
python3 '{script}'
sync; echo o >/proc/sysrq-trigger; sleep 5
"""


def main():
    script = pathlib.Path(sys.argv[1]).resolve()
    stage = os.environ.get("ORIEL_STAGE")
    kernel = shutil.which("linux.uml")
    if stage is None or kernel is None or os.getuid() != 0:
        why = "user-mode-linux is not installed" if kernel is None else "it takes root, and a staged oriel"
        print(f"{'not ok' if os.environ.get('CI') == 'true' else 'ok'} 1 - {script.stem} under a kernel of its own # SKIP {why}\n1..1")
        return 0
    boot = pathlib.Path(os.environ["ORIEL_TEST_DIR"]) / f"boot-{script.stem}"
    boot.write_text(BOOT.format(stage=stage, script=script, ci=os.environ.get("CI", "")))
    boot.chmod(0o755)
    done = subprocess.run([kernel, "mem=2G", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", f"init={boot}",
                           "con0=fd:0,fd:1", "con=null", "quiet"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=280, check=False)
    lines = [line.rstrip("\r") for line in done.stdout.splitlines()]
    tap = [line for line in lines if line.startswith(("ok ", "not ok ", "1.."))]
    if not any(line.startswith("1..") for line in tap):
        print("\n".join(f"# {line}" for line in [*lines, *done.stderr.splitlines()][-40:]))
        print("not ok 1 - the kernel came up, and the tests ran to their end\n1..1")
        return 1
    print("\n".join(tap))
    return 1 if any(line.startswith("not ok ") for line in tap) else 0


if __name__ == "__main__":
    sys.exit(main())
