/* SPDX-License-Identifier: Apache-2.0
 *
 * When connections of the other director are read: as soon as this one has taken over, and again for
 * those that it is told of afterwards; never where it is master of nothing. Pure.
 */
#ifndef HOLDFAST_IPVS_TAKEOVER_H
#define HOLDFAST_IPVS_TAKEOVER_H

#include <stddef.h>
#include <stdint.h>

struct takeover {
    unsigned masters; /* as takeover_follow() was told */
    size_t step;      /* times that it has been read since the last takeover */
};

/**
 * Works in of how many VRRP instances this director is master: those that count for its connections.
 * @param next  when it was to be read; CLOCK_NEVER: not
 * @return when it is to be read now: at once where it has become master of one more, CLOCK_NEVER where
 *         it is master of none
 */
int64_t takeover_follow(struct takeover *takeover, unsigned masters, int64_t next, int64_t now);

/** It is read now. @return when to read it again: 1, 2 and 4 s after the takeover; then CLOCK_NEVER */
int64_t takeover_step(struct takeover *takeover, int64_t now);

#endif
