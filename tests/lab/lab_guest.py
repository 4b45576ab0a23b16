# SPDX-License-Identifier: Apache-2.0
"""Boots the guest, carries the command's output and exit status, and ends it whatever happens."""

import collections
import ctypes
import os
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import lab_cache

# Of one boot in hundreds nothing comes (QEMU without KVM: the kernel stands still), so it is tried again.
BOOT_LIMITS_S = (60, 120, 180)
DEFAULT_LIMIT_S = 900
KVM_PROBE_LIMIT_S = 10
STATUS_LIMIT = 124
STATUS_GUEST_DIED = 125
CONSOLE_LINES_KEPT = 60
PR_SET_PDEATHSIG = 1  # linux/prctl.h
QEMU = "qemu-system-x86_64"
# A dead guest is better than one that limps on: any oops is a panic, any panic ends QEMU.
KERNEL_ARGUMENTS = ("console=ttyS0 quiet panic=-1 oops=panic mitigations=off nokaslr audit=0 "
                    "apparmor=0 tsc=reliable no_timer_check cryptomgr.notests")
NOT_FOR_GUEST = ("TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "OLDPWD")


def run(arguments):
    """Runs a command in a guest; returns its exit status, or one of the lab's own."""
    if os.geteuid() != 0:
        raise lab_cache.LabError("the guest shares this machine's files as root: be root")
    if shutil.which(QEMU) is None:
        raise lab_cache.LabError(f"{QEMU} is missing: ./dev setup lab")
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, lambda number, _: sys.exit(128 + number))
    kernel = lab_cache.prepare()
    os.makedirs("/lib/modules", exist_ok=True)  # the guest mounts its modules there
    with tempfile.TemporaryDirectory(dir=lab_cache.directory(), prefix="run-") as directory:
        with open(os.path.join(directory, "command"), "w", encoding="utf-8") as script:
            script.write(_command_script(arguments))
        for limit_s in BOOT_LIMITS_S:
            guest = _Guest(kernel, directory)
            try:
                if guest.boot(limit_s):
                    return guest.run(_limit_s())
            except KeyboardInterrupt:
                return 128 + signal.SIGINT
            except BrokenPipeError:
                return 128 + signal.SIGPIPE
            finally:
                guest.stop()
    return guest.status


def _limit_s():
    """The command's limit in seconds, from the environment."""
    text = os.environ.get("HOLDFAST_LAB_LIMIT", str(DEFAULT_LIMIT_S))
    try:
        limit = float(text)
    except ValueError:
        limit = 0
    if not limit > 0:
        raise lab_cache.LabError(f"HOLDFAST_LAB_LIMIT={text}: not a number of seconds")
    return limit


def _command_script(arguments):
    """A shell script that runs the command with the caller's directory and environment."""
    here = os.getcwd()
    if (here + "/").startswith(tuple(hidden + "/" for hidden in lab_cache.HIDDEN_IN_GUEST)):
        raise lab_cache.LabError(f"{here}: this directory is not seen by the guest")
    environment = {name: value for name, value in os.environ.items()
                   if name not in NOT_FOR_GUEST and name.isidentifier()}
    environment["HOLDFAST_LAB"] = "qemu"
    environment["TMPDIR"] = "/run/tmp"
    if sys.stdout.isatty():
        environment.setdefault("COLUMNS", str(shutil.get_terminal_size().columns))
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    lines.append(f"cd {shlex.quote(here)} || exit 125")
    lines.append("exec " + " ".join(shlex.quote(argument) for argument in arguments))
    return "\n".join(lines) + "\n"


class _Guest:
    """One boot of QEMU with its four channels."""

    def __init__(self, kernel, directory):
        self.status = None  # of a boot that failed
        self._status = None
        self._started = False
        self._console = collections.deque(maxlen=CONSOLE_LINES_KEPT)
        self._partial = {"console": b"", "control": b""}
        self._selector = selectors.DefaultSelector()
        arguments = [f"lab_modules={kernel.modules}", f"lab_run={directory}",
                     f"lab_session={lab_cache.HERE / 'lab-session'}"]
        command = _qemu_command(kernel, _accelerator(kernel), " ".join(arguments))
        command += ["-virtfs", "local,path=/,mount_tag=root,security_model=none,multidevs=remap",
                    "-device", "virtio-serial-pci"]
        theirs = []
        for number, name in enumerate(("console", "out", "err", "control")):
            ours, other = socket.socketpair()
            theirs.append(other)
            command += ["-chardev", f"socket,id={name},fd={other.fileno()}"]
            command += (["-serial", "chardev:console"] if name == "console" else
                        ["-device", f"virtserialport,chardev={name},nr={number}"])
            self._selector.register(ours, selectors.EVENT_READ, name)
        self._errors = tempfile.TemporaryFile()
        self._process = _start(command, [other.fileno() for other in theirs], self._errors)
        for other in theirs:
            other.close()

    def boot(self, limit_s):
        """Waits until the command begins. Says whether it does; nothing of it has happened where not."""
        if not self._serve(limit_s, lambda: self._started):
            self.status = self._fail(STATUS_LIMIT, f"no boot within {limit_s:g} s")
        elif not self._started:
            self.status = self._fail(STATUS_GUEST_DIED, "the guest died before it had begun")
        return self._started

    def run(self, limit_s):
        """Serves the channels until the command has ended; returns the exit status."""
        if not self._serve(limit_s, lambda: False):
            return self._fail(STATUS_LIMIT, f"no end of the command within {limit_s:g} s")
        self._process.wait()
        if self._status is None:
            return self._fail(STATUS_GUEST_DIED, "the guest died")
        return self._status

    def _serve(self, limit_s, is_enough):
        """Serves the channels until it is enough or all are closed; says whether that was in time."""
        deadline = time.monotonic() + limit_s
        while self._selector.get_map() and not is_enough():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for key, _ in self._selector.select(left):
                self._receive(key)
        return True

    def _receive(self, key):
        """Takes what a channel has; a closed one is given up."""
        data = key.fileobj.recv(65536)
        if not data:
            self._selector.unregister(key.fileobj)
            key.fileobj.close()
        elif key.data == "out":
            _write_all(1, data)
        elif key.data == "err":
            _write_all(2, data)
        else:
            lines = (self._partial[key.data] + data).split(b"\n")
            self._partial[key.data] = lines.pop()
            for line in lines:
                self._hear(key.data, line.decode(errors="replace").strip())

    def _hear(self, channel, line):
        """Takes one line of the console, or one of the session's own words."""
        if channel == "console":
            self._console.append(line)
        elif line == "started":
            self._started = True
        elif line.startswith("exit "):
            self._status = int(line.split()[1])

    def _fail(self, status, why):
        """Says why, with the kernel's last words and QEMU's."""
        self._errors.seek(0)
        words = list(self._console) + [self._partial["console"].decode(errors="replace")]
        words += self._errors.read().decode(errors="replace").splitlines()
        print(f"lab: {why}; the console's last lines:", file=sys.stderr)
        for line in words:
            if line:
                print(f"lab| {line}", file=sys.stderr)
        return status

    def stop(self):
        """Ends QEMU, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


# By instructions: each takes 2 ns. Clearing a page byte by byte, which a real processor does at once, would
# count 4,096 of them, so the guest is told that its processor is slow at that.
_MACHINES = {
    "kvm": ["-accel", "kvm", "-cpu", "host", "-smp", "2"],
    "tcg": ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"],
    "instructions": ["-accel", "tcg,thread=single", "-icount", "shift=1",
                     "-cpu", "max,-erms,-fsrm", "-smp", "1"],
}


def _qemu_command(kernel, accelerator, arguments):
    """The part of the command line that the probe and the real guest share."""
    return [QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "q35", *_MACHINES[accelerator],
            "-m", os.environ.get("HOLDFAST_LAB_MEMORY", "2G"),
            "-kernel", str(kernel.image), "-initrd", str(kernel.initramfs()),
            "-append", f"{KERNEL_ARGUMENTS} {arguments}"]


def _start(command, descriptors, errors):
    """Starts QEMU so that it dies with us, and so that a Ctrl-C reaches us alone."""
    libc = ctypes.CDLL(None)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                            pass_fds=descriptors, start_new_session=True,
                            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


def _accelerator(kernel):
    """Says "kvm" where KVM has proved that it works, else "tcg"; "instructions" where that was asked for.

    /dev/kvm may be there and yet hang (nested virtualisation), so a guest that does nothing but
    power off is tried once, under a limit; the answer is kept with the kernel.
    """
    if os.environ.get("HOLDFAST_LAB_CLOCK") == "instructions":
        return "instructions"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    answer = kernel.directory / f"kvm-{os.uname().release}"
    if not answer.exists():
        with tempfile.TemporaryFile() as output:
            command = _qemu_command(kernel, "kvm", "lab_probe=1") + ["-serial", "stdio"]
            probe = _start(command, [], output)
            try:
                probe.wait(KVM_PROBE_LIMIT_S)
            except subprocess.TimeoutExpired:
                pass
            finally:
                probe.kill()
                probe.wait()
            output.seek(0)
            answer.write_text("kvm" if b"lab: probe passed" in output.read() else "tcg")
    return answer.read_text()


def _write_all(descriptor, data):
    """Writes everything; a closed reader raises BrokenPipeError."""
    while data:
        data = data[os.write(descriptor, data):]
