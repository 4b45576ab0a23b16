#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench check`: health checks beside keepalived, in the same run, in turns.

tcp  so many servers, each with a TCP_CHECK, at an interval: CPU for 1,000 checks, memory for each
     server, how far the intervals between a server's checks are from what is configured, and how long
     it takes until the last of a tenth of the servers, all dead at once, is known to be down.

The servers are one process in a namespace of its own that has all their addresses. The director and
what its packets cost behind the cable have a processor each. Neither daemon has an IPVS table here, so
that checks alone are measured; keepalived, which does nothing without IPVS, is made to believe in one
(fake_ipvs.c). At the end there is a table of all figures with their ratios.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.crowd import QUEUES
from lib.daemons import BUILD, Holdfast, Keepalived
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
SERVER_NET = "10.64.0.0/10"
TCP_SERVER = """    real_server {address} {port} {{
        TCP_CHECK {{
            connect_timeout 1
            retry 1
            delay_before_retry 0.5
        }}
    }}
"""


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
    """A director, and the network of its servers."""

    def __init__(self, net, interval):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, "192.0.2.1/24"))
        self.host = net.host("servers", eth1=(lan, "192.0.2.2/24"))
        self.director.ip(f"route add {SERVER_NET} via 192.0.2.2")
        self.host.ip(f"route add local {SERVER_NET} dev lo")
        for host in (lan, self.director, self.host):
            other = 1 << (os.cpu_count() - 1)
            subprocess.run(["ip", "netns", "exec", host.full_name, "sh", "-c",
                            f"for queue in {QUEUES}; do echo {other:x} >$queue; done"], check=True)
        self.servers = Servers(self.host, interval)

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
    options = parser.parse_args()
    cases = [tuple(map(int, case.split(":"))) for case in options.case or ()] or CASES
    with preloaded():
        empty = {kind: measure_empty(kind) for kind in KINDS}
        for count, interval in cases:
            figures = {kind: measure_tcp(kind, count, interval, options.seconds, empty[kind])
                       for kind in KINDS}
            print_figures(f"{count} TCP_CHECKs, every {interval} s", figures["holdfast"],
                          figures["keepalived"])


if __name__ == "__main__":
    main()
