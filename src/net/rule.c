/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy rules as a kind of entry that is kept: what a line of the configuration is to the kernel.
 * How they are kept is net/keeper.c's.
 */
#include "net/rule.h"

#include "base/memory.h"
#include "base/text.h"
#include "net/rtnetlink_rule.h"
#include "parser/conf_text.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

struct rule_table {
    struct keeper *keeper;
};

/* The kernel knows a rule by all that is in it. */
static void rule_key(const void *value, void *key)
{
    memcpy(key, value, sizeof(struct rtnetlink_rule));
}

static uint8_t rule_protocol(const void *value)
{
    return ((const struct rtnetlink_rule *)value)->protocol;
}

/* A rule names interfaces, which may come and go. */
static bool rule_resolve(const struct link_table *links, void *value)
{
    (void)links;
    (void)value;
    return true;
}

static bool rule_decode(const struct nlmsghdr *message, void *value)
{
    return rtnetlink_decode_rule(message, value);
}

static size_t rule_encode(uint8_t *data, uint32_t sequence, enum rtnetlink_action action,
                          const void *value)
{
    return rtnetlink_encode_rule(data, sequence, action, value);
}

/* What has the same key is the same. */
static bool rule_is_as_wanted(const void *wanted, const void *is)
{
    (void)wanted;
    (void)is;
    return true;
}

static bool rule_never(const void *value)
{
    (void)value;
    return false;
}

static const uint8_t rule_families[] = {AF_INET, AF_INET6, AF_UNSPEC};

static const struct keeper_kind rule_kind = {
    .noun = "rule",
    .value_size = sizeof(struct rtnetlink_rule),
    .key_size = sizeof(struct rtnetlink_rule),
    .message_size = RTNETLINK_RULE_SIZE,
    .groups = RTMGRP_IPV4_RULE | 1U << (RTNLGRP_IPV6_RULE - 1),
    .new_type = RTM_NEWRULE,
    .delete_type = RTM_DELRULE,
    .families = rule_families,
    .key = rule_key,
    .protocol = rule_protocol,
    .resolve = rule_resolve,
    .decode = rule_decode,
    .encode = rule_encode,
    .encode_dump = rtnetlink_encode_rule_dump,
    .is_as_wanted = rule_is_as_wanted,
    .is_torn = NULL,
    .is_replaceable = rule_never,
    .is_fleeting = rule_never,
};

static void rule_set_value(struct rtnetlink_rule *value, const struct conf_rule *rule)
{
    memset(value, 0, sizeof(*value));
    value->tunnel = rule->tunnel;
    value->preference = rule->preference;
    value->table = rule->table;
    value->target = rule->target;
    value->mark = rule->mark;
    value->mask = rule->mask;
    value->uid_first = rule->uid_first;
    value->uid_last = rule->uid_last;
    value->realms = rule->realms;
    value->suppress_length = rule->suppress_length;
    value->suppress_group = rule->suppress_group;
    value->source_port_first = rule->source_port_first;
    value->source_port_last = rule->source_port_last;
    value->dest_port_first = rule->dest_port_first;
    value->dest_port_last = rule->dest_port_last;
    value->family = rule->family;
    value->action = rule->action;
    value->tos = rule->tos;
    value->ip_protocol = rule->ip_protocol;
    value->protocol = rule->protocol ? rule->protocol : RTNETLINK_PROTOCOL_HOLDFAST;
    value->l3mdev = rule->l3mdev;
    value->invert = rule->invert;
    value->has_uids = rule->has_uids;
    value->from = rule->from;
    value->to = rule->to;
    (void)text_copy(value->in_device, sizeof(value->in_device),
                    rule->in_device ? rule->in_device : "");
    (void)text_copy(value->out_device, sizeof(value->out_device),
                    rule->out_device ? rule->out_device : "");
}

void rule_claim(struct rule_table *table, const char *owner, const struct conf_rule_list *list)
{
    struct rtnetlink_rule value;
    const struct conf_rule *rule;
    struct text_buffer text = {0};

    keeper_claim_begin(table->keeper, owner);
    STAILQ_FOREACH(rule, list, next) {
        rule_set_value(&value, rule);
        text.length = 0;
        conf_rule_write(rule, &text);
        keeper_claim(table->keeper, owner, &value, text.data, rule->track);
    }
    keeper_claim_end(table->keeper, owner);
    text_release(&text);
}

void rule_release(struct rule_table *table, const char *owner)
{
    keeper_release(table->keeper, owner);
}

void rule_withdraw(struct rule_table *table)
{
    keeper_withdraw(table->keeper);
}

void rule_commit(struct rule_table *table)
{
    keeper_commit(table->keeper);
}

/* Those that do not carry our mark are known by the configuration alone. */
static void rule_suspect(struct rule_table *table, const struct conf_rule_list *list)
{
    struct rtnetlink_rule value;
    const struct conf_rule *rule;
    struct text_buffer text = {0};

    STAILQ_FOREACH(rule, list, next) {
        if (rule->protocol) {
            rule_set_value(&value, rule);
            text.length = 0;
            conf_rule_write(rule, &text);
            keeper_suspect(table->keeper, &value, text.data);
        }
    }
    text_release(&text);
}

void rule_sweep(struct rule_table *table, const struct conf *conf)
{
    const struct conf_track_group *group;
    const struct conf_instance *instance;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        rule_suspect(table, &instance->rules);
    }
    rule_suspect(table, &conf->entries.rules);
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        rule_suspect(table, &group->entries.rules);
    }
    keeper_sweep(table->keeper);
}

struct keeper_state rule_state(const struct rule_table *table, const struct conf_rule *rule)
{
    struct rtnetlink_rule value;

    rule_set_value(&value, rule);
    return keeper_state(table->keeper, &value);
}

const struct keeper_counters *rule_counters(const struct rule_table *table)
{
    return keeper_counters(table->keeper);
}

struct rule_table *rule_open(struct loop *loop, struct log *log, const struct link_table *links,
                             const struct keeper_hooks *hooks, int *error)
{
    struct rule_table *table = memory_new(1, sizeof(*table));

    table->keeper = keeper_open(loop, log, links, &rule_kind, hooks, error);
    if (!table->keeper) {
        free(table);
        return NULL;
    }
    return table;
}

void rule_set_buffers(struct rule_table *table, const struct conf_buffer *monitor,
                      const struct conf_buffer *command)
{
    keeper_set_buffers(table->keeper, monitor, command);
}

void rule_close(struct rule_table *table)
{
    if (table) {
        keeper_close(table->keeper);
        free(table);
    }
}
