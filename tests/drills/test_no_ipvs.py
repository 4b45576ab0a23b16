# SPDX-License-Identifier: Apache-2.0
"""A kernel without IPVS: said once, VRRP and checks go on. These drills need such a kernel."""

import signal
import subprocess

import pytest

from lib import lab
from lib.daemons import BUILD, Holdfast
from lib.pairs import MySqlLayout, Pair
from lib.terminal import Terminal
from lib.waiting import hold, wait_until

pytestmark = [pytest.mark.ours,
              pytest.mark.skipif(lab.has_ipvs(), reason="this kernel has IPVS")]

CTL = BUILD / "holdfastctl"
LIMIT_S = 15
# XTerm's control sequences: what a frame begins with, no cursor, and the cursor again.
FRAME, HIDDEN, SHOWN = "\033[H\033[J", "\033[?25l", "\033[?25h"
SERVICES = """
virtual_server 10.0.0.17 80 {
    protocol TCP
    lb_kind NAT
    real_server 10.0.0.7 80 {
    }
    real_server 10.0.0.8 80 {
    }
}
"""


def test_missing_ipvs_is_said_once_and_vrrp_goes_on(net, kind):
    """The seed's whole file: one line in the log, told in the status, the address held."""
    pair = Pair(net, (kind, kind), MySqlLayout)
    pair.start()
    director = pair.master
    assert director.daemon.status()["ipvs"]["available"] is False
    hold(lambda: director.host.owns(pair.vip), 2, "the address is held")
    lines = [line.text for line in director.daemon.process.log if "ipvs" in line.text.lower()]
    assert len(lines) == 1, lines


MISSING = "the kernel has no IPVS (module ip_vs)"
TYPE = '"modprobe ip_vs"'


@pytest.fixture
def looker(net):
    """A director whose services the kernel cannot take."""
    lan = net.switch("lan")
    daemon = Holdfast(net.host("director", eth1=(lan, "10.0.0.5/24")), SERVICES)
    daemon.start()
    wait_until(lambda: MISSING in (daemon.status()["ipvs"]["reason"] or ""), LIMIT_S,
               "the daemon knows that there is none")
    return daemon


def test_looks_at_the_table_say_what_is_missing_and_what_to_type(looker):
    """`services` shows what is configured, `connections` has nothing to show and fails."""
    shown = looker.control("services")
    first = " ".join(shown.partition("\n\n")[0].split())  # it is wrapped as a terminal is wide
    assert first.startswith(f"IPVS is not available: {MISSING}") and TYPE in first, first
    assert "10.0.0.17:80/tcp" in shown and "10.0.0.7:80" in shown
    for words in (("connections",), ("connections", "10.0.0.17:80"), ("--json", "connections")):
        with looker.host.entered():
            done = subprocess.run([CTL, "--socket", looker.socket, *words], check=False,
                                  capture_output=True, text=True)
        assert done.returncode == 1 and not done.stdout, (words, done)
        assert MISSING in done.stderr and TYPE in done.stderr, (words, done.stderr)


@pytest.mark.parametrize("end", ["^C", "SIGTERM", "^\\"])
def test_top_gives_the_terminal_back(looker, end):
    """A screen that is drawn again and again within its lines, ended as people end it."""
    rows = 3
    with Terminal(looker.host, [CTL, "--socket", looker.socket, "--interval", "0.1", "top"],
                  rows=rows) as terminal:
        terminal.wait_for(FRAME, LIMIT_S, times=3)
        assert terminal.shown.startswith(HIDDEN)
        assert SHOWN not in terminal.shown
        if end == "SIGTERM":
            terminal.signal(signal.SIGTERM)
        else:
            terminal.type({"^C": "\x03", "^\\": "\x1c"}[end])
        assert terminal.wait_end(LIMIT_S) == 0, terminal.shown
        frames = terminal.shown.split(FRAME)[1:]
        assert all("10.0.0.17:80/tcp" in frame for frame in frames[:-1]), frames
        assert all(frame.count("\n") < rows for frame in frames[:-1]), frames
        assert terminal.shown.endswith(SHOWN) and terminal.shown.count(HIDDEN) == 1
        assert terminal.settings_now == terminal.settings


def test_top_gives_the_terminal_back_when_the_daemon_ends(looker):
    """The exit status tells that there is no daemon, and so does the line below the screen."""
    with Terminal(looker.host,
                  [CTL, "--socket", looker.socket, "--interval", "0.1", "top"]) as terminal:
        terminal.wait_for(FRAME, LIMIT_S, times=2)
        looker.process.terminate()
        assert terminal.wait_end(LIMIT_S) == 3
        assert terminal.shown.count(SHOWN) == 1 and terminal.settings_now == terminal.settings
        assert "holdfastctl: " in terminal.shown


def test_a_director_that_cannot_serve_announces_nothing(net):
    """announce_when up: what comes would be swallowed, so an address that is there goes."""
    host = net.host("director", eth1=(net.switch("lan"), "10.0.0.5/24"))
    host.ip("addr add 10.0.0.17/32 dev lo")
    daemon = Holdfast(host, SERVICES.replace("lb_kind NAT", "lb_kind NAT\n    lb_algo mh\n    announce_when up"))
    daemon.start()
    wait_until(lambda: not host.owns("10.0.0.17"), LIMIT_S, "the address goes")
    (address,) = daemon.status()["announced"]["addresses"]
    assert address["address"] == "10.0.0.17" and not address["wanted"] and not address["announced"], address
    assert address["reason"] == "10.0.0.17:80/tcp is not in the kernel's IPVS table", address
    assert "withheld" in daemon.control("status")
    daemon.terminate()
    assert not host.owns("10.0.0.17")
