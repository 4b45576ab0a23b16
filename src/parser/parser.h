/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration language: text in, `struct conf` and diagnostics out. Pure but for reading files,
 * which goes through a reader that tests and fuzzers replace; safe to run on a worker thread.
 */
#ifndef HOLDFAST_PARSER_PARSER_H
#define HOLDFAST_PARSER_PARSER_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct diag_list;

/**
 * Reads a whole file.
 * @param argument  the reader's
 * @param path      the file, as the configuration names it
 * @param text      set to its content with a NUL behind it; the parser frees it with free(3)
 * @param size      set to its bytes
 * @return 0 or -errno
 */
typedef int (*parser_read_function)(void *argument, const char *path, char **text, size_t *size);

struct parser_options {
    const char *config_id;     /* for @ID lines; NULL: the host's name up to its first dot */
    parser_read_function read; /* NULL: from the file system */
    void *read_argument;
};

/**
 * Loads a configuration.
 * @param path         the file to start with
 * @param diagnostics  everything found, in the order of the text; the caller frees it with diag_free()
 * @return the configuration, to be freed with conf_free(); NULL where there are errors
 */
struct conf *parser_load(const char *path, const struct parser_options *options,
                         struct diag_list **diagnostics);

#endif
