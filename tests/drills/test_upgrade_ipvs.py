# SPDX-License-Identifier: Apache-2.0
"""A director goes from one version to the next under load: its table, its role and its clients stay."""

import contextlib
import socket

import pytest

from lib import ipvs
from lib.clients import SteadyLoad, here
from lib.downloads import Download, Downloads
from lib.pairs import suppress_arp
from lib.talkers import TcpTalker
from lib.upgrade import NEXT_VERSION, Upgraded
from lib.unprivileged import Unprivileged
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, PORT, BULK = "10.0.0.17", 80, 81
SERVERS = ("10.0.0.7", "10.0.0.8")
LIMIT_S = 20 + 4 * SLACK_S  # a peer is told three intervals in which a slow guest must have started the next process
REQUEST_S = 5 + SLACK_S


def service(port, servers):
    """A virtual server whose real servers are checked."""
    return (f"virtual_server {VIP} {port} {{\n delay_loop 1\n lb_algo rr\n lb_kind DR\n protocol TCP\n"
            + "".join(f" real_server {server} {port} {{ TCP_CHECK {{ connect_timeout 5 }} }}\n"
                      for server in servers) + "}\n")


def configuration(priority):
    """Requests go to both servers, downloads to the first."""
    return f"""vrrp_instance VI_1 {{
    interface eth1
    virtual_router_id 51
    priority {priority}
    version 3
    advert_int 3
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
{service(PORT, SERVERS)}{service(BULK, SERVERS[:1])}"""


TABLE = {(VIP, port, server, port): 1 for port, servers in ((PORT, SERVERS), (BULK, SERVERS[:1]))
         for server in servers}


def download(site):
    """A connection through the virtual address, on which the server sends numbers."""
    with site.client.entered():
        client = socket.create_connection((VIP, BULK), LIMIT_S)
    while True:  # checks connect, too
        server, peer = site.bulk.accept()
        if peer[0] == site.client.address:
            return Download("DR", client, server)
        server.close()


class Site:
    """Two directors, two servers, a client."""

    def __init__(self, net, servers):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, "10.0.0.100/24"))
        self.directors = []
        for number, priority, kind in ((5, 150, Upgraded), (6, 100, Unprivileged)):
            host = net.host(f"lb-{number}", eth1=(lan, f"10.0.0.{number}/24"))
            for where in ("all", "eth1"):
                host.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
            self.directors.append(kind(host, configuration(priority)))
        for number, address in enumerate(SERVERS):
            host = net.host(f"server-{number}", eth1=(lan, f"{address}/24"))
            suppress_arp(host, VIP)
            servers.enter_context(TcpTalker(host, PORT, lambda connection: connection.sendall(b"here")))
            if number == 0:
                with host.entered():
                    self.bulk = socket.create_server(("0.0.0.0", BULK))
                self.bulk.settimeout(LIMIT_S)


def states(daemon):
    """The transitions of the instance so far, by the log."""
    return [line.text for line in daemon.process.log if "VI_1: " in line.text and " -> " in line.text]


def test_an_upgrade_under_load_loses_no_request_no_byte_and_no_role(net):
    """A table that is looked at all the while lacks nothing, and the other director stays backup."""
    with contextlib.ExitStack() as servers:
        site = Site(net, servers)
        master, backup = site.directors
        for director in site.directors:
            director.start()
        wait_until(lambda: ipvs.weights(master.host) == TABLE, LIMIT_S, "the table is there")
        wait_until(lambda: master.host.owns(VIP), LIMIT_S, "the first one is master")
        downloads = Downloads(LIMIT_S)
        downloads.add(download(site))
        with SteadyLoad(site.client, here(VIP, PORT), interval_s=0.1, timeout_s=REQUEST_S) as load, \
                ipvs.TableWatch(master.host, TABLE) as watch:
            wait_until(lambda: len(load.answered()) >= 10, LIMIT_S, "the client is served")
            assert "(1 as master)" in master.upgrade()
            line = master.process.wait_for("-> MASTER: restarted .* after its last advert", LIMIT_S)
            downloads.go_on()
            wait_until(lambda: len(load.answered(line.at)) >= 10, LIMIT_S, "the client is served")
            wait_until(lambda: master.status()["services"][0]["servers"][0]["state"] == "up", LIMIT_S,
                       "the new process has checked")
        assert load.lost() == []
        assert watch.lacking == [] and watch.looks > 10
        assert master.status()["daemon"]["version"] == NEXT_VERSION
        assert not [line for line in states(backup) if "-> MASTER" in line]
        assert not backup.host.owns(VIP)
        assert ipvs.weights(backup.host) == TABLE, "which is a user's process with three capabilities"
        downloads.finish()
        site.bulk.close()
