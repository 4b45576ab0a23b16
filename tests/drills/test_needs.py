# SPDX-License-Identifier: Apache-2.0
"""What an instance cannot do without: the interfaces of its addresses and routes, a peer. Each fault
says what would end it."""

import pytest

from lib.daemons import Holdfast
from lib.pairs import backup_of
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

OWN, ELSEWHERE = "10.9.0.18", "10.8.0.18"
LIMIT_S = 10  # 3 intervals and the skew, twice, and a carrier's way through the kernel, on a busy machine
INSTANCE = """vrrp_instance A {
    state MASTER
    interface eth1
    version 3
    virtual_router_id 7
    priority 150
    advert_int 0.2
    virtual_ipaddress {
        10.9.0.18/24
        10.8.0.18/24 dev eth2 WORD
    }
    MORE
}
"""


class Director:
    """A host with two interfaces, one of which its adverts leave by."""

    def __init__(self, net, number, networks, configuration):
        self.host = net.host(f"lb-{number}", eth1=(networks[0], f"10.9.0.{number}/24"),
                             eth2=(networks[1], f"10.8.0.{number}/24"))
        self.configuration = configuration
        self.daemon = Holdfast(self.host, configuration)

    def instance(self):
        """Its status."""
        (found,) = self.daemon.status()["instances"]
        return found

    def wait_state(self, state):
        """Waits for it; returns the status then."""
        return wait_until(lambda: (it := self.instance())["state"] == state and it, LIMIT_S,
                          f"{self.host.name} is {state}")

    def wait_fault(self, text):
        """Waits for FAULT for that reason alone; returns what would end it."""
        wait_until(lambda: (it := self.instance())["state"] == "FAULT" and it["faults"] == [text],
                   LIMIT_S, f"FAULT: {text}")
        (cure,) = self.instance()["cures"]
        assert cure
        return cure

    def reload(self, text):
        """With another configuration."""
        self.daemon.write_configuration(text)
        assert self.daemon.reload() is None


@pytest.fixture(name="start")
def make_start(net):
    """A function that starts a pair with words for the address on eth2, or anything more."""
    def start(word="", more=""):
        networks = net.switch("inside"), net.switch("outside")
        text = INSTANCE.replace("WORD", word).replace("MORE", more)
        pair = [Director(net, 1, networks, text), Director(net, 2, networks, backup_of(text))]
        for director in pair:
            wait_until(director.host.has_carriers, 5, "the links are up")
            director.daemon.start()
        pair[0].wait_state("MASTER")
        pair[1].wait_state("BACKUP")
        return pair
    return start


def owners(pair, address):
    """Who has it."""
    return [director.host.name for director in pair if director.host.owns(address)]


def wait_owner(pair, name):
    """Waits until one has both addresses, alone."""
    wait_until(lambda: owners(pair, OWN) == owners(pair, ELSEWHERE) == [name], LIMIT_S,
               f"{name} alone has both addresses")


@pytest.mark.parametrize("lost", ["cable", "down", "gone"])
def test_an_address_moves_with_all_others_when_its_interface_is_lost(start, lost):
    """Without its cable, set down, or under another name; and all return when it does."""
    pair = start()
    host = pair[0].host
    wait_owner(pair, "lb-1")
    if lost == "cable":
        host.unplug("eth2")
    else:
        host.ip("link set eth2 down")
    assert "no_track" in pair[0].wait_fault("interface eth2 is down")
    wait_owner(pair, "lb-2")
    if lost == "gone":
        host.ip("link set eth2 name away")
        assert "no_track" in pair[0].wait_fault("interface eth2 does not exist")
    if lost == "cable":
        host.plug("eth2")
    else:
        if lost == "gone":
            host.ip("link set away name eth2")
        host.ip("link set eth2 up")
    wait_owner(pair, "lb-1")
    assert pair[0].instance()["faults"] == []


def test_no_track_goes_on_without_the_interface(start):
    """The address is missing meanwhile, the others are not; a reload without the word moves them."""
    pair = start("no_track")
    pair[0].host.unplug("eth2")
    wait_until(lambda: not pair[0].host.has_carriers(), LIMIT_S, "the kernel has noticed")
    # Not who has the address: a director without a processor may lose it for a moment, to get it back.
    hold(lambda: pair[0].instance()["faults"] == [], 1, "lb-1 is not in fault")
    wait_until(lambda: owners(pair, OWN) == ["lb-1"], LIMIT_S, "lb-1 is master")
    assert pair[0].instance()["faults"] == []
    pair[0].reload(INSTANCE.replace("WORD", "").replace("MORE", ""))
    pair[0].wait_fault("interface eth2 is down")
    wait_until(lambda: owners(pair, OWN) == ["lb-2"], LIMIT_S, "lb-2 is master")
    pair[0].reload(pair[0].configuration)
    wait_until(lambda: owners(pair, OWN) == ["lb-1"], LIMIT_S, "lb-1 is master again")


def test_a_route_needs_its_interface_and_the_own_one_has_its_own_word(start):
    """dont_track_primary is of the own one alone."""
    pair = start("no_track", "dont_track_primary\n    virtual_routes {\n"
                 "        198.51.100.0/24 dev eth2\n    }")
    pair[0].host.unplug("eth2")
    pair[0].wait_fault("interface eth2 is down")
    wait_until(lambda: owners(pair, OWN) == ["lb-2"], LIMIT_S, "lb-2 is master")
    pair[0].host.plug("eth2")
    wait_until(lambda: owners(pair, OWN) == ["lb-1"], LIMIT_S, "lb-1 is master again")
    pair[0].host.unplug("eth1")
    wait_until(lambda: not pair[0].host.has_carriers(), LIMIT_S, "the kernel has noticed")
    hold(lambda: pair[0].instance()["faults"] == [], 1, "its own interface does not count")


def test_without_a_peer_it_is_in_fault_until_a_reload_names_one(net):
    """unicast_fault_no_peer, where multicast would be in place of it."""
    networks = net.switch("inside"), net.switch("outside")
    text = INSTANCE.replace("WORD", "")
    director = Director(net, 1, networks, text.replace("MORE", "unicast_fault_no_peer"))
    wait_until(director.host.has_carriers, 5, "the links are up")
    director.daemon.start()
    cure = director.wait_fault("unicast_fault_no_peer: unicast_peer names nobody else")
    assert "unicast_peer" in cure
    hold(lambda: not director.host.owns(OWN), 1, "it takes nothing")
    director.reload(text.replace(
        "MORE", "unicast_fault_no_peer\n    unicast_peer {\n        10.9.0.2\n    }"))
    assert director.wait_state("MASTER")["faults"] == []
    wait_until(lambda: director.host.owns(OWN), LIMIT_S, "it has the address")


def test_an_interface_that_the_kernel_does_not_make_has_its_cure(net):
    """A port of a bridge carries no macvlan: as any fault, with what ends it."""
    networks = net.switch("inside"), net.switch("outside")
    director = Director(net, 1, networks, INSTANCE.replace("WORD", "").replace("MORE", "use_vmac"))
    director.host.ip("link add br0 type bridge", "link set eth1 master br0")
    wait_until(director.host.has_carriers, 5, "the links are up")
    director.daemon.start()
    status = director.wait_state("FAULT")
    (fault,), (cure,) = status["faults"], status["cures"]
    assert "cannot be made on eth1" in fault
    assert "modprobe macvlan" in cure


def test_a_socket_that_cannot_be_had_has_its_cure(net):
    """No group may be joined: the sysctl is named, and a reload after it was set is enough."""
    networks = net.switch("inside"), net.switch("outside")
    director = Director(net, 1, networks, INSTANCE.replace("WORD", "").replace("MORE", ""))
    wait_until(director.host.has_carriers, 5, "the links are up")
    director.host.set_sysctl("net.ipv4.igmp_max_memberships", 0)
    director.daemon.start()
    cure = director.wait_fault("no socket for VRRP on eth1: No buffer space available")
    assert "net.ipv4.igmp_max_memberships" in cure
    director.host.set_sysctl("net.ipv4.igmp_max_memberships", 20)
    director.reload(director.configuration)
    assert director.wait_state("MASTER")["cures"] == []
