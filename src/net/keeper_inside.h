/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside a keeper: its entries, and what its files share. For keeper*.c only.
 *
 *     keeper.c          plan and apply; start and stop
 *     keeper_claim.c    entries and who claims them
 *     keeper_answer.c   a batch on its way, and the kernel's answers
 *     keeper_audit.c    what the kernel has
 */
#ifndef HOLDFAST_NET_KEEPER_INSIDE_H
#define HOLDFAST_NET_KEEPER_INSIDE_H

#include "base/clock.h"
#include "base/hash.h"
#include "net/keeper.h"

#include <sys/queue.h>

struct log;
struct loop_timer;
struct loop_watch;
struct mnl_socket;

enum {
    KEEPER_READ_SIZE = 64 * 1024,
    KEEPER_TROUBLE_SIZE = 512,
};

struct keeper_claim {
    STAILQ_ENTRY(keeper_claim) next;
    char *owner;
    char *text;
    void *value;
    bool track;
    bool fresh; /* told since keeper_claim_begin() */
};
STAILQ_HEAD(keeper_claim_list, keeper_claim);

struct keeper_entry {
    struct keeper_claim_list claims; /* the first one counts; none: to be removed */
    void *is;                        /* what the kernel has, where it is present */
    char *text;                      /* of the last claim, for people; NULL: never claimed */
    bool present;
    bool torn;         /* present in part */
    bool seen;         /* in the dump that is being read */
    bool leftover;     /* of an earlier run, and not claimed yet */
    bool lost;         /* somebody else removed it */
    bool waits;        /* an interface is not there: no message was sent */
    bool tell_trouble; /* hooks are called when the batch is done */
    bool tell_restored;
    char *trouble;     /* what was refused, and why; NULL: nothing was */
    unsigned refusals; /* in a row */
    int64_t wait;      /* back-off: how long the next one is put off */
    int64_t not_before;
    int64_t lost_at;
    UT_hash_handle hh;
    unsigned char key[];
};

/* A message under way. */
struct keeper_flight {
    struct keeper_entry *entry; /* NULL: answered */
    void *value;                /* of the entry afterwards; NULL: it is removed */
};

struct keeper {
    struct log *log;
    const struct link_table *links;
    const struct keeper_kind *kind;
    struct keeper_hooks hooks;
    struct mnl_socket *socket;  /* asks and is answered within the call */
    struct mnl_socket *monitor; /* notifications */
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct loop_timer *audit;
    struct keeper_entry *entries;
    struct keeper_counters counters;
    uint8_t *batch; /* NULL: nothing is to be sent */
    size_t batch_size;
    struct keeper_flight *flights;
    size_t flight_count;
    size_t flight_room;
    uint32_t sequence; /* of the next message */
    bool swept;        /* leftovers may be removed */
    bool by_link;      /* the audit that is due is for a change of interfaces */
    bool by_others;    /* and for a notification of somebody's removal */
    int64_t audited_at;
};

/* ---- keeper_claim.c ---------------------------------------------------------------------------- */

/** The entry with that value's key; NULL: there is none. */
struct keeper_entry *keeper_find(const struct keeper *keeper, const void *value);

/** A copy of a value whose key is that of this moment. The caller frees it. */
void *keeper_place(const struct keeper *keeper, const void *value);

/** The entry with that value's key, made where there is none. */
struct keeper_entry *keeper_obtain(struct keeper *keeper, const void *value);

/** The kernel has this of an entry. */
void keeper_set_present(struct keeper *keeper, struct keeper_entry *entry, const void *value);

/** Frees an entry with its claims. */
void keeper_forget(struct keeper *keeper, struct keeper_entry *entry);

/** Frees the entries that nobody claims and the kernel does not have. */
void keeper_forget_finished(struct keeper *keeper);

/**
 * Whether dumps tell of it: they find what carries our mark; the rest is there for as long as
 * nobody says otherwise.
 */
bool keeper_is_watched(const struct keeper *keeper, const void *value);

/** The words for an entry in a message. */
const char *keeper_text(const struct keeper_entry *entry);

/** Whom a message about an entry concerns; NULL: nobody claims it. */
const char *keeper_owner(const struct keeper_entry *entry);

/** What went wrong with an entry does not count any more. */
void keeper_forgive(struct keeper_entry *entry);

/**
 * Claims whose key depends on interfaces go to the entries that have it now. New entries come at
 * the end, where their claims are in their place.
 */
void keeper_move_claims(struct keeper *keeper);

/* ---- keeper_answer.c --------------------------------------------------------------------------- */

/** Puts the next try off, longer each time. */
void keeper_back_off(struct keeper_entry *entry, int64_t now);

/** Has the kernel's entries read again, but not all the time. */
void keeper_audit_soon(struct keeper *keeper);

/**
 * Sends what was put together. The kernel works a batch off within the call, so the answers are
 * there when it returns.
 */
void keeper_send(struct keeper *keeper);

/* ---- keeper_audit.c ---------------------------------------------------------------------------- */

/**
 * Reads everything of ours. The kernel writes each part of a dump while the part before it is read,
 * so nothing is waited for.
 * @param first  what it shows is an earlier run's
 * @return whether all was seen
 */
bool keeper_dump(struct keeper *keeper, bool first);

/** The timer of a dump: what is missing is lost, and comes back. @param argument  the keeper */
void keeper_audit(void *argument, int64_t now, int64_t late);

/** Notifications are there to be read. @param argument  the keeper */
void keeper_readable(void *argument);

#endif
