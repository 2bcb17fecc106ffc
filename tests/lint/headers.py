#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every source file must have (its licence, a newline at its end) and none may have: blanks at the end of a line,
tabs in C, marks of unfinished work, paths of one developer's machine."""

import re

import tree

CODE = {".c", ".h", ".py", ".sh", ".build"}
SCRIPTS = {"dev", ".ci/run", "meson_options.txt"}
TEXT = CODE | {".md", ".scd", ".xml", ".in", ".profile"}
SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
NEVER = (
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b"), "a mark of unfinished work"),
    (re.compile(r"(?<![\w.~}/-])(/wo" r"rk/|/tm" r"p/(b-|land))"), "a path of one machine"),
    (re.compile(r"[ \t]+$", re.MULTILINE), "blanks at the end of the line"),
)


def faults(top):
    for path in tree.files(top):
        name = str(path.relative_to(top))
        if path.suffix not in TEXT and name not in SCRIPTS:
            continue
        text = path.read_text(errors="replace")
        if (path.suffix in CODE or name in SCRIPTS) and SPDX not in "\n".join(text.splitlines()[:3]):
            yield f"{name}:1: no line {SPDX!r}"
        if text and not text.endswith("\n"):
            yield f"{name}: does not end in a newline"
        if path.suffix in (".c", ".h") and "\t" in text:
            yield f"{name}:{text.count(chr(10), 0, text.index(chr(9))) + 1}: a tab"
        for pattern, what in NEVER:
            for match in pattern.finditer(text):
                yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}"


if __name__ == "__main__":
    tree.run(faults)
