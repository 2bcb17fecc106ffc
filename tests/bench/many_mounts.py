#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes N more mounts in this process's mount namespace, which must be its own, below DIRECTORY, and executes COMMAND.
usage: many_mounts.py N DIRECTORY COMMAND..."""

import ctypes
import os
import pathlib
import sys

PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
libc = ctypes.CDLL(None, use_errno=True)


def main():
    n, directory, command = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    directory.mkdir(exist_ok=True)
    for i in range(n):
        place = directory / str(i)
        place.mkdir(exist_ok=True)
        if libc.mount(b"tmpfs", str(place).encode(), b"tmpfs", 0, b"size=4k") < 0:
            sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    # Bubblewrap does not run for a user who has any.
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
