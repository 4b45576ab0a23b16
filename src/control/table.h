/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables for a terminal: columns as wide as what is in them, notes under rows, colour where wanted. Pure.
 */
#ifndef HOLDFAST_CONTROL_TABLE_H
#define HOLDFAST_CONTROL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table;
struct text_buffer;

enum table_style {
    TABLE_PLAIN,
    TABLE_GOOD,
    TABLE_BAD,
    TABLE_ODD,   /* neither good nor bad, but not as it is meant to stay */
    TABLE_FAINT, /* headings, and what is of less interest */
    TABLE_STYLES,
};

struct table_column {
    const char *heading;
    bool right; /* aligned to the right: numbers */
};

enum {
    TABLE_WIDTH = 100,   /* characters at which notes are wrapped at the latest */
    TABLE_NARROWEST = 20 /* of a line; what is narrower is treated as that */
};

/**
 * An empty table. The caller frees it with table_free().
 * @param columns  must outlive the table
 * @param indent   blanks before each line
 */
struct table *table_new(const struct table_column *columns, size_t count, unsigned indent);

/** Frees it. NULL is allowed. */
void table_free(struct table *table);

/** Begins a row. Cells that it does not get are empty; a cell that is alone may fill the line. */
void table_row(struct table *table);

/** Adds the row's next cell. Control characters become question marks. */
void table_cell(struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Adds a line of text under the row. */
void table_note(struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * A column that may be left out where the line is too narrow for all: the one that is said first goes
 * first. Behind these the widest columns are cut, and what is cut ends with an ellipsis.
 */
void table_spare(struct table *table, size_t column);

/** How many rows there are. */
size_t table_rows(const struct table *table);

/**
 * Writes heading and rows.
 * @param colour  with the escape sequences of a terminal
 * @param width   characters that a line has room for; 0: as many as there are
 */
void table_write(const struct table *table, bool colour, unsigned width, struct text_buffer *out);

/**
 * Writes one line of text, wrapped between words where it is wider than `width` (0: no more than
 * TABLE_WIDTH counts), each part indented.
 */
void table_write_line(struct text_buffer *out, unsigned indent, enum table_style style, bool colour,
                      unsigned width, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
