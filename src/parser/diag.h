/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics: what is wrong with a configuration, where, and what to type instead.
 *
 *     etc/a.conf:12:15: error: priority 300 is outside 1..255
 *         priority 300
 *                  ^~~
 */
#ifndef HOLDFAST_PARSER_DIAG_H
#define HOLDFAST_PARSER_DIAG_H

#include "parser/conf.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct diag_list;
struct text_buffer;

enum diag_severity {
    DIAG_ERROR,   /* the configuration cannot be used */
    DIAG_WARNING, /* it can, but probably not as meant */
    DIAG_REMARK,  /* worth knowing, nothing to do; written as "note" */
    DIAG_NOTE,    /* belongs to the diagnostic before it */
    DIAG_SEVERITIES,
};

/*
 * How many diagnostics of each severity a list keeps, and of each lint besides; further ones are
 * counted.
 */
enum { DIAG_KEPT = 200 };

struct diag {
    enum diag_severity severity;
    struct conf_position position;
    const char *lint;        /* the name of the lint that says it (parser/lint.h), or NULL */
    const char *message;     /* without newline or control characters */
    const char *source_line; /* the line of text, NULL where there is none; a NUL may be in it */
    size_t source_length;    /* its bytes */
    size_t source_start;     /* bytes left out before it: of a long line only a part is kept */
    bool source_cut;         /* and its end is left out */
    uint32_t caret_length;   /* bytes to underline from position.column, at least 1 */
};

/** An empty list. The caller frees it with diag_free(). */
struct diag_list *diag_new(void);

/** Frees the list and all its texts. NULL is allowed. */
void diag_free(struct diag_list *list);

/**
 * Adds a diagnostic; everything is copied. Beyond DIAG_KEPT of a severity it is only counted, and
 * its notes with it.
 * @param source_line    the line of text that `position` points into, or NULL
 * @param source_length  bytes of it, without the newline
 * @param caret_length   bytes to underline, 0 counts as 1
 */
void diag_add(struct diag_list *list, enum diag_severity severity,
              const struct conf_position *position, const char *source_line, size_t source_length,
              uint32_t caret_length, const char *format, ...) __attribute__((format(printf, 7, 8)));

/** Like diag_add(), for callers with their own variable arguments. */
void diag_add_v(struct diag_list *list, enum diag_severity severity,
                const struct conf_position *position, const char *source_line, size_t source_length,
                uint32_t caret_length, const char *format, va_list arguments)
    __attribute__((format(printf, 7, 0)));

/**
 * Warnings that are added from now on are a lint's; NULL: nobody's.
 * @param lint  its name, which is kept as a pointer
 */
void diag_speak_for(struct diag_list *list, const char *lint);

/** Takes a diagnostic that is not added for one that is not kept: its notes go the same way. */
void diag_skip(struct diag_list *list);

/** Takes back all that a lint has said, with its notes. @param lint  as in diag_speak_for() */
void diag_silence(struct diag_list *list, const char *lint);

/** Whether the next diagnostic of this severity would be kept. */
bool diag_has_room(const struct diag_list *list, enum diag_severity severity);

/** How many diagnostics of a severity there are, those that are only counted too. */
size_t diag_count(const struct diag_list *list, enum diag_severity severity);

/** The kept diagnostics by index from 0; NULL behind the last. */
const struct diag *diag_at(const struct diag_list *list, size_t index);

/**
 * Puts the diagnostics in the order of the text: files as they first appear, then line and column.
 * Notes stay behind what they belong to.
 */
void diag_sort(struct diag_list *list);

/**
 * Writes one diagnostic as people read it: position, severity, message, the source line and a
 * caret; each line ends with a newline. Control characters from the file are shown as \xNN.
 */
void diag_write(const struct diag *diag, struct text_buffer *out);

/** Writes all of them, and how many more there are. */
void diag_write_all(const struct diag_list *list, struct text_buffer *out);

/** The word for a severity: "error", "warning" or "note". */
const char *diag_severity_name(enum diag_severity severity);

#endif
