/* SPDX-License-Identifier: Apache-2.0
 *
 * MISC_CHECK: has the runner start programs and judges how they end. Programs wait for their turn here:
 * behind those of the same lane (misc_serial), and while as many run as may. A program whose check has
 * ended before it, since it took too long or its check was removed, still counts until it is gone, and
 * its check does not start another one before that. One that does not go when it is killed lets others
 * pass after a while.
 */
#include "check/misc.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/hash.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/detail.h"
#include "check/misc_verdict.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* A program that could not be found is looked for again, but not at every try: that may be slow. */
#define MISC_LOOK_AGAIN (10 * CLOCK_SECOND)

/* How long a check waits for a program that was killed: SIGKILL comes after 2 s (base/runner.h). */
#define MISC_KILL_WAIT (4 * CLOCK_SECOND)

enum misc_state {
    MISC_IDLE,
    MISC_IN_LANE,  /* waits for the one that runs in its lane */
    MISC_IN_QUEUE, /* waits until fewer run */
    MISC_RUNNING,
    MISC_ENDING, /* its program runs although its check has ended */
    MISC_STUCK,  /* and does not end when it is killed: it hangs in a system call */
};

struct misc;
STAILQ_HEAD(misc_queue, misc);

/* Checks that run one after the other. */
struct misc_lane {
    char *path;
    struct misc_queue waiting;
    bool busy; /* one of them is in the queue or runs */
    unsigned checks;
    UT_hash_handle hh;
};

struct misc_engine {
    struct check_means means;
    check_done_function done;
    void *context; /* done's */
    struct misc_queue waiting;
    struct misc_lane *lanes; /* by path */
    unsigned running;
    unsigned most;
};

/* A check. */
struct misc {
    struct misc_engine *engine;
    STAILQ_ENTRY(misc) next; /* in the queue of the engine or of its lane */
    enum misc_state state;
    const struct check_spec *spec;
    struct misc_lane *lane;  /* NULL: none */
    struct command *command; /* NULL: it cannot be run */
    int64_t looked;          /* when it was looked for */
    int64_t timeout;
    bool dynamic;
    bool asked;  /* a run waits for its end */
    bool spared; /* it has got more time, since we were late */
    void *argument;
    struct runner_job *job;
    struct loop_timer *limit;
};

/* ---- What is asked ----------------------------------------------------------------------------- */

/* The detail, but for the words of the command, which follow. */
struct misc_detail {
    int64_t timeout;
    bool dynamic;
    bool serial;
    struct command_policy policy;
    int64_t count; /* words */
};

static void misc_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_misc_check *misc = (const struct conf_misc_check *)conf;
    const struct conf_global *global = misc->global;
    const struct conf_script *script = &misc->script;
    int64_t count = 0;

    while (script->argv[count]) {
        count++;
    }
    detail_put_number(out, misc->timeout ? misc->timeout : conf->delay_loop);
    detail_put_number(out, misc->dynamic);
    detail_put_number(out, misc->serial);
    detail_put_number(out, global->script_security);
    detail_put_number(out, global->supplementary_groups);
    detail_put_text(out, script->user ? script->user : global->script_user);
    detail_put_text(out, script->user ? script->group : global->script_group);
    detail_put_number(out, count);
    for (int64_t i = 0; i < count; i++) {
        detail_put_text(out, script->argv[i]);
    }
}

static struct misc_detail misc_read(struct detail_reader *reader)
{
    struct misc_detail detail;

    detail.timeout = detail_number(reader);
    detail.dynamic = detail_number(reader);
    detail.serial = detail_number(reader);
    detail.policy.secure = detail_number(reader);
    detail.policy.supplementary = detail_number(reader);
    detail.policy.user = detail_text(reader);
    detail.policy.group = detail_text(reader);
    detail.count = detail_number(reader);
    return detail;
}

/* The command's own words, for people. */
static char *misc_subject(const struct check_spec *spec)
{
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    struct text_buffer text = {0};
    struct misc_detail detail = misc_read(&reader);

    for (int64_t i = 0; i < detail.count; i++) {
        text_appendf(&text, "%s%s", i ? " " : "", detail_text(&reader));
    }
    return text.data;
}

/* ---- Lanes ------------------------------------------------------------------------------------- */

static struct misc_lane *misc_join_lane(struct misc_engine *engine, const char *path)
{
    struct misc_lane *lane;

    HASH_FIND_STR(engine->lanes, path, lane);
    if (!lane) {
        lane = memory_new(1, sizeof(*lane));
        lane->path = memory_text(path);
        STAILQ_INIT(&lane->waiting);
        HASH_ADD_KEYPTR(hh, engine->lanes, lane->path, strlen(lane->path), lane);
    }
    lane->checks++;
    return lane;
}

static void misc_leave_lane(struct misc_engine *engine, struct misc_lane *lane)
{
    if (--lane->checks == 0) {
        HASH_DEL(engine->lanes, lane);
        free(lane->path);
        free(lane);
    }
}

/* The lane's turn is over: the next one of it joins the queue. */
static void misc_next_of_lane(struct misc_engine *engine, struct misc_lane *lane)
{
    struct misc *next = STAILQ_FIRST(&lane->waiting);

    lane->busy = next;
    if (next) {
        STAILQ_REMOVE_HEAD(&lane->waiting, next);
        next->state = MISC_IN_QUEUE;
        STAILQ_INSERT_TAIL(&engine->waiting, next, next);
    }
}

/* ---- Finding the program ----------------------------------------------------------------------- */

/* Finds the program, and its lane where it is to have one. */
static void misc_look(struct misc *misc)
{
    struct detail_reader reader = {misc->spec->detail,
                                   misc->spec->detail + misc->spec->detail_size};
    struct misc_detail detail = misc_read(&reader);
    const char **argv = memory_new((size_t)detail.count + 1, sizeof(*argv));

    misc->looked = clock_now();
    for (int64_t i = 0; i < detail.count; i++) {
        argv[i] = detail_text(&reader);
    }
    misc->command =
        command_new(misc->engine->means.log, misc_kind.name, argv, NULL, NULL, &detail.policy);
    free(argv);
    if (detail.serial && misc->command) {
        misc->lane = misc_join_lane(misc->engine, command_path(misc->command));
    }
}

/* ---- Programs ---------------------------------------------------------------------------------- */

static void misc_enqueue(struct misc *misc)
{
    if (misc->lane && misc->lane->busy) {
        misc->state = MISC_IN_LANE;
        STAILQ_INSERT_TAIL(&misc->lane->waiting, misc, next);
        return;
    }
    if (misc->lane) {
        misc->lane->busy = true;
    }
    misc->state = MISC_IN_QUEUE;
    STAILQ_INSERT_TAIL(&misc->engine->waiting, misc, next);
}

/* It has no program and waits for none. */
static void misc_rest(struct misc *misc)
{
    misc->state = MISC_IDLE;
    if (misc->lane) {
        misc_next_of_lane(misc->engine, misc->lane);
    }
}

/* Nobody waits for its program any more. */
static void misc_make_way(struct misc *misc)
{
    misc->engine->running--;
    if (misc->lane) {
        misc_next_of_lane(misc->engine, misc->lane);
    }
}

static void misc_tell(struct misc *misc, const struct verdict *verdict)
{
    misc->asked = false;
    misc->engine->done(misc->engine->context, misc->argument, verdict);
}

static struct verdict misc_judge(const struct misc *misc, const struct runner_result *result)
{
    if (result->end == RUNNER_LOST) {
        return verdict_of(VERDICT_LOCAL, "the program was not run to its end: %s",
                          runner_error_text(-result->status));
    }
    if (result->error) {
        return verdict_of(VERDICT_LOCAL, "the program cannot be run: %s", strerror(result->error));
    }
    return result->end == RUNNER_EXITED ? misc_verdict_of_status(result->status, misc->dynamic)
                                        : misc_verdict_of_signal(result->status);
}

static void misc_pump(struct misc_engine *engine);

static void misc_ended(void *argument, const struct runner_result *result)
{
    struct misc *misc = argument;
    struct misc_engine *engine = misc->engine;
    bool ours = misc->state == MISC_RUNNING; /* else its check has ended before */
    struct verdict verdict = misc_judge(misc, result);

    verdict.took = result->duration; /* without the time in a queue */
    misc->job = NULL;
    loop_timer_set(misc->limit, CLOCK_NEVER);
    if (misc->state != MISC_STUCK) {
        misc_make_way(misc);
    }
    misc->state = MISC_IDLE;
    if (ours) {
        misc_tell(misc, &verdict);
    } else if (misc->asked) {
        misc_enqueue(misc);
    }
    misc_pump(engine);
}

/* The program is ended; what becomes of it is of no interest any more. */
static void misc_give_up(struct misc *misc)
{
    misc->state = MISC_ENDING;
    loop_timer_set(misc->limit, clock_now() + MISC_KILL_WAIT);
    runner_stop(misc->job);
}

static struct verdict misc_verdict_of_stuck(void)
{
    return verdict_of(VERDICT_TIMEOUT, "the program before it was killed and has not ended");
}

static void misc_too_long(void *argument, int64_t now, int64_t late)
{
    struct misc *misc = argument;
    int64_t grace = misc->spared ? 0 : loop_grace(late);
    struct verdict verdict;

    if (misc->state == MISC_RUNNING && grace) {
        misc->spared = true;
        loop_timer_set(misc->limit, now + grace);
        return;
    }
    if (misc->state == MISC_RUNNING) {
        verdict = verdict_of_timeout("no end of the program", misc->timeout);
        misc_give_up(misc);
        misc_tell(misc, &verdict);
        return;
    }
    misc->state = MISC_STUCK;
    misc_make_way(misc);
    if (misc->asked) {
        verdict = misc_verdict_of_stuck();
        misc_tell(misc, &verdict);
    }
    misc_pump(misc->engine);
}

/* @return whether it runs; `verdict` says why not */
static bool misc_run(struct misc *misc, struct verdict *verdict)
{
    int error = 0;

    misc->job = command_run(misc->command, misc->engine->means.runner, NULL, NULL, 0, misc_ended,
                            misc, &error);
    if (!misc->job) {
        *verdict = verdict_of(VERDICT_LOCAL, "the program cannot be started: %s",
                              runner_error_text(error));
        misc_rest(misc);
        return false;
    }
    misc->state = MISC_RUNNING;
    misc->spared = false;
    misc->engine->running++;
    loop_timer_set(misc->limit, clock_now() + misc->timeout);
    return true;
}

/* Starts what waits and may run. */
static void misc_pump(struct misc_engine *engine)
{
    while (engine->running < engine->most && !STAILQ_EMPTY(&engine->waiting)) {
        struct misc *misc = STAILQ_FIRST(&engine->waiting);
        struct verdict verdict;

        STAILQ_REMOVE_HEAD(&engine->waiting, next);
        if (!misc_run(misc, &verdict)) {
            misc_tell(misc, &verdict);
        }
    }
}

/* ---- The kind ---------------------------------------------------------------------------------- */

static void *misc_engine_new(const struct check_means *means, check_done_function done,
                             void *context)
{
    struct misc_engine *engine = memory_new(1, sizeof(*engine));

    engine->means = *means;
    engine->done = done;
    engine->context = context;
    engine->most = 1; /* until a configuration says it */
    STAILQ_INIT(&engine->waiting);
    return engine;
}

static void misc_engine_free(void *object)
{
    free(object);
}

static void misc_configure(void *object, const struct conf *conf)
{
    struct misc_engine *engine = object;

    engine->most = conf->global.misc_programs;
}

static void *misc_prepare(void *object, const struct check_spec *spec)
{
    struct misc_engine *engine = object;
    struct misc *misc = memory_new(1, sizeof(*misc));
    struct detail_reader reader = {spec->detail, spec->detail + spec->detail_size};
    struct misc_detail detail = misc_read(&reader);

    misc->engine = engine;
    misc->spec = spec;
    misc->timeout = detail.timeout;
    misc->dynamic = detail.dynamic;
    misc->limit = loop_timer_new(engine->means.loop, LOOP_PRIORITY_NORMAL, misc_too_long, misc);
    misc_look(misc);
    return misc;
}

static void misc_forget(void *object)
{
    struct misc *misc = object;
    struct misc_engine *engine = misc->engine;

    if (misc->job) {
        runner_abandon(misc->job);
        if (misc->state != MISC_STUCK) {
            misc_make_way(misc);
        }
    }
    if (misc->lane) {
        misc_leave_lane(engine, misc->lane);
    }
    loop_timer_free(misc->limit);
    command_free(misc->command);
    free(misc);
    misc_pump(engine);
}

static int64_t misc_limit(const struct check_spec *spec)
{
    (void)spec;
    return CLOCK_NEVER; /* the time in a queue does not count */
}

static void *misc_start(void *object, const struct check_spec *spec, void *prepared, void *argument,
                        struct verdict *verdict)
{
    struct misc_engine *engine = object;
    struct misc *misc = prepared;

    (void)spec;
    if (!misc->command && clock_now() - misc->looked >= MISC_LOOK_AGAIN) {
        misc_look(misc);
    }
    if (!misc->command) {
        *verdict = verdict_of(VERDICT_LOCAL, "the program is not run; the log says why");
        return NULL;
    }
    if (misc->state == MISC_STUCK) {
        *verdict = misc_verdict_of_stuck();
        return NULL;
    }
    misc->argument = argument;
    misc->asked = true;
    if (misc->state == MISC_IDLE) {
        misc_enqueue(misc);
    }
    if (misc->state == MISC_IN_QUEUE && engine->running < engine->most &&
        STAILQ_FIRST(&engine->waiting) == misc) {
        STAILQ_REMOVE_HEAD(&engine->waiting, next);
        if (!misc_run(misc, verdict)) {
            misc->asked = false;
            misc_pump(engine);
            return NULL;
        }
    }
    return misc;
}

static const char *misc_missing(const void *object)
{
    (void)object;
    return "no end of the program";
}

static void misc_stop(void *object)
{
    struct misc *misc = object;

    misc->asked = false;
    switch (misc->state) {
    case MISC_IN_LANE:
        STAILQ_REMOVE(&misc->lane->waiting, misc, misc, next);
        misc->state = MISC_IDLE;
        break;
    case MISC_IN_QUEUE:
        STAILQ_REMOVE(&misc->engine->waiting, misc, misc, next);
        misc_rest(misc);
        break;
    case MISC_RUNNING:
        misc_give_up(misc);
        break;
    case MISC_ENDING:
    case MISC_STUCK:
    case MISC_IDLE:
        break;
    }
}

const struct check_kind misc_kind = {
    .name = "MISC_CHECK",
    .success = "exit status 0",
    .engine_new = misc_engine_new,
    .engine_free = misc_engine_free,
    .configure = misc_configure,
    .pack = misc_pack,
    .subject = misc_subject,
    .prepare = misc_prepare,
    .forget = misc_forget,
    .limit = misc_limit,
    .start = misc_start,
    .missing = misc_missing,
    .stop = misc_stop,
};
