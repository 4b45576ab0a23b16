/* SPDX-License-Identifier: Apache-2.0
 *
 * The grid on which masters send: all of one interval share a few ticks of it, whenever they became
 * master, so that the adverts of many leave together. Pure: the ticks themselves are beat's.
 */
#ifndef HOLDFAST_VRRP_GRID_H
#define HOLDFAST_VRRP_GRID_H

#include <stdint.h>

enum { GRID_PHASES = 8 }; /* ticks in an interval */

/**
 * The first tick for one that becomes master at `now`: the last of the grid within an interval, so after
 * 7/8 of the interval at the earliest.
 * @param interval  ns, above 0
 */
int64_t grid_first(int64_t now, int64_t interval);

/**
 * The tick after that of `at`, which was served at `now`. From tick to tick, not from when it was
 * served: a little lateness must not add up.
 */
int64_t grid_next(int64_t at, int64_t now, int64_t interval);

#endif
