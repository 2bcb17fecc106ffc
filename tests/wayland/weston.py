#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real compositor that makes no security contexts: apps are not let to it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "x11"))
import clients  # noqa: E402
import harness  # noqa: E402


def main():
    suite = harness.Suite("weston", files=sys.argv[1:], needs=["weston"])
    weston = suite.start("weston", "--backend=headless-backend.so", "--socket=wayland-test", "--idle-time=0", "--no-config")
    suite.env["WAYLAND_DISPLAY"] = "wayland-test"
    if not suite.ok(harness.wait_for((suite.runtime / "wayland-test").exists, 20), "weston is there"):
        return suite.finish()
    bare = clients.Client(suite, suite.bin / "wayland-client")
    bare.is_ready()
    seen = set((bare.ask("look") or "").split())
    bare.end()
    suite.ok("wl_compositor" in seen, "without a box a client is let in", seen)
    if "wp_security_context_manager_v1" in seen:
        suite.skip("weston without security contexts", "this one makes them")
    else:
        done = suite.oriel("run", "--no-daemon", "--profile", "base/gui", "--display=wayland", "--bus=none", "--", "echo", "it ran")
        suite.ok(done.returncode != 0 and "it ran" not in done.stdout and "wp_security_context_v1" in done.stderr,
                 "an app is not", done.stderr)
        suite.ok("the compositor makes no security contexts" in suite.oriel("doctor").stdout, "doctor says why")
    harness.end(weston)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
