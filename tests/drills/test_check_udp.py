# SPDX-License-Identifier: Apache-2.0
"""UDP_CHECK against servers that answer, that keep silent, that are not there, and that answer too much."""

import socket

import pytest

from lib.checked import LIMIT_S, Checked
from lib.talkers import UdpTalker
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

DIRECTOR, SECOND, SERVER, ROUTER = "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.1"
DIRECTOR6, SERVER6 = "2001:db8::5", "2001:db8::7"
BOTH = (SERVER, SERVER6)
FAR = "10.9.0.7"
PORT = 7777


class Site:
    """A director, a server and a router in one LAN."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24", f"{SECOND}/24",
                                                   f"{DIRECTOR6}/64"))
        self.server = net.host("server", eth1=(lan, f"{SERVER}/24", f"{SERVER6}/64"))
        # Every datagram to a port where nobody listens is answered, also if there are many on a busy machine.
        self.server.set_sysctl("net.ipv4.icmp_ratelimit", 0)
        self.server.set_sysctl("net.ipv6.icmp.ratelimit", 0)
        self.router = net.host("router", eth1=(lan, f"{ROUTER}/24"))
        self.router.set_sysctl("net.ipv4.ip_forward", 1)
        self.director.ip(f"route add default via {ROUTER}")


@pytest.fixture
def site(net):
    """The hosts."""
    return Site(net)


def checked(site, more="", servers=BOTH, timeout=0.4):
    """The director at work."""
    check = f"UDP_CHECK {{ connect_timeout {timeout} connect_port {PORT} {more} }}"
    return Checked(site.director, {server: check for server in servers})


def test_silence_is_good_where_no_reply_is_needed(site):
    """And only when the time is over: an ICMP error would have come till then."""
    with UdpTalker(site.server, PORT) as talker:
        daemon = checked(site)
        for server in BOTH:
            check = daemon.wait_result(server, "ok", "no ICMP error within ")
            assert check["last_result"]["duration_ms"] >= 400
        hold(lambda: all(daemon.server(server)["state"] == "up" for server in BOTH), 1, "both up")
        payloads = [data for data, _, _ in talker.heard]
        assert {len(payload) for payload in payloads} == {32}
        assert len(set(payloads)) == len(payloads), "the data are random"


def test_a_port_where_nobody_listens_is_refused_at_once(site):
    """ICMP says so, whether or not a reply is needed; a listener brings the server back."""
    for more in ("", "require_reply"):
        check = f"UDP_CHECK {{ connect_timeout 20 connect_port {PORT} {more} }}"
        daemon = Checked(site.director, {server: check for server in BOTH})
        for server in BOTH:
            found = daemon.wait_result(server, "refused", "connection refused")
            assert found["last_result"]["duration_ms"] < daemon.machine_ms()
            daemon.wait_state(server, "down")
        with UdpTalker(site.server, PORT, lambda data: [data]):
            for server in BOTH:
                daemon.wait_state(server, "up")
        daemon.terminate()
        daemon.directory.rename(f"{daemon.directory}-{len(more)}")


def test_a_reply_that_is_needed_and_does_not_come_is_missed(site):
    """Until the server answers."""
    with UdpTalker(site.server, PORT) as talker:
        daemon = checked(site, "require_reply")
        for server in BOTH:
            daemon.wait_result(server, "timeout", "no reply within ")
            daemon.wait_state(server, "down")
        talker.answer = lambda data: [b""]
        for server in BOTH:
            daemon.wait_result(server, "ok", "reply")
            daemon.wait_state(server, "up")


ANSWERS = {
    "the same": (lambda data: [data], "ok", "reply"),
    "longer": (lambda data: [data + b"!"], "ok", "reply"),
    "shorter": (lambda data: [data[:2]], "ok", "reply"),
    "a digit that does not count": (lambda data: [b"\x0a\x1f\x02"], "ok", "reply"),
    "another": (lambda data: [b"\x0a\x2b\x02"], "answer", "byte 2 of the reply is 2b"),
    "too short": (lambda data: [data[:1]], "answer", "a reply of 1 bytes, below 2"),
    "too long": (lambda data: [bytes(6)], "answer", "a reply of 6 bytes, above 5"),
    "huge": (lambda data: [data + bytes(60000)], "answer", "a reply of 60003 bytes, above 5"),
    "many": (lambda data: [data] * 200, "ok", "reply"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_replies_are_compared_with_what_is_wanted(site, answer):
    """By bytes, digits and lengths."""
    function, word, text = ANSWERS[answer]
    with UdpTalker(site.server, PORT, function) as talker:
        daemon = checked(site, "payload A 1b 2 require_reply 0a 1x 02 min_reply_length 2 "
                               "max_reply_length 5")
        for server in BOTH:
            daemon.wait_result(server, word, text)
        assert {data for data, _, _ in talker.heard} == {b"\x0a\x1b\x02"}


def test_a_reply_from_elsewhere_is_none(site):
    """Another port of the same host answers."""
    with site.server.entered():
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((SERVER, PORT + 1))
    with UdpTalker(site.server, PORT) as talker:
        daemon = checked(site, "require_reply", (SERVER,))
        for _ in range(3):
            count = len(talker.heard)
            wait_until(lambda: len(talker.heard) > count, LIMIT_S, "it is asked")
            _, address, port = talker.heard[-1]
            other.sendto(b"me", (address, port))
        daemon.wait_result(SERVER, "timeout", "no reply")
    other.close()


def test_a_router_that_says_unreachable_is_heard(site):
    """Although no reply is needed."""
    site.router.ip(f"route add unreachable {FAR}/32")
    daemon = checked(site, servers=(FAR,), timeout=20)
    found = daemon.wait_result(FAR, "unreachable", "no route to host")
    assert found["last_result"]["duration_ms"] < 1000 + daemon.machine_ms()
    daemon.wait_state(FAR, "down")


def test_an_address_that_nobody_has_is_unreachable_when_its_resolution_fails(site):
    """The kernel gives up after three seconds; a shorter check takes it for alive, as keepalived does."""
    site.server.ip(f"addr del {SERVER}/24 dev eth1")
    daemon = checked(site, servers=(SERVER,), timeout=15)
    daemon.wait_result(SERVER, "unreachable", limit_s=20)


def test_questions_come_from_where_they_are_to(site):
    """Address and port."""
    with UdpTalker(site.server, PORT, lambda data: [data]) as talker:
        daemon = checked(site, f"bindto {SECOND} bind_port 4567 require_reply", (SERVER,))
        daemon.wait_result(SERVER, "ok")
        assert {(address, port) for _, address, port in talker.heard} == {(SECOND, 4567)}


def test_no_descriptor_is_left_behind(site):
    """Whatever the outcome: answered, refused, silent."""
    with UdpTalker(site.server, PORT, lambda data: [data]):
        daemon = Checked(site.director, {
            SERVER: f"UDP_CHECK {{ delay_loop 0.05 connect_timeout 0.02 connect_port {PORT} }}",
            SERVER6: "UDP_CHECK { delay_loop 0.05 connect_timeout 0.02 connect_port 9 }",
            FAR: "UDP_CHECK { delay_loop 0.05 connect_timeout 0.02 require_reply }"})
        daemon.wait_result(SERVER6, "refused")
        wait_until(lambda: sum(daemon.status()["checks"]["results"].values()) > 100, 2 * LIMIT_S,
                   "a hundred checks")
        daemon.reconfigure({SERVER: f"UDP_CHECK {{ connect_port {PORT} require_reply }}"})
        daemon.wait_result(SERVER, "ok")
        wait_until(lambda: "holdfastd" not in site.director.run("ss", "-Hunap"), LIMIT_S,
                   "no socket is left, but for a check that runs just now")
