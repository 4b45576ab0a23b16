# SPDX-License-Identifier: Apache-2.0
"""A director that checks servers, without VRRP and whether or not the kernel has IPVS.

    director = Checked(host, {"10.0.0.7 53": "DNS_CHECK { }"})
    director.wait_result("10.0.0.7", "ok")
"""

import json

from lib.book import busy_s
from lib.daemons import Holdfast
from lib.waiting import SLACK_S, wait_until

START_S = 1  # B40: no check begins earlier
LIMIT_S = START_S + 6 + 4 * SLACK_S
VIPS = {4: "192.0.2.17", 6: "2001:db8:17::17"}


def service(checks, protocol="UDP", more="", head=""):
    """A configuration: a virtual server of each family, which checks its servers twice a second.

    checks -- the checker by "ADDRESS [PORT]"
    head -- blocks before it
    """
    text = head
    for family, vip in VIPS.items():
        servers = "".join(f"    real_server {server} {{\n        {check}\n    }}\n"
                          for server, check in checks.items() if (":" in server) == (family == 6))
        if servers:
            text += (f"virtual_server {vip} 53 {{\n    protocol {protocol}\n    lb_algo rr\n"
                     f"    lb_kind NAT\n    delay_loop 0.5\n    warmup 0\n    retry 1\n"
                     f"    delay_before_retry 0.1\n    {more}\n"
                     f"{servers}}}\n")
    return text


class Checked(Holdfast):
    """holdfastd with such a configuration."""

    def __init__(self, host, checks, **options):
        super().__init__(host, service(checks, **options))
        self.start()

    def reconfigure(self, checks, **options):
        """Takes other checks, as a reload."""
        self.write_configuration(service(checks, **options))
        assert self.reload() is None

    def server(self, address):
        """A server as the status has it."""
        (found,) = [server for service in self.status()["services"] for server in service["servers"]
                    if server["address"] == address]
        return found

    def machine_ms(self):
        """How much later than it should a check may have ended: while the daemon ran, or wanted to."""
        return 1000 * (SLACK_S + busy_s(self.process))

    def result(self, address):
        """How its first check ended last: (class, text); None where it has not yet."""
        last = self.server(address)["checks"][0]["last_result"]
        return (last["class"], last["text"]) if last else None

    def wait_result(self, address, word, text=None, limit_s=LIMIT_S):
        """Waits until the first check of a server ends so; returns the whole check."""
        def ended():
            check = self.server(address)["checks"][0]
            last = check["last_result"]
            return last and last["class"] == word and (text is None or text in last["text"]) and check
        try:
            return wait_until(ended, limit_s, f"{address}: {word} {text or ''}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {json.dumps(self.server(address))}") from error

    def wait_state(self, address, state, limit_s=LIMIT_S):
        """Waits until a server is "up" or "down"."""
        wait_until(lambda: self.server(address)["state"] == state, limit_s, f"{address} is {state}")
