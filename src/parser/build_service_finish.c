/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a virtual_server: what it gives to its servers and they to their checkers, ports and
 * families, and its flags. What is wrong with the whole is validate.c's. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/conf_find.h"
#include "parser/origins.h"
#include "parser/validate.h"

#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

/*
 * Flags of the scheduler mh: include/net/ip_vs.h of the kernel, not in its interface for programs.
 */
#define SERVICE_MH_FALLBACK IP_VS_SVC_F_SCHED1
#define SERVICE_MH_PORT     IP_VS_SVC_F_SCHED2

enum { SERVICE_LONGEST_NAME = 253 }; /* RFC 1035 2.3.4: 255 octets with the first and last length */

/* ---- Settings -------------------------------------------------------------------------------- */

/*
 * The settings of a block, to be changed: a copy in `own` of those that it may share with others.
 * With origins it shares them with nobody, and they are known by where they are.
 */
static int64_t *service_own_settings(const struct build *build, int64_t *settings,
                                     int64_t own[BUILD_SERVICE_SETTINGS])
{
    if (build->conf->origins) {
        return settings;
    }
    memcpy(own, settings, BUILD_SERVICE_SETTINGS * sizeof(*own));
    return own;
}

/* smtp_alert, to be decided when all of global_defs is known. */
static uint8_t service_mail(const int64_t settings[BUILD_SERVICE_SETTINGS])
{
    return settings[BUILD_MAIL] == BUILD_UNSET ? BUILD_MAIL_UNDECIDED
                                               : (uint8_t)settings[BUILD_MAIL];
}

/* ---- Checkers -------------------------------------------------------------------------------- */

/* Remembers a truth that global_defs decides, wherever that stands. */
static void service_decide_late(struct build *build, bool *field)
{
    if (build->late_count == build->late_capacity) {
        build->late_capacity = build->late_capacity ? build->late_capacity * 2 : 64;
        build->late = memory_resize(build->late, build->late_capacity, sizeof(*build->late));
    }
    build->late[build->late_count++] = field;
}

/* The address that is checked: its own, that of its own name, or the server's. */
static void service_finish_address(struct build *build, const struct build_check_entry *entry,
                                   const struct conf_real_server *server)
{
    struct conf_check *check = entry->check;
    struct source_place place = build_check_place(entry);
    struct inet_addr address;

    if (check->connect_host && inet_is_set(&check->connect_addr)) {
        source_error(build->source, &place,
                     "connect_ip and connect_host both say what is checked; remove one of them");
    } else if (check->connect_host && inet_parse(check->connect_host, &address)) {
        source_error(build->source, &place, "%s is an address, not a name; type: connect_ip %s",
                     check->connect_host, check->connect_host);
    } else if (check->connect_host && strlen(check->connect_host) > SERVICE_LONGEST_NAME) {
        source_error(build->source, &place,
                     "the name of connect_host has %zu characters, and no host's has more than %d",
                     strlen(check->connect_host), SERVICE_LONGEST_NAME);
    }
    if (check->connect_host) {
        check->connect_addr.family =
            inet_is_set(&check->bind_addr) ? check->bind_addr.family : server->key.addr.family;
    } else if (!inet_is_set(&check->connect_addr)) {
        check->connect_addr = server->key.addr;
    }
}

static void service_finish_target(struct build *build, const struct build_check_entry *entry,
                                  const struct conf_real_server *server, uint16_t written_port)
{
    struct conf_check *check = entry->check;
    enum build_check_needs needs = build_check_kind(check->kind)->needs;
    struct source_place place = build_check_place(entry);

    if (needs == BUILD_CHECK_NOTHING) {
        return;
    }
    service_finish_address(build, entry, server);
    if (!check->connect_port && needs == BUILD_CHECK_PORT) {
        check->connect_port = server->key.port ? server->key.port : written_port;
        if (!server->key.port) { /* the server itself does not keep it */
            origins_note(build->conf->origins, &check->connect_port, &server->position);
        }
    }
    if (!check->connect_port && needs == BUILD_CHECK_PORT) {
        source_error(build->source, &place,
                     "%s has no port to connect to: neither the virtual_server nor the real_server "
                     "has one; add: connect_port PORT",
                     conf_name_of(conf_check_names, (int)check->kind));
    }
    if (inet_is_set(&check->bind_addr) && check->bind_addr.family != check->connect_addr.family) {
        source_error(build->source, &place,
                     "bindto is an %s address and what is checked is not; use one of the same "
                     "family",
                     check->bind_addr.family == AF_INET ? "IPv4" : "IPv6");
    }
    if (check->connect_addr.family == AF_INET6 && !check->bind_interface &&
        check->connect_addr.bytes[0] == 0xfe && (check->connect_addr.bytes[1] & 0xc0) == 0x80) {
        source_error(build->source, &place,
                     "a link-local address is checked through an interface; add: bind_if "
                     "INTERFACE");
    }
}

static void service_finish_check(struct build *build, const struct build_check_entry *entry,
                                 const int64_t server_settings[BUILD_SERVICE_SETTINGS])
{
    struct conf_check *check = entry->check;
    const struct build_check_kind *kind = build_check_kind(check->kind);
    int64_t own[BUILD_SERVICE_SETTINGS];
    int64_t *settings = service_own_settings(build, entry->extra->settings, own);

    build_inherit(build, settings, server_settings, BUILD_SERVICE_SETTINGS);
    if (settings[BUILD_RETRY] == BUILD_UNSET) {
        settings[BUILD_RETRY] = kind->retry;
    }
    if (settings[BUILD_DELAY_BEFORE_RETRY] == BUILD_UNSET) {
        settings[BUILD_DELAY_BEFORE_RETRY] = kind->delay_before_retry == BUILD_UNSET
                                                 ? settings[BUILD_DELAY_LOOP]
                                                 : kind->delay_before_retry;
    }
    if (settings[BUILD_WARMUP] == BUILD_UNSET) {
        settings[BUILD_WARMUP] = settings[BUILD_DELAY_LOOP];
    }
    check->connect_timeout =
        kind->needs == BUILD_CHECK_NOTHING ? 0 : settings[BUILD_CONNECT_TIMEOUT];
    check->delay_loop = settings[BUILD_DELAY_LOOP];
    check->delay_before_retry = settings[BUILD_DELAY_BEFORE_RETRY];
    check->warmup = settings[BUILD_WARMUP];
    check->retry = check->fall ? check->fall - 1 : (uint32_t)settings[BUILD_RETRY];
    check->alpha = settings[BUILD_ALPHA];
    if (settings[BUILD_LOG_ALL_FAILURES] == BUILD_UNSET) {
        service_decide_late(build, &check->log_all_failures);
    } else {
        check->log_all_failures = settings[BUILD_LOG_ALL_FAILURES];
    }
    build_settle_origins(build, kind->block, check, entry->extra);
}

/* ---- Servers --------------------------------------------------------------------------------- */

/*
 * B51: a server behind NAT without a port has the service's; behind DR and TUN packets keep the
 * service's port; with a mark they keep whatever port they have.
 */
static void service_finish_port(struct build *build, const struct build_virtual_server *extra,
                                struct conf_real_server *server, const char *keyword,
                                const struct source_place *place)
{
    const struct conf_service_key *service = &extra->ports;
    const char *kind = conf_name_of(conf_forward_names, (int)server->forward);
    uint16_t written = server->key.port;

    if (service->fwmark) {
        server->key.port = 0;
    } else if (!conf_is_nat(server->forward) || !written) {
        server->key.port = service->port;
    }
    if (!written || written == server->key.port || extra->several_ports) {
        return;
    }
    if (service->fwmark) {
        source_warning(build->source, place,
                       "the port %u of this %s is not used: with a fwmark packets keep their port; "
                       "remove it",
                       written, keyword);
    } else {
        (void)source_lint(
            build->source, LINT_DR_OTHER_PORT, place,
            "the port %u of this %s is not used: with %s packets keep the service's port "
            "%u; type that, or use NAT",
            written, keyword, kind, service->port);
    }
}

static void service_finish_server(struct build *build, struct build_virtual_server *service,
                                  const struct build_server_entry *entry)
{
    struct conf_real_server *server = entry->server;
    struct source_place place = build_server_place(entry);
    uint16_t written = server->key.port;
    int64_t own[BUILD_SERVICE_SETTINGS];
    int64_t *settings = service_own_settings(build, entry->extra->settings, own);
    const struct build_check_entry *check;

    server->mail = service_mail(settings);
    server->drain_timeout_given = settings[BUILD_DRAIN_TIMEOUT] != BUILD_UNSET;
    build_inherit(build, settings, service->settings, BUILD_SERVICE_SETTINGS);
    server->drain_timeout = settings[BUILD_DRAIN_TIMEOUT];
    server->weight = (uint32_t)settings[BUILD_WEIGHT];
    server->slow_start = settings[BUILD_SLOW_START];
    server->alpha = settings[BUILD_ALPHA];
    server->inhibit_on_failure = settings[BUILD_INHIBIT_ON_FAILURE];
    build_settle_origins(build, SCHEMA_REAL_SERVER, server, entry->extra);
    if (!entry->forward_given) {
        server->forward = service->service->forward;
        server->tunnel = service->service->tunnel;
    }
    service_finish_port(build, service, server, "real_server", &place);
    STAILQ_FOREACH(check, &entry->checks, next) {
        service_finish_check(build, check, settings);
        service_finish_target(build, check, server, written);
        build_inherit_http(build, service->service, server, check->check);
    }
}

static void service_finish_sorry(struct build *build, struct build_virtual_server *extra,
                                 const struct build_marks *marks)
{
    static const char *const keywords[] = {"sorry_server_inhibit", "sorry_server_lvs_method"};
    struct conf_virtual_server *service = extra->service;
    struct conf_real_server *server = service->sorry_server;

    if (server) {
        server->forward = extra->sorry_forward_given ? extra->sorry_forward : service->forward;
        server->tunnel = extra->sorry_forward_given ? extra->sorry_tunnel : service->tunnel;
        server->inhibit_on_failure = service->sorry_server_inhibit;
        origins_copy(build->conf->origins, &server->forward, &extra->sorry_forward);
        service_finish_port(build, extra, server, "sorry_server", &extra->sorry_place);
        return;
    }
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const struct source_place *place = build_mark(build, marks, keywords[i]);

        if (place && !build_mark(build, marks, "sorry_server")) {
            source_warning(build->source, place,
                           "%s has no effect without a sorry_server; add one, or remove it",
                           keywords[i]);
        }
    }
}

/* ---- The service ----------------------------------------------------------------------------- */

/* keepalived takes a default for each of these and complains; so do we. */
static void service_warn_defaults(struct build *build, const struct build_virtual_server *extra,
                                  const struct build_marks *marks)
{
    bool marked = build_is_marked(extra->service);
    const struct source_place *protocol = build_mark(build, marks, "protocol");

    if (!build_mark(build, marks, "lvs_sched") && !build_mark(build, marks, "lb_algo")) {
        source_warning(build->source, &extra->place,
                       "this virtual_server names no scheduler and gets wlc; add: lb_algo wlc");
    }
    if (!build_mark(build, marks, "lvs_method") && !build_mark(build, marks, "lb_kind")) {
        source_warning(build->source, &extra->place,
                       "this virtual_server names no forwarding method and gets NAT; add: lb_kind "
                       "NAT");
    }
    if (!marked && !protocol) {
        source_warning(build->source, &extra->place,
                       "this virtual_server names no protocol and gets UDP; add: protocol TCP, or "
                       "protocol UDP");
    } else if (marked && protocol) {
        source_warning(build->source, protocol,
                       "a fwmark service takes packets of every protocol; remove protocol");
    }
    if (marked && extra->service->ha_suspend) {
        source_warning(build->source, build_mark(build, marks, "ha_suspend"),
                       "ha_suspend has no effect with a fwmark: there is no address to look for; "
                       "remove it");
    }
}

static void service_finish_family(struct build *build, struct build_virtual_server *extra,
                                  const struct build_marks *marks)
{
    struct conf_service_key *key = &extra->service->key;
    const struct source_place *place = build_mark(build, marks, "ip_family");
    const struct build_server_entry *first = STAILQ_FIRST(&extra->servers);

    if (extra->group) {
        return; /* settled when it got its members */
    }
    if (!key->fwmark) {
        if (extra->family && extra->family != key->family) {
            source_warning(build->source, place,
                           "ip_family is for fwmark services and has no effect here; remove it");
        }
        return;
    }
    if (extra->family) {
        key->family = (uint8_t)extra->family;
    } else {
        key->family = first ? first->server->key.addr.family : AF_INET;
    }
}

/*
 * Kernels keep flags that their scheduler does not know, without a word. Those of sh came with Linux
 * 3.11 (eba3b5a78799); those of mh with mh itself, which is a module that is looked for.
 */
static void service_check_flags_age(struct build *build, const struct build_virtual_server *extra,
                                    const struct build_marks *marks)
{
    uint32_t version = build->options->kernel_version;

    if (version && version < parser_kernel_version(3, 11) &&
        strcmp(extra->service->scheduler, "sh") == 0 && (extra->sh_port || extra->sh_fallback)) {
        source_warning(build->source,
                       build_mark(build, marks, extra->sh_port ? "sh-port" : "sh-fallback"),
                       "the flags of sh came with Linux 3.11, and this is Linux %u.%u: unless its "
                       "vendor has added them, they have no effect",
                       version >> 16, version & UINT16_MAX);
    }
}

/* A flag and the scheduler that knows it; NULL: whichever there is. */
static void service_finish_flags(struct build *build, struct build_virtual_server *extra,
                                 const struct build_marks *marks)
{
    const struct {
        const char *keyword;
        const char *scheduler;
        uint8_t given;
        uint32_t flag;
    } rows[] = {
        {"flag-1", NULL, extra->flag_1, IP_VS_SVC_F_SCHED1},
        {"flag-2", NULL, extra->flag_2, IP_VS_SVC_F_SCHED2},
        {"flag-3", NULL, extra->flag_3, IP_VS_SVC_F_SCHED3},
        {"sh-fallback", "sh", extra->sh_fallback, IP_VS_SVC_F_SCHED_SH_FALLBACK},
        {"sh-port", "sh", extra->sh_port, IP_VS_SVC_F_SCHED_SH_PORT},
        {"mh-fallback", "mh", extra->mh_fallback, SERVICE_MH_FALLBACK},
        {"mh-port", "mh", extra->mh_port, SERVICE_MH_PORT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].given) {
            continue;
        }
        if (rows[i].scheduler && strcmp(rows[i].scheduler, extra->service->scheduler) != 0) {
            source_warning(build->source, build_mark(build, marks, rows[i].keyword),
                           "%s has no effect: the scheduler is %s; use lb_algo %s, or remove it",
                           rows[i].keyword, extra->service->scheduler, rows[i].scheduler);
        } else {
            extra->service->flags |= rows[i].flag;
        }
    }
    service_check_flags_age(build, extra, marks);
    if (extra->ops && extra->service->key.protocol == IPPROTO_UDP) {
        extra->service->flags |= IP_VS_SVC_F_ONEPACKET;
    } else if (extra->ops) {
        source_warning(build->source, build_mark(build, marks, "ops"),
                       "ops has no effect: one packet scheduling is for UDP; remove it");
    }
}

static void service_finish_name(struct build *build, const struct build_virtual_server *extra)
{
    struct conf_virtual_server *service = extra->service;
    char text[CONF_ENDPOINT_TEXT_SIZE];
    struct text_buffer name = {0};

    if (!extra->group) {
        service->name = arena_text(build->arena, conf_service_text(text, &service->key));
        return;
    }
    text_append(&name, extra->group);
    if (service->key.protocol) {
        text_appendf(&name, "/%s", conf_protocol_text(service->key.protocol));
    }
    service->name = arena_text(build->arena, name.data);
    text_release(&name);
}

void build_finish_service(struct build *build, struct build_virtual_server *extra,
                          const struct build_marks *marks)
{
    struct conf_virtual_server *service = extra->service;
    const struct build_server_entry *server;

    if (!service->members) {
        service->members = &service->key;
        service->member_count = 1;
    }
    service_warn_defaults(build, extra, marks);
    (void)text_copy(service->scheduler, sizeof(service->scheduler),
                    conf_name_of(conf_scheduler_names, extra->scheduler));
    if (!extra->group) {
        service->key.protocol = service->key.fwmark ? 0 : (uint8_t)extra->protocol;
        extra->ports = service->key;
    }
    service->drain_timeout = extra->settings[BUILD_DRAIN_TIMEOUT];
    service->alpha = extra->settings[BUILD_ALPHA];
    service->inhibit_on_failure = extra->settings[BUILD_INHIBIT_ON_FAILURE];
    service->mail = service_mail(extra->settings);
    build_settle_origins(build, SCHEMA_VIRTUAL_SERVER, service, extra);
    service_finish_family(build, extra, marks);
    service_finish_flags(build, extra, marks);
    STAILQ_FOREACH(server, &extra->servers, next) {
        service_finish_server(build, extra, server);
    }
    service_finish_sorry(build, extra, marks);
    validate_service(build, extra, marks);
    build_finish_fullnat(build, extra, marks);
    build_check_announced(build, extra, marks);
    service_finish_name(build, extra);
    STAILQ_FOREACH(server, &extra->servers, next) {
        STAILQ_INSERT_TAIL(&service->servers, server->server, next);
        service->server_count++;
    }
    build->conf->real_server_count += service->server_count;
}
