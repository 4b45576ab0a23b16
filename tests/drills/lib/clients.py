# SPDX-License-Identifier: Apache-2.0
"""Clients: single requests from a host, and a steady load of them.

A request is a function of (host, timeout_s) that returns the answer as text, or raises OSError.
"""

import dataclasses
import errno
import itertools
import math
import os
import select
import socket
import struct
import threading
import time

import pymysql

from lib.capture import internet_checksum

MYSQL_USER = "drill"
REQUEST_ERRORS = (OSError, pymysql.MySQLError)
# The clients' ports, one after the other: IPVS keeps a connection for minutes after its end (FIN_WAIT:
# 2), and who comes from its port is sent to its server, even if that has died since or has no weight.
PORTS = itertools.cycle(range(20000, 60000))


def connect(host, address, port, timeout_s, source=""):
    """Opens a TCP connection from a host, from one of its addresses if it matters."""
    with host.entered():
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_s)
        _take_port(connection, source)
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def unacknowledged(host, port):
    """How many bytes a host has sent over IPv4 to a client's port without an acknowledgement; None: no connection."""
    with host.entered(), open("/proc/thread-self/net/tcp", encoding="ascii") as file:
        lines = [line.split() for line in file][1:]
    for words in lines:  # Documentation/networking/proc_net_tcp.rst: local, remote, state, queues
        if int(words[2].partition(":")[2], 16) == port:
            return int(words[4].partition(":")[0], 16)
    return None


def here(address, port):
    """A request for SteadyLoad, on a connection of its own, to a server that says nothing but "here"."""
    def ask(host, timeout_s):
        with connect(host, address, port, timeout_s) as connection:
            answer = connection.recv(16)
            if answer != b"here":
                raise OSError(f"answered {answer!r}")
            return answer.decode()
    return ask


def _take_port(connection, source):
    """Binds to a port that no drill has used for long."""
    while True:
        try:
            connection.bind((source, next(PORTS)))
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise


def http_get(address, port=80, source=""):
    """A request: GET /; the answer is the body."""
    def request(host, timeout_s):
        with connect(host, address, port, timeout_s, source) as connection:
            connection.sendall(f"GET / HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
            reply = b""
            while data := connection.recv(65536):
                reply += data
        head, _, body = reply.decode().partition("\r\n\r\n")
        if " 200 " not in head.partition("\r\n")[0]:
            raise OSError(f"HTTP says {head.partition(chr(13))[0]!r}")
        return body.strip()
    return request


def mysql_connect(host, address, timeout_s, port=3306, source=""):
    """Opens a MySQL connection from a host (a pymysql connection)."""
    connection = pymysql.connect(user=MYSQL_USER, read_timeout=timeout_s, write_timeout=timeout_s,
                                 defer_connect=True)
    connection.connect(connect(host, address, port, timeout_s, source))
    return connection


def mysql_ask(connection, query="SELECT @@hostname"):
    """Asks a MySQL server on an open connection; the answer is the first row's first column."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def mysql_query(address, port=3306, source=""):
    """A request: SELECT @@hostname on a connection of its own; the answer is the name."""
    def request(host, timeout_s):
        connection = mysql_connect(host, address, timeout_s, port, source)
        try:
            return mysql_ask(connection)
        finally:
            connection.close()
    return request


def ping(address):
    """A request: ICMP echo; the answer is the address."""
    def request(host, timeout_s):
        with _icmp_socket(host, address) as icmp:
            token = os.urandom(8)
            icmp.send(_echo_request(icmp, token))
            deadline = time.monotonic() + timeout_s
            while True:
                icmp.settimeout(max(deadline - time.monotonic(), 1e-6))
                reply = icmp.recv(2048)
                if _is_echo_reply(icmp, reply) and reply.endswith(token):
                    return address
    return request


def _icmp_socket(host, address):
    """A raw socket for the echo of an address's family."""
    family, protocol = ((socket.AF_INET6, socket.IPPROTO_ICMPV6) if ":" in address
                        else (socket.AF_INET, socket.IPPROTO_ICMP))
    with host.entered():
        icmp = socket.socket(family, socket.SOCK_RAW, protocol)
    icmp.connect((address, 0))
    return icmp


def _is_echo_reply(icmp, reply):
    """RFC 792 behind the IPv4 header; RFC 4443 4.2 without a header: raw(7), ipv6(7)."""
    return reply[0] == 129 if icmp.family == socket.AF_INET6 else reply[20] == 0


def _echo_request(icmp, token):
    """An echo request (RFC 792, RFC 4443 4.1) that carries a token."""
    if icmp.family == socket.AF_INET6:  # the kernel computes the checksum
        return struct.pack("!BBHHH", 128, 0, 0, 0, 0) + token
    checksum = internet_checksum(struct.pack("!BBHHH", 8, 0, 0, 0, 0) + token)
    return struct.pack("!BBHHH", 8, 0, checksum, 0, 0) + token


@dataclasses.dataclass
class Request:
    """One request of a load; times in seconds since the epoch."""

    sent: float
    ended: float = 0.0
    answer: str = None  # None: lost
    error: str = None


class SteadyLoad:
    """A request every interval, each for itself, so that a slow one delays no other.

    with SteadyLoad(client, http_get(VIP), interval_s=0.02) as load: ...
    """

    def __init__(self, host, request, interval_s=0.05, timeout_s=1.0):
        self._host = host
        self._request = request
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._workers = []
        self._requests = []

    def start(self):
        """Begins to ask."""
        self._ticker.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the load and waits for the requests that are under way."""
        self._over.set()
        self._ticker.join()
        for worker in self._workers:
            worker.join()

    def _tick(self):
        due = time.monotonic()
        while not self._over.is_set():
            request = Request(time.time())
            worker = threading.Thread(target=self._serve, args=(request,), daemon=True)
            worker.start()
            self._requests.append(request)
            self._workers = [worker for worker in self._workers if worker.is_alive()] + [worker]
            due += self._interval_s
            self._over.wait(max(due - time.monotonic(), 0))

    def _serve(self, request):
        try:
            answer = self._request(self._host, self._timeout_s)
            request.ended = time.time()
            request.answer = answer
        except REQUEST_ERRORS as error:
            request.ended = time.time()
            request.error = str(error) or type(error).__name__

    def requests(self):
        """All requests so far, by the time of sending."""
        return list(self._requests)

    def last_sent(self):
        """When the last request was sent."""
        return self._requests[-1].sent if self._requests else 0

    def answered(self, since=0, until=float("inf")):
        """The requests that were answered, by the time of their answer."""
        return sorted((request for request in self.requests() if request.answer is not None
                       and since <= request.ended <= until), key=lambda request: request.ended)

    def lost(self, since=0):
        """The requests sent from a time on that have ended without an answer."""
        return [request for request in self.requests()
                if request.ended and request.answer is None and request.sent >= since]

    def last_answer(self, before):
        """The last request answered before a time, or None."""
        answered = self.answered(until=before)
        return answered[-1] if answered else None

    def first_answer(self, since):
        """The first answer to a request sent from a time on, or None."""
        return next((request for request in self.answered(since) if request.sent >= since), None)


class Pings:
    """An ICMP echo request every millisecond or so, from one thread: for outages that are short.

    with Pings(client, VIP) as pings: ...
    """

    def __init__(self, host, address, interval_s=0.001):
        self._interval_s = interval_s
        self._sent = []      # when, by number
        self._answered = {}  # when, by number
        self._over = threading.Event()
        self._icmp = _icmp_socket(host, address)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._icmp.close()

    def _run(self):
        due = time.monotonic()
        while not self._over.is_set():
            token = struct.pack("!4sI", b"HFPN", len(self._sent))
            self._sent.append(time.time())
            try:
                self._icmp.send(_echo_request(self._icmp, token))
            except OSError:
                pass  # nobody answers ARP: lost as any other
            due = max(due + self._interval_s, time.monotonic() - 10 * self._interval_s)
            while (left := due - time.monotonic()) > 0:
                if select.select([self._icmp], [], [], left)[0]:
                    self._receive()

    def _receive(self):
        try:
            reply = self._icmp.recv(2048, socket.MSG_DONTWAIT)
        except OSError:
            return  # an ICMP error
        if _is_echo_reply(self._icmp, reply) and reply[-8:-4] == b"HFPN":
            self._answered.setdefault(struct.unpack("!I", reply[-4:])[0], time.time())

    def answered(self, since=0):
        """How many were answered from a time on."""
        return sum(at >= since for at in list(self._answered.values()))

    def first_answer(self, since):
        """When the first answer came to a request that was sent from a time on, or None."""
        return min((at for number, at in list(self._answered.items())
                    if self._sent[number] >= since), default=None)

    def lost(self, since):
        """How many requests sent from a time on were not answered, though a later one was."""
        answered = set(self._answered)
        return sum(at >= since and number not in answered and number < max(answered)
                   for number, at in enumerate(list(self._sent)))

    def gaps_s(self, since, least_s):
        """The times of at least so long from one answered request to the next, which was sent from a time
        on, with some between them that were not: that we ourselves were kept from asking is no gap."""
        sent = [(number, at) for number, at in enumerate(list(self._sent)) if number in self._answered]
        return [at - before for (last, before), (number, at) in zip(sent, sent[1:])
                if number > last + 1 and at >= since and at - before >= least_s]

    def outage_s(self, since):
        """The longest of these; for ever where none is answered that was sent from a time on."""
        if not any(at >= since and number in self._answered for number, at in enumerate(list(self._sent))):
            return math.inf
        return max(self.gaps_s(since, 0), default=0)
