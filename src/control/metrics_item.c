/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects of the document that have series of their own, and the labels of these. How many there
 * are is bounded here.
 */
#include "control/metrics_inside.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_LABELS = 4, ITEM_NUMBER_SIZE = sizeof("-9223372036854775808") };

/* Where the objects of a set are, and which members are their labels. */
struct item_source {
    const char *path[3]; /* of the array in the document, or in each object of `parent` */
    enum metrics_set_name parent;
    bool alias;      /* with metrics_aliases alone */
    bool configured; /* those alone whose `configured` is true */
    const char
        *position; /* the label that says which of its parent's objects it is, from 1; NULL: none */
    struct {
        const char *label;
        const char *member;
    } labels[ITEM_LABELS];
};

static const struct item_source item_sources[METRICS_SETS] = {
    [METRICS_INSTANCES] = {{"instances"},
                           .labels = {{"name", "name"},
                                      {"interface", "interface"},
                                      {"vrid", "vrid"},
                                      {"family", "family"}}},
    [METRICS_ADDRESSES] = {{"addresses"},
                           METRICS_INSTANCES,
                           .labels = {{"address", "address"}, {"device", "device"}}},
    [METRICS_PEERS] = {{"peers"},
                       METRICS_INSTANCES,
                       .configured = true,
                       .labels = {{"peer", "address"}}},
    [METRICS_GROUPS] = {{"sync_groups"}, .labels = {{"name", "name"}}},
    [METRICS_SCRIPTS] = {{"scripts"}, .labels = {{"name", "name"}}},
    [METRICS_FILES] = {{"track_files"}, .labels = {{"name", "name"}}},
    [METRICS_PROCESSES] = {{"track_processes"}, .labels = {{"name", "name"}}},
    [METRICS_FIFOS] = {{"fifos"}, .labels = {{"path", "path"}}},
    [METRICS_SESSIONS] = {{"bfd", "sessions"},
                          .labels = {{"name", "name"}, {"neighbor", "neighbor"}}},
    [METRICS_LINKS] = {{"network", "links"}, .labels = {{"interface", "interface"}}},
    [METRICS_SERVICES] = {{"services"}, .labels = {{"service", "name"}}},
    [METRICS_SERVERS] = {{"servers"}, METRICS_SERVICES, .labels = {{"server", "name"}}},
    [METRICS_CHECKS] = {{"checks"},
                        METRICS_SERVERS,
                        .position = "check",
                        .labels = {{"kind", "kind"}}},
    [METRICS_ALIAS_INSTANCES] = {{"instances"},
                                 .alias = true,
                                 .labels = {{"iname", "name"},
                                            {"intf", "interface"},
                                            {"vrid", "vrid"}}},
    [METRICS_ALIAS_STATES] =
        {{"instances"},
         .alias = true,
         .labels = {{"name", "name"}, {"intf", "interface"}, {"vrid", "vrid"}, {"state", "state"}}},
    [METRICS_ALIAS_SCRIPTS] = {{"scripts"}, .alias = true, .labels = {{"name", "name"}}},
};

const char *metrics_labels(const struct metrics *metrics, const struct metrics_item *item)
{
    return metrics->labels.data + item->labels;
}

static void item_add_label(struct text_buffer *labels, size_t start, const char *name,
                           const json_t *member)
{
    char number[ITEM_NUMBER_SIZE];
    const char *value = json_string_value(member);

    if (json_is_integer(member)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(member));
        value = number;
    }
    text_append(labels, labels->length > start ? "," : "");
    metrics_write_label(labels, name, value ? value : "");
}

/* @param parent  whose object it is; NULL: the document's */
static void item_add(struct metrics *metrics, enum metrics_set_name name, const json_t *json,
                     const struct metrics_item *parent, size_t position)
{
    const struct item_source *source = &item_sources[name];
    struct metrics_set *set = &metrics->sets[name];
    struct text_buffer *labels = &metrics->labels;
    size_t start = labels->length;
    char number[ITEM_NUMBER_SIZE];

    if (parent) { /* a copy, since what is appended to moves */
        char *inherited = memory_text(metrics_labels(metrics, parent));

        text_append(labels, inherited);
        free(inherited);
    }
    if (source->position) {
        (void)snprintf(number, sizeof(number), "%zu", position);
        text_append(labels, labels->length > start ? "," : "");
        metrics_write_label(labels, source->position, number);
    }
    for (int i = 0; i < ITEM_LABELS && source->labels[i].label; i++) {
        item_add_label(labels, start, source->labels[i].label,
                       json_object_get(json, source->labels[i].member));
    }
    text_append_n(labels, "", 1);
    set->items[set->count++] = (struct metrics_item){json, parent ? parent->json : NULL, start};
}

static void item_add_array(struct metrics *metrics, enum metrics_set_name name, const json_t *array,
                           const struct metrics_item *parent)
{
    struct metrics_set *set = &metrics->sets[name];
    const json_t *json;
    size_t i;

    set->items =
        memory_resize(set->items, set->count + json_array_size(array) + 1, sizeof(*set->items));
    json_array_foreach(array, i, json) {
        if (json_is_object(json) &&
            (!item_sources[name].configured || json_is_true(json_object_get(json, "configured")))) {
            item_add(metrics, name, json, parent, i + 1);
        }
    }
}

static void item_find(struct metrics *metrics, enum metrics_set_name name)
{
    const struct item_source *source = &item_sources[name];
    const struct metrics_set *parents = &metrics->sets[source->parent];

    if (source->alias && !metrics->options->aliases) {
        return;
    }
    for (size_t i = 0; i < parents->count; i++) {
        const struct metrics_item *parent = source->parent ? &parents->items[i] : NULL;

        item_add_array(metrics, name, metrics_member(parents->items[i].json, source->path), parent);
    }
}

/* Services, or servers, of which there are too many have no series of their own. */
static void item_limit(struct metrics *metrics)
{
    const json_t *services = json_object_get(metrics->status, "services");
    size_t servers = 0;
    const json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        servers += json_array_size(json_object_get(service, "servers"));
    }
    if (json_array_size(services) > metrics->options->limit) {
        metrics->left_out_services = json_array_size(services);
    }
    if (servers > metrics->options->limit || metrics->left_out_services) {
        metrics->left_out_servers = servers;
    }
}

void metrics_open(struct metrics *metrics)
{
    struct metrics_set *document = &metrics->sets[METRICS_DOCUMENT];

    document->items = memory_new(1, sizeof(*document->items));
    document->items[0].json = metrics->status;
    document->count = 1;
    text_append_n(&metrics->labels, "", 1);
    item_limit(metrics);
    for (int name = METRICS_DOCUMENT + 1; name < METRICS_SETS; name++) {
        if ((name == METRICS_SERVICES && metrics->left_out_services) ||
            (name == METRICS_SERVERS && metrics->left_out_servers)) {
            continue;
        }
        item_find(metrics, (enum metrics_set_name)name);
    }
}

void metrics_close(struct metrics *metrics)
{
    for (int name = 0; name < METRICS_SETS; name++) {
        free(metrics->sets[name].items);
    }
    text_release(&metrics->labels);
}

void metrics_describe_labels(enum metrics_set_name set, struct text_buffer *out)
{
    const struct item_source *source = &item_sources[set];

    if (source->parent) {
        metrics_describe_labels(source->parent, out);
        text_append(out, " ");
    }
    if (source->position) {
        text_appendf(out, "`%s` ", source->position);
    }
    for (int i = 0; i < ITEM_LABELS && source->labels[i].label; i++) {
        text_appendf(out, "%s`%s`", i ? " " : "", source->labels[i].label);
    }
}
