/* SPDX-License-Identifier: Apache-2.0
 *
 * MYSQL_CHECK: connects, hears the greeting, and leaves as mysql_farewell.h says, after the verdict:
 * how a server takes the farewell says nothing about it. Each step has a time limit of its own.
 * Structures of runs that ended are used again: a check allocates nothing.
 */
#include "check/mysql.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"
#include "check/mysql_answer.h"
#include "check/mysql_farewell.h"
#include "check/mysql_greeting.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

LIST_HEAD(mysql_run_list, mysql_run);

struct mysql_engine {
    struct loop *loop;
    check_done_function done;
    void *context;                 /* done's */
    struct mysql_run_list idle;    /* runs to be used again */
    struct mysql_run_list leaving; /* those that have told their verdict */
};

enum mysql_step {
    MYSQL_STEP_CONNECT,
    MYSQL_STEP_GREETING,
    MYSQL_STEP_LEAVE,
    MYSQL_STEPS,
};

enum { MYSQL_HANDSHAKE_STEPS = 2 }; /* until the verdict */

struct mysql_run {
    struct mysql_engine *engine;
    LIST_ENTRY(mysql_run) next; /* in engine->idle or engine->leaving */
    struct event event;
    const struct check_spec *spec; /* not while it is leaving */
    void *argument;
    int fd;
    enum mysql_step step;
    int64_t began; /* the step */
    int64_t limit; /* of a step: ns */
    size_t heard;  /* bytes */
    uint8_t bytes[MYSQL_GREETING_SIZE];
};

/* What did not come where a step took too long. */
static const char *const mysql_missing_texts[MYSQL_STEPS] = {
    [MYSQL_STEP_CONNECT] = "no connection",
    [MYSQL_STEP_GREETING] = "no greeting",
    [MYSQL_STEP_LEAVE] = "no answer",
};

/* ---- Runs -------------------------------------------------------------------------------------- */

static void *mysql_engine_new(const struct check_means *means, check_done_function done,
                              void *context)
{
    struct mysql_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    LIST_INIT(&engine->idle);
    LIST_INIT(&engine->leaving);
    return engine;
}

static struct mysql_run *mysql_run_take(struct mysql_engine *engine)
{
    struct mysql_run *run = LIST_FIRST(&engine->idle);

    if (run) {
        LIST_REMOVE(run, next);
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
    }
    run->heard = 0;
    return run;
}

/* The run is in no list. */
static void mysql_run_end(struct mysql_run *run)
{
    (void)event_del(&run->event); /* before close(): epoll forgets a descriptor by its number */
    (void)close(run->fd);
    LIST_INSERT_HEAD(&run->engine->idle, run, next);
}

static void mysql_run_left(struct mysql_run *run)
{
    LIST_REMOVE(run, next);
    mysql_run_end(run);
}

static void mysql_engine_free(void *object)
{
    struct mysql_engine *engine = object;
    struct mysql_run *run;

    while ((run = LIST_FIRST(&engine->leaving))) {
        mysql_run_left(run);
    }
    while ((run = LIST_FIRST(&engine->idle))) {
        LIST_REMOVE(run, next);
        free(run);
    }
    free(engine);
}

static void mysql_done(struct mysql_run *run, const struct verdict *verdict)
{
    struct mysql_engine *engine = run->engine;
    void *argument = run->argument;

    mysql_run_end(run);
    engine->done(engine->context, argument, verdict);
}

/* ---- Steps ------------------------------------------------------------------------------------- */

static void mysql_ready(evutil_socket_t fd, short what, void *object);

/* Waits within the limit of the step. @param what  EV_READ, EV_WRITE. @return 0 or an errno */
static int mysql_wait(struct mysql_run *run, short what)
{
    int64_t left = run->began + run->limit - clock_now();
    struct timeval span = {0};

    if (left > 0) {
        span.tv_sec = left / CLOCK_SECOND;
        span.tv_usec = left % CLOCK_SECOND / CLOCK_MICROSECOND;
    }
    (void)event_assign(&run->event, loop_base(run->engine->loop), run->fd, what, mysql_ready, run);
    (void)event_priority_set(&run->event, LOOP_PRIORITY_NORMAL);
    return event_add(&run->event, &span) == 0 ? 0 : errno;
}

static void mysql_begin(struct mysql_run *run, enum mysql_step step)
{
    run->step = step;
    run->began = clock_now();
}

/* A step of a run that is to be judged waits. */
static void mysql_wait_or_end(struct mysql_run *run, short what)
{
    int error = mysql_wait(run, what);

    if (error) {
        const struct verdict verdict = verdict_of_local(error);

        mysql_done(run, &verdict);
    }
}

/*
 * Hears what there is, in one piece.
 * @return whether something came; else `verdict` is set where the connection ended
 */
static bool mysql_hear(struct mysql_run *run, struct verdict *verdict)
{
    ssize_t got = recv(run->fd, run->bytes + run->heard, sizeof(run->bytes) - run->heard, 0);

    if (got > 0) {
        run->heard += (size_t)got;
        return true;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        *verdict = (struct verdict){.class = VERDICT_OK};
    } else if (got < 0) {
        *verdict = verdict_of_connection(errno);
    } else {
        *verdict = verdict_of(VERDICT_RESET, "it closed the connection without a greeting");
    }
    return false;
}

/* ---- Leaving ----------------------------------------------------------------------------------- */

/* What is small goes at once into a connection that has sent nothing yet. */
static bool mysql_say(const struct mysql_run *run, const uint8_t *bytes, size_t size)
{
    return send(run->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

/* Takes what was heard. @return whether the farewell goes on */
static bool mysql_leave_go(struct mysql_run *run)
{
    uint8_t out[MYSQL_FAREWELL_SIZE];
    enum mysql_farewell_step step;

    do {
        size_t taken;
        size_t count;

        step = mysql_farewell_go(run->bytes, run->heard, &taken, out, &count);
        run->heard -= taken;
        memmove(run->bytes, run->bytes + taken, run->heard);
        if (step == MYSQL_FAREWELL_OVER || (count && !mysql_say(run, out, count))) {
            return false;
        }
    } while (step == MYSQL_FAREWELL_SAY);
    return step == MYSQL_FAREWELL_WAIT;
}

static void mysql_leave(struct mysql_run *run)
{
    struct verdict verdict;

    if (!mysql_hear(run, &verdict)) {
        if (verdict.class != VERDICT_OK || mysql_wait(run, EV_READ) != 0) {
            mysql_run_left(run);
        }
    } else if (!mysql_leave_go(run) || mysql_wait(run, EV_READ) != 0) {
        mysql_run_left(run);
    }
}

/* The greeting was good: the verdict is told, and the farewell begins. */
static void mysql_greeted(struct mysql_run *run, const struct mysql_greeting *greeting)
{
    const struct verdict verdict = {.class = VERDICT_OK};
    struct mysql_engine *engine = run->engine;
    void *argument = run->argument;
    uint8_t out[MYSQL_FAREWELL_SIZE];
    size_t size = mysql_farewell_begin(greeting, out);

    mysql_begin(run, MYSQL_STEP_LEAVE);
    run->heard = 0;
    run->spec = NULL;
    run->argument = NULL;
    if (size && mysql_say(run, out, size) && mysql_wait(run, EV_READ) == 0) {
        LIST_INSERT_HEAD(&engine->leaving, run, next);
    } else {
        mysql_run_end(run);
    }
    engine->done(engine->context, argument, &verdict);
}

/* ---- Asking ------------------------------------------------------------------------------------ */

static void mysql_connected(struct mysql_run *run)
{
    struct verdict verdict = connect_outcome(run->fd, run->spec);

    if (verdict.class != VERDICT_OK) {
        mysql_done(run, &verdict);
        return;
    }
    mysql_begin(run, MYSQL_STEP_GREETING);
    mysql_wait_or_end(run, EV_READ);
}

static void mysql_hear_greeting(struct mysql_run *run)
{
    struct mysql_greeting greeting = {.kind = MYSQL_GREETING_PART};
    struct verdict verdict = {.class = VERDICT_OK};

    if (mysql_hear(run, &verdict)) {
        greeting = mysql_greeting_parse(run->bytes, run->heard);
    }
    if (greeting.kind == MYSQL_GREETING_GOOD) {
        mysql_greeted(run, &greeting);
        return;
    }
    if (greeting.kind == MYSQL_GREETING_ERROR) {
        verdict = mysql_answer_error(greeting.error, greeting.text);
    } else if (greeting.kind == MYSQL_GREETING_BAD) {
        verdict = verdict_of(VERDICT_PROTOCOL, "%s", greeting.text);
    } else if (verdict.class == VERDICT_OK) {
        mysql_wait_or_end(run, EV_READ);
        return;
    }
    mysql_done(run, &verdict);
}

static void mysql_late(struct mysql_run *run)
{
    const struct verdict verdict =
        verdict_of_timeout(mysql_missing_texts[run->step], clock_now() - run->began);

    if (run->step == MYSQL_STEP_LEAVE) {
        mysql_run_left(run);
    } else {
        mysql_done(run, &verdict);
    }
}

static void mysql_ready(evutil_socket_t fd, short what, void *object)
{
    static void (*const steps[MYSQL_STEPS])(struct mysql_run * run) = {
        [MYSQL_STEP_CONNECT] = mysql_connected,
        [MYSQL_STEP_GREETING] = mysql_hear_greeting,
        [MYSQL_STEP_LEAVE] = mysql_leave,
    };
    struct mysql_run *run = object;

    (void)fd;
    if (what & (EV_READ | EV_WRITE)) {
        steps[run->step](run);
    } else {
        mysql_late(run);
    }
}

static void *mysql_start(void *object, const struct check_spec *spec, void *prepared,
                         void *argument, struct verdict *verdict)
{
    struct mysql_engine *engine = object;
    int fd = connect_begin(spec, verdict);
    struct mysql_run *run;
    int error;

    (void)prepared;
    if (fd < 0) {
        return NULL;
    }
    run = mysql_run_take(engine);
    run->spec = spec;
    run->argument = argument;
    run->fd = fd;
    run->limit = spec->connect_timeout;
    mysql_begin(run, MYSQL_STEP_CONNECT);
    error = mysql_wait(run, EV_WRITE);
    if (error) {
        *verdict = verdict_of_local(error);
        mysql_run_end(run);
        return NULL;
    }
    return run;
}

static void mysql_stop(void *object)
{
    mysql_run_end(object);
}

static int64_t mysql_limit(const struct check_spec *spec)
{
    return spec->connect_timeout * MYSQL_HANDSHAKE_STEPS;
}

static const char *mysql_missing(const void *run)
{
    return mysql_missing_texts[((const struct mysql_run *)run)->step];
}

const struct check_kind mysql_kind = {
    .name = "MYSQL_CHECK",
    .success = "it greets",
    .engine_new = mysql_engine_new,
    .engine_free = mysql_engine_free,
    .limit = mysql_limit,
    .start = mysql_start,
    .missing = mysql_missing,
    .stop = mysql_stop,
};
