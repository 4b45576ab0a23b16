/* SPDX-License-Identifier: Apache-2.0
 *
 * What checker knows of a configuration: services, their servers, the checks that these have, and the
 * state of each. Internal to src/check. Built anew for each configuration, in a few blocks of memory;
 * only checks go over from one model to the next as they are.
 */
#ifndef HOLDFAST_CHECK_MODEL_H
#define HOLDFAST_CHECK_MODEL_H

#include "base/hash.h"
#include "check/health.h"
#include "check/history.h"
#include "check/kind.h"
#include "check/order.h"
#include "check/schedule.h"
#include "check/tally.h"
#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_link;
struct model_service;

struct model_check {
    struct schedule_entry entry; /* when it starts, or while it runs when it has run too long */
    uint32_t index;              /* in the model's checks */
    struct health_check health;
    int64_t phase;               /* of its grid: struct health_plan */
    struct model_link *links;    /* the servers that have it */
    void *run;                   /* NULL: it waits */
    char *host;                  /* its name, in the spec's detail; NULL: it has none */
    struct names_entry *name;    /* its address; NULL: none, or not used yet */
    void *prepared;              /* its kind's; NULL: nothing yet, or never */
    char *subject;               /* its kind's; NULL: it asks an address */
    char *text;                  /* its last verdict's; NULL: it had none of its own */
    struct health_change change; /* its last good verdict's */
    int64_t started;             /* when the run began: clock_now() */
    int64_t ended_wall;          /* when the last one ended: clock_wall(); 0: none did */
    int64_t duration;            /* ns that the last one took */

    /* What its last verdict was, and the last that was not good. */
    int16_t error; /* an errno */
    uint8_t class; /* enum verdict_class of the last one */
    uint8_t failure_class;
    bool paused;           /* it does not begin: model_is_paused() */
    bool spared;           /* its run has got more time, since we were late */
    bool settled;          /* it has said what it finds, as often as counts: model_is_settled() */
    bool log_all_failures; /* each failed try is logged: one of its servers wants that */
    int16_t failure_error; /* as `error` */
    char *failure;         /* its text, unless it is the last verdict's; NULL: none of its own */
    int64_t failure_wall;  /* 0: there was none */
    uint32_t successes;    /* results since it was configured; after 2^32 from 0 again */
    uint32_t failures;
    struct history recent;
    struct check_spec spec; /* the last: its detail follows */
};

/** What a check asks, as bytes: its spec and its detail. @return their size */
size_t model_identity_size(const struct check_spec *spec);

/** Frees a check that has no run. */
void model_check_free(struct model_check *check);

enum { MODEL_TARGET_SIZE = 256 };

/** What a check asks, for people: "192.0.2.21:80", "/usr/local/bin/check-web". @return `text` */
const char *model_check_target(char text[MODEL_TARGET_SIZE], const struct model_check *check);

/* A server has a check. */
struct model_link {
    struct model_check *check;
    struct model_server *server;
    struct model_link *next; /* the next server that has the check */
    int32_t
        weight; /* 0: it takes the server out; else it changes its weight: health_check_delta() */
};

struct model_server {
    struct conf_server_key key;
    uint8_t forward; /* enum conf_forward */
    bool checking; /* it is down only since not all checks that must succeed first have answered */
    bool unasked;  /* model_is_unasked() */
    uint32_t held; /* how many pauses that operators want are about its checks */
    struct health_server health;
    uint32_t weight_configured;
    uint32_t weight_base; /* the same, unless an operator wants another one */
    uint32_t link_count;
    uint32_t checks_down;       /* of its checks that take it out; it is up where this is 0 */
    struct schedule_entry ramp; /* its next step */
    uint32_t slow_start_ms;     /* 0: it has all of its weight at once */
    int64_t ramp_start;         /* clock_now() when it came up; 0: it is not in a slow start */
    struct model_link *links;
    struct model_service *service;
    int64_t since_wall; /* when it last went up or down */
};

struct model_service {
    struct conf_service_key key;
    const char *name;
    const char *group; /* NULL: it has none */
    uint32_t group_use;
    const struct inet_addr *addresses; /* where ha_suspend: one of them is to be on this host */
    uint32_t address_count;
    struct health_quorum quorum;
    uint64_t live;    /* weight of its servers that are alive */
    uint32_t ready;   /* servers that the operator leaves to the checks, and these know, */
    uint32_t up;      /* of these are up */
    uint32_t unasked; /* servers of which that is so */
    struct health_floor floor;
    uint8_t mode; /* enum health_mode */
    bool ha_suspend;
    bool suspended; /* none of its addresses is on this host */
    uint32_t held;  /* how many pauses that operators want are about its checks */
    bool quorum_met;
    bool omega;
    bool sorry_inhibit;
    uint8_t forward;
    char scheduler[CONF_SCHEDULER_SIZE];
    uint32_t persistence_timeout_s;
    struct tally tally; /* of its checks' results */
    uint32_t server_count;
    struct model_server *servers; /* as in the configuration */
    uint32_t *by_key;             /* their indexes, ordered by key */
    struct model_server *sorry;   /* NULL: none */
    UT_hash_handle hh;
};

struct model {
    uint32_t service_count;
    uint32_t server_count;
    uint32_t link_count;
    uint32_t check_count;
    struct model_service *services; /* as in the configuration */
    struct model_service *by_key;
    struct model_server *servers; /* of all services, sorry servers too */
    uint32_t *order;              /* memory of all by_key */
    struct model_link *links;
    struct model_check **checks; /* of a copy: NULL until it is copied */
    struct model_check *
        own_checks; /* of a copy: memory of its checks, which have no detail but own their hosts' names */
    struct inet_addr *addresses; /* memory of all services'; a copy has none */
    char *names;                 /* memory of all services' names, and their groups' */
    size_t names_size;
};

/** A model without services. The caller frees it with model_free(). */
struct model *model_new(void);

/** Frees a model, not its checks unless it is a copy. NULL is allowed. */
void model_free(struct model *model);

/**
 * The model of a configuration, with the states that `old` has. Checks of `old` that are not in it are
 * left without links, for the caller to end and free; new ones are scheduled.
 * @param orders  of operators
 * @param now     clock_now()
 * @param wall    clock_wall()
 * @param by_hand  new servers are an operator's: down until their checks have succeeded
 */
struct model *model_build(const struct conf *conf, const struct model *old,
                          const struct order_list *orders, struct schedule *schedule, int64_t now,
                          int64_t wall, bool by_hand);

/** The check that a schedule's entry belongs to. */
struct model_check *model_check_of(struct schedule_entry *entry);

/** The latest verdict of a check that has had one. */
struct verdict model_last_verdict(const struct model_check *check);

/** The latest that was not good, of a check whose failure_wall is not 0. */
struct verdict model_last_failure(const struct model_check *check);

/** Keeps a verdict. @param wall  when it was given; @param duration  ns that the check took */
void model_record(struct model_check *check, const struct verdict *verdict, int64_t wall,
                  int64_t duration);

/** Counts a result for each service that has the check. */
void model_count(const struct model_check *check, enum verdict_class class, int64_t duration);

/** Whether a check has found something since the start, so often in a row that it counts. */
bool model_is_settled(const struct model_check *check);

/**
 * Whether the state of a server is that of a start still: a check has not settled, and no other one says
 * that it is down.
 */
bool model_is_unasked(const struct model_server *server);

/** Whether no server that a check is for wants it now: ha_suspend, or an operator lets it pause. */
bool model_is_paused(const struct model_check *check);

/**
 * A copy for another thread to read, to be filled by model_copy_part(). Its services are in their
 * order but cannot be found by key, nor servers; its checks do not know their servers.
 * @return to be freed with model_free()
 */
struct model *model_copy_new(const struct model *model);

/**
 * Copies some servers of a service as they are now, with those of their checks that no server before
 * them has: model->checks of the copy has what was copied. With the first ones comes the service.
 * @param copy   of this model, which has not been replaced since
 * @param index  of the service
 * @param first  the first server that is not copied yet: what this returned for the service, or 0
 * @param most   servers
 * @return the first that is not copied now; the service's server_count: all are
 */
uint32_t model_copy_part(struct model *copy, const struct model *model, uint32_t index,
                         uint32_t first, uint32_t most);

/** The weight of a server that its checks leave it while it is up. */
uint32_t model_weight(const struct model_server *server);

/** What an operator asks of a server that is not counted now: model_leave(). NULL: nothing. */
void model_order(struct model_server *server, const struct order *order);

/**
 * Takes a server out of what its service counts, before its state or weight changes; model_join()
 * counts it again, as it is then.
 */
void model_leave(const struct model_server *server);

/** Whether a server is down only since checks that must succeed first have not answered yet. */
bool model_is_checking(const struct model_server *server);

/** Counts a server: see model_leave(). */
void model_join(const struct model_server *server);

/** The weight of a service's servers that are alive by what checks have said: not model_is_unasked(). */
uint64_t model_asked_weight(const struct model_service *service);

/** Draws the conclusions of what a service counts: its quorum, and how it is served. */
void model_conclude(struct model_service *service);

/** How long a server's slow start takes, ns; 0: it has none. */
int64_t model_slow_start(const struct model_server *server);

/** Goes on to the step of a server's slow start that `now` has come to, or ends it. */
void model_ramp(struct model_server *server, int64_t now);

/** A service by its key, NULL where there is none. */
struct model_service *model_service(const struct model *model, const struct conf_service_key *key);

/** A server of a service by its key, NULL where there is none. The sorry server is not among them. */
struct model_server *model_server(const struct model_service *service,
                                  const struct conf_server_key *key);

/** Whether its sorry server is in. */
bool model_sorry(const struct model_service *service);

/** What the IPVS table is to hold for one of the service's servers, its sorry server too. */
struct health_view model_view(const struct model_server *server);

#endif
