# SPDX-License-Identifier: Apache-2.0
"""Metrics of two directors: what they tell, that collectors read it, and that our alerts and our
dashboard, and those made for the exporters of keepalived, find what they ask for."""

import http.client
import json
import pathlib
import re
import socket
import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from lib.daemons import Holdfast
from lib.talkers import TcpTalker
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ours

TOP = pathlib.Path(__file__).resolve().parents[2]
RULES = TOP / "contrib/prometheus/holdfast.rules.yml"
DASHBOARD = TOP / "contrib/grafana/holdfast.json"
LIMIT_S = 20 + 4 * SLACK_S
INSTANCE = {"name": "VI_1", "interface": "eth1", "vrid": "51", "family": "ipv4"}
SERVICE = "10.0.0.17:80/tcp"
CONFIGURATION = """
global_defs {{
    metrics_aliases
    metrics_depth server
    http_listen 127.0.0.1:9650
    script_user root
}}
vrrp_script steady {{
    script "/bin/true"
    interval 1
}}
track_file spare {{
    file {folder}/spare
    init_file 3
}}
vrrp_sync_group G1 {{
    sync_group_tracking_weight
    group {{
        VI_1
    }}
}}
vrrp_instance VI_1 {{
    interface eth1
    virtual_router_id 51
    priority {priority}
    version 3
    advert_int 1
    unicast_src_ip {own}
    unicast_peer {{
        {other}
    }}
    virtual_ipaddress {{
        10.0.0.17/24
    }}
    virtual_ipaddress_excluded {{
        10.0.0.18/32
    }}
    track_script {{
        steady
    }}
    track_file {{
        spare weight 1
    }}
}}
bfd_instance sister {{
    neighbor_ip {other}
    source_ip {own}
}}
virtual_server 10.0.0.17 80 {{
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 10.0.0.7 80 {{
        TCP_CHECK {{
            connect_timeout 5
        }}
    }}
    real_server 10.0.0.7 81 {{
        TCP_CHECK {{
            connect_timeout 5
        }}
    }}
}}
"""
SIGNED = """    auth_hmac {
        key 1 hex:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        active_key 1
    }
    virtual_ipaddress {"""


class Director(Holdfast):
    """A daemon and its metrics."""

    def samples(self):
        """All of them, by the name that they have: (labels, value), as a strict reader takes them."""
        found = {}
        for family in text_string_to_metric_families(self.control("metrics", "openmetrics")):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def value(self, metric, /, **labels):
        """The only sample with these labels among others; None: there is none."""
        values = [value for has, value in self.samples().get(metric, ())
                  if labels.items() <= has.items()]
        assert len(values) <= 1, (metric, labels, values)
        return values[0] if values else None


@pytest.fixture
def directors(net):
    """A master, a backup, and a server that one of two checks reaches."""
    lan = net.switch("lan")
    hosts = [net.host(name, eth1=(lan, f"{address}/24"))
             for name, address in (("a", "10.0.0.5"), ("b", "10.0.0.6"))]
    with TcpTalker(net.host("server", eth1=(lan, "10.0.0.7/24")), 80, lambda connection: None):
        pair = [Director(host, CONFIGURATION.format(folder=host.directory, priority=priority,
                                                    own=own, other=other))
                for host, priority, own, other in ((hosts[0], 150, "10.0.0.5", "10.0.0.6"),
                                                   (hosts[1], 100, "10.0.0.6", "10.0.0.5"))]
        # One after the other: what they count must not depend on who is first.
        for director, state in zip(pair, (2, 1)):
            director.start()
            wait_until(lambda d=director, s=state: d.value("holdfast_vrrp_state", name="VI_1") == s, LIMIT_S,
                       "it has its place")
        for director in pair:
            for server, up in (("10.0.0.7:80", 1), ("10.0.0.7:81", 0)):
                wait_until(lambda d=director, s=server, u=up:
                           d.value("holdfast_check_up", server=s) == u, LIMIT_S,
                           f"{server} is known to be {'up' if up else 'down'}")
        yield pair


def names_in(text):
    """The metrics that rules or a dashboard ask for."""
    return set(re.findall(r"\bholdfast_[a-z_]+", text))


def expressions(node):
    """All that a dashboard asks for."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query", "definition") and isinstance(value, str):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for value in node:
            yield from expressions(value)


def listed_aliases():
    """The names of the exporters, as doc/metrics.md has them."""
    return set(re.findall(r"^\| `(keepalived_[a-z_]+)`", (TOP / "doc/metrics.md").read_text(), re.M))


def check_values(master, backup):
    """What is known of this pair."""
    for name, labels, of_master, of_backup in (
            ("holdfast_vrrp_priority_base", INSTANCE, 150, 100),
            ("holdfast_vrrp_priority_effective", INSTANCE, 153, 103),
            ("holdfast_vrrp_address_present", {"address": "10.0.0.17/24", **INSTANCE}, 1, 0),
            ("holdfast_vrrp_became_master_total", INSTANCE, 1, 0),
            ("holdfast_vrrp_dual_master", INSTANCE, 0, 0),
            ("holdfast_vrrp_advert_interval_seconds", INSTANCE, 1, 1),
            ("holdfast_vrrp_group_state", {"name": "G1"}, 2, 1),
            ("holdfast_script_good", {"name": "steady"}, 1, 1),
            ("holdfast_track_file_value", {"name": "spare"}, 3, 3),
            ("holdfast_service_quorum_met", {"service": SERVICE}, 1, 1),
            ("holdfast_service_servers", {"service": SERVICE, "state": "down"}, 1, 1),
            ("holdfast_server_up", {"service": SERVICE, "server": "10.0.0.7:80"}, 1, 1),
            ("holdfast_server_up", {"service": SERVICE, "server": "10.0.0.7:81"}, 0, 0),
            ("holdfast_servers", {"state": "up"}, 1, 1),
            ("holdfast_metrics_left_out", {"what": "servers"}, 0, 0),
            ("keepalived_vrrp_state", {"iname": "VI_1", "intf": "eth1", "vrid": "51",
                                       "ip_address": "10.0.0.17/24"}, 2, 1),
            ("keepalived_vrrp_excluded_state", {"iname": "VI_1", "ip_address": "10.0.0.18"}, 2, 1),
            ("keepalived_become_master_total", {"iname": "VI_1", "intf": "eth1", "vrid": "51"},
             1, 0)):
        assert (master.value(name, **labels), backup.value(name, **labels)) == (
            of_master, of_backup), (name, labels)


def check_counters(director):
    """Counters that add up, whatever the moment, and as many of them as is promised."""
    samples = director.samples()
    outcomes = [labels["outcome"] for labels, _ in samples["holdfast_vrrp_adverts_received_total"]]
    assert len(outcomes) == len(set(outcomes))
    assert f"(of `outcome` {len(outcomes)})" in (TOP / "doc/metrics.md").read_text()

    def total(name):
        return sum(value for _, value in samples[name])

    results = total("holdfast_service_check_results_total")
    assert results == total("holdfast_service_check_duration_seconds_count") >= 2
    assert results == total("holdfast_checks_results_total")
    assert results == total("holdfast_check_successes_total") + total(
        "holdfast_check_failures_total")
    classes = {labels["class"]: value
               for labels, value in samples["holdfast_service_check_results_total"]}
    assert classes["ok"] >= 1 and classes["refused"] >= 1 and set(classes) == {"ok", "refused"}
    assert total("holdfast_process_resident_bytes") > 1 << 20
    assert total("holdfast_process_open_files") > 5
    assert total("holdfast_loop_lag_seconds_count") > 10


def check_refused(master, backup):
    """What is no advert counts for the virtual router that it names, under both names."""
    with backup.host.entered():
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
    with raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        for message in (b"\x32\x33\x64\x01" + bytes(8), b"\x31\x33\x64\x01", b"\x31"):
            raw.sendto(message, ("10.0.0.5", 0))
    for outcome in ("malformed_type", "malformed_length"):
        wait_until(lambda o=outcome: master.value("holdfast_vrrp_adverts_received_total",
                                                  outcome=o, **INSTANCE) == 1,
                   LIMIT_S, f"{outcome} is counted")
    assert master.value("keepalived_invalid_type_received_total", iname="VI_1") == 1
    assert master.value("keepalived_vrrp_packet_len_err", name="VI_1", state="MASTER") == 1


def check_second_master(master, backup):
    """The backup believes signed adverts alone, so it does not hear the master, which hears it."""
    before = backup.file_text
    backup.write_configuration(before.replace("    virtual_ipaddress {", SIGNED, 1))
    assert backup.reload() is None
    wait_until(lambda: master.value("holdfast_vrrp_dual_master", **INSTANCE) == 1, LIMIT_S,
               "the master tells of a second one")
    assert master.value("holdfast_vrrp_dual_masters_total", **INSTANCE) >= 1
    assert master.value("holdfast_vrrp_second_master_adverts_total", **INSTANCE) >= 1
    assert backup.value("holdfast_vrrp_state", **INSTANCE) == 2
    assert backup.value("holdfast_vrrp_adverts_received_total", outcome="hmac_unsigned",
                        **INSTANCE) > 0
    backup.write_configuration(before)
    assert backup.reload() is None
    wait_until(lambda: backup.value("holdfast_vrrp_state", **INSTANCE) == 1, LIMIT_S,
               "the second one yields")
    wait_until(lambda: master.value("holdfast_vrrp_dual_master", **INSTANCE) == 0, LIMIT_S,
               "the master is alone")
    assert backup.value("holdfast_reloads_total", result="ok") == 2


def test_metrics_tell_what_is_and_alerts_and_dashboards_find_it(directors):
    """All of it at one pair: values, both formats, names, a takeover, a reload that is refused."""
    master, backup = directors
    check_values(master, backup)
    for director in directors:
        check_counters(director)
    assert backup.value("holdfast_vrrp_adverts_received_total", outcome="admitted") > 0
    assert backup.value("holdfast_vrrp_peer_advert_age_seconds", peer="10.0.0.5") < LIMIT_S

    # The older format, as the textfile collector and promtool read it.
    text = master.control("metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          text=True, check=False)
    complaints = [line for line in (done.stdout + done.stderr).splitlines()
                  if not line.startswith("keepalived_")]  # those names are not ours to mend
    assert not complaints, complaints
    assert "error" not in done.stderr, done.stderr

    # A collector gets the same by HTTP.
    with master.host.entered():
        connection = http.client.HTTPConnection("127.0.0.1", 9650, timeout=LIMIT_S)
        connection.request("GET", "/metrics")
    reply = connection.getresponse()
    assert reply.getheader("Content-Type").startswith("application/openmetrics-text; version=1.0.0")
    served = {sample.name for family in text_string_to_metric_families(reply.read().decode())
              for sample in family.samples}
    connection.close()
    assert served == set(master.samples())

    # Everything that is asked for is there, of IPVS as far as this kernel has it.
    there = set(master.samples()) | set(backup.samples())
    listed = set(re.findall(r"^\| `(holdfast_[a-z_]+)`", (TOP / "doc/metrics.md").read_text(),
                            re.M))
    histograms = {name + end for name in listed for end in ("_bucket", "_sum", "_count")}
    assert {name for name in there if name.startswith("holdfast_")} <= listed | histograms
    kernel = {name for name in listed | listed_aliases()
              if re.search("_(connections|packets|bytes)(_total)?$", name) and
              "process" not in name and "bfd" not in name} | {
                  name for name in listed_aliases() if name.startswith("keepalived_lvs_")}
    asked = names_in(RULES.read_text().split("groups:", 1)[1]) | names_in(
        "\n".join(expressions(json.loads(DASHBOARD.read_text()))))
    assert len(asked) > 30
    assert not asked - there - kernel, asked - there - kernel
    assert not asked - listed - histograms
    assert not listed_aliases() - there - kernel, listed_aliases() - there

    check_refused(master, backup)
    check_second_master(master, backup)

    # A takeover, and a reload that is refused.
    master.kill()
    wait_until(lambda: backup.value("holdfast_vrrp_state", name="VI_1") == 2, LIMIT_S,
               "the backup is master")
    changes = [(labels["from"], labels["to"], labels["reason"], value)
               for labels, value in backup.samples()["holdfast_vrrp_transitions_total"]]
    assert changes[0] == ("INIT", "BACKUP", "started", 1), changes
    assert sum(count for before, after, _, count in changes
               if (before, after) == ("BACKUP", "MASTER")) == 2, changes
    backup.write_configuration(backup.file_text.replace("metrics_aliases", "metrics_limit 1"))
    assert backup.reload() is None
    assert backup.value("keepalived_up") is None
    assert backup.value("holdfast_metrics_left_out", what="servers") == 2
    assert backup.value("holdfast_server_up", server="10.0.0.7:80") is None
    assert backup.value("holdfast_servers", state="up") == 1
    backup.write_configuration("nonsense\n")
    assert backup.reload() is not None
    assert backup.value("holdfast_reloads_total", result="failed") == 1
    assert backup.value("holdfast_reload_failed") == 1


def documented_labels():
    """The labels of each metric that doc/metrics.md lists, and those that a collector adds."""
    rows = re.findall(r"^\| `(holdfast_[a-z_]+)` \| (\w+) \|([^|]*)\|",
                      (TOP / "doc/metrics.md").read_text(), re.M)
    labels = {}
    for name, kind, cell in rows:
        for end in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            labels[name + end] = set(re.findall(r"`(\w+)`", cell)) | {"job", "instance"}
    return labels


def test_alerts_and_dashboard_ask_for_labels_that_there_are():
    """In selectors, in what is put together by them, and in the words for people."""
    labels = documented_labels()
    asked = [(re.search(r"expr:(.*?)\n +(?:for|labels):", alert, re.S).group(1), alert)
             for alert in RULES.read_text().split("- alert:")[1:]]
    asked += [(target["expr"], target.get("legendFormat", ""))
              for panel in json.loads(DASHBOARD.read_text())["panels"]
              for target in panel.get("targets", ())]
    assert len(asked) > 50
    for expression, words in asked:
        selectors = re.findall(r"\b(holdfast_\w+)(?:\{([^}]*)\})?", expression)
        for name, inside in selectors:
            wanted = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside))
            assert wanted <= labels[name], (expression, wanted - labels[name])
        known = {"job", "instance"}.union(*(labels[name] for name, _ in selectors))
        by = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression)
        used = {word for group in by for word in re.findall(r"\w+", group)}
        used |= set(re.findall(r"\$labels\.(\w+)", words)) | set(re.findall(r"\{\{(\w+)\}\}", words))
        assert used <= known, (expression, words, used - known)


def test_alerts_are_rules_that_say_what_they_should():
    """promtool takes the rules, and their own tests hold."""
    for words in (("check", "rules", RULES), ("test", "rules", RULES.with_name("holdfast.test.yml"))):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
