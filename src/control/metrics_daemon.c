/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics of the daemon: what it is, its process and loop, reloads, IPVS, network, mail.
 */
#include "control/metrics_inside.h"

/* Objects without series of their own, since metrics_limit is lower than their number. */
static void daemon_left_out(struct metrics *metrics, const struct metrics_family *family,
                            const struct metrics_item *item)
{
    metrics_labelled(metrics, family, item, "what", "services",
                     (int64_t)metrics->left_out_services);
    metrics_labelled(metrics, family, item, "what", "servers", (int64_t)metrics->left_out_servers);
}

static void daemon_build(struct metrics *metrics, const struct metrics_family *family,
                         const struct metrics_item *item)
{
    const json_t *daemon = json_object_get(item->json, "daemon");

    if (json_is_object(daemon)) {
        metrics_labelled(metrics, family, item, "version", metrics_text(daemon, "version"), 1);
    }
}

static void daemon_info(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    const json_t *daemon = json_object_get(item->json, "daemon");

    if (json_is_object(daemon)) {
        metrics_begin(metrics, family, NULL, item);
        metrics_label(metrics, "config_file", metrics_text(daemon, "config_file"));
        metrics_label(metrics, "config_id", metrics_text(daemon, "config_id"));
        metrics_label(metrics, "namespace", metrics_text(daemon, "namespace"));
        metrics_label(metrics, "daemon_instance", metrics_text(daemon, "instance"));
        metrics_end(metrics, 1);
    }
}

static void daemon_by_result(struct metrics *metrics, const struct metrics_family *family,
                             const struct metrics_item *item)
{
    metrics_by_name(metrics, family, item, "result", metrics_member(item->json, family->path));
}

/* Whether each part of the sync daemon runs. */
static void daemon_sync(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    static const char *const roles[] = {"master", "backup"};
    const json_t *sync = metrics_member(item->json, family->path);

    for (int i = 0; i < 2; i++) {
        const json_t *running = json_object_get(json_object_get(sync, roles[i]), "running");

        if (json_is_boolean(running)) {
            metrics_labelled(metrics, family, item, "role", roles[i], json_is_true(running));
        }
    }
}

static void daemon_cpu(struct metrics *metrics, const struct metrics_family *family,
                       const struct metrics_item *item)
{
    static const struct {
        const char *mode;
        const char *member;
    } modes[] = {{"user", "cpu_user_s"}, {"system", "cpu_system_s"}};
    const json_t *process = metrics_member(item->json, family->path);

    for (int i = 0; i < 2; i++) {
        int64_t micro;

        if (metrics_value_of(json_object_get(process, modes[i].member), METRICS_SECONDS, &micro) &&
            micro >= 0) {
            metrics_begin(metrics, family, NULL, item);
            metrics_label(metrics, "mode", modes[i].mode);
            metrics_end_seconds(metrics, micro);
        }
    }
}

static const struct metrics_family daemon_families[] = {
    {"holdfast_build", METRICS_INFO, METRICS_DOCUMENT, "Version of holdfastd.", .path = {"daemon"},
     .write = daemon_build, .labels = "`version`"},
    {"holdfast_daemon", METRICS_INFO, METRICS_DOCUMENT, "What the daemon was started with.",
     .path = {"daemon"}, .write = daemon_info,
     .labels = "`config_file` `config_id` `namespace` `daemon_instance`"},
    {"holdfast_start_timestamp_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "When the daemon was started.", .path = {"daemon", "started"}, .value = METRICS_INSTANT},
    {"holdfast_metrics_left_out", METRICS_GAUGE, METRICS_DOCUMENT,
     "Services and servers without series of their own: metrics_limit.", .path = {NULL},
     .write = daemon_left_out, .labels = "`what`"},
    {"holdfast_process_cpu_seconds", METRICS_COUNTER, METRICS_DOCUMENT,
     "Time on processors, of all threads.", .path = {"process"}, .write = daemon_cpu,
     .labels = "`mode`"},
    {"holdfast_process_resident_bytes", METRICS_GAUGE, METRICS_DOCUMENT, "Memory in use.",
     .path = {"process", "resident_bytes"}},
    {"holdfast_process_virtual_bytes", METRICS_GAUGE, METRICS_DOCUMENT, "Address space in use.",
     .path = {"process", "virtual_bytes"}},
    {"holdfast_process_open_files", METRICS_GAUGE, METRICS_DOCUMENT, "Open file descriptors.",
     .path = {"process", "open_files"}},
    {"holdfast_process_open_files_limit", METRICS_GAUGE, METRICS_DOCUMENT,
     "How many descriptors may be open.", .path = {"process", "open_files_limit"}},
    {"holdfast_process_threads", METRICS_GAUGE, METRICS_DOCUMENT, "Threads of the process.",
     .path = {"process", "threads"}},
    {"holdfast_helper_up", METRICS_GAUGE, METRICS_DOCUMENT,
     "1 while the process that starts programs lives.", .path = {"privileges", "helper", "alive"},
     .value = METRICS_TRUTH},
    {"holdfast_helper_programs", METRICS_GAUGE, METRICS_DOCUMENT, "Programs that run now.",
     .path = {"privileges", "helper", "programs"}},
    {"holdfast_overrides", METRICS_GAUGE, METRICS_DOCUMENT,
     "What operators asked for beside the configuration and is in force.", .path = {"overrides"},
     .value = METRICS_LENGTH},
    {"holdfast_loop_lag_seconds", METRICS_HISTOGRAM, METRICS_DOCUMENT,
     "How late the event loop served its timers.", .path = {"loop", "lag"},
     .write = metrics_histogram, .labels = "`le`"},
    {"holdfast_loop_vrrp_lag_seconds", METRICS_HISTOGRAM, METRICS_DOCUMENT,
     "How late it served those of VRRP and BFD.", .path = {"loop", "vrrp_lag"},
     .write = metrics_histogram, .labels = "`le`"},
    {"holdfast_loop_lag_most_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "The latest that a timer was since the start.", .path = {"loop", "lag", "max_us"},
     .value = METRICS_US},
    {"holdfast_loop_vrrp_lag_most_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "The latest that a timer of VRRP or BFD was since the start.",
     .path = {"loop", "vrrp_lag", "max_us"}, .value = METRICS_US},
    {"holdfast_loop_late_wakeups", METRICS_COUNTER, METRICS_DOCUMENT,
     "Times that VRRP woke up so late that another router may have taken over.",
     .path = {"loop", "late_wakeups"}},
    {"holdfast_reloads", METRICS_COUNTER, METRICS_DOCUMENT, "Reloads by result.",
     .path = {"reload", "results"}, .write = daemon_by_result, .labels = "`result`"},
    {"holdfast_reload_failed", METRICS_GAUGE, METRICS_DOCUMENT,
     "1 where the last reload was refused: the former configuration is in force.",
     .path = {"reload", "refused"}, .value = METRICS_TRUTH},
    {"holdfast_reload_timestamp_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "When the last reload ended; absent before the first.", .path = {"reload", "last", "at"},
     .value = METRICS_INSTANT},
    {"holdfast_reload_success_timestamp_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "When a configuration last took effect: by the start or by a reload.",
     .path = {"reload", "in_force_since"}, .value = METRICS_INSTANT},
    {"holdfast_reload_duration_seconds", METRICS_GAUGE, METRICS_DOCUMENT,
     "How long the last reload took.", .path = {"reload", "last", "duration_ms"},
     .value = METRICS_MS},
    {"holdfast_ipvs_available", METRICS_GAUGE, METRICS_DOCUMENT, "1 while the kernel has IPVS.",
     .path = {"ipvs", "available"}, .value = METRICS_TRUTH},
    {"holdfast_ipvs_operations", METRICS_COUNTER, METRICS_DOCUMENT,
     "Changes of the IPVS table that the kernel carried out.", .path = {"ipvs", "operations"}},
    {"holdfast_ipvs_errors", METRICS_COUNTER, METRICS_DOCUMENT,
     "Changes of the IPVS table that the kernel refused.", .path = {"ipvs", "errors"}},
    {"holdfast_ipvs_drift_repaired", METRICS_COUNTER, METRICS_DOCUMENT,
     "Entries that somebody else had changed and that were put back.",
     .path = {"ipvs", "drift_repaired"}},
    {"holdfast_ipvs_foreign_services", METRICS_GAUGE, METRICS_DOCUMENT,
     "Services in the kernel that are not ours and are left alone.", .path = {"ipvs", "foreign"},
     .value = METRICS_LENGTH},
    {"holdfast_ipvs_leaving_services", METRICS_GAUGE, METRICS_DOCUMENT,
     "Services that stay only as long as their servers drain.", .path = {"ipvs", "leaving"},
     .value = METRICS_LENGTH},
    {"holdfast_ipvs_missing_settings", METRICS_GAUGE, METRICS_DOCUMENT,
     "Settings of the kernel that forwarding needs and that are not so.",
     .path = {"ipvs", "missing"}, .value = METRICS_LENGTH},
    {"holdfast_ipvs_sync_running", METRICS_GAUGE, METRICS_DOCUMENT,
     "1 while that part of the sync daemon runs; absent without lvs_sync_daemon.",
     .path = {"ipvs", "sync_daemon"}, .write = daemon_sync, .labels = "`role`"},
    {"holdfast_network_addresses_added", METRICS_COUNTER, METRICS_DOCUMENT, "Addresses put on.",
     .path = {"network", "addresses_added"}},
    {"holdfast_network_addresses_removed", METRICS_COUNTER, METRICS_DOCUMENT,
     "Addresses taken off.", .path = {"network", "addresses_removed"}},
    {"holdfast_network_addresses_restored", METRICS_COUNTER, METRICS_DOCUMENT,
     "Addresses put back after somebody else had removed them.",
     .path = {"network", "addresses_restored"}},
    {"holdfast_network_address_errors", METRICS_COUNTER, METRICS_DOCUMENT,
     "Changes of addresses that the kernel refused.", .path = {"network", "address_errors"}},
    {"holdfast_network_routes_restored", METRICS_COUNTER, METRICS_DOCUMENT,
     "Routes put back after somebody else had removed them.",
     .path = {"network", "routes", "restored"}},
    {"holdfast_network_route_errors", METRICS_COUNTER, METRICS_DOCUMENT,
     "Changes of routes that the kernel refused.", .path = {"network", "routes", "errors"}},
    {"holdfast_network_rules_restored", METRICS_COUNTER, METRICS_DOCUMENT,
     "Rules put back after somebody else had removed them.",
     .path = {"network", "rules", "restored"}},
    {"holdfast_network_rule_errors", METRICS_COUNTER, METRICS_DOCUMENT,
     "Changes of rules that the kernel refused.", .path = {"network", "rules", "errors"}},
    {"holdfast_network_gratuitous_arps_sent", METRICS_COUNTER, METRICS_DOCUMENT,
     "Gratuitous ARPs and unsolicited neighbour advertisements.",
     .path = {"network", "gratuitous_arps_sent"}},
    {"holdfast_network_announcements_waiting", METRICS_GAUGE, METRICS_DOCUMENT,
     "Announcements that wait for their turn.", .path = {"network", "announcements_waiting"}},
    {"holdfast_network_link_up", METRICS_GAUGE, METRICS_LINKS,
     "1 while the interface counts as up; of those that are polled or have delays.", .path = {"up"},
     .value = METRICS_TRUTH},
    {"holdfast_mail_waiting", METRICS_GAUGE, METRICS_DOCUMENT, "Events that are not mailed yet.",
     .path = {"mail", "waiting"}},
    {"holdfast_mail_sent", METRICS_COUNTER, METRICS_DOCUMENT, "Mails sent.",
     .path = {"mail", "sent"}},
    {"holdfast_mail_failed", METRICS_COUNTER, METRICS_DOCUMENT, "Tries to send mail that failed.",
     .path = {"mail", "failed"}},
    {"holdfast_mail_lost_events", METRICS_COUNTER, METRICS_DOCUMENT,
     "Events that are not told any more.", .path = {"mail", "lost"}},
};

const struct metrics_table metrics_daemon_table = METRICS_TABLE(daemon_families, false);
