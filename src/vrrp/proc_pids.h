/* SPDX-License-Identifier: Apache-2.0
 *
 * The processes that a vrrp_track_process has found. The end of each is told at once by a pidfd
 * (pidfd_open(2), Linux 5.3), also where the process connector tells nothing.
 */
#ifndef HOLDFAST_VRRP_PROC_PIDS_H
#define HOLDFAST_VRRP_PROC_PIDS_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct proc_pids;

enum { PROC_PIDS_WATCHED = 1024 }; /* of one set have a pidfd: it leaves descriptors for the rest */

/** Called on the loop when a process has ended, after it was removed from the set. */
typedef void (*proc_pids_function)(void *argument, int pid);

/** An empty set; never NULL. The caller frees it with proc_pids_free(). */
struct proc_pids *proc_pids_new(struct loop *loop, proc_pids_function function, void *argument);

/** Closes its pidfds and frees it. NULL is allowed. */
void proc_pids_free(struct proc_pids *pids);

/** How many processes are in it. */
unsigned proc_pids_count(const struct proc_pids *pids);

/**
 * Adds a process, with a pidfd as long as there are fewer than PROC_PIDS_WATCHED. Where there is none
 * to be had (ENOSYS, EMFILE), its end is for the caller to find out.
 * @return whether that changed anything: not where it was there, or has ended already
 */
bool proc_pids_add(struct proc_pids *pids, int pid);

/** Removes a process and closes its pidfd. @return whether it was there */
bool proc_pids_remove(struct proc_pids *pids, int pid);

/**
 * Makes the set of these processes and no others. Those that were there keep their pidfds, unless
 * they had none: then it is tried again.
 */
void proc_pids_replace(struct proc_pids *pids, const int *now, size_t count);

#endif
