# SPDX-License-Identifier: Apache-2.0
"""A virtual_server_group: one virtual server, many services of the kernel."""

import pytest

from lib import ipvs
from lib.daemons import Holdfast
from lib.nginx import Nginx
from lib.topology import Topology
from lib.waiting import SLACK_S, wait_until

pytestmark = [pytest.mark.ipvs, pytest.mark.ours]

SERVER = "10.0.0.7"
CHECKS_LIMIT_S = 4 + 4 * SLACK_S
LINES = ["10.0.0.20-22 80", "fwmark 7 inet", "10.0.0.30 443", "2001:db8::20 80"]
SERVICES = {"-t 10.0.0.20:80", "-t 10.0.0.21:80", "-t 10.0.0.22:80", "-f 7", "-t 10.0.0.30:443",
            "-t [2001:db8::20]:80"}


def configuration(lines):
    """One virtual server of a group with these lines; TUN joins the families."""
    return f"""
virtual_server_group web {{
    {chr(10).join(lines)}
}}
virtual_server group web {{
    protocol TCP
    lb_algo rr
    lb_kind TUN
    delay_loop 1
    real_server {SERVER} 80 {{
        weight 3
        TCP_CHECK {{
            connect_timeout 5
            retry 0
        }}
    }}
}}
"""


def services(host):
    """The kernel's services, and how many servers each has."""
    counts = {}
    for line in ipvs.table(host):
        words = line.split()
        name = " ".join(words[1:3])
        counts[name] = counts.get(name, 0) + (words[0] == "-a")
    return counts


def operations(daemon):
    """Changes that the kernel carried out so far."""
    return daemon.status()["ipvs"]["operations"]


def test_a_group_is_one_virtual_server_of_many_services():
    """All services are there, die and come back together, and a reload touches what differs."""
    with Topology() as net:
        lan = net.switch("lan")
        director = net.host("director", eth1=(lan, "10.0.0.5/24"))
        server = Nginx(net.host("web", eth1=(lan, f"{SERVER}/24")))
        server.start()
        server.wait_ready()
        daemon = Holdfast(director, configuration(LINES))
        daemon.start()
        wait_until(lambda: services(director) == dict.fromkeys(SERVICES, 1), CHECKS_LIMIT_S,
                   "each line has its services")
        (service,) = daemon.status()["services"]
        (real,) = service["servers"]
        assert (service["name"], service["group"]) == ("web/tcp", "web")
        assert len(service["members"]) == len(SERVICES)
        assert all(member["in_kernel"] for member in service["members"])
        assert len(real["checks"]) == 1

        server.kill()
        wait_until(lambda: services(director) == dict.fromkeys(SERVICES, 0), CHECKS_LIMIT_S,
                   "the server is out of all of them")
        server.start()
        wait_until(lambda: services(director) == dict.fromkeys(SERVICES, 1), CHECKS_LIMIT_S,
                   "and in again")

        before = operations(daemon)
        daemon.write_configuration(configuration(LINES + ["10.0.0.40 80"]))
        assert daemon.reload() is None
        wait_until(lambda: services(director) == dict.fromkeys(SERVICES | {"-t 10.0.0.40:80"}, 1),
                   CHECKS_LIMIT_S, "a line more is a service more")
        wait_until(lambda: operations(daemon) == before + 2, CHECKS_LIMIT_S, "the service and its server")
        daemon.write_configuration(configuration(LINES))
        assert daemon.reload() is None
        wait_until(lambda: services(director) == dict.fromkeys(SERVICES, 1), CHECKS_LIMIT_S,
                   "a line less is a service less")
        wait_until(lambda: operations(daemon) == before + 3, CHECKS_LIMIT_S, "the service with its server")
