# SPDX-License-Identifier: Apache-2.0
"""The address is held against everybody: a hand that removes it, a crash that left it behind."""

import time

import pytest

from lib.book import Book
from lib.pairs import MASTER_PRIORITY
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 10  # for what comes true, whenever the machine gets to it


def last_advert(pair, director):
    """When a director's last advert was seen; the first one may still be on its way."""
    return wait_until(lambda: pair.capture.adverts(director.address), LIMIT_S, "an advert")[-1].at


def test_address_removed_by_hand_is_put_back(vrrp_pair):
    """At once, with its label, announced again, and without a word to the backup."""
    director = vrrp_pair.master
    removed = last_advert(vrrp_pair, director)
    mac = director.host.mac("eth1")
    with Book(director.daemon.process) as book:
        begun = time.time()
        director.host.ip(f"addr del {vrrp_pair.vip}/24 dev eth1")
        gone = time.time()
        wait_until(lambda: director.host.owns(vrrp_pair.vip), LIMIT_S, "the address is back")
        (first, *_) = wait_until(lambda: vrrp_pair.capture.announcements(vrrp_pair.vip, mac, begun),
                                 LIMIT_S, "it is announced again")
    assert first.at - gone < SLACK_S + book.busy_s(gone, first.at), "not at once"
    assert director.host.address_details(vrrp_pair.vip)["label"] == "eth1:18"
    wait_until(lambda: len(vrrp_pair.capture.adverts(director.address, removed)) >= 4, LIMIT_S,
               "more adverts")
    priorities = {advert.priority for advert in vrrp_pair.capture.adverts(since=removed)}
    assert priorities == {MASTER_PRIORITY}, "somebody gave up or took over"


def test_backup_does_not_keep_what_a_crash_left_behind(vrrp_pair):
    """A killed master's kernel still has the address; started again as a backup it has not."""
    director = vrrp_pair.master
    director.daemon.kill()
    assert director.host.owns(vrrp_pair.vip)
    wait_until(lambda: vrrp_pair.backup.host.owns(vrrp_pair.vip),
               LIMIT_S, "the backup takes over")
    director.daemon.write_configuration(
        director.configuration.replace("state MASTER", "state BACKUP")
        .replace(f"priority {MASTER_PRIORITY}", "priority 50"))
    director.daemon.start()
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.backup.name], LIMIT_S,
               "the new master alone owns the address")


def test_reload_that_changes_a_label_and_adds_an_address_shows_on_the_interface(vrrp_pair):
    """Both at once, the new one announced; what did not change is not touched."""
    director = vrrp_pair.master
    before = last_advert(vrrp_pair, director)
    director.daemon.write_configuration(director.configuration.replace(
        "label eth1:18", "label eth1:99\n        172.16.1.19/24 dev eth1 label eth1:19"))
    assert director.daemon.reload() is None
    wait_until(lambda: director.host.owns("172.16.1.19"), LIMIT_S, "the new address")
    assert director.host.address_details("172.16.1.19")["label"] == "eth1:19"
    wait_until(lambda: (details := director.host.address_details(vrrp_pair.vip))
               and details["label"] == "eth1:99", LIMIT_S, "the new label")
    mac = director.host.mac("eth1")
    wait_until(lambda: vrrp_pair.capture.announcements("172.16.1.19", mac, before), LIMIT_S,
               "the new address is announced")
    assert "somebody else" not in director.daemon.process.output()
    assert director.daemon.status()["instances"][0]["state"] == "MASTER"


def test_one_that_the_kernel_refuses_is_told_of_and_its_neighbours_are_not_mistaken_for_it(vrrp_pair):
    """It stands between two others in one batch, of which the kernel answers only what is wrong and
    the last one. The instance does not stay master without it, and is again when it can be had."""
    director = vrrp_pair.master
    refused, others = "fd00:5::9", ["172.16.1.19", "172.16.1.20"]
    director.host.set_sysctl("net.ipv6.conf.eth1.disable_ipv6", 1)
    before = director.daemon.status()["network"]
    director.daemon.write_configuration(director.configuration.replace(
        "    virtual_ipaddress {", f"    virtual_ipaddress_excluded {{\n        {others[0]}/24\n"
        f"        {refused}/64\n        {others[1]}/24\n    }}\n    virtual_ipaddress {{"))
    assert director.daemon.reload() is None
    director.daemon.process.wait_for(f"error: {refused}/64 cannot be put on eth1", LIMIT_S)
    director.daemon.process.wait_for("MASTER -> FAULT", LIMIT_S)
    wait_until(lambda: vrrp_pair.owners() == [vrrp_pair.backup.name],
               LIMIT_S, "the backup takes over")
    wait_until(lambda: not any(director.host.owns(address) for address in others), LIMIT_S,
               "the others are gone, too")

    def counted():
        after = director.daemon.status()["network"]
        return [after[key] - before[key] for key in ("addresses_added", "addresses_removed")]

    wait_until(lambda: counted() == [len(others), len(others) + 1], LIMIT_S,
               "both came, and went with the first")
    assert not director.daemon.process.find(r"172\S+ cannot be put|somebody else")
    director.host.set_sysctl("net.ipv6.conf.eth1.disable_ipv6", 0)
    assert director.daemon.reload() is None
    wait_until(lambda: all(director.host.owns(address) for address in [refused, *others]),
               LIMIT_S, "it is master, with all of them")
