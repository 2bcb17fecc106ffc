# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network by names, end to end: real boxes, and a world outside that the test made (world.py)."""

import encodings.idna  # noqa: F401: read now, while the library can be
import http.server
import json
import os
import pathlib
import random as random_module
import shutil
import socket
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import harness  # noqa: E402
import world  # noqa: E402

RULES = ["allow=allowed.test", "allow=six.test", "allow=*.wild.test", "deny=evil.wild.test", "allow=odd.test:9999",
         "allow=shell.test:22", "allow=gone.test", "allow=rebind.test", "allow=meta.test", "allow=own.test",
         "allow=nat64.test", "allow=lan.test", "allow=both.test", "allow=10.9.0.2:80", "private=10.9.0.2",
         "private=both.test", "ask=asked.test", "host-service=db:7777", "allow=every.test:*"]

# What a program sees.  A connection that the mediator refuses was taken by the kernel first, hence ECONNRESET.
WANT = {
    "allowed": "ok", "allowed-6": "ok", "allowed-only-6": "ok", "allowed-upper": "ok", "below": "ok",
    "not-itself": "no-name", "denied-inside": "no-name", "denied": "no-name", "odd-port": "ECONNRESET",
    "odd-port-allowed": "ok", "any-port": "ok", "any-port-6": "ok", "closed-port": "ECONNRESET",
    "own-server": "ok", "own-server-named": "ok", "own-server-9999": "ok", "no-answer": "ECONNRESET",
    "tls": "ok", "tls-other-name": "ECONNRESET", "tls-no-name": "ECONNRESET", "tls-odd-port": "ECONNRESET", "not-tls": "ECONNRESET",
    "raw-4": "ENETUNREACH", "raw-6": "ENETUNREACH", "raw-loopback": "ECONNREFUSED", "raw-host-loopback": "ECONNREFUSED",
    "raw-metadata": "ENETUNREACH", "raw-fake": "ECONNRESET", "raw-allowed": "ok",
    "udp": "ENETUNREACH", "udp-6": "ENETUNREACH", "udp-fake": "ECONNREFUSED", "dns-elsewhere": "ENETUNREACH",
    "dns-a": "code0:1", "dns-tcp": "code0:1", "dns-txt": "code0:0", "dns-https": "code0:0", "dns-denied": "code3:0",
    "dns-denied-txt": "code3:0", "dns-wild-label": "code0:1",
    "rebind": "ECONNRESET", "metadata": "ECONNRESET", "own": "ECONNRESET", "nat64": "ECONNRESET", "lan": "ECONNRESET",
    "lan-private": "ok",
    "connect": "HTTP/1.1_200_Connection_established", "connect-denied": "HTTP/1.1_403_Forbidden",
    "connect-raw": "HTTP/1.1_403_Forbidden", "connect-hex": "HTTP/1.1_400_Bad_Request",
    "connect-loopback": "HTTP/1.1_403_Forbidden", "connect-at": "HTTP/1.1_400_Bad_Request",
    "connect-nul": "HTTP/1.1_400_Bad_Request", "connect-zone": "HTTP/1.1_400_Bad_Request",
    "connect-odd-port": "HTTP/1.1_200_Connection_established",
    "absolute": "HTTP/1.1_200_OK", "absolute-denied": "HTTP/1.1_403_Forbidden",
    "absolute-at": "HTTP/1.1_400_Bad_Request",
    "socks": "0500", "socks-denied": "0502", "socks-nul": "0501", "socks-dot": "0501",
    "half-close": "got_2000000", "big": "ok", "service": "ok", "asked": "ECONNRESET",
}


class Local(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from the host\n")

    def log_message(self, *_):
        pass


def profile(suite):
    path = suite.home / "named.profile"
    rules = {}
    for rule in RULES:
        key, value = rule.split("=", 1)
        rules.setdefault(key, []).append(value)
    lines = [f"{key}={';'.join(values)}" for key, values in rules.items()]
    path.write_text("[Oriel]\ninherits=cli\n[Context]\nfilesystems=" + str(suite.bin) + ":ro\n[Network]\nmode=named\n" +
                    "\n".join(lines) + "\n", encoding="ascii")
    return path


def run(suite, path, *tries, **more):
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--", "/usr/bin/python3", suite.bin / "inside.py", *tries,
                       **more)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line), done


def records(suite):
    files = sorted((suite.home / ".local/state/oriel").rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_outcomes(suite, path):
    found, done = run(suite, path, *WANT, timeout=120)
    suite.ok(done.returncode == 0, "a box with a named network runs", done.stderr)
    for name, want in WANT.items():
        suite.ok(found.get(name) == want, name, f"{found.get(name)}, want {want}")


def test_log(suite):
    seen = records(suite)

    def has(**fields):
        return any(all(record.get(key) == value for key, value in fields.items()) for record in seen)

    suite.ok(has(ev="net", op="resolve", host="other.test", verdict="deny"), "a refused name is in the log")
    suite.ok(has(ev="net", op="connect", host="allowed.test", port=80, verdict="allow"), "an allowed one too")
    suite.ok(has(ev="net", host="rebind.test", verdict="deny", mend="[Network] private=rebind.test"),
             "a private address is, with what would allow it")
    for host in ("rebind.test", "meta.test", "own.test", "nat64.test", "lan.test"):
        suite.ok(has(ev="net", host=host, by="it leads to an address of this machine or network"),
                 f"{host} is refused for its address")
    for port, why in ((443, "the TLS server name is another"), (443, "TLS without a server name"),
                      (443, "not TLS on port 443"), (80, "the TLS server name is another")):
        suite.ok(has(ev="net", host="allowed.test", port=port, by=why), f"port {port}: {why}")
    suite.ok(has(ev="net", host="other.test", via="socks5", verdict="deny"), "a refused SOCKS request is")
    taken = sum(r.get("bytes_in") or 0 for r in seen if r.get("op") == "close" and r.get("host") == "allowed.test")
    suite.ok(taken > 64 << 20, "bytes are counted", taken)


def test_nothing_leaves(suite, outside):
    asked = outside.asked()
    suite.ok("allowed.test" in asked, "the host's resolver is asked for what was connected to")
    suite.ok(not any("secret" in name or name == "other.test" for name in asked), "and for nothing else", asked)


def test_explain(suite, path):
    for host, code in (("allowed.test", 0), ("allowed.test:81", 1), ("evil.wild.test", 1), ("x.wild.test:80", 0),
                       ("other.test", 1), ("odd.test:9999", 0), ("10.9.0.2:80", 0), ("asked.test", 1), ("db:7777", 0),
                       ("a@b", 1)):
        done = suite.oriel("explain", "--profile", path, "host", host)
        suite.ok(done.returncode == code, f"explain host {host}", done.stdout + done.stderr)


def test_proxy_environment(suite, path):
    """Programs that want a proxy are told one, and what it says when it refuses."""
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--", "/usr/bin/curl", "-sS", "-m", "5",
                       "http://allowed.test/x")
    suite.ok("hello allowed.test /x" in done.stdout, "curl by the proxy of its environment", done.stdout + done.stderr)
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--", "/usr/bin/curl", "-sS", "-m", "5",
                       "http://other.test/")
    suite.ok("other.test:80 is not allowed" in done.stdout and "[Network] allow=other.test:80" in done.stdout,
             "is told why it is refused, and what would allow it", done.stdout + done.stderr)
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--env=https_proxy=mine", "--", "/usr/bin/env")
    suite.ok("https_proxy=mine\n" in done.stdout and "http_proxy=http://127.0.0.1:3128\n" in done.stdout,
             "the person's own word for it wins", done.stdout)
    done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", "--", "/usr/bin/env")
    suite.ok("proxy" not in done.stdout, "without a named network there is none", done.stdout)


def test_ports_in(suite, path):
    """From the host's loopback to the box's, IPv4 and IPv6, and nobody there."""
    box = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", path, "--port-in=41234:8000",
                      "--port-in=41236:8001", "--port-in=41237:8002", "--", "/usr/bin/python3",
                      suite.bin / "inside.py", "serve", stdin=-1, stdout=-1, text=True)
    suite.ok(box.stdout.readline() == "serving\n", "a server in the box")
    for outside, want in ((41234, b"four"), (41236, b"six")):
        with socket.create_connection(("127.0.0.1", outside), timeout=10) as plug:
            plug.sendall(b"from outside" * 20000)
            plug.shutdown(socket.SHUT_WR)
            text = b""
            while more := plug.recv(65536):
                text += more
        suite.ok(text == want + b" 240000", f"a port of the host leads to it ({want.decode()})", text)
    try:
        with socket.create_connection(("127.0.0.1", 41237), timeout=10) as plug:
            refused = plug.recv(10) == b""
    except ConnectionResetError:
        refused = True
    suite.ok(refused, "where nothing listens the connection ends")
    other = suite.oriel("run", "--no-daemon", "--profile", path, "--port-in=41234:8000", "--", "/bin/true")
    told = suite.oriel("log", other.stderr.split("oriel log ")[-1].split("`")[0]).stdout
    suite.ok(other.returncode == 125 and "ports-in=" in other.stderr and "127.0.0.1 port 41234" in told,
             "a port that is taken is told", (other.stderr + told).replace("\n", " | "))
    done = [socket.create_connection(("127.0.0.1", 41234), timeout=10) for _ in range(300)]
    for plug in done:
        plug.shutdown(socket.SHUT_WR)
        suite.ok(plug.recv(100) == b"four 0", "300 at once") if plug is done[-1] else plug.recv(100)
        plug.close()
    box.stdin.close()
    box.wait(10)
    with socket.socket() as plug:
        suite.ok(plug.connect_ex(("127.0.0.1", 41234)) != 0, "after the run nobody listens there")
    suite.ok(any(r.get("via") == "port-in" and r.get("op") == "close" and r.get("bytes_in") == 240000
                 for r in records(suite)), "what came in is in the log")


def test_without_nftables(suite, path):
    """Where not every port can lead to the mediator, those that rules name do."""
    words = ["allowed", "allowed-6", "odd-port-allowed", "tls", "any-port", "odd-port", "denied", "raw-4", "big"]
    done = suite.run("/usr/bin/python3", suite.bin / "without_nftables.py", suite.oriel_program, "run", "--no-daemon",
                      "--profile", path, "--", "/usr/bin/python3", suite.bin / "inside.py", *words, timeout=60)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    for word in words:
        want = {"any-port": "ECONNREFUSED", "odd-port": "ECONNREFUSED"}.get(word, WANT[word])
        suite.ok(found.get(word) == want, f"without nftables: {word}", f"{found.get(word)}, want {want} {done.stderr}")


def test_budget(suite, path):
    """A sum of bytes out ends what goes on and refuses what follows; a rate bounds both ways."""
    post = "python3 -c 'import sys; sys.stdout.buffer.write(bytes(int(sys.argv[1])))' {} | curl -sS -m 30 --data-binary @- "
    done = suite.oriel("run", "--no-daemon", "--profile", path, "--net-budget=allowed.test=1M", "--", "/bin/bash", "-c",
                       post.format(400000) + "http://allowed.test/; " + post.format(900000) + "http://allowed.test/; echo $?; "
                       "curl -sS -m 5 http://allowed.test/; curl -sS -m 10 http://a.b.wild.test/x", timeout=60)
    suite.ok("took 400000" in done.stdout and "took 900000" not in done.stdout and "used up" in done.stdout and
             "hello a.b.wild.test" in done.stdout, "a sum ends, and is the name's own", done.stdout + done.stderr)
    suite.ok(any("budget=allowed.test=1048576 is used up" == r.get("by") for r in records(suite)), "the log says so")
    for what, command in (("in", "curl -sS -m 30 http://allowed.test/big4 | wc -c"),
                          ("out", post.format(4 << 20) + "http://allowed.test/")):
        done = suite.oriel("run", "--no-daemon", "--profile", path, "--net-budget=*=1M/s", "--", "/bin/bash", "-c",
                           "s=$(date +%s%N); " + command + "; e=$(date +%s%N); echo took $(( (e - s) / 1000000 )) ms", timeout=60)
        ms = int(done.stdout.split("took ")[-1].split()[0])
        # One second's worth may go at once.
        suite.ok(2700 < ms < 8000 and str(4 << 20) in done.stdout, f"a rate bounds what goes {what}", done.stdout + done.stderr)


def random_rules(random):
    """Rules over few names and ports, so that they cross often."""
    hosts = ["a.test", "*.a.test", "b.a.test", "*.b.a.test", "c.b.a.test", "d.test", "*"]
    ports = ["", ":80", ":81", ":80,82", ":*"]
    return [f"{random.choice(['allow', 'allow', 'deny', 'ask'])}={random.choice(hosts)}{random.choice(ports)}"
            for _ in range(random.randint(1, 6))]


def test_random(suite, n_profiles=5, n_cases=200):
    """`oriel explain host` says what happens: random rules, random names and ports, both asked."""
    random = random_module.Random(os.environ.get("ORIEL_TEST_SEED", "7"))
    names = ["a.test", "b.a.test", "c.b.a.test", "x.b.a.test", "d.test", "e.test", "y.a.test"]
    wrong, total = [], 0
    for number in range(n_profiles):
        path = suite.home / f"random-{number}.profile"
        rules = {}
        for rule in random_rules(random):
            key, value = rule.split("=", 1)
            rules.setdefault(key, []).append(value)
        path.write_text("[Oriel]\ninherits=cli\n[Context]\nfilesystems=" + str(suite.bin) + ":ro\n[Network]\nmode=named\n" +
                        "".join(f"{key}={';'.join(values)}\n" for key, values in rules.items()), encoding="ascii")
        cases = [(random.choice(names), random.choice([80, 81, 82, 443])) for _ in range(n_cases)]
        said = {case: suite.oriel("explain", "--profile", path, "host", f"{case[0]}:{case[1]}").returncode == 0
                for case in set(cases)}
        words = [f"can:{host}:{port}" for host, port in cases]
        done = suite.oriel("run", "--no-daemon", "--no-ask", "--profile", path, "--", "/usr/bin/python3",
                           suite.bin / "inside.py", *words, timeout=60)
        found = [line.split(" ", 1) for line in done.stdout.splitlines()]
        for case, (word, outcome) in zip(cases, found):
            total += 1
            # What is allowed is looked up, and no world outside has these names: the proxy says which of the two it was.
            if said[case] != (outcome == "HTTP/1.1_502_Bad_Gateway") or outcome.split("_")[1] not in ("403", "502"):
                wrong.append((number, word, outcome, said[case]))
    suite.ok(total == n_profiles * n_cases and not wrong, f"{n_profiles * n_cases} random cases: explain agrees with reality",
             f"{total} {wrong[:5]}")


def test_many(suite, path):
    found, done = run(suite, path, "many", timeout=200)
    suite.ok(found.get("many") == "ok", "10,000 connections, one after the other", f"{found} {done.stderr}")


def test_none_allowed(suite):
    done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", "--net=named", "--", "/usr/bin/curl", "-sS", "-m",
                       "5", "--noproxy", "*", "http://allowed.test/")
    suite.ok(done.returncode == 6, "without rules no name is there", done.stderr)
    done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", "--net=named", "--allow-host=allowed.test", "--",
                       "/usr/bin/curl", "-sS", "-m", "5", "http://allowed.test/x")
    suite.ok("hello allowed.test /x" in done.stdout, "--allow-host allows one", done.stdout + done.stderr)


def test_restart(suite, path):
    """The mediator dies: what was open breaks, and a new one takes over with the same addresses."""
    inside = f"/usr/bin/python3 {suite.bin}/inside.py"
    refusals = ["raw-4", "raw-6", "raw-metadata", "dns-elsewhere", "udp"]
    script = (f"{inside} hold > /tmp/held & while [ ! -s /tmp/held ]; do sleep 0.05; done; a=$(getent ahostsv4 allowed.test | head -1); echo first $a; read go; "
              f"{inside} {' '.join(refusals)}; wait; cat /tmp/held; "
              "for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -m 5 http://allowed.test/ && break; sleep 0.3; done; "
              "echo second $(getent ahostsv4 allowed.test | head -1)")
    box = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", path, "--", "/bin/bash", "-c",
                      "getent ahosts a.b.wild.test >/dev/null; " + script, stdin=-1, stdout=-1, text=True)
    first = box.stdout.readline()
    proxies = [pid for pid in harness.descendants(box.pid) if harness.processes()[pid][1].startswith("oriel-net-proxy")]
    suite.ok(len(proxies) == 1, "the mediator is a process of its own", proxies)
    for pid in proxies:
        os.kill(pid, 9)
    box.stdin.write("go\n")
    box.stdin.flush()
    rest = box.stdout.read()
    harness.end(box)
    found = dict(line.split(" ", 1) for line in rest.splitlines() if " " in line)
    suite.ok(found.get("hold") in ("closed", "ECONNRESET"), "the mediator killed: what was open ends at once", rest)
    suite.ok(all(found.get(word) == WANT[word] for word in refusals), "and there is no other way out meanwhile", rest)
    suite.ok("hello allowed.test" in rest, "a killed mediator is started again", rest)
    suite.ok(first.split()[1:] == rest.split("second ")[-1].split(), "and a name keeps its address", first + rest)


def main():
    if os.geteuid() != 0:
        suite = harness.Suite("net-named")
        suite.skip("net-named", "making the world outside needs root", kernel=True)
        return suite.finish()
    if os.environ.get("ORIEL_TEST_DIR") is None or shutil.which("ip") is None:
        suite = harness.Suite("net-named", needs=["ip"])
        return suite.finish()
    outside = world.World(os.environ["ORIEL_TEST_DIR"])
    suite = harness.Suite("net-named", files=[HERE / "inside.py", HERE / "without_nftables.py"], needs=["curl", "openssl"])
    local = http.server.ThreadingHTTPServer(("127.0.0.1", 7777), Local)
    threading.Thread(target=local.serve_forever, daemon=True).start()
    path = profile(suite)
    test_outcomes(suite, path)
    test_log(suite)
    test_nothing_leaves(suite, outside)
    test_explain(suite, path)
    test_random(suite)
    test_budget(suite, path)
    test_none_allowed(suite)
    test_proxy_environment(suite, path)
    test_ports_in(suite, path)
    test_without_nftables(suite, path)
    test_restart(suite, path)
    test_many(suite, path)
    outside.end()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
