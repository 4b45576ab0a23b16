/* SPDX-License-Identifier: Apache-2.0
 *
 * keepalived's FIFOs and the programs that read them.
 */
#include "events.h"

#include "base/command.h"
#include "base/fifo.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct events_outlet {
    struct fifo *fifo; /* NULL: none */
    char *path;
    char *user; /* NULL: us */
    char *group;
    struct command *command; /* the program that reads; NULL: none */
    struct runner_job *job;
};

struct events {
    struct log *log;
    struct runner *runner;
    struct events_outlet outlets[CONF_FIFOS];
};

struct events *events_new(struct log *log, struct runner *runner)
{
    struct events *events = memory_new(1, sizeof(*events));

    events->log = log;
    events->runner = runner;
    return events;
}

static void events_end_program(struct events_outlet *outlet)
{
    if (outlet->job) {
        runner_abandon(outlet->job);
    }
    command_free(outlet->command);
    outlet->job = NULL;
    outlet->command = NULL;
}

static void events_close(struct events_outlet *outlet)
{
    events_end_program(outlet);
    fifo_close(outlet->fifo);
    free(outlet->path);
    free(outlet->user);
    free(outlet->group);
    *outlet = (struct events_outlet){0};
}

void events_free(struct events *events)
{
    if (!events) {
        return;
    }
    for (int i = 0; i < CONF_FIFOS; i++) {
        events_close(&events->outlets[i]);
    }
    free(events);
}

void events_end(struct events *events)
{
    for (int i = 0; i < CONF_FIFOS; i++) {
        fifo_close(events->outlets[i].fifo);
        events->outlets[i].fifo = NULL;
    }
}

static bool events_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void events_on_program_end(void *argument, const struct runner_result *result)
{
    struct events_outlet *outlet = argument;

    (void)result;
    outlet->job = NULL;
}

static void events_start_program(struct events *events, struct events_outlet *outlet)
{
    const char *const arguments[] = {outlet->path, NULL};
    int error;

    outlet->job = command_run(outlet->command, events->runner, arguments, NULL, 0,
                              events_on_program_end, outlet, &error);
    if (!outlet->job) {
        log_error(events->log, command_path(outlet->command), "cannot be started: %s",
                  runner_error_text(error));
    }
}

/* A program that is the same goes on reading. */
static void events_configure_program(struct events *events, struct events_outlet *outlet,
                                     const struct conf_fifo *conf,
                                     const struct command_policy *policy)
{
    struct command *command = command_new(events->log, conf->path, conf->script.argv,
                                          conf->script.user, conf->script.group, policy);

    if (command && outlet->command && outlet->job && command_equal(command, outlet->command)) {
        command_free(command);
        return;
    }
    events_end_program(outlet);
    outlet->command = command;
    if (command) {
        events_start_program(events, outlet);
    }
}

static void events_open(struct events *events, struct events_outlet *outlet,
                        const struct conf_fifo *conf)
{
    struct program owner = {.uid = geteuid(), .gid = getegid()};

    if (conf->user && !program_find_account(conf->user, conf->group, &owner)) {
        log_error(events->log, conf->path, "no events are written there: %s", owner.reason);
        return;
    }
    outlet->fifo = fifo_open(events->log, conf->path, owner.uid, owner.gid);
    outlet->path = memory_text(conf->path);
    outlet->user = conf->user ? memory_text(conf->user) : NULL;
    outlet->group = conf->group ? memory_text(conf->group) : NULL;
}

/* One that is named twice is opened once, as the one of all events (3.4). */
static bool events_is_wanted(const struct conf_global *global, int kind)
{
    const struct conf_fifo *fifo = &global->fifos[kind];
    const struct conf_fifo *all = &global->fifos[CONF_FIFO_ALL];

    return fifo->path &&
           (kind == CONF_FIFO_ALL || !all->path || strcmp(fifo->path, all->path) != 0);
}

void events_configure(struct events *events, const struct conf *conf)
{
    const struct command_policy policy = {.user = conf->global.script_user,
                                          .group = conf->global.script_group,
                                          .secure = conf->global.script_security,
                                          .supplementary = conf->global.supplementary_groups};

    for (int kind = 0; kind < CONF_FIFOS; kind++) {
        const struct conf_fifo *fifo = &conf->global.fifos[kind];
        struct events_outlet *outlet = &events->outlets[kind];
        bool wanted = events_is_wanted(&conf->global, kind);

        if (!wanted || !events_same_text(outlet->path, fifo->path) ||
            !events_same_text(outlet->user, fifo->user) ||
            !events_same_text(outlet->group, fifo->group)) {
            events_close(outlet);
        }
        if (wanted && !outlet->fifo) {
            events_open(events, outlet, fifo);
        }
        if (outlet->fifo) {
            events_configure_program(events, outlet, fifo, &policy);
        }
    }
}

void events_tell_vrrp(struct events *events, const char *line)
{
    fifo_write(events->outlets[CONF_FIFO_ALL].fifo, line);
    fifo_write(events->outlets[CONF_FIFO_VRRP].fifo, line);
}

void events_tell_lvs(struct events *events, const char *line)
{
    fifo_write(events->outlets[CONF_FIFO_ALL].fifo, line);
    fifo_write(events->outlets[CONF_FIFO_LVS].fifo, line);
}

bool events_tells_lvs(const struct events *events)
{
    return events->outlets[CONF_FIFO_ALL].fifo || events->outlets[CONF_FIFO_LVS].fifo;
}

json_t *events_snapshot(const struct events *events)
{
    json_t *list = json_array();

    for (int i = 0; i < CONF_FIFOS; i++) {
        const struct fifo *fifo = events->outlets[i].fifo;

        if (fifo) {
            json_array_append_new(list,
                                  json_pack("{s:o, s:I}", "path", json_from_text(fifo_path(fifo)),
                                            "lost", (json_int_t)fifo_lost(fifo)));
        }
    }
    return list;
}
