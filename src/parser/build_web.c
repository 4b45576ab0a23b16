/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the web page is served, and by what names: http_listen, http_host. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum { WEB_ADDRESS_SIZE = 64 };

#define WEB_HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

/* Says what is wrong with a word of http_listen. @return false */
static bool web_refuse(struct build *build, const struct lexer_token *token, const char *why)
{
    source_error(build->source, &token->place, "http_listen \"%.*s\" %s", BUILD_WORD(token), why);
    return false;
}

/* Reads what stands before the port: an address, that of IPv6 in brackets. */
static bool web_read_address(struct build *build, const struct lexer_token *token, size_t length,
                             struct inet_addr *addr)
{
    char text[WEB_ADDRESS_SIZE];
    bool bracketed = length >= 2 && token->text[0] == '[' && token->text[length - 1] == ']';

    if (bracketed) {
        length -= 2;
    }
    if (length >= sizeof(text)) {
        return web_refuse(build, token, "has no IPv4 or IPv6 address before its port");
    }
    memcpy(text, token->text + bracketed, length);
    text[length] = '\0';
    if (!inet_parse(text, addr)) {
        return web_refuse(build, token,
                          "has no IPv4 or IPv6 address before its port; type one that this host "
                          "has, or 0.0.0.0 or [::] for all of them");
    }
    if (bracketed != (addr->family == AF_INET6)) {
        return web_refuse(build, token,
                          bracketed ? "has an IPv4 address in brackets; remove them"
                                    : "needs brackets around its IPv6 address: [::1]:9650");
    }
    return true;
}

/* Reads one word of http_listen. */
static bool web_read_listen(struct build *build, const struct schema_row *row,
                            const struct lexer_token *token, struct conf_listen *listen)
{
    const char *colon = strrchr(token->text, ':');
    uint64_t port;

    if (token->text[0] == '/') {
        listen->path = arena_text_n(build->arena, token->text, token->length);
        return token->length < CONF_LISTEN_PATH_SIZE ||
               web_refuse(build, token, "is too long: a socket's path has 107 bytes at most");
    }
    if (!colon || strlen(token->text) != token->length) {
        return web_refuse(build, token,
                          "is neither ADDRESS:PORT nor the path of a socket; type one like "
                          "127.0.0.1:9650, [::1]:9650 or /run/holdfast/web.sock");
    }
    if (!web_read_address(build, token, (size_t)(colon - token->text), &listen->addr)) {
        return false;
    }
    if (!text_parse_unsigned(colon + 1, (uint64_t)row->maximum, &port) ||
        port < (uint64_t)row->minimum) {
        return web_refuse(build, token, "has no port of 1..65535 behind its last \":\"");
    }
    listen->port = (uint16_t)port;
    return true;
}

static bool web_is_same(const struct conf_listen *a, const struct conf_listen *b)
{
    if (a->path || b->path) {
        return a->path && b->path && strcmp(a->path, b->path) == 0;
    }
    return inet_equal(&a->addr, &b->addr) && a->port == b->port;
}

/* The list grows by one; what it was is the arena's. */
static void web_add_listen(struct build *build, struct conf_web *web,
                           const struct lexer_token *token, const struct conf_listen *listen)
{
    struct conf_listen *listens;

    for (uint32_t i = 0; i < web->listen_count; i++) {
        if (web_is_same(&web->listens[i], listen)) {
            source_warning(build->source, &token->place,
                           "http_listen has %.*s already; remove one of them", BUILD_WORD(token));
            return;
        }
    }
    if (web->listen_count == CONF_LISTEN_MOST) {
        (void)web_refuse(build, token, "is one too many: there are 16 at most");
        return;
    }
    listens = arena_alloc(build->arena, (web->listen_count + 1) * sizeof(*listens));
    if (web->listen_count) {
        memcpy(listens, web->listens, web->listen_count * sizeof(*listens));
    }
    listens[web->listen_count++] = *listen;
    web->listens = listens;
}

void build_read_http_listen(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_web *web = &((struct conf_global *)frame->object)->web;
    struct lexer_token token;
    bool more = build_argument(build, frame, row, &token);

    while (more) {
        struct conf_listen listen = {0};

        if (!token.bad && web_read_listen(build, row, &token, &listen) && !frame->discard) {
            web_add_listen(build, web, &token, &listen);
        }
        more = build_optional(build, frame, &token);
    }
}

/* ---- Names ------------------------------------------------------------------------------------- */

static bool web_check_host(struct build *build, const struct lexer_token *token)
{
    bool good = token->length && token->length < CONF_WEB_HOST_SIZE &&
                strspn(token->text, WEB_HOST_LETTERS) == token->length;

    if (!good && strcmp(token->text, "*") != 0) {
        source_error(build->source, &token->place,
                     "http_host \"%.*s\" is no name of a host; type one without a port, or *",
                     BUILD_WORD(token));
        return false;
    }
    return true;
}

static void web_add_host(struct build *build, struct conf_web *web, const struct lexer_token *token)
{
    const char **hosts;

    for (uint32_t i = 0; i < web->host_count; i++) {
        if (strcasecmp(web->hosts[i], token->text) == 0) {
            source_warning(build->source, &token->place,
                           "http_host has %.*s already; remove one of them", BUILD_WORD(token));
            return;
        }
    }
    if (web->host_count == CONF_WEB_HOSTS_MOST) {
        source_error(build->source, &token->place,
                     "http_host \"%.*s\" is one too many: there are 32 at most", BUILD_WORD(token));
        return;
    }
    hosts = arena_alloc(build->arena, (web->host_count + 1) * sizeof(*hosts));
    if (web->host_count) {
        memcpy((void *)hosts, (const void *)web->hosts, web->host_count * sizeof(*hosts));
    }
    hosts[web->host_count++] = arena_text_n(build->arena, token->text, token->length);
    web->hosts = hosts;
}

void build_read_http_host(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct conf_web *web = &((struct conf_global *)frame->object)->web;
    struct lexer_token token;
    bool more = build_argument(build, frame, row, &token);

    while (more) {
        if (!token.bad && web_check_host(build, &token) && !frame->discard) {
            web_add_host(build, web, &token);
        }
        more = build_optional(build, frame, &token);
    }
}
