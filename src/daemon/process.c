/* SPDX-License-Identifier: Apache-2.0
 *
 * The process itself: priorities, limits, memory, signals, and what happens every second.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/runner.h"
#include "base/sdnotify.h"
#include "base/worker.h"
#include "parser/conf.h"
#include "privileges.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAEMON_DESCRIPTORS = 131072 }; /* LimitNOFILE= of the service unit */

#define DAEMON_HOUSEKEEPING (1 * CLOCK_SECOND)
#define DAEMON_MEMORY_PAUSE (10 * CLOCK_SECOND)
/* It has run so long: StartLimitIntervalSec= of the unit. */
#define DAEMON_RENEWABLE (60 * CLOCK_SECOND)

/* What the file says, or what the process raised itself to, as far as the file lets it. */
static int daemon_realtime(const struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    int raised =
        daemon->realtime < process->realtime_most ? daemon->realtime : process->realtime_most;

    return raised > (int)process->realtime ? raised : (int)process->realtime;
}

void daemon_schedule(struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    /* What was given up takes a restart, as privileges_check() says: it is not tried. */
    bool may_raise = !privileges_lacks(daemon->privileges, CAP_SYS_NICE);
    int realtime =
        daemon->realtime > (int)process->realtime ? daemon->realtime : (int)process->realtime;
    const struct process_settings settings = {
        .has_nice = may_raise && process->nice != CONF_UNSET_NICE,
        .nice = process->nice,
        .realtime = may_raise ? realtime : 0,
        .realtime_us = process->realtime_us,
        .lock_memory = process->no_swap && !privileges_lacks(daemon->privileges, CAP_IPC_LOCK),
        .cpus = process->cpus,
    };

    process_apply(&settings, daemon->log);
}

/* max_auto_priority: a loop that runs late asks the kernel for more, one step a second. */
static void daemon_watch_lateness(struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    int64_t worst = loop_worst_lag(daemon->loop);
    int now = daemon_realtime(daemon);
    int raised =
        process_raised(now, process->realtime_most, worst, process->late_us * CLOCK_MICROSECOND);

    if (raised != now) {
        daemon->realtime = raised;
        log_event(daemon->log, LOG_LEVEL_NOTICE, "process",
                  "the loop was late: real-time priority %d from now on", raised);
        daemon_schedule(daemon);
    }
}

void daemon_set_umask(struct daemon *daemon)
{
    mode_t mask = daemon->options.has_umask ? daemon->options.umask : daemon->conf->global.umask;

    (void)umask(mask);
    runner_set_umask(daemon->runner, mask);
}

static void daemon_on_hangup(void *argument)
{
    daemon_reload_start(argument);
}

static void *daemon_trim(void *argument)
{
    (void)argument;
    memory_return();
    return NULL;
}

static void daemon_trimmed(void *argument, void *result)
{
    struct daemon *daemon = argument;

    (void)result;
    daemon->trimming = NULL;
}

/*
 * Loading and status take much memory, for a moment. It is given back on a thread, since that takes a
 * tenth of a second after the status of 20,000 servers.
 */
static void daemon_return_memory(struct daemon *daemon, int64_t now)
{
    if (daemon->memory_loose && !daemon->trimming &&
        now >= daemon->memory_returned + DAEMON_MEMORY_PAUSE) {
        daemon->trimming = worker_start(daemon->loop, daemon_trim, daemon_trimmed, daemon);
        daemon->memory_loose = false;
        daemon->memory_returned = now;
    }
}

static void daemon_on_housekeeping(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)late;
    log_flush_repeats(daemon->log, now);
    daemon_watch_lateness(daemon);
    daemon_status_line(daemon);
    daemon_return_memory(daemon, now);
    loop_timer_set(daemon->housekeeping, now + DAEMON_HOUSEKEEPING);
}

static void daemon_on_watchdog(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)late;
    sdnotify_watchdog();
    loop_timer_set(daemon->watchdog, now + sdnotify_watchdog_interval());
}

void daemon_catch_signals(struct daemon *daemon)
{
    static const struct {
        int number;
        loop_signal_function function;
    } rows[] = {{SIGHUP, daemon_on_hangup},
                {SIGTERM, daemon_on_terminate},
                {SIGINT, daemon_on_terminate},
                {SIGUSR1, daemon_on_dump}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        daemon->signals[i] =
            loop_signal_new(daemon->loop, rows[i].number, rows[i].function, daemon);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    /* keepalived writes its statistics or its JSON then: who asks for them must not end us. */
    (void)signal(SIGUSR2, SIG_IGN);
    (void)signal(SIGRTMIN + 2, SIG_IGN);
    (void)signal(SIGRTMAX - 1, SIG_IGN);
    (void)signal(SIGRTMAX, SIG_IGN);
}

void daemon_set_timers(struct daemon *daemon)
{
    daemon->addresses_changed =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_NORMAL, daemon_on_addresses_changed, daemon);
    daemon->links_changed =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_VRRP, daemon_on_links_changed, daemon);
    daemon->stopping =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_NORMAL, daemon_on_stop_limit, daemon);
    daemon->leftover =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_NETWORK, daemon_on_leftover, daemon);
    daemon->housekeeping =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, daemon_on_housekeeping, daemon);
    daemon->watchdog =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, daemon_on_watchdog, daemon);
    loop_timer_set(daemon->housekeeping, clock_now() + DAEMON_HOUSEKEEPING);
    if (sdnotify_watchdog_interval()) {
        loop_timer_set(daemon->watchdog, clock_now());
    }
}

void daemon_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DAEMON_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DAEMON_DESCRIPTORS ? limit.rlim_max : DAEMON_DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void daemon_on_helper_lost(void *argument)
{
    struct daemon *daemon = argument;
    bool renewable = sdnotify_watchdog_interval() && !daemon->is_stopping &&
                     clock_now() >= daemon->started + DAEMON_RENEWABLE;

    log_error(daemon->log, "helper", "the helper process has died: %s",
              renewable ? "holdfastd ends, to be started again and go on where it was"
                        : "no script is run any more, everything else goes on; restart holdfastd");
    if (renewable) {
        log_free(daemon->log);
        _exit(EXIT_FAILURE); /* as a crash: addresses and IPVS stay as they are */
    }
}
