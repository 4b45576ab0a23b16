# SPDX-License-Identifier: Apache-2.0
"""The client: a request every millisecond to each target, and connections that stay open.

It is a process of its own, forked before there is any thread, so that nothing else that the rehearsal
does makes it late. The face is `Client`, on our side of a pipe.
"""

import bisect
import contextlib
import dataclasses
import errno
import fcntl
import multiprocessing
import os
import select
import socket
import struct
import time

from holdfast_drill.capture import internet_checksum
from holdfast_drill.standins import be_child, enter, raise_file_limit

TIMEOUT_S = 1.0  # what is answered later is lost
GAP_S = 0.01  # what is shorter is a matter of who runs when
FLOW_INTERVAL_S = 0.05
OPEN_LIMIT = 400  # TCP requests under way for a target
SO_TIMESTAMPNS = 35  # asm-generic/socket.h
SIOCOUTQ = 0x5411  # linux/sockios.h: what has not been acknowledged


@dataclasses.dataclass
class Answers:
    """What became of the requests to a target; times in seconds since the epoch."""

    target: object
    interval_s: float
    sent: list  # when, in order
    answered: list  # when, or None
    ended: float = 0.0  # when the client was told to ask no more; 0: with the last request

    def lost(self):
        """How many were not answered."""
        return sum(at is None for at in self.answered)

    @property
    def resolution_s(self):
        """What is shorter is not seen: it is within what the requests are apart, or who runs when."""
        return max(GAP_S, 3 * self.interval_s)

    def holes(self):
        """The times in which nothing was asked, since the client did not get to it: (last request, next one).

        Nobody knows whether a request would have been answered in them.
        """
        following = self.sent[1:] + ([self.ended] if self.ended else [])
        return [(last, at) for last, at in zip(self.sent, following) if at - last > self.resolution_s]

    def known_good(self, at):
        """When a request was sent for the last time before `at` that has been answered; None if there is none."""
        for number in range(bisect.bisect_left(self.sent, at) - 1, -1, -1):
            if self.answered[number] is not None:
                return self.sent[number]
        return None

    def gaps(self):
        """The times without an answer: (when the first request of it was sent, the next answer, lost meanwhile).

        An answer that comes late ends a gap as any other: a client that waited has waited. It is what is
        certain: where the client did not get to ask before the first request, the time without an answer may
        have begun as early as known_good() says.
        """
        arrivals = sorted(at for at in self.answered if at is not None)
        found, number = [], 0
        while number < len(self.sent):
            sent = self.sent[number]
            following = bisect.bisect_right(arrivals, sent)
            until = arrivals[following] if following < len(arrivals) else max(self.sent[-1], self.ended)
            behind = max(bisect.bisect_left(self.sent, until), number + 1)
            lost = sum(at is None for at in self.answered[number:behind])
            if until - sent > self.resolution_s:
                found.append((sent, until, lost))
                number = behind
            else:
                number += 1
        return found


@dataclasses.dataclass
class Flow:
    """A connection that is held open through a service."""

    service: str
    opened: bool
    broken: str = ""  # why; empty: it lives


def _receive(opened):
    """A datagram, and when the kernel has got it: who reads it late makes it no later (socket(7))."""
    reply, extra, _, _ = opened.recvmsg(2048, 64)
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS) and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("=qq", data)
            return reply, seconds + nanoseconds / 1e9
    return reply, None


class _Echo:
    """ICMP echo to an address."""

    event = select.POLLIN

    def __init__(self, target):
        six = ":" in target.vip
        self._six = six
        self.socket = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW,
                                    socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        scope = socket.if_nametoindex(target.interface) if target.interface else 0
        self.socket.connect((target.vip, 0, 0, scope) if six else (target.vip, 0))
        self._identity = os.urandom(4)

    def send(self, number):
        """Sends request `number`."""
        token = self._identity + struct.pack("!I", number)
        if self._six:
            message = struct.pack("!BBHHH", 128, 0, 0, 0, 0) + token
        else:
            checksum = internet_checksum(struct.pack("!BBHHH", 8, 0, 0, 0, 0) + token)
            message = struct.pack("!BBHHH", 8, 0, checksum, 0, 0) + token
        try:
            self.socket.send(message)
        except OSError:
            pass  # nobody answers ARP: lost as any other

    def receive(self):
        """The requests that were answered: (number, when; None: now)."""
        while True:
            try:
                reply, at = _receive(self.socket)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error
            kind = reply[0] == 129 if self._six else len(reply) > 20 and reply[20] == 0
            if kind and reply[-8:-4] == self._identity:
                yield struct.unpack("!I", reply[-4:])[0], at

    def sockets(self):
        """What is to be polled."""
        return [self.socket]

    def close(self):
        """Ends it."""
        self.socket.close()


class _Datagram:
    """A datagram through a virtual service, which its server's stand-in sends back."""

    event = select.POLLIN

    def __init__(self, target):
        self.socket = socket.socket(socket.AF_INET6 if ":" in target.vip else socket.AF_INET,
                                    socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((target.source, 0))
        self.socket.connect((target.vip, target.port))

    def send(self, number):
        """Sends request `number`."""
        # As a question of DNS it is one, too: an empty one whose identity is the number's low half.
        try:
            self.socket.send(struct.pack("!HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0)
                             + b"\0\0\1\0\1" + struct.pack("!I", number))
        except OSError:
            pass

    def receive(self):
        """The requests that were answered: (the number's low half, when)."""
        while True:
            try:
                reply, at = _receive(self.socket)
            except BlockingIOError:
                return
            except OSError:
                continue
            if len(reply) >= 2:
                yield struct.unpack("!H", reply[:2])[0], at

    def sockets(self):
        """What is to be polled."""
        return [self.socket]

    def close(self):
        """Ends it."""
        self.socket.close()


class _Connect:
    """A TCP connection through a virtual service: that the server has taken it is the answer."""

    event = select.POLLOUT

    def __init__(self, target):
        self._target = target
        self._family = socket.AF_INET6 if ":" in target.vip else socket.AF_INET
        self._open = {}  # socket: (number, when)

    def send(self, number):
        """Begins connection `number`; the oldest is given up where there are too many."""
        if len(self._open) >= OPEN_LIMIT:
            self._end(next(iter(self._open)))
        opened = socket.socket(self._family, socket.SOCK_STREAM)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            opened.bind((self._target.source, 0))
            opened.connect((self._target.vip, self._target.port))
        except BlockingIOError:
            pass
        except OSError:
            opened.close()
            return
        self._open[opened] = (number, time.monotonic())

    def receive(self):
        """The connections that were taken: (number, None); those that nobody takes are given up."""
        now = time.monotonic()
        if not self._open:
            return
        poll = select.poll()
        by_number = {}
        for opened in self._open:
            poll.register(opened, select.POLLOUT)
            by_number[opened.fileno()] = opened
        for descriptor, _ in poll.poll(0):
            opened = by_number[descriptor]
            number, _ = self._open[opened]
            error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self._end(opened)
            if not error:
                yield number, None
        for opened, (_, since) in list(self._open.items()):
            if now - since > TIMEOUT_S:
                self._end(opened)

    def _end(self, opened):
        """Ends a connection with a reset: nothing of it is to stay."""
        del self._open[opened]
        opened.close()

    def sockets(self):
        """What is to be polled."""
        return list(self._open)

    def close(self):
        """Ends all connections."""
        for opened in list(self._open):
            self._end(opened)


KINDS = {"echo": _Echo, "udp": _Datagram, "tcp": _Connect}


class _Flows:
    """Connections that stay open: one byte now and then, which the other side acknowledges."""

    def __init__(self, targets, count):
        self._flows = []
        for target in targets:
            for _ in range(count):
                opened = socket.socket(socket.AF_INET6 if ":" in target.vip else socket.AF_INET,
                                       socket.SOCK_STREAM)
                opened.settimeout(2)
                flow = Flow(target.service, True)
                try:
                    opened.bind((target.source, 0))
                    opened.connect((target.vip, target.port))
                except OSError as error:
                    flow = Flow(target.service, False, str(error))
                opened.setblocking(False)
                self._flows.append((flow, opened))
        self._due = time.monotonic()

    def tick(self, now):
        """Says something on each connection, when it is time."""
        if now < self._due or not self._flows:
            return
        self._due = now + FLOW_INTERVAL_S
        for flow, opened in self._flows:
            if flow.broken:
                continue
            try:
                if opened.send(b"-") != 1:
                    flow.broken = "nothing is taken any more"
            except BlockingIOError:
                flow.broken = "nothing is taken any more"
            except OSError as error:
                flow.broken = errno.errorcode.get(error.errno, str(error))
            self._listen(flow, opened)

    @staticmethod
    def _listen(flow, opened):
        """Hears whether a connection was ended by the other side."""
        try:
            if opened.recv(65536) == b"":
                flow.broken = flow.broken or "closed by the server"
        except BlockingIOError:
            pass
        except OSError as error:
            flow.broken = flow.broken or errno.errorcode.get(error.errno, str(error))

    def end(self):
        """Ends all; those whose last bytes nobody acknowledges are broken."""
        deadline = time.monotonic() + 2
        waiting = [pair for pair in self._flows if not pair[0].broken]
        while waiting and time.monotonic() < deadline:
            still = []
            for flow, opened in waiting:
                left = struct.unpack("i", fcntl.ioctl(opened, SIOCOUTQ, b"\0" * 4))[0]
                self._listen(flow, opened)
                if left and not flow.broken:
                    still.append((flow, opened))
            waiting = still
            time.sleep(0.01)
        for flow, _ in waiting:
            flow.broken = "nobody acknowledges what was sent"
        for _, opened in self._flows:
            opened.close()
        return [flow for flow, _ in self._flows]


def _measure(pipe, targets, interval_s, flows):
    """Asks until the pipe says something; returns answers and flows."""
    kinds = [KINDS[target.kind](target) for target in targets]
    sent = [[] for _ in targets]
    answered = [[] for _ in targets]
    held = _Flows([target for target in targets if target.kind == "tcp"], flows)
    pipe.send("started")
    due = time.monotonic()
    ending = ended = None
    while ending is None or time.monotonic() < ending:
        now = time.monotonic()
        if ending is None and now >= due:
            for kind, when, fate in zip(kinds, sent, answered):
                when.append(time.time())
                fate.append(None)
                kind.send(len(when) - 1)
            due = max(due + interval_s, now - 10 * interval_s)
        held.tick(now)
        poll = select.poll()
        for kind in kinds:
            for each in kind.sockets():
                poll.register(each, kind.event)
        poll.register(pipe, select.POLLIN)
        left_ms = max((due - time.monotonic()) * 1000, 0) if ending is None else 5
        poll.poll(left_ms)
        at = time.time()
        for index, kind in enumerate(kinds):
            for number, when in kind.receive():
                _note(sent[index], answered[index], number, when or at, targets[index].kind)
        if ending is None and pipe.poll():
            pipe.recv()
            ended = time.time()
            ending = time.monotonic() + TIMEOUT_S / 2
    for kind in kinds:
        kind.close()
    return [Answers(target, interval_s, when, fate, ended) for target, when, fate in zip(
        targets, sent, answered)], held.end()


def _note(sent, answered, number, at, kind):
    """Notes that a request was answered, unless too late or already."""
    if kind == "udp":  # its identity has 16 bits: the newest one that fits
        newest = len(sent) - 1
        number = newest - ((newest - number) & 0xFFFF)
    if 0 <= number < len(sent) and answered[number] is None and at - sent[number] <= TIMEOUT_S:
        answered[number] = at


def _run_client(pipe, parent):
    """The client's process: goes where it is told to, and measures."""
    be_child(parent)
    raise_file_limit()
    with contextlib.suppress(OSError):
        os.nice(-10)  # what others do on this machine is not to look like a downtime
    while True:
        try:
            command = pipe.recv()
        except EOFError:
            os._exit(0)
        if command[0] == "enter":
            enter(command[1])
            pipe.send("entered")
        elif command[0] == "measure":
            try:
                pipe.send(_measure(pipe, *command[1:]))
            except OSError as error:
                pipe.send(error)


class Client:
    """The client's process. To be made before any thread is started."""

    def __init__(self):
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        self._process = multiprocessing.get_context("fork").Process(
            target=_run_client, args=(theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self):
        """Its process id."""
        return self._process.pid

    def enter(self, full_name):
        """Goes to a host, by the full name of its namespace."""
        self._pipe.send(("enter", full_name))
        self._pipe.recv()

    def start(self, targets, interval_s=0.001, flows=0):
        """Begins to ask.

        flows -- how many connections are held open through each TCP service
        """
        self._pipe.send(("measure", targets, interval_s, flows))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer

    def stop(self):
        """Ends asking; returns a list of Answers and one of Flows."""
        self._pipe.send("stop")
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self):
        """Ends the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
