/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks as text: each with its last results, the results that somebody asked for, and what an operator
 * asked of a server.
 */
#include "control/render_inside.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

void render_local_errors(const struct render *render, const json_t *checks)
{
    const json_t *local = json_object_get(checks, "local_errors");
    json_int_t count = render_number(local, "checks");
    char age[CLOCK_TEXT_SIZE];

    if (count > 0) {
        render_line(render, 0, TABLE_BAD,
                    "%" JSON_INTEGER_FORMAT " check%s cannot be made here since %s: %s: %s; "
                    "servers keep their state",
                    count, text_plural((uint64_t)count), render_age(age, render, local, "since"),
                    render_string(local, "kind"), render_string(local, "text"));
    }
}

static bool render_check_failed(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return json_is_object(last) && !render_is(last, "class", "ok");
}

/* A letter for each result, the latest first. */
static const char *render_recent(char text[RENDER_TEXT_SIZE], const json_t *check)
{
    static const struct {
        const char *class;
        char letter;
    } rows[] = {{"ok", '.'},          {"timeout", 'T'}, {"refused", 'R'},
                {"unreachable", 'U'}, {"reset", 'X'},   {"tls", 'S'},
                {"protocol", 'P'},    {"answer", 'A'},  {"local", 'L'}};
    size_t length = 0;
    json_t *result;
    size_t i;

    json_array_foreach(json_object_get(check, "recent"), i, result) {
        const char *class = json_string_value(result);
        char letter = '?';

        for (size_t j = 0; class && j < sizeof(rows) / sizeof(rows[0]); j++) {
            if (strcmp(rows[j].class, class) == 0) {
                letter = rows[j].letter;
            }
        }
        if (length + 1 < RENDER_TEXT_SIZE) {
            text[length++] = letter;
        }
    }
    text[length] = '\0';
    return text;
}

static enum table_style render_check_style(const json_t *check)
{
    return render_is(check, "state", "up")     ? TABLE_GOOD
           : render_is(check, "state", "down") ? TABLE_BAD
                                               : TABLE_ODD;
}

static void render_check(const struct render *render, const json_t *server, const json_t *check,
                         struct table *table)
{
    const json_t *last = json_object_get(check, "last_result");
    const json_t *failure = json_object_get(check, "last_failure");
    char recent[RENDER_TEXT_SIZE];
    char text[CLOCK_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(server, "name"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(check, "kind"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(check, "target"));
    table_cell(table, render_check_style(check), "%s", render_string(check, "state"));
    if (json_is_object(last)) {
        table_cell(table, TABLE_PLAIN, "%s", render_age(text, render, last, "at"));
        table_cell(table, TABLE_PLAIN, "%s", render_ms(text, last, "duration_ms"));
    } else {
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
    }
    table_cell(table, TABLE_PLAIN, "%s", render_recent(recent, check));
    if (json_is_object(failure)) {
        table_note(table, render_check_failed(check) ? TABLE_BAD : TABLE_FAINT,
                   "last failure %s ago: %s: %s", render_age(text, render, failure, "at"),
                   render_string(failure, "class"), render_string(failure, "text"));
    }
}

static void render_service_checks(const struct render *render, const json_t *service)
{
    static const struct table_column columns[] = {
        {"SERVER", false}, {"CHECK", false}, {"TARGET", false},  {"STATE", false},
        {"AGO", false},    {"TOOK", false},  {"LAST TEN", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    json_t *server;
    json_t *check;
    size_t i;
    size_t j;

    render_line(render, 0, TABLE_PLAIN, "%s", render_string(service, "name"));
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        json_array_foreach(json_object_get(server, "checks"), j, check) {
            render_check(render, server, check, table);
        }
    }
    table_write(table, render->options->colour, render->out);
    table_free(table);
    text_append(render->out, "\n");
}

void render_checks(const json_t *status, const struct render_options *options,
                   struct text_buffer *out)
{
    const struct render render = {options, out};
    json_t *service;
    size_t i;

    json_array_foreach(json_object_get(status, "services"), i, service) {
        render_service_checks(&render, service);
    }
    render_local_errors(&render, json_object_get(status, "checks"));
    render_line(&render, 0, TABLE_FAINT,
                "last ten, the latest first: . ok, T timeout, R refused, U unreachable, X reset, "
                "S tls, P protocol, A answer, L could not be made here");
}

void render_checked(const json_t *result, const struct render_options *options,
                    struct text_buffer *out)
{
    static const struct table_column columns[] = {{"SERVER", false}, {"CHECK", false},
                                                  {"TARGET", false}, {"STATE", false},
                                                  {"TOOK", false},   {"RESULT", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(result, "checks"), i, check) {
        const json_t *last = json_object_get(check, "result");
        bool good = render_is(last, "class", "ok");
        char took[CLOCK_TEXT_SIZE];

        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(check, "server"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(check, "kind"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(check, "target"));
        table_cell(table, render_check_style(check), "%s", render_string(check, "state"));
        table_cell(table, TABLE_PLAIN, "%s",
                   json_is_object(last) ? render_ms(took, last, "duration_ms") : "-");
        table_cell(table, good ? TABLE_GOOD : TABLE_BAD, "%s%s%s",
                   json_is_object(last) ? render_string(last, "class") : "no result in time",
                   json_is_object(last) ? ": " : "",
                   json_is_object(last) ? render_string(last, "text") : "");
    }
    table_write(table, options->colour, out);
    table_free(table);
}

void render_order(const json_t *result, struct text_buffer *out)
{
    const json_t *wish = json_object_get(result, "operator");
    bool until = render_has_text(wish, "until");
    char weight[RENDER_TEXT_SIZE];

    table_write_line(out, 0, TABLE_PLAIN, false, "%s %s: %s, weight %s%s%s",
                     render_string(result, "service"), render_string(result, "server"),
                     render_string(result, "admin"), render_count(weight, result, "weight"),
                     until ? ", until " : "", until ? render_string(wish, "until") : "");
}
