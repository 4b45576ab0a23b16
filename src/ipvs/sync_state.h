/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reconciler's files share; nobody else includes it.
 *     sync.c           life cycle, and the order in which steps are taken
 *     sync_daemon.c    the connection sync daemons
 *     sync_drain.c     servers that a reload took out and that have connections still
 *     sync_job.c       the kernel's work on a worker thread
 *     sync_link.c      whether there is an IPVS in the kernel
 *     sync_pass.c      reading the kernel's table; drift
 *     sync_round.c     planning, applying, and what became of it
 *     sync_service.c   which services are ours; their list in the runtime directory; refusals
 *     sync_snapshot.c  the state as JSON
 */
#ifndef HOLDFAST_IPVS_SYNC_STATE_H
#define HOLDFAST_IPVS_SYNC_STATE_H

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/runner.h"
#include "base/worker.h"
#include "ipvs/kernel.h"
#include "ipvs/kernel_error.h"
#include "ipvs/plan.h"
#include "ipvs/role.h"
#include "ipvs/sync.h"
#include "ipvs/table.h"

#include <net/if.h>
#include <sys/queue.h>

/** The subject of what is logged about IPVS as a whole. */
#define SYNC_SUBJECT "IPVS"

/** The same for the connection sync daemons. */
#define SYNC_DAEMON_SUBJECT "IPVS sync daemon"

enum {
    SYNC_SLICE = 1024,   /* destinations that one turn of the loop works on */
    SYNC_LOG_LIMIT = 5,  /* entries that are told one by one; the others as a number */
    SYNC_HEAL_LIMIT = 3, /* times in a row that the table is read again because of a race */
};

/* An entry that the kernel refused. */
struct sync_fault {
    struct conf_server_key server; /* AF_UNSPEC: the service itself */
    char *text;
    bool told;      /* in the log, or counted there */
    uint64_t round; /* in which it was refused last */
    UT_hash_handle hh;
};

/* A server that is not configured any more and has weight 0 until it has no connections. */
struct sync_drain {
    struct conf_drain whom;
    int64_t until; /* clock_now() */
    bool empty;    /* it had no connections when we last looked */
    bool judged;   /* it was looked at, and told where it was busy */
    bool busy;     /* it had connections to drain when it began */
    UT_hash_handle hh;
};

/* A service that is ours. */
struct sync_service {
    struct conf_service_key key;
    const struct conf_virtual_server *conf;   /* NULL: retired, that is to be removed */
    const struct conf_virtual_server *former; /* during sync_configure() alone */
    struct sync_fault *faults;                /* a uthash by server */
    struct sync_drain *drains;                /* the same */
    uint64_t looked; /* the look at draining servers in which it was read last */
    bool adopted;    /* the last run's, and not planned yet */
    bool kept;       /* the last run's, and the state of its servers is not known yet */
    bool dirty;      /* waits to be planned */
    bool parked;     /* it waits for what FULLNAT needs, too */
    bool unread;    /* the kernel has it, and we do not know with which destinations: not planned */
    bool refused;   /* the kernel did not add it in the present round */
    uint64_t round; /* in which it was planned last */
    TAILQ_ENTRY(sync_service) next; /* while dirty */
    UT_hash_handle hh;
};
TAILQ_HEAD(sync_service_list, sync_service);

/* The kernel's work; a kind is its two functions. */
struct sync_job {
    struct sync *sync;
    void (*run)(struct sync_job *job); /* on the worker: touches the job and its kernel alone */
    void (*done)(struct sync *sync, struct sync_job *job); /* on the loop */
    struct kernel *kernel;
    int namespace_fd; /* where the kernel's table is; -1: here */
    int error;
    struct kernel_info info;
    char interface[IFNAMSIZ]; /* the sync daemon's, where it is to be looked up; else empty */
    int index;                /* that it has; 0: it is not there; -1: not known */
    struct table table;       /* what is read */
    const struct plan *plan;  /* what is carried out: not changed meanwhile */
    int *results;
};

enum sync_link_state {
    SYNC_LINK_IDLE,    /* nothing to do for IPVS: not asked for */
    SYNC_LINK_DUE,     /* to be connected */
    SYNC_LINK_WAITING, /* for modprobe, or for the next try */
    SYNC_LINK_UP,
};

struct sync_link {
    enum sync_link_state state;
    struct kernel *kernel; /* where UP */
    struct kernel_info info;
    struct kernel_statistics statistics; /* as of the last job */
    char *reason;                        /* where not UP; NULL: not known yet */
    bool told;                           /* the reason is in the log */
    bool absent;                         /* it could not be connected to the last time */
    bool modprobe_tried;                 /* since it was last UP */
    struct runner_job *modprobe;         /* under way */
    unsigned failures;                   /* in a row */
};

/* Reading the kernel's table, some services at a time. */
struct sync_pass {
    bool wanted;
    bool active;
    bool overtaken;                /* a round came between: the next step is the pass's */
    uint64_t number;               /* of the one that is active or was last */
    struct conf_service_key *keys; /* of services whose destinations are to be read */
    size_t count;
    size_t next;
    unsigned told; /* services with drift that were logged */
    unsigned untold;
};

enum sync_round_phase {
    SYNC_ROUND_NONE,
    SYNC_ROUND_PLANNING,
    SYNC_ROUND_APPLYING,
    SYNC_ROUND_MERGING,
};

/* All services that are dirty at one time: planned, applied, the results worked in. */
struct sync_round {
    enum sync_round_phase phase;
    uint64_t number;
    struct sync_service_list waiting; /* to be planned */
    struct plan plan;
    int *results;
    int error;     /* the kernel could not be asked */
    size_t merged; /* results that are worked in */
    size_t done[PLAN_KINDS];
    unsigned refused;
    unsigned told; /* refusals that were logged */
    bool raced;
    bool whole;    /* of a whole configuration: its sum is logged */
    bool flushing; /* removes what is not ours */
    bool rest;     /* of what had waited: its sum is logged if there is something in it */
    int64_t started;
};

/* One role of the connection sync daemon. */
struct sync_daemon_role {
    int index;   /* of the interface that it was started on; 0: it does not run, or not known */
    char *fault; /* what the kernel refused, and has been told; NULL: nothing */
};

struct sync_daemon {
    struct role_state state;
    bool ours;                /* configured, or the last run's; else they are somebody else's */
    bool dirty;               /* to be planned */
    int index;                /* of the interface now; 0: it is not there */
    int index_there;          /* the same, as last read where the table is in another namespace */
    char there[IFNAMSIZ];     /* the name of that */
    struct loop_timer *timer; /* when a role that goes on ends */
    struct sync_daemon_role roles[TABLE_DAEMON_ROLES];
};

/* Looking at servers that drain. */
struct sync_draining {
    size_t count;     /* of all services */
    size_t nat_count; /* of these, behind NAT or FULLNAT */
    bool changed;     /* others are behind these than our user was told: hook drains_changed */
    struct loop_timer *timer;
    bool due;        /* a look is under way */
    uint64_t number; /* of that look, or of the last one */
    int64_t started; /* its present job */
    int64_t cost;    /* ns that its jobs took */
    unsigned told;   /* services of the present configuration of which a drain was logged */
};

struct sync {
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    struct runtime *runtime;
    struct sync_hooks hooks;
    int namespace_fd; /* where the kernel's table is; -1: here */

    const struct conf *conf;       /* NULL before the first */
    struct sync_service *services; /* a uthash: all that are ours */
    struct sync_service_list dirty;
    struct sync_service_list parked;
    unsigned faults;   /* of all services */
    bool owned_stale;  /* the list in the runtime directory is not up to date */
    bool flush_wanted; /* lvs_flush */
    bool timeouts_dirty;
    bool whole; /* the next round is of a whole configuration */
    bool rest;  /* the next round has services that were parked */
    bool known; /* `actual` was read as a whole since the link is UP */
    bool exact; /* `actual` is what the kernel had when we last looked or changed it */
    bool stopped;
    bool held;             /* services behind FULLNAT are not planned */
    char *fullnat_problem; /* of services behind FULLNAT; NULL: none */
    struct table actual;
    uint64_t readings; /* times that destinations of a service were read into it */

    struct sync_daemon daemon;
    struct sync_draining drain;
    struct sync_link link;
    struct sync_pass pass;
    struct sync_round round;
    unsigned overruns; /* times in a row that answers were lost when the table was read */
    unsigned heals;    /* times in a row that a race made us read the table again */
    LIST_HEAD(, sync_waiter) waiters;

    struct worker *worker;   /* at most one job is under way */
    bool busy;               /* it is */
    struct loop_timer *step; /* the next step of work, in the next turn of the loop */
    struct loop_timer *tick; /* the next try to connect, or the next periodic pass */

    uint64_t operations;
    uint64_t errors;
    uint64_t drift;
};

/* ---- sync.c ------------------------------------------------------------------------------------ */

/** Has the next step taken in the next turn of the loop. */
void sync_wake(struct sync *sync);

/** Tells our user that what sync_presence() says may have changed. */
void sync_tell_settled(const struct sync *sync);

/* ---- sync_daemon.c ----------------------------------------------------------------------------- */

void sync_daemon_init(struct sync *sync);

/** Frees what init and the others made. */
void sync_daemon_release(struct sync *sync);

/** Takes the configuration over. @param first  it is the first one */
void sync_daemon_configure(struct sync *sync, bool first);

/** Whether those of the kernel are ours: configured, or left by the last run. */
bool sync_daemon_is_ours(const struct sync *sync);

/** Plans what differs from what is wanted now. */
void sync_daemon_plan(struct sync *sync, struct plan *plan);

/** Plans that ours are stopped. */
void sync_daemon_plan_stop(const struct sync *sync, struct plan *plan);

/**
 * Plans what ours are to be while no process of ours runs: as they are, and one that hears the other
 * directors, where this one has an instance, which is not master any more.
 */
void sync_daemon_plan_keep(struct sync *sync, struct plan *plan);

/** Those that do not run any more are nobody's. */
void sync_daemon_disown(struct sync *sync);

/** The kernel carried an operation out. */
void sync_daemon_take_done(struct sync *sync, const struct plan_operation *operation);

/** The kernel refused it. @param quiet  it is not worth telling: it will be tried again at once */
void sync_daemon_take_refusal(struct sync *sync, const struct plan_operation *operation, int error,
                              bool quiet);

/** What was refused is to be tried again. */
void sync_daemon_retry(struct sync *sync);

/** Has the interface looked up in a job, where the table is in another namespace. */
void sync_daemon_ask(const struct sync *sync, struct sync_job *job);

/** Looks it up, on the job's thread. */
void sync_daemon_look(struct sync_job *job);

/** Takes over what was found. */
void sync_daemon_found(struct sync *sync, const struct sync_job *job);

/** What the kernel has now. */
void sync_daemon_read(struct sync *sync, const struct table *fresh);

/** The part `sync_daemon` of sync_snapshot(). */
json_t *sync_daemon_snapshot(const struct sync *sync);

/* ---- sync_drain.c ------------------------------------------------------------------------------ */

void sync_drain_init(struct sync *sync);

/** The drain of a server, or NULL. */
const struct sync_drain *sync_drain_find(const struct sync_service *service,
                                         const struct conf_server_key *server);

/**
 * A server of the service drains; one that does already keeps its time.
 * @param until  clock_now()
 * @param told   it is the last run's, which told that
 */
void sync_drain_put(struct sync *sync, struct sync_service *service, const struct conf_drain *whom,
                    int64_t until, bool told);

/** None of the service's servers drains any more. */
void sync_drain_forget(struct sync *sync, struct sync_service *service);

/** A new configuration, when the service has `conf` and `former`: who leaves drains, who is back does not. */
void sync_drain_configure(struct sync *sync, struct sync_service *service);

/** Before the service is planned: drops what is over. @return whether any of its servers drains */
bool sync_drain_settle(struct sync *sync, struct sync_service *service);

/** Adds the servers that drain to a wanted service, which the kernel has. After sync_drain_settle(). */
void sync_drain_want(const struct sync *sync, const struct sync_service *service,
                     struct table_service *wanted);

/** Whether the kernel is to be asked about servers that drain. */
bool sync_drain_is_due(const struct sync *sync);

/** Asks it, some services at a time (a job). */
void sync_drain_look(struct sync *sync);

/** At the end of a round: tells our user where what he must keep for servers that drain is another. */
void sync_drain_report(struct sync *sync);

/* ---- sync_job.c -------------------------------------------------------------------------------- */

/** A job; its kernel is the link's. */
struct sync_job *sync_job_new(struct sync *sync, void (*run)(struct sync_job *),
                              void (*done)(struct sync *, struct sync_job *));

/** Starts the job and owns it; its `done` is called when it has run. None may be under way. */
void sync_job_start(struct sync_job *job);

/** Waits for the job that is under way, if there is one, and calls its `done`. */
void sync_job_finish(struct sync *sync);

/* ---- sync_link.c ------------------------------------------------------------------------------- */

/**
 * Does work of a job in the namespace where the kernel's table is, on the job's thread.
 * @return 0; -errno: it was not done, or there was no way back (netns_enter())
 */
int sync_link_within(struct sync_job *job, void (*work)(struct sync_job *job));

/** Connects (a job). */
void sync_link_connect(struct sync *sync);

/** Whether connecting is due. */
bool sync_link_is_due(const struct sync *sync);

/** There is something to do for IPVS: connects if need be. */
void sync_link_want(struct sync *sync);

/** The connection is of no use any more. @param error -errno; -ENOENT: IPVS has gone */
void sync_link_lost(struct sync *sync, int error);

/** Forgets the connection and what hangs on it. */
void sync_link_close(struct sync *sync);

/* ---- sync_pass.c ------------------------------------------------------------------------------- */

/** Takes the next step of the pass, beginning one if need be (a job). */
void sync_pass_step(struct sync *sync);

/** Reads the destinations of the services in job->table, on the worker. */
void sync_pass_read_run(struct sync_job *job);

/**
 * The table could not be read: where answers were lost it is read again, a few times in a row; else
 * the connection is of no use. @param error  -errno
 */
void sync_pass_failed(struct sync *sync, int error);

/** What the kernel has replaces what we knew of a service's destinations; drift is told and marked. */
void sync_pass_merge_destinations(struct sync *sync, struct table_service *fresh);

/** Whether a pass goes before a round. */
bool sync_pass_is_urgent(const struct sync *sync);

/** Whether a pass is wanted or under way. */
bool sync_pass_is_due(const struct sync *sync);

/** Gives the pass up. */
void sync_pass_abandon(struct sync *sync);

/** Whether somebody waits for a pass that cannot be made. */
bool sync_pass_has_stranded(const struct sync *sync);

/** Calls everybody who waits for a pass. */
void sync_pass_release_all(struct sync *sync);

/* ---- sync_round.c ------------------------------------------------------------------------------ */

/** Plans a slice, beginning a round if need be; at the end of the round has it applied (a job). */
void sync_round_plan(struct sync *sync);

/** Whether there is something to plan. */
bool sync_round_is_due(const struct sync *sync);

/** Works a slice of the results in; at the end, tells the sum. */
void sync_round_merge(struct sync *sync);

/** Whether results are to be worked in. */
bool sync_round_is_merging(const struct sync *sync);

/** Takes back what is planned and not yet sent: its services are dirty again. */
void sync_round_abandon(struct sync *sync);

/* ---- sync_service.c ---------------------------------------------------------------------------- */

/** The service of ours with this key, or NULL. */
struct sync_service *sync_service_find(const struct sync *sync, const struct conf_service_key *key);

/** The same, made as a retired one where it is missing. Never NULL. */
struct sync_service *sync_service_put(struct sync *sync, const struct conf_service_key *key);

/** It is no longer ours: gone from the kernel and from the configuration. */
void sync_service_forget(struct sync *sync, struct sync_service *service);

/** It is to be planned; does not wake. */
void sync_service_mark(struct sync *sync, struct sync_service *service);

/** Services behind FULLNAT are not planned until sync_service_release(). */
void sync_service_park(struct sync *sync);

/** They are: those that waited for that are dirty like others. */
void sync_service_release(struct sync *sync);

/** All that are ours are to be planned. */
void sync_service_mark_all(struct sync *sync);

/** All that the kernel refused something of are to be planned again. */
void sync_service_mark_faulty(struct sync *sync);

/** The service for people: one of a group's by itself. @return `text`, or the configuration's name */
const char *sync_service_name(const struct sync_service *service,
                              char text[TABLE_SERVICE_TEXT_SIZE]);

/** Tells the event log of the table (printf): hook `news`. */
void sync_tell(const struct sync *sync, const char *object, const char *state, const char *format,
               ...) __attribute__((format(printf, 4, 5)));

/** The same of the connection sync daemons. */
void sync_daemon_tell(const struct sync *sync, const char *state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Makes the services in the list of the runtime directory ours. */
void sync_owned_read(struct sync *sync);

/** Writes the list where it is not up to date. */
void sync_owned_write(struct sync *sync);

/** The fault of a server, or NULL. @param server NULL: of the service itself */
const struct sync_fault *sync_fault_find(const struct sync_service *service,
                                         const struct conf_server_key *server);

/**
 * The kernel refused an operation.
 * @param quiet  it is not worth telling: it will be tried again at once
 */
void sync_fault_set(struct sync *sync, struct sync_service *service,
                    const struct plan_operation *operation, int error, bool quiet);

/** Drops the faults of services planned in the present round that did not show in it again. */
void sync_fault_settle(struct sync *sync);

#endif
