/* SPDX-License-Identifier: Apache-2.0
 *
 * A histogram of durations with buckets that double: 1 us, 2 us, 4 us ... 33 s and above. A plain
 * value: copy it, keep it in a structure, no allocation.
 */
#ifndef HOLDFAST_BASE_HISTOGRAM_H
#define HOLDFAST_BASE_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 27 };

struct histogram {
    uint64_t count[HISTOGRAM_BUCKETS]; /* [i]: durations up to histogram_bound(i) */
    uint64_t total;
    int64_t sum; /* ns */
    int64_t max; /* ns */
};

/** Counts one duration in nanoseconds; a negative one counts as 0. */
void histogram_add(struct histogram *histogram, int64_t duration);

/** The upper bound of a bucket in nanoseconds; CLOCK_NEVER for the last one. */
int64_t histogram_bound(unsigned bucket);

/**
 * The duration that a share of all counted ones does not exceed, as the bound of its bucket (so up to
 * twice the true value), never above the largest one seen. 0 where nothing was counted.
 * @param share  0..1, such as 0.99
 */
int64_t histogram_quantile(const struct histogram *histogram, double share);

#endif
