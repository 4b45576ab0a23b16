/* SPDX-License-Identifier: Apache-2.0
 *
 * What the schema knows of a keyword, as a person or a program reads it. Pure.
 */
#ifndef HOLDFAST_PARSER_EXPLAIN_H
#define HOLDFAST_PARSER_EXPLAIN_H

#include "parser/schema.h"

#include <jansson.h>
#include <stddef.h>

struct text_buffer;

/* A keyword where it stands. */
struct explain_place {
    enum schema_block block;
    const struct schema_row *row;
};

/* What a path stands for. */
struct explain {
    struct explain_place places[SCHEMA_BLOCKS]; /* a block has a keyword once */
    size_t count;
    const struct explain_place *chosen; /* which of them is meant; NULL where that is not clear */
};

/**
 * Finds what a path means.
 * @param path   a keyword ("priority", "vrrp_instance"), or behind the blocks that it stands in, as
 *               many of them as wanted, with dots: "real_server.weight"
 * @param found  gets all places that fit. One alone is chosen; of several the one at the top level,
 *               where the path is a keyword alone.
 * @return whether there is any
 */
bool explain_find(const char *path, struct explain *found);

/** Appends all about what was chosen; where nothing was, each place briefly with its own path. */
void explain_write(const struct explain *found, struct text_buffer *out);

/**
 * Appends a path that is nearly the one given, which fits nothing.
 * @return whether there is one
 */
bool explain_suggest(const char *path, struct text_buffer *out);

/**
 * All about what was chosen, or about each place, as JSON: {"asked", "found": [...], "also": [...],
 * "suggestion"}; holdfastctl(1) describes it.
 * @return a new reference
 */
json_t *explain_json(const char *path, const struct explain *found);

#endif
