#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev demo`: a rehearsal of the seed's director pair, told for people.

holdfast-drill with two configurations, except that the real servers are real: two nginx and two MariaDB
take connections in the place of its stand-ins. The packets and the kernel's load balancer are real anyway.
"""

import argparse
import contextlib
import pathlib
import sys
import tempfile
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lib import lab
from lib.daemons import BUILD
from lib.mariadb import MariaDb
from lib.nginx import Nginx
from lib.pairs import MySqlLayout, WEB_CONFIGURATION, backup_of

from holdfast_drill import facts, plan, scenarios, text
from holdfast_drill.cluster import Cluster, Settings
from holdfast_drill.daemons import one_keyword_a_line
from holdfast_drill.probes import Client
from holdfast_drill.rehearsal import Rehearsal
from holdfast_drill.standins import StandIns

WIDTH = 92
INTERVAL_S = 0.02
SLACK_S = 1.5
CONNECTIONS = 5
REAL = {80: Nginx, 3306: MariaDb}

# The web pair and the seed's file in one, each on its own LAN; they fail over together.
CONFIGURATION = """
vrrp_sync_group SITE {
    group { VI_1 VI_2 }
}
""" + WEB_CONFIGURATION.replace("interface eth1", "interface eth0").replace(
    "dev eth1 label eth1:17", "dev eth0 label eth0:17") + MySqlLayout.configuration.partition(
        "}\n")[2]


def say(words=""):
    """Prints a paragraph."""
    print(textwrap.fill(" ".join(words.split()), WIDTH), flush=True)


def heading(number, words):
    """Prints a heading."""
    print(f"\n{number}. {words}\n{'-' * (len(words) + 3)}\n", flush=True)


class RealCluster(Cluster):
    """A cluster whose real servers are nginx and MariaDB."""

    def __init__(self, *arguments):
        self.real = {}
        super().__init__(*arguments)

    def open(self, stand_in):
        host = self.host(stand_in.machine)
        self.real[stand_in] = REAL[stand_in.port](host)

    def start_servers(self):
        """Starts them all and waits until they take connections."""
        for server in self.real.values():
            server.start()
        for server in self.real.values():
            server.wait_ready()


def introduce():
    """Says what is to be seen."""
    title = "Holdfast: a director pair loses its master"
    print(f"{title}\n{'=' * len(title)}", flush=True)
    say("""Two directors share two virtual addresses. One director, the master, holds them and spreads the
        clients' connections over the servers behind; the other one listens. We let the master die and
        look at what the clients notice. `holdfast-drill FILE FILE` does this with your own files.""")
    print("""
                        client
                           |
          +----------------+----------------+
       lb4-01           10.0.0.17        lb4-02        the directors: holdfastd on both
      (master)         172.16.1.18      (backup)       the virtual addresses
          +----------------+----------------+
          |         |             |         |
     10.0.0.7  10.0.0.8    172.16.1.7  172.16.1.51    two nginx, two MariaDB""")


def status_of(director):
    """Shows holdfastctl's table, or says what keepalived lacks."""
    if director.kind == "keepalived":
        say("(keepalived has no status command.)")
        return
    print(f"  $ holdfastctl status                                      (on {director.name})")
    print(textwrap.indent(director.daemon.control("status").rstrip("\n"), "  "), flush=True)


def lose_power(cluster, rehearsal):
    """The middle of the demo: the power cut, its timeline, and what the successor says meanwhile."""
    statuses = []
    rehearsal.watch = lambda step: step == "observe" and statuses.append(
        "" if cluster.settings.kind == "keepalived" else cluster.director("lb4-02").daemon.control("status"))
    record = rehearsal.run(scenarios.by_name("power"))
    print(text.timeline(record) + "\n\n" + text.drawing(record) + "\n", flush=True)
    for target in record["targets"]:
        print(f"  {target['name']}: {target['lost']} of {target['requests']} requests lost")
    print(f"\n{text.measured(record)}\n")
    limit_s = max(instance.down_s for instance in cluster.plan.facts[1].instances)
    values = record["metrics"]
    say(f"""A dead machine says nothing. So the backup waits until three adverts (one a second) and its skew
        time are missing: {limit_s:.2f} s after the last advert, here {text.seconds(values["detection_s"])} after
        the loss. When it comes back it listens, and takes its addresses back, since its priority is higher:
        clients wait {text.seconds(values["return_downtime_s"])}. `advert_int` in the configuration shortens the
        first.""")
    heading(3, "lb4-02 served meanwhile")
    print(textwrap.indent(statuses[0].rstrip("\n") or "(keepalived has no status command.)", "  "), flush=True)
    return record["error"] is None


def stop(rehearsal):
    """The end: a stop that somebody wants, which nobody notices."""
    record = rehearsal.run(scenarios.by_name("stop"))
    print(text.timeline(record) + "\n\n" + text.drawing(record) + "\n\n" + text.measured(record) + "\n", flush=True)
    say("""A planned stop says good-bye, and the addresses keep answering until the successor has them: connections
        that were open through the old director are lost here, unless `lvs_sync_daemon` tells the other one of them.""")
    return record["error"] is None


def run(kind, folder):
    """Tells the story from start to end."""
    texts, known = {}, []
    for name, words in (("lb4-01", CONFIGURATION), ("lb4-02", backup_of(CONFIGURATION))):
        file = folder / f"{name}.conf"
        file.write_text(words)
        known.append(facts.read(BUILD / "holdfastd", file, name))
        texts[name] = one_keyword_a_line(words) if kind == "keepalived" else words
    settings = Settings(kind, (BUILD / "holdfastd", BUILD / "holdfastctl"), ipvs=True)
    settings.certificate = folder / "unused.pem"
    with contextlib.ExitStack() as stack:
        stand_ins, client = StandIns(settings.certificate), Client()  # forked, before there is any thread
        stack.callback(stand_ins.end)
        stack.callback(client.end)
        heading(1, "The pair comes up")
        began = time.monotonic()
        cluster = stack.enter_context(RealCluster(plan.make(known, ipvs=True), texts, settings, stand_ins, client))
        cluster.start_servers()
        print(f"  {time.monotonic() - began:5.1f} s  |  two nginx and two MariaDB take connections", flush=True)
        rehearsal = Rehearsal(cluster, SLACK_S, INTERVAL_S, CONNECTIONS, seed=1)
        rehearsal.begin()
        print(f"  {time.monotonic() - began:5.1f} s  |  both directors run; lb4-01 has listened and is master\n", flush=True)
        status_of(cluster.director("lb4-01"))
        heading(2, "lb4-01 loses its power while a client connects as often as it can")
        good = lose_power(cluster, rehearsal)
        heading(4, "The master is stopped, and started again")
        return stop(rehearsal) and good


def main():
    """Runs the demo; the exit status says whether it came to its end."""
    parser = argparse.ArgumentParser(description="A director pair loses its master under load.")
    parser.add_argument("--daemon", choices=("holdfast", "keepalived"), default="holdfast",
                        help="what runs on the directors")
    kind = parser.parse_args().daemon
    if not lab.has_ipvs():
        sys.exit("demo: this kernel has no IPVS; `./dev demo` runs it in the lab")
    introduce()
    with tempfile.TemporaryDirectory() as folder:
        good = run(kind, pathlib.Path(folder))
    print("\nEverything that the demo made is gone again. To look closer: holdfast-drill --help")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
