# SPDX-License-Identifier: Apache-2.0
"""A daemon that got no processor for a while, as in a guest that stood still, blames nobody else for that: what
answered meanwhile, or ended, is not given up."""

import contextlib
import os
import signal
import socket
import threading
import time

import pytest

from lib.daemons import Holdfast
from lib.waiting import wait_until

pytestmark = pytest.mark.ours

LIMIT_S = 20
TIMEOUT_S = 3  # of each check and of the script: all begin again well within it
STOPPED_S = TIMEOUT_S + 1
HTTP, MYSQL, SMTP = 80, 3306, 25
TEXT = f"""global_defs {{
    script_user root
}}
vrrp_script script {{
    script "DIRECTORY/program script"
    interval 0.3
    timeout {TIMEOUT_S}
}}
vrrp_instance A {{
    interface eth1
    virtual_router_id 7
    version 3
    track_script {{
        script
    }}
    virtual_ipaddress {{
        10.5.0.18/24
    }}
}}
virtual_server 10.5.0.17 80 {{
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 0.3
    warmup 0
    real_server 10.5.0.7 {HTTP} {{
        HTTP_GET {{
            url {{
                path /
                status_code 200
            }}
            retry 0
            connect_timeout {TIMEOUT_S}
        }}
    }}
    real_server 10.5.0.7 {MYSQL} {{
        MYSQL_CHECK {{
            retry 0
            connect_timeout {TIMEOUT_S}
        }}
    }}
    real_server 10.5.0.7 {SMTP} {{
        SMTP_CHECK {{
            retry 0
            connect_timeout {TIMEOUT_S}
        }}
    }}
    real_server 10.5.0.7 1 {{
        MISC_CHECK {{
            misc_path "DIRECTORY/program misc"
            misc_timeout {TIMEOUT_S}
            retry 0
        }}
    }}
}}
"""
PROGRAM = """#!/bin/sh
while [ -e DIRECTORY/held ]; do
    touch DIRECTORY/held.$1
    sleep 0.02
done
"""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GREETING = (b"\x4a\0\0\0\x0a10.11.6-MariaDB\0\1\0\0\0abcdefgh\0\xfe\xf7\x2d\2\0\xff\x81\x15"
            b"\0\0\0\0\0\0\0\0\0\0abcdefghijkl\0mysql_native_password\0")


class Server:
    """Answers at one port; while the door is shut it answers nobody, and knows who waits."""

    def __init__(self, host, port, serve):
        """serve -- talks on a connection; it calls what else it is given before it answers"""
        self.door = threading.Event()
        self.door.set()
        self.waits = threading.Event()
        with host.entered():
            self._listener = socket.create_server(("10.5.0.7", port))
        self._serve = serve
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            self._serve(connection, self._wait)

    def _wait(self):
        if not self.door.is_set():
            self.waits.set()
            self.door.wait()


def http(connection, wait):
    """One request."""
    connection.recv(4096)
    wait()
    connection.sendall(ANSWER)


def mysql(connection, wait):
    """A greeting; then who was greeted says good-bye."""
    wait()
    connection.sendall(GREETING)
    while connection.recv(4096):
        pass


def smtp(connection, wait):
    """A greeting, and yes to everything."""
    wait()
    connection.sendall(b"220 server\r\n")
    while connection.recv(4096):
        connection.sendall(b"250 server\r\n")


def test_what_answered_while_the_daemon_stood_still_is_not_given_up(net):
    """Checks with their own step limits, with the checker's, programs and scripts: all are asked when the daemon
    stops, have answered when it goes on, and their limits are over by then."""
    lan = net.switch("lan")
    director = net.host("lb", eth1=(lan, "10.5.0.1/24"))
    host = net.host("server", eth1=(lan, "10.5.0.7/24"))
    wait_until(director.has_carriers, LIMIT_S, "the link is up")
    servers = Server(host, HTTP, http), Server(host, MYSQL, mysql), Server(host, SMTP, smtp)
    held = director.directory / "held"
    program = director.directory / "program"
    program.write_text(PROGRAM.replace("DIRECTORY", str(director.directory)))
    program.chmod(0o755)
    daemon = Holdfast(director, TEXT.replace("DIRECTORY", str(director.directory)))
    daemon.start()

    def checks():
        return [server["checks"][0] for server in daemon.status()["services"][0]["servers"]]

    def successes():
        return [check["successes"] for check in checks()] + [daemon.status()["scripts"][0]["runs"]]

    wait_until(lambda: min(successes()) >= 2, LIMIT_S, "all checks and the script succeed")
    for server in servers:
        server.door.clear()
    held.touch()
    wait_until(lambda: all(server.waits.is_set() for server in servers) and
               all((director.directory / f"held.{name}").exists() for name in ("script", "misc")), LIMIT_S,
               "all are asked")
    stopped = daemon.process.pid, daemon.status()["privileges"]["helper"]["pid"]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + STOPPED_S
    for server in servers:
        server.door.set()
    held.unlink()
    time.sleep(max(0, until - time.monotonic()))  # no condition: the limits are over
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    before = successes()
    wait_until(lambda: all(now >= then + 2 for now, then in zip(successes(), before)), LIMIT_S, "all succeed again")
    status = daemon.status()
    bad = {name: count for name, count in status["checks"]["results"].items() if count and name != "ok"}
    assert not bad, (bad, checks())
    assert status["scripts"][0]["timeouts"] == 0, status["scripts"]
