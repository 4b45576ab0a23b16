/* SPDX-License-Identifier: Apache-2.0
 *
 * Which interfaces an instance cannot do without, besides its own: keepalived-reference.md B27, B28.
 * Found here once, so that a thousand addresses on one interface are one look-up at work. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/lookup.h"

#include <string.h>

struct needs {
    struct build *build;
    struct conf_instance *instance;
    struct lookup *virtual; /* the names of all interfaces that are made for instances */
    struct lookup *seen;    /* what has been told of, by whatever words; NULL: nothing yet */
};

/* track_interface says itself what an interface is worth. */
static void needs_leave_out(struct needs *needs)
{
    struct conf_track_interface *tracked;

    STAILQ_FOREACH(tracked, &needs->instance->track_interfaces, next) {
        (void)lookup_add(needs->seen, tracked->interface, strlen(tracked->interface), tracked);
    }
}

/* The state of its own interface counts by itself, unless dont_track_primary. */
static void needs_add(struct needs *needs, const char *name, const struct conf_position *position)
{
    struct conf_interface *one;
    size_t size = name ? strlen(name) : 0;

    if (!size || strcmp(name, needs->instance->interface) == 0 ||
        lookup_find(needs->virtual, name, size)) {
        return;
    }
    if (!needs->seen) {
        needs->seen = lookup_new(needs->build->scratch);
        needs_leave_out(needs);
    }
    if (lookup_find(needs->seen, name, size)) {
        return;
    }
    one = arena_alloc(needs->build->arena, sizeof(*one));
    one->name = name;
    one->position = *position;
    (void)lookup_add(needs->seen, name, size, one);
    STAILQ_INSERT_TAIL(&needs->instance->needs, one, next);
}

static void needs_of_instance(struct build *build, struct conf_instance *instance,
                              struct lookup *virtual)
{
    struct needs needs = {.build = build, .instance = instance, .virtual = virtual};
    const struct conf_address *address;
    const struct conf_route *route;
    const struct conf_route_hop *hop;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (address->track) {
            needs_add(&needs, address->vmac ? address->vmac->parent : address->device,
                      &address->position);
        }
    }
    STAILQ_FOREACH(route, &instance->routes, next) {
        if (route->track) {
            STAILQ_FOREACH(hop, &route->hops, next) {
                needs_add(&needs, hop->device, &route->position);
            }
        }
    }
    lookup_free(needs.seen);
}

void build_finish_needs(struct build *build)
{
    struct lookup *virtual = lookup_new(build->scratch);
    struct conf_instance *instance;
    struct conf_vmac *vmac;

    STAILQ_FOREACH(instance, &build->conf->instances, next) {
        STAILQ_FOREACH(vmac, &instance->vmacs, next) {
            if (vmac->name) {
                (void)lookup_add(virtual, vmac->name, strlen(vmac->name), vmac);
            }
        }
    }
    STAILQ_FOREACH(instance, &build->conf->instances, next) {
        needs_of_instance(build, instance, virtual);
    }
    lookup_free(virtual);
}
