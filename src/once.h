/* SPDX-License-Identifier: Apache-2.0
 *
 * The scripts of the daemon's own life, each run once and waited for: startup_script and
 * shutdown_script.
 */
#ifndef HOLDFAST_ONCE_H
#define HOLDFAST_ONCE_H

#include "parser/conf.h"

#include <stdbool.h>

struct log;
struct once;
struct runner;

/** Called on the loop when the script has ended, however it did; the log has told so. */
typedef void (*once_function)(void *argument);

/**
 * Starts a script; the service manager is told how long it may take.
 * @param keyword  "startup_script": for the log
 * @param done     is not called where NULL is returned
 * @return NULL: there is no script, or it cannot be run and the log says why. Freed by its end, or by
 *         once_abandon()
 */
struct once *once_start(struct log *log, struct runner *runner, const char *keyword,
                        const struct conf_once *conf, const struct conf_global *global,
                        once_function done, void *argument);

/** Ends the script early and frees; nobody is called. NULL is allowed. */
void once_abandon(struct once *once);

#endif
