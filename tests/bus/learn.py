# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run was refused on its bus: `oriel log --bus`, `oriel why`, and `oriel learn`, whose lines make the next run work and
never open a way out.  usage: learn.py"""

import json
import pathlib
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness

PROFILE = """[Oriel]
inherits=gui
alias=learner

[Application]
name=org.t.Learner
command=sh

[Display]
mode=none

[Companions]
bus=filter

[Session Bus Rules]
org.t.Service=call:org.t.I.Known
"""
NAMES = ("org.t.Service", "org.t.Seen", "org.freedesktop.Flatpak")
SEND = "dbus-send --session --type=method_call --print-reply --reply-timeout=3000"
ASKS = "\n".join([
    *[f"{SEND} --dest=org.t.Service /x org.t.I.Do"] * 3, "sleep 1",
    f"{SEND} --dest=org.t.Service /x org.t.I.Known",
    f"{SEND} --dest=org.freedesktop.Flatpak /x org.freedesktop.Flatpak.Development.HostCommand",
    f"{SEND} --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:org.t.Seen",
    f"{SEND} --dest=org.freedesktop.DBus / org.freedesktop.DBus.RequestName string:org.t.Mine uint32:0",
    f"{SEND} --dest=org.oriel.Sandbox1 / org.oriel.Sandbox1.List",
    "exit 3",
])


def serve(client):
    """Has the names, and answers every call."""
    for name in NAMES:
        client.bus("RequestName", "su", name, 0)
    try:
        while True:
            message = client.receive(lambda m: m.kind == dbus.CALL, 60)
            if message is not None:
                client.reply(message)
    except (dbus.Closed, OSError):
        pass  # the bus is gone: the test is over


def main():
    suite = harness.Suite("learn", needs=["dbus-daemon", "dbus-send"])
    with buses.Place() as place:
        bus = place.daemon()
        suite.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        threading.Thread(target=serve, args=[dbus.Client(bus)], daemon=True).start()
        host = dbus.Client(bus)
        buses.wait_for(lambda: host.bus("NameHasOwner", "s", NAMES[-1]).body == [1], "the service")
        profiles = suite.home / ".config/oriel/profiles/apps"
        profiles.mkdir(parents=True)
        (profiles / "learner").write_text(PROFILE)

        done = suite.oriel("learn", "--no-daemon", "learner", "-c", ASKS, timeout=60)
        learnt = done.stdout
        suite.ok(done.returncode == 0, "learn ends well, however the app did", (done.returncode, done.stderr))
        suite.ok("+org.t.Service=call:org.t.I.Known;call:org.t.I.Do\n" in learnt and
                 "-org.t.Service=call:org.t.I.Known\n" in learnt, "... what was called is a line more, what there was stays", learnt)
        suite.ok("+org.t.Seen=see\n" in learnt and "+org.t.Mine=own\n" in learnt, "... and what was looked for and claimed", learnt)
        left_out = learnt.partition("left out")[2]
        suite.ok("org.freedesktop.Flatpak=call:" in left_out and "HostCommand" in left_out and "+org.freedesktop.Flatpak" not in learnt,
                 "... what is as good as no box is left out, and why is said", learnt)
        suite.ok("org.oriel" not in learnt and "1 refusal that no line would end" in learnt, "... and Oriel itself is not offered", learnt)

        lines = [json.loads(line) for line in suite.oriel("log", "--bus", "--json").stdout.splitlines()]
        did = [line for line in lines if line["member"] == "org.t.I.Do"]
        suite.ok(lines and all(line["ev"] == "dbus" and line["verdict"] == "deny" for line in lines), "log --bus --json", lines)
        suite.ok(sum(line["n"] for line in did) == 3 and len(did) < 3, "... three of a kind are folded", did)
        text = suite.oriel("log", "--bus", "--denied").stdout
        suite.ok("deny  dbus call org.t.Service org.t.I.Do /x" in text and "(x2)" in text, "log --bus reads well", text)
        ident = lines[0]["sid"]
        def why(ask):
            suite.oriel("run", "--no-daemon", "learner", "-c", f"{SEND} {ask}")
            return suite.oriel("why").stdout

        said = why("--dest=org.freedesktop.Flatpak /x org.freedesktop.Flatpak.Development.HostCommand")
        suite.ok("mend:   [Session Bus Policy] org.freedesktop.Flatpak=talk" in said and "but:" in said and "HostCommand" in said,
                 "why: a mend that is as good as no box is told so", said)
        said = why("--dest=org.t.Service /x org.t.I.Do")
        suite.ok("mend:   [Session Bus Rules] org.t.Service=call:org.t.I.Do" in said and "but:" not in said,
                 "why: where there are rules, a rule mends", said)
        said = why("--dest=org.oriel.Sandbox1 / org.oriel.Sandbox1.List")
        suite.ok("org.oriel.Sandbox1" in said and "mend" not in said, "why: no mend where there is none", said)
        again = suite.oriel("learn", f"--from={ident}", "learner")
        suite.ok(again.stdout == learnt[learnt.index("---"):], "--from: the same from the log, and nothing is run", again.stdout + again.stderr)
        parsed = json.loads(suite.oriel("learn", f"--from={ident}", "--json", "learner").stdout)
        suite.ok(sorted(rule["key"] for rule in parsed["rules"] if rule["danger"]) == ["org.freedesktop.Flatpak"] and
                 parsed["unanswered"] == 1, "--json", parsed)
        refused = suite.oriel("learn", f"--from={ident}", "--write", "--profile", "base/strict", "--", "true")
        suite.ok(refused.returncode == 2 and "inherit" in refused.stderr, "a block is not changed for one app", refused.stderr)
        bad = suite.oriel("learn", "--from=../../x", "learner")
        suite.ok(bad.returncode == 2, "--from wants an id", bad.stderr)

        override = suite.home / ".config/oriel/overrides/org.t.Learner"
        override.parent.mkdir()
        override.write_text("# mine\n[Session Bus Policy]\norg.t.Other=talk\n")
        written = suite.oriel("learn", f"--from={ident}", "--write", "learner")
        suite.ok(written.returncode == 0 and str(override) in written.stderr and
                 override.read_text().startswith("# mine\n[Session Bus Policy]\norg.t.Other=talk\norg.t.Mine=own\n") and
                 "Flatpak" not in override.read_text(), "--write: into the override, beside what was there", override.read_text())

        follower = suite.start(suite.oriel_program, "log", "--follow", "--bus", stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        run = suite.oriel("learn", "--no-daemon", "learner", "-c", ASKS, timeout=60)
        suite.ok("org.t." not in run.stdout and "left out" in run.stdout, "... and the next run is refused only what was left out",
                 run.stdout + run.stderr)
        time.sleep(0.5)
        follower.send_signal(signal.SIGTERM)
        seen = follower.communicate(timeout=10)[0]
        suite.ok("org.t.I.Do" in seen and "org.freedesktop.Flatpak" in seen, "log --follow went on with it", seen)
        nothing = suite.oriel("learn", "--no-daemon", "learner", "-c", "exit 0")
        suite.ok(nothing.returncode == 0 and nothing.stdout.startswith("nothing was refused"), "a run that was refused nothing",
                 nothing.stdout + nothing.stderr)
        failed = suite.oriel("learn", "--no-daemon", "--filesystem=relative", "learner")
        suite.ok(failed.returncode != 0 and failed.stdout == "", "a run that can't begin says why, and nothing was learnt",
                 (failed.returncode, failed.stdout, failed.stderr))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
