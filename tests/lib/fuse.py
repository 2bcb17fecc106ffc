# SPDX-License-Identifier: LGPL-2.1-or-later
"""A /dev/fuse for tests of what is a FUSE file system."""

import ctypes
import os
import stat


def open_to_users(wanted=True):
    """Where this machine's /dev/fuse is otherwise, root gives this test, in a mount namespace of its own, one that users can
    open, as every desktop has it, or one that they can't.  A user takes it as it is."""
    if os.getuid() != 0 or not os.path.exists("/dev/fuse") or (os.stat("/dev/fuse").st_mode & 0o006 == 0o006) == wanted:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    node = os.path.join(os.environ["ORIEL_TEST_DIR"], f"fuse.{os.getpid()}")
    os.mknod(node, stat.S_IFCHR, os.stat("/dev/fuse").st_rdev)
    os.chmod(node, 0o666 if wanted else 0o600)
    CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0 or \
            libc.mount(node.encode(), b"/dev/fuse", None, MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), "a /dev/fuse of this test's own")
