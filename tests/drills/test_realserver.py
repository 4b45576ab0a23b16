# SPDX-License-Identifier: Apache-2.0
"""A real server's virtual addresses: there, silent, and undone exactly."""

import errno
import ipaddress
import json
import os
import pathlib
import socket
import subprocess

import pytest

from lib.daemons import BUILD
from lib.waiting import SLACK_S

TOOL = BUILD / "contrib/realserver/holdfast-realserver"

STORY = r"""
set -eu
export HOLDFAST_REALSERVER_STATE=$1/state
tool=$2
ip link set lo up
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad # no address changes by itself
ip link add port type veth peer name wire
ip link set port up; ip link set wire up
# The kernel makes their own addresses, and says that they are up, a while later.
until [ "$(ip -6 -o addr show scope link -tentative | wc -l) $(ip -o link show up | grep -c 'state UP')" = "2 2" ]; do
    sleep 0.02
done
look() { ip addr; for f in /proc/sys/net/ipv4/conf/*/arp_*; do echo "$f $(cat "$f")"; done; }
look | sed 's/valid_lft.*//' >"$1/before"
before=$1/before
same() { look | sed 's/valid_lft.*//' | diff "$before" -; }
if $tool status 10.9.9.18; then exit 1; fi
$tool start 10.9.9.18 2001:db8::18
$tool start 10.9.9.18 2001:db8:0::18
$tool status 10.9.9.18 2001:db8::18
$tool stop 2001:db8::18
$tool status 10.9.9.18
echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore
if $tool status 10.9.9.18; then exit 1; fi
$tool start 10.9.9.18
$tool stop 10.9.9.18
same
ip addr add 10.9.9.19/32 dev lo
$tool start 10.9.9.19; $tool stop 10.9.9.19
ip addr show dev lo | grep -q 10.9.9.19
"""


def test_what_start_changed_is_undone_exactly(tmp_path):
    done = subprocess.run(["unshare", "-n", "sh", "-c", STORY, "story", tmp_path, TOOL],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# What the seed's article has administrators put into a script, in today's words.
SEED = r"""
set -eu
export HOLDFAST_REALSERVER_STATE=$1/state
ip link set lo up
look() {
    ip -o addr show dev lo | sed -e 's/ deprecated//' -e 's/valid_lft.*//'
    grep . /proc/sys/net/ipv4/conf/all/arp_ignore /proc/sys/net/ipv4/conf/all/arp_announce
}
$2 start 172.16.1.18
look >"$1/tool"
$2 stop 172.16.1.18
ip addr add 172.16.1.18/32 dev lo label lo:18
echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce
look | diff "$1/tool" -
grep -q 172.16.1.18/32 "$1/tool"
"""

# Of one interface alone; beside another address that all interfaces keep silent about.
ONE_INTERFACE = r"""
set -eu
export HOLDFAST_REALSERVER_STATE=$1/state
tool=$2
conf=/proc/sys/net/ipv4/conf
ip link set lo up
ip link add port type veth peer name wire
echo 1 >$conf/port/rp_filter
look() { ip addr show dev lo | sed 's/valid_lft.*//'; grep . $conf/*/arp_* $conf/*/rp_filter; }
values() { cat $conf/$1/arp_ignore $conf/$1/arp_announce $conf/$1/rp_filter | tr -d '
'; }
look >"$1/before"
$tool start --interface port 10.9.9.18
[ "$(values port) $(values all) $(values wire)" = "122 000 000" ]
$tool status 10.9.9.18
$tool start 10.9.9.19
[ "$(values port) $(values all)" = "122 120" ]
$tool start --interface=port 10.9.9.20
$tool stop 10.9.9.18
[ "$(values port)" = 122 ]
$tool start 10.9.9.20
[ "$(values port) $(values all)" = "002 120" ] # .19 needs that of every interface
$tool stop 10.9.9.19
[ "$(values all)" = 120 ]
$tool stop 10.9.9.20
look | diff "$1/before" -
$tool start 10.9.9.18
echo 2 >$conf/all/arp_ignore
$tool stop 10.9.9.18
[ "$(values all)" = 200 ]
"""


@pytest.mark.parametrize("story", [SEED, ONE_INTERFACE], ids=["seed", "one_interface"])
def test_start_sets_what_is_needed_and_nothing_else(tmp_path, story):
    done = subprocess.run(["unshare", "-n", "sh", "-c", story, "story", tmp_path, TOOL],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def filters(host):
    """rp_filter of all interfaces."""
    with host.entered():
        return {path.parent.name: path.read_text().strip()
                for path in pathlib.Path("/proc/sys/net/ipv4/conf").glob("*/rp_filter")}


def answered(client, vip, within_s=15):
    """Whether the client's packets to the address get an answer: that nothing listens there."""
    with client.entered():
        connection = socket.socket()
    with connection:
        connection.settimeout(within_s + SLACK_S)
        return connection.connect_ex((vip, 8000)) == errno.ECONNREFUSED


@pytest.fixture(name="crossed")
def two_networks(net):
    """A real server with the director in one network and the client in the other: questions come by eth1, and
    answers leave by eth2. The director's part, a route to the real server, is a router's here."""
    inside, outside = net.switch("inside"), net.switch("outside")
    client = net.host("client", eth1=(outside, "10.5.2.100/24"))
    director = net.host("lb", eth1=(inside, "10.5.1.1/24"), eth2=(outside, "10.5.2.1/24"))
    server = net.host("web", eth1=(inside, "10.5.1.7/24"), eth2=(outside, "10.5.2.7/24"))
    for host, names in ((director, ("all", "eth1", "eth2")), (client, ("all", "eth1"))):
        for name in names:
            host.set_sysctl(f"net.ipv4.conf.{name}.rp_filter", 0)
    director.set_sysctl("net.ipv4.ip_forward", 1)
    director.ip("route add 10.9.9.0/24 via 10.5.1.7")
    client.ip("route add 10.9.9.0/24 via 10.5.2.1")
    server.ip("link add br0 type bridge", "link add port type veth peer name port2",
              "link set port master br0", "link set port2 master br0")
    for name, value in (("all", 1), ("eth1", 0), ("eth2", 1), ("port", 1), ("br0", 2)):
        server.set_sysctl(f"net.ipv4.conf.{name}.rp_filter", value)
    return client, server


@pytest.mark.ours
def test_a_client_of_another_network_than_the_director_is_answered_though_filters_were_strict(crossed):
    client, server = crossed

    def tool(*words):
        return server.run("env", f"HOLDFAST_REALSERVER_STATE={server.directory}/state", TOOL, *words, check=False)

    before = filters(server)
    server.ip("addr add 10.9.9.18/32 dev lo")
    assert not answered(client, "10.9.9.18", within_s=1)
    said = tool("status", "10.9.9.18")
    assert ("eth1.rp_filter is 0, yet net.ipv4.conf.all.rp_filter is 1; "
            "type: sysctl -w net.ipv4.conf.eth1.rp_filter=2") in said
    assert "eth2.rp_filter is 1; type: sysctl -w net.ipv4.conf.eth2.rp_filter=2" in said
    server.ip("addr del 10.9.9.18/32 dev lo")
    tool("start", "10.9.9.18")
    assert answered(client, "10.9.9.18")
    assert tool("status", "10.9.9.18") == "10.9.9.18: as it should be\n"
    loose = before | {"eth1": "2", "eth2": "2"}
    assert filters(server) == loose  # a bridge's ports do not matter, and br0 was loose
    # Others need the same, with --interface and without: what one needs stays, whichever stops first.
    tool("start", "--interface", "eth1", "10.9.9.20")
    tool("start", "10.9.9.19")
    tool("stop", "10.9.9.18", "10.9.9.20")
    assert filters(server) == loose
    assert answered(client, "10.9.9.19")
    tool("start", "--interface", "eth1", "10.9.9.20")
    tool("stop", "10.9.9.19")
    assert filters(server) == before | {"eth1": "2"}
    tool("stop", "10.9.9.20")
    assert filters(server) == before
    # An interface that comes later is told of, is loosened by another start, and may be gone at the stop.
    tool("start", "10.9.9.18")
    server.ip("link add late type bridge")
    server.set_sysctl("net.ipv4.conf.late.rp_filter", 1)
    assert "late.rp_filter is 1; type: sysctl -w net.ipv4.conf.late.rp_filter=2" in tool("status", "10.9.9.18")
    tool("start", "10.9.9.18")
    assert filters(server) == loose | {"late": "2"}
    server.ip("link del late")
    assert tool("status", "10.9.9.18") == "10.9.9.18: as it should be\n"
    tool("stop", "--all")
    assert filters(server) == before
    assert not list((server.directory / "state/held").iterdir())


# An `ip` that kills the tool, with all that it started, before or after a command of it.
DEADLY = r"""#!/bin/sh
case "$MOMENT:$*" in "before:$COMMAND"*) kill -9 0 ;; esac
/usr/sbin/ip "$@"
status=$?
case "$MOMENT:$*" in "after:$COMMAND"*) kill -9 0 ;; esac
exit $status
"""
KILLED = r"""
set -eu
export HOLDFAST_REALSERVER_STATE=$1/state
tool=$2
ip link set lo up
look() { ip addr | sed 's/valid_lft.*//'; for f in /proc/sys/net/ipv4/conf/*/arp_*; do echo "$f $(cat "$f")"; done; }
look >"$1/before"
PATH=$1:$PATH setsid -w $tool start 10.9.9.18 2001:db8::18 || :
[ -e "$1/state/vip/10.9.9.18" ]
if [ "$3" = again ]; then $tool start 10.9.9.18 2001:db8::18; $tool status 10.9.9.18 2001:db8::18; fi
$tool stop --all
look | diff "$1/before" -
[ -z "$(ls "$1/state/vip" "$1/state/held" | grep -v :$)" ]
"""


@pytest.mark.parametrize("then", ["again", "stop"])
@pytest.mark.parametrize("moment,command", [
    ("before", "-o addr show dev lo"), ("before", "addr add 10"), ("after", "addr add 10"),
    ("before", "addr add 2001"), ("after", "addr add 2001")])
def test_what_was_killed_in_the_middle_is_undone_exactly(tmp_path, moment, command, then):
    stub = tmp_path / "ip"
    stub.write_text(DEADLY)
    stub.chmod(0o755)
    done = subprocess.run(["unshare", "-n", "sh", "-c", KILLED, "killed", tmp_path, TOOL, then], check=False,
                          capture_output=True, text=True,
                          env=os.environ | {"MOMENT": moment, "COMMAND": command})
    assert done.returncode == 0, done.stdout + done.stderr


# A kernel without that tunnel.
POOR = r"""#!/bin/sh
case "$*" in "link add "*) echo "RTNETLINK answers: Unknown device type" >&2; exit 2 ;; esac
exec /usr/sbin/ip "$@"
"""


def test_a_kernel_without_the_tunnel_is_told_with_what_to_type(tmp_path):
    stub = tmp_path / "ip"
    stub.write_text(POOR)
    stub.chmod(0o755)
    done = subprocess.run(
        ["unshare", "-n", TOOL, *"start --tunnel gre --csum --local 10.9.9.7 10.9.9.18".split()], check=False,
        capture_output=True, text=True, env=os.environ | {
            "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOLDFAST_REALSERVER_STATE": f"{tmp_path}/state"})
    assert done.returncode == 1 and "modprobe ip_gre" in done.stderr and "undone" in done.stderr
    assert not list((tmp_path / "state/vip").iterdir()) and not list((tmp_path / "state/held").iterdir())


def test_a_host_without_ipv6_is_told_what_to_type(tmp_path):
    script = f"echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6; exec {TOOL} start 2001:db8::18"
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], check=False, capture_output=True, text=True,
                          env=os.environ | {"HOLDFAST_REALSERVER_STATE": f"{tmp_path}/state"})
    assert done.returncode == 1 and "sysctl -w net.ipv6.conf.lo.disable_ipv6=0" in done.stderr
    assert not list((tmp_path / "state/vip").iterdir())


def test_what_does_not_go_together_is_refused_before_anything_is_changed(tmp_path):
    for words, reason in (("--tunnel vxlan 10.9.9.18", "none of: ipip gue gre"),
                          ("--tunnel ipip --csum 10.9.9.18", "--csum is of --tunnel gre"),
                          ("--tunnel gre --csum 10.9.9.18", "--local ADDRESS"),
                          ("--outer ipv4 10.9.9.18", "--tunnel"), ("--port 65536 10.9.9.18", "1..65535"),
                          ("--port 10.9.9.18", "not a number"), ("--all", "start needs addresses"),
                          ("--interface all 10.9.9.18", "no interface's name"), ("--frob 1", "no option"),
                          ("--tunnel", "needs a value"), ("", "no virtual address")):
        done = subprocess.run([TOOL, "start", *words.split()], check=False, capture_output=True, text=True,
                              env=os.environ | {"HOLDFAST_REALSERVER_STATE": f"{tmp_path}/state"})
        assert done.returncode == 2 and reason in done.stderr, (words, done.stderr)
    assert not (tmp_path / "state").exists()


def test_an_address_has_one_name_however_it_is_written(tmp_path):
    words = ["2001:DB8:0:0:1:0:0:0018", "::1", "1::", "::", "0:0:0:0:0:0:0:0", "2001:db8:0:1:1:1:1:1",
             "fd00::0:7", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7::", "172.16.1.18", "::2:3:4:5:6:7:8"]
    done = subprocess.run([TOOL, "status", "--json", *words], check=False, capture_output=True, text=True,
                          env=os.environ | {"HOLDFAST_REALSERVER_STATE": f"{tmp_path}/state"})
    assert [one["address"] for one in json.loads(done.stdout)["addresses"]] == [
        str(ipaddress.ip_address(word)) for word in words]


def test_what_is_no_address_is_refused_with_what_to_write():
    for word in ("10.9.9.300", "10.9.9.1/32", "vip", "10.9.9", "010.9.9.1", "10..9.1", ":::", "fd00::g", "1:2:3",
                 "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4::5:6:7:8", "12345::", ":1:2:3:4:5:6:7", "::ffff:10.9.9.1"):
        done = subprocess.run([TOOL, "start", word], check=False, capture_output=True, text=True)
        assert done.returncode == 2 and "write it like 172.16.1.18" in done.stderr
