#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench config`: what reading a large configuration takes, with keepalived beside us.

Both daemons test (-t) the same files in turns, so that what else the machine does meets both alike:
many virtual servers, many VRRP instances, one virtual server with very many real servers. Memory
per real server is what a configuration takes more than one of the same kind with a single server,
so the programs themselves do not count. Then two configurations that differ in one real server of a
hundred are compared, at three sizes: the time for each real server tells whether that is linear.
"""

import argparse
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.daemons import BUILD
from lib.topology import Topology

DAEMONS = {"holdfast": [BUILD / "holdfastd", "-t", "-f"],
           "keepalived": ["/usr/sbin/keepalived", "-t", "-f"]}
INTERFACES = 4  # VRRP has 255 virtual routers for each


def dotted(number):
    """An IPv4 address in 10.0.0.0/8 by its number."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def virtual_servers(services, servers, changed=0):
    """Virtual servers, each with so many real servers of its own; 7 lines for a real server.

    With `changed`, each real server whose number it divides has another weight.
    """
    for service in range(services):
        yield (f"virtual_server {dotted((128 << 16) + service)} 80 {{\n    delay_loop 6\n"
               "    lb_algo wrr\n    lb_kind DR\n    protocol TCP\n")
        for server in range(service * servers, (service + 1) * servers):
            weight = 2 if changed and server % changed == 0 else 1
            yield (f"    real_server {dotted(server + 1)} 80 {{\n        weight {weight}\n"
                   "        TCP_CHECK {\n            connect_port 80\n"
                   "            connect_timeout 3\n        }\n    }\n")
        yield "}\n"


def instances(count):
    """VRRP instances over the interfaces."""
    for number in range(count):
        interface, router = number % INTERFACES, number // INTERFACES + 1
        yield (f"vrrp_instance VI_{number} {{\n    state BACKUP\n    interface eth{interface}\n"
               f"    virtual_router_id {router}\n    priority 100\n    advert_int 1\n"
               f"    virtual_ipaddress {{\n        172.16.{interface}.{router}/16\n    }}\n}}\n")


@dataclasses.dataclass(frozen=True)
class Case:
    """A large configuration, and the smallest of its kind."""

    name: str
    title: str
    unit: str  # what there are many of
    count: int
    large: typing.Callable
    small: typing.Callable


CASES = [
    Case("services", "5,000 virtual servers with 10 real servers each", "real server", 50000,
         lambda: virtual_servers(5000, 10), lambda: virtual_servers(1, 1)),
    Case("instances", "1,000 vrrp_instances", "instance", 1000,
         lambda: instances(1000), lambda: instances(1)),
    Case("one-service", "one virtual server with 40,000 real servers", "real server", 40000,
         lambda: virtual_servers(1, 40000), lambda: virtual_servers(1, 1)),
]


class Bench:
    """A host with interfaces, where the daemons are measured."""

    def __init__(self, net, limit_s):
        lan = net.switch("lan")
        self._host = net.host("director", **{f"eth{number}": (lan, f"172.16.{number}.254/16")
                                             for number in range(INTERFACES)})
        self._limit_s = limit_s

    def write(self, name, text):
        """Writes a configuration; returns its path."""
        path = self._host.directory / name
        with open(path, "w", encoding="ascii") as file:
            file.writelines(text)
        return path

    def measure(self, *command):
        """Runs a program; returns what it took, and what it said."""
        with self._host.entered():
            done = subprocess.run(
                [BUILD / "tests/bench/measure", str(self._limit_s), *command], check=True,
                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return json.loads(done.stdout), done.stderr

    def run(self, *command):
        """Runs a program to its end; returns its output."""
        return self._host.run(*command)

    def test(self, kind, path):
        """Has a daemon test a configuration, which it must accept unless the time is up."""
        took, said = self.measure(*DAEMONS[kind], path)
        if took["in_time"] and took["status"] != 0:
            raise SystemExit(f"{kind} refuses {path.name}, status {took['status']}:\n{said}")
        return took

    def reads_to_the_end(self, kind, path):
        """Whether a daemon notices what is wrong in the last line; None: the time was up first."""
        took, _ = self.measure(*DAEMONS[kind], path)
        return took["status"] != 0 if took["in_time"] else None


def prove_reading(bench, case):
    """A daemon that did not read it all would be fast: each must find a mistake at the end."""
    path = bench.write(f"{case.name}-wrong.conf", [*case.large(), "no_such_keyword\n"])
    for kind in DAEMONS:
        if bench.reads_to_the_end(kind, path) is False:
            raise SystemExit(f"{kind} does not notice the mistake in the last line of {path.name}")
    path.unlink()


def summary(rounds, small, units, lines):
    """The figures of one daemon; None where it did not end in time."""
    if not all(took["in_time"] for took in rounds):
        return None
    wall, cpu, peak = (statistics.median(took[figure] for took in rounds)
                       for figure in ("wall_s", "cpu_s", "peak_bytes"))
    least = statistics.median(took["peak_bytes"] for took in small)
    return {"wall_s": wall, "cpu_s": cpu, "peak_bytes": peak, "lines_per_s": lines / wall,
            "bytes_each": (peak - least) / (units - 1)}


def measure_case(bench, case, rounds):
    """Measures both daemons with one case; a daemon that was late once is not asked again."""
    large = bench.write(f"{case.name}.conf", case.large())
    small = bench.write(f"{case.name}-small.conf", case.small())
    with open(large, "rb") as file:
        lines = sum(1 for _ in file)
    prove_reading(bench, case)
    took = {kind: {"large": [], "small": []} for kind in DAEMONS}
    for _ in range(rounds):
        for kind, sizes in took.items():
            if all(each["in_time"] for each in sizes["large"]):
                sizes["large"].append(bench.test(kind, large))
                sizes["small"].append(bench.test(kind, small))
    figures = {kind: summary(sizes["large"], sizes["small"], case.count, lines)
               for kind, sizes in took.items()}
    return {"title": case.title, "unit": case.unit, "lines": lines,
            "bytes": large.stat().st_size, **figures}


DIFF_SERVICES = [1250, 2500, 5000]
DIFF_SERVERS = 10  # each
DIFF_CHANGED = 100  # one real server of so many


def measure_diff(bench, services, rounds):
    """Measures the comparison of two configurations, loading apart."""
    before = bench.write("before.conf", virtual_servers(services, DIFF_SERVERS))
    after = bench.write("after.conf", virtual_servers(services, DIFF_SERVERS, DIFF_CHANGED))
    servers = services * DIFF_SERVERS
    took = [json.loads(bench.run(BUILD / "tests/bench/config_diff", before, after))
            for _ in range(rounds)]
    if any(each["objects"] != servers // DIFF_CHANGED for each in took):
        raise SystemExit(f"config_diff does not find the {servers // DIFF_CHANGED} real servers "
                         f"that are changed, but {took[0]['objects']}")
    seconds = statistics.median(each["diff_s"] for each in took)
    return {"servers": servers, "changed": servers // DIFF_CHANGED, "diff_s": seconds,
            "diff_s_each": seconds / servers}


def show_diff(results):
    """Prints the comparisons as a table."""
    print("\na comparison of two configurations, one real server of a hundred changed")
    print(" " * 24 + "".join(f"{title:>12}" for title in ("changed", "ms", "ns each")))
    for result in results:
        print(f"  {result['servers']:>9,} real servers{result['changed']:12,}"
              f"{result['diff_s'] * 1e3:12.1f}{result['diff_s_each'] * 1e9:12.0f}")


COLUMNS = [  # figure, title, its unit, digits behind the point
    ("wall_s", "wall ms", 1e-3, 1), ("cpu_s", "CPU ms", 1e-3, 1),
    ("peak_bytes", "peak MiB", 1 << 20, 1), ("bytes_each", "bytes each", 1, 0),
    ("lines_per_s", "lines/s", 1, 0)]


def show(result, limit_s):
    """Prints a case as a table, with the ratio of each figure."""
    print(f"\n{result['title']}: {result['lines']:,} lines, {result['bytes'] / 1e6:.1f} MB "
          f"(each: for each {result['unit']})")
    print(" " * 24 + "".join(f"{title:>12}" for _, title, _, _ in COLUMNS))
    for kind in DAEMONS:
        cells = (f"   more than {limit_s} s" if result[kind] is None else
                 "".join(f"{result[kind][figure] / unit:12,.{digits}f}"
                         for figure, _, unit, digits in COLUMNS))
        print(f"  {kind:22}{cells}")
    if all(result[kind] for kind in DAEMONS):
        print(f"  {'keepalived / holdfast':22}" + "".join(
            f"{result['keepalived'][figure] / result['holdfast'][figure]:12.2f}"
            for figure, _, _, _ in COLUMNS))


def main():
    """Measures each case, and prints it as soon as it is measured."""
    parser = argparse.ArgumentParser(
        prog="bench config", description="What reading a large configuration takes.")
    parser.add_argument("--rounds", type=int, default=7, help="of each daemon (default: 7)")
    parser.add_argument("--limit", type=int, default=60, metavar="S",
                        help="seconds for one reading (default: 60)")
    names = [case.name for case in CASES] + ["diff"]
    parser.add_argument("--case", choices=names, action="append",
                        help="only this one; may be given several times")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.rounds < 1 or options.limit < 1:
        parser.error("--rounds and --limit are at least 1")
    chosen = options.case or names
    results = {}
    with Topology() as net:
        bench = Bench(net, options.limit)
        for case in (case for case in CASES if case.name in chosen):
            results[case.name] = measure_case(bench, case, options.rounds)
            if not options.json:
                show(results[case.name], options.limit)
                sys.stdout.flush()
        if "diff" in chosen:
            results["diff"] = [measure_diff(bench, services, options.rounds)
                               for services in DIFF_SERVICES]
            if not options.json:
                show_diff(results["diff"])
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
