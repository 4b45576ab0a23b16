/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions over UDP. Structures of runs that ended are used again.
 */
#include "check/datagram.h"

#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM_TURN = 16 }; /* answers that are taken before others in the loop have their turn */

struct datagram_engine {
    struct loop *loop;
    check_done_function done;
    void *context; /* done's */
    datagram_judge judge;
    struct datagram_run *idle; /* runs to be used again */
};

void *datagram_engine_new(const struct check_means *means, check_done_function done, void *context,
                          datagram_judge judge)
{
    struct datagram_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    engine->judge = judge;
    return engine;
}

void datagram_engine_free(void *engine)
{
    struct datagram_engine *own = engine;

    while (own->idle) {
        struct datagram_run *run = own->idle;

        own->idle = run->next;
        free(run);
    }
    free(own);
}

static void datagram_end(struct datagram_run *run)
{
    struct datagram_engine *engine = run->engine;

    (void)event_del(&run->readable); /* before close(): epoll forgets a descriptor by its number */
    (void)close(run->fd);
    run->next = engine->idle;
    engine->idle = run;
}

void datagram_stop(void *run)
{
    datagram_end(run);
}

/* Takes one datagram, or an error that ICMP brought. @return whether the run is over */
static bool datagram_take(struct datagram_run *run, bool *more, struct verdict *verdict)
{
    struct datagram_engine *engine = run->engine;
    unsigned char data[DATAGRAM_SEEN];
    ssize_t size = recv(run->fd, data, sizeof(data), MSG_TRUNC);

    *more = size >= 0;
    if (size >= 0) {
        return engine->judge(run, data, (size_t)size, verdict);
    }
    if (errno == EAGAIN || errno == EINTR) {
        return false;
    }
    *verdict = verdict_of_connection(errno);
    return true;
}

static void datagram_ready(evutil_socket_t fd, short what, void *object)
{
    struct datagram_run *run = object;
    struct datagram_engine *engine = run->engine;
    void *argument = run->argument;
    struct verdict verdict = {.class = VERDICT_OK};
    bool more = true;

    (void)fd;
    (void)what;
    for (int taken = 0; more && taken < DATAGRAM_TURN; taken++) {
        if (datagram_take(run, &more, &verdict)) {
            datagram_end(run);
            engine->done(engine->context, argument, &verdict);
            return;
        }
    }
}

struct datagram_run *datagram_open(void *engine, const struct check_spec *spec, void *prepared,
                                   void *argument, struct verdict *verdict)
{
    struct datagram_engine *own = engine;
    struct datagram_run *run = own->idle;
    int fd = connect_datagram(spec, verdict);

    if (fd < 0) {
        return NULL;
    }
    if (run) {
        own->idle = run->next;
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = own;
    }
    run->spec = spec;
    run->prepared = prepared;
    run->argument = argument;
    run->strange = false;
    run->fd = fd;
    (void)event_assign(&run->readable, loop_base(own->loop), fd, EV_READ | EV_PERSIST,
                       datagram_ready, run);
    (void)event_priority_set(&run->readable, LOOP_PRIORITY_NORMAL);
    return run;
}

void *datagram_ask(struct datagram_run *run, const void *data, size_t size, struct verdict *verdict)
{
    if (send(run->fd, data, size, 0) < 0) {
        *verdict = connect_refusal(errno);
    } else if (event_add(&run->readable, NULL) != 0) {
        *verdict = verdict_of_local(errno);
    } else {
        return run;
    }
    datagram_end(run);
    return NULL;
}
