# SPDX-License-Identifier: Apache-2.0
"""Signed adverts (auth_hmac): who is heard, a change of keys, and recorded packets."""

import re
import socket

import pytest

from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, LayoutV6, MySqlLayout, MySqlLayoutV3, Pair, unicast
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

KEYS = {1: "hex:" + "0123456789abcdef" * 4, 2: "another-key-that-is-long-enough-"}


def signed(layout, words):
    """A layout whose adverts are signed."""
    configuration = re.sub(r"    authentication \{.*?\}\n", "", layout.configuration,
                           flags=re.DOTALL)
    return type("Signed", (layout,), {"configuration": configuration.replace(
        "virtual_ipaddress {", f"auth_hmac {{\n        {words}\n    }}\n    virtual_ipaddress {{",
        1)})


ONE_KEY = f"key 1 {KEYS[1]}\n        active_key 1"


def started(net, layout):
    """A settled pair."""
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    return pair


def hmac(director):
    """The counters of the instance."""
    return director.daemon.status()["instances"][0]["counters"]["hmac"]


@pytest.mark.parametrize("layout", [MySqlLayout, MySqlLayoutV3, LayoutV6, unicast(MySqlLayoutV3)],
                         ids=["v2", "v3", "v6", "unicast"])
def test_signed_adverts_are_heard_and_takeovers_work(net, layout):
    """Each version and transport; nothing is refused."""
    pair = started(net, signed(layout, ONE_KEY))
    wait_until(lambda: hmac(pair.backup)["ok"] > 3, 10, "adverts are admitted")
    assert all(director_hmac == 0 for name, director_hmac in hmac(pair.backup).items()
               if name != "ok")
    pair.master.daemon.kill()
    wait_until(lambda: pair.backup.host.owns(pair.vip),
               advert_limit_s(BACKUP_PRIORITY, layout.interval_s) + SLACK_S, "a takeover")


def test_unsigned_adverts_count_where_the_mode_says_so(net):
    """permissive admits them, enforce does not: the change of a site goes through permissive."""
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY + "\n        mode permissive"))
    plain = MySqlLayoutV3.configuration.partition("virtual_server ")[0]
    pair.master.daemon.write_configuration(plain)
    assert pair.master.daemon.reload() is None
    wait_until(lambda: hmac(pair.backup)["unsigned_admitted"] > 3, 5, "they are admitted")
    assert pair.owners() == [pair.master.name]
    pair.backup.daemon.write_configuration(pair.backup.configuration.replace(
        "mode permissive", "mode enforce"))
    assert pair.backup.daemon.reload() is None
    wait_until(lambda: len(pair.owners()) == 2, 5, "the backup hears nobody")
    assert hmac(pair.backup)["unsigned"] > 0


def test_keys_are_changed_without_a_flap(net):
    """Both keys everywhere, then the other one active, then the first one gone."""
    both = f"key 1 {KEYS[1]}\n        key 2 {KEYS[2]}\n        active_key"
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY))
    for words in (f"{both} 1", f"{both} 2", f"key 2 {KEYS[2]}\n        active_key 2"):
        for director in (pair.backup, pair.master):
            director.daemon.write_configuration(
                director.configuration.replace(ONE_KEY, words))
            assert director.daemon.reload() is None
            hold(lambda: pair.owners() == [pair.master.name], 0.5, "the master alone is master")
    before = hmac(pair.backup)["ok"]
    wait_until(lambda: hmac(pair.backup)["ok"] > before + 2, 5, "adverts are admitted")


def test_recorded_packets_are_refused(net):
    """The master's own packet, sent again by somebody else in its name."""
    pair = started(net, signed(MySqlLayoutV3, ONE_KEY))
    wait_until(lambda: pair.capture.adverts(pair.master.address), 5, "an advert")
    frame = next(frame for _, frame in pair.capture.frames
                 if frame[12:14] == b"\x08\x00" and frame[23] == 112)
    assert len(frame) == 14 + 20 + 12 + 28
    with pair.client.entered(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("eth1", 0))
        for _ in range(3):
            sender.send(frame)
    wait_until(lambda: hmac(pair.backup)["replayed"] == 3, 5, "they are counted")
    assert pair.owners() == [pair.master.name]
