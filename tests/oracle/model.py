# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a box holds, by its plan alone: the lines of the plan's mounts done in thought, over the host's files as the
person sees them.  Says for each path what `oriel explain --json` promises; the oracle compares that with what is there.

A second reading of docs/theory/launch.md ("Mounts"), not of the engine's code: where the two differ, one is wrong."""

import os
import stat

MODE_READ, MODE_WRITE, MODE_EXECUTE = 0o400, 0o200, 0o100
MAX_LINKS = 40
LETTERS = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "l", stat.S_IFSOCK: "s", stat.S_IFCHR: "c",
           stat.S_IFBLK: "b", stat.S_IFIFO: "p"}


class Refused(Exception):
    """The plan can't be done: the launch must fail."""


class Host:
    """A file of the host's."""

    made_by = "host"

    def __init__(self, path):
        self.path = path
        self.stat = os.lstat(path)
        self.letter = LETTERS[stat.S_IFMT(self.stat.st_mode)]

    def child(self, name):
        path = os.path.join(self.path, name)
        try:
            return Host(path)
        except OSError:
            return None

    def names(self):
        try:
            return os.listdir(self.path)
        except OSError:
            return None

    def link(self):
        return os.readlink(self.path)

    def owner(self):
        return self.stat.st_uid

    def may(self):
        """The rights of the file itself."""
        return {letter for letter, mode in (("r", os.R_OK), ("w", os.W_OK), ("x", os.X_OK))
                if os.access(self.path, mode, follow_symlinks=False)}

    def identity(self):
        return f"{os.major(self.stat.st_dev)}:{os.minor(self.stat.st_dev)}:{self.stat.st_ino}"


class Made:
    """A file that the launch makes, owned by the person."""

    made_by = "box"

    def __init__(self, letter, mode, text=None):
        self.letter, self.mode, self.text = letter, mode, text
        self.entries = {}

    def child(self, name):
        return self.entries.get(name)

    def names(self):
        return list(self.entries) if self.mode & MODE_READ else None

    def link(self):
        return self.text

    def may(self):
        return {letter for letter, bit in (("r", MODE_READ), ("w", MODE_WRITE), ("x", MODE_EXECUTE)) if self.mode & bit}

    def identity(self):
        return None


class Merged:
    """A directory of several layers, the highest first."""

    made_by = "overlay"
    letter = "d"

    def __init__(self, layers):
        self.layers = layers

    def child(self, name):
        found = []
        for layer in self.layers:
            below = layer.child(name)
            if below is None:
                continue
            if below.letter == "c" and below.made_by == "host" and below.stat.st_rdev == 0:
                break  # a whiteout
            found.append(below)
            if below.letter != "d":
                break
        if not found:
            return None
        if found[0].letter != "d":
            return Covered(found[0])
        return Merged([below for below in found if below.letter == "d"])

    def names(self):
        lists = [layer.names() for layer in self.layers]
        if lists[0] is None:
            return None
        return [name for name in {name for names in lists for name in names or []} if self.child(name) is not None]

    def may(self):
        return self.layers[0].may()

    def identity(self):
        return None


class Covered:
    """A file as an overlay shows it: its numbers are the overlay's."""

    made_by = "overlay"

    def __init__(self, file):
        self.file, self.letter = file, file.letter

    def child(self, _name):
        return None

    def names(self):
        return None

    def link(self):
        return self.file.link()

    def owner(self):
        return self.file.owner()

    def may(self):
        return self.file.may()

    def identity(self):
        return None


class Mount:
    def __init__(self, root, read_only=False, no_exec=False, no_dev=True, makes=False, special=None):
        self.root, self.read_only, self.no_exec, self.no_dev = root, read_only, no_exec, no_dev
        self.makes = makes  # a mount point that is missing may be made in it
        self.special = special  # a kernel file system: what is in it is not the plan's

    def like(self, root):
        return Mount(root, self.read_only, self.no_exec, self.no_dev, self.makes, self.special)


class Place:
    """A path inside: its mount, and what is there."""

    def __init__(self, path, mount, node):
        self.path, self.mount, self.node = path, mount, node

    def rights(self):
        node, mount = self.node, self.mount
        if node.letter == "l":
            return set()
        may = node.may()
        if mount.read_only and node.letter not in "scbp":
            may.discard("w")
        if mount.no_exec and node.letter != "d":
            may.discard("x")
        if mount.no_dev and node.letter in "cb":
            may -= {"r", "w"}
        return may


def join(directory, name):
    return f"/{name}" if directory == "/" else f"{directory}/{name}"


def is_below(path, directory):
    return path.startswith("/" if directory == "/" else directory + "/") and path != directory


class Box:
    def __init__(self, plan, box):
        self.mounts = {}
        self.shared = {}
        for line in box["mounts"]:
            getattr(self, "do_" + line["kind"].replace("-", "_"))(line)

    # ---- Looking ----

    def at(self, parent, name):
        """One step; links not followed."""
        path = join(parent.path, name)
        if path in self.mounts:
            mount = self.mounts[path]
            return Place(path, mount, mount.root)
        if parent.mount.special:
            return None
        node = parent.node.child(name)
        return None if node is None else Place(path, parent.mount, node)

    def top(self):
        mount = self.mounts["/"]
        return Place("/", mount, mount.root)

    def walk(self, path, make=False, last_link=True):
        """(place or None, the directory, the name) at the end of a path; make: directories on the way, where allowed."""
        stack, rest, links = [self.top()], [part for part in path.split("/") if part], 0
        name = None
        while rest:
            name = rest.pop(0)
            if name == "..":
                stack = stack[:-1] or stack
                continue
            if stack[-1].node.letter != "d":
                raise Refused(f"{stack[-1].path}: not a directory")
            found = self.at(stack[-1], name)
            if found is None and rest:
                if not make:
                    return None, None, None
                found = self.make(stack[-1], name, Made("d", 0o755))
            if found is None:
                return None, stack[-1], name
            if found.node.letter == "l" and (rest or last_link):
                links += 1
                if found.node.made_by != "box" and found.node.owner() == os.getuid():
                    raise Refused(f"{found.path}: the caller's own link may be an app's")
                if links > MAX_LINKS:
                    raise Refused(f"{path}: too many links")
                text = found.node.link()
                if text.startswith("/"):
                    stack = stack[:1]
                rest = [part for part in text.split("/") if part not in ("", ".")] + rest
                name = None
                continue
            stack.append(found)
        return stack[-1], stack[-2] if len(stack) > 1 else None, name

    def make(self, directory, name, node):
        if not directory.mount.makes:
            raise Refused(f"{directory.path}/{name}: nothing may be made there")
        if directory.node.made_by == "box":
            directory.node.entries[name] = node
        return Place(join(directory.path, name), directory.mount, node)

    # ---- Doing ----

    def put(self, line, mount):
        directory = mount.root.letter == "d"
        place, parent, name = self.walk(line["dest"], make=True) if "/" in self.mounts else (None, None, None)
        if place is None and parent is not None:
            place = self.make(parent, name, Made("d", 0o755) if directory else Made("f", 0o444))
        elif place is not None and (place.node.letter == "d") != directory:
            raise Refused(f"{line['dest']}: a directory, or not")
        path = place.path if place is not None else "/"
        for below in [below for below in self.mounts if is_below(below, path)]:
            del self.mounts[below]
        self.mounts[path] = mount

    def do_bind(self, line):
        flags = line["flags"]
        if "pin" in flags:
            self.pin(line)
            return
        if "slot" in line:
            raise NotImplementedError(f"{line['dest']}: a slot's")
        try:
            node = Host(os.path.realpath(line["source"]))
        except OSError as error:
            if "optional" in flags:
                return
            raise Refused(f"{line['source']}: {error.strerror}") from error
        self.put(line, Mount(node, "rw" not in flags, "noexec" in flags, "device" not in flags,
                             makes="rw" in flags and "source_root" in line))

    def pin(self, line):
        place, _, _ = self.walk(line["dest"], last_link=False)
        if place is None:
            if "optional" in line["flags"]:
                return
            raise Refused(f"{line['dest']}: nothing to pin")
        read_only = "rw" not in line["flags"]
        copies = {place.path: place.mount.like(place.node)}
        for path, mount in self.mounts.items():
            if is_below(path, place.path):
                copies[path] = mount.like(mount.root)
        for mount in copies.values():
            mount.read_only |= read_only
            mount.no_exec |= "noexec" in line["flags"]
            mount.makes = False
        self.mounts.update(copies)

    def do_tmpfs(self, line):
        self.put(line, Mount(Made("d", line["mode"]), no_exec="noexec" in line["flags"], makes=True))

    def do_shared(self, line):
        root = self.shared.setdefault(line["source"], Made("d", line["mode"]))
        self.put(line, Mount(root, "rw" not in line["flags"], "noexec" in line["flags"], makes=True))

    def do_overlay(self, line):
        lowers = [Host(os.path.realpath(path)) for path in reversed(line.get("lowers", []))]
        if "rw" in line["flags"]:
            upper = Host(os.path.realpath(line["source"])) if "source" in line else Made("d", 0o755)
            # The root's mode is the highest layer's; a temporary one has the lowers'.
            lowers = [upper, *lowers] if "source" in line else lowers
        self.put(line, Mount(Merged(lowers), "rw" not in line["flags"], "noexec" in line["flags"],
                             makes="rw" in line["flags"]))

    def do_proc(self, line):
        self.put(line, Mount(Made("d", 0o555), no_exec=True, special="proc"))

    def do_devpts(self, line):
        self.put(line, Mount(Made("d", 0o755), no_exec=True, special="devpts"))

    def do_mqueue(self, line):
        self.put(line, Mount(Made("d", 0o1777), no_exec=True, special="mqueue"))

    def do_dir(self, line):
        place, parent, name = self.walk(line["dest"], make=True)
        if place is None:
            self.make(parent, name, Made("d", line["mode"]))
        elif place.node.letter != "d":
            raise Refused(f"{line['dest']}: not a directory")

    def do_file(self, line):
        place, parent, name = self.walk(line["dest"], make=True)
        node = Made("f", line["mode"])
        if "optional" in line["flags"]:  # the app's, where nothing is
            if place is None:
                self.make(parent, name, node)
            return
        if place is None:
            place = self.make(parent, name, node)
            if "rw" in line["flags"] and parent.node.made_by == "box":
                return
        elif place.node.letter == "d":
            raise Refused(f"{line['dest']}: a directory")
        self.mounts[place.path] = Mount(node, "rw" not in line["flags"])

    def do_symlink(self, line):
        directory, _, name = line["dest"].rpartition("/")
        parent, above, last = self.walk(directory or "/", make=True)
        if parent is None:
            parent = self.make(above, last, Made("d", 0o755))
        found = self.at(parent, name)
        if found is None:
            self.make(parent, name, Made("l", 0o777, line["source"]))
        elif found.node.letter != "l" or found.node.link() != line["source"]:
            raise Refused(f"{line['dest']}: something else is there")

    def do_mask(self, line):
        place, _, _ = self.walk(line["dest"])
        if place is None:
            return
        directory = place.node.letter == "d"
        for below in [below for below in self.mounts if is_below(below, place.path)]:
            del self.mounts[below]
        self.mounts[place.path] = Mount(Made("d", 0o555) if directory else Made("f", 0o444), True, True)

    def do_read_only(self, line):
        place, _, _ = self.walk(line["dest"])
        self.mounts[place.path].read_only = True

    def do_chmod(self, line):
        place, _, _ = self.walk(line["dest"])
        place.node.mode = line["mode"]

    # ---- Telling ----

    def tell(self, roots):
        """{path: Place} as far as the probe goes: roots {path: depth}."""
        found = {}

        def below(directory, depth):
            names = directory.node.names()
            if names is None or "x" not in directory.node.may() or directory.mount.special:
                return
            here = set(names)
            here.update(path.rpartition("/")[2] for path in self.mounts if path.rpartition("/")[0] == directory.path.rstrip("/")
                        and path != "/")
            for name in here:
                path = join(directory.path, name)
                left = roots.get(path, depth - 1)
                place = self.at(directory, name) if left >= 0 else None
                if place is None:
                    continue
                found[path] = place
                if place.node.letter == "d" and left > 0:
                    below(place, left)

        below(self.top(), roots.get("/", 1))
        return found
