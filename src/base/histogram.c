/* SPDX-License-Identifier: Apache-2.0
 *
 * A histogram of durations with buckets that double.
 */
#include "base/histogram.h"

#include "base/clock.h"

int64_t histogram_bound(unsigned bucket)
{
    return bucket >= HISTOGRAM_BUCKETS - 1 ? CLOCK_NEVER : CLOCK_MICROSECOND << bucket;
}

void histogram_add(struct histogram *histogram, int64_t duration)
{
    unsigned bucket = 0;

    if (duration < 0) {
        duration = 0;
    }
    while (duration > histogram_bound(bucket)) {
        bucket++;
    }
    histogram->count[bucket]++;
    histogram->total++;
    histogram->sum += duration;
    if (duration > histogram->max) {
        histogram->max = duration;
    }
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
    double wanted = share * (double)histogram->total;
    uint64_t seen = 0;
    unsigned bucket;

    for (bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->count[bucket];
        if (seen && (double)seen >= wanted) {
            int64_t bound = histogram_bound(bucket);

            return bound < histogram->max ? bound : histogram->max;
        }
    }
    return 0;
}
