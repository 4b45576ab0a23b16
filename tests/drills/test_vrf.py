# SPDX-License-Identifier: Apache-2.0
"""Instances in a VRF: by the keyword (unicast without an interface), and by their interface being in one.

Two customers with the same addresses, each in a VRF of its own, on two directors that serve both.
The lab's kernel has VRFs, which not every build machine's has.
"""

import pytest

from lib.capture import Capture
from lib.clients import Pings, ping
from lib.daemons import Holdfast, advert_limit_s
from lib.waiting import hold, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VRID = 51
INTERVAL_S = 0.6  # the lab may be slow
COLOURS = {"eth1": ("BLUE", "vrf-blue", 10), "eth2": ("RED", "vrf-red", 20)}
ADDRESSES = {4: ("10.9.0.5", "10.9.0.6", "10.9.0.18", "10.9.0.100", 24),
             6: ("fd00:9::5", "fd00:9::6", "fd00:9::18", "fd00:9::100", 64)}
ANSWER_S = 2
LIMIT_S = 2 * advert_limit_s(1, INTERVAL_S)
INSTANCE = """vrrp_instance {name} {{
    {where}
    virtual_router_id {vrid}
    version 3
    advert_int {interval}
    priority {priority}
    {words}
    virtual_ipaddress {{
        {addresses}
    }}
}}
"""


class Site:
    """Two directors with a leg in each VRF, and a client of each customer."""

    def __init__(self, net, family, make):
        """make -- (interface, number of the director, priority) to an instance as text"""
        first, second, self.vip, client, length = ADDRESSES[family]
        self.family = family
        lans = {interface: net.switch(colour[0]) for interface, colour in COLOURS.items()}
        self.clients = {
            interface: net.host(f"client-{interface}", eth1=(lan, f"{client}/{length}"))
            for interface, lan in lans.items()}
        self.captures = {interface: Capture(host) for interface, host in self.clients.items()}
        self.hosts = []
        self.daemons = []
        for number, address in enumerate((first, second)):
            host = net.host(f"lb-{number + 1}", **{interface: (lan,) for interface, lan in lans.items()})
            host.ip(*(line for interface, (_, vrf, table) in COLOURS.items() for line in (
                f"link add {vrf} type vrf table {table}", f"link set {vrf} up",
                f"link set {interface} master {vrf}",
                f"addr add {address}/{length} dev {interface}{' nodad' if family == 6 else ''}")))
            self.hosts.append(host)
            # The first one is master for BLUE, the second one for RED.
            self.daemons.append(Holdfast(host, "".join(
                make(interface, number, 150 if (interface == "eth1") == (number == 0) else 100)
                for interface in COLOURS)))

    def start(self):
        """Starts both and waits until each is the master of its customer."""
        for daemon in self.daemons:
            daemon.start()
        wait_until(lambda: self.owners() == {"eth1": [0], "eth2": [1]}, LIMIT_S,
                   "each customer has its master")

    def owners(self):
        """For each customer the directors that have the address on the interface to it now."""
        return {interface: [number for number, host in enumerate(self.hosts)
                            if self.place(host, interface)] for interface in COLOURS}

    def place(self, host, interface):
        """Whether a host has the address where a customer sees it."""
        return self.vip in host.address_list(interface)

    def assert_served(self):
        """Both clients are, each by its own master: one that has nothing to do with the other's."""
        for interface, client in self.clients.items():
            wait_until(lambda client=client: self._answers(client), LIMIT_S, f"{interface} is served")

    def _answers(self, client):
        try:
            return ping(self.vip)(client, ANSWER_S)
        except OSError:
            return None

    def status(self, number, name):
        """An instance of a director."""
        return next(each for each in self.daemons[number].status()["instances"]
                    if each["name"] == name)


def unicast(family):
    """An instance that has no interface but its addresses', and speaks in its VRF."""
    def make(interface, number, priority):
        name, vrf, _ = COLOURS[interface]
        own, other, vip, _, length = ADDRESSES[family]
        own, other = (own, other) if number == 0 else (other, own)
        return INSTANCE.format(
            name=name, where=f"vrf {vrf}", vrid=VRID, interval=INTERVAL_S, priority=priority,
            words=f"unicast_src_ip {own}\n    unicast_peer {{\n        {other}\n    }}",
            addresses=f"{vip}/{length} dev {interface}")
    return make


def multicast(family, words=""):
    """An instance on an interface that is in a VRF, about which it says nothing."""
    def make(interface, _, priority):
        vip, length = ADDRESSES[family][2], ADDRESSES[family][4]
        return INSTANCE.format(
            name=COLOURS[interface][0], where=f"interface {interface}", vrid=VRID,
            interval=INTERVAL_S, priority=priority, words=words,
            addresses=("fe80::18/64\n        " if family == 6 else "") + f"{vip}/{length}")
    return make


def place_in_vrf(site, host, interface):
    """Whether a host has the address in the VRF of a customer, on whichever interface."""
    return site.vip in host.run("ip", "addr", "show", "vrf", COLOURS[interface][1]).replace(
        "/", " ").split()


def assert_takes_over(site):
    """The first director dies: RED stays where it is, BLUE comes to the second one, and is served."""
    heard = site.status(1, "BLUE")["counters"]["adverts_received"]
    wait_until(lambda: site.status(1, "BLUE")["counters"]["adverts_received"] > heard + 2, LIMIT_S,
               "the backup hears the master")
    with Pings(site.clients["eth1"], site.vip, 0.01) as pings:
        wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the client is served")
        killed = site.daemons[0].kill()
        site.hosts[0].unplug("eth1")
        wait_until(lambda: site.place(site.hosts[1], "eth1"), LIMIT_S, "a takeover")
        wait_until(lambda: site.captures["eth1"].announcements(
            site.vip, site.hosts[1].mac("eth1"), killed), LIMIT_S, "it is announced there")
        wait_until(lambda: pings.answered(killed + 1) >= 10, LIMIT_S + 1, "the client is served")
    assert site.place(site.hosts[1], "eth2")


@pytest.mark.parametrize("family", [4, 6])
def test_two_vrfs_with_the_same_addresses_do_not_hear_each_other(net, family):
    """vrf, without an interface: same VRID, peers and virtual address in both, and two masters."""
    site = Site(net, family, unicast(family))
    site.start()
    site.assert_served()
    for interface, capture in site.captures.items():
        capture.forget()
    hold(lambda: site.owners() == {"eth1": [0], "eth2": [1]}, 4 * INTERVAL_S, "one master each")
    for number in (0, 1):
        for name in ("BLUE", "RED"):
            counters = site.status(number, name)["counters"]
            assert counters["send_errors"] == 0
            assert not any(counters["dropped"].values()), counters["dropped"]
    assert_takes_over(site)


def changes(site, number, name):
    """How often an instance of a director became master or left that."""
    counters = site.status(number, name)["counters"]
    return counters["became_master"] + counters["left_master"]


def test_who_goes_on_after_a_crash_does_so_in_its_own_vrf_alone(net):
    """What differs in nothing but the VRF was no master, and must not take the other one's place."""
    site = Site(net, 4, unicast(4))
    site.start()
    site.daemons[0].kill()
    site.daemons[0].start()
    wait_until(lambda: site.status(0, "BLUE")["state"] == "MASTER", LIMIT_S, "BLUE is resumed")
    hold(lambda: site.owners() == {"eth1": [0], "eth2": [1]}, 4 * INTERVAL_S, "one master each")
    assert changes(site, 0, "RED") == 0
    assert changes(site, 1, "RED") == 1


def test_a_reload_without_one_vrf_leaves_the_other_one_alone(net):
    """RED is not taken for BLUE, which stood in front of it with the same addresses."""
    site = Site(net, 4, unicast(4))
    site.start()
    daemon = site.daemons[1]
    daemon.write_configuration(daemon.file_text[daemon.file_text.index("vrrp_instance RED"):])
    assert daemon.reload() is None
    assert [each["name"] for each in daemon.status()["instances"]] == ["RED"]
    hold(lambda: site.owners() == {"eth1": [0], "eth2": [1]}, 4 * INTERVAL_S, "one master each")
    assert changes(site, 1, "RED") == 1


def test_a_vrf_that_is_not_there_is_waited_for(net):
    """FAULT with its name at the start and when it goes; at work again when it comes."""
    site = Site(net, 4, unicast(4))
    host, daemon = site.hosts[0], site.daemons[0]
    address = ADDRESSES[4][0]
    host.ip("link del vrf-blue")
    daemon.start()
    assert site.status(0, "BLUE")["vrf"] == "vrf-blue"
    assert "vrf-blue vrid" in daemon.control("status")
    for _ in range(2):
        wait_until(lambda: site.status(0, "BLUE")["state"] == "FAULT", LIMIT_S, "FAULT")
        assert any("vrf-blue does not exist" in fault for fault in site.status(0, "BLUE")["faults"])
        host.ip("link add vrf-blue type vrf table 10", "link set vrf-blue up",
                "link set eth1 master vrf-blue", f"addr replace {address}/24 dev eth1")
        wait_until(lambda: site.status(0, "BLUE")["state"] == "MASTER" and site.place(host, "eth1"),
                   LIMIT_S, "MASTER")
        wait_until(lambda: site._answers(site.clients["eth1"]), LIMIT_S, "the client is served")
        host.ip("link del vrf-blue")


@pytest.mark.parametrize("family", [4, 6])
def test_an_interface_that_is_in_a_vrf_needs_no_word(net, family):
    """Multicast on it, the address in the VRF's table; both customers at once."""
    site = Site(net, family, multicast(family))
    site.start()
    site.assert_served()
    assert_takes_over(site)


@pytest.mark.parametrize("family", [4, 6])
def test_a_virtual_interface_is_in_the_vrf_of_the_one_below(net, family):
    """use_vmac: else its address would be the host's, and no client of the VRF were answered."""
    site = Site(net, family, multicast(family, "use_vmac"))
    device = {4: "vrrp.51", 6: "vrrp6.51"}[family]
    site.place = lambda host, interface: place_in_vrf(site, host, interface)
    site.start()
    site.assert_served()
    masters = {host.run("ip", "-o", "link", "show", name).partition(" master ")[2].split()[0]
               for host in site.hosts for name in (device, f"{device}.2")}
    assert masters == {"vrf-blue", "vrf-red"}


def test_a_virtual_interface_follows_the_one_below_into_another_vrf(net):
    """Somebody moves the interface: the customer of the VRF that it is in now is served."""
    site = Site(net, 4, multicast(4, "use_vmac"))
    site.place = lambda host, interface: place_in_vrf(site, host, interface)
    site.start()
    host, device = site.hosts[0], "vrrp.51"
    host.ip("link add vrf-green type vrf table 30", "link set vrf-green up",
            "link set eth1 master vrf-green")
    wait_until(lambda: " master vrf-green " in host.run("ip", "-o", "link", "show", device,
                                                        check=False), LIMIT_S, "it is there, too")
    wait_until(lambda: site.status(0, "BLUE")["state"] == "MASTER", LIMIT_S, "MASTER")
    site.assert_served()
    host.ip("link set eth1 nomaster")
    wait_until(lambda: " master " not in host.run("ip", "-o", "link", "show", device,
                                                  check=False), LIMIT_S, "in none")
    wait_until(lambda: site.status(0, "BLUE")["state"] == "MASTER", LIMIT_S, "MASTER")
    site.assert_served()
