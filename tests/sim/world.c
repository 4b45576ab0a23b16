/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is: virtual routers, routers with their clocks, and the queue of events.
 */
#include "sim.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { WORLD_MILLION = 1000000, WORLD_LAST_ADDRESS = 200, WORLD_CROSSED = 6, WORLD_STEADY = 2 };

/* ---- Chance and words -------------------------------------------------------------------------- */

/* Marsaglia's xorshift64*. */
uint64_t sim_random(struct sim *sim, uint64_t below)
{
    sim->random ^= sim->random >> 12;
    sim->random ^= sim->random << 25;
    sim->random ^= sim->random >> 27;
    return (sim->random * UINT64_C(2685821657736338717) >> 16) % below;
}

bool sim_chance(struct sim *sim, unsigned per_cent)
{
    return sim_random(sim, 100) < per_cent;
}

void sim_tell(const struct sim *sim, const char *format, ...)
{
    va_list arguments;

    if (sim->told) {
        (void)printf("%10.4f  ", (double)sim->now / 1e9);
        va_start(arguments, format);
        (void)vprintf(format, arguments);
        va_end(arguments);
        (void)putchar('\n');
    }
}

void sim_fail(struct sim *sim, enum sim_verdict verdict, const char *format, ...)
{
    va_list arguments;

    if (sim->verdict != SIM_GOOD) {
        return;
    }
    sim->verdict = verdict;
    va_start(arguments, format);
    (void)vsnprintf(sim->problem, sizeof(sim->problem), format, arguments);
    va_end(arguments);
    sim_tell(sim, "%s: %s", sim_verdicts[verdict], sim->problem);
}

/* ---- Clocks ------------------------------------------------------------------------------------ */

static int64_t world_clock_at(const struct sim_router *router, int64_t now)
{
    return router->offset + now + now * router->drift / WORLD_MILLION;
}

int64_t sim_clock(const struct sim *sim, const struct sim_router *router)
{
    return world_clock_at(router, sim->now);
}

int64_t sim_world_time(const struct sim_router *router, int64_t local)
{
    int64_t now;

    if (local == CLOCK_NEVER) {
        return CLOCK_NEVER;
    }
    now = (local - router->offset) / (WORLD_MILLION + router->drift) * WORLD_MILLION;
    now += (local - world_clock_at(router, now)) * WORLD_MILLION / (WORLD_MILLION + router->drift);
    while (world_clock_at(router, now) < local) {
        now++;
    }
    return now;
}

/* ---- The queue --------------------------------------------------------------------------------- */

static bool world_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void sim_post(struct sim *sim, const struct sim_event *event)
{
    size_t at = sim->event_count++;
    struct sim_event fresh = *event;

    if (sim->event_count > sim->event_room) {
        sim->event_room = sim->event_room ? sim->event_room * 2 : 256;
        sim->events = memory_resize(sim->events, sim->event_room, sizeof(*sim->events));
    }
    fresh.order = sim->order++;
    while (at > 0 && world_before(&fresh, &sim->events[(at - 1) / 2])) {
        sim->events[at] = sim->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->events[at] = fresh;
}

static void world_sift_down(struct sim *sim, const struct sim_event *event)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < sim->event_count &&
            world_before(&sim->events[child + 1], &sim->events[child])) {
            child++;
        }
        if (child >= sim->event_count || !world_before(&sim->events[child], event)) {
            break;
        }
        sim->events[at] = sim->events[child];
        at = child;
    }
    if (sim->event_count) {
        sim->events[at] = *event;
    }
}

bool sim_take(struct sim *sim, int64_t end, struct sim_event *event)
{
    struct sim_event last;

    if (!sim->event_count || sim->events[0].at > end) {
        return false;
    }
    *event = sim->events[0];
    last = sim->events[--sim->event_count];
    world_sift_down(sim, &last);
    return true;
}

static void world_serve(struct sim *sim, const struct sim_event *event)
{
    struct sim_router *router = &sim->routers[event->router];

    switch (event->kind) {
    case SIM_EVENT_PACKET:
        router_receive(sim, event->router, event->what);
        break;
    case SIM_EVENT_TIMER:
        router_timer(sim, event);
        break;
    case SIM_EVENT_WAKE:
        if (router->alive && router->paused_until == sim->now) {
            router_wake(sim, event->router);
        }
        break;
    case SIM_EVENT_RESTART:
        if (router->crashed) {
            router_start(sim, event->router);
        }
        break;
    case SIM_EVENT_EVALUATE:
        router_evaluate(sim, event->router);
        break;
    case SIM_EVENT_SCRIPT:
        if (router->alive && router->scripts[event->which] == TRACK_UNKNOWN) {
            router->scripts[event->which] = event->what ? TRACK_GOOD : TRACK_BAD;
            router_evaluate(sim, event->router);
        }
        break;
    }
}

void sim_run_until(struct sim *sim, int64_t end)
{
    struct sim_event event;

    while (sim->verdict == SIM_GOOD && sim_take(sim, end, &event)) {
        if (event.at > sim->now) {
            sim->now = event.at;
        }
        world_serve(sim, &event);
        invariants_event(sim);
    }
    if (end > sim->now) {
        sim->now = end;
    }
}

/* ---- Making it --------------------------------------------------------------------------------- */

struct inet_addr sim_address(const struct sim *sim, unsigned network, unsigned router,
                             uint8_t family)
{
    if (sim->crossed && network) {
        router = WORLD_LAST_ADDRESS - router;
    }
    if (family == AF_INET6) {
        return (struct inet_addr){
            .family = AF_INET6,
            .bytes = {0xfe, 0x80, [13] = (uint8_t)(network + 1), [15] = (uint8_t)(router + 1)}};
    }
    return (struct inet_addr){.family = AF_INET,
                              .bytes = {10, (uint8_t)network, 0, (uint8_t)(router + 1)}};
}

/* Most runs are of few routers: what goes wrong goes wrong among few, and they are fast. */
static unsigned world_choose_count(struct sim *sim)
{
    uint64_t kind = sim_random(sim, 100);

    return 2 + (unsigned)sim_random(sim, kind < 75 ? 4 : kind < 97 ? 11 : SIM_ROUTERS - 1);
}

static int64_t world_choose_interval(struct sim *sim, uint8_t version)
{
    static const int64_t hundredths[] = {1, 3, 10, 10, 25, 50, 100, 100, 100, 250};

    if (version == 2) {
        return (int64_t)(1 + sim_random(sim, 2)) * CLOCK_SECOND;
    }
    return hundredths[sim_random(sim, sizeof(hundredths) / sizeof(hundredths[0]))] * 10 * SIM_MS;
}

static void world_make_trackers(struct sim *sim, struct sim_virtual *virtual)
{
    static const int weights[] = {-120, -60, -30, -10, 10, 30, 60, 0};

    virtual->tracker_count = sim_chance(sim, 60) ? 0 : (unsigned)sim_random(sim, SIM_TRACKERS + 1);
    for (unsigned i = 0; i < virtual->tracker_count; i++) {
        struct sim_tracker *tracker = &virtual->trackers[i];

        tracker->kind = (unsigned)sim_random(sim, 3);
        tracker->which = (unsigned)sim_random(
            sim, tracker->kind == SIM_TRACK_LINK ? sim->network_count : (uint64_t)SIM_SCRIPTS);
        tracker->weight = weights[sim_random(sim, sizeof(weights) / sizeof(weights[0]))];
        tracker->reverse = sim_chance(sim, 10);
    }
}

static void world_make_virtual(struct sim *sim, unsigned which)
{
    struct sim_virtual *virtual = &sim->virtuals[which];

    virtual->version = sim_chance(sim, 60) ? 3 : 2;
    virtual->family = virtual->version == 3 && sim_chance(sim, 40) ? AF_INET6 : AF_INET;
    virtual->vrid = (uint8_t)(51 + which);
    virtual->unicast = sim_chance(sim, 30);
    virtual->network = (unsigned)sim_random(sim, sim->network_count);
    virtual->coherent = true;
    STAILQ_INIT(&virtual->peer_list);
    for (unsigned i = 0; virtual->unicast && i < sim->count; i++) {
        virtual->peers[i].addr = sim_address(sim, virtual->network, i, virtual->family);
        virtual->peers[i].max_ttl = 255;
        STAILQ_INSERT_TAIL(&virtual->peer_list, &virtual->peers[i], next);
    }
    world_make_trackers(sim, virtual);
}

/* What the administrator chose for a virtual router; each router has its own priority. */
static void world_make_conf(struct sim *sim, unsigned which, struct conf_instance *conf)
{
    struct sim_virtual *virtual = &sim->virtuals[which];

    *conf = (struct conf_instance){
        .name = "",
        .interface = "",
        .family = virtual->family,
        .version = virtual->version,
        .vrid = virtual->vrid,
        .preempt = sim_chance(sim, 70),
        .lower_prio_no_advert = sim_chance(sim, 15),
        .higher_prio_send_advert = sim_chance(sim, 85),
        .handover = sim_chance(sim, 85),
        .advert_interval = world_choose_interval(sim, virtual->version),
        .down_timer_adverts = sim_chance(sim, 85) ? 3 : 2 + (uint32_t)sim_random(sim, 3),
        .unicast_ttl = 255,
        .advertised_count = 1,
        .address_count = 1,
        .mcast_group = {.family = virtual->family, .bytes = {224, 0, 0, 18}},
    };
    if (virtual->family == AF_INET6) {
        conf->mcast_group = (struct inet_addr){AF_INET6, {0xff, 0x02, [15] = 0x12}};
    }
    if (conf->preempt && sim_chance(sim, 25)) {
        conf->preempt_delay = (int64_t)sim_random(sim, 6) * conf->advert_interval;
    }
    if (!conf->preempt && sim_chance(sim, 30)) {
        conf->late_priority = (uint8_t)(1 + sim_random(sim, 254));
    }
}

/* Few different ones, so that there are ties. @param owners  of a hundred */
static uint8_t world_choose_priority(struct sim *sim, unsigned owners)
{
    return sim_chance(sim, owners) ? CONF_PRIORITY_OWNER : (uint8_t)(1 + 50 * sim_random(sim, 6));
}

/* An instance of a router by the common configuration. */
static void world_make_instance(struct sim *sim, unsigned number, unsigned which,
                                const struct conf_instance *conf, uint8_t priority, int group)
{
    struct sim_virtual *virtual = &sim->virtuals[which];
    struct sim_instance *instance = &sim->routers[number].instances[which];

    instance->planned = group >= 0 || !sim_chance(sim, 5);
    instance->planned_group = group;
    instance->configured = instance->planned;
    instance->conf = *conf;
    instance->conf.priority = priority;
    if (priority == CONF_PRIORITY_OWNER) { /* as the parser has it */
        instance->conf.preempt = true;
        instance->conf.preempt_delay = 0;
        instance->conf.late_priority = 0;
    }
    instance->conf.peers = virtual->peer_list;
    instance->conf.peer_count = virtual->unicast ? sim->count : 0;
    STAILQ_INIT(&instance->conf.addresses);
    instance->address.prefix.addr =
        sim_address(sim, virtual->network, 100 + which, virtual->family);
    STAILQ_INSERT_TAIL(&instance->conf.addresses, &instance->address, next);
    instance->group = group;
    instance->conf.sync_group = group >= 0 ? &sim->sync_group : NULL;
    instance->event_at = CLOCK_NEVER;
    instance->beat_at = CLOCK_NEVER;
}

/* Members of a group have one priority on a router and one list of trackers, in most runs. */
static void world_make_instances(struct sim *sim)
{
    bool coherent = sim_chance(sim, 85);
    bool agreed = coherent && !(sim->crossed && sim->network_count > 1);
    unsigned owners = sim_chance(sim, 10) ? 60 : 4;
    uint8_t own[SIM_ROUTERS] = {0};
    struct conf_instance first = {0};
    int groups[SIM_VIRTUALS];

    for (unsigned i = 0; i < sim->count; i++) {
        own[i] = world_choose_priority(sim, owners);
    }
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        struct sim_virtual *virtual = &sim->virtuals[which];
        struct conf_instance conf;

        groups[which] = sim_chance(sim, 50) ? (int)sim_random(sim, SIM_GROUPS) : -1;
        world_make_conf(sim, which, &conf);
        if (groups[which] >= 0 && which > 0) { /* its members preempt, or none does */
            conf.preempt = first.preempt;
            conf.preempt_delay = first.preempt_delay;
            conf.late_priority = first.late_priority;
            conf.higher_prio_send_advert =
                first.higher_prio_send_advert; /* one's word is for all */
        }
        first = which == 0 ? conf : first;
        virtual->coherent = groups[which] < 0 || agreed;
        for (unsigned i = 0; i < sim->count; i++) {
            bool differs = groups[which] < 0 || !coherent;
            uint8_t priority = differs ? world_choose_priority(sim, owners) : own[i];

            world_make_instance(sim, i, which, &conf, priority, groups[which]);
        }
        if (groups[which] >= 0 && which > 0) {
            memcpy(virtual->trackers, sim->virtuals[0].trackers, sizeof(virtual->trackers));
            virtual->tracker_count = sim->virtuals[0].tracker_count;
        }
    }
}

/* Adverts arrive well within an interval: of networks slower than that the protocol promises nothing. */
static void world_make_network(struct sim *sim)
{
    sim->delay = 20 * SIM_MS;
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        int64_t most = sim->routers[0].instances[which].conf.advert_interval / 10;

        sim->delay = most < sim->delay ? most : sim->delay;
        sim->virtuals[which].settled_at = CLOCK_NEVER;
        sim->virtuals[which].keeper = SIM_ROUTERS;
    }
    for (unsigned i = 0; i < sim->count; i++) {
        for (unsigned network = 0; network < SIM_NETWORKS; network++) {
            sim->routers[i].links[network] = true;
        }
    }
}

struct sim *sim_new(uint64_t seed, bool told)
{
    struct sim *sim = memory_new(1, sizeof(*sim));

    sim->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    sim->told = told;
    sim->crossed = seed % WORLD_CROSSED == 0;
    sim->steady = seed % WORLD_STEADY == 0;
    sim->now = CLOCK_SECOND;
    sim->whole_since = CLOCK_NEVER;
    sim->count = world_choose_count(sim);
    sim->network_count = 1 + (unsigned)sim_random(sim, SIM_NETWORKS);
    sim->virtual_count = 1 + (unsigned)sim_random(sim, sim->count > 12 ? 2 : SIM_VIRTUALS);
    for (unsigned which = 0; which < sim->virtual_count; which++) {
        world_make_virtual(sim, which);
    }
    for (unsigned i = 0; i < sim->count; i++) {
        struct sim_router *router = &sim->routers[i];

        router->offset = (int64_t)sim_random(sim, 1000) * CLOCK_SECOND;
        router->drift = (int64_t)sim_random(sim, 2 * SIM_DRIFT_PPM + 1) - SIM_DRIFT_PPM;
    }
    world_make_instances(sim);
    world_make_network(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    free(sim->packets);
    free(sim->free_packets);
    free(sim->events);
    free(sim);
}
