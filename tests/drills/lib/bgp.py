# SPDX-License-Identifier: Apache-2.0
"""FRR's bgpd with the zebra that it needs: routers, and directors that announce what is on lo."""

import json
import pathlib
import shutil

from lib.daemons import START_LIMIT_S, TOP
from lib.pages import Page
from lib.process import Process

PROGRAMS = pathlib.Path("/usr/lib/frr")
GUIDE = Page(TOP / "doc/guide/90-ecmp.md")


def from_guide(kind, host):
    """The file that the guide's chapter has of a kind for a host."""
    (block,) = [block for block in GUIDE.blocks if block.kind == kind and host in block.hosts]
    return block.text


class Bgp:
    """FRR on a host.

    configuration -- as /etc/frr/frr.conf has it
    """

    def __init__(self, host, configuration):
        self.host = host
        self.processes = []
        self.directory = host.directory / "frr"
        self.directory.mkdir()
        shutil.chown(self.directory, "frr", "frr")
        lines = configuration.splitlines()
        zebras = [line for line in lines if line.startswith("no zebra ")]
        for name, own in (("zebra", zebras), ("bgpd", [line for line in lines if line not in zebras])):
            (self.directory / f"{name}.conf").write_text("\n".join([f"hostname {name}", *own, ""]))

    def _start(self, name, *more):
        process = Process(self.host, name, [
            PROGRAMS / name, "-f", self.directory / f"{name}.conf", "--vty_socket", self.directory,
            "-z", self.directory / "zserv.api", "-i", self.directory / f"{name}.pid",
            "-A", "127.0.0.1", "-P", "0", "--log", "stdout", *more])
        self.processes.append(process)
        return process

    def start_zebra(self):
        """Starts the first of the two, and waits for nothing."""
        self._start("zebra")

    def start_bgpd(self):
        """Starts the other one, when it can find the first."""
        self.processes[0].wait_until((self.directory / "zserv.api").exists, START_LIMIT_S,
                                     "its socket")
        self._start("bgpd")


def start(*all_of_them):
    """Starts FRR on several hosts at once."""
    for one in all_of_them:
        one.start_zebra()
    for one in all_of_them:
        one.start_bgpd()


def next_hops(host, address):
    """The directors that a router sends the packets for an address to, sorted."""
    routes = json.loads(host.run("ip", "-json", "route", "show", address))
    hops = [hop for route in routes for hop in route.get("nexthops", [route])]
    return sorted(hop["gateway"] for hop in hops if "gateway" in hop)
