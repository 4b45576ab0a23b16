# SPDX-License-Identifier: Apache-2.0
"""The network that configurations describe, planned: hosts, their addresses, who stands in for what.

A segment is a network cable that several interfaces share, with the subnets on it. What the files do
not say is invented, as little as can be, and noted. Pure.
"""

import collections
import dataclasses
import ipaddress

from holdfast_drill import pages
from holdfast_drill.facts import FactsError, page_of

CLIENT_NET = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: who uses it has no VIP in it
SEPARATE_SERVERS = 24  # real servers of a segment with a namespace of their own; the others share one
TRACKED_MOST = 100  # stand-ins for one vrrp_track_process
GUESSED_LENGTH = {4: 24, 6: 64}


@dataclasses.dataclass(eq=False)
class Segment:
    """A cable, and what is on it."""

    name: str
    interfaces: dict  # director: interface
    networks: list = dataclasses.field(default_factory=list)
    hub: bool = False  # everybody sees everything: adverts that go to one address, too
    used: set = dataclasses.field(default_factory=set)  # addresses that are somebody's

    def network_of(self, address):
        """The subnet of this segment that an address is in, or None."""
        address = ipaddress.ip_address(address)
        return next((network for network in self.networks if address in network), None)

    def invent(self, network):
        """An address of a subnet that nobody has, from its end."""
        last = int(network.broadcast_address) - 1
        if network.version == 6:
            last = min(last, int(network.network_address) + 0xFFFE)
        first = int(network.network_address)
        # The first address of a network is a gateway's in most places.
        for number in (*range(last, first + 1, -1), first + 1):
            address = str(ipaddress.ip_address(number))
            if number <= last and address not in self.used:
                self.used.add(address)
                return f"{address}/{network.prefixlen}"
        raise FactsError(f"no address of {network} is free, and not every host on {self.name} has one that the files name: "
                         "the rehearsal's own network needs one of each")


@dataclasses.dataclass
class Machine:
    """A host: its links, and what belongs onto it."""

    name: str
    role: str  # director, client, server, router
    links: dict = dataclasses.field(default_factory=dict)  # interface: [segment's name, address/length...]
    local: list = dataclasses.field(default_factory=list)  # addresses on lo that nobody is told of
    routes: list = dataclasses.field(default_factory=list)  # as `ip route add` takes them
    forwards: bool = False
    tunnels: bool = False


@dataclasses.dataclass(frozen=True)
class StandIn:
    """A server that answers what a check asks."""

    machine: str
    protocol: str
    address: str
    port: int
    speaks: str  # tcp, http, https, mysql, smtp, dns, udp, agent
    details: tuple = ()  # of the kind: pages, answers


@dataclasses.dataclass(frozen=True)
class Target:
    """What the client asks, once a millisecond."""

    vip: str
    kind: str  # echo, tcp, udp
    port: int = 0
    interface: str = ""  # of a link-local address
    source: str = ""
    service: str = ""

    @property
    def name(self):
        """For reports: `10.0.0.1` or `10.0.0.1:80/tcp`."""
        if self.kind == "echo":
            return self.vip
        shown = f"[{self.vip}]" if ":" in self.vip else self.vip
        return f"{shown}:{self.port}/{self.kind}"


@dataclasses.dataclass
class Plan:
    """The whole network."""

    facts: list
    segments: list = dataclasses.field(default_factory=list)
    directors: list = dataclasses.field(default_factory=list)
    servers: list = dataclasses.field(default_factory=list)
    routers: list = dataclasses.field(default_factory=list)
    client: Machine = None
    stand_ins: list = dataclasses.field(default_factory=list)
    targets: list = dataclasses.field(default_factory=list)
    followers: list = dataclasses.field(default_factory=list)  # (server, {director: gateway}, VIP)
    processes: dict = dataclasses.field(default_factory=dict)  # words of a command line: how many
    notes: list = dataclasses.field(default_factory=list)
    news: list = dataclasses.field(default_factory=list)  # facts of files that are loaded later

    def all_facts(self):
        """The directors' files, and those that are loaded later: real servers of both must be there."""
        return [*self.facts, *self.news]

    def note(self, text):
        """Keeps a remark for the report, once."""
        if text not in self.notes:
            self.notes.append(text)

    def segment_of(self, address):
        """The segment that an address belongs to, and its subnet; (None, None) if there is none."""
        for segment in self.segments:
            network = segment.network_of(address)
            if network is not None and not network.is_link_local:
                return segment, network
        return None, None

    def machines(self):
        """Every host."""
        return [*self.directors, *self.routers, *self.servers, *([self.client] if self.client else [])]

    def home_of(self, address):
        """The machine whose real server has an address, or None."""
        return next((machine for machine in self.servers
                     if any(address == text.partition("/")[0]
                            for _, *addresses in machine.links.values() for text in addresses)), None)


def is_link_local(address):
    """Says whether an address holds on its link alone."""
    return ipaddress.ip_address(address).is_link_local


def _guess(address):
    """The network that an address is probably in."""
    version = ipaddress.ip_address(address).version
    return ipaddress.ip_network(f"{address}/{GUESSED_LENGTH[version]}", strict=False)


def make(facts, ipvs, news=()):
    """Plans the network of some directors' configurations.

    ipvs -- whether the kernel has IPVS: requests go through the virtual services then
    news -- what directors are going to load later: of these, real servers are there, too
    """
    plan = Plan(facts, news=list(news))
    for each in plan.all_facts():
        for text in each.notes:
            plan.note(text)
    _segments(plan)
    _networks(plan)
    _reserve(plan)
    _directors(plan)
    _routers(plan)
    _client(plan)
    _servers(plan)
    _stand_ins(plan)
    _processes(plan)
    _targets(plan, ipvs)
    _say_what_is_missing(plan, ipvs)
    return plan


# ---- Segments -----------------------------------------------------------------------------------

class _Joined:
    """Union-find over (director, interface)."""

    def __init__(self):
        self._parents = {}

    def add(self, item):
        """Adds an item, alone in its set."""
        self._parents.setdefault(item, item)

    def root(self, item):
        """The item that stands for a set."""
        while self._parents[item] != item:
            item = self._parents[item]
        return item

    def join(self, one, other):
        """Joins two sets, unless a director would have two of its interfaces on one cable."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return True
        directors = collections.Counter(name for name, _ in self._members(one) + self._members(other))
        if max(directors.values()) > 1:
            return False
        self._parents[other] = one
        return True

    def _members(self, root):
        """All of a set, by what stands for it."""
        return [item for item in self._parents if self.root(item) == root]

    def sets(self):
        """Every set, as a list of its members."""
        found = {}
        for item in self._parents:
            found.setdefault(self.root(item), []).append(item)
        return list(found.values())


def _same_router(one, other):
    """Says whether two directors' instances are the same virtual router."""
    if (one.vrid, one.family) != (other.vrid, other.family):
        return False
    shared = {vip.address for vip in one.vips} & {vip.address for vip in other.vips}
    return bool(shared) or one.name == other.name


def _segments(plan):
    """Which interfaces are on one cable: by their virtual routers first, then by their names."""
    joined = _Joined()
    named = {facts.name: facts.interfaces or ["eth0"] for facts in plan.facts}
    for name, interfaces in named.items():
        for interface in interfaces:
            joined.add((name, interface))
    for number, first in enumerate(plan.facts):
        for second in plan.facts[number + 1:]:
            _join_instances(joined, first, second)
    for number, first in enumerate(plan.facts):
        for second in plan.facts[number + 1:]:
            for interface in named[first.name]:
                if interface in named[second.name]:
                    joined.join((first.name, interface), (second.name, interface))
    for members in joined.sets():
        interfaces = dict(members)
        name = f"lan-{next(iter(interfaces.values()))}"
        same = sum(segment.name.split("#")[0] == name for segment in plan.segments)
        plan.segments.append(Segment(f"{name}#{same + 1}" if same else name, interfaces))


def _join_instances(joined, first, second):
    """Two directors' interfaces with the same virtual router or address are on one cable."""
    for one in first.instances:
        for other in second.instances:
            if not _same_router(one, other):
                continue
            if one.interface and other.interface:
                joined.join((first.name, one.interface), (second.name, other.interface))
            devices = {vip.address: vip.interface for vip in other.vips}
            for vip in one.vips:
                if vip.interface and devices.get(vip.address):
                    joined.join((first.name, vip.interface), (second.name, devices[vip.address]))


def _segment_at(plan, director, interface):
    """The segment of a director's interface; an instance without one is on its first."""
    mine = [segment for segment in plan.segments if director in segment.interfaces]
    return next((segment for segment in mine if segment.interfaces[director] == interface),
                mine[0] if mine else None)


def _add_network(segment, network):
    """Adds a subnet to a segment, once."""
    if network not in segment.networks:
        segment.networks.append(network)


def _networks(plan):
    """Which subnets are on which segment: by prefix lengths first, then by guesses."""
    for facts in plan.facts:
        for instance in facts.instances:
            for vip in instance.vips:
                segment = _segment_at(plan, facts.name, vip.interface or instance.interface)
                if segment and vip.network:
                    _add_network(segment, vip.network)
        for text, interface in facts.own:
            segment = _segment_at(plan, facts.name, interface)
            if segment and "/" in text:
                _add_network(segment, ipaddress.ip_interface(text).network)
    for facts in plan.facts:
        for instance in facts.instances:
            segment = _segment_at(plan, facts.name, instance.interface)
            for address in (instance.source, *instance.peers):
                if segment and address and not segment.network_of(address):
                    _add_network(segment, _guess(address))
            for vip in instance.vips:
                segment = _segment_at(plan, facts.name, vip.interface or instance.interface)
                if segment and not segment.network_of(vip.address):
                    _guess_vip(plan, segment, vip)
        for route in facts.routes:
            if not plan.segment_of(route.gateway)[0]:
                segment = _segment_at(plan, facts.name, route.interface)
                if segment:
                    _add_network(segment, _guess(route.gateway))
        for service in facts.services:
            for address, _ in service.endpoints if not facts.instances else ():
                segment = _segment_at(plan, facts.name, "")
                if segment and not segment.network_of(address):
                    _add_network(segment, _guess(address))
    for segment in plan.segments:
        segment.hub = any(instance.peers for facts in plan.facts for instance in facts.instances
                          if _segment_at(plan, facts.name, instance.interface) is segment)
    for address in sorted({server.address for facts in plan.all_facts() for service in facts.services
                           for server in _with_sorry(service)}):
        if not plan.segment_of(address)[0] and not ipaddress.ip_address(address).is_loopback:
            _place_servers(plan, _guess(address))


def _guess_vip(plan, segment, vip):
    """Takes a virtual address without a prefix length for one of an ordinary network, and says so."""
    network = _guess(vip.address)
    plan.note(f"{vip.address} has a host's prefix length: its network is taken to be {network}")
    _add_network(segment, network)


def _with_sorry(service):
    """The real servers of a service, and its sorry server as one."""
    from holdfast_drill.facts import Server  # pylint: disable=import-outside-toplevel
    sorry = ([Server(service.sorry[0], service.sorry[1], service.forward, [], f"{service.name} (sorry)")]
             if service.sorry else [])
    return service.servers + sorry


def _place_servers(plan, network):
    """Real servers in a network that no file says the way to."""
    names = [facts.name for facts in plan.facts]
    free = next((segment for segment in plan.segments
                 if not segment.networks and set(names) <= set(segment.interfaces)), None)
    if free is None:
        free = next((segment for segment in plan.segments if segment.name == "lan-servers"), None)
    if free is None:
        free = Segment("lan-servers", {name: "servers" for name in names})
        plan.segments.append(free)
    plan.note(f"no file says through which interface {network} is reached: "
              f"here each director has one named {next(iter(free.interfaces.values()))} in it")
    _add_network(free, network)


# ---- Machines -----------------------------------------------------------------------------------

def _reserve(plan):
    """Every address that the files name is somebody's, and what is invented is so on one network only."""
    named = set()
    for facts in plan.all_facts():
        for instance in facts.instances:
            named.update(vip.address for vip in instance.vips)
            named.update(filter(None, (instance.source, *instance.peers)))
        named.update(text.partition("/")[0] for text, _ in facts.own)
        named.update(route.gateway for route in facts.routes)
        named.update(address for _, *addresses in facts.neighbours for address in addresses)
        for service in facts.services:
            named.update(address for address, _ in service.endpoints)
            named.update(server.address for server in _with_sorry(service))
            named.update(check.address for server in service.servers for check in server.checks)
    for number, segment in enumerate(plan.segments):
        for other in plan.segments[number + 1:]:
            for network in (each for each in segment.networks if each in other.networks and not each.is_link_local):
                plan.note(f"{network} is on {segment.name} and on {other.name}: each host sends to it on one of them alone")
        segment.used = named


def _directors(plan):
    """The directors, each with an address in every network that it is in."""
    owners = {}
    for facts in plan.facts:
        machine = Machine(facts.name, "director", forwards=any(
            service.forward in ("NAT", "FULLNAT") or any(
                server.forward in ("NAT", "FULLNAT") for server in service.servers)
            for service in facts.services) or bool(facts.routes))
        said = _said_addresses(plan, facts)
        for segment in plan.segments:
            if facts.name not in segment.interfaces:
                continue
            interface = segment.interfaces[facts.name]
            link = [segment.name]
            for network in segment.networks:
                mine = [address for address, where in said
                        if where is segment and ipaddress.ip_address(address) in network]
                if mine:
                    link += [f"{address}/{network.prefixlen}" for address in mine]
                elif not network.is_link_local:
                    link.append(segment.invent(network))
            for text in link[1:]:
                _claim(plan, owners, text.partition("/")[0], facts.name)
            machine.links[interface] = link
        plan.directors.append(machine)
    for facts in plan.facts:
        for instance in facts.instances:
            for peer in instance.peers:
                if peer not in owners:
                    plan.note(f"{facts.name}: the peer {peer} of {instance.name} has no file here: nobody is there")


def _claim(plan, owners, address, name):
    """Notes whose an address is, and says so where two have it."""
    if owners.setdefault(address, name) != name:
        plan.note(f"{owners[address]} and {name} both have {address} as an address of their own")


def _said_addresses(plan, facts):
    """A director's own addresses, as far as the files say: its sources, and what only others call a peer."""
    found = []
    for instance in facts.instances:
        segment = _segment_at(plan, facts.name, instance.interface)
        if instance.source:
            found.append((instance.source, segment))
            continue
        others = [other for each in plan.facts if each is not facts for other in each.instances
                  if _same_router(instance, other)]
        mine = [peer for other in others for peer in other.peers if peer not in instance.peers
                and all(peer != each.source for each in others)]
        if mine:
            found.append((mine[0], segment))
    for _, _, source in facts.neighbours:
        if source:
            found.append((source, plan.segment_of(source)[0]))
    return list(dict.fromkeys(found))


def _routers(plan):
    """Who stands in for gateways, and for other addresses beyond the directors that BFD speaks to."""
    gateways = {}
    for facts in plan.facts:
        for route in facts.routes:
            gateways.setdefault(route.gateway, f"the gateway {route.gateway}")
    vips = {vip.address for facts in plan.facts for vip in facts.vips()}
    for number, address in enumerate(sorted(set(gateways) - vips)):
        segment, network = plan.segment_of(address)
        if segment is None:
            plan.note(f"{gateways[address]} is in no network here")
            continue
        plan.routers.append(Machine(f"router{number + 1}", "router", {
            "eth0": [segment.name, f"{address}/{network.prefixlen}"]}, forwards=True))


def _client(plan):
    """The client, with a link and an address in each network."""
    client = Machine("client", "client")
    for number, segment in enumerate(plan.segments):
        addresses = []
        for network in segment.networks:
            try:
                addresses += [] if network.is_link_local else [segment.invent(network)]
            except FactsError:
                plan.note(f"no address of {network} is free for the client: it has none there")
        client.links[f"net{number}"] = [segment.name, *addresses]
    plan.client = client


def _client_interface(plan, segment):
    """The client's interface on a segment."""
    return next(interface for interface, link in plan.client.links.items() if link[0] == segment.name)


def _client_address(plan, segment, network):
    """The client's address in a network, or None."""
    link = plan.client.links[_client_interface(plan, segment)]
    return next((text.partition("/")[0] for text in link[1:]
                 if ipaddress.ip_address(text.partition("/")[0]) in network), None)


def _servers(plan):
    """The real servers, each on a machine where there is a network for it."""
    placed = {}
    counts = collections.Counter()
    for facts in plan.all_facts():
        for service in facts.services:
            for server in _with_sorry(service):
                for address in dict.fromkeys([server.address, *(
                        check.address for check in server.checks)]):
                    if address not in placed:
                        placed[address] = _place_server(plan, address, counts)
                machine = placed[server.address]
                if machine is not None and machine.role == "server":
                    _ready_for(plan, machine, server, service)


def _place_server(plan, address, counts):
    """The machine of a real server's address, or None."""
    if ipaddress.ip_address(address).is_loopback:
        plan.note(f"the real server {address} is each director itself: its stand-in runs there")
        return None
    for machine in plan.directors:
        if any(text.partition("/")[0] == address for _, *texts in machine.links.values() for text in texts):
            return machine
    segment, network = plan.segment_of(address)
    if segment is None:
        plan.note(f"the real server {address} is in no network here: its checks fail")
        return None
    counts[segment.name] += 1
    text = f"{address}/{network.prefixlen}"
    if counts[segment.name] > SEPARATE_SERVERS:
        machine = plan.servers[-1]
        same = machine.links["eth0"][0] == segment.name
        if same:
            machine.links["eth0"].append(text)
            return machine
    machine = Machine(f"rs{len(plan.servers) + 1}", "server", {"eth0": [segment.name, text]})
    plan.servers.append(machine)
    return machine


def _ready_for(plan, machine, server, service):
    """What a real server's host needs for the way in which it is reached."""
    segment, network = plan.segment_of(server.address)
    if server.forward in ("DR", "TUN"):
        machine.local = list(dict.fromkeys([*machine.local, *(address for address, _ in service.endpoints)]))
        machine.tunnels |= server.forward == "TUN"
        gateway = _client_address(plan, segment, network)
        _route(machine, network.version, gateway)
    elif server.forward == "NAT":
        inside = next((vip.address for facts in plan.facts for vip in facts.vips()
                       if ipaddress.ip_address(vip.address) in network), None)
        if inside:
            _route(machine, network.version, inside)
        else:
            ways = {director.name: text.partition("/")[0] for director in plan.directors
                    for name, *texts in director.links.values() if name == segment.name
                    for text in texts if ipaddress.ip_address(text.partition("/")[0]) in network}
            vip = service.endpoints[0][0] if service.endpoints else None
            if ways and vip and (machine.name, ways, vip) not in plan.followers:
                plan.followers.append((machine.name, ways, vip))
                plan.note(f"no virtual address is in {network}, where real servers of NAT need their gateway: "
                          "here their default route follows the master at once")


def _route(machine, version, gateway):
    """Gives a machine its default route, unless it has one."""
    route = f"route replace default via {gateway}"
    known = any((":" in each) == (version == 6) for each in machine.routes)
    if gateway and not known:
        machine.routes.append(route)


# ---- Stand-ins ----------------------------------------------------------------------------------

SPEAKS = {"TCP_CHECK": "tcp", "HTTP_GET": "http", "SSL_GET": "https", "MYSQL_CHECK": "mysql",
          "SMTP_CHECK": "smtp", "DNS_CHECK": "dns", "UDP_CHECK": "udp", "AGENT_CHECK": "agent"}
LOCAL_CHECKS = ("MISC_CHECK", "FILE_CHECK", "PING_CHECK", "BFD_CHECK")


def _stand_ins(plan):
    """A stand-in for each port that is checked or served; what says more goes before plain TCP."""
    found = {}
    for facts in plan.all_facts():
        for service in facts.services:
            for server in _with_sorry(service):
                for wanted in _wanted(plan, service, server):
                    key = (wanted.machine, wanted.protocol, wanted.address, wanted.port)
                    known = found.get(key)
                    if known is None or known.speaks in ("tcp", "udp") and not known.details:
                        found[key] = wanted
                    elif known.speaks == wanted.speaks and known.details != wanted.details:
                        found[key] = dataclasses.replace(
                            known, details=tuple(dict.fromkeys(known.details + wanted.details)))
    plan.stand_ins = list(found.values())
    for stand_in in plan.stand_ins:
        for text in pages.objections(stand_in.details) if stand_in.speaks in ("http", "https") else ():
            plan.note(f"{stand_in.address} port {stand_in.port}: {text}")


def _machines_of(plan, address):
    """The names of the machines that an address is on: a loopback address is on each director."""
    if ipaddress.ip_address(address).is_loopback:
        return [machine.name for machine in plan.directors]
    return [machine.name for machine in [*plan.servers, *plan.directors]
            if any(text.partition("/")[0] == address
                   for _, *texts in machine.links.values() for text in texts)]


def _wanted(plan, service, server):
    """The stand-ins for a real server: one for each port that is served or checked."""
    ports = {server.port} if server.port else {port for _, port in service.endpoints if port}
    protocol = "udp" if service.protocol == "udp" else "tcp"
    for machine in _machines_of(plan, server.address):
        for port in sorted(ports):
            yield StandIn(machine, protocol, server.address, port, protocol)
            # What answers for a VIP is asked at the VIP, in direct routing and tunnels.
    for check in server.checks:
        speaks = SPEAKS.get(check.kind)
        if speaks is None:
            if check.kind not in LOCAL_CHECKS:
                plan.note(f"nobody here answers {check.kind} of {server.name}")
            continue
        for machine in _machines_of(plan, check.address):
            yield StandIn(machine, "udp" if speaks in ("dns", "udp") else "tcp", check.address,
                          check.port, speaks, _details(check))


def _details(check):
    """What a stand-in must know of a check, as a tuple that can be compared."""
    if check.kind in ("HTTP_GET", "SSL_GET"):
        return tuple(page_of(url) for url in check.block.blocks if url.keyword == "url")
    if check.kind == "MYSQL_CHECK":
        return (("read_only", check.block.get("read_only", "")), ("expect", check.block.get("expect", "")))
    if check.kind == "UDP_CHECK":
        return (("reply", check.block.get("require_reply", "")),
                ("length", check.block.get("min_reply_length", "0")))
    return ()


def _processes(plan):
    """Processes that are tracked run: here nobody else does."""
    for facts in plan.all_facts():
        for words, count in facts.tracked:
            plan.processes[words] = min(max(count, plan.processes.get(words, 0)), TRACKED_MOST)
            plan.note(f"{facts.name}: the process {' '.join(words)} that it tracks is a stand-in that does nothing"
                      if count else f"{facts.name}: no process {' '.join(words)} runs, as its quorum_max wants it")


def _targets(plan, ipvs):
    """What the client asks: the virtual services where IPVS carries it, else the addresses alone."""
    through = set()
    for facts in plan.facts[:1] if ipvs else ():
        for service in facts.services:
            if service.protocol not in ("tcp", "udp") or not service.servers:
                continue
            for address, port in service.endpoints:
                segment, network = plan.segment_of(address)
                if segment and port:
                    through.add(address)
                    plan.targets.append(Target(
                        address, service.protocol, port, service=service.name,
                        source=_source(plan, segment, network, service)))
    for facts in plan.facts:
        for vip in facts.vips():
            if vip.address in through or any(target.vip == vip.address for target in plan.targets):
                continue
            segment = next((segment for segment in plan.segments if segment.network_of(vip.address)
                            and segment.interfaces.get(facts.name) == vip.interface), None) or next(
                (segment for segment in plan.segments if segment.network_of(vip.address)), None)
            if segment is not None:
                plan.targets.append(Target(vip.address, "echo", interface=_client_interface(
                    plan, segment) if is_link_local(vip.address) else ""))


def _source(plan, segment, network, service):
    """The address that a client asks from: one that real servers of NAT have no way to but the director."""
    near = any(server.forward == "NAT" and ipaddress.ip_address(server.address) in network
               for server in service.servers)
    if not near or network.version == 6:
        return _client_address(plan, segment, network) or ""
    number = plan.segments.index(segment)
    source = str(CLIENT_NET.network_address + 256 * (number + 1) + 2)
    link = plan.client.links[_client_interface(plan, segment)]
    if f"{source}/32" not in link:
        link.append(f"{source}/32")
        for director in plan.directors:
            if director.name in segment.interfaces:
                director.routes.append(
                    f"route replace {source}/32 dev {segment.interfaces[director.name]}")
    return source


# ---- What is not as in reality ------------------------------------------------------------------

def _say_what_is_missing(plan, ipvs):
    """Notes for people: what a configuration has and a rehearsal has not."""
    for new in plan.news:
        known = next(director.links for director in plan.directors if director.name == new.name)
        for interface in new.interfaces:
            if interface not in known:
                plan.note(f"{new.name}: its new file names the interface {interface}, which is not here")
    if not ipvs and any(facts.services for facts in plan.facts):
        plan.note("this kernel has no IPVS: virtual services are checked, but carry nothing; the client asks "
                  "the virtual addresses themselves (ICMP echo, which whoever holds one answers)")
    own = {text.partition("/")[0] for machine in plan.directors for _, *texts in machine.links.values() for text in texts}
    for facts in plan.facts:
        for block, address, _ in facts.neighbours:
            if address in own:
                continue  # the other director speaks it
            plan.note(f"{facts.name}: nobody speaks BFD at {address} ({block.name}): "
                      "it stays down, as do those that need it")
        for instance in facts.instances:
            if instance.block.get("vrf"):
                plan.note(f"{facts.name}: the VRF {instance.block.get('vrf')} of {instance.name} is not made")
        for service in facts.services:
            if service.protocol == "sctp":
                plan.note(f"{service.name}: SCTP is not asked for by the client")
            if any(server.forward == "TUN" for server in service.servers):
                plan.note(f"{service.name}: real servers take ipip alone; GUE and GRE end nowhere")
    interfaces = sorted({interface for segment in plan.segments
                         for interface in segment.interfaces.values()
                         if "." in interface or interface.startswith(("bond", "team", "br"))})
    if interfaces:
        plan.note(f"{', '.join(interfaces)}: an ordinary interface of that name, without VLAN, bond or bridge below")
