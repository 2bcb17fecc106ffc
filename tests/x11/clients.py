# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test clients that obey a command a line (lines.h), on the host's display or in a box."""

import select
import subprocess

import harness


class Client:
    """A started client; ask() sends a command and returns the rest of its answer, None where there is none."""

    def __init__(self, suite, *command, **more):
        self.process = suite.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, **more)
        self.buffer = b""

    def line(self, seconds=20):
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], seconds)
            more = self.process.stdout.read(65536) if ready else b""
            if not more:
                return None
            self.buffer += more
        first, _, self.buffer = self.buffer.partition(b"\n")
        return first.decode(errors="replace").strip()

    def is_ready(self, seconds=60):
        return self.line(seconds) == "ready"

    def ask(self, *words, seconds=20):
        try:
            self.process.stdin.write((" ".join(str(word) for word in words) + "\n").encode())
        except OSError:
            return None
        answer = self.line(seconds)
        return None if answer is None else answer.partition(" ")[2]

    def lives(self):
        return self.process.poll() is None

    def end(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            harness.end(self.process)
        self.process.stdout.close()
