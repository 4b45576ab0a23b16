/* SPDX-License-Identifier: Apache-2.0
 *
 * Results in 64 bits: 34 of milliseconds (they come round after 198 days, and only their distance
 * counts), 26 of microseconds, 4 of a class, which begin with 1.
 */
#include "check/history.h"

#include "base/clock.h"

#include <string.h>

enum { HISTORY_AT_BITS = 34, HISTORY_DURATION_BITS = 26, HISTORY_CLASS_BITS = 4 };

#define HISTORY_MASK(bits_) ((UINT64_C(1) << (bits_)) - 1)

_Static_assert(HISTORY_AT_BITS + HISTORY_DURATION_BITS + HISTORY_CLASS_BITS == 64, "all bits");
_Static_assert(VERDICT_CLASSES < 1 << HISTORY_CLASS_BITS, "each class has a number above 0");

void history_add(struct history *history, enum verdict_class class, int64_t wall, int64_t duration)
{
    uint64_t at = (uint64_t)(wall / CLOCK_MILLISECOND) & HISTORY_MASK(HISTORY_AT_BITS);
    uint64_t took = (uint64_t)(duration < HISTORY_LONGEST ? duration : HISTORY_LONGEST) /
                    (uint64_t)CLOCK_MICROSECOND;

    memmove(history->packed + 1, history->packed, (HISTORY_SIZE - 1) * sizeof(history->packed[0]));
    history->packed[0] = at << (HISTORY_DURATION_BITS + HISTORY_CLASS_BITS) |
                         took << HISTORY_CLASS_BITS | ((uint64_t) class + 1);
}

unsigned history_count(const struct history *history)
{
    unsigned count = 0;

    while (count < HISTORY_SIZE && history->packed[count]) {
        count++;
    }
    return count;
}

static uint64_t history_at(const struct history *history, unsigned index)
{
    return history->packed[index] >> (HISTORY_DURATION_BITS + HISTORY_CLASS_BITS);
}

struct history_result history_get(const struct history *history, unsigned index)
{
    uint64_t packed = history->packed[index];
    uint64_t before =
        (history_at(history, 0) - history_at(history, index)) & HISTORY_MASK(HISTORY_AT_BITS);
    uint64_t took = packed >> HISTORY_CLASS_BITS & HISTORY_MASK(HISTORY_DURATION_BITS);

    if (before >> (HISTORY_AT_BITS - 1)) {
        before = 0; /* the wall clock was set back */
    }
    return (struct history_result){
        .class = (enum verdict_class)((packed & HISTORY_MASK(HISTORY_CLASS_BITS)) - 1),
        .at = (int64_t)before * CLOCK_MILLISECOND,
        .duration = (int64_t)took * CLOCK_MICROSECOND,
    };
}
