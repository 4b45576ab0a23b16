/* SPDX-License-Identifier: Apache-2.0
 *
 * A file system in a string, for tests and fuzz targets of the parser. The first file is called
 * "t.conf"; each further one begins with a line "--- NAME", or "--- +x NAME" for an executable one,
 * "--- NAME/" for a directory.
 */
#ifndef HOLDFAST_TESTS_UNIT_FILES_H
#define HOLDFAST_TESTS_UNIT_FILES_H

#include "base/memory.h"
#include "base/text.h"
#include "parser/parser.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_FILES_FIRST "t.conf"
/* ---- Files ----------------------------------------------------------------------------------- */

/* The file at a line "--- ...": its name and its text. */
struct unit_part {
    char name[128];
    bool executable;
    bool directory;
    const char *text;
    size_t size;
};

/* @return the text behind the part's line, NULL: there is none */
static inline const char *unit_next_part(const char *text, struct unit_part *part)
{
    const char *end;
    size_t length;

    *part = (struct unit_part){0};
    text = strncmp(text, "--- ", 4) == 0 ? text : strstr(text, "\n--- ");
    if (!text) {
        return NULL;
    }
    text += *text == '\n';
    text += 4;
    if (strncmp(text, "+x ", 3) == 0) {
        part->executable = true;
        text += 3;
    }
    length = strcspn(text, "\n");
    length = length < sizeof(part->name) ? length : sizeof(part->name) - 1;
    memcpy(part->name, text, length);
    if (length && part->name[length - 1] == '/') {
        part->directory = true;
        part->name[length - 1] = '\0';
    }
    text += strcspn(text, "\n");
    text += *text == '\n';
    end = strncmp(text, "--- ", 4) == 0 ? text : strstr(text, "\n--- ");
    part->text = text;
    part->size = end ? (size_t)(end - text) + (*end == '\n') : strlen(text);
    return text;
}

static inline int unit_files_read(void *argument, const char *path, char **text, size_t *size)
{
    const char *at = argument;
    struct unit_part part;
    const char *end = strstr(at, "\n--- ");

    if (strcmp(path, UNIT_FILES_FIRST) == 0) {
        part = (struct unit_part){.text = at, .size = end ? (size_t)(end - at) + 1 : strlen(at)};
    } else {
        do {
            at = unit_next_part(at, &part);
            if (!at) {
                return -ENOENT;
            }
        } while (strcmp(part.name, path) != 0);
    }
    if (part.directory) {
        return -EISDIR;
    }
    *text = memory_new(part.size + 1, 1);
    memcpy(*text, part.text, part.size);
    *size = part.size;
    return part.executable ? PARSER_FILE_EXECUTABLE : 0;
}

static inline int unit_files_find(void *argument, const char *pattern, char ***paths, size_t *count)
{
    struct unit_part part;

    *paths = NULL;
    *count = 0;
    for (const char *at = argument; (at = unit_next_part(at, &part));) {
        if (fnmatch(pattern, part.name, FNM_PATHNAME) == 0) {
            *paths = memory_resize(*paths, *count + 1, sizeof(**paths));
            (*paths)[(*count)++] = memory_text(part.name);
        }
    }
    return 0;
}

static inline const char *unit_files_environment(void *argument, const char *name)
{
    (void)argument;
    return strcmp(name, "HOME") == 0 ? "/root" : NULL;
}

static inline uint32_t unit_files_random(void *argument)
{
    (void)argument;
    return 1000001;
}

static inline bool unit_files_directory(void *argument, char *path, size_t size)
{
    (void)argument;
    return text_copy(path, size, "/srv");
}

static inline struct parser_world unit_files_world(const char *text)
{
    return (struct parser_world){
        .read = unit_files_read,
        .find = unit_files_find,
        .environment = unit_files_environment,
        .random = unit_files_random,
        .working_directory = unit_files_directory,
        .argument = (void *)text,
    };
}

#endif
