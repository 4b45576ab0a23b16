# SPDX-License-Identifier: Apache-2.0
"""The pages of doc/ that need IPVS tell the truth: carried out from their top to their bottom."""

import pytest

from lib import scenes
from lib.topology import Topology
from test_guide import BY_NAME, IPVS_PAIR, IPVS_SITE

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]


@pytest.fixture(scope="module")
def site():
    """The machines of all pages about modes, made once: a guest takes its time for each."""
    with Topology() as net:
        yield scenes.site(net)


@pytest.mark.parametrize("name", IPVS_SITE)
def test_page_on_the_site_tells_the_truth(name, site):
    """Each finds the machines as the one before found them."""
    site.read(BY_NAME[name])
    site.leave()


def test_the_first_pair_is_made_in_ten_minutes(net):
    """From the text of the page alone: files, commands, a server and a director lost and back."""
    scenes.pair(net).read(BY_NAME[IPVS_PAIR])
