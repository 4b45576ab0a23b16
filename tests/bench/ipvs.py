#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench ipvs`: the IPVS table beside keepalived and `ipvsadm -R`, in the same boot, in turns.

It runs in the lab, where a program takes 15 times as long as elsewhere unless this kernel has IPVS:
the ratios count. Servers have no checks, so that the table alone is measured. Its parts (`--only`):

start    1,000 services with 10 servers each, and one service with 10,000: from the start of the program
         until the kernel has all, asked by a socket option every few milliseconds; and the system
         calls until then, counted by perf in a run of their own.
reload   in both shapes: a reload of what is there already, whose writes to the kernel are counted by the
         daemon and off an nlmon device; one with another weight, until the kernel has it; what reading
         the whole table and planning take; memory for each server.
growth   how long the start takes with up to 40,000 servers.
counted  the start once more, in a boot whose clock counts instructions (HOLDFAST_LAB_CLOCK): neither what
         else the machine does nor QEMU's own translation of code that runs once is a part of it.
fullnat  requests and bytes through a director in FULLNAT, beside NAT (ipvs_forward.py), in the same boot as
         `counted`.

At the end each of the bounds is said with whether it is met.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.daemons import BUILD
from lib.netlink import NetlinkMonitor
from lib.topology import Topology
from lib.waiting import wait_until

import ipvs_forward
from ipvs_table import KernelTable

POLL_S = 0.005  # and at least
POLL_SHARE = 0.02  # of what has passed: who fills the table shares a lock with who asks
LIMIT_S = 240
PATIENCE_S = 10  # with half as many servers: what took longer is left out
QUIET_S = 0.2
QUIET_LIMIT_S = 5
SETTLE_S = 12
LATE_S = 5
KINDS = ("holdfast", "keepalived", "ipvsadm -R")
PARTS = ("start", "reload", "growth", "counted", "fullnat")
BOOTS = (({}, PARTS[:3]), ({"HOLDFAST_LAB_CLOCK": "instructions"}, PARTS[3:]))
INSIDE = "HOLDFAST_BENCH_INSIDE"  # in the environment: this is the lab
LAB = pathlib.Path(__file__).resolve().parents[1] / "lab/lab"
LAB_LIMIT_S = 1800
TRACING = pathlib.Path("/sys/kernel/tracing")


class Shape:
    """A table: so many services with so many servers each; every server has an address of its own."""

    def __init__(self, services, servers):
        self.count, self.each = services, servers
        self.services = [(f"10.200.{number >> 8}.{number & 255}", 80) for number in range(services)]

    def __str__(self):
        return (f"{self.count:,} services x {self.each:,}" if self.count > 1
                else f"one service x {self.each:,}")

    @property
    def total(self):
        """All servers."""
        return self.count * self.each

    def server(self, service, number):
        """A server's address."""
        index = service * self.each + number + 1
        return f"10.{index >> 16}.{index >> 8 & 255}.{index & 255}"

    @property
    def last(self):
        """The server that comes last, whose weight is changed."""
        return self.server(self.count - 1, self.each - 1), 80

    def configuration(self, weight=10):
        """The daemons' configuration; the last server has another weight, maybe."""
        text = []
        for number, (address, port) in enumerate(self.services):
            text.append(f"virtual_server {address} {port} {{\n    lb_algo wlc\n    lb_kind DR\n"
                        "    protocol TCP\n")
            text += (f"    real_server {self.server(number, server)} 80 {{\n"
                     f"        weight {10 if self.server(number, server) != self.last[0] else weight}"
                     "\n    }\n" for server in range(self.each))
            text.append("}\n")
        return "".join(text)

    def rules(self):
        """The same for `ipvsadm -R`, in the order in which `ipvsadm -S` has it."""
        text = []
        for number, (address, port) in enumerate(self.services):
            text.append(f"-A -t {address}:{port} -s wlc\n")
            text += (f"-a -t {address}:{port} -r {self.server(number, server)}:80 -g -w 10\n"
                     for server in range(self.each))
        return "".join(text)

    def is_complete(self, table):
        """Whether the kernel has all. The last one is asked first: all fill it in that order."""
        return (table.services() == self.count and table.servers(self.services[-1]) == self.each
                and all(table.servers(service) == self.each for service in self.services))


def family(pid):
    """A process and all that descend from it."""
    pids = [pid]
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            children = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii")
            for child in children.split():
                pids += family(int(child))
    return pids


def processor_ticks():
    """(busy, all) of the machine."""
    words = [int(word) for word in pathlib.Path("/proc/stat").read_text("ascii").split()[1:9]]
    return sum(words) - words[3] - words[4], sum(words)


def wait_quiet():
    """What the run before left to do (the kernel takes its table apart) is not this one's."""
    deadline = time.monotonic() + QUIET_LIMIT_S
    while time.monotonic() < deadline:
        before = processor_ticks()
        time.sleep(QUIET_S)
        busy, ticks = (after - old for after, old in zip(processor_ticks(), before))
        if busy <= 0.1 * ticks:
            return


class Contender:
    """One of those who fill a table, on a host of its own: what an earlier one left in the kernel (it
    keeps removed servers for two minutes, and looks through them at each new one) is not there."""

    def __init__(self, net, kind, shape):
        self.kind, self.shape = kind, shape
        self.host = net.host(kind.split()[0])
        self.table = KernelTable(self.host)
        self.file = self.host.directory / "table.conf"
        self.log = self.host.directory / "log"
        self.process = None
        self.file.write_text(shape.rules() if kind == "ipvsadm -R" else shape.configuration(),
                             encoding="ascii")

    def command(self):
        """The command line: in the foreground, without VRRP, with the log that it has by itself."""
        directory = self.host.directory
        return [str(word) for word in {
            "holdfast": [BUILD / "holdfastd", "-n", "-l", "-f", self.file, "--runtime-dir",
                         directory / "run", "--socket", directory / "socket",
                         "-p", directory / "pid"],
            "keepalived": ["/usr/sbin/keepalived", "-n", "-l", "-C", "-f", self.file,
                           "-p", directory / "pid", "-c", directory / "checkers.pid"],
            "ipvsadm -R": ["/sbin/ipvsadm", "-R"],
        }[self.kind]]

    def start(self, prefix=()):
        """Starts it; returns how long the table took to be complete, s."""
        wait_quiet()
        with open(self.file, "rb") as rules, open(self.log, "wb") as log, self.host.entered():
            start = time.monotonic()
            self.process = subprocess.Popen(
                [*prefix, *self.command()], stdout=log, stderr=log, start_new_session=True,
                stdin=rules if self.kind == "ipvsadm -R" else subprocess.DEVNULL)
        while True:
            at = time.monotonic()
            if self.shape.is_complete(self.table):
                return at - start
            if at > start + LIMIT_S or self.process.poll() not in (None, 0):
                raise SystemExit(f"{self.kind}: {self.shape}: the table is not complete:\n"
                                 + "\n".join(self.said()[-20:]))
            time.sleep(max(POLL_S, POLL_SHARE * (at - start)))

    def said(self):
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def pids(self):
        """Its processes."""
        pids = []
        for pid in family(self.process.pid):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if os.path.basename(os.readlink(f"/proc/{pid}/exe")) != "perf":
                    pids.append(pid)
        return pids

    def settled_memory(self):
        """The same, when what a reload took for a moment has been given back."""
        end, least = time.monotonic() + SETTLE_S, self.memory()
        while time.monotonic() < end:
            time.sleep(0.5)
            least = min(least, self.memory())
        return least

    def memory(self):
        """What its processes take, bytes; what they share counts once."""
        total = 0
        for pid in self.pids():
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            total += 1024 * int(re.search(r"^Pss: +(\d+)", rollup, re.MULTILINE).group(1))
        return total

    def reload(self, weight):
        """Has it read a configuration again, in which the last server has this weight; s until the
        kernel has it."""
        self.file.write_text(self.shape.configuration(weight), encoding="ascii")
        start = time.monotonic()
        os.kill(self.process.pid, signal.SIGHUP)
        wait_until(lambda: self.weight() == weight, LIMIT_S, f"{self.kind}: the weight is there")
        return time.monotonic() - start

    def weight(self):
        """The last server's. The kernel puts a new one before the others; else all are asked for."""
        service, count = self.shape.services[-1], self.shape.each
        weights = self.table.weights(service, min(4, count))
        if self.shape.last not in weights:
            weights = self.table.weights(service, count)
        return weights[self.shape.last]

    def close(self):
        """Ends it at once; the table goes with its host."""
        if self.process and self.process.poll() is None:
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self.table.close()


@contextlib.contextmanager
def contender(kind, shape):
    """One of them, on a host that is gone afterwards."""
    with Topology() as net:
        one = Contender(net, kind, shape)
        try:
            yield one
        finally:
            one.close()


class Summary:
    """Figures and bounds of a run."""

    def __init__(self):
        self.bounds = []
        self.figures = {}

    def row(self, title, figures, unit, digits=1):
        """Prints a figure of each contender, and how many times ours the others' are."""
        self.figures[title] = figures
        ours = figures["holdfast"]
        cells = "".join(f"{figures[kind]:14,.{digits}f}" if kind in figures else f"{'-':>14}"
                        for kind in KINDS)
        ratios = "".join(f"{figures[kind] / ours:9.2f}" if kind in figures and ours else f"{'-':>9}"
                         for kind in KINDS[1:])
        print(f"  {title + ', ' + unit:54}{cells}{ratios}", flush=True)

    def bound(self, text, value, is_met):
        """One of the bounds, and what was measured."""
        self.bounds.append((text, value, is_met))

    def print(self):
        """Prints the bounds."""
        print("\nbounds")
        for text, value, is_met in self.bounds:
            print(f"  {'met    ' if is_met else 'NOT MET'}  {text}: {value}")


def heading(title):
    """The line above a table."""
    print(f"\n{title:56}" + "".join(f"{kind:>14}" for kind in KINDS)
          + "".join(f"{'/ ' + kind.split()[0][:7]:>9}" for kind in KINDS[1:]), flush=True)


def count_calls(kind, shape):
    """The system calls of all its threads and processes until the table is complete."""
    with contender(kind, shape) as one:
        report = one.host.directory / "perf"
        one.start(["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-o", str(report)])
        one.close()
        line = [line for line in report.read_text("ascii").splitlines() if "raw_syscalls" in line]
    return int(line[0].split(",")[0])


def kernels_part(shape, rounds):
    """What the kernel itself takes for such a table, ms: nobody can be faster."""
    took = []
    for _ in range(rounds):
        with contender("holdfast", shape) as one:
            wait_quiet()
            said = one.host.run(BUILD / "tests/bench/ipvs_plan", one.file, "fill")
            took.append(1000 * json.loads(said)["apply_s"])
    return statistics.median(took)


def starts(shape, rounds):
    """How long each takes from the start to a complete table, ms, in turn."""
    took = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, each in took.items():
            with contender(kind, shape) as one:
                each.append(1000 * one.start())
    return took


def measure_start(summary, shape, rounds, clock=""):
    """From the start to a complete table."""
    title = f"{shape}{clock}"
    heading(f"start: {title}, to a complete table")
    took = starts(shape, rounds)
    medians = {kind: statistics.median(each) for kind, each in took.items()}
    summary.row("time, median", medians, "ms")
    summary.row("time, best", {kind: min(each) for kind, each in took.items()}, "ms")
    part = kernels_part(shape, rounds)
    summary.row("the kernel's own part of it, median", dict.fromkeys(KINDS, part), "ms")
    summary.row("the same with one server alone, median",
                {kind: statistics.median(each) for kind, each in starts(Shape(1, 1), rounds).items()}, "ms")
    calls = {kind: count_calls(kind, shape) for kind in KINDS}
    summary.row("system calls", calls, "number", 0)
    ours, theirs, tool = (medians[kind] for kind in KINDS)
    summary.bound(f"{title}: at least 5 times faster than keepalived",
                  f"{theirs / ours:.1f} times; beside the kernel's part "
                  f"{(theirs - part) / max(ours - part, 1):.1f} times; "
                  f"a program that took no time at all: {theirs / part:.1f} times", theirs >= 5 * ours)
    summary.bound(f"{title}: faster than ipvsadm -R", f"{tool / ours:.1f} times", tool > ours)
    summary.bound(f"{title}: fewer than a tenth of keepalived's system calls",
                  f"1/{calls['keepalived'] / calls['holdfast']:.0f}",
                  10 * calls["holdfast"] < calls["keepalived"])


def ask_writes(one):
    """How many messages that change something ours has sent, and how many operations were made."""
    with one.host.entered():
        done = subprocess.run([BUILD / "holdfastctl", "--socket", one.host.directory / "socket",
                               "--json", "status"], check=True, capture_output=True)
    ipvs = json.loads(done.stdout)["ipvs"]
    return ipvs["writes"], ipvs["operations"]


def ipvs_writes(monitor):
    """Those that a monitor has seen go to IPVS."""
    return [write for write in monitor.writes() if write.startswith("ipvs")]


def reload_unchanged(one):
    """Reads the same again: s until the daemon says that nothing is left to do, and the writes."""
    before, lines = ask_writes(one), len(one.said())
    with NetlinkMonitor(one.host) as monitor:
        start = time.monotonic()
        os.kill(one.process.pid, signal.SIGHUP)
        wait_until(lambda: any(re.search(r"IPVS: \d+ service", line)
                               for line in one.said()[lines:]), LIMIT_S, "the reload is through")
        took = time.monotonic() - start
        seen = ipvs_writes(monitor)
    writes, operations = (after - old for after, old in zip(ask_writes(one), before))
    return took, writes, operations, len(seen)


def reload_weight(one, weight):
    """Another weight: s until the kernel has it, and the writes off the wire."""
    with NetlinkMonitor(one.host) as monitor:
        took = one.reload(weight)
        with contextlib.suppress(AssertionError):  # the device may be later than the table
            wait_until(lambda: ipvs_writes(monitor), LATE_S, "a write is seen")
        seen = ipvs_writes(monitor)
    return took, len(seen)


def measure_plan(one):
    """Reading the table and planning, ours; and what `ipvsadm -Sn` takes to write it."""
    figures = json.loads(one.host.run(BUILD / "tests/bench/ipvs_plan", one.file))
    if figures["servers"] != one.shape.total:
        raise SystemExit(f"ipvs_plan sees {figures['servers']} servers")
    start = time.monotonic()
    one.host.run("/sbin/ipvsadm", "-Sn")
    return figures, time.monotonic() - start


def reload_keepalived(shape, rounds):
    """keepalived's part of measure_reload()."""
    with contender("keepalived", shape) as one:
        one.start()
        took = [reload_weight(one, 20 + number) for number in range(rounds)]
        memory = one.settled_memory()
    with contender("keepalived", Shape(1, 1)) as small:
        small.start()
        return took, (memory - small.memory()) / shape.total


def reload_holdfast(shape, rounds):
    """Ours."""
    with contender("holdfast", shape) as one:
        one.start()
        plan, listing = measure_plan(one)
        unchanged = [reload_unchanged(one) for _ in range(rounds)]
        before = ask_writes(one)
        changed = [reload_weight(one, 20 + number) for number in range(rounds)]
        writes = [after - old for after, old in zip(ask_writes(one), before)]
        memory = one.settled_memory()
    with contender("holdfast", Shape(1, 1)) as small:
        small.start()
        return plan, listing, unchanged, changed, writes, (memory - small.memory()) / shape.total


def measure_reload(summary, shape, rounds):
    """Reloads of a table that is there, reading it, and memory."""
    heading(f"{shape}: reloads")
    theirs, their_memory = reload_keepalived(shape, rounds)
    plan, listing, unchanged, changed, writes, memory = reload_holdfast(shape, rounds)
    summary.row("nothing changed, until all is compared",
                {"holdfast": 1000 * statistics.median(each[0] for each in unchanged)}, "ms")
    summary.row("nothing changed: writes, the most of all reloads",
                {"holdfast": max(max(each[1:]) for each in unchanged)}, "number", 0)
    summary.row("one weight changed, until the kernel has it",
                {"holdfast": 1000 * statistics.median(each[0] for each in changed),
                 "keepalived": 1000 * statistics.median(each[0] for each in theirs)}, "ms")
    summary.row("one weight changed: writes, the most of all reloads",
                {"holdfast": max(each[1] for each in changed),
                 "keepalived": max(each[1] for each in theirs)}, "number", 0)
    summary.row("the whole table is read (ipvsadm -Sn, to text)",
                {"holdfast": 1000 * plan["dump_s"], "ipvsadm -R": 1000 * listing}, "ms")
    summary.row("it is compared with what is wanted", {"holdfast": 1000 * plan["plan_s"]}, "ms")
    summary.row("memory for each server", {"holdfast": memory, "keepalived": their_memory},
                "bytes", 0)
    summary.bound(f"{shape}: a reload without a change writes nothing",
                  f"{max(max(each[1:]) for each in unchanged)} writes",
                  all(max(each[1:]) == 0 for each in unchanged))
    summary.bound(f"{shape}: a reload with another weight writes once",
                  f"{writes[0]} messages, {writes[1]} operations in {rounds} reloads; on the wire "
                  + ", ".join(str(each[1]) for each in changed),
                  writes == [rounds, rounds] and all(each[1] == 1 for each in changed))


def measure_growth(summary, sizes, rounds):
    """The start, ours, with ever more servers."""
    for title, shape_of in (("10 servers a service", lambda size: Shape(size // 10, 10)),
                            ("one service", lambda size: Shape(1, size))):
        print(f"\n{'growth, ' + title:40}{'holdfast ms':>14}{'us a server':>14}"
              f"{'ipvsadm -R ms':>16}{'us a server':>14}")
        costs = {}
        for size in sizes:
            for kind in ("holdfast", "ipvsadm -R"):
                if kind != "holdfast" and costs.get((kind, size // 2), 0) > PATIENCE_S:
                    continue  # its time grows with the square, past any limit
                best = []
                for _ in range(rounds):
                    with contender(kind, shape_of(size)) as one:
                        best.append(one.start())
                costs[kind, size] = min(best)
            print(f"{size:>26,} servers   "
                  + "".join(f"{1000 * costs[kind, size]:14.0f}{1e6 * costs[kind, size] / size:14.1f}"
                            if (kind, size) in costs else f"{'-':>14}{'-':>14}"
                            for kind in ("holdfast", "ipvsadm -R")), flush=True)
        # From the smallest on, so that the start of the program, which is the same for all, is no part.
        slopes = [(costs["holdfast", more] - costs["holdfast", less]) / (more - less)
                  for less, more in zip(sizes, sizes[1:])]
        summary.bound(f"growth, {title}: linear up to {sizes[-1]:,} servers",
                      "us for a further server: "
                      + ", ".join(f"{1e6 * slope:.0f}" for slope in slopes),
                      slopes[-1] <= 1.5 * max(slopes[0], 0))


def measure_fullnat(summary, rounds, seconds):
    """What FULLNAT loses against NAT."""
    rates = ipvs_forward.compare(rounds, seconds)
    ipvs_forward.show(rates)
    for what in rates:
        for way in ipvs_forward.WAYS[:2]:
            lost = ipvs_forward.loss(rates[what], way)
            summary.bound(f"FULLNAT loses under 10 % against {way}: {what}", f"{lost:.1f} %",
                          lost < 10)


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bench ipvs", description="The IPVS table beside keepalived and ipvsadm -R.")
    parser.add_argument("--only", choices=PARTS, action="append",
                        help="a part; may be given several times; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="of start (default: 5)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the servers, fewer rounds")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    return options


def prepare():
    """Loads what would be loaded by the first who needs it, and reads the programs once."""
    subprocess.run(["/sbin/modprobe", "-a", "ip_vs", "ip_vs_wlc", "nlmon"], check=False,
                   stderr=subprocess.DEVNULL)
    if not (TRACING / "events").exists():
        subprocess.run(["/bin/mount", "-t", "tracefs", "tracefs", TRACING], check=True)
    for kind in KINDS:
        count_calls(kind, Shape(2, 2))


def boot(options, environment, parts):
    """Measures some parts in a boot of the lab; returns the exit status."""
    words = [word for part in parts for word in ("--only", part)] + ["--rounds", str(options.rounds)]
    return subprocess.run(
        [LAB, sys.executable, __file__, *words, *(["--quick"] if options.quick else [])], check=False,
        env={"HOLDFAST_LAB_LIMIT": str(LAB_LIMIT_S), INSIDE: "1"} | os.environ | environment).returncode


def measure(options, parts):
    """Measures some parts here."""
    scale = 10 if options.quick else 1
    rounds = min(options.rounds, 2) if options.quick else options.rounds
    shapes = (Shape(1000 // scale, 10), Shape(1, 10000 // scale))
    sizes = [size // scale for size in (5000, 10000, 20000, 40000)]
    summary = Summary()
    if any(part != "fullnat" for part in parts):
        prepare()
    for shape in shapes:
        if "start" in parts:
            measure_start(summary, shape, rounds)
        if "reload" in parts:
            measure_reload(summary, shape, min(rounds, 3))
        if "counted" in parts:
            measure_start(summary, shape, min(rounds, 2), " (by instructions)")
    if "growth" in parts:
        measure_growth(summary, sizes, 1 if options.quick else 2)
    if "fullnat" in parts:
        measure_fullnat(summary, 3, 0.25 if options.quick else 0.5)
    summary.print()


def main():
    """Measures what is asked for, in as many boots as it takes."""
    options = parse_options()
    parts = tuple(part for part in PARTS if part in (options.only or PARTS))
    if INSIDE in os.environ:
        measure(options, parts)
        return
    for environment, those in BOOTS:
        chosen = [part for part in parts if part in those]
        status = boot(options, environment, chosen) if chosen else 0
        if status:
            raise SystemExit(status)


if __name__ == "__main__":
    main()
