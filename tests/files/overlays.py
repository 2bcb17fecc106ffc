#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""[Files] overlay= and workspace=...:overlay, from a person's word: the host's files stay, the app's changes stay too, and
`oriel explain` tells them."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import harness  # noqa: E402

RUN = ["run", "--no-daemon"]
CHANGE = "cd ~/project && echo new >a && rm b && mkdir -p d/e && echo x >d/e/f && rm -r gone && mkdir whole.new && " \
         "rm -r whole && mkdir whole && touch whole/x && ls"


def tell(path):
    """Everything below it, as text."""
    return subprocess.run(["find", ".", "-printf", "%p %y %m %s\n"], cwd=path, capture_output=True, text=True,
                          check=True).stdout


def write_profile(suite, name, files):
    path = suite.home / f"{name}.profile"
    path.write_text(f"[Application]\nname=org.example.{name}\n[Oriel]\ninherits=base/cli;\n[Files]\n{files}\n")
    return ["--profile", path]


def kept(suite, project):
    profile = write_profile(suite, "Keeps", f"overlay={project}")
    before = tell(project)
    done = suite.oriel(*RUN, *profile, "--", "sh", "-c", CHANGE)
    suite.ok(done.returncode == 0 and done.stdout.split() == ["a", "d", "kept", "whole", "whole.new"],
             "changed, removed and added inside", f"{done.returncode} {done.stdout} {done.stderr}")
    suite.ok(tell(project) == before, "and the host's directory is as it was", tell(project))
    done = suite.oriel(*RUN, *profile, "--", "sh", "-c", "cd ~/project; cat a d/e/f; ls whole; cat b")
    suite.ok(done.stdout == "new\nx\nx\n" and done.returncode == 1, "the next run finds its changes",
             f"{done.stdout} {done.stderr}")
    done = suite.oriel("explain", *profile, "changes", project)
    suite.ok(done.stdout.splitlines() == [f"changed {project}/a", f"removed {project}/b", f"added {project}/d/",
                                          f"removed {project}/gone/", f"added {project}/whole.new/",
                                          f"replaced {project}/whole/"],
             "explain lists what was changed, and what is hidden", done.stdout + done.stderr)
    done = suite.oriel("explain", *profile, "changes", project / "d")
    suite.ok(done.stdout == f"added {project}/d/\n", "below one directory too", done.stdout + done.stderr)
    done = suite.oriel("explain", *profile, "changes", "/usr")
    suite.ok(done.returncode == 1 and "no line of the profile keeps" in done.stdout, "where there is no overlay it says so",
             f"{done.returncode} {done.stdout}")
    done = suite.oriel("explain", *profile, "path", project / "kept")
    suite.ok("changes are kept apart" in done.stdout and ":6 " in done.stdout and "overlay" in done.stdout,
             "explain path says it, and the line", done.stdout + done.stderr)
    done = suite.oriel(*RUN, *profile, "--instance=other", "--", "cat", project / "a")
    suite.ok(done.stdout == "old\n", "another instance has its own changes", done.stdout + done.stderr)
    return profile


def alone(suite, profile):
    """Two at once would each see half of the other's changes."""
    first = suite.start(suite.oriel_program, *RUN, *profile, "--", "sh", "-c", "echo up; sleep 60", stdout=subprocess.PIPE)
    first.stdout.readline()
    done = suite.oriel(*RUN, *profile, "--", "true")
    suite.ok(done.returncode == 125 and "--instance=NAME" in done.stderr, "two runs do not share changes", done.stderr)
    harness.end(first)
    done = suite.oriel(*RUN, *profile, "--", "true")
    suite.ok(done.returncode == 0, "after the first's end the next may", done.stderr)


def workspace(suite, project):
    done = suite.oriel(*RUN, f"--workspace={project}:overlay", "--profile", "base/cli", "--", "sh", "-c",
                       f"cd {project}; echo new >a; cat a; pwd")
    suite.ok(done.stdout == f"new\n{project}\n" and (project / "a").read_text() == "old\n",
             "workspace=PATH:overlay keeps changes apart", done.stdout + done.stderr)
    done = suite.oriel("explain", f"--workspace={project}:overlay", "--profile", "base/cli", "changes", project)
    suite.ok(done.stdout == f"changed {project}/a\n", "and explain lists them", done.stdout + done.stderr)


def refused(suite, project):
    for name, files, why in (
            ("the home", f"overlay={suite.home}", "the place where changes are kept lies in it"),
            ("nothing", f"overlay={suite.home}/none", "there is no such directory"),
            ("Oriel's data", "overlay=~/.local/share/oriel", "no grant reaches Oriel itself"),
            ("the system's root", "overlay=/", "the whole root is never shown")):
        done = suite.oriel(*RUN, *write_profile(suite, "Wrong", files), "--", "true")
        suite.ok(done.returncode == 125 and why in done.stderr and ":6: overlay=" in done.stderr, f"refused: {name}",
                 f"{done.returncode} {done.stderr}")
    done = suite.oriel(*RUN, *write_profile(suite, "Wins", f"overlay={project}\nworkspace={project}:rw"), "--", "sh", "-c",
                       f"echo x >{project}/a")
    suite.ok(done.returncode == 0 and (project / "a").read_text() == "old\n", "over a writable workspace the overlay wins",
             done.stderr)


def planted(suite, profile, project):
    """Links in the place for changes, by whoever could write there."""
    places = list((suite.home / ".local/share/oriel/apps").glob("org.example.Keeps/*/@default/overlay/*"))
    suite.ok(len(places) == 1, "one place for one directory", places)
    place, outside = places[0], suite.home / "outside"
    outside.mkdir()
    for name in ("changes", "work"):
        (place / name).rename(place / "aside")
        (place / name).symlink_to(outside)
        done = suite.oriel(*RUN, *profile, "--", "touch", project / "planted")
        (place / name).unlink()
        (place / "aside").rename(place / name)
        suite.ok(done.returncode == 125 and not any(outside.iterdir()), f"a link for {name} is not followed", done.stderr)
    subprocess.run(["rm", "-rf", place], check=False)
    suite.ok(not place.exists(), "its owner can remove it all", place)
    done = suite.oriel(*RUN, *profile, "--", "cat", project / "a")
    suite.ok(done.stdout == "old\n", "and it begins anew", done.stdout + done.stderr)


def main():
    suite = harness.Suite("overlays")
    project = suite.home / "project"
    for name in ("gone", "whole", "kept"):
        (project / name).mkdir(parents=True)
        (project / name / "file").write_text("old\n")
    for name in ("a", "b"):
        (project / name).write_text("old\n")
    profile = kept(suite, project)
    alone(suite, profile)
    workspace(suite, project)
    refused(suite, project)
    planted(suite, profile, project)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
