/* SPDX-License-Identifier: Apache-2.0
 *
 * Sync groups: what the members are to do, given how they are.
 */
#include "vrrp/group.h"

#include "base/memory.h"

#include <stdlib.h>

enum { GROUP_ROUNDS = 16 }; /* after which a group must have settled */

enum group_command group_decide(const struct group_member *members, size_t count)
{
    size_t faulty = 0;
    size_t in_fault = 0;
    size_t masters = 0;
    size_t ready = 0; /* master already, or wants to be */
    size_t obeying = 0;
    size_t keeping = 0;

    for (size_t i = 0; i < count; i++) {
        faulty += members[i].faulty;
        in_fault += members[i].role == FSM_FAULT;
        masters += members[i].role == FSM_MASTER;
        obeying += members[i].obeys;
        keeping += members[i].keeps;
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
    return (masters || keeping) && obeying ? GROUP_BACKUP : GROUP_NOTHING;
}

enum group_resumption group_resume(const struct group_member *members, size_t count)
{
    enum group_resumption resumption = GROUP_RESUME;

    for (size_t i = 0; i < count; i++) {
        if (members[i].role == FSM_MASTER) { /* has gone on already */
            continue;
        }
        if (members[i].role != FSM_INIT || members[i].faulty || !members[i].resumable) {
            return GROUP_START;
        }
        if (members[i].waiting) {
            resumption = GROUP_HOLD;
        }
    }
    return resumption;
}

static enum group_command group_judge(const struct group_calls *calls, struct group_member *members,
                                      size_t count, size_t *culprit)
{
    *culprit = count;
    for (size_t i = 0; i < count; i++) {
        members[i] = calls->member(calls->argument, i);
        if (members[i].faulty || (members[i].obeys && *culprit == count)) {
            *culprit = i;
        }
    }
    return group_decide(members, count);
}

bool group_settle(struct group_review *review, const struct group_calls *calls, size_t count)
{
    struct group_member *members;
    int rounds = 0;

    review->again = true;
    if (review->running) {
        return false;
    }
    review->running = true;
    members = memory_new(count + 1, sizeof(*members));
    while (review->again && rounds++ < GROUP_ROUNDS) {
        size_t culprit;
        enum group_command command = group_judge(calls, members, count, &culprit);

        review->again = false;
        for (size_t i = 0; command != GROUP_NOTHING && i < count; i++) {
            calls->command(calls->argument, i, command, culprit);
        }
    }
    free(members);
    review->running = false;
    return true;
}
