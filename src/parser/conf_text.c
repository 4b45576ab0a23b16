/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the configuration language for the values of conf.h. Pure.
 */
#include "parser/conf_text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <linux/ip_vs.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

const struct conf_name conf_forward_names[] = {
    {"NAT", CONF_FORWARD_NAT},
    {"DR", CONF_FORWARD_DR},
    {"TUN", CONF_FORWARD_TUN},
    {"FULLNAT", CONF_FORWARD_FULLNAT},
    {NULL, 0},
};

const struct conf_name conf_announce_names[] = {
    {"up", CONF_ANNOUNCE_UP}, {"always", CONF_ANNOUNCE_ALWAYS}, {NULL, 0}};

/* The schedulers of the kernel: net/netfilter/ipvs/Kconfig. */
const struct conf_name conf_scheduler_names[] = {
    {"rr", 0},     {"wrr", 1},  {"lc", 2},  {"wlc", 3},   {"lblc", 4},
    {"sh", 5},     {"mh", 6},   {"dh", 7},  {"fo", 8},    {"ovf", 9},
    {"lblcr", 10}, {"sed", 11}, {"nq", 12}, {"twos", 13}, {NULL, 0},
};

const struct conf_name conf_protocol_names[] = {
    {"TCP", IPPROTO_TCP},
    {"UDP", IPPROTO_UDP},
    {"SCTP", IPPROTO_SCTP},
    {NULL, 0},
};

const struct conf_name conf_linkbeat_names[] = {
    {"MII", CONF_LINKBEAT_MII},
    {"ETHTOOL", CONF_LINKBEAT_ETHTOOL},
    {"IOCTL", CONF_LINKBEAT_IOCTL},
    {NULL, 0},
};

const struct conf_name conf_receive_policy_names[] = {
    {"MTU", CONF_RECEIVE_MTU},
    {"ADVERT", CONF_RECEIVE_ADVERT},
    {NULL, 0},
};

const struct conf_name conf_hmac_mode_names[] = {
    {"enforce", CONF_HMAC_ENFORCE},
    {"permissive", CONF_HMAC_PERMISSIVE},
    {"receive-only", CONF_HMAC_RECEIVE_ONLY},
    {NULL, 0},
};

const struct conf_name conf_hmac_replay_names[] = {
    {"time", CONF_HMAC_TIME},
    {"monotonic", CONF_HMAC_MONOTONIC},
    {NULL, 0},
};

const struct conf_name conf_param_names[] = {
    {"initial", CONF_PARAM_INITIAL},
    {"partial", CONF_PARAM_PARTIAL},
    {NULL, 0},
};

const struct conf_name conf_auth_names[] = {
    {"PASS", CONF_AUTH_PASS},
    {"AH", CONF_AUTH_AH},
    {NULL, 0},
};

const struct conf_name conf_state_names[] = {
    {"MASTER", true},
    {"BACKUP", false},
    {NULL, 0},
};

/* RT_SCOPE_* of rtnetlink(7); the names are those of iproute2's rt_scopes. */
const struct conf_name conf_ipvlan_names[] = {
    {"bridge", CONF_IPVLAN_BRIDGE},
    {"private", CONF_IPVLAN_PRIVATE},
    {"vepa", CONF_IPVLAN_VEPA},
    {NULL, 0},
};

const struct conf_name conf_scope_names[] = {
    {"global", 0}, {"site", 200}, {"link", 253}, {"host", 254}, {"nowhere", 255}, {NULL, 0},
};

const struct conf_name conf_family_names[] = {
    {"inet", AF_INET},
    {"inet6", AF_INET6},
    {NULL, 0},
};

const struct conf_name conf_tunnel_names[] = {
    {"ipip", IP_VS_CONN_F_TUNNEL_TYPE_IPIP},
    {"gue", IP_VS_CONN_F_TUNNEL_TYPE_GUE},
    {"gre", IP_VS_CONN_F_TUNNEL_TYPE_GRE},
    {NULL, 0},
};

/* RFC 1035 3.2.2, RFC 3596 2.1, RFC 4034 2.1, 3.1. */
const struct conf_name conf_dns_type_names[] = {
    {"A", 1},    {"NS", 2},    {"CNAME", 5},  {"SOA", 6},     {"MX", 15},
    {"TXT", 16}, {"AAAA", 28}, {"RRSIG", 46}, {"DNSKEY", 48}, {NULL, 0},
};

const struct conf_name conf_check_names[] = {
    {"TCP_CHECK", CONF_CHECK_TCP},
    {"HTTP_GET", CONF_CHECK_HTTP},
    {"SSL_GET", CONF_CHECK_SSL},
    {"SMTP_CHECK", CONF_CHECK_SMTP},
    {"DNS_CHECK", CONF_CHECK_DNS},
    {"MISC_CHECK", CONF_CHECK_MISC},
    {"UDP_CHECK", CONF_CHECK_UDP},
    {"PING_CHECK", CONF_CHECK_PING},
    {"FILE_CHECK", CONF_CHECK_FILE},
    {"BFD_CHECK", CONF_CHECK_BFD},
    {"MYSQL_CHECK", CONF_CHECK_MYSQL},
    {"AGENT_CHECK", CONF_CHECK_AGENT},
    {NULL, 0},
};

const struct conf_name conf_http_protocol_names[] = {
    {"1.0", CONF_HTTP_1_0},
    {"1.0C", CONF_HTTP_1_0_CLOSE},
    {"1.0c", CONF_HTTP_1_0_CLOSE},
    {"1.1", CONF_HTTP_1_1},
    {NULL, 0},
};

/* pcre2_compile(3). use_offset_limit changes nothing: it is always set. */
const struct conf_name conf_regex_names[] = {
    {"allow_empty_class", (int)PCRE2_ALLOW_EMPTY_CLASS},
    {"alt_bsux", (int)PCRE2_ALT_BSUX},
    {"auto_callout", (int)PCRE2_AUTO_CALLOUT},
    {"caseless", (int)PCRE2_CASELESS},
    {"dollar_endonly", (int)PCRE2_DOLLAR_ENDONLY},
    {"dotall", (int)PCRE2_DOTALL},
    {"dupnames", (int)PCRE2_DUPNAMES},
    {"extended", (int)PCRE2_EXTENDED},
    {"firstline", (int)PCRE2_FIRSTLINE},
    {"match_unset_backref", (int)PCRE2_MATCH_UNSET_BACKREF},
    {"multiline", (int)PCRE2_MULTILINE},
    {"never_ucp", (int)PCRE2_NEVER_UCP},
    {"never_utf", (int)PCRE2_NEVER_UTF},
    {"no_auto_capture", (int)PCRE2_NO_AUTO_CAPTURE},
    {"no_auto_possess", (int)PCRE2_NO_AUTO_POSSESS},
    {"no_dotstar_anchor", (int)PCRE2_NO_DOTSTAR_ANCHOR},
    {"no_start_optimize", (int)PCRE2_NO_START_OPTIMIZE},
    {"ucp", (int)PCRE2_UCP},
    {"ungreedy", (int)PCRE2_UNGREEDY},
    {"utf", (int)PCRE2_UTF},
    {"never_backslash_c", (int)PCRE2_NEVER_BACKSLASH_C},
    {"alt_circumflex", (int)PCRE2_ALT_CIRCUMFLEX},
    {"alt_verbnames", (int)PCRE2_ALT_VERBNAMES},
    {"use_offset_limit", (int)PCRE2_USE_OFFSET_LIMIT},
    {NULL, 0},
};

const struct conf_name conf_metrics_depth_names[] = {
    {"off", CONF_METRICS_OFF},
    {"service", CONF_METRICS_SERVICE},
    {"server", CONF_METRICS_SERVER},
    {NULL, 0},
};

const struct conf_name conf_mysql_level_names[] = {
    {"handshake", CONF_MYSQL_HANDSHAKE},
    {"ping", CONF_MYSQL_PING},
    {"query", CONF_MYSQL_QUERY},
    {NULL, 0},
};

const struct conf_name conf_mysql_galera_names[] = {
    {"synced", CONF_MYSQL_GALERA_SYNCED},
    {"donor", CONF_MYSQL_GALERA_DONOR},
    {NULL, 0},
};

const struct conf_name conf_compare_names[] = {
    {"=", CONF_COMPARE_EQUAL},     {"<>", CONF_COMPARE_DIFFERENT},
    {"<", CONF_COMPARE_LESS},      {"<=", CONF_COMPARE_AT_MOST},
    {">", CONF_COMPARE_MORE},      {">=", CONF_COMPARE_AT_LEAST},
    {"match", CONF_COMPARE_MATCH}, {NULL, 0},
};

const char *conf_name_of(const struct conf_name *names, int value)
{
    for (; names->name; names++) {
        if (names->value == value) {
            return names->name;
        }
    }
    return NULL;
}

typedef int (*conf_compare)(const char *a, const char *b);

static bool conf_name_search(const struct conf_name *names, const char *word, conf_compare compare,
                             int *value)
{
    for (; names->name; names++) {
        if (compare(names->name, word) == 0) {
            *value = names->value;
            return true;
        }
    }
    return false;
}

bool conf_name_find(const struct conf_name *names, const char *word, int *value)
{
    return conf_name_search(names, word, strcmp, value);
}

static int conf_upper(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* strcasecmp(3) follows the locale; the language's words are ASCII. */
static int conf_compare_any_case(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (conf_upper(*a) != conf_upper(*b)) {
            return 1;
        }
    }
    return *a != *b;
}

bool conf_name_find_any_case(const struct conf_name *names, const char *word, int *value)
{
    return conf_name_search(names, word, conf_compare_any_case, value);
}

const char *conf_protocol_text(uint8_t protocol)
{
    static const struct conf_name texts[] = {
        {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}, {NULL, 0}};
    const char *text = conf_name_of(texts, protocol);

    return text ? text : "none";
}

const char *conf_service_text(char text[CONF_ENDPOINT_TEXT_SIZE],
                              const struct conf_service_key *key)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    if (key->fwmark || !inet_is_set(&key->addr)) {
        (void)snprintf(text, CONF_ENDPOINT_TEXT_SIZE, "fwmark %u%s", key->fwmark,
                       key->family == AF_INET6 ? " (IPv6)" : "");
    } else {
        inet_endpoint_text(endpoint, &key->addr, key->port);
        (void)snprintf(text, CONF_ENDPOINT_TEXT_SIZE, "%s/%s", endpoint,
                       conf_protocol_text(key->protocol));
    }
    return text;
}

const char *conf_server_text(char text[CONF_ENDPOINT_TEXT_SIZE], const struct conf_server_key *key)
{
    return inet_endpoint_text(text, &key->addr, key->port);
}
