/* SPDX-License-Identifier: Apache-2.0
 *
 * Lanes, each with a line of those who wait for each of the two kinds of announcements.
 */
#include "net/neigh_queue.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* A loop's timers are about that fine: a shorter gap is kept on average, several packets at a time. */
#define QUEUE_STEP CLOCK_MILLISECOND

enum { QUEUE_KINDS = 2 }; /* gratuitous ARP, neighbour advertisement */

/* What is told, as the hash sees it: no hidden padding. */
struct queue_key {
    int index;
    struct inet_addr addr;
    uint8_t unused[3];
};

struct queue_line;

struct queue_entry {
    struct queue_key key;
    struct neigh_target target;
    char *owner;
    uint32_t left; /* packets */
    struct queue_line *line;
    TAILQ_ENTRY(queue_entry) next;
    UT_hash_handle hh;
};
TAILQ_HEAD(queue_entries, queue_entry);

/* Those of one kind in one lane. */
struct queue_line {
    struct queue_entries entries;
    int64_t gap;
    int64_t next_at; /* when a packet may leave */
    bool taken;      /* what was taken last is not said to have been sent */
};

struct queue_lane {
    char *name;
    struct queue_line lines[QUEUE_KINDS];
    struct queue_lane *next;
};

struct neigh_queue {
    struct queue_lane *lanes;
    struct queue_entry *entries; /* all, by their key */
    uint64_t waiting;
};

struct neigh_queue *neigh_queue_new(void)
{
    return memory_new(1, sizeof(struct neigh_queue));
}

static void queue_remove(struct neigh_queue *queue, struct queue_entry *entry)
{
    queue->waiting -= entry->left;
    TAILQ_REMOVE(&entry->line->entries, entry, next);
    /* The analyzer does not see that one which was freed before is in the table no more. */
    HASH_DELETE(hh, queue->entries, entry); /* NOLINT(clang-analyzer-unix.Malloc) */
    free(entry->owner);
    free(entry);
}

void neigh_queue_free(struct neigh_queue *queue)
{
    struct queue_lane *lane;
    struct queue_entry *entry;
    struct queue_entry *next;

    if (!queue) {
        return;
    }
    HASH_ITER(hh, queue->entries, entry, next) {
        queue_remove(queue, entry);
    }
    while ((lane = queue->lanes)) {
        queue->lanes = lane->next;
        free(lane->name);
        free(lane);
    }
    free(queue);
}

static struct queue_line *queue_line(struct neigh_queue *queue, const char *name, uint8_t family)
{
    struct queue_lane *lane = queue->lanes;

    while (lane && strcmp(lane->name, name) != 0) {
        lane = lane->next;
    }
    if (!lane) {
        lane = memory_new(1, sizeof(*lane));
        lane->name = memory_text(name);
        for (int kind = 0; kind < QUEUE_KINDS; kind++) {
            TAILQ_INIT(&lane->lines[kind].entries);
        }
        lane->next = queue->lanes;
        queue->lanes = lane;
    }
    return &lane->lines[family == AF_INET6];
}

static struct queue_entry *queue_find(const struct neigh_queue *queue,
                                      const struct neigh_target *target, struct queue_key *key)
{
    struct queue_entry *entry;

    memset(key, 0, sizeof(*key)); /* it is compared as bytes */
    key->index = target->index;
    key->addr = target->addr;
    HASH_FIND(hh, queue->entries, key, sizeof(*key), entry);
    return entry;
}

void neigh_queue_add(struct neigh_queue *queue, const char *lane, const char *owner, int64_t gap,
                     const struct neigh_target *target, uint32_t repeat)
{
    struct queue_line *line = queue_line(queue, lane, target->addr.family);
    struct queue_key key;
    struct queue_entry *entry = queue_find(queue, target, &key);

    line->gap = gap;
    if (entry && (entry->line != line || strcmp(entry->owner, owner) != 0)) {
        queue_remove(queue, entry); /* it begins anew elsewhere */
        entry = NULL;
    }
    if (!entry) {
        entry = memory_new(1, sizeof(*entry));
        entry->key = key;
        entry->owner = memory_text(owner);
        entry->line = line;
        TAILQ_INSERT_TAIL(&line->entries, entry, next);
        HASH_ADD(hh, queue->entries, key, sizeof(key), entry);
    }
    entry->target = *target; /* its MAC may be another one now */
    if (repeat > entry->left) {
        queue->waiting += repeat - entry->left;
        entry->left = repeat;
    }
}

size_t neigh_queue_drop(struct neigh_queue *queue, const char *owner)
{
    struct queue_entry *entry;
    struct queue_entry *next;
    size_t count = 0;

    HASH_ITER(hh, queue->entries, entry, next) {
        if (strcmp(entry->owner, owner) == 0) {
            queue_remove(queue, entry);
            count++;
        }
    }
    return count;
}

/* One packet of the line's first; those that were told less often come before it the next time. */
static void queue_take_first(struct neigh_queue *queue, struct queue_line *line,
                             struct neigh_target *target)
{
    struct queue_entry *entry = TAILQ_FIRST(&line->entries);

    *target = entry->target; /* NOLINT(clang-analyzer-unix.Malloc): it is still in its line */
    if (entry->left == 1) {
        queue_remove(queue, entry);
        return;
    }
    entry->left--;
    queue->waiting--;
    TAILQ_REMOVE(&line->entries, entry, next);
    TAILQ_INSERT_TAIL(&line->entries, entry, next);
}

static size_t queue_take_line(struct neigh_queue *queue, struct queue_line *line, int64_t now,
                              struct neigh_target *targets, size_t max)
{
    /* A gap that a timer can keep is never undercut; of shorter ones no more than a step is caught up. */
    int64_t earliest = line->gap < QUEUE_STEP ? now - QUEUE_STEP + line->gap : now;
    size_t count = 0;

    if (TAILQ_EMPTY(&line->entries) || line->next_at > now) {
        return 0;
    }
    if (line->next_at < earliest) {
        line->next_at = earliest;
    }
    while (count < max && !TAILQ_EMPTY(&line->entries) && line->next_at <= now) {
        queue_take_first(queue, line, &targets[count++]);
        line->next_at += line->gap;
        line->taken = true;
    }
    return count;
}

void neigh_queue_sent(struct neigh_queue *queue, int64_t now)
{
    for (struct queue_lane *lane = queue->lanes; lane; lane = lane->next) {
        for (int kind = 0; kind < QUEUE_KINDS; kind++) {
            struct queue_line *line = &lane->lines[kind];

            if (line->taken && line->gap >= QUEUE_STEP && line->next_at < now + line->gap) {
                line->next_at = now + line->gap;
            }
            line->taken = false;
        }
    }
}

size_t neigh_queue_take(struct neigh_queue *queue, int64_t now, struct neigh_target *targets,
                        size_t max)
{
    size_t count = 0;

    for (struct queue_lane *lane = queue->lanes; lane; lane = lane->next) {
        for (int kind = 0; kind < QUEUE_KINDS; kind++) {
            count += queue_take_line(queue, &lane->lines[kind], now, targets + count, max - count);
        }
    }
    return count;
}

int64_t neigh_queue_deadline(const struct neigh_queue *queue)
{
    int64_t first = CLOCK_NEVER;

    for (const struct queue_lane *lane = queue->lanes; lane; lane = lane->next) {
        for (int kind = 0; kind < QUEUE_KINDS; kind++) {
            const struct queue_line *line = &lane->lines[kind];
            /* Short gaps: so late that several packets are due together. */
            int64_t at = line->gap && line->gap < QUEUE_STEP && line->next_at
                             ? line->next_at + QUEUE_STEP - line->gap
                             : line->next_at;

            if (!TAILQ_EMPTY(&line->entries) && at < first) {
                first = at;
            }
        }
    }
    return first;
}

uint64_t neigh_queue_waiting(const struct neigh_queue *queue)
{
    return queue->waiting;
}
