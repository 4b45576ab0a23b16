/* SPDX-License-Identifier: Apache-2.0
 *
 * Two lines of bursts: those that have addresses which were never told, and those that repeat.
 */
#include "net/neigh_burst.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct burst {
    STAILQ_ENTRY(burst) next;
    char *owner;
    size_t count;
    size_t at;       /* the next one of this round */
    uint32_t rounds; /* left, with this one */
    struct neigh_target targets[];
};
STAILQ_HEAD(burst_line, burst);

struct neigh_bursts {
    struct burst_line fresh;
    struct burst_line repeated;
    uint64_t waiting;
};

struct neigh_bursts *neigh_bursts_new(void)
{
    struct neigh_bursts *bursts = memory_new(1, sizeof(*bursts));

    STAILQ_INIT(&bursts->fresh);
    STAILQ_INIT(&bursts->repeated);
    return bursts;
}

static void burst_free(struct burst *burst)
{
    free(burst->owner);
    free(burst);
}

/* @param owner  NULL: everybody's. @return how many packets waited */
static uint64_t burst_line_drop(struct burst_line *line, const char *owner)
{
    struct burst_line kept = STAILQ_HEAD_INITIALIZER(kept);
    struct burst *burst;
    uint64_t dropped = 0;

    while ((burst = STAILQ_FIRST(line))) {
        STAILQ_REMOVE_HEAD(line, next);
        if (owner && strcmp(burst->owner, owner) != 0) {
            STAILQ_INSERT_TAIL(&kept, burst, next);
        } else {
            dropped += (uint64_t)burst->count * burst->rounds - burst->at;
            burst_free(burst);
        }
    }
    STAILQ_CONCAT(line, &kept);
    return dropped;
}

uint64_t neigh_bursts_drop(struct neigh_bursts *bursts, const char *owner)
{
    uint64_t dropped =
        burst_line_drop(&bursts->fresh, owner) + burst_line_drop(&bursts->repeated, owner);

    bursts->waiting -= dropped;
    return dropped;
}

void neigh_bursts_free(struct neigh_bursts *bursts)
{
    if (bursts) {
        (void)neigh_bursts_drop(bursts, NULL);
    }
    free(bursts);
}

void neigh_bursts_add(struct neigh_bursts *bursts, const char *owner,
                      const struct neigh_target *targets, size_t count, uint32_t repeat)
{
    struct burst *burst;

    if (!count || !repeat) {
        return;
    }
    burst = memory_new(1, sizeof(*burst) + count * sizeof(*targets));
    burst->owner = memory_text(owner);
    burst->count = count;
    burst->rounds = repeat;
    memcpy(burst->targets, targets, count * sizeof(*targets));
    STAILQ_INSERT_TAIL(&bursts->fresh, burst, next);
    bursts->waiting += (uint64_t)count * repeat;
}

/* A round is over: the next one has its turn behind all that wait. */
static void burst_turn(struct neigh_bursts *bursts, struct burst_line *line, struct burst *burst)
{
    STAILQ_REMOVE_HEAD(line, next);
    burst->at = 0;
    if (--burst->rounds) {
        STAILQ_INSERT_TAIL(&bursts->repeated, burst, next);
    } else {
        burst_free(burst);
    }
}

size_t neigh_bursts_take(struct neigh_bursts *bursts, struct neigh_target *targets, size_t max)
{
    size_t taken = 0;

    while (taken < max) {
        struct burst_line *line = STAILQ_EMPTY(&bursts->fresh) ? &bursts->repeated : &bursts->fresh;
        struct burst *burst = STAILQ_FIRST(line);
        size_t count;

        if (!burst) {
            break;
        }
        count = burst->count - burst->at;
        count = count < max - taken ? count : max - taken;
        memcpy(targets + taken, burst->targets + burst->at, count * sizeof(*targets));
        taken += count;
        burst->at += count;
        if (burst->at == burst->count) {
            burst_turn(bursts, line, burst);
        }
    }
    bursts->waiting -= taken;
    return taken;
}

uint64_t neigh_bursts_waiting(const struct neigh_bursts *bursts)
{
    return bursts->waiting;
}
