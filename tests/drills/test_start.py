# SPDX-License-Identifier: Apache-2.0
"""How a director starts, how its process is scheduled, and what it lets in."""

import os
import pathlib
import time

import pytest

from lib.clients import REQUEST_ERRORS, ping
from lib.daemons import BUILD, Holdfast
from lib.waiting import SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

TEXT = """global_defs {
    GLOBAL
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    WORDS
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""


@pytest.fixture(name="director")
def make_director(net):
    """A function that starts one director with some words in its file."""
    lan = net.switch("lan")
    host = net.host("lb", eth1=(lan, "10.5.0.1/24"))
    client = net.host("client", eth1=(lan, "10.5.0.2/24"))

    def start(words="", in_global=""):
        text = TEXT.replace("WORDS", words).replace("GLOBAL", in_global)
        daemon = Holdfast(host, text.replace("DIRECTORY", str(host.directory)))
        daemon.start()
        return daemon, host, client
    return start


def answers(client):
    """Whether the address answers a ping."""
    try:
        return ping("10.5.0.18")(client, 0.5)
    except REQUEST_ERRORS:
        return None


def test_instances_wait_for_the_startup_delay_but_not_after_a_crash(director):
    """B.. vrrp_startup_delay; one that was master a moment ago goes on at once."""
    started = time.time()
    daemon, host, _ = director(in_global="vrrp_startup_delay 4")
    assert "vrrp_startup_delay" in str(daemon.status()["instances"])
    hold(lambda: not host.owns("10.5.0.18"), started + 3.9 - time.time(), "it waits")
    wait_until(lambda: host.owns("10.5.0.18"), SOON_S, "it is master")
    # A moment is three adverts: as long as a process may take to start.
    daemon.write_configuration(daemon.file_text.replace("advert_int 0.1", "advert_int 4"))
    assert daemon.reload() is None
    daemon.kill()
    daemon.start()
    assert daemon.status()["instances"][0]["state"] == "MASTER"


def test_no_accept_drops_what_comes_to_the_address_and_nothing_else(director):
    """One nftables table: there after a reload, gone after another one and after the stop."""
    daemon, host, client = director("no_accept", "nftables_counters")
    wait_until(lambda: host.owns("10.5.0.18"), SOON_S, "it is master")
    wait_until(lambda: "10.5.0.18" in host.run("nft", "list", "ruleset"), 5, "the rules are there")
    assert not answers(client)
    assert ping("10.5.0.1")(client, SOON_S)
    daemon.write_configuration(TEXT.replace("WORDS", "").replace("GLOBAL", ""))
    assert daemon.reload() is None
    wait_until(lambda: answers(client), 5, "the address answers")
    assert "holdfast" not in host.run("nft", "list", "ruleset")
    daemon.write_configuration(TEXT.replace("WORDS", "no_accept").replace("GLOBAL", ""))
    assert daemon.reload() is None
    wait_until(lambda: not answers(client), 5, "it does not")
    daemon.terminate()
    assert "holdfast" not in host.run("nft", "list", "ruleset")


def test_a_reload_renames_the_table_and_removes_it(director):
    """One transaction: never two tables, never none."""
    daemon, host, _ = director("no_accept", "nftables first")
    wait_until(lambda: "table inet first" in host.run("nft", "list", "ruleset"), 5, "it is there")
    for name in ("second", "third", "fourth"):  # faster than nft: the last one counts
        daemon.write_configuration(TEXT.replace("WORDS", "no_accept").replace(
            "GLOBAL", f"nftables {name}"))
        assert daemon.reload() is None
    wait_until(lambda: "table inet fourth" in host.run("nft", "list", "ruleset"), 5, "the new one")
    assert host.run("nft", "list", "tables").split() == ["table", "inet", "fourth"]
    daemon.write_configuration(TEXT.replace("WORDS", "").replace("GLOBAL", ""))
    assert daemon.reload() is None
    wait_until(lambda: not host.run("nft", "list", "tables"), 5, "it is gone")
    wait_until(lambda: not list(daemon.directory.glob("filter.nft")), 5, "nothing is remembered")


def test_a_table_that_a_crash_left_is_removed(director):
    """The next process may have been told otherwise."""
    daemon, host, client = director("no_accept")
    wait_until(lambda: "10.5.0.18" in host.run("nft", "list", "ruleset"), 5, "the rules are there")
    daemon.kill()
    daemon.write_configuration(TEXT.replace("WORDS", "").replace("GLOBAL", ""))
    daemon.start()
    wait_until(lambda: "holdfast" not in host.run("nft", "list", "ruleset"), 5, "the table is gone")
    wait_until(lambda: answers(client), 5, "the address answers")


def test_the_process_is_scheduled_as_the_file_says_and_its_scripts_are_not(director):
    """SCHED_RR, nice, its limit, locked memory and CPUs; a notify script runs as any other program."""
    daemon, host, _ = director(
        'notify_master "/bin/sh -c \'cat /proc/self/stat >DIRECTORY/stat\'"',
        "script_user root\n    vrrp_rt_priority 20\n    vrrp_priority -7\n    "
        "vrrp_rlimit_rttime 5000000\n    vrrp_no_swap\n    vrrp_cpu_affinity 0")
    process = pathlib.Path(f"/proc/{daemon.process.pid}")
    fields = process.joinpath("stat").read_text().rpartition(")")[2].split()
    assert (fields[37], fields[38]) == ("20", "2"), "rt_priority and SCHED_RR of proc(5)"
    assert fields[16] == "-7", "nice of proc(5)"
    (limit,) = (line for line in process.joinpath("limits").read_text().splitlines()
                if line.startswith("Max realtime timeout"))
    assert limit.split()[3:5] == ["5000000", "unlimited"]  # a reload may raise it again
    status = dict(line.split(":", 1) for line in process.joinpath("status").read_text().splitlines())
    if "asan" not in str(BUILD):  # AddressSanitizer lets nothing be locked
        assert int(status["VmLck"].split()[0]) > 0
    assert status["Cpus_allowed_list"].strip() == "0"
    script = host.directory / "stat"
    wait_until(lambda: host.owns("10.5.0.18"), SOON_S, "it is master")
    wait_until(lambda: script.exists() and script.read_text(), 5, "the script has run")
    fields = script.read_text().rpartition(")")[2].split()
    own = str(os.getpriority(os.PRIO_PROCESS, 0))  # what the daemon was started with
    assert (fields[16], fields[37], fields[38]) == (own, "0", "0")
    daemon.write_configuration(TEXT.replace("WORDS", "").replace("GLOBAL", ""))
    assert daemon.reload() is None
    fields = process.joinpath("stat").read_text().rpartition(")")[2].split()
    assert (fields[37], fields[38]) == ("0", "0")


def test_unknown_virtual_routers_are_told_where_that_is_asked_for(net):
    """log_unknown_vrids: somebody else's number on the same wire."""
    lan = net.switch("lan")
    one = Holdfast(net.host("one", eth1=(lan, "10.5.0.1/24")),
                   TEXT.replace("WORDS", "").replace("GLOBAL", "log_unknown_vrids"))
    other = Holdfast(net.host("two", eth1=(lan, "10.5.0.2/24")),
                     TEXT.replace("WORDS", "").replace("GLOBAL", "").replace("_id 7", "_id 8")
                     .replace("0.18", "0.19"))
    one.start()
    other.start()
    wait_until(lambda: one.process.find("virtual router 8 from 10.5.0.2"), 5, "it is told")
