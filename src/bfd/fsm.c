/* SPDX-License-Identifier: Apache-2.0
 *
 * One BFD session as a state machine. Sockets, clocks and names are others'.
 */
#include "bfd/fsm.h"

#include "base/clock.h"

#define BFD_FIRST_REMOTE_MIN_RX CLOCK_MICROSECOND /* bfd.RemoteMinRxInterval: RFC 5880 6.8.1 */

/* ---- What both ends agree on ------------------------------------------------------------------- */

static int64_t bfd_later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t bfd_fsm_send_interval(const struct bfd_fsm_state *state)
{
    return state->remote_min_rx ? bfd_later(state->used_tx, state->remote_min_rx) : CLOCK_NEVER;
}

int64_t bfd_fsm_receive_interval(const struct bfd_fsm_state *state)
{
    return state->remote_discriminator ? bfd_later(state->used_rx, state->remote_min_tx) : 0;
}

int64_t bfd_fsm_detection_time(const struct bfd_fsm_state *state)
{
    return state->remote_multiplier * bfd_fsm_receive_interval(state);
}

int64_t bfd_fsm_jitter(int64_t interval, uint8_t multiplier, uint32_t random)
{
    /* Thousandths that are left of it. */
    int64_t most = multiplier == 1 ? 900 : 1000;
    int64_t least = 750;
    int64_t part = least + (most - least) * (int64_t)random / UINT32_MAX;

    return interval / 1000 * part + interval % 1000 * part / 1000;
}

int64_t bfd_fsm_deadline(const struct bfd_fsm_state *state)
{
    return state->send_at < state->detect_at ? state->send_at : state->detect_at;
}

struct bfd_packet bfd_fsm_packet(const struct bfd_fsm_config *config,
                                 const struct bfd_fsm_state *state, bool final)
{
    return (struct bfd_packet){
        .diag = state->diag,
        .role = state->role,
        .poll = state->polling && !final, /* never both: RFC 5880 6.5 */
        .final = final,
        .multiplier = config->multiplier,
        .discriminator = state->discriminator,
        .yours = state->remote_discriminator,
        .min_tx = state->min_tx,
        .min_rx = state->min_rx,
        .min_echo = 0,
    };
}

/* ---- When a packet is due ---------------------------------------------------------------------- */

/* RFC 5880 6.8.7: whether packets are sent in a row. */
static bool bfd_fsm_is_silent(const struct bfd_fsm_config *config,
                              const struct bfd_fsm_state *state)
{
    return (config->passive && !state->remote_discriminator) || !state->remote_min_rx ||
           (state->remote_demand && state->role == BFD_UP && state->remote_role == BFD_UP &&
            !state->polling);
}

/* The next of the row, counted from the last one. */
static void bfd_fsm_schedule(const struct bfd_fsm_config *config, struct bfd_fsm_state *state,
                             uint32_t random)
{
    if (bfd_fsm_is_silent(config, state)) {
        state->interval = CLOCK_NEVER;
        state->send_at = CLOCK_NEVER;
        return;
    }
    state->interval = bfd_fsm_send_interval(state);
    state->send_at = state->sent_at + bfd_fsm_jitter(state->interval, config->multiplier, random);
}

/* A shorter interval, or a row that begins or ends, counts at once; a longer one from the next packet. */
static void bfd_fsm_reschedule(const struct bfd_fsm_config *config, struct bfd_fsm_state *state,
                               uint32_t random)
{
    if (bfd_fsm_is_silent(config, state) || bfd_fsm_send_interval(state) < state->interval) {
        bfd_fsm_schedule(config, state, random);
    }
}

/* ---- Poll sequences ---------------------------------------------------------------------------- */

static void bfd_fsm_use_intervals(struct bfd_fsm_state *state)
{
    state->used_tx = state->min_tx;
    state->used_rx = state->min_rx;
}

/*
 * RFC 5880 6.8.3: other intervals are told by a poll sequence. Until it ends packets come no later than
 * before, and the neighbour's are waited for as long as before. Sessions that are not up have nothing to
 * protect, and say all in each packet.
 */
static void bfd_fsm_set_intervals(const struct bfd_fsm_config *config, struct bfd_fsm_state *state)
{
    bool up = state->role == BFD_UP;
    int64_t min_tx = up ? config->min_tx : bfd_later(config->idle_tx, config->min_tx);

    if (up && (min_tx != state->min_tx || config->min_rx != state->min_rx)) {
        state->poll_again = state->polling;
        state->polling = true;
    }
    state->min_tx = min_tx;
    state->min_rx = config->min_rx;
    if (!up) {
        state->polling = false;
        state->poll_again = false;
        bfd_fsm_use_intervals(state);
        return;
    }
    state->used_tx = min_tx < state->used_tx ? min_tx : state->used_tx;
    state->used_rx = bfd_later(state->min_rx, state->used_rx);
}

/* The neighbour has what the poll said. @return whether the sequence has ended */
static bool bfd_fsm_end_poll(struct bfd_fsm_state *state)
{
    if (!state->polling) {
        return false;
    }
    if (state->poll_again) { /* this may be the answer to what was asked before */
        state->poll_again = false;
        return false;
    }
    state->polling = false;
    bfd_fsm_use_intervals(state);
    return true;
}

/* ---- Roles ------------------------------------------------------------------------------------- */

static void bfd_fsm_become(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome,
                           enum bfd_role role, enum bfd_diag diag)
{
    struct bfd_fsm_state *state = &outcome->state;

    state->role = role;
    state->diag = (uint8_t)diag;
    outcome->actions |= BFD_ACTION_CHANGED;
    bfd_fsm_set_intervals(config, state);
}

/* RFC 5880 6.8.6: what the neighbour's state makes of ours. */
static void bfd_fsm_follow(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome)
{
    enum bfd_role role = outcome->state.role;
    enum bfd_role remote = outcome->state.remote_role;

    if (remote == BFD_ADMIN_DOWN) {
        if (role != BFD_DOWN) {
            bfd_fsm_become(config, outcome, BFD_DOWN, BFD_DIAG_SIGNALED);
        }
    } else if (role == BFD_DOWN && remote == BFD_DOWN) {
        bfd_fsm_become(config, outcome, BFD_INIT, (enum bfd_diag)outcome->state.diag);
    } else if ((role == BFD_DOWN && remote == BFD_INIT) ||
               (role == BFD_INIT && (remote == BFD_INIT || remote == BFD_UP))) {
        bfd_fsm_become(config, outcome, BFD_UP, BFD_DIAG_NONE);
    } else if (role == BFD_UP && remote == BFD_DOWN) {
        bfd_fsm_become(config, outcome, BFD_DOWN, BFD_DIAG_SIGNALED);
    }
}

/* RFC 5880 6.8.6, behind the checks of bfd_packet_decode(). */
static void bfd_fsm_receive(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome,
                            const struct bfd_packet *packet, int64_t now)
{
    struct bfd_fsm_state *state = &outcome->state;

    if (state->role == BFD_ADMIN_DOWN) {
        return;
    }
    state->remote_discriminator = packet->discriminator;
    state->remote_role = packet->role;
    state->remote_diag = packet->diag;
    state->remote_demand = packet->demand;
    state->remote_min_tx = packet->min_tx;
    state->remote_min_rx = packet->min_rx;
    state->remote_multiplier = packet->multiplier;
    if (packet->final && bfd_fsm_end_poll(state)) {
        outcome->actions |= BFD_ACTION_AGREED;
    }
    bfd_fsm_follow(config, outcome);
    if (packet->poll) {
        outcome->actions |= BFD_ACTION_ANSWER;
    }
    state->heard_at = now;
    state->detect_at = now + bfd_fsm_detection_time(state);
}

/* Nothing was heard for the detection time: RFC 5880 6.8.4, and 6.8.1 of bfd.RemoteDiscr. */
static void bfd_fsm_expire(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome)
{
    struct bfd_fsm_state *state = &outcome->state;

    state->detect_at = CLOCK_NEVER;
    state->remote_discriminator = 0;
    state->remote_role = BFD_DOWN;
    state->remote_demand = false;
    state->remote_min_rx = BFD_FIRST_REMOTE_MIN_RX; /* whoever comes next may be another */
    if (state->role == BFD_INIT || state->role == BFD_UP) {
        bfd_fsm_become(config, outcome, BFD_DOWN, BFD_DIAG_EXPIRED);
        outcome->actions |= BFD_ACTION_SEND; /* it may still hear us: a passive one tells it too */
    }
}

/* ---- Steps ------------------------------------------------------------------------------------- */

struct bfd_fsm_state bfd_fsm_initial(const struct bfd_fsm_config *config, uint32_t discriminator,
                                     int64_t now)
{
    struct bfd_fsm_state state = {
        .role = BFD_DOWN,
        .remote_role = BFD_DOWN,
        .discriminator = discriminator,
        .remote_min_rx = BFD_FIRST_REMOTE_MIN_RX,
        .interval = CLOCK_NEVER,
        .detect_at = CLOCK_NEVER,
    };

    bfd_fsm_set_intervals(config, &state);
    state.sent_at = now;
    state.send_at = config->passive ? CLOCK_NEVER : now;
    state.interval = config->passive ? CLOCK_NEVER : bfd_fsm_send_interval(&state);
    return state;
}

static void bfd_fsm_time(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome,
                         int64_t now)
{
    if (now >= outcome->state.detect_at) {
        bfd_fsm_expire(config, outcome);
    }
    if (now >= outcome->state.send_at) {
        outcome->actions |= BFD_ACTION_SEND;
    }
}

static void bfd_fsm_reconfigure(const struct bfd_fsm_config *config, struct bfd_fsm_state *state)
{
    bfd_fsm_set_intervals(config, state);
    if (state->detect_at != CLOCK_NEVER) {
        state->detect_at = state->heard_at + bfd_fsm_detection_time(state);
    }
}

static void bfd_fsm_start(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome)
{
    if (outcome->state.role == BFD_ADMIN_DOWN) {
        bfd_fsm_become(config, outcome, BFD_DOWN, BFD_DIAG_NONE);
    }
}

/* A changed state is told at once (RFC 5880 6.8.7), by the answer where there is one. */
static void bfd_fsm_finish(const struct bfd_fsm_config *config, struct bfd_fsm_outcome *outcome,
                           uint32_t random, int64_t now)
{
    struct bfd_fsm_state *state = &outcome->state;

    if ((outcome->actions & BFD_ACTION_CHANGED) && !(outcome->actions & BFD_ACTION_ANSWER) &&
        (!config->passive || state->remote_discriminator)) {
        outcome->actions |= BFD_ACTION_SEND;
    }
    if (outcome->actions & BFD_ACTION_SEND) {
        state->sent_at = now;
        bfd_fsm_schedule(config, state, random);
    } else {
        bfd_fsm_reschedule(config, state, random);
    }
}

struct bfd_fsm_outcome bfd_fsm_step(const struct bfd_fsm_config *config,
                                    const struct bfd_fsm_state *state,
                                    const struct bfd_fsm_event *event, int64_t now)
{
    struct bfd_fsm_outcome outcome = {.state = *state};

    switch (event->kind) {
    case BFD_EVENT_PACKET:
        bfd_fsm_receive(config, &outcome, event->packet, now);
        break;
    case BFD_EVENT_TIMER:
        bfd_fsm_time(config, &outcome, now);
        break;
    case BFD_EVENT_RECONFIGURED:
        bfd_fsm_reconfigure(config, &outcome.state);
        break;
    case BFD_EVENT_STOP:
        if (state->role != BFD_ADMIN_DOWN) {
            bfd_fsm_become(config, &outcome, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN);
        }
        break;
    case BFD_EVENT_START:
        bfd_fsm_start(config, &outcome);
        break;
    }
    bfd_fsm_finish(config, &outcome, event->random, now);
    return outcome;
}
