# SPDX-License-Identifier: Apache-2.0
"""Network namespaces with a host name: made, entered by a thread, and removed whatever happened.

A namespace is named hfdPID-NUMBER-NAME after the process that made it. That process holds a lock as
long as it lives, so the next run can tell what a crashed one has left behind, and removes it.
"""

import contextlib
import ctypes
import fcntl
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

CLONE_NEWUTS = 0x04000000  # linux/sched.h
CLONE_NEWNET = 0x40000000

NAMES = pathlib.Path("/run/netns")
FOLDERS = "holdfast-drill-"  # what temporary folders' names begin with; the process id follows
LOCKS = pathlib.Path("/run/holdfast-drills")

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    """Calls a libc function; a failure becomes an OSError."""
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def ip_batch(lines):
    """Runs `ip` once for many commands."""
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                          check=False, capture_output=True)
    assert done.returncode == 0, f"ip: {done.stderr.strip()}, in:\n" + "\n".join(lines)


_numbers = itertools.count(1)  # two topologies may use the same names at the same time


class Namespace:
    """A network namespace in which programs see a host name of their own."""

    def __init__(self, name):
        self.name = name
        self.full_name = f"hfd{os.getpid()}-{next(_numbers)}-{name}"
        _hold_lock()
        ip_batch([f"netns add {self.full_name}"])
        self._net = os.open(NAMES / self.full_name, os.O_RDONLY | os.O_CLOEXEC)
        self._uts = _make_uts(name)

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace meanwhile: its sockets and children are, too."""
        home = [os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
                for kind in ("net", "uts")]
        try:
            _call(_libc.setns, self._net, CLONE_NEWNET)
            _call(_libc.setns, self._uts, CLONE_NEWUTS)
            yield
        finally:
            _call(_libc.setns, home[0], CLONE_NEWNET)
            _call(_libc.setns, home[1], CLONE_NEWUTS)
            for descriptor in home:
                os.close(descriptor)

    def close(self):
        """Ends what still runs in the namespace; remove_all() takes its name away."""
        _kill_inhabitants(self.full_name)
        os.close(self._net)
        os.close(self._uts)


def remove_all(full_names):
    """Removes namespaces by their full names."""
    ip_batch([f"netns del {name}" for name in full_names])


def remove_stale():
    """Removes what runs that have crashed left behind."""
    with _mutex():
        stale = [name for name in (os.listdir(NAMES) if NAMES.is_dir() else [])
                 if (match := re.match(r"hfd(\d+)-", name)) and not _is_alive(match.group(1))]
        for name in stale:
            _kill_inhabitants(name)
        remove_all(stale)
        _remove_stale_folders()
        for pid in os.listdir(LOCKS):
            if pid.isdigit() and not _is_alive(pid):
                (LOCKS / pid).unlink()


def make_folder():
    """A folder for what this process makes; remove_stale() of a later one removes it if we do not."""
    _hold_lock()
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-"))


def _remove_stale_folders():
    """Removes the folders of processes that are gone."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{FOLDERS}*-*"):
        match = re.match(rf"{FOLDERS}(\d+)-", folder.name)
        if match and not _is_alive(match.group(1)):
            shutil.rmtree(folder, ignore_errors=True)


def _make_uts(hostname):
    """Makes a UTS namespace with a host name; returns its descriptor."""
    home = os.open("/proc/thread-self/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call(_libc.unshare, CLONE_NEWUTS)
        _call(_libc.sethostname, hostname.encode(), len(hostname))
        return os.open("/proc/thread-self/ns/uts", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        _call(_libc.setns, home, CLONE_NEWUTS)
        os.close(home)


def _kill_inhabitants(full_name):
    """Ends every process in a namespace: daemons' children, and what a crashed run left."""
    inode = os.stat(NAMES / full_name).st_ino
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if os.stat(f"/proc/{entry}/ns/net").st_ino == inode:
                os.kill(int(entry), signal.SIGKILL)


_locks = {}  # this process's own, by its pid (a forked child has none)


@contextlib.contextmanager
def _mutex():
    """Keeps other drills from looking at locks that are being taken or removed."""
    LOCKS.mkdir(exist_ok=True)
    with open(LOCKS / "mutex", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hold_lock():
    """Takes this process's lock, once, for as long as the process lives."""
    if os.getpid() in _locks:
        return
    with _mutex():
        descriptor = os.open(LOCKS / str(os.getpid()), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _locks[os.getpid()] = descriptor


def _is_alive(pid):
    """Says whether the process that made the namespaces hfdPID-* still lives."""
    if int(pid) in _locks:
        return True
    try:
        with open(LOCKS / pid, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
