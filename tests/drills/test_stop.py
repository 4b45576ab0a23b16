# SPDX-License-Identifier: Apache-2.0
"""A daemon that stops while one of its instances still hands over: the others stay stopped. What
`holdfastctl stop` says of the IPVS table."""

import json
import os
import socket

import pytest

from lib import lab
from lib.capture import Capture
from lib.daemons import Holdfast
from lib.process import family
from lib.waiting import SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

# Of HOLD, with nobody to succeed: one skew time and a half, which is an interval at most. Far longer than
# anything that is looked at meanwhile takes.
HANDOVER_S = 12
ROUTE = "10.79.0.0/16"
CONFIGURATION = """track_group GROUP {
    group {
        STOPPED
    }
}
static_routes {
    10.79.0.0/16 via 10.80.0.2 track_group GROUP
}
vrrp_instance HOLD {
    interface eth1
    virtual_router_id 1
    priority 255
    version 3
    advert_int 8
    virtual_ipaddress {
        10.5.0.18/24
    }
}
vrrp_instance STOPPED {
    interface eth2
    virtual_router_id 2
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.6.0.18/24
    }
}
"""


def state(daemon, name):
    """The state of an instance."""
    return next(each["state"] for each in daemon.status()["instances"] if each["name"] == name)


@pytest.fixture(name="stopping")
def _stopping(net):
    """A host whose daemon was asked to stop: HOLD waits for its successor, STOPPED is in FAULT.

    The kernel does not let a route of its track_group be put back.
    """
    two = net.switch("two")
    host = net.host("lb", eth1=(net.switch("one"), "10.5.0.1/24"),
                    eth2=(two, "10.6.0.1/24", "10.80.0.1/24"))
    host.capture = Capture(net.host("other", eth2=(two, "10.6.0.9/24")), "eth2")
    daemon = Holdfast(host, CONFIGURATION)
    daemon.start()
    wait_until(lambda: state(daemon, "STOPPED") == "MASTER", SOON_S, "both are master")
    host.ip("addr del 10.80.0.1/24 dev eth2", f"route del {ROUTE}")
    wait_until(lambda: state(daemon, "STOPPED") == "FAULT", SOON_S, "it lacks the route")
    wait_until(lambda: not host.owns("10.6.0.18"), SOON_S, "and has no address")
    host.stopped = daemon.process.terminate()
    daemon.process.wait_for("STOPPED: FAULT -> INIT: stopped", SOON_S, host.stopped)
    return host, daemon


def assert_stays_stopped(host, daemon):
    """Not one advert, not one address, for as long as the daemon is there."""
    hold(lambda: daemon.process.running and not host.owns("10.6.0.18"), 1.5,
         "the stopped instance stays without its address")
    assert host.owns("10.5.0.18"), "the daemon is still handing over: it was there to see"
    assert daemon.process.wait_end(2 * HANDOVER_S) == 0
    assert host.capture.adverts(since=host.stopped) == []
    assert not daemon.process.find(r"STOPPED: .*-> (BACKUP|MASTER|FAULT)", host.stopped)


def test_an_entry_that_is_put_back_starts_no_stopped_instance(stopping):
    """The fault that it was in ends after SIGTERM, while the daemon is there for another instance."""
    host, daemon = stopping
    host.ip("addr add 10.80.0.1/24 dev eth2")
    daemon.process.wait_for(rf"{ROUTE}.* was removed by somebody else: put back", SOON_S,
                            host.stopped)
    assert_stays_stopped(host, daemon)


def answers(daemon, *requests):
    """Asks all at once, on one connection, and hears all answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(daemon.socket))
        connection.settimeout(2 * SOON_S)
        connection.sendall(b"".join(json.dumps(request).encode() + b"\n" for request in requests))
        with connection.makefile() as lines:
            return [json.loads(lines.readline()) for _ in requests]


def stop(keep):
    """The request of `holdfastctl stop`, with --keep."""
    return {"version": 1, "command": "stop", "arguments": {"keep": keep}}


# A daemon that stops waits for a second for what this runs.
SCRIPT = """vrrp_instance BACKUP {
    interface eth1
    virtual_router_id 1
    advert_int 10
    notify_backup "/bin/sleep 60"
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
SERVICE = """virtual_server 10.5.0.18 80 {
    protocol TCP
    lb_algo rr
    lb_kind DR
    real_server 10.5.0.7 80 {
    }
}
"""


STOP_SCRIPT = """vrrp_instance BACKUP {
    interface eth1
    virtual_router_id 1
    advert_int 10
    notify_backup "/bin/sh -c 'read word <DIRECTORY/gate'"
    notify_stop "/usr/bin/touch DIRECTORY/told"
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "behind another"])
def test_a_stop_is_told_by_who_has_nothing_to_hand_over(net, waits):
    """The script's turn is the loop's next one, or when the one before has ended: the daemon waits for both."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
    gate = host.directory / "gate"
    os.mkfifo(gate)
    daemon = Holdfast(host, "global_defs {\n    script_user root\n}\n"
                      + STOP_SCRIPT.replace("DIRECTORY", str(host.directory)))
    daemon.start()
    with open(gate, "w", encoding="ascii"):  # waits until the first script reads
        if waits:
            stopping = daemon.process.terminate()
            daemon.process.wait_for("BACKUP: .*stopped", SOON_S, stopping)
    if not waits:
        wait_until(lambda: not script_runs(daemon), SOON_S, "the first script has ended")
        daemon.process.terminate()
    assert daemon.process.wait_end() == 0
    assert (host.directory / "told").exists()


def script_runs(daemon):
    """Whether its helper, which is its only child, has started a script that has not ended."""
    return len(family(daemon.process.pid)) > 2


def test_a_stop_that_removes_the_table_cannot_be_asked_to_keep_it_when_it_has_begun(net):
    """One that keeps it goes on to, whoever asks for less."""
    for first, second in ((False, True), (True, False)):
        host = net.host(f"lb-{first}", eth1=(net.switch(f"lan-{first}"), "10.5.0.1/24"))
        daemon = Holdfast(host, SCRIPT)
        daemon.start()
        wait_until(lambda: state(daemon, "BACKUP") == "BACKUP", SOON_S, "its script runs")
        daemon.process.expect_end()
        one, other = answers(daemon, stop(first), stop(second))
        assert one["ok"] is True, one
        if first:
            assert other["result"] == one["result"]
        else:
            assert other["error"]["code"] == "unavailable", other
        assert daemon.process.wait_end() == 0


@pytest.mark.skipif(lab.has_ipvs(), reason="this kernel has IPVS")
def test_a_stop_that_keeps_says_that_there_is_no_table(net):
    """Without virtual servers, and with some where the kernel has no IPVS."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
    daemon = Holdfast(host, "")
    for text, reason in (("", "nothing is configured for it"), (SERVICE, "kernel")):
        daemon.write_configuration(text)
        daemon.start()
        wait_until(lambda: "being" not in (daemon.status()["ipvs"]["reason"] or "being"), 2 * SOON_S,
                   "it knows about IPVS")
        daemon.process.expect_end()
        said = daemon.control("stop", "--keep")
        assert said.startswith("stopped; there was no IPVS table that could stay: "), said
        assert reason in said
        assert daemon.process.wait_end() == 0
        assert not daemon.process.find("the table stays")
