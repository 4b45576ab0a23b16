/* SPDX-License-Identifier: Apache-2.0
 *
 * The layer below the words: from files to the lines that the lexer sees. Includes, conditions
 * (`@ID`), definitions and sequences are gone when a line leaves here; what is left of them is where
 * each byte came from.
 */
#ifndef HOLDFAST_PARSER_EXPAND_H
#define HOLDFAST_PARSER_EXPAND_H

#include "parser/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expand;
struct expand_segment;

enum {
    EXPAND_BYTES_LIMIT = 64 * 1024 * 1024, /* that definitions may make in one load */
    EXPAND_LINES_LIMIT = 2000000,          /* that definitions and sequences may make */
    EXPAND_DEPTH_LIMIT = 64,               /* of includes, and of definitions in definitions */
    EXPAND_INPUTS_LIMIT = 256,             /* of includes, definitions and sequences together */
};

/* A line as the lexer sees it, without its newline. It is valid until the next one is asked for. */
struct expand_line {
    const char *text;
    size_t length;
    const char *file;
    uint32_t number;
    uint32_t column; /* of text[0] in the file, from 1; for lines without segments */
    uint32_t base;   /* bytes of the segments' text before text[0] */
    const struct source_origin *origin;    /* of the line as a whole */
    const struct expand_segment *segments; /* where its bytes come from; NULL: from the file */
    uint32_t segment_count;
    uint16_t rounds;  /* how often what it begins with was replaced */
    bool substituted; /* definitions in it were replaced */
};

/* What include_check asks for: a doubt about an include becomes an error. S59. */
enum expand_check {
    EXPAND_CHECK_READ = 1U << 0,     /* a match is a directory, executable or cannot be read */
    EXPAND_CHECK_MATCH = 1U << 1,    /* a name without a wildcard matches nothing */
    EXPAND_CHECK_WILDCARD = 1U << 2, /* a wildcard matches nothing */
    EXPAND_CHECK_BRACE = 1U << 3,    /* one of several in braces matches nothing */
    EXPAND_CHECK_ALL = 15,
};

/**
 * @param path       the first file, or a pattern of such
 * @param config_id  what `@ID` lines are compared with; it lives as long as the result
 * @param options    of the load
 * @return the lines of a file from its first, or NULL where it cannot be read (reported)
 */
struct expand *expand_new(struct source *source, const char *path, const char *config_id,
                          const struct parser_options *options);

/** Frees it. NULL is allowed. */
void expand_free(struct expand *expand);

/** The next line. @return false after the last */
bool expand_next(struct expand *expand, struct expand_line *line);

/** The checks that includes of the file that is being read undergo, a set of enum expand_check. */
unsigned expand_include_check(const struct expand *expand);

/** Sets them, for this file from here on and for what it includes. S60 */
void expand_set_include_check(struct expand *expand, unsigned checks);

/** Whether a word means something at the beginning of a line alone: `@ID`, `~SEQ`, `include`. */
bool expand_begins_line(const char *word, size_t length);

/** The end of the last line that was returned, for diagnostics about what is missing there. */
struct source_place expand_end(const struct expand *expand);

/** Whether something was left out because of an error, so that parts may be missing. */
bool expand_left_out(const struct expand *expand);

/** Whether the text ends too early because a limit was reached. */
bool expand_stopped(const struct expand *expand);

/** Where bytes of a line with segments stand. */
struct source_place expand_place_composed(const struct expand_line *line, size_t offset,
                                          size_t length);

/** Whether bytes of a line belong to something that was reported as an error. */
bool expand_is_bad(const struct expand_line *line, size_t offset, size_t length);

/** Where bytes of a line stand in the file. */
static inline struct source_place expand_place(const struct expand_line *line, size_t offset,
                                               size_t length)
{
    if (line->segments) {
        return expand_place_composed(line, offset, length);
    }
    return (struct source_place){{line->file, line->number, (uint32_t)(line->column + offset)},
                                 (uint32_t)length,
                                 line->origin};
}

/** Whether a byte separates words: space, tab, VT, FF, CR, LF. */
static inline bool expand_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
