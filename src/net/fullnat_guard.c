/* SPDX-License-Identifier: Apache-2.0
 *
 * A server whose connection's entry is not there yet, right after a takeover, would be answered with a
 * reset by this host, which has the address that the server sends to. So what belongs to no connection
 * and opens none is dropped, and the server sends it again.
 */
#include "net/fullnat.h"

#include "base/memory.h"
#include "base/text.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The servers that see addresses of one `local_address`. */
struct guard {
    struct conf_local local;
    struct text_buffer servers;
};

struct guards {
    struct guard *all;
    size_t count;
};

static struct guard *guard_of(struct guards *guards, const struct conf_local *local)
{
    for (size_t i = 0; i < guards->count; i++) {
        if (inet_equal(&guards->all[i].local.first, &local->first) &&
            inet_equal(&guards->all[i].local.last, &local->last)) {
            return &guards->all[i];
        }
    }
    guards->all = memory_resize(guards->all, guards->count + 1, sizeof(*guards->all));
    guards->all[guards->count] = (struct guard){.local = *local};
    return &guards->all[guards->count++];
}

/* Twice the same one is no matter: nft(8) takes it. */
static void guards_add(struct guards *guards, const struct conf_virtual_server *service,
                       const struct conf_real_server *server)
{
    const struct inet_addr *addr = server ? &server->key.addr : NULL;
    const struct conf_local *local;
    char text[INET_ADDR_TEXT_SIZE];
    struct guard *guard;

    if (!server || server->forward != CONF_FORWARD_FULLNAT) {
        return;
    }
    local = &service->local[addr->family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4];
    if (inet_is_set(&local->first)) {
        guard = guard_of(guards, local);
        text_appendf(&guard->servers, "%s%s", guard->servers.length ? ", " : "",
                     inet_text(text, addr));
    }
}

static void guard_write(const struct guard *guard, const char *table, struct text_buffer *out)
{
    const char *ip = guard->local.first.family == AF_INET6 ? "ip6" : "ip";
    char text[INET_ADDR_TEXT_SIZE];

    text_appendf(out, "add rule inet %s guard %s daddr %s", table, ip,
                 inet_text(text, &guard->local.first));
    if (!inet_equal(&guard->local.first, &guard->local.last)) {
        text_appendf(out, "-%s", inet_text(text, &guard->local.last));
    }
    text_appendf(out, " %s saddr { %s } tcp flags & syn == 0 ct state new,invalid drop\n", ip,
                 guard->servers.data);
}

void fullnat_write_guard(const struct conf *conf, const char *table, struct text_buffer *out)
{
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;
    struct guards guards = {0};

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (!conf->global.sync_daemon.interface || service->fullnat == CONF_FULLNAT_NONE) {
            continue;
        }
        STAILQ_FOREACH(server, &service->servers, next) {
            guards_add(&guards, service, server);
        }
        guards_add(&guards, service, service->sorry_server);
    }
    if (guards.count) {
        text_appendf(out,
                     "add chain inet %s guard "
                     "{ type filter hook input priority filter; policy accept; }\n"
                     "flush chain inet %s guard\n",
                     table, table);
    }
    for (size_t i = 0; i < guards.count; i++) {
        guard_write(&guards.all[i], table, out);
        text_release(&guards.all[i].servers);
    }
    free(guards.all);
}

void fullnat_write_guard_leftover(const char *before, const char *rules, struct text_buffer *out)
{
    static const char mark[] = " guard { type";
    static const char begin[] = "add chain ";
    const char *at = strstr(before, mark);
    const char *line = at;

    if (!at || strstr(rules, mark)) {
        return;
    }
    while (line > before && line[-1] != '\n') {
        line--;
    }
    if (strncmp(line, begin, strlen(begin)) != 0 || at - line <= (ptrdiff_t)strlen(begin)) {
        return;
    }
    /* Added first, so that it is no error where the kernel has lost it. */
    line += strlen(begin);
    text_appendf(out, "add chain %.*s guard\nflush chain %.*s guard\ndelete chain %.*s guard\n",
                 (int)(at - line), line, (int)(at - line), line, (int)(at - line), line);
}
