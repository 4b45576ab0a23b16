/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of the runtime directory that is written anew whenever what it keeps changes: whole, on a
 * worker thread, since a file may hang. What comes while one is being written follows it.
 */
#ifndef HOLDFAST_KEEP_H
#define HOLDFAST_KEEP_H

#include "base/text.h"

#include <stdint.h>

struct keep;
struct loop;
struct runtime;

/**
 * Called on the loop when texts were written, or could not be.
 * @param number  keep_write()'s of the last of them
 * @param error   0 or -errno
 */
typedef void (*keep_function)(void *argument, uint64_t number, int error);

/** Nothing is written yet. @param name  a plain name within the directory; outlives the keep */
struct keep *keep_new(struct loop *loop, const struct runtime *runtime, const char *name,
                      keep_function function, void *argument);

/** Waits until the last text is written, and frees; calls nobody. NULL is allowed. */
void keep_free(struct keep *keep);

/**
 * Replaces the file soon.
 * @param text  taken: empty afterwards
 * @return the text's number, from 1 on
 */
uint64_t keep_write(struct keep *keep, struct text_buffer *text);

#endif
