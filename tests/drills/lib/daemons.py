# SPDX-License-Identifier: Apache-2.0
"""The VRRP daemons: ours, and the two that users run beside it.

All of them have the same handles, so a drill can put one in the place of another:
start, kill, terminate, write_configuration, reload, became_master. Ours is the one of the build directory.
"""

import os
import pathlib
import shutil
import time

from holdfast_drill import daemons
from holdfast_drill.daemons import START_LIMIT_S, Keepalived, one_keyword_a_line
from holdfast_drill.process import Process
from holdfast_drill.waiting import SLACK_S

__all__ = ["BUILD", "START_LIMIT_S", "TOP", "Frr", "Holdfast", "Keepalived", "advert_limit_s",
           "one_keyword_a_line"]

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / os.environ.get("HOLDFAST_BUILD", "build")


class Holdfast(daemons.Holdfast):
    """holdfastd as it has just been built."""

    holdfastd = BUILD / "holdfastd"
    holdfastctl = BUILD / "holdfastctl"


class Frr:
    """FRR's vrrpd with the zebra that it needs, as a peer: version 2 or 3, IPv4 or IPv6.

    FRR wants a macvlan with the virtual router's hardware address and its addresses to be there
    beforehand; it is up while FRR is master. There is no authentication, and no unicast.
    """

    kind = "frr"
    PROGRAMS = pathlib.Path("/usr/lib/frr")

    def __init__(self, host, interface, vrid, priority, addresses, advert_ms=1000, version=3):
        """addresses -- with their prefix lengths; an IPv6 router's first one is link-local"""
        self.host = host
        self.processes = []
        self.directory = host.directory / "frr"
        self.directory.mkdir()
        shutil.chown(self.directory, "frr", "frr")
        self._zebra_file = self.directory / "zebra.conf"
        self._zebra_file.write_text("hostname zebra\n")
        self._file = self.directory / "vrrpd.conf"
        family = 6 if ":" in addresses[0] else 4
        word = "ipv6" if family == 6 else "ip"
        self._file.write_text(
            f"interface {interface}\n vrrp {vrid} version {version}\n"
            f" vrrp {vrid} priority {priority}\n vrrp {vrid} advertisement-interval {advert_ms}\n"
            + "".join(f" vrrp {vrid} {word} {address.partition('/')[0]}\n"
                      for address in addresses))
        device = f"vrrp{family}-{vrid}"
        host.ip(f"link add {device} link {interface} type macvlan mode bridge",
                f"link set dev {device} address 00:00:5e:00:0{1 if family == 4 else 2}:{vrid:02x}",
                f"link set dev {device} addrgenmode random",  # others have that hardware address, too
                *(f"addr add {address} dev {device}{' nodad' if family == 6 else ''}"
                  for address in addresses),
                f"link set dev {device} up")

    def _common(self, name):
        return ["--vty_socket", self.directory,
                "-z", self.directory / "zserv.api", "-i", self.directory / f"{name}.pid",
                "-A", "127.0.0.1", "-P", "0", "--log", "stdout", "--log-level", "debug"]

    def start(self):
        """Starts zebra, then vrrpd; returns when."""
        at = time.time()
        (self.directory / "zserv.api").unlink(missing_ok=True)
        zebra = Process(self.host, "zebra", [
            self.PROGRAMS / "zebra", "-f", self._zebra_file, *self._common("zebra")])
        zebra.wait_until((self.directory / "zserv.api").exists, START_LIMIT_S, "its socket")
        self.processes = [zebra, Process(self.host, "vrrpd", [
            self.PROGRAMS / "vrrpd", "-f", self._file, *self._common("vrrpd")])]
        return at

    def terminate(self):
        """vrrpd is asked to stop; returns when."""
        at = self.processes[-1].terminate()
        self.processes[-1].wait_end()
        return at

    def kill(self):
        """Both programs die at once; returns when."""
        return [process.kill() for process in reversed(self.processes)][0]


def advert_limit_s(priority, interval_s=1):
    """The longest silence before a backup takes over: three adverts and its skew, with slack."""
    return 3 * interval_s + (256 - priority) / 256 * interval_s + SLACK_S
