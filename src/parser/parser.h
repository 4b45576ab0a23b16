/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration language: text in, `struct conf` and diagnostics out. Pure but for reading files,
 * which goes through a reader that tests and fuzzers replace; safe to run on a worker thread.
 */
#ifndef HOLDFAST_PARSER_PARSER_H
#define HOLDFAST_PARSER_PARSER_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct diag_list;

enum { PARSER_FILE_EXECUTABLE = 1 }; /* of a parser_read_function: read, but its mode has an x */

/**
 * Reads a whole file.
 * @param argument  the reader's
 * @param path      the file, as the configuration names it
 * @param text      set to its content with a NUL behind it; the parser frees it with free(3)
 * @param size      set to its bytes
 * @return 0, PARSER_FILE_EXECUTABLE, or -errno
 */
typedef int (*parser_read_function)(void *argument, const char *path, char **text, size_t *size);

/**
 * Finds the files that a pattern with *, ? and [] matches: glob(7).
 * @param paths  set to an array of paths, in the order in which they are read; the parser frees each
 *               and the array with free(3)
 * @param count  set to their number, 0 where nothing matches
 * @return 0 or -errno
 */
typedef int (*parser_find_function)(void *argument, const char *pattern, char ***paths,
                                    size_t *count);

/*
 * What a load asks of the world. Where `read` is NULL everything comes from the system, else what
 * is NULL answers nothing.
 */
struct parser_world {
    parser_read_function read;
    parser_find_function find;
    const char *(*environment)(void *argument, const char *name); /* ${_ENV NAME}: as getenv(3) */
    uint32_t (*random)(void *argument);                           /* ${_RANDOM}: any 32 bits */
    bool (*working_directory)(void *argument, char *path, size_t size); /* for ${_PWD} */
    char *(*resolve)(void *argument, const char *path); /* as realpath(3), to find include loops */
    void *argument;
};

/* An address of an interface of this machine with its prefix length. */
struct parser_subnet {
    const char *interface;
    struct inet_prefix prefix; /* family AF_UNSPEC: the interface is there */
};

/* What this machine has, for lints. */
struct parser_machine {
    const struct parser_subnet *subnets;
    size_t count;
};

enum parser_program {
    PARSER_PROGRAM_GOOD, /* or nobody can tell */
    PARSER_PROGRAM_MISSING,
    PARSER_PROGRAM_NOT_EXECUTABLE,
    PARSER_PROGRAM_WRITABLE, /* somebody else than its user could replace it */
};

/**
 * Judges a program of the configuration, for lints.
 * @param program  a path, or a bare name to be found in PATH
 * @param user     NULL: the configuration names none
 * @param reason   filled in for anything but a good one: what is wrong, and the cure
 */
typedef enum parser_program (*parser_inspect_function)(void *argument, const char *program,
                                                       const char *user, const char *group,
                                                       char *reason, size_t size);

/**
 * Whether the kernel that is to carry the configuration out surely lacks a module, such as
 * "ip_vs_mh": false also where nobody can tell.
 */
typedef bool (*parser_lacks_function)(void *argument, const char *module);

/* Which keys of auth_hmac, and passwords of checks, are read that stand in files of their own. */
enum parser_keys {
    PARSER_KEYS_ALL,
    PARSER_KEYS_AT_HAND, /* no credentials where systemd has handed over none: this is not the daemon */
    PARSER_KEYS_NONE, /* the configuration is only compared; the keys may be another machine's */
};

struct parser_options {
    const char *config_id; /* for @ID lines; NULL: the host's name up to its first dot */
    struct parser_world world;
    enum parser_keys keys;
    bool origins;           /* keep where each value came from, for dump_write() */
    bool check_includes;    /* as if `include_check` stood before the text */
    size_t expansion_limit; /* bytes and lines that definitions and sequences may make; 0: these */
    uint64_t silence;       /* lints that are not told: LINT_BIT() of parser/lint.h */
    const struct parser_machine *machine; /* NULL: lints that ask for it do not run */
    bool
        inside; /* the machine is as net_namespace has it; else it counts where that is not given */
    parser_inspect_function inspect; /* NULL: programs are not looked at */
    void *inspect_argument;
    parser_lacks_function lacks; /* NULL: modules are not looked for */
    void *lacks_argument;
    uint32_t kernel_version; /* as parser_kernel_version() has it; 0: nobody can tell */
};

/** A version of Linux as a number that can be compared. */
static inline uint32_t parser_kernel_version(unsigned major, unsigned minor)
{
    return (uint32_t)major << 16 | (minor & UINT16_MAX);
}

/**
 * Loads a configuration.
 * @param path         the file to start with
 * @param diagnostics  everything found, in the order of the text; the caller frees it with diag_free()
 * @return the configuration, to be freed with conf_free(); NULL where there are errors
 */
struct conf *parser_load(const char *path, const struct parser_options *options,
                         struct diag_list **diagnostics);

#endif
