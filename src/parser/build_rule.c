/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_rules and static_rules: a policy rule a line, in the words of ip-rule(8). Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <linux/fib_rules.h>
#include <stdlib.h>
#include <string.h>

enum { RULE_FIRST_PREFERENCE = 16384 }; /* of those that have none, counting down, as keepalived */

/* A rule while its line is read. */
struct rule_item {
    struct conf_rule *rule;
    bool has_preference;
    unsigned actions;
    bool is_static;
    uint8_t family; /* inet, inet6; AF_UNSPEC: not said */
};

static struct conf_rule *rule_of(struct build_item *item)
{
    return ((struct rule_item *)item->object)->rule;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* Decimal, or hexadecimal behind 0x. */
static bool rule_read_u32(struct build *build, const char *subject, const struct lexer_token *token,
                          const char *text, uint32_t *value)
{
    if (*text >= '0' && *text <= '9' &&
        build_find_number(build, text, BUILD_NAMES_TABLES, UINT32_MAX, value)) {
        return true;
    }
    source_error(build->source, &token->place,
                 "%s takes a whole number in 0..4294967295, decimal or 0x..., not \"%.*s\"",
                 subject, BUILD_WORD(token));
    return false;
}

/* FIRST-LAST */
static bool rule_read_range(struct build *build, struct build_item *item,
                            const struct schema_option *option, uint32_t maximum, uint32_t range[2])
{
    struct lexer_token token;
    const char *dash;
    uint64_t first;
    uint64_t last;

    if (!build_option_argument(build, item, option, &token)) {
        return false;
    }
    dash = strchr(token.text, '-');
    if (dash) {
        const char *text = arena_text_n(build->scratch, token.text, (size_t)(dash - token.text));

        if (text_parse_unsigned(text, maximum, &first) &&
            text_parse_unsigned(dash + 1, maximum, &last) && first <= last) {
            range[0] = (uint32_t)first;
            range[1] = (uint32_t)last;
            return true;
        }
    } else if (text_parse_unsigned(token.text, maximum, &first)) {
        range[0] = range[1] = (uint32_t)first;
        return true;
    }
    source_error(build->source, &token.place, "%s takes FIRST-LAST in 0..%u, not \"%.*s\"",
                 option->name, maximum, BUILD_WORD(&token));
    return false;
}

/* ---- Selectors ------------------------------------------------------------------------------- */

static void rule_read_prefix(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct conf_rule *rule = rule_of(item);
    struct inet_prefix *prefix = strcmp(option->name, "to") == 0 ? &rule->to : &rule->from;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token) &&
        build_read_prefix(build, option->name, &token, prefix)) {
        build_clear_host_bits(build, prefix, &token.place);
    }
}

static void rule_read_not(struct build *build, struct build_item *item,
                          const struct schema_option *option)
{
    (void)build;
    (void)option;
    rule_of(item)->invert = true;
}

static void rule_read_family(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    int family = AF_UNSPEC;

    (void)build;
    (void)conf_name_find(conf_family_names, option->name, &family);
    ((struct rule_item *)item->object)->family = (uint8_t)family;
}

static void rule_read_tos(struct build *build, struct build_item *item,
                          const struct schema_option *option)
{
    struct lexer_token token;
    uint32_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_named_number(build, option->name, &token, BUILD_NAMES_TOS, UINT8_MAX, &value)) {
        rule_of(item)->tos = (uint8_t)value;
    }
}

static void rule_read_mark(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct conf_rule *rule = rule_of(item);
    struct lexer_token token;
    const char *slash;
    const char *mark;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    slash = strchr(token.text, '/');
    mark =
        slash ? arena_text_n(build->scratch, token.text, (size_t)(slash - token.text)) : token.text;
    rule->mask = UINT32_MAX;
    if (rule_read_u32(build, option->name, &token, mark, &rule->mark) && slash) {
        (void)rule_read_u32(build, option->name, &token, slash + 1, &rule->mask);
    }
}

static void rule_read_device(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct conf_rule *rule = rule_of(item);
    struct lexer_token token;
    const char *name;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    name = build_read_interface(build, option->name, &token);
    if (strcmp(option->name, "oif") == 0) {
        rule->out_device = name;
    } else {
        rule->in_device = name;
    }
}

static void rule_read_uids(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct conf_rule *rule = rule_of(item);
    uint32_t range[2];

    if (rule_read_range(build, item, option, UINT32_MAX - 1, range)) {
        rule->uid_first = range[0];
        rule->uid_last = range[1];
        rule->has_uids = true;
    }
}

static void rule_read_ports(struct build *build, struct build_item *item,
                            const struct schema_option *option)
{
    struct conf_rule *rule = rule_of(item);
    bool source = strcmp(option->name, "sport") == 0;
    uint32_t range[2];

    if (!rule_read_range(build, item, option, UINT16_MAX, range)) {
        return;
    }
    if (!range[0]) {
        source_error(build->source, &item->option, "%s takes ports in 1..65535", option->name);
        return;
    }
    *(source ? &rule->source_port_first : &rule->dest_port_first) = (uint16_t)range[0];
    *(source ? &rule->source_port_last : &rule->dest_port_last) = (uint16_t)range[1];
}

static void rule_read_tunnel(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, 1, INT64_MAX, &value)) {
        rule_of(item)->tunnel = (uint64_t)value;
    }
}

static void rule_read_ip_protocol(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct lexer_token token;
    int named;
    int64_t value;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (conf_name_find(conf_ip_protocol_names, token.text, &named)) {
        rule_of(item)->ip_protocol = (uint8_t)named;
    } else if (*token.text >= '0' && *token.text <= '9'
                   ? build_read_number(build, option->name, &token, 1, UINT8_MAX, &value)
                   : build_read_choice(build, option->name, &token, conf_ip_protocol_names, false,
                                       &value)) {
        rule_of(item)->ip_protocol = (uint8_t)value;
    }
}

static void rule_read_protocol(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct lexer_token token;
    uint32_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_named_number(build, option->name, &token, BUILD_NAMES_PROTOCOLS, UINT8_MAX,
                                &value)) {
        rule_of(item)->protocol = (uint8_t)value;
    }
}

static void rule_read_preference(struct build *build, struct build_item *item,
                                 const struct schema_option *option)
{
    struct rule_item *read = item->object;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token)) {
        read->has_preference =
            rule_read_u32(build, option->name, &token, token.text, &read->rule->preference);
    }
}

/* ---- Actions --------------------------------------------------------------------------------- */

static void rule_set_action(struct build_item *item, uint8_t action)
{
    struct rule_item *read = item->object;

    read->rule->action = action;
    read->actions++;
}

static void rule_read_table(struct build *build, struct build_item *item,
                            const struct schema_option *option)
{
    struct lexer_token token;
    uint32_t table;

    rule_set_action(item, FR_ACT_TO_TBL);
    if (!build_option_argument(build, item, option, &token) ||
        !build_read_named_number(build, option->name, &token, BUILD_NAMES_TABLES, UINT32_MAX,
                                 &table)) {
        return;
    }
    if (!table) {
        source_error(build->source, &token.place, "%s 0 is none; type the number of a table",
                     option->name);
    }
    rule_of(item)->table = table;
}

static void rule_read_l3mdev(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    (void)build;
    (void)option;
    rule_set_action(item, FR_ACT_TO_TBL);
    rule_of(item)->l3mdev = true;
}

static void rule_read_goto(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct lexer_token token;

    rule_set_action(item, FR_ACT_GOTO);
    if (build_option_argument(build, item, option, &token)) {
        (void)rule_read_u32(build, option->name, &token, token.text, &rule_of(item)->target);
    }
}

static void rule_read_verdict(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    int action = FR_ACT_UNSPEC;

    (void)build;
    (void)conf_name_find(conf_rule_action_names, option->name, &action);
    rule_set_action(item, (uint8_t)action);
}

static void rule_read_type(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct lexer_token token;
    int64_t action;

    if (build_option_argument(build, item, option, &token) &&
        build_read_choice(build, option->name, &token, conf_rule_action_names, false, &action)) {
        rule_set_action(item, (uint8_t)action);
    }
}

static void rule_read_realms(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    (void)build_read_realms(build, item, option, &rule_of(item)->realms);
}

static void rule_read_suppress_length(struct build *build, struct build_item *item,
                                      const struct schema_option *option)
{
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, 0, 128, &value)) {
        rule_of(item)->suppress_length = (int32_t)value;
    }
}

static void rule_read_suppress_group(struct build *build, struct build_item *item,
                                     const struct schema_option *option)
{
    struct lexer_token token;
    uint32_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_named_number(build, option->name, &token, BUILD_NAMES_GROUPS, INT32_MAX,
                                &value)) {
        rule_of(item)->suppress_group = (int32_t)value;
    }
}

static void rule_read_no_track(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    (void)build;
    (void)option;
    rule_of(item)->track = false;
}

static void rule_read_track_group(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct rule_item *read = item->object;
    struct lexer_token token;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (!read->is_static) {
        source_error(build->source, &item->option,
                     "%s belongs to static rules; %s are the instance's own", option->name,
                     item->row->name);
        return;
    }
    read->rule->track_group = arena_text_n(build->arena, token.text, token.length);
}

#define RULE_OPTION(name_, argument_, help_, read_)                                                \
    {                                                                                              \
        .name = (name_), .argument = (argument_), .help = (help_), .read = (read_)                 \
    }

const struct schema_option build_rule_options[] = {
    RULE_OPTION("from", "NETWORK", "The sources that it is for.", rule_read_prefix),
    RULE_OPTION("to", "NETWORK", "The destinations that it is for.", rule_read_prefix),
    RULE_OPTION("not", NULL, "It is for packets that its selectors do not match.", rule_read_not),
    RULE_OPTION("iif", "INTERFACE", "The interface that packets came by.", rule_read_device),
    RULE_OPTION("dev", "INTERFACE", "The same as iif.", rule_read_device),
    RULE_OPTION("oif", "INTERFACE", "The interface that a socket is bound to.", rule_read_device),
    RULE_OPTION("tos", "NAME or 0..255", "The type of service.", rule_read_tos),
    RULE_OPTION("dsfield", "NAME or 0..255", "The same as tos.", rule_read_tos),
    RULE_OPTION("fwmark", "MARK[/MASK]", "The mark of the firewall.", rule_read_mark),
    RULE_OPTION("uidrange", "FIRST-LAST", "The users whose sockets send.", rule_read_uids),
    RULE_OPTION("tunnel-id", "NUMBER", "The key of the tunnel.", rule_read_tunnel),
    RULE_OPTION("ipproto", "NAME or 1..255", "The protocol above IP.", rule_read_ip_protocol),
    RULE_OPTION("sport", "FIRST-LAST", "The source ports; one alone will do.", rule_read_ports),
    RULE_OPTION("dport", "FIRST-LAST", "The destination ports; one alone will do.",
                rule_read_ports),
    RULE_OPTION("preference", "0..4294967295", "Its place: the lowest one comes first.",
                rule_read_preference),
    RULE_OPTION("priority", "0..4294967295", "The same as preference.", rule_read_preference),
    RULE_OPTION("order", "0..4294967295", "The same as preference.", rule_read_preference),
    RULE_OPTION("table", "NAME or NUMBER", "The routing table to look in.", rule_read_table),
    RULE_OPTION("lookup", "NAME or NUMBER", "The same as table.", rule_read_table),
    RULE_OPTION("l3mdev", NULL, "The table of the VRF that the interface is in.", rule_read_l3mdev),
    RULE_OPTION("goto", "PREFERENCE", "Goes on with the rule of that preference.", rule_read_goto),
    RULE_OPTION("blackhole", NULL, "Drops packets.", rule_read_verdict),
    RULE_OPTION("unreachable", NULL, "Refuses packets: network unreachable.", rule_read_verdict),
    RULE_OPTION("prohibit", NULL, "Refuses packets: prohibited.", rule_read_verdict),
    RULE_OPTION("nop", NULL, "Does nothing.", rule_read_verdict),
    RULE_OPTION("type", "ACTION", "The same as the action alone.", rule_read_type),
    RULE_OPTION("realms", "[FROM/]TO", "IPv4: the realms of packets.", rule_read_realms),
    RULE_OPTION("suppress_prefixlength", "0..128",
                "A route with no more bits than that does not count.", rule_read_suppress_length),
    RULE_OPTION("sup_pl", "0..128", "The same as suppress_prefixlength.",
                rule_read_suppress_length),
    RULE_OPTION("suppress_ifgroup", "NAME or NUMBER",
                "A route by an interface of that group does not count.", rule_read_suppress_group),
    RULE_OPTION("sup_group", "NAME or NUMBER", "The same as suppress_ifgroup.",
                rule_read_suppress_group),
    RULE_OPTION("protocol", "NAME or 0..255",
                "Its mark; with no_track alone, since Holdfast knows its own rules by theirs.",
                rule_read_protocol),
    RULE_OPTION("inet", NULL, "It is for IPv4.", rule_read_family),
    RULE_OPTION("inet6", NULL, "It is for IPv6.", rule_read_family),
    RULE_OPTION("no_track", NULL, "Its loss is no fault; it may have a protocol of its own.",
                rule_read_no_track),
    RULE_OPTION("track_group", "NAME",
                "In static_rules: the instances that are in FAULT without it.",
                rule_read_track_group),
    {.name = NULL},
};

/* ---- A line ---------------------------------------------------------------------------------- */

static bool rule_begin(struct build *build, struct build_item *item, const struct lexer_token *word)
{
    struct rule_item *read = arena_alloc(build->scratch, sizeof(*read));

    if (!build_find_option(item->row, word)) {
        source_error(build->source, &word->place,
                     "%s \"%.*s\" begins no rule; type from NETWORK, to NETWORK or another "
                     "selector, then table TABLE preference NUMBER",
                     item->row->name, BUILD_WORD(word));
        return false;
    }
    read->rule = arena_alloc(build->arena, sizeof(*read->rule));
    read->rule->suppress_length = -1;
    read->rule->suppress_group = -1;
    read->rule->track = true;
    read->rule->position = word->place.position;
    read->is_static = item->frame->block == SCHEMA_TOP;
    item->object = read;
    lexer_unread(build->lexer, word);
    return true;
}

/* A line is a rule; nothing on it begins another one. */
static bool rule_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    return word->first && build_find_option(row, word);
}

static bool rule_settle_family(struct build *build, const struct build_item *item,
                               const struct rule_item *read)
{
    struct conf_rule *rule = read->rule;

    rule->family = read->family                    ? read->family
                   : inet_is_set(&rule->from.addr) ? rule->from.addr.family
                   : inet_is_set(&rule->to.addr)   ? rule->to.addr.family
                                                   : AF_INET;
    if ((rule->from.length && rule->from.addr.family != rule->family) ||
        (rule->to.length && rule->to.addr.family != rule->family)) {
        source_error(build->source, &item->place, "IPv4 and IPv6 do not mix in a rule");
        return false;
    }
    rule->from.addr.family = rule->family;
    rule->to.addr.family = rule->family;
    if (rule->realms && rule->family == AF_INET6) {
        source_error(build->source, &item->place, "realms is for IPv4 rules alone; remove it");
        return false;
    }
    return true;
}

static void rule_settle_preference(struct build *build, const struct build_item *item,
                                   const struct rule_item *read)
{
    struct conf_rule *rule = read->rule;
    uint32_t *without = &build->rules_without_preference[rule->family == AF_INET6];

    if (!read->has_preference) {
        rule->preference = RULE_FIRST_PREFERENCE - *without % RULE_FIRST_PREFERENCE;
        ++*without;
        source_warning(build->source, &item->place,
                       "a rule without a preference gets %u, as in keepalived; add preference "
                       "NUMBER",
                       rule->preference);
    }
    if (rule->action == FR_ACT_GOTO && rule->target <= rule->preference) {
        source_error(build->source, &item->place,
                     "goto leads on, never back: its preference must be above the rule's own, %u",
                     rule->preference);
    }
}

static void rule_end(struct build *build, struct build_item *item)
{
    struct conf_rule_list *list = item->argument;
    const struct rule_item *read = item->object;
    struct conf_rule *rule = read->rule;

    if (read->actions != 1) {
        source_error(build->source, &item->place,
                     "a rule has one action: table TABLE, l3mdev, goto PREFERENCE, blackhole, "
                     "unreachable, prohibit or nop");
        return;
    }
    if (!rule_settle_family(build, item, read)) {
        return;
    }
    rule_settle_preference(build, item, read);
    if (rule->track && rule->protocol) {
        source_warning(build->source, &item->place,
                       "protocol counts with no_track alone: Holdfast marks its rules with 112, "
                       "by which it knows them");
        rule->protocol = 0;
    }
    STAILQ_INSERT_TAIL(list, rule, next);
}

void build_read_rules(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    static const struct build_item_type type = {rule_begin, rule_is_item, rule_end};
    struct conf_instance *instance = frame->object;

    build_read_items(build, frame, row, &type,
                     frame->block == SCHEMA_TOP ? &build->conf->entries.rules : &instance->rules);
}
