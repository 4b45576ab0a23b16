/* SPDX-License-Identifier: Apache-2.0
 *
 * VRRP as a whole: all instances and sync groups of a configuration, their sockets and scripts.
 */
#ifndef HOLDFAST_VRRP_VRRP_H
#define HOLDFAST_VRRP_VRRP_H

#include "parser/conf.h"
#include "vrrp/hooks.h"

#include <jansson.h>

struct log;
struct loop;
struct runner;
struct runtime;
struct vrrp;

/**
 * VRRP without instances. What is passed must outlive it.
 * @param runtime  where beats are kept for a resumption after a crash
 */
struct vrrp *vrrp_new(struct loop *loop, struct log *log, struct runner *runner,
                      const struct runtime *runtime, const struct vrrp_hooks *hooks);

/** Frees everything, telling nobody: see vrrp_stop(). NULL is allowed. */
void vrrp_free(struct vrrp *vrrp);

/**
 * Whether an earlier run ended as a master, so that its addresses may be there still. Before the first
 * vrrp_configure().
 * @param until  set to when the last of the configuration's instances can't be resumed any more
 *               (clock_now()), 0: none can
 */
bool vrrp_was_master(const struct vrrp *vrrp, const struct conf *conf, int64_t *until);

/**
 * Start and reload: instances that are the same virtual router keep their state, others are created
 * or stopped. The new configuration must live until the next call; the old one may be freed then,
 * or when vrrp_is_leaving() is false.
 */
void vrrp_configure(struct vrrp *vrrp, const struct conf *conf);

/** An interface came, went or changed. */
void vrrp_on_link_change(struct vrrp *vrrp);

/** Calls a function with the number of each tracked file, for others who follow it. */
void vrrp_each_file(const struct vrrp *vrrp,
                    void (*function)(void *argument, const char *name, int64_t value),
                    void *argument);

/** A BFD session that instances may track came up or went down. */
void vrrp_on_bfd_change(struct vrrp *vrrp);

/** An instance's address was put back after somebody else had removed it. */
void vrrp_on_address_restored(struct vrrp *vrrp, const char *owner);

/** The kernel refuses an instance's address. */
void vrrp_on_address_refused(struct vrrp *vrrp, const char *owner, const char *text);

/** What was refused is there after all: an instance need not wait any more. */
void vrrp_on_address_forgiven(struct vrrp *vrrp, const char *owner);

/**
 * Orderly stop: every instance gives up, and none starts again. To be freed when vrrp_is_leaving() is
 * false: the hook `left` says so.
 */
void vrrp_stop(struct vrrp *vrrp);

/**
 * The process ends, and another one is to go on with the addresses, routes and interfaces as they are:
 * masters send one more advert, which gives it time, and nobody is told of anything. Nothing may be
 * called afterwards: the process is to end, without taking down what is to stay.
 * @return how many instances go on as master if the next process is there in time
 */
unsigned vrrp_pause(struct vrrp *vrrp);

/** Whether an instance that was stopped still answers for its addresses, until a successor does. */
bool vrrp_is_leaving(const struct vrrp *vrrp);

/** Whether a notify script runs or is still to run; after vrrp_stop() the hook `told` says when not. */
bool vrrp_is_telling(const struct vrrp *vrrp);

/** Whether the instance of that name is master now; false where there is none. */
bool vrrp_is_master(const struct vrrp *vrrp, const char *instance);

/* How an instance stands in its election. */
struct vrrp_standing {
    bool master;
    bool backup;
    bool answers;            /* for its addresses */
    bool obeys;              /* a backup that hears a master */
    struct inet_addr leader; /* that master; AF_UNSPEC: none was heard */
    uint8_t priority;        /* effective */
    int sum;                 /* of base, trackers and what an operator adds, before it is limited */
};

/** Tells how the instance of that name stands. @return false: there is none */
bool vrrp_standing(const struct vrrp *vrrp, const char *instance, struct vrrp_standing *standing);

/** What operators want may be something else now: hook `find_steering`. */
void vrrp_on_steered(struct vrrp *vrrp);

/** Instances that are master now. */
unsigned vrrp_masters(const struct vrrp *vrrp);

/** How often an instance woke up so late that somebody else may have taken over, since the start. */
uint64_t vrrp_late_wakeups(const struct vrrp *vrrp);

/** The arrays "instances", "sync_groups" and "scripts" of the status document: doc/status.md. */
json_t *vrrp_snapshot_instances(const struct vrrp *vrrp);
json_t *vrrp_snapshot_groups(const struct vrrp *vrrp);
json_t *vrrp_snapshot_scripts(const struct vrrp *vrrp);

/** The arrays "track_files" and "track_processes" of the status document. */
json_t *vrrp_snapshot_files(const struct vrrp *vrrp);
json_t *vrrp_snapshot_processes(const struct vrrp *vrrp);

#endif
