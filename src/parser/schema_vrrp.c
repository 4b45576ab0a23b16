/* SPDX-License-Identifier: Apache-2.0
 *
 * The keywords of the blocks of VRRP and of what it tracks.
 */
#include "parser/build.h"
#include "parser/facts_write.h"
#include "parser/schema_rows.h"

/* track_group. */
static const struct schema_row schema_track_group_rows_table[] = {
    ROW("group", WORDS, RARE, "The instances that are in FAULT without the group's entries.",
        FLAGS(SCHEMA_REQUIRED), ARGUMENTS("{ INSTANCE... }"),
        READER(build_read_track_group_members),
        EXAMPLE("{\n"
                "    VI_1\n"
                "}")),
};
SCHEMA_ROWS(schema_track_group_rows);

/* vrrp_sync_group. */
static const struct schema_row schema_sync_group_rows_table[] = {
    ROW("group", WORDS, COMMON, "The instances that change their state together.",
        FLAGS(SCHEMA_REQUIRED), ARGUMENTS("{ INSTANCE... }"), READER(build_read_group_members),
        EXAMPLE("{\n"
                "    VI_1\n"
                "    VI_2\n"
                "}")),
    ROW("track_interface", LINES, COMMON, "Interfaces that every member tracks.",
        ARGUMENTS("{ INTERFACE [weight WEIGHT [reverse]] ... }"),
        OPTIONS(build_track_interface_options), READER(build_read_track_interfaces),
        EXAMPLE("{\n"
                "    eth1 weight -20\n"
                "}")),
    ROW("track_script", LINES, COMMON, "Scripts that every member tracks.",
        ARGUMENTS("{ SCRIPT [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_script_options), READER(build_read_track_scripts),
        EXAMPLE("{\n"
                "    nginx weight -20\n"
                "}")),
    ROW("track_file", LINES, RARE, "Files that every member tracks.",
        ARGUMENTS("{ FILE [weight WEIGHT [reverse|noreverse]] ... }"), OPTIONS(build_track_options),
        READER(build_read_track_files),
        EXAMPLE("{\n"
                "    load weight 1\n"
                "}")),
    ROW("track_process", LINES, RARE, "Processes that every member tracks.",
        ARGUMENTS("{ PROCESS [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_options), READER(build_read_track_processes),
        EXAMPLE("{\n"
                "    nginx weight -20\n"
                "}")),
    ROW("track_bfd", LINES, RARE, "BFD sessions that every member tracks.",
        ARGUMENTS("{ SESSION [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_script_options), READER(build_read_track_bfds),
        EXAMPLE("{\n"
                "    peer weight -20\n"
                "}")),
    ROW("notify_backup", SCRIPT, COMMON, "Run when the group becomes backup.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_sync_group, notify.backup)),
    ROW("notify_master", SCRIPT, COMMON, "Run when the group becomes master.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_sync_group, notify.master)),
    ROW("notify_fault", SCRIPT, COMMON, "Run when the group is in fault.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_sync_group, notify.fault)),
    ROW("notify_stop", SCRIPT, RARE, "Run at stop.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_sync_group, notify.stop)),
    ROW("notify", SCRIPT, COMMON,
        "Run on every change, with kind, name, state and priority as further arguments.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_sync_group, notify.any)),
    ROW("smtp_alert", BOOL, COMMON, "A mail tells of the group's changes.",
        INHERITED("smtp_alert_vrrp's of global_defs"), EXTRA(struct build_sync_group, mail),
        EFFECTIVE(struct conf_sync_group, notify.mail)),
    ROW("global_tracking", FLAG, RARE, "The old name of sync_group_tracking_weight.",
        OBJECT(struct conf_sync_group, tracking_weight)),
    ROW("sync_group_tracking_weight", FLAG, RARE, "Members keep the weights of what they track.",
        OBJECT(struct conf_sync_group, tracking_weight), HIDDEN),
    ROW("notify_priority_changes", BOOL, RARE,
        "Changes of its members' priority are written to the FIFOs.",
        INHERITED("vrrp_notify_priority_changes'"), EXTRA(struct build_sync_group, notify_priority),
        HIDDEN),
};
SCHEMA_ROWS(schema_sync_group_rows);

/* garp_group. */
static const struct schema_row schema_garp_group_rows_table[] = {
    ROW("garp_interval", SECONDS, RARE, "The gap between gratuitous ARPs of these interfaces.",
        SECONDS(6, 0, 4294967295 * SCHEMA_MICRO), DEFAULT("none"),
        OBJECT(struct conf_garp_group, garp_interval), EXAMPLE("0.001"), WRITER(facts_write_pace)),
    ROW("gna_interval", SECONDS, RARE,
        "The gap between unsolicited neighbour advertisements of these interfaces.",
        SECONDS(6, 0, 4294967295 * SCHEMA_MICRO), DEFAULT("none"),
        OBJECT(struct conf_garp_group, gna_interval), EXAMPLE("0.001"), WRITER(facts_write_pace)),
    ROW("interface", INTERFACE, RARE,
        "An interface that it applies to, with the virtual ones that stand on it.",
        FLAGS(SCHEMA_REPEATS | SCHEMA_HIDDEN), READER(build_read_garp_interface)),
    ROW("interfaces", WORDS, RARE, "Interfaces that share the pace.",
        FLAGS(SCHEMA_REPEATS | SCHEMA_HIDDEN), READER(build_read_garp_interfaces),
        EXAMPLE("{\n"
                "    eth0\n"
                "    eth1\n"
                "}")),
};
SCHEMA_ROWS(schema_garp_group_rows);

/* vrrp_instance. */
static const struct schema_row schema_instance_rows_table[] = {
    /* Identity and election. */
    ROW("state", CHOICE, CORE,
        "The state wanted at start; only priority 255 begins as master at once.",
        CHOICES(conf_state_names), DEFAULT("MASTER with priority 255, else BACKUP"),
        OBJECT(struct conf_instance, state_master), EXAMPLE("BACKUP")),
    ROW("interface", INTERFACE, CORE,
        "The interface that adverts are sent and received on. Unicast with unicast_src_ip needs none.",
        FLAGS(SCHEMA_REQUIRED), OBJECT(struct conf_instance, interface),
        WRITER(facts_write_interface)),
    ROW("virtual_router_id", NUMBER, CORE,
        "The number that all directors of this virtual router share.", FLAGS(SCHEMA_REQUIRED),
        RANGE(1, 255), OBJECT(struct conf_instance, vrid), UNIT(NO_UNIT), EXAMPLE("51")),
    ROW("priority", NUMBER, CORE,
        "The base priority; the highest one becomes master. 255: the owner of the addresses.",
        RANGE(1, 255), INITIAL(100), DEFAULT("100; 255 with state MASTER"),
        OBJECT(struct conf_instance, priority), UNIT(NO_UNIT), EXAMPLE("150")),
    ROW("advert_int", SECONDS, CORE,
        "Between adverts. VRRPv2: whole seconds; VRRPv3: steps of 0.01, up to 40.95.",
        SECONDS(6, 10 * SCHEMA_MILLI, 255 * SCHEMA_SECOND), INITIAL(SCHEMA_SECOND),
        OBJECT(struct conf_instance, advert_interval)),
    ROW("version", NUMBER, COMMON, "The version of VRRP.", RANGE(2, 3), INHERITED("vrrp_version's"),
        EXTRA(struct build_instance, settings[BUILD_VERSION]), UNIT(NO_UNIT), EXAMPLE("3"),
        EFFECTIVE(struct conf_instance, version)),
    ROW("native_ipv6", FLAG, RARE,
        "Adverts by IPv6 where no address says so; addresses say it by themselves.",
        EXTRA(struct build_instance, native_ipv6), HIDDEN),
    ROW("vrf", INTERFACE, RARE, "The VRF that unicast without an interface uses.",
        OBJECT(struct conf_instance, vrf), EXAMPLE("vrf-blue")),
    ROW("preempt", FLAG, RARE, "A higher priority takes over from a lower one.", DEFAULT("on"),
        OBJECT(struct conf_instance, preempt), INITIAL(1), HIDDEN),
    ROW("nopreempt", FLAG, CORE, "A master of lower priority is left alone.", CLEARS,
        OBJECT(struct conf_instance, preempt)),
    ROW("preempt_delay", SECONDS, COMMON, "How long a master of lower priority is left alone.",
        SECONDS(6, 0, 1000 * SCHEMA_SECOND), INITIAL(0),
        OBJECT(struct conf_instance, preempt_delay), EXAMPLE("30")),
    ROW("down_timer_adverts", NUMBER, RARE,
        "Adverts that may be missed before a backup takes over.", RANGE(1, 100),
        INHERITED("vrrp_down_timer_adverts'"),
        EXTRA(struct build_instance, settings[BUILD_DOWN_TIMER_ADVERTS]), UNIT("adverts"),
        EFFECTIVE(struct conf_instance, down_timer_adverts)),
    ROW("timer_expired_backup", SPECIAL, RARE,
        "A master whose advert is so late that a router of this priority has taken over becomes backup, "
        "instead of listening for a skew time and going on. Only with nopreempt.",
        ARGUMENTS("[1..254]"), RANGE(1, 254), DEFAULT("off; 254 where no number follows"),
        OBJECT(struct conf_instance, late_priority), READER(build_read_late_priority),
        EXAMPLE("100"), WRITER(facts_write_late_priority)),
    ROW("thread_timer_expired", SPECIAL, RARE, "The old name of timer_expired_backup.",
        ARGUMENTS("[1..254]"), RANGE(1, 254), DEFAULT("off; 254 where no number follows"),
        OBJECT(struct conf_instance, late_priority), READER(build_read_late_priority),
        EXAMPLE("100"), HIDDEN),
    ROW("strict_mode", BOOL, COMMON, "What the RFCs do not have is corrected or refused.",
        INHERITED("vrrp_strict's"), EXTRA(struct build_instance, settings[BUILD_STRICT]),
        EFFECTIVE(struct conf_instance, strict)),
    ROW("accept", FLAG, RARE, "Packets to the addresses are taken.",
        DEFAULT("on; with strict_mode off unless it owns the addresses"),
        OBJECT(struct conf_instance, accept), INITIAL(1), HIDDEN),
    ROW("no_accept", FLAG, RARE,
        "Packets to the addresses are dropped (neighbour discovery is not), unless it owns them.",
        CLEARS, OBJECT(struct conf_instance, accept)),
    ROW("skip_check_adv_addr", BOOL, RARE,
        "Do not compare the addresses in the adverts of the known master.",
        INHERITED("vrrp_skip_check_adv_addr's"),
        EXTRA(struct build_instance, settings[BUILD_SKIP_CHECK_ADV_ADDR]),
        EFFECTIVE(struct conf_instance, skip_check_adv_addr)),
    ROW("lower_prio_no_advert", BOOL, RARE, "Do not answer adverts of lower priority.",
        INHERITED("vrrp_lower_prio_no_advert's"),
        EXTRA(struct build_instance, settings[BUILD_LOWER_PRIO_NO_ADVERT]),
        EFFECTIVE(struct conf_instance, lower_prio_no_advert)),
    ROW("higher_prio_send_advert", BOOL, RARE,
        "Send one more advert before yielding to a higher priority.",
        INHERITED("vrrp_higher_prio_send_advert's"),
        EXTRA(struct build_instance, settings[BUILD_HIGHER_PRIO_SEND_ADVERT]),
        EFFECTIVE(struct conf_instance, higher_prio_send_advert)),
    ROW("handover", BOOL, RARE,
        "A master that stops keeps its addresses answering until its successor is heard; off: it "
        "drops them at once, and nobody answers for the successor's skew time.",
        FLAGS(SCHEMA_OURS), INHERITED("vrrp_handover's"),
        EXTRA(struct build_instance, settings[BUILD_HANDOVER]),
        EFFECTIVE(struct conf_instance, handover)),
    ROW("owner_ignore_adverts", BOOL, RARE, "With priority 255: drop all adverts.",
        INHERITED("vrrp_owner_ignore_adverts'"),
        EXTRA(struct build_instance, settings[BUILD_OWNER_IGNORE_ADVERTS]),
        EFFECTIVE(struct conf_instance, ignore_adverts)),
    ACCEPTED("debug", NUMBER, RARE, "it has no effect in keepalived either",
             "A level for debugging.", RANGE(0, 4), DEFAULT("0"), UNIT(NO_UNIT)),

    /* Addresses, routes, virtual MAC. */
    ROW("virtual_ipaddress", LINES, CORE, "The addresses that the master holds and adverts name.",
        ARGUMENTS("{ ADDRESS[/LENGTH] [OPTION...] ... }"), OPTIONS(build_address_options),
        READER(build_read_addresses),
        EXAMPLE("{\n"
                "    192.0.2.10/24 dev eth0 label eth0:web\n"
                "}")),
    ROW("virtual_ipaddress_excluded", LINES, COMMON,
        "Addresses that the master holds and adverts do not name.",
        ARGUMENTS("{ ADDRESS[/LENGTH] [OPTION...] ... }"), OPTIONS(build_address_options),
        READER(build_read_addresses),
        EXAMPLE("{\n"
                "    198.51.100.10/24 dev eth1\n"
                "}")),
    ROW("no_virtual_ipaddress", FLAG, RARE, "It needs no addresses.",
        OBJECT(struct conf_instance, without_addresses)),
    ROW("promote_secondaries", FLAG, RARE,
        "Switches that setting of the interface on: removing an address leaves the others of its "
        "network.",
        OBJECT(struct conf_instance, promote_secondaries)),
    ROW("virtual_routes", LINES, COMMON,
        "The routes that the master has, in the words of ip route.",
        ARGUMENTS("{ [TYPE] [to] NETWORK [OPTION...] ... }"), OPTIONS(build_route_options),
        READER(build_read_routes),
        EXAMPLE("{\n"
                "    198.51.100.0/24 via 192.0.2.1 dev eth0\n"
                "}")),
    ROW("virtual_rules", LINES, RARE,
        "The policy rules that the master has, in the words of ip rule.",
        ARGUMENTS("{ OPTION... ... }"), OPTIONS(build_rule_options), READER(build_read_rules),
        EXAMPLE("{\n"
                "    from 192.0.2.10 table 100 preference 1000\n"
                "}")),
    ROW("use_vmac", SPECIAL, COMMON,
        "Adverts and addresses use a virtual interface with the virtual router's MAC address, which "
        "is up while the instance is master.",
        ARGUMENTS("[[name] IFNAME] [MAC 6 or 5 octets] [netlink_notify_msg] [group ID], any order"),
        DEFAULT("off; name vrrp.VRID, for IPv6 vrrp6.VRID; the group of the interface"),
        EFFECTIVE_POINTER(struct conf_instance, vmac), READER(build_read_use_vmac),
        EXAMPLE("vrrp.51"), WRITER(facts_write_vmac)),
    ROW("use_vmac_addr", FLAG, RARE,
        "Addresses on other interfaces have a virtual one there, with the virtual router's MAC "
        "address.",
        OBJECT(struct conf_instance, use_vmac_addr)),
    ROW("vmac_xmit_base", FLAG, COMMON, "With use_vmac: adverts leave by the interface itself.",
        DEFAULT("off"), OBJECT(struct conf_instance, vmac_xmit_base)),
    ROW("use_ipvlan", SPECIAL, RARE,
        "Adverts and addresses use a virtual interface that shares the MAC address; for IPv4 it "
        "needs an address of its own.",
        ARGUMENTS("[[name] IFNAME] [ADDRESS/LENGTH] [bridge, private or vepa] [group ID]"),
        DEFAULT("off; bridge"), EFFECTIVE_POINTER(struct conf_instance, vmac),
        READER(build_read_use_ipvlan), EXAMPLE("192.0.2.5/24"), WRITER(facts_write_ipvlan)),

    /* Transport. */
    ROW("mcast_src_ip", ADDRESS, COMMON, "The source address of adverts.",
        DEFAULT("the interface's primary address; the link-local one for IPv6"),
        OBJECT(struct conf_instance, source), EXAMPLE("192.0.2.2"),
        WRITER(facts_write_mcast_source)),
    ROW("unicast_src_ip", ADDRESS, COMMON, "The source address of adverts to unicast peers.",
        DEFAULT("the interface's primary address"), OBJECT(struct conf_instance, source),
        EXAMPLE("192.0.2.2"), WRITER(facts_write_unicast_source)),
    ROW("unicast_peer", LINES, COMMON,
        "The other directors: adverts go to each of them, and only theirs are heard.",
        DEFAULT("multicast"), ARGUMENTS("{ ADDRESS [min_ttl TTL] [max_ttl TTL] ... }"),
        OPTIONS(build_peer_options), READER(build_read_peers),
        EXAMPLE("{\n"
                "    192.0.2.3\n"
                "}")),
    ROW("unicast_fault_no_peer", FLAG, RARE, "FAULT instead of multicast where there are no peers.",
        OBJECT(struct conf_instance, fault_no_peer)),
    ROW("unicast_ttl", NUMBER, RARE, "The TTL (hop limit) of adverts to peers.", RANGE(0, 255),
        FLAGS(SCHEMA_ZERO_IS_ONE), INITIAL(255), OBJECT(struct conf_instance, unicast_ttl),
        UNIT("hops"), EXAMPLE("255")),
    ACCEPTED("check_unicast_src", FLAG, RARE, "only adverts of configured peers are ever heard",
             "Accept only configured peers."),
    ROW("mcast_dst_ip", SPECIAL, RARE, "The multicast group that adverts go to.",
        ARGUMENTS("ADDRESS"), DEFAULT("vrrp_mcast_group4's or vrrp_mcast_group6's"),
        OBJECT(struct conf_instance, mcast_group), READER(build_read_mcast_group),
        EXAMPLE("224.0.0.18"), WRITER(facts_write_address)),
    ROW("track_src_ip", FLAG, RARE,
        "FAULT while no interface has the address of mcast_src_ip or unicast_src_ip.",
        OBJECT(struct conf_instance, track_source)),
    ROW("old_unicast_checksum", SPECIAL, RARE,
        "VRRPv3 over IPv4 to peers has the checksum of keepalived up to 1.3.6, with the multicast "
        "group in it; with never such a checksum is wrong.",
        ARGUMENTS("[never]"), DEFAULT("off: heard from any peer, sent to those that send it"),
        OBJECT(struct conf_instance, old_checksum), READER(build_read_old_checksum),
        EXAMPLE("never"), WRITER(facts_write_old_checksum)),
    ROW("v3_checksum_as_v2", BOOL, RARE,
        "Compute the checksum of VRRPv3 over IPv4 without a pseudo header.",
        INHERITED("global_defs'"), EXTRA(struct build_instance, settings[BUILD_CHECKSUM_AS_V2]),
        EFFECTIVE(struct conf_instance, checksum_as_v2)),
    ROW("kernel_rx_buf_size", NUMBER, RARE,
        "Its part of the receive buffer of its socket, which instances of one interface share.",
        RANGE(0, SCHEMA_U32_MAX), DEFAULT("vrrp_rx_bufs_policy's"), UNIT("bytes"),
        OBJECT(struct conf_instance, receive_buffer), EXAMPLE("1048576"),
        WRITER(facts_write_receive_buffer)),
    ROW("authentication", BLOCK, COMMON, "VRRPv2 authentication.", OPENS(SCHEMA_AUTHENTICATION),
        READER(build_read_authentication),
        EXAMPLE("{\n"
                "    auth_type PASS\n"
                "    auth_pass s3cret\n"
                "}")),
    ROW("auth_hmac", BLOCK, RARE, "Signs adverts, as keepalived 2.4 does, and wants them signed.",
        OPENS(SCHEMA_AUTH_HMAC), READER(build_read_hmac),
        EXAMPLE("{\n"
                "    key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
                "    active_key 1\n"
                "}")),

    /* Tracking. */
    ROW("dont_track_primary", FLAG, COMMON, "The state of its own interface does not matter.",
        CLEARS, INITIAL(1), OBJECT(struct conf_instance, track_primary)),
    ROW("track_interface", LINES, CORE, "Track other interfaces.",
        ARGUMENTS("{ INTERFACE [weight WEIGHT [reverse]] ... }"),
        OPTIONS(build_track_interface_options), READER(build_read_track_interfaces),
        EXAMPLE("{\n"
                "    eth1 weight -20\n"
                "}")),
    ROW("track_script", LINES, CORE, "Track vrrp_scripts.",
        ARGUMENTS("{ SCRIPT [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_script_options), READER(build_read_track_scripts),
        EXAMPLE("{\n"
                "    nginx weight -20\n"
                "}")),
    ROW("track_file", LINES, COMMON, "Track files: the number in each counts.",
        ARGUMENTS("{ FILE [weight WEIGHT [reverse|noreverse]] ... }"), OPTIONS(build_track_options),
        READER(build_read_track_files),
        EXAMPLE("{\n"
                "    load weight 1\n"
                "}")),
    ROW("track_process", LINES, COMMON, "Track whether processes run.",
        ARGUMENTS("{ PROCESS [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_options), READER(build_read_track_processes),
        EXAMPLE("{\n"
                "    nginx weight -20\n"
                "}")),
    ROW("track_bfd", LINES, RARE, "Track BFD sessions: whether a neighbor is reached.",
        ARGUMENTS("{ SESSION [weight WEIGHT [reverse|noreverse]] ... }"),
        OPTIONS(build_track_script_options), READER(build_read_track_bfds),
        EXAMPLE("{\n"
                "    peer weight -20\n"
                "}")),
    ROW("linkbeat_use_polling", FLAG, RARE,
        "Its interface is polled: deprecated, see linkbeat_interfaces.",
        OBJECT(struct conf_instance, linkbeat_polling), READER(build_read_instance_polling)),

    /* GARP. */
    ROW("garp_master_delay", SECONDS, COMMON,
        "From a takeover to the second burst of gratuitous ARPs; 0: no second one.",
        SECONDS(0, 0, 4294 * SCHEMA_SECOND), INHERITED("vrrp_garp_master_delay's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_DELAY]), EXAMPLE("5"),
        EFFECTIVE(struct conf_instance, announce.delay)),
    ROW("garp_master_repeat", NUMBER, COMMON, "Gratuitous ARPs for each address in a burst.",
        RANGE(0, SCHEMA_U32_MAX), FLAGS(SCHEMA_ZERO_IS_ONE), INHERITED("vrrp_garp_master_repeat's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_REPEAT]), UNIT("packets"), EXAMPLE("5"),
        EFFECTIVE(struct conf_instance, announce.repeat)),
    ROW("garp_master_refresh", SECONDS, COMMON,
        "Between refreshing gratuitous ARPs while master; 0: none.", SECONDS(0, 0, SCHEMA_LONGEST),
        INHERITED("vrrp_garp_master_refresh's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_REFRESH]), EXAMPLE("60"),
        EFFECTIVE(struct conf_instance, announce.refresh)),
    ROW("garp_master_refresh_repeat", NUMBER, COMMON,
        "Gratuitous ARPs for each address in a refresh.", RANGE(0, SCHEMA_U32_MAX),
        FLAGS(SCHEMA_ZERO_IS_ONE), INHERITED("vrrp_garp_master_refresh_repeat's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_REFRESH_REPEAT]), UNIT("packets"),
        EXAMPLE("1"), EFFECTIVE(struct conf_instance, announce.refresh_repeat)),
    ROW("garp_lower_prio_delay", SECONDS, RARE,
        "From an advert of lower priority to the second burst; 0: no second one.",
        SECONDS(0, 0, 4294 * SCHEMA_SECOND),
        INHERITED("vrrp_garp_lower_prio_delay's, else garp_master_delay's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_LOWER_PRIO_DELAY]), EXAMPLE("5"),
        EFFECTIVE(struct conf_instance, announce.lower_prio_delay)),
    ROW("garp_lower_prio_repeat", NUMBER, RARE,
        "Gratuitous ARPs for each address after an advert of lower priority.",
        RANGE(0, SCHEMA_I32_MAX),
        INHERITED("vrrp_garp_lower_prio_repeat's, else garp_master_repeat's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_LOWER_PRIO_REPEAT]), UNIT("packets"),
        EXAMPLE("5"), EFFECTIVE(struct conf_instance, announce.lower_prio_repeat)),
    ROW("garp_extra_if", SPECIAL, RARE,
        "Announces addresses again and again that are on other interfaces than the instance's, where "
        "no advert tells the switch of them: on virtual ones, with `all` on any; 0: never.",
        ARGUMENTS("[all] 0..86400"), INHERITED("vrrp_garp_extra_if's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_EXTRA]), READER(build_read_extra_garp),
        EXAMPLE("all 60"), EFFECTIVE(struct conf_instance, announce.extra),
        WRITER(facts_write_extra_garp)),
    ROW("vmac_garp_intvl", SPECIAL, RARE, "The old name of garp_extra_if.",
        ARGUMENTS("[all] 0..86400"), INHERITED("vrrp_garp_extra_if's"),
        EXTRA(struct build_instance, settings[BUILD_GARP_EXTRA]), READER(build_read_extra_garp),
        EXAMPLE("all 60"), HIDDEN),

    /* Notification. */
    ROW("notify_master", SCRIPT, CORE, "Run when it becomes master.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_instance, notify.master)),
    ROW("notify_backup", SCRIPT, CORE, "Run when it becomes backup.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_instance, notify.backup)),
    ROW("notify_fault", SCRIPT, CORE, "Run when it is in fault.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_instance, notify.fault)),
    ROW("notify_stop", SCRIPT, COMMON, "Run at stop.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_instance, notify.stop)),
    ROW("notify_deleted", SPECIAL, RARE,
        "Its removal by a reload is told as DELETED, not as FAULT; the script is run then.",
        FLAGS(SCHEMA_FIRST_COUNTS), ARGUMENTS("[COMMAND [USER [GROUP]]]"),
        OBJECT(struct conf_instance, notify_deleted), READER(build_read_notify_deleted),
        EXAMPLE("\"/usr/local/sbin/on-change DELETED\""), WRITER(facts_write_notify_deleted)),
    ROW("notify", SCRIPT, CORE,
        "Run on every change, with kind, name, state and priority as further arguments.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_instance, notify.any)),
    ROW("notify_master_rx_lower_pri", SCRIPT, RARE,
        "Run when a master hears an advert of lower priority: there is a second master.",
        FLAGS(SCHEMA_FIRST_COUNTS), OBJECT(struct conf_instance, notify.lower)),
    ROW("notify_priority_changes", BOOL, RARE, "Changes of its priority are written to the FIFOs.",
        INHERITED("the sync group's, else vrrp_notify_priority_changes'"),
        EXTRA(struct build_instance, settings[BUILD_NOTIFY_PRIORITY]),
        EFFECTIVE(struct conf_instance, notify_priority_changes)),
    ROW("lvs_sync_daemon_interface", INTERFACE, RARE,
        "The same as lvs_sync_daemon of global_defs with this instance.",
        EXTRA(struct build_instance, sync_interface), HIDDEN),
    ROW("smtp_alert", BOOL, COMMON, "A mail tells of its changes.",
        INHERITED("smtp_alert_vrrp's of global_defs"),
        EXTRA(struct build_instance, settings[BUILD_VRRP_MAIL]),
        EFFECTIVE(struct conf_instance, notify.mail)),
};
SCHEMA_ROWS(schema_instance_rows);

/* authentication. */
static const struct schema_row schema_authentication_rows_table[] = {
    ROW("auth_type", SPECIAL, COMMON, "PASS sends a password in the clear, AH only proves it.",
        ARGUMENTS("PASS|AH"), READER(build_read_auth_type), EXAMPLE("PASS")),
    ROW("auth_pass", SPECIAL, COMMON, "The password that all directors share, up to 8 bytes.",
        ARGUMENTS("PASSWORD"), READER(build_read_auth_pass), EXAMPLE("s3cret")),
};
SCHEMA_ROWS(schema_authentication_rows);

/* auth_hmac. */
static const struct schema_row schema_auth_hmac_rows_table[] = {
    ROW("key", SPECIAL, RARE,
        "A key of 32 to 64 bytes; several for a change of keys. credential: one that systemd hands "
        "over.",
        FLAGS(SCHEMA_REPEATS), ARGUMENTS("ID TEXT|hex:DIGITS|file:PATH|credential:NAME"),
        READER(build_read_hmac_key),
        EXAMPLE("1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")),
    ROW("active_key", NUMBER, RARE, "The key that adverts are signed with.", RANGE(1, 255),
        DEFAULT("required"), OBJECT(struct conf_instance, hmac_active), UNIT(NO_UNIT), EXAMPLE("1"),
        HIDDEN),
    ROW("time_window", SECONDS, RARE, "How far the clocks of two routers may be apart.",
        SECONDS(0, 1 * SCHEMA_SECOND, 300 * SCHEMA_SECOND),
        DEFAULT("3 x advert_int, at least 5, at most 300"),
        OBJECT(struct conf_instance, hmac_window), EXAMPLE("5"), HIDDEN),
    ROW("anti_replay", CHOICE, RARE, "Sequence numbers must grow; time: and be near the clock.",
        CHOICES(conf_hmac_replay_names), DEFAULT("time"),
        OBJECT(struct conf_instance, hmac_anti_replay), EXAMPLE("monotonic"), HIDDEN),
    ROW("mode", CHOICE, RARE,
        "enforce: unsigned adverts are dropped; permissive: they are admitted; receive-only: they "
        "are, and ours are not signed.",
        CHOICES(conf_hmac_mode_names), DEFAULT("enforce"), OBJECT(struct conf_instance, hmac_mode),
        EXAMPLE("permissive"), HIDDEN),
};
SCHEMA_ROWS(schema_auth_hmac_rows);

/* vrrp_script. */
static const struct schema_row schema_script_rows_table[] = {
    ROW("script", COMMAND, CORE, "The program that is run; its exit status 0 is good.",
        FLAGS(SCHEMA_REQUIRED | SCHEMA_FIRST_COUNTS), OBJECT(struct conf_vrrp_script, script),
        EXAMPLE("\"/usr/bin/pgrep nginx\"")),
    ROW("interval", SECONDS, CORE, "Time between runs.", SECONDS(3, 0, 4294 * SCHEMA_SECOND),
        INITIAL(SCHEMA_SECOND), FLAGS(SCHEMA_ZERO_IS_ONE),
        OBJECT(struct conf_vrrp_script, interval), EXAMPLE("2")),
    ROW("timeout", SECONDS, COMMON,
        "How long it may run; then it is ended, and that counts as a failure.",
        SECONDS(3, 0, 4294 * SCHEMA_SECOND), INHERITED("the interval"), FLAGS(SCHEMA_ZERO_IS_ONE),
        OBJECT(struct conf_vrrp_script, timeout), EXAMPLE("1")),
    ROW("weight", SPECIAL, CORE,
        "0: who tracks it is in FAULT while it fails. Else it is added to the priority.",
        ARGUMENTS("-253..253 [reverse]"), RANGE(-253, 253), DEFAULT("0"),
        OBJECT(struct conf_vrrp_script, weight), READER(build_read_script_weight), EXAMPLE("-20"),
        WRITER(facts_write_script_weight)),
    ROW("rise", NUMBER, CORE, "Successes in a row that make it good.", RANGE(1, SCHEMA_I32_MAX),
        INITIAL(1), OBJECT(struct conf_vrrp_script, rise), UNIT("runs"), EXAMPLE("2")),
    ROW("fall", NUMBER, CORE, "Failures in a row that make it bad.", RANGE(1, SCHEMA_I32_MAX),
        INITIAL(1), OBJECT(struct conf_vrrp_script, fall), UNIT("runs"), EXAMPLE("3")),
    ROW("user", USER, COMMON, "Who it runs as.", DEFAULT("script_user"),
        OBJECT(struct conf_vrrp_script, script.user)),
    ACCEPTED("init_fail", FLAG, RARE, "it has no effect in keepalived either",
             "It counts as failed until its first run."),
};
SCHEMA_ROWS(schema_script_rows);

/* vrrp_track_process. */
static const struct schema_row schema_track_process_rows_table[] = {
    ROW("process", SPECIAL, COMMON,
        "The name of the process, or with parameters its command and these; words with blanks in "
        "double quotes.",
        FLAGS(SCHEMA_REQUIRED), ARGUMENTS("NAME [PARAMETER...]"),
        OBJECT(struct conf_track_process, argv), READER(build_read_process), EXAMPLE("nginx"),
        WRITER(facts_write_process)),
    ROW("param_match", SPECIAL, RARE,
        "How its parameters are compared: all of them; partial: the first ones; initial: the first "
        "ones, the last of which may go on. Alone: it has none.",
        ARGUMENTS("[initial|partial]"), DEFAULT("all of them, where there are any"),
        OBJECT(struct conf_track_process, match), READER(build_read_param_match),
        EXAMPLE("initial"), WRITER(facts_write_param_match)),
    ROW("weight", SPECIAL, COMMON,
        "0: who tracks it is in FAULT while it does not run. Else it is added to the priority.",
        ARGUMENTS("-254..254 [reverse]"), RANGE(-254, 254), DEFAULT("0"),
        OBJECT(struct conf_track_process, weight), READER(build_read_track_weight), EXAMPLE("-20"),
        WRITER(facts_write_process_weight)),
    ROW("quorum", NUMBER, COMMON, "So many processes must run.", RANGE(1, 65535), INITIAL(1),
        OBJECT(struct conf_track_process, quorum), UNIT("processes"), EXAMPLE("2"),
        WRITER(facts_write_quorum)),
    ROW("quorum_max", NUMBER, RARE, "No more may run; 0: it must not run.", RANGE(0, 65535),
        DEFAULT("unlimited"), OBJECT(struct conf_track_process, quorum_max), UNIT("processes"),
        EXAMPLE("3"), WRITER(facts_write_quorum_max)),
    ROW("delay", SECONDS, COMMON, "Sets terminate_delay and fork_delay.",
        SECONDS(6, 0, 3600 * SCHEMA_SECOND), DEFAULT("0"),
        OBJECT(struct conf_track_process, terminate_delay), READER(build_read_process_delay),
        EXAMPLE("0.5"), HIDDEN),
    ROW("terminate_delay", SECONDS, RARE, "How long there may be too few.",
        SECONDS(6, 0, 3600 * SCHEMA_SECOND), INITIAL(0),
        OBJECT(struct conf_track_process, terminate_delay), EXAMPLE("0.5")),
    ROW("fork_delay", SECONDS, RARE, "How long there must be enough.",
        SECONDS(6, 0, 3600 * SCHEMA_SECOND), INITIAL(0),
        OBJECT(struct conf_track_process, fork_delay), EXAMPLE("0.5")),
    ROW("full_command", FLAG, RARE, "Compare the command of its command line, not its name.",
        OBJECT(struct conf_track_process, full_command)),
};
SCHEMA_ROWS(schema_track_process_rows);

/* track_file and its old name vrrp_track_file. */
static const struct schema_row schema_track_file_rows_table[] = {
    ROW("file", TEXT, COMMON, "The file whose number is tracked; one that is missing counts as 0.",
        FLAGS(SCHEMA_REQUIRED), ARGUMENTS("PATH"), OBJECT(struct conf_track_file, path),
        EXAMPLE("/run/load")),
    ROW("weight", SPECIAL, COMMON,
        "The number times this is added to the priority; -254 or less is FAULT. 0: any number but 0 "
        "is.",
        ARGUMENTS("-254..254 [reverse]"), RANGE(-254, 254), INITIAL(1), DEFAULT("1"),
        OBJECT(struct conf_track_file, weight), READER(build_read_track_weight), EXAMPLE("-1"),
        WRITER(facts_write_file_weight)),
    ROW("init_file", SPECIAL, COMMON,
        "Write the file at the start of the daemon if there is none; overwrite: in any case.",
        ARGUMENTS("[VALUE] [overwrite]"), DEFAULT("not written; VALUE 0"),
        OBJECT(struct conf_track_file, init), READER(build_read_init_file), EXAMPLE("0 overwrite"),
        WRITER(facts_write_init_file)),
};
SCHEMA_ROWS(schema_track_file_rows);

/* bfd_instance. */
static const struct schema_row schema_bfd_rows_table[] = {
    ROW("neighbor_ip", SPECIAL, RARE,
        "The neighbor's address; behind a link-local one a % and the interface that it is on.",
        ARGUMENTS("ADDRESS[%INTERFACE]"), DEFAULT("required"), OBJECT(struct conf_bfd, neighbor),
        READER(build_read_bfd_neighbor), EXAMPLE("192.0.2.2"), WRITER(facts_write_bfd_neighbor)),
    ROW("neighbour_ip", SPECIAL, RARE, "The same as neighbor_ip.", ARGUMENTS("ADDRESS[%INTERFACE]"),
        OBJECT(struct conf_bfd, neighbor), READER(build_read_bfd_neighbor), EXAMPLE("192.0.2.2"),
        HIDDEN),
    ROW("source_ip", ADDRESS, RARE, "Our own address.", DEFAULT("as the kernel routes"),
        OBJECT(struct conf_bfd, source), EXAMPLE("192.0.2.3"), WRITER(facts_write_bfd_address)),
    ROW("min_rx", SPECIAL, RARE,
        "The shortest interval between packets of the neighbor that we want, in ms.",
        ARGUMENTS("1..4294967, 3 decimals"), RANGE(1, 4294967), INITIAL(10 * SCHEMA_MILLI),
        DEFAULT("10"), OBJECT(struct conf_bfd, min_rx), READER(build_read_milliseconds),
        EXAMPLE("50"), WRITER(facts_write_milliseconds)),
    ROW("min_tx", SPECIAL, RARE, "The interval that we want to send in, in ms.",
        ARGUMENTS("1..4294967, 3 decimals"), RANGE(1, 4294967), INITIAL(10 * SCHEMA_MILLI),
        DEFAULT("10"), OBJECT(struct conf_bfd, min_tx), READER(build_read_milliseconds),
        EXAMPLE("50"), WRITER(facts_write_milliseconds)),
    ROW("idle_tx", SPECIAL, RARE, "The interval that we send in while the session is down, in ms.",
        ARGUMENTS("1000..4294967, 3 decimals"), RANGE(1000, 4294967), INITIAL(1000 * SCHEMA_MILLI),
        DEFAULT("1000"), OBJECT(struct conf_bfd, idle_tx), READER(build_read_milliseconds),
        EXAMPLE("1000"), WRITER(facts_write_milliseconds)),
    ROW("multiplier", NUMBER, RARE, "So many of our packets missing mean that we are gone.",
        RANGE(1, 255), INITIAL(5), OBJECT(struct conf_bfd, multiplier), UNIT("packets"),
        EXAMPLE("3")),
    ROW("passive", FLAG, RARE, "Wait for the neighbor to begin.", OBJECT(struct conf_bfd, passive)),
    ROW("ttl", NUMBER, RARE, "The TTL or hop limit of our packets, and of the neighbor's.",
        RANGE(1, 255), INITIAL(255), OBJECT(struct conf_bfd, ttl), UNIT("hops"), EXAMPLE("255")),
    ROW("hoplimit", NUMBER, RARE, "The same as ttl.", RANGE(1, 255), DEFAULT("255"),
        OBJECT(struct conf_bfd, ttl), UNIT("hops"), EXAMPLE("64"), HIDDEN),
    ROW("max_hops", NUMBER, RARE,
        "How much below ttl the neighbor's packets may arrive: routers on the way. -1: any.",
        RANGE(-1, 255), INITIAL(0), OBJECT(struct conf_bfd, max_hops), UNIT("hops"), EXAMPLE("1")),
    ROW("multihop", BOOL, RARE, "Several hops (RFC 5883, port 4784) instead of one (RFC 5881).",
        INITIAL(0), DEFAULT("off"), OBJECT(struct conf_bfd, multihop)),
    ROW("weight", SPECIAL, RARE,
        "0: who tracks it is in FAULT while the session is not up. Else it is added to the "
        "priority.",
        ARGUMENTS("-253..253 [reverse]"), RANGE(-253, 253), DEFAULT("0"),
        OBJECT(struct conf_bfd, weight), READER(build_read_bfd_weight), EXAMPLE("-20"),
        WRITER(facts_write_bfd_weight)),
    ROW("vrrp", FLAG, RARE, "For VRRP, and without checker for nobody else.", DEFAULT("both"),
        OBJECT(struct conf_bfd, vrrp)),
    ROW("checker", FLAG, RARE, "For checkers, and without vrrp for nobody else.", DEFAULT("both"),
        OBJECT(struct conf_bfd, checker)),
};
SCHEMA_ROWS(schema_bfd_rows);
