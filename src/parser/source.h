/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one load: their text, the lines in it, and diagnostics that point into it.
 */
#ifndef HOLDFAST_PARSER_SOURCE_H
#define HOLDFAST_PARSER_SOURCE_H

#include "parser/diag.h"
#include "parser/lint.h"
#include "parser/parser.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct source;

enum {
    SOURCE_SIZE_LIMIT = 64 * 1024 * 1024, /* bytes of one file */
    SOURCE_FILES_LIMIT = 10000,           /* files of one load */
    SOURCE_TOTAL_LIMIT = 4 * SOURCE_SIZE_LIMIT,
    SOURCE_HOST_SIZE = 256, /* HOST_NAME_MAX is 64, a name in the DNS has up to 253 */
};

struct source_origin;

/* A stretch of text. */
struct source_place {
    struct conf_position position;
    uint32_t length;                    /* bytes */
    const struct source_origin *origin; /* NULL: it stands there as it is */
};

/* What made a text something else than what stands in its place. */
enum source_origin_kind {
    SOURCE_DEFINED, /* `name` was used, which has this value */
    SOURCE_USED,    /* the line belongs to `name`, which is used there */
    SOURCE_PASS,    /* it is repeated by a sequence, with `value` as "NAME = VALUE" */
};

/* One step of several; a diagnostic tells each of them in a note. */
struct source_origin {
    const struct source_origin *next; /* NULL: the last */
    enum source_origin_kind kind;
    const char *name;
    const char *value;
    struct conf_position position;
    uint32_t length;
};

struct source_file {
    const char *path;     /* lives as long as the arena given to source_new() */
    const char *resolved; /* without symbolic links and "..", where the world can tell */
    const char *text;     /* a NUL stands behind it */
    size_t size;
    bool executable; /* its mode has an x */
};

/**
 * No files yet. The caller frees it with source_free().
 * @param names  where the paths are kept, since positions in a configuration point at them
 * @param world  what is asked of it; copied, without a reader it is the system's
 * @param list   where diagnostics go
 */
struct source *source_new(struct arena *names, const struct parser_world *world,
                          struct diag_list *list);

/** What the load asks of the world. */
const struct parser_world *source_world(const struct source *source);

/** Forgets the files' text. NULL is allowed. */
void source_free(struct source *source);

/**
 * Reads a file. What is wrong with it is reported.
 * @param from  where it is asked for; NULL: by the caller of the parser
 * @return the file, valid until source_free(), or NULL
 */
const struct source_file *source_open(struct source *source, const char *path,
                                      const struct source_place *from);

/** Like source_open(), but reports nothing. @param error  set to -errno where NULL is returned */
const struct source_file *source_try(struct source *source, const char *path,
                                     const struct source_place *from, int *error);

/** Why a file cannot be read, in words: "it is a directory; name a file in it". */
const char *source_why(int error);

/** A stretch of text that stands there as it is. */
static inline struct source_place source_at(struct conf_position position, uint32_t length)
{
    return (struct source_place){position, length, NULL};
}

/**
 * Reports something about a place in a file that is open. Behind anything but a note there are
 * notes that say where the text came from: definitions, sequences, includes.
 * @param format  as printf(3); text from a file may be in it, whatever it holds
 */
void source_report(struct source *source, enum diag_severity severity,
                   const struct source_place *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define source_error(source, place, ...)   source_report(source, DIAG_ERROR, place, __VA_ARGS__)
#define source_warning(source, place, ...) source_report(source, DIAG_WARNING, place, __VA_ARGS__)
#define source_remark(source, place, ...)  source_report(source, DIAG_REMARK, place, __VA_ARGS__)
#define source_note(source, place, ...)    source_report(source, DIAG_NOTE, place, __VA_ARGS__)

/**
 * Reports what a lint finds, as a warning with the lint's name behind it, unless the lint is
 * silenced there; notes that follow belong to it and go the same way.
 * @param format  as printf(3)
 * @return whether it was reported
 */
bool source_lint(struct source *source, enum lint lint, const struct source_place *place,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Silences lints in the whole load: to be called before the first file is opened. */
void source_silence(struct source *source, uint64_t lints);

/** The lints that the caller or the files that are open silence in the whole load. */
uint64_t source_silenced(const struct source *source);

/**
 * Takes back what lints said before the file was opened that silences them: to be called when all
 * has been read.
 */
void source_settle_lints(struct source *source);

/** Whether the next error would be shown, so that work for its text is not wasted. */
bool source_has_room(const struct source *source);

/** Whether an error was reported. */
bool source_failed(const struct source *source);

/**
 * The reader for real files (a parser_read_function): regular files of up to SOURCE_SIZE_LIMIT.
 * @return 0 or PARSER_FILE_EXECUTABLE; -EISDIR for a directory, -ENODEV for what is no file at all,
 *         -EFBIG for one that is too large, or what open(2), fstat(2) or read(2) said
 */
int source_read_file(void *argument, const char *path, char **text, size_t *size);

/** The system as a world: files, glob(3), getenv(3), getrandom(2). */
struct parser_world source_system(void);

/**
 * Writes the host's name up to its first dot, which `@ID` lines are compared with.
 * @return `name`
 */
const char *source_host_name(char name[SOURCE_HOST_SIZE]);

#endif
