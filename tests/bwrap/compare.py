#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same command line under the distribution's bwrap and under oriel-bwrap: what a program inside finds is the same.
Mounts (points, kinds, options, order), ids, capability sets, environment, descriptors, session, signals, directories.
usage: compare.py [--root]

Where 0.8.0, the oldest bubblewrap this is run against, differs from what 0.12 documents, or ours differs on purpose, the
table DIFFERENCES says so and why; nothing else may differ."""

import os
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

# (what, why, rewrite of a fact's line: the same for both sides)
DIFFERENCES = (
    ("a mount's source and number are ours to name", "the new mount calls name no source",
     lambda line: re.sub(r"^(mount: )\d+ \d+ \S+ (\S+) (\S+) (\S+) (?:\S+ )*?- (\S+) \S+ (.*)$", mount_shape, line)),
    ("directories made on the way to a bind or a link are 0755", "0.8.0 makes them 0700, the manual says 0755",
     lambda line: re.sub(r"^((?:entry|path): /\S*way) 40700 ", r"\1 40755 ", line)),
    ("a mount that another one covers", "0.8.0 leaves it without nosuid and read-only, which cannot be seen; ours has them",
     lambda line: line),  # without_covered()
    ("the hidden tmpfs behind the root and behind data says its mode", "the new mount calls set it there",
     lambda line: re.sub(r"^(mount: / \S+ \S+ tmpfs rw),mode=755(,uid|$)", r"\1\2", line)),
    ("the user namespace of --userns stays open in the command", "0.8.0 forgets it; no option's descriptor is the command's",
     lambda line: None if re.match(r"fd: 6 user:", line) else line),
    ("mqueue has nosuid, nodev and noexec", "no program needs it without",
     lambda line: line.replace("nosuid,nodev,noexec,relatime mqueue", "relatime mqueue")),
    ("process 1 has no blocked signal", "ours waits without one", lambda line: None if line.startswith("status 1: SigBlk") else line),
    ("process 1's name, its numbers, its use of memory", "it is another program",
     lambda line: None if re.match(r"status 1: (?!Cap|NoNew|Seccomp:|Uid|Gid|Groups|Sig(Ign|Cgt))", line) else line),
    ("descriptors of process 1 have other numbers, and no name", "which is nobody's business",
     lambda line: re.sub(r"^fd of 1: \d+ anon_inode.*", "fd of 1: event", line)),
    ("a socket or pipe has another number", "it is made anew for each run",
     lambda line: re.sub(r"(pipe|socket):\[\d+\]", r"\1", line)),
)


def mount_shape(found):
    head, root, point, options, kind, super_options = found.groups()
    if kind in ("tmpfs", "mqueue", "proc", "devpts"):
        root = "/"  # of what bubblewrap makes; its name in a hidden tmpfs is its own
    return f"{head}{root} {point} {options} {kind} {super_options}"


def facts_of(text):
    lines = []
    for line in text.splitlines():
        for _, _, rewrite in DIFFERENCES:
            line = line if line is None else rewrite(line)
        if line is not None:
            lines.append(line)
    return without_covered(lines)


def without_covered(lines):
    """A mount at the same place as a later one is not to be seen."""
    points = [line.split()[2] if line.startswith("mount: ") and line != "mount: none" else None for line in lines]
    return [line for i, line in enumerate(lines) if points[i] is None or points[i] not in points[i + 1:]]


def rows(home, probe, root):
    """(name, options); the probe follows.  HOST: everything of the host, read-only, with proc."""
    host = ["--ro-bind", "/", "/", "--proc", "/proc"]
    bare = ["--ro-bind", probe, ALONE]
    again = ["--ro-bind", probe, probe]  # where its directory was covered
    deep = f"{home}/way/deep"
    found = [
        ("host read-only", ["--ro-bind", "/", "/"]),
        ("host writable", ["--bind", "/", "/"]),
        ("host with devices", ["--dev-bind", "/", "/"]),
        ("proc of the host", host),
        ("proc of its own", [*host, "--unshare-pid"]),
        ("nothing but the probe", bare),
        ("nothing but the probe and proc", [*bare, "--proc", "/proc"]),
        ("dev", [*host, "--dev", "/dev"]),
        ("dev in an empty root", [*bare, "--proc", "/proc", "--dev", "/dev"]),
        ("dev, ids chosen", [*host, "--unshare-user", "--uid", "5", "--gid", "6", "--dev", "/dev"]),
        ("ids chosen", [*host, "--unshare-user", "--uid", "5", "--gid", "6"]),
        ("unshare all", [*host, "--unshare-all"]),
        ("unshare all, share net", [*host, "--unshare-all", "--share-net"]),
        ("unshare user", [*host, "--unshare-user"]),
        ("unshare user-try and cgroup-try", [*host, "--unshare-user-try", "--unshare-cgroup-try"]),
        ("unshare ipc, mqueue", [*host, "--unshare-ipc", "--tmpfs", "/mnt", "--mqueue", "/mnt/q"]),
        ("unshare net", [*host, "--unshare-net"]),
        ("unshare uts, hostname", [*host, "--unshare-uts", "--hostname", "a.box"]),
        ("unshare cgroup", [*host, "--unshare-cgroup"]),
        ("as process 1", [*host, "--unshare-pid", "--as-pid-1"]),
        ("new session", [*host, "--new-session"]),
        ("new session, process 1", [*host, "--unshare-pid", "--new-session"]),
        ("die with parent", [*host, "--unshare-pid", "--die-with-parent"]),
        ("tmpfs", [*host, "--tmpfs", "/tmp", *again]),
        ("tmpfs with mode and size", [*host, "--perms", "1777", "--size", "1048576", "--tmpfs", "/mnt"]),
        ("tmpfs as root", ["--tmpfs", "/", *bare, "--proc", "/proc"]),
        ("root over root", ["--tmpfs", "/tmp", "--ro-bind", "/", "/", "--proc", "/proc"]),
        ("dirs with and without mode", [*bare, "--proc", "/proc", "--dir", "/a/b", "--perms", "0700", "--dir", "/c/d",
                                       "--dir", "/a"]),
        ("links", [*bare, "--proc", "/proc", "--symlink", "a", "/way/y", "--symlink", "/way", "/l"]),
        ("links on the way", [*bare, "--proc", "/proc", "--dir", "/usr/lib", "--symlink", "usr/lib", "/lib", "--dir", "/lib/d",
                              "--ro-bind", "/etc", "/lib/e"]),
        ("file", [*host, "--tmpfs", "/mnt", "--perms", "0640", "--file", "8", "/mnt/f"]),
        ("file with its usual mode", [*host, "--tmpfs", "/mnt", "--file", "8", "/mnt/f"]),
        ("data, bound", [*host, "--tmpfs", "/mnt", "--bind-data", "8", "/mnt/f"]),
        ("data, bound read-only with a mode", [*host, "--tmpfs", "/mnt", "--perms", "0644", "--ro-bind-data", "8", "/mnt/f"]),
        ("data over a file", [*host, "--ro-bind-data", "8", "/etc/hostname"]),
        ("chmod", [*host, "--perms", "0700", "--tmpfs", "/mnt", "--chmod", "1777", "/mnt"]),
        ("remount read-only", [*host, "--tmpfs", "/mnt", "--dir", "/mnt/d", "--remount-ro", "/mnt"]),
        ("remount the root read-only", [*bare, "--proc", "/proc", "--remount-ro", "/"]),
        ("binds of the home", [*host, "--tmpfs", "/home", "--tmpfs", home, "--bind", deep, deep, "--ro-bind", f"{home}/one",
                               f"{home}/one", *again]),
        ("tries", [*host, "--ro-bind-try", "/no/such", "/mnt", "--bind-try", "/no/such", "/mnt/x", "--dev-bind-try", "/dev", "/dev"]),
        ("bind over a bind", [*host, "--bind", deep, "/mnt", "--ro-bind", "/etc", "/mnt"]),
        ("relative source", [*host, "--bind", "way/deep", "/mnt"]),
        ("source through a link", [*host, "--bind", "link", "/mnt"]),
        ("file on a file", [*host, "--ro-bind", "/etc/passwd", "/etc/hostname"]),
        ("environment", [*host, "--setenv", "A", "b", "--unsetenv", "LANG", "--setenv", "A", "c"]),
        ("environment cleared", [*host, "--setenv", "A", "b", "--clearenv", "--setenv", "C", "d"]),
        ("chdir", [*host, "--chdir", "/usr/../usr"]),
        ("directory that is not there", [*bare, "--proc", "/proc", "--setenv", "HOME", "/proc"]),
        ("no directory to go to", [*bare, "--proc", "/proc", "--setenv", "HOME", "/nowhere"]),
        ("descriptors pass", [*host, "--unshare-pid"]),
        ("descriptors of options do not", [*host, "--unshare-pid", "--block-fd", "7", "--ro-bind-data", "8", "/etc/hostname"]),
        ("sync-fd", [*host, "--unshare-pid", "--sync-fd", "8"]),
        ("sync-fd makes a reaper", [*host, "--sync-fd", "8"]),
        ("sync-fd, process 1", [*host, "--unshare-pid", "--as-pid-1", "--sync-fd", "8"]),
        ("lock-file", [*host, "--lock-file", "/etc/hostname"]),
        ("options from a descriptor", ["--args", "7", "--setenv", "Z", "z"]),
        ("capability kept", [*host, "--cap-drop", "ALL", "--cap-add", "cap_net_raw"]),
        ("capability kept in a namespace", [*host, "--unshare-user", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]),
        ("all capabilities kept in a namespace", [*host, "--unshare-user", "--cap-add", "ALL"]),
        ("no capability", [*host, "--cap-drop", "ALL", "--unshare-pid"]),
        ("one capability less", [*host, "--cap-drop", "cap_sys_chroot", "--unshare-pid"]),
        ("user namespaces closed", [*host, "--unshare-user", "--disable-userns"]),
        ("user namespaces closed, dev", [*host, "--unshare-user", "--disable-userns", "--dev", "/dev"]),
        ("filter", [*host, "--seccomp", "9", "--unshare-pid"]),
        ("filters", [*host, "--add-seccomp-fd", "9"]),
    ]
    if not root:
        found.append(("user namespace from outside", [*host, "--userns", "6"]))
    return [(name, [str(word) for word in words]) for name, words in found]


def open_descriptors(directory, words):
    """What a shell would have opened for it: 6 a namespace, 7 options or what unblocks, 8 data, 9 a filter."""
    args = "\0".join(["--ro-bind", "/", "/", "--proc", "/proc"]) + "\0"
    (directory / "seven").write_text(args)
    (directory / "eight").write_text("eight\n")
    (directory / "nine").write_bytes(bytes.fromhex("060000000000ff7f"))  # allow
    for number, name in ((7, "seven"), (8, "eight"), (9, "nine")):
        fd = os.open(directory / name, os.O_RDONLY)
        os.dup2(fd, number)
        if fd != number:
            os.close(fd)
    if "--userns" in words:
        os.dup2(NAMESPACE.fileno(), 6)
    else:
        try:
            os.close(6)
        except OSError:
            pass
    return [7, 8, 9] + ([6] if "--userns" in words else [])


ALONE = "/way/facts"  # the probe in a root that holds nothing else
NAMESPACE = None


def run(suite, program, words, probe, paths):
    fds = open_descriptors(suite.home, words)
    return suite.run(program, *words, ALONE if ALONE in words else probe, *paths, pass_fds=fds, cwd=suite.home)


def main():
    global NAMESPACE
    root = "--root" in sys.argv
    files = [pathlib.Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    suite = harness.Suite("bwrap-compare" + ("-root" if root else ""), files=files, needs=["bwrap"], stay_root=root)
    if os.environ.get("ORIEL_SANITIZED"):  # the sanitizer's own handlers are not what is compared
        suite.env["ASAN_OPTIONS"] = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0"
    probe = suite.bin / "facts"
    ours = suite.stage / "bin/oriel-bwrap"
    (suite.home / "way/deep").mkdir(parents=True)
    (suite.home / "one").write_text("one\n")
    (suite.home / "link").symlink_to("way/deep")
    holder = None
    if not root:
        holder = suite.start("unshare", "-Ur", "sleep", "60")
        own = os.readlink("/proc/self/ns/user")
        harness.wait_for(lambda: os.readlink(f"/proc/{holder.pid}/ns/user") != own)
        NAMESPACE = open(f"/proc/{holder.pid}/ns/user", "rb")  # noqa: SIM115
    paths = ["/mnt", "/mnt/f", "/etc/hostname", "/a", "/a/b", "/c", "/c/d", "/way", "/mnt/d"]
    n = 0
    for name, words in rows(suite.home, probe, root):
        theirs = run(suite, "bwrap", words, probe, paths)
        mine = run(suite, ours, words, probe, paths)
        want, have = facts_of(theirs.stdout), facts_of(mine.stdout)
        differ = [f"- {line}" for line in want if line not in have] + [f"+ {line}" for line in have if line not in want]
        same = want == have and theirs.returncode == mine.returncode and theirs.stderr == mine.stderr
        if same and theirs.returncode != 0:
            same = False  # it shows nothing
        n += 1
        suite.ok(same, name, "\n".join([f"exit {theirs.returncode} and {mine.returncode}", theirs.stderr, mine.stderr,
                                       *differ, *([] if differ else ["in another order"])]) if not same else "")
    harness.end(holder)
    suite.ok(n >= 40, "at least 40 command lines were compared", n)
    for what, why, _ in DIFFERENCES:
        print(f"# not compared: {what}: {why}")
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
