# SPDX-License-Identifier: Apache-2.0
"""Active-active directors behind a router's ECMP: FRR announces what announce_when puts on lo.

Two directors, then three, share the flows of one address. Each answers alike (lb_algo mh), so a flow
goes on at whichever director the router sends it to. What survives is counted. Network, FRR and the
service are those of doc/guide/90-ecmp.md.
"""

import math
import pathlib
import time

import pytest

from lib import bgp
from lib.bgp import Bgp, from_guide, next_hops
from lib.daemons import Holdfast
from lib.flows import Echoes, Flows
from lib.ipvs import servers_of_connections, weights
from lib.topology import Topology
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, PORT = "192.0.2.10", 80
OTHER, OTHER6 = "192.0.2.20", "2001:db8:99::20"
SERVERS = ("web1", "web2", "web3")
NEWCOMER = "web4"
NUMBERS = (1, 2, 3)
FLOWS = 200
LIMIT_S = 15 + 4 * SLACK_S
GO_ON_LIMIT_S = 25 + 4 * SLACK_S  # TCP's retransmissions double their distance while nobody answers


def address(name):
    """A server's address."""
    return f"10.0.9.{10 + int(name[3:])}"


def address6(name):
    """The other one."""
    return f"2001:db8:9::{10 + int(name[3:])}"


OTHERS = f"""virtual_server {OTHER} 81 {{
    protocol TCP
    lb_algo mh
    lb_kind DR
    delay_loop 0.5
    warmup 0
    retry 1
    delay_before_retry 0.1
    announce_when up
    real_server {address("web1")} 81 {{ TCP_CHECK {{ connect_timeout 0.5 }} }}
}}
virtual_server {OTHER6} 80 {{
    protocol TCP
    lb_algo mh
    lb_kind DR
    delay_loop 5
    warmup 0
    announce_when up
    real_server {address6("web1")} 80 {{ TCP_CHECK {{ connect_timeout 4 }} }}
}}
"""


def configuration(newcomer=False):
    """What all directors have: the guide's service, whose checks a slow guest may be late with, and two."""
    service = from_guide("conf", "lb1").replace("delay_loop 2", "delay_loop 5\n    warmup 0").replace(
        "connect_timeout 1.5", "connect_timeout 4").replace("announce_grace 1.5", "announce_grace 4")
    assert service.rstrip().endswith("}\n}") and "announce_when up" in service, service
    more = f"    real_server {address(NEWCOMER)} {PORT} {{ TCP_CHECK {{ connect_timeout 4 }} }}\n"
    return service.rstrip()[:-1] + (more if newcomer else "") + "}\n" + OTHERS


class Director:
    """A machine with a link to the router, one to the servers, FRR and the daemon."""

    def __init__(self, site, number):
        self.gateway = f"10.0.{number}.2"
        self.host = site.net.host(f"lb{number}", eth1=(site.links[number], f"{self.gateway}/24"),
                                  eth2=(site.inside, f"10.0.9.{100 + number}/24",
                                        f"2001:db8:9::{100 + number}/64"))
        self.daemon = Holdfast(self.host, configuration())
        self.bgp = Bgp(self.host, from_guide("frr", "lb1").replace("10.0.1.", f"10.0.{number}."))

    def knows(self):
        """The servers of the flows that its kernel knows, by the client's port."""
        return {port: server for (port, vip, _), server in servers_of_connections(self.host).items()
                if vip == VIP}

    def said(self, pattern, since=0):
        """Waits for a line of the daemon's log."""
        return self.daemon.process.wait_for(pattern, LIMIT_S, since)


class Site:
    """A client behind a router, servers that answer past the directors, and these."""

    def __init__(self, net):
        self.net = net
        outside, self.inside = net.switch("outside"), net.switch("inside")
        self.client = net.host("client", eth1=(outside, "10.8.0.2/24"))
        self.client.ip("route add default via 10.8.0.1")
        self.links = {number: net.switch(f"link{number}") for number in NUMBERS}
        self.router = net.host("router", eth0=(outside, "10.8.0.1/24"),
                               eth9=(self.inside, "10.0.9.1/24"),
                               **{f"eth{number}": (link, f"10.0.{number}.1/24")
                                  for number, link in self.links.items()})
        self.router.set_sysctl("net.ipv4.ip_forward", 1)
        self.router.set_sysctl("net.ipv4.fib_multipath_hash_policy", 1)
        self.servers = {name: self._server(name) for name in (*SERVERS, NEWCOMER)}
        self.echoes = Echoes()
        for server in self.servers.values():
            self.echoes.open(server, PORT)
        self.echoes.open(self.servers["web1"], 80, "::")
        self.directors = {}

    def _server(self, name):
        host = self.net.host(name, eth1=(self.inside, f"{address(name)}/24", f"{address6(name)}/64"))
        for device in ("all", "lo"):
            host.set_sysctl(f"net.ipv4.conf.{device}.arp_ignore", 1)
            host.set_sysctl(f"net.ipv4.conf.{device}.arp_announce", 2)
        host.ip(f"addr add {VIP}/32 dev lo", "route add default via 10.0.9.1")
        return host

    def start(self, *numbers):
        """Starts directors, and the router if it does not run yet."""
        router = [] if self.directors else [Bgp(self.router, from_guide("frr", "router"))]
        new = [self.directors.setdefault(number, Director(self, number)) for number in numbers]
        bgp.start(*router, *(director.bgp for director in new))
        for director in new:
            director.daemon.start()

    def wait_shared(self, *numbers):
        """Waits until the router sends flows to exactly these directors."""
        gateways = sorted(self.directors[number].gateway for number in numbers)
        wait_until(lambda: next_hops(self.router, VIP) == gateways, LIMIT_S,
                   f"the router sends to {gateways}")

    def begin_flows(self):
        """Flows through the directors that announce now; each director has a part of them."""
        flows = Flows(self.client, VIP, PORT)
        flows.begin(FLOWS, LIMIT_S)
        assert set(flows.by_server()) >= set(SERVERS), flows.by_server()
        return flows


@pytest.fixture(scope="module")
def site():
    """Two directors that share the flows."""
    with Topology() as net:
        made = Site(net)
        made.start(1, 2)
        made.wait_shared(1, 2)
        yield made
        made.echoes.end()
        running = [director.daemon.process for director in made.directors.values()]
        for process in running:  # at the same time: each takes its announce_grace
            process.terminate()
        assert [process.wait_end() for process in running] == [0] * len(running)


def announced(director, vip):
    """What the status says of an address."""
    (one,) = [one for one in director.daemon.status()["announced"]["addresses"]
              if one["address"] == vip]
    return one


def test_an_address_is_here_while_its_service_has_quorum(site):
    """It comes with the quorum and goes with it; what somebody removes, and a crash, change nothing."""
    director = site.directors[1]
    host = director.host
    state = announced(director, OTHER)
    assert not state["announced"] and state["reason"] == f"{OTHER}:81/tcp has no quorum", state
    assert not host.owns(OTHER)
    details = host.address_details(VIP)
    assert (details["dev"], details["prefixlen"], details["scope"]) == ("lo", 32, "global"), details
    assert host.owns(OTHER6) and "tentative" not in host.address_details(OTHER6)
    with host.entered():
        assert pathlib.Path("/proc/sys/net/ipv4/vs/sloppy_tcp").read_text().strip() == "1"
    site.echoes.open(site.servers["web1"], 81)
    wait_until(lambda: host.owns(OTHER), LIMIT_S, "the quorum brings the address")
    assert announced(director, OTHER)["announced"]
    site.echoes.close(site.servers["web1"], 81)
    wait_until(lambda: not host.owns(OTHER), LIMIT_S, "the address goes with the quorum")
    host.ip(f"addr del {VIP}/32 dev lo")
    wait_until(lambda: host.owns(VIP), LIMIT_S, "it is put back")
    for name in SERVERS:
        director.daemon.control("server", "maint", f"{VIP}:{PORT}/tcp", f"{address(name)}:{PORT}")
    site.wait_shared(2)
    assert not host.owns(VIP)
    director.daemon.kill()
    assert host.owns(OTHER6)
    director.daemon.start()
    assert not host.owns(VIP) and host.owns(OTHER6)
    for name in SERVERS:
        director.daemon.control("server", "ready", f"{VIP}:{PORT}/tcp", f"{address(name)}:{PORT}")
    site.wait_shared(1, 2)
    director.daemon.kill()
    director.daemon.start()
    hold(lambda: host.owns(VIP), 0.5, "a crash takes nothing away")
    lines = [line.text for line in director.daemon.process.log]
    assert not [line for line in lines if "left by an earlier run" in line], lines


def parts(site, flows):
    """The flows that each director knows, by its number."""
    return {number: [flow for flow in flows.flows if flow.port in director.knows()]
            for number, director in site.directors.items()}


def test_flows_live_when_directors_come_and_go(site, capsys):
    """A director is lost, comes back, is stopped, a third one comes: not one flow is lost."""
    flows = site.begin_flows()
    told = [f"{FLOWS} flows by server: {flows.by_server()}"]
    before = parts(site, flows)
    told.append("by director: " + str({number: len(part) for number, part in before.items()}))
    assert all(len(part) > FLOWS / 8 for part in before.values()), told
    site.router.unplug("eth1")
    flows.exchange(GO_ON_LIMIT_S)
    moved = [flow for flow in before[1] if flow not in before[2]]
    told.append(f"director 1 lost: {len(moved)} flows went on at director 2, 0 lost")
    knows = site.directors[2].knows()
    assert all(knows[flow.port] == address(flow.server) for flow in flows.flows)
    site.router.plug("eth1")
    site.wait_shared(1, 2)
    flows.exchange(GO_ON_LIMIT_S)
    told.append("director 1 back: 0 lost")
    drain(site, flows)
    told.append("director 2 drained and resumed, stopped and started: 0 lost")
    site.start(3)
    site.wait_shared(1, 2, 3)
    flows.exchange(GO_ON_LIMIT_S)
    come = [flow for flow in flows.flows if flow.port in site.directors[3].knows()]
    told.append(f"director 3 added: {len(come)} flows went on there, 0 lost")
    assert len(come) > FLOWS / 8
    with capsys.disabled():
        print("\n" + "\n".join(told))
    flows.end()


def leave(site, flows, act, why):
    """Director 2 leaves in order: the address goes, and IPVS serves what still comes."""
    host, daemon = site.directors[2].host, site.directors[2].daemon
    at = time.time()
    act(daemon)
    daemon.process.wait_for(rf"{VIP}: withdrawn: {why}", LIMIT_S, at)

    def served_on():
        route = host.run("ip", "route", "show", "table", "local", VIP)
        return host.owns(VIP) and "metric 1" in route and "kernel" not in route
    wait_until(served_on, LIMIT_S, "IPVS serves what still comes")
    flows.exchange(GO_ON_LIMIT_S)


def drain(site, flows):
    """Director 2 is drained and resumed, stopped and started."""
    host, daemon = site.directors[2].host, site.directors[2].daemon
    leave(site, flows, lambda _: daemon.control("node", "drain"), "this director is drained")
    wait_until(lambda: not host.owns(VIP), LIMIT_S, "its grace ends")
    assert weights(host) and announced(site.directors[2], VIP)["reason"] == "this director is drained"
    flows.exchange(GO_ON_LIMIT_S)
    daemon.control("node", "resume")
    site.wait_shared(1, 2)
    leave(site, flows, lambda _: daemon.process.terminate(), "the daemon stops")
    assert daemon.process.wait_end() == 0
    assert not host.owns(VIP) and not weights(host)
    flows.exchange(GO_ON_LIMIT_S)
    daemon.start()
    site.wait_shared(1, 2)
    flows.exchange(GO_ON_LIMIT_S)


def test_a_new_real_server_takes_no_more_than_its_share(site, capsys):
    """Flows that change directors when a server has come: all but the newcomer's part live.

    Of two directors: where one of three goes the router moves flows between the others, too.
    """
    if third := site.directors.pop(3, None):
        third.daemon.terminate()
    site.wait_shared(1, 2)
    flows = site.begin_flows()
    for director in site.directors.values():
        director.daemon.write_configuration(configuration(newcomer=True))
        assert director.daemon.reload() is None
    for director in site.directors.values():
        wait_until(lambda host=director.host: sum(key[0] == VIP for key in weights(host)) == 4,
                   LIMIT_S, "the newcomer is in the table")
    flows.exchange(GO_ON_LIMIT_S)  # those that stay where they are have their entries
    before = parts(site, flows)
    site.router.unplug("eth1")
    lost = flows.exchange(LIMIT_S, may_fail=True)
    moved = [flow for flow in before[1] if flow not in before[2]]
    assert set(lost) <= set(moved), "flows that stayed are lost"
    share, most = 1 / 4, 5 * math.sqrt(len(moved) * 0.25 * 0.75)
    with capsys.disabled():
        print(f"\na server added, then director 1 lost: {len(lost)} of {len(moved)} moved flows are "
              f"lost ({len(lost) / len(moved):.0%}); consistent hashing promises {share:.0%}; of the "
              f"{FLOWS - len(moved)} that stayed none")
    assert 0 < len(lost) <= len(moved) * share + most
    flows.end()
