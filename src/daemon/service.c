/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring of checks and IPVS: verdicts become weights, changes are told to scripts, FIFOs and by
 * mail.
 */
#include "daemon/daemon.h"

#include "base/command.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runner.h"
#include "base/runtime.h"
#include "base/text.h"
#include "check/checker.h"
#include "check/event_line.h"
#include "control/journal.h"
#include "events.h"
#include "ipvs/carry.h"
#include "ipvs/sync.h"
#include "mail/mail.h"
#include "net/announced.h"
#include "net/director.h"
#include "net/fullnat.h"
#include "net/link.h"
#include "parser/conf_find.h"
#include "parser/conf_text.h"
#include "place.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool daemon_server_view(void *argument, const struct conf_virtual_server *service,
                               const struct conf_real_server *server, uint32_t *weight)
{
    const struct daemon *daemon = argument;

    if (server == service->sorry_server) {
        return checker_sorry_view(daemon->checker, &service->key, weight);
    }
    return checker_server_view(daemon->checker, &service->key, &server->key, weight);
}

static bool daemon_is_assumed(void *argument, const struct conf_virtual_server *service,
                              const struct conf_real_server *server)
{
    const struct daemon *daemon = argument;

    return checker_is_unasked(daemon->checker, &service->key, server ? &server->key : NULL);
}

static bool daemon_is_master(void *argument, const char *instance)
{
    return vrrp_is_master(((const struct daemon *)argument)->vrrp, instance);
}

static int daemon_find_interface(void *argument, const char *name)
{
    const struct link *link = link_find(((const struct daemon *)argument)->links, name);

    return link ? link->info.index : 0;
}

/* Of how many instances this director is master whose connections its sync daemon heard of. */
static unsigned daemon_masters(const struct daemon *daemon)
{
    const struct conf_sync_daemon *conf = &daemon->conf->global.sync_daemon;

    if (daemon->is_stopping || !conf->interface) {
        return 0;
    }
    if (conf->instance) {
        return vrrp_is_master(daemon->vrrp, conf->instance) ? 1 : 0;
    }
    return vrrp_masters(daemon->vrrp);
}

void daemon_on_vrrp_changed(void *argument)
{
    struct daemon *daemon = argument;

    if (!daemon->sync) {
        return;
    }
    if (!daemon->is_stopping) {
        sync_mark_daemon(daemon->sync);
    }
    carry_follow(daemon->carry, daemon_masters(daemon));
}

static void daemon_on_service_changed(void *argument, const struct conf_service_key *service)
{
    struct daemon *daemon = argument;

    sync_mark_dirty(daemon->sync, service);
    daemon_touch_announced(daemon, service);
}

static void daemon_on_server_asked(void *argument, const struct conf_service_key *service)
{
    daemon_touch_announced(argument, service);
}

static void daemon_on_settled(void *argument)
{
    announced_touch(((struct daemon *)argument)->announced);
}

static const struct conf_script *daemon_event_script(const struct conf *conf,
                                                     const struct checker_event *event)
{
    const struct conf_virtual_server *service = conf_find_service(conf, event->service);
    const struct conf_real_server *server;

    if (!service) {
        return NULL;
    }
    if (!event->server) {
        return event->kind == CHECKER_QUORUM_UP     ? &service->quorum_up
               : event->kind == CHECKER_QUORUM_DOWN ? &service->quorum_down
                                                    : NULL;
    }
    server = conf_find_server(service, event->server);
    if (!server) {
        return NULL;
    }
    return event->kind == CHECKER_SERVER_UP ? &server->notify_up : &server->notify_down;
}

/* One that went out of the configuration is told of as it was in the former one. */
static bool daemon_mails(const struct conf *conf, const struct checker_event *event)
{
    const struct conf_virtual_server *service = conf_find_service(conf, event->service);
    const struct conf_real_server *server =
        service && event->server ? conf_find_server(service, event->server) : NULL;

    return event->server ? server && server->mail : service && service->mail;
}

static void daemon_mail_check_event(const struct daemon *daemon, const struct conf *conf,
                                    const struct checker_event *event)
{
    struct text_buffer subject = {0};

    if (conf && conf->global.mail.server && daemon_mails(conf, event)) {
        event_line_write_subject(event, &subject);
        mail_tell(daemon->mail, subject.data, event->reason ? event->reason : "");
        text_release(&subject);
    }
}

/* As the status calls the service; @param conf  that has it, or had */
static void daemon_note_check_event(struct daemon *daemon, const struct conf *conf,
                                    const struct checker_event *event)
{
    static const struct {
        enum journal_kind kind;
        const char *to;
    } words[] = {
        [CHECKER_SERVER_UP] = {JOURNAL_SERVER, "up"},
        [CHECKER_SERVER_DOWN] = {JOURNAL_SERVER, "down"},
        [CHECKER_QUORUM_UP] = {JOURNAL_QUORUM, "met"},
        [CHECKER_QUORUM_DOWN] = {JOURNAL_QUORUM, "lost"},
        [CHECKER_OPEN_BEGAN] = {JOURNAL_FAIL_OPEN, "began"},
        [CHECKER_OPEN_ENDED] = {JOURNAL_FAIL_OPEN, "ended"},
    };
    const struct conf_virtual_server *known = conf ? conf_find_service(conf, event->service) : NULL;
    char service[CONF_ENDPOINT_TEXT_SIZE];
    char server[CONF_ENDPOINT_TEXT_SIZE];

    daemon_note(daemon,
                &(struct journal_entry){
                    .kind = words[event->kind].kind,
                    .object = known ? known->name : conf_service_text(service, event->service),
                    .server = event->server ? conf_server_text(server, event->server) : NULL,
                    .to = words[event->kind].to,
                    .code = event->removed ? "removed" : NULL,
                    .reason = event->reason});
}

static void daemon_on_check_event(void *argument, const struct checker_event *event)
{
    struct daemon *daemon = argument;
    const struct conf *conf = event->removed ? daemon->conf_before : daemon->conf;
    const struct conf_script *script = conf ? daemon_event_script(conf, event) : NULL;
    struct text_buffer line = {0};
    struct command *command;
    int error;

    if (!event->quiet) { /* a start with thousands of servers would leave room for nothing else */
        daemon_note_check_event(daemon, conf, event);
    }
    if (events_tells_lvs(daemon->events)) {
        event_line_write(event, &line);
        events_tell_lvs(daemon->events, line.data);
        text_release(&line);
    }
    if (!event->quiet) {
        daemon_mail_check_event(daemon, conf, event);
    }
    if (!script || !script->argv) {
        return;
    }
    command =
        command_new(daemon->log, script->argv[0], script->argv, script->user, script->group,
                    &(struct command_policy){.user = conf->global.script_user,
                                             .group = conf->global.script_group,
                                             .secure = conf->global.script_security,
                                             .supplementary = conf->global.supplementary_groups});
    if (command && !command_run(command, daemon->runner, NULL, NULL, 0, NULL, NULL, &error)) {
        log_error(daemon->log, command_path(command), "cannot be started: %s",
                  runner_error_text(error));
    }
    command_free(command);
}

static bool daemon_suspends(const struct conf *conf)
{
    const struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (service->ha_suspend) {
            return true;
        }
    }
    return false;
}

void daemon_tell_addresses(struct daemon *daemon, const struct conf *conf)
{
    struct inet_addr *addresses = NULL;
    size_t count = 0;

    if (!daemon_suspends(conf)) {
        return;
    }
    for (const struct link *link = link_next(daemon->links, NULL); link;
         link = link_next(daemon->links, link)) {
        addresses = memory_resize(addresses, count + link->address_count + 1, sizeof(*addresses));
        for (size_t i = 0; i < link->address_count; i++) {
            addresses[count++] = link->addresses[i].prefix.addr;
        }
    }
    checker_set_addresses(daemon->checker, addresses, count);
    free(addresses);
}

void daemon_on_addresses_changed(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    if (!daemon->is_stopping) {
        daemon_tell_addresses(daemon, daemon->conf);
    }
}

/* New services wait until the table that they need beside IPVS's is there. */
static void daemon_on_fullnat(void *argument)
{
    struct daemon *daemon = argument;

    sync_set_fullnat(daemon->sync, false, fullnat_problem(daemon->fullnat));
    if (daemon->is_stopping) {
        daemon_try_stop(daemon);
    }
}

static void daemon_on_ipvs_news(void *argument, bool of_daemon, const char *object,
                                const char *state, const char *reason)
{
    daemon_note(argument,
                &(struct journal_entry){.kind = of_daemon ? JOURNAL_SYNC_DAEMON : JOURNAL_IPVS,
                                        .object = object,
                                        .to = state,
                                        .reason = reason});
}

static void daemon_on_ipvs(void *argument)
{
    director_on_ipvs(((struct daemon *)argument)->director);
}

/* What forwarding needs beside IPVS: of what is configured and of what drains. @return as fullnat_configure() */
static bool daemon_configure_forwarding(struct daemon *daemon, const struct conf *conf)
{
    size_t count;
    struct conf_drain *drains = sync_drains(daemon->sync, &count);
    bool wait = fullnat_configure(daemon->fullnat, conf, drains, count);

    director_configure(daemon->director, conf, drains, count);
    carry_configure(daemon->carry, conf, drains, count);
    free(drains);
    return wait;
}

/* No service waits for what goes now. */
static void daemon_on_drains(void *argument)
{
    struct daemon *daemon = argument;

    if (!daemon->is_stopping && !daemon_configure_forwarding(daemon, daemon->conf)) {
        daemon_on_fullnat(daemon); /* else it is called when nft has ended */
    }
}

void daemon_configure_services(struct daemon *daemon, const struct conf *conf)
{
    bool wait;

    sync_configure(daemon->sync, conf); /* first: it says who drains */
    wait = daemon_configure_forwarding(daemon, conf);
    carry_follow(daemon->carry,
                 daemon_masters(daemon)); /* the instance that counts may be another */
    sync_set_fullnat(daemon->sync, wait, fullnat_problem(daemon->fullnat));
    announced_touch(daemon->announced);
}

/* Beside the table of IPVS: where that is. */
static void daemon_wire_fullnat(struct daemon *daemon)
{
    char path[64];
    int fd = place_ipvs(daemon->place);

    daemon->fullnat = fullnat_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime,
                                  daemon_on_fullnat, daemon);
    daemon->director = director_new(daemon->log, daemon->runtime);
    director_set_namespace(daemon->director, fd);
    daemon->carry = carry_new(daemon->loop, daemon->log, fd);
    if (fd >= 0) {
        (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
        fullnat_set_namespace(daemon->fullnat, path);
    }
}

void daemon_wire_services(struct daemon *daemon)
{
    const struct checker_hooks checker_hooks = {.argument = daemon,
                                                .service_changed = daemon_on_service_changed,
                                                .server_asked = daemon_on_server_asked,
                                                .event = daemon_on_check_event,
                                                .orders_changed = daemon_keep_overrides};
    const struct sync_hooks sync_hooks = {.argument = daemon,
                                          .server_view = daemon_server_view,
                                          .is_assumed = daemon_is_assumed,
                                          .is_master = daemon_is_master,
                                          .find_interface = daemon_find_interface,
                                          .drains_changed = daemon_on_drains,
                                          .news = daemon_on_ipvs_news,
                                          .settled = daemon_on_settled,
                                          .available = daemon_on_ipvs};

    daemon->checker = checker_new(daemon->loop, daemon->runner, daemon->log, &checker_hooks);
    daemon->sync =
        sync_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime, &sync_hooks);
    sync_set_namespace(daemon->sync, place_ipvs(daemon->place));
    daemon_wire_fullnat(daemon);
    daemon_wire_announced(daemon);
}
