# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people run, through the network by names: each reaches an allowed name, and fails cleanly at a denied one, with the
reason in the log.  usage: tools.py [TOOL...]; in the default run what every test machine has.  Once as the environment says (a proxy), once without it: no program has to know of one."""

import encodings.idna  # noqa: F401: read now, while the library can be
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import harness  # noqa: E402
import world  # noqa: E402

JAVA = """
public class Get {
    public static void main(String[] a) throws Exception {
        try (var in = new java.net.URL(a[0]).openStream()) { System.out.print(new String(in.readAllBytes())); }
    }
}
"""
GO = """package main

import ("fmt"; "io"; "net/http"; "os")

func main() {
	r, err := http.Get(os.Args[1])
	if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
	io.Copy(os.Stdout, r.Body)
	if r.StatusCode != 200 { os.Exit(1) }
}
"""
NODE = "fetch(process.argv[1]).then(async r => { if (!r.ok) throw r.status; console.log(await r.text()) })"
PYTHON = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=10).read().decode())"

# name: (program that it needs, script; $H is the host, what it prints of success, does it heed a proxy)
TOOLS = {
    "curl": ("curl", "curl -sSf -m 10 http://$H/x", "hello", True),
    "curl, TLS": ("curl", "curl -sSf -k -m 10 https://$H/x", "hello", True),
    "git over https": ("git", "git -c http.sslVerify=false ls-remote https://$H/repo.git", "refs/heads/main", True),
    "git over ssh": ("sshd", "GIT_SSH_COMMAND='ssh -i $B/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                     "-o LogLevel=ERROR -o ConnectTimeout=10' git ls-remote root@$H:/$D/repo.git", "refs/heads/main", False),
    "npm": ("npm", "npm --no-update-notifier --fetch-retries=0 --registry=http://$H/ view some-package version", "1.2.3", True),
    "node fetch": ("node", f"node -e '{NODE}' http://$H/x", "hello", False),
    "python urllib": ("python3", f"python3 -c '{PYTHON}' http://$H/x", "hello", True),
    "java": ("java", "java $B/Get.java http://$H/x", "hello", False),
    "go": ("go", "$B/get http://$H/x", "hello", True),
}


def prepare(outside):
    """By root, before it is the test user: a repository, and what outside.py serves it by ssh with.  True: it does."""
    repository = outside.directory / "repo.git"
    work = outside.directory / "work"
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, "init", "-q", work], check=True)
    subprocess.run(["git", *settings, "-C", work, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", work, repository], check=True)
    subprocess.run(["git", "-C", repository, "update-server-info"], check=True)
    if shutil.which("sshd") is None and not os.path.exists("/usr/sbin/sshd"):
        return False
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", outside.directory / name], check=True)
    shutil.copy(outside.directory / "key.pub", outside.directory / "authorized")
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    settings = outside.directory / "sshd.conf.new"
    settings.write_text(
        f"ListenAddress 9.9.0.2:2222\nHostKey {outside.directory}/host\nAuthorizedKeysFile {outside.directory}/authorized\n"
        "StrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\nUsePAM no\nPidFile none\n",
        encoding="ascii")
    settings.rename(outside.directory / "sshd.conf")
    return True


def last_records(suite):
    file = max((suite.home / ".local/state/oriel").rglob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def try_tool(suite, directory, name, plain):
    program, script, want, heeds = TOOLS[name]
    if shutil.which(program) is None and not os.path.exists(f"/usr/sbin/{program}"):
        suite.skip(name, f"{program} is not installed")
        return
    if not heeds and not plain:
        return
    how = name + (", without a proxy" if plain and heeds else "")
    unset = "unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY NODE_USE_ENV_PROXY; " if plain else ""
    port = ":2222" if "ssh" in name else ":80,443"

    def run(host):
        words = script.replace("$H", host).replace("$B", str(suite.bin)).replace("$D", str(directory).lstrip("/"))
        words = words.replace("LogLevel=ERROR", "LogLevel=ERROR -p 2222") if "ssh" in name else words
        start = time.monotonic()
        done = suite.oriel("run", "--no-daemon", "--profile", "base/cli", f"--filesystem={suite.bin}:ro", "--net=named",
                           f"--allow-host=allowed.test{port}", "--", "/bin/bash", "-c", unset + words, timeout=60)
        return done, time.monotonic() - start

    done, _ = run("allowed.test")
    suite.ok(done.returncode == 0 and want in done.stdout, how, (done.stdout + done.stderr).replace("\n", " | ")[-600:])
    done, seconds = run("other.test")
    refused = [r for r in last_records(suite) if r.get("host") == "other.test" and r.get("verdict") == "deny"]
    suite.ok(done.returncode not in (0, None) and seconds < 30 and want not in done.stdout,
             f"{how}: a denied name fails cleanly", f"{done.returncode} {seconds:.1f} {done.stderr[-300:]}")
    suite.ok(refused and refused[0].get("mend", "").startswith("[Network] allow=other.test"),
             f"{how}: and the log says what would allow it", f"{refused[:1]}")


def main():
    if os.geteuid() != 0:
        suite = harness.Suite("net-tools")
        suite.skip("net-tools", "making the world outside needs root", kernel=True)
        return suite.finish()
    if os.environ.get("ORIEL_TEST_DIR") is None or shutil.which("ip") is None:
        suite = harness.Suite("net-tools", needs=["ip"])
        return suite.finish()
    outside = world.World(os.environ["ORIEL_TEST_DIR"])
    ssh = prepare(outside)
    sources = outside.directory / "sources"
    sources.mkdir()
    (sources / "Get.java").write_text(JAVA, encoding="ascii")
    (sources / "get.go").write_text(GO, encoding="ascii")
    files = [sources / "Get.java"]
    if shutil.which("go"):
        subprocess.run(["go", "build", "-o", sources / "get", sources / "get.go"], check=True,
                       env={**os.environ, "HOME": str(sources), "GOFLAGS": "-mod=mod", "GO111MODULE": "off"})
        files.append(sources / "get")
    if ssh:
        files.append(outside.directory / "key")
    suite = harness.Suite("net-tools", files=files, needs=["curl", "git"])
    if ssh:
        (suite.bin / "key").chmod(0o600)
    for name in sys.argv[1:] or TOOLS:
        for plain in (False, True):
            try_tool(suite, outside.directory, name, plain)
    outside.end()
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
