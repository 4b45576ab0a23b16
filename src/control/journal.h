/* SPDX-License-Identifier: Apache-2.0
 *
 * The event log: what has happened, each event with a number, when, to whom, and why (doc/status.md). A
 * ring: the oldest event makes room. Pure: the time is the caller's. Texts are copied, cut off at
 * JOURNAL_TEXT_SIZE.
 *
 * Who follows it keeps the number of the last event that he has seen and asks for those behind it: so
 * a slow one costs nothing, and learns how many he has missed.
 */
#ifndef HOLDFAST_CONTROL_JOURNAL_H
#define HOLDFAST_CONTROL_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JOURNAL_VERSION = 1,     /* of an event: new members do not change it */
    JOURNAL_SIZE = 1000,     /* events that the daemon keeps */
    JOURNAL_TEXT_SIZE = 512, /* bytes of each text of an event that are kept, with their NUL */
};

/* What an event is about. */
enum journal_kind {
    JOURNAL_DAEMON,      /* it started, it stops */
    JOURNAL_INSTANCE,    /* a VRRP instance changed its state */
    JOURNAL_PRIORITY,    /* the effective priority of an instance changed */
    JOURNAL_SYNC_GROUP,  /* a sync group changed its state */
    JOURNAL_BFD,         /* a BFD session came up or went down */
    JOURNAL_ADDRESS,     /* an address, a route or a rule was refused by the kernel, or put back */
    JOURNAL_SERVER,      /* a real server went up or down */
    JOURNAL_QUORUM,      /* a virtual server lost its quorum or has it again */
    JOURNAL_FAIL_OPEN,   /* a virtual server uses all its servers, whatever their checks say */
    JOURNAL_IPVS,        /* the kernel's table: availability, refusals, repairs */
    JOURNAL_SYNC_DAEMON, /* the connection sync daemons of IPVS */
    JOURNAL_RELOAD,      /* how a reload went */
    JOURNAL_OPERATOR,    /* somebody asked for something */
    JOURNAL_KINDS,
};

/* An event before it is in the log. NULL: there is none such; `object` is always there. */
struct journal_entry {
    enum journal_kind kind;
    const char *object; /* the name of what it happened to */
    const char
        *server; /* of JOURNAL_SERVER, and where an operator means one: `object` is its service */
    const char *from;   /* the state before */
    const char *to;     /* the state now */
    const char *code;   /* why, as a word for programs */
    const char *reason; /* why, for people */
    const char *by;     /* who asked for it */
};

struct journal;

/** An empty log for so many events, at least one. The caller frees it with journal_free(). */
struct journal *journal_new(size_t capacity);

/** Frees it. NULL is allowed. */
void journal_free(struct journal *journal);

/**
 * Adds an event, then calls those who listen, in the order in which they came.
 * @param wall  when it happened: ns since 1970
 * @return its number: 1 for the first one of this run of the daemon, and so on
 */
uint64_t journal_add(struct journal *journal, const struct journal_entry *entry, int64_t wall);

/** The number of the latest event; 0: there was none. */
uint64_t journal_last(const struct journal *journal);

/** The number of the oldest event that is kept; journal_last() + 1 where none is. */
uint64_t journal_first(const struct journal *journal);

/** An event as JSON, new: doc/status.md, "Events"; NULL: it is not kept, or has not happened yet. */
json_t *journal_event(const struct journal *journal, uint64_t number);

/**
 * The answer to the command `events`, new: `version`, `first`, `last`, `lost`, `events` (doc/status.md).
 * @param since  the events behind that number, the oldest first; what is beyond the latest one is of
 *               another run of the daemon: all are meant. NULL: the latest ones
 * @param limit  at most so many
 */
json_t *journal_list(const struct journal *journal, const uint64_t *since, size_t limit);

/** Hears of an event, which is in the log by then. It may read the log, and not add to it. */
typedef void (*journal_function)(void *argument, uint64_t number);

/** Has a function called for each event from now on, as long as the log lives. */
void journal_listen(struct journal *journal, journal_function function, void *argument);

/** The word of a kind: "instance", "server". */
const char *journal_kind_text(enum journal_kind kind);

#endif
