/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop: a thin layer over libevent.
 */
#include "base/loop.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

/* Ready events of LOOP_PRIORITY_NORMAL and below that are served before the loop looks again whether
 * one of a higher priority is ready: a thousand connections that end at once delay no advert. */
enum { LOOP_BATCH = 8 };

/* What nobody else notices of our lateness; and for how long it excuses others. */
#define LOOP_ON_TIME       (50 * CLOCK_MILLISECOND)
#define LOOP_LONGEST_GRACE CLOCK_SECOND

struct loop {
    struct event_base *base;
    struct histogram lag;      /* of all timers */
    struct histogram vrrp_lag; /* of those of LOOP_PRIORITY_VRRP */
    int64_t worst;             /* ns late since it was asked for */
};

struct loop_timer {
    struct loop *loop;
    enum loop_priority priority;
    struct event *event; /* NULL until it is set: many never are, and others only for a while */
    loop_timer_function function;
    void *argument;
    int64_t deadline;
};

struct loop_watch {
    struct event *event;
    loop_watch_function function;
    void *argument;
};

struct loop_signal {
    struct event *event;
    loop_signal_function function;
    void *argument;
};

struct loop *loop_new(void)
{
    struct event_config *config = event_config_new();
    struct loop *loop = NULL;
    struct event_base *base = NULL;

    if (!config) {
        return NULL;
    }
    /* Precise: epoll's millisecond is a tenth of the shortest advert interval. No cached time: a
     * timer set late in a long callback must count from now. */
    if (event_config_set_flag(config,
                              EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME) == 0) {
        (void)event_config_set_max_dispatch_interval(config, NULL, LOOP_BATCH,
                                                     LOOP_PRIORITY_NORMAL);
        base = event_base_new_with_config(config);
    }
    event_config_free(config);
    if (!base) {
        return NULL;
    }
    if (event_base_priority_init(base, LOOP_PRIORITIES) != 0) {
        event_base_free(base);
        return NULL;
    }
    loop = memory_new(1, sizeof(*loop));
    loop->base = base;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop) {
        return;
    }
    event_base_free(loop->base);
    free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

int loop_run(struct loop *loop)
{
    return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == -1 ? -EIO : 0;
}

void loop_stop(struct loop *loop)
{
    (void)event_base_loopbreak(loop->base);
}

const struct histogram *loop_lag(const struct loop *loop)
{
    return &loop->lag;
}

const struct histogram *loop_vrrp_lag(const struct loop *loop)
{
    return &loop->vrrp_lag;
}

int64_t loop_grace(int64_t late)
{
    if (late < LOOP_ON_TIME) {
        return 0;
    }
    return late < LOOP_LONGEST_GRACE ? late : LOOP_LONGEST_GRACE;
}

int64_t loop_worst_lag(struct loop *loop)
{
    int64_t worst = loop->worst;

    loop->worst = 0;
    return worst;
}

static struct event *loop_event_new(struct loop *loop, enum loop_priority priority, int fd,
                                    short what, event_callback_fn callback, void *argument)
{
    struct event *event = event_new(loop->base, fd, what, callback, argument);

    if (!event || event_priority_set(event, (int)priority) != 0) {
        memory_exhausted(sizeof(void *)); /* event_new() fails for no other reason */
    }
    return event;
}

static void loop_timer_fired(evutil_socket_t fd, short what, void *argument)
{
    struct loop_timer *timer = argument;
    int64_t now = clock_now();
    int64_t late = now - timer->deadline;

    (void)fd;
    (void)what;
    if (late < 0) { /* libevent counts in microseconds and may be a fraction early */
        late = 0;
    }
    timer->deadline = CLOCK_NEVER;
    histogram_add(&timer->loop->lag, late);
    if (timer->priority == LOOP_PRIORITY_VRRP) {
        histogram_add(&timer->loop->vrrp_lag, late);
    }
    timer->loop->worst = late > timer->loop->worst ? late : timer->loop->worst;
    timer->function(timer->argument, now, late); /* may free the timer */
}

struct loop_timer *loop_timer_new(struct loop *loop, enum loop_priority priority,
                                  loop_timer_function function, void *argument)
{
    struct loop_timer *timer = memory_new(1, sizeof(*timer));

    timer->loop = loop;
    timer->function = function;
    timer->argument = argument;
    timer->deadline = CLOCK_NEVER;
    timer->priority = priority;
    return timer;
}

static void loop_timer_drop_event(struct loop_timer *timer)
{
    if (timer->event) {
        event_free(timer->event);
        timer->event = NULL;
    }
}

void loop_timer_free(struct loop_timer *timer)
{
    if (timer) {
        loop_timer_drop_event(timer);
    }
    free(timer);
}

void loop_timer_set(struct loop_timer *timer, int64_t deadline)
{
    struct timeval timeout;
    int64_t now;
    int64_t wait;

    if (deadline == CLOCK_NEVER) {
        loop_timer_drop_event(timer);
        timer->deadline = deadline;
        return;
    }
    if (!timer->event) {
        timer->event = loop_event_new(timer->loop, timer->priority, -1, 0, loop_timer_fired, timer);
    }
    timer->deadline = deadline;
    now = clock_now();
    wait = deadline < now ? 0 : deadline - now;
    wait += CLOCK_MICROSECOND - 1; /* rounded up: never before the deadline */
    timeout.tv_sec = (time_t)(wait / CLOCK_SECOND);
    timeout.tv_usec = (suseconds_t)(wait % CLOCK_SECOND / CLOCK_MICROSECOND);
    (void)event_add(timer->event, &timeout);
}

int64_t loop_timer_deadline(const struct loop_timer *timer)
{
    return timer->deadline;
}

static void loop_watch_fired(evutil_socket_t fd, short what, void *argument)
{
    struct loop_watch *watch = argument;

    (void)fd;
    (void)what;
    watch->function(watch->argument); /* may free the watch */
}

struct loop_watch *loop_watch_new(struct loop *loop, enum loop_priority priority, int fd,
                                  bool writable, loop_watch_function function, void *argument)
{
    struct loop_watch *watch = memory_new(1, sizeof(*watch));
    short what = (short)((writable ? EV_WRITE : EV_READ) | EV_PERSIST);

    watch->function = function;
    watch->argument = argument;
    watch->event = loop_event_new(loop, priority, fd, what, loop_watch_fired, watch);
    (void)event_add(watch->event, NULL);
    return watch;
}

void loop_watch_free(struct loop_watch *watch)
{
    if (!watch) {
        return;
    }
    event_free(watch->event);
    free(watch);
}

static void loop_signal_fired(evutil_socket_t number, short what, void *argument)
{
    struct loop_signal *signal = argument;

    (void)number;
    (void)what;
    signal->function(signal->argument); /* may free the signal */
}

struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_signal_function function,
                                    void *argument)
{
    struct loop_signal *signal = memory_new(1, sizeof(*signal));

    signal->function = function;
    signal->argument = argument;
    signal->event = loop_event_new(loop, LOOP_PRIORITY_CONTROL, number, EV_SIGNAL | EV_PERSIST,
                                   loop_signal_fired, signal);
    (void)event_add(signal->event, NULL);
    return signal;
}

void loop_signal_free(struct loop_signal *signal)
{
    if (!signal) {
        return;
    }
    event_free(signal->event);
    free(signal);
}
