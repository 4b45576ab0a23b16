/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of runs.
 */
#include "check/pool.h"

#include "base/memory.h"

#include <stdlib.h>
#include <unistd.h>

void pool_open(struct pool *pool, const struct check_means *means, check_done_function done,
               void *context, size_t run_size)
{
    *pool = (struct pool){
        .loop = means->loop,
        .done = done,
        .context = context,
        .run_size = run_size,
    };
}

void pool_close(struct pool *pool, void (*release)(struct pool_run *run))
{
    while (pool->idle) {
        struct pool_run *run = pool->idle;

        pool->idle = run->next;
        if (release) {
            release(run);
        }
        free(run);
    }
}

void *pool_take(struct pool *pool, const struct check_spec *spec, void *argument, int fd)
{
    struct pool_run *run = pool->idle;

    if (run) {
        pool->idle = run->next;
    } else {
        run = memory_new(1, pool->run_size);
        run->pool = pool;
    }
    run->spec = spec;
    run->argument = argument;
    run->fd = fd;
    return run;
}

void pool_give(struct pool_run *run)
{
    (void)close(run->fd);
    run->fd = -1;
    run->next = run->pool->idle;
    run->pool->idle = run;
}

void pool_tell(struct pool_run *run, const struct verdict *verdict)
{
    struct pool *pool = run->pool;
    void *argument = run->argument;

    pool_give(run);
    pool->done(pool->context, argument, verdict);
}
