/* SPDX-License-Identifier: Apache-2.0
 *
 * Includes: which files a pattern names, which of them may be read, and in which order. Pure but for
 * what parser_world answers.
 */
#include "base/arena.h"
#include "base/memory.h"
#include "parser/expand_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { INCLUDE_BRACES_LIMIT = 1024 }; /* names that the braces of a pattern may make */

/* One `include` with the files that it leads to. */
struct include {
    struct expand *expand;
    struct arena *arena; /* for names, until the files are open */
    struct source_place place;
    const struct expand_input *includer; /* NULL: the caller asked for it */
    unsigned checks;
    unsigned inherited; /* what the files' own includes undergo */
    char **names;       /* of the pattern, its braces gone; in the arena */
    size_t name_count;
    size_t name_capacity;
    const struct source_file **files;
    size_t file_count;
};

bool expand_is_include(const char *word, size_t length, unsigned *checks)
{
    static const struct {
        const char *word;
        unsigned checks;
    } rows[] = {
        {"include", 0},
        {"includer", EXPAND_CHECK_READ},
        {"includem", EXPAND_CHECK_READ | EXPAND_CHECK_MATCH},
        {"includew", EXPAND_CHECK_READ | EXPAND_CHECK_MATCH | EXPAND_CHECK_WILDCARD},
        {"includeb", EXPAND_CHECK_READ | EXPAND_CHECK_BRACE},
        {"includea", EXPAND_CHECK_ALL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (length == strlen(rows[i].word) && memcmp(word, rows[i].word, length) == 0) {
            if (checks) {
                *checks = rows[i].checks;
            }
            return true;
        }
    }
    return false;
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* A path as the file system takes it, without "./" in it, so that a file has one name. */
static char *include_path(const struct include *include, const char *name)
{
    const char *from = include->includer ? include->includer->file->path : "";
    size_t directory = *name == '/' ? 0 : expand_directory_length(from);
    char *path = arena_format(include->arena, "%.*s%s", (int)directory, from, name);
    char *out = path;

    for (const char *in = path; *in;) {
        bool begins = in == path || in[-1] == '/';

        if (begins && in[0] == '.' && in[1] == '/') {
            in += 2;
        } else if (begins && in > path && *in == '/') {
            in++;
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
    return path;
}

static void include_add_name(struct include *include, char *name)
{
    if (include->name_count == include->name_capacity) {
        include->name_capacity = include->name_capacity ? include->name_capacity * 2 : 8;
        include->names =
            memory_resize(include->names, include->name_capacity, sizeof(*include->names));
    }
    include->names[include->name_count++] = name;
}

/* The brace that closes the one at `open`; NULL: none. */
static const char *include_close(const char *open)
{
    size_t depth = 0;

    for (const char *at = open; *at; at++) {
        depth += *at == '{';
        if (*at == '}' && --depth == 0) {
            return at;
        }
    }
    return NULL;
}

/* Writes out braces: "a{b,c}" is "ab" and "ac", and there may be braces in braces. */
static void include_expand_braces(struct include *include, char *name)
{
    const char *open = strchr(name, '{');
    const char *close = open ? include_close(open) : NULL;
    size_t depth = 0;

    if (!close) {
        if (include->name_count < INCLUDE_BRACES_LIMIT) {
            include_add_name(include, name);
        }
        return;
    }
    for (const char *at = open, *start = open + 1; at <= close; at++) {
        if ((*at == ',' && depth == 1) || at == close) {
            char *one = arena_format(include->arena, "%.*s%.*s%s", (int)(open - name), name,
                                     (int)(at - start), start, close + 1);

            if (include->name_count >= INCLUDE_BRACES_LIMIT) {
                return;
            }
            include_expand_braces(include, one);
            start = at + 1;
        }
        depth += *at == '{';
        depth -= *at == '}';
    }
}

static bool include_is_wild(const char *name)
{
    return name[strcspn(name, "*?[")];
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Says what is doubtful about an include: an error where that is checked. */
#define include_doubt(include, check, ...)                                                         \
    ((include)->checks & (check)                                                                   \
         ? (void)expand_error((include)->expand, &(include)->place, __VA_ARGS__)                   \
         : (void)source_warning((include)->expand->source, &(include)->place, __VA_ARGS__))

/* S62: a file that is being read already would never end. @return whether this one may be read */
static bool include_ends(struct include *include, const struct source_file *file)
{
    unsigned depth = 0;

    for (const struct expand_input *outer = include->includer; outer; outer = outer->includer) {
        if (strcmp(outer->file->resolved, file->resolved) == 0) {
            expand_error(include->expand, &include->place,
                         "\"%s\" would be included by itself without end; remove this line, or one "
                         "of those that lead here",
                         file->path);
            return false;
        }
        if (++depth >= EXPAND_DEPTH_LIMIT) {
            expand_error(include->expand, &include->place,
                         "includes are more than %d deep in each other here", EXPAND_DEPTH_LIMIT);
            return false;
        }
    }
    return true;
}

static void include_add_file(struct include *include, const struct source_file *file)
{
    include->files = memory_resize(include->files, include->file_count + 1, sizeof(void *));
    include->files[include->file_count++] = file;
}

/* Opens the file that an include names, or the first one. */
static void include_open(struct include *include, const char *path)
{
    const struct source_file *file =
        source_open(include->expand->source, path, include->includer ? &include->place : NULL);

    if (!file) {
        include->expand->left_out = true;
    } else if (!include_ends(include, file)) {
        return;
    } else if (file->executable && include->includer) {
        include_doubt(
            include, EXPAND_CHECK_READ,
            "\"%s\" is executable and thus not read, as in keepalived; type: chmod a-x %s", path,
            path);
    } else {
        if (file->executable) {
            source_warning(
                include->expand->source, &(struct source_place){.position = {.file = file->path}},
                "it is executable, and keepalived would not read it; type: chmod a-x %s", path);
        }
        include_add_file(include, file);
    }
}

/* Opens one of the files that a wildcard matches; what is no configuration is left out. S58 */
static void include_open_match(struct include *include, const char *path)
{
    int error = 0;
    const struct source_file *file =
        source_try(include->expand->source, path, &include->place, &error);

    if (!file) {
        include_doubt(include, EXPAND_CHECK_READ, "\"%s\" matches and is left out: %s", path,
                      source_why(error));
    } else if (file->executable) {
        include_doubt(include, EXPAND_CHECK_READ,
                      "\"%s\" matches and is left out, as in keepalived: it is executable; type: "
                      "chmod a-x %s",
                      path, path);
    } else if (include_ends(include, file)) {
        include_add_file(include, file);
    }
}

/* Opens all that a name with wildcards matches. @return their number */
static size_t include_open_matches(struct include *include, const char *pattern)
{
    const struct parser_world *world = source_world(include->expand->source);
    char **paths = NULL;
    size_t count = 0;

    if (!world->find || world->find(world->argument, pattern, &paths, &count) < 0) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        include_open_match(include, paths[i]);
        free(paths[i]);
    }
    free(paths);
    return count;
}

/* Opens one of the names that braces make: it may be missing. */
static void include_open_alternative(struct include *include, const char *path)
{
    int error = 0;

    if (source_try(include->expand->source, path, &include->place, &error) || error != -ENOENT) {
        include_open(include, path);
    } else {
        include_doubt(include, EXPAND_CHECK_BRACE | EXPAND_CHECK_MATCH,
                      "there is no file \"%s\", which the braces name", path);
    }
}

/* Opens what one name leads to. */
static void include_open_name(struct include *include, const char *name)
{
    const char *path = include_path(include, name);

    if (include_is_wild(name)) {
        if (include_open_matches(include, path) || !include->includer) {
            return;
        }
        if (include->checks & EXPAND_CHECK_WILDCARD) {
            expand_error(include->expand, &include->place, "no file matches \"%s\"", path);
        } else {
            source_remark(include->expand->source, &include->place, "no file matches \"%s\"", path);
        }
    } else if (include->name_count > 1) {
        include_open_alternative(include, path);
    } else {
        include_open(include, path);
    }
}

/* Puts the files on top of all inputs, so that the first one is read next. */
static void include_push(struct include *include)
{
    for (size_t i = include->file_count; i > 0; i--) {
        const struct source_file *file = include->files[i - 1];
        struct expand_input *input = expand_push(include->expand, EXPAND_FILE, &include->place);

        if (!input) {
            break;
        }
        input->file = file;
        input->includer = include->includer;
        input->checks = include->inherited;
        input->has_nul = memchr(file->text, '\0', file->size) != NULL;
        input->is_plain = !memchr(file->text, '$', file->size) &&
                          !memchr(file->text, '@', file->size) &&
                          !memchr(file->text, '~', file->size) &&
                          !memmem(file->text, file->size, "include", strlen("include"));
    }
    free(include->names);
    free(include->files);
    arena_free(include->arena);
}

/* Opens all files of a pattern, so that what is wrong with them is reported in order. */
static void include_open_all(struct include *include, const char *pattern)
{
    include_expand_braces(include, arena_text(include->arena, pattern));
    if (include->name_count >= INCLUDE_BRACES_LIMIT) {
        expand_error(include->expand, &include->place,
                     "the braces make %d names or more; use a wildcard", INCLUDE_BRACES_LIMIT);
        return;
    }
    for (size_t i = 0; i < include->name_count; i++) {
        include_open_name(include, include->names[i]);
    }
}

/* ---- The line -------------------------------------------------------------------------------- */

/* What the line names, without the quotes that may be around it. */
static char *include_pattern(struct expand *expand, const struct expand_line *line)
{
    struct expand_line rest = *line;
    size_t length;
    char *text;

    rest.length = expand_code_length(line->text, line->length);
    text = arena_text(expand->arena, expand_plain(expand, &rest, &length));
    for (length = strlen(text); length && expand_is_blank(text[length - 1]);) {
        text[--length] = '\0';
    }
    if (length > 1 && *text == '"' && text[length - 1] == '"') {
        text[length - 1] = '\0';
        text++;
    }
    return text;
}

/*
 * The bytes of a line that name files: up to a comment, or to a '}' that closes a block around the
 * include.
 */
static size_t include_length(const struct expand_line *line)
{
    size_t length = expand_code_length(line->text, line->length);
    size_t depth = 0;

    for (size_t at = 0; at < length; at++) {
        if (line->text[at] == '}' && depth-- == 0) {
            return at;
        }
        depth += line->text[at] == '{';
    }
    return length;
}

/* What stands behind an include is read after its files. */
static void include_push_rest(struct expand *expand, struct expand_line *line, size_t length,
                              const struct source_place *place)
{
    struct expand_line *rest;

    if (length < line->length && line->text[length] == '}') {
        rest = arena_alloc(expand->arena, sizeof(*rest));
        *rest = *line;
        expand_cut(rest, length);
        *rest = expand_keep(expand, rest);
        line->length = length;
        expand_push_lines(expand, rest, 1, NULL, place);
    }
}

bool expand_include(struct expand *expand, struct expand_line *line)
{
    struct include include = {.expand = expand, .includer = expand_file(expand)};
    size_t length = 0;
    char *pattern;

    while (length < line->length && !expand_is_blank(line->text[length])) {
        length++;
    }
    if (!expand_is_include(line->text, length, &include.checks)) {
        return false;
    }
    include.inherited = include.includer->checks; /* S60; a variant's own count once */
    include.checks |= include.inherited;
    include.place = expand_place(line, 0, length);
    expand_cut(line, length);
    expand_trim(line);
    include_push_rest(expand, line, include_length(line), &include.place);
    pattern = include_pattern(expand, line);
    if (!*pattern) {
        expand_error(expand, &include.place, "include needs a file: include FILE");
        return true;
    }
    length = expand_code_length(line->text, line->length);
    while (length > 1 && expand_is_blank(line->text[length - 1])) {
        length--;
    }
    include.place = expand_place(line, 0, length);
    include.arena = arena_new();
    include_open_all(&include, pattern);
    include_push(&include);
    return true;
}

bool expand_open_first(struct expand *expand, const char *path, unsigned checks)
{
    struct include include = {
        .expand = expand, .arena = arena_new(), .checks = checks, .inherited = checks};

    include.place.position.file = path;
    /* S10: a name with wildcards or braces may lead to several files, read one after the other. */
    if (path[strcspn(path, "*?[{")]) {
        include_open_all(&include, path);
        if (include.file_count > 1) {
            source_warning(expand->source, &include.place,
                           "it matches several files, which are read one after the other");
        }
    }
    if (!include.file_count && !source_failed(expand->source)) {
        include_open(&include, path);
    }
    include_push(&include);
    return expand->inputs;
}
