/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the metrics share. For metrics*.c only. A metric is a row of a table:
 *
 *     metrics.c          the whole: options, every row of every table
 *     metrics_read.c     reading of the document
 *     metrics_item.c     the objects that have series of their own, and their labels
 *     metrics_sample.c   lines of text
 *     metrics_vrrp.c     VRRP, BFD, what is tracked
 *     metrics_service.c  services and servers; metrics_check.c: checks
 *     metrics_daemon.c   IPVS, network, reloads, loop, process
 *     metrics_alias.c    the names that two exporters for keepalived have
 */
#ifndef HOLDFAST_CONTROL_METRICS_INSIDE_H
#define HOLDFAST_CONTROL_METRICS_INSIDE_H

#include "base/text.h"
#include "control/metrics.h"

enum metrics_type {
    METRICS_GAUGE,
    METRICS_COUNTER,
    METRICS_HISTOGRAM,
    METRICS_INFO,
    METRICS_UNKNOWN, /* a counter whose name may not be changed to that of one */
    METRICS_TYPES,
};

/* How a member becomes a number. */
enum metrics_value {
    METRICS_NUMBER,
    METRICS_TRUTH,   /* 1 where it is true, 0 where it is false */
    METRICS_MS,      /* milliseconds, as seconds */
    METRICS_US,      /* microseconds, as seconds */
    METRICS_SECONDS, /* seconds with a fraction */
    METRICS_INSTANT, /* RFC 3339, as seconds since 1970 */
    METRICS_LENGTH,  /* of an array */
    METRICS_THERE,   /* 1 where it is not null, 0 where it is */
};

/* Objects that have series of their own. Parents come before their children. */
enum metrics_set_name {
    METRICS_DOCUMENT, /* one: the document, without labels */
    METRICS_INSTANCES,
    METRICS_ADDRESSES, /* of instances */
    METRICS_PEERS,     /* of instances, configured ones */
    METRICS_GROUPS,
    METRICS_SCRIPTS,
    METRICS_FILES,
    METRICS_PROCESSES,
    METRICS_FIFOS,
    METRICS_SESSIONS, /* of BFD */
    METRICS_LINKS,
    METRICS_SERVICES,
    METRICS_SERVERS,
    METRICS_CHECKS,
    METRICS_ALIAS_INSTANCES, /* as mehdy/keepalived-exporter labels them, */
    METRICS_ALIAS_STATES,    /* and gen2brain/keepalived_exporter */
    METRICS_ALIAS_SCRIPTS,
    METRICS_SETS,
};

/* An object and its labels, escaped: `service="10.0.0.1:80/tcp",server="10.0.1.1:80"`. */
struct metrics_item {
    const json_t *json;
    const json_t *parent; /* NULL: the document */
    size_t labels;        /* where they begin in the texts of metrics_open() */
};

struct metrics_set {
    struct metrics_item *items;
    size_t count;
};

struct metrics_family;

struct metrics {
    const json_t *status;
    const struct metrics_options *options;
    struct text_buffer *out;
    struct metrics_set sets[METRICS_SETS];
    struct text_buffer labels; /* of all items, with a NUL behind each */
    size_t left_out_services;  /* since there are too many */
    size_t left_out_servers;
    const struct metrics_family *family; /* whose head is written */
    bool labelled;                       /* the line has a label */
};

/* A metric. Its name is without _total, _info or _bucket, and ends with its unit. */
struct metrics_family {
    const char *name;
    enum metrics_type type;
    enum metrics_set_name of;
    const char *help;
    const char *path[3]; /* the member */
    enum metrics_value value;
    enum metrics_depth depth; /* that it needs */
    int64_t least_us;         /* of a histogram: its lowest bound, or lower */
    /* In place of the member: writes the samples of an item. */
    void (*write)(struct metrics *metrics, const struct metrics_family *family,
                  const struct metrics_item *item);
    const char *labels; /* that `write` adds, for people; NULL: none */
};

struct metrics_table {
    const struct metrics_family *families;
    size_t count;
    bool alias; /* with metrics_aliases alone */
};

#define METRICS_TABLE(rows, is_alias)                                                              \
    {                                                                                              \
        rows, sizeof(rows) / sizeof((rows)[0]), is_alias                                           \
    }

/* ---- The tables -------------------------------------------------------------------------------- */

extern const struct metrics_table metrics_vrrp_table;
extern const struct metrics_table metrics_service_table;
extern const struct metrics_table metrics_check_table;
extern const struct metrics_table metrics_daemon_table;
extern const struct metrics_table metrics_alias_table;

/* ---- metrics_read.c ---------------------------------------------------------------------------- */

/** A member of a member ... NULL: there is none. @param path  up to three names, ended by NULL */
const json_t *metrics_member(const json_t *object, const char *const path[3]);

/** A text; "" where there is none. */
const char *metrics_text(const json_t *object, const char *name);

/** A number of 0 or more; 0 where there is none. */
int64_t metrics_count(const json_t *object, const char *name);

/** The sum of two such numbers; the largest there is where it is more. */
int64_t metrics_sum(int64_t one, int64_t other);

/**
 * A value as metrics have it. @param micro  set: millionths of the value, where it is in seconds
 * @return false: it is not of that kind
 */
bool metrics_value_of(const json_t *json, enum metrics_value kind, int64_t *value);

/** Whether values of that kind are in seconds. */
bool metrics_is_time(enum metrics_value kind);

/* ---- metrics_item.c ---------------------------------------------------------------------------- */

/** Finds the objects and writes their labels. */
void metrics_open(struct metrics *metrics);

/** Frees what metrics_open() made. */
void metrics_close(struct metrics *metrics);

/** The labels of an item. */
const char *metrics_labels(const struct metrics *metrics, const struct metrics_item *item);

/** Which labels the items of a set have, for people: "`service`, `server`". */
void metrics_describe_labels(enum metrics_set_name set, struct text_buffer *out);

/* ---- metrics_sample.c -------------------------------------------------------------------------- */

/** Adds a label's name and value, escaped, without a comma. */
void metrics_write_label(struct text_buffer *out, const char *name, const char *value);

/**
 * Begins a line of a family, behind its head where it is the first.
 * @param suffix  "_bucket" and such; NULL: that of the type
 * @param item    whose labels it has; NULL: none
 */
void metrics_begin(struct metrics *metrics, const struct metrics_family *family, const char *suffix,
                   const struct metrics_item *item);

/** Adds a label to the line. */
void metrics_label(struct metrics *metrics, const char *name, const char *value);

/** Ends the line with a whole number. */
void metrics_end(struct metrics *metrics, int64_t value);

/** Ends the line with seconds. @param micro  millionths */
void metrics_end_seconds(struct metrics *metrics, int64_t micro);

/** A line of one label beside the item's. */
void metrics_labelled(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item, const char *label, const char *text,
                      int64_t value);

/** Lines of an object of numbers: one for each member, whose name is the label's value. */
void metrics_by_name(struct metrics *metrics, const struct metrics_family *family,
                     const struct metrics_item *item, const char *label, const json_t *numbers);

/** The row's member of an item; nothing where it is not there. */
void metrics_plain(struct metrics *metrics, const struct metrics_family *family,
                   const struct metrics_item *item);

/** The row's member as a histogram: an object of `buckets` (`up_to_us`, `count`) and `sum_us`. */
void metrics_histogram(struct metrics *metrics, const struct metrics_family *family,
                       const struct metrics_item *item);

/** 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT, as keepalived counts them; the row's member. */
void metrics_role(struct metrics *metrics, const struct metrics_family *family,
                  const struct metrics_item *item);

#endif
