# SPDX-License-Identifier: Apache-2.0
"""What an operator sees of a director: events as they happen, why something is so, whether all is well."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

from lib.daemons import BUILD, Holdfast
from lib.process import Process
from lib.terminal import Terminal
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

CTL = BUILD / "holdfastctl"
TOP = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534
LIMIT_S = 15
VIP, ONE, TWO, SERVER = "10.0.0.18", "10.0.0.1", "10.0.0.2", "10.0.0.7"
SERVICE = f"{VIP}:80/tcp"
CONFIGURATION = f"""
global_defs {{
    status_socket_group {NOBODY}
}}
vrrp_script chk_web {{
    script "/usr/bin/test -e DIRECTORY/good"
    interval 1
    timeout 10
    weight 60
}}
vrrp_instance VI_1 {{
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.2
    priority PRIORITY
    track_script {{
        chk_web
    }}
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
virtual_server {VIP} 80 {{
    protocol TCP
    lb_kind DR
    delay_loop 1
    real_server {SERVER} 80 {{
        TCP_CHECK {{
            connect_timeout 10
            retry 0
        }}
    }}
}}
"""


class Listener:
    """Something to connect to, on a host."""

    def __init__(self, host):
        self.host = host
        self.socket = None
        self.open()

    def open(self):
        """It listens."""
        with self.host.entered():
            self.socket = socket.create_server((SERVER, 80))
        threading.Thread(target=self._accept, args=(self.socket,), daemon=True).start()

    @staticmethod
    def _accept(server):
        with contextlib.suppress(OSError):
            while True:
                server.accept()[0].close()

    def close(self):
        """Nobody listens any more."""
        if self.socket.fileno() >= 0:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()


class Seen:
    """Two directors, of which the first is looked at, and a server."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.host = net.host("one", eth1=(lan, f"{ONE}/24"))
        self.server = Listener(net.host("server", eth1=(lan, f"{SERVER}/24")))
        self.good = self.host.directory / "good"
        self.daemon = self._director(self.host, 100)
        self.other = self._director(net.host("two", eth1=(lan, f"{TWO}/24")), 70)

    @staticmethod
    def _director(host, priority):
        text = CONFIGURATION.replace("PRIORITY", str(priority))
        (host.directory / "good").touch()
        daemon = Holdfast(host, text.replace("DIRECTORY", str(host.directory)))
        daemon.start()
        return daemon

    def instance(self):
        """What the first one says of its instance."""
        (instance,) = self.daemon.status()["instances"]
        return instance

    def is_seen(self, state, priority):
        """Whether its instance is so."""
        instance = self.instance()
        return (instance["state"], instance["priority_effective"]) == (state, priority)

    def ask(self, *words):
        """Runs holdfastctl; returns its exit status and what it wrote."""
        with self.host.entered():
            done = subprocess.run([CTL, "--socket", self.daemon.socket, *words], check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(name="seen")
def make_seen(net):
    """The first director is master and all its checks have spoken."""
    seen = Seen(net)
    wait_until(lambda: seen.is_seen("MASTER", 160), LIMIT_S, "the first director is master")

    def is_checked():
        (server,) = seen.daemon.status()["services"][0]["servers"]
        return server["checks"][0]["last_result"]
    wait_until(is_checked, LIMIT_S, "the server is checked")
    yield seen
    seen.server.close()


def flat(text):
    """Text as if it had not been wrapped."""
    return " ".join(text.split())


def test_events_are_followed_and_say_who_asked(seen):
    """A line for each, while it happens: a server that dies, an operator, a takeover and back."""
    follower = Process(seen.host, "follower", [CTL, "--socket", seen.daemon.socket, "--json",
                                               "events", "-f", "--since", "0"])

    def heard(**members):
        lines = (line.text for line in list(follower.log))
        events = (json.loads(line) for line in lines if line.startswith("{"))
        return [event for event in events
                if all(event.get(name) == value for name, value in members.items())]

    def wait_for(what, after=0, **members):
        return wait_until(lambda: [event for event in heard(**members) if event["seq"] > after], LIMIT_S, what)[-1]
    wait_for("how it became master", kind="instance", object="VI_1", to="MASTER")
    seen.server.close()
    event = wait_for("the server's end", kind="server", object=SERVICE, server=f"{SERVER}:80",
                     to="down")
    assert "refused" in event["reason"]
    wait_for("the quorum's end", kind="quorum", object=SERVICE, to="lost")
    seen.daemon.control("maint", f"{VIP}/{SERVER}")
    event = wait_for("what the operator asked", kind="operator", to="maint")
    assert re.fullmatch(r"root \(uid 0\), holdfastctl \(process \d+\)", event["by"]), event
    assert seen.daemon.reload() is None
    wait_for("who asked for the reload", kind="operator", to="reload")
    wait_for("how it went", kind="reload", to="ok")
    seen.good.unlink()
    fall = wait_for("the priority's fall", after=event["seq"], kind="priority", to="100")
    assert fall["from"] == "160" and "trackers add +0" in fall["reason"]
    event = wait_for("the takeover", after=fall["seq"], kind="instance", to="BACKUP", **{"from": "MASTER"})
    assert event["code"] == "higher-priority"
    numbers = [event["seq"] for event in heard()]
    assert numbers == list(range(1, len(numbers) + 1)), numbers
    shown = seen.daemon.control("events", "--limit", "50")
    assert f"  {event['seq']}  instance  VI_1: MASTER -> BACKUP: " in shown
    follower.terminate()
    follower.wait_end()


def test_why_it_is_so_and_what_would_change_it(seen):
    """Explanations before and after a script fails, a server dies; exit codes for monitoring."""
    has_ipvs = seen.daemon.status()["ipvs"]["available"]
    wanted = (0, "OK: all well\n") if has_ipvs else (2, "CRITICAL: no IPVS\n")
    wait_until(lambda: seen.ask("healthy") == wanted, LIMIT_S, f"{wanted}")  # both may have been master at first
    said = flat(seen.daemon.control("explain", "instance", "VI_1"))
    assert "VI_1 is MASTER since" in said
    assert "script chk_web good +60 +60 fails: 100" in said
    assert "an election now: this one would win: it stays master" in said
    seen.good.unlink()
    wait_until(lambda: seen.is_seen("BACKUP", 100), LIMIT_S, "the other one is master")
    said = flat(seen.daemon.control("explain", "instance", "VI_1"))
    assert f"an election now: {TWO} would win (priority 130): {TWO} stays master" in said
    assert "script chk_web succeeds: priority 160, and this one would win" in said
    view = json.loads(seen.daemon.control("--json", "explain", "instance", "VI_1"))
    assert (view["version"], view["election"]["winner"]["address"]) == (1, TWO)
    (tracker,) = view["trackers"]
    assert (tracker["status"], tracker["adds"], tracker["then"]["priority"]) == ("bad", 0, 160)
    seen.server.close()
    wait_until(lambda: seen.daemon.status()["services"][0]["quorum_met"] is False, LIMIT_S,
               "quorum is lost")
    code, said = seen.ask("healthy")
    assert code == 2 and said.startswith("CRITICAL: ") and "1 service without quorum" in said, said
    assert seen.ask("healthy", "--quiet") == (2, "")
    said = flat(seen.daemon.control("explain", "server", f"{VIP}/{SERVER}"))
    assert f"TCP_CHECK of {SERVER}:80 fails: connection refused" in said
    assert f"TCP_CHECK of {SERVER}:80 succeeds 1 time in a row: this check lets the server in" in said
    said = flat(seen.daemon.control("explain", "service", VIP))
    assert f"{SERVER}:80 comes in: quorum is met" in said
    said = flat(seen.daemon.control("status"))
    assert "no quorum: live weight 0 where 1 is needed; of 1 server 1 is down" in said
    assert "down since " in said and "last ten: R" in said
    (check,) = json.loads(seen.daemon.control("--json", "checks", "--failing"))["checks"]
    assert (check["service"], check["last_result"]["class"]) == (SERVICE, "refused")
    assert seen.ask("explain", "instance", "none")[0] == 1
    assert "priority" in seen.ask("explain", "vrrp_instance.priority")[1]
    code, said = seen.ask("-t", "0.5", "-s", "/nonexistent/socket", "healthy")
    assert code == 3 and said.startswith("UNKNOWN: there is no socket"), said
    assert seen.ask("healthy", "--nonsense")[0] == 3


def test_looks_fit_the_terminal_and_go_on_until_they_are_ended(seen):
    """60 columns; colour and no line that is wider; --watch gives the terminal back."""
    for words in (("status",), ("vrrp",), ("checks",), ("loop",)):
        with Terminal(seen.host, [CTL, "--socket", seen.daemon.socket, *words], rows=200,
                      columns=60) as terminal:
            assert terminal.wait_end(LIMIT_S) == 0, terminal.shown
        assert "\033[" in terminal.shown, words
        lines = re.sub(r"\033\[[0-9;]*m", "", terminal.shown).splitlines()
        wide = [line for line in lines if len(line) > 60 and "tcp_" not in line
                and len(line.split()) > 1]  # the path of the file, whose length is chance, cannot be folded
        assert not wide, (words, wide)
    with Terminal(seen.host, [CTL, "--socket", seen.daemon.socket, "--watch", "--interval", "0.1",
                              "status"]) as terminal:
        terminal.wait_for("\033[H\033[J", LIMIT_S, times=3)
        terminal.type("\x03")
        assert terminal.wait_end(LIMIT_S) == 0, terminal.shown
    assert terminal.shown.startswith("\033[?25l") and terminal.shown.endswith("\033[?25h")
    # What is seen stays until the next look is there: nothing flickers.
    assert terminal.shown.count("\033[H\033[J\033[H\033[J") == 1, terminal.shown
    lines = seen.daemon.control("--json", "--watch", "--interval", "0.1", "--count", "2",
                                "vrrp", "VI_1").splitlines()
    assert [json.loads(line)["instances"][0]["name"] for line in lines] == ["VI_1", "VI_1"]
    assert "\033" not in seen.daemon.control("status")
    assert "vrrp_instance VI_1" in seen.daemon.control("config")
    assert seen.ask("vrrp", "VI_9") == (
        1, "holdfastctl: there is no instance and no sync group \"VI_9\"; instances: VI_1\n")


def as_nobody(host, *words):
    """Runs holdfastctl as a user who is nobody; returns its exit status and what it wrote."""
    with host.entered():
        done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                               "--clear-groups", *map(str, words)], check=False, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stdout + done.stderr


def test_readers_may_look_and_change_nothing(net):
    """A socket of its own, for its group, found by who may not use the administrator's."""
    host = net.host("one", eth1=(net.switch("lan"), f"{ONE}/24"))
    name = f"see{os.getpid()}"
    daemon = Holdfast(host, f"instance {name}\n" + CONFIGURATION.replace("PRIORITY", "100").replace(
        "DIRECTORY", str(host.directory)))
    ctl = host.directory / "holdfastctl"
    shutil.copy(CTL, ctl)
    for folder in (host.directory, *host.directory.parents):
        if folder != pathlib.Path("/tmp") and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    process = Process(host, "holdfastd", [BUILD / "holdfastd", "-l", "-f", daemon.file])
    process.wait_until(lambda: as_nobody(host, ctl, "-i", name, "status")[0] == 0, LIMIT_S,
                       "an answer for a reader")
    code, said = as_nobody(host, ctl, "-i", name, "-j", "status")
    assert code == 0
    directory = pathlib.Path(json.loads(said)["daemon"]["runtime_directory"])
    info = (directory / "status.sock").stat()
    assert (info.st_mode & 0o7777, info.st_gid) == (0o660, NOBODY)
    code, said = as_nobody(host, ctl, "-i", name, "reload")
    assert code == 1 and f"those who may use {directory}/control.sock" in said, said
    assert as_nobody(host, ctl, "-s", directory / "control.sock", "status")[0] == 3
    assert "started" in as_nobody(host, ctl, "-i", name, "events")[1]
    completed = as_nobody(host, "/bin/bash", "--norc", "-c",
                          f"source '{TOP}/contrib/completion/holdfastctl.bash'; "
                          f"COMP_LINE='{ctl} -i {name} explain instance '; "
                          "COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<<\"$COMP_LINE\"; "
                          "_holdfastctl; printf '%s\\n' \"${COMPREPLY[@]}\"")
    assert completed == (0, "VI_1\n"), completed
    daemon.write_configuration(daemon.file_text.replace(str(NOBODY), "0"))
    with host.entered():
        subprocess.run([CTL, "-i", name, "reload"], check=True, stdin=subprocess.DEVNULL,
                       capture_output=True)
    assert as_nobody(host, ctl, "-i", name, "status")[0] == 3
    process.terminate()
    process.wait_end()
    shutil.rmtree(directory)
