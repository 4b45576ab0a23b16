/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables for a terminal. What is in them is render's.
 */
#include "control/table.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TABLE_GAP = 2,         /* blanks between columns */
    TABLE_NOTE_INDENT = 4, /* blanks of a note beyond its row's */
};

struct table_cell {
    char *text;
    enum table_style style;
};

struct table_row {
    struct table_cell *cells; /* as many as columns */
    size_t cell_count;
    struct table_cell *notes;
    size_t note_count;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    unsigned indent;
    struct table_row *rows;
    size_t row_count;
};

struct table *table_new(const struct table_column *columns, size_t count, unsigned indent)
{
    struct table *table = memory_new(1, sizeof(*table));

    table->columns = columns;
    table->column_count = count;
    table->indent = indent;
    return table;
}

static void table_row_free(struct table_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        free(row->cells[i].text);
    }
    for (size_t i = 0; i < row->note_count; i++) {
        free(row->notes[i].text);
    }
    free(row->cells);
    free(row->notes);
}

void table_free(struct table *table)
{
    if (!table) {
        return;
    }
    for (size_t i = 0; i < table->row_count; i++) {
        table_row_free(&table->rows[i]);
    }
    free(table->rows);
    free(table);
}

/* What comes from a configuration may have anything in it, escape sequences too. */
__attribute__((format(printf, 1, 0))) static char *table_text(const char *format, va_list arguments)
{
    char *text = NULL;

    if (vasprintf(&text, format, arguments) < 0) {
        memory_exhausted(strlen(format));
    }
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }
    return text;
}

void table_row(struct table *table)
{
    struct table_row *row;

    table->rows = memory_resize(table->rows, table->row_count + 1, sizeof(*table->rows));
    row = &table->rows[table->row_count++];
    *row = (struct table_row){0};
    row->cells = memory_new(table->column_count, sizeof(*row->cells));
}

void table_cell(struct table *table, enum table_style style, const char *format, ...)
{
    struct table_row *row = &table->rows[table->row_count - 1];
    va_list arguments;

    va_start(arguments, format);
    row->cells[row->cell_count++] = (struct table_cell){table_text(format, arguments), style};
    va_end(arguments);
}

void table_note(struct table *table, enum table_style style, const char *format, ...)
{
    struct table_row *row = &table->rows[table->row_count - 1];
    va_list arguments;

    row->notes = memory_resize(row->notes, row->note_count + 1, sizeof(*row->notes));
    va_start(arguments, format);
    row->notes[row->note_count++] = (struct table_cell){table_text(format, arguments), style};
    va_end(arguments);
}

size_t table_rows(const struct table *table)
{
    return table->row_count;
}

/* Characters of UTF-8 text; all are taken to be one column wide. */
static size_t table_width(const char *text, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; i++) {
        width += ((unsigned char)text[i] & 0xc0U) != 0x80;
    }
    return width;
}

static void table_pad(struct text_buffer *out, size_t blanks)
{
    while (blanks-- > 0) {
        text_append(out, " ");
    }
}

static void table_put(struct text_buffer *out, const char *text, size_t length,
                      enum table_style style, bool colour)
{
    /* Colours of ECMA-48 (SGR) that are readable on dark and on light. */
    static const char *const codes[TABLE_STYLES] = {
        [TABLE_PLAIN] = NULL,     [TABLE_GOOD] = "\033[32m", [TABLE_BAD] = "\033[1;31m",
        [TABLE_ODD] = "\033[33m", [TABLE_FAINT] = "\033[2m",
    };

    if (colour && codes[style] && length) {
        text_append(out, codes[style]);
        text_append_n(out, text, length);
        text_append(out, "\033[0m");
    } else {
        text_append_n(out, text, length);
    }
}

/* How much of `text` goes on a line: all, or up to a blank if there is one in time. */
static size_t table_break(const char *text, size_t width)
{
    size_t end = strlen(text);
    size_t at;

    if (table_width(text, end) <= width) {
        return end;
    }
    for (at = end; at > 0; at--) {
        if (text[at] == ' ' && table_width(text, at) <= width) {
            return at;
        }
    }
    return strcspn(text, " ");
}

static void table_wrap(struct text_buffer *out, unsigned indent, const struct table_cell *cell,
                       bool colour)
{
    const char *text = cell->text;
    unsigned hang = 0;

    do {
        size_t length = table_break(text, TABLE_WIDTH - indent - hang);

        table_pad(out, indent + hang);
        table_put(out, text, length, cell->style, colour);
        text_append(out, "\n");
        text += length;
        text += strspn(text, " ");
        hang = 2;
    } while (*text);
}

void table_write_line(struct text_buffer *out, unsigned indent, enum table_style style, bool colour,
                      const char *format, ...)
{
    struct table_cell cell = {.style = style};
    va_list arguments;

    va_start(arguments, format);
    cell.text = table_text(format, arguments);
    va_end(arguments);
    table_wrap(out, indent, &cell, colour);
    free(cell.text);
}

/* A row's only cell may be as wide as the line. */
static size_t table_column_width(const struct table *table, size_t column)
{
    size_t width = strlen(table->columns[column].heading);

    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];
        const char *text = row->cells[column].text;
        size_t own = text && row->cell_count > 1 ? table_width(text, strlen(text)) : 0;

        width = own > width ? own : width;
    }
    return width;
}

/* One cell of a line, padded to its column unless it is the line's last. */
static void table_write_cell(struct text_buffer *out, const struct table *table, size_t column,
                             size_t width, const struct table_cell *cell, bool last, bool colour)
{
    bool right = table->columns[column].right;
    size_t length = strlen(cell->text);
    size_t blanks = width - table_width(cell->text, length);

    table_pad(out, column == 0 ? table->indent : TABLE_GAP);
    table_pad(out, right ? blanks : 0);
    table_put(out, cell->text, length, cell->style, colour);
    table_pad(out, right || last ? 0 : blanks);
}

static void table_write_heading(struct text_buffer *out, const struct table *table,
                                const size_t *widths, bool colour)
{
    for (size_t i = 0; i < table->column_count; i++) {
        char *heading = memory_text(table->columns[i].heading);
        const struct table_cell cell = {heading, TABLE_FAINT};

        table_write_cell(out, table, i, widths[i], &cell, i + 1 == table->column_count, colour);
        free(heading);
    }
    text_append(out, "\n");
}

static void table_write_row(struct text_buffer *out, const struct table *table,
                            const struct table_row *row, const size_t *widths, bool colour)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        table_write_cell(out, table, i, widths[i], &row->cells[i], i + 1 == row->cell_count,
                         colour);
    }
    text_append(out, "\n");
    for (size_t i = 0; i < row->note_count; i++) {
        table_wrap(out, table->indent + TABLE_NOTE_INDENT, &row->notes[i], colour);
    }
}

void table_write(const struct table *table, bool colour, struct text_buffer *out)
{
    size_t *widths = memory_new(table->column_count, sizeof(*widths));

    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = table_column_width(table, i);
    }
    table_write_heading(out, table, widths, colour);
    for (size_t i = 0; i < table->row_count; i++) {
        table_write_row(out, table, &table->rows[i], widths, colour);
    }
    free(widths);
}
