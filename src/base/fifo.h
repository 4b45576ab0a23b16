/* SPDX-License-Identifier: Apache-2.0
 *
 * A FIFO that events are written to, a line each. Whoever reads it may be slow or absent: a line that
 * does not fit is lost, and counted.
 */
#ifndef HOLDFAST_BASE_FIFO_H
#define HOLDFAST_BASE_FIFO_H

#include <stdint.h>
#include <sys/types.h>

struct fifo;
struct log;

/**
 * Opens a FIFO; makes one (mode 0600, of that owner) where there is nothing of the name. What lies there
 * must be a FIFO that belongs to us or to the owner: keepalived-reference.md 3.4.
 * @return NULL where that fails: it is logged, with the cure
 */
struct fifo *fifo_open(struct log *log, const char *path, uid_t uid, gid_t gid);

/** Closes it, and removes it if fifo_open() made it. NULL is allowed. */
void fifo_close(struct fifo *fifo);

/** Writes a line; NULL for the FIFO is allowed. @param line  without its newline */
void fifo_write(struct fifo *fifo, const char *line);

/** Where it is; valid until fifo_close(). */
const char *fifo_path(const struct fifo *fifo);

/** Lines that nobody read in time. */
uint64_t fifo_lost(const struct fifo *fifo);

#endif
