/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracking scripts: one timer each, one run at a time.
 */
#include "vrrp/script.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct script {
    struct script_table *table;
    char *name;
    struct command *command; /* NULL: it cannot be run */
    int64_t interval;
    int64_t timeout;
    uint32_t rise;
    uint32_t fall;
    enum track_status status;
    bool last_good;
    uint32_t in_a_row; /* results like the last one */
    struct runner_result last;
    uint64_t runs;
    uint64_t timeouts;
    struct loop_timer *timer;
    struct runner_job *job; /* NULL: it does not run just now */
    bool wanted;            /* in the configuration that is being loaded */
    UT_hash_handle hh;
};

struct script_table {
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    script_function function;
    void *argument;
    struct script *scripts;
};

struct script_table *script_table_new(struct loop *loop, struct log *log, struct runner *runner,
                                      script_function function, void *argument)
{
    struct script_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->runner = runner;
    table->function = function;
    table->argument = argument;
    return table;
}

static void script_free(struct script *script)
{
    HASH_DEL(script->table->scripts, script);
    if (script->job) {
        runner_abandon(script->job);
    }
    loop_timer_free(script->timer);
    command_free(script->command);
    free(script->name);
    free(script);
}

void script_table_free(struct script_table *table)
{
    if (!table) {
        return;
    }
    while (table->scripts) {
        script_free(table->scripts);
    }
    free(table);
}

static const char *script_end_text(char text[64], const struct runner_result *result)
{
    if (result->end == RUNNER_TIMED_OUT) {
        (void)snprintf(text, 64, "timed out");
    } else {
        (void)snprintf(text, 64, "%s %d",
                       result->end == RUNNER_EXITED ? "exit status" : "ended by signal",
                       result->status);
    }
    return text;
}

/* The first result decides alone, whatever rise and fall say: keepalived-reference.md B24. */
static enum track_status script_judge(const struct script *script)
{
    uint32_t needed = script->last_good ? script->rise : script->fall;

    if (script->runs > 1 && script->in_a_row < needed) {
        return script->status;
    }
    return script->last_good ? TRACK_GOOD : TRACK_BAD;
}

static void script_ended(void *argument, const struct runner_result *result)
{
    struct script *script = argument;
    bool good = result->end == RUNNER_EXITED && result->status == 0;
    enum track_status before = script->status;
    char text[64];

    script->job = NULL;
    if (result->end == RUNNER_LOST) { /* our own shortage says nothing about what it would say */
        log_error(script->table->log, script->name, "script was not run to its end: %s",
                  runner_error_text(-result->status));
        return;
    }
    script->last = *result;
    script->runs++;
    script->timeouts += result->end == RUNNER_TIMED_OUT;
    script->in_a_row = script->runs > 1 && good == script->last_good ? script->in_a_row + 1 : 1;
    script->last_good = good;
    script->status = script_judge(script);
    if (script->status == before) {
        return;
    }
    log_event(script->table->log, LOG_LEVEL_NOTICE, script->name, "script %s: %s (%u in a row)",
              script->status == TRACK_GOOD ? "succeeds" : "fails", script_end_text(text, result),
              script->in_a_row);
    script->table->function(script->table->argument);
}

static void script_due(void *argument, int64_t now, int64_t late)
{
    struct script *script = argument;
    int error;

    (void)late;
    loop_timer_set(script->timer, now + script->interval);
    if (script->job) { /* still at it: this turn is skipped (B23) */
        return;
    }
    script->job = command_run(script->command, script->table->runner, NULL, NULL, script->timeout,
                              script_ended, script, &error);
    if (!script->job) { /* as in script_ended() */
        log_error(script->table->log, script->name, "script cannot be started: %s",
                  runner_error_text(error));
    }
}

static struct script *script_find(const struct script_table *table, const char *name)
{
    struct script *script;

    HASH_FIND_STR(table->scripts, name, script);
    return script;
}

static struct script *script_new(struct script_table *table, const struct conf_vrrp_script *conf,
                                 struct command *command)
{
    struct script *script = memory_new(1, sizeof(*script));

    script->table = table;
    script->name = memory_text(conf->name);
    script->command = command;
    script->status = command ? TRACK_UNKNOWN : TRACK_GOOD;
    script->timer = loop_timer_new(table->loop, LOOP_PRIORITY_NORMAL, script_due, script);
    HASH_ADD_KEYPTR(hh, table->scripts, script->name, strlen(script->name), script);
    if (command) {
        loop_timer_set(script->timer, clock_now()); /* at once: B23 */
    }
    return script;
}

static void script_apply(struct script_table *table, const struct conf_vrrp_script *conf,
                         const struct command_policy *policy)
{
    struct script *script = script_find(table, conf->name);
    struct command *command = command_new(table->log, conf->name, conf->script.argv,
                                          conf->script.user, conf->script.group, policy);
    enum track_status before = script ? script->status : TRACK_UNKNOWN;

    if (script && command && script->command && command_equal(command, script->command)) {
        command_free(command);
    } else {
        if (script) {
            script_free(script);
        }
        script = script_new(table, conf, command);
        if (command && before != TRACK_UNKNOWN) {
            script->status = before; /* another command has to find out first */
        }
    }
    script->interval = conf->interval;
    if (loop_timer_deadline(script->timer) > clock_now() + conf->interval && command) {
        loop_timer_set(script->timer, clock_now() + conf->interval);
    }
    script->timeout = conf->timeout;
    script->rise = conf->rise;
    script->fall = conf->fall;
    script->wanted = true;
}

void script_configure(struct script_table *table, const struct conf *conf)
{
    const struct command_policy policy = {.user = conf->global.script_user,
                                          .group = conf->global.script_group,
                                          .secure = conf->global.script_security,
                                          .supplementary = conf->global.supplementary_groups};
    const struct conf_vrrp_script *one;
    struct script *script;
    struct script *next;

    STAILQ_FOREACH(one, &conf->scripts, next) {
        if (one->tracked) {
            script_apply(table, one, &policy);
        }
    }
    HASH_ITER(hh, table->scripts, script, next) {
        if (!script->wanted) {
            script_free(script);
        } else {
            script->wanted = false;
        }
    }
}

enum track_status script_status(const struct script_table *table, const char *name)
{
    const struct script *script = script_find(table, name);

    return script ? script->status : TRACK_UNKNOWN;
}

json_t *script_snapshot(const struct script_table *table)
{
    static const char *const states[] = {
        [TRACK_UNKNOWN] = "unknown", [TRACK_GOOD] = "good", [TRACK_BAD] = "bad"};
    json_t *list = json_array();

    for (const struct script *script = table->scripts; script; script = script->hh.next) {
        char text[64];

        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:s, s:s?, s:I, s:I, s:f, s:b}", "name",
                      json_from_text(script->name), "path",
                      json_from_text(script->command ? command_path(script->command) : NULL),
                      "status", states[script->status], "last_result",
                      script->runs ? script_end_text(text, &script->last) : NULL, "runs",
                      (json_int_t)script->runs, "timeouts", (json_int_t)script->timeouts,
                      "duration_ms", (double)script->last.duration / (double)CLOCK_MILLISECOND,
                      "running", script->job != NULL));
    }
    return list;
}
