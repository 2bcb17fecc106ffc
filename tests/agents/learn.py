#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`oriel learn`, its files: what a run looks for and does not find becomes lines of a profile; nothing is opened but what a
person allowed, and that in a form that gives no more."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

LOOK = "cat ~/data/set/1 ~/data/set/2 ~/data/set/3 ~/tool/conf ~/.ssh/id 2>/dev/null; echo x >>~/notes/n; ~/opt/prog"
# Reads by the descriptor that it got, then tries to write through it, and to get more.
HELD = """
import os, sys
try:
    fd = os.open(sys.argv[1], os.O_RDWR if len(sys.argv) > 2 else os.O_RDONLY)
except OSError as error:
    sys.exit(f"refused: {error.strerror}")
print(os.read(fd, 100).decode().strip())
if len(sys.argv) > 2:
    os.write(fd, b"written\\n")
for flags in (os.O_WRONLY, os.O_RDWR):
    try:
        os.write(os.open(f"/proc/self/fd/{fd}", flags), b"spoilt")
        print("reopened")
    except OSError:
        pass
for way in ("..", "../.ssh/id"):
    try:
        os.stat(way, dir_fd=fd)
        print("out", way)
    except OSError:
        pass
"""


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def record(suite):
    done = suite.oriel("learn", "--no-daemon", "--profile", "mine/app", "--", "sh", "-c", LOOK)
    suite.ok("+filesystems=~/data/set:ro;~/notes/n;~/opt/prog:ro;~/tool/conf:ro\n" in done.stdout and "d1" not in done.stdout,
             "what was looked for becomes lines, three of one directory that directory; nothing was opened", done.stdout + done.stderr)
    suite.ok("left out" in done.stdout and "filesystems=~/.ssh/id:ro" in done.stdout.split("left out")[1], "a key is told apart",
             done.stdout)
    done = suite.oriel("learn", "--no-daemon", "--json", "--profile", "mine/app", "--", "sh", "-c", "cat /usr/share/nothing /etc/gone ~; ls ~/data")
    suite.ok([rule["value"] for rule in json.loads(done.stdout)["rules"]] == ["~/data:ro"],
             "what the host has not either, and what is there, asks for nothing", done.stdout + done.stderr)
    done = suite.oriel("learn", "--no-daemon", "--write", "--profile", "mine/app", "--", "sh", "-c", LOOK)
    done = suite.oriel("learn", "--no-daemon", "--profile", "mine/app", "--", "sh", "-c", LOOK)
    suite.ok(done.stdout.startswith("d1\nd2\nd3\nc\nprogram\n") and "+filesystems" not in done.stdout
             and (suite.home / "notes/n").read_text() == "n\nx\n", "with these written down a second run wants no more, but the key",
             done.stdout + done.stderr)
    (suite.home / ".config/oriel/overrides/org.oriel.run.app").unlink()


def answer(suite, verb, seconds=15):
    """Answers the one question that is open; its text."""
    listed = harness.wait_for(lambda: json.loads(suite.oriel("ask", "list", "--json").stdout or "[]"), seconds)
    if not listed:
        return ""
    time.sleep(0.5)
    suite.oriel("ask", verb, str(listed[0]["question"]))
    return json.dumps(listed[0])


def held(suite, verb, *arguments):
    process = suite.start(suite.oriel_program, "learn", "--ask", "--profile", "mine/app", "--filesystem=~/held.py:ro", "--", "python3",
                          suite.home / "held.py", *arguments, stdout=-1, stderr=-2, text=True)
    asked = answer(suite, verb)
    return asked, process.communicate(timeout=60)[0]


def ask(suite):
    write(suite.home / "held.py", HELD)
    asked, text = held(suite, "approve", suite.home / "data/set/1")
    suite.ok("data/set/1" in asked and "d1\n" in text and "reopened" not in text and "out" not in text,
             "a file that a person allows is read, and nothing more [learn-ask]", asked + text)
    suite.ok((suite.home / "data/set/1").read_text() == "d1\n", "(it is what it was)")
    asked, text = held(suite, "deny", suite.home / "data/set/1")
    suite.ok("data/set/1" in asked and "d1\n" not in text and "refused: No such file" in text and "data/set/1:ro" in text,
             "one that is denied is not there, and is in the lines", asked + text)
    asked, text = held(suite, "approve", suite.home / "notes/n", "w")
    suite.ok("notes/n" in asked and (suite.home / "notes/n").read_text().endswith("written\n"), "one that is to be written is itself",
             asked + text)
    done = suite.oriel("learn", "--ask", "--profile", "mine/app", "--filesystem=~/held.py:ro", "--", "python3", suite.home / "held.py",
                       suite.home / ".ssh/id", timeout=20)
    suite.ok(done.returncode == 0 and "secret" not in done.stdout and "refused" in done.stderr, "a key is not even asked for",
             done.stdout + done.stderr)
    (suite.home / "w").mkdir(exist_ok=True)
    (suite.home / "w/link").symlink_to("../.ssh/id")
    done = suite.oriel("learn", "--ask", "--profile", "mine/app", "--filesystem=~/held.py:ro", "--filesystem=~/w", "--", "python3",
                       suite.home / "held.py", suite.home / "w/link", timeout=20)
    suite.ok("secret" not in done.stdout, "nor by a link to it", done.stdout + done.stderr)


def programs(suite):
    """Those that make many calls, threads and signals go on as ever."""
    done = suite.oriel("learn", "--no-daemon", "--profile", "mine/app", "--", "sh", "-c",
                       "for i in $(seq 200); do test -e ~/x$i; done; find /usr/share/doc -maxdepth 1 | wc -l; "
                       "perl -e '$SIG{ALRM}=sub{}; for(1..50){alarm 1 if $_==1; -e \"/etc/passwd\"} print \"perl\\n\"'", timeout=60)
    suite.ok("perl\n" in done.stdout, "many calls", done.stdout[-300:] + done.stderr)
    status = suite.oriel("learn", "--no-daemon", "--profile", "mine/app", "--", "sh", "-c", "exit 7")
    suite.ok("nothing was refused" in status.stdout, "a run that fails is learnt from too", status.stdout + status.stderr)


def main():
    suite = harness.Suite("learn", needs=("python3", "perl"))
    write(suite.home / ".config/oriel/profiles/mine/app", "[Oriel]\ninherits=cli\n")
    for path in (suite.home / ".config", *(suite.home / ".config").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    for n in (1, 2, 3, 4):
        write(suite.home / f"data/set/{n}", f"d{n}\n")
    write(suite.home / "tool/conf", "c\n")
    write(suite.home / "notes/n", "n\n")
    write(suite.home / "opt/prog", "#!/bin/sh\necho program\n", 0o755)
    write(suite.home / ".ssh/id", "secret\n", 0o600)
    (suite.home / ".ssh").chmod(0o700)
    record(suite)
    programs(suite)
    ask(suite)
    suite.oriel("daemon", "stop")
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
