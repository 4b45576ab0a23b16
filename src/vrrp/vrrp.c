/* SPDX-License-Identifier: Apache-2.0
 *
 * VRRP as a whole: which instances there are, which of them stand together, and who gets an advert.
 */
#include "vrrp/vrrp.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/ah.h"
#include "vrrp/beat.h"
#include "vrrp/file.h"
#include "vrrp/group.h"
#include "vrrp/instance.h"
#include "vrrp/notify.h"
#include "vrrp/proc.h"
#include "vrrp/resume.h"
#include "vrrp/script.h"
#include "vrrp/socket.h"

#include <stdlib.h>
#include <string.h>

enum {
    VRRP_SLICE = 32, /* addresses that come and go in one turn of the loop, about 12 us each */
};

struct vrrp_group {
    char *name;
    struct instance **members;
    size_t count;
    struct notify *notify;
    enum fsm_role role; /* that its notify scripts were told */
    struct group_review review;
};

struct vrrp {
    struct log *log;
    struct runner *runner;
    struct vrrp_hooks hooks;
    struct instance_context context;
    struct instance **instances;
    size_t count;
    struct vrrp_group *groups;
    size_t group_count;
    struct instance **leaving; /* not configured any more; they wait for their successors */
    size_t leaving_count;
    struct loop_timer *start;  /* when instances may start */
    struct loop_timer *settle; /* at the end of a turn: what the instances hold and announce */
    struct loop_timer *sweep;  /* frees those that have let go */
    struct loop_timer *joined; /* at the end of a turn: what those who act at one time have said */
    struct loop_timer *told;   /* when nothing else is left to do: what they have logged */
    uint64_t malformed[PACKET_ERRORS];
    uint64_t late_wakeups;
    bool configuring;
    bool started;
    bool stopped;
    bool log_unknown;
    bool mails_faults;
};

/* ---- Adverts ----------------------------------------------------------------------------------- */

/* Of several with one VRID the one that the sender is a peer of, else any: it says what is wrong. */
static struct instance *vrrp_find_receiver(const struct vrrp_socket *socket, uint8_t vrid,
                                           const struct inet_addr *source)
{
    struct instance *instance;

    for (unsigned i = 0; (instance = socket_receiver(socket, vrid, i)); i++) {
        if (!socket_is_unicast(socket) || instance_has_peer(instance, source)) {
            return instance;
        }
    }
    return socket_receiver(socket, vrid, 0);
}

static enum packet_error vrrp_decode(const struct vrrp_socket *socket,
                                     const struct packet_envelope *envelope, const uint8_t *data,
                                     size_t size, struct packet_advert *advert)
{
    const uint8_t *seal = socket_is_sealed(socket) ? data : NULL;
    size_t length = seal ? ah_peel(data, size) : size;
    enum packet_error error;

    if (!length) {
        return PACKET_BAD_SEAL;
    }
    error =
        packet_decode(data + (size - length), length, envelope, !socket_is_unicast(socket), advert);
    advert->seal = seal;
    return error;
}

static void vrrp_received(void *argument, struct vrrp_socket *socket,
                          const struct packet_envelope *envelope, const uint8_t *data, size_t size)
{
    struct vrrp *vrrp = argument;
    struct packet_advert advert;
    enum packet_error error;
    struct instance *instance = NULL;

    if (!inet_equal(&envelope->destination, socket_local(socket))) {
        return; /* unicast to this host: meant for somebody else's instance */
    }
    error = vrrp_decode(socket, envelope, data, size, &advert);
    if (error == PACKET_OK || (error == PACKET_BAD_CHECKSUM && socket_is_unicast(socket))) {
        instance = vrrp_find_receiver(socket, advert.vrid, &envelope->source);
    }
    if (error && instance && instance_knows_sum(instance, envelope, &advert)) {
        error = PACKET_OK;
    }
    if (error) {
        char who[INET_ADDR_TEXT_SIZE];

        vrrp->malformed[error]++;
        log_warning(vrrp->log, socket_name(socket), "a VRRP packet from %s was dropped: %s",
                    inet_text(who, &envelope->source), packet_error_text(error));
        return;
    }
    if (instance) {
        instance_receive(instance, envelope, &advert);
    } else if (vrrp->log_unknown) {
        char who[INET_ADDR_TEXT_SIZE];

        log_warning(vrrp->log, socket_name(socket),
                    "an advert of virtual router %u from %s: no instance here has that number",
                    advert.vrid, inet_text(who, &envelope->source));
    }
}

/* ---- Sync groups ------------------------------------------------------------------------------- */

static struct vrrp_group *vrrp_find_group(const struct vrrp *vrrp, const char *name)
{
    for (size_t i = 0; i < vrrp->group_count; i++) {
        if (strcmp(vrrp->groups[i].name, name) == 0) {
            return &vrrp->groups[i];
        }
    }
    return NULL;
}

static struct group_member vrrp_group_member(void *argument, size_t index)
{
    const struct vrrp_group *group = argument;

    return instance_member(group->members[index]);
}

static void vrrp_group_command(void *argument, size_t index, enum group_command command,
                               size_t culprit)
{
    const struct vrrp_group *group = argument;

    instance_command(group->members[index], command,
                     culprit < group->count ? instance_conf(group->members[culprit])->name : "");
}

static enum notify_state vrrp_notify_state(enum fsm_role role)
{
    return role == FSM_MASTER   ? NOTIFY_MASTER
           : role == FSM_BACKUP ? NOTIFY_BACKUP
           : role == FSM_FAULT  ? NOTIFY_FAULT
                                : NOTIFY_STATES;
}

/* The group's scripts are told once all members have arrived. */
static void vrrp_group_notify(struct vrrp_group *group)
{
    enum fsm_role role = instance_member(group->members[0]).role;

    for (size_t i = 1; i < group->count; i++) {
        if (instance_member(group->members[i]).role != role) {
            return;
        }
    }
    if (role != group->role && role != FSM_INIT) {
        const struct notify_news news = {.state = vrrp_notify_state(role),
                                         .previous = vrrp_notify_state(group->role)};

        notify_send(group->notify, &news);
    }
    group->role = role;
}

static void vrrp_group_review(const struct vrrp *vrrp, struct vrrp_group *group)
{
    const struct group_calls calls = {vrrp_group_member, vrrp_group_command, group};

    if (!vrrp->configuring && /* else the review at the end of the reload sees it */
        group_settle(&group->review, &calls, group->count)) {
        vrrp_group_notify(group);
    }
}

/* keepalived-reference.md B8: who took one address for his own may have taken the group's others. */
static void vrrp_announce_others(void *argument, struct instance *instance)
{
    const struct vrrp *vrrp = argument;
    const struct vrrp_group *group =
        vrrp_find_group(vrrp, instance_conf(instance)->sync_group->name);

    for (size_t i = 0; group && i < group->count; i++) {
        if (group->members[i] != instance) {
            instance_announce_again(group->members[i]);
        }
    }
}

static void vrrp_review(void *argument, struct instance *instance)
{
    const struct vrrp *vrrp = argument;
    struct vrrp_group *group = vrrp_find_group(vrrp, instance_conf(instance)->sync_group->name);

    if (group) {
        vrrp_group_review(vrrp, group);
    }
}

static enum group_resumption vrrp_resumption(void *argument, const struct instance *instance)
{
    const struct vrrp *vrrp = argument;
    const struct vrrp_group *group =
        vrrp_find_group(vrrp, instance_conf(instance)->sync_group->name);
    enum group_resumption resumption = GROUP_RESUME;
    struct group_member *members;

    if (!group) {
        return GROUP_START;
    }
    members = memory_new(group->count + 1, sizeof(*members));
    for (size_t i = 0; i < group->count; i++) {
        members[i] = instance_member(group->members[i]);
    }
    resumption = group_resume(members, group->count);
    free(members);
    return resumption;
}

/* ---- Addresses and announcements --------------------------------------------------------------- */

/*
 * Addresses of instances in one batch, then their announcements.
 * @param room  how many addresses at most, but for the last instance's
 * @return whether that was all
 */
static bool vrrp_settle_some(struct vrrp *vrrp, size_t room)
{
    size_t done = 0;

    for (size_t i = 0; i < vrrp->count && done < room; i++) {
        done += instance_settle(vrrp->instances[i]);
    }
    for (size_t i = 0; i < vrrp->leaving_count && done < room; i++) {
        done += instance_settle(vrrp->leaving[i]);
    }
    if (done) {
        vrrp->hooks.commit(vrrp->hooks.argument);
    }
    for (size_t i = 0; i < vrrp->count; i++) {
        instance_settle_announcements(vrrp->instances[i]);
    }
    return done < room;
}

static void vrrp_settle_all(struct vrrp *vrrp)
{
    (void)vrrp_settle_some(vrrp, SIZE_MAX);
}

/* Not all at once: adverts that are due meanwhile leave in between. */
static void vrrp_settle(void *argument, int64_t now, int64_t late)
{
    struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    if (!vrrp_settle_some(vrrp, VRRP_SLICE)) {
        loop_timer_set(vrrp->settle, clock_now());
    }
}

static void vrrp_unsettled(void *argument)
{
    struct vrrp *vrrp = argument;

    if (loop_timer_deadline(vrrp->settle) == CLOCK_NEVER) {
        loop_timer_set(vrrp->settle, clock_now());
    }
}

/* ---- Leaving ----------------------------------------------------------------------------------- */

bool vrrp_is_leaving(const struct vrrp *vrrp)
{
    for (size_t i = 0; i < vrrp->leaving_count; i++) {
        if (instance_is_handing_over(vrrp->leaving[i])) {
            return true;
        }
    }
    for (size_t i = 0; vrrp->stopped && i < vrrp->count; i++) {
        if (instance_is_handing_over(vrrp->instances[i])) {
            return true;
        }
    }
    return false;
}

/* An instance cannot be freed in its own call. */
static void vrrp_sweep(void *argument, int64_t now, int64_t late)
{
    struct vrrp *vrrp = argument;
    size_t kept = 0;

    (void)now;
    (void)late;
    vrrp_settle_all(vrrp);
    for (size_t i = 0; i < vrrp->leaving_count; i++) {
        if (instance_is_handing_over(vrrp->leaving[i])) {
            vrrp->leaving[kept++] = vrrp->leaving[i];
        } else {
            instance_free(vrrp->leaving[i]);
        }
    }
    vrrp->leaving_count = kept;
    if (!vrrp_is_leaving(vrrp)) {
        vrrp->hooks.left(vrrp->hooks.argument);
    }
}

static void vrrp_woke_late(void *argument)
{
    ((struct vrrp *)argument)->late_wakeups++;
}

uint64_t vrrp_late_wakeups(const struct vrrp *vrrp)
{
    return vrrp->late_wakeups;
}

static void vrrp_handed_over(void *argument)
{
    struct vrrp *vrrp = argument;

    loop_timer_set(vrrp->sweep, clock_now());
}

/* An instance that is not configured any more. */
static void vrrp_retire(struct vrrp *vrrp, struct instance *instance)
{
    instance_remove(instance);
    if (!instance_is_handing_over(instance)) {
        (void)instance_settle(instance); /* committed with all others */
        instance_free(instance);
        return;
    }
    vrrp->leaving =
        memory_resize(vrrp->leaving, vrrp->leaving_count + 1, sizeof(struct instance *));
    vrrp->leaving[vrrp->leaving_count++] = instance;
}

/* It is configured again before a successor was heard: the new one must have its socket. */
static void vrrp_end_leaving(struct vrrp *vrrp, const struct conf_instance *conf)
{
    size_t kept = 0;

    for (size_t i = 0; i < vrrp->leaving_count; i++) {
        if (instance_is(vrrp->leaving[i], conf, false)) {
            instance_release(vrrp->leaving[i]);
            instance_free(vrrp->leaving[i]);
        } else {
            vrrp->leaving[kept++] = vrrp->leaving[i];
        }
    }
    vrrp->leaving_count = kept;
}

/* ---- Configuration ----------------------------------------------------------------------------- */

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

static void vrrp_start_due(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    vrrp_evaluate(argument);
}

/* All masters of a tick have queued their adverts. */
static void vrrp_beaten(void *argument)
{
    const struct vrrp *vrrp = argument;

    socket_flush(vrrp->context.sockets);
}

/*
 * Of many that become master at one time each would wait for what those before it have to do: their
 * adverts leave together, and what they log is written when their addresses are there.
 */
static bool vrrp_joins(void *argument)
{
    struct vrrp *vrrp = argument;
    bool first = loop_timer_deadline(vrrp->joined) == CLOCK_NEVER;

    if (first) {
        loop_timer_set(vrrp->joined, clock_now());
        loop_timer_set(vrrp->told, clock_now());
        log_hold(vrrp->log);
    }
    return !first;
}

static void vrrp_end_joined(void *argument, int64_t now, int64_t late)
{
    const struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    socket_flush(vrrp->context.sockets);
}

static void vrrp_end_told(void *argument, int64_t now, int64_t late)
{
    const struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    log_release(vrrp->log);
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
        .notifies = notify_table_new(loop, log, runner, vrrp_tell_line, vrrp_mail, vrrp),
        .beats = beat_table_new(loop, vrrp_beaten, vrrp),
        .scripts = script_table_new(loop, log, runner, vrrp_trackers_changed, vrrp),
        .files = file_table_new(loop, log, vrrp_trackers_changed, vrrp),
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

static void vrrp_free_groups(struct vrrp_group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(groups[i].name);
        free(groups[i].members);
        notify_release(groups[i].notify);
    }
    free(groups);
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

static struct instance *vrrp_find_instance(const struct vrrp *vrrp, const char *name)
{
    for (size_t i = 0; i < vrrp->count; i++) {
        if (vrrp->instances[i] && /* in the middle of a reload some are taken out */
            strcmp(instance_conf(vrrp->instances[i])->name, name) == 0) {
            return vrrp->instances[i];
        }
    }
    return NULL;
}

static void vrrp_configure_groups(struct vrrp *vrrp, const struct conf *conf)
{
    const struct conf_sync_group *one;
    struct vrrp_group *fresh;
    size_t count = 0;

    STAILQ_FOREACH(one, &conf->sync_groups, next) {
        count++;
    }
    fresh = memory_new(count + 1, sizeof(*fresh));
    count = 0;
    STAILQ_FOREACH(one, &conf->sync_groups, next) {
        struct vrrp_group *before = vrrp_find_group(vrrp, one->name);
        struct vrrp_group *group = &fresh[count++];
        const struct conf_group_member *member;

        if (!one->member_count) { /* nothing to keep together */
            count--;
            continue;
        }
        group->name = memory_text(one->name);
        group->role = before ? before->role : FSM_INIT;
        group->members = memory_new(one->member_count + 1, sizeof(struct instance *));
        group->notify = before ? before->notify : notify_new(vrrp->context.notifies, "GROUP");
        notify_configure(group->notify, one->name, &one->notify);
        if (before) {
            before->notify = NULL; /* what it still has to tell goes on */
        }
        STAILQ_FOREACH(member, &one->members, next) {
            group->members[group->count++] = vrrp_find_instance(vrrp, member->name);
        }
    }
    vrrp_free_groups(vrrp->groups, vrrp->group_count);
    vrrp->groups = fresh;
    vrrp->group_count = count;
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

bool vrrp_is_master(const struct vrrp *vrrp, const char *instance)
{
    for (size_t i = 0; i < vrrp->count; i++) {
        if (strcmp(instance_conf(vrrp->instances[i])->name, instance) == 0) {
            return instance_member(vrrp->instances[i]).role == FSM_MASTER;
        }
    }
    return false;
}

unsigned vrrp_masters(const struct vrrp *vrrp)
{
    unsigned masters = 0;

    for (size_t i = 0; i < vrrp->count; i++) {
        masters += instance_member(vrrp->instances[i]).role == FSM_MASTER;
    }
    return masters;
}

/* ---- Status ------------------------------------------------------------------------------------ */

json_t *vrrp_snapshot_instances(const struct vrrp *vrrp)
{
    json_t *list = json_array();

    for (size_t i = 0; i < vrrp->count; i++) {
        json_array_append_new(list, instance_snapshot(vrrp->instances[i]));
    }
    return list;
}

json_t *vrrp_snapshot_groups(const struct vrrp *vrrp)
{
    json_t *list = json_array();

    for (size_t i = 0; i < vrrp->group_count; i++) {
        const struct vrrp_group *group = &vrrp->groups[i];
        json_t *members = json_array();

        for (size_t j = 0; j < group->count; j++) {
            json_array_append_new(members, json_from_text(instance_conf(group->members[j])->name));
        }
        json_array_append_new(list,
                              json_pack("{s:o, s:s, s:o}", "name", json_from_text(group->name),
                                        "state", fsm_role_text(group->role), "members", members));
    }
    return list;
}

json_t *vrrp_snapshot_files(const struct vrrp *vrrp)
{
    return file_snapshot(vrrp->context.files);
}

json_t *vrrp_snapshot_processes(const struct vrrp *vrrp)
{
    return proc_snapshot(vrrp->context.procs);
}

json_t *vrrp_snapshot_scripts(const struct vrrp *vrrp)
{
    return script_snapshot(vrrp->context.scripts);
}
