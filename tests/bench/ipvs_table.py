# SPDX-License-Identifier: Apache-2.0
"""How full the kernel's IPVS table is, asked as cheaply as can be: by socket options (linux/ip_vs.h), a
system call for a number, so that who fills the table is hardly disturbed."""

import ctypes
import os
import socket
import struct

IP_VS_SO_GET_INFO = 64 + 1024 + 64 + 1
IP_VS_SO_GET_SERVICE = IP_VS_SO_GET_INFO + 2
IP_VS_SO_GET_DESTS = IP_VS_SO_GET_INFO + 3
SERVICE_SIZE = 104  # struct ip_vs_service_entry
SERVICE_DESTINATIONS = 44  # where num_dests is in it
DESTS_HEADER = 24  # struct ip_vs_get_dests, before the entries
DEST_SIZE = 96  # struct ip_vs_dest_entry
NOBODY, NOBODY_HERE = 3, 2  # ESRCH, ENOENT

_libc = ctypes.CDLL(None, use_errno=True)


class KernelTable:
    """The IPVS table of a host. A service is (address, port), of TCP and IPv4."""

    def __init__(self, host):
        with host.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def close(self):
        """No more questions."""
        self._socket.close()

    def _ask(self, option, data, missing=None):
        """What the kernel makes of the data; `missing` where it knows no such service."""
        buffer = ctypes.create_string_buffer(data, len(data))
        length = ctypes.c_uint32(len(data))
        if _libc.getsockopt(self._socket.fileno(), socket.IPPROTO_IP, option, buffer,
                            ctypes.byref(length)) == 0:
            return buffer.raw
        number = ctypes.get_errno()
        if missing is not None and number in (NOBODY, NOBODY_HERE):
            return missing
        raise OSError(number, os.strerror(number))

    def services(self):
        """How many there are."""
        return struct.unpack_from("I", self._ask(IP_VS_SO_GET_INFO, bytes(12)), 8)[0]

    @staticmethod
    def _key(service):
        address, port = service
        return (struct.pack("=Hxx", socket.IPPROTO_TCP) + socket.inet_aton(address)
                + struct.pack("!Hxx", port) + bytes(4))

    def servers(self, service):
        """How many a service has."""
        data = (self._key(service) + bytes(SERVICE_SIZE))[:SERVICE_SIZE]
        answer = self._ask(IP_VS_SO_GET_SERVICE, data, missing=bytes(SERVICE_SIZE))
        return struct.unpack_from("I", answer, SERVICE_DESTINATIONS)[0]

    def weights(self, service, count):
        """The weights of the servers that come first in the kernel's list, by (address, port)."""
        data = (self._key(service) + struct.pack("I", count) + bytes(4)
                + bytes(DEST_SIZE * count))
        answer = self._ask(IP_VS_SO_GET_DESTS, data)
        weights = {}
        for at in range(DESTS_HEADER, DESTS_HEADER + DEST_SIZE * count, DEST_SIZE):
            (port,) = struct.unpack_from("!H", answer, at + 4)
            (weight,) = struct.unpack_from("i", answer, at + 12)
            weights[socket.inet_ntoa(answer[at:at + 4]), port] = weight
        return weights
