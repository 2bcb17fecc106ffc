#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hostile program inside a box.  Puts bait out on the host, runs the probe (tests/escape/probe) inside, and prints every
attempt with the rows of docs/theory/escapes.md that it stands for.

An attempt whose bait nobody can reach proves nothing, so the same probe runs in places without our guards: outside, as
the caller and as root; as the owner of its namespaces; under bubblewrap as it is commonly called.  Each attempt must
succeed in one of them, and what is known to be open under bubblewrap must be found open.  usage: inside.py PROBE"""

import contextlib
import grp
import hashlib
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import terminal  # noqa: E402
from bait import ADDR_NO_RANDOMIZE, CALLER, Bait, caller, probe, verdicts  # noqa: E402

# All that a container's own /dev holds; another name there is bait for "devices".
CONTAINER_DEVICES = set("null zero full random urandom tty console ptmx pts shm mqueue fd stdin stdout stderr core".split())

# Attempts that fail everywhere: why, and how they were seen to fail.
WITHOUT_CONTROL = {
    "unknown-syscall": "no kernel has it; tests/unit/seccomp asks the filter alone",
    "newer-syscalls": "this kernel may have none; tests/unit/seccomp asks the filter alone",
    "x32-abi": "it needs a kernel with x32",
    "nested-new-proc": "judges what it mounted itself",
    "kill-init": "the kernel drops a signal that pid 1 does not handle",
    "take-console": "only the host's root could, and would lose its console",
}
# Of these only the host's root is let further, and the suite may have been started by somebody else.
ROOT_ALONE = """
    kexec_load kexec_file_load init_module finit_module delete_module swapon swapoff acct reboot syslog iopl ioperm make-device
    proc-and-sys-doors
""".split()


def agent(suite):
    """As command-line agents call it: all of the host read-only, the project writable."""
    return ["bwrap", "--new-session", "--die-with-parent", "--unshare-net", "--unshare-pid", "--ro-bind", "/", "/", "--dev", "/dev",
            "--proc", "/proc", "--tmpfs", "/tmp", "--bind", suite.home / "project", suite.home / "project"]


def desktop(suite):
    """As scripts for desktop apps call it: /usr and /etc, an empty home, every namespace but the network's."""
    return ["bwrap", "--die-with-parent", "--unshare-all", "--share-net", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
            "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--ro-bind", "/etc", "/etc", "--dev", "/dev", "--proc",
            "/proc", "--tmpfs", "/tmp", "--tmpfs", suite.home, "--chdir", suite.home, "--ro-bind", suite.bin, suite.bin]


BWRAP = {"agent": agent, "desktop": desktop}
# What these leave open, on every kernel of ours.
BWRAP_OPEN = {
    "agent": """
        clone3 fsconfig listmount statmount mount umount2 chroot setns unshare-user add_key request_key keyctl io_uring_setup
        io_uring_enter io_uring_register bpf perf_event_open userfaultfd-user-mode fanotify_init quotactl quotactl_fd
        open_by_handle_at move_pages migrate_pages mbind set_mempolicy vmsplice modify_ldt personality-other i386-abi
        tracer-changes-syscall state-over-exec proc-others-root-and-cwd proc-others-files proc-others-markers ptrace-init
        process-vm-read-init process-vm-write-init kcmp-init pidfd-getfd-init seccomp-filter inotify-leaves-room
        inherited-descriptors walk-through-descriptors working-directory secret-files home-is-empty write-system-directories
        hard-link-host-file mounts-nosuid-nodev mounts-read-only environment-allow-list markers-of-the-host
        sysv-shared-memory sysv-message-queue posix-message-queue key-in-session-keyring key-in-user-keyring socket-families
        socket-vsock netlink-uevent netlink-audit netlink-netfilter host-path-socket
    """,
    "desktop": """
        clone3 fsconfig listmount statmount mount umount2 chroot setns unshare-user add_key request_key keyctl io_uring_setup
        io_uring_enter io_uring_register bpf perf_event_open userfaultfd-user-mode fanotify_init quotactl quotactl_fd
        open_by_handle_at move_pages migrate_pages mbind set_mempolicy vmsplice modify_ldt personality-other i386-abi
        tracer-changes-syscall state-over-exec proc-others-root-and-cwd proc-others-files proc-others-markers ptrace-init
        process-vm-read-init process-vm-write-init kcmp-init pidfd-getfd-init seccomp-filter own-session inotify-leaves-room
        inherited-descriptors walk-through-descriptors write-system-directories environment-allow-list markers-of-the-host
        key-in-session-keyring key-in-user-keyring socket-families socket-vsock netlink-uevent netlink-audit
        netlink-netfilter interfaces host-loopback-service outside-tcp outside-udp host-abstract-socket
    """,
}


def box(suite, *options, profile="base/strict"):
    return [suite.oriel_program, "run", "--no-daemon", "--profile", profile, *options, f"--filesystem={suite.bin}:ro", "--"]


def report(suite, where, inside, done, least):
    """One TAP line for each attempt."""
    if not suite.ok(len(inside) >= least and done.returncode == 0, f"{where}: the probe ran to its end ({len(inside)} attempts)",
                    f"status {done.returncode}\n{done.stderr}"):
        return
    for name, found in inside.items():
        line = f"{where}: {name} [{found.rows}]"
        if found.verdict == "absent":
            suite.skip(line, found.detail, kernel=True)
        else:
            suite.ok(found.verdict in ("refused", "works"), line, f"{found.verdict}: {found.detail}")


class Controls:
    """The places without our guards, and what is open in each."""

    def __init__(self, root):
        self.places = {"host root": root} if root else {}
        self.has_root = bool(root)

    def add(self, place, found):
        self.places.setdefault(place, {}).update(found)

    def lacks(self, name):
        """Has this kernel nothing to attack there?  Then everyone gets the same answer."""
        found = [places[name] for places in self.places.values() if name in places]
        return bool(found) and all(one.detail in ("ENOSYS", "EAFNOSUPPORT") for one in found)

    def where_open(self, name):
        return [place for place, found in self.places.items() if name in found and found[name].verdict == "OPEN"]

    def check(self, suite, attempts):
        """Every attempt that Oriel was judged by is one that can succeed."""
        for name, found in attempts.items():
            where, line = self.where_open(name), f"control: {name}"
            if found.verdict in ("absent", "works") or name in WITHOUT_CONTROL:
                continue
            if where:
                suite.ok(True, line, f"open: {', '.join(where)}")
            elif self.lacks(name):
                suite.skip(line, "this kernel has no such thing", kernel=True)
            elif name == "devices" and not set(os.listdir("/dev")) - CONTAINER_DEVICES:
                suite.skip(line, "a container, which has only the harmless ones itself", kernel=True)
            elif name in ROOT_ALONE and not self.has_root:
                suite.skip(line, "only the host's root could: run the suite as root to see it", kernel=True)
            else:
                suite.ok(False, line, f"dead bait: refused everywhere\n{[(k, v.get(name)) for k, v in self.places.items()]}")


def attempts_of_root(suite):
    """The control as the host's root, in a session and mount namespace of its own: only what changes nothing."""
    suite.groups = [grp.getgrnam("games").gr_gid]
    done = subprocess.run(["setsid", "unshare", "--mount", "--uts", "--ipc", suite.bin / "probe", "kernel"], input="", text=True,
                          capture_output=True, check=False, timeout=harness.DEADLINE, env={"PATH": os.environ["PATH"]})
    suite.root_control = verdicts(done.stdout)


# Root of the namespaces that own everything: mounts, network, pids.  It has a read-only /usr and a socket in /run to attack,
# and a caller with another umask.
OWNER = """
    mount -t tmpfs none /tmp; mount -t tmpfs none /run; mkdir /run/dbus; touch /run/dbus/system_bus_socket
    mkdir -p /tmp/oriel/instances/x; mount --bind /tmp/oriel/instances/x /mnt; umask 077
    mount -t tmpfs -o ro none /usr
    exec "$@"
"""


def attempts_elsewhere(suite, bait, controls):
    """The same attempts with none of our guards."""
    controls.add("outside", probe(suite, bait, "strict")[0])
    owner = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--uts", "--ipc", "sh", "-ec",
             OWNER, "sh"]
    for mode, least in (("strict", len(controls.places["outside"])), ("owner", 7)):
        found, done = probe(suite, bait, mode, *owner)
        suite.ok(len(found) >= least, f"control: as the owner of its namespaces the probe ran to its end ({mode})", done.stderr)
        controls.add("owner", found)


def attempts_bwrap(suite, bait, controls, ours):
    """The table of what bubblewrap leaves open: each known hole must be found, or the bait is dead."""
    for where, command in BWRAP.items():
        found, done = probe(suite, bait, "strict", *command(suite))
        if not suite.ok(len(found) >= len(ours) and done.returncode == 0, f"bwrap, {where}: the probe ran to its end ({len(found)} "
                        "attempts)", done.stderr):
            continue
        controls.add(f"bwrap {where}", found)
        for name in BWRAP_OPEN[where].split():
            if controls.lacks(name) or name in found and found[name].verdict == "absent":
                suite.skip(f"bwrap, {where}: {name} is open", "this kernel has no such thing", kernel=True)
            else:
                suite.ok(name in found and found[name].verdict == "OPEN", f"bwrap, {where}: {name} is open", found.get(name))


def print_table(suite, ours, controls):
    """For people: Oriel beside bubblewrap."""
    places = [f"bwrap {where}" for where in BWRAP]
    print(f"# {'attempt':28} {'oriel':8} " + " ".join(f"{place:14}" for place in places) + " rows")
    count = dict.fromkeys(places, 0)
    for name, found in ours.items():
        words = [controls.places.get(place, {}).get(name) for place in places]
        for place, word in zip(places, words):
            count[place] += word is not None and word.verdict == "OPEN"
        print(f"# {name:28} {found.verdict:8} " + " ".join(f"{word.verdict if word else '-':14}" for word in words) + f" {found.rows}")
    print(f"# open of {len(ours)}: " + ", ".join(f"{place} {n}" for place, n in count.items()), flush=True)
    suite.ok(all(n > 20 for n in count.values()), "the table shows rows that bubblewrap leaves open", count)


def attempts_inside(suite, bait, controls):
    before, ours = hashes(suite), {}
    for profile in ("base/strict", "base/cli"):
        inside, done = probe(suite, bait, "strict", *box(suite, profile=profile))
        report(suite, profile, inside, done, len(controls.places["outside"]))
        ours = ours or inside
    suite.ok(hashes(suite) == before, "programs of Oriel unchanged afterwards [CVE-2019-5736 CVE-2019-8308 CVE-2019-12499]")
    return ours


def launch_parked(suite, bait, command):
    """The probe's attempts in one launch, and whether its keeper is another's child: a box that was made before.  (Who has
    just begun is in no list yet.)"""
    front = suite.start(*command, suite.bin / "probe", "strict", stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=bait.environment,
                        preexec_fn=caller(bait), close_fds=False)
    front.stdin.write(bait.text(**CALLER).encode())
    front.stdin.close()
    # A first attempt's line is there while the rest still run.
    first = front.stdout.readline()
    parked = first and not harness.descendants(front.pid)
    found = verdicts((first + front.stdout.read()).decode())
    front.wait(harness.DEADLINE)
    return found, parked


def attempts_parked(suite, bait):
    """The same in a box that was made before its launch.  A plan's third launch finds one, or a later one where the machine's
    mounts changed meanwhile."""
    command = [suite.oriel_program, "run", "--profile", "base/strict", f"--filesystem={suite.bin}:ro", "--"]
    for _ in range(2):
        # As careless as the third, but for what is handed over.
        suite.run(*command, "true", preexec_fn=lambda: bait.libc.personality(ADDR_NO_RANDOMIZE))
    for _ in range(8):
        time.sleep(1)
        inside, parked = launch_parked(suite, bait, command)
        if parked:
            break
    suite.ok(parked, "parked: a launch took a box that was made before [template-parts]")
    for name, found in inside.items():
        line = f"parked: {name} [{found.rows}]"
        if found.verdict == "absent":
            suite.skip(line, found.detail, kernel=True)
        else:
            suite.ok(found.verdict in ("refused", "works"), line, f"{found.verdict}: {found.detail}")
    suite.ok(len(inside) > 100, f"parked: the probe ran to its end ({len(inside)} attempts)")
    suite.oriel("daemon", "stop")


def attempts_nested(suite, bait):
    inside, done = probe(suite, bait, "nested", *box(suite, "--nested=yes"))
    report(suite, "nested=yes", inside, done, 7)
    done = suite.run(*box(suite, "--nested=yes"), "bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--dev",
                     "/dev", "true")
    suite.ok(done.returncode == 0, "a sandbox of the app's own (bwrap) works inside with nested=yes [nested-namespace]", done.stderr)
    return inside


def hashes(suite):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in [*suite.stage.glob("bin/*"), *suite.stage.glob("libexec/oriel/*")]}


def attempts_on_terminal(suite, controls):
    """On a real pty; the controls outside, and under bubblewrap without a session of its own."""
    legacy, others = pathlib.Path("/proc/sys/dev/tty/legacy_tiocsti"), os.openpty()
    text, _, left = terminal.run(suite, [suite.bin / "probe", "tty"])
    controls.add("outside", verdicts(text))
    if legacy.exists() and legacy.read_text().strip() == "0":
        suite.skip("control: tiocsti types outside", "this kernel refuses it to all", kernel=True)
    else:
        suite.ok(left > 0, "control: tiocsti types outside", text)
        text, _, left = terminal.run(suite, [*desktop(suite), suite.bin / "probe", "tty"])
        suite.ok(verdicts(text)["tiocsti"].verdict == "OPEN" and left > 0, "bwrap, desktop: tiocsti is open", text)
    ours = {}
    for profile in ("base/strict", "base/cli"):
        text, status, left = terminal.run(suite, [*box(suite, profile=profile), suite.bin / "probe", "tty"])
        ours = verdicts(text)
        suite.ok(len(ours) == 7 and status == 0, f"{profile}: the probe ran on a terminal", f"status {status}\n{text}")
        for name, found in ours.items():
            suite.ok(found.verdict in ("refused", "works"), f"{profile}: {name} [{found.rows}]", f"{found.verdict}: {found.detail}")
        suite.ok(left == 0, f"{profile}: nothing was typed into the caller's terminal [CVE-2017-5226 CVE-2016-7545 CVE-2016-9016]",
                 f"{left} bytes")
    for fd in others:
        os.close(fd)
    return ours


def inherited(suite):
    """Standard input as a capability, and the signals that reach beyond the box."""
    secret = suite.home / "secret"
    for what, flags in (("a directory", os.O_RDONLY | os.O_DIRECTORY), ("a file open for writing", os.O_RDWR)):
        fd = os.open(suite.home if flags & os.O_DIRECTORY else secret, flags)
        done = suite.run(*box(suite), "cat", stdin=fd)
        os.close(fd)
        suite.ok(done.returncode == 125 and "oriel:" in done.stderr, f"stdin is {what}: refused with 125 [stdio]",
                 f"{done.returncode} {done.stderr}")
    script = f"sleep 300 >/dev/null & exec {suite.oriel_program} run --no-daemon --profile base/strict -- sh -c 'kill -9 0'"
    shell = suite.start("sh", "-c", f"({script}); echo status $?; kill -0 $$ && echo alive", stdout=subprocess.PIPE,
                        preexec_fn=os.setsid)
    try:
        text = shell.communicate(timeout=30)[0].decode() if shell.stdout else ""
    except subprocess.TimeoutExpired:
        text = "hangs"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(shell.pid, 9)
    suite.ok("status 137" in text and "alive" in text, "kill(0, SIGKILL) inside leaves the caller's group alone [CVE-2026-97029]", text)


def submount(suite):
    """A host mount below a directory that is granted read-only is read-only too."""
    tree = suite.top / "tree"
    (tree / "sub").mkdir(parents=True)
    command = (f"mount -t tmpfs none {tree}/sub && touch {tree}/sub/outside && exec {suite.oriel_program} run --no-daemon "
               f"--profile base/strict --filesystem={tree}:ro -- sh -c 'ls {tree}/sub; touch {tree}/sub/inside'")
    done = suite.run("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command)
    suite.ok(done.stdout.split() == ["outside"] and done.returncode == 1 and "ead-only" in done.stderr,
             "a mount below a read-only grant is read-only [recursive-read-only]", f"{done.returncode} {done.stdout} {done.stderr}")


def main():
    suite = harness.Suite("escape", files=[sys.argv[1]], needs=["bwrap", "unshare", "setsid"], as_root=attempts_of_root)
    (suite.home / "project").mkdir()
    controls = Controls(getattr(suite, "root_control", None))
    bait = Bait(suite)
    try:
        attempts_elsewhere(suite, bait, controls)
        ours = attempts_inside(suite, bait, controls)
        attempts_bwrap(suite, bait, controls, ours)
        print_table(suite, ours, controls)
        attempts_parked(suite, bait)
        nested = attempts_nested(suite, bait)
        on_terminal = attempts_on_terminal(suite, controls)
        controls.check(suite, {**ours, **nested, **on_terminal})
        inherited(suite)
        submount(suite)
    finally:
        bait.close()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
