# SPDX-License-Identifier: Apache-2.0
"""SMTP_CHECK against a real Postfix, and against servers that greet and go wrong."""

import contextlib
import os
import pathlib
import signal
import socket
import struct
import time

import pytest

from lib.checked import LIMIT_S, Checked
from lib.postfix import Postfix
from lib.talkers import TcpTalker
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

DIRECTOR, SERVER, DIRECTOR6, SERVER6 = "10.0.0.5", "10.0.0.7", "2001:db8::5", "2001:db8::7"
BOTH = (SERVER, SERVER6)
PORT = 2525


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


def check(port=PORT, more="", timeout=0.6):
    """A checker."""
    return (f"SMTP_CHECK {{ connect_timeout {timeout} connect_port {port} retry 0 "
            f"delay_before_retry 0.1 {more} }}")


def checked(site, servers=BOTH, **options):
    """The director at work."""
    return Checked(site.director, {server: check(**options) for server in servers}, protocol="TCP")


def test_postfix_is_followed_through_its_life(site):
    """Answers, dies, lives again, hangs, goes on; and it calls none of our visits an error."""
    postfix = Postfix(site.server)
    postfix.start()
    daemon = checked(site, port=25, more="helo_name lb1.example.com", timeout=4)
    for server in BOTH:
        daemon.wait_result(server, "ok", "250")
    hold(lambda: daemon.server(SERVER)["state"] == "up", 1.5, "it stays up")
    postfix.process.wait_for(rf"disconnect from \S*{DIRECTOR}\S* helo=1 quit=1 commands=2$", LIMIT_S)
    assert not postfix.log("lost connection|too many errors|improper")
    postfix.kill()
    for server in BOTH:
        daemon.wait_result(server, "refused", "connection refused")
        daemon.wait_state(server, "down")
    postfix.start()
    for server in BOTH:
        daemon.wait_state(server, "up")
    for server in BOTH:  # master takes no connection any more, the kernel does
        assert daemon.result(server)[0] == "ok"
    postfix.process.signal(signal.SIGSTOP)
    signal_children(postfix, signal.SIGSTOP)
    for server in BOTH:
        found = daemon.wait_result(server, "timeout", "no greeting within ", 2 * LIMIT_S)
        assert found["last_result"]["duration_ms"] >= 4000
        daemon.wait_state(server, "down", 2 * LIMIT_S)
    signal_children(postfix, signal.SIGCONT)
    postfix.process.signal(signal.SIGCONT)
    for server in BOTH:
        daemon.wait_state(server, "up")


def signal_children(postfix, number):
    """Sends a signal to the servers that master has started."""
    children = pathlib.Path(f"/proc/{postfix.process.pid}/task/{postfix.process.pid}/children")
    for child in children.read_text(encoding="ascii").split():
        with contextlib.suppress(ProcessLookupError):  # it has served its last one
            os.kill(int(child), number)


def test_what_postfix_says_is_told(site):
    """It refuses the client, or the name."""
    postfix = Postfix(site.server)
    postfix.start()
    daemon = checked(site, servers=(SERVER,), port=25, timeout=3)
    daemon.wait_result(SERVER, "ok")
    daemon.reconfigure({SERVER: check(25, "helo_name lb_1!", 3)}, protocol="TCP")
    daemon.wait_result(SERVER, "answer", "501 5.5.2 <lb_1!>: Helo command rejected")
    postfix.set(smtpd_client_restrictions="reject")
    daemon.reconfigure({SERVER: check(25, "helo_name lb1.example.com", 3)}, protocol="TCP")
    daemon.wait_result(SERVER, "answer", "554 5.7.1")
    daemon.wait_state(SERVER, "down")


def say(*parts, pause=0.0):
    """Says the parts one by one, each after a pause, reading what comes meanwhile; then waits."""
    def serve(connection):
        for number, part in enumerate(parts):
            time.sleep(pause)
            if number:
                connection.recv(1000)
            connection.sendall(part)
        while connection.recv(1000):
            pass
    return serve


def silent(connection):
    """Says nothing."""
    while connection.recv(1000):
        pass


def drip(connection):
    """A byte at a time, slowly; never a whole line."""
    for byte in b"220 " + b"x" * 500:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def flood(data):
    """Says the same for ever."""
    def serve(connection):
        while True:
            connection.sendall(data * 100)
    return serve


def reset(connection):
    """Breaks off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


GOOD = (b"220 mx ESMTP\r\n", b"250 mx\r\n", b"221 bye\r\n")
LIES = {
    "good": (say(*GOOD), "ok", "250"),
    "several lines": (say(b"220-mx\r\n220-is\r\n220 here\r\n", b"250-mx\r\n250 HELP\r\n", GOOD[2]),
                      "ok", "250"),
    "QUIT is refused": (say(*GOOD[:2], b"502 no\r\n"), "ok", "250"),
    "silent at QUIT": (say(*GOOD[:2]), "ok", "250"),
    "gone at QUIT": (lambda c: (c.sendall(GOOD[0]), c.recv(99), c.sendall(GOOD[1])), "ok", "250"),
    "reset at QUIT": (lambda c: (c.sendall(GOOD[0]), c.recv(99), c.sendall(GOOD[1]), c.recv(99),
                                 reset(c)), "ok", "250"),
    "busy": (say(b"454 4.3.0 try later\r\n"), "answer", "454 4.3.0 try later, not 220"),
    "HELO is refused": (say(GOOD[0], b"550 go away\r\n"), "answer", "550 go away, not 250"),
    "silent": (silent, "timeout", "no greeting within "),
    "silent at HELO": (say(GOOD[0]), "timeout", "no answer to HELO within "),
    "half a greeting": (say(b"220 mx"), "timeout", "no greeting within "),
    "a byte at a time": (drip, "timeout", "no greeting within "),
    "gone at once": (lambda c: None, "reset", "connection closed: no greeting"),
    "gone at HELO": (lambda c: (c.sendall(GOOD[0]), c.recv(99)), "reset",
                     "connection closed: no answer to HELO"),
    "reset at once": (reset, "reset", "connection reset by peer"),
    "another protocol": (say(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "protocol",
                         "the server does not speak SMTP"),
    "a line without end": (flood(b"220 mx"), "protocol", "the server's line has no end"),
    "lines without end": (flood(b"220-mx\r\n"), "protocol", "the server's answer has no end"),
    "zeros": (flood(bytes(1000)), "protocol", "the server's line has no end"),
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_the_server_says_has_its_verdict(site, lie):
    """Good, an answer that tells of a failure, no SMTP, gone, or too late."""
    serve, word, text = LIES[lie]
    with TcpTalker(site.server, PORT, serve):
        daemon = checked(site)
        for server in BOTH:
            last = daemon.wait_result(server, word, text)["last_result"]
            assert last["duration_ms"] < 2000 + daemon.machine_ms()
            assert word != "timeout" or last["duration_ms"] >= 600
            daemon.wait_state(server, "up" if word == "ok" else "down")


def test_each_step_has_the_whole_time(site):
    """All three together take longer than one may."""
    with TcpTalker(site.server, PORT, say(*GOOD, pause=0.8)):
        daemon = checked(site, servers=(SERVER,), timeout=2)
        found = daemon.wait_result(SERVER, "ok", "250", 3 * LIMIT_S)
        assert found["last_result"]["duration_ms"] > 2000
        daemon.wait_state(SERVER, "up")


def test_what_is_said_is_smtp(site):
    """HELO with keepalived's name or the given one, then QUIT; QUIT alone to whom we do not like."""
    heard = []

    def serve(connection):
        text = b""
        connection.sendall(b"220 mx\r\n")
        while data := connection.recv(1000):
            text += data
            if data.endswith(b"\r\n"):
                connection.sendall(b"221 bye\r\n" if b"QUIT" in text else b"250 mx\r\n")
        heard.append(text)

    with TcpTalker(site.server, PORT, serve) as talker:
        daemon = checked(site, servers=(SERVER,))
        daemon.wait_result(SERVER, "ok")
        usual = b"HELO smtpchecker.keepalived.org\r\nQUIT\r\n"
        wait_until(lambda: usual in heard, LIMIT_S, "a dialogue")
        assert all(usual.startswith(text) for text in heard), "one that was not in time says less, not else"
        daemon.reconfigure({SERVER: check(more="helo_name lb1.example.com")}, protocol="TCP")
        wait_until(lambda: heard[-1] == b"HELO lb1.example.com\r\nQUIT\r\n", LIMIT_S, "the name")
        told = []

        def busy(connection):
            connection.sendall(b"421 busy\r\n")
            told.append(connection.recv(1000))

        talker.serve = busy
        wait_until(lambda: b"QUIT\r\n" in told, LIMIT_S, "it says good-bye")
        assert set(told) <= {b"QUIT\r\n", b""}


def test_the_first_failure_is_tried_again(site):
    """B40's exception: at the start, too, a server is down only after the extra tries."""
    daemon = Checked(site.director, {
        SERVER: f"SMTP_CHECK {{ connect_port {PORT} retry 3 delay_before_retry 0.3 }}",
        SERVER6: f"TCP_CHECK {{ connect_port {PORT} retry 3 delay_before_retry 0.3 }}"},
        protocol="TCP")
    for server, tries in ((SERVER, "4 tries"), (SERVER6, "1 try")):
        daemon.wait_state(server, "down")
        daemon.process.wait_for(rf"{server}\S*: warning: DOWN: .*connection refused \({tries}\)", LIMIT_S)


def test_the_old_host_block_names_the_target(site):
    """It acts on the whole check."""
    with TcpTalker(site.server, PORT, say(*GOOD)):
        daemon = Checked(site.director, {"10.0.0.99": (
            f"SMTP_CHECK {{ connect_timeout 1\n host {{\n connect_ip {SERVER}\n connect_port {PORT}\n"
            " }\n }")}, protocol="TCP")
        found = daemon.wait_result("10.0.0.99", "ok")
        assert found["target"] == f"{SERVER}:{PORT}"


def test_no_descriptor_is_left_behind(site):
    """Whatever the outcome."""
    outcomes = [say(*GOOD), silent, reset, flood(b"x" * 100), lambda connection: None]
    turn = [0]

    def serve(connection):
        turn[0] += 1
        outcomes[turn[0] % len(outcomes)](connection)

    with TcpTalker(site.server, PORT, serve):
        daemon = Checked(site.director, {server: (
            f"SMTP_CHECK {{ connect_port {PORT} connect_timeout 0.05 delay_loop 0.06 retry 0 }}")
            for server in BOTH}, protocol="TCP")
        wait_until(lambda: sum(daemon.status()["checks"]["results"].values()) > 100, 3 * LIMIT_S,
                   "a hundred checks")
        daemon.reconfigure({SERVER: f"SMTP_CHECK {{ connect_port {PORT} delay_loop 60 }}"},
                           protocol="TCP")
        wait_until(lambda: "holdfastd" not in site.director.run("ss", "-Htnap"), 3 * LIMIT_S,
                   "no socket is left, but for a check that runs just now")
