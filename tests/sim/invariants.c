/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold: at every step of a machine, after every review of a group, and in a network that has
 * been whole for as long as the protocol takes.
 */
#include "sim.h"

/* Rounding of clocks and of intervals, the lateness of timers. */
#define INVARIANTS_SLACK (2 * SIM_JITTER + SIM_MS)

/* How often routers whose sync groups contradict each other take each other's place, for each of them: it
 * is chance that parts them, and many that are all equal part seldom. */
enum { INVARIANTS_MEETINGS = 10 };

const char *const sim_verdicts[SIM_VERDICTS] = {
    [SIM_GOOD] = "good",
    [SIM_NO_MASTER] = "no master",
    [SIM_TWO_MASTERS] = "two masters",
    [SIM_WRONG_MASTER] = "a lesser master",
    [SIM_RESTLESS] = "restless",
    [SIM_DEPOSED] = "deposed",
    [SIM_YIELDED] = "yielded to a lesser one",
    [SIM_OBEYED] = "obeys a lesser one",
    [SIM_LATE_TAKEOVER] = "late takeover",
    [SIM_EARLY_TAKEOVER] = "early takeover",
    [SIM_HASTY] = "hasty",
    [SIM_SPLIT_GROUP] = "split group",
    [SIM_HOLDERS] = "holders",
    [SIM_HOLE] = "a hole",
    [SIM_STALE] = "stale neighbours",
    [SIM_STORM] = "storm",
    [SIM_INSANE] = "insane",
};

/* ---- How long a backup may wait ---------------------------------------------------------------- */

/* RFC 9568 6.1, RFC 3768 6.1. */
static int64_t invariants_skew(const struct sim_instance *instance)
{
    int64_t unit = instance->config.version == 2 ? CLOCK_SECOND : instance->witness.interval;

    return (256 - instance->state.priority) * unit / 256;
}

static int64_t invariants_limit(const struct sim_instance *instance)
{
    const struct sim_witness *witness = &instance->witness;
    int64_t limit =
        invariants_skew(instance) +
        (witness->skew_alone ? 0
                             : instance->config.down_adverts * witness->interval + witness->recess);

    /* One that gave its place up looks that long for who takes it. */
    return witness->gave_up && limit < fsm_handover_limit(&instance->config)
               ? fsm_handover_limit(&instance->config)
               : limit;
}

static void invariants_wait_anew(struct sim_instance *instance, int64_t now, bool skew_alone)
{
    instance->witness.patient_from = now;
    instance->witness.skew_alone = skew_alone;
    instance->witness.gave_up = false;
}

static void invariants_hear_zero(struct sim_instance *instance, const struct fsm_state *before,
                                 const struct fsm_event *event, int64_t now)
{
    struct sim_witness *witness = &instance->witness;

    if (!before->wants_master &&
        (!inet_is_set(&witness->master) || inet_equal(&witness->master, &event->source))) {
        witness->master = event->source;
        witness->lower_at = 0;
        invariants_wait_anew(instance, now, true);
    }
}

static void invariants_hear(struct sim_instance *instance, const struct fsm_event *event,
                            int64_t now)
{
    struct sim_witness *witness = &instance->witness;
    bool lower = event->priority < instance->state.priority;

    bool same = inet_equal(&witness->master, &event->source);

    witness->master = event->source;
    if (!lower || !instance->config.preempt || instance->state.obeys) {
        if (lower && instance->config.preempt && !instance->config.preempt_delay) {
            return; /* invariants_judge_obedience() says so */
        }
        if (instance->config.version == 3 && event->interval) {
            witness->interval = event->interval;
        }
        if (!same) {
            witness->parted_at = now;
        } else if (now - witness->parted_at >= instance->config.advert_interval / 2) {
            witness->recess = 0;
        }
        witness->lower_at = lower && instance->config.preempt ? now : 0;
        invariants_wait_anew(instance, now, false);
    } else {
        witness->lower_at = now;
    }
    witness->lower_priority = event->priority;
}

/* A lesser master that is none any more was a reason to wait all the time. */
static void invariants_reconsider(struct sim_instance *instance, int64_t now)
{
    struct sim_witness *witness = &instance->witness;

    witness->changed_at = now;
    if (witness->lower_at &&
        (witness->lower_priority >= instance->state.priority || !instance->config.preempt)) {
        invariants_wait_anew(instance, witness->lower_at, false);
        witness->lower_at = 0;
    }
    if (instance->config.version == 2 || !inet_is_set(&witness->master)) {
        witness->interval = instance->config.advert_interval;
    }
}

static void invariants_witness(struct sim_instance *instance, const struct fsm_state *before,
                               const struct fsm_event *event, int64_t now)
{
    struct sim_witness *witness = &instance->witness;
    const struct fsm_state *state = &instance->state;

    if (state->role != FSM_BACKUP) {
        return;
    }
    if (before->role != FSM_BACKUP) {
        witness->interval = instance->config.advert_interval;
        witness->master = (struct inet_addr){0};
        witness->lower_at = 0;
        witness->recess = 0;
        invariants_wait_anew(instance, now, false);
        witness->gave_up = state->gave_up;
    }
    if (event->kind == FSM_EVENT_ADVERT && event->priority) {
        invariants_hear(instance, event, now);
    } else if (event->kind == FSM_EVENT_ADVERT) {
        invariants_hear_zero(instance, before, event, now);
    } else if (event->kind == FSM_EVENT_PRIORITY || event->kind == FSM_EVENT_RECONFIGURED) {
        invariants_reconsider(instance, now);
    } else if (event->kind == FSM_EVENT_TIMER && event->late > invariants_skew(instance) &&
               before->role == FSM_BACKUP && !before->listening) {
        invariants_wait_anew(instance, now, true);
    }
    /* One that gives up with its group waits longer, so that two that contradict each other part. */
    if (before->role == FSM_MASTER && instance->config.grouped &&
        (event->kind == FSM_EVENT_ADVERT || event->kind == FSM_EVENT_GROUP_BACKUP)) {
        witness->parted_at = now;
        witness->recess =
            instance->config.version == 2 ? CLOCK_SECOND : instance->config.advert_interval;
    }
}

static bool invariants_overdue(const struct sim_instance *instance, enum fsm_role role, int64_t now)
{
    int64_t due = instance->witness.patient_from + invariants_limit(instance);

    due = due > instance->witness.changed_at ? due : instance->witness.changed_at;
    return role == FSM_BACKUP && now > due + INVARIANTS_SLACK;
}

/* A sync group is overdue when all of its members are. */
static void invariants_group_patience(struct sim *sim, unsigned number, unsigned which, int64_t now)
{
    const struct sim_router *router = &sim->routers[number];
    int group = router->instances[which].group;

    for (unsigned i = 0; group >= 0 && i < sim->virtual_count; i++) {
        const struct sim_instance *member = &router->instances[i];

        if (member->configured && member->group == group &&
            !invariants_overdue(member, member->state.role, now)) {
            return;
        }
    }
    sim_fail(sim, SIM_LATE_TAKEOVER, "router %u, virtual %u waits for %.4f s, limit %.4f s", number,
             which, (double)(now - router->instances[which].witness.patient_from) / 1e9,
             (double)invariants_limit(&router->instances[which]) / 1e9);
}

void invariants_patience(struct sim *sim)
{
    for (unsigned i = 0; i < sim->count; i++) {
        const struct sim_router *router = &sim->routers[i];
        int64_t now = sim_clock(sim, router);

        for (unsigned which = 0;
             router->alive && router->paused_until <= sim->now && which < sim->virtual_count;
             which++) {
            if (router->instances[which].configured &&
                invariants_overdue(&router->instances[which], router->instances[which].state.role,
                                   now)) {
                invariants_group_patience(sim, i, which, now);
            }
        }
    }
}

/* ---- A step ------------------------------------------------------------------------------------ */

static void invariants_judge_sanity(struct sim *sim, unsigned router, unsigned which)
{
    const struct sim_instance *instance = &sim->routers[router].instances[which];
    const struct fsm_state *state = &instance->state;
    bool runs = state->role == FSM_MASTER || state->role == FSM_BACKUP;

    if (runs && state->deadline == CLOCK_NEVER) {
        sim_fail(sim, SIM_INSANE, "router %u, virtual %u runs without a timer", router, which);
    }
    if (state->role == FSM_MASTER && (state->obeys || state->wants_master)) {
        sim_fail(sim, SIM_INSANE, "router %u, virtual %u: a master that obeys", router, which);
    }
    if (state->handing_over && !instance->config.handover) {
        sim_fail(sim, SIM_HOLDERS, "router %u, virtual %u has left and keeps its address", router,
                 which);
    }
    if (runs && state->handing_over &&
        (state->role == FSM_MASTER || !state->gave_up || state->obeys)) {
        sim_fail(sim, SIM_INSANE, "router %u, virtual %u hands over and runs", router, which);
    }
    if (instance->holds != decide_holds(state) && instance->configured &&
        !sim->routers[router].starting) {
        sim_fail(sim, SIM_HOLDERS, "router %u, virtual %u %s its address as %s", router, which,
                 instance->holds ? "holds" : "lacks", fsm_role_text(state->role));
    }
}

/* A master gives way to what is better, or with its sync group, or where it was told to when late. */
static void invariants_judge_yielding(struct sim *sim, unsigned number, unsigned which,
                                      const struct fsm_state *before, const struct fsm_event *event,
                                      enum fsm_reason reason)
{
    const struct sim_router *router = &sim->routers[number];
    const struct sim_instance *instance = &router->instances[which];
    bool good = false;

    switch (reason) {
    case FSM_REASON_HIGHER:
        good = event->priority > before->priority;
        break;
    case FSM_REASON_TIE:
        good = event->priority == before->priority &&
               inet_compare(&event->source, &before->address) > 0;
        break;
    case FSM_REASON_SECOND_OWNER:
        good = instance->config.owner && event->priority == CONF_PRIORITY_OWNER;
        break;
    case FSM_REASON_LATE:
        good = !instance->config.preempt && instance->config.late_priority &&
               (event->kind == FSM_EVENT_TIMER ? event->late
                                               : sim_clock(sim, router) - before->deadline) >
                   (instance->config.down_adverts - 1) * instance->config.advert_interval;
        break;
    case FSM_REASON_DEMOTED:
        good = event->demoted && !before->demoted && !instance->config.owner;
        break;
    case FSM_REASON_GROUP:
        for (unsigned i = 0; i < sim->virtual_count; i++) {
            const struct sim_instance *other = &router->instances[i];

            good |= other->configured && other->group == instance->group && i != which &&
                    other->state.role == FSM_BACKUP &&
                    (other->state.obeys || other->state.stepped_down);
        }
        break;
    default:
        break;
    }
    if (!good) {
        sim_fail(sim, SIM_YIELDED, "router %u, virtual %u: %s, %u against %u", number, which,
                 fsm_reason_word(reason), before->priority, event->priority);
    }
}

static void invariants_judge_obedience(struct sim *sim, unsigned number, unsigned which,
                                       const struct fsm_event *event)
{
    const struct sim_instance *instance = &sim->routers[number].instances[which];

    if (event->kind == FSM_EVENT_ADVERT && event->priority && instance->state.role == FSM_BACKUP &&
        instance->state.obeys && event->priority < instance->state.priority &&
        instance->config.preempt && !instance->config.preempt_delay) {
        sim_fail(sim, SIM_OBEYED, "router %u, virtual %u: %u obeys %u", number, which,
                 instance->state.priority, event->priority);
    }
}

/* Silence is a reason only when it has lasted. */
static void invariants_judge_takeover(struct sim *sim, unsigned number, unsigned which,
                                      const struct fsm_state *before, int64_t now)
{
    const struct sim_instance *instance = &sim->routers[number].instances[which];
    int64_t silence = now - instance->witness.patient_from;
    int64_t interval = instance->witness.interval < instance->config.advert_interval
                           ? instance->witness.interval
                           : instance->config.advert_interval;
    int64_t least = instance->witness.skew_alone || before->listening
                        ? 0
                        : instance->config.down_adverts * interval;

    if (silence < least) {
        sim_fail(sim, SIM_EARLY_TAKEOVER,
                 "router %u, virtual %u takes over after %.4f s of silence", number, which,
                 (double)silence / 1e9);
    }
}

/* DESIGN.md, late wake-up: one skew time of listening comes first. */
static void invariants_judge_lateness(struct sim *sim, unsigned number, unsigned which,
                                      const struct fsm_state *before, const struct fsm_event *event,
                                      const struct fsm_outcome *outcome)
{
    const struct fsm_config *config = &sim->routers[number].instances[which].config;
    int64_t patience = before->role == FSM_MASTER
                           ? (config->down_adverts - 1) * config->advert_interval
                           : fsm_skew(config, before);

    if (before->role == FSM_MASTER &&
        config->late_priority) { /* timer_expired_backup knows better */
        patience += (256 - config->late_priority) *
                    (config->version == 2 ? CLOCK_SECOND : config->advert_interval) / 256;
    }
    if (event->kind == FSM_EVENT_TIMER && !before->listening && event->late > patience &&
        outcome->actions & (FSM_SEND_ADVERT | FSM_ASK_GROUP) &&
        outcome->reason != FSM_REASON_LATE) {
        sim_fail(sim, SIM_HASTY, "router %u, virtual %u: late by %.4f s, speaks as %s", number,
                 which, (double)event->late / 1e9, fsm_role_text(before->role));
    }
}

void invariants_step(struct sim *sim, unsigned router, unsigned which,
                     const struct fsm_state *before, const struct fsm_event *event,
                     const struct fsm_outcome *outcome)
{
    struct sim_instance *instance = &sim->routers[router].instances[which];
    int64_t now = sim_clock(sim, &sim->routers[router]);
    bool changed = before->role != outcome->state.role;

    if (before->role == FSM_BACKUP && outcome->state.role == FSM_MASTER &&
        outcome->reason == FSM_REASON_NO_ADVERT) {
        invariants_judge_takeover(sim, router, which, before, now);
    }
    if (event->kind == FSM_EVENT_TIMER && event->late <= SIM_JITTER && instance->group < 0 &&
        invariants_overdue(instance, before->role, now)) {
        invariants_group_patience(sim, router, which, now);
    }
    if (before->role == FSM_MASTER && outcome->state.role == FSM_BACKUP) {
        invariants_judge_yielding(sim, router, which, before, event, outcome->reason);
        instance->witness.yielded_at = sim->now;
    }
    invariants_judge_lateness(sim, router, which, before, event, outcome);
    invariants_witness(instance, before, event, now);
    invariants_judge_obedience(sim, router, which, event);
    invariants_judge_sanity(sim, router, which);
    if (changed && sim->now >= sim->virtuals[which].settled_at) {
        sim_fail(sim, SIM_RESTLESS, "router %u, virtual %u: %s -> %s: %s", router, which,
                 fsm_role_text(before->role), fsm_role_text(outcome->state.role),
                 fsm_reason_word(outcome->reason));
    }
}

void invariants_group(struct sim *sim, unsigned router, unsigned group)
{
    struct sim_group *members = &sim->routers[router].groups[group];
    unsigned masters = 0;
    unsigned backups = 0;
    unsigned faults = 0;
    unsigned faulty = 0;

    for (unsigned i = 0; i < members->count; i++) {
        const struct sim_instance *member = &sim->routers[router].instances[members->members[i]];

        masters += member->state.role == FSM_MASTER;
        backups += member->state.obeys || member->state.stepped_down;
        faults += member->state.role == FSM_FAULT;
        faulty += member->facts.faulty;
    }
    members->mixed &= masters && masters < members->count;
    if ((masters && (backups || faults || faulty)) || (faults && faults < members->count) ||
        (masters && masters < members->count && !members->mixed)) {
        sim_fail(sim, SIM_SPLIT_GROUP,
                 "router %u, group %u of %u: %u masters, %u obey, %u in FAULT, %u faulty", router,
                 group, members->count, masters, backups, faults, faulty);
    }
}

/* ---- A whole network --------------------------------------------------------------------------- */

/* One down interval and two skew times, and what preempt_delay adds: it begins with an advert. */
static int64_t invariants_time_to_settle(const struct sim *sim, unsigned which)
{
    int64_t interval = 0;
    int64_t delay = 0;
    uint32_t adverts = 0;

    for (unsigned i = 0; i < sim->count; i++) {
        const struct conf_instance *conf = &sim->routers[i].instances[which].conf;

        interval = conf->advert_interval > interval ? conf->advert_interval : interval;
        delay = conf->preempt_delay > delay ? conf->preempt_delay : delay;
        adverts = conf->down_timer_adverts > adverts ? conf->down_timer_adverts : adverts;
    }
    return adverts * interval + 2 * (sim->virtuals[which].version == 2 ? CLOCK_SECOND : interval) +
           (delay ? delay + interval : 0) + 2 * sim->delay + INVARIANTS_SLACK;
}

/* Clocks that run slow take longer; a sync group settles when its slowest member has. */
int64_t invariants_expect(struct sim *sim)
{
    int64_t times[SIM_VIRTUALS] = {0};
    int64_t slowest = 0;

    for (unsigned i = 0; i < sim->virtual_count; i++) {
        times[i] = invariants_time_to_settle(sim, i);
        times[i] += times[i] * SIM_DRIFT_PPM / 500000;
        slowest = times[i] > slowest ? times[i] : slowest;
    }
    sim->whole_since = sim->now;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        bool grouped = sim->routers[0].instances[i].planned_group >= 0;

        sim->virtuals[i].settled_at =
            sim->virtuals[i].coherent ? sim->now + (grouped ? slowest : times[i]) : CLOCK_NEVER;
    }
    return sim->now + slowest;
}

static bool invariants_is_quiet(const struct sim *sim, int64_t since)
{
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        const struct sim_virtual *virtual = &sim->virtuals[which];

        if (!virtual->coherent &&
            (virtual->changed_at >= since || (virtual->running && virtual->masters != 1))) {
            return false;
        }
    }
    return true;
}

void invariants_reconcile(struct sim *sim, int64_t patience)
{
    unsigned meetings = 0;
    int64_t since = sim->now - patience;

    while (sim->verdict == SIM_GOOD && !invariants_is_quiet(sim, since)) {
        if (meetings++ == INVARIANTS_MEETINGS * sim->count) {
            sim_fail(sim, SIM_RESTLESS, "sync groups contradict each other without end");
        }
        since = sim->now;
        sim_run_until(sim, sim->now + patience);
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        if (!sim->virtuals[which].coherent) {
            sim->virtuals[which].settled_at = sim->now;
        }
    }
}

static void invariants_judge_holders(struct sim *sim, unsigned which, unsigned master)
{
    for (unsigned i = 0; i < sim->count; i++) {
        const struct sim_router *router = &sim->routers[i];
        const struct sim_instance *instance = &router->instances[which];
        const struct sim_instance *best = &sim->routers[master].instances[which];

        if (instance->holds != (i == master)) {
            sim_fail(sim, SIM_HOLDERS, "router %u, virtual %u %s its address", i, which,
                     instance->holds ? "still has" : "lacks");
        }
        /* Who yields in a whole network is heard, if it says a last word; of what went on elsewhere
         * nobody can know. */
        if (i != master && router->alive && instance->conf.higher_prio_send_advert &&
            instance->witness.yielded_at > sim->whole_since &&
            instance->witness.yielded_at > best->witness.announced_at) {
            sim_fail(sim, SIM_STALE, "virtual %u: router %u yielded after %u announced", which, i,
                     master);
        }
    }
}

/* The one that the priorities demand: nobody better that may preempt is there. */
static void invariants_judge_virtual(struct sim *sim, unsigned which)
{
    const struct sim_virtual *virtual = &sim->virtuals[which];
    unsigned master = SIM_ROUTERS;
    uint8_t best = 0;

    for (unsigned i = 0; i < sim->count; i++) {
        const struct sim_router *router = &sim->routers[i];
        const struct fsm_state *state = &router->instances[which].state;

        if (!router->alive || (state->role != FSM_MASTER && state->role != FSM_BACKUP)) {
            continue;
        }
        master = state->role == FSM_MASTER ? i : master;
        if (router->instances[which].config.preempt && state->priority > best) {
            best = state->priority;
        }
    }
    if (master == SIM_ROUTERS) {
        return; /* that there must be one is invariants_event()'s */
    }
    if (virtual->coherent && sim->routers[master].instances[which].state.priority < best) {
        sim_fail(sim, SIM_WRONG_MASTER, "virtual %u: router %u is master with %u, %u is there",
                 which, master, sim->routers[master].instances[which].state.priority, best);
    }
    if (virtual->keeper != SIM_ROUTERS && virtual->keeper != master) {
        sim_fail(sim, SIM_DEPOSED, "virtual %u: router %u is master, not %u", which, master,
                 virtual->keeper);
    }
    if (virtual->masters == 1) {
        invariants_judge_holders(sim, which, master);
    }
}

void invariants_judge(struct sim *sim)
{
    invariants_patience(sim);
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        invariants_judge_virtual(sim, which);
        if (sim->virtuals[which].masters > 1) {
            sim_fail(sim, SIM_TWO_MASTERS, "virtual %u has %u masters", which,
                     sim->virtuals[which].masters);
        }
    }
}

void invariants_event(struct sim *sim)
{
    size_t calm = (size_t)sim->count * sim->count * sim->virtual_count * SIM_CALM + 500;

    if (sim->event_count > calm) {
        sim_fail(sim, SIM_STORM, "%u adverts are on their way", (unsigned)sim->event_count);
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        const struct sim_virtual *virtual = &sim->virtuals[which];

        if (virtual->watched && !virtual->holders) {
            sim_fail(sim, SIM_HOLE, "virtual %u: nobody answers for its address", which);
        }
        if (sim->now >= virtual->settled_at && virtual->running && virtual->masters != 1) {
            sim_fail(sim, virtual->masters ? SIM_TWO_MASTERS : SIM_NO_MASTER,
                     "virtual %u has %u masters", which, virtual->masters);
        }
    }
}
