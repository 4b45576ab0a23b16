# SPDX-License-Identifier: Apache-2.0
"""What a director's daemon sees of the file system: everything, but programs that it would run are
harmless, and /run is its own.

A configuration's scripts move things in the world outside: in a rehearsal a program that does nothing,
with success, is in the place of each. The daemon has a mount namespace of its own for that, which is
made in the new process before it becomes the daemon.
"""

import ctypes
import os
import pathlib
import shutil

CLONE_NEWNS = 0x00020000  # linux/sched.h
MS_BIND, MS_REC, MS_PRIVATE, MS_MOVE = 0x1000, 0x4000, 0x40000, 0x2000  # linux/mount.h
NOTHING = "/bin/true"

_libc = ctypes.CDLL(None, use_errno=True)


def resolve(program):
    """Where a program is, or would be; None where its name is no path and in no folder of PATH."""
    if program.startswith("/"):
        return pathlib.Path(program)
    found = shutil.which(program)
    return pathlib.Path(found) if found else None


class View:
    """What a daemon is to see.

    directory -- a folder of the rehearsal's own, for what is mounted
    """

    def __init__(self, directory):
        self._directory = directory
        self._directory.mkdir()
        self._binds = []     # (from, to)
        self._overlays = {}  # folder: its upper layer

    def replace(self, program):
        """Puts a program that does nothing in the place of one; says whether that is possible."""
        path = resolve(program)
        if path is None:
            return False
        if path.exists():
            self.bind(NOTHING, path.resolve())
            return True
        folder = path.parent
        while not folder.is_dir():
            folder = folder.parent
        folder = folder.resolve()
        if str(folder) == "/":
            return False
        upper = self._overlays.get(folder)
        if upper is None:
            base = self._directory / f"layer{len(self._overlays)}"
            for name in ("upper", "work"):
                (base / name).mkdir(parents=True)
                (base / name).chmod(0o755)
            upper = self._overlays[folder] = base / "upper"
        copy = upper / path.relative_to(_same(path, folder))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(NOTHING, copy)
        copy.chmod(0o755)
        return True

    def bind(self, source, target):
        """Shows a file in the place of another."""
        self._binds.append((str(source), str(target)))

    def prepare(self):
        """In the new process: makes the mounts. What cannot be made is an OSError, in which no daemon starts."""
        if _libc.unshare(CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "a mount namespace cannot be made")
        _mount("none", "/", None, MS_REC | MS_PRIVATE)
        for folder, upper in self._overlays.items():
            _mount("overlay", folder, "overlay", 0,
                   f"lowerdir={folder},upperdir={upper},workdir={upper.parent / 'work'}")
        for source, target in self._binds:
            _mount(source, target, None, MS_BIND)
        self._own_run()

    def _own_run(self):
        """An empty /run, in which the rehearsal's folder is, if it is there."""
        stage = self._directory / "run"
        stage.mkdir(exist_ok=True)
        _mount("tmpfs", stage, "tmpfs", 0, "mode=0755")
        home = self._directory.parent
        if home.is_relative_to("/run"):
            inside = stage / home.relative_to("/run")
            inside.mkdir(parents=True)
            _mount(home, inside, None, MS_BIND)
        _mount(stage, "/run", None, MS_MOVE)
        if "NOTIFY_SOCKET" in os.environ:
            del os.environ["NOTIFY_SOCKET"]


def _same(path, folder):
    """The parent of a path that is a folder, as the path writes it."""
    return next(parent for parent in path.parents if parent.resolve() == folder)


def _mount(source, target, kind, flags, data=None):
    """mount(2); a failure is an OSError that names the target."""
    encode = lambda text: None if text is None else os.fsencode(str(text))  # noqa: E731
    if _libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{target} cannot be mounted: {os.strerror(number)}")
