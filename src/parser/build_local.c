/* SPDX-License-Identifier: Apache-2.0
 *
 * FULLNAT of a virtual server: local_address, and what FULLNAT cannot be joined with. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <linux/ip_vs.h>
#include <string.h>

/* ADDRESS or ADDRESS-ADDRESS. @return whether it is one; else it was reported */
static bool local_read_range(struct build *build, const struct schema_row *row,
                             const struct lexer_token *word, struct conf_local *local)
{
    const char *dash = strchr(word->text, '-');
    const char *begin;
    int order;

    if (!dash) {
        if (!build_read_address(build, row->name, word, AF_UNSPEC, &local->first)) {
            return false;
        }
        local->last = local->first;
        return true;
    }
    begin = arena_text_n(build->scratch, word->text, (size_t)(dash - word->text));
    if (!inet_parse(begin, &local->first) || !inet_parse(dash + 1, &local->last) ||
        local->first.family != local->last.family) {
        source_error(build->source, &word->place,
                     "\"%.*s\" is no range of addresses; type 192.0.2.1-192.0.2.9",
                     BUILD_WORD(word));
        return false;
    }
    order = memcmp(local->first.bytes, local->last.bytes, inet_family_size(local->first.family));
    if (order > 0) {
        source_error(build->source, &word->place,
                     "the range %.*s ends before it begins; type the lower address first",
                     BUILD_WORD(word));
    }
    return order <= 0;
}

void build_read_local_address(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_virtual_server *service = frame->object;
    struct lexer_token token;

    memset(service->local, 0, sizeof(service->local));
    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    do {
        struct conf_local read = {0};
        struct conf_local *local;

        if (token.bad || !local_read_range(build, row, &token, &read)) {
            return;
        }
        local = &service->local[read.first.family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4];
        if (inet_is_set(&local->first)) {
            source_error(build->source, &token.place,
                         "local_address takes one range of each family; make these one range");
            return;
        }
        *local = read;
    } while (build_optional(build, frame, &token));
}

static enum conf_fullnat local_fullnat(const struct build_virtual_server *extra)
{
    const struct conf_real_server *sorry = extra->service->sorry_server;
    const struct build_server_entry *entry;
    unsigned servers = sorry ? 1 : 0;
    unsigned fullnat = sorry && sorry->forward == CONF_FORWARD_FULLNAT ? 1 : 0;

    STAILQ_FOREACH(entry, &extra->servers, next) {
        servers++;
        fullnat += entry->server->forward == CONF_FORWARD_FULLNAT;
    }
    return !fullnat ? CONF_FULLNAT_NONE : fullnat < servers ? CONF_FULLNAT_SOME : CONF_FULLNAT_ALL;
}

void build_finish_fullnat(struct build *build, const struct build_virtual_server *extra,
                          const struct build_marks *marks)
{
    struct conf_virtual_server *service = extra->service;
    const struct source_place *local = build_mark(build, marks, "local_address");
    bool fullnat;

    service->fullnat = local_fullnat(extra);
    fullnat = service->fullnat != CONF_FULLNAT_NONE;
    if (fullnat && service->flags & IP_VS_SVC_F_ONEPACKET) {
        source_error(build->source, build_mark(build, marks, "ops"),
                     "ops and FULLNAT cannot be joined: the replies would be lost; remove ops, or "
                     "use lb_kind NAT");
    }
    if (local && !fullnat) {
        source_warning(build->source, local,
                       "local_address has no effect without FULLNAT; add: lb_kind FULLNAT, or "
                       "remove it");
    }
    for (size_t i = 0; local && fullnat && i < CONF_LOCALS; i++) {
        uint8_t family = service->local[i].first.family;

        if (family && !build_has_family(service, family)) {
            source_error(
                build->source, local, "local_address has an %s address and the service is %s",
                family == AF_INET6 ? "IPv6" : "IPv4", family == AF_INET6 ? "IPv4" : "IPv6");
        }
    }
}
