/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy rules in the words of the configuration language. Pure.
 */
#include "parser/conf_text.h"

#include "base/text.h"
#include "parser/facts.h"

#include <inttypes.h>
#include <linux/fib_rules.h>

const struct conf_name conf_rule_action_names[] = {
    {"blackhole", FR_ACT_BLACKHOLE},
    {"unreachable", FR_ACT_UNREACHABLE},
    {"prohibit", FR_ACT_PROHIBIT},
    {"nop", FR_ACT_NOP},
    {NULL, 0},
};

/* The IANA's numbers; the names are those of /etc/protocols. */
const struct conf_name conf_ip_protocol_names[] = {
    {"icmp", IPPROTO_ICMP},
    {"igmp", IPPROTO_IGMP},
    {"ipip", IPPROTO_IPIP},
    {"tcp", IPPROTO_TCP},
    {"udp", IPPROTO_UDP},
    {"dccp", IPPROTO_DCCP},
    {"ipv6", IPPROTO_IPV6},
    {"gre", IPPROTO_GRE},
    {"esp", IPPROTO_ESP},
    {"ah", IPPROTO_AH},
    {"ipv6-icmp", IPPROTO_ICMPV6},
    {"icmpv6", IPPROTO_ICMPV6},
    {"ospf", 89},
    {"vrrp", 112},
    {"l2tp", 115},
    {"sctp", IPPROTO_SCTP},
    {"udplite", IPPROTO_UDPLITE},
    {NULL, 0},
};

/* Appends a word of the line, with a blank before it where something stands there. */
static void rule_write(struct text_buffer *out, const char *word)
{
    text_appendf(out, "%s%s", out->length ? " " : "", word);
}

static void rule_write_prefix(struct text_buffer *out, const char *option,
                              const struct inet_prefix *prefix)
{
    char text[INET_PREFIX_TEXT_SIZE];

    if (prefix->length) {
        rule_write(out, option);
        rule_write(out, inet_prefix_text(text, prefix));
    }
}

static void rule_write_device(struct text_buffer *out, const char *option, const char *device)
{
    if (device) {
        rule_write(out, option);
        text_append(out, " ");
        facts_write_word(device, out);
    }
}

static void rule_write_range(struct text_buffer *out, const char *option, uint32_t first,
                             uint32_t last)
{
    rule_write(out, option);
    text_appendf(out, " %u-%u", first, last);
}

static void rule_write_number(struct text_buffer *out, const char *option, uint64_t number)
{
    rule_write(out, option);
    text_appendf(out, " %" PRIu64, number);
}

static void rule_write_headers(const struct conf_rule *rule, struct text_buffer *out)
{
    if (rule->tos) {
        rule_write(out, "tos");
        text_appendf(out, " 0x%02x", rule->tos);
    }
    if (rule->mark || rule->mask) {
        rule_write(out, "fwmark");
        text_appendf(out, " 0x%x", rule->mark);
        if (rule->mask != UINT32_MAX) {
            text_appendf(out, "/0x%x", rule->mask);
        }
    }
    if (rule->tunnel) {
        rule_write_number(out, "tunnel-id", rule->tunnel);
    }
    if (rule->ip_protocol) {
        const char *name = conf_name_of(conf_ip_protocol_names, rule->ip_protocol);

        rule_write(out, "ipproto");
        text_appendf(out, " ");
        if (name) {
            text_append(out, name);
        } else {
            text_appendf(out, "%u", rule->ip_protocol);
        }
    }
    if (rule->source_port_last) {
        rule_write_range(out, "sport", rule->source_port_first, rule->source_port_last);
    }
    if (rule->dest_port_last) {
        rule_write_range(out, "dport", rule->dest_port_first, rule->dest_port_last);
    }
}

static void rule_write_action(const struct conf_rule *rule, struct text_buffer *out)
{
    if (rule->action == FR_ACT_GOTO) {
        rule_write_number(out, "goto", rule->target);
    } else if (rule->l3mdev) {
        rule_write(out, "l3mdev");
    } else if (rule->action == FR_ACT_TO_TBL) {
        rule_write_number(out, "table", rule->table);
    } else {
        rule_write(out, conf_name_of(conf_rule_action_names, rule->action));
    }
    if (rule->realms) {
        rule_write(out, "realms");
        text_appendf(out, " %u/%u", rule->realms >> 16, rule->realms & 0xffff);
    }
    if (rule->suppress_length >= 0) {
        rule_write_number(out, "suppress_prefixlength", (uint64_t)rule->suppress_length);
    }
    if (rule->suppress_group >= 0) {
        rule_write_number(out, "suppress_ifgroup", (uint64_t)rule->suppress_group);
    }
}

void conf_rule_write_key(const struct conf_rule *rule, struct text_buffer *out)
{
    if (rule->family == AF_INET6 && !rule->from.length && !rule->to.length) {
        rule_write(out, "inet6");
    }
    if (rule->invert) {
        rule_write(out, "not");
    }
    rule_write_prefix(out, "from", &rule->from);
    rule_write_prefix(out, "to", &rule->to);
    rule_write_device(out, "iif", rule->in_device);
    rule_write_device(out, "oif", rule->out_device);
    rule_write_headers(rule, out);
    if (rule->has_uids) {
        rule_write_range(out, "uidrange", rule->uid_first, rule->uid_last);
    }
    rule_write_action(rule, out);
    rule_write_number(out, "preference", rule->preference);
}

void conf_rule_write_options(const struct conf_rule *rule, struct text_buffer *out)
{
    if (rule->protocol) {
        rule_write_number(out, "protocol", rule->protocol);
    }
    if (!rule->track) {
        rule_write(out, "no_track");
    }
    rule_write_device(out, "track_group", rule->track_group);
}

void conf_rule_write(const struct conf_rule *rule, struct text_buffer *out)
{
    struct text_buffer options = {0};

    conf_rule_write_key(rule, out);
    conf_rule_write_options(rule, &options);
    text_appendf(out, "%s%s", options.length ? " " : "", options.length ? options.data : "");
    text_release(&options);
}
