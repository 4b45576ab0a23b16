# SPDX-License-Identifier: Apache-2.0
"""The seed's web installation: LVS in front, two nginx as L7 proxies behind VIP 10.0.0.17:80."""

import pytest

from lib import ipvs
from lib.clients import SteadyLoad
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, CHECKS_LIMIT_S
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ipvs

REQUEST_LIMIT_S = 1 + SLACK_S
NAMES = {"web-07", "web-08"}


def test_table_is_the_files(web_pair):
    """Two servers by direct routing, weighted round robin."""
    for director in web_pair.directors:
        assert ipvs.table(director.host) == web_pair.layout.table


def test_requests_alternate_between_the_servers(web_pair):
    """Equal weights without persistence: every other request each."""
    names = [web_pair.answer() for _ in range(8)]
    assert names[::2] == names[0:1] * 4
    assert names[1::2] == names[1:2] * 4
    assert set(names) == NAMES


def test_backup_serves_after_the_master_loses_its_power(web_pair):
    """A steady load of requests: all that were sent after the announcement are answered."""
    with SteadyLoad(web_pair.client, web_pair.layout.request(web_pair.vip), 0.1,
                    REQUEST_LIMIT_S) as load:
        wait_until(load.answered, REQUEST_LIMIT_S, "the client is served")
        lost_power = web_pair.master.lose_power()
        mac = web_pair.backup.host.mac("eth1")
        announced = wait_until(
            lambda: web_pair.capture.announcements(web_pair.vip, mac, lost_power),
            advert_limit_s(BACKUP_PRIORITY) + SLACK_S, "the new master announces itself")[0].at
        wait_until(lambda: len(load.answered(announced)) >= 10, 2 + 2 * SLACK_S, "ten answers")
    assert {request.answer for request in load.answered(announced)} == NAMES
    assert all(lost_power - REQUEST_LIMIT_S < request.sent < announced + SLACK_S
               for request in load.lost())


def test_dead_server_is_taken_out_and_returns(web_pair):
    """nginx dies: the other answers everything; nginx starts: both answer again."""
    server = web_pair.server("web-07")
    director = web_pair.master.host
    server.kill()
    wait_until(lambda: list(ipvs.destinations(director, web_pair.layout.service))
               == ["10.0.0.8:80"], CHECKS_LIMIT_S, "web-07 is out of the table")
    assert [web_pair.answer() for _ in range(4)] == ["web-08"] * 4
    server.start()
    server.wait_ready()
    wait_until(lambda: ipvs.table(director) == web_pair.layout.table, CHECKS_LIMIT_S,
               "web-07 is back in the table")
    assert {web_pair.answer() for _ in range(4)} == NAMES
