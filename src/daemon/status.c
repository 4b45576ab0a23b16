/* SPDX-License-Identifier: Apache-2.0
 *
 * The status document: each section is asked of the module that knows it.
 */
#include "config.h"

#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runner.h"
#include "base/runtime.h"
#include "base/text.h"
#include "base/usage.h"
#include "bfd/bfd.h"
#include "check/checker.h"
#include "control/render.h"
#include "control/snapshot.h"
#include "control/web.h"
#include "events.h"
#include "ipvs/carry.h"
#include "ipvs/sync.h"
#include "mail/mail.h"
#include "net/address.h"
#include "net/carrier.h"
#include "net/director.h"
#include "net/neigh.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/vmac.h"
#include "parser/conf.h"
#include "parser/conf_text.h"
#include "place.h"
#include "planned.h"
#include "privileges.h"
#include "running.h"
#include "statefile.h"
#include "vrrp/vrrp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *daemon_section_daemon(void *argument)
{
    const struct daemon *daemon = argument;
    const struct options *options = &daemon->options;
    char started[CLOCK_TEXT_SIZE];

    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "version", PACKAGE_VERSION, "pid",
                     (int)getpid(), "started", clock_wall_text(started, daemon->started_wall),
                     "config_file", json_from_text(options->config_file), "config_id",
                     json_from_text(options->config_id), "namespace",
                     json_from_text(place_namespace(daemon->place)), "instance",
                     json_from_text(place_instance(daemon->place)), "runtime_directory",
                     json_from_text(runtime_directory(daemon->runtime)));
}

static json_t *daemon_section_instances(void *argument)
{
    const struct daemon *daemon = argument;
    json_t *instances = vrrp_snapshot_instances(daemon->vrrp);
    json_t *one;
    size_t i;

    json_array_foreach(instances, i, one) {
        const struct conf_instance *conf =
            daemon_find_instance(daemon, json_string_value(json_object_get(one, "name")));

        json_object_set_new(one, "operator",
                            conf ? daemon_operator_json(daemon, conf) : json_null());
    }
    return instances;
}

static json_t *daemon_section_groups(void *argument)
{
    return vrrp_snapshot_groups(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_scripts(void *argument)
{
    return vrrp_snapshot_scripts(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_keeper_json(const struct keeper_counters *counters)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "added", (json_int_t)counters->added, "removed",
                     (json_int_t)counters->removed, "restored", (json_int_t)counters->restored,
                     "errors", (json_int_t)counters->errors);
}

static json_t *daemon_section_mail(void *argument)
{
    return mail_snapshot(((const struct daemon *)argument)->mail);
}

static json_t *daemon_section_fifos(void *argument)
{
    return events_snapshot(((const struct daemon *)argument)->events);
}

static json_t *daemon_section_files(void *argument)
{
    return vrrp_snapshot_files(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_processes(void *argument)
{
    return vrrp_snapshot_processes(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_bfd(void *argument)
{
    return bfd_snapshot(((const struct daemon *)argument)->bfd);
}

static json_t *daemon_virtual_json(const struct daemon *daemon)
{
    const struct vmac_counters *counters = vmac_counters(daemon->vmacs);

    return json_pack("{s:I, s:I, s:I, s:I}", "created", (json_int_t)counters->created, "adopted",
                     (json_int_t)counters->adopted, "removed", (json_int_t)counters->removed,
                     "refused", (json_int_t)counters->refused);
}

static json_t *daemon_section_network(void *argument)
{
    const struct daemon *daemon = argument;
    const struct address_counters *counters = address_counters(daemon->addresses);

    json_t *section = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "addresses_added", (json_int_t)counters->added,
        "addresses_removed", (json_int_t)counters->removed, "addresses_restored",
        (json_int_t)counters->restored, "address_errors", (json_int_t)counters->errors,
        "gratuitous_arps_sent", (json_int_t)neigh_sent(daemon->neigh), "announcements_waiting",
        (json_int_t)neigh_waiting(daemon->neigh), "routes",
        daemon_keeper_json(route_counters(daemon->routes)), "rules",
        daemon_keeper_json(rule_counters(daemon->rules)));

    json_object_set_new(section, "virtual_interfaces", daemon_virtual_json(daemon));
    json_object_set_new(section, "links", carrier_snapshot(daemon->carriers));
    return section;
}

static json_t *daemon_section_checks(void *argument)
{
    return checker_summary(((const struct daemon *)argument)->checker);
}

static json_t *daemon_section_reload(void *argument)
{
    const struct daemon *daemon = argument;

    const struct daemon_reload *reload = &daemon->reload;
    int64_t planned = planned_at(daemon->planned);
    char at[CLOCK_TEXT_SIZE];
    char since[CLOCK_TEXT_SIZE];

    return json_pack(
        "{s:I, s:{s:I, s:I}, s:b, s:s?, s:s?, s:o}", "count", (json_int_t)reload->count, "results",
        "ok", (json_int_t)(reload->count - reload->refused), "failed", (json_int_t)reload->refused,
        "refused", strcmp(reload->result, "failed") == 0, "in_force_since",
        reload->in_force_wall ? clock_wall_text(since, reload->in_force_wall) : NULL, "planned",
        planned ? clock_wall_text(at, planned) : NULL, "last", daemon_reload_json(daemon));
}

static json_t *daemon_section_metrics(void *argument)
{
    const struct daemon *daemon = argument;
    const struct conf_global *global = daemon->conf ? &daemon->conf->global : NULL;

    if (!global) { /* nothing is in force yet */
        return json_null();
    }
    return json_pack("{s:b, s:s, s:I}", "aliases", global->metrics_aliases, "depth",
                     conf_name_of(conf_metrics_depth_names, global->metrics_depth), "limit",
                     (json_int_t)global->metrics_limit);
}

static json_t *daemon_section_web(void *argument)
{
    return web_snapshot(((const struct daemon *)argument)->web);
}

static json_t *daemon_section_loop(void *argument)
{
    const struct daemon *daemon = argument;
    json_t *section = snapshot_loop(daemon->loop);

    json_object_set_new(section, "late_wakeups",
                        json_integer((json_int_t)vrrp_late_wakeups(daemon->vrrp)));
    return section;
}

static json_t *daemon_section_privileges(void *argument)
{
    const struct daemon *daemon = argument;
    json_t *section = privileges_snapshot(daemon->privileges);

    json_object_set_new(section, "helper",
                        json_pack("{s:i, s:b, s:i, s:o}", "pid", (int)daemon->helper_process,
                                  "alive", runner_is_alive(daemon->runner), "programs",
                                  (int)runner_jobs(daemon->runner), "capabilities",
                                  privileges_names(daemon->helper_kept)));
    return section;
}

static void *daemon_capture_services(void *argument)
{
    return checker_capture_new(((const struct daemon *)argument)->checker);
}

static bool daemon_more_services(void *capture, int64_t until)
{
    return checker_capture_more(capture, until);
}

static json_t *daemon_render_services(const void *capture)
{
    return checker_render(capture);
}

static void daemon_release_services(void *capture)
{
    checker_capture_free(capture);
}

static const struct snapshot_large daemon_services = {.capture = daemon_capture_services,
                                                      .more = daemon_more_services,
                                                      .render = daemon_render_services,
                                                      .release = daemon_release_services};

/* Nothing to copy: what the process uses is read where it may take its time. */
static void *daemon_capture_process(void *argument)
{
    (void)argument;
    return memory_new(1, 1);
}

static bool daemon_more_process(void *capture, int64_t until)
{
    (void)capture;
    (void)until;
    return false;
}

static json_t *daemon_known(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

static json_t *daemon_seconds(int64_t duration)
{
    return duration < 0 ? json_null() : json_real((double)duration / (double)CLOCK_SECOND);
}

static json_t *daemon_render_process(const void *capture)
{
    struct usage usage = usage_now();

    (void)capture;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cpu_user_s",
                     daemon_seconds(usage.user), "cpu_system_s", daemon_seconds(usage.system),
                     "resident_bytes", daemon_known(usage.resident_bytes), "virtual_bytes",
                     daemon_known(usage.virtual_bytes), "open_files",
                     daemon_known(usage.open_files), "open_files_limit",
                     daemon_known(usage.open_files_limit), "threads", daemon_known(usage.threads));
}

static const struct snapshot_large daemon_process = {.capture = daemon_capture_process,
                                                     .more = daemon_more_process,
                                                     .render = daemon_render_process,
                                                     .release = free};

static void *daemon_capture_ipvs(void *argument)
{
    const struct daemon *daemon = argument;
    struct sync_capture *capture = sync_capture_new(daemon->sync);
    json_t *section = sync_capture_json(capture);

    json_object_set_new(section, "missing", director_snapshot(daemon->director));
    json_object_set_new(section, "fullnat_takeover", carry_snapshot(daemon->carry));
    json_object_set_new(section, "clock_us", json_integer(clock_now() / CLOCK_MICROSECOND));
    json_decref(section);
    return capture;
}

static bool daemon_more_ipvs(void *capture, int64_t until)
{
    return sync_capture_more(capture, until);
}

static json_t *daemon_render_ipvs(const void *capture)
{
    return sync_capture_json(capture);
}

static void daemon_release_ipvs(void *capture)
{
    sync_capture_free(capture);
}

static const struct snapshot_large daemon_ipvs = {.capture = daemon_capture_ipvs,
                                                  .more = daemon_more_ipvs,
                                                  .render = daemon_render_ipvs,
                                                  .release = daemon_release_ipvs};

/* The kernel's counters are read before each document. */
static void daemon_refresh(void *argument, void (*done)(void *done_argument), void *done_argument)
{
    struct daemon *daemon = argument;

    (void)sync_refresh(daemon->sync, done, done_argument);
}

void daemon_describe(struct daemon *daemon)
{
    static const struct {
        const char *name;
        snapshot_function function;         /* of a small one */
        const struct snapshot_large *large; /* of a large one */
    } sections[] = {
        {"services", NULL, &daemon_services},
        {"daemon", daemon_section_daemon, NULL},
        {"instances", daemon_section_instances, NULL},
        {"sync_groups", daemon_section_groups, NULL},
        {"scripts", daemon_section_scripts, NULL},
        {"track_files", daemon_section_files, NULL},
        {"fifos", daemon_section_fifos, NULL},
        {"mail", daemon_section_mail, NULL},
        {"track_processes", daemon_section_processes, NULL},
        {"bfd", daemon_section_bfd, NULL},
        {"checks", daemon_section_checks, NULL},
        {"overrides", NULL, &daemon_section_overrides},
        {"network", daemon_section_network, NULL},
        {"ipvs", NULL, &daemon_ipvs},
        {"reload", daemon_section_reload, NULL},
        {"loop", daemon_section_loop, NULL},
        {"static", daemon_section_static, NULL},
        {"announced", daemon_section_announced, NULL},
        {"privileges", daemon_section_privileges, NULL},
        {"metrics", daemon_section_metrics, NULL},
        {"web", daemon_section_web, NULL},
        {"process", NULL, &daemon_process},
    };

    daemon->running = running_new(daemon->loop);
    running_set(daemon->running, daemon->conf);
    daemon->snapshot = snapshot_new(daemon->loop);
    snapshot_set_refresh(daemon->snapshot, daemon_refresh, daemon);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (sections[i].large) {
            snapshot_add_large(daemon->snapshot, sections[i].name, sections[i].large, daemon);
        } else {
            snapshot_add(daemon->snapshot, sections[i].name, sections[i].function, daemon);
        }
    }
}

/* To the file that is configured, else to the log. */
static void daemon_dump(void *argument, char *status, size_t size)
{
    struct daemon *daemon = argument;
    struct text_buffer text = {.data = status, .length = size, .capacity = size + 1};
    char *line;
    char *rest;

    if (!status) {
        return;
    }
    if (daemon->conf->global.state_dump_file) {
        statefile_write(daemon->statefile, daemon->conf->global.state_dump_file, &text);
        return;
    }
    rest = text.data;
    while ((line = strsep(&rest, "\n"))) {
        if (*line) {
            log_event(daemon->log, LOG_LEVEL_NOTICE, "state", "%s", line);
        }
    }
    text_release(&text);
}

void daemon_on_dump(void *argument)
{
    struct daemon *daemon = argument;

    snapshot_ask(daemon->snapshot, SNAPSHOT_TEXT, daemon_dump, daemon);
}
