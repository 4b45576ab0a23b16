/* SPDX-License-Identifier: Apache-2.0
 *
 * Definitions: `$NAME=text`, over one line or several. Their text is kept as it stands and replaced
 * where it is used, in expand_substitute.c. Pure.
 */
#include "base/arena.h"
#include "parser/expand_inside.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

struct expand_definition *expand_definition(struct expand *expand, const char *name, size_t length)
{
    struct expand_definition *definition = lookup_find(expand->definitions, name, length);

    if (!definition) {
        definition = arena_alloc(expand->arena, sizeof(*definition));
        definition->name = arena_text_n(expand->arena, name, length);
        (void)lookup_add(expand->definitions, definition->name, length, definition);
    }
    return definition;
}

/* The lines of a definition while they are collected. */
struct define_lines {
    struct expand_line *lines;
    size_t count;
    size_t capacity;
};

static void define_add(struct expand *expand, struct define_lines *lines,
                       const struct expand_line *line)
{
    if (lines->count == lines->capacity) {
        struct expand_line *old = lines->lines;

        lines->capacity = lines->capacity ? lines->capacity * 4 : 1;
        lines->lines = arena_alloc(expand->arena, lines->capacity * sizeof(*old));
        if (old) {
            memcpy(lines->lines, old, lines->count * sizeof(*old));
        }
    }
    lines->lines[lines->count++] = *line;
}

static void define_trim_end(struct expand_line *line)
{
    while (line->length && expand_is_blank(line->text[line->length - 1])) {
        line->length--;
    }
}

/* S40: a line ends with a '\' where the definition goes on. It is cut off. @return whether it did */
static bool define_goes_on(struct expand_line *line)
{
    define_trim_end(line);
    if (!line->length || line->text[line->length - 1] != '\\') {
        return false;
    }
    line->length--;
    define_trim_end(line);
    return true;
}

/* S41: a comment ends the definition, even if there is a '\' behind it. */
static void define_drop_comment(struct expand *expand, struct expand_line *line, bool quiet)
{
    size_t code = expand_code_length(line->text, line->length);
    struct expand_line comment = *line;
    struct source_place place;

    if (code == line->length) {
        return;
    }
    expand_cut(&comment, code);
    line->length = code;
    if (define_goes_on(&comment) && !quiet) {
        place = expand_place(&comment, 0, comment.length);
        source_warning(expand->source, &place,
                       "the \\ belongs to this comment, so that the definition ends here; move the "
                       "comment to a line before the definition");
    }
}

/* The text of a definition from what follows its '='. @return whether it is several lines */
static bool define_read_text(struct expand *expand, struct expand_line *line,
                             struct define_lines *lines, bool quiet)
{
    struct expand_input *input = expand_top(expand);
    struct expand_line next = *line;
    struct source_place place = expand_place(line, 0, line->length ? line->length : 1);
    bool several;

    define_drop_comment(expand, &next, quiet);
    several = define_goes_on(&next);
    if (several && (!input || input->kind != EXPAND_FILE || line->segments)) {
        expand_error(expand, &place,
                     "a definition of several lines cannot be made by a sequence or by another "
                     "definition; remove the \\ or write it on lines of its own");
        several = false;
    }
    if (next.length || !several) {
        define_add(expand, lines, &next);
    }
    for (bool goes_on = several; goes_on && expand_next_raw(input, &next);) {
        if (!expand_is_text(expand, input, &next)) {
            continue;
        }
        expand_trim(&next);
        define_drop_comment(expand, &next, quiet);
        goes_on = define_goes_on(&next);
        if (next.length) {
            define_add(expand, lines, &next);
        }
    }
    if (!lines->count) { /* nothing but backslashes */
        next.length = 0;
        define_add(expand, lines, &next);
    }
    return several;
}

/* `$NAME =text` is no definition in keepalived. @return whether the line is that */
static bool define_is_torn(const struct expand_line *line, size_t name)
{
    size_t at = 1 + name;

    while (at < line->length && expand_is_blank(line->text[at])) {
        at++;
    }
    return at > 1 + name && at < line->length && line->text[at] == '=';
}

bool expand_define(struct expand *expand, const struct expand_line *line)
{
    size_t name = expand_name_length(line->text + 1, line->length - 1);
    struct source_place place = expand_place(line, 0, name + 1);
    struct define_lines lines = {0};
    struct expand_definition *definition;
    struct expand_line text;

    if (!name) {
        return false;
    }
    if (define_is_torn(line, name)) {
        expand_error(expand, &place, "a definition has no blank before its \"=\"; write $%.*s=TEXT",
                     (int)name, line->text + 1);
        return true;
    }
    if (1 + name == line->length || line->text[1 + name] != '=') {
        return false;
    }
    text = *line;
    expand_cut(&text, name + 2);
    expand_trim(&text);
    text = expand_keep(expand, &text);
    definition = expand_definition(expand, line->text + 1, name);
    definition->several = define_read_text(expand, &text, &lines, false);
    definition->lines = lines.lines;
    definition->count = lines.count;
    definition->place =
        expand_place(&lines.lines[0], 0, lines.lines[0].length ? lines.lines[0].length : 1);
    return true;
}

void expand_skip_definition(struct expand *expand, const struct expand_line *line)
{
    size_t name = line->length && *line->text == '$'
                      ? expand_name_length(line->text + 1, line->length - 1)
                      : 0;
    struct define_lines lines = {0};
    struct expand_line text = *line;

    if (name && 1 + name < line->length && line->text[1 + name] == '=') {
        expand_cut(&text, name + 2);
        (void)define_read_text(expand, &text, &lines, true);
    }
}
