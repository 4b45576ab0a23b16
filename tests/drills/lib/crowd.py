# SPDX-License-Identifier: Apache-2.0
"""Two directors with hundreds of virtual routers between them."""

import contextlib
import os
import pathlib
import re
import subprocess

from lib.capture import Capture
from lib.pairs import Director, MySqlLayoutV3
from lib.waiting import wait_until

START_LIMIT_S = 60
VRIDS = 250  # virtual routers on one interface

# Which processors take a frame that comes in, as a mask: Documentation/networking/scaling.rst.
QUEUES = "/sys/class/net/*/queues/rx-0/rps_cpus"

INSTANCE = """vrrp_instance VI_{vrid}_{number} {{
    state BACKUP
    interface {interface}
    virtual_router_id {vrid}
    priority PRIORITY
    version 3
    advert_int {interval}
    virtual_ipaddress {{
        10.{number}.{vrid}.1/32
    }}
}}
"""


def many_layout(count, interval):
    """So many instances on one interface, or on as many as the VRIDs need."""
    text = "global_defs {\n    vrrp_garp_master_refresh 0\n}\n" + "".join(
        INSTANCE.format(vrid=number % VRIDS + 1, number=number // VRIDS, interval=interval,
                        interface=f"eth{number // VRIDS + 1}")
        for number in range(count))
    return type("Many", (MySqlLayoutV3,), {"interval_s": interval, "vip": "10.0.1.1",
                                           "configuration": text})


def lans_of(count):
    """How many interfaces so many instances need."""
    return (count + VRIDS - 1) // VRIDS


class Crowd:
    """Two directors with many instances or addresses.

    layout_of -- what they are configured with
    lans -- how many interfaces they have
    held -- how many addresses a master of all has
    """

    def __init__(self, net, kind, layout_of, lans, held):
        self.count = held
        self.lans = [net.switch(f"lan{number}") for number in range(lans)]
        self.client = net.host("client", eth1=(self.lans[0], "172.16.1.100/24"))
        self.capture = Capture(self.client)
        self.directors = []
        for number, (name, address) in enumerate(layout_of.directors):
            links = {f"eth{lan + 1}": (switch, f"172.17.{lan}.{number + 5}/24")
                     for lan, switch in enumerate(self.lans)}
            links["eth1"] = (self.lans[0], f"{address}/24")
            host = net.host(name, **links)
            text = layout_of.configuration.replace("PRIORITY", str(150 - 50 * number))
            self.directors.append(Director(host, kind, text))
        self.master, self.backup = self.directors

    def start(self):
        """Starts the master first, so that it is one of all before the other looks."""
        for director in self.directors:
            director.daemon.start()
            if director is self.master:
                wait_until(lambda: self.masters(self.master) == self.count, START_LIMIT_S,
                           "master of all")

    @contextlib.contextmanager
    def apart(self):
        """Meanwhile each director has a processor of its own, and the switches work on the second
        one: what a frame costs behind the cable is not the master's."""
        self._place([{0}, {os.cpu_count() - 1}], 1 << (os.cpu_count() - 1))
        try:
            yield
        finally:
            self._place([range(os.cpu_count())] * 2, 0)

    def _place(self, processors, queues):
        for lan in self.lans:
            subprocess.run(["ip", "netns", "exec", lan.full_name, "sh", "-c",
                            f"for queue in {QUEUES}; do echo {queues:x} >$queue; done"], check=True)
        for director, own in zip(self.directors, processors):
            for task in self.tasks(director):
                os.sched_setaffinity(task, own)

    def masters(self, director):
        """How many addresses of instances a director holds."""
        return director.host.run("ip", "-4", "-o", "addr", "show").count(" 10.")

    def boot(self, director):
        """A director that was lost comes back, with nothing in its kernel."""
        for number in range(len(self.lans)):
            director.host.ip(f"addr flush dev eth{number + 1} to 10.0.0.0/8")
            director.host.plug(f"eth{number + 1}")
        director.daemon.start()

    @staticmethod
    def processes(director):
        """The pids of a daemon: itself and its children."""
        own = director.daemon.process.pid
        children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *map(int, children)]

    @classmethod
    def tasks(cls, director):
        """The threads of all its processes."""
        return [int(task.name) for pid in cls.processes(director)
                for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]

    def cpu_s(self, director):
        """CPU seconds that the threads of a daemon have used, to the nanosecond."""
        return sum(int(pathlib.Path(f"/proc/{task}/schedstat").read_text().split()[0])
                   for task in self.tasks(director)) / 1e9

    def memory_kb(self, director):
        """Proportional set size of all its processes."""
        return sum(int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(
            f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
            for pid in self.processes(director))


def transitions(director, since=0, until=float("inf")):
    """The changes of state that the log tells of, as its lines."""
    return [line for line in list(director.daemon.process.log) if since <= line.at <= until
            and re.search(r" -> |Entering \w+ STATE", line.text)]
