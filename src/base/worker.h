/* SPDX-License-Identifier: Apache-2.0
 *
 * Long pure work off the loop: a function runs on its own thread, and when it has returned, another
 * runs on the loop with its result.
 */
#ifndef HOLDFAST_BASE_WORKER_H
#define HOLDFAST_BASE_WORKER_H

struct loop;
struct worker;

/**
 * What runs on the thread. It may touch nothing but its argument. All signals are blocked there.
 * @return the result, handed to worker_done_function
 */
typedef void *(*worker_function)(void *argument);

/** What runs on the loop afterwards, once; the worker is gone by then. */
typedef void (*worker_done_function)(void *argument, void *result);

/**
 * Starts the work.
 * @return a handle for worker_cancel(), or NULL where no thread could be made (nothing is called)
 */
struct worker *worker_start(struct loop *loop, worker_function work, worker_done_function done,
                            void *argument);

/**
 * Waits for the thread to end and forgets it without calling `done`.
 * @return the work's result, for the caller to dispose of; NULL for a NULL worker
 */
void *worker_cancel(struct worker *worker);

#endif
