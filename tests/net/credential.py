# SPDX-License-Identifier: LGPL-2.1-or-later
"""Credentials that are added outside the box, end to end: what the server gets, and what the box never does."""

import encodings.idna  # noqa: F401: read now, while the library can be
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import harness  # noqa: E402
import world  # noqa: E402

SECRET, OTHER = "sk-test-0123456789abcdef", "other-secret-of-the-file"
PROFILE = """[Oriel]
inherits=cli
[Network]
mode=named
allow=allowed.test
credential=MY_KEY=api.test/v1/:x-api-key:env:OUTSIDE_KEY;TOKEN=api.test/other/deep:Authorization Bearer:file:{file};\
BAD=bad.test/:x-api-key:env:OUTSIDE_KEY
"""


class Box:
    def __init__(self, suite, outside):
        self.suite, self.outside, self.seen = suite, outside, 0
        self.file = suite.home / "token"
        self.file.write_text(OTHER + "\n", encoding="ascii")
        self.file.chmod(0o600)
        self.profile = suite.home / "credential.profile"
        self.profile.write_text(PROFILE.replace("\\\n", "").format(file=self.file), encoding="ascii")

    def run(self, script, environment=None, **more):
        env = {"OUTSIDE_KEY": SECRET, "SSL_CERT_FILE": str(self.outside.directory / "cert.pem")}
        env.update(environment or {})
        return self.suite.oriel("run", "--no-daemon", "--profile", self.profile, "--", "/bin/bash", "-c", script,
                                env=env, timeout=60, **more)

    def requests(self):
        """What the server got since the last time."""
        file = self.outside.directory / "requests"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        new, self.seen = lines[self.seen:], len(lines)
        return [json.loads(line) for line in new]

    def get(self, *words):
        """What the server got, and what the box saw."""
        self.requests()
        done = self.run("curl -sS -m 20 " + " ".join(words))
        return [{k.lower(): v for k, v in r["headers"].items()} for r in self.requests()], done


def test_added(suite, box):
    got, done = box.get("https://api.test/v1/x")
    suite.ok(len(got) == 1 and got[0].get("x-api-key") == SECRET, "the secret is added", f"{got} {done.stderr}")
    suite.ok("hello" in done.stdout and SECRET not in done.stdout and "*" * len(SECRET) in done.stdout,
             "what the server sends back of it is cut", done.stdout + done.stderr)
    got, done = box.get("-H 'x-api-key: mine' -H 'X-Api-Key: $MY_KEY' https://api.test/v1/x")
    suite.ok(got and got[0].get("x-api-key") == SECRET, "in the place of the program's own", f"{got}")
    got, done = box.get("https://api.test/other/deep/x https://api.test/v1/y https://api.test/other/deeper")
    suite.ok([(g.get("authorization"), g.get("x-api-key")) for g in got] ==
             [(f"Bearer {OTHER}", None), (None, SECRET), (None, None)],
             "by path, a word before it, on one connection", f"{got} {done.stderr}")
    for path in ("other", "v1", "v1/../other", "v1/%2e%2e/other", "v1//x", "v1/./x", "other/v1/x"):
        got, done = box.get(f"--path-as-is https://api.test/{path}")
        suite.ok(all("x-api-key" not in g and "authorization" not in g for g in got), f"not to /{path}",
                 f"{got} {done.stderr}")
    got, done = box.get("-L -k https://api.test/v1/redirect")
    suite.ok(len(got) == 2 and got[0].get("x-api-key") == SECRET and "x-api-key" not in got[1],
             "never along a redirect", f"{got} {done.stderr}")
    got, done = box.get("--noproxy '*' https://api.test/v1/x")
    suite.ok(got and got[0].get("x-api-key") == SECRET, "without a proxy of the environment too", f"{got} {done.stderr}")


def test_box_has_none(suite, box):
    done = box.run("env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; grep -rs sk-test- /run /tmp; "
                   "cat /run/oriel/certificates.pem")
    suite.ok(done.returncode == 0 and SECRET not in done.stdout and OTHER not in done.stdout, "the box has no secret")
    suite.ok("MY_KEY=MY_KEY-is-added-outside\n" in done.stdout, "but a placeholder", done.stdout[:2000])
    last = done.stdout.split("-----BEGIN CERTIFICATE-----")[-1]
    text = suite.run("openssl", "x509", "-noout", "-text",
                     input="-----BEGIN CERTIFICATE-----" + last).stdout
    suite.ok("Name Constraints: critical" in text and "DNS:api.test" in text and "CA:TRUE, pathlen:0" in text and
             "allowed.test" not in text, "its authority is for these names alone", text)
    suite.ok("PRIVATE KEY" not in done.stdout, "and its key is not there")


def test_servers(suite, box):
    got, done = box.get("https://bad.test/x")
    suite.ok(not got and "502" not in done.stderr and "not to be trusted" in done.stdout,
             "a server that is not verified hears of nothing", f"{got} {done.stdout} {done.stderr}")
    done = box.run("curl -sS -m 10 --noproxy '*' http://api.test:443/v1/x")
    suite.ok(done.returncode != 0 and not box.requests(), "plain HTTP to its port is refused", done.stdout)
    done = box.run("curl -sS -m 10 -k https://allowed.test/x; "
                   "echo | openssl s_client -connect allowed.test:443 -servername allowed.test 2>/dev/null | grep -i issuer")
    suite.ok("hello allowed.test" in done.stdout and "Oriel" not in done.stdout, "other hosts' TLS is their own",
             done.stdout + done.stderr)


def test_stream(suite, box):
    done = box.run("curl -sN -m 20 https://api.test/v1/stream | "
                   "(read a; s=$(date +%s%N); t=$(cat); e=$(date +%s%N); echo $a $(( (e - s) / 1000000 )); echo \"$t\")")
    words = done.stdout.split()
    suite.ok(words[:2] == ["data:", "one"] and int(words[2]) > 700, "a stream comes as it is sent", done.stdout)
    suite.ok(SECRET not in done.stdout and SECRET[9:] not in done.stdout and "data: two" in done.stdout,
             "a secret in two parts is cut", done.stdout)
    done = box.run("python3 -c 'import urllib.request as u; print(u.urlopen(\"https://api.test/v1/x\").read())'")
    suite.ok("hello" in done.stdout, "python's urllib trusts it", done.stdout + done.stderr)


def test_faults(suite, box):
    done = box.run("true", {"OUTSIDE_KEY": ""})
    suite.ok(done.returncode == 125 and "OUTSIDE_KEY is not set" in done.stderr, "a variable that is missing is told",
             done.stderr)
    box.file.chmod(0o644)
    done = box.run("true")
    suite.ok(done.returncode == 125 and "others may read it" in done.stderr, "so is a file that is no secret", done.stderr)
    box.file.chmod(0o600)
    done = box.suite.oriel("profile", "check", box.profile)
    suite.ok(done.returncode == 0, "the profile is one", done.stderr)
    done = box.run("sleep 0; curl -sS -m 20 https://api.test/v1/x >/dev/null; echo $?")
    files = sorted((suite.home / ".local/state/oriel").rglob("*.jsonl"))
    seen = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    suite.ok(any(r.get("op") == "credential" and r.get("by") == "credential=MY_KEY" and r.get("host") == "api.test"
                 for r in seen), "what is added is in the log")
    suite.ok(any(r.get("host") == "bad.test" and "not to be trusted" in (r.get("by") or "") for r in seen),
             "and what was wrong")
    suite.ok(all(SECRET not in json.dumps(r) for r in seen), "the secret is not")


def test_restart(suite, box):
    env = {"OUTSIDE_KEY": SECRET, "SSL_CERT_FILE": str(box.outside.directory / "cert.pem")}
    run = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", box.profile, "--", "/bin/bash", "-c",
                      "echo up; read go; for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -m 5 https://api.test/v1/x && break; "
                      "sleep 0.3; done", stdin=-1, stdout=-1, text=True, env=env)
    run.stdout.readline()
    helpers = [pid for pid in harness.descendants(run.pid) if harness.processes()[pid][1].startswith("oriel-credentia")]
    suite.ok(len(helpers) == 1, "what adds them is a process of its own", helpers)
    for pid in helpers:
        os.kill(pid, 9)
    box.requests()
    run.stdin.write("go\n")
    run.stdin.flush()
    rest = run.stdout.read()
    harness.end(run)
    got = box.requests()
    suite.ok("hello" in rest and got and got[-1]["headers"].get("x-api-key") == SECRET, "killed, it is started again",
             f"{rest} {got}")


def main():
    if os.geteuid() != 0:
        suite = harness.Suite("net-credential")
        suite.skip("net-credential", "making the world outside needs root", kernel=True)
        return suite.finish()
    if os.environ.get("ORIEL_TEST_DIR") is None or shutil.which("ip") is None:
        suite = harness.Suite("net-credential", needs=["ip"])
        return suite.finish()
    outside = world.World(os.environ["ORIEL_TEST_DIR"])
    suite = harness.Suite("net-credential", needs=["curl", "openssl"])
    box = Box(suite, outside)
    test_added(suite, box)
    test_box_has_none(suite, box)
    test_servers(suite, box)
    test_stream(suite, box)
    test_faults(suite, box)
    test_restart(suite, box)
    outside.end()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
