/* SPDX-License-Identifier: Apache-2.0
 *
 * Long pure work off the loop: one thread, and an eventfd that tells the loop it has ended.
 */
#include "base/worker.h"

#include "base/loop.h"
#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct worker {
    pthread_t thread;
    int finished; /* eventfd */
    struct loop_watch *watch;
    worker_function work;
    worker_done_function done;
    void *argument;
    void *result; /* the thread's until `finished` is readable or the thread is joined */
};

static void *worker_thread(void *argument)
{
    struct worker *worker = argument;
    const uint64_t one = 1;

    worker->result = worker->work(worker->argument);
    (void)!write(worker->finished, &one, sizeof(one)); /* an eventfd at 0 takes it */
    return NULL;
}

void *worker_cancel(struct worker *worker)
{
    void *result;

    if (!worker) {
        return NULL;
    }
    (void)pthread_join(worker->thread, NULL);
    result = worker->result;
    loop_watch_free(worker->watch);
    (void)close(worker->finished);
    free(worker);
    return result;
}

static void worker_ended(void *argument)
{
    struct worker *worker = argument;
    worker_done_function done = worker->done;
    void *done_argument = worker->argument;

    done(done_argument, worker_cancel(worker));
}

struct worker *worker_start(struct loop *loop, worker_function work, worker_done_function done,
                            void *argument)
{
    struct worker *worker = memory_new(1, sizeof(*worker));
    sigset_t all;
    sigset_t before;
    int error;

    worker->work = work;
    worker->done = done;
    worker->argument = argument;
    worker->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->finished < 0) {
        free(worker);
        return NULL;
    }
    /* Signals are the loop's: the thread inherits a mask that blocks them. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&worker->thread, NULL, worker_thread, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        (void)close(worker->finished);
        free(worker);
        return NULL;
    }
    worker->watch =
        loop_watch_new(loop, LOOP_PRIORITY_NORMAL, worker->finished, false, worker_ended, worker);
    return worker;
}
