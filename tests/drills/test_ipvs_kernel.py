# SPDX-License-Identifier: Apache-2.0
"""The reconciler alone on a real kernel: a program of its own, in a namespace of its own."""

import re
import subprocess

import pytest

from lib.daemons import BUILD

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

PROGRAM = BUILD / "tests" / "lab" / "test_ipvs_kernel"
LIMIT_S = 300


def test_the_reconciler_keeps_a_real_kernels_table():
    """Every test of the program passes, and all that it planned ran."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing: ./dev build"
    result = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=LIMIT_S,
                            check=False)
    print(result.stdout, result.stderr)
    (planned,) = re.findall(r"^1\.\.(\d+)$", result.stdout, re.MULTILINE)
    passed = re.findall(r"^ok ", result.stdout, re.MULTILINE)
    assert (result.returncode, len(passed)) == (0, int(planned))
