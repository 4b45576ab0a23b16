# SPDX-License-Identifier: Apache-2.0
"""Ours beside FRR's vrrpd, in VRRP version 3, which is all that FRR shares with a keepalived file.

FRR puts the address on a macvlan with the virtual router's own hardware address, and keeps it down
while it is backup.
"""

from lib.capture import Capture
from lib.daemons import Frr, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, Director, MySqlLayoutV3
from lib.waiting import SLACK_S, hold, wait_until

VRID = 52
INTERVAL_S = MySqlLayoutV3.interval_s
OURS, FRRS = "172.16.1.5", "172.16.1.6"


class Mixed:
    """Ours and FRR in one LAN with a client that listens."""

    def __init__(self, net, kind, our_priority, frr_priority):
        lan = net.switch("lan")
        self.vip = MySqlLayoutV3.vip
        self.capture = Capture(net.host("client", eth1=(lan, "172.16.1.100/24")))
        configuration = MySqlLayoutV3.configuration.replace(f"priority {MASTER_PRIORITY}",
                                                       f"priority {our_priority}")
        self.ours = Director(net.host("lb4-01", eth1=(lan, f"{OURS}/24")), kind,
                             configuration.partition("virtual_server ")[0])
        self.frr = Frr(net.host("lb4-02", eth1=(lan, f"{FRRS}/24")), "eth1", VRID, frr_priority,
                       self.vip, round(1000 * INTERVAL_S))

    def start(self):
        """Starts both."""
        self.ours.daemon.start()
        self.frr.start()

    def speaker(self, since):
        """Who has sent adverts from a time on, if it is one alone."""
        sources = {advert.source for advert in self.capture.adverts(since=since)}
        return sources.pop() if len(sources) == 1 else None

    def wait_alone(self, source, since, limit_s):
        """Waits for an advert of a source from a time on, then holds that nobody else speaks."""
        wait_until(lambda: self.capture.adverts(source, since), limit_s, f"{source} speaks")
        settled = self.capture.adverts(source, since)[-1].at + 2 * INTERVAL_S
        wait_until(lambda: len(self.capture.adverts(source, settled)) >= 5,
                   7 * INTERVAL_S + SLACK_S, f"{source} goes on")
        assert self.speaker(settled) == source


def test_frr_follows_ours_and_yields_when_it_returns(net, kind):
    """FRR is the backup: it hears our adverts, takes over at our death, and obeys our return."""
    mixed = Mixed(net, kind, MASTER_PRIORITY, BACKUP_PRIORITY)
    mixed.start()
    mixed.wait_alone(OURS, 0, 10 + SLACK_S)
    assert all(advert.checksum_is_right for advert in mixed.capture.adverts())
    killed = mixed.ours.daemon.kill()
    mixed.wait_alone(FRRS, killed, advert_limit_s(BACKUP_PRIORITY, INTERVAL_S))
    mixed.ours.host.run("ip", "addr", "del", f"{mixed.vip}/24", "dev", "eth1")
    returned = mixed.ours.daemon.start()
    mixed.wait_alone(OURS, returned, advert_limit_s(MASTER_PRIORITY, INTERVAL_S) + SLACK_S)
    assert mixed.ours.host.owns(mixed.vip)


def test_ours_follows_frr(net, kind):
    """FRR is the master: we hear its adverts, stay silent, and take over at its death."""
    mixed = Mixed(net, kind, BACKUP_PRIORITY, MASTER_PRIORITY)
    mixed.start()
    mixed.wait_alone(FRRS, 0, 10 + SLACK_S)
    hold(lambda: not mixed.ours.host.owns(mixed.vip), 1, "ours does not hold the address")
    killed = mixed.frr.kill()
    mixed.wait_alone(OURS, killed, advert_limit_s(BACKUP_PRIORITY, INTERVAL_S))
    assert mixed.ours.host.owns(mixed.vip)


def test_frr_stopping_in_order_is_followed_after_the_skew_time(net, kind):
    """FRR's priority 0 is understood."""
    mixed = Mixed(net, kind, BACKUP_PRIORITY, MASTER_PRIORITY)
    mixed.start()
    mixed.wait_alone(FRRS, 0, 10 + SLACK_S)
    stopped = mixed.frr.terminate()
    farewell = wait_until(lambda: [advert for advert in mixed.capture.adverts(FRRS, stopped)
                                   if advert.priority == 0], 2 + SLACK_S, "FRR's farewell")[0]
    ours = wait_until(lambda: mixed.capture.adverts(OURS, stopped), SLACK_S + INTERVAL_S,
                      "our advert")[0]
    assert ours.at - farewell.at <= INTERVAL_S + SLACK_S
