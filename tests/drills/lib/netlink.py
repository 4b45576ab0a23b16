# SPDX-License-Identifier: Apache-2.0
"""What the programs of a host write to the kernel: every netlink request, off an nlmon device.

This is the witness for "nothing else was touched": it sees what was asked of the kernel, also what
left no trace because the state was the same before and after.
"""

import socket
import struct

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
NETLINK_ROUTE = 0
NETLINK_NETFILTER = 12
NETLINK_GENERIC = 16
NLM_F_REQUEST = 1
NLMSG_MIN_TYPE = 16
GENL_ID_CTRL = 16

# linux/rtnetlink.h: groups of four, NEW, DEL, GET, SET, from RTM_BASE 16 on.
ROUTE_GROUPS = ("LINK", "ADDR", "ROUTE", "NEIGH", "RULE")
ROUTE_VERBS = ("NEW", "DEL", "GET", "SET")

# linux/ip_vs.h: the commands of the family IPVS.
IPVS_COMMANDS = (None, "NEW_SERVICE", "SET_SERVICE", "DEL_SERVICE", "GET_SERVICE", "NEW_DEST",
                 "SET_DEST", "DEL_DEST", "GET_DEST", "NEW_DAEMON", "DEL_DAEMON", "GET_DAEMON",
                 "SET_CONFIG", "GET_CONFIG", "SET_INFO", "GET_INFO", "ZERO", "FLUSH")


class NetlinkMonitor:
    """All netlink requests in a host's namespace within the block; needs the module nlmon.

    with NetlinkMonitor(director.host) as monitor: ...
    """

    def __init__(self, host):
        self._host = host
        host.ip("link add nlmon0 type nlmon", "link set nlmon0 up")
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 * 1024 * 1024)
            self._socket.bind(("nlmon0", ETH_P_ALL))
        self._socket.setblocking(False)
        self._writes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        self._host.ip("link del nlmon0")

    def writes(self):
        """The requests that change something, as words: "ipvs SET_DEST", "route NEWADDR"."""
        while True:
            try:
                data, (_, family, *_) = self._socket.recvfrom(1 << 20)
            except BlockingIOError:
                return list(self._writes)
            self._writes += [name for name in _requests(family, data) if name]


def _requests(family, data):
    """Names the requests of one datagram; answers and notifications lack the flag."""
    offset = 0
    while offset + 16 <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, offset)
        if length < 16:
            return
        if flags & NLM_F_REQUEST and kind >= NLMSG_MIN_TYPE:
            yield _name(family, kind, data[offset + 16:offset + length])
        offset += (length + 3) & ~3


def _name(family, kind, payload):
    """The request's name, or None for a question."""
    if family == NETLINK_ROUTE:
        group, verb = divmod(kind - NLMSG_MIN_TYPE, 4)
        if ROUTE_VERBS[verb] == "GET":
            return None
        name = ROUTE_GROUPS[group] if group < len(ROUTE_GROUPS) else f"({kind})"
        return f"route {ROUTE_VERBS[verb]}{name}"
    if family == NETLINK_GENERIC:
        if kind == GENL_ID_CTRL:
            return None
        # Nothing else in a drill speaks generic netlink but to IPVS.
        command = IPVS_COMMANDS[payload[0]] if payload[0] < len(IPVS_COMMANDS) else payload[0]
        return None if str(command).startswith("GET_") else f"ipvs {command}"
    return f"family {family} type {kind}"
