# SPDX-License-Identifier: Apache-2.0
"""A director that is no more than a user with three capabilities: contrib/container/Containerfile."""

import pytest

from lib.pairs import MySqlLayout, Pair
from lib.unprivileged import USER, Unprivileged, capabilities
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 15  # for what comes true, whenever the machine gets to it


def test_a_user_with_three_capabilities_is_a_director(net):
    """It holds the address, hands it over, takes it over, and comes back after kill -9 as master."""
    pair = Pair(net, ("holdfast", "holdfast"), MySqlLayout, vrrp_only=True)
    for director in pair.directors:
        director.daemon.__class__ = Unprivileged
    pair.start()
    daemon = pair.master.daemon
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        facts = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    assert set(facts["Uid"].split()) == {str(USER)}
    assert int(facts["CapEff"], 16).bit_count() == len(capabilities()) == 3
    assert int(facts["CapBnd"], 16).bit_count() <= 3, "no program that it starts has more"
    daemon.kill()
    daemon.start()
    assert daemon.process.wait_for("-> MASTER: restarted", LIMIT_S)
    daemon.terminate()
    wait_until(lambda: pair.owners() == [pair.backup.name], LIMIT_S, "the other one takes over")
    daemon.start()
    wait_until(lambda: pair.owners() == [pair.master.name], LIMIT_S, "and gives it back")
