/* SPDX-License-Identifier: Apache-2.0
 *
 * keepalived's FIFOs: notify_fifo, vrrp_notify_fifo and lvs_notify_fifo, and the programs that read
 * them. What a line says comes from elsewhere.
 */
#ifndef HOLDFAST_EVENTS_H
#define HOLDFAST_EVENTS_H

#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>

struct events;
struct log;
struct runner;

/** What is passed must outlive it. */
struct events *events_new(struct log *log, struct runner *runner);

/** Nothing more is told: closes the FIFOs, whose readers come to their end, and removes those it made. */
void events_end(struct events *events);

/** Ends the programs, closes the FIFOs, and removes those that it made. NULL is allowed. */
void events_free(struct events *events);

/** Opens what the configuration names; what did not change stays as it is. */
void events_configure(struct events *events, const struct conf *conf);

/** Tells a line of VRRP, or of virtual and real servers. */
void events_tell_vrrp(struct events *events, const char *line);
void events_tell_lvs(struct events *events, const char *line);

/** Whether anybody is told of virtual and real servers: a line that nobody gets needs not be written. */
bool events_tells_lvs(const struct events *events);

/** Array of {path, lost}. */
json_t *events_snapshot(const struct events *events);

#endif
