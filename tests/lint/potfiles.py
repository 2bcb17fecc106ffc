#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""po/POTFILES.in names every source file with a sentence to translate, and no other file."""

import re

import tree

TOPS = ("common", "sandboxd", "proxy", "xserver-helpers", "wayland-helpers")
MARKED = re.compile(r'\b(_|N_|ORIEL_NGETTEXT|ngettext)\("')


def faults(top):
    listed = [line.strip() for line in (top / "po/POTFILES.in").read_text().splitlines()]
    listed = [line for line in listed if line and not line.startswith("#")]
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield f"po/POTFILES.in: {name} stands there twice"
    marked = set()
    for path in tree.files(top):
        name = path.relative_to(top)
        if path.suffix in (".c", ".h") and name.parts[0] in TOPS and name.name != "i18n.h":
            if MARKED.search(path.read_text()):
                marked.add(str(name))
    for name in sorted(marked - set(listed)):
        yield f"po/POTFILES.in: {name} has sentences to translate and is missing"
    for name in sorted(set(listed) - marked):
        yield f"po/POTFILES.in: {name} is there, but has no sentence to translate"


if __name__ == "__main__":
    tree.run(faults)
