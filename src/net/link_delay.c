/* SPDX-License-Identifier: Apache-2.0
 *
 * Debouncing of links. Pure.
 */
#include "net/link_delay.h"

#include "base/clock.h"

void link_delay_begin(struct link_delay *delay, bool up)
{
    delay->believed = up;
    delay->seen = up;
    delay->change = CLOCK_NEVER;
}

/* Believes what is seen, where its time has come. */
static bool delay_settle(struct link_delay *delay, int64_t now)
{
    if (delay->believed == delay->seen) {
        delay->change = CLOCK_NEVER;
        return false;
    }
    if (now < delay->change) {
        return false;
    }
    link_delay_begin(delay, delay->seen);
    return true;
}

bool link_delay_step(struct link_delay *delay, bool up, int64_t now)
{
    if (up != delay->seen) {
        delay->seen = up;
        delay->change = now + (up ? delay->up : delay->down);
    }
    return delay_settle(delay, now);
}

bool link_delay_set(struct link_delay *delay, int64_t down, int64_t up, int64_t now)
{
    if (delay->believed != delay->seen) {
        delay->change += delay->seen ? up - delay->up : down - delay->down;
    }
    delay->down = down;
    delay->up = up;
    return delay_settle(delay, now);
}

int64_t link_delay_due(const struct link_delay *delay)
{
    return delay->believed == delay->seen ? CLOCK_NEVER : delay->change;
}
