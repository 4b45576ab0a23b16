/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual interfaces (macvlan with the virtual router's MAC, ipvlan): made with all their settings or
 * not at all, up while their instance is master, removed when nobody needs them. While one is down
 * nothing leaves by it: no ARP, no IGMP, no neighbour discovery, no MLD.
 */
#ifndef HOLDFAST_NET_VMAC_H
#define HOLDFAST_NET_VMAC_H

#include "net/link.h"
#include "net/sysctl.h"
#include "net/vmac_plan.h"

struct vmac_table;

struct vmac_hooks {
    void *argument;
    /* What could not be done may be tried again: whoever needs an interface is to obtain it again. */
    void (*changed)(void *argument);
};

struct vmac_counters {
    uint64_t created;
    uint64_t adopted; /* of an earlier run */
    uint64_t removed;
    uint64_t refused; /* could not be made as it must be */
};

/**
 * @param links     outlives the table; it is brought up to date when an interface was made
 * @param settings  those of other interfaces; outlives the table
 * @param mark      the alias that says that an interface is ours: the same in the next run
 * @param error     -errno where NULL is returned
 */
struct vmac_table *vmac_open(struct loop *loop, struct log *log, struct link_table *links,
                             struct sysctl_table *settings, const char *mark,
                             const struct vmac_hooks *hooks, int *error);

/** Frees the table; the interfaces stay as they are. NULL is allowed. */
void vmac_close(struct vmac_table *table);

/**
 * Makes sure that a virtual interface is there as configured: makes it, adopts it, or finds that it
 * is there already. A new one is down. What failed is not tried again before some time has passed or
 * an interface concerned has changed.
 * @param owner    the instance's name; who obtains the same interface later owns it
 * @param problem  where it fails: why, and what would clear it
 * @return its index, or 0
 */
int vmac_obtain(struct vmac_table *table, const char *owner, const struct conf_vmac *conf,
                char problem[VMAC_TEXT_SIZE]);

/**
 * Sets an interface up or down, where it is not yet. Where it cannot be set up, the owner is told
 * (hooks) and vmac_obtain() says why.
 */
void vmac_set_up(struct vmac_table *table, const char *owner, const char *name, bool up);

/** Sets it down and removes it, if the owner still owns it. */
void vmac_release(struct vmac_table *table, const char *owner, const char *name);

/**
 * Removes what an earlier run left: interfaces with our mark that nobody owns. To be called once,
 * when all have obtained theirs.
 */
void vmac_sweep(struct vmac_table *table);

/** The link monitor's event, to be passed on by whoever owns both. */
void vmac_on_link_event(struct vmac_table *table, const struct link_event *event);

/** What was counted since the start; valid as long as the table. */
const struct vmac_counters *vmac_counters(const struct vmac_table *table);

#endif
