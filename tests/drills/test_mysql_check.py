# SPDX-License-Identifier: Apache-2.0
"""MYSQL_CHECK against real MariaDB servers, and against what is none."""

import contextlib
import pathlib
import socket
import subprocess
import threading
import time

import pymysql
import pytest

from lib.daemons import BUILD, Holdfast
from lib.mariadb import MariaDb
from lib.topology import Topology
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

DIRECTOR, SERVER = "172.16.1.5", "172.16.1.7"
TIMEOUT_S = 0.5   # where a check is to be given up
PATIENT_S = 10    # where none is, however busy the machine
DELAY_S = 0.2
RESULT_LIMIT_S = 20


def configuration(check, delay_s=DELAY_S, servers=1, timeout_s=PATIENT_S):
    """A service whose server has a MYSQL_CHECK with these keywords."""
    blocks = "".join(f"""    real_server {SERVER} {3306 + number} {{
        MYSQL_CHECK {{
            connect_timeout {timeout_s + number / 1000}
            delay_loop {delay_s}
            warmup {delay_s}
            retry 0
            connect_port 3306
            {check}
        }}
    }}
""" for number in range(servers))
    return f"""virtual_server 172.16.1.18 3306 {{
    protocol TCP
    lb_algo wrr
    lb_kind NAT
{blocks}}}
"""


class Site:
    """A director and a host for a server."""

    def __init__(self, net, check="", replica_of=None, **options):
        """replica_of -- a switch with the source of the server, which is on it too"""
        lan = net.switch("lan")
        self.director = net.host("lb4-01", eth1=(lan, f"{DIRECTOR}/24", "fd00::5/64"))
        links = {"eth1": (lan, f"{SERVER}/24", "fd00::7/64")}
        if replica_of:
            links["eth2"] = (replica_of, "172.16.2.7/24")
        self.host = net.host("db-07", **links)
        self.daemon = Holdfast(self.director, configuration(check, **options))

    def server(self):
        """What the daemon knows of the server."""
        return self.daemon.status()["services"][0]["servers"][0]

    def result(self):
        """The last result of its check, or None."""
        return self.server()["checks"][0]["last_result"]

    def results(self):
        """How many checks have ended, by class."""
        return self.daemon.status()["checks"]["results"]

    def wait_result(self, result, text):
        """Waits for a check that ends so."""
        def met():
            last = self.result()
            return last and last["class"] == result and text in last["text"]
        try:
            wait_until(met, RESULT_LIMIT_S, f"a check ends with {result}: {text}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last one: {self.result()}") from None

    def wait_state(self, state):
        """Waits until the server is up or down."""
        wait_until(lambda: self.server()["state"] == state, RESULT_LIMIT_S, f"it is {state}")


def started(site, *options, names=None):
    """A MariaDB server of the site that takes connections."""
    server = MariaDb(site.host, *options, names=names)
    server.start()
    server.wait_ready()
    return server


class Impostor:
    """Listens at a server's place and does with each connection as it is told."""

    def __init__(self, host, serve):
        with host.entered():
            self._listener = socket.create_server((SERVER, 3306))
        self._serve = serve
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self._serve(connection)


def greeting_of(director):
    """What a server says first."""
    with director.entered(), socket.create_connection((SERVER, 3306), 5) as connection:
        return connection.recv(4096)


def until_closed(connection):
    """Waits until the other side goes."""
    while connection.recv(4096):
        pass


# ---- handshake -----------------------------------------------------------------------------------


def test_a_server_that_greets_is_up_and_one_that_is_gone_is_down(net):
    """Refused when it is killed, up again when it is back."""
    site = Site(net)
    server = started(site)
    site.daemon.start()
    site.wait_result("ok", "")
    server.kill()
    site.wait_result("refused", "connection refused")
    site.wait_state("down")
    server.start()
    server.wait_ready()
    site.wait_state("up")


def test_a_thousand_handshakes_do_not_block_the_host(net):
    """max_connect_errors=10, and the server knows the director by name: nothing is held against it."""
    site = Site(net, delay_s=0.1, servers=8)
    server = started(site, "--max-connect-errors=10", "--performance-schema=1",
                     names=f"127.0.0.1 localhost\n{DIRECTOR} director\n")
    # The drill proves itself: who just closes after the greeting is blocked.
    for _ in range(12):
        greeting_of(site.director)
    wait_until(lambda: b"is blocked" in greeting_of(site.director), 5, "it is blocked")
    server.ask("FLUSH HOSTS")
    server.ask("FLUSH STATUS")
    site.daemon.start()
    wait_until(lambda: site.results()["ok"] >= 1000, 120, "a thousand checks")
    results = site.results()
    assert {name for name, count in results.items() if count} == {"ok"}, results
    ((host, errors, handshakes),) = server.ask(
        "SELECT HOST, SUM_CONNECT_ERRORS, COUNT_HANDSHAKE_ERRORS FROM performance_schema.host_cache"
        f" WHERE IP = '{DIRECTOR}'")
    assert (host, errors, handshakes) == ("director", 0, 0)
    # What does grow, when the server comes to it.
    wait_until(lambda: server.status("Aborted_connects") >= 1000 - 8, RESULT_LIMIT_S, "they are counted")
    assert server.status("Aborted_connects_preauth") == 0
    assert greeting_of(site.director)[4] == 10


def test_an_account_for_the_farewell_keeps_counters_and_log_still(net):
    """holdfast-handshake without password and rights: nobody is refused."""
    site = Site(net)
    server = started(site)
    server.ask("CREATE USER 'holdfast-handshake'@'%'")
    server.ask("FLUSH STATUS")
    at = time.time()
    site.daemon.start()
    wait_until(lambda: site.results()["ok"] >= 10, RESULT_LIMIT_S + 10 * DELAY_S, "ten checks")
    assert server.status("Aborted_connects") == 0
    assert server.status("Aborted_clients") == 0
    assert not server.process.find("Warning", at)


def test_a_frozen_server_is_down_while_its_kernel_takes_connections(net):
    """SIGSTOP, and SIGCONT."""
    site = Site(net, timeout_s=TIMEOUT_S)
    server = started(site)
    site.daemon.start()
    site.wait_result("ok", "")
    server.freeze()
    site.wait_result("timeout", "no greeting within 5")
    server.thaw()
    site.wait_state("up")


def test_a_server_that_turns_everybody_away_is_down(net):
    """The limit of connections is reached, the reserved one too."""
    site = Site(net)
    server = started(site, "--max-connections=10")
    with contextlib.ExitStack() as stack, site.director.entered():
        for _ in range(10):
            stack.enter_context(pymysql.connect(host=SERVER, user="drill"))
        held = stack.enter_context(socket.create_connection((SERVER, 3306)))
        assert held.recv(4096)[4] == 10
        site.daemon.start()
        site.wait_result("answer", "too many connections (1040)")
    site.wait_state("up")
    assert server.is_up


@pytest.mark.parametrize("said, result, text", [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol",
     'this is no MySQL: it said "HTTP/1.1 400 Bad Request'),
    (b"\x05\x00\x00\x00\x09test", "protocol", "its protocol has version 9, not 10"),
    (b"\x05\x00\x00\x00\x0a8.0\x00", "protocol", "its greeting is too short"),
    (b"", "reset", "it closed the connection without a greeting"),
], ids=["http", "version", "short", "nothing"])
def test_what_is_no_mysql_is_down(net, said, result, text):
    """Something else listens."""
    site = Site(net)
    with Impostor(site.host, lambda connection: connection.sendall(said)):
        site.daemon.start()
        site.wait_result(result, text)
        site.wait_state("down")


def test_a_server_that_never_speaks_is_down(net):
    """It takes connections and says nothing."""
    site = Site(net, timeout_s=TIMEOUT_S)
    with Impostor(site.host, until_closed):
        site.daemon.start()
        site.wait_result("timeout", "no greeting within 5")


def test_a_greeting_cut_anywhere_is_waited_for_and_missed(net):
    """Some of its beginnings, then silence; then all of it, bit by bit."""
    site = Site(net, timeout_s=TIMEOUT_S)
    server = started(site)
    greeting = greeting_of(site.director)
    server.kill()
    cuts = iter([])

    def half(connection):
        connection.sendall(greeting[:next(cuts)])
        until_closed(connection)

    def slowly(connection):
        for start in range(0, len(greeting), 10):
            connection.sendall(greeting[start:start + 10])
            time.sleep(0.001)
        assert b"holdfast-handshake" in connection.recv(4096)

    cuts = iter([1, 3, 4, 5, 20, len(greeting) - 1] * 100)
    with Impostor(site.host, half):
        site.daemon.start()
        wait_until(lambda: site.results()["timeout"] >= 6, 6 * (TIMEOUT_S + DELAY_S) + RESULT_LIMIT_S,
                   "six greetings are missed")
        results = site.results()
        assert {name for name, count in results.items() if count} == {"timeout"}, results
    site.daemon.write_configuration(configuration(""))
    assert site.daemon.reload() is None
    with Impostor(site.host, slowly):
        site.wait_result("ok", "")
        hold(lambda: site.server()["state"] == "up", 1, "it stays up")

# ---- ping ----------------------------------------------------------------------------------------

LOGIN = "user watcher password s3cret"


def with_watcher(site, *options, rights="USAGE", **more):
    """A server with the account of the checks."""
    server = started(site, *options, **more)
    server.ask("CREATE USER 'watcher'@'%' IDENTIFIED BY 's3cret'")
    server.ask(f"GRANT {rights} ON *.* TO 'watcher'@'%'")
    return server


def test_a_login_and_a_ping_leave_no_trace_of_an_error(net):
    """Neither in the server's counters nor in its log."""
    site = Site(net, LOGIN)
    server = with_watcher(site)
    server.ask("FLUSH STATUS")
    at = time.time()
    site.daemon.start()
    wait_until(lambda: site.results()["ok"] >= 10, RESULT_LIMIT_S + 10 * DELAY_S, "ten checks")
    assert server.status("Aborted_connects") == 0
    assert server.status("Aborted_clients") == 0
    assert server.status("Com_select") == 0
    assert not server.process.find("Warning", at)


def test_a_wrong_password_is_told_and_the_right_one_is_nowhere_to_be_read(net):
    """The password is neither in the log nor in status, dump or plan."""
    site = Site(net, LOGIN)
    server = with_watcher(site)
    server.ask("ALTER USER 'watcher'@'%' IDENTIFIED BY 'another'")
    site.daemon.start()
    site.wait_result("answer", "access denied for user 'watcher'@'172.16.1.5' "
                               "(using password: YES) (1045)")
    server.ask("ALTER USER 'watcher'@'%' IDENTIFIED BY 's3cret'")
    site.wait_state("up")
    plan = site.daemon.control("--json", "plan", site.daemon.file)
    shown = [site.daemon.process.output(), site.daemon.control("--json", "status"), plan,
             site.director.run(BUILD / "holdfastd", "-f", site.daemon.file, "--dump-config")]
    assert not any("s3cret" in text for text in shown), shown
    assert "password ***" in shown[-1]


def test_a_reload_takes_another_password_and_plan_shows_neither(net):
    """The daemon shows nobody its own, so that plan cannot say that it differs."""
    site = Site(net, LOGIN)
    server = with_watcher(site)
    site.daemon.start()
    site.wait_state("up")
    server.ask("ALTER USER 'watcher'@'%' IDENTIFIED BY 'another'")
    site.wait_result("answer", "access denied")
    site.daemon.write_configuration(site.daemon.file_text.replace("s3cret", "another"))
    plan = site.daemon.control("plan", site.daemon.file)
    assert "another" not in plan and "s3cret" not in plan, plan
    assert site.daemon.reload() is None
    site.wait_result("ok", "")
    site.wait_state("up")


def test_a_password_comes_from_a_file(net):
    """Its newline is not part of it; the dump tells the file."""
    site = Site(net)
    secret = site.director.directory / "password"
    secret.write_text("s3cret\n")
    site.daemon.write_configuration(configuration(f"user watcher password file:{secret}"))
    with_watcher(site)
    site.daemon.start()
    site.wait_result("ok", "")
    dump = site.director.run(BUILD / "holdfastd", "-f", site.daemon.file, "--dump-config")
    assert f"password file:{secret}" in dump


def test_a_ping_is_refused_when_the_limit_of_connections_is_reached(net):
    """One of them is reserved for administrators: the server greets, and refuses the login."""
    site = Site(net, LOGIN)
    with_watcher(site, "--max-connections=10")
    with contextlib.ExitStack() as stack, site.director.entered():
        for _ in range(10):
            stack.enter_context(pymysql.connect(host=SERVER, user="drill"))
        site.daemon.start()
        site.wait_result("answer", "too many connections (1040)")
    site.wait_state("up")


@pytest.mark.parametrize("check", [LOGIN, LOGIN + '\nquery "SELECT 1"'], ids=["ping", "query"])
def test_a_server_that_freezes_in_the_middle_is_down(net, check):
    """After its greeting; nothing is lost when the check is given up."""
    site = Site(net)
    server = with_watcher(site)
    greeting = greeting_of(site.director)
    server.kill()
    site.daemon.write_configuration(configuration(check, timeout_s=TIMEOUT_S))

    def greet(connection):
        connection.sendall(greeting)
        connection.settimeout(TIMEOUT_S * 3)
        until_closed(connection)

    with Impostor(site.host, greet):
        site.daemon.start()
        site.wait_result("timeout", "no end of the login within 5")
        wait_until(lambda: site.results()["timeout"] >= 5, 10 * RESULT_LIMIT_S, "five of them")
    descriptors = len(list(pathlib.Path(f"/proc/{site.daemon.process.pid}/fd").iterdir()))
    assert descriptors < 40, descriptors
    server.start()
    server.wait_ready()
    site.wait_state("up")


def test_a_query_that_takes_too_long_is_given_up(net):
    """SELECT SLEEP(60)."""
    site = Site(net, LOGIN + '\nquery "SELECT SLEEP(60)"', timeout_s=TIMEOUT_S)
    with_watcher(site)
    site.daemon.start()
    site.wait_result("timeout", "no answer to the query within 5")


# ---- query ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("query, result, text", [
    ('query "SELECT 1"', "ok", ""),
    ('query "SELECT 1" expect = 1', "ok", ""),
    ('query "SELECT 1" expect 1.0', "ok", ""),
    ('query "SELECT 1" expect <> 1', "answer", 'the answer is "1", expected: <> 1'),
    ('query "SELECT 9, 100" expect < 10', "ok", ""),
    ('query "SELECT 10" expect < 10', "answer", 'the answer is "10", expected: < 10'),
    ('query "SELECT @@version" expect match "^10[.]11.*MariaDB"', "ok", ""),
    ('query "SELECT @@version" expect match "^9"', "answer", "expected: match ^9"),
    ('query "SELECT NULL" expect = 1', "answer", "the answer is NULL"),
    ('query "SELECT 1 FROM mysql.user WHERE FALSE" expect = 1', "answer",
     "the answer has no row"),
    ('query "DO 1"', "ok", ""),
    ('query "DO 1" expect = 1', "answer", "the answer has no row"),
    ('query "SELEC 1"', "answer", "you have an error in your SQL syntax"),
    ('query "SELECT * FROM shop.orders"', "answer", "command denied to user 'watcher'"),
    ('query "SELECT seq FROM mysql.seq_1_to_5000"', "answer", ""),
    ('database mysql query "SELECT DATABASE()" expect = mysql', "ok", ""),
], ids=lambda value: value.replace("/", ":") if isinstance(value, str) else None)
def test_queries_and_what_is_expected(checked, query, result, text):
    """Each statement with its expectation, against one server."""
    site, server = checked
    server.ask("GRANT SELECT ON mysql.* TO 'watcher'@'%'")
    site.daemon.write_configuration(configuration(f"{LOGIN}\n{query}"))
    refusal = site.daemon.reload()
    assert refusal is None, refusal
    site.wait_result(result, text)


@pytest.fixture(scope="module")
def checked():
    """A site with a server and a daemon for several drills."""
    with Topology() as topology:
        site = Site(topology, LOGIN)
        server = with_watcher(site)
        site.daemon.start()
        yield site, server


# ---- presets -------------------------------------------------------------------------------------


def test_read_only_is_followed(net):
    """The server is in service while it can be written."""
    site = Site(net, LOGIN + "\nread_only off")
    server = with_watcher(site)
    site.daemon.start()
    site.wait_state("up")
    server.ask("SET GLOBAL read_only = 1")
    site.wait_result("answer", "read_only is on, expected: off")
    site.wait_state("down")
    server.ask("SET GLOBAL read_only = 0")
    site.wait_state("up")


class Replica:
    """A site whose server is a replica of another one, with real replication."""

    def __init__(self, net, check):
        lan = net.switch("source-lan")
        source_host = net.host("db-source", eth1=(lan, "172.16.2.1/24"))
        self.source = MariaDb(source_host, "--log-bin", "--server-id=1")
        self.site = Site(net, check, replica_of=lan)
        self.replica = MariaDb(self.site.host, "--server-id=2")
        for server in (self.source, self.replica):
            server.start()
        for server in (self.source, self.replica):
            server.wait_ready()
        self.source.ask("CREATE USER 'repl'@'%' IDENTIFIED BY 'r'")
        self.source.ask("GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'")
        self.source.ask("CREATE USER 'watcher'@'%' IDENTIFIED BY 's3cret'")
        self.source.ask("GRANT SLAVE MONITOR ON *.* TO 'watcher'@'%'")
        self.source.ask("CREATE DATABASE shop")
        self.source.ask("CREATE TABLE shop.orders (number INT)")

    def follow(self, delay_s=0):
        """The replica follows its source from the beginning."""
        self.replica.ask("STOP SLAVE")
        self.replica.ask("CHANGE MASTER TO master_host='172.16.2.1', master_user='repl', "
                         "master_password='r', master_use_gtid=slave_pos, "
                         f"master_connect_retry=1, master_delay={delay_s}")
        self.replica.ask("START SLAVE")


def test_a_replica_that_is_too_far_behind_is_down(net):
    """Real replication: it follows, its delay makes it late, it is stopped, it has no source."""
    pair = Replica(net, LOGIN + "\nreplication max_lag 2 lag_weight 0 2")
    site = pair.site
    pair.replica.ask("CREATE USER 'watcher'@'%' IDENTIFIED BY 's3cret'")
    pair.replica.ask("GRANT SLAVE MONITOR ON *.* TO 'watcher'@'%'")
    site.daemon.start()
    site.wait_result("answer", "it is no replica")
    pair.replica.ask("DROP USER 'watcher'@'%'")
    pair.follow()
    site.wait_result("ok", "replica is 0 s behind")
    site.wait_state("up")
    pair.replica.ask("STOP SLAVE SQL_THREAD")
    site.wait_result("answer", "replication is broken: the SQL thread is stopped")
    site.wait_state("down")
    pair.follow(delay_s=30)
    pair.source.ask("INSERT INTO shop.orders VALUES (1)")
    wait_until(lambda: "s behind, 2 s allowed" in site.result()["text"], 30, "it is too far behind")
    pair.follow()
    site.wait_state("up")
    pair.source.kill()
    site.wait_result("answer", "the IO thread is connecting")


def test_the_weight_falls_with_the_lag(net):
    """Whole up to 1 s, none from 21 s on, and less and less between."""
    pair = Replica(net, LOGIN + "\nreplication lag_weight 1 21")
    site = pair.site
    site.daemon.write_configuration(site.daemon.file_text.replace(
        "MYSQL_CHECK", "weight 100\n        MYSQL_CHECK"))
    pair.follow()
    site.daemon.start()
    site.wait_result("ok", "replica is 0 s behind")
    assert site.server()["weight"] == 100
    pair.follow(delay_s=600)
    pair.source.ask("INSERT INTO shop.orders VALUES (1)")
    seen = []

    def falls():
        server = site.server()
        weight = server["weight"]
        if server["state"] != "up":
            return False  # it was stopped for a moment
        if not seen or seen[-1] != weight:
            seen.append(weight)
        return weight <= 70
    wait_until(falls, 30, "the weight falls")
    assert seen == sorted(seen, reverse=True) and len(seen) >= 3, seen
    assert site.server()["state"] == "up"


# ---- TLS -----------------------------------------------------------------------------------------


def certificates(directory, name):
    """A CA, and a certificate by it for a name or an address."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)
    kind = "IP" if name[0].isdigit() else "DNS"
    (directory / "san").write_text(f"subjectAltName={kind}:{name}\n")
    for what in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={what}", "-days",
                "2", "-keyout", f"{what}.key", "-out", f"{what}.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout",
            "server.key", "-out", "server.csr")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "san", "-out", "server.pem")
    return directory


@pytest.mark.parametrize("name, more, result, text", [
    (SERVER, "tls_ca CA/ca.pem", "ok", ""),
    ("db.example.com", "tls_ca CA/ca.pem tls_name db.example.com", "ok", ""),
    ("db.example.com", "tls_ca CA/ca.pem", "tls", "TLS/SSL error"),
    (SERVER, "tls_ca CA/other.pem", "tls", "certificate"),
    (SERVER, "tls_verify off", "ok", ""),
], ids=["address", "name", "wrong-name", "wrong-ca", "unverified"])
def test_tls_is_verified(net, name, more, result, text):
    """Who may only log in over TLS does, if the certificate is right."""
    site = Site(net)
    path = certificates(site.host.directory, name)
    site.daemon.write_configuration(configuration(f"{LOGIN}\ntls {more}".replace("CA/", f"{path}/")))
    server = with_watcher(site, f"--ssl-ca={path}/ca.pem", f"--ssl-cert={path}/server.pem",
                          f"--ssl-key={path}/server.key")
    server.ask("ALTER USER 'watcher'@'%' REQUIRE SSL")
    site.daemon.start()
    site.wait_result(result, text)


def test_a_server_without_tls_is_no_place_for_a_password(net):
    """tls means: over TLS, or not at all."""
    site = Site(net, LOGIN + "\ntls tls_verify off")
    with_watcher(site)
    site.daemon.start()
    site.wait_result("tls", "the server offers no TLS")


def test_a_server_that_wants_the_password_in_clear_does_not_get_it(net):
    """An impostor asks for mysql_clear_password."""
    site = Site(net, LOGIN)
    server = with_watcher(site)
    greeting = greeting_of(site.director)
    server.kill()
    said = []

    def ask_in_clear(connection):
        connection.sendall(greeting)
        connection.recv(4096)
        body = b"\xfemysql_clear_password\0"
        connection.sendall(len(body).to_bytes(3, "little") + b"\2" + body)
        said.append(connection.recv(4096))

    with Impostor(site.host, ask_in_clear):
        site.daemon.start()
        site.wait_result("local", "restricted_auth plugin list")
        wait_until(lambda: said, RESULT_LIMIT_S, "it has asked")
    assert not any(b"s3cret" in word for word in said), said


# ---- Ways ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["", LOGIN], ids=["handshake", "ping"])
def test_checks_come_from_where_they_are_told_to(net, level):
    """bindto, bind_port, bind_if and fwmark, for a greeting and for a login."""
    site = Site(net, f"{level}\nbindto {DIRECTOR}\nbind_port 40000\nbind_if eth1\nfwmark 7")
    server = with_watcher(site)
    marks = site.director
    marks.run("nft", "add table inet t")
    marks.run("nft", "add chain inet t out { type filter hook output priority 0 ; }")
    marks.run("nft", "add rule inet t out tcp dport 3306 tcp sport 40000 oif eth1 mark 7 counter")
    site.daemon.start()
    wait_until(lambda: site.results()["ok"] >= 3, 5 * RESULT_LIMIT_S, "three checks")
    assert "packets 0 " not in marks.run("nft", "list chain inet t out")
    assert server.is_up


def test_a_server_is_checked_over_ipv6(net):
    """With a login."""
    site = Site(net, f"connect_ip fd00::7\n{LOGIN}")
    with_watcher(site)
    site.daemon.start()
    site.wait_result("ok", "")


# ---- Galera --------------------------------------------------------------------------------------


def test_a_galera_node_is_up_while_it_is_synced(net):
    """A cluster of one node, made a donor and put back."""
    site = Site(net, LOGIN + "\ngalera synced")
    server = with_watcher(
        site, "--wsrep-on=ON", "--wsrep-new-cluster", "--binlog-format=ROW",
        "--wsrep-provider=/usr/lib/galera/libgalera_smm.so", "--wsrep-cluster-address=gcomm://",
        f"--wsrep-node-address={SERVER}", "--innodb-autoinc-lock-mode=2",
        "--wsrep-provider-options=gcache.size=1M")
    wait_until(lambda: server.ask("SHOW STATUS LIKE 'wsrep_ready'")[0][1] == "ON", 60, "it is ready")
    site.daemon.start()
    site.wait_state("up")
    site.wait_result("ok", "")
    server.ask("SET GLOBAL wsrep_desync = 1")
    site.wait_result("answer", "Galera: the node is Donor/Desynced, not Synced")
    site.daemon.write_configuration(site.daemon.file_text.replace("galera synced", "galera donor"))
    assert site.daemon.reload() is None
    site.wait_result("ok", "")
    server.ask("SET GLOBAL wsrep_desync = 0")
    site.wait_result("ok", "")


def test_a_server_without_galera_is_no_node(net):
    """It says that there is none."""
    site = Site(net, LOGIN + "\ngalera synced")
    with_watcher(site)
    site.daemon.start()
    site.wait_result("answer", "Galera: the component is")
