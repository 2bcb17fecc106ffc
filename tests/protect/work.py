#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run may do in a project with protect= all the same, what is said of it at the end, and what is left of one that
was killed."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness  # noqa: E402
import project as projects  # noqa: E402
import terminal  # noqa: E402

WORK = r"""
echo edited >>a.txt && git add a.txt && git commit -qm edited
git branch feature && git checkout -q feature && echo f >f.txt && git add f.txt && git commit -qm f
git checkout -q main && echo m >m.txt && git add m.txt && git commit -qm m
git checkout -q feature && git rebase -q main
echo dirty >>a.txt && git stash -q && git stash pop -q && git checkout -q a.txt
git checkout -q main && git merge -q --no-edit feature
git worktree add -q second -b second && echo w >second/w && git -C second add w && git -C second commit -qm w
git worktree remove second
git fetch -q ./subm main && git tag t && git gc -q
mkdir new && git init -q -b main new && echo n >new/n && git -C new add n
git -C new -c user.name=n -c user.email=n commit -qm n && rm -rf new/.git/hooks
git status --porcelain && git log --oneline -1
"""


def states(suite):
    return sorted(path.name for name in ("changes", "guards") for path in (suite.home / ".local/state/oriel" / name).glob("*"))


def works(suite, project):
    project.fresh()
    before = projects.names_of(project.path)
    done = project.box("set -e\n" + WORK, project.profile())
    suite.ok(done.returncode == 0, "edit, add, commit, branch, rebase, stash, merge, worktree, fetch, tag, gc, a new repository",
             done.stdout + done.stderr)
    log = project.sh("git log --oneline --all; git fsck").stdout
    suite.ok("edited" in log and "set aside" not in done.stderr, "and the host has them; nothing of it is set aside", log +
             done.stderr)
    status = project.sh("git status --porcelain; git -C wt status --porcelain; git -C subm status --porcelain")
    suite.ok(status.stdout in ("?? new/\n", "?? new/\n") and status.returncode == 0, "git status outside knows of nothing else",
             status.stdout + status.stderr)
    gone = before - projects.names_of(project.path)
    suite.ok(not {name for name in gone if not name.startswith(".git/refs/") and "logs" not in name}, "nothing is gone", gone)
    suite.ok(states(suite) == [], "nothing is left in Oriel's state", states(suite))


def modes(suite, project):
    project.fresh()
    done = project.box("git log --oneline -1 && echo x >>a.txt && git add a.txt", project.profile("Ro", git="ro"))
    suite.ok(done.returncode != 0 and "first" not in done.stderr and "Read-only file system" in done.stderr,
             "git=ro: read, and nothing else", done.stdout + done.stderr)
    project.fresh()
    done = project.box("echo x >>b.txt; git commit -qam apart; git log --oneline -1; git config core.fsmonitor x",
                       project.profile("Isolated", git="isolated"))
    host = project.sh("git log --oneline -1; git config core.fsmonitor").stdout
    suite.ok("apart" in done.stdout and "apart" not in host and (project.path / "b.txt").read_text() == "two\nx\n",
             "git=isolated: commits stay apart, files do not", done.stdout + host + done.stderr)
    done = suite.oriel("apply", project.path / ".git")
    host = project.sh("git log --oneline -1; git config core.fsmonitor").stdout
    suite.ok(done.returncode == 1 and ".git" not in done.stderr and "config: the host would run" in done.stdout and
             "apart" in host and "\nx" not in host, "applied, they are the host's, but for the settings", done.stdout + host)
    suite.oriel("discard", project.path / ".git")


def other_trees(suite, project):
    """A linked working tree, and a submodule, as the workspace: their git directories lie elsewhere."""
    for name, where in (("worktree", "wt"), ("submodule", "subm")):
        project.fresh()
        path = project.path / where
        profile = project.profile("Other", path=path)
        done = project.box("echo x >>a.txt; git add a.txt && git -c user.name=n -c user.email=n commit -qm inside && "
                           "git log --oneline -1; git config core.fsmonitor x", profile, path=path)
        suite.ok("inside" in done.stdout and "could not" in done.stderr, f"{name}: commits, and no settings",
                 done.stdout + done.stderr)
        log = project.sh(f"git -C {where} log --oneline -1; git -C {where} status --porcelain")
        suite.ok("inside" in log.stdout and log.stdout.count("\n") == 1, f"{name}: the host has it", log.stdout + log.stderr)
        project.fresh()
        done = project.box("echo x >>a.txt; git add a.txt && git -c user.name=n -c user.email=n commit -qm inside; git log "
                           "--oneline -1", project.profile("Apart", path=path, mode="overlay"), path=path)
        log = project.sh(f"git -C {where} log --oneline -1")
        suite.ok("inside" in done.stdout and "inside" not in log.stdout and log.returncode == 0,
                 f"{name}: as an overlay the host has nothing of it", done.stdout + done.stderr + log.stdout)
        ids = {one["id"] for one in json.loads(suite.oriel("diff", "--json").stdout)}
        suite.ok(len(ids) == 1, f"{name}: one run, with the files and the git directory", ids)
        done = suite.oriel("apply", ids.pop())
        log = project.sh(f"git -C {where} log --oneline -1; git -C {where} status --porcelain")
        suite.ok("inside" in log.stdout and log.stdout.count("\n") == 1, f"{name}: applied, it has", log.stdout + log.stderr + done.stdout)
    # A file in the workspace names any directory; only one that knows of it too is given.
    project.fresh()
    for name in ("wt", "other"):
        (suite.home / "private").mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", "--bare", suite.home / "private/repo"], check=True)
    (project.path / "wt/.git").write_text(f"gitdir: {suite.home}/private/repo\n")
    done = project.box(f"ls {suite.home}/private", project.profile("Other", path=project.path / "wt"), path=project.path / "wt")
    suite.ok(done.returncode != 0, "a directory that does not know the workspace is not given", done.stdout)


def told(suite, project):
    project.fresh()
    done = project.box("echo x >.envrc; echo x >>Makefile; "
                       "mkdir \"$(printf 'odd\\033[2J')\"; echo x >\"$(printf 'odd\\033[2J')/.envrc\"; "
                       "mkdir -p new/.git; printf '[core]\\n\\tpager = x\\n' >new/.git/config; exit 7", project.profile())
    suite.ok(done.returncode == 7 and "set aside, because the host would run it: .envrc (shell), new/.git/config (git), odd\\x1b[2J/.envrc (shell)\n" in
             done.stderr and "run when you build or an agent reads it: Makefile\n" in done.stderr and "\033" not in done.stderr,
             "said at the end, with the app's own status", f"{done.returncode} {done.stderr}")
    suite.ok(not (project.path / ".envrc").exists() and not (project.path / "new/.git/config").exists() and
             (project.path / "Makefile").read_text().endswith("x\n"), "set aside are those, and not the Makefile")
    ident = json.loads(suite.oriel("diff", "--json").stdout)[0]["id"]
    done = suite.oriel("diff", ident)
    suite.ok(done.returncode == 1 and "+++ b/.envrc\n" in done.stdout and "pager = x" in done.stdout, "diff shows them",
             done.stdout)
    done = suite.oriel("apply", ident, ".envrc")
    suite.ok(done.returncode == 0 and (project.path / ".envrc").read_text() == "x\n", "one put back", done.stdout + done.stderr)
    done = suite.oriel("discard", ident)
    suite.ok(done.returncode == 0 and states(suite) == [], "the other forgotten", f"{done.stdout} {states(suite)}")


def asked(suite, project):
    """On a terminal: a question; nobody's silence widens anything."""
    for answer, there in ((b"p\n", True), (b"d\n", False), (b"\n", False)):
        project.fresh()
        command = [suite.oriel_program, "run", "--profile", str(project.profile()), "--", "sh", "-c",
                   f"cd {project.path}; echo x >.envrc"]
        screen = terminal.Terminal(suite, command)
        asks = screen.expect("leaves it aside: ")
        screen.type(answer)
        status = screen.finish()
        suite.ok(asks and status == 0 and (project.path / ".envrc").exists() == there,
                 f"asked, and answered with {answer!r}", f"{status} {screen.text()}")
        screen.close()
        for ident in {one["id"] for one in json.loads(suite.oriel("diff", "--json").stdout or "[]")}:
            suite.oriel("discard", ident)


def killed(suite, project):
    """kill -9 of all that a person started: no process, no ghost file; what was planted is set aside by whoever comes next."""
    project.fresh()
    before = projects.names_of(project.path)
    run = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", project.profile(), "--", "sh", "-c",
                      f"cd {project.path}; echo up; while :; do sleep 1; done", stdout=subprocess.PIPE)
    run.stdout.readline()
    suite.ok(project.sh("git status --porcelain").stdout == "" and projects.names_of(project.path) == before,
             "during a run: no ghost file, git status is clean")
    ours = harness.descendants(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    suite.ok(harness.wait_for(lambda: not [pid for pid in ours if pid in harness.processes()]), "killed: no process is left",
             ours)
    suite.ok(project.sh("git status --porcelain").stdout == "" and projects.names_of(project.path) == before,
             "no ghost file, git status is clean", projects.names_of(project.path) ^ before)
    run = suite.start(suite.oriel_program, "run", "--no-daemon", "--profile", project.profile(), "--", "sh", "-c",
                      f"cd {project.path}; echo x >.envrc; echo up; sleep 60", stdout=subprocess.PIPE)
    run.stdout.readline()
    run.send_signal(signal.SIGKILL)
    run.wait()
    done = suite.oriel("settle")
    harness.wait_for(lambda: suite.oriel("settle").returncode == 0 and not (project.path / ".envrc").exists(), 5)
    suite.ok(not (project.path / ".envrc").exists(), "oriel settle does what the killed one could not", done.stderr)
    (project.path / ".envrc").write_text("mine\n")
    done = project.box("true", project.profile())
    suite.ok((project.path / ".envrc").read_text() == "mine\n", "what the person makes stays", done.stderr)
    (project.path / ".envrc").unlink()
    run = suite.start(suite.oriel_program, "run", "--profile", project.profile(), "--", "sh", "-c",
                      f"cd {project.path}; echo x >.envrc; echo up; sleep 60", stdout=subprocess.PIPE)
    run.stdout.readline()
    manager = [pid for pid, (_, name, uid, _) in harness.processes().items() if name == "oriel-sandboxd" and uid == os.getuid()]
    for pid in manager:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    listed = json.loads(suite.oriel("ps", "--json").stdout)
    suite.ok(manager and run.poll() is None and len(listed) == 1, "a killed manager ends no run, and it is listed", listed)
    run.send_signal(signal.SIGKILL)
    run.wait()
    suite.oriel("daemon", "start")
    gone = harness.wait_for(lambda: not (project.path / ".envrc").exists(), 10)
    suite.ok(gone, "the next manager sets aside what a killed run left")
    for ident in {one["id"] for one in json.loads(suite.oriel("diff", "--json").stdout or "[]")}:
        suite.oriel("discard", ident)
    suite.oriel("daemon", "stop")


def wall(suite, project):
    project.fresh()
    done = project.box("echo x >>a.txt; git commit -qam walled; echo x >.envrc; rm b.txt; sleep 0.1",
                       project.profile("Wall", protect="git:wall;shell"))
    log = project.sh("git log --oneline -1; git status --porcelain").stdout
    suite.ok("walled" in log and not (project.path / ".envrc").exists() and not (project.path / "b.txt").exists() and
             "taken over" in done.stderr and ".envrc: the host would run" in done.stderr,
             "behind a wall: at the end all but what the host would run is taken over", log + done.stderr)
    suite.oriel("discard", project.path)


def explained(suite, project):
    project.fresh()
    done = suite.oriel("explain", "--profile", project.profile(), "--command=true", cwd=project.path)
    suite.ok("at its end in " in done.stdout and " git editor agent shell build that are new set aside" in done.stdout and
             "/.git/config" in done.stdout and "/wt/.git" in done.stdout and "/subm/.git" in done.stdout, "explain shows all of it",
             done.stdout + done.stderr)


def main():
    suite = harness.Suite("work", needs=("git",))
    project = projects.Project(suite)
    explained(suite, project)
    works(suite, project)
    modes(suite, project)
    other_trees(suite, project)
    told(suite, project)
    asked(suite, project)
    wall(suite, project)
    killed(suite, project)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
