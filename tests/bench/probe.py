# SPDX-License-Identifier: Apache-2.0
"""A client that asks every half of a millisecond, by tests/bench/pings."""

import math
import subprocess
import threading

from lib.daemons import BUILD

INTERVAL_US = 500


class Probe:
    """What a client of an address sees of it.

    with Probe(client, VIP) as probe: ...
    """

    def __init__(self, host, address):
        self._answers = []  # number, when it was sent, when it was answered
        with host.entered():
            self._process = subprocess.Popen(
                [BUILD / "tests/bench/pings", address, str(INTERVAL_US)], text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self):
        self._reader.start()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self):
        for line in self._process.stdout:
            if line.endswith("\n"):
                number, sent, answered = line.split()
                self._answers.append((int(number), float(sent), float(answered)))

    def answered(self, since=0):
        """How many were answered from a time on."""
        return sum(answered >= since for _, _, answered in list(self._answers))

    def first_answer(self, since):
        """When the first answer came to a request that was sent from a time on, or None."""
        return min((answered for _, sent, answered in list(self._answers) if sent >= since),
                   default=None)

    def outage_s(self, since):
        """From the last request that was answered before some were lost to the first one behind
        them: the longest such time from a time on. 0: none was lost."""
        answers = sorted(self._answers)
        if not any(sent >= since for _, sent, _ in answers):
            return math.inf
        return max((after[1] - before[1] for before, after in zip(answers, answers[1:])
                    if after[0] > before[0] + 1 and after[1] >= since), default=0.0)
