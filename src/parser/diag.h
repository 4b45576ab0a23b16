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
#include <stddef.h>

struct diag_list;
struct text_buffer;

enum diag_severity {
    DIAG_ERROR,   /* the configuration cannot be used */
    DIAG_WARNING, /* it can, but probably not as meant */
    DIAG_NOTE,    /* belongs to the diagnostic before it */
    DIAG_SEVERITIES,
};

struct diag {
    enum diag_severity severity;
    struct conf_position position;
    const char *message;     /* without newline */
    const char *source_line; /* the line of text, NULL where there is none */
    uint32_t caret_length;   /* bytes to underline from position.column, at least 1 */
};

/** An empty list. The caller frees it with diag_free(). */
struct diag_list *diag_new(void);

/** Frees the list and all its texts. NULL is allowed. */
void diag_free(struct diag_list *list);

/**
 * Adds a diagnostic; everything is copied.
 * @param source_line    the line of text that `position` points into, or NULL
 * @param source_length  bytes of it, without the newline
 * @param caret_length   bytes to underline, 0 counts as 1
 */
void diag_add(struct diag_list *list, enum diag_severity severity,
              const struct conf_position *position, const char *source_line, size_t source_length,
              uint32_t caret_length, const char *format, ...) __attribute__((format(printf, 7, 8)));

/** How many diagnostics of a severity there are. */
size_t diag_count(const struct diag_list *list, enum diag_severity severity);

/** The diagnostics by index from 0, in the order of addition; NULL behind the last. */
const struct diag *diag_at(const struct diag_list *list, size_t index);

/**
 * Writes one diagnostic as people read it: position, severity, message, the source line and a caret;
 * each line ends with a newline.
 */
void diag_write(const struct diag *diag, struct text_buffer *out);

/** Writes all of them. */
void diag_write_all(const struct diag_list *list, struct text_buffer *out);

#endif
