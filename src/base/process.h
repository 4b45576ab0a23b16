/* SPDX-License-Identifier: Apache-2.0
 *
 * How this process is scheduled: nice value, real-time priority, CPUs, locked memory. What it starts
 * (scripts) is scheduled as usual: SCHED_RESET_ON_FORK of sched(7).
 */
#ifndef HOLDFAST_BASE_PROCESS_H
#define HOLDFAST_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct log;

struct process_settings {
    bool has_nice;
    int nice;             /* -20..19: setpriority(2) */
    int realtime;         /* 1..99: SCHED_RR; 0: none */
    uint32_t realtime_us; /* the soft RLIMIT_RTTIME; 0: none but the hard one */
    bool lock_memory;
    const char *cpus; /* "0 2"; NULL: anywhere */
};

/** Applies the settings; what the kernel refuses is logged with the cure, and the rest goes on. */
void process_apply(const struct process_settings *settings, struct log *log);

/**
 * The real-time priority after a second in which the loop was late.
 * @param now   the priority now, 0 for none
 * @param most  the highest it may have; 0 or below: it is left alone
 * @param late  the largest lateness of that second, ns
 * @param limit lateness that raises it, ns
 */
int process_raised(int now, int most, int64_t late, int64_t limit);

#endif
