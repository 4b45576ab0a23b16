/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside expand: a stack of inputs, the topmost of which gives the next line. For expand*.c only.
 */
#ifndef HOLDFAST_PARSER_EXPAND_INSIDE_H
#define HOLDFAST_PARSER_EXPAND_INSIDE_H

#include "base/text.h"
#include "parser/expand.h"

struct arena;
struct lookup;

/* A stretch of a line's text that comes from one place. */
struct expand_segment {
    uint32_t start; /* in the line's text */
    bool fixed;     /* the place stands for all bytes; else for the first, and the rest follow */
    bool bad;       /* what is wrong was reported */
    struct source_place place;
};

/* `$NAME=text`. */
struct expand_definition {
    const char *name;
    const struct expand_line *lines; /* at least one */
    size_t count;
    bool several; /* it was written as several lines, even if one is left */
    bool busy;    /* it is being replaced: met again, it contains itself */
    struct source_place place;
};

/* Some bytes of a line and where they come from. */
struct expand_piece {
    const char *text;
    size_t length;
    bool fixed;
    struct source_place place; /* of the first byte, or of all */
};

/* A sequence at one of its passes. */
struct expand_sequence {
    struct expand_definition **variables;
    size_t variable_count;
    const char **values; /* of a list: by pass, then by variable */
    uint64_t passes;
    uint64_t pass; /* the next one */
    int64_t start;
    int64_t step;
    bool hex;
    struct source_place place; /* of `~SEQ(...)` */
    struct expand_line rest;
};

enum expand_kind { EXPAND_FILE, EXPAND_LINES, EXPAND_SEQUENCE };

/* What lines come from. */
struct expand_input {
    struct expand_input *below;
    enum expand_kind kind;
    const struct source_origin *origin; /* of all its lines; NULL: they have their own */
    unsigned level;                     /* inputs below */
    /* EXPAND_FILE */
    const struct source_file *file;
    const struct expand_input *includer;
    unsigned depth; /* of includes */
    size_t offset;  /* of the next line */
    uint32_t number;
    unsigned checks; /* enum expand_check */
    bool has_nul;
    bool is_plain; /* nothing in it but words and braces */
    /* EXPAND_LINES */
    const struct expand_line *lines;
    size_t count;
    size_t next;
    /* EXPAND_SEQUENCE */
    struct expand_sequence *sequence;
};

struct expand {
    struct source *source;
    const char *config_id;
    struct expand_input *inputs;  /* the topmost */
    struct expand_line line;      /* the last one that was returned; its text may be gone */
    struct source_place end;      /* of it, if it has segments */
    struct arena *arena;          /* for what lives as long as the load */
    struct lookup *definitions;   /* by name */
    struct text_buffer text;      /* of a line that was put together */
    struct expand_segment *parts; /* of it */
    size_t part_count;
    size_t part_capacity;
    size_t bytes_left; /* that definitions may still make */
    size_t lines_left;
    unsigned depth; /* of definitions in definitions */
    bool left_out;
    bool stopped;
};

/* A use of a definition: `$NAME`, `${NAME}`, `${_ENV X}`. */
struct expand_use {
    const char *name;
    size_t name_length;
    const char *parameters; /* behind the name, up to the brace */
    size_t parameter_length;
    size_t length; /* of the whole */
    bool braced;
};

/* ---- expand.c -------------------------------------------------------------------------------- */

/**
 * Pushes an input; the caller fills it.
 * @param place  what makes it necessary
 * @return NULL where there are too many (reported)
 */
struct expand_input *expand_push(struct expand *expand, enum expand_kind kind,
                                 const struct source_place *place);

/** Pushes lines that live as long as the load. `origin` may be NULL. */
void expand_push_lines(struct expand *expand, const struct expand_line *lines, size_t count,
                       const struct source_origin *origin, const struct source_place *place);

/** The topmost input that may have something to give; those above it are dropped. */
struct expand_input *expand_top(struct expand *expand);

/** The file that is being read. */
struct expand_input *expand_file(const struct expand *expand);

/** The next line of the file on top as it stands there. @return false at its end */
bool expand_next_raw(struct expand_input *input, struct expand_line *line);

/** Whether a line of a file has no NUL byte; one that has is reported. */
bool expand_is_text(struct expand *expand, const struct expand_input *input,
                    const struct expand_line *line);

/** Drops the first bytes of a line. */
void expand_cut(struct expand_line *line, size_t count);

/** Drops leading blanks of a line. */
void expand_trim(struct expand_line *line);

/** A copy that lives as long as the load, where the line does not anyway. */
struct expand_line expand_keep(struct expand *expand, const struct expand_line *line);

/** Takes from what a load may make. @return false where it is used up (reported) */
bool expand_take(struct expand *expand, size_t lines, size_t bytes,
                 const struct source_place *place);

/** Reports an error because of which text is left out. */
#define expand_error(expand, place, ...)                                                           \
    ((expand)->left_out = true, source_error((expand)->source, place, __VA_ARGS__))

/** The bytes of a name at the beginning of a text: letters, digits, '_'; no digit first. S38 */
size_t expand_name_length(const char *text, size_t length);

/** The bytes before a comment; a comment begins where a word could, outside of double quotes. */
size_t expand_code_length(const char *text, size_t length);

/* ---- expand_define.c: definitions ------------------------------------------------------------ */

/** The definition of that name, made without lines where there is none. */
struct expand_definition *expand_definition(struct expand *expand, const char *name, size_t length);

/** Reads `$NAME=text` at the beginning of a line. @return whether it was one */
bool expand_define(struct expand *expand, const struct expand_line *line);

/**
 * Reads over the lines that would belong to a definition, if the line is one.
 * S36: a condition holds for a definition as a whole.
 */
void expand_skip_definition(struct expand *expand, const struct expand_line *line);

/* ---- expand_substitute.c: their use ---------------------------------------------------------- */

/** Reads a use. @return false where the '$' is none */
bool expand_read_use(const char *text, size_t length, struct expand_use *use);

/**
 * Replaces the definitions in a line.
 * @return whether there is a line now; else its lines are the next input
 */
bool expand_substitute(struct expand *expand, struct expand_line *line);

/** A step of a text's way, for its places. `value` is copied, and cut if it is long. */
const struct source_origin *expand_origin(struct expand *expand, enum source_origin_kind kind,
                                          const char *name, const char *value, size_t length,
                                          const struct source_place *place,
                                          const struct source_origin *next);

/** A line's text with the definitions in it replaced, as it is; valid until the next line. */
const char *expand_plain(struct expand *expand, const struct expand_line *line, size_t *length);

/* ---- expand_sequence.c ----------------------------------------------------------------------- */

/** Reads `~SEQ(...) rest` or `~LST(...) rest`. @return whether it was one */
bool expand_read_sequence(struct expand *expand, struct expand_line *line);

/** The next line of a sequence. @return false after its last pass */
bool expand_next_pass(struct expand *expand, struct expand_input *input, struct expand_line *line);

/* ---- expand_include.c ------------------------------------------------------------------------ */

/** Reads `include PATTERN`. @return whether it was one */
bool expand_include(struct expand *expand, struct expand_line *line);

/** Opens the first file, or all that a pattern matches. @return whether there is one */
bool expand_open_first(struct expand *expand, const char *path, unsigned checks);

/** Whether a word is `include` or one of its variants. @param checks  set to what it checks */
bool expand_is_include(const char *word, size_t length, unsigned *checks);

/** The directory of a file: its path up to its last '/', that included. */
static inline size_t expand_directory_length(const char *path)
{
    size_t length = 0;

    for (size_t i = 0; path[i]; i++) {
        length = path[i] == '/' ? i + 1 : length;
    }
    return length;
}

#endif
