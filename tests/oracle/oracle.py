#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The reachability oracle.  For random profiles: what `oriel explain --json` says that a box reaches, worked out from
the plan alone (model.py), against what a probe in the box reaches, both ways; and `oriel explain path` against both.
Every difference is a fault of one of them.

usage: oracle.py PROBE JUDGE [--plans N] [--seed N] [--only I] [--jobs N]; a difference prints the line that shows it
again."""

import argparse
import functools
import json
import multiprocessing.pool
import multiprocessing.popen_fork  # before the user changes, who may not see this Python
import multiprocessing.queues
import multiprocessing.synchronize
import os
import pathlib
import random
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import generate  # noqa: E402
import harness  # noqa: E402
import model  # noqa: E402

MAX_SHOWN = 12
TRIES = 3
PAUSE = 0.05  # seconds, for a box to be made ahead
NAMESPACES = {"mount": "mnt"}
RLIM_INFINITY = (1 << 64) - 1
# Directories of the host in which others make and remove files all the time.
RESTLESS = ("/tmp", "/var/tmp", "/run", "/proc", "/sys", "/dev", "/var")


class Reached:
    """What the probe printed."""

    def __init__(self, text):
        self.files, self.facts, self.whole = {}, {}, text.endswith("end\n")
        self.environment = []
        for line in text.splitlines():
            kind, _, rest = line.partition(" ")
            words = [urllib.parse.unquote(word) for word in rest.split(" ")]
            if kind == "f":
                letter, identity, rights, path, *link = words
                self.files[path] = (letter, identity, set(rights[1:]), link[0] if link else None)
            elif kind == "env":
                self.environment.append(words[0])
            else:
                self.facts.setdefault(kind, []).append(words)

    def named(self, kind):
        return {words[0]: words[1:] for words in self.facts.get(kind, [])}


class Oracle:
    def __init__(self, suite, probe, judge, bait, seed):
        self.suite, self.probe, self.judge, self.bait, self.seed = suite, probe, judge, bait, seed
        self.roots = bait.roots()
        self.arguments = [bait.abstract, *(f"{depth}:{path}" for path, depth in self.roots.items())]
        # The control: what the same program reaches outside.
        self.outside = Reached(suite.run(probe, *self.arguments).stdout)
        self.landlock = int(next(line.split("=")[1] for line in suite.oriel(
            "explain", "--print-facts", "--profile", "base/strict", "--", "/bin/true").stdout.splitlines()
                                 if line.startswith("landlock_abi")))

    @functools.lru_cache(maxsize=None)
    def answers(self, profile, allow, deny):
        said = self.suite.run(self.judge, profile, allow, deny)
        return dict(line.split() for line in said.stdout.splitlines())

    def differences(self, number):
        generator = generate.Generator(self.bait, self.seed, number)
        text = generator.profile()
        (self.bait.fresh / str(number) / "home").mkdir(parents=True, exist_ok=True)
        profile = self.bait.fresh / str(number) / "profile"
        profile.write_text(text)
        if generator.tree is not None:
            generator.tree.write_text(generator.tree_text())
            text += "".join(f"{line}\n" for line in generator.tree.read_text().splitlines())
        options = ["--profile", str(profile), f"--filesystem={self.probe}:ro", *generator.options]
        command = ["--", str(self.probe), *self.arguments]
        spare = os.open("/etc/passwd", os.O_RDONLY)
        try:
            told = self.suite.oriel("explain", "--json", *options, *command)
            for again in range(generator.times):
                time.sleep(PAUSE if again > 1 else 0)
                ran = self.suite.oriel("run", *options, *command, pass_fds=(spare,))
        finally:
            os.close(spare)
        if told.returncode != 0:
            return ("refused", text, [] if ran.returncode != 0 else
                    [f"explain refuses ({told.stderr.strip()}), run does not"])
        reached = Reached(ran.stdout)
        plan = json.loads(told.stdout)
        try:
            found = list(self.compare(plan, reached, ran))
            if reached.whole:
                found += self.ask_paths(plan, reached, options, command)
        except model.Refused as why:
            found = [] if ran.returncode != 0 and not reached.whole else [f"by the plan it can't start: {why}"]
            return ("refused", text, found)
        return ("ran", text, found)

    def show_lies(self):
        """Each lie about the box of base/strict, and whether it was noticed."""
        options = ["--profile", "base/strict", f"--filesystem={self.probe}:ro"]
        command = ["--", str(self.probe), *self.arguments]
        told = self.suite.oriel("explain", "--json", *options, *command).stdout
        ran = self.suite.oriel("run", *options, *command)
        for lie in (lambda plan: None, *LIES):
            plan = json.loads(told)
            lie(plan)
            found = list(self.compare(plan, Reached(ran.stdout), ran))
            yield lie, found

    def compare(self, plan, reached, ran):
        program = next(one for one in plan["programs"] if one["app"])
        boxes = {box["name"]: box for box in plan["boxes"]}
        line = [boxes[program["box"]]]
        while "parent" in line[-1]:
            line.append(boxes[line[-1]["parent"]])
        view = next(box for box in line if box["mounts"])
        inside = model.Box(plan, view)
        if not reached.whole:
            yield f"it did not start, or not end: {ran.returncode} {ran.stderr.strip()[-300:]}"
            return
        yield from self.compare_files(inside.tell(self.roots), reached)
        yield from self.compare_process(program, line, reached)
        yield from self.compare_calls(program, reached)

    def compare_files(self, told, reached):
        for path in sorted(told.keys() | reached.files.keys()):
            place, real = told.get(path), reached.files.get(path)
            if place is None:
                above = path.rpartition("/")[0] or "/"
                if not self.restless(told.get(above)):
                    yield f"reachable and not explained: {path} {real[0]} {sorted(real[2])}"
                continue
            if real is None:
                if not self.restless(place):
                    yield f"explained and not reachable: {path} ({place.node.letter})"
                continue
            if self.restless(place) and place.node.letter != "d":
                continue
            letter, identity, rights, link = real
            if letter != place.node.letter:
                yield f"{path}: explained as {place.node.letter}, is {letter}"
                continue
            expected = place.rights()
            # In an overlay a socket is another file than the one somebody listens on.
            if letter == "s" and place.node.made_by == "host":
                expected |= {"c"} & self.outside_rights(place)
            if place.mount.special is None and rights != expected:
                yield f"{path}: explained {sorted(expected)}, reached {sorted(rights)}"
            if letter == "l" and link != place.node.link():
                yield f"{path}: explained -> {place.node.link()}, is -> {link}"
            if letter != "d" and place.node.identity() not in (None, identity):
                yield f"{path}: another file than the host's {place.node.path}"

    def outside_rights(self, place):
        """Whether somebody listens is not the plan's: as it is outside, where that was looked at."""
        path = getattr(place.node, "path", None)
        real = self.outside.files.get(path)
        return real[2] if real is not None else {"c"} if "w" in place.node.may() else set()

    def restless(self, place):
        if place is None or place.node.made_by != "host":
            return False
        path = place.node.path
        quiet = tuple(str(path) for path in (self.bait.top, self.bait.home, self.bait.runtime, self.bait.bin))
        return not any(path == one or path.startswith(one + "/") for one in quiet) and any(
            path == one or path.startswith(one + "/") for one in (*RESTLESS, str(self.bait.home.parent)))

    def compare_process(self, program, line, reached):
        fds = {words[0] for words in reached.facts["fd"]}
        wanted = {"0", "1", "2", *(str(one["fd"]) for one in program["fds"])}
        if fds != wanted:
            yield f"descriptors: explained {sorted(wanted)}, reached {sorted(fds)}"
        if sorted(reached.environment) != sorted(program["env"]):
            yield f"environment: {sorted(set(reached.environment) ^ set(program['env']))}"
        if reached.facts["id"][0] != [str(line[0]["uid"]), str(line[0]["gid"])]:
            yield f"ids: {reached.facts['id'][0]}"
        unshared = {NAMESPACES.get(name, name) for box in line for name in box["unshare"]}
        here, there = reached.named("namespace"), self.outside.named("namespace")
        for name, link in here.items():
            if (link != there[name]) != (name in unshared):
                yield f"namespace {name}: explained {'own' if name in unshared else 'shared'}, is {link}"
        hostname = next((box["hostname"] for box in line if "uts" in box["unshare"]),
                        self.outside.facts["hostname"][0][0])
        if reached.facts["hostname"][0][0] != hostname:
            yield f"hostname: explained {hostname}, is {reached.facts['hostname'][0][0]}"
        interfaces = {words[0] for words in reached.facts.get("interface", [])}
        wanted = {"lo"} if "net" in unshared else {words[0] for words in self.outside.facts["interface"]}
        if interfaces != wanted:
            yield f"interfaces: explained {sorted(wanted)}, reached {sorted(interfaces)}"
        closed = "net" in unshared or ("abstract" in program["landlock"] and self.landlock >= 6)
        if (reached.facts["abstract"][0][0] == "0") == closed:
            yield f"abstract socket of the host: explained {'closed' if closed else 'open'}, is not"
        limits = {str(one["resource"]): one["value"] for one in program["limits"]}
        outside = self.outside.named("limit")
        for name, (soft, hard) in reached.named("limit").items():
            was_soft, was_hard = (int(value) for value in outside[name])
            most = min(limits.get(name, RLIM_INFINITY), was_hard)
            wanted = (most if name in limits else was_soft, most)
            if (int(soft), int(hard)) != wanted:
                yield f"limit {name}: explained {wanted}, is {soft} {hard}"
        status = reached.named("status")
        if any(int(status[name][0], 16) for name in status if name.startswith("Cap")) and not line[0]["capabilities"]:
            yield f"capabilities: {status}"
        if status["NoNewPrivs"] != ["1"] or status["Seccomp"] != ["2"]:
            yield f"no_new_privs, seccomp: {status['NoNewPrivs']} {status['Seccomp']}"
        names = sorted(words[1] for words in reached.facts["process"])
        if "pid" in line[0]["unshare"] and names != sorted(["oriel-init", self.probe.name[:15]]):
            yield f"processes: {names}"

    def compare_calls(self, program, reached):
        answers = self.answers(program["seccomp"], ",".join(program["seccomp_allow"]), ",".join(program["seccomp_deny"]))
        outside = self.outside.named("call")
        for name, (real,) in reached.named("call").items():
            told = answers[name]
            # Past the filter the kernel has its own reasons, which are those of outside or of a box without rights.
            if told != "0" and real != told:
                yield f"call {name}: explained as refused with {told}, answers {real}"
            if told == "0" and real in ("1", "38") and outside[name][0] not in ("1", "38"):
                yield f"call {name}: explained as allowed, answers {real}, outside {outside[name][0]}"

    def ask_paths(self, plan, reached, options, command):
        """The sentence of `explain path`, for files that are there outside."""
        choice = random.Random(f"paths {self.seed}/{len(reached.files)}/{plan['app']}")
        bait = sorted(path for path in self.outside.files if path.startswith((str(self.bait.top), str(self.bait.home))))
        system = sorted(path for path in self.outside.files if path.startswith(("/etc/", "/run/", "/usr/")))
        for path in [choice.choice(bait), choice.choice(bait), choice.choice(system)]:
            said = self.suite.oriel("explain", *options[:2], "path", path, *options[2:], *command)
            real = reached.files.get(path)
            sentence = said.stdout.split("\n")[0]
            # The sentence is about the name; whether there is such a file is the host's affair.
            source = sentence.partition(", there ")[2].rpartition(" (")[0] or path
            if ": hidden" in sentence:
                if real is not None and real[1] == self.outside.files[path][1]:
                    yield f"explain path {sentence}; is {real}"
                continue
            is_told = said.returncode == 0 and ("the box's own" in sentence or os.path.lexists(source))
            if is_told != (real is not None):
                yield f"explain path {sentence} {said.stderr.strip()}; is {real}"
            elif real is not None and "the host's" in sentence and real[0] in "df" and os.access(source, os.W_OK):
                told = "can be written" in sentence or "changes are kept apart" in sentence
                if told != ("w" in real[2]):
                    yield f"explain path {sentence}; is {real}"


# An oracle that sees nothing may be blind: each of these makes the plan say something else than what was done.
def untold_mount(plan):
    app_box(plan)["mounts"] = [line for line in app_box(plan)["mounts"] if line["dest"] != "/usr"]


def told_writable(plan):
    for line in app_box(plan)["mounts"]:
        line["flags"] += ["rw"] * (line["dest"].endswith("/oracle-probe"))


def told_mask(plan):
    app_box(plan)["mounts"].append({"kind": "mask", "dest": "/etc/ssl", "flags": []})


def told_file(plan):
    app_box(plan)["mounts"].append({"kind": "file", "dest": "/tmp/told", "mode": 0o444, "content": "", "flags": []})


def untold_variable(plan):
    app_of(plan)["env"].pop()


def told_descriptor(plan):
    app_of(plan)["fds"].append({"slot": "x", "fd": 3})


def told_network(plan):
    app_box(plan)["unshare"].remove("net")


def told_strict(plan):
    app_of(plan)["seccomp"] = "default"


def told_limit(plan):
    app_of(plan)["limits"].append({"resource": 7, "value": 77})


LIES = (untold_mount, told_writable, told_mask, told_file, untold_variable, told_descriptor, told_network, told_strict,
        told_limit)


def app_of(plan):
    return next(one for one in plan["programs"] if one["app"])


def app_box(plan):
    return next(box for box in plan["boxes"] if box["name"] == app_of(plan)["box"])


ORACLE = None


def try_plan(number):
    """A difference is what is found each time: the host is not ours alone, and may change between the two looks."""
    try:
        what, text, found = ORACLE.differences(number)
        for _ in range(TRIES - 1):
            if found:
                again = set(ORACLE.differences(number)[2])
                found = [one for one in found if one in again]
        return number, what, text, found
    except Exception as error:  # pylint: disable=broad-except
        return number, "failed", "", [f"the oracle itself: {type(error).__name__}: {error}"]


def main():
    global ORACLE  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("judge")
    parser.add_argument("--plans", type=int, default=int(os.environ.get("ORIEL_ORACLE_PLANS", "20")))
    parser.add_argument("--seed", default=os.environ.get("ORIEL_ORACLE_SEED") or str(random.SystemRandom().getrandbits(32)))
    parser.add_argument("--only", type=int, default=int(os.environ.get("ORIEL_ORACLE_ONLY", "-1")))
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    suite = harness.Suite("oracle", files=[given.probe, given.judge])
    bait = generate.Bait(suite)
    print(f"# seed {given.seed}", flush=True)
    ORACLE = Oracle(suite, suite.bin / pathlib.Path(given.probe).name, suite.bin / pathlib.Path(given.judge).name, bait,
                    given.seed)
    for lie, found in ORACLE.show_lies():
        if lie in LIES:
            suite.ok(found, f"it would see {lie.__name__.replace('_', ' ')}")
        else:
            suite.ok(not found, "base/strict is as explained", "\n".join(["", *found[:MAX_SHOWN]]))
    numbers = [given.only] if given.only >= 0 else range(given.plans)
    counts, n_differences = {}, 0
    with multiprocessing.Pool(given.jobs) as pool:
        for number, what, text, found in pool.imap_unordered(try_plan, numbers):
            counts[what] = counts.get(what, 0) + 1
            n_differences += len(found)
            if found or given.only >= 0:
                again = f"ORIEL_ORACLE_SEED={given.seed} ORIEL_ORACLE_ONLY={number} ./dev test oracle"
                shown = found[:MAX_SHOWN] + ([f"... {len(found) - MAX_SHOWN} more"] if len(found) > MAX_SHOWN else [])
                suite.ok(not found, f"plan {number}", "\n".join([again, *shown, *text.splitlines()]))
    bait.close()
    suite.ok(counts.get("ran", 0) > len(numbers) // 2, "most plans could be run", counts)
    suite.ok(n_differences == 0, f"seed {given.seed}, {len(numbers)} plans, {n_differences} differences", counts)
    return suite.finish()


if __name__ == "__main__":
    sys.exit(main())
