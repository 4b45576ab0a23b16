/* SPDX-License-Identifier: Apache-2.0
 *
 * The pace of announcements: garp_group, garp_extra_if. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <string.h>

#define PACE_SECOND        INT64_C(1000000000)
#define PACE_LONGEST_EXTRA (86400 * PACE_SECOND)

/* ---- garp_group ------------------------------------------------------------------------------ */

static void pace_add_interface(struct build *build, struct build_frame *frame,
                               const struct lexer_token *token)
{
    struct conf_garp_group *group = frame->object;
    const char *name = build_read_interface(build, "interfaces", token);
    struct conf_interface *interface;

    if (!name) {
        return;
    }
    interface = arena_alloc(build->arena, sizeof(*interface));
    interface->name = name;
    interface->position = token->place.position;
    STAILQ_INSERT_TAIL(&group->interfaces, interface, next);
}

void build_read_garp_interface(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct lexer_token token;

    if (build_argument(build, frame, row, &token)) {
        pace_add_interface(build, frame, &token);
    }
}

void build_read_garp_interfaces(struct build *build, struct build_frame *frame,
                                const struct schema_row *row)
{
    build_read_words(build, frame, row, pace_add_interface);
}

/* The group that an interface is in already; NULL: none. */
static const struct conf_garp_group *pace_find_group(const struct build *build, const char *name)
{
    const struct conf_garp_group *group;
    const struct conf_interface *interface;

    STAILQ_FOREACH(group, &build->conf->garp_groups, next) {
        STAILQ_FOREACH(interface, &group->interfaces, next) {
            if (strcmp(interface->name, name) == 0) {
                return group;
            }
        }
    }
    return NULL;
}

/* An interface has one pace. */
static void pace_check_group(struct build *build, const struct conf_garp_group *group)
{
    const struct conf_interface *interface;

    STAILQ_FOREACH(interface, &group->interfaces, next) {
        const struct conf_garp_group *other = pace_find_group(build, interface->name);
        struct source_place place =
            source_at(interface->position, (uint32_t)strlen(interface->name));

        if (other) {
            source_error(build->source, &place,
                         "%s is in the garp_group in line %u already; an interface has one pace: "
                         "name it once",
                         interface->name, other->position.line);
        }
    }
}

void build_read_garp_group(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct conf_garp_group *group = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    group->position = frame->keyword.position;
    STAILQ_INIT(&group->interfaces);
    inner.object = group;
    (void)build_read_block(build, &inner);
    if (expand_left_out(build->expand)) {
        return;
    }
    pace_check_group(build, group);
    if (!group->garp_interval && !group->gna_interval) {
        source_warning(build->source, &frame->keyword,
                       "this garp_group has neither garp_interval nor gna_interval, and no effect; "
                       "add one: garp_interval 0.001");
    } else if (STAILQ_EMPTY(&group->interfaces)) {
        source_warning(
            build->source, &frame->keyword,
            "this garp_group names no interface, and has no effect; add: interface IFNAME");
    } else {
        STAILQ_INSERT_TAIL(&build->conf->garp_groups, group, next);
    }
}

/* ---- garp_extra_if --------------------------------------------------------------------------- */

/* `[all] SECONDS`, in any order; one number, as struct build_global and build_instance keep it. */
void build_read_extra_garp(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct lexer_token token;
    int64_t value = BUILD_UNSET;
    bool all = false;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    do {
        if (strcmp(token.text, "all") == 0 && !token.quoted) {
            all = true;
        } else if (!build_read_whole_seconds(build, row->name, &token, row->minimum,
                                             PACE_LONGEST_EXTRA, &value)) {
            return;
        }
    } while (build_optional(build, frame, &token));
    if (value == BUILD_UNSET) {
        source_error(build->source, &frame->keyword, "%s lacks the seconds; add: %s all 60",
                     row->name, row->name);
        return;
    }
    build_store(frame, row, value && all ? value + BUILD_GARP_EXTRA_ALL : value);
}

/* A bare word stands for the highest priority that another router can have. */
void build_read_late_priority(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct lexer_token token;
    int64_t value = row->maximum;

    if (!build_optional(build, frame, &token) ||
        build_read_number(build, row->name, &token, row->minimum, row->maximum, &value)) {
        build_store(frame, row, value);
    }
}
