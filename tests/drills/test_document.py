# SPDX-License-Identifier: Apache-2.0
"""doc/status.md and what a daemon writes: each member of the document is described in its section, and each
that is described there is written."""

import json
import pathlib
import re

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from lib.daemons import Holdfast
from lib.topology import Topology
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

PAGE = pathlib.Path(__file__).resolve().parents[2] / "doc/status.md"
LIMIT_S = 40  # for what comes true, whenever the machine gets to it
SERVICE, SERVER = "10.0.0.100:80/tcp", "127.0.0.1:8001"
WORD = re.compile(r"`([a-z0-9_]+)(?:\[\])?`")

# With as much in it as a kernel without IPVS can tell of.
CONFIGURATION = """
global_defs {
    metrics_aliases
    metrics_depth server
    http_listen 127.0.0.1:9650
    script_user root
    vrrp_notify_fifo FOLDER/fifo
    lvs_sync_daemon eth1 VI_1
    smtp_server 127.0.0.1
    notification_email { root@localhost }
    notification_email_from root@localhost
}
linkbeat_use_polling
vrrp_script good {
    script "/bin/true"
    interval 1
    weight 10
}
vrrp_track_file file {
    file FOLDER/track
    init_file 3
}
vrrp_track_process process {
    process holdfastd
    weight 5
}
static_ipaddress { 10.99.0.1/32 dev lo }
static_routes { 10.98.0.0/24 dev lo }
static_rules { from 10.98.0.0/24 lookup 77 preference 77 }
bfd_instance session {
    neighbor_ip 127.0.0.2
    source_ip 127.0.0.1
}
vrrp_sync_group G1 {
    sync_group_tracking_weight
    group { VI_1 }
}
vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 51
    priority 100
    version 3
    advert_int 0.2
    unicast_src_ip 10.0.0.1
    unicast_peer { 10.0.0.2 }
    virtual_ipaddress { 10.0.0.100/24 }
    virtual_routes { 10.97.0.0/24 dev eth1 }
    virtual_rules { from 10.97.0.0/24 lookup 78 preference 78 }
    track_script { good }
    track_file { file weight 1 }
    track_process { process }
    track_bfd { session weight 3 }
}
virtual_server_group web {
    10.0.0.100 81
}
virtual_server group web {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 10.0.0.21 81 { weight 1 }
}
virtual_server 10.0.0.100 80 {
    delay_loop 1
    lvs_sched wrr
    lvs_method NAT
    protocol TCP
    sorry_server 127.0.0.1 99
    real_server 127.0.0.1 8001 {
        TCP_CHECK {
            connect_timeout 1
            retry 0
        }
    }
}
virtual_server fwmark 7 {
    lvs_sched rr
    lvs_method NAT
    real_server 10.0.0.21 0 { weight 1 }
}
virtual_server fwmark 7 {
    ip_family inet6
    lvs_sched rr
    lvs_method NAT
    real_server fd00::21 0 { weight 1 }
}
virtual_server 192.0.2.10 80 {
    lvs_sched mh
    lvs_method DR
    protocol TCP
    announce_when up
    real_server 10.0.0.21 80 { weight 1 }
}
"""

# Sections whose members are described in others, too: "as above", "as in `services`".
ALSO = {"static": ["instances"], "checks": ["services"], "ipvs": ["services"],
        "services": ["loop"]}
# What a kernel without IPVS does not have, and what stands for no member of its own.
UNSEEN = {"mail": set(), "services": {"unconfigured"}}


def sections():
    """The sections of "The document": their texts by each name that their headings have."""
    text = PAGE.read_text().split("\n## The document\n")[1].split("\n## HTTP\n")[0]
    found = {}
    for part in text.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        for name in heading.split(", "):
            found[name] = body
    return found


def members(value):
    """The names of all members of a value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(members, value.values()))
    return set().union(*map(members, value)) if isinstance(value, list) else set()


def described(body):
    """The members that the tables of a section have rows for."""
    found = set()
    for table in re.findall(r"^\| (?:member|field) \|.*\n\| -.*\n((?:\|.*\n?)+)", body, re.M):
        for row in table.splitlines():
            _, first, second, *_ = row.split("|")
            found |= set(WORD.findall(first))
            if "[]" in first:  # of a list the members of its objects follow; their values are in brackets
                found |= set(WORD.findall(re.sub(r"\([^)]*\)", "", second)))
    return found


@pytest.fixture(scope="module", name="director")
def make_director():
    """Master, with a server that is down, and something asked of everything by an operator."""
    with Topology() as net:
        host = net.host("one", eth1=(net.switch("lan"), "10.0.0.1/24"))
        director = Holdfast(host, CONFIGURATION.replace("FOLDER", str(host.directory)))
        director.start()
        make_things_happen(director)
        yield director


def make_things_happen(director):
    """So that there is as much to tell as can be."""
    wait_until(lambda: director.status()["instances"][0]["state"] == "MASTER", LIMIT_S, "master")

    def is_told():
        status = director.status()
        (server,) = status["services"][1]["servers"]
        return (server["checks"][0]["last_failure"] and status["scripts"][0]["last_result"] and
                status["mail"]["last_error"] and status["instances"][0]["master"])
    wait_until(is_told, LIMIT_S, "all has happened of which there is something to tell")
    director.control("prio", "+5", "VI_1", "--for", "600")
    director.control("check", f"{SERVICE}/{SERVER}", "pause", "--for", "600")
    director.control("server", "drain", f"{SERVICE}/{SERVER}")
    director.write_configuration("nonsense\n")
    assert director.reload() is not None


def test_the_document_is_as_it_is_described(director):
    """Both ways, section by section."""
    status = director.status()
    told = sections()
    assert status.pop("version") == 1
    assert set(status) == set(told)
    for name, section in status.items():
        words = set(WORD.findall(told[name])).union(
            *(WORD.findall(told[other]) for other in ALSO.get(name, ())))
        written = members(section)
        assert not written - words, f"{name}: not in {PAGE.name}: {sorted(written - words)}"
    for name, section in told.items():
        written = set().union(*(members({other: status[other]}) for other in status
                                if told[other] == section))
        missing = described(section) - written - UNSEEN.get(name, set())
        assert not missing, f"{name}: in {PAGE.name}, and not written: {sorted(missing)}"


def test_no_metric_is_there_twice(director):
    """A strict reader takes all of it, each series is one, and each of a family stands with the others."""
    text = director.control("metrics", "openmetrics")
    found = [(sample.name, tuple(sorted(sample.labels.items())))
             for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len(found) == len(set(found)) > 300
    heads = re.findall(r"^# TYPE (\S+)", text, re.M)
    assert len(heads) == len(set(heads)) and text.endswith("\n# EOF\n")


def test_views_are_as_they_are_described(director):
    """What --json prints of other commands, by its first level."""
    text = PAGE.read_text().split("\n## Views and explanations\n")[1].split("\n## The document\n")[0]
    for words in (("vrrp",), ("checks",), ("loop",), ("services",), ("events",), ("config",),
                  ("healthy",), ("explain", "instance", "VI_1"), ("explain", "service", SERVICE),
                  ("explain", "server", f"{SERVICE}/{SERVER}")):
        view = json.loads(director.control("--json", *words, check=False))
        assert view.pop("version") == 1, words
        if words[0] == "explain":
            part = text.split(f"`explain {words[1]}`")[1].split("`explain ")[0]
        else:
            (part,) = re.findall(rf"^\| `{words[0]}` \|(.*)", text, re.M)
            part += {"loop": sections()["loop"], "events": PAGE.read_text(),
                     "config": PAGE.read_text()}.get(words[0], "")
        assert not set(view) - set(WORD.findall(part)), (words, set(view) - set(WORD.findall(part)))
        assert set(view), words


def test_the_list_of_overrides_is_versioned(director):
    """As the document is, of which it is a section."""
    said = json.loads(director.control("--json", "overrides"))
    assert set(said) == {"version", "overrides"} and said["version"] == 1
    assert [each["kind"] for each in said["overrides"]] == ["priority", "check-pause", "server"]


def test_an_event_is_as_it_is_described(director):
    """Exactly the members of its table, and services are called as the document calls them."""
    body = PAGE.read_text().split("\n## Events\n")[1].split("\n## ")[0]
    services = {service["name"] for service in director.status()["services"]}
    events = json.loads(director.control("--json", "events"))["events"]
    for event in events:
        assert set(event) == described(body), event
        assert event["kind"] not in ("server", "quorum") or event["object"] in services, event
    assert {event["object"] for event in events if event["kind"] == "quorum"} == services
