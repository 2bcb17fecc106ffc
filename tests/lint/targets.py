#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every source file is built, and every one but the main.c files is in a static library, so that tests and fuzzers link
what ships.  Reads what meson says of its targets.  usage: targets.py SOURCE BUILD"""

import json
import pathlib
import sys

import tree

TOPS = ("common", "sandboxd", "proxy", "xserver-helpers", "wayland-helpers")


def sources_by_kind(build):
    """(in static libraries, elsewhere), as sets of resolved paths."""
    inside, outside = set(), set()
    for target in json.loads((build / "meson-info/intro-targets.json").read_text()):
        files = {pathlib.Path(name).resolve() for block in target["target_sources"] for name in block.get("sources", [])}
        (inside if target["type"] == "static library" else outside).update(files)
    return inside, outside


def faults(top):
    inside, outside = sources_by_kind(pathlib.Path(sys.argv[2]).resolve())
    for path in tree.files(top):
        name = path.relative_to(top)
        if path.suffix != ".c" or name.parts[0] not in TOPS:
            continue
        if path.name == "main.c" and path in inside:
            yield f"{name}: main.c is in a static library"
        elif path.name == "main.c" and path not in outside:
            yield f"{name}: no program is built from it"
        elif path.name != "main.c" and path not in inside:
            yield f"{name}: is in no static library" + (", only in a program" if path in outside else "")


if __name__ == "__main__":
    tree.run(faults)
