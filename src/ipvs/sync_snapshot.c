/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler's state as JSON. Reads only what was read and counted elsewhere; asks the kernel
 * nothing.
 */
#include "ipvs/sync_state.h"
#include "parser/conf_find.h"
#include "parser/conf_text.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *sync_json_text(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *sync_json_counters(const struct table_counters *counters)
{
    static const char *const names[TABLE_COUNTERS] = {
        [TABLE_CONNECTIONS] = "connections",
        [TABLE_PACKETS_IN] = "packets_in",
        [TABLE_PACKETS_OUT] = "packets_out",
        [TABLE_BYTES_IN] = "bytes_in",
        [TABLE_BYTES_OUT] = "bytes_out",
        [TABLE_CONNECTION_RATE] = "connections_per_s",
        [TABLE_PACKET_IN_RATE] = "packets_in_per_s",
        [TABLE_PACKET_OUT_RATE] = "packets_out_per_s",
        [TABLE_BYTE_IN_RATE] = "bytes_in_per_s",
        [TABLE_BYTE_OUT_RATE] = "bytes_out_per_s",
    };
    json_t *json = json_object();

    for (unsigned i = 0; i < TABLE_COUNTERS; i++) {
        json_object_set_new(json, names[i], json_integer((json_int_t)counters->value[i]));
    }
    return json;
}

/* The flags by keepalived's names; a scheduler gives its own meaning to _SCHED1 and _SCHED2. */
static json_t *sync_json_flags(const struct table_service_settings *settings)
{
    static const struct {
        const char *scheduler; /* NULL: any */
        uint32_t flag;
        const char *name;
    } flags[] = {
        {NULL, IP_VS_SVC_F_PERSISTENT, "persistent"}, {NULL, IP_VS_SVC_F_ONEPACKET, "ops"},
        {"sh", IP_VS_SVC_F_SCHED1, "sh-fallback"},    {"sh", IP_VS_SVC_F_SCHED2, "sh-port"},
        {"mh", IP_VS_SVC_F_SCHED1, "mh-fallback"},    {"mh", IP_VS_SVC_F_SCHED2, "mh-port"},
        {NULL, IP_VS_SVC_F_SCHED1, "flag-1"},         {NULL, IP_VS_SVC_F_SCHED2, "flag-2"},
        {NULL, IP_VS_SVC_F_SCHED3, "flag-3"},
    };
    json_t *json = json_array();
    uint32_t left = settings->flags;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (left & flags[i].flag &&
            (!flags[i].scheduler || strcmp(flags[i].scheduler, settings->scheduler) == 0)) {
            json_array_append_new(json, json_string(flags[i].name));
            left &= ~flags[i].flag;
        }
    }
    return json;
}

static json_t *sync_json_fault(const struct sync_service *service,
                               const struct conf_server_key *server)
{
    const struct sync_fault *fault = service ? sync_fault_find(service, server) : NULL;

    return sync_json_text(fault ? fault->text : NULL);
}

/* How long a server still drains; null where it does not. */
static json_t *sync_json_drain(const struct sync_service *service,
                               const struct conf_server_key *server)
{
    const struct sync_drain *drain = service ? sync_drain_find(service, server) : NULL;
    int64_t left = drain ? drain->until - clock_now() : 0;

    return drain ? json_integer((left > 0 ? left : 0) / CLOCK_MILLISECOND) : json_null();
}

static json_t *sync_json_server_key(const struct conf_server_key *key)
{
    char server[INET_ENDPOINT_TEXT_SIZE];
    char addr[INET_ADDR_TEXT_SIZE];
    json_t *json = json_object();

    json_object_set_new(json, "server", json_string(table_server_text(server, key)));
    json_object_set_new(json, "address", json_string(inet_text(addr, &key->addr)));
    json_object_set_new(json, "port", json_integer(key->port));
    return json;
}

/* For the kernel FULLNAT is NAT: the configuration knows. */
static const char *sync_forward_text(const struct sync_service *service,
                                     const struct table_destination *destination)
{
    const struct conf_virtual_server *conf = service ? service->conf : NULL;
    const struct sync_drain *drain = service ? sync_drain_find(service, &destination->key) : NULL;
    const struct conf_real_server *server;

    if (drain && drain->whom.forward == CONF_FORWARD_FULLNAT) {
        return conf_name_of(conf_forward_names, CONF_FORWARD_FULLNAT);
    }
    if (conf && conf->fullnat && destination->settings.forward == IP_VS_CONN_F_MASQ) {
        server = conf_find_server(conf, &destination->key);
        if (server ? server->forward == CONF_FORWARD_FULLNAT : conf->fullnat == CONF_FULLNAT_ALL) {
            return conf_name_of(conf_forward_names, CONF_FORWARD_FULLNAT);
        }
    }
    return table_forward_text(destination->settings.forward);
}

/* Why the kernel refused it, or why its servers are not behind FULLNAT. */
static json_t *sync_json_error(const struct sync *sync, const struct sync_service *service)
{
    if (!sync_fault_find(service, NULL) && sync->fullnat_problem && service->conf &&
        service->conf->fullnat) {
        return json_string(sync->fullnat_problem);
    }
    return sync_json_fault(service, NULL);
}

/* How a server's packets are wrapped; nulls where they are not. */
static void sync_json_add_tunnel(json_t *json, const struct table_destination_settings *settings)
{
    const struct conf_tunnel *tunnel = &settings->tunnel;
    bool wrapped = settings->forward == IP_VS_CONN_F_TUNNEL;
    bool checked = wrapped && tunnel->type != IP_VS_CONN_F_TUNNEL_TYPE_IPIP;

    json_object_set_new(json, "tunnel",
                        sync_json_text(wrapped ? table_tunnel_text(tunnel->type) : NULL));
    json_object_set_new(json, "tunnel_port",
                        wrapped && tunnel->port ? json_integer(tunnel->port) : json_null());
    json_object_set_new(json, "tunnel_checksum",
                        sync_json_text(checked ? table_checksum_text(tunnel->flags) : NULL));
}

static json_t *sync_json_server(const struct sync_service *service,
                                const struct table_destination *destination)
{
    const struct table_destination_settings *settings = &destination->settings;
    const struct table_connections *connections = &destination->connections;
    json_t *json = sync_json_server_key(&destination->key);

    json_object_set_new(json, "in_kernel", json_true());
    json_object_set_new(json, "forward", json_string(sync_forward_text(service, destination)));
    sync_json_add_tunnel(json, settings);
    json_object_set_new(json, "weight", json_integer(settings->weight));
    json_object_set_new(json, "upper_threshold", json_integer(settings->upper_threshold));
    json_object_set_new(json, "lower_threshold", json_integer(settings->lower_threshold));
    json_object_set_new(json, "active", json_integer(connections->active));
    json_object_set_new(json, "inactive", json_integer(connections->inactive));
    json_object_set_new(json, "persistent", json_integer(connections->persistent));
    json_object_set_new(json, "counters", sync_json_counters(&destination->counters));
    json_object_set_new(json, "error", sync_json_fault(service, &destination->key));
    json_object_set_new(json, "drain_left_ms", sync_json_drain(service, &destination->key));
    return json;
}

/* Those that the kernel refused, and does not have. */
static void sync_json_add_refused(json_t *json, const struct sync_service *service,
                                  const struct table_service *actual)
{
    for (const struct sync_fault *fault = service->faults; fault; fault = fault->hh.next) {
        if (inet_is_set(&fault->server.addr) &&
            !(actual && table_find_destination(actual, &fault->server))) {
            json_t *server = sync_json_server_key(&fault->server);

            json_object_set_new(server, "in_kernel", json_false());
            json_object_set_new(server, "error", json_string(fault->text));
            json_array_append_new(json, server);
        }
    }
}

static void sync_json_add_key(json_t *json, const struct conf_service_key *key)
{
    char addr[INET_ADDR_TEXT_SIZE];

    json_object_set_new(json, "family", json_string(key->family == AF_INET6 ? "inet6" : "inet"));
    if (key->fwmark) {
        json_object_set_new(json, "fwmark", json_integer(key->fwmark));
        return;
    }
    json_object_set_new(json, "protocol", json_string(table_protocol_text(key->protocol)));
    json_object_set_new(json, "address", json_string(inet_text(addr, &key->addr)));
    json_object_set_new(json, "port", json_integer(key->port));
}

/* What persistence takes of a client's address, as `ipvsadm` says it: a mask, or a prefix length. */
static json_t *sync_json_netmask(const struct table_service_settings *settings, uint8_t family)
{
    char text[INET_ADDR_TEXT_SIZE];
    struct inet_addr mask;

    if (!(settings->flags & IP_VS_SVC_F_PERSISTENT)) {
        return json_null();
    }
    if (family == AF_INET6) {
        return json_sprintf("%u", (unsigned)settings->netmask);
    }
    mask = inet_from_bytes(AF_INET, &settings->netmask);
    return json_string(inet_text(text, &mask));
}

static void sync_json_add_settings(json_t *json, const struct table_service_settings *settings,
                                   uint8_t family)
{
    json_object_set_new(json, "persistence_netmask", sync_json_netmask(settings, family));
    json_object_set_new(json, "scheduler", json_string(settings->scheduler));
    json_object_set_new(json, "flags", sync_json_flags(settings));
    json_object_set_new(json, "persistence_timeout_s", json_integer(settings->timeout_s));
    json_object_set_new(json, "persistence_engine", sync_json_text(settings->engine));
}

/* All but its servers. */
static json_t *sync_json_service(const struct sync *sync, const struct sync_service *service)
{
    const struct table_service *actual = table_find_service(&sync->actual, &service->key);
    char name[TABLE_SERVICE_TEXT_SIZE];
    json_t *json = json_object();

    json_object_set_new(json, "service", json_string(sync_service_name(service, name)));
    json_object_set_new(
        json, "group",
        sync_json_text(service->conf && service->conf->group ? service->conf->name : NULL));
    sync_json_add_key(json, &service->key);
    json_object_set_new(json, "in_kernel", json_boolean(actual));
    if (actual) {
        sync_json_add_settings(json, &actual->settings, service->key.family);
        json_object_set_new(json, "counters", sync_json_counters(&actual->counters));
    }
    json_object_set_new(json, "error", sync_json_error(sync, service));
    json_object_set_new(json, "servers", json_array());
    return json;
}

/* All but its servers. */
static json_t *sync_json_foreign_service(const struct table_service *service)
{
    char name[TABLE_SERVICE_TEXT_SIZE];
    json_t *foreign = json_object();

    json_object_set_new(foreign, "service", json_string(table_service_text(name, &service->key)));
    sync_json_add_key(foreign, &service->key);
    sync_json_add_settings(foreign, &service->settings, service->key.family);
    json_object_set_new(foreign, "servers", json_array());
    json_object_set_new(foreign, "counters", sync_json_counters(&service->counters));
    return foreign;
}

const char *sync_reason(const struct sync *sync)
{
    static const char *const reasons[] = {
        [SYNC_LINK_IDLE] = "nothing is configured for it",
        [SYNC_LINK_DUE] = "being connected",
        [SYNC_LINK_WAITING] = "being connected",
        [SYNC_LINK_UP] = "being read",
    };

    if (sync_is_available(sync)) {
        return NULL;
    }
    return sync->link.reason ? sync->link.reason : reasons[sync->link.state];
}

static void sync_json_add_link(json_t *json, const struct sync *sync)
{
    const struct sync_link *link = &sync->link;
    static const char *const known[] = {"version", "connection_table_size", "timeouts"};
    const struct conf_ipvs_timeouts *timeouts = &sync->actual.timeouts;
    char version[sizeof("255.255.255")];

    json_object_set_new(json, "available", json_boolean(sync_is_available(sync)));
    json_object_set_new(json, "reason", sync_json_text(sync_reason(sync)));
    if (!sync_is_available(sync)) {
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            json_object_set_new(json, known[i], json_null());
        }
        return;
    }
    (void)snprintf(version, sizeof(version), "%u.%u.%u", (unsigned)(link->info.version >> 16 & 255),
                   (unsigned)(link->info.version >> 8 & 255), (unsigned)(link->info.version & 255));
    json_object_set_new(json, "version", json_string(version));
    json_object_set_new(json, "connection_table_size",
                        json_integer(link->info.connection_table_size));
    json_object_set_new(json, "timeouts",
                        json_pack("{s:I,s:I,s:I}", "tcp_s", (json_int_t)timeouts->tcp_s,
                                  "tcp_fin_s", (json_int_t)timeouts->tcp_fin_s, "udp_s",
                                  (json_int_t)timeouts->udp_s));
}

static void sync_json_add_sums(json_t *json, const struct sync *sync)
{
    const struct kernel_statistics *statistics = &sync->link.statistics;
    const struct {
        const char *name;
        uint64_t value;
    } sums[] = {
        {"operations", sync->operations},
        {"errors", sync->errors},
        {"drift_repaired", sync->drift},
        {"system_calls", statistics->sends + statistics->receives},
        {"writes", statistics->writes},
        {"overruns", statistics->overruns},
    };

    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        json_object_set_new(json, sums[i].name, json_integer((json_int_t)sums[i].value));
    }
}

/* ---- All of it, in parts ------------------------------------------------------------------------ */

enum { CAPTURE_SERVERS = 64 }; /* that are told between two looks at the clock: 0.2 ms */

/* Where the servers of a service have come to: they may change between two parts. */
struct capture_servers {
    json_t *json; /* what was told; NULL: all were */
    bool begun;
    uint64_t readings; /* the sync's, when it was: those after it may be in another order */
    struct conf_server_key last; /* the one that was told last */
};

/* Where a list of services has come to, which may change too. */
struct capture_place {
    bool begun;
    bool ended;
    struct conf_service_key last;   /* the service that was told last */
    struct capture_servers servers; /* of it */
};

struct sync_capture {
    const struct sync *sync; /* not for who renders it */
    struct capture_place own;
    struct capture_place foreign;
    json_t *services;
    json_t *leaving; /* those of them that stay no longer than their servers drain */
    json_t *others;  /* `foreign` */
    json_t *json;
};

static json_t *capture_start(struct sync_capture *capture)
{
    const struct sync *sync = capture->sync;
    json_t *json = json_object();

    sync_json_add_link(json, sync);
    sync_json_add_sums(json, sync);
    json_object_set_new(json, "sync_daemon", sync_daemon_snapshot(sync));
    return json;
}

struct sync_capture *sync_capture_new(const struct sync *sync)
{
    struct sync_capture *capture = memory_new(1, sizeof(*capture));

    capture->sync = sync;
    capture->services = json_array();
    capture->leaving = json_array();
    capture->others = json_array();
    capture->json = capture_start(capture);
    json_object_set(capture->json, "services", capture->services);
    json_object_set(capture->json, "leaving", capture->leaving);
    json_object_set(capture->json, "foreign", capture->others);
    return capture;
}

/* The servers of a service are told from here on. @param json  has its list, and outlives that */
static void capture_begin_servers(struct capture_servers *servers, const json_t *json)
{
    *servers = (struct capture_servers){.json = json_object_get(json, "servers")};
}

/*
 * The next servers that the kernel has, and with the last of them those that it refused.
 * @param readings  the sync's
 * @param service   NULL: it is not ours
 */
static void capture_more_servers(struct capture_servers *servers, uint64_t readings,
                                 const struct sync_service *service,
                                 const struct table_service *actual)
{
    const struct table_destination *last = servers->begun && actual && servers->readings == readings
                                               ? table_find_destination(actual, &servers->last)
                                               : NULL;
    const struct table_destination *destination = actual ? actual->destinations : NULL;

    if (last) {
        destination = last->hh.next;
    } else {
        json_array_clear(servers->json);
        servers->readings = readings;
    }
    for (int i = 0; destination && i < CAPTURE_SERVERS; i++) {
        json_array_append_new(servers->json, sync_json_server(service, destination));
        servers->begun = true;
        servers->last = destination->key;
        destination = destination->hh.next;
    }
    if (!destination) {
        if (service) {
            sync_json_add_refused(servers->json, service, actual);
        }
        servers->json = NULL;
    }
}

/* The next service of ours. */
static void capture_own_service(struct sync_capture *capture, const struct sync_service *service)
{
    json_t *json = sync_json_service(capture->sync, service);

    if (!service->conf && service->drains && json_is_true(json_object_get(json, "in_kernel"))) {
        json_array_append(capture->leaving, json);
    }
    json_array_append_new(capture->services, json);
    capture->own.begun = true;
    capture->own.last = service->key;
    capture_begin_servers(&capture->own.servers, json);
}

/* The next of ours. A list whose last service has gone begins again. */
static void capture_own(struct sync_capture *capture)
{
    struct capture_place *place = &capture->own;
    const struct sync *sync = capture->sync;
    const struct sync_service *last = place->begun ? sync_service_find(sync, &place->last) : NULL;
    const struct sync_service *service = last ? last->hh.next : sync->services;

    if (last && place->servers.json) {
        capture_more_servers(&place->servers, sync->readings, last,
                             table_find_service(&sync->actual, &last->key));
        return;
    }
    if (!last) {
        json_array_clear(capture->services);
        json_array_clear(capture->leaving);
    }
    place->ended = !service;
    if (service) {
        capture_own_service(capture, service);
    }
}

/* The next of the kernel's that may be another's. */
static void capture_foreign(struct sync_capture *capture)
{
    struct capture_place *place = &capture->foreign;
    const struct table *table = &capture->sync->actual;
    const struct table_service *last =
        place->begun ? table_find_service(table, &place->last) : NULL;
    const struct table_service *service = last ? last->hh.next : table->services;

    if (last && place->servers.json) {
        capture_more_servers(&place->servers, capture->sync->readings, NULL, last);
        return;
    }
    if (!last) {
        json_array_clear(capture->others);
        place->servers.json = NULL;
    }
    place->ended = !service;
    if (service) {
        if (!sync_service_find(capture->sync, &service->key)) {
            json_t *json = sync_json_foreign_service(service);

            json_array_append_new(capture->others, json);
            capture_begin_servers(&place->servers, json);
        }
        place->begun = true;
        place->last = service->key;
    }
}

bool sync_capture_more(struct sync_capture *capture, int64_t until)
{
    do {
        if (!capture->own.ended) {
            capture_own(capture);
        } else if (!capture->foreign.ended) {
            capture_foreign(capture);
        } else {
            return false;
        }
    } while (clock_now() < until);
    return true;
}

json_t *sync_snapshot_service(const struct sync *sync, const struct conf_service_key *key)
{
    const struct sync_service *service = sync_service_find(sync, key);
    struct capture_servers servers;
    json_t *json;

    if (!service) {
        return NULL;
    }
    json = sync_json_service(sync, service);
    capture_begin_servers(&servers, json);
    while (servers.json) {
        capture_more_servers(&servers, sync->readings, service,
                             table_find_service(&sync->actual, key));
    }
    return json;
}

json_t *sync_capture_json(const struct sync_capture *capture)
{
    return json_incref(capture->json);
}

void sync_capture_free(struct sync_capture *capture)
{
    if (!capture) {
        return;
    }
    json_decref(capture->services);
    json_decref(capture->leaving);
    json_decref(capture->others);
    json_decref(capture->json);
    free(capture);
}

json_t *sync_snapshot(const struct sync *sync)
{
    struct sync_capture *capture = sync_capture_new(sync);
    json_t *json;

    (void)sync_capture_more(capture, CLOCK_NEVER);
    json = sync_capture_json(capture);
    sync_capture_free(capture);
    return json;
}
