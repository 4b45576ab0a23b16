/* SPDX-License-Identifier: Apache-2.0
 *
 * Notify scripts and FIFO lines.
 */
#include "vrrp/notify.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* What comes next of telling a change. */
enum notify_step {
    NOTIFY_STEP_SPECIFIC, /* the script for its state */
    NOTIFY_STEP_ANY,      /* the `notify` script */
    NOTIFY_STEP_END,
};

struct notify {
    LIST_ENTRY(notify) next;
    struct notify_table *table;
    const char *kind;
    char *name;
    struct command *specific[NOTIFY_STATES]; /* NULL: none */
    struct command *lower;
    struct command *any;
    struct notify_queue *queue; /* NULL: no script was ever to be told */
    enum notify_step step;      /* of telling `queue->now` */
    bool lower_waits;           /* its script is to run again */
    struct loop_timer *start;   /* of the next script */
    struct runner_job *job;
    struct runner_job *lower_job;
    bool mails; /* smtp_alert */
    bool released;
};

struct notify_table {
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    notify_line_function line;
    notify_mail_function mail;
    notify_told_function told;
    void *argument;
    struct command_policy policy; /* its texts are owned here */
    int64_t timeout;
    struct text_buffer lines; /* that wait to be written, each with its newline */
    struct loop_timer *write;
    LIST_HEAD(, notify) all;
};

static const char *notify_state_text(enum notify_state state)
{
    static const char *const texts[NOTIFY_STATES + 1] = {
        [NOTIFY_MASTER] = "MASTER", [NOTIFY_BACKUP] = "BACKUP",   [NOTIFY_FAULT] = "FAULT",
        [NOTIFY_STOP] = "STOP",     [NOTIFY_DELETED] = "DELETED", [NOTIFY_STATES] = "",
    };

    return texts[state];
}

/* ---- Table ------------------------------------------------------------------------------------- */

void notify_table_flush(struct notify_table *table)
{
    struct text_buffer lines = table->lines;
    char *rest = lines.data;
    char *end;

    table->lines = (struct text_buffer){0};
    while (rest && (end = strchr(rest, '\n'))) {
        *end = '\0';
        table->line(table->argument, rest);
        rest = end + 1;
    }
    text_release(&lines);
}

static void notify_table_due(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    notify_table_flush(argument);
}

struct notify_table *notify_table_new(struct loop *loop, struct log *log, struct runner *runner,
                                      notify_line_function line, notify_mail_function mail,
                                      notify_told_function told, void *argument)
{
    struct notify_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->runner = runner;
    table->line = line;
    table->mail = mail;
    table->told = told;
    table->argument = argument;
    table->write = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, notify_table_due, table);
    LIST_INIT(&table->all);
    return table;
}

static void notify_free_commands(struct notify *notify)
{
    for (int i = 0; i < NOTIFY_STATES; i++) {
        command_free(notify->specific[i]);
        notify->specific[i] = NULL;
    }
    command_free(notify->lower);
    command_free(notify->any);
    notify->lower = NULL;
    notify->any = NULL;
}

static void notify_free(struct notify *notify)
{
    notify_free_commands(notify);
    loop_timer_free(notify->start);
    free(notify->queue);
    free(notify->name);
    free(notify);
}

void notify_table_free(struct notify_table *table)
{
    struct notify *notify;

    if (!table) {
        return;
    }
    notify = LIST_FIRST(&table->all);
    while (notify) {
        struct notify *next = LIST_NEXT(notify, next);

        if (notify->job) {
            runner_abandon(notify->job);
        }
        if (notify->lower_job) {
            runner_abandon(notify->lower_job);
        }
        notify_free(notify);
        notify = next;
    }
    free((void *)table->policy.user);
    free((void *)table->policy.group);
    loop_timer_free(table->write);
    text_release(&table->lines);
    free(table);
}

void notify_table_configure(struct notify_table *table, const struct command_policy *policy,
                            int64_t timeout)
{
    free((void *)table->policy.user);
    free((void *)table->policy.group);
    table->policy = *policy;
    table->policy.user = policy->user ? memory_text(policy->user) : NULL;
    table->policy.group = policy->group ? memory_text(policy->group) : NULL;
    table->timeout = timeout;
}

/* ---- Scripts ----------------------------------------------------------------------------------- */

static bool notify_is_telling(const struct notify *notify)
{
    return notify->queue && notify->queue->busy;
}

bool notify_table_is_telling(const struct notify_table *table)
{
    const struct notify *notify;

    LIST_FOREACH(notify, &table->all, next)
    {
        if (notify_is_telling(notify)) {
            return true;
        }
    }
    return false;
}

static bool notify_has_script(const struct notify *notify)
{
    bool has = notify->any || notify->lower;

    for (int i = 0; i < NOTIFY_STATES; i++) {
        has |= notify->specific[i] != NULL;
    }
    return has;
}

/* @return whether there is a queue: most instances have no scripts, and need none */
static bool notify_need_queue(struct notify *notify)
{
    if (!notify->queue && notify_has_script(notify)) {
        notify->queue = memory_new(1, sizeof(*notify->queue));
    }
    return notify->queue != NULL;
}

/* One that was let go of is gone when it has nothing more to tell. @return whether it is */
static bool notify_end(struct notify *notify)
{
    if (!notify->released || notify_is_telling(notify) || notify->lower_job) {
        return false;
    }
    LIST_REMOVE(notify, next);
    notify_free(notify);
    return true;
}

static void notify_on_done(void *argument, const struct runner_result *result)
{
    struct notify *notify = argument;

    notify->job = NULL;
    if (result->end == RUNNER_TIMED_OUT) {
        log_warning(notify->table->log, notify->name,
                    "a notify script ran longer than notify_timeout and was ended");
    } else if (result->end == RUNNER_LOST) {
        log_error(notify->table->log, notify->name, "a notify script was not run to its end: %s",
                  runner_error_text(-result->status));
    }
    loop_timer_set(notify->start, clock_now());
}

static void notify_on_lower_done(void *argument, const struct runner_result *result)
{
    struct notify *notify = argument;

    (void)result;
    notify->lower_job = NULL;
    if (notify->lower_waits) {
        loop_timer_set(notify->start, clock_now());
    } else {
        (void)notify_end(notify);
    }
}

static struct runner_job *notify_run(struct notify *notify, const struct command *command,
                                     const char *const *arguments, runner_done_function done)
{
    const struct notify_table *table = notify->table;
    const struct notify_news *news = &notify->queue->now;
    struct text_buffer lines[7] = {0};
    const char *environment[8] = {NULL};
    struct runner_job *job = NULL;
    int error;

    if (!command) {
        return NULL;
    }
    text_appendf(&lines[0], "HOLDFAST_KIND=%s", notify->kind);
    text_appendf(&lines[1], "HOLDFAST_INSTANCE=%s", notify->name);
    text_appendf(&lines[2], "HOLDFAST_STATE=%s", notify_state_text(news->state));
    text_appendf(&lines[3], "HOLDFAST_PREVIOUS_STATE=%s", notify_state_text(news->previous));
    text_appendf(&lines[4], "HOLDFAST_PRIORITY=%u", (unsigned)news->priority);
    text_appendf(&lines[5], "HOLDFAST_REASON=%s", news->reason);
    text_appendf(&lines[6], "HOLDFAST_PEER=%s", news->peer);
    for (int i = 0; i < 7; i++) {
        environment[i] = lines[i].data;
    }
    job = command_run(command, table->runner, arguments, environment, table->timeout, done, notify,
                      &error);
    if (!job) {
        log_error(table->log, notify->name, "notify script %s cannot be started: %s",
                  command_path(command), runner_error_text(error));
    }
    for (int i = 0; i < 7; i++) {
        text_release(&lines[i]);
    }
    return job;
}

/* Goes on with the change that is being told: its script, the `notify` script, the next change. */
static void notify_step(struct notify *notify)
{
    const struct notify_news *news = &notify->queue->now;
    char number[4];
    const char *const arguments[] = {notify->kind, notify->name, notify_state_text(news->state),
                                     number, NULL};

    (void)snprintf(number, sizeof(number), "%u", (unsigned)news->priority);
    switch (notify->step++) {
    case NOTIFY_STEP_SPECIFIC:
        notify->job = notify_run(notify, notify->specific[news->state], NULL, notify_on_done);
        break;
    case NOTIFY_STEP_ANY:
        notify->job = notify_run(notify, notify->any, arguments, notify_on_done);
        break;
    case NOTIFY_STEP_END:
        notify->step = NOTIFY_STEP_SPECIFIC;
        (void)notify_queue_done(notify->queue);
        break;
    }
}

static void notify_start(void *argument, int64_t now, int64_t late)
{
    struct notify *notify = argument;
    const struct notify_table *table = notify->table;

    (void)now;
    (void)late;
    if (notify->lower_waits && !notify->lower_job) {
        notify->lower_waits = false;
        notify->lower_job = notify_run(notify, notify->lower, NULL, notify_on_lower_done);
    }
    while (notify_is_telling(notify) && !notify->job) {
        notify_step(notify);
    }
    (void)notify_end(notify);
    table->told(table->argument);
}

/* ---- One --------------------------------------------------------------------------------------- */

struct notify *notify_new(struct notify_table *table, const char *kind)
{
    struct notify *notify = memory_new(1, sizeof(*notify));

    notify->table = table;
    notify->kind = kind;
    notify->name = memory_text("");
    notify->start = loop_timer_new(table->loop, LOOP_PRIORITY_NORMAL, notify_start, notify);
    LIST_INSERT_HEAD(&table->all, notify, next);
    return notify;
}

void notify_release(struct notify *notify)
{
    if (notify) {
        notify->released = true;
        if (notify->queue) { /* it may be in its own call */
            loop_timer_set(notify->start, clock_now());
        } else {
            (void)notify_end(notify);
        }
    }
}

void notify_configure(struct notify *notify, const char *name, const struct conf_notify *conf)
{
    const struct conf_script *const scripts[NOTIFY_STATES] = {
        [NOTIFY_MASTER] = &conf->master,   [NOTIFY_BACKUP] = &conf->backup,
        [NOTIFY_FAULT] = &conf->fault,     [NOTIFY_STOP] = &conf->stop,
        [NOTIFY_DELETED] = &conf->deleted,
    };
    const struct notify_table *table = notify->table;
    char *copy = memory_text(name);

    free(notify->name);
    notify->name = copy;
    notify->mails = conf->mail;
    notify_free_commands(notify);
    for (int i = 0; i < NOTIFY_STATES; i++) {
        notify->specific[i] = command_new(table->log, name, scripts[i]->argv, scripts[i]->user,
                                          scripts[i]->group, &table->policy);
    }
    notify->lower = command_new(table->log, name, conf->lower.argv, conf->lower.user,
                                conf->lower.group, &table->policy);
    notify->any = command_new(table->log, name, conf->any.argv, conf->any.user, conf->any.group,
                              &table->policy);
}

/* keepalived-reference.md 3.4: the name always in double quotes. */
static void notify_write_line(const struct notify *notify, const char *word, const char *behind,
                              uint8_t priority)
{
    if (!notify->table->lines.length) {
        loop_timer_set(notify->table->write, clock_now());
    }
    text_appendf(&notify->table->lines, "%s \"%s\" %s%s %u\n", notify->kind, notify->name, word,
                 behind, (unsigned)priority);
}

void notify_send_line(struct notify *notify, enum notify_state state, uint8_t priority)
{
    notify_write_line(notify, notify_state_text(state), "", priority);
}

void notify_send_priority(struct notify *notify, enum notify_state state, uint8_t priority)
{
    notify_write_line(notify, notify_state_text(state), "_PRIORITY", priority);
}

void notify_send(struct notify *notify, const struct notify_news *news)
{
    notify_send_line(notify, news->state, news->priority);
    if (notify->mails) {
        notify->table->mail(notify->table->argument, notify->kind, notify->name, news);
    }
    if (notify_need_queue(notify) && notify_queue_push(notify->queue, news)) {
        loop_timer_set(notify->start, clock_now());
    }
}

void notify_send_lower(struct notify *notify, uint8_t priority)
{
    notify_write_line(notify, "MASTER_RX_LOWER_PRI", "", priority);
    notify->lower_waits = notify_need_queue(notify);
    if (notify->lower_waits && !notify->lower_job) {
        loop_timer_set(notify->start, clock_now());
    }
}
