/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the configuration language for the values of conf.h, and the names by which people
 * know services and servers. Messages, the control socket and the log all use these.
 */
#ifndef HOLDFAST_PARSER_CONF_TEXT_H
#define HOLDFAST_PARSER_CONF_TEXT_H

#include "parser/conf.h"

struct text_buffer;

/* A word and its value. Tables of them end with a NULL name. */
struct conf_name {
    const char *name;
    int value;
};

extern const struct conf_name conf_forward_names[];   /* NAT DR TUN FULLNAT: conf_forward */
extern const struct conf_name conf_announce_names[];  /* up always: enum conf_announce_when */
extern const struct conf_name conf_scheduler_names[]; /* rr wrr ...: the index in this table */
extern const struct conf_name conf_protocol_names[];  /* TCP UDP SCTP: IPPROTO_* */
extern const struct conf_name conf_hmac_mode_names[];
extern const struct conf_name conf_receive_policy_names[]; /* the words; not bytes */
extern const struct conf_name conf_hmac_replay_names[];
extern const struct conf_name conf_param_names[];  /* initial: enum conf_param_match */
extern const struct conf_name conf_auth_names[];   /* PASS: enum conf_auth */
extern const struct conf_name conf_state_names[];  /* BACKUP 0, MASTER 1: state_master */
extern const struct conf_name conf_ipvlan_names[]; /* bridge private vepa: conf_ipvlan_mode */
extern const struct conf_name conf_scope_names[];  /* global site ...: RT_SCOPE_* */
extern const struct conf_name conf_family_names[]; /* inet inet6: AF_* */
extern const struct conf_name conf_tunnel_names[]; /* ipip gue gre: IP_VS_CONN_F_TUNNEL_TYPE_* */
extern const struct conf_name
    conf_dns_type_names[]; /* A: the numbers of RFC 1035 and its successors */
extern const struct conf_name conf_check_names[];         /* TCP_CHECK: enum conf_check_kind */
extern const struct conf_name conf_http_protocol_names[]; /* enum conf_http_protocol */
extern const struct conf_name conf_regex_names[];         /* caseless ...: PCRE2_* */
extern const struct conf_name conf_metrics_depth_names[];
extern const struct conf_name conf_mysql_level_names[];
extern const struct conf_name conf_mysql_galera_names[];
extern const struct conf_name conf_compare_names[];
extern const struct conf_name conf_linkbeat_names[]; /* MII ETHTOOL IOCTL: enum conf_linkbeat */

extern const struct conf_name conf_route_type_names[];       /* unicast ...: RTN_* */
extern const struct conf_name conf_route_preference_names[]; /* low medium high: RTA_PREF */

extern const struct conf_name conf_rule_action_names[]; /* blackhole ...: FR_ACT_* */
extern const struct conf_name conf_ip_protocol_names[]; /* tcp ...: IPPROTO_* */

/* A metric of a route. */
struct conf_metric {
    const char *name;
    uint16_t type;    /* RTAX_* */
    uint16_t scale;   /* the kernel's value for 1 ms; 0: it is no time */
    bool lockable;    /* `lock` may stand before its value */
    uint32_t maximum; /* of what may be written */
};
extern const struct conf_metric conf_metrics[]; /* ends with a NULL name */

enum { CONF_ENDPOINT_TEXT_SIZE = 64 }; /* "[IPv6]:65535/sctp" and "fwmark 4294967295 (IPv6)" fit */

/** The word for a value, NULL where the table has none. */
const char *conf_name_of(const struct conf_name *names, int value);

/**
 * The value of a word.
 * @param value  set only where the word is in the table
 */
bool conf_name_find(const struct conf_name *names, const char *word, int *value);

/** Like conf_name_find(), whatever the letters' case. */
bool conf_name_find_any_case(const struct conf_name *names, const char *word, int *value);

/** "tcp", "udp", "sctp"; "none" for 0. */
const char *conf_protocol_text(uint8_t protocol);

/**
 * Writes a service as "172.16.1.18:3306/tcp", "[2001:db8::1]:53/udp", "fwmark 7" or
 * "fwmark 7 (IPv6)".
 * @return `text`
 */
const char *conf_service_text(char text[CONF_ENDPOINT_TEXT_SIZE],
                              const struct conf_service_key *key);

/** Writes a server as "172.16.1.7:3306"; without ":3306" where it has no port. @return `text` */
const char *conf_server_text(char text[CONF_ENDPOINT_TEXT_SIZE], const struct conf_server_key *key);

extern const struct conf_name conf_encap_names[]; /* LWTUNNEL_ENCAP_* of linux/lwtunnel.h */
extern const struct conf_name conf_ila_csum_names[];
extern const struct conf_name conf_ila_ident_names[];
extern const struct conf_name conf_ila_hook_names[];

/** Appends what stands behind `encap`: "mpls 100/200 ttl 9". */
void conf_encap_write(const struct conf_encap *encap, struct text_buffer *out);

/** The scope of a route that names none (RT_SCOPE_*), by what it leads to: as iproute2 has it. */
uint8_t conf_route_scope(const struct conf_route *route);

/** Appends what a route is known by: "10.0.0.0/8 table 7 metric 5". */
void conf_route_write_key(const struct conf_route *route, struct text_buffer *out);

/** Appends the rest of its line: "via 192.0.2.1 dev eth0 mtu lock 1400"; perhaps nothing. */
void conf_route_write_options(const struct conf_route *route, struct text_buffer *out);

/** Appends the whole line, as a configuration has it. */
void conf_route_write(const struct conf_route *route, struct text_buffer *out);

/** As the functions for routes: "from 192.0.2.0/24 table 7 preference 100", then "no_track". */
void conf_rule_write_key(const struct conf_rule *rule, struct text_buffer *out);
void conf_rule_write_options(const struct conf_rule *rule, struct text_buffer *out);
void conf_rule_write(const struct conf_rule *rule, struct text_buffer *out);

#endif
