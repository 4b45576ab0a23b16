# SPDX-License-Identifier: Apache-2.0
"""The daemon's life as its administrator and its service manager see it."""

import signal
import subprocess
import time

import pytest

from lib.daemons import BUILD, Holdfast
from lib.pairs import MySqlLayout
from lib.process import Process
from lib.systemd import Manager
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

START_LIMIT_S = 20
LIMIT_S = 15  # for what comes true, whenever the machine gets to it
CONFIGURATION = MySqlLayout.configuration.partition("virtual_server ")[0]


@pytest.fixture
def director(net):
    """One host in a LAN of its own, and a daemon that does not run yet."""
    host = net.host("lb4-01", eth1=(net.switch("lan"), "172.16.1.5/24"))
    host.daemon = Holdfast(host, CONFIGURATION)
    return host


@pytest.fixture
def manager(tmp_path):
    """A service manager."""
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def run_to_its_end(host, *arguments):
    """Runs holdfastd until it ends by itself; returns status and what it said."""
    with host.entered():
        done = subprocess.run([BUILD / "holdfastd", *map(str, arguments)], check=False, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=START_LIMIT_S)
    return done.returncode, done.stdout + done.stderr


def test_second_instance_is_refused_and_a_killed_ones_leftovers_are_not_in_the_way(director):
    """Held by a lock, not by a pid file: kill -9 leaves nothing that stops the next start."""
    daemon = director.daemon
    daemon.start()
    status, said = run_to_its_end(director, "-l", "-f", daemon.file, "--runtime-dir",
                                  daemon.directory)
    assert status == 3
    assert f"another holdfastd runs here (process {daemon.process.pid})" in said
    assert daemon.status()["daemon"]["pid"] == daemon.process.pid, "the first one was disturbed"
    daemon.kill()
    assert (daemon.directory / "pid").exists()
    daemon.start()
    assert (daemon.directory / "pid").read_text() == f"{daemon.process.pid}\n"
    daemon.terminate()
    assert not (daemon.directory / "pid").exists()


def test_file_that_cannot_be_used_ends_the_start_with_its_own_status(director):
    """78 tells the service manager that starting again does not help."""
    director.daemon.write_configuration(CONFIGURATION.replace("priority 150", "priority 300"))
    status, said = run_to_its_end(director, *director.daemon.arguments()[1:])
    assert status == 78
    assert f"{director.daemon.file}:8:14: error: priority 300 is outside 1..255" in said


@pytest.mark.parametrize("arguments,status,words", [
    (["--version"], 0, "holdfastd "),
    (["--help"], 0, "--config-test"),
    (["--use-fil"], 2, "requires an argument"),
    (["--wrong"], 2, "unrecognized option"),
    (["x.conf"], 2, "is given by -f"),
    (["-t", "-f", "/nonexistent/x.conf"], 1, "/nonexistent/x.conf"),
])
def test_command_line_is_answered(net, arguments, status, words):
    """Each with the status of the manual, and with words that help."""
    ended, said = run_to_its_end(net.host("lb4-01"), *arguments)
    assert (ended, words in said) == (status, True), said


def test_namespace_is_entered_by_its_name(net, director):
    """The daemon is started elsewhere and works there."""
    elsewhere = net.host("elsewhere")
    daemon = director.daemon
    process = Process(elsewhere, "holdfastd", [*daemon.arguments(), "-s", director.full_name])
    process.wait_until(lambda: director.owns(MySqlLayout.vip),
                       LIMIT_S, "the address is in the namespace that was named")
    assert daemon.status()["daemon"]["namespace"] == director.full_name


def test_state_is_written_to_the_log_on_sigusr1(director):
    """As `status` shows it, as often as it is asked for."""
    director.daemon.start()
    process = director.daemon.process
    for _ in range(2):
        at = process.signal(signal.SIGUSR1)
        line = process.wait_for(r"state: .*VI_2 .* vrid 52", LIMIT_S, at)
        assert "BACKUP" in line.text or "MASTER" in line.text


def test_signal_that_asks_keepalived_for_statistics_kills_nobody(director):
    """Old habits."""
    director.daemon.start()
    director.daemon.process.signal(signal.SIGUSR2)
    at = director.daemon.process.signal(signal.SIGUSR1)
    director.daemon.process.wait_for(r"state: .*VI_2", LIMIT_S, at)


def test_service_manager_is_told_of_start_reload_state_and_stop(director, manager):
    """READY when at work; RELOADING with the time, then READY; STOPPING; watchdog all along."""
    daemon = director.daemon
    daemon.process = Process(director, "holdfastd", daemon.arguments(),
                             manager.environment(watchdog_s=0.4))
    daemon.process.wait_until(lambda: manager.count("READY", "1") == 1, START_LIMIT_S, "READY")
    daemon.process.wait_until(
        lambda: any("MASTER of 1" in message.get("STATUS", "") for message in manager.read()),
        LIMIT_S, "the status says that it is master")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.process.signal(signal.SIGHUP)
    daemon.process.wait_until(lambda: manager.count("READY", "1") == 2, LIMIT_S, "READY again")
    (reloading,) = (message for message in manager.messages if message.get("RELOADING") == "1")
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(
        time.CLOCK_MONOTONIC) // 1000
    beats = manager.count("WATCHDOG", "1")
    daemon.process.wait_until(lambda: manager.count("WATCHDOG", "1") >= beats + 3, LIMIT_S,
                              "the watchdog goes on")
    daemon.terminate()
    assert manager.count("STOPPING", "1") == 1


def test_reload_by_signal_takes_effect_and_a_broken_file_does_not(director):
    """The file of a daemon that nobody asks."""
    daemon = director.daemon
    daemon.start()
    daemon.write_configuration(CONFIGURATION.replace("priority 150", "priority 120"))
    daemon.process.signal(signal.SIGHUP)
    wait_until(lambda: daemon.status()["instances"][0]["priority_base"] == 120, LIMIT_S,
               "the new priority")
    daemon.write_configuration(CONFIGURATION.replace("priority 150", "prioritty 130"))
    at = daemon.process.signal(signal.SIGHUP)
    line = daemon.process.wait_for(r"error: unknown keyword", LIMIT_S, at)
    assert 'did you mean "priority"?' in line.text
    last = wait_until(lambda: daemon.status()["reload"]["last"]["result"] == "failed"
                      and daemon.status()["reload"]["last"], LIMIT_S, "the refusal is told")
    assert last["diagnostics"][0]["line"] == 8
    assert daemon.status()["instances"][0]["priority_base"] == 120


def test_name_that_is_no_utf8_does_not_blind_the_status(director):
    """A file of the old days: its bytes are shown, and everything beside them."""
    director.daemon.file.write_bytes(CONFIGURATION.replace("VI_2", "caf\xe9").encode("latin-1"))
    director.daemon.start()
    status = director.daemon.status()
    assert [instance["name"] for instance in status["instances"]] == ["caf\\xe9"]
    assert status["daemon"]["pid"] == director.daemon.process.pid


def test_empty_sync_group_does_no_harm(director):
    """It does nothing, and says so; a running daemon takes it without a stumble."""
    director.daemon.start()
    director.daemon.write_configuration(CONFIGURATION + "vrrp_sync_group G { group { } }\n")
    assert director.daemon.reload() is None
    (warning,) = director.daemon.status()["reload"]["last"]["diagnostics"]
    assert "has no member" in warning["message"]
    director.daemon.terminate()
    director.daemon.start()
    assert director.daemon.status()["sync_groups"] == []


def test_control_socket_that_cannot_be_had_does_not_stop_the_director(director):
    """It is said, with the cure; VRRP is what counts."""
    director.daemon.socket.write_text("in the way")
    process = Process(director, "holdfastd", director.daemon.arguments())
    process.wait_for(r"control.sock: error: no control socket: .*remove what lies there",
                     START_LIMIT_S)
    process.wait_until(lambda: director.owns(MySqlLayout.vip),
                       LIMIT_S, "the address")


def test_keyword_without_effect_is_noted_in_log_and_status(director):
    """A note is no error, and no alarm either."""
    director.daemon.start()
    director.daemon.write_configuration(CONFIGURATION + "use_pid_dir\n")
    assert director.daemon.reload() is None
    (note,) = director.daemon.status()["reload"]["last"]["diagnostics"]
    assert (note["severity"], "use_pid_dir" in note["message"]) == ("note", True)
    director.daemon.process.wait_for(r"daemon.conf:\d+:1: note: .*use_pid_dir", LIMIT_S)
