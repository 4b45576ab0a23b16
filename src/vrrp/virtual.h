/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual interfaces of one instance (use_vmac, use_ipvlan): that they are there while it is
 * configured, up while it is master, and gone with it. How that is done is behind the hooks.
 */
#ifndef HOLDFAST_VRRP_VIRTUAL_H
#define HOLDFAST_VRRP_VIRTUAL_H

#include "vrrp/hooks.h"

struct virtual;

/** None yet. `hooks` outlives it. */
struct virtual *virtual_new(const struct vrrp_hooks *hooks);

/** Removes the interfaces and frees what is known of them. NULL is allowed. */
void virtual_free(struct virtual *virtual);

/**
 * Makes sure that those of the configuration are there and either up or down, and lets go of those
 * that are configured no more.
 * @param up       the instance answers for its addresses
 * @param problem  called for each one that is not there: why, and what would clear it
 */
void virtual_observe(struct virtual *virtual, const struct conf_instance *conf, bool up,
                     void (*problem)(void *argument, const char *text), void *argument);

/** Sets all of them up or down. */
void virtual_set_up(struct virtual *virtual, bool up);

/** Whether there are any. */
bool virtual_has_any(const struct virtual *virtual);

/** Whether they are to be up. */
bool virtual_is_up(const struct virtual *virtual);

/** The index of the instance's own one; 0: it has none, or it is not there. */
int virtual_index(const struct virtual *virtual);

#endif
