# SPDX-License-Identifier: Apache-2.0
"""The sum at the end of ./dev test: every way to fail must show in it."""

import pathlib
import subprocess
import sys

import pytest

TALLY = pathlib.Path(__file__).parents[1] / "tally.py"


def tally(*arguments):
    """Runs tally.py; returns status and output."""
    done = subprocess.run([sys.executable, TALLY, *arguments], check=False, capture_output=True,
                          text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("log, result, counts", [
    ("1..2\nok 1 - one\nok 2 - two\n", "PASS", "2 0 0"),
    ("1..2\nok 1 - one\nnot ok 2 - two\n", "FAIL", "1 1 0"),
    ("1..2\nok 1 - one\n", "FAIL", "1 1 0"),  # it crashed in its second case
    ("ok 1 - one\nERROR: LeakSanitizer\n", "FAIL", "1 1 0"),
    ("whatever\n", "PASS", "1 0 0"),  # no cmocka: the program is the case
    ("whatever\n", "FAIL", "0 1 0"),
    ("", "ERROR", "0 1 0"),
    ("no network here\n", "SKIP", "0 0 1"),
], ids=["all pass", "one fails", "crash", "leak", "script", "script fails", "error", "skip"])
def test_unit_tests_are_counted_by_case(tmp_path, log, result, counts):
    """From automake's .log and .trs files."""
    (tmp_path / "tests/unit").mkdir(parents=True)
    (tmp_path / "tests/unit/test_it.log").write_text(log)
    (tmp_path / "tests/unit/test_it.trs").write_text(f":global-test-result: {result}\n")
    tally("automake", tmp_path / "part", tmp_path)
    assert (tmp_path / "part").read_text().strip() == counts


def test_pytest_report_is_counted_with_errors_as_failures(tmp_path):
    """From pytest's JUnit report."""
    (tmp_path / "report").write_text('<testsuites><testsuite tests="9" failures="1" errors="2" '
                                     'skipped="3"/></testsuites>')
    tally("junit", tmp_path / "part", tmp_path / "report")
    assert (tmp_path / "part").read_text().strip() == "3 3 3"


@pytest.mark.parametrize("counts, status, closed", [
    ("5 0 0", "0", "5 0 0"),
    ("5 0 0", "1", "5 1 0"),  # it broke off after five
    ("5 2 0", "1", "5 2 0"),
    ("0 0 0", "0", "0 1 0"),  # it ran nothing
    (None, "2", "0 1 0"),  # it did not even begin
])
def test_part_that_broke_off_is_a_failure(tmp_path, counts, status, closed):
    """A part's own exit status counts, too."""
    part = tmp_path / "part"
    if counts:
        part.write_text(counts)
    assert tally("end", part, status)[0] == (0 if closed.split()[1] == "0" else 1)
    assert part.read_text().strip() == closed


def test_last_line_is_the_sum_and_the_status_its_verdict(tmp_path):
    """`N passed, N failed`; zero only if nothing failed and something ran."""
    assert tally("sum", tmp_path) == (1, "\n\n0 passed, 0 failed\n")
    (tmp_path / "one").write_text("3 0 1")
    (tmp_path / "two").write_text("4 0 0")
    (tmp_path / "two.xml").write_text("a report, not a part")
    status, output = tally("sum", tmp_path)
    assert (status, output.splitlines()[-2:]) == (0, ["1 skipped", "7 passed, 0 failed"])
    (tmp_path / "three").write_text("0 1 0")
    status, output = tally("sum", tmp_path)
    assert (status, output.splitlines()[-1]) == (1, "7 passed, 1 failed")
