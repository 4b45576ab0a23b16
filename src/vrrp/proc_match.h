/* SPDX-License-Identifier: Apache-2.0
 *
 * Which processes are meant by a vrrp_track_process, and whether there are as many as there should be.
 * Pure.
 */
#ifndef HOLDFAST_VRRP_PROC_MATCH_H
#define HOLDFAST_VRRP_PROC_MATCH_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>

/* What /proc says of a process: proc(5). */
struct proc_facts {
    const char *name;    /* of /proc/PID/comm, without the newline: up to 15 bytes */
    const char *command; /* of /proc/PID/cmdline: words that end with a NUL each */
    size_t size;         /* bytes of them; 0: a kernel thread, or one that is gone */
};

/** Whether a process is one of those that are meant. */
bool proc_matches(const struct conf_track_process *conf, const struct proc_facts *facts);

/** Whether so many processes are as many as there should be. */
bool proc_is_quorate(const struct conf_track_process *conf, unsigned count);

#endif
