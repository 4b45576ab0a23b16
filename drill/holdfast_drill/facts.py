# SPDX-License-Identifier: Apache-2.0
"""What a configuration says, as far as a rehearsal needs it.

The parser is holdfastd's own: `holdfastd --dump-config --json` tells every block and setting. Here they
become instances, services and what else stands in the network. Pure, but for `read`.
"""

import dataclasses
import ipaddress
import json
import re
import shlex
import subprocess

FORMAT_VERSION = 1  # of the JSON

# What runs a program and is no setting with a command as its value.
FIFO_SCRIPTS = ("notify_fifo_script", "vrrp_notify_fifo_script", "lvs_notify_fifo_script", "notify_deleted")


class FactsError(Exception):
    """A configuration that cannot be rehearsed; the text says why."""


class Block:
    """A block of the configuration, or the whole of it."""

    def __init__(self, document):
        self.keyword = document.get("block", "")
        self.argument = document.get("argument", "")
        self.name = document.get("name", "")
        self.file, self.line = document.get("file"), document.get("line")
        self.settings = document.get("settings", [])
        self.lists = document.get("lists", {})
        self.blocks = [Block(inner) for inner in document.get("blocks", [])]

    def entry(self, keyword):
        """A setting with all that is known of it, or None."""
        return next((entry for entry in self.settings if entry["keyword"] == keyword), None)

    def get(self, keyword, default=None):
        """The value of a setting as text, in which quotes and escapes are resolved."""
        entry = self.entry(keyword)
        return default if entry is None else unquoted(entry["value"])

    def has(self, keyword):
        """Says whether a flag is set."""
        return self.get(keyword, "off") != "off"

    def lines(self, name):
        """The lines of a value block: (first words, the rest)."""
        return [(line["keyword"], line["value"]) for line in self.lists.get(name, ())]

    def rows(self):
        """The lines of a block that has nothing else: (first words, the rest)."""
        return [(entry["keyword"], entry["value"]) for entry in self.settings]

    def all(self, keyword):
        """The blocks of a kind inside."""
        return [block for block in self.blocks if block.keyword == keyword]

    def walk(self):
        """This block and all inside."""
        yield self
        for block in self.blocks:
            yield from block.walk()


def unquoted(value):
    """A value without the quotes around it, if it is one word in quotes; its escapes are resolved."""
    whole = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', value, re.DOTALL)
    return value if whole is None else _plain(whole.group(1))


def _plain(words):
    """Words whose escapes are resolved: a character by its octal number, or any behind a backslash."""
    def resolve(found):
        """The character that one escape stands for."""
        octal, other = found.groups()
        return bytes([int(octal, 8) & 0xFF]) if octal else other
    return re.sub(rb"\\(?:([0-7]{3})|(.))", resolve, words.encode(), flags=re.DOTALL).decode(errors="surrogateescape")


@dataclasses.dataclass(frozen=True)
class Vip:
    """A virtual address."""

    address: str
    length: int
    interface: str  # of the machine: not the virtual interface that the daemon makes

    @property
    def network(self):
        """The network that its prefix length says; None for a host's length."""
        if self.length == ipaddress.ip_address(self.address).max_prefixlen:
            return None
        return ipaddress.ip_network(f"{self.address}/{self.length}", strict=False)


@dataclasses.dataclass
class Instance:
    """A vrrp_instance."""

    name: str
    interface: str
    vrid: int
    priority: int
    advert_s: float
    version: int
    down_adverts: float
    preempts: bool
    preempt_delay_s: float
    source: str  # the address that its adverts come from; "": the interface's
    peers: list
    vips: list
    interfaces: list  # that it tracks
    block: Block = None

    @property
    def family(self):
        """4 or 6, of its adverts."""
        return ipaddress.ip_address(self.vips[0].address).version if self.vips else 4

    @property
    def skew_s(self):
        """RFC 9568 6.1, RFC 3768 6.1: the skew time."""
        return (256 - self.priority) / 256 * (self.advert_s if self.version == 3 else 1)

    @property
    def down_s(self):
        """How long nothing may be heard until it takes over: the master-down interval."""
        return self.down_adverts * self.advert_s + self.skew_s


@dataclasses.dataclass
class Check:
    """How a real server is checked."""

    kind: str
    block: Block
    address: str = ""
    port: int = 0

    @property
    def longest_s(self):
        """How long a failure may take to be noticed: a round, then each try with its limit."""
        number = lambda name, default: float(self.block.get(name, default) or default)  # noqa: E731
        tries = number("retry", 1)
        limit = number("connect_timeout", number("misc_timeout", 5))
        return number("delay_loop", 60) + limit + tries * (number("delay_before_retry", 1) + limit)


@dataclasses.dataclass
class Server:
    """A real server of a service."""

    address: str
    port: int
    forward: str  # NAT, DR, TUN, FULLNAT
    checks: list
    name: str = ""


@dataclasses.dataclass
class Service:
    """A virtual_server."""

    name: str
    protocol: str  # tcp, udp, sctp
    endpoints: list  # (address, port); those of a mark are none
    forward: str
    servers: list
    sorry: tuple = None  # (address, port)


@dataclasses.dataclass
class Route:
    """A route that leads over a gateway."""

    gateway: str
    interface: str  # "": not said
    destination: str


@dataclasses.dataclass
class Facts:
    """One director's configuration."""

    name: str
    file: str
    root: Block
    instances: list = dataclasses.field(default_factory=list)
    services: list = dataclasses.field(default_factory=list)
    interfaces: list = dataclasses.field(default_factory=list)  # every one that the file names
    routes: list = dataclasses.field(default_factory=list)
    own: list = dataclasses.field(default_factory=list)  # static_ipaddress: (address/length, interface)
    programs: list = dataclasses.field(default_factory=list)
    neighbours: list = dataclasses.field(default_factory=list)  # of BFD: (block, address, source)
    tracked: list = dataclasses.field(default_factory=list)  # vrrp_track_process: (words of a command line, how many)
    digests: list = dataclasses.field(default_factory=list)  # of pages: (digest, file)
    notes: list = dataclasses.field(default_factory=list)

    def vips(self):
        """Every virtual address once, in the file's order."""
        return list({vip.address: vip for instance in self.instances
                     for vip in instance.vips}.values())

    @property
    def router_id(self):
        """The name that the file gives itself, or None."""
        for block in self.root.all("global_defs"):
            return block.get("router_id")
        return None


def text_of(path):
    """A configuration file as text; what is no UTF-8 in it survives, as holdfastd's parser lets it."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def write_text(path, text):
    """Writes what text_of() has read."""
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def read(holdfastd, file, identity):
    """Reads a configuration with holdfastd's parser.

    identity -- what lines that begin with @ are compared with
    """
    done = subprocess.run([str(holdfastd), "--dump-config", "--json", "-f", str(file), "-i", identity],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, encoding="utf-8",
                          errors="surrogateescape")
    if done.returncode != 0:
        raise FactsError(done.stderr.strip() or f"{holdfastd} cannot read {file}")
    return facts_of(json.loads(done.stdout), identity, str(file))


def facts_of(document, name, file=""):
    """Makes facts of the JSON."""
    if document.get("version") != FORMAT_VERSION:
        raise FactsError(f"holdfastd tells facts of version {document.get('version')}; "
                         f"this holdfast-drill knows {FORMAT_VERSION}")
    root = Block({"blocks": document["blocks"]})
    facts = Facts(name, file, root)
    tracked = _group_interfaces(root)
    for block in root.all("vrrp_instance"):
        facts.instances.append(_instance(block, tracked.get(block.name, ())))
    groups = {block.name: block for block in root.all("virtual_server_group")}
    for block in root.all("virtual_server"):
        facts.services.append(_service(block, groups, facts))
    _statics(root, facts)
    for block in root.all("bfd_instance"):
        facts.neighbours.append((block, block.get("neighbor_ip", ""), block.get("source_ip", "")))
    facts.programs = _programs(root)
    facts.tracked = [_tracked(block) for block in root.all("vrrp_track_process")]
    facts.digests = [(url.get("digest"), url.entry("digest").get("file"))
                     for url in root.walk() if url.keyword == "url" and url.get("digest")]
    facts.interfaces = _interfaces(facts)
    return facts


def _group_interfaces(root):
    """The interfaces that sync groups track, by the instances of the group."""
    found = {}
    for group in root.all("vrrp_sync_group"):
        names = [name for name, _ in group.lines("track_interface")]
        for member, _ in group.lines("group"):
            found.setdefault(unquoted(member), []).extend(names)
    return found


def _instance(block, tracked):
    """A vrrp_instance, with its addresses and timers; tracked: by its sync groups."""
    interface = block.get("interface", "")
    virtual = _virtual_name(block)
    vips = []
    for name in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
        for line, rest in block.lines(name):
            words = line.split() + rest.split()
            device = words[words.index("dev") + 1] if "dev" in words else interface
            address, _, length = words[0].partition("/")
            bits = ipaddress.ip_address(address).max_prefixlen
            vips.append(Vip(address, int(length or bits),
                            interface if device == virtual else device))
    state_delay = float(block.get("preempt_delay", 0))
    return Instance(
        name=block.name, interface=interface, vrid=int(block.get("virtual_router_id", 0)),
        priority=int(block.get("priority", 100)), advert_s=float(block.get("advert_int", 1)),
        version=int(block.get("version", 2)), down_adverts=float(block.get("down_timer_adverts", 3)),
        preempts=not block.has("nopreempt") and block.entry("nopreempt") is None,
        preempt_delay_s=state_delay,
        source=(block.get("unicast_src_ip") or block.get("mcast_src_ip") or "").split(" ")[0],
        peers=[line.split()[0] for line, _ in block.lines("unicast_peer")], vips=vips,
        interfaces=[line.split()[0] for line, _ in block.lines("track_interface")] + list(tracked),
        block=block)


def _virtual_name(block):
    """The name of the interface that the daemon makes for an instance, or None."""
    for keyword in ("use_vmac", "use_ipvlan"):
        words = (block.get(keyword) or "").split()
        if "name" in words:
            return words[words.index("name") + 1]
    return None


def _endpoint(text):
    """`ADDRESS PORT` or `ADDRESS`."""
    words = text.split()
    return words[0], int(words[1]) if len(words) > 1 else 0


def _service(block, groups, facts):
    """A virtual_server with its real servers and their checks."""
    words = block.argument.split()
    endpoints = []
    if words[0] == "group":
        for line, _ in groups[unquoted(words[1])].rows():
            endpoints += _group_endpoints(line)
    elif words[0] != "fwmark":
        endpoints = [_endpoint(block.argument)]
    if not endpoints:
        facts.notes.append(f"{block.name}: nothing sets the firewall mark here, so that nobody asks this service")
    forward = (block.get("lb_kind") or "NAT").split()[0]
    service = Service(block.name, (block.get("protocol") or "TCP").lower(), endpoints, forward, [])
    for inner in block.all("real_server"):
        address, port = _endpoint(inner.argument)
        server = Server(address, port, (inner.get("lvs_method") or forward).split()[0], [],
                        f"{block.name} {inner.name}")
        for check in inner.blocks:
            server.checks.append(Check(check.keyword, check, check.get("connect_ip") or address,
                                       int(check.get("connect_port") or port or 0)))
        service.servers.append(server)
    sorry = block.get("sorry_server")
    service.sorry = _endpoint(sorry) if sorry else None
    return service


def _group_endpoints(line):
    """The addresses of a line of a virtual_server_group; of a long range its first and last."""
    words = line.split()
    if words[0] == "fwmark":
        return []
    first, _, last = words[0].partition("-")
    port = int(words[1]) if len(words) > 1 else 0
    ends = [first] + ([last] if last and last != first else [])
    return [(address, port) for address in ends]


def _route(destination, rest, facts):
    """Adds a route, if it leads over a gateway."""
    words = rest.split()
    if "via" in words:
        gateway = words[words.index("via") + 1]
        gateway = words[words.index("via") + 2] if gateway in ("inet", "inet6") else gateway
        interface = words[words.index("dev") + 1] if "dev" in words else ""
        facts.routes.append(Route(gateway, interface, destination))


def page_of(url):
    """What a url of HTTP_GET or SSL_GET wants, as `pages.page_for` takes it."""
    last = url.get("regex_max_offset")
    return (url.get("path", "/"), url.get("status_code", ""), url.get("regex", ""), url.get("digest", ""),
            url.get("regex_options", ""), url.has("regex_no_match"), int(url.get("regex_min_offset", 0)),
            None if last is None else int(last))


def _statics(root, facts):
    """Adds static addresses and every route, also those of instances."""
    for block in root.all("static_ipaddress"):
        for line, _ in block.rows():
            words = line.split()
            facts.own.append((words[0], words[words.index("dev") + 1] if "dev" in words else ""))
    for block in root.all("static_routes"):
        for line, rest in block.rows():
            _route(line, rest, facts)
    for instance in facts.instances:
        for line, rest in instance.block.lines("virtual_routes"):
            _route(line, rest, facts)


def _programs(root):
    """The programs that the daemon would run: the first word of each command."""
    found = {}
    for block in root.walk():
        for entry in block.settings:
            if entry.get("program") or entry["keyword"] in FIFO_SCRIPTS:
                program = _program(entry["value"])
                if program:
                    found[program] = None
    return list(found)


def _program(value):
    """The program of a command, which may have its user and group behind it: `"/bin/x 'a b'" root`."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', value, re.DOTALL)
    # Escapes stand for characters that would mean something to shlex: they are resolved behind it.
    words = _words(quoted.group(1) if quoted else value)
    return _plain(words[0]) if words else ""


def _words(command):
    """The words of a command, with their escapes."""
    command = command.replace("\\", "\\\\")
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _tracked(block):
    """A process that is tracked: the words of its command line, and how many of it are well."""
    most = block.get("quorum_max")
    count = int(block.get("quorum", 1))
    return tuple(map(_plain, _words(block.entry("process")["value"]))), count if most is None else min(count, int(most))


def _interfaces(facts):
    """Every interface that a configuration names, each once."""
    found = {}
    for instance in facts.instances:
        for name in (instance.interface, *(vip.interface for vip in instance.vips), *instance.interfaces):
            found[name] = None
    for _, name in facts.own:
        found[name] = None
    for route in facts.routes:
        found[route.interface] = None
    made = {_virtual_name(instance.block) for instance in facts.instances}
    return [name for name in found if name and name != "lo" and name not in made]
