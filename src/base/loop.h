/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop: libevent's, with priorities, timers set by absolute deadlines on clock_now(), and
 * a histogram of how late they fire.
 */
#ifndef HOLDFAST_BASE_LOOP_H
#define HOLDFAST_BASE_LOOP_H

#include "base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct loop_timer;
struct loop_signal;
struct loop_watch;

/* A ready event of a higher priority is served before all of a lower one. */
enum loop_priority {
    LOOP_PRIORITY_VRRP,    /* adverts and their timers */
    LOOP_PRIORITY_NETWORK, /* links, addresses, announcements */
    LOOP_PRIORITY_NORMAL,  /* checks, IPVS, children */
    LOOP_PRIORITY_CONTROL, /* what people ask */
    LOOP_PRIORITIES,
};

/** A new loop, or NULL where libevent cannot make one. The caller frees it with loop_free(). */
struct loop *loop_new(void);

/** Frees the loop; all its timers and watches must be freed before. NULL is allowed. */
void loop_free(struct loop *loop);

/** libevent's own object, for its bufferevents and HTTP. */
struct event_base *loop_base(struct loop *loop);

/** Serves events until loop_stop(). @return 0, or -EIO where libevent failed */
int loop_run(struct loop *loop);

/** Ends loop_run() after the event that is being served. */
void loop_stop(struct loop *loop);

/** How late timers fired since the start. */
const struct histogram *loop_lag(const struct loop *loop);

/** The same of the timers of LOOP_PRIORITY_VRRP alone. */
const struct histogram *loop_vrrp_lag(const struct loop *loop);

/** The largest lateness of a timer since the last call, ns. */
int64_t loop_worst_lag(struct loop *loop);

/**
 * What a timer calls.
 * @param argument  as given to loop_timer_new()
 * @param now       clock_now()
 * @param late      nanoseconds by which `now` is behind the deadline, 0 or more
 */
typedef void (*loop_timer_function)(void *argument, int64_t now, int64_t late);

/**
 * How much longer than its limit somebody else is waited for, when the limit's own timer fired late: as long
 * as it was late, a second at most. Meanwhile he may have answered without our reading it, or had no
 * processor either; he is not to blame for that.
 * @param late  of the timer, ns
 * @return ns; 0 where it was on time
 */
int64_t loop_grace(int64_t late);

/** A timer that is not set. The caller frees it with loop_timer_free(). Never NULL. */
struct loop_timer *loop_timer_new(struct loop *loop, enum loop_priority priority,
                                  loop_timer_function function, void *argument);

/** Frees a timer, set or not; safe in its own call. NULL is allowed. */
void loop_timer_free(struct loop_timer *timer);

/**
 * Sets (or moves) the timer. CLOCK_NEVER clears it; a deadline in the past fires at once, and late by
 * as much: who means "now" says clock_now().
 */
void loop_timer_set(struct loop_timer *timer, int64_t deadline);

/** When the timer will fire, CLOCK_NEVER where it is not set. */
int64_t loop_timer_deadline(const struct loop_timer *timer);

/** What a watch calls when its descriptor is ready. */
typedef void (*loop_watch_function)(void *argument);

/**
 * Watches a descriptor until loop_watch_free().
 * @param fd        stays the caller's, who closes it after loop_watch_free()
 * @param writable  wait until it can be written, rather than read
 */
struct loop_watch *loop_watch_new(struct loop *loop, enum loop_priority priority, int fd,
                                  bool writable, loop_watch_function function, void *argument);

/** Stops watching and frees; safe in its own call. NULL is allowed. */
void loop_watch_free(struct loop_watch *watch);

/** What a caught signal calls, on the loop. */
typedef void (*loop_signal_function)(void *argument);

/** Catches a signal until loop_signal_free(). */
struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_signal_function function,
                                    void *argument);

/** Lets the signal do again what it did before. NULL is allowed. */
void loop_signal_free(struct loop_signal *signal);

#endif
