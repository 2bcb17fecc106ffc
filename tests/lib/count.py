#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the tests of a `meson test` run from its log, and ends with the one line "N passed, N failed, N skipped".
A TAP program counts by its lines, any other as one.  What was skipped is named with its reason.
usage: count.py BUILD/meson-logs/testlog.json; exit 1 when anything failed or nothing ran."""

import json
import re
import sys

LINE = re.compile(r"^(not )?ok\b[ \d]*-?\s*(.*?)\s*(?:#\s*(SKIP|TO" r"DO)\b\s*(.*))?$", re.MULTILINE | re.IGNORECASE)


def tally(log):
    """[passed, failed], and a list of (test, reason) that were skipped."""
    passed = failed = 0
    skipped = []
    for entry in log:
        rows = [row for row in LINE.findall(entry.get("stdout", ""))]
        result = entry["result"]
        bad = sum(bool(no) for no, _, mark, _ in rows if mark.upper() != "SKIP")
        if rows:
            skips = [(f"{entry['name']}: {name}", why) for _, name, mark, why in rows if mark.upper() == "SKIP"]
            skipped += skips
            passed += len(rows) - bad - len(skips)
            failed += bad
        elif result == "SKIP":
            said = (entry.get("stdout", "") + entry.get("stderr", "")).strip().splitlines()
            skipped.append((entry["name"], said[-1] if said else "no reason given"))
        elif result == "OK":
            passed += 1
        if result not in ("OK", "SKIP") and not bad:
            failed += 1
    return passed, failed, skipped


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        passed, failed, skipped = tally(json.loads(line) for line in file if line.strip())
    for name, why in skipped:
        print(f"skipped: {name}: {why}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
