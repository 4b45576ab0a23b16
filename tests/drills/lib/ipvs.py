# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS table on a host, as ipvsadm says it."""

import json

FORWARDS = {"Masq": "NAT", "Route": "DR", "Tunnel": "TUN"}


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


def listed(host):
    """What `ipvsadm -Ln` has: by service its scheduler, flags and servers."""
    found, servers = {}, None
    for line in listing(host).splitlines():
        words = line.split()
        if words and words[0] in ("TCP", "UDP", "FWM"):
            if words[0] == "FWM":
                name = f"fwmark {words[1]}" + (" (IPv6)" if "IPv6" in words else "")
            else:
                name = f"{words[1]}/{words[0].lower()}"
            servers = {}
            found[name] = (words[3 if "IPv6" in words else 2], servers)
        elif words and words[0] == "->" and servers is not None:
            servers[words[1].removesuffix(":0")] = (FORWARDS[words[2]],
                                                    *(int(word) for word in words[3:6]))
    return found


def looked(daemon, *words):
    """The same of `holdfastctl services`."""
    view = json.loads(daemon.control("--json", "services", *words))
    return {service["name"]: (service["kernel"]["scheduler"], {
        server["name"]: (server["kernel"]["forward"], server["kernel"]["weight"],
                         server["connections"]["active"], server["connections"]["inactive"])
        for server in service["servers"] + service.get("unconfigured", [])
        if server["kernel"]}) for service in view["services"] if service["kernel"]}
