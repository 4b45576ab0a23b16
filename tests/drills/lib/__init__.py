# SPDX-License-Identifier: Apache-2.0
"""The drills' library: what a drill needs to read like its own description.

topology   hosts (namespaces) on switches, links that go up and down
process    programs that run on a host, with a log whose lines have a time
daemons    holdfastd, keepalived, FRR's vrrpd, nginx and MariaDB, each with its configuration
capture    adverts and ARP off the wire, with the kernel's time stamps
netlink    what a host's programs write to the kernel
clients    single requests, and a steady load of them
ipvs       the kernel's table, as ipvsadm saves it
pairs      the seed's two installations: the MySQL pair and the web pair
waiting    polling for a condition, with a limit

topology, process, capture, waiting and what is below them are those of holdfast-drill, in the folder `drill`.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "drill"))
