/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of holdfastctl share.
 */
#ifndef HOLDFAST_CTL_H
#define HOLDFAST_CTL_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct client_reply;
struct render_options;
struct text_buffer;

/* Stable: scripts and monitoring rely on them; holdfastctl(1) tells them. */
enum {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,     /* the daemon said no, or nothing has the name that was asked for */
    EXIT_USAGE = 2,       /* the command line is wrong */
    EXIT_UNREACHABLE = 3, /* no daemon, or no answer in time */
    EXIT_GARBLED = 4,     /* the answer is not of the protocol */
};

struct ctl_options {
    const char *socket;            /* NULL: in the runtime directory of that daemon */
    const char *network_namespace; /* of the daemon; NULL: none */
    const char *instance;          /* of the daemon; NULL: none */
    int64_t timeout;               /* ns */
    int64_t span;                  /* --for, ns; 0: not given */
    int64_t interval;              /* --interval, ns; 0: not given */
    uint64_t count;                /* --count; 0: not given */
    uint64_t limit;                /* --limit, or as many as are shown without it */
    uint64_t since;                /* --since */
    bool has_limit;
    bool has_since;
    bool watch;       /* --watch */
    bool follow;      /* --follow */
    bool failing;     /* --failing */
    bool quiet;       /* --quiet */
    const char *sort; /* --sort; NULL: not given */
    bool json;
    bool keep;      /* --keep */
    bool resume;    /* --resume */
    bool force;     /* --force */
    uint64_t minus; /* the number of a word such as -20; 0: there was none */
};

/** Writes the text and releases it. */
void ctl_print(struct text_buffer *text, FILE *stream);

/** Writes JSON for people and programs. */
void ctl_print_json(const json_t *result);

/** The same, with who was asked; its result is the caller's to free. @return NULL result: as ctl_ask() */
struct client_reply ctl_ask_whom(const struct ctl_options *options, const char *command,
                                 json_t *arguments, int *code);

/** stop [--keep|--resume]: ctl_stop.c */
int ctl_stop(const struct ctl_options *options, char **words, int count);

/**
 * Asks for what goes on, and gives each line to `take` (client_follow()). Why it ended has been said where it
 * was not `take` that had enough; `code` is set then.
 */
void ctl_follow(const struct ctl_options *options, const char *command, json_t *arguments,
                bool (*take)(void *argument, const json_t *line), int *code);

/* ---- ctl_screen.c ------------------------------------------------------------------------------ */

/** Whether somebody looks at it who wants colour. */
bool ctl_wants_colour(void);

/** How text is made for standard output now: colour, time, width. */
struct render_options ctl_render_options(void);

/* What is shown again and again: on a terminal in place of what was before. */
struct ctl_screen {
    bool is_terminal;
    sigset_t signals; /* that end it: they wait until the screen is whole */
    sigset_t former;
    int64_t due; /* when the next one is to be shown */
};

/** Begins; to be ended with ctl_screen_end(). */
void ctl_screen_begin(struct ctl_screen *screen, const struct ctl_options *options);

/** Makes the screen empty, for a message of standard error. */
void ctl_screen_clear(const struct ctl_screen *screen);

/** Shows a text, as much of it as there are lines, and releases it. */
void ctl_screen_show(const struct ctl_screen *screen, struct text_buffer *text);

/** Waits for the next time. @return whether a signal ends it */
bool ctl_screen_wait(struct ctl_screen *screen, int64_t interval);

/** Gives the terminal back. */
void ctl_screen_end(struct ctl_screen *screen);

/* A command that shows what the daemon tells, once or with --watch again and again. */
struct ctl_look {
    /* New; NULL: `code` is the exit code, and why has been said, or -1: the words are wrong. */
    json_t *(*fetch)(const struct ctl_options *options, char **words, int count, int *code);
    void (*render)(const json_t *view, const struct render_options *options,
                   struct text_buffer *out);
};

/** Carries one out. @return the exit code, -1: the words are wrong */
int ctl_look(const struct ctl_options *options, const struct ctl_look *look, char **words,
             int count);

/** What the daemon answers, new; NULL: `code` is set, and why has been said. @param arguments  borrowed */
json_t *ctl_ask(const struct ctl_options *options, const char *command, json_t *arguments,
                int *code);

/**
 * Finds the server that a word names in the daemon's status, which the caller frees: it holds both.
 * @return NULL: `code` is set, and why has been said
 */
json_t *ctl_find_server(const struct ctl_options *options, const char *word, const char **service,
                        const char **server, int *code);

/**
 * Asks for drain, maint, ready or weight of the server that a word names. @return the exit code
 * @param weight  NULL: the action takes none; its reference is taken
 */
int ctl_order_server(const struct ctl_options *options, const char *action, const char *word,
                     json_t *weight);

/** The same of names as the status has them. */
int ctl_order_named(const struct ctl_options *options, const char *action, const char *service,
                    const char *server, json_t *weight);

/** Says on standard error what is wrong with a name, and releases the text. @return EXIT_REFUSED */
int ctl_say_problem(struct text_buffer *problem);

/**
 * The services that a word names (NULL: all), as they are now: view_services(), new.
 * @return NULL: `code` is set, and why has been said
 */
json_t *ctl_view(const struct ctl_options *options, const char *word, int *code);

/* ---- ctl_services.c: each carries a command out; @return the exit code, -1: the words are wrong -- */

/** status, vrrp [NAME], services [SERVICE[/SERVER]], checks, loop, config; ctl_look.c */
int ctl_status(const struct ctl_options *options, char **words, int count);
int ctl_vrrp(const struct ctl_options *options, char **words, int count);
int ctl_checks(const struct ctl_options *options, char **words, int count);
int ctl_loop(const struct ctl_options *options, char **words, int count);
int ctl_config(const struct ctl_options *options, char **words, int count);
int ctl_services(const struct ctl_options *options, char **words, int count);

/** events; ctl_events.c */
int ctl_events(const struct ctl_options *options, char **words, int count);

/** Whether `explain` is told of something that the daemon has, rather than of a keyword; ctl_explain.c */
bool ctl_explains(const char *word);

/** explain instance|server|service NAME: both words are there. */
int ctl_explain_state(const struct ctl_options *options, char **words, int count);

/** healthy; ctl_healthy.c */
int ctl_healthy(const struct ctl_options *options, char **words, int count);

/** Prints the names of all commands, one a line. */
void ctl_print_commands(void);

/** names instances|sync_groups|services|servers|commands; ctl_healthy.c */
int ctl_names(const struct ctl_options *options, char **words, int count);

/** connections [SERVICE[/SERVER]] */
int ctl_connections(const struct ctl_options *options, char **words, int count);

/** metrics [text|openmetrics]; ctl_metrics.c */
int ctl_metrics(const struct ctl_options *options, char **words, int count);

/** top [SERVICE[/SERVER]]; ctl_top.c */
int ctl_top(const struct ctl_options *options, char **words, int count);

/** drain|undrain|maint SERVICE/SERVER */
int ctl_drain(const struct ctl_options *options, char **words, int count);
int ctl_undrain(const struct ctl_options *options, char **words, int count);
int ctl_maint(const struct ctl_options *options, char **words, int count);

/** weight SERVICE/SERVER WEIGHT */
int ctl_weight(const struct ctl_options *options, char **words, int count);

/* ---- ctl_steer.c: each carries a command out; @return the exit code, -1: the words are wrong ---- */

/** demote|release INSTANCE */
int ctl_demote(const struct ctl_options *options, char **words, int count);
int ctl_release(const struct ctl_options *options, char **words, int count);

/** prio +N|-N INSTANCE */
int ctl_prio(const struct ctl_options *options, char **words, int count);

/** node drain|resume|status */
int ctl_node(const struct ctl_options *options, char **words, int count);

/** server ACTION ..., as holdfastctl(1) has it */
int ctl_server(const struct ctl_options *options, char **words, int count);

/** peer add|del INSTANCE ADDRESS */
int ctl_peer(const struct ctl_options *options, char **words, int count);

/** log LEVEL */
int ctl_log(const struct ctl_options *options, char **words, int count);

/** overrides */
int ctl_overrides(const struct ctl_options *options, char **words, int count);

#endif
