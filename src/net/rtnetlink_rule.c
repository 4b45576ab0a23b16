/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy rules on the wire of rtnetlink(7): one small function per attribute set. What makes a rule
 * ours and when it is written is not known here.
 */
#include "net/rtnetlink_rule.h"

#include "net/rtnetlink_inside.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* ---- Reading ----------------------------------------------------------------------------------- */

static bool rule_get_bytes(const struct nlattr *attribute, void *to, size_t size)
{
    if (mnl_attr_get_payload_len(attribute) != size) {
        return false;
    }
    memcpy(to, mnl_attr_get_payload(attribute), size);
    return true;
}

static bool rule_get_ports(const struct nlattr *attribute, uint16_t *first, uint16_t *last)
{
    struct fib_rule_port_range range;

    if (!rule_get_bytes(attribute, &range, sizeof(range))) {
        return false;
    }
    *first = range.start;
    *last = range.end;
    return true;
}

static bool rule_get_uids(const struct nlattr *attribute, struct rtnetlink_rule *rule)
{
    struct fib_rule_uid_range range;

    if (!rule_get_bytes(attribute, &range, sizeof(range))) {
        return false;
    }
    rule->uid_first = range.start;
    rule->uid_last = range.end;
    rule->has_uids = 1;
    return true;
}

static bool rule_get_tunnel(const struct nlattr *attribute, struct rtnetlink_rule *rule)
{
    uint64_t tunnel;

    if (!rule_get_bytes(attribute, &tunnel, sizeof(tunnel))) {
        return false;
    }
    rule->tunnel = be64toh(tunnel);
    return true;
}

static bool rule_get_device(const struct nlattr *attribute, char to[RTNETLINK_NAME_SIZE])
{
    rtnetlink_copy_text(to, attribute);
    return true;
}

static bool rule_read_attribute(const struct nlattr *attribute, struct rtnetlink_rule *rule)
{
    switch (mnl_attr_get_type(attribute)) {
    case FRA_DST:
        return rtnetlink_get_inet(attribute, rule->family, &rule->to.addr);
    case FRA_SRC:
        return rtnetlink_get_inet(attribute, rule->family, &rule->from.addr);
    case FRA_IIFNAME:
        return rule_get_device(attribute, rule->in_device);
    case FRA_OIFNAME:
        return rule_get_device(attribute, rule->out_device);
    case FRA_GOTO:
        return rtnetlink_get_u32(attribute, &rule->target);
    case FRA_PRIORITY:
        return rtnetlink_get_u32(attribute, &rule->preference);
    case FRA_FWMARK:
        return rtnetlink_get_u32(attribute, &rule->mark);
    case FRA_FWMASK:
        return rtnetlink_get_u32(attribute, &rule->mask);
    case FRA_FLOW:
        return rtnetlink_get_u32(attribute, &rule->realms);
    case FRA_TUN_ID:
        return rule_get_tunnel(attribute, rule);
    case FRA_SUPPRESS_IFGROUP:
        return rule_get_bytes(attribute, &rule->suppress_group, sizeof(rule->suppress_group));
    case FRA_SUPPRESS_PREFIXLEN:
        return rule_get_bytes(attribute, &rule->suppress_length, sizeof(rule->suppress_length));
    case FRA_TABLE:
        return rtnetlink_get_u32(attribute, &rule->table);
    case FRA_L3MDEV:
        return rtnetlink_get_u8(attribute, &rule->l3mdev);
    case FRA_UID_RANGE:
        return rule_get_uids(attribute, rule);
    case FRA_PROTOCOL:
        return rtnetlink_get_u8(attribute, &rule->protocol);
    case FRA_IP_PROTO:
        return rtnetlink_get_u8(attribute, &rule->ip_protocol);
    case FRA_SPORT_RANGE:
        return rule_get_ports(attribute, &rule->source_port_first, &rule->source_port_last);
    case FRA_DPORT_RANGE:
        return rule_get_ports(attribute, &rule->dest_port_first, &rule->dest_port_last);
    default:
        return true;
    }
}

static int rule_attribute(const struct nlattr *attribute, void *argument)
{
    return rule_read_attribute(attribute, argument) ? MNL_CB_OK : MNL_CB_ERROR;
}

bool rtnetlink_decode_rule(const struct nlmsghdr *message, struct rtnetlink_rule *rule)
{
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    uint8_t bits;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header)) {
        return false;
    }
    bits = inet_family_bits(header->family);
    if (!bits || header->src_len > bits || header->dst_len > bits) {
        return false;
    }
    memset(rule, 0, sizeof(*rule));
    rule->family = header->family;
    rule->action = header->action;
    rule->tos = header->tos;
    rule->table = header->table;
    rule->invert = header->flags & FIB_RULE_INVERT ? 1 : 0;
    rule->suppress_length = -1;
    rule->suppress_group = -1;
    rule->from.addr.family = header->family;
    rule->from.length = header->src_len;
    rule->to.addr.family = header->family;
    rule->to.length = header->dst_len;
    return rtnetlink_parse(message, sizeof(*header), rule_attribute, rule) >= 0;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

/* What a rule asks of a packet's headers beyond its addresses. */
static void rule_put_ports(struct nlmsghdr *message, const struct rtnetlink_rule *rule)
{
    const struct fib_rule_port_range source = {rule->source_port_first, rule->source_port_last};
    const struct fib_rule_port_range dest = {rule->dest_port_first, rule->dest_port_last};

    if (rule->ip_protocol) {
        mnl_attr_put_u8(message, FRA_IP_PROTO, rule->ip_protocol);
    }
    if (source.start || source.end) {
        mnl_attr_put(message, FRA_SPORT_RANGE, sizeof(source), &source);
    }
    if (dest.start || dest.end) {
        mnl_attr_put(message, FRA_DPORT_RANGE, sizeof(dest), &dest);
    }
}

static void rule_put_selectors(struct nlmsghdr *message, const struct rtnetlink_rule *rule)
{
    const struct fib_rule_uid_range uids = {rule->uid_first, rule->uid_last};

    if (rule->from.length) {
        rtnetlink_put_inet(message, FRA_SRC, &rule->from.addr);
    }
    if (rule->to.length) {
        rtnetlink_put_inet(message, FRA_DST, &rule->to.addr);
    }
    if (*rule->in_device) {
        mnl_attr_put_strz(message, FRA_IIFNAME, rule->in_device);
    }
    if (*rule->out_device) {
        mnl_attr_put_strz(message, FRA_OIFNAME, rule->out_device);
    }
    if (rule->mark || rule->mask) {
        mnl_attr_put_u32(message, FRA_FWMARK, rule->mark);
        mnl_attr_put_u32(message, FRA_FWMASK, rule->mask);
    }
    if (rule->tunnel) {
        mnl_attr_put_u64(message, FRA_TUN_ID, htobe64(rule->tunnel));
    }
    if (rule->has_uids) {
        mnl_attr_put(message, FRA_UID_RANGE, sizeof(uids), &uids);
    }
    rule_put_ports(message, rule);
}

static void rule_put_action(struct nlmsghdr *message, const struct rtnetlink_rule *rule)
{
    mnl_attr_put_u32(message, FRA_PRIORITY, rule->preference);
    mnl_attr_put_u8(message, FRA_PROTOCOL, rule->protocol); /* Linux 4.17 */
    if (rule->table) {
        mnl_attr_put_u32(message, FRA_TABLE, rule->table);
    }
    if (rule->l3mdev) {
        mnl_attr_put_u8(message, FRA_L3MDEV, rule->l3mdev);
    }
    if (rule->target) {
        mnl_attr_put_u32(message, FRA_GOTO, rule->target);
    }
    if (rule->realms) {
        mnl_attr_put_u32(message, FRA_FLOW, rule->realms);
    }
    if (rule->suppress_length >= 0) {
        mnl_attr_put_u32(message, FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress_length);
    }
    if (rule->suppress_group >= 0) {
        mnl_attr_put_u32(message, FRA_SUPPRESS_IFGROUP, (uint32_t)rule->suppress_group);
    }
}

size_t rtnetlink_encode_rule(uint8_t data[RTNETLINK_RULE_SIZE], uint32_t sequence,
                             enum rtnetlink_action action, const struct rtnetlink_rule *rule)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_RULE_SIZE);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
    bool remove = action == RTNETLINK_REMOVE;
    /* One like it that somebody else has is left alone, and ours is beside it. But one without our
     * mark may be what an earlier run left, and must not be there twice. */
    uint16_t create =
        rule->protocol == RTNETLINK_PROTOCOL_HOLDFAST ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_EXCL;

    message->nlmsg_type = remove ? RTM_DELRULE : RTM_NEWRULE;
    message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (remove ? 0 : create));
    message->nlmsg_seq = sequence;
    header->family = rule->family;
    header->src_len = rule->from.length;
    header->dst_len = rule->to.length;
    header->tos = rule->tos;
    header->table = rule->table <= UINT8_MAX ? (uint8_t)rule->table : RT_TABLE_UNSPEC;
    header->action = rule->action;
    header->flags = rule->invert ? FIB_RULE_INVERT : 0;
    rule_put_selectors(message, rule);
    rule_put_action(message, rule);
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_rule_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence,
                                  uint8_t family)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_MESSAGE_SIZE);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    message->nlmsg_type = RTM_GETRULE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = sequence;
    header->family = family;
    return MNL_ALIGN(message->nlmsg_len);
}
