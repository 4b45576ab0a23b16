/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of one virtual router. Every rule of RFC 9568 6.4 is one function here; what is
 * done with the outcome (sockets, addresses, scripts) is the instance's.
 */
#include "vrrp/fsm.h"

#include "base/clock.h"

const char *fsm_role_text(enum fsm_role role)
{
    static const char *const texts[FSM_ROLES] = {
        [FSM_INIT] = "INIT",
        [FSM_BACKUP] = "BACKUP",
        [FSM_MASTER] = "MASTER",
        [FSM_FAULT] = "FAULT",
    };

    return texts[role];
}

const char *fsm_reason_word(enum fsm_reason reason)
{
    static const char *const words[FSM_REASONS] = {
        [FSM_REASON_NONE] = "none",           [FSM_REASON_STARTED] = "started",
        [FSM_REASON_RESUMED] = "resumed",     [FSM_REASON_OWNER] = "address-owner",
        [FSM_REASON_NO_ADVERT] = "no-advert", [FSM_REASON_PRIORITY_ZERO] = "priority-zero",
        [FSM_REASON_PREEMPT] = "preempt",     [FSM_REASON_HIGHER] = "higher-priority",
        [FSM_REASON_TIE] = "higher-address",  [FSM_REASON_GROUP] = "sync-group",
        [FSM_REASON_FAULT] = "fault",         [FSM_REASON_CLEARED] = "fault-cleared",
        [FSM_REASON_STOPPED] = "stopped",     [FSM_REASON_WAITING] = "waiting",
        [FSM_REASON_LATE] = "late",           [FSM_REASON_SECOND_OWNER] = "second-owner",
        [FSM_REASON_DEMOTED] = "demoted",     [FSM_REASON_NOBODY] = "nobody-took-over",
        [FSM_REASON_DRAINED] = "drained",
    };

    return words[reason];
}

/* What the skew time is a part of: RFC 3768 6.1: a second; RFC 9568 6.1: the active router's interval. */
static int64_t fsm_unit(const struct fsm_config *config, int64_t interval)
{
    return config->version == 2 ? CLOCK_SECOND : interval;
}

/* RFC 3768 6.1, RFC 9568 6.1: (256 - priority) / 256 of it. */
static int64_t fsm_skew_of(const struct fsm_config *config, uint8_t priority, int64_t interval)
{
    return (256 - priority) * fsm_unit(config, interval) / 256;
}

int64_t fsm_skew(const struct fsm_config *config, const struct fsm_state *state)
{
    return fsm_skew_of(config, state->priority, state->master_interval);
}

int64_t fsm_down_interval(const struct fsm_config *config, const struct fsm_state *state)
{
    return config->down_adverts * state->master_interval + fsm_skew(config, state);
}

/* With adverts every 10 ms it would be 15 ms, which a successor may wait for its processor alone. */
#define FSM_SHORTEST_HANDOVER (50 * CLOCK_MILLISECOND)

/* FNV-1a, 64 bits. */
#define FSM_FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FSM_FNV_PRIME UINT64_C(0x100000001b3)

int64_t fsm_handover_limit(const struct fsm_config *config)
{
    int64_t limit = fsm_unit(config, config->advert_interval) * 255 / 256 * 3 / 2;

    return limit > FSM_SHORTEST_HANDOVER ? limit : FSM_SHORTEST_HANDOVER;
}

struct fsm_state fsm_initial(const struct fsm_config *config, uint8_t priority,
                             const struct inet_addr *address)
{
    return (struct fsm_state){
        .role = FSM_INIT,
        .priority = priority,
        .address = *address,
        .deadline = CLOCK_NEVER,
        .master_interval = config->advert_interval,
        .preempt_at = CLOCK_NEVER,
    };
}

/* Forgets whom it heard and what it waited for. */
static void fsm_forget_master(struct fsm_state *state)
{
    state->master = (struct inet_addr){0};
    state->master_priority = 0;
    state->preempt_at = CLOCK_NEVER;
    state->rival_at = 0;
    state->obeys = false;
    state->stepped_down = false;
    state->gave_up = false;
    state->wants_master = false;
    state->listening = false;
    state->recess = 0;
}

/* Starts the down timer anew, and keeps from when on it runs: a reload must not start it again. */
static void fsm_wait(const struct fsm_config *config, struct fsm_state *state, int64_t from,
                     bool skew_alone)
{
    state->waits_from = from;
    state->waits_skew = skew_alone;
    state->deadline = from + (skew_alone ? fsm_skew(config, state)
                                         : fsm_down_interval(config, state) + state->recess);
}

/* RFC 9568 6.4.1 (Initialize) and 6.4.2: waits for a master, or until there is none. */
static void fsm_become_backup(const struct fsm_config *config, struct fsm_outcome *out, int64_t now,
                              enum fsm_reason reason)
{
    fsm_forget_master(&out->state);
    out->state.role = FSM_BACKUP;
    out->state.master_interval = config->advert_interval;
    fsm_wait(config, &out->state, now, false);
    out->reason = reason;
}

/* Another number below `below` for each time and each address. */
static int64_t fsm_scatter(const struct inet_addr *address, int64_t now, int64_t below)
{
    uint64_t mixed = FSM_FNV_BASIS;

    for (size_t i = 0; i < sizeof(address->bytes); i++) {
        mixed = (mixed ^ address->bytes[i]) * FSM_FNV_PRIME;
    }
    for (unsigned i = 0; i < 64; i += 8) {
        mixed = (mixed ^ ((uint64_t)now >> i & 0xff)) * FSM_FNV_PRIME;
    }
    return (int64_t)((mixed >> 16) % (uint64_t)below);
}

/*
 * Of two routers with a sync group each may be the better one for another member: their priorities, or the
 * addresses of equal ones, contradict each other. Masters at once they both give up, and after the same
 * time they would be masters at once again, for ever, as keepalived's are. So one that gives up with its
 * group waits longer than the protocol's time, by less than the unit of the skew time and each time by
 * another one. Who is first then stays: the other one obeys it in one member at least.
 */
static void fsm_begin_recess(const struct fsm_config *config, struct fsm_state *state, int64_t now)
{
    state->recess = fsm_scatter(&state->address, now, fsm_unit(config, config->advert_interval));
    state->recess_from = now;
    fsm_wait(config, state, now, false);
}

/* RFC 9568 6.4.2 (365): advert, addresses, announcements, timer. */
static void fsm_become_master(const struct fsm_config *config, struct fsm_outcome *out, int64_t now,
                              enum fsm_reason reason)
{
    fsm_forget_master(&out->state);
    out->state.role = FSM_MASTER;
    out->state.handing_over = false; /* what it still answers for stays */
    out->state.master_interval = config->advert_interval;
    out->state.deadline = now + config->advert_interval;
    out->actions |= FSM_SEND_ADVERT | FSM_CLAIM | FSM_ANNOUNCE;
    out->reason = reason;
}

/* A backup lets go of addresses that it kept for a successor. */
static void fsm_let_go(struct fsm_outcome *out)
{
    if (out->state.handing_over) {
        out->state.handing_over = false;
        out->actions |= FSM_RELEASE;
    }
}

/*
 * Becomes master, or tells its sync group that it would. A wish holds for a down interval: then it is
 * told again, with what was heard meanwhile, or taken back by one that was late.
 */
static void fsm_want_master(const struct fsm_config *config, struct fsm_outcome *out, int64_t now,
                            enum fsm_reason reason)
{
    if (!config->grouped) {
        fsm_become_master(config, out, now, reason);
        return;
    }
    out->state.obeys = false;
    out->state.stepped_down = false;
    out->state.listening = false;
    out->state.wants_master = true;
    out->state.recess = 0;
    fsm_wait(config, &out->state, now, false);
    out->actions |= FSM_ASK_GROUP;
    out->reason = reason;
}

/* Lets go of addresses that it kept for a successor. */
static void fsm_end_handover(struct fsm_outcome *out)
{
    if (out->state.handing_over) {
        out->state.handing_over = false;
        out->state.deadline = CLOCK_NEVER;
        out->actions |= FSM_RELEASE;
    }
}

/*
 * Ends as INIT or FAULT. A master says so to the others first (priority 0). They wait their skew time
 * before one of them answers for the addresses, so it goes on answering until that one is heard.
 */
static void fsm_leave(const struct fsm_config *config, struct fsm_outcome *out, enum fsm_role role,
                      enum fsm_reason reason, const struct fsm_event *event, int64_t now)
{
    bool was_master = out->state.role == FSM_MASTER;

    if (out->state.role != role) {
        out->reason = reason;
    }
    fsm_forget_master(&out->state);
    out->state.role = role;
    if (was_master) {
        out->actions |= FSM_SEND_ZERO;
        out->state.handing_over = true;
        out->state.deadline = now + fsm_handover_limit(config);
    }
    if (!config->handover || event->unheard) {
        fsm_end_handover(out);
    }
    if (!out->state.handing_over) {
        out->state.deadline = CLOCK_NEVER;
    }
}

static void fsm_on_start(const struct fsm_config *config, struct fsm_outcome *out, int64_t now)
{
    enum fsm_role before = out->state.role;

    if (before == FSM_BACKUP || before == FSM_MASTER) {
        return;
    }
    fsm_end_handover(out);
    fsm_become_backup(config, out, now,
                      before == FSM_FAULT ? FSM_REASON_CLEARED : FSM_REASON_STARTED);
    if (config->owner) { /* RFC 9568 6.4.1 (330): an address owner does not wait */
        fsm_want_master(config, out, now, FSM_REASON_OWNER);
    }
}

/* After a crash our peers still wait for our next advert: as if nothing had happened. */
static void fsm_on_resume(const struct fsm_config *config, struct fsm_outcome *out, int64_t now)
{
    if (out->state.role == FSM_INIT && !out->state.handing_over) {
        fsm_become_master(config, out, now, FSM_REASON_RESUMED);
    }
}

/* DESIGN.md, late wake-up: others may have taken over meanwhile; one skew time shows. */
static bool fsm_listens_first(const struct fsm_config *config, struct fsm_outcome *out, int64_t now,
                              int64_t late, int64_t tolerated)
{
    if (out->state.listening || late <= tolerated) {
        return false;
    }
    out->state.listening = true;
    out->state.wants_master = false;
    fsm_wait(config, &out->state, now, true);
    return true;
}

/*
 * keepalived's timer_expired_backup, for nopreempt alone: somebody has taken over meanwhile, and to speak
 * now would take it back.
 * @param late  behind the time of its own advert
 */
static bool fsm_steps_down(const struct fsm_config *config, struct fsm_outcome *out, int64_t now,
                           int64_t late)
{
    int64_t patience = (config->down_adverts - 1) * config->advert_interval +
                       fsm_skew_of(config, config->late_priority, config->advert_interval);

    if (!config->late_priority || config->preempt || late <= patience) {
        return false;
    }
    out->actions |= FSM_RELEASE | (config->grouped ? FSM_ASK_GROUP : 0U);
    fsm_become_backup(config, out, now, FSM_REASON_LATE);
    out->state.stepped_down = true;
    return true;
}

static void fsm_on_timer_master(const struct fsm_config *config, struct fsm_outcome *out,
                                int64_t now, int64_t late)
{
    bool steps_down = config->late_priority && !config->preempt;
    int64_t next = now - late + config->advert_interval;

    /* Late by less than the backups' patience: nobody took over. */
    if (steps_down ? fsm_steps_down(config, out, now, late)
                   : fsm_listens_first(config, out, now, late,
                                       (config->down_adverts - 1) * config->advert_interval)) {
        return;
    }
    if (out->state.listening) {
        out->state.listening = false;
        out->actions |= FSM_ANNOUNCE_AGAIN;
    }
    out->actions |= FSM_SEND_ADVERT;
    /* From the deadline, not from now: a little lateness must not add up. */
    out->state.deadline = next > now ? next : now + config->advert_interval;
}

static void fsm_on_timer_backup(const struct fsm_config *config, struct fsm_outcome *out,
                                int64_t now, int64_t late)
{
    bool heard = now - out->state.heard_at < config->down_adverts * out->state.master_interval;
    bool preempts = heard && now >= out->state.preempt_at;
    bool zero = inet_is_set(&out->state.master) && out->state.master_priority == 0;

    if (fsm_listens_first(config, out, now, late, fsm_skew(config, &out->state))) {
        return;
    }
    fsm_want_master(config, out, now,
                    out->state.gave_up ? FSM_REASON_NOBODY
                    : preempts         ? FSM_REASON_PREEMPT
                    : zero             ? FSM_REASON_PRIORITY_ZERO
                                       : FSM_REASON_NO_ADVERT);
}

static void fsm_on_timer(const struct fsm_config *config, struct fsm_outcome *out,
                         const struct fsm_event *event, int64_t now)
{
    if (out->state.role == FSM_MASTER) {
        fsm_on_timer_master(config, out, now, event->late);
    } else if (out->state.role == FSM_BACKUP) {
        fsm_on_timer_backup(config, out, now, event->late);
    } else {
        fsm_end_handover(out);
    }
}

static void fsm_note_master(struct fsm_state *state, const struct fsm_event *event, int64_t now)
{
    state->master = event->source;
    state->master_priority = event->priority;
    state->heard_at = now;
    state->listening = false;
}

/*
 * A master that goes on ends it. A first word does not: it may come from one of two that are about to
 * give up, and all who wait heard it at once, so they would be the next to collide.
 */
static void fsm_end_recess(const struct fsm_config *config, struct fsm_state *state,
                           const struct fsm_event *event, int64_t now)
{
    if (!inet_equal(&state->master, &event->source)) {
        state->recess_from = now;
    } else if (now - state->recess_from >= config->advert_interval / 2) {
        state->recess = 0;
    }
}

/* A backup accepts the sender as its master: RFC 9568 6.4.2 (455). */
static void fsm_obey(const struct fsm_config *config, struct fsm_outcome *out,
                     const struct fsm_event *event, int64_t now)
{
    bool wanted = out->state.wants_master;

    fsm_end_recess(config, &out->state, event, now);
    fsm_note_master(&out->state, event, now);
    out->state.obeys = true;
    out->state.stepped_down = false;
    out->state.wants_master = false;
    if (config->version == 3 && event->interval > 0) {
        out->state.master_interval = event->interval;
    }
    fsm_wait(config, &out->state, now, false);
    if (wanted) {
        out->actions |= FSM_ASK_GROUP;
    }
}

/* keepalived-reference.md B10: a lower master is obeyed until preempt_delay has passed. */
static void fsm_delay_preemption(const struct fsm_config *config, struct fsm_outcome *out,
                                 const struct fsm_event *event, int64_t now)
{
    if (out->state.preempt_at == CLOCK_NEVER) {
        out->state.preempt_at = now + config->preempt_delay;
    }
    fsm_obey(config, out, event, now);
    if (out->state.deadline > out->state.preempt_at) {
        out->state.deadline = out->state.preempt_at;
    }
}

static void fsm_on_advert_backup(const struct fsm_config *config, struct fsm_outcome *out,
                                 const struct fsm_event *event, int64_t now)
{
    struct fsm_state *state = &out->state;

    if (event->priority == 0) { /* RFC 9568 6.4.2 (450): wait the skew time alone */
        /* Only the master can give up its place: what another one leaves is none. */
        bool gives_up = !inet_is_set(&state->master) || inet_equal(&state->master, &event->source);

        if (gives_up && !state->wants_master) {
            fsm_note_master(state, event, now);
            state->obeys = false;
            state->preempt_at = CLOCK_NEVER;
            fsm_wait(config, state, now, true);
        }
    } else if (event->priority >= state->priority || !config->preempt) {
        state->preempt_at = CLOCK_NEVER;
        fsm_obey(config, out, event, now);
    } else if (config->preempt_delay && !(state->wants_master && now >= state->preempt_at)) {
        fsm_delay_preemption(config, out, event, now);
    } else {
        /* RFC 9568 6.4.2 (470): discarded, so that the down timer ends in our taking over. */
        fsm_note_master(state, event, now);
        state->obeys = false;
        state->preempt_at = now;
    }
}

static void fsm_yield(const struct fsm_config *config, struct fsm_outcome *out,
                      const struct fsm_event *event, int64_t now, enum fsm_reason reason)
{
    if (config->higher_prio_send_advert && reason != FSM_REASON_SECOND_OWNER) {
        out->actions |= FSM_SEND_ADVERT;
    }
    out->actions |= FSM_RELEASE | (config->grouped ? FSM_ASK_GROUP : 0U);
    fsm_become_backup(config, out, now, reason);
    fsm_obey(config, out, event, now);
    if (config->grouped) {
        fsm_begin_recess(config, &out->state, now);
    }
}

/*
 * Of two owners the one with the lower address yields to our adverts. One that speaks on for a down
 * interval does not hear us, or listens to nobody: then we yield, until it is gone
 * (keepalived-reference.md B12).
 */
static bool fsm_gives_way_to_owner(const struct fsm_config *config, struct fsm_state *state,
                                   const struct fsm_event *event, int64_t now)
{
    int64_t patience = fsm_down_interval(config, state);

    if (!config->owner || event->priority != state->priority) {
        return false;
    }
    if (!state->rival_at || now - state->rival_at > patience) {
        state->rival_since = now;
    }
    state->rival_at = now;
    return now - state->rival_since > patience;
}

static void fsm_on_advert_master(const struct fsm_config *config, struct fsm_outcome *out,
                                 const struct fsm_event *event, int64_t now)
{
    int tie = inet_compare(&event->source, &out->state.address);

    if (event->priority == 0) { /* RFC 9568 6.4.3 (705) */
        out->actions |= FSM_SEND_ADVERT;
        out->state.deadline = now + config->advert_interval;
        return;
    }
    if (event->priority > out->state.priority) { /* RFC 9568 6.4.3 (725) */
        fsm_yield(config, out, event, now, FSM_REASON_HIGHER);
        return;
    }
    if (event->priority == out->state.priority && tie > 0) {
        fsm_yield(config, out, event, now, FSM_REASON_TIE);
        return;
    }
    if (fsm_gives_way_to_owner(config, &out->state, event, now)) {
        fsm_yield(config, out, event, now, FSM_REASON_SECOND_OWNER);
        return;
    }
    if (fsm_steps_down(config, out, now, now - out->state.deadline)) {
        fsm_obey(config, out, event, now); /* it is heard before our own timer is served */
        return;
    }
    /* RFC 9568 6.4.3 (735): a second master that must yield. It has told our neighbours that the
     * addresses are its own, so they must hear us again (users.md, pain 2). */
    out->state.listening = false;
    out->actions |= FSM_ANNOUNCE_AGAIN | FSM_NOTIFY_LOWER;
    if (!config->lower_prio_no_advert) {
        out->actions |= FSM_SEND_ADVERT;
        out->state.deadline = now + config->advert_interval;
    }
}

static void fsm_on_advert(const struct fsm_config *config, struct fsm_outcome *out,
                          const struct fsm_event *event, int64_t now)
{
    if (out->state.role == FSM_MASTER) {
        fsm_on_advert_master(config, out, event, now);
    } else if (out->state.role == FSM_BACKUP) {
        if (event->priority) { /* the successor that it waited for */
            fsm_let_go(out);
            out->state.gave_up = false;
        }
        fsm_on_advert_backup(config, out, event, now);
    } else if (event->priority) { /* the successor: its announcements win from here on */
        fsm_end_handover(out);
    }
}

/*
 * An operator wants another router to be master: as if it stopped, it says so (priority 0) and answers on
 * until that one is heard. Where nobody is, it is master again after that time, and was all along for
 * everybody who asked for its addresses.
 */
static void fsm_give_up(const struct fsm_config *config, struct fsm_outcome *out, int64_t now)
{
    fsm_become_backup(config, out, now, FSM_REASON_DEMOTED);
    out->actions |= FSM_SEND_ZERO;
    out->state.gave_up = true;
    out->state.handing_over = true;
    if (!config->handover) {
        fsm_let_go(out);
    }
    out->state.deadline = now + fsm_handover_limit(config);
}

/*
 * The skew time belongs to the priority, so a running down timer moves by the difference; the end of
 * preempt_delay does not. A master that is no lower one any more is obeyed from its last advert on:
 * to take over and to yield to its next one would be two changes for nothing.
 */
static void fsm_on_priority(const struct fsm_config *config, struct fsm_outcome *out,
                            const struct fsm_event *event, int64_t now)
{
    struct fsm_state *state = &out->state;
    int64_t before = fsm_skew(config, state);
    bool gives_up = event->demoted && !state->demoted && state->role == FSM_MASTER;

    state->priority = event->priority;
    state->demoted = event->demoted;
    if (gives_up) {
        fsm_give_up(config, out, now);
        return;
    }
    if (state->role != FSM_BACKUP || state->deadline == CLOCK_NEVER) {
        return;
    }
    if (state->preempt_at != CLOCK_NEVER && state->master_priority >= state->priority &&
        !state->listening) {
        state->preempt_at = CLOCK_NEVER;
        state->obeys = true;
        state->wants_master = false;
        fsm_wait(config, state, state->heard_at, false);
    } else if (state->deadline != state->preempt_at) {
        state->deadline += fsm_skew(config, state) - before;
    }
    if (state->deadline < now) {
        state->deadline = now;
    }
}

/* What it may do against a lower master that it has heard changes with the configuration. */
static void fsm_reconfigure_preemption(const struct fsm_config *config, struct fsm_outcome *out,
                                       int64_t now)
{
    struct fsm_state *state = &out->state;

    if (state->preempt_at == CLOCK_NEVER) {
        return;
    }
    if (!config->preempt) { /* obeyed from its last advert on, as in fsm_on_priority() */
        state->preempt_at = CLOCK_NEVER;
        state->obeys = true;
        state->wants_master = false;
        state->waits_from = state->heard_at;
        state->waits_skew = false;
    } else if (state->preempt_at > now + config->preempt_delay) {
        state->preempt_at = now + config->preempt_delay;
    }
}

/*
 * Timers that run follow a new interval. A backup's goes on from when it began, which is when its
 * master was last heard: a storm of reloads must not put a takeover off.
 */
static void fsm_on_reconfigured(const struct fsm_config *config, struct fsm_outcome *out,
                                int64_t now)
{
    struct fsm_state *state = &out->state;

    if (config->version == 2 || !inet_is_set(&state->master)) {
        state->master_interval = config->advert_interval;
    }
    if (state->role == FSM_MASTER && state->deadline > now + config->advert_interval) {
        state->deadline = now + config->advert_interval;
    }
    if (state->role != FSM_BACKUP) {
        return;
    }
    fsm_reconfigure_preemption(config, out, now);
    if (state->wants_master && !config->grouped) {
        fsm_become_master(config, out, now, FSM_REASON_GROUP); /* there is no group to wait for */
        return;
    }
    fsm_wait(config, state, state->waits_from, state->waits_skew);
    if (!state->wants_master && state->deadline > state->preempt_at && config->preempt_delay) {
        state->deadline = state->preempt_at;
    }
    if (state->deadline < now) {
        state->deadline = now;
    }
}

static void fsm_on_group(const struct fsm_config *config, struct fsm_outcome *out, bool master,
                         int64_t now)
{
    if (master && out->state.role == FSM_BACKUP) {
        fsm_become_master(config, out, now, FSM_REASON_GROUP);
    } else if (!master && out->state.role == FSM_MASTER) {
        out->actions |= FSM_RELEASE;
        fsm_become_backup(config, out, now, FSM_REASON_GROUP);
        fsm_begin_recess(config, &out->state, now);
    } else if (!master && out->state.role == FSM_BACKUP) {
        fsm_let_go(out);
    }
}

struct fsm_outcome fsm_step(const struct fsm_config *config, const struct fsm_state *state,
                            const struct fsm_event *event, int64_t now)
{
    struct fsm_outcome out = {.state = *state};

    switch (event->kind) {
    case FSM_EVENT_START:
        fsm_on_start(config, &out, now);
        break;
    case FSM_EVENT_RESUME:
        fsm_on_resume(config, &out, now);
        break;
    case FSM_EVENT_STOP:
        fsm_leave(config, &out, FSM_INIT, FSM_REASON_STOPPED, event, now);
        break;
    case FSM_EVENT_FAULT:
        fsm_leave(config, &out, FSM_FAULT, FSM_REASON_FAULT, event, now);
        break;
    case FSM_EVENT_WAIT:
        fsm_leave(config, &out, FSM_INIT, FSM_REASON_WAITING, event, now);
        break;
    case FSM_EVENT_DRAIN:
        fsm_leave(config, &out, FSM_INIT, FSM_REASON_DRAINED, event, now);
        break;
    case FSM_EVENT_TIMER:
        fsm_on_timer(config, &out, event, now);
        break;
    case FSM_EVENT_ADVERT:
        fsm_on_advert(config, &out, event, now);
        break;
    case FSM_EVENT_PRIORITY:
        fsm_on_priority(config, &out, event, now);
        break;
    case FSM_EVENT_RECONFIGURED:
        fsm_on_reconfigured(config, &out, now);
        break;
    case FSM_EVENT_GROUP_MASTER:
        fsm_on_group(config, &out, true, now);
        break;
    case FSM_EVENT_GROUP_BACKUP:
        fsm_on_group(config, &out, false, now);
        break;
    }
    return out;
}
