/* SPDX-License-Identifier: Apache-2.0
 *
 * Sync groups: instances that change state together (keepalived-reference.md B29-B31). Pure: how
 * the members are now goes in, what they are all to do comes out.
 */
#ifndef HOLDFAST_VRRP_GROUP_H
#define HOLDFAST_VRRP_GROUP_H

#include "vrrp/fsm.h"

#include <stdbool.h>
#include <stddef.h>

/* A member as the group sees it. */
struct group_member {
    enum fsm_role role;
    bool
        wants_master; /* its down timer ended, or it is an address owner: it waits for the others */
    bool obeys;       /* a backup that hears a master it yields to */
    bool faulty;      /* has a reason of its own to be in FAULT */
};

/* What every member that is not there yet is told. */
enum group_command {
    GROUP_NOTHING,
    GROUP_MASTER, /* all want to: become master together */
    GROUP_BACKUP, /* one yields to another router: all do */
    GROUP_FAULT,  /* one is faulty: all are in FAULT */
    GROUP_CLEAR,  /* none is faulty any more: leave FAULT together */
};

/** Decides for `count` members, at least 1. */
enum group_command group_decide(const struct group_member *members, size_t count);

#endif
