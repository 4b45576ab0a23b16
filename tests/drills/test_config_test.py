# SPDX-License-Identifier: Apache-2.0
"""`holdfastd -t` over the user's own file, as written."""

import json
import subprocess

import pytest

from lib.daemons import BUILD
from lib.pairs import SEED

pytestmark = pytest.mark.ours


def run(*arguments):
    """Runs holdfastd to its end; what it says does not depend on this machine's interfaces."""
    return subprocess.run([BUILD / "holdfastd", "--silence=vip-not-local", *arguments], check=False, capture_output=True,
                          text=True)


def config_test(path):
    """Runs holdfastd -t; returns status and errors."""
    done = run("-t", "-f", path)
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


@pytest.mark.parametrize("old,new,status,strict,counts", [
    ("", "", 0, 0, (True, 0, 0)),
    ("delay_loop 6\n", "delay_loop 6\n    ops\n", 0, 2, (True, 0, 1)),
    ("delay_loop 6\n", "delay_loop 6\n    ops\n    delay_loop six\n", 1, 1,
     (False, 1, 2)),
])
def test_verdict_is_a_status_for_programs(tmp_path, old, new, status, strict, counts):
    """0, 1, and 2 for warnings where somebody asks for that; the same as JSON."""
    file = tmp_path / "a.conf"
    file.write_text(SEED.read_text().replace(old, new, 1) if old else SEED.read_text())
    assert run("-t", "-f", file).returncode == status
    assert run("-t", "--strict", "-f", file).returncode == strict
    done = run("-t", "--json", "-f", file)
    said = json.loads(done.stdout)
    assert (said["usable"], said["errors"], said["warnings"]) == counts, done.stdout
    assert (done.returncode, done.stderr, said["file"]) == (status, "", str(file))
    assert len(said["diagnostics"]) >= sum(counts[1:])
    assert all(each["line"] > 1 and each["message"] for each in said["diagnostics"])


def test_lint_has_a_name_that_programs_can_read_and_silence(tmp_path):
    """The name is in the message and in the object; a silenced lint is no warning for --strict."""
    file = tmp_path / "a.conf"
    file.write_text(SEED.read_text().replace("172.16.1.7 3306", "172.16.1.7 3307"))
    done = run("-t", "--strict", "--json", "-f", file)
    said = json.loads(done.stdout)
    assert (done.returncode, said["warnings"]) == (2, 1)
    assert said["diagnostics"][0]["lint"] == "dr-other-port"
    assert said["diagnostics"][0]["message"].endswith(" [dr-other-port]")
    assert run("-t", "--strict", "--silence=dr-other-port", "-f", file).returncode == 0
    file.write_text(file.read_text() + "# holdfast: silence dr-other-port\n")
    assert run("-t", "--strict", "-f", file).returncode == 0
    done = run("-t", "--silence=dr-port", "-f", file)
    assert done.returncode == 2 and "dr-other-port" in done.stderr
    assert "dr-other-port " in run("--lints").stdout


def test_all_keywords_are_listed_with_their_state():
    """keepalived's 531 pairs of block and keyword and those of our own, each in one of three states."""
    lines = run("--keywords").stdout.splitlines()
    assert [line for line in lines if line.split()[1:2] == ["handover"]]
    assert len(lines) > 531
    states = {state: [line for line in lines if line.endswith(f" {state}")]
              for state in ("implemented", "accepted", "not supported")}
    assert sum(map(len, states.values())) == len(lines)
    assert any(line.split()[:2] == ["real_server", "weight"] for line in states["implemented"])
