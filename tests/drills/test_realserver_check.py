# SPDX-License-Identifier: Apache-2.0
"""`holdfast-realserver check` says of a host what its neighbours see, and what it tells to type mends it."""

import json
import os
import signal
import socket
import subprocess

import pytest

from lib.daemons import BUILD
from lib.process import Process
from lib.waiting import wait_until

TOOL = BUILD / "contrib/realserver/holdfast-realserver"
ARPCHECK = BUILD / "holdfast-arpcheck"
VIP, VIP6 = "10.9.0.18", "fd00::18"
LIMIT_S = 20
ASKER = "02:48:46"  # what an asker's MAC begins with: 02 and "HF"
RTMGRP_NEIGH = 4  # linux/rtnetlink.h

pytestmark = pytest.mark.ours


class Server:
    """A real server on a switch with a client, the tool on it."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, "10.9.0.100/24", "fd00::100/64"))
        for family in ("ipv4", "ipv6"):  # it knows after 1.2 s that nobody answers; a proxy waits 0.8 s
            self.client.set_sysctl(f"net.{family}.neigh.eth1.retrans_time_ms", 400)
        self.host = net.host("web", eth1=(lan, "10.9.0.7/24", "fd00::7/64"))
        # What is there before is compared with what is there after: the kernel makes its own address by itself.
        wait_until(lambda: self.host.has_carriers() and "inet6 fe80:" in self.host.run(
            "ip", "-6", "addr", "show", "dev", "eth1", "-tentative"), LIMIT_S, "the link is up")
        self.environment = {"HOLDFAST_REALSERVER_STATE": f"{self.host.directory}/state",
                            "HOLDFAST_ARPCHECK": str(ARPCHECK)}

    def tool(self, *words):
        """Its exit status and what it said. (Beside it, ip(8) complains of namespaces that others are just making.)"""
        with self.host.entered():
            done = subprocess.run([TOOL, *words], check=False, text=True, stdout=subprocess.PIPE,
                                  env=os.environ | self.environment)
        return done.returncode, done.stdout

    def check(self, *words):
        """Its exit status, and for each address the objects of its JSON."""
        status, said = self.tool("check", "--json", *words)
        return status, {one["address"]: one for one in json.loads(said)["addresses"]}

    def mend(self, said):
        """Types what it said."""
        for one in said.values():
            for command in one["mend"]:
                self.host.run("sh", "-ec", command)

    def is_seen(self, address):
        """Whether the client finds a neighbour of that address, asked by its own kernel."""
        self.client.ip("neigh flush dev eth1")
        with self.client.entered():
            asker = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        with asker:
            asker.sendto(b"?", (address, 9))

        def answer():
            entries = json.loads(self.client.run("ip", "-json", "neigh", "show", "to", address, "dev", "eth1"))
            state = entries[0]["state"][0] if entries else "INCOMPLETE"
            return None if state == "INCOMPLETE" else state

        return wait_until(answer, LIMIT_S, f"an answer for {address}, or none") != "FAILED"

    def traces(self):
        """What a check could leave behind."""
        return (self.host.run("ip", "-o", "link"), self.host.run("ip", "-o", "addr"), self.asker())

    def asker(self):
        """Who asked, as the kernel has learnt it."""
        return [line for line in self.host.run("ip", "-o", "neigh", "show", "nud", "all").splitlines()
                if f"lladdr {ASKER}" in line]


@pytest.fixture
def server(net):
    """One that was not started."""
    return Server(net)


def test_a_host_that_answers_is_found_and_what_it_tells_to_type_mends_it(server):
    server.host.ip(f"addr add {VIP}/32 dev lo", f"addr add {VIP6}/128 dev lo nodad")
    before = server.traces()
    status, said = server.check(VIP, VIP6)
    assert status == 1 and said[VIP]["wire"] == [
        {"interface": "eth1", "verdict": "answers", "mac": server.host.mac("eth1")}]
    assert "sysctl -w net.ipv4.conf.eth1.arp_ignore=1" in said[VIP]["mend"]
    assert said[VIP6]["wire"][0]["verdict"] == "silent" and said[VIP6]["ok"]
    assert server.traces() == before
    assert server.is_seen(VIP) and not server.is_seen(VIP6)
    server.mend(said)
    status, said = server.check(VIP, VIP6)
    assert status == 0 and said[VIP]["ok"] and said[VIP]["wire"][0] == {
        "interface": "eth1", "verdict": "silent", "control": "10.9.0.7"}
    assert not server.is_seen(VIP)


@pytest.mark.parametrize("vip,spoil,mend", [
    (VIP, f"ip addr add {VIP}/24 dev eth1", f"ip addr del {VIP}/24 dev eth1"),
    (VIP6, f"ip addr add {VIP6}/64 dev eth1 nodad", f"ip addr del {VIP6}/64 dev eth1"),
    (VIP6, f"""ip -6 neigh add proxy {VIP6} dev eth1
               echo 1 >/proc/sys/net/ipv6/conf/eth1/proxy_ndp
               echo 1 >/proc/sys/net/ipv6/conf/all/forwarding""", f"ip -6 neigh del proxy {VIP6} dev eth1"),
    (VIP, "echo 3 >/proc/sys/net/ipv4/conf/all/arp_ignore", "sysctl -w net.ipv4.conf.all.arp_ignore=1"),
])
def test_each_way_of_answering_is_found_after_start(server, vip, spoil, mend):
    assert server.tool("start", vip)[0] == 0
    status, said = server.check(vip)
    assert status == 0 and said[vip]["ok"], said
    server.host.run("sh", "-ec", spoil)
    assert server.is_seen(vip)
    status, said = server.check(vip)
    assert status == 1 and said[vip]["wire"][0]["verdict"] == "answers" and mend in said[vip]["mend"], said
    for command in set(said[vip]["mend"]):
        server.host.run("sh", "-ec", command)
    assert server.check(vip)[0] == 0 and not server.is_seen(vip)


def test_where_its_own_address_is_not_answered_for_silence_proves_nothing(server):
    assert server.tool("start", VIP, VIP6)[0] == 0
    server.host.ip("link set eth1 arp off")  # what looks like a firewall that drops ARP
    status, said = server.check("--interface", "eth1", VIP)
    assert status == 3 and not said[VIP]["ok"] and not said[VIP]["problems"]
    assert said[VIP]["unknown"] == ["eth1 is not seen to answer for its own 10.9.0.7"]
    status, said = server.tool("check", VIP)  # nobody can ask there
    assert status == 3 and "cannot be told: no interface is up" in said
    server.host.ip("link set eth1 arp on", "addr flush dev eth1")
    status, said = server.tool("check", VIP)
    assert status == 3 and "cannot be told: eth1 has no address to try with" in said
    server.host.ip("addr add fd00::7/64 dev eth1 nodad")  # one of the other family does
    assert server.check(VIP)[0] == 0
    status, said = server.check("--interface", "nowhere", VIP)
    assert status == 3 and "is no Ethernet interface" in said[VIP]["unknown"][0]


def test_an_address_that_is_not_here_is_no_success(server):
    status, said = server.check(VIP)
    assert status == 1 and f"holdfast-realserver start {VIP}" in said[VIP]["mend"]


def test_a_port_of_a_bridge_is_not_asked_so_that_nothing_reaches_others(server):
    server.host.ip("link add br0 type bridge forward_delay 0", "addr flush dev eth1", "link set eth1 master br0",
                   "addr add 10.9.0.7/24 dev br0", "addr add fd00::7/64 dev br0 nodad", "link set br0 up")
    assert server.tool("start", VIP)[0] == 0

    def checked():
        status, said = server.check(VIP)
        return status == 0 and [one["interface"] for one in said[VIP]["wire"]] == ["br0"]

    wait_until(checked, LIMIT_S, "the bridge forwards, and is asked alone")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_when_it_is_ended_in_the_middle(server, number):
    assert server.tool("start", VIP)[0] == 0
    server.host.set_sysctl("net.ipv4.conf.all.arp_ignore", 8)  # it listens for the whole second
    before = server.traces()
    assert not before[-1]
    with server.host.entered():  # the kernel tells when it learns who asks, whoever looks later
        news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        news.bind((0, RTMGRP_NEIGH))
    news.settimeout(LIMIT_S)
    helper = Process(server.host, "arpcheck", [ARPCHECK, "eth1", VIP])
    with news:
        while bytes.fromhex(ASKER.replace(":", "")) not in news.recv(65536):
            pass
    helper.expect_end()
    helper.signal(number)
    helper.wait_end()
    # Who asked is forgotten by the kernel itself, when it has not used that for a while.
    assert server.traces()[:2] == before[:2]
    assert server.asker() == [] or number == signal.SIGKILL
