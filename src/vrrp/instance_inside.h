/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside an instance: its structure, and what its files share. For instance*.c only.
 *
 *     instance.c           its life: configuration, stop, end
 *     instance_observe.c   what it sees, with instance_track.c (trackers) and instance_socket.c
 *                          (sockets, virtual interface)
 *     instance_fault.c     what keeps it from working
 *     instance_act.c       what it makes of that, and of its sync group's word
 *     instance_event.c     the steps of the state machine, and their outcome
 *     instance_send.c      adverts that it sends; instance_receive.c: those that it hears
 *     instance_address.c   its addresses: claims, releases, announcements
 *     instance_tell.c      log and scripts; instance_snapshot.c: status
 *
 * The decisions are fsm's, track's, announce's, decide's and admit's: these files gather facts for
 * them and carry out what they say.
 */
#ifndef HOLDFAST_VRRP_INSTANCE_INSIDE_H
#define HOLDFAST_VRRP_INSTANCE_INSIDE_H

#include "vrrp/admit.h"
#include "vrrp/ah.h"
#include "vrrp/announce.h"
#include "vrrp/beat.h"
#include "vrrp/fsm.h"
#include "vrrp/hmac.h"
#include "vrrp/instance.h"
#include "vrrp/notify_queue.h"
#include "vrrp/peers.h"
#include "vrrp/track.h"

#include <stdarg.h>

struct notify;
struct virtual;
struct vrrp_socket;

enum {
    INSTANCE_FAULTS = 8, /* reasons kept; more are counted */
    INSTANCE_TEXT_SIZE = 256,
};

struct instance_counters {
    uint64_t sent;
    uint64_t send_errors;
    uint64_t zero_sent;
    uint64_t received; /* admitted ones */
    uint64_t zero_received;
    uint64_t hmac[HMAC_VERDICTS];
    uint64_t ah[AH_VERDICTS];
    uint64_t ignored;        /* owner_ignore_adverts */
    uint64_t lower_received; /* as master: a second one */
    uint64_t verdicts[ADMIT_VERDICTS];
    uint64_t malformed[PACKET_ERRORS];
    uint64_t unknown_auth_type; /* of version 2, of those that have another type than ours */
    uint64_t dual_masters;      /* times that a second master appeared beside it */
    uint64_t became_master;
    uint64_t left_master;
    uint64_t announced; /* bursts */
    uint64_t late;      /* wake-ups after which somebody else may have been master */
};

/* How often one state has followed another for a reason. */
struct instance_transition {
    uint8_t from; /* enum fsm_role */
    uint8_t to;
    uint8_t reason; /* enum fsm_reason */
    uint32_t count;
};

/* A reason for FAULT, as a text that says what is missing, and what would end it (NULL: not known). */
struct instance_fault {
    char *text;
    char *cure;
};

struct instance_faults {
    unsigned count;
    struct instance_fault *kept; /* the first INSTANCE_FAULTS of them; NULL: there are none */
};

/* What instance_observe() saw. */
struct instance_view {
    struct vrrp_link link;
    bool has_link;
    struct inet_addr source;
    struct track_output track; /* its priority with what an operator wants */
    struct vrrp_steering steering;
    uint8_t room; /* addresses that an advert can name */
    struct instance_faults faults;
};

struct instance {
    const struct instance_context *context;
    const struct conf_instance *conf;
    char place[CONF_INTERFACE_SIZE]; /* with vrid and family: who it is, whatever conf says */
    uint8_t vrid;
    uint8_t family;
    struct fsm_config config;
    struct fsm_state state;
    struct instance_view view;
    struct vrrp_socket *socket;
    bool hears_base;    /* that socket is listened to */
    uint32_t buffer;    /* its part of the receive buffer of what it listens to; 0: any */
    struct peers peers; /* who was heard */
    struct virtual *virtual;
    struct vrrp_socket *virtual_socket; /* on its virtual interface; NULL: none */
    struct vrrp_socket *plain;          /* with AH: hears who has forgotten it; NULL: nobody does */
    struct hmac_state *hmac;            /* NULL: never signed or verified */
    struct ah_state *ah;                /* NULL: never sealed or verified */
    struct loop_timer *timer;
    struct beat_member beat; /* of a master, in place of the timer */
    bool removed;            /* by a reload */
    bool stopped;            /* for good: it hands over, or is done */
    bool beating;            /* it is being served: its advert waits for the others' */
    bool holds;              /* it has claimed its addresses */
    uint32_t left_out;       /* addresses that its adverts have no room for; it was told */
    uint32_t announce_due;   /* packets for each address that are to be sent in this turn */
    struct announce_state announce;
    struct loop_timer *announce_timer;
    struct notify *notify;
    int resume_slot;
    char *group_reason;  /* why the sync group moves it; NULL: it never did */
    char *group_fault;   /* a member of the sync group that is faulty; NULL: none */
    char *address_fault; /* the kernel refuses an address; NULL: it does not */
    struct loop_timer *address_fault_timer;
    int64_t address_fault_wait; /* how long it stays in FAULT for that; 0: none since the reload */
    char *complaint;            /* what is wrong with another router's adverts; NULL: nothing was */
    int64_t complaint_at;
    int64_t sent_at;    /* the last advert but of priority 0 */
    int64_t since;      /* clock_now() of the last change of role */
    int64_t since_wall; /* clock_wall() of it */
    enum fsm_reason reason;
    char *reason_text; /* NULL: its role never changed */
    struct instance_counters counters;
    struct instance_transition *transitions; /* those that have happened */
    unsigned transition_count;
    int64_t second_at; /* as master: a second one's last advert; 0: there was none */
};

/* ---- instance.c -------------------------------------------------------------------------------- */

/** Where it stands: its interface, or the VRF of unicast without one; "": nowhere in particular. */
const char *instance_place(const struct conf_instance *conf);

/* ---- instance_fault.c -------------------------------------------------------------------------- */

/**
 * Adds a reason for FAULT, as a text that says what is missing (printf). Those beyond
 * INSTANCE_FAULTS are counted.
 */
void instance_add_fault(struct instance_faults *faults, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Says what would end the fault that was added last (printf). */
void instance_add_cure(struct instance_faults *faults, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Frees the reasons: there are none any more. */
void instance_clear_faults(struct instance_faults *faults);

/** The timer of a refused address: the instance tries again. @param argument  the instance */
void instance_address_fault_over(void *argument, int64_t now, int64_t late);

/* ---- instance_track.c, instance_socket.c ------------------------------------------------------- */

/**
 * Evaluates all that it tracks, by itself and with its sync group: `view` gets the sum and the
 * faults.
 */
void instance_observe_trackers(struct instance *instance, struct instance_view *view);

/** How a thing that it tracks is now. */
struct track_input instance_track_interface(const struct instance *instance,
                                            const struct conf_track_interface *one);
struct track_input instance_track_script(const struct instance *instance,
                                         const struct conf_track_script *one);
struct track_input instance_track_one(const struct instance *instance,
                                      const struct conf_track *one);

/** `trackers` of the status document; instance_trackers.c. */
json_t *instance_snapshot_trackers(const struct instance *instance);

/**
 * Makes its virtual interface be there, or adds a fault. Not without what it stands on, whose
 * absence is a fault already.
 */
void instance_observe_virtual(struct instance *instance, struct instance_view *view);

/** Listens no more at its interface, or its address; lets go of that socket. */
void instance_leave_socket(struct instance *instance);

/** The same for the socket that hears adverts without AH. */
void instance_leave_plain_socket(struct instance *instance);

/** The same for the socket on its virtual interface. */
void instance_leave_virtual_socket(struct instance *instance);

/**
 * Gets its socket, or adds a fault: one socket for as long as the interface keeps its index, and
 * unicast its address.
 */
void instance_observe_socket(struct instance *instance, struct instance_view *view);

/**
 * Gets the socket on its virtual interface, or adds a fault. None for unicast, which comes to the
 * MAC of the interface below.
 */
void instance_observe_virtual_socket(struct instance *instance, struct instance_view *view);

/**
 * Sets its virtual interface up before anything is said by it, and down as soon as nothing is any
 * more.
 */
void instance_raise_virtual(struct instance *instance, bool up);

/**
 * Where adverts leave: with the virtual MAC, if it has one and nothing else was asked for. NULL:
 * nowhere.
 */
struct vrrp_socket *instance_mouth(const struct instance *instance);

/**
 * Works out how many addresses an advert can name (keepalived-reference.md B17), and asks for the
 * part of the receive buffer that such adverts need. Whoever has keys leaves room for a trailer, so
 * that all name the same.
 */
void instance_observe_room(struct instance *instance, struct instance_view *view);

/* ---- instance_act.c ---------------------------------------------------------------------------- */

/** Whether it answers for its addresses, or goes on doing so after a crash. */
bool instance_answers(const struct instance *instance);

/**
 * Whether it waits for the end of vrrp_startup_delay or vrrp_delay_after_boot. One that was master
 * a moment ago has nothing to wait for.
 */
bool instance_is_delayed(const struct instance *instance);

/* ---- instance_event.c -------------------------------------------------------------------------- */

/**
 * A step of the state machine: its actions are carried out, its timer is set, a change of role is
 * told.
 */
void instance_event(struct instance *instance, const struct fsm_event *event);

/** The same for an event that happened at `now`, a moment ago: an advert, when the kernel had it. */
void instance_event_at(struct instance *instance, const struct fsm_event *event, int64_t now);

/** The same for an event that is no more than its kind. */
void instance_simple_event(struct instance *instance, enum fsm_event_kind kind);

/**
 * Its timer, of any role but master.
 * @param argument  the instance
 * @param late  ns that it is late
 */
void instance_timer(void *argument, int64_t now, int64_t late);

/** Its beat, of a master. @param argument  the instance @param late  ns that it is late */
void instance_beat(void *argument, int64_t now, int64_t late);

/** Whether it is master and has heard a second one within the last three intervals. */
bool instance_has_second_master(const struct instance *instance, int64_t now);

/* ---- instance_send.c --------------------------------------------------------------------------- */

/** What sealing and verifying by AH remember; there from the first use on. */
struct ah_state *instance_ah_state(struct instance *instance);

/** What signing and verifying by HMAC remember; there from the first use on. */
struct hmac_state *instance_hmac_state(struct instance *instance);

/**
 * How an advert to that address is summed: as it is configured, or as the peer that has it does it.
 */
enum packet_checksum instance_checksum(const struct instance *instance,
                                       const struct inet_addr *destination);

/**
 * Sends an advert of that priority to the group, or to each peer. Nothing while nobody could hear
 * it.
 */
void instance_send(struct instance *instance, uint8_t priority);

/** The same, telling of another interval than the configured one. @param interval  ns */
void instance_send_by(struct instance *instance, uint8_t priority, int64_t interval);

/* ---- instance_address.c ------------------------------------------------------------------------ */

/**
 * Announces its addresses that often when they are there, in this turn (0: not), and sets the timer
 * of what follows.
 */
void instance_announce(struct instance *instance, uint32_t repeat);

/** The timer of announcements. @param argument  the instance */
void instance_announce_due(void *argument, int64_t now, int64_t late);

/**
 * Not master any more: it tells the neighbours nothing, even while it still has the addresses.
 */
void instance_fall_silent(struct instance *instance);

/* ---- instance_tell.c --------------------------------------------------------------------------- */

/** A text as vprintf() makes it, cut off at INSTANCE_TEXT_SIZE. @return to be freed */
char *instance_format(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/**
 * Puts a copy of `text`, which may be the old one, in place of what `to` has. NULL: of nothing.
 */
void instance_set_text(char **to, const char *text);

/**
 * Writes why the state machine did what it did, with the numbers that decided it.
 * @param before  the state in which `event` met it
 */
void instance_explain(const struct instance *instance, const struct fsm_state *before,
                      enum fsm_reason reason, const struct fsm_event *event, int64_t now,
                      char text[INSTANCE_TEXT_SIZE]);

/** The word of a role for scripts; NOTIFY_STATES: they have none for it. */
enum notify_state instance_notify_state(enum fsm_role role);

/** Something about it is for the event log: hook `news`. */
void instance_tell_news(const struct instance *instance, enum vrrp_news_kind kind, const char *from,
                        const char *to, const char *reason);

/**
 * Its role is another one than `before`: log, scripts, counters, and whoever hears of changes.
 */
void instance_changed_role(struct instance *instance, const struct fsm_state *before, int64_t now);

/**
 * Something is wrong with another router's adverts (printf): the log has it, and status keeps it.
 */
void instance_complain(struct instance *instance, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Complains of a master of lower priority beside it. @param event  its advert */
void instance_tell_second_master(struct instance *instance, const struct fsm_event *event);

/**
 * Logs how its handing over ended.
 * @param event  a successor's advert, or the end of the time for one
 */
void instance_tell_handover(const struct instance *instance, const struct fsm_event *event,
                            int64_t now);

/**
 * It woke up so late that somebody else may have taken over: a pause of the host, or no turn on its
 * processor.
 * @param listens  it looks whether somebody has; else the change of its role says it all
 */
void instance_note_lateness(struct instance *instance, const struct fsm_state *before,
                            const struct fsm_event *event, bool listens);

#endif
