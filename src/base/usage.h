/* SPDX-License-Identifier: Apache-2.0
 *
 * What this process uses: processors, memory, files, threads. Reads /proc and may take some milliseconds
 * where tens of thousands of files are open: for worker threads.
 */
#ifndef HOLDFAST_BASE_USAGE_H
#define HOLDFAST_BASE_USAGE_H

#include <stdint.h>

/* -1: not known. */
struct usage {
    int64_t user;           /* ns on processors, of all threads: getrusage(2) */
    int64_t system;         /* ns of these in the kernel */
    int64_t resident_bytes; /* proc(5), /proc/pid/statm */
    int64_t virtual_bytes;
    int64_t open_files;       /* entries of /proc/self/fd */
    int64_t open_files_limit; /* RLIMIT_NOFILE */
    int64_t threads;          /* entries of /proc/self/task */
};

/** What the process uses now. On any thread. */
struct usage usage_now(void);

#endif
