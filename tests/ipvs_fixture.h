/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and configurations built by hand, for the tests of src/ipvs.
 */
#ifndef HOLDFAST_TESTS_IPVS_FIXTURE_H
#define HOLDFAST_TESTS_IPVS_FIXTURE_H

#include "base/arena.h"
#include "ipvs/owned.h"
#include "ipvs/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "tcp 10.0.0.1 80", "fwmark 7 inet6": as in the list of owned services. */
static inline struct conf_service_key fixture_service_key(const char *text)
{
    struct owned_line line;

    if (!owned_next(&text, &line) || line.kind != OWNED_SERVICE) {
        abort();
    }
    return line.service;
}

static inline struct conf_server_key fixture_server_key(const char *addr, uint16_t port)
{
    struct conf_server_key key = {.port = port};

    if (!inet_parse(addr, &key.addr)) {
        abort();
    }
    return key;
}

/* A configuration without anything in it; freed with arena_free(conf->arena). */
static inline struct conf *fixture_conf(void)
{
    struct arena *arena = arena_new();
    struct conf *conf = arena_alloc(arena, sizeof(*conf));

    conf->arena = arena;
    STAILQ_INIT(&conf->virtual_servers);
    return conf;
}

static inline struct conf_virtual_server *fixture_service_of_key(struct conf *conf,
                                                                 struct conf_service_key key,
                                                                 const char *scheduler)
{
    struct conf_virtual_server *service = arena_alloc(conf->arena, sizeof(*service));
    char name[TABLE_SERVICE_TEXT_SIZE];

    service->key = key;
    service->members = &service->key;
    service->member_count = 1;
    service->name = arena_text(conf->arena, table_service_text(name, &key));
    (void)snprintf(service->scheduler, sizeof(service->scheduler), "%s", scheduler);
    STAILQ_INIT(&service->servers);
    STAILQ_INSERT_TAIL(&conf->virtual_servers, service, next);
    conf->virtual_server_count++;
    return service;
}

static inline struct conf_virtual_server *fixture_service(struct conf *conf, const char *key,
                                                          const char *scheduler)
{
    return fixture_service_of_key(conf, fixture_service_key(key), scheduler);
}

static inline struct conf_real_server *fixture_server_of_key(struct conf *conf,
                                                             struct conf_virtual_server *service,
                                                             struct conf_server_key key,
                                                             enum conf_forward forward,
                                                             uint32_t weight)
{
    struct conf_real_server *server = arena_alloc(conf->arena, sizeof(*server));

    server->key = key;
    server->forward = forward;
    server->weight = weight;
    STAILQ_INIT(&server->checks);
    STAILQ_INSERT_TAIL(&service->servers, server, next);
    service->server_count++;
    conf->real_server_count++;
    return server;
}

static inline struct conf_real_server *fixture_server(struct conf *conf,
                                                      struct conf_virtual_server *service,
                                                      const char *addr, uint16_t port,
                                                      enum conf_forward forward, uint32_t weight)
{
    return fixture_server_of_key(conf, service, fixture_server_key(addr, port), forward, weight);
}

/* An IPv4 address from a number in host order. */
static inline struct inet_addr fixture_ipv4(uint32_t number)
{
    uint32_t bytes = htonl(number);

    return inet_from_bytes(AF_INET, &bytes);
}

#endif
