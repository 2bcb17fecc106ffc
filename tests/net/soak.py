# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many connections through the network by names: at once, and new ones every second; nothing is lost, and nothing stays.
usage: soak.py CONNECTIONS SECONDS; in the default run a short one."""

import json
import os
import pathlib
import resource
import socket
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import harness  # noqa: E402

PER_SECOND = 1000
SPARE = 512


def want_descriptors(n):
    """As root more can be had than a session gives."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < n and os.geteuid() == 0:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def memory(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def main():
    wanted, seconds = int(sys.argv[1]), int(sys.argv[2])
    try:
        hard = want_descriptors(2 * wanted + SPARE)
    except (ValueError, PermissionError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    suite = harness.Suite("net-soak", files=[HERE / "load.py"])
    n = min(wanted, (hard - SPARE) // 2)
    if n < wanted:
        suite.skip(f"{wanted} connections at once", f"{hard} descriptors are allowed: {n}")
    load = str(suite.bin / "load.py")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = suite.start("/usr/bin/python3", load, "serve", port, stdin=-1, stdout=-1, text=True)
    suite.ok(server.stdout.readline() == "serving\n", "a server")
    script = (f"python3 {load} open load.test {port} {n} && echo open && "
              f"python3 {load} rate load.test {port} {PER_SECOND} {seconds}; echo rate; read end")
    box = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", "base/cli", f"--filesystem={suite.bin}:ro",
                      "--net=named", f"--host-service=load.test:{port}", "--", "/bin/bash", "-c", script,
                      stdin=-1, stdout=-1, stderr=sys.stderr, text=True)
    opened = json.loads(box.stdout.readline() or "{}")
    suite.ok(opened.get("open") == n, f"{n} connections are open at once", opened)
    proxy = next(pid for pid in harness.descendants(box.pid) if harness.processes()[pid][1].startswith("oriel-net-proxy"))
    # Only a process of the same user in the namespace above may look.
    full = memory(proxy)
    print(f"# the mediator with {n} connections: {full} KiB resident, {full * 1024 // n if n else 0} bytes each;"
          f" opened in {opened.get('seconds')} s")
    box.stdin.write("go\n")
    box.stdin.flush()
    suite.ok(box.stdout.readline() == "open\n", "and all of them end")
    done = json.loads(box.stdout.readline() or "{}")
    print(f"# {done}")
    suite.ok(done.get("connections") == PER_SECOND * seconds, "new ones every second, none lost", done)
    box.stdout.readline()
    suite.ok(harness.wait_for(lambda: memory(proxy) < full / 2 + 4096), "their memory goes back",
             f"{memory(proxy)} KiB, {full} with all")
    print(f"# the mediator afterwards: {memory(proxy)} KiB")
    box.stdin.write("end\n")
    box.stdin.flush()
    suite.ok(box.wait(20) == 0, "the run ends well")
    server.stdin.close()
    server.wait(10)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
