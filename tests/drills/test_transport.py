# SPDX-License-Identifier: Apache-2.0
"""How adverts travel: IPv6, unicast, and what must not be heard."""

import json
import socket
import struct

import pytest

from lib.capture import internet_checksum
from lib.clients import Pings
from lib.daemons import Holdfast, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, LayoutV6, MySqlLayoutV3, Pair, unicast
from lib.waiting import SLACK_S, SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = advert_limit_s(100) + SLACK_S


def started(net, layout):
    """A settled pair of ours."""
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    return pair


def instance(daemon, name="VI_2"):
    """An instance's status."""
    (found,) = (each for each in daemon.status()["instances"] if each["name"] == name)
    return found


def test_ipv6_adverts_and_announcements_are_what_the_rfcs_say(net):
    """RFC 9568 5.1.2 and 5.2, RFC 4861 7.2.6: source, hop limit, addresses, flags, checksums."""
    pair = started(net, LayoutV6)
    advert = pair.capture.adverts(pair.master.address)[-1]
    assert (advert.version, advert.destination, advert.ttl, advert.tos) == (3, "ff02::12", 255, 0xC0)
    assert advert.addresses == ("fe80::18", pair.vip) and advert.checksum_is_right
    announced = pair.capture.announcements(pair.vip, pair.master.host.mac("eth1"))
    assert announced and all(
        each.hops == 255 and each.overrides and not each.is_router and each.checksum_is_right
        and each.source == pair.vip for each in announced)
    details = pair.master.host.address_details(pair.vip)
    assert details["prefixlen"] == 64 and details.get("nodad") and not details.get("tentative")


def test_ipv6_announcements_say_that_a_router_is_one(net):
    """A host that forwards must not be taken off its neighbours' lists of routers."""
    pair = Pair(net, ("holdfast", "holdfast"), LayoutV6, vrrp_only=True)
    pair.master.host.set_sysctl("net.ipv6.conf.all.forwarding", 1)
    pair.start()
    assert all(each.is_router for each in pair.capture.announcements(pair.vip))


def test_ipv6_client_is_served_through_a_crash_and_an_orderly_stop(net):
    """The neighbour cache of the client follows both announcements."""
    pair = started(net, LayoutV6)
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() > 10, 5, "the client is served")
        killed = pair.master.daemon.kill()
        pair.master.host.unplug("eth1")
        wait_until(lambda: pair.backup.host.owns(pair.vip),
                   advert_limit_s(BACKUP_PRIORITY, LayoutV6.interval_s) + SLACK_S, "a takeover")
        announced = wait_until(lambda: pair.capture.announcements(
            pair.vip, pair.backup.host.mac("eth1"), killed), SOON_S, "an announcement")[0].at
        wait_until(lambda: pings.answered(announced + SLACK_S) > 10, 5, "the client is served")
    pair.restore()
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() > 10, 5, "the client is served")
        stopped = pair.master.daemon.terminate()
        wait_until(lambda: pings.answered(stopped + 2 * SLACK_S) > 10, 5, "the client is served")
    assert pings.outage_s(stopped) < 0.1


def test_ipv6_address_that_is_tentative_is_waited_for(net):
    """Duplicate detection of the link-local address runs: FAULT says so, then it goes on by itself."""
    pair = Pair(net, ("holdfast", "holdfast"), LayoutV6, vrrp_only=True)
    host = pair.master.host
    host.ip("link set eth1 down")
    host.set_sysctl("net.ipv6.conf.eth1.accept_dad", 1)
    host.set_sysctl("net.ipv6.conf.eth1.dad_transmits", 8)
    host.ip("link set eth1 up")
    pair.master.daemon.start()
    wait_until(lambda: "is tentative" in str(instance(pair.master.daemon)["faults"]), SOON_S,
               "the reason is shown")
    wait_until(lambda: host.owns(pair.vip), 20, "it becomes master when the address is its own")


def test_both_families_have_one_vrid_side_by_side(net):
    """RFC 9568 5.2.3: a VRID is of one family."""
    both = type("Both", (LayoutV6,), {"configuration": LayoutV6.configuration + """
vrrp_instance V4 {
    interface eth1
    virtual_router_id 52
    priority 150
    version 3
    advert_int 0.2
    mcast_src_ip 10.77.0.1
    virtual_ipaddress {
        10.77.0.18/24
    }
}
"""})
    pair = started(net, both)
    host = pair.master.host
    wait_until(lambda: host.owns("10.77.0.18"), LIMIT_S, "the IPv4 instance is master")
    assert host.owns(pair.vip)
    assert {len(advert.addresses) for advert in pair.capture.adverts()} == {1, 2}


@pytest.mark.parametrize("layout", [MySqlLayoutV3, LayoutV6], ids=["ipv4", "ipv6"])
def test_unicast_takes_over_and_needs_no_interface(net, layout):
    """Adverts go to the peer alone, with what names no interface but the addresses' own."""
    layout = unicast(layout)
    bare = type("Bare", (layout,), {"configuration": layout.configuration.replace(
        "    interface eth1\n", "").replace("fe80::18/64", "").replace("/64\n", "/64 dev eth1\n")})
    pair = started(net, bare)
    assert {advert.destination for advert in pair.capture.adverts()} == {pair.backup.address}
    pair.master.daemon.kill()
    wait_until(lambda: pair.backup.host.owns(pair.vip),
               advert_limit_s(BACKUP_PRIORITY, layout.interval_s) + SLACK_S, "a takeover")


WIDE = type("Wide", (LayoutV6,), {"configuration": LayoutV6.configuration.replace(
    "        fe80::18/64\n", "        fe80::18/64\n" + "".join(
        f"        2001:db8:77::{number:x}/64\n" for number in range(0x100, 0x164)))})


@pytest.mark.parametrize("virtual, steps", [  # a macvlan follows the interface below it downwards alone
    ("", ((None, 90), (1280, 77), (1400, 84))),
    ("    use_vmac\n", ((None, 90), (1280, 77))),
], ids=["plain", "vmac"])
def test_adverts_name_as_many_addresses_as_the_mtu_has_room_for(net, virtual, steps):
    """B17, at the start and after a change of the MTU; nobody complains of the other's list."""
    layout = type("Virtual", (WIDE,), {"configuration": WIDE.configuration.replace(
        "    interface eth1\n", "    interface eth1\n" + virtual)})
    pair = started(net, layout)
    total = len(instance(pair.master.daemon)["addresses"])
    assert total == 102

    def named():
        adverts = [each for each in pair.capture.adverts() if each.priority]
        return adverts and len(adverts[-1].addresses)

    def advertised(director):
        return sum(each["advertised"] for each in instance(director.daemon)["addresses"])

    for mtu, room in steps:
        if mtu:
            for director in pair.directors:
                director.host.ip(f"link set eth1 mtu {mtu}")
        wait_until(lambda: named() == room, 5, f"adverts name {room} addresses")
        wait_until(lambda: [advertised(each) for each in pair.directors] == [room, room], 5,
                   "status says so")
    assert pair.owners() == [pair.master.name]
    received = instance(pair.backup.daemon)["counters"]["adverts_received"]
    differing = instance(pair.backup.daemon)["counters"]["addresses_differ"]
    wait_until(lambda: instance(pair.backup.daemon)["counters"]["adverts_received"] > received + 3,
               5, "the backup hears the shorter list")
    assert instance(pair.backup.daemon)["counters"]["addresses_differ"] == differing
    told = [line.text for line in pair.master.daemon.process.log if "has room for 90 of" in line.text]
    assert len(told) == 1


def send_advert(host, source, destination, ttl):
    """A forged advert of priority 200 by unicast, right in everything but its sender or its TTL."""
    body = struct.pack("!BBBBHH", 0x31, 52, 200, 1, 20, 0) + socket.inet_aton("172.16.1.18")
    pseudo = (socket.inet_aton(source) + socket.inet_aton(destination)
              + struct.pack("!BBH", 0, 112, len(body)))
    body = body[:6] + struct.pack("!H", internet_checksum(pseudo + body)) + body[8:]
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW, 112) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        sender.bind((source, 0))
        sender.sendto(body, (destination, 0))


def test_unicast_is_heard_from_peers_alone_and_from_as_far_as_they_may_be(net):
    """What others send is dropped and counted, and the master stays."""
    layout = unicast(MySqlLayoutV3)
    layout.configuration = layout.configuration.replace("OTHER", "OTHER min_ttl 254")
    pair = started(net, layout)
    daemon = pair.master.daemon
    for director in pair.directors:  # as it sends no advert, its peer's counters stand still
        assert director.is_up
    send_advert(pair.client, pair.client.address, pair.master.address, 255)
    wait_until(lambda: instance(daemon)["counters"]["dropped"]["not_a_peer"] == 1, SOON_S,
               "the stranger is counted")
    pair.backup.daemon.terminate()
    send_advert(pair.backup.host, pair.backup.address, pair.master.address, 253)
    wait_until(lambda: instance(daemon)["counters"]["dropped"]["other_ttl"] == 1, SOON_S,
               "the one from too far is counted")
    hold(lambda: pair.owners() == [pair.master.name], 1, "the master stays")
    assert not daemon.process.find("MASTER -> BACKUP")
    send_advert(pair.backup.host, pair.backup.address, pair.master.address, 254)
    daemon.process.wait_for("MASTER -> BACKUP", SOON_S)  # for as long as the silence then may be


def test_multicast_is_not_heard_by_a_unicast_instance_nor_the_reverse(net):
    """B36: two masters, as each hears nothing of the other."""
    pair = Pair(net, ("holdfast", "holdfast"), MySqlLayoutV3, vrrp_only=True)
    alone = unicast(MySqlLayoutV3).configuration.partition("virtual_server ")[0].replace(
        "OWN", pair.master.address).replace("OTHER", pair.backup.address)
    pair.master.daemon.write_configuration(alone)
    for director in pair.directors:
        director.daemon.start()
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "both are master")


def test_source_that_is_nowhere_is_sent_from_unless_it_is_tracked(net):
    """track_src_ip: FAULT with its name; without it the kernel lets us send from what it has not."""
    lan = net.switch("lan")
    host = net.host("lb", eth1=(lan, "10.5.0.1/24"))
    other = net.host("other", eth1=(lan, "10.5.0.2/24"))
    from lib.capture import Capture  # pylint: disable=import-outside-toplevel
    capture = Capture(other)
    text = """vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    mcast_src_ip 10.5.0.77
    WORD
    virtual_ipaddress {
        10.5.0.18
    }
}
"""
    daemon = Holdfast(host, text.replace("WORD", "track_src_ip"))
    daemon.start()
    wait_until(lambda: instance(daemon, "A")["faults"], 5, "FAULT")
    assert "10.5.0.77 is on no interface" in json.dumps(instance(daemon, "A")["faults"])
    host.ip("addr add 10.5.0.77/24 dev eth1")
    wait_until(lambda: instance(daemon, "A")["state"] == "MASTER", 5, "it has the address now")
    daemon.write_configuration(text.replace("WORD", ""))
    assert daemon.reload() is None
    host.ip("addr del 10.5.0.77/24 dev eth1")
    seen = len(capture.adverts("10.5.0.77"))
    wait_until(lambda: len(capture.adverts("10.5.0.77")) > seen + 3, 5, "it sends from it all the same")
