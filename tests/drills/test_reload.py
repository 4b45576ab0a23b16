# SPDX-License-Identifier: Apache-2.0
"""Reload is a difference, restart is a difference against the kernel: nothing else is touched."""

import re

import pytest

from lib import ipvs
from lib.clients import mysql_ask, mysql_connect
from lib.daemons import advert_limit_s
from lib.netlink import NetlinkMonitor
from lib.pairs import MASTER_PRIORITY
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

SESSION_LIMIT_S = 30


def last_advert(pair):
    """When the master spoke last."""
    return pair.capture.adverts(pair.master.address)[-1].at


def assert_adverts_kept_coming(pair, since):
    """The master's adverts from a time on came each second, and nobody else's came."""
    wait_until(lambda: len(pair.capture.adverts(pair.master.address, since)) >= 4, 4 + SLACK_S,
               "more adverts")
    times = [advert.at for advert in pair.capture.adverts(pair.master.address, since)]
    assert all(after - before < 1 + SLACK_S for before, after in zip(times, times[1:]))
    assert not pair.capture.adverts(pair.backup.address, since)


def test_reload_that_changes_one_weight_writes_that_and_nothing_else(mysql_pair):
    """One netlink request that changes anything; the session, the adverts, the rest live on."""
    director = mysql_pair.master
    session = mysql_connect(mysql_pair.client, mysql_pair.vip, SESSION_LIMIT_S)
    mine = mysql_ask(session)
    before = last_advert(mysql_pair)
    with NetlinkMonitor(director.host) as monitor:
        director.daemon.write_configuration(director.configuration.replace(
            "real_server 172.16.1.7 3306 { weight 1", "real_server 172.16.1.7 3306 { weight 3"))
        assert director.daemon.reload() is None
        wait_until(lambda: ipvs.destinations(director.host, mysql_pair.layout.service)
                   == {"172.16.1.7:3306": 3, "172.16.1.51:3306": 1}, 5 + SLACK_S, "the new weight")
        assert_adverts_kept_coming(mysql_pair, before)
        assert monitor.writes() == ["ipvs SET_DEST"]
    assert mysql_ask(session) == mine
    session.close()


def test_reload_of_an_unchanged_file_writes_nothing(mysql_pair):
    """The same file again."""
    before = last_advert(mysql_pair)
    with NetlinkMonitor(mysql_pair.master.host) as monitor:
        assert mysql_pair.master.daemon.reload() is None
        assert_adverts_kept_coming(mysql_pair, before)
        assert monitor.writes() == []


def test_reload_with_a_broken_file_changes_nothing_and_says_why(mysql_pair):
    """Refused with file, line and column; everything runs on; the repaired file is taken."""
    director = mysql_pair.master
    before = last_advert(mysql_pair)
    with NetlinkMonitor(director.host) as monitor:
        director.daemon.write_configuration(
            director.configuration.replace("lb_algo wrr", "lb_algoo wrr"))
        refusal = director.daemon.reload()
        assert refusal is not None, "a broken file was taken"
        assert re.search(rf"{re.escape(str(director.daemon.file))}:\d+:\d+: error: .*lb_algoo",
                         refusal)
        assert_adverts_kept_coming(mysql_pair, before)
        assert monitor.writes() == []
    assert ipvs.table(director.host) == mysql_pair.layout.table
    assert mysql_pair.owners() == [director.name]
    last = director.daemon.status()["reload"]["last"]
    assert (last["result"], last["diagnostics"][0]["severity"]) == ("failed", "error")
    director.daemon.write_configuration(director.configuration)
    assert director.daemon.reload() is None
    assert director.daemon.status()["reload"]["last"]["result"] == "ok"


def test_restart_after_kill_9_loses_no_connection(mysql_pair):
    """The table is adopted as it is, the address comes back, and the open session goes on."""
    director = mysql_pair.master
    mysql_pair.backup.daemon.terminate()  # alone, so that no takeover answers for the restart
    session = mysql_connect(mysql_pair.client, mysql_pair.vip, SESSION_LIMIT_S)
    mine = mysql_ask(session)
    director.daemon.kill()
    assert ipvs.table(director.host) == mysql_pair.layout.table, "the kernel lost the table"
    with NetlinkMonitor(director.host) as monitor:
        director.daemon.start()
        wait_until(lambda: director.daemon.became_master(), advert_limit_s(MASTER_PRIORITY),
                   "the restarted master is master again")
        assert mysql_ask(session) == mine
        wait_until(lambda: director.host.owns(mysql_pair.vip), 5 + SLACK_S, "the address is there")
        written = [write for write in monitor.writes() if write.startswith("ipvs ")]
        assert written == [], "the restart touched a table that was right"
    assert ipvs.table(director.host) == mysql_pair.layout.table
    assert mysql_ask(session) == mine
    session.close()


def test_stop_and_start_leave_what_somebody_else_has_made(mysql_pair):
    """A service that is not ours is never touched, not even by a stop."""
    director = mysql_pair.master
    foreign = "-A -t 192.0.2.9:9999 -s rr"
    director.host.run("ipvsadm", *foreign.split())
    try:
        assert director.daemon.reload() is None
        assert ipvs.table(director.host) == sorted([foreign, *mysql_pair.layout.table])
        director.daemon.terminate()
        assert ipvs.table(director.host) == [foreign]
        director.daemon.start()
        wait_until(lambda: ipvs.table(director.host)
                   == sorted([foreign, *mysql_pair.layout.table]), 2 + SLACK_S,
                   "our table beside the foreign service")
    finally:
        director.host.run("ipvsadm", "-D", "-t", "192.0.2.9:9999")
