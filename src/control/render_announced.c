/* SPDX-License-Identifier: Apache-2.0
 *
 * Text views of announced addresses: announce_when. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

static void render_announced_services(const json_t *names, struct text_buffer *out)
{
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name) {
        text_appendf(out, "%s%s", i ? ", " : "", json_string_value(name));
    }
}

static void render_announced_row(const struct render *render, struct table *table,
                                 const json_t *address)
{
    bool there = render_true(address, "announced");
    bool wanted = render_true(address, "wanted");
    struct text_buffer services = {0};
    char age[CLOCK_TEXT_SIZE];

    render_announced_services(json_object_get(address, "services"), &services);
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(address, "address"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(address, "device"));
    table_cell(table,
               there && wanted ? TABLE_GOOD
               : wanted        ? TABLE_BAD
                               : TABLE_ODD,
               "%s",
               there    ? "announced"
               : wanted ? "MISSING"
                        : "withheld");
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, address, "since"));
    table_cell(table, TABLE_PLAIN, "%s", services.data ? services.data : "-");
    if (render_has_text(address, "reason")) {
        table_note(table, wanted ? TABLE_BAD : TABLE_ODD, "%s", render_string(address, "reason"));
    }
    text_release(&services);
}

void render_announced(const struct render *render, const json_t *announced)
{
    static const struct table_column columns[] = {{"ANNOUNCED ADDRESS", false},
                                                  {"ON", false},
                                                  {"STATE", false},
                                                  {"SINCE", true},
                                                  {"SERVICES", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *address;
    size_t i;

    json_array_foreach(json_object_get(announced, "addresses"), i, address) {
        render_announced_row(render, table, address);
    }
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}
