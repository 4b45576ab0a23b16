# SPDX-License-Identifier: Apache-2.0
"""holdfast-drill's command line: holdfast-drill(8)."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from holdfast_drill import facts as facts_module
from holdfast_drill import apart, html, kernel, namespace, plan as plan_module, scenarios, text, twin
from holdfast_drill.cluster import Cluster, Settings
from holdfast_drill.daemons import one_keyword_a_line
from holdfast_drill.probes import Client
from holdfast_drill.rehearsal import Rehearsal, Skipped
from holdfast_drill.pages import digest_of
from holdfast_drill.standins import StandIns
from holdfast_drill.tracked import Tracked
from holdfast_drill.waiting import SLACK_S

EXIT_AS_EXPECTED, EXIT_NOT, EXIT_USAGE = 0, 1, 2
NOT_DONE = (AssertionError, OSError, EOFError, subprocess.SubprocessError)  # what ends a rehearsal
KINDS = {"holdfast": ("holdfast",), "keepalived": ("keepalived",), "both": ("holdfast", "keepalived")}


def say(line=""):
    """Prints a line at once."""
    print(line, flush=True)


class UsageError(Exception):
    """What cannot be rehearsed as it was asked for."""


def parse(arguments):
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        prog="holdfast-drill", description="Rehearses a failover of a cluster's own configuration files, "
        "in network namespaces; nothing outside is touched.")
    parser.add_argument("files", nargs="*", metavar="[NAME=]FILE",
                        help="a director's configuration; NAME is its host name, which @NAME lines are for")
    parser.add_argument("--twin", action="store_true",
                        help="with one file: make the second director's of it")
    parser.add_argument("--daemon", choices=KINDS, default="holdfast", help="what runs on the directors")
    parser.add_argument("--scenario", action="append", metavar="NAME", default=[],
                        help="run this one only; may be given several times")
    parser.add_argument("--list", action="store_true", help="print the scenarios and exit")
    parser.add_argument("--plan", action="store_true", help="print the network that would be built and exit")
    parser.add_argument("--reload", action="append", metavar="[NAME=]FILE", default=[],
                        help="a new file, in the order of the directors: the scenario new-file loads it")
    parser.add_argument("--keep-going", action="store_true", help="go on behind a scenario that was not as expected (--daemon both does)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, help="write report.txt, .json and .html there")
    parser.add_argument("--seed", type=int, default=1, help="which server dies, and of which service (default: 1)")
    parser.add_argument("--scripts", choices=("stand-in", "run"), default="stand-in",
                        help="programs that the files name: a stand-in that succeeds, or they themselves")
    parser.add_argument("--interval", type=float, metavar="MS", default=1.0,
                        help="between two requests of the client to each target (default: 1)")
    parser.add_argument("--connections", type=int, metavar="N", default=5,
                        help="that are held open through each TCP service (default: 5)")
    parser.add_argument("--patience", type=float, metavar="S",
                        help="how long a cluster may take to be back to normal (default: by its timers)")
    parser.add_argument("--tidy", action="store_true",
                        help="only remove what runs that were killed have left, and exit")
    parser.add_argument("--slack", type=float, metavar="MS", default=SLACK_S * 1000,
                        help=f"what a busy machine may be late (default: {SLACK_S * 1000:.0f})")
    options = parser.parse_args(arguments)
    for name, least, most in (("interval", 0.1, 60_000), ("connections", 0, 1000), ("slack", 0, 3_600_000),
                              ("patience", 0.1, 86_400)):
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            parser.error(f"--{name}: {value:g} is outside {least:g}..{most:g}")
    for name in options.scenario:
        if scenarios.by_name(name) is None:
            parser.error(f"there is no scenario {name}; holdfast-drill --list prints them")
    # Beside each other stands what both have gone through.
    options.keep_going |= options.daemon == "both"
    return options


def programs():
    """Where holdfastd and holdfastctl are: of the build that this is run from, else the installed ones."""
    top = pathlib.Path(__file__).resolve().parents[2]
    build = top / os.environ.get("HOLDFAST_BUILD", "build")
    if (build / "holdfastd").exists():
        return build / "holdfastd", build / "holdfastctl"
    found = []
    for name in ("holdfastd", "holdfastctl"):
        path = os.environ.get(f"HOLDFAST_{name.upper()}") or shutil.which(
            name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
        if not path:
            raise UsageError(f"there is no {name}: holdfast-drill reads configurations with it")
        found.append(pathlib.Path(path))
    return tuple(found)


def split_name(argument):
    """`NAME=FILE` as (name or None, path)."""
    match = re.match(r"([A-Za-z0-9][A-Za-z0-9-]{0,15})=(.+)", argument)
    name, file = (match.group(1), match.group(2)) if match else (None, argument)
    path = pathlib.Path(file)
    if not path.is_file():
        raise UsageError(f"there is no file {file}")
    return name, path


def name_directors(given, holdfastd):
    """Gives each file its director's name: what was said, else its router_id, else lb1, lb2, ..."""
    names = []
    for number, (name, path) in enumerate(given):
        if name is None:
            known = facts_module.read(holdfastd, path, f"lb{number + 1}").router_id or ""
            known = re.sub(r"[^A-Za-z0-9-]", "-", known.partition(".")[0])[:15]
            name = known if re.match(r"[A-Za-z0-9]", known) and known not in names + ["client"] else f"lb{number + 1}"
        if name in names:
            raise UsageError(f"two directors have the name {name}")
        names.append(name)
    return names


class Cast:
    """Who takes part: each director's name, file, text and facts."""

    def __init__(self, options, holdfastd, work):
        given = [split_name(argument) for argument in options.files]
        if not given:
            raise UsageError("which configuration files? See holdfast-drill --help")
        if options.twin and len(given) != 1:
            raise UsageError("--twin makes a second file of one")
        names = name_directors(given, holdfastd)
        self.facts = [facts_module.read(holdfastd, path, name) for name, (_, path) in zip(names, given)]
        self.texts = {name: facts_module.text_of(path) for name, (_, path) in zip(names, given)}
        self.files = {facts.name: {"name": facts.name, "file": str(path)}  # as they were given, for the report
                      for facts, (_, path) in zip(self.facts, given)}
        self.notes = []
        if options.twin:
            self._add_twin(holdfastd, work)
        for facts in self.facts:
            if not facts.instances and not facts.services:
                raise UsageError(f"{facts.file} has no vrrp_instance and no virtual_server: there is nothing to rehearse")
            self.texts[facts.name] = self._with_pages(self.texts[facts.name], facts)
        self.news = {}  # director: (text, path) of the file that it loads later
        self.new_facts = []
        self._read_news(options, holdfastd)

    def _add_twin(self, holdfastd, work):
        """Makes the second director's file of the only one."""
        first = self.facts[0]
        name = re.sub(r"1$", "2", first.name) if first.name.endswith("1") else f"{first.name[:12]}-2"
        written = twin.derive(self.texts[first.name], first, name)
        # Beside links to what is beside the original: includes are found there, too.
        folder = work / "twin"
        folder.mkdir()
        original = pathlib.Path(first.file).resolve()
        for entry in original.parent.iterdir():
            (folder / entry.name).symlink_to(entry)
        path = folder / original.name
        path.unlink()
        facts_module.write_text(path, written)
        self.facts.append(facts_module.read(holdfastd, path, name))
        self.texts[name] = written
        self.files[name] = {"name": name, "file": self.files[first.name]["file"], "twin_of": first.name}
        self.notes.append(f"{name} has no file of its own: it is made of that of {first.name}, with a lower "
                          "priority, as BACKUP, and with unicast source and peer in each other's place")

    def _with_pages(self, words, facts):
        """A text in which each digest, which is that of a page that only the real server has, is the stand-in's."""
        for url in facts.root.walk():
            known = url.get("digest") if url.keyword == "url" else None
            if not known:
                continue
            ours = digest_of(*facts_module.page_of(url))
            if known in words:
                words = words.replace(known, ours)
                note = f"{facts.name}: the digest {known} of {url.get('path', '/')} is that of the stand-in's page instead"
            elif ours in words:
                continue
            else:
                note = (f"{facts.name}: the digest {known} of {url.get('path', '/')} stands in an included file: no "
                        "stand-in's page has it, its check fails")
            if note not in self.notes:
                self.notes.append(note)
        return words

    def _read_news(self, options, holdfastd):
        """The files of --reload. One that holdfastd refuses is rehearsed: that it does."""
        for number, argument in enumerate(options.reload):
            name, path = split_name(argument)
            if name is None:
                if number >= len(self.facts):
                    raise UsageError("--reload: there are more new files than directors")
                name = self.facts[number].name
            if name not in self.texts:
                raise UsageError(f"--reload: there is no director {name}")
            words = facts_module.text_of(path)
            try:
                facts = facts_module.read(holdfastd, path, name)
            except facts_module.FactsError as error:
                if options.daemon != "holdfast":  # nobody knows which programs keepalived would find in it
                    raise UsageError(f"--reload: {error}") from error
            else:
                self.new_facts.append(facts)
                words = self._with_pages(words, facts)
            self.news[name] = (words, path)


def chosen_scenarios(options):
    """The scenarios that were asked for."""
    if options.scenario:
        return [scenarios.by_name(name) for name in options.scenario]
    return [*scenarios.SCENARIOS, *([scenarios.NEW_FILE] if options.reload else [])]


def translated(words, kind):
    """A configuration as a daemon must be given it; whether that is another text."""
    if kind == "keepalived" and any(line.count("{") + line.count("}") >= 2 for line in words.splitlines()):
        return one_keyword_a_line(words), True
    return words, False


def described(plan):
    """The network of a plan, as data for the reports."""
    segments = []
    for segment in plan.segments:
        members = [{"machine": machine.name, "role": machine.role, "interface": interface, "addresses": addresses}
                   for machine in plan.machines() for interface, (name, *addresses) in machine.links.items()
                   if name == segment.name]
        segments.append({"name": segment.name, "networks": [str(network) for network in segment.networks],
                         "members": members})
    return {"segments": segments,
            "stand_ins": [{"machine": each.machine, "address": each.address, "port": each.port,
                           "speaks": each.speaks} for each in plan.stand_ins]}


def asked_text(plan, options):
    """What the client does, in words."""
    if not plan.targets:
        return "The files name no virtual address that a client could ask."
    kinds = {target.kind for target in plan.targets}
    words = {"echo": "ICMP echo to the addresses themselves, which whoever holds one answers",
             "tcp": "TCP connections through the virtual services, answered by a real server's stand-in",
             "udp": "datagrams through the virtual services, answered by a real server's stand-in"}
    return (f"The client sends a request every {options.interval:g} ms to each of "
            f"{', '.join(target.name for target in plan.targets)}: "
            + "; ".join(words[kind] for kind in ("echo", "tcp", "udp") if kind in kinds)
            + ". A time without an answer is the client's downtime.")


class Run:
    """One rehearsal from start to end, with one or both daemons."""

    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.programs = programs()
        self.cast = Cast(options, self.programs[0], work)
        self.ipvs = kernel.has_ipvs()
        self.report = {"format": 1, "program": "holdfast-drill", "began": time.time(),
                       "directors": list(self.cast.files.values()),
                       "daemons": list(KINDS[options.daemon]), "ipvs": self.ipvs, "seed": options.seed,
                       "scenarios": [], "skipped": [], "errors": [], "notes": list(self.cast.notes)}

    def plan(self):
        """The network, planned anew."""
        return plan_module.make(self.cast.facts, self.ipvs, self.cast.new_facts)

    def news_for(self, kind):
        """The new files as a daemon must be given them: {director: (text, path)}."""
        return {name: (translated(words, kind)[0], path) for name, (words, path) in self.cast.news.items()}

    def all(self):
        """Runs everything; returns whether all was as expected."""
        for kind in self.report["daemons"]:
            if kind == "keepalived" and not pathlib.Path("/usr/sbin/keepalived").exists():
                raise UsageError("keepalived is not installed")
        good = True
        for kind in self.report["daemons"]:
            good = self._guarded(kind) and good
        self.report["ended"] = time.time()
        self.report["ok"] = good
        return good

    def _guarded(self, kind):
        """Runs everything with one daemon; what ends it is put down, so that nothing that was measured is lost."""
        try:
            return self._with(kind)
        except NOT_DONE as error:
            self.report["errors"].append({"daemon": kind, "why": str(error)})
            print(f"holdfast-drill: the rehearsal of {kind} could not go on: {error}", file=sys.stderr)
            return False

    def _with(self, kind):
        """Builds the network and runs every scenario with one daemon; says whether all was as expected."""
        plan = self.plan()
        self.report["network"] = described(plan)
        self.report["asked"] = asked_text(plan, self.options)
        texts = {}
        for name, words in self.cast.texts.items():
            texts[name], other = translated(words, kind)
            if other:
                plan.note(f"keepalived reads one keyword a line: {name} is given its file written so")
        if kind == "keepalived" and not self.ipvs:
            plan.note("keepalived ends where the kernel has no IPVS: it runs with --vrrp, and checks nothing")
        settings = Settings(kind, self.programs, self.ipvs, self.options.scripts == "stand-in")
        settings.more_programs = {facts.name: facts.programs for facts in self.cast.new_facts}
        settings.certificate = self.work / f"{kind}.pem"
        with contextlib.ExitStack() as stack:
            # Before any thread: they are forked.
            stand_ins = StandIns(settings.certificate)
            stack.callback(stand_ins.end)
            stack.callback(Tracked(plan.processes, self.work / f"{kind}.tracked").end)
            client = Client()
            stack.callback(client.end)
            cluster = stack.enter_context(Cluster(plan, texts, settings, stand_ins, client))
            for director in cluster.directors:
                if director.replaced:
                    plan.note(f"{director.name}: {', '.join(director.replaced)} {'is' if len(director.replaced) == 1 else 'are'} "
                              "a stand-in that succeeds (--scripts run: the programs themselves)")
                if director.missing:
                    plan.note(f"{director.name}: {', '.join(director.missing)} cannot be stood in for")
            return self._rehearse(cluster, plan)

    def _rehearse(self, cluster, plan):
        """Runs the scenarios on a cluster that is built."""
        kind = cluster.settings.kind
        rehearsal = Rehearsal(cluster, self.options.slack / 1000, self.options.interval / 1000,
                              self.options.connections if self.ipvs else 0, self.options.seed, self.news_for(kind), self.options.patience)
        say(f"{kind}: {len(plan.directors)} directors, {len(plan.servers)} real servers, "
            f"{len(plan.segments)} networks; waiting until it serves")
        try:
            rehearsal.begin()
        finally:
            self.report["notes"] += [note for note in plan.notes if note not in self.report["notes"]]
        self.report["up"] = [
            {"director": director.name, "service": service, "server": server}
            for director in cluster.directors for _, service, server, state, _ in director.servers() if state == "UP"]
        good = True
        for scenario in chosen_scenarios(self.options):
            try:
                record = rehearsal.run(scenario)
            except Skipped as reason:
                self.report["skipped"].append({"name": scenario.name, "daemon": kind, "why": str(reason)})
                continue
            self.report["scenarios"].append(record)
            say(text.scenario(record))
            good = good and record["ok"]
            if record["error"] or not (record["ok"] or self.options.keep_going):
                break  # after an error the cluster is in no state that is known
        return good

    def write(self):
        """Leaves the reports in the folder that was asked for."""
        folder = self.options.out
        if folder is None:
            return
        texts = {"report.json": json.dumps(self.report, indent=1) + "\n", "report.txt": text.whole(self.report),
                 "report.html": html.page(self.report)}
        with apart.uninterrupted():  # half a report, under a name that nobody knows, would stay
            for name, words in texts.items():
                with tempfile.NamedTemporaryFile("w", dir=folder, prefix=f".{name}.", delete=False, encoding="utf-8",
                                                 errors="backslashreplace") as file:
                    file.write(words)
                os.chmod(file.name, 0o644)
                os.replace(file.name, folder / name)  # a link that stands there is not followed
        say(f"The reports are in {folder}: report.html, report.txt, report.json")


def list_scenarios():
    """Prints each scenario with what it does."""
    for scenario in (*scenarios.SCENARIOS, scenarios.NEW_FILE):
        say(f"{scenario.name:<9} {scenario.title}. {scenario.story}")


def guarded(function):
    """Runs a function that returns an exit status; what it complains about becomes a line, and a status."""
    try:
        return function()
    except (UsageError, facts_module.FactsError) as error:
        print(f"holdfast-drill: {error}", file=sys.stderr)
        return EXIT_USAGE
    except NOT_DONE as error:
        print(f"holdfast-drill: the rehearsal could not go on: {error}", file=sys.stderr)
        return EXIT_NOT


def show_plan(run):
    """Prints the network that would be built, and what is not as in reality."""
    plan = run.plan()
    say(text.network(described(plan)))
    say(text.notes({"notes": plan.notes + run.cast.notes}))
    return EXIT_AS_EXPECTED


def make_out(folder):
    """Makes the folder for the reports: it had better be known now than after the rehearsal that there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"--out: no report can be written to {folder}: {error.strerror}") from error


def rehearse(options):
    """Does what the options say, apart from the machine; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # names need not be UTF-8
    if options.out:
        make_out(options.out)
    work = namespace.make_folder()
    work.chmod(0o755)
    run = Run(options, work)
    if options.plan:
        return show_plan(run)
    good = run.all()
    report = run.report
    if report["notes"]:
        say(text.heading("What is not as in reality") + "\n" + text.notes(report))
    if len(report["daemons"]) > 1:
        say(text.heading("Side by side") + "\n" + text.comparison(report))
    say(text.heading("In short") + "\n" + text.summary(report))
    run.write()
    return EXIT_AS_EXPECTED if good else EXIT_NOT


def start(options):
    """Looks whether it can be done at all, removes what was left, and does it; returns the exit status."""
    if os.geteuid() != 0:
        raise UsageError("it makes network namespaces, which needs root")
    for program in ("ip",):
        if shutil.which(program) is None:
            raise UsageError(f"the program {program} is missing (Debian: iproute2)")
    apart.hold_signals()  # until they have who removes what is made from here on
    namespace.remove_stale()
    if options.tidy:
        return EXIT_AS_EXPECTED
    folder = namespace.make_folder()
    try:
        return apart.run(folder, lambda: guarded(lambda: rehearse(options)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments=None):
    """The program; returns its exit status."""
    options = parse(arguments)
    if options.list:
        list_scenarios()
        return EXIT_AS_EXPECTED
    return guarded(lambda: start(options))
