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
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drills"))

from lib.clients import Pings
from lib.crowd import Crowd, lans_of, many_layout, transitions
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
    return {"spurious transitions": sum(len(transitions(each, at)) for each in crowd.directors)}


def crowd_lost(crowd, interval):
    """The master of all is gone: how late each one's first advert of the backup is, in ms."""
    crowd.capture.packets()
    crowd.master.lose_power()
    at = time.time()
    wait_until(lambda: crowd.masters(crowd.backup) == crowd.count, 10 + 5 * interval,
               "the backup takes all over")
    last, first = {}, {}
    for advert in crowd.capture.adverts():  # of the first LAN
        key = advert.vrid
        if advert.source.endswith(".5"):
            last[key] = advert.at
        elif advert.at > at - 1:
            first.setdefault(key, advert.at)
    late = sorted(1000 * (first[key] - last[key] - interval * (3 + SKEW)) for key in first
                  if key in last)
    assert len(late) >= min(crowd.count, 250), f"only {len(late)} takeovers were seen"
    return {"taken over, ms late, median": statistics.median(late),
            "taken over, ms late, worst": late[-1]}


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


def compare_addresses(count, rounds):
    """Both daemons, in turns."""
    figures = {"holdfast": [], "keepalived": []}
    for _ in range(rounds):
        for kind, each in figures.items():
            each.append(measure_addresses(kind, count))
    print(f"\n{f'takeover of {count} addresses, ms (median)':40}{'holdfast':>12}{'keepalived':>12}"
          f"{'ratio':>9}")
    for name in figures["holdfast"][0]:
        ours, theirs = (statistics.median(one[name] for one in each) for each in figures.values())
        print(f"  {name:38}{ours:12.2f}{theirs:12.2f}{theirs / ours:9.2f}", flush=True)


def measure_crowd(count, interval, seconds):
    """Both daemons, one after the other."""
    figures = {}
    for kind in ("holdfast", "keepalived"):
        with Topology() as net:
            crowd = Crowd(net, kind, many_layout(count, interval), lans_of(count), count)
            crowd.start()
            figures[kind] = (crowd_steady(crowd, seconds / 3) | crowd_reloads(crowd, seconds)
                             | crowd_lost(crowd, interval))
            if kind == "holdfast":
                figures["lag"] = crowd.backup.daemon.status()["loop"]
    print(f"\n{f'{count} instances, {interval * 1000:g} ms':40}{'holdfast':>12}{'keepalived':>12}"
          f"{'ratio':>9}")
    for name, ours in figures["holdfast"].items():
        theirs = figures["keepalived"][name]
        ratio = f"{theirs / ours:9.2f}" if ours else "        -"
        print(f"  {name:38}{ours:12.2f}{theirs:12.2f}{ratio}")
    print(f"  how late the loop of the new master was: {figures['lag']}", flush=True)


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
    parser.add_argument("--crowd", action="append", metavar="COUNT:SECONDS",
                        help="instances and their interval; default: 250:0.1 and 1000:1")
    parser.add_argument("--addresses", type=int, action="append",
                        help="of one instance; default: 1000")
    parser.add_argument("--seconds", type=float, default=60, help="of reloads, with many instances")
    options = parser.parse_args()
    chosen = options.interval or options.scene or options.crowd or options.addresses
    for crowd in options.crowd or (() if chosen else ("250:0.1", "1000:1")):
        count, _, interval = crowd.partition(":")
        measure_crowd(int(count), float(interval), options.seconds)
    for count in options.addresses or (() if chosen else (1000,)):
        compare_addresses(count, 5)
    if chosen and not (options.interval or options.scene):
        return
    for interval in options.interval or INTERVALS_S:
        measure(interval, options.rounds, options.scene or SCENES)


if __name__ == "__main__":
    main()
