/* SPDX-License-Identifier: Apache-2.0
 *
 * A load from its first file to `struct conf`: it makes the stages, runs them, and takes them down.
 */
#include "parser/parser.h"

#include "base/arena.h"
#include "base/memory.h"
#include "parser/build.h"
#include "parser/lint.h"
#include "parser/lookup.h"
#include "parser/origins.h"

#include <stdlib.h>
#include <string.h>

void conf_free(struct conf *conf)
{
    if (conf) {
        origins_free(conf->origins);
        arena_free(conf->arena); /* the structure itself is in it */
    }
}

static struct conf *parser_new_conf(const struct schema_index *schema)
{
    struct arena *arena = arena_new();
    struct conf *conf = arena_alloc(arena, sizeof(*conf));

    conf->arena = arena;
    memcpy(&conf->global, schema_template(schema, SCHEMA_GLOBAL_DEFS, SCHEMA_OBJECT),
           sizeof(conf->global));
    conf->global.nft_priority = CONF_NFT_PRIORITY;
    STAILQ_INIT(&conf->instances);
    STAILQ_INIT(&conf->sync_groups);
    STAILQ_INIT(&conf->track_groups);
    STAILQ_INIT(&conf->garp_groups);
    STAILQ_INIT(&conf->link_delays);
    STAILQ_INIT(&conf->polled);
    build_init_static(&conf->entries);
    STAILQ_INIT(&conf->scripts);
    STAILQ_INIT(&conf->track_files);
    STAILQ_INIT(&conf->track_processes);
    STAILQ_INIT(&conf->bfds);
    STAILQ_INIT(&conf->service_groups);
    STAILQ_INIT(&conf->virtual_servers);
    STAILQ_INIT(&conf->announced);
    return conf;
}

/* Reads the file and everything it says into the structures of `build`. */
static void parser_build(struct build *build, const char *path, const char *config_id,
                         const struct parser_options *options)
{
    build->expand = expand_new(build->source, path, config_id, options);
    if (!build->expand) {
        return;
    }
    build->lexer = lexer_new(build->expand, build->source);
    build->scratch = arena_new();
    build->global = build_new(build, build->scratch, SCHEMA_GLOBAL_DEFS, SCHEMA_EXTRA);
    build->global_marks.block = SCHEMA_GLOBAL_DEFS;
    build->global_marks.places =
        arena_alloc(build->scratch, SCHEMA_BLOCK_ROWS * sizeof(struct source_place));
    build->instance_names = lookup_new(build->scratch);
    build->group_names = lookup_new(build->scratch);
    build->track_group_names = lookup_new(build->scratch);
    build->script_names = lookup_new(build->scratch);
    for (int kind = 0; kind < CONF_TRACK_KINDS; kind++) {
        build->track_names[kind] = lookup_new(build->scratch);
    }
    build->services = lookup_new(build->scratch);
    build->service_group_names = lookup_new(build->scratch);
    STAILQ_INIT(&build->grouped);
    STAILQ_INIT(&build->instances);
    STAILQ_INIT(&build->sync_groups);
    STAILQ_INIT(&build->references);
    build_read_all(build);
    build_finish(build);
    if (!source_failed(build->source)) {
        lint_run(build);
    }
    lookup_free(build->instance_names);
    lookup_free(build->group_names);
    lookup_free(build->track_group_names);
    lookup_free(build->script_names);
    for (int kind = 0; kind < CONF_TRACK_KINDS; kind++) {
        lookup_free(build->track_names[kind]);
    }
    lookup_free(build->services);
    lookup_free(build->service_group_names);
    arena_free(build->scratch);
    lexer_free(build->lexer);
    expand_free(build->expand);
    free(build->late);
    free(build->told);
}

struct conf *parser_load(const char *path, const struct parser_options *options,
                         struct diag_list **diagnostics)
{
    static const struct parser_options defaults;
    const struct parser_options *chosen = options ? options : &defaults;
    struct diag_list *list = diag_new();
    struct build build = {.options = chosen, .schema = schema_index_new()};
    char host[SOURCE_HOST_SIZE];
    bool failed;

    build.conf = parser_new_conf(build.schema);
    build.conf->origins = chosen->origins ? origins_new(build.conf->arena) : NULL;
    build.arena = build.conf->arena;
    build.source = source_new(build.arena, &chosen->world, list);
    source_silence(build.source, chosen->silence);
    parser_build(&build, path, chosen->config_id ? chosen->config_id : source_host_name(host),
                 chosen);
    failed = source_failed(build.source);
    source_settle_lints(build.source);
    source_free(build.source);
    schema_index_free(build.schema);
    diag_sort(list);
    *diagnostics = list;
    if (failed) {
        conf_free(build.conf);
        return NULL;
    }
    return build.conf;
}
