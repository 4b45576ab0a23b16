# SPDX-License-Identifier: Apache-2.0
"""The pages of doc/ that need IPVS tell the truth: carried out from their top to their bottom."""

import pytest

from lib import scenes
from lib.topology import Topology
from test_guide import BY_NAME, IPVS_SCENE

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]


@pytest.mark.parametrize("name", IPVS_SCENE)
def test_page_tells_the_truth(name):
    """On the machines that all of them share the plan of."""
    with Topology() as net:
        scene = scenes.pair if name.endswith("first-pair.md") else scenes.site
        scene(net).read(BY_NAME[name])
