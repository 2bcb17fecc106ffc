#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Things that run out.  Under the launcher: descriptors, processes, memory, disk, namespaces; it says so, or works, and leaves
nothing.  In one instance: its siblings, and the manager, go on.  usage: exhaust.py HOG"""

import os
import pathlib
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

KIB, MIB = 1024, 1024 * 1024
PATIENCE = 15.0  # seconds; on a loaded machine
BOX = ["run", "--no-daemon", "--profile", "base/strict"]
FULL = """
    mount -t tmpfs -o {options} none {place}; chmod 700 {place}
    s=0; "$@" || s=$?; echo "status $s"; find {place} -path '*instances/*' | head -n 3; umount {place}
"""


def instances(suite):
    return [path.name for path in (suite.runtime / "oriel/instances").glob("*")]


def judge(suite, name, done, quiet=()):
    """It ran; or it said why not, with Oriel's own status; nothing is left either way."""
    wrong = []
    if done.returncode is None:
        wrong.append("it hangs")
    elif done.returncode == 0 and done.stdout != "ran\n":
        wrong.append(f"status 0, but {done.stdout!r}")
    elif done.returncode != 0 and not done.stderr.strip() and done.returncode not in quiet:
        wrong.append(f"status {done.returncode} without a word")
    if instances(suite):
        wrong.append(f"files are left: {instances(suite)}")
    return "; ".join(wrong)


def limits(suite):
    """Each resource limit of the caller's, from nothing upwards."""
    # Where not even the program itself can be loaded, the kernel ends it.
    loading = (127, -6, -9, -11)
    rows = (
        ("descriptors", resource.RLIMIT_NOFILE, [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40], (127,)),
        ("memory", resource.RLIMIT_AS, [n * MIB // 2 for n in range(1, 16)] + [n * MIB for n in (10, 12, 16, 24, 32, 64)], loading),
        ("data", resource.RLIMIT_DATA, [n * 64 * KIB for n in range(0, 20)], loading),
        ("stack", resource.RLIMIT_STACK, [n * 16 * KIB for n in (1, 2, 4, 8, 16)], loading),
        ("file size", resource.RLIMIT_FSIZE, [0, 1, 100, 1000, 10000], ()),
        ("locked memory", resource.RLIMIT_MEMLOCK, [0], ()),
        ("message queues", resource.RLIMIT_MSGQUEUE, [0], ()),
        ("signals", resource.RLIMIT_SIGPENDING, [0], ()),
    )
    for name, limit, values, quiet in rows:
        bad, ran, refused = [], 0, 0
        for value in values:
            done = suite.oriel(*BOX, "--", "echo", "ran", preexec_fn=lambda: resource.setrlimit(limit, (value, value)), timeout=PATIENCE)
            wrong = judge(suite, name, done, quiet)
            ran, refused = ran + (done.returncode == 0), refused + (done.returncode == 125)
            if wrong:
                bad.append(f"{value}: {wrong}: {done.stderr[-200:]}")
        suite.ok(not bad, f"limit of the caller's: {name}, {len(values)} values ({ran} ran, {refused} refused)", "\n".join(["", *bad]))


def disk(suite):
    """A runtime directory, and a state directory, with room for nothing, or for a few files."""
    state = suite.home / ".local/state"
    state.mkdir(parents=True, exist_ok=True)
    for what, place in (("runtime", suite.runtime), ("state", state)):
        bad, ran = [], 0
        for options in [f"size=1m,nr_inodes={n}" for n in range(1, 14)] + ["size=4k", "size=8k"]:
            script = FULL.format(options=options, place=place)
            done = suite.run("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh", suite.oriel_program, *BOX,
                             "--", "echo", "ran", timeout=PATIENCE)
            lines = done.stdout.splitlines()
            fine = lines == ["ran", "status 0"] or (lines == ["status 125"] and "oriel: " in done.stderr)
            ran += lines == ["ran", "status 0"]
            if not fine:
                bad.append(f"{options}: {lines} {done.stderr[-300:]}")
        suite.ok(not bad and ran > 0, f"a full {what} directory: said, and nothing left ({ran} of 15 ran)", "\n".join(["", *bad]))


def namespaces(suite):
    """Namespaces of one kind used up."""
    for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        wanted = 3 if kind == "user" else 2
        said = []
        for most in range(wanted):
            script = f'echo {most} >/proc/sys/user/max_{kind}_namespaces; exec "$@"'
            done = suite.run("unshare", "--user", "--map-root-user", "sh", "-ec", script, "sh", suite.oriel_program, *BOX, "--", "echo",
                             "ran", timeout=PATIENCE)
            wrong = judge(suite, kind, done)
            if done.returncode != 0 and ("oriel: " not in done.stderr or "ran" in done.stdout):
                wrong += f" status {done.returncode}"
            said.append((most, done.returncode, wrong))
        suite.ok(not any(row[2] for row in said) and said[0][1] == 125, f"{kind} namespaces used up: said", said)


def talk(suite):
    """An app without a terminal that prints without end: its log stays small, and it is not held up."""
    done = suite.oriel("run", "--no-daemon", "--no-wait", "--instance=talker", "--profile", "base/strict", f"--filesystem={suite.home}", "--",
                       "sh", "-c", f"head -c 12000000 /dev/zero; echo $? >{suite.home}/talked", timeout=PATIENCE)
    over = harness.wait_for(lambda: (suite.home / "talked").exists() and not instances(suite), PATIENCE)
    logs = [path.stat().st_size for path in (suite.home / ".local/state/oriel/log").glob("*.log")]
    suite.ok(over and (suite.home / "talked").read_text() == "0\n" and logs and 4 * MIB <= max(logs) < 4 * MIB + 200,
             "12 MB of output to a log: 4 MiB are kept, and the app goes on [denial]", f"{done.returncode} {logs} {done.stderr}")


PROFILE = """[Oriel]
inherits=strict
nested=limited

[Files]
home=persistent

[Limits]
memory=64M
pids=2000
files=500
"""


def siblings(suite):
    """One instance takes all of something.  Another that runs goes on, a third starts, and the manager answers."""
    (suite.home / "hog.profile").write_text(PROFILE)
    beat = suite.home / "beat"
    beat.mkdir()
    sibling = suite.start(suite.oriel_program, "run", "--profile", "base/strict", f"--filesystem={beat}", "--instance=sibling", "--",
                          "sh", "-c", f"while :; do date +%s.%N >{beat}/new; mv {beat}/new {beat}/at; sleep 0.1; done")
    there = harness.wait_for(lambda: (beat / "at").exists() and "sibling" in suite.oriel("ps").stdout, PATIENCE)
    suite.ok(there, "a sibling runs", suite.oriel("ps").stderr)
    for kind in ("namespaces", "watches", "memory", "processes", "descriptors", "files"):
        out = (suite.top / "hog.out").open("w", encoding="utf-8")
        hog = suite.start(suite.oriel_program, "run", "--profile", suite.home / "hog.profile", "--instance=hog",
                          f"--filesystem={suite.bin}:ro", "--", suite.bin / "hog", kind, "/run/user/" + str(os.getuid()), stdout=out)
        said = harness.wait_for(lambda: (suite.top / "hog.out").read_text() if kind in (suite.top / "hog.out").read_text() else "", PATIENCE)
        ended = (said or "").split()
        suite.ok(len(ended) == 3 and ended[2] != "without", f"hog: {kind} come to an end", (suite.top / "hog.out").read_text())
        then = time.time()
        listed = suite.oriel("ps", timeout=PATIENCE)
        took = time.time() - then
        suite.ok("sibling" in listed.stdout and took < 5, f"hog of {kind}: `oriel ps` answers [denial]", f"{took * 1000:.0f} ms {listed.stderr}")
        done = suite.oriel(*BOX, "--", "python3", "-c", "import ctypes; c = ctypes.CDLL(None); assert c.inotify_add_watch(c.inotify_init1(0), b'/tmp', 2) >= 0; print('ran')",
                           timeout=PATIENCE)
        suite.ok(done.stdout == "ran\n", f"hog of {kind}: another instance starts", f"{done.returncode} {done.stderr}")
        before = (beat / "at").read_text()
        suite.ok(harness.wait_for(lambda: (beat / "at").read_text() != before, 5), f"hog of {kind}: the sibling goes on [denial]")
        then = time.time()
        hog.terminate()
        gone = harness.wait_for(lambda: hog.poll() is not None, PATIENCE)
        suite.ok(gone, f"hog of {kind}: it ends when told to", f"{(time.time() - then) * 1000:.0f} ms")
        harness.end(hog)
        out.close()
    sibling.terminate()
    sibling.wait()
    suite.oriel("daemon", "stop")
    suite.ok(not instances(suite), "nothing is left", instances(suite))


def main():
    suite = harness.Suite("exhaust", files=sys.argv[1:2], needs=["unshare"])
    for part in (limits, disk, namespaces, talk, siblings):
        part(suite)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
