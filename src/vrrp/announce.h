/* SPDX-License-Identifier: Apache-2.0
 *
 * When to announce addresses (gratuitous ARP, unsolicited NA) and how often: a burst on becoming
 * master, a second one after a delay, refreshes from then on, and the same again after any sign of a
 * second master. Pure; who sends them is the shell's business.
 */
#ifndef HOLDFAST_VRRP_ANNOUNCE_H
#define HOLDFAST_VRRP_ANNOUNCE_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct announce_state {
    int64_t second_at;      /* CLOCK_NEVER: no second burst is due */
    uint32_t second_repeat; /* packets for each address in it */
    int64_t refresh_at;     /* CLOCK_NEVER: no refreshes */
    int64_t extra_at;       /* of addresses on other interfaces; CLOCK_NEVER: none */
    bool extra_due;         /* announce_step() said that they are to be told, once each */
};

/** Nothing to announce: the state of a router that is not master. */
struct announce_state announce_idle(void);

/**
 * The router became master.
 * @param repeat  set to the packets for each address to send now
 */
struct announce_state announce_takeover(const struct conf_announce *conf, int64_t now,
                                        uint32_t *repeat);

/**
 * A master saw another one (a lower-priority advert), or has reason to think that there was one.
 * @param repeat  set to the packets for each address to send now
 */
struct announce_state announce_again(struct announce_state state, const struct conf_announce *conf,
                                     int64_t now, uint32_t *repeat);

/**
 * The configuration of a master changed.
 * @param other_addresses  they are not all the same as before: a burst is due at once
 */
struct announce_state announce_reconfigure(struct announce_state state,
                                           const struct conf_announce *conf, bool other_addresses,
                                           int64_t now);

/**
 * The timer fired.
 * @param repeat  set to the packets for each address to send now, 0 for none
 */
struct announce_state announce_step(struct announce_state state, const struct conf_announce *conf,
                                    int64_t now, uint32_t *repeat);

/** When announce_step() is to be called next; CLOCK_NEVER: not at all. */
int64_t announce_deadline(const struct announce_state *state);

#endif
