# SPDX-License-Identifier: Apache-2.0
"""A third party reads what we send: tshark's dissectors find nothing wrong with any of it."""

import re
import subprocess

import pytest

from lib.capture import internet_checksum
from lib.pairs import LayoutV6, MySqlLayout, MySqlLayoutAh, MySqlLayoutV3, Pair, unicast
from lib.waiting import SOON_S, wait_until

FIELDS = ("vrrp.version", "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.checksum.status",
          "ip.checksum.status", "vrrp.ip_addr", "vrrp.ipv6_addr", "vrrp.auth_type", "ah.spi",
          "ip.ttl", "ipv6.hlim", "ip.dst", "ipv6.dst", "eth.src")
GOOD = "1"
VRRP = 112
TRAILER = 28
# Checksums that are looked at, among them those that tshark leaves alone unless it is told.
OPTIONS = ("-o", "ip.check_checksum:TRUE", "-o", "vrrp.v3_checksum_as_in_v2:FALSE")
WRONG = ("_ws.malformed || _ws.expert.severity >= 0x600000 || vrrp.checksum.status == 0 || "
         "ip.checksum.status == 0 || icmpv6.checksum.status == 0 || igmp.checksum.status == 0")


def with_words(layout, words, **more):
    """A layout whose instance says more."""
    configuration = layout.configuration.partition("virtual_server ")[0]
    if "use_vmac" in words:
        configuration = re.sub(r" dev eth1 label eth1:\d+", "", configuration)
    if "auth_hmac" in words:
        configuration = re.sub(r"    authentication \{.*?\}\n", "", configuration, flags=re.DOTALL)
    return type("Worded", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", words + "\n    virtual_ipaddress {", 1), **more})


SIGNED = "auth_hmac {\n        key 1 a-key-that-is-long-enough-for-it-\n        active_key 1\n    }"
LAYOUTS = {
    "v2": MySqlLayout,
    "v2-plain": with_words(MySqlLayout, SIGNED.replace("active_key 1", "active_key 1\n"
                                                       "        mode receive-only")),
    "v2-ah": MySqlLayoutAh,
    "v2-vmac": with_words(MySqlLayout, "use_vmac", mac="00:00:5e:00:01:34"),
    "v2-ah-vmac": with_words(MySqlLayoutAh, "use_vmac", mac="00:00:5e:00:01:34"),
    "v2-signed": with_words(MySqlLayout, SIGNED),
    "v3": MySqlLayoutV3,
    "v3-as-v2": with_words(MySqlLayoutV3, "v3_checksum_as_v2"),
    "v3-vmac": with_words(MySqlLayoutV3, "use_vmac", mac="00:00:5e:00:01:34"),
    "v3-signed": with_words(MySqlLayoutV3, SIGNED),
    "v6": LayoutV6,
    "v6-vmac": with_words(LayoutV6, "use_vmac", mac="00:00:5e:00:02:34"),
    "v6-signed": with_words(LayoutV6, SIGNED),
    "v2-unicast": unicast(MySqlLayout),
    "v2-ah-unicast": unicast(MySqlLayoutAh),
    "v3-unicast": unicast(MySqlLayoutV3),
    "v3-signed-unicast": unicast(with_words(MySqlLayoutV3, SIGNED)),
    "v6-unicast": unicast(LayoutV6),
}


def without_trailer(frame):
    """A frame of a signed advert over IPv4 as it would be without its trailer; others as they are.

    The checksum does not cover the trailer there (the draft of auth_hmac), which tshark does not know.
    """
    size = int.from_bytes(frame[16:18], "big")
    if frame[12:14] != b"\x08\x00" or frame[23] != VRRP or size <= TRAILER:
        return frame
    header = bytearray(frame[14:34])
    header[2:4] = (size - TRAILER).to_bytes(2, "big")
    header[10:12] = bytes(2)
    header[10:12] = internet_checksum(bytes(header)).to_bytes(2, "big")
    return frame[:14] + bytes(header) + frame[34:14 + size - TRAILER]


def tshark(pcap, layout, condition, fields):
    """A row of fields for each packet of a recording that meets a condition."""
    options = OPTIONS
    if "v3_checksum_as_v2" in layout.configuration:
        options = [word.replace("v2:FALSE", "v2:TRUE") for word in options]
    said = subprocess.run(
        ["tshark", "-r", pcap, "-Y", condition, *options, "-T", "fields", "-E", "occurrence=a",
         *(word for field in fields for word in ("-e", field))],
        check=True, capture_output=True, text=True).stdout.splitlines()
    return [dict(zip(fields, line.split("\t"))) for line in said]


def expected(layout, pair):
    """The fields of each advert of the master."""
    ipv6 = layout.version == 3 and issubclass(layout, LayoutV6)
    direct = "unicast_peer" in layout.configuration
    auth = {"auth_type PASS": "1", "auth_type AH": "2"}
    return {
        "vrrp.version": str(layout.version), "vrrp.virt_rtr_id": "52", "vrrp.prio": "150",
        "vrrp.addr_count": "2" if ipv6 else "1", "vrrp.checksum.status": GOOD,
        "ip.checksum.status": "" if ipv6 else GOOD,
        "vrrp.ip_addr": "" if ipv6 else pair.vip,
        "vrrp.ipv6_addr": f"fe80::18,{pair.vip}" if ipv6 else "",
        "ip.ttl": "" if ipv6 else "255", "ipv6.hlim": "255" if ipv6 else "",
        "ip.dst": "" if ipv6 else pair.backup.address if direct else "224.0.0.18",
        "ipv6.dst": "" if not ipv6 else pair.backup.address if direct else "ff02::12",
        "eth.src": getattr(layout, "mac", None) or pair.master.host.mac("eth1"),
        "vrrp.auth_type": "" if layout.version == 3 else next(
            (kind for words, kind in auth.items() if words in layout.configuration), "0"),
    }


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_tshark_finds_what_we_send_right(net, kind, layout, tmp_path):
    """Every field of the adverts, and no frame of ours that is malformed or has a wrong checksum."""
    if kind != "holdfast" and ("auth_hmac" in layout.configuration):
        pytest.skip("keepalived 2.2.7 does not sign")
    pair = Pair(net, (kind, kind), layout, vrrp_only=True)
    pair.start()
    wait_until(lambda: len(pair.capture.adverts(pair.master.address)) >= 2, 2 + SOON_S, "adverts")
    master_mac = pair.master.host.mac("eth1")
    if SIGNED in layout.configuration:
        pair.capture.packets()
        pair.capture.frames = [(at, without_trailer(frame)) for at, frame in pair.capture.frames]
    pair.capture.write_pcap(tmp_path / "pcap")
    adverts = [row for row in tshark(tmp_path / "pcap", layout, "vrrp", FIELDS)
               if row["vrrp.prio"] == "150"]
    assert len(adverts) >= 2
    for row in adverts:
        assert ("ah.spi" in row and row["ah.spi"] != "") == ("auth_type AH" in layout.configuration)
        del row["ah.spi"]
        assert row == expected(layout, pair)
    ours = f"eth.src == {master_mac} || eth.src == {getattr(layout, 'mac', master_mac)}"
    wrong = tshark(tmp_path / "pcap", layout, f"({ours}) && ({WRONG})",
                   ("frame.number", "frame.protocols", "_ws.expert.message"))
    assert not wrong
    kinds = {row["frame.protocols"]
             for row in tshark(tmp_path / "pcap", layout, ours, ("frame.protocols",))}
    assert any("vrrp" in each for each in kinds)
