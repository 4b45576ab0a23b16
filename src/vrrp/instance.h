/* SPDX-License-Identifier: Apache-2.0
 *
 * One virtual router of ours at work: it feeds the state machine with adverts, timers and facts
 * (interface, addresses, trackers) and carries out what comes back.
 */
#ifndef HOLDFAST_VRRP_INSTANCE_H
#define HOLDFAST_VRRP_INSTANCE_H

#include "base/command.h"
#include "vrrp/group.h"
#include "vrrp/hooks.h"
#include "vrrp/packet.h"

#include <jansson.h>

struct beat_table;
struct file_table;
struct instance;
struct log;
struct loop;
struct notify_table;
struct proc_table;
struct resume;
struct runner;
struct script_table;
struct socket_table;

/* What all instances share; outlives them. */
struct instance_context {
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    struct socket_table *sockets;
    struct beat_table *beats;
    struct notify_table *notifies;
    struct script_table *scripts;
    struct file_table *files;
    struct proc_table *procs;
    struct resume *resume;
    const struct vrrp_hooks *hooks;
    /* Something changed that the instance's sync group must judge. */
    void (*review)(void *argument, struct instance *instance);
    /* How an instance of a sync group starts that may have been master until a crash. */
    enum group_resumption (*resumption)(void *argument, const struct instance *instance);
    /* The other members of its sync group are to announce their addresses again. */
    void (*announce_others)(void *argument, struct instance *instance);
    /* An instance's addresses or announcements changed: instance_settle() is to follow in this turn. */
    void (*unsettled)(void *argument);
    /* An instance acts by its own timer. @return whether it is not the first one in this turn of the
     * loop: its advert is to leave with the others' */
    bool (*joins)(void *argument);
    /* An instance woke up so late that somebody else may have taken over. */
    void (*woke_late)(void *argument);
    /* An instance that had left has let go of its addresses now. */
    void (*handed_over)(void *argument);
    void *argument;
    struct conf_receive_buffers receive_buffers; /* global_defs' */
    int64_t start_at; /* instances start then, unless they resume: vrrp_startup_delay */
};

/**
 * Until when an instance that is not there yet may go on as master after a crash.
 * @return clock_now()'s nanoseconds, 0: it may not
 */
int64_t instance_resumable_until(const struct instance_context *context,
                                 const struct conf_instance *conf);

/** An instance that has not started. `conf` must live until instance_configure() gets another. */
struct instance *instance_new(const struct instance_context *context,
                              const struct conf_instance *conf);

/** Frees it without a word to anybody: see instance_stop(). NULL is allowed. */
void instance_free(struct instance *instance);

/**
 * Whether a configured instance is the same virtual router (interface or VRF, VRID, family), under whatever
 * name: then it keeps its state over a reload.
 * @param exactly  with the same multicast group, or the same source and a common peer: two that differ
 *                 in that alone can stand side by side
 */
bool instance_is(const struct instance *instance, const struct conf_instance *conf, bool exactly);

/** Whether a router of this address is one of its unicast peers. */
bool instance_has_peer(const struct instance *instance, const struct inet_addr *addr);

/** Takes over a configuration: the first one, or a changed one after a reload. */
void instance_configure(struct instance *instance, const struct conf_instance *conf);

/** Writes the line of its state to the FIFOs again: fifo_write_vrrp_states_on_reload. */
void instance_repeat_line(const struct instance *instance);

/** As instance_stop(), for one that a reload removed: scripts hear FAULT or DELETED. */
void instance_remove(struct instance *instance);

/** Looks at interface, source address and trackers again; acts on nothing yet. */
void instance_observe(struct instance *instance);

/** Acts on what instance_observe() saw: starts, enters or leaves FAULT, changes its priority. */
void instance_act(struct instance *instance);

/** An advert that it had queued could not be sent. @param owner  the instance */
void instance_on_send_error(void *owner, int error);

/** A packet for its virtual router is no advert. @param error  why */
void instance_count_malformed(struct instance *instance, enum packet_error error);

/**
 * Whether an advert for it whose checksum is wrong has that of an old keepalived, and those are taken:
 * old_unicast_checksum. Sets the form.
 */
bool instance_knows_sum(const struct instance *instance, const struct packet_envelope *envelope,
                        struct packet_advert *advert);

/** An advert of the instance's VRID arrived on its interface. */
void instance_receive(struct instance *instance, const struct packet_envelope *envelope,
                      const struct packet_advert *advert);

/**
 * Gives up: priority 0 where it is master, then notify_stop. Unless `handover off` it keeps its
 * addresses for a while: see instance_is_handing_over().
 */
void instance_stop(struct instance *instance);

/**
 * The process ends for another one to go on with everything as it is (vrrp_pause()): of a master, the last
 * advert. @return whether it is master
 */
bool instance_pause(struct instance *instance);

/**
 * Claims or releases its addresses, as its state wants it; takes effect with the hook `commit`.
 * Adverts go first: of many instances that become master at once none waits for another's addresses.
 * @return how many are to be committed
 */
size_t instance_settle(struct instance *instance);

/** Announces what is due and was claimed, after the commit. */
void instance_settle_announcements(struct instance *instance);

/** Takes its addresses off, whoever answers for them then. */
void instance_release(struct instance *instance);

/** Whether it has left and still answers for its addresses, until a successor is heard. */
bool instance_is_handing_over(const struct instance *instance);

/** An address was put back that somebody else had removed: tells the neighbours again. */
void instance_announce_again(struct instance *instance);

/** The kernel refuses an address: the instance is in FAULT for a while, then tries again. */
void instance_refuse_address(struct instance *instance, const char *text);

/** What was refused is there: that FAULT ends. */
void instance_forgive_address(struct instance *instance);

/** How the instance looks to its sync group. */
struct group_member instance_member(const struct instance *instance);

/**
 * Does what its sync group decided.
 * @param culprit  the name of the member that is faulty (GROUP_FAULT) or yields (GROUP_BACKUP)
 */
void instance_command(struct instance *instance, enum group_command command, const char *culprit);

/** The master that it hears as a backup; AF_UNSPEC: none. */
struct inet_addr instance_leader(const struct instance *instance);

/**
 * Its effective priority.
 * @param sum  set to what base, trackers and operator add up to: the effective one is within 1..254
 */
uint8_t instance_priority(const struct instance *instance, int *sum);

/** The configuration it works by. */
const struct conf_instance *instance_conf(const struct instance *instance);

/** Whether it waits for a tracker's first result. */
bool instance_is_waiting(const struct instance *instance);

/** Its part of the status document: doc/status.md. */
json_t *instance_snapshot(const struct instance *instance);

#endif
