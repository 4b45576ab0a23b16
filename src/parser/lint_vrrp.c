/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints over instances and sync groups: who can become master and who can cease to be, where
 * addresses lie, at what pace groups move. What weights do is vrrp/track.c's. Pure.
 */
#include "parser/lint_view.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINT_PRIORITY_LOWEST = 1,    /* 0 means "giving up": RFC 9568 5.2.4 */
    LINT_PRIORITY_HIGHEST = 254, /* with trackers; 255 is for address owners */
    LINT_PREFIX_BITS = 128,      /* of IPv6: the longest prefix */
};

/* ---- Trackers -------------------------------------------------------------------------------- */

/* What lines of track_interface and track_script have in common. */
struct lint_tracker {
    const char *name;
    const struct conf_script *script; /* NULL: an interface */
    int weight;
    bool reverse;
    const struct conf_position *position;
};

struct lint_trackers {
    struct lint_tracker *items;
    size_t count;
};

static size_t lint_count_trackers(const struct conf_instance *instance)
{
    const struct conf_track_interface *interface;
    const struct conf_track_script *script;
    size_t count = 0;

    STAILQ_FOREACH(interface, &instance->track_interfaces, next) {
        count++;
    }
    STAILQ_FOREACH(script, &instance->track_scripts, next) {
        count++;
    }
    return count;
}

static struct lint_trackers lint_list_trackers(const struct lint_view *view,
                                               const struct conf_instance *instance)
{
    const struct conf_track_interface *interface;
    const struct conf_track_script *script;
    struct lint_trackers list = {0};

    list.items = arena_alloc(view->build->scratch,
                             (lint_count_trackers(instance) + 1) * sizeof(*list.items));
    STAILQ_FOREACH(interface, &instance->track_interfaces, next) {
        list.items[list.count++] =
            (struct lint_tracker){interface->interface, NULL, interface->weight, interface->reverse,
                                  &interface->position};
    }
    STAILQ_FOREACH(script, &instance->track_scripts, next) {
        list.items[list.count++] =
            (struct lint_tracker){script->script->name, &script->script->script, script->weight,
                                  script->reverse, &script->position};
    }
    return list;
}

/* What a tracker adds to the priority at the most. */
static int lint_most_added(const struct lint_tracker *tracker)
{
    return tracker->reverse == (tracker->weight < 0) ? abs(tracker->weight) : 0;
}

/* ---- never-takes-over ------------------------------------------------------------------------ */

/* What a tracker looks at: two of the same key always say the same. */
static const char *lint_tracker_key(const struct lint_view *view,
                                    const struct lint_tracker *tracker, size_t *size)
{
    struct text_buffer key = {0};
    const char *kept;

    text_append(&key, tracker->script ? "script" : "interface");
    if (!tracker->script) {
        text_append(&key, tracker->name);
    }
    for (size_t i = 0; tracker->script && tracker->script->argv[i]; i++) {
        text_append_n(&key, tracker->script->argv[i], strlen(tracker->script->argv[i]) + 1);
    }
    if (tracker->script && tracker->script->user) {
        text_append(&key, tracker->script->user);
    }
    kept = arena_copy(view->build->scratch, key.data, key.length);
    *size = key.length;
    text_release(&key);
    return kept;
}

/* An instance that is in FAULT unless something is good (or bad, if reverse). */
struct lint_demand {
    const struct conf_instance *instance;
    struct lint_tracker tracker;
};

static void lint_add_demand(const struct lint_view *view, struct lookup *demands,
                            const struct conf_instance *instance,
                            const struct lint_tracker *tracker)
{
    struct lint_demand *demand = arena_alloc(view->build->scratch, sizeof(*demand));
    size_t size;
    const char *key = lint_tracker_key(view, tracker, &size);

    *demand = (struct lint_demand){instance, *tracker};
    (void)lookup_add(demands, key, size, demand);
}

static void lint_add_demands(const struct lint_view *view, struct lookup *demands,
                             const struct conf_instance *instance)
{
    struct lint_trackers trackers = lint_list_trackers(view, instance);

    if (instance->track_primary) {
        lint_add_demand(
            view, demands, instance,
            &(struct lint_tracker){.name = instance->interface, .position = &instance->position});
    }
    for (size_t i = 0; i < trackers.count; i++) {
        if (!trackers.items[i].weight && !trackers.items[i].reverse) {
            lint_add_demand(view, demands, instance, &trackers.items[i]);
        }
    }
}

static bool lint_report_fault(const struct lint_view *view, enum lint lint, const char *subject,
                              const struct lint_demand *bad, const struct lint_demand *good)
{
    const char *state = bad->tracker.script ? "to fail" : "to be down";
    const char *other = good->tracker.script ? "to succeed" : "to be up";
    struct source_place place = lint_place(bad->tracker.position, bad->tracker.name);
    struct source_place first = lint_place(
        good->tracker.position,
        good->tracker.position == &good->instance->position ? "vrrp_instance" : good->tracker.name);

    if (!source_lint(view->build->source, lint, &place,
                     "%s is always in FAULT, so it never takes over: %s needs %s %s, and %s needs "
                     "%s %s; remove it here, or give it a weight",
                     subject, bad->instance->name, bad->tracker.name, state, good->instance->name,
                     good->tracker.name, other)) {
        return false;
    }
    source_note(view->build->source, &first, "%s needs %s %s", good->instance->name,
                good->tracker.name, other);
    return true;
}

/* Instances that are in FAULT together. @return whether a reason for FAULT without end was told */
static bool lint_judge_demands(const struct lint_view *view, enum lint lint, const char *subject,
                               const struct lookup *demands, const struct conf_instance *instance)
{
    struct lint_trackers trackers = lint_list_trackers(view, instance);

    for (size_t i = 0; i < trackers.count; i++) {
        const struct lint_demand bad = {instance, trackers.items[i]};
        const struct lint_demand *good;
        const char *key;
        size_t size;

        if (bad.tracker.weight || !bad.tracker.reverse) {
            continue;
        }
        key = lint_tracker_key(view, &bad.tracker, &size);
        good = lookup_find(demands, key, size);
        if (good && lint_report_fault(view, lint, subject, &bad, good)) {
            return true;
        }
    }
    return false;
}

static void lint_group_fault(const struct lint_view *view, enum lint lint,
                             const struct conf_sync_group *group)
{
    struct lookup *demands = lookup_new(view->build->scratch);
    const struct conf_group_member *member;
    const char *subject = arena_format(view->build->scratch, "the vrrp_sync_group %s", group->name);

    STAILQ_FOREACH(member, &group->members, next) {
        lint_add_demands(view, demands, member->instance);
    }
    STAILQ_FOREACH(member, &group->members, next) {
        if (lint_judge_demands(view, lint, subject, demands, member->instance)) {
            break;
        }
    }
    lookup_free(demands);
}

static void lint_instance_fault(const struct lint_view *view, enum lint lint,
                                const struct conf_instance *instance)
{
    struct lookup *demands = lookup_new(view->build->scratch);

    lint_add_demands(view, demands, instance);
    (void)lint_judge_demands(view, lint, instance->name, demands, instance);
    lookup_free(demands);
}

static void lint_nopreempt_weights(const struct lint_view *view, enum lint lint,
                                   const struct build_instance *extra)
{
    struct lint_trackers trackers = lint_list_trackers(view, extra->instance);
    const struct source_place *place = build_mark(view->build, &extra->marks, "nopreempt");

    for (size_t i = 0; i < trackers.count; i++) {
        struct source_place weight = lint_place(trackers.items[i].position, trackers.items[i].name);

        if (!trackers.items[i].weight) {
            continue;
        }
        if (source_lint(view->build->source, lint, place,
                        "with nopreempt %s never takes over because of priorities, so no tracker's "
                        "weight here or on another director moves the addresses to it; track "
                        "without a weight on all directors, or remove nopreempt",
                        extra->instance->name)) {
            source_note(view->build->source, &weight, "%s has the weight %d",
                        trackers.items[i].name, trackers.items[i].weight);
        }
        return;
    }
}

void lint_never_takes_over(struct lint_view *view, enum lint lint)
{
    const struct build_instance *extra;
    const struct conf_sync_group *group;

    STAILQ_FOREACH(extra, &view->build->instances, next) {
        if (!extra->instance->preempt) {
            lint_nopreempt_weights(view, lint, extra);
        }
        if (!extra->instance->sync_group) {
            lint_instance_fault(view, lint, extra->instance);
        }
    }
    STAILQ_FOREACH(group, &view->conf->sync_groups, next) {
        lint_group_fault(view, lint, group);
    }
}

/* ---- never-yields ---------------------------------------------------------------------------- */

static int lint_clamp_priority(int priority)
{
    return priority < LINT_PRIORITY_LOWEST    ? LINT_PRIORITY_LOWEST
           : priority > LINT_PRIORITY_HIGHEST ? LINT_PRIORITY_HIGHEST
                                              : priority;
}

/* What to do where a weight is lost above the highest priority. */
static void lint_write_lower(int added, struct text_buffer *out)
{
    if (LINT_PRIORITY_HIGHEST - added >= LINT_PRIORITY_LOWEST) {
        text_appendf(out, "make priority at most %d", LINT_PRIORITY_HIGHEST - added);
    } else {
        text_append(out, "give the trackers smaller weights");
    }
}

/* @param added  what all trackers add where each is at its better side */
static void lint_judge_weight(const struct lint_view *view, enum lint lint,
                              const struct conf_instance *instance,
                              const struct lint_tracker *tracker, int added)
{
    struct source_place place = lint_place(tracker->position, tracker->name);
    int best = instance->priority + added;
    struct text_buffer cure = {0};

    if (instance->priority == CONF_PRIORITY_OWNER) {
        (void)source_lint(view->build->source, lint, &place,
                          "%s has priority 255, the owner of the addresses, whose priority never "
                          "changes: the weight %d of %s does nothing; use priority 1..254, or no "
                          "weight",
                          instance->name, tracker->weight, tracker->name);
    } else if (lint_clamp_priority(best) != lint_clamp_priority(best - abs(tracker->weight))) {
        return;
    } else if (best <= LINT_PRIORITY_LOWEST) {
        (void)source_lint(view->build->source, lint, &place,
                          "%s has priority %d already, the lowest there is: the weight %d of %s "
                          "does nothing; use a higher priority, or no weight",
                          instance->name, instance->priority, tracker->weight, tracker->name);
    } else {
        lint_write_lower(added, &cure);
        (void)source_lint(view->build->source, lint, &place,
                          "with the weights of its trackers %s comes to %d, which counts as %d, "
                          "and so does %d without %s: its weight %d alone does nothing; %s",
                          instance->name, best, LINT_PRIORITY_HIGHEST, best - abs(tracker->weight),
                          tracker->name, tracker->weight, cure.data);
        text_release(&cure);
    }
}

void lint_never_yields(struct lint_view *view, enum lint lint)
{
    const struct conf_instance *instance;

    STAILQ_FOREACH(instance, &view->conf->instances, next) {
        struct lint_trackers trackers = lint_list_trackers(view, instance);
        int added = 0;

        for (size_t i = 0; i < trackers.count; i++) {
            added += lint_most_added(&trackers.items[i]);
        }
        for (size_t i = 0; i < trackers.count; i++) {
            if (trackers.items[i].weight) {
                lint_judge_weight(view, lint, instance, &trackers.items[i], added);
            }
        }
    }
}

/* ---- vip-not-local --------------------------------------------------------------------------- */

_Static_assert(sizeof(struct inet_prefix) == 18, "a subnet is a key without hidden padding");

static bool lint_is_host(const struct inet_prefix *prefix)
{
    return prefix->length == inet_family_bits(prefix->addr.family);
}

/* The subnets that somebody is in, for finding those that an address is in. */
struct lint_subnets {
    struct lookup *networks;            /* by struct inet_prefix with its host's bits cleared */
    bool lengths[LINT_PREFIX_BITS + 1]; /* those that any of them has, of either family */
};

static struct inet_prefix lint_network(const struct inet_addr *addr, uint8_t length)
{
    struct inet_prefix network = {*addr, length};

    for (size_t i = 0; i < sizeof(network.addr.bytes); i++) {
        unsigned bits = length > i * 8 ? length - (unsigned)i * 8 : 0;

        network.addr.bytes[i] &= (uint8_t)(bits >= 8 ? 0xff : 0xff00U >> bits);
    }
    return network;
}

static void lint_add_subnet(const struct lint_view *view, struct lint_subnets *subnets,
                            const struct inet_prefix *prefix)
{
    struct inet_prefix *network;

    if (!inet_is_set(&prefix->addr) || lint_is_host(prefix)) {
        return;
    }
    network = arena_alloc(view->build->scratch, sizeof(*network));
    *network = lint_network(&prefix->addr, prefix->length);
    (void)lookup_add(subnets->networks, network, sizeof(*network), network);
    subnets->lengths[prefix->length] = true;
}

/* Subnets of the machine, and those that the file itself makes. */
static void lint_collect_subnets(const struct lint_view *view, struct lint_subnets *subnets)
{
    const struct conf_instance *instance;
    const struct conf_address *address;

    for (size_t i = 0; i < view->machine->count; i++) {
        lint_add_subnet(view, subnets, &view->machine->subnets[i].prefix);
    }
    STAILQ_FOREACH(instance, &view->conf->instances, next) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            lint_add_subnet(view, subnets, &address->prefix);
        }
    }
}

static bool lint_is_local(const struct lint_subnets *subnets, const struct inet_addr *addr)
{
    for (uint8_t length = 0; length < inet_family_bits(addr->family); length++) {
        struct inet_prefix network = lint_network(addr, length);

        if (subnets->lengths[length] && lookup_find(subnets->networks, &network, sizeof(network))) {
            return true;
        }
    }
    return false;
}

static void lint_judge_address(const struct lint_view *view, enum lint lint,
                               const struct lint_subnets *subnets,
                               const struct conf_address *address)
{
    char text[INET_ADDR_TEXT_SIZE];
    struct source_place place =
        lint_place(&address->position, inet_text(text, &address->prefix.addr));

    if (!lint_is_host(&address->prefix) || strcmp(address->device, "lo") == 0 ||
        !lookup_find(view->interfaces, address->device, strlen(address->device)) ||
        lint_is_local(subnets, &address->prefix.addr)) {
        return;
    }
    (void)source_lint(view->build->source, lint, &place,
                      "%s is in no subnet of this machine, so nobody on %s asks for it and only "
                      "a router with a route to here sends to it; correct it, or type its prefix "
                      "length (%s/LENGTH) to make its subnet local",
                      text, address->device, text);
}

void lint_vip_not_local(struct lint_view *view, enum lint lint)
{
    struct lint_subnets subnets = {0};
    const struct conf_instance *instance;
    const struct conf_address *address;

    if (!view->machine) {
        return;
    }
    subnets.networks = lookup_new(view->build->scratch);
    lint_collect_subnets(view, &subnets);
    STAILQ_FOREACH(instance, &view->conf->instances, next) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            lint_judge_address(view, lint, &subnets, address);
        }
    }
    lookup_free(subnets.networks);
}

/* ---- group-advert-interval ------------------------------------------------------------------- */

static void lint_judge_interval(const struct lint_view *view, enum lint lint,
                                const struct conf_sync_group *group,
                                const struct conf_group_member *first,
                                const struct conf_group_member *member)
{
    struct source_place place = lint_place(&member->position, member->name);
    struct source_place first_place = lint_place(&first->position, first->name);
    struct text_buffer own = {0};
    struct text_buffer other = {0};

    lint_write_seconds(member->instance->advert_interval, &own);
    lint_write_seconds(first->instance->advert_interval, &other);
    if (source_lint(view->build->source, lint, &place,
                    "%s sends adverts every %s, and %s of the same group every %s: they notice a "
                    "lost master at different times, so the group %s waits for the slower one; "
                    "use one advert_int for all members",
                    member->name, own.data, first->name, other.data, group->name)) {
        source_note(view->build->source, &first_place, "%s is the first member", first->name);
    }
    text_release(&own);
    text_release(&other);
}

void lint_group_advert_interval(struct lint_view *view, enum lint lint)
{
    const struct conf_sync_group *group;
    const struct conf_group_member *member;

    STAILQ_FOREACH(group, &view->conf->sync_groups, next) {
        const struct conf_group_member *first = STAILQ_FIRST(&group->members);

        STAILQ_FOREACH(member, &group->members, next) {
            if (member->instance->advert_interval != first->instance->advert_interval) {
                lint_judge_interval(view, lint, group, first, member);
            }
        }
    }
}
