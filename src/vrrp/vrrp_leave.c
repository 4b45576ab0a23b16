/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances that leave: they answer for their addresses until their successors are heard.
 */
#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "vrrp/instance.h"
#include "vrrp/vrrp.h"
#include "vrrp/vrrp_inside.h"

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

void vrrp_sweep(void *argument, int64_t now, int64_t late)
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

void vrrp_handed_over(void *argument)
{
    struct vrrp *vrrp = argument;

    loop_timer_set(vrrp->sweep, clock_now());
}

void vrrp_retire(struct vrrp *vrrp, struct instance *instance)
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

void vrrp_end_leaving(struct vrrp *vrrp, const struct conf_instance *conf)
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
