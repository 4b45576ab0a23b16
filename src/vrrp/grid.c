/* SPDX-License-Identifier: Apache-2.0
 *
 * The grid on which masters send.
 */
#include "vrrp/grid.h"

int64_t grid_first(int64_t now, int64_t interval)
{
    int64_t step = interval / GRID_PHASES;
    int64_t latest = now + interval;

    return step > 0 ? latest - latest % step : latest;
}

int64_t grid_next(int64_t at, int64_t now, int64_t interval)
{
    int64_t next = at + interval;

    return next > now ? next : grid_first(now, interval);
}
