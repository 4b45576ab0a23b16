/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists in the order of keys, and searches in them. Pure.
 */
#include "parser/conf_find.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

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
