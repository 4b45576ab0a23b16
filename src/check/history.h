/* SPDX-License-Identifier: Apache-2.0
 *
 * The last results of a check in few bytes, since there are tens of thousands of checks: 8 bytes each,
 * of an instant in milliseconds, a duration in microseconds and a class. Pure.
 */
#ifndef HOLDFAST_CHECK_HISTORY_H
#define HOLDFAST_CHECK_HISTORY_H

#include "check/verdict.h"

#include <stdint.h>

enum { HISTORY_SIZE = 10 };

/* All zero is empty. */
struct history {
    uint64_t packed[HISTORY_SIZE]; /* the latest first; 0: none */
};

struct history_result {
    enum verdict_class class;
    int64_t at;       /* ns before the latest: 0 of the latest, to the millisecond */
    int64_t duration; /* ns, to the microsecond; at most HISTORY_LONGEST */
};

/* A check that takes longer is told to have taken this: 67 s. */
#define HISTORY_LONGEST INT64_C(67108863000)

/**
 * Adds a result; of more than HISTORY_SIZE the oldest goes.
 * @param wall      when it ended: clock_wall()
 * @param duration  ns, 0 or more
 */
void history_add(struct history *history, enum verdict_class class, int64_t wall, int64_t duration);

/** How many results there are. */
unsigned history_count(const struct history *history);

/** One of the results. @param index  below history_count(); 0: the latest */
struct history_result history_get(const struct history *history, unsigned index);

#endif
