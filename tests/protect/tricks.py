#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run may plant so that the host runs it later.  Each trick is shown to fire where there is no box; in a box with
protect= it is without effect after the run, and behind a wall during it too, with a person's `git status` in a loop.  Rows of docs/theory/escapes.md: git-indirection, trigger-files."""

import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness  # noqa: E402
import project as projects  # noqa: E402

EVIL = "mkdir -p evil && cp -a .git/. evil/ && git --git-dir=evil config core.fsmonitor PAYLOAD"
INIT = ("git init -q -b main WHERE && (cd WHERE && echo n >n && git add n && git -c user.name=n -c user.email=n commit -qm n && "
        "git config core.fsmonitor PAYLOAD)")

# id: (what is planted, the host's actions that set it off, what the person did before)
TRICKS = {
    "config-fsmonitor": ("git config core.fsmonitor PAYLOAD", ["status"]),
    "config-hookspath": ("mkdir h; cp PAYLOAD h/pre-commit; git config core.hooksPath h", ["commit"]),
    "config-editor": ("git config core.editor PAYLOAD", ["message"]),
    "config-sshcommand": ("git config core.sshCommand PAYLOAD", ["fetch"]),
    "config-filter": ("git config filter.x.clean PAYLOAD; echo '*.txt filter=x' >.gitattributes; touch a.txt", ["commit"]),
    "config-external": ("git config diff.external PAYLOAD", ["diff"]),
    "config-textconv": ("git config diff.x.textconv PAYLOAD; echo '*.txt diff=x' >.gitattributes", ["diff"]),
    "config-include": ("printf '[core]\\nfsmonitor=PAYLOAD\\n' >inc; git config include.path ../inc", ["status"]),
    "config-sign": ("git config gpg.program PAYLOAD; git config commit.gpgSign true", ["commit"]),
    "config-replaced": ("cp .git/config c; printf '[core]\\nfsmonitor=PAYLOAD\\n' >>c; mv -f c .git/config", ["status"]),
    "config-link": ("ln .git/config c && printf '[core]\\nfsmonitor=PAYLOAD\\n' >>c", ["status"]),
    "config-worktree": ("printf '[core]\\nfsmonitor=PAYLOAD\\n' >.git/config.worktree", ["status"]),
    "hook-new": ("cp PAYLOAD .git/hooks/post-commit", ["commit"]),
    "hook-sample": ("mv .git/hooks/pre-commit.sample .git/hooks/pre-commit; cp PAYLOAD .git/hooks/pre-commit", ["commit"]),
    "hook-index": ("cp PAYLOAD .git/hooks/post-index-change", ["commit"]),
    "hook-link": ("ln -s PAYLOAD .git/hooks/post-checkout", ["checkout"]),
    "hooks-replaced": ("mv .git/hooks .git/h; mkdir .git/hooks; cp PAYLOAD .git/hooks/post-commit", ["commit"]),
    "git-replaced": ("mv .git .g; cp -a .g .git; git config core.fsmonitor PAYLOAD", ["status"]),
    "git-link": ("mv .git .g; ln -s .g .git; git config core.fsmonitor PAYLOAD", ["status"]),
    "git-file": ("mv .git .g; echo 'gitdir: .g' >.git; git config core.fsmonitor PAYLOAD", ["status"]),
    "commondir": (EVIL + "; echo ../evil >.git/commondir", ["status"]),
    "commondir-link": (EVIL + "; echo ../evil >evil/c; ln -s ../evil/c .git/commondir", ["status"]),
    "attributes": ("echo '*.txt filter=run' >.git/info/attributes; echo PAYLOAD >clean.sh; touch a.txt", ["commit"]),
    "worktree-commondir": (EVIL + "; echo ../../../evil >.git/worktrees/wt/commondir", ["worktree"]),
    "worktree-file": (EVIL + "; echo 'gitdir: ../evil' >wt/.git", ["worktree"]),
    "worktree-config": ("printf '[core]\\nfsmonitor=PAYLOAD\\n' >.git/worktrees/wt/config.worktree", ["worktree"]),
    "worktree-replaced": ("mv .git/worktrees/wt w; cp -a w .git/worktrees/wt; " + EVIL +
                          "; echo ../../../evil >.git/worktrees/wt/commondir", ["worktree"]),
    "submodule-config": ("git -C subm config core.fsmonitor PAYLOAD", ["status"]),
    "submodule-hook": ("cp PAYLOAD .git/modules/subm/hooks/post-commit", ["submodule"]),
    "submodule-file": ("rm -f subm/.git; git init -q subm; git -C subm config core.fsmonitor PAYLOAD", ["status"]),
    "submodule-replaced": ("mv subm s; mkdir subm; git init -q subm; git -C subm config core.fsmonitor PAYLOAD", ["status"]),
    "nested-new": (INIT.replace("WHERE", "new") + "; git add new; git commit -qm nested", ["status"]),
    "nested-hook": ("git init -q new; cp PAYLOAD new/.git/hooks/post-index-change; (cd new && echo n >n && git add n)",
                    ["enter"]),
    "nested-file": (EVIL + "; mkdir new2; echo 'gitdir: ../evil' >new2/.git", ["enter"]),
    "nested-link": (EVIL + "; mkdir new3; ln -s ../evil new3/.git", ["enter"]),
    "nested-deep": ("mkdir -p a/b/c/d; " + INIT.replace("WHERE", "a/b/c/d/e"), ["enter"]),
    "nested-there": ("git -C vendor/lib config core.fsmonitor PAYLOAD", ["vendor"]),
    "nested-there-hook": ("cp PAYLOAD vendor/lib/.git/hooks/post-commit", ["vendor"]),
    "bare": ("git init -q --bare bare; git --git-dir=bare config core.bare false; git --git-dir=bare config core.worktree .; "
             "git --git-dir=bare config core.fsmonitor PAYLOAD", ["enter"]),
    "husky": ("mkdir -p .husky; cp PAYLOAD .husky/pre-commit", ["commit"], "git config core.hooksPath .husky"),
    "editor-tasks": ("echo '{\"tasks\":[{\"command\":\"PAYLOAD\",\"runOptions\":{\"runOn\":\"folderOpen\"}}]}' "
                     ">.vscode/tasks.json", ["tasks"]),
    "editor-replaced": ("mv .vscode v; mkdir .vscode; echo '{\"tasks\":[{\"command\":\"PAYLOAD\",\"runOptions\":{\"runOn\":"
                        "\"folderOpen\"}}]}' >.vscode/tasks.json", ["tasks"]),
    "editor-vim": ("echo 'silent !PAYLOAD' >.exrc", ["vim"]),
    "agent-hook": ("echo '{\"hooks\":{\"SessionStart\":[\"PAYLOAD\"]}}' >.claude/settings.json", ["agent"]),
    "agent-server": ("echo '{\"mcpServers\":{\"x\":{\"command\":\"PAYLOAD\"}}}' >.mcp.json", ["agent"]),
    "shell-new": ("echo PAYLOAD >.envrc", ["shell"]),
    "shell-link": ("echo PAYLOAD >harmless; ln -s harmless .envrc", ["shell"]),
    "shell-below": ("echo PAYLOAD >src/.envrc", ["shell"]),
    "shell-renamed": ("mkdir s; echo PAYLOAD >s/.envrc; mv src s2; mv s src", ["shell"]),
    "build-cargo": ("mkdir .cargo; printf '[build]\\nrustc-wrapper = \"PAYLOAD\"\\n' >.cargo/config.toml", ["cargo"]),
}


def prepare(project, trick):
    project.fresh()
    if len(trick) > 2:
        project.sh(trick[2], check=True)


class Loop(threading.Thread):
    """A person's prompt, which asks git again and again."""

    def __init__(self, project):
        super().__init__()
        self.project, self.over = project, threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            self.project.sh("git status; git -C wt status; git -C subm status; for d in new new2 new3 bare a/b/c/d/e; do "
                            "[ ! -d $d ] || git -C $d status; done")

    def end(self):
        self.over.set()
        self.join()


def fires(project, trick, plant):
    prepare(project, trick)
    project.sh(plant)
    projects.act(project, trick[1])
    return project.fired()


def after(project, trick, inside, profile):
    """In the default mode: when the run is over."""
    prepare(project, trick)
    done = project.box(inside, profile)
    projects.act(project)
    return project.fired(), done


def behind(project, trick, inside, wall):
    """Behind a wall: during the run, and when it is over."""
    prepare(project, trick)
    loop = Loop(project)
    done = project.box(inside + "; sleep 0.1", wall)
    loop.end()
    during = project.fired()
    projects.act(project, {*trick[1], "status", "log", "commit"})
    return during or project.fired(), done


def main():
    suite = harness.Suite("tricks", needs=("git",))
    project = projects.Project(suite)
    profile, wall = project.profile(), project.profile("Wall", protect=projects.ALL.replace("git", "git:wall"))
    # By default some of them behind a wall, each time others; all of them in the suite protect-wall.
    every = 1 if sys.argv[1:] == ["all"] else 8
    turn = os.getpid() % every
    suite.ok(len(TRICKS) >= 40, "forty tricks and more", len(TRICKS))
    for i, (name, trick) in enumerate(TRICKS.items()):
        plant = trick[0].replace("PAYLOAD", str(project.payload))
        # Inside, the payload is there under the same name, as a run could have it.
        inside = f"mkdir -p {suite.home}; printf '{project.script}' >{project.payload}; chmod 755 {project.payload}; {plant}"
        suite.ok(fires(project, trick, plant), f"{name}: fires where there is no box")
        fired, done = after(project, trick, inside, profile)
        suite.ok(not fired, f"{name}: without effect after a run", done.stderr)
        if i % every == turn:
            fired, done = behind(project, trick, inside, wall)
            suite.ok(not fired, f"{name}: nor during and after one behind a wall", done.stderr)
        for left in (suite.home / ".local/state/oriel/changes").glob("*"):
            suite.run("rm", "-rf", left)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
