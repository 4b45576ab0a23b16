# SPDX-License-Identifier: Apache-2.0
"""Hosts on switches: each host a namespace, each switch a namespace with a bridge.

    with Topology() as net:
        lan = net.switch("lan")
        client = net.host("client", eth1=(lan, "172.16.1.100/24"))

Everything is removed at the end of the block, whatever happened in it.
"""

import fcntl
import json
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import weakref

from holdfast_drill import kernel, namespace

SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914  # linux/sockios.h
IFF_UP = 1  # linux/if.h
IFNAMSIZ = 16  # linux/if.h

_open_topologies = weakref.WeakSet()


class Switch:
    """An Ethernet switch without spanning tree or snooping: what comes in goes out at once.

    hub -- it learns nothing, so that everybody sees everything
    """

    def __init__(self, name, hub=False):
        self.name = name
        self._names = set()
        self._namespace = namespace.Namespace(name)
        self.full_name = self._namespace.full_name
        with self._namespace.entered():
            # Frames are switched, not filtered: what they cost would count as the sender's.
            for name in pathlib.Path("/proc/sys/net/bridge").glob("bridge-nf-call-*") if kernel.has_bridge_settings() else ():
                name.write_text("0", encoding="ascii")
        self._ip("link add bridge type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                 "link set bridge up", *(["link set bridge type bridge ageing_time 0"] if hub else []))

    def _ip(self, *lines):
        """Commands of `ip` in the switch's namespace."""
        with self._namespace.entered():
            namespace.ip_batch(lines)

    def name_port(self, wanted):
        """A name for a port: the one that is wanted, if it is free and not too long."""
        name = wanted if len(wanted) < IFNAMSIZ and wanted not in self._names else f"port{len(self._names)}"
        self._names.add(name)
        return name

    def lose(self, port, direction):
        """Loses all that comes "in" from the switch to the host, or goes "out" from it; None: nothing."""
        hook = {"in": "egress", "out": "ingress", None: None}[direction]
        table = f"netdev lost_{re.sub('[^A-Za-z0-9]', '_', port)}"
        rules = f"add table {table}\ndelete table {table}\n"
        if hook:
            rules += (f"table {table} {{\n chain lost {{\n  type filter hook {hook} "
                      f"device \"{port}\" priority 0; policy drop;\n }}\n}}\n")
        with self._namespace.entered():
            done = subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=False, capture_output=True)
        assert done.returncode == 0, f"nft: {done.stderr.strip()}"

    def add_port(self, port):
        """Plugs a cable's end in."""
        self._ip(f"link set {port} master bridge up")

    def remove_port(self, port):
        """Loses every packet from and to a port, whose cable stays live."""
        self._ip(f"link set {port} nomaster")

    def set_port(self, port, up):
        """Turns a port on or off, at once: the host at its other end gains or loses its carrier."""
        request = struct.pack("16sh22x", port.encode(), 0)
        with self._namespace.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            (flags,) = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)
            flags = flags | IFF_UP if up else flags & ~IFF_UP
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", port.encode(), flags))

    def close(self):
        """Ends what runs in the switch's namespace."""
        self._namespace.close()


class Host:
    """A machine of the topology."""

    def __init__(self, name, directory, links):
        self.name = name
        self.directory = directory
        self.processes = []
        self._namespace = namespace.Namespace(name)
        self.full_name = self._namespace.full_name
        self._ports = {}
        self.addresses = {}
        directory.mkdir()
        # A link-local address is there at once; drills that are about waiting for it turn this on.
        self.set_sysctl("net.ipv6.conf.default.accept_dad", 0)
        local = ["link set lo up"]
        for interface, (switch, *addresses) in links.items():
            port = switch.name_port(f"{name[:9]}.{interface}")
            namespace.ip_batch([f"link add {interface} netns {self.full_name} type veth "
                                f"peer name {port} netns {switch.full_name}"])
            switch.add_port(port)
            self._ports[interface] = (switch, port)
            self.addresses[interface] = [address.partition("/")[0] for address in addresses]
            local += [f"addr add {address} dev {interface}{' nodad' if ':' in address else ''}"
                      for address in addresses]
            local.append(f"link set {interface} up")
        self.ip(*local)

    @property
    def address(self):
        """The first address of the first interface."""
        return next(iter(self.addresses.values()))[0]

    def entered(self):
        """A context in which the calling thread is on this host."""
        return self._namespace.entered()

    def run(self, *arguments, check=True):
        """Runs a program to its end; returns its output. A failure shows what it said."""
        with self.entered():
            done = subprocess.run([str(argument) for argument in arguments], check=False,
                                  stdin=subprocess.DEVNULL, text=True, capture_output=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: `{' '.join(map(str, arguments))}` ended with "
                                 f"{done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def ip(self, *lines):
        """Runs commands of `ip`, such as "addr del 10.0.0.1/32 dev eth1"."""
        with self.entered():
            namespace.ip_batch(lines)

    def set_sysctl(self, name, value):
        """Sets a network sysctl, such as "net.ipv4.conf.all.arp_ignore"; with "/" where a name has a dot."""
        with self.entered():
            pathlib.Path("/proc/sys", *name.split("/" if "/" in name else ".")).write_text(f"{value}\n", encoding="ascii")

    def unplug(self, interface):
        """Pulls the cable: the interface loses its carrier."""
        switch, port = self._ports[interface]
        switch.set_port(port, False)

    def plug(self, interface):
        """Puts the cable back."""
        switch, port = self._ports[interface]
        switch.set_port(port, True)

    def part(self, interface):
        """The network behind an interface falls in two, without the host noticing."""
        switch, port = self._ports[interface]
        switch.remove_port(port)

    def join(self, interface):
        """The network is one again."""
        switch, port = self._ports[interface]
        switch.add_port(port)

    def lose(self, interface, direction):
        """Loses what comes "in" to an interface, or goes "out" of it, without its noticing; None: nothing."""
        switch, port = self._ports[interface]
        switch.lose(port, direction)

    def can_lose(self):
        """Says whether lose() works here; it needs nft, and a kernel that filters at an interface."""
        if not self._ports or shutil.which("nft") is None:
            return False
        try:
            for direction in ("in", "out", None):
                self.lose(next(iter(self._ports)), direction)
        except AssertionError:
            return False
        return True

    def has_carriers(self):
        """Says whether every cable is in and live; the kernel takes up to a second to notice."""
        links = json.loads(self.run("ip", "-json", "link", "show", "type", "veth"))
        return all(link["operstate"] == "UP" for link in links)

    def owns(self, address):
        """Says whether an address is configured here, without starting a program."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.entered(), socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                return False
            return True

    def address_list(self, interface):
        """The addresses of an interface now that the kernel has not made by itself."""
        (link,) = json.loads(self.run("ip", "-json", "addr", "show", "dev", interface))
        return [details["local"] for details in link["addr_info"]
                if details["local"] != self.link_local(interface)]

    def link_local(self, interface):
        """The IPv6 link-local address that the kernel makes of a hardware address (RFC 4291 A)."""
        mac = bytes.fromhex(self.mac(interface).replace(":", ""))
        return socket.inet_ntop(socket.AF_INET6, bytes([
            0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, *mac[1:3], 0xff, 0xfe, *mac[3:]]))

    def address_details(self, address):
        """What `ip` says about a configured address (its label, prefix length, scope), or None."""
        for link in json.loads(self.run("ip", "-json", "addr", "show")):
            for details in link["addr_info"]:
                if details.get("local") == address:
                    return details | {"dev": link["ifname"]}
        return None

    def mac(self, interface):
        """The hardware address of an interface."""
        (link,) = json.loads(self.run("ip", "-json", "link", "show", "dev", interface))
        return link["address"]

    def close(self):
        """Ends every program, the last started first; returns the complaints about them."""
        complaints = [process.close() for process in reversed(self.processes)]
        self.processes.clear()
        self._namespace.close()
        return [complaint for complaint in complaints if complaint]


class Topology:
    """Hosts and switches, made as they are named, removed all together."""

    def __init__(self):
        self.hosts = []
        self._switches = []
        self.directory = None

    def __enter__(self):
        namespace.remove_stale()
        self.directory = namespace.make_folder()
        self.directory.chmod(0o755)  # some programs give up root and must still get in
        _open_topologies.add(self)
        return self

    def switch(self, name, hub=False):
        """Adds a switch, or a hub."""
        switch = Switch(name, hub)
        self._switches.append(switch)
        return switch

    def host(self, name, **links):
        """Adds a host; links: interface=(switch, "address/length", ...)."""
        host = Host(name, self.directory / name, links)
        self.hosts.append(host)
        return host

    def report(self):
        """The last output of every program, for a drill that failed."""
        return "\n\n".join(f"--- {process} ---\n{process.output()}"
                           for host in self.hosts for process in host.processes)

    def __exit__(self, kind, error, trace):
        members = self.hosts + self._switches
        complaints = []
        try:
            for host in reversed(self.hosts):
                complaints += host.close()
            for switch in self._switches:
                switch.close()
        finally:
            namespace.remove_all([member.full_name for member in members])
            shutil.rmtree(self.directory, ignore_errors=True)
            _open_topologies.discard(self)
        if complaints and error is None:
            raise AssertionError("\n\n".join(complaints))


def report_open():
    """The reports of all topologies that are up now."""
    return "\n\n".join(filter(None, (topology.report() for topology in _open_topologies)))
