/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers by a hash: where something stands in an array of somebody else's, who keeps the keys. Two
 * things may have the same hash, so who asks looks whether what it is given is what it wants. Pure.
 */
#ifndef HOLDFAST_BASE_SLOTS_H
#define HOLDFAST_BASE_SLOTS_H

#include <stdint.h>

#define SLOTS_NONE UINT32_MAX

struct slot {
    unsigned hash;
    uint32_t number; /* one more than it; 0: empty */
};

/* All zero is empty. */
struct slots {
    struct slot *slots;
    uint32_t size; /* a power of two, more than twice the count; or 0 */
    uint32_t count;
};

/** Frees what they hold, and makes them empty. */
void slots_release(struct slots *slots);

/** A copy, to be released by the caller. */
struct slots slots_copy(const struct slots *slots);

/** Adds a number below SLOTS_NONE. */
void slots_add(struct slots *slots, unsigned hash, uint32_t number);

/**
 * The numbers of a hash, one after the other, in the order of their addition.
 * @param cursor  0 before the first call
 * @return SLOTS_NONE: there are no more
 */
uint32_t slots_next(const struct slots *slots, unsigned hash, uint32_t *cursor);

#endif
