/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the kernel's table, some services at a time, and seeing what somebody else has changed. A
 * pass changes nothing: services that drifted are marked to be planned.
 */
#include "ipvs/drift.h"
#include "ipvs/sync_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYNC_PASS_INTERVAL (30 * CLOCK_SECOND)

enum {
    SYNC_PASS_SERVICES = 128,      /* read in one job at the most, */
    SYNC_PASS_DESTINATIONS = 4096, /* or as many as had about so many destinations */
};

struct sync_waiter {
    uint64_t pass; /* the number of the pass whose end it waits for */
    void (*done)(void *argument);
    void *argument;
    LIST_ENTRY(sync_waiter) next;
};

/* ---- Those who wait ---------------------------------------------------------------------------- */

struct sync_waiter *sync_refresh(struct sync *sync, void (*done)(void *argument), void *argument)
{
    struct sync_waiter *waiter = memory_new(1, sizeof(*waiter));

    /* One that is under way may be past what has changed since: it is the next one that counts. */
    waiter->pass = sync->pass.number + 1;
    waiter->done = done;
    waiter->argument = argument;
    LIST_INSERT_HEAD(&sync->waiters, waiter, next);
    sync->pass.wanted = true;
    sync_wake(sync);
    return waiter;
}

void sync_refresh_cancel(struct sync *sync, struct sync_waiter *waiter)
{
    (void)sync;
    if (waiter) {
        LIST_REMOVE(waiter, next);
        free(waiter);
    }
}

/* Calls those who wait for this pass; each may ask for another one, or cancel any. */
static void sync_pass_release(struct sync *sync, uint64_t number)
{
    struct sync_waiter *waiter;

    do {
        LIST_FOREACH(waiter, &sync->waiters, next)
        {
            /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): each is out of the list before it goes */
            if (waiter->pass <= number) {
                break;
            }
        }
        if (waiter) {
            void (*done)(void *) = waiter->done;
            void *argument = waiter->argument;

            sync_refresh_cancel(sync, waiter);
            done(argument);
        }
    } while (waiter);
}

void sync_pass_release_all(struct sync *sync)
{
    sync_pass_release(sync, sync->pass.number + 1);
}

bool sync_pass_has_stranded(const struct sync *sync)
{
    return sync->link.state != SYNC_LINK_UP && !LIST_EMPTY(&sync->waiters);
}

/* ---- Drift ------------------------------------------------------------------------------------- */

/* Somebody else changed a service of ours: it is counted, and the first few are told. */
static void sync_pass_drifted(struct sync *sync, const struct sync_service *service,
                              const char *what, unsigned entries)
{
    char name[TABLE_SERVICE_TEXT_SIZE];

    sync->drift += entries;
    if (sync->pass.told < SYNC_LOG_LIMIT) {
        sync->pass.told++;
        log_warning(sync->log, sync_service_name(service, name),
                    "changed by somebody else, put back: %s", what);
        sync_tell(sync, sync_service_name(service, name), "repaired",
                  "changed by somebody else, put back: %s", what);
    } else {
        sync->pass.untold++;
    }
}

/* The service, where what the kernel has now can be held against what we left there. */
static struct sync_service *sync_pass_watched(const struct sync *sync,
                                              const struct conf_service_key *key)
{
    struct sync_service *service = sync->exact ? sync_service_find(sync, key) : NULL;

    return service && service->conf && !service->unread ? service : NULL;
}

/* ---- The list of services ---------------------------------------------------------------------- */

static void sync_pass_merge_service(struct sync *sync, const struct table_service *fresh)
{
    struct table_service *service = table_find_service(&sync->actual, &fresh->key);
    struct sync_service *watched = sync_pass_watched(sync, &fresh->key);
    struct text_buffer words = {0};

    if (!service) {
        service = table_put_service(&sync->actual, &fresh->key);
        if (watched) {
            sync_pass_drifted(sync, watched, "service added", 1);
            watched->unread = true;
        }
    } else if (watched &&
               drift_describe_service(&words, &service->settings, &fresh->settings) > 0) {
        sync_pass_drifted(sync, watched, words.data, 1);
        sync_service_mark(sync, watched);
    }
    service->settings = fresh->settings;
    service->counters = fresh->counters;
    text_release(&words);
}

static void sync_pass_merge_removed(struct sync *sync, struct table_service *service)
{
    struct sync_service *watched = sync_pass_watched(sync, &service->key);
    struct sync_service *own = sync_service_find(sync, &service->key);

    if (watched) {
        sync_pass_drifted(sync, watched, "service removed",
                          1 + (unsigned)table_count_destinations(service));
    }
    if (own) {
        own->unread = false;
        sync_service_mark(sync, own);
    }
    table_remove_service(&sync->actual, service);
}

static void sync_pass_merge_all_removed(struct sync *sync, const struct table *fresh)
{
    struct table_service *service;
    struct table_service *next;

    HASH_ITER(hh, sync->actual.services, service, next) {
        if (!table_find_service(fresh, &service->key)) {
            sync_pass_merge_removed(sync, service);
        }
    }
}

/* Whether timeouts are as the configuration wants them. */
static bool sync_pass_timeouts_fit(const struct sync *sync,
                                   const struct conf_ipvs_timeouts *timeouts)
{
    struct plan plan = {0};
    bool fit;

    plan_diff_timeouts(&plan, timeouts, &sync->conf->global.ipvs_timeouts);
    fit = plan_count(&plan) == 0;
    plan_release(&plan);
    return fit;
}

static void sync_pass_merge_timeouts(struct sync *sync, const struct conf_ipvs_timeouts *fresh)
{
    if (!sync_pass_timeouts_fit(sync, fresh)) {
        sync->timeouts_dirty = true;
        if (sync->exact && sync_pass_timeouts_fit(sync, &sync->actual.timeouts)) {
            sync->drift++;
            log_warning(sync->log, SYNC_SUBJECT,
                        "timeouts changed by somebody else, put back: tcp %u s, tcpfin %u s, "
                        "udp %u s",
                        (unsigned)fresh->tcp_s, (unsigned)fresh->tcp_fin_s, (unsigned)fresh->udp_s);
            sync_tell(sync, SYNC_SUBJECT, "repaired",
                      "timeouts changed by somebody else, put back");
        }
    }
    sync->actual.timeouts = *fresh;
}

/*
 * The services that the kernel has and whose destinations come next: ours, and those of others where
 * somebody waits who wants to see them.
 */
static void sync_pass_collect(struct sync *sync)
{
    struct sync_pass *pass = &sync->pass;
    bool all = !LIST_EMPTY(&sync->waiters);
    struct table_service *service;
    struct table_service *next;

    pass->keys = memory_new(HASH_COUNT(sync->actual.services) + 1, sizeof(*pass->keys));
    HASH_ITER(hh, sync->actual.services, service, next) {
        if (all || sync_service_find(sync, &service->key)) {
            pass->keys[pass->count++] = service->key;
        }
    }
}

/* ---- The steps --------------------------------------------------------------------------------- */

void sync_pass_abandon(struct sync *sync)
{
    struct sync_pass *pass = &sync->pass;

    free(pass->keys);
    *pass = (struct sync_pass){.number = pass->number};
}

void sync_pass_failed(struct sync *sync, int error)
{
    if (error == -ENOBUFS && sync->overruns < SYNC_HEAL_LIMIT) {
        sync->overruns++;
        sync_pass_abandon(sync);
        sync->pass.wanted = true;
    } else {
        sync_link_lost(sync, error);
    }
}

static void sync_pass_end(struct sync *sync)
{
    struct sync_pass *pass = &sync->pass;
    uint64_t number = pass->number;
    bool wanted = pass->wanted; /* another one, since this one began */

    if (pass->untold) {
        log_warning(sync->log, SYNC_SUBJECT, "%u more services changed by somebody else, put back",
                    pass->untold);
        sync_tell(sync, SYNC_SUBJECT, "repaired",
                  "%u more services changed by somebody else, put back", pass->untold);
    }
    sync_pass_abandon(sync);
    pass->wanted = wanted;
    sync->overruns = 0;
    sync->known = true;
    sync->exact = true;
    sync_service_mark_faulty(sync); /* it is time to try again */
    sync_daemon_retry(sync);
    loop_timer_set(sync->tick, sync->stopped ? CLOCK_NEVER : clock_now() + SYNC_PASS_INTERVAL);
    sync_pass_release(sync, number);
}

static void sync_pass_listed(struct sync *sync, struct sync_job *job)
{
    struct table_service *service;
    struct table_service *next;

    if (job->error) {
        sync_pass_failed(sync, job->error);
        return;
    }
    sync_pass_merge_timeouts(sync, &job->table.timeouts);
    sync_daemon_found(sync, job);
    sync_daemon_read(sync, &job->table);
    sync_pass_merge_all_removed(sync, &job->table);
    HASH_ITER(hh, job->table.services, service, next) {
        sync_pass_merge_service(sync, service);
    }
    sync_pass_collect(sync);
    if (sync->pass.count == 0) {
        sync_pass_end(sync);
    }
}

static void sync_pass_list(struct sync_job *job)
{
    job->error = kernel_list_services(job->kernel, &job->table);
    sync_daemon_look(job);
}

/* What the kernel has replaces what we knew: the two sets of destinations change places. */
void sync_pass_merge_destinations(struct sync *sync, struct table_service *fresh)
{
    struct table_service *service = table_find_service(&sync->actual, &fresh->key);
    struct sync_service *watched = sync_pass_watched(sync, &fresh->key);
    struct sync_service *own = sync_service_find(sync, &fresh->key);
    struct table_destination *old;
    struct text_buffer words = {0};
    unsigned entries;

    if (!service) {
        return; /* removed by a round since it was listed */
    }
    entries = watched ? drift_describe_destinations(&words, service, fresh, SYNC_LOG_LIMIT) : 0;
    if (entries) {
        sync_pass_drifted(sync, watched, words.data, entries);
    }
    if (own && (entries || own->unread)) {
        own->unread = false;
        sync_service_mark(sync, own);
    }
    text_release(&words);
    sync->readings++;
    old = service->destinations;
    service->destinations = fresh->destinations;
    fresh->destinations = old; /* freed with the job */
}

static void sync_pass_read(struct sync *sync, struct sync_job *job)
{
    struct table_service *service;
    struct table_service *next;

    if (job->error) {
        sync_pass_failed(sync, job->error);
        return;
    }
    HASH_ITER(hh, job->table.services, service, next) {
        sync_pass_merge_destinations(sync, service);
    }
    if (sync->pass.next == sync->pass.count) {
        sync_pass_end(sync);
    }
}

void sync_pass_read_run(struct sync_job *job)
{
    struct table_service *service;
    struct table_service *next;

    HASH_ITER(hh, job->table.services, service, next) {
        job->error = kernel_read_destinations(job->kernel, service);
        if (job->error) {
            return;
        }
    }
}

/* Begins a pass with the list of services. */
static void sync_pass_begin(struct sync *sync)
{
    struct sync_pass *pass = &sync->pass;
    struct sync_job *job;

    pass->active = true;
    pass->wanted = false;
    pass->number++;
    job = sync_job_new(sync, sync_pass_list, sync_pass_listed);
    sync_daemon_ask(sync, job);
    sync_job_start(job);
}

void sync_pass_step(struct sync *sync)
{
    struct sync_pass *pass = &sync->pass;
    struct sync_job *job;
    size_t services = 0;
    size_t destinations = 0;

    pass->overtaken = false;
    if (!pass->active) {
        sync_pass_begin(sync);
        return;
    }
    job = sync_job_new(sync, sync_pass_read_run, sync_pass_read);
    while (pass->next < pass->count && services < SYNC_PASS_SERVICES &&
           destinations < SYNC_PASS_DESTINATIONS) {
        const struct conf_service_key *key = &pass->keys[pass->next++];
        const struct table_service *service = table_find_service(&sync->actual, key);

        if (service) {
            (void)table_put_service(&job->table, key);
            services++;
            destinations += table_count_destinations(service);
        }
    }
    sync_job_start(job);
}

bool sync_pass_is_due(const struct sync *sync)
{
    return sync->link.state == SYNC_LINK_UP && (sync->pass.wanted || sync->pass.active);
}

bool sync_pass_is_urgent(const struct sync *sync)
{
    return sync_pass_is_due(sync) && (!sync->known || sync->pass.overtaken);
}
