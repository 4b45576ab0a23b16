/* SPDX-License-Identifier: Apache-2.0
 *
 * The checkers: what the parser knows of each kind, and how their blocks are read. What a kind alone
 * has of its own grammar is in a file of its own. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <string.h>

#define CHECK_SECOND INT64_C(1000000000)

/* The reference, 2.14 and 2.15: what a kind does where nothing around it says something else. */
static const struct build_check_kind build_check_kinds[CONF_CHECK_KINDS] = {
    [CONF_CHECK_TCP] = {SCHEMA_TCP_CHECK, BUILD_CHECK_PORT, 1, CHECK_SECOND, NULL, NULL},
    [CONF_CHECK_SMTP] = {SCHEMA_SMTP_CHECK, BUILD_CHECK_PORT, 1, CHECK_SECOND, NULL, NULL},
    [CONF_CHECK_DNS] = {SCHEMA_DNS_CHECK, BUILD_CHECK_PORT, 3, BUILD_UNSET, NULL, NULL},
    [CONF_CHECK_UDP] = {SCHEMA_UDP_CHECK, BUILD_CHECK_PORT, 1, CHECK_SECOND, NULL,
                        build_end_udp_check},
    [CONF_CHECK_PING] = {SCHEMA_PING_CHECK, BUILD_CHECK_ADDRESS, 1, CHECK_SECOND, NULL, NULL},
    [CONF_CHECK_MISC] = {SCHEMA_MISC_CHECK, BUILD_CHECK_NOTHING, 0, CHECK_SECOND, NULL,
                         build_end_misc_check},
    [CONF_CHECK_HTTP] = {SCHEMA_HTTP_GET, BUILD_CHECK_PORT, 1, 3 * CHECK_SECOND, build_begin_http,
                         NULL},
    [CONF_CHECK_SSL] = {SCHEMA_SSL_GET, BUILD_CHECK_PORT, 1, 3 * CHECK_SECOND, build_begin_http,
                        NULL},
    [CONF_CHECK_FILE] = {SCHEMA_FILE_CHECK, BUILD_CHECK_NOTHING, 0, CHECK_SECOND, NULL, NULL},
    [CONF_CHECK_BFD] = {SCHEMA_BFD_CHECK, BUILD_CHECK_NOTHING, 0, CHECK_SECOND, NULL, NULL},
    [CONF_CHECK_AGENT] = {SCHEMA_AGENT_CHECK, BUILD_CHECK_PORT, 1, CHECK_SECOND, NULL,
                          build_end_agent_check},
    [CONF_CHECK_MYSQL] = {SCHEMA_MYSQL_CHECK, BUILD_CHECK_PORT, 1, CHECK_SECOND, NULL,
                          build_end_mysql_check},
};

const struct build_check_kind *build_check_kind(enum conf_check_kind kind)
{
    return &build_check_kinds[kind];
}

static enum conf_check_kind check_kind_of(enum schema_block block)
{
    int kind = 0;

    while (build_check_kinds[kind].block != block) {
        kind++;
    }
    return (enum conf_check_kind)kind;
}

/* What all kinds that have these keywords must keep. */
static void check_finish(struct build *build, const struct build_frame *inner)
{
    const struct source_place *fall;

    if (!schema_find(build->schema, inner->block, "retry", strlen("retry"))) {
        return;
    }
    fall = build_mark(build, &inner->marks, "fall");
    if (fall && build_mark(build, &inner->marks, "retry")) {
        source_error(build->source, fall,
                     "fall and retry say the same: fall counts the failures, retry those behind "
                     "the first one; remove one of them");
    }
}

void build_read_check(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct build_server_entry *server = ((struct build_real_server *)frame->extra)->entry;
    struct build_check_entry *entry = arena_alloc(build->service, sizeof(*entry));
    struct conf_check *check = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_check *extra = build_new_extra(build, &build->checks, row->opens);
    const struct build_check_kind *kind;
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    check->kind = check_kind_of(row->opens);
    check->position = frame->keyword.position;
    kind = build_check_kind(check->kind);
    extra->settings[BUILD_WEIGHT] = BUILD_UNSET;
    extra->settings[BUILD_INHIBIT_ON_FAILURE] = BUILD_UNSET;
    inner.object = check;
    inner.extra = extra;
    if (kind->begin) {
        kind->begin(check);
    }
    if (build_read_block(build, &inner)) {
        check_finish(build, &inner);
        if (kind->end) {
            kind->end(build, &inner, check);
        }
    }
    entry->check = check;
    entry->extra = build_keep_extra(build, &build->checks, extra);
    entry->origin = frame->keyword.origin;
    entry->length = frame->keyword.length;
    STAILQ_INSERT_TAIL(&server->checks, entry, next);
    STAILQ_INSERT_TAIL(&server->server->checks, check, next);
}
