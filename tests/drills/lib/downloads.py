# SPDX-License-Identifier: Apache-2.0
"""Long downloads whose both ends are ours: each number follows the last one, or bytes were lost."""

import contextlib
import itertools
import socket
import struct
import threading
import time

BLOCK = 32  # numbers in what is sent at once
EVERY_S = 0.05


class Download:
    """A TCP connection on which the server sends numbers, and the client says nothing."""

    def __init__(self, name, client, server):
        self.name = name
        self.port = client.getsockname()[1]
        self.trouble = None
        self.received = 0
        self._client, self._server = client, server
        self._numbers = itertools.count()
        self._unsent = self._rest = b""
        for end in (client, server):
            end.setblocking(False)

    def step(self):
        """The server sends the next numbers, the client takes what has come."""
        if len(self._unsent) < BLOCK * 4:
            self._unsent += struct.pack(f"!{BLOCK}I", *itertools.islice(self._numbers, BLOCK))
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[self._server.send(self._unsent):]
        with contextlib.suppress(BlockingIOError):
            data = self._client.recv(65536)
            assert data, "closed"
            self._take(data)

    def _take(self, data):
        self._rest += data
        count = len(self._rest) // 4
        numbers = struct.unpack(f"!{count}I", self._rest[:count * 4])
        assert numbers == tuple(range(self.received, self.received + count)), "bytes are lost"
        self.received += count
        self._rest = self._rest[count * 4:]

    def finish(self, limit_s):
        """The server ends it: the client has everything then."""
        self._server.settimeout(limit_s)
        self._client.settimeout(limit_s)
        self._server.sendall(self._unsent)
        self._server.shutdown(socket.SHUT_WR)
        while data := self._client.recv(65536):
            self._take(data)
        assert self.received == next(self._numbers) and not self._rest
        self._client.close()
        assert self._server.recv(1) == b""
        self._server.close()


class Downloads:
    """Many of them, which go on by themselves."""

    def __init__(self, limit_s):
        self.every_s = EVERY_S
        self._limit_s = limit_s
        self._all = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, download):
        """One more."""
        self._all.append(download)

    def _run(self):
        while not self._over.wait(self.every_s):
            for download in list(self._all):
                if not download.trouble:
                    try:
                        download.step()
                    except (OSError, AssertionError) as error:
                        download.trouble = str(error)

    def go_on(self):
        """Each gets more than it has now."""
        marks = [(download, download.received + 2 * BLOCK) for download in self._all]
        end = time.monotonic() + self._limit_s

        def state():
            return {download.name: download.trouble or "silent" for download, mark in marks
                    if download.trouble or download.received < mark}

        while (bad := state()) and time.monotonic() < end and "silent" in bad.values():
            time.sleep(EVERY_S)
        assert bad == {}

    def ports(self):
        """The clients' ports, by which a director's connections are told apart."""
        return {download.port for download in self._all}

    def stop(self):
        """They do not go on."""
        self._over.set()
        self._thread.join()

    def finish(self):
        """All of them, to the last byte."""
        self.stop()
        for download in self._all:
            download.finish(self._limit_s)
