/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance does with the facts that it gathers.
 */
#include "vrrp/decide.h"

#include "base/clock.h"

#define DECIDE_ANSWERED (1 * CLOCK_MILLISECOND)
/* What version 2 has at least: three of them are time enough to start a process. */
#define DECIDE_PAUSE (1 * CLOCK_SECOND)

struct fsm_config decide_config(const struct conf_instance *conf)
{
    return (struct fsm_config){
        .version = conf->version,
        .owner = conf->priority == CONF_PRIORITY_OWNER,
        .preempt = conf->preempt,
        .grouped = conf->sync_group != NULL,
        .lower_prio_no_advert = conf->lower_prio_no_advert,
        .higher_prio_send_advert = conf->higher_prio_send_advert,
        .handover = conf->handover,
        .down_adverts = conf->down_timer_adverts,
        .late_priority = conf->late_priority,
        .advert_interval = conf->advert_interval,
        .preempt_delay = conf->preempt_delay,
    };
}

bool decide_reconfigures(const struct fsm_config *before, const struct fsm_config *after)
{
    return before->version != after->version || before->grouped != after->grouped ||
           before->preempt != after->preempt || before->preempt_delay != after->preempt_delay ||
           before->advert_interval != after->advert_interval ||
           before->down_adverts != after->down_adverts;
}

bool decide_priority(const struct fsm_state *state, const struct decide_facts *facts,
                     struct fsm_event *event)
{
    *event = (struct fsm_event){
        .kind = FSM_EVENT_PRIORITY, .priority = facts->priority, .demoted = facts->demoted};
    return facts->priority != state->priority || facts->demoted != state->demoted;
}

static struct fsm_event decide_start(const struct fsm_state *state,
                                     const struct decide_facts *facts)
{
    bool resumes = state->role == FSM_INIT && facts->resumption == GROUP_RESUME;

    return (struct fsm_event){.kind = resumes ? FSM_EVENT_RESUME : FSM_EVENT_START};
}

static struct fsm_event decide_fault(const struct decide_facts *facts)
{
    return (struct fsm_event){.kind = FSM_EVENT_FAULT, .unheard = facts->unheard};
}

enum decide_step decide_role(const struct fsm_state *state, const struct decide_facts *facts,
                             struct fsm_event *event)
{
    enum fsm_role role = state->role;

    if (facts->faulty || facts->group_fault) {
        *event = decide_fault(facts); /* again while it hands over: is it still heard? */
        return role != FSM_FAULT || state->handing_over ? DECIDE_EVENT : DECIDE_STAY;
    }
    if (facts->drained) {
        *event = (struct fsm_event){.kind = FSM_EVENT_DRAIN};
        return role == FSM_INIT ? DECIDE_STAY : DECIDE_EVENT;
    }
    if (facts->waiting && role != FSM_BACKUP && role != FSM_MASTER) {
        *event = (struct fsm_event){.kind = FSM_EVENT_WAIT};
        return role == FSM_INIT ? DECIDE_STAY : DECIDE_EVENT;
    }
    if (role == FSM_INIT) {
        *event = decide_start(state, facts);
        return facts->resumption == GROUP_HOLD ||
                       (facts->delayed && facts->resumption != GROUP_RESUME)
                   ? DECIDE_STAY
                   : DECIDE_EVENT;
    }
    if (role == FSM_FAULT && facts->grouped) { /* it leaves FAULT together with its group */
        return DECIDE_ASK_GROUP;
    }
    *event = decide_start(state, facts);
    return role == FSM_FAULT ? DECIDE_EVENT : DECIDE_STAY;
}

bool decide_command(const struct fsm_state *state, const struct decide_facts *facts,
                    enum group_command command, struct fsm_event *event)
{
    switch (command) {
    case GROUP_MASTER:
        *event = (struct fsm_event){.kind = FSM_EVENT_GROUP_MASTER};
        return true;
    case GROUP_BACKUP:
        *event = (struct fsm_event){.kind = FSM_EVENT_GROUP_BACKUP};
        return true;
    case GROUP_FAULT:
        *event = decide_fault(facts);
        return state->role != FSM_FAULT;
    case GROUP_CLEAR:
        *event = decide_start(state, facts);
        event->kind = facts->drained   ? FSM_EVENT_DRAIN
                      : facts->waiting ? FSM_EVENT_WAIT
                                       : event->kind;
        return state->role == FSM_FAULT;
    case GROUP_NOTHING:
        break;
    }
    return false;
}

struct group_member decide_member(const struct fsm_state *state, const struct decide_facts *facts)
{
    return (struct group_member){
        .role = state->role,
        .wants_master = state->wants_master,
        .keeps = state->role == FSM_BACKUP && state->wants_master && state->handing_over,
        .obeys = state->obeys || state->stepped_down,
        .faulty = facts->faulty,
        .waiting = facts->waiting,
        .resumable = facts->resumable && !facts->drained,
    };
}

bool decide_beats(const struct fsm_state *state)
{
    return state->role == FSM_MASTER && !state->listening;
}

bool decide_holds(const struct fsm_state *state)
{
    return state->role == FSM_MASTER || state->handing_over;
}

bool decide_may_resume(const struct fsm_config *config, int64_t beat, int64_t grace, int64_t now)
{
    int64_t silence = now - beat;

    return beat && silence >= 0 && silence < config->down_adverts * config->advert_interval + grace;
}

int64_t decide_resumable_until(const struct fsm_config *config, int64_t beat, int64_t grace,
                               int64_t now)
{
    return decide_may_resume(config, beat, grace, now)
               ? beat + config->down_adverts * config->advert_interval + grace
               : 0;
}

int64_t decide_pause(const struct fsm_config *config, int64_t *grace)
{
    int64_t interval = config->advert_interval;

    if (config->version == 3 && interval < DECIDE_PAUSE) {
        interval = DECIDE_PAUSE;
    }
    *grace = config->down_adverts * (interval - config->advert_interval);
    return interval;
}

unsigned decide_actions(const struct fsm_event *event, const struct fsm_outcome *outcome,
                        int64_t sent_at, int64_t now)
{
    bool answered = event->kind == FSM_EVENT_ADVERT && outcome->state.role == FSM_MASTER &&
                    now - sent_at < DECIDE_ANSWERED;

    return answered ? outcome->actions & ~(unsigned)FSM_SEND_ADVERT : outcome->actions;
}

bool decide_woke_late(const struct fsm_state *before, const struct fsm_outcome *outcome)
{
    return (!before->listening && outcome->state.listening) || outcome->reason == FSM_REASON_LATE;
}
