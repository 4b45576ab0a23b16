# SPDX-License-Identifier: Apache-2.0
"""Each scheduler on the real kernel: where 400 connections go, and what its flags change; persistence,
one-packet scheduling and thresholds.

One daemon has a virtual server for each, all of the same four servers: addresses of one host, where the
address of a connection's end tells the server. Connections are made one after the other, so that the
kernel has counted each when it places the next.
"""

import collections
import fractions
import itertools
import resource
import socket
import struct

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, PORT = "10.0.0.17", 8000
SERVERS = ("10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4")
A, B, C, D = SERVERS
CONNECTIONS = 400
DESTINATIONS = 40  # of the marked networks
SOCKETS = 4096     # that this process may have
UDP_S = 2          # a connection of UDP is over
PERSISTENCE_S = 8
LIMIT_S = 6 + 4 * SLACK_S
EQUAL, RISING, MANY, LOW = (1, 1, 1, 1), (1, 2, 3, 4), (1000, 1000, 1000, 1000), (10, 10, 10, 10)

# Of each virtual server: its port or mark, its words, the weights of the servers.
SERVICES = {
    "rr": (101, "lb_algo rr", RISING),
    "wrr": (102, "lb_algo wrr", RISING),
    "lc": (103, "lb_algo lc", RISING),
    "wlc": (104, "lb_algo wlc", RISING),
    "sed": (105, "lb_algo sed", RISING),
    "nq": (106, "lb_algo nq", (1, 2, 3, 20)),
    "sh": (107, "lb_algo sh", EQUAL),
    "sh-fallback": (108, "lb_algo sh\n sh-fallback", EQUAL),
    "sh-port": (109, "lb_algo sh\n sh-port", EQUAL),
    "sh-port-again": (110, "lb_algo sh\n sh-port", EQUAL),
    "mh": (111, "lb_algo mh", EQUAL),
    "mh-fallback": (112, "lb_algo mh\n mh-fallback", EQUAL),
    "mh-port": (113, "lb_algo mh\n mh-port", EQUAL),
    "mh-port-again": (114, "lb_algo mh\n mh-port", EQUAL),
    "mh-fewer": (115, "lb_algo mh", EQUAL),
    "fo": (116, "lb_algo fo", RISING),
    "ovf": (117, "lb_algo ovf", (30, 80, 120, 200)),
    "persistent": (118, "lb_algo rr\n persistence_timeout 50", EQUAL),
    "persistent-24": (119, "lb_algo rr\n persistence_timeout 50\n"
                           " persistence_granularity 255.255.255.0", EQUAL),
    "udp": (201, "lb_algo rr", EQUAL),
    "ops": (202, "lb_algo rr\n ops", EQUAL),
    "sip": (203, "lb_algo rr\n persistence_timeout 50\n persistence_engine sip", EQUAL),
    "udp-persistent": (204, f"lb_algo rr\n persistence_timeout {PERSISTENCE_S}", EQUAL),
    "thresholds": (205, "lb_algo rr", (1, 1)),
    "dh": (1, "lb_algo dh", EQUAL),
    "lblc": (2, "lb_algo lblc", MANY),
    "lblcr": (3, "lb_algo lblcr", MANY),
    "lblc-low": (4, "lb_algo lblc", LOW),
    "lblcr-low": (5, "lb_algo lblcr", LOW),
}
IP_PKTINFO = 8  # linux/in.h; this Python does not have it
MARKS, UDP = 100, 200  # below the one a number is a mark, of what goes to 10.3.NUMBER.0/24
UPPER, LOWER = 5, 3    # connections that the server A of "thresholds" may have, and to have some again
# The services whose last server is to get no new connections, and the one whose last server goes.
WITHOUT_D = ("sh", "sh-fallback", "mh", "mh-fallback", "fo")
FEWER = "mh-fewer"


def weights_of(name, later):
    """The servers of a service. later: D has no weight, or is not there."""
    weights = dict(zip(SERVERS, SERVICES[name][2]))
    if later and name in WITHOUT_D:
        weights[D] = 0
    if later and name == FEWER:
        del weights[D]
    return weights


def service_text(name, later):
    """One virtual server."""
    number, words, _ = SERVICES[name]
    head, port, kind = f"{VIP} {number}", PORT, f" protocol {'TCP' if number < UDP else 'UDP'}\n"
    if number < MARKS:
        head, port, kind = f"fwmark {number}", "", ""
    text = f"virtual_server {head} {{\n {words}\n lb_kind NAT\n{kind}"
    for address, weight in weights_of(name, later).items():
        limits = (f"  uthreshold {UPPER}\n  lthreshold {LOWER}\n"
                  if (name, address) == ("thresholds", A) else "")
        text += f" real_server {address} {port} {{\n  weight {weight}\n{limits} }}\n"
    return text + "}\n"


def configuration(later=False):
    """All of them."""
    return (f"global_defs {{\n lvs_timeouts udp {UDP_S}\n}}\n"
            + "".join(service_text(name, later) for name in SERVICES))


def table(later=False):
    """What the kernel is to have: the weight of each server of each service."""
    return {(str(number) if number < MARKS else f"{VIP}:{number}",
             f"{address}:{0 if number < MARKS else PORT}"): weight
            for name, (number, _, _) in SERVICES.items()
            for address, weight in weights_of(name, later).items()}


class Connection:
    """One through the director; it stays until it is closed."""

    def __init__(self, site, name, source, port=0, host=1):
        number = SERVICES[name][0]
        to = (VIP, number) if number > MARKS else (f"10.3.{number}.{host}", PORT)
        self._client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._client.settimeout(LIMIT_S)
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # It ends at once, on both sides and in the kernel's table.
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.bind((source, port))
            self._client.connect(to)
            self._end, peer = site.listener.accept()
        except BaseException:
            self._client.close()
            raise
        assert peer == self._client.getsockname()
        self.server = self._end.getsockname()[0]

    def close(self):
        """Resets it."""
        self._client.close()
        self._end.close()


class Datagrams:
    """A client of UDP: an address and a port."""

    def __init__(self, site, name, source):
        self._site = site
        self._to = (VIP, SERVICES[name][0])
        with site.client.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((source, 0))
        site.datagrams.append(self)

    def send(self, data=b"x"):
        """Sends one; returns the server that got it."""
        self._socket.sendto(data, self._to)
        heard, ((_, _, info),), _, peer = self._site.udp.recvmsg(2048, 64)
        assert (heard, peer) == (data, self._socket.getsockname())
        return socket.inet_ntoa(info[8:12])  # ip(7), struct in_pktinfo: ipi_addr

    def close(self):
        """Ends it."""
        self._socket.close()


class Site:
    """A client of many addresses, the director, and the servers on one host."""

    def __init__(self, net):
        front, back = net.switch("front"), net.switch("back")
        self.client = net.host("client", eth1=(front, "10.0.0.100/24"))
        self.director = net.host("director", eth1=(front, "10.0.0.5/24", f"{VIP}/32"),
                                 eth2=(back, "10.1.0.254/24"))
        servers = net.host("servers", eth1=(back, *(f"{address}/24" for address in SERVERS)))
        self.client.ip("route add local 10.2.0.0/16 dev lo", "route add 10.3.0.0/16 via 10.0.0.5")
        self.director.ip("route add local 10.3.0.0/16 dev lo", "route add 10.2.0.0/16 via 10.0.0.100")
        servers.ip("route add default via 10.1.0.254")
        self.director.set_sysctl("net.ipv4.ip_forward", 1)
        self.director.set_sysctl("net.ipv4.icmp_ratelimit", 0)  # every client hears that it is refused
        self._mark()
        with servers.entered():
            self.listener = socket.create_server(("0.0.0.0", PORT), backlog=64)
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.listener.settimeout(LIMIT_S)
        self.udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self.udp.bind(("0.0.0.0", PORT))
        self.udp.settimeout(LIMIT_S)
        self.daemon = Holdfast(self.director, configuration())
        self.open = []
        self.datagrams = []

    def _mark(self):
        marks = "\n".join(f"  ip daddr 10.3.{number}.0/24 mark set {number}"
                          for number, _, _ in SERVICES.values() if number < MARKS)
        rules = self.director.directory / "marks.nft"
        rules.write_text("table ip drill {\n chain pre {\n"
                         f"  type filter hook prerouting priority -150;\n{marks}\n }}\n}}\n")
        self.director.run("nft", "-f", rules)

    def wait_table(self, wanted):
        """Waits until the kernel has these weights."""
        def weights():
            lines = (line.split() for line in ipvs.table(self.director))
            return {(words[2], words[4]): int(words[-1]) for words in lines if words[0] == "-a"}
        wait_until(lambda: weights() == wanted, LIMIT_S, "the table is as configured")

    def connect(self, name, sources, hold=False, **more):
        """Opens a connection from each source; which servers got them, in that order."""
        made = []
        with self.client.entered():
            for number, source in enumerate(sources):
                made.append(Connection(self, name, source, **{
                    key: values[number] for key, values in more.items()}))
                if not hold:
                    made[-1].close()
        if hold:
            self.open += made
        return [connection.server for connection in made]

    def connect_or_not(self, name, sources):
        """The same, with None for each that is refused."""
        answers = []
        for source in sources:
            try:
                answers += self.connect(name, [source])
            except ConnectionRefusedError:
                answers.append(None)
        return answers

    def close(self):
        """Ends all that is open."""
        for each in self.open + self.datagrams:
            each.close()
        self.open.clear()
        self.datagrams.clear()

    def active(self, name, column=4):
        """Active connections of each server of a service, by the kernel."""
        with self.director.entered(), open("/proc/thread-self/net/ip_vs", encoding="ascii") as file:
            lines = file.read().splitlines()
        start = lines.index(next(line for line in lines if f":{SERVICES[name][0]:04X} " in line))
        rows = itertools.takewhile(lambda words: words[0] == "->",
                                   (line.split() for line in lines[start + 1:]))
        return {address_of(words[1]): int(words[column]) for words in rows}

    def inactive(self, name):
        """All others, as all of UDP are."""
        return self.active(name, column=5)

    def left(self, name):
        """What is left of a persistent service of UDP: its templates, and its connections."""
        lines = self.director.run("ipvsadm", "-Ln", "--persistent-conn",
                                  "-u", f"{VIP}:{SERVICES[name][0]}").splitlines()
        rows = [line.split() for line in lines if line.startswith("  -> 10.")]
        return sum(int(row[3]) for row in rows), sum(int(row[5]) for row in rows)


def address_of(text):
    """An address as the kernel's files have it: 0A010001, perhaps with a port behind it."""
    return socket.inet_ntoa(bytes.fromhex(text.partition(":")[0]))


def one(count):
    """The same client again and again."""
    return ["10.2.0.1"] * count


def many(count):
    """As many clients."""
    return [f"10.2.{number // 250}.{number % 250 + 1}" for number in range(count)]


def rounds(count, things):
    """Each of some things again and again, in another order each time: not in step with four servers."""
    return [things[(number + number // len(things)) % len(things)] for number in range(count)]


@pytest.fixture(scope="module", name="whole_site")
def make_site():
    """The site, with the daemon at work."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOCKETS, max(limits[1], SOCKETS)))
    with Topology() as net:
        site = Site(net)
        site.daemon.start()
        site.wait_table(table())
        yield site
        site.listener.close()
        site.udp.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.fixture(name="site")
def no_connections(whole_site):
    """The site, where nothing is left open."""
    yield whole_site
    whole_site.close()


def by_key(keys, servers):
    """The servers that each key had."""
    found = collections.defaultdict(set)
    for key, server in zip(keys, servers):
        found[key].add(server)
    return found


def runs(servers):
    """How many in a row each had."""
    return [(server, len(list(group))) for server, group in itertools.groupby(servers)]


def assert_cheapest(servers, weights, cost):
    """Each connection went to a server that cost least at its time, by (connections, weight)."""
    counts = dict.fromkeys(weights, 0)
    for number, server in enumerate(servers):
        costs = {each: cost(count, weights[each]) for each, count in counts.items()}
        assert costs[server] == min(costs.values()), (number, server, counts)
        counts[server] += 1
    return counts


# ---- In turn ----------------------------------------------------------------------------------------


def test_rr_takes_all_in_turn(site):
    """Whatever their weights are."""
    servers = site.connect("rr", many(CONNECTIONS))
    assert set(servers[:4]) == set(SERVERS)
    assert servers == servers[:4] * (CONNECTIONS // 4)


def test_wrr_goes_by_weights(site):
    """In any ten of them, too."""
    servers = site.connect("wrr", many(CONNECTIONS))
    for start in range(CONNECTIONS - 9):
        assert collections.Counter(servers[start:start + 10]) == weights_of("wrr", False), start


# ---- By what is open --------------------------------------------------------------------------------


def test_lc_takes_who_has_least(site):
    """Weights do not count; what has ended does not count either."""
    servers = site.connect("lc", many(CONNECTIONS), hold=True)
    counts = assert_cheapest(servers, weights_of("lc", False), lambda count, weight: count)
    assert set(counts.values()) == {CONNECTIONS // 4}
    for connection in site.open:
        if connection.server == A:
            connection.close()
    wait_until(lambda: site.active("lc")[A] == 0, LIMIT_S, "the kernel knows that A is free")
    assert set(site.connect("lc", many(20), hold=True)) == {A}


def test_wlc_takes_who_has_least_for_its_weight(site):
    """1 : 2 : 3 : 4."""
    servers = site.connect("wlc", many(CONNECTIONS), hold=True)
    counts = assert_cheapest(servers, weights_of("wlc", False), fractions.Fraction)
    assert list(counts.values()) == [40, 80, 120, 160]


def test_sed_counts_the_one_that_comes(site):
    """So the first go to the heaviest."""
    servers = site.connect("sed", many(CONNECTIONS), hold=True)
    counts = assert_cheapest(servers, weights_of("sed", False),
                             lambda count, weight: fractions.Fraction(count + 1, weight))
    assert list(counts.values()) == [40, 80, 120, 160]
    assert servers[0] == D


def test_nq_lets_nobody_be_idle(site):
    """sed would give the first to D alone, which has 20 times the weight of A."""
    servers = site.connect("nq", many(CONNECTIONS), hold=True)
    assert set(servers[:4]) == set(SERVERS)
    assert_cheapest(servers, weights_of("nq", False),
                    lambda count, weight: fractions.Fraction(count + 1, weight) if count else 0)
    assert servers.count(D) > CONNECTIONS // 2


def test_fo_has_one_for_all(site):
    """The heaviest."""
    assert set(site.connect("fo", many(CONNECTIONS))) == {D}


def test_ovf_fills_the_heaviest_first(site):
    """Each until it has more than its weight."""
    found = runs(site.connect("ovf", many(CONNECTIONS), hold=True))
    assert found == [(D, 201), (C, 121), (B, 78)]


# ---- By what it is about ----------------------------------------------------------------------------


def test_sh_keeps_a_client_at_its_server(site):
    """And uses all servers for all clients."""
    clients = rounds(CONNECTIONS, many(100))
    found = by_key(clients, site.connect("sh", clients))
    assert {len(servers) for servers in found.values()} == {1}
    counts = collections.Counter(server for (server,) in found.values())
    assert set(counts) == set(SERVERS) and max(counts.values()) <= 50


@pytest.mark.parametrize("name", ["sh", "mh"])
def test_ports_of_one_client_are_told_apart_with_the_flag(site, name):
    """Each port has one server, the same in a second virtual server; without the flag all have one."""
    ports = list(range(20000, 20000 + CONNECTIONS))
    servers = site.connect(f"{name}-port", one(CONNECTIONS), port=ports)
    counts = collections.Counter(servers)
    assert set(counts) == set(SERVERS) and max(counts.values()) <= CONNECTIONS // 2
    again = dict(zip(ports, servers))
    some = ports[::10][::-1]
    assert site.connect(f"{name}-port-again", one(len(some)), port=some) == [again[port] for port in some]
    assert len(set(site.connect(name, one(20), port=ports[:20]))) == 1


def test_mh_keeps_a_client_at_its_server(site):
    """The same in every virtual server, and on every director."""
    clients = rounds(CONNECTIONS, many(100))
    servers = site.connect("mh", clients)
    found = by_key(clients, servers)
    assert {len(servers) for servers in found.values()} == {1}
    counts = collections.Counter(server for (server,) in found.values())
    assert set(counts) == set(SERVERS) and max(counts.values()) <= 50
    assert site.connect("mh-fallback", many(100)) == servers[:100]


def test_dh_keeps_a_destination_at_its_server(site):
    """Whoever the client is."""
    hosts = rounds(CONNECTIONS, range(1, DESTINATIONS + 1))
    found = by_key(hosts, site.connect("dh", many(CONNECTIONS), host=hosts))
    assert {len(servers) for servers in found.values()} == {1}
    assert set.union(*found.values()) == set(SERVERS)


@pytest.mark.parametrize("name", ["lblc", "lblcr"])
def test_locality_keeps_a_destination_at_its_server(site, name):
    """Destinations are spread by the connections that are open."""
    hosts = rounds(CONNECTIONS, range(1, DESTINATIONS + 1))
    servers = site.connect(name, many(CONNECTIONS), hold=True, host=hosts)
    assert {len(each) for each in by_key(hosts, servers).values()} == {1}
    assert collections.Counter(servers) == dict.fromkeys(SERVERS, CONNECTIONS // 4)


def test_lblc_moves_a_destination_from_who_has_too_much(site):
    """When it has more than its weight and another one less than half; then none has, and it stays."""
    found = runs(site.connect("lblc-low", many(CONNECTIONS), hold=True))
    assert [count for _, count in found] == [11, 11, 11, 367]
    assert {server for server, _ in found} == set(SERVERS)


def test_lblcr_gives_a_destination_more_servers(site):
    """One, until it has more than its weight; in the end all of them share."""
    servers = site.connect("lblcr-low", many(CONNECTIONS), hold=True)
    assert len(set(servers[:11])) == 1 and len(set(servers[:12])) == 2
    counts = collections.Counter(servers)
    assert set(counts) == set(SERVERS) and max(counts.values()) - min(counts.values()) <= 1


# ---- Persistence and limits --------------------------------------------------------------------------


def test_persistence_keeps_a_client_or_its_network_at_a_server(site):
    """Another client, or network, has the next one in turn."""
    clients = rounds(40, many(8))
    found = by_key(clients, site.connect("persistent", clients))
    assert {len(servers) for servers in found.values()} == {1}
    assert [servers for (servers,) in found.values()][:4] == [
        servers for (servers,) in found.values()][4:]
    assert set.union(*found.values()) == set(SERVERS)
    networks = rounds(40, ["10.2.0", "10.2.1", "10.2.2", "10.2.3"])
    clients = [f"{network}.{number + 1}" for number, network in enumerate(networks)]
    found = by_key(networks, site.connect("persistent-24", clients))
    assert {len(servers) for servers in found.values()} == {1}
    assert set.union(*found.values()) == set(SERVERS)


def test_persistence_outlives_connections_and_ends(site):
    """Of UDP, whose connections are over soon."""
    def ask():
        return Datagrams(site, "udp-persistent", "10.2.0.1").send()
    first = ask()
    assert {ask() for _ in range(9)} == {first}
    wait_until(lambda: site.left("udp-persistent") == (1, 0), UDP_S + LIMIT_S,
               "the connections are over")
    assert ask() == first
    wait_until(lambda: site.left("udp-persistent") == (0, 0), PERSISTENCE_S + LIMIT_S,
               "persistence is over")
    assert ask() != first


def test_one_packet_scheduling_places_each_datagram(site):
    """Without it they are one connection, which has one server."""
    client = Datagrams(site, "udp", "10.2.0.1")
    assert len({client.send() for _ in range(40)}) == 1
    client = Datagrams(site, "ops", "10.2.0.1")
    servers = [client.send() for _ in range(40)]
    assert set(servers[:4]) == set(SERVERS) and servers == servers[:4] * 10
    assert set(site.inactive("ops").values()) == {0} and set(site.inactive("udp").values()) == {0, 1}


def test_the_engine_sip_tells_the_calls_of_one_client_apart(site):
    """A proxy's: each has its server, whatever port it comes from; without it the client has one."""
    def call(number):
        return Datagrams(site, "sip", "10.2.0.1").send(
            f"OPTIONS sip:drill SIP/2.0\r\nCall-ID: call-{number}@drill\r\n\r\n".encode())
    calls = rounds(40, range(8))
    found = by_key(calls, [call(number) for number in calls])
    assert {len(servers) for servers in found.values()} == {1}
    assert set.union(*found.values()) == set(SERVERS)


def test_thresholds_are_kept(site):
    """Up to the upper one; then none, until there are fewer than the lower one."""
    clients = [Datagrams(site, "thresholds", "10.2.0.1") for _ in range(20)]
    servers = [client.send() for client in clients]
    assert collections.Counter(servers) == {A: UPPER, B: 20 - UPPER}
    kept = [client for client, server in zip(clients, servers) if server == A][:LOWER]

    def count(keep):
        for client in keep:
            assert client.send() == A
        return site.inactive("thresholds")[A]
    wait_until(lambda: count(kept) == LOWER, UDP_S + LIMIT_S, "the others are over")
    assert {Datagrams(site, "thresholds", "10.2.0.1").send() for _ in range(4)} == {B}
    wait_until(lambda: count([]) == 0, UDP_S + LIMIT_S, "all of A are over")
    assert {Datagrams(site, "thresholds", "10.2.0.1").send() for _ in range(2)} == {A, B}


# ---- Without D ---------------------------------------------------------------------------------------


def test_without_d(site):
    """What has one place for a client refuses it, or has another place with the flag; nobody else moves."""
    clients = many(100)
    before = {name: site.connect(name, clients) for name in (*WITHOUT_D, FEWER)}
    refusal = (site.daemon.write_configuration(configuration().replace("lb_algo fo", "lb_algo twos")),
               site.daemon.reload())[1]
    assert 'the scheduler "twos" is not in this kernel, which has no module ip_vs_twos' in refusal
    site.wait_table(table())

    site.daemon.write_configuration(configuration(later=True))
    assert site.daemon.reload() is None
    site.wait_table(table(later=True))
    after = {name: site.connect_or_not(name, clients) for name in before}
    for name in ("sh", "mh"):
        assert after[name] == [None if server == D else server for server in before[name]]
        pairs = list(zip(before[f"{name}-fallback"], after[f"{name}-fallback"]))
        assert [new for old, new in pairs if old != D] == [old for old, _ in pairs if old != D]
        assert {new for old, new in pairs if old == D} <= {A, B, C}
    assert set(after["fo"]) == {C}
    stayed = [new == old for old, new in zip(before[FEWER], after[FEWER]) if old != D]
    assert set(after[FEWER]) == {A, B, C}
    assert sum(stayed) >= 0.8 * len(stayed), (sum(stayed), len(stayed))
