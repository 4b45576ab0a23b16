# SPDX-License-Identifier: Apache-2.0
"""What may happen to a cluster, as data: each scenario with what is done and what is expected of it.

A step is a word of `rehearsal.Rehearsal`: what it does is a method `do_WORD`, or `until_WORD`. The
expectations name a metric of `analysis` and a limit that is computed from the configuration.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Expectation:
    """That a metric is at most a limit."""

    metric: str
    limit: str  # of `Limits`
    text: str


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One misfortune and its end."""

    name: str
    title: str
    story: str  # what is done, and what is to be seen
    steps: tuple
    expectations: tuple = ()
    needs: str = ""  # "pair": two directors; "servers": real servers that are checked


@dataclasses.dataclass(frozen=True)
class Limits:
    """What the configuration promises, in seconds, with what a busy machine may add."""

    down_s: float     # nothing is heard until a backup takes over
    skew_s: float     # a master says good-bye until a backup takes over
    advert_s: float   # from one advert to the next
    check_s: float    # a server is dead until its check says so
    rise_s: float     # it is back until its check says so
    slack_s: float

    def of(self, name):
        """A limit by name."""
        return {
            "nothing": 0.0,
            "slack": self.slack_s,
            "down": self.down_s + self.slack_s,
            "skew": self.skew_s + self.slack_s,
            "advert": self.advert_s + self.slack_s,
            "check": self.check_s + self.slack_s,
            "rise": self.rise_s + self.slack_s,
        }[name]


ONE_HOLDER = Expectation("homeless", "nothing", "each virtual address is on exactly one director at the end")
SILENT_DEATH = (
    Expectation("takeover_s", "down", "the backup has the addresses within the master-down interval"),
    Expectation("downtime_s", "down", "clients wait no longer than that"),
    Expectation("split_s", "slack", "no two directors hold an address at once"),
    Expectation("return_downtime_s", "slack", "clients do not notice the return"),
    ONE_HOLDER,
)

SCENARIOS = (
    Scenario(
        "stop", "The master is stopped", "systemctl stop: it says good-bye, and the backup goes on.",
        ("stop", "until_taken", "observe", "start", "until_settled"),
        (Expectation("takeover_s", "skew", "the backup has the addresses within its skew time"),
         Expectation("downtime_s", "skew", "clients wait no longer than that"),
         Expectation("split_s", "slack", "no two directors hold an address at once"),
         Expectation("return_downtime_s", "slack", "clients do not notice the return"), ONE_HOLDER),
        "pair"),
    Scenario(
        "power", "The master loses its power",
        "The machine is gone without a word; later it is switched on again.",
        ("power_off", "until_taken", "observe", "power_on", "until_settled"), SILENT_DEATH, "pair"),
    Scenario(
        "kill", "The master's daemon is killed",
        "kill -9: the daemon is gone, its kernel still has the addresses and answers for them until the "
        "daemon is started again.",
        ("kill", "until_taken", "observe", "start", "until_settled"),
        (Expectation("takeover_s", "down", "the backup has the addresses within the master-down interval"),
         Expectation("downtime_s", "down", "clients wait no longer than that"),
         Expectation("return_downtime_s", "slack", "clients do not notice the return"), ONE_HOLDER),
        "pair"),
    Scenario(
        "link", "The master's cables are pulled", "Its links go down; later they are put back.",
        ("unplug", "until_taken", "observe", "plug", "until_settled"), SILENT_DEATH, "pair"),
    Scenario(
        "pause", "The master is paused",
        "It gets no CPU for longer than the backup waits, as in a stalled virtual machine, and wakes up "
        "in the belief to be master.",
        ("pause", "until_taken", "observe", "resume", "until_settled"),
        (Expectation("takeover_s", "down", "the backup has the addresses within the master-down interval"),
         Expectation("split_after_s", "advert", "when it wakes up, two masters are there for no longer than an advert"),
         ONE_HOLDER),
        "pair"),
    Scenario(
        "split", "The network falls in two",
        "Every link stays up, but the master is alone on its side; later the network is one again.",
        ("part", "until_taken", "observe", "join", "until_settled"),
        (Expectation("takeover_s", "down", "the backup has the addresses within the master-down interval"),
         Expectation("downtime_s", "down", "clients wait no longer than that"),
         Expectation("split_after_s", "advert", "when it is one again, two masters are there for no longer than an advert"),
         ONE_HOLDER),
        "pair"),
    Scenario(
        "mute", "The master is not heard", "It hears everything; nothing that it sends arrives.",
        ("mute", "until_taken", "observe", "mend", "until_settled"),
        (Expectation("takeover_s", "down", "the backup has the addresses within the master-down interval"),
         Expectation("split_after_s", "advert", "when it is heard again, two masters are there for no longer than an advert"),
         ONE_HOLDER),
        "pair"),
    Scenario(
        "deaf", "The backup hears nothing",
        "What it sends arrives: it makes itself master, and says so to a master that is one already.",
        ("deafen_backup", "until_noticed", "observe", "mend", "until_settled"),
        (Expectation("split_after_s", "advert", "when it hears again, two masters are there for no longer than an advert"),
         ONE_HOLDER),
        "pair"),
    Scenario(
        "server", "A real server dies and returns", "Its port is closed, its connections are reset; later it is back.",
        ("lose_server", "until_down", "observe", "return_servers", "until_up"),
        (Expectation("detection_s", "check", "its check notices within a round and its tries"),
         Expectation("recovery_s", "rise", "it serves again within a round"),
         Expectation("moved", "nothing", "no virtual address moves")),
        "servers"),
    Scenario(
        "servers", "All real servers of a service die and return",
        "The service has nobody left; later all are back.",
        ("lose_servers", "until_down", "observe", "return_servers", "until_up"),
        (Expectation("detection_s", "check", "the checks notice within a round and their tries"),
         Expectation("recovery_s", "rise", "they serve again within a round"),
         Expectation("moved", "nothing", "no virtual address moves")),
        "servers"),
    Scenario(
        "reload", "Every director reads its file again", "Nothing in it has changed, so that nothing may happen.",
        ("reload", "observe", "until_settled"),
        (Expectation("refused", "nothing", "every director takes the file"),
         Expectation("downtime_s", "slack", "clients do not notice"),
         Expectation("moved", "nothing", "no virtual address moves"), ONE_HOLDER)),
)

NEW_FILE = Scenario(
    "new-file", "A new file is loaded", "Every director reads a new file, and later its old one again.",
    ("reload_new", "observe", "until_one_each", "reload_old", "until_settled"),
    (Expectation("refused", "nothing", "every director takes the new file"),
     Expectation("downtime_s", "slack", "clients of addresses that stay do not notice"),
     Expectation("split_s", "slack", "no two directors hold an address at once"), ONE_HOLDER))


def by_name(name):
    """The scenario of a name, or None."""
    return next((scenario for scenario in (*SCENARIOS, NEW_FILE) if scenario.name == name), None)
