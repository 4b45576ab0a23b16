/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) about policy rules: RTM_NEWRULE and RTM_DELRULE. Bytes to values and
 * back, bounds-checked; no sockets.
 */
#ifndef HOLDFAST_NET_RTNETLINK_RULE_H
#define HOLDFAST_NET_RTNETLINK_RULE_H

#include "net/rtnetlink_route.h"

enum { RTNETLINK_RULE_SIZE = 512 }; /* bytes of the largest message that is written */

/* A rule is known by all that is in it, so it is compared as memory: no padding, the rest is 0. */
struct rtnetlink_rule {
    uint64_t tunnel; /* FRA_TUN_ID, in host order */
    uint32_t preference;
    uint32_t table;
    uint32_t target; /* of goto: a preference */
    uint32_t mark;
    uint32_t mask;
    uint32_t uid_first;
    uint32_t uid_last;
    uint32_t realms;         /* from << 16 | to */
    int32_t suppress_length; /* -1: none */
    int32_t suppress_group;  /* -1: none */
    uint16_t source_port_first;
    uint16_t source_port_last;
    uint16_t dest_port_first;
    uint16_t dest_port_last;
    uint8_t family;
    uint8_t action; /* FR_ACT_* of linux/fib_rules.h */
    uint8_t tos;
    uint8_t ip_protocol;
    uint8_t protocol;        /* FRA_PROTOCOL: RTPROT_* */
    uint8_t l3mdev;          /* 1: the table of the VRF */
    uint8_t invert;          /* 1: not */
    uint8_t has_uids;        /* 1: uid_first..uid_last */
    struct inet_prefix from; /* length 0: any */
    struct inet_prefix to;
    char in_device[RTNETLINK_NAME_SIZE];
    char out_device[RTNETLINK_NAME_SIZE];
    uint8_t zero[4];
};

_Static_assert(sizeof(struct rtnetlink_rule) == 136, "a rule has no hidden padding");

/**
 * Reads an RTM_NEWRULE or RTM_DELRULE.
 * @param message  whole, as rtnetlink_next() returns it
 * @return false where it is malformed or of another family
 */
bool rtnetlink_decode_rule(const struct nlmsghdr *message, struct rtnetlink_rule *rule);

/**
 * Writes a message that asks for an acknowledgement.
 * @param action  RTNETLINK_ADD or RTNETLINK_REMOVE: rules are not replaced
 * @return its bytes, padded to the alignment of the next message
 */
size_t rtnetlink_encode_rule(uint8_t data[RTNETLINK_RULE_SIZE], uint32_t sequence,
                             enum rtnetlink_action action, const struct rtnetlink_rule *rule);

/** Writes a request for all rules of a family. @return its bytes */
size_t rtnetlink_encode_rule_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence,
                                  uint8_t family);

#endif
