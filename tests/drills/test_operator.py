# SPDX-License-Identifier: Apache-2.0
"""What operators ask of instances and of whole directors: three routers, one LAN, no IPVS."""

import json
import subprocess
import time

import pytest

from lib.clients import Pings
from lib.daemons import BUILD, Holdfast
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

VIPS = ["10.0.0.51", "10.0.0.52", "10.0.0.53"]
INTERVAL_S = 0.4  # a router that gets no processor for half a second is no reason for a takeover
SKEW_S = INTERVAL_S  # the longest
LIMIT_S = 15


def instance(number, priority, more="", interval_s=INTERVAL_S):
    """VI_1.. with the address of that number."""
    return f"""
vrrp_instance VI_{number} {{
    interface eth1
    virtual_router_id {50 + number}
    version 3
    advert_int {interval_s}
    priority {priority}
    {more}
    virtual_ipaddress {{
        {VIPS[number - 1]}/16
    }}
}}
"""


GROUP = """
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
}
"""


class Herd:
    """Directors with priorities 150, 100, 50: VI_1 and VI_2 are one group, VI_3 is alone."""

    PRIORITIES = [150, 100, 50]

    def __init__(self, net, count, more=""):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, "10.0.0.9/16"))
        self.daemons = []
        for number in range(count):
            host = net.host(f"r{number}", eth1=(lan, f"10.0.0.{number + 1}/16"))
            self.daemons.append(Holdfast(host, self.configuration(number, more)))
        for daemon in self.daemons:
            daemon.start()
        self.wait_owner(VIPS, 0)

    def configuration(self, number, more=""):
        """Of a director."""
        return GROUP + "".join(instance(each, self.PRIORITIES[number], more) for each in (1, 2, 3))

    def owners(self, vip):
        """The numbers of those that have the address."""
        return [number for number, daemon in enumerate(self.daemons) if daemon.host.owns(vip)]

    def wait_owner(self, vips, number):
        """Waits until that director alone has these addresses."""
        wait_until(lambda: all(self.owners(vip) == [number] for vip in vips), LIMIT_S,
                   f"router {number} has {vips}")

    def instance(self, number, name):
        """An instance as its director's status has it."""
        (found,) = [each for each in self.daemons[number].status()["instances"]
                    if each["name"] == name]
        return found

    def run(self, number, *words):
        """holdfastctl: exit status, output, errors."""
        daemon = self.daemons[number]
        with daemon.host.entered():
            done = subprocess.run([BUILD / "holdfastctl", "--socket", daemon.socket, *words],
                                  check=False, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def herd(net):
    """Three directors; the first has all."""
    return Herd(net, 3)


def test_who_asks_is_told_that_it_will_not_outlive_a_restart(herd):
    """The file of overrides cannot be written: in force all the same, and said to who asked."""
    blocker = herd.daemons[0].directory / ".overrides.new"
    blocker.mkdir()
    status, said, wrong = herd.run(0, "--json", "log", "debug")
    assert status == 0 and json.loads(said)["kept"] is False
    assert "ends at a restart" in wrong
    herd.daemons[0].process.wait_for("overrides: error: cannot be written", LIMIT_S)
    blocker.rmdir()
    status, said, wrong = herd.run(0, "--json", "log", "info")
    assert (status, wrong) == (0, "") and json.loads(said)["kept"] is True


def test_a_demoted_instance_goes_elsewhere_and_stays_there(herd):
    """Without a gap for clients; over a reload, a restart and a crash; until it is released."""
    with Pings(herd.client, VIPS[2]) as pings:
        wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the client is served")
        asked = time.time()
        assert "VI_3: demoted" in herd.daemons[0].control("demote", "VI_3")
        herd.wait_owner(VIPS[2:], 1)
        moved = time.time()
        wait_until(lambda: pings.answered(moved) >= 10, LIMIT_S, "the client is served")
    assert pings.outage_s(asked) < SKEW_S, "somebody answered all the time"
    operator = herd.instance(0, "VI_3")["operator"]
    assert operator["demoted"] and operator["until"] is None and "uid 0" in operator["by"]
    assert herd.instance(0, "VI_3")["priority_effective"] == 1
    assert herd.owners(VIPS[0]) == herd.owners(VIPS[1]) == [0]
    assert herd.daemons[0].reload() is None
    herd.daemons[0].terminate()
    herd.daemons[0].start()
    herd.wait_owner(VIPS[:2], 0)
    herd.daemons[0].kill()
    herd.daemons[0].start()
    herd.wait_owner(VIPS[:2], 0)
    hold(lambda: herd.owners(VIPS[2]) == [1], 5 * INTERVAL_S, "it stays a backup")
    assert "demoted" in herd.daemons[0].control("overrides")
    events = json.loads(herd.daemons[0].control("--json", "overrides"))["overrides"]
    assert [(each["kind"], each["object"], each["effect"]) for each in events] == \
        [("demote", "VI_3", True)]
    for daemon in herd.daemons[1:]:  # nobody else is there: it takes over all the same
        daemon.terminate()
    herd.wait_owner(VIPS, 0)
    for daemon in herd.daemons[1:]:
        daemon.start()
    herd.wait_owner(VIPS[2:], 1)
    assert "as configured" in herd.daemons[0].control("release", "VI_3")
    herd.wait_owner(VIPS, 0)


def test_a_sync_group_follows_and_time_ends_it(herd):
    """Demoted for a time: both members go, and come back by themselves."""
    said = herd.daemons[0].control("demote", "VI_2", "--for", "1h")
    assert "until" in said and "VI_1" in said
    herd.wait_owner(VIPS[:2], 1)
    assert herd.owners(VIPS[2]) == [0]
    assert [herd.instance(0, name)["operator"] is not None for name in ("VI_1", "VI_2", "VI_3")] \
        == [True, True, False]
    herd.daemons[0].control("demote", "VI_2", "--for", "1s")
    herd.daemons[0].process.wait_for(r"VI_2: no longer demoted: the time that .* is over",
                                     LIMIT_S)
    herd.wait_owner(VIPS, 0)


def test_a_master_that_nobody_replaces_stays_without_a_gap(net):
    """Its address is answered for all the time."""
    herd = Herd(net, 1)
    with Pings(herd.client, VIPS[0]) as pings:
        wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the client is served")
        asked = time.time()
        herd.daemons[0].control("demote", "VI_1")
        herd.daemons[0].process.wait_for("VI_1: BACKUP -> MASTER", LIMIT_S, asked)
        again = time.time()
        wait_until(lambda: pings.answered(again) >= 10, LIMIT_S, "the client is served")
    assert pings.outage_s(asked) < SKEW_S
    status, _, error = herd.run(0, "demote", "VI_9")
    assert status == 1 and 'there is no instance "VI_9"' in error
    status, said, _ = herd.run(0, "node", "drain")
    assert status == 1 and "no other router takes its place" in said and "not drained" in said
    herd.wait_owner(VIPS, 0)


def test_a_priority_is_raised_and_lowered(herd):
    """Within its limits, beside trackers; wrong words and owners are refused."""
    assert "priority -120" in herd.daemons[0].control("prio", "-120", "VI_3")
    herd.wait_owner(VIPS[2:], 1)
    assert herd.instance(0, "VI_3")["priority_effective"] == 30
    said = herd.daemons[2].control("prio", "+253", "VI_3", "--for", "1h")
    assert "priority +253: 254 (it stays in 1..254, the sum is 303), until" in said
    assert "effective, within 1..254" in herd.daemons[2].control("explain", "instance", "VI_3")
    herd.wait_owner(VIPS[2:], 2)
    assert herd.instance(2, "VI_3")["priority_effective"] == 254
    assert herd.instance(2, "VI_3")["operator"]["priority"] == 253
    assert herd.run(0, "prio", "254", "VI_3")[0] == 2
    assert herd.run(0, "prio", "-254", "VI_3")[0] == 2
    assert herd.run(0, "prio", "0", "VI_3")[0] == 2
    assert herd.run(0, "-5", "demote", "VI_3")[0] == 2
    herd.daemons[2].control("release", "VI_3")
    herd.wait_owner(VIPS[2:], 1)
    daemon = herd.daemons[2]
    daemon.write_configuration(herd.configuration(2).replace("priority 50", "priority 255"))
    assert daemon.reload() is None
    herd.wait_owner(VIPS, 2)
    status, _, error = herd.run(2, "demote", "VI_1")
    assert status == 1 and "owns its addresses (priority 255)" in error and "node drain" in error


def test_a_drained_director_gives_up_all_in_order_and_takes_no_part(herd):
    """Each has its successor before the next one goes; over a restart, until it resumes."""
    with Pings(herd.client, VIPS[2]) as pings:
        wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the client is served")
        said = herd.daemons[1].control("node", "drain", "--for", "1h")  # it is master of nothing
        assert [line for line in said.splitlines() if line.startswith("VI_")] == \
            [f"VI_{number}: was not master; 10.0.0.1 is" for number in (1, 2, 3)]
        until = json.loads(herd.daemons[1].control("--json", "node", "status"))["until"]
        for told in (said, herd.daemons[1].control("node", "status")):
            assert f'until {until}, or "holdfastctl node resume"' in told
        herd.daemons[1].control("node", "resume")
        wait_until(lambda: {herd.instance(1, f"VI_{number}")["state"] for number in (1, 2, 3)} ==
                   {"BACKUP"}, LIMIT_S, "it takes part again")
        # The third one's skew is 39 ms longer than the second one's: on a busy machine it may be first.
        herd.daemons[2].terminate()
        asked = time.time()
        said = herd.daemons[0].control("node", "drain")
        moved = time.time()
        wait_until(lambda: pings.answered(moved) >= 10, LIMIT_S, "the client is served")
    assert [line for line in said.splitlines() if "handed over" in line] == \
        [f"VI_{number}: handed over to 10.0.0.2" for number in (1, 2, 3)]
    assert pings.outage_s(asked) < SKEW_S
    herd.wait_owner(VIPS, 1)
    assert {herd.instance(0, f"VI_{number}")["state"] for number in (1, 2, 3)} == {"INIT"}
    assert herd.instance(0, "VI_1")["operator"]["drained"]
    herd.daemons[0].terminate()
    herd.daemons[0].start()
    herd.daemons[1].terminate()
    hold(lambda: not any(herd.owners(vip) for vip in VIPS), 6 * INTERVAL_S, "it takes no part")
    assert "takes part" in herd.daemons[0].control("node", "resume")
    herd.wait_owner(VIPS, 0)


def test_the_log_level_is_set_for_a_time(herd):
    """And told; a wrong word is refused. It outlives a restart."""
    herd.daemons[0].control("log", "error")
    herd.daemons[0].terminate()
    herd.daemons[0].start()
    herd.wait_owner(VIPS, 0)
    assert "log level error" in herd.daemons[0].control("overrides")
    herd.daemons[0].control("demote", "VI_3")
    herd.wait_owner(VIPS[2:], 1)
    assert not herd.daemons[0].process.find(r"VI_3: demoted: asked for")
    herd.daemons[0].control("log", "default")
    herd.daemons[0].control("release", "VI_3")
    herd.daemons[0].process.wait_for(r"VI_3: no longer demoted: asked for by", LIMIT_S)
    assert herd.run(0, "log", "loud")[0] == 1


def test_a_bad_file_of_overrides_is_told_and_ignored(net):
    """Nothing is overridden; new ones are kept again."""
    herd = Herd(net, 1)
    daemon = herd.daemons[0]
    daemon.control("prio", "+5", "VI_1")
    daemon.terminate()
    file = daemon.directory / "overrides"
    assert '"priority"' in file.read_text()
    file.write_text('{"version":1,"orders":[],"overrides":[{"kind":"priority","object":"VI_1"')
    daemon.start()
    daemon.process.wait_for("overrides: error: cannot be used: line", LIMIT_S)
    assert herd.instance(0, "VI_1")["operator"] is None
    daemon.control("prio", "+7", "VI_1")
    assert '"number": 7' in file.read_text()
    assert daemon.control("demote", "VI_1").startswith("VI_1: demoted, priority +7;")


def test_unicast_peers_come_and_go_live(net):
    """No role changes; a third router that was no peer is heard when it is one."""
    lan = net.switch("lan")
    addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    daemons = []
    for number, (address, priority) in enumerate(zip(addresses, (150, 100, 200))):
        host = net.host(f"r{number}", eth1=(lan, f"{address}/16"))
        wait_until(host.has_carriers, LIMIT_S, "the link is up")
        peers = [peer for peer in addresses if peer != address and peer != addresses[2]]
        daemons.append(Holdfast(host, instance(3, priority, f"""
    unicast_src_ip {address}
    unicast_peer {{
        {peers[0]}
    }}
""", interval_s=0.5)))
    for daemon in daemons[:2]:
        daemon.start()
    wait_until(lambda: daemons[0].host.owns(VIPS[2]), LIMIT_S, "the first is master")

    def one(number):
        (found,) = daemons[number].status()["instances"]
        return found

    wait_until(lambda: one(1)["state"] == "BACKUP", LIMIT_S, "the second is its backup")
    before = one(0)["since"]
    said = daemons[0].control("peer", "add", "VI_3", addresses[2])
    assert addresses[2] in said
    daemons[1].control("peer", "add", "VI_3", addresses[2])
    assert [peer["address"] for peer in one(0)["peers"] if peer["configured"]] == addresses[1:]
    assert daemons[0].control("names", "peers", "VI_3").split() == addresses[1:]
    hold(lambda: one(0)["since"] == before and one(1)["state"] == "BACKUP", 4 * 0.5,
         "nothing moves")
    daemons[2].start()
    wait_until(lambda: one(2)["state"] == "MASTER" and one(0)["state"] == "BACKUP", LIMIT_S,
               "the third is heard, and master")
    daemons[0].control("peer", "del", "VI_3", addresses[2])
    assert [peer["address"] for peer in one(0)["peers"] if peer["configured"]] == addresses[1:2]
    with daemons[0].host.entered():
        done = subprocess.run([BUILD / "holdfastctl", "--socket", daemons[0].socket, "peer", "del",
                               "VI_3", addresses[1]], check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "only peer" in done.stderr
