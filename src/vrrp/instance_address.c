/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of an instance: claimed and released as its state wants it, and announced to the
 * neighbours.
 */
#include "base/clock.h"
#include "base/loop.h"
#include "vrrp/decide.h"
#include "vrrp/instance_inside.h"
#include "vrrp/resume.h"

void instance_announce(struct instance *instance, uint32_t repeat)
{
    if (repeat > instance->announce_due) {
        instance->announce_due = repeat;
        instance->context->unsettled(instance->context->argument);
    }
    loop_timer_set(instance->announce_timer, announce_deadline(&instance->announce));
}

void instance_settle_announcements(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    if (instance->announce_due && instance->state.role == FSM_MASTER && !instance->holds) {
        return; /* not before its addresses are there, in a later turn */
    }
    if (instance->announce_due && instance->state.role == FSM_MASTER) {
        hooks->announce(hooks->argument, instance->conf, instance->announce_due, false);
        instance->counters.announced++;
    }
    instance->announce_due = 0;
}

void instance_announce_due(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct vrrp_hooks *hooks = instance->context->hooks;
    uint32_t repeat;

    (void)late;
    instance->announce = announce_step(instance->announce, &instance->conf->announce, now, &repeat);
    if (instance->announce.extra_due && instance->state.role == FSM_MASTER) {
        hooks->announce(hooks->argument, instance->conf, 1, true);
    }
    instance_announce(instance, repeat);
}

void instance_announce_again(struct instance *instance)
{
    uint32_t repeat;

    if (instance->state.role == FSM_MASTER) {
        instance->announce =
            announce_again(instance->announce, &instance->conf->announce, clock_now(), &repeat);
        instance_announce(instance, repeat);
    }
}

size_t instance_settle(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    bool holds = decide_holds(&instance->state);

    if (holds == instance->holds) {
        return 0;
    }
    instance->holds = holds;
    if (holds) {
        hooks->claim(hooks->argument, instance->conf);
    } else {
        hooks->release(hooks->argument, instance->conf->name);
    }
    return instance->conf->address_count + 1;
}

void instance_release(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    instance->holds = false;
    hooks->release(hooks->argument, instance->conf->name);
    hooks->commit(hooks->argument);
}

void instance_fall_silent(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    (void)hooks->hush(hooks->argument, instance->conf->name);
    resume_clear(instance->context->resume, instance->resume_slot);
    instance->announce = announce_idle();
    instance_announce(instance, 0);
}
