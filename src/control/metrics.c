/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics of the status document: every row of every table, for each object that it is of.
 */
#include "control/metrics.h"

#include "control/metrics_inside.h"

#include <string.h>

static const struct metrics_table *const metrics_tables[] = {
    &metrics_daemon_table, &metrics_vrrp_table,  &metrics_service_table,
    &metrics_check_table,  &metrics_alias_table,
};

enum { METRICS_TABLES = sizeof(metrics_tables) / sizeof(metrics_tables[0]) };

struct metrics_options metrics_options_of(const json_t *status, enum metrics_format format)
{
    static const char *const depths[] = {
        [METRICS_DEPTH_OFF] = "off",
        [METRICS_DEPTH_SERVICE] = "service",
        [METRICS_DEPTH_SERVER] = "server",
    };
    const json_t *section = json_object_get(status, "metrics");
    const json_t *limit = json_object_get(section, "limit");
    struct metrics_options options = {.format = format,
                                      .depth = METRICS_DEPTH_SERVICE,
                                      .aliases = json_is_true(json_object_get(section, "aliases")),
                                      .limit = METRICS_LIMIT};

    for (int i = METRICS_DEPTH_OFF; i <= METRICS_DEPTH_SERVER; i++) {
        if (strcmp(metrics_text(section, "depth"), depths[i]) == 0) {
            options.depth = (enum metrics_depth)i;
        }
    }
    if (json_is_integer(limit) && json_integer_value(limit) >= 0 &&
        json_integer_value(limit) <= UINT32_MAX) {
        options.limit = (uint32_t)json_integer_value(limit);
    }
    return options;
}

static void metrics_write_family(struct metrics *metrics, const struct metrics_family *family)
{
    const struct metrics_set *set = &metrics->sets[family->of];

    for (size_t i = 0; i < set->count; i++) {
        if (family->write) {
            family->write(metrics, family, &set->items[i]);
        } else {
            metrics_plain(metrics, family, &set->items[i]);
        }
    }
}

void metrics_write(const json_t *status, const struct metrics_options *options,
                   struct text_buffer *out)
{
    struct metrics metrics = {.status = status, .options = options, .out = out};

    metrics_open(&metrics);
    for (int i = 0; i < METRICS_TABLES; i++) {
        const struct metrics_table *table = metrics_tables[i];

        for (size_t k = 0; k < table->count && (options->aliases || !table->alias); k++) {
            if (table->families[k].depth <= options->depth) {
                metrics_write_family(&metrics, &table->families[k]);
            }
        }
    }
    metrics_close(&metrics);
    if (options->format == METRICS_OPEN) {
        text_append(out, "# EOF\n");
    }
}

/* As its samples are called. */
static void metrics_describe_name(const struct metrics_family *family, struct text_buffer *out)
{
    text_appendf(out, "| `%s%s` | ", family->name,
                 family->type == METRICS_COUNTER ? "_total"
                 : family->type == METRICS_INFO  ? "_info"
                                                 : "");
}

void metrics_describe(struct text_buffer *out)
{
    static const char *const types[METRICS_TYPES] = {
        [METRICS_GAUGE] = "gauge",
        [METRICS_COUNTER] = "counter",
        [METRICS_INFO] = "info",
        [METRICS_HISTOGRAM] = "histogram",
        [METRICS_UNKNOWN] = "counter, of unknown type",
    };
    static const char *const depths[] = {"", " With `metrics_depth service` or `server`.",
                                         " With `metrics_depth server`."};

    text_append(out, "| metric | type | labels | |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < METRICS_TABLES; i++) {
        for (size_t k = 0; k < metrics_tables[i]->count; k++) {
            const struct metrics_family *family = &metrics_tables[i]->families[k];
            size_t before;

            metrics_describe_name(family, out);
            text_appendf(out, "%s | ", types[family->type]);
            before = out->length;
            /* What `write` labels wholly by itself says so. */
            if (!metrics_tables[i]->alias || !family->labels) {
                metrics_describe_labels(family->of, out);
            }
            if (family->labels) {
                text_appendf(out, "%s%s", out->length > before ? " " : "", family->labels);
            }
            text_appendf(out, "%s| %s%s |\n", out->length > before ? " " : "", family->help,
                         depths[family->depth]);
        }
    }
}
