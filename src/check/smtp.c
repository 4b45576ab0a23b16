/* SPDX-License-Identifier: Apache-2.0
 *
 * SMTP_CHECK: the connection of the dialogue. Each step has connect_timeout of its own, however the
 * server spends it.
 */
#include "check/smtp.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/connect.h"
#include "check/detail.h"
#include "check/pool.h"
#include "check/smtp_talk.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SMTP_READ_SIZE = 4096 };

/* What keepalived says, which access lists of servers may know. */
static const char smtp_default_helo[] = "smtpchecker.keepalived.org";
static const char smtp_quit[] = "QUIT\r\n";

struct smtp_run {
    struct pool_run base;
    struct event ready;
    const char *helo;
    int64_t deadline; /* of this step, by clock_now() */
    bool spared;      /* the step has got more time, since we were late */
    bool connected;
    struct smtp_talk talk;
    struct text_buffer out; /* what is to be said */
    size_t said;            /* of it */
};

static void smtp_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_smtp_check *check = (const struct conf_smtp_check *)conf;

    detail_put_text(out, check->helo_name ? check->helo_name : smtp_default_helo);
}

/* ---- Runs -------------------------------------------------------------------------------------- */

static void smtp_run_end(struct smtp_run *run)
{
    (void)event_del(&run->ready); /* before close(): epoll forgets a descriptor by its number */
    pool_give(&run->base);
}

static void smtp_finish(struct smtp_run *run, const struct verdict *verdict)
{
    (void)event_del(&run->ready);
    pool_tell(&run->base, verdict);
}

/* The server said nothing more. */
static void smtp_break(struct smtp_run *run, const struct verdict *bad)
{
    struct verdict verdict = smtp_talk_broken(&run->talk, bad);

    smtp_finish(run, &verdict);
}

static void smtp_ready(evutil_socket_t fd, short what, void *object);

/* Waits for the server until the step's time is over. @return 0 or -errno */
static int smtp_wait(struct smtp_run *run, short what)
{
    int64_t left = run->deadline - clock_now();
    struct timeval span = {0};

    if (left > 0) {
        span.tv_sec = (time_t)(left / CLOCK_SECOND);
        span.tv_usec = (suseconds_t)(left % CLOCK_SECOND / CLOCK_MICROSECOND);
    }
    (void)event_assign(&run->ready, loop_base(run->base.pool->loop), run->base.fd, what, smtp_ready,
                       run);
    (void)event_priority_set(&run->ready, LOOP_PRIORITY_NORMAL);
    return event_add(&run->ready, &span) == 0 ? 0 : -errno;
}

static void smtp_wait_or_end(struct smtp_run *run, short what)
{
    int error = smtp_wait(run, what);

    if (error) {
        struct verdict verdict = verdict_of_local(-error);

        smtp_finish(run, &verdict);
    }
}

static void smtp_next_step(struct smtp_run *run)
{
    run->deadline = clock_now() + run->base.spec->connect_timeout;
    run->spared = false;
}

/* ---- What is said ------------------------------------------------------------------------------ */

/* Says what is to be said, as far as the kernel takes it. @return 0 or -errno */
static int smtp_send(struct smtp_run *run)
{
    while (run->said < run->out.length) {
        ssize_t sent = send(run->base.fd, run->out.data + run->said, run->out.length - run->said,
                            MSG_NOSIGNAL);

        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        }
        run->said += (size_t)sent;
    }
    run->out.length = 0;
    run->said = 0;
    return 0;
}

static void smtp_say(struct smtp_run *run)
{
    if (run->talk.step == SMTP_TALK_HELO) {
        text_appendf(&run->out, "HELO %s\r\n", run->helo);
    } else {
        text_append(&run->out, smtp_quit);
    }
    smtp_next_step(run);
}

/* ---- What is heard ----------------------------------------------------------------------------- */

/* @return whether the dialogue has ended */
static bool smtp_hear(struct smtp_run *run, const char *data, size_t size, struct verdict *verdict)
{
    while (size) {
        size_t taken = 0;
        enum smtp_talk_result result = smtp_talk_feed(&run->talk, data, size, &taken, verdict);

        if (result == SMTP_TALK_END) {
            return true;
        }
        if (result == SMTP_TALK_SAY) {
            smtp_say(run);
        }
        data += taken;
        size -= taken;
    }
    return false;
}

/* @return whether the run has ended */
static bool smtp_read(struct smtp_run *run)
{
    char data[SMTP_READ_SIZE];
    ssize_t size = recv(run->base.fd, data, sizeof(data), 0);
    struct verdict verdict;

    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (size <= 0) {
        verdict = size < 0 ? verdict_of_connection(errno)
                           : verdict_of(VERDICT_RESET, "connection closed: %s",
                                        smtp_talk_missing(run->talk.step));
        smtp_break(run, &verdict);
        return true;
    }
    if (smtp_hear(run, data, (size_t)size, &verdict)) {
        /* Whom we do not like is told that we go, which his log would otherwise call an error. */
        if (verdict.class != VERDICT_OK) {
            (void)send(run->base.fd, smtp_quit, sizeof(smtp_quit) - 1, MSG_NOSIGNAL);
        }
        smtp_finish(run, &verdict);
        return true;
    }
    return false;
}

/* @return whether the run has ended */
static bool smtp_connect(struct smtp_run *run)
{
    struct verdict verdict = connect_outcome(run->base.fd, run->base.spec);

    if (verdict.class != VERDICT_OK) {
        smtp_finish(run, &verdict);
        return true;
    }
    run->connected = true;
    smtp_next_step(run);
    return false;
}

/* The step's time is over, and there is nothing to read. */
static void smtp_late(struct smtp_run *run)
{
    int64_t now = clock_now();
    int64_t grace = run->spared ? 0 : loop_grace(now - run->deadline);
    struct verdict verdict;

    if (grace) {
        run->spared = true;
        run->deadline = now + grace;
        smtp_wait_or_end(run, (short)(event_get_events(&run->ready) & (EV_READ | EV_WRITE)));
        return;
    }
    verdict = verdict_of_timeout(run->connected ? smtp_talk_missing(run->talk.step) : NULL,
                                 run->base.spec->connect_timeout);
    smtp_break(run, &verdict);
}

/* What came is read though the time is over, too: we may be late, not the server. */
static void smtp_ready(evutil_socket_t fd, short what, void *object)
{
    struct smtp_run *run = object;
    struct verdict verdict;
    int error;

    (void)fd;
    if (!(what & (EV_READ | EV_WRITE))) {
        smtp_late(run);
        return;
    }
    if ((!run->connected && smtp_connect(run)) || (what & EV_READ && smtp_read(run))) {
        return;
    }
    error = smtp_send(run);
    if (error) {
        verdict = verdict_of_connection(-error);
        smtp_break(run, &verdict);
    } else {
        smtp_wait_or_end(run, run->out.length ? EV_WRITE : EV_READ);
    }
}

/* ---- The kind ---------------------------------------------------------------------------------- */

static void *smtp_start(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                        struct verdict *verdict)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    int fd = connect_begin(spec, verdict);
    struct smtp_run *run;
    int error;

    (void)prepared;
    if (fd < 0) {
        return NULL;
    }
    run = pool_take(engine, spec, argument, fd);
    run->helo = detail_text(&reader);
    run->connected = false;
    run->out.length = 0;
    run->said = 0;
    smtp_talk_begin(&run->talk);
    smtp_next_step(run);
    error = smtp_wait(run, EV_WRITE);
    if (error) {
        *verdict = verdict_of_local(-error);
        smtp_run_end(run);
        return NULL;
    }
    return run;
}

static void smtp_stop(void *run)
{
    smtp_run_end(run);
}

/* The steps end by themselves: this is for who would be late to see it. */
static int64_t smtp_limit(const struct check_spec *spec)
{
    return (SMTP_TALK_STEPS + 1) * spec->connect_timeout + CLOCK_SECOND;
}

static const char *smtp_missing(const void *object)
{
    const struct smtp_run *run = object;

    return run->connected ? smtp_talk_missing(run->talk.step) : NULL;
}

static void *smtp_engine_new(const struct check_means *means, check_done_function done,
                             void *context)
{
    struct pool *engine = memory_new(1, sizeof(*engine));

    pool_open(engine, means, done, context, sizeof(struct smtp_run));
    return engine;
}

static void smtp_release(struct pool_run *run)
{
    text_release(&((struct smtp_run *)run)->out);
}

static void smtp_engine_free(void *engine)
{
    pool_close(engine, smtp_release);
    free(engine);
}

const struct check_kind smtp_kind = {
    .name = "SMTP_CHECK",
    .success = "250",
    .patient = true,
    .engine_new = smtp_engine_new,
    .engine_free = smtp_engine_free,
    .pack = smtp_pack,
    .limit = smtp_limit,
    .start = smtp_start,
    .missing = smtp_missing,
    .stop = smtp_stop,
};
