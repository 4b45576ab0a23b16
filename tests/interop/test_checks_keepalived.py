# SPDX-License-Identifier: Apache-2.0
"""The same servers, good and bad, are checked by keepalived 2.2.7 and by us: the verdicts are the same.

keepalived believes in IPVS by a library (tests/bench/fake_ipvs.c) where the kernel has none.
"""

import collections
import socket
import struct
import subprocess
import time

import pytest

from lib.daemons import TOP, Holdfast, Keepalived, START_LIMIT_S
from lib.process import Process
from lib.talkers import TcpTalker, UdpTalker
from lib.waiting import SLACK_S, SOON_S, wait_until

DIRECTORS = {"holdfast": "10.0.0.5", "keepalived": "10.0.0.6"}
SERVER, NOBODY = "10.0.0.7", "10.0.0.99"
CONTACTS = 3  # from each director, before a server that is not up counts as down
LIMIT_S = 25 + 4 * SLACK_S


class KeepalivedChecker(Keepalived):
    """keepalived's checker process alone."""

    preload = None

    def arguments(self):
        return [*super().arguments(), "-C"]

    def start(self):
        at = time.time()
        self.process = Process(self.host, self.kind, self.arguments(),
                               {"LD_PRELOAD": str(self.preload)})
        self.process.wait_for("Startup complete", START_LIMIT_S)
        return at


@pytest.fixture(scope="module", autouse=True)
def preload(tmp_path_factory):
    """The library that makes keepalived believe in IPVS."""
    library = tmp_path_factory.mktemp("preload") / "fake_ipvs.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, TOP / "tests/bench/fake_ipvs.c", "-ldl"],
                   check=True)
    KeepalivedChecker.preload = library


# ---- Servers ------------------------------------------------------------------------------------

def say(*parts, pause=0.0):
    """An SMTP server that says these, one for each command, and then nothing."""
    def serve(connection):
        for number, part in enumerate(parts):
            time.sleep(pause)
            if number:
                connection.recv(1000)
            connection.sendall(part)
        while connection.recv(1000):
            pass
    return serve


def leave(*parts, how=None):
    """The same, but it closes instead of saying more."""
    def serve(connection):
        for number, part in enumerate(parts):
            if number:
                connection.recv(1000)
            connection.sendall(part)
        if parts:
            connection.recv(1000)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return serve


def dns(flags=b"\x81\x80", counts=None, question=None, flip=0, behind=b""):
    """A DNS server whose replies are so."""
    return lambda query: [bytes([query[0] ^ flip]) + query[1:2] + flags
                          + (query[4:12] if counts is None else counts)
                          + (query[12:] if question is None else question) + behind]


GOOD = (b"220 mx ESMTP\r\n", b"250 mx\r\n", b"221 bye\r\n")
SMTP = {
    "good": (say(*GOOD), True),
    "QUIT is refused": (say(*GOOD[:2], b"502 no\r\n"), True),
    "each step just in time": (say(*GOOD, pause=0.8), True),
    "busy": (say(b"421 busy\r\n"), False),
    "HELO is refused": (say(GOOD[0], b"550 no\r\n"), False),
    "silent": (say(), False),
    "silent at HELO": (say(GOOD[0]), False),
    "half a greeting": (say(b"220 mx"), False),
    "gone at once": (leave(), False),
    "gone at HELO": (leave(GOOD[0]), False),
    "reset at once": (leave(how="reset"), False),
    "another protocol": (say(b"SSH-2.0-OpenSSH_9.2p1\r\n"), False),
}
DNS = {
    "good": (dns(), True),
    "truncated": (dns(b"\x83\x80"), True),
    "huge": (dns(behind=bytes(3000)), True),
    "malformed answers": (dns(counts=b"\0\1\0\xff\0\0\0\0", behind=b"\xc0\xff" * 9), True),
    "SERVFAIL": (dns(b"\x81\x82"), False),
    "NXDOMAIN": (dns(b"\x81\x83"), False),
    "REFUSED": (dns(b"\x81\x85"), False),
    "another id": (dns(flip=1), False),
    "half a header": (lambda query: [query[:7]], False),
    "the query": (lambda query: [query], False),
    "silence": (lambda query: [], False),
}
UDP = {
    "an echo": ("", lambda data: [data], True),
    "silence": ("", lambda data: [], True),
    "a reply that is needed": ("require_reply", lambda data: [b"x"], True),
    "a reply that does not come": ("require_reply", lambda data: [], False),
    "the reply that is wanted": ("payload 0a 1b\nrequire_reply 0a 1b", lambda data: [data], True),
    "digits that do not count": ("require_reply 0x x1", lambda data: [b"\x0a\xf1"], True),
    "another reply": ("require_reply 0x x1", lambda data: [b"\x0a\xf2"], False),
    "a longer reply": ("require_reply 0a", lambda data: [b"\x0a\xf2"], True),
    "a shorter reply": ("require_reply 0a f2", lambda data: [b"\x0a"], True),
    "too long a reply": ("require_reply 0a\nmax_reply_length 3", lambda data: [b"\x0abcd"], False),
    "too short a reply": ("require_reply 0a\nmin_reply_length 3", lambda data: [b"\x0ab"], False),
}
# What we judge otherwise, and why: holdfast.conf(5), DIFFERENCES FROM KEEPALIVED.
OTHERWISE = {
    ("DNS_CHECK", "another question"): (dns(question=b"\1x\0\0\6\0\1"), {"keepalived"}),
    ("DNS_CHECK", "no question"): (dns(counts=bytes(8), question=b""), {"keepalived"}),
    ("SMTP_CHECK", "several lines"): (
        say(b"220-mx\r\n220 here\r\n", b"250-mx\r\n250 HELP\r\n", GOOD[2]), {"holdfast"}),
    ("SMTP_CHECK", "silent at QUIT"): (say(*GOOD[:2]), {"holdfast"}),
    ("SMTP_CHECK", "gone at QUIT"): (leave(*GOOD[:2]), {"holdfast"}),
}

Case = collections.namedtuple("Case", "kind name options talker up")


class Scene:
    """Both directors and the server, which has a port for each case."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.directors = {name: net.host(name, eth1=(lan, f"{address}/24"))
                          for name, address in DIRECTORS.items()}
        self.server = net.host("server", eth1=(lan, f"{SERVER}/24"))
        self.cases = {}
        self._port = 2000

    def add(self, kind, name, answer, up, options=""):
        """A server of a case. answer -- None: nobody listens"""
        self._port += 1
        talker = None
        if answer and kind == "SMTP_CHECK":
            talker = TcpTalker(self.server, self._port, answer)
        elif answer:
            talker = UdpTalker(self.server, self._port, answer)
        self.cases[(SERVER, self._port)] = Case(kind, name, options, talker, up)

    def configuration(self, director, more):
        """The file of a director."""
        lines = ["global_defs {", "script_user root", "}"]
        for protocol in ("TCP", "UDP"):
            lines += [f"virtual_server 192.0.2.17 {53 if protocol == 'UDP' else 25} {{",
                      "delay_loop 1", "warmup 0", "lvs_sched rr", "lvs_method NAT",
                      f"protocol {protocol}", *more]
            for (address, port), case in self.cases.items():
                if (case.kind == "SMTP_CHECK") == (protocol == "TCP"):
                    told = director.directory / "told"
                    lines += [f"real_server {address} {port} {{",
                              f"notify_up \"{director.directory}/tell {port} up {told}\"",
                              f"notify_down \"{director.directory}/tell {port} down {told}\"",
                              f"{case.kind} {{", "connect_timeout 2", "retry 2",
                              "delay_before_retry 1", case.options, "}", "}"]
            lines += ["}"]
        return "\n".join(lines) + "\n"

    def start(self, more=()):
        """Starts both daemons."""
        for name, kind in (("holdfast", Holdfast), ("keepalived", KeepalivedChecker)):
            director = self.directors[name]
            tell = director.directory / "tell"
            tell.write_text('#!/bin/sh\necho "$1 $2" >>"$3"\n')
            tell.chmod(0o755)
            (director.directory / "told").touch()
            kind(director, self.configuration(director, more)).start()

    def told(self, name):
        """What the scripts of a director were told: (port, "up" or "down") in order."""
        text = (self.directors[name].directory / "told").read_text()
        return [(int(port), word) for port, word in map(str.split, text.splitlines())]

    def up(self, name):
        """The servers that are up by this."""
        state = {}
        for port, word in self.told(name):
            state[port] = word
        return {(case.kind, case.name) for (_, port), case in self.cases.items()
                if state.get(port) == "up"}

    def flapped(self, name):
        """The servers that came up and went down again."""
        came, went = set(), set()
        for port, word in self.told(name):
            (came if word == "up" else went if port in came else set()).add(port)
        return went

    def visited(self, case):
        """Whether both directors have asked a server often enough."""
        if case.talker is None:
            return True
        return all(sum(1 for peer in case.talker.peers() if peer == address) >= CONTACTS
                   for address in DIRECTORS.values())

    def close(self):
        """Ends the servers."""
        for case in self.cases.values():
            if case.talker:
                case.talker.close()


@pytest.fixture
def scene(net):
    """The hosts."""
    made = Scene(net)
    yield made
    made.close()


def test_verdicts_are_those_of_keepalived(scene):
    """Of each server, once both have asked it several times; with alpha, so that up must be earned."""
    for name, (answer, up) in SMTP.items():
        scene.add("SMTP_CHECK", name, answer, up)
    for name, (answer, up) in DNS.items():
        scene.add("DNS_CHECK", name, answer, up, "type A\nname www.example.com")
    for name, (options, answer, up) in UDP.items():
        scene.add("UDP_CHECK", name, answer, up, options)
    for kind in ("SMTP_CHECK", "DNS_CHECK", "UDP_CHECK"):
        scene.add(kind, "nobody listens", None, False)
    scene.add("PING_CHECK", "a host", None, True)
    scene.add("PING_CHECK", "no host", None, False, f"connect_ip {NOBODY}")
    for (kind, name), (answer, up) in OTHERWISE.items():
        scene.add(kind, name, answer, up, "type A\nname www.example.com" if kind == "DNS_CHECK" else "")
    scene.start(["alpha"])
    for case in scene.cases.values():
        wait_until(lambda case=case: scene.visited(case), LIMIT_S, f"{case.kind} {case.name} is asked")
    wanted = {name: {(case.kind, case.name) for case in scene.cases.values()
                     if case.up is True or (isinstance(case.up, set) and name in case.up)}
              for name in DIRECTORS}
    for name in DIRECTORS:
        try:
            wait_until(lambda name=name: scene.up(name) == wanted[name], SOON_S, "all verdicts")
        except AssertionError:
            pass
        assert (name, sorted(scene.up(name) ^ wanted[name])) == (name, [])
        assert not scene.flapped(name)


def test_first_failures_count_as_keepalived_counts_them(scene):
    """B40: at the start the first one takes a server down, but that of SMTP_CHECK is tried again."""
    scene.add("SMTP_CHECK", "busy", SMTP["busy"][0], False)
    scene.add("DNS_CHECK", "SERVFAIL", DNS["SERVFAIL"][0], False)
    scene.add("UDP_CHECK", "another reply", lambda data: [b"no"], False, "require_reply 31")
    scene.start()
    ports = {case.kind: port for (_, port), case in scene.cases.items()}
    for name, address in DIRECTORS.items():
        for kind, port in ports.items():
            wait_until(lambda name=name, port=port: (port, "down") in scene.told(name), LIMIT_S,
                       f"{kind} is down for {name}")
            asked = [peer for peer in scene.cases[(SERVER, port)].talker.peers() if peer == address]
            assert len(asked) >= (3 if kind == "SMTP_CHECK" else 1)
        # Those that are not tried again go down at the first try, two seconds earlier.
        assert [port for port, _ in scene.told(name)].index(ports["SMTP_CHECK"]) == 2
