/* SPDX-License-Identifier: Apache-2.0
 *
 * Work in short turns.
 */
#include "check/turns.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"

#include <stdlib.h>

/*
 * A turn begins no further job after this time. One step of a handshake takes 0.3 ms, 0.7 ms at most
 * (measured: OpenSSL 3.0, RSA 2048 and X25519, on a busy AMD EPYC), so that a turn stays below a
 * millisecond.
 */
#define TURNS_BUDGET (100 * CLOCK_MICROSECOND)

TAILQ_HEAD(turns_queue, turns_job);

struct turns {
    struct loop_timer *timer;
    struct turns_queue queue;
};

static void turns_serve(void *argument, int64_t now, int64_t late)
{
    struct turns *turns = argument;
    int64_t end = now + TURNS_BUDGET;

    (void)late;
    do {
        struct turns_job *job = TAILQ_FIRST(&turns->queue);

        if (!job) {
            return;
        }
        turns_remove(turns, job);
        job->function(job->argument);
        now = clock_now();
    } while (now < end);
    if (!TAILQ_EMPTY(&turns->queue)) {
        loop_timer_set(turns->timer, now);
    }
}

struct turns *turns_new(struct loop *loop)
{
    struct turns *turns = memory_new(1, sizeof(*turns));

    TAILQ_INIT(&turns->queue);
    turns->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, turns_serve, turns);
    return turns;
}

void turns_free(struct turns *turns)
{
    if (turns) {
        loop_timer_free(turns->timer);
        free(turns);
    }
}

void turns_add(struct turns *turns, struct turns_job *job)
{
    if (job->waits) {
        return;
    }
    job->waits = true;
    TAILQ_INSERT_TAIL(&turns->queue, job, next);
    if (loop_timer_deadline(turns->timer) == CLOCK_NEVER) {
        loop_timer_set(turns->timer, clock_now());
    }
}

void turns_remove(struct turns *turns, struct turns_job *job)
{
    if (job->waits) {
        job->waits = false;
        TAILQ_REMOVE(&turns->queue, job, next);
    }
}
