# SPDX-License-Identifier: Apache-2.0
"""A rehearsal apart from its machine: in namespaces of its own for processes, mounts and the network.

Three processes: who was called stays outside and waits; the first process inside looks after the orphans;
the tool itself is its child. When one of the first two ends, however it ends, the kernel ends every process
inside, and with the last of them go the mounts: the names of the network namespaces and every file that was
made. Nothing has to be done for it, so that nothing can be forgotten.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import tempfile
import traceback

from holdfast_drill import namespace

CLONE_NEWNS = 0x00020000  # linux/sched.h
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_SLAVE = 0x2, 0x4, 0x8, 0x4000, 0x80000  # linux/mount.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
EXIT_NOT = 1

_libc = ctypes.CDLL(None, use_errno=True)


def hold_signals():
    """Whoever asks for an end has to wait until run() can see to it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def run(folder, function):
    """Runs a function apart from the machine; returns its exit status.

    folder   -- an empty one, which inside is a file system of its own, for all that is made there
                (signals are held already, so that nobody leaves it behind)
    function -- returns an exit status; a first signal ends it as soon as it is not in uninterrupted()

    A second signal ends it at once. What cannot be set apart is an OSError.
    """
    namespace.NAMES.mkdir(parents=True, exist_ok=True)
    _check(_libc.unshare(CLONE_NEWPID), "a namespace for processes cannot be made")
    lives, held = os.pipe()  # inside it is seen that we are gone
    hold_signals()
    first = os.fork()
    if first == 0:
        os.close(held)
        _be_first(folder, function, lives)
    os.close(lives)
    heard = []

    def pass_on(number, _):
        """To the first process inside; a second signal is its end."""
        heard.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(first, number if len(heard) == 1 else signal.SIGKILL)
    for number in SIGNALS:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    _, status = os.waitpid(first, 0)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # nobody is left whom it could be passed on to
    os.close(held)
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    return 128 + (heard[0] if heard else os.WTERMSIG(status))


def _be_first(folder, function, lives):
    """The first process inside: sets the rest apart, starts the tool and buries the dead. Does not return."""
    status = EXIT_NOT
    try:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if _is_closed(lives):
            os._exit(EXIT_NOT)
        _set_apart(folder)
        tool = os.fork()
        if tool == 0:
            _be_tool(function)
        for number in SIGNALS:
            signal.signal(number, lambda number, _: os.kill(tool, number))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = _bury_until(tool)
    except OSError as error:
        print(f"holdfast-drill: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _be_tool(function):
    """The tool: its end is the function's. Does not return."""
    status = EXIT_NOT
    try:
        for number in SIGNALS:
            signal.signal(number, _end_on)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = function()
    except BaseException:  # pylint: disable=broad-exception-caught  # nothing is above us that would show it
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _end_on(number, _):
    """Whoever asks for the end of a rehearsal has it: an exception could be lost where Python calls us back."""
    os._exit(128 + number)


@contextlib.contextmanager
def uninterrupted():
    """What is begun in here is finished, too, before a signal ends the rehearsal. For the main thread."""
    heard = []
    before = {number: signal.signal(number, lambda number, _: heard.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])


def _bury_until(tool):
    """Waits for the tool, and meanwhile for every orphan; returns the tool's exit status."""
    while True:
        ended, status = os.wait()
        if ended == tool:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _set_apart(folder):
    """Mounts and network of our own: the machine's files are all there, what is made is not."""
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWNET), "namespaces for mounts and network cannot be made")
    # What is mounted in here stays in here; what the machine takes away goes here, too, or would stay busy.
    _mount("none", "/", None, MS_REC | MS_SLAVE)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _mount("tmpfs", namespace.NAMES, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755")
    _mount("tmpfs", folder, "tmpfs", 0, "mode=0755")
    tempfile.tempdir = str(folder)
    namespace.LOCKS = folder / "locks"  # ours go by process ids that have a meaning in here alone


def _is_closed(pipe):
    """Says whether nobody holds the other end of a pipe any more."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(0))


def _mount(source, target, kind, flags, data=None):
    """mount(2)."""
    encode = lambda text: None if text is None else os.fsencode(str(text))  # noqa: E731
    _check(_libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)),
           f"{target} cannot be mounted")


def _check(result, words):
    """Makes an OSError of a failure of libc."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{words}: {os.strerror(number)}")
