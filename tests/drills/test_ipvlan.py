# SPDX-License-Identifier: Apache-2.0
"""Directors with use_ipvlan, on a kernel that has it: the lab's does, not every build machine's."""

import json
import pathlib

import pytest

from lib.clients import Pings
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, LayoutV6, MySqlLayoutV3, Pair
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

LIMIT_S = 2 * advert_limit_s(BACKUP_PRIORITY, MySqlLayoutV3.interval_s) + SLACK_S


def with_ipvlan(layout, own, mode=""):
    """A layout whose address is on an ipvlan; own -- what makes its own address of a director's."""
    configuration = layout.configuration.partition("virtual_server ")[0].replace(
        " dev eth1 label eth1:18", "")
    return type("Ipvlan", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", f"use_ipvlan {own} {mode}\n    virtual_ipaddress {{", 1)})


LAYOUTS = {
    "ipv4": (with_ipvlan(MySqlLayoutV3, "OWN7/24", "private"), "vrrp.52",
             ("172.16.1.57", "172.16.1.67")),
    "ipv6": (with_ipvlan(LayoutV6, "OWN7/64"), "vrrp6.52", ("fd00:10::57", "fd00:10::67")),
}


def link(host, name):
    """What `ip` says of an interface; None where it is not there."""
    links = json.loads(host.run("ip", "-json", "-details", "link", "show"))
    return next((each for each in links if each["ifname"] == name), None)


def setting(host, name):
    """A setting of the interface below, which is put back at the end."""
    with host.entered():
        return int(pathlib.Path("/proc/sys/net/ipv4/conf/eth1", name).read_text(encoding="ascii"))


def mode_of(host):
    """What an ipvlan does with packets to its neighbours."""
    said = host.run("ip", "-details", "link", "show", "vrrp.52", check=False)
    words = said.partition(" ipvlan ")[2].split()
    return next((word for word in words if word in ("bridge", "private", "vepa")), None)


@pytest.fixture(params=LAYOUTS, name="made")
def _made(request, net):
    """A settled pair, the name of the ipvlans, and their own addresses."""
    layout, device, own = LAYOUTS[request.param]
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    return pair, device, own


def test_master_by_an_ipvlan_is_heard_followed_and_cleaned_up_after(made):
    """Adverts from its own address and the MAC below; a takeover; at the stop nothing is left."""
    pair, device, own = made
    host = pair.master.host
    assert host.address_details(pair.vip)["dev"] == device
    assert host.address_details(own[0])["dev"] == device
    assert [setting(host, name) for name in ("arp_ignore", "arp_announce")] == [1, 2]
    details = link(host, device)
    assert (details["linkinfo"]["info_kind"], details["link"]) == ("ipvlan", "eth1")
    assert "UP" in details["flags"] and "UP" not in link(pair.backup.host, device)["flags"]
    adverts = wait_until(lambda: [each for each in pair.capture.adverts() if each.priority == 150][3:],
                         LIMIT_S, "adverts")
    assert {(each.source, each.source_mac) for each in adverts} == {(own[0], host.mac("eth1"))}
    wait_until(lambda: pair.backup.daemon.status()["instances"][0]["counters"]["adverts_received"]
               > 3, LIMIT_S, "the backup hears it")
    with Pings(pair.client, pair.vip, 0.01) as pings:
        wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the client is served")
        killed = pair.master.daemon.kill()
        host.unplug("eth1")
        wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "a takeover")
        wait_until(lambda: pair.capture.announcements(
            pair.vip, pair.backup.host.mac("eth1"), killed), LIMIT_S, "it is announced")
        wait_until(lambda: pings.answered(killed + 1) >= 10, LIMIT_S + 1, "the client is served")
    wait_until(lambda: pair.capture.adverts(own[1], killed), LIMIT_S, "the other's adverts")
    pair.backup.daemon.terminate()
    assert link(pair.backup.host, device) is None
    assert not pair.backup.host.owns(own[1])
    assert [setting(pair.backup.host, name) for name in ("arp_ignore", "arp_announce")] == [0, 0]


def test_a_reload_changes_the_mode_and_goes_back_to_the_interface(net):
    """bridge, private, vepa: what the kernel has; then without, the address is on eth1."""
    pair = Pair(net, ("holdfast", "holdfast"), with_ipvlan(MySqlLayoutV3, "OWN7/24"),
                vrrp_only=True)
    pair.start()
    host, daemon = pair.master.host, pair.master.daemon
    for mode in ("bridge", "private", "vepa", "bridge"):
        daemon.write_configuration(pair.master.configuration.replace(
            "7/24 ", f"7/24 {mode}"))
        assert daemon.reload() is None
        wait_until(lambda mode=mode: mode_of(host) == mode and host.owns(pair.vip), LIMIT_S, mode)
    daemon.write_configuration("\n".join(
        line for line in pair.master.configuration.splitlines() if "use_ipvlan" not in line))
    assert daemon.reload() is None
    wait_until(lambda: (host.address_details(pair.vip) or {}).get("dev") == "eth1", LIMIT_S, "eth1")
    assert link(host, "vrrp.52") is None
