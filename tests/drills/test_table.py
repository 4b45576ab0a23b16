# SPDX-License-Identifier: Apache-2.0
"""The daemon's hand on the kernel's table, among others' hands: what it finds, what the kernel refuses,
what somebody changes, and what it tells of."""

import os
import socket

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.netlink import NetlinkMonitor
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

VIP, LIVE, OTHER = "10.0.0.17", "10.0.0.7", "10.0.0.8"
LIMIT_S = 6 + 4 * SLACK_S
LOOK_S = 30  # between two looks of the daemon's own at the table
REFUSED = f"{VIP}:81/tcp"
FOREIGN = "-A -t 10.0.0.99:99 -s rr"
FOUND = [FOREIGN, f"-A -t {VIP}:80 -s lc", f"-a -t {VIP}:80 -r {LIVE}:80 -g -w 1",
         f"-a -t {VIP}:80 -r 10.0.0.9:80 -g -w 1"]
OURS = [f"-A -t {VIP}:80 -s wrr", f"-A -t {VIP}:82 -s rr", "-A -t [2001:db8::17]:80 -s rr",
        f"-a -t {VIP}:80 -r {LIVE}:80 -g -w 3", f"-a -t {VIP}:80 -r {OTHER}:80 -g -w 2",
        f"-a -t {VIP}:82 -r {LIVE}:82 -g -w 1", "-a -t [2001:db8::17]:80 -r [2001:db8::7]:80 -g -w 1"]
HANDS = [f"-E -t {VIP}:80 -s sh", f"-e -t {VIP}:80 -r {LIVE}:80 -m -w 77", f"-d -t {VIP}:80 -r {OTHER}:80",
         f"-a -t {VIP}:80 -r 10.0.0.9:80 -g", f"-D -t {VIP}:82", FOREIGN]
TEXT = f"""global_defs {{
    lvs_flush
    lvs_timeouts tcp 901 tcpfin 31 udp 61
    lvs_notify_fifo DIRECTORY/lvs
}}
virtual_server {VIP} 80 {{
    lb_algo wrr
    lb_kind DR
    protocol TCP
    delay_loop 1
    real_server {LIVE} 80 {{
        weight 3
        inhibit_on_failure
        TCP_CHECK {{
            connect_timeout 5
            retry 0
        }}
    }}
    real_server {OTHER} 80 {{
        weight 2
    }}
}}
virtual_server {VIP} 81 {{
    lb_algo twos
    lb_kind DR
    protocol TCP
    real_server {LIVE} 81 {{
    }}
}}
virtual_server {VIP} 82 {{
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server {LIVE} 82 {{
    }}
}}
virtual_server 2001:db8::17 80 {{
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server fe80::9 80 {{
    }}
    real_server 2001:db8::7 80 {{
    }}
}}
"""


class Contained(Holdfast):
    """holdfastd that does not see which modules the kernel has, as in a container."""

    def arguments(self):
        return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /lib/modules && exec "$@"', "sh",
                *super().arguments()]


class Site:
    """A director and a server."""

    def __init__(self, net):
        lan = net.switch("lan")
        self.director = net.host("director", eth1=(lan, "10.0.0.5/24", f"{VIP}/32"))
        self.server = net.host("server", eth1=(lan, f"{LIVE}/24"))
        self.listener = None
        self.serve()
        self.daemon = Contained(self.director, TEXT.replace("DIRECTORY", str(self.director.directory)))
        fifo = self.director.directory / "lvs"
        os.mkfifo(fifo, 0o600)
        self._fifo = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)

    def serve(self):
        """The server answers."""
        with self.server.entered():
            self.listener = socket.create_server((LIVE, 80), backlog=64)

    def told(self):
        """The lines of the FIFO since the last time."""
        try:
            return os.read(self._fifo, 65536).decode().replace("\0", "").splitlines()
        except BlockingIOError:
            return []

    def start(self):
        """Starts the daemon, to which the table is ours alone; what it wrote to IPVS."""
        with NetlinkMonitor(self.director) as monitor:
            self.daemon.start()
            self.wait_table(OURS)
            return [write for write in monitor.writes() if write.startswith("ipvs ")]

    def by_hand(self, *commands):
        """Runs ipvsadm for each."""
        for command in commands:
            self.director.run("ipvsadm", *command.split())

    def wait_table(self, lines):
        """Waits until ipvsadm shows them."""
        wait_until(lambda: ipvs.table(self.director) == sorted(lines), LIMIT_S, "the table is so")

    def service(self, name):
        """A virtual server of the status."""
        (found,) = [each for each in self.daemon.status()["services"] if each["name"] == name]
        return found


@pytest.fixture(scope="module")
def site():
    """The site, with a table that the daemon finds."""
    with Topology() as net:
        site = Site(net)
        site.by_hand(*FOUND)
        yield site


def test_a_start_makes_what_can_be_made_of_what_it_finds(site):
    """lvs_flush, lvs_timeouts, and two entries that the kernel refuses, which are shown there."""
    writes = site.start()
    assert writes.count("ipvs DEL_SERVICE") == 1 and "ipvs FLUSH" not in writes
    wait_until(lambda: f"VS [{VIP}]:tcp:80 UP" in site.told(), LIMIT_S, "it is told to the FIFO")
    assert "901 31 61" in site.director.run("ipvsadm", "-Ln", "--timeout")
    assert "module ip_vs_twos" in site.service(REFUSED)["ipvs_error"]
    servers = {server["name"]: server["ipvs_error"]
               for server in site.service("[2001:db8::17]:80/tcp")["servers"]}
    assert "link-local" in servers.pop("[fe80::9]:80")
    assert list(servers.values()) == [None]
    for look in ("status", "services"):
        said = site.daemon.control(look, check=False)
        assert "ip_vs_twos" in said and "link-local" in said, said


def test_a_start_after_a_crash_takes_away_what_others_made_alone(site):
    """lvs_flush again: ours are not touched, only those tried again that were refused."""
    site.by_hand(FOREIGN)
    site.daemon.kill()
    writes = site.start()
    assert set(writes) == {"ipvs DEL_SERVICE", "ipvs NEW_DEST", "ipvs NEW_SERVICE"}
    assert writes.count("ipvs DEL_SERVICE") == 1


def test_what_somebody_changes_is_put_back_and_counted(site):
    """All but what is not ours: that is shown."""
    before = site.daemon.status()["ipvs"]["drift_repaired"]
    site.by_hand(*HANDS)
    assert site.daemon.reload() is None
    site.wait_table([*OURS, FOREIGN])
    wait_until(lambda: site.daemon.status()["ipvs"]["drift_repaired"] >= before + 5, LIMIT_S, "it is counted")
    assert [each["service"] for each in site.daemon.status()["ipvs"]["foreign"]] == ["10.0.0.99:99/tcp"]
    assert "not ours" in site.daemon.control("services")
    assert "module ip_vs_twos" in site.service(REFUSED)["ipvs_error"]


def test_what_somebody_changes_is_put_back_without_a_reload(site):
    """At the next look, and nobody has asked for it."""
    before = site.daemon.status()
    site.by_hand(f"-e -t {VIP}:80 -r {OTHER}:80 -g -w 78")
    wait_until(lambda: ipvs.table(site.director) == sorted([*OURS, FOREIGN]), LOOK_S + LIMIT_S,
               "the weight is the configuration's")
    wait_until(lambda: site.daemon.status()["ipvs"]["drift_repaired"] == before["ipvs"]["drift_repaired"] + 1,
               LIMIT_S, "it is counted")
    assert site.daemon.status()["reload"]["count"] == before["reload"]["count"]


def test_servers_and_services_are_told_of_as_they_go_and_come(site):
    """By lvs_notify_fifo, with keepalived's words."""
    site.told()
    site.listener.close()
    server = f"RS [{LIVE}]:tcp:80 [{VIP}]:tcp:80"
    wait_until(lambda: site.told() == [f"{server} DOWN"], LIMIT_S, "it is down")
    site.wait_table([line.replace("-w 3", "-w 0") for line in (*OURS, FOREIGN)])
    site.serve()
    wait_until(lambda: site.told() == [f"{server} UP"], LIMIT_S, "it is back")
    site.wait_table([*OURS, FOREIGN])


def test_a_refused_entry_is_made_when_it_can_be_and_a_stop_takes_ours_alone(site):
    """The scheduler is one that there is."""
    site.daemon.write_configuration(site.daemon.file_text.replace("lb_algo twos", "lb_algo sed"))
    assert site.daemon.reload() is None
    site.wait_table([*OURS, FOREIGN, f"-A -t {VIP}:81 -s sed", f"-a -t {VIP}:81 -r {LIVE}:81 -g -w 1"])
    wait_until(lambda: site.service(REFUSED)["ipvs_error"] is None, LIMIT_S, "nothing is refused")
    site.daemon.terminate()
    assert ipvs.table(site.director) == [FOREIGN]
