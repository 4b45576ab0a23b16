# SPDX-License-Identifier: Apache-2.0
"""What the daemon and its helper may do, and that scripts run all the same."""

import os
import pathlib
import pwd
import signal

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 15
# Numbers of linux/capability.h.
NUMBERS = {"CHOWN": 0, "DAC_OVERRIDE": 1, "KILL": 5, "SETGID": 6, "SETUID": 7,
           "NET_BIND_SERVICE": 10, "NET_ADMIN": 12, "NET_RAW": 13, "IPC_LOCK": 14, "SYS_NICE": 23}
ALWAYS = ("NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE")
TEXT = """global_defs {
    script_user nobody
    GLOBAL
}
vrrp_script check {
    script "DIRECTORY/check"
    interval 0.1
    timeout 10
}
vrrp_instance A {
    interface eth1
    virtual_router_id 7
    version 3
    advert_int 0.1
    priority PRIORITY
    track_script {
        check
    }
    notify DIRECTORY/script
    virtual_ipaddress {
        10.5.0.18/24
    }
}
"""
SCRIPT = """#!/bin/sh
{
    echo "$3 $(id -un) $(id -G)"
    grep -E '^(CapPrm|CapEff|NoNewPrivs)' /proc/self/status
} >>DIRECTORY/told
"""
CHECK = "#!/bin/sh\ntest ! -e DIRECTORY/broken\n"


def named(*names):
    """The set of some capabilities, as /proc writes it."""
    return f"{sum(1 << NUMBERS[name] for name in names):016x}"


def facts(pid):
    """The lines of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":", 1) for line in text.splitlines())


def fact(pid, name):
    """One of them."""
    return facts(pid)[name].strip()


def alive(pid):
    """Whether a process is there, and no zombie."""
    try:
        return fact(pid, "State")[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Director:
    """A director with scripts that run as nobody."""

    def __init__(self, net, lan, name, number, priority=100, settings="", setup=None):
        self.host = net.host(name, eth1=(lan, f"10.5.0.{number}/24"))
        self.directory = self.host.directory
        self.directory.chmod(0o755)
        self.text = TEXT.replace("PRIORITY", str(priority))
        for file, text in (("script", SCRIPT), ("check", CHECK)):
            path = self.directory / file
            path.write_text(text.replace("DIRECTORY", str(self.directory)))
            path.chmod(0o755)
        told = self.directory / "told"
        told.touch()
        os.chown(told, pwd.getpwnam("nobody").pw_uid, -1)
        self.daemon = Holdfast(self.host, self.configuration(settings))
        if setup:
            setup(self)
        self.daemon.start()

    def configuration(self, settings):
        """The file, with settings in global_defs."""
        return self.text.replace("GLOBAL", settings).replace("DIRECTORY", str(self.directory))

    def reload(self, settings):
        """Reads a configuration with other settings."""
        self.daemon.write_configuration(self.configuration(settings))
        assert self.daemon.reload() is None

    @property
    def pid(self):
        """The daemon's."""
        return self.daemon.status()["daemon"]["pid"]

    @property
    def privileges(self):
        """That part of the status."""
        return self.daemon.status()["privileges"]

    @property
    def helper(self):
        """The helper's process id."""
        return self.privileges["helper"]["pid"]

    def told(self):
        """What the notify script has written."""
        return (self.directory / "told").read_text().splitlines()

    def wait_master(self):
        """It holds the address and its script has heard so."""
        wait_until(lambda: self.host.owns("10.5.0.18"), LIMIT_S, "it is master")
        wait_until(lambda: any(line.startswith("MASTER") for line in self.told()), LIMIT_S,
                   "its script was told")


@pytest.fixture(name="lan")
def make_lan(net):
    """The switch."""
    return net.switch("lan")


def assert_sets(pid, expected):
    """A daemon's capabilities are exactly these, for good."""
    found = {name: fact(pid, name) for name in ("CapPrm", "CapEff", "CapBnd")}
    assert found == dict.fromkeys(found, named(*expected))
    assert fact(pid, "CapInh") == fact(pid, "CapAmb") == named()
    assert fact(pid, "NoNewPrivs") == "1"
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        assert facts(task.name)["CapPrm"].strip() == named(*expected)


def test_the_daemon_keeps_three_and_scripts_run_as_their_user(net, lan):
    """The scripts of nobody have nothing, root's have all that the helper was started with."""
    director = Director(net, lan, "lb", 1)
    director.wait_master()
    assert_sets(director.pid, ALWAYS)
    assert [row["name"] for row in director.privileges["capabilities"]] == [
        "CAP_" + name for name in ALWAYS]
    helper = director.helper
    assert fact(helper, "Name") == "holdfast-helper"
    assert fact(helper, "CapEff") == named("SETUID", "SETGID", "KILL", "DAC_OVERRIDE")
    assert fact(helper, "CapPrm") == fact("self", "CapBnd")
    assert fact(helper, "NoNewPrivs") == "0"
    group = pwd.getpwnam("nobody").pw_gid
    master = director.told().index(f"MASTER nobody {group}")
    wait_until(lambda: len(director.told()) >= master + 4, LIMIT_S, "the script has written all")
    assert [line.split()[1] for line in director.told()[master + 1:master + 4]] == [
        named(), named(), "0"]
    assert "helper: pid" in director.daemon.control("status")
    director.daemon.terminate()
    assert not alive(helper)


def test_features_keep_what_they_need(net, lan):
    """And status says for which keyword."""
    director = Director(net, lan, "lb", 1, settings="""vrrp_rt_priority 5
        vrrp_no_swap
        notify_fifo DIRECTORY/events nobody""")
    director.wait_master()
    assert_sets(director.pid, ALWAYS + ("SYS_NICE", "IPC_LOCK", "CHOWN"))
    assert os.sched_getscheduler(director.pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    assert os.sched_getscheduler(director.helper) == os.SCHED_OTHER
    assert int(fact(director.pid, "VmLck").split()[0]) > 0
    assert (director.directory / "events").owner() == "nobody"
    kept = {(row["name"], row["keyword"]) for row in director.privileges["capabilities"]}
    assert {("CAP_SYS_NICE", "vrrp_rt_priority"), ("CAP_IPC_LOCK", "vrrp_no_swap"),
            ("CAP_CHOWN", "notify_fifo")} <= kept
    # A FIFO that a crash left is its user's, and is opened again.
    director.daemon.kill()
    wait_until(lambda: not alive(director.daemon.process.pid), LIMIT_S, "it has died")
    director.daemon.start()
    wait_until(lambda: director.daemon.status()["fifos"], LIMIT_S, "the FIFO is open again")
    assert (director.directory / "events").owner() == "nobody"


def test_a_failover_works_between_directors_without_privileges(net, lan):
    """The master's script fails, the other takes over; then the other way round by death."""
    first = Director(net, lan, "lb1", 1, 150)
    first.wait_master()
    second = Director(net, lan, "lb2", 2, 100)
    (first.directory / "broken").touch()
    second.wait_master()
    wait_until(lambda: not first.host.owns("10.5.0.18"), LIMIT_S, "the first one has let go")
    (first.directory / "broken").unlink()
    wait_until(lambda: first.host.owns("10.5.0.18"), LIMIT_S, "the first one is master again")
    helper = first.helper
    first.daemon.process.kill(alone=True)
    wait_until(lambda: second.host.owns("10.5.0.18"), LIMIT_S, "the second one takes over")
    wait_until(lambda: not alive(helper), LIMIT_S, "kill -9 leaves no helper behind")
    assert_sets(second.pid, ALWAYS)


def test_a_reload_that_needs_what_was_given_up_says_so(net, lan):
    """The rest of the file is in force; a restart makes it whole."""
    director = Director(net, lan, "lb", 1)
    director.wait_master()
    director.reload("vrrp_no_swap\nrouter_id other")
    director.daemon.process.wait_for(
        "vrrp_no_swap needs CAP_IPC_LOCK .* restart holdfastd, until then it has no effect", LIMIT_S)
    assert director.privileges["lacking"] == [
        {"keyword": "vrrp_no_swap", "capability": "CAP_IPC_LOCK"}]
    status = director.daemon.status()
    assert status["reload"]["last"]["result"] == "ok"
    assert "a part takes effect at a restart" in status["reload"]["last"]["message"]
    assert "a setting waits for a restart" in director.daemon.control("status")
    assert director.host.owns("10.5.0.18")
    director.reload("")
    assert director.privileges["lacking"] == []
    director.daemon.terminate()
    director.daemon.write_configuration(director.configuration("vrrp_no_swap"))
    director.daemon.start()
    assert_sets(director.pid, ALWAYS + ("IPC_LOCK",))


def test_a_configuration_that_is_not_root_s_can_be_read_again(net, lan):
    """Root reads files of others by CAP_DAC_READ_SEARCH, which is kept for that alone."""
    def give_away(director):
        os.chown(director.daemon.file, pwd.getpwnam("nobody").pw_uid, -1)
        director.daemon.file.chmod(0o600)

    director = Director(net, lan, "lb", 1, setup=give_away)
    director.wait_master()
    assert ("CAP_DAC_READ_SEARCH", "configuration file") in {
        (row["name"], row["keyword"]) for row in director.privileges["capabilities"]}
    director.daemon.file.write_text(director.configuration("router_id other"))
    assert director.daemon.reload() is None


def test_a_tracked_file_in_a_directory_that_is_not_root_s_can_be_read(net, lan):
    """Root may not even search it without CAP_DAC_READ_SEARCH; what init_file can't write is told."""
    text = """track_file number {
        file DIRECTORY/theirs/number
    }
    track_file fresh {
        file DIRECTORY/theirs/fresh
        init_file 5
    }
    """

    def give_away(director):
        theirs = director.directory / "theirs"
        theirs.mkdir()
        (theirs / "number").write_text("-7\n")
        os.chown(theirs, pwd.getpwnam("nobody").pw_uid, -1)
        theirs.chmod(0o700)
        director.daemon.write_configuration(
            text.replace("DIRECTORY", str(director.directory)) + director.configuration("").replace(
                "notify ", "track_file {\n number\n fresh\n }\n notify "))

    director = Director(net, lan, "lb", 1, setup=give_away)
    director.wait_master()
    assert ("CAP_DAC_READ_SEARCH", "track_file") in {
        (row["name"], row["keyword"]) for row in director.privileges["capabilities"]}
    values = {row["name"]: row["value"] for row in director.daemon.status()["track_files"]}
    assert values == {"number": -7, "fresh": 0}
    director.daemon.process.wait_for(
        "fresh: error: init_file: .*/theirs/fresh cannot be written: Permission denied .* root's", LIMIT_S)


def test_without_its_helper_a_director_goes_on(net, lan):
    """What a script would say is not known, so nothing changes; no process is left behind."""
    director = Director(net, lan, "lb", 1)
    director.wait_master()
    os.kill(director.helper, signal.SIGTERM)  # as systemd does to all at a stop: nothing happens
    assert director.privileges["helper"]["alive"]
    os.kill(director.helper, signal.SIGKILL)
    wait_until(lambda: director.daemon.process.find(
        "the helper process has died: no script is run any more, everything else goes on"),
        LIMIT_S, "the log says so")
    (director.directory / "broken").touch()
    wait_until(lambda: director.daemon.process.find(
        "check: error: script cannot be started: the helper process is gone"), LIMIT_S,
        "its script cannot be run")
    assert director.host.owns("10.5.0.18")
    assert not director.privileges["helper"]["alive"]
    assert "no script can be run" in director.daemon.control("status")
    director.daemon.terminate()
    assert not director.host.owns("10.5.0.18")


def test_an_unsafe_path_is_refused_with_its_component_and_the_cure(net, lan):
    """What others could replace is not run as root, unless the file says so."""
    def write(director, settings):
        loose = director.directory / "loose"
        director.daemon.write_configuration(director.configuration(settings)
                                            .replace("script_user nobody", "script_user root")
                                            .replace(f"{director.directory}/script",
                                                     f"{loose}/script"))

    def loosen(director):
        loose = director.directory / "loose"
        loose.mkdir()
        loose.chmod(0o777)
        (loose / "script").write_text((director.directory / "script").read_text())
        (loose / "script").chmod(0o755)
        write(director, "")

    def told_of_fault():
        return sum(row.startswith("FAULT root") for row in director.told())

    def fault(number):
        director.host.unplug("eth1")
        wait_until(lambda: told_of_fault() == number, LIMIT_S, "its script is told")
        director.host.plug("eth1")
        wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master again")

    director = Director(net, lan, "lb", 1, setup=loosen)
    wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master")
    loose = f"{director.directory}/loose"
    line = director.daemon.process.wait_for("the script is not run", LIMIT_S)
    assert (f"{loose} is writable by others (mode 0777), who could replace what root runs: "
            in line.text)
    assert f"chmod go-w {loose}, or run the script as another user (script_user)" in line.text
    assert "enable_script_security off would run it all the same" in line.text
    assert director.told() == []
    write(director, "enable_script_security off")
    assert director.daemon.reload() is None
    fault(1)
    os.chmod(loose, 0o755)  # mended, it runs in any case
    write(director, "")
    assert director.daemon.reload() is None
    fault(2)


def test_a_script_in_its_user_s_own_directory_runs(net, lan):
    """The daemon may not look into it any more; who runs the script may."""
    def hide(director):
        private = director.directory / "private"
        private.mkdir()
        for name in ("script", "check"):
            (private / name).write_text((director.directory / name).read_text())
            (private / name).chmod(0o755)
        os.chown(private, pwd.getpwnam("nobody").pw_uid, -1)
        private.chmod(0o700)
        director.text = director.text.replace("DIRECTORY/", "DIRECTORY/private/")
        director.daemon.write_configuration(director.configuration(""))

    director = Director(net, lan, "lb", 1, setup=hide)
    wait_until(lambda: director.host.owns("10.5.0.18"), LIMIT_S, "it is master")
    wait_until(lambda: any(row.startswith("MASTER nobody") for row in director.told()), LIMIT_S,
               "its script is told")
    (director.directory / "broken").touch()
    wait_until(lambda: not director.host.owns("10.5.0.18"), LIMIT_S, "its check is heard")
