# SPDX-License-Identifier: Apache-2.0
"""A director's daemon is replaced by its next version in place: no other director notices."""

import os
import shutil
import subprocess
import time

import pytest

from lib.capture import Capture
from lib.clients import Pings
from lib.daemons import BUILD, Holdfast, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, LayoutV6, MySqlLayout, MySqlLayoutV3, Pair
from lib.upgrade import NEXT_VERSION, Upgraded
from lib.waiting import SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

PAUSE_S = 1  # what peers are told in version 3: three of it, and a skew time, until one takes over
STOP = BUILD / "contrib/systemd/holdfast-stop"


def upgradable(pair):
    """Both directors' programs can be replaced."""
    for director in pair.directors:
        director.daemon.__class__ = Upgraded
    return pair


@pytest.mark.parametrize("layout", [MySqlLayout, MySqlLayoutV3, LayoutV6],
                         ids=["version 2", "every 200 ms", "IPv6"])
def test_upgrade_keeps_the_master_role_and_the_address(net, layout):
    """Not one echo request is lost, and the other one stays backup. In version 3 the next process starts when
    three adverts are overdue."""
    pair = upgradable(Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True))
    pair.start()
    daemon = pair.master.daemon
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 100, 2 * SOON_S, "the client is served")
        asked = time.time()

        def wait_overdue():
            """Nobody has heard the master for longer than backups wait without being asked to."""
            last = pair.capture.adverts(pair.master.address)[-1].at
            overdue_s = 4 * layout.interval_s if layout.version == 3 else 0
            wait_until(lambda: time.time() > last + overdue_s, SOON_S, "the adverts are overdue")
        assert "(1 as master)" in daemon.upgrade(wait_overdue)
        line = daemon.process.wait_for(r"-> MASTER: restarted .* after its last advert", 2 * SOON_S)
        wait_until(lambda: pings.answered(line.at) >= 100, 2 * SOON_S, "the client is served")
        assert pings.lost(asked) == 0, "the address went"
    status = daemon.status()
    assert (status["daemon"]["version"], status["instances"][0]["state"]) == (NEXT_VERSION, "MASTER")
    wait_until(lambda: len(pair.capture.adverts(pair.master.address, line.at)) >= 3,
               3 * layout.interval_s + SOON_S, "it goes on")
    during = [advert for advert in pair.capture.adverts() if asked <= advert.at <= line.at]
    assert {(advert.source, advert.priority) for advert in during} == {(pair.master.address, MASTER_PRIORITY)}
    assert pair.owners() == [pair.master.name]


def test_a_process_that_does_not_come_back_is_succeeded(net):
    """The last advert asks for a second each advert in version 3, and for no more."""
    pair = upgradable(Pair(net, ("holdfast", "holdfast"), MySqlLayoutV3, vrrp_only=True))
    pair.start()
    pair.master.daemon.leave()
    last = wait_until(lambda: [advert for advert in pair.capture.adverts(pair.master.address)
                               if advert.interval_ms == 1000 * PAUSE_S], SOON_S, "it asks for a pause")[-1]
    assert last.priority == MASTER_PRIORITY
    assert pair.owners() == [pair.master.name], "its address stays meanwhile"
    wait_until(lambda: pair.backup.host.owns(pair.vip),
               advert_limit_s(BACKUP_PRIORITY, PAUSE_S), "the backup takes over")
    first = wait_until(lambda: pair.capture.adverts(pair.backup.address, last.at), SOON_S, "its advert")[0]
    assert first.at - last.at > 3 * PAUSE_S
    pair.master.daemon.start()
    wait_until(lambda: pair.owners() == [pair.master.name], 2 * SOON_S,
               "it comes back as any other, and takes its place")
    assert pair.master.daemon.process.find(r"-> BACKUP: started")


def fake_systemctl(directory, job):
    """A systemctl whose list of jobs is this one."""
    path = directory / "systemctl"
    path.write_text(f"#!/bin/sh\necho '{job}'\n")
    path.chmod(0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}


def stop_script(directory):
    """The script as it is installed, with the programs that were built."""
    text = STOP.read_text()
    for program, own in (("holdfastd", directory / "holdfastd"), ("holdfastctl", BUILD / "holdfastctl")):
        line = next(word for word in text.split() if word.endswith(f"bin/{program}"))
        text = text.replace(line, str(own))
    path = directory / "holdfast-stop"
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("job,broken,stays", [
    ("17 holdfast.service restart running", False, True),
    ("17 holdfast.service restart running", True, False),
    ("17 holdfast.service stop running", False, False),
    ("", False, False),
], ids=["restart", "restart with a broken file", "stop", "no job"])
def test_a_service_that_is_started_again_keeps_what_it_has(net, tmp_path, job, broken, stays):
    """And one that stops does not, and neither does one that could not start again."""
    host = net.host("lb", eth1=(net.switch("lan"), "172.16.1.5/24"))
    daemon = Holdfast(host, MySqlLayout.configuration.partition("virtual_server ")[0])
    daemon.start()
    wait_until(lambda: host.owns(MySqlLayout.vip), 2 * advert_limit_s(MASTER_PRIORITY), "it is master")
    shutil.copy(BUILD / "holdfastd", tmp_path)
    if broken:
        daemon.write_configuration("no_such_keyword\n")
    daemon.process.expect_end()
    environment = os.environ | fake_systemctl(tmp_path, job) | {"MAINPID": str(daemon.process.pid)}
    with host.entered():
        done = subprocess.run([stop_script(tmp_path), "holdfast.service", "--socket", daemon.socket],
                              env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert ("cannot be used" in done.stderr) == broken
    if stays:
        assert daemon.process.wait_end() == 0
        assert host.owns(MySqlLayout.vip)
    else:
        hold(lambda: daemon.process.running, 0.2, "SIGTERM is systemd's")
        daemon.terminate()
        assert not host.owns(MySqlLayout.vip)


def test_a_stop_that_has_begun_is_not_turned_into_a_pause(net):
    """Whoever asks for both on a command line is told how it is meant."""
    host = net.host("lb", eth1=(net.switch("lan"), "172.16.1.5/24"))
    capture = Capture(host)
    # With nobody to succeed it is there for 9 s.
    text = MySqlLayoutV3.configuration.partition("virtual_server ")[0].replace("advert_int 0.2", "advert_int 6")
    daemon = Holdfast(host, text.replace(f"priority {MASTER_PRIORITY}", "priority 255"))
    daemon.start()
    wait_until(lambda: host.owns(MySqlLayout.vip), 2 * SOON_S, "it is master")
    with host.entered():
        both = subprocess.run([BUILD / "holdfastctl", "--socket", daemon.socket, "stop", "--keep",
                               "--resume"], check=False, capture_output=True, text=True)
    assert both.returncode == 2
    daemon.process.terminate()
    wait_until(lambda: any(advert.priority == 0 for advert in capture.adverts()), SOON_S,
               "it hands over")
    with host.entered():
        refused = subprocess.run([BUILD / "holdfastctl", "--socket", daemon.socket, "stop", "--resume"],
                                 check=False, capture_output=True, text=True)
    assert (refused.returncode, "has begun already" in refused.stderr) == (1, True), refused
    assert daemon.process.wait_end() == 0
    assert not host.owns(MySqlLayout.vip)
