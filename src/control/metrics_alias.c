/* SPDX-License-Identifier: Apache-2.0
 *
 * The names and labels of two exporters for keepalived, so that dashboards and alerts made for them go on:
 * mehdy/keepalived-exporter (keepalived_vrrp_state, keepalived_..._total) and
 * gen2brain/keepalived_exporter (keepalived_vrrp_advert_rcvd, keepalived_lvs_...). What their counters are
 * called is their public interface; that of the latter are no OpenMetrics counters, since these end
 * with _total, so they are of an unknown type.
 */
#include "control/metrics_inside.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void alias_up(struct metrics *metrics, const struct metrics_family *family,
                     const struct metrics_item *item)
{
    metrics_begin(metrics, family, NULL, item);
    metrics_end(metrics, 1); /* who writes this is there */
}

/* ---- VRRP -------------------------------------------------------------------------------------- */

/* An address as keepalived shows it: without the length of a prefix that is the whole of it. */
static void alias_address(struct metrics *metrics, const char *address)
{
    static const char *const whole[] = {"/32", "/128"};
    char text[64];
    bool six = strchr(address, ':') != NULL;
    size_t length;

    (void)text_copy(text, sizeof(text), address);
    length = strlen(text);
    if (length > strlen(whole[six]) &&
        strcmp(text + length - strlen(whole[six]), whole[six]) == 0) {
        text[length - strlen(whole[six])] = '\0';
    }
    metrics_label(metrics, "ip_address", text);
}

/* A line for each address of an instance. @param excluded  those that no advert names */
static void alias_states(struct metrics *metrics, const struct metrics_family *family,
                         const struct metrics_item *item, bool excluded)
{
    static const char *const states[] = {"INIT", "BACKUP", "MASTER", "FAULT"};
    const char *state = metrics_text(item->json, "state");
    const json_t *address;
    size_t k;
    int i = 0;

    while (i < 4 && strcmp(state, states[i]) != 0) {
        i++;
    }
    json_array_foreach(json_object_get(item->json, "addresses"), k, address) {
        char vrid[32];

        if (i == 4 || json_is_false(json_object_get(address, "advertised")) != excluded) {
            continue;
        }
        (void)snprintf(vrid, sizeof(vrid), "%lld", (long long)metrics_count(item->json, "vrid"));
        metrics_begin(metrics, family, NULL, NULL);
        metrics_label(metrics, "iname", metrics_text(item->json, "name"));
        metrics_label(metrics, "intf", metrics_text(address, "device"));
        metrics_label(metrics, "vrid", vrid);
        alias_address(metrics, metrics_text(address, "address"));
        metrics_end(metrics, i);
    }
}

static void alias_state(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    alias_states(metrics, family, item, false);
}

static void alias_excluded(struct metrics *metrics, const struct metrics_family *family,
                           const struct metrics_item *item)
{
    alias_states(metrics, family, item, true);
}

static void alias_sum(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item, const char *const members[][2])
{
    const json_t *counters = json_object_get(item->json, "counters");
    int64_t sum = 0;

    if (!json_is_object(counters)) {
        return;
    }
    for (int i = 0; members[i][0]; i++) {
        sum = metrics_sum(sum,
                          metrics_count(json_object_get(counters, members[i][0]), members[i][1]));
    }
    metrics_begin(metrics, family, NULL, item);
    metrics_end(metrics, sum);
}

static void alias_ttl(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item)
{
    static const char *const members[][2] = {{"malformed", "ttl"}, {"dropped", "other_ttl"}, {0}};

    alias_sum(metrics, family, item, members);
}

static void alias_auth_failure(struct metrics *metrics, const struct metrics_family *family,
                               const struct metrics_item *item)
{
    static const char *const members[][2] = {
        {"dropped", "wrong_password"}, {"ah", "wrong_icv"},  {"ah", "replayed"},
        {"hmac", "wrong_hmac"},        {"hmac", "replayed"}, {0},
    };

    alias_sum(metrics, family, item, members);
}

static void alias_script_status(struct metrics *metrics, const struct metrics_family *family,
                                const struct metrics_item *item)
{
    const char *status = metrics_text(item->json, "status");
    bool good = strcmp(status, "good") == 0;

    if (good || strcmp(status, "bad") == 0) {
        metrics_begin(metrics, family, NULL, item);
        metrics_end(metrics, good);
    }
}

/* ---- IPVS -------------------------------------------------------------------------------------- */

/* The number of a protocol, as gen2brain's label has it: RFC 5237, assigned numbers. */
static const char *alias_protocol(const json_t *service)
{
    const char *protocol = metrics_text(service, "protocol");

    return strcmp(protocol, "tcp") == 0    ? "6"
           : strcmp(protocol, "udp") == 0  ? "17"
           : strcmp(protocol, "sctp") == 0 ? "132"
                                           : "0";
}

/* As it labels them: `10.0.0.1:80`, and an IPv6 address without brackets. A mark has none: `<nil>:0`. */
static void alias_endpoint(struct metrics *metrics, const json_t *of, const json_t *service)
{
    const char *address = json_string_value(json_object_get(of, "address"));
    char text[96];

    (void)snprintf(text, sizeof(text), "%.60s:%lld", address ? address : "<nil>",
                   (long long)metrics_count(of, "port"));
    metrics_label(metrics, "addr", text);
    metrics_label(metrics, "proto", alias_protocol(service));
}

/* A group has no address of its own, its members have. */
static void alias_vip(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item)
{
    const json_t *counters = json_object_get(item->json, "counters");

    if (json_is_string(json_object_get(item->json, "address")) &&
        json_is_integer(json_object_get(counters, family->path[1]))) {
        metrics_begin(metrics, family, NULL, NULL);
        alias_endpoint(metrics, item->json, item->json);
        metrics_end(metrics, metrics_count(counters, family->path[1]));
    }
}

/* A server of several services is told once: its labels do not have the service. */
struct alias_server {
    const json_t *json;
    const json_t *service;
    int64_t count;
};

static int alias_order(const void *one, const void *other)
{
    const struct alias_server *a = one;
    const struct alias_server *b = other;
    int order = strcmp(metrics_text(a->json, "address"), metrics_text(b->json, "address"));
    int64_t port = metrics_count(a->json, "port");
    int64_t other_port = metrics_count(b->json, "port");

    if (!order) {
        order = (port > other_port) - (port < other_port);
    }
    return order ? order : strcmp(alias_protocol(a->service), alias_protocol(b->service));
}

/* All servers at once, for the document: @param item  it */
static void alias_servers(struct metrics *metrics, const struct metrics_family *family,
                          const struct metrics_item *item)
{
    const struct metrics_set *set = &metrics->sets[METRICS_SERVERS];
    struct alias_server *servers = memory_new(set->count + 1, sizeof(*servers));
    size_t count = 0;

    (void)item;
    for (size_t i = 0; i < set->count; i++) {
        const json_t *counters = json_object_get(set->items[i].json, "counters");

        if (json_is_integer(json_object_get(counters, family->path[1]))) {
            servers[count++] = (struct alias_server){set->items[i].json, set->items[i].parent,
                                                     metrics_count(counters, family->path[1])};
        }
    }
    if (count) {
        qsort(servers, count, sizeof(*servers), alias_order);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t sum = servers[i].count;

        while (i + 1 < count && alias_order(&servers[i], &servers[i + 1]) == 0) {
            sum = metrics_sum(sum, servers[++i].count);
        }
        metrics_begin(metrics, family, NULL, NULL);
        alias_endpoint(metrics, servers[i].json, servers[i].service);
        metrics_end(metrics, sum);
    }
    free(servers);
}

/* ---- The rows ---------------------------------------------------------------------------------- */

/* Counters of an instance under both names. */
#define ALIAS_COUNTER(total, plain, help, ...)                                                     \
    {"keepalived_" total, METRICS_COUNTER, METRICS_ALIAS_INSTANCES, help, __VA_ARGS__},            \
    {                                                                                              \
        "keepalived_vrrp_" plain, METRICS_UNKNOWN, METRICS_ALIAS_STATES, help, __VA_ARGS__         \
    }

/* The kernel's counters of a service and of a server. */
#define ALIAS_KERNEL(name, text, member)                                                           \
    {"keepalived_lvs_vip_" name,                                                                   \
     METRICS_UNKNOWN,                                                                              \
     METRICS_SERVICES,                                                                             \
     "VIP " text ".",                                                                              \
     .path = {"counters", member},                                                                 \
     .depth = METRICS_DEPTH_SERVICE,                                                               \
     .write = alias_vip,                                                                           \
     .labels = "`addr` `proto`"},                                                                  \
    {                                                                                              \
        "keepalived_lvs_rs_" name, METRICS_UNKNOWN, METRICS_DOCUMENT, "RS " text ".",              \
            .path = {"counters", member}, .depth = METRICS_DEPTH_SERVER, .write = alias_servers,   \
            .labels = "`addr` `proto`"                                                             \
    }

static const struct metrics_family alias_families[] = {
    {"keepalived_up", METRICS_GAUGE, METRICS_DOCUMENT, "Status.", .path = {NULL},
     .write = alias_up},
    {"keepalived_vrrp_state", METRICS_GAUGE, METRICS_INSTANCES,
     "State of VRRP for each address: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", .path = {"state"},
     .write = alias_state, .labels = "`iname` `intf` `vrid` `ip_address`"},
    {"keepalived_vrrp_excluded_state", METRICS_GAUGE, METRICS_INSTANCES,
     "The same for addresses that no advert names.", .path = {"state"}, .write = alias_excluded,
     .labels = "`iname` `intf` `vrid` `ip_address`"},
    ALIAS_COUNTER("advertisements_received", "advert_rcvd", "Advertisements received.",
                  .path = {"counters", "adverts_received"}),
    ALIAS_COUNTER("advertisements_sent", "advert_sent", "Advertisements sent.",
                  .path = {"counters", "adverts_sent"}),
    ALIAS_COUNTER("become_master", "become_master", "Became master.",
                  .path = {"counters", "became_master"}),
    ALIAS_COUNTER("release_master", "release_master", "Released master.",
                  .path = {"counters", "left_master"}),
    ALIAS_COUNTER("packet_length_errors", "packet_len_err", "Packet length errors.",
                  .path = {"counters", "malformed", "length"}),
    ALIAS_COUNTER("advertisements_interval_errors", "advert_interval_err",
                  "Advertisement interval errors.",
                  .path = {"counters", "dropped", "other_interval"}),
    ALIAS_COUNTER("ip_ttl_errors", "ip_ttl_err", "TTL errors.", .path = {"counters"},
                  .write = alias_ttl),
    ALIAS_COUNTER("invalid_type_received", "invalid_type_rcvd", "Invalid type errors.",
                  .path = {"counters", "malformed", "type"}),
    ALIAS_COUNTER("address_list_errors", "addr_list_err", "Address list errors.",
                  .path = {"counters", "addresses_differ"}),
    ALIAS_COUNTER("authentication_invalid", "invalid_authtype", "Authentication invalid.",
                  .path = {"counters", "unknown_auth_type"}),
    ALIAS_COUNTER("authentication_mismatch", "authtype_mismatch", "Authentication mismatch.",
                  .path = {"counters", "dropped", "other_auth_type"}),
    ALIAS_COUNTER("authentication_failure", "auth_failure", "Authentication failure.",
                  .path = {"counters"}, .write = alias_auth_failure),
    ALIAS_COUNTER("priority_zero_received", "pri_zero_rcvd", "Priority zero received.",
                  .path = {"counters", "priority_zero_received"}),
    ALIAS_COUNTER("priority_zero_sent", "pri_zero_sent", "Priority zero sent.",
                  .path = {"counters", "priority_zero_sent"}),
    {"keepalived_gratuitous_arp_delay", METRICS_COUNTER, METRICS_ALIAS_INSTANCES,
     "Gratuitous ARP delay: the setting, in seconds.", .path = {"announce_delay_ms"},
     .value = METRICS_MS},
    {"keepalived_script_status", METRICS_GAUGE, METRICS_ALIAS_SCRIPTS,
     "Tracker Script Status: 0 BAD, 1 GOOD.", .path = {"status"}, .write = alias_script_status},
    {"keepalived_script_state", METRICS_GAUGE, METRICS_ALIAS_SCRIPTS,
     "Tracker Script State: 0 idle, 1 running.", .path = {"running"}, .value = METRICS_TRUTH},
    ALIAS_KERNEL("in_packets", "in packets", "packets_in"),
    ALIAS_KERNEL("out_packets", "out packets", "packets_out"),
    ALIAS_KERNEL("in_bytes", "in bytes", "bytes_in"),
    ALIAS_KERNEL("out_bytes", "out bytes", "bytes_out"),
    ALIAS_KERNEL("conn", "connections", "connections"),
};

const struct metrics_table metrics_alias_table = METRICS_TABLE(alias_families, true);
