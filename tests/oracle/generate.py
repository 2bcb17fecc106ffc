# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bait on the host, and random profiles that show parts of it.  Everything follows from the seed and the number."""

import os
import random
import shutil
import socket

NAMES = ("alpha", "beta", "gamma")
# What lies in each directory of the bait: name, mode, content.
FILES = (("plain", 0o644, "plain\n"), ("secret", 0o600, "marker\n"), ("closed", 0o000, "no\n"),
         ("program", 0o755, "#!/bin/sh\n"), ("fixed", 0o444, "fixed\n"), (".env", 0o600, "TOKEN=marker\n"),
         ("odd name;x", 0o644, "odd\n"), ("ü-name", 0o640, "u\n"))


class Bait:
    """The tree, and sockets that listen in it.  top/bait is shown and not; top/fresh is for what a plan makes."""

    def __init__(self, suite):
        self.home, self.runtime, self.bin, self.top = suite.home, suite.runtime, suite.bin, suite.top / "bait"
        self.fresh = suite.top / "fresh"
        self.sockets = []
        self.fresh.mkdir()
        self.paths = []
        self._directory(self.top, 0)
        for name in ("Documents", "Downloads", "src/project/.git/hooks", ".ssh", ".config/editor", ".local/share",
                     ".local/bin", ".cache", ".claude"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        for name in (".ssh/id_ed25519", ".bashrc", ".profile", "Documents/diary", "src/project/main.c",
                     "src/project/.git/config", "src/project/.git/hooks/pre-commit", "src/project/Makefile",
                     ".config/editor/settings", ".gitconfig", ".netrc", ".local/bin/tool", ".claude/settings.json"):
            (self.home / name).write_text("marker\n")
            (self.home / name).chmod(0o700 if "bin" in name or "hooks" in name else 0o600)
        (self.home / "to-documents").symlink_to("Documents")
        for name in ("agent.sock", "service/socket"):
            (self.runtime / name).parent.mkdir(exist_ok=True)
            self._listen(self.runtime / name)
        self.abstract = f"oracle-{os.getpid()}"
        self._listen("\0" + self.abstract)
        self.home_paths = [f"~/{name}" for name in ("Documents", "src", "src/project", ".ssh", ".config", ".bashrc",
                                                    "to-documents", ".local/bin", ".gitconfig", ".claude")]

    def _listen(self, address, kind=socket.SOCK_STREAM):
        one = socket.socket(socket.AF_UNIX, kind)
        directory = os.getcwd()
        if str(address).startswith("/"):
            os.chdir(os.path.dirname(address))
            address = os.path.basename(address)
        one.bind(str(address))
        os.chdir(directory)
        if kind == socket.SOCK_STREAM:
            one.listen(4096)
        self.sockets.append(one)

    def _directory(self, path, level):
        path.mkdir()
        self.paths.append(str(path))
        for name, mode, text in FILES:
            (path / name).write_text(text)
            (path / name).chmod(mode)
            self.paths.append(str(path / name))
        (path / "link").symlink_to("plain")
        (path / "to-top").symlink_to(self.top)
        (path / "dangling").symlink_to("nowhere")
        self.paths += [str(path / "link"), str(path / "to-top"), str(path / "dangling")]
        os.mkfifo(path / "fifo", 0o600)
        self._listen(path / "stream")
        self._listen(path / "datagram", socket.SOCK_DGRAM)
        self.paths += [str(path / "stream"), str(path / "datagram"), str(path / "missing")]
        for name, mode in (("sealed", 0o000), ("shut", 0o500)):
            (path / name).mkdir()
            (path / name / "inside").write_text("inside\n")
            (path / name).chmod(mode)
            self.paths.append(str(path / name))
        if level < 2:
            for name in NAMES[: 3 - level]:
                self._directory(path / name, level + 1)

    def roots(self):
        """{path: depth}: how far the two enumerations go; 0: listed, not entered; -1: not looked at."""
        roots = {"/": 1, "/dev": 3, "/etc": 2, "/run": 4, "/tmp": 6, "/usr": 1, "/var": 2, "/proc": 0, "/sys": 0,
                 str(self.top): 12, str(self.fresh): -1, str(self.home): 5, str(self.runtime): 4, str(self.bin): 1,
                 # What Oriel keeps changes while plans are tried side by side.
                 str(self.home / ".local/share/oriel"): 0, str(self.home / ".local/state"): 0,
                 str(self.home / ".config/oriel"): 0, str(self.home / ".cache"): 0, str(self.runtime / "oriel"): 0,
                 str(self.runtime / ".flatpak"): 0, "/dev/pts": 0, "/dev/mqueue": 0}
        for path in (self.top, self.home):
            for above in path.parents:
                if str(above) not in roots:
                    roots[str(above)] = 1
        return roots

    def close(self):
        for one in self.sockets:
            one.close()
        for directory, names, _ in os.walk(self.top):
            for name in names:
                if not os.path.islink(os.path.join(directory, name)):
                    os.chmod(os.path.join(directory, name), 0o700)
        shutil.rmtree(self.top, ignore_errors=True)


def escape(path):
    return path.replace("\\", "\\\\").replace(";", "\\;")


class Generator:
    def __init__(self, bait, seed, number):
        self.bait, self.number = bait, number
        self.random = random.Random(f"{seed}/{number}")
        self.groups = {}
        self.options = []
        self.tree = None  # a file of its own
        # The second time by the plan that is remembered, the last of many in a box that was made ahead.
        self.times = self.random.choice((1, 1, 1, 1, 2, 2, 5))

    def maybe(self, chance):
        return self.random.random() < chance

    def set(self, group, key, value):
        self.groups.setdefault(group, {})[key] = value

    def place(self):
        kind = self.random.random()
        if kind < 0.7:
            return escape(self.random.choice(self.bait.paths))
        return self.random.choice(self.bait.home_paths)

    def filesystems(self):
        entries = []
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 5, 8))):
            path = self.place()
            modes = ("", "", ":ro", ":ro", ":rw", ":optional", ":ro:optional")
            # One of them now and then: explain and run must refuse alike.
            may_miss = ("missing" in path or "dangling" in path) and not self.maybe(0.05)
            entries.append(path + self.random.choice(modes[-2:] if may_miss else modes))
        if self.maybe(0.15):
            entries.append(f"~/.cache/{self.number}/made:create")
        if self.maybe(0.3):
            entries.append(self.random.choice(("home", "home:ro", "host-etc:ro", "host-os:ro", "host:ro", "host",
                                               "xdg-documents", "xdg-documents:ro", "xdg-download", "xdg-config:ro",
                                               "xdg-run/agent.sock", "xdg-run/service:ro", "/etc", "/usr/share",
                                               "host-root:ro", "/tmp", "/run", "/opt:ro:optional")))
        given = [entry.split(":")[0] for entry in entries]
        for path in self.random.sample(given, min(len(given), self.random.choice((0, 0, 0, 1, 2)))):
            below = [other for other in self.bait.paths if other.startswith(path + "/")]
            entries.append("!" + escape(self.random.choice(below)) if below and self.maybe(0.8) else "!" + self.place())
        seen = set()
        entries = [entry for entry in entries
                   if not (entry.lstrip("!").split(":")[0] in seen or seen.add(entry.lstrip("!").split(":")[0]))]
        if entries:
            self.set("Context", "filesystems", ";".join(entries))

    def files(self):
        self.set("Files", "home", self.random.choice(("tmp", "tmp", "persistent", f"{self.bait.fresh}/{self.number}/home")))
        self.set("Files", "workspace", "none")
        if self.maybe(0.3):
            self.set("Files", "workspace", self.random.choice(
                (f"{self.bait.home}/src/project", f"{self.bait.home}/src/project:ro", f"{self.bait.top}/alpha",
                 f"{self.bait.home}/src:rw", f"{self.bait.home}/src/project:overlay", f"{self.bait.top}/beta:overlay")))
        if self.maybe(0.2):
            self.set("Files", "overlay", ";".join(self.random.sample(
                (f"{self.bait.top}/alpha", f"{self.bait.top}/alpha/beta", f"{self.bait.top}/gamma", "~/Documents"),
                self.random.choice((1, 1, 2)))))
        if self.maybe(0.3):
            words = self.random.sample(("git", "editor", "agent", "shell", "build"), self.random.randint(1, 5))
            self.set("Files", "protect", ";".join(words))
        if self.maybe(0.2):
            self.set("Files", "git", self.random.choice(("commit", "ro", "isolated")))
        if self.maybe(0.3):
            masks = {self.place().split(":")[0] for _ in range(self.random.randint(1, 3))}
            self.set("Files", "mask", ";".join(sorted(masks)))
        if self.maybe(0.1):
            self.set("Context", "persistent", ".keep;.config/editor")

    def rest(self):
        nested = self.random.choice(("no", "no", "yes", "limited"))
        self.set("Oriel", "nested", nested)
        self.set("Seccomp", "profile", self.random.choice(("default", "default", "strict")))
        if self.maybe(0.15):
            self.set("Seccomp", "allow", self.random.choice(("ptrace", "io_uring_setup;io_uring_enter", "kcmp", "bpf")))
        if self.maybe(0.15):
            self.set("Seccomp", "deny", self.random.choice(("ptrace", "process_vm_readv", "kcmp;pidfd_getfd")))
        mode = self.random.choice(("none", "none", "none", "host", "named"))
        self.set("Network", "mode", mode)
        if mode == "named":
            self.set("Network", "allow", "example.org")
        if mode == "host" and self.maybe(0.5):
            self.set("Context", "shared", "network")
        if self.maybe(0.3):
            self.groups.setdefault("Context", {}).setdefault("shared", "ipc")
        if self.maybe(0.15):
            self.set("Context", "devices", self.random.choice(("dri", "shm", "all", "kvm", "dri;input")))
        if self.maybe(0.1):
            self.set("Context", "features", "per-app-dev-shm")
        if self.maybe(0.5):
            for i in range(self.random.randint(1, 4)):
                self.set("Environment", f"ORACLE_{i}", self.random.choice(("x", "", "a b", "ü", "=;")))
        if self.maybe(0.2):
            self.set("Context", "unset-environment", "LANG;ORACLE_0")
        if self.maybe(0.3):
            self.set("Limits", "files", str(self.random.choice((64, 256, 1000))))
        if self.maybe(0.1):
            self.set("Limits", self.random.choice(("pids", "memory")), self.random.choice(("500", "2000")))
            if "memory" in self.groups["Limits"]:
                self.set("Limits", "memory", "2G")
        if self.maybe(0.1):
            self.set("Seccomp", "mdwe", "yes")
        if self.maybe(0.1):
            self.set("Network", self.random.choice(("connect-ports", "bind-ports")), self.random.choice(("none", "80;443")))
        tree = self.random.random()
        if tree < 0.1:
            self.set("Oriel", "tree", "single")
        elif tree < 0.4:
            self.tree = self.bait.fresh / str(self.number) / "tree"
            self.set("Oriel", "tree", str(self.tree))
        if self.times < 5 and self.maybe(0.3):
            self.options.append("--no-daemon")

    def tree_text(self):
        """The app in so many zones, each with some namespaces of its own."""
        boxes, parent = ["[Box keeper]\nkind=keeper\nunshare=user;mount;pid\n"], "keeper"
        for i in range(self.random.choice((0, 1, 1, 2, 3, 6))):
            own = [name for name in ("net", "ipc", "uts", "cgroup", "time") if self.maybe(0.4)]
            own = ["mount", *(["pid"] if self.maybe(0.6) else []), *own] if self.maybe(0.6) else own
            boxes.append(f"[Box zone{i}]\nkind=inner\nparent={parent}\nunshare={';'.join(own or ['uts'])}\n")
            parent = f"zone{i}"
        own = [name for name in ("net", "ipc", "uts", "cgroup", "time") if self.maybe(0.6)]
        boxes.append(f"[Box app]\nkind=app\nparent={parent}\nunshare={';'.join(['user', 'mount', 'pid', *own])}\nrun=app\n")
        return "\n".join(boxes)

    def profile(self):
        self.set("Application", "name", f"org.oracle.P{self.number}")
        self.set("Oriel", "inherits", "strict")
        self.set("Display", "mode", "none")
        for part in (self.filesystems, self.files, self.rest):
            part()
        return "".join(f"[{group}]\n" + "".join(f"{key}={value}\n" for key, value in keys.items()) + "\n"
                       for group, keys in self.groups.items())
