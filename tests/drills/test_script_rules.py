# SPDX-License-Identifier: Apache-2.0
"""What keepalived's users rely on of scripts and start delays: the rules B23 to B25, and the boot."""

import time

import pytest

from lib.daemons import Holdfast
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 15
ADDRESS = "10.5.0.18"
TEXT = """global_defs {
    script_user root
    GLOBAL
}
vrrp_script S {
    script DIRECTORY/script
    interval INTERVAL
    WORDS
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    track_script {
        S
    }
    notify DIRECTORY/notify
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""


class Director:
    """A director with a tracked script and a notify script."""

    def __init__(self, net, script, words="timeout 60", in_global="", kind=Holdfast, interval_s=1):
        self.host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
        wait_until(self.host.has_carriers, LIMIT_S, "the link is up")
        self._program("script", f"echo $$ >>DIRECTORY/runs\n{script}")
        self._program("notify", 'echo "$3" >>DIRECTORY/told')
        self.daemon = kind(self.host, self._put(
            TEXT.replace("WORDS", words).replace("GLOBAL", in_global)
            .replace("INTERVAL", str(interval_s))))

    def _put(self, text):
        return text.replace("DIRECTORY", str(self.host.directory))

    def _program(self, name, text):
        path = self.host.directory / name
        path.write_text("#!/bin/sh\n" + self._put(text) + "\n")
        path.chmod(0o755)

    def lines(self, name):
        """The lines of a file so far."""
        path = self.host.directory / name
        return path.read_text().splitlines() if path.exists() else []

    def touch(self, name):
        """Makes a file that the script waits for."""
        (self.host.directory / name).touch()

    def instance(self):
        """The instance's status."""
        return self.daemon.status()["instances"][0]

    def script(self):
        """The script's status."""
        return self.daemon.status()["scripts"][0]


WAITS = "while ! [ -e DIRECTORY/go ]; do sleep 0.05; done\n"


def test_b24_nothing_is_told_before_the_first_result(net):
    """An instance is neither backup nor in FAULT until then, and its script hears of nothing."""
    director = Director(net, WAITS + "exit 0")
    director.daemon.start()
    wait_until(lambda: director.lines("runs"), LIMIT_S, "the script runs")
    hold(lambda: not director.lines("told") and not director.host.owns(ADDRESS), 1,
         "nothing is told")
    assert director.instance()["state"] == "INIT"
    director.touch("go")
    wait_until(lambda: director.lines("told") == ["BACKUP", "MASTER"], LIMIT_S, "it goes on")


@pytest.mark.parametrize("status, first, then", [
    (0, ["BACKUP", "MASTER"], ["FAULT"]), (1, ["FAULT"], ["BACKUP", "MASTER"])])
def test_b24_first_result_decides_alone(net, status, first, then):
    """Whatever rise and fall say; from then on they count. The second run waits to be let go."""
    director = Director(net, f"[ $(wc -l <DIRECTORY/runs) = 1 ] && exit {status}\n{WAITS}exit {1 - status}",
                        "timeout 60\n    rise 3\n    fall 3")
    director.daemon.start()
    wait_until(lambda: director.lines("told") == first, LIMIT_S, "the first result counts")
    wait_until(lambda: len(director.lines("runs")) == 2, LIMIT_S, "the second run has begun")
    assert director.script()["runs"] == 1
    director.touch("go")
    wait_until(lambda: director.lines("told") == first + then, 3 + LIMIT_S, "three in a row count")
    assert len(director.lines("runs")) >= 1 + 3


def test_b23_run_is_skipped_while_the_script_runs(net):
    """One at a time, however long it takes."""
    director = Director(net, WAITS + "exit 0")
    director.daemon.start()
    wait_until(lambda: director.lines("runs"), LIMIT_S, "the script runs")
    hold(lambda: len(director.lines("runs")) == 1, 2.5, "it runs once")
    director.touch("go")
    wait_until(lambda: len(director.lines("runs")) > 2, LIMIT_S, "then every second")


def test_b25_timeout_is_a_failure_and_ends_the_script_with_its_children(net):
    """SIGTERM for the process group, SIGKILL 2 s later; the timeout is the interval where none is set."""
    director = Director(net, "[ -e DIRECTORY/children ] && exit 1\ntrap '' TERM\nsleep 1000 &\n"
                        "echo $! >>DIRECTORY/children\nwait\nsleep 1000", words="", interval_s=2)
    began = time.monotonic()
    director.daemon.start()
    wait_until(lambda: director.lines("told") == ["FAULT"], 2 + 2 + LIMIT_S, "it is in FAULT")
    assert time.monotonic() - began > 2 - SLACK_S
    assert director.script()["timeouts"] == 1
    (child,) = director.lines("children")[:1]
    wait_until(lambda: not director.host.run("ps", "-o", "pid=", "-p", child, check=False).strip(),
               LIMIT_S, "its child is gone")


def test_b25_script_that_nobody_tracks_is_never_run(net):
    """Nor shown."""
    director = Director(net, "exit 0")
    text = director.daemon.file_text.replace("track_script {\n        S\n    }\n", "")
    director.daemon.write_configuration(text)
    director.daemon.start()
    wait_until(lambda: director.host.owns(ADDRESS), LIMIT_S, "it is master")
    assert not director.lines("runs")
    assert director.daemon.status()["scripts"] == []


class JustBooted(Holdfast):
    """A daemon in a time namespace whose host was booted a moment ago: time_namespaces(7)."""

    def arguments(self):
        return ["/usr/bin/unshare", "--time", "--boottime", str(-int(uptime_s())), "--fork",
                "--kill-child", *super().arguments()]


def uptime_s():
    """How long this host has been up."""
    with open("/proc/uptime", encoding="ascii") as uptime:
        return float(uptime.read().split()[0])


def test_instances_wait_after_the_boot_of_the_host(net):
    """vrrp_delay_after_boot counts from there, and a reload does not wait again."""
    director = Director(net, "exit 0", in_global="vrrp_delay_after_boot 1000", kind=JustBooted)
    director.daemon.start()
    assert "vrrp_delay_after_boot" in str(director.instance())
    director.daemon.kill()  # unshare hands no SIGTERM on
    director.daemon.write_configuration(director.daemon.file_text.replace("boot 1000", "boot 4"))
    booted = int(uptime_s())
    director.daemon.start()
    wait_until(lambda: director.host.owns(ADDRESS), 4 + LIMIT_S, "it is master")
    assert uptime_s() - booted >= 4
    assert director.daemon.reload() is None
    hold(lambda: director.host.owns(ADDRESS), 0.5, "it stays")
    director.daemon.kill()
