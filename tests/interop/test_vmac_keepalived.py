# SPDX-License-Identifier: Apache-2.0
"""Ours and keepalived 2.2.7 in one virtual router, both with use_vmac: one MAC, whoever is master."""

import json
import re

import pytest

from lib.clients import Pings
from lib.daemons import Holdfast, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, LayoutV6, MySqlLayoutV3, Pair
from lib.silence import speaks_alone, unprovoked
from lib.waiting import SOON_S, hold, wait_until

INTERVAL_S = MySqlLayoutV3.interval_s
MACS = {"ipv4": "00:00:5e:00:01:34", "ipv6": "00:00:5e:00:02:34"}


def with_vmac(layout):
    """The address on the virtual interface."""
    configuration = re.sub(r" dev eth1 label eth1:\d+", "",
                           layout.configuration.partition("virtual_server ")[0])
    return type("Vmac", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", "use_vmac\n    virtual_ipaddress {")})


LAYOUTS = {"ipv4": with_vmac(MySqlLayoutV3), "ipv6": with_vmac(LayoutV6)}


@pytest.fixture(params=LAYOUTS)
def family(request):
    """The family."""
    return request.param


@pytest.fixture(params=["master", "backup"])
def mixed_pair(request, net, kind, family):
    """Ours in one role, keepalived in the other."""
    kinds = (kind, "keepalived") if request.param == "master" else ("keepalived", kind)
    pair = Pair(net, kinds, LAYOUTS[family], vrrp_only=True)
    pair.start()
    return pair


def wait_speaker(pair, director, since):
    """Waits for a director's adverts, and holds that nobody else speaks after the first ones."""
    def is_its(advert):
        return advert.source == director.address
    wait_until(lambda: speaks_alone(pair.capture.adverts(since=since), is_its, INTERVAL_S),
               advert_limit_s(BACKUP_PRIORITY, INTERVAL_S) + SOON_S, f"{director.name} speaks")
    settled = pair.capture.adverts(director.address, since)[-1].at
    hold(lambda: not unprovoked(pair.capture.adverts(since=since), is_its, 3 * INTERVAL_S, settled), 1,
         f"{director.name} speaks alone")


def neighbour(host, address):
    """The hardware address that a host has for an address."""
    entries = json.loads(host.run("ip", "-json", "neigh", "show", address))
    return entries[0].get("lladdr") if entries else None


def assert_virtual(pair, director, mac):
    """The client has the virtual MAC while ours is master. keepalived's director asks for the client
    in the virtual address's name by eth1 itself, so that the client has the MAC of that then."""
    if isinstance(director.daemon, Holdfast):
        wait_until(lambda: neighbour(pair.client, pair.vip) == mac, SOON_S, f"the client has {mac}")


def test_one_mac_through_death_and_return(mixed_pair, family):
    """Adverts of both carry the virtual MAC and are heard by the other, who has the same one."""
    pair, mac = mixed_pair, MACS[family]
    wait_speaker(pair, pair.master, 0)
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")
        killed = pair.master.daemon.kill()
        pair.master.host.unplug("eth1")
        wait_speaker(pair, pair.backup, killed)
        wait_until(lambda: pings.answered(killed) >= 10, SOON_S, "the client is served again")
        assert_virtual(pair, pair.backup, mac)
        pair.master.host.plug("eth1")
        returned = pair.master.daemon.start()
        wait_speaker(pair, pair.master, returned)
        wait_until(lambda: not pair.backup.host.owns(pair.vip), SOON_S, "the backup lets it go")
        assert_virtual(pair, pair.master, mac)
    assert {advert.source_mac for advert in pair.capture.adverts()} == {mac}
    assert {advert.priority for advert in pair.capture.adverts()} <= {
        0, BACKUP_PRIORITY, MASTER_PRIORITY}


def test_stopped_master_is_followed(mixed_pair, family):
    """Priority 0 from the same MAC is understood by who is backup, and the client is served."""
    pair = mixed_pair
    wait_speaker(pair, pair.master, 0)
    stopped = pair.master.daemon.terminate()
    wait_speaker(pair, pair.backup, stopped)
    wait_until(lambda: pair.owners() == [pair.backup.name], SOON_S, "it has the address")
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")
    assert_virtual(pair, pair.backup, MACS[family])
