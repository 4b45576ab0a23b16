/* SPDX-License-Identifier: Apache-2.0
 *
 * Announcements that wait since those of an interface, or of several together, keep a pace. Each
 * address is told once before any is told again. Pure: what is sent, and when, is the caller's.
 */
#ifndef HOLDFAST_NET_NEIGH_QUEUE_H
#define HOLDFAST_NET_NEIGH_QUEUE_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neigh_queue;

enum { NEIGH_MAC_SIZE = 6 };

/* One address on one interface. */
struct neigh_target {
    int index; /* of the interface */
    uint8_t mac[NEIGH_MAC_SIZE];
    bool router; /* IPv6: the host forwards on that interface */
    struct inet_addr addr;
};

/** An empty one. Freed by neigh_queue_free(). */
struct neigh_queue *neigh_queue_new(void);

/** NULL is allowed. */
void neigh_queue_free(struct neigh_queue *queue);

/**
 * Adds an announcement. One of the same address on the same interface that waits keeps its turn, so
 * that what is announced again and again keeps nobody else from being told.
 * @param lane    what shares a pace: the name of an interface, or of a group of them
 * @param owner   for neigh_queue_drop()
 * @param gap     ns between two packets of that lane and kind (IPv4, IPv6), from now on
 * @param repeat  packets, at least 1; of one that waits the larger number counts
 */
void neigh_queue_add(struct neigh_queue *queue, const char *lane, const char *owner, int64_t gap,
                     const struct neigh_target *target, uint32_t repeat);

/** Forgets what an owner has waiting: its addresses are not ours any more. @return how many */
size_t neigh_queue_drop(struct neigh_queue *queue, const char *owner);

/**
 * Takes what is due.
 * @param targets  room for `max` of them
 * @return how many there are; `max`: there may be more
 */
size_t neigh_queue_take(struct neigh_queue *queue, int64_t now, struct neigh_target *targets,
                        size_t max);

/**
 * What was taken last has left: a gap that a timer can keep counts from here, since a daemon that was
 * interrupted between the two would send the next packet too soon.
 */
void neigh_queue_sent(struct neigh_queue *queue, int64_t now);

/** When neigh_queue_take() is to be called next; CLOCK_NEVER: nothing waits. */
int64_t neigh_queue_deadline(const struct neigh_queue *queue);

/** Packets that wait. */
uint64_t neigh_queue_waiting(const struct neigh_queue *queue);

#endif
