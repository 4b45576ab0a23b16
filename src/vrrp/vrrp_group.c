/* SPDX-License-Identifier: Apache-2.0
 *
 * Which instances stand together: what group decides about a sync group is carried out here.
 */
#include "base/memory.h"
#include "vrrp/instance.h"
#include "vrrp/notify.h"
#include "vrrp/vrrp_inside.h"

#include <stdlib.h>
#include <string.h>

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

enum notify_state vrrp_notify_state(enum fsm_role role)
{
    return role == FSM_MASTER   ? NOTIFY_MASTER
           : role == FSM_BACKUP ? NOTIFY_BACKUP
           : role == FSM_FAULT  ? NOTIFY_FAULT
                                : NOTIFY_STATES;
}

static void vrrp_group_tell(const struct vrrp *vrrp, const struct vrrp_group *group,
                            enum fsm_role role)
{
    const struct vrrp_news news = {
        .kind = VRRP_NEWS_GROUP,
        .name = group->name,
        .from = fsm_role_text(group->role),
        .to = fsm_role_text(role),
        .reason = "all its members are there",
    };

    if (vrrp->hooks.news) {
        vrrp->hooks.news(vrrp->hooks.argument, &news);
    }
}

/* The group's scripts, and the event log, are told once all members have arrived. */
static void vrrp_group_notify(const struct vrrp *vrrp, struct vrrp_group *group)
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
        vrrp_group_tell(vrrp, group, role);
    }
    group->role = role;
}

void vrrp_group_review(const struct vrrp *vrrp, struct vrrp_group *group)
{
    const struct group_calls calls = {vrrp_group_member, vrrp_group_command, group};

    if (!vrrp->configuring && /* else the review at the end of the reload sees it */
        group_settle(&group->review, &calls, group->count)) {
        vrrp_group_notify(vrrp, group);
    }
}

void vrrp_announce_others(void *argument, struct instance *instance)
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

void vrrp_review(void *argument, struct instance *instance)
{
    const struct vrrp *vrrp = argument;
    struct vrrp_group *group = vrrp_find_group(vrrp, instance_conf(instance)->sync_group->name);

    if (group) {
        vrrp_group_review(vrrp, group);
    }
}

enum group_resumption vrrp_resumption(void *argument, const struct instance *instance)
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

void vrrp_free_groups(struct vrrp_group *groups, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(groups[i].name);
        free(groups[i].members);
        notify_release(groups[i].notify);
    }
    free(groups);
}

void vrrp_configure_groups(struct vrrp *vrrp, const struct conf *conf)
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
