# SPDX-License-Identifier: Apache-2.0
"""Several daemons on one host: network namespaces and names of instances."""

import json
import pathlib
import shutil
import subprocess

import pytest

from lib import ipvs
from lib.daemons import BUILD, Holdfast
from lib.process import Process
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

START_LIMIT_S = 20
NFT_LIMIT_S = 30  # it makes the kernel load modules
RUNTIME = pathlib.Path("/run/holdfast")
CONFIGURATION = """@one net_namespace ONE
@two net_namespace TWO
instance east
vrrp_instance A {
    interface eth1
    version 3
    virtual_router_id 7
    advert_int 0.2
    virtual_ipaddress {
        @one 10.0.0.18/24
        @two 10.0.0.19/24
    }
}
"""
ADDRESSES = {"one": "10.0.0.18", "two": "10.0.0.19"}


class Place:
    """A host on which daemons are started that work in two others' namespaces."""

    def __init__(self, net):
        self.elsewhere = net.host("elsewhere")
        self.hosts = {name: net.host(name, eth1=(net.switch(f"lan-{name}"), f"10.0.0.{number}/24"))
                      for number, name in enumerate(("one", "two"), 1)}
        self.daemon = Holdfast(self.elsewhere, "")
        self.processes = []
        self.write(CONFIGURATION)

    def write(self, text):
        """Writes the one file of both."""
        for name, host in self.hosts.items():
            text = text.replace(name.upper(), host.full_name)
        self.daemon.write_configuration(text)

    def start(self, name):
        """Starts a daemon with no word about where it is to be."""
        process = Process(self.elsewhere, f"holdfastd-{name}",
                          [BUILD / "holdfastd", "-l", "-f", self.daemon.file, "-i", name])
        self.processes.append(process)
        return process

    def refuse(self, name):
        """Starts one that ends by itself; returns its status and what it said."""
        with self.elsewhere.entered():
            done = subprocess.run([BUILD / "holdfastd", "-l", "-f", self.daemon.file, "-i", name],
                                  check=False, text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=START_LIMIT_S)
        return done.returncode, done.stdout + done.stderr

    def close(self):
        """Ends what runs before its namespace ends."""
        for process in self.processes:
            if process.running:
                process.terminate()
                assert process.wait_end() == 0

    def control(self, name, *words):
        """Asks one of them, by its names."""
        return self.elsewhere.run(BUILD / "holdfastctl", "--namespace", self.hosts[name].full_name,
                                  "--instance", "east", *words, check=False)

    def status(self, name):
        """Its state."""
        return json.loads(self.control(name, "--json", "status"))


@pytest.fixture
def place(net):
    """Three hosts, and no runtime directory of theirs afterwards."""
    made = Place(net)
    yield made
    made.close()
    for host in made.hosts.values():
        shutil.rmtree(RUNTIME / host.full_name, ignore_errors=True)


def test_two_daemons_of_one_file_work_in_a_namespace_each(place):
    """Each has its own socket, which holdfastctl finds by the names, and its own settings."""
    for name, host in place.hosts.items():
        host.set_sysctl("net.ipv4.conf.eth1.promote_secondaries", 0)
    place.write(CONFIGURATION.replace("advert_int", "promote_secondaries\n    advert_int"))
    processes = {name: place.start(name) for name in place.hosts}
    for name, host in place.hosts.items():
        processes[name].wait_until(lambda name=name, host=host: host.owns(ADDRESSES[name]),
                                   START_LIMIT_S, "the address is in its namespace")
        with host.entered():
            held = pathlib.Path("/proc/sys/net/ipv4/conf/eth1/promote_secondaries").read_text(
                encoding="ascii")
        assert held == "1\n", "the setting is that of the namespace"
        daemon = place.status(name)["daemon"]
        assert (daemon["namespace"], daemon["instance"]) == (host.full_name, "east")
        assert daemon["pid"] == processes[name].pid
        assert daemon["runtime_directory"] == str(RUNTIME / host.full_name / "instance-east")
    assert not place.hosts["two"].owns(ADDRESSES["one"])
    for process in processes.values():
        process.terminate()
        assert process.wait_end() == 0


def test_scripts_run_in_the_namespace(place):
    """They are about what is there."""
    told = place.elsewhere.directory / "told"
    script = place.elsewhere.directory / "notify"
    script.write_text(f"#!/bin/sh\nls /proc/sys/net/ipv4/conf >{told}.new\nmv {told}.new {told}\n")
    script.chmod(0o755)
    place.write("global_defs {\n    script_user root\n}\n" + CONFIGURATION.replace(
        "version 3", f"version 3\n    notify_master {script}"))
    place.start("one")
    wait_until(told.exists, START_LIMIT_S, "the script has run")
    assert "eth1" in told.read_text(encoding="ascii").split()


@pytest.mark.parametrize("old,new,keyword", [
    ("net_namespace ONE", "net_namespace TWO", "net_namespace"),
    ("instance east", "instance west", "instance"),
    ("instance east", "instance east\nnet_namespace_ipvs", "net_namespace_ipvs"),
])
def test_a_reload_that_would_move_the_daemon_is_refused(place, old, new, keyword):
    """B59: as a whole; a restart does it."""
    process = place.start("one")
    one = place.hosts["one"]
    process.wait_until(lambda: one.owns(ADDRESSES["one"]), START_LIMIT_S, "it is master")
    place.write(CONFIGURATION.replace(old, new).replace("10.0.0.18/24", "10.0.0.28/24"))
    said = place.control("one", "--json", "reload")
    assert f"{keyword} has changed, which needs a restart" in said
    assert one.owns(ADDRESSES["one"]) and not one.owns("10.0.0.28")
    place.write(CONFIGURATION.replace("10.0.0.18/24", "10.0.0.28/24"))
    place.control("one", "reload")
    wait_until(lambda: one.owns("10.0.0.28"), SLACK_S, "other changes are made")


def test_a_namespace_that_is_not_there_ends_the_start_with_a_reason(place):
    """And with what to do."""
    place.daemon.write_configuration("net_namespace nowhere\n" + CONFIGURATION.replace(
        "@two", "@three"))
    status, said = place.refuse("three")
    assert status == 1
    assert ("network namespace nowhere cannot be entered: No such file or directory (ip netns list "
            "shows") in said


def test_a_second_daemon_of_the_same_names_is_refused(place):
    """One of another instance is not."""
    first = place.start("one")
    first.wait_until(lambda: place.hosts["one"].owns(ADDRESSES["one"]), START_LIMIT_S, "it is master")
    status, said = place.refuse("one")
    assert status == 3
    assert "another holdfastd runs here" in said
    place.write(CONFIGURATION.replace("instance east", "instance west").replace(
        "virtual_router_id 7", "virtual_router_id 8"))
    third = place.start("one")
    third.wait_for("loaded in", START_LIMIT_S)


SERVICE = """virtual_server 10.0.0.18 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.0.7 80 {
    }
}
"""


@pytest.mark.ipvs
@pytest.mark.parametrize("line,where", [("", "one"), ("net_namespace_ipvs TWO", "two"),
                                        ("net_namespace_ipvs", "elsewhere")])
def test_ipvs_is_programmed_in_the_namespace_that_is_named(place, line, where):
    """In the daemon's own, in a named one, or where it was started."""
    hosts = {**place.hosts, "elsewhere": place.elsewhere}
    place.write(f"{line}\n{CONFIGURATION}{SERVICE}")
    process = place.start("one")
    process.wait_until(lambda: "10.0.0.7:80" in ipvs.listing(hosts[where]), START_LIMIT_S,
                       "the service is in its table")
    for name, host in hosts.items():
        assert name == where or "10.0.0.7:80" not in ipvs.listing(host)
    process.terminate()
    assert process.wait_end() == 0
    assert "10.0.0.7:80" not in ipvs.listing(hosts[where])


@pytest.mark.ipvs
def test_what_fullnat_needs_is_made_in_the_namespace_of_ipvs(place):
    """The table of nftables and the sysctl, nowhere else, and neither is there afterwards."""
    two = place.hosts["two"]
    two.run("modprobe", "-a", "nft_ct", "nft_chain_nat", "nft_masq")  # nft would wait for them

    def needs(host):
        return ("holdfast_fullnat" in host.run("/usr/sbin/nft", "list", "tables"),
                host.run("sysctl", "-n", "net.ipv4.vs.conntrack").strip())

    place.write("net_namespace_ipvs TWO\nglobal_defs {\n    lvs_auto_sysctl\n}\n" + CONFIGURATION
                + SERVICE.replace("NAT", "FULLNAT"))
    process = place.start("one")
    process.wait_until(lambda: "10.0.0.7:80" in ipvs.listing(two) and needs(two) == (True, "1"),
                       START_LIMIT_S + NFT_LIMIT_S, "the service and what it needs are there")
    assert needs(place.hosts["one"]) == needs(place.elsewhere) == (False, "0")
    process.terminate()
    assert process.wait_end() == 0
    assert needs(two) == (False, "0")


@pytest.mark.ipvs
def test_the_sync_daemon_s_interface_is_one_of_the_namespace_of_ipvs(place):
    """VRRP's has none of that name."""
    two = place.hosts["two"]
    two.ip("link add sync0 type veth peer name sync1", "link set sync1 up",
           "addr add 192.0.2.1/24 dev sync0", "link set sync0 up")
    place.write("net_namespace_ipvs TWO\nglobal_defs {\n    lvs_sync_daemon sync0 id 3\n}\n"
                + CONFIGURATION + SERVICE)
    process = place.start("one")
    process.wait_until(lambda: sorted(ipvs.daemons(two)) == ["backup", "master"], START_LIMIT_S,
                       "both roles run there")
    assert ipvs.daemons(place.hosts["one"]) == {}
    process.terminate()
    assert process.wait_end() == 0
    assert ipvs.daemons(two) == {}
