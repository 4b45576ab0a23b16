# SPDX-License-Identifier: Apache-2.0
"""What all drills share: the daemon under test, topologies, and what is shown when one fails."""

import pathlib

import pytest

from lib import lab
from lib.pairs import MySqlLayout, Pair, WebLayout
from lib.topology import Topology, report_open


def pytest_addoption(parser):
    """--daemon keepalived proves the drills themselves, against a daemon that is known."""
    parser.addoption("--daemon", choices=("holdfast", "keepalived"), default="holdfast",
                     help="what runs on the directors")
    parser.addoption("--share", metavar="FOLDER", type=pathlib.Path,
                     help="run only files that nobody else with this folder has begun")


def pytest_collection_modifyitems(config, items):
    """Leaves out what keepalived cannot do; pytest counts it as deselected."""
    if config.getoption("--daemon") == "holdfast":
        return
    ours = [item for item in items if item.get_closest_marker("ours")]
    config.hook.pytest_deselected(items=ours)
    items[:] = [item for item in items if item not in ours]


class Share:
    """Files of drills that are divided among several runs, each to who comes first."""

    def __init__(self, folder):
        self.folder = folder
        self.mine = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item):
        """Says that there is nothing to run where the drill's file is somebody else's."""
        if item.path not in self.mine:
            try:
                (self.folder / f"{item.path.parent.name}.{item.path.stem}").mkdir()
                self.mine[item.path] = True
            except FileExistsError:
                self.mine[item.path] = False
        return None if self.mine[item.path] else True


def pytest_configure(config):
    """Shares the drills, if they are to be."""
    if folder := config.getoption("--share"):
        config.pluginmanager.register(Share(folder))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """A drill that needs IPVS fails at once on a kernel without, and says what to do."""
    if item.get_closest_marker("ipvs") and not lab.has_ipvs():
        pytest.fail("this kernel has no IPVS: run `./dev drill`", pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Shows what the programs said last when a drill fails."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and (logs := report_open()):
        report.sections.append(("programs", logs))


@pytest.fixture(scope="session")
def kind(request):
    """What runs on the directors: "holdfast" or "keepalived"."""
    return request.config.getoption("--daemon")


@pytest.fixture
def net():
    """An empty topology."""
    with Topology() as topology:
        yield topology


@pytest.fixture
def vrrp_pair(net, kind):
    """The seed's directors and a client, without virtual servers: runs on any kernel."""
    pair = Pair(net, (kind, kind), MySqlLayout, vrrp_only=True)
    pair.start()
    return pair


@pytest.fixture(scope="module")
def mysql_installation(kind):
    """The seed's MySQL installation, up once for all drills of a module."""
    yield from _installation(kind, MySqlLayout)


@pytest.fixture(scope="module")
def web_installation(kind):
    """The seed's web installation, up once for all drills of a module."""
    yield from _installation(kind, WebLayout)


def _installation(kind, layout):
    with Topology() as topology:
        pair = Pair(topology, (kind, kind), layout)
        pair.add_servers()
        pair.start()
        yield pair


@pytest.fixture
def mysql_pair(mysql_installation):
    """The seed's MySQL installation, whole: what the drill before took away is back."""
    mysql_installation.restore()
    return mysql_installation


@pytest.fixture
def web_pair(web_installation):
    """The seed's web installation, whole: what the drill before took away is back."""
    web_installation.restore()
    return web_installation
