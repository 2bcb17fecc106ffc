#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""flatpak with oriel-dbus-proxy in place of its own (FLATPAK_DBUSPROXY), with a runtime and an app made here: the app calls a
name that it may, one that it may not, and claims its own; what it sees is what it sees behind xdg-dbus-proxy.
usage: flatpak.py BUS-LOAD"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

SCRIPT = """
set -e
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
mkdir -p runtime/usr/bin runtime/files app/files/bin app/export
arch=$(flatpak --default-arch)
cp "$1" runtime/usr/bin/bus-load
cp "$1" app/files/bin/bus-load
printf '[Runtime]\\nname=org.example.Platform\\nruntime=org.example.Platform/%s/1\\nsdk=org.example.Platform/%s/1\\n' $arch $arch >runtime/metadata
printf '[Application]\\nname=org.example.Bus\\nruntime=org.example.Platform/%s/1\\nsdk=org.example.Platform/%s/1\\ncommand=bus-load\\n' $arch $arch >app/metadata
printf '[Context]\\nshared=network;\\n[Session Bus Policy]\\norg.t.Talk=talk\\n' >>app/metadata
flatpak build-export --runtime repo runtime 1 >/dev/null
flatpak build-export repo app 1 >/dev/null
flatpak --user remote-add --no-gpg-verify here repo
flatpak --user install -y --noninteractive here org.example.Bus >/dev/null
bus=${DBUS_SESSION_BUS_ADDRESS#unix:path=}
"$1" serve "${bus%%,*}" org.t.Talk >serve.out &
served=$!
"$1" serve "${bus%%,*}" org.t.Hidden >hidden.out &
served="$served $!"
until grep -q ready serve.out && grep -q ready hidden.out; do sleep 0.1; done
for proxy in xdg-dbus-proxy "$2"; do
        name=$(basename $proxy)
        export FLATPAK_DBUSPROXY=$(command -v $proxy)
        run() { flatpak --user run org.example.Bus "$@"; }
        run call /run/flatpak/bus org.t.Talk 1 1 100 50 >$name.talk
        run call /run/flatpak/bus org.t.Hidden 1 1 0 50 >$name.hidden
        run churn /run/flatpak/bus org.example.Bus.Mine 5 >$name.own; echo $? >$name.own-status
        run call /run/flatpak/bus org.t.Talk 1 1 0 40000 >$name.long &
        long=$!
        sleep 1.5
        for link in /proc/[0-9]*/exe; do readlink $link 2>/dev/null || true; done | grep -c "/$name$" >$name.running || true
        wait $long
done
kill $served
"""


def main():
    suite = harness.Suite("bus-users", files=[pathlib.Path(sys.argv[1])], needs=["flatpak", "ostree", "dbus-run-session", "xdg-dbus-proxy"])
    ours = suite.stage / "bin/oriel-dbus-proxy"
    done = suite.run("dbus-run-session", "--", "bash", "-c", SCRIPT, "bash", suite.bin / "bus-load", ours, timeout=180)

    def said(who, what):
        path = suite.home / f"{who}.{what}"
        return path.read_text().strip() if path.exists() else ""

    suite.ok(done.returncode == 0, "flatpak run, with a runtime and an app made here", done.stderr)
    for what, errors in (("talk", 0), ("hidden", 50)):
        found = {who: json.loads(said(who, what) or "{}").get("errors") for who in ("xdg-dbus-proxy", "oriel-dbus-proxy")}
        suite.ok(set(found.values()) == {errors}, f"{what}: {errors} of 50 calls refused, behind either", found)
    own = {who: said(who, "own-status") for who in ("xdg-dbus-proxy", "oriel-dbus-proxy")}
    suite.ok(set(own.values()) == {"0"}, "its own name is its to claim, behind either", own)
    suite.ok(int(said("oriel-dbus-proxy", "running") or 0) >= 1, "it was ours that stood between", said("oriel-dbus-proxy", "running"))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
