#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The coding agents themselves, as npm has them now, in their boxes: found system-wide and in the home, to the first screen,
through a session with a server that stands in for their models, and with their own sandboxes inside.  argument: the
directory in which `./dev` installed them."""

import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402
import models  # noqa: E402

SECONDS = 150  # for one session: the first start of some unpacks or compiles
CHECK = "sh check.sh && git add -A && git commit -qm 'by the agent' && echo committed"
SAY = "Write new and check it"


class Agent:
    """words: on its first screen.  steps: its own tools for writing a file and running a command.  arguments(port): of a
    session without a person."""

    def __init__(self, name, package, words, write, run, arguments, env=lambda port: {}, files=lambda port: {}):
        self.name, self.package, self.words, self.arguments, self.env, self.files = name, package, words, arguments, env, files
        self.steps = [write, run, "all done"]


def claude_env(port):
    return {"ANTHROPIC_BASE_URL": f"http://models:{port}", "ANTHROPIC_API_KEY": "sk-none"}


def codex_arguments(port):
    provider = f'{{name="x",base_url="http://models:{port}/v1",env_key="OPENAI_API_KEY",wire_api="responses"}}'
    return ["exec", "-c", 'model_provider="standin"', "-c", f"model_providers.standin={provider}", "-c", 'model="stand-in"',
            "--dangerously-bypass-approvals-and-sandbox", SAY]


def opencode_files(port):
    options = f'{{"baseURL":"http://models:{port}/v1","apiKey":"none"}}'
    return {".config/opencode/opencode.json":
            f'{{"provider":{{"standin":{{"npm":"@ai-sdk/openai-compatible","options":{options},'
            '"models":{"stand-in":{"name":"S"}}}},"model":"standin/stand-in"}'}


AGENTS = [
    Agent("claude", "@anthropic-ai/claude-code", "Welcome to Claude Code", ("Write", {"file_path": "PROJECT/new", "content": "hello\n"}),
          ("Bash", {"command": CHECK}), lambda port: ["-p", SAY, "--dangerously-skip-permissions"], claude_env),
    Agent("codex", "@openai/codex", "Welcome to Codex", ("exec_command", {"cmd": "printf 'hello\\n' >new"}), ("exec_command", {"cmd": CHECK}),
          codex_arguments, lambda port: {"OPENAI_API_KEY": "sk-none"}),
    Agent("gemini", "@google/gemini-cli", "Gemini CLI", ("write_file", {"file_path": "PROJECT/new", "content": "hello\n"}),
          ("run_shell_command", {"command": CHECK}), lambda port: ["--skip-trust", "-y", "-p", SAY],
          lambda port: {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": f"http://models:{port}"},
          lambda port: {"INSIDE/.gemini/settings.json": '{"security":{"auth":{"selectedType":"gemini-api-key"}}}'}),
    Agent("opencode", "opencode-ai", "Ask anything", ("write", {"filePath": "PROJECT/new", "content": "hello\n"}),
          ("bash", {"command": CHECK, "description": "checks"}), lambda port: ["run", SAY], files=opencode_files),
]


def put_in_home(suite, installed):
    """As `npm install -g` with a prefix in the home does it, with the packages of this platform inside theirs."""
    modules = suite.home / ".npm-global/lib/node_modules"
    (suite.home / ".npm-global/bin").mkdir(parents=True)
    for package, platform in (("@anthropic-ai/claude-code", None), ("@openai/codex", "@openai/codex-linux-x64")):
        shutil.copytree(installed / "node_modules" / package, modules / package, symlinks=True)
        if platform is not None:
            shutil.copytree(installed / "node_modules" / platform, modules / package / "node_modules" / platform, symlinks=True)
    for name, target in (("claude", "@anthropic-ai/claude-code/bin/claude.exe"), ("codex", "@openai/codex/bin/codex.js")):
        (suite.home / ".npm-global/bin" / name).symlink_to(f"../lib/node_modules/{target}")
    node = suite.home / ".nvm/versions/node/v/bin/node"
    node.parent.mkdir(parents=True)
    shutil.copy(shutil.which("node", path=suite.env["PATH"]), node)
    return f"{suite.home}/.npm-global/bin:{node.parent}:/usr/local/bin:/usr/bin:/bin"


def new_project(suite, name):
    project = suite.home / name
    project.mkdir()
    suite.run("git", "init", "-q", project)
    (project / "check.sh").write_text("test \"$(cat new)\" = hello && echo test passed\n")
    return project


def replaced(value, project):
    return {key: text.replace("PROJECT", str(project)) for key, text in value.items()}


def session(suite, agent, env=None, where=""):
    """Edits a file, runs a test, commits: each by the agent's own tools."""
    project = new_project(suite, f"{agent.name}{len(list(suite.home.iterdir()))}")
    # It hides the person's git settings from the commands that it runs, in a box or not.
    if agent.name == "gemini":
        suite.run("git", "-C", project, "config", "user.name", "Anna")
        suite.run("git", "-C", project, "config", "user.email", "anna@example.org")
    steps = [step if isinstance(step, str) else (step[0], replaced(step[1], project)) for step in agent.steps]
    server = models.Models(steps)
    for path, text in agent.files(server.port).items():
        if path.startswith("INSIDE/"):
            suite.oriel("run", "--command=sh", agent.name, "-c", f"mkdir -p ~/{pathlib.Path(path[7:]).parent}; echo '{text}' >~/{path[7:]}",
                        cwd=project, env=env)
        else:
            (suite.home / path).parent.mkdir(parents=True, exist_ok=True)
            (suite.home / path).write_text(text)
    variables = [f"--env={name}={value}" for name, value in agent.env(server.port).items()]
    done = suite.oriel("run", f"--host-service=models:{server.port}", *variables, agent.name, *agent.arguments(server.port), cwd=project,
                       timeout=SECONDS, env=env)
    log = suite.run("git", "-C", project, "log", "--format=%an %s", "--", "new").stdout
    asked = len([1 for kind, _path, _text in server.asked if kind == "POST"])
    server.close()
    suite.ok(done.returncode == 0 and "all done" in done.stdout and asked >= 3 and log == "Anna by the agent\n",
             f"{agent.name}{where}: a session edits a file, runs the test and commits",
             f"{asked} requests, {done.returncode}, {log!r}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return project


class Screen:
    """A program in tmux, which draws what a terminal would."""

    def __init__(self, suite, name, command, cwd, env=None):
        self.suite, self.socket = suite, suite.runtime / f"tmux-{name}"
        suite.run("tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "40", command, cwd=cwd, env=env)

    def text(self):
        return self.suite.run("tmux", "-S", self.socket, "capture-pane", "-p").stdout

    def keys(self, *keys):
        self.suite.run("tmux", "-S", self.socket, "send-keys", *keys)

    def resize(self, columns, rows):
        self.suite.run("tmux", "-S", self.socket, "resize-window", "-x", columns, "-y", rows)

    def wait(self, words, seconds=90):
        return harness.wait_for(lambda: words in self.text(), seconds, 0.3)

    def settled(self):
        """Its text once that stays the same for two seconds."""
        old, since = self.text(), time.monotonic()
        while time.monotonic() - since < 2:
            time.sleep(0.3)
            new = self.text()
            if new != old:
                old, since = new, time.monotonic()
        return old

    def close(self):
        self.suite.run("tmux", "-S", self.socket, "kill-server")


def screens(suite, agent):
    """claude without its service says so and ends: it is given the stand-in."""
    project = new_project(suite, f"screen-{agent.name}")
    server = models.Models(["hello"])
    variables = " ".join(f"--env={name}={value}" for name, value in agent.env(server.port).items()) if agent.name == "claude" else ""
    command = f"{suite.oriel_program} run --host-service=models:{server.port} {variables} {agent.name} 2>{suite.runtime}/error-{agent.name}"
    inside = Screen(suite, agent.name, command, project)
    suite.ok(inside.wait(agent.words), f"{agent.name}: the first screen", inside.text() +
             (suite.runtime / f"error-{agent.name}").read_text())
    if agent.name == "codex":
        same_as_outside(suite, agent, inside, project)
    inside.close()
    server.close()


def same_as_outside(suite, agent, inside, project):
    outer_home = suite.home / "outside"
    outer_home.mkdir()
    outside = Screen(suite, agent.name + "-outside", agent.name, project, {"HOME": str(outer_home)})
    outside.wait(agent.words)
    suite.ok(inside.settled() == outside.settled(), f"{agent.name}: as outside", inside.text() + outside.text())
    for screen in (inside, outside):
        screen.keys("Down")
    suite.ok(inside.settled() == outside.settled() and "> 2. Sign in with Device Code" in inside.text(), f"{agent.name}: keys arrive",
             inside.text() + outside.text())
    for screen in (inside, outside):
        screen.resize("70", "24")
    suite.ok(inside.settled() == outside.settled(), f"{agent.name}: and new sizes", inside.text() + outside.text())
    outside.close()


def inner_sandboxes(suite, project):
    done = suite.oriel("run", "codex", "sandbox", "--", "sh", "-c", f"echo works; touch {project}/x", cwd=project, timeout=60)
    suite.ok(done.stdout == "works\n" and "Read-only" in done.stderr, "codex: its own sandbox works in the box", done.stdout + done.stderr)
    if shutil.which("socat") is None or shutil.which("rg") is None:
        suite.skip("sandbox-runtime in the box", "socat or ripgrep is not installed")
        return
    done = suite.oriel("run", "--profile", "agents/agent", "--", "srt", "sh", "-c", "echo works; touch ~/x", cwd=project, timeout=60)
    suite.ok("works" in done.stdout and "Read-only" in done.stdout + done.stderr, "claude's sandbox-runtime works in the box",
             done.stdout + done.stderr)


def main():
    installed = pathlib.Path(sys.argv[1])
    if not (installed / "node_modules/.bin/claude").exists():
        tap = harness.Tap()
        tap.skip("agents", f"npm has not installed the agents in {installed}: run `./dev test agents`")
        return tap.finish()
    suite = harness.Suite("agents", needs=("git", "tmux"))
    suite.env["PATH"] = f"{installed}/node_modules/.bin:{suite.env['PATH']}"
    suite.env["COLORTERM"] = "truecolor"
    (suite.home / ".gitconfig").write_text("[user]\n\tname = Anna\n\temail = anna@example.org\n")
    for agent in AGENTS:
        done = suite.oriel("run", agent.name, "--version", cwd=new_project(suite, f"version-{agent.name}"), timeout=SECONDS)
        suite.ok(done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout), f"{agent.name}: {agent.package} starts",
                 done.stdout + done.stderr)
        session(suite, agent)
        screens(suite, agent)
    home = {"PATH": put_in_home(suite, installed)}
    for agent in AGENTS[:2]:
        session(suite, agent, home, ", installed in the home")
    inner_sandboxes(suite, new_project(suite, "inner"))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
