#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench check`: health checks beside keepalived, in the same run, in turns.

tcp  so many servers, each with a TCP_CHECK, at an interval: CPU for 1,000 checks, memory for each
     server, how far the intervals between a server's checks are from what is configured, and how long
     it takes until the last of a tenth of the servers, all dead at once, is known to be down.

vrrp how late a master's adverts are while it makes thousands of SSL_GETs: by the bounds of status's
     histogram, which double.

http ssl mysql
     so many checks a second of one real server: our CPU and the server's for 1,000 of them.

The servers of tcp are one process in a namespace of its own that has all their addresses. The director and
what its packets cost behind the cable have a processor each. Neither daemon has an IPVS table here, so
that checks alone are measured; keepalived, which does nothing without IPVS, is made to believe in one
(fake_ipvs.c). At the end there is a table of all figures with their ratios.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.crowd import QUEUES
from lib.clients import MYSQL_USER
from lib.daemons import BUILD, Holdfast, Keepalived
from lib.mariadb import MariaDb
from lib.process import Process
from lib.topology import Topology
from lib.waiting import wait_until

HERE = pathlib.Path(__file__).resolve().parent
START_LIMIT_S = 120
DETECT_LIMIT_S = 180
PORTS = (8080, 8081)
DEAD_SHARE = 10  # one of so many servers has the second port
SERVERS_OF_SERVICE = 10
CASES = ((1000, 1), (5000, 1), (40000, 1), (1000, 5), (5000, 5), (40000, 5))
BESIDE_CASES = ((0, 10), (5000, 10), (5000, 5))
SERVER_NET = "10.64.0.0/10"
TCP_SERVER = """    real_server {address} {port} {{
        TCP_CHECK {{
            connect_timeout 1
            retry 1
            delay_before_retry 0.5
        }}
    }}
"""


HTTP_SERVER = """    real_server {{address}} 80 {{{{
        {kind} {{{{
            connect_port {port}
            connect_timeout 2
            url {{{{
                path /
                status_code 200
            }}}}
        }}}}
    }}}}
"""
MYSQL_SERVER = """    real_server {{address}} 3306 {{{{
        MYSQL_CHECK {{{{
            connect_timeout 2
            {more}
        }}}}
    }}}}
"""
# What a director with these checks may be: ten instances, an advert every 100 ms from each. What else
# this machine does is kept out by a real-time priority, as who wants such adverts has it.
VRRP_BESIDE = "global_defs {\n    vrrp_rt_priority 10\n}\n" + "".join(f"""vrrp_instance VI_{vrid} {{
    interface eth1
    state MASTER
    version 3
    priority 200
    virtual_router_id {vrid}
    advert_int 0.1
    virtual_ipaddress {{
        192.0.2.{100 + vrid}/24
    }}
}}
""" for vrid in range(1, 11))
NGINX = """
daemon off;
worker_processes 1;
error_log stderr error;
pid {directory}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    ssl_certificate {directory}/certificate.pem;
    ssl_certificate_key {directory}/key.pem;
    server {{
        listen 80 backlog=4096;
        listen 443 ssl backlog=4096;
        location / {{ return 200 "ok\\n"; }}
        location /requests {{ stub_status; }}
    }}
}}
"""


class WebServer:
    """nginx, at all addresses of its host."""

    name = "nginx"

    def __init__(self, host):
        self._host = host
        directory = host.directory / "nginx"
        directory.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bench", "-days", "2",
                        "-keyout", directory / "key.pem", "-out", directory / "certificate.pem"],
                       check=True, capture_output=True)
        (directory / "nginx.conf").write_text(NGINX.format(directory=directory))
        self.process = Process(host, "nginx", ["/usr/sbin/nginx", "-c", directory / "nginx.conf",
                                               "-p", directory])
        self.process.wait_until(lambda: self.served() is not None, START_LIMIT_S, "it answers")

    def served(self):
        """How many requests it has answered so far; None: it does not answer."""
        text = self._host.run("curl", "-s", "http://127.0.0.1/requests", check=False)
        found = re.search(r"\n (\d+) (\d+) (\d+)", text)
        return int(found[3]) if found else None


class Database:
    """MariaDB, at all addresses of its host."""

    name = "mariadb"

    def __init__(self, host):
        self._server = MariaDb(host, "--max-connections=2000", "--back-log=2000")
        self._server.start()
        self._server.wait_ready()
        self.process = self._server.process

    def served(self):
        """How many connections it has had so far."""
        return int(self._server.status("Connections"))


# How it is called: the server, its checks, how many a second, and who does it.
KIND_CASES = {
    "http": [("HTTP_GETs of nginx", WebServer, HTTP_SERVER.format(kind="HTTP_GET", port=80), 2000,
              ("holdfast", "keepalived"))],
    "ssl": [("SSL_GETs of nginx", WebServer, HTTP_SERVER.format(kind="SSL_GET", port=443), 500,
             ("holdfast", "keepalived"))],
    "mysql": [("MYSQL_CHECK greetings of MariaDB", Database, MYSQL_SERVER.format(more=""), 1000,
               ("holdfast",)),
              ("MYSQL_CHECK logins at MariaDB", Database,
               MYSQL_SERVER.format(more=f"user {MYSQL_USER}"), 200, ("holdfast",))],
}


def server_address(number):
    """The address of a server."""
    return f"10.64.{number // 256}.{number % 256}"


def server_port(number):
    """Its port."""
    return PORTS[number % DEAD_SHARE == DEAD_SHARE - 1]


def configuration(count, interval, server=TCP_SERVER):
    """So many servers, ten in a service."""
    text = []
    for first in range(0, count, SERVERS_OF_SERVICE):
        service = first // SERVERS_OF_SERVICE
        text.append(f"virtual_server 10.128.{service // 256}.{service % 256} 80 {{\n"
                    f"    delay_loop {interval}\n    lvs_sched rr\n    lvs_method NAT\n"
                    "    protocol TCP\n")
        text += [server.format(address=server_address(number), port=server_port(number))
                 for number in range(first, min(count, first + SERVERS_OF_SERVICE))]
        text.append("}\n")
    return "".join(text)


class KeepalivedChecker(Keepalived):
    """keepalived's checker process, which believes that there is IPVS."""

    preload = None  # fake_ipvs.c as a library
    down = "Removing service"

    def arguments(self):
        return [*super().arguments(), "-C"]

    def start(self):
        at = time.time()
        self.process = Process(self.host, self.kind, self.arguments(), {"LD_PRELOAD": self.preload})
        self.wait_started()
        return at

    def wait_started(self):
        self.process.wait_for(r"Startup complete", START_LIMIT_S)


class HoldfastChecker(Holdfast):
    """Ours."""

    down = " DOWN: "


KINDS = {"holdfast": HoldfastChecker, "keepalived": KeepalivedChecker}


class Servers:
    """All servers, in one process (servers.c)."""

    def __init__(self, host, interval):
        with host.entered():
            self._process = subprocess.Popen(
                [BUILD / "tests/bench/servers", str(interval * 1000), *map(str, PORTS)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("reset")

    def ask(self, word):
        """Says a line; returns what is answered."""
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def stats(self):
        """What has come since the last reset."""
        return json.loads(self.ask("stats"))

    def close(self):
        """Ends them."""
        self._process.stdin.close()
        self._process.wait()


class Scene:
    """A director, and the network of its servers.

    interval -- of the TCP_CHECKs, in seconds; None: the servers are another's
    """

    def __init__(self, net, interval=None):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, "192.0.2.1/24"))
        self.host = net.host("servers", eth1=(lan, "192.0.2.2/24"))
        self.director.ip(f"route add {SERVER_NET} via 192.0.2.2")
        self.host.ip(f"route add local {SERVER_NET} dev lo")
        for host in (lan, self.director, self.host):
            other = 1 << (os.cpu_count() - 1)
            subprocess.run(["ip", "netns", "exec", host.full_name, "sh", "-c",
                            f"for queue in {QUEUES}; do echo {other:x} >$queue; done"], check=True)
        self.servers = Servers(self.host, interval) if interval else None

    def start(self, kind, text):
        """Starts a daemon, on the first processor."""
        daemon = KINDS[kind](self.director, text)
        daemon.start()
        for task in tasks(daemon):
            os.sched_setaffinity(task, {0})
        return daemon


def processes(daemon):
    """The pids of a daemon and its children."""
    own = daemon.process.pid
    children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return [own, *map(int, children)]


def tasks(daemon):
    """Their threads."""
    return [int(task.name) for pid in processes(daemon)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


def cpu_s(daemon):
    """CPU seconds that a daemon has used."""
    return sum(int(pathlib.Path(f"/proc/{task}/schedstat").read_text().split()[0])
               for task in tasks(daemon)) / 1e9


def memory_kb(daemon):
    """Proportional set size of a daemon."""
    return sum(int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(
        f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1]) for pid in processes(daemon))


def measure_empty(kind):
    """Memory of a daemon with a single server, in kB."""
    with Topology() as net:
        scene = Scene(net, 1)
        daemon = scene.start(kind, configuration(1, 1))
        wait_until(lambda: scene.servers.stats()["connections"] >= 2, START_LIMIT_S, "two checks")
        scene.servers.close()
        return memory_kb(daemon)


def detect(scene, daemon, count):
    """Seconds from the death of a tenth of the servers until the last is known to be down."""
    dead = count // DEAD_SHARE
    since = float(scene.servers.ask("close"))

    def known():
        lines = [line.at for line in list(daemon.process.log) if line.at >= since
                 and daemon.down in line.text]
        return lines if len(lines) >= dead else None
    return wait_until(known, DETECT_LIMIT_S, f"{dead} servers are down")[dead - 1] - since


def measure_tcp(kind, count, interval, seconds, empty_kb):
    """The figures of one daemon with so many servers."""
    with Topology() as net:
        scene = Scene(net, interval)
        daemon = scene.start(kind, configuration(count, interval))
        wait_until(lambda: scene.servers.stats()["connections"] >= count, START_LIMIT_S,
                   "all were checked")
        time.sleep(2 * interval + 1)
        scene.servers.ask("reset")
        used, at = cpu_s(daemon), time.monotonic()
        time.sleep(max(seconds, 3 * interval))
        stats = scene.servers.stats()
        used, at = cpu_s(daemon) - used, time.monotonic() - at
        figures = {
            "checks a second": stats["connections"] / at,
            "CPU for 1,000 checks, ms": 1e6 * used / max(1, stats["connections"]),
            "interval is off by, median, ms": stats["p50_us"] / 1000,
            "interval is off by, p99, ms": stats["p99_us"] / 1000,
            "memory for a server, bytes": 1024 * (memory_kb(daemon) - empty_kb) / count,
            "a tenth is dead: all known after, s": detect(scene, daemon, count),
        }
        if kind == "holdfast":
            lag = daemon.status()["loop"]["lag"]
            print(f"  (loop of holdfastd: {lag['count']} timers, worst {lag['max_us'] / 1000:.2f} ms late)")
        scene.servers.close()
    return figures


def family_cpu_s(process):
    """CPU seconds of a server and its children."""
    pids = [process.pid, *map(int, pathlib.Path(
        f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())]
    return sum(int(path.read_text().split()[0]) for pid in pids
               for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def measure_kind(kind, server_class, server_text, count, seconds):
    """The figures of one daemon with so many checks a second of one server."""
    with Topology() as net:
        scene = Scene(net)
        server = server_class(scene.host)
        daemon = scene.start(kind, configuration(count, 1, server_text))
        before = server.served()
        wait_until(lambda: server.served() - before >= 2 * count, START_LIMIT_S, "all were checked")
        ours, theirs = cpu_s(daemon), family_cpu_s(server.process)
        served, at = server.served(), time.monotonic()
        time.sleep(seconds)
        served, at = server.served() - served, time.monotonic() - at
        figures = {"checks a second": served / at,
                   "CPU for 1,000 checks, ms": 1e6 * (cpu_s(daemon) - ours) / served,
                   f"CPU of {server.name} for them, ms":
                       1e6 * (family_cpu_s(server.process) - theirs) / served}
        if kind == "holdfast":
            status = daemon.status()
            down = sum(1 for service in status["services"] for each in service["servers"]
                       if each["state"] != "up")
            print(f"  (holdfastd: {down} of {count} servers are down; loop's worst lag "
                  f"{status['loop']['lag']['max_us'] / 1000:.2f} ms)")
    return figures


def late_counts(daemon):
    """How many timers of VRRP there were so far, by the bound of their lateness in us."""
    lag = daemon.status()["loop"]["vrrp_lag"]
    return {bucket["up_to_us"] or math.inf: bucket["count"] for bucket in lag["buckets"]}


def quantile_us(counts, share):
    """The bound that a share of all does not exceed."""
    seen, total = 0, sum(counts.values())
    for bound in sorted(counts):
        seen += counts[bound]
        if seen >= share * total:
            return bound
    return 0


def measure_beside_vrrp(count, interval, seconds):
    """How late the adverts of a master are that makes so many SSL_GETs as well."""
    with Topology() as net:
        scene = Scene(net)
        server = WebServer(scene.host)
        text = configuration(count, interval, HTTP_SERVER.format(kind="SSL_GET", port=443))
        daemon = scene.start("holdfast", VRRP_BESIDE + (text if count else ""))
        wait_until(lambda: server.served() >= 2 * count, START_LIMIT_S, "all were checked")
        before, served, used, at = late_counts(daemon), server.served(), cpu_s(daemon), time.monotonic()
        time.sleep(seconds)
        late = {bound: number - before.get(bound, 0)
                for bound, number in late_counts(daemon).items()}
        passed = time.monotonic() - at
        print(f"  {f'{count} SSL_GETs every {interval} s' if count else 'no checks':30}"
              f"{(server.served() - served) / passed:10.0f} a second"
              f"{100 * (cpu_s(daemon) - used) / passed:8.0f} % of a processor;"
              f" {sum(late.values())} timers of VRRP late by at most {quantile_us(late, 0.5)} us (half),"
              f" {quantile_us(late, 0.99)} us (99 %), {quantile_us(late, 1)} us (all)", flush=True)


def print_figures(title, ours, theirs):
    """One table."""
    print(f"\n{title:48}{'holdfast':>12}{'keepalived':>12}{'ratio':>9}")
    for name, value in ours.items():
        other = theirs.get(name)
        ratio = f"{other / value:9.2f}" if value and other is not None else "        -"
        print(f"  {name:46}{value:12.2f}"
              + (f"{other:12.2f}" if other is not None else f"{'-':>12}") + ratio, flush=True)


@contextlib.contextmanager
def preloaded():
    """Makes the library for keepalived."""
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as directory:
        library = pathlib.Path(directory) / "fake_ipvs.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, HERE / "fake_ipvs.c", "-ldl"],
                       check=True)
        KeepalivedChecker.preload = str(library)
        yield


def main():
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description="Health checks beside keepalived.")
    parser.add_argument("--case", action="append", metavar="SERVERS:SECONDS",
                        help="servers and their interval; default: "
                        + " ".join(f"{count}:{interval}" for count, interval in CASES))
    parser.add_argument("--seconds", type=float, default=10, help="of measuring, at least")
    parser.add_argument("--only", choices=("tcp", "vrrp", *KIND_CASES), action="append",
                        help="a part; may be given several times; default: all")
    options = parser.parse_args()
    parts = options.only or ("tcp", "vrrp", *KIND_CASES)
    cases = [tuple(map(int, case.split(":"))) for case in options.case or ()] or CASES
    with preloaded():
        if "tcp" in parts:
            empty = {kind: measure_empty(kind) for kind in KINDS}
            for count, interval in cases:
                figures = {kind: measure_tcp(kind, count, interval, options.seconds, empty[kind])
                           for kind in KINDS}
                print_figures(f"{count} TCP_CHECKs, every {interval} s", figures["holdfast"],
                              figures["keepalived"])
        for count, interval in BESIDE_CASES if "vrrp" in parts else ():
            measure_beside_vrrp(count, interval, options.seconds)
        for part in parts:
            for title, server, text, count, kinds in KIND_CASES.get(part, ()):
                figures = {kind: measure_kind(kind, server, text, count, options.seconds)
                           for kind in kinds}
                print_figures(f"{count} {title} a second", figures["holdfast"],
                              figures.get("keepalived", {}))


if __name__ == "__main__":
    main()
