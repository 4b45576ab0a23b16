# SPDX-License-Identifier: Apache-2.0
"""Downloads through every mode go on when the other director takes over: not a byte is lost."""

import re
import socket
import struct

import pytest

from lib.daemons import Holdfast
from lib.downloads import Download, Downloads
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, VIP6 = "10.0.0.18", "2001:db8:1::18"
GATEWAY, GATEWAY6 = "10.1.0.1", "2001:db8:2::1"
LOCALS, LOCAL6 = [f"10.1.0.{number}" for number in range(200, 204)], "2001:db8:2::200"
DIRECT, DIRECT6 = "10.0.0.7", "2001:db8:1::7"
ROUTED, ROUTED6 = "10.1.0.8", "2001:db8:2::8"
HIDDEN, HIDDEN6 = "10.1.0.9", "2001:db8:2::9"

# Name: the virtual address, its port, the real server, and what the service says of them.
MODES = {
    "DR": (VIP, 8001, DIRECT, "lb_kind DR"),
    "DR, IPv6": (VIP6, 8001, DIRECT6, "lb_kind DR"),
    "TUN": (VIP, 8002, DIRECT, "lb_kind TUN"),
    "NAT": (VIP, 8003, ROUTED, "lb_kind NAT"),
    "NAT, IPv6": (VIP6, 8003, ROUTED6, "lb_kind NAT"),
    "FULLNAT": (VIP, 8004, HIDDEN, f"lb_kind FULLNAT\n local_address {LOCALS[0]}-{LOCALS[-1]}"),
    "FULLNAT, IPv6": (VIP6, 8004, HIDDEN6, f"lb_kind FULLNAT\n local_address {LOCAL6}"),
}

SYNC = "lvs_sync_daemon eth1 inst VI_1"
TCP_MIDST, TCP_OPEN = 7001, 7002  # ports of nobody
SLOWLY_S = 1
MASTER, BACKUP, NEWCOMER = 150, 100, 50
LIMIT_S = 10 + 4 * SLACK_S
GO_ON_LIMIT_S = 20 + 4 * SLACK_S  # TCP's retransmissions double their distance while nobody answers


def configuration(name, priority):
    """A director's file: what servers send to is all among the addresses that move."""
    services = "".join(
        f"virtual_server {address} {port} {{\n lb_algo rr\n {words}\n protocol TCP\n"
        f" real_server {server} {port} {{ }}\n}}\n"
        for address, port, server, words in MODES.values())
    return f"""global_defs {{
    router_id {name}
    lvs_auto_sysctl
    {SYNC}
}}
vrrp_instance VI_1 {{
    state BACKUP
    interface eth1
    version 3
    virtual_router_id 51
    priority {priority}
    advert_int 0.5
    virtual_ipaddress {{
        {VIP}/24 dev eth1
        {GATEWAY}/24 dev eth2
        {"".join(f"{local}/24 dev eth2 " for local in LOCALS)}
    }}
    virtual_ipaddress_excluded {{
        {VIP6}/64 dev eth1
        {GATEWAY6}/64 dev eth2
        {LOCAL6}/64 dev eth2
    }}
}}
{services}"""


def begin_downloads(site):
    """One through each mode."""
    downloads = Downloads(GO_ON_LIMIT_S)
    for mode, (address, port, server, _) in MODES.items():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with site.hosts[server].entered():
            listener = socket.create_server((("::" if ":" in server else "0.0.0.0"), port), family=family)
        with listener:
            listener.settimeout(LIMIT_S)
            with site.client.entered():
                client = socket.create_connection((address, port), LIMIT_S)
            downloads.add(Download(mode, client, listener.accept()[0]))
    return downloads


class Site:
    """A client, servers in both networks, and directors between them."""

    def __init__(self, net):
        self.net = net
        self.outside, self.inside = net.switch("outside"), net.switch("inside")
        self.client = net.host("client", eth1=(self.outside, "10.0.0.100/24", "2001:db8:1::100/64"))
        direct = net.host("direct", eth1=(self.outside, f"{DIRECT}/24", f"{DIRECT6}/64"))
        routed = net.host("routed", eth1=(self.inside, f"{ROUTED}/24", f"{ROUTED6}/64"))
        hidden = net.host("hidden", eth1=(self.inside, f"{HIDDEN}/24", f"{HIDDEN6}/64"))
        self.hosts = {DIRECT: direct, DIRECT6: direct, ROUTED: routed, ROUTED6: routed,
                      HIDDEN: hidden, HIDDEN6: hidden}
        for device in ("all", "lo"):
            direct.set_sysctl(f"net.ipv4.conf.{device}.arp_ignore", 1)
            direct.set_sysctl(f"net.ipv4.conf.{device}.arp_announce", 2)
        direct.ip(f"addr add {VIP}/32 dev lo", f"addr add {VIP6}/128 dev lo", "link set tunl0 up")
        routed.ip(f"route add default via {GATEWAY}", f"route add default via {GATEWAY6}")
        # The modules that nft needs are in the kernel before a director waits for it.
        self.client.run("/usr/sbin/nft", "add table inet warm; add chain inet warm nat { type nat hook "
                        "postrouting priority srcnat; }; add rule inet warm nat ct state new ip saddr "
                        "{ 127.0.0.9 } meta nfproto ipv4 masquerade; delete table inet warm")

    def director(self, name, number, priority):
        """A machine that has never seen a connection, with the daemon at work."""
        host = self.net.host(
            name, eth1=(self.outside, f"10.0.0.{number}/24", f"2001:db8:1::{number}/64"),
            eth2=(self.inside, f"10.1.0.{number}/24", f"2001:db8:2::{number}/64"))
        for where in ("all", "eth1", "eth2"):
            host.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
        daemon = Holdfast(host, configuration(name, priority))
        daemon.start()
        wait_until(lambda: len(services(host)) == len(MODES), LIMIT_S, "all services are there")
        return daemon


def services(host):
    """The services in a director's kernel."""
    with host.entered(), open("/proc/thread-self/net/ip_vs", encoding="ascii") as file:
        return re.findall(r"^TCP", file.read(), re.MULTILINE)


def known(host):
    """The clients' ports of the connections that a director's kernel knows as established."""
    with host.entered(), open("/proc/thread-self/net/ip_vs_conn", encoding="ascii") as file:
        return {int(words[2], 16) for line in file
                if len(words := line.split()) > 7 and words[7] == "ESTABLISHED"}


def take_over(daemon):
    """Waits until a director has the address."""
    wait_until(lambda: daemon.host.owns(VIP), LIMIT_S, f"{daemon.host.name} takes over")


def knows(daemon, downloads):
    """Waits until a director knows all connections."""
    wait_until(lambda: downloads.ports() <= known(daemon.host), LIMIT_S,
               f"{daemon.host.name} knows all connections")


def carried(daemon):
    """How many connections behind FULLNAT a director has taken over."""
    return daemon.status()["ipvs"]["fullnat_takeover"]["carried"]


def segment(port, flags):
    """A TCP segment from a server to an address that servers send to, to no connection."""
    header = struct.pack("!HHIIBBHHH", port, port, 1, 1, 5 << 4, flags, 1000, 0, 0)
    pseudo = struct.pack("!4s4sBBH", socket.inet_aton(HIDDEN), socket.inet_aton(LOCALS[0]), 0,
                         socket.IPPROTO_TCP, len(header))
    total = sum(struct.unpack(f"!{(len(pseudo) + len(header)) // 2}H", pseudo + header))
    total = (total & 0xffff) + (total >> 16)
    return header[:16] + struct.pack("!H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + header[18:]


def refused_ports(server):
    """A segment in the midst of a connection that nobody knows, then one that opens one: which are reset."""
    with server.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.settimeout(LIMIT_S)
        raw.bind((HIDDEN, 0))
        for port, flags in ((TCP_MIDST, 0x10), (TCP_OPEN, 0x02)):
            raw.sendto(segment(port, flags), (LOCALS[0], 0))
        ports = []
        while TCP_OPEN not in ports:
            packet = raw.recv(2048)
            port, flags = struct.unpack_from("!H", packet, 22)[0], packet[33]
            if port in (TCP_MIDST, TCP_OPEN) and flags & 0x04:
                ports.append(port)
        return ports


def test_downloads_live_through_every_takeover():
    """A director is lost; another one that comes new hears of them and is handed them; it is stopped."""
    with Topology() as net:
        site = Site(net)
        first = site.director("first", 5, MASTER)
        take_over(first)
        second = site.director("second", 6, BACKUP)
        downloads = begin_downloads(site)
        downloads.go_on()
        knows(second, downloads)

        first.kill()
        for interface in ("eth1", "eth2"):
            first.host.unplug(interface)
        take_over(second)
        downloads.go_on()
        assert carried(second) == 2
        assert refused_ports(site.hosts[HIDDEN]) == [TCP_OPEN]

        # Slow ones are told of again, too: fifty packets of theirs would take longer than is waited here.
        downloads.every_s = SLOWLY_S
        second.host.set_sysctl("net.ipv4.vs.sync_threshold", "3 0")
        second.host.set_sysctl("net.ipv4.vs.sync_refresh_period", 2)
        third = site.director("third", 4, NEWCOMER)
        knows(third, downloads)
        third.write_configuration(configuration("third", MASTER))
        assert third.reload() is None
        take_over(third)
        downloads.go_on()
        assert carried(third) == 2

        knows(second, downloads)
        third.terminate()
        take_over(second)
        downloads.go_on()
        downloads.finish()
