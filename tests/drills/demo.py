#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev demo`: a director pair loses its master under load, told in milliseconds.

Two directors, two nginx, two MariaDB and a client, each in a network namespace of its own; two
virtual addresses that move together. Nothing of it is simulated: the packets, the servers and the
kernel's load balancer are real.
"""

import argparse
import pathlib
import sys
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lib import lab
from lib.capture import Capture
from lib.clients import REQUEST_ERRORS, SteadyLoad
from lib.daemons import advert_limit_s
from lib.pairs import (BACKUP_PRIORITY, CHECKS_LIMIT_S, MASTER_PRIORITY, WEB_CONFIGURATION,
                       Director, MySqlLayout, WebLayout, backup_of, suppress_arp)
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

WIDTH = 92
INTERVAL_S = 0.1
TIMEOUT_S = 1.0 + SLACK_S
BEFORE_S, AFTER_S = 1, 5  # what the drawing shows around the loss
LAYOUTS = {"web": WebLayout, "sql": MySqlLayout}

# The web pair and the seed's file in one, each on its own LAN; they fail over together.
CONFIGURATION = """
vrrp_sync_group SITE {
    group { VI_1 VI_2 }
}
""" + WEB_CONFIGURATION.replace("interface eth1", "interface eth0").replace(
    "dev eth1 label eth1:17", "dev eth0 label eth0:17") + MySqlLayout.configuration.partition(
        "}\n")[2]


def say(text=""):
    """Prints a paragraph."""
    print(textwrap.fill(" ".join(text.split()), WIDTH), flush=True)


def heading(number, text):
    """Prints a heading."""
    print(f"\n{number}. {text}\n{'-' * (len(text) + 3)}\n", flush=True)


def indented(text):
    """Prints a program's output as it is, a little to the right."""
    print(textwrap.indent(text.rstrip("\n"), "  "), flush=True)


class Site:
    """Everything that the demo needs, up and serving."""

    def __init__(self, net, kind):
        self.lans = {"web": net.switch("web"), "sql": net.switch("sql")}
        self.client = self._host(net, "client", "10.0.0.100", "172.16.1.100")
        self.master = Director(self._host(net, "lb4-01", "10.0.0.5", "172.16.1.5"), kind,
                               CONFIGURATION)
        self.backup = Director(self._host(net, "lb4-02", "10.0.0.6", "172.16.1.6"), kind,
                               backup_of(CONFIGURATION))
        self.servers = [self._server(net, layout, lan, name, address)
                        for layout, lan in ((WebLayout, "web"), (MySqlLayout, "sql"))
                        for name, address in layout.servers]
        self.captures = {"web": Capture(self.client, "eth0"), "sql": Capture(self.client, "eth1")}

    def _host(self, net, name, web_address, sql_address):
        return net.host(name, eth0=(self.lans["web"], f"{web_address}/24"),
                        eth1=(self.lans["sql"], f"{sql_address}/24"))

    def _server(self, net, layout, lan, name, address):
        host = net.host(name, eth0=(self.lans[lan], f"{address}/24"))
        suppress_arp(host, layout.vip)
        return layout.server_type(host)

    def start_servers(self):
        """Starts all servers and waits until they take connections."""
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait_ready()

    def start_directors(self):
        """Starts both directors and waits until one holds the addresses."""
        self.master.daemon.start()
        self.backup.daemon.start()
        self.wait_held_by(self.master)

    def wait_served(self):
        """Waits until the client is served by both addresses."""
        for name, layout in LAYOUTS.items():
            wait_until(lambda ask=layout.request(layout.vip): self._is_answered(ask),
                       CHECKS_LIMIT_S, f"the client is served ({name})")

    def _is_answered(self, request):
        try:
            return request(self.client, TIMEOUT_S)
        except REQUEST_ERRORS:
            return False

    def wait_held_by(self, director):
        """Waits until a director holds both addresses."""
        wait_until(lambda: all(director.host.owns(layout.vip) for layout in LAYOUTS.values()),
                   2 * advert_limit_s(BACKUP_PRIORITY) + SLACK_S,
                   f"{director.name} holds both addresses")


def introduce():
    """Says what is to be seen."""
    title = "Holdfast: a director pair loses its master"
    print(f"{title}\n{'=' * len(title)}", flush=True)
    say("""Two directors share two virtual addresses. One director, the master, holds them and
        spreads the clients' connections over the servers behind; the other one listens. We let
        the master die and look at what the clients notice.""")
    print("""
                        client
                           |
          +----------------+----------------+
       lb4-01           10.0.0.17        lb4-02        the directors: holdfastd on both
      (master)         172.16.1.18      (backup)       the virtual addresses
          +----------------+----------------+
          |         |             |         |
       web-07    web-08         db-07     db-51        two nginx, two MariaDB""")


def status_of(director, kind):
    """Shows holdfastctl's table, or says what keepalived lacks."""
    if kind == "keepalived":
        say("(keepalived has no status command.)")
        return
    print(f"  $ holdfastctl status                                      (on {director.name})")
    indented(director.daemon.control("status"))


def milestones(site, loads, lost_power):
    """When what happened (seconds since the epoch)."""
    adverts, garps, answers = [], [], []
    for name, layout in LAYOUTS.items():
        interface = {"web": "eth0", "sql": "eth1"}[name]
        (source,) = site.backup.host.addresses[interface]
        mac = site.backup.host.mac(interface)
        adverts.append(site.captures[name].adverts(source, lost_power)[0].at)
        garps.append(site.captures[name].announcements(layout.vip, mac, lost_power)[0].at)
        answers.append(loads[name].first_answer(garps[-1]).ended)
    # The log is read a moment after it was written, an advert has the kernel's time.
    noticed = min(site.backup.daemon.became_master(lost_power), *adverts)
    return {
        "last answer": max(load.last_answer(noticed).ended for load in loads.values()),
        "power lost": lost_power,
        "noticed": noticed,
        "first advert": min(adverts),
        "first garp": min(garps),
        "first answer": min(answers),
        "all answer": max(answers),
    }


MEANINGS = {
    "last answer": "last answer to a client",
    "power lost": "lb4-01 loses its power",
    "noticed": "lb4-02 notices, and makes itself master",
    "first advert": "first advert: lb4-02 says so",
    "first garp": "first gratuitous ARP: the LAN learns where the address is now",
    "first answer": "first answer to a client",
    "all answer": "both services answer",
}


def tell(times):
    """Prints the milestones as a timeline, in milliseconds after the loss."""
    for name, at in sorted(times.items(), key=lambda item: item[1]):
        print(f"  {(at - times['power lost']) * 1000:+9.1f} ms  |  {MEANINGS[name]}")
    print(flush=True)


def draw(loads, lost_power, taken_over_s):
    """Draws each client's requests, one character for each moment at which one was sent."""
    cells = round((BEFORE_S + AFTER_S) / INTERVAL_S)
    marks = [" "] * (cells + 1)
    for at_s, mark in ((0, "X"), (taken_over_s, "^")):
        marks[round((at_s + BEFORE_S) / INTERVAL_S)] = mark
    for name, load in loads.items():
        line = [None] * cells
        for request in load.requests():
            cell = int((request.sent - lost_power + BEFORE_S) / INTERVAL_S)
            if 0 <= cell < cells and line[cell] != "-":
                line[cell] = "#" if request.answer is not None else "-"
        # A request that was sent a moment late leaves no hole.
        filled = [sign or before or "#" for before, sign in zip([None, *line], line)]
        print(f"  {name}  {''.join(filled)}")
    print(f"       {''.join(marks).rstrip()}")
    print(f"       # answered   - lost   X power lost   ^ lb4-02 answers instead   "
          f"(one sign: {INTERVAL_S * 1000:.0f} ms)\n")


def run_loads(site):
    """Starts the clients and waits until they have been served for a while."""
    loads = {name: SteadyLoad(site.client, layout.request(layout.vip), INTERVAL_S, TIMEOUT_S)
             for name, layout in LAYOUTS.items()}
    for load in loads.values():
        load.start()
    wait_until(lambda: all(len(load.answered()) * INTERVAL_S >= 2 * BEFORE_S
                           for load in loads.values()), 60, "the clients are served")
    return loads


def stop_loads(loads, until):
    """Ends the clients when all of them have asked until a time and are served again."""
    wait_until(lambda: all(load.last_sent() > until and load.first_answer(time.time() - 1)
                           for load in loads.values()), 60, "the clients are served")
    for load in loads.values():
        load.stop()


def lose_master(site):
    """The middle of the demo: the power cut, the timeline, the count."""
    loads = run_loads(site)
    lost_power = site.master.lose_power()
    site.wait_held_by(site.backup)
    stop_loads(loads, lost_power + AFTER_S)
    times = milestones(site, loads, lost_power)
    tell(times)
    draw(loads, lost_power, times["all answer"] - lost_power)
    for name, load in loads.items():
        print(f"  {name}: {len(load.lost())} of {len(load.requests())} requests lost")
    print()
    say(f"""A dead machine says nothing. So the backup waits until three adverts (one a second) and
        its skew time are missing: {advert_limit_s(BACKUP_PRIORITY) - SLACK_S:.2f} s after the
        last advert. From then until both services answer again it took {
        (times["all answer"] - times["noticed"]) * 1000:.0f} ms. `advert_int` in the configuration
        shortens the first; at a planned stop the addresses keep answering until the successor
        has them.""")


def bring_back(site):
    """The end: the machine returns, and nobody notices."""
    loads = run_loads(site)
    began = time.time()
    site.master.boot()
    site.wait_held_by(site.master)
    back = time.time()
    stop_loads(loads, back + 1)
    lost = sum(len(load.lost()) for load in loads.values())
    total = sum(len(load.requests()) for load in loads.values())
    say(f"""lb4-01 is switched on, listens, and takes its addresses back after {back - began:.1f} s,
        since its priority is higher ({MASTER_PRIORITY} against {BACKUP_PRIORITY}). Requests lost
        meanwhile: {lost} of {total}.""")


def bring_up(site):
    """The beginning: servers, directors, the first answer, each with its time."""
    steps = ((site.start_servers, "two nginx and two MariaDB take connections"),
             (site.start_directors, "both directors run; lb4-01 has listened and is master"),
             (site.wait_served, "the client is served by both addresses"))
    began = time.monotonic()
    for step, text in steps:
        step()
        print(f"  {time.monotonic() - began:5.1f} s  |  {text}", flush=True)
    print()


def main():
    """Tells the story from start to end."""
    parser = argparse.ArgumentParser(description="A director pair loses its master under load.")
    parser.add_argument("--daemon", choices=("holdfast", "keepalived"), default="holdfast",
                        help="what runs on the directors")
    kind = parser.parse_args().daemon
    if not lab.has_ipvs():
        sys.exit("demo: this kernel has no IPVS; `./dev demo` runs it in the lab")
    introduce()
    with Topology() as net:
        heading(1, "The pair comes up")
        site = Site(net, kind)
        bring_up(site)
        status_of(site.master, kind)
        heading(2, "lb4-01 loses its power while two clients ask ten times a second")
        lose_master(site)
        heading(3, "lb4-02 serves")
        status_of(site.backup, kind)
        heading(4, "lb4-01 comes back")
        bring_back(site)
    print("\nEverything that the demo made is gone again. To look closer: tests/drills/README.md")


if __name__ == "__main__":
    main()
