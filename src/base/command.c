/* SPDX-License-Identifier: Apache-2.0
 *
 * A program of the configuration that is ready to run.
 */
#include "base/command.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_GROUP_SIZE = 256 }; /* of a group's name: LOGIN_NAME_MAX of limits.h */

struct command {
    char **argv; /* argv[0] is the program's path */
    size_t count;
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary ones; NULL: none */
    size_t group_count;
};

static size_t command_count(const char *const *words)
{
    size_t count = 0;

    while (words && words[count]) {
        count++;
    }
    return count;
}

static struct command *command_make(const struct program *program, const char *const *argv)
{
    struct command *command = memory_new(1, sizeof(*command));

    command->count = command_count(argv);
    command->argv = memory_new(command->count + 1, sizeof(*command->argv));
    command->argv[0] = memory_text(program->path);
    for (size_t i = 1; i < command->count; i++) {
        command->argv[i] = memory_text(argv[i]);
    }
    command->uid = program->uid;
    command->gid = program->gid;
    command->group_count = program->group_count;
    if (program->group_count) {
        command->groups = memory_new(program->group_count, sizeof(gid_t));
        memcpy(command->groups, program->groups, program->group_count * sizeof(gid_t));
    }
    return command;
}

struct command *command_new(struct log *log, const char *subject, const char *const *argv,
                            const char *user, const char *group,
                            const struct command_policy *policy)
{
    char with_others[COMMAND_GROUP_SIZE];
    struct program *program;
    struct command *command = NULL;
    enum program_verdict verdict;

    if (!argv || !argv[0]) {
        return NULL;
    }
    if (!user) {
        user = program_default_user(policy->user);
        group = policy->user ? policy->group : NULL;
    }
    if (policy->supplementary && !(group && *group == ':')) {
        (void)snprintf(with_others, sizeof(with_others), ":%s", group ? group : "");
        group = with_others;
    }
    program = memory_new(1, sizeof(*program));
    verdict = program_find(argv[0], user, group, program);
    if (verdict == PROGRAM_OK || (verdict == PROGRAM_UNSAFE && !policy->secure)) {
        command = command_make(program, argv);
    }
    if (verdict != PROGRAM_OK) {
        log_warning(log, subject, "script %s: %s%s%s", argv[0], program->reason,
                    command ? "" : " (the script is not run)",
                    !command && verdict == PROGRAM_UNSAFE
                        ? "; enable_script_security off would run it all the same"
                        : "");
    }
    free(program);
    return command;
}

void command_free(struct command *command)
{
    if (!command) {
        return;
    }
    for (size_t i = 0; i < command->count; i++) {
        free(command->argv[i]);
    }
    free(command->argv);
    free(command->groups);
    free(command);
}

struct runner_job *command_run(const struct command *command, struct runner *runner,
                               const char *const *arguments, const char *const *environment,
                               int64_t timeout, runner_done_function done, void *argument,
                               int *error)
{
    size_t more = command_count(arguments);
    const char **argv = memory_new(command->count + more + 1, sizeof(*argv));
    const struct runner_request request = {
        .argv = argv,
        .environment = environment,
        .uid = command->uid,
        .gid = command->gid,
        .groups = command->groups,
        .group_count = command->group_count,
        .timeout = timeout,
    };
    struct runner_job *job;

    memcpy(argv, command->argv, command->count * sizeof(*argv));
    if (more) {
        memcpy(argv + command->count, arguments, more * sizeof(*argv));
    }
    job = runner_start(runner, &request, done, argument, error);
    free(argv);
    return job;
}

const char *command_path(const struct command *command)
{
    return command->argv[0];
}

bool command_equal(const struct command *a, const struct command *b)
{
    if (a->count != b->count || a->uid != b->uid || a->gid != b->gid ||
        a->group_count != b->group_count ||
        (a->group_count && memcmp(a->groups, b->groups, a->group_count * sizeof(gid_t)) != 0)) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->argv[i], b->argv[i]) != 0) {
            return false;
        }
    }
    return true;
}
