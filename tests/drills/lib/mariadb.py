# SPDX-License-Identifier: Apache-2.0
"""MariaDB on a host: real tables, a data directory prepared once and copied for each server.

Run as a program (`python3 -m lib.mariadb`) it prepares the data directory: natively, since that
takes many times as long in a guest.
"""

import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pymysql

from lib.clients import MYSQL_USER
from lib.process import Process

SERVER = "/usr/sbin/mariadbd"
START_LIMIT_S = 90
# As small as the server takes: a data directory is copied for every drill that needs one.
SIZES = ("--innodb-log-file-size=4M", "--innodb-data-file-path=ibdata1:12M:autoextend",
         "--innodb-temp-data-file-path=ibtmp1:12M:autoextend", "--innodb-buffer-pool-size=8M",
         "--innodb-autoextend-increment=1")


def prepare():
    """Returns a data directory with the user of the drills in it; makes it if need be."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    cache = pathlib.Path(home, "holdfast")
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([SERVER, "--version"], check=True, capture_output=True,
                             text=True).stdout.split()[2]
    prepared = cache / f"mariadb-{version}"
    with open(cache / "mariadb.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prepared.exists():
            _make_data(cache, prepared)
    return prepared


def _make_data(cache, prepared):
    """Lets MariaDB make its system tables, adds the user, and puts the result in its place."""
    with tempfile.TemporaryDirectory(dir=cache, prefix="mariadb-") as scratch:
        data = f"{scratch}/data"
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", "--skip-test-db",
                        "--auth-root-authentication-method=normal", f"--datadir={data}", *SIZES],
                       check=True, capture_output=True)
        # In bootstrap mode a line is a statement; the first one turns the grant tables on.
        subprocess.run([SERVER, "--no-defaults", "--user=root", "--bootstrap",
                        f"--datadir={data}", *SIZES], check=True, capture_output=True, text=True,
                       input=f"FLUSH PRIVILEGES;\nCREATE USER {MYSQL_USER}@'%';\n")
        os.rename(data, prepared)


class MariaDb:
    """A MariaDB server on a host, on port 3306 of all its addresses."""

    def __init__(self, host, *options, names=None):
        """options -- more of mariadbd's
        names -- an /etc/hosts for it, by which it looks up its clients' names; None: it does not
        """
        self.host = host
        self.process = None
        self._options = options
        self._data = host.directory / "mariadb"
        self._names = None
        shutil.copytree(prepare(), self._data)
        if names is not None:
            self._names = host.directory / "hosts"
            self._names.write_text(names, encoding="ascii")

    def start(self):
        """Starts the server, but does not wait: several may start at once."""
        arguments = [
            SERVER, "--no-defaults", "--user=root", f"--datadir={self._data}",
            f"--socket={self._data}/socket", "--port=3306", "--bind-address=*",
            "--skip-log-bin", "--innodb-flush-method=fsync", "--innodb-use-native-aio=0", *SIZES]
        if self._names:
            arguments = ["unshare", "-m", "sh", "-c",
                         f'mount --bind {self._names} /etc/hosts && exec "$@"', "sh", *arguments]
        else:
            arguments.append("--skip-name-resolve")
        self.process = Process(self.host, "mariadbd", [*arguments, *self._options])

    def ask(self, statement):
        """Runs a statement as its administrator; returns the rows."""
        with pymysql.connect(unix_socket=f"{self._data}/socket", user="root",
                             autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def status(self, name):
        """One of its counters."""
        return int(self.ask(f"SHOW GLOBAL STATUS LIKE '{name}'")[0][1])

    def freeze(self):
        """It does nothing any more; its kernel still takes connections."""
        return self.process.signal(signal.SIGSTOP)

    def thaw(self):
        """It goes on."""
        return self.process.signal(signal.SIGCONT)

    def wait_ready(self):
        """Waits until the server takes connections."""
        self.process.wait_for("ready for connections", START_LIMIT_S)

    @property
    def is_up(self):
        """Says whether the server runs."""
        return self.process is not None and self.process.running

    def kill(self):
        """The server dies at once; returns when."""
        return self.process.kill()


if __name__ == "__main__":
    prepare()
