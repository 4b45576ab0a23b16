# SPDX-License-Identifier: Apache-2.0
"""A clean Debian with systemd as its process 1, in namespaces of its own (systemd-nspawn)."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from lib.waiting import wait_until

START_LIMIT_S = 60
# What Debian's packages depend on, and what the tests look with. No network is there later.
PACKAGES = ("dbus", "init-system-helpers", "iproute2", "keepalived", "kmod", "nftables", "procps", "python3", "systemd",
            "systemd-sysv", "libc-ares2", "libevent-2.1-7", "libevent-pthreads-2.1-7", "libjansson4",
            "libmariadb3", "libmnl0", "libnl-3-200", "libnl-genl-3-200", "libpcre2-8-0", "libssl3")
RELEASE = "bookworm"


def cache():
    """The folder that keeps the archive of the root."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(home, "holdfast", "package")


def prepare():
    """Makes the archive of a clean root, once; returns its path."""
    words = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    archive = cache() / f"{RELEASE}-{words}.tar"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with open(archive.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another one may be fetching it
        if not archive.exists():
            print(f"package: fetching a clean Debian root ({RELEASE})", file=sys.stderr)
            new = archive.with_suffix(".new.tar")
            subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}",
                            RELEASE, new], check=True, stdin=subprocess.DEVNULL)
            new.rename(archive)
    return archive


class Guest:
    """The root, and what runs in it once it was started.

    with Guest() as guest: guest.install(deb); guest.start(); guest.run("systemctl", ...)
    """

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-guest-"))
        self.root = self.directory / "root"
        self.root.mkdir()
        self._nspawn = self._leader = None
        subprocess.run(["tar", "-x", "-f", prepare(), "-C", self.root], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory)

    def start(self):
        """Boots it and waits until the basic system is up. It has a loopback interface and no other."""
        with open(self.directory / "console", "wb") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit",
                 "--private-network", "--console=pipe", "--directory", self.root],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        wait_until(self._find_leader, START_LIMIT_S, "systemd-nspawn has started systemd")
        wait_until(lambda: self.run("systemctl", "is-system-running", check=False)[1].strip()
                   in ("running", "degraded"), START_LIMIT_S, "the system is up")

    def _find_leader(self):
        assert self._nspawn.poll() is None, (self.directory / "console").read_text(errors="replace")
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        words = children.read_text().split()
        for pid in words:
            try:
                name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
                inside = os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
            except OSError:
                continue
            if name == "systemd" and inside:
                self._leader = pid
        return self._leader

    @property
    def leader(self):
        """The process 1 of the guest, as a process id here."""
        return self._leader

    def run(self, *arguments, check=True):
        """Runs a program in the guest; returns its exit status and all that it said."""
        enter = (["nsenter", "--target", self._leader, "--mount", "--uts", "--ipc", "--net", "--pid"]
                 if self._leader else ["chroot", self.root])
        done = subprocess.run(
            [*map(str, enter), *map(str, arguments)], check=False, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                 "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_PAGER": ""})
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}"
        return done.returncode, done.stdout

    def out(self, *arguments):
        """The same, of a program that must not fail: what it said."""
        return self.run(*arguments)[1].strip()

    def install(self, *packages):
        """Installs packages from here by dpkg."""
        names = []
        for package in packages:
            shutil.copy(package, self.root / "root")
            names.append(f"/root/{package.name}")
        return self.out("dpkg", "-i", *names)

    def write(self, path, text):
        """Writes a file of the guest."""
        at = self.root / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)

    def stop(self):
        """Ends it, with all that runs in it."""
        if self._leader:
            os.kill(int(self._leader), signal.SIGKILL)  # process 1: all others are killed with it
            self._leader = None
        if self._nspawn:
            try:
                self._nspawn.wait(START_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()


if __name__ == "__main__":
    prepare()
