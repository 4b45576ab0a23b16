/* SPDX-License-Identifier: Apache-2.0
 *
 * The script runner: has the helper process (base/helper.h) start programs, without waiting for
 * anything, and tells how they ended. A program runs in its own process group with /dev/null as its
 * standard files, default signals, and without IFS, LD_PRELOAD and LD_LIBRARY_PATH; it gets SIGTERM
 * when the daemon or the helper dies.
 */
#ifndef HOLDFAST_BASE_RUNNER_H
#define HOLDFAST_BASE_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct helper;
struct loop;
struct runner;
struct runner_job;

#define RUNNER_KEEP_ID ((uid_t)-1) /* run as the daemon's own user or group */

enum runner_end {
    RUNNER_EXITED,    /* by itself: status is the exit status; `error`: it could not be run */
    RUNNER_SIGNALLED, /* by a signal: status is its number */
    RUNNER_TIMED_OUT, /* stopped by us: status is the signal that ended it, or its exit status */
    RUNNER_LOST, /* a shortage of our own, so nothing is known of it; runner_error_text(-status) */
};

struct runner_result {
    enum runner_end end;
    int status;
    int error; /* errno where it could not be run: the exit status is 126 or 127 then, as a shell's */
    int64_t duration; /* ns */
};

struct runner_request {
    const char *const *argv;        /* NULL-terminated; argv[0] is a path, no PATH search */
    const char *const *environment; /* NULL-terminated NAME=VALUE to add, or NULL */
    uid_t uid;                      /* or RUNNER_KEEP_ID */
    gid_t gid;                      /* or RUNNER_KEEP_ID */
    const gid_t *groups;            /* supplementary ones, instead of `gid` alone */
    size_t group_count;             /* 0: none */
    int64_t timeout; /* ns; then SIGTERM to the group, SIGKILL 2 s later; 0: no limit */
};

/** Called on the loop when a program has ended; the job is gone by then. */
typedef void (*runner_done_function)(void *argument, const struct runner_result *result);

/**
 * A runner without jobs. The caller frees it with runner_free().
 * @param helper  becomes the runner's
 */
struct runner *runner_new(struct loop *loop, struct helper *helper);

/** Kills what still runs (SIGKILL to each group), calls nobody, ends the helper, frees. NULL is allowed. */
void runner_free(struct runner *runner);

/**
 * Calls back on the loop, once, when the helper has died. All jobs have been told as RUNNER_LOST by
 * then, and from then on runner_start() gives -EPIPE.
 */
void runner_on_lost(struct runner *runner, void (*lost)(void *argument), void *argument);

/** Whether the helper is there. */
bool runner_is_alive(const struct runner *runner);

/** The umask of programs that are started from now on; before that it is what the daemon began with. */
void runner_set_umask(struct runner *runner, mode_t mask);

/** Why runner_start() gave -errno, for people. */
const char *runner_error_text(int error);

/**
 * Starts a program. `request` and what it points to may be gone after the call.
 * @param done   NULL where nobody wants to know
 * @param error  set to -errno where NULL is returned: -E2BIG where its arguments and environment are
 *               longer than 64 KiB, -EPIPE where the helper is gone
 */
struct runner_job *runner_start(struct runner *runner, const struct runner_request *request,
                                runner_done_function done, void *argument, int *error);

/** Ends a job early, as its time limit would: SIGTERM now, SIGKILL in 2 s; it is told when it ended. */
void runner_stop(struct runner_job *job);

/** Ends a job early: SIGTERM now, SIGKILL in 2 s, and nobody is called. */
void runner_abandon(struct runner_job *job);

/**
 * Calls back on the loop each time that the last program has ended.
 * @param idle  NULL: nobody wants to know any more
 */
void runner_on_idle(struct runner *runner, void (*idle)(void *argument), void *argument);

/** How many programs run. */
unsigned runner_jobs(const struct runner *runner);

#endif
