# SPDX-License-Identifier: Apache-2.0
"""holdfast-drill on examples: what it says, that it touches nothing of its host, that it leaves nothing.

It runs in a namespace that is its host, so that what it would do there is seen.
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from holdfast_drill.plan import Target
from holdfast_drill.probes import Client

from lib.daemons import BUILD, TOP
from lib.process import Process
from lib.waiting import wait_until

EXAMPLES = TOP / "etc/examples"
PROGRAM = BUILD / "drill/holdfast-drill"
LIMIT_S = 300
LATE_MS = "10000"  # what is late is a matter of the machine: these drills judge what happens
# linux/rtnetlink.h: links, addresses, routes and rules of both families.
NEWS = 0x1 | 0x10 | 0x100 | 0x40 | 0x400 | 0x80


@pytest.fixture
def host(net):
    """A machine with a network of its own, on which nothing may change."""
    lan = net.switch("lan")
    machine = net.host("machine", eth0=(lan, "192.0.2.11/24", "2001:db8::11/64"))
    machine.ip("route add 198.51.100.0/24 via 192.0.2.1", "rule add from 192.0.2.11 table 77 priority 1000")
    with machine.entered():
        subprocess.run(["nft", "add table inet mine"], check=True)
    return machine


def network_of(machine):
    """All that the machine's kernel knows of its network."""
    return [machine.run(*command.split()) for command in (
        "ip -d addr", "ip route show table all", "ip -6 route show table all", "ip rule", "ip -6 rule",
        "nft list ruleset")]


def settled(machine, news):
    """All of the machine's network, once links are up, addresses usable and all of that told; else None."""
    if not machine.has_carriers() or machine.link_local("eth0") not in machine.run("ip", "-6", "addr") \
            or machine.run("ip", "-6", "addr", "show", "tentative"):
        return None
    before = network_of(machine)
    told = True
    while told:  # all that has been told until now, which may be of what is not in `before`
        try:
            told = news.recv(65536)
        except BlockingIOError:
            told = None
    return before if network_of(machine) == before else None


@contextlib.contextmanager
def nothing_is_told(machine):
    """The machine's kernel tells of no new or removed link, address, route or rule meanwhile."""
    with machine.entered():
        news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    news.bind((0, NEWS))
    news.setblocking(False)
    before = wait_until(lambda: settled(machine, news), 30, "the machine's network is up, and at rest")
    yield
    with pytest.raises(BlockingIOError):
        print("the kernel has told:", news.recv(65536))
    news.close()
    assert network_of(machine) == before


def rehearse(machine, tmp_path, *arguments):
    """Runs holdfast-drill to its end; returns its status, what it said and its report."""
    out = tmp_path / "out"
    with machine.entered():
        done = subprocess.run([PROGRAM, *arguments, "--out", out, "--slack", LATE_MS], check=False, text=True,
                              timeout=LIMIT_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    report = json.loads((out / "report.json").read_text()) if (out / "report.json").exists() else None
    return done.returncode, done.stdout, report


def leftovers(pid):
    """The folders of a run."""
    return list(pathlib.Path(tempfile.gettempdir()).glob(f"holdfast-drill-{pid}-*"))


def entries_of(folder):
    """What is in a folder, if it is still there."""
    with contextlib.suppress(FileNotFoundError):
        return os.listdir(folder)
    return []


def test_web_pair_is_rehearsed_without_a_trace(host, tmp_path):
    """Power, a real server and a new file; the host's network is what it was, also meanwhile."""
    new = tmp_path / "new.conf"
    new.write_text((EXAMPLES / "web-pair.conf").read_text().replace("weight 2", "weight 3").replace(
        "    real_server 10.20.0.2 8080", "    real_server 10.20.0.3 8080 { notify_up /opt/nowhere/told TCP_CHECK { } }\n"
        "    real_server 10.20.0.2 8080"))
    with nothing_is_told(host):
        status, said, report = rehearse(
            host, tmp_path, "--twin", EXAMPLES / "web-pair.conf", "--reload", f"lb1={new}", "--scenario", "power",
            "--scenario", "mute", "--scenario", "server", "--scenario", "new-file")
    assert status == 0, said
    assert report["directors"] == [{"name": "lb1", "file": str(EXAMPLES / "web-pair.conf")},
                                   {"name": "lb2", "file": str(EXAMPLES / "web-pair.conf"), "twin_of": "lb1"}]
    assert [record["name"] for record in report["scenarios"]] == ["power", "mute", "server", "new-file"]
    power, mute, server, new_file = (record["metrics"] for record in report["scenarios"])
    assert 0.6 < power["takeover_s"], "the backup waits until three adverts are missing"
    assert power["downtime_s"] > 0 and power["lost_requests"] > 0, "a dead machine answers nobody"
    assert power["announcements"] > 0
    assert mute["lost_requests"] > 0, "who is not heard answers nobody"
    assert server["detection_s"] > 0 and server["moved"] == 0
    assert new_file["moved"] == 0 and new_file["refused"] == 0
    assert not [check for check in report["scenarios"][3]["checks"] if check["at"] < report["scenarios"][3]["repair"]
                and check["state"] == "DOWN"], "its new server is there"
    assert any("/opt/nowhere/told" in note and "stand-in that succeeds" in note for note in report["notes"])
    checks = report["scenarios"][2]["checks"]
    assert {(check["director"], check["state"]) for check in checks} >= {
        (name, state) for name in ("lb1", "lb2") for state in ("DOWN", "UP")}
    assert any("web-quorum is a stand-in" in note for note in report["notes"])
    assert "<svg" in (tmp_path / "out/report.html").read_text()
    assert "The master loses its power" in (tmp_path / "out/report.txt").read_text()


def test_dual_stack_pair_is_rehearsed_with_both_daemons(host, tmp_path):
    """IPv4 and IPv6, unicast: a stop, which Holdfast hands over and keepalived does not, and the two beside each other."""
    status, said, report = rehearse(host, tmp_path, "--twin", EXAMPLES / "dual-stack-unicast.conf", "--daemon", "both",
                                    "--scenario", "stop", "--keep-going")
    assert status == 0, said
    found = {(record["daemon"], record["name"]): record["metrics"] for record in report["scenarios"]}
    assert set(found) == {("holdfast", "stop"), ("keepalived", "stop")}
    assert {target["name"] for target in report["scenarios"][0]["targets"]} == {
        "192.0.2.10", "fe80::10", "2001:db8:0:2::10"}
    assert found["keepalived", "stop"]["lost_requests"] > found["holdfast", "stop"]["lost_requests"]
    assert "Side by side" in said


def asked(host):
    """How many echo requests a host's kernel has had: icmpInEchos of RFC 2011."""
    lines = [line.split() for line in host.run("cat", "/proc/net/snmp").splitlines() if line.startswith("Icmp:")]
    return int(dict(zip(*lines))["InEchos"])


def test_client_that_is_held_up_knows_for_how_long(host):
    """Its process is stopped for a while: a hole of that length, which is no time without an answer."""
    client = Client()
    try:
        client.enter(host.full_name)
        client.start([Target("192.0.2.11", "echo")])
        wait_until(lambda: asked(host) > 10, 20, "it asks")
        os.kill(client.pid, signal.SIGSTOP)
        wait_until(lambda: state_of(client.pid) == "T", 20, "it is stopped")
        stopped = time.time()
        time.sleep(0.4)
        before, went_on = asked(host), time.time()
        os.kill(client.pid, signal.SIGCONT)
        wait_until(lambda: asked(host) > before + 10, 20, "it asks again")
        (answers,), _ = client.stop()
    finally:
        client.end()
    assert any(begin <= stopped and end >= went_on for begin, end in answers.holes()), answers.holes()


EVERY_CHECK = """
vrrp_track_process web {
    process a-web-server-of-ours
    quorum 2
}
vrrp_track_process db {
    process "/opt/no where/db" --user=db
}
vrrp_instance A {
    track_process {
        web
        db
    }
    interface eth0
    virtual_router_id 9
    advert_int 0.1
    version 3
    virtual_ipaddress {
        192.0.2.10/24
    }
}
SSL { }
virtual_server 192.0.2.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    delay_loop 1
    alpha
    virtualhost www.example.com
    real_server 192.0.2.21 80 { HTTP_GET { url { path /a
        digest 0123456789abcdef0123456789abcdef
    } url { path /b
        status_code 204
    } } }
    real_server 192.0.2.22 443 { SSL_GET { verify on
        url { path /c
            regex "ready"
    } } }
    real_server 192.0.2.23 3306 { MYSQL_CHECK { user somebody
        password secret
        read_only off
    } }
    real_server 192.0.2.24 25 { SMTP_CHECK { } }
    real_server 192.0.2.25 53 { DNS_CHECK { type AAAA
        name example.com
    } }
    real_server 192.0.2.26 514 { UDP_CHECK { payload 61 62
        require_reply 63 64
    } PING_CHECK { } }
    real_server 192.0.2.27 80 { AGENT_CHECK { connect_port 9777 } }
    real_server 192.0.2.28 80 { MISC_CHECK { misc_path "/opt/nowhere/ask 192.0.2.28" } }
    real_server 192.0.2.29 80 { TCP_CHECK { } }
    real_server 192.0.2.30 80 { HTTP_GET {
        url { path /up
            regex "^(up|ready): [0-9]+$"
            regex_options multiline
        }
        url { path /error
            regex "error"
            regex_no_match
    } } }
}
"""


def test_stand_ins_answer_what_each_kind_of_check_asks(host, tmp_path):
    """Nothing is down; with alpha a server is up only when its check has said so; what is tracked runs."""
    file = tmp_path / "checks.conf"
    file.write_text(EVERY_CHECK)
    status, said, report = rehearse(host, tmp_path, file, "--scenario", "reload")
    assert status == 0, said
    assert not [note for note in report["notes"] if "is down from the start" in note], said
    up = {check["server"] for check in report["up"]}
    assert len(up) == 10, said
    assert "FAULT" not in said


def test_why_nothing_is_served_is_told(host, tmp_path):
    """An instance in FAULT, with its reason; the report is there all the same."""
    ill, file = tmp_path / "ill", tmp_path / "ill.conf"
    ill.write_text("1\n")
    file.write_text(f"""
vrrp_track_file ill {{
    file {ill}
    weight 0
}}
vrrp_instance A {{
    interface eth0
    virtual_router_id 9
    virtual_ipaddress {{
        192.0.2.10/24
    }}
    track_file {{
        ill
    }}
}}
""")
    status, said, report = rehearse(host, tmp_path, file, "--scenario", "reload", "--patience", "1")
    assert status == 1 and "A of lb1 is in FAULT (tracked file ill says 1)" in said, said
    assert report["errors"] and not report["ok"]


def test_directors_that_do_not_agree_are_found_out(host, tmp_path):
    """The second file has another virtual_router_id: two masters, for which the exit status is 1."""
    text = (EXAMPLES / "dual-stack-unicast.conf").read_text()
    first, second = tmp_path / "a.conf", tmp_path / "b.conf"
    first.write_text(text)
    second.write_text(text.replace("virtual_router_id 55", "virtual_router_id 56"))
    status, said, _ = rehearse(host, tmp_path, f"a={first}", f"b={second}", "--scenario", "power", "--patience", "3")
    assert status == 1, said
    assert "each virtual address is on one director" in said


def daemons_of(run):
    """The processes of its directors' daemons."""
    return [pid for pid in children_of(run.pid) if "holdfastd -i" in command_of(pid)]


MOMENTS = {
    "at the start": lambda run: children_of(run.pid),
    "while it builds": lambda run: len(networks_of(children_of(run.pid))) > 1,
    "while it runs": lambda run: len(daemons_of(run)) == 2,
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_nothing(host, number, moment):
    """Processes, namespaces and files end with it; of SIGKILL an empty folder is left, which the next run removes."""
    run = Process(host, "holdfast-drill", [PROGRAM, "--twin", EXAMPLES / "web-pair.conf", "--scenario", "power"])
    wait_until(lambda: MOMENTS[moment](run), 30, moment)
    family = children_of(run.pid)
    daemons = daemons_of(run)
    if daemons:
        with contextlib.suppress(ProcessLookupError):  # its power may be gone by now
            os.kill(daemons[0], signal.SIGSTOP)  # one that does not end when it is asked to
    run.expect_end()
    run.signal(number)
    assert run.wait_end(60) == (-number if number == signal.SIGKILL else 128 + number)
    wait_until(lambda: not [pid for pid in family if is_alive(pid)], 10, "its programs have ended")
    # Named after who made them, inside (where the tool is the second process) or out here.
    makers = {2, run.pid, *family}
    assert not [name for name in os.listdir("/run/netns") if name.split("-")[0] in {f"hfd{pid}" for pid in makers}]
    if number == signal.SIGKILL:
        # A run of somebody else may have removed it already.
        assert not [path for folder in leftovers(run.pid) for path in entries_of(folder)]
        with host.entered():
            subprocess.run([PROGRAM, "--tidy"], check=True)
    assert not leftovers(run.pid)


def test_impatient_administrator_interrupts_twice(host):
    """The second signal ends it at once, whatever the first one waits for."""
    run = Process(host, "holdfast-drill", [PROGRAM, "--twin", EXAMPLES / "web-pair.conf", "--scenario", "power"])
    wait_until(lambda: len(daemons_of(run)) == 2, 30, "daemons run")
    family = children_of(run.pid)
    first = family[0]  # of its namespace; the tool is its oldest child
    tool = pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()[0]
    os.kill(int(tool), signal.SIGSTOP)
    run.expect_end()
    run.signal(signal.SIGINT)
    run.signal(signal.SIGTERM)
    assert run.wait_end(30) == 128 + signal.SIGINT
    wait_until(lambda: not [pid for pid in family if is_alive(pid)], 10, "its programs have ended")
    assert not leftovers(run.pid)


def networks_of(pids):
    """The network namespaces of processes, by their inodes."""
    found = set()
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.add(os.stat(f"/proc/{pid}/ns/net").st_ino)
    return found


def children_of(pid):
    """All that descend from a process."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        direct = [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                  for child in (task / "children").read_text().split()]
        return direct + [member for child in direct for member in children_of(child)]
    return []


def command_of(pid):
    """The command line of a process; empty when it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def state_of(pid):
    """The letter of a process's state: proc(5); None when it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return None


def is_alive(pid):
    """Says whether a process runs (a zombie does not)."""
    return state_of(pid) not in (None, "Z")
