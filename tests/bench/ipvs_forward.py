# SPDX-License-Identifier: Apache-2.0
"""What FULLNAT costs beside NAT: three directors of the same topology in the same boot, in turns.

client - director - server, a service of one server. The server's way back is by the director, as NAT
needs it; FULLNAT would do without. Each packet is one of the wire's (no segmentation by the devices), so
that the director works on each. NAT is measured on a director that tracks no connections, and on one that
does, as a host with a stateful firewall; FULLNAT has to.
"""

import statistics
import subprocess

from lib.daemons import BUILD, Holdfast
from lib.process import Process
from lib.topology import Topology
from lib.waiting import wait_until

VIP, SERVER, PORT = "10.0.0.18", "10.1.0.7", 8000
FLOWS = BUILD / "tests/bench/flows"
START_LIMIT_S = 60
PACKET = 1500
WAYS = ("NAT", "NAT, tracking", "FULLNAT")
TRACKING = ("table inet tracking { chain forward { type filter hook forward priority 0; "
            "ct state established accept\n}\n}\n")


def service(way):
    """The configuration."""
    return (f"global_defs {{\n lvs_auto_sysctl\n}}\nvirtual_server {VIP} 80 {{\n lb_algo rr\n"
            f" lb_kind {way.partition(',')[0]}\n protocol TCP\n real_server {SERVER} {PORT} {{ }}\n}}\n")


class Way:
    """A client, a director and a server."""

    def __init__(self, net, way):
        short = way.lower().replace("nat, tracking", "ct").replace("fullnat", "full")
        outside, inside = net.switch(f"{short}-out"), net.switch(f"{short}-in")
        self.client = net.host(f"{short}-client", eth1=(outside, "10.0.0.100/24"))
        self.director = net.host(f"{short}-lb", eth1=(outside, f"{VIP}/24"),
                                 eth2=(inside, "10.1.0.1/24"))
        self.server = net.host(f"{short}-srv", eth1=(inside, f"{SERVER}/24"))
        self.server.ip("route add default via 10.1.0.1")
        for host, interfaces in ((self.client, ["eth1"]), (self.server, ["eth1"]),
                                 (self.director, ["eth1", "eth2"])):
            host.ip(*(f"link set {interface} gso_max_segs 1 gso_max_size {PACKET}"
                      for interface in interfaces))
        if "tracking" in way:
            self.director.run("/usr/sbin/nft", TRACKING)
        Process(self.server, "flows", [FLOWS, "serve", SERVER, PORT]).wait_for(
            "ready", START_LIMIT_S)
        self.daemon = Holdfast(self.director, service(way))
        self.daemon.start()
        wait_until(lambda: self._try("requests", 0.01) is not None, START_LIMIT_S,
                   f"{way}: an answer")

    def _try(self, what, seconds):
        with self.client.entered():
            done = subprocess.run([FLOWS, what, VIP, "80", str(seconds)], check=False,
                                  capture_output=True, text=True)
        return float(done.stdout) if done.returncode == 0 else None

    def measure(self, what, seconds):
        """How many of them go through in a second."""
        rate = self._try(what, seconds)
        assert rate is not None, f"{self.director.name}: {what} do not go through"
        return rate


def compare(rounds, seconds):
    """{what: {way: rates}} of all rounds."""
    with Topology() as net:
        ways = {way: Way(net, way) for way in WAYS}
        rates = {what: {way: [] for way in ways} for what in ("requests", "bytes")}
        for _ in range(rounds):
            for what, each in rates.items():
                for name, way in ways.items():
                    each[name].append(way.measure(what, seconds))
    return rates


def loss(rates, way):
    """What FULLNAT loses against a way, per cent: the median over the rounds, in each of which both were
    measured one after the other."""
    return statistics.median(100 * (1 - full / other)
                             for full, other in zip(rates["FULLNAT"], rates[way]))


def show(rates):
    """Prints the rates and the losses."""
    print(f"\n{'FULLNAT beside NAT, through one director (median)':50}"
          + "".join(f"{way:>15}" for way in WAYS) + f"{'loss':>9}{'tracking':>10}")
    for what, unit, scale in (("requests", "requests/s, a connection each", 1),
                              ("bytes", "Mbit/s, a download, packets of 1,500 bytes", 125000)):
        cells = "".join(f"{statistics.median(rates[what][way]) / scale:15,.0f}" for way in WAYS)
        print(f"  {unit:48}{cells}"
              + "".join(f"{loss(rates[what], way):8.1f} %" for way in WAYS[:2]), flush=True)
