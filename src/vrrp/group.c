/* SPDX-License-Identifier: Apache-2.0
 *
 * Sync groups: what the members are to do, given how they are.
 */
#include "vrrp/group.h"

enum group_command group_decide(const struct group_member *members, size_t count)
{
    size_t faulty = 0;
    size_t in_fault = 0;
    size_t masters = 0;
    size_t ready = 0; /* master already, or wants to be */
    size_t obeying = 0;

    for (size_t i = 0; i < count; i++) {
        faulty += members[i].faulty;
        in_fault += members[i].role == FSM_FAULT;
        masters += members[i].role == FSM_MASTER;
        obeying += members[i].obeys;
        ready += members[i].role == FSM_MASTER || members[i].wants_master;
    }
    if (faulty) {
        return in_fault == count ? GROUP_NOTHING : GROUP_FAULT;
    }
    if (in_fault) {
        return GROUP_CLEAR;
    }
    if (ready == count) {
        return masters == count ? GROUP_NOTHING : GROUP_MASTER;
    }
    /* A member that merely waits (it was just added by a reload) is no reason to give up. */
    return masters && obeying ? GROUP_BACKUP : GROUP_NOTHING;
}
