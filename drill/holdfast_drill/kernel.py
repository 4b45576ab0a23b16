# SPDX-License-Identifier: Apache-2.0
"""Finds out whether the running kernel has IPVS, without a trace in the host's own network."""

import ctypes
import os
import re
import shutil
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000  # linux/sched.h
NETLINK_GENERIC = 16  # linux/netlink.h
GENL_ID_CTRL = 16  # linux/genetlink.h
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_NAME = 2
NLM_F_REQUEST = 1
NLMSG_ERROR = 2


def version_of(release):
    """The first two numbers of a kernel's release: "6.1.0-18-amd64" is (6, 1)."""
    numbers = re.match(r"(\d+)\.(\d+)", release)
    return tuple(map(int, numbers.groups())) if numbers else (0, 0)


def has_bridge_settings():
    """Says whether net.bridge.bridge-nf-call-* are a namespace's own; before Linux 5.3 they are the whole machine's."""
    return version_of(os.uname().release) >= (5, 3)


def has_ipvs():
    """Says whether the netlink family IPVS answers in a fresh network namespace.

    Loads the module ip_vs where the kernel has it as one: the drills would do the same.
    """
    if os.geteuid() != 0:
        return False
    if _family_answers():
        return True
    modprobe = shutil.which("modprobe", path="/usr/sbin:/sbin")
    if modprobe is None:
        return False
    loaded = subprocess.run([modprobe, "-q", "ip_vs"], check=False).returncode == 0
    return loaded and _family_answers()


def _family_answers():
    """Asks in a child, since a namespace once entered is not left."""
    child = os.fork()
    if child == 0:
        answer = False
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0:
                answer = _resolve_family(b"IPVS\0")
        finally:
            os._exit(0 if answer else 1)
    return os.waitpid(child, 0)[1] == 0


def _resolve_family(name):
    """Sends CTRL_CMD_GETFAMILY; an answer that is no error means that the family is there."""
    padded = name + b"\0" * (-len(name) % 4)
    attribute = struct.pack("=HH", 4 + len(name), CTRL_ATTR_FAMILY_NAME) + padded
    request = struct.pack("=BBH", CTRL_CMD_GETFAMILY, 1, 0) + attribute
    header = struct.pack("=IHHII", 16 + len(request), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as netlink:
        netlink.settimeout(5)
        netlink.sendto(header + request, (0, 0))
        reply = netlink.recv(8192)
    return struct.unpack_from("=IH", reply)[1] != NLMSG_ERROR
