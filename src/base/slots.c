/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers by a hash, in one block: each stands at its hash or behind it.
 */
#include "base/slots.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_LEAST = 16 };

void slots_release(struct slots *slots)
{
    free(slots->slots);
    *slots = (struct slots){0};
}

struct slots slots_copy(const struct slots *slots)
{
    struct slots copy = *slots;

    if (slots->size) {
        copy.slots = memory_new(slots->size, sizeof(*copy.slots));
        memcpy(copy.slots, slots->slots, slots->size * sizeof(*copy.slots));
    }
    return copy;
}

static void slots_put(struct slots *slots, struct slot slot)
{
    uint32_t place = slot.hash & (slots->size - 1);

    while (slots->slots[place].number) {
        place = (place + 1) & (slots->size - 1);
    }
    slots->slots[place] = slot;
}

/* From the first empty one on, so that those of one hash keep their order. */
static void slots_grow(struct slots *slots)
{
    struct slots grown = {.count = slots->count,
                          .size = slots->size ? 2 * slots->size : SLOTS_LEAST};
    uint32_t first = 0;

    grown.slots = memory_new(grown.size, sizeof(*grown.slots));
    while (first < slots->size && slots->slots[first].number) {
        first++;
    }
    for (uint32_t i = 0; i < slots->size; i++) {
        const struct slot *slot = &slots->slots[(first + i) & (slots->size - 1)];

        if (slot->number) {
            slots_put(&grown, *slot);
        }
    }
    free(slots->slots);
    *slots = grown;
}

void slots_add(struct slots *slots, unsigned hash, uint32_t number)
{
    if (2 * (slots->count + 1) > slots->size) {
        slots_grow(slots);
    }
    slots_put(slots, (struct slot){hash, number + 1});
    slots->count++;
}

uint32_t slots_next(const struct slots *slots, unsigned hash, uint32_t *cursor)
{
    while (*cursor < slots->size) {
        const struct slot *slot = &slots->slots[(hash + (*cursor)++) & (slots->size - 1)];

        if (!slot->number) {
            return SLOTS_NONE;
        }
        if (slot->hash == hash) {
            return slot->number - 1;
        }
    }
    return SLOTS_NONE;
}
