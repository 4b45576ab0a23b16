/* SPDX-License-Identifier: Apache-2.0
 *
 * The keywords of the top level and of global_defs.
 */
#include "parser/build.h"
#include "parser/facts_write.h"
#include "parser/schema_rows.h"

/* Why something has no effect, or what does not happen. */
#define ONE_PROCESS  "Holdfast is one process and keeps its name"
#define NO_PID_FILES "there is a lock in the runtime directory and no pid file"
#define NO_IPV6      "there are no IPv6 instances"
#define NO_FILTER    "no packets are filtered"
#define LOOP_ORDER                                                                                 \
    "VRRP comes first in one process; the service unit can set its priority, CPUs and limits"
#define NO_SNMP  "there is no SNMP"
#define NO_DBUS  "there is no D-Bus interface"
#define NO_DUMPS "no dump is written; holdfastctl shows the state"

/* The top level. */
static const struct schema_row schema_top_rows_table[] = {
    LATER("linkbeat_use_polling", FLAG, RARE, NO_POLLING,
          "Poll link state of all VRRP interfaces by MII/ethtool/ioctl, not netlink."),
    LATER("net_namespace", SPECIAL, RARE,
          "the daemon stays where it was started; start it with --namespace NAME",
          "Run in this network namespace; implies use_pid_dir; not changeable at reload.",
          ARGUMENTS("NAME"), EXAMPLE("blue")),
    LATER("net_namespace_ipvs", SPECIAL, RARE,
          "the IPVS table of the daemon's own namespace is used",
          "Program IPVS in another namespace; no NAME = default namespace.", ARGUMENTS("[NAME]"),
          DEFAULT("same as process"), EXAMPLE("blue")),
    ACCEPTED("namespace_with_ipsets", FLAG, RARE, "no ipsets are used",
             "Allow ipsets inside namespaces on kernels before 3.13."),
    ACCEPTED("use_pid_dir", FLAG, RARE, NO_PID_FILES, "Put pid files in RUNDIR/keepalived/."),
    ACCEPTED("instance", SPECIAL, RARE,
             "daemons on one host are told apart by their runtime directory",
             "Suffix for pid files and syslog names; implies use_pid_dir; not reloadable.",
             ARGUMENTS("NAME"), EXAMPLE("east")),
    ACCEPTED("child_wait_time", SPECIAL, RARE, ONE_PROCESS,
             "Time allowed for child processes to exit at shutdown.", ARGUMENTS("SECONDS"),
             DEFAULT("5"), EXAMPLE("5")),
    ROW("global_defs", BLOCK, CORE, "Global settings.", OPENS(SCHEMA_GLOBAL_DEFS),
        READER(build_read_global_defs),
        EXAMPLE("{\n"
                "    router_id lb1\n"
                "    enable_script_security\n"
                "}")),
    LATER("track_group", BLOCK, RARE, "there are no static entries to follow it",
          "Names instances that follow static entries.", ARGUMENTS("NAME { ... }"),
          OPENS(SCHEMA_TRACK_GROUP),
          EXAMPLE("uplinks {\n"
                  "    group {\n"
                  "        VI_1\n"
                  "    }\n"
                  "}")),
    LATER("static_ipaddress", LINES, RARE, "these addresses are not set",
          "Addresses always configured while running.", ARGUMENTS("{ ... }"),
          EXAMPLE("{\n"
                  "    192.0.2.10/24 dev eth0\n"
                  "}")),
    LATER("static_routes", LINES, RARE, "these routes are not set", "Routes always configured.",
          ARGUMENTS("{ ... }"),
          EXAMPLE("{\n"
                  "    198.51.100.0/24 via 192.0.2.1 dev eth0\n"
                  "}")),
    LATER("static_rules", LINES, RARE, "these rules are not set", "Policy rules always configured.",
          ARGUMENTS("{ ... }"),
          EXAMPLE("{\n"
                  "    from 192.0.2.0/24 table 100\n"
                  "}")),
    ROW("vrrp_sync_group", BLOCK, COMMON, "Instances that change state together.",
        ARGUMENTS("NAME { ... }"), OPENS(SCHEMA_SYNC_GROUP), READER(build_read_sync_group),
        EXAMPLE("SITE {\n"
                "    group {\n"
                "        VI_1\n"
                "        VI_2\n"
                "    }\n"
                "}")),
    LATER("garp_group", BLOCK, RARE, NO_SPACING, "Rate limit for gratuitous ARP/NA.",
          OPENS(SCHEMA_GARP_GROUP),
          EXAMPLE("{\n"
                  "    interface eth0\n"
                  "    garp_interval 0.001\n"
                  "}")),
    LATER("linkbeat_interfaces", LINES, RARE, NO_POLLING, "Interfaces to poll.",
          ARGUMENTS("{ ... }"),
          EXAMPLE("{\n"
                  "    eth0 ETHTOOL\n"
                  "}")),
    ROW("vrrp_instance", BLOCK, CORE, "One virtual router.", ARGUMENTS("NAME { ... }"),
        OPENS(SCHEMA_INSTANCE), READER(build_read_instance),
        EXAMPLE("WEB {\n"
                "    interface eth0\n"
                "    virtual_router_id 51\n"
                "    priority 150\n"
                "    virtual_ipaddress {\n"
                "        192.0.2.10/24\n"
                "    }\n"
                "}")),
    ROW("vrrp_script", BLOCK, CORE, "Periodic tracking script.", ARGUMENTS("NAME { ... }"),
        OPENS(SCHEMA_SCRIPT), READER(build_read_vrrp_script),
        EXAMPLE("nginx {\n"
                "    script \"/usr/bin/pgrep nginx\"\n"
                "    interval 2\n"
                "    fall 2\n"
                "}")),
    LATER("vrrp_track_process", BLOCK, COMMON, NO_PROCESSES, "Track running processes.",
          ARGUMENTS("NAME { ... }"), OPENS(SCHEMA_TRACK_PROCESS),
          EXAMPLE("nginx {\n"
                  "    process nginx\n"
                  "}")),
    LATER("interface_up_down_delays", LINES, RARE, "a change of a link counts at once",
          "Debounce of link changes.", ARGUMENTS("{ ... }"),
          EXAMPLE("{\n"
                  "    eth0 2 5\n"
                  "}")),
    LATER("SSL", BLOCK, RARE, "no certificate is shown to servers",
          "Client certificate data for SSL_GET.", OPENS(SCHEMA_SSL),
          EXAMPLE("{\n"
                  "    ca /etc/ssl/certs/ca-certificates.crt\n"
                  "}")),
    LATER("virtual_server_group", LINES, COMMON, "its services are not set up",
          "A set of addresses, ports and marks.", ARGUMENTS("NAME { ... }"),
          EXAMPLE("web {\n"
                  "    192.0.2.10 80\n"
                  "    192.0.2.11 80\n"
                  "}")),
    ROW("virtual_server", BLOCK, CORE, "One service of the IPVS table.",
        ARGUMENTS("ADDRESS [PORT] { ... } or fwmark MARK { ... }"), OPENS(SCHEMA_VIRTUAL_SERVER),
        READER(build_read_virtual_server),
        EXAMPLE("192.0.2.10 80 {\n"
                "    lb_algo wrr\n"
                "    lb_kind DR\n"
                "    protocol TCP\n"
                "    real_server 192.0.2.21 80 {\n"
                "        TCP_CHECK {\n"
                "            connect_timeout 3\n"
                "        }\n"
                "    }\n"
                "}")),
    LATER("bfd_instance", BLOCK, RARE, NO_BFD, "One BFD session.", ARGUMENTS("NAME { ... }"),
          OPENS(SCHEMA_BFD_INSTANCE),
          EXAMPLE("peer {\n"
                  "    neighbor_ip 192.0.2.2\n"
                  "}")),
    LATER("track_file", BLOCK, COMMON, NO_FILES, "File whose number is tracked.",
          ARGUMENTS("NAME { ... }"), OPENS(SCHEMA_TRACK_FILE),
          EXAMPLE("load {\n"
                  "    file /run/load\n"
                  "}")),
    LATER("vrrp_track_file", BLOCK, RARE, NO_FILES, "Deprecated synonym of track_file.",
          ARGUMENTS("NAME { ... }"), OPENS(SCHEMA_VRRP_TRACK_FILE),
          EXAMPLE("load {\n"
                  "    file /run/load\n"
                  "}")),
};
SCHEMA_ROWS(schema_top_rows);

/* global_defs. */
static const struct schema_row schema_global_rows_table[] = {
    /* General, scripts, mail. */
    ACCEPTED("process_names", FLAG, RARE, ONE_PROCESS,
             "Child names keepalived_vrrp, keepalived_lvs, keepalived_bfd."),
    ACCEPTED("process_name", SPECIAL, RARE, ONE_PROCESS, "Name of the parent process.",
             ARGUMENTS("NAME"), DEFAULT("keepalived"), EXAMPLE("lb")),
    ACCEPTED("vrrp_process_name", SPECIAL, RARE, ONE_PROCESS, "Name of the VRRP process.",
             ARGUMENTS("NAME"), DEFAULT("unchanged"), EXAMPLE("lb_vrrp")),
    ACCEPTED("checker_process_name", SPECIAL, RARE, ONE_PROCESS, "Name of the checker process.",
             ARGUMENTS("NAME"), DEFAULT("unchanged"), EXAMPLE("lb_checker")),
    ACCEPTED("lvs_process_name", SPECIAL, RARE, ONE_PROCESS,
             "Deprecated synonym of checker_process_name.", ARGUMENTS("NAME"),
             EXAMPLE("lb_checker")),
    ACCEPTED("bfd_process_name", SPECIAL, RARE, ONE_PROCESS, "Name of the BFD process.",
             ARGUMENTS("NAME"), DEFAULT("unchanged"), EXAMPLE("lb_bfd")),
    ACCEPTED("use_symlink_paths", BOOL, RARE, "paths of scripts are used as they are written",
             "Keep symlinks in script paths instead of resolving them.", DEFAULT("false")),
    LATER("set_supplementary_groups", BOOL, RARE, "scripts run without supplementary groups",
          "Give scripts the supplementary groups of their user.", DEFAULT("false")),
    ROW("router_id", TEXT, CORE, "The name of this director.", ARGUMENTS("NAME"),
        DEFAULT("the name of the host"), OBJECT(struct conf_global, router_id), EXAMPLE("lb1")),
    LATER("notification_email_from", TEXT, COMMON, NO_MAIL, "From address.", ARGUMENTS("ADDRESS"),
          DEFAULT("user@hostname of the process"), EXAMPLE("lb1@example.com")),
    LATER("smtp_server", SPECIAL, COMMON, NO_MAIL, "Mail server; without it no mail.",
          ARGUMENTS("HOST or IP [PORT 1..65535]"), DEFAULT("none, port 25"),
          EXAMPLE("192.0.2.25 25")),
    LATER("smtp_helo_name", TEXT, RARE, NO_MAIL, "HELO name.", ARGUMENTS("STRING"),
          DEFAULT("host name"), EXAMPLE("lb1.example.com")),
    LATER("smtp_connect_timeout", SECONDS, COMMON, NO_MAIL, "Mail connection timeout.",
          SECONDS(0, 0, 4294 * SCHEMA_SECOND), DEFAULT("30")),
    LATER("notification_email", WORDS, COMMON, NO_MAIL,
          "Mail recipients; display names in double quotes.", DEFAULT("empty"),
          EXAMPLE("{\n"
                  "    ops@example.com\n"
                  "}")),
    LATER("smtp_alert", BOOL, RARE, NO_MAIL, "Default for all smtp_alert settings.",
          DEFAULT("unset")),
    LATER("smtp_alert_vrrp", BOOL, RARE, NO_MAIL, "Default for VRRP smtp_alert, beats smtp_alert.",
          DEFAULT("unset")),
    LATER("smtp_alert_checker", BOOL, RARE, NO_MAIL,
          "Default for VS/RS smtp_alert, beats smtp_alert.", DEFAULT("unset")),
    ROW("checker_log_all_failures", BOOL, RARE, "Log each failed check, not only the deciding one.",
        INITIAL(0), EXTRA(struct build_global, log_all_failures), HIDDEN),
    LATER("no_email_faults", FLAG, RARE, NO_MAIL, "No mail for FAULT transitions."),
    LATER("no_checker_emails", BOOL, RARE, NO_MAIL,
          "Mail only when the real server changes, not each checker.", DEFAULT("false")),
    LATER("rs_init_notifies", BOOL, RARE,
          "no notify_up is run for the servers that are there at start",
          "Send up notifies for real servers added at start.", DEFAULT("false")),
    LATER("startup_script", SCRIPT, RARE, "it is not run", "Run once before children start."),
    LATER("startup_script_timeout", SECONDS, RARE, "no startup_script is run",
          "Kill startup script after this.", SECONDS(0, 1 * SCHEMA_SECOND, 1000 * SCHEMA_SECOND),
          DEFAULT("10")),
    LATER("shutdown_script", SCRIPT, RARE, "it is not run", "Run once after children ended."),
    LATER("shutdown_script_timeout", SECONDS, RARE, "no shutdown_script is run",
          "Kill shutdown script after this.", SECONDS(0, 1 * SCHEMA_SECOND, 1000 * SCHEMA_SECOND),
          DEFAULT("10")),
    ROW("script_user", USER, CORE, "Who scripts run as.",
        DEFAULT("keepalived_script where there is that user, else the daemon's own"),
        OBJECT(struct conf_global, script_user), EXAMPLE("keepalived_script")),
    ROW("enable_script_security", FLAG, CORE, "Refuse root scripts that others could replace.",
        OBJECT(struct conf_global, script_security)),
    LATER("notify_fifo", SPECIAL, COMMON, NO_FIFO, "FIFO for all events.",
          ARGUMENTS("PATH [USER [GROUP]]"), EXAMPLE("/run/events keepalived_script")),
    LATER("notify_fifo_script", SCRIPT, RARE, NO_FIFO, "Program started to read that FIFO."),
    LATER("vrrp_notify_fifo", SPECIAL, RARE, NO_FIFO, "FIFO for VRRP events.",
          ARGUMENTS("PATH [USER [GROUP]]"), EXAMPLE("/run/vrrp-events")),
    LATER("vrrp_notify_fifo_script", SCRIPT, RARE, NO_FIFO, "Program started to read it."),
    LATER("lvs_notify_fifo", SPECIAL, RARE, NO_FIFO, "FIFO for VS/RS events.",
          ARGUMENTS("PATH [USER [GROUP]]"), EXAMPLE("/run/lvs-events")),
    LATER("lvs_notify_fifo_script", SCRIPT, RARE, NO_FIFO, "Program started to read it."),
    LATER("vrrp_notify_priority_changes", BOOL, RARE, NO_FIFO,
          "Default for priority-change FIFO lines.", DEFAULT("false")),
    LATER("fifo_write_vrrp_states_on_reload", FLAG, RARE, NO_FIFO,
          "Repeat unchanged states on the FIFO after reload."),
    LATER("default_interface", INTERFACE, RARE, "there are no static addresses",
          "Interface for static addresses without dev.", DEFAULT("eth0")),
    ACCEPTED("dynamic_interfaces", SPECIAL, COMMON, "interfaces may always come, go and change",
             "Allow interfaces that do not exist yet.", ARGUMENTS("[allow_if_changes]"),
             EXAMPLE("allow_if_changes")),
    LATER("disable_local_igmp", FLAG, RARE, "igmp_link_local_mcast_reports stays as it is",
          "Clear igmp_link_local_mcast_reports while running."),

    /* VRRP defaults. */
    ROW("v3_checksum_as_v2", BOOL, RARE,
        "Compute the checksum of VRRPv3 over IPv4 without a pseudo header.",
        EXTRA(struct build_global, vrrp[BUILD_CHECKSUM_AS_V2]), INITIAL(0), HIDDEN),
    ROW("vrrp_mcast_group4", SPECIAL, RARE, "The IPv4 multicast group that adverts go to.",
        ARGUMENTS("ADDRESS"), DEFAULT("224.0.0.18"), EXTRA(struct build_global, mcast_group),
        READER(build_read_mcast_group), EXAMPLE("224.0.0.18"), HIDDEN),
    LATER("vrrp_mcast_group6", SPECIAL, RARE, NO_IPV6, "Advert destination, IPv6.",
          ARGUMENTS("ADDRESS"), DEFAULT("ff02::12"), EXAMPLE("ff02::12")),
    ROW("vrrp_garp_master_delay", SECONDS, COMMON,
        "From a takeover to the second burst of gratuitous ARPs; 0: no second one.",
        SECONDS(0, 0, 4294 * SCHEMA_SECOND), INITIAL(5 * SCHEMA_SECOND),
        EXTRA(struct build_global, vrrp[BUILD_GARP_DELAY]), HIDDEN),
    ROW("vrrp_garp_master_repeat", NUMBER, COMMON, "Gratuitous ARPs for each address in a burst.",
        RANGE(0, SCHEMA_U32_MAX), FLAGS(SCHEMA_ZERO_IS_ONE | SCHEMA_HIDDEN), INITIAL(5),
        EXTRA(struct build_global, vrrp[BUILD_GARP_REPEAT]), UNIT("packets")),
    ROW("vrrp_garp_master_refresh", SECONDS, COMMON,
        "Between refreshing gratuitous ARPs while master; 0: none.", SECONDS(0, 0, SCHEMA_LONGEST),
        INITIAL(60 * SCHEMA_SECOND), EXTRA(struct build_global, vrrp[BUILD_GARP_REFRESH]),
        EXAMPLE("60"), HIDDEN),
    ROW("vrrp_garp_master_refresh_repeat", NUMBER, COMMON,
        "Gratuitous ARPs for each address in a refresh.", RANGE(0, SCHEMA_U32_MAX),
        FLAGS(SCHEMA_ZERO_IS_ONE | SCHEMA_HIDDEN), INITIAL(1),
        EXTRA(struct build_global, vrrp[BUILD_GARP_REFRESH_REPEAT]), UNIT("packets")),
    ROW("vrrp_garp_lower_prio_delay", SECONDS, RARE,
        "From an advert of lower priority to the second burst; 0: no second one.",
        SECONDS(0, 0, 4294 * SCHEMA_SECOND), INHERITED("garp_master_delay's"),
        EXTRA(struct build_global, vrrp[BUILD_GARP_LOWER_PRIO_DELAY]), EXAMPLE("5"), HIDDEN),
    ROW("vrrp_garp_lower_prio_repeat", NUMBER, RARE,
        "Gratuitous ARPs for each address after an advert of lower priority.",
        RANGE(0, SCHEMA_I32_MAX), INHERITED("garp_master_repeat's"),
        EXTRA(struct build_global, vrrp[BUILD_GARP_LOWER_PRIO_REPEAT]), UNIT("packets"),
        EXAMPLE("5"), HIDDEN),
    ROW("vrrp_down_timer_adverts", NUMBER, RARE,
        "Adverts that may be missed before a backup takes over.", RANGE(1, 100), INITIAL(3),
        EXTRA(struct build_global, vrrp[BUILD_DOWN_TIMER_ADVERTS]), UNIT("adverts"), HIDDEN),
    LATER("vrrp_garp_interval", SECONDS, COMMON, NO_SPACING, "Gap between GARPs per interface.",
          SECONDS(6, 1 * SCHEMA_MICRO, 4294967295 * SCHEMA_MICRO), DEFAULT("0")),
    LATER("vrrp_gna_interval", SPECIAL, COMMON, NO_SPACING,
          "Gap between unsolicited NAs per interface.", ARGUMENTS("0.000001..4294.967295 seconds"),
          DEFAULT("0"), EXAMPLE("0.001")),
    ROW("vrrp_min_garp", BOOL, RARE,
        "Where nothing else is said: one gratuitous ARP, no second burst, no refresh.", INITIAL(0),
        EXTRA(struct build_global, min_garp), HIDDEN),
    LATER("vrrp_garp_extra_if", SPECIAL, RARE, NO_EXTRA_GARP,
          "Periodic GARP on VIP interfaces other than the instance's.",
          ARGUMENTS("[all] 1..86400 s"), EXAMPLE("all 60")),
    LATER("vrrp_vmac_garp_intvl", SPECIAL, RARE, NO_EXTRA_GARP,
          "Deprecated synonym of vrrp_garp_extra_if.", ARGUMENTS("[all] 1..86400 s"),
          EXAMPLE("all 60")),
    ROW("vrrp_lower_prio_no_advert", BOOL, RARE,
        "A master does not answer adverts of lower priority.", INITIAL(0),
        EXTRA(struct build_global, vrrp[BUILD_LOWER_PRIO_NO_ADVERT]), HIDDEN),
    ROW("vrrp_higher_prio_send_advert", BOOL, RARE,
        "A master sends one more advert before it yields to a higher priority, which then announces "
        "its addresses anew.",
        INITIAL(1), EXTRA(struct build_global, vrrp[BUILD_HIGHER_PRIO_SEND_ADVERT]), HIDDEN),
    ROW("vrrp_handover", BOOL, RARE,
        "A master that stops keeps its addresses answering until its successor is heard.",
        FLAGS(SCHEMA_OURS | SCHEMA_HIDDEN), INITIAL(1),
        EXTRA(struct build_global, vrrp[BUILD_HANDOVER])),
    ROW("vrrp_version", NUMBER, COMMON, "The version of VRRP where the instance names none.",
        RANGE(2, 3), INITIAL(2), EXTRA(struct build_global, vrrp[BUILD_VERSION]), UNIT(NO_UNIT),
        EXAMPLE("3"), HIDDEN),
    LATER("vrrp_check_unicast_src", FLAG, RARE, NO_UNICAST,
          "Accept unicast adverts only from configured peers."),
    ROW("vrrp_skip_check_adv_addr", BOOL, COMMON,
        "Do not compare the addresses in the adverts of the known master.", INITIAL(0),
        EXTRA(struct build_global, vrrp[BUILD_SKIP_CHECK_ADV_ADDR]), HIDDEN),
    LATER("vrrp_strict", BOOL, COMMON, NOT_STRICT, "RFC strictness default.", DEFAULT("false")),
    LATER("vrrp_owner_ignore_adverts", BOOL, RARE, "an owner of its addresses listens to adverts",
          "Instances with priority 255 drop all adverts.", DEFAULT("false")),
    LATER("vrrp_startup_delay", SECONDS, RARE, "instances start at once",
          "Wait before instances start.", SECONDS(6, 1 * SCHEMA_MILLI, 4294967295 * SCHEMA_MICRO),
          DEFAULT("0")),
    LATER("vrrp_delay_after_boot", SPECIAL, RARE, "instances start at once",
          "Wait since the boot of the host; the longer one counts.",
          ARGUMENTS("0.001..4294.967295 seconds"), DEFAULT("0"), EXAMPLE("30")),
    LATER("log_unknown_vrids", FLAG, RARE, "adverts of other virtual routers are not logged",
          "Log adverts for VRIDs not configured."),
    LATER("vmac_prefix", TEXT, RARE, NO_VMAC, "Prefix of generated VMAC names.",
          ARGUMENTS("STRING"), DEFAULT("vrrp"), EXAMPLE("vrrp")),
    LATER("vmac_addr_prefix", TEXT, RARE, NO_VMAC, "Prefix for VMACs of extra address interfaces.",
          ARGUMENTS("STRING"), DEFAULT("vmac_prefix"), EXAMPLE("vrrpa")),
    ACCEPTED("vrrp_rx_bufs_policy", SPECIAL, RARE, OWN_BUFFERS,
             "Receive buffer sizing of VRRP sockets.",
             ARGUMENTS("MTU, ADVERT (any case) or u32 bytes"), DEFAULT("system"), EXAMPLE("MTU")),
    ACCEPTED("vrrp_rx_bufs_multiplier", NUMBER, RARE, OWN_BUFFERS, "Multiplier for that policy.",
             RANGE(1, SCHEMA_U32_MAX), DEFAULT("3"), UNIT(NO_UNIT)),
    LATER("vrrp_iptables", SPECIAL, RARE, NO_FILTER, "Use iptables for no_accept and VMAC rules.",
          ARGUMENTS("[INCHAIN [OUTCHAIN]]"), DEFAULT("off; INPUT OUTPUT where no name follows"),
          EXAMPLE("INPUT OUTPUT")),
    LATER("vrrp_ipsets", SPECIAL, RARE, NO_FILTER, "Ipset names; bare keyword = no ipsets.",
          ARGUMENTS("[NAME...]"),
          DEFAULT("keepalived, keepalived6, keepalived_if6, keepalived_igmp, keepalived_mld, "
                  "keepalived_nd"),
          EXAMPLE("keepalived keepalived6 keepalived_if6")),
    LATER("nftables", SPECIAL, RARE, NO_FILTER, "Use nftables in this table.", ARGUMENTS("[TABLE]"),
          DEFAULT("keepalived"), EXAMPLE("keepalived")),
    LATER("nftables_priority", NUMBER, RARE, NO_FILTER,
          "Priority of the base chains; must follow nftables.",
          RANGE(-SCHEMA_I32_MAX - 1, SCHEMA_I32_MAX), DEFAULT("-1"), UNIT(NO_UNIT)),
    LATER("nftables_ifindex", FLAG, RARE, NO_FILTER,
          "Use interface index in IPv6 link local sets."),
    LATER("nftables_counters", FLAG, RARE, NO_FILTER, "Add counters to nft rules."),
    LATER("iproute_usr_dir", TEXT, RARE, "no names are looked up there",
          "Where iproute2 name files live (vendor).", ARGUMENTS("DIR"), DEFAULT("build time"),
          EXAMPLE("/usr/share/iproute2")),
    LATER("iproute_etc_dir", TEXT, RARE, "no names are looked up there",
          "Where iproute2 name files live (override).", ARGUMENTS("DIR"), DEFAULT("build time"),
          EXAMPLE("/etc/iproute2")),

    /* LVS. */
    ROW("lvs_timeouts", SPECIAL, RARE,
        "How long IPVS keeps idle connections; 0 leaves a value as it is.",
        ARGUMENTS("[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]"), RANGE(0, 2678400),
        DEFAULT("the kernel's"), OBJECT(struct conf_global, ipvs_timeouts),
        READER(build_read_lvs_timeouts), EXAMPLE("tcp 900 tcpfin 120 udp 300"),
        WRITER(facts_write_timeouts)),
    ROW("lvs_flush", FLAG, COMMON, "Empty the IPVS table at start.",
        OBJECT(struct conf_global, ipvs_flush)),
    LATER("lvs_flush_on_stop", SPECIAL, RARE,
          "at stop the services of this configuration are removed, no others",
          "At stop flush everything, or delete whole services.", ARGUMENTS("[VS]"), EXAMPLE("VS")),
    LATER("lvs_flush_onstop", SPECIAL, RARE,
          "at stop the services of this configuration are removed, no others",
          "The old name of lvs_flush_on_stop.", ARGUMENTS("[VS]"), EXAMPLE("VS")),
    LATER("lvs_sync_daemon", SPECIAL, COMMON,
          "connections are not synchronised between the directors", "IPVS connection sync daemon.",
          ARGUMENTS(
              "INTERFACE [inst INSTANCE] [id 0..255] [maxlen 1..65507] [port PORT] [ttl 1..255] "
              "[group ADDRESS]"),
          DEFAULT("id = VRID or 0; port, ttl, group kernel's"), EXAMPLE("eth1 inst VI_1 id 51")),
    LATER("nftables_ipvs", SPECIAL, RARE, "there are no virtual server groups",
          "Set fwmarks for server groups by nftables.", ARGUMENTS("[TABLE]"),
          DEFAULT("keepalived_ipvs"), EXAMPLE("keepalived_ipvs")),
    LATER("nftables_ipvs_priority", NUMBER, RARE, "there are no virtual server groups",
          "Its chain priority; must follow nftables_ipvs.",
          RANGE(-SCHEMA_I32_MAX - 1, SCHEMA_I32_MAX), DEFAULT("-1"), UNIT(NO_UNIT)),
    LATER("nftables_ipvs_start_fwmark", NUMBER, RARE, "there are no virtual server groups",
          "First fwmark; must follow nftables_ipvs.", RANGE(1, SCHEMA_U32_MAX), DEFAULT("1000"),
          UNIT(NO_UNIT)),

    /* Process scheduling and buffers. */
    ACCEPTED("max_auto_priority", SPECIAL, COMMON, LOOP_ORDER,
             "Ceiling for automatic realtime priority; -1 silences notice.", ARGUMENTS("[-1..99]"),
             DEFAULT("0; 99 where no number follows"), EXAMPLE("-1")),
    ACCEPTED("min_auto_priority_delay", NUMBER, RARE, LOOP_ORDER,
             "Lateness that triggers a priority step.", RANGE(1, 10000000), DEFAULT("1000000"),
             UNIT("microseconds")),
    ACCEPTED("vrrp_priority", NUMBER, RARE, LOOP_ORDER, "Nice value of VRRP process.",
             RANGE(-20, 19), DEFAULT("0"), UNIT(NO_UNIT), EXAMPLE("-10")),
    ACCEPTED("checker_priority", NUMBER, RARE, LOOP_ORDER, "Nice value of checker process.",
             RANGE(-20, 19), DEFAULT("0"), UNIT(NO_UNIT), EXAMPLE("-10")),
    ACCEPTED("bfd_priority", NUMBER, RARE, LOOP_ORDER, "Nice value of BFD process.", RANGE(-20, 19),
             DEFAULT("0"), UNIT(NO_UNIT), EXAMPLE("-10")),
    LATER("vrrp_no_swap", FLAG, RARE, "memory is not locked", "Lock VRRP process memory."),
    LATER("checker_no_swap", FLAG, RARE, "memory is not locked", "Lock checker process memory."),
    LATER("bfd_no_swap", FLAG, RARE, "memory is not locked", "Lock BFD process memory."),
    ACCEPTED("vrrp_rt_priority", SPECIAL, RARE, LOOP_ORDER, "SCHED_RR priority of VRRP process.",
             ARGUMENTS("1..99"), EXAMPLE("50")),
    ACCEPTED("checker_rt_priority", SPECIAL, RARE, LOOP_ORDER,
             "SCHED_RR priority of checker process.", ARGUMENTS("1..99"), EXAMPLE("50")),
    ACCEPTED("bfd_rt_priority", SPECIAL, RARE, LOOP_ORDER, "SCHED_RR priority of BFD process.",
             ARGUMENTS("1..99"), EXAMPLE("50")),
    ACCEPTED("vrrp_cpu_affinity", SPECIAL, RARE, LOOP_ORDER, "Pin VRRP process.",
             ARGUMENTS("CPU [CPU...], 0..online-1"), DEFAULT("all"), EXAMPLE("0 1")),
    ACCEPTED("checker_cpu_affinity", SPECIAL, RARE, LOOP_ORDER, "Pin checker process.",
             ARGUMENTS("CPU [CPU...]"), DEFAULT("all"), EXAMPLE("2")),
    ACCEPTED("bfd_cpu_affinity", SPECIAL, RARE, LOOP_ORDER, "Pin BFD process.",
             ARGUMENTS("CPU [CPU...]"), DEFAULT("all"), EXAMPLE("3")),
    ACCEPTED("vrrp_rlimit_rttime", SPECIAL, RARE, LOOP_ORDER, "Realtime CPU limit, VRRP.",
             ARGUMENTS("1..4294967295 us"), DEFAULT("10000"), EXAMPLE("10000")),
    ACCEPTED("vrrp_rlimit_rtime", SPECIAL, RARE, LOOP_ORDER, "Deprecated misspelling.",
             ARGUMENTS("1..4294967295 us"), EXAMPLE("10000")),
    ACCEPTED("checker_rlimit_rttime", SPECIAL, RARE, LOOP_ORDER, "Realtime CPU limit, checker.",
             ARGUMENTS("1..4294967295 us"), DEFAULT("10000"), EXAMPLE("10000")),
    ACCEPTED("checker_rlimit_rtime", SPECIAL, RARE, LOOP_ORDER, "Deprecated misspelling.",
             ARGUMENTS("1..4294967295 us"), EXAMPLE("10000")),
    ACCEPTED("bfd_rlimit_rttime", SPECIAL, RARE, LOOP_ORDER, "Realtime CPU limit, BFD.",
             ARGUMENTS("1..4294967295 us"), DEFAULT("10000"), EXAMPLE("10000")),
    ACCEPTED("bfd_rlimit_rtime", SPECIAL, RARE, LOOP_ORDER, "Deprecated misspelling.",
             ARGUMENTS("1..4294967295 us"), EXAMPLE("10000")),
    ACCEPTED("vrrp_netlink_cmd_rcv_bufs", NUMBER, RARE, OWN_BUFFERS,
             "Netlink command socket buffer, VRRP.", RANGE(0, SCHEMA_U32_MAX), DEFAULT("system"),
             UNIT("bytes"), EXAMPLE("1048576")),
    ACCEPTED("vrrp_netlink_cmd_rcv_bufs_force", BOOL, RARE, OWN_BUFFERS,
             "Use SO_RCVBUFFORCE for it.", DEFAULT("false")),
    ACCEPTED("vrrp_netlink_monitor_rcv_bufs", NUMBER, RARE, OWN_BUFFERS,
             "Netlink monitor socket buffer, VRRP.", RANGE(0, SCHEMA_U32_MAX), DEFAULT("system"),
             UNIT("bytes"), EXAMPLE("1048576")),
    ACCEPTED("vrrp_netlink_monitor_rcv_bufs_force", BOOL, RARE, OWN_BUFFERS,
             "Use SO_RCVBUFFORCE for it.", DEFAULT("false")),
    ACCEPTED("lvs_netlink_cmd_rcv_bufs", NUMBER, RARE, OWN_BUFFERS,
             "Netlink command socket buffer, checkers.", RANGE(0, SCHEMA_U32_MAX),
             DEFAULT("system"), UNIT("bytes"), EXAMPLE("1048576")),
    ACCEPTED("lvs_netlink_cmd_rcv_bufs_force", BOOL, RARE, OWN_BUFFERS,
             "Use SO_RCVBUFFORCE for it.", DEFAULT("false")),
    ACCEPTED("lvs_netlink_monitor_rcv_bufs", NUMBER, RARE, OWN_BUFFERS,
             "Netlink monitor socket buffer, checkers.", RANGE(0, SCHEMA_U32_MAX),
             DEFAULT("system"), UNIT("bytes"), EXAMPLE("1048576")),
    ACCEPTED("lvs_netlink_monitor_rcv_bufs_force", BOOL, RARE, OWN_BUFFERS,
             "Use SO_RCVBUFFORCE for it.", DEFAULT("false")),
    ACCEPTED("process_monitor_rcv_bufs", NUMBER, RARE, OWN_BUFFERS, "Process event socket buffer.",
             RANGE(0, SCHEMA_U32_MAX), DEFAULT("system"), UNIT("bytes"), EXAMPLE("1048576")),
    ACCEPTED("process_monitor_rcv_bufs_force", BOOL, RARE, OWN_BUFFERS,
             "Use SO_RCVBUFFORCE for it.", DEFAULT("false")),

    /* SNMP and D-Bus (only in builds with them). */
    LATER("snmp_socket", SPECIAL, RARE, NO_SNMP, "AgentX master socket.", ARGUMENTS("ADDRESS"),
          DEFAULT("unix:/var/agentx/master"), EXAMPLE("unix:/var/agentx/master")),
    LATER("enable_traps", FLAG, RARE, NO_SNMP, "Send SNMP traps."),
    LATER("enable_snmp_vrrp", FLAG, RARE, NO_SNMP, "VRRP part of the keepalived MIB."),
    LATER("enable_snmp_keepalived", FLAG, RARE, NO_SNMP, "Deprecated synonym of enable_snmp_vrrp."),
    LATER("enable_snmp_rfc", FLAG, RARE, NO_SNMP, "Both RFC VRRP MIBs."),
    LATER("enable_snmp_rfcv2", FLAG, RARE, NO_SNMP, "RFC2787 MIB."),
    LATER("enable_snmp_rfcv3", FLAG, RARE, NO_SNMP, "RFC6527 MIB."),
    LATER("enable_snmp_checker", FLAG, RARE, NO_SNMP, "Checker part of the keepalived MIB."),
    LATER("snmp_vs_stats_update_interval", SECONDS, RARE, NO_SNMP,
          "Minimum age before VS statistics are re-read.",
          SECONDS(6, 1 * SCHEMA_MILLI, 30 * SCHEMA_SECOND), DEFAULT("5")),
    LATER("snmp_rs_stats_update_interval", SECONDS, RARE, NO_SNMP,
          "Minimum age before real server statistics are re-read.",
          SECONDS(6, 1 * SCHEMA_MILLI, 30 * SCHEMA_SECOND), DEFAULT("VS interval")),
    LATER("enable_dbus", FLAG, RARE, NO_DBUS, "Offer the D-Bus interface."),
    LATER("dbus_service_name", SPECIAL, RARE, NO_DBUS, "D-Bus service name.", ARGUMENTS("NAME"),
          DEFAULT("org.keepalived.Vrrp1"), EXAMPLE("org.keepalived.Vrrp1")),
    LATER("dbus_no_interface_name", SPECIAL, RARE, NO_DBUS,
          "Path element for instances without interface.", ARGUMENTS("NAME"), EXAMPLE("none")),

    /* Files, reload, debugging. */
    LATER("umask", SPECIAL, RARE, "the umask of the service unit counts",
          "File creation mask; command line wins.",
          ARGUMENTS("NUMBER up to 0777, or IRUSR IWUSR IXUSR IRGRP ... IRWXO joined by |"),
          DEFAULT("0177"), EXAMPLE("0077")),
    ACCEPTED("random_seed", NUMBER, RARE, "it has no effect in keepalived either",
             "Meant to seed _RANDOM.", RANGE(0, SCHEMA_U32_MAX), DEFAULT("time"), UNIT(NO_UNIT)),
    ACCEPTED("reload_check_config", SPECIAL, RARE,
             "a configuration is always checked before it is used",
             "Test the new config in a child before reloading.", ARGUMENTS("[LOGFILE]"),
             EXAMPLE("/var/log/reload-check.log")),
    LATER("reload_time_file", TEXT, RARE, "no reload is planned by a file",
          "File holding the time of a planned reload.", ARGUMENTS("PATH"),
          EXAMPLE("/etc/keepalived/reload-at")),
    LATER("reload_repeat", FLAG, RARE, "no reload is planned by a file",
          "Keep that file, reload daily."),
    LATER("reload_file", SPECIAL, RARE, "no file shows that a reload is running",
          "File that exists while config is being read.", ARGUMENTS("[PATH]"),
          EXAMPLE("/run/keepalived.reload")),
    ROW("include_check", SPECIAL, RARE,
        "What is wrong with an include is an error, for all that follow in the file.",
        ARGUMENTS("[[+|-]read|match|wildcard_match|brace_match]..."),
        DEFAULT("none; without a word all"), FLAGS(SCHEMA_REPEATS | SCHEMA_HIDDEN),
        READER(build_read_include_check), EXAMPLE("+match")),
    LATER("config_save_dir", SPECIAL, RARE, "no state is saved at a reload",
          "Save state before/after each reload.", ARGUMENTS("DIR"), EXAMPLE("/var/lib/keepalived")),
    ACCEPTED("tmp_config_directory", TEXT, RARE, "no copy of the configuration is made",
             "Where the shared config copy lives.", ARGUMENTS("DIR"), DEFAULT("memory file"),
             EXAMPLE("/var/tmp")),
    LATER("data_use_instance", BOOL, RARE, NO_DUMPS, "Put instance/namespace into dump file names.",
          DEFAULT("false")),
    LATER("json_version", SPECIAL, RARE, NO_DUMPS, "Layout of the JSON dump.", ARGUMENTS("1 or 2"),
          DEFAULT("1"), EXAMPLE("2")),
    LATER("state_dump_file", SPECIAL, RARE, NO_DUMPS, "Template of SIGUSR1 files.",
          ARGUMENTS("PATH; end / = directory"), DEFAULT("TMPDIR/keepalived.data"),
          EXAMPLE("/var/tmp/keepalived.data")),
    LATER("stats_dump_file", TEXT, RARE, NO_DUMPS, "A template for dump files.", ARGUMENTS("PATH"),
          EXAMPLE("/var/tmp/keepalived.stats")),
    LATER("json_dump_file", TEXT, RARE, NO_DUMPS, "A template for dump files.", ARGUMENTS("PATH"),
          EXAMPLE("/var/tmp/keepalived.json")),
};
SCHEMA_ROWS(schema_global_rows);
