/* SPDX-License-Identifier: Apache-2.0
 *
 * AGENT_CHECK: connects, sends what is configured, reads a line, closes.
 */
#include "check/agent.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/agent_reply.h"
#include "check/connect.h"
#include "check/detail.h"
#include "check/pool.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What a check keeps from one run to the next. */
struct agent {
    const char *send; /* in its detail; NULL: nothing */
    struct agent_status status;
};

struct agent_run {
    struct pool_run base;
    struct event ready;
    struct agent *agent;
    bool connected;
    size_t sent;
    size_t size;
    char line[AGENT_LINE_SIZE];
};

/* ---- A run ------------------------------------------------------------------------------------- */

static void agent_run_end(struct agent_run *run)
{
    (void)event_del(&run->ready); /* before close(): epoll forgets a descriptor by its number */
    pool_give(&run->base);
}

static void agent_tell(struct agent_run *run, const struct verdict *verdict)
{
    (void)event_del(&run->ready);
    pool_tell(&run->base, verdict);
}

static void agent_ready(evutil_socket_t fd, short what, void *object);

/* Waits for something else than before. @return 0 or -1 */
static int agent_wait(struct agent_run *run, short what)
{
    (void)event_del(&run->ready);
    (void)event_assign(&run->ready, loop_base(run->base.pool->loop), run->base.fd, what,
                       agent_ready, run);
    (void)event_priority_set(&run->ready, LOOP_PRIORITY_NORMAL);
    return event_add(&run->ready, NULL);
}

/* Sends what is configured. @return whether all of it is gone; `error` is an errno, or 0: not yet */
static bool agent_send(struct agent_run *run, int *error)
{
    size_t length = run->agent->send ? strlen(run->agent->send) : 0;

    *error = 0;
    while (run->sent < length) {
        ssize_t sent =
            send(run->base.fd, run->agent->send + run->sent, length - run->sent, MSG_NOSIGNAL);

        if (sent < 0) {
            *error = errno == EAGAIN || errno == EINTR ? 0 : errno;
            return false;
        }
        run->sent += (size_t)sent;
    }
    return true;
}

/* Connected, or there is room for more. */
static void agent_on_room(struct agent_run *run)
{
    struct verdict verdict = {.class = VERDICT_OK};
    int error;

    if (!run->connected) {
        verdict = connect_outcome(run->base.fd, run->base.spec);
    }
    if (verdict.class != VERDICT_OK) {
        agent_tell(run, &verdict);
        return;
    }
    run->connected = true;
    if (agent_send(run, &error)) {
        if (agent_wait(run, EV_READ) != 0) {
            verdict = verdict_of_local(errno);
            agent_tell(run, &verdict);
        }
    } else if (error || agent_wait(run, EV_WRITE) != 0) {
        verdict = error ? verdict_of_connection(error) : verdict_of_local(errno);
        agent_tell(run, &verdict);
    }
}

/* @return whether `verdict` is set */
static bool agent_read(struct agent_run *run, struct verdict *verdict)
{
    ssize_t size = recv(run->base.fd, run->line + run->size, sizeof(run->line) - run->size, 0);
    struct agent_reply reply;
    int length;

    if (size < 0) {
        *verdict = verdict_of_connection(errno);
        return errno != EAGAIN && errno != EINTR;
    }
    if (size == 0) {
        *verdict = verdict_of(VERDICT_PROTOCOL, run->size ? "agent: it closed within its line"
                                                          : "agent: it closed without a line");
        return true;
    }
    length = agent_line_length(run->line + run->size, (size_t)size);
    if (length >= 0) {
        reply = agent_reply_read(run->line, run->size + (size_t)length);
        *verdict = agent_status_take(&run->agent->status, &reply);
        return true;
    }
    run->size += (size_t)size;
    if (run->size < sizeof(run->line)) {
        return false;
    }
    *verdict = verdict_of(VERDICT_PROTOCOL, "agent: its line is longer than %d bytes",
                          AGENT_LINE_SIZE - 1);
    return true;
}

static void agent_ready(evutil_socket_t fd, short what, void *object)
{
    struct agent_run *run = object;
    struct verdict verdict;

    (void)fd;
    if (what & EV_WRITE) {
        agent_on_room(run);
    } else if (agent_read(run, &verdict)) {
        agent_tell(run, &verdict);
    } else if (agent_wait(run, EV_READ) != 0) {
        verdict = verdict_of_local(errno);
        agent_tell(run, &verdict);
    }
}

/* ---- The kind ---------------------------------------------------------------------------------- */

static void *agent_engine_new(const struct check_means *means, check_done_function done,
                              void *context)
{
    struct pool *engine = memory_new(1, sizeof(*engine));

    pool_open(engine, means, done, context, sizeof(struct agent_run));
    return engine;
}

static void agent_engine_free(void *engine)
{
    pool_close(engine, NULL);
    free(engine);
}

/* The detail: what is sent. */
static void agent_pack(const struct conf_check *conf, struct text_buffer *out)
{
    detail_put_text(out, ((const struct conf_agent_check *)conf)->send);
}

static void *agent_prepare(void *engine, const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    struct agent *agent = memory_new(1, sizeof(*agent));

    (void)engine;
    agent->send = detail_text(&reader);
    agent->status.percent = 100;
    return agent;
}

static void *agent_start(void *engine, const struct check_spec *spec, void *prepared,
                         void *argument, struct verdict *verdict)
{
    int fd = connect_begin(spec, verdict);
    struct agent_run *run;

    if (fd < 0) {
        return NULL;
    }
    run = pool_take(engine, spec, argument, fd);
    run->agent = prepared;
    run->connected = false;
    run->sent = 0;
    run->size = 0;
    (void)event_assign(&run->ready, loop_base(run->base.pool->loop), fd, EV_WRITE, agent_ready,
                       run);
    if (agent_wait(run, EV_WRITE) != 0) {
        *verdict = verdict_of_local(errno);
        agent_run_end(run);
        return NULL;
    }
    return run;
}

static const char *agent_missing(const void *object)
{
    const struct agent_run *run = object;

    return run->connected ? "no line of the agent" : NULL;
}

static void agent_stop(void *run)
{
    agent_run_end(run);
}

const struct check_kind agent_kind = {
    .name = "AGENT_CHECK",
    .success = "agent: up",
    .engine_new = agent_engine_new,
    .engine_free = agent_engine_free,
    .pack = agent_pack,
    .prepare = agent_prepare,
    .forget = free,
    .start = agent_start,
    .missing = agent_missing,
    .stop = agent_stop,
};
