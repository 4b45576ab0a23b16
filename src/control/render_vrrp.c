/* SPDX-License-Identifier: Apache-2.0
 *
 * Text views of VRRP, BFD and static entries. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

static enum table_style render_instance_style(const json_t *instance)
{
    if (render_is(instance, "state", "MASTER")) {
        return TABLE_GOOD;
    }
    if (render_is(instance, "state", "FAULT")) {
        return TABLE_BAD;
    }
    return render_is(instance, "state", "BACKUP") ? TABLE_PLAIN : TABLE_ODD;
}

static void render_priority(const json_t *instance, struct table *table)
{
    json_int_t base = render_number(instance, "priority_base");
    json_int_t effective = render_number(instance, "priority_effective");

    if (base == effective) {
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, base);
    } else {
        table_cell(table, TABLE_ODD, "%" JSON_INTEGER_FORMAT " (base %" JSON_INTEGER_FORMAT ")",
                   effective, base);
    }
}

static void render_master(const json_t *instance, struct table *table)
{
    const json_t *master = json_object_get(instance, "master");

    if (!json_is_object(master)) {
        table_cell(table, TABLE_PLAIN, "-");
    } else if (render_is(instance, "state", "MASTER")) {
        table_cell(table, TABLE_PLAIN, "%s (this one)", render_string(master, "address"));
    } else {
        table_cell(table, TABLE_PLAIN, "%s (%" JSON_INTEGER_FORMAT ")",
                   render_string(master, "address"), render_number(master, "priority"));
    }
}

static void render_addresses(const json_t *instance, struct table *table)
{
    bool master = render_is(instance, "state", "MASTER");
    struct text_buffer list = {0};
    bool missing = false;
    json_t *address;
    size_t i;

    json_array_foreach(json_object_get(instance, "addresses"), i, address) {
        bool absent = master && json_is_false(json_object_get(address, "present"));

        missing = missing || absent;
        text_appendf(&list, "%s%s dev %s", i ? ", " : "", render_string(address, "address"),
                     render_string(address, "device"));
        if (render_has_text(address, "label")) {
            text_appendf(&list, " label %s", render_string(address, "label"));
        }
        text_append(&list, absent ? " MISSING" : "");
    }
    if (list.length) {
        table_note(table, missing ? TABLE_BAD : TABLE_PLAIN, "%s", list.data);
    }
    text_release(&list);
}

/* Routes or rules: in one line, and below it what is wrong with those that should be there. */
static void render_owned(const json_t *instance, const char *list, const char *key,
                         struct table *table)
{
    bool master = render_is(instance, "state", "MASTER");
    struct text_buffer text = {0};
    bool missing = false;
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(instance, list), i, one) {
        bool absent = master && json_is_false(json_object_get(one, "present"));

        missing = missing || absent;
        text_appendf(&text, "%s%s%s", i ? ", " : "", render_string(one, key),
                     absent ? " MISSING" : "");
    }
    if (text.length) {
        table_note(table, missing ? TABLE_BAD : TABLE_PLAIN, "%s: %s", list, text.data);
    }
    text_release(&text);
    json_array_foreach(json_object_get(instance, list), i, one) {
        if (master && render_has_text(one, "trouble")) {
            table_note(table, TABLE_BAD, "%s", render_string(one, "trouble"));
        }
    }
}

static void render_fault(const char *fault, const char *cure, struct table *table)
{
    bool known = cure && *cure;

    table_note(table, TABLE_BAD, "fault: %s%s%s", fault, known ? "; ends when: " : "",
               known ? cure : "");
}

/* How the others sum version 3 over IPv4 is worth a word, since some refuse what others send. */
static void render_peer(const json_t *instance, const json_t *peer, struct table *table)
{
    static const struct {
        const char *word;
        const char *text;
    } forms[] = {
        {"pseudo_header", ", checksum with pseudo-header"},
        {"message", ", checksum of the message alone"},
        {"old_unicast", ", checksum of an old keepalived (old_unicast_checksum)"},
    };
    bool tell = render_is(instance, "family", "ipv4") && render_number(peer, "version") == 3;
    char heard[CLOCK_TEXT_SIZE];
    const char *form = "";

    if (!json_is_number(json_object_get(peer, "heard_ms_ago"))) {
        table_note(table, TABLE_PLAIN, "peer %s: not heard", render_string(peer, "address"));
        return;
    }
    for (size_t i = 0; tell && i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (render_is(peer, "checksum", forms[i].word)) {
            form = forms[i].text;
        }
    }
    table_note(table, TABLE_PLAIN, "peer %s: heard %s ago, priority %" JSON_INTEGER_FORMAT "%s",
               render_string(peer, "address"), render_ms(heard, peer, "heard_ms_ago"),
               render_number(peer, "priority"), form);
}

/* What an operator asks of it: "demoted, priority +20: asked for 60.0 s ago by root, until ..." */
static void render_wish(const struct render *render, const json_t *wish, struct table *table)
{
    json_int_t adds = render_number(wish, "priority");
    char priority[RENDER_TEXT_SIZE] = "";
    char age[CLOCK_TEXT_SIZE];

    if (!json_is_object(wish)) {
        return;
    }
    if (adds) {
        (void)snprintf(priority, sizeof(priority), ", priority %+" JSON_INTEGER_FORMAT, adds);
    }
    table_note(table, TABLE_ODD, "by hand%s%s%s: asked for %s ago by %s, until %s",
               render_true(wish, "demoted") ? ", demoted" : "",
               render_true(wish, "drained") ? ", drained with the node" : "", priority,
               render_age(age, render, wish, "since"), render_string(wish, "by"),
               render_has_text(wish, "until") ? render_string(wish, "until") : "it is undone");
}

static void render_instance(const struct render *render, const json_t *instance,
                            struct table *table)
{
    enum table_style style = render_instance_style(instance);
    json_int_t late = render_number(json_object_get(instance, "counters"), "late_wakeups");
    char age[CLOCK_TEXT_SIZE];
    json_t *fault;
    json_t *peer;
    size_t i;

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(instance, "name"));
    table_cell(table, style, "%s", render_string(instance, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, instance, "since"));
    render_priority(instance, table);
    render_master(instance, table);
    table_cell(
        table, TABLE_PLAIN, "%s vrid %" JSON_INTEGER_FORMAT,
        render_string(instance, render_has_text(instance, "interface") ? "interface" : "vrf"),
        render_number(instance, "vrid"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(instance, "sync_group"));
    if (render_has_text(instance, "reason")) {
        table_note(table, TABLE_PLAIN, "because: %s", render_string(instance, "reason"));
    }
    render_wish(render, json_object_get(instance, "operator"), table);
    if (render_complains(instance)) {
        const json_t *complaint = json_object_get(instance, "complaint");

        table_note(table, TABLE_BAD, "complaint: %s", render_string(complaint, "text"));
    }
    if (late) {
        table_note(table, TABLE_PLAIN,
                   "woke up late %" JSON_INTEGER_FORMAT " times: the host stood still, or gave the "
                   "daemon no turn",
                   late);
    }
    json_array_foreach(json_object_get(instance, "faults"), i, fault) {
        render_fault(json_string_value(fault),
                     json_string_value(json_array_get(json_object_get(instance, "cures"), i)),
                     table);
    }
    json_array_foreach(json_object_get(instance, "peers"), i, peer) {
        render_peer(instance, peer, table);
    }
    render_addresses(instance, table);
    render_owned(instance, "routes", "route", table);
    render_owned(instance, "rules", "rule", table);
}

void render_instances(const struct render *render, const json_t *instances)
{
    static const struct table_column columns[] = {
        {"INSTANCE", false}, {"STATE", false},     {"FOR", false},  {"PRIORITY", false},
        {"MASTER", false},   {"INTERFACE", false}, {"GROUP", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *sorted = render_by_rank(instances, render_rank_instance);
    json_t *instance;
    size_t i;

    table_spare(table, 6);
    table_spare(table, 5);

    json_array_foreach(sorted, i, instance) {
        render_instance(render, instance, table);
    }
    json_decref(sorted);
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}

static void render_bfd_agreed(const json_t *session, struct table *table)
{
    const json_t *agreed = json_object_get(session, "agreed");
    char send[CLOCK_TEXT_SIZE];
    char receive[CLOCK_TEXT_SIZE];
    char detection[CLOCK_TEXT_SIZE];

    if (!json_is_object(agreed)) {
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
        return;
    }
    table_cell(table, TABLE_PLAIN, "%s", render_ms(send, agreed, "send_ms"));
    table_cell(table, TABLE_PLAIN, "%s", render_ms(receive, agreed, "receive_ms"));
    table_cell(table, TABLE_PLAIN, "%s", render_ms(detection, agreed, "detection_ms"));
}

static void render_bfd_session(const struct render *render, const json_t *session,
                               struct table *table)
{
    enum table_style style = render_is(session, "status", "up")     ? TABLE_GOOD
                             : render_is(session, "status", "down") ? TABLE_BAD
                                                                    : TABLE_ODD;
    char age[CLOCK_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(session, "name"));
    table_cell(table, style, "%s", render_string(session, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, session, "since"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(session, "neighbor"));
    render_bfd_agreed(session, table);
    table_cell(table, TABLE_PLAIN, "%s",
               render_string(json_object_get(session, "remote"), "state"));
    if (render_has_text(session, "last_fall")) {
        table_note(table, TABLE_PLAIN, "last went down: %s", render_string(session, "last_fall"));
    }
    if (render_has_text(session, "complaint")) {
        table_note(table, TABLE_BAD, "complaint: %s", render_string(session, "complaint"));
    }
}

void render_bfd(const struct render *render, const json_t *bfd)
{
    static const struct table_column columns[] = {
        {"BFD SESSION", false}, {"STATE", false},    {"FOR", false},     {"NEIGHBOR", false},
        {"SENDS", false},       {"RECEIVES", false}, {"DETECTS", false}, {"REMOTE", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *sorted = render_by_rank(json_object_get(bfd, "sessions"), render_rank_session);
    json_t *session;
    size_t i;

    json_array_foreach(sorted, i, session) {
        render_bfd_session(render, session, table);
    }
    json_decref(sorted);
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
    if (render_has_text(bfd, "trouble")) {
        render_line(render, 0, TABLE_BAD, "BFD: nothing is heard: %s",
                    render_string(bfd, "trouble"));
    }
}

static void render_static_row(struct table *table, const json_t *entries, const json_t *one,
                              const char *text)
{
    bool present = json_is_true(json_object_get(one, "present"));

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", text);
    table_cell(table, present ? TABLE_PLAIN : TABLE_BAD, "%s", present ? "there" : "MISSING");
    table_cell(table, TABLE_PLAIN, "%s", render_string(entries, "track_group"));
    if (render_has_text(one, "trouble")) {
        table_note(table, TABLE_BAD, "%s", render_string(one, "trouble"));
    }
}

static void render_static_entries(const json_t *entries, struct table *table)
{
    struct text_buffer text = {0};
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(entries, "addresses"), i, one) {
        text.length = 0;
        text_appendf(&text, "%s dev %s", render_string(one, "address"),
                     render_string(one, "device"));
        render_static_row(table, entries, one, text.data);
    }
    text_release(&text);
    json_array_foreach(json_object_get(entries, "routes"), i, one) {
        render_static_row(table, entries, one, render_string(one, "route"));
    }
    json_array_foreach(json_object_get(entries, "rules"), i, one) {
        render_static_row(table, entries, one, render_string(one, "rule"));
    }
}

void render_static(const struct render *render, const json_t *groups)
{
    static const struct table_column columns[] = {
        {"STATIC ENTRY", false}, {"STATE", false}, {"TRACK GROUP", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *entries;
    size_t i;

    json_array_foreach(groups, i, entries) {
        render_static_entries(entries, table);
    }
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->options->width, render->out);
    }
    table_free(table);
}
