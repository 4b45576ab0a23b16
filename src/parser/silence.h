/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lints a configuration silences itself, by comments:
 *
 *     # holdfast: silence NAME[ NAME...]               alone on a line: in the whole load
 *     10.9.9.9   # holdfast: silence vip-not-local     behind something: on this line
 *
 * keepalived sees a comment. The comment may begin with '!' too; names are parted by blanks or
 * commas.
 */
#ifndef HOLDFAST_PARSER_SILENCE_H
#define HOLDFAST_PARSER_SILENCE_H

#include "parser/lint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_position;
struct silence;
struct source_file;
struct source_place;

/** Nothing is silenced. The caller frees it with silence_free(). */
struct silence *silence_new(void);

/** Frees it. NULL is allowed. */
void silence_free(struct silence *silence);

/**
 * Called for each word that should be the name of a lint and is none.
 * @param place   where it stands
 * @param word    not NUL-terminated; its bytes are place->length, 0: no name is there at all
 */
typedef void (*silence_unknown_function)(void *argument, const struct source_place *place,
                                         const char *word);

/** Reads the comments of a file, in one pass over its text. */
void silence_scan(struct silence *silence, const struct source_file *file,
                  silence_unknown_function unknown, void *argument);

/** Silences lints in the whole load. */
void silence_add(struct silence *silence, uint64_t lints);

/** The lints that are silenced in the whole load, as far as its files have been scanned. */
uint64_t silence_everywhere(const struct silence *silence);

/** Whether a lint is silenced on the line that a position is on. */
bool silence_on_line(const struct silence *silence, enum lint lint,
                     const struct conf_position *position);

#endif
