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
    TABLE_LEAST = 6,       /* characters that a column keeps */
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
    size_t *spare; /* columns that may go, the first one first */
    size_t spare_count;
};

/* How a table is written. */
struct table_plan {
    size_t *widths;
    bool *shown;
    bool colour;
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
    free(table->spare);
    free(table);
}

void table_spare(struct table *table, size_t column)
{
    table->spare = memory_resize(table->spare, table->spare_count + 1, sizeof(*table->spare));
    table->spare[table->spare_count++] = column;
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

/* The room that a line has. */
static unsigned table_room(unsigned width)
{
    return width == 0 || width > TABLE_WIDTH ? TABLE_WIDTH
           : width < TABLE_NARROWEST         ? TABLE_NARROWEST
                                             : width;
}

static void table_wrap(struct text_buffer *out, unsigned indent, const struct table_cell *cell,
                       bool colour, unsigned width)
{
    const char *text = cell->text;
    unsigned hang = 0;

    do {
        size_t length = table_break(text, table_room(width) - indent - hang);

        table_pad(out, indent + hang);
        table_put(out, text, length, cell->style, colour);
        text_append(out, "\n");
        text += length;
        text += strspn(text, " ");
        hang = 2;
    } while (*text);
}

void table_write_line(struct text_buffer *out, unsigned indent, enum table_style style, bool colour,
                      unsigned width, const char *format, ...)
{
    struct table_cell cell = {.style = style};
    va_list arguments;

    va_start(arguments, format);
    cell.text = table_text(format, arguments);
    va_end(arguments);
    table_wrap(out, indent, &cell, colour, width);
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

/* Characters of a whole line. */
static size_t table_line_width(const struct table *table, const struct table_plan *plan)
{
    size_t width = table->indent;
    bool first = true;

    for (size_t i = 0; i < table->column_count; i++) {
        if (plan->shown[i]) {
            width += plan->widths[i] + (first ? 0 : TABLE_GAP);
            first = false;
        }
    }
    return width;
}

static size_t table_widest(const struct table *table, const struct table_plan *plan)
{
    size_t widest = 0;

    for (size_t i = 1; i < table->column_count; i++) {
        if (plan->shown[i] && (!plan->shown[widest] || plan->widths[i] > plan->widths[widest])) {
            widest = i;
        }
    }
    return widest;
}

/* Makes it fit: what may be left out goes first, then the widest columns are cut. */
static void table_fit(const struct table *table, struct table_plan *plan, unsigned width)
{
    size_t room = width < TABLE_NARROWEST ? TABLE_NARROWEST : width;

    for (size_t i = 0; i < table->spare_count && table_line_width(table, plan) > room; i++) {
        plan->shown[table->spare[i]] = false;
    }
    while (table_line_width(table, plan) > room) {
        size_t widest = table_widest(table, plan);

        if (plan->widths[widest] <= TABLE_LEAST) {
            return;
        }
        plan->widths[widest]--;
    }
}

/* Bytes of as many characters. */
static size_t table_bytes(const char *text, size_t characters)
{
    size_t at = 0;

    while (text[at] && characters > 0) {
        at++;
        while (((unsigned char)text[at] & 0xc0U) == 0x80) {
            at++;
        }
        characters--;
    }
    return at;
}

/* One cell of a line, padded to its column unless it is the line's last. */
static void table_write_cell(struct text_buffer *out, const struct table *table, size_t column,
                             const struct table_plan *plan, const struct table_cell *cell,
                             bool first, bool last)
{
    bool right = table->columns[column].right;
    size_t width = plan->widths[column];
    size_t length = strlen(cell->text);
    size_t own = table_width(cell->text, length);
    bool cut = own > width && !(first && last); /* a name that is alone has the line */
    size_t blanks = own < width ? width - own : 0;

    table_pad(out, first ? table->indent : TABLE_GAP);
    table_pad(out, right ? blanks : 0);
    if (cut) {
        char *text = memory_new(length + sizeof("…"), 1);

        length = table_bytes(cell->text, width - 1);
        memcpy(text, cell->text, length);
        memcpy(text + length, "…", sizeof("…"));
        table_put(out, text, strlen(text), cell->style, plan->colour);
        free(text);
    } else {
        table_put(out, cell->text, length, cell->style, plan->colour);
    }
    table_pad(out, right || last ? 0 : blanks);
}

/* The last column of a line of so many cells that is shown; the count where none is. */
static size_t table_last(const struct table_plan *plan, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        if (plan->shown[i - 1]) {
            return i - 1;
        }
    }
    return count;
}

static void table_write_cells(struct text_buffer *out, const struct table *table,
                              const struct table_plan *plan, const struct table_cell *cells,
                              size_t count)
{
    size_t last = table_last(plan, count);
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        if (plan->shown[i]) {
            table_write_cell(out, table, i, plan, &cells[i], first, i == last);
            first = false;
        }
    }
    text_append(out, "\n");
}

static void table_write_heading(struct text_buffer *out, const struct table *table,
                                const struct table_plan *plan)
{
    struct table_cell *cells = memory_new(table->column_count, sizeof(*cells));

    for (size_t i = 0; i < table->column_count; i++) {
        cells[i] = (struct table_cell){memory_text(table->columns[i].heading), TABLE_FAINT};
    }
    table_write_cells(out, table, plan, cells, table->column_count);
    for (size_t i = 0; i < table->column_count; i++) {
        free(cells[i].text);
    }
    free(cells);
}

void table_write(const struct table *table, bool colour, unsigned width, struct text_buffer *out)
{
    struct table_plan plan = {.widths = memory_new(table->column_count, sizeof(*plan.widths)),
                              .shown = memory_new(table->column_count, sizeof(*plan.shown)),
                              .colour = colour};

    for (size_t i = 0; i < table->column_count; i++) {
        plan.widths[i] = table_column_width(table, i);
        plan.shown[i] = true;
    }
    if (width) {
        table_fit(table, &plan, width);
    }
    table_write_heading(out, table, &plan);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_row *row = &table->rows[i];

        table_write_cells(out, table, &plan, row->cells, row->cell_count);
        for (size_t j = 0; j < row->note_count; j++) {
            table_wrap(out, table->indent + TABLE_NOTE_INDENT, &row->notes[j], colour, width);
        }
    }
    free(plan.widths);
    free(plan.shown);
}
