/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracking scripts (vrrp_script): runs each one that somebody tracks at its interval, and keeps
 * what its last runs say. Who makes what of it is track's and the instance's business.
 */
#ifndef HOLDFAST_VRRP_SCRIPT_H
#define HOLDFAST_VRRP_SCRIPT_H

#include "parser/conf.h"
#include "vrrp/track.h"

#include <jansson.h>

struct log;
struct loop;
struct runner;
struct script_table;

/** Called on the loop when the status of any script has changed. */
typedef void (*script_function)(void *argument);

/** An empty table. Freed by script_table_free(). @param function  called with `argument` */
struct script_table *script_table_new(struct loop *loop, struct log *log, struct runner *runner,
                                      script_function function, void *argument);

/** Ends what runs and frees. NULL is allowed. */
void script_table_free(struct script_table *table);

/**
 * A new configuration: scripts with the same name and program keep their status, others start anew.
 * Keeps no pointer into it.
 */
void script_configure(struct script_table *table, const struct conf *conf);

/**
 * What a script says.
 * @return TRACK_UNKNOWN until its first run has ended; TRACK_GOOD too for one that cannot be run at
 *         all (keepalived-reference.md B53: it is as if nobody tracked it)
 */
enum track_status script_status(const struct script_table *table, const char *name);

/** Array of {name, path, status, last_result, runs, timeouts, duration_ms}. */
json_t *script_snapshot(const struct script_table *table);

#endif
