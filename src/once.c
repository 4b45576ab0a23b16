/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripts that are run once and waited for.
 */
#include "once.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runner.h"
#include "base/sdnotify.h"

#include <stdlib.h>

#define ONCE_MARGIN (10 * CLOCK_SECOND) /* for what comes behind the script */

struct once {
    struct log *log;
    const char *keyword;
    struct runner_job *job;
    once_function done;
    void *argument;
};

static void once_tell(const struct once *once, const struct runner_result *result)
{
    char took[CLOCK_TEXT_SIZE];

    (void)clock_duration_text(took, result->duration);
    switch (result->end) {
    case RUNNER_EXITED:
        if (result->status) {
            log_warning(once->log, once->keyword, "exit status %d after %s; holdfastd goes on",
                        result->status, took);
        } else {
            log_event(once->log, LOG_LEVEL_INFO, once->keyword, "done in %s", took);
        }
        break;
    case RUNNER_SIGNALLED:
        log_warning(once->log, once->keyword, "ended by signal %d after %s; holdfastd goes on",
                    result->status, took);
        break;
    case RUNNER_TIMED_OUT:
        log_warning(once->log, once->keyword,
                    "ran longer than %s_timeout and was ended; holdfastd goes on", once->keyword);
        break;
    case RUNNER_LOST:
        log_error(once->log, once->keyword, "was not run to its end: %s; holdfastd goes on",
                  runner_error_text(-result->status));
        break;
    }
}

static void once_ended(void *argument, const struct runner_result *result)
{
    struct once *once = argument;
    once_function done = once->done;
    void *done_argument = once->argument;

    once_tell(once, result);
    free(once);
    done(done_argument);
}

struct once *once_start(struct log *log, struct runner *runner, const char *keyword,
                        const struct conf_once *conf, const struct conf_global *global,
                        once_function done, void *argument)
{
    const struct command_policy policy = {.user = global->script_user,
                                          .group = global->script_group,
                                          .secure = global->script_security,
                                          .supplementary = global->supplementary_groups};
    const struct conf_script *script = &conf->script;
    struct command *command =
        command_new(log, keyword, script->argv, script->user, script->group, &policy);
    struct once *once;
    int error;

    if (!command) {
        return NULL;
    }
    once = memory_new(1, sizeof(*once));
    *once = (struct once){.log = log, .keyword = keyword, .done = done, .argument = argument};
    once->job = command_run(command, runner, NULL, NULL, conf->timeout, once_ended, once, &error);
    if (!once->job) {
        log_error(log, keyword, "%s cannot be started: %s; holdfastd goes on",
                  command_path(command), runner_error_text(error));
        free(once);
        once = NULL;
    } else {
        sdnotify_extend(conf->timeout + ONCE_MARGIN);
    }
    command_free(command);
    return once;
}

void once_abandon(struct once *once)
{
    if (once) {
        runner_abandon(once->job);
        free(once);
    }
}
