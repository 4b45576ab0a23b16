# SPDX-License-Identifier: Apache-2.0
"""The sockets that adverts come by: their buffers, what must not be queued, and IGMP reports."""

import signal
import socket
import struct

import pytest

from lib.capture import internet_checksum
from lib.daemons import Holdfast
from lib.pairs import MySqlLayoutV3, Pair, unicast
from lib.waiting import hold, wait_until

pytestmark = pytest.mark.ours

REPORTS = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"
PROTOCOL = 112
ENOUGH = 1024 * 1024
LIMIT_S = 15
INSTANCE = """vrrp_instance V{vrid} {{
    interface eth1
    virtual_router_id {vrid}
    version 3
    advert_int 0.2
    {words}
    virtual_ipaddress {{
        10.5.0.{vrid}/24
    }}
}}
"""


def instances(daemon):
    """The instances by their names."""
    return {each["name"]: each for each in daemon.status()["instances"]}


def alone(net, text):
    """A director with a configuration, and its host."""
    host = net.host("lb", eth1=(net.switch("lan"), "10.5.0.200/24"))
    wait_until(host.has_carriers, LIMIT_S, "the link is up")
    daemon = Holdfast(host, text)
    daemon.start()
    return host, daemon


def change(daemon, text):
    """Another configuration, by a reload."""
    daemon.write_configuration(text)
    assert daemon.reload() is None


def two(first, second, policy=""):
    """Two instances that share their socket."""
    return (f"global_defs {{\n{policy}\n}}\n" + INSTANCE.format(vrid=1, words=first)
            + INSTANCE.format(vrid=2, words=second))


def test_receive_buffers_are_what_all_instances_of_a_socket_ask_for(net):
    """kernel_rx_buf_size, vrrp_rx_bufs_policy, and both after a reload and a change of the MTU."""
    host, daemon = alone(net, two("", ""))

    def sizes():
        return {each["receive_buffer"] for each in instances(daemon).values()}

    wait_until(lambda: sizes() == {ENOUGH}, LIMIT_S, "the buffer has its size")
    for text, bytes_ in (
            (two("kernel_rx_buf_size 40000", "kernel_rx_buf_size 60000"), 100000),
            (two("kernel_rx_buf_size 40000", ""), ENOUGH),
            (two("kernel_rx_buf_size 40000", "kernel_rx_buf_size 9000000"), 9040000),
            (two("", "", "vrrp_rx_bufs_policy 50000"), 100000),
            (two("", "kernel_rx_buf_size 5000", "vrrp_rx_bufs_policy 50000"), 55000),
            (two("", "", "vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 100"), 2 * 100 * 32),
            (two("", "", "vrrp_rx_bufs_policy MTU"), 2 * 3 * 1500)):
        change(daemon, text)
        wait_until(lambda size=bytes_: sizes() == {size}, LIMIT_S, f"{bytes_} bytes for {text}")
    host.ip("link set eth1 mtu 1400")
    wait_until(lambda: sizes() == {2 * 3 * 1400}, LIMIT_S, "the buffer follows the MTU")
    change(daemon, INSTANCE.format(vrid=1, words="kernel_rx_buf_size 40000"))
    wait_until(lambda: sizes() == {40000}, LIMIT_S, "the buffer of one instance")


def waiting(host):
    """For each raw socket of VRRP on a host, the bytes that wait to be read: proc(5), net/raw."""
    lines = [line.split() for line in host.run("cat", "/proc/net/raw").splitlines()[1:]]
    return [int(line[4].partition(":")[2], 16) for line in lines
            if int(line[1].partition(":")[2], 16) == PROTOCOL]


def advert(source, group, priority):
    """An advert of version 3 of virtual router 52."""
    body = struct.pack("!BBBBHH", 0x31, 52, priority, 1, 20, 0) + socket.inet_aton("172.16.1.18")
    pseudo = (socket.inet_aton(source) + socket.inet_aton(group)
              + struct.pack("!BBH", 0, PROTOCOL, len(body)))
    return body[:6] + struct.pack("!H", internet_checksum(pseudo + body)) + body[8:]


def test_a_socket_that_nobody_listens_to_queues_nothing(net):
    """The interface below a virtual one, while that is up: its socket is there to send at most."""
    layout = type("Vmac", (MySqlLayoutV3,), {"configuration": MySqlLayoutV3.configuration.replace(
        "virtual_ipaddress {", "use_vmac\n    virtual_ipaddress {").replace(
            " dev eth1 label eth1:18", "")})
    pair = Pair(net, ("holdfast", "holdfast"), layout, vrrp_only=True)
    pair.start()
    host, process = pair.master.host, pair.master.daemon.process
    process.signal(signal.SIGSTOP)
    try:
        group = "224.0.0.18"
        with pair.client.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                                  PROTOCOL) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                              socket.inet_aton(pair.client.address))
            for _ in range(10):
                sender.sendto(advert(pair.client.address, group, 1), (group, 0))
        wait_until(lambda: any(waiting(host)), LIMIT_S, "what was sent waits on the virtual interface")
        assert len(waiting(host)) == 2
        hold(lambda: sum(1 for each in waiting(host) if each) == 1, 1, "and on no other socket")
    finally:
        process.signal(signal.SIGCONT)


def test_igmp_reports_are_off_while_that_is_asked_for(net):
    """disable_local_igmp, by a start, reloads and the stop; what others set meanwhile is theirs."""
    plain = INSTANCE.format(vrid=1, words="")
    silent = "global_defs {\n    disable_local_igmp\n}\n" + plain
    host, daemon = alone(net, silent)

    def reports():
        return host.run("cat", REPORTS).strip()

    assert reports() == "0"
    change(daemon, plain)
    assert reports() == "1"
    change(daemon, silent)
    assert reports() == "0"
    daemon.terminate()
    assert reports() == "1"
    host.run("sh", "-c", f"echo 0 > {REPORTS}")
    daemon.start()
    daemon.terminate()
    assert reports() == "0"


class Slower(MySqlLayoutV3):
    """Adverts so far apart that a master without a processor for a second or so stays master."""

    interval_s = 0.5
    configuration = MySqlLayoutV3.configuration.replace("advert_int 0.2", "advert_int 0.5")


OLD = unicast(Slower)
WITH_OLD = ("unicast_src_ip", "old_unicast_checksum\n    unicast_src_ip")


def peer(director):
    """What a director knows of the other one."""
    (found,) = instances(director.daemon)["VI_2"]["peers"]
    return found


def test_old_checksums_are_heard_shown_and_answered(net):
    """old_unicast_checksum: who sends it is understood, and gets it back; never refuses it."""
    pair = Pair(net, ("holdfast", "holdfast"), OLD, vrrp_only=True)
    pair.start()
    heard = wait_until(lambda: peer(pair.backup)["checksum"], LIMIT_S, "an advert is heard")
    assert heard == "pseudo_header" and peer(pair.backup)["configured"]
    assert pair.capture.adverts(pair.master.address)[-1].checksum_is_right
    change(pair.master.daemon, pair.master.configuration.replace(*WITH_OLD))
    wait_until(lambda: peer(pair.backup)["checksum"] == "old_unicast", LIMIT_S, "it is shown")
    assert "checksum of an old keepalived" in pair.backup.daemon.control("status")
    assert not pair.capture.adverts(pair.master.address)[-1].checksum_is_right
    hold(lambda: pair.owners() == [pair.master.name], 2, "one owner")
    killed = pair.master.daemon.kill()
    answer = wait_until(lambda: pair.capture.adverts(pair.backup.address, killed), LIMIT_S,
                        "a takeover")
    assert not answer[0].checksum_is_right
    pair.master.daemon.start()
    wait_until(lambda: pair.owners() == [pair.master.name], LIMIT_S, "the master is back")
    change(pair.backup.daemon, pair.backup.configuration.replace(
        WITH_OLD[0], "old_unicast_checksum never\n    unicast_src_ip"))
    wait_until(lambda: len(pair.owners()) == 2, LIMIT_S, "with never the backup hears nobody")
    pair.backup.daemon.process.wait_for("checksum is wrong", LIMIT_S)


def test_a_peer_that_sums_the_message_alone_is_heard_and_shown(net):
    """v3_checksum_as_v2 on one of two directors: RFC 9568's way, as Cisco and Juniper have it."""
    pair = Pair(net, ("holdfast", "holdfast"), Slower, vrrp_only=True)
    pair.start()
    change(pair.master.daemon, pair.master.configuration.replace(
        "advert_int", "v3_checksum_as_v2\n    advert_int", 1))
    wait_until(lambda: instances(pair.backup.daemon)["VI_2"]["peers"], LIMIT_S, "it is heard")
    wait_until(lambda: peer(pair.backup)["checksum"] == "message", LIMIT_S, "it is shown")
    assert not peer(pair.backup)["configured"] and peer(pair.backup)["priority"] == 150
    pair.backup.daemon.process.wait_for("set v3_checksum_as_v2 on", LIMIT_S)
    hold(lambda: pair.owners() == [pair.master.name], 2, "one owner")
