/* SPDX-License-Identifier: Apache-2.0
 *
 * The IPVS table for people: what the kernel holds for each entry and, where that is not what is
 * configured, why. Pure.
 */
#include "base/clock.h"
#include "base/text.h"
#include "control/render_inside.h"

#include <string.h>

/* Why the kernel has another weight than the configured one, or has no such entry. */
static const char *render_weight_reason(const json_t *server)
{
    if (!render_is(server, "admin", "ready") && render_has_text(server, "admin")) {
        return render_string(server, "admin");
    }
    if (render_is(server, "state", "down")) {
        return "failed";
    }
    if (render_is(server, "state", "checking")) {
        return "checking";
    }
    if (render_true(server, "unasked")) {
        return json_is_object(json_object_get(server, "kernel")) ? "as the last run left it"
                                                                 : "not asked yet";
    }
    if (json_is_integer(json_object_get(server, "slow_start_left_ms"))) {
        return "slow start";
    }
    if (json_is_integer(json_object_get(json_object_get(server, "operator"), "weight"))) {
        return "by hand";
    }
    return render_has_text(server, "ipvs_error") ? "refused" : "by its checks";
}

/* Thresholds of connections, "LOWER..UPPER"; "-" where there are none. */
static void render_thresholds(const json_t *kernel, struct table *table)
{
    json_int_t lower = render_number(kernel, "lower_threshold");
    json_int_t upper = render_number(kernel, "upper_threshold");

    if (lower || upper) {
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT "..%" JSON_INTEGER_FORMAT, lower,
                   upper);
    } else {
        table_cell(table, TABLE_PLAIN, "-");
    }
}

/* How packets reach a server, as "TUN gue csum". No checksums are not said; the port has no room. */
static void render_forward(const json_t *kernel, struct table *table)
{
    bool checked = render_has_text(kernel, "tunnel_checksum") &&
                   !render_is(kernel, "tunnel_checksum", "nocsum");
    bool tunnel = render_has_text(kernel, "tunnel");

    table_cell(table, TABLE_PLAIN, "%s%s%s%s%s", render_string(kernel, "forward"),
               tunnel ? " " : "", tunnel ? render_string(kernel, "tunnel") : "", checked ? " " : "",
               checked ? render_string(kernel, "tunnel_checksum") : "");
}

static void render_kernel_cells(const json_t *server, struct table *table)
{
    const json_t *kernel = json_object_get(server, "kernel");
    const json_t *connections = json_object_get(server, "connections");
    const json_t *configured = json_object_get(server, "weight_configured");
    json_int_t weight = render_number(kernel, "weight");
    char text[RENDER_TEXT_SIZE];

    render_forward(kernel, table);
    if (json_is_integer(configured) && json_integer_value(configured) != weight) {
        table_cell(table, TABLE_ODD, "%s of %" JSON_INTEGER_FORMAT,
                   render_count(text, kernel, "weight"), json_integer_value(configured));
    } else {
        table_cell(table, TABLE_PLAIN, "%s", render_count(text, kernel, "weight"));
    }
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "active"));
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "inactive"));
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "persistent"));
    render_thresholds(kernel, table);
}

static bool render_is_as_configured(const json_t *server)
{
    const json_t *kernel = json_object_get(server, "kernel");

    return json_is_object(kernel) && render_is(server, "admin", "ready") &&
           render_number(kernel, "weight") == render_number(server, "weight_configured");
}

enum render_kind {
    RENDER_CONFIGURED,
    RENDER_SORRY,
    RENDER_UNCONFIGURED,
    RENDER_FOREIGN,
};

/* Not configured, and how long it still has for its connections. */
static void render_drain_left(const json_t *server, struct table *table)
{
    char left[CLOCK_TEXT_SIZE];

    if (json_is_integer(json_object_get(server, "drain_left_ms"))) {
        table_cell(table, TABLE_ODD, "drains: %s left",
                   clock_duration_text(left, render_scale(render_number(server, "drain_left_ms"),
                                                          CLOCK_MILLISECOND)));
    } else {
        table_cell(table, TABLE_ODD, "not configured");
    }
}

static void render_remark(const json_t *server, enum render_kind kind, struct table *table)
{
    bool present = json_is_object(json_object_get(server, "kernel"));

    if (kind == RENDER_UNCONFIGURED) {
        render_drain_left(server, table);
    } else if (kind == RENDER_SORRY) {
        table_cell(table, present ? TABLE_ODD : TABLE_PLAIN, "%s",
                   present ? "sorry server" : "sorry server, out");
    } else if (kind == RENDER_CONFIGURED && !render_is_as_configured(server)) {
        table_cell(table, present ? TABLE_ODD : TABLE_BAD, "%s%s",
                   present ? "" : "out: ", render_weight_reason(server));
    }
}

static void render_entry(const struct render *render, const json_t *server, enum render_kind kind,
                         struct table *table)
{
    if (!json_is_object(server)) {
        return;
    }
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(server, "name"));
    render_kernel_cells(server, table);
    render_remark(server, kind, table);
    render_why(render, server, table);
}

static void render_flags(const json_t *kernel, struct text_buffer *line)
{
    json_t *flag;
    size_t i;

    json_array_foreach(json_object_get(kernel, "flags"), i, flag) {
        const char *word = json_string_value(flag);

        if (word && strcmp(word, "persistent") != 0) {
            text_appendf(line, ", %s", word);
        }
    }
    if (render_number(kernel, "persistence_timeout_s")) {
        text_appendf(line, ", persistent %" JSON_INTEGER_FORMAT " s",
                     render_number(kernel, "persistence_timeout_s"));
        if (!render_is(kernel, "persistence_netmask", "255.255.255.255") &&
            !render_is(kernel, "persistence_netmask", "128")) {
            text_appendf(line, " mask %s", render_string(kernel, "persistence_netmask"));
        }
    }
    if (render_has_text(kernel, "persistence_engine")) {
        text_appendf(line, ", engine %s", render_string(kernel, "persistence_engine"));
    }
}

static void render_head(const struct render *render, const json_t *service)
{
    const json_t *kernel = json_object_get(service, "kernel");
    struct text_buffer line = {0};

    text_appendf(&line, "%s  ", render_string(service, "name"));
    if (json_is_object(kernel)) {
        text_append(&line, render_string(kernel, "scheduler"));
        render_flags(kernel, &line);
    } else {
        text_append(&line, "NOT IN THE KERNEL");
    }
    text_append(&line, render_true(service, "foreign") ? "  (not ours, left alone)" : "");
    render_line(render, 0, json_is_object(kernel) ? TABLE_PLAIN : TABLE_BAD, "%s", line.data);
    text_release(&line);
    if (render_has_text(service, "ipvs_error")) {
        render_line(render, 2, TABLE_BAD, "IPVS: %s", render_string(service, "ipvs_error"));
    }
}

static void render_entries(const struct render *render, const json_t *service)
{
    static const struct table_column columns[] = {
        {"SERVER", false},  {"FORWARD", false},   {"WEIGHT", false}, {"ACTIVE", true},
        {"INACTIVE", true}, {"PERSISTENT", true}, {"LIMITS", false}, {"REMARK", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    bool foreign = render_true(service, "foreign");
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "servers"), i, server) {
        render_entry(render, server, foreign ? RENDER_FOREIGN : RENDER_CONFIGURED, table);
    }
    render_entry(render, json_object_get(service, "sorry_server"), RENDER_SORRY, table);
    json_array_foreach(json_object_get(service, "unconfigured"), i, server) {
        render_entry(render, server, RENDER_UNCONFIGURED, table);
    }
    if (table_rows(table)) {
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}

void render_services(const json_t *view, const struct render_options *options,
                     struct text_buffer *out)
{
    const struct render render = {options, out};
    const json_t *services = json_object_get(view, "services");
    json_t *service;
    size_t i;

    if (!render_true(view, "available")) {
        render_line(&render, 0, TABLE_BAD, "IPVS is not available: %s",
                    render_string(view, "reason"));
    }
    if (json_array_size(services) == 0) {
        render_line(&render, 0, TABLE_PLAIN, "no virtual server");
    }
    json_array_foreach(services, i, service) {
        if (i) {
            text_append(out, "\n");
        }
        render_head(&render, service);
        render_members(&render, service);
        render_entries(&render, service);
    }
}
