/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP_CHECK: connects without blocking, looks how that ended, closes. Waiting too long is ended by
 * checker.
 *
 * What a check costs is system calls and wake-ups, so connections are looked at together: all that
 * began since the last look, in one poll(2) at the next instant of a grid. Servers near by have
 * answered by then; a connection that has not is left to the loop. How long it took is asked of TCP
 * itself, which knows it better than who looks later.
 */
#include "check/tcp.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"
#include "check/pool.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    TCP_BATCH = 64,   /* connections of one look: the loop is with us for less than a millisecond */
    TCP_IN_LOOP = -1, /* place of a run that the loop watches */
};

struct tcp_run {
    struct pool_run base;
    struct event writable;
    int place; /* in engine->batch, or TCP_IN_LOOP */
};

struct tcp_engine {
    struct pool pool;
    struct loop_timer *timer; /* when to look */
    int count;                /* of the batch */
    struct tcp_run *batch[TCP_BATCH];
};

static void tcp_look(void *object, int64_t now, int64_t late);

static void *tcp_engine_new(const struct check_means *means, check_done_function done,
                            void *context)
{
    struct tcp_engine *engine = memory_new(1, sizeof(*engine));

    pool_open(&engine->pool, means, done, context, sizeof(struct tcp_run));
    engine->timer = loop_timer_new(means->loop, LOOP_PRIORITY_NORMAL, tcp_look, engine);
    return engine;
}

static void tcp_engine_free(void *object)
{
    struct tcp_engine *engine = object;

    pool_close(&engine->pool, NULL);
    loop_timer_free(engine->timer);
    free(engine);
}

/* Its pool is what the engine begins with. */
static struct tcp_engine *tcp_engine_of(struct tcp_run *run)
{
    return (struct tcp_engine *)run->base.pool;
}

/* Takes a run out of the batch. */
static void tcp_leave_batch(struct tcp_run *run)
{
    struct tcp_engine *engine = tcp_engine_of(run);
    struct tcp_run *last = engine->batch[--engine->count];

    engine->batch[run->place] = last;
    last->place = run->place;
    run->place = TCP_IN_LOOP;
}

/* Nobody looks at the run any more. */
static void tcp_leave(struct tcp_run *run)
{
    if (run->place == TCP_IN_LOOP) {
        /* Before close(): epoll forgets a descriptor by its number. */
        (void)event_del(&run->writable);
    } else {
        tcp_leave_batch(run);
    }
}

static void tcp_stop(void *object)
{
    struct tcp_run *run = object;

    tcp_leave(run);
    pool_give(&run->base);
}

/* The time that the server took for its part of the handshake: tcp(7), TCP_INFO. 0: not known. */
static int64_t tcp_took(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0
               ? info.tcpi_rtt * CLOCK_MICROSECOND
               : 0;
}

static void tcp_tell(struct tcp_run *run)
{
    struct verdict verdict = connect_outcome(run->base.fd, run->base.spec);

    if (verdict.class == VERDICT_OK) {
        verdict.took = tcp_took(run->base.fd);
    }
    tcp_leave(run);
    pool_tell(&run->base, &verdict);
}

static void tcp_ready(evutil_socket_t fd, short what, void *object)
{
    (void)fd;
    (void)what;
    tcp_tell(object);
}

/* Leaves a run to the loop. */
static void tcp_watch(struct tcp_run *run)
{
    tcp_leave_batch(run);
    (void)event_assign(&run->writable, loop_base(run->base.pool->loop), run->base.fd, EV_WRITE,
                       tcp_ready, run);
    (void)event_priority_set(&run->writable, LOOP_PRIORITY_NORMAL);
    if (event_add(&run->writable, NULL) != 0) {
        const struct verdict verdict = verdict_of_local(errno);

        pool_tell(&run->base, &verdict);
    }
}

/* Tells of the connections of the batch that are there or failed, and leaves the others to the loop. */
static void tcp_look(void *object, int64_t now, int64_t late)
{
    struct tcp_engine *engine = object;
    struct pollfd polls[TCP_BATCH];
    struct tcp_run *runs[TCP_BATCH];
    int count = engine->count;

    (void)now;
    (void)late;
    for (int i = 0; i < count; i++) {
        runs[i] = engine->batch[i];
        polls[i] = (struct pollfd){.fd = runs[i]->base.fd, .events = POLLOUT};
    }
    if (poll(polls, (nfds_t)count, 0) < 0) {
        memset(polls, 0, sizeof(polls)); /* no memory for it: the loop has its own */
    }
    for (int i = 0; i < count; i++) {
        if (runs[i]->place == TCP_IN_LOOP || runs[i]->base.fd != polls[i].fd) {
            continue; /* somebody who was told of another one has stopped it */
        }
        if (polls[i].revents) {
            tcp_tell(runs[i]);
        } else {
            tcp_watch(runs[i]);
        }
    }
}

static void *tcp_start(void *object, const struct check_spec *spec, void *prepared, void *argument,
                       struct verdict *verdict)
{
    struct tcp_engine *engine = object;
    int fd = connect_begin(spec, verdict);
    struct tcp_run *run;

    (void)prepared;
    if (fd < 0) {
        return NULL;
    }
    if (engine->count == TCP_BATCH) {
        tcp_look(engine, 0, 0);
    }
    run = pool_take(&engine->pool, spec, argument, fd);
    run->place = engine->count;
    engine->batch[engine->count++] = run;
    if (engine->count == 1) {
        loop_timer_set(engine->timer,
                       health_next_look(0, CHECK_GRID, clock_now() + CHECK_GRID / 2));
    }
    return run;
}

const struct check_kind tcp_kind = {
    .name = "TCP_CHECK",
    .success = "connected",
    .engine_new = tcp_engine_new,
    .engine_free = tcp_engine_free,
    .start = tcp_start,
    .stop = tcp_stop,
};
