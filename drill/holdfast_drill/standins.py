# SPDX-License-Identifier: Apache-2.0
"""Servers that stand in for the real ones: each answers what its check asks, and any client.

All of them are one process, forked before there is any thread. It enters a host's namespace to open a
socket there; what it serves, it serves from one loop. The face is `StandIns`, on our side of a pipe.
"""

import asyncio
import ctypes
import multiprocessing
import os
import re
import resource
import signal
import socket
import ssl
import struct
import sys

from holdfast_drill import pages
from holdfast_drill.namespace import NAMES

CLONE_NEWNET = 0x40000000  # linux/sched.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
BACKLOG = 1024
LINE_LIMIT = 65536
IDLE_S = 30  # a client whose end was lost on the way is not waited for any longer
SALT = b"holdfast" + b"rehearsal-12"  # of MySQL's greeting: nobody's password is looked at

_libc = ctypes.CDLL(None, use_errno=True)


# ---- What they say ------------------------------------------------------------------------------

async def _serve_tcp(reader, writer, _):
    """Takes what comes and says nothing: whoever connects has been served."""
    while await asyncio.wait_for(reader.read(LINE_LIMIT), IDLE_S):
        pass


async def _serve_http(reader, writer, details):
    """One request, answered by the page that its path wants, or by an ordinary one."""
    found = pages.pages_of(details)
    while line := await reader.readline():
        path = (line.split() + [b"", b"/"])[1].decode(errors="replace")
        while (await reader.readline()).strip():
            pass
        status, body = found.get(path, (200, None))
        writer.write(pages.reply(status, pages.ordinary(path) if body is None else body, line.startswith(b"HEAD")))
        await writer.drain()
        return


def _mysql_packet(number, data):
    """A packet with its header: length and sequence number."""
    return struct.pack("<I", len(data))[:3] + bytes([number]) + data


def _mysql_text(text):
    """A length-encoded string, of less than 251 bytes."""
    return bytes([len(text)]) + text.encode()


def mysql_greeting():
    """The first packet of a server: protocol 10, mysql_native_password (MySQL's Protocol::HandshakeV10)."""
    capabilities = 0x0000F7FF & ~0x0800 | 0x000F0000  # no TLS; plugin authentication
    return (b"\x0a" + b"8.0.36-stand-in\0" + struct.pack("<I", 1) + SALT[:8] + b"\0"
            + struct.pack("<HBHH", capabilities & 0xFFFF, 33, 2, capabilities >> 16)
            + bytes([len(SALT) + 1]) + b"\0" * 10 + SALT[8:] + b"\0" + b"mysql_native_password\0")


MYSQL_OK = b"\0\0\0\2\0\0\0"
MYSQL_EOF = b"\xfe\0\0\2\0"


def mysql_answer(query, details):
    """The columns and the one row that answer a query: {name: value}."""
    wanted = dict(details)
    if "read_only" in query:
        return {"@@global.read_only": "1" if wanted.get("read_only") == "on" else "0"}
    if "SLAVE" in query.upper() or "REPLICA" in query.upper():
        return {"Slave_IO_Running": "Yes", "Slave_SQL_Running": "Yes", "Seconds_Behind_Master": "0",
                "Replica_IO_Running": "Yes", "Replica_SQL_Running": "Yes", "Seconds_Behind_Source": "0",
                "Last_IO_Error": "", "Last_SQL_Error": ""}
    if "wsrep" in query:
        return {"Variable_name": "wsrep_ready", "Value": "ON"}
    return {"answer": wanted.get("expect") or "1"}


def mysql_result(columns):
    """A text result set of one row (MySQL's Protocol::Text Resultset), packets numbered from 1."""
    packets = [bytes([len(columns)])]
    for name in columns:
        packets.append(b"\3def\0\0\0" + _mysql_text(name) + b"\0"
                       + b"\x0c" + struct.pack("<HIBHBH", 33, 1024, 253, 0, 0, 0))
    packets.append(MYSQL_EOF)
    packets.append(b"".join(_mysql_text(value) for value in columns.values()))
    packets.append(MYSQL_EOF)
    return b"".join(_mysql_packet(number + 1, data) for number, data in enumerate(packets))


async def _serve_mysql(reader, writer, details):
    """Lets everybody in and has an answer for each query that a check asks."""
    writer.write(_mysql_packet(0, mysql_greeting()))
    logged_in = False
    while head := await reader.readexactly(4):
        length = int.from_bytes(head[:3], "little")
        data = await reader.readexactly(length)
        if not logged_in:
            logged_in = True
            writer.write(_mysql_packet(head[3] + 1, MYSQL_OK))
        elif data[:1] == b"\1":  # COM_QUIT
            return
        elif data[:1] == b"\3":  # COM_QUERY
            writer.write(mysql_result(mysql_answer(data[1:].decode(errors="replace"), details)))
        else:
            writer.write(_mysql_packet(1, MYSQL_OK))
        await writer.drain()


async def _serve_smtp(reader, writer, _):
    """Takes every greeting and every mail."""
    writer.write(b"220 stand-in ESMTP\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"EHLO":
            writer.write(b"250-stand-in\r\n250 SIZE 1000000\r\n")
        elif word == b"QUIT":
            writer.write(b"221 bye\r\n")
            return
        elif word == b"DATA":
            writer.write(b"354 go on\r\n")
        else:
            writer.write(b"250 ok\r\n")
        await writer.drain()


async def _serve_agent(_, writer, __):
    """Says that all is well (AGENT_CHECK)."""
    writer.write(b"up ready 100%\n")


STREAMS = {"tcp": _serve_tcp, "http": _serve_http, "https": _serve_http, "mysql": _serve_mysql,
           "smtp": _serve_smtp, "agent": _serve_agent}


def dns_answer(query):
    """An answer to any question: no error, one record of the type that was asked for (RFC 1035 4)."""
    if len(query) < 12:
        return None
    end = 12
    while end < len(query) and query[end]:
        end += query[end] + 1
    question = query[12:end + 5]
    kind = int.from_bytes(question[-4:-2], "big") if len(question) >= 5 else 1
    data = {1: b"\xc0\0\2\1", 28: b"\x20\1\r\xb8" + b"\0" * 11 + b"\1", 15: b"\0\x0a\xc0\x0c",
            2: b"\xc0\x0c", 5: b"\xc0\x0c", 12: b"\xc0\x0c", 16: b"\x08stand-in",
            6: b"\xc0\x0c\xc0\x0c" + struct.pack("!IIIII", 1, 2, 3, 4, 5)}.get(kind, b"")
    count = 1 if data else 0
    record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data if data else b""
    return query[:2] + struct.pack("!HHHHH", 0x8580 | (query[2] & 1) << 8, 1, count, 0, 0) + question + record


def udp_answer(query, details):
    """What UDP_CHECK wants to hear, else what came."""
    wanted = dict(details)
    reply = bytes.fromhex(re.sub(r"[^0-9a-fA-F]", "", re.sub(r"/\S+", "", wanted.get("reply") or "")) or "")
    return (reply or query).ljust(int(wanted.get("length") or 0), b"\0")


# ---- The process that serves --------------------------------------------------------------------

class _Datagrams(asyncio.DatagramProtocol):
    """A server of datagrams: one answer for each."""
    def __init__(self, speaks, details):
        self._speaks, self._details = speaks, details
        self._transport = None

    def connection_made(self, transport):
        """Keeps what answers are sent by."""
        self._transport = transport

    def datagram_received(self, data, address):
        """Answers as DNS, or with what UDP_CHECK wants."""
        reply = dns_answer(data) if self._speaks == "dns" else udp_answer(data, self._details)
        if reply is not None:
            self._transport.sendto(reply, address)


class _Worker:
    """What the child process holds open, by number."""

    def __init__(self, pipe, certificate):
        self._pipe = pipe
        self._open = {}
        self._writers = {}
        self._tls = None
        self._certificate = certificate

    async def run(self):
        """Does what is asked for through the pipe, until it is closed."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        loop.add_reader(self._pipe.fileno(), lambda: loop.create_task(self._command(over)))
        await over

    async def _command(self, over):
        """Does one thing and answers with its result or why it failed."""
        if not self._pipe.poll():
            return
        try:
            verb, *arguments = self._pipe.recv()
        except EOFError:
            if not over.done():
                over.set_result(None)
            return
        try:
            self._pipe.send((await getattr(self, verb)(*arguments), None))
        except (OSError, ValueError, ssl.SSLError) as error:
            self._pipe.send((None, str(error)))

    async def open(self, number, host, protocol, address, port, speaks, details):
        """Opens a server in a namespace."""
        opened = _socket_in(host, protocol, address, port)
        loop = asyncio.get_running_loop()
        if protocol == "udp":
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(speaks, details), sock=opened)
            self._open[number] = transport
            return
        self._writers[number] = set()
        self._open[number] = await asyncio.start_server(
            lambda reader, writer: self._serve(number, speaks, details, reader, writer), sock=opened,
            ssl=self._context() if speaks == "https" else None, backlog=BACKLOG)

    async def close(self, number):
        """Closes a server and what it has open, as a program does that is killed."""
        server = self._open.pop(number)
        server.close()
        for writer in self._writers.pop(number, ()):
            writer.transport.abort()

    def _context(self):
        """TLS with the rehearsal's certificate, read when it is needed first."""
        if self._tls is None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(self._certificate)
        return self._tls

    async def _serve(self, number, speaks, details, reader, writer):
        """Serves one connection, which close() can find."""
        writers = self._writers.get(number, set())
        writers.add(writer)
        try:
            await STREAMS[speaks](reader, writer, details)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writers.discard(writer)
            writer.close()


def enter(full_name):
    """This process goes to a namespace, and stays there."""
    there = os.open(NAMES / full_name, os.O_RDONLY)
    try:
        if _libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {full_name}")
    finally:
        os.close(there)


def _socket_in(host, protocol, address, port):
    """A socket that is bound in a host's namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(NAMES / host, os.O_RDONLY)
    try:
        if _libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                               socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
    finally:
        _libc.setns(home, CLONE_NEWNET)
        os.close(there)
        os.close(home)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if opened.family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    opened.setblocking(False)
    opened.bind((address, port))
    return opened


def be_child(parent):
    """A forked process of ours ends with its parent, and leaves Ctrl-C to it."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def raise_file_limit():
    """As many open files as this process may have: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run_worker(pipe, parent, certificate):
    """The process of all stand-ins."""
    be_child(parent)
    raise_file_limit()
    try:
        asyncio.run(_Worker(pipe, certificate).run())
    except KeyboardInterrupt:
        pass
    sys.stdout.flush()
    os._exit(0)


class StandIns:
    """The stand-ins of a rehearsal. To be made before any thread is started."""

    def __init__(self, certificate):
        """certificate -- a file with a certificate and its key, for TLS; may not be there yet"""
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._pipe = ours
        self._numbers = {}
        self._next = 0
        self._process = context.Process(target=_run_worker, args=(theirs, os.getpid(), str(certificate)),
                                        daemon=True)
        self._process.start()
        theirs.close()

    def _ask(self, *command):
        """Has the worker do something; a failure there is an OSError here."""
        self._pipe.send(command)
        answer, error = self._pipe.recv()
        if error is not None:
            raise OSError(error)
        return answer

    def open(self, full_name, stand_in, addresses):
        """Starts a stand-in in the namespace of a name, on its address and on others of its host."""
        for address in dict.fromkeys([stand_in.address, *addresses]):
            self._next += 1
            self._ask("open", self._next, full_name, stand_in.protocol, address, stand_in.port,
                      stand_in.speaks, stand_in.details)
            self._numbers.setdefault(stand_in, []).append(self._next)

    def close(self, stand_in):
        """The server dies: its port is closed, its connections are reset."""
        for number in self._numbers.pop(stand_in, ()):
            self._ask("close", number)

    def is_open(self, stand_in):
        """Says whether a stand-in runs."""
        return stand_in in self._numbers

    def end(self):
        """Ends all of them."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
