# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand checks of servers that do everything wrong: nothing of them stays behind."""

import os
import time

import pytest

from lib.daemons import Holdfast
from lib.faulty import Faulty
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

CHECKS = 100_000
SERVERS = 240
LIMIT_S = 300
TCP_PORT, UDP_PORT, CLOSED_PORT = 8080, 8053, 8081

# What each kind of check needs beside its target.
KINDS = {
    "TCP_CHECK": "",
    "HTTP_GET": "url {\n                path /\n            }",
    "SSL_GET": "url {\n                path /\n            }",
    "SMTP_CHECK": "",
    "DNS_CHECK": "name www.example.com",
    "UDP_CHECK": "payload 00\n            require_reply",
    "PING_CHECK": "",
    "MYSQL_CHECK": "",
    "AGENT_CHECK": "",
}


def configuration(checks):
    """So many servers, each with a check of the next kind, and of a port where nobody listens."""
    servers = ["    real_server 10.2.0.1 80 {\n    }\n"]
    for number in range(checks):
        kind = list(KINDS)[number % len(KINDS)]
        port = {"UDP_CHECK": UDP_PORT, "DNS_CHECK": UDP_PORT}.get(kind, TCP_PORT)
        servers.append(f"""    real_server 10.1.{number // 200}.{number % 200 + 1} 80 {{
        {kind} {{
            {f'connect_port {port}' if kind != 'PING_CHECK' else ''}
            {KINDS[kind]}
            connect_timeout 0.1
            retry 1
            delay_before_retry 0.02
        }}
        TCP_CHECK {{
            connect_port {CLOSED_PORT}
            connect_timeout 0.1
            delay_loop 5
        }}
    }}
""")
    return f"""virtual_server 10.0.0.17 80 {{
    protocol TCP
    lvs_method NAT
    lvs_sched rr
    delay_loop 0.05
    warmup 1
{''.join(servers)}}}
"""


def descriptors(daemon):
    """How many the daemon has open."""
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def settled(daemon):
    """How many descriptors it has, once that has not changed for a second; else None."""
    count = descriptors(daemon)
    for _ in range(10):
        time.sleep(0.1)
        if descriptors(daemon) != count:
            return None
    return count


# The local error that a busy machine may bring about, and that says so: its own handshakes, or the files
# for them, were late.
BUSY = "no TLS handshake in time: "


def test_no_descriptor_is_left_behind_by_a_hundred_thousand_checks(net):
    """Of all kinds, with faults by chance: closed, reset, garbage, half of an answer, silence."""
    lan = net.switch("lan")
    director = net.host("director", eth1=(lan, "10.0.0.5/24"))
    server = net.host("server", eth1=(lan, "10.0.0.7/24"))
    director.ip("route add 10.1.0.0/16 via 10.0.0.7")
    server.ip("route add local 10.1.0.0/16 dev lo")
    faulty = Faulty(server, TCP_PORT, UDP_PORT)
    daemon = Holdfast(director, configuration(0))
    daemon.start()

    def check(number):
        """Makes so many checks, then none; returns how they ended."""
        daemon.write_configuration(configuration(SERVERS))
        assert daemon.reload() is None
        wait_until(lambda: sum(daemon.status()["checks"]["results"].values()) >= number, LIMIT_S,
                   f"{number} checks")
        ended = daemon.status()["checks"]["results"]
        daemon.write_configuration(configuration(0))
        assert daemon.reload() is None
        return ended

    check(CHECKS // 10)  # what is kept for all checks, such as the socket of echo requests, is there
    before = wait_until(lambda: settled(daemon), 30, "nothing is opened or closed any more")
    ended = check(CHECKS)
    wait_until(lambda: descriptors(daemon) == before, 30, f"{before} descriptors again")
    ours = {line.text for line in daemon.process.log if "cannot check: " in line.text
            and BUSY not in line.text}
    assert not ours, "the faults are all of the servers"
    for expected in ("ok", "refused", "timeout"):
        assert ended[expected], f"no check ended so: {ended}"
    faulty.close()
