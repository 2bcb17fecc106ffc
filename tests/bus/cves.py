# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/theory/bus-proxy.md lists the published faults of this kind of program, each with its tests: they are all there.  usage:
cves.py"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import harness

PAGE = HERE.parents[1] / "docs/theory/bus-proxy.md"
CVE = re.compile(r"CVE-\d+-\d+")


def listed():
    """Rows of the page: the fault, and its tests as (file, name or "")."""
    section = PAGE.read_text().partition("## Each published fault, and its test")[2].partition("\n## ")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) == 4 and "`" in cells[2]:
            yield cells[0], [re.fullmatch(r"`([^`]+)` ?(.*)", test).groups() for test in cells[2].split(" · ")], cells[3]


def names_in(path):
    """Of the rows of a table: what stands first in them."""
    return set(re.findall(r'^ *\*?\("((?:[^"\\]|\\.)+)",', path.read_text(), re.MULTILINE))


def main():
    tap, known = harness.Tap(), set()
    for fault, tests, broken in listed():
        known |= set(CVE.findall(fault))
        for file, name in tests:
            path = HERE / file if file.endswith(".py") else HERE.parent / "fuzz" / file
            tap.ok(path.is_file() and (not name or name in names_in(path)), f"{fault}: {file} {name}")
        tap.ok(broken != "", f"{fault}: it is said how it was seen to fail")
    found = {one for path in HERE.glob("*.py") if path.name != "cves.py" for one in CVE.findall(path.read_text())}
    tap.ok(len(known) >= 4 and found <= known, "no CVE stands in a test and not on the page", found - known)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
