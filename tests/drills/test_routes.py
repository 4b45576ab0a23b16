# SPDX-License-Identifier: Apache-2.0
"""What a master owns besides addresses: routes and rules, and what is there whoever is master."""

import json

import pytest

from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

LIMIT_S = advert_limit_s(BACKUP_PRIORITY) + 10  # it comes true, sooner or later

# The pair's LAN is 172.16.1.0/24 on eth1, with the VIP 172.16.1.18.
OWNED = """
    virtual_routes {
        192.0.2.0/24 via 172.16.1.100 dev eth1 metric 7 mtu 1400
        default via 172.16.1.100 src 172.16.1.18 table 100
        blackhole 198.51.100.0/24
        203.0.113.0/24 nexthop via 172.16.1.100 weight 2 nexthop via 172.16.1.101
        2001:db8:1::/48 via fe80::100 dev eth1
        2001:db8:2::/48 nexthop via fe80::100 dev eth1 nexthop via fe80::101 dev eth1
    }
    virtual_rules {
        from 172.16.1.18 table 100 preference 1000
        fwmark 0x1/0xff ipproto tcp dport 80-81 blackhole preference 1001
        from 2001:db8:9::/48 unreachable preference 1002
    }
"""
ROUTES = {
    4: {("192.0.2.0/24", "172.16.1.100", 7), ("default", "172.16.1.100", 0),
        ("198.51.100.0/24", "", 0), ("203.0.113.0/24", "172.16.1.100 172.16.1.101", 0)},
    6: {("2001:db8:1::/48", "fe80::100", 1024),
        ("2001:db8:2::/48", "fe80::100 fe80::101", 1024)},
}
RULES = {4: {1000, 1001}, 6: {1002}}
NONE = {4: set(), 6: set()}

STATIC = """
track_group GROUP {
    group {
        VI_2
    }
}
static_ipaddress {
    10.77.0.1/24 dev eth1
}
static_routes {
    10.78.0.0/16 via 10.77.0.2
    10.79.0.0/16 dev eth1 track_group GROUP
}
static_rules {
    from 10.78.0.0/16 table 100 preference 900
}
"""


def with_owned(text, owned=OWNED):
    """A configuration whose instance owns routes and rules too."""
    head, brace, rest = text.partition("vrrp_instance VI_2 {")
    assert brace, text
    return head + brace + owned + rest


def our_routes(host):
    """The routes with our mark: (destination, gateways, metric)."""
    return {family: {(route["dst"],
                      " ".join(hop["gateway"] for hop in route.get("nexthops", [route])
                               if "gateway" in hop), route.get("metric", 0))
                     for route in json.loads(host.run(
                         "ip", f"-{family}", "-json", "route", "show", "table", "all", "proto",
                         "112"))}
            for family in (4, 6)}


def our_rules(host):
    """The preferences of the rules with our mark."""
    return {family: {rule["priority"]
                     for rule in json.loads(host.run("ip", f"-{family}", "-json", "rule"))
                     if rule.get("protocol") == "112"}
            for family in (4, 6)}


def owns_everything(host):
    """Says whether the host has exactly the routes and rules of the configuration."""
    return our_routes(host) == ROUTES and our_rules(host) == RULES


def owns_nothing(host):
    """Says whether the host has none of them."""
    return our_routes(host) == NONE and our_rules(host) == NONE


def configure(director, change):
    """Reloads a director with a changed configuration, which stays its own."""
    director.configuration = change(director.configuration)
    director.daemon.write_configuration(director.configuration)
    assert director.daemon.reload() is None


@pytest.fixture
def pair(vrrp_pair):
    """A pair whose master owns routes and rules."""
    for director in vrrp_pair.directors:
        configure(director, with_owned)
    wait_until(lambda: owns_everything(vrrp_pair.master.host), LIMIT_S, "the master owns all")
    assert owns_nothing(vrrp_pair.backup.host)
    return vrrp_pair


def test_takeover_moves_routes_and_rules(pair):
    """They are where the address is, and go from where it goes."""
    pair.master.daemon.terminate()
    wait_until(lambda: owns_everything(pair.backup.host), LIMIT_S, "the backup owns all")
    assert owns_nothing(pair.master.host), "an orderly stop left something"
    pair.master.daemon.start()
    wait_until(lambda: owns_everything(pair.master.host) and owns_nothing(pair.backup.host),
               2 * LIMIT_S, "the master has all back")


def test_what_is_removed_by_hand_is_put_back(pair):
    """Routes and rules of both families, one replaced by another; the master stays master."""
    host = pair.master.host
    host.ip("route del 192.0.2.0/24", "route del 2001:db8:1::/48",
            "route replace blackhole 198.51.100.0/24 proto static",
            "rule del preference 1000")
    host.run("ip", "-6", "rule", "del", "preference", "1002")
    wait_until(lambda: owns_everything(host), LIMIT_S, "all is back")
    assert pair.master.daemon.status()["instances"][0]["state"] == "MASTER"
    pair.master.daemon.process.wait_for("was removed by somebody else: put back", LIMIT_S)
    assert pair.owners() == [pair.master.name]


def test_what_goes_with_its_interface_comes_back_with_it(pair):
    """The kernel drops routes without a word when an interface goes down."""
    host = pair.master.host
    host.ip("link set eth1 down")
    wait_until(lambda: owns_everything(pair.backup.host), LIMIT_S, "the backup owns all")
    host.ip("link set eth1 up")
    wait_until(lambda: owns_everything(host) and owns_nothing(pair.backup.host),
               2 * LIMIT_S, "the master has all back")


def test_reload_changes_what_changed_and_nothing_else(pair):
    """One route and one rule; the others are not touched: nobody hears of them."""
    host = pair.master.host
    before = pair.master.daemon.status()["network"]
    configure(pair.master, lambda text: text.replace("metric 7", "metric 8")
              .replace("preference 1001", "preference 1003"))
    wait_until(lambda: ("192.0.2.0/24", "172.16.1.100", 8) in our_routes(host)[4]
               and our_rules(host)[4] == {1000, 1003}, LIMIT_S, "the new route and rule")
    wait_until(lambda: ("192.0.2.0/24", "172.16.1.100", 7) not in our_routes(host)[4], LIMIT_S, "the old one is gone")
    after = pair.master.daemon.status()["network"]
    for kind in ("routes", "rules"):
        assert after[kind]["added"] - before[kind]["added"] == 1, kind
        assert after[kind]["removed"] - before[kind]["removed"] == 1, kind


def test_a_crash_leaves_nothing_behind_that_is_not_wanted(pair):
    """A killed master that starts again as a backup removes what the last run left."""
    director = pair.master
    director.daemon.kill()
    assert owns_everything(director.host), "the kernel lost what a dead master had"
    wait_until(lambda: pair.backup.host.owns(pair.vip), LIMIT_S, "the backup takes over")
    director.daemon.write_configuration(
        director.configuration.replace("state MASTER", "state BACKUP")
        .replace(f"priority {MASTER_PRIORITY}", "priority 50"))
    director.daemon.start()
    wait_until(lambda: owns_nothing(director.host), LIMIT_S, "nothing is left")
    wait_until(lambda: owns_everything(pair.backup.host), LIMIT_S, "the backup owns all")


def test_status_shows_routes_and_rules_with_what_is_wrong(pair):
    """What the kernel refuses is told with the kernel's reason, and is no fault."""
    status = pair.master.daemon.status()["instances"][0]
    assert [route["present"] for route in status["routes"]] == [True] * 6
    assert [rule["present"] for rule in status["rules"]] == [True] * 3
    assert status["rules"][0]["rule"] == "from 172.16.1.18/32 table 100 preference 1000"
    configure(pair.master, lambda text: text.replace(
        "blackhole 198.51.100.0/24", "198.51.100.0/24 via 10.99.99.99"))
    refused = pair.master.daemon.status()["instances"][0]
    assert refused["state"] == "MASTER"
    (wrong,) = (route for route in refused["routes"] if not route["present"])
    assert wrong["route"] == "198.51.100.0/24 via 10.99.99.99"
    assert "is refused: " in wrong["trouble"]
    assert "MISSING" in pair.master.daemon.control("status")


def test_static_entries_are_there_from_start_to_stop(pair):
    """On master and backup; put back when they are removed, changed by a reload, gone at the end."""
    def there(host, route="10.78.0.0/16"):
        return (host.owns("10.77.0.1") and 900 in our_rules(host)[4]
                and route in {route for route, _, _ in our_routes(host)[4]})
    for director in pair.directors:
        configure(director, lambda text: STATIC + text)
        wait_until(lambda host=director.host: there(host), LIMIT_S, "the static entries")
    host = pair.backup.host
    assert our_routes(host)[4] == {("10.78.0.0/16", "10.77.0.2", 0), ("10.79.0.0/16", "", 0)}
    host.ip("rule del preference 900", "addr del 10.77.0.1/24 dev eth1")
    wait_until(lambda: there(host), LIMIT_S, "they are back, the route with its address")
    configure(pair.backup, lambda text: text.replace("10.78.0.0/16", "10.76.0.0/16"))
    wait_until(lambda: there(host, "10.76.0.0/16"), LIMIT_S, "the new route")
    wait_until(lambda: "10.78.0.0/16" not in {route for route, _, _ in our_routes(host)[4]}, LIMIT_S,
               "the old one is gone")
    (free, grouped) = pair.backup.daemon.status()["static"]
    assert (free["track_group"], grouped["track_group"]) == (None, "GROUP")
    assert all(entry["present"] for entries in (free, grouped)
               for kind in ("addresses", "routes", "rules") for entry in entries[kind])
    pair.backup.daemon.terminate()
    assert owns_nothing(host) and not host.owns("10.77.0.1")


def test_an_instance_is_in_fault_while_an_entry_of_its_track_group_cannot_be_put_back(pair):
    """A static route is lost, and its gateway too: the other director takes over, and gives back."""
    host = pair.master.host
    host.ip("addr add 10.80.0.1/24 dev eth1")
    configure(pair.master, lambda text: STATIC.replace(
        "10.79.0.0/16 dev eth1", "10.79.0.0/16 via 10.80.0.2") + text)
    route = ("10.79.0.0/16", "10.80.0.2", 0)
    wait_until(lambda: route in our_routes(host)[4], LIMIT_S, "the static route")
    host.ip("addr del 10.80.0.1/24 dev eth1", "route del 10.79.0.0/16")
    wait_until(lambda: pair.owners() == [pair.backup.name], LIMIT_S, "the backup takes over")
    faults = pair.master.daemon.status()["instances"][0]["faults"]
    assert any("10.79.0.0/16" in fault for fault in faults), faults
    host.ip("addr add 10.80.0.1/24 dev eth1")
    wait_until(lambda: route in our_routes(host)[4], LIMIT_S, "the route is put back")
    wait_until(lambda: pair.owners() == [pair.master.name],
               2 * LIMIT_S, "the master is back")
