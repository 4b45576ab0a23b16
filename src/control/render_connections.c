/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's connections for people. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

static void render_summary(const struct render *render, const json_t *sum)
{
    struct text_buffer line = {0};
    const char *state;
    json_t *count;
    bool first = true;

    text_appendf(&line, "%s  %" JSON_INTEGER_FORMAT ":", render_string(sum, "service"),
                 render_number(sum, "total"));
    json_object_foreach(json_object_get(sum, "states"), state, count) {
        text_appendf(&line, "%s %" JSON_INTEGER_FORMAT " %s", first ? "" : ",",
                     json_integer_value(count), state);
        first = false;
    }
    render_line(render, 0, TABLE_PLAIN, "%s", line.data);
    text_release(&line);
}

static void render_entries(const json_t *connections, const struct render_options *options,
                           struct text_buffer *out)
{
    static const struct table_column columns[] = {{"PROTOCOL", false}, {"CLIENT", false},
                                                  {"VIRTUAL", false},  {"SERVER", false},
                                                  {"STATE", false},    {"EXPIRES", true}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *connection;
    size_t i;

    json_array_foreach(connections, i, connection) {
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(connection, "protocol"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(connection, "client"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(connection, "virtual"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(connection, "server"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(connection, "state"));
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT " s",
                   render_number(connection, "expires_s"));
        if (render_has_text(connection, "engine")) {
            table_note(table, TABLE_FAINT, "%s %s", render_string(connection, "engine"),
                       render_string(connection, "engine_data"));
        }
    }
    if (table_rows(table)) {
        table_write(table, options->colour, options->width, out);
        text_append(out, "\n");
    }
    table_free(table);
}

void render_connection_list(const json_t *result, const struct render_options *options,
                            struct text_buffer *out)
{
    const struct render render = {options, out};
    json_t *sum;
    size_t i;

    render_entries(json_object_get(result, "connections"), options, out);
    if (render_number(result, "left_out")) {
        render_line(&render, 0, TABLE_ODD,
                    "%" JSON_INTEGER_FORMAT " more are left out: --limit NUMBER shows more",
                    render_number(result, "left_out"));
    }
    if (render_number(result, "total") == 0) {
        render_line(&render, 0, TABLE_PLAIN, "no connection");
    }
    json_array_foreach(json_object_get(result, "summary"), i, sum) {
        render_summary(&render, sum);
    }
}
