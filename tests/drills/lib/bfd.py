# SPDX-License-Identifier: Apache-2.0
"""BFD: FRR's bfdd as a peer, and control packets off the wire with the kernel's time stamps."""

import dataclasses
import json
import pathlib
import shutil
import socket
import struct

from lib.daemons import START_LIMIT_S
from lib.process import Process

ETH_P_ALL = 3
ETH_P_IPV4 = 0x0800
ETH_P_IPV6 = 0x86DD
IP_PROTOCOL_UDP = 17
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
QUEUE_BYTES = 8 * 1024 * 1024
PORTS = (3784, 4784)  # RFC 5881 4, RFC 5883 5
STATES = ("ADMIN_DOWN", "DOWN", "INIT", "UP")  # RFC 5880 4.1
PROGRAMS = pathlib.Path("/usr/lib/frr")


class Bfdd:
    """FRR's bfdd with the zebra that tells it of interfaces.

    peers -- the lines of its configuration below `bfd`, each peer with its settings
    """

    def __init__(self, host, peers):
        self.host = host
        self.processes = []
        self.directory = host.directory / "frr"
        self.directory.mkdir()
        shutil.chown(self.directory, "frr", "frr")
        (self.directory / "zebra.conf").write_text("hostname zebra\n")
        (self.directory / "bfdd.conf").write_text(f"hostname bfdd\nbfd\n{peers}\n")

    def _start(self, name, *more):
        process = Process(self.host, name, [
            PROGRAMS / name, "-f", self.directory / f"{name}.conf", "--vty_socket", self.directory,
            "-z", self.directory / "zserv.api", "-i", self.directory / f"{name}.pid",
            "-A", "127.0.0.1", "-P", "0", "--log", "stdout", "--log-level", "debug", *more])
        self.processes.append(process)
        return process

    def start(self):
        """Starts both, and waits until bfdd answers."""
        self._start("zebra").wait_until((self.directory / "zserv.api").exists, START_LIMIT_S,
                                        "its socket")
        self._start("bfdd", "--bfdctl", self.directory / "bfdd.sock").wait_until(
            (self.directory / "bfdd.vty").exists, START_LIMIT_S, "its socket")

    def vtysh(self, *commands):
        """Runs commands of bfdd's; returns what it said."""
        words = [word for command in commands for word in ("-c", command)]
        return self.host.run("vtysh", "--vty_socket", self.directory, "-d", "bfdd", *words)

    def configure(self, peer, *lines):
        """Changes a peer's settings, or the peer itself where there are no lines."""
        self.vtysh("configure terminal", "bfd", f"peer {peer}", *lines)

    def peer(self):
        """What it knows of its only peer."""
        (peer,) = json.loads(self.vtysh("show bfd peers json"))
        return peer

    def is_up(self):
        """Says whether its only session is up."""
        return self.peer()["status"] == "up"

    def terminate(self):
        """bfdd is asked to stop; returns when."""
        at = self.processes[-1].terminate()
        self.processes[-1].wait_end()
        return at

    def kill(self):
        """bfdd dies at once; returns when."""
        return self.processes[-1].kill()


@dataclasses.dataclass(frozen=True)
class Control:
    """A BFD control packet: RFC 5880 4.1."""

    at: float  # seconds since the epoch
    source: str
    destination: str
    ttl: int
    source_port: int
    port: int
    diagnostic: int
    state: str
    poll: bool
    final: bool
    flags: int  # the lower four
    multiplier: int
    mine: int
    yours: int
    min_tx_us: int
    min_rx_us: int
    min_echo_us: int


class BfdCapture:
    """All control packets that an interface has sent and received since this was made."""

    def __init__(self, host, interface="eth1"):
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._socket.setblocking(False)
            self._socket.bind((interface, ETH_P_ALL))
        self._frames = []  # (seconds since the epoch, bytes)
        self._packets = []

    def packets(self, source=None, since=0):
        """What was seen, from one address, from a time on."""
        self._read()
        return [packet for packet in self._packets
                if source in (None, packet.source) and packet.at >= since]

    def _read(self):
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(65536, 128)
            except BlockingIOError:
                return
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            at = seconds + nanoseconds / 1e9
            packet = _decode(at, frame)
            if packet:
                self._frames.append((at, frame))
                self._packets.append(packet)

    def write_pcap(self, path):
        """Leaves all frames in a file for tshark."""
        self._read()
        with open(path, "wb") as file:
            file.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
            for at, frame in self._frames:
                file.write(struct.pack("=IIII", int(at), int(at % 1 * 1e9), len(frame), len(frame)))
                file.write(frame)


def _decode(at, frame):
    """A control packet in a frame, or None."""
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    packet = frame[14:]
    if ethertype == ETH_P_IPV4 and packet[9] == IP_PROTOCOL_UDP:
        family, ttl, source, destination = socket.AF_INET, packet[8], packet[12:16], packet[16:20]
        datagram = packet[(packet[0] & 0xF) * 4:]
    elif ethertype == ETH_P_IPV6 and packet[6] == IP_PROTOCOL_UDP:
        family, ttl, source, destination = socket.AF_INET6, packet[7], packet[8:24], packet[24:40]
        datagram = packet[40:]
    else:
        return None
    source_port, port, length = struct.unpack_from("!HHH", datagram)
    if port not in PORTS or length < 8 + 24:
        return None
    first, flags, multiplier, _, *rest = struct.unpack_from("!BBBBIIIII", datagram, 8)
    return Control(at, socket.inet_ntop(family, source), socket.inet_ntop(family, destination), ttl,
                   source_port, port, first & 0x1F, STATES[flags >> 6], bool(flags & 0x20),
                   bool(flags & 0x10), flags & 0xF, multiplier, *rest)


def session(daemon, name=None):
    """A session of ours, by its name, or the only one."""
    (found,) = (each for each in daemon.status()["bfd"]["sessions"] if name in (None, each["name"]))
    return found
