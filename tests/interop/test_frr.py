# SPDX-License-Identifier: Apache-2.0
"""Ours beside FRR's vrrpd: version 2 and 3, IPv4 and IPv6, each in both roles.

FRR puts the addresses on a macvlan with the virtual router's own hardware address, and keeps it down
while it is backup. Ours does without one, or has one too (use_vmac).
"""

import re
import time

import pytest

from lib.capture import Capture
from lib.clients import Pings
from lib.daemons import Frr
from lib.pairs import (BACKUP_PRIORITY, MASTER_PRIORITY, Director, LayoutV6, MySqlLayout,
                       MySqlLayoutV3)
from lib.silence import EARLY_S, speaks_alone, unprovoked
from lib.waiting import SLACK_S, SOON_S, hold, late_s, wait_until

VRID = 52
MACS = {4: "00:00:5e:00:01:34", 6: "00:00:5e:00:02:34"}


def without_password(layout):
    """FRR's version 2 knows none."""
    return type("Open", (layout,), {"configuration": re.sub(
        r"    authentication \{.*?\}\n", "", layout.configuration, flags=re.DOTALL)})


def with_vmac(layout):
    """The addresses on a virtual interface of ours."""
    configuration = re.sub(r" dev eth1 label eth1:\d+", "", layout.configuration)
    return type("Vmac", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", "use_vmac\n    virtual_ipaddress {")})


LAYOUTS = {"v2": without_password(MySqlLayout), "v3": MySqlLayoutV3, "v6": LayoutV6,
           "v2-vmac": with_vmac(without_password(MySqlLayout)),
           "v3-vmac": with_vmac(MySqlLayoutV3), "v6-vmac": with_vmac(LayoutV6)}


class Mixed:
    """Ours and FRR in one LAN with a client that listens. Their priorities tell them apart."""

    def __init__(self, net, kind, layout, our_priority):
        lan = net.switch("lan")
        length = layout.prefix_length
        self.layout = layout
        self.vip = layout.vip
        self.our_priority = our_priority
        self.frr_priority = MASTER_PRIORITY + BACKUP_PRIORITY - our_priority
        self.client = net.host("client", eth1=(lan, f"{layout.clients[0]}/{length}"))
        self.capture = Capture(self.client)
        (our_name, our_address), (frr_name, frr_address) = layout.directors
        configuration = layout.configuration.partition("virtual_server ")[0]
        self.ours = Director(
            net.host(our_name, eth1=(lan, f"{our_address}/{length}")), kind,
            configuration.replace(f"priority {MASTER_PRIORITY}", f"priority {our_priority}"))
        addresses = re.findall(r"^ +([0-9a-f.:]+/\d+)", configuration, re.MULTILINE)
        host = net.host(frr_name, eth1=(lan, f"{frr_address}/{length}"))
        # While it is backup, its macvlan keeps its addresses without a carrier. For Linux they are the
        # host's by then, and eth1 would answer ARP for them in the master's place.
        host.set_sysctl("net.ipv4.conf.all.arp_ignore", 1)
        self.frr = Frr(host, "eth1", VRID, self.frr_priority, addresses,
                       round(1000 * layout.interval_s), layout.version)

    def start(self):
        """Starts both."""
        self.ours.daemon.start()
        self.frr.start()

    def adverts(self, priority, since=0):
        """The adverts of one of them."""
        return [advert for advert in self.capture.adverts(since=since)
                if advert.priority == priority]

    def limit_s(self, priority=BACKUP_PRIORITY):
        """The longest silence before one takes over; version 2's skew is in seconds."""
        skew_s = (256 - priority) / 256
        return (3 * self.layout.interval_s + SLACK_S
                + (skew_s if self.layout.version == 2 else skew_s * self.layout.interval_s))

    def unprovoked(self, priority, since):
        """The adverts from a time on of who must not speak while one does."""
        return unprovoked(self.capture.adverts(since=since), lambda advert: advert.priority == priority,
                          3 * self.layout.interval_s)

    def wait_alone(self, priority, since, limit_s):
        """Waits until one speaks alone from a time on, then holds that the other one is silent."""
        wait_until(lambda: speaks_alone(self.capture.adverts(since=since), lambda advert: advert.priority == priority,
                                        self.layout.interval_s),
                   limit_s + 2 * self.layout.interval_s + SOON_S, f"priority {priority} speaks")
        settled = self.adverts(priority, since)[-1].at
        wait_until(lambda: len(self.adverts(priority, settled)) > 5, 7 * self.layout.interval_s + SOON_S,
                   f"priority {priority} goes on")
        assert not self.unprovoked(priority, settled)

    def owns(self):
        """Waits until ours holds the address."""
        wait_until(lambda: self.ours.host.owns(self.vip), SOON_S, "ours holds the address")

    def assert_served(self):
        """The client is, by whoever is master."""
        with Pings(self.client, self.vip) as pings:
            wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")

    def assert_good(self):
        """Each advert of either is what both were told."""
        adverts = self.capture.adverts()
        assert all(advert.checksum_is_right for advert in adverts)
        assert {advert.version for advert in adverts} == {self.layout.version}
        assert {advert.interval_ms for advert in adverts} == {1000 * self.layout.interval_s}
        family = 6 if ":" in self.vip else 4
        virtual = {advert.source_mac for advert in adverts if advert.priority == self.frr_priority}
        assert virtual <= {MACS[family]}
        if "use_vmac" in self.layout.configuration:
            assert {advert.source_mac for advert in adverts} == {MACS[family]}
        complaints = [line.text for line in self.ours.daemon.process.log
                      if "dropped" in line.text or "error" in line.text]
        assert not complaints


@pytest.fixture(params=LAYOUTS)
def layout(request):
    """What both speak."""
    return LAYOUTS[request.param]


def test_frr_follows_ours_and_yields_when_it_returns(net, kind, layout):
    """FRR is the backup: it hears our adverts, takes over at our death, and obeys our return."""
    mixed = Mixed(net, kind, layout, MASTER_PRIORITY)
    mixed.start()
    mixed.wait_alone(MASTER_PRIORITY, 0, 10 + mixed.limit_s())
    mixed.assert_served()
    killed = mixed.ours.lose_power()
    mixed.wait_alone(BACKUP_PRIORITY, killed, mixed.limit_s())
    mixed.assert_served()
    mixed.ours.boot()
    returned = mixed.capture.packets()[-1].at
    mixed.wait_alone(MASTER_PRIORITY, returned, 1 + mixed.limit_s(MASTER_PRIORITY) + SLACK_S)
    mixed.owns()
    mixed.assert_served()
    mixed.assert_good()


def test_ours_follows_frr(net, kind, layout):
    """FRR is the master: we hear its adverts, stay silent, and take over at its death."""
    mixed = Mixed(net, kind, layout, BACKUP_PRIORITY)
    mixed.start()
    mixed.wait_alone(MASTER_PRIORITY, 0, 10 + mixed.limit_s())
    since = mixed.adverts(MASTER_PRIORITY)[-1].at
    hold(lambda: not mixed.ours.host.owns(mixed.vip)
         or (mixed.adverts(BACKUP_PRIORITY, since) and not mixed.unprovoked(MASTER_PRIORITY, since)), 1,
         "ours does not hold the address")
    mixed.assert_served()
    killed = mixed.frr.kill()
    mixed.frr.host.unplug("eth1")
    mixed.wait_alone(BACKUP_PRIORITY, killed, mixed.limit_s())
    last = mixed.adverts(MASTER_PRIORITY)[-1].at
    first = mixed.adverts(BACKUP_PRIORITY, killed)[0].at
    assert mixed.limit_s() - SLACK_S - EARLY_S <= first - last <= mixed.limit_s() - SLACK_S + late_s()
    mixed.owns()
    mixed.assert_served()
    mixed.assert_good()


def test_frr_stopping_in_order_is_followed_after_the_skew_time(net, kind, layout):
    """FRR's priority 0 is understood."""
    mixed = Mixed(net, kind, layout, BACKUP_PRIORITY)
    mixed.start()
    mixed.wait_alone(MASTER_PRIORITY, 0, 10 + mixed.limit_s())
    stopped = mixed.frr.terminate()
    farewell = wait_until(lambda: mixed.adverts(0, stopped), SOON_S, "FRR's farewell")[0]
    ours = wait_until(lambda: mixed.adverts(BACKUP_PRIORITY, stopped), SOON_S,
                      "our advert")[0]
    assert ours.at - farewell.at <= mixed.limit_s() - 3 * layout.interval_s - SLACK_S + late_s()


@pytest.mark.parametrize("handover", ["on", "off"])
def test_ours_stopping_in_order_is_followed_by_frr(net, kind, layout, handover):
    """Our priority 0 is understood by FRR, and the client is served while FRR waits its skew time.

    With `handover off` it is not: what is measured here is what the handover gives.
    """
    configuration = layout.configuration.replace("virtual_ipaddress {",
                                                 f"handover {handover}\n    virtual_ipaddress {{")
    mixed = Mixed(net, kind, type("Handover", (layout,), {"configuration": configuration}),
                  MASTER_PRIORITY)
    mixed.start()
    mixed.wait_alone(MASTER_PRIORITY, 0, 10 + mixed.limit_s())
    skew_s = mixed.limit_s() - 3 * layout.interval_s - SLACK_S
    with Pings(mixed.client, mixed.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")
        stopped = mixed.ours.daemon.terminate()
        ended = time.time()
        farewell = wait_until(lambda: mixed.adverts(0, stopped), SOON_S, "our farewell")[0]
        frr = wait_until(lambda: mixed.adverts(BACKUP_PRIORITY, stopped), SOON_S,
                         "FRR's advert")[0]
        wait_until(lambda: pings.answered(frr.at) >= 10, SOON_S, "the client is served")
        told = mixed.capture.announcements(mixed.vip, since=farewell.at)
    assert frr.at - farewell.at <= skew_s + late_s()
    if handover == "on":
        # What lies between its advert and its announcement is its own.
        own_s = max(told[0].at - frr.at, 0)
        assert pings.outage_s(stopped) < skew_s / 2 + own_s, "nobody answered while FRR waited"
    else:
        # Ours says good-bye before it lets the address go, at the latest when it has ended.
        assert pings.outage_s(stopped) > min(skew_s * 0.9, frr.at - ended), "somebody answered while FRR waited"
