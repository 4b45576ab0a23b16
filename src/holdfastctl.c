/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl: asks holdfastd through its control socket and shows the answer. What is asked and shown
 * is a table of commands.
 */
#include "config.h"

#include "ctl.h"

#include "base/clock.h"
#include "base/runtime.h"
#include "base/text.h"
#include "control/client.h"
#include "control/render.h"
#include "control/target.h"
#include "control/wellness.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/explain.h"
#include "parser/parser.h"
#include "parser/patch.h"
#include "plan.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CTL_SOCKET            "control.sock" /* in the runtime directory */
#define CTL_READERS           "status.sock"
#define CTL_TIMEOUT           (30 * CLOCK_SECOND)
#define CTL_SHORTEST_INTERVAL ((uint64_t)(CLOCK_SECOND / 10))
/* Options of one letter, but for `f`; digits are those of a word such as -20. */
#define CTL_LETTERS   "s:N:i:jt:hVwq0123456789"
#define CTL_LONGEST_S 315360000U /* of --for: ten years */

enum {
    CTL_LISTED = 1000,        /* connections, unless --limit says another number */
    CTL_MOST_LISTED = 100000, /* as the daemon tells at the most */
};

/* Options without a letter. */
enum {
    CTL_OPTION_LIMIT = 256,
    CTL_OPTION_INTERVAL,
    CTL_OPTION_COUNT,
    CTL_OPTION_SORT,
    CTL_OPTION_KEEP,
    CTL_OPTION_RESUME,
    CTL_OPTION_FORCE,
    CTL_OPTION_FOR,
    CTL_OPTION_FOLLOW,
    CTL_OPTION_SINCE,
    CTL_OPTION_FAILING,
};

struct ctl_command {
    const char *name;
    const char *argument; /* what the word behind it is; NULL: there is none */
    const char *help;
    void (*show)(const json_t *result);       /* NULL: answered without the daemon */
    bool (*is_refusal)(const json_t *result); /* NULL: an answer never is */
    int (*answer)(const struct ctl_options *options, const char *word); /* where `show` is NULL */
    const char *request; /* what the daemon is asked; NULL: the name */
    /* Of any number of words, without the rest but name and help: @return the exit code, -1: wrong words */
    int (*run)(const struct ctl_options *options, char **words, int count);
    /* Of more words than one; NULL returned: they are wrong. NULL: there are none for the daemon */
    json_t *(*arguments)(const struct ctl_options *options, char **words, int count);
    bool follows;  /* -f is --follow, not --for */
    bool monitors; /* what is wrong with the command line is UNKNOWN to who reads its exit status */
};

void ctl_print(struct text_buffer *text, FILE *stream)
{
    if (text->data) {
        (void)fputs(text->data, stream);
    }
    text_release(text);
}

static bool ctl_is_refused_reload(const json_t *result)
{
    const char *word = json_string_value(json_object_get(result, "result"));

    return !word || strcmp(word, "ok") != 0;
}

static void ctl_show_reload(const json_t *result)
{
    struct text_buffer text = {0};
    struct text_buffer problems = {0};

    render_reload(result, &text, &problems);
    if (json_is_object(json_object_get(result, "changes")) && !ctl_is_refused_reload(result)) {
        plan_write_done(json_object_get(result, "changes"), &text);
    }
    ctl_print(&problems, stderr);
    ctl_print(&text, stdout);
}

static void ctl_show_checked(const json_t *result)
{
    const struct render_options options = ctl_render_options();
    struct text_buffer text = {0};

    render_checked(result, &options, &text);
    ctl_print(&text, stdout);
}

/* Whether a check failed, or had no result. */
static bool ctl_is_failed_check(const json_t *result)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(result, "checks"), i, check) {
        const json_t *last = json_object_get(check, "result");
        const char *class = json_string_value(json_object_get(last, "class"));

        if (!class || strcmp(class, "ok") != 0) {
            return true;
        }
    }
    return false;
}

/* Whether it is a group's name, which stands for the first virtual server of it: the daemon knows which. */
static bool ctl_is_group(const json_t *services, const char *word)
{
    const json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        const char *group = json_string_value(json_object_get(service, "group"));

        if (group && strcmp(group, word) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * What "check NAME now|pause|resume", or "check SERVICE SERVER", means.
 * @param part  the server where it is a word of its own; else NULL
 * @return new; NULL: `code` is set
 */
static json_t *ctl_check_action(const struct ctl_options *options, const char *name,
                                const char *part, const char *action, int *code)
{
    json_t *status = ctl_ask(options, "status", NULL, code);
    const json_t *services = json_object_get(status, "services");
    struct text_buffer problem = {0};
    struct text_buffer whole = {0};
    json_t *arguments = NULL;
    json_t *found = NULL;
    const json_t *one;

    text_appendf(&whole, "%s%s%s", name, part ? "/" : "", part ? part : "");
    if (status && ctl_is_group(services, name)) {
        arguments =
            json_pack("{s:s, s:s, s:s*}", "action", action, "service", name, "server", part);
    } else if (status) {
        found = target_all(services, whole.data, &problem);
    }
    one = json_array_get(found, 0);
    if (status && !found && !arguments) {
        *code = ctl_say_problem(&problem);
    } else if (json_array_size(found) > 1) {
        text_appendf(&problem, "\"%s\" names several: say which, as the status has it", whole.data);
        *code = ctl_say_problem(&problem);
    } else if (found) {
        arguments = json_pack("{s:s, s:O, s:O*}", "action", action, "service",
                              json_object_get(json_object_get(one, "service"), "name"), "server",
                              json_object_get(json_object_get(one, "server"), "name"));
    }
    if (arguments && options->span) {
        json_object_set_new(arguments, "for_ms", json_integer(options->span / CLOCK_MILLISECOND));
    }
    text_release(&whole);
    json_decref(found);
    json_decref(status);
    return arguments;
}

/* NAME [now|pause|resume], or SERVICE SERVER. */
static int ctl_check(const struct ctl_options *options, char **words, int count)
{
    const char *last = count ? words[count - 1] : "";
    bool pauses = strcmp(last, "pause") == 0 || strcmp(last, "resume") == 0;
    bool acts = pauses || strcmp(last, "now") == 0;
    json_t *arguments;
    json_t *result;
    int code = EXIT_OK;

    if (count < 1 || count > 2 || (acts && count != 2) ||
        (options->span && strcmp(last, "pause") != 0)) {
        return -1;
    }
    arguments = ctl_check_action(options, words[0], acts || count == 1 ? NULL : words[1],
                                 acts ? last : "now", &code);
    result = arguments ? ctl_ask(options, "check", arguments, &code) : NULL;
    if (result && options->json) {
        ctl_print_json(result);
    } else if (result && pauses) {
        (void)printf("%s: checks %s\n", words[0], *last == 'p' ? "pause" : "resume");
    } else if (result) {
        ctl_show_checked(result);
    }
    if (result && !pauses && ctl_is_failed_check(result)) {
        code = EXIT_REFUSED;
    }
    json_decref(result);
    json_decref(arguments);
    return code;
}

static void ctl_show_version(const json_t *result)
{
    struct text_buffer text = {0};

    render_version(result, &text);
    ctl_print(&text, stdout);
}

void ctl_print_json(const json_t *result)
{
    (void)json_dumpf(result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    (void)putchar('\n');
}

static int ctl_explain_keyword(const struct ctl_options *options, const char *word)
{
    struct explain found;
    struct text_buffer text = {0};
    bool known = explain_find(word, &found);

    if (options->json) {
        json_t *json = explain_json(word, &found);

        ctl_print_json(json);
        json_decref(json);
    } else if (known) {
        explain_write(&found, &text);
        ctl_print(&text, stdout);
    }
    if (known) {
        return EXIT_OK;
    }
    if (explain_suggest(word, &text)) {
        (void)fprintf(stderr, "holdfastctl: there is no keyword \"%s\"; did you mean \"%s\"?\n",
                      word, text.data);
    } else {
        (void)fprintf(stderr,
                      "holdfastctl: there is no keyword \"%s\"; holdfast.conf(5) has all of them\n",
                      word);
    }
    text_release(&text);
    return EXIT_REFUSED;
}

/* KEYWORD, or instance|server|service NAME */
static int ctl_explain(const struct ctl_options *options, char **words, int count)
{
    if (count == 2 && ctl_explains(words[0])) {
        return ctl_explain_state(options, words, count);
    }
    return count == 1 ? ctl_explain_keyword(options, words[0]) : -1;
}

/* A file that is a string: the daemon's configuration. */
static int ctl_read_text(void *argument, const char *path, char **text, size_t *size)
{
    (void)path;
    *text = strdup(argument);
    *size = strlen(argument);
    return *text ? 0 : -ENOMEM;
}

/* Loads a file, and shows what is wrong with it. @return NULL: it cannot be used */
static struct conf *ctl_load(const char *path, const char *config_id)
{
    struct parser_options options = {.config_id = config_id, .keys = PARSER_KEYS_AT_HAND};
    struct text_buffer text = {0};
    struct diag_list *list;
    struct conf *conf = parser_load(path, &options, &list);

    diag_write_all(list, &text);
    ctl_print(&text, stderr);
    diag_free(list);
    return conf;
}

/* Loads what the daemon tells of itself. @return NULL: another version wrote it */
static struct conf *ctl_load_running(const json_t *answer)
{
    const char *text = json_string_value(json_object_get(answer, "text"));
    struct parser_options options = {
        .world = {.read = ctl_read_text, .argument = (void *)text},
        .keys = PARSER_KEYS_NONE,
    };
    struct diag_list *list;
    struct conf *conf = text ? parser_load("running", &options, &list) : NULL;

    if (text) {
        diag_free(list);
    }
    if (!conf) {
        (void)fprintf(stderr, "holdfastctl: the daemon's configuration cannot be read; holdfastctl "
                              "and holdfastd may be of different versions\n");
    }
    return conf;
}

struct client_reply ctl_ask_whom(const struct ctl_options *options, const char *command,
                                 json_t *arguments, int *code)
{
    static const int exits[] = {
        [CLIENT_REFUSED] = EXIT_REFUSED,
        [CLIENT_UNREACHABLE] = EXIT_UNREACHABLE,
        [CLIENT_GARBLED] = EXIT_GARBLED,
    };
    struct client_reply reply = client_ask(options->socket, command, arguments, options->timeout);

    if (reply.end != CLIENT_ANSWERED) {
        (void)fprintf(stderr, "holdfastctl: %s\n", reply.message);
        *code = exits[reply.end];
    } else if (json_is_false(json_object_get(reply.result, "kept"))) {
        (void)fputs(
            "holdfastctl: it is in force, but ends at a restart: the daemon could not write it "
            "down, and its log says why\n",
            stderr);
    }
    return reply;
}

/* What the daemon answers; NULL: `code` is set, and why has been said. */
json_t *ctl_ask(const struct ctl_options *options, const char *command, json_t *arguments,
                int *code)
{
    return ctl_ask_whom(options, command, arguments, code).result;
}

void ctl_follow(const struct ctl_options *options, const char *command, json_t *arguments,
                bool (*take)(void *argument, const json_t *line), int *code)
{
    static const int exits[] = {
        [CLIENT_ANSWERED] = EXIT_OK,
        [CLIENT_REFUSED] = EXIT_REFUSED,
        [CLIENT_UNREACHABLE] = EXIT_UNREACHABLE,
        [CLIENT_GARBLED] = EXIT_GARBLED,
    };
    struct client_reply reply =
        client_follow(options->socket, command, arguments, options->timeout, take, (void *)options);

    *code = exits[reply.end];
    if (reply.end != CLIENT_ANSWERED) {
        (void)fprintf(stderr, "holdfastctl: %s\n", reply.message);
    }
}

static void ctl_show_plan(const struct ctl_options *options, json_t *document)
{
    struct text_buffer text = {0};

    if (options->json) {
        ctl_print_json(document);
    } else {
        plan_write(document, &text);
        ctl_print(&text, stdout);
    }
    json_decref(document);
}

/* What operators changed stays over a reload: the file has it, too. */
static void ctl_patch(struct conf *conf, const json_t *status)
{
    struct override_list list = {0};
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(status, "overrides"), i, one) {
        const char *kind = json_string_value(json_object_get(one, "kind"));
        const char *texts[] = {json_string_value(json_object_get(one, "object")),
                               json_string_value(json_object_get(one, "part")),
                               json_string_value(json_object_get(one, "like"))};

        for (int j = 0; kind && texts[0] && texts[1] && texts[2] && j < OVERRIDE_KINDS; j++) {
            if (strcmp(kind, override_word((enum override_kind)j)) == 0) {
                override_put(&list, &(struct override){.kind = (enum override_kind)j,
                                                       .object = texts[0],
                                                       .part = texts[1],
                                                       .like = texts[2],
                                                       .number = json_integer_value(
                                                           json_object_get(one, "number"))});
            }
        }
    }
    patch_apply(conf, &list);
    override_release(&list);
}

/* Compares a file with what is in force. The daemon is asked for what it has, and told nothing. */
static int ctl_plan(const struct ctl_options *options, const char *path)
{
    int code = EXIT_REFUSED;
    json_t *status = ctl_ask(options, "status", NULL, &code);
    json_t *answer = status ? ctl_ask(options, "config", NULL, &code) : NULL;
    const json_t *daemon = json_object_get(status, "daemon");
    struct conf *after = NULL;
    struct conf *before = NULL;
    struct diff *diff;

    if (answer) {
        after = ctl_load(path, json_string_value(json_object_get(daemon, "config_id")));
    }
    if (after) {
        before = ctl_load_running(answer);
        code = before ? EXIT_OK : EXIT_GARBLED;
    }
    if (before) {
        ctl_patch(after, status);
        diff = diff_new(before, after);
        ctl_show_plan(options, plan_document(path, diff, status));
        diff_free(diff);
    }
    conf_free(before);
    conf_free(after);
    json_decref(answer);
    json_decref(status);
    return code;
}

static int ctl_help(const struct ctl_options *options, const char *word);

static const struct ctl_command ctl_commands[] = {
    {.name = "status",
     .help = "show instances, virtual servers and real servers, and what is wrong",
     .run = ctl_status},
    {.name = "vrrp",
     .argument = "[NAME]",
     .help = "show VRRP: instances or those of a sync group, what they track, their counters",
     .run = ctl_vrrp},
    {.name = "services",
     .argument = "[SERVICE[/SERVER]]",
     .help =
         "show the kernel's IPVS table: each service with its servers, and what is not as configured",
     .run = ctl_services},
    {.name = "connections",
     .argument = "[SERVICE[/SERVER]]",
     .help = "show the kernel's connections through IPVS, and how many are in each state",
     .run = ctl_connections},
    {.name = "top",
     .argument = "[SERVICE[/SERVER]]",
     .help = "show rates of connections, packets and bytes, again and again",
     .run = ctl_top},
    {.name = "checks",
     .help = "show each check with its last ten results; with --failing those that fail",
     .run = ctl_checks},
    {.name = "metrics",
     .argument = "[FORMAT]",
     .help = "print metrics in Prometheus' format text, for a textfile collector, or openmetrics",
     .run = ctl_metrics},
    {.name = "events",
     .help = "show what has happened; with -f as it happens",
     .run = ctl_events,
     .follows = true},
    {.name = "loop", .help = "show how late the event loop ran", .run = ctl_loop},
    {.name = "config", .help = "show the configuration that is in force", .run = ctl_config},
    {.name = "healthy",
     .help = "tell in a line whether all is well; the exit status is for monitoring",
     .run = ctl_healthy,
     .monitors = true},
    {.name = "check",
     .argument = "NAME [ACTION]",
     .help =
         "make the checks of a virtual server, or of one of its servers, now, or let them pause",
     .run = ctl_check},
    {.name = "server",
     .argument = "ACTION SERVICE[/]SERVER [WORD]...",
     .help = "ready, drain, maint, weight, add or del of a real server, until undone or --for TIME",
     .run = ctl_server},
    {.name = "peer",
     .argument = "ACTION INSTANCE ADDRESS",
     .help = "add or del of a unicast peer, until undone or --for TIME",
     .run = ctl_peer},
    {.name = "drain",
     .argument = "SERVICE/SERVER",
     .help = "weight 0: its connections go on, new ones go elsewhere",
     .run = ctl_drain},
    {.name = "undrain",
     .argument = "SERVICE/SERVER",
     .help = "undo drain, maint and weight",
     .run = ctl_undrain},
    {.name = "maint",
     .argument = "SERVICE/SERVER",
     .help = "take a real server out of service at once",
     .run = ctl_maint},
    {.name = "weight",
     .argument = "SERVICE/SERVER WEIGHT",
     .help = "this weight instead of the configured one",
     .run = ctl_weight},
    {.name = "demote",
     .argument = "INSTANCE",
     .help = "let another router be master, until released or --for TIME",
     .run = ctl_demote},
    {.name = "prio",
     .argument = "NUMBER INSTANCE",
     .help =
         "add a number such as +20 or -20 to the priority of an instance, until released or --for TIME",
     .run = ctl_prio},
    {.name = "release", .argument = "INSTANCE", .help = "undo demote and prio", .run = ctl_release},
    {.name = "node",
     .argument = "ACTION",
     .help = "drain: hand all instances over and take no part; resume: take part again; status",
     .run = ctl_node},
    {.name = "overrides",
     .help = "list what was asked for beside the configuration: who, since and until when",
     .run = ctl_overrides},
    {.name = "log",
     .argument = "LEVEL",
     .help = "log error, warning, notice, info or debug, until --for TIME is over or default",
     .run = ctl_log},
    {.name = "reload",
     .help = "read the configuration again, wait, and tell how it went",
     .show = ctl_show_reload,
     .is_refusal = ctl_is_refused_reload},
    {.name = "stop",
     .help = "stop the daemon and wait until it has ended; with --keep the IPVS table stays, with "
             "--resume all does",
     .run = ctl_stop},
    {.name = "plan",
     .argument = "FILE",
     .help = "tell what a reload of this file would do; nothing is changed",
     .answer = ctl_plan},
    {.name = "explain",
     .argument = "KEYWORD | instance|server|service NAME",
     .help =
         "tell what a keyword means (real_server.weight), or why something is as it is, and what "
         "would change it",
     .run = ctl_explain},
    {.name = "version",
     .help = "show the versions of holdfastctl and of the daemon",
     .show = ctl_show_version},
    {.name = "names",
     .argument = "KIND",
     .help = "list names, one a line: instances, sync_groups, services, servers, peers INSTANCE, "
             "commands or keywords",
     .run = ctl_names},
    {.name = "help", .help = "show this text", .answer = ctl_help},
};

enum {
    CTL_COMMANDS = sizeof(ctl_commands) / sizeof(ctl_commands[0]),
    CTL_COLUMN = 17, /* where the help of a command begins in the usage */
};

void ctl_print_commands(void)
{
    for (int i = 0; i < CTL_COMMANDS; i++) {
        (void)puts(ctl_commands[i].name);
    }
}

static void ctl_usage(FILE *stream)
{
    (void)fprintf(stream, "Usage: holdfastctl [OPTION]... COMMAND [WORD]...\n\nCommands:\n");
    for (int i = 0; i < CTL_COMMANDS; i++) {
        int width = fprintf(stream, "  %s %s", ctl_commands[i].name,
                            ctl_commands[i].argument ? ctl_commands[i].argument : "");

        if (width > CTL_COLUMN) {
            (void)fputc('\n', stream);
            width = 0;
        }
        (void)fprintf(stream, "%*s  %s\n", CTL_COLUMN - width, "", ctl_commands[i].help);
    }
    (void)fprintf(
        stream,
        "\nOptions:\n"
        "  -s, --socket PATH      the daemon's socket (" HOLDFAST_RUNSTATEDIR "/holdfast/%s)\n"
        "  -N, --namespace NAME   the daemon of that net_namespace or --namespace\n"
        "  -i, --instance NAME    the daemon of that instance\n"
        "  -j, --json             print the answer as JSON\n"
        "  -t, --timeout SECONDS  how long to wait for the answer (%d)\n"
        "  -f, --for TIME         how long what is asked for counts: 90, 30m, 2h, 7d\n"
        "  -f, --follow           of events: go on as they happen\n"
        "      --since NUMBER     of events: those behind this one\n"
        "      --limit NUMBER     how many connections or events are shown (1000)\n"
        "  -w, --watch            show it again and again\n"
        "      --interval SECONDS how long top waits between two looks (2), and what is watched (1)\n"
        "      --count NUMBER     how many times they show it, then they end\n"
        "      --failing          of checks: those that fail\n"
        "  -q, --quiet            of healthy: the exit status alone\n"
        "      --sort KEY         what top sorts by: connections, packets_in, packets_out, bytes_in,\n"
        "                         bytes_out, active\n"
        "      --keep             stop leaves the IPVS table in the kernel\n"
        "      --resume           stop leaves everything, for a start soon after to go on as master\n"
        "      --force            node drain goes on where nobody takes an instance over\n"
        "  -h, --help             show this text and exit\n"
        "  -V, --version          show the version and exit\n"
        "\nExit status: 0 it went well, 1 the daemon said no, a check failed, there is no such keyword,\n"
        "or the file cannot be used, 2 wrong usage, 3 the daemon was not reached, 4 its answer was not understood.\n"
        "Of healthy: 0 all is well, 1 warning, 2 critical, 3 it cannot be known.\n",
        CTL_SOCKET, (int)(CTL_TIMEOUT / CLOCK_SECOND));
}

static int ctl_help(const struct ctl_options *options, const char *word)
{
    (void)options;
    (void)word;
    ctl_usage(stdout);
    return EXIT_OK;
}

static const struct ctl_command *ctl_find(const char *name)
{
    const struct ctl_command *near = NULL;
    unsigned nearest = UINT32_MAX;

    for (int i = 0; i < CTL_COMMANDS; i++) {
        unsigned distance = text_distance(name, ctl_commands[i].name);

        if (distance == 0) {
            return &ctl_commands[i];
        }
        if (distance < nearest && text_is_near(name, ctl_commands[i].name, distance)) {
            near = &ctl_commands[i];
            nearest = distance;
        }
    }
    (void)fprintf(stderr, "holdfastctl: there is no command \"%s\"%s%s%s\n", name,
                  near ? "; did you mean \"" : "; try \"holdfastctl help", near ? near->name : "",
                  near ? "\"?" : "\"");
    return NULL;
}

/* "90", "90s", "30m", "2h", "7d". @return ns; 0: it is no time */
static int64_t ctl_parse_span(const char *text)
{
    static const struct {
        char unit;
        int64_t span;
    } units[] = {{'s', CLOCK_SECOND},
                 {'m', 60 * CLOCK_SECOND},
                 {'h', 3600 * CLOCK_SECOND},
                 {'d', 86400 * CLOCK_SECOND}};
    size_t length = strlen(text);
    int64_t unit = CLOCK_SECOND;
    char number[16] = "";
    uint64_t value = 0;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (length && text[length - 1] == units[i].unit) {
            unit = units[i].span;
            length--;
            break;
        }
    }
    if (length >= sizeof(number)) {
        return 0;
    }
    (void)snprintf(number, sizeof(number), "%.*s", (int)length, text);
    return text_parse_unsigned(number, CTL_LONGEST_S, &value) &&
                   value * (uint64_t)(unit / CLOCK_SECOND) <= CTL_LONGEST_S
               ? (int64_t)value * unit
               : 0;
}

/* What connections and top take. @return whether it is right; what is wrong has been said otherwise */
static bool ctl_take_table_option(int option, struct ctl_options *options)
{
    uint64_t interval = 0;
    bool good = true;

    switch (option) {
    case CTL_OPTION_LIMIT:
        good = text_parse_unsigned(optarg, CTL_MOST_LISTED, &options->limit);
        options->has_limit = true;
        break;
    case CTL_OPTION_SINCE:
        good = text_parse_unsigned(optarg, INT64_MAX, &options->since);
        options->has_since = true;
        break;
    case CTL_OPTION_COUNT:
        good = text_parse_unsigned(optarg, UINT32_MAX, &options->count) && options->count;
        break;
    case CTL_OPTION_INTERVAL:
        good = text_parse_fraction(optarg, 9, &interval) && interval >= CTL_SHORTEST_INTERVAL &&
               interval <= 86400 * (uint64_t)CLOCK_SECOND;
        options->interval = (int64_t)interval;
        break;
    default:
        options->sort = optarg;
        break;
    }
    if (!good) {
        (void)fprintf(stderr,
                      "holdfastctl: \"%s\": --limit is a number in 0..%d, --count one from 1 on, "
                      "--interval seconds in 0.1..86400, --since a number\n",
                      optarg, CTL_MOST_LISTED);
    }
    return good;
}

/* The times that options take. @return whether it is one; what is wrong has been said otherwise */
static bool ctl_take_time(int option, struct ctl_options *options)
{
    uint64_t timeout = 0;

    if (option == CTL_OPTION_FOR) {
        options->span = ctl_parse_span(optarg);
        if (!options->span) {
            (void)fprintf(stderr,
                          "holdfastctl: \"%s\" is no time: type 90 (seconds), 30m, 2h or 7d\n",
                          optarg);
        }
        return options->span;
    }
    if (!text_parse_fraction(optarg, 9, &timeout) || timeout == 0 ||
        timeout > 86400 * (uint64_t)CLOCK_SECOND) {
        (void)fprintf(stderr, "holdfastctl: \"%s\" is no time in seconds\n", optarg);
        return false;
    }
    options->timeout = (int64_t)timeout;
    return true;
}

/* A word such as -20 comes as an option for each digit. */
static int ctl_take_digit(int digit, struct ctl_options *options)
{
    if (options->minus < UINT32_MAX) {
        options->minus = options->minus * 10 + (uint64_t)(digit - '0');
    }
    return -1;
}

/* Those that are set or not. @return whether it is one */
static bool ctl_take_switch(int option, struct ctl_options *options)
{
    switch (option) {
    case 'j':
        options->json = true;
        return true;
    case 'w':
        options->watch = true;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    case CTL_OPTION_FOLLOW:
        options->follow = true;
        return true;
    case CTL_OPTION_FAILING:
        options->failing = true;
        return true;
    case CTL_OPTION_KEEP:
        options->keep = true;
        return true;
    case CTL_OPTION_RESUME:
        options->resume = true;
        return true;
    case CTL_OPTION_FORCE:
        options->force = true;
        return true;
    default:
        return false;
    }
}

/* @return -1 to go on, else the exit code */
static int ctl_take_option(int option, struct ctl_options *options)
{
    if (option >= '0' && option <= '9') {
        return ctl_take_digit(option, options);
    }
    if (ctl_take_switch(option, options)) {
        return -1;
    }
    switch (option) {
    case 's':
        options->socket = optarg;
        return -1;
    case 'N':
        options->network_namespace = optarg;
        return -1;
    case 'i':
        options->instance = optarg;
        return -1;
    case 't':
    case CTL_OPTION_FOR:
        return ctl_take_time(option, options) ? -1 : EXIT_USAGE;
    case CTL_OPTION_LIMIT:
    case CTL_OPTION_INTERVAL:
    case CTL_OPTION_COUNT:
    case CTL_OPTION_SORT:
    case CTL_OPTION_SINCE:
        return ctl_take_table_option(option, options) ? -1 : EXIT_USAGE;
    case 'h':
        ctl_usage(stdout);
        return EXIT_OK;
    case 'V':
        (void)printf("holdfastctl %s\n", PACKAGE_VERSION);
        return EXIT_OK;
    default:
        return EXIT_USAGE; /* getopt_long() has said why */
    }
}

/*
 * Takes options up to the command, or behind it. `-f` is short for --for, of a command that follows for
 * --follow.
 * @return -1 to go on, else the exit code
 */
static int ctl_parse(int argc, char **argv, const char *letters, bool follows,
                     struct ctl_options *options)
{
    static const struct option long_options[] = {
        {"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"namespace", required_argument, NULL, 'N'},
        {"instance", required_argument, NULL, 'i'},
        {"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {"watch", no_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},
        {"for", required_argument, NULL, CTL_OPTION_FOR},
        {"follow", no_argument, NULL, CTL_OPTION_FOLLOW},
        {"since", required_argument, NULL, CTL_OPTION_SINCE},
        {"failing", no_argument, NULL, CTL_OPTION_FAILING},
        {"limit", required_argument, NULL, CTL_OPTION_LIMIT},
        {"interval", required_argument, NULL, CTL_OPTION_INTERVAL},
        {"count", required_argument, NULL, CTL_OPTION_COUNT},
        {"sort", required_argument, NULL, CTL_OPTION_SORT},
        {"keep", no_argument, NULL, CTL_OPTION_KEEP},
        {"resume", no_argument, NULL, CTL_OPTION_RESUME},
        {"force", no_argument, NULL, CTL_OPTION_FORCE},
        {NULL, 0, NULL, 0},
    };
    int code = -1;
    int option;

    while (code < 0 && (option = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        if (option == 'f') {
            option = follows ? CTL_OPTION_FOLLOW : CTL_OPTION_FOR;
        }
        code = ctl_take_option(option, options);
    }
    return code;
}

static int ctl_run(const struct ctl_command *command, const struct ctl_options *options,
                   json_t *arguments)
{
    int code = EXIT_OK;
    json_t *result =
        ctl_ask(options, command->request ? command->request : command->name, arguments, &code);

    if (!result) {
        return code;
    }
    if (options->json) {
        ctl_print_json(result);
    } else {
        command->show(result);
    }
    if (command->is_refusal && command->is_refusal(result)) {
        code = EXIT_REFUSED;
    }
    json_decref(result);
    return code;
}

static void ctl_say_words(const struct ctl_command *command)
{
    if (command->argument) {
        (void)fprintf(stderr, "holdfastctl: usage: holdfastctl %s %s\n", command->name,
                      command->argument);
    } else {
        (void)fprintf(stderr, "holdfastctl: one command is needed, and %s stands alone\n",
                      command->name);
    }
}

/*
 * @param arguments  set to what the daemon is told; NULL: nothing
 * @return whether a command has the words that it takes; what is wrong has been said otherwise
 */
static bool ctl_check_words(const struct ctl_command *command, const struct ctl_options *options,
                            char **words, int count, json_t **arguments)
{
    bool good = count == (command->argument ? 1 : 0);

    *arguments = NULL;
    if (command->arguments) {
        *arguments = command->arguments(options, words, count);
        good = *arguments;
    }
    if (!good) {
        ctl_say_words(command);
    }
    return good;
}

/*
 * Where the daemon that is meant listens: the administrator's socket, or, for who may not open that one, the
 * one for readers where there is one. To be freed with free(3).
 */
static char *ctl_find_socket(const struct ctl_options *options)
{
    char *directory = runtime_default_directory(options->network_namespace, options->instance);
    struct text_buffer path = {0};
    struct text_buffer readers = {0};

    text_appendf(&path, "%s/" CTL_SOCKET, directory);
    text_appendf(&readers, "%s/" CTL_READERS, directory);
    free(directory);
    if (access(path.data, W_OK) != 0 && errno == EACCES && access(readers.data, W_OK) == 0) {
        text_release(&path);
        return readers.data;
    }
    text_release(&readers);
    return path.data;
}

/* Behind the command, with the words that are no options. @return the exit code */
static int ctl_carry_out(const struct ctl_command *command, const struct ctl_options *options,
                         char **words, int count)
{
    json_t *arguments;
    int code;

    if (options->minus && command->run != ctl_prio) {
        ctl_say_words(command);
        return EXIT_USAGE;
    }
    if (command->run) {
        code = command->run(options, words, count);
        if (code < 0) {
            ctl_say_words(command);
        }
        return code >= 0 ? code : command->monitors ? (int)WELLNESS_UNKNOWN : EXIT_USAGE;
    }
    if (!ctl_check_words(command, options, words, count, &arguments)) {
        return EXIT_USAGE;
    }
    if (!command->show) {
        return command->answer(options, words[0]);
    }
    if (command->show == ctl_show_version && !options->json) {
        (void)printf("holdfastctl %s\n", PACKAGE_VERSION);
        (void)fflush(stdout);
    }
    code = ctl_run(command, options, arguments);
    json_decref(arguments);
    return code;
}

/* @param argv  the program's name in place of the command's, then what is behind that */
static int ctl_command(const struct ctl_command *command, int argc, char **argv,
                       struct ctl_options *options)
{
    char *path = NULL;
    int code;

    optind = 0; /* getopt(3): from the beginning, with what came first among the letters */
    code =
        ctl_parse(argc, argv,
                  command->follows ? CTL_LETTERS "f" : CTL_LETTERS "f:", command->follows, options);
    if (code < 0) {
        if (!options->socket) {
            path = ctl_find_socket(options);
            options->socket = path;
        }
        code = ctl_carry_out(command, options, argv + optind, argc - optind);
        free(path);
        return code;
    }
    return command->monitors && code == EXIT_USAGE ? WELLNESS_UNKNOWN : code;
}

int main(int argc, char **argv)
{
    struct ctl_options options = {.timeout = CTL_TIMEOUT, .limit = CTL_LISTED};
    int code = ctl_parse(argc, argv, "+" CTL_LETTERS "f:", false, &options);
    const struct ctl_command *command;
    int at = optind;

    if (code >= 0) {
        return code;
    }
    if (at == argc) {
        (void)fprintf(stderr, "holdfastctl: one command is needed; try \"holdfastctl help\"\n");
        return EXIT_USAGE;
    }
    command = ctl_find(argv[at]);
    if (!command) {
        return EXIT_USAGE;
    }
    argv[at] = argv[0]; /* whom getopt(3) says to be the one that complains */
    return ctl_command(command, argc - at, argv + at, &options);
}
