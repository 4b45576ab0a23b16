# SPDX-License-Identifier: Apache-2.0
"""The report as one self-contained HTML page, with a timeline of each scenario as SVG.

It reads in the dark, on a phone and by a screen reader: colours come with words or shapes, each drawing
has a description and a table beside it. Pure: a report is plain data, as it stands in the JSON.
"""

import html
import time

from holdfast_drill import text

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #ffffff; --ink: #1c2024; --soft: #5a636d;
  --line: #d9dce0; --good: #14713d; --bad: #b3261e; --master: #1f6feb; --master-ink: #ffffff; --backup: #c8d7ee;
  --backup-ink: #1c2024; --fault: #d1477a; --fault-ink: #ffffff; --gone: #e4e6e9; --gone-line: #9aa3ad;
  --served: #7dc49a; --lost: #d4351c; --news: #8a5a00; --advert: #3d4650; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2126; --ink: #e7eaed; --soft: #a4adb7;
  --line: #363d45; --good: #63cf92; --bad: #ff8a80; --master: #4c8dff; --master-ink: #0b1220; --backup: #2b3c57;
  --backup-ink: #e7eaed; --fault: #e879a5; --fault-ink: #1a0b12; --gone: #2a2f35; --gone-line: #6b7480;
  --served: #2f7a50; --lost: #ff6a55; --news: #ffc861; --advert: #b4bdc7; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.1rem; margin: 0; } p { margin: .4rem 0; } a { color: inherit; }
.soft { color: var(--soft); } code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.verdict { font-weight: 600; } .verdict.ok { color: var(--good); } .verdict.bad { color: var(--bad); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 1rem 0; }
.card header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; }
.scroll { overflow-x: auto; margin: .5rem 0; } .scroll:focus-visible { outline: 2px solid var(--master); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { white-space: nowrap; } td:first-child { min-width: 11rem; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
ul.checks { list-style: none; padding: 0; margin: .5rem 0; } ul.checks li { padding-left: 1.4rem; text-indent: -1.4rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .85rem; color: var(--soft); margin: 0; padding: 0;
  list-style: none; } .legend svg { width: 1.1rem; height: .8rem; vertical-align: -.05rem; margin-right: .3rem; }
figure { margin: .75rem 0 0; } svg.time { display: block; width: 100%; min-width: 640px; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .soft { fill: var(--soft); }
.MASTER { fill: var(--master); } .BACKUP { fill: var(--backup); } .FAULT { fill: var(--fault); } .INIT { fill: none; }
text.in-MASTER { fill: var(--master-ink); } text.in-BACKUP { fill: var(--backup-ink); } text.in-FAULT { fill: var(--fault-ink); }
.gone { fill: url(#hatch); stroke: var(--gone-line); } .hatch-back { fill: var(--gone); } .hatch-line { stroke: var(--gone-line); }
.served { fill: var(--served); } .lost { fill: var(--lost); } .unasked { fill: var(--fault); }
.disturbed { border-left: .25rem solid var(--fault); padding-left: .75rem; } .grid { stroke: var(--line); }
.advert { stroke: var(--advert); } .news { fill: var(--news); } .fault-line { stroke: var(--lost); stroke-width: 1.5; }
.repair-line { stroke: var(--good); stroke-width: 1.5; stroke-dasharray: 4 3; } .down { fill: var(--lost); }
.up { fill: var(--good); } summary { cursor: pointer; } details { margin-top: .5rem; }
@media print { .card { break-inside: avoid; } }
"""

LEFT, RIGHT, WIDE = 118, 8, 900
ROW, BAND = 40, 18
TARGET_ROW, TARGET_BAND = 24, 12
TARGETS_SHOWN = 12
ADVERTS_SHOWN, NEWS_SHOWN = 600, 100
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
DEAD = ("killed", "stopped", "without power", "paused")


def escape(words):
    """Text for HTML."""
    return html.escape(str(words), quote=True)


# ---- The timeline -------------------------------------------------------------------------------

class Timeline:
    """The drawing of one recording."""

    def __init__(self, record, number):
        self._record = record
        self._number = number
        self._begin, self._end = record["began"], max(record["ended"], record["began"] + 0.001)
        self._parts = []
        self._y = 22

    def _x(self, at):
        """Where a time is in the drawing."""
        share = (min(max(at, self._begin), self._end) - self._begin) / (self._end - self._begin)
        return LEFT + share * (WIDE - LEFT - RIGHT)

    def _after(self, at):
        """A time after the fault, in milliseconds, with its sign."""
        return f"{(at - self._record['fault']) * 1000:+.0f} ms"

    def _band(self, kind, begin, end, y, height, words, label=""):
        """A period as a bar, with words for who points at it, and a label if it has room."""
        left, right = self._x(begin), self._x(end)
        if right - left < 0.3:
            right = left + 0.3
        self._parts.append(f'<rect class="{kind}" x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{height}"'
                           f'><title>{escape(words)}</title></rect>')
        if label and right - left > 8 * len(label) + 6:
            self._parts.append(f'<text class="in-{kind}" x="{left + 5:.1f}" y="{y + height - 5}">{escape(label)}</text>')

    def draw(self):
        """The drawing as SVG."""
        record = self._record
        for director in record["directors"]:
            self._director(director)
        if record["checks"]:
            self._checks()
        for target in record["targets"][:TARGETS_SHOWN]:
            self._target(target)
        left_out = len(record["targets"]) - TARGETS_SHOWN
        if left_out > 0:
            self._parts.append(f'<text class="soft" x="{LEFT}" y="{self._y + 14}">and {left_out} more targets</text>')
            self._y += 20
        height = self._y + 20
        body = self._axis(height) + "".join(self._parts) + self._marks(height)
        label = f"{record['title']}, {record['daemon']}"
        return (f'<svg class="time" viewBox="0 0 {WIDE} {height}" role="img" '
                f'aria-labelledby="t{self._number} d{self._number}"><title id="t{self._number}">{escape(label)}</title>'
                f'<desc id="d{self._number}">{escape(self._words())}</desc>{body}</svg>')

    def _words(self):
        """The drawing's description: its course in words."""
        return "; ".join(f"{at * 1000:+.0f} ms: {words}" for at, words in self._record["milestones"][:20])

    def _axis(self, height):
        """The grid of the time after the fault."""
        span = self._end - self._begin
        step = next((tick for tick in TICKS if span / tick <= 10), TICKS[-1])
        fault = self._record["fault"]
        parts = []
        for count in range(int((self._begin - fault) / step), int((self._end - fault) / step) + 1):
            x = self._x(fault + count * step)
            parts.append(f'<line class="grid" x1="{x:.1f}" y1="18" x2="{x:.1f}" y2="{height - 16}"/>'
                         f'<text class="soft" x="{x:.1f}" y="{height - 3}" text-anchor="middle">{count * step:g} s</text>')
        return "".join(parts)

    def _marks(self, height):
        """The lines of fault and repair."""
        parts = []
        for at, kind, words in ((self._record["fault"], "fault-line", "fault"),
                                (self._record["repair"], "repair-line", "repair")):
            if at:
                x = self._x(at)
                anchor = "end" if x > WIDE - 60 else "start"
                parts.append(f'<line class="{kind}" x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{height - 16}"/>'
                             f'<text x="{x:.1f}" y="12" text-anchor="{anchor}">{words}</text>')
        return "".join(parts)

    def _name(self, name, y):
        """What a row is about, at its left."""
        shown = name if len(name) <= 17 else name[:16] + "…"
        self._parts.append(f'<text x="0" y="{y}">{escape(shown)}<title>{escape(name)}</title></text>')

    def _director(self, director):
        """A director's row: states, times in which it could not act, adverts, announcements."""
        y = self._y
        self._name(director["name"], y + 14)
        for begin, end, state, words in bands(director, self._begin, self._end):
            if state != "INIT":
                self._band(state, begin, end, y, BAND, f"{director['name']}: {words}", state)
        for down in director["down"]:
            if down["why"] in DEAD:
                self._band("gone", down["from"], down["to"], y, BAND, f"{director['name']}: {down['why']}")
            else:
                self._band("gone", down["from"], down["to"], y + BAND - 4, 4, f"{director['name']}: {down['why']}")
        for advert in sampled(director["adverts"], ADVERTS_SHOWN):
            x = self._x(advert["at"])
            self._parts.append(f'<line class="advert" x1="{x:.1f}" y1="{y + BAND + 2}" x2="{x:.1f}" y2="{y + BAND + 7}"/>')
        for each in sampled(director["announcements"], NEWS_SHOWN):
            x = self._x(each["at"])
            self._parts.append(f'<path class="news" d="M{x:.1f} {y + BAND + 8} l4 7 h-8 z"><title>{self._after(each["at"])}: '
                               f'{escape(director["name"])} announces {escape(each["vip"])}</title></path>')
        self._y += ROW

    def _checks(self):
        """The row of what checks have found."""
        self._name("checks", self._y + 12)
        for check in self._record["checks"]:
            x, y = self._x(check["at"]), self._y + 3
            down = check["state"] == "DOWN"
            shape = f"M{x:.1f} {y + 9} l5 -9 h-10 z" if down else f"M{x:.1f} {y} l5 9 h-10 z"
            self._parts.append(f'<path class="{"down" if down else "up"}" d="{shape}"><title>{self._after(check["at"])}: '
                               f'{escape(check["director"])}: {escape(check["server"])} is {check["state"]}</title></path>')
        self._y += TARGET_ROW

    def _target(self, target):
        """A target's row: answered, not answered, not asked."""
        y = self._y
        self._name(target["name"], y + 11)
        self._band("served", self._begin, self._end, y, TARGET_BAND, f"{target['name']} answers")
        for gap in target["gaps"]:
            lasted = gap["to"] - gap["from"]
            self._band("lost", gap["from"], gap["to"], y - 2, TARGET_BAND + 4,
                       f"{target['name']}: no answer for {lasted * 1000:.0f} ms, {gap['lost']} requests lost")
        for hole in target.get("holes", ()):
            self._band("unasked", hole["from"], hole["to"], y + TARGET_BAND - 3, 3,
                       f"{target['name']} was not asked for {(hole['to'] - hole['from']) * 1000:.0f} ms: the measurement was "
                       "disturbed")
        self._y += TARGET_ROW


def sampled(items, most):
    """At most so many of a list, evenly."""
    return items[::max(1, -(-len(items) // most))]


def bands(director, begin, end):
    """A director's time by its best state: (from, to, state, words)."""
    edges = sorted({begin, end, *(state["at"] for state in director["states"] if begin < state["at"] < end),
                    *(down["to"] for down in director["down"] if begin < down["to"] < end)})
    found = []
    for left, right in zip(edges, edges[1:]):
        since = max((down["to"] for down in director["down"]
                     if down["to"] <= left and down["why"] in text.ENDED), default=0)
        states = {}
        for state in director["states"]:
            if since <= state["at"] <= left:
                states[state["instance"]] = state["state"]
        best = next((kind for kind in ("MASTER", "FAULT", "BACKUP") if kind in states.values()), "INIT")
        words = ", ".join(f"{instance} is {state}" for instance, state in states.items())
        if found and found[-1][2:] == (best, words):
            found[-1] = (found[-1][0], right, best, words)
        else:
            found.append((left, right, best, words))
    return found


# ---- The page -----------------------------------------------------------------------------------

def _verdict(good, yes="as expected", no="not as expected"):
    """A verdict with a sign: colours alone do not tell it."""
    return (f'<span class="verdict {"ok" if good else "bad"}">{"✓" if good else "✗"} {yes if good else no}</span>')


def _table(head, rows, caption):
    """A table that scrolls by itself where it is too wide; head: (title, is a number)."""
    titles = "".join(f'<th scope="col"{" class=n" if number else ""}>{escape(title)}</th>' for title, number in head)
    body = "".join("<tr>" + "".join(f'<td{" class=n" if number else ""}>{cell}</td>'
                                    for cell, (_, number) in zip(row, head)) + "</tr>" for row in rows)
    return (f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table><thead><tr>{titles}</tr>'
            f"</thead><tbody>{body}</tbody></table></div>")


def _anchor(record):
    """The name of a scenario's place on the page."""
    return f"{record['daemon']}-{record['name']}"


def _summary(report):
    """The table of all scenarios."""
    rows = []
    for record in report["scenarios"]:
        values = record["metrics"]
        rows.append([f'<a href="#{_anchor(record)}">{escape(record["title"])}</a>', escape(record["daemon"]),
                     _verdict(record["ok"], "yes", "no"), text.seconds(values["detection_s"]),
                     text.seconds(values["takeover_s"]), text.measured_value(values, "downtime_s"),
                     text.seconds(values["split_s"]), f"{values['lost_requests']} of {values['requests']}",
                     f"{values['lost_connections']} of {values['connections']}" if values["connections"] else "-",
                     values["announcements"]])
    return _table([("Scenario", 0), ("Daemon", 0), ("As expected", 0), ("Detected", 1), ("Taken over", 1),
                   ("Clients waited", 1), ("Two holders", 1), ("Requests lost", 1), ("Connections lost", 1),
                   ("Announcements", 1)], rows, "All scenarios")


def _comparison(report):
    """The table of both daemons, for scenarios that both have gone through."""
    rows = []
    for name in dict.fromkeys(record["name"] for record in report["scenarios"]):
        records = {record["daemon"]: record for record in report["scenarios"] if record["name"] == name}
        if len(records) < 2:
            continue
        for metric, title in (("takeover_s", "taken over"), ("downtime_s", "clients waited"),
                              ("return_downtime_s", "at the return"), ("split_s", "two holders"),
                              ("lost_requests", "requests lost"), ("lost_connections", "connections lost"),
                              ("announcements", "announcements")):
            values = [records[daemon]["metrics"] for daemon in report["daemons"]]
            if text.compared(values, metric):
                rows.append([escape(next(iter(records.values()))["title"]), title,
                             *(text.measured_value(each, metric) for each in values)])
    return _table([("Scenario", 0), ("", 0), *((daemon, 1) for daemon in report["daemons"])], rows, "Side by side")


def _scenario(record, number):
    """One scenario: story, drawing, expectations, course."""
    expectations = "".join(
        f'<li>{_verdict(each["ok"], "", "")} {escape(each["text"])}: '
        f'<strong>{text.expected_value(each)}</strong> '
        f'<span class="soft">(at most {text.shown_value(each["metric"], each["limit"])})</span></li>'
        for each in record["expectations"])
    course = _table([("After the fault", 1), ("What", 0)], [
        [f"{at * 1000:+.1f} ms", escape(words)] for at, words in record["milestones"]], f"Course of {record['title']}")
    error = f'<p class="verdict bad">It did not come to its end: {escape(record["error"])}</p>' if record["error"] else ""
    lines = escape(" ".join(text.measured(record).split()))
    disturbed = f'<p class="disturbed">{escape(text.disturbed(record))}</p>' if text.disturbed(record) else ""
    return (f'<section class="card" id="{_anchor(record)}"><header><h3>{escape(record["title"])}</h3>'
            f'<span><span class="soft">{escape(record["daemon"])}</span> {_verdict(record["ok"])}</span></header>'
            f'<p>{escape(record["story"])}</p>{error}<figure><div class="scroll" tabindex="0" role="region" '
            f'aria-label="Timeline of {escape(record["title"])}, {escape(record["daemon"])}">'
            f"{Timeline(record, number).draw()}</div></figure>"
            f'<ul class="checks">{expectations}</ul><p class="soft">{lines}</p>{disturbed}'
            f"<details><summary>Its course, in milliseconds</summary>{course}</details></section>")


def _legend():
    """What the drawings' shapes mean."""
    swatch = '<svg viewBox="0 0 22 16" aria-hidden="true">{}</svg>'
    rect = '<rect class="{}" width="22" height="16"/>'
    items = [(rect.format("MASTER"), "master"), (rect.format("BACKUP"), "backup"), (rect.format("FAULT"), "fault"),
             (rect.format("gone"), "cannot act; a thin one: cut off or without link"),
             (rect.format("served"), "the client is answered"), (rect.format("lost"), "it is not"),
             ('<rect class="unasked" y="11" width="22" height="5"/>', "it did not get to ask"),
             ('<line class="advert" x1="11" y1="2" x2="11" y2="14" stroke-width="2"/>', "advert"),
             ('<path class="news" d="M11 2 l7 12 h-14 z"/>', "gratuitous ARP or neighbour advertisement"),
             ('<path class="down" d="M11 14 l7 -12 h-14 z"/>', "a check: server down"),
             ('<path class="up" d="M11 2 l7 12 h-14 z"/>', "server up")]
    return '<ul class="legend">' + "".join(
        f"<li>{swatch.format(shape)}{words}</li>" for shape, words in items) + "</ul>"


def _network(report):
    """The table of the network as it was built."""
    rows = [[escape(segment["name"]), escape(", ".join(segment["networks"]) or "-"), escape(member["machine"]),
             f"<code>{escape(member['interface'])}</code>",
             f"<code>{escape(', '.join(member['addresses']) or '-')}</code>"]
            for segment in report["network"]["segments"] for member in segment["members"]]
    return _table([("Segment", 0), ("Networks", 0), ("Host", 0), ("Interface", 0), ("Addresses", 0)], rows, "The network")


def page(report):
    """One self-contained HTML page."""
    files = ", ".join(f"<code>{escape(each['name'])}</code> {escape(each['file'].rpartition('/')[2])}"
                      + (f" (twin of {escape(each['twin_of'])})" if "twin_of" in each else "")
                      for each in report["directors"])
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(report["began"]))
    good = report["ok"]
    notes = "".join(f"<li>{escape(note)}</li>" for note in report["notes"])
    skipped = "".join(f"<li>{escape(each['name'])} ({escape(each['daemon'])}) was left out: {escape(each['why'])}</li>"
                      for each in report["skipped"])
    skipped += "".join(f'<li class="verdict bad">{escape(each["daemon"])} could not go on: {escape(each["why"])}</li>'
                       for each in report.get("errors", ()))
    both = f"<h2>Side by side</h2>{_comparison(report)}" if len(report["daemons"]) > 1 else ""
    scenarios = "".join(_scenario(record, number) for number, record in enumerate(report["scenarios"]))
    hatch = ('<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><pattern id="hatch" width="6" '
             'height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-back" width="6" '
             'height="6"/><line class="hatch-line" x1="0" y1="0" x2="0" y2="6"/></pattern></defs></svg>')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
        f'initial-scale=1"><title>A rehearsal of {escape(", ".join(each["name"] for each in report["directors"]))}</title>'
        f"<style>{STYLE}</style></head><body>{hatch}<main><h1>A rehearsal of "
        f"{escape(' and '.join(each['name'] for each in report['directors']))}</h1>"
        f'<p class="soft">{files} · {escape(" and ".join(report["daemons"]))} · {when}</p>'
        f"<p>{_verdict(good, 'Everything was as expected.', 'Not everything was as expected.')}</p>"
        f"<p>{escape(report['asked'])}</p><h2>In short</h2>{_summary(report)}"
        f"{f'<ul>{skipped}</ul>' if skipped else ''}{both}"
        f"<h2>What is not as in reality</h2>{f'<ul>{notes}</ul>' if notes else '<p>Nothing is known.</p>'}"
        f"<h2>Scenario by scenario</h2>{_legend()}{scenarios}<h2>The network</h2>{_network(report)}"
        "</main></body></html>\n")
