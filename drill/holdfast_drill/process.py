# SPDX-License-Identifier: Apache-2.0
"""Programs that run on a host: started in its namespace, with a log whose lines have a time."""

import contextlib
import ctypes
import os
import pathlib
import re
import select
import signal
import subprocess
import threading
import time

from holdfast_drill.waiting import wait_until

PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_LIMIT_S = 20
READ_SIZE = 65536
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|runtime error:")

_libc = ctypes.CDLL(None)


class LogLine:
    """A line of output and when it was read (seconds since the epoch)."""

    def __init__(self, at, text):
        self.at = at
        self.text = text


class Process:
    """A program on a host. It dies with us, and its end is noticed if nobody asked for it."""

    def __init__(self, host, name, arguments, environment=None, prepare=None):
        """prepare -- is called in the new process, on the host, before it becomes the program"""
        self.host = host
        self.name = name
        self._log = []
        self._rest = b""  # a line that is not whole yet
        self._said_all = False
        self._lock = threading.Lock()  # of these three
        self._ended_by_us = False
        with host.entered():
            self._process = subprocess.Popen(
                [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                env=os.environ | (environment or {}),
                preexec_fn=lambda: _prepare_child(prepare))
        os.set_blocking(self._process.stdout.fileno(), False)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        host.processes.append(self)

    def __repr__(self):
        return f"{self.name} on {self.host.name}"

    @property
    def pid(self):
        """The process id."""
        return self._process.pid

    @property
    def running(self):
        """Says whether the program runs."""
        return self._process.poll() is None

    def _read(self):
        """The thread that reads the log as it is written, so that a line has the time of its writing."""
        waiting = select.poll()
        waiting.register(self._process.stdout.fileno(), select.POLLIN)
        while not self._said_all:
            waiting.poll()
            self._catch_up()

    def _catch_up(self):
        """Takes all that is written and not read yet: the thread may not have had a processor since."""
        with self._lock:
            while not self._said_all:
                try:
                    data = os.read(self._process.stdout.fileno(), READ_SIZE)
                except BlockingIOError:
                    return
                *lines, self._rest = (self._rest + data).split(b"\n")
                if not data:
                    self._said_all = True
                    lines = [self._rest] if self._rest else []
                now = time.time()
                self._log.extend(LogLine(now, line.decode(errors="replace")) for line in lines)

    @property
    def log(self):
        """All lines that it has written until now."""
        self._catch_up()
        return list(self._log)

    def find(self, pattern, since=0):
        """The first line of the log from `since` on that the pattern matches, or None."""
        expression = re.compile(pattern)
        for line in self.log:
            if line.at >= since and expression.search(line.text):
                return line
        return None

    def wait_for(self, pattern, limit_s, since=0):
        """Waits for a line in the log."""
        return self.wait_until(lambda: self.find(pattern, since), limit_s, f"a line /{pattern}/")

    def wait_until(self, condition, limit_s, what):
        """Waits for what the program is to bring about; its end before that is a failure."""
        def true_or_over():
            """The condition, unless the program has ended."""
            running = self.running
            answer = condition()
            assert answer or running, f"{self} has ended:\n{self.output()}"
            return answer
        return wait_until(true_or_over, limit_s, f"{self}: {what}")

    def output(self, lines=80):
        """The log's last lines."""
        return "\n".join(f"{_clock(line.at)} {line.text}" for line in self.log[-lines:])

    def signal(self, number):
        """Sends a signal; returns when (seconds since the epoch). What it said before is of before."""
        self._catch_up()
        at = time.time()
        self._process.send_signal(number)
        return at

    def signal_all(self, number):
        """Sends a signal to the program and its children; returns when."""
        self._catch_up()
        at = time.time()
        for member in family(self.pid):
            _signal(member, number)
        return at

    def kill(self, alone=False):
        """kill -9 for the program and, unless it is to die alone, its children at one instant.

        All are stopped first: a child that outlives its parent could still say good-bye.
        Returns when.
        """
        self._ended_by_us = True
        members = [self.pid] if alone else family(self.pid)
        for member in members:
            _signal(member, signal.SIGSTOP)
        self._catch_up()
        at = time.time()
        for member in members:
            _signal(member, signal.SIGKILL)
        self._process.wait()
        self._reader.join(STOP_LIMIT_S)
        return at

    def terminate(self):
        """Sends SIGTERM and returns when; wait_end() waits."""
        self._ended_by_us = True
        return self.signal(signal.SIGTERM)

    def expect_end(self):
        """Somebody else is about to end it."""
        self._ended_by_us = True

    def wait_end(self, limit_s=STOP_LIMIT_S):
        """Waits for the end; returns the exit status."""
        try:
            status = self._process.wait(limit_s)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self} has not ended within {limit_s} s") from error
        self._reader.join(STOP_LIMIT_S)
        return status

    def close(self):
        """Ends the program in order; returns what was wrong with its life, as text, or None."""
        complaint = None
        if not self.running and not self._ended_by_us:
            complaint = f"{self} ended by itself with status {self._process.returncode}"
        elif self.running:
            self.terminate()
            try:
                status = self.wait_end()
                if status not in (0, -signal.SIGTERM):
                    complaint = f"{self} ended with status {status} when it was asked to stop"
            except AssertionError as error:
                complaint = str(error)
                self.kill()
        if complaint is None and any(SANITIZER_REPORT.search(line.text) for line in self.log):
            complaint = f"{self}: a sanitizer has reported"
        return f"{complaint}\n{self.output()}" if complaint else None


def _prepare_child(prepare):
    """In the child: it ends with its parent, and has what it needs around it."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if prepare is not None:
        try:
            prepare()
        except OSError as error:  # subprocess would not tell what it was; the log does
            os.write(2, f"it cannot be started: {error}\n".encode())
            os._exit(126)


def _signal(pid, number):
    """Sends a signal to a process, which may have ended meanwhile: a script does."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def family(pid):
    """A process and all that descend from it."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        direct = [int(child) for child in children.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid] + [member for child in direct for member in family(child)]


def _clock(at):
    """A time as HH:MM:SS.mmm."""
    return time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"
