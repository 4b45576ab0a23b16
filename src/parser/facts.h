/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as facts: every object with each of its effective settings, in the words of the
 * configuration language. What writes a configuration and what compares two of them walk over these.
 * Which settings there are comes from the schema. Pure.
 */
#ifndef HOLDFAST_PARSER_FACTS_H
#define HOLDFAST_PARSER_FACTS_H

#include "parser/conf.h"
#include "parser/schema.h"

#include <stdbool.h>
#include <stddef.h>

enum facts_kind {
    FACTS_GLOBAL,
    FACTS_SCRIPT,
    FACTS_TRACK_FILE,
    FACTS_TRACK_PROCESS,
    FACTS_BFD,
    FACTS_INSTANCE,
    FACTS_SYNC_GROUP,
    FACTS_TRACK_GROUP,
    FACTS_GARP_GROUP,
    FACTS_WORD,   /* of the top level: it has no block, and one value, with its own keyword */
    FACTS_LINKS,  /* interface_up_down_delays, linkbeat_interfaces: lines, as of FACTS_STATIC */
    FACTS_STATIC, /* static_ipaddress, static_routes, static_rules: their lines are its settings */
    FACTS_TLS,    /* SSL */
    FACTS_SERVICE_GROUP, /* virtual_server_group: its lines are its settings */
    FACTS_SERVICE,
    FACTS_SERVER,
    FACTS_CHECK,
    FACTS_URL,
    FACTS_KINDS,
};

/* What a dump has in place of a password that is nowhere to be shown. */
#define FACTS_UNSHOWN "***"

/* A block. */
struct facts_object {
    enum facts_kind kind;
    const char *keyword; /* "virtual_server" */
    const char *header;  /* what stands behind it: "10.0.0.1 80"; "" where nothing does */
    const char *name;    /* its identity among its like: "10.0.0.1:80/tcp" */
    const struct conf_position *position; /* NULL: it stands nowhere as a whole */
};

/* A setting of a block, or a line of a value block in it. */
struct facts_value {
    const char *list; /* the value block, such as "virtual_ipaddress"; NULL: a setting */
    const char
        *keyword; /* of a line: its identity, such as "10.0.0.1/24 dev eth0"; "": an empty list */
    const char *value;                    /* what stands behind it; "" where nothing does */
    const struct conf_position *position; /* NULL: it is a default, or where is not known */
    bool secret;                          /* a password */
    bool program; /* a command line: its first word is a program, which the daemon runs */
};

/* What walks over the facts; all texts are valid for the call. A block's end is always told. */
struct facts_visitor {
    void (*begin)(void *argument, const struct facts_object *object);
    void (*value)(void *argument, const struct facts_value *value);
    void (*end)(void *argument);
};

/** Walks over a configuration: blocks in the order of the file, one kind after the other. */
void facts_visit(const struct conf *conf, const struct facts_visitor *visitor, void *argument);

/** Appends a word so that it is read as one: in double quotes where that is necessary. */
void facts_write_word(const char *word, struct text_buffer *out);

#endif
