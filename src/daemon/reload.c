/* SPDX-License-Identifier: Apache-2.0
 *
 * Reload: one at a time, on a worker; then the new configuration takes effect, or nothing changes,
 * and whoever waits for it gets an answer.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sdnotify.h"
#include "base/text.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "load.h"
#include "parser/conf.h"
#include "place.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where keepalived has it, so that those who wait for it find it. */
#define DAEMON_RELOAD_FILE HOLDFAST_RUNSTATEDIR "/keepalived.reload"

const char *daemon_count_text(char text[DAEMON_COUNT_TEXT_SIZE], const struct conf *conf)
{
    (void)snprintf(text, DAEMON_COUNT_TEXT_SIZE,
                   "%u instance%s, %u virtual server%s, %u real server%s", conf->instance_count,
                   text_plural(conf->instance_count), conf->virtual_server_count,
                   text_plural(conf->virtual_server_count), conf->real_server_count,
                   text_plural(conf->real_server_count));
    return text;
}

void daemon_status_line(struct daemon *daemon)
{
    char line[sizeof(daemon->status_line)];
    char count[DAEMON_COUNT_TEXT_SIZE];

    (void)snprintf(line, sizeof(line), "%s; MASTER of %u%s", daemon_count_text(count, daemon->conf),
                   vrrp_masters(daemon->vrrp),
                   strcmp(daemon->reload.result, "failed") == 0 ? "; the last reload was refused"
                                                                : "");
    if (strcmp(line, daemon->status_line) != 0) {
        memcpy(daemon->status_line, line, sizeof(line));
        sdnotify_status(line);
    }
}

const char *daemon_reload_mark(const struct daemon *daemon)
{
    const char *file = daemon->conf->global.reload_file;

    return file && !*file ? DAEMON_RELOAD_FILE : file;
}

static json_t *daemon_diagnostics(const struct daemon_reload *reload)
{
    json_t *list = reload->diagnostics ? json_loads(reload->diagnostics, 0, NULL) : NULL;

    return list ? list : json_array();
}

json_t *daemon_reload_json(const struct daemon *daemon)
{
    const struct daemon_reload *reload = &daemon->reload;
    char at[CLOCK_TEXT_SIZE];

    return json_pack("{s:s, s:s?, s:f, s:o, s:o}", "result", reload->result, "at",
                     reload->at_wall ? clock_wall_text(at, reload->at_wall) : NULL, "duration_ms",
                     (double)reload->duration / (double)CLOCK_MILLISECOND, "message",
                     json_from_text(reload->message), "diagnostics", daemon_diagnostics(reload));
}

void daemon_answer_reloads(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->waiting_count; i++) {
        json_t *reply = daemon_reload_json(daemon);

        json_object_set(reply, "changes",
                        daemon->reload.changes ? daemon->reload.changes : json_null());
        control_reply(daemon->waiting[i], reply);
    }
    daemon->waiting_count = 0;
}

/* The new configuration is in force. */
static void daemon_reloaded(struct daemon *daemon)
{
    struct daemon_reload *reload = &daemon->reload;
    char count[DAEMON_COUNT_TEXT_SIZE];

    reload->result = "ok";
    reload->in_force_wall = clock_wall();
    (void)snprintf(reload->message, sizeof(reload->message), "%s%s",
                   daemon_count_text(count, daemon->conf),
                   daemon->lacking ? "; a part takes effect at a restart (see the log)" : "");
}

static void daemon_on_loaded(void *argument, struct load_result result)
{
    struct daemon *daemon = argument;
    struct daemon_reload *reload = &daemon->reload;
    int64_t start = clock_now();
    char problem[PLACE_PROBLEM_SIZE];

    daemon->load = NULL;
    free(reload->diagnostics);
    json_decref(reload->changes);
    reload->changes = result.changes;
    result.changes = NULL;
    reload->diagnostics = load_diagnostics_text(&result);
    reload->count++;
    reload->at_wall = clock_wall();
    load_log(&result, daemon->log);
    if (result.mark_error) {
        log_warning(daemon->log, daemon_reload_mark(daemon), "cannot mark the reload: %s",
                    strerror(-result.mark_error));
    }
    if (result.conf && place_differs(daemon->place, &result.conf->place, problem)) {
        reload->result = "failed";
        (void)snprintf(reload->message, sizeof(reload->message), "%s", problem);
    } else if (result.conf) {
        daemon_apply(daemon, result.conf, false);
        result.conf = NULL;
        daemon_reloaded(daemon);
    } else {
        reload->result = "failed";
        (void)snprintf(reload->message, sizeof(reload->message),
                       "%.150s cannot be used: nothing was changed", daemon->options.config_file);
    }
    reload->refused += strcmp(reload->result, "failed") == 0;
    reload->duration = result.duration + clock_now() - start;
    log_event(daemon->log, LOG_LEVEL_NOTICE, "reload", "%s: %s", reload->result, reload->message);
    daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_RELOAD,
                                                .object = "configuration",
                                                .to = reload->result,
                                                .reason = reload->message});
    load_dispose(&result);
    daemon->memory_loose = true;
    daemon_status_line(daemon);
    sdnotify_ready(daemon->status_line);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
        return;
    }
    daemon_answer_reloads(daemon);
}

struct load_request daemon_load_request(const struct daemon *daemon)
{
    const struct options *options = &daemon->options;

    return (struct load_request){
        .file = options->config_file,
        .config_id = options->config_id,
        .silence = options->silence,
        .check_includes = options->check_includes,
        .inside = place_namespace(daemon->place) != NULL,
    };
}

void daemon_reload_start(struct daemon *daemon)
{
    struct load_request request = daemon_load_request(daemon);

    request.mark = daemon_reload_mark(daemon);
    request.overrides = daemon_overrides(daemon);
    request.before = daemon->waiting_count ? daemon->conf : NULL;
    if (daemon->is_stopping) {
        return;
    }
    if (daemon->load || daemon->startup) {
        daemon->load_again = true; /* the file may have changed since it was read */
        return;
    }
    sdnotify_reloading(clock_now());
    daemon->load = load_start(daemon->loop, &request, daemon_on_loaded, daemon);
    if (!daemon->load) {
        daemon_on_loaded(daemon, load_now(&request));
    }
}
