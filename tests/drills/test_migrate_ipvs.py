# SPDX-License-Identifier: Apache-2.0
"""A keepalived pair before two servers becomes a Holdfast pair, one director after the other, under load."""

import contextlib
import socket
import subprocess

import pytest

from lib import ipvs
from lib.clients import SteadyLoad, here
from lib.daemons import BUILD, Holdfast, Keepalived
from lib.downloads import Download, Downloads
from lib.pairs import suppress_arp
from lib.talkers import TcpTalker
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

MIGRATE = BUILD / "contrib/migrate/holdfast-migrate"
VIP, PORT, BULK = "10.0.0.17", 80, 81
SERVERS = ("10.0.0.7", "10.0.0.8")
LIMIT_S = 20 + 4 * SLACK_S
REQUEST_S = 5 + SLACK_S
PATIENT = "advert_int 1\n    preempt_delay 1000"


def service(port, servers):
    """A virtual server whose real servers are checked."""
    return f"virtual_server {VIP} {port} {{\n delay_loop 6\n lb_algo rr\n lb_kind DR\n protocol TCP\n" + "".join(
        f" real_server {server} {port} {{\n  TCP_CHECK {{\n   connect_timeout 5\n   retry 2\n  }}\n }}\n"
        for server in servers) + "}\n"


def configuration(priority):
    """Requests go to both servers, downloads to the first."""
    return f"""global_defs {{
    lvs_sync_daemon eth1 VI_1
}}
vrrp_instance VI_1 {{
    state BACKUP
    interface eth1
    virtual_router_id 51
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
{service(PORT, SERVERS)}{service(BULK, SERVERS[:1])}"""


TABLE = {(VIP, port, server, port): 1 for port, servers in ((PORT, SERVERS), (BULK, SERVERS[:1]))
         for server in servers}


def holds(host):
    """Whether the virtual address is the host's own: nobody else's can be bound to."""
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((VIP, 0))
        except OSError:
            return False
        return True


class Director:
    """A host whose configuration is where keepalived has it."""

    def __init__(self, host, priority):
        self.host = host
        self.folder = host.directory / "etc/keepalived"
        self.folder.mkdir(parents=True)
        self.daemon = Keepalived(host, configuration(priority), self.folder / "keepalived.conf")
        self.watch = ipvs.TableWatch(host, TABLE, lambda: holds(host))
        self.stopped = None

    def change(self, watches):
        """As holdfast-migrate says: keepalived is stopped, Holdfast is started with what keepalived had."""
        done = subprocess.run(
            [MIGRATE, "--root", self.host.directory, "--holdfastd", BUILD / "holdfastd", self.folder],
            check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "one director is changed at a time, the backup first" in done.stdout
        file = self.daemon.file
        self.stopped = self.daemon.terminate()
        watches.enter_context(self.watch)
        self.daemon = Holdfast(self.host, file.read_text().replace("advert_int 1", PATIENT), file)
        self.daemon.start()

    def tells_again(self):
        """As the manual has it for who comes back: of what is open, too, and not at every fiftieth packet alone."""
        self.host.set_sysctl("net.ipv4.vs.sync_threshold", "3 0")
        self.host.set_sysctl("net.ipv4.vs.sync_refresh_period", 2)

    def comes_back(self):
        """It need not wait any more: it knows what the other one knows."""
        self.daemon.write_configuration(self.daemon.file.read_text().replace(PATIENT, "advert_int 1"))
        assert self.daemon.reload() is None

    def is_ready(self, state):
        """What is to be seen before one goes on: the instance's state, and the table, which is whole."""
        return (self.daemon.status()["instances"][0]["state"] == state and ipvs.weights(self.host) == TABLE)


class Site:
    """Two directors, two servers, a client."""

    def __init__(self, net, servers):
        lan = net.switch("lan")
        self.client = net.host("client", eth1=(lan, "10.0.0.100/24"))
        self.directors = []
        for number, priority in ((5, 150), (6, 100)):
            host = net.host(f"lb-{number}", eth1=(lan, f"10.0.0.{number}/24"))
            for where in ("all", "eth1"):
                host.set_sysctl(f"net.ipv4.conf.{where}.send_redirects", 0)
            self.directors.append(Director(host, priority))
        for number, address in enumerate(SERVERS):
            host = net.host(f"server-{number}", eth1=(lan, f"{address}/24"))
            suppress_arp(host, VIP)
            servers.enter_context(TcpTalker(host, PORT, lambda connection: connection.sendall(b"here")))
            if number == 0:
                with host.entered():
                    self.bulk = socket.create_server(("0.0.0.0", BULK))
                self.bulk.settimeout(LIMIT_S)
                servers.enter_context(self.bulk)

    def download(self):
        """A connection through the virtual address, on which the server sends numbers."""
        with self.client.entered():
            client = socket.create_connection((VIP, BULK), LIMIT_S)
        while True:  # checks connect, too
            server, peer = self.bulk.accept()
            if peer[0] == self.client.address:
                return Download("DR", client, server)
            server.close()


def knows(director, downloads):
    """Waits until a director has heard of the downloads."""
    wait_until(lambda: {(port, VIP, BULK) for port in downloads.ports()} <=
               ipvs.servers_of_connections(director.host).keys(), LIMIT_S, f"{director.host.name} knows the download")


def served(load):
    """Waits until the client has been answered again and again, by what it asked from now on."""
    since = load.last_sent()
    wait_until(lambda: sum(request.sent > since for request in load.answered(since)) >= 20, LIMIT_S,
               "the client is served")


def test_a_keepalived_pair_becomes_a_holdfast_pair_under_load(net):
    """Requests fail while the takeover takes place, no others; who has the address has the whole table."""
    with contextlib.ExitStack() as servers:
        site = Site(net, servers)
        master, backup = site.directors
        for director in site.directors:
            director.daemon.start()
        wait_until(lambda: all(ipvs.weights(each.host) == TABLE for each in site.directors), LIMIT_S, "the tables")
        wait_until(lambda: holds(master.host) and not holds(backup.host), LIMIT_S, "the first one is master")
        downloads = Downloads(LIMIT_S)
        downloads.add(site.download())
        with SteadyLoad(site.client, here(VIP, PORT), interval_s=0.15, timeout_s=REQUEST_S) as load, \
                contextlib.ExitStack() as watches:
            served(load)
            backup.change(watches)
            wait_until(lambda: backup.is_ready("BACKUP"), LIMIT_S, "the backup is ready")
            served(load)
            assert load.lost() == [] and backup.watch.looks == 0, "its change is nobody's business"
            knows(backup, downloads)
            backup.tells_again()
            master.change(watches)
            taken = wait_until(lambda: backup.daemon.became_master(master.stopped), LIMIT_S, "the takeover")
            knows(master, downloads)
            master.comes_back()
            back = wait_until(lambda: master.daemon.became_master(), LIMIT_S, "it comes back by its priority")
            wait_until(lambda: master.is_ready("MASTER") and backup.is_ready("BACKUP") and
                       not holds(backup.host), LIMIT_S, "all is as before")
            served(load)
            downloads.go_on()
        # What was under way when the address moved is lost with it; what was asked after that is not.
        for request in load.lost():
            assert (master.stopped - REQUEST_S <= request.sent <= taken + SLACK_S or
                    request.sent - SLACK_S <= back <= request.ended + SLACK_S), (
                        master.stopped, taken, back, load.lost())
        for director in site.directors:
            assert director.watch.lacking == [] and director.watch.looks > 0
        downloads.finish()
