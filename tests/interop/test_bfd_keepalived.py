# SPDX-License-Identifier: Apache-2.0
"""BFD beside keepalived 2.2.7: the same blocks in both files, and a session between them.

That version has no `multihop`.
"""

import pytest

from lib.bfd import BfdCapture, session
from lib.daemons import Holdfast, Keepalived
from lib.waiting import SLACK_S, SOON_S, late_s, wait_until

pytestmark = pytest.mark.ours

RISE_S = 5 + SLACK_S
# Twenty intervals: nobody is kept from running for so long, so that what goes down has a reason.
SESSION = """bfd_instance peer {
    neighbor_ip NEIGHBOR
    source_ip SOURCE
    min_tx 50
    min_rx 50
    multiplier 20
    MORE
}
"""
INSTANCE = """vrrp_instance A {
    interface eth1
    virtual_router_id VRID
    version 3
    advert_int 0.1
    priority 150
    track_bfd {
        peer weight -60
    }
    virtual_ipaddress {
        10.6.0.VRID/24
    }
}
"""


class KeepalivedWithBfd(Keepalived):
    """keepalived with a pid file of its own for BFD."""

    def arguments(self):
        return [*super().arguments(), "-b", self.directory / "bfd.pid"]


class Mixed:
    """Ours and keepalived, each with an instance of its own that tracks the session."""

    def __init__(self, net, ours=(), theirs=(), ipv6=False):
        lan = net.switch("lan")
        self.host = net.host("ours", eth1=(lan, "10.6.0.1/24", "2001:db8:6::1/64"))
        self.other = net.host("theirs", eth1=(lan, "10.6.0.2/24", "2001:db8:6::2/64"))
        wait_until(self.host.has_carriers, 5, "the links are up")
        wait_until(self.other.has_carriers, 5, "the links are up")
        self.own, self.peer = (("2001:db8:6::1", "2001:db8:6::2") if ipv6
                               else ("10.6.0.1", "10.6.0.2"))
        self.capture = BfdCapture(self.host)
        self.ours = Holdfast(self.host, self._text(self.own, self.peer, 51, ours))
        self.theirs = KeepalivedWithBfd(self.other, self._text(self.peer, self.own, 52, theirs))

    @staticmethod
    def _text(source, neighbor, vrid, more):
        return (SESSION.replace("NEIGHBOR", neighbor).replace("SOURCE", source)
                .replace("MORE", "\n    ".join(more)) + INSTANCE.replace("VRID", str(vrid)))

    def start(self):
        """Starts both and waits until the session is up on both sides."""
        self.theirs.start()
        self.ours.start()
        self.wait_up()

    def wait_up(self):
        """Waits until both sides say so: keepalived by its packets."""
        wait_until(lambda: session(self.ours)["state"] == "UP"
                   and session(self.ours)["agreed"]["detection_ms"] == 1000, RISE_S, "ours is up")
        wait_until(lambda: any(packet.state == "UP" for packet in self.capture.packets(self.peer)[-1:]), RISE_S, "theirs is")

    def priority(self):
        """Our instance's effective priority."""
        return self.ours.status()["instances"][0]["priority_effective"]


@pytest.mark.parametrize("kind", ["active", "ours-passive", "theirs-passive"])
def test_a_session_comes_up_and_a_dead_keepalived_is_noticed(net, kind):
    """The priority follows; it comes back with keepalived."""
    more = {"ours-passive": (["passive"], []),
            "theirs-passive": ([], ["passive"])}.get(kind, ([], []))
    mixed = Mixed(net, *more)
    mixed.start()
    wait_until(lambda: mixed.priority() == 150, SOON_S, "150")
    killed = mixed.theirs.kill()
    down = mixed.ours.process.wait_for("peer: BFD UP -> DOWN: nothing was heard", RISE_S, killed).at
    assert 0.99 <= down - mixed.capture.packets(mixed.peer)[-1].at <= 1 + late_s()
    wait_until(lambda: mixed.priority() == 90, SOON_S, "90")
    mixed.theirs.start()
    mixed.wait_up()
    wait_until(lambda: mixed.priority() == 150, SOON_S, "150 again")


def test_keepalived_notices_that_we_die_and_that_we_stop(net):
    """Its instance follows our session."""
    mixed = Mixed(net)
    mixed.start()
    died = mixed.ours.kill()
    wait_until(lambda: [packet for packet in mixed.capture.packets(mixed.peer, died)
                        if packet.state == "DOWN"], RISE_S, "it says that it is down")
    mixed.ours.start()
    mixed.wait_up()
    stopped = mixed.ours.terminate()
    wait_until(lambda: [packet for packet in mixed.capture.packets(mixed.peer, stopped)
                        if packet.state == "DOWN"], RISE_S, "it says that it is down")


def test_our_reload_leaves_the_session_up(net):
    """keepalived follows the poll."""
    mixed = Mixed(net)
    mixed.start()
    mixed.ours.write_configuration(mixed.ours.file_text.replace("min_tx 50", "min_tx 200"))
    assert mixed.ours.reload() is None
    wait_until(lambda: session(mixed.ours)["agreed"]["send_ms"] == 200
               and not session(mixed.ours)["agreed"]["polling"], RISE_S, "200 ms are agreed on")
    assert session(mixed.ours)["counters"]["left_up"] == 0


def test_over_ipv6_keepalived_needs_a_hop_limit_that_the_rfc_has(net):
    """It sends 64 unless it is told otherwise: dropped, and the complaint says what to do."""
    mixed = Mixed(net, ipv6=True)
    mixed.theirs.start()
    mixed.ours.start()
    mixed.ours.process.wait_for("they come with a TTL of 64.*keepalived sends 64", RISE_S)
    mixed.ours.write_configuration(mixed.ours.file_text.replace("multiplier 20",
                                                                "multiplier 20\n    hoplimit 64"))
    assert mixed.ours.reload() is None
    mixed.wait_up()
