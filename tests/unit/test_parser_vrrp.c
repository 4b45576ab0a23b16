/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole messages, as people see them: what is wrong with VRRP.
 */
#include "unit_parser.h"

static void test_what_is_wrong_with_vrrp(void **state)
{
    static const struct unit_message_row rows[] = {
        {"vrrp_instance A {\n"
         "}\n",
         "t.conf:1:1: error: vrrp_instance A has no interface; add: interface INTERFACE\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"
         "t.conf:1:1: error: vrrp_instance A has no virtual_router_id; add: virtual_router_id "
         "1..255\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interfce eth0\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:2: error: unknown keyword \"interfce\" in vrrp_instance A; did you mean "
         "\"interface\"?\n"
         "     interfce eth0\n"
         "     ^~~~~~~~\n"},
        {"vrrp_script s {\n"
         "}\n",
         "t.conf:1:1: error: vrrp_script s has no script; add: script \"COMMAND ARGUMENT...\"\n"
         "    vrrp_script s {\n"
         "    ^~~~~~~~~~~\n"},
        {"vrrp_sync_group G { group { } }\n",
         "t.conf:1:21: warning: the vrrp_sync_group G has no member and does nothing; name its "
         "instances here, or remove it\n"
         "    vrrp_sync_group G { group { } }\n"
         "                        ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " garp_master_repeat 101\n"
         " virtual_ipaddress { 10.0.0.1 }\n"
         "}\n",
         "t.conf:1:1: warning: A: garp_master_repeat 101 is reduced to 100, the most that is sent "
         "at once\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"
         "t.conf:1:1: warning: A: garp_lower_prio_repeat 101 is reduced to 100, the most that is "
         "sent at once\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"vrrp_sync_group G {\n"
         "}\n",
         "t.conf:1:1: error: vrrp_sync_group G has no group; add: group { INSTANCE... }\n"
         "    vrrp_sync_group G {\n"
         "    ^~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 2\n"
         "}\n",
         "t.conf:5:1: error: there is a vrrp_instance A already; rename or remove one of them\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"
         "t.conf:1:1: note: the first is here\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n"
         "vrrp_instance B {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:7:2: error: A and B both are virtual router 1 on eth0; give one of them "
         "another virtual_router_id, here and on all directors\n"
         "     virtual_router_id 1\n"
         "     ^~~~~~~~~~~~~~~~~\n"
         "t.conf:3:2: note: A has it here\n"
         "     virtual_router_id 1\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface lo\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:2: error: interface lo carries no adverts; name the interface that leads to "
         "the other directors\n"
         "     interface lo\n"
         "     ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state MASTER\n"
         "}\n",
         "t.conf:4:2: warning: state MASTER without priority means priority 255, the owner of "
         "the addresses, who never yields; add: priority 1..254 "
         "[never-yields]\n"
         "     state MASTER\n"
         "     ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state MASTER\n"
         " priority 100\n"
         " nopreempt\n"
         "}\n",
         "t.conf:6:2: warning: nopreempt has no effect with state MASTER; use state BACKUP and "
         "a priority below 255, or remove nopreempt [nopreempt-master]\n"
         "     nopreempt\n"
         "     ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " priority 255\n"
         " nopreempt\n"
         "}\n",
         "t.conf:5:2: warning: nopreempt has no effect with priority 255; use state BACKUP and "
         "a priority below 255, or remove nopreempt [nopreempt-master]\n"
         "     nopreempt\n"
         "     ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " nopreempt\n"
         " preempt_delay 5\n"
         "}\n",
         "t.conf:5:2: warning: preempt_delay has no effect with nopreempt; remove one of them\n"
         "     preempt_delay 5\n"
         "     ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state MASTER\n"
         " priority 9\n"
         " preempt_delay 5\n"
         "}\n",
         "t.conf:6:2: warning: preempt_delay has no effect with state MASTER; remove one of "
         "them\n"
         "     preempt_delay 5\n"
         "     ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int 1.5\n"
         "}\n",
         "t.conf:4:2: warning: VRRPv2 sends adverts every 1..255 whole seconds; advert_int "
         "becomes 2, as in keepalived\n"
         "     advert_int 1.5\n"
         "     ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " advert_int 0.2\n"
         "}\n",
         "t.conf:4:2: warning: VRRPv2 sends adverts every 1..255 whole seconds; advert_int "
         "becomes 1, as in keepalived\n"
         "     advert_int 0.2\n"
         "     ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " version 3\n"
         " advert_int 0.015\n"
         " virtual_ipaddress { 10.0.0.1 }\n"
         "}\n",
         "t.conf:5:2: warning: VRRPv3 sends adverts every 0.01..40.95 seconds in steps of "
         "0.01; advert_int becomes 0.02, as in keepalived\n"
         "     advert_int 0.015\n"
         "     ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " version 3\n"
         " advert_int 50\n"
         " virtual_ipaddress { 10.0.0.1 }\n"
         "}\n",
         "t.conf:5:2: warning: VRRPv3 sends adverts every 0.01..40.95 seconds in steps of "
         "0.01; advert_int becomes 40.95, as in keepalived\n"
         "     advert_int 50\n"
         "     ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " version 3\n"
         "}\n",
         "t.conf:1:1: error: vrrp_instance A has no address, and VRRPv3 needs one; add: "
         "virtual_ipaddress { ADDRESS/LENGTH }\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " version 3\n"
         " authentication {\n"
         "  auth_type PASS\n"
         "  auth_pass x\n"
         " }\n"
         " virtual_ipaddress { 10.0.0.1 }\n"
         "}\n",
         "t.conf:5:2: warning: VRRPv3 has no authentication; remove it, or use version 2\n"
         "     authentication {\n"
         "     ^~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type PASS\n"
         " }\n"
         "}\n",
         "t.conf:5:3: error: auth_type needs a password; add: auth_pass PASSWORD, the same on "
         "all directors\n"
         "      auth_type PASS\n"
         "      ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_pass x\n"
         " }\n"
         "}\n",
         "t.conf:5:3: warning: a password alone does nothing; add auth_type PASS, or remove "
         "authentication\n"
         "      auth_pass x\n"
         "      ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type MD5\n"
         "  auth_pass x\n"
         " }\n"
         "}\n",
         "t.conf:5:13: error: auth_type takes PASS or AH, not \"MD5\"\n"
         "      auth_type MD5\n"
         "                ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type PASS\n"
         "  auth_pass 123456789\n"
         " }\n"
         "}\n",
         "t.conf:6:13: warning: auth_pass has 9 bytes and VRRP sends 8 of them; shorten it to "
         "\"12345678\"\n"
         "      auth_pass 123456789\n"
         "                ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type PASS\n"
         "  auth_pass ab!cd\n"
         " }\n"
         "}\n",
         "t.conf:6:15: warning: \"!\" inside a word belongs to the word here, but keepalived "
         "begins a comment with it: put the word in double quotes if it is meant, a blank "
         "before the \"!\" if not\n"
         "      auth_pass ab!cd\n"
         "                  ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type PASS\n"
         "  auth_pass !x\n"
         " }\n"
         "}\n",
         "t.conf:6:3: error: auth_pass needs an argument: auth_pass PASSWORD\n"
         "      auth_pass !x\n"
         "      ^~~~~~~~~\n"
         "t.conf:6:13: note: what follows is a comment; if it is meant, put it in double quotes\n"
         "      auth_pass !x\n"
         "                ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  fd00::1/64\n"
         "  10.0.0.1/24\n"
         " }\n"
         "}\n",
         "t.conf:6:3: error: 10.0.0.1 is an IPv4 address and the adverts of A name IPv6 addresses; "
         "move it to virtual_ipaddress_excluded, or to an instance of its own\n"
         "      10.0.0.1/24\n"
         "      ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " version 2\n"
         " mcast_src_ip 10.0.0.9\n"
         " virtual_ipaddress { fd00::1/64 brd + label x }\n"
         "}\n",
         "t.conf:4:2: warning: VRRPv2 has no IPv6; A uses version 3: write version 3\n"
         "     version 2\n"
         "     ^~~~~~~\n"
         "t.conf:5:2: error: mcast_src_ip is an IPv4 address and the instance is IPv6; type one of "
         "that family\n"
         "     mcast_src_ip 10.0.0.9\n"
         "     ^~~~~~~~~~~~\n"
         "t.conf:6:33: error: brd is for IPv4 addresses alone; remove it from this line\n"
         "     virtual_ipaddress { fd00::1/64 brd + label x }\n"
         "                                    ^~~\n"
         "t.conf:6:39: error: label is for IPv4 addresses alone; remove it from this line\n"
         "     virtual_ipaddress { fd00::1/64 brd + label x }\n"
         "                                          ^~~~~\n"},
        {"global_defs { vrrp_strict }\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " state MASTER\n"
         " priority 150\n"
         " accept\n"
         " down_timer_adverts 5\n"
         " preempt_delay 5\n"
         " higher_prio_send_advert\n"
         " garp_lower_prio_delay 3\n"
         " authentication { auth_type PASS auth_pass x }\n"
         " no_virtual_ipaddress\n"
         " unicast_peer { 10.0.0.2 }\n"
         "}\n",
         "t.conf:2:1: error: vrrp_instance A has no address, and strict VRRP needs one; add: "
         "virtual_ipaddress { ADDRESS/LENGTH }\n"
         "    vrrp_instance A {\n"
         "    ^~~~~~~~~~~~~\n"
         "t.conf:5:2: warning: A: strict VRRP has no such state; it becomes BACKUP: correct it, or "
         "remove strict mode\n"
         "     state MASTER\n"
         "     ^~~~~\n"
         "t.conf:7:2: warning: A: strict VRRP has no such accept; it becomes no_accept: correct it, "
         "or remove strict mode\n"
         "     accept\n"
         "     ^~~~~~\n"
         "t.conf:8:2: warning: A: strict VRRP has no such down_timer_adverts; it becomes 3: correct "
         "it, or remove strict mode\n"
         "     down_timer_adverts 5\n"
         "     ^~~~~~~~~~~~~~~~~~\n"
         "t.conf:9:2: warning: A: strict VRRP has no such preempt_delay; it becomes 0: correct it, or "
         "remove strict mode\n"
         "     preempt_delay 5\n"
         "     ^~~~~~~~~~~~~\n"
         "t.conf:10:2: warning: A: strict VRRP has no such higher_prio_send_advert; it becomes off: "
         "correct it, or remove strict mode\n"
         "     higher_prio_send_advert\n"
         "     ^~~~~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:11:2: warning: A: strict VRRP has no such garp_lower_prio_delay; it becomes 0: "
         "correct it, or remove strict mode\n"
         "     garp_lower_prio_delay 3\n"
         "     ^~~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:12:2: warning: A: strict VRRP has no such authentication; it becomes none: correct "
         "it, or remove strict mode\n"
         "     authentication { auth_type PASS auth_pass x }\n"
         "     ^~~~~~~~~~~~~~\n"
         "t.conf:13:2: warning: A: strict VRRP has no such no_virtual_ipaddress; it becomes off: "
         "correct it, or remove strict mode\n"
         "     no_virtual_ipaddress\n"
         "     ^~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:14:2: error: A: strict VRRP has no unicast; remove unicast_peer, or strict mode\n"
         "     unicast_peer { 10.0.0.2 }\n"
         "     ^~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " unicast_peer { }\n"
         "}\n",
         "t.conf:4:2: error: unicast_peer names no peer; type the addresses of the other directors, "
         "or remove it to use multicast\n"
         "     unicast_peer { }\n"
         "     ^~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " virtual_router_id 1\n"
         " unicast_src_ip 10.0.0.1\n"
         " unicast_peer { 10.0.0.2 min_ttl 9 max_ttl 8\n"
         "  10.0.0.1\n"
         "  10.0.0.2\n"
         "  fd00::2\n"
         "  224.0.0.18 }\n"
         " virtual_ipaddress { 10.0.0.7 }\n"
         "}\n",
         "t.conf:4:17: error: min_ttl 9 is above max_ttl 8; exchange them\n"
         "     unicast_peer { 10.0.0.2 min_ttl 9 max_ttl 8\n"
         "                    ^~~~~~~~\n"
         "t.conf:6:3: warning: the peer 10.0.0.2 is there twice; remove one\n"
         "      10.0.0.2\n"
         "      ^~~~~~~~\n"
         "t.conf:4:17: note: the first is here\n"
         "     unicast_peer { 10.0.0.2 min_ttl 9 max_ttl 8\n"
         "                    ^~~~~~~~\n"
         "t.conf:7:3: error: the peer fd00::2 is an IPv6 address and the instance is IPv4; type the "
         "peer's IPv4 address\n"
         "      fd00::2\n"
         "      ^~~~~~~\n"
         "t.conf:8:3: error: unicast_peer 224.0.0.18 is a multicast address; type the address of "
         "another director, or use mcast_dst_ip\n"
         "      224.0.0.18 }\n"
         "      ^~~~~~~~~~\n"
         "t.conf:9:22: error: the instance has no interface for this address; add: dev INTERFACE\n"
         "     virtual_ipaddress { 10.0.0.7 }\n"
         "                         ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " unicast_src_ip 10.0.0.1\n"
         "}\n",
         "t.conf:4:2: warning: unicast_src_ip without unicast_peer: the adverts of A go to a "
         "multicast group; add: unicast_peer { ADDRESS... }\n"
         "     unicast_src_ip 10.0.0.1\n"
         "     ^~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " unicast_src_ip 10.0.0.1\n"
         " unicast_peer { 10.0.0.2 }\n"
         "}\n"
         "vrrp_instance B {\n"
         " virtual_router_id 1\n"
         " unicast_src_ip 10.0.0.1\n"
         " unicast_peer { 10.0.0.3 10.0.0.2 }\n"
         "}\n",
         "t.conf:8:2: error: A and B both are virtual router 1 on 10.0.0.1; give one of them another "
         "virtual_router_id, here and on all directors\n"
         "     virtual_router_id 1\n"
         "     ^~~~~~~~~~~~~~~~~\n"
         "t.conf:3:2: note: A has it here\n"
         "     virtual_router_id 1\n"
         "     ^~~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1/33\n"
         "  hello\n"
         " }\n"
         "}\n",
         "t.conf:5:3: error: virtual_ipaddress \"10.0.0.1/33\" is no address; type ADDRESS or "
         "ADDRESS/LENGTH, 0 to 32 for the length of IPv4, 0 to 128 of IPv6\n"
         "      10.0.0.1/33\n"
         "      ^~~~~~~~~~~\n"
         "t.conf:6:3: error: virtual_ipaddress \"hello\" is no address; type ADDRESS or "
         "ADDRESS/LENGTH, 0 to 32 for the length of IPv4, 0 to 128 of IPv6\n"
         "      hello\n"
         "      ^~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1 dev\n"
         "  10.0.0.2 lable x\n"
         "  10.0.0.3 foo\n"
         "  10.0.0.4 scope 256\n"
         "  10.0.0.5 scope globl\n"
         "  10.0.0.6 label abcdefghijklmnop\n"
         " }\n"
         "}\n",
         "t.conf:5:12: error: dev needs an argument: dev INTERFACE\n"
         "      10.0.0.1 dev\n"
         "               ^~~\n"
         "t.conf:6:12: error: unknown option \"lable\" in virtual_ipaddress; did you mean "
         "\"label\"?\n"
         "      10.0.0.2 lable x\n"
         "               ^~~~~\n"
         "t.conf:7:12: error: unknown option \"foo\" in virtual_ipaddress; it knows dev, brd, "
         "broadcast, scope, label, peer, no_track, home, mngtmpaddr, noprefixroute, autojoin, "
         "-nodad, preferred_lft, track_group, use_vmac\n"
         "      10.0.0.3 foo\n"
         "               ^~~\n"
         "t.conf:8:18: error: scope 256 is outside 0..255\n"
         "      10.0.0.4 scope 256\n"
         "                     ^~~\n"
         "t.conf:9:18: error: scope takes global, site, link, host or nowhere, not \"globl\"\n"
         "      10.0.0.5 scope globl\n"
         "                     ^~~~~\n"
         "t.conf:10:18: error: label \"abcdefghijklmnop\" must have 1 to 15 bytes\n"
         "      10.0.0.6 label abcdefghijklmnop\n"
         "                     ^~~~~~~~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1 peer 10.0.0.2/32\n"
         "  10.0.0.3 peer 10.0.0.4 brd 10.0.0.5\n"
         "  10.0.0.6 use_vmac\n"
         "  10.0.0.7 preferred_lft soon no_track\n"
         "  10.0.0.8 -nodad\n"
         " }\n"
         "}\n",
         "t.conf:5:17: error: peer takes an address without a length, not \"10.0.0.2/32\"; "
         "type 10.0.0.2\n"
         "      10.0.0.1 peer 10.0.0.2/32\n"
         "                    ^~~~~~~~~~~\n"
         "t.conf:6:3: warning: an address with a peer has no broadcast address; remove brd\n"
         "      10.0.0.3 peer 10.0.0.4 brd 10.0.0.5\n"
         "      ^~~~~~~~\n"
         "t.conf:8:26: error: preferred_lft takes a whole number in 0..4294967295, not \"soon\"\n"
         "      10.0.0.7 preferred_lft soon no_track\n"
         "                             ^~~~\n"
         "t.conf:9:12: error: -nodad is for IPv6 addresses alone; remove it from this line\n"
         "      10.0.0.8 -nodad\n"
         "               ^~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1\n"
         "  10.0.0.1/24\n"
         " }\n"
         "}\n",
         "t.conf:6:3: warning: 10.0.0.1 is there twice; the first line counts, remove this one\n"
         "      10.0.0.1/24\n"
         "      ^~~~~~~~\n"
         "t.conf:5:3: note: the first is here\n"
         "      10.0.0.1\n"
         "      ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress { 10.0.0.1 }\n"
         "}\n"
         "vrrp_instance B {\n"
         " interface eth0\n"
         " virtual_router_id 2\n"
         " virtual_ipaddress { 10.0.0.1/24 }\n"
         "}\n"
         "vrrp_instance C {\n"
         " interface eth1\n"
         " virtual_router_id 2\n"
         " virtual_ipaddress { 10.0.0.1/24 }\n"
         "}\n",
         "t.conf:9:22: error: 10.0.0.1 on eth0 belongs to the vrrp_instance A already; remove "
         "it from one of them\n"
         "     virtual_ipaddress { 10.0.0.1/24 }\n"
         "                         ^~~~~~~~\n"
         "t.conf:4:22: note: the first is here\n"
         "     virtual_ipaddress { 10.0.0.1 }\n"
         "                         ^~~~~~~~\n"
         "t.conf:14:22: warning: 10.0.0.1 is an address of the vrrp_instance A too, on eth0; "
         "both can be master on different directors\n"
         "     virtual_ipaddress { 10.0.0.1/24 }\n"
         "                         ^~~~~~~~\n"
         "t.conf:4:22: note: the first is here\n"
         "     virtual_ipaddress { 10.0.0.1 }\n"
         "                         ^~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " auth_hmac {\n"
         "  key 1 x\n"
         " }\n"
         "}\n",
         "t.conf:4:2: error: auth_hmac has no key; add: key 1 file:PATH\n"
         "     auth_hmac {\n"
         "     ^~~~~~~~~\n"
         "t.conf:5:9: error: key 1 has less than 32 bytes; a key has 32 to 64 bytes: text, "
         "hex:DIGITS, file:PATH or credential:NAME\n"
         "      key 1 x\n"
         "            ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication { auth_type PASS auth_pass x }\n"
         " auth_hmac {\n"
         "  key 1 01234567890123456789012345678901\n"
         "  key 1 01234567890123456789012345678901\n"
         "  key 2 file:/nowhere\n"
         "  key 3 credential:vrrp\n"
         "  key 4 hex:0g\n"
         "  active_key 9\n"
         " }\n"
         "}\n",
         "t.conf:4:2: warning: A has auth_hmac, beside which authentication has no effect; remove "
         "it\n"
         "     authentication { auth_type PASS auth_pass x }\n"
         "     ^~~~~~~~~~~~~~\n"
         "t.conf:7:9: error: there is a key 1 already; number them apart\n"
         "      key 1 01234567890123456789012345678901\n"
         "            ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
         "t.conf:8:9: error: key 2 cannot be read; a key has 32 to 64 bytes: text, hex:DIGITS, "
         "file:PATH or credential:NAME\n"
         "      key 2 file:/nowhere\n"
         "            ^~~~~~~~~~~~~\n"
         "t.conf:9:9: error: key 3 names a credential, and the daemon was given none "
         "(LoadCredential= of its unit); a key has 32 to 64 bytes: text, hex:DIGITS, file:PATH or "
         "credential:NAME\n"
         "      key 3 credential:vrrp\n"
         "            ^~~~~~~~~~~~~~~\n"
         "t.conf:10:9: error: key 4 is not 64 to 128 hexadecimal digits; a key has 32 to 64 bytes: "
         "text, hex:DIGITS, file:PATH or credential:NAME\n"
         "      key 4 hex:0g\n"
         "            ^~~~~~\n"
         "t.conf:11:3: error: active_key 9: there is no such key; add: key 9 ...\n"
         "      active_key 9\n"
         "      ^~~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_file { f }\n"
         "}\n",
         "t.conf:4:15: error: there is no track_file \"f\"; add: track_file f { ... }\n"
         "     track_file { f }\n"
         "                  ^\n"},
        {"track_file load { file load\n init_file 1 twice\n }\n"
         "track_file load { file /b }\n"
         "vrrp_track_process web { process nginx\n quorum 3\n quorum_max 2 }\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_file { load weight 255\n"
         "  load }\n"
         " track_process { wbe }\n"
         "}\n",
         "t.conf:1:19: error: file \"load\" must begin with a \"/\"; type the whole path\n"
         "    track_file load { file load\n"
         "                      ^~~~\n"
         "t.conf:2:14: error: init_file takes a number and the word overwrite, not \"twice\"\n"
         "     init_file 1 twice\n"
         "                 ^~~~~\n"
         "t.conf:4:1: error: there is a track_file load already; rename or remove one of them\n"
         "    track_file load { file /b }\n"
         "    ^~~~~~~~~~\n"
         "t.conf:1:1: note: the first is here\n"
         "    track_file load { file load\n"
         "    ^~~~~~~~~~\n"
         "t.conf:7:2: error: quorum_max 2 is below the quorum 3; raise it\n"
         "     quorum_max 2 }\n"
         "     ^~~~~~~~~~\n"
         "t.conf:11:27: error: weight 255 is outside -254..254\n"
         "     track_file { load weight 255\n"
         "                              ^~~\n"
         "t.conf:12:3: warning: load is tracked twice; the first line counts, remove this one\n"
         "      load }\n"
         "      ^~~~\n"
         "t.conf:13:18: error: there is no vrrp_track_process \"wbe\"; did you mean \"web\"?\n"
         "     track_process { wbe }\n"
         "                     ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_script {\n"
         "  chk\n"
         " }\n"
         "}\n"
         "vrrp_script chck { script /bin/true }\n",
         "t.conf:5:3: error: there is no vrrp_script \"chk\"; did you mean \"chck\"?\n"
         "      chk\n"
         "      ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_script {\n"
         "  chk\n"
         " }\n"
         "}\n",
         "t.conf:5:3: error: there is no vrrp_script \"chk\"; add: vrrp_script chk { ... }\n"
         "      chk\n"
         "      ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_script {\n"
         "  s\n"
         "  s weight 5\n"
         " }\n"
         "}\n"
         "vrrp_script s { script /bin/true }\n",
         "t.conf:6:3: warning: s is tracked twice; the first line counts, remove this one\n"
         "      s weight 5\n"
         "      ^\n"
         "t.conf:5:3: note: the first is here\n"
         "      s\n"
         "      ^\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_interface {\n"
         "  eth0\n"
         "  eth1 weight 254\n"
         "  eth2 weight 255\n"
         "  eth3 reverse\n"
         "  eth4 wieght 5\n"
         "  eth1\n"
         " }\n"
         "}\n",
         "t.conf:5:3: warning: eth0 is the instance's own interface, which it tracks anyway "
         "and without a weight; remove it here\n"
         "      eth0\n"
         "      ^~~~\n"
         "t.conf:6:15: warning: weight 254 is reduced to 253, as keepalived does\n"
         "      eth1 weight 254\n"
         "                  ^~~\n"
         "t.conf:7:15: error: weight 255 is outside -253..253\n"
         "      eth2 weight 255\n"
         "                  ^~~\n"
         "t.conf:8:8: error: reverse stands before the weight; type weight WEIGHT reverse\n"
         "      eth3 reverse\n"
         "           ^~~~~~~\n"
         "t.conf:9:8: error: unknown option \"wieght\" in track_interface; did you mean "
         "\"weight\"?\n"
         "      eth4 wieght 5\n"
         "           ^~~~~~\n"
         "t.conf:10:3: warning: eth1 is tracked twice; the first line counts, remove this one\n"
         "      eth1\n"
         "      ^~~~\n"
         "t.conf:6:3: note: the first is here\n"
         "      eth1 weight 254\n"
         "      ^~~~\n"},
        {"vrrp_sync_group G {\n"
         " group {\n"
         "  A\n"
         "  B\n"
         "  A\n"
         " }\n"
         "}\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:4:3: error: there is no vrrp_instance \"B\"; add: vrrp_instance B { ... }\n"
         "      B\n"
         "      ^\n"
         "t.conf:5:3: warning: A is in the group twice; remove one\n"
         "      A\n"
         "      ^\n"},
        {"vrrp_sync_group G { group { A } }\n"
         "vrrp_sync_group H { group { A } }\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:29: error: A is in the vrrp_sync_group G already; an instance can be in one "
         "group\n"
         "    vrrp_sync_group H { group { A } }\n"
         "                                ^\n"
         "t.conf:1:1: note: the other group is here\n"
         "    vrrp_sync_group G { group { A } }\n"
         "    ^~~~~~~~~~~~~~~\n"},
        {"vrrp_sync_group G { group { A } }\n"
         "vrrp_sync_group G { group { A } }\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         "}\n",
         "t.conf:2:1: error: there is a vrrp_sync_group G already; rename or remove one of them\n"
         "    vrrp_sync_group G { group { A } }\n"
         "    ^~~~~~~~~~~~~~~\n"
         "t.conf:1:1: note: the first is here\n"
         "    vrrp_sync_group G { group { A } }\n"
         "    ^~~~~~~~~~~~~~~\n"},
        {"vrrp_sync_group G { group { A } }\n"
         "vrrp_script s { script /bin/true weight 5 }\n"
         "vrrp_script t { script /bin/true }\n"
         "vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " track_interface {\n"
         "  eth1 weight 5\n"
         "  eth2\n"
         " }\n"
         " track_script {\n"
         "  s\n"
         "  t\n"
         " }\n"
         "}\n",
         "t.conf:8:3: warning: A is in the vrrp_sync_group G, so its weight does not count: it "
         "is in FAULT while eth1 is down; add sync_group_tracking_weight to the group, or "
         "track it there\n"
         "      eth1 weight 5\n"
         "      ^~~~\n"
         "t.conf:12:3: warning: A is in the vrrp_sync_group G, so it does not track s, which "
         "has a weight; add sync_group_tracking_weight to the group, or track it there "
         "[never-yields]\n"
         "      s\n"
         "      ^\n"},
        {"vrrp_script s {\n"
         " script /bin/true\n"
         " weight 254\n"
         "}\n"
         "vrrp_script t {\n"
         " script /bin/true\n"
         " weight 5 foo\n"
         "}\n",
         "t.conf:3:9: error: weight 254 is outside -253..253\n"
         "     weight 254\n"
         "            ^~~\n"
         "t.conf:7:11: warning: \"foo\" is not used: weight takes no more words; remove it\n"
         "     weight 5 foo\n"
         "              ^~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type PASS\n"
         "  auth_pass \"\"\n"
         " }\n"
         "}\n",
         "t.conf:6:13: error: auth_pass is empty; type a password of 1 to 8 bytes\n"
         "      auth_pass \"\"\n"
         "                ^~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " authentication {\n"
         "  auth_type\n"
         "  auth_pass\n"
         " }\n"
         "}\n",
         "t.conf:5:3: error: auth_type needs an argument: auth_type PASS|AH\n"
         "      auth_type\n"
         "      ^~~~~~~~~\n"
         "t.conf:6:3: error: auth_pass needs an argument: auth_pass PASSWORD\n"
         "      auth_pass\n"
         "      ^~~~~~~~~\n"},
        {"vrrp_instance A {\n"
         " interface eth0\n"
         " virtual_router_id 1\n"
         " virtual_ipaddress {\n"
         "  10.0.0.1 brd\n"
         "  10.0.0.2 brd x\n"
         "  10.0.0.3 scope\n"
         "  10.0.0.4 label\n"
         "  10.0.0.5 use_vmac preferred_lft\n"
         " }\n"
         "}\n",
         "t.conf:5:12: error: brd needs an argument: brd ADDRESS, + or -\n"
         "      10.0.0.1 brd\n"
         "               ^~~\n"
         "t.conf:6:16: error: brd \"x\" is no IPv4 or IPv6 address; names are not looked up\n"
         "      10.0.0.2 brd x\n"
         "                   ^\n"
         "t.conf:7:12: error: scope needs an argument: scope global, site, link, host, nowhere "
         "or 0..255\n"
         "      10.0.0.3 scope\n"
         "               ^~~~~\n"
         "t.conf:8:12: error: label needs an argument: label LABEL\n"
         "      10.0.0.4 label\n"
         "               ^~~~~\n"
         "t.conf:9:21: error: preferred_lft needs an argument: preferred_lft SECONDS or forever\n"
         "      10.0.0.5 use_vmac preferred_lft\n"
         "                        ^~~~~~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

static void test_what_is_wrong_with_the_pace_of_announcements(void **state)
{
    static const struct unit_message_row rows[] = {
        {"garp_group { interface eth1 garp_interval 0.1 }\n"
         "garp_group {\n"
         " interfaces { eth2 eth1 }\n"
         " gna_interval 0.1\n"
         "}\n",
         "t.conf:3:20: error: eth1 is in the garp_group in line 1 already; an interface has one "
         "pace: name it once\n"
         "     interfaces { eth2 eth1 }\n"
         "                       ^~~~\n"},
        {"garp_group { interface eth1 }\n",
         "t.conf:1:1: warning: this garp_group has neither garp_interval nor gna_interval, and no "
         "effect; add one: garp_interval 0.001\n"
         "    garp_group { interface eth1 }\n"
         "    ^~~~~~~~~~\n"},
        {"garp_group { garp_interval 0.1 }\n",
         "t.conf:1:1: warning: this garp_group names no interface, and has no effect; add: "
         "interface IFNAME\n"
         "    garp_group { garp_interval 0.1 }\n"
         "    ^~~~~~~~~~\n"},
        {"global_defs {\n"
         " vrrp_garp_extra_if all 60.5\n"
         "}\n",
         "t.conf:2:25: error: vrrp_garp_extra_if takes whole seconds, 1..86400, not \"60.5\"\n"
         "     vrrp_garp_extra_if all 60.5\n"
         "                            ^~~~\n"},
        {"global_defs {\n"
         " vrrp_garp_extra_if all\n"
         "}\n",
         "t.conf:2:2: error: vrrp_garp_extra_if lacks the seconds; add: vrrp_garp_extra_if all "
         "60\n"
         "     vrrp_garp_extra_if all\n"
         "     ^~~~~~~~~~~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

static void test_adverts_name_what_a_frame_has_room_for(void **state)
{
    static const struct {
        const char *text; /* behind the addresses */
        bool ipv4;
        unsigned room;
    } rows[] = {
        {"", false, 90},
        {"auth_hmac { active_key 1\nkey 1 01234567890123456789012345678901 }\n", false, 89},
        {"version 3\n", true, 255},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_append(&text, "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n"
                           " virtual_ipaddress {\n");
        for (unsigned number = 0; number < 256; number++) {
            if (rows[i].ipv4) {
                text_appendf(&text, "10.0.%u.1\n", number);
            } else {
                text_appendf(&text, "%s%x\n", number ? "2001:db8::" : "fe80::", number + 1);
            }
        }
        text_appendf(&text, " }\n%s}\n", rows[i].text);
        load = unit_load(text.data);
        assert_non_null(load.conf);
        assert_int_equal(STAILQ_FIRST(&load.conf->instances)->advertised_count, rows[i].room);
        assert_int_equal(STAILQ_FIRST(&load.conf->instances)->address_count, 256);
        unit_unload(&load);
        text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_wrong_with_vrrp),
        cmocka_unit_test(test_what_is_wrong_with_the_pace_of_announcements),
        cmocka_unit_test(test_adverts_name_what_a_frame_has_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
