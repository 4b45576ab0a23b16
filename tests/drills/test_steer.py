# SPDX-License-Identifier: Apache-2.0
"""What operators, and where addresses are, make of servers and checks; no IPVS is needed."""

import json
import subprocess

import pytest

from lib.daemons import BUILD, Holdfast
from lib.process import Process
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

VIP, DIRECTOR, SERVER = "10.0.0.17", "10.0.0.5", "10.0.0.7"
SERVICE = f"{VIP}:80/tcp"
LIMIT_S = 10 + 4 * SLACK_S
LISTENER = """
import socket, sys
server = socket.create_server(("0.0.0.0", int(sys.argv[1])), backlog=4096)
while True:
    server.accept()[0].close()
"""


def configuration(more="", ports=(81, 82), check="", dead=0):
    """A service with a server of weight 100 on each port, and some that nobody answers for."""
    servers = [f"{SERVER} {port}" for port in ports]
    servers += [f"10.0.1.{number + 1} 80" for number in range(dead)]
    blocks = "".join(f"""    real_server {server} {{
        weight 100
        TCP_CHECK {{
            connect_timeout 5
            {check}
        }}
    }}
""" for server in servers)
    return f"""
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    delay_loop 0.5
    warmup 0
    delay_before_retry 0.1
    {more}
{blocks}}}
"""


class Site:
    """A director and a host with listeners in one LAN."""

    def __init__(self, net, daemon=Holdfast, **options):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, f"{DIRECTOR}/16"))
        self.host = net.host("server", eth1=(lan, f"{SERVER}/16"))
        self.listeners = {}
        for port in (81, 82):
            self.listen(port)
        self.daemon = daemon(self.director, configuration(**options))
        self.daemon.start()

    def listen(self, port):
        """Somebody listens on a port of the server."""
        listener = Process(self.host, f"listener {port}", ["python3", "-c", LISTENER, port])
        self.listeners[port] = listener
        wait_until(lambda: f":{port} " in self.host.run("ss", "-ltn"), LIMIT_S, "it listens")

    def reload(self, **options):
        """Takes another configuration."""
        self.daemon.write_configuration(configuration(**options))
        assert self.daemon.reload() is None

    def service(self):
        """The service as the status has it."""
        (service,) = self.daemon.status()["services"]
        return service

    def server(self, port=81):
        """One of its servers."""
        (server,) = [server for server in self.service()["servers"] if server["port"] == port]
        return server

    def wait_checked(self, port=81, word="ok"):
        """Waits until the check of a server has ended so."""
        def ended():
            last = self.server(port)["checks"][0]["last_result"]
            return last and last["class"] == word
        wait_until(ended, LIMIT_S, f"{word} of {port}")

    def steer(self, *words):
        """holdfastctl server."""
        return self.daemon.control("server", *words)

    def ask(self, *words):
        """holdfastctl check: its exit status and its answer."""
        with self.director.entered():
            done = subprocess.run(
                [BUILD / "holdfastctl", "--socket", self.daemon.socket, "--json", "check", *words],
                check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout)["checks"] if done.stdout else done.stderr


@pytest.fixture
def site(net):
    """Two servers that are up."""
    return Site(net)


def test_what_operators_ask_outlives_reload_restart_and_crash(site):
    """Until it is undone; the status tells who asked, and the log."""
    name = f"{SERVER}:81"
    said = site.steer("drain", SERVICE, name)
    assert f"{name}: drain, weight 0" in said
    assert (site.server()["admin"], site.server()["weight"]) == ("drain", 0)
    site.daemon.process.wait_for(r"10\.0\.0\.7:81: drain: asked for by "
                                  r"root \(uid 0\), holdfastctl \(process \d+\)", LIMIT_S)
    site.steer("weight", SERVICE, f"{SERVER}:82", "7")
    site.reload(more="quorum 2")
    assert (site.server()["admin"], site.server(82)["weight"]) == ("drain", 7)
    site.daemon.terminate()
    site.daemon.start()
    assert (site.server()["admin"], site.server()["weight"]) == ("drain", 0)
    assert site.server(82)["weight"] == 7
    site.daemon.kill()
    site.daemon.start()
    operator = site.server()["operator"]
    assert operator["by"].startswith("root (uid 0), holdfastctl (process ") and operator["until"] is None
    assert "drain: asked for" in site.daemon.control("status")
    site.steer("ready", SERVICE, name)
    site.steer("ready", SERVICE, f"{SERVER}:82")
    site.daemon.terminate()
    site.daemon.start()
    assert [site.server(port)["weight"] for port in (81, 82)] == [100, 100]


def test_short_forms_steer_a_server_by_any_form_of_its_name(site):
    """Kept over a reload and a restart until undone; a wrong name is told with what there is."""
    def run(*words):
        with site.director.entered():
            done = subprocess.run([BUILD / "holdfastctl", "--socket", site.daemon.socket, *words],
                                  check=False, capture_output=True, text=True)
        return done.returncode, done.stderr
    site.daemon.control("drain", f"{VIP}/{SERVER}:81", "--for", "1h")
    site.daemon.control("weight", f"{SERVICE}/{SERVER}:82", "7")
    site.reload(more="quorum 2")
    site.daemon.terminate()
    site.daemon.start()
    assert (site.server()["admin"], site.server()["weight"]) == ("drain", 0)
    assert site.server()["operator"]["until"] and site.server(82)["weight"] == 7
    site.daemon.control("maint", f"{VIP}:80/{SERVER}:82")
    assert site.server(82)["admin"] == "maint"
    for port in (81, 82):
        site.daemon.control("undrain", f"{VIP}:80/{SERVER}:{port}")
    assert [site.server(port)["weight"] for port in (81, 82)] == [100, 100]
    assert run("drain", f"{VIP}:80/10.0.0.9") == (
        1, f'holdfastctl: {SERVICE} has no real server "10.0.0.9"; it has: '
           f"{SERVER}:81, {SERVER}:82\n")
    assert run("drain", f"10.9.9.9/{SERVER}") == (
        1, f'holdfastctl: there is no virtual server "10.9.9.9"; there are: {SERVICE}\n')
    assert "say which" in run("maint", f"{VIP}/{SERVER}")[1]
    assert run("weight", f"{VIP}/{SERVER}:81")[0] == 2
    assert run("undrain", f"{VIP}/{SERVER}:81", "--for", "1h")[0] == 2
    assert [site.server(port)["admin"] for port in (81, 82)] == ["ready", "ready"]


def test_maintenance_ends_when_its_time_is_over(site):
    """And counts as out of service until then."""
    site.steer("maint", SERVICE, f"{SERVER}:81", "--for", "4s")
    server = site.server()
    assert (server["admin"], server["weight"]) == ("maint", 0) and server["operator"]["until"]
    assert site.service()["live_weight"] == 100
    wait_until(lambda: site.server()["admin"] == "ready", 4 + LIMIT_S, "it is ready again")
    assert site.service()["live_weight"] == 200
    site.daemon.process.wait_for(r"81: ready: the time that root .uid 0.,.* is over", LIMIT_S)


def test_a_bad_file_of_orders_is_told_and_ignored(site):
    """The servers are ready, and new orders are kept again."""
    site.steer("drain", SERVICE, f"{SERVER}:81")
    site.daemon.terminate()
    file = site.daemon.directory / "overrides"
    assert '"drain"' in file.read_text()
    file.write_text('{"version":1,"orders":[{}],"overrides":[{}]}')
    site.daemon.start()
    site.daemon.process.wait_for(
        r"overrides: error: cannot be used: the service of order 1 is wrong", LIMIT_S)
    assert site.daemon.process.find(r"cannot be used: the kind of override 1 is wrong")
    assert site.server()["admin"] == "ready"
    site.steer("drain", SERVICE, f"{SERVER}:81")
    assert '"drain"' in file.read_text()


def test_wrong_orders_say_what_is_wrong(site):
    """Exit status 1 where the daemon says no, 2 where the command line is wrong."""
    def run(*words):
        with site.director.entered():
            done = subprocess.run([BUILD / "holdfastctl", "--socket", site.daemon.socket, *words],
                                  check=False, capture_output=True, text=True)
        return done.returncode, done.stderr
    assert run("server", "drain", "10.9.9.9:80/tcp", "x")[0] == 1
    assert "has no real server" in run("server", "drain", SERVICE, "10.0.0.7:83")[1]
    assert run("server", "drian", SERVICE, f"{SERVER}:81")[0] == 1
    assert run("server", "weight", SERVICE, f"{SERVER}:81")[0] == 2
    assert run("server", "drain", SERVICE, f"{SERVER}:81", "--for", "soon")[0] == 2
    assert site.server()["admin"] == "ready"


def test_a_check_is_made_on_request(site):
    """At once, though the next one would come in an hour; with what it found."""
    site.reload(check="delay_loop 3600\n            warmup 3600")
    status, checks = site.ask(SERVICE)
    assert status == 0 and [check["result"]["class"] for check in checks] == ["ok", "ok"]
    site.listeners[81].kill()
    status, (check,) = site.ask(SERVICE, f"{SERVER}:81")
    assert (status, check["result"]["text"]) == (1, "connection refused")
    assert site.ask(SERVICE, "10.0.0.7:83")[0] == 1
    noted = [(each["object"], each["server"]) for each
             in json.loads(site.daemon.control("--json", "events"))["events"] if each["to"] == "check now"]
    assert noted == [(SERVICE, None), (SERVICE, f"{SERVER}:81")]  # what was refused was not done
    text = site.daemon.control("checks")
    assert "last failure" in text and "refused: connection refused" in text
    for words in ((VIP,), (f"{VIP}:80",), (VIP, "now")):  # in any form, with an action and without
        assert len(site.ask(*words)[1]) == 2, words
    for words in ((f"{VIP}/{SERVER}:81",), (VIP, f"{SERVER}:81"), (f"{VIP}/{SERVER}:81", "now")):
        (found,) = site.ask(*words)[1]
        assert (found["service"], found["server"]) == (SERVICE, f"{SERVER}:81"), words
    assert f"there are: {SERVICE}" in site.ask("10.0.0.18")[1]


# Of each kind one, with a port of its own where it asks one; nobody listens there.
KINDS = {
    "TCP_CHECK": "connect_timeout 5", "HTTP_GET": "url {\n path /\n status_code 200\n}",
    "SSL_GET": "url {\n path /\n status_code 200\n}", "SMTP_CHECK": "connect_timeout 5",
    "DNS_CHECK": "type A\n name example.com", "UDP_CHECK": "connect_timeout 5",
    "PING_CHECK": "connect_timeout 5", "MYSQL_CHECK": "connect_timeout 5",
    "AGENT_CHECK": "connect_port 9001", "MISC_CHECK": 'misc_path "/bin/false"\n misc_timeout 9',
    "FILE_CHECK": "track_file told", "BFD_CHECK": "name other",
}
GOOD = {"PING_CHECK", "FILE_CHECK"}


def configuration_of_kinds(file):
    """A service with a server for each kind of checks, none of which is due within an hour."""
    servers = "".join(f"""    real_server {SERVER} {9100 + number} {{
        {kind} {{
            {words}
        }}
    }}
""" for number, (kind, words) in enumerate(KINDS.items()))
    return f"""
global_defs {{
    script_user root
    enable_script_security
}}
track_file told {{
    file {file}
    weight 1
}}
bfd_instance other {{
    neighbor_ip 10.0.0.99
    source_ip {DIRECTOR}
}}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    delay_loop 3600
    warmup 3600
{servers}}}
"""


def test_checks_of_every_kind_are_made_on_request(site):
    """Also while they pause; those that are told of by others tell what they have heard last."""
    file = site.daemon.directory / "told"
    file.write_text("1\n")
    site.daemon.write_configuration(configuration_of_kinds(file))
    assert site.daemon.reload() is None
    # Of a session nothing is known until its neighbour should have been heard.
    wait_until(lambda: site.server(9100 + list(KINDS).index("BFD_CHECK"))["checks"][0]["last_result"],
               LIMIT_S, "the session is known to be down")
    for state in ("up", "paused"):
        status, checks = site.ask(SERVICE)
        assert status == 1 and [check["kind"] for check in checks] == list(KINDS)
        assert {check["kind"] for check in checks if check["result"]["class"] == "ok"} == GOOD
        assert [check["result"]["text"] for check in checks if check["kind"] == "MISC_CHECK"] == \
            ["exit status 1"]
        if state == "up":
            site.daemon.control("check", SERVICE, "pause")
        else:
            assert {check["state"] for check in checks} == {"paused"}


def test_what_was_asked_of_who_is_gone_is_shown_and_counts_again(site):
    """A service, and its servers with it."""
    def effects():
        listed = json.loads(site.daemon.control("--json", "overrides"))["overrides"]
        return {(each["kind"], each["object"], each["part"]): each["effect"] for each in listed}
    site.daemon.control("check", SERVICE, "pause")
    site.daemon.control("check", f"{SERVICE}/{SERVER}:82", "pause")
    site.steer("drain", SERVICE, f"{SERVER}:81")
    site.daemon.control("server", "add", SERVICE, f"{SERVER}:83")
    asked = [("check-pause", SERVICE, None), ("check-pause", SERVICE, f"{SERVER}:82"),
             ("server-add", SERVICE, f"{SERVER}:83"), ("server", SERVICE, f"{SERVER}:81")]
    assert effects() == dict.fromkeys(asked, True)
    site.daemon.write_configuration(configuration().replace(f"{VIP} 80", f"{VIP} 88"))
    assert site.daemon.reload() is None
    assert effects() == dict.fromkeys(asked, False)
    assert site.daemon.control("overrides").count("without effect") == len(asked)
    assert site.server()["admin"] == "ready" and site.server()["checks"][0]["state"] != "paused"
    site.reload()
    assert effects() == dict.fromkeys(asked, True)
    assert site.server()["admin"] == "drain" and site.server(83)["checks"][0]["state"] == "paused"


def test_checks_pause_while_the_address_is_elsewhere(site):
    """None is made, and one at once when it comes; nothing moves meanwhile."""
    site.wait_checked()
    site.reload(more="ha_suspend")
    assert site.service()["suspended"]
    site.listeners[81].kill()
    before = site.daemon.status()["checks"]["results"]
    hold(lambda: site.daemon.status()["checks"]["results"] == before, 1.5, "no check is made")
    assert site.server()["state"] == "up"
    assert "checks pause" in site.daemon.control("status")
    site.director.ip(f"address add {VIP}/32 dev eth1")
    wait_until(lambda: site.server()["state"] == "down", LIMIT_S, "it is seen")
    assert not site.service()["suspended"]
    site.director.ip(f"address del {VIP}/32 dev eth1")
    wait_until(lambda: site.service()["suspended"], LIMIT_S, "they pause again")
    site.reload(more="")
    site.listen(81)
    wait_until(lambda: site.server()["state"] == "up", LIMIT_S, "it is back")


def test_checks_pause_on_a_backup_and_begin_at_a_takeover(net):
    """Our own address counts like any other."""
    lan = net.switch("lan")
    director = net.host("director", eth1=(lan, f"{DIRECTOR}/16"))
    daemon = Holdfast(director, f"""
vrrp_instance VI {{
    interface eth1
    virtual_router_id 51
    version 3
    advert_int 1
    priority 100
    virtual_ipaddress {{
        {VIP}/16
    }}
}}
""" + configuration(more="ha_suspend", ports=(83,)))
    daemon.start()
    assert daemon.status()["services"][0]["suspended"]
    wait_until(lambda: director.owns(VIP), 4 + LIMIT_S, "it is master")
    wait_until(lambda: not daemon.status()["services"][0]["suspended"], LIMIT_S, "checks resume")
    wait_until(lambda: daemon.status()["checks"]["results"]["unreachable"]
               + daemon.status()["checks"]["results"]["timeout"], 5 + LIMIT_S, "a check is made")
    daemon.terminate()


class Poor(Holdfast):
    """A daemon that can open few files."""

    FILES = 64

    def arguments(self):
        return ["prlimit", f"--nofile={self.FILES}:{self.FILES}", "--", *super().arguments()]


def test_a_lack_of_descriptors_is_shown_and_is_nobodys_death(net):
    """Checks that hang hold all that there are; servers that are well stay up."""
    site = Site(net, daemon=Poor)
    site.wait_checked()
    site.reload(dead=150)
    local = wait_until(lambda: (found := site.daemon.status()["checks"]["local_errors"])["checks"]
                       and found, LIMIT_S, "some cannot be made")
    assert (local["kind"], local["text"]) == ("TCP_CHECK", "too many open files") and local["since"]
    assert "cannot be made here since" in site.daemon.control("status")
    hold(lambda: [site.server(port)["state"] for port in (81, 82)] == ["up", "up"], 3,
         "the good ones are up")
    site.daemon.write_configuration(configuration())
    wait_until(lambda: site.daemon.reload() is None, LIMIT_S, "one is left to read the file by")
    wait_until(lambda: site.daemon.status()["checks"]["local_errors"]["checks"] == 0, LIMIT_S,
               "all can be made again")


def test_a_slow_start_and_failing_open_are_seen(site):
    """In the status; what the kernel makes of it is in test_services.py."""
    site.wait_checked()
    site.reload(more="slow_start 8\n    min_healthy 2")
    site.listeners[81].kill()
    wait_until(lambda: site.service()["fail_open"], LIMIT_S, "it fails open")
    assert (site.server()["state"], site.server()["weight"]) == ("down", 100)
    assert "FAILS OPEN" in site.daemon.control("status")
    site.listen(81)
    server = wait_until(lambda: (found := site.server())["state"] == "up" and found, LIMIT_S, "it is up")
    assert server["slow_start_left_ms"] is not None and server["weight"] < 100
    assert not site.service()["fail_open"] and site.service()["live_weight"] == 200
    wait_until(lambda: site.server()["weight"] == 100, 8 + LIMIT_S, "it has all of its weight")


def test_a_server_is_added_and_taken_out_live(site):
    """With the checks of another one; over a reload, a restart and a crash; and a plan knows it."""
    def names():
        return [server["name"] for server in site.service()["servers"]]
    both = [f"{SERVER}:81", f"{SERVER}:82"]
    site.wait_checked()
    said = site.daemon.control("server", "add", SERVICE, f"{SERVER}:83", "weight", "7")
    assert f"+ real_server {SERVER}:83 of {SERVICE}" in said
    assert names() == both + [f"{SERVER}:83"]
    site.wait_checked(83, "refused")
    site.listen(83)
    wait_until(lambda: site.server(83)["state"] == "up", LIMIT_S, "it is up")
    assert site.server(83)["weight"] == 7
    site.reload()
    assert "would change nothing" in site.daemon.control(
        "plan", str(site.daemon.directory / "daemon.conf"))
    said = site.daemon.control("server", "del", f"{SERVICE}/{SERVER}:81")
    assert f"- real_server {SERVER}:81 of {SERVICE}" in said
    left = [f"{SERVER}:82", f"{SERVER}:83"]
    for end in (site.daemon.terminate, site.daemon.kill):
        end()
        site.daemon.start()
        assert names() == left
    listed = json.loads(site.daemon.control("--json", "overrides"))["overrides"]
    assert [(each["kind"], each["part"], each["effect"]) for each in listed] == \
        [("server-add", f"{SERVER}:83", True), ("server-del", f"{SERVER}:81", True)]
    site.daemon.write_configuration(configuration(more="quorum 2"))
    status, _, error = run(site, "server", "del", f"{SERVICE}/{SERVER}:83")
    assert status == 1 and "reload first" in error
    said = site.daemon.control("reload")
    assert "~ virtual_server" in said and "quorum" in said
    assert names() == left
    site.daemon.control("server", "del", f"{SERVICE}/{SERVER}:83")
    for words in (("weight", "5"), ("like", f"{SERVER}:82"), ("--for", "1h")):  # would not count
        status, _, error = run(site, "server", "add", SERVICE, f"{SERVER}:81", *words)
        assert status == 1 and "as configured again" in error
    site.daemon.control("server", "add", SERVICE, f"{SERVER}:81")
    assert sorted(names()) == both
    assert not json.loads(site.daemon.control("--json", "overrides"))["overrides"]
    site.daemon.control("server", "add", SERVICE, f"{SERVER}:83", "--for", "1s")
    site.daemon.process.wait_for("83: no longer server added: the time", 1 + LIMIT_S)
    told = json.loads(site.daemon.control("--json", "events"))["events"]
    (event,) = [each for each in told if (each["reason"] or "").startswith("the time")]
    assert (event["from"], event["to"]) == (None, "no longer server added")
    wait_until(lambda: sorted(names()) == both, LIMIT_S, "it is as configured")



def test_checks_pause_until_they_are_resumed(site):
    """Of one server or of all; a server keeps its state, over a reload and a restart; time ends it."""
    def results():
        return site.daemon.status()["checks"]["results"]
    site.wait_checked()
    site.wait_checked(82)
    assert "checks pause" in site.daemon.control("check", f"{VIP}/{SERVER}:81", "pause")
    site.listeners[81].kill()
    site.listeners[82].kill()
    wait_until(lambda: site.server(82)["state"] == "down", LIMIT_S, "the other one is looked at")
    assert site.server()["state"] == "up" and site.server()["checks"][0]["state"] == "paused"
    site.reload(more="quorum 1")
    assert site.server()["checks"][0]["state"] == "paused"
    site.daemon.control("check", SERVICE, "pause", "--for", "4s")
    before = results()
    hold(lambda: results() == before, 1, "no check is made")
    wait_until(lambda: results() != before, 4 + LIMIT_S, "they go on")
    assert site.server()["state"] == "up"
    site.daemon.terminate()
    site.daemon.start()
    assert site.server()["checks"][0]["state"] == "paused"
    site.daemon.control("check", f"{SERVICE}/{SERVER}:81", "resume")
    wait_until(lambda: site.server()["state"] == "down", LIMIT_S, "it is looked at")
    status, _, error = run(site, "check", SERVICE, "resume")
    assert status == 1 and "no operator" in error
    assert run(site, "check", f"{VIP}/{SERVER}:81", "now")[0] == 1


def run(site, *words):
    """holdfastctl: exit status, output, errors."""
    with site.director.entered():
        done = subprocess.run([BUILD / "holdfastctl", "--socket", site.daemon.socket, *words],
                              check=False, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr
