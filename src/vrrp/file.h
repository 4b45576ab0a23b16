/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracked files (track_file): keeps the number that each holds, and follows its changes by
 * inotify(7). Who makes what of a number is track's and the instance's business.
 */
#ifndef HOLDFAST_VRRP_FILE_H
#define HOLDFAST_VRRP_FILE_H

#include "parser/conf.h"

#include <jansson.h>

struct file_table;
struct log;
struct loop;

/** Called on the loop when the number of any file has changed. */
typedef void (*file_function)(void *argument);

/** An empty table. Freed by file_table_free(). @param function  called with `argument` */
struct file_table *file_table_new(struct loop *loop, struct log *log, file_function function,
                                  void *argument);

/** NULL is allowed. */
void file_table_free(struct file_table *table);

/**
 * A new configuration. With the first one files are written that init_file asks for. Keeps no pointer
 * into it.
 */
void file_configure(struct file_table *table, const struct conf *conf);

/** The number in a file: 0 for one that is missing, empty, or holds no number (B26). */
int64_t file_value(const struct file_table *table, const char *name);

/** Calls a function with the number of each file. */
void file_each(const struct file_table *table,
               void (*function)(void *argument, const char *name, int64_t value), void *argument);

/** Array of {name, path, value, trouble}; trouble is null where the file holds a number. */
json_t *file_snapshot(const struct file_table *table);

#endif
