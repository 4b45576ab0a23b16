/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of one virtual router: RFC 9568 6.4 and RFC 3768 6.4, with what keepalived's
 * users rely on (keepalived-reference.md B1-B15). A pure step: state, event and time in; new state,
 * actions, reason and the next timer out.
 */
#ifndef HOLDFAST_VRRP_FSM_H
#define HOLDFAST_VRRP_FSM_H

#include "base/inet.h"

#include <stdbool.h>
#include <stdint.h>

/* keepalived's words, which scripts parse; RFC 9568 says Initialize, Backup, Active. */
enum fsm_role {
    FSM_INIT,
    FSM_BACKUP,
    FSM_MASTER,
    FSM_FAULT,
    FSM_ROLES,
};

/* What does not change from step to step. Durations in nanoseconds. */
struct fsm_config {
    uint8_t version; /* 2 or 3 */
    bool owner;      /* configured priority 255 */
    bool preempt;
    bool grouped; /* asks its sync group before it becomes master */
    bool lower_prio_no_advert;
    bool higher_prio_send_advert;
    bool handover;         /* one that leaves keeps its addresses until a successor is heard */
    uint32_t down_adverts; /* adverts missed until the master counts as dead; the RFC's 3 */
    /* With nopreempt, timer_expired_backup: the highest priority that another router can have. A master
     * too late for it to have waited becomes backup. 0: it listens first and asserts itself. */
    uint8_t late_priority;
    int64_t advert_interval;
    int64_t preempt_delay;
};

struct fsm_state {
    enum fsm_role role;
    uint8_t priority;         /* effective, 1..255 */
    struct inet_addr address; /* our source address, which breaks ties */
    int64_t deadline;         /* when FSM_EVENT_TIMER is due; CLOCK_NEVER: not at all */
    int64_t master_interval;  /* Active_Adver_Interval: ours until a version 3 master says its */
    struct inet_addr master;  /* whom a backup obeys; AF_UNSPEC: nobody was heard */
    uint8_t master_priority;  /* of that master */
    int64_t heard_at;         /* when it was last heard */
    int64_t waits_from;       /* when a backup's down timer began to run */
    int64_t preempt_at;       /* end of preempt_delay; CLOCK_NEVER: no lower master was heard */
    int64_t rival_since;      /* an owner that is master: since when a second owner speaks on */
    int64_t rival_at;         /* when that one spoke last; 0: there is none */
    int64_t recess;           /* waits so much longer: fsm_begin_recess() */
    int64_t recess_from;      /* when it gave up, or heard another master */
    bool obeys;               /* a backup that yields to `master` */
    bool stepped_down;        /* a backup that yielded because it was late, to whoever is there */
    bool waits_skew;          /* that timer is the skew time alone */
    bool wants_master; /* waits for its sync group's word; asks again when `deadline` comes */
    bool listening;    /* woke up late: listens one skew time before it asserts itself */
    bool demoted;      /* an operator wants another router to be master */
    bool gave_up;      /* for that, and nobody has been heard since */
    /* Left (INIT, FAULT) or gave its place up (BACKUP), and still answers for the addresses. */
    bool handing_over;
};

enum fsm_event_kind {
    FSM_EVENT_START,        /* may run: configured, no fault */
    FSM_EVENT_RESUME,       /* like START after a crash, as the master we still are */
    FSM_EVENT_STOP,         /* leaves for good: shutdown, removed by a reload */
    FSM_EVENT_FAULT,        /* may not run */
    FSM_EVENT_WAIT,         /* cannot know yet whether it may run */
    FSM_EVENT_DRAIN,        /* an operator takes it out of the election */
    FSM_EVENT_TIMER,        /* `deadline` has come, `late` tells by how much it was missed */
    FSM_EVENT_ADVERT,       /* a valid advert of another router arrived */
    FSM_EVENT_PRIORITY,     /* effective priority changed */
    FSM_EVENT_RECONFIGURED, /* the configuration has just changed under a running router */
    FSM_EVENT_GROUP_MASTER, /* the sync group becomes master */
    FSM_EVENT_GROUP_BACKUP, /* the sync group gives up */
};

struct fsm_event {
    enum fsm_event_kind kind;
    int64_t late;            /* TIMER: ns behind the deadline */
    bool unheard;            /* FAULT: no other router can hear us, so there is no successor */
    uint8_t priority;        /* ADVERT: its priority; PRIORITY: the new one */
    bool demoted;            /* PRIORITY: an operator wants another router to be master */
    int64_t interval;        /* ADVERT: its interval, ns */
    struct inet_addr source; /* ADVERT: who sent it */
};

/* What the shell is to do, in this order. */
enum fsm_action {
    FSM_SEND_ZERO = 1 << 0,      /* an advert with priority 0 */
    FSM_SEND_ADVERT = 1 << 1,    /* an advert */
    FSM_CLAIM = 1 << 2,          /* put the addresses on */
    FSM_RELEASE = 1 << 3,        /* take them off */
    FSM_ANNOUNCE = 1 << 4,       /* tell the neighbours: a takeover */
    FSM_ANNOUNCE_AGAIN = 1 << 5, /* tell them again: there is or may have been a second master */
    FSM_ASK_GROUP = 1 << 6,      /* something changed that the sync group must judge */
    FSM_NOTIFY_LOWER = 1 << 7,   /* a master received an advert of lower priority */
};

enum fsm_reason {
    FSM_REASON_NONE,
    FSM_REASON_STARTED,
    FSM_REASON_RESUMED,
    FSM_REASON_OWNER,
    FSM_REASON_NO_ADVERT,     /* nothing was heard for the down interval */
    FSM_REASON_PRIORITY_ZERO, /* the master gave up */
    FSM_REASON_PREEMPT,       /* the master has a lower priority than we */
    FSM_REASON_HIGHER,        /* a router of higher priority is master */
    FSM_REASON_TIE,           /* one of equal priority and higher address is */
    FSM_REASON_GROUP,
    FSM_REASON_FAULT,
    FSM_REASON_CLEARED, /* the last reason for FAULT is gone */
    FSM_REASON_STOPPED,
    FSM_REASON_WAITING,
    FSM_REASON_LATE,         /* it was so late that another one must be master by now */
    FSM_REASON_SECOND_OWNER, /* another owner of the addresses does not yield */
    FSM_REASON_DEMOTED,      /* an operator asked for another master */
    FSM_REASON_NOBODY,       /* it gave its place up, and no other router took it */
    FSM_REASON_DRAINED,      /* an operator took it out of the election */
    FSM_REASONS,
};

struct fsm_outcome {
    struct fsm_state state;
    unsigned actions; /* of enum fsm_action */
    enum fsm_reason reason;
};

/** A router that has not started. @param priority  effective, 1..255 */
struct fsm_state fsm_initial(const struct fsm_config *config, uint8_t priority,
                             const struct inet_addr *address);

/** One step of the machine. @param now  clock_now() */
struct fsm_outcome fsm_step(const struct fsm_config *config, const struct fsm_state *state,
                            const struct fsm_event *event, int64_t now);

/** Skew_Time in nanoseconds for the state's priority and master interval. */
int64_t fsm_skew(const struct fsm_config *config, const struct fsm_state *state);

/** Active_Down_Interval in nanoseconds: how long a silent master is waited for. */
int64_t fsm_down_interval(const struct fsm_config *config, const struct fsm_state *state);

/** "MASTER", "BACKUP", "FAULT" or "INIT". */
const char *fsm_role_text(enum fsm_role role);

/**
 * How long one that leaves keeps its addresses at most: one and a half of the longest skew time that a
 * successor may have, which is that of priority 1; with short intervals 50 ms, within which a
 * successor on a busy host has its turn, too.
 */
int64_t fsm_handover_limit(const struct fsm_config *config);

/** A reason as a word for machines, such as "no-advert". */
const char *fsm_reason_word(enum fsm_reason reason);

#endif
