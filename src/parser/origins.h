/* SPDX-License-Identifier: Apache-2.0
 *
 * Where values came from: a table from the address of a field to a place in the text. It is made
 * only for loads that ask for it (parser_options.origins). Pure.
 */
#ifndef HOLDFAST_PARSER_ORIGINS_H
#define HOLDFAST_PARSER_ORIGINS_H

#include "parser/conf.h"

struct arena;
struct origins;

/** An empty table in `arena`. The caller frees it with origins_free(). */
struct origins *origins_new(struct arena *arena);

/** Frees what the arena does not hold. NULL is allowed. */
void origins_free(struct origins *origins);

/** Notes where a field's value stands; a later note replaces it. Without a table nothing happens. */
void origins_note(struct origins *origins, const void *field, const struct conf_position *position);

/** A field got its value from another one. */
void origins_copy(struct origins *origins, const void *to, const void *from);

/** Where a field's value stands; NULL: nowhere, or without a table. */
const struct conf_position *origins_find(const struct origins *origins, const void *field);

#endif
