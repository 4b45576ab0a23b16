/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of metrics: heads, labels, numbers. OpenMetrics 1.0 (openmetrics.io, "Text Format"), and
 * Prometheus' text format 0.0.4, which has no units, no type "info", and a counter's suffix in its head.
 */
#include "control/metrics_inside.h"

#include <inttypes.h>
#include <string.h>

#define SAMPLE_MILLION 1000000

/* ---- Lines ------------------------------------------------------------------------------------- */

static const char *sample_suffix(const struct metrics_family *family)
{
    return family->type == METRICS_COUNTER ? "_total" : family->type == METRICS_INFO ? "_info" : "";
}

/* The unit that a name ends with; NULL: it has none. */
static const char *sample_unit(const char *name)
{
    static const char *const units[] = {"seconds", "bytes"};
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t size = strlen(units[i]);

        if (length > size && name[length - size - 1] == '_' &&
            strcmp(name + length - size, units[i]) == 0) {
            return units[i];
        }
    }
    return NULL;
}

static void sample_head(struct metrics *metrics, const struct metrics_family *family)
{
    static const char *const types[METRICS_TYPES] = {
        [METRICS_GAUGE] = "gauge",         [METRICS_COUNTER] = "counter", [METRICS_INFO] = "info",
        [METRICS_HISTOGRAM] = "histogram", [METRICS_UNKNOWN] = "unknown",
    };
    static const char *const old_types[METRICS_TYPES] = {
        [METRICS_GAUGE] = "gauge",         [METRICS_COUNTER] = "counter", [METRICS_INFO] = "gauge",
        [METRICS_HISTOGRAM] = "histogram", [METRICS_UNKNOWN] = "untyped",
    };
    bool open = metrics->options->format == METRICS_OPEN;
    const char *suffix = open ? "" : sample_suffix(family);
    /* The unit of an alias is not ours to say. */
    const char *unit = open && family->type != METRICS_UNKNOWN ? sample_unit(family->name) : NULL;

    text_appendf(metrics->out, "# TYPE %s%s %s\n", family->name, suffix,
                 (open ? types : old_types)[family->type]);
    if (unit) {
        text_appendf(metrics->out, "# UNIT %s %s\n", family->name, unit);
    }
    text_appendf(metrics->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
    metrics->family = family;
}

/* The same characters are escaped in both formats: backslash, quote, end of line. */
void metrics_write_label(struct text_buffer *out, const char *name, const char *value)
{
    text_appendf(out, "%s=\"", name);
    while (*value) {
        size_t plain = strcspn(value, "\\\"\n");

        text_append_n(out, value, plain);
        value += plain;
        if (*value) {
            text_append(out, *value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\");
            value++;
        }
    }
    text_append(out, "\"");
}

void metrics_begin(struct metrics *metrics, const struct metrics_family *family, const char *suffix,
                   const struct metrics_item *item)
{
    const char *labels = item ? metrics_labels(metrics, item) : "";

    if (metrics->family != family) {
        sample_head(metrics, family);
    }
    text_append(metrics->out, family->name);
    text_append(metrics->out, suffix ? suffix : sample_suffix(family));
    metrics->labelled = *labels != '\0';
    if (metrics->labelled) {
        text_append(metrics->out, "{");
        text_append(metrics->out, labels);
    }
}

void metrics_label(struct metrics *metrics, const char *name, const char *value)
{
    text_append(metrics->out, metrics->labelled ? "," : "{");
    metrics->labelled = true;
    metrics_write_label(metrics->out, name, value);
}

void metrics_end(struct metrics *metrics, int64_t value)
{
    text_appendf(metrics->out, "%s %" PRId64 "\n", metrics->labelled ? "}" : "", value);
}

/* Not by printf's %f: it writes what the locale has for a point. */
void metrics_end_seconds(struct metrics *metrics, int64_t micro)
{
    uint64_t parts = micro < 0 ? -(uint64_t)micro : (uint64_t)micro;
    uint64_t fraction = parts % SAMPLE_MILLION;
    int places = 6;

    text_appendf(metrics->out, "%s %s%" PRIu64, metrics->labelled ? "}" : "", micro < 0 ? "-" : "",
                 parts / SAMPLE_MILLION);
    if (fraction) {
        for (; fraction % 10 == 0; fraction /= 10) {
            places--;
        }
        text_appendf(metrics->out, ".%0*" PRIu64, places, fraction);
    }
    text_append(metrics->out, "\n");
}

/* ---- What rows say ----------------------------------------------------------------------------- */

void metrics_labelled(struct metrics *metrics, const struct metrics_family *family,
                      const struct metrics_item *item, const char *label, const char *text,
                      int64_t value)
{
    metrics_begin(metrics, family, NULL, item);
    metrics_label(metrics, label, text);
    metrics_end(metrics, value);
}

void metrics_by_name(struct metrics *metrics, const struct metrics_family *family,
                     const struct metrics_item *item, const char *label, const json_t *numbers)
{
    const char *name;
    json_t *number;

    json_object_foreach((json_t *)numbers, name, number) {
        if (json_is_integer(number)) {
            metrics_labelled(metrics, family, item, label, name, metrics_count(numbers, name));
        }
    }
}

void metrics_plain(struct metrics *metrics, const struct metrics_family *family,
                   const struct metrics_item *item)
{
    const json_t *member = metrics_member(item->json, family->path);
    int64_t value;

    if (!metrics_value_of(member, family->value, &value) ||
        (family->type == METRICS_COUNTER && value < 0)) {
        return;
    }
    metrics_begin(metrics, family, NULL, item);
    if (metrics_is_time(family->value)) {
        metrics_end_seconds(metrics, value);
    } else {
        metrics_end(metrics, value);
    }
}

void metrics_role(struct metrics *metrics, const struct metrics_family *family,
                  const struct metrics_item *item)
{
    static const char *const roles[] = {"INIT", "BACKUP", "MASTER", "FAULT"};
    const char *role = json_string_value(metrics_member(item->json, family->path));

    for (int i = 0; role && i < 4; i++) {
        if (strcmp(role, roles[i]) == 0) {
            metrics_begin(metrics, family, NULL, item);
            metrics_end(metrics, i);
        }
    }
}

/* ---- Histograms -------------------------------------------------------------------------------- */

/* Every fourth doubling of base/histogram.h's bounds, so that what is told is exact; as Go writes them. */
static const struct {
    int64_t up_to_us;
    const char *seconds;
} sample_bounds[] = {
    {1, "1e-06"},
    {4, "4e-06"},
    {16, "1.6e-05"},
    {64, "6.4e-05"},
    {256, "0.000256"},
    {1024, "0.001024"},
    {4096, "0.004096"},
    {16384, "0.016384"},
    {65536, "0.065536"},
    {262144, "0.262144"},
    {1048576, "1.048576"},
    {4194304, "4.194304"},
    {16777216, "16.777216"},
};

/* How many were counted up to a bound. @param most  -1: without one */
static int64_t sample_up_to(const json_t *buckets, int64_t most)
{
    const json_t *bucket;
    int64_t sum = 0;
    size_t i;

    json_array_foreach(buckets, i, bucket) {
        const json_t *bound = json_object_get(bucket, "up_to_us");

        if (most < 0 || (json_is_integer(bound) && json_integer_value(bound) <= most)) {
            sum = metrics_sum(sum, metrics_count(bucket, "count"));
        }
    }
    return sum;
}

void metrics_histogram(struct metrics *metrics, const struct metrics_family *family,
                       const struct metrics_item *item)
{
    const json_t *histogram = metrics_member(item->json, family->path);
    const json_t *buckets = json_object_get(histogram, "buckets");
    int64_t all = sample_up_to(buckets, -1);
    int64_t sum;

    if (!json_is_array(buckets) ||
        !metrics_value_of(json_object_get(histogram, "sum_us"), METRICS_US, &sum) || sum < 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(sample_bounds) / sizeof(sample_bounds[0]); i++) {
        if (sample_bounds[i].up_to_us < family->least_us) {
            continue;
        }
        metrics_begin(metrics, family, "_bucket", item);
        metrics_label(metrics, "le", sample_bounds[i].seconds);
        metrics_end(metrics, sample_up_to(buckets, sample_bounds[i].up_to_us));
    }
    metrics_begin(metrics, family, "_bucket", item);
    metrics_label(metrics, "le", "+Inf");
    metrics_end(metrics, all);
    metrics_begin(metrics, family, "_sum", item);
    metrics_end_seconds(metrics, sum);
    metrics_begin(metrics, family, "_count", item);
    metrics_end(metrics, all);
}
