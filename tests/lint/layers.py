#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The arrows between rooms.  LAYERS says which rooms' headers a room may include; this reads every include line and
says where one breaks it, and that the arrows make no circle.  main.c files are outside: nothing includes them."""

import re
import sys

import tree

TOPS = ("common", "sandboxd", "proxy", "xserver-helpers", "wayland-helpers")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def read_layers(path):
    layers = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        room, colon, sees = line.partition(":")
        if not colon or not room.strip() or room.strip() in layers:
            sys.exit(f"{path}:{number}: expected one line of the form 'room: rooms it may see' for each room")
        layers[room.strip()] = set(sees.split())
    return layers


def circle(layers):
    """A list of rooms that lead back to the first one, or None."""
    done = set()

    def visit(room, way):
        if room in way:
            return way[way.index(room):] + [room]
        if room in done:
            return None
        for other in sorted(layers.get(room, ())):
            found = visit(other, way + [room])
            if found:
                return found
        done.add(room)
        return None

    return next(filter(None, (visit(room, []) for room in layers)), None)


def room_of(path, top, layers):
    """The nearest directory above a file that is a room, or None."""
    for parent in path.relative_to(top).parents:
        if parent.name in layers:
            return parent.name
    return None


def faults(top):
    layers = read_layers(top / "LAYERS")
    for room, sees in layers.items():
        for other in sorted(sees - layers.keys()):
            yield f"LAYERS: {room} may see {other}, which is no room"
    found = circle(layers)
    if found:
        yield "LAYERS: a circle: " + " -> ".join(found)

    for path in sorted(p for t in TOPS for p in (top / t).rglob("*.[ch]")):
        where = path.relative_to(top)
        if path.name == "main.c":
            continue
        room = room_of(path, top, layers)
        if room is None:
            yield f"{where}: is in no room of LAYERS"
            continue
        for match in INCLUDE.finditer(path.read_text()):
            line = path.read_text().count("\n", 0, match.start(1)) + 1
            other = match[1].split("/")[0] if "/" in match[1] else None
            if other is None or other not in layers:
                yield f'{where}:{line}: "{match[1]}" does not name a room: write "room/file.h"'
            elif other != room and other not in layers[room]:
                yield f"{where}:{line}: {room} may not see {other}"


if __name__ == "__main__":
    tree.run(faults)
