/* SPDX-License-Identifier: Apache-2.0
 *
 * Health arithmetic: checkers, servers, services, and when to look again. Pure; who runs the checks
 * and who hears of a change is checker's.
 */
#include "check/health.h"

#include "base/clock.h"

/* B40 */
#define HEALTH_START_DELAY CLOCK_SECOND

/* A local error (no descriptor, no port) may be gone soon, but to try in a loop would keep it. */
#define HEALTH_SILENT_DELAY CLOCK_SECOND

static int64_t health_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t health_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct health_check health_check_start(const struct health_rules *rules)
{
    return (struct health_check){.up = !rules->alpha};
}

struct health_step health_check_step(const struct health_rules *rules, struct health_check state,
                                     enum health_result result, int64_t phase, int64_t now)
{
    struct health_step step = {state, health_next_look(phase, rules->delay_loop, now)};

    if (result == HEALTH_SILENT) {
        step.next = health_min(step.next, now + HEALTH_SILENT_DELAY);
        return step;
    }
    if (result == HEALTH_GOOD) {
        step.state = (struct health_check){.up = true, .known = true};
        return step;
    }
    if (step.state.fails < UINT32_MAX) {
        step.state.fails++;
    }
    step.state.known = true;
    if (state.up && state.known && step.state.fails <= rules->retry) {
        step.next = now + rules->delay_before_retry;
    } else {
        step.state.up = false;
    }
    return step;
}

int64_t health_spread(uint64_t hash, int64_t span)
{
    return span ? (int64_t)(hash % (uint64_t)span) : 0;
}

struct health_plan health_plan_start(const struct health_rules *rules, uint64_t hash, int64_t start)
{
    int64_t begin = start + HEALTH_START_DELAY;

    return (struct health_plan){
        .first = begin + health_spread(hash, rules->warmup),
        .phase = begin + health_spread(hash, health_max(rules->warmup, rules->delay_loop)),
    };
}

struct health_plan health_plan_soon(const struct health_rules *rules, uint64_t hash, int64_t now)
{
    int64_t soon = health_min(rules->delay_loop, HEALTH_SOON_S * CLOCK_SECOND);

    return (struct health_plan){
        .first = now + health_spread(hash, soon),
        .phase = now + health_spread(hash, rules->delay_loop),
    };
}

int64_t health_next_look(int64_t phase, int64_t delay_loop, int64_t now)
{
    return now < phase ? phase : phase + ((now - phase) / delay_loop + 1) * delay_loop;
}

int64_t health_change_delta(struct health_change change, uint32_t configured)
{
    switch (change.kind) {
    case HEALTH_CHANGE_ADD:
        return change.value;
    case HEALTH_CHANGE_SET:
        return (int64_t)change.value - configured;
    case HEALTH_CHANGE_PERCENT:
        return (int64_t)configured * change.value / 100 - configured;
    case HEALTH_CHANGE_NONE:
        break;
    }
    return 0;
}

uint32_t health_weight(uint32_t configured, int64_t delta)
{
    return (uint32_t)health_min(health_max((int64_t)configured + delta, 0), INT32_MAX);
}

const char *health_admin_name(enum health_admin admin)
{
    static const char *const names[HEALTH_ADMINS] = {
        [HEALTH_ADMIN_READY] = "ready",
        [HEALTH_ADMIN_DRAIN] = "drain",
        [HEALTH_ADMIN_MAINT] = "maint",
    };

    return names[admin];
}

uint32_t health_server_live_weight(const struct health_server *server)
{
    return server->up && server->admin == HEALTH_ADMIN_READY ? server->weight : 0;
}

struct health_view health_server_view(const struct health_server *server, bool sorry)
{
    const struct health_view out = {.present = server->inhibit};

    if (!server->up || server->admin == HEALTH_ADMIN_MAINT) {
        return out;
    }
    if (server->admin == HEALTH_ADMIN_DRAIN) {
        return (struct health_view){.present = true};
    }
    return sorry ? out : (struct health_view){.present = true, .weight = server->weight};
}

struct health_view health_sorry_view(uint32_t weight, bool inhibit, bool sorry)
{
    return (struct health_view){.present = sorry || inhibit, .weight = sorry ? weight : 0};
}

struct health_bounds health_quorum_bounds(const struct health_quorum *quorum)
{
    uint64_t needed = quorum->quorum ? quorum->quorum : 1;
    uint64_t tolerance = quorum->hysteresis;
    struct health_bounds bounds;

    if (needed > quorum->total && quorum->total > 0) {
        needed = quorum->total;
    }
    if (tolerance >= needed) {
        tolerance = needed - 1;
    }
    bounds.lose = needed - tolerance;
    bounds.gain = needed + tolerance;
    if (bounds.gain > quorum->total && quorum->total > 0) {
        bounds.gain = quorum->total;
    }
    return bounds;
}

bool health_quorum_step(const struct health_quorum *quorum, bool met, uint64_t live)
{
    struct health_bounds bounds = health_quorum_bounds(quorum);

    return live >= (met ? bounds.lose : bounds.gain);
}
