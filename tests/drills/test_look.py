# SPDX-License-Identifier: Apache-2.0
"""holdfastctl's looks at the IPVS table agree with ipvsadm, entry by entry, while it is in use."""

import collections
import contextlib
import http.client
import json
import socket
import sys
import threading

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from lib import ipvs
from lib.daemons import BUILD, Holdfast
from lib.process import Process
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, DIRECTOR, CLIENT = "10.0.0.17", "10.0.0.5", "10.0.0.100"
SERVERS = ("10.0.0.7", "10.0.0.8")
FOREIGN = "10.0.0.99:99"
LIMIT_S = 6 + 4 * SLACK_S

WEB_PORT = 9650
SERVICES = f"""
global_defs {{
    http_listen 127.0.0.1:{WEB_PORT}
    metrics_aliases
    metrics_depth server
}}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    persistence_timeout 50
    persistence_granularity 255.255.255.0
    real_server {SERVERS[0]} 80 {{
        weight 3
        uthreshold 200
        lthreshold 100
    }}
    real_server {SERVERS[1]} 80 {{
        weight 5
    }}
}}
virtual_server {VIP} 81 {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server {SERVERS[0]} 80 {{
        weight 1
    }}
    real_server {SERVERS[1]} 80 {{
        weight 1
    }}
}}
virtual_server 2001:db8::17 53 {{
    protocol UDP
    lb_algo sh
    sh-port
    lb_kind DR
    real_server 2001:db8::7 53 {{
        weight 2
    }}
}}
virtual_server fwmark 7 {{
    lb_algo wlc
    lb_kind TUN
    real_server {SERVERS[0]} {{
        weight 4
    }}
}}
virtual_server fwmark 7 {{
    lb_algo rr
    lb_kind DR
    real_server 2001:db8::7 {{
        weight 6
    }}
}}
virtual_server_group pair {{
    {VIP} 82
    {VIP} 83
}}
virtual_server group pair {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server {SERVERS[0]} 80 {{
        weight 7
    }}
}}
"""
# As the exporters of keepalived name them, in the order of ipvsadm.
ALIASES = ("conn", "in_packets", "out_packets", "in_bytes", "out_bytes")
COUNTERS = ("connections", "packets_in", "packets_out", "bytes_in", "bytes_out")
PAIR = (f"{VIP}:82/tcp", f"{VIP}:83/tcp")
SINGLE_PORT = 84
SPAN_S = 4  # twice what passes between two sums of the kernel: it adds its processors' counters up every 2 s
# Each packet is a connection, which nobody answers.
SINGLE = f"""
virtual_server {VIP} {SINGLE_PORT} {{
    protocol UDP
    lb_algo rr
    lb_kind DR
    ops
    real_server {SERVERS[0]} {SINGLE_PORT} {{
        weight 1
    }}
}}
"""

# Connections that stay.
HELD = {f"{VIP}:81/tcp": 20, PAIR[0]: 5, PAIR[1]: 3}
CLIENTS = f"""
import signal, socket
held = [socket.create_connection(("{VIP}", port), 30)
        for port, count in ((81, 20), (82, 5), (83, 3)) for _ in range(count)]
print("connected", flush=True)
signal.pause()
"""
SERVER = """
import socket
server = socket.create_server(("0.0.0.0", 80), backlog=64)
print("listens", flush=True)
held = []
while True:
    held.append(server.accept()[0])
"""


def joined(listed):
    """What ipvsadm lists, with the two services of the group as the one that it is for us."""
    rest = {name: entry for name, entry in listed.items() if name not in PAIR}
    entries = [listed[name] for name in PAIR if name in listed]
    if len(entries) == len(PAIR):
        (scheduler, servers), (_, more) = entries
        rest["pair/tcp"] = (scheduler, {
            name: (*row[:2], row[2] + more[name][2], row[3] + more[name][3])
            for name, row in servers.items()})
    return rest


def held(listed):
    """How many active connections each service has, of those that have any."""
    sums = {name: sum(row[2] for row in servers.values()) for name, (_, servers) in listed.items()}
    return {name: count for name, count in sums.items() if count}


def kernel_counters(host):
    """What `ipvsadm -Ln --stats` has: by TCP service connections, packets and bytes."""
    lines = host.run("ipvsadm", "-Ln", "--stats", "--exact").splitlines()
    return {f"{words[1]}/tcp": [int(word) for word in words[2:7]]
            for words in map(str.split, lines) if words and words[0] == "TCP"}


def looked_counters(daemon):
    """The same of `holdfastctl services`, with the members of groups."""
    services = json.loads(daemon.control("--json", "services"))["services"]
    named = [(member["service"], member) for service in services
             for member in service.get("members") or []]
    named += [(service["name"], service) for service in services if not service.get("members")]
    return {name: [entry["counters"][key] for key in COUNTERS]
            for name, entry in named if name.endswith("/tcp")}


def scraped(host):
    """The samples of /metrics by name: of each its labels' values, in the order of their names, and its value."""
    with host.entered():
        connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=LIMIT_S)
        connection.request("GET", "/metrics")
    with contextlib.closing(connection):
        text = connection.getresponse().read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in sorted(sample.labels))
            found.setdefault(sample.name, {})[labels] = int(sample.value)
    return found


def as_metrics(table):
    """What is to be scraped of our TCP services and of their servers, by what ipvsadm has counted."""
    wanted = collections.defaultdict(collections.Counter)

    def add(kind, names, exporters, address, numbers):
        wanted[f"holdfast_{kind}_connections_total"][names] += numbers[0]
        ways = [(unit, way) for unit in ("packets", "bytes") for way in ("in", "out")]
        for (unit, way), number in zip(ways, numbers[1:]):
            wanted[f"holdfast_{kind}_{unit}_total"][way, *names] += number
        for name, number in zip(ALIASES, numbers if exporters else ()):
            wanted[f"keepalived_lvs_{exporters}_{name}"][address, "6"] += number

    for name, (numbers, servers) in table.items():
        if name.endswith("/tcp") and not name.startswith(FOREIGN):
            group = name in PAIR  # one service of ours, which has no address of its own for the exporters
            service = "pair/tcp" if group else name
            add("service", (service,), None if group else "vip", name.removesuffix("/tcp"), numbers)
            for server, row in servers.items():
                add("server", (server, service), "rs", server, row)
    return {name: dict(values) for name, values in wanted.items()}


def tcp_metrics(samples, names):
    """The metrics of these names, of what is TCP alone."""
    return {name: {labels: value for labels, value in samples[name].items()
                   if labels[-1].endswith("/tcp") or labels[-1] == "6"} for name in names}


def metrics_agree(host):
    """Whether a collector is told what ipvsadm lists, of each; returns what that is."""
    wanted = as_metrics(ipvs.counted(host))
    return tcp_metrics(scraped(host), wanted) == wanted and wanted


def kernel_connections(host):
    """What `ipvsadm -Lnc` has, without the time that passes."""
    return sorted((words[0].lower(), words[3], words[4], words[5], words[2])
                  for words in ipvs.connections(host))


def looked_connections(daemon, *words):
    """The same of `holdfastctl connections`."""
    answer = json.loads(daemon.control("--json", "connections", *words))
    assert answer["version"] == 1
    return answer, sorted((entry["protocol"], entry["client"], entry["virtual"], entry["server"],
                           entry["state"]) for entry in answer["connections"])


def counted(top):
    """The connections that the rates of all that `top` has said make together."""
    sums = 0
    for line in list(top.log):
        said = json.loads(line.text)
        rates = said["services"][0]["rates"]
        servers = sum(server["rates"]["connections"] for server in said["services"][0]["servers"])
        assert abs(servers - rates["connections"]) < 0.001, said
        sums += said["seconds"] * rates["connections"]
    return sums


@contextlib.contextmanager
def datagrams(host):
    """One after the other meanwhile."""
    over = threading.Event()
    with host.entered():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send():
        while not over.wait(0.05):
            sender.sendto(bytes(100), (VIP, SINGLE_PORT))
    thread = threading.Thread(target=send, daemon=True)
    with sender:
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Page:
    """What the web page is told of a service: its counters, and the time of each."""

    def __init__(self, host, service):
        with host.entered():
            self._connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=LIMIT_S)
            self._connection.connect()
        self._service = service
        self.told = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        self._connection.request("GET", "/events")
        place = numbers = None
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):  # the end
            for line in self._connection.getresponse():
                if line.startswith(b"data: "):
                    said = json.loads(line.removeprefix(b"data: "))
                    if isinstance(said.get("services"), list):
                        place = [row["name"] for row in said["services"]].index(self._service)
                    if "numbers" in said:  # else they are as before
                        numbers = said["numbers"][place]
                    self.told.append((said["clock_us"], numbers))

    def rates(self):
        """Connections, packets and bytes that come in, each second: of the last seconds."""
        told = list(self.told)
        earlier = [each for each in told if told[-1][0] - each[0] >= SPAN_S * 1e6]
        if not earlier:
            return None
        (before, old), (after, new) = earlier[-1], told[-1]
        return [(new[place] - old[place]) * 1e6 / (after - before) for place in (0, 1, 3)]

    def close(self):
        """It is told no more."""
        self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()


def top_rates(top, name):
    """What `top` has said last, of the same."""
    lines = list(top.log)
    rows = json.loads(lines[-1].text)["services"] if lines else []
    for row in rows:
        if row["name"] == name and row["rates"]:
            return [row["rates"][key] for key in ("connections", "packets_in", "bytes_in")]
    return None


def are_alike(all_rates):
    """Whether all know of traffic, and of the same: the kernel's estimate follows within some seconds."""
    return all(all_rates) and all(0 < max(each) <= 2 * min(each) for each in zip(*all_rates))


@pytest.fixture(scope="module")
def site():
    """A director with a client and two servers, whose answers come back through it."""
    with Topology() as net:
        lan = net.switch("lan")
        director = net.host("director", eth1=(lan, f"{DIRECTOR}/24"))
        client = net.host("client", eth1=(lan, f"{CLIENT}/24"))
        director.set_sysctl("net.ipv4.ip_forward", 1)
        for where in ("all", "eth1"):
            director.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
        director.ip(f"address add {VIP}/32 dev eth1")
        for number, address in enumerate(SERVERS):
            host = net.host(f"server-{number}", eth1=(lan, f"{address}/24"))
            host.ip(f"route replace {CLIENT}/32 via {DIRECTOR}")
            Process(host, "server", [sys.executable, "-c", SERVER]).wait_for("listens", LIMIT_S)
        daemon = Holdfast(director, SERVICES)
        daemon.start()
        yield director, client, daemon


def test_what_holdfastctl_shows_is_what_the_kernel_has(site):
    """Services, connections and rates, with real connections, an entry of others, and a drain."""
    director, client, daemon = site
    director.run("ipvsadm", "-A", "-t", FOREIGN, "-s", "wlc")
    director.run("ipvsadm", "-a", "-t", FOREIGN, "-r", "10.0.0.98:98", "-m", "-w", "9")
    daemon.control("drain", f"{VIP}:80/{SERVERS[1]}")
    wait_until(lambda: len(joined(ipvs.listed(director))) == 7 and
               ipvs.looked(daemon) == joined(ipvs.listed(director)), LIMIT_S, "both tell the same")
    top = Process(director, "top", [BUILD / "holdfastctl", "--socket", daemon.socket, "--json",
                                    "--interval", "0.5", "top", f"{VIP}:81"])
    top.wait_for("rates", LIMIT_S)
    holders = Process(client, "clients", [sys.executable, "-c", CLIENTS])
    holders.wait_for("connected", LIMIT_S)
    wait_until(lambda: held(ipvs.listed(director)) == HELD, LIMIT_S, "all of them are established")
    shown = ipvs.looked(daemon)
    assert shown == joined(ipvs.listed(director))
    assert shown["fwmark 7 (IPv6)"] == ("rr", {"2001:db8::7": ("DR", 6, 0, 0)})
    assert shown["pair/tcp"][1][f"{SERVERS[0]}:80"] == ("NAT", 7, 8, 0)
    # The kernel adds its processors' counters up every 2 s: net/netfilter/ipvs/ip_vs_est.c.
    wait_until(lambda: {name: row[0] for name, row in kernel_counters(director).items() if row[0]} == HELD,
               LIMIT_S, "the kernel has counted all of them")
    wait_until(lambda: looked_counters(daemon) == kernel_counters(director), LIMIT_S, "the counters are its")
    metrics = wait_until(lambda: metrics_agree(director), LIMIT_S, "metrics are what ipvsadm has counted")
    assert len(metrics) == 16
    assert metrics["holdfast_service_connections_total"]["pair/tcp",] == 8
    assert metrics["keepalived_lvs_vip_conn"][f"{VIP}:81", "6"] == 20
    assert metrics["keepalived_lvs_rs_conn"][f"{SERVERS[0]}:80", "6"] == 18, "of two services"
    for name, values in metrics.items():  # both ways, of NAT
        assert all(value > 0 for labels, value in values.items() if set(labels) & {"pair/tcp", f"{VIP}:81"}), name
    assert [row[2] for row in shown[f"{VIP}:81/tcp"][1].values()] == [10, 10]
    assert shown[f"{VIP}:80/tcp"][1][f"{SERVERS[1]}:80"][1] == 0
    assert shown[f"{FOREIGN}/tcp"] == ("wlc", {"10.0.0.98:98": ("NAT", 9, 0, 0)})
    text = daemon.control("services")
    assert text.count("NOT IN THE KERNEL") == 0 and f"is {', '.join(PAIR)}" in text
    assert "not ours" in text and "0 of 5" in text and "100..200" in text and "sh-port" in text
    answer, entries = looked_connections(daemon)
    assert entries == kernel_connections(director) and len(entries) == 28
    assert {(row["service"], row["total"]) for row in answer["summary"]} == set(HELD.items())
    assert all(row["states"] == {"ESTABLISHED": row["total"]} for row in answer["summary"])
    answer, entries = looked_connections(daemon, "pair/tcp")
    assert (len(entries), {row["service"] for row in answer["summary"]}) == (8, set(PAIR))
    answer, entries = looked_connections(daemon, f"{VIP}:81/{SERVERS[0]}", "--limit", "4")
    assert (len(entries), answer["total"], answer["left_out"]) == (4, 10, 6)
    assert looked_connections(daemon, f"{VIP}:80")[1] == []
    wait_until(lambda: round(counted(top)) == 20, LIMIT_S, "top has counted all of them")
    top.terminate()
    assert top.wait_end() == 0


def test_rates_are_the_same_wherever_they_are_told(site):
    """Of steady traffic: as the kernel estimates them, in `top`, and on the web page."""
    director, client, daemon = site
    daemon.write_configuration(SERVICES + SINGLE)
    assert daemon.reload() is None
    name = f"{VIP}:{SINGLE_PORT}/udp"
    top = Process(director, "top", [BUILD / "holdfastctl", "--socket", daemon.socket, "--json",
                                    "--interval", SPAN_S, "top", name])
    page = Page(director, name)

    def all_tell_the_same():
        rates = [top_rates(top, name), page.rates()]
        if not are_alike(rates):
            return False
        kernel, _ = ipvs.rates(director)[name]
        return are_alike([*rates, [kernel[place] for place in (0, 1, 3)]])
    try:
        with datagrams(client):
            wait_until(all_tell_the_same, 60 + 4 * SLACK_S, "all three tell the same")
    finally:
        page.close()
    top.terminate()
    assert top.wait_end() == 0
