# SPDX-License-Identifier: Apache-2.0
"""Scenarios on a running cluster: what is done, and the recording of what came of it."""

import contextlib
import random
import time

from holdfast_drill import analysis
from holdfast_drill.cluster import is_advert
from holdfast_drill.plan import SPEAKS
from holdfast_drill.scenarios import Limits
from holdfast_drill.waiting import hold, wait_until

BEFORE_S = 0.4  # that clients are served before anything happens
START_LIMIT_S = 30
PACKETS_KEPT = 2000  # of each kind and director, in the report
GAPS_KEPT = 200


class Skipped(Exception):
    """A scenario that has no meaning for a cluster; the text says why."""


def limits_of(facts, slack_s, service=None):
    """What the configurations promise."""
    instances = [instance for each in facts for instance in each.instances]
    checks = [check for server in (service.servers if service else ()) for check in server.checks]
    return Limits(
        down_s=max((instance.down_s for instance in instances), default=0.0),
        skew_s=max((instance.skew_s for instance in instances), default=0.0),
        advert_s=max((instance.advert_s for instance in instances), default=0.0),
        check_s=max((check.longest_s for check in checks), default=0.0),
        rise_s=max((check.longest_s for check in checks), default=0.0),
        slack_s=slack_s)


class Rehearsal:
    """Runs scenarios on a cluster, one after the other.

    news -- {director: (text, path)} of files for the scenario new-file
    """

    def __init__(self, cluster, slack_s, interval_s, flows, seed, news=None, patience_s=None):
        self.cluster = cluster
        self.facts = cluster.plan.facts
        self.slack_s = slack_s
        self.interval_s = interval_s
        self.flows = flows
        self.news = news or {}
        self.patience_s = patience_s
        self._random = random.Random(seed)
        self.watch = lambda step: None  # is told of each step that is done
        self._record = None
        self._victim = self._backup = None
        self._service = None
        self._lost = []
        self._normal = {}

    # ---- The course of it

    def begin(self):
        """Starts the daemons and waits until the cluster serves."""
        self.cluster.start()
        self._wait_settled(self._patience() + (START_LIMIT_S if self.patience_s is None else 0))
        self._normal = self.cluster.owners()
        self._wait_servers_up()

    def run(self, scenario):
        """Runs one scenario; returns its recording. It may raise Skipped."""
        self._choose(scenario)
        limits = limits_of(self.facts, self.slack_s, self._service)
        began = time.time()
        self._record = {
            "name": scenario.name, "title": scenario.title, "story": scenario.story,
            "daemon": self.cluster.settings.kind, "kind": scenario.needs,
            "victim": self._victim.name if self._victim else "", "service": self._service.name if self._service else "",
            "began": began, "fault": None, "repair": None, "marks": [], "refusals": [], "error": None,
            "ignored": []}
        targets = self.cluster.plan.targets
        if targets:
            self.cluster.client.start(targets, self.interval_s, self.flows)
        answers, flows = [], []
        try:
            time.sleep(BEFORE_S)
            self._step(scenario.steps)
            hold(lambda: True, BEFORE_S, "clients go on for a while")
        except (AssertionError, OSError) as error:
            self._record["error"] = str(error)
        finally:
            if targets:
                answers, flows = self.cluster.client.stop()
        self._finish(answers, flows, scenario, limits)
        return self._record

    def _step(self, steps):
        """Does one step after the other, each by the method of its name."""
        for step in steps:
            function = getattr(self, step if step.startswith("until_") or step == "observe" else f"do_{step}")
            function()
            self.watch(step)

    def _choose(self, scenario):
        """Whom it meets: the director that holds most addresses; a service whose servers are checked."""
        self._victim = self._backup = self._service = None
        self._lost = []
        owners = self.cluster.owners()
        held = {director.name: sum(holders == [director.name] for holders in owners.values())
                for director in self.cluster.directors}
        best = max(self.cluster.directors, key=lambda director: held[director.name])
        others = [director for director in self.cluster.directors if director is not best]
        if scenario.needs == "pair":
            if not others or not owners:
                raise Skipped("it needs two directors with a virtual address")
            self._victim, self._backup = best, others[0]
        elif scenario.needs == "servers":
            self._service = self._pick_service(best)
        elif scenario.name == "new-file" and not self.news:
            raise Skipped("no new file is given (--reload)")
        if scenario.name in ("mute", "deaf") and not best.host.can_lose():
            raise Skipped("this kernel or machine lacks nftables for one direction of an interface")

    def _pick_service(self, director):
        """A service whose real servers can die and be missed, by the seed."""
        if self.cluster.settings.kind == "keepalived" and not self.cluster.settings.ipvs:
            raise Skipped("keepalived checks nothing on a kernel without IPVS")
        candidates = [service for service in director.facts.services if len(service.servers) > 1
                      and all(any(check.kind in SPEAKS for check in server.checks) for server in service.servers)]
        if not candidates:
            raise Skipped("no service has two real servers with checks that a stand-in answers")
        quickest = min(max(check.longest_s for server in service.servers for check in server.checks)
                       for service in candidates)
        return self._random.choice([service for service in candidates if max(
            check.longest_s for server in service.servers for check in server.checks) == quickest])

    def _stand_ins_of(self, server):
        """The stand-ins whose end its checks notice."""
        asked = {(check.address, check.port) for check in server.checks} | {(server.address, server.port)}
        return [stand_in for stand_in in self.cluster.plan.stand_ins
                if (stand_in.address, stand_in.port) in asked]

    def _mark(self, text, at=None):
        """Puts a moment into the recording."""
        self._record["marks"].append({"at": at or time.time(), "text": text})

    def _fault(self, at, text):
        """Puts the fault down: all times are counted from it."""
        self._record["fault"] = at
        self._mark(text, at)

    def _repair(self, at, text):
        """Puts down when all is well again."""
        self._record["repair"] = at
        self._mark(text, at)

    def _patience(self):
        """How long a cluster may take to settle again: every timer that the files name."""
        if self.patience_s is not None:
            return self.patience_s
        instances = [instance for each in self.facts for instance in each.instances]
        return 2 * max((instance.down_s for instance in instances), default=0.0) + max(
            (instance.preempt_delay_s for instance in instances if instance.preempts), default=0.0) + 5 + self.slack_s

    # ---- What is done

    def do_stop(self):
        """systemctl stop on the victim."""
        self._fault(self._victim.stop(), f"{self._victim.name} is stopped")

    def do_start(self):
        """systemctl start on the victim."""
        self._repair(self._victim.start(), f"the daemon of {self._victim.name} is started")

    def do_kill(self):
        """kill -9 of the victim's daemon; its kernel keeps the addresses."""
        self._fault(self._victim.kill(), f"the daemon of {self._victim.name} is killed")

    def do_power_off(self):
        """The victim is gone without a word."""
        self._fault(self._victim.power_off(), f"{self._victim.name} loses its power")

    def do_power_on(self):
        """The victim boots, with nothing left in its kernel."""
        self._repair(self._victim.power_on(), f"{self._victim.name} is switched on")

    def do_unplug(self):
        """The victim's links go down."""
        self._fault(self._victim.unplug(), f"the cables of {self._victim.name} are pulled")

    def do_plug(self):
        """Its links come up."""
        self._repair(self._victim.plug(), "the cables are back")

    def do_pause(self):
        """The victim's daemon gets no CPU."""
        self._fault(self._victim.pause(), f"{self._victim.name} is paused")

    def do_resume(self):
        """It gets CPU again, and does not know how long it slept."""
        self._repair(self._victim.resume(), f"{self._victim.name} goes on")

    def do_part(self):
        """The victim is cut off, and its links stay up."""
        self._fault(self._victim.part(), f"{self._victim.name} is alone on its side of the network")

    def do_join(self):
        """It is not cut off any more."""
        self._repair(self._victim.join(), "the network is one again")

    def do_mute(self):
        """What the victim sends is lost."""
        self._fault(self._victim.mute(), f"nothing that {self._victim.name} sends arrives")

    def do_deafen_backup(self):
        """What is sent to the backup is lost."""
        self._fault(self._backup.deafen(), f"{self._backup.name} hears nothing")

    def do_mend(self):
        """Nothing is lost any more, of whoever it was."""
        broken = self._backup if self._record["name"] == "deaf" else self._victim
        self._repair(broken.mend(), "both directions work again")

    def do_lose_server(self):
        """One real server of the service dies, which one by the seed."""
        server = self._random.choice(self._service.servers)
        self._lose([server], f"the server {server.address} of {self._service.name} dies")

    def do_lose_servers(self):
        """Every real server of the service dies."""
        self._lose(self._service.servers, f"all servers of {self._service.name} die")

    def _lose(self, servers, text):
        """Closes the ports of real servers, and resets their connections."""
        self._fault(time.time(), text)
        self._lost = list(servers)
        for server in servers:
            for stand_in in self._stand_ins_of(server):
                if self.cluster.stand_ins.is_open(stand_in):
                    self.cluster.stand_ins.close(stand_in)

    def do_return_servers(self):
        """The ports that were closed are opened again."""
        self._repair(time.time(), "what died is back")
        for server in self._lost:
            for stand_in in self._stand_ins_of(server):
                if not self.cluster.stand_ins.is_open(stand_in):
                    self.cluster.open(stand_in)

    def do_reload(self):
        """Each daemon reads the file that it has."""
        self._fault(time.time(), "every director reads its file again")
        for director in self.cluster.directors:
            self._reload(director)

    def do_reload_new(self):
        """Each daemon that has a new file reads it."""
        self._fault(time.time(), "every director reads its new file")
        for director in self.cluster.directors:
            if director.name in self.news:
                self._reload(director, *self.news[director.name])

    def do_reload_old(self):
        """Each of these reads its old file again."""
        self._repair(time.time(), "every director reads its old file again")
        for director in self.cluster.directors:
            if director.name in self.news:
                self._reload(director, self.cluster.texts[director.name])

    def _reload(self, director, text=None, original=None):
        """Makes a daemon read a file, and puts a refusal down."""
        at, refusal = director.reload(text, original)
        if refusal:
            self._record["refusals"].append(f"{director.name}: {refusal.strip()}")
            self._mark(f"{director.name} refuses the file", at)

    # ---- What is waited for

    def observe(self):
        """Looks on for a while: as long as an advert takes, and a moment more."""
        time.sleep(min(1.0, max([instance.advert_s for each in self.facts for instance in each.instances] or [0.3])))

    def until_taken(self):
        """Somebody else has every address of the victim."""
        mine = [vip for vip in analysis_vips(self.cluster, self._victim, self._record["fault"])]
        def taken():
            """Somebody else has each of them."""
            return all(any(name != self._victim.name for name in self.cluster.watcher.holders(vip)) for vip in mine)
        self.cluster.wait(taken, self._patience(), f"another director has what {self._victim.name} had")

    def until_noticed(self):
        """The backup has noticed that it hears nobody: it is master of something, or in fault."""
        since = self._record["fault"]
        self.cluster.wait(lambda: any(state in ("MASTER", "FAULT") for _, _, state, _ in
                                      self._backup.states(since)), self._patience(),
                          f"{self._backup.name} notices that it is deaf")

    def until_one_each(self):
        """Every address that is held is on one director."""
        self.cluster.wait(lambda: all(len(holders) <= 1 for holders in self.cluster.owners().values())
                          and any(self.cluster.owners().values()),
                          self._patience(), "each address is on one director")

    def until_settled(self):
        """Each address is on one director, on the one that should have it, and stays there."""
        self._wait_settled(self._patience())
        self._mark("back to normal")

    def _wait_settled(self, limit_s):
        """Waits until the cluster is back to normal for a while, not for a moment."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                self.cluster.wait(self._is_settled, max(deadline - time.monotonic(), 0.1),
                                  "each virtual address is on one director")
            except AssertionError as error:
                raise AssertionError(f"{error}: {self._shown_owners()}") from error
            with contextlib.suppress(AssertionError):
                hold(self._is_settled, min(2 * self.slack_s, 0.5), "it stays there")
                return

    def _is_settled(self):
        """Says whether each address is on one director, and on the right one where that is known."""
        owners = self.cluster.owners()
        if any(len(holders) != 1 for holders in owners.values()):
            return False
        if not self._preempts() or not self._normal:
            return True
        return owners == self._normal

    def _preempts(self):
        """Says whether every instance takes its addresses back."""
        return all(instance.preempts for each in self.facts for instance in each.instances)

    def _shown_owners(self):
        """Who has which address, in words."""
        owners = ", ".join(f"{vip} on {' and '.join(holders) or 'nobody'}"
                           for vip, holders in self.cluster.owners().items()) or "there are none"
        last = {(director.name, instance): (state, why) for director in self.cluster.directors
                for _, instance, state, why in director.states()}
        faults = [f"{instance} of {name} is in FAULT ({why})" for (name, instance), (state, why) in last.items()
                  if state == "FAULT"]
        return "; ".join([owners, *faults])

    def until_down(self):
        """Every director has noticed that the servers are down."""
        self._record["noticed_s"] = self._wait_checks("DOWN", self._record["fault"])

    def until_up(self):
        """Every director has noticed that they are up."""
        self._record["recovered_s"] = self._wait_checks("UP", self._record["repair"])

    def _wait_checks(self, state, since):
        """Waits until every director has found the lost servers up or down; returns how long the last one took."""
        def heard():
            """Every director has said so of every server."""
            return all(any(what == state and _is_server(text, server)
                           for _, _, text, what, _ in director.servers(since))
                       for director in self.cluster.directors for server in self._lost)
        limit = limits_of(self.facts, self.slack_s, self._service).check_s * 2 + 5 + self.slack_s
        self.cluster.wait(heard, limit, f"every director notices that the server is {state}")
        latest = max(min(at for at, _, text, what, _ in director.servers(since)
                         if what == state and _is_server(text, server))
                     for director in self.cluster.directors for server in self._lost)
        return latest - since

    def _wait_servers_up(self):
        """Waits until nothing is down that has a stand-in; what stays down is noted."""
        def down():
            """What is down now, or has not been found up."""
            found = set()
            for director in self.cluster.directors:
                last = {}
                for _, service, server, state, _ in director.servers():
                    last[(service, server)] = state
                found |= {f"{director.name}: {server} of {service}" for (service, server), state
                          in last.items() if state == "DOWN"}
                # With alpha it is down until its checks say that it is up.
                up = [server for (_, server), state in last.items() if state == "UP"]
                found |= {f"{director.name}: {server.name}" for service in director.facts.services
                          for server in service.servers if any(check.block.has("alpha") for check in server.checks)
                          and not any(_is_server(text, server) for text in up)}
            return found
        rounds = [check.longest_s for each in self.facts for service in each.services
                  for server in service.servers for check in server.checks]
        if not rounds or self.cluster.settings.kind == "keepalived" and not self.cluster.settings.ipvs:
            return
        # What is going to fail at the first try has failed soon: alpha and warmup spread the first tries.
        time.sleep(min(1.0, max(rounds)))
        try:
            wait_until(lambda: not down(), min(max(rounds), 30) + self.slack_s, "the servers are up")
        except AssertionError:
            for text in sorted(down()):
                self.cluster.plan.note(f"{text} is down from the start: its stand-in is not what the check asks for")

    # ---- The recording

    def _finish(self, answers, flows, scenario, limits):
        """Makes the recording complete: what was seen, measured and expected."""
        record = self._record
        record["ended"] = time.time()
        record["fault"] = record["fault"] or record["ended"]
        since = record["began"]
        record["vips"] = self.cluster.vips()
        record["holders_at_end"] = self.cluster.owners()
        record["directors"] = [self._director_record(director, since) for director in self.cluster.directors]
        record["targets"] = [self._target_record(answer) for answer in answers]
        record["flows"] = [{"service": flow.service, "opened": flow.opened, "broken": flow.broken}
                           for flow in flows]
        record["checks"] = sorted((
            {"at": at, "director": director.name, "service": service, "server": server, "state": state, "why": why}
            for director in self.cluster.directors for at, service, server, state, why in director.servers(since)),
            key=lambda each: each["at"])
        record["metrics"] = analysis.metrics(record)
        record["expectations"] = analysis.judge(record, scenario, limits)
        record["milestones"] = [[at, text] for at, text in analysis.milestones(record)]
        record["ok"] = record["error"] is None and all(each["ok"] for each in record["expectations"])

    def _director_record(self, director, since):
        """What a director did in a scenario, as data."""
        # The last advert before the fault may be older than the scenario.
        before = 1.5 * max((instance.advert_s for instance in director.facts.instances), default=0.0)
        sent = director.sent(since - before)
        adverts = [{"at": at, "vrid": packet.vrid, "priority": packet.priority}
                   for at, packet in sent if is_advert(packet)]
        announcements = [{"at": at, "vip": packet.sender} for at, packet in sent
                         if not is_advert(packet) and packet.is_gratuitous and at >= since
                         and packet.sender in self._record["vips"]]
        states = director.states()
        before = {}
        for at, instance, state, _ in states:
            if at < since:
                before[instance] = state
        changes = [{"at": since, "instance": instance, "state": state, "why": ""}
                   for instance, state in before.items()]
        changes += [{"at": at, "instance": instance, "state": state, "why": why}
                    for at, instance, state, why in states if at >= since]
        end = self._record["ended"]
        return {"name": director.name, "states": changes,
                "down": [{"from": begin, "to": until or end, "why": why}
                         for begin, until, why in director.down if (until or end) > since],
                "owned": self._owned(director, since, end), "adverts": adverts[:PACKETS_KEPT],
                "announcements": announcements[:PACKETS_KEPT]}

    def _owned(self, director, since, end):
        """When a director had which address, by its kernel's news."""
        periods, open_since = [], {}
        for at, name, vip, got in self.cluster.watcher.events:
            if name != director.name:
                continue
            if got:
                open_since[vip] = at
            elif vip in open_since:
                periods.append((vip, open_since.pop(vip), at))
        periods += [(vip, begin, end) for vip, begin in open_since.items()]
        return [{"vip": vip, "from": begin, "to": until} for vip, begin, until in periods if until >= since]

    def _target_record(self, answers):
        """How a target answered in a scenario, as data."""
        gaps = [{"from": begin, "to": until, "lost": lost, "since": _known(answers.known_good(begin), begin)}
                for begin, until, lost in answers.gaps()]
        holes = [{"from": begin, "to": until} for begin, until in answers.holes()]
        fault = self._record["fault"]
        last = max((at for at in answers.answered if at is not None and at <= fault), default=None)
        return {"name": answers.target.name, "kind": answers.target.kind, "service": answers.target.service,
                "interval_s": self._real_interval(answers), "resolution_s": answers.resolution_s,
                "requests": len(answers.sent), "lost": answers.lost(), "last_before": last,
                "gaps": _longest(gaps), "holes": _longest(holes)}

    @staticmethod
    def _real_interval(answers):
        """How far apart the requests really were, on average."""
        if len(answers.sent) < 2:
            return answers.interval_s
        return (answers.sent[-1] - answers.sent[0]) / (len(answers.sent) - 1)


def _known(at, otherwise):
    """A time, or another one where it is not known."""
    return otherwise if at is None else at


def _longest(periods):
    """The longest of some periods, in their order: a report has an end."""
    longest = sorted(periods, key=lambda each: each["from"] - each["to"])[:GAPS_KEPT]
    return sorted(longest, key=lambda each: each["from"])


def analysis_vips(cluster, director, fault):
    """The addresses that a director had at a time."""
    held = {}
    for at, name, vip, got in cluster.watcher.events:
        if name == director.name and at <= fault:
            held[vip] = got
    return [vip for vip, got in held.items() if got]


def _is_server(text, server):
    """Says whether a name in a log is a server's: 10.0.0.1:80, [fd00::1]:80, or keepalived's [10.0.0.1]:tcp:80."""
    bare = text.replace("[", "").replace("]", "").replace(":tcp:", ":").replace(":udp:", ":")
    return bare in (f"{server.address}:{server.port}", server.address)
