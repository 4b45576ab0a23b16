# SPDX-License-Identifier: Apache-2.0
"""Adverts with the Authentication Header (auth_type AH): who is heard, who is not, and recordings."""

import socket

import pytest

from lib.pairs import MySqlLayoutAh, Pair, unicast
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

IP_PROTOCOL_AH = 51
LIMIT_S = 10  # for what comes true, whenever the machine gets to it


def started(net, layout=MySqlLayoutAh, kinds=("holdfast", "holdfast")):
    """A settled pair."""
    pair = Pair(net, kinds, layout, vrrp_only=True)
    pair.start()
    return pair


def counters(director):
    """What became of each advert that the instance has heard."""
    return director.daemon.status()["instances"][0]["counters"]["ah"]


@pytest.mark.parametrize("layout", [MySqlLayoutAh, unicast(MySqlLayoutAh)],
                         ids=["multicast", "unicast"])
def test_authenticated_adverts_are_heard_and_takeovers_work(net, layout):
    """Nothing is refused, also of a director that was killed and started again."""
    pair = started(net, layout)
    wait_until(lambda: counters(pair.backup)["ok"] > 2, LIMIT_S, "adverts are admitted")
    pair.master.daemon.kill()
    wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "a takeover")
    pair.master.daemon.start()
    wait_until(lambda: pair.owners() == [pair.master.name], LIMIT_S, "the master is back")
    assert all(number == 0 for director in pair.directors
               for word, number in counters(director).items() if word != "ok")


def test_the_password_is_not_on_the_wire(net):
    """It is the key: the place where version 2 sends one holds zeros; the numbers grow."""
    pair = started(net)
    adverts = wait_until(lambda: pair.capture.adverts(pair.master.address)[2:], LIMIT_S, "adverts")
    assert all(advert.auth_type == 2 and advert.auth_data == bytes(8) and advert.ttl == 255
               and advert.tos == 0xC0 for advert in adverts)
    numbers = [advert.sequence for advert in pair.capture.adverts(pair.master.address)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("change, word, cure", [
    (("auth_pass 1111", "auth_pass 2222"), "wrong_icv", "make auth_pass the same on all routers"),
    (("auth_type AH", "auth_type PASS"), "missing", "make auth_type AH on all routers"),
], ids=["other-password", "no-header"])
def test_who_does_not_belong_is_refused_counted_and_told(net, change, word, cure):
    """A master with another password, or without the header, is no master to the backup."""
    pair = started(net)
    pair.master.daemon.write_configuration(pair.master.configuration.replace(*change))
    assert pair.master.daemon.reload() is None
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "the backup hears nobody")
    wait_until(lambda: counters(pair.backup)[word] > 0, LIMIT_S, "it is counted")
    assert cure in " ".join(pair.backup.daemon.control("status").split())


def test_a_recording_takes_nobody_in(net):
    """The words of a master that is gone, played again, keep nobody from taking over."""
    pair = started(net)
    wait_until(lambda: counters(pair.backup)["ok"] > 1, LIMIT_S, "the backup hears the master")
    wait_until(lambda: pair.capture.adverts(pair.master.address), LIMIT_S, "an advert")
    killed = pair.master.daemon.kill()
    recorded = [frame for _, frame in pair.capture.frames if frame[23] == IP_PROTOCOL_AH][-1]
    with pair.client.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as player:
        player.bind(("eth1", 0))

        def taken_over():
            player.send(recorded)
            return pair.backup.host.owns(pair.vip)

        wait_until(taken_over, LIMIT_S, "a takeover")
    assert counters(pair.backup)["replayed"] > 0
    wait_until(lambda: pair.capture.adverts(pair.backup.address, killed), LIMIT_S, "its adverts")


@pytest.mark.parametrize("ours", [0, 1], ids=["master", "backup"])
def test_keepalived_with_another_password_is_refused(net, ours):
    """And keepalived refuses ours: both hold the address, as two strangers do."""
    kinds = ["keepalived", "keepalived"]
    kinds[ours] = "holdfast"
    pair = started(net, kinds=tuple(kinds))
    other = pair.directors[1 - ours]
    other.daemon.terminate()
    other.daemon.write_configuration(
        other.configuration.replace("auth_pass 1111", "auth_pass 2222"))
    other.daemon.start()
    wait_until(lambda: len(pair.owners()) == 2, 2 * LIMIT_S, "neither hears the other")
    wait_until(lambda: counters(pair.directors[ours])["wrong_icv"] > 0, LIMIT_S, "it is counted")
    hold(lambda: len(pair.owners()) == 2, 2, "neither gives in")
