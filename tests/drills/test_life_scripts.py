# SPDX-License-Identifier: Apache-2.0
"""Scripts of the daemon's own life, and what all scripts are given: groups and umask."""

import grp
import os
import signal
import time

import pytest

from lib.daemons import Holdfast
from lib.process import Process
from lib.systemd import Manager
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 20
STOP_S = 1  # as long a stop waits for scripts that tell of it
TEXT = """global_defs {
    script_user root
    GLOBAL
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    notify DIRECTORY/script
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
SCRIPT = """#!/bin/sh
addresses=$(ip -4 -o addr show dev eth1 | grep -c 10.5.0.18)
echo "$* $(id -un) $(id -G) $(umask) $addresses" >>DIRECTORY/told
while [ -e DIRECTORY/slow-$1 ]; do sleep 0.02; done
exit ${STATUS:-0}
"""


class Director:
    """A director with one script for all."""

    def __init__(self, net, settings):
        self.host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
        self.directory = self.host.directory
        path = self.directory / "script"
        path.write_text(self._put(SCRIPT))
        path.chmod(0o755)
        self.daemon = Holdfast(self.host, self.configuration(settings))

    def _put(self, text):
        return text.replace("DIRECTORY", str(self.directory))

    def configuration(self, settings):
        """The file, with settings in global_defs."""
        return self._put(TEXT.replace("GLOBAL", settings))

    def start(self):
        """Starts the process alone, without waiting for anything."""
        self.daemon.process = Process(self.host, "holdfastd", self.daemon.arguments())

    def told(self):
        """What the script has written."""
        path = self.directory / "told"
        return path.read_text().splitlines() if path.exists() else []

    def slow(self, what):
        """While this file is there the script takes its time."""
        return self.directory / f"slow-{what}"

    def wait_told(self, word):
        """Waits for a line with a word; returns its words."""
        wait_until(lambda: any(word in line.split() for line in self.told()), LIMIT_S,
                   f"{word} is told")
        return next(line.split() for line in self.told() if word in line.split())


BOTH = """startup_script "DIRECTORY/script startup"
    shutdown_script "DIRECTORY/script shutdown"
    startup_script_timeout 60
    shutdown_script_timeout 60"""


def test_startup_comes_before_all_and_shutdown_after(net):
    """Meanwhile the daemon answers, and holds no address; a reload waits."""
    director = Director(net, BOTH)
    for what in ("startup", "shutdown"):
        director.slow(what).touch()
    director.start()
    director.wait_told("startup")
    wait_until(director.daemon.socket.exists, LIMIT_S, "the control socket is there")
    assert director.daemon.status()["instances"] == []
    director.daemon.process.signal(signal.SIGHUP)
    hold(lambda: len(director.told()) == 1 and not director.host.owns("10.5.0.18"), 0.5,
         "nothing begins")
    director.slow("startup").unlink()
    director.wait_told("MASTER")
    wait_until(lambda: director.daemon.status()["reload"]["count"] == 1, LIMIT_S,
               "the reload is made afterwards")
    assert director.told()[0] == "startup root 0 0177 0"
    assert [line.split()[:3] for line in director.told()[1:]] == [
        ["INSTANCE", "A", "BACKUP"], ["INSTANCE", "A", "MASTER"]]
    at = director.daemon.process.terminate()
    director.wait_told("shutdown")
    waited_s = time.time() - at
    assert director.told()[-1] == "shutdown root 0 0177 0"
    assert director.told()[-2].split()[:3] == ["INSTANCE", "A", "STOP"] or waited_s >= STOP_S
    hold(lambda: director.daemon.process.running, 1.5, "it waits, longer than for other scripts")
    director.slow("shutdown").unlink()
    assert director.daemon.process.wait_end() == 0
    assert director.daemon.process.find("shutdown_script: done in", at)


def test_a_startup_script_that_fails_or_hangs_does_not_stop_the_start(net):
    """It is told; the timeout ends it."""
    director = Director(net, """startup_script "DIRECTORY/script startup"
        startup_script_timeout 1
        shutdown_script "/bin/sh -c 'exit 3'\"""")
    director.slow("startup").touch()
    director.start()
    director.wait_told("MASTER")
    director.daemon.process.wait_for(
        "startup_script: warning: ran longer than startup_script_timeout and was ended", LIMIT_S)
    director.daemon.terminate()
    assert director.daemon.process.find("shutdown_script: warning: exit status 3 after")


def test_a_stop_does_not_wait_for_the_startup_script(net):
    """It is ended, and nothing has begun."""
    director = Director(net, BOTH)
    director.slow("startup").touch()
    director.start()
    director.wait_told("startup")
    director.daemon.terminate()
    assert [line.split()[0] for line in director.told()] == ["startup", "shutdown"]


def crash(director):
    """A master dies with its address; the next run's startup script takes its time."""
    director.start()
    director.daemon.wait_started()
    wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master")
    director.daemon.process.kill()
    director.daemon.process.wait_end()
    assert director.host.owns("10.5.0.18")
    director.slow("startup").touch()
    (director.directory / "told").unlink()
    director.start()
    director.wait_told("startup")


def test_what_a_crash_left_goes_while_the_startup_script_runs(net):
    """When it can't be resumed any more: another director answers by then. What is static stays."""
    director = Director(net, BOTH)
    director.daemon.write_configuration(
        director.configuration(BOTH) + "static_ipaddress {\n 10.5.0.77/24 dev eth1\n}\n")
    crash(director)
    wait_until(lambda: not director.host.owns("10.5.0.18"), LIMIT_S, "it has gone")
    assert director.host.owns("10.5.0.77")
    assert len(director.told()) == 1, "the script still runs"
    director.slow("startup").unlink()
    director.wait_told("MASTER")
    assert director.told()[1].split()[2] == "BACKUP", "it was not resumed"


def test_a_stop_during_the_startup_script_removes_what_a_crash_left(net):
    """Nobody else would."""
    director = Director(net, BOTH)
    director.daemon.write_configuration(
        director.configuration(BOTH).replace("advert_int 0.1", "advert_int 10\n    priority 255"))
    crash(director)
    assert director.host.owns("10.5.0.18")
    director.daemon.terminate()
    assert not director.host.owns("10.5.0.18")


def test_systemd_is_told_how_long_they_may_take(net):
    """READY comes behind the startup script, and more time is asked for."""
    director = Director(net, BOTH)
    manager = Manager(director.directory / "notify")
    director.slow("startup").touch()
    director.daemon.process = Process(director.host, "holdfastd", director.daemon.arguments(),
                                      environment=manager.environment())
    director.wait_told("startup")
    wait_until(lambda: manager.count("EXTEND_TIMEOUT_USEC", "70000000") == 1, LIMIT_S,
               "time is asked for")
    assert manager.count("READY", "1") == 0
    director.slow("startup").unlink()
    wait_until(lambda: manager.count("READY", "1") == 1, LIMIT_S, "it is ready")
    director.daemon.terminate()
    assert manager.count("EXTEND_TIMEOUT_USEC", "70000000") == 2
    manager.close()


def test_scripts_have_groups_and_umask_as_configured(net):
    """set_supplementary_groups, umask, and --umask before it; a reload changes them."""
    director = Director(net, "umask IRWXG|IRWXO")
    director.daemon.write_configuration(
        director.configuration("umask IRWXG|IRWXO").replace("/script\n", "/script mail\n"))
    path = director.directory / "told"
    path.touch()
    path.chmod(0o666)
    director.directory.chmod(0o755)
    groups = {"8"} | {str(group.gr_gid) for group in grp.getgrall() if "mail" in group.gr_mem}
    director.start()
    line = director.wait_told("MASTER")
    assert (line[4], line[5], line[6]) == ("mail", "8", "0077")
    director.daemon.wait_started()
    director.daemon.write_configuration(director.configuration(
        "umask 027\n    set_supplementary_groups").replace("/script\n", "/script mail\n"))
    assert director.daemon.reload() is None
    director.host.unplug("eth1")
    line = director.wait_told("FAULT")
    assert line[4] == "mail" and set(line[5:-2]) == groups and line[-2] == "0027"
    assert os.stat(director.daemon.directory / "lock").st_mode & 0o777 == 0o644
