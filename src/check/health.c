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

static struct health_check health_check_good(const struct health_rules *rules,
                                             struct health_check state)
{
    state.known = true;
    state.fails = 0;
    if (!state.up) {
        state.rises++;
        state.up = state.rises >= rules->rise;
    }
    if (state.up) {
        state.failed = false;
        state.rises = 0;
    }
    return state;
}

struct health_step health_check_step(const struct health_rules *rules, struct health_check state,
                                     enum health_result result, int64_t phase, int64_t now)
{
    struct health_step step = {state, health_next_look(phase, rules->delay_loop, now)};

    if (result == HEALTH_SILENT) {
        step.next = health_min(step.next, now + HEALTH_SILENT_DELAY);
        return step;
    }
    if (result == HEALTH_PARTLY && !state.up) {
        return step;
    }
    if (result == HEALTH_GOOD || result == HEALTH_PARTLY) {
        step.state = health_check_good(rules, state);
        return step;
    }
    step.state.fails += step.state.fails < UINT32_MAX;
    step.state.rises = 0;
    step.state.known = true;
    step.state.failed = true;
    if (state.up && (state.known || rules->patient) && step.state.fails <= rules->retry) {
        step.next = now + rules->delay_before_retry;
    } else {
        step.state.up = false;
    }
    return step;
}

bool health_check_is_open(const struct health_check *state)
{
    return state->up ? state->fails > 0 : state->rises > 0;
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

/* Below what any number of checkers of a server could add, and far from what an int64_t cannot hold. */
#define HEALTH_DRAIN_DELTA (-(INT64_C(1) << 48))

int64_t health_change_delta(struct health_change change, uint32_t configured)
{
    switch (change.kind) {
    case HEALTH_CHANGE_ADD:
        return change.value;
    case HEALTH_CHANGE_SET:
        return (int64_t)change.value - configured;
    case HEALTH_CHANGE_PERCENT:
        return (int64_t)configured * change.value / 100 - configured;
    case HEALTH_CHANGE_DRAIN:
        return HEALTH_DRAIN_DELTA;
    case HEALTH_CHANGE_NONE:
        break;
    }
    return 0;
}

int64_t health_check_delta(int32_t weight, bool up)
{
    return up == (weight > 0) ? weight : 0;
}

uint32_t health_weight(uint32_t configured, int64_t delta)
{
    return (uint32_t)health_min(health_max((int64_t)configured + delta, 0), INT32_MAX);
}

/* How long one is, at least 1 ns. */
static int64_t health_ramp_length(int64_t span)
{
    return health_max(span / HEALTH_RAMP_STEPS, 1);
}

uint32_t health_ramp_step(int64_t start, int64_t span, int64_t now)
{
    int64_t step = health_max(now - start, 0) / health_ramp_length(span);

    return (uint32_t)health_min(span > 0 ? step : HEALTH_RAMP_STEPS, HEALTH_RAMP_STEPS);
}

int64_t health_ramp_next(int64_t start, int64_t span, int64_t now)
{
    int64_t step = health_ramp_step(start, span, now);

    return step >= HEALTH_RAMP_STEPS ? CLOCK_NEVER : start + health_ramp_length(span) * (step + 1);
}

uint32_t health_ramp_weight(uint32_t weight, uint32_t step)
{
    uint64_t share = (uint64_t)weight * step / HEALTH_RAMP_STEPS;

    return share == 0 && weight > 0 ? 1 : (uint32_t)share;
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

struct health_view health_server_view(const struct health_server *server, enum health_mode mode)
{
    const struct health_view out = {.present = server->inhibit};
    const uint32_t step = HEALTH_RAMP_STEPS - server->steps;

    if (server->admin == HEALTH_ADMIN_MAINT || (!server->up && mode != HEALTH_MODE_OPEN)) {
        return out;
    }
    if (server->admin == HEALTH_ADMIN_DRAIN) {
        return (struct health_view){.present = true};
    }
    switch (mode) {
    case HEALTH_MODE_SORRY:
        return out;
    case HEALTH_MODE_OPEN:
        return (struct health_view){.present = true, .weight = server->open_weight};
    case HEALTH_MODE_CHECKED:
        break;
    }
    return (struct health_view){.present = true,
                                .weight = health_ramp_weight(server->weight, step)};
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

uint32_t health_floor_needed(struct health_floor floor, uint32_t ready)
{
    uint64_t needed = floor.needed;

    if (floor.percent) {
        needed = (needed * ready + 99) / 100;
    }
    return needed < ready ? (uint32_t)needed : ready;
}

enum health_mode health_service_mode(struct health_floor floor, bool sorry, uint32_t ready,
                                     uint32_t up)
{
    if (sorry) {
        return HEALTH_MODE_SORRY;
    }
    return up < health_floor_needed(floor, ready) ? HEALTH_MODE_OPEN : HEALTH_MODE_CHECKED;
}
