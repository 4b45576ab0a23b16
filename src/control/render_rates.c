/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates of services and servers for people. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>

/* Three places, or whole numbers with a unit of thousands: "7.25", "981", "12.3k", "1.20G". */
static void render_rate(const json_t *rates, const char *name, struct table *table)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P"};
    const json_t *value = json_object_get(rates, name);
    double number = json_real_value(value);
    size_t unit = 0;

    if (!json_is_real(value)) {
        table_cell(table, TABLE_PLAIN, "-");
        return;
    }
    while (number >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        number /= 1000;
        unit++;
    }
    table_cell(table, TABLE_PLAIN, "%.*f%s",
               number >= 99.95 || number <= 0 ? 0
               : number >= 9.995              ? 1
                                              : 2,
               number, units[unit]);
}

static void render_rates_row(const json_t *row, const char *mark, struct table *table)
{
    static const char *const names[] = {"connections", "packets_in", "packets_out", "bytes_in",
                                        "bytes_out"};
    const json_t *rates = json_object_get(row, "rates");
    char text[RENDER_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s%s%s", mark, render_string(row, "name"),
               render_true(row, "foreign") ? " (not ours)" : "");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        render_rate(rates, names[i], table);
    }
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, row, "active"));
}

void render_rates(const json_t *rates, const struct render_options *options,
                  struct text_buffer *out)
{
    static const struct table_column columns[] = {
        {"PER SECOND", false}, {"CONNECTIONS", true}, {"PACKETS IN", true}, {"OUT", true},
        {"BYTES IN", true},    {"OUT", true},         {"ACTIVE", true}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *service;
    json_t *server;
    size_t i;
    size_t k;

    json_array_foreach(json_object_get(rates, "services"), i, service) {
        render_rates_row(service, "", table);
        json_array_foreach(json_object_get(service, "servers"), k, server) {
            render_rates_row(server, "  ", table);
        }
    }
    table_write(table, options->colour, options->width, out);
    table_free(table);
}
