# SPDX-License-Identifier: Apache-2.0
"""MYSQL_CHECK against real MariaDB servers, and against what is none."""

import contextlib
import socket
import threading
import time

import pymysql
import pytest

from lib.daemons import Holdfast
from lib.mariadb import MariaDb
from lib.waiting import SLACK_S, hold, wait_until

pytestmark = pytest.mark.ours

DIRECTOR, SERVER = "172.16.1.5", "172.16.1.7"
TIMEOUT_S = 0.5
DELAY_S = 0.2
RESULT_LIMIT_S = 4 * TIMEOUT_S + DELAY_S + 5 * SLACK_S


def configuration(check, delay_s=DELAY_S, servers=1):
    """A service whose server has a MYSQL_CHECK with these keywords."""
    blocks = "".join(f"""    real_server {SERVER} {3306 + number} {{
        MYSQL_CHECK {{
            connect_timeout {TIMEOUT_S + number / 1000}
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

    def __init__(self, net, check="", **options):
        lan = net.switch("lan")
        self.director = net.host("lb4-01", eth1=(lan, f"{DIRECTOR}/24", "fd00::5/64"))
        self.host = net.host("db-07", eth1=(lan, f"{SERVER}/24", "fd00::7/64"))
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
    wait_until(lambda: site.results()["ok"] >= 1000, 60, "a thousand checks")
    results = site.results()
    assert {name for name, count in results.items() if count} == {"ok"}, results
    ((host, errors, handshakes),) = server.ask(
        "SELECT HOST, SUM_CONNECT_ERRORS, COUNT_HANDSHAKE_ERRORS FROM performance_schema.host_cache"
        f" WHERE IP = '{DIRECTOR}'")
    assert (host, errors, handshakes) == ("director", 0, 0)
    # What does grow.
    assert server.status("Aborted_connects") >= 1000 - 8
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
    site = Site(net)
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
    site = Site(net)
    with Impostor(site.host, until_closed):
        site.daemon.start()
        site.wait_result("timeout", "no greeting within 5")


def test_a_greeting_cut_anywhere_is_waited_for_and_missed(net):
    """Each of its beginnings, then silence; then each with the rest a moment later."""
    site = Site(net)
    server = started(site)
    greeting = greeting_of(site.director)
    server.kill()
    cuts = iter([])

    def half(connection):
        connection.sendall(greeting[:next(cuts)])
        until_closed(connection)

    def slowly(connection):
        for byte in greeting:
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert b"holdfast-handshake" in connection.recv(4096)

    cuts = iter([1, 3, 4, 5, 20, len(greeting) - 1] * 100)
    with Impostor(site.host, half):
        site.daemon.start()
        wait_until(lambda: site.results()["timeout"] >= 6, 6 * (TIMEOUT_S + DELAY_S) + RESULT_LIMIT_S,
                   "six greetings are missed")
        results = site.results()
        assert {name for name, count in results.items() if count} == {"timeout"}, results
    with Impostor(site.host, slowly):
        site.wait_result("ok", "")
        hold(lambda: site.server()["state"] == "up", 1, "it stays up")
