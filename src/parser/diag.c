/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of diagnostics and how one is shown. Where a line of text comes from is report's.
 */
#include "parser/diag.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIAG_LINE_SHOWN = 240,  /* bytes of a source line that are kept */
    DIAG_LINE_BEFORE = 120, /* of them before the caret, where the line is longer */
};

/* How much a lint has said. */
struct diag_tally {
    const char *lint;
    size_t total;
};

struct diag_list {
    struct arena *arena;
    struct diag *items;
    size_t count;
    size_t capacity;
    size_t total[DIAG_SEVERITIES]; /* what lints say is not in it */
    struct diag_tally *tallies;
    size_t tally_count;
    const char *lint; /* whose warnings are added just now */
    bool parent_kept; /* notes follow the fate of what they belong to */
};

struct diag_list *diag_new(void)
{
    struct diag_list *list = memory_new(1, sizeof(*list));

    list->arena = arena_new();
    return list;
}

void diag_free(struct diag_list *list)
{
    if (list) {
        arena_free(list->arena);
        free(list->items);
        free(list->tallies);
        free(list);
    }
}

static struct diag_tally *diag_find_tally(const struct diag_list *list, const char *lint)
{
    for (size_t i = 0; i < list->tally_count; i++) {
        if (strcmp(list->tallies[i].lint, lint) == 0) {
            return &list->tallies[i];
        }
    }
    return NULL;
}

void diag_speak_for(struct diag_list *list, const char *lint)
{
    list->lint = lint;
    if (lint && !diag_find_tally(list, lint)) {
        list->tallies = memory_resize(list->tallies, list->tally_count + 1, sizeof(*list->tallies));
        list->tallies[list->tally_count++] = (struct diag_tally){.lint = lint};
    }
}

void diag_skip(struct diag_list *list)
{
    list->parent_kept = false;
}

/* What is counted together with diagnostics of this severity that are added now. */
static size_t *diag_counter(struct diag_list *list, enum diag_severity severity)
{
    return severity == DIAG_WARNING && list->lint ? &diag_find_tally(list, list->lint)->total
                                                  : &list->total[severity];
}

bool diag_has_room(const struct diag_list *list, enum diag_severity severity)
{
    return severity == DIAG_NOTE ? list->parent_kept
                                 : *diag_counter((struct diag_list *)list, severity) < DIAG_KEPT;
}

/* ---- Showing text that may hold anything ----------------------------------------------------- */

/* Bytes of the UTF-8 character at `text`, 0 where there is none that may be shown as it is. */
static size_t diag_printable(const unsigned char *text, size_t length)
{
    size_t size = *text < 0x80                     ? 1
                  : *text >= 0xc2 && *text <= 0xdf ? 2
                  : *text >= 0xe0 && *text <= 0xef ? 3
                  : *text >= 0xf0 && *text <= 0xf4 ? 4
                                                   : 0;

    if (size > length || *text < 0x20 || *text == 0x7f) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /*
     * U+0080..U+009F are control characters, E0 and F0 may begin an overlong form, ED a surrogate.
     */
    if ((*text == 0xc2 && text[1] < 0xa0) || (*text == 0xe0 && text[1] < 0xa0) ||
        (*text == 0xed && text[1] > 0x9f) || (*text == 0xf0 && text[1] < 0x90) ||
        (*text == 0xf4 && text[1] > 0x8f)) {
        return 0;
    }
    return size;
}

/* Appends one character or its escape. @return the bytes used of `text`; `columns` grows */
static size_t diag_show(struct text_buffer *out, const char *text, size_t length, size_t *columns)
{
    size_t size = diag_printable((const unsigned char *)text, length);

    if (size) {
        text_append_n(out, text, size);
        *columns += 1;
        return size;
    }
    text_appendf(out, "\\x%02x", (unsigned)(unsigned char)*text);
    *columns += 4;
    return 1;
}

/* ---- The list -------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static const char *diag_keep_message(struct diag_list *list,
                                                                           const char *format,
                                                                           va_list arguments)
{
    char *raw = arena_vformat(list->arena, format, arguments);
    size_t length = strlen(raw);
    struct text_buffer shown = {0};
    size_t columns = 0;
    const char *message;

    for (size_t at = 0; at < length;) {
        at += diag_show(&shown, raw + at, length - at, &columns);
    }
    message = shown.length == length ? raw : arena_text_n(list->arena, shown.data, shown.length);
    text_release(&shown);
    return message;
}

/* Keeps a line, or the part of a long one that is around the caret. */
static void diag_keep_line(struct diag_list *list, struct diag *diag, const char *line,
                           size_t length)
{
    size_t caret = diag->position.column ? diag->position.column - 1 : 0;
    size_t start = 0;

    if (length > DIAG_LINE_SHOWN && caret > DIAG_LINE_BEFORE) {
        start = (caret < length ? caret : length) - DIAG_LINE_BEFORE;
        while (start > 0 && ((unsigned char)line[start] & 0xc0) == 0x80 &&
               caret - start < DIAG_LINE_BEFORE + 4) {
            start--; /* not into the middle of a character */
        }
    }
    diag->source_start = start;
    diag->source_length = length - start;
    if (diag->source_length > DIAG_LINE_SHOWN) {
        diag->source_length = DIAG_LINE_SHOWN;
        diag->source_cut = true;
    }
    diag->source_line = arena_text_n(list->arena, line + start, diag->source_length);
}

void diag_add_v(struct diag_list *list, enum diag_severity severity,
                const struct conf_position *position, const char *source_line, size_t source_length,
                uint32_t caret_length, const char *format, va_list arguments)
{
    bool room = diag_has_room(list, severity);
    struct diag *diag;

    ++*diag_counter(list, severity);
    if (severity != DIAG_NOTE) {
        list->parent_kept = room;
    }
    if (!room) {
        return;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 16;
        list->items = memory_resize(list->items, list->capacity, sizeof(*list->items));
    }
    diag = &list->items[list->count++];
    *diag = (struct diag){.severity = severity, .position = *position};
    diag->lint = severity == DIAG_WARNING ? list->lint : NULL;
    diag->position.file = position->file ? arena_text(list->arena, position->file) : NULL;
    diag->caret_length = caret_length ? caret_length : 1;
    diag->message = diag_keep_message(list, format, arguments);
    if (source_line) {
        diag_keep_line(list, diag, source_line, source_length);
    }
}

void diag_add(struct diag_list *list, enum diag_severity severity,
              const struct conf_position *position, const char *source_line, size_t source_length,
              uint32_t caret_length, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    diag_add_v(list, severity, position, source_line, source_length, caret_length, format,
               arguments);
    va_end(arguments);
}

size_t diag_count(const struct diag_list *list, enum diag_severity severity)
{
    size_t total = list->total[severity];

    for (size_t i = 0; severity == DIAG_WARNING && i < list->tally_count; i++) {
        total += list->tallies[i].total;
    }
    return total;
}

void diag_silence(struct diag_list *list, const char *lint)
{
    struct diag_tally *tally = diag_find_tally(list, lint);
    bool dropped = false;
    size_t kept = 0;

    if (!tally) {
        return;
    }
    tally->total = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct diag *diag = &list->items[i];

        if (diag->severity != DIAG_NOTE) {
            dropped = diag->lint && strcmp(diag->lint, lint) == 0;
        }
        if (!dropped) {
            list->items[kept++] = *diag;
        }
    }
    list->count = kept;
}

const struct diag *diag_at(const struct diag_list *list, size_t index)
{
    return index < list->count ? &list->items[index] : NULL;
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* A diagnostic with the notes behind it. */
struct diag_group {
    size_t file; /* the order of files */
    const struct diag *head;
    size_t count;
};

static int diag_compare_groups(const void *left, const void *right)
{
    const struct diag_group *a = left;
    const struct diag_group *b = right;

    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->head->position.line != b->head->position.line) {
        return a->head->position.line < b->head->position.line ? -1 : 1;
    }
    if (a->head->position.column != b->head->position.column) {
        return a->head->position.column < b->head->position.column ? -1 : 1;
    }
    return a->head < b->head ? -1 : a->head > b->head; /* as they were added */
}

/* The index of the first group with the same file; a load has few files with diagnostics. */
static size_t diag_file_order(const struct diag_group *groups, size_t count,
                              const struct conf_position *position)
{
    for (size_t i = 0; i < count; i++) {
        const char *other = groups[i].head->position.file;

        if (other == position->file ||
            (other && position->file && strcmp(other, position->file) == 0)) {
            return groups[i].file;
        }
    }
    return count;
}

void diag_sort(struct diag_list *list)
{
    struct diag_group *groups;
    struct diag *sorted;
    size_t count = 0;
    size_t at = 0;

    if (!list->count) {
        return;
    }
    groups = memory_new(list->count, sizeof(*groups));
    sorted = memory_new(list->count, sizeof(*sorted));
    for (size_t i = 0; i < list->count; i++) {
        const struct diag *diag = &list->items[i];

        if (diag->severity == DIAG_NOTE && count) {
            groups[count - 1].count++;
            continue;
        }
        groups[count].head = diag;
        groups[count].count = 1;
        groups[count].file = diag_file_order(groups, count, &diag->position);
        count++;
    }
    qsort(groups, count, sizeof(*groups), diag_compare_groups);
    for (size_t i = 0; i < count; i++) {
        memcpy(sorted + at, groups[i].head, groups[i].count * sizeof(*sorted));
        at += groups[i].count;
    }
    free(groups);
    free(list->items);
    list->items = sorted;
    list->capacity = list->count;
}

/* ---- Writing --------------------------------------------------------------------------------- */

const char *diag_severity_name(enum diag_severity severity)
{
    static const char *const names[DIAG_SEVERITIES] = {
        [DIAG_ERROR] = "error",
        [DIAG_WARNING] = "warning",
        [DIAG_REMARK] = "note",
        [DIAG_NOTE] = "note",
    };

    return names[severity];
}

static void diag_write_position(const struct conf_position *position, struct text_buffer *out)
{
    size_t columns = 0;

    if (!position->file) {
        return;
    }
    for (size_t at = 0, length = strlen(position->file); at < length;) {
        at += diag_show(out, position->file + at, length - at, &columns);
    }
    text_append(out, ":");
    if (position->line) {
        text_appendf(out, "%u:", position->line);
    }
    if (position->line && position->column) {
        text_appendf(out, "%u:", position->column);
    }
    text_append(out, " ");
}

static void diag_repeat(struct text_buffer *out, const char *text, size_t count)
{
    while (count--) {
        text_append(out, text);
    }
}

/*
 * Writes the line, and below it a caret. What stands before the caret is repeated as blanks, tabs
 * as tabs, so that both lines agree whatever the width of a tab is.
 */
static void diag_write_line(const struct diag *diag, struct text_buffer *out)
{
    static const char indent[] = "    ";
    static const char dots[] = "...";
    struct text_buffer under = {0};
    size_t caret = diag->position.column - 1 - diag->source_start;
    size_t underlined = 0;

    text_append(out, indent);
    if (diag->source_start) {
        text_append(out, dots);
        diag_repeat(&under, " ", strlen(dots));
    }
    for (size_t at = 0; at < diag->source_length;) {
        size_t columns = 0;
        size_t start = at;

        if (diag->source_line[at] == '\t') {
            text_append(out, "\t");
            at++;
            columns = 1;
        } else {
            at += diag_show(out, diag->source_line + at, diag->source_length - at, &columns);
        }
        if (start < caret) {
            diag_repeat(&under, diag->source_line[start] == '\t' ? "\t" : " ", columns);
        } else if (start - caret < diag->caret_length) {
            underlined += columns;
        }
    }
    text_append(out, diag->source_cut ? "...\n" : "\n");
    text_append(out, indent);
    if (under.length) {
        text_append_n(out, under.data, under.length);
    }
    text_append(out, "^");
    diag_repeat(out, "~", underlined ? underlined - 1 : 0);
    text_append(out, "\n");
    text_release(&under);
}

void diag_write(const struct diag *diag, struct text_buffer *out)
{
    diag_write_position(&diag->position, out);
    text_appendf(out, "%s: %s\n", diag_severity_name(diag->severity), diag->message);
    if (diag->source_line && diag->position.column) {
        diag_write_line(diag, out);
    }
}

void diag_write_all(const struct diag_list *list, struct text_buffer *out)
{
    static const char *const plural[DIAG_SEVERITIES] = {
        [DIAG_ERROR] = "errors", [DIAG_WARNING] = "warnings", [DIAG_REMARK] = "notes"};

    size_t shown[DIAG_SEVERITIES] = {0};

    for (size_t i = 0; i < list->count; i++) {
        diag_write(&list->items[i], out);
        shown[list->items[i].severity]++;
    }
    for (enum diag_severity severity = 0; severity < DIAG_NOTE; severity++) {
        size_t more = diag_count(list, severity) - shown[severity];

        if (more) {
            text_appendf(out, "... and %zu more %s\n", more,
                         more == 1 ? diag_severity_name(severity) : plural[severity]);
        }
    }
}
