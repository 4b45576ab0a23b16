# SPDX-License-Identifier: Apache-2.0
"""Routes that put something around their packets, and routes in a VRF: as iproute2 shows them."""

import json

import pytest

from lib.daemons import Holdfast
from lib.waiting import SLACK_S, wait_until

# Tunnels of routes, MPLS and VRFs are modules: the lab's kernel has them.
pytestmark = [pytest.mark.ours, pytest.mark.ipvs]

LIMIT_S = 5 + SLACK_S
HEAD = """vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.5.0.18/24
    }
    virtual_routes {
%s
    }
}
"""
# What is written, and what `ip` says with the same words (its own order).
ENCAPS = [
    ("192.0.2.0/24 encap mpls 100/200 ttl 9 via 10.5.0.2 dev eth1",
     "192.0.2.0/24  encap mpls  100/200 ttl 9 via 10.5.0.2 dev eth1"),
    ("198.51.100.0/24 encap ip id 7 dst 10.5.0.2 src 10.5.0.1 tos 8 ttl 64 dev eth1",
     "198.51.100.0/24  encap ip id 7 src 10.5.0.1 dst 10.5.0.2 ttl 64 tos 8 dev eth1"),
    ("203.0.113.0/24 encap ip6 dst fd00::2 dev eth1",
     "203.0.113.0/24  encap ip6 id 0 src :: dst fd00::2 hoplimit 0 tc 0 dev eth1"),
    ("2001:db8:9::/64 encap mpls 300 via fd00::2 dev eth1",
     "2001:db8:9::/64  encap mpls  300 via fd00::2 dev eth1"),
]  # ila: no kernel of Debian's has it; tests/unit/test_rtnetlink_route.c holds its bytes


def start(net, lines):
    """A director that becomes master with these routes."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
    host.ip("addr add fd00::1/64 dev eth1 nodad")
    daemon = Holdfast(host, HEAD % "\n".join(lines))
    daemon.start()
    daemon.wait_started()
    return host, daemon


def shown(host, *words):
    """The routes with our mark, as text, without what each has."""
    text = "\n".join(host.run("ip", family, "route", "show", "proto", "112", *words)
                     for family in ("-4", "-6"))
    return {" ".join(line.partition(" scope ")[0].partition(" metric ")[0].split())
            for line in text.splitlines() if line.strip()}


def test_encapsulations_are_what_iproute2_calls_them(net):
    """Each kind, beside the words of `ip route`; put back when somebody takes one; gone at the stop."""
    host, daemon = start(net, [line for line, _ in ENCAPS])
    expected = {" ".join(line.split()) for _, line in ENCAPS}
    wait_until(lambda: shown(host) == expected, LIMIT_S, f"{expected} (is: {shown(host)})")
    changes = daemon.status()["network"]["routes"]["added"]
    host.ip("route del 198.51.100.0/24")
    wait_until(lambda: shown(host) == expected, LIMIT_S, "it is back")
    wait_until(lambda: daemon.status()["network"]["routes"]["restored"] == 1, LIMIT_S, "counted")
    assert daemon.status()["network"]["routes"]["added"] == changes + 1  # the others are as wanted
    assert "encap mpls 100/200 ttl 9" in daemon.control("status")
    daemon.process.terminate()
    daemon.process.wait_end()
    assert not shown(host)


def test_a_route_made_by_iproute2_is_the_same_to_us(net):
    """The kernel refuses a second one like it: so what we write is what `ip route add` writes."""
    host, daemon = start(net, [line for line, _ in ENCAPS])
    wait_until(lambda: len(shown(host)) == len(ENCAPS), LIMIT_S, "all are there")
    before = shown(host)
    daemon.process.terminate()
    daemon.process.wait_end()
    for line, _ in ENCAPS:
        host.ip(f"route add {line} proto 112")
    assert shown(host) == before


def test_several_ways_with_labels_of_their_own(net):
    """Each nexthop has its own encapsulation."""
    host, _ = start(net, ["192.0.2.0/24 nexthop encap mpls 100 via 10.5.0.2 dev eth1 "
                          "nexthop encap mpls 200/300 via 10.5.0.3 dev eth1 weight 3"])

    def hops():
        routes = json.loads(host.run("ip", "-json", "route", "show", "192.0.2.0/24"))
        return [(hop["gateway"], hop["weight"]) for route in routes for hop in route["nexthops"]]

    wait_until(lambda: hops() == [("10.5.0.2", 1), ("10.5.0.3", 3)], LIMIT_S, "both ways")
    text = host.run("ip", "route", "show", "192.0.2.0/24")
    assert "encap mpls  100 via 10.5.0.2" in text and "encap mpls  200/300 via 10.5.0.3" in text


def test_a_route_follows_its_vrf(net):
    """In the VRF's table as soon as that is there, and in the new one's when it is made again."""
    host, daemon = start(net, ["192.0.2.0/24 via 10.5.0.2 vrf red onlink dev eth1"])
    wait_until(lambda: daemon.status()["instances"][0]["state"] == "MASTER", LIMIT_S, "MASTER")
    wait_until(lambda: "an interface is not there" in str(daemon.status()["instances"][0]["routes"]), LIMIT_S,
               "it says why the route is missing")
    host.ip("link add red type vrf table 100", "link set red up")
    wait_until(lambda: "192.0.2.0/24 via 10.5.0.2 dev eth1 onlink" in str(shown(host, "table", "100")),
               LIMIT_S, "it is in table 100")
    host.ip("route del 192.0.2.0/24 table 100")
    wait_until(lambda: shown(host, "table", "100"), LIMIT_S, "it is put back")
    host.ip("link del red", "link add red type vrf table 200", "link set red up")
    wait_until(lambda: shown(host, "table", "200") and not shown(host, "table", "100"), LIMIT_S,
               "it is in table 200 alone")
    daemon.process.terminate()
    daemon.process.wait_end()
    assert not shown(host, "table", "200")
