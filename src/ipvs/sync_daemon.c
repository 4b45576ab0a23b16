/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection sync daemons of the kernel: which are wanted now, what the kernel refused, and
 * whether they are ours. Like everything else they are planned and applied in rounds.
 */
#include "base/runtime.h"
#include "base/text.h"
#include "ipvs/sync_state.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* In the runtime directory: not empty where the last run had daemons. */
#define SYNC_DAEMON_FILE "owned-sync-daemon"

static const struct conf_sync_daemon *sync_daemon_conf(const struct sync *sync)
{
    const struct conf_sync_daemon *conf = sync->conf ? &sync->conf->global.sync_daemon : NULL;

    return conf && conf->interface ? conf : NULL;
}

/* ---- Whose they are ---------------------------------------------------------------------------- */

static void sync_daemon_set_ours(struct sync *sync, bool ours)
{
    const char *text = ours ? "holdfastd runs IPVS sync daemons\n" : "";
    int error;

    if (sync->daemon.ours == ours) {
        return;
    }
    sync->daemon.ours = ours;
    error = runtime_write(sync->runtime, SYNC_DAEMON_FILE, text, strlen(text));
    if (error) {
        log_error(sync->log, SYNC_DAEMON_SUBJECT, "cannot write %s/%s: %s",
                  runtime_directory(sync->runtime), SYNC_DAEMON_FILE, strerror(-error));
    }
}

static bool sync_daemon_was_ours(const struct sync *sync)
{
    size_t size = 0;
    char *text = runtime_read(sync->runtime, SYNC_DAEMON_FILE, &size);

    free(text);
    return size > 0;
}

void sync_daemon_configure(struct sync *sync, bool first)
{
    if (first) {
        sync->daemon.ours = sync_daemon_was_ours(sync);
    }
    if (sync_daemon_conf(sync)) {
        sync_daemon_set_ours(sync, true); /* before any of them is in the kernel */
    }
    sync->daemon.dirty = true;
}

bool sync_daemon_is_ours(const struct sync *sync)
{
    return sync->daemon.ours;
}

/* ---- What is wanted ---------------------------------------------------------------------------- */

void sync_mark_daemon(struct sync *sync)
{
    if (sync->daemon.ours) {
        sync->daemon.dirty = true;
        sync_wake(sync);
    }
}

static void sync_daemon_timed(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    sync_mark_daemon(argument);
}

void sync_daemon_init(struct sync *sync)
{
    sync->daemon.timer = loop_timer_new(sync->loop, LOOP_PRIORITY_NORMAL, sync_daemon_timed, sync);
}

/* ---- Its interface ----------------------------------------------------------------------------- */

/*
 * The kernel wants an interface of the namespace where its table is. Of another one than VRRP's no
 * event is heard, so it is looked up there with each pass.
 */
void sync_daemon_ask(const struct sync *sync, struct sync_job *job)
{
    const struct conf_sync_daemon *conf = sync_daemon_conf(sync);

    job->index = -1;
    if (conf && job->namespace_fd >= 0) {
        (void)text_copy(job->interface, sizeof(job->interface), conf->interface);
    }
}

static void sync_daemon_look_here(struct sync_job *job)
{
    job->index = (int)if_nametoindex(job->interface);
}

void sync_daemon_look(struct sync_job *job)
{
    if (*job->interface && sync_link_within(job, sync_daemon_look_here) != 0) {
        job->index = -1;
    }
}

void sync_daemon_found(struct sync *sync, const struct sync_job *job)
{
    if (job->index < 0) {
        return;
    }
    (void)text_copy(sync->daemon.there, sizeof(sync->daemon.there), job->interface);
    sync->daemon.dirty = sync->daemon.dirty || sync->daemon.index_there != job->index;
    sync->daemon.index_there = job->index;
}

static int sync_daemon_index(const struct sync *sync, const char *interface)
{
    if (sync->namespace_fd < 0) {
        return sync->hooks.find_interface(sync->hooks.argument, interface);
    }
    return strcmp(sync->daemon.there, interface) == 0 ? sync->daemon.index_there : 0;
}

/* The role of now, and when it changes by itself. */
static void sync_daemon_step(struct sync *sync)
{
    const struct conf_sync_daemon *conf = sync_daemon_conf(sync);
    const struct role_facts facts = {
        .configured = conf,
        .both = conf && !conf->instance,
        .is_master =
            conf && conf->instance && sync->hooks.is_master(sync->hooks.argument, conf->instance),
    };
    int64_t next = role_step(&sync->daemon.state, &facts, clock_now());

    loop_timer_set(sync->daemon.timer, sync->stopped ? CLOCK_NEVER : next);
    sync->daemon.index = conf ? sync_daemon_index(sync, conf->interface) : 0;
}

/* None runs without its interface: the kernel keeps one whose interface is gone, and it is deaf. */
static void sync_daemon_want(const struct sync *sync,
                             struct table_daemon wanted[TABLE_DAEMON_ROLES])
{
    const struct conf_sync_daemon *conf = sync_daemon_conf(sync);

    memset(wanted, 0, TABLE_DAEMON_ROLES * sizeof(*wanted));
    for (unsigned role = 0; conf && sync->daemon.index && role < TABLE_DAEMON_ROLES; role++) {
        if (role_is_wanted(&sync->daemon.state, (enum table_daemon_role)role)) {
            wanted[role] = table_daemon_of(conf, (enum table_daemon_role)role);
        }
    }
}

static void sync_daemon_forget_fault(struct sync_daemon_role *role)
{
    free(role->fault);
    role->fault = NULL;
}

void sync_daemon_plan(struct sync *sync, struct plan *plan)
{
    struct table_daemon actual[TABLE_DAEMON_ROLES];
    struct table_daemon wanted[TABLE_DAEMON_ROLES];

    sync->daemon.dirty = false;
    if (!sync->daemon.ours) {
        return;
    }
    sync_daemon_step(sync);
    sync_daemon_want(sync, wanted);
    memcpy(actual, sync->actual.daemons, sizeof(actual));
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        struct sync_daemon_role *role = &sync->daemon.roles[i];

        if (!wanted[i].running) {
            sync_daemon_forget_fault(role);
        }
        if (actual[i].running && role->index && role->index != sync->daemon.index) {
            actual[i].interface[0] = '\0'; /* another one of that name: it fits nothing */
        } else if (actual[i].running && !role->index) {
            role->index = sync->daemon.index; /* the last run's */
        }
    }
    plan_diff_daemons(plan, actual, wanted);
    if (!sync_daemon_conf(sync)) {
        sync_daemon_disown(sync); /* now, or when they have been stopped */
    }
}

void sync_daemon_plan_stop(const struct sync *sync, struct plan *plan)
{
    const struct table_daemon nothing[TABLE_DAEMON_ROLES] = {{0}};
    struct table_daemon ours[TABLE_DAEMON_ROLES];

    if (!sync->daemon.ours) {
        return;
    }
    memcpy(ours, sync->actual.daemons, sizeof(ours));
    for (unsigned i = 0; !sync->known && i < TABLE_DAEMON_ROLES; i++) {
        ours[i].running = true; /* perhaps */
    }
    plan_diff_daemons(plan, ours, nothing);
}

void sync_daemon_plan_keep(struct sync *sync, struct plan *plan)
{
    const struct conf_sync_daemon *conf = sync_daemon_conf(sync);
    struct table_daemon wanted[TABLE_DAEMON_ROLES];

    if (!conf || !sync->daemon.ours || !sync->known) {
        return;
    }
    sync->daemon.index = sync_daemon_index(sync, conf->interface);
    memcpy(wanted, sync->actual.daemons, sizeof(wanted));
    if (sync->daemon.index && !wanted[TABLE_DAEMON_BACKUP].running) {
        wanted[TABLE_DAEMON_BACKUP] = table_daemon_of(conf, TABLE_DAEMON_BACKUP);
    }
    plan_diff_daemons(plan, sync->actual.daemons, wanted);
}

void sync_daemon_disown(struct sync *sync)
{
    const struct table_daemon *actual = sync->actual.daemons;

    if (!actual[TABLE_DAEMON_MASTER].running && !actual[TABLE_DAEMON_BACKUP].running) {
        sync_daemon_set_ours(sync, false);
    }
}

/* ---- What became of it ------------------------------------------------------------------------- */

void sync_daemon_take_done(struct sync *sync, const struct plan_operation *operation)
{
    struct sync_daemon_role *role = &sync->daemon.roles[operation->role];
    bool started = operation->kind == PLAN_START_DAEMON;

    log_event(sync->log, LOG_LEVEL_NOTICE, SYNC_DAEMON_SUBJECT, "%s %s: %s, id %u",
              table_daemon_role_text(operation->role), started ? "started" : "stopped",
              operation->daemon.interface, (unsigned)operation->daemon.id);
    sync_daemon_tell(sync, started ? "started" : "stopped", "%s on %s, id %u",
                     table_daemon_role_text(operation->role), operation->daemon.interface,
                     (unsigned)operation->daemon.id);
    sync_daemon_forget_fault(role);
    role->index = started ? sync->daemon.index : 0;
    sync->daemon.dirty = sync->daemon.dirty || !sync_daemon_conf(sync); /* are any left? */
}

/* One that was stopped already is not worth a word; any other refusal is told once. */
void sync_daemon_take_refusal(struct sync *sync, const struct plan_operation *operation, int error,
                              bool quiet)
{
    struct sync_daemon_role *role = &sync->daemon.roles[operation->role];
    char text[KERNEL_ERROR_TEXT_SIZE];

    (void)kernel_error_text(text, operation, error);
    if (role->fault && strcmp(role->fault, text) == 0) {
        return;
    }
    sync_daemon_forget_fault(role);
    role->fault = memory_text(text);
    if (!quiet) {
        log_error(sync->log, SYNC_DAEMON_SUBJECT, "%s cannot be %s on %s: %s",
                  table_daemon_role_text(operation->role),
                  operation->kind == PLAN_START_DAEMON ? "started" : "stopped",
                  operation->daemon.interface, text);
        sync_daemon_tell(sync, "refused", "%s on %s: %s", table_daemon_role_text(operation->role),
                         operation->daemon.interface, text);
    }
}

void sync_daemon_retry(struct sync *sync)
{
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        sync->daemon.dirty = sync->daemon.dirty || sync->daemon.roles[i].fault;
    }
}

/* What the kernel has now, in one role. */
static void sync_daemon_read_role(struct sync *sync, enum table_daemon_role role,
                                  const struct table_daemon *fresh,
                                  const struct table_daemon *wanted)
{
    struct table_daemon *actual = &sync->actual.daemons[role];
    bool fits = table_daemon_fits(fresh, wanted);

    if (!fits && sync->exact && table_daemon_fits(actual, wanted)) {
        sync->drift++;
        log_warning(sync->log, SYNC_DAEMON_SUBJECT, "%s %s by somebody else, put back",
                    table_daemon_role_text(role),
                    !fresh->running    ? "stopped"
                    : !actual->running ? "started"
                                       : "changed");
        sync_daemon_tell(sync, "repaired", "%s changed by somebody else, put back",
                         table_daemon_role_text(role));
    }
    if (!fresh->running) {
        sync->daemon.roles[role].index = 0;
    }
    sync->daemon.dirty = sync->daemon.dirty || !fits;
    *actual = *fresh;
}

void sync_daemon_read(struct sync *sync, const struct table *fresh)
{
    struct table_daemon wanted[TABLE_DAEMON_ROLES];

    if (!sync->daemon.ours) {
        memcpy(sync->actual.daemons, fresh->daemons, sizeof(fresh->daemons));
        return;
    }
    sync_daemon_step(sync);
    sync_daemon_want(sync, wanted);
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        sync_daemon_read_role(sync, (enum table_daemon_role)i, &fresh->daemons[i], &wanted[i]);
    }
}

void sync_daemon_release(struct sync *sync)
{
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        sync_daemon_forget_fault(&sync->daemon.roles[i]);
    }
    loop_timer_free(sync->daemon.timer);
}

/* ---- The state as JSON ------------------------------------------------------------------------- */

static json_t *sync_daemon_json_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *sync_daemon_json_role(const struct sync *sync, enum table_daemon_role role)
{
    const struct table_daemon *daemon = &sync->actual.daemons[role];
    char group[INET_ADDR_TEXT_SIZE];
    json_t *json = json_pack("{s:b, s:b, s:o}", "wanted", role_is_wanted(&sync->daemon.state, role),
                             "running", (int)daemon->running, "error",
                             sync_daemon_json_text(sync->daemon.roles[role].fault));

    if (daemon->running) {
        json_object_set_new(json, "interface", json_string(daemon->interface));
        json_object_set_new(json, "id", json_integer(daemon->id));
        json_object_set_new(json, "maxlen", json_integer(daemon->maxlen));
        json_object_set_new(json, "port", json_integer(daemon->port));
        json_object_set_new(json, "ttl", json_integer(daemon->ttl));
        json_object_set_new(json, "group",
                            sync_daemon_json_text(inet_is_set(&daemon->group)
                                                      ? inet_text(group, &daemon->group)
                                                      : NULL));
    }
    return json;
}

/* Why not all runs that should; NULL: it does, or a role's own error says it. */
static const char *sync_daemon_reason(const struct sync *sync)
{
    if (!sync_is_available(sync)) {
        return "IPVS is not available";
    }
    return sync->daemon.index ? NULL : "waits for its interface";
}

json_t *sync_daemon_snapshot(const struct sync *sync)
{
    const struct conf_sync_daemon *conf = sync_daemon_conf(sync);
    const bool *active = sync->daemon.state.active;
    json_t *json;

    if (!conf) {
        return json_null();
    }
    json = json_pack("{s:s, s:s?, s:I, s:s, s:o}", "interface", conf->interface, "instance",
                     conf->instance, "id", (json_int_t)conf->id, "role",
                     !conf->instance               ? "both"
                     : active[TABLE_DAEMON_MASTER] ? "master"
                                                   : "backup",
                     "reason", sync_daemon_json_text(sync_daemon_reason(sync)));
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        enum table_daemon_role role = (enum table_daemon_role)i;

        json_object_set_new(json, table_daemon_role_text(role), sync_daemon_json_role(sync, role));
    }
    return json;
}
