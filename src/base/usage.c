/* SPDX-License-Identifier: Apache-2.0
 *
 * What this process uses, as the kernel tells it.
 */
#include "base/usage.h"

#include "base/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static int64_t usage_time(const struct timeval *time)
{
    return time->tv_sec * CLOCK_SECOND + time->tv_usec * CLOCK_MICROSECOND;
}

/* How many entries a folder has, without . and .. */
static int64_t usage_entries(const char *path)
{
    DIR *folder = opendir(path);
    int64_t count = 0;

    if (!folder) {
        return -1;
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(folder);
    return count;
}

/* proc(5): the first two numbers are the size of the program and its resident part, in pages. */
static void usage_memory(struct usage *usage)
{
    FILE *file = fopen("/proc/self/statm", "re");
    int64_t page = sysconf(_SC_PAGESIZE);
    char line[128];

    if (file && fgets(line, sizeof(line), file)) {
        char *rest;

        usage->virtual_bytes = strtoll(line, &rest, 10) * page;
        usage->resident_bytes = strtoll(rest, NULL, 10) * page;
    }
    if (file) {
        (void)fclose(file);
    }
}

struct usage usage_now(void)
{
    struct usage usage = {.user = -1, .system = -1, .resident_bytes = -1, .virtual_bytes = -1};
    struct rusage times;
    struct rlimit files;

    if (getrusage(RUSAGE_SELF, &times) == 0) {
        usage.user = usage_time(&times.ru_utime);
        usage.system = usage_time(&times.ru_stime);
    }
    usage_memory(&usage);
    usage.open_files = usage_entries("/proc/self/fd");
    usage.open_files -= usage.open_files > 0; /* the one that it was read by */
    usage.open_files_limit =
        getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY
            ? (int64_t)files.rlim_cur
            : -1;
    usage.threads = usage_entries("/proc/self/task");
    return usage;
}
