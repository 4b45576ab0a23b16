/* SPDX-License-Identifier: Apache-2.0
 *
 * What instances do together at the end of a turn of the loop: addresses and announcements in
 * batches, adverts that leave at one time.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "vrrp/instance.h"
#include "vrrp/socket.h"
#include "vrrp/vrrp_inside.h"

enum {
    VRRP_SLICE = 32, /* addresses that come and go in one turn of the loop, about 12 us each */
};

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

void vrrp_settle_all(struct vrrp *vrrp)
{
    (void)vrrp_settle_some(vrrp, SIZE_MAX);
}

void vrrp_settle(void *argument, int64_t now, int64_t late)
{
    struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    if (!vrrp_settle_some(vrrp, VRRP_SLICE)) {
        loop_timer_set(vrrp->settle, clock_now());
    }
}

void vrrp_unsettled(void *argument)
{
    struct vrrp *vrrp = argument;

    if (loop_timer_deadline(vrrp->settle) == CLOCK_NEVER) {
        loop_timer_set(vrrp->settle, clock_now());
    }
}

void vrrp_beaten(void *argument)
{
    const struct vrrp *vrrp = argument;

    socket_flush(vrrp->context.sockets);
}

bool vrrp_joins(void *argument)
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

void vrrp_end_joined(void *argument, int64_t now, int64_t late)
{
    const struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    socket_flush(vrrp->context.sockets);
}

void vrrp_end_told(void *argument, int64_t now, int64_t late)
{
    const struct vrrp *vrrp = argument;

    (void)now;
    (void)late;
    log_release(vrrp->log);
}
