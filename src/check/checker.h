/* SPDX-License-Identifier: Apache-2.0
 *
 * The checker: runs the checks of a configuration, each at its time, and knows of every server and
 * service what that means. It tells that something changed; what is then to be in the IPVS table is
 * asked of it.
 *
 * Checks are known by what they ask (see struct check_spec): one that several servers have runs once
 * and counts for all of them, and one that is in the next configuration too goes on undisturbed.
 */
#ifndef HOLDFAST_CHECK_CHECKER_H
#define HOLDFAST_CHECK_CHECKER_H

#include "check/health.h"
#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct checker;
struct log;
struct loop;
struct runner;

enum checker_event_kind {
    CHECKER_SERVER_UP,
    CHECKER_SERVER_DOWN,
    CHECKER_QUORUM_UP,
    CHECKER_QUORUM_DOWN,
    CHECKER_OPEN_BEGAN, /* a service fails open: min_healthy */
    CHECKER_OPEN_ENDED,
};

/* Something that scripts and event logs are about; valid during the call. */
struct checker_event {
    enum checker_event_kind kind;
    const struct conf_service_key *service;
    const char
        *group; /* of its virtual_server_group, and how many virtual servers before it have */
    uint32_t group_use;                   /* that; NULL: it has none */
    const struct conf_server_key *server; /* NULL where it is about the service */
    const char *reason;                   /* "TCP_CHECK: connection refused (1 try)" */
    bool removed; /* it went out of the configuration: look it up in the former one */
    bool quiet;   /* a server that is up from the start (rs_init_notifies): no mail tells of it */
};

/* Whom the checker tells. They may ask the checker, but neither configure nor free it. */
struct checker_hooks {
    void *argument;

    /** What checker_server_view() or checker_sorry_view() say of a service may have changed. */
    void (*service_changed)(void *argument, const struct conf_service_key *service);

    /**
     * Called after service_changed for the same change. B48: quorum that is there from the start is
     * told too.
     */
    void (*event)(void *argument, const struct checker_event *event);

    /** What operators ask of servers has changed: checker_write_orders() says it anew. */
    void (*orders_changed)(void *argument);

    /** A server of the service is no longer checker_is_unasked(). NULL: nobody waits for that. */
    void (*server_asked)(void *argument, const struct conf_service_key *service);
};

/**
 * A checker without servers. The caller frees it with checker_free(); loop, runner and log outlive it.
 * @param runner  starts the programs of checks
 */
struct checker *checker_new(struct loop *loop, struct runner *runner, struct log *log,
                            const struct checker_hooks *hooks);

/** Ends all checks and calls nobody. NULL is allowed. */
void checker_free(struct checker *checker);

/**
 * Takes a configuration; nothing in it is pointed to afterwards. Services and servers are matched by
 * key, checks by what they ask: what did not change keeps its state and its rhythm, a server whose
 * checks changed keeps its state and is looked at anew soon, new ones begin as at a start, what is
 * not there any more goes (told by events with `removed`, while the former configuration lives).
 */
void checker_configure(struct checker *checker, const struct conf *conf);

/**
 * The same for what operators add to the configuration or put back: a server that is new counts as down
 * until its checks have succeeded, as with `alpha`, and they look soon. One without a check is up.
 */
void checker_configure_by_hand(struct checker *checker, const struct conf *conf);

/**
 * Something has a value now that checks of a kind wait for: of CONF_CHECK_FILE the number in a
 * track_file, of CONF_CHECK_BFD a session, 1: up, 0: down. It is remembered, so that it may be told before
 * the configuration that has the check. May call the hooks.
 */
void checker_tell(struct checker *checker, enum conf_check_kind kind, const char *name,
                  int64_t value);

/**
 * An orderly stop: no further check runs. For services with `omega` it is told that servers and quorum
 * go down (B51). What checker_server_view() says stays as it was.
 */
void checker_stop(struct checker *checker);

/**
 * Whether a server is to be in the IPVS table now.
 * @param weight  set to the weight it is to have there, 0 where it is not to be there
 * @return false also for a server that is not in the configuration
 */
bool checker_server_view(const struct checker *checker, const struct conf_service_key *service,
                         const struct conf_server_key *server, uint32_t *weight);

/**
 * Whether what checker_server_view() says is only where a server begins: not all of its checks have had
 * a verdict. The service has changed (service_changed) when the last of its servers is so no more.
 * @param server  NULL: whether any of the service's is so
 */
bool checker_is_unasked(const struct checker *checker, const struct conf_service_key *service,
                        const struct conf_server_key *server);

/* Whether a service has quorum, and how that is known. */
enum checker_standing {
    CHECKER_STANDS,           /* by servers whose checks have said so */
    CHECKER_STANDING_ASSUMED, /* by servers that begin as up and have not been asked */
    CHECKER_STANDING_AWAITED, /* it has none: there are servers that have not been asked */
    CHECKER_FALLEN,           /* it has none, or is not configured */
};

/** How a service stands; it may change with hook service_changed, and with hook server_asked. */
enum checker_standing checker_standing(const struct checker *checker,
                                       const struct conf_service_key *service);

/** What checker_server_view() says, of a service's sorry server. */
bool checker_sorry_view(const struct checker *checker, const struct conf_service_key *service,
                        uint32_t *weight);

/* ---- Addresses of this host: ha_suspend -------------------------------------------------------- */

/** Whether a service wants to be checked while its address is on this host alone. */
bool checker_wants_addresses(const struct checker *checker);

/**
 * The addresses of this host: checks of services with ha_suspend pause while theirs is not among them,
 * and begin at once when it is. Also to be told before the first configuration that has such services.
 */
void checker_set_addresses(struct checker *checker, const struct inet_addr *addresses,
                           size_t count);

/* ---- Pauses that operators ask for ------------------------------------------------------------- */

/* Whose checks pause. */
struct checker_pause {
    const char *service; /* its name, as the status document has it */
    const char *server;  /* the same; "": all of the service */
};

/**
 * From now on the checks of these pause, beside those of earlier calls: servers keep the state that they have.
 * A check that another server has too goes on for that one, and counts for both. Names that are not there are
 * remembered.
 */
void checker_add_pauses(struct checker *checker, const struct checker_pause *pauses, size_t count);

/** They do not pause for that any more. @param pause  one of checker_add_pauses() */
void checker_end_pause(struct checker *checker, const struct checker_pause *pause);

/* ---- Operators' orders ------------------------------------------------------------------------- */

enum { CHECKER_PROBLEM_SIZE = 256 };

/* What an operator asks of a server. */
struct checker_steering {
    const char *service; /* its name, as the status document has it */
    const char *server;  /* the same */
    bool weighed;    /* its weight is to be `weight`, all else as it is; otherwise `admin` counts */
    uint32_t weight; /* up to INT32_MAX */
    enum health_admin admin; /* HEALTH_ADMIN_READY undoes all */
    int64_t span;   /* ns for which all that is asked of the server counts; 0: until undone */
    const char *by; /* who, for people */
};

/** Whether there is a service of that name with a server of that name ("": with or without servers). */
bool checker_has(const struct checker *checker, const char *service, const char *server);

/** Does what is asked. It lasts, also over reloads. @param problem  set where false is returned */
bool checker_steer(struct checker *checker, const struct checker_steering *steering,
                   char problem[CHECKER_PROBLEM_SIZE]);

/**
 * What is now asked of a server: `service`, `server`, `admin`, `weight` (that it has while it is up),
 * `operator` as in the status document. Null for names that are not there.
 */
json_t *checker_order_json(const struct checker *checker, const char *service, const char *server);

struct checker_orders;

/** A copy of all that operators ask of servers now, to be freed by the caller, on any thread. */
struct checker_orders *checker_copy_orders(const struct checker *checker);

/** Frees it. */
void checker_free_orders(struct checker_orders *orders);

/** Adds them to what is kept for the next run: `version`, `orders`. On any thread. */
void checker_write_orders(const struct checker_orders *orders, json_t *root);

/**
 * Looks up the servers of a copy in the configuration, for checker_list_orders().
 * @param until  clock_now() when to stop, or soon after; CLOCK_NEVER: when all are looked up
 * @return whether some are left, for another call
 */
bool checker_look_at_orders(const struct checker *checker, struct checker_orders *orders,
                            int64_t until);

/**
 * The same for people, when all are looked up; on any thread: an array of `object` (the service), `part`
 * (the server), `text`, `by`, `since_wall` and `until_wall` (ns since 1970; 0: until it is undone), `effect`
 * (false: the configuration has no such server).
 */
json_t *checker_list_orders(const struct checker_orders *orders);

/**
 * Takes what an earlier run wrote; before the first configuration.
 * @param problem  set where false is returned, and nothing was taken
 */
bool checker_read_orders(struct checker *checker, const char *text, size_t size,
                         char problem[CHECKER_PROBLEM_SIZE]);

/* ---- Checks on request ------------------------------------------------------------------------- */

enum { CHECKER_ASK_MOST = 256 };

/**
 * Hears the results: an array of `service`, `server`, `kind`, `target`, `state`, `result` (as
 * `last_result` of the status document; null where there is none in time).
 * @param results  the callee's to free
 */
typedef void (*checker_answer_function)(void *argument, json_t *results);

/**
 * Makes the checks of a service's servers now, each once, at most CHECKER_ASK_MOST of them. Their
 * results count like any others. One that runs already is waited for.
 * @param service  its name, as the status document has it
 * @param server   the same; NULL: all
 * @param limit    ns after which the answer is given with what has come
 * @param done     called once, at the earliest by this call
 * @param problem  set where false is returned: `done` is not called
 */
bool checker_ask(struct checker *checker, const char *service, const char *server, int64_t limit,
                 checker_answer_function done, void *argument, char problem[CHECKER_PROBLEM_SIZE]);

/*
 * What the checker knows, in two steps: a copy is made on the loop, in parts that are short, and what
 * takes time for tens of thousands of servers can be done with it on any thread.
 */
struct checker_capture;

/** A copy without anything in it yet. The caller frees it with checker_capture_free(). */
struct checker_capture *checker_capture_new(const struct checker *checker);

/**
 * Copies more, on the loop: whole services as each of them is then, about half a microsecond for a server. It begins
 * again where another configuration has come into force since the last call.
 * @param until  clock_now() when it stops, behind the service that it is at; CLOCK_NEVER: when all is
 *               copied
 * @return whether something is left
 */
bool checker_capture_more(struct checker_capture *capture, int64_t until);

/** The `services` section of the status document (doc/status.md) of a copy that is complete, as far as
 * health knows it. */
json_t *checker_render(const struct checker_capture *capture);

/** Frees a copy, on any thread. NULL is allowed. */
void checker_capture_free(struct checker_capture *capture);

/** Both steps at once, for who has the time. */
json_t *checker_snapshot(const struct checker *checker);

/** The `checks` section: how many there are, how many run, how all so far ended. */
json_t *checker_summary(const struct checker *checker);

#endif
