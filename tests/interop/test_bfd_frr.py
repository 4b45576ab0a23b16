# SPDX-License-Identifier: Apache-2.0
"""BFD beside FRR's bfdd 8.4: one hop over IPv4, IPv6 and link-local addresses, several hops, either
side passive, intervals renegotiated by either side, either side stopped."""

import subprocess
import time

import pytest

from lib.bfd import BfdCapture, Bfdd, session
from lib.daemons import Holdfast
from lib.waiting import SLACK_S, SOON_S, hold, late_s, wait_until

pytestmark = pytest.mark.ours

RISE_S = 5 + SLACK_S
# Twenty intervals: nobody is kept from running for so long, so that what goes down has a reason.
SETTINGS = """  detect-multiplier 20
  receive-interval 60
  transmit-interval 40
"""
OURS = """bfd_instance frr {
    neighbor_ip NEIGHBOR
    min_tx 50
    min_rx 50
    multiplier 20
    MORE
}
"""


class Beside:
    """Ours and bfdd with a session between them."""

    def __init__(self, net, kind="ipv4", ours="", frrs=""):
        lan = net.switch("lan")
        self.host = net.host("ours", eth1=(lan, "10.6.0.1/24", "2001:db8:6::1/64"))
        self.other = net.host("frr", eth1=(lan, "10.6.0.2/24", "2001:db8:6::2/64"))
        wait_until(self.host.has_carriers, 5, "the links are up")
        wait_until(self.other.has_carriers, 5, "the links are up")
        self.capture = BfdCapture(self.host)
        if kind == "multihop":
            ours += "\n    multihop\n    source_ip 10.6.0.1"
        if kind == "link-local":
            self.own = self.host.link_local("eth1")
            self.peer = self.other.link_local("eth1")
        else:
            self.own, self.peer = {"ipv6": ("2001:db8:6::1", "2001:db8:6::2")}.get(
                kind, ("10.6.0.1", "10.6.0.2"))
        self.name = {"link-local": f"{self.own} local-address {self.peer} interface eth1",
                     "multihop": f"{self.own} multihop local-address {self.peer}",
                     "ipv6": f"{self.own} local-address {self.peer}"}.get(kind, self.own)
        neighbor = f"{self.peer}%eth1" if kind == "link-local" else self.peer
        self.ours = Holdfast(self.host, OURS.replace("NEIGHBOR", neighbor).replace("MORE", ours))
        self.frr = Bfdd(self.other, f" peer {self.name}\n{SETTINGS}{frrs}")

    def start(self):
        """Starts both and waits until they agree."""
        self.frr.start()
        self.ours.start()
        self.wait_up()

    def wait_up(self):
        """Waits until both say that the session is up, with the intervals that both want."""
        wait_until(lambda: session(self.ours)["state"] == "UP"
                   and not session(self.ours)["agreed"]["polling"], RISE_S, "ours is up")
        wait_until(self.frr.is_up, RISE_S, "FRR's is up")

    def rewrite(self, *replacements):
        """Our configuration becomes another."""
        text = self.ours.file_text
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        self.ours.write_configuration(text)
        assert self.ours.reload() is None


@pytest.mark.parametrize("kind", ["ipv4", "ipv6", "link-local", "multihop"])
def test_a_session_comes_up_and_frr_dies(net, kind):
    """Up with what both agreed on; then FRR's silence is noticed after its twenty intervals."""
    beside = Beside(net, kind)
    beside.start()
    wait_until(lambda: session(beside.ours)["agreed"] == {
        "send_ms": 60, "receive_ms": 50, "detection_ms": 1000, "polling": False}, RISE_S,
               "intervals")
    assert session(beside.ours)["kind"] == ("multihop" if kind == "multihop" else "single-hop")
    peer = beside.frr.peer()
    assert (peer["remote-transmit-interval"], peer["remote-receive-interval"],
            peer["remote-detect-multiplier"]) == (50, 50, 20)
    assert {packet.port for packet in beside.capture.packets(beside.own)} == {
        4784 if kind == "multihop" else 3784}
    killed = beside.frr.kill()
    down = beside.ours.process.wait_for("frr: BFD UP -> DOWN: nothing was heard", RISE_S, killed).at
    silence = down - beside.capture.packets(beside.peer)[-1].at
    assert 0.99 <= silence <= 1 + late_s()
    assert session(beside.ours)["last_fall"] == "control detection time expired"


@pytest.mark.parametrize("kind", ["ipv4", "ipv6"])
def test_frr_notices_that_we_die(net, kind):
    """Twenty intervals of 60 ms."""
    beside = Beside(net, kind)
    beside.start()
    killed = beside.ours.kill()
    wait_until(lambda: not beside.frr.is_up(), RISE_S, "FRR's is down")
    assert beside.frr.peer()["diagnostic"] == "control detection time expired"
    down = wait_until(lambda: [packet for packet in beside.capture.packets(beside.peer, killed)
                               if packet.state == "DOWN"], RISE_S, "FRR says so")[0]
    silence = down.at - beside.capture.packets(beside.own)[-1].at
    assert 1.16 <= silence <= 1.2 + late_s()
    beside.ours.start()
    beside.wait_up()


@pytest.mark.parametrize("passive", ["ours", "frr"])
def test_either_side_may_be_passive(net, passive):
    """The passive one is silent until the other has spoken."""
    beside = Beside(net, ours="passive" if passive == "ours" else "",
                    frrs="  passive-mode\n" if passive == "frr" else "")
    first, second, quiet = ((beside.ours, beside.frr, beside.own) if passive == "ours"
                            else (beside.frr, beside.ours, beside.peer))
    first.start()
    hold(lambda: not beside.capture.packets(quiet), 2, "it is silent")
    second.start()
    beside.wait_up()


def test_our_reload_renegotiates_and_the_session_survives(net):
    """Nothing changed, then slower, then faster: FRR follows each poll, and neither flaps."""
    beside = Beside(net)
    beside.start()
    assert beside.ours.reload() is None
    for old, new in ((50, 400), (400, 25)):
        at = time.time()
        beside.rewrite((f"min_tx {old}", f"min_tx {new}"), (f"min_rx {old}", f"min_rx {new}"))
        wait_until(lambda new=new: beside.frr.peer()["remote-transmit-interval"] == new, RISE_S,
                   "FRR has heard it")
        wait_until(lambda new=new: session(beside.ours)["agreed"] == {
            "send_ms": max(new, 60), "receive_ms": max(new, 40), "detection_ms": 20 * max(new, 40),
            "polling": False}, RISE_S, "it is agreed on")
        assert any(packet.poll for packet in beside.capture.packets(beside.own, at))
    hold(lambda: session(beside.ours)["state"] == "UP" and beside.frr.is_up(), 2, "both are up")
    assert session(beside.ours)["counters"]["left_up"] == 0
    assert session(beside.ours)["counters"]["became_up"] == 1


def test_frr_renegotiates_and_we_follow(net):
    """Its poll is answered, and counts."""
    beside = Beside(net)
    beside.start()
    for interval in (500, 20):
        at = time.time()
        beside.frr.configure(beside.name, f"receive-interval {interval}",
                             f"transmit-interval {interval}", "detect-multiplier 30")
        wait_until(lambda interval=interval: session(beside.ours)["agreed"] == {
            "send_ms": max(interval, 50), "receive_ms": max(interval, 50),
            "detection_ms": 30 * max(interval, 50), "polling": False}, RISE_S, "ours follows")
        assert any(packet.final for packet in beside.capture.packets(beside.own, at))
    assert session(beside.ours)["counters"]["left_up"] == 0


def test_frr_is_shut_down_by_its_administrator_and_started_again(net):
    """AdminDown counts as down here, at once; its end brings the session back."""
    beside = Beside(net)
    beside.start()
    at = time.time()
    beside.frr.configure(beside.name, "shutdown")
    beside.ours.process.wait_for("frr: BFD UP -> DOWN: 10.6.0.2 says ADMIN_DOWN", RISE_S, at)
    hold(lambda: session(beside.ours)["state"] == "DOWN", 2, "it stays down")
    beside.frr.configure(beside.name, "no shutdown")
    beside.wait_up()


def test_our_stop_is_understood_by_frr(net):
    """AdminDown of ours: FRR says that its neighbor signaled it."""
    beside = Beside(net)
    beside.start()
    beside.ours.terminate()
    wait_until(lambda: not beside.frr.is_up(), SOON_S, "FRR's is down")
    assert beside.frr.peer()["diagnostic"] == "neighbor signaled session down"
    beside.ours.start()
    beside.wait_up()


def test_a_stop_of_frr_is_noticed(net):
    """Whatever it says when it goes."""
    beside = Beside(net)
    beside.start()
    at = beside.frr.terminate()
    beside.ours.process.wait_for("frr: BFD UP -> DOWN", RISE_S, at)


@pytest.mark.parametrize("kind", ["ipv4", "ipv6", "multihop"])
def test_tshark_finds_our_packets_right(net, kind, tmp_path):
    """A third party reads them: nothing is malformed, and all that is said is understood."""
    beside = Beside(net, kind)
    beside.start()
    wait_until(lambda: len(beside.capture.packets(beside.own)) >= 20, RISE_S, "twenty packets")
    beside.ours.terminate()
    beside.capture.write_pcap(tmp_path / "pcap")
    fields = ("bfd.version", "bfd.sta", "bfd.message_length", "bfd.detect_time_multiplier",
              "bfd.required_min_echo_interval")
    mine = f"{'ipv6' if kind == 'ipv6' else 'ip'}.src == {beside.own}"
    said = subprocess.run(
        ["tshark", "-r", tmp_path / "pcap", "-Y", f"bfd && {mine}", "-T", "fields",
         *(word for field in fields for word in ("-e", field))],
        check=True, capture_output=True, text=True).stdout.splitlines()
    wrong = subprocess.run(
        ["tshark", "-r", tmp_path / "pcap", "-o", "udp.check_checksum:FALSE", "-Y",
         f"{mine} && (_ws.malformed || _ws.expert.severity >= 6291456 || !bfd)"],
        check=True, capture_output=True, text=True).stdout
    assert not wrong
    assert len(said) == len(beside.capture.packets(beside.own)) > 20
    assert {line.split("\t")[0] for line in said} == {"1"}
    assert {int(line.split("\t")[1], 0) for line in said} >= {0, 1, 3}
    assert {tuple(line.split("\t")[2:]) for line in said} == {("24", "20", "0")}
