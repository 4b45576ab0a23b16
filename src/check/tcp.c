/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP_CHECK: connects without blocking, looks how that ended, closes. Waiting too long is ended by
 * checker. Structures of runs that ended are used again: a check allocates nothing.
 */
#include "check/tcp.h"

#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tcp_engine {
    struct loop *loop;
    check_done_function done;
    void *context;        /* done's */
    struct tcp_run *idle; /* runs to be used again */
};

struct tcp_run {
    struct tcp_engine *engine;
    struct tcp_run *next; /* in engine->idle */
    struct event writable;
    const struct check_spec *spec;
    void *argument;
    int fd;
};

static void *tcp_engine_new(const struct check_means *means, check_done_function done,
                            void *context)
{
    struct tcp_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    return engine;
}

static void tcp_engine_free(void *object)
{
    struct tcp_engine *engine = object;

    while (engine->idle) {
        struct tcp_run *run = engine->idle;

        engine->idle = run->next;
        free(run);
    }
    free(engine);
}

static struct tcp_run *tcp_run_take(struct tcp_engine *engine)
{
    struct tcp_run *run = engine->idle;

    if (run) {
        engine->idle = run->next;
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
    }
    return run;
}

static void tcp_run_end(struct tcp_run *run)
{
    (void)event_del(&run->writable); /* before close(): epoll forgets a descriptor by its number */
    (void)close(run->fd);
    run->next = run->engine->idle;
    run->engine->idle = run;
}

static void tcp_stop(void *object)
{
    tcp_run_end(object);
}

static void tcp_ready(evutil_socket_t fd, short what, void *object)
{
    struct tcp_run *run = object;
    struct tcp_engine *engine = run->engine;
    void *argument = run->argument;
    struct verdict verdict = connect_outcome(fd, run->spec);

    (void)what;
    tcp_run_end(run);
    engine->done(engine->context, argument, &verdict);
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
    run = tcp_run_take(engine);
    run->argument = argument;
    run->fd = fd;
    run->spec = spec;
    (void)event_assign(&run->writable, loop_base(engine->loop), fd, EV_WRITE, tcp_ready, run);
    (void)event_priority_set(&run->writable, LOOP_PRIORITY_NORMAL);
    if (event_add(&run->writable, NULL) != 0) {
        *verdict = verdict_of_local(errno);
        tcp_run_end(run);
        return NULL;
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
