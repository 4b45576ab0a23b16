# SPDX-License-Identifier: Apache-2.0
"""A kernel without IPVS: said once, VRRP and checks go on. These drills need such a kernel."""

import pytest

from lib import lab
from lib.pairs import MySqlLayout, Pair
from lib.waiting import hold

pytestmark = [pytest.mark.ours,
              pytest.mark.skipif(lab.has_ipvs(), reason="this kernel has IPVS")]


def test_missing_ipvs_is_said_once_and_vrrp_goes_on(net, kind):
    """The seed's whole file: one line in the log, told in the status, the address held."""
    pair = Pair(net, (kind, kind), MySqlLayout)
    pair.start()
    director = pair.master
    assert director.daemon.status()["ipvs"]["available"] is False
    hold(lambda: director.host.owns(pair.vip), 2, "the address is held")
    lines = [line.text for line in director.daemon.process.log if "ipvs" in line.text.lower()]
    assert len(lines) == 1, lines
