# SPDX-License-Identifier: Apache-2.0
"""A real server's virtual addresses: there, silent, and undone exactly."""

import pathlib
import subprocess

TOOL = pathlib.Path(__file__).resolve().parents[2] / "contrib/realserver/holdfast-realserver"

STORY = r"""
set -eu
export HOLDFAST_REALSERVER_STATE=$1/state
tool=$2
ip link set lo up
ip link add port type veth peer name wire
ip link set port up; ip link set wire up
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


def test_what_is_no_address_is_refused_with_what_to_write():
    for word in ("10.9.9.300", "10.9.9.1/32", "vip"):
        done = subprocess.run([TOOL, "start", word], check=False, capture_output=True, text=True)
        assert done.returncode == 2 and "write it like 172.16.1.18" in done.stderr
