/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_server_group: its lines, and the services of the virtual servers that name it. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/conf_find.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

/* As many as the largest range that keepalived knows: the last 16 bits of an IPv6 address. */
enum { GROUP_MOST = 65536 };

/* ---- Ranges ---------------------------------------------------------------------------------- */

/* How far `last` is behind `first`, which is of its family; more than GROUP_MOST: too far. */
static int64_t group_distance(const struct inet_addr *first, const struct inet_addr *last)
{
    int64_t distance = 0;

    for (size_t i = 0; i < inet_family_size(first->family); i++) {
        distance = distance * 256 + last->bytes[i] - first->bytes[i];
        if (distance > GROUP_MOST || distance < -GROUP_MOST) {
            return distance; /* what follows cannot bring it back */
        }
    }
    return distance;
}

/* What follows the '-' of a range that begins with `first`: an address, or the end of one. */
static bool group_parse_end(const char *text, const struct inet_addr *first, struct inet_addr *last)
{
    bool ipv6 = first->family == AF_INET6;
    size_t size = inet_family_size(first->family);
    unsigned long number;
    char *end;

    if (inet_parse(text, last)) {
        return last->family == first->family;
    }
    if (strspn(text, ipv6 ? "0123456789abcdefABCDEF" : "0123456789") != strlen(text)) {
        return false;
    }
    number = strtoul(text, &end, ipv6 ? 16 : 10);
    if (end == text || number > (ipv6 ? UINT16_MAX : UINT8_MAX)) {
        return false;
    }
    *last = *first;
    last->bytes[size - 1] = (uint8_t)number;
    if (ipv6) {
        last->bytes[size - 2] = (uint8_t)(number >> 8);
    }
    return true;
}

/* `FIRST-LAST`, with the '-' at `dash`. */
static bool group_read_range(struct build *build, const struct lexer_token *word, const char *dash,
                             struct conf_group_entry *entry)
{
    const char *begin = arena_text_n(build->scratch, word->text, (size_t)(dash - word->text));
    struct inet_addr last;
    int64_t distance;

    if (!inet_parse(begin, &entry->first) || !group_parse_end(dash + 1, &entry->first, &last)) {
        source_error(build->source, &word->place,
                     "\"%.*s\" is no range of addresses; type 192.0.2.1-9, 192.0.2.1-192.0.2.9, or "
                     "2001:db8::1-ff, whose end is hexadecimal",
                     BUILD_WORD(word));
        return false;
    }
    distance = group_distance(&entry->first, &last);
    if (distance < 0) {
        source_error(build->source, &word->place,
                     "the range %.*s ends before it begins; type the lower address first",
                     BUILD_WORD(word));
        return false;
    }
    if (distance >= GROUP_MOST) {
        source_error(build->source, &word->place, "the range %.*s has more than %d addresses",
                     BUILD_WORD(word), GROUP_MOST);
        return false;
    }
    entry->count = (uint32_t)distance + 1;
    return true;
}

/* `ADDRESS/LENGTH`: all addresses of a network. */
static bool group_read_prefix(struct build *build, const struct lexer_token *word,
                              struct conf_group_entry *entry)
{
    struct inet_prefix prefix;
    struct inet_addr none;
    unsigned host;

    if (!inet_parse_prefix(word->text, &prefix)) {
        source_error(build->source, &word->place,
                     "\"%.*s\" is no network; type ADDRESS/LENGTH, as in 192.0.2.0/29",
                     BUILD_WORD(word));
        return false;
    }
    host = inet_family_bits(prefix.addr.family) - prefix.length;
    if (host > 16) {
        source_error(build->source, &word->place, "the network %.*s has more than %d addresses",
                     BUILD_WORD(word), GROUP_MOST);
        return false;
    }
    none = prefix.addr;
    for (unsigned bit = 0; bit < host; bit++) {
        none.bytes[inet_family_size(none.family) - 1 - bit / 8] &= (uint8_t) ~(1U << bit % 8);
    }
    if (!inet_equal(&none, &prefix.addr)) {
        char text[INET_ADDR_TEXT_SIZE];

        source_error(build->source, &word->place,
                     "the network %.*s has bits behind its length; type %s/%u", BUILD_WORD(word),
                     inet_text(text, &none), prefix.length);
        return false;
    }
    entry->first = prefix.addr;
    entry->count = UINT32_C(1) << host;
    return true;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool group_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    (void)row;
    return word->first;
}

static bool group_read_addresses(struct build *build, const struct lexer_token *word,
                                 struct conf_group_entry *entry)
{
    const char *dash = strchr(word->text, '-');

    if (dash) {
        return group_read_range(build, word, dash, entry);
    }
    if (strchr(word->text, '/')) {
        return group_read_prefix(build, word, entry);
    }
    return build_read_address(build, "virtual_server_group", word, AF_UNSPEC, &entry->first);
}

static bool group_read_mark(struct build *build, struct build_item *item,
                            struct conf_group_entry *entry)
{
    struct lexer_token token;
    int64_t mark;

    lexer_next(build->lexer, &token);
    if (token.kind != LEXER_WORD) {
        lexer_unread(build->lexer, &token);
        source_error(build->source, &item->place,
                     "fwmark needs an argument: fwmark 1..4294967295 [inet|inet6]");
        return false;
    }
    if (token.bad || !build_read_number(build, "fwmark", &token, 1, UINT32_MAX, &mark)) {
        return false;
    }
    entry->fwmark = (uint32_t)mark;
    return true;
}

/* The port, which stands behind addresses alone. */
static bool group_port_word(struct build *build, struct build_item *item,
                            const struct lexer_token *word)
{
    struct conf_group_entry *entry = item->object;
    int64_t port;

    if (word->first || entry->fwmark) {
        return false;
    }
    item->word = NULL; /* there is one */
    if (!word->bad && build_read_number(build, "the port", word, 0, UINT16_MAX, &port)) {
        entry->port = (uint16_t)port;
    }
    return true;
}

static void group_read_family(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct conf_group_entry *entry = item->object;
    uint8_t family = strcmp(option->name, "inet6") == 0 ? AF_INET6 : AF_INET;

    if (!entry->fwmark) {
        source_error(build->source, &item->option, "%s is for marks; remove it", option->name);
        return;
    }
    entry->family = family;
}

const struct schema_option build_group_options[] = {
    {.name = "inet", .help = "Behind a mark: packets of IPv4.", .read = group_read_family},
    {.name = "inet6", .help = "Behind a mark: packets of IPv6.", .read = group_read_family},
    {.name = NULL},
};

static bool group_line_begin(struct build *build, struct build_item *item,
                             const struct lexer_token *word)
{
    struct conf_group_entry *entry = arena_alloc(build->arena, sizeof(*entry));

    entry->position = word->place.position;
    entry->count = 1;
    item->object = entry;
    item->word = group_port_word;
    if (!word->quoted && strcmp(word->text, "fwmark") == 0) {
        return group_read_mark(build, item, entry);
    }
    if (!group_read_addresses(build, word, entry)) {
        return false;
    }
    entry->family = entry->first.family;
    return true;
}

static void group_line_end(struct build *build, struct build_item *item)
{
    struct conf_service_group *group = item->argument;
    struct conf_group_entry *entry = item->object;

    if (group->count <= GROUP_MOST && group->count + entry->count > GROUP_MOST) {
        source_error(build->source, &item->place,
                     "with this line the virtual_server_group has more than %d services; divide it",
                     GROUP_MOST);
    }
    group->count += entry->count;
    STAILQ_INSERT_TAIL(&group->entries, entry, next);
}

void build_read_service_group(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    static const struct build_item_type type = {group_line_begin, group_is_item, group_line_end};
    struct conf_service_group *group = arena_alloc(build->arena, sizeof(*group));
    struct source_place place = frame->keyword;

    group->name = build_read_name(build, frame, row);
    group->position = place.position;
    STAILQ_INIT(&group->entries);
    build_read_items(build, frame, row, &type, group);
    if (group->name &&
        build_add_name(build, build->service_group_names, row, group->name, &place, group)) {
        STAILQ_INSERT_TAIL(&build->conf->service_groups, group, next);
    }
}

/* ---- The services of a virtual server -------------------------------------------------------- */

bool build_is_marked(const struct conf_virtual_server *service)
{
    for (uint32_t i = 0; i < service->member_count; i++) {
        if (!service->members[i].fwmark) {
            return false;
        }
    }
    return true;
}

bool build_has_family(const struct conf_virtual_server *service, uint8_t family)
{
    for (uint32_t i = 0; i < service->member_count; i++) {
        if (service->members[i].family == family) {
            return true;
        }
    }
    return false;
}

/*
 * The family of marks that say none: ip_family, else that of the addresses, else that of the servers.
 * @return AF_UNSPEC: it cannot be told
 */
static uint8_t group_mark_family(const struct build_virtual_server *extra,
                                 const struct conf_service_group *group)
{
    const struct build_server_entry *server = STAILQ_FIRST(&extra->servers);
    const struct conf_group_entry *entry;
    uint8_t family = AF_UNSPEC;

    if (extra->family) {
        return (uint8_t)extra->family;
    }
    STAILQ_FOREACH(entry, &group->entries, next) {
        if (family && entry->family && entry->family != family) {
            return AF_UNSPEC;
        }
        family = entry->family ? entry->family : family;
    }
    if (family) {
        return family;
    }
    return server ? server->server->key.addr.family : AF_INET;
}

static void group_settle_marks(struct build *build, struct build_virtual_server *extra,
                               const struct conf_service_group *group)
{
    const struct source_place *given = build_mark(build, &extra->marks, "ip_family");
    uint8_t family = group_mark_family(extra, group);
    const struct conf_group_entry *entry;

    STAILQ_FOREACH(entry, &group->entries, next) {
        struct source_place place = source_at(entry->position, 1);

        if (entry->family) {
            continue;
        }
        extra->service->mark_family = family;
        if (!family) {
            source_error(build->source, &place,
                         "this virtual_server_group has IPv4 and IPv6, so a mark must say which it "
                         "is for; type: fwmark %u inet, or fwmark %u inet6",
                         entry->fwmark, entry->fwmark);
        }
    }
    if (given && !extra->service->mark_family) {
        source_warning(build->source, given,
                       "ip_family is for marks that do not say theirs and has no effect here; "
                       "remove it");
    }
}

/* The services, in the order of the lines. */
static void group_make_members(struct build *build, struct build_virtual_server *extra,
                               const struct conf_service_group *group)
{
    struct conf_virtual_server *service = extra->service;
    struct conf_service_key *members =
        arena_alloc(build->arena, (size_t)group->count * sizeof(*members));
    const struct conf_group_entry *entry;
    uint32_t count = 0;

    STAILQ_FOREACH(entry, &group->entries, next) {
        for (uint32_t i = 0; i < entry->count; i++) {
            struct conf_service_key *member = &members[count++];

            if (entry->fwmark) {
                member->fwmark = entry->fwmark;
                member->family = entry->family ? entry->family : service->mark_family;
            } else {
                member->addr = conf_address_after(&entry->first, i);
                member->port = entry->port;
                member->family = entry->family;
                member->protocol = (uint8_t)extra->protocol;
            }
        }
    }
    service->members = members;
    service->member_count = count;
}

/* What servers have to know: the port, where all have the same, or that there are marks alone. */
static void group_settle_ports(struct build_virtual_server *extra)
{
    const struct conf_virtual_server *service = extra->service;
    bool first = true;

    for (uint32_t i = 0; i < service->member_count; i++) {
        const struct conf_service_key *member = &service->members[i];

        if (!member->fwmark && first) {
            extra->ports = *member;
            first = false;
        } else if (!member->fwmark && member->port != extra->ports.port) {
            extra->several_ports = true;
        }
    }
    if (first) {
        extra->ports = service->members[0]; /* they are all marks */
    } else if (extra->several_ports) {
        extra->ports.port = 0;
    }
}

static void group_finish(struct build *build, struct build_virtual_server *extra)
{
    struct conf_service_group *group =
        build_find_name(build, build->service_group_names, "virtual_server_group", extra->group,
                        &extra->group_place);
    struct conf_virtual_server *service = extra->service;

    if (!group || !group->count || group->count > GROUP_MOST) {
        return; /* that is said already */
    }
    service->group = group;
    service->group_use = group->uses++;
    group_settle_marks(build, extra, group);
    group_make_members(build, extra, group);
    group_settle_ports(extra);
    service->key =
        conf_group_key(group->name, build_is_marked(service) ? 0 : (uint8_t)extra->protocol);
    build->service = build->scratch;
    build_finish_service(build, extra, &extra->marks);
    build->service = NULL;
}

void build_finish_grouped(struct build *build)
{
    const struct conf_service_group *group;
    struct build_virtual_server *extra;

    STAILQ_FOREACH(group, &build->conf->service_groups, next) {
        struct source_place place =
            source_at(group->position, (uint32_t)strlen("virtual_server_group"));

        if (!group->count) {
            source_error(build->source, &place,
                         "virtual_server_group %s is empty; add lines such as 192.0.2.1 80, or "
                         "remove it",
                         group->name);
        }
    }
    STAILQ_FOREACH(extra, &build->grouped, next) {
        group_finish(build, extra);
    }
}
