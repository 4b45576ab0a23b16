# SPDX-License-Identifier: Apache-2.0
"""Ours beside keepalived 2.2.7, as its master and as its backup: VRRP version 2 and 3, IPv4 and IPv6,
multicast and unicast."""

import re
import time

import pytest

from lib.clients import Pings
from lib.daemons import advert_limit_s
from lib.pairs import (BACKUP_PRIORITY, MASTER_PRIORITY, LayoutV6, MySqlLayout, MySqlLayoutAh,
                       MySqlLayoutV3, Pair, unicast)
from lib.silence import EARLY_S, unprovoked
from lib.steady import rules_alone
from lib.waiting import SOON_S, hold, late_s, wait_until

COMPLAINT = re.compile(r"invalid|mismatch|bad |wrong|unexpected|ignor|unknown|incorrect|fail|error",
                       re.IGNORECASE)

LAYOUTS = {"v2": MySqlLayout, "v3": MySqlLayoutV3, "v6": LayoutV6,
           "v2-unicast": unicast(MySqlLayout), "v3-unicast": unicast(MySqlLayoutV3),
           "v6-unicast": unicast(LayoutV6), "v2-ah": MySqlLayoutAh,
           "v2-ah-unicast": unicast(MySqlLayoutAh)}


@pytest.fixture(params=LAYOUTS.values(), ids=LAYOUTS.keys())
def layout(request):
    """What both speak."""
    return request.param


@pytest.fixture(params=["master", "backup"])
def mixed_pair(request, net, kind, layout):
    """Ours in one role, keepalived in the other."""
    kinds = (kind, "keepalived") if request.param == "master" else ("keepalived", kind)
    pair = Pair(net, kinds, layout, vrrp_only=True)
    pair.start()
    return pair


def skew_s(layout):
    """The backup's skew time."""
    skew = (256 - BACKUP_PRIORITY) / 256
    return skew * layout.interval_s if layout.version == 3 else skew


def down_s(layout):
    """The backup's down time."""
    return 3 * layout.interval_s + skew_s(layout)


def first_advert(pair, director, since, limit_s=0):
    """A director's first advert from a time on."""
    return wait_until(lambda: pair.capture.adverts(director.address, since), limit_s + SOON_S,
                      f"an advert of {director.name}")[0]


def farewell(pair, director, since):
    """A director's last word from a time on; between that and the signal another advert may be due."""
    return wait_until(lambda: [advert for advert in pair.capture.adverts(director.address, since)
                               if advert.priority == 0], SOON_S, f"{director.name} says good-bye")[0]


def said_unprovoked(pair, since=0):
    """The backup's adverts from a time on that came though it heard the master."""
    return unprovoked(pair.capture.adverts(since=since),
                      lambda advert: advert.source == pair.master.address, down_s(pair.layout))


def wait_alone(pair):
    """Waits until the master alone holds the address again."""
    wait_until(lambda: pair.owners() == [pair.master.name],
               advert_limit_s(MASTER_PRIORITY, pair.layout.interval_s) + SOON_S,
               "the master has the address back, alone")


def hold_alone(pair, seconds):
    """Holds that the master alone has the address."""
    since = time.time()
    hold(lambda: rules_alone(pair, since), seconds, "one owner")


def test_pair_agrees_and_nobody_complains(mixed_pair, layout):
    """The master alone speaks, in the version that was asked for; the logs hold no complaint."""
    hold_alone(mixed_pair, 3)
    assert not said_unprovoked(mixed_pair)
    adverts = mixed_pair.capture.adverts(mixed_pair.master.address)
    assert all(advert.version == layout.version and advert.checksum_is_right
               and advert.interval_ms == 1000 * layout.interval_s for advert in adverts)
    complaints = [line.text for director in mixed_pair.directors
                  for line in director.daemon.process.log if COMPLAINT.search(line.text)]
    assert not complaints


@pytest.mark.parametrize("ours", [0, 1], ids=["master", "backup"])
def test_old_checksums_of_unicast_are_spoken_with_keepalived(net, kind, ours):
    """keepalived with old_unicast_checksum, as it was up to 1.3.6: ours needs no word for it."""
    pair = Pair(net, ("keepalived", kind) if ours else (kind, "keepalived"),
                unicast(MySqlLayoutV3), vrrp_only=True)
    old = pair.directors[1 - ours]
    text = old.configuration.replace("unicast_src_ip", "old_unicast_checksum\n    unicast_src_ip")
    old.daemon.write_configuration(text)
    pair.start()
    # Whoever comes first: keepalived does not hear ours before it has spoken itself, perhaps as master.
    wait_until(lambda: pair.owners() == [pair.master.name]
               and not pair.capture.adverts(pair.master.address)[-1].checksum_is_right,
               advert_limit_s(BACKUP_PRIORITY, 0.2) + SOON_S, "the master speaks the old way, alone")
    hold_alone(pair, 2)
    killed = pair.master.daemon.kill()
    first = first_advert(pair, pair.backup, killed, advert_limit_s(BACKUP_PRIORITY, 0.2))
    assert not first.checksum_is_right  # keepalived's, or ours in answer to it
    pair.master.daemon.start()
    wait_alone(pair)
    hold_alone(pair, 2)


def test_backup_takes_over_from_a_killed_master_and_yields_when_it_returns(mixed_pair, layout):
    """Both timers, both ways: detection by silence, then preemption by the higher priority."""
    killed = mixed_pair.master.daemon.kill()
    takeover = first_advert(mixed_pair, mixed_pair.backup, killed,
                            advert_limit_s(BACKUP_PRIORITY, layout.interval_s))
    last = mixed_pair.capture.adverts(mixed_pair.master.address)[-1]
    assert down_s(layout) - EARLY_S <= takeover.at - last.at <= down_s(layout) + late_s()
    returned = mixed_pair.master.daemon.start()
    wait_alone(mixed_pair)
    back = first_advert(mixed_pair, mixed_pair.master, returned)
    late = back.at + late_s()
    assert not [advert for advert in said_unprovoked(mixed_pair, back.at) if advert.at > late]


def test_backup_follows_a_stopped_master_after_the_skew_time(mixed_pair, layout):
    """Priority 0 is sent by the one and understood by the other."""
    stopped = mixed_pair.master.daemon.terminate()
    last = farewell(mixed_pair, mixed_pair.master, stopped)
    takeover = first_advert(mixed_pair, mixed_pair.backup, stopped, skew_s(layout))
    assert skew_s(layout) - EARLY_S <= takeover.at - last.at <= skew_s(layout) + late_s()


def test_client_is_served_while_ours_stops_and_keepalived_follows(net, kind, layout):
    """Ours answers for the address until keepalived's advert is there, which its skew time is for."""
    pair = Pair(net, (kind, "keepalived"), layout, vrrp_only=True)
    pair.start()
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")
        stopped = pair.master.daemon.terminate()
        taken = wait_until(lambda: pair.capture.adverts(pair.backup.address, stopped),
                           skew_s(layout) + SOON_S, "keepalived's advert")[0].at
        told = wait_until(lambda: pair.capture.announcements(
            pair.vip, pair.backup.host.mac("eth1"), taken), SOON_S, "keepalived's announcement")[0].at
        wait_until(lambda: pings.answered(told) >= 10, SOON_S, "the client is served")
    assert pair.owners() == [pair.backup.name]
    # It speaks before it has the address: what lies between is its own.
    assert pings.outage_s(stopped) < skew_s(layout) / 2 + told - taken, "nobody answered while keepalived waited"
