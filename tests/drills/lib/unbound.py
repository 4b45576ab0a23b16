# SPDX-License-Identifier: Apache-2.0
"""unbound on a host: a real DNS server that answers from its own data alone."""

import socket

from lib.process import Process

START_LIMIT_S = 30
CONFIGURATION = """
server:
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{directory}"
    pidfile: "{directory}/unbound.pid"
    use-syslog: no
    logfile: ""
    verbosity: 1
    num-threads: 1
    so-rcvbuf: 0
    outgoing-range: 32
    num-queries-per-thread: 16
    interface: 0.0.0.0@{port}
    interface: ::0@{port}
    access-control: 0.0.0.0/0 allow
    access-control: ::0/0 allow
    module-config: "iterator"
    root-hints: ""
    local-zone: "." static
    local-data: ". 60 IN SOA a.root. ops.example.com. 1 60 60 60 60"
    local-zone: "example.com." static
    local-zone: "refused.example." always_refuse
{data}
remote-control:
    control-enable: no
"""
RECORDS = [
    "example.com. 60 IN SOA ns1.example.com. ops.example.com. 1 60 60 60 60",
    "example.com. 60 IN NS ns1.example.com.",
    "example.com. 60 IN MX 10 mx.example.com.",
    "www.example.com. 60 IN A 192.0.2.80",
    "www.example.com. 60 IN AAAA 2001:db8::80",
    "alias.example.com. 60 IN CNAME www.example.com.",
] + [f"big.example.com. 60 IN TXT {f'{number:03d}' * 80}" for number in range(20)]


class Unbound:
    """An unbound with the zone example.com."""

    def __init__(self, host, port=53):
        self.host = host
        self.process = None
        self._port = port
        directory = host.directory / "unbound"
        directory.mkdir()
        self._file = directory / "unbound.conf"
        self._file.write_text(CONFIGURATION.format(
            directory=directory, port=port,
            data="".join(f"    local-data: '{record}'\n" for record in RECORDS)))

    def start(self):
        """Starts the server and waits until it answers."""
        self.process = Process(self.host, "unbound", ["/usr/sbin/unbound", "-d", "-c", self._file])
        self.process.wait_until(self._answers, START_LIMIT_S, "it answers")

    def _answers(self):
        with self.host.entered():
            query = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with query:
            query.settimeout(0.5)
            query.connect(("127.0.0.1", self._port))
            try:  # the root's SOA: RFC 1035 4.1
                query.send(b"\x11\x11\x01\x00\0\1\0\0\0\0\0\0\0\0\6\0\1")
                return query.recv(512)[:2] == b"\x11\x11"
            except OSError:
                return False

    def kill(self):
        """unbound dies at once; returns when."""
        return self.process.kill()
