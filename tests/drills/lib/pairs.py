# SPDX-License-Identifier: Apache-2.0
"""The seed's two installations: a director pair before two MariaDB servers, and before two nginx.

Each is one LAN with two directors, two real servers (the VIP on their `lo`, silent about it on the
wire) and a client. The directors' configuration is the seed's own file.
"""

import pathlib
import re

from lib import ipvs
from lib.capture import Capture
from lib.clients import REQUEST_ERRORS, http_get, mysql_query
from lib.daemons import BUILD, Holdfast, Keepalived, advert_limit_s
from lib.mariadb import MariaDb
from lib.nginx import Nginx
from lib.waiting import SLACK_S, wait_until

SEED = pathlib.Path(__file__).resolve().parents[1] / "seed/mysql-dr-master.conf"

MASTER_PRIORITY = 150
BACKUP_PRIORITY = 100
# Until a check has noticed a server: delay_loop 6, one retry after 3 s, connect_timeout 5.
CHECKS_LIMIT_S = 6 + 3 + 5 + SLACK_S

WEB_CONFIGURATION = """
global_defs {
    router_id lb01
}
vrrp_instance VI_1 {
    state MASTER
    interface eth1
    virtual_router_id 51
    priority 150
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        10.0.0.17/24 dev eth1 label eth1:17
    }
}
virtual_server 10.0.0.17 80 {
    delay_loop 2
    lb_algo wrr
    lb_kind DR
    protocol TCP
    real_server 10.0.0.7 80 { weight 1 TCP_CHECK { connect_timeout 2 delay_before_retry 1 } }
    real_server 10.0.0.8 80 { weight 1 TCP_CHECK { connect_timeout 2 delay_before_retry 1 } }
}
"""


def backup_of(configuration):
    """The second director's configuration: BACKUP, a lower priority, its own router_id."""
    return (configuration.replace("state MASTER", "state BACKUP")
            .replace(f"priority {MASTER_PRIORITY}", f"priority {BACKUP_PRIORITY}")
            .replace("router_id lb01", "router_id lb02"))


class Director:
    """A director: a host, and the daemon on it that can be lost and started again."""

    def __init__(self, host, kind, configuration):
        self.host = host
        self.configuration = configuration
        link_local = ":" in host.address and "unicast_peer" not in configuration
        self._address = host.link_local("eth1") if link_local else host.address
        self.daemon = {"holdfast": Holdfast, "keepalived": Keepalived}[kind](host, configuration)

    @property
    def name(self):
        """The host's name."""
        return self.host.name

    @property
    def address(self):
        """The address that its adverts come from."""
        return self._address

    @property
    def is_up(self):
        """Says whether the daemon runs."""
        return self.daemon.process is not None and self.daemon.process.running

    def lose_power(self):
        """The machine is gone from one instant to the next; returns when.

        The daemon goes first: it would say good-bye through the interface that is unplugged last.
        """
        at = self.daemon.kill()
        for interface in self.host.addresses:
            self.host.unplug(interface)
        return at

    def boot(self):
        """The machine comes back with nothing in its kernel, and its daemon starts."""
        for interface, own in self.host.addresses.items():
            for address in set(self.host.address_list(interface)) - set(own):
                length = 64 if ":" in address else 24
                self.host.ip(f"addr del {address}/{length} dev {interface}")
            self.host.plug(interface)
        self.host.run("ipvsadm", "-C", check=False)
        self.daemon.start()


class Pair:
    """Two directors in a LAN with a client; add_servers() puts the real servers behind them."""

    def __init__(self, net, kinds, layout, vrrp_only=False):
        """A pair of "holdfast" or "keepalived" on the first and on the second director.

        vrrp_only -- leave the virtual servers out of the configuration: for any kernel
        """
        self.net = net
        self.layout = layout
        self.vip = layout.vip
        self.port = layout.port
        self.lan = net.switch("lan", hub="unicast_peer" in layout.configuration)
        self.client = net.host("client", eth1=(
            self.lan, *(f"{address}/{layout.prefix_length}" for address in layout.clients)))
        configuration = layout.configuration
        if vrrp_only:
            configuration = configuration.partition("virtual_server ")[0]
        self.master = self._add_director(kinds[0], 0, configuration)
        self.backup = self._add_director(kinds[1], 1, backup_of(configuration))
        self.directors = (self.master, self.backup)
        self.servers = []
        self.capture = Capture(self.client)

    def _add_director(self, kind, number, configuration):
        name, address = self.layout.directors[number]
        host = self.net.host(name, eth1=(self.lan, f"{address}/{self.layout.prefix_length}"))
        own, other = address, self.layout.directors[1 - number][1]
        return Director(host, kind, configuration.replace("OWN", own).replace("OTHER", other))

    def add_servers(self):
        """Starts the real servers and waits until both take connections."""
        for name, address in self.layout.servers:
            host = self.net.host(name, eth1=(self.lan, f"{address}/24"))
            suppress_arp(host, self.vip)
            self.servers.append(self.layout.server_type(host))
        self._start_servers()

    def _start_servers(self):
        down = [server for server in self.servers if not server.is_up]
        for server in down:
            server.start()
        for server in down:
            server.wait_ready()

    def start(self):
        """Starts both directors and waits until the pair is settled."""
        for director in self.directors:
            director.daemon.start()
        self.wait_settled()

    def restore(self):
        """Brings back what the last drill took away, for the next one."""
        self._start_servers()
        for director in self.directors:
            director.host.plug("eth1")
            if director.daemon.file_text != director.configuration:
                director.daemon.write_configuration(director.configuration)
                if director.is_up:
                    refusal = director.daemon.reload()
                    assert refusal is None, refusal
            if not director.is_up:
                director.boot()
        self.wait_settled()

    def wait_settled(self):
        """Waits until the master alone holds the address and, with servers, all of them serve."""
        wait_until(lambda: self.owners() == [self.master.name],
                   2 * advert_limit_s(MASTER_PRIORITY) + SLACK_S,
                   f"{self.master.name} alone owns {self.vip}")
        if self.servers:
            wait_until(lambda: ipvs.table(self.master.host) == self.layout.table, CHECKS_LIMIT_S,
                       "the master's table is the configuration's")
            wait_until(self.answer, 5 + SLACK_S, f"{self.vip} answers")

    def answer(self):
        """The answer to one request of the client, or None."""
        try:
            return self.layout.request(self.vip)(self.client, 1 + SLACK_S)
        except REQUEST_ERRORS:
            return None

    def owners(self):
        """The names of the directors that hold the address now."""
        return [director.name for director in self.directors if director.host.owns(self.vip)]

    def server(self, name):
        """The real server of a name."""
        (server,) = (server for server in self.servers if server.host.name == name)
        return server

    def real_server(self, server):
        """A real server as IPVS knows it: ADDRESS:PORT."""
        return f"{server.host.address}:{self.layout.port}"


class MySqlLayout:
    """The seed's MySQL installation: version 2 with a password, an advert a second."""

    version = 2
    interval_s = 1
    prefix_length = 24

    vip = "172.16.1.18"
    port = 3306
    service = f"{vip}:{port}"
    clients = ("172.16.1.100", "172.16.1.101")
    directors = (("lb4-01", "172.16.1.5"), ("lb4-02", "172.16.1.6"))
    servers = (("db-07", "172.16.1.7"), ("db-51", "172.16.1.51"))
    server_type = MariaDb
    request = staticmethod(mysql_query)
    configuration = SEED.read_text()
    # What the seed's article types by hand, as `ipvsadm -Sn` prints it.
    table = [
        "-A -t 172.16.1.18:3306 -s wrr -p 20",
        "-a -t 172.16.1.18:3306 -r 172.16.1.51:3306 -g -w 1",
        "-a -t 172.16.1.18:3306 -r 172.16.1.7:3306 -g -w 1",
    ]


class MySqlLayoutV3(MySqlLayout):
    """The same in version 3, which knows no password, with an advert every 200 ms."""

    version = 3
    interval_s = 0.2
    configuration = re.sub(r"    authentication \{.*?\}\n", "", MySqlLayout.configuration,
                           flags=re.DOTALL).replace("advert_int 1", "advert_int 0.2\n    version 3")


def unicast(layout):
    """The same without multicast: each director knows the other's address."""
    words = "unicast_src_ip OWN\n    unicast_peer {\n        OTHER\n    }\n    "
    configuration = layout.configuration.replace("virtual_ipaddress {",
                                                 words + "virtual_ipaddress {")
    return type("Unicast", (layout,), {"configuration": configuration})


class MySqlLayoutAh(MySqlLayout):
    """The same with the Authentication Header in place of a password on the wire."""

    configuration = MySqlLayout.configuration.replace("auth_type PASS", "auth_type AH")


class LayoutV6(MySqlLayoutV3):
    """Version 3 over IPv6; the first address is a link-local one, as RFC 9568 5.2.9 asks for."""

    prefix_length = 64
    vip = "fd00:10::18"
    clients = ("fd00:10::100", "fd00:10::101")
    directors = (("lb4-01", "fd00:10::5"), ("lb4-02", "fd00:10::6"))
    configuration = re.sub(
        r"virtual_ipaddress \{.*?\}",
        "virtual_ipaddress {\n        fe80::18/64\n        fd00:10::18/64\n    }",
        MySqlLayoutV3.configuration.partition("virtual_server ")[0], flags=re.DOTALL)


class WebLayout:
    """The seed's web installation: LVS in front, nginx as L7 proxies behind."""

    prefix_length = 24

    vip = "10.0.0.17"
    port = 80
    service = f"{vip}:{port}"
    clients = ("10.0.0.100", "10.0.0.101")
    directors = (("lb4-01", "10.0.0.5"), ("lb4-02", "10.0.0.6"))
    servers = (("web-07", "10.0.0.7"), ("web-08", "10.0.0.8"))
    server_type = Nginx
    request = staticmethod(http_get)
    configuration = WEB_CONFIGURATION
    table = [
        "-A -t 10.0.0.17:80 -s wrr",
        "-a -t 10.0.0.17:80 -r 10.0.0.7:80 -g -w 1",
        "-a -t 10.0.0.17:80 -r 10.0.0.8:80 -g -w 1",
    ]


def suppress_arp(host, vip):
    """Makes a host take packets for the VIP (DR) without a word about it on the wire."""
    host.run("env", f"HOLDFAST_REALSERVER_STATE={host.directory}/realserver",
             BUILD / "contrib/realserver/holdfast-realserver", "start", vip)
