/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of the runtime directory that is written anew whenever what it keeps changes: whole, and made on
 * a worker thread, since it may be large and a file may hang. What comes while one is being written follows
 * it.
 */
#ifndef HOLDFAST_KEEP_H
#define HOLDFAST_KEEP_H

#include "base/text.h"

#include <stdint.h>

struct keep;
struct loop;
struct runtime;

/* What is written. */
struct keep_source {
    /** On the loop, quickly: a copy of what is to be kept. */
    void *(*copy)(void *argument);

    /** On any thread, touching nothing but the copy: its text. The copy is used up. */
    void (*write)(void *copy, struct text_buffer *text);
};

/**
 * Called on the loop when what had changed was written, or could not be.
 * @param number  keep_changed()'s of the last change that was
 * @param error   0 or -errno
 */
typedef void (*keep_function)(void *argument, uint64_t number, int error);

/**
 * Nothing is written yet.
 * @param name      a plain name within the directory; outlives the keep, as `source` does
 * @param argument  of `function` and of the source's `copy`
 */
struct keep *keep_new(struct loop *loop, const struct runtime *runtime, const char *name,
                      const struct keep_source *source, keep_function function, void *argument);

/** Waits until all that has changed is written, and frees; calls `copy` and `write` alone. NULL is allowed. */
void keep_free(struct keep *keep);

/**
 * What is kept has changed: the file is written anew soon, once for all changes until then.
 * @return the change's number, from 1 on
 */
uint64_t keep_changed(struct keep *keep);

#endif
