#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the profiles for agents give and keep away, with programs that stand in for the agents: where such a program may
lie, whose its state is, what it knows of the person."""

import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

SECRETS = (".ssh/id_ed25519", ".aws/credentials", ".config/gh/hosts.yml", ".mozilla/x/key4.db", ".local/share/keyrings/login.keyring",
           ".bash_history", ".netrc", ".npmrc", ".config/gcloud/token", ".docker/config.json", ".kube/config",
           ".claude/.credentials.json", ".codex/auth.json")
KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "NODE_OPTIONS", "LD_PRELOAD",
        "BASH_ENV", "PYTHONPATH")


class Projects:
    """Each with a repository; claude is a script of an interpreter, both below the home, as npm -g and nvm put them."""

    def __init__(self, suite):
        self.suite = suite
        for name in ("a", "b"):
            (suite.home / name).mkdir()
            self.git(name, "init", "-q")
        package = suite.home / ".npm-global/lib/node_modules/@anthropic-ai/claude-code"
        node = suite.home / ".node/v20/bin/node"
        self.write(package / "cli.js", "#!/usr/bin/env node\n. \"${0%/*}/lib/more\"\n", 0o755)
        self.write(package / "lib/more", 'case $1 in -c) eval "$2" ;; *) echo hello from "$0" ;; esac\n')
        node.parent.mkdir(parents=True)
        shutil.copy("/bin/sh", node)
        (suite.home / ".npm-global/bin").mkdir()
        (suite.home / ".npm-global/bin/claude").symlink_to("../lib/node_modules/@anthropic-ai/claude-code/cli.js")
        suite.env["PATH"] = f"{node.parent}:{suite.home}/.npm-global/bin:{suite.env['PATH']}"

    @staticmethod
    def write(path, text, mode=0o644):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def git(self, project, *words):
        return self.suite.run("git", "-C", self.suite.home / project, *words)

    def claude(self, project, *words, **more):
        return self.suite.oriel("run", "claude", *words, cwd=self.suite.home / project, **more)

    def sh(self, project, script, **more):
        return self.claude(project, "-c", script, **more)


def programs(suite, projects):
    done = projects.claude("a")
    suite.ok(done.returncode == 0 and done.stdout.startswith("hello from ") and "@anthropic-ai/claude-code/cli.js" in done.stdout,
             "oriel run claude: a package of npm -g, its interpreter in the home", done.stdout + done.stderr)
    done = projects.sh("a", "touch ~/.npm-global/lib/node_modules/@anthropic-ai/claude-code/x ~/.node/v20/bin/x; "
                            "rm -f ~/.node/v20/bin/node; ls -A ~/.npm-global/lib/node_modules/@anthropic-ai ~/.npm-global/lib ~/.node")
    suite.ok(done.stderr.count("Read-only") == 3 and done.stdout.count("v20") == 1 and "bin\n" not in done.stdout,
             "what it is made of can't be changed, and nothing beside it is shown", done.stdout + done.stderr)
    venv = suite.home / ".local/share/pipx/venvs/aider-chat"
    projects.write(venv / "pyvenv.cfg", "")
    projects.write(venv / "lib/word", "of the environment\n")
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to("/bin/sh")
    projects.write(venv / "bin/aider", f"#!{venv}/bin/python\ncat {venv}/lib/word\n", 0o755)
    (suite.home / ".local/bin").mkdir(parents=True)
    (suite.home / ".local/bin/aider").symlink_to(venv / "bin/aider")
    path = {"PATH": f"{suite.home}/.local/bin:{suite.env['PATH']}"}
    done = suite.oriel("run", "aider", cwd=suite.home / "a", env=path)
    suite.ok(done.stdout == "of the environment\n", "oriel run aider: pipx", done.stdout + done.stderr)
    projects.write(suite.home / ".local/bin/codex", "#!/bin/sh\necho one file; ls -A ~/.local/bin\n", 0o755)
    done = suite.oriel("run", "codex", cwd=suite.home / "a", env=path)
    suite.ok(done.stdout == "one file\ncodex\n", "oriel run codex: a file in ~/.local/bin, alone", done.stdout + done.stderr)
    projects.write(suite.home / ".cargo/bin/cargo", "#!/bin/sh\necho cargo\n", 0o755)
    projects.write(suite.home / ".cargo/credentials.toml", "secret\n")
    done = suite.oriel("run", "codex", cwd=suite.home / "a", env=path)
    done = suite.oriel("run", "--profile", "agents/agent", "--", "sh", "-c", "cargo; cat ~/.cargo/credentials.toml",
                       cwd=suite.home / "a", env={"PATH": f"{suite.home}/.cargo/bin:{suite.env['PATH']}"})
    suite.ok(done.stdout == "cargo\n", "a compiler in the home is found by PATH; what stands beside it is not shown",
             done.stdout + done.stderr)


def person(suite, projects):
    for name in SECRETS:
        projects.write(suite.home / name, "secret\n", 0o600)
    projects.write(suite.home / ".gitconfig", "[user]\n\tname = Anna \"B\"\n\temail = anna@example.org\n[alias]\n\tst = !evil\n"
                                              "[credential]\n\thelper = store\n")
    show = "; ".join(f"cat ~/{name}" for name in SECRETS) + "; " + "; ".join(f"echo ${name}" for name in KEYS)
    done = projects.sh("a", show, env={name: "secret" for name in KEYS})
    suite.ok(done.returncode == 0 and "secret" not in done.stdout, "no key, password, history or key variable", done.stdout + done.stderr)
    suite.ok((suite.home / ".ssh/id_ed25519").read_text() == "secret\n", "(they are there)")
    done = projects.sh("a", "echo 1 >f && git add f && git commit -qm one && git log --format='%an <%ae>'; git config --list --show-scope "
                            "| grep ^global")
    suite.ok("Anna B <anna@example.org>\n" in done.stdout and "alias" not in done.stdout and "credential" not in done.stdout,
             "git knows name and address, and nothing else of the person's", done.stdout + done.stderr)
    done = projects.sh("a", "git config --global user.name Robot && git commit -q --allow-empty -m two && git log -1 --format=%an")
    suite.ok(done.stdout == "Robot\n" and "Robot" not in (suite.home / ".gitconfig").read_text(),
             "settings made inside win inside", done.stdout + done.stderr)


def stores(suite, projects):
    projects.write(suite.home / ".claude/settings.json", "the person's\n")
    projects.write(suite.home / ".claude/commands/own.md", "the person's\n")
    done = projects.sh("a", "cat ~/.claude/settings.json ~/.claude/commands/own.md; echo x >>~/.claude/settings.json; "
                            "mv ~/.claude/settings.json ~/.claude/old; rm -rf ~/.claude/commands/own.md; mkdir -p ~/.claude/hooks; "
                            "echo planted >~/.claude/hooks/h; echo planted >~/.claude.json; echo planted >~/.bashrc; "
                            "echo key >~/.claude/.credentials.json; echo planted >/run/oriel/login/more")
    kept = suite.home / ".claude/settings.json"
    suite.ok(done.stdout == "the person's\n" * 2 and kept.read_text() == "the person's\n"
             and (suite.home / ".claude/commands/own.md").exists(), "global settings are read, and can't be changed", done.stdout + done.stderr)
    look = "cat ~/.claude/hooks/h ~/.claude.json ~/.bashrc; ls ~/.claude; echo; cat ~/.claude/.credentials.json"
    done = projects.sh("b", look)
    suite.ok("planted" not in done.stdout and done.stdout.endswith("\nkey\n"),
             "nothing that was left in one project acts in another, but the login is one [cross-project]", done.stdout + done.stderr)
    done = projects.sh("a", look)
    suite.ok(done.stdout.startswith("planted\nplanted\nplanted\n"), "in its own project it is there again", done.stdout + done.stderr)
    (suite.home / "a").rename(suite.home / "moved")
    done = projects.sh("moved", look)
    suite.ok(done.stdout.startswith("planted\n"), "also when that was moved", done.stdout + done.stderr)
    (suite.home / "a").mkdir()
    done = projects.sh("a", look)
    suite.ok("planted" not in done.stdout, "and not in one that takes its place", done.stdout + done.stderr)
    shutil.rmtree(suite.home / "moved")
    seen = []
    for n in range(8):
        fresh = suite.home / f"fresh{n}"
        fresh.mkdir()
        done = projects.sh(fresh.name, look)
        seen.append("planted" in done.stdout or done.returncode is None)
        projects.sh(fresh.name, "mkdir -p ~/.claude/hooks; echo planted >~/.claude/hooks/h")
        shutil.rmtree(fresh)
    suite.ok(not any(seen), "nor in eight that may get the inode of one that is gone", seen)
    for trick in ("rm -rf ~/.claude; ln -s / ~/.claude", "rm -rf ~/.claude; echo >~/.claude", "rm -rf ~/.claude; mkfifo ~/.claude",
                  "rm -f ~/.claude; mkdir -p ~/.claude/.credentials.json", "rm -rf ~/.claude; ln -s ~/.ssh ~/.claude",
                  "rm -rf ~/.claude; mkdir ~/.claude; ln -s /etc/passwd ~/.claude/settings.json"):
        projects.sh("b", trick)
        done = projects.sh("b", "echo starts")
        again = done.stdout == "starts\n" or "settings.json" in done.stderr or ".claude" in done.stderr
        suite.ok(again and kept.read_text() == "the person's\n", f"left behind: {trick}", done.stdout + done.stderr)
        home = next(path for path in (suite.home / ".local/share/oriel/apps/com.anthropic.claude/agents,claude").iterdir()
                    if path.name not in ("@login", ) and (path / "home/b").exists())
        suite.run("sh", "-c", f"rm -rf '{home}/home/.claude'")


def caches(suite, projects):
    projects.write(suite.home / ".cache/pip/wheel", "fetched before\n")
    done = projects.sh("a", "cat ~/.cache/pip/wheel; echo poison >~/.cache/pip/wheel; echo new >~/.cache/pip/new")
    suite.ok(done.stdout == "fetched before\n" and (suite.home / ".cache/pip/wheel").read_text() == "fetched before\n"
             and not (suite.home / ".cache/pip/new").exists(), "what was fetched is there, and stays as it is", done.stdout + done.stderr)
    done = projects.sh("a", "cat ~/.cache/pip/new")
    suite.ok(done.stdout == "new\n", "what is fetched inside is kept for the project", done.stdout + done.stderr)
    done = projects.sh("b", "cat ~/.cache/pip/wheel ~/.cache/pip/new")
    suite.ok(done.stdout == "fetched before\n", "and reaches no other", done.stdout + done.stderr)
    first = suite.start(suite.oriel_program, "run", "claude", "-c", "echo x >~/.cache/pip/first; touch up; sleep 20", cwd=suite.home / "a")
    harness.wait_for((suite.home / "a/up").exists)
    done = projects.sh("a", "cat ~/.cache/pip/wheel; echo y >~/.cache/pip/second && echo written; touch ~/shared")
    suite.ok(done.stdout == "fetched before\nwritten\n", "a second run in the same project has it too", done.stdout + done.stderr)
    harness.end(first)
    done = projects.sh("a", "ls ~/.cache/pip")
    suite.ok(done.stdout == "first\nnew\nwheel\n", "and what that one added is forgotten", done.stdout + done.stderr)


def main():
    suite = harness.Suite("agent", needs=("git",))
    projects = Projects(suite)
    programs(suite, projects)
    person(suite, projects)
    stores(suite, projects)
    caches(suite, projects)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
