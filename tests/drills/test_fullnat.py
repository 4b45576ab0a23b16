# SPDX-License-Identifier: Apache-2.0
"""FULLNAT: servers that have no route to the client answer, see the director, and the client sees the
virtual address; a NAT service beside it keeps the client's address."""

import contextlib
import re
import socket
import threading

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

LIMIT_S = 5 + 4 * SLACK_S
MODULES_S = 30 + LIMIT_S  # nft makes the kernel load them
ANSWER_S = 2 + 2 * SLACK_S
VIP, MARKED, VIP6 = "10.0.0.18", "10.0.0.19", "2001:db8:1::18"
CLIENT, POOL = "10.0.0.100", ("10.1.0.201", "10.1.0.202")
DIRECTOR, DIRECTOR6 = "10.1.0.1", "2001:db8:2::1"
SERVER, SERVER6, ROUTED = "10.1.0.7", "2001:db8:2::7", "10.1.0.8"
ELSEWHERE = "10.1.0.30"  # a virtual address that another host has
PORT = 8000
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def service(header, words, server):
    """A virtual server of one server without checks."""
    return f"virtual_server {header} {{\n lb_algo rr\n {words}\n real_server {server} {{ }}\n}}\n"


NAT = service(f"{VIP} 81", "lb_kind NAT\n protocol TCP", f"{ROUTED} {PORT}")
FULLNAT = (
    service(f"{VIP} 0", "lb_kind FULLNAT\n protocol TCP\n persistence_timeout 60", SERVER)
    + service(f"{VIP} 80", "lb_kind FULLNAT\n protocol TCP\n drain_timeout 300",
              f"{SERVER} {PORT}")
    + service(f"{VIP} 80", "lb_kind FULLNAT\n protocol UDP", f"{SERVER} {PORT}")
    + service(f"{VIP6} 80", "lb_kind FULLNAT\n protocol TCP", f"{SERVER6} {PORT}")
    + service(f"{VIP6} 80", "lb_kind FULLNAT\n protocol UDP", f"{SERVER6} {PORT}")
    + service(f"{ELSEWHERE} {PORT}", "lb_kind FULLNAT\n protocol TCP", f"{SERVER} {PORT}")
    + service("fwmark 7", "lb_kind FULLNAT\n drain_timeout 300", SERVER))
POOLED = service(f"{VIP} 82", f"lb_kind FULLNAT\n protocol TCP\n local_address {'-'.join(POOL)}",
                 f"{SERVER} {PORT}")
MIXED = f"""virtual_server {VIP} 83 {{
 lb_algo rr
 lb_kind NAT
 protocol TCP
 real_server {SERVER} {PORT} {{
  lvs_method FULLNAT
 }}
 real_server {ROUTED} {PORT} {{ }}
}}
"""
AUTO = "global_defs {\n lvs_auto_sysctl\n}\n"


class Teller:
    """A TCP and UDP server of both families that tells each who he is."""

    def __init__(self, host):
        self._sockets = []
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with host.entered():
                listener = socket.socket(socket.AF_INET6, kind)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("::", PORT))
            self._sockets.append(listener)
        self._sockets[0].listen()
        for target in (self._tcp, self._udp):
            threading.Thread(target=target, daemon=True).start()

    def _tcp(self):
        with contextlib.suppress(OSError):
            while True:
                connection, peer = self._sockets[0].accept()
                threading.Thread(target=self._talk, args=(connection, peer), daemon=True).start()

    @staticmethod
    def _talk(connection, peer):
        with contextlib.suppress(OSError), connection:
            while connection.recv(100):
                connection.send(name(peer))

    def _udp(self):
        with contextlib.suppress(OSError):
            while True:
                _, peer = self._sockets[1].recvfrom(100)
                self._sockets[1].sendto(name(peer), peer)

    def close(self):
        """No more answers."""
        for one in self._sockets:
            one.close()


def name(peer):
    """An address as it is written in its own family."""
    return peer[0].removeprefix("::ffff:").encode()


def connect(host, address, port, kind=socket.SOCK_STREAM):
    """A connection from the client to a service."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with host.entered():
        connection = socket.socket(family, kind)
    connection.settimeout(ANSWER_S)
    connection.connect((address, port))  # UDP: answers of nobody else are heard
    return connection


def ask(connection):
    """Whom the server sees."""
    connection.send(b"?")
    return connection.recv(100).decode()


def seen(host, address, port, kind=socket.SOCK_STREAM):
    """The same, on a connection of its own."""
    with connect(host, address, port, kind) as connection:
        return ask(connection)


def nft(host):
    """All tables of a host."""
    return host.run("/usr/sbin/nft", "list", "tables")


def setting(host, path):
    """A sysctl's value."""
    return host.run("/sbin/sysctl", "-n", path).strip()


def missing(daemon):
    """Settings that the status says are needed."""
    return {entry["setting"]: entry["cure"] for entry in daemon.status()["ipvs"]["missing"]}


def reload(daemon, text):
    """With another configuration."""
    daemon.write_configuration(text)
    assert daemon.reload() is None


@pytest.fixture(name="lab")
def make_lab():
    """Client, director, daemon; servers behind it."""
    with Topology() as net, contextlib.ExitStack() as stack:
        outside, inside = net.switch("outside"), net.switch("inside")
        client = net.host("client", eth1=(outside, f"{CLIENT}/24", "2001:db8:1::100/64"))
        director = net.host("director", eth1=(outside, f"{VIP}/24", f"{MARKED}/24", f"{VIP6}/64"),
                            eth2=(inside, f"{DIRECTOR}/24", f"{DIRECTOR6}/64",
                                  *(f"{address}/24" for address in POOL)))
        server = net.host("server", eth1=(inside, f"{SERVER}/24", f"{SERVER6}/64"))
        routed = net.host("routed", eth1=(inside, f"{ROUTED}/24", f"{ELSEWHERE}/24"))
        routed.ip(f"route add default via {DIRECTOR}")
        client.ip(f"route add {ELSEWHERE} via {VIP}")
        for host in (server, routed):
            stack.callback(Teller(host).close)
        director.run("/usr/sbin/nft", "add table ip marks; add chain ip marks pre { type filter hook "
                     "prerouting priority mangle; }; add rule ip marks pre ip daddr "
                     f"{MARKED} tcp dport {PORT} meta mark set 7")
        for path in FORWARDING:
            director.set_sysctl(path, 0)
        yield client, director, Holdfast(director, NAT)


def kept(director):
    """What FULLNAT and NAT need beside IPVS: the table, the settings."""
    return ("holdfast_fullnat" in nft(director), setting(director, "net.ipv4.vs.conntrack"),
            setting(director, FORWARDING[0]))


def drain_out(client, director, daemon):
    """A reload takes all of FULLNAT out, and lvs_auto_sysctl: what drains is served until its end."""
    with connect(client, VIP, 80) as live, connect(client, MARKED, PORT) as marked:
        assert (ask(live), ask(marked)) == (DIRECTOR, DIRECTOR)
        reload(daemon, NAT)
        wait_until(lambda: len(ipvs.table(director)) == 2 + 2 * 2, LIMIT_S, "the rest has gone")
        assert (ask(live), ask(marked)) == (DIRECTOR, DIRECTOR)
        assert kept(director) == (True, "1", "1")
        daemon.kill()
        daemon.start()
        wait_until(lambda: daemon.status()["ipvs"]["available"], LIMIT_S, "the table is read")
        assert (ask(live), ask(marked)) == (DIRECTOR, DIRECTOR)
        assert kept(director) == (True, "1", "1")
        daemon.kill()
        owned = daemon.directory / "owned-services"
        owned.write_text(re.sub(r"(drain \S+ \S+) \d+", r"\1 1", owned.read_text()))
        daemon.start()  # the time has passed
        wait_until(lambda: kept(director) == (False, "0", "0"), LIMIT_S, "nothing is kept")
        assert len(ipvs.table(director)) == 2


def test_servers_behind_fullnat_need_no_route_to_the_client(lab):
    """TCP, UDP, IPv4, IPv6, a mark, a pool, a mix; reloads, a crash, a drain, and the stop."""
    client, director, daemon = lab
    daemon.start()
    wait_until(lambda: len(ipvs.table(director)) == 2, LIMIT_S, "the NAT service is there")
    assert missing(daemon) == {FORWARDING[0]: f"sysctl -w {FORWARDING[0]}=1"}

    reload(daemon, AUTO + NAT)
    wait_until(lambda: missing(daemon) == {}, LIMIT_S, "nothing is missing")
    with connect(client, VIP, 81) as old:
        assert ask(old) == CLIENT
        reload(daemon, AUTO + NAT + FULLNAT + MIXED)
        wait_until(lambda: len(ipvs.table(director)) == 2 * 8 + 3, MODULES_S, "all services are there")
        assert ask(old) == CLIENT
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            assert seen(client, VIP, 80, kind) == DIRECTOR
            assert seen(client, VIP6, 80, kind) == DIRECTOR6
        assert seen(client, MARKED, PORT) == DIRECTOR
        assert seen(client, VIP, PORT) == DIRECTOR  # by the service without a port
        assert seen(client, ELSEWHERE, PORT) == CLIENT  # what is routed on is none of IPVS's
        assert {seen(client, VIP, 83) for _ in range(2)} == {DIRECTOR, CLIENT}
        assert missing(daemon) == {}
        forwards = {server["forward"] for service in daemon.status()["services"]
                    for server in service["servers"]}
        assert forwards == {"NAT", "FULLNAT"}

        with connect(client, VIP, 80) as live:
            assert ask(live) == DIRECTOR
            reload(daemon, AUTO + NAT + FULLNAT + POOLED)
            wait_until(lambda: len(ipvs.table(director)) == 2 * 9, LIMIT_S, "the pool's is there")
            assert seen(client, VIP, 82) in POOL
            assert (ask(old), ask(live)) == (CLIENT, DIRECTOR)
            daemon.kill()
            daemon.start()
            wait_until(lambda: len(daemon.status()["services"]) == 9, LIMIT_S, "it is back")
            assert (ask(old), ask(live)) == (CLIENT, DIRECTOR)
            assert seen(client, VIP, 80) == DIRECTOR
            # So it is at a stop that keeps the table: what forwards stays with it.
            daemon.process.expect_end()
            daemon.control("stop", "--keep")
            assert "holdfast_fullnat" in nft(director)
            assert setting(director, "net.ipv4.vs.conntrack") == "1"
            assert (ask(old), ask(live)) == (CLIENT, DIRECTOR)
            daemon.start()
            wait_until(lambda: len(daemon.status()["services"]) == 9, LIMIT_S, "it is back again")
            assert (ask(old), ask(live)) == (CLIENT, DIRECTOR)

    drain_out(client, director, daemon)
    reload(daemon, AUTO + NAT + FULLNAT)
    wait_until(lambda: len(ipvs.table(director)) == 2 * 8, LIMIT_S, "all services are there")
    assert setting(director, "net.ipv4.vs.conntrack") == "1"
    daemon.terminate()
    assert "holdfast_fullnat" not in nft(director)
    assert [setting(director, path) for path in FORWARDING] == ["0", "0"]
    assert setting(director, "net.ipv4.vs.conntrack") == "0"
