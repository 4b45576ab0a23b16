/* SPDX-License-Identifier: Apache-2.0
 *
 * The story of a run: what goes wrong, and what administrators do.
 */
#include "sim.h"

#include <string.h>

enum { FAULTS_LEAST = 3, FAULTS_MORE = 16 };

/* The longest interval of an advert. */
static int64_t faults_interval(const struct sim *sim)
{
    int64_t longest = 0;

    for (unsigned i = 0; i < sim->count; i++) {
        for (unsigned which = 0; which < sim->virtual_count; which++) {
            int64_t interval = sim->routers[i].instances[which].conf.advert_interval;

            longest = interval > longest ? interval : longest;
        }
    }
    return longest;
}

static unsigned faults_pick(struct sim *sim)
{
    return (unsigned)sim_random(sim, sim->count);
}

/* ---- The network ------------------------------------------------------------------------------- */

static void faults_partition(struct sim *sim)
{
    network_part(sim, (unsigned)sim_random(sim, sim->network_count));
}

static void faults_deafness(struct sim *sim)
{
    network_deafen(sim, (unsigned)sim_random(sim, sim->network_count));
}

static void faults_loss(struct sim *sim)
{
    sim->loss = (unsigned)sim_random(sim, 40);
    sim->duplication = (unsigned)sim_random(sim, 30);
    sim_tell(sim, "the network loses %u %% and copies %u %%", sim->loss, sim->duplication);
}

static void faults_repair(struct sim *sim)
{
    sim_tell(sim, "the network is whole for a while");
    network_heal(sim);
}

static void faults_link(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    unsigned network = (unsigned)sim_random(sim, sim->network_count);
    bool *link = &sim->routers[number].links[network];

    *link = !*link;
    sim_tell(sim, "router %u: the link to network %u is %s", number, network,
             *link ? "up" : "down");
    router_evaluate(sim, number);
}

/* ---- Routers ----------------------------------------------------------------------------------- */

static void faults_power(struct sim *sim)
{
    unsigned number = faults_pick(sim);

    if (sim->routers[number].alive || sim->routers[number].crashed) {
        router_cut(sim, number);
    } else {
        router_start(sim, number);
    }
}

static void faults_kill(struct sim *sim)
{
    const struct sim_event event = {
        .at = sim->now + (int64_t)sim_random(sim, 5 * (uint64_t)faults_interval(sim)),
        .kind = SIM_EVENT_RESTART,
        .router = faults_pick(sim)};

    if (sim->routers[event.router].alive) {
        router_crash(sim, event.router);
        sim_post(sim, &event);
    }
}

static void faults_stop(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    struct sim_router *router = &sim->routers[number];

    if (router->alive && !router->stopping && router->paused_until <= sim->now) {
        router_stop(sim, number);
    } else if (!router->alive && !router->crashed) {
        router_start(sim, number);
    }
}

static void faults_pause(struct sim *sim)
{
    int64_t interval = faults_interval(sim);

    router_pause(
        sim, faults_pick(sim),
        1 + (int64_t)sim_random(sim, (uint64_t)(sim_chance(sim, 50) ? interval : 8 * interval)));
}

static void faults_tracker(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    struct sim_router *router = &sim->routers[number];
    unsigned script = (unsigned)sim_random(sim, SIM_SCRIPTS);

    if (sim_chance(sim, 50)) {
        router->file = (int64_t)sim_random(sim, 7) - 3;
        sim_tell(sim, "router %u: the file says %d", number, (int)router->file);
    } else if (router->scripts[script] != TRACK_UNKNOWN) {
        router->scripts[script] = router->scripts[script] == TRACK_GOOD ? TRACK_BAD : TRACK_GOOD;
        sim_tell(sim, "router %u: script %u is %s", number, script,
                 router->scripts[script] == TRACK_GOOD ? "good" : "bad");
    }
    if (router->paused_until <= sim->now) {
        router_evaluate(sim, number);
    }
}

static void faults_refusal(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    struct sim_instance *instance =
        &sim->routers[number].instances[sim_random(sim, sim->virtual_count)];

    if (sim->routers[number].paused_until <= sim->now) {
        instance->refused = !instance->refused;
        sim_tell(sim, "router %u: the kernel %s an address", number,
                 instance->refused ? "refuses" : "takes");
        router_evaluate(sim, number);
    }
}

/* ---- Administrators ---------------------------------------------------------------------------- */

static void faults_change_preemption(struct sim *sim, struct conf_instance *conf)
{
    if (conf->priority == CONF_PRIORITY_OWNER) {
        return;
    }
    conf->preempt = !conf->preempt;
    conf->preempt_delay = conf->preempt ? (int64_t)sim_random(sim, 5) * conf->advert_interval : 0;
    conf->late_priority = 0;
}

/* One setting; `value` is the same for all members of a sync group. */
static void faults_change(struct sim *sim, unsigned kind, uint64_t value, unsigned which,
                          struct sim_instance *instance)
{
    struct conf_instance *conf = &instance->conf;

    switch (kind) {
    case 0:
        if (conf->priority != CONF_PRIORITY_OWNER) {
            conf->priority = (uint8_t)(1 + value % 254);
        }
        break;
    case 1:
        faults_change_preemption(sim, conf);
        break;
    case 2:
        if (sim->virtuals[which].version == 3) { /* version 2: see faults_roll() */
            conf->advert_interval = (int64_t)(1 + sim_random(sim, 4)) * conf->advert_interval / 2;
            conf->advert_interval -= conf->advert_interval % (10 * SIM_MS);
            conf->advert_interval = conf->advert_interval < 10 * SIM_MS    ? 10 * SIM_MS
                                    : conf->advert_interval > CLOCK_SECOND ? CLOCK_SECOND
                                                                           : conf->advert_interval;
        }
        break;
    case 3:
        conf->down_timer_adverts = 2 + (uint32_t)(value % 3);
        break;
    case 4:
        if (conf->preempt && conf->priority != CONF_PRIORITY_OWNER) {
            conf->preempt_delay = (int64_t)(value % 6) * conf->advert_interval;
        }
        break;
    case 5:
        instance->configured = !instance->configured;
        break;
    default: /* joins a group, or leaves it */
        instance->group = instance->group >= 0 ? -1 : instance->planned_group;
        conf->sync_group = instance->group >= 0 ? &sim->sync_group : NULL;
        break;
    }
}

static void faults_reload(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    unsigned kind = (unsigned)sim_random(sim, 7);
    uint64_t value = sim_random(sim, 1000);
    unsigned one = (unsigned)sim_random(sim, sim->virtual_count);
    const struct sim_router *router = &sim->routers[number];
    struct sim_instance fresh[SIM_VIRTUALS];

    if (router->paused_until > sim->now || router->stopping) {
        return;
    }
    memcpy(fresh, router->instances, sizeof(fresh));
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        bool grouped = fresh[which].planned_group >= 0 && fresh[one].planned_group >= 0;

        if (which == one || (grouped && kind <= 1)) {
            faults_change(sim, kind, value, which, &fresh[which]);
        }
    }
    sim_tell(sim, "router %u: reload, kind %u, virtual %u", number, kind, one);
    router_reload(sim, number, fresh);
}

/* holdfastctl demote, release and prio: all of a sync group, as the daemon does it. */
static void faults_set_operator(struct sim *sim, unsigned number, unsigned one,
                                const struct track_operator *operator)
{
    struct sim_router *router = &sim->routers[number];
    int group = router->instances[one].planned_group;

    for (unsigned which = 0; which < sim->virtual_count; which++) { /* the daemon refuses that */
        if (operator->demoted && router->instances[which].conf.priority == CONF_PRIORITY_OWNER &&(
                which == one || (group >= 0 && router->instances[which].planned_group == group))) {
            return;
        }
    }
    sim_tell(sim, "router %u, virtual %u: an operator %s, adds %d", number,
             one, operator->demoted ? "demotes" : "demotes no more", operator->adjustment);
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        if (which == one || (group >= 0 && router->instances[which].planned_group == group)) {
            router->instances[which].operator= * operator;
        }
    }
    if (router->paused_until <= sim->now) {
        router_evaluate(sim, number);
    }
}

static void faults_steer(struct sim *sim)
{
    const struct track_operator operator= {
        .demoted = sim_chance(sim, 50),
        .adjustment = sim_chance(sim, 50) ? 0 : (int)sim_random(sim, 101) - 50};

    faults_set_operator(sim, faults_pick(sim), (unsigned)sim_random(sim, sim->virtual_count),
                        &operator);
}

/* holdfastctl node drain, and resume. */
static void faults_drain(struct sim *sim)
{
    unsigned number = faults_pick(sim);
    struct sim_router *router = &sim->routers[number];

    router->drained = !router->drained;
    sim_tell(sim, "router %u: an operator %s it", number, router->drained ? "drains" : "resumes");
    if (router->paused_until <= sim->now) {
        router_evaluate(sim, number);
    }
}

/* A new interval of version 2 must come to all; till then they do not hear each other. */
static void faults_roll(struct sim *sim)
{
    unsigned which = (unsigned)sim_random(sim, sim->virtual_count);
    int64_t interval = (int64_t)(1 + sim_random(sim, 2)) * CLOCK_SECOND;

    if (sim->virtuals[which].version != 2) {
        return;
    }
    sim_tell(sim, "virtual %u: all get an interval of %d s", which, (int)(interval / CLOCK_SECOND));
    for (unsigned i = 0; i < sim->count; i++) {
        struct sim_instance fresh[SIM_VIRTUALS];

        memcpy(fresh, sim->routers[i].instances, sizeof(fresh));
        fresh[which].conf.advert_interval = interval;
        if (sim->routers[i].stopping) {
            router_cut(sim, i);
        }
        router_reload(sim, i, fresh);
        sim_run_until(sim, sim->now + (int64_t)sim_random(sim, (uint64_t)CLOCK_SECOND));
    }
}

/* ---- The story --------------------------------------------------------------------------------- */

static void faults_any(struct sim *sim)
{
    static void (*const kinds[])(struct sim *) = {
        faults_partition, faults_partition, faults_deafness, faults_loss,    faults_repair,
        faults_repair,    faults_link,      faults_power,    faults_power,   faults_kill,
        faults_kill,      faults_stop,      faults_stop,     faults_pause,   faults_pause,
        faults_pause,     faults_tracker,   faults_tracker,  faults_refusal, faults_reload,
        faults_reload,    faults_reload,    faults_roll,     faults_steer,   faults_steer,
        faults_drain,
    };

    kinds[sim_random(sim, sizeof(kinds) / sizeof(kinds[0]))](sim);
}

/* All that administrators and the power company have to do so that the network is whole. */
static void faults_mend(struct sim *sim)
{
    bool any = false;

    for (unsigned i = 0; i < sim->count; i++) {
        struct sim_router *router = &sim->routers[i];
        struct sim_instance fresh[SIM_VIRTUALS];

        if (router->stopping) { /* it would not see the reload */
            router_cut(sim, i);
        }
        router->drained = router->drained && sim_chance(sim, 30);
        memset(router->links, true, sizeof(router->links));
        memcpy(fresh, router->instances, sizeof(fresh));
        for (unsigned which = 0; which < sim->virtual_count; which++) {
            fresh[which].configured = fresh[which].planned;
            fresh[which].group = fresh[which].planned_group;
            fresh[which].conf.sync_group = fresh[which].group >= 0 ? &sim->sync_group : NULL;
        }
        if (router->crashed) {
            router_start(sim, i);
        }
        router_reload(sim, i, fresh);
        any |= router->alive;
    }
    if (!any) {
        router_start(sim, 0);
    }
    /* Orderly stops, scripts and vrrp_startup_delay take their time. */
    sim_run_until(sim, sim->now + 3 * CLOCK_SECOND);
}

void faults_trouble(struct sim *sim)
{
    unsigned faults = FAULTS_LEAST + (unsigned)sim_random(sim, FAULTS_MORE);
    int64_t asleep = sim->now;

    for (unsigned i = 0; i < sim->count; i++) {
        if (!sim_chance(sim, 15)) {
            router_start(sim, i);
        }
    }
    while (faults-- && sim->verdict == SIM_GOOD) {
        sim_run_until(sim,
                      sim->now + 1 + (int64_t)sim_random(sim, 5 * (uint64_t)faults_interval(sim)));
        invariants_patience(sim);
        faults_any(sim);
    }
    network_heal(sim);
    for (unsigned i = 0; i < sim->count; i++) {
        asleep = sim->routers[i].paused_until > asleep ? sim->routers[i].paused_until : asleep;
    }
    sim_run_until(sim, asleep + 1);
    faults_mend(sim);
    sim_tell(sim, "the network is whole and loses nothing");
}

/* ---- What happens in a whole network ----------------------------------------------------------- */

static bool faults_find_master(const struct sim *sim, unsigned which, unsigned *master)
{
    for (unsigned i = 0; i < sim->count; i++) {
        if (sim->routers[i].alive && sim->routers[i].instances[which].state.role == FSM_MASTER) {
            *master = i;
            return true;
        }
    }
    return false;
}

/*
 * No advert may be on its way: one that arrives behind the priority 0 says that the master is alive. (Adverts
 * of one sender do not overtake each other on an Ethernet.)
 */
static bool faults_has_arrived(const struct sim *sim, unsigned router, unsigned which)
{
    const struct sim_instance *instance = &sim->routers[router].instances[which];

    return sim_clock(sim, &sim->routers[router]) - instance->beaten_at > sim->delay + SIM_MS;
}

/*
 * A successor must be there, and one interval for all of a sync group: how long addresses are kept is a
 * matter of the instance's own skew time, while a successor waits for the slowest member of its group.
 */
static bool faults_hands_over(const struct sim *sim, unsigned router, unsigned which)
{
    const struct sim_instance *instance = &sim->routers[router].instances[which];
    bool successor = false;

    for (unsigned i = 0; i < sim->count; i++) {
        const struct sim_instance *other = &sim->routers[i].instances[which];

        successor |= i != router && sim->routers[i].alive && other->state.role == FSM_BACKUP;
        if (other->conf.advert_interval != instance->conf.advert_interval) {
            return false;
        }
    }
    return successor && instance->conf.handover && faults_has_arrived(sim, router, which) &&
           instance->group < 0 && instance->state.role == FSM_MASTER;
}

static void faults_order_stop(struct sim *sim)
{
    unsigned master;

    if (!faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        return;
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        sim->virtuals[which].watched = faults_hands_over(sim, master, which);
    }
    router_stop(sim, master);
}

static void faults_order_cut(struct sim *sim)
{
    unsigned master;

    if (faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        router_cut(sim, master);
    }
}

static bool faults_anybody_preempts(const struct sim *sim, unsigned which)
{
    for (unsigned i = 0; i < sim->count; i++) {
        if (sim->routers[i].instances[which].conf.preempt) {
            return true;
        }
    }
    return false;
}

/*
 * Who has taken over from one that sleeps keeps its place, where nobody preempts and the sleeper has
 * timer_expired_backup with what the other one's priority is, or more.
 */
static void faults_keep_successors(struct sim *sim, unsigned sleeper)
{
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        const struct sim_instance *late = &sim->routers[sleeper].instances[which];

        for (unsigned i = 0; i < sim->count; i++) {
            const struct fsm_state *state = &sim->routers[i].instances[which].state;

            if (i != sleeper && sim->routers[i].alive && state->role == FSM_MASTER &&
                late->state.role == FSM_MASTER && late->group < 0 &&
                late->config.late_priority >= state->priority &&
                !faults_anybody_preempts(sim, which)) {
                sim->virtuals[which].keeper = i;
            }
        }
    }
}

/* SIGSTOP, or a host that stands still, and goes on. */
static void faults_order_pause(struct sim *sim)
{
    unsigned master;
    int64_t pause = 1 + (int64_t)sim_random(sim, 10 * (uint64_t)faults_interval(sim));

    if (faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        router_pause(sim, master, pause);
        sim_run_until(sim, sim->now + pause - pause / 50); /* clocks differ: it is not that near */
        faults_keep_successors(sim, master);
        sim_run_until(sim, sim->routers[master].paused_until + 1);
    }
}

/* Killed, and started again before anybody can have missed an advert: nobody notices. */
static void faults_order_kill(struct sim *sim)
{
    unsigned master;

    if (faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        router_crash(sim, master);
        sim_run_until(sim, sim->now + (int64_t)sim_random(sim, (uint64_t)faults_interval(sim)));
        router_start(sim, master);
        sim_run_until(sim, sim->now + 3 * CLOCK_SECOND); /* its scripts, and vrrp_startup_delay */
    }
}

/* All others come anew, some of them better: where nobody preempts the master stays. */
static void faults_order_newcomers(struct sim *sim)
{
    unsigned master;

    if (!faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        return;
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        if (sim->routers[master].instances[which].state.role == FSM_MASTER &&
            sim->virtuals[which].coherent && !faults_anybody_preempts(sim, which)) {
            sim->virtuals[which].keeper = master;
        }
    }
    for (unsigned i = 0; i < sim->count; i++) {
        if (i != master) {
            router_cut(sim, i);
            router_start(sim, i);
        }
    }
    sim_run_until(sim, sim->now + 3 * CLOCK_SECOND); /* their scripts, and vrrp_startup_delay */
}

/*
 * Demoted while all is well: somebody answers for the address all the time, whether or not another router
 * is there. One that is in INIT by now hears nobody and is not waited for.
 */
static void faults_order_demote(struct sim *sim)
{
    const struct track_operator demoted = {.demoted = true};
    unsigned which = (unsigned)sim_random(sim, sim->virtual_count);
    const struct sim_instance *instance;
    unsigned master;

    if (!faults_find_master(sim, which, &master)) {
        return;
    }
    instance = &sim->routers[master].instances[which];
    sim->virtuals[which].watched = instance->conf.handover && !instance->config.owner &&
                                   !instance->state.demoted &&
                                   faults_has_arrived(sim, master, which) &&
                                   (instance->group < 0 || sim->virtuals[which].coherent);
    faults_set_operator(sim, master, which, &demoted);
    sim_run_until(sim, sim->now + 2 * fsm_handover_limit(&instance->config));
}

static void faults_order_drain(struct sim *sim)
{
    unsigned master;

    if (!faults_find_master(sim, (unsigned)sim_random(sim, sim->virtual_count), &master)) {
        return;
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        sim->virtuals[which].watched = faults_hands_over(sim, master, which);
    }
    sim->routers[master].drained = true;
    router_evaluate(sim, master);
}

void faults_order(struct sim *sim)
{
    static void (*const kinds[])(struct sim *) = {
        faults_order_stop,      faults_order_cut,    faults_order_pause, faults_order_kill,
        faults_order_newcomers, faults_order_demote, faults_order_drain,
    };

    for (unsigned which = 0; which < sim->virtual_count; which++) {
        sim->virtuals[which].settled_at = CLOCK_NEVER;
        sim->virtuals[which].keeper = SIM_ROUTERS;
    }
    kinds[sim_random(sim, sizeof(kinds) / sizeof(kinds[0]))](sim);
}
