# SPDX-License-Identifier: Apache-2.0
"""The Debian packages in a clean Debian, with systemd: installed, started, restarted, upgraded, removed.

The packages are those of `./dev package`. The tests are the chapters of one life, in their order.
"""

import json
import pathlib
import re
import subprocess
import time

import pytest

from guest import Guest
from lib.capture import Capture
from lib.clients import Pings
from lib.daemons import Holdfast
from lib.topology import Topology
from lib.waiting import wait_until

PACKAGES = pathlib.Path(__file__).resolve().parents[2] / "build-package"
NAMES = ("holdfast", "holdfast-realserver", "holdfast-tools", "holdfast-doc")
NEXT_VERSION = "9.9.9"
VIP, OWN, OTHER, REAL = "10.0.0.17", "10.0.0.5", "10.0.0.6", "10.0.0.9"
LIMIT_S = 30
# What the director had before: it has an address of its own, with nobody who would take it over.
KEEPALIVED_FILE, KEEPALIVED_VIP = "/etc/keepalived/keepalived.conf", "10.0.0.77"
KEEPALIVED = """vrrp_instance OLD {
    interface eth1
    virtual_router_id 77
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.0.0.77/24
    }
}
"""

CONFIGURATION = """global_defs {
    script_user holdfast_script
}
vrrp_instance VI_1 {
    interface eth1
    virtual_router_id 51
    priority PRIORITY
    advert_int 2
    virtual_ipaddress {
        10.0.0.17/24
    }
    NOTIFY
}
"""


def package(name):
    """The file of a package."""
    (path,) = PACKAGES.glob(f"{name}_*.deb")
    return path


def next_version(directory):
    """The package as a later version has it: what is in it says that it is one."""
    work = directory / "next"
    subprocess.run(["dpkg-deb", "--raw-extract", package("holdfast"), work], check=True)
    control = work / "DEBIAN/control"
    version = re.search(r"^Version: (\S+)$", control.read_text(), re.MULTILINE).group(1)
    assert len(version) == len(NEXT_VERSION), "the text keeps its length"
    control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {NEXT_VERSION}"))
    for program in ("usr/sbin/holdfastd", "usr/bin/holdfastctl"):
        data = (work / program).read_bytes()
        assert version.encode() + b"\0" in data
        (work / program).write_bytes(data.replace(version.encode() + b"\0",
                                                  NEXT_VERSION.encode() + b"\0"))
    target = directory / f"holdfast_{NEXT_VERSION}.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", work, target], check=True,
                   stdout=subprocess.DEVNULL)
    return target


class Site:
    """The guest is one director, a host with a daemon of this tree the other."""

    def __init__(self, guest, net):
        self.guest = guest
        self.other = net.host("other", lan=(net.switch("none"), "10.99.0.6/24"))
        self.other.ip("link add eth1 type veth peer name guest")
        self.other.run("ip", "link", "set", "guest", "netns", guest.leader, "name", "eth1")
        self.other.ip(f"addr add {OTHER}/24 dev eth1", "link set eth1 up")
        guest.run("ip", "addr", "add", f"{OWN}/24", "dev", "eth1")
        guest.run("ip", "link", "set", "eth1", "up")
        self.keepalived = None  # its state before the installation
        self.capture = Capture(self.other)
        self.daemon = Holdfast(self.other, CONFIGURATION.replace("PRIORITY", "100")
                               .replace("NOTIFY", "").replace("script_user holdfast_script", ""))

    def status(self):
        """What holdfastctl says in the guest."""
        return json.loads(self.guest.out("holdfastctl", "--json", "status"))

    def state_of_keepalived(self):
        """What systemd says of it, whether it holds its address, what dpkg says of its files."""
        words = self.guest.out("systemctl", "show", "-p", "UnitFileState,ActiveState,MainPID", "keepalived").splitlines()
        return dict(word.split("=", 1) for word in words) | {
            "address": KEEPALIVED_VIP in self.guest.out("ip", "-o", "addr"),
            "differs": self.guest.run("dpkg", "--verify", "keepalived", check=False)[1]}

    def is_master(self):
        """Whether the guest's daemon is."""
        code, text = self.guest.run("holdfastctl", "--json", "status", check=False)
        return code == 0 and json.loads(text)["instances"][0]["state"] == "MASTER"

    def pid(self):
        """The process of the guest's daemon, as it is known there."""
        return int(self.guest.out("systemctl", "show", "-p", "MainPID", "--value", "holdfast"))

    def goes_on(self, change):
        """The role and the address stay over what `change` does, in another process."""
        before = self.pid()
        with Pings(self.other, VIP, interval_s=0.01) as pings:
            wait_until(lambda: pings.answered() >= 10, LIMIT_S, "the address answers")
            asked = time.time()
            change()
            wait_until(self.is_master, LIMIT_S, "it is master again")
            assert self.pid() != before
            count = pings.answered()
            wait_until(lambda: pings.answered() >= count + 10, LIMIT_S, "the address answers")
            assert pings.lost(asked) == 0, "the address went"
        instance = self.status()["instances"][0]
        assert "after its last advert as master" in instance["reason"], instance
        assert self.capture.adverts(OTHER) == [], "the other one has taken over"
        assert 0 not in {advert.priority for advert in self.capture.adverts(OWN)}


@pytest.fixture(name="site", scope="module")
def _site():
    """A guest in which keepalived runs, and then the packages are installed, but nothing is configured."""
    with Topology() as net, Guest() as guest:
        guest.start()
        site = Site(guest, net)
        guest.write(KEEPALIVED_FILE, KEEPALIVED)
        guest.run("systemctl", "start", "keepalived")
        wait_until(lambda: KEEPALIVED_VIP in guest.out("ip", "-o", "addr"), LIMIT_S, "keepalived is master")
        site.keepalived = site.state_of_keepalived()
        guest.install(*map(package, NAMES))
        yield site


def test_they_install_beside_a_keepalived_that_runs_and_leave_it_alone(site):
    """Enabled and active in the same process, with its address and its files, also when they are removed again."""
    assert site.keepalived["UnitFileState"] == "enabled" and site.keepalived["ActiveState"] == "active"
    assert site.keepalived["MainPID"] != "0"
    assert site.state_of_keepalived() == site.keepalived
    assert site.guest.run("systemctl", "is-enabled", "holdfast", check=False)[1].strip() == "disabled"
    assert site.guest.run("systemctl", "is-active", "holdfast", check=False)[1].strip() == "inactive"
    assert site.guest.out("dpkg", "--audit") == ""
    site.guest.run("dpkg", "--remove", *NAMES)
    assert site.state_of_keepalived() == site.keepalived
    assert site.guest.out("dpkg", "--audit") == ""
    site.guest.install(*map(package, NAMES))
    assert site.state_of_keepalived() == site.keepalived
    site.guest.run("systemctl", "stop", "keepalived")  # no test below has it
    (site.guest.root / KEEPALIVED_FILE.lstrip("/")).unlink()


def test_nothing_is_enabled_or_started_by_the_installation(site):
    """And what is there is complete."""
    assert site.guest.run("systemctl", "is-enabled", "holdfast", check=False)[1].strip() == "disabled"
    assert site.guest.run("systemctl", "is-active", "holdfast", check=False)[1].strip() == "inactive"
    for program in ("holdfastd", "holdfastctl", "holdfast-migrate"):
        assert site.guest.run(program, "--help")[1]
    for name in ("holdfast", "holdfast_script"):
        assert site.guest.run("getent", "group", name)[0] == 0


def test_a_start_without_a_configuration_says_what_is_missing(site):
    """Once: a service manager that tries again finds no file, either."""
    assert site.guest.run("systemctl", "start", "holdfast", check=False)[0] != 0
    def is_told():
        log = site.guest.out("journalctl", "-u", "holdfast", "-o", "cat", "--no-pager")
        return "/etc/holdfast/holdfast.conf" in log and "holdfastd -t" in log
    wait_until(is_told, LIMIT_S, "the journal has what is missing")
    assert site.guest.out("systemctl", "show", "-p", "NRestarts", "--value", "holdfast") == "0"


def test_the_service_starts_and_is_kept_in_its_box(site):
    """Under systemd's own sandbox: it becomes master, and a script of it writes where it may."""
    site.guest.write("/etc/holdfast/holdfast.conf", CONFIGURATION.replace("PRIORITY", "150").replace(
        "NOTIFY", 'notify_master "/usr/bin/touch /etc/holdfast/escaped /tmp/seen"'))
    site.daemon.start()
    site.guest.run("systemctl", "start", "holdfast")
    wait_until(site.is_master, LIMIT_S, "it is master")
    assert site.guest.out("systemctl", "is-active", "holdfast") == "active"
    wait_until(lambda: "master" in site.guest.out("systemctl", "show", "-p", "StatusText", "holdfast").lower(),
               LIMIT_S, "systemd has been told")
    assert not (site.guest.root / "etc/holdfast/escaped").exists()
    assert not (site.guest.root / "tmp/seen").exists(), "its /tmp is its own"
    facts = dict(line.split(":\t", 1) for line in site.guest.out(
        "cat", f"/proc/{site.pid()}/status").splitlines() if ":\t" in line)
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
    # capability.h: CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW; CAP_CHOWN gives the read-only socket its group.
    assert int(facts["CapEff"], 16) & ~(1 << 0) == 1 << 10 | 1 << 12 | 1 << 13
    site.capture.adverts()  # what was said until here is read


def test_a_reload_is_systemds(site):
    """The process stays."""
    before = site.pid()
    site.guest.run("systemctl", "reload", "holdfast")
    assert site.pid() == before
    assert site.status()["reload"]["last"]["result"] == "ok"


def test_a_restart_keeps_the_master_role(site):
    """systemctl restart: the unit's ExecStop sees that it is one."""
    site.capture = Capture(site.other)
    site.goes_on(lambda: site.guest.run("systemctl", "restart", "holdfast"))


def test_an_upgrade_of_the_package_keeps_the_master_role(site, tmp_path):
    """dpkg installs the next version over it."""
    site.goes_on(lambda: site.guest.install(next_version(tmp_path)))
    assert site.status()["daemon"]["version"] == NEXT_VERSION


def test_a_killed_daemon_is_started_again_and_goes_on(site):
    """Restart=on-failure."""
    site.goes_on(lambda: site.guest.run("kill", "-9", site.pid()))


def test_a_restart_into_a_broken_file_hands_over(site):
    """What could not start again leaves nothing behind; the other director takes over."""
    good = (site.guest.root / "etc/holdfast/holdfast.conf").read_text()
    site.guest.write("/etc/holdfast/holdfast.conf", good + "no_such_keyword\n")
    assert site.guest.run("systemctl", "restart", "holdfast", check=False)[0] != 0
    wait_until(lambda: site.other.owns(VIP), LIMIT_S, "the other one takes over")
    assert VIP not in site.guest.out("ip", "-o", "addr")
    site.guest.write("/etc/holdfast/holdfast.conf", good)
    site.guest.run("systemctl", "start", "holdfast")
    wait_until(site.is_master, LIMIT_S, "and gives it back")


def test_a_real_servers_unit_holds_its_address(site):
    """Under its own sandbox; stopped, nothing of it is left."""
    unit = f"holdfast-realserver@{REAL}"
    site.guest.run("systemctl", "start", unit)
    assert REAL in site.guest.out("ip", "-o", "addr", "show", "dev", "lo")
    assert site.guest.out("holdfast-realserver", "status", REAL)
    assert site.guest.out("cat", "/proc/sys/net/ipv4/conf/all/arp_ignore") == "1"
    site.guest.run("systemctl", "stop", unit)
    assert REAL not in site.guest.out("ip", "-o", "addr", "show", "dev", "lo")
    assert site.guest.out("cat", "/proc/sys/net/ipv4/conf/all/arp_ignore") == "0"


def test_a_stop_hands_over(site):
    """systemctl stop is no restart."""
    site.guest.run("systemctl", "stop", "holdfast")
    assert VIP not in site.guest.out("ip", "-o", "addr")
    wait_until(lambda: site.other.owns(VIP), LIMIT_S, "the other one takes over")
    site.guest.run("systemctl", "start", "holdfast")
    wait_until(site.is_master, LIMIT_S, "and gives it back")


def test_purge_stops_it_and_leaves_nothing(site):
    """But the administrator's own file, and the users, as Debian has it."""
    site.guest.run("systemctl", "enable", "holdfast")
    site.guest.run("dpkg", "--purge", *NAMES)
    assert VIP not in site.guest.out("ip", "-o", "addr")
    found = site.guest.out("find", "/", "-xdev", "(", "-path", "/proc", "-o", "-path", "/root", ")", "-prune",
                          "-o", "-name", "*holdfast*", "-print").splitlines()
    assert sorted(set(found) - {"/etc/holdfast", "/etc/holdfast/holdfast.conf"}) == []
    wait_until(lambda: not site.guest.out("find", "/run", "-name", "*holdfast*"), LIMIT_S,
               "systemd has forgotten it, too")
    assert site.guest.run("systemctl", "status", "holdfast", check=False)[0] == 4
