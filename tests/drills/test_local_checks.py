# SPDX-License-Identifier: Apache-2.0
"""Checks that ask something of this host or of an agent: programs, files, BFD sessions, agents."""

import os
import pathlib
import sys
import textwrap

import pytest

from lib import ipvs
from lib.bfd import Bfdd
from lib.daemons import Holdfast
from lib.process import Process
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

NEAR, FAR = "10.6.0.1", "10.6.0.2"
SERVER = f"{FAR}:80"
VIP = "10.6.0.100"
AGENT_PORT = 9777
LIMIT_S = 5 + 2 * SLACK_S
LOOK_AGAIN_S = 12 + 2 * SLACK_S  # a program that was not there is looked for every 10 s

GLOBAL = """
global_defs {
    script_user root
    enable_script_security
    MORE
}
"""


def service(checks, more="", weight=10):
    """A service with one server, which is checked every 200 ms."""
    return GLOBAL.replace("MORE", more) + f"""
virtual_server {VIP} 80 {{
    protocol TCP
    lb_algo wrr
    lb_kind NAT
    delay_loop 0.2
    delay_before_retry 0.1
    real_server {FAR} 80 {{
        weight {weight}
{textwrap.indent(checks, " " * 8)}
    }}
}}
"""


class Site:
    """A director, and a host with the server."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.host = net.host("director", eth1=(lan, f"{NEAR}/24"))
        self.far = net.host("server", eth1=(lan, f"{FAR}/24"))
        self.directory = self.host.directory
        self.daemon = None

    def start(self, text):
        """Starts the daemon."""
        self.daemon = Holdfast(self.host, text)
        self.daemon.start()

    def configure(self, text):
        """Reloads a configuration that is right."""
        self.daemon.write_configuration(text)
        assert self.daemon.reload() is None

    def script(self, name, text):
        """Makes a program; returns its path."""
        path = self.directory / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def server(self):
        """The server's status."""
        return self.daemon.status()["services"][0]["servers"][0]

    def result(self):
        """The last result of its first check: class and text."""
        last = self.server()["checks"][0]["last_result"] or {"class": None, "text": None}
        return last["class"], last["text"]

    def wait_server(self, state, weight=None, what="the server"):
        """Waits for a state, and a weight where it is up."""
        wait_until(lambda: self.server()["state"] == state
                   and weight in (None, self.server()["weight"]), LIMIT_S,
                   f"{what}: {state}, weight {weight}")


@pytest.fixture
def site(net):
    """The two hosts."""
    return Site(net)


# ---- MISC_CHECK ----------------------------------------------------------------------------------

def test_an_exit_status_sets_the_weight_or_takes_the_server_down(site):
    """misc_dynamic: 2..255 are weights, 1 is a failure, 0 is the configured weight."""
    status = site.directory / "status"
    status.write_text("12")
    site.start(service(f"""MISC_CHECK {{
    misc_path "{site.script("check", f'exit $(cat {status})')} a b"
    misc_dynamic
    misc_timeout 10
}}"""))
    site.wait_server("up", 10)
    for text, state, weight in (("255", "up", 253), ("2", "up", 0), ("1", "down", None),
                                ("7", "up", 5), ("0", "up", 10)):
        status.write_text(text)
        site.wait_server(state, weight, f"exit {text}")
    check = site.server()["checks"][0]
    assert check["kind"] == "MISC_CHECK" and check["target"].endswith("/check a b")


def test_a_program_that_others_could_replace_is_not_run_and_its_cure_is_told(site):
    """It runs as root, so its directory must be root's alone. The server keeps its state."""
    nest = site.directory / "nest"
    nest.mkdir()
    script = site.script("nest/check", f"touch {site.directory}/ran; exit 1")
    nest.chmod(0o777)
    site.start(service(f'MISC_CHECK {{\n    misc_path "{script}"\n    misc_timeout 10\n}}'))
    warning = site.daemon.process.wait_for(rf"MISC_CHECK.*{script}", LIMIT_S).text
    assert str(nest) in warning and "enable_script_security off" in warning, warning
    wait_until(lambda: site.result()[0] == "local", LIMIT_S, "it is told")
    assert site.server()["state"] == "up"
    assert not (site.directory / "ran").exists()
    nest.chmod(0o755)
    wait_until(lambda: site.server()["state"] == "down", LOOK_AGAIN_S, "it is run once it is safe")


def test_a_program_that_is_not_there_yet_is_found_when_it_comes(site):
    """No reload is needed."""
    path = site.directory / "later"
    site.start(service(f'MISC_CHECK {{\n    misc_path "{path}"\n    misc_timeout 10\n}}'))
    wait_until(lambda: site.result()[0] == "local", LIMIT_S, "it is told")
    assert site.server()["state"] == "up"
    site.script("later", "exit 0")
    wait_until(lambda: site.result()[0] == "ok", LOOK_AGAIN_S, "it is found")


def test_a_program_runs_as_its_user(site):
    """`user`, and script_user where there is none."""
    site.start(service("""MISC_CHECK {
    misc_path "/bin/sh -c 'test $(id -un).$(id -gn) = nobody.nogroup'"
    user nobody nogroup
    misc_timeout 10
}
MISC_CHECK {
    misc_path "/bin/sh -c 'test $(id -un) = root'"
    misc_timeout 10
}"""))
    wait_until(lambda: [check["last_result"] and check["last_result"]["class"]
                        for check in site.server()["checks"]] == ["ok", "ok"], LIMIT_S,
               "both are who they should be")


def is_alive(pid):
    """Whether there is a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()


def test_a_program_that_hangs_is_ended_with_its_children(site):
    """misc_timeout: the server is down, and nothing is left running."""
    site.start(service(f"""MISC_CHECK {{
    misc_path "{site.script("check", f'sleep 1000 & echo $! >{site.directory}/child; wait')}"
    misc_timeout 0.5
    delay_loop 600
    warmup 0
}}"""))
    site.wait_server("down")
    assert site.result() == ("timeout", "no end of the program within 500 ms")
    child = int((site.directory / "child").read_text())
    wait_until(lambda: not is_alive(child), LIMIT_S, "the child is gone")


def test_many_programs_do_not_burst(site):
    """300 checks that are due at once: 8 programs run at a time, and all have their turn."""
    count, most = 300, 8
    runs = site.directory / "runs"
    runs.mkdir()
    script = site.script("check", f"cd {runs}; mkdir run.$1; set -- $1 run.*; "
                                  f"echo $(($# - 1)) >>{site.directory}/counts; "
                                  "sleep 0.05; rmdir run.$1")
    checks = "\n".join(f'MISC_CHECK {{ misc_path "{script} {number}"\n delay_loop 600\n warmup 0 }}'
                       for number in range(count))
    site.start(service(checks, f"misc_check_programs {most}"))
    wait_until(lambda: site.daemon.status()["checks"]["results"]["ok"] >= count, 60 + 10 * SLACK_S,
               "all have run")
    counts = [int(line) for line in (site.directory / "counts").read_text().split()]
    assert len(counts) >= count and max(counts) == most, max(counts)


# ---- FILE_CHECK ----------------------------------------------------------------------------------

def files(load="weight 1", checks="FILE_CHECK {\n    track_file load\n}"):
    """A tracked file that a server and an instance follow."""
    return service(checks) + f"""
track_file load {{
    file DIRECTORY/load
    {load}
}}
vrrp_instance A {{
    interface eth1
    virtual_router_id 51
    priority 100
    virtual_ipaddress {{
        {VIP}/24
    }}
    track_file {{
        load weight -1
    }}
}}
"""


def test_one_number_moves_a_weight_and_a_priority(site):
    """Who follows the file hears of it at once, checks too; a reload keeps what they know."""
    number = site.directory / "load"
    text = files().replace("DIRECTORY", str(site.directory))
    number.write_text("7\n")
    site.start(text)
    site.wait_server("up", 17)
    number.write_text("-20\n")
    site.wait_server("up", 0)
    number.write_text("30\n")
    site.wait_server("up", 40)
    assert site.daemon.status()["instances"][0]["priority_effective"] == 70
    site.configure(text.replace("virtual_router_id 51", "virtual_router_id 52"))
    hold(lambda: site.server()["weight"] == 40, 0.5, "the weight stays")
    site.configure(files(checks="FILE_CHECK {\n    track_file load\n    weight 2 reverse\n}")
                   .replace("DIRECTORY", str(site.directory)))
    site.wait_server("up", 0)
    number.unlink()
    site.wait_server("up", 10)


def test_with_weight_0_a_number_is_a_failure(site):
    """As in maintenance by a file: a 1 takes the server out, at once."""
    number = site.directory / "load"
    number.write_text("0\n")
    site.start(files("weight 0", "FILE_CHECK {\n    track_file load\n}").replace(
        "DIRECTORY", str(site.directory)))
    site.wait_server("up", 10)
    number.write_text("1\n")
    site.wait_server("down")
    assert site.result() == ("answer", "load says 1")
    site.daemon.process.wait_for(r"DOWN: FILE_CHECK: load says 1", LIMIT_S)
    number.write_text("0\n")
    site.wait_server("up", 10)


# ---- BFD_CHECK -----------------------------------------------------------------------------------

def test_a_server_whose_bfd_session_goes_down_is_out_at_once(site):
    """FRR's bfdd at the server: killed, the server is out; back, it is in."""
    bfdd = Bfdd(site.far, f" peer {NEAR}\n  receive-interval 100\n  transmit-interval 100\n"
                          "  no shutdown\n")
    bfdd.start()
    site.start(service("BFD_CHECK {\n    name far\n    alpha\n}") + f"""
bfd_instance far {{
    neighbor_ip {FAR}
    min_rx 100
    min_tx 100
    idle_tx 1000
    multiplier 3
    checker
}}
""")
    site.wait_server("up", 10, "the session came up")
    assert site.server()["checks"][0]["target"] == "far"
    for process in bfdd.processes:
        process.kill()
    site.wait_server("down")
    assert site.result() == ("unreachable", "far is down")
    bfdd.start()
    site.wait_server("up", 10)


# ---- AGENT_CHECK ---------------------------------------------------------------------------------

AGENT = """
import pathlib, socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    connection, _ = listener.accept()
    connection.sendall(pathlib.Path(sys.argv[3]).read_bytes())
    connection.shutdown(socket.SHUT_WR)
    connection.recv(64)
    connection.close()
"""


def start_agent(site, line):
    """An agent at the server that says what is in a file; returns the file."""
    path = site.directory / "agent"
    path.write_text(line)
    Process(site.far, "agent", [sys.executable, "-c", AGENT, FAR, str(AGENT_PORT), path])
    wait_until(lambda: f":{AGENT_PORT}" in site.far.run("ss", "-ltn"), LIMIT_S, "the agent listens")
    return path


AGENT_CHECK = f"AGENT_CHECK {{\n    connect_port {AGENT_PORT}\n    agent_send \"web\\n\"\n}}"


def say(path, line):
    """The agent says something else; it reads the old line or the new one."""
    new = path.with_suffix(".new")
    new.write_text(line)
    new.replace(path)


def test_an_agent_sets_the_weight_and_takes_its_server_out(site):
    """HAProxy's words."""
    path = start_agent(site, "75%\n")
    site.start(service(AGENT_CHECK, weight=100))
    site.wait_server("up", 75)
    for line, state, weight in (("drain\n", "up", 0), ("ready 30%\r\n", "up", 30),
                                ("maint\n", "down", None), ("up 100%\n", "up", 100),
                                ("down # backup runs\n", "down", None), ("up\n", "up", 100)):
        say(path, line)
        site.wait_server(state, weight, line)
    site.daemon.process.wait_for(r"DOWN: AGENT_CHECK: agent: maint", LIMIT_S)
    site.daemon.process.wait_for(r"DOWN: AGENT_CHECK: agent: down \(backup runs\)", LIMIT_S)
    say(path, "hello\n")
    site.wait_server("down")
    assert site.result() == ("protocol", 'agent: unknown word "hello"')


# ---- The kernel ----------------------------------------------------------------------------------

@pytest.mark.ipvs
def test_the_kernel_has_the_weights_of_all_of_them(site):
    """What a program, a file and an agent say is summed, and is in the table of IPVS."""
    status, number = site.directory / "status", site.directory / "load"
    status.write_text("52")
    number.write_text("5")
    path = start_agent(site, "75%\n")
    site.start(files(checks="FILE_CHECK {\n    track_file load\n}\n" + AGENT_CHECK + f"""
MISC_CHECK {{
    misc_path "{site.script("check", f'exit $(cat {status})')}"
    misc_dynamic
    misc_timeout 10
}}""").replace("DIRECTORY", str(site.directory)).replace("weight 10\n", "weight 100\n"))

    def wait_table(weights, what):
        wait_until(lambda: ipvs.destinations(site.host, f"{VIP}:80") == weights,
                   LIMIT_S + 4 * SLACK_S, what)

    wait_table({SERVER: 100 + 5 - 25 - 50}, "the sum of three")
    status.write_text("202")
    wait_table({SERVER: 100 + 5 - 25 + 100}, "the program says more")
    number.write_text("-90")
    wait_table({SERVER: 100 - 90 - 25 + 100}, "the file says less")
    say(path, "drain\n")
    wait_table({SERVER: 0}, "never below 0")
    say(path, "maint\n")
    wait_table({}, "out of the table")
    say(path, "ready 100%\n")
    wait_table({SERVER: 100 - 90 + 100}, "and in again")
