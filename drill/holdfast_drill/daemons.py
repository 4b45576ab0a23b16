# SPDX-License-Identifier: Apache-2.0
"""The daemons that a director may run: ours, and keepalived.

Both have the same handles, so one can be put in the place of the other:
start, kill, terminate, write_configuration, reload, became_master.
"""

import json
import pathlib
import shlex
import subprocess
import time

from holdfast_drill.facts import write_text
from holdfast_drill.process import Process

START_LIMIT_S = 20
RELOAD_LIMIT_S = 60


class Daemon:
    """What the daemons have in common: a directory, a configuration, a process."""

    kind = None
    new_master_pattern = None  # the log line of an instance that becomes master

    def __init__(self, host, configuration, file=None):
        """file -- where the daemon reads its configuration; one in a directory of its own by default"""
        self.host = host
        self.process = None
        self.environment = {}  # what it is started with, beside our own
        self.prepare = None  # is called in the new process before it becomes the daemon
        self.directory = host.directory / self.kind
        self.directory.mkdir()
        self.file = file or self.directory / "daemon.conf"
        self.file_text = None
        self.write_configuration(configuration)

    def write_configuration(self, text):
        """Replaces the configuration file; reload() makes the daemon read it."""
        self.file_text = text
        write_text(self.file, self.translate(text))

    @staticmethod
    def translate(text):
        """The configuration as this daemon must be given it."""
        return text

    def arguments(self):
        """The command line."""
        raise NotImplementedError

    def start(self):
        """Starts the daemon and waits until it has read its configuration; returns when."""
        at = time.time()
        self.process = Process(self.host, self.kind, self.arguments(), self.environment,
                               self.prepare)
        self.wait_started()
        return at

    def wait_started(self):
        """Waits until the daemon is at work."""
        raise NotImplementedError

    def kill(self):
        """The daemon dies at once (kill -9); returns when."""
        return self.process.kill()

    def terminate(self):
        """The daemon is asked to stop (SIGTERM); returns when. It must end with status 0."""
        at = self.process.terminate()
        status = self.process.wait_end()
        assert status == 0, f"{self.process} ended with {status}:\n{self.process.output()}"
        return at

    def became_master(self, since=0):
        """When the log first said so, from a time on; None if it has not."""
        line = self.process.find(self.new_master_pattern, since)
        return line.at if line else None


class Holdfast(Daemon):
    """holdfastd, steered and asked by holdfastctl."""

    kind = "holdfastd"
    new_master_pattern = r"-> MASTER"
    holdfastd = pathlib.Path("/usr/sbin/holdfastd")
    holdfastctl = pathlib.Path("/usr/bin/holdfastctl")
    options = ()  # more of its options, such as "-i", "lb1"

    @property
    def socket(self):
        """The control socket."""
        return self.directory / "control.sock"

    def arguments(self):
        """With a control socket and a pid file in its own folder."""
        return [self.holdfastd, *self.options, "-l", "-f", self.file, "--runtime-dir", self.directory,
                "--socket", self.socket, "-p", self.directory / "pid"]

    def start(self):
        """Says what is to be done where the tree is not built, then starts it."""
        assert self.holdfastd.exists(), f"{self.holdfastd} is missing (in the tree: ./dev build)"
        return super().start()

    def wait_started(self):
        """It is at work when it answers holdfastctl."""
        self.process.wait_until(
            lambda: self.socket.exists() and self.control("status", check=False), START_LIMIT_S,
            "an answer to holdfastctl")

    def control(self, *arguments, check=True):
        """Runs holdfastctl; returns its output."""
        return self.host.run(self.holdfastctl, "--socket", self.socket, *arguments,
                             check=check)

    def status(self):
        """The running state, as `holdfastctl --json status` has it."""
        return json.loads(self.control("--json", "status"))

    def reload(self):
        """Reads the configuration again and waits; returns what a refusal said, else None."""
        with self.host.entered():
            try:
                done = subprocess.run(
                    [self.holdfastctl, "--socket", self.socket, "reload"], check=False, timeout=RELOAD_LIMIT_S,
                    stdin=subprocess.DEVNULL, capture_output=True, text=True)
            except subprocess.TimeoutExpired:
                return f"no answer within {RELOAD_LIMIT_S} s"
        return done.stdout + done.stderr if done.returncode != 0 else None


class Keepalived(Daemon):
    """keepalived of Debian. With a virtual_server it gives up where the kernel has no IPVS."""

    kind = "keepalived"
    new_master_pattern = r"Entering MASTER STATE"
    keepalived = pathlib.Path("/usr/sbin/keepalived")
    options = ()  # more of its options, such as "--vrrp"

    @staticmethod
    def translate(text):
        """One keyword a line, or it takes the rest for arguments."""
        return one_keyword_a_line(text)

    def arguments(self):
        """In the foreground, with its log on standard error and its pid files in its own folder."""
        return [self.keepalived, *self.options, "-n", "-l", "-D", "-G", "-f", self.file,
                "-p", self.directory / "pid", "-r", self.directory / "vrrp.pid",
                "-c", self.directory / "checkers.pid"]

    def start(self):
        """Removes what a killed one has left first."""
        for left_behind in self.directory.glob("*pid"):
            left_behind.unlink()  # it takes the pid of a dead child for a daemon that runs
        return super().start()

    def wait_started(self):
        """It is at work when the first instance has a state."""
        self.process.wait_for(r"\(\S+\) Entering \w+ STATE", START_LIMIT_S)

    def reload(self):
        """Reads the configuration again."""
        at = self.process.signal(1)
        self.process.wait_for(r"Reloading|Reload finished", START_LIMIT_S, at)


def one_keyword_a_line(text):
    """A configuration with every keyword on its own line.

    keepalived takes a line for one keyword and what follows for its arguments, so a block that is
    written on one line (the seed's real servers) says something else to it.
    """
    lines = []
    for line in text.splitlines():
        if line.count("{") + line.count("}") < 2:
            lines.append(line)
            continue
        head, _, rest = line.partition("{")
        lines.append(head + "{")
        words = shlex.split(rest)
        while words:
            if words[0] == "}":
                lines.append(words.pop(0))
            elif words[1] == "{":
                lines.append(f"{words.pop(0)} {words.pop(0)}")
            else:
                lines.append(f"{words.pop(0)} {words.pop(0)}")
    return "\n".join(lines) + "\n"
