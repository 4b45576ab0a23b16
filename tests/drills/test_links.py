# SPDX-License-Identifier: Apache-2.0
"""Interfaces that come, go, flap and are renamed; when a change of theirs counts; polled ones."""

import re
import signal
import time

import pytest

from lib.capture import Capture
from lib.daemons import Holdfast
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

VIP = "10.0.0.18"
INSTANCE = """vrrp_instance A {
    interface eth1
    version 3
    virtual_router_id 7
    priority 200
    advert_int 0.2
    virtual_ipaddress {
        10.0.0.18/24
    }
}
"""
TAKEN = ["addr add 10.1.0.1/24 dev veth0", "link set veth0 up"]
MADE = ["link add veth0 type veth peer name veth1", "link set veth1 up", *TAKEN]
MASTER_S = 10 + SLACK_S  # 3 intervals and the skew, and a carrier's way through the kernel; not measured
SOON_S = 5 + SLACK_S     # what follows at once, however long it is kept from running
POLL_S = 1  # between two questions to a driver


@pytest.fixture
def director(net):
    """A host with one interface, and a daemon that does not run yet."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.0.0.1/24"))
    wait_until(host.has_carriers, 5, "the link is up")
    return Holdfast(host, INSTANCE)


def state(daemon):
    """The state of the instance."""
    (instance,) = daemon.status()["instances"]
    return instance["state"]


def faults(daemon):
    """What is wrong with it."""
    (instance,) = daemon.status()["instances"]
    return instance["faults"]


def link(daemon, name="eth1"):
    """What status has of an interface that is polled or has delays."""
    (found,) = (each for each in daemon.status()["network"]["links"] if each["interface"] == name)
    return found


def wait_faults(daemon, *wanted):
    """Waits until this, and no more, is wrong with it."""
    wait_until(lambda: faults(daemon) == list(wanted), SOON_S, f"its faults are {wanted}")


def wait_state(daemon, wanted, limit_s=MASTER_S):
    """Waits for a state; returns when it was there."""
    wait_until(lambda: state(daemon) == wanted, limit_s, f"the instance is {wanted}")
    return time.monotonic()


def start(daemon, more=""):
    """Starts it with more at the top of its file, as master."""
    daemon.write_configuration(more + INSTANCE)
    daemon.start()
    wait_state(daemon, "MASTER")


def flap(host, times=5):
    """The cable has a loose contact."""
    for _ in range(times):
        host.unplug("eth1")
        time.sleep(0.05)
        host.plug("eth1")
        time.sleep(0.05)


# ---- interface_up_down_delays ----------------------------------------------------------------------


def delays(director, down_s, up_s):
    """Other delays, as a reload; what is waited for counts from when it began."""
    director.write_configuration(f"interface_up_down_delays {{\n    eth1 {down_s} {up_s}\n}}\n" + INSTANCE)
    assert director.reload() is None


def test_a_link_counts_as_down_and_as_up_when_it_was_for_its_delay(director):
    """Until then status says what is waited for: long enough to be seen, before the delay is made short."""
    start(director, "interface_up_down_delays {\n    eth1 60 60\n}\n")
    lost = time.monotonic()
    director.host.unplug("eth1")
    waiting = wait_until(lambda: (it := link(director))["changes_in_ms"] and it, SOON_S,
                         "status tells what is waited for")
    assert (waiting["up"], waiting["seen_up"], waiting["down_delay_ms"]) == (True, False, 60000)
    assert 0 < waiting["changes_in_ms"] <= 60000
    assert "eth1 is down, and counts as up for another" in director.control("status")
    delays(director, 1.5, 60)
    assert wait_state(director, "FAULT") - lost >= 1.5
    wait_until(lambda: not director.host.owns(VIP), SOON_S, "the address is taken away")
    back = time.monotonic()
    director.host.plug("eth1")
    wait_faults(director, "interface eth1 was down, and is not up for long enough")
    delays(director, 1.5, 2)
    assert wait_state(director, "MASTER") - back >= 2
    assert link(director)["changes_in_ms"] is None


def test_a_link_that_is_up_again_when_its_delay_ends_does_not_count_as_down(director):
    """Though the daemon could not look meanwhile: its return is read before its loss is believed."""
    start(director, "interface_up_down_delays {\n    eth1 2\n}\n")
    begun = time.time()
    director.host.unplug("eth1")
    left_ms = wait_until(lambda: link(director)["changes_in_ms"], SOON_S, "the loss is seen")
    director.process.signal(signal.SIGSTOP)
    director.host.plug("eth1")
    wait_until(director.host.has_carriers, SOON_S, "the link is up")
    time.sleep(left_ms / 1000)  # its delay is over
    director.process.signal(signal.SIGCONT)
    wait_until(lambda: link(director)["changes_in_ms"] is None, SOON_S, "the link has settled")
    assert state(director) == "MASTER"
    assert not director.process.find("FAULT|BACKUP", begun)


def test_a_link_that_flaps_within_its_delay_changes_nothing(director):
    """No state, no address, nothing in the log of the instance."""
    start(director, "interface_up_down_delays {\n    eth1 4\n}\n")
    begun = time.time()
    flap(director.host)
    wait_until(lambda: link(director)["changes_in_ms"] is None, MASTER_S, "the link has settled")
    hold(lambda: director.host.owns(VIP), 4.2, "the address stays where it is")
    assert not director.process.find("FAULT|BACKUP", begun)


def test_a_reload_changes_the_delay_that_is_waited_for(director):
    """It counts from when the link went down."""
    start(director, "interface_up_down_delays {\n    eth1 60\n}\n")
    director.host.unplug("eth1")
    wait_until(lambda: link(director)["changes_in_ms"], SOON_S, "the loss is seen")
    director.write_configuration("interface_up_down_delays {\n    eth1 0.3\n}\n" + INSTANCE)
    assert director.reload() is None
    wait_state(director, "FAULT")
    director.write_configuration(INSTANCE)
    assert director.reload() is None
    assert director.status()["network"]["links"] == []


def test_an_interface_that_comes_again_counts_as_up_after_its_delay(director):
    """It goes at once, though."""
    director.host.ip(*MADE)
    director.write_configuration("interface_up_down_delays {\n    veth0 60 1.5\n}\n" +
                                 INSTANCE.replace("eth1", "veth0"))
    director.start()
    wait_state(director, "MASTER")
    director.host.ip("link del veth0")
    wait_state(director, "FAULT")
    made = time.monotonic()
    director.host.ip(*MADE)
    assert wait_state(director, "MASTER") - made >= 1.5


def test_a_tracked_interface_counts_after_its_delay(director):
    """With a weight it moves the priority, as late as it would move the state."""
    director.host.ip(*MADE)
    director.write_configuration(
        "interface_up_down_delays {\n    veth0 1.5 0.5\n}\n" + INSTANCE.replace(
            "virtual_ipaddress", "track_interface {\n        veth0 weight -50\n    }\n"
            "    virtual_ipaddress"))
    director.start()
    wait_state(director, "MASTER")

    def priority():
        (instance,) = director.status()["instances"]
        return instance["priority_effective"]
    wait_until(lambda: priority() == 200, MASTER_S, "the interface counts as up")
    lost = time.monotonic()
    director.host.ip("link set veth1 down")
    wait_until(lambda: priority() == 150, MASTER_S, "the priority is lower")
    assert time.monotonic() - lost >= 1.5
    director.host.ip("link set veth1 up")
    wait_until(lambda: priority() == 200, 0.5 + MASTER_S, "the priority is as before")


# ---- Polling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("top,inside,way", [
    ("linkbeat_interfaces {\n    eth1 ETHTOOL\n}\n", "", "ETHTOOL"),
    ("linkbeat_interfaces {\n    eth1 IOCTL\n}\n", "", "IOCTL"),
    ("linkbeat_interfaces {\n    eth1 MII\n}\n", "", "ETHTOOL"),
    ("linkbeat_use_polling\n", "", "ETHTOOL"),
    ("", "linkbeat_use_polling\n", "ETHTOOL"),
])
def test_a_polled_interface_faults_and_returns(director, top, inside, way):
    """A veth has no transceiver to ask: what it does not know is not asked for long."""
    director.write_configuration(top + INSTANCE.replace("version 3", inside + "version 3"))
    director.start()
    wait_state(director, "MASTER")
    wait_until(lambda: link(director)["polled_by"] == way, POLL_S + SOON_S, "it is polled")
    line = "does not know MII: polled by ETHTOOL"
    assert director.process.wait_for(line, SOON_S) if "MII" in top else not director.process.find(line)
    director.host.unplug("eth1")
    wait_state(director, "FAULT", 2 * POLL_S + SOON_S)
    director.host.plug("eth1")
    wait_state(director, "MASTER", 2 * POLL_S + MASTER_S)
    director.host.ip("link set eth1 down")
    wait_state(director, "FAULT", 2 * POLL_S + SOON_S)
    director.terminate()


# ---- Interfaces come and go ------------------------------------------------------------------------

@pytest.fixture
def elsewhere(director):
    """A daemon whose instance is on veth0, which is not there yet."""
    director.write_configuration(INSTANCE.replace("eth1", "veth0").replace("10.0.0.", "10.1.0."))
    return director


def test_interface_that_is_absent_at_start_is_waited_for(elsewhere):
    """FAULT with a reason, then as if nothing had been."""
    elsewhere.start()
    wait_state(elsewhere, "FAULT")
    wait_faults(elsewhere, "interface veth0 does not exist")
    elsewhere.host.ip(*MADE)
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is there")


def test_interface_that_vanishes_and_is_made_again_is_used_again(elsewhere):
    """It has another index each time."""
    elsewhere.host.ip(*MADE)
    elsewhere.start()
    for _ in range(3):
        wait_state(elsewhere, "MASTER")
        wait_until(lambda: elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is there")
        elsewhere.host.ip("link del veth0")
        wait_state(elsewhere, "FAULT")
        elsewhere.host.ip(*MADE)
    wait_state(elsewhere, "MASTER")


@pytest.mark.parametrize("late", [False, True], ids=["seen at once", "seen afterwards"])
def test_interface_that_is_renamed_is_gone_until_it_has_its_name_again(elsewhere, late):
    """And its addresses do not stay on what has another name now, even if it had it before we could look."""
    elsewhere.host.ip(*MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is there")
    if late:
        elsewhere.process.signal(signal.SIGSTOP)
    # A kernel before 6.2 renames only what is down.
    elsewhere.host.ip("link set veth0 down", "link set veth0 name other", "link set other up")
    if late:
        elsewhere.process.signal(signal.SIGCONT)
    wait_state(elsewhere, "FAULT")
    wait_faults(elsewhere, "interface veth0 does not exist")
    wait_until(lambda: not elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is taken away")
    elsewhere.host.ip("link set other down", "link set other name veth0", "link set veth0 up")
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is there")


def test_interface_that_takes_a_name_over_is_used(elsewhere):
    """One goes by that name, another one comes by it: adverts and addresses are on the new one."""
    elsewhere.host.ip(*MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    elsewhere.host.ip("link set veth0 down", "link set veth0 name other", "link set other up")
    wait_state(elsewhere, "FAULT")
    elsewhere.host.ip("addr flush dev other", "link add veth0 type veth peer name veth2",
                      "link set veth2 up", *TAKEN)
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: elsewhere.host.address_details("10.1.0.18"), SOON_S, "the address is there")
    assert elsewhere.host.address_details("10.1.0.18")["dev"] == "veth0"


def test_interface_that_flaps_leaves_the_instance_at_work(director):
    """Without delays each loss may count; in the end the address is there, and nothing is left over."""
    start(director)
    flap(director.host, 20)
    wait_until(director.host.has_carriers, 5, "the link is up")
    wait_state(director, "MASTER")
    wait_until(lambda: director.host.owns(VIP), SOON_S, "the address is there")
    hold(lambda: state(director) == "MASTER", 1, "it stays master")
    assert director.host.address_list("eth1") == ["10.0.0.1", VIP]


# ---- Addresses -------------------------------------------------------------------------------------


def test_a_source_address_that_vanishes_is_a_fault(director):
    """track_src_ip: until some interface has it again; without it the instance goes on."""
    source = INSTANCE.replace("advert_int", "mcast_src_ip 10.0.0.1\n    track_src_ip\n    advert_int")
    director.write_configuration(source)
    director.start()
    wait_state(director, "MASTER")
    director.host.ip("addr del 10.0.0.1/24 dev eth1")
    wait_state(director, "FAULT")
    wait_faults(director, "the source address 10.0.0.1 is on no interface")
    director.host.ip("addr add 10.0.0.1/24 dev lo")
    wait_state(director, "MASTER")
    director.write_configuration(source.replace("track_src_ip\n", "\n"))
    assert director.reload() is None
    director.host.ip("addr del 10.0.0.1/24 dev lo")
    hold(lambda: state(director) == "MASTER", 1, "nobody looks for it")


def test_an_address_outlives_the_first_one_of_its_network(director):
    """promote_secondaries: the kernel would take those of the network along."""
    name = "net.ipv4.conf.eth1.promote_secondaries"
    for kind in ("all", "eth1"):
        director.host.set_sysctl(name.replace("eth1", kind), 0)
    start(director)
    removed = director.status()["network"]["addresses_restored"]
    director.write_configuration(INSTANCE.replace(
        "version 3", "promote_secondaries\n    mcast_src_ip 10.0.0.1\n    version 3"))
    assert director.reload() is None
    assert director.host.run("cat", "/proc/sys/" + name.replace(".", "/")) == "1\n"
    director.host.ip("addr del 10.0.0.1/24 dev eth1")
    wait_until(lambda: not director.host.owns("10.0.0.1"), SOON_S, "the first address is gone")
    hold(lambda: director.host.owns(VIP), 0.5, "the virtual one stays")
    assert director.status()["network"]["addresses_restored"] == removed, "it was never away"
    director.terminate()
    assert director.host.run("cat", "/proc/sys/" + name.replace(".", "/")) == "0\n"


# ---- Notifications that were lost ------------------------------------------------------------------


def buffers(daemon):
    """The sizes of the host's netlink sockets' receive buffers, as the kernel has them (doubled)."""
    return {int(size) for size in
            re.findall(r"\brb(\d+)", daemon.host.run("ss", "-f", "netlink", "-mn"))}


def test_buffers_are_as_large_as_the_file_says(director):
    """Beyond net.core.rmem_max only by force; and as before when the file says nothing."""
    start(director)
    before = buffers(director)
    assert not before & {40000000, 60000000}
    director.write_configuration(
        "global_defs {\n    vrrp_netlink_monitor_rcv_bufs 20000000\n"
        "    vrrp_netlink_monitor_rcv_bufs_force on\n    lvs_netlink_cmd_rcv_bufs 30000000\n"
        "    lvs_netlink_cmd_rcv_bufs_force on\n}\n" + INSTANCE)
    assert director.reload() is None
    assert buffers(director) >= {40000000, 60000000}, "of those that watch, and of those that ask"
    director.write_configuration(
        "global_defs {\n    vrrp_netlink_monitor_rcv_bufs 2000000000\n}\n" + INSTANCE)
    assert director.reload() is None
    director.process.wait_for("vrrp_netlink_monitor_rcv_bufs: net.core.rmem_max allows", SOON_S)
    director.write_configuration(INSTANCE)
    assert director.reload() is None
    assert buffers(director) == before


NOISE = [f"addr {what} 10.{number}.0.1/32 dev lo" for what in ("add", "del") for number in range(20, 120)]
SMALL = "global_defs {\n    vrrp_netlink_monitor_rcv_bufs 4096\n}\n"


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize("change, peer", [
    (["link del veth0", *MADE], "veth1"),
    (["link set veth0 down", "link set veth0 name other", "link set other up", "link set spare0 down",
      "link set spare0 name veth0", *TAKEN], "spare1"),
], ids=["made anew", "taken over"])
def test_interface_that_is_another_one_before_anybody_could_look(elsewhere, change, peer, told):
    """Whether the kernel could tell of it or not: the address is on the one that has the name now, and on no
    other, and the neighbours hear of its hardware address."""
    host = elsewhere.host
    # That a takeover is announced twice would be taken for what is wanted here.
    elsewhere.write_configuration(("" if told else SMALL) + elsewhere.file_text.replace(
        "advert_int", "garp_master_delay 60\n    advert_int"))
    # It has the lower index: a dump tells of its new name before it tells of the other's.
    host.ip("link add spare0 type veth peer name spare1", "link set spare1 up", "link set spare0 up", *MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: host.owns("10.1.0.18"), SOON_S, "the address is there")
    elsewhere.process.signal(signal.SIGSTOP)
    host.ip(*(() if told else NOISE), *change)
    capture = Capture(host, peer)
    elsewhere.process.signal(signal.SIGCONT)
    wait_until(lambda: host.address_list("veth0") == ["10.1.0.1", "10.1.0.18"], SOON_S, "the address is there")
    mac = host.mac("veth0")
    wait_until(lambda: capture.announcements("10.1.0.18", mac), MASTER_S, "the address is announced")
    wait_state(elsewhere, "MASTER")
    now = time.time()
    wait_until(lambda: capture.adverts("10.1.0.1", now), SOON_S, "it speaks there")
    assert host.address_list("veth0") == ["10.1.0.1", "10.1.0.18"]
    assert "other" not in " ".join(change) or host.address_list("other") == ["10.1.0.1"]
    assert bool(elsewhere.process.find("the kernel dropped notifications")) != told


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_interface_below_a_virtual_one_is_another_one_before_anybody_could_look(elsewhere, told):
    """The virtual one went with it: it is made anew, and the address is on it."""
    host = elsewhere.host
    elsewhere.write_configuration(("" if told else SMALL) + elsewhere.file_text.replace(
        "advert_int", "use_vmac\n    garp_master_delay 60\n    advert_int"))
    host.ip(*MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: host.owns("10.1.0.18"), SOON_S, "the address is there")
    elsewhere.process.signal(signal.SIGSTOP)
    host.ip(*(() if told else NOISE), "link del veth0", *MADE)
    capture = Capture(host, "veth1")
    elsewhere.process.signal(signal.SIGCONT)
    wait_until(lambda: (it := host.address_details("10.1.0.18")) and it["dev"] == "vrrp.7", SOON_S, "the address is there")
    wait_until(lambda: capture.announcements("10.1.0.18", "00:00:5e:00:01:07"), MASTER_S, "the address is announced")
    now = time.time()
    wait_until(lambda: capture.adverts(since=now), SOON_S, "it speaks there")
    wait_state(elsewhere, "MASTER")


def test_what_is_as_before_when_one_can_look_changes_nothing(elsewhere):
    """An interface that was down and is up, an address that was taken off and put on."""
    host = elsewhere.host
    host.ip(*MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    wait_until(lambda: host.owns("10.1.0.18"), SOON_S, "the address is there")
    begun = time.time()
    capture = Capture(host, "veth1")
    for lines in (["link set veth0 down", "link set veth0 up"],
                  ["addr del 10.1.0.18/24 dev veth0", "addr add 10.1.0.18/24 dev veth0"]):
        elsewhere.process.signal(signal.SIGSTOP)
        host.ip(*lines)
        wait_until(host.has_carriers, SOON_S, "the link is up")
        now = time.time()
        elsewhere.process.signal(signal.SIGCONT)
        wait_until(lambda since=now: len(capture.adverts("10.1.0.1", since)) > 3, MASTER_S, "it goes on")
        assert host.address_list("veth0") == ["10.1.0.1", "10.1.0.18"]
    assert state(elsewhere) == "MASTER" and not elsewhere.process.find("FAULT|BACKUP", begun)


def test_what_was_lost_when_the_buffer_was_full_is_read_again(elsewhere):
    """An interface is gone, another one is there, and nobody could be told of either."""
    elsewhere.write_configuration(SMALL + elsewhere.file_text)
    elsewhere.host.ip(*MADE)
    elsewhere.start()
    wait_state(elsewhere, "MASTER")
    for lines, wanted in ((["link del veth0"], "FAULT"), (MADE, "MASTER")):
        elsewhere.process.signal(signal.SIGSTOP)
        elsewhere.host.ip(*NOISE, *lines)
        elsewhere.process.signal(signal.SIGCONT)
        # The second time the log withholds it.
        elsewhere.process.wait_for("the kernel dropped notifications: reading everything again",
                                   SOON_S)
        wait_state(elsewhere, wanted)
    wait_until(lambda: elsewhere.host.owns("10.1.0.18"), SOON_S, "the address is there")
