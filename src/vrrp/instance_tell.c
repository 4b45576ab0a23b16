/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling what an instance does and why: to the log, and to scripts and FIFOs.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/instance_inside.h"
#include "vrrp/notify.h"
#include "vrrp/resume.h"

#include <stdio.h>
#include <stdlib.h>

char *instance_format(const char *format, va_list arguments)
{
    char text[INSTANCE_TEXT_SIZE];

    (void)vsnprintf(text, sizeof(text), format, arguments);
    return memory_text(text);
}

void instance_set_text(char **to, const char *text)
{
    char *copy = memory_text(text);

    free(*to);
    *to = copy;
}

static void instance_explain_silence(const struct instance *instance,
                                     const struct fsm_state *before, int64_t now, char *text)
{
    char waited[CLOCK_TEXT_SIZE];
    char limit[CLOCK_TEXT_SIZE];
    int64_t from = before->heard_at > instance->since ? before->heard_at : instance->since;

    (void)snprintf(text, INSTANCE_TEXT_SIZE, "no advert for %s (limit %s)",
                   clock_duration_text(waited, now - from),
                   clock_duration_text(limit, fsm_down_interval(&instance->config, before)));
}

static void instance_explain_fault(const struct instance *instance, char *text)
{
    const struct instance_faults *faults = &instance->view.faults;

    if (faults->count) {
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s", faults->kept[0].text);
    } else if (instance->group_fault) {
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%.100s of its sync group is in FAULT",
                       instance->group_fault);
    }
}

void instance_explain(const struct instance *instance, const struct fsm_state *before,
                      enum fsm_reason reason, const struct fsm_event *event, int64_t now,
                      char text[INSTANCE_TEXT_SIZE])
{
    const struct inet_addr *master =
        reason == FSM_REASON_HIGHER || reason == FSM_REASON_TIE || reason == FSM_REASON_SECOND_OWNER
            ? &event->source
            : &before->master;
    char who[INET_ADDR_TEXT_SIZE];
    char waited[CLOCK_TEXT_SIZE];

    inet_text(who, master);
    switch (reason) {
    case FSM_REASON_NO_ADVERT:
        instance_explain_silence(instance, before, now, text);
        break;
    case FSM_REASON_PRIORITY_ZERO:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s gave up (priority 0)", who);
        break;
    case FSM_REASON_PREEMPT:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "master %s has priority %u, ours is %u", who,
                       before->master_priority, before->priority);
        break;
    case FSM_REASON_HIGHER:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s is master with priority %u, ours is %u", who,
                       event->priority, before->priority);
        break;
    case FSM_REASON_TIE:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "%s is master with our priority %u and a higher address", who,
                       before->priority);
        break;
    case FSM_REASON_SECOND_OWNER:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "%s owns the addresses too (priority 255) and does not yield: give one "
                       "director alone that priority",
                       who);
        break;
    case FSM_REASON_LATE:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "its advert was %s late: another router is master by now "
                       "(timer_expired_backup)",
                       clock_duration_text(waited, now - before->deadline));
        break;
    case FSM_REASON_GROUP:
        (void)text_copy(text, INSTANCE_TEXT_SIZE,
                        instance->group_reason ? instance->group_reason : "");
        break;
    case FSM_REASON_FAULT:
        instance_explain_fault(instance, text);
        break;
    case FSM_REASON_RESUMED:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "restarted %s after its last advert as master",
                       clock_duration_text(waited, now - resume_last_beat(instance->context->resume,
                                                                          instance->resume_slot)));
        break;
    default:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s",
                       reason == FSM_REASON_STARTED   ? "started"
                       : reason == FSM_REASON_OWNER   ? "address owner (priority 255)"
                       : reason == FSM_REASON_CLEARED ? "the last fault is gone"
                       : reason == FSM_REASON_STOPPED ? "stopped"
                       : reason == FSM_REASON_DEMOTED
                           ? "an operator asked for another master (demote)"
                       : reason == FSM_REASON_NOBODY  ? "no other router took its place"
                       : reason == FSM_REASON_DRAINED ? "an operator drains this director"
                                                      : "waits for the first result of a tracker");
        break;
    }
}

enum notify_state instance_notify_state(enum fsm_role role)
{
    static const enum notify_state states[FSM_ROLES] = {[FSM_INIT] = NOTIFY_STATES,
                                                        [FSM_BACKUP] = NOTIFY_BACKUP,
                                                        [FSM_MASTER] = NOTIFY_MASTER,
                                                        [FSM_FAULT] = NOTIFY_FAULT};

    return states[role];
}

static void instance_notify(const struct instance *instance, const struct fsm_state *before)
{
    const struct fsm_state *state = &instance->state;
    const struct inet_addr *peer = inet_is_set(&state->master) ? &state->master : &before->master;
    struct notify_news news = {
        .state = instance_notify_state(state->role),
        .previous = instance_notify_state(before->role),
        .priority = state->priority,
    };

    if (instance->reason == FSM_REASON_STOPPED) { /* keepalived-reference.md B20, B57 */
        news.state = !instance->removed               ? NOTIFY_STOP
                     : instance->conf->notify_deleted ? NOTIFY_DELETED
                                                      : NOTIFY_FAULT;
    }
    (void)text_copy(news.reason, sizeof(news.reason), instance->reason_text);
    if (inet_is_set(peer)) {
        inet_text(news.peer, peer);
    }
    if (news.state != NOTIFY_STATES) {
        notify_send(instance->notify, &news);
    }
}

void instance_tell_news(const struct instance *instance, enum vrrp_news_kind kind, const char *from,
                        const char *to, const char *reason)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct vrrp_news news = {
        .kind = kind,
        .name = instance->conf->name,
        .from = from,
        .to = to,
        .code = kind == VRRP_NEWS_INSTANCE ? fsm_reason_word(instance->reason) : NULL,
        .reason = reason,
    };

    if (hooks->news) {
        hooks->news(hooks->argument, &news);
    }
}

static void instance_count_transition(struct instance *instance, enum fsm_role from)
{
    const struct instance_transition new = {
        .from = (uint8_t)from,
        .to = (uint8_t)instance->state.role,
        .reason = (uint8_t)instance->reason,
        .count = 1,
    };

    for (unsigned i = 0; i < instance->transition_count; i++) {
        struct instance_transition *known = &instance->transitions[i];

        if (known->from == new.from && known->to == new.to && known->reason == new.reason) {
            known->count++;
            return;
        }
    }
    instance->transitions =
        memory_resize(instance->transitions, instance->transition_count + 1, sizeof(new));
    instance->transitions[instance->transition_count++] = new;
}

void instance_changed_role(struct instance *instance, const struct fsm_state *before, int64_t now)
{
    instance_count_transition(instance, before->role);
    log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name, "%s -> %s: %s",
              fsm_role_text(before->role), fsm_role_text(instance->state.role),
              instance->reason_text);
    instance->since = now;
    instance->since_wall = clock_wall();
    instance->counters.became_master += instance->state.role == FSM_MASTER;
    instance->counters.left_master += before->role == FSM_MASTER;
    instance_tell_news(instance, VRRP_NEWS_INSTANCE, fsm_role_text(before->role),
                       fsm_role_text(instance->state.role), instance->reason_text);
    instance_notify(instance, before);
    instance->context->hooks->changed(instance->context->hooks->argument);
}

void instance_complain(struct instance *instance, const char *format, ...)
{
    va_list arguments;

    free(instance->complaint);
    va_start(arguments, format);
    instance->complaint = instance_format(format, arguments);
    va_end(arguments);
    instance->complaint_at = clock_now();
    log_warning(instance->context->log, instance->conf->name, "%s", instance->complaint);
}

void instance_tell_second_master(struct instance *instance, const struct fsm_event *event)
{
    char who[INET_ADDR_TEXT_SIZE];

    instance_complain(instance,
                      "%s is a second master with priority %u, ours is %u: it should yield; the "
                      "neighbours are told again",
                      inet_text(who, &event->source), event->priority, instance->state.priority);
}

void instance_tell_handover(const struct instance *instance, const struct fsm_event *event,
                            int64_t now)
{
    char who[INET_ADDR_TEXT_SIZE];
    char waited[CLOCK_TEXT_SIZE];

    (void)clock_duration_text(waited, now - instance->since);
    if (event->kind == FSM_EVENT_ADVERT) {
        log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
                  "handed over to %s after %s", inet_text(who, &event->source), waited);
    } else if (instance->state.role != FSM_MASTER) {
        log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
                  "let go of its addresses after %s: no successor was heard", waited);
    }
}

void instance_note_lateness(struct instance *instance, const struct fsm_state *before,
                            const struct fsm_event *event, bool listens)
{
    char late[CLOCK_TEXT_SIZE];

    instance->counters.late++;
    instance->context->woke_late(instance->context->argument);
    if (!listens) {
        return; /* the change of its role says it all */
    }
    log_warning(instance->context->log, instance->conf->name,
                "woke up %s late as %s: listens before it %s",
                clock_duration_text(late, event->late), fsm_role_text(before->role),
                before->role == FSM_MASTER ? "goes on" : "takes over");
}

void instance_repeat_line(const struct instance *instance)
{
    enum notify_state state = instance_notify_state(instance->state.role);

    if (state != NOTIFY_STATES) {
        notify_send_line(instance->notify, state, instance->state.priority);
    }
}
