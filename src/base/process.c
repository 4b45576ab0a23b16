/* SPDX-License-Identifier: Apache-2.0
 *
 * How this process is scheduled.
 */
#include "base/process.h"

#include "base/log.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* What to write into a drop-in of the service unit, which keeps these from the daemon otherwise. */
#define PROCESS_CURE_NICE   "give the service CAP_SYS_NICE (systemctl edit holdfast)"
#define PROCESS_CURE_MEMORY "give the service LimitMEMLOCK=infinity (systemctl edit holdfast)"
#define PROCESS_CURE_LIMIT  "give the service LimitRTTIME=infinity (systemctl edit holdfast)"

static void process_refused(struct log *log, const char *what, const char *cure)
{
    log_warning(log, "process", "%s: %s; %s", what, strerror(errno),
                errno == EPERM || errno == EACCES || errno == ENOMEM || errno == EAGAIN
                    ? cure
                    : "correct the setting");
}

static void process_set_schedule(const struct process_settings *settings, struct log *log)
{
    const struct sched_param parameter = {.sched_priority = settings->realtime};
    int policy = settings->realtime ? SCHED_RR : SCHED_OTHER;

    if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &parameter) != 0) {
        process_refused(log, "the real-time priority was not set", PROCESS_CURE_NICE);
    }
    if (settings->has_nice && setpriority(PRIO_PROCESS, 0, settings->nice) != 0) {
        process_refused(log, "the nice value was not set", PROCESS_CURE_NICE);
    }
}

/*
 * The soft limit alone: it ends the process as well, by SIGXCPU (getrlimit(2)), and a later reload
 * can raise it again, while a hard limit never rises once CAP_SYS_RESOURCE is given up. That is
 * raised where it is below what is asked for.
 */
static void process_set_limit(uint32_t realtime_us, struct log *log)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

    (void)getrlimit(RLIMIT_RTTIME, &limit);
    limit.rlim_cur = realtime_us ? realtime_us : limit.rlim_max;
    if (limit.rlim_max < limit.rlim_cur) {
        limit.rlim_max = limit.rlim_cur;
    }
    (void)signal(SIGXCPU, SIG_DFL); /* whoever started us may have ignored it */
    if (setrlimit(RLIMIT_RTTIME, &limit) != 0) {
        process_refused(log, "vrrp_rlimit_rttime was not set", PROCESS_CURE_LIMIT);
    }
}

static void process_set_cpus(const char *cpus, struct log *log)
{
    cpu_set_t set;
    char *end;

    CPU_ZERO(&set);
    for (const char *at = cpus; *at; at = end) {
        unsigned long cpu = strtoul(at, &end, 10);

        if (end == at) {
            break;
        }
        if (cpu < CPU_SETSIZE) {
            CPU_SET((int)cpu, &set);
        }
    }
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        process_refused(log, "vrrp_cpu_affinity was not set", PROCESS_CURE_NICE);
    }
}

void process_apply(const struct process_settings *settings, struct log *log)
{
    process_set_limit(settings->realtime_us, log);
    process_set_schedule(settings, log);
    if (settings->cpus) {
        process_set_cpus(settings->cpus, log);
    }
    if (settings->lock_memory) {
        if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
            process_refused(log, "the memory was not locked", PROCESS_CURE_MEMORY);
        }
    } else {
        (void)munlockall();
    }
}

int process_raised(int now, int most, int64_t late, int64_t limit)
{
    return late >= limit && now < most ? now + 1 : now;
}
