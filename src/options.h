/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastd's command line: holdfastd(8). keepalived's names where it has one.
 */
#ifndef HOLDFAST_OPTIONS_H
#define HOLDFAST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What the process is asked to do. */
enum options_action {
    OPTIONS_RUN,
    OPTIONS_TEST,     /* check the configuration and exit */
    OPTIONS_KEYWORDS, /* print the keywords and exit */
    OPTIONS_LINTS,    /* print the lints and exit */
    OPTIONS_DUMP,     /* print the effective configuration and exit */
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_INVALID, /* a message is on standard error already */
};

struct options {
    enum options_action action;
    const char *config_file;       /* never NULL */
    const char *config_id;         /* NULL: the host's name up to its first dot */
    const char *network_namespace; /* NULL: the one we are in */
    const char *pid_file;          /* NULL: none */
    const char *runtime_directory; /* NULL: the default for the network namespace */
    const char *socket_path;       /* NULL: control.sock in the runtime directory */
    uint64_t silence;              /* lints that are not told: LINT_BIT() of parser/lint.h */
    bool has_umask;                /* --umask */
    uint32_t umask;
    bool check_includes; /* every doubt about an include is an error */
    bool log_console;
    bool log_detail;
    bool strict; /* OPTIONS_TEST: warnings make a status of their own */
    bool json;   /* OPTIONS_TEST: what was found is printed as JSON */
};

/** Reads the command line; the strings stay the caller's (argv). */
struct options options_parse(int argc, char **argv);

/** Writes the help text. */
void options_help(FILE *out);

#endif
