/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler's life cycle, and the order in which its steps are taken: one step a turn of the
 * loop, none while a job is under way. What a step does is in the other sync_*.c.
 */
#include "base/text.h"
#include "ipvs/sync_state.h"
#include "parser/conf_find.h"

#include <stdlib.h>

static bool sync_always(const struct sync *sync)
{
    (void)sync;
    return true;
}

static void sync_idle(struct sync *sync)
{
    loop_timer_set(sync->step, CLOCK_NEVER);
}

/* The first one that is due is taken. */
static const struct {
    bool (*due)(const struct sync *sync);
    void (*take)(struct sync *sync);
} sync_steps[] = {
    {sync_round_is_merging, sync_round_merge},
    {sync_link_is_due, sync_link_connect},
    {sync_pass_has_stranded, sync_pass_release_all},
    {sync_pass_is_urgent, sync_pass_step},
    {sync_round_is_due, sync_round_plan},
    {sync_drain_is_due, sync_drain_look},
    {sync_pass_is_due, sync_pass_step},
    {sync_always, sync_idle},
};

static void sync_step(void *argument, int64_t now, int64_t late)
{
    struct sync *sync = argument;

    (void)late;
    if (sync->busy || sync->stopped) {
        return; /* the end of the job wakes us */
    }
    loop_timer_set(sync->step, now); /* there is a next one, unless sync_idle() says otherwise */
    for (size_t i = 0;; i++) {
        if (sync_steps[i].due(sync)) {
            sync_steps[i].take(sync);
            return;
        }
    }
}

void sync_tell_settled(const struct sync *sync)
{
    if (sync->hooks.settled && !sync->stopped) {
        sync->hooks.settled(sync->hooks.argument);
    }
}

void sync_wake(struct sync *sync)
{
    if (!sync->stopped) {
        loop_timer_set(sync->step, clock_now());
    }
}

static void sync_tick(void *argument, int64_t now, int64_t late)
{
    struct sync *sync = argument;

    (void)now;
    (void)late;
    if (sync->link.state == SYNC_LINK_UP) {
        sync->pass.wanted = true;
        sync_wake(sync);
    } else {
        sync_link_want(sync);
    }
}

__attribute__((format(printf, 5, 0))) static void sync_tell_v(const struct sync *sync, bool daemon,
                                                              const char *object, const char *state,
                                                              const char *format, va_list arguments)
{
    char reason[512];

    if (sync->hooks.news) {
        (void)vsnprintf(reason, sizeof(reason), format, arguments);
        sync->hooks.news(sync->hooks.argument, daemon, object, state, reason);
    }
}

void sync_tell(const struct sync *sync, const char *object, const char *state, const char *format,
               ...)
{
    va_list arguments;

    va_start(arguments, format);
    sync_tell_v(sync, false, object, state, format, arguments);
    va_end(arguments);
}

void sync_daemon_tell(const struct sync *sync, const char *state, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    sync_tell_v(sync, true, SYNC_DAEMON_SUBJECT, state, format, arguments);
    va_end(arguments);
}

struct sync *sync_new(struct loop *loop, struct log *log, struct runner *runner,
                      struct runtime *runtime, const struct sync_hooks *hooks)
{
    struct sync *sync = memory_new(1, sizeof(*sync));

    sync->loop = loop;
    sync->log = log;
    sync->runner = runner;
    sync->runtime = runtime;
    sync->hooks = *hooks;
    sync->namespace_fd = -1;
    TAILQ_INIT(&sync->dirty);
    TAILQ_INIT(&sync->parked);
    TAILQ_INIT(&sync->round.waiting);
    LIST_INIT(&sync->waiters);
    sync->step = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, sync_step, sync);
    sync->tick = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, sync_tick, sync);
    sync_daemon_init(sync);
    sync_drain_init(sync);
    return sync;
}

void sync_set_fullnat(struct sync *sync, bool wait, const char *problem)
{
    free(sync->fullnat_problem);
    sync->fullnat_problem = problem ? memory_text(problem) : NULL;
    if (wait) {
        sync_service_park(sync);
    } else {
        sync->rest = sync->rest || !TAILQ_EMPTY(&sync->parked);
        sync_service_release(sync);
    }
    sync_wake(sync);
}

void sync_set_namespace(struct sync *sync, int fd)
{
    sync->namespace_fd = fd;
}

/* No step is taken after this, no timer fires, no job is under way. */
static void sync_halt(struct sync *sync)
{
    sync->stopped = true;
    sync_job_finish(sync);
    if (sync->link.modprobe) {
        runner_abandon(sync->link.modprobe);
        sync->link.modprobe = NULL;
    }
    while (sync_round_is_merging(sync)) {
        sync_round_merge(sync);
    }
    sync_round_abandon(sync);
    loop_timer_set(sync->step, CLOCK_NEVER);
    loop_timer_set(sync->tick, CLOCK_NEVER);
    loop_timer_set(sync->daemon.timer, CLOCK_NEVER);
    loop_timer_set(sync->drain.timer, CLOCK_NEVER);
}

void sync_free(struct sync *sync)
{
    struct sync_service *service;
    struct sync_service *next;

    if (!sync) {
        return;
    }
    sync_halt(sync);
    while (!LIST_EMPTY(&sync->waiters)) {
        sync_refresh_cancel(sync, LIST_FIRST(&sync->waiters));
    }
    sync_link_close(sync);
    HASH_ITER(hh, sync->services, service, next) {
        sync_service_forget(sync, service);
    }
    free(sync->link.reason);
    free(sync->fullnat_problem);
    sync_daemon_release(sync);
    loop_timer_free(sync->step);
    loop_timer_free(sync->tick);
    loop_timer_free(sync->drain.timer);
    free(sync);
}

/* Each service gets its virtual server; one that has none is retired. */
static void sync_assign(struct sync *sync, const struct conf *conf)
{
    const struct conf_virtual_server *virtual_server;
    struct sync_service *service;

    sync->drain.told = 0;
    for (service = sync->services; service; service = service->hh.next) {
        service->former = service->conf;
        service->conf = NULL;
    }
    STAILQ_FOREACH(virtual_server, &conf->virtual_servers, next) {
        for (uint32_t i = 0; i < virtual_server->member_count; i++) {
            sync_service_put(sync, &virtual_server->members[i])->conf = virtual_server;
        }
    }
    for (service = sync->services; service; service = service->hh.next) {
        sync_drain_configure(sync, service);
        service->former = NULL;
    }
}

void sync_configure(struct sync *sync, const struct conf *conf)
{
    const struct conf_ipvs_timeouts *timeouts = &conf->global.ipvs_timeouts;
    bool first = !sync->conf;

    if (first) {
        sync_owned_read(sync);
        sync->flush_wanted = conf->global.ipvs_flush;
    }
    sync->conf = conf;
    sync_service_release(sync); /* who waits now is for sync_set_fullnat() to say */
    sync_assign(sync, conf);
    sync_owned_write(sync); /* before any of them is in the kernel */
    sync_daemon_configure(sync, first);
    sync->drain.changed = false; /* who configures us asks */
    sync_round_abandon(sync);
    sync_service_mark_all(sync);
    sync->timeouts_dirty = true;
    sync->whole = true;
    sync->pass.wanted = sync->link.state == SYNC_LINK_UP;
    if (sync->services || sync->flush_wanted || sync_daemon_is_ours(sync) || timeouts->tcp_s ||
        timeouts->tcp_fin_s || timeouts->udp_s) {
        sync_link_want(sync);
    }
    sync_wake(sync);
}

static void sync_mark_key(struct sync *sync, const struct conf_service_key *key)
{
    struct sync_service *service = sync_service_find(sync, key);

    if (service) {
        sync_service_mark(sync, service);
        sync_wake(sync);
    }
}

void sync_mark_dirty(struct sync *sync, const struct conf_service_key *key)
{
    const struct conf_virtual_server *group =
        sync->conf && conf_is_group_key(key) ? conf_find_service(sync->conf, key) : NULL;

    if (!group) {
        sync_mark_key(sync, key);
        return;
    }
    for (uint32_t i = 0; i < group->member_count; i++) {
        sync_mark_key(sync, &group->members[i]);
    }
}

void sync_reconcile(struct sync *sync)
{
    sync->pass.wanted = true;
    sync_wake(sync);
}

/* What is to be removed at the end: all that is ours and that the kernel has, or may have. */
static void sync_plan_removal(struct sync *sync, struct plan *plan)
{
    struct table nothing = {0};
    struct table ours = {0};
    struct sync_service *service;
    struct sync_service *next;

    HASH_ITER(hh, sync->services, service, next) {
        if (!sync->known || table_find_service(&sync->actual, &service->key)) {
            (void)table_put_service(&ours, &service->key);
        } else {
            sync_service_forget(sync, service);
        }
    }
    if (sync->conf && sync->conf->global.ipvs_flush_on_stop == CONF_FLUSH_ALL) {
        plan_flush(plan);
    }
    plan_diff(plan, &ours, &nothing, &ours); /* after a flush they are gone: as good as removed */
    table_release(&ours);
    sync_daemon_plan_stop(sync, plan);
}

static void sync_take_last(struct sync *sync, const struct plan_operation *operation, int result)
{
    char name[TABLE_SERVICE_TEXT_SIZE];
    char reason[KERNEL_ERROR_TEXT_SIZE];

    if (result == 0 || kernel_error_class(operation->kind, result) == KERNEL_ERROR_GONE) {
        plan_apply(&sync->actual, operation);
        sync->operations++;
        if (operation->kind == PLAN_REMOVE_SERVICE) {
            sync_service_forget(sync, sync_service_find(sync, &operation->service));
        }
    } else {
        log_error(sync->log,
                  operation->kind == PLAN_REMOVE_SERVICE
                      ? table_service_text(name, &operation->service)
                      : SYNC_SUBJECT,
                  "cannot be %s: %s", operation->kind == PLAN_START_DAEMON ? "started" : "removed",
                  kernel_error_text(reason, operation, result));
        sync->errors++;
    }
}

/* Plans what a stop does to the kernel's table. */
static void sync_plan_stop(struct sync *sync, bool keep, struct plan *plan)
{
    if (keep) {
        sync_daemon_plan_keep(sync, plan);
    } else {
        sync_plan_removal(sync, plan);
    }
}

size_t sync_count_there(const struct sync *sync)
{
    const struct sync_service *service;
    size_t count = 0;

    for (service = sync->services; service; service = service->hh.next) {
        count += table_find_service(&sync->actual, &service->key) != NULL;
    }
    return count;
}

static void sync_tell_kept(const struct sync *sync)
{
    size_t count = sync_count_there(sync);

    if (count) {
        log_event(sync->log, LOG_LEVEL_NOTICE, SYNC_SUBJECT,
                  "the table stays: %zu service%s, for the next start to take over", count,
                  text_plural(count));
    }
}

void sync_stop(struct sync *sync, bool keep)
{
    struct plan plan = {0};
    int *results;

    sync_halt(sync);
    sync_pass_release_all(sync);
    if (!sync->link.kernel) {
        return;
    }
    sync_plan_stop(sync, keep, &plan);
    results = memory_new(plan_count(&plan) + 1, sizeof(*results));
    (void)kernel_apply(sync->link.kernel, &plan, results); /* the results tell */
    for (size_t i = 0; i < plan_count(&plan); i++) {
        sync_take_last(sync, plan_at(&plan, i), results[i]);
    }
    plan_release(&plan);
    free(results);
    sync_owned_write(sync); /* what is left is still ours */
    if (keep) {
        sync_tell_kept(sync);
    } else {
        sync_daemon_disown(sync);
    }
}

enum sync_presence sync_presence(const struct sync *sync, const struct conf_service_key *key)
{
    const struct sync_service *service = sync_service_find(sync, key);

    if (sync->known && table_find_service(&sync->actual, key)) {
        return SYNC_PRESENT;
    }
    if (sync->link.absent) {
        return SYNC_ABSENT;
    }
    return !sync->known || (service && service->dirty) || sync->round.phase != SYNC_ROUND_NONE
               ? SYNC_PRESENCE_UNKNOWN
               : SYNC_ABSENT;
}

bool sync_is_settled(const struct sync *sync)
{
    return sync->link.state == SYNC_LINK_UP
               ? sync->known
               : sync->link.state == SYNC_LINK_IDLE || sync->link.reason;
}

bool sync_is_available(const struct sync *sync)
{
    return sync->link.state == SYNC_LINK_UP && sync->known;
}
