/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the state to a file, off the loop.
 */
#include "statefile.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/worker.h"
#include "mark.h"

#include <stdlib.h>
#include <string.h>

#define STATEFILE_NAME "keepalived.data" /* in a folder: keepalived's */

struct statefile {
    struct loop *loop;
    struct log *log;
    struct worker *worker; /* NULL: nothing is being written */
    struct text_buffer path;
    struct text_buffer text;
    int error;
};

struct statefile *statefile_new(struct loop *loop, struct log *log)
{
    struct statefile *statefile = memory_new(1, sizeof(*statefile));

    statefile->loop = loop;
    statefile->log = log;
    return statefile;
}

static void *statefile_work(void *argument)
{
    struct statefile *statefile = argument;

    statefile->error =
        mark_write(statefile->path.data, statefile->text.data, statefile->text.length);
    return statefile;
}

static void statefile_done(void *argument, void *result)
{
    struct statefile *statefile = argument;

    (void)result;
    statefile->worker = NULL;
    if (statefile->error) {
        log_error(statefile->log, "state", "%s cannot be written: %s", statefile->path.data,
                  strerror(-statefile->error));
    } else {
        log_event(statefile->log, LOG_LEVEL_NOTICE, "state", "written to %s", statefile->path.data);
    }
    text_release(&statefile->text);
    text_release(&statefile->path);
}

void statefile_free(struct statefile *statefile)
{
    if (!statefile) {
        return;
    }
    if (statefile->worker) {
        (void)worker_cancel(statefile->worker);
    }
    text_release(&statefile->text);
    text_release(&statefile->path);
    free(statefile);
}

void statefile_write(struct statefile *statefile, const char *path, struct text_buffer *text)
{
    size_t length = strlen(path);

    if (statefile->worker) {
        log_warning(statefile->log, "state", "%s is still being written", statefile->path.data);
        text_release(text);
        return;
    }
    text_appendf(&statefile->path, "%s%s", path, path[length - 1] == '/' ? STATEFILE_NAME : "");
    text_append(text, "");
    statefile->text = *text;
    *text = (struct text_buffer){0};
    statefile->worker = worker_start(statefile->loop, statefile_work, statefile_done, statefile);
    if (!statefile->worker) { /* no thread is left: better done late here than not at all */
        statefile_done(statefile, statefile_work(statefile));
    }
}
