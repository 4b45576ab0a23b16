#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts test cases, from what the test programs themselves have reported.

usage: tally.py automake FILE BUILD   count the unit tests of a `make check` in BUILD
       tally.py junit FILE REPORT     count the cases of a pytest report
       tally.py case FILE STATUS      count one case, which passed if STATUS is 0
       tally.py end FILE STATUS       close a part: a bad end without a failure counts as one
       tally.py sum DIRECTORY         print the sum of all parts; exit 0 only if nothing failed

FILE keeps a part's counts, one line: PASSED FAILED SKIPPED.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


def count_automake(build):
    """Counts cases by their TAP lines; a program without them is one case by its result."""
    passed = failed = skipped = 0
    for trs in sorted(pathlib.Path(build).glob("tests/**/*.trs")):
        result = re.search(r":global-test-result: (\w+)", trs.read_text()).group(1)
        log = trs.with_suffix(".log").read_text(errors="replace")
        good = len(re.findall(r"^ok ", log, re.MULTILINE))
        bad = len(re.findall(r"^not ok ", log, re.MULTILINE))
        if result == "SKIP":
            skipped += 1
        elif good + bad == 0:
            good = int(result == "PASS")
        if result not in ("PASS", "SKIP") and bad == 0:
            bad = 1  # a crash, or what a sanitizer found at the end
        passed += good
        failed += bad
    return passed, failed, skipped


def count_junit(report):
    """Counts a pytest report; an error in set-up or tear-down is a failure."""
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    total, failures, errors, skipped = (
        int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    return total - failures - errors - skipped, failures + errors, skipped


def read(path):
    """The counts of a part so far."""
    if not path.exists():
        return 0, 0, 0
    return tuple(int(word) for word in path.read_text().split())


def write(path, counts):
    """Keeps the counts of a part."""
    path.write_text(" ".join(str(count) for count in counts) + "\n")


def phrase(passed, failed, skipped):
    """The counts in words."""
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def end(path, status):
    """Closes a part; returns the exit status that it deserves."""
    passed, failed, skipped = read(path)
    if failed == 0 and (status != 0 or passed + skipped == 0):
        failed = 1
        print(f"{path.name}: did not run to its end, or ran nothing (status {status})")
    write(path, (passed, failed, skipped))
    print(f"{path.name}: {phrase(passed, failed, skipped)}")
    return 1 if failed else 0


def total(directory):
    """Prints every part and, last, the sum."""
    parts = {path.name: read(path) for path in sorted(directory.iterdir()) if not path.suffix}
    width = max((len(name) for name in parts), default=0)
    print()
    for name, counts in parts.items():
        print(f"  {name:<{width}}  {phrase(*counts)}")
    passed, failed, skipped = (sum(column) for column in zip(*parts.values(), (0, 0, 0)))
    print(f"\n{skipped} skipped" if skipped else "")
    print(phrase(passed, failed, 0))
    return 1 if failed or not passed else 0


def main(arguments):
    """Does what the usage says."""
    match arguments:
        case ["automake", path, build]:
            write(pathlib.Path(path), count_automake(build))
        case ["junit", path, report]:
            write(pathlib.Path(path), count_junit(report))
        case ["case", path, status]:
            passed, failed, skipped = read(pathlib.Path(path))
            write(pathlib.Path(path),
                  (passed + (status == "0"), failed + (status != "0"), skipped))
        case ["end", path, status]:
            return end(pathlib.Path(path), int(status))
        case ["sum", directory]:
            return total(pathlib.Path(directory))
        case _:
            print(__doc__.strip(), file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
