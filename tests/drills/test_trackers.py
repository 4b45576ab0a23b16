# SPDX-License-Identifier: Apache-2.0
"""What moves an instance: numbers in files, and processes."""

import contextlib
import pathlib
import subprocess
import time

import pytest

from lib.daemons import Holdfast
from lib.waiting import SLACK_S, hold, wait_until

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


def track(director, sleep_s, changed=("", "")):
    """Tracks other processes: drills that run at the same time see each other's."""
    daemon, host = director
    daemon.write_configuration(TEXT.replace("DIRECTORY", str(host.directory)).replace(
        "4711", sleep_s).replace(*changed))
    assert daemon.reload() is None


@contextlib.contextmanager
def sleepers(count, sleep_s):
    """So many tracked processes, which are killed and waited for at the end."""
    running = [subprocess.Popen(["/bin/sleep", sleep_s]) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def wait_running(daemon, count):
    """Waits until so many are counted."""
    wait_until(lambda: daemon.status()["track_processes"][0]["running"] == count, LIMIT_S,
               f"{count} run")


def descriptors(daemon, kind=""):
    """How many descriptors the daemon has open, of a kind."""
    count = 0
    for entry in pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += kind in str(entry.readlink())
    return count


def test_an_end_is_seen_at_once_also_where_the_kernel_tells_no_news(director):
    """Each dies just after a look through /proc, so that the next one is almost a second away."""
    daemon, _ = director
    assert daemon.process.find("the kernel tells of no new processes here"), "it is in a namespace"
    track(director, "4712", ("terminate_delay 0.2", "terminate_delay 0"))
    late = []
    for _ in range(5):
        begun = time.time()
        with sleepers(1, "4712") as (sleeper,):
            daemon.process.wait_for("sleeper: 1 process of /bin/sleep: good", LIMIT_S, begun)
            at = time.time()
            sleeper.kill()  # and nobody waits for it yet: a zombie has ended
            line = daemon.process.wait_for("sleeper: 0 processes of /bin/sleep: bad", LIMIT_S, at)
            late.append(line.at - at)
            hold(lambda at=line.at: not daemon.process.find("of /bin/sleep: good", at), 1.2,
                 "a look that finds the zombie does not count it")
    assert max(late) < SLACK_S, f"seen after {late} s"


def test_no_descriptor_is_left_of_processes_that_ended(director):
    """50 of them, and reloads while they run."""
    daemon, _ = director
    track(director, "4713")
    wait_until(lambda: instance(daemon)["state"] == "MASTER", LIMIT_S, "it is master")
    wait_running(daemon, 0)
    before = descriptors(daemon)
    for turn in range(5):
        with sleepers(10, "4713"):
            wait_running(daemon, 10)
            assert descriptors(daemon, "pidfd") == 10
            track(director, "4713", ("-40", f"-{30 + turn}"))
            wait_running(daemon, 10)
            assert descriptors(daemon, "pidfd") == 10
        wait_running(daemon, 0)
    assert descriptors(daemon, "pidfd") == 0
    wait_until(lambda: descriptors(daemon) == before, 1, f"{before} descriptors, as before")


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
