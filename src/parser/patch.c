/* SPDX-License-Identifier: Apache-2.0
 *
 * Real servers and unicast peers that operators add or take out. A server that is added is made as
 * another one of its virtual server is, with checks that ask its own address.
 */
#include "parser/patch.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/conf_find.h"

#include <stdio.h>
#include <string.h>

/* Checks that ask the address of their server; of others nobody knows what they would ask for it. */
static const size_t patch_check_sizes[CONF_CHECK_KINDS] = {
    [CONF_CHECK_TCP] = sizeof(struct conf_check),
    [CONF_CHECK_HTTP] = sizeof(struct conf_check_http),
    [CONF_CHECK_SSL] = sizeof(struct conf_check_http),
    [CONF_CHECK_AGENT] = sizeof(struct conf_agent_check),
    [CONF_CHECK_MYSQL] = sizeof(struct conf_mysql_check),
    [CONF_CHECK_SMTP] = sizeof(struct conf_smtp_check),
    [CONF_CHECK_DNS] = sizeof(struct conf_dns_check),
    [CONF_CHECK_UDP] = sizeof(struct conf_udp_check),
    [CONF_CHECK_PING] = sizeof(struct conf_check),
};

bool patch_is_one(enum override_kind kind)
{
    return kind == OVERRIDE_PEER_ADD || kind == OVERRIDE_PEER_DEL || kind == OVERRIDE_SERVER_ADD ||
           kind == OVERRIDE_SERVER_DEL;
}

bool patch_read_endpoint(const char *text, struct conf_server_key *key)
{
    memset(key, 0, sizeof(*key));
    return inet_parse_endpoint(text, &key->addr, &key->port);
}

/* ---- Servers ----------------------------------------------------------------------------------- */

static struct conf_virtual_server *patch_service(const struct conf *conf, const char *name)
{
    struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

static struct conf_real_server *patch_server(const struct conf_virtual_server *service,
                                             const char *name)
{
    struct conf_real_server *server;
    char text[INET_ENDPOINT_TEXT_SIZE];

    STAILQ_FOREACH(server, &service->servers, next) {
        if (strcmp(inet_endpoint_text(text, &server->key.addr, server->key.port), name) == 0) {
            return server;
        }
    }
    return NULL;
}

/* Whom a new server takes after. */
static const struct conf_real_server *patch_model(const struct conf_virtual_server *service,
                                                  const struct override *override)
{
    return *override->like ? patch_server(service, override->like)
                           : STAILQ_FIRST(&service->servers);
}

static bool patch_asks_own(const struct conf_real_server *server, const struct conf_check *check)
{
    return patch_check_sizes[check->kind] && !check->connect_host &&
           inet_equal(&check->connect_addr, &server->key.addr);
}

static bool patch_can_follow(const struct conf_real_server *model, const struct override *override,
                             char problem[PATCH_PROBLEM_SIZE])
{
    const struct conf_check *check;
    struct conf_server_key key;

    if (!patch_read_endpoint(override->part, &key)) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE, "\"%.60s\" is no ADDRESS:PORT", override->part);
        return false;
    }
    if (key.addr.family != model->key.addr.family || (!key.port && model->key.port)) {
        (void)snprintf(
            problem, PATCH_PROBLEM_SIZE,
            "\"%.60s\" has another family than the server that it takes after, or no port",
            override->part);
        return false;
    }
    STAILQ_FOREACH(check, &model->checks, next) {
        if (!patch_asks_own(model, check)) {
            (void)snprintf(problem, PATCH_PROBLEM_SIZE,
                           "the server that it takes after has a check that does not ask its own "
                           "address (a program, file or session, or connect_ip): name another one "
                           "(like SERVER), or add it to the configuration");
            return false;
        }
    }
    return true;
}

static bool patch_fits_server(const struct conf *conf, const struct override *override,
                              char problem[PATCH_PROBLEM_SIZE])
{
    const struct conf_virtual_server *service = patch_service(conf, override->object);
    bool adds = override->kind == OVERRIDE_SERVER_ADD;
    bool there = service && patch_server(service, override->part);
    const struct conf_real_server *model = service && adds ? patch_model(service, override) : NULL;

    if (!service) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE, "there is no virtual server \"%.100s\"",
                       override->object);
    } else if (adds == there) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE, "%.80s %s a real server %.60s", service->name,
                       there ? "has" : "does not have", override->part);
    } else if (!adds) {
        return true;
    } else if (!model) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE,
                       "%.80s has no real server %.60s that the new one could take after",
                       service->name, override->like);
    } else {
        return patch_can_follow(model, override, problem);
    }
    return false;
}

static void patch_copy_checks(struct conf *conf, struct conf_real_server *server,
                              const struct conf_real_server *model)
{
    const struct conf_check *check;

    STAILQ_INIT(&server->checks);
    STAILQ_FOREACH(check, &model->checks, next) {
        struct conf_check *copy = arena_copy(conf->arena, check, patch_check_sizes[check->kind]);

        copy->connect_addr = server->key.addr;
        if (copy->connect_port == model->key.port) {
            copy->connect_port = server->key.port;
        }
        STAILQ_INSERT_TAIL(&server->checks, copy, next);
    }
}

static void patch_add_server(struct conf *conf, const struct override *override)
{
    struct conf_virtual_server *service = patch_service(conf, override->object);
    const struct conf_real_server *model = patch_model(service, override);
    struct conf_real_server *server = arena_copy(conf->arena, model, sizeof(*model));

    (void)patch_read_endpoint(override->part, &server->key);
    if (override->number >= 0) {
        server->weight = (uint32_t) override->number;
    }
    patch_copy_checks(conf, server, model);
    STAILQ_INSERT_TAIL(&service->servers, server, next);
    service->server_count++;
    conf->real_server_count++;
}

static void patch_del_server(struct conf *conf, const struct override *override)
{
    struct conf_virtual_server *service = patch_service(conf, override->object);
    struct conf_real_server *server = patch_server(service, override->part);

    STAILQ_REMOVE(&service->servers, server, conf_real_server, next);
    service->server_count--;
    conf->real_server_count--;
}

/* ---- Peers ------------------------------------------------------------------------------------- */

static struct conf_instance *patch_instance(const struct conf *conf, const char *name)
{
    struct conf_instance *instance;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        if (strcmp(instance->name, name) == 0) {
            return instance;
        }
    }
    return NULL;
}

static struct conf_peer *patch_peer(const struct conf_instance *instance, const char *text)
{
    struct conf_peer *peer;
    struct inet_addr addr;

    if (inet_parse(text, &addr)) {
        STAILQ_FOREACH(peer, &instance->peers, next) {
            if (inet_equal(&peer->addr, &addr)) {
                return peer;
            }
        }
    }
    return NULL;
}

/* RFC 5771 3, RFC 4291 2.7. */
static bool patch_is_multicast(const struct inet_addr *addr)
{
    return addr->family == AF_INET ? (addr->bytes[0] & 0xf0) == 0xe0 : addr->bytes[0] == 0xff;
}

static bool patch_fits_peer(const struct conf *conf, const struct override *override,
                            char problem[PATCH_PROBLEM_SIZE])
{
    const struct conf_instance *instance = patch_instance(conf, override->object);
    bool adds = override->kind == OVERRIDE_PEER_ADD;
    bool there = instance && patch_peer(instance, override->part);
    struct inet_addr addr;

    if (!instance) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE, "there is no instance \"%.100s\"",
                       override->object);
    } else if (!instance->peer_count) {
        (void)snprintf(
            problem, PATCH_PROBLEM_SIZE,
            "%.80s speaks by multicast, which has no peers: give it a unicast_peer in the "
            "configuration first",
            instance->name);
    } else if (!inet_parse(override->part, &addr) || addr.family != instance->family ||
               patch_is_multicast(&addr) || inet_equal(&addr, &instance->source)) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE,
                       "\"%.60s\" is no address of another router in the family of %.80s",
                       override->part, instance->name);
    } else if (adds == there) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE, "%.80s %s a peer %.60s", instance->name,
                       there ? "has" : "does not have", override->part);
    } else if (!adds && instance->peer_count == 1) {
        (void)snprintf(problem, PATCH_PROBLEM_SIZE,
                       "%.60s is the only peer of %.80s, which would speak by multicast without it",
                       override->part, instance->name);
    } else {
        return true;
    }
    return false;
}

static void patch_add_peer(struct conf *conf, const struct override *override)
{
    struct conf_instance *instance = patch_instance(conf, override->object);
    struct conf_peer *peer = arena_alloc(conf->arena, sizeof(*peer));

    (void)inet_parse(override->part, &peer->addr);
    peer->max_ttl = UINT8_MAX;
    STAILQ_INSERT_TAIL(&instance->peers, peer, next);
    instance->peer_count++;
}

static void patch_del_peer(struct conf *conf, const struct override *override)
{
    struct conf_instance *instance = patch_instance(conf, override->object);
    struct conf_peer *peer = patch_peer(instance, override->part);

    STAILQ_REMOVE(&instance->peers, peer, conf_peer, next);
    instance->peer_count--;
}

/* ---- All --------------------------------------------------------------------------------------- */

static const struct {
    bool (*fits)(const struct conf *conf, const struct override *override,
                 char problem[PATCH_PROBLEM_SIZE]);
    void (*apply)(struct conf *conf, const struct override *override);
} patch_kinds[OVERRIDE_KINDS] = {
    [OVERRIDE_PEER_ADD] = {patch_fits_peer, patch_add_peer},
    [OVERRIDE_PEER_DEL] = {patch_fits_peer, patch_del_peer},
    [OVERRIDE_SERVER_ADD] = {patch_fits_server, patch_add_server},
    [OVERRIDE_SERVER_DEL] = {patch_fits_server, patch_del_server},
};

bool patch_fits(const struct conf *conf, const struct override *override,
                char problem[PATCH_PROBLEM_SIZE])
{
    return patch_kinds[override->kind].fits(conf, override, problem);
}

bool patch_is_done(const struct conf *conf, const struct override *override)
{
    bool adds = override->kind == OVERRIDE_PEER_ADD || override->kind == OVERRIDE_SERVER_ADD;
    const struct conf_virtual_server *service = patch_service(conf, override->object);
    const struct conf_instance *instance = patch_instance(conf, override->object);

    if (override->kind == OVERRIDE_SERVER_ADD || override->kind == OVERRIDE_SERVER_DEL) {
        return service && (patch_server(service, override->part) != NULL) == adds;
    }
    return instance && (patch_peer(instance, override->part) != NULL) == adds;
}

void patch_apply(struct conf *conf, const struct override_list *list)
{
    char problem[PATCH_PROBLEM_SIZE];
    bool any = false;

    for (size_t i = 0; i < list->count; i++) {
        const struct override *override = override_at(list, i);

        if (patch_is_one(override->kind) && patch_fits(conf, override, problem)) {
            patch_kinds[override->kind].apply(conf, override);
            any = true;
        }
    }
    if (any) {
        conf_index(conf);
    }
}
