# SPDX-License-Identifier: Apache-2.0
"""Waiting: always for a condition, never for a time."""

import os
import time

# How late a machine may be with what is due: a guest without KVM is about 15 times slower, and does not
# even see that its host is busy.
SLACK_S = 4 if os.environ.get("HOLDFAST_LAB") == "qemu" else 0.3

POLL_S = 0.01
# Where programs have to wait for a processor, so many more of its limits are waited, and at least so long.
PATIENCE, PATIENCE_S = 3, 5


def _pressure(name):
    """Of the time in which some program that could run had no processor: a number; 0 where it is not told.

    Documentation/accounting/psi.rst: the first line, "some"; total in microseconds, avg10 in percent.
    """
    try:
        with open("/proc/pressure/cpu", encoding="ascii") as file:
            words = dict(word.split("=") for word in file.readline().split()[1:])
        return float(words[name])
    except (OSError, KeyError, ValueError):
        return 0.0


def late_s():
    """How late what was due in the last seconds may be: on a busy machine later, but not for ever."""
    return SLACK_S + min(_pressure("avg10") / 100 * 10, 2 * SLACK_S)


def wait_until(condition, limit_s, what):
    """Polls until condition() is true and returns what it returned.

    limit_s -- does not count what a busy machine kept programs from running meanwhile
    what -- the condition in words, for the failure's message
    """
    began, stalled_us = time.monotonic(), _pressure("total")
    while True:
        over_s = time.monotonic() - began - limit_s
        late = over_s > 0 and over_s > min((_pressure("total") - stalled_us) / 1e6,
                                           max(PATIENCE * limit_s, PATIENCE_S))
        answer = condition()
        if answer:
            return answer
        assert not late, f"not within {limit_s:g} s: {what}"
        time.sleep(POLL_S)


def hold(condition, seconds, what):
    """Polls for some seconds and fails as soon as condition() is not true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"did not hold for {seconds:g} s: {what}"
        time.sleep(POLL_S)
