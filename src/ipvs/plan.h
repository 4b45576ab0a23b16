/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan: the operations that turn the kernel's IPVS table into the wanted one, and nothing beside
 * them. Pure.
 *
 * A plan makes before it breaks: services are added, then destinations, then services and
 * destinations are edited, and removals come last. So a service is never without its new servers
 * because its old ones left first. Nothing but a key is beyond an edit (see table.h), hence nothing
 * is ever removed in order to be added again.
 *
 * Ours is what stands in the wanted table or among the retired services. Whatever else the kernel
 * holds is somebody else's and gets no operation. A service is ours with all its destinations.
 */
#ifndef HOLDFAST_IPVS_PLAN_H
#define HOLDFAST_IPVS_PLAN_H

#include "ipvs/table.h"

/* In the order in which a plan carries them out. */
enum plan_kind {
    PLAN_FLUSH, /* remove every service, whoever made it */
    PLAN_SET_TIMEOUTS,
    PLAN_STOP_DAEMON,
    PLAN_ADD_SERVICE,
    PLAN_ADD_DESTINATION,
    PLAN_EDIT_SERVICE,
    PLAN_EDIT_DESTINATION,
    PLAN_REMOVE_DESTINATION,
    PLAN_REMOVE_SERVICE, /* with the destinations that it has */
    PLAN_START_DAEMON,   /* last: what it hears belongs to services that are there */
    PLAN_KINDS,
};

struct plan_operation {
    enum plan_kind kind;
    struct conf_service_key service; /* kinds of services and destinations */
    union {
        struct table_service_settings service_settings; /* PLAN_ADD_SERVICE, PLAN_EDIT_SERVICE */
        struct {
            struct conf_server_key server;                          /* all kinds of destinations */
            struct table_destination_settings destination_settings; /* and not of removals */
        };
        struct conf_ipvs_timeouts timeouts; /* PLAN_SET_TIMEOUTS; 0 leaves one as it is */
        struct {
            enum table_daemon_role role; /* PLAN_STOP_DAEMON, PLAN_START_DAEMON */
            struct table_daemon daemon;
        };
    };
};

struct plan_list {
    struct plan_operation *operations;
    size_t count;
    size_t capacity;
};

/* All zero is an empty plan. */
struct plan {
    struct plan_list lists[PLAN_KINDS];
};

/** Frees the plan's operations and makes it empty. */
void plan_release(struct plan *plan);

/** How many operations the plan has. */
size_t plan_count(const struct plan *plan);

/** An operation, in the order in which they are carried out. @param index 0..plan_count() - 1 */
const struct plan_operation *plan_at(const struct plan *plan, size_t index);

/** Appends the operation that empties the kernel's table. */
void plan_flush(struct plan *plan);

/**
 * Appends what is to be done to services. May be called again for other services: the plan as a
 * whole keeps the order that is described above.
 * @param actual   what the kernel holds
 * @param wanted   services as they are to be
 * @param retired  services that are ours and are to be gone: keys count alone
 */
void plan_diff(struct plan *plan, const struct table *actual, const struct table *wanted,
               const struct table *retired);

/** Appends what is to be done to the connection timeouts. @param wanted  0: leave one as it is */
void plan_diff_timeouts(struct plan *plan, const struct conf_ipvs_timeouts *actual,
                        const struct conf_ipvs_timeouts *wanted);

/**
 * Appends what is to be done to the connection sync daemons: one that is not as it is wanted is
 * stopped, and started where it is wanted.
 */
void plan_diff_daemons(struct plan *plan, const struct table_daemon actual[TABLE_DAEMON_ROLES],
                       const struct table_daemon wanted[TABLE_DAEMON_ROLES]);

/** Does to a table what the kernel does to its own when it carries the operation out. */
void plan_apply(struct table *table, const struct plan_operation *operation);

/** Whether the kind of operation is about a connection sync daemon. */
bool plan_kind_is_of_daemon(enum plan_kind kind);

/** Whether the kind of operation is about one destination. */
bool plan_kind_is_of_destination(enum plan_kind kind);

#endif
