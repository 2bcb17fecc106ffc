# SPDX-License-Identifier: LGPL-2.1-or-later
"""A project with all that git and tools read in it, and what a person does in it afterwards."""

import json
import os
import pathlib
import shutil
import subprocess

# As a person's shell has it: no variable of ours leads git anywhere.
IDENTITY = {"GIT_AUTHOR_NAME": "Anna", "GIT_AUTHOR_EMAIL": "anna@example.org", "GIT_COMMITTER_NAME": "Anna",
            "GIT_COMMITTER_EMAIL": "anna@example.org"}
PROFILE = """[Application]
name=org.example.{name}
[Oriel]
inherits=base/cli;
nested={nested}
[Files]
workspace={path}:{mode}
protect={protect}
git={git}
"""
ALL = "git;editor;agent;shell;build"
MAKE = r"""
git init -q -b main .
git config user.name Anna; git config user.email anna@example.org
git config extensions.worktreeConfig true
git config filter.run.clean 'sh ./clean.sh'
git config protocol.file.allow always
printf 'one\n' >a.txt; printf 'two\n' >b.txt; mkdir src; printf 'int main(void) { return 0; }\n' >src/main.c
printf 'cat\n' >clean.sh; printf 'all:\n\t@true\n' >Makefile
mkdir .vscode .claude; echo '{}' >.vscode/settings.json; echo '{}' >.claude/settings.json
git add .; git commit -qm first
git init -q -b main ../upstream; (cd ../upstream; echo s >s; git add s; git commit -qm s)
git -c protocol.file.allow=always submodule --quiet add ../upstream subm; git commit -qm submodule
printf '/wt/\n/vendor/\n' >.git/info/exclude
git worktree add -q wt -b side
mkdir -p vendor/lib; git init -q -b main vendor/lib; (cd vendor/lib; echo v >v; git add v; git commit -qm v)
git branch other
"""


class Project:
    """At a path of its own, made anew from a copy for each trial."""

    def __init__(self, suite):
        self.suite = suite
        self.path, self.mark = suite.home / "work/project", suite.home / "fired"
        self.master = suite.home / "master"
        self.path.mkdir(parents=True)
        suite.env |= IDENTITY
        self.sh(MAKE, check=True)
        (suite.home / "work").rename(self.master)
        payload = suite.home / "payload"
        self.script = f"#!/bin/sh\\ntouch {self.mark}\\n"  # as printf(1) writes it
        payload.write_text(f"#!/bin/sh\ntouch {self.mark}\n")
        payload.chmod(0o755)
        self.payload = payload

    def fresh(self):
        shutil.rmtree(self.suite.home / "work", ignore_errors=True)
        subprocess.run(["cp", "-a", self.master, self.suite.home / "work"], check=True)
        self.mark.unlink(missing_ok=True)

    def sh(self, script, check=False, **more):
        done = self.suite.run("sh", "-c", ("set -e\n" if check else "") + script, cwd=self.path, **more)
        if check and done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done

    def fired(self):
        fired = self.mark.exists()
        self.mark.unlink(missing_ok=True)
        return fired

    def profile(self, name="Work", mode="rw", protect=ALL, git="commit", path=None, nested="no", more=""):
        file = self.suite.home / f"{name}.profile"
        file.write_text(PROFILE.format(name=name, path=path or self.path, mode=mode, protect=protect, git=git, nested=nested) +
                        more)
        return file

    def box(self, script, profile, *options, path=None, **more):
        # A payload, too, for whatever tries to run it inside.
        return self.suite.oriel("run", "--no-daemon", *options, "--profile", profile, "--", "sh", "-c",
                                f"cd {path or self.path}\n{script}", **more)


def tasks(project):
    """As an editor does that opens the folder: what is to run on opening is run."""
    try:
        for task in json.loads((project.path / ".vscode/tasks.json").read_text())["tasks"]:
            if task.get("runOptions", {}).get("runOn") == "folderOpen":
                project.suite.run("sh", "-c", task["command"], cwd=project.path)
    except (OSError, ValueError, KeyError):
        pass


def agent(project):
    """As coding agents do at their start: hooks, and the servers that they talk to."""
    for name, find in ((".claude/settings.json", lambda d: d["hooks"]["SessionStart"]),
                       (".mcp.json", lambda d: [server["command"] for server in d["mcpServers"].values()])):
        try:
            for command in find(json.loads((project.path / name).read_text())):
                project.suite.run("sh", "-c", command, cwd=project.path)
        except (OSError, ValueError, KeyError):
            pass


def shell(project):
    """As a shell does that looks for a file of settings in each directory it enters."""
    for top in (project.path, project.path / "src"):
        if (top / ".envrc").exists():
            project.suite.run("sh", "-c", ". ./.envrc", cwd=top)


def vim(project):
    """An editor with `set exrc`: the real one where it is installed, else what it does with that file."""
    editor = shutil.which("vim") or shutil.which("vim.tiny")
    if editor is not None:
        (project.suite.home / ".vimrc").write_text("set exrc\n")
        project.suite.run(editor, "-T", "dumb", "--not-a-term", "-c", "qa!", cwd=project.path, timeout=10)
    elif (project.path / ".exrc").exists():
        for line in (project.path / ".exrc").read_text().splitlines():
            if line.startswith("silent !"):
                project.suite.run("sh", "-c", line[len("silent !"):], cwd=project.path)


def cargo(project):
    """As cargo does before it compiles: the wrapper that the project names."""
    try:
        for line in (project.path / ".cargo/config.toml").read_text().splitlines():
            if line.startswith("rustc-wrapper"):
                project.suite.run("sh", "-c", line.split("=", 1)[1].strip().strip('"'), cwd=project.path)
    except OSError:
        pass


# What a person does next.
HOST = {
    "status": "git status",
    "diff": "echo more >>a.txt; git diff; git diff --stat",
    "commit": "echo more >>b.txt; git commit -qam next",
    "message": "unset GIT_EDITOR VISUAL; export EDITOR=true; echo more >>b.txt; git commit -qa",
    "log": "git log -p --oneline",
    "checkout": "git checkout -q other; git checkout -q main",
    "fetch": "git fetch -q ssh://nowhere.invalid/x",
    "submodule": "git submodule status; git -C subm status; (cd subm && echo x >>s && git commit -qam x)",
    "worktree": "git -C wt status; (cd wt && echo x >>a.txt && git commit -qam x)",
    "vendor": "git -C vendor/lib status; (cd vendor/lib && echo x >>v && git commit -qam x)",
    "enter": "for d in new new2 new3 bare src a/b/c/d/e; do [ ! -d $d ] || (cd $d && git status); done",
    "tasks": tasks,
    "agent": agent,
    "shell": shell,
    "vim": vim,
    "cargo": cargo,
}


def act(project, names=None):
    for name in names or HOST:
        action = HOST[name]
        if callable(action):
            action(project)
        else:
            project.sh(action)


def names_of(path):
    """All names below, but the insides of objects."""
    return {os.path.relpath(os.path.join(top, name), path) for top, names, files in os.walk(path) for name in names + files
            if "objects" not in pathlib.PurePath(top).parts}
