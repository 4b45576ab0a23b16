# SPDX-License-Identifier: Apache-2.0
"""The planned network, built and running: its directors with their daemons, and what happens to them."""

import contextlib
import json
import pathlib
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from holdfast_drill import daemons, standins
from holdfast_drill.capture import Advert, Capture
from holdfast_drill.facts import write_text
from holdfast_drill.isolate import View
from holdfast_drill.topology import Topology
from holdfast_drill.waiting import wait_until

RTMGRP_ADDRESSES = 0x10 | 0x100  # linux/rtnetlink.h: RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_ADDRESS, IFA_LOCAL = 1, 2  # linux/if_addr.h
PACKET_OUTGOING = 4  # linux/if_packet.h

# What a daemon's log says of states and servers: (kind, expression with its groups by name).
LOGS = {
    "holdfast": (
        ("state", re.compile(r"\s(?P<instance>\S+): \w+ -> (?P<state>MASTER|BACKUP|FAULT|INIT): (?P<text>.*)")),
        ("server", re.compile(r"Z (?P<service>.+?) (?P<server>\S+): (?:warning: )?(?P<state>UP|DOWN): (?P<text>.*)")),
    ),
    "keepalived": (
        ("state", re.compile(r"\((?P<instance>\S+)\) Entering (?P<state>MASTER|BACKUP|FAULT|INIT) STATE(?P<text>)")),
        ("server", re.compile(r"(?P<state>Removing|Adding) service (?P<server>\S+) (?:to|from) VS (?P<service>\S+)(?P<text>)")),
    ),
}
SERVER_STATES = {"Removing": "DOWN", "Adding": "UP"}


class Watcher:
    """Who got and who lost which virtual address when: the kernel's own news of each director."""

    def __init__(self, vips):
        self._vips = set(vips)
        self._sockets = {}
        self.events = []  # (when, director, address, got)
        self._held = {}
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def add(self, name, host):
        """Listens to a director's kernel."""
        with host.entered():
            news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        news.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        news.bind((0, RTMGRP_ADDRESSES))
        news.setblocking(False)
        self._sockets[news] = name
        self._held[name] = {}

    def start(self):
        """Begins to listen."""
        self._thread.start()

    def _run(self):
        """The thread: reads every kernel's news until close() wakes it."""
        while True:
            ready, _, _ = select.select([*self._sockets, self._woken], [], [])
            if self._woken in ready:
                return
            for news in ready:
                try:
                    self._read(self._sockets[news], news.recv(1 << 16), time.time())
                except OSError:
                    continue

    def _read(self, name, data, at):
        """Takes one read's messages apart (netlink(7), rtnetlink(7))."""
        offset = 0
        while offset + 16 <= len(data):
            length, kind = struct.unpack_from("=IH", data, offset)
            if length < 16:
                return
            if kind in (RTM_NEWADDR, RTM_DELADDR):
                family, index = struct.unpack_from("=B3xI", data, offset + 16)
                address = _address_of(family, data[offset + 24:offset + length])
                if address in self._vips:
                    self._change(name, address, index, kind == RTM_NEWADDR, at)
            offset += (length + 3) & ~3

    def _change(self, name, address, index, got, at):
        """An address has come to or gone from an interface; who has it on another one still has it."""
        indexes = self._held[name].setdefault(address, set())
        before = bool(indexes)
        (indexes.add if got else indexes.discard)(index)
        if bool(indexes) != before:
            self.events.append((at, name, address, got))

    def holders(self, address):
        """The directors that have an address now."""
        return [name for name, held in self._held.items() if held.get(address)]

    def close(self):
        """Ends it."""
        self._wake.send(b"x")
        self._thread.join()
        for each in (*self._sockets, self._wake, self._woken):
            each.close()


def _address_of(family, data):
    """The address of a message's attributes."""
    found = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            break
        found[kind] = data[offset + 4:offset + length]
        offset += (length + 3) & ~3
    raw = found.get(IFA_LOCAL) or found.get(IFA_ADDRESS)
    return socket.inet_ntop(family, raw) if raw and family in (socket.AF_INET, socket.AF_INET6) else None


class Director:
    """A director: its host, its daemon, and every misfortune that it may meet."""

    def __init__(self, machine, host, facts, text, settings):
        self.name = machine.name
        self.machine = machine
        self.host = host
        self.facts = facts
        self.kind = settings.kind
        self.down = []  # [from, to or None, why]: when its daemon could not act, or nobody could hear it
        self._settings = settings
        self._view = View(host.directory / "view")
        self.replaced, self.missing = [], []
        if settings.stand_in_scripts:
            for program in dict.fromkeys(facts.programs + settings.more_programs.get(self.name, [])):
                (self.replaced if self._view.replace(program) else self.missing).append(program)
        self._etc = host.directory / "etc"
        self._etc.mkdir()
        self.captures = {interface: Capture(host, interface) for interface in machine.links}
        self.daemon = self._make_daemon(text)

    def _make_daemon(self, text):
        """The daemon that is rehearsed, with its file where it can be changed."""
        file = self._write(pathlib.Path(self.facts.file), text)
        if self.kind == "keepalived":
            daemon = daemons.Keepalived(self.host, text, file)
            daemon.options = ["-i", self.name] + ([] if self._settings.ipvs else ["--vrrp"])
        else:
            daemon = daemons.Holdfast(self.host, text, file)
            daemon.holdfastd = self._settings.holdfastd
            daemon.holdfastctl = self._settings.holdfastctl
            daemon.options = ["-i", self.name]
        daemon.prepare = self._view.prepare
        daemon.environment = {"SSL_CERT_FILE": str(self._settings.certificate)}
        for block in self.facts.root.all("SSL"):
            path = block.get("ca")
            if path and pathlib.Path(path).exists() and pathlib.Path(self._settings.certificate).exists():
                self._view.bind(self._settings.certificate, pathlib.Path(path).resolve())
        return daemon

    def _write(self, original, text):
        """The folder of a file as the daemon sees it: a copy of it, and all its neighbours by links."""
        for entry in self._etc.iterdir():
            entry.unlink()
        folder = original.resolve().parent
        for entry in folder.iterdir():
            (self._etc / entry.name).symlink_to(entry)
        file = self._etc / original.name
        file.unlink(missing_ok=True)
        write_text(file, text)
        return file

    # ---- What is done to it

    def start(self):
        """The daemon starts."""
        at = self.daemon.start()
        self._up(at)
        return at

    def kill(self):
        """kill -9; the host goes on, with what its kernel has."""
        return self._fell(self.daemon.kill(), "killed")

    def stop(self):
        """The daemon is asked to stop, as `systemctl stop` does."""
        at = self.daemon.process.terminate()
        self.daemon.process.wait_end()
        return self._fell(at, "stopped")

    def power_off(self):
        """The machine is gone from one instant to the next."""
        at = self.daemon.kill()
        for interface in self.machine.links:
            self.host.unplug(interface)
        return self._fell(at, "without power")

    def power_on(self):
        """The machine comes back with nothing in its kernel but its own addresses, and the daemon starts."""
        self.clean()
        for left in self.daemon.directory.iterdir():  # /run is empty after a boot
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()
        for interface in self.machine.links:
            self.host.plug(interface)
        return self.start()

    def clean(self):
        """What a daemon that is gone has left in the kernel is removed."""
        own = {text.partition("/")[0] for _, *texts in self.machine.links.values() for text in texts}
        listed = json.loads(self.host.run("ip", "-json", "addr", "show"))
        for link in listed:
            if link.get("linkinfo") or link["ifname"] not in (*self.machine.links, "lo"):
                continue
            kept = own | {self.host.link_local(link["ifname"])} if link["ifname"] != "lo" else None
            for entry in link["addr_info"] if kept is not None else ():
                if entry["local"] not in kept:
                    self.host.ip(f"addr del {entry['local']}/{entry['prefixlen']} dev {link['ifname']}")
        for link in listed:
            if link["ifname"] not in (*self.machine.links, "lo") and link.get("link") in self.machine.links:
                self.host.ip(f"link del {link['ifname']}")
        if self._settings.ipvs and shutil.which("ipvsadm"):
            self.host.run("ipvsadm", "-C", check=False)

    def unplug(self):
        """Every cable is pulled."""
        at = time.time()
        for interface in self.machine.links:
            self.host.unplug(interface)
        return self._fell(at, "without link")

    def plug(self):
        """Every cable is put back."""
        at = time.time()
        for interface in self.machine.links:
            self.host.plug(interface)
        return self._up(at)

    def pause(self):
        """Nothing of the daemon runs, as when a hypervisor takes the machine's time."""
        return self._fell(self.daemon.process.signal_all(signal.SIGSTOP), "paused")

    def resume(self):
        """It goes on."""
        return self._up(self.daemon.process.signal_all(signal.SIGCONT))

    def part(self):
        """The network falls in two, and nobody's link goes down."""
        at = time.time()
        for interface in self.machine.links:
            self.host.part(interface)
        return self._fell(at, "cut off")

    def join(self):
        """The network is one again."""
        at = time.time()
        for interface in self.machine.links:
            self.host.join(interface)
        return self._up(at)

    def deafen(self):
        """It hears nothing, and is heard."""
        return self._one_way("in", "deaf")

    def mute(self):
        """It is not heard, and hears all."""
        return self._one_way("out", "mute")

    def _one_way(self, direction, why):
        """Loses what goes one way on each interface."""
        at = time.time()
        for interface in self.machine.links:
            self.host.lose(interface, direction)
        return self._fell(at, why)

    def mend(self):
        """Both directions work again."""
        at = time.time()
        for interface in self.machine.links:
            self.host.lose(interface, None)
        return self._up(at)

    def reload(self, text=None, original=None):
        """Reads its configuration again, another one if it is given; returns (when, what a refusal said)."""
        if text is not None:
            self._write(original or pathlib.Path(self.facts.file), text)
            write_text(self.daemon.file, text)
        at = time.time()
        return at, self.daemon.reload()

    def _fell(self, at, why):
        """Notes since when its daemon cannot act or be heard, and why."""
        self.down.append([at, None, why])
        return at

    def _up(self, at):
        """Notes that it can again."""
        for period in self.down:
            if period[1] is None:
                period[1] = at
        return at

    # ---- What is seen of it

    @property
    def alive(self):
        """Says whether its daemon runs and is not held up."""
        return all(period[1] is not None for period in self.down)

    def states(self, since=0.0):
        """What its log says of instances: (when, instance, state, why)."""
        return [(at, found["instance"], found["state"], found["text"])
                for at, kind, found in self._log(since) if kind == "state"]

    def servers(self, since=0.0):
        """What its log says of real servers: (when, service, server, UP or DOWN, why)."""
        return [(at, found["service"], found["server"],
                 SERVER_STATES.get(found["state"], found["state"]), found["text"])
                for at, kind, found in self._log(since) if kind == "server"]

    def _log(self, since):
        """What the logs of all its daemons say, one after the other: (when, kind, groups by name)."""
        for process in self.host.processes:
            for line in list(process.log):
                if line.at < since:
                    continue
                for kind, expression in LOGS[self.kind]:
                    match = expression.search(line.text)
                    if match:
                        yield line.at, kind, match.groupdict()
                        break

    def sent(self, since=0.0):
        """The adverts and announcements that have left it: (when, packet)."""
        return sorted(((packet.at, packet) for capture in self.captures.values()
                       for packet in capture.sent() if packet.at >= since), key=lambda pair: pair[0])

    def close(self):
        """Ends its captures."""
        for capture in self.captures.values():
            capture.close()


class Settings:
    """How a cluster is run."""

    def __init__(self, kind, programs, ipvs, stand_in_scripts=True):
        self.kind = kind
        self.holdfastd, self.holdfastctl = programs
        self.ipvs = ipvs
        self.stand_in_scripts = stand_in_scripts
        self.certificate = None
        self.more_programs = {}  # director: those that only a new file of it names


class Cluster:
    """A plan, made real.

    with Cluster(plan, texts, settings, stand_ins, client) as cluster: ...
    """

    def __init__(self, plan, texts, settings, stand_ins, client):
        self.plan = plan
        self.settings = settings
        self.stand_ins = stand_ins
        self.client = client
        self.directors = []
        self.servers = {}
        self.watcher = Watcher([vip.address for facts in plan.facts for vip in facts.vips()])
        self.texts = texts
        self._topology = Topology()
        self._switches = {}
        self._hosts = {}
        self._over = threading.Event()
        self._follower = None

    def __enter__(self):
        self._topology.__enter__()
        try:
            self._build()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        self._over.set()
        if self._follower:
            self._follower.join()
        if self.watcher and self.watcher._thread.is_alive():
            self.watcher.close()
        for director in self.directors:
            # Nobody waits for a daemon that does not want to end: they have been killed and starved on purpose.
            for process in director.host.processes:
                process.kill()
            with contextlib.suppress(OSError, AssertionError, AttributeError):
                director.close()
        self._topology.__exit__(AssertionError, AssertionError(), None)

    @property
    def directory(self):
        """A folder of the rehearsal's own."""
        return self._topology.directory

    def _build(self):
        """Makes switches, hosts and directors, and begins to watch them."""
        for segment in self.plan.segments:
            self._switches[segment.name] = self._topology.switch(segment.name, hub=segment.hub)
        for machine in self.plan.machines():
            self._hosts[machine.name] = self._make(machine)
        self._serve()
        for machine, facts in zip(self.plan.directors, self.plan.facts):
            host = self._hosts[machine.name]
            director = Director(machine, host, facts, self.texts[machine.name], self.settings)
            self.directors.append(director)
            self.watcher.add(machine.name, host)
        self.watcher.start()
        self.client.enter(self._hosts["client"].full_name)
        if self.plan.followers:
            self._follower = threading.Thread(target=self._follow, daemon=True)
            self._follower.start()

    def _make(self, machine):
        """Makes one host with its links, addresses and sysctls."""
        links = {interface: (self._switches[name], *addresses)
                 for interface, (name, *addresses) in machine.links.items()}
        host = self._topology.host(machine.name, **links)
        settings = {"net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.default.rp_filter": 0}
        if machine.forwards:
            settings |= {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1}
        if machine.local:
            settings |= {"net.ipv4.conf.all.arp_ignore": 1, "net.ipv4.conf.all.arp_announce": 2}
        for interface in machine.links:
            settings[f"net/ipv4/conf/{interface}/rp_filter"] = 0
        for name, value in settings.items():
            host.set_sysctl(name, value)
        lines = [f"addr add {address}/{128 if ':' in address else 32} dev lo"
                 f"{' nodad' if ':' in address else ''}" for address in machine.local]
        if lines or machine.routes:
            host.ip(*lines, *machine.routes)
        if machine.tunnels:
            self._make_tunnel(host)
        return host

    def _make_tunnel(self, host):
        """The end of ipip tunnels, as real servers of TUN need it."""
        try:
            host.ip("link add hfd-ipip type ipip remote any local any", "link set hfd-ipip up")
            host.set_sysctl("net/ipv4/conf/hfd-ipip/rp_filter", 0)
        except AssertionError:
            try:
                host.ip("link set tunl0 up")
                host.set_sysctl("net/ipv4/conf/tunl0/rp_filter", 0)
            except AssertionError:
                self.plan.note(f"{host.name}: this kernel has no ipip tunnels: what comes through one ends there")

    def _serve(self):
        """Starts every stand-in."""
        if any(stand_in.speaks == "https" for stand_in in self.plan.stand_ins):
            make_certificate(self.settings.certificate, self._names())
        for stand_in in self.plan.stand_ins:
            self.open(stand_in)

    def _names(self):
        """Whom the certificate is for: every name and address that a check may look for in it."""
        names = {block.get("virtualhost") for facts in self.plan.facts for block in facts.root.walk()} - {None}
        addresses = {stand_in.address for stand_in in self.plan.stand_ins if stand_in.speaks == "https"}
        return [f"DNS:{name.partition(':')[0]}" for name in sorted(names)] + [
            f"IP:{address}" for address in sorted(addresses)]

    def open(self, stand_in):
        """Starts a stand-in; on a server of direct routing, for the virtual addresses, too."""
        machine = next(each for each in self.plan.machines() if each.name == stand_in.machine)
        same = [address for address in machine.local if (":" in address) == (":" in stand_in.address)]
        try:
            self.stand_ins.open(self._hosts[machine.name].full_name, stand_in, same)
        except OSError as error:
            self.plan.note(f"nobody answers at {stand_in.address} port {stand_in.port}: {error}")

    def _follow(self):
        """The default route of NAT's servers goes to whoever is master, where no file says how."""
        known = {}
        while not self._over.wait(0.005):
            for name, ways, vip in self.plan.followers:
                holders = [holder for holder in self.watcher.holders(vip) if holder in ways]
                if len(holders) == 1 and known.get(name) != holders[0]:
                    known[name] = holders[0]
                    self._hosts[name].ip(f"route replace default via {ways[holders[0]]}")

    def start(self):
        """Starts all daemons."""
        for director in self.directors:
            director.start()

    def host(self, name):
        """The host of a machine of the plan."""
        return self._hosts[name]

    def director(self, name):
        """The director of a name."""
        return next(director for director in self.directors if director.name == name)

    def owners(self):
        """Who has each virtual address, of those whose daemon acts: {address: [director, ...]}."""
        alive = {director.name for director in self.directors if director.alive}
        return {vip: [name for name in self.watcher.holders(vip) if name in alive] for vip in self.vips()}

    def vips(self):
        """Every virtual address."""
        return list(dict.fromkeys(vip.address for facts in self.plan.facts for vip in facts.vips()))

    def wait(self, condition, limit_s, what):
        """Waits for a condition; as long as all daemons run that should."""
        def true_or_dead():
            """The condition, unless a daemon has ended by itself."""
            for director in self.directors:
                process = director.daemon.process
                if director.alive and process is not None and not process.running:
                    raise AssertionError(f"the daemon of {director.name} has ended:\n{process.output(20)}")
            return condition()
        return wait_until(true_or_dead, limit_s, what)


def make_certificate(path, names):
    """A certificate and its key in a file, signed by itself, for names such as "DNS:www.example.com"."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=stand-in", "-addext", f"subjectAltName={','.join(names)}", "-keyout", f"{path}.key", "-out", f"{path}.crt"],
        check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise OSError(f"openssl makes no certificate: {done.stderr.strip()}")
    path.write_text(pathlib.Path(f"{path}.key").read_text() + pathlib.Path(f"{path}.crt").read_text())


def is_advert(packet):
    """Says whether a captured packet is an advert."""
    return isinstance(packet, Advert)


__all__ = ["Cluster", "Director", "Settings", "Watcher", "is_advert", "make_certificate", "standins"]
