/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes that this director holds: owners claim and release them, and the kernel is made to agree
 * (net/keeper.h). Ours carry the protocol number 112, but for those with no_track and a protocol of
 * their own, which are set and removed and not watched.
 */
#ifndef HOLDFAST_NET_ROUTE_H
#define HOLDFAST_NET_ROUTE_H

#include "net/keeper.h"
#include "parser/conf.h"

struct route_table;

/** As keeper_open(). */
struct route_table *route_open(struct loop *loop, struct log *log, const struct link_table *links,
                               const struct keeper_hooks *hooks, int *error);

/** As keeper_set_buffers(). */
void route_set_buffers(struct route_table *table, const struct conf_buffer *monitor,
                       const struct conf_buffer *command);

/** Frees the table; the routes stay as they are. NULL is allowed. */
void route_close(struct route_table *table);

/** An owner holds exactly these routes from now on. Takes effect with route_commit(). */
void route_claim(struct route_table *table, const char *owner, const struct conf_route_list *list);

/** An owner holds nothing from now on. Takes effect with route_withdraw() or route_commit(). */
void route_release(struct route_table *table, const char *owner);

/** Removes what nobody claims any more; for those who remove other things in between. */
void route_withdraw(struct route_table *table);

/** Makes the kernel agree: one batch with all that was claimed and released since the last call. */
void route_commit(struct route_table *table);

/** Removes what an earlier run left behind; as address_sweep(). */
void route_sweep(struct route_table *table, const struct conf *conf);

/** The link monitor's event, to be passed on by whoever owns both. */
void route_on_link_event(struct route_table *table);

/** Whether the kernel has it, and what it said if not. */
struct keeper_state route_state(const struct route_table *table, const struct conf_route *route);

/** What was counted since the start; valid as long as the table. */
const struct keeper_counters *route_counters(const struct route_table *table);

#endif
