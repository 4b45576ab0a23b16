/* SPDX-License-Identifier: Apache-2.0
 *
 * The events of an instance: each is a step of the state machine, whose outcome is carried out
 * here.
 */
#include "base/clock.h"
#include "base/loop.h"
#include "vrrp/decide.h"
#include "vrrp/instance_inside.h"
#include "vrrp/notify.h"
#include "vrrp/socket.h"

/* What was heard meanwhile is read first by a master that is later than this. */
#define INSTANCE_LATE (5 * CLOCK_MILLISECOND)

/* In the order of keepalived-reference.md B13 and B15: the advert first. */
static void instance_carry_out(struct instance *instance, unsigned actions, int64_t now)
{
    bool answers = decide_holds(&instance->state);
    uint32_t repeat;

    if (answers) {
        instance_raise_virtual(instance, true);
    }
    if (actions & FSM_SEND_ZERO) {
        instance_send(instance, 0);
        instance_fall_silent(instance);
    }
    if (actions & FSM_SEND_ADVERT) {
        instance_send(instance, instance->state.priority);
    }
    if (!answers) {
        instance_raise_virtual(instance, false);
    }
    if (actions & (FSM_CLAIM | FSM_RELEASE)) {
        instance->context->unsettled(instance->context->argument);
    }
    if (actions & FSM_RELEASE) {
        instance_fall_silent(instance);
    }
    if (actions & FSM_ANNOUNCE) {
        instance->announce = announce_takeover(&instance->conf->announce, now, &repeat);
        instance_announce(instance, repeat);
    }
    if (actions & FSM_ANNOUNCE_AGAIN) {
        instance_announce_again(instance);
        if (instance->conf->sync_group) {
            instance->context->announce_others(instance->context->argument, instance);
        }
    }
    instance->counters.lower_received += (actions & FSM_NOTIFY_LOWER) != 0;
}

/* A master beats with all others of its interval; everything else has a time of its own. */
static void instance_arm(struct instance *instance)
{
    bool beats = decide_beats(&instance->state);

    if (beats) {
        beat_join(instance->context->beats, &instance->beat, instance->config.advert_interval);
    } else {
        beat_leave(&instance->beat);
    }
    loop_timer_set(instance->timer, beats ? CLOCK_NEVER : instance->state.deadline);
}

bool instance_has_second_master(const struct instance *instance, int64_t now)
{
    return instance->state.role == FSM_MASTER && instance->second_at &&
           now - instance->second_at <= 3 * instance->config.advert_interval;
}

void instance_event(struct instance *instance, const struct fsm_event *event)
{
    instance_event_at(instance, event, clock_now());
}

void instance_event_at(struct instance *instance, const struct fsm_event *event, int64_t now)
{
    struct fsm_state before = instance->state;
    struct fsm_outcome outcome = fsm_step(&instance->config, &before, event, now);
    char text[INSTANCE_TEXT_SIZE] = "";

    if (outcome.reason != FSM_REASON_NONE) { /* before a beat says that it is master again */
        instance_explain(instance, &before, outcome.reason, event, now, text);
    }
    if (outcome.actions & FSM_ASK_GROUP && outcome.state.wants_master) {
        instance_set_text(&instance->group_reason, text);
    }
    if (decide_woke_late(&before, &outcome)) {
        instance_note_lateness(instance, &before, event, outcome.state.listening);
    }
    instance->state = outcome.state;
    outcome.actions = decide_actions(event, &outcome, instance->sent_at, now);
    instance_carry_out(instance, outcome.actions, now);
    /* The one that we have just replaced says a last word (higher_prio_send_advert). */
    if (outcome.actions & FSM_NOTIFY_LOWER &&
        now - instance->since > instance->config.advert_interval) {
        instance->counters.dual_masters += !instance_has_second_master(instance, now);
        instance->second_at = now;
        instance_tell_second_master(instance, event);
        notify_send_lower(instance->notify, instance->state.priority);
    }
    instance_arm(instance);
    if (before.role != instance->state.role) {
        instance->reason = outcome.reason;
        instance_set_text(&instance->reason_text, text);
        instance_changed_role(instance, &before, now);
    }
    if (instance->conf->sync_group &&
        ((outcome.actions & FSM_ASK_GROUP) || before.role != instance->state.role)) {
        instance->context->review(instance->context->argument, instance);
    }
    if (before.handing_over && !instance->state.handing_over) {
        instance_tell_handover(instance, event, now);
        instance->context->handed_over(instance->context->argument);
    }
}

void instance_simple_event(struct instance *instance, enum fsm_event_kind kind)
{
    const struct fsm_event event = {.kind = kind};

    instance_event(instance, &event);
}

static void instance_drain(struct instance *instance)
{
    if (instance->socket) {
        socket_drain(instance->socket);
    }
    if (instance->virtual_socket) {
        socket_drain(instance->virtual_socket);
    }
}

void instance_timer(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct fsm_event event = {.kind = FSM_EVENT_TIMER, .late = late};

    /* What was queued while we were late is heard before the timer's silence is believed. */
    instance_drain(instance);
    if (instance->state.deadline > now) {
        loop_timer_set(instance->timer, instance->state.deadline);
        return;
    }
    instance->beating = instance->context->joins(instance->context->argument);
    instance_event(instance, &event);
    instance->beating = false;
}

void instance_beat(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct fsm_event event = {.kind = FSM_EVENT_TIMER, .late = late};

    (void)now;
    if (late > INSTANCE_LATE) {
        instance_drain(instance);
    }
    if (decide_beats(&instance->state)) { /* still */
        instance->beating = true;
        instance_event(instance, &event);
        instance->beating = false;
    }
}
