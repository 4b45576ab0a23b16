/* SPDX-License-Identifier: Apache-2.0
 *
 * Work of checks that eats CPU, such as the steps of a TLS handshake, done in turns of the loop that
 * are short: what waits with a higher priority is served between them, whatever there is to do.
 */
#ifndef HOLDFAST_CHECK_TURNS_H
#define HOLDFAST_CHECK_TURNS_H

#include <stdbool.h>
#include <sys/queue.h>

struct loop;
struct turns;

/* A piece of work. Its owner keeps it in place while it waits, and sets the two functions' members. */
struct turns_job {
    TAILQ_ENTRY(turns_job) next;
    void (*function)(void *argument); /* at most a few hundred microseconds */
    void *argument;
    bool waits;
};

/** The caller frees it with turns_free(). */
struct turns *turns_new(struct loop *loop);

/** Frees it; no job waits any more. NULL is allowed. */
void turns_free(struct turns *turns);

/** Lets the job's function be called once, behind those that wait already; safe in its own call. */
void turns_add(struct turns *turns, struct turns_job *job);

/** Takes a job back; one that does not wait is left alone. */
void turns_remove(struct turns *turns, struct turns_job *job);

#endif
