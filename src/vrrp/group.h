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
    bool keeps;       /* such a backup that gave its place up, heard no successor and answers on */
    bool obeys;       /* a backup that hears a master it yields to */
    bool faulty;      /* has a reason of its own to be in FAULT */
    bool waiting;     /* waits for a tracker's first result */
    bool resumable;   /* was master until a crash, and its peers still wait for it */
};

/* How members start that were master until a crash. */
enum group_resumption {
    GROUP_START,  /* as any other router */
    GROUP_HOLD,   /* not yet: all may be able to go on */
    GROUP_RESUME, /* as the masters they were */
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

/** Whether all of `count` members can go on as masters: if one cannot, none does. */
enum group_resumption group_resume(const struct group_member *members, size_t count);

/* How group_settle() sees and moves its members. */
struct group_calls {
    struct group_member (*member)(void *argument, size_t index);
    /* @param culprit  index of the member that is faulty or yields; the count where there is none */
    void (*command)(void *argument, size_t index, enum group_command command, size_t culprit);
    void *argument;
};

struct group_review {
    bool running;
    bool again; /* something changed meanwhile */
};

/**
 * Decides and moves the members until there is nothing left to decide. A call while one runs (from a
 * member that has just been moved) makes that one look again.
 * @return whether this call has settled it
 */
bool group_settle(struct group_review *review, const struct group_calls *calls, size_t count);

#endif
