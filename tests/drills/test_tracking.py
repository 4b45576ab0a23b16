# SPDX-License-Identifier: Apache-2.0
"""What moves an instance besides a dead peer: scripts, interfaces, its group; and what it tells."""

import signal
import time

import pytest

from lib.daemons import Holdfast, advert_limit_s
from lib.pairs import backup_of
from lib.waiting import SLACK_S, SOON_S, hold, late_s, wait_until

pytestmark = pytest.mark.ours

INSIDE, OUTSIDE = "10.9.0.18", "10.8.0.18"
LIMIT_S = advert_limit_s(100) + SLACK_S


class Director:
    """A director between two networks, with what its scripts were told."""

    def __init__(self, net, name, number, networks, configuration):
        self.host = net.host(name, eth0=(networks[0], f"10.8.0.{number}/24"),
                             eth1=(networks[1], f"10.9.0.{number}/24"))
        self.events = self.host.directory / "events"
        self.events.touch(mode=0o666)
        self.good = self.host.directory / "good"
        self.good.touch()
        script = self.host.directory / "notify"
        script.write_text(f'#!/bin/sh\necho "$*" >>{self.events}\n')
        script.chmod(0o755)
        self.daemon = Holdfast(self.host, configuration.replace("DIRECTORY",
                                                                str(self.host.directory)))

    def told(self):
        """The lines that the notify scripts wrote."""
        return self.events.read_text().splitlines()

    def instance(self, name):
        """An instance's status."""
        (found,) = (each for each in self.daemon.status()["instances"] if each["name"] == name)
        return found


GLOBAL = "global_defs {\n    script_user root\n    enable_script_security\n}\n"
INSTANCE = """vrrp_instance IN {
    interface eth1
    virtual_router_id 52
    priority 150
    advert_int 1
    virtual_ipaddress {
        10.9.0.18/24 dev eth1
    }
    MORE
}
"""


@pytest.fixture
def start(net):
    """Starts a pair of directors with a configuration and waits until the first is master."""
    def start_pair(configuration):
        networks = net.switch("outside"), net.switch("inside")
        first = Director(net, "lb-1", 1, networks, configuration)
        second = Director(net, "lb-2", 2, networks, backup_of(configuration))
        for director in (first, second):
            wait_until(director.host.has_carriers, 5, "the links are up")
        for director in (first, second):
            director.daemon.start()
        wait_until(lambda: first.host.owns(INSIDE) and not second.host.owns(INSIDE),
                   2 * LIMIT_S, "lb-1 alone is master")
        return first, second
    return start_pair


def assert_moves(first, second, address=INSIDE):
    """The second director takes the address over, and soon has it alone."""
    wait_until(lambda: second.host.owns(address) and not first.host.owns(address), 2 * LIMIT_S,
               "lb-2 alone owns the address")


def assert_returns(first, second, address=INSIDE):
    """The first one takes it back."""
    assert_moves(second, first, address)


def test_notify_scripts_are_told_each_state_once_and_in_order(start):
    """keepalived's arguments: INSTANCE, name, state, priority."""
    first, second = start(GLOBAL + INSTANCE.replace("MORE", "notify DIRECTORY/notify"))
    wait_until(lambda: first.told() == ["INSTANCE IN BACKUP 150", "INSTANCE IN MASTER 150"],
               SOON_S, "lb-1's script was told two states")
    first.host.unplug("eth1")
    wait_until(lambda: first.told()[2:] == ["INSTANCE IN FAULT 150"], LIMIT_S, "FAULT is told")
    assert_moves(first, second)
    first.host.plug("eth1")
    assert_returns(first, second)
    wait_until(lambda: first.told()[3:] == ["INSTANCE IN BACKUP 150", "INSTANCE IN MASTER 150"],
               LIMIT_S, "BACKUP and MASTER again")
    wait_until(lambda: second.told() == [f"INSTANCE IN {state} 100"
                                         for state in ("BACKUP", "MASTER", "BACKUP")],
               SOON_S, "lb-2's script was told three states")


def test_each_state_has_a_script_of_its_own(start):
    """notify_master and its kin, with words of the file's."""
    first, _ = start(GLOBAL + INSTANCE.replace(
        "MORE", 'notify_master "DIRECTORY/notify I am master"\n    '
        'notify_backup "DIRECTORY/notify I am backup"\n    '
        'notify_fault "DIRECTORY/notify I am broken"\n    '
        'notify_stop "DIRECTORY/notify I end"\n    handover off'))
    first.host.unplug("eth1")
    wait_until(lambda: not first.host.owns(INSIDE), LIMIT_S, "it is in FAULT")
    first.host.plug("eth1")
    wait_until(lambda: first.host.owns(INSIDE), 2 * LIMIT_S, "it is master again")
    wait_until(lambda: len(first.told()) == 5, SOON_S, "its scripts have told so")
    first.daemon.terminate()
    late = time.time() - first.events.stat().st_mtime
    assert late < 0.5 + late_s(), "the stop waited longer than its script ran"
    assert [line.split()[0:3] for line in first.told()] == [
        ["I", "am", state] for state in ("backup", "master", "broken", "backup", "master")
    ] + [["I", "end"]]


SCRIPT = """vrrp_script GOOD {
    script "/usr/bin/test -e DIRECTORY/good"
    interval 1
    fall 2
    rise 2
    WEIGHT
}
"""


def test_script_that_fails_faults_the_instance_and_its_success_returns_it(start):
    """Without a weight a tracker is a condition."""
    first, second = start(GLOBAL + SCRIPT.replace("WEIGHT", "")
                          + INSTANCE.replace("MORE", "track_script {\n        GOOD\n    }"))
    first.good.unlink()
    assert_moves(first, second)
    instance = first.instance("IN")
    assert (instance["state"], "GOOD" in instance["faults"][0]) == ("FAULT", True)
    first.good.touch()
    assert_returns(first, second)


def test_script_with_a_weight_moves_the_priority(start):
    """150 - 60 is below 100."""
    first, second = start(GLOBAL + SCRIPT.replace("WEIGHT", "weight -60")
                          + INSTANCE.replace("MORE", "track_script {\n        GOOD\n    }"))
    first.good.unlink()
    assert_moves(first, second)
    assert first.instance("IN")["state"] == "BACKUP"
    assert first.instance("IN")["priority_effective"] == 90
    first.good.touch()
    assert_returns(first, second)


def test_tracked_interface_faults_the_instance(start):
    """eth0 is not the interface that it speaks on."""
    first, second = start(GLOBAL + INSTANCE.replace(
        "MORE", "track_interface {\n        eth0\n    }"))
    first.host.unplug("eth0")
    assert_moves(first, second)
    assert "eth0" in first.instance("IN")["reason"]
    first.host.plug("eth0")
    assert_returns(first, second)


def test_nopreempt_leaves_the_address_where_it_is(start):
    """The better one comes back and listens."""
    first, second = start(GLOBAL + INSTANCE.replace("MORE", "nopreempt"))
    first.daemon.kill()
    first.host.ip("addr del 10.9.0.18/24 dev eth1")
    wait_until(lambda: second.host.owns(INSIDE), LIMIT_S, "lb-2 is master")
    first.daemon.start()
    hold(lambda: second.host.owns(INSIDE) and not first.host.owns(INSIDE), 2 * LIMIT_S,
         "lb-2 stays master")
    assert first.instance("IN")["state"] == "BACKUP"


OUT = (INSTANCE.replace("vrrp_instance IN", "vrrp_instance OUT").replace("eth1", "eth0")
       .replace("router_id 52", "router_id 51").replace(INSIDE, OUTSIDE))
BOTH = (INSTANCE + OUT).replace("MORE", "")
GROUP = """vrrp_sync_group BOTH {
    group {
        IN
        OUT
    }
    notify DIRECTORY/notify
}
"""


def test_sync_group_moves_all_or_none(start):
    """A broken inside takes the outside with it, and both come back."""
    first, second = start(GLOBAL + GROUP + BOTH)
    wait_until(lambda: first.host.owns(OUTSIDE), SOON_S, "both addresses")
    first.host.unplug("eth1")
    assert_moves(first, second)
    assert_moves(first, second, OUTSIDE)
    assert first.instance("OUT")["state"] == "FAULT"
    assert "IN of its sync group" in first.instance("OUT")["reason"]
    first.host.plug("eth1")
    assert_returns(first, second)
    assert_returns(first, second, OUTSIDE)
    wait_until(lambda: [line.split()[:3] for line in first.told()] == [
        ["GROUP", "BOTH", state] for state in ("BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER")],
               SOON_S, "the group's script was told each state once")


def test_sync_group_goes_on_after_a_crash_as_one(start):
    """Both were masters a moment ago, and nobody has missed an advert."""
    first, second = start(GLOBAL + GROUP + BOTH)
    wait_until(lambda: first.host.owns(OUTSIDE), SOON_S, "both addresses")
    first.daemon.kill()
    first.daemon.start()
    assert [first.instance(name)["reason_code"] for name in ("IN", "OUT")] == ["resumed"] * 2
    hold(lambda: not second.host.owns(INSIDE) and not second.host.owns(OUTSIDE), LIMIT_S,
         "nobody noticed")


def test_sync_group_does_not_go_on_in_part_after_a_crash(start):
    """The inside broke while the director was down, so the outside does not go on as master alone."""
    first, second = start(GLOBAL + GROUP + BOTH)
    wait_until(lambda: first.host.owns(OUTSIDE), SOON_S, "both addresses")
    first.daemon.kill()
    first.host.unplug("eth1")
    wait_until(lambda: not first.host.has_carriers(), SOON_S, "the host knows")
    before = len(first.told())
    first.daemon.start()
    assert [first.instance(name)["state"] for name in ("IN", "OUT")] == ["FAULT"] * 2
    assert first.instance("OUT")["counters"]["became_master"] == 0
    assert_moves(first, second, OUTSIDE)
    assert not [line for line in first.told()[before:] if "MASTER" in line]


def test_late_master_with_timer_expired_backup_leaves_its_place_to_who_has_it(start):
    """It was stopped; the other one has taken over, and nobody is to preempt."""
    first, second = start(
        GLOBAL + INSTANCE.replace("MORE", "nopreempt\n    timer_expired_backup 100"))
    first.daemon.process.signal(signal.SIGSTOP)
    wait_until(lambda: second.host.owns(INSIDE), LIMIT_S, "lb-2 is master")
    hold(lambda: second.host.owns(INSIDE), 1, "for a while")
    first.daemon.process.signal(signal.SIGCONT)
    assert_moves(first, second)
    hold(lambda: second.host.owns(INSIDE) and not first.host.owns(INSIDE), 2 * LIMIT_S,
         "lb-2 stays master")
    assert first.instance("IN")["state"] == "BACKUP"
    assert second.instance("IN")["counters"]["became_master"] == 1
    assert first.instance("IN")["counters"]["late_wakeups"] == 1
    assert first.daemon.status()["loop"]["late_wakeups"] == 1


def test_member_does_not_wait_for_a_group_that_a_reload_took_away(start):
    """It wanted to be master, the other member did not: alone it goes ahead at once."""
    _, second = start(GLOBAL + GROUP + BOTH)
    second.host.part("eth1")
    hold(lambda: not second.host.owns(INSIDE), LIMIT_S + 1, "the group holds IN back")
    second.daemon.write_configuration(
        second.daemon.file_text.replace(second.daemon.file_text[
            second.daemon.file_text.index("vrrp_sync_group"):
            second.daemon.file_text.index("vrrp_instance")], ""))
    assert second.daemon.reload() is None
    wait_until(lambda: second.host.owns(INSIDE), 2, "IN is master")  # a silence would take more than 3
    assert not second.host.owns(OUTSIDE)


def test_reload_moves_a_scripts_turn_to_its_new_interval(start):
    """From once a minute to once a second: not in a minute."""
    slow = GLOBAL + SCRIPT.replace("WEIGHT", "").replace("interval 1", "interval 60") \
        + INSTANCE.replace("MORE", "track_script {\n        GOOD\n    }")
    first, second = start(slow)
    first.daemon.write_configuration(first.daemon.file_text.replace("interval 60", "interval 1"))
    assert first.daemon.reload() is None
    first.good.unlink()
    assert_moves(first, second)


def test_reload_of_a_scripts_command_keeps_what_is_known_until_it_has_run(start):
    """No dip of the priority, no takeover."""
    weighted = GLOBAL + SCRIPT.replace("WEIGHT", "weight 60") \
        + INSTANCE.replace("MORE", "track_script {\n        GOOD\n    }")
    first, _ = start(weighted)
    wait_until(lambda: first.instance("IN")["priority_effective"] == 210, SOON_S, "210")
    first.daemon.write_configuration(first.daemon.file_text.replace(
        "/usr/bin/test -e", "/usr/bin/test -f"))
    assert first.daemon.reload() is None
    wait_until(lambda: first.daemon.status()["scripts"][0]["runs"] >= 1, 2 * SOON_S, "a run")
    assert not first.daemon.process.find(r"effective priority 210 ->")


def test_second_master_is_told_to_its_script(start):
    """The network was in two: the stronger one hears the other, and says so once or more."""
    first, second = start(GLOBAL + INSTANCE.replace(
        "MORE", 'notify_master_rx_lower_pri "DIRECTORY/notify a second master"'))
    assert first.told() == []
    second.host.part("eth1")
    wait_until(lambda: second.host.owns(INSIDE), LIMIT_S, "both are master")
    second.host.join("eth1")
    wait_until(lambda: "a second master" in first.told(), SOON_S, "the script is run")
    assert_returns(first, second)
    assert second.told() == []
