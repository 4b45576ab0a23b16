/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes in the words of the configuration language. Pure.
 */
#include "parser/conf_text.h"

#include "base/text.h"
#include "parser/facts.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

/* iproute2 knows these words; the values are the kernel's. */
const struct conf_name conf_route_type_names[] = {
    {"unicast", RTN_UNICAST},
    {"local", RTN_LOCAL},
    {"broadcast", RTN_BROADCAST},
    {"brd", RTN_BROADCAST},
    {"anycast", RTN_ANYCAST},
    {"multicast", RTN_MULTICAST},
    {"throw", RTN_THROW},
    {"unreachable", RTN_UNREACHABLE},
    {"prohibit", RTN_PROHIBIT},
    {"blackhole", RTN_BLACKHOLE},
    {"nat", RTN_NAT},
    {"xresolve", RTN_XRESOLVE},
    {NULL, 0},
};

/* RFC 4191 2.1. */
const struct conf_name conf_route_preference_names[] = {
    {"low", ICMPV6_ROUTER_PREF_LOW},
    {"medium", ICMPV6_ROUTER_PREF_MEDIUM},
    {"high", ICMPV6_ROUTER_PREF_HIGH},
    {NULL, 0},
};

/* The kernel keeps rtt in 1/8 ms and rttvar in 1/4 ms; its limits: net/ipv4/metrics.c. */
const struct conf_metric conf_metrics[] = {
    {"mtu", RTAX_MTU, 0, true, 65520},
    {"window", RTAX_WINDOW, 0, false, UINT32_MAX},
    {"rtt", RTAX_RTT, 8, true, UINT32_MAX / 8},
    {"rttvar", RTAX_RTTVAR, 4, true, UINT32_MAX / 4},
    {"ssthresh", RTAX_SSTHRESH, 0, true, UINT32_MAX},
    {"cwnd", RTAX_CWND, 0, true, UINT32_MAX},
    {"advmss", RTAX_ADVMSS, 0, true, 65495},
    {"reordering", RTAX_REORDERING, 0, true, UINT32_MAX},
    {"hoplimit", RTAX_HOPLIMIT, 0, false, 255},
    {"initcwnd", RTAX_INITCWND, 0, false, UINT32_MAX},
    {"rto_min", RTAX_RTO_MIN, 1, true, UINT32_MAX},
    {"initrwnd", RTAX_INITRWND, 0, false, UINT32_MAX},
    {"quickack", RTAX_QUICKACK, 0, false, 1},
    {"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, 0, false, 1},
    {NULL, 0, 0, false, 0},
};

uint8_t conf_route_scope(const struct conf_route *route)
{
    const struct conf_route_hop *hop;

    if (route->family != AF_INET) {
        return RT_SCOPE_UNIVERSE;
    }
    switch (route->type) {
    case RTN_LOCAL:
    case RTN_NAT:
        return RT_SCOPE_HOST;
    case RTN_BROADCAST:
    case RTN_MULTICAST:
    case RTN_ANYCAST:
        return RT_SCOPE_LINK;
    case RTN_UNICAST:
        STAILQ_FOREACH(hop, &route->hops, next) {
            if (inet_is_set(&hop->via)) {
                return RT_SCOPE_UNIVERSE;
            }
        }
        return RT_SCOPE_LINK;
    default:
        return RT_SCOPE_UNIVERSE;
    }
}

static void route_write(struct text_buffer *out, const char *option)
{
    text_appendf(out, "%s%s", out->length ? " " : "", option);
}

static void route_write_number(struct text_buffer *out, const char *option, uint32_t number)
{
    text_appendf(out, "%s%s %u", out->length ? " " : "", option, number);
}

static void route_write_realms(struct text_buffer *out, uint32_t realms)
{
    if (realms >> 16) {
        text_appendf(out, "%srealms %u/%u", out->length ? " " : "", realms >> 16, realms & 0xffff);
    } else if (realms) {
        route_write_number(out, "realms", realms);
    }
}

void conf_route_write_key(const struct conf_route *route, struct text_buffer *out)
{
    char text[INET_PREFIX_TEXT_SIZE];

    text_append(out, route->dest.length || route->family == AF_INET6
                         ? inet_prefix_text(text, &route->dest)
                         : "default");
    if (route->from.length) {
        text_appendf(out, " from %s", inet_prefix_text(text, &route->from));
    }
    if (route->tos) {
        text_appendf(out, " tos 0x%02x", route->tos);
    }
    if (route->vrf) {
        route_write(out, "vrf ");
        facts_write_word(route->vrf, out);
    } else if (route->table != RT_TABLE_MAIN) {
        route_write_number(out, "table", route->table);
    }
    if (route->metric) {
        route_write_number(out, "metric", route->metric);
    }
}

static void route_write_hop(const struct conf_route *route, const struct conf_route_hop *hop,
                            struct text_buffer *out)
{
    char text[INET_ADDR_TEXT_SIZE];

    if (route->hop_count > 1) {
        route_write(out, "nexthop");
    }
    if (inet_is_set(&hop->via)) {
        route_write(out, "via");
        text_appendf(out, " %s%s", hop->via.family == route->family ? "" : "inet6 ",
                     inet_text(text, &hop->via));
    }
    if (hop->device) {
        route_write(out, "dev ");
        facts_write_word(hop->device, out);
    }
    if (hop->weight > 1) {
        route_write_number(out, "weight", hop->weight);
    }
    route_write_realms(out, hop->realms);
    if (hop->onlink) {
        route_write(out, "onlink");
    }
}

/* Behind all others: its words go on as long as they fit. */
static void route_write_encap(const struct conf_route_hop *hop, struct text_buffer *out)
{
    if (hop->encap) {
        route_write(out, "encap ");
        conf_encap_write(hop->encap, out);
    }
}

static void route_write_metrics(const struct conf_route *route, struct text_buffer *out)
{
    for (const struct conf_metric *metric = conf_metrics; metric->name; metric++) {
        uint32_t value = route->metrics[metric->type];
        bool locked = route->locked >> metric->type & 1;

        if (value || locked) {
            route_write(out, metric->name);
            text_appendf(out, "%s %u%s", locked ? " lock" : "",
                         metric->scale ? value / metric->scale : value, metric->scale ? "ms" : "");
        }
    }
    if (route->metrics[RTAX_FEATURES] & RTAX_FEATURE_ECN) {
        route_write(out, "features ecn");
    }
    if (route->congestion) {
        route_write(out, route->locked >> RTAX_CC_ALGO & 1 ? "congctl lock " : "congctl ");
        facts_write_word(route->congestion, out);
    }
}

static void route_write_scalars(const struct conf_route *route, struct text_buffer *out)
{
    char text[INET_ADDR_TEXT_SIZE];

    if (inet_is_set(&route->source)) {
        route_write(out, "src");
        text_appendf(out, " %s", inet_text(text, &route->source));
    }
    if (route->protocol) {
        route_write_number(out, "protocol", route->protocol);
    }
    if (route->preference) {
        route_write(out, "pref");
        text_appendf(out, " %s", conf_name_of(conf_route_preference_names, route->preference));
    }
    if (route->expires_s) {
        route_write_number(out, "expires", route->expires_s);
    }
    if (route->propagate_ttl != CONF_ROUTE_UNSET) {
        route_write(out, route->propagate_ttl ? "ttl-propagate enabled" : "ttl-propagate disabled");
    }
}

void conf_route_write_options(const struct conf_route *route, struct text_buffer *out)
{
    const struct conf_route_hop *hop;

    if (route->type != RTN_UNICAST) {
        route_write(out, conf_name_of(conf_route_type_names, route->type));
    }
    if (route->hop_count == 1) {
        route_write_hop(route, STAILQ_FIRST(&route->hops), out);
    }
    route_write_scalars(route, out);
    if (route->scope != conf_route_scope(route)) {
        route_write_number(out, "scope", route->scope);
    }
    route_write_metrics(route, out);
    if (route->order != CONF_ROUTE_PREPEND) {
        route_write(out, route->order == CONF_ROUTE_APPEND ? "append" : "add");
    }
    if (!route->track) {
        route_write(out, "no_track");
    }
    if (route->track_group) {
        route_write(out, "track_group ");
        facts_write_word(route->track_group, out);
    }
    STAILQ_FOREACH(hop, &route->hops, next) {
        if (route->hop_count > 1) {
            route_write_hop(route, hop, out);
        }
        route_write_encap(hop, out);
    }
}

void conf_route_write(const struct conf_route *route, struct text_buffer *out)
{
    struct text_buffer options = {0};

    conf_route_write_key(route, out);
    conf_route_write_options(route, &options);
    text_appendf(out, "%s%s", options.length ? " " : "", options.length ? options.data : "");
    text_release(&options);
}
