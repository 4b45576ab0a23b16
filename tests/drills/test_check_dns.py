# SPDX-License-Identifier: Apache-2.0
"""DNS_CHECK against a real unbound, and against servers that answer what no server should."""

import signal

import pytest

from lib.checked import Checked
from lib.talkers import UdpTalker
from lib.unbound import Unbound

pytestmark = pytest.mark.ours

DIRECTOR, SERVER, DIRECTOR6, SERVER6 = "10.0.0.5", "10.0.0.7", "2001:db8::5", "2001:db8::7"
BOTH = (SERVER, SERVER6)
PORT = 7777


class Site:
    """A director and a server."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24", f"{DIRECTOR6}/64"))
        self.server = net.host("server", eth1=(lan, f"{SERVER}/24", f"{SERVER6}/64"))


@pytest.fixture
def site(net):
    """The hosts."""
    return Site(net)


def checked(site, more="", servers=BOTH, timeout=0.6, port=53):
    """The director at work."""
    check = (f"DNS_CHECK {{ connect_timeout {timeout} connect_port {port} retry 0 "
             f"delay_before_retry 0.1 {more} }}")
    return Checked(site.director, {server: check for server in servers})


def test_unbound_is_followed_through_its_life(site):
    """Answers, dies, lives again, hangs, goes on."""
    unbound = Unbound(site.server)
    unbound.start()
    daemon = checked(site)
    for server in BOTH:
        daemon.wait_result(server, "ok", "rcode NOERROR")
    unbound.kill()
    for server in BOTH:
        daemon.wait_result(server, "refused", "connection refused")
        daemon.wait_state(server, "down")
    unbound.start()
    for server in BOTH:
        daemon.wait_state(server, "up")
    unbound.process.signal(signal.SIGSTOP)
    for server in BOTH:
        found = daemon.wait_result(server, "timeout", "no reply within ")
        assert found["last_result"]["duration_ms"] >= 600
        daemon.wait_state(server, "down")
    unbound.process.signal(signal.SIGCONT)
    for server in BOTH:
        daemon.wait_state(server, "up")


QUERIES = [
    ("type SOA name example.com", "ok", "rcode NOERROR"),
    ("type NS name example.com.", "ok", "rcode NOERROR"),
    ("type MX name EXAMPLE.com", "ok", "rcode NOERROR"),
    ("type A name www.example.com", "ok", "rcode NOERROR"),
    ("type AAAA name www.example.com", "ok", "rcode NOERROR"),
    ("type CNAME name alias.example.com", "ok", "rcode NOERROR"),
    ("type TXT name big.example.com", "ok", "rcode NOERROR"),  # truncated at 512 bytes
    ("type RRSIG name www.example.com", "ok", "rcode NOERROR"),  # no data
    ("type DNSKEY name example.com", "ok", "rcode NOERROR"),
    ("name .", "ok", "rcode NOERROR"),
    ("type A name nobody.example.com", "answer", "rcode NXDOMAIN"),
    ("type A name www.refused.example", "answer", "rcode REFUSED"),
]


def test_each_type_is_asked_for_and_each_rcode_is_told(site):
    """What unbound has, what it has not, and what it refuses."""
    Unbound(site.server).start()
    daemon = checked(site, QUERIES[0][0], (SERVER,))
    for query, word, text in QUERIES:
        daemon.reconfigure({SERVER: f"DNS_CHECK {{ {query} retry 0 }}"})
        assert daemon.wait_result(SERVER, word, text)["recent"][0] == word


def reply(query, flags=b"\x81\x80", question=None, behind=b""):
    """A reply to a query."""
    return query[:2] + flags + query[4:12] + (query[12:] if question is None else question) + behind


LIES = {
    "good": (lambda query: [reply(query)], "ok", "rcode NOERROR"),
    "SERVFAIL": (lambda query: [reply(query, b"\x81\x82")], "answer", "rcode SERVFAIL"),
    "rcode 15": (lambda query: [reply(query, b"\x81\x8f")], "answer", "rcode 15"),
    "FORMERR with a header alone": (lambda query: [query[:2] + b"\x81\x81" + bytes(8)], "answer",
                                    "rcode FORMERR"),
    "huge": (lambda query: [reply(query, behind=bytes(60000))], "ok", "rcode NOERROR"),
    "malformed answers": (lambda query: [query[:2] + b"\x81\x80\0\1\xff\xff\0\0\0\0" + query[12:]
                                         + b"\xc0\xff" * 20], "ok", "rcode NOERROR"),
    "wrong id": (lambda query: [reply(bytes([query[0] ^ 1]) + query[1:])], "timeout",
                 "replies to other queries, none to ours within"),
    "wrong question": (lambda query: [reply(query, question=b"\1x\0\0\6\0\1")], "timeout",
                       "replies to other queries, none to ours within"),
    "wrong ones, then the right one": (
        lambda query: [reply(bytes([query[0] ^ 1]) + query[1:])] * 100 + [reply(query)], "ok",
        "rcode NOERROR"),
    "the query": (lambda query: [query], "protocol", "what came back is no reply to a query"),
    "no question": (lambda query: [query[:2] + b"\x81\x80" + bytes(8)], "protocol",
                    "a reply without its question"),
    "half a header": (lambda query: [query[:7]], "protocol", "a reply of 7 bytes is no DNS"),
    "garbage": (lambda query: [b"!" * 40], "timeout", "replies to other queries"),
    "nothing in it": (lambda query: [b""], "timeout", "replies to other queries"),
    "silence": (lambda query: [], "timeout", "no reply within"),
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_comes_has_its_verdict(site, lie):
    """Good, an answer that tells of a failure, no DNS, or not to us."""
    answer, word, text = LIES[lie]
    with UdpTalker(site.server, PORT, answer) as talker:
        daemon = checked(site, "type A name www.example.com", port=PORT)
        for server in BOTH:
            daemon.wait_result(server, word, text)
        daemon.wait_state(SERVER, "up" if word == "ok" else "down")
        queries = [data for data, _, _ in talker.heard]
    assert {query[2:] for query in queries} == {
        b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"}
    assert len({query[:2] for query in queries}) > len(queries) / 2, "ids are random"


def test_an_unreachable_server_is_told_at_once(site):
    """By our own routes."""
    site.director.ip(f"route add unreachable {SERVER}/32")
    daemon = checked(site, servers=(SERVER,), timeout=20)
    daemon.wait_result(SERVER, "unreachable", limit_s=15)  # of the 20 s that it could wait
