# SPDX-License-Identifier: Apache-2.0
"""nginx on a host, as the seed has it: an L7 proxy on port 80 with an application behind it."""

from lib.clients import connect
from lib.process import Process

START_LIMIT_S = 30

CONFIGURATION = """
daemon off;
master_process off;
error_log stderr notice;
pid {directory}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    upstream application {{ server 127.0.0.1:8080; }}
    server {{
        listen 80;
        location / {{ proxy_pass http://application; }}
    }}
    server {{
        listen 127.0.0.1:8080;
        location / {{ return 200 "{name}\\n"; }}
    }}
}}
"""


class Nginx:
    """An nginx whose every page is the name of its host."""

    def __init__(self, host):
        self.host = host
        self.process = None
        self._directory = host.directory / "nginx"
        self._directory.mkdir()
        self._file = self._directory / "nginx.conf"
        self._file.write_text(CONFIGURATION.format(directory=self._directory, name=host.name))

    def start(self):
        """Starts nginx, but does not wait."""
        self.process = Process(self.host, "nginx", ["/usr/sbin/nginx", "-c", self._file,
                                                    "-p", self._directory])

    def wait_ready(self):
        """Waits until nginx takes connections."""
        self.process.wait_until(self._answers, START_LIMIT_S, "it takes connections")

    def _answers(self):
        try:
            connect(self.host, "127.0.0.1", 80, 1).close()
        except OSError:
            return False
        return True

    @property
    def configuration_file(self):
        """Its nginx.conf, for drills that want more of it than names."""
        return self._file

    @property
    def is_up(self):
        """Says whether the server runs."""
        return self.process is not None and self.process.running

    def kill(self):
        """nginx dies at once; returns when."""
        return self.process.kill()
