/* SPDX-License-Identifier: Apache-2.0
 *
 * When to announce addresses, and how often.
 */
#include "vrrp/announce.h"

#include "base/clock.h"

struct announce_state announce_idle(void)
{
    return (struct announce_state){
        .second_at = CLOCK_NEVER, .refresh_at = CLOCK_NEVER, .extra_at = CLOCK_NEVER};
}

/* Refreshes start after the second burst: keepalived-reference.md B13. */
static int64_t announce_first_refresh(const struct conf_announce *conf, int64_t delay, int64_t now)
{
    return conf->refresh ? now + delay + conf->refresh : CLOCK_NEVER;
}

struct announce_state announce_takeover(const struct conf_announce *conf, int64_t now,
                                        uint32_t *repeat)
{
    *repeat = conf->repeat;
    return (struct announce_state){
        .second_at = conf->delay ? now + conf->delay : CLOCK_NEVER,
        .second_repeat = conf->repeat,
        .refresh_at = announce_first_refresh(conf, conf->delay, now),
        .extra_at = conf->extra ? now + conf->extra : CLOCK_NEVER,
    };
}

struct announce_state announce_again(struct announce_state state, const struct conf_announce *conf,
                                     int64_t now, uint32_t *repeat)
{
    *repeat = conf->lower_prio_repeat;
    if (conf->lower_prio_delay && conf->lower_prio_repeat) {
        /* Each sign moves the second burst on, so that it follows the last one. */
        state.second_at = now + conf->lower_prio_delay;
        state.second_repeat = conf->lower_prio_repeat;
    }
    return state;
}

struct announce_state announce_reconfigure(struct announce_state state,
                                           const struct conf_announce *conf, bool other_addresses,
                                           int64_t now)
{
    if (other_addresses) {
        state.second_at = now;
        state.second_repeat = conf->repeat;
    }
    if (!conf->refresh) {
        state.refresh_at = CLOCK_NEVER;
    } else if (state.refresh_at > now + conf->refresh) {
        state.refresh_at = now + conf->refresh;
    }
    if (!conf->extra) {
        state.extra_at = CLOCK_NEVER;
    } else if (state.extra_at > now + conf->extra) {
        state.extra_at = now + conf->extra;
    }
    return state;
}

struct announce_state announce_step(struct announce_state state, const struct conf_announce *conf,
                                    int64_t now, uint32_t *repeat)
{
    *repeat = 0;
    if (now >= state.second_at) {
        *repeat = state.second_repeat;
        state.second_at = CLOCK_NEVER;
    }
    if (now >= state.refresh_at) {
        if (conf->refresh_repeat > *repeat) {
            *repeat = conf->refresh_repeat;
        }
        state.refresh_at = conf->refresh ? now + conf->refresh : CLOCK_NEVER;
    }
    state.extra_due = now >= state.extra_at && !*repeat; /* else all are told anyway */
    if (now >= state.extra_at) {
        state.extra_at = conf->extra ? now + conf->extra : CLOCK_NEVER;
    }
    return state;
}

int64_t announce_deadline(const struct announce_state *state)
{
    int64_t first = state->second_at < state->refresh_at ? state->second_at : state->refresh_at;

    return first < state->extra_at ? first : state->extra_at;
}
