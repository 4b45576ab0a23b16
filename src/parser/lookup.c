/* SPDX-License-Identifier: Apache-2.0
 *
 * A table from keys to things: uthash, with its entries in an arena. Pure.
 */
#include "parser/lookup.h"

#include "base/arena.h"
#include "base/hash.h"

struct lookup_entry {
    UT_hash_handle hh;
    void *thing;
};

struct lookup {
    struct arena *arena;
    struct lookup_entry *entries;
};

struct lookup *lookup_new(struct arena *arena)
{
    struct lookup *lookup = arena_alloc(arena, sizeof(*lookup));

    lookup->arena = arena;
    return lookup;
}

void lookup_free(struct lookup *lookup)
{
    if (lookup) {
        HASH_CLEAR(hh, lookup->entries);
    }
}

void *lookup_find(const struct lookup *lookup, const void *key, size_t size)
{
    struct lookup_entry *entry;

    HASH_FIND(hh, lookup->entries, key, size, entry);
    return entry ? entry->thing : NULL;
}

void *lookup_add(struct lookup *lookup, const void *key, size_t size, void *thing)
{
    unsigned hash = hash_of_bytes(key, size);
    struct lookup_entry *entry;

    HASH_FIND_BYHASHVALUE(hh, lookup->entries, key, size, hash, entry);
    if (entry) {
        return entry->thing;
    }
    entry = arena_alloc(lookup->arena, sizeof(*entry));
    entry->thing = thing;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, lookup->entries, key, size, hash, entry);
    return NULL;
}

void lookup_each(const struct lookup *lookup, void (*function)(void *argument, void *thing),
                 void *argument)
{
    for (struct lookup_entry *entry = lookup->entries; entry; entry = entry->hh.next) {
        function(argument, entry->thing);
    }
}
