# SPDX-License-Identifier: Apache-2.0
"""What holdfastctl tells of the running seed pair."""

import pytest

from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, CHECKS_LIMIT_S, MASTER_PRIORITY
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours


def instance_of(director):
    """The only instance's status."""
    (instance,) = director.daemon.status()["instances"]
    return instance


def test_instance_tells_state_reason_priorities_master_and_addresses(vrrp_pair):
    """The same virtual router, seen from both ends."""
    master, backup = (instance_of(director) for director in vrrp_pair.directors)
    assert (master["name"], master["state"]) == ("VI_2", "MASTER")
    assert (backup["name"], backup["state"]) == ("VI_2", "BACKUP")
    assert master["priority"] == {"base": MASTER_PRIORITY, "effective": MASTER_PRIORITY}
    assert backup["priority"] == {"base": BACKUP_PRIORITY, "effective": BACKUP_PRIORITY}
    assert {master["master"], backup["master"]} == {vrrp_pair.master.address}
    assert [address["address"] for address in master["addresses"]] == ["172.16.1.18/24"]
    assert master["since"] and master["reason"]


def test_reason_of_a_takeover_is_told(vrrp_pair):
    """The backup knows why it is master."""
    vrrp_pair.master.daemon.kill()
    wait_until(lambda: instance_of(vrrp_pair.backup)["state"] == "MASTER",
               advert_limit_s(BACKUP_PRIORITY) + SLACK_S, "the backup says that it is master")
    assert "no advert" in instance_of(vrrp_pair.backup)["reason"]


def test_status_in_words_names_the_instance_and_its_state(vrrp_pair):
    """The table for people."""
    text = vrrp_pair.master.daemon.control("status")
    (line,) = (line for line in text.splitlines() if "VI_2" in line)
    assert "MASTER" in line


@pytest.mark.ipvs
def test_services_tell_servers_weights_checks_and_connections(mysql_pair):
    """The master's table as the daemon sees it, with the kernel's counts."""
    assert mysql_pair.answer()
    status = mysql_pair.master.daemon.status()
    (service,) = status["virtual_servers"]
    servers = {server["address"]: server for server in service["real_servers"]}
    assert set(servers) == {"172.16.1.7", "172.16.1.51"}
    for server in servers.values():
        assert (server["port"], server["weight"], server["up"]) == (3306, 1, True)
        assert server["admin"] == "ready"
        assert server["check"]["result"] and server["check"]["at"]
    assert sum(server["connections"]["active"] + server["connections"]["inactive"]
               for server in servers.values()) >= 1
    assert status["ipvs"] == {"available": True, "foreign": []}
    assert set(status["reload"]) >= {"result", "at", "duration_ms"}
    assert status["loop"]


@pytest.mark.ipvs
def test_dead_server_is_told_with_the_reason(mysql_pair):
    """Down, and why."""
    server = mysql_pair.server("db-07")
    server.kill()

    def told():
        (service,) = mysql_pair.master.daemon.status()["virtual_servers"]
        (dead,) = (each for each in service["real_servers"] if each["address"] == "172.16.1.7")
        return not dead["up"] and dead
    dead = wait_until(told, CHECKS_LIMIT_S, "db-07 is told to be down")
    assert "refused" in dead["check"]["result"]
