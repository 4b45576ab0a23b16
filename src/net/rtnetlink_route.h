/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) about routes: RTM_NEWROUTE and RTM_DELROUTE with nexthops and metrics.
 * Bytes to values and back, bounds-checked; no sockets.
 */
#ifndef HOLDFAST_NET_RTNETLINK_ROUTE_H
#define HOLDFAST_NET_RTNETLINK_ROUTE_H

#include "net/rtnetlink.h"
#include "parser/conf.h"

enum { RTNETLINK_ROUTE_SIZE = 8192 }; /* bytes of the largest message that is written */

/* A nexthop. */
struct rtnetlink_hop {
    struct inet_addr via;             /* AF_UNSPEC: none; of the other family: RTA_VIA */
    char device[RTNETLINK_NAME_SIZE]; /* its interface's name; "": the one that leads to `via` */
    int index;                        /* of that interface; 0: none */
    uint32_t weight;                  /* 1..256 */
    uint32_t realms;                  /* RTA_FLOW: from << 16 | to */
    bool onlink;
    struct conf_encap encap;
};

struct rtnetlink_route {
    uint8_t family;
    uint8_t type; /* RTN_* of linux/rtnetlink.h */
    uint8_t tos;
    uint8_t scope;    /* RT_SCOPE_*; IPv6 has none */
    uint8_t protocol; /* RTPROT_* */
    uint8_t order;    /* enum conf_route_order */
    uint8_t preference;
    uint8_t propagate_ttl; /* RTA_TTL_PROPAGATE: 0 no, 1 yes; CONF_ROUTE_UNSET: not said */
    uint32_t table;
    char vrf[RTNETLINK_NAME_SIZE]; /* written: `table` is that of this interface; "": of none */
    uint32_t metric;
    uint32_t expires_s; /* IPv6; 0: never */
    struct inet_prefix dest;
    struct inet_prefix from;              /* IPv6; length 0: any */
    struct inet_addr source;              /* RTA_PREFSRC; AF_UNSPEC: none */
    uint32_t metrics[CONF_ROUTE_METRICS]; /* by RTAX_*; 0: not given */
    uint32_t locked;                      /* a bit for each of them */
    char congestion[RTNETLINK_NAME_SIZE]; /* RTAX_CC_ALGO; "": none */
    unsigned hop_count;
    struct rtnetlink_hop hops[CONF_ROUTE_HOPS];
};

enum rtnetlink_action {
    RTNETLINK_ADD,
    RTNETLINK_REPLACE,
    RTNETLINK_REMOVE,
};

/**
 * Reads an RTM_NEWROUTE or RTM_DELROUTE.
 * @param message  whole, as rtnetlink_next() returns it
 * @return false where it is malformed, of another family, a cached route, or has more nexthops than
 *         CONF_ROUTE_HOPS
 */
bool rtnetlink_decode_route(const struct nlmsghdr *message, struct rtnetlink_route *route);

/**
 * Writes a message that asks for an acknowledgement.
 * @param action  RTNETLINK_REMOVE names the route without its nexthops
 * @return its bytes, padded to the alignment of the next message
 */
size_t rtnetlink_encode_route(uint8_t data[RTNETLINK_ROUTE_SIZE], uint32_t sequence,
                              enum rtnetlink_action action, const struct rtnetlink_route *route);

/**
 * Writes a request for all routes of a family that carry our mark. A kernel without
 * NETLINK_GET_STRICT_CHK answers with all routes.
 * @return its bytes
 */
size_t rtnetlink_encode_route_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence,
                                   uint8_t family);

#endif
