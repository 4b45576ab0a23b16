# SPDX-License-Identifier: Apache-2.0
"""The kernel's table outlives the daemon, and a server that is taken out keeps its connections.

Somebody looks at the kernel's table all the time, so that not even a moment without an entry is missed,
and a TCP connection through the virtual address goes on.
"""

import json
import re
import socket
import threading

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.pairs import suppress_arp
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, DIRECTOR, CLIENT = "10.0.0.17", "10.0.0.5", "10.0.0.100"
SERVERS = ("10.0.0.7", "10.0.0.8")
SERVICE = f"{VIP}:80/tcp"
LIMIT_S = 6 + 4 * SLACK_S
LOOKS = 20  # in each step; the guest makes hundreds a second


CHECK = """        alpha
        delay_loop 2
        MISC_CHECK {
            misc_path "/bin/sleep 3"
            misc_timeout 30
        }
"""


def configuration(servers, drain="60", weight=1, check=""):
    """One virtual server; what was closed in it is forgotten after a second."""
    entries = "".join(f"    real_server {address} 80 {{\n        weight {weight}\n{check}    }}\n"
                      for address in servers)
    return f"""global_defs {{
    lvs_timeouts tcpfin 1
}}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo rr
    lb_kind DR
    drain_timeout {drain}
{entries}}}
"""


def kernel_table():
    """Weights by server, and whether the service is there, of the calling thread's namespace."""
    with open("/proc/thread-self/net/ip_vs", encoding="ascii") as file:
        text = file.read()
    entries = re.findall(r"^  -> ([0-9A-F]{8}):0050 +Route +(\d+)", text, re.MULTILINE)
    weights = {socket.inet_ntoa(bytes.fromhex(address)): int(weight) for address, weight in entries}
    return weights if "TCP  0A000011:0050" in text else None


class Watcher:
    """Looks at a host's table again and again, and notes what it lacked."""

    def __init__(self, host):
        self.host = host
        self.looks = 0
        self.lacking = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self):
        with self.host.entered():
            while not self._over.is_set():
                weights = kernel_table()
                self.looks += 1
                if weights is None or set(weights) != set(SERVERS):
                    self.lacking.append((self.looks, weights))

    def saw_all(self):
        """Every look since the last call, and enough of them, found the service and both servers."""
        first = self.looks
        wait_until(lambda: self.looks >= first + LOOKS, LIMIT_S, "it looks")
        assert self.lacking == []


class Connection:
    """A TCP connection through the virtual address, with both its ends in our hands."""

    def __init__(self, site):
        with site.client.entered():
            self.client = socket.create_connection((VIP, 80), LIMIT_S)
        self.address = wait_until(lambda: self._accept(site.listeners), LIMIT_S, "a server has it")

    def _accept(self, listeners):
        for address, listener in listeners.items():
            try:
                self.server, _ = listener.accept()
            except BlockingIOError:
                continue
            self.server.settimeout(LIMIT_S)
            return address
        return None

    def use(self):
        """Both ways."""
        for sender, receiver in ((self.client, self.server), (self.server, self.client)):
            sender.sendall(b"x")
            assert receiver.recv(1) == b"x"

    def close(self):
        """In order, by both."""
        self.client.close()
        assert self.server.recv(1) == b""
        self.server.close()


class Site:
    """A director, a client, and two servers whose listeners are ours."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, f"{CLIENT}/24"))
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
        self.director.ip(f"address add {VIP}/32 dev eth1")
        for where in ("all", "eth1"):
            self.director.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
        self.listeners = {}
        for number, address in enumerate(SERVERS):
            host = net.host(f"server-{number}", eth1=(lan, f"{address}/24"))
            suppress_arp(host, VIP)
            with host.entered():
                listener = socket.create_server(("0.0.0.0", 80))
            listener.setblocking(False)
            self.listeners[address] = listener
        self.daemon = Holdfast(self.director, configuration(SERVERS))

    def weights(self):
        """The director's table."""
        with self.director.entered():
            return kernel_table()

    def start(self, weights):
        """Starts the daemon and waits until it has read the table, which has these weights then."""
        self.daemon.start()
        wait_until(lambda: self.daemon.status()["ipvs"]["available"], LIMIT_S, "the table is read")
        wait_until(lambda: self.weights() == weights, LIMIT_S, f"{weights} in the table")

    def configure(self, text):
        """Reloads."""
        self.daemon.write_configuration(text)
        assert self.daemon.reload() is None

    def draining(self):
        """The servers that drain, as the status has them."""
        (service,) = self.daemon.status()["services"]
        return [server["name"] for server in service["unconfigured"]
                if server["drain_left_ms"] is not None]


@pytest.fixture(scope="module")
def site():
    """The site, with the daemon at work."""
    with Topology() as net:
        site = Site(net)
        site.start(dict.fromkeys(SERVERS, 1))
        yield site
        for listener in site.listeners.values():
            listener.close()


def test_nothing_is_absent_for_a_moment(site):
    """kill -9, a stop that keeps, and a reload, each with a start behind it."""
    connection = Connection(site)
    with Watcher(site.director) as watcher:
        site.daemon.kill()
        connection.use()
        watcher.saw_all()
        site.start(dict.fromkeys(SERVERS, 1))
        assert site.daemon.status()["ipvs"]["operations"] == 0
        watcher.saw_all()
        site.configure(configuration(SERVERS, weight=3))
        wait_until(lambda: site.weights() == dict.fromkeys(SERVERS, 3), LIMIT_S, "the new weights")
        connection.use()
        watcher.saw_all()
        site.daemon.process.expect_end()
        assert site.daemon.control("stop", "--keep") == "stopped; the IPVS table stays\n"
        assert not site.daemon.process.running
        connection.use()
        watcher.saw_all()
        site.start(dict.fromkeys(SERVERS, 3))
        assert site.daemon.status()["ipvs"]["operations"] == 0
        connection.use()
        watcher.saw_all()
    connection.close()


def test_a_server_that_has_to_be_checked_first_is_not_absent_until_then(site):
    """With alpha nothing is known after a start: what the crash left stays."""
    def states():
        (service,) = site.daemon.status()["services"]
        return [server["state"] for server in service["servers"]]

    site.configure(configuration(SERVERS, check=CHECK))
    wait_until(lambda: site.weights() == dict.fromkeys(SERVERS, 1), LIMIT_S, "both are there")
    connection = Connection(site)
    with Watcher(site.director) as watcher:
        site.daemon.kill()
        site.daemon.start()
        wait_until(lambda: states() == ["checking"] * 2, LIMIT_S, "none has been checked")
        watcher.saw_all()
        connection.use()
        wait_until(lambda: states() == ["up"] * 2, LIMIT_S, "all are checked")
        watcher.saw_all()
        assert site.daemon.status()["ipvs"]["operations"] == 0
    connection.close()


def test_a_server_taken_out_stays_for_its_connections(site):
    """Through a crash, too; then it goes. With a short time the time ends it."""
    site.configure(configuration(SERVERS))
    connection = Connection(site)
    left = next(address for address in SERVERS if address != connection.address)
    site.configure(configuration([left]))
    wait_until(lambda: site.weights() == {left: 1, connection.address: 0}, LIMIT_S, "it drains")
    connection.use()
    assert site.draining() == [f"{connection.address}:80"]
    assert "drains" in site.daemon.control("status")
    site.daemon.kill()
    site.start({left: 1, connection.address: 0})
    connection.use()
    assert site.draining() == [f"{connection.address}:80"]
    connection.close()
    wait_until(lambda: site.weights() == {left: 1}, LIMIT_S, "it has drained")
    assert site.draining() == []

    site.configure(configuration(SERVERS, drain="0.5"))
    wait_until(lambda: site.weights() == dict.fromkeys(SERVERS, 1), LIMIT_S, "both are back")
    connection = Connection(site)
    connection.use()
    left = next(address for address in SERVERS if address != connection.address)
    site.configure(configuration([left], drain="0.5"))
    wait_until(lambda: site.weights() == {left: 1}, LIMIT_S, "its time is over")
    site.daemon.process.wait_for("its drain_timeout is over, with 1 connection left", LIMIT_S)


def test_a_server_added_beside_the_file_serves_and_goes_with_a_drain(site):
    """`server add` and `server del`, each with a reload behind it."""
    first, added = SERVERS
    site.configure(configuration([first]))
    wait_until(lambda: site.weights() == {first: 1}, LIMIT_S, "one server")
    site.daemon.control("server", "add", SERVICE, f"{added}:80", "weight", "2")
    wait_until(lambda: site.weights() == {first: 1, added: 2}, LIMIT_S, "it is in the table")
    site.configure(configuration([first], weight=3))
    wait_until(lambda: site.weights() == {first: 3, added: 2}, LIMIT_S, "it stays")
    assert ipvs.destinations(site.director, f"{VIP}:80") == {f"{first}:80": 3, f"{added}:80": 2}
    connections = [Connection(site) for _ in SERVERS]
    assert {each.address for each in connections} == set(SERVERS)
    (connection,) = [each for each in connections if each.address == added]
    connection.use()

    site.daemon.control("server", "del", f"{SERVICE}/{added}:80")
    wait_until(lambda: site.weights() == {first: 3, added: 0}, LIMIT_S, "it drains")
    site.configure(configuration([first]))
    wait_until(lambda: site.weights() == {first: 1, added: 0}, LIMIT_S, "it goes on to")
    assert site.draining() == [f"{added}:80"]
    connections += [Connection(site) for _ in SERVERS]
    assert [each.address for each in connections[2:]] == [first] * 2
    for each in connections:
        each.use()
        each.close()
    wait_until(lambda: site.weights() == {first: 1}, LIMIT_S, "it has drained")
    assert json.loads(site.daemon.control("--json", "overrides"))["overrides"] == []


def test_a_stop_that_does_not_keep_leaves_nothing(site):
    """As ever."""
    site.daemon.process.expect_end()
    assert site.daemon.control("stop") == "stopped\n"
    assert site.weights() is None


def test_a_kept_table_serves_on_for_the_grace_of_what_is_announced(site):
    """A stop takes the address back first, and what still comes is served; then only the table stays.

    The last drill: the daemon has gone.
    """
    announced = "10.0.0.18"
    text = configuration(SERVERS[:1]).replace(
        "global_defs {", "global_defs {\n    lvs_keep_on_stop\n    announce_grace 5")
    site.daemon.write_configuration(text + f"""virtual_server {announced} 80 {{
    lb_algo mh
    lb_kind DR
    delay_loop 2
    announce_when up
    real_server {SERVERS[0]} 80 {{
        TCP_CHECK {{
            connect_timeout 2
        }}
    }}
}}
""")
    if site.daemon.process.running:
        site.daemon.terminate()
    site.daemon.start()
    wait_until(lambda: site.director.owns(announced), LIMIT_S, "it is announced")
    wait_until(lambda: site.weights() == {SERVERS[0]: 1}, LIMIT_S, "the table is there")
    site.daemon.process.terminate()
    site.daemon.process.wait_for(rf"{announced}: withdrawn: the daemon stops", LIMIT_S)
    route = site.director.run("ip", "route", "show", "table", "local", announced)
    assert "metric 1" in route and "kernel" not in route, route
    assert site.daemon.process.wait_end(LIMIT_S) == 0
    assert announced not in site.director.run("ip", "route", "show", "table", "local")
    assert sorted(ipvs.destinations(site.director, f"{announced}:80")) == [f"{SERVERS[0]}:80"]
    assert site.weights() == {SERVERS[0]: 1}
