# SPDX-License-Identifier: Apache-2.0
"""What a virtual server does besides the seed's: forwarding methods, sorry server, quorum."""

import pytest

from lib import ipvs
from lib.clients import REQUEST_ERRORS, http_get
from lib.daemons import Holdfast
from lib.nginx import Nginx
from lib.pairs import suppress_arp
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, CLIENT, DIRECTOR = "10.0.0.17", "10.0.0.100", "10.0.0.5"
SERVERS = {"web-07": "10.0.0.7", "web-08": "10.0.0.8", "sorry": "10.0.0.9"}
REQUEST_LIMIT_S = 5 + SLACK_S  # a lost SYN is sent again after 1 s and 3 s
CHECKS_LIMIT_S = 6 + 4 * SLACK_S

INSTANCE = f"""
global_defs {{
    script_user root
    enable_script_security
}}
vrrp_instance VI {{
    interface eth1
    virtual_router_id 51
    version 3
    advert_int 0.1
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
"""


def service(kind="DR", more="", server_more=""):
    """A configuration with one virtual server of two."""
    servers = "".join(f"""    real_server {SERVERS[name]} 80 {{
        weight 3
        {server_more}
        TCP_CHECK {{
            connect_timeout 5
        }}
    }}
""" for name in ("web-07", "web-08"))
    return f"""{INSTANCE}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo rr
    lb_kind {kind}
    delay_loop 1
    {more}
{servers}}}
"""


class Site:
    """One director, a client and three web servers in one LAN."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, f"{CLIENT}/24"))
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
        self.director.set_sysctl("net.ipv4.ip_forward", 1)
        for where in ("all", "eth1"):
            self.director.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
        self.servers = {}
        for name, address in SERVERS.items():
            host = net.host(name, eth1=(lan, f"{address}/24"))
            suppress_arp(host, VIP)
            self.servers[name] = Nginx(host)
        self.daemon = Holdfast(self.director, service())
        self.restore()
        self.daemon.start()

    def restore(self):
        """All servers run."""
        for server in self.servers.values():
            if not server.is_up:
                server.start()
        for server in self.servers.values():
            server.wait_ready()

    def configure(self, text):
        """Reloads a configuration that is right, and waits until its servers serve."""
        self.daemon.write_configuration(text)
        assert self.daemon.reload() is None
        wait_until(lambda: self.weights() == {SERVERS["web-07"]: 3, SERVERS["web-08"]: 3}
                   and self.director.owns(VIP), CHECKS_LIMIT_S, "both servers serve")

    def weights(self):
        """Weight by server, as the kernel has it."""
        return {server: weight for (vip, _, server, _), weight in ipvs.weights(self.director).items()
                if vip == VIP}

    def answer(self):
        """Who answers one request, or why nobody does."""
        try:
            return http_get(VIP)(self.client, REQUEST_LIMIT_S)
        except REQUEST_ERRORS as error:
            return f"nobody: {error}"


@pytest.fixture(scope="module")
def installation():
    """The site, up once for all drills of the module."""
    with Topology() as net:
        yield Site(net)


@pytest.fixture
def site(installation):
    """The site, whole."""
    installation.restore()
    return installation


def route_answers_back(site):
    """NAT: what a server answers must come back through the director."""
    for server in site.servers.values():
        server.host.ip(f"route replace {CLIENT}/32 via {DIRECTOR}")
    return lambda server: server.host.ip(f"route del {CLIENT}/32 via {DIRECTOR}")


def end_tunnels(site):
    """TUN: a server takes the packet out of the packet; tunl0 comes with the module."""
    site.director.run("modprobe", "ipip")
    for server in site.servers.values():
        server.host.ip("link set tunl0 up")
        for where in ("all", "tunl0"):
            server.host.set_sysctl(f"net.ipv4.conf.{where}.rp_filter", 0)
    return lambda server: server.host.ip("link set tunl0 down")


@pytest.mark.parametrize("kind,letter,prepare", [("DR", "-g", None),
                                                 ("NAT", "-m", route_answers_back),
                                                 ("TUN", "-i", end_tunnels)])
def test_packets_reach_the_servers_by_each_forwarding_method(site, kind, letter, prepare):
    """And the answers reach the client."""
    undo = prepare(site) if prepare else lambda server: None
    try:
        site.configure(service(kind))
        wait_until(lambda: [f" {letter} " in line for line in ipvs.table(site.director)
                            if line.startswith("-a")] == [True] * 2, CHECKS_LIMIT_S, "the method is the new one")
        assert {site.answer() for _ in range(4)} == {"web-07", "web-08"}
    finally:
        for server in site.servers.values():
            undo(server)


def test_sorry_server_serves_while_all_others_are_dead(site):
    """And not a moment longer."""
    site.configure(service(more=f"sorry_server {SERVERS['sorry']} 80"))
    for name in ("web-07", "web-08"):
        site.servers[name].kill()
    wait_until(lambda: list(site.weights()) == [SERVERS["sorry"]], CHECKS_LIMIT_S,
               "the sorry server alone is in the table")
    assert site.answer() == "sorry"
    (status,) = site.daemon.status()["services"]
    assert (status["quorum_met"], status["sorry_server"]["active"]) == (False, True)
    site.servers["web-08"].start()
    wait_until(lambda: site.weights() == {SERVERS["web-08"]: 3}, CHECKS_LIMIT_S,
               "web-08 alone is in the table")
    assert {site.answer() for _ in range(3)} == {"web-08"}


def test_quorum_is_counted_in_weights_and_told_to_scripts(site):
    """4 of 6 is met by two servers, not by one: the sorry server serves instead of it."""
    told = site.director.directory / "told"
    told.touch()
    script = site.director.directory / "tell"
    script.write_text(f'#!/bin/sh\necho "$1" >>{told}\n')
    script.chmod(0o755)
    site.configure(service(more=f"""quorum 4
    quorum_up "{script} up"
    quorum_down "{script} down"
    sorry_server {SERVERS['sorry']} 80"""))
    site.servers["web-07"].kill()
    wait_until(lambda: site.answer() == "sorry", CHECKS_LIMIT_S, "the sorry server serves")
    wait_until(lambda: "down" in told.read_text(), CHECKS_LIMIT_S, "quorum_down is run")
    site.servers["web-07"].start()
    wait_until(lambda: set(site.weights()) == {SERVERS["web-07"], SERVERS["web-08"]},
               CHECKS_LIMIT_S, "both serve again")
    wait_until(lambda: told.read_text().split()[-2:] == ["down", "up"], CHECKS_LIMIT_S,
               "quorum_up is run")


def test_inhibited_server_stays_in_the_table_without_weight(site):
    """Persistent clients and open connections keep their way; new ones go elsewhere."""
    site.configure(service(server_more="inhibit_on_failure"))
    site.servers["web-07"].kill()
    wait_until(lambda: site.weights() == {SERVERS["web-07"]: 0, SERVERS["web-08"]: 3},
               CHECKS_LIMIT_S, "web-07 has no weight")
    assert {site.answer() for _ in range(3)} == {"web-08"}


def test_server_that_came_back_gets_its_weight_little_by_little(site):
    """In the kernel's table, from 1 on; the other one serves with all of its weight."""
    site.configure(service(more="slow_start 6"))
    site.servers["web-07"].kill()
    wait_until(lambda: site.weights() == {SERVERS["web-08"]: 3}, CHECKS_LIMIT_S, "web-07 is out")
    site.servers["web-07"].start()
    seen = []

    def risen():
        weight = site.weights().get(SERVERS["web-07"])
        if weight and weight not in seen:
            seen.append(weight)
        return weight == 3
    wait_until(risen, CHECKS_LIMIT_S + 6 + SLACK_S, "web-07 has all of its weight")
    assert seen == [1, 2, 3], seen


def test_with_too_few_servers_up_all_stay_in_the_table(site):
    """min_healthy: what checks say is not believed, and the one that lives answers."""
    site.configure(service(more="min_healthy 75%"))
    site.servers["web-07"].kill()
    wait_until(lambda: site.daemon.status()["services"][0]["fail_open"], CHECKS_LIMIT_S,
               "the service fails open")
    wait_until(lambda: site.weights() == {SERVERS["web-07"]: 3, SERVERS["web-08"]: 3}, CHECKS_LIMIT_S,
               "both stay")
    site.daemon.control("server", "maint", f"{VIP}:80/tcp", f"{SERVERS['web-08']}:80")
    wait_until(lambda: site.weights() == {SERVERS["web-07"]: 3}, CHECKS_LIMIT_S, "web-08 is out")
    site.daemon.control("server", "ready", f"{VIP}:80/tcp", f"{SERVERS['web-08']}:80")
    site.servers["web-07"].start()
    wait_until(lambda: not site.daemon.status()["services"][0]["fail_open"], CHECKS_LIMIT_S,
               "it does not any more")


def test_drained_server_keeps_its_connections_and_gets_no_new_ones(site):
    """Weight 0 in the kernel's table, over a restart of the daemon too."""
    site.configure(service())
    site.daemon.control("server", "drain", f"{VIP}:80/tcp", f"{SERVERS['web-07']}:80")
    drained = {SERVERS["web-07"]: 0, SERVERS["web-08"]: 3}
    wait_until(lambda: site.weights() == drained, CHECKS_LIMIT_S, "web-07 has no weight")
    assert {site.answer() for _ in range(3)} == {"web-08"}
    site.daemon.terminate()
    site.daemon.start()
    wait_until(lambda: site.weights() == drained, CHECKS_LIMIT_S, "nor after a restart")
    site.daemon.control("server", "ready", f"{VIP}:80/tcp", f"{SERVERS['web-07']}:80")
    wait_until(lambda: site.weights() == {SERVERS["web-07"]: 3, SERVERS["web-08"]: 3},
               CHECKS_LIMIT_S, "it is used again")


def test_check_with_a_weight_changes_the_servers_weight(site):
    """It does not take the server out."""
    site.configure(service(server_more="TCP_CHECK {\n connect_port 81\n weight -2\n alpha\n }")
                   .replace("weight 3", "weight 5"))
    site.servers["web-07"].kill()
    wait_until(lambda: site.weights() == {SERVERS["web-08"]: 3}, CHECKS_LIMIT_S, "web-07 is out")


def test_reload_does_not_bring_a_dead_server_back(site):
    """What the checks know outlives the file."""
    site.configure(service())
    site.servers["web-07"].kill()
    wait_until(lambda: list(site.weights()) == [SERVERS["web-08"]], CHECKS_LIMIT_S,
               "web-07 is out of the table")
    since = [server["since"] for server in site.daemon.status()["services"][0]["servers"]]
    site.daemon.write_configuration(service(more="persistence_timeout 50"))
    assert site.daemon.reload() is None
    wait_until(lambda: f"-A -t {VIP}:80 -s rr -p 50" in ipvs.table(site.director), CHECKS_LIMIT_S,
               "the new persistence")
    assert list(site.weights()) == [SERVERS["web-08"]]
    assert [server["since"] for server
            in site.daemon.status()["services"][0]["servers"]] == since
