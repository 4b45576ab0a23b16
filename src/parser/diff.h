/* SPDX-License-Identifier: Apache-2.0
 *
 * What changes from one configuration to another: objects by their identity, settings by their
 * keyword. Linear in the size of both. Pure.
 */
#ifndef HOLDFAST_PARSER_DIFF_H
#define HOLDFAST_PARSER_DIFF_H

#include "parser/facts.h"

#include <stdbool.h>
#include <sys/queue.h>

struct diff;

enum diff_change {
    DIFF_ADDED,
    DIFF_CHANGED,
    DIFF_REMOVED,
};

/* A setting, or a line of a value block. */
struct diff_value {
    STAILQ_ENTRY(diff_value) next;
    const char *list;    /* NULL: a setting */
    const char *keyword; /* of a line: its identity */
    const char *before;  /* NULL: it was not there */
    const char *after;   /* NULL: it is not there any more */
    bool secret;         /* a password: not to be shown */
};
STAILQ_HEAD(diff_value_list, diff_value);

/* An object that is added, changed or removed. Of those that come or go as a whole only the lines of
 * value blocks are told, of a changed one what changes. */
struct diff_object {
    STAILQ_ENTRY(diff_object) next;
    enum diff_change change;
    enum facts_kind kind;
    const char *keyword;   /* "real_server" */
    const char *name;      /* "10.0.0.7:80" */
    const char *parent;    /* the name of the object around it; NULL: none */
    const char *outer;     /* of the one around that; NULL: none */
    const char *outermost; /* of the one around that; NULL: none */
    struct diff_value_list values;
};
STAILQ_HEAD(diff_object_list, diff_object);

/** Compares two configurations. The caller frees the result with diff_free(). */
struct diff *diff_new(const struct conf *before, const struct conf *after);

/** Frees it. NULL is allowed. */
void diff_free(struct diff *diff);

/** What comes, goes and changes: in the order of the new configuration, then what is removed. */
const struct diff_object_list *diff_objects(const struct diff *diff);

#endif
