# SPDX-License-Identifier: Apache-2.0
"""Adverts, ARP and neighbour advertisements off the wire, with the kernel's time stamps.

A capture needs no thread and no program: a packet socket's queue keeps what has passed until it is
read, and a filter in the kernel keeps everything else out of it.
"""

import ctypes
import dataclasses
import socket
import struct
import threading

ETH_P_ALL = 3
ETH_P_ARP = 0x0806
ETH_P_IPV4 = 0x0800
ETH_P_IPV6 = 0x86DD
IP_PROTOCOL_VRRP = 112
IP_PROTOCOL_ICMPV6 = 58
IP_PROTOCOL_AH = 51
AH_BYTES = 24  # with HMAC-MD5-96: RFC 4302 2
PACKET_OUTGOING = 4  # linux/if_packet.h
NEIGHBOUR_ADVERTISEMENT = 136  # RFC 4861 4.4
SO_ATTACH_FILTER = 26  # asm-generic/socket.h
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
QUEUE_BYTES = 8 * 1024 * 1024

# Classic BPF (linux/filter.h), on the Ethernet frame: ARP, IPv4 or IPv6 with protocol 112, IPv4 with an
# Authentication Header, or a neighbour advertisement.
_LOAD_HALF, _LOAD_BYTE, _JUMP_EQUAL, _RETURN = 0x28, 0x30, 0x15, 0x06
_ARP_OR_VRRP = [
    (_LOAD_HALF, 0, 0, 12),
    (_JUMP_EQUAL, 10, 0, ETH_P_ARP),
    (_JUMP_EQUAL, 0, 3, ETH_P_IPV4),
    (_LOAD_BYTE, 0, 0, 23),
    (_JUMP_EQUAL, 7, 0, IP_PROTOCOL_VRRP),
    (_JUMP_EQUAL, 6, 7, IP_PROTOCOL_AH),
    (_JUMP_EQUAL, 0, 6, ETH_P_IPV6),
    (_LOAD_BYTE, 0, 0, 20),
    (_JUMP_EQUAL, 3, 0, IP_PROTOCOL_VRRP),
    (_JUMP_EQUAL, 0, 3, IP_PROTOCOL_ICMPV6),
    (_LOAD_BYTE, 0, 0, 54),
    (_JUMP_EQUAL, 0, 1, NEIGHBOUR_ADVERTISEMENT),
    (_RETURN, 0, 0, 0xFFFF),
    (_RETURN, 0, 0, 0),
]


@dataclasses.dataclass(frozen=True)
class Advert:
    """A VRRP advertisement, as it was sent."""

    at: float  # seconds since the epoch
    source_mac: str
    source: str
    destination: str
    ttl: int
    tos: int
    version: int
    vrid: int
    priority: int
    interval_ms: int
    auth_type: int  # version 2 only
    auth_data: bytes  # version 2 only
    addresses: tuple
    checksum_is_right: bool
    sequence: int  # of its Authentication Header; None: it has none


@dataclasses.dataclass(frozen=True)
class Arp:
    """An ARP packet for IPv4 over Ethernet."""

    at: float  # seconds since the epoch
    destination_mac: str
    operation: int  # 1 request, 2 reply
    sender_mac: str
    sender: str
    target: str

    @property
    def is_gratuitous(self):
        """An announcement (RFC 5227): broadcast, sender and target are the same address."""
        return self.sender == self.target and self.destination_mac == "ff:ff:ff:ff:ff:ff"


@dataclasses.dataclass(frozen=True)
class NeighbourAdvertisement:
    """A neighbour advertisement (RFC 4861 4.4)."""

    at: float  # seconds since the epoch
    source: str
    destination: str
    hops: int
    target: str
    is_router: bool
    overrides: bool
    sender_mac: str  # of its option; empty: it has none
    checksum_is_right: bool

    @property
    def sender(self):
        """The address that is announced."""
        return self.target

    @property
    def is_gratuitous(self):
        """To everybody, unasked for (RFC 4861 7.2.6)."""
        return self.destination == "ff02::1"


class Capture:
    """Everything that an interface of a host has sent and received since this was made."""

    def __init__(self, host, interface="eth1"):
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        program = b"".join(struct.pack("=HBBI", *instruction) for instruction in _ARP_OR_VRRP)
        buffer = ctypes.create_string_buffer(program)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
            "HL", len(_ARP_OR_VRRP), ctypes.addressof(buffer)))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        with host.entered():
            self._socket.bind((interface, ETH_P_ALL))
        self.frames = []  # (seconds since the epoch, bytes)
        self._packets = []
        self._sent = []
        self._lock = threading.Lock()  # two that read at once would swap frames

    def packets(self):
        """All that was seen so far, decoded, in order."""
        with self._lock:
            return self._read()

    def _read(self):
        while True:
            try:
                frame, ancillary, _, (_, _, kind, *_) = self._socket.recvmsg(65536, 128)
            except BlockingIOError:
                return self._packets
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            at = seconds + nanoseconds / 1e9
            self.frames.append((at, frame))
            packet = _decode(at, frame)
            if packet is not None:
                self._packets.append(packet)
                if kind == PACKET_OUTGOING:
                    self._sent.append(packet)

    def sent(self):
        """Those of the packets that the host itself has sent."""
        self.packets()
        return list(self._sent)

    def adverts(self, source=None, since=0, vrid=None):
        """The adverts seen, from one source address, from a time on, of one virtual router."""
        return [packet for packet in self.packets() if isinstance(packet, Advert)
                and packet.at >= since and source in (None, packet.source)
                and vrid in (None, packet.vrid)]

    def announcements(self, address=None, sender_mac=None, since=0):
        """The gratuitous ARP, or unsolicited neighbour advertisements, seen for an address, from a
        hardware address, from a time on."""
        return [packet for packet in self.packets() if not isinstance(packet, Advert)
                and packet.is_gratuitous and packet.at >= since
                and address in (None, packet.sender) and sender_mac in (None, packet.sender_mac)]

    def write_pcap(self, path):
        """Leaves all frames in a file for tcpdump and tshark."""
        self.packets()
        with open(path, "wb") as file:
            file.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
            for at, frame in self.frames:
                file.write(struct.pack("=IIII", int(at), int(at % 1 * 1e9), len(frame), len(frame)))
                file.write(frame)

    def forget(self):
        """Begins anew: what was seen so far is seen no more."""
        self.packets()
        self.frames = []
        self._packets = []
        self._sent = []

    def close(self):
        """Ends the capture."""
        self._socket.close()


def _decode(at, frame):
    """Decodes a frame that the filter let through; None for what is cut short."""
    ethertype = struct.unpack_from("!H", frame, 12)[0]
    payload = frame[14:]
    try:
        if ethertype == ETH_P_ARP:
            return _decode_arp(at, frame, payload)
        if ethertype == ETH_P_IPV6 and payload[6] == IP_PROTOCOL_ICMPV6:
            return _decode_neighbour(at, payload)
        return _decode_advert(at, frame, payload)
    except struct.error:
        return None


def _decode_neighbour(at, payload):
    """A neighbour advertisement (RFC 4861 4.4), or None."""
    length, hops, source, destination = struct.unpack_from("!4xHxB16s16s", payload)
    message = payload[40:40 + length]
    flags, target = struct.unpack_from("!4xB3x16s", message)
    mac = message[26:32] if message[24:26] == b"\x02\x01" else b""
    return NeighbourAdvertisement(
        at, _ipv6(source), _ipv6(destination), hops, _ipv6(target), bool(flags & 0x80),
        bool(flags & 0x20), _mac(mac),
        internet_checksum(_pseudo(source, destination, IP_PROTOCOL_ICMPV6, message) + message) == 0)


def _pseudo(source, destination, protocol, message):
    """The pseudo-header of either family."""
    return source + destination + struct.pack("!BBH", 0, protocol, len(message))


def _ipv6(data):
    """An IPv6 address of its 16 bytes."""
    return socket.inet_ntop(socket.AF_INET6, data)


def _decode_arp(at, frame, payload):
    """An ARP packet (RFC 826), or None."""
    operation, sender_mac, sender, _, target = struct.unpack_from("!6xH6s4s6s4s", payload)
    return Arp(at, _mac(frame[:6]), operation, _mac(sender_mac), socket.inet_ntoa(sender),
               socket.inet_ntoa(target))


def _decode_advert(at, frame, payload):
    """A VRRP advert (RFC 9568 5.1, RFC 3768 5.1), or None."""
    if payload[0] >> 4 == 6:
        first, length, ttl, source, destination = struct.unpack_from("!IHxB16s16s", payload)
        tos = first >> 20 & 0xFF
        message = payload[40:40 + length]
    else:
        tos, length, ttl, source, destination = struct.unpack_from("!xBH4xBx2x4s4s", payload)
        message = payload[(payload[0] & 0xF) * 4:length]
    family, size = (socket.AF_INET6, 16) if len(source) == 16 else (socket.AF_INET, 4)
    sequence = None
    if payload[0] >> 4 == 4 and payload[9] == IP_PROTOCOL_AH:
        sequence = struct.unpack_from("!I", message, 8)[0]
        message = message[AH_BYTES:]
    kind, vrid, priority, count, auth_type, interval = struct.unpack_from("!BBBBBB", message)
    version = kind >> 4
    end = 8 + size * count
    addresses = tuple(socket.inet_ntop(family, message[start:start + size])
                      for start in range(8, end, size))
    if version == 2:
        checksum_is_right = internet_checksum(message[:end + 8]) == 0
        interval_ms = interval * 1000
        auth_data = message[end:end + 8]
    else:
        pseudo = _pseudo(source, destination, IP_PROTOCOL_VRRP, message)
        checksum_is_right = internet_checksum(pseudo + message) == 0
        interval_ms = ((auth_type & 0xF) << 8 | interval) * 10
        auth_type, auth_data = 0, b""
    return Advert(at, _mac(frame[6:12]), socket.inet_ntop(family, source),
                  socket.inet_ntop(family, destination),
                  ttl, tos, version, vrid, priority, interval_ms, auth_type, auth_data, addresses,
                  checksum_is_right, sequence)


def internet_checksum(data):
    """The Internet checksum (RFC 1071); over data that holds its own checksum: 0 if it is right."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _mac(data):
    """A hardware address as people write it."""
    return data.hex(":")
