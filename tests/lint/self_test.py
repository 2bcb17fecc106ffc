#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lint that finds nothing may be blind: each is shown a small tree with the fault it is for, and must name it."""

import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

import escapes
import headers
import layers
import potfiles
import suites
import targets
import units
import vocabulary

LICENCE = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"

CASES = (
    # lint, files of the tree, what must be said (None: nothing)
    (escapes, {"docs/theory/escapes.md": "| a-row | x | `escape/x.py` | y |\n", "tests/escape/x.py": 'ok("x [a-row]")\n'}, None),
    (escapes, {"docs/theory/escapes.md": "| a-row | x | `escape/x.py` | y |\n", "tests/escape/x.py": 'ok("x")\n'}, "a-row stands in none"),
    (escapes, {"docs/theory/escapes.md": "| a-row | x | `escape/x.py` | y |\n"}, "there is no tests/escape/x.py"),
    (escapes, {"docs/theory/escapes.md": "", "tests/escape/x.py": 'ok("x [a-row]")\n'}, "tests/escape/x.py:1: a-row does not stand"),
    (escapes, {"docs/theory/escapes.md": "", "tests/escape/p.c": '{ "x", "a-row", try_x },\n'}, "tests/escape/p.c:1: a-row does not stand"),
    (escapes, {"docs/theory/escapes.md": "", "common/a/x.c": "\nint r = system(line);\n"}, "common/a/x.c:2: system( starts a shell"),
    (layers, {"LAYERS": "a:\nb: a\n", "common/b/x.c": '#include "a/y.h"\n'}, None),
    (layers, {"LAYERS": "a:\nb: a\n", "common/a/x.c": '\n#include "b/y.h"\n'}, "common/a/x.c:2: a may not see b"),
    (layers, {"LAYERS": "a: b\nb: a\n"}, "a circle: a -> b -> a"),
    (layers, {"LAYERS": "a: c\n"}, "a may see c, which is no room"),
    (layers, {"LAYERS": "a:\n", "common/a/x.c": '#include "y.h"\n'}, "does not name a room"),
    (layers, {"LAYERS": "a:\n", "common/other/x.c": ""}, "common/other/x.c: is in no room"),
    (layers, {"LAYERS": "a:\n", "common/other/main.c": '#include "a/y.h"\n'}, None),
    (headers, {"common/a/x.c": LICENCE + "int x;\n"}, None),
    (headers, {"common/a/x.c": "int x;\n"}, "x.c:1: no line"),
    (headers, {"common/a/x.c": LICENCE + "int x;"}, "does not end in a newline"),
    (headers, {"common/a/x.c": LICENCE + "int x; \n"}, "x.c:2: blanks"),
    (headers, {"common/a/x.c": LICENCE + "\tint x;\n"}, "x.c:2: a tab"),
    (headers, {"common/a/x.c": LICENCE + "/* TO" + "DO */\n"}, "x.c:2: a mark"),
    (headers, {"README.md": "see /wo" + "rk/here\n"}, "README.md:1: a path"),
    (potfiles, {"po/POTFILES.in": "common/a/x.c\n", "common/a/x.c": '_("Hello")\n'}, None),
    (potfiles, {"po/POTFILES.in": "", "common/a/x.c": 'N_("Hello")\n'}, "common/a/x.c has sentences"),
    (potfiles, {"po/POTFILES.in": "common/a/x.c\n", "common/a/x.c": "call_(1)\n"}, "has no sentence"),
    (potfiles, {"po/POTFILES.in": "gone.c\n"}, "gone.c is there"),
    (suites, {"dev": "readonly SUITES_NAMED='a b'\n", "tests/meson.build": "exclude_suites: ['a', 'b']\n"}, None),
    (suites, {"dev": "readonly SUITES_NAMED='a b'\n", "tests/meson.build": "exclude_suites: ['a']\n"}, "the suite b, which"),
    (suites, {"dev": "readonly SUITES_NAMED='a'\n", "tests/meson.build": "exclude_suites: ['a', 'b']\n"}, "the suite b, in"),
    (targets, {"common/a/x.c": "", "common/a/main.c": ""}, None),
    (targets, {"common/a/y.c": ""}, "common/a/y.c: is in no static library"),
    (targets, {"common/b/x.c": ""}, "common/b/x.c: is in no static library, only in a program"),
    (targets, {"common/c/main.c": ""}, "common/c/main.c: main.c is in a static library"),
    (vocabulary, {"profiles/base/x": "[Files]\nhome=tmp\n[Environment]\nANY=x\n"}, None),
    (vocabulary, {"profiles/base/x": "[Files]\nhoem=tmp\n"}, "profiles/base/x:2: no key hoem in [Files]"),
    (vocabulary, {"profiles/base/x": "[Files]\nhome=tmpfs\n"}, "no word tmpfs for home in [Files]"),
    (vocabulary, {"profiles/base/x": "[File]\nhome=tmp\n"}, "no group [File]"),
    (vocabulary, {"page": "*oriel run* with *--profile*, *home=tmp*\n\n\t[Files]\n\thome=persistent\n"}, None),
    (vocabulary, {"page": "use *oriel walk*\n"}, "page:1: no command walk"),
    (vocabulary, {"page": "use *--profiles*\n"}, "page:1: no option --profiles"),
    (vocabulary, {"page": "use *home=tmpfs*\n"}, "page:1: no word tmpfs for home"),
    (vocabulary, {"page": "use *hoem=tmp*\n"}, "page:1: no key hoem"),
    (vocabulary, {"page": "\t[Files]\n\thome=tmpfs\n"}, "page:2: no word tmpfs for home in [Files]"),
    (vocabulary, {"oriel.1.scd": "*oriel run* --profile --help --version\n"}, None),
    (vocabulary, {"oriel.1.scd": "*oriel run* --help --version\n"}, "option --profile is not described"),
    (vocabulary, {"oriel.1.scd": "--profile --help --version\n"}, "command run is not described"),
)

# Its judge is a program that not every machine has.
if shutil.which("systemd-analyze") is not None:
    CASES += (
        (units, {"data/x.service.in": "[Service]\nExecStart=\"@libexecdir@/x\"\n"}, None),
        (units, {"data/x.service.in": "[Service]\nExecStrat=x\nExecStart=x\n"}, "ExecStrat"),
    )

PAGES = ("page", "oriel.1.scd")
WORDS = """key Files\thome\ttmp
key Files\thome\tpersistent
command run
option run profile
"""


def intro_targets(top):
    """What meson would say of libraries a and c, and of a program with files of a and b."""
    def target(kind, names):
        return {"type": kind, "target_sources": [{"sources": [str(top / name) for name in names]}]}
    return json.dumps([target("static library", ["common/a/x.c", "common/c/main.c"]),
                       target("executable", ["common/a/main.c", "common/b/x.c"])])


def main():
    print(f"1..{len(CASES)}")
    bad = 0
    for number, (lint, files, wanted) in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as name:
            top = pathlib.Path(name).resolve()
            files = {**files, "meson-info/intro-targets.json": intro_targets(top)}
            for path, text in files.items():
                (top / path).parent.mkdir(parents=True, exist_ok=True)
                (top / path).write_text(text)
            sys.argv[1:] = [str(top), str(top)]
            if lint is vocabulary:
                (top / "words").write_text(WORDS)
                sys.argv[1:] = [str(top), str(top / "words"), *(str(top / path) for path in files if path in PAGES)]
            with contextlib.suppress(SystemExit):
                said = list(lint.faults(top))
        good = not said if wanted is None else len(said) == 1 and wanted in said[0]
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} {lint.__name__} {wanted or 'content'}")
        if not good:
            print(f"# said: {said}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
