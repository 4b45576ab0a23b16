# SPDX-License-Identifier: Apache-2.0
"""Routes by IP tunnels without an interface: put back, changed. test_encap has the other kinds."""

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

LIMIT_S = 15
INSTANCE = """vrrp_instance A {
    interface eth1
    version 3
    virtual_router_id 7
    priority 200
    advert_int 0.2
    virtual_ipaddress {
        10.0.0.18/24
    }
    virtual_routes {
        ROUTES
    }
}
"""
IP = "10.65.0.0/16 via 10.0.0.100 dev eth1 encap ip id 5 dst 192.0.2.7 ttl 7 key"
IP6 = "10.64.0.0/16 nexthop via 10.0.0.100 encap ip6 dst 2001:db8::7 tc 4 nexthop via 10.0.0.101"


@pytest.fixture
def director(net):
    """A host with one interface, and a daemon that does not run yet."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.0.0.1/24"))
    wait_until(host.has_carriers, 5, "the link is up")
    return Holdfast(host, INSTANCE.replace("ROUTES", IP))


def start(director, *routes):
    """Starts it with these routes."""
    director.write_configuration(INSTANCE.replace("ROUTES", "\n".join(routes)))
    director.start()
    wait_until(lambda: director.host.owns("10.0.0.18"), LIMIT_S, "it is master")


def shown(host, family=4, table="all"):
    """Our routes, as `ip` shows them."""
    return " ".join(host.run("ip", f"-{family}", "route", "show", "table", table, "proto",
                             "112").split())


def troubles(director):
    """What is wrong with the routes."""
    (instance,) = director.status()["instances"]
    return [route["trouble"] for route in instance["routes"]]


@pytest.mark.ours
def test_a_route_by_a_tunnel_is_set_and_put_back(director):
    """Of one way and of several; and a change of it is made by a reload."""
    start(director, IP, IP6)
    wait_until(lambda: "10.65.0.0/16 encap ip id 5 src 0.0.0.0 dst 192.0.2.7 ttl 7 tos 0 key via "
               "10.0.0.100" in shown(director.host), LIMIT_S, "the route is there")
    assert "nexthop encap ip6 id 0 src :: dst 2001:db8::7 hoplimit 0 tc 4 via 10.0.0.100" in shown(
        director.host)
    director.host.ip("route del 10.65.0.0/16")
    wait_until(lambda: "10.65.0.0/16 encap ip id 5" in shown(director.host), LIMIT_S,
               "the route is put back")
    director.write_configuration(INSTANCE.replace("ROUTES", IP.replace("id 5", "id 6")))
    assert director.reload() is None
    wait_until(lambda: "10.65.0.0/16 encap ip id 6" in shown(director.host), LIMIT_S,
               "the route is another one")
    wait_until(lambda: "10.64.0.0/16" not in shown(director.host), LIMIT_S, "the other one is gone")
    assert troubles(director) == [None]
    added = director.status()["network"]["routes"]["added"]
    assert director.reload() is None
    assert director.status()["network"]["routes"]["added"] == added, "what is right stays as it is"
    director.terminate()
    assert shown(director.host) == ""
