#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench`: how late a backup takes over, over many lost masters.

VRRP itself sets the time (three adverts and the skew); what is measured is what the daemon adds to
it: the time from when a takeover is due, after the dead master's last advert, to the first advert
and to the first gratuitous ARP of the new master, with the kernel's time stamps on both ends.
"""

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.pairs import BACKUP_PRIORITY, MySqlLayoutV3, Pair
from lib.topology import Topology
from lib.waiting import wait_until

LIMIT_S = 10


class Fast(MySqlLayoutV3):
    """Version 3 with an advert every 100 ms."""

    interval_s = 0.1
    configuration = MySqlLayoutV3.configuration.replace("advert_int 0.2", "advert_int 0.1")


def one_takeover(pair):
    """Loses the master once; returns how late advert and gratuitous ARP were, in seconds."""
    at = pair.master.lose_power()
    advert = wait_until(lambda: pair.capture.adverts(pair.backup.address, at), LIMIT_S,
                        "the backup takes over")[0]
    garp = wait_until(lambda: pair.capture.announcements(pair.vip, since=advert.at), LIMIT_S,
                      "the backup announces the address")[0]
    last = pair.capture.adverts(pair.master.address)[-1]
    due = last.at + Fast.interval_s * (3 + (256 - BACKUP_PRIORITY) / 256)
    pair.master.boot()
    pair.wait_settled()
    return advert.at - due, garp.at - due


def spread(values):
    """Median, 90th percentile and worst, in milliseconds."""
    ordered = sorted(value * 1000 for value in values)
    p90 = ordered[min(len(ordered) - 1, round(0.9 * len(ordered)))]
    return statistics.median(ordered), p90, ordered[-1]


def table(title, lateness):
    """Prints the distributions of both daemons, and how much later keepalived is."""
    print(f"\n{title:28}{'median':>9}{'p90':>9}{'worst':>9}   ms after the takeover is due")
    spreads = {kind: spread(values) for kind, values in lateness.items()}
    for kind, figures in spreads.items():
        print(f"  {kind:26}" + "".join(f"{figure:9.2f}" for figure in figures))
    ratios = [theirs / ours for theirs, ours in zip(spreads["keepalived"], spreads["holdfast"])]
    print(f"  {'keepalived / holdfast':26}" + "".join(f"{ratio:9.2f}" for ratio in ratios))


def main():
    """Measures both in turns, so that what else the machine does meets both alike."""
    parser = argparse.ArgumentParser(description="How late a backup takes over.")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    print(f"{options.rounds} lost masters each, adverts every {Fast.interval_s * 1000:.0f} ms",
          flush=True)
    with Topology() as ours, Topology() as theirs:
        pairs = {"holdfast": Pair(ours, ("holdfast", "holdfast"), Fast, vrrp_only=True),
                 "keepalived": Pair(theirs, ("keepalived", "keepalived"), Fast, vrrp_only=True)}
        for pair in pairs.values():
            pair.start()
        rounds = {kind: [] for kind in pairs}
        for _ in range(options.rounds):
            for kind, pair in pairs.items():
                rounds[kind].append(one_takeover(pair))
    for title, number in (("first advert", 0), ("first gratuitous ARP", 1)):
        table(title, {kind: [each[number] for each in rounds[kind]] for kind in pairs})


if __name__ == "__main__":
    main()
