# SPDX-License-Identifier: Apache-2.0
"""Processes that a file tracks (vrrp_track_process): here is one of that name and command line, which does nothing.

It is a program that was stopped before its first instruction, so that it may be called anything.
"""

import contextlib
import ctypes
import os
import signal

from holdfast_drill.standins import be_child

PTRACE_TRACEME, PTRACE_DETACH = 0, 17  # sys/ptrace.h
PROGRAM = "/bin/true"

_libc = ctypes.CDLL(None, use_errno=True)


def _begin(words, link):
    """Starts a program by a name, with a command line, and stops it at once; returns its process id."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            be_child(parent)
            if _libc.ptrace(PTRACE_TRACEME, 0, None, None) == 0:
                os.execv(link, words)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)  # ptrace(2): a traced process stops when it has become another program
    if not os.WIFSTOPPED(status):
        raise OSError(f"there can be no process {' '.join(words)}: it cannot be started and stopped")
    _libc.ptrace(PTRACE_DETACH, child, None, ctypes.c_void_p(signal.SIGSTOP))
    return child


class Tracked:
    """Processes that are tracked. To be made before any thread is started."""

    def __init__(self, wanted, folder):
        """wanted -- {words of the command line: how many}; folder -- for links by their names"""
        self._pids = []
        folder.mkdir()
        for words, count in wanted.items():
            link = folder / (words[0].rpartition("/")[2] or "process")
            if not link.is_symlink():
                link.symlink_to(PROGRAM)
            for _ in range(count):
                self._pids.append(_begin(words, link))

    def end(self):
        """Ends them."""
        for pid in self._pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        self._pids.clear()
