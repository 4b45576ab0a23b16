/* SPDX-License-Identifier: Apache-2.0
 *
 * The beat of masters: all that send an advert at one interval share a few ticks of it, so that the
 * adverts of many leave together. A packet that is sent alone costs several times one in a batch.
 */
#ifndef HOLDFAST_VRRP_BEAT_H
#define HOLDFAST_VRRP_BEAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct beat_table;
struct beat_tick;
struct loop;

/** As a loop_timer_function. */
typedef void (*beat_function)(void *argument, int64_t now, int64_t late);

/* One that beats; its owner's, all zero before the first beat_join(). */
struct beat_member {
    LIST_ENTRY(beat_member) next;
    struct beat_tick *tick; /* NULL: it does not beat */
    beat_function function;
    void *argument;
};

/**
 * Ticks without members.
 * @param done  called after all members of a tick were
 */
struct beat_table *beat_table_new(struct loop *loop, void (*done)(void *argument), void *argument);

/** Frees the table; all members must have left. NULL is allowed. */
void beat_table_free(struct beat_table *table);

/**
 * Lets a member beat at an interval; one that does already goes on as it does. Its first beat is
 * grid_first()'s.
 * @param interval  nanoseconds, above 0
 */
void beat_join(struct beat_table *table, struct beat_member *member, int64_t interval);

/** Ends the beat of a member; one that does not beat is left alone. Safe in its own call. */
void beat_leave(struct beat_member *member);

#endif
