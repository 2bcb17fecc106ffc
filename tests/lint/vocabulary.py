#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Manual pages, profiles, completions and README say only what the tables know: every group, key, word, command and
option in them is a row; and oriel(1) leaves no command and no option out.
usage: vocabulary.py SOURCE WORDS PAGE...: WORDS is what the tables print ("key GROUP TAB KEY TAB WORD", "command NAME",
"option COMMAND NAME"), PAGE a manual page in scdoc or a completion"""

import collections
import pathlib
import re
import sys

import tree

GROUP = re.compile(r"^\s*\[([A-Za-z ]+)\]\s*$")
SETTING = re.compile(r"^\s*([a-z][a-z-]*)=(.*)$")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")
COMMAND = re.compile(r"(?:^ {4}|^\t|[*`]|; )oriel ([a-z]+)")
INLINE = re.compile(r"[*`]([a-z][a-z-]*)=([a-z-]*)[*`]")
# Groups whose keys are names of the outside world, or which are read and kept.
FREE = {"Environment", "Session Bus Policy", "System Bus Policy", "Session Bus Rules", "System Bus Rules",
        "Accessibility Bus Policy"}
# Words of other programs that our pages mention.
FOREIGN_OPTIONS = {"no-install-recommends"}


class Words:
    def __init__(self, text):
        self.keys = collections.defaultdict(set)  # (group, key) -> words; empty: any value
        self.commands, self.options = set(), collections.defaultdict(set)
        for line in text.splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "command":
                self.commands.add(rest)
            elif kind == "option":
                command, name = rest.split()
                self.options[command].add(name)
            elif kind == "key":
                group, key, word = (rest + "\t\t").split("\t")[:3]
                self.keys[group, key] |= {word} - {""}
        self.groups = {group for group, _ in self.keys} | FREE
        self.key_names = {key for _, key in self.keys}
        self.all_options = set().union(*self.options.values(), {"help", "version"})

    def setting(self, group, key, value):
        """None, or what is wrong."""
        if group in FREE:
            return None
        if group not in self.groups:
            return f"no group [{group}]"
        if (group, key) not in self.keys:
            return f"no key {key} in [{group}]"
        words = self.keys[group, key]
        for word in value.strip().rstrip(";").split(";") if words else []:
            if word.strip().lstrip("!") not in words:
                return f"no word {word} for {key} in [{group}]"
        return None


def in_profile(words, text):
    """(line number, fault) of a profile's text, or of a page's examples."""
    group = None
    for number, line in enumerate(text.splitlines(), 1):
        found = GROUP.match(line)
        group = found[1] if found else group
        found = SETTING.match(line)
        if found:
            wrong = words.setting(group, found[1], found[2])
            if wrong:
                yield number, wrong


def examples(text):
    """A manual page's examples: lines that begin with a tab below one that is a group; others blank."""
    inside, lines = False, []
    for line in text.splitlines():
        code = line.startswith(("\t", "    "))
        inside = code and (inside or GROUP.match(line) is not None)
        lines.append(line if inside else "")
    return "\n".join(lines)


def in_page(words, text):
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.replace("\\", "")
        for found in OPTION.finditer(plain):
            if found[1] not in words.all_options | FOREIGN_OPTIONS:
                yield number, f"no option --{found[1]}"
        for found in COMMAND.finditer(plain):
            if found[1] not in words.commands:
                yield number, f"no command {found[1]}"
        for found in INLINE.finditer(plain):
            known = {word for (_, key), all_words in words.keys.items() if key == found[1] for word in all_words}
            if found[1] not in words.key_names | {"key"}:
                yield number, f"no key {found[1]}"
            elif found[2] and known and found[2] not in known:
                yield number, f"no word {found[2]} for {found[1]}"
    yield from in_profile(words, examples(text))


def left_out(words, text):
    """What oriel(1) does not say."""
    plain = text.replace("\\", "")
    for command in sorted(words.commands):
        if not re.search(rf"\boriel\*? \*?{command}\b", plain):
            yield f"command {command} is not described"
    for option in sorted(words.all_options):
        if not re.search(rf"--{option}(?![\w-])", plain):
            yield f"option --{option} is not described"


def faults(top):
    words = Words(pathlib.Path(sys.argv[2]).read_text())
    for path in tree.files(top / "profiles") if (top / "profiles").exists() else []:
        if path.name not in ("meson.build",) and path.parent.name != "trees":
            for number, wrong in in_profile(words, path.read_text()):
                yield f"{path.relative_to(top)}:{number}: {wrong}"
    pages = [pathlib.Path(name) for name in sys.argv[3:]]
    for path in [*pages, *(top / name for name in ("README.md",) if (top / name).exists())]:
        for number, wrong in in_page(words, path.read_text()):
            yield f"{path.name}:{number}: {wrong}"
        if path.name.startswith("oriel.1"):
            for wrong in left_out(words, path.read_text()):
                yield f"{path.name}: {wrong}"


if __name__ == "__main__":
    tree.run(faults)
