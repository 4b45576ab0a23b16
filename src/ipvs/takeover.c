/* SPDX-License-Identifier: Apache-2.0
 *
 * The times at which connections of the other director are read.
 */
#include "ipvs/takeover.h"

#include "base/clock.h"

/* Between one time and the next: the other director tells for ROLE_LINGER (role.h) of its last ones. */
static const int64_t takeover_pauses[] = {1 * CLOCK_SECOND, 1 * CLOCK_SECOND, 2 * CLOCK_SECOND};

int64_t takeover_follow(struct takeover *takeover, unsigned masters, int64_t next, int64_t now)
{
    unsigned before = takeover->masters;

    takeover->masters = masters;
    if (!masters) {
        return CLOCK_NEVER;
    }
    if (masters <= before) { /* another instance has changed */
        return next;
    }
    takeover->step = 0;
    return now;
}

int64_t takeover_step(struct takeover *takeover, int64_t now)
{
    if (takeover->step == sizeof(takeover_pauses) / sizeof(takeover_pauses[0])) {
        return CLOCK_NEVER;
    }
    return now + takeover_pauses[takeover->step++];
}
