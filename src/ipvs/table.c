/* SPDX-License-Identifier: Apache-2.0
 *
 * An IPVS table as data: two levels of hash tables, and what its values mean. It knows neither how
 * the kernel is asked nor which of two tables is the wanted one.
 */
#include "ipvs/table.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void table_release_destinations(struct table_service *service)
{
    struct table_destination *destination = service->destinations;

    HASH_CLEAR(hh, service->destinations); /* the hash alone: they are still a list */
    while (destination) {
        struct table_destination *next = destination->hh.next;

        free(destination);
        destination = next;
    }
}

void table_release(struct table *table)
{
    struct table_service *service = table->services;

    HASH_CLEAR(hh, table->services);
    while (service) {
        struct table_service *next = service->hh.next;

        table_release_destinations(service);
        free(service);
        service = next;
    }
    memset(table, 0, sizeof(*table));
}

struct table_service *table_find_service(const struct table *table,
                                         const struct conf_service_key *key)
{
    struct table_service *service;

    HASH_FIND(hh, table->services, key, sizeof(*key), service);
    return service;
}

struct table_service *table_put_service(struct table *table, const struct conf_service_key *key)
{
    struct table_service *service = table_find_service(table, key);

    if (!service) {
        service = memory_new(1, sizeof(*service));
        service->key = *key;
        HASH_ADD(hh, table->services, key, sizeof(service->key), service);
    }
    return service;
}

void table_remove_service(struct table *table, struct table_service *service)
{
    table_release_destinations(service);
    HASH_DEL(table->services, service);
    free(service);
}

struct table_destination *table_find_destination(const struct table_service *service,
                                                 const struct conf_server_key *key)
{
    struct table_destination *destination;

    HASH_FIND(hh, service->destinations, key, sizeof(*key), destination);
    return destination;
}

struct table_destination *table_put_destination(struct table_service *service,
                                                const struct conf_server_key *key)
{
    struct table_destination *destination;
    unsigned hash;

    HASH_VALUE(key, sizeof(*key), hash); /* once for both */
    HASH_FIND_BYHASHVALUE(hh, service->destinations, key, sizeof(*key), hash, destination);
    if (!destination) {
        destination = memory_new(1, sizeof(*destination));
        destination->key = *key;
        HASH_ADD_BYHASHVALUE(hh, service->destinations, key, sizeof(destination->key), hash,
                             destination);
    }
    return destination;
}

void table_remove_destination(struct table_service *service, struct table_destination *destination)
{
    HASH_DEL(service->destinations, destination);
    free(destination);
}

size_t table_count_services(const struct table *table)
{
    return HASH_COUNT(table->services);
}

size_t table_count_destinations(const struct table_service *service)
{
    return HASH_COUNT(service->destinations);
}

/* ---- Sync daemons ------------------------------------------------------------------------------ */

/* Defaults and limits of start_sync_thread() in the kernel's ip_vs_sync.c. */
enum {
    TABLE_DAEMON_GROUP = 0xe0000051, /* 224.0.0.81: IP_VS_SYNC_GROUP */
    TABLE_DAEMON_PORT = 8848,        /* IP_VS_SYNC_PORT */
    TABLE_DAEMON_TTL = 1,
    TABLE_DAEMON_BACKUP_MAXLEN = 1024, /* a backup's is not shorter */
    TABLE_DAEMON_HEADERS = 28,   /* of IPv4 and UDP: a message is shorter than 65535 by these */
    TABLE_DAEMON_HEADERS_6 = 48, /* of IPv6 and UDP */
};

/* A length that was asked for as the kernel takes it. */
static uint16_t table_daemon_maxlen(const struct conf_sync_daemon *conf,
                                    enum table_daemon_role role, uint8_t family)
{
    uint32_t most =
        UINT16_MAX - (family == AF_INET6 ? TABLE_DAEMON_HEADERS_6 : TABLE_DAEMON_HEADERS);
    uint32_t least = role == TABLE_DAEMON_BACKUP ? TABLE_DAEMON_BACKUP_MAXLEN : 1;

    if (!conf->maxlen) {
        return 0;
    }
    return (uint16_t)(conf->maxlen < least ? least : conf->maxlen > most ? most : conf->maxlen);
}

struct table_daemon table_daemon_of(const struct conf_sync_daemon *conf,
                                    enum table_daemon_role role)
{
    uint32_t group = htonl((uint32_t)TABLE_DAEMON_GROUP);
    struct table_daemon daemon = {
        .running = true,
        .id = conf->id,
        .port = conf->port ? conf->port : TABLE_DAEMON_PORT,
        .ttl = conf->ttl ? conf->ttl : TABLE_DAEMON_TTL,
        .group = inet_is_set(&conf->group) ? conf->group : inet_from_bytes(AF_INET, &group),
    };

    (void)snprintf(daemon.interface, sizeof(daemon.interface), "%s", conf->interface);
    daemon.maxlen = table_daemon_maxlen(conf, role, daemon.group.family);
    return daemon;
}

static bool table_number_fits(uint32_t actual, uint32_t wanted)
{
    return !actual || !wanted || actual == wanted;
}

bool table_daemon_fits(const struct table_daemon *actual, const struct table_daemon *wanted)
{
    if (!actual->running || !wanted->running) {
        return actual->running == wanted->running;
    }
    return strcmp(actual->interface, wanted->interface) == 0 && actual->id == wanted->id &&
           table_number_fits(actual->maxlen, wanted->maxlen) &&
           table_number_fits(actual->port, wanted->port) &&
           table_number_fits(actual->ttl, wanted->ttl) &&
           (!inet_is_set(&actual->group) || inet_equal(&actual->group, &wanted->group));
}

const char *table_daemon_role_text(enum table_daemon_role role)
{
    return role == TABLE_DAEMON_MASTER ? "master" : "backup";
}

/* ---- Settings ---------------------------------------------------------------------------------- */

/* The mask of a persistence that looks at the whole address: ip_vs_ctl.c wants 1..128 for IPv6. */
static uint32_t table_whole_netmask(uint8_t family)
{
    return family == AF_INET6 ? 128 : UINT32_MAX;
}

void table_service_settings_normalise(struct table_service_settings *settings, uint8_t family)
{
    settings->flags &= ~(uint32_t)IP_VS_SVC_F_HASHED;
    if (!(settings->flags & IP_VS_SVC_F_PERSISTENT)) {
        settings->timeout_s = 0;
        settings->netmask = table_whole_netmask(family);
    }
}

void table_destination_settings_normalise(struct table_destination_settings *settings)
{
    struct conf_tunnel *tunnel = &settings->tunnel;

    if (settings->forward != IP_VS_CONN_F_TUNNEL) {
        memset(tunnel, 0, sizeof(*tunnel));
    }
    if (tunnel->type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP) {
        tunnel->flags = 0; /* IPIP has no checksum of its own */
    }
    if (tunnel->type != IP_VS_CONN_F_TUNNEL_TYPE_GUE) {
        tunnel->port = 0; /* GUE alone runs over UDP */
    }
}

struct table_service_settings table_service_settings_of(
    const struct conf_virtual_server *virtual_server, uint8_t family)
{
    struct table_service_settings settings = {
        .flags = virtual_server->flags & ~(uint32_t)IP_VS_SVC_F_PERSISTENT,
        .timeout_s = virtual_server->persistence_timeout_s,
        .netmask = virtual_server->persistence_netmask,
    };

    (void)snprintf(settings.scheduler, sizeof(settings.scheduler), "%s", virtual_server->scheduler);
    if (virtual_server->persistence_engine) {
        (void)snprintf(settings.engine, sizeof(settings.engine), "%s",
                       virtual_server->persistence_engine);
    }
    if (settings.timeout_s) {
        settings.flags |= IP_VS_SVC_F_PERSISTENT;
    }
    if (!settings.netmask) {
        settings.netmask = table_whole_netmask(family);
    }
    table_service_settings_normalise(&settings, family);
    return settings;
}

struct table_destination_settings table_destination_settings_of(
    const struct conf_real_server *real_server, uint32_t weight)
{
    static const uint32_t forwards[CONF_FORWARDS] = {
        [CONF_FORWARD_NAT] = IP_VS_CONN_F_MASQ,
        [CONF_FORWARD_DR] = IP_VS_CONN_F_DROUTE,
        [CONF_FORWARD_TUN] = IP_VS_CONN_F_TUNNEL,
        [CONF_FORWARD_FULLNAT] = IP_VS_CONN_F_MASQ,
    };
    struct table_destination_settings settings = {
        .forward = forwards[real_server->forward],
        .weight = weight,
        .upper_threshold = real_server->upper_threshold,
        .lower_threshold = real_server->lower_threshold,
        .tunnel = real_server->tunnel,
    };

    table_destination_settings_normalise(&settings);
    return settings;
}

bool table_service_settings_equal(const struct table_service_settings *a,
                                  const struct table_service_settings *b)
{
    return strcmp(a->scheduler, b->scheduler) == 0 && strcmp(a->engine, b->engine) == 0 &&
           a->flags == b->flags && a->timeout_s == b->timeout_s && a->netmask == b->netmask;
}

bool table_destination_settings_equal(const struct table_destination_settings *a,
                                      const struct table_destination_settings *b)
{
    return a->forward == b->forward && a->weight == b->weight &&
           a->upper_threshold == b->upper_threshold && a->lower_threshold == b->lower_threshold &&
           a->tunnel.type == b->tunnel.type && a->tunnel.port == b->tunnel.port &&
           a->tunnel.flags == b->tunnel.flags;
}

const char *table_service_text(char text[TABLE_SERVICE_TEXT_SIZE],
                               const struct conf_service_key *key)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    if (key->fwmark) {
        (void)snprintf(text, TABLE_SERVICE_TEXT_SIZE, "fwmark %u%s", (unsigned)key->fwmark,
                       key->family == AF_INET6 ? " (IPv6)" : "");
    } else {
        (void)snprintf(text, TABLE_SERVICE_TEXT_SIZE, "%s/%s",
                       inet_endpoint_text(endpoint, &key->addr, key->port),
                       table_protocol_text(key->protocol));
    }
    return text;
}

const char *table_server_text(char text[INET_ENDPOINT_TEXT_SIZE], const struct conf_server_key *key)
{
    return inet_endpoint_text(text, &key->addr, key->port);
}

const char *table_forward_text(uint32_t forward)
{
    static const char *const texts[] = {
        [IP_VS_CONN_F_MASQ] = "NAT",      [IP_VS_CONN_F_LOCALNODE] = "local",
        [IP_VS_CONN_F_TUNNEL] = "TUN",    [IP_VS_CONN_F_DROUTE] = "DR",
        [IP_VS_CONN_F_BYPASS] = "bypass",
    };

    return forward < sizeof(texts) / sizeof(texts[0]) ? texts[forward] : "unknown";
}

const char *table_tunnel_text(uint8_t type)
{
    static const char *const texts[IP_VS_CONN_F_TUNNEL_TYPE_MAX] = {
        [IP_VS_CONN_F_TUNNEL_TYPE_IPIP] = "ipip",
        [IP_VS_CONN_F_TUNNEL_TYPE_GUE] = "gue",
        [IP_VS_CONN_F_TUNNEL_TYPE_GRE] = "gre",
    };

    return type < IP_VS_CONN_F_TUNNEL_TYPE_MAX ? texts[type] : "unknown";
}

const char *table_checksum_text(uint16_t flags)
{
    return flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM      ? "csum"
           : flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM ? "remcsum"
                                                     : "nocsum";
}

const char *table_protocol_text(uint8_t protocol)
{
    return protocol == IPPROTO_TCP    ? "tcp"
           : protocol == IPPROTO_UDP  ? "udp"
           : protocol == IPPROTO_SCTP ? "sctp"
                                      : "unknown";
}

struct conf_service_key table_key_of_address(uint8_t protocol, const struct inet_addr *addr,
                                             uint16_t port)
{
    return (struct conf_service_key){
        .port = port, .family = addr->family, .protocol = protocol, .addr = *addr};
}

struct conf_service_key table_key_of_fwmark(uint32_t fwmark, uint8_t family)
{
    return (struct conf_service_key){.fwmark = fwmark, .family = family};
}
