/* SPDX-License-Identifier: Apache-2.0
 *
 * From files to lines. Pure but for source_open(), which reads through a callback.
 */
#include "parser/expand.h"

#include "base/arena.h"
#include "base/memory.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

struct expand {
    struct source *source;
    const char *config_id;
    const struct source_file *file;
    size_t offset; /* of the next line */
    uint32_t number;
    bool has_nul;
    bool left_out;
    struct expand_line line; /* the last one */
    struct arena *arena;
    struct lookup *names; /* that the file defines; their text lies in it */
};

/* What follows is a cursor over a part of a line. */
struct expand_text {
    const char *at;
    const char *end;
};

static void expand_skip_blanks(struct expand_text *text)
{
    while (text->at < text->end && expand_is_blank(*text->at)) {
        text->at++;
    }
}

static bool expand_is_name_byte(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (!first && c >= '0' && c <= '9');
}

static bool expand_is_parameter_byte(char c)
{
    return expand_is_name_byte(c, false) || expand_is_blank(c) || c == '-';
}

static size_t expand_name_length(const char *text, const char *end)
{
    const char *at = text;

    while (at < end && expand_is_name_byte(*at, at == text)) {
        at++;
    }
    return (size_t)(at - text);
}

struct expand *expand_new(struct source *source, const char *path, const char *config_id)
{
    const struct source_file *file = source_open(source, path, NULL);
    struct expand *expand;

    if (!file) {
        return NULL;
    }
    expand = memory_new(1, sizeof(*expand));
    expand->arena = arena_new();
    expand->names = lookup_new(expand->arena);
    expand->source = source;
    expand->config_id = config_id;
    expand->file = file;
    expand->has_nul = memchr(file->text, '\0', file->size) != NULL;
    expand->line.file = file->path;
    return expand;
}

void expand_free(struct expand *expand)
{
    if (expand) {
        lookup_free(expand->names);
        arena_free(expand->arena);
        free(expand);
    }
}

bool expand_left_out(const struct expand *expand)
{
    return expand->left_out;
}

struct source_place expand_end(const struct expand *expand)
{
    return expand_place(&expand->line, expand->line.length, 1);
}

/* The next line as it stands in the file. */
static bool expand_next_raw(struct expand *expand, struct expand_line *line)
{
    size_t rest = expand->file->size - expand->offset;
    const char *text = expand->file->text + expand->offset;
    const char *end;

    if (!rest) {
        return false;
    }
    end = memchr(text, '\n', rest);
    line->text = text;
    line->length = end ? (size_t)(end - text) : rest;
    line->file = expand->file->path;
    line->number = ++expand->number;
    line->column = 1;
    expand->offset += line->length + (end != NULL);
    return true;
}

/* ---- What this version does not support ------------------------------------------------------ */

/* Reports what begins at `at` and has `length` bytes. */
static void expand_refuse(struct expand *expand, const struct expand_line *line, const char *at,
                          size_t length, const char *what, const char *cure)
{
    struct source_place place = expand_place(line, (size_t)(at - line->text), length);

    expand->left_out = true;
    source_error(expand->source, &place, "%s not supported by this version: %s", what, cure);
}

static void expand_add_name(struct expand *expand, const char *text, size_t length)
{
    if (length) {
        (void)lookup_add(expand->names, text, length, expand);
    }
}

/* S40, S41: the text of a definition goes on while its lines end with a backslash. */
static bool expand_goes_on(const struct expand_line *line)
{
    const char *end = line->text + line->length;

    while (end > line->text && expand_is_blank(end[-1])) {
        end--;
    }
    return end > line->text && end[-1] == '\\';
}

/* `$NAME=text`. @return whether the line was one */
static bool expand_refuse_definition(struct expand *expand, const struct expand_line *line,
                                     const struct expand_text *text)
{
    size_t length = expand_name_length(text->at + 1, text->end);
    struct expand_line more = *line;

    if (!length || text->at + 1 + length == text->end || text->at[1 + length] != '=') {
        return false;
    }
    expand_add_name(expand, text->at + 1, length);
    expand_refuse(expand, line, text->at, length + 2, "definitions ($NAME=TEXT) are",
                  "write the text itself where the name is used");
    while (expand_goes_on(&more) && expand_next_raw(expand, &more)) {
    }
    return true;
}

/*
 * `~SEQ(NAME, ...) rest`, `~LST({NAME,NAME}, ...) rest`. What follows is read once, as it stands.
 */
static bool expand_refuse_sequence(struct expand *expand, const struct expand_line *line,
                                   struct expand_text *text)
{
    static const char *const words[] = {"~SEQ(", "~SEQx(", "~LST("};
    const char *at = text->at;
    const char *close;
    size_t length = 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !length; i++) {
        size_t size = strlen(words[i]);

        if ((size_t)(text->end - at) >= size && memcmp(at, words[i], size) == 0) {
            length = size;
        }
    }
    if (!length) {
        return false;
    }
    close = memchr(at, ')', (size_t)(text->end - at));
    expand_refuse(expand, line, at, length - 1, "sequences (~SEQ, ~LST) are",
                  "write the repeated lines out");
    for (at += length; at < text->end && at != close;) {
        size_t name = expand_name_length(at, text->end);

        expand_add_name(expand, at, name);
        at += name ? name : 1;
    }
    text->at = close ? close + 1 : text->end;
    return true;
}

static bool expand_is_include(const char *word, size_t length)
{
    static const char *const words[] = {"include",  "includer", "includem",
                                        "includew", "includeb", "includea"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (length == strlen(words[i]) && memcmp(word, words[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* `include FILE` and its variants. @return whether the line was one */
static bool expand_refuse_include(struct expand *expand, const struct expand_line *line,
                                  const struct expand_text *text)
{
    size_t length = 0;

    while (text->at + length < text->end && !expand_is_blank(text->at[length])) {
        length++;
    }
    if (!expand_is_include(text->at, length)) {
        return false;
    }
    expand_refuse(expand, line, text->at, length, "includes are",
                  "put the text of the file in the place of this line");
    return true;
}

bool expand_begins_line(const char *word, size_t length)
{
    return length && (*word == '@' || *word == '~' || expand_is_include(word, length));
}

size_t expand_use(const struct expand *expand, const char *text, size_t length, bool quoted)
{
    static const char *const predefined[] = {"_PWD", "_INSTANCE", "_RANDOM",
                                             "_ENV", "_HASH",     "_BANG"};
    bool braced = length > 1 && text[1] == '{';
    const char *at = text + 1 + braced;
    size_t size = expand_name_length(at, text + length);
    const char *end = at + size;
    bool known = false;

    if (!size) {
        return 0;
    }
    known = lookup_find(expand->names, at, size) != NULL;
    for (size_t i = 0; i < sizeof(predefined) / sizeof(predefined[0]); i++) {
        known |= size == strlen(predefined[i]) && memcmp(at, predefined[i], size) == 0;
    }
    /* S44: an unknown name is plain text; without quotes its braces would tear the line apart. */
    if (!known && (!braced || quoted)) {
        return 0;
    }
    if (braced) {
        while (end < text + length && (expand_is_parameter_byte(*end))) { /* S48: ${_ENV HOME} */
            end++;
        }
        return end < text + length && *end == '}' ? (size_t)(end - text) + 1 : 0;
    }
    /* S42: without braces a name ends at a blank, a comma, a parenthesis or the end of the line. */
    if (end < text + length && !expand_is_blank(*end) && *end != ',' && *end != ')') {
        return 0;
    }
    return (size_t)(end - text);
}

void expand_refuse_use(struct expand *expand, const struct source_place *place)
{
    expand->left_out = true;
    source_error(expand->source, place,
                 "definitions ($NAME, ${NAME}) are not supported by this version: write the text "
                 "itself here");
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* S34, S35: `@ID rest`, `@^ID rest`. @return whether the rest counts; the cursor is set to it */
static bool expand_condition_holds(const struct expand *expand, struct expand_text *text)
{
    bool negated = text->at + 1 < text->end && text->at[1] == '^';
    const char *id = text->at + 1 + negated;
    const char *end = id;
    bool same;

    while (end < text->end && !expand_is_blank(*end)) {
        end++;
    }
    same = (size_t)(end - id) == strlen(expand->config_id) &&
           memcmp(id, expand->config_id, (size_t)(end - id)) == 0;
    text->at = end;
    expand_skip_blanks(text);
    return same != negated && text->at < text->end;
}

/*
 * Everything that may begin a line besides words. @return whether something is left for the lexer;
 * the line is cut to it
 */
static bool expand_line_counts(struct expand *expand, struct expand_line *line)
{
    struct expand_text text = {line->text, line->text + line->length};
    size_t cut;

    expand_skip_blanks(&text);
    for (;;) {
        int first = text.at < text.end ? *text.at : 0;

        if (first == '@') {
            if (!expand_condition_holds(expand, &text)) {
                return false;
            }
        } else if (first == '$') {
            if (expand_refuse_definition(expand, line, &text)) {
                return false;
            }
            break;
        } else if (first == '~' && expand_refuse_sequence(expand, line, &text)) {
            expand_skip_blanks(&text);
        } else if (first == 'i' && expand_refuse_include(expand, line, &text)) {
            return false;
        } else {
            break;
        }
    }
    cut = (size_t)(text.at - line->text);
    line->text += cut;
    line->length -= cut;
    line->column += (uint32_t)cut;
    return true;
}

bool expand_next(struct expand *expand, struct expand_line *line)
{
    while (expand_next_raw(expand, line)) {
        const char *nul = expand->has_nul ? memchr(line->text, '\0', line->length) : NULL;

        if (nul) {
            struct source_place place = expand_place(line, (size_t)(nul - line->text), 1);

            source_error(expand->source, &place,
                         "a NUL byte; the file is no text here, and the line is not read");
            continue;
        }
        if (expand_line_counts(expand, line)) {
            expand->line = *line;
            return true;
        }
    }
    return false;
}
