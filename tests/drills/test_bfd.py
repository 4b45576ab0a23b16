# SPDX-License-Identifier: Apache-2.0
"""BFD between daemons of ours: a session that dies moves the instance that tracks it, at once."""

import signal
import socket
import struct
import time

import pytest

from lib.bfd import BfdCapture, session
from lib.book import Book, busy_s
from lib.capture import Capture
from lib.daemons import Holdfast
from lib.waiting import SLACK_S, hold, late_s, wait_until

pytestmark = pytest.mark.ours

NEAR, FAR = "10.6.0.1", "10.6.0.2"
LIMIT_S = 15  # for what has to come true, whenever the machine gets to it
INTERVAL_S = 0.05
# So patient that a neighbor that got no processor for some tenths of a second is not taken for dead.
PATIENT = "multiplier 20"
DETECTION_S = 20 * INTERVAL_S

SESSION = """bfd_instance far {
    neighbor_ip NEIGHBOR
    min_tx 50
    min_rx 50
    multiplier 20
    MORE
}
"""
INSTANCE = """vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    priority 150
    track_bfd {
        far WEIGHT
    }
    virtual_ipaddress {
        10.6.0.18/24
    }
}
"""


def bfd(neighbor, more=""):
    """A session of the configuration."""
    return SESSION.replace("NEIGHBOR", neighbor).replace("MORE", more)


class Two:
    """Two hosts with a session between them; an instance of the first one tracks it."""

    def __init__(self, net, weight="", near="", far=""):
        lan = net.switch("lan")
        self.near_host = net.host("near", eth1=(lan, f"{NEAR}/24"))
        self.far_host = net.host("far", eth1=(lan, f"{FAR}/24"))
        self.capture = BfdCapture(self.near_host)
        self.near = Holdfast(self.near_host,
                             bfd(FAR, near) + INSTANCE.replace("WEIGHT", weight))
        self.far = Holdfast(self.far_host, bfd(NEAR, far))

    def wait_links(self):
        """Waits until both hosts have seen that their links are up."""
        for host in (self.near_host, self.far_host):
            wait_until(host.has_carriers, LIMIT_S, "the links are up")

    def start(self):
        """Starts both and waits until the session is up and its intervals are agreed on."""
        self.wait_links()
        self.far.start()
        self.near.start()
        self.wait_up()

    def wait_up(self):
        """Waits until both sides say that the session is up."""
        for daemon in (self.near, self.far):
            wait_until(lambda daemon=daemon: session(daemon)["state"] == "UP"
                       and not session(daemon)["agreed"]["polling"], LIMIT_S, "the session is up")

    def instance(self):
        """The instance's status."""
        return self.near.status()["instances"][0]

    def wait_master(self):
        """Waits until the instance has its address."""
        wait_until(lambda: self.instance()["state"] == "MASTER", LIMIT_S, "it is master")

    def last_heard(self, before=None):
        """When the last packet of the far side came."""
        return [packet.at for packet in self.capture.packets(FAR)
                if before is None or packet.at < before][-1]


def logged(daemon, pattern, since=0):
    """When a line was logged."""
    return daemon.process.wait_for(pattern, LIMIT_S, since).at


def test_a_dead_neighbor_is_a_fault_within_the_detection_time(net):
    """Twenty intervals of 50 ms after its last packet, and no sooner; it comes back by itself."""
    two = Two(net)
    adverts = Capture(two.near_host)
    two.start()
    two.wait_master()
    with Book(two.near.process) as book:
        killed = two.far.kill()
        logged(two.near, "A: MASTER -> FAULT", killed)
        (fault,) = wait_until(lambda: [advert.at for advert in adverts.adverts(NEAR, killed)
                                       if advert.priority == 0], LIMIT_S, "it gives up its address")
    last = two.last_heard()
    assert DETECTION_S - 0.01 <= fault - last, f"{fault - last:.3f} s"
    assert fault - last <= DETECTION_S + SLACK_S + book.busy_s(last, fault), f"{fault - last:.3f} s"
    status = two.instance()
    assert status["faults"] == ["BFD session far is not up"]
    assert status["cures"] == ["its neighbor answers"]
    assert session(two.near)["last_fall"] == "control detection time expired"
    assert "control detection time expired" not in two.near.process.find("far: BFD UP -> DOWN").text
    wait_until(lambda: not two.near_host.owns("10.6.0.18"), LIMIT_S, "it lets go of its address")
    two.far.start()
    two.wait_up()
    two.wait_master()


def test_a_weight_moves_the_priority(net):
    """150 - 60 while the session is down."""
    two = Two(net, "weight -60")
    two.start()
    two.wait_master()
    assert two.instance()["priority_effective"] == 150
    two.far_host.part("eth1")  # its interface stays up: nobody but BFD notices
    wait_until(lambda: two.instance()["priority_effective"] == 90, LIMIT_S, "90")
    assert two.instance()["state"] == "MASTER"
    two.far_host.join("eth1")
    wait_until(lambda: two.instance()["priority_effective"] == 150, LIMIT_S, "150")


def test_a_crashed_director_is_up_and_master_again_at_once(net):
    """Its first packets end the old session and bring the new one up: nobody waits a second."""
    two = Two(net)
    two.near.write_configuration(two.near.file_text.replace("advert_int 0.1", "advert_int 1"))
    two.start()
    two.wait_master()
    adverts = Capture(two.near_host)
    two.near.kill()
    before_s = busy_s(two.far.process)
    started = two.near.start()
    logged(two.near, "A: INIT -> MASTER", started)
    (first, *_) = wait_until(lambda: adverts.adverts(NEAR, started), LIMIT_S, "an advert")
    machine_s = busy_s(two.near.process) + busy_s(two.far.process) - before_s
    assert first.at - started < 1 + SLACK_S + machine_s
    assert not two.near.process.find("FAULT")
    wait_until(lambda: two.near_host.owns("10.6.0.18"), LIMIT_S, "it has the address")


def test_every_member_of_a_group_follows_the_group_s_session(net):
    """Neither of the two instances names it."""
    two = Two(net)
    second = INSTANCE.replace("vrrp_instance A", "vrrp_instance B").replace(
        "virtual_router_id 7", "virtual_router_id 8").replace("0.18", "0.19")
    instances = (INSTANCE + second).replace("    track_bfd {\n        far WEIGHT\n    }\n", "")
    assert "track_bfd" not in instances
    two.near.write_configuration(
        bfd(FAR) + instances
        + "vrrp_sync_group G {\n    group {\n        A\n        B\n    }\n"
          "    track_bfd {\n        far\n    }\n}\n")
    two.start()
    def states():
        return [each["state"] for each in two.near.status()["instances"]]

    wait_until(lambda: states() == ["MASTER"] * 2, LIMIT_S, "both are master")
    two.far.kill()
    wait_until(lambda: states() == ["FAULT"] * 2, LIMIT_S, "both are in FAULT")


PLUGGED = ("link add eth9 type veth peer name eth8", "link set eth8 up", "link set eth9 up")


def test_a_link_local_neighbor_is_waited_for_with_its_interface(net):
    """There is none of that name, and then there is."""
    host = net.host("near", eth1=(net.switch("lan"), f"{NEAR}/24"))
    daemon = Holdfast(host, bfd("fe80::9%eth9"))
    daemon.start()
    assert session(daemon)["complaint"] == "No such device"
    assert session(daemon)["counters"]["packets_sent"] == 0
    host.ip(*PLUGGED)
    wait_until(lambda: session(daemon)["complaint"] is None
               and session(daemon)["counters"]["packets_sent"] > 0, LIMIT_S, "it sends")
    host.ip("link del eth9")
    wait_until(lambda: session(daemon)["complaint"] == "No such device", LIMIT_S, "it is gone")
    host.ip(*PLUGGED)
    wait_until(lambda: session(daemon)["complaint"] is None, LIMIT_S, "it is back")


def test_reverse_wants_the_session_down(net):
    """Up is the fault, then."""
    two = Two(net, "weight 0 reverse")
    two.start()
    wait_until(lambda: two.instance()["faults"] == ["BFD session far is up"], LIMIT_S, "FAULT")
    two.far.terminate()
    two.wait_master()


def test_a_start_waits_for_the_session_and_says_so(net):
    """No FAULT, and no notify_fault, while a session has not had the time to come up."""
    two = Two(net)
    two.start()
    two.wait_master()
    assert not two.near.process.find("FAULT")


def test_a_start_without_the_neighbor_is_a_fault_after_three_seconds(net):
    """It is waited for, and then it is not."""
    two = Two(net)
    wait_until(two.near_host.has_carriers, LIMIT_S, "the links are up")
    at = two.near.start()
    assert two.instance()["reason"] == "waits for the first result of a tracker"
    fault = logged(two.near, "A: INIT -> FAULT")
    assert 2.9 <= fault - at <= 3 + SLACK_S + late_s() + busy_s(two.near.process)
    assert session(two.near)["status"] == "down"


@pytest.mark.parametrize("passive", ["near", "far"])
def test_a_passive_side_waits_for_the_other(net, passive):
    """It sends nothing before it has heard something, and the session comes up all the same."""
    two = Two(net, **{passive: "passive"})
    two.wait_links()
    quiet, active = (two.near, two.far) if passive == "near" else (two.far, two.near)
    address = {"near": NEAR, "far": FAR}
    quiet.start()
    hold(lambda: not two.capture.packets(address[passive]), 1.5, "it is silent")
    active.start()
    two.wait_up()


def test_a_stop_tells_the_neighbor_at_once(net):
    """AdminDown: the other side need not wait for its detection time, of ten seconds here."""
    two = Two(net)
    two.far.write_configuration(two.far.file_text.replace(PATIENT, "multiplier 200"))
    two.start()
    stopped = two.far.terminate()
    last = wait_until(lambda: [packet for packet in two.capture.packets(FAR, stopped)
                               if packet.state == "ADMIN_DOWN"], LIMIT_S, "a last word")[-1]
    assert last.diagnostic == 7
    assert two.capture.packets(FAR)[-1] == last, "nothing follows it"
    down = logged(two.near, "far: BFD UP -> DOWN: 10.6.0.2 says ADMIN_DOWN", stopped)
    assert down - last.at < 200 * INTERVAL_S - 1
    assert session(two.near)["last_fall"] == "neighbor signaled session down"


def test_a_reload_changes_intervals_by_a_poll_and_nothing_flaps(net):
    """Slower, faster, another multiplier, another name: the session stays up throughout."""
    two = Two(net)
    two.start()
    before = session(two.near)["local"]["discriminator"]
    for min_tx, min_rx, multiplier in ((400, 300, 6), (20, 30, 25), (100, 100, 15)):
        text = (two.near.file_text.split("vrrp_instance")[0]
                + INSTANCE.replace("WEIGHT", ""))
        text = text.replace("min_tx 50", f"min_tx {min_tx}").replace(
            "min_rx 50", f"min_rx {min_rx}").replace(PATIENT, f"multiplier {multiplier}")
        two.near.write_configuration(text)
        at = time.time()
        assert two.near.reload() is None
        two.near.write_configuration(bfd(FAR) + INSTANCE.replace("WEIGHT", ""))
        slower, wanted = max(min_tx, 50), max(min_rx, 50)
        wait_until(lambda slower=slower, wanted=wanted:
                   session(two.near)["agreed"] == {"send_ms": slower, "receive_ms": wanted,
                                                   "detection_ms": 20 * wanted, "polling": False},
                   LIMIT_S, f"{slower} and {wanted} ms are agreed on")
        sent = two.capture.packets(NEAR, at)
        assert any(packet.poll for packet in sent), "they were polled for"
        assert any(packet.final for packet in two.capture.packets(FAR, at)), "and answered"
        wait_until(lambda multiplier=multiplier:
                   session(two.far)["remote"]["multiplier"] == multiplier, LIMIT_S, "multiplier")
    for daemon in (two.near, two.far):
        assert session(daemon)["counters"]["left_up"] == 0
        assert not daemon.process.find("BFD UP ->")
    assert session(two.near)["local"]["discriminator"] == before


def test_a_reload_that_removes_a_session_tells_its_neighbor_and_one_that_adds_it_begins(net):
    """Removed: AdminDown. Back again: up again."""
    two = Two(net, "weight -60")
    two.start()
    whole = two.near.file_text
    at = time.time()
    two.near.write_configuration("global_defs {\n}\n")
    assert two.near.reload() is None
    logged(two.far, "far: BFD UP -> DOWN: 10.6.0.1 says ADMIN_DOWN", at)
    assert two.near.status()["bfd"]["sessions"] == []
    two.near.write_configuration(whole)
    assert two.near.reload() is None
    two.wait_up()


def test_a_packet_that_came_through_a_router_is_dropped_and_complained_of(net):
    """The TTL tells: RFC 5881 5."""
    two = Two(net, far="ttl 254")
    two.wait_links()
    two.far.start()
    two.near.start()
    two.near.process.wait_for("far: warning: packets are dropped: they come with a TTL of 254",
                              LIMIT_S)
    hold(lambda: session(two.near)["state"] == "DOWN", 2, "it stays down")
    status = session(two.near)
    assert status["counters"]["packets_received"] == 0
    assert status["counters"]["dropped"]["far"] > 0
    assert "TTL of 254" in status["complaint"]
    two.near.write_configuration(two.near.file_text.replace(PATIENT, f"{PATIENT}\n    max_hops 1"))
    assert two.near.reload() is None
    two.wait_up()


def send(host, source, destination, packet, ttl=255):
    """Sends a datagram to the port of one hop."""
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        sender.bind((source, 0))
        sender.sendto(packet, (destination, 3784))


def test_packets_of_others_change_nothing_and_are_counted(net):
    """Of a stranger, of one who knows our discriminator, and of the neighbor but malformed."""
    two = Two(net)
    two.start()
    two.far_host.ip("addr add 10.6.0.66/24 dev eth1")
    mine = session(two.near)["local"]["discriminator"]
    down = struct.pack("!BBBBIIIII", 0x20, 0x40, 3, 24, 99, 0, 1000000, 50000, 0)
    named = struct.pack("!BBBBIIIII", 0x20, 0x40, 3, 24, 99, mine, 1000000, 50000, 0)
    send(two.far_host, "10.6.0.66", NEAR, down)
    send(two.far_host, "10.6.0.66", NEAR, named)
    send(two.far_host, FAR, NEAR, named[:20])
    send(two.far_host, FAR, NEAR, b"")
    send(two.far_host, FAR, NEAR, named, ttl=254)
    wait_until(lambda: two.near.status()["bfd"]["strays"] == 1, LIMIT_S, "a stray")
    wait_until(lambda: session(two.near)["counters"]["dropped"] == {
        "malformed": 2, "far": 1, "elsewhere": 1}, LIMIT_S, "each is counted")
    assert session(two.near)["counters"]["left_up"] == 0
    assert session(two.near)["state"] == "UP"
    send(two.far_host, FAR, NEAR, named)  # the same from the neighbor itself: believed
    wait_until(lambda: session(two.near)["counters"]["left_up"] == 1, LIMIT_S, "it was down")
    two.wait_up()


def test_a_flood_from_afar_is_dropped_by_the_kernel(net):
    """Only the first two hundred are looked at; a reload looks again."""
    two = Two(net)
    two.start()
    down = struct.pack("!BBBBIIIII", 0x20, 0x40, 3, 24, 99, 0, 1000000, 50000, 0)

    def flood():
        with two.far_host.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 254)
            for _ in range(2000):
                sender.sendto(down, (NEAR, 3784))

    flood()
    two.near.process.wait_for("bfd: warning: more than 200 packets a second come with a TTL below "
                              "255", LIMIT_S)
    seen = session(two.near)["counters"]["dropped"]["far"]
    assert 200 <= seen < 2000
    flood()
    assert session(two.near)["counters"]["dropped"]["far"] == seen
    assert session(two.near)["counters"]["left_up"] == 0
    assert two.near.reload() is None
    send(two.far_host, FAR, NEAR, down, ttl=254)
    wait_until(lambda: session(two.near)["counters"]["dropped"]["far"] == seen + 1, LIMIT_S,
               "it is looked at again")
    assert session(two.near)["state"] == "UP"


def test_a_takeover_of_many_instances_delays_no_packet_for_long(net):
    """Two hundred instances take four hundred addresses: the neighbor's 100 ms are never over, but for
    what the machine lets the director wait for a processor. The director is patient with its neighbor."""
    two = Two(net)
    fast = "".join(f"""vrrp_instance I{number} {{
    interface eth1
    virtual_router_id {number}
    version 3
    advert_int 0.5
    virtual_ipaddress {{
        10.66.{number}.1/24
        10.66.{number}.2/24
    }}
}}
""" for number in range(1, 201))
    session_text = bfd(FAR).replace("50", "20").replace(PATIENT, "multiplier 5")
    two.near.write_configuration(session_text + fast)
    two.far.write_configuration(bfd(NEAR).replace("50", "20").replace(PATIENT, "multiplier 100"))
    two.wait_links()
    two.far.start()
    two.near.start()
    with Book(two.near.process) as book:
        two.wait_up()
        wait_until(lambda: {each["state"] for each in two.near.status()["instances"]} == {"MASTER"},
                   LIMIT_S, "all are master")
    sent = two.capture.packets(NEAR)
    steady = [(earlier.at, later.at) for earlier, later in zip(sent, sent[1:]) if earlier.state == "UP"]
    slow = [f"{later - earlier:.3f} s" for earlier, later in steady
            if later - earlier > 0.1 + book.waited_s(earlier, later)]
    assert len(steady) > 10 and not slow, f"no packet for {slow}"
    # Where it had to wait that long for a processor, its neighbor says so; it has not given up itself.
    assert not two.near.process.find("BFD UP -> DOWN: nothing was heard")


def test_a_daemon_that_was_stopped_for_longer_than_it_waits_hears_what_came_meanwhile_first(net):
    """Its neighbor is patient; it finds all of its packets queued, and loses no session."""
    two = Two(net, "weight -60", near="idle_tx 1000")
    two.near.write_configuration(two.near.file_text.replace(PATIENT, "multiplier 200"))
    two.start()
    for _ in range(3):
        two.near.process.signal(signal.SIGSTOP)
        time.sleep(1.5 * DETECTION_S)  # it is what the drill is about
        two.near.process.signal(signal.SIGCONT)
        hold(lambda: session(two.near)["state"] == "UP", 0.3, "it is up")
    for daemon in (two.near, two.far):
        assert session(daemon)["counters"]["left_up"] == 0


def test_a_port_that_somebody_else_has_is_told_and_waited_for(net):
    """As long as bfdd runs, say: an error that names it; the session comes up when it is gone."""
    two = Two(net)
    two.wait_links()
    two.far.start()
    with two.near_host.entered():
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.bind(("", 3784))
    with other:
        two.near.start()
        two.near.process.wait_for("bfd: error: UDP port 3784 of IPv4 cannot be listened to", LIMIT_S)
        assert two.near.status()["bfd"]["trouble"] == "Address already in use"
        assert "nothing is heard" in two.near.control("status")
    wait_until(lambda: session(two.near)["state"] == "UP", LIMIT_S, "it is up")
    assert two.near.status()["bfd"]["trouble"] is None


def test_packets_are_as_the_rfc_wants_them(net):
    """TTL, ports, jitter; slow until the session is up."""
    two = Two(net)
    two.start()
    with Book(two.near.process) as book:
        at = time.time()
        wait_until(lambda: len(two.capture.packets(NEAR, at)) >= 60, LIMIT_S, "sixty packets")
    packets = two.capture.packets(NEAR)
    assert {packet.ttl for packet in packets} == {255}
    assert {packet.port for packet in packets} == {3784}
    (source_port,) = {packet.source_port for packet in packets}
    assert 49152 <= source_port <= 65535
    assert all(packet.min_tx_us >= 1000000 for packet in packets if packet.state != "UP")
    assert all(packet.min_echo_us == 0 and packet.flags == 0 for packet in packets)
    assert not any(packet.poll and packet.final for packet in packets)
    steady = [packet.at for packet in packets if packet.at >= at]
    gaps = sorted(later - earlier for earlier, later in zip(steady, steady[1:]))
    middle = gaps[len(gaps) // 2]
    assert 0.75 * INTERVAL_S - 0.002 <= middle, f"median {middle:.4f} s"
    owned = sorted(later - earlier - book.waited_s(earlier, later) for earlier, later in zip(steady, steady[1:]))
    assert owned[len(owned) // 2] <= INTERVAL_S, f"median {middle:.4f} s"
    assert gaps[-5] - gaps[5] > 0.003, "there is jitter"


def test_a_director_whose_uplink_is_lost_hands_over_within_the_detection_time(net):
    """Both track a router beyond a switch, whose other port dies: no interface goes down."""
    outside, inside = net.switch("outside"), net.switch("inside")
    router_host = net.host("router", eth0=(outside, "10.7.0.9/24"))
    directors = []
    for number, priority in ((1, 150), (2, 100)):
        host = net.host(f"lb-{number}", eth0=(outside, f"10.7.0.{number}/24"),
                        eth1=(inside, f"10.6.0.{number}/24"))
        text = bfd("10.7.0.9") + INSTANCE.replace("WEIGHT", "").replace("150", str(priority))
        directors.append(Holdfast(host, text))
    router = Holdfast(router_host, "".join(
        bfd(f"10.7.0.{number}").replace("far", f"lb{number}") for number in (1, 2)))
    for host in (router_host, *(daemon.host for daemon in directors)):
        wait_until(host.has_carriers, LIMIT_S, "the links are up")
    for daemon in (router, *directors):
        daemon.start()
    first, second = (daemon.host for daemon in directors)
    wait_until(lambda: first.owns("10.6.0.18") and not second.owns("10.6.0.18"), LIMIT_S,
               "lb-1 is master")
    adverts = Capture(second)
    with Book(directors[0].process) as one, Book(directors[1].process) as other:
        parted = time.time()
        first.part("eth0")
        wait_until(lambda: second.owns("10.6.0.18"), LIMIT_S, "lb-2 has it")
        taken = wait_until(lambda: adverts.adverts("10.6.0.2", parted), LIMIT_S, "its advert")[0].at
    machine_s = one.busy_s(parted, taken) + other.busy_s(parted, taken)
    assert taken - parted < DETECTION_S + 0.1 + SLACK_S + machine_s, f"{taken - parted:.3f} s"
    wait_until(lambda: not first.owns("10.6.0.18"), LIMIT_S, "lb-1 lets go")
    assert directors[1].status()["instances"][0]["state"] == "MASTER"
