/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one load, and diagnostics that show a line of them. Reading real files is in
 * source_read.c.
 */
#include "parser/source.h"

#include "base/arena.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct source_entry {
    struct source_file file;
    char *owned;
    /* The line that was looked up last: diagnostics mostly come in the order of the text. */
    uint32_t last_line;
    size_t last_offset;
};

struct source {
    struct arena *names;
    parser_read_function read;
    void *argument;
    struct diag_list *list;
    struct source_entry **entries;
    size_t count;
};

struct source *source_new(struct arena *names, parser_read_function read, void *argument,
                          struct diag_list *list)
{
    struct source *source = memory_new(1, sizeof(*source));

    source->names = names;
    source->read = read ? read : source_read_file;
    source->argument = argument;
    source->list = list;
    return source;
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
    free(source);
}

/* Why a file cannot be read. strerror(3) would follow the locale, and this runs on a thread. */
static const char *source_why(int error)
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
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].error == error) {
            return reasons[i].text;
        }
    }
    return "the system refuses";
}

const struct source_file *source_open(struct source *source, const char *path,
                                      const struct source_place *from)
{
    static const char bom[] =
        "\xef\xbb\xbf"; /* UTF-8's byte order mark, which some editors write */
    struct source_place whole = {.position = {.file = arena_text(source->names, path)}};
    struct source_entry *entry;
    char *text = NULL;
    size_t size = 0;
    int error = source->read(source->argument, path, &text, &size);

    if (!error && size > SOURCE_SIZE_LIMIT) {
        error = -EFBIG;
    }
    if (error) {
        free(text);
        source_error(source, from ? from : &whole, "\"%s\" cannot be read: %s", path,
                     source_why(-error));
        return NULL;
    }
    entry = memory_new(1, sizeof(*entry));
    entry->file = (struct source_file){whole.position.file, text, size};
    if (size >= strlen(bom) && memcmp(text, bom, strlen(bom)) == 0) {
        entry->file.text += strlen(bom);
        entry->file.size -= strlen(bom);
    }
    entry->owned = text;
    entry->last_line = 1;
    source->entries = memory_resize(source->entries, source->count + 1, sizeof(void *));
    source->entries[source->count++] = entry;
    return &entry->file;
}

/* The text of a line; NULL where the position is in no open file. */
static const char *source_line(struct source *source, const struct conf_position *position,
                               size_t *length)
{
    struct source_entry *entry = NULL;
    const char *line;
    const char *end;

    for (size_t i = 0; i < source->count && !entry; i++) {
        if (source->entries[i]->file.path == position->file) {
            entry = source->entries[i];
        }
    }
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

void source_report(struct source *source, enum diag_severity severity,
                   const struct source_place *place, const char *format, ...)
{
    const char *line = NULL;
    size_t length = 0;
    va_list arguments;

    if (diag_has_room(source->list, severity)) {
        line = source_line(source, &place->position, &length);
    }
    va_start(arguments, format);
    diag_add_v(source->list, severity, &place->position, line, length, place->length, format,
               arguments);
    va_end(arguments);
}

bool source_has_room(const struct source *source)
{
    return diag_has_room(source->list, DIAG_ERROR);
}

bool source_failed(const struct source *source)
{
    return diag_count(source->list, DIAG_ERROR) > 0;
}
