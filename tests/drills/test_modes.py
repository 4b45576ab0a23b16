# SPDX-License-Identifier: Apache-2.0
"""Every forwarding mode through routers: by family, protocol, mark and kind of tunnel the client sees
the virtual address, the server sees what the mode promises, and what both tools count agrees.

The client is behind a router. So are the servers of tunnels, which answer it past the director, and
those of FULLNAT, which have no route to the client at all. Servers of NAT have the director for their
router, and those of DR are beside it. The director filters by the way back (rp_filter), strictly.
"""

import collections
import contextlib
import json
import pathlib
import socket
import time

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.downloads import Download, Downloads
from lib.tellers import Tellers, ask, ask_again
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until
from lib.wire import Wire

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

LIMIT_S = 10 + 4 * SLACK_S
ANSWER_S = 3 + 2 * SLACK_S
# More than one packet each, of which none with a tunnel's headers around it fits the link. UDP fits.
SIZES = {"TCP": 6000, "UDP": 1000, "SCTP": 1000}

PORT, REAL_PORT, LONG_PORT, SINGLE_PORT = 8001, 8000, 9000, 8100
# The networks: 0 of the client, 1 of the directors, 2 far away, 3 behind the director.
CLIENT = {4: "10.0.0.100", 6: "2001:db8::100"}
DIRECTOR = {4: "10.1.0.5", 6: "2001:db8:1::5"}
HOSTS = {"direct": (1, 7), "far": (2, 7), "nat": (3, 7), "hidden": (2, 9)}
# How much higher the numbers of a host's other addresses are: of its second server, and of the end of a
# tunnel with checksums. (A GRE device of an address takes either those, or none.)
SECOND, CHECKED = 10, 1


def server(name, family, more=0):
    """One of a host's addresses."""
    net, number = HOSTS[name]
    return f"10.{net}.0.{number + more}" if family == 4 else f"2001:db8:{net}::{number + more}"


def vip(family, number):
    """A virtual address."""
    return f"10.1.0.{number}" if family == 4 else f"2001:db8:1::{number}"


# Of a service: its name, its virtual address's family and number, its port, lb_kind, the server's name,
# address and port, and how its packets come through a tunnel (None: without one).
Row = collections.namedtuple("Row", "name family number port words host address real_port around")


def rows_of(family):
    """The services of a family of virtual addresses."""
    other = 10 - family

    def row(name, number, port, words, host, outer=family, real_port=None, around=None, more=0):
        return Row(f"{name}, IPv{family}", family, number, port, words, host,
                   server(host, outer, more), real_port or port,
                   around and f"{around} over IPv{outer}")

    return [
        row("NAT", 18, 81, "NAT", "nat", real_port=REAL_PORT),
        row("FULLNAT", 18, 82, "FULLNAT", "hidden", real_port=REAL_PORT),
        row("DR", 18, PORT, "DR", "direct"),
        row("ipip", 21, PORT, "TUN", "far", around="ipip"),
        row("ipip, said", 21, PORT + 1, "TUN type ipip", "far", around="ipip"),
        row("ipip, mixed", 22, PORT, "TUN", "far", other, around="ipip"),
        row("gue", 23, PORT, "TUN type gue port 6080", "far", around="gue"),
        row("gue nocsum", 23, PORT + 1, "TUN type gue port 6080 nocsum", "far", around="gue"),
        row("gue csum", 23, PORT + 2, "TUN type gue port 6080 csum", "far", around="gue csum"),
        row("gue remcsum", 23, PORT + 3, "TUN type gue port 6080 remcsum", "far",
            around="gue remcsum csum"),  # the kernel's remcsum has UDP's checksum with it
        row("gue, mixed", 24, PORT, "TUN type gue port 6080 csum", "far", other, around="gue csum"),
        row("gre", 25, PORT, "TUN type gre", "far", around="gre"),
        row("gre nocsum", 25, PORT + 1, "TUN type gre nocsum", "far", around="gre"),
        row("gre, mixed", 26, PORT, "TUN type gre", "far", other, around="gre"),
        row("gre csum", 27, PORT, "TUN type gre csum", "far", around="gre csum", more=CHECKED),
    ]


ROWS = rows_of(4) + rows_of(6)
# The services that are there for a download, and for SCTP. A server of that must be bound to one address,
# or it tells the client of its others.
LONG_ROWS = SCTP = [row for row in ROWS if row.name.rsplit(",", 1)[0] in (
    "NAT", "FULLNAT", "DR", "ipip", "ipip, mixed", "gue", "gre")]
# Of marks: the mode, who serves.
MARKS = {1: ("NAT", "nat"), 2: ("DR", "direct"), 3: ("TUN", "far"), 4: ("FULLNAT", "hidden")}
MIXED_MARK = 5  # of IPv6, whose server has IPv4
MIX = 20        # the virtual address whose servers have a mode each
# Services of single packets (ops): the mode, the number of their virtual address, who serves.
SINGLES = {"DR": (18, "direct"), "TUN": (21, "far")}
PACKETS = 6     # of one socket, for each of them
OPTIONS = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}  # as ipvsadm has them
SAYS = {"NAT": ("nat", REAL_PORT), "DR": ("direct", PORT), "TUN": ("far", PORT),
        "FULLNAT": ("hidden", REAL_PORT)}
# What the kernel does not load by itself, and what nft would wait for in a slow guest.
MODULES = ("fou", "nft_ct", "nft_chain_nat", "nft_masq")
VIPS = range(18, 29)
FILTERS = pathlib.Path("/proc/sys/net/ipv4/conf")


def service(head, words, servers):
    """A virtual server."""
    entries = "".join(f" real_server {entry} }}\n" for entry in servers)
    return f"virtual_server {head} {{\n lb_algo rr\n {words}\n drain_timeout 300\n{entries}}}\n"


def long_port(row):
    """The port of a download's service: one more for each that has its address."""
    return LONG_PORT + row.port % 1000


def long_servers(row):
    """The servers of a download's service: the one that it begins with, and another one."""
    family = 6 if ":" in row.address else 4
    return [server(row.host, family, more) for more in (0, SECOND)]


def downloads_text(weight, second):
    """The services of the downloads, of one server or two."""
    return "".join(
        service(f"{vip(row.family, row.number)} {long_port(row)}", f"lb_kind {row.words}\n protocol TCP",
                [f"{address} {long_port(row)} {{\n weight {weight}\n"
                 for address in long_servers(row)[:2 if second else 1]])
        for row in LONG_ROWS)


def mark_of(number, family):
    """Each family has its own."""
    return number + (10 if family == 6 else 0)


def marks_text():
    """The services of marks."""
    text = "".join(
        service(f"fwmark {mark_of(number, family)}", f"lb_kind {words}\n ip_family {name}",
                [f"{server(host, family)} {{"])
        for number, (words, host) in MARKS.items() for family, name in ((4, "inet"), (6, "inet6")))
    return text + service(f"fwmark {mark_of(MIXED_MARK, 6)}", "lb_kind TUN\n ip_family inet6",
                          [f"{server('far', 4)} {{"])


def singles_text():
    """The services of single packets, each with two addresses of its server."""
    return "".join(
        service(f"{vip(family, number)} {SINGLE_PORT}", f"lb_kind {words}\n protocol UDP\n ops",
                [f"{server(host, family, more)} {SINGLE_PORT} {{" for more in (0, SECOND)])
        for words, (number, host) in SINGLES.items() for family in (4, 6))


def configuration(weight=1, second=False):
    """All of them."""
    text = "global_defs {\n lvs_auto_sysctl\n}\n"
    for row in ROWS:
        for kind in ("TCP", "UDP", *(("SCTP",) if row in SCTP else ())):
            text += service(f"{vip(row.family, row.number)} {row.port}",
                            f"lb_kind {row.words}\n protocol {kind}",
                            [f"{row.address} {row.real_port} {{"])
    for family in (4, 6):
        for kind in ("TCP", "UDP"):
            text += service(f"{vip(family, MIX)} {PORT}", f"lb_kind NAT\n protocol {kind}",
                            [f"{server(host, family)} {port} {{\n lvs_method {words}\n"
                             for words, (host, port) in SAYS.items()])
    return text + marks_text() + singles_text() + downloads_text(weight, second)


def promise(words, host, family, number, address):
    """What the answer of a server must be: its name, whom it sees, where it was asked."""
    mode = words.split()[0]
    return (host, DIRECTOR[family] if mode == "FULLNAT" else CLIENT[family],
            address if mode in ("NAT", "FULLNAT") else vip(family, number))


def bracketed(address):
    """As it stands before a port."""
    return f"[{address}]" if ":" in address else address


class Site:
    """The networks, and the daemon at work."""

    def __init__(self, net):
        switches = [net.switch(name) for name in ("outside", "front", "distant", "inside")]

        def host(name, **links):
            return net.host(name, **{interface: (switches[number], *(
                text for last in hosts for text in (f"10.{number}.0.{last}/24",
                                                    f"2001:db8:{number}::{last}/64")))
                for interface, (number, *hosts) in links.items()})

        self.client = host("client", eth1=(0, 100))
        self.router = host("router", eth1=(0, 1), eth2=(1, 1), eth3=(2, 1))
        self.director = host("director", eth1=(1, 5), eth2=(3, 1))
        self.servers = {name: host(name, eth1=(number, last, last + SECOND, last + CHECKED))
                        for name, (number, last) in HOSTS.items()}
        for path in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            self.router.set_sysctl(path, 1)
        for where in ("all", "eth1", "eth2"):
            self.director.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
            self.router.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
            self.director.set_sysctl(f"net.ipv4.conf.{where}.rp_filter", 1)
        self._route()
        self._prepare_servers()
        self._mark()
        self.tellers = self._serve()
        self.daemon = Holdfast(self.director, configuration())

    def _route(self):
        for name, via in (("client", 0), ("director", 1), ("direct", 1), ("far", 2)):
            host = getattr(self, name, None) or self.servers[name]
            host.ip(f"route add default via 10.{via}.0.1", f"route add default via 2001:db8:{via}::1")
        self.servers["nat"].ip("route add default via 10.3.0.1", "route add default via 2001:db8:3::1")
        self.servers["hidden"].ip("route add 10.1.0.0/24 via 10.2.0.1",
                                  "route add 2001:db8:1::/64 via 2001:db8:2::1")
        # Deprecated, or the director would take one of them for its own end of a tunnel.
        self.director.ip(*[f"addr add {vip(family, number)}/{bits} dev eth1 preferred_lft 0"
                           for number in VIPS for family, bits in ((4, 32), (6, "128 nodad"))])

    def _prepare_servers(self):
        """Virtual addresses, without a word of ARP about them, and the far ends of tunnels."""
        far = self.servers["far"]
        for host in (self.servers["direct"], far):
            host.set_sysctl("net.ipv4.conf.all.arp_ignore", 1)
            host.set_sysctl("net.ipv4.conf.all.arp_announce", 2)
            host.ip(*[f"addr add {vip(family, number)}/{bits} dev lo preferred_lft 0"
                      for number in VIPS for family, bits in ((4, 32), (6, "128 nodad"))])
        far.run("modprobe", "-a", *MODULES)
        far.ip("fou add port 6080 gue",
               *[f"link set {device} up" for device in ("tunl0", "sit0", "gre0", "ip6tnl0", "ip6gre0")],
               f"link add gre4 type gre local {server('far', 4, CHECKED)} icsum",
               f"link add gre6 type ip6gre local {server('far', 6, CHECKED)} remote :: icsum",
               "link set gre4 up", "link set gre6 up")
        far.run("sh", "-ec", "ip -6 tunnel change ip6tnl0 mode any; ip -6 fou add port 6080 gue")

    def _mark(self):
        """A port each: 100 and the mark."""
        marks = ", ".join(f"{100 + mark_of(number, family)} : {mark_of(number, family)}"
                          for number in (*MARKS, MIXED_MARK) for family in (4, 6))
        lines = " ".join(f"add rule inet marks pre ip{name} daddr {address} meta mark set th dport "
                         f"map {{ {marks} }};" for name, address in (
                             ("", vip(4, 19)), ("6", vip(6, 19)), ("6", vip(6, 28))))
        self.director.run("/usr/sbin/nft", "add table inet marks; add chain inet marks pre "
                          "{ type filter hook prerouting priority mangle; }; " + lines)

    def _serve(self):
        tellers = Tellers()
        ports = {(row.host, row.real_port) for row in ROWS} | set(SAYS.values())
        ports |= {(host, SINGLE_PORT) for _, host in SINGLES.values()}
        ports |= {(host, 100 + mark_of(number, family)) for number, (_, host) in MARKS.items()
                  for family in (4, 6)} | {("far", 100 + mark_of(MIXED_MARK, 6))}
        for host, port in sorted(ports):
            for kind in ("TCP", "UDP"):
                tellers.add(self.servers[host], kind, port)
        for row in SCTP:
            _, _, address = promise(row.words, row.host, row.family, row.number, row.address)
            tellers.add(self.servers[row.host], "SCTP", row.real_port, address)
        tellers.start()
        return tellers


@pytest.fixture(scope="module", name="site")
def make_site():
    """One for all drills of this file."""
    with Topology() as net:
        site = Site(net)
        site.daemon.start()
        count = site.daemon.file_text.count("virtual_server ")
        wait_until(lambda: ipvs.service_count(site.director) == count, LIMIT_S, "all services are there")
        yield site
        site.tellers.close()


def differing(found, wanted):
    """What is not as it is to be, alone: pytest shortens the rest away."""
    return {key: (found.get(key), wanted.get(key)) for key in found.keys() | wanted
            if found.get(key) != wanted.get(key)}


def asked(site, row, kind):
    """What the client is told by a service of its own."""
    return ask(site.client, kind, vip(row.family, row.number), row.port, SIZES[kind], ANSWER_S)


def kinds(row):
    """Over which protocols a service is."""
    return ("TCP", "UDP", "SCTP") if row in SCTP else ("TCP", "UDP")


def test_each_mode_keeps_what_it_promises(site):
    """Answers come from the virtual address; servers see whom and what they must; tunnels are such."""
    found, wanted, around = {}, {}, {}
    with Wire(site.servers["far"], "eth1") as wire:
        for row in ROWS:
            address = vip(row.family, row.number)
            for kind in kinds(row):
                wanted[row.name, kind] = promise(row.words, row.host, row.family, row.number, row.address)
                found[row.name, kind] = asked(site, row, kind)
            if row.around:
                around[address, row.port] = {row.around}
    assert differing(found, wanted) == {}
    assert differing(wire.around, around) == {}
    with site.director.entered():
        strict = {path.parent.name: path.read_text("ascii") for path in FILTERS.glob("*/rp_filter")}
    assert [strict[where] for where in ("all", "eth1", "eth2")] == ["1\n"] * 3, "it was so all the while"


def test_single_packets_are_scheduled_one_by_one(site):
    """ops, past the director and through tunnels: those of one socket go to both servers in turn, each is
    answered, and no connection is left."""
    found, wanted, counts = {}, {}, {}
    for words, (number, host) in SINGLES.items():
        for family in (4, 6):
            address = vip(family, number)
            name = f"{bracketed(address)}:{SINGLE_PORT}/udp"
            wanted[name] = {promise(words, host, family, number, address)}
            counts[name] = (PACKETS, {f"{bracketed(server(host, family, more))}:{SINGLE_PORT}": PACKETS // 2
                                      for more in (0, SECOND)})
            found[name] = set(ask_again(site.client, address, SINGLE_PORT, PACKETS, ANSWER_S))
    assert differing(found, wanted) == {}

    def counted():
        return {name: (numbers[0], {each: row[0] for each, row in servers.items()})
                for name, (numbers, servers) in ipvs.counted(site.director).items() if name in counts}
    with contextlib.suppress(AssertionError):  # the kernel sums up every 2 s; what differs is told below
        wait_until(lambda: counted() == counts, LIMIT_S, "all are counted")
    assert differing(counted(), counts) == {}
    left = [words for words in ipvs.connections(site.director) if words[4].endswith(f":{SINGLE_PORT}")]
    assert left == []


def test_marks_and_servers_with_modes_of_their_own(site):
    """Each mode by a mark; one service whose servers have a mode each."""
    found, wanted = {}, {}
    for family in (4, 6):
        for number, (words, host) in MARKS.items():
            for kind in ("TCP", "UDP"):
                name = kind, mark_of(number, family)
                wanted[name] = promise(words, host, family, 19, server(host, family))
                found[name] = ask(site.client, kind, vip(family, 19), 100 + mark_of(number, family),
                                  SIZES[kind], ANSWER_S)
        for kind in ("TCP", "UDP"):
            wanted[kind, family] = {promise(words, host, family, MIX, server(host, family))
                                    for words, (host, _) in SAYS.items()}
            found[kind, family] = {ask(site.client, kind, vip(family, MIX), PORT, SIZES[kind], ANSWER_S)
                                   for _ in SAYS}
    mixed = mark_of(MIXED_MARK, 6)
    for kind in ("TCP", "UDP"):
        wanted[kind, mixed] = promise("TUN", "far", 6, 28, None)
        found[kind, mixed] = ask(site.client, kind, vip(6, 28), 100 + mixed, SIZES[kind], ANSWER_S)
    assert differing(found, wanted) == {}


def shown_tunnels(view):
    """As ipvs.tunnels(), in what `holdfastctl --json services` says."""
    found = {}
    for service in view["services"]:
        address, _, protocol = service["name"].partition("/")
        name = f"{OPTIONS[protocol]} {address}" if protocol else f"-f {service['fwmark']}"
        if "IPv6" in service["name"]:
            name += " -6"
        for one in service["servers"]:
            kernel = one["kernel"]
            if kernel["tunnel"]:
                words = ["type", kernel["tunnel"]]
                words += ["port", str(kernel["tunnel_port"])] if kernel["tunnel_port"] else []
                words += [kernel["tunnel_checksum"]] if kernel["tunnel_checksum"] else []
                found[name, one["name"] if protocol else f"{bracketed(one['name'])}:0"] = words
    return found


def services(site):
    """What `holdfastctl services` says."""
    return json.loads(site.daemon.control("--json", "services"))


def tell_the_same(looked, listed):
    """At last: a connection may end, or say that it is still there, between the two looks."""
    end = time.monotonic() + LIMIT_S
    while (bad := differing(looked(), listed())) and time.monotonic() < end:
        pass
    assert bad == {}


def test_both_tools_tell_the_same(site):
    """ipvsadm and holdfastctl, entry by entry, of what is there and what was counted."""
    tell_the_same(lambda: ipvs.looked(site.daemon), lambda: ipvs.listed(site.director))
    tell_the_same(lambda: ipvs.looked_counters(services(site)), lambda: ipvs.counted(site.director))
    names = [f"{bracketed(vip(row.family, row.number))}:{row.port}/{kind.lower()}" for row in ROWS
             for kind in kinds(row)]

    def counted():  # the kernel adds its processors' counters up every 2 s
        view = services(site)
        counts = {service["name"]: service["counters"]["connections"] for service in view["services"]
                  if service["kernel"]}
        return all(counts[name] for name in names) and view
    view = wait_until(counted, LIMIT_S, "the kernel has counted all connections")
    assert differing(shown_tunnels(view), ipvs.tunnels(site.director)) == {}
    # Each has had a connection, whose packets came in; only those behind NAT go out by the director. (So
    # does what it says of packets that are too large for a tunnel, once for each address.)
    counters = {service["name"]: service["counters"] for service in view["services"]}
    for row in ROWS:
        for kind in kinds(row):
            name = f"{bracketed(vip(row.family, row.number))}:{row.port}/{kind.lower()}"
            there, back = counters[name]["packets_in"], counters[name]["packets_out"]
            assert counters[name]["connections"] == 1 and there >= SIZES[kind] // 1500 + 1, name
            assert counters[name]["bytes_in"] > SIZES[kind], name
            if not row.around or kind == "UDP":
                assert (back > 0) == (row.words in ("NAT", "FULLNAT")), name


class Long:
    """The downloads through each mode."""

    def __init__(self, site):
        self.site = site
        self.going = Downloads(LIMIT_S)
        self._listeners = {}
        for row in LONG_ROWS:
            if (row.host, long_port(row)) not in self._listeners:
                with site.servers[row.host].entered():
                    listener = socket.create_server(("::", long_port(row)), family=socket.AF_INET6,
                                                    dualstack_ipv6=True)
                listener.settimeout(LIMIT_S)
                self._listeners[row.host, long_port(row)] = listener

    def begin(self, which):
        """One more through each, by its first or its second server."""
        ports = {}
        for row in LONG_ROWS:
            with self.site.client.entered():
                client = socket.create_connection((vip(row.family, row.number), long_port(row)), LIMIT_S)
            server_end, _ = self._listeners[row.host, long_port(row)].accept()
            self.going.add(Download(f"{row.name} {which}", client, server_end))
            ports[client.getsockname()[1], vip(row.family, row.number), long_port(row)] = \
                long_servers(row)[which]
        known = ipvs.servers_of_connections(self.site.director)
        assert differing({port: known.get(port) for port in ports}, ports) == {}

    def close(self):
        """No more."""
        self.going.stop()
        for listener in self._listeners.values():
            listener.close()


def weights(site):
    """The weights in the kernel of the servers of the downloads, by their place."""
    found = ipvs.weights(site.director)
    return {tuple(found.get((vip(row.family, row.number), long_port(row), address, long_port(row)))
                  for address in long_servers(row)) for row in LONG_ROWS}


def change(site, *words, expected):
    """Another configuration; waits until the kernel has it."""
    site.daemon.write_configuration(configuration(*words))
    assert site.daemon.reload() is None
    wait_until(lambda: weights(site) == {expected}, LIMIT_S, f"the weights are {expected}")


def test_downloads_live_through_all_that_is_done_to_the_daemon(site):
    """Reload, weight, servers that come, drain and go, kill -9, and a restart."""
    down = Long(site)
    first = [f"{bracketed(vip(row.family, row.number))}:{long_port(row)}/"
             f"{bracketed(long_servers(row)[0])}:{long_port(row)}" for row in LONG_ROWS]
    try:
        down.begin(0)
        down.going.go_on()
        change(site, 1, expected=(1, None))
        down.going.go_on()
        change(site, 3, expected=(3, None))
        down.going.go_on()
        change(site, 3, True, expected=(3, 3))
        down.going.go_on()
        for name in first:
            site.daemon.control("drain", name)
        wait_until(lambda: weights(site) == {(0, 3)}, LIMIT_S, "the first ones drain")
        down.begin(1)  # who comes now gets the others
        tell_the_same(lambda: ipvs.looked(site.daemon), lambda: ipvs.listed(site.director))
        down.going.go_on()
        site.daemon.kill()
        down.going.go_on()
        site.daemon.start()
        for name in first:
            site.daemon.control("undrain", name)
        wait_until(lambda: weights(site) == {(3, 3)}, LIMIT_S, "they are back")
        down.going.go_on()
        change(site, 3, expected=(3, 0))  # what is taken out drains
        down.going.go_on()
        site.daemon.process.expect_end()
        site.daemon.control("stop", "--keep")
        down.going.go_on()
        site.daemon.start()
        wait_until(lambda: weights(site) == {(3, 0)}, LIMIT_S, "all is as it was")
        down.going.go_on()
        down.going.finish()
    finally:
        down.close()
