/* SPDX-License-Identifier: Apache-2.0
 *
 * What others ask of VRRP: roles, and its parts of the status document (doc/status.md).
 */
#include "base/json.h"
#include "vrrp/file.h"
#include "vrrp/instance.h"
#include "vrrp/proc.h"
#include "vrrp/script.h"
#include "vrrp/vrrp.h"
#include "vrrp/vrrp_inside.h"

#include <string.h>

uint64_t vrrp_late_wakeups(const struct vrrp *vrrp)
{
    return vrrp->late_wakeups;
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

bool vrrp_standing(const struct vrrp *vrrp, const char *name, struct vrrp_standing *standing)
{
    const struct instance *instance = vrrp_find_instance(vrrp, name);

    *standing = (struct vrrp_standing){0};
    if (instance) {
        const struct group_member member = instance_member(instance);

        standing->master = member.role == FSM_MASTER;
        standing->backup = member.role == FSM_BACKUP;
        standing->answers = standing->master || instance_is_handing_over(instance);
        standing->obeys = member.obeys;
        standing->leader = instance_leader(instance);
        standing->priority = instance_priority(instance, &standing->sum);
    }
    return instance;
}

unsigned vrrp_masters(const struct vrrp *vrrp)
{
    unsigned masters = 0;

    for (size_t i = 0; i < vrrp->count; i++) {
        masters += instance_member(vrrp->instances[i]).role == FSM_MASTER;
    }
    return masters;
}

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
