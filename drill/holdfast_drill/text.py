# SPDX-License-Identifier: Apache-2.0
"""The report for a terminal. Pure: a report is plain data, as it stands in the JSON."""

import textwrap

from holdfast_drill.analysis import at_most, milestones

WIDTH = 96
CELLS = 72
WIDE = 18  # a column of the comparison: also for a range
SHOWN = (("detection_s", "detected"), ("takeover_s", "taken over"), ("announced_s", "announced"),
         ("downtime_s", "clients waited"), ("return_downtime_s", "at the return"), ("split_s", "two holders"),
         ("recovery_s", "recovered"))
ALWAYS = ("takeover_s", "downtime_s")  # also where they are nothing
COUNTS = (("lost_requests", "requests", "requests lost"), ("lost_connections", "connections", "connections lost"))


def seconds(value):
    """A time for people: milliseconds below 10 s."""
    if value is None:
        return "-"
    if abs(value) < 0.0005:
        return "0 ms"
    return f"{value * 1000:.0f} ms" if abs(value) < 10 else f"{value:.1f} s"


def shown_value(metric, value):
    """A metric for people."""
    return seconds(value) if metric.endswith("_s") else "-" if value is None else f"{value:g}"


def measured_value(values, metric):
    """A metric of a scenario for people; a range where the measurement was disturbed."""
    return _range(metric, values.get(metric), at_most(values, metric))


def expected_value(each):
    """What an expectation's metric was, for people; a range where the measurement was disturbed."""
    return _range(each["metric"], each["measured"], each.get("most", each["measured"]))


def _range(metric, least, most):
    """One number, or two where they differ."""
    shown = [shown_value(metric, value) for value in ([least] if least == most else [least, most])]
    return " to ".join(shown)


def disturbed(record):
    """How the measurement of a scenario was disturbed, as a sentence; empty where it was not."""
    starved = record["metrics"].get("starved_s")
    if not starved:
        return ""
    return (f"The measurement was disturbed: for up to {seconds(starved)} the client did not get to ask, since this machine "
            "was too busy. Clients may have waited as long as the larger numbers say, and more requests may have been lost.")


def heading(text, sign="-"):
    """A heading, with its line."""
    return f"\n{text}\n{sign * len(text)}\n"


def paragraph(text, indent=""):
    """A paragraph, wrapped."""
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=indent, subsequent_indent=indent)


def network(plan):
    """The network as it was built: each segment with who is on it."""
    lines = []
    for segment in plan["segments"]:
        lines.append(f"  {segment['name']}  ({', '.join(segment['networks']) or 'no address'})")
        for member in segment["members"]:
            lines.append(f"    {member['machine']:<10} {member['interface']:<12} {', '.join(member['addresses'])}")
    return "\n".join(lines)


def notes(report):
    """What is not as in reality."""
    return "\n".join(textwrap.fill(note, WIDTH, initial_indent="  - ", subsequent_indent="    ")
                     for note in report["notes"])


def timeline(record):
    """The course of a scenario, one milestone a line, in milliseconds after the fault."""
    return "\n".join(f"  {at * 1000:+10.1f} ms  |  {text}" for at, text in (
        record.get("milestones") or milestones(record)))


def drawing(record):
    """Each director's and each target's time, one sign for a moment."""
    begin, end = record["began"], record["ended"]
    step = max((end - begin) / CELLS, 1e-6)
    wide = max([len(target["name"]) for target in record["targets"]]
               + [len(director["name"]) for director in record["directors"]] + [4])
    lines = []
    for director in record["directors"]:
        lines.append(f"  {director['name']:<{wide}}  {_director_line(director, begin, step)}")
    for target in record["targets"]:
        cells = ["#"] * CELLS
        for gap in target["gaps"]:
            first, last = int((gap["from"] - begin) / step), int((gap["to"] - begin) / step)
            for cell in range(max(first, 0), min(last, CELLS - 1) + 1):
                cells[cell] = "-"
        lines.append(f"  {target['name']:<{wide}}  {''.join(cells)}")
    marks = [" "] * CELLS
    for at, sign in ((record["fault"], "X"), (record["repair"], "^")):
        if at:
            marks[min(int((at - begin) / step), CELLS - 1)] = sign
    lines.append(f"  {'':<{wide}}  {''.join(marks).rstrip()}")
    lines.append(f"  {'':<{wide}}  M master  b backup  F fault  . cannot act    # answered  - not    X fault  ^ repair"
                 f"    (one sign: {step * 1000:.0f} ms)")
    return "\n".join(lines)


ENDED = ("killed", "stopped", "without power")  # a daemon that begins anew afterwards
SIGNS = {"MASTER": "M", "BACKUP": "b", "FAULT": "F", "INIT": " "}


def _director_line(director, begin, step):
    """A director's time, one sign for a moment."""
    cells = []
    for cell in range(CELLS):
        at = begin + (cell + 1) * step
        ended = max((each["to"] for each in director["down"] if each["to"] <= at and each["why"] in ENDED), default=0)
        states = {state["instance"]: state["state"] for state in director["states"] if ended <= state["at"] <= at}
        down = any(each["from"] <= at < each["to"] and each["why"] in (*ENDED, "paused")
                   for each in director["down"])
        kinds = set(states.values())
        best = next((state for state in ("MASTER", "FAULT", "BACKUP") if state in kinds), "INIT")
        cells.append("." if down else SIGNS[best])
    return "".join(cells)


def scenario(record):
    """All about one scenario."""
    verdict = "as expected" if record["ok"] else "NOT AS EXPECTED"
    parts = [heading(f"{record['title']} ({record['name']}, {record['daemon']}): {verdict}"),
             paragraph(record["story"], "  "), ""]
    if record["error"]:
        parts += [paragraph(f"It did not come to its end: {record['error']}", "  "), ""]
    parts += [timeline(record), "", drawing(record), "", measured(record), ""]
    if disturbed(record):
        parts += [paragraph(disturbed(record), "  "), ""]
    for each in record["expectations"]:
        sign = "ok  " if each["ok"] else "FAIL"
        parts.append(f"  {sign} {each['text']}: {expected_value(each)}"
                     f" (at most {shown_value(each['metric'], each['limit'])})")
    return "\n".join(parts)


def measured(record):
    """The metrics in one or two lines."""
    values = record["metrics"]
    found = [f"{name} {measured_value(values, metric)}" for metric, name in SHOWN if values.get(metric) is not None]
    found += [f"{values[lost]} of {values[all_of]} {name}" for lost, all_of, name in COUNTS if values[all_of]]
    found.append(f"{values['announcements']} announcements")
    asked = max((target["interval_s"] for target in record["targets"]), default=0)
    if asked:
        found.append(f"a request every {asked * 1000:.3g} ms")
    return textwrap.fill(", ".join(found), WIDTH, initial_indent="  ", subsequent_indent="  ")


def compared(values, metric):
    """Says whether a metric is worth a line beside another daemon's."""
    return any(at_most(each, metric) for each in values) or metric in ALWAYS and all(
        each.get(metric) is not None for each in values)


def comparison(report):
    """The daemons side by side, for each scenario that more than one of them has gone through."""
    daemons = report["daemons"]
    rows = []
    for name in dict.fromkeys(record["name"] for record in report["scenarios"]):
        records = {record["daemon"]: record for record in report["scenarios"] if record["name"] == name}
        for metric, title in SHOWN + (("lost_requests", "requests lost"), ("lost_connections", "connections lost"),
                                      ("announcements", "announcements")):
            values = [records[daemon]["metrics"] if daemon in records else {} for daemon in daemons]
            if compared(values, metric):
                rows.append((name, title, [measured_value(each, metric) for each in values]))
    lines = [f"  {'scenario':<10} {'':<18} " + " ".join(f"{daemon:>{WIDE}}" for daemon in daemons)]
    last = None
    for name, title, values in rows:
        lines.append(f"  {name if name != last else '':<10} {title:<18} " + " ".join(
            f"{value:>{WIDE}}" for value in values))
        last = name
    return "\n".join(lines)


def summary(report):
    """The last lines: what was as expected and what not."""
    lines = []
    for record in report["scenarios"]:
        values = record["metrics"]
        sign = "ok  " if record["ok"] else "FAIL"
        lines.append(f"  {sign} {record['name']:<9} {record['daemon']:<11} taken over {seconds(values['takeover_s']):>8}"
                     f"   clients waited {measured_value(values, 'downtime_s'):>{WIDE}}   two holders {seconds(values['split_s']):>7}"
                     f"   lost {values['lost_requests']} of {values['requests']}")
    for each in report.get("errors", ()):
        lines.append(f"  FAIL {each['daemon']} could not go on: {each['why']}")
    for each in report["skipped"]:
        lines.append(f"  --   {each['name']:<9} {each['daemon']:<11} left out: {each['why']}")
    return "\n".join(lines)


def whole(report):
    """The report of a rehearsal as one text."""
    files = ", ".join(each["file"] for each in report["directors"] if "twin_of" not in each)
    parts = [heading(f"A rehearsal of {files}", "="),
             paragraph(report["asked"], "  "), heading("The network"), network(report["network"])]
    if report["notes"]:
        parts += [heading("What is not as in reality"), notes(report)]
    parts += [scenario(record) for record in report["scenarios"]]
    if len(report["daemons"]) > 1:
        parts += [heading("Side by side"), comparison(report)]
    parts += [heading("In short"), summary(report), ""]
    return "\n".join(parts)
