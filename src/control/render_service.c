/* SPDX-License-Identifier: Apache-2.0
 *
 * Text views of virtual services, their servers and IPVS. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

enum {
    RENDER_NAME_WIDTH = 24
}; /* a server's name up to here stands in its row, a longer one above */

static bool render_check_failed(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return json_is_object(last) && !render_is(last, "class", "ok");
}

/* Of several checks the first that fails, else the first. */
static const json_t *render_telling_check(const json_t *server)
{
    const json_t *checks = json_object_get(server, "checks");
    json_t *check;
    size_t i;

    json_array_foreach(checks, i, check) {
        if (render_check_failed(check)) {
            return check;
        }
    }
    return json_array_get(checks, 0);
}

static void render_last_check(const struct render *render, const json_t *server,
                              struct table *table)
{
    const json_t *check = render_telling_check(server);
    const json_t *last = json_object_get(check, "last_result");
    char age[CLOCK_TEXT_SIZE];

    if (!json_is_object(last)) {
        table_cell(table, TABLE_PLAIN, check ? "none yet" : "-");
        return;
    }
    table_cell(table, render_check_failed(check) ? TABLE_BAD : TABLE_PLAIN, "%s %s ago",
               render_string(last, "class"), render_age(age, render, last, "at"));
}

/* What an operator asked of the server. */
static void render_operator(const struct render *render, const json_t *server, struct table *table)
{
    const json_t *wish = json_object_get(server, "operator");
    char weight[RENDER_TEXT_SIZE] = "";
    char count[RENDER_TEXT_SIZE];
    char age[CLOCK_TEXT_SIZE];

    if (!json_is_object(wish)) {
        return;
    }
    if (json_is_integer(json_object_get(wish, "weight"))) {
        (void)snprintf(weight, sizeof(weight), ", weight %s", render_count(count, wish, "weight"));
    }
    table_note(table, TABLE_ODD, "%s%s: asked for %s ago by %s, until %s",
               render_string(server, "admin"), weight, render_age(age, render, wish, "since"),
               render_string(wish, "by"),
               render_has_text(wish, "until") ? render_string(wish, "until") : "it is undone");
}

/* Why checks fail, and what the kernel refuses. */
static void render_server_notes(const json_t *server, struct table *table)
{
    json_t *check;
    size_t i;

    if (render_is(server, "state", "down") && render_has_text(server, "since")) {
        table_note(table, TABLE_BAD, "down since %s", render_string(server, "since"));
    }

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        json_int_t fails = render_number(check, "fails_in_row");
        char recent[RENDER_TEXT_SIZE];
        const json_t *last = json_object_get(check, "last_result");

        if (!render_check_failed(check)) {
            continue;
        }
        if (render_is(last, "class", "local")) {
            table_note(table, TABLE_BAD, "%s of %s cannot be made here: %s",
                       render_string(check, "kind"), render_string(check, "target"),
                       render_string(last, "text"));
        } else {
            bool told = json_array_size(json_object_get(check, "recent")) > 0;

            table_note(table, TABLE_BAD, "%s of %s: %s, %" JSON_INTEGER_FORMAT " %s%s%s",
                       render_string(check, "kind"), render_string(check, "target"),
                       render_string(last, "text"), fails, fails == 1 ? "try" : "tries in a row",
                       told ? "; last ten: " : "", told ? render_recent(recent, check) : "");
        }
    }
    if (json_is_integer(json_object_get(server, "slow_start_left_ms"))) {
        char left[CLOCK_TEXT_SIZE];

        table_note(
            table, TABLE_ODD, "slow start: all of its weight in %s",
            clock_duration_text(left, render_scale(render_number(server, "slow_start_left_ms"),
                                                   CLOCK_MILLISECOND)));
    }
    if (render_has_text(server, "ipvs_error")) {
        table_note(table, TABLE_BAD, "IPVS: %s", render_string(server, "ipvs_error"));
    }
}

void render_why(const struct render *render, const json_t *server, struct table *table)
{
    render_operator(render, server, table);
    render_server_notes(server, table);
}

static void render_weight(const json_t *server, struct table *table)
{
    json_int_t weight = render_number(server, "weight");
    json_int_t configured = render_number(server, "weight_configured");

    if (weight == configured) {
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, weight);
    } else {
        table_cell(table, TABLE_ODD, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT, weight,
                   configured);
    }
}

/* Its name in the first cell, or on a line of its own where it would make the table too wide. */
static void render_name(const char *name, struct table *table)
{
    if (strlen(name) > RENDER_NAME_WIDTH) {
        table_cell(table, TABLE_PLAIN, "%s", name);
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", "");
    } else {
        table_cell(table, TABLE_PLAIN, "%s", name);
    }
}

static void render_connections(const json_t *server, struct table *table)
{
    const json_t *connections = json_object_get(server, "connections");
    char text[RENDER_TEXT_SIZE];

    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "active"));
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "inactive"));
}

static void render_server(const struct render *render, const json_t *server, struct table *table)
{
    bool down = render_is(server, "state", "down");
    char age[CLOCK_TEXT_SIZE];

    table_row(table);
    render_name(render_string(server, "name"), table);
    table_cell(table,
               down                               ? TABLE_BAD
               : render_is(server, "state", "up") ? TABLE_GOOD
                                                  : TABLE_ODD,
               "%s", down ? "DOWN" : render_string(server, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, server, "since"));
    table_cell(table, render_is(server, "admin", "ready") ? TABLE_PLAIN : TABLE_ODD, "%s",
               render_string(server, "admin"));
    render_weight(server, table);
    render_connections(server, table);
    render_last_check(render, server, table);
    render_why(render, server, table);
}

static void render_sorry_server(const json_t *server, struct table *table)
{
    bool active = render_true(server, "active");

    if (!json_is_object(server)) {
        return;
    }
    table_row(table);
    render_name(render_string(server, "name"), table);
    table_cell(table, active ? TABLE_ODD : TABLE_PLAIN, "%s", active ? "SORRY" : "sorry");
    table_cell(table, TABLE_PLAIN, "-");
    table_cell(table, TABLE_PLAIN, "-");
    render_weight(server, table);
    render_connections(server, table);
    table_cell(table, TABLE_PLAIN, active ? "in, quorum is lost" : "out, quorum is met");
    render_server_notes(server, table);
}

/* Servers that a reload took out and that have connections still. */
static void render_draining(const json_t *service, struct table *table)
{
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "unconfigured"), i, server) {
        char left[CLOCK_TEXT_SIZE];

        if (!json_is_integer(json_object_get(server, "drain_left_ms"))) {
            continue;
        }
        table_row(table);
        render_name(render_string(server, "name"), table);
        table_cell(table, TABLE_ODD, "drains");
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_ODD, "%" JSON_INTEGER_FORMAT, render_number(server, "weight"));
        render_connections(server, table);
        table_cell(table, TABLE_PLAIN, "taken out, %s left",
                   clock_duration_text(left, render_scale(render_number(server, "drain_left_ms"),
                                                          CLOCK_MILLISECOND)));
    }
}

enum { RENDER_MEMBERS = 8 }; /* services of a group that are shown by name, as many as fit a line */

/* @param all  those that the kernel has too */
static void render_member_list(const struct render *render, const json_t *members, bool all)
{
    struct text_buffer list = {0};
    json_t *member;
    size_t count = 0;
    size_t i;

    json_array_foreach(members, i, member) {
        if (!all && !json_is_false(json_object_get(member, "in_kernel"))) {
            continue;
        }
        if (count++ < RENDER_MEMBERS) {
            text_appendf(&list, "%s%s", count > 1 ? ", " : "", render_string(member, "service"));
        }
    }
    if (count > RENDER_MEMBERS) {
        text_appendf(&list, " and %zu more", count - RENDER_MEMBERS);
    }
    if (count) {
        render_line(render, 2, all ? TABLE_PLAIN : TABLE_BAD, "%s %s",
                    all ? "is" : "not in the kernel:", list.data);
    }
    text_release(&list);
}

void render_members(const struct render *render, const json_t *service)
{
    const json_t *members = json_object_get(service, "members");

    render_member_list(render, members, true);
    if (json_is_object(json_object_get(service, "kernel"))) { /* else none is, which is told */
        render_member_list(render, members, false);
    }
}

/* "quorum needs weight 2: of 3 servers 2 are down, 1 is in maint" */
static void render_lost_quorum(const struct render *render, const json_t *service)
{
    static const struct {
        const char *member;
        const char *word;
        const char *text;
    } rows[] = {{"state", "down", "down"},
                {"state", "checking", "not checked yet"},
                {"admin", "drain", "draining"},
                {"admin", "maint", "in maint"}};
    const json_t *servers = json_object_get(service, "servers");
    struct text_buffer text = {0};
    json_t *server;
    size_t k;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned count = 0;

        json_array_foreach(servers, k, server) {
            count += render_is(server, rows[i].member, rows[i].word);
        }
        if (count) {
            text_appendf(&text, "%s%u %s %s", text.length ? ", " : "", count,
                         count == 1 ? "is" : "are", rows[i].text);
        }
    }
    render_line(render, 2, TABLE_BAD,
                "no quorum: live weight %" JSON_INTEGER_FORMAT " where %" JSON_INTEGER_FORMAT
                " is needed; of %zu server%s %s",
                render_number(service, "live_weight"), render_number(service, "live_weight_needed"),
                json_array_size(servers), text_plural(json_array_size(servers)),
                text.length                ? text.data
                : json_array_size(servers) ? "none is down"
                                           : "there is none");
    text_release(&text);
}

static void render_service_head(const struct render *render, const json_t *service)
{
    bool met = render_true(service, "quorum_met");
    json_int_t persistence = render_number(service, "persistence_timeout_s");
    char persistent[RENDER_TEXT_SIZE] = "";

    if (persistence) {
        (void)snprintf(persistent, sizeof(persistent), ", persistent %" JSON_INTEGER_FORMAT " s",
                       persistence);
    }
    render_line(
        render, 0, met ? TABLE_PLAIN : TABLE_BAD,
        "%s  %s %s%s, %s (live weight %" JSON_INTEGER_FORMAT ", needs %" JSON_INTEGER_FORMAT ")",
        render_string(service, "name"), render_string(service, "scheduler"),
        render_string(service, "forward"), persistent, met ? "quorum met" : "QUORUM LOST",
        render_number(service, "live_weight"), render_number(service, "live_weight_needed"));
    if (json_is_false(json_object_get(service, "quorum_met"))) {
        render_lost_quorum(render, service);
    }
    render_members(render, service);
    if (render_true(service, "fail_open")) {
        render_line(render, 2, TABLE_BAD,
                    "FAILS OPEN: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                    " servers up, min_healthy wants %" JSON_INTEGER_FORMAT
                    ": all are used, whatever their checks say",
                    render_number(service, "servers_up"), render_number(service, "servers_ready"),
                    render_number(service, "servers_needed"));
    }
    if (render_true(service, "suspended")) {
        render_line(render, 2, TABLE_ODD,
                    "checks pause: its address is not on this host (ha_suspend)");
    }
    if (render_has_text(service, "ipvs_error")) {
        render_line(render, 2, TABLE_BAD, "IPVS: %s", render_string(service, "ipvs_error"));
    }
}

void render_service(const struct render *render, const json_t *service)
{
    static const struct table_column columns[] = {
        {"SERVER", false}, {"STATE", false}, {"FOR", false},     {"ADMIN", false},
        {"WEIGHT", false}, {"ACTIVE", true}, {"INACTIVE", true}, {"LAST CHECK", false}};
    static const size_t spare[] = {6, 3, 5, 7}; /* the first one goes first */
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    json_t *servers = render_by_rank(json_object_get(service, "servers"), render_rank_server);
    json_t *server;
    size_t i;

    for (i = 0; i < sizeof(spare) / sizeof(spare[0]); i++) {
        table_spare(table, spare[i]);
    }
    text_append(render->out, "\n");
    render_service_head(render, service);
    json_array_foreach(servers, i, server) {
        render_server(render, server, table);
    }
    json_decref(servers);
    render_sorry_server(json_object_get(service, "sorry_server"), table);
    render_draining(service, table);
    table_write(table, render->options->colour, render->options->width, render->out);
    table_free(table);
}

/* Names of services, one behind the other. */
static void render_names(const struct render *render, const json_t *services, const char *what)
{
    struct text_buffer list = {0};
    json_t *entry;
    size_t i;

    json_array_foreach(services, i, entry) {
        const char *name =
            json_is_string(entry) ? json_string_value(entry) : render_string(entry, "service");

        text_appendf(&list, "%s%s", i ? ", " : "", name);
    }
    if (list.length) {
        table_write_line(render->out, 2, TABLE_ODD, render->options->colour, render->options->width,
                         "%s: %s", what, list.data);
    }
    text_release(&list);
}

/* "sync daemon on eth1, id 51: backup (follows VI_1)", and what is wrong with it. */
static void render_sync_daemon(const struct render *render, const json_t *daemon)
{
    static const char *const roles[] = {"master", "backup"};
    bool follows = render_has_text(daemon, "instance");
    char id[RENDER_TEXT_SIZE];

    if (!json_is_object(daemon)) {
        return;
    }
    render_line(render, 2, render_has_text(daemon, "reason") ? TABLE_BAD : TABLE_PLAIN,
                "sync daemon on %s, id %s: %s%s%s%s%s%s", render_string(daemon, "interface"),
                render_count(id, daemon, "id"),
                render_is(daemon, "role", "both") ? "master and backup"
                                                  : render_string(daemon, "role"),
                follows ? " (follows " : "", follows ? render_string(daemon, "instance") : "",
                follows ? ")" : "", render_has_text(daemon, "reason") ? ": " : "",
                render_has_text(daemon, "reason") ? render_string(daemon, "reason") : "");
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        const json_t *role = json_object_get(daemon, roles[i]);

        if (render_has_text(role, "error")) {
            render_line(render, 4, TABLE_BAD, "%s: %s", roles[i], render_string(role, "error"));
        }
    }
}

/* "servers behind FULLNAT see the clients' addresses; run: sysctl -w net.ipv4.vs.conntrack=1" */
static void render_missing(const struct render *render, const json_t *missing)
{
    const json_t *setting;
    size_t i;

    json_array_foreach(missing, i, setting) {
        render_line(render, 2, TABLE_BAD, "%s; run: %s", render_string(setting, "problem"),
                    render_string(setting, "cure"));
    }
}

void render_ipvs(const struct render *render, const json_t *ipvs, bool wanted)
{
    char operations[RENDER_TEXT_SIZE];
    char errors[RENDER_TEXT_SIZE];
    char repaired[RENDER_TEXT_SIZE];

    if (json_is_false(json_object_get(ipvs, "available"))) {
        render_line(render, 0, wanted ? TABLE_BAD : TABLE_PLAIN, "IPVS: not available: %s",
                    render_string(ipvs, "reason"));
    } else {
        render_line(render, 0, TABLE_PLAIN,
                    "IPVS %s: %s changes made, %s refused, %s repaired after others' changes",
                    render_string(ipvs, "version"), render_count(operations, ipvs, "operations"),
                    render_count(errors, ipvs, "errors"),
                    render_count(repaired, ipvs, "drift_repaired"));
    }
    render_missing(render, json_object_get(ipvs, "missing"));
    render_sync_daemon(render, json_object_get(ipvs, "sync_daemon"));
    render_names(render, json_object_get(ipvs, "leaving"), "not configured any more, drain");
    render_names(render, json_object_get(ipvs, "foreign"), "not ours, left alone");
}
