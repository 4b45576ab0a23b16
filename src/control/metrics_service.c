/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics of services and their servers.
 */
#include "control/metrics_inside.h"

#include <string.h>

static const char *const service_states[] = {"up", "down", "checking"};

enum { SERVICE_STATES = sizeof(service_states) / sizeof(service_states[0]) };

/* Adds to how many of a service's servers are in each state. */
static void service_count(const json_t *service, int64_t counts[SERVICE_STATES])
{
    const json_t *server;
    size_t k;

    json_array_foreach(json_object_get(service, "servers"), k, server) {
        for (int i = 0; i < SERVICE_STATES; i++) {
            counts[i] += strcmp(metrics_text(server, "state"), service_states[i]) == 0;
        }
    }
}

static void service_tell(struct metrics *metrics, const struct metrics_family *family,
                         const struct metrics_item *item, const int64_t counts[SERVICE_STATES])
{
    for (int i = 0; i < SERVICE_STATES; i++) {
        metrics_labelled(metrics, family, item, "state", service_states[i], counts[i]);
    }
}

static void service_servers(struct metrics *metrics, const struct metrics_family *family,
                            const struct metrics_item *item)
{
    int64_t counts[SERVICE_STATES] = {0};

    service_count(item->json, counts);
    service_tell(metrics, family, item, counts);
}

/* Of all services: also where they are too many to be told each. */
static void service_all_servers(struct metrics *metrics, const struct metrics_family *family,
                                const struct metrics_item *item)
{
    const json_t *services = metrics_member(item->json, family->path);
    int64_t counts[SERVICE_STATES] = {0};
    const json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        service_count(service, counts);
    }
    if (json_is_array(services)) {
        service_tell(metrics, family, item, counts);
    }
}

/* How many services are with quorum, without it, and open in spite of their checks. */
static void service_all(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    const json_t *services = metrics_member(item->json, family->path);
    int64_t met = 0;
    int64_t open = 0;
    const json_t *service;
    size_t i;

    if (!json_is_array(services)) {
        return;
    }
    json_array_foreach(services, i, service) {
        met += json_is_true(json_object_get(service, "quorum_met"));
        open += json_is_true(json_object_get(service, "fail_open"));
    }
    metrics_labelled(metrics, family, item, "state", "quorum", met);
    metrics_labelled(metrics, family, item, "state", "no_quorum",
                     (int64_t)json_array_size(services) - met);
    metrics_labelled(metrics, family, item, "state", "fail_open", open);
}

/* Packets or bytes of both ways: the row's path ends before them. */
static void service_both_ways(struct metrics *metrics, const struct metrics_family *family,
                              const struct metrics_item *item)
{
    bool bytes = strstr(family->name, "bytes") != NULL;
    const json_t *counters = metrics_member(item->json, family->path);
    const char *in = bytes ? "bytes_in" : "packets_in";
    const char *out = bytes ? "bytes_out" : "packets_out";

    if (json_is_integer(json_object_get(counters, in))) {
        metrics_labelled(metrics, family, item, "direction", "in", metrics_count(counters, in));
    }
    if (json_is_integer(json_object_get(counters, out))) {
        metrics_labelled(metrics, family, item, "direction", "out", metrics_count(counters, out));
    }
}

/* Connections that there are now, of all servers of a service. */
static void service_connections(struct metrics *metrics, const struct metrics_family *family,
                                const struct metrics_item *item)
{
    int64_t active = 0;
    int64_t inactive = 0;
    const json_t *server;
    size_t i;

    if (!json_is_object(json_object_get(item->json, "kernel"))) {
        return;
    }
    json_array_foreach(json_object_get(item->json, "servers"), i, server) {
        const json_t *connections = json_object_get(server, "connections");

        active = metrics_sum(active, metrics_count(connections, "active"));
        inactive = metrics_sum(inactive, metrics_count(connections, "inactive"));
    }
    metrics_labelled(metrics, family, item, "state", "active", active);
    metrics_labelled(metrics, family, item, "state", "inactive", inactive);
}

static void server_connections(struct metrics *metrics, const struct metrics_family *family,
                               const struct metrics_item *item)
{
    const json_t *connections = metrics_member(item->json, family->path);

    if (json_is_object(connections)) {
        metrics_labelled(metrics, family, item, "state", "active",
                         metrics_count(connections, "active"));
        metrics_labelled(metrics, family, item, "state", "inactive",
                         metrics_count(connections, "inactive"));
    }
}

/* 1 for a server that is up, 0 for one that is not, or not yet. */
static void server_up(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item)
{
    const char *state = json_string_value(metrics_member(item->json, family->path));

    if (state) {
        metrics_begin(metrics, family, NULL, item);
        metrics_end(metrics, strcmp(state, "up") == 0);
    }
}

static void server_admin(struct metrics *metrics, const struct metrics_family *family,
                         const struct metrics_item *item)
{
    static const char *const words[] = {"ready", "drain", "maint"};
    const char *admin = metrics_text(item->json, "admin");

    for (int i = 0; i < 3; i++) {
        if (strcmp(admin, words[i]) == 0) {
            metrics_begin(metrics, family, NULL, item);
            metrics_end(metrics, i);
        }
    }
}

static const struct metrics_family service_families[] = {
    {"holdfast_services", METRICS_GAUGE, METRICS_DOCUMENT,
     "Virtual services with quorum, without it, and those that fail open.", .path = {"services"},
     .write = service_all, .labels = "`state`"},
    {"holdfast_servers", METRICS_GAUGE, METRICS_DOCUMENT,
     "Servers of all services that are in each state.", .path = {"services"},
     .write = service_all_servers, .labels = "`state`"},
    {"holdfast_service_quorum_met", METRICS_GAUGE, METRICS_SERVICES,
     "1 while the service has quorum.", .path = {"quorum_met"}, .value = METRICS_TRUTH},
    {"holdfast_service_quorum", METRICS_GAUGE, METRICS_SERVICES, "Configured quorum.",
     .path = {"quorum"}},
    {"holdfast_service_live_weight", METRICS_GAUGE, METRICS_SERVICES,
     "Sum of the weights of servers that are up and ready.", .path = {"live_weight"}},
    {"holdfast_service_live_weight_needed", METRICS_GAUGE, METRICS_SERVICES,
     "What the live weight must keep, or reach again: quorum with its hysteresis.",
     .path = {"live_weight_needed"}},
    {"holdfast_service_servers", METRICS_GAUGE, METRICS_SERVICES,
     "Servers of the service that are in each state.", .path = {"servers"},
     .write = service_servers, .labels = "`state`"},
    {"holdfast_service_servers_ready", METRICS_GAUGE, METRICS_SERVICES,
     "Servers that the operator leaves to the checks.", .path = {"servers_ready"}},
    {"holdfast_service_servers_up", METRICS_GAUGE, METRICS_SERVICES,
     "Of the ready servers those that are up.", .path = {"servers_up"}},
    {"holdfast_service_servers_needed", METRICS_GAUGE, METRICS_SERVICES,
     "Servers that min_healthy wants up; 0: it is not set.", .path = {"servers_needed"}},
    {"holdfast_service_fail_open", METRICS_GAUGE, METRICS_SERVICES,
     "1 while all servers are used, whatever their checks say.", .path = {"fail_open"},
     .value = METRICS_TRUTH},
    {"holdfast_service_suspended", METRICS_GAUGE, METRICS_SERVICES,
     "1 while its checks pause, since its address is not here.", .path = {"suspended"},
     .value = METRICS_TRUTH},
    {"holdfast_service_sorry_active", METRICS_GAUGE, METRICS_SERVICES,
     "1 while the sorry server is in service; absent without one.",
     .path = {"sorry_server", "active"}, .value = METRICS_TRUTH},
    {"holdfast_service_in_kernel", METRICS_GAUGE, METRICS_SERVICES,
     "1 while the kernel's IPVS table has the service.", .path = {"kernel"},
     .value = METRICS_THERE},
    {"holdfast_service_refused", METRICS_GAUGE, METRICS_SERVICES, "1 while the kernel refuses it.",
     .path = {"ipvs_error"}, .value = METRICS_THERE},
    {"holdfast_service_connections", METRICS_COUNTER, METRICS_SERVICES,
     "Connections that the kernel has scheduled.", .path = {"counters", "connections"},
     .depth = METRICS_DEPTH_SERVICE},
    {"holdfast_service_packets", METRICS_COUNTER, METRICS_SERVICES, "Packets of the service.",
     .path = {"counters"}, .depth = METRICS_DEPTH_SERVICE, .write = service_both_ways,
     .labels = "`direction`"},
    {"holdfast_service_bytes", METRICS_COUNTER, METRICS_SERVICES, "Bytes of the service.",
     .path = {"counters"}, .depth = METRICS_DEPTH_SERVICE, .write = service_both_ways,
     .labels = "`direction`"},
    {"holdfast_service_current_connections", METRICS_GAUGE, METRICS_SERVICES,
     "Connections of all servers of the service that there are now.", .path = {"servers"},
     .depth = METRICS_DEPTH_SERVICE, .write = service_connections, .labels = "`state`"},
    {"holdfast_server_up", METRICS_GAUGE, METRICS_SERVERS,
     "1 while the server is up, 0 while it is down or not known yet.", .path = {"state"},
     .write = server_up},
    {"holdfast_server_weight", METRICS_GAUGE, METRICS_SERVERS,
     "Weight in the kernel, or that it is to have there.", .path = {"weight"}},
    {"holdfast_server_weight_configured", METRICS_GAUGE, METRICS_SERVERS, "Configured weight.",
     .path = {"weight_configured"}},
    {"holdfast_server_admin", METRICS_GAUGE, METRICS_SERVERS,
     "What the operator wants: 0 ready, 1 drain, 2 maint.", .path = {"admin"},
     .write = server_admin},
    {"holdfast_server_override", METRICS_GAUGE, METRICS_SERVERS,
     "1 while an operator's order is in force.", .path = {"operator"}, .value = METRICS_THERE},
    {"holdfast_server_state_change_timestamp_seconds", METRICS_GAUGE, METRICS_SERVERS,
     "When it last went up or down.", .path = {"since"}, .value = METRICS_INSTANT},
    {"holdfast_server_slow_start_left_seconds", METRICS_GAUGE, METRICS_SERVERS,
     "Until it has all of its weight; absent where it has.", .path = {"slow_start_left_ms"},
     .value = METRICS_MS},
    {"holdfast_server_in_kernel", METRICS_GAUGE, METRICS_SERVERS,
     "1 while the kernel's IPVS table has the server.", .path = {"kernel"}, .value = METRICS_THERE},
    {"holdfast_server_refused", METRICS_GAUGE, METRICS_SERVERS, "1 while the kernel refuses it.",
     .path = {"ipvs_error"}, .value = METRICS_THERE},
    {"holdfast_server_connections", METRICS_COUNTER, METRICS_SERVERS,
     "Connections that the kernel has given to it.", .path = {"counters", "connections"},
     .depth = METRICS_DEPTH_SERVER},
    {"holdfast_server_packets", METRICS_COUNTER, METRICS_SERVERS, "Packets of the server.",
     .path = {"counters"}, .depth = METRICS_DEPTH_SERVER, .write = service_both_ways,
     .labels = "`direction`"},
    {"holdfast_server_bytes", METRICS_COUNTER, METRICS_SERVERS, "Bytes of the server.",
     .path = {"counters"}, .depth = METRICS_DEPTH_SERVER, .write = service_both_ways,
     .labels = "`direction`"},
    {"holdfast_server_current_connections", METRICS_GAUGE, METRICS_SERVERS,
     "Connections of the server that there are now.", .path = {"connections"},
     .depth = METRICS_DEPTH_SERVER, .write = server_connections, .labels = "`state`"},
};

const struct metrics_table metrics_service_table = METRICS_TABLE(service_families, false);
