/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastd: the process from options to the end, and what it is made of. What ties the modules
 * together, which do not know each other, is in src/daemon.
 */
#include "config.h"

#include "base/clock.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/runner.h"
#include "base/runtime.h"
#include "base/worker.h"
#include "bfd/bfd.h"
#include "check/checker.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "control/snapshot.h"
#include "control/web.h"
#include "daemon/daemon.h"
#include "events.h"
#include "ipvs/carry.h"
#include "ipvs/connections.h"
#include "ipvs/sync.h"
#include "load.h"
#include "mail/mail.h"
#include "net/address.h"
#include "net/announced.h"
#include "net/carrier.h"
#include "net/director.h"
#include "net/filter.h"
#include "net/fullnat.h"
#include "net/igmp.h"
#include "net/link.h"
#include "net/neigh.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/sysctl.h"
#include "net/vmac.h"
#include "once.h"
#include "options.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "place.h"
#include "planned.h"
#include "print.h"
#include "privileges.h"
#include "running.h"
#include "statefile.h"
#include "vrrp/vrrp.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_WARNINGS = 2, /* of -t --strict */
    EXIT_BUSY = 3,     /* another instance runs */
    EXIT_CONFIG = 78,  /* EX_CONFIG of sysexits.h: starting again does not help */
};

static void daemon_on_planned(void *argument)
{
    daemon_reload_start(argument);
}

/* Why the runtime directory cannot be used. @return the exit status */
static int daemon_refuse_runtime(const struct daemon *daemon, const char *directory, pid_t holder,
                                 int error)
{
    if (error == -EBUSY) {
        log_error(daemon->log, directory,
                  "another holdfastd runs here (process %ld): stop it, or give this one a "
                  "--runtime-dir of its own",
                  (long)holder);
        return EXIT_BUSY;
    }
    log_error(daemon->log, directory, "the runtime directory cannot be used: %s", strerror(-error));
    return EXIT_FAILURE;
}

/* @return an exit status, 0 to go on */
static int daemon_open_runtime(struct daemon *daemon)
{
    const char *named = daemon->options.runtime_directory;
    char *directory = named ? memory_text(named)
                            : runtime_default_directory(place_namespace(daemon->place),
                                                        place_instance(daemon->place));
    int status = 0;
    pid_t holder;
    int error;

    daemon->runtime = runtime_open(directory, &holder, &error);
    if (!daemon->runtime) {
        status = daemon_refuse_runtime(daemon, directory, holder, error);
    }
    free(directory);
    return status;
}

static void daemon_on_started_up(void *argument)
{
    struct daemon *daemon = argument;

    daemon->startup = NULL;
    loop_timer_set(daemon->leftover, CLOCK_NEVER);
    daemon_begin(daemon);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
    }
}

/* Begins when the startup_script has ended, at once where there is none. */
static void daemon_start_up(struct daemon *daemon)
{
    const struct conf_global *global = &daemon->conf->global;
    int64_t until;

    daemon->startup = once_start(daemon->log, daemon->runner, "startup_script", &global->startup,
                                 global, daemon_on_started_up, daemon);
    if (!daemon->startup) {
        daemon_begin(daemon);
    } else if (vrrp_was_master(daemon->vrrp, daemon->conf, &until)) {
        loop_timer_set(daemon->leftover, until);
    }
}

static void daemon_wire(struct daemon *daemon)
{
    daemon_make_overrides(daemon);
    daemon_make_node(daemon);
    daemon_wire_vrrp(daemon);
    daemon->events = events_new(daemon->log, daemon->runner);
    daemon->mail = mail_new(daemon->loop, daemon->log);
    daemon->filter = filter_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime);
    daemon->planned = planned_new(daemon->loop, daemon->log, daemon_on_planned, daemon);
    daemon->statefile = statefile_new(daemon->loop, daemon->log);
    daemon_wire_services(daemon);
    daemon_open_overrides(daemon);
    daemon_patch_first(daemon);
}

/* @return an exit status, 0 to go on */
static int daemon_start(struct daemon *daemon)
{
    int status = daemon_open_runtime(daemon);

    if (status) {
        return status;
    }
    daemon_raise_descriptor_limit();
    daemon->loop = loop_new();
    if (!daemon->loop) {
        log_error(daemon->log, NULL, "libevent gives no event loop");
        return EXIT_FAILURE;
    }
    daemon->runner = runner_new(daemon->loop, daemon->helper);
    daemon->helper = NULL;
    runner_on_lost(daemon->runner, daemon_on_helper_lost, daemon);
    daemon_set_umask(daemon);
    daemon_set_timers(daemon);
    daemon_open_journal(daemon);
    if (daemon_open_network(daemon) != 0) {
        return EXIT_FAILURE;
    }
    daemon_wire(daemon);
    daemon_describe(daemon);
    daemon_make_web(daemon);
    daemon_listen(daemon);
    daemon_catch_signals(daemon);
    daemon_start_up(daemon);
    return 0;
}

static void daemon_free(struct daemon *daemon)
{
    daemon_answer_reloads(daemon);
    control_free(daemon->control);
    daemon_free_overrides(daemon);
    daemon_free_node(daemon);
    daemon->control = NULL; /* the event log looks for it */
    load_cancel(daemon->load);
    (void)worker_cancel(daemon->trimming);
    sync_free(daemon->sync);
    snapshot_free(daemon->snapshot);
    snapshot_free(daemon->overrides_told);
    web_free(daemon->web);
    daemon->web = NULL;
    connections_free(daemon->connections);
    running_free(daemon->running);
    checker_free(daemon->checker);
    vrrp_free(daemon->vrrp);
    bfd_free(daemon->bfd);
    filter_free(daemon->filter);
    fullnat_free(daemon->fullnat);
    director_free(daemon->director);
    carry_free(daemon->carry);
    planned_free(daemon->planned);
    statefile_free(daemon->statefile);
    mail_free(daemon->mail);
    events_free(daemon->events);
    vmac_close(daemon->vmacs);
    sysctl_table_free(daemon->settings);
    igmp_free(daemon->igmp);
    neigh_close(daemon->neigh);
    announced_free(daemon->announced);
    rule_close(daemon->rules);
    route_close(daemon->routes);
    address_close(daemon->addresses);
    carrier_free(daemon->carriers);
    link_close(daemon->links);
    journal_free(daemon->journal);
    for (size_t i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++) {
        loop_signal_free(daemon->signals[i]);
    }
    loop_timer_free(daemon->links_changed);
    loop_timer_free(daemon->addresses_changed);
    loop_timer_free(daemon->stopping);
    loop_timer_free(daemon->leftover);
    loop_timer_free(daemon->housekeeping);
    loop_timer_free(daemon->watchdog);
    runner_free(daemon->runner);
    helper_stop(daemon->helper);
    loop_free(daemon->loop);
    runtime_close(daemon->runtime);
    for (size_t i = 0; i < daemon->outlived_count; i++) {
        conf_free(daemon->outlived[i]);
    }
    free(daemon->outlived);
    conf_free(daemon->conf);
    free(daemon->reload.diagnostics);
    json_decref(daemon->reload.changes);
    free(daemon->waiting);
    place_free(daemon->place);
    privileges_free(daemon->privileges);
    log_free(daemon->log);
}

static void daemon_write_pid(const struct daemon *daemon)
{
    FILE *file = daemon->options.pid_file ? fopen(daemon->options.pid_file, "we") : NULL;

    if (file) {
        (void)fprintf(file, "%ld\n", (long)getpid());
        (void)fclose(file);
    } else if (daemon->options.pid_file) {
        log_warning(daemon->log, daemon->options.pid_file, "cannot be written: %s",
                    strerror(errno));
    }
}

/* From the loaded configuration to the end. @return the exit status */
static int daemon_run(struct daemon *daemon)
{
    int status = daemon_start(daemon);

    if (!status) {
        daemon_write_pid(daemon);
        if (loop_run(daemon->loop) != 0) {
            log_error(daemon->log, NULL, "the event loop failed");
            status = EXIT_FAILURE;
        } else if (daemon->is_pausing) {
            daemon_end_pause(daemon);
        }
        daemon_release_static(daemon, daemon->conf);
        daemon_commit(daemon);
        sync_stop(daemon->sync, daemon_keeps_table(daemon));
        if (!daemon_keeps_table(daemon)) {
            director_release(daemon->director);
        }
        daemon_shut_down(daemon);
        if (daemon->options.pid_file) {
            (void)unlink(daemon->options.pid_file);
        }
        log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "stopped");
    }
    daemon_free(daemon);
    return status;
}

static int daemon_test(const struct options *options)
{
    const struct daemon daemon = {.options = *options};
    struct load_request request = daemon_load_request(&daemon);
    struct load_result result;
    int status;

    request.outside = true;
    request.elsewhere = options->network_namespace != NULL; /* a test enters none */
    result = load_now(&request);
    status = result.conf ? EXIT_SUCCESS : EXIT_FAILURE;
    if (result.conf && options->strict && diag_count(result.diagnostics, DIAG_WARNING)) {
        status = EXIT_WARNINGS;
    }
    if (options->json) {
        load_print_json(&result, options->config_file);
    } else {
        load_print(&result);
    }
    load_dispose(&result);
    return status;
}

/* Prints the effective configuration. @return the exit status */
static int daemon_dump(const struct options *options)
{
    const struct daemon daemon = {.options = *options};
    struct load_request request = daemon_load_request(&daemon);
    struct load_result result;
    int status = EXIT_FAILURE;

    request.outside = true;
    request.elsewhere = options->network_namespace != NULL;
    request.origins = true;
    result = load_now(&request);
    load_print(&result);
    if (result.conf) {
        bool written = options->json ? print_facts(result.conf) : print_configuration(result.conf);

        status = written ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    load_dispose(&result);
    return status;
}

/* The helper is where it stays, with what it keeps. @return an exit status, 0 to go on */
static int daemon_settle_helper(struct daemon *daemon)
{
    int error = helper_settle(daemon->helper, &daemon->helper_kept);

    if (error) {
        log_error(daemon->log, "helper", "the helper process is not ready: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    daemon->helper_process = helper_pid(daemon->helper);
    return 0;
}

/* Goes where the configuration says. @return an exit status, 0: it is there, or stays where it was */
static int daemon_go(struct daemon *daemon, const struct conf_place *place)
{
    char problem[PLACE_PROBLEM_SIZE];

    if (!place_enter(daemon->place, place, problem)) {
        log_error(daemon->log, NULL, "%s", problem);
        return EXIT_FAILURE;
    }
    log_set_name(daemon->log, place_namespace(daemon->place), place_instance(daemon->place));
    return 0;
}

/* Loads, and goes where the file says. @return an exit status, 0 to go on with the result's conf */
static int daemon_load_first(struct daemon *daemon, struct load_result *result)
{
    const struct options *options = &daemon->options;
    struct load_request request = daemon_load_request(daemon);
    int status;

    *result = load_now(&request);
    status = result->conf ? daemon_go(daemon, &result->conf->place) : 0;
    if (!status && !request.inside && place_namespace(daemon->place)) {
        load_dispose(result); /* what was looked at is not there */
        request = daemon_load_request(daemon);
        *result = load_now(&request);
    }
    load_log(result, daemon->log);
    if (!result->conf) {
        log_error(daemon->log, options->config_file,
                  "cannot be used: correct it (holdfastd -t -f %s shows where) and start again",
                  options->config_file);
        return EXIT_CONFIG;
    }
    return status;
}

/* @return an exit status, 0 to go on with daemon->conf */
static int daemon_load(struct daemon *daemon)
{
    struct load_result result;
    int status = daemon_load_first(daemon, &result);

    if (!status) {
        daemon->conf = result.conf;
        result.conf = NULL;
        daemon->reload = (struct daemon_reload){.result = "none",
                                                .duration = result.duration,
                                                .diagnostics = load_diagnostics_text(&result)};
    }
    load_dispose(&result);
    return status;
}

static int daemon_main(const struct options *options)
{
    struct daemon daemon = {
        .options = *options, .started = clock_now(), .started_wall = clock_wall()};
    char problem[PLACE_PROBLEM_SIZE];
    int status;
    int error;

    daemon.helper = helper_start(&error); /* first, while this is a small process */
    if (!daemon.helper) {
        (void)fprintf(stderr, "holdfastd: no helper process: %s\n", strerror(-error));
        return EXIT_FAILURE;
    }
    memory_set_limits();
    (void)signal(SIGHUP, SIG_IGN); /* what it asks for is under way until the loop hears it */
    daemon.place = place_new(options->network_namespace);
    if (!place_enter(daemon.place, NULL, problem)) {
        (void)fprintf(stderr, "holdfastd: %s\n", problem);
        return EXIT_FAILURE;
    }
    daemon.log = log_new(
        &(struct log_options){.console = options->log_console,
                              .lowest = options->log_detail ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO});
    status = daemon_load(&daemon);
    if (!status) {
        status = daemon_settle_helper(&daemon);
    }
    if (status) {
        helper_stop(daemon.helper);
        conf_free(daemon.conf);
        free(daemon.reload.diagnostics);
        place_free(daemon.place);
        log_free(daemon.log);
        return status;
    }
    daemon.privileges = privileges_give_up(daemon.conf, options->config_file, daemon.log);
    return daemon_run(&daemon);
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);

    switch (options.action) {
    case OPTIONS_HELP:
        options_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        (void)printf("holdfastd %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_TEST:
        return daemon_test(&options);
    case OPTIONS_KEYWORDS:
        print_keywords();
        return EXIT_SUCCESS;
    case OPTIONS_LINTS:
        print_lints();
        return EXIT_SUCCESS;
    case OPTIONS_DUMP:
        return daemon_dump(&options);
    case OPTIONS_RUN:
        return daemon_main(&options);
    case OPTIONS_INVALID:
        break;
    }
    return EXIT_USAGE;
}
