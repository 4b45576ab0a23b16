/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes as a kind of entry that is kept: what a line of the configuration is to the kernel, and
 * when two routes are one. How they are kept is net/keeper.c's.
 */
#include "net/route.h"

#include "base/memory.h"
#include "base/text.h"
#include "net/rtnetlink_encap.h"
#include "parser/conf_text.h"

#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct route_table {
    struct keeper *keeper;
};

/* What the kernel knows a route by, as memory without padding. */
struct route_key {
    uint32_t table;
    uint32_t metric;
    struct inet_addr dest;
    struct inet_addr from;
    uint8_t dest_length;
    uint8_t from_length;
    uint8_t tos;
    uint8_t zero[3];
    char vrf[RTNETLINK_NAME_SIZE]; /* while its table is not known */
};

_Static_assert(sizeof(struct route_key) == 64, "a route's key has no hidden padding");

static void route_key(const void *value, void *key)
{
    const struct rtnetlink_route *route = value;
    struct route_key made = {
        .table = route->table,
        .metric = route->metric,
        .dest = route->dest.addr,
        .from = route->from.addr,
        .dest_length = route->dest.length,
        .from_length = route->from.length,
        .tos = route->tos,
    };

    if (!route->table) {
        memcpy(made.vrf, route->vrf, sizeof(made.vrf));
    }
    memcpy(key, &made, sizeof(made));
}

/* The table of a VRF is known while its interface is there. */
static void route_place(const struct link_table *links, void *value)
{
    struct rtnetlink_route *route = value;
    const struct link *link = *route->vrf ? link_find(links, route->vrf) : NULL;

    if (*route->vrf) {
        route->table = link ? link->info.vrf_table : 0;
    }
}

static uint8_t route_protocol(const void *value)
{
    return ((const struct rtnetlink_route *)value)->protocol;
}

static bool route_resolve(const struct link_table *links, void *value)
{
    struct rtnetlink_route *route = value;
    bool all = route->table || !*route->vrf;

    for (unsigned i = 0; i < route->hop_count; i++) {
        struct rtnetlink_hop *hop = &route->hops[i];
        const struct link *link = *hop->device ? link_find(links, hop->device) : NULL;

        hop->index = link ? link->info.index : 0;
        all = all && (link || !*hop->device);
    }
    return all;
}

static bool route_decode(const struct nlmsghdr *message, void *value)
{
    return rtnetlink_decode_route(message, value);
}

static size_t route_encode(uint8_t *data, uint32_t sequence, enum rtnetlink_action action,
                           const void *value)
{
    return rtnetlink_encode_route(data, sequence, action, value);
}

static bool route_hop_is(const struct rtnetlink_hop *wanted, const struct rtnetlink_hop *is)
{
    return inet_equal(&wanted->via, &is->via) && wanted->weight == is->weight &&
           wanted->realms == is->realms && wanted->onlink == is->onlink &&
           rtnetlink_encap_equal(&wanted->encap, &is->encap) &&
           (!wanted->index || wanted->index == is->index); /* else the kernel chose */
}

/* The kernel may tell nexthops in another order. A few, so that each may be compared with each. */
static bool route_hops_are(const struct rtnetlink_route *wanted, const struct rtnetlink_route *is)
{
    if (!wanted->hop_count) {
        return true; /* IPv6 shows those that drop packets with the loopback interface */
    }
    for (unsigned i = 0; i < wanted->hop_count; i++) {
        unsigned at = 0;

        while (at < is->hop_count && !route_hop_is(&wanted->hops[i], &is->hops[at])) {
            at++;
        }
        if (at == is->hop_count) {
            return false;
        }
    }
    return wanted->hop_count == is->hop_count;
}

static bool route_is_as_wanted(const void *wanted_value, const void *is_value)
{
    const struct rtnetlink_route *wanted = wanted_value;
    const struct rtnetlink_route *is = is_value;

    return wanted->type == is->type && wanted->protocol == is->protocol &&
           (wanted->family == AF_INET6 || wanted->scope == is->scope) &&
           wanted->preference == is->preference && wanted->expires_s == is->expires_s &&
           inet_equal(&wanted->source, &is->source) &&
           memcmp(wanted->metrics, is->metrics, sizeof(wanted->metrics)) == 0 &&
           wanted->locked == is->locked && strcmp(wanted->congestion, is->congestion) == 0 &&
           route_hops_are(wanted, is);
}

/* IPv6 keeps each nexthop as a route of its own, which goes with its interface. */
static bool route_is_torn(const void *put, const void *is)
{
    const struct rtnetlink_route *route = put;

    return route->hop_count > 1 &&
           ((const struct rtnetlink_route *)is)->hop_count < route->hop_count;
}

/* IPv4 would replace the first of its kind, which may be somebody else's. */
static bool route_is_replaceable(const void *value)
{
    return ((const struct rtnetlink_route *)value)->family == AF_INET6;
}

static bool route_is_fleeting(const void *value)
{
    return ((const struct rtnetlink_route *)value)->expires_s != 0;
}

static const uint8_t route_families[] = {AF_INET, AF_INET6, AF_UNSPEC};

enum {
    ROUTE_PROTOCOL_AT = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol),
    ROUTE_TABLE_AT = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_table),
};

/* The kernel's own entry for each address on this host is none of ours: a takeover of a thousand
 * addresses would be read a second time. Each notification is one message. */
static struct sock_filter route_filter_steps[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ROUTE_PROTOCOL_AT),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_KERNEL, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ROUTE_TABLE_AT),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_LOCAL, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
};

static const struct sock_fprog route_filter = {
    .len = sizeof(route_filter_steps) / sizeof(route_filter_steps[0]),
    .filter = route_filter_steps,
};

static const struct keeper_kind route_kind = {
    .noun = "route",
    .value_size = sizeof(struct rtnetlink_route),
    .key_size = sizeof(struct route_key),
    .message_size = RTNETLINK_ROUTE_SIZE,
    .groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
    .filter = &route_filter,
    .new_type = RTM_NEWROUTE,
    .delete_type = RTM_DELROUTE,
    .families = route_families,
    .key = route_key,
    .place = route_place,
    .protocol = route_protocol,
    .resolve = route_resolve,
    .decode = route_decode,
    .encode = route_encode,
    .encode_dump = rtnetlink_encode_route_dump,
    .is_as_wanted = route_is_as_wanted,
    .is_torn = route_is_torn,
    .is_replaceable = route_is_replaceable,
    .is_fleeting = route_is_fleeting,
};

/* ---- Claims ------------------------------------------------------------------------------------ */

static void route_set_hops(struct rtnetlink_route *value, const struct conf_route *route)
{
    const struct conf_route_hop *hop;

    STAILQ_FOREACH(hop, &route->hops, next) {
        struct rtnetlink_hop *to = &value->hops[value->hop_count++];

        to->via = hop->via;
        to->weight = hop->weight;
        to->realms = hop->realms;
        to->onlink = hop->onlink;
        if (hop->encap) {
            memcpy(&to->encap, hop->encap, sizeof(to->encap));
        }
        (void)text_copy(to->device, sizeof(to->device), hop->device ? hop->device : "");
    }
}

/* All bytes are set, since values are compared as memory. */
static void route_set_value(struct rtnetlink_route *value, const struct conf_route *route)
{
    memset(value, 0, sizeof(*value));
    value->family = route->family;
    value->type = route->type;
    value->tos = route->tos;
    value->scope = route->scope;
    value->protocol = route->protocol ? route->protocol : RTNETLINK_PROTOCOL_HOLDFAST;
    value->order = (uint8_t)route->order;
    value->preference = route->preference;
    value->propagate_ttl = route->propagate_ttl;
    value->table = route->vrf ? 0 : route->table;
    (void)text_copy(value->vrf, sizeof(value->vrf), route->vrf ? route->vrf : "");
    value->metric = route->metric;
    value->expires_s = route->expires_s;
    value->dest = route->dest;
    value->from = route->from;
    value->source = route->source;
    value->locked = route->locked;
    memcpy(value->metrics, route->metrics, sizeof(value->metrics));
    (void)text_copy(value->congestion, sizeof(value->congestion),
                    route->congestion ? route->congestion : "");
    route_set_hops(value, route);
}

void route_claim(struct route_table *table, const char *owner, const struct conf_route_list *list)
{
    struct rtnetlink_route *value = memory_new(1, sizeof(*value));
    const struct conf_route *route;
    struct text_buffer text = {0};

    keeper_claim_begin(table->keeper, owner);
    STAILQ_FOREACH(route, list, next) {
        route_set_value(value, route);
        text.length = 0;
        conf_route_write(route, &text);
        keeper_claim(table->keeper, owner, value, text.data, route->track);
    }
    keeper_claim_end(table->keeper, owner);
    text_release(&text);
    free(value);
}

void route_release(struct route_table *table, const char *owner)
{
    keeper_release(table->keeper, owner);
}

void route_withdraw(struct route_table *table)
{
    keeper_withdraw(table->keeper);
}

void route_commit(struct route_table *table)
{
    keeper_commit(table->keeper);
}

/* Those that do not carry our mark are known by the configuration alone. */
static void route_suspect(struct route_table *table, const struct conf_route_list *list)
{
    struct rtnetlink_route *value = memory_new(1, sizeof(*value));
    const struct conf_route *route;
    struct text_buffer text = {0};

    STAILQ_FOREACH(route, list, next) {
        if (route->protocol) {
            route_set_value(value, route);
            text.length = 0;
            conf_route_write(route, &text);
            keeper_suspect(table->keeper, value, text.data);
        }
    }
    text_release(&text);
    free(value);
}

void route_sweep(struct route_table *table, const struct conf *conf)
{
    const struct conf_track_group *group;
    const struct conf_instance *instance;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        route_suspect(table, &instance->routes);
    }
    route_suspect(table, &conf->entries.routes);
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        route_suspect(table, &group->entries.routes);
    }
    keeper_sweep(table->keeper);
}

void route_on_link_event(struct route_table *table)
{
    keeper_on_link_event(table->keeper);
}

struct keeper_state route_state(const struct route_table *table, const struct conf_route *route)
{
    struct rtnetlink_route *value = memory_new(1, sizeof(*value));
    struct keeper_state state;

    route_set_value(value, route);
    state = keeper_state(table->keeper, value);
    free(value);
    return state;
}

const struct keeper_counters *route_counters(const struct route_table *table)
{
    return keeper_counters(table->keeper);
}

struct route_table *route_open(struct loop *loop, struct log *log, const struct link_table *links,
                               const struct keeper_hooks *hooks, int *error)
{
    struct route_table *table = memory_new(1, sizeof(*table));

    table->keeper = keeper_open(loop, log, links, &route_kind, hooks, error);
    if (!table->keeper) {
        free(table);
        return NULL;
    }
    return table;
}

void route_set_buffers(struct route_table *table, const struct conf_buffer *monitor,
                       const struct conf_buffer *command)
{
    keeper_set_buffers(table->keeper, monitor, command);
}

void route_close(struct route_table *table)
{
    if (table) {
        keeper_close(table->keeper);
        free(table);
    }
}
