#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench vrrp`: masters that are lost and masters that stop, at three advert intervals.

VRRP itself sets the time until a lost master is replaced (three adverts and the skew); what is
measured is what the daemon adds to it: to the first advert, the first gratuitous ARP and the client's
first answer. Of a master that stops in order it is the client's outage, by a ping every millisecond.
keepalived does the same in the same run, in turns.
"""

import argparse
import pathlib
import re
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.clients import Pings
from lib.pairs import BACKUP_PRIORITY, MySqlLayoutV3, Pair
from lib.topology import Topology
from lib.waiting import wait_until

LIMIT_S = 10
INTERVALS_S = (1, 0.1, 0.01)
SKEW = (256 - BACKUP_PRIORITY) / 256


def layout(interval):
    """The seed's pair in version 3 with an advert every `interval` seconds."""
    configuration = re.sub(r"advert_int \S+", f"advert_int {interval}", MySqlLayoutV3.configuration)
    return type("Layout", (MySqlLayoutV3,),
                {"interval_s": interval, "configuration": configuration})


def lose_master(pair):
    """Loses the master; how late advert, gratuitous ARP and answer were, and the outage (s)."""
    with Pings(pair.client, pair.vip) as pings:
        wait_until(pings.answered, LIMIT_S, "the client is served")
        at = pair.master.lose_power()
        advert = wait_until(lambda: pair.capture.adverts(pair.backup.address, at), LIMIT_S,
                            "the backup takes over")[0]
        garp = wait_until(lambda: pair.capture.announcements(pair.vip, since=advert.at), LIMIT_S,
                          "the backup announces the address")[0]
        answer = wait_until(lambda: pings.first_answer(advert.at - 0.001), LIMIT_S, "an answer")
    last = pair.capture.adverts(pair.master.address)[-1]
    due = last.at + pair.layout.interval_s * (3 + SKEW)
    return {"first advert": advert.at - due, "first gratuitous ARP": garp.at - due,
            "first answer": answer - due}


def stop_master(pair):
    """Stops the master in order; the client's outage (s)."""
    with Pings(pair.client, pair.vip) as pings:
        wait_until(pings.answered, LIMIT_S, "the client is served")
        at = pair.master.daemon.terminate()
        wait_until(lambda: pair.capture.adverts(pair.backup.address, at), LIMIT_S,
                   "the backup takes over")
        owned = wait_until(lambda: pair.capture.announcements(
            pair.vip, pair.backup.host.mac("eth1"), at), LIMIT_S, "it announces itself")[0].at
        wait_until(lambda: pings.answered(owned) > 50, LIMIT_S, "the client is served")
    return {"outage": pings.outage_s(at - 0.01)}


SCENES = {"master lost": (lose_master, "ms after the takeover is due"),
          "master stopped in order": (stop_master, "ms that the client waited")}


def table(title, unit, rounds):
    """Prints the distributions of both daemons; what a figure is stands in the line's title."""
    for figure in rounds["holdfast"][0]:
        print(f"\n{f'{title}: {figure}':40}{'median':>9}{'p90':>9}{'worst':>9}   {unit}")
        spreads = {}
        for kind, each in rounds.items():
            ordered = sorted(one[figure] * 1000 for one in each)
            spreads[kind] = (statistics.median(ordered),
                             ordered[min(len(ordered) - 1, round(0.9 * len(ordered)))], ordered[-1])
            print(f"  {kind:38}" + "".join(f"{value:9.2f}" for value in spreads[kind]))
        ratios = [theirs / ours for theirs, ours in zip(spreads["keepalived"], spreads["holdfast"])]
        print(f"  {'keepalived / holdfast':38}" + "".join(f"{value:9.2f}" for value in ratios),
              flush=True)


def measure(interval, count, scenes):
    """One interval: both daemons in turns, so that what else the machine does meets both alike."""
    with Topology() as ours, Topology() as theirs:
        pairs = {kind: Pair(net, (kind, kind), layout(interval), vrrp_only=True)
                 for kind, net in (("holdfast", ours), ("keepalived", theirs))}
        for pair in pairs.values():
            pair.start()
        for name in scenes:
            rounds = {kind: [] for kind in pairs}
            for _ in range(count):
                for kind, pair in pairs.items():
                    rounds[kind].append(SCENES[name][0](pair))
                    pair.master.boot()
                    pair.wait_settled()
            table(f"{name}, {interval * 1000:g} ms", SCENES[name][1], rounds)


def main():
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description="Masters lost and stopped, beside keepalived.")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--interval", type=float, action="append", help="seconds; default: all")
    parser.add_argument("--scene", choices=SCENES, action="append", help="default: all")
    options = parser.parse_args()
    for interval in options.interval or INTERVALS_S:
        measure(interval, options.rounds, options.scene or SCENES)


if __name__ == "__main__":
    main()
