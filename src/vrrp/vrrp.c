/* SPDX-License-Identifier: Apache-2.0
 *
 * VRRP as a whole: which instances there are, what they work by, and what they are told of.
 */
#include "vrrp/vrrp.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/beat.h"
#include "vrrp/file.h"
#include "vrrp/notify.h"
#include "vrrp/proc.h"
#include "vrrp/resume.h"
#include "vrrp/script.h"
#include "vrrp/socket.h"
#include "vrrp/vrrp_inside.h"

#include <stdlib.h>
#include <string.h>

static void vrrp_woke_late(void *argument)
{
    ((struct vrrp *)argument)->late_wakeups++;
}

static void vrrp_evaluate(struct vrrp *vrrp)
{
    if (vrrp->stopped) {
        return;
    }
    /* All look before any acts, so that a faulty member is known to its group from the start. */
    for (size_t i = 0; i < vrrp->count; i++) {
        instance_observe(vrrp->instances[i]);
    }
    vrrp->configuring = true;
    for (size_t i = 0; i < vrrp->count; i++) {
        instance_act(vrrp->instances[i]);
    }
    vrrp->configuring = false;
    for (size_t i = 0; i < vrrp->group_count; i++) {
        vrrp_group_review(vrrp, &vrrp->groups[i]);
    }
}

static void vrrp_trackers_changed(void *argument)
{
    vrrp_evaluate(argument);
}

static void vrrp_files_changed(void *argument)
{
    struct vrrp *vrrp = argument;

    vrrp_evaluate(vrrp);
    vrrp->hooks.files_changed(vrrp->hooks.argument);
}

static void vrrp_tell_line(void *argument, const char *line)
{
    const struct vrrp *vrrp = argument;

    vrrp->hooks.tell(vrrp->hooks.argument, line);
}

/* keepalived's subjects: keepalived-reference.md 3.5. */
static void vrrp_mail(void *argument, const char *kind, const char *name,
                      const struct notify_news *news)
{
    static const char *const texts[NOTIFY_STATES] = {
        [NOTIFY_MASTER] = "Entering MASTER state",
        [NOTIFY_BACKUP] = "Entering BACKUP state",
        [NOTIFY_FAULT] = "Entering FAULT state",
        [NOTIFY_STOP] = "Stopping",
        [NOTIFY_DELETED] = "Deleted",
    };
    const struct vrrp *vrrp = argument;
    struct text_buffer subject = {0};

    if (news->state == NOTIFY_FAULT && !vrrp->mails_faults) {
        return;
    }
    text_appendf(&subject, "VRRP %s %s - %s", strcmp(kind, "GROUP") == 0 ? "Group" : "Instance",
                 name, texts[news->state]);
    vrrp->hooks.mail(vrrp->hooks.argument, subject.data, news->reason);
    text_release(&subject);
}

bool vrrp_is_telling(const struct vrrp *vrrp)
{
    return notify_table_is_telling(vrrp->context.notifies);
}

/* Whoever waits for the scripts of a stop: one without a script for it has ended no program, either. */
static void vrrp_told(void *argument)
{
    const struct vrrp *vrrp = argument;

    if (vrrp->stopped && vrrp->hooks.told && !vrrp_is_telling(vrrp)) {
        vrrp->hooks.told(vrrp->hooks.argument);
    }
}

static void vrrp_start_due(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    vrrp_evaluate(argument);
}

struct vrrp *vrrp_new(struct loop *loop, struct log *log, struct runner *runner,
                      const struct runtime *runtime, const struct vrrp_hooks *hooks)
{
    struct vrrp *vrrp = memory_new(1, sizeof(*vrrp));

    vrrp->log = log;
    vrrp->runner = runner;
    vrrp->hooks = *hooks;
    vrrp->context = (struct instance_context){
        .loop = loop,
        .log = log,
        .runner = runner,
        .sockets = socket_table_new(loop, log, vrrp_received, instance_on_send_error, vrrp),
        .notifies = notify_table_new(loop, log, runner, vrrp_tell_line, vrrp_mail, vrrp_told, vrrp),
        .beats = beat_table_new(loop, vrrp_beaten, vrrp),
        .scripts = script_table_new(loop, log, runner, vrrp_trackers_changed, vrrp),
        .files = file_table_new(loop, log, vrrp_files_changed, vrrp),
        .procs = proc_table_new(loop, log, vrrp_trackers_changed, vrrp),
        .resume = resume_open(runtime, log),
        .hooks = &vrrp->hooks,
        .review = vrrp_review,
        .resumption = vrrp_resumption,
        .woke_late = vrrp_woke_late,
        .announce_others = vrrp_announce_others,
        .unsettled = vrrp_unsettled,
        .joins = vrrp_joins,
        .handed_over = vrrp_handed_over,
        .argument = vrrp,
    };
    vrrp->start = loop_timer_new(loop, LOOP_PRIORITY_VRRP, vrrp_start_due, vrrp);
    vrrp->settle = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, vrrp_settle, vrrp);
    vrrp->sweep = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, vrrp_sweep, vrrp);
    vrrp->joined = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, vrrp_end_joined, vrrp);
    vrrp->told = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, vrrp_end_told, vrrp);
    return vrrp;
}

bool vrrp_was_master(const struct vrrp *vrrp, const struct conf *conf, int64_t *until)
{
    const struct conf_instance *one;

    *until = 0;
    if (!resume_has_beat(vrrp->context.resume)) {
        return false;
    }
    STAILQ_FOREACH(one, &conf->instances, next) {
        int64_t end = instance_resumable_until(&vrrp->context, one);

        *until = end > *until ? end : *until;
    }
    return true;
}

void vrrp_free(struct vrrp *vrrp)
{
    if (!vrrp) {
        return;
    }
    vrrp_free_groups(vrrp->groups, vrrp->group_count);
    for (size_t i = 0; i < vrrp->count; i++) {
        instance_free(vrrp->instances[i]);
    }
    for (size_t i = 0; i < vrrp->leaving_count; i++) {
        instance_free(vrrp->leaving[i]);
    }
    free(vrrp->leaving);
    free(vrrp->instances);
    loop_timer_free(vrrp->start);
    loop_timer_free(vrrp->settle);
    loop_timer_free(vrrp->sweep);
    loop_timer_free(vrrp->joined);
    loop_timer_free(vrrp->told);
    script_table_free(vrrp->context.scripts);
    file_table_free(vrrp->context.files);
    proc_table_free(vrrp->context.procs);
    notify_table_free(vrrp->context.notifies);
    beat_table_free(vrrp->context.beats);
    socket_table_free(vrrp->context.sockets);
    resume_close(vrrp->context.resume);
    free(vrrp);
}

static struct instance *vrrp_take_instance(struct vrrp *vrrp, const struct conf_instance *conf,
                                           bool exactly)
{
    for (size_t i = 0; i < vrrp->count; i++) {
        struct instance *instance = vrrp->instances[i];

        if (instance && instance_is(instance, conf, exactly)) {
            vrrp->instances[i] = NULL;
            return instance;
        }
    }
    return NULL;
}

/* First those that are the same in everything: another one must not take what is theirs. */
static void vrrp_take_instances(struct vrrp *vrrp, const struct conf *conf, struct instance **fresh)
{
    const struct conf_instance *one;

    for (int exactly = 1; exactly >= 0; exactly--) {
        size_t i = 0;

        STAILQ_FOREACH(one, &conf->instances, next) {
            if (!fresh[i]) {
                fresh[i] = vrrp_take_instance(vrrp, one, exactly != 0);
            }
            i++;
        }
    }
    for (one = STAILQ_FIRST(&conf->instances); one; one = STAILQ_NEXT(one, next), fresh++) {
        if (!*fresh) {
            vrrp_end_leaving(vrrp, one);
            *fresh = instance_new(&vrrp->context, one);
        }
    }
}

static void vrrp_configure_instances(struct vrrp *vrrp, const struct conf *conf)
{
    struct instance **fresh = memory_new(conf->instance_count + 1, sizeof(struct instance *));
    const struct conf_instance *one;
    size_t count = 0;

    vrrp_take_instances(vrrp, conf, fresh);
    /* What is left is no longer configured. */
    for (size_t i = 0; i < vrrp->count; i++) {
        if (vrrp->instances[i]) {
            vrrp_retire(vrrp, vrrp->instances[i]);
        }
    }
    free(vrrp->instances);
    vrrp->instances = fresh;
    vrrp->count = conf->instance_count;
    STAILQ_FOREACH(one, &conf->instances, next) {
        instance_configure(fresh[count++], one);
    }
}

struct instance *vrrp_find_instance(const struct vrrp *vrrp, const char *name)
{
    for (size_t i = 0; i < vrrp->count; i++) {
        if (vrrp->instances[i] && /* in the middle of a reload some are taken out */
            strcmp(instance_conf(vrrp->instances[i])->name, name) == 0) {
            return vrrp->instances[i];
        }
    }
    return NULL;
}

/* Once, when the process starts: vrrp_startup_delay and vrrp_delay_after_boot. */
static void vrrp_delay_start(struct vrrp *vrrp, const struct conf_global *global)
{
    int64_t now = clock_now();
    int64_t boot = global->delay_after_boot - clock_since_boot();
    int64_t delay = boot > global->startup_delay ? boot : global->startup_delay;

    if (!vrrp->started && delay > 0) {
        vrrp->context.start_at = now + delay;
        loop_timer_set(vrrp->start, vrrp->context.start_at);
    }
    vrrp->started = true;
}

void vrrp_configure(struct vrrp *vrrp, const struct conf *conf)
{
    const struct command_policy policy = {.user = conf->global.script_user,
                                          .group = conf->global.script_group,
                                          .secure = conf->global.script_security,
                                          .supplementary = conf->global.supplementary_groups};

    vrrp->configuring = true;
    vrrp->log_unknown = conf->global.log_unknown_vrids;
    vrrp->mails_faults = !conf->global.mail.no_faults;
    vrrp->context.receive_buffers = conf->global.receive_buffers;
    vrrp_delay_start(vrrp, &conf->global);
    notify_table_configure(vrrp->context.notifies, &policy, conf->global.notify_timeout);
    script_configure(vrrp->context.scripts, conf);
    file_configure(vrrp->context.files, conf);
    proc_configure(vrrp->context.procs, conf);
    vrrp_configure_instances(vrrp, conf);
    vrrp_configure_groups(vrrp, conf);
    /* An address that moved from one instance to another has both its owners by now, and who is told
     * of what becomes of it has the groups of this configuration. */
    vrrp->hooks.commit(vrrp->hooks.argument);
    for (size_t i = 0; conf->global.fifo_states_on_reload && i < vrrp->count; i++) {
        instance_repeat_line(vrrp->instances[i]);
    }
    vrrp_evaluate(vrrp);
    vrrp_settle_all(vrrp); /* before the sweep of what an earlier run left */
}

void vrrp_on_link_change(struct vrrp *vrrp)
{
    vrrp_evaluate(vrrp);
}

void vrrp_each_file(const struct vrrp *vrrp,
                    void (*function)(void *argument, const char *name, int64_t value),
                    void *argument)
{
    file_each(vrrp->context.files, function, argument);
}

void vrrp_on_steered(struct vrrp *vrrp)
{
    vrrp_evaluate(vrrp);
}

void vrrp_on_bfd_change(struct vrrp *vrrp)
{
    vrrp_evaluate(vrrp);
}

void vrrp_on_address_restored(struct vrrp *vrrp, const char *owner)
{
    struct instance *instance = vrrp_find_instance(vrrp, owner);

    if (instance) {
        instance_announce_again(instance);
    }
}

void vrrp_on_address_refused(struct vrrp *vrrp, const char *owner, const char *text)
{
    struct instance *instance = vrrp_find_instance(vrrp, owner);

    if (instance) {
        instance_refuse_address(instance, text);
    }
}

void vrrp_on_address_forgiven(struct vrrp *vrrp, const char *owner)
{
    struct instance *instance = vrrp_find_instance(vrrp, owner);

    if (instance) {
        instance_forgive_address(instance);
    }
}

void vrrp_stop(struct vrrp *vrrp)
{
    vrrp->stopped = true;
    vrrp->configuring = true; /* each gives up by itself: no group has a say any more */
    for (size_t i = 0; i < vrrp->count; i++) {
        instance_stop(vrrp->instances[i]);
    }
    for (size_t i = 0; i < vrrp->group_count; i++) {
        const struct notify_news news = {.state = NOTIFY_STOP,
                                         .previous = vrrp_notify_state(vrrp->groups[i].role)};

        notify_send(vrrp->groups[i].notify, &news);
    }
    vrrp_settle_all(vrrp); /* there may be no further turn */
    notify_table_flush(vrrp->context.notifies);
}

unsigned vrrp_pause(struct vrrp *vrrp)
{
    unsigned masters = 0;

    vrrp->stopped = true;
    for (size_t i = 0; i < vrrp->count; i++) {
        masters += instance_pause(vrrp->instances[i]);
    }
    socket_flush(vrrp->context.sockets);
    return masters;
}
