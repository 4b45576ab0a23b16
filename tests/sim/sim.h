/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated routers: the state machine, the sync groups, tracking and the packets of src/vrrp on a
 * simulated network, in virtual time. All chance comes from the seed, so a seed replays a run exactly.
 *
 *     world       what there is: virtual routers, routers, clocks, the queue of events
 *     network     adverts on their way: loss, delay, order, copies, partitions
 *     router      what the shell (src/vrrp/instance*.c, vrrp*.c) does around the pure code
 *     faults      the story: what goes wrong, and what administrators do
 *     invariants  what must hold, at every step and when the network has been whole for long enough
 */
#ifndef HOLDFAST_TESTS_SIM_H
#define HOLDFAST_TESTS_SIM_H

#include "base/clock.h"
#include "parser/conf.h"
#include "vrrp/decide.h"
#include "vrrp/fsm.h"
#include "vrrp/group.h"
#include "vrrp/packet.h"
#include "vrrp/track.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_MS CLOCK_MILLISECOND
/* How late a timer is served by a loop that is not paused, at most. */
#define SIM_JITTER (CLOCK_MILLISECOND / 2)

enum {
    SIM_ROUTERS = 50,
    SIM_NETWORKS = 2,
    SIM_VIRTUALS = 4,
    SIM_GROUPS = 2,
    SIM_SCRIPTS = 2,
    SIM_TRACKERS = 4,
    SIM_DATA_SIZE = 64,   /* an advert with one address */
    SIM_INBOX_SIZE = 128, /* adverts that a socket keeps for a process that does not read */
    SIM_CALM = 6, /* adverts that are on their way from one router to another at once, at most */
    SIM_DRIFT_PPM = 300, /* that clocks run fast or slow, at most */
};

/* What was found to be wrong. */
enum sim_verdict {
    SIM_GOOD,
    SIM_NO_MASTER,
    SIM_TWO_MASTERS,
    SIM_WRONG_MASTER,   /* a better one that may preempt is there */
    SIM_RESTLESS,       /* a role changes although nothing happens */
    SIM_DEPOSED,        /* a live master was deposed although nobody preempts */
    SIM_YIELDED,        /* a master gave way to a lesser router */
    SIM_OBEYED,         /* a backup waits for a lesser router */
    SIM_LATE_TAKEOVER,  /* a backup waited longer than the protocol allows */
    SIM_EARLY_TAKEOVER, /* or less */
    SIM_HASTY,          /* woke up late, and asserts itself before it has listened */
    SIM_SPLIT_GROUP,    /* members of a sync group disagree */
    SIM_HOLDERS,        /* the addresses are not on the master alone */
    SIM_HOLE,           /* an orderly stop left the addresses without a router */
    SIM_STALE,          /* neighbours may know the hardware address of one that gave up later */
    SIM_STORM,          /* adverts answer each other without end */
    SIM_INSANE,         /* a state that cannot be */
    SIM_VERDICTS,
};

/* A tracker of a virtual router, on every router the same. */
struct sim_tracker {
    enum { SIM_TRACK_LINK, SIM_TRACK_SCRIPT, SIM_TRACK_FILE } kind;
    unsigned which;
    int weight;
    bool reverse;
};

/* A virtual router, as all are told about it. */
struct sim_virtual {
    uint8_t version;
    uint8_t family;
    uint8_t vrid;
    bool unicast;
    bool coherent;      /* its priorities are those of its whole group, so they demand one master */
    int64_t changed_at; /* a role */
    unsigned network;
    struct conf_peer peers[SIM_ROUTERS];
    struct conf_peer_list peer_list;
    struct sim_tracker trackers[SIM_TRACKERS];
    unsigned tracker_count;
    unsigned masters;   /* now */
    unsigned running;   /* masters and backups, now */
    int64_t settled_at; /* from then on it must have its one master, and nothing changes */
    unsigned holders;   /* routers that answer for the address, now */
    bool watched;       /* an orderly stop: that must not be nobody */
    unsigned keeper;    /* where nobody preempts: who must be master yet; SIM_ROUTERS: anybody */
};

/* What the invariants remember of an instance, by its router's clock. */
struct sim_witness {
    int64_t patient_from;    /* when something last gave a reason to wait */
    int64_t changed_at;      /* its limit: one that is over then ends then */
    bool skew_alone;         /* a reason to wait for a skew time alone */
    bool gave_up;            /* it waits for who takes its place */
    int64_t recess;          /* how much longer it may wait, as it gave up with its group */
    int64_t parted_at;       /* when it did, or heard another master since */
    int64_t interval;        /* of the master that it obeyed then */
    struct inet_addr master; /* who was heard last */
    int64_t lower_at;        /* when a lesser master was heard last; 0: none */
    uint8_t lower_priority;
    int64_t announced_at; /* world's clock, as the next */
    int64_t yielded_at;   /* when it last gave way to another master */
};

/* A virtual router on a router. */
struct sim_instance {
    bool configured;
    bool leaving; /* not configured any more, but it still answers for its addresses */
    struct conf_instance conf;
    struct conf_address address;
    int group;    /* -1: none */
    bool planned; /* configured, when no administrator plays with it */
    int planned_group;
    struct fsm_config config;
    struct fsm_state state;
    struct decide_facts facts; /* as last observed */
    bool refused;              /* the kernel refuses its address */
    struct track_operator operator;
    bool group_fault;
    bool holds;
    int64_t beat_at;       /* its next tick, by its router's clock; CLOCK_NEVER: it does not beat */
    int64_t beat_interval; /* of the tick that it has joined */
    int64_t beaten_at;     /* what survives a crash: when it last sent as master; 0: it was none */
    int64_t sent_at;       /* its last advert but of priority 0, by its router's clock */
    int64_t event_at;      /* world's clock: of its event in the queue; CLOCK_NEVER: none */
    uint32_t generation;   /* of that event: older ones do not count */
    struct sim_witness witness;
};

struct sim_group {
    struct group_review review;
    unsigned members[SIM_VIRTUALS];
    unsigned count;
    bool mixed; /* a reload put members of other roles into it, which it does not move at once */
};

struct sim_router {
    bool alive;
    bool crashed;  /* the process alone: it is started again, its addresses stay meanwhile */
    bool stopping; /* waits for its successors, then ends */
    bool drained;  /* an operator wants it to take no part */
    bool configuring;
    bool starting;  /* what an earlier run left on the host is not swept yet */
    int64_t offset; /* of its clock */
    int64_t drift;  /* ppm */
    int64_t start_at;
    int64_t paused_until; /* world's clock */
    bool links[SIM_NETWORKS];
    enum track_status scripts[SIM_SCRIPTS];
    int64_t file;
    struct sim_instance instances[SIM_VIRTUALS];
    struct sim_group groups[SIM_GROUPS];
    unsigned inbox[SIM_INBOX_SIZE]; /* packets not read yet */
    unsigned inbox_count;
};

struct sim_packet {
    struct packet_envelope envelope;
    uint8_t data[SIM_DATA_SIZE];
    size_t size;
    unsigned network;
    unsigned references;
};

enum sim_event_kind {
    SIM_EVENT_PACKET, /* `what`: the packet */
    SIM_EVENT_TIMER,  /* `what`: the generation */
    SIM_EVENT_WAKE,
    SIM_EVENT_RESTART, /* of a crashed process */
    SIM_EVENT_SCRIPT,  /* the first result of script `which` */
    SIM_EVENT_EVALUATE,
};

struct sim_event {
    int64_t at;
    uint64_t order;
    enum sim_event_kind kind;
    unsigned router;
    unsigned which; /* virtual router, or script */
    unsigned what;
};

struct sim {
    uint64_t random;
    bool told;    /* print the story */
    bool steady;  /* every advert is on its way for as long: chance does not part who collides */
    bool crossed; /* who has the higher address in one network has the lower one in another */
    uint64_t steps;
    int64_t now;
    enum sim_verdict verdict;
    char problem[256];

    struct sim_virtual virtuals[SIM_VIRTUALS];
    unsigned virtual_count;
    unsigned network_count;
    struct sim_router routers[SIM_ROUTERS];
    unsigned count;

    unsigned loss;                                        /* per cent */
    unsigned duplication;                                 /* per cent */
    int64_t delay;                                        /* of an advert, at most */
    bool blocked[SIM_NETWORKS][SIM_ROUTERS][SIM_ROUTERS]; /* from, to */

    int64_t whole_since; /* nothing has gone wrong since then; CLOCK_NEVER: it still does */
    struct conf_sync_group sync_group; /* whose address stands for "has one" */

    struct sim_packet *packets;
    size_t packet_count;
    unsigned *free_packets;
    size_t free_count;
    struct sim_event *events; /* a heap */
    size_t event_count;
    size_t event_room;
    uint64_t order;
};

/* ---- world ------------------------------------------------------------------------------------- */

/** Makes the world of a seed. Freed by sim_free(). */
struct sim *sim_new(uint64_t seed, bool told);
void sim_free(struct sim *sim);

/** A random number below `below`, which is above 0. */
uint64_t sim_random(struct sim *sim, uint64_t below);

/** True in so many of a hundred cases. */
bool sim_chance(struct sim *sim, unsigned per_cent);

/** A line of the story. */
void sim_tell(const struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Notes what is wrong; the first counts, and ends the run. */
void sim_fail(struct sim *sim, enum sim_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** A router's own clock. */
int64_t sim_clock(const struct sim *sim, const struct sim_router *router);

/** When a router's clock will show `local`, CLOCK_NEVER for that. */
int64_t sim_world_time(const struct sim_router *router, int64_t local);

void sim_post(struct sim *sim, const struct sim_event *event);

/** Takes the next event that is not after `end`. */
bool sim_take(struct sim *sim, int64_t end, struct sim_event *event);

/** The address of a router in a network, for a family. */
struct inet_addr sim_address(const struct sim *sim, unsigned network, unsigned router,
                             uint8_t family);

/** Lets the world run on; ends early where something is wrong. */
void sim_run_until(struct sim *sim, int64_t end);

/* ---- network ----------------------------------------------------------------------------------- */

/** Sends an instance's advert to whoever can be reached. */
void network_send(struct sim *sim, unsigned router, unsigned which, uint8_t priority);

/** Whether an instance hears the network at all: configured, or still there for its successor. */
bool router_has(const struct sim_router *router, unsigned which);

/** Gives a packet back that was delivered or lost. */
void network_release(struct sim *sim, unsigned packet);

/** Splits the routers of a network in two sides, or makes some of them deaf to some others. */
void network_part(struct sim *sim, unsigned network);
void network_deafen(struct sim *sim, unsigned network);

/** Everybody reaches everybody, and nothing is lost. */
void network_heal(struct sim *sim);

/* ---- router ------------------------------------------------------------------------------------ */

/** The process starts. */
void router_start(struct sim *sim, unsigned number);

/** It ends in order: priority 0, and its addresses stay until a successor is heard. */
void router_stop(struct sim *sim, unsigned number);

/** It is killed; its host and the addresses stay. */
void router_crash(struct sim *sim, unsigned number);

/** Its host loses its power. */
void router_cut(struct sim *sim, unsigned number);

void router_pause(struct sim *sim, unsigned number, int64_t duration);
void router_wake(struct sim *sim, unsigned number);

/** Looks at links and trackers again, and acts. */
void router_evaluate(struct sim *sim, unsigned number);

/** Takes over `conf` and `configured` of its instances, changed meanwhile: a reload. */
void router_reload(struct sim *sim, unsigned number, const struct sim_instance *fresh);

/** An event of the queue. */
void router_timer(struct sim *sim, const struct sim_event *event);
void router_receive(struct sim *sim, unsigned number, unsigned packet);

/* ---- faults ------------------------------------------------------------------------------------ */

/** Lets things go wrong for a while, and ends with a whole network. */
void faults_trouble(struct sim *sim);

/** One thing that happens in a whole network, whose outcome is certain. */
void faults_order(struct sim *sim);

/* ---- invariants -------------------------------------------------------------------------------- */

/** Judges a step of an instance, after it was carried out but before its group is asked. */
void invariants_step(struct sim *sim, unsigned router, unsigned which,
                     const struct fsm_state *before, const struct fsm_event *event,
                     const struct fsm_outcome *outcome);

/** Judges the members of a sync group that was just reviewed. */
void invariants_group(struct sim *sim, unsigned router, unsigned group);

/** From now on nothing goes wrong: says when each virtual router must have settled. @return when all have */
int64_t invariants_expect(struct sim *sim);

/**
 * Where sync groups contradict each other they may meet a few times until one is first. Lets the world run
 * until all such have one master, and from then on they must settle for it.
 * @param patience  how long a group that nothing disturbs may take, ns
 */
void invariants_reconcile(struct sim *sim, int64_t patience);

/** Judges whether backups have waited too long. */
void invariants_patience(struct sim *sim);

/** Judges a world that has had its time to settle. */
void invariants_judge(struct sim *sim);

/** Judges after every event. */
void invariants_event(struct sim *sim);

extern const char *const sim_verdicts[SIM_VERDICTS];

#endif
