# SPDX-License-Identifier: Apache-2.0
"""What is told of changes: FIFOs with keepalived's lines, and scripts one after the other."""

import os

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 15
TEXT = """global_defs {
    script_user root
    notify_timeout TIMEOUT
    notify_fifo DIRECTORY/all
    vrrp_notify_fifo DIRECTORY/vrrp
    vrrp_notify_fifo_script DIRECTORY/reader
    lvs_notify_fifo DIRECTORY/all
    fifo_write_vrrp_states_on_reload
}
track_file load {
    file DIRECTORY/load
}
vrrp_sync_group G {
    group {
        A
    }
    sync_group_tracking_weight
    notify_priority_changes
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    track_file {
        load
    }
    notify DIRECTORY/script
    notify_deleted
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
SCRIPT = """#!/bin/sh
echo "begin $* $HOLDFAST_KIND $HOLDFAST_INSTANCE $HOLDFAST_STATE $HOLDFAST_PREVIOUS_STATE" >>DIRECTORY/told
while [ -e DIRECTORY/slow ]; do sleep 0.02; done
echo "end $3" >>DIRECTORY/told
"""


class Director:
    """A director with its FIFOs and its script."""

    def __init__(self, net, timeout_s):
        self.host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.1/24"))
        wait_until(self.host.has_carriers, LIMIT_S, "the link is up")  # or FAULT is told first
        self.text = self._put(TEXT.replace("TIMEOUT", str(timeout_s)))
        self.script("script", SCRIPT)
        self.script("reader", '#!/bin/sh\ncat "$1" >>DIRECTORY/read\necho the end >>DIRECTORY/read\n')
        self.daemon = Holdfast(self.host, self.text)
        self.fifo = None

    def _put(self, text):
        return text.replace("DIRECTORY", str(self.host.directory))

    def script(self, name, text):
        """Writes a program."""
        path = self.host.directory / name
        path.write_text(self._put(text))
        path.chmod(0o755)

    def file(self, name):
        """The lines of a file so far."""
        path = self.host.directory / name
        return path.read_text().splitlines() if path.exists() else []

    def start(self):
        """Starts it and opens the FIFO."""
        self.daemon.start()
        self.fifo = os.open(self.host.directory / "all", os.O_RDONLY | os.O_NONBLOCK)

    def lines(self):
        """What the FIFO of all events has told since the last time."""
        try:
            return os.read(self.fifo, 65536).decode().splitlines()
        except BlockingIOError:
            return []


@pytest.fixture(name="director")
def make_director(net, request):
    """A director that has become master; a script of it may run for long, or as long as the drill says."""
    director = Director(net, getattr(request, "param", 60))
    director.start()
    wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master")
    wait_until(lambda: len(director.file("told")) == 4, LIMIT_S, "its script was told both states")
    yield director
    os.close(director.fifo)


def test_fifos_have_keepalived_s_lines_and_a_reader(director):
    """Instance, group, priority, reload; the FIFOs are gone at the stop."""
    both = ['INSTANCE "A" BACKUP 100', 'GROUP "G" BACKUP 0', 'INSTANCE "A" MASTER 100',
            'GROUP "G" MASTER 0']
    seen = []
    wait_until(lambda: seen.extend(director.lines()) or len(seen) >= 4, LIMIT_S, "four lines")
    assert seen == both
    wait_until(lambda: director.file("read") == both, LIMIT_S, "the reader has them too")
    (director.host.directory / "load").write_text("7")
    wait_until(lambda: director.lines() == ['INSTANCE "A" MASTER_PRIORITY 107'], LIMIT_S,
               "the priority is told")
    assert director.daemon.reload() is None
    wait_until(lambda: director.lines() == ['INSTANCE "A" MASTER 107'], LIMIT_S,
               "the state is repeated")
    director.daemon.terminate()
    stopped = ['INSTANCE "A" STOP 107', 'GROUP "G" STOP 0']
    assert director.lines() == stopped
    # The reader came to the end of its input: it was not killed.
    assert director.file("read")[-3:] == stopped + ["the end"]
    assert not (director.host.directory / "all").exists()


def test_scripts_run_one_after_the_other_and_hear_the_newest(director):
    """While one runs, of several changes the last alone is told afterwards."""
    slow = director.host.directory / "slow"
    slow.touch()
    director.host.unplug("eth1")
    wait_until(lambda: len(director.file("told")) == 5, LIMIT_S, "FAULT is being told")
    director.host.plug("eth1")
    wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master again")
    assert len(director.file("told")) == 5
    slow.unlink()
    wait_until(lambda: len(director.file("told")) == 8, LIMIT_S, "MASTER is told")
    assert director.file("told")[:1] == ["begin INSTANCE A BACKUP 100 INSTANCE A BACKUP "]
    assert [line.split()[:1] + line.split()[-2:] for line in director.file("told")[4:]] == [
        ["begin", "FAULT", "MASTER"], ["end", "end", "FAULT"],
        ["begin", "MASTER", "BACKUP"], ["end", "end", "MASTER"]]


@pytest.mark.parametrize("director", [2], indirect=True)
def test_a_script_that_hangs_is_ended_with_what_it_started(director):
    """notify_timeout: the next change is told."""
    (director.host.directory / "slow").touch()
    director.host.unplug("eth1")
    wait_until(lambda: len(director.file("told")) == 5, LIMIT_S, "FAULT is being told")
    director.host.plug("eth1")
    wait_until(lambda: director.daemon.process.find("ran longer than notify_timeout"), LIMIT_S,
               "the script is ended")
    # The link may be back late: then BACKUP is told before, and hangs as well.
    wait_until(lambda: director.file("told")[-1].startswith("begin INSTANCE A MASTER"), LIMIT_S,
               "the next one is told")
    assert director.file("told")[4].startswith("begin INSTANCE A FAULT")
    assert not [line for line in director.file("told")[5:] if not line.startswith("begin ")]


def test_an_instance_that_a_reload_removes_is_told_as_deleted(director):
    """notify_deleted: not as FAULT."""
    director.lines()
    file = director.text
    director.daemon.write_configuration(file[:file.index("track_file load")])
    assert director.daemon.reload() is None
    wait_until(lambda: 'INSTANCE "A" DELETED 100' in director.lines(), LIMIT_S, "DELETED is told")
    wait_until(lambda: director.file("told")[-1] == "end DELETED", LIMIT_S, "to the script as well")
