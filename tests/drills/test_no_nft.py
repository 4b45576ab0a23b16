# SPDX-License-Identifier: Apache-2.0
"""A host without nft(8): what needs it is told with the command that mends it, and all else goes on."""

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

VIP = "10.5.0.18"
LIMIT_S = 15
CONFIGURATION = f"""vrrp_instance VI {{
    interface eth1
    virtual_router_id 1
    version 3
    advert_int 0.1
    no_accept
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo rr
    lb_kind FULLNAT
    real_server 10.5.0.7 80 {{
    }}
}}
"""


class WithoutNft(Holdfast):
    """Sees an empty /usr/sbin."""

    def arguments(self):
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                'mount -t tmpfs none /usr/sbin && exec "$@"', "sh", *super().arguments()]


def test_a_missing_nft_is_told_with_what_to_type(net):
    """In the log for FULLNAT and for no_accept, and as the service's error; a reload uses it when it is there."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
    daemon = WithoutNft(host, CONFIGURATION)
    daemon.start()
    missing = r"/usr/sbin/nft is not installed \(run: apt install nftables\)"
    daemon.process.wait_for(f"FULLNAT: error: {missing}", LIMIT_S)

    def told():
        return [line.text for line in daemon.process.log if "is not installed" in line.text]

    wait_until(lambda: len(told()) == 2, LIMIT_S, "it is told of no_accept, too")
    wait_until(lambda: "apt install nftables" in (daemon.status()["services"][0]["ipvs_error"] or ""), LIMIT_S,
               "the service tells it")
    assert "apt install nftables" in daemon.control("status")
    wait_until(lambda: host.owns(VIP), LIMIT_S, "VRRP goes on")
    assert len(told()) == 2, told()
    host.run("nsenter", "-m", "-t", str(daemon.process.pid), "umount", "/usr/sbin")
    assert daemon.reload() is None
    wait_until(lambda: "holdfast_fullnat" in host.run("nft", "list", "tables"), LIMIT_S,
               "nft is used")
    wait_until(lambda: "nftables" not in daemon.control("status"), LIMIT_S, "no error is left")
    # Debian's `systemctl reload nftables` begins so.
    host.run("nft", "flush", "ruleset")
    daemon.process.wait_for("table inet holdfast_fullnat was removed by somebody else, put back",
                            30 + LIMIT_S)
    wait_until(lambda: "holdfast_fullnat" in host.run("nft", "list", "tables"), LIMIT_S,
               "it is back")
    host.run("nft", "flush", "ruleset")
    assert daemon.reload() is None
    wait_until(lambda: host.run("nft", "list", "tables").count("holdfast") == 2, LIMIT_S,
               "a reload puts all back")
    daemon.terminate()
