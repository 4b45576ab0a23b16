/* SPDX-License-Identifier: Apache-2.0
 *
 * Announcements that go out as fast as the loop lets them: what a takeover has to tell may be thousands
 * of packets, and adverts that are due meanwhile must not wait for the last of them. Every address is
 * told once before any is told again, whoever was first. Pure: what is sent, and when, is the caller's.
 */
#ifndef HOLDFAST_NET_NEIGH_BURST_H
#define HOLDFAST_NET_NEIGH_BURST_H

#include "net/neigh_queue.h"

struct neigh_bursts;

/** None yet. Freed by neigh_bursts_free(). */
struct neigh_bursts *neigh_bursts_new(void);

/** NULL is allowed. */
void neigh_bursts_free(struct neigh_bursts *bursts);

/**
 * Adds addresses, which are told in their order, then all again.
 * @param owner   for neigh_bursts_drop()
 * @param repeat  packets for each; 0: nothing is added
 */
void neigh_bursts_add(struct neigh_bursts *bursts, const char *owner,
                      const struct neigh_target *targets, size_t count, uint32_t repeat);

/** Forgets what an owner has waiting: its addresses are not ours any more. @return how many packets */
uint64_t neigh_bursts_drop(struct neigh_bursts *bursts, const char *owner);

/**
 * Takes what comes next.
 * @param targets  room for `max` of them
 * @return how many there are; fewer than `max`: nothing waits any more
 */
size_t neigh_bursts_take(struct neigh_bursts *bursts, struct neigh_target *targets, size_t max);

/** Packets that wait. */
uint64_t neigh_bursts_waiting(const struct neigh_bursts *bursts);

#endif
