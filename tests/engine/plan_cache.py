#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Remembered plans: one that still holds is used, and after any change of what it rests on it is not.  Each row is a
world of its own (home, runtime directory), so that all can settle, be remembered and be changed at the same time.  And
every file that planning looks at is a witness: what strace(1) sees is compared with what was written down."""

import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

SETTLE_S = 3.3  # witnesses.c: SETTLED_SECONDS
REMEMBERED = "the plan is remembered"
MADE = "the plan was made, and is remembered"
PROFILE = """[Application]
name=org.x.Cached
command=/bin/sh

[Oriel]
inherits=base/strict
tree=single

[Context]
filesystems=~/given

[Environment]
WHICH=one
"""


class World:
    """A home, a runtime directory, a profile, and an environment."""

    def __init__(self, suite, name):
        self.top = suite.home / name
        self.home, self.run = self.top / "home", self.top / "run"
        self.home.mkdir(parents=True)
        self.run.mkdir(mode=0o700)
        self.env = {**suite.env, "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.run)}
        self.program = suite.oriel_program
        self.config = self.home / ".config/oriel"
        self.profile = self.config / "profiles/cached"
        self.profile.parent.mkdir(parents=True)
        self.profile.write_text(PROFILE)
        (self.home / "given").mkdir()
        (self.home / "given/file").write_text("x")
        self.cwd = self.home

    def start(self, *words, options=("--no-daemon",), **more):
        command = [self.program, "run", "--verbose", *options, "--profile", "cached", "--", "/bin/sh", "-c", *words]
        return subprocess.run(command, env=self.env, cwd=self.cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False, **more)

    def is_remembered(self, said):
        return REMEMBERED in said.stderr

    @property
    def plans(self):
        return self.home / ".local/state/oriel/plans"


# ---- What can change: each takes the world, after its plan is remembered ----

def profile_edited(world):
    world.profile.write_text(PROFILE.replace("WHICH=one", "WHICH=two"))


def override_appears(world):
    path = world.config / "overrides/org.x.Cached"
    path.parent.mkdir()
    path.write_text("[Environment]\nWHICH=two\n")


def block_edited(world):
    path = world.config / "profiles/base/strict"
    path.parent.mkdir()
    path.write_text("[Environment]\nWHICH=block\n")


def grant_appears(world):
    found = next(world.home.glob(".local/share/oriel"))
    path = found / "grants/org.x.Cached/cached/@default"
    path.parent.mkdir(parents=True)
    path.write_text("# Oriel: what was granted.  Answered by a person; remove a line to be asked again.\n"
                    "1\t[Network] deny=example.org\tq\n")


def configuration_appears(world):
    path = world.home / ".config/user-dirs.dirs"
    path.write_text('XDG_DOWNLOAD_DIR="$HOME/given"\n')


def secret_appears(world):
    """A name that was missing beside many others."""
    (world.home / ".ssh").mkdir()


def path_becomes_link(world):
    shutil.move(world.home / "given", world.home / "moved")
    (world.home / "given").symlink_to("moved")


def path_disappears(world):
    shutil.rmtree(world.home / "given")


def home_moves(world):
    shutil.move(world.home, world.top / "other")
    world.home.symlink_to("other")


def variable_set(world):
    world.env["EDITOR"] = "vi"


def variable_unset(world):
    del world.env["TERM"]


def directory_changed(world):
    world.cwd = world.home / "given"


def bus_appears(world):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(world.run / "bus"))


def program_upgraded(world):
    shutil.copy2(world.program, world.program + ".new")
    os.rename(world.program + ".new", world.program)


def entry_spoilt(world):
    for path in world.plans.iterdir():
        bytes_ = bytearray(path.read_bytes())
        bytes_[-1] ^= 0xff
        path.write_bytes(bytes_)


def entry_open_to_others(world):
    world.plans.chmod(0o777)


def entry_a_link(world):
    for path in list(world.plans.iterdir()):
        shutil.move(path, world.top / path.name)
        path.symlink_to(world.top / path.name)


def directory_gone(world):
    shutil.rmtree(world.config)


# (row, the change, exit status and what WHICH is afterwards; None: whatever)
ROWS = (
    (profile_edited, (0, "two")),
    (override_appears, (0, "two")),
    (block_edited, (0, "one")),
    (grant_appears, (0, "one")),
    (configuration_appears, (0, "one")),
    (secret_appears, (0, "one")),
    (path_becomes_link, None),
    (path_disappears, None),
    (home_moves, (0, "one")),
    (variable_set, (0, "one")),
    (variable_unset, (0, "one")),
    (directory_changed, (0, "one")),
    (bus_appears, (0, "one")),
    (program_upgraded, (0, "one")),
    (entry_spoilt, (0, "one")),
    (entry_open_to_others, None),
    (entry_a_link, (0, "one")),
    (directory_gone, None),
)


def change_rows(suite):
    worlds = {}
    for change, _ in ROWS:
        worlds[change] = world = World(suite, change.__name__)
        world.start("true")  # makes Oriel's own directories
        if change is program_upgraded:
            shutil.copytree(suite.stage, world.top / "stage", symlinks=True)
            world.program = str(world.top / "stage/bin/oriel")
    settled = World(suite, "settled")
    settled.start("true")
    time.sleep(SETTLE_S)
    for change, wanted in ROWS:
        world = worlds[change]
        first, second = world.start("echo $WHICH"), world.start("echo $WHICH")
        primed = MADE in first.stderr and world.is_remembered(second) and second.stdout == "one\n"
        change(world)
        after = world.start("echo $WHICH")
        good = primed and not world.is_remembered(after) and \
            (wanted is None or (after.returncode, after.stdout) == (wanted[0], wanted[1] + "\n"))
        suite.ok(good, f"not used after: {change.__name__.replace('_', ' ')}", first.stderr + second.stderr + after.stderr)
    return settled


def use_rows(suite, world):
    """What must be new for each launch is, and all else as if it had been planned."""
    script = "cat /proc/self/status | grep -E '^(Uid|Seccomp|CapEff)'; pwd; env | sort; exit 9"
    first, second, third = world.start(script), world.start(script), world.start(script)
    suite.ok(MADE in first.stderr and world.is_remembered(second) and world.is_remembered(third), "a plan is remembered, and used",
             first.stderr + second.stderr)
    suite.ok(first.stdout == second.stdout and second.returncode == 9, "the app sees the same, its status is passed",
             second.stdout)
    suite.ok([p.name for p in world.run.glob("oriel/instances/*")] == [] and list(world.home.glob(".local/state/oriel/log/*")) == [],
             "nothing of an instance is left")
    (world.home / "a-name-that-nobody-asks-for").touch()
    suite.ok(world.is_remembered(world.start(script)), "a name that nobody asks for changes nothing")
    heads = [witnesses(path)[2] for path in world.plans.iterdir()]
    suite.ok(all(heads), "names that are missing in one directory are looked at together", heads)
    slow = "sleep 3"
    for _ in range(2):
        world.start("true && " + slow.replace("3", "0"))
    command = [world.program, "run", "--no-daemon", "--profile", "cached", "--", "/bin/sh", "-c", slow]
    subprocess.run(command, env=world.env, cwd=world.cwd, check=False, stdin=subprocess.DEVNULL)
    both = [subprocess.Popen(command, env=world.env, cwd=world.cwd, stdin=subprocess.DEVNULL) for _ in range(2)]
    time.sleep(1)
    ids = subprocess.run([world.program, "ps", "--quiet"], env=world.env, capture_output=True, text=True, check=False).stdout.split()
    environs = [pathlib.Path(f"/proc/{one.pid}/environ").read_bytes() for one in both]
    suite.ok(len(set(ids)) == 2, "each has an id of its own", ids)
    suite.ok(not any(b"XDG_RUNTIME_DIR" in one for one in environs), "the caller's environment is not kept", environs)
    for one in both:
        one.wait()
    reading, writing = os.pipe()
    with subprocess.Popen(command, env=world.env, cwd=world.cwd, stdin=subprocess.DEVNULL, pass_fds=[writing]):
        os.close(writing)
        began = time.monotonic()
        suite.ok(os.read(reading, 1) == b"" and time.monotonic() - began < 2.5, "descriptors of the caller are not kept open")
    private = all((path.stat().st_mode & 0o077) == 0 for path in (world.plans, *world.plans.iterdir()))
    suite.ok(private, "nobody else may read what is remembered")


def never_rows(suite, world):
    for options in (["--no-wait"], ["--intro"]):
        for _ in range(2):
            said = world.start("true", options=["--no-daemon", *options])
        suite.ok(not world.is_remembered(said), f"never with {options[0]}", said.stderr)


def bound_row(suite, world):
    for i in range(64 - len(list(world.plans.iterdir()))):
        (world.plans / f"{i:016x}").write_text("")
        os.utime(world.plans / f"{i:016x}", (1, 1 + i))
    made = [world.start(f": {i}") for i in range(3)]
    left = sorted(path.name for path in world.plans.iterdir())
    suite.ok(all(MADE in one.stderr for one in made) and len(left) == 64 and f"{2:016x}" not in left and f"{3:016x}" in left,
             "their number is bounded, the oldest go", left)


# ---- Completeness ----

def witnesses(path):
    """The paths in an entry, those of them whose content counts, and the directories of missing ones with their number
    (sandboxd/cache/entry.c)."""
    data, at, found, whole, heads = path.read_bytes(), 8, set(), set(), []

    def number():
        nonlocal at
        at += 8
        return struct.unpack_from("<Q", data, at - 8)[0]

    def text():
        nonlocal at
        n = number()
        at += n
        return data[at - n:at].rstrip(b"\0").decode()

    text()
    for _ in range(number()):
        kind, there = number(), number()
        name = text()
        found.add(name)
        if kind in (1, 2):
            whole.add(name)
        if kind not in (0, 1, 7):
            text()
        elif there:
            at += 7 * 8
        if kind == 7:
            at += 8
            heads.append((name, number()))
            at += 8
    return found, whole, heads


# What planning does not depend on: the program's own libraries and language, its own process, and what it makes itself.
NOT_ASKED = re.compile(r"/etc/ld\.so|/(usr/)?lib(64)?/|/usr/share/locale|.*/share/locale/|/proc/(self|[0-9]+)/|/proc/(filesystems|stat)$|"
                       r"/sys/devices/system/cpu|/sys/fs/cgroup|/dev/null$|anon_inode|/dev/(u?random|pts/)|.*/oriel/(instances|plans|log|manager|guards)|.*/\.flatpak$|/etc/(passwd|nsswitch.conf)$|"
                       r".*/libexec/oriel/oriel-(cli|engine)$|/memfd:|.*/oriel$|/dev/fd|pipe:|socket:")
CALL = re.compile(r"^\d+\s+(open|openat|openat2|stat|lstat|newfstatat|statx|access|faccessat2?|readlink|readlinkat|chdir)\((.*)")
PATH = re.compile(r'(?:AT_FDCWD<[^>]*>|\d+<([^>]*)>)?,?\s*"((?:[^"\\]|\\.)*)"')


def asked(trace):
    """(Absolute paths that oriel-cli asked for until it executed the engine, those of them that it only found in a listing,
    those whose content it could read)."""
    planning, found, opened, read = False, set(), set(), set()
    for line in trace.read_text(errors="replace").splitlines():
        if "execve(" in line:
            planning = "oriel-cli" in line
            continue
        call = CALL.match(line)
        if not planning or call is None:
            continue
        place = PATH.search(call[2])
        if place is None:
            continue
        above, name = place[1], place[2]
        if name == "" or (not name.startswith("/") and above is None):
            continue
        path = name if name.startswith("/") else f"{above}/{name}"
        found.add(os.path.normpath(path))
        if above is None or call[1] != "newfstatat":
            opened.add(os.path.normpath(path))
        if call[1].startswith("open") and "O_PATH" not in line and "O_DIRECTORY" not in line and " = -1 " not in line:
            read.add(os.path.normpath(path))
    return found, found - opened, read


def completeness_row(suite, world):
    name = "every file that planning looks at is a witness"
    if shutil.which("strace") is None:
        suite.skip(name, "strace is not installed")
        return
    trace = world.top / "trace"
    before = set(world.plans.iterdir())
    command = [world.program, "run", "--no-daemon", "--profile", "base/cli", f"--workspace={world.home}/given", "--bus=filter",
               "--talk-name=org.x.Y", "--net=named", "--", "/bin/true"]
    done = subprocess.run(["strace", "-f", "-y", "-s", "4096", "-o", str(trace), *command], env=world.env, cwd=world.cwd,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    if "ptrace" in done.stderr and not trace.exists():
        suite.skip(name, "ptrace(2) is refused here", kernel=True)
        return
    new = set(world.plans.iterdir()) - before
    if len(new) != 1:
        suite.ok(False, name, f"{len(new)} entries; {done.stderr}")
        return
    (known, whole, _), (seen, listed, read) = witnesses(new.pop()), asked(trace)
    # A directory's content is the names in it, and of which kind each is.
    seen -= {path for path in listed if os.path.dirname(path) in whole and not os.path.islink(path)}
    # The links on the way are witnesses of their own.
    seen = {os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in seen}
    missing = sorted(path for path in (seen - known) | {path for path in read if os.path.realpath(path) not in whole} if not NOT_ASKED.match(path) and path != "/")
    missing = [path for path in missing if not any(up in known for up in gone_above(path))]
    suite.ok(len(seen) > 50 and not missing, name, "\n".join(missing[:30]) + f"\n{len(seen)} asked, {len(known)} known")


def gone_above(path):
    """The directories above that are not there: nothing can be below them."""
    return [str(up) for up in pathlib.Path(path).parents if not up.exists()]


def main():
    suite = harness.Suite("plan-cache")
    settled = change_rows(suite)
    use_rows(suite, settled)
    never_rows(suite, settled)
    completeness_row(suite, settled)
    bound_row(suite, settled)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
