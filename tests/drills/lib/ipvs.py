# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS table on a host, as ipvsadm says it."""


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
