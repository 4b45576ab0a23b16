/* SPDX-License-Identifier: Apache-2.0
 *
 * The keywords of virtual servers, real servers and checkers.
 */
#include "parser/build.h"
#include "parser/facts_write.h"
#include "parser/schema_mysql.h"
#include "parser/schema_rows.h"

#include <netinet/in.h>

/* Why something has no effect, or what does not happen. */
#define SNMP_NAME "there is no SNMP that would show it"

/* A keyword that a checker of hosts has in common with those of ports. */
#define NO_PORT(name_, kind_, tier_, help_, ...)                                                   \
    ACCEPTED(name_, kind_, tier_, "an echo request has no port", help_, __VA_ARGS__)

/* What checkers that connect have in common: where to, from where. */
#define CONNECTION_ROWS CONNECTION_ROWS_WITH(ROW)

/* PORT_: ROW, or NO_PORT for what is about ports. */
#define CONNECTION_ROWS_WITH(PORT_)                                                                \
    ROW("connect_ip", ADDRESS, RARE, "The address that is checked.", DEFAULT("the real server's"), \
        OBJECT(struct conf_check, connect_addr), WRITER(facts_write_connect_ip)),                  \
        ROW("connect_host", TEXT, RARE,                                                            \
            "The host that is checked, by its name, which is looked up again and again.",          \
            ARGUMENTS("NAME"), OBJECT(struct conf_check, connect_host), FLAGS(SCHEMA_OURS),        \
            EXAMPLE("db1.example.com")),                                                           \
        PORT_("connect_port", NUMBER, COMMON, "The port that is checked.", RANGE(1, 65535),        \
              DEFAULT("the real server's"), OBJECT(struct conf_check, connect_port),               \
              UNIT(NO_UNIT), EXAMPLE("8080")),                                                     \
        ROW("bindto", ADDRESS, RARE, "The source address of checks.",                              \
            DEFAULT("the kernel's choice"), OBJECT(struct conf_check, bind_addr),                  \
            WRITER(facts_write_address)),                                                          \
        PORT_("bind_port", NUMBER, RARE, "The source port of checks.", RANGE(1, 65535),            \
              DEFAULT("the kernel's choice"), OBJECT(struct conf_check, bind_port), UNIT(NO_UNIT), \
              EXAMPLE("40000")),                                                                   \
        ROW("bind_if", INTERFACE, RARE, "The interface of checks; a link-local address needs it.", \
            OBJECT(struct conf_check, bind_interface)),                                            \
        ROW("connect_timeout", SECONDS, CORE, "How long each step of a check may take.",           \
            SECONDS(6, SCHEMA_MICRO, 4294967295 * SCHEMA_MICRO), INHERITED("the real server's"),   \
            EXTRA(struct build_check, settings[BUILD_CONNECT_TIMEOUT]),                            \
            EFFECTIVE(struct conf_check, connect_timeout), EXAMPLE("3")),                          \
        ROW("fwmark", NUMBER, RARE, "The mark on the packets of checks.",                          \
            RANGE(0, SCHEMA_U32_MAX), INITIAL(0), OBJECT(struct conf_check, fwmark),               \
            UNIT(NO_UNIT), EXAMPLE("7"))

/* How many results in a row count. FALL_: what holds without fall. */
#define COUNT_ROWS(FALL_)                                                                          \
    ROW("fall", NUMBER, RARE,                                                                      \
        "Failures in a row before the server is down, the first ones at the start too.",           \
        RANGE(1, SCHEMA_U32_MAX), DEFAULT(FALL_), OBJECT(struct conf_check, fall),                 \
        UNIT("failures"), EXAMPLE("3"), FLAGS(SCHEMA_OURS)),                                       \
        ROW("rise", NUMBER, RARE, "Successes in a row before the server is up.", RANGE(1, 65535),  \
            INITIAL(1), OBJECT(struct conf_check, rise), UNIT("successes"), EXAMPLE("2"),          \
            WRITER(facts_write_rise), FLAGS(SCHEMA_OURS))

/* What all checkers have in common: how often. */
#define CHECKER_ROWS                                                                               \
    ROW("retry", NUMBER, CORE, "Extra tries before the server is down.", RANGE(0, SCHEMA_U32_MAX), \
        INHERITED("the real server's"), EXTRA(struct build_check, settings[BUILD_RETRY]),          \
        EFFECTIVE(struct conf_check, retry), WRITER(facts_write_retry), UNIT("tries"),             \
        EXAMPLE("3")),                                                                             \
        COUNT_ROWS("retry + 1, and 1 at the start"),                                               \
        ROW("weight", NUMBER, RARE,                                                                \
            "Changes the server's weight instead of taking it out: added while the check "         \
            "succeeds, or, below 0, while it fails.",                                              \
            RANGE(-SCHEMA_I32_MAX, SCHEMA_I32_MAX), INITIAL(0), OBJECT(struct conf_check, weight), \
            UNIT(NO_UNIT), EXAMPLE("-5"), WRITER(facts_write_check_weight), FLAGS(SCHEMA_OURS)),   \
        ROW("delay_before_retry", SECONDS, CORE, "From a failed try to the next one.",             \
            SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the real server's"),                         \
            EXTRA(struct build_check, settings[BUILD_DELAY_BEFORE_RETRY]),                         \
            EFFECTIVE(struct conf_check, delay_before_retry), EXAMPLE("2")),                       \
        ROW("warmup", SECONDS, RARE, "The first check begins at a random time within it.",         \
            SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the real server's"),                         \
            EXTRA(struct build_check, settings[BUILD_WARMUP]),                                     \
            EFFECTIVE(struct conf_check, warmup), EXAMPLE("5")),                                   \
        ROW("delay_loop", SECONDS, RARE, "Between checks.",                                        \
            SECONDS(6, SCHEMA_MICRO, SCHEMA_LONGEST), INHERITED("the real server's"),              \
            EXTRA(struct build_check, settings[BUILD_DELAY_LOOP]),                                 \
            EFFECTIVE(struct conf_check, delay_loop), EXAMPLE("10")),                              \
        ROW("alpha", BOOL, RARE, "It counts as failed until it first succeeds.",                   \
            INHERITED("the real server's"), EXTRA(struct build_check, settings[BUILD_ALPHA]),      \
            EFFECTIVE(struct conf_check, alpha)),                                                  \
        ROW("log_all_failures", BOOL, RARE, "Log each failed try, not the deciding one alone.",    \
            INHERITED("checker_log_all_failures'"),                                                \
            EXTRA(struct build_check, settings[BUILD_LOG_ALL_FAILURES]),                           \
            EFFECTIVE(struct conf_check, log_all_failures))

/*
 * What checkers have whose answers come by themselves; the times are those of looks at an answer that
 * has to last. ALPHA_: of keepalived's or ours.
 */
#define TOLD_ROWS(ALPHA_)                                                                          \
    COUNT_ROWS("1"),                                                                               \
        ROW("delay_before_retry", SECONDS, RARE,                                                   \
            "With fall: from a look that finds a failure to the next one.",                        \
            SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the real server's"),                         \
            EXTRA(struct build_check, settings[BUILD_DELAY_BEFORE_RETRY]),                         \
            EFFECTIVE(struct conf_check, delay_before_retry), EXAMPLE("2"), FLAGS(SCHEMA_OURS)),   \
        ROW("delay_loop", SECONDS, RARE,                                                           \
            "With rise: from a look that finds a success to the next one.",                        \
            SECONDS(6, SCHEMA_MICRO, SCHEMA_LONGEST), INHERITED("the real server's"),              \
            EXTRA(struct build_check, settings[BUILD_DELAY_LOOP]),                                 \
            EFFECTIVE(struct conf_check, delay_loop), EXAMPLE("10"), FLAGS(SCHEMA_OURS)),          \
        ROW("alpha", BOOL, RARE, "It counts as failed until it first succeeds.",                   \
            INHERITED("the real server's"), EXTRA(struct build_check, settings[BUILD_ALPHA]),      \
            EFFECTIVE(struct conf_check, alpha), ALPHA_),                                          \
        ROW("log_all_failures", BOOL, RARE, "Log each failed try, not the deciding one alone.",    \
            INHERITED("checker_log_all_failures'"),                                                \
            EXTRA(struct build_check, settings[BUILD_LOG_ALL_FAILURES]),                           \
            EFFECTIVE(struct conf_check, log_all_failures), FLAGS(SCHEMA_OURS))

/* SSL. */
static const struct schema_row schema_ssl_rows_table[] = {
    ROW("password", TEXT, RARE, "Password of the key file.", ARGUMENTS("STRING"),
        OBJECT(struct conf_tls, password), EXAMPLE("s3cret"), HIDDEN),
    ROW("ca", TEXT, RARE, "CA certificates that servers are verified by.", ARGUMENTS("PATH"),
        DEFAULT("the system's"), OBJECT(struct conf_tls, ca),
        EXAMPLE("/etc/ssl/certs/ca-certificates.crt")),
    ROW("certificate", TEXT, RARE, "Client certificate chain (PEM).", ARGUMENTS("PATH"),
        OBJECT(struct conf_tls, certificate), EXAMPLE("/etc/keepalived/client.pem")),
    ROW("key", TEXT, RARE, "Client key (PEM).", ARGUMENTS("PATH"),
        DEFAULT("in the certificate's file"), OBJECT(struct conf_tls, key),
        EXAMPLE("/etc/keepalived/client.key")),
    ROW("verify", BOOL, RARE, "Servers of SSL_GET must prove who they are.", INITIAL(0),
        OBJECT(struct conf_tls, verify), FLAGS(SCHEMA_OURS)),
};
SCHEMA_ROWS(schema_ssl_rows);

/* virtual_server. */
static const struct schema_row schema_virtual_server_rows_table[] = {
    ROW("lvs_sched", CHOICE, CORE, "The IPVS scheduler.", CHOICES(conf_scheduler_names), INITIAL(3),
        DEFAULT("wlc"), EXTRA(struct build_virtual_server, scheduler), EXAMPLE("wrr"), HIDDEN),
    ROW("lb_algo", CHOICE, CORE, "The IPVS scheduler; the same as lvs_sched.",
        CHOICES(conf_scheduler_names), DEFAULT("wlc"),
        EXTRA(struct build_virtual_server, scheduler), EXAMPLE("wrr"),
        WRITER(facts_write_scheduler), EFFECTIVE(struct conf_virtual_server, scheduler)),
    ROW("lvs_method", SPECIAL, CORE, "How packets are forwarded.",
        ARGUMENTS("NAT, FULLNAT, DR or TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]"),
        DEFAULT("NAT"), OBJECT(struct conf_virtual_server, forward), READER(build_read_forward),
        EXAMPLE("DR"), HIDDEN),
    ROW("lb_kind", SPECIAL, CORE, "How packets are forwarded; the same as lvs_method.",
        ARGUMENTS("NAT, FULLNAT, DR or TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]"),
        DEFAULT("NAT"), OBJECT(struct conf_virtual_server, forward), READER(build_read_forward),
        EXAMPLE("DR"), WRITER(facts_write_service_forward)),
    ROW("protocol", CHOICE, CORE, "The service's protocol; a fwmark service has none.",
        CHOICES(conf_protocol_names), FLAGS(SCHEMA_ANY_CASE), INITIAL(IPPROTO_UDP), DEFAULT("UDP"),
        EXTRA(struct build_virtual_server, protocol), EXAMPLE("TCP"), WRITER(facts_write_protocol),
        EFFECTIVE(struct conf_virtual_server, key.protocol)),
    ROW("delay_loop", SECONDS, CORE, "Between checks.", SECONDS(6, SCHEMA_MICRO, SCHEMA_LONGEST),
        INITIAL(60 * SCHEMA_SECOND), EXTRA(struct build_virtual_server, settings[BUILD_DELAY_LOOP]),
        EXAMPLE("10"), HIDDEN),
    ROW("local_address", SPECIAL, RARE, "Whom the servers behind FULLNAT see.",
        ARGUMENTS("ADDRESS[-ADDRESS] [ADDRESS[-ADDRESS] of the other family]"),
        DEFAULT("an address of the interface towards the server"),
        OBJECT(struct conf_virtual_server, local), READER(build_read_local_address),
        EXAMPLE("192.0.2.100-192.0.2.103"), WRITER(facts_write_local_address), FLAGS(SCHEMA_OURS)),
    ROW("persistence_timeout", SPECIAL, CORE, "How long a client stays with its server.",
        ARGUMENTS("[1..2678400 seconds]"), RANGE(1, 2678400),
        DEFAULT("off; 360 where no number follows"),
        OBJECT(struct conf_virtual_server, persistence_timeout_s),
        READER(build_read_persistence_timeout), EXAMPLE("360"), WRITER(facts_write_persistence)),
    ROW("persistence_granularity", SPECIAL, RARE, "Which clients count as one for persistence.",
        ARGUMENTS("NETMASK, or 1..128 for IPv6"), RANGE(1, 128), DEFAULT("the whole address"),
        EXTRA(struct build_virtual_server, netmask), READER(build_read_persistence_granularity),
        EXAMPLE("255.255.255.0"), WRITER(facts_write_granularity),
        EFFECTIVE(struct conf_virtual_server, persistence_netmask)),
    ROW("persistence_engine", TEXT, RARE,
        "What else than the client's address persistence goes by: sip is the Call-ID, in UDP alone.",
        ARGUMENTS("NAME"), OBJECT(struct conf_virtual_server, persistence_engine), EXAMPLE("sip")),
    ROW("ops", FLAG, RARE, "Each packet is scheduled alone; UDP only.",
        EXTRA(struct build_virtual_server, ops), WRITER(facts_write_ops),
        EFFECTIVE(struct conf_virtual_server, flags)),
    ACCEPTED("hashed", FLAG, RARE, "it has no effect in keepalived either", "Obsolete."),
    ROW("flag-1", FLAG, RARE, "The scheduler's flag 1.", EXTRA(struct build_virtual_server, flag_1),
        WRITER(facts_write_scheduler_flag), EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("flag-2", FLAG, RARE, "The scheduler's flag 2.", EXTRA(struct build_virtual_server, flag_2),
        WRITER(facts_write_scheduler_flag), EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("flag-3", FLAG, RARE, "The scheduler's flag 3.", EXTRA(struct build_virtual_server, flag_3),
        WRITER(facts_write_scheduler_flag), EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("sh-port", FLAG, RARE, "The scheduler sh hashes the port of the client too.",
        EXTRA(struct build_virtual_server, sh_port), WRITER(facts_write_scheduler_flag),
        EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("sh-fallback", FLAG, RARE, "The scheduler sh goes to another server where one is down.",
        EXTRA(struct build_virtual_server, sh_fallback), WRITER(facts_write_scheduler_flag),
        EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("mh-port", FLAG, RARE, "The scheduler mh hashes the port of the client too.",
        EXTRA(struct build_virtual_server, mh_port), WRITER(facts_write_scheduler_flag),
        EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("mh-fallback", FLAG, RARE, "The scheduler mh goes to another server where one is down.",
        EXTRA(struct build_virtual_server, mh_fallback), WRITER(facts_write_scheduler_flag),
        EFFECTIVE(struct conf_virtual_server, flags)),
    ROW("ip_family", CHOICE, RARE, "The family of a fwmark service.", CHOICES(conf_family_names),
        DEFAULT("that of its first real server"), EXTRA(struct build_virtual_server, family),
        WRITER(facts_write_family), EFFECTIVE(struct conf_virtual_server, key.family)),
    ROW("ha_suspend", FLAG, RARE, "Checks pause while its address is not on this host.",
        OBJECT(struct conf_virtual_server, ha_suspend)),
    ROW("announce_when", SPECIAL, RARE,
        "When its addresses are on this host, for a routing daemon to announce.",
        ARGUMENTS("up|always [dev INTERFACE]"), DEFAULT("not at all; dev lo"),
        OBJECT(struct conf_virtual_server, announce), READER(build_read_announce_when),
        EXAMPLE("up"), WRITER(facts_write_announce_when), FLAGS(SCHEMA_OURS)),
    ROW("quorum", NUMBER, COMMON, "The weight that must be alive.", RANGE(1, SCHEMA_U32_MAX),
        INITIAL(1), OBJECT(struct conf_virtual_server, quorum), UNIT("weight"), EXAMPLE("2")),
    ROW("hysteresis", NUMBER, RARE, "How far above and below the quorum it is gained and lost.",
        RANGE(0, SCHEMA_U32_MAX), INITIAL(0), OBJECT(struct conf_virtual_server, hysteresis),
        UNIT("weight"), EXAMPLE("1")),
    ROW("min_healthy", SPECIAL, RARE,
        "With fewer servers up all are used, whatever their checks say.",
        ARGUMENTS("1..4294967295 servers, or 1%..100%"), RANGE(1, SCHEMA_U32_MAX),
        DEFAULT("no limit"), OBJECT(struct conf_virtual_server, min_healthy),
        READER(build_read_min_healthy), EXAMPLE("50%"), WRITER(facts_write_min_healthy),
        FLAGS(SCHEMA_OURS)),
    ROW("slow_start", SECONDS, RARE,
        "A server that came back gets its weight little by little within it.",
        SECONDS(3, 0, 4294967 * SCHEMA_SECOND), INITIAL(0),
        EXTRA(struct build_virtual_server, settings[BUILD_SLOW_START]), EXAMPLE("30"),
        FLAGS(SCHEMA_HIDDEN | SCHEMA_OURS)),
    ROW("drain_timeout", SECONDS, RARE,
        "A server that a reload takes out gets weight 0 and stays until it has no connections, but "
        "no longer than this; 0: it goes at once.",
        SECONDS(3, 0, 604800 * SCHEMA_SECOND), INITIAL(0),
        EXTRA(struct build_virtual_server, settings[BUILD_DRAIN_TIMEOUT]),
        EFFECTIVE(struct conf_virtual_server, drain_timeout), EXAMPLE("300"),
        WRITER(facts_write_service_drain), FLAGS(SCHEMA_OURS)),
    ROW("quorum_up", SCRIPT, COMMON, "Run when the quorum is gained.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_virtual_server, quorum_up)),
    ROW("quorum_down", SCRIPT, COMMON, "Run when the quorum is lost.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_virtual_server, quorum_down)),
    ROW("alpha", FLAG, COMMON, "Servers are down until a check has found them alive.", INITIAL(0),
        EXTRA(struct build_virtual_server, settings[BUILD_ALPHA]),
        EFFECTIVE(struct conf_virtual_server, alpha)),
    ROW("omega", FLAG, RARE, "notify_down and quorum_down are run at stop too.",
        OBJECT(struct conf_virtual_server, omega)),
    ROW("inhibit_on_failure", FLAG, COMMON,
        "A server that is down gets weight 0 and stays in the table.", INITIAL(0),
        EXTRA(struct build_virtual_server, settings[BUILD_INHIBIT_ON_FAILURE]),
        EFFECTIVE(struct conf_virtual_server, inhibit_on_failure)),
    ROW("connect_timeout", SECONDS, COMMON, "How long a check waits for a connection.",
        SECONDS(6, SCHEMA_MICRO, 4294967295 * SCHEMA_MICRO), INITIAL(5 * SCHEMA_SECOND),
        EXTRA(struct build_virtual_server, settings[BUILD_CONNECT_TIMEOUT]), HIDDEN),
    ROW("retry", NUMBER, COMMON, "Extra tries of a check before a server is down.",
        RANGE(1, SCHEMA_U32_MAX), INHERITED("the checker's own: TCP_CHECK 1"),
        EXTRA(struct build_virtual_server, settings[BUILD_RETRY]), UNIT("tries"), EXAMPLE("3"),
        HIDDEN),
    ROW("delay_before_retry", SECONDS, COMMON, "From a failed try to the next one.",
        SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the checker's own: TCP_CHECK 1"),
        EXTRA(struct build_virtual_server, settings[BUILD_DELAY_BEFORE_RETRY]), EXAMPLE("2"),
        HIDDEN),
    ROW("warmup", SECONDS, RARE, "The first check begins at a random time within it.",
        SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("delay_loop"),
        EXTRA(struct build_virtual_server, settings[BUILD_WARMUP]), EXAMPLE("5"), HIDDEN),
    ROW("weight", NUMBER, RARE, "The weight of its servers.", RANGE(1, SCHEMA_I32_MAX), INITIAL(1),
        EXTRA(struct build_virtual_server, settings[BUILD_WEIGHT]), UNIT(NO_UNIT), EXAMPLE("2"),
        HIDDEN),
    ROW("smtp_alert", BOOL, COMMON, "A mail tells that its quorum is gained or lost.",
        INHERITED("smtp_alert_checker's of global_defs, else off"),
        EXTRA(struct build_virtual_server, settings[BUILD_MAIL]),
        EFFECTIVE(struct conf_virtual_server, mail)),
    ROW("virtualhost", TEXT, COMMON, "Default Host header of HTTP checks.", ARGUMENTS("STRING"),
        OBJECT(struct conf_virtual_server, virtualhost), EXAMPLE("www.example.com")),
    ACCEPTED("snmp_name", TEXT, RARE, SNMP_NAME, "The name that SNMP shows.", ARGUMENTS("STRING"),
             EXAMPLE("web")),
    ROW("sorry_server", SPECIAL, COMMON, "The server that is used while the quorum is lost.",
        ARGUMENTS("ADDRESS [PORT]"), READER(build_read_sorry_server), EXAMPLE("192.0.2.30 80"),
        WRITER(facts_write_sorry), EFFECTIVE_POINTER(struct conf_virtual_server, sorry_server)),
    ROW("sorry_server_inhibit", FLAG, RARE,
        "The sorry server is always in the table, with weight 0 while it is not used.",
        OBJECT(struct conf_virtual_server, sorry_server_inhibit)),
    ROW("sorry_server_lvs_method", SPECIAL, RARE, "How packets are forwarded to the sorry server.",
        ARGUMENTS("NAT, FULLNAT, DR or TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]"),
        DEFAULT("the virtual server's"), EXTRA(struct build_virtual_server, sorry_forward),
        READER(build_read_forward), EXAMPLE("NAT"), WRITER(facts_write_sorry_forward),
        FLAGS(SCHEMA_HIDDEN)),
    ROW("real_server", BLOCK, CORE, "A server of the service.", ARGUMENTS("ADDRESS [PORT] { ... }"),
        FLAGS(SCHEMA_REQUIRED), OPENS(SCHEMA_REAL_SERVER), READER(build_read_real_server),
        EXAMPLE("192.0.2.21 80 {\n"
                "    weight 2\n"
                "    TCP_CHECK {\n"
                "        connect_timeout 3\n"
                "    }\n"
                "}")),
};
SCHEMA_ROWS(schema_virtual_server_rows);

/* real_server. */
static const struct schema_row schema_real_server_rows_table[] = {
    ROW("weight", NUMBER, CORE, "Its share of the connections; it counts for the quorum too.",
        RANGE(0, SCHEMA_I32_MAX), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_WEIGHT]), UNIT(NO_UNIT), EXAMPLE("2"),
        EFFECTIVE(struct conf_real_server, weight)),
    ROW("lvs_method", SPECIAL, RARE, "How packets are forwarded to it.",
        ARGUMENTS("NAT, FULLNAT, DR or TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]"),
        DEFAULT("the virtual server's"), OBJECT(struct conf_real_server, forward),
        READER(build_read_forward), EXAMPLE("TUN type gue port 6080"),
        WRITER(facts_write_server_forward)),
    ROW("slow_start", SECONDS, RARE, "After it came back it gets its weight little by little.",
        SECONDS(3, 0, 4294967 * SCHEMA_SECOND), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_SLOW_START]),
        EFFECTIVE(struct conf_real_server, slow_start), EXAMPLE("30"),
        WRITER(facts_write_slow_start), FLAGS(SCHEMA_OURS)),
    ROW("drain_timeout", SECONDS, RARE,
        "When a reload takes it out it gets weight 0 and stays until it has no connections, but no "
        "longer than this; 0: it goes at once.",
        SECONDS(3, 0, 604800 * SCHEMA_SECOND), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_DRAIN_TIMEOUT]),
        EFFECTIVE(struct conf_real_server, drain_timeout), EXAMPLE("300"),
        WRITER(facts_write_server_drain), FLAGS(SCHEMA_OURS)),
    ROW("uthreshold", NUMBER, RARE, "So many connections and it gets no more; 0: no limit.",
        RANGE(0, SCHEMA_U32_MAX), INITIAL(0), OBJECT(struct conf_real_server, upper_threshold),
        UNIT("connections"), EXAMPLE("1000")),
    ROW("lthreshold", NUMBER, RARE, "Below so many connections it gets new ones again.",
        RANGE(0, SCHEMA_U32_MAX), INITIAL(0), OBJECT(struct conf_real_server, lower_threshold),
        UNIT("connections"), EXAMPLE("800")),
    ROW("inhibit_on_failure", BOOL, COMMON, "While down it gets weight 0 and stays in the table.",
        INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_INHIBIT_ON_FAILURE]),
        EFFECTIVE(struct conf_real_server, inhibit_on_failure)),
    ROW("notify_up", SCRIPT, COMMON, "Run when it comes up.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_real_server, notify_up)),
    ROW("notify_down", SCRIPT, COMMON, "Run when it goes down.", FLAGS(SCHEMA_FIRST_COUNTS),
        OBJECT(struct conf_real_server, notify_down)),
    ROW("alpha", BOOL, RARE, "It is down until a check has found it alive.",
        INHERITED("the virtual server's"), EXTRA(struct build_real_server, settings[BUILD_ALPHA]),
        EFFECTIVE(struct conf_real_server, alpha)),
    ROW("retry", NUMBER, RARE, "Extra tries of a check before it is down.",
        RANGE(1, SCHEMA_U32_MAX), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_RETRY]), UNIT("tries"), EXAMPLE("3"),
        HIDDEN),
    ROW("delay_before_retry", SECONDS, RARE, "From a failed try to the next one.",
        SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_DELAY_BEFORE_RETRY]), EXAMPLE("2"), HIDDEN),
    ROW("warmup", SECONDS, RARE, "The first check begins at a random time within it.",
        SECONDS(6, 0, SCHEMA_LONGEST), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_WARMUP]), EXAMPLE("5"), HIDDEN),
    ROW("connect_timeout", SECONDS, RARE, "How long a check waits for a connection.",
        SECONDS(6, SCHEMA_MICRO, 4294967295 * SCHEMA_MICRO), INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_CONNECT_TIMEOUT]), EXAMPLE("3"), HIDDEN),
    ROW("delay_loop", SECONDS, RARE, "Between checks.", SECONDS(6, SCHEMA_MICRO, SCHEMA_LONGEST),
        INHERITED("the virtual server's"),
        EXTRA(struct build_real_server, settings[BUILD_DELAY_LOOP]), EXAMPLE("10"), HIDDEN),
    ROW("smtp_alert", BOOL, COMMON, "A mail tells that it goes up or down.",
        INHERITED("smtp_alert_checker's of global_defs, else on"),
        EXTRA(struct build_real_server, settings[BUILD_MAIL]),
        EFFECTIVE(struct conf_real_server, mail)),
    ROW("virtualhost", TEXT, RARE, "Default Host header of HTTP checks.", ARGUMENTS("STRING"),
        DEFAULT("the virtual server's"), OBJECT(struct conf_real_server, virtualhost),
        EXAMPLE("www.example.com")),
    ACCEPTED("snmp_name", TEXT, RARE, SNMP_NAME, "The name that SNMP shows.", ARGUMENTS("STRING"),
             EXAMPLE("web1")),
    ROW("MISC_CHECK", BLOCK, CORE, "The server is alive while a program ends with exit status 0.",
        OPENS(SCHEMA_MISC_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    misc_path \"/usr/local/sbin/check-web 192.0.2.21\"\n"
                "}")),
    ROW("SMTP_CHECK", BLOCK, COMMON,
        "The server is alive while it greets with 220 and answers HELO with 250.",
        OPENS(SCHEMA_SMTP_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    connect_timeout 3\n"
                "    helo_name lb1.example.com\n"
                "}")),
    ROW("TCP_CHECK", BLOCK, CORE, "The server is alive while it takes a TCP connection.",
        OPENS(SCHEMA_TCP_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    connect_timeout 3\n"
                "    retry 2\n"
                "    delay_before_retry 1\n"
                "}")),
    ROW("PING_CHECK", BLOCK, RARE, "The server is alive while it answers an ICMP echo request.",
        OPENS(SCHEMA_PING_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    connect_timeout 1\n"
                "}")),
    ROW("UDP_CHECK", BLOCK, RARE,
        "The server is alive while no ICMP error answers a datagram, or while a reply does.",
        OPENS(SCHEMA_UDP_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    connect_timeout 1\n"
                "    payload 00\n"
                "    require_reply\n"
                "}")),
    ROW("HTTP_GET", BLOCK, CORE, "The server is alive while it answers HTTP requests as it should.",
        OPENS(SCHEMA_HTTP_GET), READER(build_read_check),
        EXAMPLE("{\n"
                "    url {\n"
                "        path /health\n"
                "        status_code 200\n"
                "    }\n"
                "}")),
    ROW("SSL_GET", BLOCK, CORE, "The server is alive while it answers HTTPS requests as it should.",
        OPENS(SCHEMA_SSL_GET), READER(build_read_check),
        EXAMPLE("{\n"
                "    enable_sni on\n"
                "    url {\n"
                "        path /health\n"
                "        status_code 200\n"
                "    }\n"
                "}")),
    ROW("DNS_CHECK", BLOCK, COMMON,
        "The server is alive while it answers a query over UDP with rcode 0.",
        OPENS(SCHEMA_DNS_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    type A\n"
                "    name www.example.com\n"
                "}")),
    ROW("FILE_CHECK", BLOCK, RARE,
        "The number in a file changes the server's weight, or takes it down.",
        OPENS(SCHEMA_FILE_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    track_file load\n"
                "    weight -1\n"
                "}")),
    ROW("BFD_CHECK", BLOCK, RARE, "The server is alive while a BFD session is up.",
        OPENS(SCHEMA_BFD_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    name peer\n"
                "}")),
    ROW("AGENT_CHECK", BLOCK, RARE,
        "An agent at the server, as HAProxy's agent-check knows them, says how it is.",
        FLAGS(SCHEMA_OURS), OPENS(SCHEMA_AGENT_CHECK), READER(build_read_check),
        EXAMPLE("{\n"
                "    connect_port 9777\n"
                "}")),
    ROW("MYSQL_CHECK", BLOCK, COMMON, "The server is alive while its MySQL or MariaDB greets.",
        OPENS(SCHEMA_MYSQL_CHECK), READER(build_read_check), FLAGS(SCHEMA_OURS),
        EXAMPLE("{\n"
                "    connect_timeout 3\n"
                "    delay_loop 2\n"
                "}")),
};
SCHEMA_ROWS(schema_real_server_rows);

/* TCP_CHECK. */
static const struct schema_row schema_tcp_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
};
SCHEMA_ROWS(schema_tcp_check_rows);

/* What HTTP_GET and SSL_GET have beside the common ones; URL_: the block that url opens. */
#define HTTP_ROWS(URL_)                                                                            \
    ROW("nb_get_retry", NUMBER, RARE, "Deprecated synonym of retry.", RANGE(0, SCHEMA_U32_MAX),    \
        EXTRA(struct build_check, settings[BUILD_RETRY]), UNIT("tries"), EXAMPLE("3"), HIDDEN),    \
        ROW("virtualhost", TEXT, COMMON, "Host header.", ARGUMENTS("STRING"),                      \
            DEFAULT("the real server's, else address:port"),                                       \
            OBJECT(struct conf_check_http, virtualhost), EXAMPLE("www.example.com")),              \
        ROW("http_protocol", CHOICE, RARE, "1.0C adds Connection: close, 1.1 has it too.",         \
            CHOICES(conf_http_protocol_names), INITIAL(CONF_HTTP_1_0), DEFAULT("1.0"),             \
            OBJECT(struct conf_check_http, protocol), EXAMPLE("1.1")),                             \
        ROW("enable_sni", BOOL, COMMON, "Send SNI (only matters for SSL_GET).", INITIAL(0),        \
            OBJECT(struct conf_check_http, sni)),                                                  \
        ROW("sni_name", SPECIAL, RARE, "SNI to send; implies enable_sni.", ARGUMENTS("[NAME]"),    \
            DEFAULT("virtualhost"), OBJECT(struct conf_check_http, sni_name),                      \
            READER(build_read_sni_name), WRITER(facts_write_sni_name),                             \
            EXAMPLE("www.example.com")),                                                           \
        ROW("fast_recovery", BOOL, RARE, "No delay between URLs while coming up.", INITIAL(0),     \
            OBJECT(struct conf_check_http, fast_recovery)),                                        \
        ROW("url", BLOCK, CORE, "One request; there may be several.", OPENS(URL_),                 \
            FLAGS(SCHEMA_REQUIRED | SCHEMA_REPEATS), READER(build_read_url),                       \
            EXAMPLE("{\n"                                                                          \
                    "    path /health\n"                                                           \
                    "    status_code 200\n"                                                        \
                    "}"))

/* url. */
#define URL_ROWS                                                                                   \
    ROW("path", TEXT, CORE, "Request path.", ARGUMENTS("STRING"), FLAGS(SCHEMA_REQUIRED),          \
        OBJECT(struct conf_url, path), EXAMPLE("/health")),                                        \
        ROW("digest", SPECIAL, COMMON, "MD5 of the body.", ARGUMENTS("32 hex digits"),             \
            OBJECT(struct conf_url, digest), READER(build_read_digest),                            \
            WRITER(facts_write_digest), EXAMPLE("9b3a0c85a887a256d6939da88aabd8cd")),              \
        ROW("status_code", SPECIAL, CORE, "Accepted status.",                                      \
            ARGUMENTS("N or N-M, several; 100..599"), RANGE(100, 599), DEFAULT("200-299"),         \
            OBJECT(struct conf_url, statuses), FLAGS(SCHEMA_REPEATS), READER(build_read_statuses), \
            WRITER(facts_write_statuses), EXAMPLE("200-299")),                                     \
        ROW("virtualhost", TEXT, RARE, "Host header for this URL.", ARGUMENTS("STRING"),           \
            DEFAULT("checker's"), OBJECT(struct conf_url, virtualhost),                            \
            EXAMPLE("www.example.com")),                                                           \
        ROW("regex", SPECIAL, RARE, "PCRE2 pattern the reply must match.",                         \
            ARGUMENTS("\"PATTERN\""), OBJECT(struct conf_url, regex), READER(build_read_regex),    \
            WRITER(facts_write_regex), EXAMPLE("\"OK\"")),                                         \
        ROW("regex_no_match", FLAG, RARE, "Match means failure.",                                  \
            OBJECT(struct conf_url, regex_no_match)),                                              \
        ROW("regex_options", SPECIAL, RARE, "PCRE2 options.", ARGUMENTS("WORD..."),                \
            OBJECT(struct conf_url, regex_options), FLAGS(SCHEMA_REPEATS),                         \
            READER(build_read_regex_options), WRITER(facts_write_regex_options),                   \
            EXAMPLE("caseless multiline")),                                                        \
        ROW("regex_min_offset", NUMBER, RARE, "First offset searched.", RANGE(0, SCHEMA_U32_MAX),  \
            INITIAL(0), OBJECT(struct conf_url, regex_min_offset), UNIT("bytes"), EXAMPLE("0")),   \
        ROW("regex_max_offset", NUMBER, RARE, "Last offset a match may start.",                    \
            RANGE(0, SCHEMA_U32_MAX), INITIAL(-1), DEFAULT("none"),                                \
            OBJECT(struct conf_url, regex_max_offset), WRITER(facts_write_regex_max_offset),       \
            UNIT("bytes"), EXAMPLE("1024")),                                                       \
        ROW("regex_stack", SPECIAL, RARE, "JIT stack sizes.", ARGUMENTS("START MAX (bytes)"),      \
            RANGE(1, 64 << 20), DEFAULT("PCRE2's"), OBJECT(struct conf_url, regex_stack_start),    \
            READER(build_read_regex_stack), WRITER(facts_write_regex_stack),                       \
            EXAMPLE("32768 1048576"))

/* HTTP_GET. */
static const struct schema_row schema_http_get_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    HTTP_ROWS(SCHEMA_HTTP_GET_URL),
};
SCHEMA_ROWS(schema_http_get_rows);

/* url of HTTP_GET. */
static const struct schema_row schema_http_url_rows_table[] = {
    URL_ROWS,
};
SCHEMA_ROWS(schema_http_url_rows);

/* SSL_GET. */
static const struct schema_row schema_ssl_get_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    HTTP_ROWS(SCHEMA_SSL_GET_URL),
    ROW("tls_compliant", BOOL, RARE, "Send close_notify when closing.", INITIAL(0),
        OBJECT(struct conf_check_http, tls_compliant)),
    ROW("verify", BOOL, RARE, "The server must prove who it is.", INITIAL(CONF_VERIFY_AS_SSL),
        DEFAULT("the SSL block's"), OBJECT(struct conf_check_http, verify),
        WRITER(facts_write_verify), FLAGS(SCHEMA_OURS), EXAMPLE("on")),
};
SCHEMA_ROWS(schema_ssl_get_rows);

/* url of SSL_GET. */
static const struct schema_row schema_ssl_url_rows_table[] = {
    URL_ROWS,
    ROW("tls_compliant", BOOL, RARE, "Send close_notify when closing.", INITIAL(0),
        OBJECT(struct conf_url, tls_compliant)),
};
SCHEMA_ROWS(schema_ssl_url_rows);

/* SMTP_CHECK. */
static const struct schema_row schema_smtp_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    ROW("helo_name", TEXT, COMMON, "The name that it says in HELO.", ARGUMENTS("NAME"),
        DEFAULT("smtpchecker.keepalived.org"), OBJECT(struct conf_smtp_check, helo_name),
        READER(build_read_check_helo), EXAMPLE("lb1.example.com")),
    ROW("host", BLOCK, RARE, "Old way to name what is checked; its options act on the whole check.",
        OPENS(SCHEMA_SMTP_CHECK_HOST), READER(build_read_smtp_host), HIDDEN,
        EXAMPLE("{\n"
                "    connect_ip 192.0.2.25\n"
                "}")),
};
SCHEMA_ROWS(schema_smtp_check_rows);

/* host of SMTP_CHECK. */
static const struct schema_row schema_smtp_host_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
};
SCHEMA_ROWS(schema_smtp_host_rows);

/* DNS_CHECK. */
static const struct schema_row schema_dns_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    ROW("type", CHOICE, COMMON, "The type of the query.", CHOICES(conf_dns_type_names), INITIAL(6),
        OBJECT(struct conf_dns_check, type), EXAMPLE("A")),
    ROW("name", TEXT, COMMON, "The name of the query.", ARGUMENTS("NAME"), DEFAULT("the root"),
        OBJECT(struct conf_dns_check, name), READER(build_read_dns_name),
        EXAMPLE("www.example.com")),
};
SCHEMA_ROWS(schema_dns_check_rows);

/* MISC_CHECK. */
static const struct schema_row schema_misc_check_rows_table[] = {
    CHECKER_ROWS,
    ROW("misc_path", COMMAND, CORE, "The program that is run.", FLAGS(SCHEMA_REQUIRED),
        OBJECT(struct conf_misc_check, script),
        EXAMPLE("\"/usr/local/sbin/check-web 192.0.2.21\"")),
    ROW("misc_timeout", SECONDS, COMMON,
        "How long the program may run; then it is ended, and that counts as a failure.",
        SECONDS(3, 0, 4294 * SCHEMA_SECOND), DEFAULT("the check's delay_loop; 0 means the same"),
        OBJECT(struct conf_misc_check, timeout), WRITER(facts_write_misc_timeout), EXAMPLE("5")),
    ROW("misc_dynamic", FLAG, COMMON,
        "The exit status sets the weight: 2..255 mean success and the weight 0..253.",
        OBJECT(struct conf_misc_check, dynamic)),
    ROW("misc_serial", FLAG, COMMON,
        "Checks with it that run the same program do so one after the other.", FLAGS(SCHEMA_OURS),
        OBJECT(struct conf_misc_check, serial)),
    ROW("user", USER, COMMON, "Who it runs as.", DEFAULT("script_user"),
        OBJECT(struct conf_misc_check, script.user)),
};
SCHEMA_ROWS(schema_misc_check_rows);

/* UDP_CHECK. */
static const struct schema_row schema_udp_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    ROW("payload", SPECIAL, RARE, "What is sent; A 1b 2 is 0a 1b 02. At most 4096 bytes.",
        ARGUMENTS("HEX..."), DEFAULT("32 random bytes"), OBJECT(struct conf_udp_check, payload),
        READER(build_read_payload), WRITER(facts_write_payload), EXAMPLE("00 1b 2f")),
    ROW("require_reply", SPECIAL, RARE,
        "There must be a reply; it is compared up to the end of the shorter one, x is any digit.",
        ARGUMENTS("[HEX...]"), DEFAULT("no reply is needed"), OBJECT(struct conf_udp_check, reply),
        READER(build_read_require_reply), WRITER(facts_write_require_reply), EXAMPLE("00 xx")),
    ROW("min_reply_length", NUMBER, RARE, "Of a reply whose data are given.", RANGE(0, 65535),
        INITIAL(0), OBJECT(struct conf_udp_check, min_reply_length), UNIT("bytes"), EXAMPLE("2")),
    ROW("max_reply_length", NUMBER, RARE, "Of a reply whose data are given.", RANGE(0, 65535),
        INITIAL(255), OBJECT(struct conf_udp_check, max_reply_length), UNIT("bytes")),
};
SCHEMA_ROWS(schema_udp_check_rows);

/* PING_CHECK. */
static const struct schema_row schema_ping_check_rows_table[] = {
    CONNECTION_ROWS_WITH(NO_PORT),
    CHECKER_ROWS,
};
SCHEMA_ROWS(schema_ping_check_rows);

/* FILE_CHECK. */
static const struct schema_row schema_file_check_rows_table[] = {
    ROW("track_file", SPECIAL, RARE, "The track_file whose number counts.", FLAGS(SCHEMA_REQUIRED),
        ARGUMENTS("TRACK_FILE"), OBJECT(struct conf_file_check, file), READER(build_read_reference),
        EXAMPLE("load"), WRITER(facts_write_pointer)),
    ROW("weight", SPECIAL, RARE,
        "The number times this is added to the server's weight; -2147483648 or less takes it down. "
        "0: any number but 0 does, reverse: 0 does.",
        ARGUMENTS("-2147483647..2147483647 [reverse|noreverse]"),
        RANGE(-SCHEMA_I32_MAX, SCHEMA_I32_MAX), DEFAULT("the track_file's"),
        OBJECT(struct conf_file_check, weight), READER(build_read_file_weight), EXAMPLE("-1"),
        WRITER(facts_write_file_check_weight)),
    TOLD_ROWS(FLAGS(SCHEMA_OURS)),
};
SCHEMA_ROWS(schema_file_check_rows);

/* BFD_CHECK. */
static const struct schema_row schema_bfd_check_rows_table[] = {
    ROW("name", SPECIAL, RARE, "The bfd_instance that counts; once for each server.",
        FLAGS(SCHEMA_REQUIRED), ARGUMENTS("BFD_INSTANCE"), OBJECT(struct conf_bfd_check, session),
        READER(build_read_reference), EXAMPLE("peer"), WRITER(facts_write_pointer)),
    ROW("weight", NUMBER, RARE,
        "Changes the server's weight instead of taking it out: added while the session is up, or, "
        "below 0, while it is down.",
        RANGE(-SCHEMA_I32_MAX, SCHEMA_I32_MAX), INITIAL(0), OBJECT(struct conf_check, weight),
        UNIT(NO_UNIT), EXAMPLE("-5"), WRITER(facts_write_check_weight), FLAGS(SCHEMA_OURS)),
    TOLD_ROWS(.flags = 0),
};
SCHEMA_ROWS(schema_bfd_check_rows);

/* MYSQL_CHECK. */
static const struct schema_row schema_mysql_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    MYSQL_ROWS,
};
SCHEMA_ROWS(schema_mysql_check_rows);

/* AGENT_CHECK. */
static const struct schema_row schema_agent_check_rows_table[] = {
    CONNECTION_ROWS,
    CHECKER_ROWS,
    ROW("agent_send", TEXT, RARE,
        "Sent to the agent when it is connected; \\n, \\r, \\t and \\\\ stand for what they do in C.",
        ARGUMENTS("STRING"), OBJECT(struct conf_agent_check, send), READER(build_read_agent_send),
        WRITER(facts_write_agent_send), EXAMPLE("\"web1\\n\"")),
};
SCHEMA_ROWS(schema_agent_check_rows);
