# SPDX-License-Identifier: Apache-2.0
"""Checks that go through the virtual address: they find what a check of the server's own address cannot,
a DR or TUN server that does not take packets for the VIP.

The check connects to the VIP with a mark, and a virtual server for that mark has this server alone, so
that IPVS brings the packets to it as it brings the clients'.
"""

import pytest

from lib.daemons import Holdfast
from lib.nginx import Nginx
from lib.pairs import suppress_arp
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, DIRECTOR = "10.0.0.17", "10.0.0.5"
SERVERS = ("10.0.0.7", "10.0.0.8")
CHECKS_LIMIT_S = 6 + 4 * SLACK_S


INSTANCE = f"""vrrp_instance VI {{
    interface eth1
    virtual_router_id 51
    version 3
    advert_int 0.1
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
"""


def configuration(kind, owner):
    """Two servers, each with a check of its own address and one through the VIP."""
    marked = "".join(f"""virtual_server fwmark {100 + number} {{
    lvs_sched rr
    lvs_method {kind}
    real_server {address} {{
    }}
}}
""" for number, address in enumerate(SERVERS))
    servers = "".join(f"""    real_server {address} 80 {{
        TCP_CHECK {{
            connect_timeout 1
        }}
        TCP_CHECK {{
            connect_ip {VIP}
            bindto {DIRECTOR}
            fwmark {100 + number}
            connect_timeout 1
        }}
    }}
""" for number, address in enumerate(SERVERS))
    return f"""{INSTANCE if owner else ''}
{marked}
virtual_server {VIP} 80 {{
    protocol TCP
    lvs_sched rr
    lvs_method {kind}
    delay_loop 0.5
{servers}}}
"""


@pytest.mark.parametrize("kind,owner", [("DR", True), ("TUN", True), ("DR", False)],
                         ids=["DR", "TUN", "DR while another director has the address"])
def test_a_server_that_refuses_the_virtual_address_goes_out(kind, owner):
    """Its own address answers all the time; only the check through the VIP sees the difference."""
    with Topology() as net:
        lan = net.switch("lan")
        director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
        for name, value in (("accept_local", 1), ("rp_filter", 0)):
            director.set_sysctl(f"net.ipv4.conf.eth1.{name}", value)
        director.set_sysctl("net.ipv4.conf.all.rp_filter", 0)
        director.run("modprobe", "-a", "ip_vs", "ipip")
        hosts = [net.host(f"web-{number}", eth1=(lan, f"{address}/24"))
                 for number, address in enumerate(SERVERS)]
        for host in hosts:
            suppress_arp(host, VIP)
            if kind == "TUN":
                host.ip("link set tunl0 up")
                for where in ("all", "tunl0"):
                    host.set_sysctl(f"net.ipv4.conf.{where}.rp_filter", 0)
            server = Nginx(host)
            server.start()
            server.wait_ready()
        daemon = Holdfast(director, configuration(kind, owner))
        daemon.start()

        def states():
            service = next(each for each in daemon.status()["services"] if each["port"] == 80)
            return [server["state"] for server in service["servers"]]

        def checks(number):
            service = next(each for each in daemon.status()["services"] if each["port"] == 80)
            return [check["state"] for check in service["servers"][number]["checks"]]

        wait_until(lambda: states() == ["up", "up"] and checks(0) == checks(1) == ["up", "up"],
                   CHECKS_LIMIT_S, "both serve the virtual address")
        hosts[0].ip(f"addr del {VIP}/32 dev lo")
        wait_until(lambda: states() == ["down", "up"], CHECKS_LIMIT_S, "the first one does not")
        wait_until(lambda: checks(0) == ["up", "down"], CHECKS_LIMIT_S, "only the check through the VIP says so")
        hosts[0].ip(f"addr add {VIP}/32 dev lo")
        wait_until(lambda: states() == ["up", "up"], CHECKS_LIMIT_S, "it does again")
