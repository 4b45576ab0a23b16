/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of runs: what the engine of a kind has where each of its runs is a connection. Structures of
 * runs that ended are used again, so that a check allocates nothing.
 */
#ifndef HOLDFAST_CHECK_POOL_H
#define HOLDFAST_CHECK_POOL_H

#include "check/kind.h"

#include <stddef.h>

struct pool_run;

/* An engine begins with it. */
struct pool {
    struct loop *loop;
    check_done_function done;
    void *context;         /* done's */
    size_t run_size;       /* bytes of the kind's run */
    struct pool_run *idle; /* runs to be used again */
};

/* A run begins with it. */
struct pool_run {
    struct pool *pool;
    struct pool_run *next; /* in the pool's `idle` */
    const struct check_spec *spec;
    void *argument; /* done's */
    int fd;
};

/**
 * Begins an engine's pool.
 * @param run_size  bytes of a run, its struct pool_run included
 */
void pool_open(struct pool *pool, const struct check_means *means, check_done_function done,
               void *context, size_t run_size);

/**
 * Frees all runs; none is under way.
 * @param release  frees what a run owns; NULL: it owns nothing
 */
void pool_close(struct pool *pool, void (*release)(struct pool_run *run));

/**
 * A run that begins. What the kind has in it is as its last user left it, all zero at first.
 * @param fd  its connection, which is closed when the run ends
 */
void *pool_take(struct pool *pool, const struct check_spec *spec, void *argument, int fd);

/** A run ends: closes its connection, which no event may watch any more. */
void pool_give(struct pool_run *run);

/** A run ends with an answer, which is told. */
void pool_tell(struct pool_run *run, const struct verdict *verdict);

#endif
