# SPDX-License-Identifier: Apache-2.0
"""`holdfastd -t` over the user's own file, as written."""

import subprocess

import pytest

from lib.daemons import BUILD
from lib.pairs import SEED

pytestmark = pytest.mark.ours


def config_test(path):
    """Runs holdfastd -t; returns status and errors."""
    done = subprocess.run([BUILD / "holdfastd", "-t", "-f", path], check=False,
                          capture_output=True, text=True)
    return done.returncode, done.stderr


def test_seeds_file_can_be_used():
    """Verbatim, with its several keywords on a line."""
    assert config_test(SEED) == (0, "")


def test_broken_file_is_refused_with_its_place(tmp_path):
    """All errors of a file in one run, each with file, line and column, and a hint."""
    broken = tmp_path / "broken.conf"
    broken.write_text(SEED.read_text().replace("interface eth1", "interfase eth1")
                      .replace("delay_loop 6", "delay_loop six"))
    status, errors = config_test(broken)
    assert status == 1
    assert f"{broken}:6:5: error:" in errors
    assert "interface" in errors.splitlines()[0], "no hint at the right word"
    assert f"{broken}:19:16: error:" in errors
