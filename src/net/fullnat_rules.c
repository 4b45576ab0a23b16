/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of FULLNAT for nft(8). Connections that are matched alike and get the same source are the
 * elements of one set, with one rule.
 *
 * A connection is matched by what the client asked for and by the server that IPVS has sent it to, whose
 * address the packet has when it leaves: what is sent, or routed, to the virtual address itself is left
 * alone. nft(8) has no word for "a connection of IPVS", and the kernel sets no status of connection
 * tracking for it (ip_vs_update_conntrack() of the kernel's ip_vs_nfct.c). Pure.
 */
#include "net/fullnat.h"

#include "base/memory.h"
#include "base/text.h"
#include "parser/conf_find.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/*
 * The kinds of rules in their order, which is that in which IPVS looks for a packet's service: by its
 * mark, by address and port, by address alone (ip_vs_service_find() of the kernel's ip_vs_ctl.c). What
 * has a service of an earlier kind is none of a later one's, even if it is not behind FULLNAT.
 */
enum fullnat_kind {
    FULLNAT_MARK,
    FULLNAT_MARK_ELSE,
    FULLNAT_PORT,
    FULLNAT_PORT_ELSE,
    FULLNAT_ALL_PORTS,
    FULLNAT_KINDS,
};

static const struct {
    const char *suffix; /* of a set's name */
    bool mark;
    bool port;   /* the client's destination port counts */
    bool server; /* the server counts, and its port where the client's does; else nothing is done */
} fullnat_kinds[FULLNAT_KINDS] = {
    [FULLNAT_MARK] = {"server", true, false, true},
    [FULLNAT_MARK_ELSE] = {"else", true, false, false},
    [FULLNAT_PORT] = {"port", false, true, true},
    [FULLNAT_PORT_ELSE] = {"port_else", false, true, false},
    [FULLNAT_ALL_PORTS] = {"all_ports", false, false, true},
};

/* A set and its rule; the words are those of nft(8). */
struct fullnat_set {
    enum fullnat_kind kind;
    uint8_t family;
    uint8_t protocol; /* 0: of a mark */
    struct conf_local local;
    unsigned pool; /* 0: none; else which `local` of the sets that are matched alike */
    struct text_buffer elements;
};

struct fullnat_sets {
    struct fullnat_set *sets;
    size_t count;
};

static const char *fullnat_protocol(uint8_t protocol)
{
    return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : "sctp";
}

static bool fullnat_local_equal(const struct conf_local *a, const struct conf_local *b)
{
    return inet_equal(&a->first, &b->first) && inet_equal(&a->last, &b->last);
}

/* The set for such a connection, made where it is missing. */
static struct fullnat_set *fullnat_set_of(struct fullnat_sets *sets, enum fullnat_kind kind,
                                          const struct conf_service_key *key,
                                          const struct conf_local *local)
{
    unsigned pool = inet_is_set(&local->first) ? 1 : 0;
    struct fullnat_set *set;

    for (size_t i = 0; i < sets->count; i++) {
        set = &sets->sets[i];
        if (set->kind == kind && set->family == key->family && set->protocol == key->protocol) {
            if (fullnat_local_equal(&set->local, local)) {
                return set;
            }
            pool += pool && set->pool;
        }
    }
    sets->sets = memory_resize(sets->sets, sets->count + 1, sizeof(*sets->sets));
    set = &sets->sets[sets->count++];
    *set = (struct fullnat_set){.kind = kind,
                                .family = key->family,
                                .protocol = key->protocol,
                                .local = *local,
                                .pool = pool};
    return set;
}

static void fullnat_add(struct fullnat_sets *sets, enum fullnat_kind kind,
                        const struct conf_service_key *key, const struct conf_server_key *server,
                        const struct conf_local *local)
{
    struct text_buffer *out = &fullnat_set_of(sets, kind, key, local)->elements;
    char text[INET_ADDR_TEXT_SIZE];

    text_append(out, out->length ? ",\n    " : "    ");
    if (key->fwmark) {
        text_appendf(out, "%u", key->fwmark);
    } else {
        text_append(out, inet_text(text, &key->addr));
    }
    if (key->port) {
        text_appendf(out, " . %u", key->port);
    }
    if (server) {
        text_appendf(out, " . %s", inet_text(text, &server->addr));
    }
    if (server && key->port) {
        text_appendf(out, " . %u", server->port);
    }
}

/* ---- What is behind FULLNAT, and what is not --------------------------------------------------- */

/* One element twice is one for nft. */
static void fullnat_add_server(struct fullnat_sets *sets, const struct conf_drain *server)
{
    const struct conf_service_key *key = &server->service;

    if (server->forward == CONF_FORWARD_FULLNAT && server->server.addr.family == key->family) {
        fullnat_add(sets,
                    key->fwmark ? FULLNAT_MARK
                    : key->port ? FULLNAT_PORT
                                : FULLNAT_ALL_PORTS,
                    key, &server->server, &server->local);
    }
}

/* A service: what else is sent to it is not another one's. */
static void fullnat_add_else(struct fullnat_sets *sets, const struct conf_service_key *key)
{
    static const struct conf_local none;

    if (key->fwmark || key->port) {
        fullnat_add(sets, key->fwmark ? FULLNAT_MARK_ELSE : FULLNAT_PORT_ELSE, key, NULL, &none);
    }
}

static void fullnat_add_member(struct fullnat_sets *sets, const struct conf_virtual_server *service,
                               const struct conf_service_key *key,
                               const struct conf_real_server *server)
{
    fullnat_add_server(
        sets,
        &(struct conf_drain){
            .service = *key,
            .server = conf_member_server(key, server),
            .forward = server->forward,
            .local = service->local[key->family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4]});
}

static void fullnat_add_service(struct fullnat_sets *sets,
                                const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;

    for (uint32_t i = 0; i < service->member_count; i++) {
        const struct conf_service_key *key = &service->members[i];

        fullnat_add_else(sets, key);
        if (service->fullnat == CONF_FULLNAT_NONE) {
            continue;
        }
        STAILQ_FOREACH(server, &service->servers, next) {
            fullnat_add_member(sets, service, key, server);
        }
        if (service->sorry_server) {
            fullnat_add_member(sets, service, key, service->sorry_server);
        }
    }
}

/* Whether there is something of a later kind that it could be taken for. */
static bool fullnat_is_needed(const struct fullnat_sets *sets, const struct fullnat_set *set)
{
    for (size_t i = 0; !fullnat_kinds[set->kind].server && i < sets->count; i++) {
        const struct fullnat_set *other = &sets->sets[i];

        if (other->kind > set->kind && fullnat_kinds[other->kind].server &&
            other->family == set->family && (!set->protocol || other->protocol == set->protocol)) {
            return true;
        }
    }
    return fullnat_kinds[set->kind].server;
}

/* ---- The text ---------------------------------------------------------------------------------- */

static void fullnat_write_name(const struct fullnat_set *set, struct text_buffer *out)
{
    text_appendf(out, "%s%s_%s", set->protocol ? fullnat_protocol(set->protocol) : "mark",
                 set->family == AF_INET6 ? "6" : "4", fullnat_kinds[set->kind].suffix);
    if (set->pool) {
        text_appendf(out, "_pool%u", set->pool);
    }
}

static void fullnat_write_type(const struct fullnat_set *set, struct text_buffer *out)
{
    const char *addr = set->family == AF_INET6 ? "ipv6_addr" : "ipv4_addr";
    const char *port = fullnat_kinds[set->kind].port ? " . inet_service" : "";

    text_appendf(out, "%s%s", set->protocol ? addr : "mark", port);
    if (fullnat_kinds[set->kind].server) {
        text_appendf(out, " . %s%s", addr, port);
    }
}

static void fullnat_write_match(const struct fullnat_set *set, struct text_buffer *out)
{
    const char *ip = set->family == AF_INET6 ? "ip6" : "ip";
    const char *protocol = fullnat_protocol(set->protocol);
    bool port = fullnat_kinds[set->kind].port;

    text_appendf(out, "meta nfproto %s ", set->family == AF_INET6 ? "ipv6" : "ipv4");
    if (set->protocol) {
        text_appendf(out, "meta l4proto %s ct original %s daddr", protocol, ip);
    } else {
        text_append(out, "meta mark");
    }
    text_append(out, port ? " . ct original proto-dst" : "");
    if (fullnat_kinds[set->kind].server) {
        text_appendf(out, " . %s daddr", ip);
        if (port) {
            text_appendf(out, " . %s dport", protocol);
        }
    }
}

static void fullnat_write_source(const struct fullnat_set *set, struct text_buffer *out)
{
    const struct conf_local *local = &set->local;
    char text[INET_ADDR_TEXT_SIZE];

    if (!fullnat_kinds[set->kind].server) {
        text_append(out, "return");
        return;
    }
    if (!set->pool) {
        text_append(out, "masquerade");
        return;
    }
    text_appendf(out, "snat %s to %s", set->family == AF_INET6 ? "ip6" : "ip",
                 inet_text(text, &local->first));
    if (!inet_equal(&local->first, &local->last)) {
        text_appendf(out, "-%s", inet_text(text, &local->last));
    }
}

static void fullnat_write_set(const struct fullnat_set *set, const char *table,
                              struct text_buffer *out)
{
    struct text_buffer name = {0};

    fullnat_write_name(set, &name);
    text_appendf(out, "add set inet %s %s { type ", table, name.data);
    fullnat_write_type(set, out);
    text_appendf(out, "; }\nflush set inet %s %s\nadd element inet %s %s {\n", table, name.data,
                 table, name.data);
    text_append_n(out, set->elements.data, set->elements.length);
    text_appendf(out, "\n}\nadd rule inet %s postrouting ", table);
    fullnat_write_match(set, out);
    text_appendf(out, " @%s ", name.data);
    fullnat_write_source(set, out);
    text_append(out, "\n");
    text_release(&name);
}

/* In the order of their kinds. */
static void fullnat_write_sets(const struct fullnat_sets *sets, const char *table,
                               struct text_buffer *out)
{
    text_appendf(out,
                 "add table inet %s\n"
                 "add chain inet %s postrouting "
                 "{ type nat hook postrouting priority srcnat; policy accept; }\n"
                 "flush chain inet %s postrouting\n",
                 table, table, table);
    for (enum fullnat_kind kind = 0; kind < FULLNAT_KINDS; kind++) {
        for (size_t i = 0; i < sets->count; i++) {
            if (sets->sets[i].kind == kind && fullnat_is_needed(sets, &sets->sets[i])) {
                fullnat_write_set(&sets->sets[i], table, out);
            }
        }
    }
}

/* Whether the table is needed at all. */
static bool fullnat_has_some(const struct fullnat_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        if (fullnat_kinds[sets->sets[i].kind].server) {
            return true;
        }
    }
    return false;
}

/* Whether anything is forwarded that way: else a table of thousands of services is gone through for nothing. */
static bool fullnat_is_wanted(const struct conf *conf, const struct conf_drain *drains,
                              size_t count)
{
    const struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (service->fullnat != CONF_FULLNAT_NONE) {
            return true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (drains[i].forward == CONF_FORWARD_FULLNAT) {
            return true;
        }
    }
    return false;
}

void fullnat_write(const struct conf *conf, const struct conf_drain *drains, size_t count,
                   const char *table, struct text_buffer *out)
{
    const struct conf_virtual_server *service;
    struct fullnat_sets sets = {0};

    if (!fullnat_is_wanted(conf, drains, count)) {
        return;
    }
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        fullnat_add_service(&sets, service);
    }
    for (size_t i = 0; i < count; i++) {
        fullnat_add_else(&sets, &drains[i].service);
        fullnat_add_server(&sets, &drains[i]);
    }
    if (fullnat_has_some(&sets)) {
        fullnat_write_sets(&sets, table, out);
        fullnat_write_guard(conf, table, out);
    }
    for (size_t i = 0; i < sets.count; i++) {
        text_release(&sets.sets[i].elements);
    }
    free(sets.sets);
}

void fullnat_write_leftover(const char *before, const char *rules, struct text_buffer *out)
{
    static const char begin[] = "add set ";

    fullnat_write_guard_leftover(before, rules, out);
    for (const char *line = before; *line;) {
        size_t length = strcspn(line, "\n");
        char *text = memory_new(length + 1, 1);

        memcpy(text, line, length);
        /* Added first, so that it is no error where the kernel has lost it. */
        if (strncmp(text, begin, strlen(begin)) == 0 && !strstr(rules, text)) {
            const char *name = text + strlen(begin);

            text_appendf(out, "%s\ndelete set %.*s\n", text, (int)strcspn(name, "{"), name);
        }
        free(text);
        line += length + (line[length] == '\n');
    }
}
