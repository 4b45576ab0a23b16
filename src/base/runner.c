/* SPDX-License-Identifier: Apache-2.0
 *
 * The script runner: jobs, their time limits, and messages to and from the helper process. What the
 * socket does not take at once waits in a queue.
 */
#include "base/runner.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/helper.h"
#include "base/helper_codec.h"
#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define RUNNER_KILL_DELAY (2 * CLOCK_SECOND)

enum { RUNNER_ANSWERS_PER_TURN = 64 };

/* A message that waits for room in the socket. */
struct runner_message {
    STAILQ_ENTRY(runner_message) next;
    struct text_buffer text;
};

struct runner {
    struct loop *loop;
    struct helper *helper;
    bool lost; /* it has died */
    uint32_t umask;
    uint32_t last_id;
    struct runner_job *jobs; /* by id */
    STAILQ_HEAD(, runner_message) waiting;
    struct loop_watch *answers;
    struct loop_watch *room; /* NULL: nothing waits */
    void (*idle)(void *argument);
    void *idle_argument;
    void (*on_lost)(void *argument);
    void *lost_argument;
};

struct runner_job {
    struct runner *runner;
    uint32_t id;
    struct loop_timer *limit;
    runner_done_function done;
    void *argument;
    int64_t started;
    bool stopping;  /* SIGTERM was sent */
    bool timed_out; /* because of the limit */
    bool spared;    /* it has got more time, since we were late */
    UT_hash_handle hh;
};

unsigned runner_jobs(const struct runner *runner)
{
    return HASH_COUNT(runner->jobs);
}

bool runner_is_alive(const struct runner *runner)
{
    return !runner->lost;
}

void runner_set_umask(struct runner *runner, mode_t mask)
{
    runner->umask = mask;
}

const char *runner_error_text(int error)
{
    switch (error) {
    case -EPIPE:
        return "the helper process is gone";
    case -E2BIG:
        return "its arguments and environment are longer than 64 KiB";
    default:
        return strerror(-error);
    }
}

void runner_on_idle(struct runner *runner, void (*idle)(void *argument), void *argument)
{
    runner->idle = idle;
    runner->idle_argument = argument;
}

void runner_on_lost(struct runner *runner, void (*lost)(void *argument), void *argument)
{
    runner->on_lost = lost;
    runner->lost_argument = argument;
}

/* ---- Jobs -------------------------------------------------------------------------------------- */

static void runner_job_free(struct runner_job *job)
{
    HASH_DEL(job->runner->jobs, job);
    loop_timer_free(job->limit);
    free(job);
}

static void runner_job_ended(struct runner_job *job, enum runner_end end, int status, int error)
{
    struct runner *runner = job->runner;
    runner_done_function done = job->done;
    void *argument = job->argument;
    const struct runner_result result = {
        .end = job->timed_out && end != RUNNER_LOST ? RUNNER_TIMED_OUT : end,
        .status = status,
        .error = error,
        .duration = clock_now() - job->started};

    runner_job_free(job);
    if (done) {
        done(argument, &result);
    }
    if (!runner->jobs && runner->idle) {
        runner->idle(runner->idle_argument);
    }
}

/* ---- Messages ---------------------------------------------------------------------------------- */

/* Nothing can be started from now on; whose job is lost may ask for another, and hears so at once. */
static void runner_lose(struct runner *runner)
{
    struct runner_job *job;
    struct runner_job *next;

    if (runner->lost) {
        return;
    }
    runner->lost = true;
    loop_watch_free(runner->answers);
    runner->answers = NULL;
    HASH_ITER(hh, runner->jobs, job, next) {
        runner_job_ended(job, RUNNER_LOST, EPIPE, 0);
    }
    if (runner->on_lost) {
        runner->on_lost(runner->lost_argument);
    }
}

/* @return whether it was sent, or can never be */
static bool runner_send(const struct runner *runner, const struct text_buffer *text)
{
    ssize_t sent;

    do {
        sent = send(helper_socket(runner->helper), text->data, text->length, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS); /* a dead helper is read as such */
}

static void runner_message_free(struct runner *runner, struct runner_message *message)
{
    STAILQ_REMOVE_HEAD(&runner->waiting, next);
    text_release(&message->text);
    free(message);
}

static void runner_on_room(void *argument)
{
    struct runner *runner = argument;
    struct runner_message *message;

    while ((message = STAILQ_FIRST(&runner->waiting))) {
        if (!runner_send(runner, &message->text)) {
            return;
        }
        runner_message_free(runner, message);
    }
    loop_watch_free(runner->room);
    runner->room = NULL;
}

/* Sends it now, or behind those that wait. The text becomes the runner's. */
static void runner_post(struct runner *runner, struct text_buffer *text)
{
    struct runner_message *message;

    if (STAILQ_EMPTY(&runner->waiting) && runner_send(runner, text)) {
        text_release(text);
        return;
    }
    message = memory_new(1, sizeof(*message));
    message->text = *text;
    STAILQ_INSERT_TAIL(&runner->waiting, message, next);
    if (!runner->room) {
        runner->room = loop_watch_new(runner->loop, LOOP_PRIORITY_NORMAL,
                                      helper_socket(runner->helper), true, runner_on_room, runner);
    }
}

static void runner_signal(const struct runner_job *job, int number)
{
    const struct helper_message message = {
        .kind = HELPER_SIGNAL, .id = job->id, .value = (uint64_t)number};
    struct text_buffer text = {0};

    helper_encode(&message, &text);
    runner_post(job->runner, &text);
}

/* What an answer says of a job. */
static void runner_take(struct runner *runner, const struct helper_message *message)
{
    struct runner_job *job;

    HASH_FIND(hh, runner->jobs, &message->id, sizeof(message->id), job);
    if (!job) {
        return;
    }
    switch (message->kind) {
    case HELPER_EXITED:
        runner_job_ended(job, RUNNER_EXITED, (int)message->value, (int)message->error);
        break;
    case HELPER_SIGNALLED:
        runner_job_ended(job, RUNNER_SIGNALLED, (int)message->value, 0);
        break;
    case HELPER_FAILED:
        runner_job_ended(job, RUNNER_LOST, (int)message->error, 0);
        break;
    default:
        break;
    }
}

static void runner_on_answer(void *argument)
{
    struct runner *runner = argument;
    char bytes[256]; /* longer than any answer */

    for (int i = 0; i < RUNNER_ANSWERS_PER_TURN; i++) {
        ssize_t size = recv(helper_socket(runner->helper), bytes, sizeof(bytes), 0);
        struct helper_message message;

        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
            runner_lose(runner);
            return;
        }
        if (size < 0) {
            return;
        }
        message = helper_decode(bytes, (size_t)size, NULL, NULL);
        runner_take(runner, &message);
    }
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct runner *runner_new(struct loop *loop, struct helper *helper)
{
    struct runner *runner = memory_new(1, sizeof(*runner));

    runner->loop = loop;
    runner->helper = helper;
    runner->umask = HELPER_KEEP;
    STAILQ_INIT(&runner->waiting);
    runner->answers = loop_watch_new(loop, LOOP_PRIORITY_NORMAL, helper_socket(helper), false,
                                     runner_on_answer, runner);
    return runner;
}

void runner_free(struct runner *runner)
{
    struct runner_message *message;
    struct runner_job *job;
    struct runner_job *next;

    if (!runner) {
        return;
    }
    HASH_ITER(hh, runner->jobs, job, next) {
        runner_signal(job, SIGKILL);
        runner_job_free(job);
    }
    while ((message = STAILQ_FIRST(&runner->waiting))) {
        runner_message_free(runner, message); /* the helper kills what it is not told of, too */
    }
    loop_watch_free(runner->room);
    loop_watch_free(runner->answers);
    helper_stop(runner->helper);
    free(runner);
}

/* ---- One job ----------------------------------------------------------------------------------- */

static void runner_job_stop(struct runner_job *job, int64_t now)
{
    runner_signal(job, job->stopping ? SIGKILL : SIGTERM);
    job->stopping = true;
    loop_timer_set(job->limit, now + RUNNER_KILL_DELAY);
}

static void runner_job_limit(void *argument, int64_t now, int64_t late)
{
    struct runner_job *job = argument;
    int64_t grace = job->stopping || job->spared ? 0 : loop_grace(late);

    if (grace) {
        job->spared = true;
        loop_timer_set(job->limit, now + grace);
        return;
    }
    job->timed_out = job->timed_out || !job->stopping;
    runner_job_stop(job, now);
}

void runner_stop(struct runner_job *job)
{
    if (!job->stopping) {
        runner_job_stop(job, clock_now());
    }
}

void runner_abandon(struct runner_job *job)
{
    job->done = NULL;
    runner_stop(job);
}

_Static_assert((uint32_t)RUNNER_KEEP_ID == HELPER_KEEP, "one value says \"as it is\"");
_Static_assert(sizeof(gid_t) == sizeof(uint32_t), "a group is 32 bits");

struct runner_job *runner_start(struct runner *runner, const struct runner_request *request,
                                runner_done_function done, void *argument, int *error)
{
    const struct helper_start start = {.uid = request->uid,
                                       .gid = request->gid,
                                       .umask = runner->umask,
                                       .group_count = (uint32_t)request->group_count,
                                       .groups = request->groups,
                                       .argv = request->argv,
                                       .environment = request->environment};
    struct text_buffer text = {0};
    struct runner_job *job;

    if (runner->lost) {
        *error = -EPIPE;
        return NULL;
    }
    if (!helper_encode_start(++runner->last_id, &start, &text)) {
        *error = -E2BIG;
        return NULL;
    }
    runner_post(runner, &text);
    job = memory_new(1, sizeof(*job));
    job->runner = runner;
    job->id = runner->last_id;
    job->done = done;
    job->argument = argument;
    job->started = clock_now();
    job->limit = loop_timer_new(runner->loop, LOOP_PRIORITY_NORMAL, runner_job_limit, job);
    if (request->timeout) {
        loop_timer_set(job->limit, job->started + request->timeout);
    }
    HASH_ADD(hh, runner->jobs, id, sizeof(job->id), job);
    return job;
}
