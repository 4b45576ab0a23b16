/* SPDX-License-Identifier: Apache-2.0
 *
 * How the checks of one service have ended, by class and by how long they took: 168 bytes for a service,
 * whatever the number of its checks. Pure.
 */
#ifndef HOLDFAST_CHECK_TALLY_H
#define HOLDFAST_CHECK_TALLY_H

#include "check/verdict.h"

#include <stdint.h>

/* Bounds go from 64 us up by four; the last has none. */
enum { TALLY_BUCKETS = 11 };

/* All zero is empty. */
struct tally {
    uint64_t results[VERDICT_CLASSES];
    uint64_t buckets
        [TALLY_BUCKETS]; /* [i]: results that took up to tally_bound(i), and more than the one before */
    int64_t sum;         /* ns that all of them took */
};

/** Counts a result. @param duration  ns; below 0 it is 0 */
void tally_add(struct tally *tally, enum verdict_class class, int64_t duration);

/** The longest duration of a bucket, ns; CLOCK_NEVER for the last one. */
int64_t tally_bound(unsigned bucket);

#endif
