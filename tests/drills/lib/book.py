# SPDX-License-Identifier: Apache-2.0
"""The kernel's book of a program: how long it has run, and stood in the queue of a processor.

What a machine did not let a program do is nobody's fault: a drill about time takes it from what it measures.
Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat: nanoseconds on a processor, in a queue for one.
proc_stat(5), "steal": for how long the processors of a virtual machine had none themselves.
"""

import bisect
import pathlib
import threading
import time

from lib.waiting import stolen_s

SAMPLE_S = 0.01


def busy_s(process):
    """How long a program has run or wanted to, since it began."""
    return sum(_read(process.pid))


def _read(pid):
    ran, waited, _ = pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(ran) / 1e9, int(waited) / 1e9


class Book:
    """Of one program, from time to time.

    with Book(process) as book: ...
    book.waited_s(start, end)
    """

    def __init__(self, process):
        self._pid = process.pid
        self._samples = []  # (seconds since the epoch, seconds that it ran, seconds that it waited or were stolen)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._sample()

    def _run(self):
        while not self._over.wait(SAMPLE_S):
            self._sample()

    def _sample(self):
        try:
            ran, waited = _read(self._pid)
        except OSError:
            return  # it has ended
        self._samples.append((time.time(), ran, waited + stolen_s()))

    def waited_s(self, start, end):
        """How long it stood in a queue between two times; whole samples, so rather more."""
        first, last = self._between(start, end)
        return last[2] - first[2]

    def busy_s(self, start, end):
        """How long it ran or wanted to between two times; whole samples, so rather more."""
        first, last = self._between(start, end)
        return last[1] + last[2] - first[1] - first[2]

    def _between(self, start, end):
        samples = list(self._samples)
        at = [sample[0] for sample in samples]
        return (samples[max(bisect.bisect_right(at, start) - 1, 0)],
                samples[min(bisect.bisect_left(at, end), len(at) - 1)])
