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

    def close(self):
        """Ends it."""
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
