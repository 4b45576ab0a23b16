/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of the views of VRRP, of the event loop, of the configuration, and of events. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

/* ---- VRRP -------------------------------------------------------------------------------------- */

static void render_write_table(const struct render *render, struct table *table)
{
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}

static void render_groups(const struct render *render, const json_t *groups)
{
    static const struct table_column columns[] = {
        {"SYNC GROUP", false}, {"STATE", false}, {"MEMBERS", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *group;
    size_t i;

    json_array_foreach(groups, i, group) {
        struct text_buffer members = {0};
        json_t *member;
        size_t k;

        json_array_foreach(json_object_get(group, "members"), k, member) {
            const char *name = json_string_value(member);

            text_appendf(&members, "%s%s", k ? ", " : "", name ? name : "-");
        }
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(group, "name"));
        table_cell(table, render_is(group, "state", "FAULT") ? TABLE_BAD : TABLE_PLAIN, "%s",
                   render_string(group, "state"));
        table_cell(table, TABLE_PLAIN, "%s", members.length ? members.data : "-");
        text_release(&members);
    }
    render_write_table(render, table);
}

/* Refused adverts, of whatever reason. */
static json_int_t render_dropped(const json_t *counters)
{
    json_int_t sum = 0;
    const char *reason;
    json_t *count;

    json_object_foreach(json_object_get(counters, "dropped"), reason, count) {
        (void)reason;
        sum = json_integer_value(count) > 0 && sum < INT64_MAX - json_integer_value(count)
                  ? sum + json_integer_value(count)
                  : sum;
    }
    return sum;
}

static void render_counters(const struct render *render, const json_t *instances)
{
    static const char *const members[] = {"adverts_sent",  "adverts_received", "send_errors",
                                          "became_master", "left_master",      "announcements"};
    static const struct table_column columns[] = {
        {"COUNTERS", false}, {"SENT", true}, {"RECEIVED", true},  {"SEND ERRORS", true},
        {"WON", true},       {"LEFT", true}, {"ANNOUNCED", true}, {"REFUSED", true}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *instance;
    size_t i;

    table_spare(table, 6);
    table_spare(table, 3);
    json_array_foreach(instances, i, instance) {
        const json_t *counters = json_object_get(instance, "counters");
        char text[RENDER_TEXT_SIZE];

        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", render_string(instance, "name"));
        for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
            table_cell(table, TABLE_PLAIN, "%s", render_count(text, counters, members[k]));
        }
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, render_dropped(counters));
    }
    render_write_table(render, table);
}

static enum table_style render_status_style(const json_t *tracked)
{
    return render_is(tracked, "status", "good")  ? TABLE_GOOD
           : render_is(tracked, "status", "bad") ? TABLE_BAD
                                                 : TABLE_ODD;
}

/* What is tracked, of any kind: its name, how it is, and one more thing. */
static void render_tracked(struct table *table, const char *kind, const json_t *tracked,
                           const char *detail)
{
    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", kind);
    table_cell(table, TABLE_PLAIN, "%s", render_string(tracked, "name"));
    if (json_is_string(json_object_get(tracked, "status"))) {
        table_cell(table, render_status_style(tracked), "%s", render_string(tracked, "status"));
    } else {
        char value[RENDER_TEXT_SIZE];

        table_cell(table, TABLE_PLAIN, "%s", render_count(value, tracked, "value"));
    }
    table_cell(table, TABLE_PLAIN, "%s", detail);
}

static void render_trackers(const struct render *render, const json_t *view)
{
    static const struct table_column columns[] = {
        {"TRACKED", false}, {"NAME", false}, {"STATUS", false}, {"DETAIL", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    struct text_buffer detail = {0};
    char count[RENDER_TEXT_SIZE];
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(view, "scripts"), i, one) {
        char took[CLOCK_TEXT_SIZE];

        detail.length = 0;
        text_appendf(&detail, "%s, took %s",
                     render_has_text(one, "last_result") ? render_string(one, "last_result")
                                                         : "no run yet",
                     render_ms(took, one, "duration_ms"));
        render_tracked(table, "script", one, detail.data);
    }
    json_array_foreach(json_object_get(view, "track_files"), i, one) {
        detail.length = 0;
        text_appendf(&detail, "%s%s%s", render_string(one, "path"),
                     render_has_text(one, "trouble") ? ": " : "",
                     render_has_text(one, "trouble") ? render_string(one, "trouble") : "");
        render_tracked(table, "file", one, detail.data);
    }
    json_array_foreach(json_object_get(view, "track_processes"), i, one) {
        detail.length = 0;
        text_appendf(&detail, "%s run", render_count(count, one, "running"));
        render_tracked(table, "process", one, detail.data);
    }
    text_release(&detail);
    render_write_table(render, table);
}

void render_vrrp(const json_t *view, const struct render_options *options, struct text_buffer *out)
{
    const struct render render = {options, out};
    const json_t *instances = json_object_get(view, "instances");
    struct text_buffer table = {0};
    const struct render inner = {options, &table};

    render_instances(&inner, instances);
    render_groups(&inner, json_object_get(view, "sync_groups"));
    if (!render_true(view, "narrowed")) {
        render_trackers(&inner, view);
        render_bfd(&inner, json_object_get(view, "bfd"));
    }
    render_counters(&inner, instances);
    if (table.length) {
        text_append(out, table.data + (table.data[0] == '\n'));
    } else {
        render_line(&render, 0, TABLE_PLAIN, "no VRRP instance is configured");
    }
    text_release(&table);
}

/* ---- The event loop ---------------------------------------------------------------------------- */

enum { RENDER_BAR = 40 }; /* characters of the longest bar */

static void render_histogram(const struct render *render, const json_t *lag, const char *name)
{
    static const struct table_column columns[] = {{"UP TO", true}, {"TIMERS", true}, {"", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    char bar[RENDER_BAR + 1];
    char text[CLOCK_TEXT_SIZE];
    double most = 1;
    json_t *bucket;
    size_t i;

    render_line(render, 0, TABLE_PLAIN,
                "%s: %" JSON_INTEGER_FORMAT " timers, half of them late by up to %s", name,
                render_number(lag, "count"), render_us(text, lag, "p50_us"));
    render_line(render, 2, TABLE_PLAIN, "99 %% by up to %s", render_us(text, lag, "p99_us"));
    render_line(render, 2, TABLE_PLAIN, "the latest by %s", render_us(text, lag, "max_us"));
    json_array_foreach(json_object_get(lag, "buckets"), i, bucket) {
        double count = (double)render_number(bucket, "count");

        most = count > most ? count : most;
    }
    json_array_foreach(json_object_get(lag, "buckets"), i, bucket) {
        double count = (double)render_number(bucket, "count");
        size_t length = count > 0 ? (size_t)(count / most * RENDER_BAR) : 0;

        memset(bar, '#', sizeof(bar) - 1);
        bar[length] = '\0';
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s",
                   json_is_integer(json_object_get(bucket, "up_to_us"))
                       ? render_us(text, bucket, "up_to_us")
                       : "more");
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, render_number(bucket, "count"));
        table_cell(table, TABLE_PLAIN, "%s", bar);
    }
    if (table_rows(table)) {
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}

void render_loop_view(const json_t *view, const struct render_options *options,
                      struct text_buffer *out)
{
    const struct render render = {options, out};
    json_int_t late = render_number(view, "late_wakeups");

    render_histogram(&render, json_object_get(view, "lag"), "all timers");
    text_append(out, "\n");
    render_histogram(&render, json_object_get(view, "vrrp_lag"), "VRRP and BFD");
    text_append(out, "\n");
    render_line(&render, 0, late ? TABLE_ODD : TABLE_PLAIN,
                "%" JSON_INTEGER_FORMAT " times so late that another router may have taken over",
                late);
}

/* ---- The configuration ------------------------------------------------------------------------- */

void render_config(const json_t *result, const struct render_options *options,
                   struct text_buffer *out)
{
    const char *text = json_string_value(json_object_get(result, "text"));

    (void)options;
    for (const char *at = text ? text : ""; *at; at++) {
        bool odd = ((unsigned char)*at < ' ' && *at != '\n') || *at == 0x7f;

        text_append_n(out, odd ? *at == '\t' ? " " : "?" : at, 1);
    }
}

/* ---- Events ------------------------------------------------------------------------------------ */

static enum table_style render_event_style(const json_t *event)
{
    static const struct {
        const char *word;
        enum table_style style;
    } rows[] = {{"FAULT", TABLE_BAD},    {"down", TABLE_BAD},    {"lost", TABLE_BAD},
                {"failed", TABLE_BAD},   {"refused", TABLE_BAD}, {"unavailable", TABLE_BAD},
                {"began", TABLE_BAD},    {"MASTER", TABLE_GOOD}, {"up", TABLE_GOOD},
                {"met", TABLE_GOOD},     {"ok", TABLE_GOOD},     {"available", TABLE_GOOD},
                {"restored", TABLE_ODD}, {"repaired", TABLE_ODD}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (render_is(event, "to", rows[i].word)) {
            return rows[i].style;
        }
    }
    return TABLE_PLAIN;
}

/* "2026-11-28 10:00:00.123Z": the instant as it reads best in a column. */
static void render_instant(const char *instant, struct text_buffer *out)
{
    const char *middle = strchr(instant, 'T');

    if (middle) {
        text_append_n(out, instant, (size_t)(middle - instant));
        text_append(out, " ");
        instant = middle + 1;
    }
    text_append(out, instant);
}

void render_event(const json_t *line, const struct render_options *options, struct text_buffer *out)
{
    const struct render render = {options, out};
    const json_t *event = json_object_get(line, "event");
    struct text_buffer text = {0};

    if (!json_is_object(event)) {
        render_line(&render, 0, TABLE_ODD,
                    "%" JSON_INTEGER_FORMAT " events were missed: they are not kept any more",
                    render_number(line, "lost"));
        return;
    }
    render_instant(render_string(event, "at"), &text);
    text_appendf(&text, "  %" JSON_INTEGER_FORMAT "  %s  %s", render_number(event, "seq"),
                 render_string(event, "kind"), render_string(event, "object"));
    if (render_has_text(event, "server")) {
        text_appendf(&text, " %s", render_string(event, "server"));
    }
    text_append(&text, ": ");
    if (render_has_text(event, "from")) {
        text_appendf(&text, "%s -> ", render_string(event, "from"));
    }
    text_append(&text, render_string(event, "to"));
    if (render_has_text(event, "reason")) {
        text_appendf(&text, ": %s", render_string(event, "reason"));
    }
    if (render_has_text(event, "by")) {
        text_appendf(&text, ", by %s", render_string(event, "by"));
    }
    table_write_line(out, 0, render_event_style(event), options->colour, options->width, "%s",
                     text.data);
    text_release(&text);
}

void render_events(const json_t *result, const struct render_options *options,
                   struct text_buffer *out)
{
    const struct render render = {options, out};
    json_t *event;
    size_t i;

    if (render_number(result, "lost") > 0) {
        render_event(result, options, out);
    }
    json_array_foreach(json_object_get(result, "events"), i, event) {
        json_t *line = json_pack("{s:O}", "event", event);

        render_event(line, options, out);
        json_decref(line);
    }
    if (json_array_size(json_object_get(result, "events")) == 0) {
        render_line(&render, 0, TABLE_PLAIN, "nothing has happened");
    }
}
