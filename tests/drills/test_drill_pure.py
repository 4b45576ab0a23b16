# SPDX-License-Identifier: Apache-2.0
"""holdfast-drill's pure parts: networks planned from facts, recordings judged, reports of recorded data."""

import hashlib
import html.parser
import ipaddress
import json
import os
import signal
import subprocess
import sys

import pytest

from holdfast_drill import analysis, facts as facts_module, html as page_module, plan as plan_module
from holdfast_drill import kernel, pages, probes, sample, scenarios, text, twin
from lib.daemons import BUILD, TOP

EXAMPLES = TOP / "etc/examples"
PAIR = """
vrrp_instance A {
    interface %(interface)s
    virtual_router_id 7
    priority %(priority)d
    advert_int 1
    virtual_ipaddress {
        10.1.0.10/24
    }
    virtual_routes {
        0.0.0.0/0 via 10.1.0.1
    }
}
virtual_server 10.1.0.10 80 {
    lb_algo rr
    lb_kind %(kind)s
    protocol TCP
    real_server 10.1.0.21 80 {
        TCP_CHECK {
        }
    }
    real_server 10.2.0.22 80 {
        HTTP_GET {
            url {
                path /up
                status_code 204
            }
        }
    }
}
"""


@pytest.fixture
def facts_from(tmp_path):
    """Reads a text as holdfastd would."""
    def read(words, name="lb1"):
        file = tmp_path / f"{name}.conf"
        file.write_text(words)
        return facts_module.read(BUILD / "holdfastd", file, name)
    return read


@pytest.fixture
def pair(facts_from):
    """The facts of two directors whose interfaces have different names."""
    def make(kind="DR"):
        return [facts_from(PAIR % {"interface": "eth1", "priority": 150, "kind": kind}, "lb1"),
                facts_from(PAIR % {"interface": "ens3", "priority": 100, "kind": kind}, "lb2")]
    return make


def test_timers_are_those_of_the_protocol(pair):
    """RFC 3768: three adverts and (256 - priority) / 256 seconds."""
    first, second = (facts.instances[0] for facts in pair())
    assert first.down_s == pytest.approx(3 + 106 / 256)
    assert second.skew_s == pytest.approx(156 / 256)


def test_interfaces_of_one_virtual_router_are_on_one_segment(pair):
    """Whatever their names are."""
    plan = plan_module.make(pair(), ipvs=True)
    assert {"lb1": "eth1", "lb2": "ens3"} in [segment.interfaces for segment in plan.segments]


def test_nobody_has_an_address_of_somebody_else(pair):
    """Invented addresses are neither virtual ones nor servers' nor gateways'."""
    plan = plan_module.make(pair(), ipvs=True)
    addresses = [text_.partition("/")[0] for machine in plan.machines()
                 for _, *texts in machine.links.values() for text_ in texts]
    assert len(addresses) == len(set(addresses))
    assert "10.1.0.10" not in addresses
    assert addresses.count("10.1.0.1") == 1, "the gateway has a stand-in"


def test_servers_in_a_network_that_no_file_names_are_reached_and_noted(pair):
    """Each director gets an interface there, and the report says so."""
    plan = plan_module.make(pair(), ipvs=True)
    segment, network = plan.segment_of("10.2.0.22")
    assert network == ipaddress.ip_network("10.2.0.0/24")
    assert set(segment.interfaces) == {"lb1", "lb2"}
    assert any("10.2.0.0/24" in note for note in plan.notes)


def test_direct_routing_gives_servers_the_virtual_address(pair):
    """On lo; NAT gives them a gateway instead."""
    servers = plan_module.make(pair("DR"), ipvs=True).servers
    assert all(server.local == ["10.1.0.10"] for server in servers)
    servers = plan_module.make(pair("NAT"), ipvs=True).servers
    assert not any(server.local for server in servers)
    assert "route replace default via 10.1.0.10" in servers[0].routes


def test_client_of_nat_in_the_servers_network_asks_from_elsewhere(pair):
    """A server that had its own way to the client would answer past the director."""
    (target, *_) = plan_module.make(pair("NAT"), ipvs=True).targets
    assert ipaddress.ip_address(target.source) in plan_module.CLIENT_NET


def test_addresses_are_asked_where_nothing_goes_through_services(pair):
    """Without IPVS; and the report says so."""
    plan = plan_module.make(pair(), ipvs=False)
    assert [target.kind for target in plan.targets] == ["echo"]
    assert any("no IPVS" in note for note in plan.notes)
    assert [target.kind for target in plan_module.make(pair(), ipvs=True).targets] == ["tcp"]


def test_stand_ins_are_what_checks_ask_for(pair):
    """HTTP with the status that is wanted goes before plain TCP on the same port."""
    speaks = {stand_in.address: stand_in for stand_in in plan_module.make(pair(), ipvs=True).stand_ins}
    assert speaks["10.1.0.21"].speaks == "tcp"
    assert speaks["10.2.0.22"].speaks == "http"
    assert pages.page_for(*speaks["10.2.0.22"].details[0]) == (204, "stand-in for /up\n")


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.glob("*.conf")))
def test_every_example_can_be_planned_with_its_twin(example, facts_from):
    """Each address is in the network that it is on, and the twin's priority is lower."""
    first = facts_module.read(BUILD / "holdfastd", EXAMPLES / example, "lb1")
    second = facts_from(twin.derive((EXAMPLES / example).read_text(), first, "lb2"), "lb2")
    for ipvs in (False, True):
        plan = plan_module.make([first, second], ipvs)
        for machine in plan.machines():
            for name, *texts in machine.links.values():
                (segment,) = (segment for segment in plan.segments if segment.name == name)
                assert all(segment.network_of(text_.partition("/")[0]) or text_.endswith("/32") for text_ in texts)
    for one, other in zip(first.instances, second.instances):
        assert other.priority < one.priority
        assert other.source != one.source or not one.source
        assert one.source in other.peers or not one.peers


HEADER = "HTTP/1.1 200 Stand-in"


@pytest.mark.parametrize("regex, options", [
    ("ready", ""), ("^ok$", "multiline"), ("a.c", ""), ("up|down", ""), ("^up", "multiline"), (r"^HTTP/1\.[01] 200", ""),
    (r"^(ok|fine): [0-9]+$", "multiline"), (r"\bOK\b", ""), (r"status\s*[:=]\s*\"?up\"?", ""), ("READY", "caseless"),
    (r"(a|b)\1{2}", ""), (r"</html>\s*$", ""), ("a{2}[^a-z]x+", ""), (r"(?<name>a)\(b\)\$", ""), (r"up (?=and running)", ""),
    ("a  b # the words", "extended"), (r"\h+end\Z", ""), (r"äpfel", ""), (r"^$", "multiline"),
])
def test_page_matches_the_regex_that_is_wanted(regex, options):
    """In header and body as one text, as HTTP_GET searches it."""
    status, body = pages.page_for("/x", "200", regex, options=options)
    assert body is not None
    whole = pages.reply(status, body).decode()
    assert whole.startswith(HEADER)
    assert sample.compiled(regex, options).search(whole)


def test_page_is_without_what_must_not_be_there():
    """regex_no_match; and a match must begin within the offsets that are given."""
    _, body = pages.page_for("/error", "200", "error", absent=True)
    assert body is not None and "error" not in body
    status, body = pages.page_for("/x", "200", "up", first=300)
    assert pages.reply(status, body).find(b"up") >= 300
    assert pages.page_for("/x", "200", "^HTTP", last=0)[1] is not None
    assert pages.page_for("/x", "200", "Type.*ready", last=3)[1] is None


@pytest.mark.parametrize("regex, words", [
    ("^up", "beginning of the status line"), (r"a(?C1)b\Qx", "cannot be read here"), ("x(?!.)y", "nothing was found")])
def test_regex_without_a_page_is_told_with_its_reason(regex, words):
    """Also that two checks want what one page cannot be."""
    (told,) = pages.objections((("/x", "200", regex, "", "", False, 0, None),))
    assert words in told and regex in told
    both = (("/x", "200", "up", "", "", False, 0, None), ("/x", "200", "up", "", "", True, 0, None))
    assert any("another check wants another page" in told for told in pages.objections(both))
    apart = (("/x", "200", "up", "", "", False, 0, None), ("/x", "200", "ready", "", "", False, 0, None))
    assert not pages.objections(apart)
    assert pages.pages_of(apart)["/x"] == (200, "up\nready")


def test_plan_tells_which_check_fails(facts_from):
    """With the regex as holdfastd reads it: its escapes are resolved."""
    words = PAIR.replace("status_code 204", 'status_code 200\n                regex "^ok \\\\d+$"')
    plan = plan_module.make([facts_from(words % {"interface": "eth0", "priority": 100, "kind": "DR"})], ipvs=True)
    assert any("10.2.0.22 port 80" in note and r"^ok \d+$" in note for note in plan.notes), plan.notes


def test_programs_are_known_by_their_first_word(facts_from):
    """Also where arguments, quotes, a user and a group stand beside it: what is not known would be run."""
    facts = facts_from("""
vrrp_script check {
    script "/usr/bin/test -e '/tmp/a b'"
    user root
}
vrrp_instance A {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        10.1.0.10/24
    }
    notify_master "/opt/move.sh 'a b' c" root root
    notify_backup /bin/touch root
    notify_fault "'/opt/my dir/x' y"
}
""")
    assert sorted(facts.programs) == ["/bin/touch", "/opt/move.sh", "/opt/my dir/x", "/usr/bin/test"]


def test_digest_is_that_of_the_page():
    """What a configuration is told in place of the real page's."""
    assert pages.digest_of("/") == hashlib.md5(b"stand-in for /\n").hexdigest()


def recording(**changes):
    """A master that dies at 10 s, an address that is taken over 3.5 s later, and its return at 20 s."""
    record = {
        "name": "power", "title": "The master loses its power", "story": "It is gone.", "daemon": "holdfast",
        "kind": "pair", "victim": "lb1", "service": "", "began": 9.0, "fault": 10.0, "repair": 20.0, "ended": 25.0,
        "marks": [{"at": 10.0, "text": "lb1 loses its power"}], "refusals": [], "error": None, "ignored": [],
        "vips": ["10.0.0.1"], "holders_at_end": {"10.0.0.1": ["lb1"]}, "checks": [], "flows": [
            {"service": "s", "opened": True, "broken": "ECONNRESET"}, {"service": "s", "opened": True, "broken": ""}],
        "directors": [
            {"name": "lb1", "states": [{"at": 9.0, "instance": "A", "state": "MASTER", "why": ""}],
             "down": [{"from": 10.0, "to": 20.0, "why": "without power"}],
             "owned": [{"vip": "10.0.0.1", "from": 1.0, "to": 19.9}, {"vip": "10.0.0.1", "from": 23.0, "to": 25.0}],
             "adverts": [{"at": 9.5, "vrid": 7, "priority": 150}], "announcements": []},
            {"name": "lb2", "states": [{"at": 9.0, "instance": "A", "state": "BACKUP", "why": ""},
                                       {"at": 13.5, "instance": "A", "state": "MASTER", "why": "<no advert>"}],
             "down": [], "owned": [{"vip": "10.0.0.1", "from": 13.5, "to": 23.1}],
             "adverts": [{"at": 13.5, "vrid": 7, "priority": 100}],
             "announcements": [{"at": 13.6, "vip": "10.0.0.1"}]}],
        "targets": [{"name": "10.0.0.1", "kind": "echo", "service": "", "interval_s": 0.001, "requests": 16000,
                     "lost": 3600, "last_before": 9.999, "gaps": [{"from": 10.0, "to": 13.6, "lost": 3600}]}],
    } | changes
    record["metrics"] = analysis.metrics(record)
    limits = scenarios.Limits(3.6, 0.6, 1.0, 0, 0, 0.3)
    record["expectations"] = analysis.judge(record, scenarios.by_name("power"), limits)
    record["milestones"] = [list(each) for each in analysis.milestones(record)]
    record["ok"] = all(each["ok"] for each in record["expectations"])
    return record


def report_of(*records):
    """A report around some recordings."""
    return {"format": 1, "began": 0.0, "ended": 1.0, "ok": all(record["ok"] for record in records),
            "directors": [{"name": "lb1", "file": "/a/lb1.conf"}, {"name": "lb2", "file": "/a/lb2.conf"}],
            "daemons": list(dict.fromkeys(record["daemon"] for record in records)), "ipvs": False, "seed": 1,
            "scenarios": list(records), "skipped": [], "notes": ["<nothing>"], "asked": "ICMP echo.",
            "network": {"segments": [{"name": "lan", "networks": ["10.0.0.0/24"], "members": [
                {"machine": "lb1", "role": "director", "interface": "eth0", "addresses": ["10.0.0.2/24"]}]}],
                        "stand_ins": []}}


def test_metrics_are_what_happened():
    """From the fault to each event; the victim that has no power holds nothing."""
    values = recording()["metrics"]
    assert values["detection_s"] == pytest.approx(3.5)
    assert values["silence_s"] == pytest.approx(4.0)
    assert values["takeover_s"] == pytest.approx(3.5)
    assert values["announced_s"] == pytest.approx(3.6)
    assert values["downtime_s"] == pytest.approx(3.6)
    assert values["split_s"] == pytest.approx(0.1), "at the return both have it for a tenth of a second"
    assert (values["connections"], values["lost_connections"]) == (2, 1)


def test_client_waits_from_its_first_request_to_the_next_answer():
    """Whether requests were lost meanwhile, or answered late; what nobody asked for is no gap."""
    target = plan_module.Target("10.0.0.1", "echo")
    lost = probes.Answers(target, 0.1, [0, 0.1, 0.2, 0.3, 0.4, 5.0], [0.01, None, None, None, None, 5.01])
    assert lost.gaps() == [(0.1, 5.01, 4)]
    late = probes.Answers(target, 0.01, [number / 100 for number in range(50)],
                          [max(number / 100 + 0.001, 0.4) if number > 10 else number / 100 + 0.001 for number in range(50)])
    assert [(begin, until, none) for begin, until, none in late.gaps()] == [(0.11, 0.4, 0)]
    never = probes.Answers(target, 0.1, [0, 0.1, 5], [0.01, None, None])
    assert never.gaps() == [(0.1, 5, 1)]
    assert not probes.Answers(target, 0.1, [0, 9], [0.01, 9.01]).gaps()


def test_client_that_did_not_get_to_ask_says_so():
    """A takeover of 0.6 s in which the client slept for 0.53 s: 70 ms are certain, 0.61 s are possible."""
    target = plan_module.Target("10.0.0.1", "echo")
    times = [0, 0.001, 0.002, 0.003, *(0.53 + number / 1000 for number in range(100))]
    starved = probes.Answers(target, 0.001, times, [at + 0.0005 if at < 0.003 or at >= 0.6 else None for at in times])
    ((begin, until, lost),) = starved.gaps()
    assert (begin, until, lost) == (0.003, pytest.approx(0.6005), 71)
    slept = probes.Answers(target, 0.001, times, [at + 0.0005 if at < 0.004 or at >= 0.6 else None for at in times])
    ((begin, until, _),) = slept.gaps()
    assert (begin, until) == (pytest.approx(0.53), pytest.approx(0.6005))
    assert slept.known_good(begin) == 0.003 and slept.holes() == [(0.003, 0.53)]
    unheard = probes.Answers(target, 0.001, [0, 0.001], [0.0005, 0.0015], ended=0.7)
    assert unheard.holes() == [(0.001, 0.7)] and not unheard.gaps()
    unanswered = probes.Answers(target, 0.001, [0, 0.001], [0.0005, None], ended=0.7)
    assert unanswered.gaps() == [(0.001, 0.7, 1)]
    steady = probes.Answers(target, 0.001, [number / 1000 for number in range(50)],
                            [number / 1000 + 0.0005 for number in range(50)], ended=0.05)
    assert not steady.holes() and not steady.gaps()


def starved_recording(**changes):
    """The client has slept through most of the takeover: it has seen 100 ms of 3.6 s."""
    (target,) = recording()["targets"]
    return recording(targets=[target | {
        "resolution_s": 0.01, "lost": 100, "gaps": [{"from": 13.5, "to": 13.6, "lost": 100, "since": 9.95}],
        "holes": [{"from": 9.96, "to": 13.5}]}], **changes)


def test_disturbed_measurement_is_no_rosy_number():
    """The report has both numbers and the reason; what may have been too long is not as expected."""
    record = starved_recording()
    values = record["metrics"]
    assert values["downtime_s"] == pytest.approx(0.1) and values["downtime_most_s"] == pytest.approx(3.65)
    assert values["starved_s"] == pytest.approx(3.54)
    for words in (text.whole(report_of(record)), page_module.page(report_of(record))):
        assert "100 ms to 3650 ms" in words
        assert "The measurement was disturbed: for up to 3540 ms the client did not get to ask" in words
    both = text.comparison(report_of(record, recording(daemon="keepalived")))
    assert [line for line in both.splitlines() if "clients waited" in line and "100 ms to 3650 ms" in line]
    limits = scenarios.Limits(3.0, 0.6, 1.0, 0, 0, 0.3)
    (waited,) = (each for each in analysis.judge(record, scenarios.by_name("power"), limits)
                 if each["metric"] == "downtime_s")
    assert not waited["ok"] and waited["measured"] == pytest.approx(0.1)
    quiet = recording()["metrics"]
    assert quiet["starved_s"] == 0 and quiet["downtime_most_s"] == quiet["downtime_s"]
    assert "disturbed" not in text.whole(report_of(recording()))


def test_two_masters_for_too_long_are_not_as_expected():
    """Split-brain time counts only while both can act."""
    split = recording()
    split["directors"][0]["down"][0]["why"] = "cut off"
    split["metrics"] = analysis.metrics(split)
    assert split["metrics"]["split_s"] == pytest.approx(6.5)
    limits = scenarios.Limits(3.6, 0.6, 1.0, 0, 0, 0.3)
    assert not all(each["ok"] for each in analysis.judge(split, scenarios.by_name("power"), limits))
    assert recording()["ok"]


def test_address_without_a_holder_at_the_end_is_not_as_expected():
    """Each must be on exactly one director."""
    assert not recording(holders_at_end={"10.0.0.1": []})["ok"]
    assert not recording(holders_at_end={"10.0.0.1": ["lb1", "lb2"]})["ok"]


def test_every_expectation_has_a_metric_and_a_limit():
    """The scenarios' words are known to what judges them."""
    values = recording()["metrics"]
    limits = scenarios.Limits(1, 1, 1, 1, 1, 0)
    for scenario in (*scenarios.SCENARIOS, scenarios.NEW_FILE):
        for expectation in scenario.expectations:
            assert expectation.metric in values
            assert limits.of(expectation.limit) >= 0


def test_text_says_when_what_happened():
    """Milestones in milliseconds, a drawing, the verdict."""
    words = text.whole(report_of(recording()))
    assert "+3500.0 ms  |  lb2: A is MASTER: <no advert>" in words
    assert "clients waited 3600 ms" in words
    assert "MMMM" in words and "----" in words


def test_both_daemons_stand_side_by_side():
    """One row for each metric, one column for each daemon."""
    words = text.whole(report_of(recording(), recording(daemon="keepalived")))
    table = words.partition("Side by side")[2]
    assert [line for line in table.splitlines() if "taken over" in line and line.count("3500 ms") == 2]


class Page(html.parser.HTMLParser):
    """What a page is made of; complains about what is not closed."""

    VOID = {"meta", "link", "br", "img", "hr", "input", "line", "rect", "path"}

    def __init__(self, words):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(words)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_page_is_well_formed_and_needs_nothing_from_outside():
    """No script, no address of anything; every drawing has a title and a description."""
    words = page_module.page(report_of(recording(), recording(daemon="keepalived")))
    page = Page(words)
    assert not page.open
    assert not [tag for tag, attributes in page.tags if tag in ("script", "link", "img", "iframe")]
    assert not [value for _, attributes in page.tags for name, value in attributes.items()
                if name in ("src", "href") and not value.startswith("#")]
    drawings = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    identities = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(drawings) == 2 and len(identities) == len(set(identities))
    assert all(name in identities for drawing in drawings for name in drawing["aria-labelledby"].split())
    assert "&lt;no advert&gt;" in words and "<no advert>" not in words
    assert "prefers-color-scheme: dark" in words


HOSTILE = """<script>alert('1')</script>"&amp;\u2028\udce4"""


def hostile(thing):
    """The same data, in which each name is one that a page must not believe."""
    if isinstance(thing, dict):
        return {key: value if key in ("state", "metric", "kind", "format", "name") and isinstance(value, str)
                else hostile(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [hostile(each) for each in thing]
    return f"{thing}{HOSTILE}" if isinstance(thing, str) else thing


def test_names_cannot_become_part_of_the_page():
    """Whatever a file calls its instances, addresses and servers: it is text, in the tree and in attributes."""
    record = starved_recording(
        error="It ended.", checks=[{"at": 11.0, "director": "lb1", "service": "s", "server": "r", "state": "DOWN", "why": "w"}])
    report = report_of(record, starved_recording(daemon="keepalived"))
    report["skipped"] = [{"name": "deaf", "daemon": "holdfast", "why": "because"}]
    report["errors"] = [{"daemon": "keepalived", "why": "It is ill."}]
    words = page_module.page(hostile(report) | {"daemons": report["daemons"]}
                             | {"scenarios": [hostile(each) | {"daemon": each["daemon"], "targets": [
                                 target | {"name": HOSTILE} for target in each["targets"]]} for each in report["scenarios"]]})
    page = Page(words)
    assert not page.open
    known = {tag for tag, _ in Page(page_module.page(report)).tags}
    assert {tag for tag, _ in page.tags} == known and "script" not in known
    assert "<script" not in words and words.count("&lt;script&gt;") > 20
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "alert"]


def test_daemon_that_could_not_go_on_is_in_the_report():
    """What was measured with the other one is not lost."""
    report = report_of(recording()) | {"errors": [{"daemon": "keepalived", "why": "It has ended."}]}
    assert "FAIL keepalived could not go on: It has ended." in text.whole(report)
    assert "keepalived could not go on: It has ended." in page_module.page(report)


def test_file_that_is_loaded_later_has_its_servers_and_no_programs(facts_from):
    """Its real servers are there, and what it would run is known."""
    old = facts_from(PAIR % {"interface": "eth0", "priority": 100, "kind": "DR"}, "lb1")
    new = facts_from((PAIR % {"interface": "eth7", "priority": 100, "kind": "DR"}).replace("10.1.0.21 80", "10.1.0.77 80"), "lb1")
    plan = plan_module.make([old], True, [new])
    assert {"10.1.0.21", "10.1.0.77"} <= {stand_in.address for stand_in in plan.stand_ins}
    assert any("eth7" in note for note in plan.notes)
    assert "eth7" not in plan.directors[0].links


def test_tracked_processes_are_planned(facts_from):
    """As many as are well, of both directors' files together; none where none may run."""
    words = (PAIR % {"interface": "eth0", "priority": 100, "kind": "DR"}) + """
vrrp_track_process web {
    process nginx
    quorum 3
    quorum_max 4
}
vrrp_track_process db {
    process "/usr/sbin/my db" --user=mysql
    param_match initial
}
vrrp_track_process none {
    process intruder
    quorum_max 0
}
"""
    plan = plan_module.make([facts_from(words), facts_from(words, "lb2")], True)
    assert plan.processes == {("nginx",): 3, ("/usr/sbin/my db", "--user=mysql"): 1, ("intruder",): 0}
    assert any("no process intruder runs" in note for note in plan.notes)


def test_network_that_is_too_small_is_told(facts_from):
    """A /30 has room for an address and a director; its twin has no place."""
    words = PAIR[:PAIR.index("virtual_server")].replace("10.1.0.10/24", "10.1.0.1/30").replace("10.1.0.1\n", "10.1.0.9\n")
    one, two = (facts_from(words % {"interface": "eth0", "priority": 100}, name) for name in ("lb1", "lb2"))
    plan = plan_module.make([one], True)
    assert any("free for the client" in note for note in plan.notes)
    with pytest.raises(facts_module.FactsError, match="no address of 10.1.0.0/30 is free"):
        plan_module.make([one, two], True)


def test_one_network_on_two_interfaces_is_told(facts_from):
    """The same virtual address twice; no address is given to two hosts."""
    first = (PAIR % {"interface": "eth0", "priority": 100, "kind": "DR"})
    words = first + first[:first.index("virtual_server")].replace("instance A", "instance B").replace(
        "eth0", "a23456789012345").replace("router_id 7", "router_id 8")
    plan = plan_module.make([facts_from(words)], True)
    assert any("10.1.0.0/24 is on lan-eth0 and on lan-a23456789012345" in note for note in plan.notes)
    everybody = [address for machine in plan.machines() for _, *addresses in machine.links.values() for address in addresses]
    assert len(everybody) == len(set(everybody))


def test_file_in_another_encoding_is_read(tmp_path):
    """What is no UTF-8 survives: reading, a twin, writing."""
    file = tmp_path / "latin.conf"
    file.write_bytes(b"# \xe4\xf6\n" + (PAIR % {"interface": "eth0", "priority": 100, "kind": "DR"}).encode())
    facts = facts_module.read(BUILD / "holdfastd", file, "lb1")
    facts_module.write_text(tmp_path / "twin.conf", twin.derive(facts_module.text_of(file), facts, "lb2"))
    assert b"\xe4\xf6\n" in (tmp_path / "twin.conf").read_bytes()


def test_command_line_says_what_is_wrong(tmp_path):
    """Exit status 2, and a line."""
    program = BUILD / "drill/holdfast-drill"
    broken = tmp_path / "broken.conf"
    broken.write_text("vrrp_instance A {\n priority 999\n}\n")
    empty, including = tmp_path / "empty.conf", tmp_path / "including.conf"
    empty.write_text("# nothing\n")
    including.write_text("include /nowhere.conf\n")
    for arguments, words in ((["/no/file"], "there is no file /no/file"), ([], "which configuration files"),
                             ([EXAMPLES / "web-pair.conf", "--scenario", "x", "--twin"], "no scenario x"),
                             ([broken], "broken.conf:2"), ([empty], "nothing to rehearse"),
                             ([including], "\"/nowhere.conf\" cannot be read"),
                             ([EXAMPLES / "web-pair.conf", "--interval", "0"], "--interval: 0 is outside 0.1..60000"),
                             ([EXAMPLES / "web-pair.conf", "--out", "/proc/nowhere"], "no report can be written"),
                             ([EXAMPLES / "web-pair.conf", "--daemon", "both", "--reload", broken], "broken.conf:2")):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and words in done.stderr, done.stderr
    done = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    assert {line.split()[0] for line in done.stdout.splitlines()} == {
        scenario.name for scenario in (*scenarios.SCENARIOS, scenarios.NEW_FILE)}


@pytest.mark.parametrize("release, version", [
    ("6.1.0-18-amd64", (6, 1)), ("5.2", (5, 2)), ("5.10.0+", (5, 10)), ("strange", (0, 0))])
def test_old_kernels_are_known(release, version):
    """Before 5.3 what is set for a bridge would be set for the whole machine: it is left alone there."""
    assert kernel.version_of(release) == version


def test_report_survives_json():
    """What is written is what is drawn."""
    report = report_of(recording())
    assert page_module.page(json.loads(json.dumps(report))) == page_module.page(report)


INTERRUPTED = """
import os, signal
from holdfast_drill import apart
signal.signal(signal.SIGTERM, apart._end_on)
os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGTERM))
with apart.uninterrupted():
    if os.fork() == 0:
        os._exit(0)
    print("written", flush=True)
print("goes on", flush=True)
"""


def test_signal_ends_a_rehearsal_but_not_a_report_that_is_being_written():
    """It comes where an exception would be lost: in what Python does around a fork."""
    program = subprocess.run([sys.executable, "-c", INTERRUPTED], check=False, capture_output=True, text=True,
                             env=os.environ | {"PYTHONPATH": str(TOP / "drill")})
    assert (program.stdout, program.returncode) == ("written\n", 128 + signal.SIGTERM), program.stderr
