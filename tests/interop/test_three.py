# SPDX-License-Identifier: Apache-2.0
"""Ours, keepalived 2.2.7 and FRR's vrrpd in one virtual router; who is master is lost, in turn."""

import itertools
import re

import pytest

from lib.capture import Capture
from lib.clients import Pings
from lib.daemons import Frr
from lib.pairs import Director, LayoutV6, MySqlLayoutV3
from lib.silence import speaks_alone, unprovoked
from lib.waiting import SOON_S, wait_until

VRID = 52
PRIORITIES = (200, 150, 100)
LAYOUTS = {"ipv4": MySqlLayoutV3, "ipv6": LayoutV6}
INTERVAL_S = MySqlLayoutV3.interval_s
KINDS = ("holdfast", "keepalived", "frr")


class FrrRouter:
    """FRR with the handles of a Director.

    Over IPv6 its first advert fails ("Failed to find address to bind": its macvlan has only just come
    up), so that the next router, if there is one, takes over too, announces itself, and yields to the
    second advert. FRR does not announce itself again then, and clients stay with the wrong MAC.
    """

    def __init__(self, host, priority, addresses):
        self.host = host
        self.frr = Frr(host, "eth1", VRID, priority, addresses, round(1000 * INTERVAL_S))

    def start(self):
        """Starts it."""
        self.frr.start()

    def lose_power(self):
        """Gone from one instant to the next; returns when."""
        at = self.frr.kill()
        self.host.unplug("eth1")
        return at

    def boot(self):
        """Comes back."""
        self.host.plug("eth1")
        self.frr.start()


class Three:
    """The routers by their priority, and a client that listens."""

    def __init__(self, net, layout, order):
        lan = net.switch("lan")
        length = layout.prefix_length
        network = layout.directors[0][1].rpartition(":" if length == 64 else ".")
        configuration = layout.configuration.partition("virtual_server ")[0]
        addresses = re.findall(r"^ +([0-9a-f.:]+/\d+)", configuration, re.MULTILINE)
        self.vip = layout.vip
        self.unserved = PRIORITIES[order.index("frr")] if length == 64 and order[-1] != "frr" else None
        self.client = net.host("client", eth1=(lan, f"{layout.clients[0]}/{length}"))
        self.capture = Capture(self.client)
        self.routers = {}
        for number, (priority, kind) in enumerate(zip(PRIORITIES, order)):
            host = net.host(kind, eth1=(lan, f"{network[0]}{network[1]}{number + 5}/{length}"))
            if kind == "frr":
                self.routers[priority] = FrrRouter(host, priority, addresses)
            else:
                self.routers[priority] = Director(host, kind, configuration.replace(
                    "state MASTER", "state BACKUP").replace("priority 150", f"priority {priority}"))

    def start(self):
        """Starts all."""
        for router in self.routers.values():
            getattr(router, "daemon", router).start()

    def wait_master(self, priority, since):
        """Waits until one speaks and the client is served (but by FRR: see there), and holds that no
        other one speaks."""
        def is_its(advert):
            return advert.priority == priority
        wait_until(lambda: speaks_alone(self.capture.adverts(since=since), is_its, INTERVAL_S),
                   1 + 2 * INTERVAL_S * (4 + (256 - priority) / 256) + SOON_S, f"priority {priority} speaks")
        settled = self.spoken(priority, since)[-1].at
        if priority != self.unserved:
            with Pings(self.client, self.vip) as pings:
                wait_until(lambda: pings.answered() >= 10, SOON_S, "the client is served")
        wait_until(lambda: len(self.spoken(priority, settled)) > 5, 7 * INTERVAL_S + SOON_S,
                   f"priority {priority} goes on")
        assert not unprovoked(self.capture.adverts(since=since), is_its, 3 * INTERVAL_S, settled)

    def spoken(self, priority, since):
        """The adverts of a priority."""
        return [advert for advert in self.capture.adverts(since=since)
                if advert.priority == priority]


@pytest.mark.ours
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("order", itertools.permutations(KINDS), ids="-".join)
def test_who_is_left_is_master_and_who_returns_takes_its_place(net, layout, order):
    """From the first to the last, and back: detection by silence twice, preemption twice."""
    three = Three(net, layout, order)
    three.start()
    three.wait_master(PRIORITIES[0], 0)
    for lost, next_one in zip(PRIORITIES, PRIORITIES[1:]):
        three.wait_master(next_one, three.routers[lost].lose_power())
    for returned in reversed(PRIORITIES[:-1]):
        at = three.capture.packets()[-1].at
        three.routers[returned].boot()
        three.wait_master(returned, at)
    assert all(advert.checksum_is_right for advert in three.capture.adverts())
