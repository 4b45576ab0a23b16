/* SPDX-License-Identifier: Apache-2.0
 *
 * How the checks of one service have ended.
 */
#include "check/tally.h"

#include "base/clock.h"

int64_t tally_bound(unsigned bucket)
{
    return bucket >= TALLY_BUCKETS - 1 ? CLOCK_NEVER : (64 * CLOCK_MICROSECOND) << (2 * bucket);
}

void tally_add(struct tally *tally, enum verdict_class class, int64_t duration)
{
    unsigned bucket = 0;

    if (duration < 0) {
        duration = 0;
    }
    while (duration > tally_bound(bucket)) {
        bucket++;
    }
    tally->results[class]++;
    tally->buckets[bucket]++;
    tally->sum += duration;
}
