# SPDX-License-Identifier: Apache-2.0
"""misc_dynamic beside keepalived: the same exit statuses make the same weights.

keepalived checks nothing where the kernel has no IPVS, so it is made to believe in one
(tests/bench/fake_ipvs.c), and its log says what it would do.
"""

import re
import subprocess

import pytest

from lib.daemons import TOP, Holdfast, Keepalived, START_LIMIT_S
from lib.process import Process
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 20 + 2 * SLACK_S
SERVER = "192.0.2.21"
CONFIGURATION = f"""
global_defs {{
    script_user root
    enable_script_security
}}
virtual_server 192.0.2.9 80 {{
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    delay_loop 1
    real_server {SERVER} 80 {{
        weight 10
        MISC_CHECK {{
            misc_path "SCRIPT"
            misc_dynamic
            misc_timeout 10
            warmup 0
        }}
    }}
}}
"""


class Checker(Keepalived):
    """keepalived's checker process alone."""

    preload = None

    def arguments(self):
        return [*super().arguments(), "-C"]

    def start(self):
        self.process = Process(self.host, self.kind, self.arguments(), {"LD_PRELOAD": self.preload})
        self.process.wait_for(r"Startup complete", START_LIMIT_S)

    def weight(self):
        """The weight as the log last says it; None: the server is out."""
        weight = 10
        for line in self.process.log:
            changed = re.search(r"Changing weight from \d+ to (\d+)", line.text)
            weight = int(changed.group(1)) if changed else weight
        out = self.process.find(r"Removing service")
        back = self.process.find(r"Adding service", out.at) if out else None
        return None if out and not back else weight


def ours(daemon):
    """The weight by our status; None: the server is out."""
    server = daemon.status()["services"][0]["servers"][0]
    return server["weight"] if server["state"] == "up" else None


def test_exit_statuses_make_keepalived_s_weights(net):
    """A weight, the configured one by 0, the limits, and a failure at last."""
    host = net.host("director", eth1=(net.switch("lan"), "192.0.2.1/24"))
    status = host.directory / "status"
    script = host.directory / "check"
    script.write_text(f"#!/bin/sh\nexit $(cat {status})\n")
    script.chmod(0o755)
    library = host.directory / "fake_ipvs.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, TOP / "tests/bench/fake_ipvs.c",
                    "-ldl"], check=True)
    status.write_text("12")
    text = CONFIGURATION.replace("SCRIPT", str(script))
    holdfast, keepalived = Holdfast(host, text), Checker(host, text)
    keepalived.preload = str(library)
    holdfast.start()
    keepalived.start()
    for exit_status, weight in ((12, 10), (32, 30), (0, 10), (255, 253), (2, 0), (1, None)):
        status.write_text(str(exit_status))
        for name, found in (("keepalived", keepalived.weight), ("holdfast",
                                                               lambda: ours(holdfast))):
            wait_until(lambda found=found, weight=weight: found() == weight, LIMIT_S,
                       f"{name}: exit {exit_status} makes {weight}")
