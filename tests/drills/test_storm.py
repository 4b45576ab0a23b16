# SPDX-License-Identifier: Apache-2.0
"""Storms: a master that is stopped for ten seconds, a reload a second, an interface that flaps.

After each there is one master, nobody changed its state without a cause, and no advert was later than
the loop that sends it, as far as the daemon itself measured that (lib/punctual.py).
"""

import re
import signal
import time

import pytest

from lib.crowd import Crowd, many_layout, transitions
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, MySqlLayoutV3, Pair
from lib.punctual import Punctuality
from lib.waiting import SLACK_S, SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

INTERVAL_S = 0.5
PAUSE_S = 10
RELOADS = 60
FLAPS = 100
INSTANCES = 250
# Of those that are reloaded: as long as from one reload to the next, so that one which disturbed the beat
# would silence it; and three adverts are more than a busy machine keeps a master from sending.
RELOADED_S = 1
# What a transition must give as its cause, by the state that it leads to: where the drill breaks and
# mends the network, or stops a master, and does nothing else.
CAUSES = {"MASTER": r"no advert for (?P<silence>[\d.]+ m?s) \(limit (?P<limit>[\d.]+ m?s)\)"
                    r"|master \S+ has priority (?P<lower>\d+), ours is (?P<own>\d+)",
          "BACKUP": r"started|the last fault is gone"
                    r"|\S+ is master with priority (?P<higher>\d+), ours is (?P<ours>\d+)",
          "FAULT": r"interface eth1 is down"}


@pytest.fixture
def pair(net, kind):
    """Two directors with an advert every half a second: a busy machine keeps nobody from sending three."""
    layout = type("Storm", (MySqlLayoutV3,), {
        "interval_s": INTERVAL_S,
        "configuration": MySqlLayoutV3.configuration.replace("advert_int 0.2", f"advert_int {INTERVAL_S}")})
    pair = Pair(net, (kind, kind), layout, vrrp_only=True)
    pair.start()
    return pair


def value_of(words):
    """A number, or a duration in ms as the log has it: "900 ms", "1.80 s"."""
    value, _, unit = words.partition(" ")
    return float(value) * (1000 if unit == "s" else 1)


def uncaused(director, causes=CAUSES):
    """The transitions of a director's log whose cause is none, or not true by its own numbers."""
    found = []
    for line in transitions(director):
        state, why = re.search(r"-> (\w+): (.*)", line.text).groups()
        cause = re.fullmatch(causes[state], why)
        numbers = {name: value_of(value) for name, value in (cause.groupdict() if cause else {}).items()
                   if value}
        if not cause or numbers.get("silence", 0) < numbers.get("limit", 0) \
                or numbers.get("lower", -1) >= numbers.get("own", 0) \
                or numbers.get("higher", 256) <= numbers.get("ours", 0):
            found.append(line.text)
    return found


def assert_one_master(pair):
    """The director with the higher priority, alone: by its address and on the wire."""
    pair.wait_settled()
    settled = pair.capture.adverts(pair.master.address)[-1].at + INTERVAL_S
    hold(lambda: pair.owners() == [pair.master.name], advert_limit_s(BACKUP_PRIORITY, INTERVAL_S),
         f"{pair.master.name} alone owns the address")
    assert {advert.source for advert in pair.capture.adverts(since=settled)} == {
        pair.master.address}


def test_master_that_was_stopped_for_ten_seconds_comes_back(pair):
    """SIGSTOP and SIGCONT, as a hypervisor does to a guest: the backup has taken over meanwhile. Who
    wakes up has twenty of its adverts in the queue, and answers them together."""
    with Punctuality(pair.master, INTERVAL_S) as master, \
            Punctuality(pair.backup, INTERVAL_S) as backup:
        stopped = pair.master.daemon.process.signal(signal.SIGSTOP)
        wait_until(lambda: pair.backup.daemon.became_master(stopped),
                   advert_limit_s(BACKUP_PRIORITY, INTERVAL_S), "the backup takes over")
        hold(lambda: pair.backup.host.owns(pair.vip), PAUSE_S - (time.time() - stopped),
             "the backup is master")
        woken = pair.master.daemon.process.signal(signal.SIGCONT)
        assert_one_master(pair)
        said = [advert.at for advert in pair.capture.adverts(pair.master.address, woken)]
        answers = [at for at in said if at < said[0] + INTERVAL_S / 2]
        assert len(answers) <= 2, "the answer, and the beat that was due"
        assert master.lag_s() >= PAUSE_S - INTERVAL_S - SLACK_S, "it has not noticed its lateness"
        assert not master.late() + backup.late()
    assert not uncaused(pair.master) + uncaused(pair.backup)
    assert len(transitions(pair.backup, stopped)) == 2, "there and back"


def test_master_that_finds_a_better_one_when_it_wakes_up_yields_at_once(pair):
    """It was stopped as master, and the one with the higher priority came back meanwhile. It says its
    last word (higher_prio_send_advert), so that the other one announces itself again, and no more."""
    killed = pair.master.daemon.kill()
    wait_until(lambda: pair.backup.daemon.became_master(killed),
               advert_limit_s(BACKUP_PRIORITY, INTERVAL_S), "the backup takes over")
    pair.master.host.ip(f"addr del {pair.vip}/24 dev eth1")
    stopped = pair.backup.daemon.process.signal(signal.SIGSTOP)
    pair.master.daemon.start()
    wait_until(lambda: pair.master.daemon.became_master(stopped),
               advert_limit_s(MASTER_PRIORITY, INTERVAL_S), "the better one is master")
    wait_until(lambda: len(pair.capture.adverts(pair.master.address, stopped)) > 3 / INTERVAL_S,
               3 + advert_limit_s(MASTER_PRIORITY, INTERVAL_S) + SLACK_S, "it has been for 3 s")
    woken = pair.backup.daemon.process.signal(signal.SIGCONT)
    assert_one_master(pair)
    assert len(pair.capture.adverts(pair.backup.address, woken)) == 1
    wait_until(lambda: pair.capture.announcements(pair.vip, pair.master.host.mac("eth1"), woken),
               SOON_S, "the better one announces itself again")
    assert not pair.capture.announcements(pair.vip, pair.backup.host.mac("eth1"), woken)
    assert not uncaused(pair.backup)


def test_reload_a_second_for_a_minute_disturbs_nobody(net, kind):
    """250 instances on two directors; each reload changes something for some of them."""
    layout = many_layout(INSTANCES, RELOADED_S)
    crowd = Crowd(net, kind, layout, lans=1, held=INSTANCES)
    crowd.start()
    wait_until(lambda: crowd.masters(crowd.backup) == 0, 20, "the backup has none")
    texts = [(director.daemon.file_text, director.daemon.file_text.replace(
        "10.0.7.1/32", "10.0.7.1/32\n        10.9.7.1/32").replace(
            "vrrp_garp_master_refresh 0", "vrrp_garp_master_refresh 30")) for director in
        crowd.directors]
    began = time.time()
    with Punctuality(crowd.master, RELOADED_S) as watch:
        for number in range(RELOADS):
            wait_until(lambda due=began + number: time.time() >= due, 10, "the next second")
            for director, text in zip(crowd.directors, texts):
                director.daemon.write_configuration(text[(number + 1) % 2])
                assert director.daemon.reload() is None
            extra = 1 if number % 2 == 0 else 0
            wait_until(lambda expected=INSTANCES + extra: crowd.masters(crowd.master) == expected,
                       5 + SLACK_S, "the reload has taken effect")
        assert not watch.late()
        heard = {advert.vrid for advert in watch.adverts()}
    assert [director.daemon.status()["reload"]["count"] for director in crowd.directors] == [
        RELOADS, RELOADS]
    assert len(heard) == INSTANCES
    assert not crowd.capture.adverts(crowd.backup.address, began)
    assert not [line.text for director in crowd.directors for line in transitions(director, began)]
    assert crowd.masters(crowd.backup) == 0


def test_interface_that_flaps_a_hundred_times_leaves_one_master(pair):
    """Nine of ten times shorter than anybody can act on, then as long as the master's return takes.

    A master may learn that its interface was down when it is up again: its farewell is then heard, and
    the backup is right to take over for the moment.
    """
    causes = CAUSES | {"MASTER": CAUSES["MASTER"] + r"|172\.16\.1\.5 gave up \(priority 0\)"}
    with Punctuality(pair.master, INTERVAL_S) as master, \
            Punctuality(pair.backup, INTERVAL_S) as backup:
        for number in range(FLAPS):
            pair.master.host.unplug("eth1")
            if number % 10 == 5:
                wait_until(lambda: pair.owners() == [pair.backup.name],
                           advert_limit_s(BACKUP_PRIORITY, INTERVAL_S) + SOON_S,
                           "the backup alone owns the address")
            pair.master.host.plug("eth1")
            if number % 10 == 9:
                wait_until(lambda: pair.owners() == [pair.master.name],
                           advert_limit_s(MASTER_PRIORITY, INTERVAL_S) + SOON_S,
                           "the master has the address back, alone")
        assert_one_master(pair)
        assert not master.late() + backup.late()
    faults = [line for line in transitions(pair.master) if "-> FAULT" in line.text]
    assert FLAPS / 10 <= len(faults) <= FLAPS
    assert not uncaused(pair.master) + uncaused(pair.backup, causes)
