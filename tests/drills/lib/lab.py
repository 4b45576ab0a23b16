# SPDX-License-Identifier: Apache-2.0
"""Where a drill runs: whether this kernel has IPVS."""

import functools
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "lab"))

import lab_native  # noqa: E402


@functools.cache
def has_ipvs():
    """Says whether the running kernel has IPVS; asks once."""
    return lab_native.has_ipvs()
