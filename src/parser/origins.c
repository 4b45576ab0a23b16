/* SPDX-License-Identifier: Apache-2.0
 *
 * A lookup by address. Pure.
 */
#include "parser/origins.h"

#include "base/arena.h"
#include "base/memory.h"
#include "parser/lookup.h"

#include <stdlib.h>

struct origins {
    struct arena *arena;
    struct lookup *fields;
};

struct origins_entry {
    const void *field;
    struct conf_position position;
};

struct origins *origins_new(struct arena *arena)
{
    struct origins *origins = memory_new(1, sizeof(*origins));

    origins->arena = arena;
    origins->fields = lookup_new(arena);
    return origins;
}

void origins_free(struct origins *origins)
{
    if (origins) {
        lookup_free(origins->fields);
        free(origins);
    }
}

void origins_note(struct origins *origins, const void *field, const struct conf_position *position)
{
    struct origins_entry *entry;

    if (!origins) {
        return;
    }
    entry = lookup_find(origins->fields, &field, sizeof(field));
    if (!entry) {
        entry = arena_alloc(origins->arena, sizeof(*entry));
        entry->field = field;
        (void)lookup_add(origins->fields, &entry->field, sizeof(entry->field), entry);
    }
    entry->position = *position;
}

void origins_copy(struct origins *origins, const void *to, const void *from)
{
    const struct conf_position *position = origins_find(origins, from);

    if (position) {
        origins_note(origins, to, position);
    }
}

const struct conf_position *origins_find(const struct origins *origins, const void *field)
{
    const struct origins_entry *entry =
        origins ? lookup_find(origins->fields, &field, sizeof(field)) : NULL;

    return entry && entry->position.line ? &entry->position : NULL;
}
