/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance does with the facts that it gathers: which event they are for its state machine, and
 * which its sync group's word is. Pure; the instance (and the simulator) gathers and carries out.
 */
#ifndef HOLDFAST_VRRP_DECIDE_H
#define HOLDFAST_VRRP_DECIDE_H

#include "parser/conf.h"
#include "vrrp/group.h"

/* What an instance knows besides the state of its machine. */
struct decide_facts {
    uint8_t priority; /* effective, 1..255: track_evaluate() */
    bool faulty;      /* it has a reason of its own to be in FAULT */
    bool group_fault; /* a member of its sync group has */
    bool unheard;     /* no other router can hear it */
    bool waiting;     /* a tracker that decides alone has no result yet */
    bool delayed;     /* it is not to start yet: vrrp_startup_delay */
    bool grouped;
    bool resumable; /* it was master until a crash, and its peers still wait for it */
    bool demoted;   /* an operator wants another router to be master */
    bool drained;   /* an operator wants it to take no part */
    enum group_resumption resumption; /* of its group; of itself, where it has none */
};

enum decide_step {
    DECIDE_STAY,
    DECIDE_EVENT,     /* the event is to be given to the state machine */
    DECIDE_ASK_GROUP, /* its sync group decides */
};

/** The state machine's part of a configuration. */
struct fsm_config decide_config(const struct conf_instance *conf);

/** Whether FSM_EVENT_RECONFIGURED must follow the change. */
bool decide_reconfigures(const struct fsm_config *before, const struct fsm_config *after);

/** Whether the effective priority, or what an operator wants, is another one now; then `event` says so. */
bool decide_priority(const struct fsm_state *state, const struct decide_facts *facts,
                     struct fsm_event *event);

/** Whether it starts, waits, or enters or leaves FAULT. @param event  set for DECIDE_EVENT */
enum decide_step decide_role(const struct fsm_state *state, const struct decide_facts *facts,
                             struct fsm_event *event);

/** What its sync group's word means for it. @return whether `event` is to be given to its machine */
bool decide_command(const struct fsm_state *state, const struct decide_facts *facts,
                    enum group_command command, struct fsm_event *event);

/** How it looks to its sync group. */
struct group_member decide_member(const struct fsm_state *state, const struct decide_facts *facts);

/** Whether it sends on the grid of its interval (vrrp/grid.h), rather than by its own timer. */
bool decide_beats(const struct fsm_state *state);

/** Whether it answers for its addresses. */
bool decide_holds(const struct fsm_state *state);

/**
 * Whether a crash was so short that its peers still wait for it.
 * @param beat  when it last sent an advert as master, 0: it was none
 * @param grace  how much longer its peers wait since that advert told them to: decide_pause()
 */
bool decide_may_resume(const struct fsm_config *config, int64_t beat, int64_t grace, int64_t now);

/** When decide_may_resume() ends to be true, 0: it is not true now. */
int64_t decide_resumable_until(const struct fsm_config *config, int64_t beat, int64_t grace,
                               int64_t now);

/**
 * A master's process ends on purpose, for another one to go on. Its last advert may tell of a longer
 * interval than the configured one, by which peers wait for the next (RFC 9568 6.1, Active_Adver_Interval;
 * with version 2 all have to agree: RFC 3768 7.1).
 * @param grace  set to how much longer they wait then
 * @return the interval of that advert, ns
 */
int64_t decide_pause(const struct fsm_config *config, int64_t *grace);

/**
 * What is to be done of an outcome's actions. A master that has just told who is master need not answer
 * again: a pause leaves many adverts of a lower one in the queue, and each would be answered.
 * @param sent_at  when it last sent an advert but of priority 0
 */
unsigned decide_actions(const struct fsm_event *event, const struct fsm_outcome *outcome,
                        int64_t sent_at, int64_t now);

/** Whether it woke up so late in this step that somebody else may have taken over. */
bool decide_woke_late(const struct fsm_state *before, const struct fsm_outcome *outcome);

#endif
