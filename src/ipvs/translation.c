/* SPDX-License-Identifier: Apache-2.0
 *
 * Sources of connections behind FULLNAT: a sorted array, looked up by what IPVS knows of a connection.
 */
#include "ipvs/translation.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* `virtual` of AF_UNSPEC: of a mark, whatever the client asked for; `port` 0: any. */
struct translation {
    struct inet_addr virtual;
    struct inet_addr server;
    uint16_t port;
    struct conf_local local;
};

struct translations {
    unsigned holders;
    size_t count;
    size_t room;
    struct translation *sorted;
};

static int translation_compare(const void *a, const void *b)
{
    const struct translation *one = a;
    const struct translation *other = b;
    int order = inet_compare(&one->virtual, &other->virtual);

    if (order == 0) {
        order = (int)one->port - (int)other->port;
    }
    return order ? order : inet_compare(&one->server, &other->server);
}

/* ---- Of the configuration ---------------------------------------------------------------------- */

static void translations_add(struct translations *all, const struct conf_virtual_server *service,
                             const struct conf_service_key *key,
                             const struct conf_real_server *server)
{
    const struct conf_local *local =
        &service->local[key->family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4];
    struct translation *translation;

    if (!server || server->forward != CONF_FORWARD_FULLNAT || !inet_is_set(&local->first) ||
        server->key.addr.family != key->family || (!key->fwmark && key->protocol != IPPROTO_TCP)) {
        return;
    }
    if (all->count == all->room) {
        all->room = 2 * all->room + 8;
        all->sorted = memory_resize(all->sorted, all->room, sizeof(*all->sorted));
    }
    translation = &all->sorted[all->count++];
    *translation = (struct translation){.server = server->key.addr, .local = *local};
    if (!key->fwmark) {
        translation->virtual = key->addr;
        translation->port = key->port;
    }
}

static void translations_add_service(struct translations *all,
                                     const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;

    for (uint32_t i = 0; i < service->member_count; i++) {
        STAILQ_FOREACH(server, &service->servers, next) {
            translations_add(all, service, &service->members[i], server);
        }
        translations_add(all, service, &service->members[i], service->sorry_server);
    }
}

struct translations *translations_new(const struct conf *conf)
{
    struct translations *all = memory_new(1, sizeof(*all));
    const struct conf_virtual_server *service;

    all->holders = 1;
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (service->fullnat != CONF_FULLNAT_NONE) {
            translations_add_service(all, service);
        }
    }
    if (!all->count) {
        translations_release(all);
        return NULL;
    }
    qsort(all->sorted, all->count, sizeof(*all->sorted), translation_compare);
    return all;
}

struct translations *translations_share(struct translations *translations)
{
    if (translations) {
        translations->holders++;
    }
    return translations;
}

void translations_release(struct translations *translations)
{
    if (translations && --translations->holders == 0) {
        free(translations->sorted);
        free(translations);
    }
}

/* ---- Of a connection --------------------------------------------------------------------------- */

/* The states of IPVS in which data may still flow: ip_vs_proto_tcp.c of the kernel. */
static bool translation_is_open(const struct connection *connection)
{
    return strcmp(connection->protocol, "tcp") == 0 &&
           (strcmp(connection->state, "ESTABLISHED") == 0 ||
            strcmp(connection->state, "FIN_WAIT") == 0 ||
            strcmp(connection->state, "CLOSE_WAIT") == 0);
}

const struct conf_local *translations_find(const struct translations *translations,
                                           const struct connection *connection)
{
    const struct translation keys[] = {
        {.virtual = connection->virtual.addr,
         .server = connection->server.addr,
         .port = connection->virtual.port},
        {.virtual = connection->virtual.addr, .server = connection->server.addr},
        {.server = connection->server.addr},
    };

    for (size_t i = 0; translation_is_open(connection) && i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct translation *found =
            bsearch(&keys[i], translations->sorted, translations->count, sizeof(*found),
                    translation_compare);

        if (found) {
            return &found->local;
        }
    }
    return NULL;
}
