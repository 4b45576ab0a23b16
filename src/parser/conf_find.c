/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists in the order of keys, and searches in them. Pure.
 */
#include "parser/conf_find.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits: RFC 9923, with its prime. */
static void find_hash(const char *text, uint64_t hash, uint8_t out[sizeof(uint64_t)])
{
    const uint64_t prime = UINT64_C(0x100000001b3);

    for (; *text; text++) {
        hash = (hash ^ (uint8_t)*text) * prime;
    }
    for (size_t i = 0; i < sizeof(hash); i++) {
        out[i] = (uint8_t)(hash >> 8 * i);
    }
}

struct conf_service_key conf_group_key(const char *name, uint8_t protocol)
{
    struct conf_service_key key = {.protocol = protocol};

    find_hash(name, UINT64_C(0xcbf29ce484222325), key.addr.bytes); /* its offset basis, */
    find_hash(name, UINT64_C(0x6c62272e07bb0142), key.addr.bytes + sizeof(uint64_t)); /* another */
    return key;
}

bool conf_is_group_key(const struct conf_service_key *key)
{
    return !key->fwmark && !inet_is_set(&key->addr);
}

struct conf_server_key conf_member_server(const struct conf_service_key *member,
                                          const struct conf_real_server *server)
{
    struct conf_server_key key = server->key;

    if (member->fwmark) {
        key.port = 0;
    } else if (server->forward == CONF_FORWARD_DR || server->forward == CONF_FORWARD_TUN ||
               !key.port) {
        key.port = member->port;
    }
    return key;
}

struct inet_addr conf_address_after(const struct inet_addr *first, uint32_t steps)
{
    struct inet_addr addr = *first;

    for (size_t i = inet_family_size(addr.family); i > 0 && steps; i--) {
        steps += addr.bytes[i - 1];
        addr.bytes[i - 1] = (uint8_t)steps;
        steps >>= 8;
    }
    return addr;
}

static int find_compare_services(const void *a, const void *b)
{
    const struct conf_virtual_server *const *first = a;
    const struct conf_virtual_server *const *second = b;

    return memcmp(&(*first)->key, &(*second)->key, sizeof((*first)->key));
}

static int find_compare_servers(const void *a, const void *b)
{
    const struct conf_real_server *const *first = a;
    const struct conf_real_server *const *second = b;

    return memcmp(&(*first)->key, &(*second)->key, sizeof((*first)->key));
}

static void find_index_servers(struct conf *conf, struct conf_virtual_server *service)
{
    const struct conf_real_server *server;
    size_t count = 0;

    service->by_key = arena_alloc(conf->arena, (service->server_count + 1) * sizeof(void *));
    STAILQ_FOREACH(server, &service->servers, next) {
        service->by_key[count++] = server;
    }
    qsort(service->by_key, count, sizeof(void *), find_compare_servers);
}

void conf_index(struct conf *conf)
{
    struct conf_virtual_server *service;
    size_t count = 0;

    conf->by_key = arena_alloc(conf->arena, (conf->virtual_server_count + 1) * sizeof(void *));
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        conf->by_key[count++] = service;
        find_index_servers(conf, service);
    }
    qsort(conf->by_key, count, sizeof(void *), find_compare_services);
}

const struct conf_virtual_server *conf_find_service(const struct conf *conf,
                                                    const struct conf_service_key *key)
{
    const struct conf_virtual_server wanted = {.key = *key};
    const struct conf_virtual_server *pointer = &wanted;
    const struct conf_virtual_server **found = bsearch(
        &pointer, conf->by_key, conf->virtual_server_count, sizeof(void *), find_compare_services);

    return found ? *found : NULL;
}

const struct conf_real_server *conf_find_server(const struct conf_virtual_server *service,
                                                const struct conf_server_key *key)
{
    const struct conf_real_server wanted = {.key = *key};
    const struct conf_real_server *pointer = &wanted;
    const struct conf_real_server **found = bsearch(
        &pointer, service->by_key, service->server_count, sizeof(void *), find_compare_servers);

    return found ? *found : NULL;
}

bool conf_is_nat(enum conf_forward forward)
{
    return forward == CONF_FORWARD_NAT || forward == CONF_FORWARD_FULLNAT;
}
