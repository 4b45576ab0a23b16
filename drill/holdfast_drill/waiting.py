# SPDX-License-Identifier: Apache-2.0
"""Waiting: always for a condition, never for a time."""

import collections
import math
import os
import time

# How late a machine may be with what is due: a guest without KVM is about 15 times slower, and does not
# even see that its host is busy.
SLACK_S = 4 if os.environ.get("HOLDFAST_LAB") == "qemu" else 0.3

# Until what is due at once is there, where it matters that it comes and not how soon.
SOON_S = max(5, SLACK_S)

POLL_S = 0.01
# Where programs have to wait for a processor, so many more of its limits are waited, and at least so long.
PATIENCE, PATIENCE_S = 3, 5
LATELY_S = 10

_stolen = collections.deque([(0.0, 0.0)], 1000)  # (when, what was stolen until then), as it was looked at


def _pressure(name):
    """Of the time in which some program that could run had no processor: a number, or None: it is not told.

    Documentation/accounting/psi.rst: the first line, "some"; total in microseconds, avg10 in percent.
    """
    try:
        with open("/proc/pressure/cpu", encoding="ascii") as file:
            words = dict(word.split("=") for word in file.readline().split()[1:])
        return float(words[name])
    except (OSError, KeyError, ValueError):
        return None


def stolen_s():
    """Seconds for which a virtual machine's processors had none themselves, in which there is no pressure
    either: proc_stat(5), "steal"."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _note_stolen_s():
    """The same, kept for late_s()."""
    seconds = stolen_s()
    _stolen.append((time.monotonic(), seconds))
    return seconds


def _stalled_s():
    """Seconds in which programs that could run did not; where the kernel does not tell, nobody knows better."""
    pressure_us = _pressure("total")
    return math.inf if pressure_us is None else pressure_us / 1e6 + _note_stolen_s()


def late_s():
    """How late what was due in the last seconds may be: on a busy machine later, but not for ever."""
    pressure = _pressure("avg10")
    if pressure is None:
        return 3 * SLACK_S
    now_s, now = _note_stolen_s(), time.monotonic()
    before_s = next((seconds for at, seconds in list(_stolen) if at >= now - LATELY_S), now_s)
    return SLACK_S + min(pressure / 100 * LATELY_S + now_s - before_s, 2 * SLACK_S)


def wait_until(condition, limit_s, what):
    """Polls until condition() is true and returns what it returned.

    limit_s -- does not count what a busy machine kept programs from running meanwhile, us among them
    what -- the condition in words, for the failure's message
    """
    began, stalled_s, slept_s = time.monotonic(), _stalled_s(), 0.0
    while True:
        over_s = time.monotonic() - began - limit_s
        late = over_s > 0 and over_s > min(_since(stalled_s) + slept_s, max(PATIENCE * limit_s, PATIENCE_S))
        answer = condition()
        if answer:
            return answer
        assert not late, f"not within {limit_s:g} s: {what}"
        due = time.monotonic() + POLL_S
        time.sleep(POLL_S)
        slept_s += max(time.monotonic() - due, 0.0)


def _since(stalled_s):
    """What was stalled since then."""
    return math.inf if stalled_s == math.inf else _stalled_s() - stalled_s


def hold(condition, seconds, what):
    """Polls for some seconds and fails as soon as condition() is not true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"did not hold for {seconds:g} s: {what}"
        time.sleep(POLL_S)
