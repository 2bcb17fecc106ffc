#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""oriel-bwrap against what bubblewrap 0.12 documents, and what its callers rely on: every option at least once.
usage: conformance.py [--root]"""

import fcntl
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

ROOT = "--root" in sys.argv
HOST = ("--ro-bind", "/", "/", "--proc", "/proc")
NAMESPACES = {"user": "user", "ipc": "ipc", "pid": "pid", "net": "net", "uts": "uts", "cgroup": "cgroup"}
suite = harness.Suite("bwrap" + ("-root" if ROOT else ""), stay_root=ROOT)
OURS = str(suite.stage / "bin/oriel-bwrap")
used = set()
# Low numbers are the options': what is opened here gets higher ones.
NULL = os.open("/dev/null", os.O_RDWR)
for number in range(3, 20):
    os.dup2(NULL, number)


def bwrap(*words, fds=(), **more):
    """Runs it; fds: {number: descriptor}, as a shell would have opened them."""
    words = [str(word) for word in words]
    used.update(word for word in words if word.startswith("--"))
    numbers = []
    for number, fd in dict(fds).items():
        os.dup2(fd, number)
        numbers.append(number)
    done = suite.run(OURS, *words, pass_fds=numbers, **more)
    for number in numbers:
        os.dup2(NULL, number)
    return done


def says(name, words, want, code=0, **more):
    """Standard output is this text, or matches it where it is a pattern; nothing on standard error."""
    done = bwrap(*words, **more)
    good = (want.search(done.stdout) if isinstance(want, re.Pattern) else done.stdout == want) and done.returncode == code
    suite.ok(bool(good) and done.stderr == "", name, f"exit {done.returncode}: {done.stdout}\n{done.stderr}")


def fails(name, words, want, **more):
    """One line on standard error, and status 1."""
    done = bwrap(*words, **more)
    suite.ok(done.stderr == f"bwrap: {want}\n" and done.returncode == 1 and done.stdout == "", name,
             f"exit {done.returncode}: {done.stdout}{done.stderr}")


def data(text):
    """A descriptor with these bytes."""
    fd = os.memfd_create("data")
    os.write(fd, text if isinstance(text, bytes) else text.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def script(*lines):
    return ("sh", "-c", "; ".join(lines))


def sample_filter(number):
    """This system call is refused with EXDEV, all others are allowed."""
    code = ((0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | 18), (0x06, 0, 0, 0x7fff0000))
    return data(b"".join(struct.pack("HBBI", *one) for one in code))


def general():
    done = bwrap("--help")
    suite.ok(done.stdout.startswith(f"usage: {OURS} ") and done.returncode == 0, "--help begins with the name it was called by")
    says("--version", ("--version",), "bubblewrap 0.12.0\n")
    done = bwrap()
    suite.ok(done.stderr.startswith("usage: ") and done.returncode == 1, "no words: the usage, and 1")
    done = bwrap("--unshare-pid")
    suite.ok(done.stderr.startswith("usage: ") and done.returncode == 1, "no command: the usage, and 1")
    fails("an unknown option", ("--no-such", "true"), "Unknown option --no-such")
    words = "\0".join(["--setenv", "A", "from file", *HOST]) + "\0"
    says("--args, and words after it", ("--args", "8", "--setenv", "B", "b", *script("echo $A $B", "ls /proc/self/fd")),
         re.compile(r"^from file b\n0\n1\n2\n3\n$"), fds={8: data(words)})
    says("--argv0", (*HOST, "--argv0", "another", "sh", "-c", "echo $0"), "another\n")
    done = bwrap("--level-prefix", "--chdir", "/", "--chdir", "/", *HOST, "no-such-program")
    suite.ok(done.stderr == "<4>bwrap: Only the last --chdir option will take effect\n"
             "<3>bwrap: execvp no-such-program: No such file or directory\n" and done.returncode == 1,
             "--level-prefix: warnings and errors", done.stderr)
    fails("a command that is not there", (*HOST, "no-such-program"), "execvp no-such-program: No such file or directory")
    says("the command is looked up in the PATH of --setenv", (*HOST, "--setenv", "PATH", "/nowhere:/usr/bin", "echo", "x"), "x\n")
    done = bwrap(*HOST, "--unshare-pid", *script("exit 7"))
    suite.ok(done.returncode == 7, "the command's status", done.returncode)
    done = bwrap(*HOST, "--unshare-pid", *script("kill -9 $$"))
    suite.ok(done.returncode == 137, "128 and the signal, with a process 1", done.returncode)
    done = bwrap(*HOST, *script("kill -9 $$"))
    suite.ok(done.returncode == 137, "the same without one", done.returncode)
    begin = time.monotonic()
    mark = f"{3000 + os.getpid() % 1000}.5"
    done = bwrap(*HOST, "--dev", "/dev", "--unshare-pid", *script(f"sleep {mark} &"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lives_on = harness.wait_for(lambda: sleeping(mark))
    kill_sleep(mark)
    suite.ok(done.returncode == 0 and lives_on and time.monotonic() - begin < 10, "the command's end is the end, whoever is left inside")
    done = suite.run("python3", "-c", "import signal, subprocess, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
                     "import os; os.execv(sys.argv[1], sys.argv[1:])", OURS, *HOST, "--unshare-pid", *script("exit 3"))
    suite.ok(done.returncode == 3, "a caller that ignores SIGCHLD", done.returncode)
    says("/proc/self/exe as the command is bubblewrap again", (*HOST, "--", "/proc/self/exe", "--version"), "bubblewrap 0.12.0\n")
    says("no new privileges", (*HOST, "grep", "NoNewPrivs", "/proc/self/status"), "NoNewPrivs:\t1\n")
    done = suite.run("sh", "-c", 'umask 027; exec "$@"', "sh", OURS, "--tmpfs", "/", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib",
                     "/lib", "--symlink", "usr/lib64", "/lib64", "--dir", "/d", "/usr/bin/sh", "-c", "umask; stat -c %a /d")
    suite.ok(done.stdout == "0027\n755\n", "the umask is the caller's again in the command", done.stdout + done.stderr)


def namespaces():
    for option, name in NAMESPACES.items():
        inside = f"/proc/self/ns/{name}"
        done = bwrap(*HOST, f"--unshare-{option}", "readlink", inside)
        suite.ok(done.returncode == 0 and done.stdout.strip() != os.readlink(inside), f"--unshare-{option}", done.stderr)
    for option in ("user", "cgroup"):
        inside = f"/proc/self/ns/{option}"
        done = bwrap(*HOST, f"--unshare-{option}-try", "readlink", inside)
        suite.ok(done.returncode == 0 and done.stdout.strip() != os.readlink(inside), f"--unshare-{option}-try", done.stderr)
    says("the loopback is up", (*HOST, "--unshare-net", "grep", "-c", "127.0.0.1", "/proc/net/fib_trie"), re.compile(r"^[1-9]"))
    done = bwrap(*HOST, "--unshare-all", "--share-net", "readlink", "/proc/self/ns/net", "/proc/self/ns/ipc")
    net, ipc = done.stdout.split()
    suite.ok(net == os.readlink("/proc/self/ns/net") and ipc != os.readlink("/proc/self/ns/ipc"), "--unshare-all --share-net")
    done = bwrap(*HOST, "--unshare-all", "--share-net", "--unshare-net", "readlink", "/proc/self/ns/net")
    suite.ok(done.stdout.strip() != os.readlink("/proc/self/ns/net"), "the later of --share-net and --unshare-net counts")
    says("--hostname", (*HOST, "--unshare-uts", "--hostname", "a.box", "hostname"), "a.box\n")
    says("--uid and --gid", (*HOST, "--unshare-user", "--uid", "5", "--gid", "6", *script("id -u", "id -g")), "5\n6\n")
    says("--as-pid-1", (*HOST, "--unshare-pid", "--as-pid-1", *script("echo $$")), "1\n")
    says("without it the command is not process 1", (*HOST, "--unshare-pid", *script("echo $$")), "2\n")
    says("--new-session", (*HOST, "--unshare-pid", "--new-session", *script("cut -d' ' -f6 /proc/self/stat")), "1\n")
    fails("--disable-userns needs --unshare-user", (*HOST, "--disable-userns", "true"), "--disable-userns requires --unshare-user")
    done = bwrap(*HOST, "--unshare-user", "--disable-userns",
                 *script("echo 99 >/proc/sys/user/max_user_namespaces", "unshare -U true && echo made || echo no"))
    suite.ok(done.stdout == "no\n", "--disable-userns, also against who would write the limit", done.stdout + done.stderr)
    says("--assert-userns-disabled, where they are", (*HOST, "--unshare-user", "--disable-userns", "--assert-userns-disabled", "true"), "")
    fails("--assert-userns-disabled, where they are not", (*HOST, "--assert-userns-disabled", "true"),
          "creation of new user namespaces was not disabled as requested")


def hold(*command):
    """A process in namespaces of its own; its pid there is found by what it runs."""
    return suite.start(*command)


def joined():
    holder = hold("unshare", "-Ur", "unshare", "-U", "sleep", "60")
    own = os.readlink("/proc/self/ns/user")
    harness.wait_for(lambda: pathlib.Path(f"/proc/{holder.pid}/comm").read_text() == "sleep\n")
    inner = os.open(f"/proc/{holder.pid}/ns/user", os.O_RDONLY)
    outer = fcntl.ioctl(inner, 0xb702)  # NS_GET_PARENT
    name = os.readlink(f"/proc/{holder.pid}/ns/user")
    suite.ok(name != own, "a user namespace to join")
    done = bwrap(*HOST, "--userns", "7", "readlink", "/proc/self/ns/user", fds={7: outer})
    suite.ok(done.returncode == 0 and done.stdout.strip() not in (own, name), "--userns", done.stdout + done.stderr)
    done = bwrap(*HOST, "--userns", "7", "--userns2", "8", "readlink", "/proc/self/ns/user", fds={7: outer, 8: inner})
    suite.ok(done.stdout.strip() == name, "--userns2", done.stdout + done.stderr)
    done = bwrap(*HOST, "--userns", "0", "readlink", "/proc/self/ns/user", stdin=outer)
    suite.ok(done.returncode == 0 and done.stdout.strip() not in (own, name), "--userns 0: descriptor 0 is one", done.stderr)
    harness.end(holder)
    holder = hold("unshare", "-Urpf", "--kill-child", "sleep", "60")
    child = harness.wait_for(lambda: harness.descendants(holder.pid))[-1]
    harness.wait_for(lambda: pathlib.Path(f"/proc/{child}/comm").read_text() == "sleep\n")
    user = os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    pids = os.open(f"/proc/{child}/ns/pid", os.O_RDONLY)
    want = os.readlink(f"/proc/{child}/ns/pid")
    status, write = os.pipe()
    done = bwrap(*HOST, "--userns", "7", "--pidns", "8", "--json-status-fd", "9", *script("readlink /proc/self/ns/pid", "exit 4"),
                 fds={7: user, 8: pids, 9: write})
    os.close(write)
    lines = os.read(status, 4096).decode().splitlines()
    suite.ok(done.stdout.strip() == want and done.returncode == 4, "--pidns", done.stdout + done.stderr)
    suite.ok(len(lines) == 2 and json.loads(lines[1]) == {"exit-code": 4}, "its status", "\n".join(lines))
    done = bwrap(*HOST, "--userns", "7", "--pidns", "8", "--unshare-pid", *script("readlink /proc/self/ns/pid", "echo $$"),
                 fds={7: user, 8: pids})
    suite.ok(done.returncode == 0 and done.stdout.split()[0] != want and done.stdout.split()[1] == "2",
             "--pidns with --unshare-pid: one below", done.stdout + done.stderr)
    harness.end(holder)


def environment():
    says("--clearenv leaves PWD", (*HOST, "--clearenv", "--chdir", "/usr", "/usr/bin/env"), "PWD=/usr\n")
    says("--setenv and --unsetenv, in order", (*HOST, "--setenv", "A", "1", "--unsetenv", "A", "--setenv", "B", "2", *script("echo $A$B$PWD")),
         f"2{suite.home}\n")
    fails("--chdir to nowhere", (*HOST, "--chdir", "/no/such", "true"), "Can't chdir to /no/such: No such file or directory")
    bare = ("--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64")
    says("the directory: HOME where the caller's is not there", (*bare, "--setenv", "HOME", "/usr/lib", "/usr/bin/pwd"), "/usr/lib\n")
    says("the directory: / where that is not there either", (*bare, "--setenv", "HOME", "/x", "/usr/bin/pwd"), "/\n")


def mounts():
    home = suite.home
    (home / "from").mkdir()
    (home / "from/file").write_text("content\n")
    (home / "from/deep").mkdir(mode=0o711)
    tmp = ("--tmpfs", "/mnt")
    says("--bind", (*HOST, *tmp, "--bind", home / "from", "/mnt/a/b", *script("echo x >/mnt/a/b/made", "stat -c %a /mnt/a")), "755\n")
    suite.ok((home / "from/made").read_text() == "x\n", "what is written there is the host's")
    done = bwrap(*HOST, *tmp, "--ro-bind", home / "from", "/mnt/a", *script("echo x >/mnt/a/no"))
    suite.ok(done.returncode != 0 and not (home / "from/no").exists(), "--ro-bind")
    says("--dev-bind: devices work", (*HOST, *tmp, "--dev-bind", "/dev", "/mnt/d", *script("echo x >/mnt/d/null && echo yes")), "yes\n")
    done = bwrap(*HOST, *tmp, "--bind", "/dev", "/mnt/d", *script("echo x >/mnt/d/null"))
    suite.ok(done.returncode != 0, "--bind: they do not")
    says("-try of what is not there", (*HOST, *tmp, "--bind-try", "/no/such", "/mnt/a", "--ro-bind-try", "/no/such", "/mnt/b",
                                       "--dev-bind-try", "/no/such", "/mnt/c", "ls", "/mnt"), "")
    fails("without it", (*HOST, "--bind", "/no/such", "/mnt", "true"), "Can't find source path /no/such: No such file or directory")
    fails("as it was given", (*HOST, "--bind", "no/./such", "/mnt", "true"), "Can't find source path no/./such: No such file or directory")
    says("a relative source, and one through a descriptor's link", (*HOST, *tmp, "--bind", "from", "/mnt/a", "--ro-bind", "/proc/self/fd/8", "/mnt/b",
                                                                   "cat", "/mnt/a/file", "/mnt/b/file"), "content\ncontent\n",
         fds={8: os.open(home / "from", os.O_PATH)})
    says("what has no name but a link, as flatpak asks for it", (*HOST, *tmp, "--ro-bind-try", "/proc/self/ns/user", "/mnt/ns", "stat", "-f", "-c", "%T", "/mnt/ns"),
         "nsfs\n")
    for option in ("--bind-fd", "--ro-bind-fd"):
        says(option, (*HOST, *tmp, option, "8", "/mnt/a", option, "9", "/mnt/f", *script("cat /mnt/a/file /mnt/f", "test -e /proc/self/fd/8 || echo closed")),
             "content\ncontent\nclosed\n", fds={8: os.open(home / "from", os.O_PATH), 9: os.open(home / "from/file", os.O_RDONLY)})
    (home / "gone").mkdir()
    gone = os.open(home / "gone", os.O_PATH)
    (home / "gone").rmdir()
    fails("--bind-fd of what was removed", (*HOST, *tmp, "--bind-fd", "8", "/mnt/a", "true"),
          "Can't find source path /proc/self/fd/8: No such file or directory", fds={8: gone})
    (home / "gone").mkdir()
    (home / "moved").mkdir()
    moved = os.open(home / "moved", os.O_PATH)
    says("--remount-ro, and it alone", (*HOST, *tmp, "--tmpfs", "/mnt/in", "--remount-ro", "/mnt",
                                        *script("touch /mnt/x 2>&- || echo closed", "touch /mnt/in/x && echo open")), "closed\nopen\n",
         fds={8: moved})
    fails("what comes later finds it closed", (*HOST, *tmp, "--remount-ro", "/mnt", "--dir", "/mnt/x", "true"),
          "Can't mkdir /mnt/x: Read-only file system")
    says("--tmpfs with --perms and --size", (*HOST, "--perms", "1711", "--size", "65536", "--tmpfs", "/mnt",
                                             *script("stat -c %a /mnt", "seq 100000 >/mnt/x 2>&-; stat -c %s /mnt/x")), "1711\n65536\n")
    says("--perms is for one", (*HOST, "--perms", "700", *tmp, "--dir", "/mnt/d", *script("stat -c %a /mnt /mnt/d")), "700\n755\n")
    says("--dir leaves what is there", (*HOST, *tmp, "--perms", "700", "--dir", "/mnt/d", "--perms", "777", "--dir", "/mnt/d",
                                        "stat", "-c", "%a", "/mnt/d"), "700\n")
    says("--perms closes directories on the way", (*HOST, *tmp, "--perms", "750", "--dir", "/mnt/a/b", "stat", "-c", "%a", "/mnt/a"), "750\n")
    says("--mqueue", (*HOST, "--unshare-ipc", *tmp, "--mqueue", "/mnt/q", "stat", "-f", "-c", "%T", "/mnt/q"), "mqueue\n")
    says("--file", (*HOST, *tmp, "--file", "8", "/mnt/a/f", *script("cat /mnt/a/f", "stat -c %a /mnt/a/f")), "text\n666\n", fds={8: data("text\n")})
    (home / "old").write_text("longer than the new one\n")
    says("--file over a file of the host", ("--bind", "/", "/", "--file", "8", home / "old", "true"), "", fds={8: data("new\n")})
    suite.ok((home / "old").read_text() == "new\n", "is that file, cut")
    says("--bind-data", (*HOST, *tmp, "--bind-data", "8", "/mnt/f", *script("echo more >>/mnt/f", "cat /mnt/f", "stat -c %a /mnt/f")),
         "text\nmore\n600\n", fds={8: data("text\n")})
    says("--ro-bind-data", (*HOST, "--perms", "644", "--ro-bind-data", "8", "/etc/hostname",
                            *script("cat /etc/hostname", "stat -c %a /etc/hostname", "touch /etc/hostname 2>&- || echo closed")), "text\n644\nclosed\n",
         fds={8: data("text\n")})
    big = os.urandom(1 << 20) * 12
    says("data of any size", (*HOST, *tmp, "--ro-bind-data", "8", "/mnt/f", "stat", "-c", "%s", "/mnt/f"), f"{len(big)}\n", fds={8: data(big)})
    says("--symlink, twice the same", (*HOST, *tmp, "--symlink", "to", "/mnt/l", "--symlink", "to", "/mnt/l", "readlink", "/mnt/l"), "to\n")
    fails("--symlink to elsewhere", (*HOST, *tmp, "--symlink", "to", "/mnt/l", "--symlink", "other", "/mnt/l", "true"),
          "Can't make symlink at /mnt/l: existing destination is to")
    says("--chmod", (*HOST, *tmp, "--chmod", "1777", "/mnt", "stat", "-c", "%a", "/mnt"), "1777\n")
    fails("--chmod of nothing", (*HOST, *tmp, "--chmod", "700", "/mnt/x", "true"), "Can't chmod 0700 /mnt/x: No such file or directory")
    says("--proc without a namespace is the host's", (*HOST, "test", "-d", f"/proc/{os.getpid()}"), "")
    says("--proc with one is its own", (*HOST, "--unshare-pid", *script("echo /proc/[0-9]*")), "/proc/1 /proc/2\n")
    says("--dev", (*HOST, "--dev", "/dev", *script("ls /dev", "readlink /dev/ptmx /dev/fd /dev/core", "echo x >/dev/null && echo yes")),
         "core\nfd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\npts/ptmx\n/proc/self/fd\n/proc/kcore\nyes\n")
    (home / "made").mkdir()
    says("mount points on the host are made", ("--bind", "/", "/", "--ro-bind", home / "from", home / "made/a/d", "--ro-bind", home / "from/file", home / "made/f", "true"), "")
    suite.ok([oct((home / "made" / name).stat().st_mode & 0o777) for name in ("a", "a/d", "f")] == ["0o755", "0o755", "0o444"],
             "with 0755 and 0444")
    fails("a file on a directory", (*HOST, "--bind", home / "from/file", "/mnt", "true"), "Can't create file at /mnt: Is a directory")
    fails("a directory on a file", (*HOST, "--bind", home / "from", "/etc/passwd", "true"), "Can't mkdir /etc/passwd: Not a directory")
    fails("below a file", (*HOST, "--tmpfs", "/etc/passwd/x", "true"), "Can't mkdir parents for /etc/passwd/x: Not a directory")


def links():
    home = suite.home
    tree = ("--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--dir", "/run", "--dir", "/var",
            "--symlink", "/run", "/var/run")
    says("a link on the way, also an absolute one", (*tree, "--dir", "/var/run/a/b", "--ro-bind", "/etc", "/var/run/etc", "/usr/bin/ls", "/run"), "a\netc\n")
    fails("a link where a mount is to be", (*tree, "--ro-bind", "/etc", "/var/run", "/usr/bin/true"), "Can't mount on symlink destination /var/run")
    fails("a tmpfs there", (*tree, "--tmpfs", "/var/run", "/usr/bin/true"), "Can't mount on symlink destination /var/run")
    says("bubblewrap 0.11 followed it", (*tree, "--ro-bind", "/etc/passwd", "/run/f", "--symlink", "f", "/run/l", "--ro-bind", "/etc/hostname", "/run/l",
                                         "/usr/bin/cat", "/run/f"), pathlib.Path("/etc/hostname").read_text(), env={"ORIEL_BWRAP_COMPAT": "0.11"})
    (home / "evil").mkdir()
    (home / "target").mkdir()
    (home / "evil/up").symlink_to("../" * 20 + str(home / "target").lstrip("/"))
    (home / "evil/abs").symlink_to(home / "target")
    done = bwrap(*tree, "--bind", home / "evil", "/e", "--dir", "/e/up/made", "--dir", "/e/abs/made", "/usr/bin/true")
    suite.ok(not any((home / "target").iterdir()), "no link of a bind leads to the host", done.stderr)
    done = bwrap(*tree, "--bind", home / "evil", "/e", "--dir", "/e/../../../../made", "--dir", "/../made-too", "/usr/bin/ls", "/")
    suite.ok("made\nmade-too\n" in done.stdout and not pathlib.Path("/made").exists(), "nor does ..", done.stdout + done.stderr)
    if not ROOT:
        (home / "closed").mkdir()
        (home / "closed/in").mkdir()
        (home / "closed").chmod(0o711)
        says("a parent that can't be read", ("--bind", "/", "/", "--tmpfs", home / "closed/in", "true"), "")


def overlays():
    home = suite.home
    for name in ("low", "high", "rw", "work", "odd:a,b\\c", "rw2", "work2"):
        (home / name).mkdir()
    (home / "low/a").write_text("low\n")
    (home / "low/b").write_text("low\n")
    (home / "high/b").write_text("high\n")
    (home / "odd:a,b\\c/o").write_text("odd\n")
    low, high = ("--overlay-src", home / "low"), ("--overlay-src", home / "high")
    says("--ro-overlay: the last source lies on top", (*HOST, *low, *high, "--ro-overlay", "/mnt", *script("cat /mnt/a /mnt/b", "touch /mnt/x 2>&- || echo closed")),
         "low\nhigh\nclosed\n")
    says("--overlay", (*HOST, *low, *high, "--overlay", home / "rw", home / "work", "/mnt", *script("echo new >/mnt/b", "cat /mnt/a /mnt/b")), "low\nnew\n")
    suite.ok((home / "rw/b").read_text() == "new\n" and (home / "high/b").read_text() == "high\n", "what it changes is in its own layer")
    says("--tmp-overlay", (*HOST, *low, "--tmp-overlay", "/mnt", *script("echo new >/mnt/a", "cat /mnt/a")), "new\n")
    suite.ok((home / "low/a").read_text() == "low\n", "what it changes is gone")
    says("a layer's name may hold any sign", (*HOST, "--overlay-src", home / "odd:a,b\\c", "--overlay", home / "rw2", home / "work2", "/mnt", "cat", "/mnt/o"), "odd\n")
    done = bwrap(*HOST, *low, "--overlay", home / "low", home / "work", "/mnt", "true")
    suite.ok(done.returncode == 1 and done.stderr == "bwrap: Can't make overlay mount on /newroot/mnt: Overlay directories may not overlap\n",
             "directories that overlap", done.stderr)
    fails("no source", (*HOST, "--tmp-overlay", "/mnt", "true"), "--tmp-overlay requires at least one --overlay-src")


def descriptors():
    says("--seccomp", (*HOST, "--seccomp", "8", *script("mkdir /tmp/x 2>&1 | grep -c cross-device", "grep Seccomp: /proc/self/status")),
         "1\nSeccomp:\t2\n", fds={8: sample_filter(83)})
    says("process 1 has the filter and no capability", (*HOST, "--unshare-user", "--unshare-pid", "--cap-add", "ALL", "--seccomp", "8",
                                                        *script("sleep 0.3", "grep -E 'Seccomp:|CapEff' /proc/1/status")),
         "CapEff:\t0000000000000000\nSeccomp:\t2\n", fds={8: sample_filter(83)})
    says("--add-seccomp-fd, twice", (*HOST, "--add-seccomp-fd", "8", "--add-seccomp-fd", "9", *script("mkdir /tmp/x 2>&1 | grep -c cross-device", "rmdir /tmp 2>&1 | grep -c cross-device")),
         "1\n1\n", fds={8: sample_filter(83), 9: sample_filter(84)})
    fails("what is no filter", (*HOST, "--seccomp", "8", "true"), "Invalid seccomp data, must be multiple of 8", fds={8: data("12345")})
    for option in ("--exec-label", "--file-label"):
        fails(option, (*HOST, option, "x", "true"), "labeling not supported on this system")
    info, info_write = os.pipe()
    status, status_write = os.pipe()
    done = bwrap("--unshare-all", *HOST, "--info-fd", "8", "--json-status-fd", "9", *script("readlink /proc/self/ns/mnt", "ls /proc/self/fd", "exit 5"),
                 fds={8: info_write, 9: status_write})
    os.close(info_write)
    os.close(status_write)
    told, lines = os.read(info, 4096).decode(), os.read(status, 4096).decode().splitlines()
    shape = r'\{\n    "child-pid": \d+,\n' + ",\n".join(f'    "{name}-namespace": \\d+' for name in ("cgroup", "ipc", "mnt", "net", "pid", "uts")) + r"\n\}\n"
    suite.ok(re.fullmatch(shape, told), "--info-fd, to the letter", told)
    suite.ok(done.stdout == f"mnt:[{json.loads(told)['mnt-namespace']}]\n0\n1\n2\n3\n", "the namespaces are the command's; no descriptor is left", done.stdout)
    suite.ok(len(lines) == 2 and json.loads(lines[0]) == json.loads(told) and lines[0].startswith('{ "child-pid": ') and lines[1] == '{ "exit-code": 5 }',
             "--json-status-fd", "\n".join(lines))
    status, status_write = os.pipe()
    bwrap(*HOST, "--json-status-fd", "9", "no-such-program", fds={9: status_write})
    os.close(status_write)
    suite.ok("exit-code" not in os.read(status, 4096).decode(), "no exit code of what was not executed")
    says("those not named pass", (*HOST, *script("cat <&8")), "text\n", fds={8: data("text\n")})
    blocks()


def blocks():
    read, write = os.pipe()
    os.dup2(read, 8)
    process = suite.start(OURS, *HOST, "--block-fd", "8", "sh", "-c", "echo x >done", pass_fds=[8])
    used.add("--block-fd")
    time.sleep(0.3)
    early = process.poll()
    os.write(write, b"x")
    suite.ok(early is None and process.wait(20) is not None, "--block-fd waits for a byte")
    info, info_write = os.pipe()
    os.dup2(info_write, 9)
    process = suite.start(OURS, "--unshare-user", "--userns-block-fd", "8", "--info-fd", "9", *HOST, "id", "-u", pass_fds=[8, 9], stdout=subprocess.PIPE)
    used.add("--userns-block-fd")
    os.close(info_write)
    os.dup2(NULL, 9)
    child = json.loads(os.read(info, 4096))["child-pid"]
    pathlib.Path(f"/proc/{child}/setgroups").write_text("deny")
    for kind, own in (("uid_map", os.getuid()), ("gid_map", os.getgid())):
        pathlib.Path(f"/proc/{child}/{kind}").write_text(f"77 {own} 1\n")
    os.write(write, b"x")
    suite.ok(process.communicate(timeout=20)[0] == b"77\n", "--userns-block-fd: maps that somebody else writes")
    os.dup2(NULL, 8)
    for fd in (read, write, info):
        os.close(fd)


def lives():
    lock = suite.home / "lock"
    lock.write_text("")
    process = suite.start(OURS, "--bind", "/", "/", "--unshare-pid", "--lock-file", lock, "sleep", "60")
    used.update(("--lock-file", "--die-with-parent", "--sync-fd"))

    def locked():
        with open(lock, "r+", encoding="utf-8") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
            except OSError:
                return True
    suite.ok(harness.wait_for(locked), "--lock-file is held")
    kill_tree(process)
    suite.ok(harness.wait_for(lambda: not locked()), "and let go")
    with open(lock, "r+", encoding="utf-8") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        done = bwrap("--bind", "/", "/", "--lock-file", lock, "true")
        suite.ok(done.returncode == 1 and done.stderr.startswith(f"bwrap: Unable to lock file {lock}: "), "a writer's lock is fatal", done.stderr)
    fails("--lock-file of nothing", (*HOST, "--lock-file", "/no/such", "true"), "Unable to open lock file /no/such: No such file or directory")
    read, write = os.pipe()
    os.dup2(write, 9)
    os.close(write)
    done = suite.run(OURS, "--bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-pid", "--sync-fd", "9", "sh", "-c",
                     "test -e /proc/self/fd/9 || echo closed >closed; sleep 3 &", pass_fds=[9], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.dup2(NULL, 9)
    os.set_blocking(read, False)
    try:
        open_still = os.read(read, 1) != b""
    except BlockingIOError:
        open_still = True
    os.set_blocking(read, True)
    suite.ok((suite.home / "closed").exists() and open_still and os.read(read, 1) == b"", "--sync-fd stays open as long as anybody lives inside",
             f"{done.returncode} {open_still}")
    mark = f"{4000 + os.getpid() % 1000}.5"
    parent = suite.start("sh", "-c", f'"$@" & wait', "sh", OURS, *HOST, "--unshare-pid", "--die-with-parent", "sleep", mark)
    harness.wait_for(lambda: sleeping(mark))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    suite.ok(harness.wait_for(lambda: not sleeping(mark)), "--die-with-parent")
    main, second = pty.openpty()
    done = suite.run(OURS, *HOST, "--dev", "/dev", "sh", "-c", "test -c /dev/console && echo console >&2", stdout=second)
    os.close(main)
    os.close(second)
    suite.ok(done.stderr == "console\n", "/dev/console where standard output is a terminal", done.stderr)


def sleeping(mark):
    """The pid of the process that sleeps so long, or None."""
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == b"sleep\0" + mark.encode() + b"\0":
                return int(entry.parent.name)
        except OSError:
            continue
    return None


def kill_sleep(mark):
    pid = sleeping(mark)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def kill_tree(process):
    for pid in [*harness.descendants(process.pid), process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def capabilities():
    says("--cap-drop ALL, --cap-add", (*HOST, "--unshare-user", "--cap-drop", "ALL", "--cap-add", "CAP_NET_RAW", "grep", "-E", "CapEff|CapAmb|CapBnd", "/proc/self/status"),
         "CapEff:\t0000000000002000\nCapBnd:\t0000000000002000\nCapAmb:\t0000000000002000\n")
    fails("an unknown one", (*HOST, "--cap-add", "cap_x", "true"), "unknown cap: cap_x")
    if ROOT:
        done = bwrap(*HOST, *script("grep CapEff /proc/self/status", "cat /proc/self/uid_map"))
        suite.ok(done.stdout == subprocess.run(["sh", "-c", "grep CapEff /proc/self/status; cat /proc/self/uid_map"], capture_output=True, text=True,
                                               check=True).stdout, "root keeps what it has, without a user namespace", done.stdout)
        fails("root has no --uid without one", (*HOST, "--uid", "5", "true"), "Specifying --uid requires --unshare-user or --userns")
        says("what sets the machine is closed", (*HOST, "grep", " /proc/irq ro,", "/proc/self/mountinfo"), re.compile(r"/proc/irq ro,"))
        done = bwrap(*HOST, "--cap-drop", "ALL", "--cap-add", "ALL", "--unshare-pid", "true")
        suite.ok(done.returncode == 0, "what root may not have is not asked for twice", done.stderr)
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        bwrap("--bind", "/", "/", "--tmpfs", "/mnt", "true")
        suite.ok(pathlib.Path("/proc/self/mountinfo").read_text() == before, "root's mounts are not the host's")
    else:
        says("a user has none", (*HOST, "grep", "-E", "CapEff|CapBnd", "/proc/self/status"), "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n")


def main():
    for part in (general, namespaces, joined, environment, mounts, links, overlays, descriptors, lives, capabilities):
        part()
    every = set(re.findall(r"^    (--[a-z0-9-]+)", bwrap("--help").stdout, re.MULTILINE))
    suite.ok(len(every) > 60 and every <= used, "every option was used", " ".join(sorted(every - used)))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
