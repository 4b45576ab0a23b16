/* SPDX-License-Identifier: Apache-2.0
 *
 * MYSQL_CHECK: connects and hears the greeting. Where that is all, it leaves as mysql_farewell.h says,
 * after the verdict: how a server takes the farewell says nothing about it. Else libmariadb logs in,
 * which it is not needed for before: servers that do not greet cost no more than a structure each.
 * Each step has a time limit of its own. Structures of runs that ended are used again.
 */
#include "check/mysql.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "check/connect.h"
#include "check/mysql_answer.h"
#include "check/mysql_farewell.h"
#include "check/mysql_greeting.h"
#include "check/mysql_io.h"
#include "check/mysql_question.h"
#include "check/mysql_session.h"
#include "check/turns.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

LIST_HEAD(mysql_run_list, mysql_run);

struct mysql_engine {
    struct loop *loop;
    struct turns *turns; /* of sessions with TLS */
    check_done_function done;
    void *context;                 /* done's */
    struct mysql_run_list idle;    /* runs to be used again */
    struct mysql_run_list leaving; /* those that have told their verdict */
    bool opened;                   /* libmariadb was readied, or could not be: */
    const char *problem;
};

enum mysql_step {
    MYSQL_STEP_CONNECT,
    MYSQL_STEP_GREETING,
    MYSQL_STEP_SESSION, /* a session has steps of its own */
    MYSQL_STEP_LEAVE,
    MYSQL_STEPS,
};

enum { MYSQL_HANDSHAKE_STEPS = 2 }; /* up to the greeting */

/* What a check is asked with. */
struct mysql_prepared {
    struct mysql_question question; /* its texts are the detail's */
    bool has_pattern;
    regex_t pattern;
};

struct mysql_run {
    struct mysql_engine *engine;
    LIST_ENTRY(mysql_run) next; /* in engine->idle or engine->leaving */
    struct event event;
    struct turns_job job;          /* the next step of a session with TLS */
    const struct check_spec *spec; /* not while it is leaving */
    const struct mysql_prepared *prepared;
    struct mysql_session *session; /* NULL: there is none */
    void *argument;
    int fd;
    enum mysql_step step;
    int64_t began; /* the step */
    int64_t limit; /* of a step: ns */
    int64_t spare; /* ns that the step has got beyond it, since we were late */
    char host[INET_ADDR_TEXT_SIZE];
    size_t heard; /* bytes */
    uint8_t bytes[MYSQL_GREETING_SIZE];
};

/* What did not come where a step took too long. */
static const char *const mysql_missing_texts[MYSQL_STEPS] = {
    [MYSQL_STEP_CONNECT] = "no connection",
    [MYSQL_STEP_GREETING] = "no greeting",
    [MYSQL_STEP_LEAVE] = "no answer",
};

/* ---- What is asked ----------------------------------------------------------------------------- */

static void *mysql_prepare(void *object, const struct check_spec *spec)
{
    struct mysql_engine *engine = object;
    struct mysql_prepared *prepared = memory_new(1, sizeof(*prepared));
    const struct mysql_question *question = &prepared->question;

    prepared->question = mysql_question_read(spec->detail, spec->detail_size);
    prepared->has_pattern =
        question->expected && question->compare == CONF_COMPARE_MATCH &&
        regcomp(&prepared->pattern, question->expected, REG_EXTENDED | REG_NOSUB) == 0;
    if (question->level != CONF_MYSQL_HANDSHAKE && !engine->opened) {
        engine->opened = true;
        engine->problem = mysql_io_open();
    }
    return prepared;
}

static void mysql_forget(void *object)
{
    struct mysql_prepared *prepared = object;

    if (prepared->has_pattern) {
        regfree(&prepared->pattern);
    }
    free(prepared);
}

static int64_t mysql_limit(const struct check_spec *spec)
{
    struct mysql_question question = mysql_question_read(spec->detail, spec->detail_size);
    unsigned steps = MYSQL_HANDSHAKE_STEPS;

    if (question.level != CONF_MYSQL_HANDSHAKE) {
        steps += 1 + mysql_question_count(&question);
    }
    return spec->connect_timeout * steps;
}

/* ---- Runs -------------------------------------------------------------------------------------- */

static void *mysql_engine_new(const struct check_means *means, check_done_function done,
                              void *context)
{
    struct mysql_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    engine->turns = turns_new(means->loop);
    LIST_INIT(&engine->idle);
    LIST_INIT(&engine->leaving);
    return engine;
}

static void mysql_turn(void *object);

static struct mysql_run *mysql_run_take(struct mysql_engine *engine)
{
    struct mysql_run *run = LIST_FIRST(&engine->idle);

    if (run) {
        LIST_REMOVE(run, next);
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
        run->job = (struct turns_job){.function = mysql_turn, .argument = run};
    }
    run->heard = 0;
    return run;
}

/* The run is in no list. */
static void mysql_run_end(struct mysql_run *run)
{
    mysql_session_free(run->session);
    run->session = NULL;
    turns_remove(run->engine->turns, &run->job);
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
    if (engine->opened) {
        mysql_io_close();
    }
    turns_free(engine->turns);
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
    int64_t left = run->began + run->limit + run->spare - clock_now();
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
    run->spare = 0;
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

static void mysql_leave(struct mysql_run *run, short ready)
{
    struct verdict verdict;

    (void)ready;
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
    run->prepared = NULL;
    run->argument = NULL;
    if (size && mysql_say(run, out, size) && mysql_wait(run, EV_READ) == 0) {
        LIST_INSERT_HEAD(&engine->leaving, run, next);
    } else {
        mysql_run_end(run);
    }
    engine->done(engine->context, argument, &verdict);
}

/* ---- Sessions ---------------------------------------------------------------------------------- */

static void mysql_converse(struct mysql_run *run, short ready)
{
    struct verdict verdict = {.class = VERDICT_OK};
    unsigned step = mysql_session_step(run->session);
    short wanted = mysql_session_go(run->session, &verdict);

    (void)ready;
    if (!wanted) {
        mysql_done(run, &verdict);
        return;
    }
    if (mysql_session_step(run->session) != step) {
        mysql_begin(run, MYSQL_STEP_SESSION);
    }
    mysql_wait_or_end(run, wanted);
}

/* In one of the engine's turns: a step may be one of a handshake. */
static void mysql_turn(void *object)
{
    mysql_converse(object, 0);
}

/* Goes on with a session: at once, or with TLS in its turn, since a handshake takes much time. */
static void mysql_proceed(struct mysql_run *run, short ready)
{
    if (run->prepared->question.tls) {
        turns_add(run->engine->turns, &run->job);
    } else {
        mysql_converse(run, ready);
    }
}

/* The greeting was good, and somebody is to log in. */
static void mysql_log_in(struct mysql_run *run, const struct mysql_greeting *greeting)
{
    const struct mysql_session_plan plan = {
        .question = &run->prepared->question,
        .pattern = run->prepared->has_pattern ? &run->prepared->pattern : NULL,
        .host = run->spec->host_at ? (const char *)run->spec->detail + run->spec->host_at - 1
                                   : run->host,
        .fd = run->fd,
        .bytes = run->bytes,
        .size = run->heard,
        .version = greeting->text,
    };
    struct verdict verdict;

    if (plan.question->tls && !(greeting->capabilities & MYSQL_CLIENT_SSL)) {
        /* By itself libmariadb would send the password all the same. */
        verdict = verdict_of(VERDICT_TLS, "the server offers no TLS");
        mysql_done(run, &verdict);
        return;
    }
    run->session = mysql_session_new(&plan, &verdict);
    if (!run->session) {
        mysql_done(run, &verdict);
        return;
    }
    mysql_begin(run, MYSQL_STEP_SESSION);
    mysql_proceed(run, 0);
}

/* ---- Asking ------------------------------------------------------------------------------------ */

static void mysql_connected(struct mysql_run *run, short ready)
{
    struct verdict verdict = connect_outcome(run->fd, run->spec);

    (void)ready;
    if (verdict.class != VERDICT_OK) {
        mysql_done(run, &verdict);
        return;
    }
    mysql_begin(run, MYSQL_STEP_GREETING);
    mysql_wait_or_end(run, EV_READ);
}

static void mysql_hear_greeting(struct mysql_run *run, short ready)
{
    struct mysql_greeting greeting = {.kind = MYSQL_GREETING_PART};
    struct verdict verdict = {.class = VERDICT_OK};

    (void)ready;
    if (mysql_hear(run, &verdict)) {
        greeting = mysql_greeting_parse(run->bytes, run->heard);
    }
    if (greeting.kind == MYSQL_GREETING_GOOD) {
        if (run->prepared->question.level == CONF_MYSQL_HANDSHAKE) {
            mysql_greeted(run, &greeting);
        } else {
            mysql_log_in(run, &greeting);
        }
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

static const char *mysql_missing(const void *object)
{
    const struct mysql_run *run = object;

    return run->session ? mysql_session_missing(run->session) : mysql_missing_texts[run->step];
}

static void mysql_late(struct mysql_run *run)
{
    int64_t took = clock_now() - run->began;
    int64_t grace = run->spare ? 0 : loop_grace(took - run->limit);

    if (run->step == MYSQL_STEP_LEAVE) {
        mysql_run_left(run);
    } else if (grace) {
        run->spare = took - run->limit + grace;
        mysql_wait_or_end(run, (short)(event_get_events(&run->event) & (EV_READ | EV_WRITE)));
    } else {
        const struct verdict verdict = verdict_of_timeout(mysql_missing(run), took);

        mysql_done(run, &verdict);
    }
}

static void mysql_ready(evutil_socket_t fd, short what, void *object)
{
    static void (*const steps[MYSQL_STEPS])(struct mysql_run * run, short ready) = {
        [MYSQL_STEP_CONNECT] = mysql_connected,
        [MYSQL_STEP_GREETING] = mysql_hear_greeting,
        [MYSQL_STEP_SESSION] = mysql_proceed,
        [MYSQL_STEP_LEAVE] = mysql_leave,
    };
    struct mysql_run *run = object;

    (void)fd;
    if (what & (EV_READ | EV_WRITE)) {
        steps[run->step](run, what);
    } else {
        mysql_late(run);
    }
}

static void *mysql_start(void *object, const struct check_spec *spec, void *prepared,
                         void *argument, struct verdict *verdict)
{
    struct mysql_engine *engine = object;
    const struct mysql_prepared *check = prepared;
    struct mysql_run *run;
    int error;
    int fd;

    if (engine->problem && check->question.level != CONF_MYSQL_HANDSHAKE) {
        *verdict = verdict_of(VERDICT_LOCAL, "%s", engine->problem);
        return NULL;
    }
    fd = connect_begin(spec, verdict);
    if (fd < 0) {
        return NULL;
    }
    run = mysql_run_take(engine);
    run->spec = spec;
    run->prepared = check;
    (void)inet_text(run->host, &spec->connect_addr); /* a name's address is there only now */
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

const struct check_kind mysql_kind = {
    .name = "MYSQL_CHECK",
    .success = "it answers",
    .engine_new = mysql_engine_new,
    .engine_free = mysql_engine_free,
    .pack = mysql_question_pack,
    .prepare = mysql_prepare,
    .forget = mysql_forget,
    .limit = mysql_limit,
    .start = mysql_start,
    .missing = mysql_missing,
    .stop = mysql_stop,
};
