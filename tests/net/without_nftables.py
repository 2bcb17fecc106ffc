# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: without_nftables.py COMMAND...: the command as on a kernel without nftables (a socket for it: EPROTONOSUPPORT)."""

import ctypes
import errno
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LD, JEQ, RET = 0x20, 0x15, 0x06
NUMBER, FIRST_WORD, THIRD_WORD = 0, 16, 32
AF_NETLINK, NETLINK_NETFILTER = 16, 12
SOCKET = {"x86_64": 41, "aarch64": 198, "riscv64": 198}[platform.machine()]
RULES = [(LD, 0, 0, NUMBER), (JEQ, 0, 5, SOCKET), (LD, 0, 0, FIRST_WORD), (JEQ, 0, 3, AF_NETLINK), (LD, 0, 0, THIRD_WORD),
         (JEQ, 0, 1, NETLINK_NETFILTER), (RET, 0, 0, 0x00050000 | errno.EPROTONOSUPPORT), (RET, 0, 0, 0x7fff0000)]

code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in RULES))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(RULES), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
    sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
