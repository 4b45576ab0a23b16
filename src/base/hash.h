/* SPDX-License-Identifier: Apache-2.0
 *
 * uthash with this project's memory: an allocation that fails ends the process with a message, as
 * everywhere else, rather than silently with status 255. And with its hash as a function: as a macro
 * it would be unrolled at every place that looks something up.
 */
#ifndef HOLDFAST_BASE_HASH_H
#define HOLDFAST_BASE_HASH_H

#include "base/memory.h"

#define uthash_malloc(size)              memory_new(1, size)
#define HASH_FUNCTION(key, size, result) ((result) = hash_of_bytes(key, size))

#include <uthash.h>

/** Bob Jenkins's hash of some bytes, as uthash computes it. */
static inline unsigned hash_of_bytes(const void *key, size_t size)
{
    unsigned result;

    /* cppcheck-suppress objectIndex ; it takes a cast of the pointer for an object of one byte */
    HASH_JEN(key, size, result);
    return result;
}

#endif
