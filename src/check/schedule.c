/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary heap of deadlines. Deadlines stand in the heap beside their entries, so that a comparison
 * touches no entry.
 */
#include "check/schedule.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stddef.h>
#include <stdlib.h>

struct schedule_slot {
    int64_t deadline;
    struct schedule_entry *entry;
};

struct schedule {
    struct schedule_slot *slots; /* slots[i] is due no later than slots[2i + 1] and slots[2i + 2] */
    uint32_t count;
    uint32_t capacity;
};

struct schedule *schedule_new(void)
{
    return memory_new(1, sizeof(struct schedule));
}

void schedule_free(struct schedule *schedule)
{
    if (!schedule) {
        return;
    }
    free(schedule->slots);
    free(schedule);
}

static void schedule_put(struct schedule *schedule, uint32_t index, struct schedule_slot slot)
{
    schedule->slots[index] = slot;
    slot.entry->place = index + 1;
}

/* Puts `slot` where `index` is free, or nearer to the root. */
static void schedule_rise(struct schedule *schedule, uint32_t index, struct schedule_slot slot)
{
    while (index > 0 && slot.deadline < schedule->slots[(index - 1) / 2].deadline) {
        schedule_put(schedule, index, schedule->slots[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    schedule_put(schedule, index, slot);
}

/* Puts `slot` where `index` is free, or farther from the root. */
static void schedule_sink(struct schedule *schedule, uint32_t index, struct schedule_slot slot)
{
    const struct schedule_slot *slots = schedule->slots;

    for (;;) {
        uint64_t child = 2 * (uint64_t)index + 1;

        if (child + 1 < schedule->count && slots[child + 1].deadline < slots[child].deadline) {
            child++;
        }
        if (child >= schedule->count || slot.deadline <= slots[child].deadline) {
            break;
        }
        schedule_put(schedule, index, slots[child]);
        index = (uint32_t)child;
    }
    schedule_put(schedule, index, slot);
}

/* Puts `slot` where `index` is free, or wherever the order wants it. */
static void schedule_settle(struct schedule *schedule, uint32_t index, struct schedule_slot slot)
{
    if (index > 0 && slot.deadline < schedule->slots[(index - 1) / 2].deadline) {
        schedule_rise(schedule, index, slot);
    } else {
        schedule_sink(schedule, index, slot);
    }
}

void schedule_set(struct schedule *schedule, struct schedule_entry *entry, int64_t deadline)
{
    uint32_t index = entry->place ? entry->place - 1 : schedule->count;

    if (!entry->place) {
        if (schedule->count == schedule->capacity) {
            schedule->capacity = schedule->capacity ? 2 * schedule->capacity : 64;
            schedule->slots =
                memory_resize(schedule->slots, schedule->capacity, sizeof(*schedule->slots));
        }
        schedule->count++;
    }
    schedule_settle(schedule, index, (struct schedule_slot){deadline, entry});
}

void schedule_clear(struct schedule *schedule, struct schedule_entry *entry)
{
    uint32_t index = entry->place - 1;

    if (!entry->place) {
        return;
    }
    entry->place = 0;
    schedule->count--;
    if (index < schedule->count) {
        schedule_settle(schedule, index, schedule->slots[schedule->count]);
    }
}

struct schedule_entry *schedule_first(const struct schedule *schedule)
{
    return schedule->count ? schedule->slots[0].entry : NULL;
}

int64_t schedule_deadline(const struct schedule *schedule, const struct schedule_entry *entry)
{
    return entry->place ? schedule->slots[entry->place - 1].deadline : CLOCK_NEVER;
}

uint32_t schedule_count(const struct schedule *schedule)
{
    return schedule->count;
}
