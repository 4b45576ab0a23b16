/* SPDX-License-Identifier: Apache-2.0
 *
 * The state as a file, for state_dump_file: written on a worker thread, since a file may hang.
 */
#ifndef HOLDFAST_STATEFILE_H
#define HOLDFAST_STATEFILE_H

#include "base/text.h"

struct log;
struct loop;
struct statefile;

/** A writer, which has written nothing yet. Freed by statefile_free(). */
struct statefile *statefile_new(struct loop *loop, struct log *log);

/** Waits for what is being written, and frees. NULL is allowed. */
void statefile_free(struct statefile *statefile);

/**
 * Replaces the file, and says in the log what became of it. While one is being written a further one
 * is left out.
 * @param path  where it ends with a '/': the file keepalived.data in that folder
 * @param text  taken: empty afterwards
 */
void statefile_write(struct statefile *statefile, const char *path, struct text_buffer *text);

#endif
