/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions over UDP.
 */
#include "check/datagram.h"

#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { DATAGRAM_TURN = 16 }; /* answers that are taken before others in the loop have their turn */

struct datagram_engine {
    struct pool pool;
    datagram_judge judge;
};

void *datagram_engine_new(const struct check_means *means, check_done_function done, void *context,
                          datagram_judge judge)
{
    struct datagram_engine *engine = memory_new(1, sizeof(*engine));

    pool_open(&engine->pool, means, done, context, sizeof(struct datagram_run));
    engine->judge = judge;
    return engine;
}

void datagram_engine_free(void *engine)
{
    pool_close(&((struct datagram_engine *)engine)->pool, NULL);
    free(engine);
}

void datagram_stop(void *run)
{
    struct datagram_run *own = run;

    (void)event_del(&own->readable); /* before close(): epoll forgets a descriptor by its number */
    pool_give(&own->base);
}

/* Takes one datagram, or an error that ICMP brought. @return whether the run is over */
static bool datagram_take(struct datagram_run *run, bool *more, struct verdict *verdict)
{
    const struct datagram_engine *engine = (const struct datagram_engine *)run->base.pool;
    unsigned char data[DATAGRAM_SEEN];
    ssize_t size = recv(run->base.fd, data, sizeof(data), MSG_TRUNC);

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
    struct verdict verdict = {.class = VERDICT_OK};
    bool more = true;

    (void)fd;
    (void)what;
    for (int taken = 0; more && taken < DATAGRAM_TURN; taken++) {
        if (datagram_take(run, &more, &verdict)) {
            (void)event_del(&run->readable);
            pool_tell(&run->base, &verdict);
            return;
        }
    }
}

struct datagram_run *datagram_open(void *engine, const struct check_spec *spec, void *prepared,
                                   void *argument, struct verdict *verdict)
{
    struct datagram_engine *own = engine;
    int fd = connect_datagram(spec, verdict);
    struct datagram_run *run;

    if (fd < 0) {
        return NULL;
    }
    run = pool_take(&own->pool, spec, argument, fd);
    run->prepared = prepared;
    run->strange = false;
    (void)event_assign(&run->readable, loop_base(own->pool.loop), fd, EV_READ | EV_PERSIST,
                       datagram_ready, run);
    (void)event_priority_set(&run->readable, LOOP_PRIORITY_NORMAL);
    return run;
}

void *datagram_ask(struct datagram_run *run, const void *data, size_t size, struct verdict *verdict)
{
    if (send(run->base.fd, data, size, 0) < 0) {
        *verdict = connect_refusal(errno);
    } else if (event_add(&run->readable, NULL) != 0) {
        *verdict = verdict_of_local(errno);
    } else {
        return run;
    }
    datagram_stop(run);
    return NULL;
}
