# SPDX-License-Identifier: Apache-2.0
"""The machines that the pages of doc/ are about, and web servers that tell whom they see."""

import http.server
import shutil
import socket
import threading

from lib.mariadb import MariaDb
from lib.reader import Reader

PORTS = (80, 8080)


class Teller(http.server.BaseHTTPRequestHandler):
    """Answers every page with who it is and whom it sees: "web1 sees 192.0.2.100"."""

    def do_GET(self):  # noqa: N802, the name is the library's
        """GET."""
        seen = self.client_address[0].removeprefix("::ffff:")
        body = f"{self.server.teller_name} sees {seen}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads that."""


class _Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self):
        """Of both families, and without asking a resolver for the host's name."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        http.server.socketserver.TCPServer.server_bind(self)


class Web:
    """A web server on a host, which the page calls nginx."""

    def __init__(self, host):
        self.host = host
        self._servers = []
        self.start()

    def start(self):
        """It answers."""
        for port in PORTS if not self._servers else ():
            with self.host.entered():
                server = _Server(("::", port), Teller)
            server.teller_name = self.host.name
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._servers.append(server)

    def kill(self):
        """It is gone."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()


def pair(net):
    """Two directors, two web servers and a client in one LAN: most pages need no more."""
    lan = net.switch("lan")
    numbers = {"lb1": 11, "lb2": 12, "web1": 21, "web2": 22, "client": 100}
    hosts = {name: net.host(name, eth0=(lan, f"192.0.2.{number}/24", f"2001:db8::{number}/64"))
             for name, number in numbers.items()}
    return _settled(net, hosts, ("web1", "web2"))


def keepalived_pair(net):
    """The same, with keepalived's service on the directors as its package has it."""
    reader = pair(net)
    for name in ("lb1", "lb2"):
        folder = reader.root(reader.hosts[name]) / "lib/systemd/system"
        folder.mkdir(parents=True)
        shutil.copy("/lib/systemd/system/keepalived.service", folder)
    return reader


def databases(net):
    """Two directors, a client and two MariaDB servers."""
    lan = net.switch("lan")
    numbers = {"lb1": 11, "lb2": 12, "db1": 31, "db2": 32, "client": 100}
    hosts = {name: net.host(name, eth0=(lan, f"192.0.2.{number}/24")) for name, number in numbers.items()}
    reader = _settled(net, hosts, ())
    for name in ("db1", "db2"):
        reader.databases[name] = MariaDb(hosts[name])
        reader.databases[name].start()
    for database in reader.databases.values():
        database.wait_ready()
    return reader


def site(net):
    """What the four modes need: a client behind a router, web servers beside the directors, application
    servers behind them, and some far away, behind the router.

        203.0.113.0/24 the client's; 192.0.2.0/24 the directors', with a client in it, too;
        10.0.0.0/24 behind the directors; 198.51.100.0/24 far away
    """
    front, inside, far, outside = (net.switch(name) for name in ("front", "inside", "far", "outside"))
    hosts = {
        "lb1": net.host("lb1", eth0=(front, "192.0.2.11/24"), eth1=(inside, "10.0.0.11/24")),
        "lb2": net.host("lb2", eth0=(front, "192.0.2.12/24"), eth1=(inside, "10.0.0.12/24")),
        "web1": net.host("web1", eth0=(front, "192.0.2.21/24")),
        "web2": net.host("web2", eth0=(front, "192.0.2.22/24")),
        "app1": net.host("app1", eth0=(inside, "10.0.0.21/24")),
        "far1": net.host("far1", eth0=(far, "198.51.100.21/24")),
        "client": net.host("client", eth0=(outside, "203.0.113.100/24")),
        "router": net.host("router", eth0=(front, "192.0.2.1/24"), eth1=(far, "198.51.100.1/24"),
                           eth2=(outside, "203.0.113.1/24")),
    }
    hosts["router"].set_sysctl("net.ipv4.ip_forward", 1)
    for name, via in (("lb1", "192.0.2.1"), ("lb2", "192.0.2.1"), ("web1", "192.0.2.1"), ("web2", "192.0.2.1"),
                      ("app1", "10.0.0.1"), ("far1", "198.51.100.1"), ("client", "203.0.113.1")):
        hosts[name].ip(f"route add default via {via}")
    return _settled(net, hosts, ("web1", "web2", "app1", "far1"))


def _settled(net, hosts, servers):
    reader = Reader(net, hosts)
    reader.servers = {name: Web(hosts[name]) for name in servers}
    return reader
