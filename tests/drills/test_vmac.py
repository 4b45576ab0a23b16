# SPDX-License-Identifier: Apache-2.0
"""Directors with use_vmac: one hardware address for the client, and silence from who is not master."""

import json
import pathlib
import re
import socket

import pytest

from lib.capture import ETH_P_ALL
from lib.clients import Pings, ping
from lib.daemons import Holdfast, advert_limit_s
from lib.pairs import BACKUP_PRIORITY, MASTER_PRIORITY, LayoutV6, MySqlLayoutV3, Pair
from lib.waiting import SOON_S, hold, wait_until

pytestmark = pytest.mark.ours

INTERVAL_S = MySqlLayoutV3.interval_s
PACKET_OUTGOING = 4  # linux/if_packet.h
ROUTER_ALERT = b"\0\0\x05\x02\0\0\x01\0"  # RFC 2711, without which a query for MLD is dropped
ALONE = """
vrrp_instance VI_1 {
    interface veth0
    virtual_router_id 7
    version 3
    advert_int 0.1
    use_vmac
    virtual_ipaddress {
        10.1.0.18/24
    }
}
"""


def with_vmac(layout, mac, name, words=""):
    """A layout whose address is on the virtual interface."""
    configuration = layout.configuration.partition("virtual_server ")[0]
    configuration = re.sub(r" dev eth1 label eth1:\d+", "", configuration)
    configuration = configuration.replace("virtual_ipaddress {",
                                          f"use_vmac\n    {words}\n    virtual_ipaddress {{")
    return type("Vmac", (layout,), {"configuration": configuration, "mac": mac, "vmac": name})


V4 = with_vmac(MySqlLayoutV3, "00:00:5e:00:01:34", "vrrp.52")
V6 = with_vmac(LayoutV6, "00:00:5e:00:02:34", "vrrp6.52")


def slow(layout):
    """The same with an advert a second: no machine is so busy that a backup takes over in between."""
    return type("Slow", (layout,), {
        "interval_s": 1, "configuration": layout.configuration.replace("advert_int 0.2", "advert_int 1")})


class Wire:
    """What a host has sent by an interface since this was made: every frame of every protocol."""

    def __init__(self, host, interface="eth1"):
        with host.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._socket.bind((interface, ETH_P_ALL))
        self._socket.setblocking(False)
        self._sent = []

    def sent(self, mac):
        """The frames that left with a hardware address, or with any other one for None."""
        while True:
            try:
                frame, (_, _, kind, _, _) = self._socket.recvfrom(65536)
            except BlockingIOError:
                break
            if kind == PACKET_OUTGOING:
                self._sent.append(frame)
        return [frame for frame in self._sent if frame[6:12].hex(":") == mac]

    def forget(self):
        """Begins anew."""
        self.sent("")
        self._sent.clear()

    def close(self):
        """Ends it."""
        self._socket.close()


def neighbour(host, address):
    """The hardware address that a host has for an address; None while it has none."""
    entries = json.loads(host.run("ip", "-json", "neigh", "show", address))
    return entries[0].get("lladdr") if entries else None


def link(host, name):
    """What `ip` says of an interface; None where it is not there."""
    links = json.loads(host.run("ip", "-json", "-details", "link", "show"))
    return next((each for each in links if each["ifname"] == name), None)


def setting(host, name):
    """A number of /proc/sys."""
    with host.entered():
        return int(pathlib.Path("/proc/sys", name).read_text(encoding="ascii"))


def is_up(host, name):
    """Whether an interface is up."""
    return "UP" in link(host, name)["flags"]


def ask_everybody(host, address):
    """Makes a host ask for an address, and all others what groups they are in."""
    host.ip("neigh flush dev eth1")
    with host.entered(), socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                                       socket.SOCK_DGRAM) as asking:
        asking.sendto(b"?", (address, 9))
    with host.entered(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth1")
        raw.sendto(b"\x11\x01\xee\xfe\0\0\0\0", ("224.0.0.1", 0))  # IGMPv2 query, 0.1 s: RFC 2236
    index = link(host, "eth1")["ifindex"]
    with host.entered(), socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                                       socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, ROUTER_ALERT)
        raw.sendto(b"\x82\0\0\0\0\x64\0\0" + bytes(16), ("ff02::1", 0, 0, index))  # MLD: RFC 2710


@pytest.fixture(params=[V4, V6], ids=["ipv4", "ipv6"])
def layout(request):
    """The family."""
    return request.param


@pytest.fixture
def pair(net, kind, layout):
    """Two directors with use_vmac and a client."""
    made = Pair(net, (kind, kind), layout, vrrp_only=True)
    for director in made.directors:
        director.wire = Wire(director.host)
    made.start()
    return made


def down_s(priority):
    """How long a backup waits for a master that died."""
    return advert_limit_s(priority, INTERVAL_S)


def test_client_keeps_one_hardware_address_through_failover_and_return(pair, layout):
    """The master dies and comes back: who asks at any time is told the virtual MAC."""
    seen = set()

    def look():
        seen.add(neighbour(pair.client, pair.vip))
        return True

    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, 2 * SOON_S, "the client is served")
        look()
        killed = pair.master.daemon.kill()
        pair.master.host.unplug("eth1")
        wait_until(lambda: look() and pair.backup.host.owns(pair.vip), down_s(BACKUP_PRIORITY),
                   "the backup takes over")
        wait_until(lambda: look() and pings.answered(killed) >= 10, SOON_S,
                   "the client is served again")
        pair.master.host.plug("eth1")
        returned = pair.master.daemon.start()
        wait_until(lambda: look() and pair.owners() == [pair.master.name],
                   down_s(MASTER_PRIORITY) + SOON_S, "the master is back")
        wait_until(lambda: look() and pings.answered(returned) >= 50, SOON_S,
                   "the client is served")
    assert seen == {layout.mac}


def test_answers_carry_no_other_address_for_the_virtual_one(pair, layout):
    """The director itself asks for the client: not in the name of the virtual address."""
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 1, 2 * SOON_S, "the client is served")
    pair.master.host.ip("neigh flush dev eth1")
    wait_until(lambda: neighbour(pair.client, pair.vip) is not None, SOON_S, "an entry")
    assert ping(pair.vip)(pair.client, SOON_S) is not None
    assert neighbour(pair.client, pair.vip) == layout.mac


def test_adverts_and_announcements_come_from_the_virtual_mac(pair, layout):
    """Both; and the backup sends nothing with that address, whatever the client asks."""
    wait_until(lambda: len(pair.capture.adverts()) >= 3, SOON_S, "adverts")
    assert {advert.source_mac for advert in pair.capture.adverts()} == {layout.mac}
    assert all(advert.checksum_is_right for advert in pair.capture.adverts())
    assert pair.capture.announcements(pair.vip, layout.mac)
    assert not pair.capture.announcements(pair.vip, pair.master.host.mac("eth1"))


@pytest.mark.parametrize("layout", [slow(V4), slow(V6)], ids=["ipv4", "ipv6"])
def test_backup_is_silent_in_every_protocol(pair, layout):
    """No ARP, IGMP, neighbour discovery, MLD: before, while and after it was master."""
    wire, real_mac = pair.backup.wire, pair.backup.host.mac("eth1")
    assert not wire.sent(layout.mac), "it was not silent when it started"
    wire.forget()
    ask_everybody(pair.client, pair.vip)
    wait_until(lambda: wire.sent(real_mac), SOON_S, "the question about groups is answered")
    hold(lambda: not wire.sent(layout.mac), 1, "no frame carries the virtual MAC")
    assert not is_up(pair.backup.host, layout.vmac)
    assert pair.master.wire.sent(layout.mac), "the master was not seen: the wire is not looked at"

    pair.master.host.part("eth1")
    wait_until(lambda: pair.backup.host.owns(pair.vip), advert_limit_s(BACKUP_PRIORITY, layout.interval_s),
               "it takes over")
    wait_until(lambda: wire.sent(layout.mac), SOON_S, "as master it speaks with the virtual MAC")
    pair.master.host.join("eth1")
    wait_until(lambda: not pair.backup.host.owns(pair.vip), SOON_S, "it yields")
    wait_until(lambda: not is_up(pair.backup.host, layout.vmac), SOON_S, "it is down")
    wire.forget()
    ask_everybody(pair.client, pair.vip)
    wait_until(lambda: wire.sent(real_mac), SOON_S, "the question about groups is answered")
    hold(lambda: not wire.sent(layout.mac), 1, "no frame carries the virtual MAC")


def test_interface_is_as_it_must_be(pair, layout):
    """A private macvlan with every setting, marked as ours."""
    details = link(pair.master.host, layout.vmac)
    assert details["linkinfo"]["info_kind"] == "macvlan"
    assert details["linkinfo"]["info_data"]["mode"] == "private"
    assert (details["address"], details["link"]) == (layout.mac, "eth1")
    assert details["ifalias"].startswith("holdfast ")
    for key, value in {"arp_ignore": 1, "arp_filter": 0, "rp_filter": 0, "accept_local": 1,
                       "promote_secondaries": 1}.items():
        assert setting(pair.master.host, f"net/ipv4/conf/{layout.vmac}/{key}") == value, key
    for key, value in {"autoconf": 0, "accept_ra": 0, "addr_gen_mode": 1}.items():
        assert setting(pair.master.host, f"net/ipv6/conf/{layout.vmac}/{key}") == value, key


def test_stop_removes_the_interface_and_puts_the_settings_back(pair, layout):
    """Nothing is left, of master nor of backup."""
    host = pair.master.host
    assert setting(host, "net/ipv4/conf/eth1/arp_ignore") == 1
    for director in pair.directors:
        director.daemon.terminate()
        assert link(director.host, layout.vmac) is None
    assert setting(host, "net/ipv4/conf/eth1/arp_ignore") == 0
    assert setting(host, "net/ipv4/conf/eth1/arp_announce") == 0


def test_restart_after_a_crash_adopts_the_interface(pair, layout):
    """kill -9, at once started again: the same interface, and the client's address does not go."""
    before = link(pair.master.host, layout.vmac)["ifindex"]
    pair.master.daemon.kill()
    pair.master.daemon.start()
    assert link(pair.master.host, layout.vmac)["ifindex"] == before
    assert pair.master.daemon.status()["network"]["virtual_interfaces"]["adopted"] == 1
    wait_until(lambda: pair.owners() == [pair.master.name], down_s(MASTER_PRIORITY) + SOON_S,
               "the master alone owns the address")
    assert is_up(pair.master.host, layout.vmac)


def test_what_a_crash_left_and_nobody_wants_is_removed(pair, layout):
    """The file has no use_vmac any more when the daemon comes back."""
    pair.master.daemon.kill()
    pair.master.daemon.write_configuration(pair.master.configuration.replace("use_vmac", ""))
    pair.master.daemon.start()
    assert link(pair.master.host, layout.vmac) is None


def test_reload_moves_the_address_and_removes_the_interface(pair, layout):
    """Without use_vmac the address is on the interface itself; with it, back again."""
    host, daemon = pair.master.host, pair.master.daemon
    daemon.write_configuration(pair.master.configuration.replace("use_vmac", ""))
    assert daemon.reload() is None
    wait_until(lambda: (host.address_details(pair.vip) or {}).get("dev") == "eth1", SOON_S,
               "the address is on eth1")
    assert link(host, layout.vmac) is None
    daemon.write_configuration(pair.master.configuration)
    assert daemon.reload() is None
    wait_until(lambda: (host.address_details(pair.vip) or {}).get("dev") == layout.vmac, SOON_S,
               f"the address is on {layout.vmac}")
    assert is_up(host, layout.vmac)
    assert [each["state"] for each in daemon.status()["instances"]] == ["MASTER"]


def test_interface_that_somebody_removes_is_made_again(pair, layout):
    """And the master goes on with it."""
    pair.master.host.ip(f"link del {layout.vmac}")
    wait_until(lambda: link(pair.master.host, layout.vmac) and is_up(pair.master.host, layout.vmac),
               SOON_S, "the interface is there again")
    wait_until(lambda: pair.owners() == [pair.master.name], SOON_S, "with the address")


def test_backups_interface_that_somebody_sets_up_is_set_down(pair, layout):
    """It would answer for the master's addresses in the switches' tables."""
    pair.backup.host.ip(f"link set {layout.vmac} up")
    wait_until(lambda: not is_up(pair.backup.host, layout.vmac), SOON_S, "it is down again")


def test_orderly_stop_hands_over_without_a_hole(pair, layout):
    """Both have the virtual MAC while the successor comes; the client is served all the time."""
    with Pings(pair.client, pair.vip) as pings:
        wait_until(lambda: pings.answered() >= 10, 2 * SOON_S, "the client is served")
        stopped = pair.master.daemon.terminate()
        wait_until(lambda: pair.owners() == [pair.backup.name], SOON_S, "the backup owns it alone")
        wait_until(lambda: pings.answered(stopped) >= 50, SOON_S, "the client is served")
    assert pair.master.daemon.process.find("handed over to"), "it did not wait for its successor"
    assert neighbour(pair.client, pair.vip) == layout.mac


def test_settings_that_somebody_changes_are_right_again_when_they_are_needed(pair, layout):
    """udev applies the host's defaults to every new interface, some time after it was made."""
    settings = {f"net/ipv4/conf/{layout.vmac}/rp_filter": (2, 0),
                f"net/ipv4/conf/{layout.vmac}/arp_ignore": (0, 1),
                f"net/ipv6/conf/{layout.vmac}/accept_ra": (1, 0)}
    with pair.backup.host.entered():
        for name, (wrong, _) in settings.items():
            pathlib.Path("/proc/sys", name).write_text(f"{wrong}\n", encoding="ascii")
    pair.master.daemon.kill()
    pair.master.host.unplug("eth1")
    wait_until(lambda: pair.backup.host.owns(pair.vip), down_s(BACKUP_PRIORITY), "it takes over")
    for name, (_, right) in settings.items():
        assert setting(pair.backup.host, name) == right, name


@pytest.mark.parametrize("layout", [with_vmac(MySqlLayoutV3, V4.mac, V4.vmac, "vmac_xmit_base")],
                         ids=["xmit_base"])
def test_adverts_by_the_base_interface(pair, layout):
    """vmac_xmit_base: they carry its own MAC, the announcements the virtual one; takeover works."""
    wait_until(lambda: len(pair.capture.adverts()) >= 3, SOON_S, "adverts")
    assert {advert.source_mac for advert in pair.capture.adverts()} == {
        pair.master.host.mac("eth1")}
    assert pair.capture.announcements(pair.vip, layout.mac)
    pair.master.daemon.kill()
    pair.master.host.unplug("eth1")
    wait_until(lambda: pair.backup.host.owns(pair.vip), down_s(BACKUP_PRIORITY), "it takes over")


@pytest.fixture
def alone(net):
    """One director on an interface that a drill may remove."""
    host = net.host("lb4-01", eth1=(net.switch("lan"), "10.0.0.5/24"))
    daemon = Holdfast(host, ALONE)
    daemon.make_parent = lambda: host.ip(
        "link add veth0 type veth peer name veth1", "addr add 10.1.0.5/24 dev veth0",
        "link set veth0 up", "link set veth1 up")
    return daemon


def instance(daemon):
    """The instance, as status has it."""
    (one,) = daemon.status()["instances"]
    return one


def wait_state(daemon, state):
    """Waits for a state; returns the instance."""
    return wait_until(lambda: (one := instance(daemon))["state"] == state and one, SOON_S,
                      f"the instance is {state}")


def test_interface_comes_and_goes_with_its_parent(alone):
    """There is no parent at start, then there is one, then not, then a new one."""
    alone.start()
    assert instance(alone)["faults"] == ["interface veth0 does not exist"]
    for _ in range(2):
        alone.make_parent()
        wait_state(alone, "MASTER")
        wait_until(lambda: alone.host.address_details("10.1.0.18"), SOON_S, "the address")
        assert alone.host.address_details("10.1.0.18")["dev"] == "vrrp.7"
        alone.host.ip("link del veth0")
        wait_state(alone, "FAULT")


def test_foreign_interface_of_the_name_is_left_alone(alone):
    """FAULT, with a text that says what to do; and when it is done, the instance is at work."""
    alone.make_parent()
    alone.host.ip("link add vrrp.7 type bridge")
    alone.start()
    (fault,) = wait_state(alone, "FAULT")["faults"]
    assert "vrrp.7 (bridge) that is not ours" in fault
    assert "ip link del vrrp.7" in fault
    assert link(alone.host, "vrrp.7")["linkinfo"]["info_kind"] == "bridge"
    assert setting(alone.host, "net/ipv4/conf/veth0/arp_ignore") == 0
    alone.host.ip("link del vrrp.7")
    wait_state(alone, "MASTER")


def test_host_on_which_it_cannot_answer_is_told_which_setting(alone):
    """net.ipv4.conf.all.arp_filter overrules the interface's own: nothing of it is left."""
    alone.make_parent()
    alone.host.set_sysctl("net.ipv4.conf.all.arp_filter", 1)
    alone.start()
    (fault,) = wait_state(alone, "FAULT")["faults"]
    assert "net.ipv4.conf.all.arp_filter" in fault
    assert link(alone.host, "vrrp.7") is None
    assert setting(alone.host, "net/ipv4/conf/veth0/arp_ignore") == 0
    alone.host.set_sysctl("net.ipv4.conf.all.arp_filter", 0)
    wait_until(lambda: instance(alone)["state"] == "MASTER", 4 * SOON_S, "it is tried again")


def test_interface_that_carries_none_is_named(alone):
    """B37: Ethernet alone."""
    alone.write_configuration(ALONE.replace("interface veth0", "interface tun0"))
    alone.host.ip("tuntap add dev tun0 mode tun", "addr add 10.1.0.5/24 dev tun0",
                  "link set tun0 up")
    alone.start()
    assert any("tun0 is no Ethernet interface" in fault
               for fault in wait_state(alone, "FAULT")["faults"])


def test_addresses_elsewhere_have_the_virtual_mac_too(alone):
    """use_vmac on an address's line, and promote_secondaries on the instance's own interface."""
    alone.write_configuration(ALONE.replace("10.1.0.18/24", "10.1.0.18/24\n10.0.0.18/24 dev eth1 use_vmac")
                              .replace("use_vmac\n", "use_vmac\npromote_secondaries\n", 1))
    alone.make_parent()
    alone.start()
    wait_state(alone, "MASTER")
    wait_until(lambda: alone.host.address_details("10.0.0.18"), SOON_S, "the address")
    device = alone.host.address_details("10.0.0.18")["dev"]
    details = link(alone.host, device)
    assert (details["link"], details["address"]) == ("eth1", "00:00:5e:00:01:07")
    assert is_up(alone.host, device)
    assert setting(alone.host, "net/ipv4/conf/veth0/promote_secondaries") == 1
    alone.terminate()
    assert link(alone.host, device) is None
    assert setting(alone.host, "net/ipv4/conf/veth0/promote_secondaries") == 0


def named(words, prefix):
    """Both families' instances with these words in global_defs; their interfaces' names."""
    v6 = ALONE.replace("VI_1", "VI_6").replace("10.1.0.18/24", "fe80::18/64")
    moved = ALONE.replace("10.1.0.18/24", "10.1.0.18/24\n        10.0.0.18/24 dev eth1 use_vmac")
    return (f"global_defs {{\n    {words}\n}}\n{moved}{v6}",
            {"10.1.0.18": f"{prefix}.7", "fe80::18": f"{prefix}6.7"})


def test_virtual_interfaces_are_named_as_the_file_says(alone):
    """vmac_prefix, vmac_addr_prefix; a reload to other ones makes new interfaces and leaves none."""
    host = alone.host
    alone.make_parent()
    text, _ = named("vmac_prefix lvs", "lvs")
    alone.write_configuration(text)
    alone.start()
    for words, prefix, moved in (("vmac_prefix lvs", "lvs", "lvs.7.2"),
                                 ("vmac_prefix vip\n    vmac_addr_prefix more", "vip", "more.7"),
                                 ("vmac_addr_prefix more", "vrrp", "more.7"),
                                 ("", "vrrp", "vrrp.7.2")):
        text, names = named(words, prefix)
        names["10.0.0.18"] = moved
        alone.write_configuration(text)
        assert alone.reload() is None
        wait_until(lambda: {address: (host.address_details(address) or {}).get("dev")
                            for address in names} == names, 2 * SOON_S, f"the names are {names}")
        assert {each["ifname"] for each in json.loads(
            host.run("ip", "-json", "link", "show", "type", "macvlan"))} == set(names.values())
        for device in names.values():
            family = "02" if device == names["fe80::18"] else "01"
            assert link(host, device)["address"] == f"00:00:5e:00:{family}:07" and is_up(host, device)
    alone.terminate()
    assert json.loads(host.run("ip", "-json", "link", "show", "type", "macvlan")) == []


def test_ipvlan_is_there_or_says_why_not(alone):
    """use_ipvlan: on a kernel that has it the instance is master by it, else in FAULT."""
    alone.write_configuration(ALONE.replace("use_vmac", "use_ipvlan 10.1.0.7/24"))
    alone.make_parent()
    alone.host.run("ip", "link", "add", "link", "eth1", "name", "probe", "type", "ipvlan",
                   check=False)
    if link(alone.host, "probe") is None:
        alone.start()
        assert "the kernel lacks ipvlan (modprobe ipvlan)" in wait_state(alone, "FAULT")["faults"][0]
        assert link(alone.host, "vrrp.7") is None
        return
    alone.start()
    wait_state(alone, "MASTER")
    wait_until(lambda: alone.host.address_details("10.1.0.18"), SOON_S, "the address")
    assert alone.host.address_details("10.1.0.18")["dev"] == "vrrp.7"
    assert alone.host.address_details("10.1.0.7")["dev"] == "vrrp.7"
    details = link(alone.host, "vrrp.7")
    assert details["linkinfo"]["info_kind"] == "ipvlan"
    assert "UP" in details["flags"]
    assert instance(alone)["master"]["address"] == "10.1.0.7"
    assert instance(alone)["counters"]["send_errors"] == 0
