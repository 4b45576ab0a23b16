/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of events to be mailed.
 */
#include "mail/queue.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_GATHER      (1 * CLOCK_SECOND)
#define QUEUE_FIRST_PAUSE (5 * CLOCK_SECOND) /* behind a mail, doubled while events go on */
#define QUEUE_LAST_PAUSE  (300 * CLOCK_SECOND)
#define QUEUE_FIRST_RETRY (10 * CLOCK_SECOND) /* doubled with each failure */
#define QUEUE_LAST_RETRY  (600 * CLOCK_SECOND)
#define QUEUE_OLDEST      (4 * (3600 * CLOCK_SECOND)) /* nobody wants to be woken by yesterday's news */

struct queue {
    struct message_event events[QUEUE_EVENTS]; /* oldest first */
    int64_t added[QUEUE_EVENTS];               /* clock_now() */
    size_t count;
    size_t under_way; /* of them; 0: no mail is */
    bool sending;
    int64_t due;
    int64_t pause;       /* behind the next mail */
    int64_t quiet_until; /* of the last one: who comes before waits for that */
    int64_t retry;       /* 0: the last one arrived */
    uint64_t lost;       /* since the last one that arrived */
    uint64_t lost_reported;
    uint64_t lost_in_all;
};

struct queue *queue_new(void)
{
    struct queue *queue = memory_new(1, sizeof(*queue));

    queue->due = CLOCK_NEVER;
    queue->pause = QUEUE_FIRST_PAUSE;
    return queue;
}

static void queue_remove(struct queue *queue, size_t from, size_t count)
{
    size_t behind = queue->count - from - count;

    for (size_t i = from; i < from + count; i++) {
        free((void *)queue->events[i].subject);
        free((void *)queue->events[i].reason);
    }
    memmove(queue->events + from, queue->events + from + count, behind * sizeof(queue->events[0]));
    memmove(queue->added + from, queue->added + from + count, behind * sizeof(queue->added[0]));
    queue->count -= count;
}

void queue_free(struct queue *queue)
{
    if (queue) {
        queue_remove(queue, 0, queue->count);
        free(queue);
    }
}

static void queue_lose(struct queue *queue, size_t from, size_t count)
{
    queue->lost += count;
    queue->lost_in_all += count;
    queue_remove(queue, from, count);
}

/* As long again without news ends the growing: what comes at the end of each pause is a storm, too. */
static int64_t queue_next_due(struct queue *queue, int64_t now)
{
    if (now >= queue->quiet_until + queue->pause) {
        queue->pause = QUEUE_FIRST_PAUSE;
    }
    return queue->quiet_until > now + QUEUE_GATHER ? queue->quiet_until : now + QUEUE_GATHER;
}

/* A copy that is not too long. */
static char *queue_text(const char *text)
{
    char *copy = memory_new(QUEUE_TEXT_SIZE, 1);

    (void)text_copy(copy, QUEUE_TEXT_SIZE, text);
    return memory_resize(copy, strlen(copy) + 1, 1);
}

void queue_add(struct queue *queue, const struct message_event *event, int64_t now)
{
    size_t at;

    if (queue->count == QUEUE_EVENTS && queue->under_way == QUEUE_EVENTS) {
        queue->lost++; /* those under way may be arriving */
        queue->lost_in_all++;
        return;
    }
    if (queue->count == QUEUE_EVENTS) {
        queue_lose(queue, queue->under_way, 1);
    }
    if (!queue->sending && queue->due == CLOCK_NEVER) {
        queue->due = queue_next_due(queue, now);
    }
    at = queue->count++;
    queue->events[at] = (struct message_event){.subject = queue_text(event->subject),
                                               .reason = queue_text(event->reason),
                                               .wall = event->wall};
    queue->added[at] = now;
}

int64_t queue_due(const struct queue *queue)
{
    return queue->sending || !queue->count ? CLOCK_NEVER : queue->due;
}

size_t queue_count(const struct queue *queue)
{
    return queue->count;
}

const struct message_event *queue_begin(struct queue *queue, uint64_t *lost)
{
    queue->sending = true;
    queue->under_way = queue->count;
    queue->lost_reported = queue->lost;
    *lost = queue->lost;
    return queue->events;
}

/* What was begun is gone; the next mail waits for the end of the pause. */
static void queue_end(struct queue *queue, int64_t now)
{
    queue->sending = false;
    queue->retry = 0;
    queue->under_way = 0;
    queue->quiet_until = now + queue->pause;
    queue->pause = 2 * queue->pause < QUEUE_LAST_PAUSE ? 2 * queue->pause : QUEUE_LAST_PAUSE;
    queue->due = queue->count ? queue->quiet_until : CLOCK_NEVER;
}

void queue_sent(struct queue *queue, int64_t now)
{
    queue->lost -= queue->lost_reported;
    queue_remove(queue, 0, queue->under_way);
    queue_end(queue, now);
}

void queue_refused(struct queue *queue, int64_t now)
{
    queue_lose(queue, 0, queue->under_way);
    queue_end(queue, now);
}

void queue_failed(struct queue *queue, int64_t now)
{
    size_t old = 0;

    queue->sending = false;
    queue->under_way = 0;
    while (old < queue->count && now - queue->added[old] > QUEUE_OLDEST) {
        old++;
    }
    queue_lose(queue, 0, old);
    queue->retry = queue->retry ? 2 * queue->retry : QUEUE_FIRST_RETRY;
    queue->retry = queue->retry < QUEUE_LAST_RETRY ? queue->retry : QUEUE_LAST_RETRY;
    queue->due = queue->count ? now + queue->retry : CLOCK_NEVER;
}

uint64_t queue_lost(const struct queue *queue)
{
    return queue->lost_in_all;
}

void queue_hurry(struct queue *queue, int64_t now)
{
    if (queue->count && !queue->sending) {
        queue->due = now;
    }
    queue->retry = 0;
}
