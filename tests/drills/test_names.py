# SPDX-License-Identifier: Apache-2.0
"""Checks of hosts that are known by name: connect_host."""

import os

import pytest

from lib.daemons import Holdfast
from lib.process import Process
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

FIRST, SECOND, DIRECTOR = "10.0.0.7", "10.0.0.8", "10.0.0.5"
LIMIT_S = 30  # a look-up that fails is tried again after 5 s
CONFIGURATION = """global_defs {
    resolve_interval 1
}
virtual_server 10.0.0.17 80 {
    protocol TCP
    lvs_method NAT
    lvs_sched rr
    delay_loop 0.2
    real_server 10.0.0.7 80 {
        TCP_CHECK {
            connect_host web.test
            connect_port 8080
            connect_timeout 5
        }
    }
}
"""


class WithHosts(Holdfast):
    """A daemon that sees an /etc/hosts of its own."""

    @property
    def hosts(self):
        """That file."""
        return self.directory / "hosts"

    def name(self, address):
        """Says in it where web.test is; None: nobody knows. Who reads it meanwhile finds the old lines or the
        new ones, never an empty file."""
        text = "127.0.0.1 localhost\n" + (f"{address} web.test\n" if address else "")
        file = os.open(self.hosts, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(file, text.encode(), 0)
        os.ftruncate(file, len(text))
        os.close(file)

    def start(self):
        self.process = Process(self.host, self.kind, [
            "unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', self.hosts,
            *self.arguments()])
        self.wait_started()

    def check(self):
        """The only check of the status."""
        return self.status()["services"][0]["servers"][0]["checks"][0]

    def wait_check(self, state, address):
        """Waits until the check of that address says so."""
        wait_until(lambda: (it := self.check())["state"] == state and it["target"] == f"{address}:8080" and
                   it["last_result"], LIMIT_S, f"{address} is {state}")


@pytest.fixture
def daemon(net):
    """A director, and a host with both addresses that listens at the second one alone."""
    lan = net.switch("lan")
    director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
    server = net.host("server", eth1=(lan, f"{FIRST}/24"))
    server.ip(f"addr add {SECOND}/24 dev eth1")
    Process(server, "server", ["/usr/bin/python3", "-m", "http.server", "--bind", SECOND, "8080"])
    daemon = WithHosts(director, CONFIGURATION)
    daemon.name(FIRST)
    daemon.start()
    return daemon


def test_a_name_is_looked_up_again_and_its_change_is_told(daemon):
    """The server behind the name moves: the check follows it, and the log says so."""
    daemon.wait_check("down", FIRST)  # nobody listens there
    assert daemon.check()["host"] == "web.test"
    daemon.name(SECOND)
    daemon.wait_check("up", SECOND)
    daemon.process.wait_for(f"web.test: its address is {SECOND} now, no longer {FIRST}", LIMIT_S)


def test_a_name_that_is_lost_keeps_its_address(daemon):
    """A resolver that fails says nothing about the server."""
    daemon.name(SECOND)
    daemon.wait_check("up", SECOND)
    daemon.name(None)
    daemon.process.wait_for(f"web.test: warning: cannot look it up: .*; {SECOND} stays its address",
                            2 * LIMIT_S)
    assert daemon.check()["state"] == "up" and daemon.check()["target"] == f"{SECOND}:8080"
    assert daemon.check()["last_result"]["class"] == "ok"
