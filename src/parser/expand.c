/* SPDX-License-Identifier: Apache-2.0
 *
 * From files to lines: the stack of inputs, conditions, and what may begin a line. Definitions,
 * sequences and includes are in expand_*.c. Pure but for source_open(), which reads by a callback.
 */
#include "parser/expand.h"

#include "base/arena.h"
#include "base/memory.h"
#include "parser/expand_inside.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

/* ---- Small things ---------------------------------------------------------------------------- */

static bool expand_is_name_byte(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (!first && c >= '0' && c <= '9');
}

size_t expand_name_length(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length && expand_is_name_byte(text[at], at == 0)) {
        at++;
    }
    return at;
}

size_t expand_code_length(const char *text, size_t length)
{
    bool begins = true; /* a word could begin here */
    bool quoted = false;

    for (size_t at = 0; at < length; at++) {
        char c = text[at];

        if (!quoted && begins && (c == '#' || c == '!')) {
            return at;
        }
        quoted ^= c == '"';
        begins = expand_is_blank(c) || c == '{' || c == '}' || c == '"';
    }
    return length;
}

void expand_cut(struct expand_line *line, size_t count)
{
    line->text += count;
    line->length -= count;
    if (line->segments) {
        line->base += (uint32_t)count;
    } else {
        line->column += (uint32_t)count;
    }
}

void expand_trim(struct expand_line *line)
{
    size_t at = 0;

    while (at < line->length && expand_is_blank(line->text[at])) {
        at++;
    }
    expand_cut(line, at);
}

struct expand_line expand_keep(struct expand *expand, const struct expand_line *line)
{
    struct expand_line kept = *line;

    if (line->segments) {
        kept.text = arena_text_n(expand->arena, line->text, line->length);
        kept.segments = arena_copy(expand->arena, line->segments,
                                   line->segment_count * sizeof(*line->segments));
    }
    return kept;
}

bool expand_take(struct expand *expand, size_t lines, size_t bytes,
                 const struct source_place *place)
{
    if (lines <= expand->lines_left && bytes <= expand->bytes_left) {
        expand->lines_left -= lines;
        expand->bytes_left -= bytes;
        return true;
    }
    if (!expand->stopped) {
        expand->stopped = true;
        expand_error(expand, place,
                     "definitions and sequences make more than %d lines or %d MiB of text; the "
                     "rest is not read",
                     EXPAND_LINES_LIMIT, EXPAND_BYTES_LIMIT / 1024 / 1024);
    }
    return false;
}

/* ---- Where bytes come from ------------------------------------------------------------------- */

/* The segment that a byte of the line is in. */
static const struct expand_segment *expand_segment_at(const struct expand_line *line, size_t offset)
{
    const struct expand_segment *first = line->segments;
    size_t count = line->segment_count;

    while (count > 1) { /* the last one that starts at or before it */
        size_t half = count / 2;

        if (first[half].start <= line->base + offset) {
            first += half;
            count -= half;
        } else {
            count = half;
        }
    }
    return first;
}

struct source_place expand_place_composed(const struct expand_line *line, size_t offset,
                                          size_t length)
{
    const struct expand_segment *first = expand_segment_at(line, offset);
    const struct expand_segment *last = expand_segment_at(line, offset + (length ? length - 1 : 0));
    struct source_place place = first->place;
    uint32_t end = last->place.position.column + last->place.length;

    if (!first->fixed) {
        place.position.column += (uint32_t)(line->base + offset - first->start);
        place.length = (uint32_t)length;
    }
    if (!last->fixed) {
        end = last->place.position.column + (uint32_t)(line->base + offset + length - last->start);
    }
    if (last->place.position.line == place.position.line && end > place.position.column) {
        place.length = end - place.position.column;
    }
    for (const struct expand_segment *part = first; part <= last; part++) {
        if (part->fixed) {
            place.origin = part->place.origin;
            break;
        }
    }
    return place;
}

bool expand_is_bad(const struct expand_line *line, size_t offset, size_t length)
{
    const struct expand_segment *end;

    if (!line->segments) {
        return false;
    }
    end = expand_segment_at(line, offset + (length ? length - 1 : 0));
    for (const struct expand_segment *part = expand_segment_at(line, offset); part <= end; part++) {
        if (part->bad) {
            return true;
        }
    }
    return false;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void expand_pop(struct expand *expand)
{
    struct expand_input *input = expand->inputs;

    expand->inputs = input->below;
    free(input);
}

struct expand_input *expand_top(struct expand *expand)
{
    while (expand->inputs && expand->inputs->kind == EXPAND_LINES &&
           expand->inputs->next == expand->inputs->count) {
        expand_pop(expand);
    }
    return expand->inputs;
}

struct expand_input *expand_push(struct expand *expand, enum expand_kind kind,
                                 const struct source_place *place)
{
    struct expand_input *input = expand_top(expand);

    if (input && input->level >= EXPAND_INPUTS_LIMIT) {
        expand->stopped = true;
        expand_error(
            expand, place,
            "includes, definitions and sequences are more than %d deep in each other here; "
            "the rest is not read",
            EXPAND_INPUTS_LIMIT);
        return NULL;
    }
    input = memory_new(1, sizeof(*input));
    input->kind = kind;
    input->level = expand->inputs ? expand->inputs->level + 1 : 0;
    input->below = expand->inputs;
    expand->inputs = input;
    return input;
}

void expand_push_lines(struct expand *expand, const struct expand_line *lines, size_t count,
                       const struct source_origin *origin, const struct source_place *place)
{
    struct expand_input *input = expand_push(expand, EXPAND_LINES, place);

    if (input) {
        input->lines = lines;
        input->count = count;
        input->origin = origin;
    }
}

struct expand_input *expand_file(const struct expand *expand)
{
    struct expand_input *input = expand->inputs;

    while (input && input->kind != EXPAND_FILE) {
        input = input->below;
    }
    return input;
}

bool expand_next_raw(struct expand_input *input, struct expand_line *line)
{
    size_t rest = input->file->size - input->offset;
    const char *text = input->file->text + input->offset;
    const char *end;

    if (!rest) {
        return false;
    }
    end = memchr(text, '\n', rest);
    *line = (struct expand_line){
        .text = text,
        .length = end ? (size_t)(end - text) : rest,
        .file = input->file->path,
        .number = ++input->number,
        .column = 1,
    };
    input->offset += line->length + (end != NULL);
    return true;
}

bool expand_is_text(struct expand *expand, const struct expand_input *input,
                    const struct expand_line *line)
{
    const char *nul = input->has_nul ? memchr(line->text, '\0', line->length) : NULL;
    struct source_place place;

    if (!nul) {
        return true;
    }
    place = expand_place(line, (size_t)(nul - line->text), 1);
    expand_error(expand, &place, "a NUL byte; the file is no text here, and the line is not read");
    return false;
}

/* The next line of the topmost input. @return false at its end */
static bool expand_next_of(struct expand *expand, struct expand_input *input,
                           struct expand_line *line)
{
    if (input->kind == EXPAND_FILE) {
        return expand_next_raw(input, line);
    }
    if (input->kind == EXPAND_SEQUENCE) {
        return expand_next_pass(expand, input, line);
    }
    if (input->next == input->count) {
        return false;
    }
    *line = input->lines[input->next++];
    if (input->origin) {
        line->origin = input->origin;
    }
    return true;
}

/* ---- What may begin a line ------------------------------------------------------------------- */

/* S34, S35: `@ID rest`, `@^ID rest`. @return whether the rest counts; the line is cut to it */
static bool expand_condition_holds(const struct expand *expand, struct expand_line *line)
{
    bool negated = line->length > 1 && line->text[1] == '^';
    const char *id = line->text + 1 + negated;
    size_t length = 0;
    bool same;

    while ((size_t)(id - line->text) + length < line->length && !expand_is_blank(id[length])) {
        length++;
    }
    same = length == strlen(expand->config_id) && memcmp(id, expand->config_id, length) == 0;
    expand_cut(line, (size_t)(id - line->text) + length);
    expand_trim(line);
    return same != negated && line->length;
}

bool expand_begins_line(const char *word, size_t length)
{
    return length && (*word == '@' || *word == '~' || expand_is_include(word, length, NULL));
}

/* Whether what follows a brace may mean something at the beginning of a line: `$` may bring it. */
static bool expand_is_special(const char *text, size_t length)
{
    size_t word = 0;

    if (!length || *text != 'i') {
        return length && (*text == '@' || *text == '~' || *text == '$');
    }
    while (word < length && !expand_is_blank(text[word])) {
        word++;
    }
    return expand_is_include(text, word, NULL);
}

/*
 * S19: what follows a brace is a line of its own, which matters where it begins with what counts at
 * the beginning of a line only. @return the bytes up to and with such a brace, or all
 */
static size_t expand_split_at(const struct expand_line *line)
{
    const char *text = line->text;
    size_t length = expand_code_length(text, line->length);
    bool quoted = false;

    for (size_t at = 0; at < length; at++) {
        size_t next = at + 1;

        quoted ^= text[at] == '"';
        if (text[at] == '$' && next < length && text[next] == '{') {
            while (at + 1 < length && text[at] != '}') {
                at++;
            }
            continue;
        }
        if (quoted || (text[at] != '{' && text[at] != '}')) {
            continue;
        }
        while (next < length && expand_is_blank(text[next])) {
            next++;
        }
        if (expand_is_special(text + next, length - next)) {
            return at + 1;
        }
    }
    return line->length;
}

static void expand_split(struct expand *expand, struct expand_line *line)
{
    size_t length = expand_split_at(line);
    struct source_place place;
    struct expand_line *rest;

    if (length == line->length) {
        return;
    }
    place = expand_place(line, length, 1);
    rest = arena_alloc(expand->arena, sizeof(*rest));
    *rest = *line;
    expand_cut(rest, length);
    *rest = expand_keep(expand, rest);
    line->length = length;
    expand_push_lines(expand, rest, 1, NULL, &place);
}

/* Reads what stands for other lines. @return whether the line was that */
static bool expand_read_directive(struct expand *expand, struct expand_line *line)
{
    switch (*line->text) {
    case '$':
        return !line->substituted && expand_define(expand, line);
    case '~':
        return expand_read_sequence(expand, line);
    case 'i':
        return expand_include(expand, line);
    default:
        return false;
    }
}

/* @return whether something is left of the line for the lexer; the line is cut to it */
static bool expand_process(struct expand *expand, struct expand_line *line)
{
    for (;;) {
        expand_trim(line);
        if (!line->length) {
            return true;
        }
        if (*line->text == '@') {
            if (!expand_condition_holds(expand, line)) {
                expand_skip_definition(expand, line);
                return false;
            }
        } else if (expand_read_directive(expand, line)) {
            return false;
        } else if (line->substituted) {
            return true;
        } else {
            bool leads = *line->text == '$';

            expand_split(expand, line);
            if (!memchr(line->text, '$', line->length)) {
                return true;
            }
            if (!expand_substitute(expand, line)) {
                return false;
            }
            if (!leads) {
                return true;
            }
        }
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

bool expand_next(struct expand *expand, struct expand_line *line)
{
    struct expand_input *input;

    while (!expand->stopped && (input = expand->inputs)) {
        if (!expand_next_of(expand, input, line)) {
            expand_pop(expand);
            continue;
        }
        if (input->kind == EXPAND_FILE && !expand_is_text(expand, input, line)) {
            continue;
        }
        if ((input->kind == EXPAND_FILE && input->is_plain) || expand_process(expand, line)) {
            expand->line = *line;
            if (line->segments) {
                expand->end = expand_place(line, line->length, 1);
            }
            return true;
        }
    }
    return false;
}

struct source_place expand_end(const struct expand *expand)
{
    return expand->line.segments ? expand->end
                                 : expand_place(&expand->line, expand->line.length, 1);
}

/* ---- The whole ------------------------------------------------------------------------------- */

struct expand *expand_new(struct source *source, const char *path, const char *config_id,
                          const struct parser_options *options)
{
    struct expand *expand = memory_new(1, sizeof(*expand));

    expand->source = source;
    expand->config_id = config_id;
    expand->arena = arena_new();
    expand->definitions = lookup_new(expand->arena);
    expand->bytes_left = options->expansion_limit ? options->expansion_limit : EXPAND_BYTES_LIMIT;
    expand->lines_left = options->expansion_limit ? options->expansion_limit : EXPAND_LINES_LIMIT;
    if (!expand_open_first(expand, path, options->check_includes ? EXPAND_CHECK_ALL : 0)) {
        expand_free(expand);
        return NULL;
    }
    expand->line.file = expand->inputs->file->path;
    return expand;
}

void expand_free(struct expand *expand)
{
    if (expand) {
        while (expand->inputs) {
            expand_pop(expand);
        }
        text_release(&expand->text);
        free(expand->parts);
        lookup_free(expand->definitions);
        arena_free(expand->arena);
        free(expand);
    }
}

unsigned expand_include_check(const struct expand *expand)
{
    const struct expand_input *file = expand_file(expand);

    return file ? file->checks : 0;
}

void expand_set_include_check(struct expand *expand, unsigned checks)
{
    struct expand_input *file = expand_file(expand);

    if (file) {
        file->checks = checks;
    }
}

bool expand_left_out(const struct expand *expand)
{
    return expand->left_out;
}

bool expand_stopped(const struct expand *expand)
{
    return expand->stopped;
}
