/* SPDX-License-Identifier: Apache-2.0
 *
 * A round: all services that are dirty at one time are planned in slices, the plan is applied in one
 * job, and the results are worked in, in slices again.
 */
#include "base/text.h"
#include "ipvs/sync_state.h"
#include "parser/conf_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is wanted ---------------------------------------------------------------------------- */

/*
 * Whether a server is to be in the table. One of the last run of which nothing is known yet is to be there
 * if it is; the sorry server, too, as long as that is so for a server in whose place it is.
 */
static bool sync_view(const struct sync *sync, const struct sync_service *service,
                      const struct conf_real_server *real_server, const struct conf_server_key *key,
                      uint32_t *weight)
{
    const struct conf_virtual_server *conf = service->conf;
    const struct table_service *actual;
    const struct table_destination *there;

    if (!service->kept ||
        !sync->hooks.is_assumed(sync->hooks.argument, conf,
                                real_server == conf->sorry_server ? NULL : real_server)) {
        return sync->hooks.server_view(sync->hooks.argument, conf, real_server, weight);
    }
    actual = table_find_service(&sync->actual, &service->key);
    there = actual ? table_find_destination(actual, key) : NULL;
    *weight = there ? there->settings.weight : 0;
    return there;
}

static void sync_want_server(const struct sync *sync, struct table_service *wanted,
                             const struct sync_service *service,
                             const struct conf_real_server *real_server)
{
    const struct conf_server_key key = conf_member_server(&wanted->key, real_server);
    uint32_t weight = 0;

    if (sync_view(sync, service, real_server, &key, &weight) &&
        !table_find_destination(wanted, &key)) {
        table_put_destination(wanted, &key)->settings =
            table_destination_settings_of(real_server, weight);
    }
}

/* A service as the configuration and its servers' health want it. */
static size_t sync_want_service(const struct sync *sync, struct table *table,
                                const struct sync_service *service)
{
    const struct conf_virtual_server *virtual_server = service->conf;
    struct table_service *wanted = table_put_service(table, &service->key);
    const struct conf_real_server *real_server;

    wanted->settings = table_service_settings_of(virtual_server, service->key.family);
    STAILQ_FOREACH(real_server, &virtual_server->servers, next) {
        sync_want_server(sync, wanted, service, real_server);
    }
    if (virtual_server->sorry_server) { /* may be one of them too: then that one counts */
        sync_want_server(sync, wanted, service, virtual_server->sorry_server);
    }
    sync_drain_want(sync, service, wanted);
    return virtual_server->server_count;
}

/* One that is not configured any more and stays as long as its servers drain. */
static size_t sync_want_leaving(const struct sync *sync, struct table *table,
                                const struct sync_service *service)
{
    struct table_service *wanted = table_put_service(table, &service->key);

    wanted->settings = table_find_service(&sync->actual, &service->key)->settings;
    sync_drain_want(sync, service, wanted);
    return table_count_destinations(wanted);
}

/* ---- Planning ---------------------------------------------------------------------------------- */

bool sync_round_is_due(const struct sync *sync)
{
    return sync->known && (sync->round.phase == SYNC_ROUND_PLANNING || !TAILQ_EMPTY(&sync->dirty) ||
                           sync->timeouts_dirty || sync->daemon.dirty || sync->flush_wanted);
}

static void sync_round_begin(struct sync *sync)
{
    struct sync_round *round = &sync->round;

    *round = (struct sync_round){
        .phase = SYNC_ROUND_PLANNING, .number = round->number + 1, .started = clock_now()};
    TAILQ_INIT(&round->waiting);
}

/*
 * lvs_flush: what is not ours goes, last of all. What is ours stays as it is, be it from before a
 * crash or from somebody who had the same services: not a moment is without it.
 */
static void sync_round_plan_flush(struct sync *sync)
{
    const struct table nothing = {0};
    struct table others = {0};
    const struct table_service *service;

    for (service = sync->actual.services; service; service = service->hh.next) {
        if (!sync_service_find(sync, &service->key)) {
            (void)table_put_service(&others, &service->key);
        }
    }
    if (others.services) {
        log_event(sync->log, LOG_LEVEL_NOTICE, SYNC_SUBJECT,
                  "lvs_flush: %u service%s that somebody else made go", HASH_COUNT(others.services),
                  text_plural(HASH_COUNT(others.services)));
    }
    plan_diff(&sync->round.plan, &sync->actual, &nothing, &others);
    table_release(&others);
    sync->flush_wanted = false;
    sync->round.flushing = true;
}

/* Everything that is dirty now is this round's. */
static void sync_round_fill(struct sync *sync)
{
    struct sync_round *round = &sync->round;

    TAILQ_CONCAT(&round->waiting, &sync->dirty, next);
    plan_diff_timeouts(&round->plan, &sync->actual.timeouts, &sync->conf->global.ipvs_timeouts);
    sync->timeouts_dirty = false;
    sync_daemon_plan(sync, &round->plan);
    if (sync->flush_wanted) {
        sync_round_plan_flush(sync);
    }
    round->whole = sync->whole;
    round->rest = sync->rest;
    sync->whole = false;
    sync->rest = false;
}

/* Takes one service from the waiting ones to what is to be compared. @return destinations in it */
static size_t sync_round_take(struct sync *sync, struct table *wanted, struct table *retired)
{
    struct sync_service *service = TAILQ_FIRST(&sync->round.waiting);
    bool there = table_find_service(&sync->actual, &service->key) != NULL;
    bool draining;

    TAILQ_REMOVE(&sync->round.waiting, service, next);
    service->dirty = false;
    service->refused = false;
    service->unread = service->unread && there;
    if (service->unread) {
        return 0; /* dirty again when it is read */
    }
    service->round = sync->round.number;
    service->kept = service->kept && there && service->conf && sync->hooks.is_assumed &&
                    sync->hooks.is_assumed(sync->hooks.argument, service->conf, NULL);
    draining = sync_drain_settle(sync, service);
    if (service->conf) {
        return sync_want_service(sync, wanted, service);
    }
    if (draining) {
        return sync_want_leaving(sync, wanted, service);
    }
    if (there) {
        (void)table_put_service(retired, &service->key);
    } else {
        sync_service_forget(sync, service); /* neither wanted nor there */
    }
    return 0;
}

static void sync_round_applied(struct sync *sync, struct sync_job *job)
{
    sync->round.error = job->error;
    sync->round.phase = SYNC_ROUND_MERGING;
}

static void sync_round_run(struct sync_job *job)
{
    job->error = kernel_apply(job->kernel, job->plan, job->results);
}

static void sync_round_apply(struct sync *sync)
{
    struct sync_round *round = &sync->round;
    size_t count = plan_count(&round->plan);
    struct sync_job *job;

    if (count == 0) {
        round->phase = SYNC_ROUND_MERGING; /* of nothing: the kernel is not asked */
        return;
    }
    round->phase = SYNC_ROUND_APPLYING;
    round->results = memory_new(count, sizeof(*round->results));
    job = sync_job_new(sync, sync_round_run, sync_round_applied);
    job->plan = &round->plan;
    job->results = round->results;
    sync_job_start(job);
}

void sync_round_plan(struct sync *sync)
{
    struct sync_round *round = &sync->round;
    struct table wanted = {0};
    struct table retired = {0};
    size_t work = 0;

    if (round->phase == SYNC_ROUND_NONE) {
        sync_round_begin(sync);
        sync_round_fill(sync);
    }
    while (work < SYNC_SLICE && !TAILQ_EMPTY(&round->waiting)) {
        work += 1 + sync_round_take(sync, &wanted, &retired);
    }
    plan_diff(&round->plan, &sync->actual, &wanted, &retired);
    table_release(&wanted);
    table_release(&retired);
    if (TAILQ_EMPTY(&round->waiting)) {
        sync_round_apply(sync);
    }
}

/* The plan and its results are done with. */
static void sync_round_clear(struct sync *sync)
{
    struct sync_round *round = &sync->round;

    plan_release(&round->plan);
    free(round->results);
    round->results = NULL;
    round->merged = 0;
    round->phase = SYNC_ROUND_NONE;
}

void sync_round_abandon(struct sync *sync)
{
    struct sync_round *round = &sync->round;

    if (round->phase == SYNC_ROUND_PLANNING) {
        TAILQ_CONCAT(&sync->dirty, &round->waiting, next);
        sync->timeouts_dirty = true;
        sync->daemon.dirty = true;
        sync->whole = sync->whole || round->whole;
        sync->flush_wanted = sync->flush_wanted || round->flushing;
        sync->rest = sync->rest || round->rest;
        sync_round_clear(sync);
        sync_service_mark_all(sync); /* those that were planned already, too */
    }
}

/* ---- What became of it ------------------------------------------------------------------------- */

bool sync_round_is_merging(const struct sync *sync)
{
    return sync->round.phase == SYNC_ROUND_MERGING;
}

static void sync_round_take_done(struct sync *sync, struct sync_service *service,
                                 const struct plan_operation *operation)
{
    plan_apply(&sync->actual, operation);
    sync->operations++;
    sync->round.done[operation->kind]++;
    if (plan_kind_is_of_daemon(operation->kind)) {
        sync_daemon_take_done(sync, operation);
    }
    if (operation->kind == PLAN_REMOVE_SERVICE && service && !service->conf) {
        sync_service_forget(sync, service);
    }
}

static void sync_round_take_refusal(struct sync *sync, struct sync_service *service,
                                    const struct plan_operation *operation, int error)
{
    struct sync_round *round = &sync->round;
    bool race = kernel_error_class(operation->kind, error) == KERNEL_ERROR_RACE;
    char reason[KERNEL_ERROR_TEXT_SIZE];

    if (service && service->refused && error == -ESRCH) {
        return; /* its service was refused: that is told there */
    }
    sync->errors++;
    round->refused++;
    round->raced = round->raced || race;
    sync->exact = sync->exact && error != -ENOBUFS;
    if (plan_kind_is_of_daemon(operation->kind)) {
        sync_daemon_take_refusal(sync, operation, error, race && sync->heals < SYNC_HEAL_LIMIT);
        return;
    }
    if (!service) {
        log_error(sync->log, SYNC_SUBJECT, "refused: %s",
                  kernel_error_text(reason, operation, error));
        sync_tell(sync, SYNC_SUBJECT, "refused", "%s", reason);
        return;
    }
    service->refused = service->refused || operation->kind == PLAN_ADD_SERVICE;
    sync_fault_set(sync, service, operation, error, race && sync->heals < SYNC_HEAL_LIMIT);
}

static void sync_round_take_result(struct sync *sync, const struct plan_operation *operation,
                                   int result)
{
    struct sync_service *service = sync_service_find(sync, &operation->service);

    if (result == 0 || kernel_error_class(operation->kind, result) == KERNEL_ERROR_GONE) {
        sync_round_take_done(sync, service, operation);
    } else if (result != -ECANCELED) {
        sync_round_take_refusal(sync, service, operation, result);
    }
}

/* "IPVS: 12 services, 40 servers: 3 added, 1 changed, 0 removed in 2.1 ms" */
static void sync_round_tell(const struct sync *sync)
{
    const struct sync_round *round = &sync->round;
    const size_t *done = round->done;
    const struct table_service *service;
    const struct sync_service *own;
    char duration[CLOCK_TEXT_SIZE];
    size_t services = 0;
    size_t servers = 0;

    for (own = sync->services; own; own = own->hh.next) {
        service = table_find_service(&sync->actual, &own->key);
        services += service != NULL;
        servers += service ? table_count_destinations(service) : 0;
    }
    log_event(sync->log, LOG_LEVEL_NOTICE, SYNC_SUBJECT,
              "%zu service%s, %zu server%s: %zu added, %zu changed, %zu removed, %u refused in %s",
              services, text_plural(services), servers, text_plural(servers),
              done[PLAN_ADD_SERVICE] + done[PLAN_ADD_DESTINATION],
              done[PLAN_EDIT_SERVICE] + done[PLAN_EDIT_DESTINATION] + done[PLAN_SET_TIMEOUTS],
              done[PLAN_REMOVE_SERVICE] + done[PLAN_REMOVE_DESTINATION], round->refused,
              clock_duration_text(duration, clock_now() - round->started));
}

/* A race is over when the table is read again; one that goes on is left to the periodic pass. */
static void sync_round_heal(struct sync *sync)
{
    if (!sync->round.raced) {
        sync->heals = 0;
    } else if (sync->heals < SYNC_HEAL_LIMIT) {
        sync->heals++;
        sync->pass.wanted = true;
    }
}

static void sync_round_end(struct sync *sync)
{
    struct sync_round *round = &sync->round;
    int error = round->error;

    if (round->refused > round->told && round->told == SYNC_LOG_LIMIT) {
        log_error(sync->log, SYNC_SUBJECT, "%u more entries refused: see status",
                  round->refused - round->told);
    }
    sync_round_heal(sync);
    sync_fault_settle(sync);
    if ((round->whole || (round->rest && plan_count(&round->plan))) && !error) {
        sync_round_tell(sync);
    }
    sync_owned_write(sync);
    sync_round_clear(sync);
    sync->pass.overtaken = sync->pass.active;
    if (error) {
        sync->flush_wanted = sync->flush_wanted || round->flushing;
        sync_link_lost(sync, error);
    }
    sync_drain_report(sync);
    sync_tell_settled(sync);
}

void sync_round_merge(struct sync *sync)
{
    struct sync_round *round = &sync->round;
    size_t count = plan_count(&round->plan);
    size_t end = round->merged + SYNC_SLICE;

    while (round->merged < count && round->merged < end) {
        sync_round_take_result(sync, plan_at(&round->plan, round->merged),
                               round->results[round->merged]);
        round->merged++;
    }
    if (round->merged == count) {
        sync_round_end(sync);
    }
}
