/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the runtime directory, written off the loop.
 */
#include "keep.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "base/worker.h"

#include <stdbool.h>
#include <stdlib.h>

struct keep {
    struct loop *loop;
    const struct runtime *runtime;
    const char *name;
    keep_function function;
    void *argument;
    struct worker *worker; /* NULL: nothing is being written */
    struct text_buffer text;
    uint64_t number;
    int error;
    bool waits; /* a later text */
    struct text_buffer next;
    uint64_t next_number;
};

static void keep_start(struct keep *keep);

struct keep *keep_new(struct loop *loop, const struct runtime *runtime, const char *name,
                      keep_function function, void *argument)
{
    struct keep *keep = memory_new(1, sizeof(*keep));

    keep->loop = loop;
    keep->runtime = runtime;
    keep->name = name;
    keep->function = function;
    keep->argument = argument;
    return keep;
}

static void *keep_work(void *argument)
{
    struct keep *keep = argument;

    keep->error = runtime_write(keep->runtime, keep->name, keep->text.data, keep->text.length);
    return keep;
}

static void keep_done(void *argument, void *result)
{
    struct keep *keep = argument;
    uint64_t number = keep->number;
    int error = keep->error;

    (void)result;
    keep->worker = NULL;
    text_release(&keep->text);
    if (keep->waits) {
        keep_start(keep);
    }
    keep->function(keep->argument, number, error);
}

static void keep_take_next(struct keep *keep)
{
    keep->waits = false;
    keep->text = keep->next;
    keep->number = keep->next_number;
    keep->next = (struct text_buffer){0};
}

static void keep_start(struct keep *keep)
{
    keep_take_next(keep);
    keep->worker = worker_start(keep->loop, keep_work, keep_done, keep);
    if (!keep->worker) { /* no thread is left: better done late here than not at all */
        keep_done(keep, keep_work(keep));
    }
}

uint64_t keep_write(struct keep *keep, struct text_buffer *text)
{
    text_append(text, "");
    text_release(&keep->next);
    keep->next = *text;
    *text = (struct text_buffer){0};
    keep->waits = true;
    keep->next_number++;
    if (!keep->worker) {
        keep_start(keep);
    }
    return keep->next_number;
}

void keep_free(struct keep *keep)
{
    if (!keep) {
        return;
    }
    if (keep->worker) {
        (void)worker_cancel(keep->worker);
        text_release(&keep->text);
    }
    if (keep->waits) {
        keep_take_next(keep);
        (void)keep_work(keep);
    }
    text_release(&keep->text);
    free(keep);
}
