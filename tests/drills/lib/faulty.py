# SPDX-License-Identifier: Apache-2.0
"""A host of servers that do everything wrong, by chance: TCP at one port, UDP at another."""

import contextlib
import multiprocessing
import random
import selectors
import socket
import struct
import time

REPLIES = (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"HTTP/1.1 503 No\r\n\r\n",
           b"220 mail\r\n", b"250-one\r\n250 two\r\n", b"up\n", b"75%\n", b"down\tfailed\n",
           b"\x4a\x00\x00\x00\x0a5.5.5-10.11", b"\x16\x03\x03\x00\x02\x02\x28", b"\x00" * 64,
           b"garbage" * 500)
HOLD_S = 0.2
RESET = struct.pack("ii", 1, 0)  # struct linger


class Faulty:
    """The servers, in a process of their own: all addresses of the host count.

    What a connection meets: it is closed, reset, answered (rightly for one kind of check at the best),
    answered in part and then kept, or kept in silence.
    """

    def __init__(self, host, tcp_port, udp_port, seed=1):
        with host.entered():
            self._process = multiprocessing.get_context("fork").Process(
                target=_serve, args=(tcp_port, udp_port, seed), daemon=True)
            self._process.start()

    def close(self):
        """Ends them."""
        self._process.kill()
        self._process.join()


def _serve(tcp_port, udp_port, seed):
    chance = random.Random(seed)
    listening = socket.create_server(("", tcp_port), backlog=1024)
    listening.setblocking(False)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("", udp_port))
    datagrams.setblocking(False)
    waits = selectors.DefaultSelector()
    waits.register(listening, selectors.EVENT_READ)
    waits.register(datagrams, selectors.EVENT_READ)
    kept = []
    while True:
        for key, _ in waits.select(HOLD_S):
            with contextlib.suppress(OSError):
                if key.fileobj is listening:
                    _accept(listening, chance, kept)
                else:
                    _answer(datagrams, chance)
        while kept and kept[0][0] < time.monotonic():
            kept.pop(0)[1].close()


def _accept(listening, chance, kept):
    while True:
        connection, _ = listening.accept()
        fault = chance.randrange(5)
        with contextlib.suppress(OSError):
            if fault == 1:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif fault in (2, 3):
                reply = chance.choice(REPLIES)
                connection.send(reply if fault == 2 else reply[:chance.randrange(len(reply))])
        if fault in (3, 4):
            kept.append((time.monotonic() + HOLD_S, connection))
        else:
            connection.close()


def _answer(datagrams, chance):
    while True:
        asked, peer = datagrams.recvfrom(2048)
        fault = chance.randrange(4)
        if fault == 1:
            datagrams.sendto(asked[:2] + b"\x84" + asked[3:], peer)
        elif fault == 2:
            datagrams.sendto(bytes(chance.randrange(256) for _ in range(chance.randrange(64))), peer)
        elif fault == 3:
            datagrams.sendto(asked, peer)
