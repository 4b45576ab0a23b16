#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`./dev bench vrrp`: VRRP beside keepalived, in the same run, in turns. Its parts (`--only`):

takeover   a master is lost, at three advert intervals. VRRP itself sets the time until it is replaced
           (three adverts and the skew); what is measured is what the daemon adds to it: to the first
           advert, the first gratuitous ARP and the client's first answer.
stop       a master stops in order: the client's outage, by a ping every half of a millisecond. 0: no
           request was lost.
addresses  a master of a thousand addresses is lost: from the successor's first advert, which is its
           decision, until each address is announced, and until the last packet of the first block.
crowd      hundreds of instances: processor time and memory of their master, changes of state while both
           daemons read their files again every second, and how late each is taken over.

At the end there is a table of all figures with their ratios.
"""

import argparse
import collections
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.crowd import START_LIMIT_S, Crowd, lans_of, many_layout, transitions
from lib.pairs import BACKUP_PRIORITY, MySqlLayoutV3, Pair
from lib.topology import Topology
from lib.waiting import wait_until

from probe import Probe

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
    with Probe(pair.client, pair.vip) as pings:
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
    with Probe(pair.client, pair.vip) as pings:
        wait_until(pings.answered, LIMIT_S, "the client is served")
        at = pair.master.daemon.terminate()
        wait_until(lambda: pair.capture.adverts(pair.backup.address, at), LIMIT_S,
                   "the backup takes over")
        owned = wait_until(lambda: pair.capture.announcements(
            pair.vip, pair.backup.host.mac("eth1"), at), LIMIT_S, "it announces itself")[0].at
        wait_until(lambda: pings.answered(owned) > 50, LIMIT_S, "the client is served")
    return {"outage": pings.outage_s(at - 0.01)}


def crowd_steady(crowd, seconds):
    """CPU of the master while nothing happens but adverts, in per cent of a core; and memory."""
    with crowd.apart():
        used, at = crowd.cpu_s(crowd.master), time.monotonic()
        time.sleep(seconds)
        used, at = crowd.cpu_s(crowd.master) - used, time.monotonic() - at
    return {"CPU of the master, %": 100 * used / at,
            "memory of the master, MB": crowd.memory_kb(crowd.master) / 1024}


def crowd_reloads(crowd, seconds):
    """Changes of state on both while both read their files again every second."""
    at = time.time()
    while time.time() < at + seconds:
        for director in crowd.directors:
            director.daemon.process.signal(1)
        time.sleep(1)
        crowd.capture.forget()  # its queue must not run over
    return {"spurious transitions": sum(len(transitions(each, at)) for each in crowd.directors)}


def lose_crowd(crowd, interval):
    """The master of all is gone: how late each one's first advert of the backup is, in ms."""
    at = crowd.master.lose_power()
    wait_until(lambda: crowd.masters(crowd.backup) == crowd.count, 10 + 5 * interval,
               "the backup takes all over")
    last, first = {}, {}
    for advert in crowd.capture.adverts():  # of the first LAN
        if advert.source.endswith(".5"):
            last[advert.vrid] = advert.at
        elif advert.at > at - 1:
            first.setdefault(advert.vrid, advert.at)
    late = sorted(1000 * (first[key] - last[key] - interval * (3 + SKEW)) for key in first
                  if key in last)
    assert len(late) >= min(crowd.count, 250), f"only {len(late)} takeovers were seen"
    return late


def crowd_lost(crowd, interval, losses):
    """The master of all is lost, and comes back, so many times."""
    late, worst = [], []
    for loss in range(losses):
        if loss:
            crowd.boot(crowd.master)
            wait_until(lambda: (crowd.masters(crowd.master), crowd.masters(crowd.backup)) ==
                       (crowd.count, 0), START_LIMIT_S, "the master of all is back")
        wait_quiet(crowd, interval)
        each = lose_crowd(crowd, interval)
        late += each
        worst.append(each[-1])
    return {"taken over, ms late, median": statistics.median(late),
            "taken over, ms late, worst, median": statistics.median(worst),
            "taken over, ms late, worst of all": max(worst)}


def wait_quiet(crowd, interval):
    """Waits until the backup has heard two adverts of each instance since now."""
    crowd.capture.forget()

    def heard():
        counts = collections.Counter(advert.vrid for advert in crowd.capture.adverts()
                                     if advert.source.endswith(".5"))
        return len(counts) >= min(crowd.count, 250) and min(counts.values()) >= 2
    wait_until(heard, LIMIT_S + 3 * interval, "two adverts of each")


ADDRESSES = """vrrp_instance VI_1 {{
    state BACKUP
    interface eth1
    virtual_router_id 51
    priority PRIORITY
    version 3
    advert_int 0.1
    virtual_ipaddress {{
        10.0.0.1/32
    }}
    virtual_ipaddress_excluded {{
        {excluded}
    }}
}}
"""


def announced(crowd, since):
    """The time of each gratuitous ARP of the backup's first block, by address."""
    mac = crowd.backup.host.mac("eth1")
    times = {}
    for packet in crowd.capture.packets():
        if getattr(packet, "sender_mac", None) == mac and packet.is_gratuitous \
                and since <= packet.at < since + 4:  # the second block comes after 5 s
            times.setdefault(packet.sender, []).append(packet.at)
    return times


def measure_addresses(kind, count):
    """From the first advert of a new master until all its addresses are announced, in ms."""
    addresses = [f"10.0.{number // 250}.{number % 250 + 1}/32" for number in range(count)]
    text = ADDRESSES.format(excluded="\n        ".join(addresses[1:]))
    layout_of = type("Addresses", (MySqlLayoutV3,), {"configuration": text, "interval_s": 0.1})
    with Topology() as net:
        crowd = Crowd(net, kind, layout_of, lans=1, held=count)
        crowd.start()
        crowd.capture.packets()
        at = crowd.master.lose_power()
        wait_until(lambda: crowd.masters(crowd.backup) == count, 60, "the backup has all")
        first = wait_until(lambda: crowd.capture.adverts(crowd.backup.address, at), LIMIT_S,
                           "an advert")[0].at
        wait_until(lambda: len(announced(crowd, first)) == count, LIMIT_S, "all are announced")
        time.sleep(1)  # the rest of the first block, if there is any
        times = announced(crowd, first)
    assert len(times) == count, f"{len(times)} of {count} addresses were announced"
    return {"each announced once": 1000 * (max(min(each) for each in times.values()) - first),
            "last of the first block": 1000 * (max(max(each) for each in times.values()) - first)}


class Summary:
    """All figures of a run, for the table at its end."""

    def __init__(self):
        self._rows = []

    def add(self, title, ours, theirs):
        """Takes one figure of both daemons."""
        self._rows.append((title, ours, theirs))

    def add_all(self, title, ours, theirs):
        """Takes the figures of two dictionaries, and prints them."""
        print(f"\n{title:46}{'holdfast':>12}{'keepalived':>12}{'ratio':>9}")
        for name in ours:
            self.add(f"{title}: {name}", ours[name], theirs[name])
            print(self._line(f"  {name}", ours[name], theirs[name], 46), flush=True)

    @staticmethod
    def _line(title, ours, theirs, width):
        ratio = f"{theirs / ours:9.2f}" if ours else "        -"
        return f"{title:{width}}{ours:12.2f}{theirs:12.2f}{ratio}"

    def print(self):
        """Prints the table."""
        width = max((len(row[0]) for row in self._rows), default=0) + 2
        print(f"\n{'all figures':{width}}{'holdfast':>12}{'keepalived':>12}{'ratio':>9}")
        for row in self._rows:
            print(self._line(*row, width))


def compare_addresses(summary, count, rounds):
    """Both daemons, in turns."""
    figures = {"holdfast": [], "keepalived": []}
    for _ in range(rounds):
        for kind, each in figures.items():
            each.append(measure_addresses(kind, count))
    ours, theirs = ({name: statistics.median(one[name] for one in each) for name in each[0]}
                    for each in figures.values())
    summary.add_all(f"takeover of {count} addresses, ms (median)", ours, theirs)


def measure_crowd(summary, count, interval, seconds, losses):
    """Both daemons, one after the other."""
    figures, loops = {}, {}
    for kind in ("holdfast", "keepalived"):
        with Topology() as net:
            crowd = Crowd(net, kind, many_layout(count, interval), lans_of(count), count)
            crowd.start()
            wait_quiet(crowd, interval)
            figures[kind] = crowd_steady(crowd, seconds / 3) | crowd_reloads(crowd, seconds)
            if kind == "holdfast":
                loops["master, steady and with reloads"] = crowd.master.daemon.status()["loop"]
            figures[kind] |= crowd_lost(crowd, interval, losses)
            if kind == "holdfast":
                loops["backup, with reloads and takeovers"] = crowd.backup.daemon.status()["loop"]
    summary.add_all(f"{count} instances, {interval * 1000:g} ms", figures["holdfast"],
                    figures["keepalived"])
    for who, loop in loops.items():
        print_lag(who, loop["lag"])


def print_lag(who, lag):
    """Prints how late a loop's timers were, by the bounds of the histogram's buckets."""
    print(f"  how late the timers of the {who} were ({lag['count']} timers, worst "
          f"{lag['max_us'] / 1000:.2f} ms):")
    for bucket in lag["buckets"]:
        bound = "more" if bucket["up_to_us"] is None else f"<= {bucket['up_to_us']} us"
        print(f"    {bound:>14}{bucket['count']:10}{100 * bucket['count'] / lag['count']:9.2f} %",
              flush=True)


SCENES = {"takeover": ("master lost", lose_master, "ms late"),
          "stop": ("master stopped in order", stop_master, "ms")}


def table(summary, title, unit, rounds):
    """Prints the distributions of both daemons; what a figure is stands in the line's title."""
    for figure in rounds["holdfast"][0]:
        print(f"\n{f'{title}: {figure}':40}{'median':>9}{'p90':>9}{'worst':>9}   {unit}")
        spreads = {}
        for kind, each in rounds.items():
            ordered = sorted(one[figure] * 1000 for one in each)
            spreads[kind] = (statistics.median(ordered),
                             ordered[min(len(ordered) - 1, round(0.9 * len(ordered)))], ordered[-1])
            print(f"  {kind:38}" + "".join(f"{value:9.2f}" for value in spreads[kind]))
        for name, ours, theirs in zip(("median", "worst"), spreads["holdfast"][::2],
                                      spreads["keepalived"][::2]):
            summary.add(f"{title}: {figure}, {unit}, {name}", ours, theirs)
        ratios = [f"{theirs / ours:9.2f}" if ours else "        -"
                  for theirs, ours in zip(spreads["keepalived"], spreads["holdfast"])]
        print(f"  {'keepalived / holdfast':38}" + "".join(ratios), flush=True)


def measure(summary, interval, count, scenes):
    """One interval: both daemons in turns, so that what else the machine does meets both alike."""
    with Topology() as ours, Topology() as theirs:
        pairs = {kind: Pair(net, (kind, kind), layout(interval), vrrp_only=True)
                 for kind, net in (("holdfast", ours), ("keepalived", theirs))}
        for pair in pairs.values():
            pair.start()
        for title, function, unit in scenes:
            rounds = {kind: [] for kind in pairs}
            for _ in range(count):
                for kind, pair in pairs.items():
                    rounds[kind].append(function(pair))
                    pair.master.boot()
                    pair.wait_settled()
            table(summary, f"{title}, {interval * 1000:g} ms", unit, rounds)


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description="VRRP beside keepalived.")
    parser.add_argument("--only", choices=(*SCENES, "addresses", "crowd"), action="append",
                        help="a part; may be given several times; default: all")
    parser.add_argument("--rounds", type=int, default=20, help="of takeover and stop")
    parser.add_argument("--interval", type=float, action="append",
                        help="of takeover and stop, seconds; default: 1, 0.1 and 0.01")
    parser.add_argument("--crowd", action="append", metavar="COUNT:SECONDS",
                        help="instances and their interval; default: 250:0.1 and 1000:1")
    parser.add_argument("--seconds", type=float, default=60, help="of reloads, with many instances")
    parser.add_argument("--losses", type=int, default=5, help="of the master of many instances")
    parser.add_argument("--addresses", type=int, action="append",
                        help="of one instance; default: 1000")
    parser.add_argument("--address-rounds", type=int, default=5)
    return parser.parse_args()


def main():
    """Measures what is asked for."""
    options = parse_options()
    parts = options.only or (*SCENES, "addresses", "crowd")
    scenes = [SCENES[part] for part in parts if part in SCENES]
    summary = Summary()
    for interval in (options.interval or INTERVALS_S) if scenes else ():
        measure(summary, interval, options.rounds, scenes)
    for count in (options.addresses or (1000,)) if "addresses" in parts else ():
        compare_addresses(summary, count, options.address_rounds)
    for crowd in (options.crowd or ("250:0.1", "1000:1")) if "crowd" in parts else ():
        count, _, interval = crowd.partition(":")
        measure_crowd(summary, int(count), float(interval), options.seconds, options.losses)
    summary.print()


if __name__ == "__main__":
    main()
