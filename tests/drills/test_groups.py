# SPDX-License-Identifier: Apache-2.0
"""Where adverts go: multicast groups of the file's choice, and instances that are IPv6 by word alone."""

import re
import time

import pytest

from lib.pairs import LayoutV6, MySqlLayoutV3, Pair
from lib.steady import rules_alone
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

GLOBAL = "vrrp_mcast_group4 224.0.0.99\n    vrrp_mcast_group6 ff02::99\n"
OTHER = {4: "224.0.0.77", 6: "ff02::77"}
# RFC 1112 6.4: the low 23 bits; RFC 2464 7: the low 32.
MACS = {"224.0.0.18": "01:00:5e:00:00:12", "224.0.0.99": "01:00:5e:00:00:63",
        "224.0.0.77": "01:00:5e:00:00:4d", "239.129.3.4": "01:00:5e:01:03:04",
        "ff02::12": "33:33:00:00:00:12", "ff02::99": "33:33:00:00:00:99",
        "ff02::77": "33:33:00:00:00:77"}
LIMIT_S = 10  # for what comes true, whenever the machine gets to it
LAYOUTS = {4: MySqlLayoutV3, 6: LayoutV6}


def grouped(family, words="", own=None):
    """A layout with words in global_defs, and with a group of the instance's own."""
    layout = LAYOUTS[family]
    configuration = layout.configuration.partition("virtual_server ")[0]
    configuration = configuration.replace("global_defs {\n", f"global_defs {{\n    {words}\n", 1)
    if own:
        configuration = configuration.replace("virtual_ipaddress {",
                                              f"mcast_dst_ip {own}\n    virtual_ipaddress {{", 1)
    return type("Grouped", (layout,), {"configuration": configuration})


def started(net, layout):
    """A settled pair of ours."""
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    return pair


def destinations(pair):
    """Where adverts went so far: (address, hardware address)."""
    pair.capture.packets()
    found = set()
    for at, frame in pair.capture.frames:
        for advert in (each for each in pair.capture.adverts() if each.at == at):
            found.add((advert.destination, frame[:6].hex(":")))
    return found


def takes_over(pair):
    """The master dies: its backup, which has heard it, waits its time and is the only other one."""
    pair.master.daemon.kill()
    pair.master.host.unplug("eth1")
    wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "a takeover")
    wait_until(lambda: pair.capture.adverts(pair.backup.address), LIMIT_S, "the backup's adverts")


def heard(director):
    """How many adverts a director has admitted."""
    return director.daemon.status()["instances"][0]["counters"]["adverts_received"]


@pytest.mark.parametrize("family, words, own, group", [
    (4, "", None, "224.0.0.18"),
    (6, "", None, "ff02::12"),
    (4, GLOBAL, None, "224.0.0.99"),
    (6, GLOBAL, None, "ff02::99"),
    (4, GLOBAL, OTHER[4], OTHER[4]),
    (6, GLOBAL, OTHER[6], OTHER[6]),
    (4, "", "239.129.3.4", "239.129.3.4"),
], ids=["default4", "default6", "global4", "global6", "own4", "own6", "23-bits"])
def test_adverts_of_both_go_to_the_group_of_the_file_and_are_heard_there(
        net, family, words, own, group):
    """vrrp_mcast_group4, vrrp_mcast_group6, mcast_dst_ip: on the wire, address and MAC."""
    pair = started(net, grouped(family, words, own))
    at = time.time()
    wait_until(lambda: heard(pair.backup) > 3, LIMIT_S, "the backup hears the master")
    assert rules_alone(pair, at)
    takes_over(pair)
    assert destinations(pair) == {(group, MACS[group])}


@pytest.mark.parametrize("family", [4, 6])
def test_a_reload_moves_adverts_to_another_group(net, family):
    """Both ends, the backup first: it hears nothing in between, and is obeyed or obeys at the end."""
    pair = started(net, grouped(family))
    other = OTHER[family]
    for director in (pair.backup, pair.master):
        director.daemon.write_configuration(director.configuration.replace(
            "virtual_ipaddress {", f"mcast_dst_ip {other}\n    virtual_ipaddress {{", 1))
        assert director.daemon.reload() is None
    wait_until(lambda: pair.owners() == [pair.master.name], LIMIT_S, "the master alone is master")
    pair.capture.forget()
    before = heard(pair.backup)
    wait_until(lambda: heard(pair.backup) > before + 3, LIMIT_S, "the backup hears the master")
    assert destinations(pair) == {(other, MACS[other])}


def test_directors_in_different_groups_do_not_hear_each_other(net):
    """What is in no group of ours does not come up: both are master."""
    pair = Pair(net, ("holdfast", "holdfast"), grouped(4), vrrp_only=True)
    pair.backup.daemon.write_configuration(pair.backup.configuration.replace(
        "virtual_ipaddress {", f"mcast_dst_ip {OTHER[4]}\n    virtual_ipaddress {{", 1))
    for director in pair.directors:
        director.daemon.start()
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "two masters")
    assert [heard(director) for director in pair.directors] == [0, 0]


def without_addresses(words):
    """A layout whose adverts name no address: what the instance has is excluded from them."""
    configuration = re.sub(
        r"virtual_ipaddress \{.*?\}",
        f"no_virtual_ipaddress\n    {words}\n    virtual_ipaddress_excluded {{\n"
        "        172.16.1.18/24 dev eth1\n    }",
        MySqlLayoutV3.configuration.partition("virtual_server ")[0], flags=re.DOTALL)
    return type("Bare", (MySqlLayoutV3,), {"configuration": configuration})


@pytest.mark.parametrize("words, group", [("native_ipv6", "ff02::12"), ("", "224.0.0.18")],
                         ids=["native_ipv6", "without"])
def test_native_ipv6_sends_by_ipv6_what_names_no_address(net, words, group):
    """Link-local source, version 3, both directors agree by it; without the word it is IPv4."""
    pair = started(net, without_addresses(words))
    wait_until(lambda: heard(pair.backup) > 3, LIMIT_S, "the backup hears the master")
    adverts = pair.capture.adverts()
    source = pair.master.host.link_local("eth1") if words else pair.master.host.address
    assert {advert.source for advert in adverts if advert.priority == 150} == {source}
    assert all(advert.addresses == () and advert.version == 3 and advert.checksum_is_right
               for advert in adverts)
    assert destinations(pair) == {(group, MACS[group])}
    pair.master.daemon.kill()
    wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "a takeover")
