/* SPDX-License-Identifier: Apache-2.0
 *
 * The orderly stop: what ends first, what is waited for, and how long.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/runner.h"
#include "base/sdnotify.h"
#include "base/text.h"
#include "bfd/bfd.h"
#include "check/checker.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "events.h"
#include "ipvs/sync.h"
#include "load.h"
#include "mail/mail.h"
#include "net/announced.h"
#include "net/filter.h"
#include "net/fullnat.h"
#include "once.h"
#include "parser/conf.h"
#include "vrrp/vrrp.h"

#include <stdlib.h>
#include <unistd.h>

/* For notify scripts: keepalived-reference.md 3.3. */
#define DAEMON_STOP_LIMIT (1 * CLOCK_SECOND)

static void daemon_on_idle(void *argument);
static void daemon_try_pause(struct daemon *daemon);

bool daemon_keeps_table(const struct daemon *daemon)
{
    return daemon->keep_asked || (daemon->conf && daemon->conf->global.ipvs_keep_on_stop);
}

void daemon_try_stop(struct daemon *daemon)
{
    if (!daemon->is_stopping || daemon->is_pausing || daemon->is_over ||
        vrrp_is_leaving(daemon->vrrp) || announced_is_leaving(daemon->announced)) {
        return;
    }
    if (!daemon->has_left) { /* no address of ours is left, and nothing more is told */
        daemon->has_left = true;
        events_end(daemon->events);
        mail_hurry(daemon->mail, daemon_on_idle, daemon);
        if (mail_is_busy(daemon->mail)) {
            daemon->scripts_had_time = false;
            loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
        }
        if (!daemon_keeps_table(daemon) && fullnat_remove(daemon->fullnat)) {
            daemon->scripts_had_time = false;
            loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
        }
        if (filter_remove(daemon->filter)) {
            daemon->scripts_had_time = false;
            loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
        }
    }
    if (daemon->scripts_had_time ||
        (!runner_jobs(daemon->runner) && !vrrp_is_telling(daemon->vrrp) &&
         !mail_is_busy(daemon->mail))) {
        loop_stop(daemon->loop);
    }
}

void daemon_on_stop_limit(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    daemon->scripts_had_time = true;
    if (daemon->is_pausing) {
        daemon_try_pause(daemon);
    } else {
        daemon_try_stop(daemon);
    }
}

static void daemon_on_idle(void *argument)
{
    daemon_try_stop(argument);
}

void daemon_on_terminate(void *argument)
{
    struct daemon *daemon = argument;

    if (daemon->is_stopping) {
        return;
    }
    daemon->is_stopping = true;
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "stopping");
    daemon_note(daemon, &(struct journal_entry){
                            .kind = JOURNAL_DAEMON, .object = "daemon", .to = "stopping"});
    sdnotify_stopping();
    if (daemon->startup) {
        once_abandon(daemon->startup);
        daemon->startup = NULL;
        loop_timer_set(daemon->leftover, CLOCK_NEVER);
        daemon_sweep(daemon); /* nobody else will */
    }
    /* First: other directors take the addresses. A table that stays needs the packets meanwhile, too. */
    announced_stop(daemon->announced);
    vrrp_stop(daemon->vrrp);
    load_cancel(daemon->load); /* it may have to wait for what is being read */
    daemon->load = NULL;
    bfd_stop(daemon->bfd);
    checker_stop(daemon->checker);
    runner_on_idle(daemon->runner, daemon_on_idle, daemon);
    loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
    daemon_try_stop(daemon);
}

static void daemon_try_pause(struct daemon *daemon)
{
    if (daemon->scripts_had_time || !mail_is_busy(daemon->mail)) {
        loop_stop(daemon->loop);
    }
}

static void daemon_on_mails_sent(void *argument)
{
    daemon_try_pause(argument);
}

/* Masters stay masters to the end: mails that wait go while adverts are still sent. */
static void daemon_pause(struct daemon *daemon)
{
    daemon->is_stopping = true;
    daemon->is_pausing = true;
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "stopping, for another process to go on");
    sdnotify_stopping();
    load_cancel(daemon->load);
    daemon->load = NULL;
    mail_hurry(daemon->mail, daemon_on_mails_sent, daemon);
    loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
    daemon_try_pause(daemon);
}

void daemon_end_pause(struct daemon *daemon)
{
    unsigned masters;

    daemon_answer_reloads(daemon);
    control_free(daemon->control);
    daemon->control = NULL; /* what happens from here on is told to nobody */
    if (daemon->options.pid_file) {
        (void)unlink(daemon->options.pid_file);
    }
    masters = vrrp_pause(daemon->vrrp);
    log_event(
        daemon->log, LOG_LEVEL_NOTICE, NULL,
        "stopped: addresses and IPVS table stay, %u instance%s for the next start to go on as "
        "master",
        masters, text_plural(masters));
    _exit(EXIT_SUCCESS);
}

/* What stays, and why nothing does where something was to. */
static json_t *daemon_what_stays(const struct daemon *daemon)
{
    const char *reason = sync_reason(daemon->sync);
    bool keeps = daemon_keeps_table(daemon);
    size_t services = keeps ? sync_count_there(daemon->sync) : 0;
    bool stays = keeps && (services || !sync_is_settled(daemon->sync));

    if (!reason) {
        reason = "no service of ours is in the kernel";
    }
    return json_pack("{s:b, s:I, s:s?}", "keep", (int)stays, "services", (json_int_t)services,
                     "reason", keeps && !stays ? reason : NULL);
}

/*
 * With `resume`: everything stays, and the next process goes on as master. Where nothing has begun yet
 * there is nothing to stay, and a stop that has begun cannot be taken back.
 */
static void daemon_command_pause(struct daemon *daemon, struct control_request *request)
{
    if (daemon->is_stopping && !daemon->is_pausing) {
        control_fail(request, "unavailable",
                     "a stop that gives the addresses up has begun already");
        return;
    }
    if (daemon->startup) {
        control_fail(request, "unavailable", "the startup_script still runs: nothing has begun");
        return;
    }
    daemon_note_operator(
        daemon, request,
        &(struct journal_entry){.object = "daemon", .to = "stop", .reason = "resume"});
    control_reply(request, json_pack("{s:I}", "resume", (json_int_t)vrrp_masters(daemon->vrrp)));
    if (!daemon->is_pausing) {
        daemon_pause(daemon);
    }
}

/*
 * Answered at once: what it takes to stop may last longer than a client waits for an answer. Once the
 * removal of what is to go has begun it is too late to keep the rest.
 */
static void daemon_command_stop(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const json_t *keep = json_object_get(control_arguments(request), "keep");
    const json_t *resume = json_object_get(control_arguments(request), "resume");

    if ((keep && !json_is_boolean(keep)) || (resume && !json_is_boolean(resume))) {
        control_fail(request, "bad-argument", "\"keep\" and \"resume\" are true or false");
        return;
    }
    if (json_is_true(resume)) {
        daemon_command_pause(daemon, request);
        return;
    }
    if (json_is_true(keep) && daemon->has_left && !daemon_keeps_table(daemon)) {
        control_fail(request, "unavailable",
                     "a stop that removes the IPVS table has begun already, and goes on");
        return;
    }
    daemon_note_operator(daemon, request,
                         &(struct journal_entry){.object = "daemon",
                                                 .to = "stop",
                                                 .reason = json_is_true(keep) ? "keep" : NULL});
    daemon->keep_asked = daemon->keep_asked || json_is_true(keep);
    control_reply(request, daemon_what_stays(daemon));
    daemon_on_terminate(daemon);
}

void daemon_add_stop(struct daemon *daemon)
{
    control_add_command(daemon->control, "stop",
                        "stop in order; with keep the IPVS table stays, with resume all does",
                        daemon_command_stop, daemon);
}

static void daemon_on_shut_down(void *argument)
{
    struct daemon *daemon = argument;

    loop_stop(daemon->loop);
}

void daemon_shut_down(struct daemon *daemon)
{
    const struct conf_global *global = &daemon->conf->global;

    daemon_answer_reloads(daemon);
    control_free(daemon->control);
    daemon->control = NULL;
    daemon->is_over = true;
    if (once_start(daemon->log, daemon->runner, "shutdown_script", &global->shutdown, global,
                   daemon_on_shut_down, daemon)) {
        (void)loop_run(daemon->loop);
    }
}
