/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides: what operators asked for beside the configuration, which stays until it is undone or its
 * time is over, whatever is loaded or started meanwhile. As a list, and as the JSON that one run
 * leaves for the next. What each means is decided by those who look it up. Pure.
 *
 * What is asked of real servers that the configuration has (ready, drain, maint, weight) is
 * check/order's list, in the same file.
 */
#ifndef HOLDFAST_BASE_OVERRIDE_H
#define HOLDFAST_BASE_OVERRIDE_H

#include "base/slots.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OVERRIDE_BY_SIZE = 224,
    OVERRIDE_PROBLEM_SIZE = 192,
    OVERRIDE_TEXT_SIZE = 96,
    OVERRIDE_MOST = 100000, /* that peers, servers and pauses may make of a list */
    OVERRIDE_READ_MOST =
        2 * OVERRIDE_MOST, /* with a few of each instance: none is lost that was written */
};

enum override_kind {
    OVERRIDE_DEMOTE,     /* object: an instance */
    OVERRIDE_PRIORITY,   /* object: an instance; number: what is added to its priority */
    OVERRIDE_DRAIN,      /* the whole director */
    OVERRIDE_PEER_ADD,   /* object: an instance; part: an address */
    OVERRIDE_PEER_DEL,   /* the same */
    OVERRIDE_SERVER_ADD, /* object: a service; part: ADDRESS:PORT; like: a server; number: weight */
    OVERRIDE_SERVER_DEL, /* object: a service; part: a server */
    OVERRIDE_PAUSE,      /* the checks of object, a service; part: a server of it, or "" */
    OVERRIDE_LOG,        /* number: the least important level that is written */
    OVERRIDE_KINDS,
};

/* Never NULL: what a kind has no use for is "" or 0. */
struct override {
    enum override_kind kind;
    const char *object;
    const char *part;
    const char *like;
    int64_t number;
    int64_t since_wall; /* ns since 1970 */
    int64_t until_wall; /* 0: until it is undone */
    char by[OVERRIDE_BY_SIZE];
};

struct override_item;

/*
 * In the order in which they were asked for: override_at(). All zero is empty. Copies share what does not
 * change, also on several threads: a copy costs little, whatever is in the list.
 */
struct override_list {
    struct override_item **items;
    size_t count;
    size_t room;
    struct slots slots; /* their places, by a hash of what they are found by */
};

/** The one at a place below the count. Valid until the list changes. */
const struct override *override_at(const struct override_list *list, size_t place);

/** Frees what a list holds and makes it empty. */
void override_release(struct override_list *list);

/** A copy, to be released by the caller. */
struct override_list override_copy(const struct override_list *list);

/** The one of a kind for an object and a part of it, NULL: none. Valid until the list changes. */
const struct override *override_find(const struct override_list *list, enum override_kind kind,
                                     const char *object, const char *part);

/** Adds one, whose texts are copied, in place of the one of the same kind, object and part. */
void override_put(struct override_list *list, const struct override *override);

/** Takes one out. @return false where there is none */
bool override_remove(struct override_list *list, enum override_kind kind, const char *object,
                     const char *part);

/**
 * Takes out those whose time is over.
 * @param most  how many at once
 * @return they; to be released by the caller
 */
struct override_list override_take_ended(struct override_list *list, int64_t wall, size_t most);

/** When the next one ends, ns since 1970; CLOCK_NEVER: none does by itself. */
int64_t override_next_end(const struct override_list *list);

/** The word of a kind, such as "demote". */
const char *override_word(enum override_kind kind);

/** What is asked, for people: "priority +20", "server added, weight 5". @return `text` */
const char *override_text(char text[OVERRIDE_TEXT_SIZE], const struct override *override);

/** The list for the next run: an array of objects. */
json_t *override_json(const struct override_list *list);

/**
 * Reads such an array.
 * @param list     empty; set where true is returned, to be released by the caller
 * @param problem  set otherwise: what is wrong with it
 */
bool override_read(const json_t *array, struct override_list *list,
                   char problem[OVERRIDE_PROBLEM_SIZE]);

#endif
