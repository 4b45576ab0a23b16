/* SPDX-License-Identifier: Apache-2.0
 *
 * The difference of two IPVS tables as an ordered list of operations. How the kernel is told of them
 * is kernel_codec's, when they are made is sync's.
 */
#include "ipvs/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_FIRST_CAPACITY = 16 };

void plan_release(struct plan *plan)
{
    for (unsigned kind = 0; kind < PLAN_KINDS; kind++) {
        free(plan->lists[kind].operations);
    }
    memset(plan, 0, sizeof(*plan));
}

size_t plan_count(const struct plan *plan)
{
    size_t count = 0;

    for (unsigned kind = 0; kind < PLAN_KINDS; kind++) {
        count += plan->lists[kind].count;
    }
    return count;
}

const struct plan_operation *plan_at(const struct plan *plan, size_t index)
{
    const struct plan_list *list = plan->lists;

    while (index >= list->count) {
        index -= list->count;
        list++;
        assert(list < plan->lists + PLAN_KINDS);
    }
    return &list->operations[index];
}

bool plan_kind_is_of_destination(enum plan_kind kind)
{
    return kind == PLAN_ADD_DESTINATION || kind == PLAN_EDIT_DESTINATION ||
           kind == PLAN_REMOVE_DESTINATION;
}

bool plan_kind_is_of_daemon(enum plan_kind kind)
{
    return kind == PLAN_STOP_DAEMON || kind == PLAN_START_DAEMON;
}

static struct plan_operation *plan_append(struct plan *plan, enum plan_kind kind)
{
    struct plan_list *list = &plan->lists[kind];
    struct plan_operation *operation;

    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : PLAN_FIRST_CAPACITY;
        list->operations =
            memory_resize(list->operations, list->capacity, sizeof(*list->operations));
    }
    operation = &list->operations[list->count++];
    memset(operation, 0, sizeof(*operation));
    operation->kind = kind;
    return operation;
}

static void plan_append_service(struct plan *plan, enum plan_kind kind,
                                const struct table_service *service)
{
    struct plan_operation *operation = plan_append(plan, kind);

    operation->service = service->key;
    operation->service_settings = service->settings;
}

static void plan_append_destination(struct plan *plan, enum plan_kind kind,
                                    const struct conf_service_key *service,
                                    const struct table_destination *destination)
{
    struct plan_operation *operation = plan_append(plan, kind);

    operation->service = *service;
    operation->server = destination->key;
    operation->destination_settings = destination->settings;
}

void plan_flush(struct plan *plan)
{
    (void)plan_append(plan, PLAN_FLUSH);
}

static void plan_diff_destinations(struct plan *plan, const struct table_service *actual,
                                   const struct table_service *wanted)
{
    struct table_destination *destination;
    struct table_destination *next;

    HASH_ITER(hh, wanted->destinations, destination, next) {
        const struct table_destination *old =
            actual ? table_find_destination(actual, &destination->key) : NULL;

        if (!old) {
            plan_append_destination(plan, PLAN_ADD_DESTINATION, &wanted->key, destination);
        } else if (!table_destination_settings_equal(&old->settings, &destination->settings)) {
            plan_append_destination(plan, PLAN_EDIT_DESTINATION, &wanted->key, destination);
        }
    }
    if (!actual) {
        return;
    }
    HASH_ITER(hh, actual->destinations, destination, next) {
        if (!table_find_destination(wanted, &destination->key)) {
            plan_append_destination(plan, PLAN_REMOVE_DESTINATION, &wanted->key, destination);
        }
    }
}

void plan_diff(struct plan *plan, const struct table *actual, const struct table *wanted,
               const struct table *retired)
{
    struct table_service *service;
    struct table_service *next;

    HASH_ITER(hh, wanted->services, service, next) {
        const struct table_service *old = table_find_service(actual, &service->key);

        if (!old) {
            plan_append_service(plan, PLAN_ADD_SERVICE, service);
        } else if (!table_service_settings_equal(&old->settings, &service->settings)) {
            plan_append_service(plan, PLAN_EDIT_SERVICE, service);
        }
        plan_diff_destinations(plan, old, service);
    }
    HASH_ITER(hh, retired->services, service, next) {
        if (table_find_service(actual, &service->key) &&
            !table_find_service(wanted, &service->key)) {
            plan_append_service(plan, PLAN_REMOVE_SERVICE, service);
        }
    }
}

/* What is to be set: nothing where the kernel has the value, or where none is wanted. */
static uint32_t plan_timeout(uint32_t actual_s, uint32_t wanted_s)
{
    return wanted_s == actual_s ? 0 : wanted_s;
}

void plan_diff_timeouts(struct plan *plan, const struct conf_ipvs_timeouts *actual,
                        const struct conf_ipvs_timeouts *wanted)
{
    const struct conf_ipvs_timeouts timeouts = {
        .tcp_s = plan_timeout(actual->tcp_s, wanted->tcp_s),
        .tcp_fin_s = plan_timeout(actual->tcp_fin_s, wanted->tcp_fin_s),
        .udp_s = plan_timeout(actual->udp_s, wanted->udp_s),
    };

    if (timeouts.tcp_s || timeouts.tcp_fin_s || timeouts.udp_s) {
        plan_append(plan, PLAN_SET_TIMEOUTS)->timeouts = timeouts;
    }
}

static void plan_append_daemon(struct plan *plan, enum plan_kind kind, enum table_daemon_role role,
                               const struct table_daemon *daemon)
{
    struct plan_operation *operation = plan_append(plan, kind);

    operation->role = role;
    operation->daemon = *daemon;
}

void plan_diff_daemons(struct plan *plan, const struct table_daemon actual[TABLE_DAEMON_ROLES],
                       const struct table_daemon wanted[TABLE_DAEMON_ROLES])
{
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        enum table_daemon_role role = (enum table_daemon_role)i;

        if (table_daemon_fits(&actual[i], &wanted[i])) {
            continue;
        }
        if (actual[i].running) {
            plan_append_daemon(plan, PLAN_STOP_DAEMON, role, &actual[i]);
        }
        if (wanted[i].running) {
            plan_append_daemon(plan, PLAN_START_DAEMON, role, &wanted[i]);
        }
    }
}

/* A flush leaves timeouts and daemons. */
static void plan_apply_flush(struct table *table, const struct plan_operation *operation)
{
    struct table left = *table;

    (void)operation;
    table_release(table);
    left.services = NULL;
    *table = left;
}

static void plan_apply_stopped_daemon(struct table *table, const struct plan_operation *operation)
{
    table->daemons[operation->role] = (struct table_daemon){0};
}

static void plan_apply_daemon(struct table *table, const struct plan_operation *operation)
{
    table->daemons[operation->role] = operation->daemon;
}

static void plan_apply_timeouts(struct table *table, const struct plan_operation *operation)
{
    struct conf_ipvs_timeouts *timeouts = &table->timeouts;
    const struct conf_ipvs_timeouts *fresh = &operation->timeouts;

    timeouts->tcp_s = fresh->tcp_s ? fresh->tcp_s : timeouts->tcp_s;
    timeouts->tcp_fin_s = fresh->tcp_fin_s ? fresh->tcp_fin_s : timeouts->tcp_fin_s;
    timeouts->udp_s = fresh->udp_s ? fresh->udp_s : timeouts->udp_s;
}

static void plan_apply_service(struct table *table, const struct plan_operation *operation)
{
    table_put_service(table, &operation->service)->settings = operation->service_settings;
}

static void plan_apply_destination(struct table *table, const struct plan_operation *operation)
{
    struct table_service *service = table_find_service(table, &operation->service);

    if (service) {
        table_put_destination(service, &operation->server)->settings =
            operation->destination_settings;
    }
}

static void plan_apply_removed_destination(struct table *table,
                                           const struct plan_operation *operation)
{
    struct table_service *service = table_find_service(table, &operation->service);
    struct table_destination *destination =
        service ? table_find_destination(service, &operation->server) : NULL;

    if (destination) {
        table_remove_destination(service, destination);
    }
}

static void plan_apply_removed_service(struct table *table, const struct plan_operation *operation)
{
    struct table_service *service = table_find_service(table, &operation->service);

    if (service) {
        table_remove_service(table, service);
    }
}

void plan_apply(struct table *table, const struct plan_operation *operation)
{
    static void (*const functions[PLAN_KINDS])(struct table *, const struct plan_operation *) = {
        [PLAN_FLUSH] = plan_apply_flush,
        [PLAN_SET_TIMEOUTS] = plan_apply_timeouts,
        [PLAN_STOP_DAEMON] = plan_apply_stopped_daemon,
        [PLAN_ADD_SERVICE] = plan_apply_service,
        [PLAN_ADD_DESTINATION] = plan_apply_destination,
        [PLAN_EDIT_SERVICE] = plan_apply_service,
        [PLAN_EDIT_DESTINATION] = plan_apply_destination,
        [PLAN_REMOVE_DESTINATION] = plan_apply_removed_destination,
        [PLAN_REMOVE_SERVICE] = plan_apply_removed_service,
        [PLAN_START_DAEMON] = plan_apply_daemon,
    };

    functions[operation->kind](table, operation);
}
