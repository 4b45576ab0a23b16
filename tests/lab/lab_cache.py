# SPDX-License-Identifier: Apache-2.0
"""What the lab's guest boots from: Debian's kernel, its modules and a small initramfs.

All of it lies in a cache directory, one folder for each kernel version, and is made once:

    CACHE/KERNEL/vmlinux          the kernel, unpacked, since a guest without KVM unpacks slowly
    CACHE/KERNEL/lib/modules/     its modules, with the index of depmod
    CACHE/KERNEL/initramfs-HASH   busybox, the modules that a 9p root needs, lab-init
"""

import contextlib
import fcntl
import hashlib
import lzma
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUSYBOX = pathlib.Path("/bin/busybox")
# The guest's root, and the ports that carry its output.
BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "virtio_console")
APPLETS = "sh mount mkdir insmod modprobe cp ip hostname switch_root poweroff sleep ln".split()
HIDDEN_IN_GUEST = ("/dev", "/proc", "/run", "/sys")


class LabError(Exception):
    """The lab cannot do what it was asked; the message is for the user."""


class Kernel:
    """A kernel that is ready to boot."""

    def __init__(self, directory):
        self.directory = directory
        self.version = directory.name
        self.modules = directory / "lib/modules"

    @property
    def image(self):
        """The file for QEMU's -kernel."""
        unpacked = self.directory / "vmlinux"
        return unpacked if unpacked.exists() else self.directory / "vmlinuz"

    def initramfs(self):
        """The file for QEMU's -initrd; made anew when anything in it has changed."""
        content = _initramfs_content(self.modules / self.version)
        name = "initramfs-" + hashlib.sha256(content).hexdigest()[:12]
        path = self.directory / name
        if not path.exists():
            _write_whole(path, content)
        return path


def directory():
    """The cache directory, made if need be. It must be visible in the guest."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    chosen = os.environ.get("HOLDFAST_LAB_CACHE") or os.path.join(home, "holdfast", "lab")
    path = pathlib.Path(chosen).resolve()
    if str(path).startswith(tuple(hidden + "/" for hidden in HIDDEN_IN_GUEST)):
        raise LabError(f"{path}: the guest does not see a cache under {', '.join(HIDDEN_IN_GUEST)}")
    path.mkdir(parents=True, exist_ok=True)
    return path


def prepare():
    """Returns a Kernel that is ready to boot; fetches one from Debian if there is none."""
    cache = directory()
    with _locked(cache / "lock"):
        ready = sorted(cache.glob("*/ready"), key=lambda mark: mark.stat().st_mtime)
        if ready:
            return Kernel(ready[-1].parent)
        return _fetch(cache)


def _fetch(cache):
    """Downloads and unpacks Debian's stock kernel (it is not installed)."""
    if os.uname().machine != "x86_64":
        raise LabError("QEMU's guest is known for x86_64 only; use a kernel with IPVS here")
    package = _stock_package()
    version = package.removeprefix("linux-image-")
    print(f"lab: preparing kernel {version} in {cache} (once)", flush=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpack-") as scratch:
        scratch = pathlib.Path(scratch)
        _download(package, scratch)
        (archive,) = scratch.glob("*.deb")
        _run("dpkg-deb", "-x", archive, scratch / "root")
        kernel = scratch / version
        (kernel / "lib").mkdir(parents=True)
        found = [path for path in ("lib/modules", "usr/lib/modules")
                 if (scratch / "root" / path).is_dir()]
        (scratch / "root" / found[0]).rename(kernel / "lib/modules")
        (scratch / "root/boot" / f"vmlinuz-{version}").rename(kernel / "vmlinuz")
        _unpack_kernel(kernel)
        _run("depmod", "-b", kernel, version)
        (kernel / "ready").touch()
        target = cache / version
        shutil.rmtree(target, ignore_errors=True)
        kernel.rename(target)
    return Kernel(target)


def _stock_package():
    """The package that linux-image-amd64 stands for today."""
    listing = _run("apt-cache", "depends", "linux-image-amd64")
    match = re.search(r"Depends: (linux-image-\d\S+)", listing)
    if match is None:
        _run("apt-get", "-q", "update")
        match = re.search(r"Depends: (linux-image-\d\S+)", _run("apt-cache", "depends",
                                                               "linux-image-amd64"))
    if match is None:
        raise LabError("apt knows no linux-image-amd64; is this Debian?")
    return match.group(1)


def _download(package, scratch):
    """Fetches a package; a stale package list is brought up to date once."""
    command = ("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package)
    try:
        _run(*command, cwd=scratch)
    except LabError:
        _run("apt-get", "-q", "update")
        _run(*command, cwd=scratch)


def _unpack_kernel(kernel):
    """Leaves the bare ELF kernel beside the packed one, where its packing is xz.

    QEMU boots it directly (PVH), which spares the guest the unpacking: 3 s of 6 without KVM.
    """
    packed = (kernel / "vmlinuz").read_bytes()
    start = packed.find(b"\xfd7zXZ\0")
    if start < 0:
        return
    elf = lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(packed[start:])
    if elf.startswith(b"\x7fELF"):
        _write_whole(kernel / "vmlinux", elf)


def _initramfs_content(modules):
    """An uncompressed cpio archive with everything up to the mount of the real root."""
    if not BUSYBOX.exists():
        raise LabError("/bin/busybox is missing: ./dev setup lab")
    entries = [("bin", stat.S_IFDIR | 0o755, b""), ("modules", stat.S_IFDIR | 0o755, b"")]
    entries += [(name, stat.S_IFDIR | 0o755, b"") for name in ("dev", "proc", "root")]
    entries.append(("bin/busybox", stat.S_IFREG | 0o755, BUSYBOX.read_bytes()))
    entries += [(f"bin/{name}", stat.S_IFLNK | 0o777, b"busybox") for name in APPLETS]
    order = _module_order(modules)
    for path in order:
        entries.append((f"modules/{path.name}", stat.S_IFREG | 0o644, path.read_bytes()))
    names = "".join(f"{path.name}\n" for path in order)
    entries.append(("modules/order", stat.S_IFREG | 0o644, names.encode()))
    entries.append(("init", stat.S_IFREG | 0o755, (HERE / "lab-init").read_bytes()))
    return _cpio(entries)


def _module_order(modules):
    """The files of BOOT_MODULES and of all that they need, in the order of loading."""
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    by_name = {path.rsplit("/", 1)[-1].split(".ko")[0]: path for path in needs}
    order = []
    for name in BOOT_MODULES:
        # modules.dep lists what a module needs with the deepest need last.
        for path in reversed([by_name[name]] + needs[by_name[name]]):
            if path not in order:
                order.append(path)
    return [modules / path for path in order]


def _cpio(entries):
    """Packs (name, mode, content) triples in the newc format (kernel: buffer-format.rst)."""
    archive = bytearray()
    for number, (name, mode, content) in enumerate(entries + [("TRAILER!!!", 0, b"")], start=1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields)
        archive += name.encode() + b"\0"
        archive += b"\0" * (-len(archive) % 4) + content
        archive += b"\0" * (-len(archive) % 4)
    return bytes(archive)


def _write_whole(path, content):
    """Writes a file so that it is there as a whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.rename(path)


def _run(*command, cwd=None):
    """Runs a program and returns its output; a failure is the user's to see."""
    try:
        done = subprocess.run([str(part) for part in command], cwd=cwd, check=False, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is missing: ./dev setup lab") from error
    if done.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise LabError(f"`{shown}` failed ({done.returncode}):\n{done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def _locked(path):
    """Holds a lock against another lab that prepares the same cache."""
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
