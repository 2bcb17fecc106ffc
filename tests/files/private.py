#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is private in a home, under a grant of the whole of it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

RUN = ["run", "--no-daemon", "--profile", "base/cli"]
SECRETS = (".ssh/id_ed25519", ".gnupg/key", ".mozilla/firefox/x/logins.json", ".netrc", ".config/gcloud/token", ".bash_history",
           "moved/token")


def main():
    suite = harness.Suite("private")
    for name in SECRETS:
        (suite.home / name).parent.mkdir(parents=True, exist_ok=True)
        (suite.home / name).write_text("secret\n")
    (suite.home / ".aws").symlink_to("moved")
    (suite.home / "plain").write_text("plain\n")
    # ~/.aws/token is moved/token: hidden where it lies.
    everything = "cd ~; cat plain; for f in " + " ".join((*SECRETS, ".aws/token")) + "; do cat $f 2>/dev/null; done; true"
    for grant in ("home", "host", f"{suite.home}:ro", "~:rw"):
        done = suite.oriel(*RUN, f"--filesystem={grant}", "--", "sh", "-c", everything)
        suite.ok(done.stdout == "plain\n", f"filesystems={grant} shows no secret", done.stdout + done.stderr)
    done = suite.oriel(*RUN, "--filesystem=home", "--", "sh", "-c",
                       "cd ~; mv .config c && cat c/gcloud/token; mv .mozilla m; rm -rf .gnupg .netrc; cat m/firefox/x/logins.json")
    suite.ok("secret" not in done.stdout and all((suite.home / name).exists() for name in SECRETS if not name.startswith(".config")),
             "nor do renames, and removing does not reach them", done.stdout + done.stderr)
    if (suite.home / "c").exists():
        (suite.home / "c").rename(suite.home / ".config")
    done = suite.oriel(*RUN, "--filesystem=home", "--filesystem=~/.ssh:ro", "--", "sh", "-c", "cat ~/.ssh/id_ed25519 ~/.netrc")
    suite.ok(done.stdout == "secret\n", "what is named is shown", done.stdout + done.stderr)
    done = suite.oriel(*RUN, "--filesystem=home", "--filesystem=~/.ssh/id_ed25519:ro", "--", "sh", "-c", "ls ~/.ssh; cat ~/.ssh/*")
    suite.ok(done.stdout == "id_ed25519\nsecret\n", "and nothing beside it", done.stdout + done.stderr)
    done = suite.oriel("explain", "--profile", "base/cli", "--filesystem=home", "--", "true")
    suite.ok("note private, so hidden" in done.stdout and str(suite.home / ".ssh") in done.stdout, "explain says what is hidden",
             done.stdout[-800:] + done.stderr)
    overrides = suite.home / ".config/oriel/overrides"
    overrides.mkdir(parents=True)
    for path in (suite.home / ".config", suite.home / ".config/oriel", overrides):
        path.chmod(0o700)
    (overrides / "global").write_text("[Files]\nprivate=~/plain;!~/.netrc\n")
    done = suite.oriel(*RUN, "--filesystem=home", "--", "sh", "-c", "cat ~/plain ~/.netrc; cat ~/.ssh/*")
    suite.ok(done.stdout == "secret\n", "a person's own list holds for every app", done.stdout + done.stderr)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
