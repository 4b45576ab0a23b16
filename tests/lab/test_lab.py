# SPDX-License-Identifier: Apache-2.0
"""What the lab promises: output, status, place, limits, and nothing left behind.

Every test boots QEMU, also on a kernel that has IPVS.
"""

import os
import pathlib
import signal
import subprocess
import time

import pytest

LAB = pathlib.Path(__file__).with_name("lab")
BOOT_AGAIN = ("lab: no boot within ", "lab: the guest died before ", "lab| ")  # of one boot in hundreds nothing comes; the next one is told of


def start_lab(*command, **environment):
    """Starts a command in the lab, in QEMU whatever this kernel has. It hears Ctrl-C even if we were
    started in the background, where a shell has it ignored."""
    return subprocess.Popen([LAB, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                            env=os.environ | {"HOLDFAST_LAB_FORCE": "qemu"} | environment)


def run_lab(*command, **environment):
    """Runs a command in the lab; returns status, output and errors."""
    process = start_lab(*command, **environment)
    output, errors = process.communicate(timeout=300)
    return process.returncode, output.decode(), errors.decode()


def qemu_children(process):
    """The QEMU processes that a lab has started."""
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children
            if "qemu" in pathlib.Path(f"/proc/{child}/comm").read_text()]


def wait_until(condition, limit_s, what):
    """Polls a condition."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        time.sleep(0.02)


def test_command_has_ipvs_and_its_output_status_place_and_environment_come_through(tmp_path):
    """One boot, since each costs seconds: everything that a command which ends may rely on."""
    script = tmp_path / "script"
    script.write_text("""
        echo "words: ünï"; echo "errors" >&2; echo "reopened" >/dev/stdout
        pwd; echo "$GIVEN"; test -e /proc/net/ip_vs || modprobe ip_vs; head -n 1 /proc/net/ip_vs
        mkdir "$TMPDIR/mine" && ip netns add one && ip netns list
        date +%s
        echo written >""" + str(tmp_path / "from-guest") + """
        kill -TERM $$""")
    before = time.time()
    status, output, errors = run_lab("sh", str(script), GIVEN="a 'quoted' \"value\"")
    lines = output.splitlines()
    assert status == 128 + signal.SIGTERM
    assert lines[:4] == ["words: ünï", "reopened", os.getcwd(), "a 'quoted' \"value\""]
    assert lines[4].startswith("IP Virtual Server")
    assert lines[5] == "one"
    assert before - 2 <= int(lines[6]) <= time.time() + 2, "the guest's clock is wrong"
    said = [line for line in errors.splitlines() if not line.startswith(BOOT_AGAIN)]
    assert said[0] == "errors"
    assert "lab" not in "".join(said), "kernel noise among the command's errors"
    assert (tmp_path / "from-guest").read_text() == "written\n"


def test_output_is_live_and_complete():
    """The first line comes long before the last, and a megabyte is whole."""
    process = start_lab("sh", "-c", "echo first; sleep 5; head -c 1000000 /dev/zero; exit 7")
    assert process.stdout.readline() == b"first\n"
    assert process.poll() is None, "the line came only when all was over"
    rest, _ = process.communicate(timeout=300)
    assert len(rest) == 1000000
    assert process.returncode == 7


def test_a_hang_ends_by_the_limit_and_shows_the_console():
    """Status 124, the console's lines, no QEMU left."""
    status, _, errors = run_lab("sh", "-c", "echo '<2>last words' >/dev/kmsg; sleep 1000",
                                HOLDFAST_LAB_LIMIT="6")
    assert status == 124
    assert "no end of the command within 6 s" in errors
    assert "last words" in errors


def test_a_panic_is_shown_at_once():
    """Status 125 and the kernel's report, well before any limit."""
    status, _, errors = run_lab("sh", "-c", "echo c >/proc/sysrq-trigger", HOLDFAST_LAB_LIMIT="250")
    assert status == 125
    assert "lab: the guest died;" in errors
    assert "Kernel panic - not syncing: sysrq triggered crash" in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_when_the_lab_is_ended(number):
    """By Ctrl-C, by kill, and even by kill -9."""
    process = start_lab("sh", "-c", "echo up; sleep 1000")
    assert process.stdout.readline() == b"up\n"
    guests = qemu_children(process)
    assert len(guests) == 1
    process.send_signal(number)
    process.communicate(timeout=300)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    wait_until(lambda: not os.path.exists(f"/proc/{guests[0]}"), 60, "QEMU's end")


def test_a_missing_command_is_127():
    """As a shell has it."""
    assert run_lab("there-is-no-such-command")[0] == 127


def test_a_directory_that_the_guest_cannot_see_is_refused():
    """Not run somewhere else instead."""
    done = subprocess.run([LAB, "pwd"], cwd="/dev", env=os.environ | {"HOLDFAST_LAB_FORCE": "qemu"},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert "/dev: this directory is not seen by the guest" in done.stderr
