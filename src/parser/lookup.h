/* SPDX-License-Identifier: Apache-2.0
 *
 * A table from keys (names, addresses, any bytes) to things, for finding duplicates and references.
 */
#ifndef HOLDFAST_PARSER_LOOKUP_H
#define HOLDFAST_PARSER_LOOKUP_H

#include <stddef.h>

struct arena;
struct lookup;

/** An empty table that takes its memory from `arena`. The caller frees it with lookup_free(). */
struct lookup *lookup_new(struct arena *arena);

/** Frees what the arena does not hold. NULL is allowed. */
void lookup_free(struct lookup *lookup);

/**
 * Adds a thing, unless its key is there already.
 * @param key  `size` bytes that stay where they are as long as the table is used
 * @return NULL, or the thing that has this key already
 */
void *lookup_add(struct lookup *lookup, const void *key, size_t size, void *thing);

/** The thing with this key, or NULL. */
void *lookup_find(const struct lookup *lookup, const void *key, size_t size);

/** Calls a function for each thing, in the order of addition. */
void lookup_each(const struct lookup *lookup, void (*function)(void *argument, void *thing),
                 void *argument);

#endif
