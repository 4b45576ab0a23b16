/* SPDX-License-Identifier: Apache-2.0
 *
 * Health arithmetic: what the results of checks mean for a server, what servers mean for their
 * service, and when to look again. Pure: values in, values out, time passed in.
 *
 * B40..B51 stand for the numbered rules of keepalived's behaviour that users rely on; what each says
 * is told where it is kept.
 */
#ifndef HOLDFAST_CHECK_HEALTH_H
#define HOLDFAST_CHECK_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* ---- One checker ------------------------------------------------------------------------------- */

/* How a checker counts and how often it looks. All bytes are fields, so that it compares as memory. */
struct health_rules {
    int64_t delay_loop;         /* ns between looks, above 0 */
    int64_t delay_before_retry; /* ns from a failure to the extra try, 0 or more */
    int64_t warmup;             /* ns over which first looks are spread, 0 or more */
    uint32_t retry;             /* extra tries before it counts as down */
    uint16_t rise;              /* successes in a row before it counts as up; 0 counts as 1 */
    uint8_t alpha;              /* 1: counts as down until it first succeeded, else 0 */
    uint8_t patient; /* 1: the tries are due to its very first failure too (`fall`), else 0 */
};

_Static_assert(sizeof(struct health_rules) == 32, "the rules have no hidden padding");

/* What one look said about the server. */
enum health_result {
    HEALTH_GOOD,
    HEALTH_BAD,
    HEALTH_PARTLY, /* one of several things is good: enough to stay up, not to come up (B43) */
    HEALTH_SILENT, /* nothing: the look itself could not be taken (a local error) */
};

/* What a checker has found so far. */
struct health_check {
    bool up;        /* counts as up */
    bool known;     /* the server has answered, or failed to, at least once */
    bool failed;    /* it has failed since it last came up: to come up is a recovery */
    uint32_t fails; /* in a row, up to UINT32_MAX */
    uint32_t rises; /* successes in a row while it counts as down */
};

/* A state, and when to look again. */
struct health_step {
    struct health_check state;
    int64_t next; /* an instant, after `now` or equal to it */
};

/** A checker before its first look. B40: it counts as up; B42: with alpha as down. */
struct health_check health_check_start(const struct health_rules *rules);

/**
 * A result has come.
 *
 * B40, B41: the first failure of a checker takes it down at once, unless it is `patient`; later ones
 * after `retry` extra tries, `delay_before_retry` apart. Each success forgets the failures, and `rise`
 * of them in a row, one look after the other, bring it up. What says nothing (HEALTH_SILENT) changes
 * nothing and is looked for again within a second.
 *
 * @param state  before
 * @param phase  of the checker's plan
 * @param now    when the result came
 */
struct health_step health_check_step(const struct health_rules *rules, struct health_check state,
                                     enum health_result result, int64_t phase, int64_t now);

/**
 * Whether what has been found so far changes something only if further looks find it too: failures that
 * are not yet `retry` + 1, successes that are not yet `rise`.
 */
bool health_check_is_open(const struct health_check *state);

/* ---- When to look ------------------------------------------------------------------------------ */

/**
 * A part of a span, chosen by a hash: the same hash gets the same part, equally distributed hashes
 * get equally distributed parts.
 * @param span  ns, 0 or more
 * @return 0 or more, below `span` (0 where that is 0)
 */
int64_t health_spread(uint64_t hash, int64_t span);

/*
 * When a checker looks: first at `first`, from then on at phase + n * delay_loop, however long each
 * look takes, so that looks that were spread once stay spread.
 */
struct health_plan {
    int64_t first; /* an instant */
    int64_t phase; /* an instant of the grid */
};

/**
 * For a new checker. B40: the first look comes 1 s after the start, plus a part of warmup. The grid is
 * spread over delay_loop where warmup is shorter than that: a burst that was asked for at the start
 * does not return at every interval.
 * @param hash  of the checker's identity: the same checker gets the same part
 */
struct health_plan health_plan_start(const struct health_rules *rules, uint64_t hash,
                                     int64_t start);

/**
 * For a checker whose question changed while its server was in service: a first look soon, spread over
 * delay_loop but at most HEALTH_SOON_S seconds.
 */
struct health_plan health_plan_soon(const struct health_rules *rules, uint64_t hash, int64_t now);

enum { HEALTH_SOON_S = 3 };

/** The first instant of a grid after `now`. */
int64_t health_next_look(int64_t phase, int64_t delay_loop, int64_t now);

/* ---- Weights ----------------------------------------------------------------------------------- */

enum health_change_kind {
    HEALTH_CHANGE_NONE,
    HEALTH_CHANGE_ADD,     /* to the configured weight */
    HEALTH_CHANGE_SET,     /* instead of the configured weight */
    HEALTH_CHANGE_PERCENT, /* of the configured weight */
    HEALTH_CHANGE_DRAIN,   /* weight 0, whatever other checkers add */
};

/* What a checker makes of the weights of its servers. */
struct health_change {
    enum health_change_kind kind;
    int32_t value;
};

/** What a change adds to a configured weight, or takes off it. */
int64_t health_change_delta(struct health_change change, uint32_t configured);

/**
 * What a check with a weight of its own adds to its server's, which it does not take out: as
 * vrrp_script's, a positive one while it counts as up, a negative one while it does not.
 */
int64_t health_check_delta(int32_t weight, bool up);

/**
 * The weight that is left when several checkers have changed it: B47, their changes are summed. It
 * stays within 0 and what IPVS takes (INT32_MAX: ip_vs_add_dest() of the kernel).
 * @param delta  the sum of health_change_delta()
 */
uint32_t health_weight(uint32_t configured, int64_t delta);

/* ---- Slow start -------------------------------------------------------------------------------- */

enum { HEALTH_RAMP_STEPS = 20 }; /* more would only be more messages to the kernel */

/**
 * The step that a ramp has come to: 0 at its begin, HEALTH_RAMP_STEPS at its end and after it. Steps
 * are equally long.
 * @param start  an instant
 * @param span   ns that the whole takes, 0 or more
 */
uint32_t health_ramp_step(int64_t start, int64_t span, int64_t now);

/** When the next step comes; CLOCK_NEVER at the end. */
int64_t health_ramp_next(int64_t start, int64_t span, int64_t now);

/** The share of a weight at a step: linear, at least 1 of a weight that is not 0. */
uint32_t health_ramp_weight(uint32_t weight, uint32_t step);

/* ---- A server ---------------------------------------------------------------------------------- */

/* What an operator wants of a server. */
enum health_admin {
    HEALTH_ADMIN_READY, /* what its checks say */
    HEALTH_ADMIN_DRAIN, /* keep its connections, give it no new ones */
    HEALTH_ADMIN_MAINT, /* out of service */
    HEALTH_ADMINS,
};

/* The word of a state that people and JSON see. */
const char *health_admin_name(enum health_admin admin);

struct health_server {
    uint32_t weight;      /* that it has while it is up: health_weight() */
    uint32_t open_weight; /* that it has while its service fails open */
    bool up;              /* all its checkers are up; one without checkers is up */
    bool inhibit;         /* inhibit_on_failure: weight 0 instead of removal (B50) */
    uint8_t admin;        /* enum health_admin */
    uint8_t steps; /* of HEALTH_RAMP_STEPS that are still to come; 0: all of its weight is in use */
};

/* What the IPVS table is to hold for a server. */
struct health_view {
    bool present;
    uint32_t weight; /* 0 where it is not present */
};

/** How a service with servers that are down is served. */
enum health_mode {
    HEALTH_MODE_CHECKED, /* by the servers that are up */
    HEALTH_MODE_SORRY,   /* by the sorry server: live servers are out (B49) */
    HEALTH_MODE_OPEN,    /* by all, whatever checks say: so many down are not believed */
};

/**
 * What the server adds to its service's live weight, which quorum counts (B48): all of its weight, in
 * a slow start too, since that is about how fast it is used and not about whether it is alive.
 */
uint32_t health_server_live_weight(const struct health_server *server);

/**
 * The server's place in the table. In maintenance it is out in any mode, drained it has weight 0 in
 * any (where it is down and its service does not fail open, it is out).
 */
struct health_view health_server_view(const struct health_server *server, enum health_mode mode);

/** The sorry server's place: its weight while it is in, else weight 0 with `inhibit`, else none. */
struct health_view health_sorry_view(uint32_t weight, bool inhibit, bool sorry);

/* ---- A service --------------------------------------------------------------------------------- */

struct health_quorum {
    uint32_t quorum;     /* live weight needed; 0 counts as 1 */
    uint32_t hysteresis; /* tolerance around it */
    uint64_t total;      /* configured weight of all its servers, alive or not */
};

/* Live weights between which quorum stays as it is. */
struct health_bounds {
    uint64_t gain; /* gained at this weight or above */
    uint64_t lose; /* lost below this weight */
};

/**
 * B48: gained at quorum + hysteresis, lost below quorum - hysteresis or at 0. A quorum above the total
 * weight counts as the total, a hysteresis not below the quorum as quorum - 1, and what gains is never
 * more than the total: with all servers alive there is quorum.
 */
struct health_bounds health_quorum_bounds(const struct health_quorum *quorum);

/**
 * @param met   whether there was quorum; false for a new service
 * @param live  the sum of health_server_live_weight()
 * @return whether there is now
 */
bool health_quorum_step(const struct health_quorum *quorum, bool met, uint64_t live);

/* min_healthy: how many servers of a service must be up for the others to be believed to be down. */
struct health_floor {
    uint32_t needed; /* servers, or percent of them; 0: no limit */
    bool percent;
};

/**
 * How many of so many servers must be up: a share is rounded up, more than there are is all.
 * @param ready  servers that the operator has left to the checks
 */
uint32_t health_floor_needed(struct health_floor floor, uint32_t ready);

/**
 * How a service is served. A sorry server that is in is what its administrator wants to be seen when
 * the quorum is lost, so that it comes before failing open.
 * @param sorry  its sorry server is in
 * @param ready  servers that the operator has left to the checks
 * @param up     of these
 */
enum health_mode health_service_mode(struct health_floor floor, bool sorry, uint32_t ready,
                                     uint32_t up);

#endif
