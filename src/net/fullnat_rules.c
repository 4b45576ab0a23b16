/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of FULLNAT for nft(8). Connections that are matched alike and get the same source are the
 * elements of one set, with one rule. Pure.
 */
#include "net/fullnat.h"

#include "base/memory.h"
#include "base/text.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* How a connection is matched; the words are those of nft(8). */
struct fullnat_match {
    uint8_t family;
    uint8_t protocol; /* 0: by mark */
    bool port;        /* the client's destination port counts */
    bool server;      /* the server counts: others of its service are not behind FULLNAT */
};

/* A set and its rule. */
struct fullnat_set {
    struct fullnat_match match;
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

static bool fullnat_match_equal(const struct fullnat_match *a, const struct fullnat_match *b)
{
    return a->family == b->family && a->protocol == b->protocol && a->port == b->port &&
           a->server == b->server;
}

static bool fullnat_local_equal(const struct conf_local *a, const struct conf_local *b)
{
    return inet_equal(&a->first, &b->first) && inet_equal(&a->last, &b->last);
}

/* The set for such a connection, made where it is missing. */
static struct fullnat_set *fullnat_set_of(struct fullnat_sets *sets,
                                          const struct fullnat_match *match,
                                          const struct conf_local *local)
{
    unsigned pool = inet_is_set(&local->first) ? 1 : 0;
    struct fullnat_set *set;

    for (size_t i = 0; i < sets->count; i++) {
        set = &sets->sets[i];
        if (fullnat_match_equal(&set->match, match)) {
            if (fullnat_local_equal(&set->local, local)) {
                return set;
            }
            pool += pool && set->pool;
        }
    }
    sets->sets = memory_resize(sets->sets, sets->count + 1, sizeof(*sets->sets));
    set = &sets->sets[sets->count++];
    *set = (struct fullnat_set){.match = *match, .local = *local, .pool = pool};
    return set;
}

static void fullnat_add(struct fullnat_sets *sets, const struct conf_virtual_server *service,
                        const struct conf_service_key *key, const struct inet_addr *server)
{
    const struct fullnat_match match = {.family = key->family,
                                        .protocol = key->fwmark ? 0 : key->protocol,
                                        .port = key->port != 0,
                                        .server = server != NULL};
    const struct conf_local *local =
        &service->local[key->family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4];
    struct text_buffer *out = &fullnat_set_of(sets, &match, local)->elements;
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
        text_appendf(out, " . %s", inet_text(text, server));
    }
}

/* ---- What is behind FULLNAT -------------------------------------------------------------------- */

static void fullnat_add_server(struct fullnat_sets *sets, const struct conf_virtual_server *service,
                               const struct conf_service_key *key,
                               const struct conf_real_server *server)
{
    if (server && server->forward == CONF_FORWARD_FULLNAT &&
        server->key.addr.family == key->family) {
        fullnat_add(sets, service, key, &server->key.addr);
    }
}

/*
 * A mark alone would match what IPVS does not forward, too, so there the servers count in any case.
 * One address with two ports is one element twice, which nft takes.
 */
static void fullnat_add_service(struct fullnat_sets *sets,
                                const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;
    bool whole = service->fullnat == CONF_FULLNAT_ALL;

    for (uint32_t i = 0; i < service->member_count; i++) {
        const struct conf_service_key *key = &service->members[i];

        if (whole && !key->fwmark) {
            fullnat_add(sets, service, key, NULL);
            continue;
        }
        STAILQ_FOREACH(server, &service->servers, next) {
            fullnat_add_server(sets, service, key, server);
        }
        fullnat_add_server(sets, service, key, service->sorry_server);
    }
}

/* ---- The text ---------------------------------------------------------------------------------- */

static void fullnat_write_name(const struct fullnat_set *set, struct text_buffer *out)
{
    const struct fullnat_match *match = &set->match;

    text_appendf(out, "%s%s%s%s", match->protocol ? fullnat_protocol(match->protocol) : "mark",
                 match->family == AF_INET6 ? "6" : "4",
                 match->protocol && !match->port ? "_any" : "", match->server ? "_server" : "");
    if (set->pool) {
        text_appendf(out, "_pool%u", set->pool);
    }
}

static void fullnat_write_type(const struct fullnat_match *match, struct text_buffer *out)
{
    const char *addr = match->family == AF_INET6 ? "ipv6_addr" : "ipv4_addr";

    text_append(out, match->protocol ? addr : "mark");
    text_append(out, match->port ? " . inet_service" : "");
    if (match->server) {
        text_appendf(out, " . %s", addr);
    }
}

static void fullnat_write_match(const struct fullnat_match *match, struct text_buffer *out)
{
    const char *ip = match->family == AF_INET6 ? "ip6" : "ip";

    text_appendf(out, "meta nfproto %s ", match->family == AF_INET6 ? "ipv6" : "ipv4");
    if (match->protocol) {
        text_appendf(out, "meta l4proto %s ct original %s daddr", fullnat_protocol(match->protocol),
                     ip);
    } else {
        text_append(out, "meta mark");
    }
    text_append(out, match->port ? " . ct original proto-dst" : "");
    if (match->server) {
        text_appendf(out, " . %s daddr", ip);
    }
}

static void fullnat_write_source(const struct fullnat_set *set, struct text_buffer *out)
{
    const struct conf_local *local = &set->local;
    char text[INET_ADDR_TEXT_SIZE];

    if (!set->pool) {
        text_append(out, "masquerade");
        return;
    }
    text_appendf(out, "snat %s to %s", set->match.family == AF_INET6 ? "ip6" : "ip",
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
    fullnat_write_type(&set->match, out);
    text_appendf(out, "; }\nflush set inet %s %s\nadd element inet %s %s {\n%s\n}\n", table,
                 name.data, table, name.data, set->elements.data);
    text_appendf(out, "add rule inet %s postrouting ", table);
    fullnat_write_match(&set->match, out);
    text_appendf(out, " @%s ", name.data);
    fullnat_write_source(set, out);
    text_append(out, "\n");
    text_release(&name);
}

void fullnat_write(const struct conf *conf, const char *table, struct text_buffer *out)
{
    const struct conf_virtual_server *service;
    struct fullnat_sets sets = {0};

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        fullnat_add_service(&sets, service);
    }
    if (sets.count) {
        text_appendf(out,
                     "add table inet %s\n"
                     "add chain inet %s postrouting "
                     "{ type nat hook postrouting priority srcnat; policy accept; }\n"
                     "flush chain inet %s postrouting\n",
                     table, table, table);
    }
    for (size_t i = 0; i < sets.count; i++) {
        fullnat_write_set(&sets.sets[i], table, out);
        text_release(&sets.sets[i].elements);
    }
    fullnat_write_guard(conf, table, out);
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
