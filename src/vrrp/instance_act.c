/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance makes of what it saw and of what its sync group says: decide judges the facts,
 * and an event follows.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "vrrp/decide.h"
#include "vrrp/instance_inside.h"
#include "vrrp/notify.h"
#include "vrrp/resume.h"

#include <stdio.h>
#include <stdlib.h>

/* After a crash, within the time that peers wait for us: DESIGN.md, "Restart is a diff". */
static bool instance_may_resume(const struct instance *instance)
{
    const struct resume *resume = instance->context->resume;

    return decide_may_resume(&instance->config, resume_last_beat(resume, instance->resume_slot),
                             resume_grace(resume, instance->resume_slot), clock_now());
}

/* All but how its group starts, which is asked for only where that counts. */
static struct decide_facts instance_facts(const struct instance *instance)
{
    const struct instance_view *view = &instance->view;

    return (struct decide_facts){
        .priority = view->track.priority,
        .faulty = view->faults.count > 0,
        .group_fault = instance->group_fault != NULL,
        .unheard = !instance->socket || !view->link.running || !inet_is_set(&view->source),
        .waiting = view->track.waiting,
        .delayed = clock_now() < instance->context->start_at,
        .grouped = instance->conf->sync_group != NULL,
        .resumable = instance->state.role == FSM_INIT && instance_may_resume(instance),
        .demoted = view->steering.operator.demoted,
        .drained = view->steering.drained,
    };
}

static enum group_resumption instance_resumption(const struct instance *instance)
{
    if (instance->state.role != FSM_INIT || !instance_may_resume(instance)) {
        return GROUP_START;
    }
    return instance->conf->sync_group
               ? instance->context->resumption(instance->context->argument, instance)
               : GROUP_RESUME;
}

bool instance_answers(const struct instance *instance)
{
    return decide_holds(&instance->state) ||
           (instance->state.role == FSM_INIT && !instance->view.track.waiting &&
            !instance->view.steering.drained && instance_may_resume(instance));
}

bool instance_is_delayed(const struct instance *instance)
{
    return clock_now() < instance->context->start_at && !instance_may_resume(instance);
}

static void instance_tell_priority(const struct instance *instance, uint8_t priority)
{
    const struct track_operator *operator= & instance->view.steering.operator;
    char text[INSTANCE_TEXT_SIZE];
    char asked[48] = "";
    char from[8];
    char to[8];

    if (operator->demoted) {
        (void)snprintf(asked, sizeof(asked), ", an operator demoted it");
    } else if (operator->adjustment) {
        (void)snprintf(asked, sizeof(asked), ", an operator adds %+d", operator->adjustment);
    }
    (void)snprintf(text, sizeof(text), "%u configured, trackers add %+d%s",
                   instance->conf->priority, instance->view.track.sum, asked);
    (void)snprintf(from, sizeof(from), "%u", instance->state.priority);
    (void)snprintf(to, sizeof(to), "%u", priority);
    log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
              "effective priority %s -> %s: %s", from, to, text);
    instance_tell_news(instance, VRRP_NEWS_PRIORITY, from, to, text);
}

static void instance_act_on_priority(struct instance *instance, const struct decide_facts *facts)
{
    enum fsm_role role = instance->state.role;
    struct fsm_event event;

    if (!decide_priority(&instance->state, facts, &event)) {
        return;
    }
    if (instance->state.priority != facts->priority) {
        instance_tell_priority(instance, facts->priority);
    }
    instance_event(instance, &event);
    if (instance->conf->notify_priority_changes && (role == FSM_MASTER || role == FSM_BACKUP)) {
        notify_send_priority(instance->notify, instance_notify_state(role),
                             instance->state.priority);
    }
}

/* What starts as any other router was no master before. */
static void instance_act_on_event(struct instance *instance, const struct fsm_event *event)
{
    instance_event(instance, event);
    if (event->kind == FSM_EVENT_START && instance->state.role != FSM_MASTER) {
        resume_clear(instance->context->resume, instance->resume_slot);
    }
}

void instance_act(struct instance *instance)
{
    struct decide_facts facts = instance_facts(instance);
    struct fsm_event event;

    if (instance->stopped) { /* nothing that is learned now may start it again */
        return;
    }
    if (inet_is_set(&instance->view.source)) {
        instance->state.address = instance->view.source;
    }
    instance_act_on_priority(instance, &facts);
    facts.resumption = instance_resumption(instance);
    switch (decide_role(&instance->state, &facts, &event)) {
    case DECIDE_EVENT:
        instance_act_on_event(instance, &event);
        break;
    case DECIDE_ASK_GROUP:
        instance->context->review(instance->context->argument, instance);
        break;
    case DECIDE_STAY:
        break;
    }
}

static void instance_explain_yielding(struct instance *instance, const char *culprit)
{
    char text[INSTANCE_TEXT_SIZE];

    (void)snprintf(text, sizeof(text), "%.100s of its sync group yields to another router",
                   culprit);
    instance_set_text(&instance->group_reason, text);
}

void instance_command(struct instance *instance, enum group_command command, const char *culprit)
{
    struct decide_facts facts;
    struct fsm_event event;

    if (command == GROUP_BACKUP) {
        instance_explain_yielding(instance, culprit);
    } else if (command == GROUP_CLEAR) {
        free(instance->group_fault);
        instance->group_fault = NULL;
    } else if (command == GROUP_FAULT && !instance->view.faults.count && !instance->group_fault) {
        instance->group_fault = memory_text(culprit);
    }
    facts = instance_facts(instance);
    if (decide_command(&instance->state, &facts, command, &event)) {
        instance_act_on_event(instance, &event);
    }
}

struct group_member instance_member(const struct instance *instance)
{
    const struct decide_facts facts = instance_facts(instance);

    return decide_member(&instance->state, &facts);
}

bool instance_is_handing_over(const struct instance *instance)
{
    return instance->state.handing_over;
}

bool instance_is_waiting(const struct instance *instance)
{
    return instance->state.role == FSM_INIT && instance->view.track.waiting;
}
