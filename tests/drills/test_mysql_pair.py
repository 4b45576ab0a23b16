# SPDX-License-Identifier: Apache-2.0
"""The seed's MySQL installation, whole: two directors, two real MariaDB servers, one client."""

import pytest

from lib import ipvs
from lib.clients import SteadyLoad, mysql_ask, mysql_connect, mysql_query
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, CHECKS_LIMIT_S
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ipvs

SKEW_S = (256 - BACKUP_PRIORITY) / 256
REQUEST_LIMIT_S = 1 + SLACK_S
NAMES = {"db-07", "db-51"}


def steady_queries(pair):
    """The client asks `SELECT @@hostname` five times a second."""
    return SteadyLoad(pair.client, pair.layout.request(pair.vip), 0.2, REQUEST_LIMIT_S)


def names_by_client(pair):
    """Which server answers each of the client's addresses."""
    return {source: mysql_query(pair.vip, source=source)(pair.client, REQUEST_LIMIT_S)
            for source in pair.layout.clients}


def test_table_is_the_one_that_the_article_types_by_hand(mysql_pair):
    """`ipvsadm -Ln` shows it, and `ipvsadm -Sn` gives the article's own commands."""
    for director in mysql_pair.directors:
        assert ipvs.table(director.host) == mysql_pair.layout.table
    lines = [line.split() for line in ipvs.listing(mysql_pair.master.host).splitlines()]
    assert ["TCP", "172.16.1.18:3306", "wrr", "persistent", "20"] in lines
    assert sorted(line[1:4] for line in lines[4:]) == [
        ["172.16.1.51:3306", "Route", "1"], ["172.16.1.7:3306", "Route", "1"]]


def test_both_servers_answer_and_a_client_stays_with_its_own(mysql_pair):
    """wrr spreads clients; persistence keeps each with its server."""
    first = names_by_client(mysql_pair)
    assert set(first.values()) == NAMES
    for _ in range(3):
        assert names_by_client(mysql_pair) == first


def takeover_under_load(pair, lose_master, limit_s):
    """The backup serves the client's queries within a limit after the master is lost."""
    with steady_queries(pair) as load:
        wait_until(load.answered, REQUEST_LIMIT_S, "the client is served")
        at = lose_master()
        wait_until(lambda: pair.backup.host.owns(pair.vip), limit_s,
                   f"{pair.backup.name} takes {pair.vip}")
        announced = wait_until(
            lambda: pair.capture.announcements(pair.vip, pair.backup.host.mac("eth1"), at),
            CHECKS_LIMIT_S, "the new master announces itself")[0].at
        answer = wait_until(lambda: load.first_answer(announced), REQUEST_LIMIT_S, "an answer")
    assert answer.answer in NAMES
    assert all(at - REQUEST_LIMIT_S < request.sent < announced + SLACK_S for request in load.lost())
    assert ipvs.table(pair.backup.host) == pair.layout.table


def test_backup_serves_after_the_master_is_killed(mysql_pair):
    """kill -9 of the daemon."""
    takeover_under_load(mysql_pair, mysql_pair.master.daemon.kill, advert_limit_s(BACKUP_PRIORITY))


def test_backup_serves_after_the_master_is_stopped(mysql_pair):
    """SIGTERM: after the skew time alone, and the table is gone from the old master."""
    takeover_under_load(mysql_pair, mysql_pair.master.daemon.terminate, SKEW_S + SLACK_S)
    assert ipvs.table(mysql_pair.master.host) == []


def test_backup_serves_after_the_master_loses_its_link(mysql_pair):
    """The cable is pulled, and put back: the client is served meanwhile and after."""
    def pull():
        at = mysql_pair.capture.adverts(mysql_pair.master.address)[-1].at
        mysql_pair.master.host.unplug("eth1")
        return at
    takeover_under_load(mysql_pair, pull, advert_limit_s(BACKUP_PRIORITY))
    mysql_pair.master.host.plug("eth1")
    mysql_pair.wait_settled()


def test_backup_serves_after_the_master_loses_its_power(mysql_pair):
    """Everything of the machine is gone at once."""
    takeover_under_load(mysql_pair, mysql_pair.master.lose_power, advert_limit_s(BACKUP_PRIORITY))


def test_returning_master_serves_again(mysql_pair):
    """After a crash: it takes the address back, and queries are lost neither before nor after."""
    mysql_pair.master.lose_power()
    wait_until(lambda: mysql_pair.backup.host.owns(mysql_pair.vip),
               advert_limit_s(BACKUP_PRIORITY), "the backup takes over")
    wait_until(mysql_pair.answer, REQUEST_LIMIT_S, "the backup serves")
    with steady_queries(mysql_pair) as load:
        mysql_pair.master.boot()
        mysql_pair.wait_settled()
        settled = wait_until(lambda: load.answered()[-1], 1, "answers").ended
        wait_until(lambda: load.first_answer(settled), REQUEST_LIMIT_S, "the master serves")
    assert len(load.lost()) <= 1, "the hand-over back cost more than the request under way"


def test_dead_server_is_taken_out_and_returns(mysql_pair):
    """A killed MariaDB leaves the table within the checks' time; started again it is back."""
    name = mysql_pair.answer()
    server = mysql_pair.server(name)
    (other,) = NAMES - {name}
    dead = mysql_pair.real_server(server)
    director = mysql_pair.master.host
    server.kill()
    wait_until(lambda: dead not in ipvs.destinations(director, mysql_pair.layout.service),
               CHECKS_LIMIT_S, f"{name} is out of the table")
    wait_until(lambda: mysql_pair.answer() == other, 5 + SLACK_S, f"{other} answers alone")
    assert set(names_by_client(mysql_pair).values()) == {other}
    server.start()
    server.wait_ready()
    wait_until(lambda: ipvs.table(director) == mysql_pair.layout.table, CHECKS_LIMIT_S,
               f"{name} is back in the table")


def test_connection_lives_through_the_death_of_the_other_server(mysql_pair):
    """A session with one server does not notice that the other is taken out and put back."""
    session = mysql_connect(mysql_pair.client, mysql_pair.vip, 30)
    mine = mysql_ask(session)
    (other,) = NAMES - {mine}
    server = mysql_pair.server(other)
    director = mysql_pair.master.host
    server.kill()
    wait_until(lambda: list(ipvs.destinations(director, mysql_pair.layout.service))
               == [mysql_pair.real_server(mysql_pair.server(mine))],
               CHECKS_LIMIT_S, f"{other} is out of the table")
    assert mysql_ask(session) == mine
    server.start()
    server.wait_ready()
    mysql_pair.wait_settled()
    assert mysql_ask(session) == mine
    session.close()
