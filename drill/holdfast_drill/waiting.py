# SPDX-License-Identifier: Apache-2.0
"""Waiting: always for a condition, never for a time."""

import os
import time

# How late a machine may be with what is due: a guest without KVM is about 15 times slower.
SLACK_S = 1.5 if os.environ.get("HOLDFAST_LAB") == "qemu" else 0.3

POLL_S = 0.01


def wait_until(condition, limit_s, what):
    """Polls until condition() is true and returns what it returned.

    what -- the condition in words, for the failure's message
    """
    deadline = time.monotonic() + limit_s
    while True:
        late = time.monotonic() > deadline
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
