# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal for a program under test: a pty whose other side stays open, so that it can be asked afterwards what was
typed into it behind the caller's back."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

import harness

ROWS, COLUMNS = 33, 111


class Terminal:
    def __init__(self, suite, command, **more):
        self.master, self.slave = pty.openpty()
        self.output = b""
        self.resize(ROWS, COLUMNS)
        self.before = termios.tcgetattr(self.slave)

        def prepare():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        self.process = suite.start(*command, stdin=self.slave, stdout=self.slave, stderr=self.slave, preexec_fn=prepare,
                                   **more)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys)

    def read(self, seconds):
        """What comes within that time."""
        if select.select([self.master], [], [], seconds)[0]:
            self.output += os.read(self.master, 65536)

    def text(self):
        return self.output.decode(errors="replace").replace("\r\n", "\n")

    def expect(self, words, seconds=10):
        """Reads until the words were printed; True if they were.  What was read up to there is forgotten."""
        deadline = time.monotonic() + seconds
        while words.encode() not in self.output and time.monotonic() < deadline:
            self.read(0.1)
        found = words.encode() in self.output
        if found:
            self.output = self.output.split(words.encode(), 1)[1]
        return found

    def finish(self, seconds=30):
        """Reads to the program's end; its status.  A hang is ended and gives None."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        status = self.process.poll()
        harness.end(self.process)
        while select.select([self.master], [], [], 0.1)[0]:
            self.output += os.read(self.master, 65536)
        return status

    def modes_kept(self):
        return termios.tcgetattr(self.slave) == self.before

    def typed(self):
        """How many bytes wait to be read by the next program on this terminal."""
        mode = termios.tcgetattr(self.slave)
        mode[3] &= ~termios.ICANON  # a line without its end counts too
        termios.tcsetattr(self.slave, termios.TCSANOW, mode)
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4))[0]

    def close(self):
        os.close(self.master)
        os.close(self.slave)


def run(suite, command, keys=b"", seconds=30, **more):
    """To the program's end: (what it printed, its status, bytes typed behind the caller's back)."""
    terminal = Terminal(suite, command, **more)
    if keys:
        terminal.type(keys)
    status = terminal.finish(seconds)
    typed = terminal.typed()
    terminal.close()
    return terminal.text(), status, typed
