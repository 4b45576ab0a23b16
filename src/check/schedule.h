/* SPDX-License-Identifier: Apache-2.0
 *
 * A schedule: which of many entries is due first. A binary heap over entries that live in their
 * owners' structures: one timer serves any number of checks, 16 bytes each. Pure.
 */
#ifndef HOLDFAST_CHECK_SCHEDULE_H
#define HOLDFAST_CHECK_SCHEDULE_H

#include <stdint.h>

struct schedule;

/* A place in a schedule; all zero is in none. It may not move in memory while it is in one. */
struct schedule_entry {
    uint32_t place; /* 1 + its index in the heap; 0: not scheduled */
};

/** An empty schedule. The caller frees it with schedule_free(). */
struct schedule *schedule_new(void);

/** Frees the schedule, not the entries. NULL is allowed. */
void schedule_free(struct schedule *schedule);

/** Schedules an entry, or moves it. @param deadline  an instant in ns */
void schedule_set(struct schedule *schedule, struct schedule_entry *entry, int64_t deadline);

/** Takes an entry out; nothing happens where it is not scheduled. */
void schedule_clear(struct schedule *schedule, struct schedule_entry *entry);

/** The entry that is due first, NULL where there is none. Of equal deadlines any. */
struct schedule_entry *schedule_first(const struct schedule *schedule);

/** When an entry is due; CLOCK_NEVER where it is not scheduled. */
int64_t schedule_deadline(const struct schedule *schedule, const struct schedule_entry *entry);

/** How many entries are scheduled. */
uint32_t schedule_count(const struct schedule *schedule);

#endif
