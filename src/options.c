/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastd's command line. One table row for each option: getopt, help and defaults come from it.
 */
#include "options.h"

#include "base/filemode.h"
#include "parser/lint.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_CONFIG_FILE       HOLDFAST_SYSCONFDIR "/holdfast/holdfast.conf"
#define OPTIONS_KEEPALIVED_FILE   "/etc/keepalived/keepalived.conf"
#define OPTIONS_RUNTIME_DIRECTORY HOLDFAST_RUNSTATEDIR "/holdfast"

enum options_kind {
    OPTIONS_TEXT,    /* sets a string of struct options */
    OPTIONS_FLAG,    /* sets a bool of struct options */
    OPTIONS_ACTION,  /* sets the action */
    OPTIONS_SILENCE, /* adds lints to the set that is not told */
    OPTIONS_UMASK,   /* sets the umask */
    OPTIONS_NONE,    /* accepted, does nothing */
};

enum { OPTIONS_LONG_ONLY = 256 }; /* values of options without a letter start here */

struct options_row {
    int letter; /* or OPTIONS_LONG_ONLY and above */
    const char *name;
    const char *argument; /* NULL: takes none */
    enum options_kind kind;
    size_t offset;              /* TEXT and FLAG */
    enum options_action action; /* ACTION */
    const char *help;
};

#define OPTIONS_AT(member) offsetof(struct options, member)

static const struct options_row options_rows[] = {
    {'f', "use-file", "FILE", OPTIONS_TEXT, OPTIONS_AT(config_file), 0,
     "configuration file; default " OPTIONS_CONFIG_FILE
     ",\n                             else " OPTIONS_KEEPALIVED_FILE},
    {'t', "config-test", NULL, OPTIONS_ACTION, 0, OPTIONS_TEST,
     "check the configuration; exit 0 if it can be used, 1 if not"},
    {OPTIONS_LONG_ONLY + 2, "strict", NULL, OPTIONS_FLAG, OPTIONS_AT(strict), 0,
     "with -t: exit 2 if it can be used and there are warnings"},
    {OPTIONS_LONG_ONLY + 3, "json", NULL, OPTIONS_FLAG, OPTIONS_AT(json), 0,
     "with -t: print what was found as JSON to standard output;\n                             "
     "with --dump-config: print the configuration as JSON"},
    {OPTIONS_LONG_ONLY + 4, "keywords", NULL, OPTIONS_ACTION, 0, OPTIONS_KEYWORDS,
     "print each keyword with its block and state, and exit"},
    {OPTIONS_LONG_ONLY + 5, "silence", "NAME,...", OPTIONS_SILENCE, 0, 0,
     "do not tell what these lints find"},
    {OPTIONS_LONG_ONLY + 6, "lints", NULL, OPTIONS_ACTION, 0, OPTIONS_LINTS,
     "print the name of each lint and what it finds, and exit"},
    {OPTIONS_LONG_ONLY + 7, "dump-config", NULL, OPTIONS_ACTION, 0, OPTIONS_DUMP,
     "print the effective configuration and where each line of it\n                             "
     "came from, and exit"},
    {'e', "all-config", NULL, OPTIONS_FLAG, OPTIONS_AT(check_includes), 0,
     "every doubt about an include is an error (include_check)"},
    {'n', "dont-fork", NULL, OPTIONS_NONE, 0, 0, "does nothing: the foreground is the default"},
    {'l', "log-console", NULL, OPTIONS_FLAG, OPTIONS_AT(log_console), 0,
     "log to standard error whatever else there is"},
    {'D', "log-detail", NULL, OPTIONS_FLAG, OPTIONS_AT(log_detail), 0, "log more"},
    {'p', "pid", "FILE", OPTIONS_TEXT, OPTIONS_AT(pid_file), 0,
     "write the process id there (nothing relies on it)"},
    {'s', "namespace", "NAME", OPTIONS_TEXT, OPTIONS_AT(network_namespace), 0,
     "run in this network namespace"},
    {'u', "umask", "MASK", OPTIONS_UMASK, 0, 0,
     "file creation mask, as the keyword umask, which it counts before"},
    {'i', "config-id", "ID", OPTIONS_TEXT, OPTIONS_AT(config_id), 0,
     "what @ID lines are compared with; default the host's name"},
    {OPTIONS_LONG_ONLY, "socket", "PATH", OPTIONS_TEXT, OPTIONS_AT(socket_path), 0,
     "control socket; default control.sock in the runtime directory"},
    {OPTIONS_LONG_ONLY + 1, "runtime-dir", "DIR", OPTIONS_TEXT, OPTIONS_AT(runtime_directory), 0,
     "runtime directory; default " OPTIONS_RUNTIME_DIRECTORY ",\n                             "
     "with -s its subdirectory NAME"},
    {'V', "version", NULL, OPTIONS_ACTION, 0, OPTIONS_VERSION, "print the version and exit"},
    {'h', "help", NULL, OPTIONS_ACTION, 0, OPTIONS_HELP, "print this and exit"},
};

enum { OPTIONS_COUNT = sizeof(options_rows) / sizeof(options_rows[0]) };

static const struct options_row *options_find(int letter)
{
    for (size_t i = 0; i < OPTIONS_COUNT; i++) {
        if (options_rows[i].letter == letter) {
            return &options_rows[i];
        }
    }
    return NULL;
}

/* What getopt_long(3) wants, made from the table. */
struct options_getopt {
    char letters[2 * OPTIONS_COUNT + 1];
    struct option names[OPTIONS_COUNT + 1];
};

static void options_prepare(struct options_getopt *getopt_tables)
{
    char *at = getopt_tables->letters;

    memset(getopt_tables, 0, sizeof(*getopt_tables));
    for (size_t i = 0; i < OPTIONS_COUNT; i++) {
        const struct options_row *row = &options_rows[i];

        getopt_tables->names[i] =
            (struct option){.name = row->name,
                            .has_arg = row->argument ? required_argument : no_argument,
                            .val = row->letter};
        if (row->letter < OPTIONS_LONG_ONLY) {
            *at++ = (char)row->letter;
            if (row->argument) {
                *at++ = ':';
            }
        }
    }
}

static void options_take_silence(struct options *options, const char *names)
{
    const char *wrong;
    size_t length;

    if (lint_parse_list(names, &options->silence, &wrong, &length)) {
        return;
    }
    (void)fprintf(stderr, "holdfastd: --silence: there is no lint \"%.*s\"; the lints are",
                  (int)length, wrong);
    for (enum lint lint = 0; lint < LINTS; lint++) {
        (void)fprintf(stderr, "%s %s", lint ? "," : "", lint_row(lint)->name);
    }
    (void)fputc('\n', stderr);
    options->action = OPTIONS_INVALID;
}

static void options_take_umask(struct options *options, const char *text)
{
    options->has_umask = filemode_parse_umask(text, &options->umask);
    if (!options->has_umask) {
        (void)fprintf(stderr,
                      "holdfastd: --umask: \"%s\" is neither a number up to 0777 nor bits such as "
                      "IRWXG|IRWXO\n",
                      text);
        options->action = OPTIONS_INVALID;
    }
}

static void options_take(struct options *options, const struct options_row *row,
                         const char *argument)
{
    char *at = (char *)options + row->offset;

    switch (row->kind) {
    case OPTIONS_TEXT:
        memcpy(at, &argument, sizeof(argument));
        break;
    case OPTIONS_FLAG:
        *(bool *)at = true;
        break;
    case OPTIONS_ACTION:
        options->action = row->action;
        break;
    case OPTIONS_SILENCE:
        options_take_silence(options, argument);
        break;
    case OPTIONS_UMASK:
        options_take_umask(options, argument);
        break;
    case OPTIONS_NONE:
        break;
    }
}

struct options options_parse(int argc, char **argv)
{
    struct options options = {0};
    struct options_getopt tables;
    int letter;

    options_prepare(&tables);
    while ((letter = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        const struct options_row *row = options_find(letter);

        if (!row) { /* getopt has said what is wrong */
            options.action = OPTIONS_INVALID;
            return options;
        }
        options_take(&options, row, optarg);
        if (options.action == OPTIONS_INVALID) {
            return options;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr,
                      "holdfastd: \"%s\" is no option: the configuration file is given by -f\n",
                      argv[optind]);
        options.action = OPTIONS_INVALID;
    }
    if (!options.config_file) {
        options.config_file =
            access(OPTIONS_CONFIG_FILE, F_OK) != 0 && access(OPTIONS_KEEPALIVED_FILE, F_OK) == 0
                ? OPTIONS_KEEPALIVED_FILE
                : OPTIONS_CONFIG_FILE;
    }
    return options;
}

void options_help(FILE *out)
{
    (void)fputs("Usage: holdfastd [OPTION]...\n"
                "Holds virtual IP addresses and the IPVS table of a Linux director.\n\n",
                out);
    for (size_t i = 0; i < OPTIONS_COUNT; i++) {
        const struct options_row *row = &options_rows[i];
        char names[48];

        (void)snprintf(names, sizeof(names), "%c%c%s--%s%s%s",
                       row->letter < OPTIONS_LONG_ONLY ? '-' : ' ',
                       row->letter < OPTIONS_LONG_ONLY ? row->letter : ' ',
                       row->letter < OPTIONS_LONG_ONLY ? ", " : "  ", row->name,
                       row->argument ? "=" : "", row->argument ? row->argument : "");
        (void)fprintf(out, "  %-26s %s\n", names, row->help);
    }
    (void)fputs("\nSignals: SIGHUP reloads, SIGTERM and SIGINT stop in order, SIGUSR1 writes the "
                "state to the log.\nSee holdfastd(8), holdfast.conf(5), holdfastctl(1).\n",
                out);
}
