# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of the real programs share: a throwaway user with an empty home and runtime directory, the staged
programs, TAP lines, and the rule for what can't run.

`./dev test` sets ORIEL_STAGE (the installed programs), ORIEL_TEST_DIR (a directory for this run) and, as root,
ORIEL_TEST_USER, as whom a script goes on after start(); Oriel itself is never run as root here.  Under CI=true a test
that can't run fails, unless the kernel lacks the feature."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DEADLINE = 30  # seconds for one command; a hang is a failure


class Tap:
    """TAP lines; finish() prints the plan and is the exit status."""

    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, detail=""):
        self.n += 1
        self.bad += not good
        first, *rest = str(detail).strip().splitlines() or [""]
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}" + (f": {first}" if first else "").replace("#", "\\#"),
              flush=True)
        for line in rest if not good else []:
            print(f"# {line}", flush=True)
        return good

    def skip(self, name, why, kernel=False):
        """kernel: this kernel lacks what the test is about; nothing that is installed could change that."""
        if os.environ.get("CI") == "true" and not kernel:
            return self.ok(False, name, f"can't run under CI: {why}")
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)
        return True

    def finish(self):
        print(f"1..{self.n}", flush=True)
        return 1 if self.bad else 0


class Suite(Tap):
    """A script's surroundings.  files: copied to .bin, where the test user can read them.  as_root: called with the suite
    while it is root still, where it is.  stay_root: it stays root, for what root may run too."""

    def __init__(self, name, files=(), needs=(), as_root=None, stay_root=False):
        super().__init__()
        self.name = name
        self.groups = []  # supplementary ones of the user, for as_root to fill
        stage = os.environ.get("ORIEL_STAGE")
        if stage is None or not (pathlib.Path(stage) / "bin/oriel").exists():
            self._end("oriel is not installed in $ORIEL_STAGE: run `./dev test`")
        for program in needs:
            if shutil.which(program) is None:
                self._end(f"{program} is not installed")
        self.stage = pathlib.Path(stage)
        self.user = None if stay_root else os.environ.get("ORIEL_TEST_USER") or None
        if stay_root and os.getuid() != 0:
            self._end("only root can run this")
        if os.getuid() == 0 and self.user is None and not stay_root:
            self._end("root, and no ORIEL_TEST_USER: run `./dev test`")
        self.top = pathlib.Path(tempfile.mkdtemp(prefix=name + ".", dir=os.environ["ORIEL_TEST_DIR"]))
        self.home, self.runtime, self.bin = self.top / "home", self.top / "run", self.top / "bin"
        for path in (self.home, self.runtime, self.bin):
            path.mkdir(mode=0o700)
        for file in files:
            shutil.copy(file, self.bin)
        if self.user is not None:
            if as_root is not None:
                as_root(self)
            self._become(pwd.getpwnam(self.user))
        os.umask(0o022)
        self.oriel_program = str(self.stage / "bin/oriel")
        os.chdir(self.home)
        self.env = {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games",
            "USER": pwd.getpwuid(os.getuid()).pw_name,
            "LOGNAME": pwd.getpwuid(os.getuid()).pw_name,
            "LANG": "C.UTF-8",
            "SHELL": "/bin/bash",
            "TERM": "xterm",
            "ORIEL_IDLE_EXIT": "2",
        }

    def _end(self, why):
        self.skip(self.name, why)
        sys.exit(self.finish())

    def _become(self, user):
        for path in (self.top, *self.top.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        self.top.chmod(0o755)
        os.setgroups([user.pw_gid, *self.groups])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)

    def run(self, *command, timeout=DEADLINE, env=None, **more):
        """Runs to its end; text, captured.  On a hang it is killed and returncode is None."""
        more.setdefault("stdin", subprocess.DEVNULL)
        if "input" in more:
            del more["stdin"]
        try:
            return subprocess.run([str(word) for word in command], env={**self.env, **(env or {})}, timeout=timeout,
                                  stdout=more.pop("stdout", subprocess.PIPE),
                                  stderr=more.pop("stderr", subprocess.PIPE), text=True, errors="replace",
                                  check=False, **more)
        except subprocess.TimeoutExpired as late:
            def text(part):
                return part.decode(errors="replace") if isinstance(part, bytes) else part or ""
            return subprocess.CompletedProcess(command, None, text(late.stdout),
                                               text(late.stderr) + f"\nstill running after {timeout} s")

    def oriel(self, *arguments, **more):
        return self.run(self.oriel_program, *arguments, **more)

    def start(self, *command, env=None, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.DEVNULL)
        more.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen([str(word) for word in command], env={**self.env, **(env or {})}, **more)


def wait_for(condition, seconds=10.0, step=0.05):
    """condition()'s first true value, or its last false one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(step)
    return value


def end(process, seconds=5):
    """Ends a process that a test started, and waits for it."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def processes():
    """{pid: (parent, name, uid, state)} of all that /proc shows."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = dict(line.split(":", 1) for line in (entry / "status").read_text().splitlines() if ":" in line)
                found[int(entry.name)] = (int(fields["PPid"]), fields["Name"].strip(), int(fields["Uid"].split()[0]),
                                          fields["State"].split()[0])
            except (OSError, KeyError, ValueError):
                continue
    return found


def descendants(pid):
    """The pids below a process, parents first."""
    table = processes()
    found, wave = [], [pid]
    while wave:
        wave = [child for child, (parent, *_) in table.items() if parent in wave]
        found += wave
    return found
