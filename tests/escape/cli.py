#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The launcher as a target: odd arguments, hostile profiles and names, wrong workspaces, bad surroundings, escapes on the
terminal.  And what a person relies on: exit status, one clear line for each mistake, nothing left behind."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import terminal  # noqa: E402

STRICT = ["run", "--no-daemon", "--profile", "base/strict", "--"]
ESC = "\x1b"


def status(suite):
    """`oriel run` ends as the app did."""
    script = str(suite.home / "not-executable")
    pathlib.Path(script).write_text("#!/bin/sh\n")
    rows = (
        ("exit 7", ["sh", "-c", "exit 7"], 7),
        ("true", ["true"], 0),
        ("SIGSEGV", ["sh", "-c", "kill -SEGV $$"], 139),
        ("SIGTERM", ["sh", "-c", "kill -TERM $$"], 143),
        ("no such command", ["no-such-command-here"], 127),
        ("not executable", ["/etc/hostname"], 126),
        ("a directory as command", ["/usr"], 126),
        ("a command that looks like an option", ["--version"], 127),
    )
    for name, command, wanted in rows:
        done = suite.oriel(*STRICT, *command)
        suite.ok(done.returncode == wanted, f"status: {name} gives {wanted} [exit-status]", f"{done.returncode} {done.stderr}")
    done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", "--", "sh", "-c", "exit 7")
    suite.ok(done.returncode == 7, "status: base/cli, exit 7 gives 7", f"{done.returncode} {done.stderr}")
    done = suite.oriel(*STRICT, "sh", "-c", "sleep 300 & exit 3", timeout=10)
    suite.ok(done.returncode == 3, "status: a child left in the background keeps nothing open [leftovers]", f"{done.returncode}")
    done = suite.oriel(*STRICT, "cat", input="through the pipe\n")
    suite.ok(done.stdout == "through the pipe\n", "stdin and stdout that are no terminal pass as they are", done.stdout)


def within_a_box(suite):
    """Oriel in a box that allows no boxes says what would: no sysctl of the host."""
    inner = [f"--filesystem={suite.stage}:ro", "--", suite.oriel_program]
    for words in (["run", "--no-daemon", "--profile", "base/strict", "--", "true"], ["doctor"]):
        done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", *inner, *words)
        said = done.stdout + done.stderr
        suite.ok("nested=yes" in said and "sysctl -w kernel" not in said and "sysctl -w user" not in said, f"oriel {words[0]} within a box names nested=yes", said[:600])
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--nested=yes", *inner, "run", "--no-daemon", "--profile",
                       "base/strict", "--", "echo", "inmost")
    suite.ok(done.stdout == "inmost\n", "which helps", f"{done.returncode} {done.stderr}")


def signals(suite):
    """Signals to the front end reach the app."""
    for number, name in ((signal.SIGTERM, "TERM"), (signal.SIGINT, "INT"), (signal.SIGHUP, "HUP")):
        app = suite.start(suite.oriel_program, *STRICT, "sh", "-c",
                          f"trap 'echo got; exit 9' {name}; echo ready; while :; do sleep 0.05; done",
                          stdout=subprocess.PIPE)
        ready = app.stdout.readline() if app.stdout else b""
        app.send_signal(number)
        try:
            text, _ = app.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            app.kill()
            text, _ = app.communicate()
        suite.ok(ready == b"ready\n" and text == b"got\n" and app.returncode == 9, f"SIG{name} reaches the app",
                 f"{text!r} {app.returncode}")


def on_terminal(suite):
    """Job control works; the caller's terminal is as before; escapes pass by an allow-list."""
    box = [suite.oriel_program, *STRICT]
    shell = terminal.Terminal(suite, [*box, "bash", "--norc", "-i"], env={"PS1": "$ "})
    shell.type(b"echo one-$((1+1))\n")
    good = shell.expect("one-2")
    suite.ok(good, "an interactive shell answers", shell.text())
    shell.type(b"sleep 100\n")
    time.sleep(0.5)
    shell.type(b"\x03")
    shell.type(b"echo status-$?\n")
    suite.ok(shell.expect("status-130"), "^C reaches the foreground job alone", shell.text())
    shell.type(b"sleep 100\n")
    time.sleep(0.5)
    shell.type(b"\x1a")
    suite.ok(shell.expect("Stopped"), "^Z stops a job", shell.text())
    shell.type(b"kill %1; fg; echo back-$?\n")
    suite.ok(shell.expect("back-"), "fg takes it up again", shell.text())
    shell.type(b"stty size\n")
    suite.ok(shell.expect(f"{terminal.ROWS} {terminal.COLUMNS}"), "the box's terminal has the window's size", shell.text())
    shell.resize(44, 122)
    shell.process.send_signal(signal.SIGWINCH)
    time.sleep(0.3)
    shell.type(b"stty size\n")
    suite.ok(shell.expect("44 122"), "and follows it", shell.text())
    shell.type(b"exit 5\n")
    suite.ok(shell.finish() == 5, "exit 5 of the shell gives 5", shell.text())
    suite.ok(shell.modes_kept(), "the terminal's modes are as before")
    shell.close()

    rows = (
        ("OSC 52 (clipboard)", f"{ESC}]52;c;aGVsbG8={ESC}\\", "]52;"),
        ("OSC 8 to a file", f"{ESC}]8;;file:///etc/passwd{ESC}\\x{ESC}]8;;{ESC}\\", "file:///"),
        ("OSC 1337 (file transfer)", f"{ESC}]1337;File=name=eA==:AAAA\a", "1337"),
        ("kitty graphics with a path", f"{ESC}_Gt=f,a=T;L2V0Yy9wYXNzd2Q={ESC}\\", "_G"),
        ("tmux pass-through", f"{ESC}Ptmux;{ESC}{ESC}]52;c;eA=={ESC}{ESC}\\{ESC}\\", "Ptmux"),
        ("report of the window's title", f"{ESC}[21t", "[21t"),
        ("answerback by DECRQSS", f"{ESC}P$q\"p{ESC}\\", "P$q"),
    )
    for name, sequence, needle in rows:
        text, code, typed = terminal.run(suite, [*box, "printf", "%b", f"before {escaped(sequence)} after"])
        suite.ok(needle not in text and "before" in text and "after" in text and code == 0 and typed == 0,
                 f"terminal: {name} does not pass [terminal-relay]", repr(text))
    text, _, _ = terminal.run(suite, [*box, "printf", "%b", escaped(f"{ESC}[1;31mred{ESC}[0m {ESC}[2J{ESC}[3;4H there")])
    suite.ok(f"{ESC}[1;31mred{ESC}[0m" in text and f"{ESC}[3;4H" in text, "terminal: colours and cursor moves pass", repr(text))


def escaped(text):
    return "".join(f"\\0{ord(c):03o}" if ord(c) < 32 or c == "\\" else c for c in text)


def bad_input(suite):
    """One clear line, 125, nothing left."""
    (suite.home / "folder").mkdir()
    rows = (
        ("a profile that is not there", ["run", "--no-daemon", "--profile", "stricct", "--", "true"], "strict"),
        ("another that is not there", ["run", "--no-daemon", "--profile", "base/stricct", "--", "true"], "base/strict"),
        ("an app that is not there", ["run", "--no-daemon", "mousepadd"], "mousepad"),
        ("--profile P APP without --", ["run", "--no-daemon", "--profile", "base/strict", "true"], "--"),
        ("an option that is not there", ["run", "--no-demon", "--", "true"], "--no-daemon"),
        ("a value that is not there", ["run", "--no-daemon", "--net=hots", "--", "true"], "host"),
        ("no command at all", ["run"], ""),
        ("a path that does not exist", ["run", "--no-daemon", "--filesystem=/no/such/place", "--", "true"], "/no/such/place"),
        ("an argument that is not UTF-8", ["run", "--no-daemon", "--profile", os.fsdecode(b"a\xff\xfeb"), "--", "true"], ""),
    )
    for name, arguments, word in rows:
        done = suite.oriel(*arguments)
        lines = done.stderr.strip().splitlines()
        suite.ok(done.returncode == 125 and lines and lines[0].startswith("oriel: ") and len(lines) <= 3
                 and word in done.stderr and ESC not in done.stderr, f"bad input: {name}", f"{done.returncode} {done.stderr}")
    done = suite.run("sh", "-c", f"exec {suite.oriel_program} {' '.join(STRICT)} echo fine <&-")
    suite.ok(done.returncode == 125 and done.stderr.startswith("oriel: standard input: Bad file"), "bad input: a closed stdin",
             f"{done.returncode} {done.stderr}")
    done = suite.run("sh", "-c", f"exec {suite.oriel_program} {' '.join(STRICT)} echo fine >&- 2>&-")
    suite.ok(done.returncode == 125, "bad input: closed stdout and stderr", done.returncode)
    runtime = suite.runtime / "oriel"
    suite.ok(not list(runtime.glob("instances/*")), "nothing is left in the runtime directory", list(runtime.glob("instances/*")))


def workspaces(suite):
    """The root of a workspace is chosen by the person, and never a place that holds more than a project."""
    project = suite.home / "project"
    project.mkdir()
    (suite.home / "to-home").symlink_to(suite.home)
    (suite.home / ".config").mkdir(exist_ok=True)
    for name, path in (("the home", suite.home), ("/", "/"), ("~/.config", suite.home / ".config"), ("~/.ssh", suite.home / ".ssh"),
                       ("a link to the home", suite.home / "to-home"), ("another's directory", "/usr/share"),
                       ("above the home", suite.home.parent), ("Oriel's data", suite.home / ".local/share/oriel")):
        pathlib.Path(path).mkdir(parents=True, exist_ok=True) if str(path).startswith(str(suite.home)) else None
        done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", f"--workspace={path}:rw", "--", "sh", "-c", "ls -a; pwd")
        suite.ok(done.returncode == 125 and "oriel: " in done.stderr, f"workspace: {name} is refused [workspace-in-the-wrong-place CVE-2025-59532]",
                 f"{done.returncode} {done.stdout} {done.stderr}")
    done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", "--workspace=.:rw", "--", "sh", "-c", "pwd; echo x >made",
                       cwd=project)
    suite.ok(done.returncode == 0 and done.stdout.strip() == str(project) and (project / "made").exists(),
             "workspace: a project is taken, and written", f"{done.returncode} {done.stdout} {done.stderr}")


def profiles(suite):
    """A profile by a bare name never comes from the current directory; hidden permissions are refused with their place;
    an empty list grants nothing."""
    here = suite.home / "here"
    here.mkdir()
    (here / "strict").write_text("[Context]\nfilesystems=home\n")
    (suite.home / "planted-secret").write_text("secret")
    done = suite.oriel("run", "--no-daemon", "--profile", "strict", "--", "cat", suite.home / "planted-secret", cwd=here)
    suite.ok("secret" not in done.stdout, "profile: none from the current directory by a bare name [firejail-profile-from-cwd]", done.stdout)
    rows = (
        ("NUL", b"[Context]\nfilesystems=/tmp\0;home\n", "2:"),
        ("a key twice", b"[Context]\nshared=ipc\nshared=network\n", "3:"),
        ("a group twice", b"[Context]\nshared=ipc\n[Files]\nhome=tmp\n[Context]\nshared=network\n", "5:"),
        ("an unknown key", b"[Files]\nhoem=tmp\n", "2:1"),
        ("an unknown value", b"[Display]\nmode=xephry\n", "2:6"),
        ("a broken escape", b"[Application]\ncommand=a\\q\n", "2:"),
        ("a control character in an id", b"[Application]\nname=org.exa\x1bmple.X\n", "2:"),
        ("a direction-turning id", "[Application]\nname=org.exa\u202emple.X\n".encode(), "2:"),
        ("text outside a group", b"home=tmp\n", "1:1"),
        ("10 MB", b"[Files]\n" + b"# x\n" * 2_500_000, ""),
    )
    for name, text, place in rows:
        path = suite.home / "bad.profile"
        path.write_bytes(text)
        done = suite.oriel("profile", "check", path)
        said = done.stdout + done.stderr
        suite.ok(done.returncode == 1 and f"bad.profile:{place}" in said and ESC not in said and "\u202e" not in said,
                 f"profile: {name} is refused with its place [CVE-2021-43860 CVE-2023-28101]", f"{done.returncode} {said[:300]}")
        done = suite.oriel("run", "--no-daemon", "--profile", path, "--", "true")
        suite.ok(done.returncode == 125, f"profile: {name}: nothing is started", f"{done.returncode} {done.stderr[:300]}")
    path = suite.home / "empty.profile"
    path.write_text("[Context]\nfilesystems=\nshared=\nsockets=\ndevices=\n\n[Network]\nallow=\n")
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--", "sh", "-c", f"ls -A ~ {suite.home}; cat /proc/net/dev")
    links = re.findall(r"^\s*(\w+):", done.stdout, re.MULTILINE)
    suite.ok(done.returncode == 0 and "planted-secret" not in done.stdout and links == ["lo"],
             "profile: empty lists grant nothing [CVE-2025-66479]", f"{done.stdout} {done.stderr}")
    done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", "--filesystem=home", "--nofilesystem=home", "--", "cat",
                       suite.home / "planted-secret")
    suite.ok("secret" not in done.stdout, "profile: --nofilesystem=home takes away what was given [CVE-2022-21682]", done.stdout)


def odd_paths(suite):
    """Names that would break out of a generated policy are names, and grant what they say (CVE-2021-4120)."""
    for name in ("new\nline", "quo\"te'", "com,ma;semi:colon", "star*[a]", "-dash", "$(touch x)`id`", "back\\slash", "sp ace"):
        place = suite.home / "odd" / name
        place.mkdir(parents=True)
        (place / "f").write_text("given\n")
        done = suite.oriel("run", "--no-daemon", "--profile", "base/strict", f"--filesystem={place}:ro", "--", "sh", "-c",
                           'cat "$1/f"; ls -A "$1/.."; ls -A ~', "sh", place)
        seen = done.stdout.split("\n", 1)
        refused = done.returncode == 125 and "oriel: " in done.stderr
        suite.ok(refused or seen[0] == "given" and len(done.stdout.strip().split("\n")) <= 4 and not (suite.home / "x").exists(),
                 f"a path with {name!r} [CVE-2021-4120 CVE-2020-17367 CVE-2020-17368 CVE-2017-5207]", f"{done.returncode} {done.stdout!r} {done.stderr}")
        done = suite.oriel("explain", "--profile", "base/strict", f"--filesystem={place}:ro", "--", "true")
        suite.ok(refused or not any(line.strip() in ("line", "given") for line in done.stdout.splitlines()), f"explain of {name!r} is whole lines",
                 done.stdout[-300:])


def project_configuration(suite):
    """What lies in the project changes nothing of its box (CVE-2025-61260, CVE-2025-59536)."""
    project = suite.home / "trap"
    project.mkdir()
    asked = ["explain", "--profile", "base/cli", "--workspace=.:rw", "--", "true"]
    before = suite.oriel(*asked, cwd=project).stdout
    wide = "[Context]\nfilesystems=home;host\nshared=network\n[Oriel]\nnested=yes\n"
    for name in (".oriel", "oriel.profile", ".oriel/profile", ".config/oriel/profiles/cli", ".config/oriel/profiles/base/cli", "base/cli", "cli",
                 ".env", ".oriel.toml"):
        path = project / name
        if path.parent.is_file():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wide)
    after = suite.oriel(*asked, cwd=project).stdout

    def grants(text):
        return [line for line in text.splitlines() if not line.startswith("instance") and str(project) not in line]
    suite.ok(before and grants(before) == grants(after), "files of a project widen nothing [CVE-2025-61260 CVE-2025-59536]",
             f"{set(grants(after)) ^ set(grants(before))}")


def surroundings(suite):
    """The runtime directory: absent, unusable, squatted; and what Oriel makes itself is for its owner alone."""
    env = {key: value for key, value in suite.env.items() if key not in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")}
    done = subprocess.run([suite.oriel_program, *STRICT, "echo", "fine"], env=env, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=harness.DEADLINE)
    suite.ok(done.returncode == 0 and done.stdout == "fine\n" and len(done.stderr.strip().splitlines()) <= 1,
             "no XDG_RUNTIME_DIR and no bus: it runs, with one line at most", f"{done.returncode} {done.stderr}")
    bad = suite.top / "bad-runtime"
    bad.mkdir(mode=0o500)
    rows = [("that can't be written", bad), ("that is not there", suite.top / "nowhere")]
    for name, path in rows:
        done = suite.oriel(*STRICT, "true", env={"XDG_RUNTIME_DIR": str(path)})
        suite.ok(done.returncode == 125 and "oriel: " in done.stderr, f"a runtime directory {name}: 125", done.stderr)
    squat = suite.top / "squat"
    squat.mkdir(mode=0o700)
    (squat / "oriel").symlink_to(suite.home)
    done = suite.oriel(*STRICT, "true", env={"XDG_RUNTIME_DIR": str(squat)})
    suite.ok(done.returncode == 125 and not (suite.home / "instances").exists(), "a link where our directory should be: 125 [CVE-2019-12439]",
             f"{done.returncode} {done.stderr}")
    fresh = suite.top / "fresh"
    (fresh / "run").mkdir(parents=True)
    (fresh / "run").chmod(0o700)
    suite.oriel("run", "--no-daemon", "--persist=keep", "--profile", "base/gui", "--display=none", "--bus=none", "--", "true", umask=0,
                env={"HOME": str(fresh), "XDG_RUNTIME_DIR": str(fresh / "run")})
    ours = [path for path in fresh.rglob("*") if "oriel" in path.parts[len(fresh.parts):]]
    loose = [f"{path.relative_to(fresh)} {path.lstat().st_mode & 0o777:o}" for path in ours
             if path.lstat().st_mode & 0o077 and not path.is_symlink()]
    suite.ok(ours and not loose, "with umask 0, what Oriel makes is still for its owner alone [CVE-2026-97026 CVE-2016-10119 CVE-2016-10120 CVE-2016-10121]", loose)


def running(suite):
    """While an app runs: no secret in any command line, names are escaped, a second look from inside finds no one."""
    odd = "a\x1b[31mb\u202ec"
    done = suite.oriel("run", "--no-daemon", f"--instance={odd}", "--profile", "base/strict", "--", "true")
    suite.ok(ESC not in done.stderr and "\u202e" not in done.stderr, "an instance name with escapes is not printed raw [hostile-text CVE-2023-28101]", repr(done.stderr))
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--instance=here", "--profile", "base/strict", "--", "bash", "-c",
                      f"exec -a 'x{ESC}[31my' sleep 300")
    there = harness.wait_for(lambda: "here" in suite.oriel("ps").stdout)
    suite.ok(there, "`oriel ps` shows an instance without a manager", suite.oriel("ps").stderr)
    for words in (["ps"], ["ps", "--json"], ["tree", "here"], ["tree", "here", "--json"]):
        done = suite.oriel(*words)
        suite.ok(done.returncode == 0 and ESC not in done.stdout and done.stdout.strip(), f"oriel {' '.join(words)} [hostile-text]",
                 f"{done.returncode} {done.stdout!r} {done.stderr}")
    done = suite.oriel("shell", "here", "--", "sh", "-c", "grep -E 'Cap(Eff|Bnd)|Seccomp:|NoNewPrivs' /proc/self/status; ls -A ~")
    values = re.findall(r":\s*(\w+)", done.stdout)
    suite.ok(done.returncode == 0 and values == ["0" * 16, "0" * 16, "1", "2"],
             "oriel shell: no capability, a filter, and the box's files", f"{done.returncode} {done.stdout} {done.stderr}")
    done = suite.oriel("shell", "here", "--", "sh", "-c", "exit 4")
    suite.ok(done.returncode == 4, "oriel shell gives the command's status", f"{done.returncode} {done.stderr}")
    done = suite.oriel("stop", "here")
    suite.ok(done.returncode == 0 and app.wait(10) is not None, "oriel stop ends it", done.stderr)
    done = suite.oriel("stop", "here")
    suite.ok(done.returncode == 1, "and then knows it no more", f"{done.returncode} {done.stderr}")
    harness.end(app)


# Looks for control sockets, and asks each for the tree of its processes.
COMMANDER = r"""
import array, glob, socket, sys
own = open('/proc/self/ns/user')
for path in glob.glob(sys.argv[1] + '/oriel/instances/*/*'):
    try:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.settimeout(2)
        peer.connect(path)
        peer.sendmsg([b'client\0'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [own.fileno()]))])
        peer.send(b'tree\0')
        print(path, peer.recv(4096)[:20])
    except OSError as error:
        print('no', error)
"""


def control_socket(suite):
    """A program inside must not command its own keeper, nor the manager, even where it is shown their sockets."""
    app = suite.start(suite.oriel_program, "run", "--no-daemon", "--instance=held", "--profile", "base/strict",
                      f"--filesystem={suite.top}", "--", "sleep", "300")
    harness.wait_for(lambda: "held" in suite.oriel("ps").stdout)
    done = suite.oriel("shell", "held", "--", "python3", "-c", COMMANDER, suite.runtime)
    suite.ok(done.returncode == 0 and "tree" not in done.stdout, "a program inside can't command its own keeper [control-socket]",
             f"{done.stdout} {done.stderr}")
    done = suite.run("python3", "-c", COMMANDER, suite.runtime)
    suite.ok("tree" in done.stdout, "control: the same program outside does", done.stdout + done.stderr)
    # As a box of another instance, if it were shown the socket: the same user, in a user namespace of its own.
    done = suite.run("unshare", "--user", "--map-root-user", "python3", "-c", COMMANDER, suite.runtime)
    suite.ok("tree" not in done.stdout and done.returncode == 0, "nor one in another user namespace [CVE-2019-7304 CVE-2026-96283]",
             done.stdout + done.stderr)
    instance = next((suite.runtime / "oriel/instances").iterdir())
    words = dict(word.split("=", 1) for word in (instance / "info").read_text().split("\0") if "=" in word)
    os.kill(int(words["keeper-pid"]), signal.SIGSTOP)
    done = suite.oriel("kill", "held")
    suite.ok(done.returncode == 0 and app.wait(harness.DEADLINE) == 125, "kill ends an instance whose keeper was stopped",
             f"{done.returncode} {done.stderr}")
    harness.end(app)


def main():
    suite = harness.Suite("cli")
    (suite.home / ".ssh").mkdir(mode=0o700)
    for part in (status, within_a_box, signals, on_terminal, bad_input, workspaces, profiles, odd_paths, project_configuration, surroundings, running, control_socket):
        part(suite)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
