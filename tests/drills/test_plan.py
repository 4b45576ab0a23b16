# SPDX-License-Identifier: Apache-2.0
"""`holdfastctl plan`: what a reload would do, told before anybody does it."""

import json
import subprocess

import pytest

from lib.clients import mysql_ask, mysql_connect
from lib.daemons import BUILD
from lib.netlink import NetlinkMonitor

pytestmark = pytest.mark.ours

SESSION_LIMIT_S = 30


def plan(director, text, *options):
    """Runs holdfastctl plan over a file with this text; returns status, output, errors."""
    file = director.daemon.directory / "next.conf"
    file.write_text(text)
    with director.host.entered():
        done = subprocess.run([BUILD / "holdfastctl", "--socket", director.daemon.socket, *options,
                               "plan", file], check=False, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def changes_of(director, text):
    """The plan as a program reads it."""
    status, out, errors = plan(director, text, "--json")
    assert status == 0, errors
    return json.loads(out)


def test_the_running_file_would_change_nothing(vrrp_pair):
    """Nor would the same configuration, written otherwise."""
    director = vrrp_pair.master
    status, out, _ = plan(director, director.configuration)
    assert (status, out.splitlines()[0].endswith("a reload would change nothing")) == (0, True)
    with director.host.entered():
        dump = subprocess.run([BUILD / "holdfastd", "--dump-config", "-f", director.daemon.file],
                              check=True, capture_output=True, text=True).stdout
    assert changes_of(director, dump)["changes"] == []


def test_what_changes_is_told_with_old_and_new_values(vrrp_pair):
    """Settings, addresses, whole instances; passwords are not shown."""
    director = vrrp_pair.master
    text = (director.configuration.replace("auth_pass 1111", "auth_pass 2222")
            .replace("advert_int 1", "advert_int 2")
            .replace("172.16.1.18", "172.16.1.19")
            + "\nvrrp_instance MORE {\n interface eth1\n virtual_router_id 99\n"
              " virtual_ipaddress { 172.16.1.99 }\n}\n")
    before = director.daemon.status()["instances"]
    said = changes_of(director, text)
    changed, added = said["changes"]
    settings = {(each["list"], each["keyword"]): (each["before"], each["after"])
                for each in changed["settings"]}
    assert (changed["change"], changed["kind"]) == ("changed", "vrrp_instance")
    assert settings[(None, "advert_int")] == ("1", "2")
    assert settings[("authentication", "auth_pass")] == ("(not shown)", "(not shown)")
    assert [key for key, value in settings.items() if value[0] is None][0][1].startswith(
        "172.16.1.19/")
    assert (added["change"], added["name"]) == ("added", "MORE")
    assert said["summary"]["address"] == {"added": 2, "changed": 0, "removed": 1}
    status, out, _ = plan(director, text)
    assert status == 0
    assert "    ~ advert_int: 1 -> 2\n" in out
    assert "+ vrrp_instance MORE\n    + virtual_ipaddress 172.16.1.99/32 dev eth1\n" in out
    assert "2222" not in out
    after = director.daemon.status()["instances"]
    assert [(each["name"], each["since"], each["addresses"]) for each in after] == [
        (each["name"], each["since"], each["addresses"]) for each in before]


def test_a_file_with_errors_has_no_plan(vrrp_pair):
    """It is refused as holdfastd -t refuses it."""
    director = vrrp_pair.master
    status, out, errors = plan(director, director.configuration.replace("interface", "interfase"))
    assert (status, out) == (1, "")
    assert 'unknown keyword "interfase"' in errors


@pytest.mark.ipvs
def test_live_connections_on_what_goes_are_counted(mysql_pair):
    """One session; its server, then its whole service, would be removed. Nothing is touched."""
    director = mysql_pair.master
    session = mysql_connect(mysql_pair.client, mysql_pair.vip, SESSION_LIMIT_S)
    mine = mysql_ask(session)
    address = {"db-07": "172.16.1.7", "db-51": "172.16.1.51"}[mine]
    with NetlinkMonitor(director.host) as monitor:
        without = director.configuration.replace(f"real_server {address} 3306",
                                                 "real_server 172.16.1.88 3306")
        said = changes_of(director, without)
        (gone,) = (each for each in said["changes"] if each["change"] == "removed"
                   and each["kind"] == "real_server")
        assert gone["name"] == f"{address}:3306"
        assert gone["connections"] >= 1
        assert said["connections"]["removed"] == gone["connections"]
        weight = changes_of(director, director.configuration.replace(
            f"real_server {address} 3306 {{ weight 1", f"real_server {address} 3306 {{ weight 3"))
        assert weight["connections"]["changed"] >= 1
        assert weight["connections"]["removed"] == 0
        _, out, _ = plan(director, without)
        assert f"- real_server {address}:3306 of 172.16.1.18:3306/tcp (" in out
        assert "live connections: " in out
        assert monitor.writes() == []
    assert mysql_ask(session) == mine
    session.close()
