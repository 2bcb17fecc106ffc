# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many clients for long: calls of all sizes through the filter, and through the split before it, from connections that come and are
cut at any moment.  Nothing lost, twice or out of order; memory and descriptors as at the start.
usage: soak.py BUS-LOAD [CALLS]"""

import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import buses
import dbus
import harness

CLIENTS = 50
# What the sanitizers keep for themselves; and bus-load ends with what it has.
ROOM = 100 if os.environ.get("ORIEL_SANITIZED") else 1
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"


def anonymous_kib(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0])


def main():
    load, calls = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    suite = harness.Suite("soak", files=[pathlib.Path(load)])
    load, program = str(suite.bin / "bus-load"), str(suite.stage / "bin/oriel-dbus-proxy")
    seed = int(os.environ.get("ORIEL_SEED", time.time_ns() & 0xffffffff))
    for bus_name, start in buses.all_buses(suite):
        with buses.Place() as place, buses.Place() as inside:
            bus, inner = start(place), inside.daemon()
            for where, name in ((bus, "org.t.Talk"), (inner, "org.t.Inner")):
                place.spawn([load, "serve", where, name], stdout=subprocess.PIPE).stdout.readline()
            outer = place.proxy(program, bus, "--talk=org.t.Talk", name="filter")
            both = [place.children[-1]]
            split = place.proxy(program, outer, f"--inner=unix:path={inner}", "--inner-name=org.t.Inner", filter=False, name="split")
            both.append(place.children[-1])
            warm = dbus.Client(split)
            for path, name in ((outer, "org.t.Talk"), (split, "org.t.Talk"), (split, "org.t.Inner")):
                subprocess.run([load, "soak", path, name, str(CLIENTS), "2000", str(seed)], stdout=subprocess.DEVNULL, check=False)
            warm.sync()
            before = [(anonymous_kib(one), len(os.listdir(f"/proc/{one.pid}/fd"))) for one in both]
            for what, path, name in (("the filter", outer, "org.t.Talk"), ("the split, outside", split, "org.t.Talk"),
                                     ("the split, inside", split, "org.t.Inner")):
                done = subprocess.run([load, "soak", path, name, str(CLIENTS), str(calls), str(seed)], capture_output=True, text=True,
                                      timeout=3600, check=False)
                found = json.loads(done.stdout or "{}")
                suite.ok(done.returncode == 0 and found.get("wrong") == 0 and found.get("reconnects", 0) > 0,
                         f"{bus_name}: {what}: none lost, twice or out of order: {found}", f"seed {seed}: {done.stderr}")
            harness.wait_for(lambda: len(os.listdir(f"/proc/{both[0].pid}/fd")) <= before[0][1])
            warm.sync()
            after = [(anonymous_kib(one), len(os.listdir(f"/proc/{one.pid}/fd"))) for one in both]
            flat = all(now[0] <= was[0] + 512 * ROOM and now[1] <= was[1] for was, now in zip(before, after))
            suite.ok(flat, f"{bus_name}: memory (KiB) and descriptors as before: {before} {after}")
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
