/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of checks. A kind is one row of a table: it knows how to ask its question once and what
 * the answer means, and nothing else. When to ask, how long to wait, how often to try again and what
 * it means for a server is checker's and health's.
 */
#ifndef HOLDFAST_CHECK_KIND_H
#define HOLDFAST_CHECK_KIND_H

#include "base/clock.h"
#include "base/inet.h"
#include "check/health.h"
#include "check/verdict.h"
#include "parser/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct log;
struct loop;
struct runner;
struct text_buffer;

enum { CHECK_INTERFACE_SIZE = 16 }; /* IFNAMSIZ of linux/if.h, its NUL included */

/*
 * A question: what is asked of whom, and how often. All bytes are fields, unused ones are 0, and what a
 * kind alone asks follows as bytes (detail.h), so that it is its own identity: two servers with equal
 * specs share one check.
 */
struct check_spec {
    struct health_rules rules;
    int64_t connect_timeout; /* ns; 0: the kind does not connect */
    uint32_t fwmark;         /* 0: none */
    uint16_t connect_port;
    uint16_t bind_port;                        /* 0: any */
    struct inet_addr connect_addr;             /* of a host with a name: there while a run begins */
    struct inet_addr bind_addr;                /* AF_UNSPEC: the kernel chooses */
    char bind_interface[CHECK_INTERFACE_SIZE]; /* "": any */
    uint8_t kind;                              /* enum conf_check_kind */
    uint8_t zero;
    uint16_t host_at;     /* 1 + where in the detail its host's name begins; 0: it has none */
    uint16_t detail_size; /* bytes */
    unsigned char detail[];
};

_Static_assert(sizeof(struct check_spec) == 104, "a spec has no hidden padding");

enum { CHECK_DETAIL_MOST = UINT16_MAX };

/* Checks begin, and are looked at, at instants so far apart, many at a time: ns. */
#define CHECK_GRID (4 * CLOCK_MILLISECOND)

/* What kinds may use; it outlives them. */
struct check_means {
    struct loop *loop;
    struct runner *runner; /* starts programs */
    struct log *log;
};

/**
 * What a kind calls when a question was answered; the run is gone by then.
 * @param context   as given to engine_new
 * @param argument  as given to start
 */
typedef void (*check_done_function)(void *context, void *argument, const struct verdict *verdict);

struct check_kind {
    const char *name;    /* as the configuration has it */
    const char *success; /* what VERDICT_OK means */

    /*
     * Its answer is not asked for but comes: start() tells one that differs from the last one told and
     * otherwise waits, without a limit, and is called again at once (but see `repeat`).
     */
    bool waits;

    /*
     * B40's exception: its very first failure, too, takes a server down only after the extra tries.
     */
    bool patient;

    /** What all runs of the kind share. @param done  called for each run that ends by itself */
    void *(*engine_new)(const struct check_means *means, check_done_function done, void *context);

    /** Frees it; no run is left by then. */
    void (*engine_free)(void *engine);

    /** A configuration comes, with which checks begin next. NULL: nothing of it is the engine's. */
    void (*configure)(void *engine, const struct conf *conf);

    /**
     * Something that checks wait for has a value: of the kind that `waits`. It may end runs. NULL where
     * nobody tells the kind anything.
     */
    void (*tell)(void *engine, const char *name, int64_t value);

    /**
     * Appends what the kind alone asks: at most CHECK_DETAIL_MOST bytes, which the parser sees to.
     * NULL: nothing.
     */
    void (*pack)(const struct conf_check *conf, struct text_buffer *out);

    /** What a check asks where that is no address, for people. The caller frees it. NULL: an address. */
    char *(*subject)(const struct check_spec *spec);

    /**
     * What a check has of its own from its first question to its end: what was compiled from its
     * detail, and what it remembers from one run to the next. NULL: nothing.
     */
    void *(*prepare)(void *engine, const struct check_spec *spec);

    /** Frees it; the check has no run by then. NULL where `prepare` is. */
    void (*forget)(void *prepared);

    /** How long a run may take, in ns; CLOCK_NEVER: it ends by itself. NULL: connect_timeout. */
    int64_t (*limit)(const struct check_spec *spec);

    /**
     * Asks.
     * @param spec     stays as it is while the run lasts
     * @param prepared the check's; NULL where `prepare` is
     * @param verdict  set where NULL is returned: the question ended at once and `done` is not called
     * @return the run
     */
    void *(*start)(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                   struct verdict *verdict);

    /** What a run waits for at present: "no greeting". NULL, or NULL returned: an answer. */
    const char *(*missing)(const void *run);

    /**
     * What it means that nothing came in the time of a run. NULL: VERDICT_TIMEOUT.
     * @param duration  ns that were waited for
     * @return whether it means something else, and `verdict` is set
     */
    bool (*silence)(const void *run, int64_t duration, struct verdict *verdict);

    /**
     * Of a kind that `waits`: its answer counts only if it lasts (health_check_is_open()), so that start()
     * comes at the times of other kinds, and is to tell it once more though it be the same.
     * @param prepared  the check's
     */
    void (*repeat)(void *prepared);

    /** Ends a run before its answer; `done` is not called. */
    void (*stop)(void *run);
};

/** The row of a kind; NULL: there is none yet. */
const struct check_kind *check_kind(enum conf_check_kind kind);

#endif
