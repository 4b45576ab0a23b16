/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_server, real_server, the checkers, and what their keywords have of their own grammar.
 * What a virtual_server gives to its servers and they to their checkers is resolved when it ends.
 * Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"
#include "parser/validate.h"

#include <linux/ip_vs.h>
#include <stddef.h>
#include <string.h>

/* ---- Headers --------------------------------------------------------------------------------- */

/* Reads `[PORT]`; 0 and 00 mean none. @return false where something wrong was reported */
static bool service_read_port(struct build *build, struct build_frame *frame, uint16_t *port)
{
    struct lexer_token token;
    int64_t value;

    *port = 0;
    if (!build_optional(build, frame, &token)) {
        return true;
    }
    if (token.bad || !build_read_number(build, "the port", &token, 0, UINT16_MAX, &value)) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

/* Reads `ADDRESS [PORT]`. */
static bool service_read_endpoint(struct build *build, struct build_frame *frame,
                                  const struct schema_row *row, struct inet_addr *addr,
                                  uint16_t *port)
{
    struct lexer_token token;
    bool good;

    if (!build_argument(build, frame, row, &token)) {
        return false;
    }
    good = build_read_address(build, row->name, &token, AF_UNSPEC, addr);
    return service_read_port(build, frame, port) && good;
}

static bool service_read_fwmark(struct build *build, struct build_frame *frame,
                                const struct schema_row *row, struct conf_service_key *key)
{
    struct lexer_token token;
    int64_t mark;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, "fwmark", &token, 0, UINT32_MAX, &mark)) {
        return false;
    }
    if (mark == 0) {
        source_error(build->source, &token.place,
                     "fwmark 0 is what packets without a mark have; choose another number, and set "
                     "it by a rule of the firewall");
        return false;
    }
    key->fwmark = (uint32_t)mark;
    return true;
}

static bool service_read_group(struct build *build, struct build_frame *frame,
                               const struct schema_row *row, struct build_virtual_server *extra)
{
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return false;
    }
    extra->group = arena_text_n(build->arena, token.text, token.length);
    extra->group_place = token.place;
    return true;
}

/* Reads `ADDRESS [PORT]`, `fwmark MARK` or `group NAME`. @return whether it is a service */
static bool service_read_header(struct build *build, struct build_frame *frame,
                                const struct schema_row *row, struct build_virtual_server *extra)
{
    struct conf_service_key *key = &extra->service->key;
    struct lexer_token token;

    lexer_next(build->lexer, &token);
    if (token.kind == LEXER_WORD && strcmp(token.text, "fwmark") == 0) {
        return service_read_fwmark(build, frame, row, key);
    }
    if (token.kind == LEXER_WORD && strcmp(token.text, "group") == 0) {
        return service_read_group(build, frame, row, extra);
    }
    lexer_unread(build->lexer, &token);
    if (!service_read_endpoint(build, frame, row, &key->addr, &key->port)) {
        return false;
    }
    key->family = key->addr.family;
    return true;
}

/* ---- Forwarding ------------------------------------------------------------------------------ */

struct service_forward {
    enum conf_forward forward;
    struct conf_tunnel tunnel;
    bool port_given;
    bool checksum_given;
};

/* Reads one of the words behind TUN. @return whether it was one; it is left to be read otherwise */
static bool service_read_tunnel_word(struct build *build, struct build_frame *frame,
                                     const struct schema_row *row, struct service_forward *forward)
{
    static const struct conf_name checksums[] = {{"nocsum", IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM},
                                                 {"csum", IP_VS_TUNNEL_ENCAP_FLAG_CSUM},
                                                 {"remcsum", IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM},
                                                 {NULL, 0}};
    struct lexer_token token;
    struct lexer_token value;
    int64_t number;
    int flags;

    if (!build_optional(build, frame, &token)) {
        return false;
    }
    if (strcmp(token.text, "type") == 0) {
        if (build_argument(build, frame, row, &value) &&
            build_read_choice(build, "type", &value, conf_tunnel_names, false, &number)) {
            forward->tunnel.type = (uint8_t)number;
        }
    } else if (strcmp(token.text, "port") == 0) {
        forward->port_given = true;
        if (build_argument(build, frame, row, &value) &&
            build_read_number(build, "port", &value, 1, UINT16_MAX, &number)) {
            forward->tunnel.port = (uint16_t)number;
        }
    } else if (conf_name_find(checksums, token.text, &flags)) {
        forward->checksum_given = true;
        forward->tunnel.flags = (uint16_t)flags;
    } else {
        lexer_unread(build->lexer, &token);
        return false;
    }
    return true;
}

/* What the kinds of tunnels can and must have. */
static void service_check_tunnel(struct build *build, const struct build_frame *frame,
                                 const struct schema_row *row,
                                 const struct service_forward *forward)
{
    const char *type = conf_name_of(conf_tunnel_names, forward->tunnel.type);
    bool gue = forward->tunnel.type == IP_VS_CONN_F_TUNNEL_TYPE_GUE;

    if (gue && !forward->port_given) {
        source_error(build->source, &frame->keyword,
                     "%s TUN type gue needs a port; add: port 1..65535", row->name);
    } else if (!gue && forward->port_given) {
        source_error(build->source, &frame->keyword,
                     "%s TUN type %s has no port; remove it, or use type gue", row->name, type);
    }
    if (forward->checksum_given && forward->tunnel.type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP) {
        source_error(build->source, &frame->keyword,
                     "%s TUN type ipip has no checksums; remove nocsum, csum or remcsum",
                     row->name);
    } else if (forward->tunnel.type == IP_VS_CONN_F_TUNNEL_TYPE_GRE &&
               forward->tunnel.flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM) {
        source_error(build->source, &frame->keyword,
                     "%s TUN type gre has no remcsum; use csum, or type gue", row->name);
    }
}

/*
 * What the kernel has learnt late. One that knows no kinds of tunnels makes IPIP of all, without a
 * word (net/netfilter/ipvs/ip_vs_ctl.c of 5.1 and before), so it is told when the file is read;
 * a warning, since vendors add to old kernels.
 */
static void service_check_tunnel_age(struct build *build, const struct build_frame *frame,
                                     const struct schema_row *row,
                                     const struct service_forward *forward)
{
    static const struct {
        uint8_t type;
        uint8_t minor; /* of Linux 5 */
    } rows[] = {
        {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 2}, /* 84c0d5e96f3a */
        {IP_VS_CONN_F_TUNNEL_TYPE_GRE, 3}, /* 6f7b841bc939 */
    };
    uint32_t version = build->options->kernel_version;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (forward->tunnel.type == rows[i].type && version &&
            version < parser_kernel_version(5, rows[i].minor)) {
            source_warning(
                build->source, &frame->keyword,
                "%s TUN type %s came with Linux 5.%u, and this is Linux %u.%u: unless its "
                "vendor has added it, the servers get IPIP; use type ipip, or a newer "
                "kernel",
                row->name, conf_name_of(conf_tunnel_names, rows[i].type), rows[i].minor,
                version >> 16, version & UINT16_MAX);
        }
    }
}

static void service_store_forward(struct build_frame *frame, const struct schema_row *row,
                                  const struct service_forward *forward)
{
    struct conf_real_server *server = frame->object;
    struct conf_virtual_server *service = frame->object;

    if (frame->block == SCHEMA_REAL_SERVER) {
        struct build_real_server *extra = frame->extra;

        server->forward = forward->forward;
        server->tunnel = forward->tunnel;
        extra->entry->forward_given = true;
    } else if (row->target.base == SCHEMA_EXTRA) { /* sorry_server_lvs_method */
        struct build_virtual_server *extra = frame->extra;

        extra->sorry_forward_given = true;
        extra->sorry_forward = forward->forward;
        extra->sorry_tunnel = forward->tunnel;
    } else {
        service->forward = forward->forward;
        service->tunnel = forward->tunnel;
    }
}

void build_read_forward(struct build *build, struct build_frame *frame,
                        const struct schema_row *row)
{
    struct service_forward forward = {0};
    struct lexer_token token;
    int64_t value;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!build_read_choice(build, row->name, &token, conf_forward_names, false, &value)) {
        return;
    }
    forward.forward = (enum conf_forward)value;
    if (forward.forward == CONF_FORWARD_TUN) {
        while (service_read_tunnel_word(build, frame, row, &forward)) {
        }
        service_check_tunnel(build, frame, row, &forward);
        service_check_tunnel_age(build, frame, row, &forward);
    }
    service_store_forward(frame, row, &forward);
}

/* ---- Single keywords of virtual_server ------------------------------------------------------- */

void build_read_persistence_timeout(struct build *build, struct build_frame *frame,
                                    const struct schema_row *row)
{
    struct lexer_token token;
    int64_t seconds = BUILD_PERSISTENCE_S;

    if (build_optional(build, frame, &token) &&
        (token.bad ||
         !build_read_number(build, row->name, &token, row->minimum, row->maximum, &seconds))) {
        return;
    }
    build_store(frame, row, seconds);
}

/* A netmask for IPv4, a number of bits for IPv6. */
void build_read_persistence_granularity(struct build *build, struct build_frame *frame,
                                        const struct schema_row *row)
{
    struct build_virtual_server *extra = frame->extra;
    struct conf_virtual_server *service = frame->object;
    struct lexer_token token;
    int64_t bits;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (strchr(token.text, '.')) {
        if (!build_read_address(build, row->name, &token, AF_INET, &extra->netmask)) {
            return;
        }
        extra->ipv6_granularity = 0;
    } else {
        if (!build_read_number(build, row->name, &token, row->minimum, row->maximum, &bits)) {
            return;
        }
        extra->ipv6_granularity = (uint32_t)bits;
        extra->netmask = (struct inet_addr){0};
    }
    if (!service->persistence_timeout_s) {
        service->persistence_timeout_s = BUILD_PERSISTENCE_S;
    }
}

/* A number of servers, or a share of them. */
void build_read_min_healthy(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_virtual_server *service = frame->object;
    struct lexer_token token;
    bool percent;
    int64_t most = row->maximum;
    size_t length;
    int64_t number;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    length = strlen(token.text);
    percent = length > 1 && token.text[length - 1] == '%';
    if (percent) {
        token.text = arena_text_n(build->arena, token.text, length - 1);
        most = 100;
    }
    if (build_read_number(build, row->name, &token, row->minimum, most, &number)) {
        build_store(frame, row, number);
        service->min_healthy_percent = percent;
    }
}

void build_read_sorry_server(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct build_virtual_server *extra = frame->extra;
    struct conf_virtual_server *service = frame->object;
    struct conf_real_server *server = arena_alloc(build->arena, sizeof(*server));
    struct inet_addr addr;
    uint16_t port;

    if (!service_read_endpoint(build, frame, row, &addr, &port)) {
        return;
    }
    server->key.addr = addr;
    server->key.port = port;
    server->weight = 1; /* B49 */
    server->position = frame->keyword.position;
    STAILQ_INIT(&server->checks);
    service->sorry_server = server;
    extra->sorry_place = frame->keyword;
}

/* ---- Extras of servers and checkers ---------------------------------------------------------- */

void *build_new_extra(struct build *build, struct build_extras *extras, enum schema_block block)
{
    void *extra = extras->spare;

    if (!extra) {
        return build_new(build, build->service, block, SCHEMA_EXTRA);
    }
    extras->spare = NULL;
    memcpy(extra, schema_template(build->schema, block, SCHEMA_EXTRA),
           schema_block(block).extra_size);
    return extra;
}

_Static_assert(offsetof(struct build_check, settings) == 0 &&
                   offsetof(struct build_real_server, settings) == 0,
               "an extra can be compared by its first bytes");

void *build_keep_extra(const struct build *build, struct build_extras *extras, void *extra)
{
    size_t size = BUILD_SERVICE_SETTINGS * sizeof(int64_t);

    if (!build->conf->origins && extras->last && memcmp(extras->last, extra, size) == 0) {
        extras->spare = extra;
    } else {
        extras->last = extra;
    }
    return extras->last;
}

/* ---- real_server ----------------------------------------------------------------------------- */

static void service_write_server(const struct build_frame *frame, struct text_buffer *out)
{
    const struct conf_real_server *server = frame->object;
    char text[CONF_ENDPOINT_TEXT_SIZE];

    text_append(out, conf_server_text(text, &server->key));
}

/* The kernel refuses a lower threshold above the upper one: ip_vs_add_dest(). */
static void service_check_thresholds(struct build *build, const struct build_frame *frame)
{
    const struct conf_real_server *server = frame->object;

    if (server->lower_threshold > server->upper_threshold) {
        source_error(build->source, build_mark(build, &frame->marks, "lthreshold"),
                     "lthreshold %u is above uthreshold %u, which the kernel refuses; make it "
                     "smaller, or add an uthreshold",
                     server->lower_threshold, server->upper_threshold);
    }
}

void build_read_real_server(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct build_virtual_server *service = frame->extra;
    struct build_server_entry *entry = arena_alloc(build->service, sizeof(*entry));
    struct conf_real_server *server = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_real_server *extra = build_new_extra(build, &build->servers, row->opens);
    struct build_frame inner;
    bool good;

    build_enter(&inner, frame, row->opens);
    good = service_read_endpoint(build, frame, row, &server->key.addr, &server->key.port);
    server->position = frame->keyword.position;
    STAILQ_INIT(&server->checks);
    entry->server = server;
    entry->origin = frame->keyword.origin;
    entry->length = frame->keyword.length;
    STAILQ_INIT(&entry->checks);
    extra->entry = entry;
    extra->settings[BUILD_LOG_ALL_FAILURES] = BUILD_UNSET;
    inner.object = server;
    inner.extra = extra;
    inner.write_name = good ? service_write_server : NULL;
    (void)build_read_block(build, &inner);
    entry->extra = build_keep_extra(build, &build->servers, extra);
    service_check_thresholds(build, &inner);
    if (good) {
        STAILQ_INSERT_TAIL(&service->servers, entry, next);
    }
}

/* ---- virtual_server -------------------------------------------------------------------------- */

static void service_write_service(const struct build_frame *frame, struct text_buffer *out)
{
    const struct build_virtual_server *extra = frame->extra;
    const struct conf_virtual_server *service = frame->object;
    char text[INET_ENDPOINT_TEXT_SIZE];

    if (extra->group) {
        text_appendf(out, "group %s", extra->group);
    } else if (service->key.fwmark) {
        text_appendf(out, "fwmark %u", service->key.fwmark);
    } else {
        text_append(out, inet_endpoint_text(text, &service->key.addr, service->key.port));
    }
}

/* Whether it is one of a group: what is kept of it lives until all groups are known. */
static bool service_group_follows(struct build *build)
{
    struct lexer_token token;

    lexer_next(build->lexer, &token);
    lexer_unread(build->lexer, &token);
    return token.kind == LEXER_WORD && strcmp(token.text, "group") == 0;
}

void build_read_virtual_server(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct build_frame inner;
    struct conf_virtual_server *service = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_virtual_server *extra;
    bool good;

    /* An address that is used again would bring the origins of another service with it. */
    build->service =
        build->conf->origins || service_group_follows(build) ? build->scratch : arena_new();
    build->servers = build->checks = (struct build_extras){0};
    extra = build_new(build, build->service, row->opens, SCHEMA_EXTRA);
    build_enter(&inner, frame, row->opens);
    extra->service = service;
    good = service_read_header(build, frame, row, extra);
    service->position = frame->keyword.position;
    STAILQ_INIT(&service->servers);
    extra->place = frame->keyword;
    extra->settings[BUILD_LOG_ALL_FAILURES] = BUILD_UNSET;
    STAILQ_INIT(&extra->servers);
    inner.object = service;
    inner.extra = extra;
    inner.write_name = good ? service_write_service : NULL;
    (void)build_read_block(build, &inner);
    if (good) {
        STAILQ_INSERT_TAIL(&build->conf->virtual_servers, service, next);
        build->conf->virtual_server_count++;
    }
    if (good && extra->group) {
        extra->marks = build_keep_marks(build->scratch, &inner.marks);
        STAILQ_INSERT_TAIL(&build->grouped, extra, next);
    } else if (good) {
        build_finish_service(build, extra, &inner.marks);
    }
    if (build->service != build->scratch) {
        arena_free(build->service);
    }
    build->service = NULL;
}
