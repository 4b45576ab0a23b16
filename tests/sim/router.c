/* SPDX-License-Identifier: Apache-2.0
 *
 * What the shell (src/vrrp/instance*.c, vrrp*.c, beat.c) does around the pure code: it gathers facts, gives
 * events to the state machines, carries out what they say and asks the sync groups.
 */
#include "sim.h"

#include "base/memory.h"
#include "vrrp/admit.h"
#include "vrrp/grid.h"

#include <stdlib.h>
#include <string.h>

#define ROUTER_LATE (5 * CLOCK_MILLISECOND) /* INSTANCE_LATE of instance_event.c */

/* Names an instance within calls of a group. */
struct router_seat {
    struct sim *sim;
    unsigned router;
    unsigned group;
};

static void router_step(struct sim *sim, unsigned number, unsigned which,
                        const struct fsm_event *event);

static bool router_runs(const struct fsm_state *state)
{
    return state->role == FSM_MASTER || state->role == FSM_BACKUP;
}

bool router_has(const struct sim_router *router, unsigned which)
{
    return router->instances[which].configured || router->instances[which].leaving;
}

/* ---- Timers ------------------------------------------------------------------------------------ */

static int64_t router_due(const struct sim_instance *instance)
{
    return decide_beats(&instance->state) ? instance->beat_at : instance->state.deadline;
}

/* As instance_arm() and beat_join(). */
static void router_arm(struct sim *sim, unsigned number, unsigned which)
{
    const struct sim_router *router = &sim->routers[number];
    struct sim_instance *instance = &sim->routers[number].instances[which];
    struct sim_event event = {
        .kind = SIM_EVENT_TIMER, .router = number, .which = which, .what = instance->generation};
    int64_t interval = instance->config.advert_interval;

    if (!decide_beats(&instance->state)) {
        instance->beat_at = CLOCK_NEVER;
    } else if (instance->beat_at == CLOCK_NEVER || instance->beat_interval != interval) {
        instance->beat_at = grid_first(sim_clock(sim, router), interval);
        instance->beat_interval = interval;
    }
    event.at = sim_world_time(router, router_due(instance));
    if (event.at >= instance->event_at) {
        return; /* the event that is in the queue looks again */
    }
    instance->event_at = event.at;
    event.what = ++instance->generation;
    event.at = (event.at > sim->now ? event.at : sim->now) +
               (int64_t)sim_random(sim, (uint64_t)SIM_JITTER);
    sim_post(sim, &event);
}

/* ---- What the state machine asks for ----------------------------------------------------------- */

static void router_settle(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];
    bool holds = router_has(&sim->routers[number], which) && decide_holds(&instance->state);

    if (holds != instance->holds) {
        sim->virtuals[which].holders += holds ? 1U : -1U;
        instance->holds = holds;
    }
}

static void router_send(struct sim *sim, unsigned number, unsigned which, uint8_t priority)
{
    struct sim_router *router = &sim->routers[number];

    network_send(sim, number, which, priority);
    if (priority && router->links[sim->virtuals[which].network]) {
        router->instances[which].sent_at = sim_clock(sim, router);
        router->instances[which].beaten_at = router->instances[which].sent_at;
    }
}

static void router_announce_others(struct sim *sim, unsigned number, int group)
{
    for (unsigned i = 0; group >= 0 && i < sim->virtual_count; i++) {
        struct sim_instance *other = &sim->routers[number].instances[i];

        if (other->configured && other->group == group && other->state.role == FSM_MASTER) {
            other->witness.announced_at = sim->now;
        }
    }
}

static void router_carry_out(struct sim *sim, unsigned number, unsigned which, unsigned actions)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];

    if (actions & FSM_SEND_ZERO) {
        router_send(sim, number, which, 0);
        instance->beaten_at = 0;
    }
    if (actions & FSM_SEND_ADVERT) {
        router_send(sim, number, which, instance->state.priority);
    }
    if (actions & FSM_RELEASE) {
        instance->beaten_at = 0;
    }
    if (actions & (FSM_ANNOUNCE | FSM_ANNOUNCE_AGAIN)) {
        instance->witness.announced_at = sim->now;
    }
    if (actions & FSM_ANNOUNCE_AGAIN) {
        router_announce_others(sim, number, instance->group);
    }
    if (actions & (FSM_CLAIM | FSM_RELEASE)) { /* nothing else makes it hold them, or not */
        router_settle(sim, number, which);
    }
}

/* ---- Sync groups ------------------------------------------------------------------------------- */

static struct decide_facts router_facts(const struct sim *sim, unsigned number, unsigned which)
{
    const struct sim_router *router = &sim->routers[number];
    const struct sim_instance *instance = &router->instances[which];
    struct decide_facts facts = instance->facts;
    int64_t now = sim_clock(sim, router);

    facts.group_fault = instance->group_fault;
    facts.delayed = now < router->start_at;
    facts.grouped = instance->conf.sync_group != NULL;
    facts.resumable = instance->state.role == FSM_INIT &&
                      decide_may_resume(&instance->config, instance->beaten_at, 0, now);
    return facts;
}

static struct group_member router_member(void *argument, size_t index)
{
    const struct router_seat *seat = argument;
    unsigned which = seat->sim->routers[seat->router].groups[seat->group].members[index];
    const struct decide_facts facts = router_facts(seat->sim, seat->router, which);

    return decide_member(&seat->sim->routers[seat->router].instances[which].state, &facts);
}

/* What starts as any other router was no master before. */
static void router_act_on_event(struct sim *sim, unsigned number, unsigned which,
                                const struct fsm_event *event)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];

    router_step(sim, number, which, event);
    if (event->kind == FSM_EVENT_START && instance->state.role != FSM_MASTER) {
        instance->beaten_at = 0;
    }
}

static void router_command(void *argument, size_t index, enum group_command command, size_t culprit)
{
    const struct router_seat *seat = argument;
    struct sim_router *router = &seat->sim->routers[seat->router];
    unsigned which = router->groups[seat->group].members[index];
    struct sim_instance *instance = &router->instances[which];
    struct decide_facts facts;
    struct fsm_event event;

    (void)culprit;
    if (command == GROUP_CLEAR) {
        instance->group_fault = false;
    } else if (command == GROUP_FAULT && !instance->facts.faulty) {
        instance->group_fault = true;
    }
    facts = router_facts(seat->sim, seat->router, which);
    if (decide_command(&instance->state, &facts, command, &event)) {
        router_act_on_event(seat->sim, seat->router, which, &event);
    }
}

static void router_review(struct sim *sim, unsigned number, unsigned group)
{
    struct router_seat seat = {sim, number, group};
    const struct group_calls calls = {router_member, router_command, &seat};
    struct sim_router *router = &sim->routers[number];

    if (!router->configuring && router->groups[group].count &&
        group_settle(&router->groups[group].review, &calls, router->groups[group].count)) {
        invariants_group(sim, number, group);
    }
}

static enum group_resumption router_resumption(struct sim *sim, unsigned number, unsigned which)
{
    const struct sim_router *router = &sim->routers[number];
    const struct sim_instance *instance = &router->instances[which];
    const struct decide_facts facts = router_facts(sim, number, which);
    struct group_member members[SIM_VIRTUALS];
    struct router_seat seat = {sim, number, 0};
    const struct sim_group *group;

    if (!facts.resumable || !facts.grouped) {
        return facts.resumable ? GROUP_RESUME : GROUP_START;
    }
    seat.group = (unsigned)instance->group;
    group = &router->groups[seat.group];
    for (unsigned i = 0; i < group->count; i++) {
        members[i] = router_member(&seat, i);
    }
    return group_resume(members, group->count);
}

/* ---- Events ------------------------------------------------------------------------------------ */

static void router_die(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    router->alive = false;
    router->stopping = false;
    router->configuring = false;
    router->paused_until = 0;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        struct sim_instance *instance = &router->instances[i];

        sim->virtuals[i].masters -= instance->state.role == FSM_MASTER;
        sim->virtuals[i].running -= router_runs(&instance->state);
        instance->state.role = FSM_INIT;
        instance->state.handing_over = false;
        instance->leaving = false;
        instance->event_at = CLOCK_NEVER;
        instance->generation++;
    }
    while (router->inbox_count) {
        network_release(sim, router->inbox[--router->inbox_count]);
    }
}

static void router_handed_over(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_router *router = &sim->routers[number];

    router->instances[which].leaving = false;
    if (!router->stopping) {
        return;
    }
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].state.handing_over) {
            return;
        }
    }
    sim_tell(sim, "router %u has ended", number);
    router_die(sim, number);
}

static void router_step(struct sim *sim, unsigned number, unsigned which,
                        const struct fsm_event *event)
{
    struct sim_router *router = &sim->routers[number];
    struct sim_instance *instance = &router->instances[which];
    struct fsm_state before = instance->state;
    struct fsm_outcome out = fsm_step(&instance->config, &before, event, sim_clock(sim, router));
    bool changed = out.state.role != before.role;

    out.actions = decide_actions(event, &out, instance->sent_at, sim_clock(sim, router));

    sim->steps++;
    instance->state = out.state;
    if (changed) {
        sim->virtuals[which].changed_at = sim->now;
        sim->virtuals[which].masters += out.state.role == FSM_MASTER;
        sim->virtuals[which].masters -= before.role == FSM_MASTER;
        sim->virtuals[which].running += router_runs(&out.state);
        sim->virtuals[which].running -= router_runs(&before);
        sim_tell(sim, "router %u, virtual %u (%u): %s -> %s: %s", number, which, out.state.priority,
                 fsm_role_text(before.role), fsm_role_text(out.state.role),
                 fsm_reason_word(out.reason));
    }
    router_carry_out(sim, number, which, out.actions);
    router_arm(sim, number, which);
    invariants_step(sim, number, which, &before, event, &out);
    if (instance->conf.sync_group && instance->configured &&
        (out.actions & FSM_ASK_GROUP || changed)) {
        router_review(sim, number, (unsigned)instance->group);
    }
    if (before.handing_over && !out.state.handing_over) {
        router_handed_over(sim, number, which);
    }
}

static void router_simple_event(struct sim *sim, unsigned number, unsigned which,
                                enum fsm_event_kind kind)
{
    const struct fsm_event event = {.kind = kind};

    router_step(sim, number, which, &event);
}

/* ---- Adverts ----------------------------------------------------------------------------------- */

static void router_hear(struct sim *sim, unsigned number, const struct sim_packet *packet)
{
    struct sim_router *router = &sim->routers[number];
    struct packet_advert advert;
    struct sim_instance *instance;
    struct fsm_event event;
    unsigned which = (unsigned)packet->data[1] - 51; /* the VRID: RFC 9568 5.2.3 */

    if (!router->alive || !router_has(router, which) || !router->links[packet->network]) {
        return;
    }
    if (packet_decode(packet->data, packet->size, &packet->envelope, !sim->virtuals[which].unicast,
                      &advert) != PACKET_OK) {
        sim_fail(sim, SIM_INSANE, "router %u cannot read an advert", number);
        return;
    }
    instance = &router->instances[which];
    if (!admit_passes(admit_advert(&instance->conf, &instance->state.address, 1, &packet->envelope,
                                   &advert))) {
        return;
    }
    event = (struct fsm_event){.kind = FSM_EVENT_ADVERT,
                               .priority = advert.priority,
                               .interval = advert.interval,
                               .source = packet->envelope.source};
    router_step(sim, number, which, &event);
}

static void router_read(struct sim *sim, unsigned number, unsigned packet)
{
    const struct sim_packet copy = sim->packets[packet]; /* answers may move them all */

    network_release(sim, packet);
    router_hear(sim, number, &copy);
}

void router_receive(struct sim *sim, unsigned number, unsigned packet)
{
    struct sim_router *router = &sim->routers[number];

    if (router->alive && router->paused_until <= sim->now) {
        router_read(sim, number, packet);
    } else if (router->alive && router->inbox_count < SIM_INBOX_SIZE) {
        router->inbox[router->inbox_count++] = packet;
    } else {
        network_release(sim, packet); /* nobody reads it; of a full socket what is new is lost */
    }
}

/* Reads what a network's socket has kept. */
static void router_drain(struct sim *sim, unsigned number, unsigned network)
{
    struct sim_router *router = &sim->routers[number];
    unsigned kept = 0;
    unsigned count = router->inbox_count;
    unsigned taken[SIM_INBOX_SIZE];
    unsigned taken_count = 0;

    for (unsigned i = 0; i < count; i++) {
        if (sim->packets[router->inbox[i]].network == network) {
            taken[taken_count++] = router->inbox[i];
        } else {
            router->inbox[kept++] = router->inbox[i];
        }
    }
    router->inbox_count = kept;
    for (unsigned i = 0; i < taken_count; i++) {
        router_read(sim, number, taken[i]);
    }
}

/* ---- Timers that fire -------------------------------------------------------------------------- */

/* As instance_timer() and instance_beat(). */
static void router_serve(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_router *router = &sim->routers[number];
    struct sim_instance *instance = &router->instances[which];
    struct fsm_event event = {.kind = FSM_EVENT_TIMER};
    int64_t now = sim_clock(sim, router);
    bool beats = decide_beats(&instance->state);

    if (!router_has(router, which) || router_due(instance) > now) {
        router_arm(sim, number, which);
        return;
    }
    event.late = now - router_due(instance);
    if (beats) {
        instance->beat_at = grid_next(instance->beat_at, now, instance->beat_interval);
    }
    if (!beats || event.late > ROUTER_LATE) {
        router_drain(sim, number, sim->virtuals[which].network);
    }
    if (beats ? decide_beats(&instance->state)
              : !decide_beats(&instance->state) && instance->state.deadline <= now) {
        router_step(sim, number, which, &event);
    }
    router_arm(sim, number, which);
}

void router_timer(struct sim *sim, const struct sim_event *event)
{
    struct sim_router *router = &sim->routers[event->router];
    struct sim_instance *instance = &router->instances[event->which];

    if (!router->alive || event->what != instance->generation) {
        return;
    }
    instance->event_at = CLOCK_NEVER;
    if (router->paused_until <= sim->now) { /* else it is served when it wakes up */
        router_serve(sim, event->router, event->which);
    }
}

void router_pause(struct sim *sim, unsigned number, int64_t duration)
{
    struct sim_router *router = &sim->routers[number];
    const struct sim_event event = {
        .at = sim->now + duration, .kind = SIM_EVENT_WAKE, .router = number};

    if (router->alive && event.at > router->paused_until) {
        sim_tell(sim, "router %u stands still for %.3f s", number, (double)duration / 1e9);
        router->paused_until = event.at;
        sim_post(sim, &event);
    }
}

/* Timers and sockets are all ready at once; which is served first is chance. */
void router_wake(struct sim *sim, unsigned number)
{
    unsigned first = (unsigned)sim_random(sim, sim->virtual_count);

    sim_tell(sim, "router %u goes on", number);
    for (unsigned i = 0; i < sim->virtual_count && sim->routers[number].alive; i++) {
        router_serve(sim, number, (first + i) % sim->virtual_count);
    }
    for (unsigned network = 0; network < sim->network_count; network++) {
        if (sim->routers[number].alive) {
            router_drain(sim, number, network);
        }
    }
}

/* ---- Facts ------------------------------------------------------------------------------------- */

static struct track_input router_input(const struct sim_router *router,
                                       const struct sim_tracker *tracker)
{
    struct track_input input = {.weight = tracker->weight, .reverse = tracker->reverse};

    switch (tracker->kind) {
    case SIM_TRACK_LINK:
        input.status = router->links[tracker->which] ? TRACK_GOOD : TRACK_BAD;
        break;
    case SIM_TRACK_SCRIPT:
        input.status = router->scripts[tracker->which];
        break;
    case SIM_TRACK_FILE:
        input.status = TRACK_GOOD;
        input.numeric = true;
        input.value = router->file;
        break;
    }
    return input;
}

static void router_observe(struct sim *sim, unsigned number, unsigned which)
{
    const struct sim_virtual *virtual = &sim->virtuals[which];
    struct sim_router *router = &sim->routers[number];
    struct sim_instance *instance = &router->instances[which];
    struct track_input inputs[SIM_TRACKERS];
    struct track_output output;

    for (unsigned i = 0; i < virtual->tracker_count; i++) {
        inputs[i] = router_input(router, &virtual->trackers[i]);
    }
    output = track_evaluate(instance->conf.priority, inputs, virtual->tracker_count);
    instance->facts = (struct decide_facts){
        .priority = track_operate(instance->conf.priority, &output, &instance->operator),
        .demoted = instance->operator.demoted && instance->conf.priority != CONF_PRIORITY_OWNER,
        .drained = router->drained,
        .faulty = output.fault || instance->refused || !router->links[virtual->network],
        .waiting = output.waiting,
        .unheard = !router->links[virtual->network],
    };
}

/* As instance_act(). */
static void router_act(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];
    struct decide_facts facts = router_facts(sim, number, which);
    struct fsm_event event;

    if (decide_priority(&instance->state, &facts, &event)) {
        sim_tell(sim, "router %u, virtual %u: priority %u -> %u", number, which,
                 instance->state.priority, facts.priority);
        router_step(sim, number, which, &event);
    }
    facts.resumption = router_resumption(sim, number, which);
    switch (decide_role(&instance->state, &facts, &event)) {
    case DECIDE_EVENT:
        router_act_on_event(sim, number, which, &event);
        break;
    case DECIDE_ASK_GROUP:
        router_review(sim, number, (unsigned)instance->group);
        break;
    case DECIDE_STAY:
        break;
    }
}

/* As vrrp_evaluate(). */
void router_evaluate(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    if (!router->alive || router->stopping) {
        return;
    }
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        router_observe(sim, number, i);
    }
    router->configuring = true;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].configured) {
            router_act(sim, number, i);
        }
    }
    router->configuring = false;
    for (unsigned i = 0; i < SIM_GROUPS; i++) {
        router_review(sim, number, i);
    }
}

/* ---- Life -------------------------------------------------------------------------------------- */

static void router_make_groups(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    memset(router->groups, 0, sizeof(router->groups));
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].configured && router->instances[i].group >= 0) {
            struct sim_group *group = &router->groups[router->instances[i].group];

            group->members[group->count++] = i;
        }
    }
}

static void router_renew(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];
    const struct inet_addr address =
        sim_address(sim, sim->virtuals[which].network, number, sim->virtuals[which].family);

    instance->config = decide_config(&instance->conf);
    instance->state = fsm_initial(&instance->config, instance->conf.priority, &address);
    instance->leaving = false;
    instance->group_fault = false;
    instance->sent_at = 0;
    instance->beat_at = CLOCK_NEVER;
    instance->event_at = CLOCK_NEVER;
    instance->generation++;
    instance->witness = (struct sim_witness){0};
}

/* Scripts run at once, and take a while. */
static void router_run_scripts(struct sim *sim, unsigned number)
{
    for (unsigned i = 0; i < SIM_SCRIPTS; i++) {
        const struct sim_event event = {.at = sim->now + 1 +
                                              (int64_t)sim_random(sim, 300 * (uint64_t)SIM_MS),
                                        .kind = SIM_EVENT_SCRIPT,
                                        .router = number,
                                        .which = i,
                                        .what = sim_chance(sim, 90)};

        sim->routers[number].scripts[i] = TRACK_UNKNOWN;
        sim_post(sim, &event);
    }
}

void router_start(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];
    struct sim_event event = {.kind = SIM_EVENT_EVALUATE, .router = number};

    sim_tell(sim, "router %u starts", number);
    router->alive = true;
    router->crashed = false;
    router->stopping = false;
    router->paused_until = 0;
    router->start_at = 0;
    router->starting = true;
    if (sim_chance(sim, 10)) {
        router->start_at =
            sim_clock(sim, router) + (int64_t)sim_random(sim, 2 * (uint64_t)CLOCK_SECOND);
        event.at = sim_world_time(router, router->start_at);
        sim_post(sim, &event);
    }
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        router_renew(sim, number, i);
    }
    router_make_groups(sim, number);
    router_run_scripts(sim, number);
    router_evaluate(sim, number);
    for (unsigned i = 0; i < sim->virtual_count; i++) { /* what an earlier run left is swept */
        router_settle(sim, number, i);
    }
    router->starting = false;
}

void router_crash(struct sim *sim, unsigned number)
{
    sim_tell(sim, "router %u is killed", number);
    router_die(sim, number);
    sim->routers[number].crashed = true;
}

void router_cut(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    sim_tell(sim, "router %u loses its power", number);
    router_die(sim, number);
    router->crashed = false;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        router->instances[i].beaten_at = 0;
        router_settle(sim, number, i);
    }
}

void router_stop(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    sim_tell(sim, "router %u stops in order", number);
    router->configuring = true; /* each gives up by itself: no group has a say any more */
    router->stopping = true;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].configured) {
            router_simple_event(sim, number, i, FSM_EVENT_STOP);
            router->instances[i].beaten_at = 0;
        }
    }
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].state.handing_over) {
            return;
        }
    }
    router_die(sim, number);
}

/* As vrrp_retire(). */
static void router_retire(struct sim *sim, unsigned number, unsigned which)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];

    sim_tell(sim, "router %u, virtual %u: not configured any more", number, which);
    router_simple_event(sim, number, which, FSM_EVENT_STOP);
    instance->beaten_at = 0;
    instance->configured = false;
    instance->leaving = instance->state.handing_over;
    router_settle(sim, number, which);
}

/* As instance_configure(), and vrrp_end_leaving() for one that comes back. */
static void router_configure(struct sim *sim, unsigned number, unsigned which,
                             const struct sim_instance *fresh)
{
    struct sim_instance *instance = &sim->routers[number].instances[which];
    struct fsm_config before = instance->config;
    bool is_new = !instance->configured;

    instance->conf = fresh->conf;
    instance->group = fresh->group;
    instance->configured = true;
    if (is_new) {
        router_renew(sim, number, which);
        router_settle(sim, number, which);
        return;
    }
    instance->config = decide_config(&instance->conf);
    if (!instance->conf.sync_group) {
        instance->group_fault = false;
    }
    if (decide_reconfigures(&before, &instance->config)) {
        router_simple_event(sim, number, which, FSM_EVENT_RECONFIGURED);
    }
}

/* As vrrp_configure(). */
void router_reload(struct sim *sim, unsigned number, const struct sim_instance *fresh)
{
    struct sim_router *router = &sim->routers[number];

    if (router->stopping) {
        return;
    }
    if (!router->alive) {
        for (unsigned i = 0; i < sim->virtual_count; i++) {
            router->instances[i].conf = fresh[i].conf;
            router->instances[i].group = fresh[i].group;
            router->instances[i].configured = fresh[i].configured;
        }
        return;
    }
    router->configuring = true;
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (router->instances[i].configured && !fresh[i].configured) {
            router_retire(sim, number, i);
        }
    }
    for (unsigned i = 0; i < sim->virtual_count; i++) {
        if (fresh[i].configured) {
            router_configure(sim, number, i, &fresh[i]);
        } else { /* for when it comes back */
            router->instances[i].conf = fresh[i].conf;
            router->instances[i].group = fresh[i].group;
        }
    }
    router_make_groups(sim, number);
    for (unsigned i = 0; i < SIM_GROUPS; i++) {
        router->groups[i].mixed = true;
    }
    router_evaluate(sim, number);
}
