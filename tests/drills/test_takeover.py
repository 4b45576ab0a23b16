# SPDX-License-Identifier: Apache-2.0
"""The seed's directors lose their master in every way there is; addresses and wire tell the story.

No real servers here: the client pings the address.
"""

import datetime
import time

import pytest

from lib.clients import Pings, SteadyLoad, ping
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY
from lib.waiting import SLACK_S, SOON_S, hold, late_s, wait_until

VRID = 52
SKEW_S = (256 - BACKUP_PRIORITY) / 256
EARLY_S = 0.05  # how much earlier than due a timer may look on another host's capture


def wait_takeover(pair, limit_s):
    """Waits until the backup holds the address."""
    wait_until(lambda: pair.backup.host.owns(pair.vip), limit_s,
               f"{pair.backup.name} takes {pair.vip}")


def wait_announcements(pair, director, since, count=1, limit_s=SOON_S):
    """Waits for gratuitous ARP of a director; returns it."""
    mac = director.host.mac("eth1")
    return wait_until(
        lambda: len(seen := pair.capture.announcements(pair.vip, mac, since)) >= count and seen,
        limit_s, f"{director.name} announces {pair.vip} {count} times")


def said_at(director, words):
    """When the log says so by its own time, whenever it was read."""
    line = director.daemon.process.find(words)
    return datetime.datetime.fromisoformat(line.text.split()[0]).timestamp()


def lower_priority_received(director):
    """How often it heard a second master of a lower priority."""
    return director.daemon.status()["instances"][0]["counters"]["lower_priority_received"]


def test_address_is_as_configured(vrrp_pair):
    """Label, prefix length and device are the file's."""
    details = vrrp_pair.master.host.address_details(vrrp_pair.vip)
    assert details["label"] == "eth1:18"
    assert details["prefixlen"] == 24
    assert details["dev"] == "eth1"


def test_adverts_are_what_the_file_says(vrrp_pair):
    """One a second, from the master alone, each with the file's numbers and a right checksum."""
    capture = vrrp_pair.capture
    wait_until(lambda: len(capture.adverts(vrrp_pair.master.address)) >= 4, 4 + SOON_S,
               "four adverts")
    adverts = capture.adverts(vrrp_pair.master.address)
    for advert in adverts:
        assert (advert.version, advert.vrid, advert.priority) == (2, VRID, MASTER_PRIORITY)
        assert advert.addresses == (vrrp_pair.vip,)
        assert (advert.auth_type, advert.auth_data) == (1, b"1111\0\0\0\0")
        assert advert.interval_ms == 1000
        assert (advert.destination, advert.ttl, advert.tos) == ("224.0.0.18", 255, 0xC0)
        assert advert.checksum_is_right
    steady = [advert.at for advert in adverts[1:]]
    for before, after in zip(steady, steady[1:]):
        assert abs(after - before - 1) < late_s()
    assert not capture.adverts(vrrp_pair.backup.address)


def test_backup_takes_over_within_the_down_time_of_a_killed_master(vrrp_pair):
    """kill -9 says nothing to anybody: three adverts must fail to come, and the skew must pass."""
    killed = vrrp_pair.master.daemon.kill()
    wait_takeover(vrrp_pair, advert_limit_s(BACKUP_PRIORITY))
    last = vrrp_pair.capture.adverts(vrrp_pair.master.address)[-1]
    (first, *_) = wait_until(lambda: vrrp_pair.capture.adverts(vrrp_pair.backup.address, killed),
                             SOON_S, "the new master's advert")
    silence_s = first.at - last.at
    assert 3 + SKEW_S - EARLY_S <= silence_s <= 3 + SKEW_S + late_s()
    assert first.priority == BACKUP_PRIORITY
    assert wait_announcements(vrrp_pair, vrrp_pair.backup, killed)[0].at - first.at < late_s()


def test_client_is_served_again_after_the_master_loses_its_power(vrrp_pair):
    """The machine is gone: what is lost is what was sent until the new master announced itself."""
    with SteadyLoad(vrrp_pair.client, ping(vrrp_pair.vip), 0.05, 0.5 + SLACK_S) as load:
        wait_until(lambda: len(load.answered()) >= 10, 2 * SOON_S, "the client is served")
        lost_power = vrrp_pair.master.lose_power()
        wait_takeover(vrrp_pair, advert_limit_s(BACKUP_PRIORITY))
        announced = wait_announcements(vrrp_pair, vrrp_pair.backup, lost_power)[0].at
        answer = wait_until(lambda: load.first_answer(announced), SOON_S, "an answer")
    assert answer.ended - announced < late_s()
    lost = load.lost()
    assert lost, "a dead machine has answered"
    assert all(lost_power - 0.1 < request.sent < announced + late_s() for request in lost)


@pytest.mark.ours
def test_stopped_master_hands_over_without_a_hole(vrrp_pair):
    """SIGTERM: it says priority 0, and its address answers until the successor's advert is there."""
    with Pings(vrrp_pair.client, vrrp_pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, 2 * SOON_S, "the client is served")
        stopped = vrrp_pair.master.daemon.terminate()
        announced = wait_announcements(vrrp_pair, vrrp_pair.backup, stopped)[0].at
        wait_until(lambda: pings.answered(announced) >= 10, SOON_S, "the client is served")
    farewell = vrrp_pair.capture.adverts(vrrp_pair.master.address, stopped)
    assert [advert.priority for advert in farewell] == [0]
    assert SKEW_S - EARLY_S <= announced - farewell[0].at <= SKEW_S + late_s()
    assert pings.outage_s(stopped) < SKEW_S / 2, "nobody answered while the successor waited"
    assert vrrp_pair.owners() == [vrrp_pair.backup.name]


@pytest.mark.ours
def test_master_that_stops_alone_lets_go_in_the_end(vrrp_pair):
    """There is no successor: one and a half of the longest skew time, and the address is gone."""
    vrrp_pair.backup.daemon.terminate()
    vrrp_pair.master.daemon.terminate()
    stopped, gone = (said_at(vrrp_pair.master, words) for words in (
        "MASTER -> INIT: stopped", "let go of its addresses after .*: no successor was heard"))
    assert 1.5 - EARLY_S <= gone - stopped <= 1.5 + late_s()
    assert not vrrp_pair.owners()


@pytest.mark.ours
def test_owner_that_hears_nobody_hears_its_successor(vrrp_pair):
    """owner_ignore_adverts: while it hands over, the successor's advert is what it waits for."""
    vrrp_pair.master.daemon.write_configuration(vrrp_pair.master.configuration.replace(
        f"priority {MASTER_PRIORITY}", "priority 255\n    owner_ignore_adverts"))
    assert vrrp_pair.master.daemon.reload() is None
    vrrp_pair.master.daemon.terminate()
    assert vrrp_pair.master.daemon.process.find("handed over to")


@pytest.mark.ours
def test_instance_that_a_reload_removes_is_handed_over(vrrp_pair):
    """The daemon goes on without it; its address answers until the other one has it."""
    file = vrrp_pair.master.configuration.partition("vrrp_instance")[0]
    with Pings(vrrp_pair.client, vrrp_pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, 2 * SOON_S, "the client is served")
        vrrp_pair.master.daemon.write_configuration(file)
        removed = time.time()
        assert vrrp_pair.master.daemon.reload() is None
        announced = wait_announcements(vrrp_pair, vrrp_pair.backup, removed)[0].at
        wait_until(lambda: pings.answered(announced) >= 10, SOON_S, "the client is served")
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.backup.name], SOON_S, "one owner")
    assert pings.outage_s(removed) < SKEW_S / 2, "nobody answered while the successor waited"


@pytest.mark.ours
def test_handover_off_drops_the_address_at_once(vrrp_pair):
    """SIGTERM: priority 0 on the wire, the address gone, the backup there after its skew alone."""
    vrrp_pair.master.daemon.write_configuration(
        vrrp_pair.master.configuration.replace("advert_int 1", "advert_int 1\n    handover off"))
    assert vrrp_pair.master.daemon.reload() is None
    stopped = vrrp_pair.master.daemon.terminate()
    farewell = vrrp_pair.capture.adverts(vrrp_pair.master.address, stopped)
    assert [advert.priority for advert in farewell] == [0]
    assert not vrrp_pair.master.host.owns(vrrp_pair.vip)
    wait_takeover(vrrp_pair, SOON_S)
    (first, *_) = wait_until(lambda: vrrp_pair.capture.adverts(vrrp_pair.backup.address, stopped),
                             SOON_S, "the new master's advert")
    assert SKEW_S - EARLY_S <= first.at - farewell[0].at <= SKEW_S + late_s()


def test_master_without_link_gives_the_address_up_and_takes_it_back(vrrp_pair):
    """The cable is pulled and put back: one owner before, meanwhile and after."""
    pulled = vrrp_pair.capture.adverts(vrrp_pair.master.address)[-1].at
    vrrp_pair.master.host.unplug("eth1")
    wait_until(lambda: not vrrp_pair.master.host.owns(vrrp_pair.vip), SOON_S,
               "the master without link gives the address up")
    wait_takeover(vrrp_pair, advert_limit_s(BACKUP_PRIORITY))
    wait_announcements(vrrp_pair, vrrp_pair.backup, pulled)
    plugged = vrrp_pair.capture.adverts(vrrp_pair.backup.address)[-1].at
    vrrp_pair.master.host.plug("eth1")
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.master.name],
               advert_limit_s(MASTER_PRIORITY) + SOON_S, "the master has the address back, alone")
    wait_announcements(vrrp_pair, vrrp_pair.master, plugged)


def test_returning_master_takes_the_address_back(vrrp_pair):
    """After a crash and a takeover the master starts again: it waits, preempts, announces."""
    vrrp_pair.master.daemon.kill()
    wait_takeover(vrrp_pair, advert_limit_s(BACKUP_PRIORITY))
    returned = vrrp_pair.master.daemon.start()
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.master.name],
               advert_limit_s(MASTER_PRIORITY) + SOON_S, "the master has the address back, alone")
    wait_announcements(vrrp_pair, vrrp_pair.master, returned)
    first = vrrp_pair.capture.adverts(vrrp_pair.master.address, returned)[0]
    assert first.at - returned >= 3 - EARLY_S, "the master did not listen before it spoke"


def test_backup_is_silent_while_the_master_lives(vrrp_pair):
    """Nothing from the backup: no advert, no gratuitous ARP, no address."""
    began = vrrp_pair.capture.adverts(vrrp_pair.master.address)[-1].at
    hold(lambda: vrrp_pair.owners() == [vrrp_pair.master.name], 3, "the master alone owns it")
    assert not vrrp_pair.capture.adverts(vrrp_pair.backup.address, began)
    assert not vrrp_pair.capture.announcements(
        vrrp_pair.vip, vrrp_pair.backup.host.mac("eth1"), began)


def test_new_master_announces_five_times_and_again_after_five_seconds(vrrp_pair):
    """The defaults of garp_master_repeat and garp_master_delay."""
    killed = vrrp_pair.master.daemon.kill()
    wait_takeover(vrrp_pair, advert_limit_s(BACKUP_PRIORITY))
    burst = wait_announcements(vrrp_pair, vrrp_pair.backup, killed, 5)
    assert len(burst) == 5
    assert burst[-1].at - burst[0].at < late_s()
    again = wait_announcements(vrrp_pair, vrrp_pair.backup, killed, 10, 5 + SOON_S)
    assert 5 - EARLY_S <= again[5].at - again[0].at <= 5 + late_s()


@pytest.mark.ours
def test_master_announces_itself_again_after_a_second_master_was_there(vrrp_pair):
    """A network that was in two and is one again: nobody may keep the loser's hardware address."""
    vrrp_pair.backup.host.part("eth1")
    wait_until(lambda: vrrp_pair.backup.host.owns(vrrp_pair.vip),
               advert_limit_s(BACKUP_PRIORITY) + SOON_S, "both own the address")
    assert vrrp_pair.master.host.owns(vrrp_pair.vip)
    before = [lower_priority_received(director) for director in vrrp_pair.directors]
    joined = time.time()
    vrrp_pair.backup.host.join("eth1")
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.master.name], SOON_S,
               "the master alone owns the address")
    heard = [advert for advert in vrrp_pair.capture.adverts(vrrp_pair.backup.address, joined)]
    wait_announcements(vrrp_pair, vrrp_pair.master, max([joined] + [each.at for each in heard]), 1)
    after = [lower_priority_received(director) for director in vrrp_pair.directors]
    assert before[0] < after[0] <= before[0] + len(heard), "the lower one's, as master"
    assert after[1] == before[1], "the loser heard nobody of a lower priority"


@pytest.mark.ours
def test_reloaded_interval_is_the_backups_patience_at_once(vrrp_pair):
    """From one second to three: the backup does not wait by the old interval any more."""
    for director in (vrrp_pair.backup, vrrp_pair.master):
        director.daemon.write_configuration(
            director.configuration.replace("advert_int 1", "advert_int 3"))
        assert director.daemon.reload() is None
    hold(lambda: vrrp_pair.owners() == [vrrp_pair.master.name], 6, "the master alone owns it")
