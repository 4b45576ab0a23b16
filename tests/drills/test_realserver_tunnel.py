# SPDX-License-Identifier: Apache-2.0
"""A real server's end of IPVS's tunnels and of direct routing: each kind and family that a director sends is
taken, the answer comes from the virtual address by the short way, and all is undone exactly."""

import contextlib
import json
import pathlib
import socket
import threading

import pytest

from lib.daemons import BUILD
from lib.waiting import SLACK_S

# Tunnels are modules, and the director needs IPVS.
pytestmark = [pytest.mark.ours, pytest.mark.ipvs]

TOOL = BUILD / "contrib/realserver/holdfast-realserver"
ARPCHECK = BUILD / "holdfast-arpcheck"
LIMIT_S = 5 + 4 * SLACK_S
PORT = 8000
SERVER, SERVER6 = "10.5.0.7", "fd00::7"
CHECKED, CHECKED6 = "10.5.0.8", "fd00::8"  # a GRE device of an address takes checksums, or none
# What the real server is told; the virtual addresses; where and how the director sends.
CASES = [
    ("--tunnel ipip", {"10.5.0.21": SERVER, "fd00::21": SERVER6}, ""),
    ("--tunnel ipip --outer ipv4", {"fd00::22": SERVER}, ""),
    ("--tunnel ipip --outer ipv6", {"10.5.0.22": SERVER6}, ""),
    ("--tunnel gue", {"10.5.0.23": SERVER, "fd00::23": SERVER6}, "--tun-type gue --tun-port 6080"),
    ("--tunnel gue --outer ipv4 --port 6081", {"fd00::24": SERVER},
     "--tun-type gue --tun-port 6081 --tun-csum"),
    ("--tunnel gre", {"10.5.0.25": SERVER, "fd00::25": SERVER6}, "--tun-type gre"),
    (f"--tunnel gre --csum --local {CHECKED}", {"10.5.0.26": CHECKED}, "--tun-type gre --tun-csum"),
    (f"--tunnel gre --csum --local {CHECKED6}", {"fd00::26": CHECKED6}, "--tun-type gre --tun-csum"),
    ("", {"10.5.0.27": SERVER, "fd00::27": SERVER6}, None),  # direct routing
]
VIPS = [vip for _, servers, _ in CASES for vip in servers]


def bracketed(address):
    """As ipvsadm wants it."""
    return f"[{address}]" if ":" in address else address


def table():
    """The director's services, for ipvsadm -R."""
    lines = []
    for _, servers, words in CASES:
        method = "-g" if words is None else f"-i {words}"
        for vip, server in servers.items():
            service = f"-t {bracketed(vip)}:{PORT}"
            lines += [f"-A {service} -s rr", f"-a {service} -r {bracketed(server)}:{PORT} {method}"]
    return "\n".join(lines)


def settings(host):
    """What start may change: whether interfaces are up, their addresses, settings, ports, modes."""
    links = json.loads(host.run("ip", "-json", "addr"))
    ports = sorted(host.run("sh", "-c", "ip fou show 2>/dev/null || :").splitlines())
    modes = sorted(host.run("sh", "-c", "ip -6 tunnel show 2>/dev/null || :").split("\n"))
    with host.entered():
        values = {path: path.read_text() for name in ("arp_ignore", "arp_announce", "rp_filter")
                  for path in pathlib.Path("/proc/sys/net/ipv4/conf").glob(f"*/{name}")}
    state = {("ports", ""): ports, ("modes", ""): [mode for mode in modes if "::" in mode]}
    state |= {("sysctl", str(path)): value for path, value in values.items()}
    return state | {("link", link["ifname"]): ("UP" in link["flags"], sorted(
        address["local"] for address in link["addr_info"])) for link in links}


def serve(host):
    """Tells each who asks which address he asked, until the host ends."""
    with host.entered():
        listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listener.bind(("::", PORT))
    listener.listen()

    def run():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.send(connection.getsockname()[0].removeprefix("::ffff:").encode())

    threading.Thread(target=run, daemon=True).start()
    return listener


def ask(host, vip):
    """Which address the server says that it was asked at."""
    with host.entered():
        connection = socket.socket(socket.AF_INET6 if ":" in vip else socket.AF_INET)
    with connection:
        connection.settimeout(LIMIT_S)
        try:
            connection.connect((vip, PORT))
            return connection.recv(100).decode()
        except OSError as error:
            return f"{vip}: {error}"


def start_all(server, environment):
    """Each option set with its addresses, in one shell."""
    script = [f"export {environment}"]
    script += [f"{TOOL} start {options} {' '.join(servers)}" for options, servers, _ in CASES]
    server.run("sh", "-ec", "\n".join(script))


def test_what_each_way_brings_is_answered_and_all_is_undone(net):
    lan = net.switch("lan")
    client = net.host("client", eth1=(lan, "10.5.0.100/24", "fd00::100/64"))
    director = net.host("lb", eth1=(lan, "10.5.0.1/24", "fd00::1/64"))
    server = net.host("web", eth1=(lan, f"{SERVER}/24", f"{CHECKED}/24", f"{SERVER6}/64", f"{CHECKED6}/64"))
    server.set_sysctl("net.ipv4.conf.all.rp_filter", 1)  # as many distributions have it
    # Deprecated, or the director would take one of them for its own end of the tunnel.
    director.ip(*[f"addr add {vip}/{'128 nodad' if ':' in vip else 32} dev eth1 preferred_lft 0"
                  for vip in VIPS])
    director.run("sh", "-c", f"ipvsadm -R <<'END'\n{table()}\nEND")
    before = settings(server)
    environment = f"HOLDFAST_REALSERVER_STATE={server.directory}/state"
    start_all(server, environment)
    held = settings(server)
    listener = serve(server)
    assert [ask(client, vip) for vip in VIPS] == VIPS
    listener.close()
    server.run("env", environment, TOOL, "start", "--tunnel", "ipip", VIPS[0])  # once more
    assert settings(server) == held
    # All is as it should be, and no interface answers for any of them: BPF of Debian's kernel does that, too.
    said = json.loads(server.run("env", environment, f"HOLDFAST_ARPCHECK={ARPCHECK}", TOOL, "check", "--json", "--all"))
    assert [one["ok"] for one in said["addresses"]] == [True] * len(VIPS), said
    assert [one["wire"][0]["verdict"] for one in said["addresses"]] == ["silent"] * len(VIPS), said
    # One goes: what others need stays.
    server.run("env", environment, TOOL, "stop", VIPS[0])
    assert held[("link", "tunl0")] == (True, ["10.5.0.21", "10.5.0.23"])
    assert settings(server)[("link", "tunl0")] == (True, ["10.5.0.23"])
    server.run("env", environment, TOOL, "stop", "--all")
    after = settings(server)
    for key, value in after.items():
        if key[0] == "link" and key not in before:  # came with its module, which stays
            assert value == (False, []), key
        elif key[0] != "modes" and "/tunl0/" not in key[1]:
            assert value == before.get(key, value), key
    assert "any/ipv6" not in str(after[("modes", "")]) and "any/ipv6" in str(held[("modes", "")])
    assert not [key for key in after if "hfgre" in key[1]] and [key for key in held if "hfgre" in key[1]]
