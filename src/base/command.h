/* SPDX-License-Identifier: Apache-2.0
 *
 * A program of the configuration that was found, judged safe enough and is ready to run, any number
 * of times. Owns copies of all it needs.
 */
#ifndef HOLDFAST_BASE_COMMAND_H
#define HOLDFAST_BASE_COMMAND_H

#include "base/runner.h"

#include <stdbool.h>

struct command;
struct log;

/* How the configuration wants its programs run. */
struct command_policy {
    const char *user;   /* script_user; NULL: see program_default_user() */
    const char *group;  /* script_user's group; NULL: the user's */
    bool secure;        /* enable_script_security: refuse what others could replace */
    bool supplementary; /* set_supplementary_groups: all have those of their user */
};

/**
 * Makes a command ready.
 * @param subject  for the log: whose script it is
 * @param argv     NULL-terminated; NULL: there is no script
 * @param user     whose user it names itself; NULL: the policy's
 * @param group    NULL: the user's
 * @return NULL where there is none, or where it cannot be run: the log says why and what to do
 */
struct command *command_new(struct log *log, const char *subject, const char *const *argv,
                            const char *user, const char *group,
                            const struct command_policy *policy);

/** NULL is allowed; runs that are under way go on. */
void command_free(struct command *command);

/**
 * Runs it once.
 * @param arguments    NULL-terminated, to be added behind its own; or NULL
 * @param environment  NULL-terminated NAME=VALUE to add; or NULL
 * @param timeout      ns, 0: none
 * @return as runner_start()
 */
struct runner_job *command_run(const struct command *command, struct runner *runner,
                               const char *const *arguments, const char *const *environment,
                               int64_t timeout, runner_done_function done, void *argument,
                               int *error);

/** The program's path. */
const char *command_path(const struct command *command);

/** Whether two commands run the same program with the same arguments as the same user. */
bool command_equal(const struct command *a, const struct command *b);

#endif
