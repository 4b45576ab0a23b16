/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the runtime directory, written off the loop.
 */
#include "keep.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "base/worker.h"

#include <stdlib.h>

struct keep {
    struct loop *loop;
    const struct runtime *runtime;
    const char *name;
    const struct keep_source *source;
    keep_function function;
    void *argument;
    struct worker *worker; /* NULL: nothing is being written */
    void *copy;            /* its */
    uint64_t number;       /* of the last change that is in it */
    int error;
    uint64_t changed; /* the number of the last change */
};

struct keep *keep_new(struct loop *loop, const struct runtime *runtime, const char *name,
                      const struct keep_source *source, keep_function function, void *argument)
{
    struct keep *keep = memory_new(1, sizeof(*keep));

    keep->loop = loop;
    keep->runtime = runtime;
    keep->name = name;
    keep->source = source;
    keep->function = function;
    keep->argument = argument;
    return keep;
}

static void *keep_work(void *argument)
{
    struct keep *keep = argument;
    struct text_buffer text = {0};

    keep->source->write(keep->copy, &text);
    text_append(&text, "");
    keep->error = runtime_write(keep->runtime, keep->name, text.data, text.length);
    text_release(&text);
    return keep;
}

static void keep_take(struct keep *keep)
{
    keep->number = keep->changed;
    keep->copy = keep->source->copy(keep->argument);
}

static void keep_done(void *argument, void *result);

static void keep_start(struct keep *keep)
{
    keep_take(keep);
    keep->worker = worker_start(keep->loop, keep_work, keep_done, keep);
    if (!keep->worker) { /* no thread is left: better done late here than not at all */
        keep_done(keep, keep_work(keep));
    }
}

static void keep_done(void *argument, void *result)
{
    struct keep *keep = argument;
    uint64_t number = keep->number;
    int error = keep->error;

    (void)result;
    keep->worker = NULL;
    keep->function(keep->argument, number, error); /* first, so that numbers never go back */
    if (!keep->worker && keep->changed > keep->number) {
        keep_start(keep);
    }
}

uint64_t keep_changed(struct keep *keep)
{
    keep->changed++;
    if (!keep->worker) {
        keep_start(keep);
    }
    return keep->changed;
}

void keep_free(struct keep *keep)
{
    if (!keep) {
        return;
    }
    if (keep->worker) {
        (void)worker_cancel(keep->worker);
    }
    if (keep->changed > keep->number) {
        keep_take(keep);
        (void)keep_work(keep);
    }
    free(keep);
}
