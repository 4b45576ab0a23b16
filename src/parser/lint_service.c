/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints over services, their servers and their checks, and over the turns of scripts. Pure.
 */
#include "parser/lint_view.h"

#include "base/text.h"
#include "parser/lookup.h"

#include <netinet/in.h>
#include <string.h>

static const char lint_service_keyword[] = "virtual_server";

/* ---- Addresses ------------------------------------------------------------------------------- */

static const struct conf_address *lint_find_held(const struct lint_view *view,
                                                 const struct inet_addr *addr)
{
    return lookup_find(view->held, addr, sizeof(*addr));
}

/* The first service whose address nobody holds; NULL: there is none. */
static const struct conf_service_key *lint_find_unheld(const struct lint_view *view,
                                                       const struct conf_virtual_server *service)
{
    for (uint32_t i = 0; i < service->member_count; i++) {
        const struct conf_service_key *member = &service->members[i];

        if (!member->fwmark && !lint_find_held(view, &member->addr) &&
            !lookup_find(view->local, &member->addr, sizeof(member->addr))) {
            return member;
        }
    }
    return NULL;
}

static bool lint_is_member(const struct conf_virtual_server *service, const struct inet_addr *addr)
{
    for (uint32_t i = 0; i < service->member_count; i++) {
        if (!service->members[i].fwmark && inet_equal(&service->members[i].addr, addr)) {
            return true;
        }
    }
    return false;
}

static bool lint_any_address(const struct conf *conf)
{
    const struct conf_instance *instance;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        if (instance->address_count) {
            return true;
        }
    }
    return false;
}

void lint_service_address_unheld(struct lint_view *view, enum lint lint)
{
    const struct conf_virtual_server *service;

    if (!lint_any_address(view->conf)) {
        return; /* somebody else moves the addresses, or there is one director */
    }
    STAILQ_FOREACH(service, &view->conf->virtual_servers, next) {
        struct source_place place = lint_place(&service->position, lint_service_keyword);
        const struct conf_service_key *member = lint_find_unheld(view, service);
        char text[INET_ADDR_TEXT_SIZE];

        if (!member) {
            continue;
        }
        (void)source_lint(view->build->source, lint, &place,
                          "no vrrp_instance holds %s, so packets for %s do not come here; add it "
                          "to a virtual_ipaddress",
                          inet_text(text, &member->addr), service->name);
    }
}

/* ---- Servers --------------------------------------------------------------------------------- */

static void lint_judge_server(struct lint_view *view, enum lint lint,
                              const struct conf_virtual_server *service,
                              const struct conf_real_server *server, const char *keyword)
{
    struct source_place place = lint_place(&server->position, keyword);
    const struct conf_address *held = lint_find_held(view, &server->key.addr);
    bool own = lint_is_member(service, &server->key.addr);
    char text[INET_ADDR_TEXT_SIZE];

    if (!own && !held) {
        return;
    }
    if (source_lint(view->build->source, lint, &place,
                    "%s is %s: whichever director holds it would get the connections itself, and "
                    "checks ask that director; type the server's own address",
                    inet_text(text, &server->key.addr),
                    own ? "the virtual server's own address" : "a virtual address") &&
        held) {
        struct source_place first = lint_place(&held->position, text);

        source_note(view->build->source, &first, "it is held here");
    }
}

void lint_server_is_vip(struct lint_view *view, enum lint lint)
{
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;

    STAILQ_FOREACH(service, &view->conf->virtual_servers, next) {
        STAILQ_FOREACH(server, &service->servers, next) {
            lint_judge_server(view, lint, service, server, "real_server");
        }
        if (service->sorry_server) {
            lint_judge_server(view, lint, service, service->sorry_server, "sorry_server");
        }
    }
}

/* ---- Several directors at once --------------------------------------------------------------- */

/* Whether each director answers alike: what mh and sh choose depends on the client and the servers. */
static bool lint_is_same_everywhere(const struct conf_virtual_server *service)
{
    return strcmp(service->scheduler, "mh") == 0 || strcmp(service->scheduler, "sh") == 0;
}

void lint_announced_scheduler(struct lint_view *view, enum lint lint)
{
    const struct conf_virtual_server *service;

    if (view->conf->global.sync_daemon.interface) {
        return; /* a director that gets a connection may have heard of it */
    }
    STAILQ_FOREACH(service, &view->conf->virtual_servers, next) {
        struct source_place place = lint_place(&service->position, lint_service_keyword);

        if (service->announce != CONF_ANNOUNCE_NONE && service->key.protocol != IPPROTO_UDP &&
            !lint_is_same_everywhere(service)) {
            (void)source_lint(view->build->source, lint, &place,
                              "with lb_algo %s each director would choose another server, and "
                              "connections break when the router sends them to another director; "
                              "use lb_algo mh with mh-port",
                              service->scheduler);
        }
    }
}

/* ---- Turns ----------------------------------------------------------------------------------- */

static bool lint_check_is_slow(const struct conf_check *check)
{
    return build_check_kind(check->kind)->needs != BUILD_CHECK_NOTHING &&
           check->connect_timeout > check->delay_loop;
}

static uint32_t lint_count_slow_checks(const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;
    const struct conf_check *check;
    uint32_t count = 0;

    STAILQ_FOREACH(server, &service->servers, next) {
        STAILQ_FOREACH(check, &server->checks, next) {
            count += lint_check_is_slow(check);
        }
    }
    return count;
}

/* @return whether it was told */
static bool lint_tell_slow_check(struct lint_view *view, enum lint lint,
                                 const struct conf_check *check, uint32_t others)
{
    struct source_place place =
        lint_place(&check->position, conf_name_of(conf_check_names, (int)check->kind));
    struct text_buffer text = {0};
    bool told;

    text_append(&text, "this check waits up to ");
    lint_write_seconds(check->connect_timeout, &text);
    text_append(&text, " for an answer, and its turns are ");
    lint_write_seconds(check->delay_loop, &text);
    text_append(&text, " apart: a server that does not answer is asked less often; make "
                       "connect_timeout shorter than delay_loop, or delay_loop longer");
    if (others) {
        text_appendf(&text, " (%u more check%s like it in this virtual_server)", others,
                     text_plural(others));
    }
    told = source_lint(view->build->source, lint, &place, "%s", text.data);
    text_release(&text);
    return told;
}

static void lint_service_turns(struct lint_view *view, enum lint lint,
                               const struct conf_virtual_server *service)
{
    uint32_t count = lint_count_slow_checks(service);
    const struct conf_real_server *server;
    const struct conf_check *check;

    if (!count) {
        return;
    }
    STAILQ_FOREACH(server, &service->servers, next) {
        STAILQ_FOREACH(check, &server->checks, next) {
            if (lint_check_is_slow(check) && lint_tell_slow_check(view, lint, check, --count)) {
                return;
            }
        }
    }
}

static void lint_script_turns(struct lint_view *view, enum lint lint,
                              const struct conf_vrrp_script *script)
{
    struct source_place place = lint_place(&script->position, "vrrp_script");
    struct text_buffer text = {0};

    if (script->timeout <= script->interval) {
        return;
    }
    text_appendf(&text, "%s may run for ", script->name);
    lint_write_seconds(script->timeout, &text);
    text_append(&text, ", and its turns are ");
    lint_write_seconds(script->interval, &text);
    text_append(&text, " apart: turns are skipped while it runs, and what it finds is known later; "
                       "make timeout no longer than interval, or interval longer");
    (void)source_lint(view->build->source, lint, &place, "%s", text.data);
    text_release(&text);
}

void lint_check_timeout(struct lint_view *view, enum lint lint)
{
    const struct conf_virtual_server *service;
    const struct conf_vrrp_script *script;

    STAILQ_FOREACH(script, &view->conf->scripts, next) {
        lint_script_turns(view, lint, script);
    }
    STAILQ_FOREACH(service, &view->conf->virtual_servers, next) {
        lint_service_turns(view, lint, service);
    }
}
