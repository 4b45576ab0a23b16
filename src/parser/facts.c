/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over a configuration: which object has which settings is read from the schema, how a
 * value is written from the row's kind or its writer. Pure.
 */
#include "parser/facts.h"

#include "base/text.h"
#include "parser/build.h"
#include "parser/conf_find.h"
#include "parser/conf_text.h"
#include "parser/facts_write.h"
#include "parser/lookup.h"
#include "parser/origins.h"

#include <inttypes.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

struct facts {
    const struct conf *conf;
    const struct facts_visitor *visitor;
    void *argument;
    struct text_buffer header;
    struct text_buffer name;
    struct text_buffer keyword;
    struct text_buffer value;
};

/* ---- Settings -------------------------------------------------------------------------------- */

/* A whole number of 1, 2, 4 or 8 bytes. */
static int64_t facts_number(const void *field, size_t size)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    int64_t i64;

    switch (size) {
    case sizeof(u8):
        memcpy(&u8, field, sizeof(u8));
        return u8;
    case sizeof(u16):
        memcpy(&u16, field, sizeof(u16));
        return u16;
    case sizeof(u32):
        memcpy(&u32, field, sizeof(u32));
        return u32;
    default:
        memcpy(&i64, field, sizeof(i64));
        return i64;
    }
}

static bool facts_write_text(const void *field, struct text_buffer *out)
{
    const char *text;

    memcpy(&text, field, sizeof(text));
    if (text) {
        facts_write_word(text, out);
    }
    return text;
}

static bool facts_write_user(const void *field, struct text_buffer *out)
{
    const char *const *names = field; /* user and group stand one behind the other */

    if (!names[0]) {
        return false;
    }
    facts_write_word(names[0], out);
    if (names[1]) {
        text_append(out, " ");
        facts_write_word(names[1], out);
    }
    return true;
}

/* Writes what stands behind a keyword. @return whether the keyword stands there at all */
static bool facts_write_field(const struct schema_row *row, const void *field, size_t size,
                              struct text_buffer *out)
{
    const struct conf_script *script = field;

    switch (row->kind) {
    case SCHEMA_KIND_FLAG:
        return (facts_number(field, size) != 0) != row->clears;
    case SCHEMA_KIND_BOOL:
        text_append(out, facts_number(field, size) ? "on" : "off");
        return true;
    case SCHEMA_KIND_NUMBER:
        if (!facts_number(field, size) && row->minimum > 0) {
            return false; /* not given, and without a default */
        }
        text_appendf(out, "%" PRId64, facts_number(field, size));
        return true;
    case SCHEMA_KIND_SECONDS:
        schema_write_seconds(facts_number(field, size), out);
        return true;
    case SCHEMA_KIND_CHOICE:
        text_append(out, conf_name_of(row->choices, (int)facts_number(field, size)));
        return true;
    case SCHEMA_KIND_TEXT:
    case SCHEMA_KIND_INTERFACE:
        return facts_write_text(field, out);
    case SCHEMA_KIND_USER:
        return facts_write_user(field, out);
    case SCHEMA_KIND_SCRIPT:
    case SCHEMA_KIND_COMMAND:
        if (script->argv) {
            facts_write_script(script, row->kind == SCHEMA_KIND_SCRIPT, out);
        }
        return script->argv;
    default:
        return false;
    }
}

static void facts_tell(struct facts *facts, const struct facts_value *value)
{
    facts->visitor->value(facts->argument, value);
}

/* Whether the value of a secret is where it is to be found. */
static bool facts_says_where(const char *value)
{
    return strncmp(value, "file:", 5) == 0 || strncmp(value, "credential:", 11) == 0;
}

/* Tells the settings of an object, by the rows of its block. */
static void facts_settings(struct facts *facts, enum schema_block block, const void *object)
{
    struct schema_block_info info = schema_block(block);

    for (size_t i = 0; i < info.count; i++) {
        const struct schema_row *row = &info.rows[i];
        struct schema_target target = schema_effective(row);
        const unsigned char *field = (const unsigned char *)object + target.offset;
        bool given;

        if (row->flags & SCHEMA_HIDDEN || (!row->write && target.base != SCHEMA_OBJECT)) {
            continue;
        }
        facts->value.length = 0;
        text_append(&facts->value, "");
        given = row->write ? row->write(object, row, &facts->value)
                           : facts_write_field(row, field, target.size, &facts->value);
        if (given) {
            facts_tell(
                facts,
                &(struct facts_value){
                    .keyword = row->name,
                    .value = facts->value.data,
                    .position = target.base == SCHEMA_OBJECT
                                    ? origins_find(facts->conf->origins, field)
                                    : NULL,
                    .secret = row->flags & SCHEMA_SECRET && !facts_says_where(facts->value.data),
                    .program = row->kind == SCHEMA_KIND_SCRIPT || row->kind == SCHEMA_KIND_COMMAND,
                });
        }
    }
}

static void facts_begin(struct facts *facts, enum facts_kind kind, const char *keyword,
                        const struct conf_position *position)
{
    facts->visitor->begin(facts->argument, &(struct facts_object){
                                               .kind = kind,
                                               .keyword = keyword,
                                               .header = facts->header.data,
                                               .name = facts->name.data,
                                               .position = position,
                                           });
}

static void facts_end(struct facts *facts)
{
    facts->visitor->end(facts->argument);
}

/* Makes header and name of an object that has a name. */
static void facts_name(struct facts *facts, const char *name)
{
    facts->header.length = 0;
    facts->name.length = 0;
    text_append(&facts->header, "");
    facts_write_word(name, &facts->header);
    text_append(&facts->name, name);
}

/* ---- Lines of value blocks ------------------------------------------------------------------- */

static void facts_line(struct facts *facts, const char *list, const struct conf_position *position)
{
    facts_tell(facts, &(struct facts_value){
                          .list = list,
                          .keyword = facts->keyword.data,
                          .value = facts->value.data,
                          .position = position,
                      });
}

static void facts_line_begin(struct facts *facts)
{
    facts->keyword.length = 0;
    facts->value.length = 0;
    text_append(&facts->keyword, "");
    text_append(&facts->value, "");
}

static void facts_option(struct facts *facts, const char *option, const char *text)
{
    text_appendf(&facts->value, "%s%s%s%s", facts->value.length ? " " : "", option,
                 *text ? " " : "", text);
}

static void facts_address_flags(struct facts *facts, const struct conf_address *address)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = {
        {"home", IFA_F_HOMEADDRESS},
        {"mngtmpaddr", IFA_F_MANAGETEMPADDR},
        {"noprefixroute", IFA_F_NOPREFIXROUTE},
        {"autojoin", IFA_F_MCAUTOJOIN},
    };
    bool ipv6 = address->prefix.addr.family == AF_INET6;
    uint32_t usual =
        ipv6 && address->prefix.length == inet_family_bits(AF_INET6) ? 0 : CONF_FOREVER;
    char number[16];

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (address->flags & flags[i].flag) {
            facts_option(facts, flags[i].name, "");
        }
    }
    if (ipv6 && !(address->flags & IFA_F_NODAD)) {
        facts_option(facts, "-nodad", "");
    }
    if (address->preferred_lft != usual) {
        (void)snprintf(number, sizeof(number), "%u", address->preferred_lft);
        facts_option(facts, "preferred_lft",
                     address->preferred_lft == CONF_FOREVER ? "forever" : number);
    }
    if (!address->track) {
        facts_option(facts, "no_track", "");
    }
}

static void facts_address(struct facts *facts, const char *list, const struct conf_address *address)
{
    char text[INET_ADDR_TEXT_SIZE];
    const char *scope = conf_name_of(conf_scope_names, address->scope);

    facts_line_begin(facts);
    text_appendf(&facts->keyword, "%s/%u dev ", inet_text(text, &address->prefix.addr),
                 address->prefix.length);
    facts_write_word(address->vmac ? address->vmac->parent : address->device, &facts->keyword);
    if (address->vmac) {
        facts_option(facts, "use_vmac", "");
    }
    if (inet_is_set(&address->peer)) {
        facts_option(facts, "peer", inet_text(text, &address->peer));
    }
    if (inet_is_set(&address->broadcast)) {
        facts_option(facts, "brd", inet_text(text, &address->broadcast));
    }
    if (address->scope) {
        char number[8];

        (void)snprintf(number, sizeof(number), "%u", address->scope);
        facts_option(facts, "scope", scope ? scope : number);
    }
    if (address->label) {
        facts_option(facts, "label", "");
        text_append(&facts->value, " ");
        facts_write_word(address->label, &facts->value);
    }
    facts_address_flags(facts, address);
    if (address->track_group) {
        facts_option(facts, "track_group", "");
        text_append(&facts->value, " ");
        facts_write_word(address->track_group, &facts->value);
    }
    facts_line(facts, list, &address->position);
}

static void facts_addresses(struct facts *facts, const struct conf_instance *instance)
{
    const struct conf_address *address;

    for (int excluded = 0; excluded < 2; excluded++) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            if (address->excluded == (excluded != 0)) {
                facts_address(facts, excluded ? "virtual_ipaddress_excluded" : "virtual_ipaddress",
                              address);
            }
        }
    }
}

static void facts_peers(struct facts *facts, const struct conf_instance *instance)
{
    const struct conf_peer *peer;
    char text[INET_ADDR_TEXT_SIZE];
    char number[8];

    STAILQ_FOREACH(peer, &instance->peers, next) {
        facts_line_begin(facts);
        text_append(&facts->keyword, inet_text(text, &peer->addr));
        if (peer->min_ttl) {
            (void)snprintf(number, sizeof(number), "%u", peer->min_ttl);
            facts_option(facts, "min_ttl", number);
        }
        if (peer->max_ttl != UINT8_MAX) {
            (void)snprintf(number, sizeof(number), "%u", peer->max_ttl);
            facts_option(facts, "max_ttl", number);
        }
        facts_line(facts, "unicast_peer", &peer->position);
    }
}

static void facts_routes(struct facts *facts, const char *list,
                         const struct conf_route_list *routes)
{
    const struct conf_route *route;

    STAILQ_FOREACH(route, routes, next) {
        facts_line_begin(facts);
        conf_route_write_key(route, &facts->keyword);
        conf_route_write_options(route, &facts->value);
        facts_line(facts, list, &route->position);
    }
}

static void facts_rules(struct facts *facts, const char *list, const struct conf_rule_list *rules)
{
    const struct conf_rule *rule;

    STAILQ_FOREACH(rule, rules, next) {
        facts_line_begin(facts);
        conf_rule_write_key(rule, &facts->keyword);
        conf_rule_write_options(rule, &facts->value);
        facts_line(facts, list, &rule->position);
    }
}

static void facts_weight(struct facts *facts, int weight, bool reverse)
{
    text_appendf(&facts->value, "weight %d%s", weight, reverse ? " reverse" : "");
}

/* What its group tracks an instance has among its own; only the group's line counts. */
static bool facts_group_has_interface(const struct conf_sync_group *group, const char *name)
{
    const struct conf_track_interface *line;

    if (group) {
        STAILQ_FOREACH(line, &group->track_interfaces, next) {
            if (strcmp(line->interface, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool facts_group_has_script(const struct conf_sync_group *group,
                                   const struct conf_vrrp_script *script)
{
    const struct conf_track_script *line;

    if (group) {
        STAILQ_FOREACH(line, &group->track_scripts, next) {
            if (line->script == script) {
                return true;
            }
        }
    }
    return false;
}

static void facts_tracks(struct facts *facts, const struct conf_sync_group *group,
                         const struct conf_track_interface_list *interfaces,
                         const struct conf_track_script_list *scripts)
{
    const struct conf_track_interface *interface;
    const struct conf_track_script *script;

    STAILQ_FOREACH(interface, interfaces, next) {
        if (!facts_group_has_interface(group, interface->interface)) {
            facts_line_begin(facts);
            facts_write_word(interface->interface, &facts->keyword);
            facts_weight(facts, interface->weight, interface->reverse);
            facts_line(facts, "track_interface", &interface->position);
        }
    }
    STAILQ_FOREACH(script, scripts, next) {
        if (!facts_group_has_script(group, script->script)) {
            facts_line_begin(facts);
            facts_write_word(script->script->name, &facts->keyword);
            facts_weight(facts, script->weight, script->reverse);
            facts_line(facts, "track_script", &script->position);
        }
    }
}

static void facts_hmac_word(struct facts *facts, const char *keyword, const char *value)
{
    facts_line_begin(facts);
    text_append(&facts->keyword, keyword);
    text_append(&facts->value, value);
    facts_line(facts, "auth_hmac", NULL);
}

static void facts_hmac_key(struct facts *facts, const struct conf_hmac_key *key)
{
    facts_line_begin(facts);
    text_appendf(&facts->keyword, "key %u", key->id);
    text_append(&facts->value, key->from ? key->from : "hex:");
    for (size_t i = 0; !key->from && i < key->size; i++) {
        text_appendf(&facts->value, "%02x", key->bytes[i]);
    }
    facts_tell(facts, &(struct facts_value){
                          .list = "auth_hmac",
                          .keyword = facts->keyword.data,
                          .value = facts->value.data,
                          .position = &key->position,
                          .secret = !key->from,
                      });
}

static void facts_hmac(struct facts *facts, const struct conf_instance *instance)
{
    const struct conf_hmac_key *key;
    char number[24];

    if (STAILQ_EMPTY(&instance->hmac_keys)) {
        return;
    }
    STAILQ_FOREACH(key, &instance->hmac_keys, next) {
        facts_hmac_key(facts, key);
    }
    (void)snprintf(number, sizeof(number), "%u", instance->hmac_active);
    facts_hmac_word(facts, "active_key", number);
    (void)snprintf(number, sizeof(number), "%lld",
                   (long long)(instance->hmac_window / INT64_C(1000000000)));
    facts_hmac_word(facts, "time_window", number);
    facts_hmac_word(facts, "anti_replay",
                    conf_name_of(conf_hmac_replay_names, (int)instance->hmac_anti_replay));
    facts_hmac_word(facts, "mode", conf_name_of(conf_hmac_mode_names, (int)instance->hmac_mode));
}

static void facts_track_lines(struct facts *facts, const struct conf_sync_group *group,
                              const struct conf_track_list *tracks)
{
    static const char *const lists[CONF_TRACK_KINDS] = {[CONF_TRACK_FILE] = "track_file",
                                                        [CONF_TRACK_PROCESS] = "track_process",
                                                        [CONF_TRACK_BFD] = "track_bfd"};
    const struct conf_track *track;

    STAILQ_FOREACH(track, tracks, next) {
        const struct conf_track *shared = group ? STAILQ_FIRST(&group->tracks) : NULL;

        while (shared && (shared->kind != track->kind || strcmp(shared->name, track->name) != 0)) {
            shared = STAILQ_NEXT(shared, next);
        }
        if (!shared) {
            facts_line_begin(facts);
            facts_write_word(track->name, &facts->keyword);
            text_appendf(&facts->value, "weight %d %s", track->weight,
                         track->reverse ? "reverse" : "noreverse");
            facts_line(facts, lists[track->kind], &track->position);
        }
    }
}

static void facts_authentication(struct facts *facts, const struct conf_instance *instance)
{
    char password[CONF_AUTH_PASS_SIZE + 1] = "";

    if (instance->auth == CONF_AUTH_NONE) {
        return;
    }
    facts_line_begin(facts);
    text_append(&facts->keyword, "auth_type");
    text_append(&facts->value, conf_name_of(conf_auth_names, (int)instance->auth));
    facts_line(facts, "authentication", origins_find(facts->conf->origins, &instance->auth));
    memcpy(password, instance->auth_pass, CONF_AUTH_PASS_SIZE);
    facts_line_begin(facts);
    facts_write_word(password, &facts->value);
    facts_tell(facts, &(struct facts_value){
                          .list = "authentication",
                          .keyword = "auth_pass",
                          .value = facts->value.data,
                          .position = origins_find(facts->conf->origins, instance->auth_pass),
                          .secret = true,
                      });
}

/* ---- Objects --------------------------------------------------------------------------------- */

/* Begins a block that there is one of. */
static void facts_begin_only(struct facts *facts, enum facts_kind kind, const char *keyword)
{
    facts->header.length = 0;
    facts->name.length = 0;
    text_append(&facts->header, "");
    text_append(&facts->name, "");
    facts_begin(facts, kind, keyword, NULL);
}

static void facts_global(struct facts *facts)
{
    facts_begin_only(facts, FACTS_GLOBAL, "global_defs");
    facts_settings(facts, SCHEMA_GLOBAL_DEFS, &facts->conf->global);
    facts_end(facts);
}

/* A keyword of the top level that has no block. */
static void facts_word(struct facts *facts, const char *keyword, const char *value)
{
    facts_begin_only(facts, FACTS_WORD, keyword);
    facts_line_begin(facts);
    text_append(&facts->keyword, keyword);
    if (*value) {
        facts_write_word(value, &facts->value);
    }
    facts_line(facts, NULL, NULL);
    facts_end(facts);
}

/* Where the daemon is. */
static void facts_place(struct facts *facts)
{
    const struct conf_place *place = &facts->conf->place;

    if (place->network_namespace) {
        facts_word(facts, "net_namespace", place->network_namespace);
    }
    if (place->ipvs_namespace) {
        facts_word(facts, "net_namespace_ipvs", place->ipvs_namespace);
    }
    if (place->instance) {
        facts_word(facts, "instance", place->instance);
    }
}

static void facts_link_delays(struct facts *facts)
{
    const struct conf_link_delay *delay;

    facts_begin_only(facts, FACTS_LINKS, "interface_up_down_delays");
    STAILQ_FOREACH(delay, &facts->conf->link_delays, next) {
        facts_line_begin(facts);
        facts_write_word(delay->interface, &facts->keyword);
        schema_write_seconds(delay->down, &facts->value);
        text_append(&facts->value, " ");
        schema_write_seconds(delay->up, &facts->value);
        facts_line(facts, NULL, &delay->position);
    }
    facts_end(facts);
}

/* Those that linkbeat_use_polling names have no line of their own. */
static void facts_polled(struct facts *facts)
{
    const struct conf_polled *polled;
    bool any = false;

    STAILQ_FOREACH(polled, &facts->conf->polled, next) {
        if (polled->position.line && !any) {
            any = true;
            facts_begin_only(facts, FACTS_LINKS, "linkbeat_interfaces");
        }
        if (polled->position.line) {
            facts_line_begin(facts);
            facts_write_word(polled->interface, &facts->keyword);
            if (polled->kind != CONF_LINKBEAT_ANY) {
                text_append(&facts->value, conf_name_of(conf_linkbeat_names, (int)polled->kind));
            }
            facts_line(facts, NULL, &polled->position);
        }
    }
    if (any) {
        facts_end(facts);
    }
}

static void facts_links(struct facts *facts)
{
    facts_place(facts);
    if (facts->conf->linkbeat_polling) {
        facts_word(facts, "linkbeat_use_polling", "");
    }
    facts_polled(facts);
    if (!STAILQ_EMPTY(&facts->conf->link_delays)) {
        facts_link_delays(facts);
    }
}

static void facts_tracked(struct facts *facts)
{
    const struct conf_track_file *file;
    const struct conf_track_process *process;

    STAILQ_FOREACH(file, &facts->conf->track_files, next) {
        facts_name(facts, file->name);
        facts_begin(facts, FACTS_TRACK_FILE, "track_file", &file->position);
        facts_settings(facts, SCHEMA_TRACK_FILE, file);
        facts_end(facts);
    }
    STAILQ_FOREACH(process, &facts->conf->track_processes, next) {
        facts_name(facts, process->name);
        facts_begin(facts, FACTS_TRACK_PROCESS, "vrrp_track_process", &process->position);
        facts_settings(facts, SCHEMA_TRACK_PROCESS, process);
        facts_end(facts);
    }
}

static void facts_bfd(struct facts *facts)
{
    const struct conf_bfd *bfd;

    STAILQ_FOREACH(bfd, &facts->conf->bfds, next) {
        facts_name(facts, bfd->name);
        facts_begin(facts, FACTS_BFD, "bfd_instance", &bfd->position);
        facts_settings(facts, SCHEMA_BFD_INSTANCE, bfd);
        facts_end(facts);
    }
}

/* What there is of static entries, over all groups. */
struct facts_statics {
    bool addresses;
    bool routes;
    bool rules;
};

static void facts_count_static(struct facts_statics *statics, const struct conf_static *entries)
{
    statics->addresses |= !STAILQ_EMPTY(&entries->addresses);
    statics->routes |= !STAILQ_EMPTY(&entries->routes);
    statics->rules |= !STAILQ_EMPTY(&entries->rules);
}

static void facts_static_addresses(struct facts *facts, const struct conf_static *entries)
{
    const struct conf_address *address;

    STAILQ_FOREACH(address, &entries->addresses, next) {
        facts_address(facts, NULL, address);
    }
}

static void facts_static_routes(struct facts *facts, const struct conf_static *entries)
{
    facts_routes(facts, NULL, &entries->routes);
}

static void facts_static_rules(struct facts *facts, const struct conf_static *entries)
{
    facts_rules(facts, NULL, &entries->rules);
}

/* One of the three blocks: first what has no group, then each group's. */
static void facts_static_block(struct facts *facts, const char *keyword,
                               void (*tell)(struct facts *facts, const struct conf_static *entries))
{
    const struct conf_track_group *group;

    facts_begin_only(facts, FACTS_STATIC, keyword);
    tell(facts, &facts->conf->entries);
    STAILQ_FOREACH(group, &facts->conf->track_groups, next) {
        tell(facts, &group->entries);
    }
    facts_end(facts);
}

static void facts_members(struct facts *facts, const struct conf_group_member_list *members)
{
    const struct conf_group_member *member;

    if (STAILQ_EMPTY(members)) {
        facts_line_begin(facts);
        facts_line(facts, "group", NULL);
    }
    STAILQ_FOREACH(member, members, next) {
        facts_line_begin(facts);
        facts_write_word(member->name, &facts->keyword);
        facts_line(facts, "group", &member->position);
    }
}

static void facts_static(struct facts *facts)
{
    const struct conf_track_group *group;
    struct facts_statics statics = {0};

    facts_count_static(&statics, &facts->conf->entries);
    STAILQ_FOREACH(group, &facts->conf->track_groups, next) {
        facts_name(facts, group->name);
        facts_begin(facts, FACTS_TRACK_GROUP, "track_group", &group->position);
        facts_members(facts, &group->members);
        facts_end(facts);
        facts_count_static(&statics, &group->entries);
    }
    if (statics.addresses) {
        facts_static_block(facts, "static_ipaddress", facts_static_addresses);
    }
    if (statics.routes) {
        facts_static_block(facts, "static_routes", facts_static_routes);
    }
    if (statics.rules) {
        facts_static_block(facts, "static_rules", facts_static_rules);
    }
}

/* A garp_group has no name: its first interface tells it from others. */
static void facts_garp_groups(struct facts *facts)
{
    const struct conf_garp_group *group;
    const struct conf_interface *interface;

    STAILQ_FOREACH(group, &facts->conf->garp_groups, next) {
        facts_name(facts, STAILQ_FIRST(&group->interfaces)->name);
        facts->header.length = 0;
        text_append(&facts->header, "");
        facts_begin(facts, FACTS_GARP_GROUP, "garp_group", &group->position);
        facts_settings(facts, SCHEMA_GARP_GROUP, group);
        STAILQ_FOREACH(interface, &group->interfaces, next) {
            facts_line_begin(facts);
            facts_write_word(interface->name, &facts->keyword);
            facts_line(facts, "interfaces", &interface->position);
        }
        facts_end(facts);
    }
}

static void facts_vrrp(struct facts *facts)
{
    const struct conf_vrrp_script *script;
    const struct conf_instance *instance;
    const struct conf_sync_group *group;

    STAILQ_FOREACH(script, &facts->conf->scripts, next) {
        facts_name(facts, script->name);
        facts_begin(facts, FACTS_SCRIPT, "vrrp_script", &script->position);
        facts_settings(facts, SCHEMA_SCRIPT, script);
        facts_end(facts);
    }
    facts_tracked(facts);
    facts_bfd(facts);
    facts_garp_groups(facts);
    STAILQ_FOREACH(instance, &facts->conf->instances, next) {
        facts_name(facts, instance->name);
        facts_begin(facts, FACTS_INSTANCE, "vrrp_instance", &instance->position);
        facts_settings(facts, SCHEMA_INSTANCE, instance);
        facts_authentication(facts, instance);
        facts_hmac(facts, instance);
        facts_peers(facts, instance);
        facts_tracks(facts, instance->sync_group, &instance->track_interfaces,
                     &instance->track_scripts);
        facts_track_lines(facts, instance->sync_group, &instance->tracks);
        facts_addresses(facts, instance);
        facts_routes(facts, "virtual_routes", &instance->routes);
        facts_rules(facts, "virtual_rules", &instance->rules);
        facts_end(facts);
    }
    STAILQ_FOREACH(group, &facts->conf->sync_groups, next) {
        facts_name(facts, group->name);
        facts_begin(facts, FACTS_SYNC_GROUP, "vrrp_sync_group", &group->position);
        facts_settings(facts, SCHEMA_SYNC_GROUP, group);
        facts_members(facts, &group->members);
        facts_tracks(facts, NULL, &group->track_interfaces, &group->track_scripts);
        facts_track_lines(facts, NULL, &group->tracks);
        facts_end(facts);
    }
}

/* The urls of HTTP_GET and SSL_GET, by their numbers. */
static void facts_urls(struct facts *facts, const struct conf_check *check)
{
    const struct conf_check_http *http = (const struct conf_check_http *)check;
    const struct conf_url *url;
    unsigned number = 0;

    STAILQ_FOREACH(url, &http->urls, next) {
        facts->header.length = 0;
        facts->name.length = 0;
        text_append(&facts->header, "");
        text_appendf(&facts->name, "%u", ++number);
        facts_begin(facts, FACTS_URL, "url", &url->position);
        facts_settings(
            facts, check->kind == CONF_CHECK_SSL ? SCHEMA_SSL_GET_URL : SCHEMA_HTTP_GET_URL, url);
        facts_end(facts);
    }
}

static void facts_tls(struct facts *facts)
{
    const struct conf_tls *tls = &facts->conf->tls;

    if (!tls->position.file) {
        return;
    }
    facts_begin_only(facts, FACTS_TLS, "SSL");
    facts_settings(facts, SCHEMA_SSL, tls);
    if (tls->password) {
        facts_line_begin(facts);
        facts_write_word(tls->password, &facts->value);
        facts_tell(facts, &(struct facts_value){
                              .keyword = "password",
                              .value = facts->value.data,
                              .position = origins_find(facts->conf->origins, &tls->password),
                              .secret = true,
                          });
    }
    facts_end(facts);
}

static void facts_server(struct facts *facts, const struct conf_real_server *server)
{
    const struct conf_check *check;
    char text[CONF_ENDPOINT_TEXT_SIZE];
    unsigned number = 0;

    facts->header.length = 0;
    facts->name.length = 0;
    facts_write_endpoint(&server->key.addr, server->key.port, &facts->header);
    text_append(&facts->name, conf_server_text(text, &server->key));
    facts_begin(facts, FACTS_SERVER, "real_server", &server->position);
    facts_settings(facts, SCHEMA_REAL_SERVER, server);
    STAILQ_FOREACH(check, &server->checks, next) {
        facts->header.length = 0;
        facts->name.length = 0;
        text_append(&facts->header, "");
        text_appendf(&facts->name, "%u", ++number); /* a server may have several of a kind */
        facts_begin(facts, FACTS_CHECK, conf_name_of(conf_check_names, (int)check->kind),
                    &check->position);
        facts_settings(facts, build_check_kind(check->kind)->block, check);
        if (check->kind == CONF_CHECK_HTTP || check->kind == CONF_CHECK_SSL) {
            facts_urls(facts, check);
        }
        facts_end(facts);
    }
    facts_end(facts);
}

/* It belongs to the service and is a value of another structure, the sorry server. */
static void facts_sorry_forward(struct facts *facts, const struct conf_virtual_server *service)
{
    facts_line_begin(facts);
    if (facts_write_sorry_forward(service, NULL, &facts->value)) {
        facts_tell(facts, &(struct facts_value){
                              .keyword = "sorry_server_lvs_method",
                              .value = facts->value.data,
                              .position = origins_find(facts->conf->origins,
                                                       &service->sorry_server->forward),
                          });
    }
}

static void facts_group_line(struct facts *facts, const struct conf_group_entry *entry)
{
    char text[INET_ADDR_TEXT_SIZE];

    facts_line_begin(facts);
    if (entry->fwmark) {
        text_appendf(&facts->keyword, "fwmark %u%s%s", entry->fwmark, entry->family ? " " : "",
                     entry->family ? conf_name_of(conf_family_names, entry->family) : "");
    } else {
        struct inet_addr last = conf_address_after(&entry->first, entry->count - 1);

        text_append(&facts->keyword, inet_text(text, &entry->first));
        if (entry->count > 1) {
            text_appendf(&facts->keyword, "-%s", inet_text(text, &last));
        }
        text_appendf(&facts->keyword, " %u", entry->port);
    }
    facts_line(facts, NULL, &entry->position);
}

static void facts_service_groups(struct facts *facts)
{
    const struct conf_service_group *group;
    const struct conf_group_entry *entry;

    STAILQ_FOREACH(group, &facts->conf->service_groups, next) {
        facts_name(facts, group->name);
        facts_begin(facts, FACTS_SERVICE_GROUP, "virtual_server_group", &group->position);
        STAILQ_FOREACH(entry, &group->entries, next) {
            facts_group_line(facts, entry);
        }
        facts_end(facts);
    }
}

static void facts_services(struct facts *facts)
{
    const struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &facts->conf->virtual_servers, next) {
        const struct conf_real_server *server;

        facts->header.length = 0;
        facts->name.length = 0;
        if (service->group) {
            text_append(&facts->header, "group ");
            facts_write_word(service->group->name, &facts->header);
        } else if (service->key.fwmark) {
            text_appendf(&facts->header, "fwmark %u", service->key.fwmark);
        } else {
            facts_write_endpoint(&service->key.addr, service->key.port, &facts->header);
        }
        text_append(&facts->name, service->name);
        facts_begin(facts, FACTS_SERVICE, "virtual_server", &service->position);
        facts_settings(facts, SCHEMA_VIRTUAL_SERVER, service);
        facts_sorry_forward(facts, service);
        STAILQ_FOREACH(server, &service->servers, next) {
            facts_server(facts, server);
        }
        facts_end(facts);
    }
}

void facts_visit(const struct conf *conf, const struct facts_visitor *visitor, void *argument)
{
    struct facts facts = {.conf = conf, .visitor = visitor, .argument = argument};

    facts_global(&facts);
    facts_links(&facts);
    facts_static(&facts);
    facts_vrrp(&facts);
    facts_tls(&facts);
    facts_service_groups(&facts);
    facts_services(&facts);
    text_release(&facts.header);
    text_release(&facts.name);
    text_release(&facts.keyword);
    text_release(&facts.value);
}
