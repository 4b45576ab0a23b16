# SPDX-License-Identifier: Apache-2.0
"""The connection sync daemon: a director knows the connections of the one that it takes over from."""

import contextlib
import time

import pytest

from lib import ipvs
from lib.clients import connect, unacknowledged
from lib.daemons import advert_limit_s
from lib.pairs import BACKUP_PRIORITY, CHECKS_LIMIT_S, Pair, WebLayout
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = pytest.mark.ipvs

VRID = 51
LINGER_S = 4   # a role that has ended goes on for so long
TELL_S = 3     # the kernel gathers connections for so long before it tells
OPEN_EVERY_S = 0.1
SWITCH_LIMIT_S = LINGER_S + 1 + SLACK_S
REQUEST_LIMIT_S = 1 + SLACK_S
LIMIT_S = 2 + 4 * SLACK_S
IDLE_S = 120
UNTOLD_S = 2     # what is younger is told of in a takeover alone: IPVS_SYNC_FLUSH_TIME, ip_vs_sync.c


def sync_layout(words, seed=WebLayout):
    """An installation whose directors have a sync daemon."""
    text = seed.configuration.replace("global_defs {", f"global_defs {{\n    {words}\n")
    return type("SyncLayout", (seed,), {"configuration": text})


@pytest.fixture(scope="module")
def installation(kind):
    """The web installation with a sync daemon that follows VI_1; what was closed is forgotten after a second.

    So is, later, what was closed when the other director did not hear of it.
    """
    with Topology() as topology:
        words = f"lvs_sync_daemon eth1 inst VI_1\n    lvs_timeouts tcp {IDLE_S} tcpfin 1"
        pair = Pair(topology, (kind, kind), sync_layout(words))
        pair.add_servers()
        pair.start()
        yield pair


@pytest.fixture
def pair(installation):
    """The installation, whole again."""
    installation.restore()
    for director, role in zip(installation.directors, ("master", "backup")):
        wait_until(lambda d=director, r=role: list(ipvs.daemons(d.host)) == [r], SWITCH_LIMIT_S,
                   f"{director.name} is the {role}")
    return installation


def ask(connection):
    """One request on a connection that stays open; the answer is the body, the server's name."""
    connection.sendall(b"GET / HTTP/1.1\r\nHost: drill\r\n\r\n")
    reply = b""
    while b"\r\n\r\n" not in reply:
        data = connection.recv(65536)
        if not data:
            raise OSError("closed")
        reply += data
    head, _, body = reply.partition(b"\r\n\r\n")
    (length,) = [int(line.partition(b":")[2]) for line in head.split(b"\r\n")
                 if line.lower().startswith(b"content-length")]
    while len(body) < length:
        body += connection.recv(65536)
    return body.decode().strip()


def states(director, *connections):
    """What a director's kernel knows of connections: the state of each, or None."""
    known = {words[3]: words[2] for words in ipvs.connections(director.host)}
    return [known.get("{}:{}".format(*connection.getsockname())) for connection in connections]


def open_connection(pair):
    """A connection through the pair with one request behind it: so the kernel tells of it."""
    connection = connect(pair.client, pair.vip, pair.port, REQUEST_LIMIT_S)
    return connection, ask(connection)


def takes_over(pair):
    """Waits until the backup has the address."""
    wait_until(lambda: pair.backup.host.owns(pair.vip), advert_limit_s(BACKUP_PRIORITY),
               "the backup takes over")


def test_daemon_follows_the_instance(pair):
    """Master and backup, each with the VRID for its id; after a stop none there, and the master here."""
    assert "mcast=eth1" in ipvs.daemons(pair.master.host)["master"]
    assert f"syncid={VRID}" in ipvs.daemons(pair.master.host)["master"]
    assert f"syncid={VRID}" in ipvs.daemons(pair.backup.host)["backup"]
    pair.master.daemon.terminate()
    assert ipvs.daemons(pair.master.host) == {}
    wait_until(lambda: "master" in ipvs.daemons(pair.backup.host), advert_limit_s(BACKUP_PRIORITY),
               "the backup tells of its connections")
    wait_until(lambda: list(ipvs.daemons(pair.backup.host)) == ["master"], SWITCH_LIMIT_S,
               "and does not listen any more")


def carry_on_after_a_loss(pair):
    """The backup's kernel knows a connection before, and carries it on when the master is lost."""
    connection, server = open_connection(pair)
    with contextlib.closing(connection):
        wait_until(lambda: states(pair.master, connection) == ["ESTABLISHED"], LIMIT_S, "it is established")
        wait_until(lambda: states(pair.backup, connection) == ["ESTABLISHED"],
                   TELL_S + LIMIT_S, "the backup knows the connection")
        pair.master.lose_power()
        takes_over(pair)
        connection.settimeout(5 + SLACK_S)
        assert ask(connection) == server


def test_connection_lives_through_a_takeover(pair):
    """The same session, with the same server."""
    carry_on_after_a_loss(pair)


@pytest.mark.ours
@pytest.mark.parametrize("kinds", [("holdfast", "keepalived"), ("keepalived", "holdfast")])
def test_connection_lives_through_a_takeover_beside_keepalived(net, kinds):
    """keepalived hears us, and we hear it."""
    pair = Pair(net, kinds, sync_layout("lvs_sync_daemon eth1 inst VI_1"))
    pair.add_servers()
    pair.start()
    wait_until(lambda: list(ipvs.daemons(pair.master.host)) == ["master"], SWITCH_LIMIT_S,
               "the master tells")
    wait_until(lambda: list(ipvs.daemons(pair.backup.host)) == ["backup"], SWITCH_LIMIT_S,
               "the backup hears")
    carry_on_after_a_loss(pair)


def is_acknowledged(pair, connection, name):
    """Says whether its server has an acknowledgement of everything: no packet of the client's is to come."""
    return unacknowledged(pair.server(name).host, connection.getsockname()[1]) == 0


def open_until_it_is_master(pair):
    """Opens connections until the address moves: (connection, its server, when it was opened).

    None of those in whose midst the address moved: a packet that comes before the telling ends its connection.
    """
    with contextlib.ExitStack() as open_ones:
        connections = []
        while not pair.master.host.owns(pair.vip):
            with contextlib.suppress(OSError):
                connection, name = open_connection(pair)
                open_ones.enter_context(contextlib.closing(connection))
                opened = time.time()
                wait_until(lambda c=connection, n=name: is_acknowledged(pair, c, n), LIMIT_S, "the client has the answer")
                if not pair.master.host.owns(pair.vip):
                    connections.append((connection, name, opened))
            time.sleep(OPEN_EVERY_S)
        return connections, open_ones.pop_all()


@pytest.mark.ours
def test_connections_live_through_the_hand_over_back(pair):
    """Those of the last moments before it as well, which the kernel had not told of yet."""
    pair.master.lose_power()
    takes_over(pair)
    wait_until(pair.answer, 5 + SLACK_S, "the backup serves")
    pair.master.boot()
    connections, open_ones = open_until_it_is_master(pair)
    with open_ones:
        handed_over = wait_until(pair.master.daemon.became_master, LIMIT_S, "it says so")
        assert any(handed_over - opened < UNTOLD_S for _, _, opened in connections)
        wait_until(lambda: all(states(pair.master, *(one for one, _, _ in connections))),
                   SWITCH_LIMIT_S, "the master knows every connection")
        for connection, server, _ in connections:
            connection.settimeout(5 + SLACK_S)
            assert ask(connection) == server
    wait_until(lambda: list(ipvs.daemons(pair.backup.host)) == ["backup"], SWITCH_LIMIT_S,
               "the backup is one again")


@pytest.mark.ours
def test_stopped_daemon_is_started_again(pair):
    """Somebody stops it by hand, or starts the other one: the next look puts it back."""
    host = pair.backup.host
    before = pair.backup.daemon.status()["ipvs"]["drift_repaired"]
    host.run("ipvsadm", "--stop-daemon", "backup")
    host.run("ipvsadm", "--start-daemon", "master", "--mcast-interface", "eth1", "--syncid", "7")
    wait_until(lambda: pair.backup.daemon.status()["ipvs"]["drift_repaired"] == before + 2, LIMIT_S,
               "both are counted")
    wait_until(lambda: list(ipvs.daemons(host)) == ["backup"], LIMIT_S, "the backup runs alone")


@pytest.mark.ours
def test_reload_changes_what_differs(pair):
    """Another id is another daemon; without the keyword there is none, and a service is not touched."""
    daemon = pair.backup.daemon
    host = pair.backup.host
    text = pair.backup.configuration
    daemon.write_configuration(text.replace("inst VI_1", "inst VI_1 id 9 maxlen 1200 port 9000 ttl 3 "
                                                         "group 224.0.0.99"))
    assert daemon.reload() is None
    wait_until(lambda: ipvs.daemons(host).get("backup") ==
               "mcast=eth1, syncid=9, maxlen=1200, group=224.0.0.99, port=9000, ttl=3", LIMIT_S,
               "the daemon is the new one")
    daemon.write_configuration(text.replace("lvs_sync_daemon eth1 inst VI_1", ""))
    assert daemon.reload() is None
    wait_until(lambda: ipvs.daemons(host) == {}, LIMIT_S, "there is none")
    assert ipvs.table(host) == pair.layout.table
    assert daemon.status()["ipvs"]["sync_daemon"] is None
    host.run("ipvsadm", "--start-daemon", "backup", "--mcast-interface", "eth1", "--syncid", "7")
    daemon.status()
    assert list(ipvs.daemons(host)) == ["backup"]  # somebody else's now
    host.run("ipvsadm", "--stop-daemon", "backup")


@pytest.mark.ours
def test_daemon_waits_for_its_interface(pair):
    """It is shown meanwhile; the daemon of an interface that was made anew is a new one."""
    daemon = pair.backup.daemon
    host = pair.backup.host
    daemon.write_configuration(pair.backup.configuration.replace("daemon eth1", "daemon sync0"))
    assert daemon.reload() is None
    state = wait_until(lambda: daemon.status()["ipvs"]["sync_daemon"], LIMIT_S, "the state")
    assert state["role"] == "backup" and "interface" in state["reason"]
    wait_until(lambda: ipvs.daemons(host) == {}, LIMIT_S, "none runs")
    assert "sync0" in daemon.control("status")
    memberships = []
    for number in range(2):
        host.ip("link add sync0 type veth peer name sync1", "link set sync1 up",
                f"addr add 192.0.2.{number + 1}/24 dev sync0", "link set sync0 up")
        wait_until(lambda: "backup" in ipvs.daemons(host), LIMIT_S, "it runs")
        memberships.append(wait_until(
            lambda: "224.0.0.81" in host.run("ip", "maddr", "show", "dev", "sync0"), LIMIT_S,
            "it hears what is told on the interface that is there now"))
        host.ip("link del sync0")
        wait_until(lambda: ipvs.daemons(host) == {}, LIMIT_S, "it is stopped with its interface")
    assert len(memberships) == 2


@pytest.mark.ours
def test_flush_on_stop_empties_the_table(pair):
    """`lvs_flush_on_stop`: everybody's services go; with VS, and without it, ours alone."""
    host = pair.backup.host
    daemon = pair.backup.daemon
    text = pair.backup.configuration
    for words, left in (("lvs_flush_on_stop", []), ("lvs_flush_on_stop VS", ["-A -t 10.9.9.9:9 -s rr"])):
        daemon.write_configuration(text.replace("global_defs {", f"global_defs {{ {words}\n"))
        assert daemon.reload() is None
        host.run("ipvsadm", "-A", "-t", "10.9.9.9:9", "-s", "rr")
        daemon.terminate()
        assert ipvs.table(host) == left
        host.run("ipvsadm", "-C")
        daemon.write_configuration(text)
        daemon.start()
        wait_until(lambda: ipvs.table(host) == pair.layout.table, CHECKS_LIMIT_S, "the table is back")


def drain(pair, server):
    """Takes a server out on both directors, with its connections in mind."""
    left = {pair.real_server(each): 1 for each in pair.servers if each is not server}
    draining = left | {pair.real_server(server): 0}
    for director in pair.directors:
        director.daemon.control("drain", f"{pair.layout.service}/{pair.real_server(server)}")
        wait_until(lambda d=director: ipvs.destinations(d.host, pair.layout.service) == draining,
                   SWITCH_LIMIT_S, f"it gets no new connection by {director.name}")
        director.daemon.control("server", "del", f"{pair.layout.service}/{pair.real_server(server)}")
    return draining, left


@pytest.mark.ours
def test_both_roles_run_where_no_instance_is_named(pair):
    """Directors that are master for an address each know all connections of each other. So one lives
    through a takeover, while its server drains on both; when it is closed the server goes.

    The last drill: the server is gone then.
    """
    wait_until(lambda: not any(ipvs.connections(director.host) for director in pair.directors),
               IDLE_S + LIMIT_S, "nothing else keeps the server")
    for director in pair.directors:
        director.daemon.write_configuration(
            director.configuration.replace("eth1 inst VI_1", "eth1 id 3")
            .replace("delay_loop 2", "delay_loop 2\n    drain_timeout 600"))
        assert director.daemon.reload() is None
        wait_until(lambda d=director: sorted(ipvs.daemons(d.host)) == ["backup", "master"], SWITCH_LIMIT_S,
                   f"both run on {director.name}")
    connection, name = open_connection(pair)
    with contextlib.closing(connection):
        wait_until(lambda: states(pair.backup, connection) == ["ESTABLISHED"],
                   TELL_S + LIMIT_S, "the backup knows the connection")
        draining, left = drain(pair, pair.server(name))
        pair.master.lose_power()
        takes_over(pair)
        connection.settimeout(5 + SLACK_S)
        assert ask(connection) == name
        others = {server.host.name for server in pair.servers} - {name}
        assert {wait_until(pair.answer, 5 + SLACK_S, "it serves") for _ in range(3)} == others
        assert ipvs.destinations(pair.backup.host, pair.layout.service) == draining
        assert ask(connection) == name
    wait_until(lambda: ipvs.destinations(pair.backup.host, pair.layout.service) == left,
               SWITCH_LIMIT_S, "the server has drained")
