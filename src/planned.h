/* SPDX-License-Identifier: Apache-2.0
 *
 * A reload that a file plans: reload_time_file. The file is looked at once a second; nobody needs to
 * tell us that it came, changed or went.
 */
#ifndef HOLDFAST_PLANNED_H
#define HOLDFAST_PLANNED_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct loop;
struct planned;

/** @param due  called on the loop when the time has come */
struct planned *planned_new(struct loop *loop, struct log *log, void (*due)(void *argument),
                            void *argument);

/** NULL is allowed. */
void planned_free(struct planned *planned);

/**
 * At the start and at each reload.
 * @param path    copied; NULL: no file plans anything
 * @param repeat  the file stays when its time has come, and a time without a date comes every day
 */
void planned_configure(struct planned *planned, const char *path, bool repeat);

/** When the next reload is planned, ns since 1970; 0: none is. */
int64_t planned_at(const struct planned *planned);

#endif
