#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/theory/escapes.md and the tests say the same: every id of the page stands in a test named beside it, and every id in
a test's lines stands on the page.  And no shell is started anywhere.  usage: escapes.py SOURCE"""

import re

import tree

PAGE = "docs/theory/escapes.md"
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| ((?:`[^`|]+` ?)+)\| ")
WORD = re.compile(r"(?:CVE|GHSA)-[0-9A-Za-z-]+|[A-Za-z][A-Za-z0-9_#-]+")
IN_SCRIPT = re.compile(r"\[((?:[A-Za-z][A-Za-z0-9_#-]*)(?: [A-Za-z][A-Za-z0-9_#-]*)*)\]\"")
IN_PROBE = re.compile(r"^\s*\{ \"[a-z0-9_-]+\",\s*\"([^\"]+)\"", re.MULTILINE)
SHELL = re.compile(r"(?<![\w.>\"])(?:system|popen|g_spawn_command_line_\w+)\s*\(")


def rows(text):
    """(line number, ids, files)"""
    for number, line in enumerate(text.splitlines(), 1):
        found = ROW.match(line)
        if found:
            yield number, found[1].split(), re.findall(r"`([^`]+)`", found[2])


def faults(top):
    page = top / PAGE
    if not page.exists():
        return
    known = set()
    for number, ids, files in rows(page.read_text()):
        known.update(ids)
        for name in files:
            if not (top / "tests" / name).exists():
                yield f"{PAGE}:{number}: there is no tests/{name}"
        texts = " ".join((top / "tests" / name).read_text() for name in files if (top / "tests" / name).exists())
        for word in ids if texts else []:
            if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", texts):
                yield f"{PAGE}:{number}: {word} stands in none of its tests"
    for path in [*(top / "tests/escape").rglob("*"), *(top / "tests/chaos").rglob("*")]:
        if path.suffix not in (".py", ".c"):
            continue
        for found in (IN_SCRIPT if path.suffix == ".py" else IN_PROBE).finditer(path.read_text()):
            for word in found[1].split():
                if WORD.fullmatch(word) and word not in known:
                    line = path.read_text()[:found.start()].count("\n") + 1
                    yield f"{path.relative_to(top)}:{line}: {word} does not stand in {PAGE}"
    for path in tree.files(top):
        if path.suffix == ".c" and path.relative_to(top).parts[0] in ("sandboxd", "common", "proxy", "xserver-helpers"):
            for found in SHELL.finditer(path.read_text()):
                yield f"{path.relative_to(top)}:{path.read_text()[:found.start()].count(chr(10)) + 1}: {found[0]} starts a shell"


if __name__ == "__main__":
    tree.run(faults)
