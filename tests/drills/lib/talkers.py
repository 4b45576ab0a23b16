# SPDX-License-Identifier: Apache-2.0
"""Servers that say what a drill tells them to, over UDP and TCP, each on a thread of its own."""

import socket
import threading


class UdpTalker:
    """Answers each datagram with those that answer(data) makes of it; keeps what it heard.

    answer -- None: it is silent
    """

    def __init__(self, host, port, answer=None, address="::"):
        with host.entered():
            self._socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._socket.settimeout(0.05)
        self.answer = answer
        self.heard = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.is_set():
            try:
                data, peer = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            self.heard.append((data, peer[0].removeprefix("::ffff:"), peer[1]))
            for reply in self.answer(data) if self.answer else ():
                self._socket.sendto(reply, peer)

    def peers(self):
        """Who has asked, as addresses, once for each datagram."""
        return [address for _, address, _ in list(self.heard)]

    def close(self):
        """Ends it."""
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class TcpTalker:
    """Serves each connection by serve(connection) on a thread of its own, and closes it then.

    A connection that the other side ends, or that is served when all is over, is nobody's error.
    """

    def __init__(self, host, port, serve, address="::"):
        with host.entered():
            self._socket = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen(64)
        self._socket.settimeout(0.05)
        self.serve = serve
        self._peers = []
        self._open = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.is_set():
            try:
                connection, peer = self._socket.accept()
            except TimeoutError:
                continue
            self._peers.append(peer[0].removeprefix("::ffff:"))
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass
        connection.close()

    def peers(self):
        """Who has connected, as addresses, once for each connection."""
        return list(self._peers)

    def close(self):
        """Ends it and all connections."""
        self._ended.set()
        self._thread.join()
        self._socket.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
