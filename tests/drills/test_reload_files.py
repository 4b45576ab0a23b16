# SPDX-License-Identifier: Apache-2.0
"""Files around a reload, and the state's dump: reload_file, reload_time_file, state_dump_file."""

import ctypes
import datetime
import os
import signal
import struct

import pytest

from lib.daemons import Holdfast
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 15
IN_MODIFY, IN_CLOSE_NOWRITE, IN_OPEN, IN_DELETE = 0x2, 0x10, 0x20, 0x200  # linux/inotify.h


@pytest.fixture
def daemon(net):
    """A daemon without an instance."""
    daemon = Holdfast(net.host("lb", eth1=(net.switch("lan"), "10.0.0.5/24")), "global_defs {\n}\n")
    daemon.start()
    return daemon


def configure(daemon, *words):
    """Gives the daemon these lines of global_defs."""
    daemon.write_configuration("global_defs {\n" + "\n".join(words) + "\n}\n")
    refusal = daemon.reload()
    assert refusal is None, refusal


def reloads(daemon):
    """How often the daemon has read its configuration again."""
    return daemon.status()["reload"]["count"]


class Witness:
    """What happens to the files of a folder, in the order in which it does: inotify(7)."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watch = libc.inotify_add_watch(self._file, os.fsencode(folder),
                                       IN_MODIFY | IN_CLOSE_NOWRITE | IN_OPEN | IN_DELETE)
        assert self._file >= 0 and watch >= 0, os.strerror(ctypes.get_errno())

    def seen(self):
        """All of it, as (name, event), and the end of the watch."""
        with open(self._file, "rb", buffering=0) as file:
            data = file.read(1 << 16) or b""
        events, offset = [], 0
        while offset < len(data):
            _, mask, _, length = struct.unpack_from("iIII", data, offset)
            offset += 16 + length
            events.append((data[offset - length:offset].rstrip(b"\0").decode(), mask))
        return events


def test_reload_file_is_there_while_the_files_are_read(daemon):
    """Whoever makes it sees it emptied when reading begins, and gone when it has ended."""
    mark = daemon.directory / "reload"
    configure(daemon, f"reload_file {mark}")
    mark.write_text("please wait")
    with open(mark, "rb") as held:
        witness = Witness(daemon.directory)
        assert daemon.reload() is None
        events = witness.seen()
        assert held.read() == b"", "it was never empty"
    assert not mark.exists()
    read = [number for number, (name, _) in enumerate(events) if name == daemon.file.name]
    assert (daemon.file.name, IN_OPEN) == events[read[0]] and (daemon.file.name, IN_CLOSE_NOWRITE) == events[read[-1]]
    assert events.index((mark.name, IN_MODIFY)) < read[0] < read[-1] < events.index((mark.name, IN_DELETE)), events


def test_reload_file_that_cannot_be_made_does_not_stop_the_reload(daemon):
    """The reload is done, and the log says why there was no mark."""
    target = daemon.directory / "target"
    target.write_text("precious")
    mark = daemon.directory / "link"
    mark.symlink_to(target)
    configure(daemon, f"reload_file {mark}")
    configure(daemon, f"reload_file {mark}", "router_id b")
    daemon.process.wait_for("cannot mark the reload", LIMIT_S)
    assert target.read_text() == "precious"


def in_seconds(seconds):
    """A time for the file, in UTC."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.replace(microsecond=0)


def test_reload_happens_at_the_planned_time_and_the_file_goes(daemon):
    """At the second that the file says; it may come, change and go while the daemon runs."""
    plan = daemon.directory / "when"
    configure(daemon, f"reload_time_file {plan}")
    assert daemon.status()["reload"]["planned"] is None
    far = in_seconds(3600)
    plan.write_text(far.strftime("%Y-%m-%d %H:%M:%SZ\n"))
    wait_until(lambda: daemon.status()["reload"]["planned"] ==
               far.strftime("%Y-%m-%dT%H:%M:%S.000Z"), LIMIT_S, "it is planned")
    assert "planned for" in daemon.control("status")
    plan.unlink()
    wait_until(lambda: daemon.status()["reload"]["planned"] is None, LIMIT_S, "it is not any more")
    before = reloads(daemon)
    soon = in_seconds(3)
    plan.write_text(soon.strftime("%y-%m-%d %H:%M:%SZ"))
    wait_until(lambda: reloads(daemon) == before + 1, LIMIT_S + 3, "the reload")
    daemon.process.wait_for("has come: reload", LIMIT_S)
    status = daemon.status()
    last = status["reload"]["last"]
    came_s = (datetime.datetime.fromisoformat(last["at"].replace("Z", "+00:00")) - soon).total_seconds()
    # As late as its loop was, and as long as the reading took.
    took_s = status["loop"]["lag"]["max_us"] / 1e6 + last["duration_ms"] / 1e3
    assert 0 <= came_s < 0.5 + took_s, (came_s, took_s)
    assert not plan.exists()
    hold(lambda: reloads(daemon) == before + 1, 1.5, "there was one reload")


def test_planned_reload_repeats_every_day(daemon):
    """With reload_repeat the file stays, and the next one is tomorrow's."""
    plan = daemon.directory / "when"
    configure(daemon, f"reload_time_file {plan}", "reload_repeat")
    before = reloads(daemon)
    soon = in_seconds(3)  # less than 2 of them may be left
    plan.write_text(soon.strftime("%H:%M:%SZ"))
    wait_until(lambda: reloads(daemon) == before + 1, LIMIT_S + 3, "the reload")
    tomorrow = (soon + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert daemon.status()["reload"]["planned"] == tomorrow
    assert plan.exists()


def test_what_is_no_time_plans_nothing(daemon):
    """It is told once, and another time in the file counts."""
    plan = daemon.directory / "when"
    plan.write_text("tomorrow\n")
    configure(daemon, f"reload_time_file {plan}")
    daemon.process.wait_for("the first line must be HH:MM:SS", LIMIT_S)
    plan.write_text("2001-01-01 00:00:00")
    daemon.process.wait_for("that time is over", LIMIT_S)
    assert daemon.status()["reload"]["planned"] is None


def test_state_goes_to_its_file(daemon):
    """SIGUSR1 replaces it as a whole; a path that ends with a slash is a folder."""
    folder = daemon.directory / "dumps"
    folder.mkdir()
    for words, path in ((folder / "state", folder / "state"), (f"{folder}/", folder / "keepalived.data")):
        configure(daemon, f"state_dump_file {words}")
        daemon.process.signal(signal.SIGUSR1)
        wait_until(path.exists, LIMIT_S, "the dump")
        assert path.read_text() and "holdfastd" in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["keepalived.data", "state"]


def test_keepalived_s_signals_for_dumps_do_no_harm(daemon):
    """Monitoring sends them (the default of a real-time signal is the end of the process)."""
    for number in (signal.SIGUSR2, signal.SIGRTMIN + 2, signal.SIGRTMAX - 1, signal.SIGRTMAX):
        daemon.process.signal(number)
    wait_until(lambda: daemon.status()["daemon"]["pid"], LIMIT_S, "it answers")
    assert daemon.process.running
