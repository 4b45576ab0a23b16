# SPDX-License-Identifier: Apache-2.0
"""A third party reads our adverts: tshark's dissector finds nothing wrong with them."""

import subprocess

import pytest

from lib.pairs import MySqlLayout, MySqlLayoutAh, MySqlLayoutV3, Pair
from lib.waiting import SLACK_S, wait_until

FIELDS = ("vrrp.version", "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.ip_addr",
          "vrrp.checksum.status")
CHECKSUM_GOOD = "1"


@pytest.mark.parametrize("layout", [MySqlLayout, MySqlLayoutV3, MySqlLayoutAh],
                         ids=["v2", "v3", "v2-ah"])
def test_tshark_finds_our_adverts_right(net, kind, layout, tmp_path):
    """Version, virtual router, priority, address and checksum as another program sees them."""
    pair = Pair(net, (kind, kind), layout, vrrp_only=True)
    pair.start()
    wait_until(lambda: len(pair.capture.adverts(pair.master.address)) >= 2, 2 + SLACK_S, "adverts")
    pair.capture.write_pcap(tmp_path / "pcap")
    said = subprocess.run(
        ["tshark", "-r", tmp_path / "pcap", "-Y", "vrrp", "-o", "vrrp.v3_checksum_as_in_v2:FALSE",
         "-T", "fields", *(word for field in FIELDS for word in ("-e", field))],
        check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(said) >= 2
    expected = (str(layout.version), "52", "150", "1", pair.vip, CHECKSUM_GOOD)
    assert set(said) == {"\t".join(expected)}
