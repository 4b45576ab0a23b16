/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracked processes (vrrp_track_process): follows what starts and ends by the kernel's process
 * connector, or by looking through /proc once a second where there is none; an end also by a pidfd.
 */
#ifndef HOLDFAST_VRRP_PROC_H
#define HOLDFAST_VRRP_PROC_H

#include "parser/conf.h"
#include "vrrp/track.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct loop;
struct proc_table;

/** Called on the loop when the status of any has changed. */
typedef void (*proc_function)(void *argument);

/** An empty table. Freed by proc_table_free(). @param function  called with `argument` */
struct proc_table *proc_table_new(struct loop *loop, struct log *log, proc_function function,
                                  void *argument);

/** NULL is allowed. */
void proc_table_free(struct proc_table *table);

/** A new configuration; the table keeps what it needs of it, and no pointer into it. */
void proc_configure(struct proc_table *table, const struct conf *conf);

/** Whether as many run as should: never TRACK_UNKNOWN. */
enum track_status proc_status(const struct proc_table *table, const char *name);

/** Array of {name, process, running, status}. */
json_t *proc_snapshot(const struct proc_table *table);

/* What a message of the connector tells: linux/cn_proc.h. */
enum proc_news {
    PROC_NEWS_NONE,
    PROC_NEWS_LOOK, /* a process may match now that did not before, or the other way round */
    PROC_NEWS_GONE,
};

/**
 * Decodes one datagram of the process connector. Pure.
 * @param pid  gets the process
 */
enum proc_news proc_decode(const uint8_t *data, size_t size, int *pid);

#endif
