# SPDX-License-Identifier: Apache-2.0
"""The pace of announcements, as a switch that learns slowly needs it."""

import pytest

from lib.book import Book
from lib.capture import Capture
from lib.pairs import Director, MySqlLayoutV3, Pair
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

ADDRESSES = [f"172.16.1.{number}" for number in range(200, 220)]
REPEAT = 3
GAP_S = 0.02
LIMIT_S = 10
EARLY_S = 0.002  # the kernel's time stamps are of when a packet was seen, not of when it was sent
INTERVAL_S = 1  # a master that gets no processor for a while stays master

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
    text = MySqlLayoutV3.configuration.replace("label eth1:18", "label eth1:18" + more).replace(
        f"advert_int {MySqlLayoutV3.interval_s}", f"advert_int {INTERVAL_S}")
    text = f"global_defs {{\n    vrrp_garp_master_repeat {repeat}\n}}\n{pace}\n{text}"
    return type("Paced", (MySqlLayoutV3,), {"configuration": text, "interval_s": INTERVAL_S})


def told(capture, since=0.0):
    """The gratuitous ARPs of a director, in order, as they left it."""
    return [packet for packet in capture.sent() if getattr(packet, "is_gratuitous", False)
            and packet.at >= since]


@pytest.mark.parametrize("pace", [
    f"global_defs {{\n    vrrp_garp_interval {GAP_S}\n}}",
    f"garp_group {{\n    garp_interval {GAP_S}\n    interfaces {{\n        eth1\n        eth2\n    }}\n}}",
], ids=["of every interface", "of a group"])
def test_announcements_keep_their_pace_and_tell_each_address_first(net, pace):
    """Each address once before any of them again, never two within the gap."""
    pair = Pair(net, ("holdfast", "holdfast"), paced(pace), vrrp_only=True)
    leaving = Capture(pair.master.host)
    pair.start()
    count = (1 + len(ADDRESSES)) * REPEAT
    first = wait_until(lambda: (all_ := told(leaving)) and len(all_) >= count and all_,
                       LIMIT_S, "all are announced")[:count]
    gaps = [later.at - earlier.at for earlier, later in zip(first, first[1:])]
    assert min(gaps) >= GAP_S - EARLY_S, f"two announcements within {min(gaps):.4f} s"
    for number in range(REPEAT):
        round_ = first[number * count // REPEAT:(number + 1) * count // REPEAT]
        assert {packet.sender for packet in round_} == {pair.vip, *ADDRESSES}, f"round {number}"
    wait_until(lambda: pair.master.daemon.status()["network"]["announcements_waiting"] == 0, LIMIT_S,
               "none waits")


def test_who_yields_stops_announcing(net):
    """What still waits is of addresses that another one has now."""
    pace = "global_defs {\n    vrrp_garp_interval 0.1\n}"
    pair = Pair(net, ("holdfast", "holdfast"), paced(pace, repeat=20), vrrp_only=True)
    leaving, following = (Capture(director.host) for director in pair.directors)
    pair.start()
    daemon = pair.master.daemon
    wait_until(lambda: daemon.status()["network"]["announcements_waiting"] > 100, LIMIT_S,
               "it has its addresses, and much to tell")
    daemon.write_configuration(pair.master.configuration.replace("priority 150", "priority 50"))
    assert daemon.reload() is None
    yielded = daemon.process.wait_for("MASTER -> BACKUP", LIMIT_S).at
    wait_until(lambda: len(told(following, yielded)) > 20, LIMIT_S, "its successor's")
    assert told(leaving) and not told(leaving, yielded)
    assert daemon.status()["network"]["announcements_waiting"] == 0


def test_addresses_on_other_interfaces_are_announced_again_and_again(net):
    """No advert tells the switch there of them; where adverts go nothing is repeated."""
    lans = {interface: net.switch(interface) for interface in ("eth1", "eth2")}
    director = Director(net.host("lb", eth1=(lans["eth1"], "172.16.1.5/24"),
                                 eth2=(lans["eth2"], "172.16.2.5/24")), "holdfast", ELSEWHERE)
    client = net.host("client", eth1=(lans["eth1"], "172.16.1.9/24"),
                      eth2=(lans["eth2"], "172.16.2.9/24"))
    captures = {interface: Capture(client, interface) for interface in lans}
    leaving = Capture(director.host, "eth2")
    director.daemon.start()
    with Book(director.daemon.process) as book:
        seen = wait_until(lambda: len(all_ := leaving.announcements("172.16.2.18")) > 3 and all_,
                          LIMIT_S, "it is announced again")
    wait_until(lambda: len(captures["eth2"].announcements("172.16.2.18")) > 3, LIMIT_S, "the client sees it")
    # One that was late by what the loop was, or waited for a processor, is followed by one in its time.
    status = director.daemon.status()
    worst_s = status["loop"]["lag"]["max_us"] / 1e6
    early = [f"{later.at - earlier.at:.3f} s" for earlier, later in zip(seen, seen[1:])
             if later.at - earlier.at < 1 - EARLY_S - worst_s - book.busy_s(earlier.at - worst_s, earlier.at)]
    # A master that woke up late announces all again, since others may have taken over meanwhile.
    late = status["instances"][0]["counters"]["late_wakeups"]
    assert len(early) <= 2 * late, early
    assert 1 <= len(captures["eth1"].announcements("172.16.1.18")) <= 1 + late
