# SPDX-License-Identifier: Apache-2.0
"""How tunnelled packets come to a host: what is around each virtual address and port."""

import socket
import struct
import threading

ETH_P_ALL, PACKET_HOST = 3, 0  # linux/if_ether.h, linux/if_packet.h
SO_RCVBUFFORCE = 33  # asm-generic/socket.h
IPIP, UDP, IPV6, GRE = 4, 17, 41, 47  # RFC 5237's registry
GRE_CHECKSUM = 0x8000  # RFC 2784 2.1
GUE_LENGTH = 0x1F  # draft-ietf-intarea-gue 3.2: in words, what is behind the first one


def network(packet):
    """An IP packet: its family, destination, protocol, what is in it."""
    if packet[0] >> 4 == 6:
        return "IPv6", socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6], packet[40:]
    length = (packet[0] & 15) * 4
    return "IPv4", socket.inet_ntoa(packet[16:20]), packet[9], packet[length:]


def unwrap(packet):
    """What an IP packet has around another one, in words, and the other one; None: it has none."""
    family, _, protocol, inside = network(packet)
    if protocol in (IPIP, IPV6):
        return f"ipip over {family}", inside
    if protocol == GRE:
        checked = struct.unpack_from("!H", inside)[0] & GRE_CHECKSUM
        return f"gre{' csum' if checked else ''} over {family}", inside[8 if checked else 4:]
    if protocol == UDP and inside[8] >> 6 == 0 and inside[9] in (IPIP, IPV6):
        more = inside[8] & GUE_LENGTH
        checked = struct.unpack_from("!H", inside, 6)[0]
        words = ("remcsum " if more else "") + ("csum " if checked else "")
        return f"gue {words}over {family}", inside[12 + 4 * more:]
    return None


class Wire:
    """Looks at what comes to an interface until it is closed."""

    def __init__(self, host, interface):
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 * 1024 * 1024)
        self._socket.bind((interface, ETH_P_ALL))
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self.around = {}  # by destination and port: a set of words
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._socket.close()

    def _run(self):
        while True:
            try:
                packet, (_, _, kind, *_) = self._socket.recvfrom(1 << 16)
            except TimeoutError:
                if self._over.is_set():  # and all that had come is read
                    return
                continue
            if kind == PACKET_HOST and packet[0] >> 4 in (4, 6) and (found := unwrap(packet)):
                words, inner = found
                _, address, _, inside = network(inner)
                port = struct.unpack_from("!H", inside, 2)[0]
                self.around.setdefault((address, port), set()).add(words)
