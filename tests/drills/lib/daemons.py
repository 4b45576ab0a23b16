# SPDX-License-Identifier: Apache-2.0
"""The VRRP daemons: ours, and the two that users run beside it.

All of them have the same handles, so a drill can put one in the place of another:
start, kill, terminate, write_configuration, reload, became_master.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import time

from lib.process import Process
from lib.waiting import SLACK_S

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / os.environ.get("HOLDFAST_BUILD", "build")
START_LIMIT_S = 20


class Daemon:
    """What the daemons have in common: a directory, a configuration, a process."""

    kind = None
    new_master_pattern = None  # the log line of an instance that becomes master

    def __init__(self, host, configuration):
        self.host = host
        self.process = None
        self.environment = {}  # what it is started with, beside our own
        self.directory = host.directory / self.kind
        self.directory.mkdir()
        self.file = self.directory / "daemon.conf"
        self.file_text = None
        self.write_configuration(configuration)

    def write_configuration(self, text):
        """Replaces the configuration file; reload() makes the daemon read it."""
        self.file_text = text
        self.file.write_text(self.translate(text))

    @staticmethod
    def translate(text):
        """The configuration as this daemon must be given it."""
        return text

    def arguments(self):
        """The command line."""
        raise NotImplementedError

    def start(self):
        """Starts the daemon and waits until it has read its configuration; returns when."""
        at = time.time()
        self.process = Process(self.host, self.kind, self.arguments(), self.environment)
        self.wait_started()
        return at

    def wait_started(self):
        """Waits until the daemon is at work."""
        raise NotImplementedError

    def kill(self):
        """The daemon dies at once (kill -9); returns when."""
        return self.process.kill()

    def terminate(self):
        """The daemon is asked to stop (SIGTERM); returns when. It must end with status 0."""
        at = self.process.terminate()
        status = self.process.wait_end()
        assert status == 0, f"{self.process} ended with {status}:\n{self.process.output()}"
        return at

    def became_master(self, since=0):
        """When the log first said so, from a time on; None if it has not."""
        line = self.process.find(self.new_master_pattern, since)
        return line.at if line else None


class Holdfast(Daemon):
    """holdfastd, steered and asked by holdfastctl."""

    kind = "holdfastd"
    new_master_pattern = r"-> MASTER"

    @property
    def socket(self):
        """The control socket."""
        return self.directory / "control.sock"

    def arguments(self):
        return [BUILD / "holdfastd", "-l", "-f", self.file, "--runtime-dir", self.directory,
                "--socket", self.socket, "-p", self.directory / "pid"]

    def start(self):
        assert (BUILD / "holdfastd").exists(), f"{BUILD}/holdfastd is missing: ./dev build"
        return super().start()

    def wait_started(self):
        self.process.wait_until(
            lambda: self.socket.exists() and self.control("status", check=False), START_LIMIT_S,
            "an answer to holdfastctl")

    def control(self, *arguments, check=True):
        """Runs holdfastctl; returns its output."""
        return self.host.run(BUILD / "holdfastctl", "--socket", self.socket, *arguments,
                             check=check)

    def status(self):
        """The running state, as `holdfastctl --json status` has it."""
        return json.loads(self.control("--json", "status"))

    def reload(self):
        """Reads the configuration again and waits; returns what a refusal said, else None."""
        with self.host.entered():
            done = subprocess.run(
                [BUILD / "holdfastctl", "--socket", self.socket, "reload"], check=False,
                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode != 0 else None


class Keepalived(Daemon):
    """keepalived of Debian. With a virtual_server it gives up where the kernel has no IPVS."""

    kind = "keepalived"
    new_master_pattern = r"Entering MASTER STATE"

    @staticmethod
    def translate(text):
        return one_keyword_a_line(text)

    def arguments(self):
        return ["/usr/sbin/keepalived", "-n", "-l", "-D", "-G", "-f", self.file,
                "-p", self.directory / "pid", "-r", self.directory / "vrrp.pid",
                "-c", self.directory / "checkers.pid"]

    def start(self):
        for left_behind in self.directory.glob("*pid"):
            left_behind.unlink()  # it takes the pid of a dead child for a daemon that runs
        return super().start()

    def wait_started(self):
        self.process.wait_for(r"\(\S+\) Entering \w+ STATE", START_LIMIT_S)

    def reload(self):
        """Reads the configuration again."""
        at = self.process.signal(1)
        self.process.wait_for(r"Reloading|Reload finished", START_LIMIT_S, at)


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


def one_keyword_a_line(text):
    """A configuration with every keyword on its own line.

    keepalived takes a line for one keyword and what follows for its arguments, so a block that is
    written on one line (the seed's real servers) says something else to it.
    """
    lines = []
    for line in text.splitlines():
        if line.count("{") + line.count("}") < 2:
            lines.append(line)
            continue
        head, _, rest = line.partition("{")
        lines.append(head + "{")
        words = shlex.split(rest)
        while words:
            if words[0] == "}":
                lines.append(words.pop(0))
            elif words[1] == "{":
                lines.append(f"{words.pop(0)} {words.pop(0)}")
            else:
                lines.append(f"{words.pop(0)} {words.pop(0)}")
    return "\n".join(lines) + "\n"


def advert_limit_s(priority, interval_s=1):
    """The longest silence before a backup takes over: three adverts and its skew, with slack."""
    return 3 * interval_s + (256 - priority) / 256 * interval_s + SLACK_S
