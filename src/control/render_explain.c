/* SPDX-License-Identifier: Apache-2.0
 *
 * Explanations as text. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

static void render_list(const struct render *render, const json_t *view, const char *member,
                        const char *heading)
{
    const json_t *list = json_object_get(view, member);
    json_t *one;
    size_t i;

    if (json_array_size(list)) {
        render_line(render, 0, TABLE_FAINT, "%s", heading);
    }
    json_array_foreach(list, i, one) {
        const char *text = json_string_value(one);

        render_line(render, 2, TABLE_PLAIN, "%s", text ? text : "-");
    }
}

/* "if it fails: 100", "if it fails: FAULT" */
static void render_then(const json_t *tracker, struct table *table)
{
    const json_t *then = json_object_get(tracker, "then");
    char priority[RENDER_TEXT_SIZE];

    if (!json_is_object(then)) {
        table_cell(table, TABLE_PLAIN, "-");
    } else if (json_is_null(json_object_get(then, "priority"))) {
        table_cell(table, TABLE_PLAIN, "%s: %s", render_string(then, "event"),
                   render_true(then, "fault") ? "FAULT" : "no fault");
    } else {
        table_cell(table, TABLE_PLAIN, "%s: %s", render_string(then, "event"),
                   render_count(priority, then, "priority"));
    }
}

static void render_priority_part(struct table *table, const char *what, const char *number)
{
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", what);
    table_cell(table, TABLE_PLAIN, "%s", "");
    table_cell(table, TABLE_PLAIN, "%s", "");
    table_cell(table, TABLE_PLAIN, "%s", number);
}

static void render_tracker_row(const json_t *tracker, struct table *table)
{
    bool number = render_is(tracker, "kind", "file");
    json_int_t weight = render_number(tracker, "weight");
    char text[RENDER_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s %s%s", render_string(tracker, "kind"),
               render_string(tracker, "name"),
               render_true(tracker, "of_group") ? " (sync group)" : "");
    table_cell(table,
               render_is(tracker, "status", "bad")    ? TABLE_BAD
               : render_is(tracker, "status", "good") ? TABLE_GOOD
                                                      : TABLE_ODD,
               "%s",
               number ? render_count(text, tracker, "value") : render_string(tracker, "status"));
    if (weight) {
        table_cell(table, TABLE_PLAIN, "%+" JSON_INTEGER_FORMAT "%s", weight,
                   render_true(tracker, "reverse") ? " reverse" : "");
        table_cell(table, TABLE_PLAIN, "%+" JSON_INTEGER_FORMAT, render_number(tracker, "adds"));
    } else {
        table_cell(table, TABLE_PLAIN, "none%s",
                   render_true(tracker, "reverse") ? ", reverse" : "");
        table_cell(table, render_true(tracker, "fault") ? TABLE_BAD : TABLE_PLAIN, "%s",
                   render_true(tracker, "fault") ? "FAULT" : "-");
    }
    render_then(tracker, table);
}

/* Whether the parts add up to something else: it is no priority that a router may have. */
static bool render_is_limited(const json_t *view)
{
    const json_t *priority = json_object_get(view, "priority");
    json_int_t sum = render_number(priority, "base") + render_number(priority, "sum") +
                     render_number(priority, "operator");

    return !render_true(json_object_get(view, "operator"), "demoted") &&
           sum != render_number(priority, "effective") && (sum < 1 || sum > 254);
}

static void render_priority_table(const struct render *render, const json_t *view)
{
    static const struct table_column columns[] = {{"PRIORITY", false},
                                                  {"NOW", false},
                                                  {"WEIGHT", false},
                                                  {"ADDS", true},
                                                  {"IF IT CHANGES", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    const json_t *priority = json_object_get(view, "priority");
    const json_t *wish = json_object_get(view, "operator");
    char number[RENDER_TEXT_SIZE];
    json_t *tracker;
    size_t i;

    render_priority_part(table, "base", render_count(number, priority, "base"));
    json_array_foreach(json_object_get(view, "trackers"), i, tracker) {
        render_tracker_row(tracker, table);
    }
    if (render_number(priority, "operator") || render_true(wish, "demoted")) {
        char who[RENDER_TEXT_SIZE];

        (void)snprintf(who, sizeof(who), "operator: %.120s", render_string(wish, "by"));
        (void)snprintf(number, sizeof(number), "%+" JSON_INTEGER_FORMAT,
                       render_number(priority, "operator"));
        render_priority_part(table, who, render_true(wish, "demoted") ? "demoted" : number);
    }
    render_priority_part(table, render_is_limited(view) ? "effective, within 1..254" : "effective",
                         render_count(number, priority, "effective"));
    table_write(table, render->options->colour, render->options->width, render->out);
    table_free(table);
}

static void render_election(const struct render *render, const json_t *election)
{
    static const struct table_column columns[] = {
        {"ROUTER", false}, {"PRIORITY", true}, {"HEARD", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    json_t *one;
    size_t i;

    render_line(render, 0, TABLE_PLAIN, "an election now: %s", render_string(election, "outcome"));
    json_array_foreach(json_object_get(election, "candidates"), i, one) {
        char text[RENDER_TEXT_SIZE];
        char age[CLOCK_TEXT_SIZE];
        bool counts = render_true(one, "counts");

        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(one, "address"));
        table_cell(table, TABLE_PLAIN, "%s", counts ? render_count(text, one, "priority") : "-");
        if (render_true(one, "self")) {
            table_cell(table, TABLE_PLAIN, counts ? "this one" : "this one, takes no part");
        } else if (!json_is_number(json_object_get(one, "heard_ms_ago"))) {
            table_cell(table, TABLE_FAINT, "never: a backup is silent");
        } else {
            table_cell(table, TABLE_PLAIN, "%s ago%s", render_ms(age, one, "heard_ms_ago"),
                       counts ? "" : ", it gave up");
        }
    }
    table_write(table, render->options->colour, render->options->width, render->out);
    table_free(table);
}

static void render_explained_instance(const struct render *render, const json_t *view)
{
    enum table_style style = render_is(view, "state", "FAULT")    ? TABLE_BAD
                             : render_is(view, "state", "MASTER") ? TABLE_GOOD
                                                                  : TABLE_PLAIN;
    char age[CLOCK_TEXT_SIZE];

    render_line(render, 0, style, "%s is %s since %s (%s)", render_string(view, "name"),
                render_string(view, "state"), render_string(view, "since"),
                render_age(age, render, view, "since"));
    if (render_has_text(view, "reason")) {
        render_line(render, 2, TABLE_PLAIN, "because: %s", render_string(view, "reason"));
    }
    if (render_true(view, "handing_over")) {
        render_line(render, 2, TABLE_ODD,
                    "it answers for its addresses until a successor is heard");
    }
    render_list(render, view, "faults", "faults:");
    render_priority_table(render, view);
    render_election(render, json_object_get(view, "election"));
    render_list(render, view, "changes", "what would change it:");
}

static void render_explained_server(const struct render *render, const json_t *view)
{
    char weight[RENDER_TEXT_SIZE];
    char configured[RENDER_TEXT_SIZE];
    char recent[RENDER_TEXT_SIZE];
    char age[CLOCK_TEXT_SIZE];
    json_t *check;
    size_t i;

    render_line(
        render, 0, render_is(view, "state", "down") ? TABLE_BAD : TABLE_PLAIN,
        "%s of %s is %s since %s (%s), admin %s, weight %s of %s", render_string(view, "name"),
        render_string(view, "service"), render_string(view, "state"), render_string(view, "since"),
        render_age(age, render, view, "since"), render_string(view, "admin"),
        render_count(weight, view, "weight"), render_count(configured, view, "weight_configured"));
    render_list(render, view, "reasons", "why:");
    json_array_foreach(json_object_get(view, "checks"), i, check) {
        render_line(render, 2, TABLE_PLAIN, "%s of %s: last ten %s", render_string(check, "kind"),
                    render_string(check, "target"), render_recent(recent, check));
    }
    render_list(render, view, "changes", "what would change it:");
}

static void render_explained_service(const struct render *render, const json_t *view)
{
    static const struct table_column columns[] = {
        {"SERVER", false}, {"STATE", false}, {"ADMIN", false}, {"WEIGHT", true}, {"COUNTS", true}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    bool met = render_true(view, "quorum_met");
    char text[RENDER_TEXT_SIZE];
    json_t *server;
    size_t i;

    render_line(render, 0, met ? TABLE_GOOD : TABLE_BAD, "%s: quorum %s",
                render_string(view, "name"), met ? "met" : "LOST");
    render_list(render, view, "reasons", "why:");
    json_array_foreach(json_object_get(view, "servers"), i, server) {
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(server, "name"));
        table_cell(table, render_is(server, "state", "down") ? TABLE_BAD : TABLE_PLAIN, "%s",
                   render_string(server, "state"));
        table_cell(table, TABLE_PLAIN, "%s", render_string(server, "admin"));
        table_cell(table, TABLE_PLAIN, "%s", render_count(text, server, "weight"));
        table_cell(table, TABLE_PLAIN, "%s", render_count(text, server, "counts"));
    }
    table_write(table, render->options->colour, render->options->width, render->out);
    table_free(table);
    render_list(render, view, "changes", "what would change it:");
}

void render_explanation(const json_t *view, const struct render_options *options,
                        struct text_buffer *out)
{
    const struct render render = {options, out};

    if (render_is(view, "kind", "instance")) {
        render_explained_instance(&render, view);
    } else if (render_is(view, "kind", "server")) {
        render_explained_server(&render, view);
    } else if (render_is(view, "kind", "service")) {
        render_explained_service(&render, view);
    } else {
        render_line(&render, 0, TABLE_ODD, "nothing is known");
    }
}
