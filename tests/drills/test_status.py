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


def priorities_of(instance):
    """Base and effective priority."""
    return instance["priority_base"], instance["priority_effective"]


def test_instance_tells_state_reason_priorities_master_and_addresses(vrrp_pair):
    """The same virtual router, seen from both ends."""
    master, backup = (instance_of(director) for director in vrrp_pair.directors)
    assert (master["name"], master["state"]) == ("VI_2", "MASTER")
    assert (backup["name"], backup["state"]) == ("VI_2", "BACKUP")
    assert priorities_of(master) == (MASTER_PRIORITY, MASTER_PRIORITY)
    assert priorities_of(backup) == (BACKUP_PRIORITY, BACKUP_PRIORITY)
    assert (master["master"]["address"], master["master"]["self"]) == (vrrp_pair.master.address,
                                                                       True)
    assert (backup["master"]["address"], backup["master"]["self"]) == (vrrp_pair.master.address,
                                                                       False)
    assert backup["master"]["priority"] == MASTER_PRIORITY
    for instance, present in ((master, True), (backup, False)):
        (address,) = instance["addresses"]
        assert (address["address"], address["present"]) == ("172.16.1.18/24", present)
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


def test_router_that_disagrees_is_told_on_both_sides(vrrp_pair):
    """Another password: two masters, and nobody says that all is well."""
    director = vrrp_pair.backup
    director.daemon.write_configuration(
        director.configuration.replace("auth_pass 1111", "auth_pass 2222"))
    assert director.daemon.reload() is None
    for each in vrrp_pair.directors:
        wait_until(lambda each=each: instance_of(each)["complaint"],
                   advert_limit_s(BACKUP_PRIORITY) + 1 + SLACK_S, f"{each.name} complains")
        assert "another password" in instance_of(each)["complaint"]["text"]
        text = each.daemon.control("status")
        assert "all well" not in text
        assert "make auth_pass the same on all routers" in " ".join(text.split())


@pytest.mark.ipvs
def test_services_tell_servers_weights_checks_and_connections(mysql_pair):
    """The master's table as the daemon sees it, with the kernel's counts."""
    assert mysql_pair.answer()

    def checked():
        document = mysql_pair.master.daemon.status()
        return all(server["checks"][0]["last_result"]
                   for server in document["services"][0]["servers"]) and document
    status = wait_until(checked, CHECKS_LIMIT_S, "each server was checked once")
    (service,) = status["services"]
    servers = {server["address"]: server for server in service["servers"]}
    assert set(servers) == {"172.16.1.7", "172.16.1.51"}
    for server in servers.values():
        assert (server["port"], server["weight"], server["state"]) == (3306, 1, "up")
        assert server["admin"] == "ready"
        (check,) = server["checks"]
        assert (check["kind"], check["last_result"]["class"]) == ("TCP_CHECK", "ok")
        assert check["last_result"]["text"] and check["last_result"]["at"]
    assert sum(server["connections"]["active"] + server["connections"]["inactive"]
               for server in servers.values()) >= 1
    assert (status["ipvs"]["available"], status["ipvs"]["foreign"]) == (True, [])
    assert set(status["reload"]["last"]) >= {"result", "at", "duration_ms"}
    assert status["loop"]["lag"]["count"] >= 1
    name = 'service="172.16.1.18:3306/tcp"'

    def counted():  # the kernel adds them up every two seconds
        lines = mysql_pair.master.daemon.control("metrics").splitlines()
        values = [int(line.rpartition(" ")[2]) for line in lines if line.startswith(
            (f"holdfast_service_connections_total{{{name}}} ",
             f'holdfast_service_bytes_total{{{name},direction="in"}} '))]
        assert len(values) == 2, lines
        return min(values) >= 1 and lines
    metrics = wait_until(counted, 8 + SLACK_S, "the kernel's counters are metrics")
    assert "holdfast_ipvs_available 1" in metrics
    assert f"holdfast_service_in_kernel{{{name}}} 1" in metrics
    assert f'holdfast_server_in_kernel{{{name},server="172.16.1.7:3306"}} 1' in metrics


@pytest.mark.ipvs
def test_dead_server_is_told_with_the_reason(mysql_pair):
    """Down, and why."""
    server = mysql_pair.server("db-07")
    server.kill()

    def told():
        (service,) = mysql_pair.master.daemon.status()["services"]
        (dead,) = (each for each in service["servers"] if each["address"] == "172.16.1.7")
        return dead["state"] == "down" and dead
    dead = wait_until(told, CHECKS_LIMIT_S, "db-07 is told to be down")
    (check,) = dead["checks"]
    assert check["last_result"]["class"] == "refused"
    assert "refused" in check["last_result"]["text"]
    assert dead["since"]


@pytest.mark.ipvs
def test_somebody_elses_service_is_told_as_foreign(mysql_pair):
    """Shown, so that nobody wonders what else the director serves."""
    director = mysql_pair.master
    director.host.run("ipvsadm", "-A", "-t", "192.0.2.9:9999", "-s", "rr")
    try:
        assert director.daemon.reload() is None
        (foreign,) = wait_until(lambda: director.daemon.status()["ipvs"]["foreign"], 5 + SLACK_S,
                                "the foreign service is told")
        assert foreign["service"] == "192.0.2.9:9999/tcp"
    finally:
        director.host.run("ipvsadm", "-D", "-t", "192.0.2.9:9999")
