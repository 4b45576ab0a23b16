/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the comments that silence lints, and answers for lines and for the whole. Pure.
 */
#include "parser/silence.h"

#include "base/memory.h"
#include "parser/source.h"

#include <stdlib.h>
#include <string.h>

struct silence_line {
    uint32_t line;
    uint64_t lints;
};

/* The lines of one file, in their order. */
struct silence_file {
    const char *path; /* the file's own, which positions point at too */
    struct silence_line *lines;
    size_t count;
};

struct silence {
    uint64_t everywhere;
    struct silence_file *files; /* those that silence lines */
    size_t count;
};

/* A pass over one file. */
struct silence_pass {
    struct silence *silence;
    const struct source_file *file;
    silence_unknown_function unknown;
    void *argument;
    const char *counted; /* up to here lines are counted */
    uint32_t line;
    struct silence_file found;
};

struct silence *silence_new(void)
{
    return memory_new(1, sizeof(struct silence));
}

void silence_free(struct silence *silence)
{
    if (!silence) {
        return;
    }
    for (size_t i = 0; i < silence->count; i++) {
        free(silence->files[i].lines);
    }
    free(silence->files);
    free(silence);
}

/* ---- Finding the comments -------------------------------------------------------------------- */

static bool silence_is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static bool silence_is_sign(char character)
{
    return character == '#' || character == '!';
}

/*
 * Where the comment begins whose first word is at `word`; NULL where that is none: no sign before
 * it, a sign inside a word, or one in quotes.
 */
static const char *silence_comment_start(const char *line, const char *word)
{
    const char *at = word;
    bool quoted = false;

    while (at > line && silence_is_blank(at[-1])) {
        at--;
    }
    if (at == line || !silence_is_sign(at[-1])) {
        return NULL;
    }
    while (at > line && silence_is_sign(at[-1])) {
        at--;
    }
    if (at > line && !silence_is_blank(at[-1])) {
        return NULL;
    }
    for (const char *before = line; before < at; before++) {
        quoted ^= *before == '"';
    }
    return quoted ? NULL : at;
}

/* The names behind `at`, up to the end of the line. */
static uint64_t silence_read_names(struct silence_pass *pass, const char *line, const char *at,
                                   const char *end)
{
    struct source_place place = {.position = {pass->file->path, pass->line, 0}};
    uint64_t lints = 0;
    bool any = false;

    while (at < end) {
        const char *word = at;
        enum lint lint;

        while (at < end && !silence_is_blank(*at) && *at != ',' && *at != '\r') {
            at++;
        }
        if (at == word) {
            at++;
            continue;
        }
        any = true;
        lint = lint_find(word, (size_t)(at - word));
        if (lint < LINTS) {
            lints |= LINT_BIT(lint);
            continue;
        }
        place.position.column = (uint32_t)(word - line) + 1;
        place.length = (uint32_t)(at - word);
        pass->unknown(pass->argument, &place, word);
    }
    if (!any) {
        place.position.column = (uint32_t)(end - line);
        pass->unknown(pass->argument, &place, end);
    }
    return lints;
}

static void silence_add_line(struct silence_pass *pass, uint64_t lints)
{
    struct silence_file *found = &pass->found;

    if (found->count && found->lines[found->count - 1].line == pass->line) {
        found->lines[found->count - 1].lints |= lints;
        return;
    }
    if ((found->count & (found->count - 1)) == 0) { /* full: it grows by doubling */
        found->lines =
            memory_resize(found->lines, found->count ? 2 * found->count : 1, sizeof(*found->lines));
    }
    found->lines[found->count++] = (struct silence_line){pass->line, lints};
}

/* Looks at a place where the word that all these comments begin with stands. */
static void silence_look(struct silence_pass *pass, const char *word, size_t length)
{
    static const char verb[] = "silence";
    const char *text = pass->file->text;
    const char *text_end = text + pass->file->size;
    const char *line = memrchr(text, '\n', (size_t)(word - text));
    const char *end = memchr(word, '\n', (size_t)(text_end - word));
    const char *at = word + length;
    const char *comment;
    const char *before;
    uint64_t lints;

    line = line ? line + 1 : text;
    end = end ? end : text_end;
    comment = silence_comment_start(line, word);
    while (at < end && silence_is_blank(*at)) {
        at++;
    }
    if (!comment || (size_t)(end - at) < strlen(verb) || memcmp(at, verb, strlen(verb)) != 0) {
        return;
    }
    at += strlen(verb);
    if (at < end && !silence_is_blank(*at) && *at != '\r') {
        return;
    }
    for (; pass->counted < line; pass->counted++) {
        pass->line += *pass->counted == '\n';
    }
    lints = silence_read_names(pass, line, at, end);
    for (before = line; before < comment && silence_is_blank(*before); before++) {
    }
    if (before == comment) {
        pass->silence->everywhere |= lints;
    } else {
        silence_add_line(pass, lints);
    }
}

void silence_scan(struct silence *silence, const struct source_file *file,
                  silence_unknown_function unknown, void *argument)
{
    static const char marker[] = "holdfast:";
    struct silence_pass pass = {.silence = silence,
                                .file = file,
                                .unknown = unknown,
                                .argument = argument,
                                .counted = file->text,
                                .line = 1,
                                .found.path = file->path};
    const char *end = file->text + file->size;
    const char *at = file->text;

    while ((at = memmem(at, (size_t)(end - at), marker, strlen(marker)))) {
        silence_look(&pass, at, strlen(marker));
        at += strlen(marker);
    }
    if (pass.found.count) {
        silence->files = memory_resize(silence->files, silence->count + 1, sizeof(*silence->files));
        silence->files[silence->count++] = pass.found;
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

void silence_add(struct silence *silence, uint64_t lints)
{
    silence->everywhere |= lints;
}

uint64_t silence_everywhere(const struct silence *silence)
{
    return silence->everywhere;
}

static int silence_compare(const void *key, const void *element)
{
    const uint32_t *line = key;
    const struct silence_line *other = element;

    return *line < other->line ? -1 : *line > other->line;
}

bool silence_on_line(const struct silence *silence, enum lint lint,
                     const struct conf_position *position)
{
    for (size_t i = 0; i < silence->count; i++) {
        const struct silence_file *file = &silence->files[i];
        const struct silence_line *found;

        if (file->path != position->file) {
            continue;
        }
        found = bsearch(&position->line, file->lines, file->count, sizeof(*file->lines),
                        silence_compare);
        return found && found->lints & LINT_BIT(lint);
    }
    return false;
}
