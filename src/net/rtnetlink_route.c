/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes on the wire of rtnetlink(7): one small function per attribute set. What makes a route ours
 * and when it is written is not known here.
 */
#include "net/rtnetlink_route.h"

#include "net/rtnetlink_encap.h"
#include "net/rtnetlink_inside.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* ---- Reading ----------------------------------------------------------------------------------- */

static int route_metric_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_route *route = argument;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type == RTAX_CC_ALGO) {
        rtnetlink_copy_text(route->congestion, attribute);
    } else if (type == RTAX_LOCK) {
        (void)rtnetlink_get_u32(attribute, &route->locked);
    } else if (type < CONF_ROUTE_METRICS) {
        (void)rtnetlink_get_u32(attribute, &route->metrics[type]);
    }
    return MNL_CB_OK;
}

static bool route_get_via(const struct nlattr *attribute, struct inet_addr *addr)
{
    const struct rtvia *via = mnl_attr_get_payload(attribute);
    size_t size = mnl_attr_get_payload_len(attribute);

    if (size < sizeof(*via) || via->rtvia_family > UINT8_MAX ||
        !inet_family_size((uint8_t)via->rtvia_family) ||
        size != sizeof(*via) + inet_family_size((uint8_t)via->rtvia_family)) {
        return false;
    }
    *addr = inet_from_bytes((uint8_t)via->rtvia_family, via->rtvia_addr);
    return true;
}

/* A nexthop's attributes, whose family the route has. */
struct route_hop_parse {
    struct rtnetlink_hop *hop;
    uint8_t family;
    uint16_t encap_type;
    const struct nlattr *encap; /* its type may stand behind it */
};

/* @return false where it is malformed */
static bool route_read_hop(const struct nlattr *attribute, struct route_hop_parse *parse)
{
    struct rtnetlink_hop *hop = parse->hop;
    uint32_t index = 0;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_GATEWAY:
        return rtnetlink_get_inet(attribute, parse->family, &hop->via);
    case RTA_VIA:
        return route_get_via(attribute, &hop->via);
    case RTA_FLOW:
        return rtnetlink_get_u32(attribute, &hop->realms);
    case RTA_OIF:
        if (!rtnetlink_get_u32(attribute, &index) || index > INT32_MAX) {
            return false;
        }
        hop->index = (int)index;
        return true;
    case RTA_ENCAP_TYPE:
        parse->encap_type = mnl_attr_get_payload_len(attribute) == sizeof(parse->encap_type)
                                ? mnl_attr_get_u16(attribute)
                                : 0;
        return true;
    case RTA_ENCAP:
        parse->encap = attribute;
        return true;
    default:
        return true;
    }
}

static int route_hop_attribute(const struct nlattr *attribute, void *argument)
{
    return route_read_hop(attribute, argument) ? MNL_CB_OK : MNL_CB_ERROR;
}

/* RTA_MULTIPATH: a struct rtnexthop for each, with its attributes behind it. */
static bool route_read_hops(const struct nlattr *attribute, struct rtnetlink_route *route)
{
    const uint8_t *data = mnl_attr_get_payload(attribute);
    size_t left = mnl_attr_get_payload_len(attribute);

    while (left >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *next = (const struct rtnexthop *)(const void *)data;
        struct rtnetlink_hop *hop = &route->hops[route->hop_count];
        struct route_hop_parse parse = {.hop = hop, .family = route->family};
        size_t whole = RTNH_ALIGN((size_t)next->rtnh_len);

        if (next->rtnh_len < sizeof(*next) || next->rtnh_len > left || next->rtnh_ifindex < 0 ||
            route->hop_count == CONF_ROUTE_HOPS) {
            return false;
        }
        *hop = (struct rtnetlink_hop){.index = next->rtnh_ifindex,
                                      .weight = next->rtnh_hops + 1U,
                                      .onlink = next->rtnh_flags & RTNH_F_ONLINK};
        if (mnl_attr_parse_payload(next + 1, next->rtnh_len - sizeof(*next), route_hop_attribute,
                                   &parse) < 0) {
            return false;
        }
        rtnetlink_decode_encap(parse.encap_type, parse.encap, &hop->encap);
        route->hop_count++;
        whole = whole < left ? whole : left;
        data += whole;
        left -= whole;
    }
    return true;
}

/* What the attributes of one message add up to. */
struct route_parse {
    struct rtnetlink_route *route;
    struct rtnetlink_hop single; /* the nexthop of a route that has one */
    struct route_hop_parse hop;  /* that one's */
    bool has_single;
};

static bool route_read_attribute(const struct nlattr *attribute, struct route_parse *parse)
{
    struct rtnetlink_route *route = parse->route;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_DST:
        return rtnetlink_get_inet(attribute, route->family, &route->dest.addr);
    case RTA_SRC:
        return rtnetlink_get_inet(attribute, route->family, &route->from.addr);
    case RTA_PREFSRC:
        return rtnetlink_get_inet(attribute, route->family, &route->source);
    case RTA_TABLE:
        return rtnetlink_get_u32(attribute, &route->table);
    case RTA_PRIORITY:
        return rtnetlink_get_u32(attribute, &route->metric);
    case RTA_PREF:
        return rtnetlink_get_u8(attribute, &route->preference);
    case RTA_TTL_PROPAGATE:
        return rtnetlink_get_u8(attribute, &route->propagate_ttl);
    case RTA_EXPIRES:
        return rtnetlink_get_u32(attribute, &route->expires_s);
    case RTA_METRICS:
        return rtnetlink_parse_nest(attribute, route_metric_attribute, route) >= 0;
    case RTA_MULTIPATH:
        return !route->hop_count && route_read_hops(attribute, route);
    case RTA_GATEWAY:
    case RTA_VIA:
    case RTA_OIF:
        parse->has_single = true;
        return route_read_hop(attribute, &parse->hop);
    case RTA_FLOW: /* without a nexthop they are nobody's */
    case RTA_ENCAP:
    case RTA_ENCAP_TYPE:
        return route_read_hop(attribute, &parse->hop);
    default:
        return true;
    }
}

static int route_attribute(const struct nlattr *attribute, void *argument)
{
    return route_read_attribute(attribute, argument) ? MNL_CB_OK : MNL_CB_ERROR;
}

bool rtnetlink_decode_route(const struct nlmsghdr *message, struct rtnetlink_route *route)
{
    const struct rtmsg *header = mnl_nlmsg_get_payload(message);
    struct route_parse parse = {.route = route, .single.weight = 1};
    uint8_t bits;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header)) {
        return false;
    }
    bits = inet_family_bits(header->rtm_family);
    if (!bits || header->rtm_dst_len > bits || header->rtm_src_len > bits ||
        header->rtm_flags & RTM_F_CLONED) {
        return false;
    }
    *route = (struct rtnetlink_route){
        .family = header->rtm_family,
        .type = header->rtm_type,
        .tos = header->rtm_tos,
        .scope = header->rtm_scope,
        .protocol = header->rtm_protocol,
        .propagate_ttl = CONF_ROUTE_UNSET,
        .table = header->rtm_table,
        .dest = {.addr.family = header->rtm_family, .length = header->rtm_dst_len},
        .from = {.addr.family = header->rtm_family, .length = header->rtm_src_len},
    };
    parse.single.onlink = header->rtm_flags & RTNH_F_ONLINK;
    parse.hop = (struct route_hop_parse){.hop = &parse.single, .family = route->family};
    if (rtnetlink_parse(message, sizeof(*header), route_attribute, &parse) < 0) {
        return false;
    }
    rtnetlink_decode_encap(parse.hop.encap_type, parse.hop.encap, &parse.single.encap);
    if (!route->hop_count && parse.has_single) {
        route->hops[route->hop_count++] = parse.single;
    }
    return true;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static void route_put_metrics(struct nlmsghdr *message, const struct rtnetlink_route *route)
{
    struct nlattr *nest = mnl_attr_nest_start(message, RTA_METRICS);

    if (route->locked) {
        mnl_attr_put_u32(message, RTAX_LOCK, route->locked);
    }
    for (int i = RTAX_LOCK + 1; i < CONF_ROUTE_METRICS; i++) {
        if (i != RTAX_CC_ALGO && route->metrics[i]) {
            mnl_attr_put_u32(message, (uint16_t)i, route->metrics[i]);
        }
    }
    if (*route->congestion) {
        mnl_attr_put_strz(message, RTAX_CC_ALGO, route->congestion);
    }
    if (mnl_nlmsg_get_payload_tail(message) == (void *)(nest + 1)) {
        mnl_attr_nest_cancel(message, nest);
    } else {
        mnl_attr_nest_end(message, nest);
    }
}

/* A gateway of the other family goes with its family: RTA_VIA, Linux 5.2. */
static void route_put_via(struct nlmsghdr *message, uint8_t family, const struct inet_addr *via)
{
    uint8_t data[sizeof(struct rtvia) + sizeof(via->bytes)];
    const __kernel_sa_family_t via_family = via->family;

    if (via->family == family) {
        rtnetlink_put_inet(message, RTA_GATEWAY, via);
    } else if (inet_is_set(via)) {
        memcpy(data, &via_family, sizeof(via_family));
        memcpy(data + sizeof(struct rtvia), via->bytes, inet_family_size(via->family));
        mnl_attr_put(message, RTA_VIA, sizeof(struct rtvia) + inet_family_size(via->family), data);
    }
}

static void route_put_hops(struct nlmsghdr *message, const struct rtnetlink_route *route)
{
    struct nlattr *nest = mnl_attr_nest_start(message, RTA_MULTIPATH);

    for (unsigned i = 0; i < route->hop_count; i++) {
        const struct rtnetlink_hop *hop = &route->hops[i];
        struct rtnexthop *next = mnl_nlmsg_get_payload_tail(message);

        message->nlmsg_len += sizeof(*next);
        route_put_via(message, route->family, &hop->via);
        if (hop->realms) {
            mnl_attr_put_u32(message, RTA_FLOW, hop->realms);
        }
        rtnetlink_put_encap(message, &hop->encap);
        *next = (struct rtnexthop){
            .rtnh_len =
                (unsigned short)((uint8_t *)mnl_nlmsg_get_payload_tail(message) - (uint8_t *)next),
            .rtnh_flags = hop->onlink ? RTNH_F_ONLINK : 0,
            .rtnh_hops = (unsigned char)(hop->weight ? hop->weight - 1 : 0),
            .rtnh_ifindex = hop->index,
        };
    }
    mnl_attr_nest_end(message, nest);
}

static void route_put_single(struct nlmsghdr *message, struct rtmsg *header,
                             const struct rtnetlink_route *route, const struct rtnetlink_hop *hop)
{
    route_put_via(message, route->family, &hop->via);
    if (hop->index) {
        mnl_attr_put_u32(message, RTA_OIF, (uint32_t)hop->index);
    }
    if (hop->realms) {
        mnl_attr_put_u32(message, RTA_FLOW, hop->realms);
    }
    rtnetlink_put_encap(message, &hop->encap);
    if (hop->onlink) {
        header->rtm_flags |= RTNH_F_ONLINK;
    }
}

/* What a removal does not ask for, since it is no part of what a route is known by. */
static void route_put_details(struct nlmsghdr *message, struct rtmsg *header,
                              const struct rtnetlink_route *route)
{
    if (inet_is_set(&route->source)) {
        rtnetlink_put_inet(message, RTA_PREFSRC, &route->source);
    }
    if (route->family == AF_INET6 && route->preference) {
        mnl_attr_put_u8(message, RTA_PREF, route->preference);
    }
    if (route->expires_s) {
        mnl_attr_put_u32(message, RTA_EXPIRES, route->expires_s);
    }
    if (route->propagate_ttl != CONF_ROUTE_UNSET) {
        mnl_attr_put_u8(message, RTA_TTL_PROPAGATE, route->propagate_ttl);
    }
    route_put_metrics(message, route);
    if (route->hop_count > 1) {
        route_put_hops(message, route);
    } else if (route->hop_count) {
        route_put_single(message, header, route, &route->hops[0]);
    }
}

/*
 * IPv4 without a flag puts the route before others of its kind; IPv6 would join it with them to one
 * of several nexthops, so there it must be alone unless `append` asks for that.
 */
static uint16_t route_flags(enum rtnetlink_action action, const struct rtnetlink_route *route)
{
    if (action == RTNETLINK_REMOVE) {
        return 0;
    }
    if (action == RTNETLINK_REPLACE) {
        return NLM_F_CREATE | NLM_F_REPLACE;
    }
    if (route->order == CONF_ROUTE_APPEND) {
        return NLM_F_CREATE | NLM_F_APPEND;
    }
    return route->order == CONF_ROUTE_ADD || route->family == AF_INET6 ? NLM_F_CREATE | NLM_F_EXCL
                                                                       : NLM_F_CREATE;
}

size_t rtnetlink_encode_route(uint8_t data[RTNETLINK_ROUTE_SIZE], uint32_t sequence,
                              enum rtnetlink_action action, const struct rtnetlink_route *route)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_ROUTE_SIZE);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    message->nlmsg_type = action == RTNETLINK_REMOVE ? RTM_DELROUTE : RTM_NEWROUTE;
    message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | route_flags(action, route));
    message->nlmsg_seq = sequence;
    header->rtm_family = route->family;
    header->rtm_type = route->type;
    header->rtm_tos = route->tos;
    header->rtm_scope = route->scope;
    header->rtm_protocol = route->protocol;
    header->rtm_table = route->table <= UINT8_MAX ? (uint8_t)route->table : RT_TABLE_UNSPEC;
    header->rtm_dst_len = route->dest.length;
    header->rtm_src_len = route->from.length;
    mnl_attr_put_u32(message, RTA_TABLE, route->table);
    if (route->dest.length) {
        rtnetlink_put_inet(message, RTA_DST, &route->dest.addr);
    }
    if (route->from.length) {
        rtnetlink_put_inet(message, RTA_SRC, &route->from.addr);
    }
    if (route->metric) {
        mnl_attr_put_u32(message, RTA_PRIORITY, route->metric);
    }
    if (action != RTNETLINK_REMOVE) {
        route_put_details(message, header, route);
    }
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_route_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence,
                                   uint8_t family)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_MESSAGE_SIZE);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    message->nlmsg_type = RTM_GETROUTE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = sequence;
    header->rtm_family = family;
    header->rtm_protocol = RTNETLINK_PROTOCOL_HOLDFAST;
    return MNL_ALIGN(message->nlmsg_len);
}
