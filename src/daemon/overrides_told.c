/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of overrides: the section of the status document, which is also the answer to `overrides`.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/override.h"
#include "check/checker.h"
#include "control/protocol.h"
#include "control/snapshot.h"
#include "parser/conf.h"
#include "parser/patch.h"

#include <stdlib.h>

enum { TOLD_SLICE = 8 }; /* how many are looked at between two looks at the clock */

/* All of one moment; whether they have an effect is looked up behind it, little by little. */
struct told {
    const struct daemon *daemon;
    struct override_list list;
    bool *effects;
    size_t looked;
    struct checker_orders *orders;
};

static bool told_has_effect(const struct daemon *daemon, const struct override *override)
{
    const struct conf_instance *instance;

    switch (override->kind) {
    case OVERRIDE_DEMOTE:
    case OVERRIDE_PRIORITY:
        instance = daemon_find_instance(daemon, override->object);
        return instance && !daemon_find_owner(instance);
    case OVERRIDE_PAUSE:
        return checker_has(daemon->checker, override->object, override->part);
    case OVERRIDE_PEER_ADD:
    case OVERRIDE_PEER_DEL:
    case OVERRIDE_SERVER_ADD:
    case OVERRIDE_SERVER_DEL:
        return patch_is_done(daemon->conf, override);
    default:
        return true;
    }
}

static void *told_capture(void *argument)
{
    const struct daemon *daemon = argument;
    struct told *told = memory_new(1, sizeof(*told));

    told->daemon = daemon;
    told->list = override_copy(daemon_overrides(daemon));
    told->effects = memory_new(told->list.count + 1, sizeof(*told->effects));
    told->orders = checker_copy_orders(daemon->checker);
    return told;
}

static bool told_more(void *capture, int64_t until)
{
    struct told *told = capture;

    while (told->looked < told->list.count) {
        for (size_t i = 0; i < TOLD_SLICE && told->looked < told->list.count; i++) {
            told->effects[told->looked] =
                told_has_effect(told->daemon, override_at(&told->list, told->looked));
            told->looked++;
        }
        if (clock_now() >= until) {
            return true;
        }
    }
    return checker_look_at_orders(told->daemon->checker, told->orders, until);
}

static json_t *told_time(int64_t wall)
{
    char text[CLOCK_TEXT_SIZE];

    return wall ? json_string(clock_wall_text(text, wall)) : json_null();
}

static json_t *told_one(const struct override *override, bool effect)
{
    char text[OVERRIDE_TEXT_SIZE];

    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:b}", "kind",
                     override_word(override->kind), "object",
                     *override->object ? json_from_text(override->object) : json_null(), "part",
                     *override->part ? json_from_text(override->part) : json_null(), "text",
                     override_text(text, override), "like", override->like, "number",
                     (json_int_t) override->number, "by", json_from_text(override->by), "since",
                     told_time(override->since_wall), "until", told_time(override->until_wall),
                     "effect", effect);
}

static void told_add_order(json_t *section, json_t *order)
{
    const char *walls[] = {"since_wall", "until_wall"};
    const char *times[] = {"since", "until"};

    json_object_set_new(order, "kind", json_string("server"));
    for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
        json_object_set_new(order, times[i],
                            told_time(json_integer_value(json_object_get(order, walls[i]))));
        json_object_del(order, walls[i]);
    }
    json_array_append(section, order);
}

static json_t *told_render(const void *capture)
{
    const struct told *told = capture;
    json_t *orders = checker_list_orders(told->orders);
    json_t *section = json_array();
    json_t *order;
    size_t i;

    for (i = 0; i < told->list.count; i++) {
        json_array_append_new(section, told_one(override_at(&told->list, i), told->effects[i]));
    }
    json_array_foreach(orders, i, order) {
        told_add_order(section, order);
    }
    json_decref(orders);
    return section;
}

static void told_release(void *capture)
{
    struct told *told = capture;

    override_release(&told->list);
    checker_free_orders(told->orders);
    free(told->effects);
    free(told);
}

const struct snapshot_large daemon_section_overrides = {
    .capture = told_capture, .more = told_more, .render = told_render, .release = told_release};

void daemon_tell_overrides(struct daemon *daemon)
{
    daemon->overrides_told = snapshot_new(daemon->loop);
    snapshot_add_large(daemon->overrides_told, "overrides", &daemon_section_overrides, daemon);
    control_add_look(daemon->control, "overrides",
                     "what operators asked for beside the configuration", snapshot_answer,
                     daemon->overrides_told);
}
