/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP_GET and SSL_GET: connects, shakes hands where TLS is asked for, sends one request, reads the
 * reply to its end, closes. Each step may take connect_timeout as a whole, however often a byte comes.
 * Structures of runs that ended are used again: a check of HTTP_GET allocates nothing.
 */
#include "check/http.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/connect.h"
#include "check/http_match.h"
#include "check/http_plan.h"
#include "check/http_reply.h"
#include "check/tls.h"
#include "check/turns.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HTTP_READ_SIZE = 16384, /* bytes read at once: a TLS record's most (RFC 8446 5.1) */
    HTTP_MISSING_SIZE = 96,
    HTTP_PATH_SHOWN = 40, /* bytes of a path that a verdict shows */
};

/* One search of a pattern is quick below this time: regex_search(). */
#define HTTP_QUICK (50 * CLOCK_MICROSECOND)

enum http_step {
    HTTP_CONNECTING,
    HTTP_SHAKING,   /* TLS's handshake */
    HTTP_ASKING,    /* the request goes out, the header comes */
    HTTP_READING,   /* the body comes */
    HTTP_SEARCHING, /* the pattern is looked for */
};

struct http_engine {
    struct loop *loop;
    check_done_function done;
    void *context; /* done's */
    struct turns *turns;
    struct tls *tls;       /* NULL for HTTP_GET */
    struct http_run *idle; /* runs to be used again */
    char buffer[HTTP_READ_SIZE];
};

/* A check's plan, with its engine's context. */
struct http_check {
    struct http_plan *plan;
    struct tls_context *context; /* NULL for HTTP_GET */
};

struct http_run {
    struct http_engine *engine;
    struct http_run *next; /* in engine->idle */
    struct event io;
    struct event timer; /* of the step */
    short waits;        /* EV_READ or EV_WRITE; 0: for neither */
    const struct check_spec *spec;
    struct http_check *check;
    const struct http_url *url;
    void *argument;
    int fd;          /* -1: none */
    int local_error; /* an errno: the loop could not take it; 0: it did */
    enum http_step step;
    bool spared; /* the step has got more time, since we were late */
    int64_t step_began;
    struct tls_session *session;
    struct text_buffer request;
    size_t sent; /* bytes of it */
    struct http_reply reply;
    struct http_match match;
    struct turns_job job; /* the next piece of a search */
    bool job_quick;       /* the last piece took little time */
    char missing[HTTP_MISSING_SIZE];
};

/* ---- Engines --------------------------------------------------------------------------------- */

static struct http_engine *http_engine_begin(const struct check_means *means,
                                             check_done_function done, void *context)
{
    struct http_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    engine->turns = turns_new(means->loop);
    return engine;
}

static void *http_engine_new(const struct check_means *means, check_done_function done,
                             void *context)
{
    return http_engine_begin(means, done, context);
}

static void *https_engine_new(const struct check_means *means, check_done_function done,
                              void *context)
{
    struct http_engine *engine = http_engine_begin(means, done, context);

    engine->tls = tls_new(means->loop, engine->turns);
    return engine;
}

static void http_engine_free(void *object)
{
    struct http_engine *engine = object;

    while (engine->idle) {
        struct http_run *run = engine->idle;

        engine->idle = run->next;
        http_match_release(&run->match);
        text_release(&run->request);
        free(run);
    }
    tls_free(engine->tls);
    turns_free(engine->turns);
    free(engine);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static void *http_prepare(void *object, const struct check_spec *spec)
{
    struct http_engine *engine = object;
    struct http_check *check = memory_new(1, sizeof(*check));

    check->plan = http_plan_new(spec);
    if (engine->tls) {
        const struct http_tls *tls = &check->plan->tls;

        check->context = tls_context_get(engine->tls, &(struct tls_settings){
                                                          .password = tls->password,
                                                          .ca = tls->ca,
                                                          .certificate = tls->certificate,
                                                          .key = tls->key,
                                                          .stamp = tls->stamp,
                                                      });
    }
    return check;
}

static void http_forget(void *object)
{
    struct http_check *check = object;

    if (check->context) {
        tls_context_put(check->context);
    }
    http_plan_free(check->plan);
    free(check);
}

/*
 * Each step has a time of its own, so that this is for what is lost between them: connect, handshake,
 * header, body, search.
 */
static int64_t http_limit(const struct check_spec *spec)
{
    int64_t steps = spec->kind == CONF_CHECK_SSL ? 5 : 4;

    return steps * http_plan_urls_of_run(spec) * spec->connect_timeout + CLOCK_SECOND;
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static void http_search_on(void *object);
static void http_ready(evutil_socket_t fd, short what, void *object);
static void http_expired(evutil_socket_t fd, short what, void *object);

static struct http_run *http_run_take(struct http_engine *engine)
{
    struct http_run *run = engine->idle;

    if (run) {
        engine->idle = run->next;
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
        run->job.function = http_search_on;
        run->job.argument = run;
        (void)event_assign(&run->timer, loop_base(engine->loop), -1, 0, http_expired, run);
        (void)event_priority_set(&run->timer, LOOP_PRIORITY_NORMAL);
    }
    run->fd = -1;
    run->local_error = 0;
    run->waits = 0;
    run->session = NULL;
    return run;
}

/* Ends what one request had. */
static void http_run_close(struct http_run *run)
{
    if (run->waits) {
        (void)event_del(&run->io); /* before close(): epoll forgets a descriptor by its number */
        run->waits = 0;
    }
    if (run->session) {
        tls_session_end(run->session, run->url->tls_compliant);
        run->session = NULL;
    }
    if (run->fd >= 0) {
        (void)close(run->fd);
        run->fd = -1;
    }
}

static void http_run_end(struct http_run *run)
{
    http_run_close(run);
    (void)event_del(&run->timer);
    turns_remove(run->engine->turns, &run->job);
    run->next = run->engine->idle;
    run->engine->idle = run;
}

static void http_stop(void *object)
{
    http_run_end(object);
}

/* A path as far as a message has room for it. */
static const char *http_missing(const void *object)
{
    const struct http_run *run = object;
    char *text = ((struct http_run *)object)->missing; /* its own memory for it */

    switch (run->step) {
    case HTTP_CONNECTING:
        return "no connection";
    case HTTP_SHAKING:
        return "no TLS handshake";
    case HTTP_ASKING:
        (void)snprintf(text, HTTP_MISSING_SIZE, "no answer to GET %.*s", HTTP_PATH_SHOWN,
                       run->url->path);
        break;
    case HTTP_READING:
        (void)snprintf(text, HTTP_MISSING_SIZE, "no end of the body of GET %.*s", HTTP_PATH_SHOWN,
                       run->url->path);
        break;
    case HTTP_SEARCHING:
        return "regex found neither a match nor none";
    }
    return text;
}

/* ---- The end of a request -------------------------------------------------------------------- */

static bool http_open(struct http_run *run, struct verdict *verdict);

/* Which url a verdict is about, where there are several. */
static void http_name_url(const struct http_run *run, struct verdict *verdict)
{
    char text[VERDICT_TEXT_SIZE];

    if (run->check->plan->url_count > 1 && verdict->text[0]) {
        memcpy(text, verdict->text, sizeof(text));
        (void)snprintf(verdict->text, sizeof(verdict->text), "%.*s: %.*s", HTTP_PATH_SHOWN,
                       run->url->path, VERDICT_TEXT_SIZE - HTTP_PATH_SHOWN - 3, text);
    }
}

/* A request has ended: the run does, or goes on with the next url (fast_recovery). */
static void http_finish(struct http_run *run, struct verdict verdict)
{
    struct http_engine *engine = run->engine;
    struct http_plan *plan = run->check->plan;
    void *argument = run->argument;

    if (verdict.class != VERDICT_LOCAL) {
        verdict.partial = http_plan_step(plan, verdict.class == VERDICT_OK);
    }
    if (verdict.partial) {
        uint32_t good = plan->url_count - plan->open;

        verdict = verdict_of(VERDICT_OK, "%u of %u urls are good", good, plan->url_count);
        verdict.partial = true;
    } else {
        http_name_url(run, &verdict);
    }
    if (verdict.partial && plan->fast_recovery) {
        http_run_close(run);
        if (http_open(run, &verdict)) {
            return;
        }
    }
    http_run_end(run);
    engine->done(engine->context, argument, &verdict);
}

/* The step ends in so many nanoseconds. */
static void http_set_limit(struct http_run *run, int64_t limit)
{
    const struct timeval after = {
        .tv_sec = (time_t)(limit / CLOCK_SECOND),
        .tv_usec =
            (suseconds_t)((limit % CLOCK_SECOND + CLOCK_MICROSECOND - 1) / CLOCK_MICROSECOND),
    };

    (void)event_add(&run->timer, &after);
}

static void http_enter(struct http_run *run, enum http_step step)
{
    run->step = step;
    run->spared = false;
    run->step_began = clock_now();
    http_set_limit(run, run->spec->connect_timeout);
}

/* Servers are not down since we are late: as many at once as we cannot serve would all be. */
static void http_expired(evutil_socket_t fd, short what, void *object)
{
    struct http_run *run = object;
    const char *ours = run->session ? tls_session_queued(run->session) : NULL;
    int64_t late = clock_now() - run->step_began - run->spec->connect_timeout;
    int64_t grace = run->spared ? 0 : loop_grace(late);

    (void)fd;
    (void)what;
    if (run->local_error) {
        http_finish(run, verdict_of_local(run->local_error));
    } else if (grace) {
        run->spared = true;
        http_set_limit(run, grace);
    } else if (ours) {
        http_finish(run, verdict_of(VERDICT_LOCAL, "no TLS handshake in time: %s", ours));
    } else {
        http_finish(run, verdict_of_timeout(http_missing(run), clock_now() - run->step_began));
    }
}

/* Waits until the connection can be read or written. */
static void http_wait(struct http_run *run, short what)
{
    if (run->waits == what) {
        return;
    }
    if (run->waits) {
        (void)event_del(&run->io);
    }
    run->waits = what;
    if (what) {
        (void)event_assign(&run->io, loop_base(run->engine->loop), run->fd,
                           (short)(what | EV_PERSIST), http_ready, run);
        (void)event_priority_set(&run->io, LOOP_PRIORITY_NORMAL);
        if (event_add(&run->io, NULL) != 0) { /* told in the next turn, as its callers go on */
            run->local_error = errno;
            run->waits = 0;
            event_active(&run->timer, EV_TIMEOUT, 1);
        }
    }
}

/* ---- Reading and writing ---------------------------------------------------------------------- */

/* A result of read(2) or write(2), as that of TLS. */
static enum tls_result http_plain_result(ssize_t size, enum tls_result blocked, size_t *done,
                                         struct verdict *verdict)
{
    if (size > 0) {
        *done = (size_t)size;
        return TLS_DONE;
    }
    if (size == 0) {
        return TLS_CLOSED;
    }
    if (errno == EAGAIN || errno == EINTR) {
        return blocked;
    }
    *verdict = verdict_of_connection(errno);
    return TLS_FAILED;
}

static enum tls_result http_read(struct http_run *run, size_t *got, struct verdict *verdict)
{
    struct http_engine *engine = run->engine;

    if (run->session) {
        return tls_session_read(run->session, engine->buffer, sizeof(engine->buffer), got, verdict);
    }
    return http_plain_result(recv(run->fd, engine->buffer, sizeof(engine->buffer), 0),
                             TLS_WANTS_READ, got, verdict);
}

static enum tls_result http_write(struct http_run *run, size_t *written, struct verdict *verdict)
{
    const char *data = run->request.data + run->sent;
    size_t size = run->request.length - run->sent;

    if (run->session) {
        return tls_session_write(run->session, data, size, written, verdict);
    }
    return http_plain_result(send(run->fd, data, size, MSG_NOSIGNAL), TLS_WANTS_WRITE, written,
                             verdict);
}

/* ---- The reply ------------------------------------------------------------------------------- */

static void http_search_on(void *object)
{
    struct http_run *run = object;
    int64_t began = clock_now();
    struct verdict verdict;
    bool quick = run->job_quick;

    if (http_match_search(&run->match, quick, &verdict)) {
        run->job_quick = clock_now() - began < HTTP_QUICK;
        turns_add(run->engine->turns, &run->job);
        return;
    }
    http_finish(run, verdict);
}

/* The reply has ended: all but the pattern is looked at now. */
static void http_judge(struct http_run *run)
{
    struct verdict verdict = http_match_end(&run->match, run->reply.status);

    if (verdict.class == VERDICT_OK && run->match.searches) {
        http_wait(run, 0);
        http_enter(run, HTTP_SEARCHING);
        run->job_quick = true;
        turns_add(run->engine->turns, &run->job);
        return;
    }
    http_finish(run, verdict);
}

/* The body goes on beyond what is read. */
static void http_cut(struct http_run *run)
{
    if (run->url->expected.digest) {
        http_finish(run, verdict_of(VERDICT_ANSWER, "its body is longer than %d bytes",
                                    HTTP_MATCH_BODY_MOST));
    } else {
        http_judge(run);
    }
}

/* @return whether the run goes on reading */
static bool http_take(struct http_run *run, const char *data, size_t size)
{
    while (size) {
        struct http_reply_piece piece;
        bool in_header = run->step == HTTP_ASKING;
        enum http_reply_event event = http_reply_feed(&run->reply, data, size, &piece);

        if (in_header) {
            http_match_header(&run->match, data, piece.used);
        } else if (piece.body_size) {
            http_match_body(&run->match, piece.body, piece.body_size);
        }
        data += piece.used;
        size -= piece.used;
        if (event == HTTP_REPLY_HEADER) {
            http_enter(run, HTTP_READING);
        } else if (event == HTTP_REPLY_BAD) {
            http_finish(run, verdict_of(VERDICT_PROTOCOL, "%s", run->reply.error));
            return false;
        } else if (event == HTTP_REPLY_END) {
            http_judge(run);
            return false;
        } else if (run->reply.body_size > HTTP_MATCH_BODY_MOST) {
            http_cut(run);
            return false;
        }
    }
    return true;
}

static void http_closed(struct http_run *run)
{
    if (http_reply_close(&run->reply) == HTTP_REPLY_END) {
        http_judge(run);
    } else {
        http_finish(run, verdict_of(VERDICT_PROTOCOL, "%s", run->reply.error));
    }
}

/* Goes on after a step of the connection that did not go through: it waits, or has ended. */
static void http_go_on(struct http_run *run, enum tls_result result, const struct verdict *verdict)
{
    switch (result) {
    case TLS_WANTS_READ:
        http_wait(run, EV_READ);
        break;
    case TLS_WANTS_WRITE:
        http_wait(run, EV_WRITE);
        break;
    case TLS_CLOSED:
        http_closed(run);
        break;
    case TLS_FAILED:
        http_finish(run, *verdict);
        break;
    case TLS_DONE:
        break;
    }
}

/* Reads once: what else there is comes in a later turn. */
static void http_receive(struct http_run *run)
{
    struct verdict verdict;
    size_t got = 0;
    enum tls_result result = http_read(run, &got, &verdict);

    if (result != TLS_DONE) {
        http_go_on(run, result, &verdict);
    } else if (http_take(run, run->engine->buffer, got)) {
        http_wait(run, EV_READ);
    }
}

/* ---- The request ----------------------------------------------------------------------------- */

static void http_send(struct http_run *run)
{
    struct verdict verdict;
    size_t written = 0;
    enum tls_result result = http_write(run, &written, &verdict);

    if (result != TLS_DONE) {
        http_go_on(run, result, &verdict);
    } else {
        run->sent += written;
        http_wait(run, run->sent < run->request.length ? EV_WRITE : EV_READ);
    }
}

static void http_ask(struct http_run *run)
{
    if (!http_match_begin(&run->match, &run->url->expected)) {
        http_finish(run, verdict_of(VERDICT_LOCAL, "this OpenSSL has no MD5"));
        return;
    }
    http_reply_begin(&run->reply);
    run->request.length = 0;
    run->sent = 0;
    http_plan_write_request(run->check->plan, run->url, run->spec, &run->request);
    http_enter(run, HTTP_ASKING);
    http_send(run);
}

/* ---- The connection -------------------------------------------------------------------------- */

/* A step of the handshake was taken. */
static void http_shaken(void *object, enum tls_result result, const struct verdict *verdict)
{
    struct http_run *run = object;

    switch (result) {
    case TLS_DONE:
        http_ask(run);
        break;
    case TLS_WANTS_READ:
        http_wait(run, EV_READ);
        break;
    case TLS_WANTS_WRITE:
        http_wait(run, EV_WRITE);
        break;
    default:
        http_finish(run, *verdict);
        break;
    }
}

static void http_shake(struct http_run *run)
{
    const struct http_plan *plan = run->check->plan;
    const struct tls_peer peer = {
        .sni = run->url->sni,
        .verify = plan->tls.verify,
        .name = run->url->sni ? run->url->sni : run->url->host,
        .address = run->spec->connect_addr,
    };

    http_wait(run, 0);
    http_enter(run, HTTP_SHAKING);
    run->session = tls_session_new(run->check->context, run->fd, &peer, http_shaken, run);
    tls_session_handshake(run->session);
}

static void http_connected(struct http_run *run)
{
    struct verdict verdict = connect_outcome(run->fd, run->spec);

    if (verdict.class != VERDICT_OK) {
        http_finish(run, verdict);
    } else if (run->check->context) {
        http_shake(run);
    } else {
        http_ask(run);
    }
}

static void http_ready(evutil_socket_t fd, short what, void *object)
{
    struct http_run *run = object;

    (void)fd;
    (void)what;
    switch (run->step) {
    case HTTP_CONNECTING:
        http_connected(run);
        break;
    case HTTP_SHAKING:
        http_wait(run, 0); /* until the step was taken */
        tls_session_handshake(run->session);
        break;
    default:
        if (run->sent < run->request.length) {
            http_send(run);
        } else {
            http_receive(run);
        }
        break;
    }
}

/* Begins the request of the url whose turn it is. @param verdict  set where false is returned */
static bool http_open(struct http_run *run, struct verdict *verdict)
{
    const struct http_plan *plan = run->check->plan;

    run->url = &plan->urls[plan->next];
    run->fd = connect_begin(run->spec, verdict);
    if (run->fd < 0) {
        return false;
    }
    http_enter(run, HTTP_CONNECTING);
    http_wait(run, EV_WRITE);
    return true;
}

static void *http_start(void *object, const struct check_spec *spec, void *prepared, void *argument,
                        struct verdict *verdict)
{
    struct http_engine *engine = object;
    struct http_run *run = http_run_take(engine);

    run->spec = spec;
    run->check = prepared;
    run->argument = argument;
    if (!http_open(run, verdict)) {
        if (verdict->class != VERDICT_LOCAL) {
            (void)http_plan_step(run->check->plan, false);
            http_name_url(run, verdict);
        }
        http_run_end(run);
        return NULL;
    }
    return run;
}

const struct check_kind http_kind = {
    .name = "HTTP_GET",
    .success = "good answer",
    .engine_new = http_engine_new,
    .engine_free = http_engine_free,
    .pack = http_plan_pack,
    .prepare = http_prepare,
    .forget = http_forget,
    .limit = http_limit,
    .start = http_start,
    .missing = http_missing,
    .stop = http_stop,
};

const struct check_kind https_kind = {
    .name = "SSL_GET",
    .success = "good answer",
    .engine_new = https_engine_new,
    .engine_free = http_engine_free,
    .pack = http_plan_pack,
    .prepare = http_prepare,
    .forget = http_forget,
    .limit = http_limit,
    .start = http_start,
    .missing = http_missing,
    .stop = http_stop,
};
