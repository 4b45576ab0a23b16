# SPDX-License-Identifier: Apache-2.0
"""A reader who does what a page says, on hosts in namespaces, and sees whether the page tells the truth.

Files of the page are put below the host's own folder, and its paths in commands and answers are taken for
those. `systemctl` is played: it starts, stops, restarts and reloads the daemon of the host; so are `poweroff`
and what plugs a machine in again. Everything else is done by a shell on the host, and the output must be what the
page has, but for times, process ids and the like. A command that only looks is tried again until it is:
a page says "after four seconds", not when exactly.

In what the page has, a line `...` stands for any lines, and `...` in a line for anything.

HOLDFAST_GUIDE_WRITE=1 puts what is seen into the page instead, for its author.
"""

import difflib
import os
import pathlib
import re
import shlex
import subprocess
import time

from lib.daemons import BUILD, Holdfast, Keepalived
from lib.nginx import Nginx
from lib.process import Process
from lib.waiting import POLL_S, SLACK_S

WRITE = bool(os.environ.get("HOLDFAST_GUIDE_WRITE"))
LIMIT_S = 80 + 10 * SLACK_S  # for conditions, which a busy machine may keep waiting
PATHS = re.compile(r"/(?:etc/(?:holdfast|keepalived|nginx)|run/holdfast|var/lib/holdfast)\b")
# Commands that change nothing, so that they may be asked again.
LOOKS = re.compile(r"(holdfastctl( -\S+)* (status|services|connections|vrrp|checks|events|explain|loop|config|healthy"
                   r"|plan|version|node status)\b|holdfastd |ip (-\S+ )*(addr|route|neigh|link) show|curl |ipvsadm -L|ping |holdfastctl node status"
                   r"|cat |holdfast-realserver (status|check)|holdfast-migrate --dry-run )")
MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
SAME = (  # what differs from run to run, and what stands for it
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "<date>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(\.\d+)?\b"), "<clock>"),
    (re.compile(MAC), "<mac>"),
    (re.compile(r"\bfe80::[0-9a-f]+(?::[0-9a-f]+){3}"), "<link-local>"),
    (re.compile(r"\bpid \d+"), "pid <n>"),
    (re.compile(r"\b(holdfast\w*) \d+\.\d+\.\d+\S*?(?=[,\s]|$)"), r"\1 <version>"),
    (re.compile(r"\bIPVS \d+\.\d+\.\d+"), "IPVS <version>"),
    (re.compile(r"-?\b\d+ (?:d|h|min) \d+ (?:h|min|s)\b"), "<time>"),
    (re.compile(r"-?\b\d+(?:\.\d+)? (?:us|ms|s)\b"), "<time>"),
    # Why an instance is what it is, and whom it heard, depends on who of a busy machine came first.
    (re.compile(r"^ +because: .*"), "because <why>"),
    (re.compile(r"^ +peer [0-9a-f.:]+: heard .*"), ""),
    (re.compile(r"@if\d+|link-netnsid \d+|^\d+: "), ""),
)
FILES = ("etc/holdfast/holdfast.conf", "etc/keepalived/keepalived.conf")
COUNT = re.compile(r"(?<![\w.:/<-])\d+(?![\w.:/>-])")


def alike(text, counts=False):
    """Words without what differs from run to run, and without how they are broken into lines."""
    words = []
    for line in text.splitlines():
        for expression, instead in SAME:
            line = expression.sub(instead, line)
        words += (COUNT.sub("<n>", line) if counts else line).split()
    return " ".join(words)


def agrees(wanted, seen):
    """Says whether words are what a page has, with its `...`."""
    parts = [re.escape(part.strip()) for part in wanted.split("...")]
    return re.fullmatch(r"\s*.*?\s*".join(parts), seen) is not None


class Managed(Holdfast):
    """The daemon as a host's service manager has it, with the page's files."""

    def __init__(self, reader, host):
        self.root = reader.root(host)
        super().__init__(host, "")
        self.file.unlink()
        self.directory = self.root / "run/holdfast"
        self.directory.mkdir(parents=True, exist_ok=True)

    def start(self):
        """Its own file, else keepalived's."""
        files = [self.root / name for name in FILES]
        self.file = next((file for file in files if file.exists()), files[0])
        return super().start()

    @property
    def is_up(self):
        """Says whether it runs."""
        return self.process is not None and self.process.running


class ManagedKeepalived(Keepalived):
    """keepalived as the service manager has it; VRRP alone, since it ends where the kernel has no IPVS."""

    options = ("--vrrp",)

    def __init__(self, root, host):
        super().__init__(host, "")
        self.file = root / FILES[1]


class Reader:
    """Who reads a page and does what it says."""

    def __init__(self, net, hosts):
        """hosts -- by the names that pages use"""
        self.net = net
        self.hosts = hosts
        self.daemons = {}
        self.keepaliveds = {}
        self.servers = {}    # nginx, by host
        self.databases = {}  # MariaDb, by host
        self._stand_ins = {} # what stood for nginx, by host
        self._off = {}       # what a machine that is off had: addresses of its interfaces

    # ---- Files ----------------------------------------------------------------------------------

    @staticmethod
    def root(host):
        """Where the page's files of a host are."""
        return host.directory / "root"

    def _mapped(self, host, text):
        return PATHS.sub(lambda match: f"{self.root(host)}{match[0]}", text)

    def _unmapped(self, host, text):
        return text.replace(str(self.root(host)), "")

    def write(self, host, name, text, mode=0o644):
        """Puts a file of the page where the host has it."""
        path = pathlib.Path(self._mapped(host, name))
        assert path.is_relative_to(self.root(host)), f"{name} is in none of the folders that are the page's"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._mapped(host, text), encoding="utf-8")
        path.chmod(mode)

    # ---- Commands -------------------------------------------------------------------------------

    def _prelude(self, host):
        root = self.root(host)
        migrate = f"{BUILD}/contrib/migrate/holdfast-migrate --root {root} --holdfastd {BUILD}/holdfastd"
        return (f'holdfastctl() {{ {BUILD}/holdfastctl --socket {root}/run/holdfast/control.sock "$@"; }}\n'
                f'holdfastd() {{ {BUILD}/holdfastd --use-file {root}/etc/holdfast/holdfast.conf "$@"; }}\n'
                f'holdfast_migrate() {{ {migrate} "$@"; }}\n'
                f'holdfast_realserver() {{ HOLDFAST_REALSERVER_STATE={root}/realserver '
                f'HOLDFAST_ARPCHECK={BUILD}/holdfast-arpcheck '
                f'{BUILD}/contrib/realserver/holdfast-realserver "$@"; }}\n')

    def shell(self, host, command):
        """Runs a command of the page; returns its status and what it says."""
        command = re.sub(r"\bholdfast-(realserver(?= (?:start|stop|status|check))|migrate(?= ))", r"holdfast_\1",
                         self._mapped(host, command))
        with host.entered():
            done = subprocess.run(["bash", "-c", self._prelude(host) + command], check=False, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, self._unmapped(host, done.stdout)

    def do(self, host, command):
        """Does what a line of the page says; returns the status and the output."""
        words = shlex.split(command, comments=True)
        if words[0] == "systemctl":
            return self._systemctl(host, words[1:])
        if words[0] in ("poweroff", "poweron"):
            return getattr(self, f"_{words[0]}")(host)
        return self.shell(host, command)

    def _systemctl(self, host, words):
        """What the reader asks the service manager."""
        verb, *units = [word for word in words if not word.startswith("-")]
        signal = next((word.partition("=")[2] for word in words if word.startswith("--signal=")), None)
        for unit in units:
            if unit.startswith("holdfast-realserver@"):
                action = {"enable": "start", "start": "start", "disable": "stop", "stop": "stop"}[verb]
                status, said = self.shell(host, f"holdfast-realserver {action} {unit.partition('@')[2]}")
                assert status == 0, said
            elif unit == "holdfast":
                self._manage(host, verb, signal)
            elif unit in ("nginx", "mariadb"):
                server = {"nginx": self.servers, "mariadb": self.databases}[unit][host.name]
                {"stop": server.kill, "start": server.start, "enable": server.start}[verb]()
            else:
                assert unit == "keepalived", f"systemctl {words}"
                self._manage_keepalived(host, verb)
        return 0, ""

    def _manage(self, host, verb, signal):
        daemon = self.daemons.get(host.name) or self.daemons.setdefault(host.name, Managed(self, host))
        if verb in ("enable", "start") and not daemon.is_up:
            daemon.start()
        elif verb in ("stop", "disable"):
            daemon.terminate()
        elif verb == "restart":
            daemon.process.expect_end()
            daemon.control("stop", "--resume")  # as the unit's ExecStop= does
            daemon.process.wait_end()
            daemon.start()
        elif verb == "kill":
            assert signal in ("KILL", "SIGKILL"), signal
            daemon.kill()
            daemon.start()  # Restart=on-failure
        elif verb == "reload":
            refusal = daemon.reload()
            assert refusal is None, refusal
        else:
            assert verb in ("enable", "start"), verb

    def _manage_keepalived(self, host, verb):
        daemon = self.keepaliveds.get(host.name)
        if verb in ("enable", "start"):
            if daemon is None:
                daemon = self.keepaliveds[host.name] = ManagedKeepalived(self.root(host), host)
            daemon.start()
        else:
            assert verb in ("disable", "stop"), verb
            if daemon and daemon.process.running:  # a page may say it for readers who have it
                daemon.terminate()

    def _poweroff(self, host):
        """From one instant to the next: the daemon cannot say good-bye."""
        if daemon := self.daemons.get(host.name):
            daemon.kill()
        self._off[host.name] = host.addresses
        for interface in host.addresses:
            host.unplug(interface)
        return 0, ""

    def _poweron(self, host):
        """It comes back with nothing in its kernel but what it boots with."""
        for interface, own in self._off.pop(host.name).items():
            for address in set(host.address_list(interface)) - set(own):
                length = 64 if ":" in address else host.address_details(address)["prefixlen"]
                host.ip(f"addr del {address}/{length} dev {interface}")
            host.plug(interface)
        host.run("ipvsadm", "-C", check=False)
        if daemon := self.daemons.get(host.name):
            daemon.start()
        return 0, ""

    def leave(self):
        """Ends what a page has begun, so that another one finds the machines as they were."""
        for daemon in self.daemons.values():
            if daemon.is_up:
                daemon.terminate()
        for name, stand_in in self._stand_ins.items():
            self.servers[name].process.expect_end()
            self.servers[name].kill()
            self.servers[name] = stand_in
            stand_in.start()
        self._stand_ins.clear()

    # ---- Blocks ---------------------------------------------------------------------------------

    def read(self, page):
        """Does a page from its top to its bottom."""
        for block in page.blocks:
            print(f"{time.monotonic():.1f} {block}")
            for name in block.hosts:
                assert name in self.hosts, f"{block}: there is no host {name}"
            getattr(self, f"_do_{block.kind}")(page, block)

    def _each(self, block):
        return [self.hosts[name] for name in block.hosts]

    def _do_conf(self, _, block):
        for host in self._each(block):
            self.write(host, block.words["file"], block.text)

    def _do_script(self, _, block):
        for host in self._each(block):
            self.write(host, block.words["file"], block.text, 0o755)

    def _do_nginx(self, _, block):
        for host in self._each(block):
            self.write(host, block.words["file"], block.text)
            if host.name in self.servers:
                stand_in = self._stand_ins[host.name] = self.servers[host.name]
                stand_in.kill()
            server = self.servers[host.name] = PageNginx(host, self.root(host), self._mapped(host, block.words["file"]))
            server.start()
        for host in self._each(block):
            self.servers[host.name].wait_ready()

    def _do_sql(self, _, block):
        for host in self._each(block):
            for statement in re.split(r";\s*(?:--.*)?\n", block.text):
                if statement.strip():
                    self.databases[host.name].ask(statement)

    def _do_sh(self, _, block):
        if not block.hosts:
            subprocess.run(["bash", "-n"], input=block.text, check=True, text=True)
        wanted = int(block.words.get("exit", 0))
        for host in self._each(block):
            for command in commands_of(block.text):
                status, said = self.do(host, command)
                assert status == wanted, f"{block}: on {host.name} `{command}` ended with {status}:\n{said}"

    def _do_console(self, page, block):
        (host,) = self._each(block)
        written = []
        for command, wanted in talks_of(block):
            seen = self._talk(host, block, command, wanted)
            written += ["# " + command, *(seen if WRITE and not any("..." in line for line in wanted) else wanted)]
        if WRITE and written != block.lines:
            page.replace(block, written)

    def _talk(self, host, block, command, wanted):
        """One command of a console, until the answer is the page's; returns the answer."""
        counts, status = "counts" in block.words, int(block.words.get("exit", 0))
        expected = alike("\n".join(wanted), counts)
        deadline = time.monotonic() + LIMIT_S
        before = None
        while True:
            ended, said = self.do(host, command)
            seen = alike(said, counts)
            if ended == status and agrees(expected, seen):
                return said.rstrip().splitlines()
            if WRITE and before and (time.monotonic() > deadline or
                                     seen == before[0] and time.monotonic() - before[1] > 5):
                return said.rstrip().splitlines()
            if before is None or seen != before[0]:
                before = seen, time.monotonic()
            looks = LOOKS.match(command)
            if WRITE and not looks:
                return said.rstrip().splitlines()
            assert looks and (WRITE or time.monotonic() < deadline), (
                f"{block}: on {host.name} `{command}` ended with {ended} (the page: {status}) and says, "
                "\"-\" being the page:\n" + "\n".join(difflib.ndiff(wanted, said.splitlines())))
            time.sleep(10 * POLL_S)


class PageNginx(Nginx):
    """nginx with the page's file, not as a service of the system."""

    def __init__(self, host, root, file):
        host_directory = root / "nginx"
        host_directory.mkdir(parents=True, exist_ok=True)
        self.host = host
        self.process = None
        self._directory = host_directory
        self._file = file

    def start(self):
        """Starts it in the foreground, with files of its own."""
        more = f"daemon off; master_process off; pid {self._directory}/pid; error_log stderr notice;"
        self.process = Process(self.host, "nginx", ["/usr/sbin/nginx", "-c", self._file, "-p", self._directory,
                                                    "-g", more])


def commands_of(text):
    """The commands of a script, a line each, or several joined by a backslash."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def talks_of(block):
    """Of a console: each command with the lines that follow it."""
    talks = []
    for line in block.lines:
        if line.startswith("# "):
            talks.append((line[2:], []))
        else:
            assert talks, f"{block}: a console begins with \"# command\""
            talks[-1][1].append(line)
    return [(command, _stripped(lines)) for command, lines in talks]


def _stripped(lines):
    """Without empty lines at the end."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines

