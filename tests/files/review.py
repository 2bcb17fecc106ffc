#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workspaces whose changes are kept apart (workspace=PATH:overlay, :copy): what `oriel diff` shows of them, and what
`oriel apply` and `oriel discard` make of them; what a hostile run may leave there, and what happens outside meanwhile."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

RUN = ["run", "--no-daemon", "--profile", "base/cli"]
CHANGE = r"""
printf 'one\ntwo\nTHREE\nfour\n' >lines
printf 'new\n' >new
printf 'a\000c' >binary
chmod 755 mode
rm gone
mv renamed moved
rm -r tree
mkdir -p deep/er
echo x >deep/er/file
mkdir empty
rm link; ln -s elsewhere link
rm file-to-link; ln -s target file-to-link
rm -r dir-to-file; echo file >dir-to-file
rm file-to-dir; mkdir file-to-dir; echo in >file-to-dir/in
rm -r whole; mkdir whole; echo other >whole/x
printf 'no newline' >bare
printf 'quoted\n' >"$(printf 'odd \\ " \303\244 \001 name')"
"""


def snapshot(path):
    """All below it: {name: (kind and mode, content)}."""
    found = {}
    for top, names, files in os.walk(path):
        for name in names + files:
            at = os.path.join(top, name)
            st = os.lstat(at)
            content = os.readlink(at) if stat.S_ISLNK(st.st_mode) else \
                pathlib.Path(at).read_bytes() if stat.S_ISREG(st.st_mode) else None
            mode = 0o777 if stat.S_ISLNK(st.st_mode) else st.st_mode & 0o777
            found[os.path.relpath(at, path)] = (stat.S_IFMT(st.st_mode), mode, content)
    return found


def make(project):
    """A project with something of everything."""
    project.mkdir()
    (project / "lines").write_text("one\ntwo\nthree\nfour\n")
    (project / "binary").write_bytes(b"a\0b")
    (project / "mode").write_text("m\n")
    (project / "gone").write_text("gone\n")
    (project / "renamed").write_text("".join(f"line {i}\n" for i in range(20)))
    (project / "bare").write_text("newline\n")
    (project / "file-to-link").write_text("f\n")
    (project / "file-to-dir").write_text("dir\n")
    (project / "kept").write_text("kept\n")
    (project / "link").symlink_to("somewhere")
    for name in ("tree/a/b", "dir-to-file/x", "whole/x", "whole/y"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name + "\n")
    return project


def run_in(suite, project, script, mode="overlay", **more):
    return suite.oriel(*RUN, f"--workspace={project}:{mode}", "--", "sh", "-ec", f"cd {project}\n{script}", **more)


def id_of(suite, project):
    """As a person finds it: by the list."""
    done = suite.oriel("diff", "--json", project)
    return json.loads(done.stdout)[0]["id"] if done.stdout.strip() not in ("", "[]") else None


def places(suite):
    return list((suite.home / ".local/state/oriel/changes").glob("*"))


def shown(suite, mode):
    project = make(suite.home / f"shown-{mode}")
    before = snapshot(project)
    inside = suite.home / f"want-{mode}"
    shutil.copytree(project, inside, symlinks=True)
    subprocess.run(["sh", "-ec", CHANGE], cwd=inside, check=True)
    want = snapshot(inside)
    done = run_in(suite, project, CHANGE, mode)
    suite.ok(done.returncode == 0 and snapshot(project) == before, f"{mode}: the host's directory is as it was", done.stderr)
    done = suite.oriel("diff", project)
    suite.ok(done.returncode == 1 and done.stdout.startswith("diff --git a/bare b/bare\n--- a/bare\n+++ b/bare\n@@ -1 +1 @@\n"
                                                             "-newline\n+no newline\n\\ No newline at end of file\n"),
             f"{mode}: diff shows a patch, and exits with 1", f"{done.returncode} {done.stdout} {done.stderr}")
    for part in ("diff --git a/lines b/lines\n--- a/lines\n+++ b/lines\n@@ -1,4 +1,4 @@\n one\n two\n-three\n+THREE\n four\n",
                 "Binary files a/binary and b/binary differ\n", "old mode 100644\nnew mode 100755\n",
                 "deleted file mode 100644\n", "similarity index 100%\nrename from renamed\nrename to moved\n",
                 "new file mode 120000\n--- /dev/null\n+++ b/file-to-link\n", "# new directory: empty\n",
                 'diff --git "a/odd \\\\ \\" \\303\\244 \\001 name" "b/odd'):
        suite.ok(part in done.stdout, f"{mode}: in it: {part.splitlines()[0]}", done.stdout)
    # git itself reads it, and comes to the same; what is binary, and empty directories, are not in a patch.
    other = suite.home / f"patched-{mode}"
    shutil.copytree(project, other, symlinks=True)
    patch = "".join(part for part in split_patch(done.stdout) if "Binary files" not in part)
    subprocess.run(["git", "init", "-q"], cwd=other, check=True)
    applied = subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=other, input=patch, text=True, capture_output=True,
                             check=False)
    shutil.rmtree(other / ".git")
    (other / "binary").write_bytes(b"a\0c")
    (other / "empty").mkdir(exist_ok=True)
    suite.ok(applied.returncode == 0 and snapshot(other) == want, f"{mode}: git apply makes the same of it",
             applied.stderr + str(set(snapshot(other).items()) ^ set(want.items())))
    done = suite.oriel("diff", "--stat", project)
    suite.ok(done.returncode == 1 and "M lines  +1 -1\n" in done.stdout and "R renamed -> moved\n" in done.stdout and
             "M mode  +0 -0  mode 644 -> 755\n" in done.stdout and "\\x01 name" in done.stdout and "\x01" not in done.stdout,
             f"{mode}: --stat lists them", done.stdout)
    changes = {change["path"]: change for change in json.loads(suite.oriel("diff", "--json", project).stdout)[0]["changes"]}
    suite.ok(changes["gone"]["kind"] == "deleted" and changes["moved"]["from"] == "renamed" and
             changes["mode"]["new_mode"] == "100755" and changes["lines"]["conflict"] is None, f"{mode}: --json too", changes)
    done = suite.oriel("diff", project, "deep")
    suite.ok(done.stdout.count("diff --git") == 1 and "deep/er/file" in done.stdout, f"{mode}: of one directory", done.stdout)
    done = suite.oriel("apply", project)
    suite.ok(done.returncode == 0 and snapshot(project) == want, f"{mode}: applied, it is what the run made of it",
             done.stdout + done.stderr + str(set(snapshot(project).items()) ^ set(want.items())))
    done = suite.oriel("diff", project)
    suite.ok(done.returncode == 1 and "no changes of such a run are kept" in done.stderr, f"{mode}: and nothing is left of it",
             f"{done.returncode} {done.stdout} {done.stderr} {places(suite)}")


def split_patch(text):
    parts, part = [], ""
    for line in text.splitlines(keepends=True):
        if line.startswith("diff --git") and part:
            parts.append(part)
            part = ""
        part += line
    return parts + [part]


def thousand(suite, mode):
    """A run that changes a thousand files: half applied, half discarded."""
    project = suite.home / f"thousand-{mode}"
    for i in range(1000):
        path = project / f"d{i % 10}" / f"f{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{i}\n")
    done = run_in(suite, project, "for f in d*/f*; do echo changed >>$f; done", mode)
    changes = json.loads(suite.oriel("diff", "--json", project).stdout)[0]["changes"]
    suite.ok(done.returncode == 0 and len(changes) == 1000, f"{mode}: a thousand changes", len(changes))
    done = suite.oriel("apply", project, *[f"d{i}" for i in range(5)])
    suite.ok(done.returncode == 0 and done.stdout == "500 applied, 0 left\n", f"{mode}: half applied", done.stdout + done.stderr)
    changes = json.loads(suite.oriel("diff", "--json", project).stdout)[0]["changes"]
    suite.ok(len(changes) == 500 and not any(change["conflict"] for change in changes), f"{mode}: the other half waits",
             len(changes))
    done = suite.oriel("discard", project, *[f"d{i}" for i in range(5, 10)])
    good = all((project / f"d{i % 10}" / f"f{i}").read_text() == (f"{i}\nchanged\n" if i % 10 < 5 else f"{i}\n")
               for i in range(1000))
    suite.ok(done.returncode == 0 and good and id_of(suite, project) is None, f"{mode}: and is discarded",
             done.stdout + done.stderr)


def conflicts(suite, mode):
    project = suite.home / f"conflict-{mode}"
    (project / "d").mkdir(parents=True)
    for name in ("both", "inside", "outside", "gone-out", "gone-in", "gone-both", "d/x"):
        (project / name).write_text("old\n")
    time.sleep(0.02)
    script = "echo in >both; echo in >inside; echo in >gone-out; rm gone-in gone-both; echo in >new-both; rm -r d"
    done = run_in(suite, project, script, mode)
    (project / "both").write_text("out\n")
    (project / "outside").write_text("out\n")
    (project / "gone-out").unlink()
    (project / "gone-both").unlink()
    (project / "gone-in").write_text("out\n")
    (project / "new-both").write_text("out\n")
    (project / "d/y").write_text("out\n")
    changes = {change["path"]: change["conflict"] for change in
               json.loads(suite.oriel("diff", "--json", project).stdout)[0]["changes"]}
    want = {"both": "changed", "inside": None, "gone-in": "changed", "new-both": "added", "d/x": None, "d": None}
    if mode == "overlay":
        want |= {"gone-out": None, "d/y": "changed"}
    suite.ok(done.returncode == 0 and {k: v for k, v in changes.items() if k in want} == want and "outside" not in changes and
             "gone-both" not in changes, f"{mode}: what was changed outside meanwhile is known", changes)
    done = suite.oriel("diff", "--stat", project)
    suite.ok("M both  +1 -1  CONFLICT: changed outside meanwhile\n" in done.stdout, f"{mode}: and shown", done.stdout)
    done = suite.oriel("apply", project)
    now = {name: (project / name).read_text() for name in ("both", "inside", "outside", "gone-in", "new-both", "d/y")}
    suite.ok(done.returncode == 1 and now == {"both": "out\n", "inside": "in\n", "outside": "out\n", "gone-in": "out\n",
                                              "new-both": "out\n", "d/y": "out\n"} and not (project / "d/x").exists(),
             f"{mode}: apply takes what is not in conflict, and no other", f"{done.returncode} {done.stdout} {now}")
    done = suite.oriel("apply", "--overwrite", project, "both", "gone-in")
    suite.ok(done.returncode == 0 and (project / "both").read_text() == "in\n" and not (project / "gone-in").exists(),
             f"{mode}: with --overwrite that too", done.stdout + done.stderr)
    # What was applied is no conflict for the next run's change.
    done = run_in(suite, project, "echo again >both", mode)
    changes = {change["path"]: change["conflict"] for change in
               json.loads(suite.oriel("diff", "--json", project).stdout)[0]["changes"]}
    suite.ok(changes.get("both", "none") is None, f"{mode}: a later change of what was applied is none", changes)
    done = suite.oriel("discard", project)
    suite.ok(done.returncode == 0 and id_of(suite, project) is None and (project / "both").read_text() == "in\n",
             f"{mode}: discarded", done.stdout + done.stderr)


def hostile(suite, mode):
    """What a run may leave to lead `apply`, `diff` or `discard` astray."""
    project, outside = suite.home / f"hostile-{mode}", suite.home / f"outside-{mode}"
    (project / "d").mkdir(parents=True)
    (project / "d/file").write_text("old\n")
    outside.mkdir()
    (outside / "file").write_text("mine\n")
    (suite.home / "secret").write_text("secret\n")
    before = snapshot(outside)
    script = (f"rm -r d; ln -s {outside} d; ln -s {suite.home}/secret leak; mkfifo pipe; mkdir -p t/u; echo x >t/u/v; "
              "echo x >setuid; chmod 4755 setuid; printf '\\033]0;title\\007\\n' >escape; echo x >\"$(printf 'a\\033[2Jb')\"; "
              "mkdir closed; echo x >closed/x; chmod 000 closed; d=deep; for i in $(seq 300); do d=$d/x; done; mkdir -p $d")
    done = run_in(suite, project, script, mode)
    suite.ok(done.returncode == 0, f"{mode}: planted", done.stderr)
    for options in (["diff"], ["diff", "--stat"], ["diff", "--json"]):
        done = suite.oriel(*options, project, timeout=20)
        suite.ok(done.returncode == 1 and "secret\n" not in done.stdout.replace(f"{suite.home}/secret", "") and
                 (options != ["diff", "--stat"] or "\033" not in done.stdout), f"{mode}: {' '.join(options)} reads no link",
                 f"{done.returncode} {done.stdout[-300:]} {done.stderr}")
    done = suite.oriel("apply", project, "t", "leak", "setuid", "d", "pipe", timeout=20)
    suite.ok(done.returncode == 1 and "pipe: no file, directory or link" in done.stdout and
             (project / "t/u/v").read_text() == "x\n" and (project / "leak").is_symlink() and (project / "d").is_symlink() and
             not (project / "setuid").stat().st_mode & stat.S_ISUID and snapshot(outside) == before,
             f"{mode}: apply puts links as links, no setuid, no FIFO", f"{done.returncode} {done.stdout} {done.stderr}")
    # The person's own directory turns into a link between two commands.
    (project / "t").rename(suite.home / f"aside-{mode}")
    (project / "t").symlink_to(outside)
    run_in(suite, project, "rm -f t; mkdir t; echo evil >t/file", mode)
    (project / "t").unlink(missing_ok=True)
    (project / "t").symlink_to(outside)
    done = suite.oriel("apply", "--overwrite", project, "t", timeout=20)
    suite.ok(snapshot(outside) == before, f"{mode}: nothing is written through a link", f"{done.stdout} {done.stderr}")
    done = suite.oriel("discard", project, timeout=20)
    suite.ok(done.returncode == 0 and id_of(suite, project) is None and snapshot(outside) == before,
             f"{mode}: all of it can be discarded", done.stdout + done.stderr)


def running(suite):
    project = suite.home / "running"
    project.mkdir()
    (project / "a").write_text("old\n")
    first = suite.start(suite.oriel_program, *RUN, f"--workspace={project}:overlay", "--", "sh", "-c",
                        f"cd {project}; echo new >a; echo up; sleep 60", stdout=subprocess.PIPE)
    first.stdout.readline()
    ps = json.loads(suite.oriel("ps", "--json").stdout)
    done = suite.oriel("diff", ps[0]["id"])
    suite.ok(done.returncode == 1 and "+new\n" in done.stdout, "diff by a running instance's id", done.stdout + done.stderr)
    for verb in ("apply", "discard"):
        done = suite.oriel(verb, ps[0]["id"])
        suite.ok(done.returncode == 1 and "a run is still changing it" in done.stderr and (project / "a").read_text() == "old\n",
                 f"{verb} waits for the run's end", f"{done.returncode} {done.stderr}")
    done = suite.oriel("diff")
    suite.ok(done.returncode == 1 and ps[0]["id"] in done.stdout and "1 changes, running" in done.stdout,
             "diff without an ID lists the runs", done.stdout)
    for mode in ("overlay", "copy"):
        done = run_in(suite, project, "true", mode) if mode == "overlay" else None
        suite.ok(done is None or (done.returncode == 125 and "--instance=NAME" in done.stderr), f"{mode}: two do not share one",
                 done.stderr if done else "")
    harness.end(first)
    done = suite.oriel("apply", ps[0]["id"])
    suite.ok(done.returncode == 0 and (project / "a").read_text() == "new\n", "after its end it can be applied by the same id",
             done.stdout + done.stderr)
    done = suite.oriel("apply", "nobody")
    suite.ok(done.returncode == 1 and "no changes of such a run" in done.stderr, "no such run", done.stderr)


def protected(suite):
    """The host would run them: only by name."""
    project = suite.home / "protected"
    project.mkdir()
    (project / "src").mkdir()
    run_in(suite, project, "echo x >src/code; echo x >src/.envrc; mkdir .vscode; echo x >.vscode/tasks.json; echo x >Makefile")
    done = suite.oriel("apply", project)
    suite.ok(done.returncode == 1 and done.stdout.startswith(".vscode/tasks.json: the host would run what it says") and
             (project / "src/code").exists() and (project / "Makefile").exists() and not (project / "src/.envrc").exists() and
             not (project / ".vscode").exists(), "apply leaves what the host would run", f"{done.returncode} {done.stdout}")
    done = suite.oriel("apply", project, "src")
    suite.ok(done.returncode == 1 and not (project / "src/.envrc").exists(), "a directory above does not name it", done.stdout)
    done = suite.oriel("apply", project, ".vscode", "src/.envrc")
    suite.ok(done.returncode == 0 and (project / "src/.envrc").exists() and (project / ".vscode/tasks.json").exists(),
             "named, it is applied", done.stdout + done.stderr)


def main():
    suite = harness.Suite("review", needs=("git",))
    for mode in ("overlay", "copy"):
        shown(suite, mode)
        thousand(suite, mode)
        conflicts(suite, mode)
        hostile(suite, mode)
    running(suite)
    protected(suite)
    suite.ok(not places(suite), "nothing is kept that nobody needs", places(suite))
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
