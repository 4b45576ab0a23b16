/* SPDX-License-Identifier: Apache-2.0
 *
 * The layer below the words: from files to the lines that the lexer sees. `@ID` lines are chosen
 * here. Includes, definitions and sequences have their place here too; this version says of each
 * that it does not support it.
 */
#ifndef HOLDFAST_PARSER_EXPAND_H
#define HOLDFAST_PARSER_EXPAND_H

#include "parser/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expand;

/* A line as the lexer sees it, without its newline. It is valid until the next one is asked for. */
struct expand_line {
    const char *text;
    size_t length;
    const char *file;
    uint32_t number;
    uint32_t column; /* of text[0] in the file, from 1 */
};

/**
 * @param config_id  what `@ID` lines are compared with; it lives as long as the result
 * @return the lines of a file from its first, or NULL where it cannot be read (reported)
 */
struct expand *expand_new(struct source *source, const char *path, const char *config_id);

/** Frees it. NULL is allowed. */
void expand_free(struct expand *expand);

/** The next line. @return false after the last */
bool expand_next(struct expand *expand, struct expand_line *line);

/**
 * Whether a '$' begins the use of a definition.
 * @param text    from the '$' to the end of the line
 * @param length  bytes of it
 * @param quoted  whether it stands in quotes
 * @return how many bytes the use has, 0 where the '$' is plain text
 */
size_t expand_use(const struct expand *expand, const char *text, size_t length, bool quoted);

/** Whether a word means something at the beginning of a line alone: `@ID`, `~SEQ`, `include`. */
bool expand_begins_line(const char *word, size_t length);

/** The end of the last line that was returned, for diagnostics about what is missing there. */
struct source_place expand_end(const struct expand *expand);

/**
 * Whether something was left out that this version does not support, so that parts may be missing.
 */
bool expand_left_out(const struct expand *expand);

/** Says that the lexer met the use of a definition at `place`. */
void expand_refuse_use(struct expand *expand, const struct source_place *place);

/** Where bytes of a line stand in the file. */
static inline struct source_place expand_place(const struct expand_line *line, size_t offset,
                                               size_t length)
{
    return (struct source_place){{line->file, line->number, (uint32_t)(line->column + offset)},
                                 (uint32_t)length};
}

/** Whether a byte separates words: space, tab, VT, FF, CR, LF. */
static inline bool expand_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
