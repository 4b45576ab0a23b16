# SPDX-License-Identifier: Apache-2.0
"""What a recording of a scenario says: metrics, and whether what was expected has come true.

A recording is plain data, as it stands in the JSON report; times are seconds since the epoch. Pure.
"""

FOREVER = float("inf")


def overlap_s(periods, since=0.0, until=FOREVER):
    """How long two or more of some periods were at once: [(from, to)]."""
    edges = sorted([(max(begin, since), 1) for begin, end in periods if end > since and begin < until]
                   + [(min(end, until), -1) for begin, end in periods if end > since and begin < until])
    total, depth, last = 0.0, 0, 0.0
    for at, change in edges:
        if depth >= 2:
            total += at - last
        depth += change
        last = at
    return total


def without(period, holes):
    """A period without some holes in it: [(from, to)]."""
    parts = [period]
    for begin, end in holes:
        parts = [part for start, stop in parts for part in (
            (start, min(stop, begin)), (max(start, end), stop)) if part[1] > part[0]]
    return parts


def holding(record, acting=False):
    """Who held each address when: {vip: {director: [(from, to)]}}.

    acting -- without the times in which the director could not act: killed, without power, paused
    """
    found = {vip: {} for vip in record["vips"]}
    for director in record["directors"]:
        holes = [(each["from"], each["to"]) for each in director["down"]
                 if each["why"] in ("killed", "stopped", "without power", "paused")] if acting else []
        for period in director["owned"]:
            parts = without((period["from"], period["to"]), holes)
            found.setdefault(period["vip"], {}).setdefault(director["name"], []).extend(parts)
    return found


def split_s(record, since=0.0, until=FOREVER):
    """The longest that any address was on two directors that act."""
    return max((overlap_s([part for parts in by_director.values() for part in parts], since, until)
                for by_director in holding(record, acting=True).values()), default=0.0)


def taken(record):
    """When another director had each address that the victim had at the fault: {vip: when or None}."""
    fault, victim = record["fault"], record["victim"]
    found = {}
    for vip, by_director in holding(record).items():
        if not any(begin < fault <= end for begin, end in by_director.get(victim, ())):
            continue
        found[vip] = min((max(begin, fault) for name, parts in by_director.items() if name != victim
                          for begin, end in parts if end > fault), default=None)
    return found


def announced(record):
    """When another director first announced one of those addresses: {vip: when or None}."""
    found = {}
    for vip in taken(record):
        found[vip] = min((each["at"] for director in record["directors"]
                          if director["name"] != record["victim"]
                          for each in director["announcements"]
                          if each["vip"] == vip and each["at"] >= record["fault"]), default=None)
    return found


def _within(record, kind, since, until):
    """The periods of a kind of every target that counts, as far as they touch a time: [(period, target)]."""
    return [(each, target) for target in record["targets"] if target["name"] not in record.get("ignored", ())
            for each in target.get(kind, ()) if each["to"] >= since and each["from"] <= until]


def waited_s(record, since, until=FOREVER):
    """How long a client has waited for an answer at least, and how long at most.

    At most -- where the client's process did not get to ask, nobody would have been answered, as it were
    """
    gaps = _within(record, "gaps", since, until)
    least = max((gap["to"] - gap["from"] for gap, _ in gaps), default=0.0)
    most = max([gap["to"] - min(gap.get("since", gap["from"]), gap["from"]) for gap, _ in gaps]
               + [hole["to"] - hole["from"] for hole, _ in _within(record, "holes", since, until)], default=0.0)
    resolution = max((target.get("resolution_s", 0.0) for target in record["targets"]), default=0.0)
    return least, most if most - least > resolution else least


def _moves(record, since):
    """How many times an address came to a director."""
    return sum(period["from"] >= since for director in record["directors"] for period in director["owned"])


def _first(values):
    """The least of some values, of those that are known."""
    known = [value for value in values if value is not None]
    return min(known, default=None)


def _last(values):
    """The greatest of some values; None unless all are known."""
    values = list(values)
    return None if not values or None in values else max(values)


def metrics(record):
    """What is measured, in seconds or as counts; what did not happen is None."""
    fault, repair = record["fault"], record.get("repair") or record["ended"]
    taken_at, announced_at = taken(record), announced(record)
    since = lambda at: None if at is None else at - fault  # noqa: E731
    masters = [state["at"] for director in record["directors"] if director["name"] != record["victim"]
               for state in director["states"] if state["state"] == "MASTER" and state["at"] >= fault]
    least, most = waited_s(record, fault, repair)
    least_after, most_after = waited_s(record, repair)
    adverts = [advert["at"] for director in record["directors"] if director["name"] == record["victim"]
               for advert in director["adverts"] if advert["at"] < fault and advert["priority"]]
    found = {
        "detection_s": since(_first(masters)) if record["kind"] == "pair" else record.get("noticed_s"),
        "silence_s": (_first(masters) - max(adverts)) if masters and adverts else None,
        "takeover_s": since(_last(taken_at.values())) if taken_at else None,
        "announced_s": since(_last(announced_at.values())) if announced_at else None,
        "recovery_s": record.get("recovered_s"),
        "downtime_s": least,
        "downtime_most_s": most,
        "return_downtime_s": least_after if record.get("repair") else None,
        "return_downtime_most_s": most_after if record.get("repair") else None,
        "starved_s": max((hole["to"] - hole["from"] for hole, _ in _within(record, "holes", 0.0, FOREVER)),
                         default=0.0),
        "split_s": split_s(record, fault),
        "split_after_s": split_s(record, repair) if record.get("repair") else None,
        "requests": sum(target["requests"] for target in record["targets"]),
        "lost_requests": sum(target["lost"] for target in record["targets"]),
        "connections": sum(flow["opened"] for flow in record["flows"]),
        "lost_connections": sum(flow["opened"] and bool(flow["broken"]) for flow in record["flows"]),
        "announcements": sum(each["at"] >= fault for director in record["directors"]
                             for each in director["announcements"]),
        "adverts": sum(each["at"] >= fault for director in record["directors"]
                       for each in director["adverts"]),
        "homeless": sum(len(holders) != 1 for holders in record["holders_at_end"].values()),
        "moved": _moves(record, fault),
        "refused": len(record.get("refusals", ())),
    }
    if not record["targets"]:
        found |= dict.fromkeys(("downtime_s", "downtime_most_s", "return_downtime_s", "return_downtime_most_s",
                                "starved_s"))
    return found


# What a metric was at most, where it is not known better.
MOST = {"downtime_s": "downtime_most_s", "return_downtime_s": "return_downtime_most_s"}


def at_most(values, metric):
    """What a metric was at most: itself, unless the measurement was disturbed."""
    most = values.get(MOST.get(metric))
    return values.get(metric) if most is None else most


def judge(record, scenario, limits):
    """What was expected, and whether it came true: dictionaries of text, measured, most, limit, ok.

    What may have been worse than its limit, since the measurement was disturbed, has not come true.
    """
    results = []
    for expectation in scenario.expectations:
        measured = record["metrics"][expectation.metric]
        most = at_most(record["metrics"], expectation.metric)
        limit = limits.of(expectation.limit)
        if expectation.metric == "downtime_s" and measured is None:
            continue  # nobody was asked
        results.append({"metric": expectation.metric, "text": expectation.text, "measured": measured,
                        "most": most, "limit": limit, "ok": most is not None and most <= limit})
    return results


def longest_apart(periods):
    """The longest of some periods that have no time in common, the longest first: [(from, to)]."""
    found = []
    for each in sorted(periods, key=lambda period: period["from"] - period["to"]):
        if all(each["to"] <= begin or each["from"] >= end for begin, end in found):
            found.append((each["from"], each["to"]))
    return found


def milestones(record):
    """The course of a scenario, for people: (seconds after the fault, text), in order."""
    fault = record["fault"]
    found = [(mark["at"] - fault, mark["text"]) for mark in record["marks"]]
    last = [target["last_before"] for target in record["targets"] if target["last_before"]]
    if last:
        found.append((max(last) - fault, "last answer to a client before it"))
    for director in record["directors"]:
        changes = [state for state in director["states"] if state["at"] >= fault - 0.001]
        for state in changes[:6]:
            why = f": {state['why']}" if state["why"] else ""
            found.append((state["at"] - fault, f"{director['name']}: {state['instance']} is {state['state']}{why}"))
        first = {}
        for each in director["announcements"]:
            if each["at"] >= fault:
                first.setdefault(each["vip"], each["at"])
        for vip, at in list(first.items())[:4]:
            found.append((at - fault, f"{director['name']} announces {vip}"))
    for check in record["checks"][:12]:
        found.append((check["at"] - fault, f"{check['director']}: {check['server']} is {check['state']}"))
    for target in record["targets"]:
        after = sorted((gap for gap in target["gaps"] if gap["to"] >= fault),
                       key=lambda gap: gap["from"] - gap["to"])
        for gap in after[:3]:
            found.append((gap["to"] - fault, f"{target['name']} answers again, {gap['lost']} requests were lost"))
    holes = [hole for target in record["targets"] for hole in target.get("holes", ())]
    for begin, end in longest_apart(holes)[:3]:
        found.append((begin - fault, f"nobody is asked for {(end - begin) * 1000:.0f} ms: this machine did not let the client"))
    return sorted(found, key=lambda pair: pair[0])
