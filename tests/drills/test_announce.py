# SPDX-License-Identifier: Apache-2.0
"""The pace of announcements, as a switch that learns slowly needs it."""

import pytest

from lib.capture import Capture
from lib.pairs import Director, MySqlLayoutV3, Pair
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

ADDRESSES = [f"172.16.1.{number}" for number in range(200, 220)]
REPEAT = 3
GAP_S = 0.02
LIMIT_S = 10
EARLY_S = 0.002  # the kernel's time stamps are of when a packet was seen, not of when it was sent

ELSEWHERE = """vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 51
    version 3
    advert_int 0.1
    garp_master_repeat 1
    garp_master_delay 0
    garp_master_refresh 0
    garp_extra_if all 1
    virtual_ipaddress {
        172.16.1.18/24
        172.16.2.18/24 dev eth2
    }
}
"""


def paced(pace, repeat=REPEAT):
    """The seed's pair with many addresses and that pace."""
    more = "".join(f"\n        {address}/24 dev eth1" for address in ADDRESSES)
    text = MySqlLayoutV3.configuration.replace("label eth1:18", "label eth1:18" + more)
    text = f"global_defs {{\n    vrrp_garp_master_repeat {repeat}\n}}\n{pace}\n{text}"
    return type("Paced", (MySqlLayoutV3,), {"configuration": text})


def told(pair, director, since=0.0):
    """The gratuitous ARPs of a director, in order."""
    mac = director.host.mac("eth1")
    return [packet for packet in pair.capture.packets() if getattr(packet, "sender_mac", "") == mac
            and packet.is_gratuitous and packet.at >= since]


@pytest.mark.parametrize("pace", [
    f"global_defs {{\n    vrrp_garp_interval {GAP_S}\n}}",
    f"garp_group {{\n    garp_interval {GAP_S}\n    interfaces {{\n        eth1\n        eth2\n    }}\n}}",
], ids=["of every interface", "of a group"])
def test_announcements_keep_their_pace_and_tell_each_address_first(net, pace):
    """Each address once before any of them again, never two within the gap."""
    pair = Pair(net, ("holdfast", "holdfast"), paced(pace), vrrp_only=True)
    pair.start()
    count = (1 + len(ADDRESSES)) * REPEAT
    first = wait_until(lambda: (all_ := told(pair, pair.master)) and len(all_) >= count and all_,
                       count * GAP_S + SLACK_S, "all are announced")[:count]
    gaps = [later.at - earlier.at for earlier, later in zip(first, first[1:])]
    assert min(gaps) >= GAP_S - EARLY_S, f"two announcements within {min(gaps):.4f} s"
    for number in range(REPEAT):
        round_ = first[number * count // REPEAT:(number + 1) * count // REPEAT]
        assert {packet.sender for packet in round_} == {pair.vip, *ADDRESSES}, f"round {number}"
    assert pair.master.daemon.status()["network"]["announcements_waiting"] == 0


def test_who_yields_stops_announcing(net):
    """What still waits is of addresses that another one has now."""
    pace = "global_defs {\n    vrrp_garp_interval 0.1\n}"
    pair = Pair(net, ("holdfast", "holdfast"), paced(pace, repeat=20), vrrp_only=True)
    pair.start()
    assert pair.master.daemon.status()["network"]["announcements_waiting"] > 100
    daemon = pair.master.daemon
    daemon.write_configuration(pair.master.configuration.replace("priority 150", "priority 50"))
    assert daemon.reload() is None
    wait_until(lambda: daemon.status()["instances"][0]["state"] == "BACKUP", LIMIT_S, "it yields")
    taken = pair.capture.adverts(pair.backup.address)[0].at
    wait_until(lambda: len(told(pair, pair.backup, taken)) > 20, LIMIT_S, "its successor's")
    assert not told(pair, pair.master, taken + 0.1)
    assert daemon.status()["network"]["announcements_waiting"] == 0


def test_addresses_on_other_interfaces_are_announced_again_and_again(net):
    """No advert tells the switch there of them; where adverts go nothing is repeated."""
    lans = {interface: net.switch(interface) for interface in ("eth1", "eth2")}
    director = Director(net.host("lb", eth1=(lans["eth1"], "172.16.1.5/24"),
                                 eth2=(lans["eth2"], "172.16.2.5/24")), "holdfast", ELSEWHERE)
    client = net.host("client", eth1=(lans["eth1"], "172.16.1.9/24"),
                      eth2=(lans["eth2"], "172.16.2.9/24"))
    captures = {interface: Capture(client, interface) for interface in lans}
    director.daemon.start()
    seen = wait_until(lambda: len(all_ := captures["eth2"].announcements("172.16.2.18")) > 3 and all_,
                      LIMIT_S, "it is announced again")
    gaps = [later.at - earlier.at for earlier, later in zip(seen, seen[1:])]
    # One that was late by what the loop was is followed by one in its time.
    worst_s = director.daemon.status()["loop"]["lag"]["max_us"] / 1e6
    assert min(gaps) >= 1 - EARLY_S - worst_s
    assert len(captures["eth1"].announcements("172.16.1.18")) == 1
