/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside VRRP as a whole: its structure, and what its files share. For vrrp*.c only.
 *
 *     vrrp.c            instances and their configuration; vrrp_leave.c: those that leave
 *     vrrp_group.c      sync groups
 *     vrrp_receive.c    who gets an advert
 *     vrrp_settle.c     what instances do together at the end of a turn
 *     vrrp_snapshot.c   status
 */
#ifndef HOLDFAST_VRRP_VRRP_INSIDE_H
#define HOLDFAST_VRRP_VRRP_INSIDE_H

#include "vrrp/group.h"
#include "vrrp/hooks.h"
#include "vrrp/instance.h"
#include "vrrp/notify_queue.h"
#include "vrrp/packet.h"

struct log;
struct loop_timer;
struct notify;
struct runner;
struct vrrp_socket;

struct vrrp_group {
    char *name;
    struct instance **members;
    size_t count;
    struct notify *notify;
    enum fsm_role role; /* that its notify scripts were told */
    struct group_review review;
};

struct vrrp {
    struct log *log;
    struct runner *runner;
    struct vrrp_hooks hooks;
    struct instance_context context;
    struct instance **instances;
    size_t count;
    struct vrrp_group *groups;
    size_t group_count;
    struct instance **leaving; /* not configured any more; they wait for their successors */
    size_t leaving_count;
    struct loop_timer *start;  /* when instances may start */
    struct loop_timer *settle; /* at the end of a turn: what the instances hold and announce */
    struct loop_timer *sweep;  /* frees those that have let go */
    struct loop_timer *joined; /* at the end of a turn: what those who act at one time have said */
    struct loop_timer *told;   /* when nothing else is left to do: what they have logged */
    uint64_t late_wakeups;
    bool configuring;
    bool started;
    bool stopped;
    bool log_unknown;
    bool mails_faults;
};

/* ---- vrrp.c ------------------------------------------------------------------------------------ */

/** The instance of that name; NULL: none. In the middle of a reload some are taken out. */
struct instance *vrrp_find_instance(const struct vrrp *vrrp, const char *name);

/* ---- vrrp_receive.c ---------------------------------------------------------------------------- */

/**
 * A datagram came for VRRP: its instance hears it, or it is dropped and counted.
 * @param argument  the struct vrrp
 * @param data  behind the IP header; the AH header first on a socket that is sealed
 */
void vrrp_received(void *argument, struct vrrp_socket *socket,
                   const struct packet_envelope *envelope, const uint8_t *data, size_t size);

/* ---- vrrp_group.c ------------------------------------------------------------------------------ */

/** The word of a role for scripts; NOTIFY_STATES: they have none for it. */
enum notify_state vrrp_notify_state(enum fsm_role role);

/**
 * Has a group judge its members, and tells its scripts. Not while instances are being configured:
 * the review at the end of the reload sees it.
 */
void vrrp_group_review(const struct vrrp *vrrp, struct vrrp_group *group);

/**
 * The other members of an instance's group announce their addresses again. keepalived-reference.md
 * B8: who took one address for his own may have taken the group's others.
 * @param argument  the struct vrrp
 */
void vrrp_announce_others(void *argument, struct instance *instance);

/** An instance changed: its group judges its members. @param argument  the struct vrrp */
void vrrp_review(void *argument, struct instance *instance);

/**
 * How an instance of a group starts that may have been master until a crash.
 * @param argument  the struct vrrp
 */
enum group_resumption vrrp_resumption(void *argument, const struct instance *instance);

/** Frees groups; what their scripts still have to be told is told. */
void vrrp_free_groups(struct vrrp_group *groups, size_t count);

/**
 * Makes the groups of a configuration, whose instances are there. Those of a name keep their state.
 */
void vrrp_configure_groups(struct vrrp *vrrp, const struct conf *conf);

/* ---- vrrp_settle.c ----------------------------------------------------------------------------- */

/** Claims, releases and announces what instances hold, all at once. */
void vrrp_settle_all(struct vrrp *vrrp);

/**
 * The timer of that: not all at once, so that adverts that are due meanwhile leave in between.
 * @param argument  the struct vrrp
 */
void vrrp_settle(void *argument, int64_t now, int64_t late);

/** Something is to be settled at the end of this turn. @param argument  the struct vrrp */
void vrrp_unsettled(void *argument);

/**
 * All masters of a tick have queued their adverts: they leave.
 * @param argument  the struct vrrp
 */
void vrrp_beaten(void *argument);

/**
 * An instance acts by its own timer. Of many that become master at one time each would wait for
 * what those before it have to do: their adverts leave together, and what they log is written when
 * their addresses are there.
 * @param argument  the struct vrrp
 * @return whether it is not the first one in this turn
 */
bool vrrp_joins(void *argument);

/** The timer at the end of such a turn: the adverts leave. @param argument  the struct vrrp */
void vrrp_end_joined(void *argument, int64_t now, int64_t late);

/**
 * The timer for when nothing else is left to do: what was logged meanwhile is written.
 * @param argument  the struct vrrp
 */
void vrrp_end_told(void *argument, int64_t now, int64_t late);

/* ---- vrrp_leave.c ------------------------------------------------------------------------------ */

/**
 * The timer that frees those who have let go, since an instance cannot be freed in its own call.
 * @param argument  the struct vrrp
 */
void vrrp_sweep(void *argument, int64_t now, int64_t late);

/** An instance that leaves has let go of its addresses. @param argument  the struct vrrp */
void vrrp_handed_over(void *argument);

/**
 * An instance is not configured any more: it stops, and is freed now or when it has handed over.
 */
void vrrp_retire(struct vrrp *vrrp, struct instance *instance);

/**
 * One that leaves is configured again before a successor was heard: it ends at once, for the new
 * one must have its socket.
 */
void vrrp_end_leaving(struct vrrp *vrrp, const struct conf_instance *conf);

#endif
