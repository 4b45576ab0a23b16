/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether there is an IPVS in the kernel: connects, has the module loaded, tries again, and says once
 * what is missing.
 */
#include "ipvs/sync_state.h"

#include "base/netns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNC_LINK_FIRST_RETRY (10 * CLOCK_SECOND)
#define SYNC_LINK_RETRY       (30 * CLOCK_SECOND)
#define SYNC_MODPROBE_LIMIT   (60 * CLOCK_SECOND)

/* Where modprobe is on every system that has it; the kernel itself calls it there (kernel.modprobe
 * of sysctl(8)). */
#define SYNC_MODPROBE "/sbin/modprobe"

bool sync_link_is_due(const struct sync *sync)
{
    return sync->link.state == SYNC_LINK_DUE;
}

void sync_link_want(struct sync *sync)
{
    if (sync->link.state == SYNC_LINK_IDLE ||
        (sync->link.state == SYNC_LINK_WAITING && !sync->link.modprobe)) {
        sync->link.state = SYNC_LINK_DUE;
        loop_timer_set(sync->tick, CLOCK_NEVER);
        sync_wake(sync);
    }
}

void sync_link_close(struct sync *sync)
{
    kernel_close(sync->link.kernel);
    sync->link.kernel = NULL;
    table_release(&sync->actual);
    sync->known = false;
    sync->exact = false;
    sync_pass_abandon(sync);
    sync_round_abandon(sync);
}

/* Says the reason once, and waits for the next try. */
static void sync_link_wait(struct sync *sync, const char *reason)
{
    struct sync_link *link = &sync->link;
    bool first = link->failures++ == 0;
    int64_t wait = first ? SYNC_LINK_FIRST_RETRY : SYNC_LINK_RETRY;

    if (!link->told || strcmp(link->reason, reason) != 0) {
        log_error(sync->log, SYNC_SUBJECT,
                  "unavailable: %s; everything else goes on, and this is tried again every 30 s",
                  reason);
        link->told = true;
        sync_tell(sync, SYNC_SUBJECT, "unavailable", "%s", reason);
    }
    free(link->reason);
    link->reason = memory_text(reason);
    link->state = SYNC_LINK_WAITING;
    loop_timer_set(sync->tick, clock_now() + wait);
}

static void sync_link_modprobe_ended(void *argument, const struct runner_result *result)
{
    struct sync *sync = argument;

    (void)result; /* what counts is whether the family is there now */
    sync->link.modprobe = NULL;
    sync_link_want(sync);
}

/* @return whether it was started */
static bool sync_link_modprobe(struct sync *sync)
{
    static const char *const arguments[] = {SYNC_MODPROBE, "ip_vs", NULL};
    const struct runner_request request = {
        .argv = arguments,
        .uid = RUNNER_KEEP_ID,
        .gid = RUNNER_KEEP_ID,
        .timeout = SYNC_MODPROBE_LIMIT,
    };
    int error;

    sync->link.modprobe_tried = true;
    sync->link.modprobe =
        runner_start(sync->runner, &request, sync_link_modprobe_ended, sync, &error);
    return sync->link.modprobe != NULL;
}

static void sync_link_up(struct sync *sync, const struct sync_job *job)
{
    struct sync_link *link = &sync->link;

    log_event(sync->log, LOG_LEVEL_NOTICE, SYNC_SUBJECT,
              "%savailable: version %u.%u.%u, %u connection buckets", link->told ? "now " : "",
              (unsigned)(job->info.version >> 16 & 0xffU),
              (unsigned)(job->info.version >> 8 & 0xffU), (unsigned)(job->info.version & 0xffU),
              (unsigned)job->info.connection_table_size);
    sync_tell(sync, SYNC_SUBJECT, "available", "version %u.%u.%u",
              (unsigned)(job->info.version >> 16 & 0xffU),
              (unsigned)(job->info.version >> 8 & 0xffU), (unsigned)(job->info.version & 0xffU));
    free(link->reason);
    *link = (struct sync_link){
        .state = SYNC_LINK_UP, .kernel = job->kernel, .info = job->info, .reason = NULL};
    if (sync->hooks.available) {
        sync->hooks.available(sync->hooks.argument);
    }
    sync->pass.wanted = true;
    sync->timeouts_dirty = true;
    sync->daemon.dirty = true;
    sync->whole = true;
    sync_service_mark_all(sync);
}

static void sync_link_connected(struct sync *sync, struct sync_job *job)
{
    char reason[KERNEL_ERROR_TEXT_SIZE];

    if (job->kernel) {
        sync_link_up(sync, job);
    } else if (job->error == -ENOENT && !sync->link.modprobe_tried && !sync->stopped &&
               sync_link_modprobe(sync)) {
        sync->link.state = SYNC_LINK_WAITING;
    } else {
        sync->link.absent = true;
        sync_link_wait(sync, kernel_error_unavailable_text(reason, job->error));
        sync_tell_settled(sync);
    }
}

int sync_link_within(struct sync_job *job, void (*work)(struct sync_job *job))
{
    int home;
    int error;
    int back;

    if (job->namespace_fd < 0) {
        work(job);
        return 0;
    }
    home = netns_open(NULL);
    if (home < 0) {
        return home; /* there would be no way back */
    }
    error = netns_enter(job->namespace_fd);
    if (!error) {
        work(job);
    }
    back = netns_enter(home);
    (void)close(home);
    return error ? error : back;
}

static void sync_link_open(struct sync_job *job)
{
    job->kernel = kernel_open(&job->info, &job->error);
}

/* A socket stays in the namespace that it was opened in, wherever its process is. */
static void sync_link_run(struct sync_job *job)
{
    int error = sync_link_within(job, sync_link_open);

    if (error) {
        kernel_close(job->kernel);
        job->kernel = NULL;
        job->error = error;
    }
}

void sync_link_connect(struct sync *sync)
{
    sync_job_start(sync_job_new(sync, sync_link_run, sync_link_connected));
}

void sync_link_lost(struct sync *sync, int error)
{
    char reason[KERNEL_ERROR_TEXT_SIZE];

    sync_link_close(sync);
    if (error == -ENOENT) { /* taken out of the kernel: it can be put back at once */
        log_event(sync->log, LOG_LEVEL_ERROR, SYNC_SUBJECT,
                  "gone from the kernel: was the module ip_vs removed?");
        sync_tell(sync, SYNC_SUBJECT, "unavailable", "gone from the kernel");
        sync->link.reason = memory_text("gone from the kernel");
        sync->link.state = SYNC_LINK_DUE;
    } else {
        sync_link_wait(sync, kernel_error_unavailable_text(reason, error));
    }
}
