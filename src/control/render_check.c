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

const char *render_recent(char text[RENDER_TEXT_SIZE], const json_t *check)
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

static void render_check(const struct render *render, const json_t *check, struct table *table)
{
    const json_t *last = json_object_get(check, "last_result");
    const json_t *failure = json_object_get(check, "last_failure");
    char recent[RENDER_TEXT_SIZE];
    char text[CLOCK_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(check, "server"));
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

/* Those of one service, which stand together. @return the first one of the next service */
static size_t render_service_checks(const struct render *render, const json_t *checks, size_t first)
{
    static const struct table_column columns[] = {
        {"SERVER", false}, {"CHECK", false}, {"TARGET", false},  {"STATE", false},
        {"AGO", false},    {"TOOK", false},  {"LAST TEN", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    const char *service = render_string(json_array_get(checks, first), "service");
    json_t *of = json_array();
    json_t *sorted;
    json_t *check;
    size_t i;

    table_spare(table, 5);
    table_spare(table, 2);
    for (i = first;
         i < json_array_size(checks) && render_is(json_array_get(checks, i), "service", service);
         i++) {
        json_array_append(of, json_array_get(checks, i));
    }
    first = i;
    sorted = render_by_rank(of, render_rank_check);
    render_line(render, 0, TABLE_PLAIN, "%s", service);
    json_array_foreach(sorted, i, check) {
        render_check(render, check, table);
    }
    table_write(table, render->options->colour, render->options->width, render->out);
    table_free(table);
    text_append(render->out, "\n");
    json_decref(sorted);
    json_decref(of);
    return first;
}

void render_checks(const json_t *view, const struct render_options *options,
                   struct text_buffer *out)
{
    const struct render render = {options, out};
    const json_t *checks = json_object_get(view, "checks");

    for (size_t i = 0; i < json_array_size(checks);) {
        i = render_service_checks(&render, checks, i);
    }
    if (json_array_size(checks) == 0) {
        render_line(&render, 0, TABLE_PLAIN, "%s",
                    render_true(view, "failing") ? "no check fails" : "there are no checks");
    }
    render_local_errors(&render, json_object_get(view, "summary"));
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
    table_write(table, options->colour, options->width, out);
    table_free(table);
}

void render_order(const json_t *result, struct text_buffer *out)
{
    const json_t *wish = json_object_get(result, "operator");
    bool until = render_has_text(wish, "until");
    char weight[RENDER_TEXT_SIZE];

    table_write_line(out, 0, TABLE_PLAIN, false, 0, "%s %s: %s, weight %s%s%s",
                     render_string(result, "service"), render_string(result, "server"),
                     render_string(result, "admin"), render_count(weight, result, "weight"),
                     until ? ", until " : "", until ? render_string(wish, "until") : "");
}
