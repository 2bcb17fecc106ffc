#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Suites that run only when named: `dev` and tests/meson.build agree on them.  One that stands in `dev` alone would run each
time.  usage: suites.py SOURCE"""

import re

import tree


def faults(top):
    dev = top / "dev"
    named = re.search(r"^readonly SUITES_NAMED='([^']*)'", dev.read_text(), re.MULTILINE) if dev.exists() else None
    if named is None:
        return
    setup = re.search(r"exclude_suites: \[([^\]]*)\]", (top / "tests/meson.build").read_text())
    excluded = re.findall(r"'([^']*)'", setup[1]) if setup else []
    for name in named[1].split():
        if name not in excluded:
            yield f"tests/meson.build: the suite {name}, which `dev` runs only when named, is not in exclude_suites"
    for name in excluded:
        if name not in named[1].split():
            yield f"dev: the suite {name}, in exclude_suites, is not in SUITES_NAMED"


if __name__ == "__main__":
    tree.run(faults)
