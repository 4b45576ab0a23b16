/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one load, and diagnostics that show a line of them. Reading real files is in
 * source_read.c.
 */
#include "parser/source.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/silence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source_entry {
    struct source_file file;
    struct source_place from; /* the include line; without a file: the caller asked for it */
    char *owned;
    /* The line that was looked up last: diagnostics mostly come in the order of the text. */
    uint32_t last_line;
    size_t last_offset;
};

struct source {
    struct arena *names;
    struct parser_world world;
    struct diag_list *list;
    struct silence *silence;
    struct source_entry **entries;
    size_t count;
    size_t total; /* bytes of all files */
};

enum { SOURCE_ORIGINS_SHOWN = 8 }; /* notes about where a text came from, at most */

struct source *source_new(struct arena *names, const struct parser_world *world,
                          struct diag_list *list)
{
    struct source *source = memory_new(1, sizeof(*source));

    source->names = names;
    source->world = world->read ? *world : source_system();
    source->list = list;
    source->silence = silence_new();
    return source;
}

const struct parser_world *source_world(const struct source *source)
{
    return &source->world;
}

void source_free(struct source *source)
{
    if (!source) {
        return;
    }
    for (size_t i = 0; i < source->count; i++) {
        free(source->entries[i]->owned);
        free(source->entries[i]);
    }
    free(source->entries);
    silence_free(source->silence);
    free(source);
}

/* strerror(3) would follow the locale, and this runs on a thread. */
const char *source_why(int error)
{
    static const struct {
        int error;
        const char *text;
    } reasons[] = {
        {ENOENT, "there is no such file"},
        {EISDIR, "it is a directory; name a file in it"},
        {ENODEV, "it is no regular file"},
        {EFBIG, "it is larger than 64 MiB"},
        {EACCES, "permission denied; check who may read it and enter its directory"},
        {EIO, "the disk answers with an error"},
        {ELOOP, "its symbolic links lead in a circle"},
        {ENAMETOOLONG, "its name is too long"},
        {ENOTDIR, "a part of its path is no directory"},
        {E2BIG, "the load has 10000 files or 256 MiB already"},
        {EMFILE, "no file descriptor is left: raise LimitNOFILE= of the systemd unit"},
        {ENFILE, "this host has no file descriptor left: raise the sysctl fs.file-max"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].error == -error) {
            return reasons[i].text;
        }
    }
    return "the system refuses";
}

/* A comment that silences what does not exist. */
static void source_report_unknown(void *argument, const struct source_place *place,
                                  const char *word)
{
    struct source *source = argument;
    char name[LINT_NAME_SHOWN + 1];
    const char *nearest;

    if (!place->length) {
        (void)source_lint(source, LINT_UNKNOWN_LINT, place,
                          "this silences nothing; add the name of a lint: holdfastd --lints lists "
                          "them");
        return;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)place->length, word);
    nearest = lint_nearest(name);
    if (nearest) {
        (void)source_lint(source, LINT_UNKNOWN_LINT, place,
                          "there is no lint \"%s\"; did you mean \"%s\"?", name, nearest);
    } else {
        (void)source_lint(source, LINT_UNKNOWN_LINT, place,
                          "there is no lint \"%s\"; holdfastd --lints lists them", name);
    }
}

/* Reads a file within the limits of a load. @return as a parser_read_function */
static int source_read(struct source *source, const char *path, char **text, size_t *size)
{
    int result;

    if (source->count >= SOURCE_FILES_LIMIT || source->total >= SOURCE_TOTAL_LIMIT) {
        return -E2BIG;
    }
    result = source->world.read(source->world.argument, path, text, size);
    return result >= 0 && *size > SOURCE_SIZE_LIMIT ? -EFBIG : result;
}

const struct source_file *source_try(struct source *source, const char *path,
                                     const struct source_place *from, int *error)
{
    static const char bom[] =
        "\xef\xbb\xbf"; /* UTF-8's byte order mark, which some editors write */
    struct source_entry *entry;
    char *resolved = NULL;
    char *text = NULL;
    size_t size = 0;
    int result = source_read(source, path, &text, &size);

    if (result < 0) {
        free(text);
        *error = result;
        return NULL;
    }
    entry = memory_new(1, sizeof(*entry));
    if (source->world.resolve) {
        resolved = source->world.resolve(source->world.argument, path);
    }
    entry->file = (struct source_file){
        .path = arena_text(source->names, path),
        .resolved = arena_text(source->names, resolved ? resolved : path),
        .text = text,
        .size = size,
        .executable = result == PARSER_FILE_EXECUTABLE,
    };
    free(resolved);
    entry->from = from ? *from : (struct source_place){0};
    if (size >= strlen(bom) && memcmp(text, bom, strlen(bom)) == 0) {
        entry->file.text += strlen(bom);
        entry->file.size -= strlen(bom);
    }
    entry->owned = text;
    entry->last_line = 1;
    source->entries = memory_resize(source->entries, source->count + 1, sizeof(void *));
    source->entries[source->count++] = entry;
    source->total += size;
    silence_scan(source->silence, &entry->file, source_report_unknown, source);
    return &entry->file;
}

const struct source_file *source_open(struct source *source, const char *path,
                                      const struct source_place *from)
{
    int error = 0;
    const struct source_file *file = source_try(source, path, from, &error);

    if (!file) {
        struct source_place whole = {.position = {.file = path}};

        source_error(source, from ? from : &whole, "\"%s\" cannot be read: %s", path,
                     source_why(error));
    }
    return file;
}

static struct source_entry *source_find(const struct source *source, const char *path)
{
    for (size_t i = source->count; i > 0; i--) {
        if (source->entries[i - 1]->file.path == path) {
            return source->entries[i - 1];
        }
    }
    return NULL;
}

/* The text of a line; NULL where the position is in no open file. */
static const char *source_line(struct source *source, const struct conf_position *position,
                               size_t *length)
{
    struct source_entry *entry = source_find(source, position->file);
    const char *line;
    const char *end;

    if (!entry || !position->line) {
        return NULL;
    }
    if (position->line < entry->last_line) {
        entry->last_line = 1;
        entry->last_offset = 0;
    }
    while (entry->last_line < position->line) {
        size_t rest = entry->file.size - entry->last_offset;

        line = entry->file.text + entry->last_offset;
        end = memchr(line, '\n', rest);
        if (!end) {
            return NULL;
        }
        entry->last_offset += (size_t)(end - line) + 1;
        entry->last_line++;
    }
    line = entry->file.text + entry->last_offset;
    end = memchr(line, '\n', entry->file.size - entry->last_offset);
    *length = end ? (size_t)(end - line) : entry->file.size - entry->last_offset;
    if (*length && line[*length - 1] == '\r') {
        *length -= 1;
    }
    return line;
}

/* Adds a note that shows a line of a file. */
__attribute__((format(printf, 4, 5))) static void source_add_note(
    struct source *source, const struct conf_position *position, uint32_t caret, const char *format,
    ...)
{
    size_t length = 0;
    const char *line = source_line(source, position, &length);
    va_list arguments;

    va_start(arguments, format);
    diag_add_v(source->list, DIAG_NOTE, position, line, length, caret, format, arguments);
    va_end(arguments);
}

/* Says where a text came from: what was put in its place, then who included its file. */
static void source_explain(struct source *source, const struct source_place *place)
{
    const struct source_origin *origin = place->origin;
    const struct source_entry *entry = source_find(source, place->position.file);

    for (int i = 0; i < SOURCE_ORIGINS_SHOWN && origin; i++, origin = origin->next) {
        const char *name = origin->name;
        const char *value = origin->value;

        switch (origin->kind) {
        case SOURCE_DEFINED:
            source_add_note(source, &origin->position, origin->length, "$%s is \"%s\" here", name,
                            value);
            break;
        case SOURCE_USED:
            source_add_note(source, &origin->position, origin->length, "$%s is used here", name);
            break;
        case SOURCE_PASS:
            source_add_note(source, &origin->position, origin->length,
                            "in the pass of this sequence with %s", value);
            break;
        }
    }
    for (int i = 0; i < SOURCE_ORIGINS_SHOWN && entry && entry->from.position.file; i++) {
        source_add_note(source, &entry->from.position, entry->from.length, "included from here");
        entry = source_find(source, entry->from.position.file);
    }
}

void source_report(struct source *source, enum diag_severity severity,
                   const struct source_place *place, const char *format, ...)
{
    bool room = diag_has_room(source->list, severity);
    const char *line = NULL;
    size_t length = 0;
    va_list arguments;

    if (room) {
        line = source_line(source, &place->position, &length);
    }
    va_start(arguments, format);
    diag_add_v(source->list, severity, &place->position, line, length, place->length, format,
               arguments);
    va_end(arguments);
    if (room && severity != DIAG_NOTE) {
        source_explain(source, place);
    }
}

bool source_lint(struct source *source, enum lint lint, const struct source_place *place,
                 const char *format, ...)
{
    const char *name = lint_row(lint)->name;
    struct text_buffer text = {0};
    va_list arguments;

    if (source_silenced(source) & LINT_BIT(lint) ||
        silence_on_line(source->silence, lint, &place->position)) {
        diag_skip(source->list);
        return false;
    }
    diag_speak_for(source->list, name);
    if (diag_has_room(source->list, DIAG_WARNING)) {
        va_start(arguments, format);
        text_append_v(&text, format, arguments);
        va_end(arguments);
    }
    source_warning(source, place, "%s [%s]", text.data ? text.data : "", name);
    text_release(&text);
    diag_speak_for(source->list, NULL);
    return true;
}

void source_silence(struct source *source, uint64_t lints)
{
    silence_add(source->silence, lints);
}

uint64_t source_silenced(const struct source *source)
{
    return silence_everywhere(source->silence);
}

void source_settle_lints(struct source *source)
{
    for (enum lint lint = 0; lint < LINTS; lint++) {
        if (source_silenced(source) & LINT_BIT(lint)) {
            diag_silence(source->list, lint_row(lint)->name);
        }
    }
}

bool source_has_room(const struct source *source)
{
    return diag_has_room(source->list, DIAG_ERROR);
}

bool source_failed(const struct source *source)
{
    return diag_count(source->list, DIAG_ERROR) > 0;
}
