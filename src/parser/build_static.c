/* SPDX-License-Identifier: Apache-2.0
 *
 * track_group, and what becomes of static entries when the whole text has been read: each goes to the
 * group that it names, whose instances are named. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/lookup.h"
#include "parser/validate.h"

#include <string.h>

enum { STATIC_GROUP_LENGTH = 64 };

#define STATIC_DEVICE "eth0" /* of static addresses where nothing names one: keepalived's */

void build_init_static(struct conf_static *entries)
{
    STAILQ_INIT(&entries->addresses);
    STAILQ_INIT(&entries->routes);
    STAILQ_INIT(&entries->rules);
}

/* ---- track_group ----------------------------------------------------------------------------- */

static void static_add_member(struct build *build, struct build_frame *frame,
                              const struct lexer_token *token)
{
    struct conf_track_group *group = frame->object;
    struct conf_group_member *member = arena_alloc(build->arena, sizeof(*member));

    member->name = arena_text_n(build->arena, token->text, token->length);
    member->position = token->place.position;
    STAILQ_INSERT_TAIL(&group->members, member, next);
}

void build_read_track_group_members(struct build *build, struct build_frame *frame,
                                    const struct schema_row *row)
{
    build_read_words(build, frame, row, static_add_member);
}

void build_read_track_group(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct build_frame inner;
    struct conf_track_group *group = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);

    build_enter(&inner, frame, row->opens);
    group->name = build_read_name(build, frame, row);
    group->position = frame->keyword.position;
    STAILQ_INIT(&group->members);
    build_init_static(&group->entries);
    inner.object = group;
    inner.name = group->name;
    if (group->name && strlen(group->name) > STATIC_GROUP_LENGTH) {
        source_error(build->source, &inner.place, "the name of a track_group has at most %d bytes",
                     STATIC_GROUP_LENGTH);
    }
    (void)build_read_block(build, &inner);
    if (group->name &&
        build_add_name(build, build->track_group_names, row, group->name, &inner.place, group)) {
        STAILQ_INSERT_TAIL(&build->conf->track_groups, group, next);
    }
}

/* ---- Everything has been read ---------------------------------------------------------------- */

static void static_finish_members(struct build *build, struct conf_track_group *group)
{
    struct conf_group_member_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_group_member *member;

    while ((member = STAILQ_FIRST(&group->members))) {
        struct source_place place = source_at(member->position, (uint32_t)strlen(member->name));
        struct build_instance *extra =
            build_find_name(build, build->instance_names, "vrrp_instance", member->name, &place);

        STAILQ_REMOVE_HEAD(&group->members, next);
        if (extra) {
            member->instance = extra->instance;
            STAILQ_INSERT_TAIL(&kept, member, next);
        }
    }
    STAILQ_CONCAT(&group->members, &kept);
}

/* The entries of the group that a line names; those without a group where it names none. */
static struct conf_static *static_entries_of(struct build *build, const char *name,
                                             const struct conf_position *position)
{
    struct source_place place = source_at(*position, 1);
    struct conf_track_group *group;

    if (!name) {
        return &build->conf->entries;
    }
    group = build_find_name(build, build->track_group_names, "track_group", name, &place);
    return group ? &group->entries : &build->conf->entries;
}

static void static_finish_addresses(struct build *build)
{
    struct conf_address_list all = STAILQ_HEAD_INITIALIZER(all);
    const char *device = build->conf->global.default_interface;
    struct conf_address *address;

    STAILQ_CONCAT(&all, &build->conf->entries.addresses);
    while ((address = STAILQ_FIRST(&all))) {
        STAILQ_REMOVE_HEAD(&all, next);
        if (!address->device) {
            address->device = device ? device : STATIC_DEVICE;
        }
        STAILQ_INSERT_TAIL(
            &static_entries_of(build, address->track_group, &address->position)->addresses, address,
            next);
    }
}

static void static_finish_routes(struct build *build)
{
    struct conf_route_list all = STAILQ_HEAD_INITIALIZER(all);
    struct conf_route *route;

    STAILQ_CONCAT(&all, &build->conf->entries.routes);
    validate_routes(build, &all);
    while ((route = STAILQ_FIRST(&all))) {
        STAILQ_REMOVE_HEAD(&all, next);
        STAILQ_INSERT_TAIL(&static_entries_of(build, route->track_group, &route->position)->routes,
                           route, next);
    }
}

static void static_finish_rules(struct build *build)
{
    struct conf_rule_list all = STAILQ_HEAD_INITIALIZER(all);
    struct conf_rule *rule;

    STAILQ_CONCAT(&all, &build->conf->entries.rules);
    validate_rules(build, &all);
    while ((rule = STAILQ_FIRST(&all))) {
        STAILQ_REMOVE_HEAD(&all, next);
        STAILQ_INSERT_TAIL(&static_entries_of(build, rule->track_group, &rule->position)->rules,
                           rule, next);
    }
}

void build_finish_static(struct build *build)
{
    struct conf_track_group *group;

    STAILQ_FOREACH(group, &build->conf->track_groups, next) {
        static_finish_members(build, group);
    }
    static_finish_addresses(build);
    static_finish_routes(build);
    static_finish_rules(build);
    validate_static(build);
}
