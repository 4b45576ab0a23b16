# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own, as a person at a screen has it."""

import fcntl
import os
import select
import struct
import subprocess
import termios

from lib.waiting import wait_until

READ_SIZE = 65536


class Terminal:
    """A pseudo terminal that is the controlling one of a program on a host."""

    def __init__(self, host, arguments, rows=24, columns=100):
        self.shown = ""
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.settings = termios.tcgetattr(slave)
        self._slave = slave
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        with host.entered():
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=slave, stdout=slave, stderr=slave,
                start_new_session=True, env=environment | {"TERM": "xterm-256color"},
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._slave)
        os.close(self._master)

    def _read(self):
        while select.select([self._master], [], [], 0.01)[0]:
            self.shown += os.read(self._master, READ_SIZE).decode(errors="replace")

    def wait_for(self, text, limit_s, times=1):
        """Waits until a text has been shown so many times."""
        def is_shown():
            self._read()
            return self.shown.count(text) >= times
        try:
            wait_until(is_shown, limit_s, f"{times} times {text!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.shown!r}") from error

    def type(self, keys):
        """Types; the terminal makes signals of control characters."""
        os.write(self._master, keys.encode())

    def signal(self, number):
        """Sends the program a signal."""
        self._process.send_signal(number)

    def wait_end(self, limit_s):
        """Waits for the end; returns the exit status, negative for a signal."""
        wait_until(lambda: self._process.poll() is not None, limit_s, "its end")
        status = self._process.wait()
        self._read()
        return status

    @property
    def settings_now(self):
        """What termios(3) says of the terminal."""
        return termios.tcgetattr(self._slave)
