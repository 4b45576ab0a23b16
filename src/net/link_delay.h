/* SPDX-License-Identifier: Apache-2.0
 *
 * When a change of a link is believed: interface_up_down_delays. An interface that goes down counts
 * as up until it was down without a pause for its delay, and the other way round, so that one that
 * flaps changes nothing. Time is an argument.
 */
#ifndef HOLDFAST_NET_LINK_DELAY_H
#define HOLDFAST_NET_LINK_DELAY_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: an interface that just appeared, and that was down as long as anybody knows. */
struct link_delay {
    int64_t down;   /* ns for which it must be down to count as down; 0: it does at once */
    int64_t up;     /* the same of up */
    bool believed;  /* what counts: up */
    bool seen;      /* what it is */
    int64_t change; /* when `believed` becomes `seen`; CLOCK_NEVER or 0 where they are the same */
};

/** What it is at a start, when nothing is known of before: that counts at once. */
void link_delay_begin(struct link_delay *delay, bool up);

/**
 * What it is now.
 * @param now  clock_now(), never before that of the last call
 * @return whether `believed` changed
 */
bool link_delay_step(struct link_delay *delay, bool up, int64_t now);

/**
 * Other delays from now on. What is waited for began when it did.
 * @return whether `believed` changed
 */
bool link_delay_set(struct link_delay *delay, int64_t down, int64_t up, int64_t now);

/** When link_delay_step() is to be called again whatever happens; CLOCK_NEVER: it need not be. */
int64_t link_delay_due(const struct link_delay *delay);

#endif
