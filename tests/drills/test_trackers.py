# SPDX-License-Identifier: Apache-2.0
"""What moves an instance: numbers in files, and processes."""

import subprocess

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

TEXT = """
track_file load {
    file DIRECTORY/load
    weight -1
    init_file 5
}
track_file broken {
    file DIRECTORY/deep/broken
    weight 0
}
vrrp_track_process sleeper {
    process /bin/sleep 4711
    weight -40
    quorum 1
    terminate_delay 0.2
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    priority 150
    track_file {
        load
        broken
    }
    track_process {
        sleeper
    }
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
LIMIT_S = 5


@pytest.fixture(name="director")
def make_director(net):
    """One director and its host."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
    daemon = Holdfast(host, TEXT.replace("DIRECTORY", str(host.directory)))
    daemon.start()
    return daemon, host


def instance(daemon):
    """The instance's status."""
    return daemon.status()["instances"][0]


def wait_priority(daemon, priority):
    """Waits until the effective priority is this."""
    wait_until(lambda: instance(daemon)["priority_effective"] == priority, LIMIT_S,
               f"priority {priority}, not {instance(daemon)['priority_effective']}")


def test_priority_follows_a_file(director):
    """Written, replaced, spoilt, deleted and put back; in any base that C knows."""
    daemon, host = director
    file = host.directory / "load"
    assert file.read_text() == "5\n", "init_file"
    wait_priority(daemon, 105)  # the process is not there: -40
    file.write_text("0x10\n")
    wait_priority(daemon, 94)
    other = host.directory / "other"
    other.write_text("20")
    other.rename(file)
    wait_priority(daemon, 90)
    file.write_text("many")
    wait_priority(daemon, 110)
    (tracked,) = (each for each in daemon.status()["track_files"] if each["name"] == "load")
    assert (tracked["value"], tracked["trouble"]) == (0, "it holds no number")
    file.write_text("1")
    wait_priority(daemon, 109)
    file.unlink()
    wait_priority(daemon, 110)


def test_weight_0_is_a_fault_and_a_directory_may_come_later(director):
    """The reason names the file, and it goes by itself."""
    daemon, host = director
    wait_until(lambda: instance(daemon)["state"] == "MASTER", LIMIT_S, "it is master")
    deep = host.directory / "deep"
    deep.mkdir()
    (deep / "broken").write_text("1")
    wait_until(lambda: instance(daemon)["faults"] == ["tracked file broken says 1"], LIMIT_S,
               "FAULT says why")
    (deep / "broken").unlink()
    deep.rmdir()
    wait_until(lambda: instance(daemon)["state"] == "MASTER", LIMIT_S, "it is master again")
    deep.mkdir()
    (deep / "broken").write_text("2")
    wait_until(lambda: instance(daemon)["faults"], LIMIT_S, "FAULT")


def test_priority_follows_a_process_and_a_reload_keeps_what_is_known(director):
    """Started: the weight is off; killed: it is back, after terminate_delay."""
    daemon, host = director
    wait_priority(daemon, 105)
    with subprocess.Popen(["/bin/sleep", "4711"]) as process:
        try:
            wait_priority(daemon, 145)
            daemon.write_configuration(
                TEXT.replace("DIRECTORY", str(host.directory)).replace("-40", "-30"))
            assert daemon.reload() is None
            (tracked,) = daemon.status()["track_processes"]
            assert tracked["status"] == "good"
            wait_until(lambda: daemon.status()["track_processes"][0]["running"] == 1, LIMIT_S,
                       "it is counted again")
        finally:
            process.kill()
    wait_priority(daemon, 115)


def test_a_directory_that_is_moved_away_takes_its_file_along(director):
    """What counts is the path."""
    daemon, host = director
    deep, away = host.directory / "deep", host.directory / "away"
    deep.mkdir()
    (deep / "broken").write_text("1")
    wait_until(lambda: instance(daemon)["faults"], LIMIT_S, "FAULT")
    deep.rename(away)
    wait_until(lambda: not instance(daemon)["faults"], LIMIT_S, "the file is gone")
    away.rename(deep)
    wait_until(lambda: instance(daemon)["faults"], LIMIT_S, "it is back")


def test_a_link_that_goes_down_ends_a_handover(director):
    """Nobody hears it, so there is no successor to wait for: long before the limit of 6 s."""
    daemon, host = director
    text = daemon.file_text.replace("priority 150", "priority 255").replace(
        "advert_int 0.1", "advert_int 4")
    daemon.write_configuration(text)
    assert daemon.reload() is None
    daemon.terminate()
    daemon.start()
    wait_until(lambda: host.owns("10.5.0.18"), LIMIT_S, "the owner is master")
    (host.directory / "deep").mkdir()
    (host.directory / "deep" / "broken").write_text("1")
    wait_until(lambda: instance(daemon)["handing_over"], LIMIT_S, "it hands over")
    assert host.owns("10.5.0.18")
    host.unplug("eth1")
    wait_until(lambda: not host.owns("10.5.0.18"), 1, "it lets go")
    assert not instance(daemon)["handing_over"]
