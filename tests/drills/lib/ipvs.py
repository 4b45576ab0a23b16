# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS table on a host, as ipvsadm, /proc and holdfastctl say it."""

import ipaddress
import json
import socket
import threading

PROTOCOLS = ("TCP", "UDP", "SCTP", "FWM")
FORWARDS = {"Masq": "NAT", "Route": "DR", "Tunnel": "TUN"}
COUNTERS = ("connections", "packets_in", "packets_out", "bytes_in", "bytes_out")


def table(host):
    """The table as the ipvsadm commands that would make it, sorted."""
    return sorted(line.strip() for line in host.run("ipvsadm", "-Sn").splitlines() if line.strip())


def listing(host):
    """What an administrator sees: `ipvsadm -Ln`."""
    return host.run("ipvsadm", "-Ln")


def connections(host):
    """The connections that the kernel knows: lists of protocol, expiry, state, addresses."""
    lines = host.run("ipvsadm", "-Lnc").splitlines()
    return [line.split() for line in lines[2:] if line.strip()]


def destinations(host, service):
    """The real servers of a service ("172.16.1.18:3306") and their weights."""
    weights = {}
    for line in table(host):
        words = line.split()
        if words[0] == "-a" and words[2] == service:
            weights[words[words.index("-r") + 1]] = int(words[words.index("-w") + 1])
    return weights


def daemons(host):
    """The connection sync daemons that run: by role, what `ipvsadm -L --daemon` says of each."""
    lines = host.run("ipvsadm", "-Ln", "--daemon").splitlines()
    return {line.split()[0]: line.partition("(")[2].rstrip(")") for line in lines if line.strip()}


# ---- The same without starting a program ------------------------------------------------------


def _lines(host, name):
    """A file of IPVS in /proc, as lists of words."""
    with host.entered(), open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
        return [line.split() for line in file]


def _address(text):
    """An address as the kernel writes it there."""
    text = text.strip("[]")
    if ":" in text:
        return str(ipaddress.IPv6Address(text))
    return socket.inet_ntoa(bytes.fromhex(text))


def _endpoint(text):
    """The same with a port."""
    address, _, port = text.rpartition(":")
    return _address(address), int(port, 16)


def service_count(host):
    """How many services a host's kernel has."""
    return sum(words[0] in PROTOCOLS for words in _lines(host, "ip_vs"))


def weights(host):
    """Of TCP: weights by the service's address and port, the server's address and port."""
    found, service = {}, None
    for words in _lines(host, "ip_vs"):
        if words[0] in PROTOCOLS:
            service = _endpoint(words[1]) if words[0] == "TCP" else None
        elif words[0] == "->" and service and words[1] != "RemoteAddress:Port":
            found[*service, *_endpoint(words[1])] = int(words[3])
    return found


def servers_of_connections(host):
    """The servers of TCP's connections, by the client's port, the service's address and port."""
    return {(int(words[2], 16), _address(words[3]), int(words[4], 16)): _address(words[5])
            for words in _lines(host, "ip_vs_conn") if words[0] == "TCP"}


# ---- ipvsadm and holdfastctl ------------------------------------------------------------------


def _entries(host, *options):
    """What `ipvsadm -Ln` has: by service its words, and those of its servers by their names."""
    found, servers = {}, None
    for line in host.run("ipvsadm", "-Ln", *options).splitlines():
        words = line.split()
        if words and words[0] in PROTOCOLS:
            mark = words[0] == "FWM"
            ipv6 = mark and words[2] == "IPv6"
            name = (f"fwmark {words[1]}{' (IPv6)' if ipv6 else ''}" if mark
                    else f"{words[1]}/{words[0].lower()}")
            servers = {}
            found[name] = (words[3 if ipv6 else 2:], servers)
        elif words and words[0] == "->" and servers is not None:
            address, _, port = words[1].rpartition(":")
            servers[address.strip("[]") if port == "0" else words[1]] = words[2:]
    return found


def listed(host):
    """By service its scheduler, and of its servers mode, weight, active and inactive connections."""
    return {name: (words[0], {server: (FORWARDS[row[0]], *(int(word) for word in row[1:4]))
                              for server, row in servers.items()})
            for name, (words, servers) in _entries(host).items()}


def counted(host):
    """By service what it has counted, and its servers: connections, packets and bytes in and out."""
    return {name: (_numbers(words), {server: _numbers(row) for server, row in servers.items()})
            for name, (words, servers) in _entries(host, "--stats", "--exact").items()}


def rates(host):
    """As counted(): of each per second, as the kernel estimates it."""
    return {name: (_numbers(words), {server: _numbers(row) for server, row in servers.items()})
            for name, (words, servers) in _entries(host, "--rate", "--exact").items()}


def tunnels(host):
    """By service and server, as `ipvsadm -Sn` names them: what it says of the tunnel."""
    found = {}
    for line in table(host):
        words = line.split()
        if words[0] == "-a" and "-i" in words:
            more = [word.removeprefix("--tun-") for word in words[words.index("-w") + 2:]]
            found[" ".join(words[1:words.index("-r")]), words[words.index("-r") + 1]] = more
    return found


def _numbers(words):
    """Words that are all numbers."""
    return tuple(int(word) for word in words)


def _servers(service):
    """The servers that the kernel has, of one in `holdfastctl services`."""
    return [server for server in service["servers"] + service.get("unconfigured", []) if server["kernel"]]


def looked(daemon, *words):
    """As listed(), of `holdfastctl services`; FULLNAT is NAT for IPVS."""
    view = json.loads(daemon.control("--json", "services", *words))
    return {service["name"]: (service["kernel"]["scheduler"], {
        server["name"]: (server["kernel"]["forward"].removeprefix("FULL"), server["kernel"]["weight"],
                         server["connections"]["active"], server["connections"]["inactive"])
        for server in _servers(service)}) for service in view["services"] if service["kernel"]}


def looked_counters(view):
    """As counted(), in what `holdfastctl --json services` says."""
    return {service["name"]: (_counters(service), {
        server["name"]: _counters(server) for server in _servers(service)})
        for service in view["services"] if service["kernel"]}


def _counters(entry):
    return tuple(entry["counters"][name] for name in COUNTERS)


class TableWatch:
    """Looks at a host's table again and again, and notes what it lacked: `lacking`, of so many `looks`.

    wanted -- what the table has to be, as weights() tells it
    counts -- says whether the host is to have it at the moment; by default always
    """

    def __init__(self, host, wanted, counts=lambda: True):
        self.looks, self.lacking = 0, []
        self._host, self._wanted, self._counts = host, wanted, counts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(0.01):
            if self._counts():
                found = weights(self._host)
                self.looks += 1
                if found != self._wanted:
                    self.lacking.append(found)
