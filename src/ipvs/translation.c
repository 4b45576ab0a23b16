/* SPDX-License-Identifier: Apache-2.0
 *
 * Sources of connections behind FULLNAT: a sorted array, looked up by what IPVS knows of a connection.
 */
#include "ipvs/translation.h"

#include "base/memory.h"
#include "parser/conf_find.h"

#include <stdlib.h>
#include <string.h>

/*
 * What a server gives to connections, matched as by the rules of nft (net/fullnat_rules.c): by what the
 * client asked for and the server with its port; for all ports or a mark by the server's address alone,
 * and its `server_port` is 0. `virtual` of AF_UNSPEC: of a mark, whatever the client asked for; `server`
 * of AF_UNSPEC: the service itself. Those that are not behind FULLNAT are here, too, without `local`:
 * what is theirs is not taken for what a more general one has.
 */
struct translation {
    struct inet_addr virtual;
    struct inet_addr server;
    uint16_t port;
    uint16_t server_port;
    struct conf_local local;
};

struct translations {
    unsigned holders;
    size_t count;
    size_t room;
    size_t sources; /* of them have a `local` */
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
    if (order == 0) {
        order = inet_compare(&one->server, &other->server);
    }
    return order ? order : (int)one->server_port - (int)other->server_port;
}

/* ---- Of the configuration ---------------------------------------------------------------------- */

/* An address of the director itself is none of another one's. */
static struct conf_local translation_local(const struct conf_drain *server)
{
    if (server->forward != CONF_FORWARD_FULLNAT ||
        server->server.addr.family != server->service.family) {
        return (struct conf_local){0};
    }
    return server->local;
}

static struct translation *translations_append(struct translations *all,
                                               const struct conf_service_key *key)
{
    struct translation *translation;

    if (all->count == all->room) {
        all->room = 2 * all->room + 8;
        all->sorted = memory_resize(all->sorted, all->room, sizeof(*all->sorted));
    }
    translation = &all->sorted[all->count++];
    *translation = (struct translation){.virtual = key->addr, .port = key->port};
    return translation;
}

/* A service of a port: what else is sent to it is not another one's. */
static void translations_add_port(struct translations *all, const struct conf_service_key *key)
{
    if (key->port && key->protocol == IPPROTO_TCP) {
        (void)translations_append(all, key);
    }
}

static void translations_add(struct translations *all, const struct conf_drain *server)
{
    const struct conf_service_key *key = &server->service;
    struct translation *translation;

    if (!key->fwmark && key->protocol != IPPROTO_TCP) {
        return;
    }
    translation = translations_append(all, key);
    translation->server = server->server.addr;
    translation->server_port = key->port ? server->server.port : 0;
    translation->local = translation_local(server);
    all->sources += inet_is_set(&translation->local.first);
}

static void translations_add_member(struct translations *all,
                                    const struct conf_virtual_server *service,
                                    const struct conf_service_key *key,
                                    const struct conf_real_server *server)
{
    translations_add(
        all,
        &(struct conf_drain){
            .service = *key,
            .server = conf_member_server(key, server),
            .forward = server->forward,
            .local = service->local[key->family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4]});
}

static void translations_add_service(struct translations *all,
                                     const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;

    for (uint32_t i = 0; i < service->member_count; i++) {
        const struct conf_service_key *key = &service->members[i];

        translations_add_port(all, key);
        STAILQ_FOREACH(server, &service->servers, next) {
            translations_add_member(all, service, key, server);
        }
        if (service->sorry_server) {
            translations_add_member(all, service, key, service->sorry_server);
        }
    }
}

/*
 * Sorts, and leaves one of each. IPVS does not say of which mark a connection is: where the server is
 * another mark's as well, with another source or none, it is not known, and a wrong one would end it.
 */
static void translations_sort(struct translations *all)
{
    size_t count = 0;

    qsort(all->sorted, all->count, sizeof(*all->sorted), translation_compare);
    for (size_t i = 0; i < all->count; i++) {
        const struct translation *next = &all->sorted[i];
        struct translation *last = count ? &all->sorted[count - 1] : NULL;

        if (!last || translation_compare(last, next) != 0) {
            all->sorted[count++] = *next;
        } else if (!inet_equal(&last->local.first, &next->local.first) ||
                   !inet_equal(&last->local.last, &next->local.last)) {
            last->local = (struct conf_local){0};
        }
    }
    all->count = count;
}

struct translations *translations_new(const struct conf *conf, const struct conf_drain *drains,
                                      size_t count)
{
    struct translations *all = memory_new(1, sizeof(*all));
    const struct conf_virtual_server *service;

    all->holders = 1;
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        translations_add_service(all, service);
    }
    for (size_t i = 0; i < count; i++) {
        translations_add_port(all, &drains[i].service);
        translations_add(all, &drains[i]);
    }
    if (!all->sources) {
        translations_release(all);
        return NULL;
    }
    translations_sort(all);
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

static const struct translation *translations_look_up(const struct translations *translations,
                                                      const struct translation *key)
{
    return bsearch(key, translations->sorted, translations->count, sizeof(*key),
                   translation_compare);
}

/*
 * IPVS looks for a mark first, but does not say of which one a connection is: so what a service of the
 * same address has with this server is its, and the rest may be a mark's.
 */
static const struct translation *translation_of(const struct translations *translations,
                                                const struct connection *connection)
{
    const struct connection_end *virtual = &connection->virtual;
    const struct inet_addr *server = &connection->server.addr;
    const struct translation *found =
        translations_look_up(translations, &(struct translation){
                                               .virtual = virtual->addr,
                                               .port = virtual->port,
                                               .server = *server,
                                               .server_port = connection->server.port,
                                           });

    /* A service of this port has all that comes to it: none is of the one of all ports. */
    if (!found &&
        !translations_look_up(
            translations, &(struct translation){.virtual = virtual->addr, .port = virtual->port})) {
        found = translations_look_up(
            translations, &(struct translation){.virtual = virtual->addr, .server = *server});
    }
    return found ? found
                 : translations_look_up(translations, &(struct translation){.server = *server});
}

const struct conf_local *translations_find(const struct translations *translations,
                                           const struct connection *connection)
{
    const struct translation *found =
        translation_is_open(connection) ? translation_of(translations, connection) : NULL;

    return found && inet_is_set(&found->local.first) ? &found->local : NULL;
}
