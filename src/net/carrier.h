/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an interface counts as up: what netlink says or, where it is polled, what its driver says,
 * and only when that has lasted for its delay (interface_up_down_delays, linkbeat_interfaces,
 * linkbeat_use_polling). Who asks for the state of an interface asks here.
 */
#ifndef HOLDFAST_NET_CARRIER_H
#define HOLDFAST_NET_CARRIER_H

#include "net/link.h"
#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>

struct carrier_table;
struct log;
struct loop;

/** Called on the loop when an interface counts as up or down from now on without an event of its. */
typedef void (*carrier_function)(void *argument);

/** An empty table: every interface is what netlink says, at once. */
struct carrier_table *carrier_new(struct loop *loop, struct log *log, struct link_table *links,
                                  carrier_function function, void *argument);

/** Frees it. NULL is allowed. */
void carrier_free(struct carrier_table *table);

/**
 * The delays and the polled interfaces from now on. Those that are in both configurations keep what
 * is believed and waited for.
 */
void carrier_configure(struct carrier_table *table, const struct conf *conf);

/** The link monitor's event, to be passed on before anybody asks. */
void carrier_on_link_event(struct carrier_table *table, const struct link_event *event);

/* What counts of an interface. */
struct carrier_state {
    bool up;
    bool awaited; /* it is the other now, and that counts when its delay is over */
};

/** How an interface counts now, with its delays and polling. */
struct carrier_state carrier_state(const struct carrier_table *table, const struct link *link);

/** Array of {interface, present, up, seen_up, changes_in_ms, down_delay_ms, up_delay_ms, polled_by}. */
json_t *carrier_snapshot(const struct carrier_table *table);

#endif
