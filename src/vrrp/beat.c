/* SPDX-License-Identifier: Apache-2.0
 *
 * Ticks, each with its timer and its members. What a member does is its owner's.
 */
#include "vrrp/beat.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "vrrp/grid.h"

#include <stdlib.h>

LIST_HEAD(beat_members, beat_member);

struct beat_tick {
    struct beat_table *table;
    LIST_ENTRY(beat_tick) next;
    int64_t interval;
    int64_t at; /* when it comes next */
    struct beat_members members;
    struct beat_members due; /* while it is served: those not yet called */
    struct loop_timer *timer;
};

struct beat_table {
    struct loop *loop;
    void (*done)(void *argument);
    void *argument;
    LIST_HEAD(, beat_tick) ticks;
};

struct beat_table *beat_table_new(struct loop *loop, void (*done)(void *argument), void *argument)
{
    struct beat_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->done = done;
    table->argument = argument;
    LIST_INIT(&table->ticks);
    return table;
}

static void beat_tick_free(struct beat_tick *tick)
{
    LIST_REMOVE(tick, next);
    loop_timer_free(tick->timer);
    free(tick);
}

void beat_table_free(struct beat_table *table)
{
    struct beat_tick *tick;

    if (!table) {
        return;
    }
    tick = LIST_FIRST(&table->ticks);
    while (tick) {
        struct beat_tick *next = LIST_NEXT(tick, next);

        loop_timer_free(tick->timer);
        free(tick);
        tick = next;
    }
    free(table);
}

static void beat_serve(void *argument, int64_t now, int64_t late)
{
    struct beat_tick *tick = argument;
    struct beat_table *table = tick->table;
    struct beat_member *member;

    tick->at = grid_next(tick->at, now, tick->interval);
    while ((member = LIST_FIRST(&tick->members))) {
        LIST_REMOVE(member, next);
        LIST_INSERT_HEAD(&tick->due, member, next);
    }
    while ((member = LIST_FIRST(&tick->due))) { /* any of them may leave when one is called */
        LIST_REMOVE(member, next);
        LIST_INSERT_HEAD(&tick->members, member, next);
        member->function(member->argument, now, late);
    }
    if (LIST_EMPTY(&tick->members)) {
        beat_tick_free(tick);
    } else {
        loop_timer_set(tick->timer, tick->at);
    }
    table->done(table->argument);
}

static struct beat_tick *beat_find(struct beat_table *table, int64_t interval, int64_t at)
{
    struct beat_tick *tick;

    LIST_FOREACH(tick, &table->ticks, next)
    {
        if (tick->interval == interval && tick->at == at) {
            return tick;
        }
    }
    tick = memory_new(1, sizeof(*tick));
    tick->table = table;
    tick->interval = interval;
    tick->at = at;
    LIST_INIT(&tick->members);
    LIST_INIT(&tick->due);
    tick->timer = loop_timer_new(table->loop, LOOP_PRIORITY_VRRP, beat_serve, tick);
    loop_timer_set(tick->timer, at);
    LIST_INSERT_HEAD(&table->ticks, tick, next);
    return tick;
}

void beat_join(struct beat_table *table, struct beat_member *member, int64_t interval)
{
    if (member->tick && member->tick->interval == interval) {
        return;
    }
    beat_leave(member);
    member->tick = beat_find(table, interval, grid_first(clock_now(), interval));
    LIST_INSERT_HEAD(&member->tick->members, member, next);
}

void beat_leave(struct beat_member *member)
{
    if (member->tick) {
        LIST_REMOVE(member, next);
        member->tick = NULL; /* the tick, if that was its last one, is freed when it comes */
    }
}
