/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler's jobs: one piece of the kernel's work at a time on a worker thread. What a job does
 * is its maker's.
 */
#include "ipvs/sync_state.h"

#include <stdlib.h>

struct sync_job *sync_job_new(struct sync *sync, void (*run)(struct sync_job *),
                              void (*done)(struct sync *, struct sync_job *))
{
    struct sync_job *job = memory_new(1, sizeof(*job));

    job->sync = sync;
    job->run = run;
    job->done = done;
    job->kernel = sync->link.kernel;
    job->namespace_fd = sync->namespace_fd;
    return job;
}

static void *sync_job_run(void *argument)
{
    struct sync_job *job = argument;

    job->run(job);
    return job;
}

static void sync_job_ended(void *argument, void *result)
{
    struct sync_job *job = result;
    struct sync *sync = job->sync;

    (void)argument;
    sync->worker = NULL;
    sync->busy = false;
    job->done(sync, job);
    if (sync->link.kernel) {
        sync->link.statistics = kernel_statistics(sync->link.kernel);
    }
    table_release(&job->table);
    free(job);
    sync_wake(sync);
}

void sync_job_start(struct sync_job *job)
{
    struct sync *sync = job->sync;

    sync->busy = true;
    sync->worker = worker_start(sync->loop, sync_job_run, sync_job_ended, job);
    if (!sync->worker) { /* no thread is left: better done late here than not at all */
        sync_job_ended(job, sync_job_run(job));
    }
}

void sync_job_finish(struct sync *sync)
{
    if (sync->busy) {
        void *result = worker_cancel(sync->worker);

        sync_job_ended(NULL, result);
    }
}
