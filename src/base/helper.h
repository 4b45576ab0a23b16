/* SPDX-License-Identifier: Apache-2.0
 *
 * The helper process: a small process that starts programs for the daemon. It is forked before the
 * daemon has threads, a configuration in memory or real-time priority, so that a program costs the
 * fork of a small process with an ordinary schedule, and before privileges are given up, so that
 * programs can run as other users although the daemon could not change to them any more.
 *
 * It lives as long as the daemon holds the other end of its socket: whatever ends the daemon, the
 * helper sees the end of the file, sends SIGTERM to what it has started, SIGKILL 2 s later to what
 * is still there, and ends. Signals that a terminal or a service manager sends to all processes
 * (SIGINT, SIGTERM, SIGHUP) it ignores, since the daemon still has scripts to run then.
 *
 * What is sent is in helper_codec.h; base/runner.h is what the daemon's modules use.
 */
#ifndef HOLDFAST_BASE_HELPER_H
#define HOLDFAST_BASE_HELPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct helper;

/* A capability that the helper uses, and for what. */
struct helper_need {
    int capability; /* CAP_SETUID and the like */
    const char *why;
};

/**
 * Forks the helper. To be called early, and by a process without threads.
 * @param error  -errno where NULL is returned
 */
struct helper *helper_start(int *error);

/**
 * The caller has entered its network namespace: the helper follows it there, and gives up what it
 * does not need. Waits for its answer, 5 s at the most, so it is for the start alone.
 * @param kept  the capabilities that it can use from now on, a bit each
 * @return 0 or -errno
 */
int helper_settle(struct helper *helper, uint64_t *kept);

/** The daemon's end of the socket, which does not block. */
int helper_socket(const struct helper *helper);

/** Its process id. */
pid_t helper_pid(const struct helper *helper);

/**
 * Lets the helper end, waits for it, and frees. It needs no time where no program runs, otherwise
 * up to 2 s (see above). NULL is allowed.
 */
void helper_stop(struct helper *helper);

/** The capabilities that it is left with, where the daemon was started with them. */
const struct helper_need *helper_needs(size_t *count);

#endif
