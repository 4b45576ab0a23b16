# SPDX-License-Identifier: Apache-2.0
"""Servers that tell each who asks who answers, whom they see, and at which address they were asked:
TCP, UDP and SCTP, on many hosts, in one thread."""

import contextlib
import json
import selectors
import socket
import struct
import threading

IPPROTO_SCTP = 132  # linux/in.h
IPV6_RECVPKTINFO, IPV6_PKTINFO = 49, 50  # linux/in6.h
LENGTH = struct.Struct("!I")
MOST = 1 << 16

# A kind of sockets: its name, as a virtual_server's protocol is written, and what socket() is given.
KINDS = {"TCP": (socket.SOCK_STREAM, 0), "UDP": (socket.SOCK_DGRAM, 0),
         "SCTP": (socket.SOCK_STREAM, IPPROTO_SCTP)}


def plain(address):
    """An address as it is written in its own family."""
    return address.removeprefix("::ffff:")


class Tellers:
    """All of them."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._sockets = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def add(self, host, kind, port, address="::"):
        """A server; of no address: of all of both families. Before start()."""
        with host.entered():
            server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, *KINDS[kind])
        self._sockets.append(server)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.setblocking(False)
        if kind == "UDP":
            server.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
            ready = self._datagram
        else:
            server.listen()
            ready = self._accept
        self._selector.register(server, selectors.EVENT_READ, (ready, host.name))

    def start(self):
        """They answer."""
        self._thread.start()

    def close(self):
        """They do not any more."""
        self._over.set()
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _run(self):
        while not self._over.is_set():
            for key, _ in self._selector.select(0.1):
                ready, *details = key.data
                with contextlib.suppress(OSError):
                    ready(key.fileobj, *details)

    def _accept(self, server, name):
        connection, _ = server.accept()
        connection.setblocking(False)
        self._sockets.append(connection)
        self._selector.register(connection, selectors.EVENT_READ, (self._read, name, bytearray()))

    def _read(self, connection, name, got):
        data = connection.recv(MOST)
        got += data
        if not data:
            self._selector.unregister(connection)
            connection.close()
        elif len(got) == LENGTH.size + LENGTH.unpack_from(got)[0]:
            connection.sendall(answer(name, connection.getpeername(), connection.getsockname()[0],
                                      len(got)))
            got.clear()

    @staticmethod
    def _datagram(server, name):
        data, notes, _, peer = server.recvmsg(MOST, 64)
        (local,) = [note[:16] for _, kind, note in notes if kind == IPV6_PKTINFO]
        said = answer(name, peer, socket.inet_ntop(socket.AF_INET6, local), len(data))
        server.sendmsg([said], [(socket.IPPROTO_IPV6, IPV6_PKTINFO, local + bytes(4))], 0, peer)


def answer(name, peer, local, length):
    """What a server says."""
    return json.dumps({"name": name, "peer": plain(peer[0]), "local": plain(local),
                       "got": length}).encode() + b"\n"


def ask(host, kind, address, port, size, limit_s):
    """Sends so many bytes from a host; returns (server's name, its peer, its own address).

    An answer comes from the address that was asked, or it is none. An error is returned as text.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with host.entered():
        connection = socket.socket(family, *KINDS[kind])
    with connection:
        connection.settimeout(limit_s)
        said = b""
        try:
            connection.connect((address, port))
            connection.sendall(LENGTH.pack(size) + bytes(size))
            while not said.endswith(b"\n"):
                data = connection.recv(MOST)
                if not data:
                    return "closed"
                said += data
        except OSError as error:
            return str(error)
    said = json.loads(said)
    assert said["got"] == size + LENGTH.size
    return said["name"], said["peer"], said["local"]


def ask_again(host, address, port, count, limit_s):
    """Sends so many datagrams from one socket, each when the one before is answered; the answers as of ask()."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = []
    with host.entered():
        connection = socket.socket(family, socket.SOCK_DGRAM)
    with connection:
        connection.settimeout(limit_s)
        connection.connect((address, port))
        for number in range(count):
            try:
                connection.send(bytes(number + 1))
                said = json.loads(connection.recv(MOST))
            except OSError as error:
                answers.append(str(error))
                continue
            assert said["got"] == number + 1
            answers.append((said["name"], said["peer"], said["local"]))
    return answers
