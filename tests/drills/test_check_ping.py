# SPDX-License-Identifier: Apache-2.0
"""PING_CHECK against the kernel's own ICMP, routers that refuse, and liars."""

import socket
import struct
import threading

import pytest

from lib.capture import internet_checksum
from lib.checked import LIMIT_S, Checked
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

DIRECTOR, SECOND, SERVER, ROUTER, FAR = ("10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.1", "10.9.0.7")
DIRECTOR6, SERVER6, ROUTER6, FAR6 = ("2001:db8::5", "2001:db8::7", "2001:db8::1", "2001:db8:9::7")
ALL = (SERVER, FAR, SERVER6, FAR6)
CHECK = "PING_CHECK { connect_timeout 0.4 }"


class Site:
    """A director and a server in one LAN, another server behind a router."""

    def __init__(self, net):
        lan, far = net.switch("lan"), net.switch("far")
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24", f"{SECOND}/24",
                                                   f"{DIRECTOR6}/64"))
        self.server = net.host("server", eth1=(lan, f"{SERVER}/24", f"{SERVER6}/64"))
        self.router = net.host("router", eth1=(lan, f"{ROUTER}/24", f"{ROUTER6}/64"),
                               eth2=(far, "10.9.0.1/24", "2001:db8:9::1/64"))
        self.far = net.host("far", eth1=(far, f"{FAR}/24", f"{FAR6}/64"))
        self.router.set_sysctl("net.ipv4.ip_forward", 1)
        self.router.set_sysctl("net.ipv6.conf.all.forwarding", 1)
        for host, gateway, gateway6 in ((self.director, ROUTER, ROUTER6),
                                        (self.far, "10.9.0.1", "2001:db8:9::1")):
            host.ip(f"route add default via {gateway}", f"route add ::/0 via {gateway6}")


@pytest.fixture
def site(net):
    """The hosts."""
    return Site(net)


def checked(site, check=CHECK, servers=ALL):
    """The director at work."""
    return Checked(site.director, {server: check for server in servers})


def test_servers_of_both_families_answer_and_no_sysctl_is_changed(site):
    """Near and far; the range of groups that may ping stays as it was."""
    groups = site.director.run("sysctl", "-n", "net.ipv4.ping_group_range")
    daemon = checked(site, "PING_CHECK { connect_timeout 3 }")
    for server in ALL:
        assert daemon.wait_result(server, "ok")["last_result"]["text"] == "echo reply"
    assert site.director.run("sysctl", "-n", "net.ipv4.ping_group_range") == groups
    hold(lambda: all(daemon.server(server)["state"] == "up" for server in ALL), 1.5, "all stay up")


def test_an_address_that_is_gone_is_missed_and_found_again(site):
    """Nobody answers for it: no echo reply in time."""
    daemon = checked(site)
    for server in ALL:
        daemon.wait_result(server, "ok")
    site.far.ip(f"addr del {FAR}/24 dev eth1", f"addr del {FAR6}/64 dev eth1")
    for server in (FAR, FAR6):
        daemon.wait_result(server, "timeout", "no echo reply within ")
        daemon.wait_state(server, "down")
    assert [daemon.server(server)["state"] for server in (SERVER, SERVER6)] == ["up", "up"]
    site.far.ip(f"addr add {FAR}/24 dev eth1", f"addr add {FAR6}/64 dev eth1 nodad",
                "route replace ::/0 via 2001:db8:9::1", "route replace default via 10.9.0.1")
    for server in (FAR, FAR6):
        daemon.wait_state(server, "up")


def test_a_router_that_says_unreachable_is_heard(site):
    """Long before the time is over, and of this server alone."""
    daemon = checked(site, "PING_CHECK { connect_timeout 20 }")
    for server in ALL:
        daemon.wait_result(server, "ok")
    site.router.ip(f"route add unreachable {FAR}/32", f"route add unreachable {FAR6}/128")
    for server in (FAR, FAR6):
        check = daemon.wait_result(server, "unreachable")
        assert check["last_result"]["duration_ms"] < 1000 + daemon.machine_ms()
    assert [daemon.server(server)["state"] for server in (SERVER, SERVER6)] == ["up", "up"]
    assert daemon.result(SERVER) == ("ok", "echo reply")


def test_a_route_of_our_own_that_is_unreachable_is_told(site):
    """At once, without a packet."""
    site.director.ip(f"route add unreachable {SERVER}/32", f"route add unreachable {SERVER6}/128")
    daemon = checked(site, servers=(SERVER, SERVER6))
    for server in (SERVER, SERVER6):
        daemon.wait_result(server, "unreachable")
        daemon.wait_state(server, "down")


def test_a_silent_neighbour_is_unreachable_when_its_resolution_fails(site):
    """The kernel gives up after three requests for its address, a second apart."""
    site.server.ip("link set eth1 arp off", f"addr del {SERVER6}/64 dev eth1")
    daemon = checked(site, "PING_CHECK { connect_timeout 20 }", (SERVER, SERVER6))
    for server in (SERVER, SERVER6):
        daemon.wait_result(server, "unreachable", limit_s=18)  # of the 20 s that it could wait


def test_requests_come_from_where_and_with_which_mark_they_are_to(site):
    """Its answers find only the second address; the mark's route leads to it, the main one nowhere."""
    site.director.ip(f"route add unreachable {SERVER}/32",
                     f"route add unreachable {SERVER6}/128",
                     "rule add fwmark 7 table 7",
                     "route add 10.0.0.0/24 dev eth1 table 7",
                     "route add 2001:db8::/64 dev eth1 table 7")
    site.director.run("ip", "-6", "rule", "add", "fwmark", "7", "table", "7")
    site.server.ip(f"route add unreachable {DIRECTOR}/32")
    daemon = Checked(site.director, {
        SERVER: f"PING_CHECK {{ connect_timeout 0.4 fwmark 7 bindto {SECOND} }}",
        SERVER6: f"PING_CHECK {{ connect_timeout 0.4 fwmark 7 bindto {DIRECTOR6} }}"})
    for server in (SERVER, SERVER6):
        daemon.wait_result(server, "ok")
    daemon.reconfigure({SERVER: "PING_CHECK { connect_timeout 0.4 fwmark 7 }",
                        SERVER6: "PING_CHECK { connect_timeout 0.4 }"})
    daemon.wait_result(SERVER, "timeout")
    daemon.wait_result(SERVER6, "unreachable")


def test_an_interface_or_address_that_is_not_there_is_our_own_error(site):
    """The servers keep their state, and the check works as soon as they are there."""
    daemon = Checked(site.director, {
        SERVER: "PING_CHECK { connect_timeout 0.4 bind_if eth9 }",
        FAR: "PING_CHECK { connect_timeout 0.4 bindto 10.0.0.66 }",
        SERVER6: "PING_CHECK { connect_timeout 0.4 bindto 2001:db8::66 }"})
    for server in (FAR, SERVER6):
        daemon.wait_result(server, "local", "cannot assign requested address")
    daemon.wait_result(SERVER, "local", "no such device")
    assert {daemon.server(server)["state"] for server in (SERVER, FAR, SERVER6)} <= {"up", "checking"}
    site.director.ip("addr add 10.0.0.66/24 dev eth1", "addr add 2001:db8::66/64 dev eth1 nodad")
    for server in (FAR, SERVER6):
        daemon.wait_result(server, "ok")


def test_link_local_servers_are_reached_through_their_interface(site):
    """bind_if says which link is meant."""
    text = site.server.run("ip", "-6", "-o", "addr", "show", "dev", "eth1", "scope", "link")
    address = text.split("inet6 ")[1].split("/")[0]
    daemon = Checked(site.director, {address: "PING_CHECK { connect_timeout 0.4 bind_if eth1 }"})
    daemon.wait_result(address, "ok")


class Liar:
    """Answers echo requests as it is told to; the kernel of its host keeps silent.

    change -- makes the packets that are sent from the ICMP message of a good reply
    """

    def __init__(self, host, change):
        host.set_sysctl("net.ipv4.icmp_echo_ignore_all", 1)
        with host.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.settimeout(0.1)
        self._change = change
        self.asked = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.is_set():
            try:
                packet, (peer, _) = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            message = packet[20:]
            if message[0] == 8:
                self.asked += 1
                for reply in self._change(with_checksum(b"\0\0\0\0" + message[4:])):
                    self._socket.sendto(reply, (peer, 0))

    def close(self):
        """Ends it."""
        self._ended.set()
        self._thread.join()
        self._socket.close()


def with_checksum(message):
    """An ICMP message with its checksum made right."""
    message = message[:2] + b"\0\0" + message[4:]
    return message[:2] + struct.pack("!H", internet_checksum(message)) + message[4:]


LIES = {
    "wrong checksum": lambda good: [good[:2] + bytes([good[2] ^ 1]) + good[3:]],
    "wrong number": lambda good: [with_checksum(good[:7] + bytes([good[7] ^ 1]) + good[8:])],
    "wrong identifier": lambda good: [with_checksum(good[:4] + bytes([good[4] ^ 1]) + good[5:])],
    "wrong data": lambda good: [with_checksum(good[:-1] + b"x")],
    "data of others": lambda good: [with_checksum(good[:8] + bytes(16))],
    "too short": lambda good: [with_checksum(good[:12])],
    "too long": lambda good: [with_checksum(good + bytes(1400))],
    "header alone": lambda good: [with_checksum(good[:8])],
    "request back": lambda good: [with_checksum(b"\x08" + good[1:])],
    "a thousand": lambda good: [with_checksum(good[:-2] + struct.pack("!H", i)) for i in range(1, 1000)],
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_reply_to_our_request_is_none(site, lie):
    """However much of it comes."""
    liar = Liar(site.server, LIES[lie])
    daemon = checked(site, servers=(SERVER, FAR))
    try:
        daemon.wait_result(SERVER, "timeout", "no echo reply")
        assert liar.asked
        daemon.wait_result(FAR, "ok")
    finally:
        liar.close()


def test_a_truthful_liar_is_believed(site):
    """The drill above would pass if nothing were ever believed."""
    liar = Liar(site.server, lambda good: [good, good])
    try:
        checked(site, servers=(SERVER,)).wait_result(SERVER, "ok")
    finally:
        liar.close()


def test_a_reload_that_drops_a_check_forgets_its_request(site):
    """A reply that comes late finds nobody, and the check of the same server begins anew."""
    site.far.ip("link set eth1 down")
    daemon = checked(site, "PING_CHECK { connect_timeout 20 }", (FAR,))
    wait_until(lambda: daemon.status()["checks"]["running"] == 1, LIMIT_S, "it asks")
    daemon.reconfigure({SERVER: CHECK})
    daemon.wait_result(SERVER, "ok")
    assert daemon.status()["checks"]["count"] == 1
