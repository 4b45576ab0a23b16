/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the web page's document. Members keep the names that they have in the status document.
 */
#include "control/web_view_rows.h"

#include "base/json.h"
#include "base/text.h"
#include "control/render_inside.h"
#include "control/wellness.h"

#include <stdbool.h>
#include <string.h>

/* Copies members that are there; they keep this order. */
static void web_row_copy(json_t *row, const json_t *from, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(from, names[i]);

        if (value) {
            json_object_set_new(row, names[i], json_deep_copy(value));
        }
    }
}

#define WEB_COPY(row, from, names)                                                                 \
    web_row_copy(row, from, names, sizeof(names) / sizeof((names)[0]))

static bool web_row_is(const json_t *object, const char *name, const char *word)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text && strcmp(text, word) == 0;
}

json_t *web_row_key(const json_t *row)
{
    static const char *const members[] = {"name", "family"};
    json_t *key = json_object();

    WEB_COPY(key, row, members);
    return key;
}

/* ---- Instances --------------------------------------------------------------------------------- */

/* Of a list of objects, some members of each. */
static json_t *web_row_list(const json_t *list, const char *const *names, size_t count)
{
    json_t *rows = json_array();
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one) {
        json_t *row = json_object();

        web_row_copy(row, one, names, count);
        json_array_append_new(rows, row);
    }
    return rows;
}

json_t *web_row_instance(const json_t *instance)
{
    static const char *const members[] = {"name",
                                          "family",
                                          "interface",
                                          "vrid",
                                          "version",
                                          "state",
                                          "handing_over",
                                          "since",
                                          "reason",
                                          "reason_code",
                                          "priority_base",
                                          "priority_effective",
                                          "advert_interval_ms",
                                          "faults",
                                          "cures",
                                          "sync_group",
                                          "dual_master",
                                          "operator"};
    static const char *const master[] = {"address", "priority", "self"};
    static const char *const address[] = {"address", "device", "present"};
    static const char *const peer[] = {"address", "priority", "configured"};
    const json_t *complaint = json_object_get(instance, "complaint");
    json_t *row = json_object();
    json_t *of_master = json_object();

    WEB_COPY(row, instance, members);
    WEB_COPY(of_master, json_object_get(instance, "master"), master);
    json_object_set_new(row, "master", of_master);
    json_object_set_new(row, "addresses",
                        web_row_list(json_object_get(instance, "addresses"), address,
                                     sizeof(address) / sizeof(address[0])));
    json_object_set_new(
        row, "peers",
        web_row_list(json_object_get(instance, "peers"), peer, sizeof(peer) / sizeof(peer[0])));
    if (json_number_value(json_object_get(complaint, "ms_ago")) < 60000) {
        json_object_set(row, "complaint", json_object_get(complaint, "text"));
    }
    return row;
}

/* ---- Services ---------------------------------------------------------------------------------- */

/* Why a server is down, or cannot be checked: of the first check that says so; NULL: there is nothing. */
static json_t *web_row_why(const json_t *server)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        const json_t *last = json_object_get(check, "last_result");
        const json_t *failure = json_object_get(check, "last_failure");

        if (web_row_is(check, "state", "down") || web_row_is(last, "class", "local")) {
            const json_t *told = web_row_is(last, "class", "local") ? last : failure;

            return json_pack("{s:O?, s:O?, s:O?, s:O?}", "kind", json_object_get(check, "kind"),
                             "target", json_object_get(check, "target"), "class",
                             json_object_get(told, "class"), "text", json_object_get(told, "text"));
        }
    }
    return NULL;
}

/* The words of a server's checks, each once. */
static json_t *web_row_kinds(const json_t *server)
{
    json_t *kinds = json_array();
    const char *last = "";
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        const char *kind = json_string_value(json_object_get(check, "kind"));

        if (kind && strcmp(kind, last) != 0) {
            json_array_append_new(kinds, json_string(kind));
            last = kind;
        }
    }
    return kinds;
}

static json_t *web_row_server(const json_t *server)
{
    static const char *const members[] = {
        "name",  "state",   "admin",   "weight",   "weight_configured",
        "since", "forward", "unasked", "operator", "ipvs_error"};
    json_t *row = json_object();
    json_t *why = web_row_why(server);

    WEB_COPY(row, server, members);
    json_object_set_new(row, "checks", web_row_kinds(server));
    if (why) {
        json_object_set_new(row, "why", why);
    }
    if (json_is_number(json_object_get(server, "slow_start_left_ms"))) {
        json_object_set_new(row, "slow", json_true());
    }
    return row;
}

json_t *web_row_service(const json_t *service)
{
    static const char *const members[] = {
        "name",       "family",         "protocol",           "scheduler",  "forward",
        "quorum",     "live_weight",    "live_weight_needed", "quorum_met", "servers_ready",
        "servers_up", "servers_needed", "fail_open",          "suspended",  "persistence_timeout_s",
        "ipvs_error"};
    static const char *const sorry[] = {"name", "active"};
    json_t *row = json_object();
    json_t *servers = json_array();
    json_t *server;
    size_t i;

    WEB_COPY(row, service, members);
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        json_array_append_new(servers, web_row_server(server));
    }
    json_object_set_new(row, "servers", servers);
    if (json_is_object(json_object_get(service, "sorry_server"))) {
        json_t *own = json_object();

        WEB_COPY(own, json_object_get(service, "sorry_server"), sorry);
        json_object_set_new(row, "sorry_server", own);
    }
    if (json_array_size(json_object_get(service, "unconfigured"))) {
        json_object_set_new(
            row, "unconfigured",
            json_integer((json_int_t)json_array_size(json_object_get(service, "unconfigured"))));
    }
    return row;
}

/* ---- Numbers ----------------------------------------------------------------------------------- */

static json_int_t web_row_connections(const json_t *server, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(server, "connections"), name));
}

static json_t *web_row_number(const json_t *service, bool each)
{
    static const char *const counters[] = {"connections", "packets_in", "packets_out", "bytes_in",
                                           "bytes_out"};
    const json_t *from = json_object_get(service, "counters");
    json_t *numbers;
    json_t *servers;
    json_int_t active = 0;
    json_int_t inactive = 0;
    json_t *server;
    size_t i;

    if (!json_is_object(from)) {
        return json_null();
    }
    numbers = json_array();
    servers = json_array();
    for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        json_array_append_new(numbers,
                              json_integer(json_integer_value(json_object_get(from, counters[i]))));
    }
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        json_int_t now = web_row_connections(server, "active");
        json_int_t rest = web_row_connections(server, "inactive");

        active += now;
        inactive += rest;
        json_array_append_new(servers, json_pack("[I, I]", now, rest));
    }
    json_array_append_new(numbers, json_integer(active));
    json_array_append_new(numbers, json_integer(inactive));
    if (each) {
        json_array_append(numbers, servers);
    }
    json_decref(servers);
    return numbers;
}

json_t *web_row_numbers(const json_t *services, size_t most)
{
    json_t *numbers = json_array();
    size_t servers = 0;
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        servers += json_array_size(json_object_get(service, "servers"));
    }
    json_array_foreach(services, i, service) {
        json_array_append_new(numbers, web_row_number(service, servers <= most));
    }
    return numbers;
}

/* ---- The rest ---------------------------------------------------------------------------------- */

static json_t *web_row_reload(const json_t *reload)
{
    static const char *const members[] = {"result", "at", "duration_ms", "message"};
    static const char *const where[] = {"severity", "file", "line", "column", "message"};
    const json_t *last = json_object_get(reload, "last");
    json_t *row = json_object();
    json_t *diagnostic;
    size_t i;

    WEB_COPY(row, last, members);
    json_object_set(row, "count", json_object_get(reload, "count"));
    json_array_foreach(json_object_get(last, "diagnostics"), i, diagnostic) {
        if (web_row_is(diagnostic, "severity", "error")) {
            json_t *error = json_object();

            WEB_COPY(error, diagnostic, where);
            json_object_set_new(row, "error", error);
            break;
        }
    }
    return row;
}

static json_t *web_row_ipvs(const json_t *ipvs)
{
    static const char *const members[] = {"available",  "version", "reason",        "missing",
                                          "operations", "errors",  "drift_repaired"};
    static const char *const sync[] = {"role", "interface", "id", "reason"};
    json_t *row = json_object();

    WEB_COPY(row, ipvs, members);
    json_object_set_new(
        row, "foreign",
        json_integer((json_int_t)json_array_size(json_object_get(ipvs, "foreign"))));
    if (json_is_object(json_object_get(ipvs, "sync_daemon"))) {
        json_t *own = json_object();

        WEB_COPY(own, json_object_get(ipvs, "sync_daemon"), sync);
        json_object_set_new(row, "sync_daemon", own);
    }
    return row;
}

json_t *web_row_troubles(const json_t *status)
{
    struct wellness wellness = wellness_judge(status);
    json_t *judgement = wellness_json(&wellness);
    json_t *troubles = json_incref(json_object_get(judgement, "troubles"));

    json_decref(judgement);
    wellness_release(&wellness);
    return troubles;
}

json_t *web_row_by_hand(const json_t *status, size_t most)
{
    static const char *const members[] = {"since", "by", "until"};
    json_t *rows = json_array();
    json_t *override;
    size_t i;

    json_array_foreach(json_object_get(status, "overrides"), i, override) {
        struct text_buffer words = {0};
        json_t *row;

        if (!render_is_by_hand(override) || json_array_size(rows) >= most) {
            continue;
        }
        render_hand_words(override, &words);
        row = json_pack("{s:o}", "what", json_from_text(words.data));
        WEB_COPY(row, override, members);
        json_array_append_new(rows, row);
        text_release(&words);
    }
    return rows;
}

json_t *web_row_head(const json_t *status, const char *name)
{
    static const char *const daemon[] = {"version", "started", "config_file", "namespace",
                                         "instance"};
    static const char *const bfd[] = {"name",  "neighbor",  "status",   "state",
                                      "since", "last_fall", "complaint"};
    static const char *const script[] = {"name", "status", "last_result"};
    static const char *const group[] = {"name", "state"};
    const json_t *sessions = json_object_get(json_object_get(status, "bfd"), "sessions");
    const json_t *privileges = json_object_get(status, "privileges");
    const json_t *helper = json_object_get(privileges, "helper");
    json_t *head = json_object();
    json_t *own = json_object();

    json_object_set_new(own, "name", json_string(name));
    WEB_COPY(own, json_object_get(status, "daemon"), daemon);
    json_object_set_new(head, "daemon", own);
    json_object_set_new(head, "ipvs", web_row_ipvs(json_object_get(status, "ipvs")));
    json_object_set_new(head, "reload", web_row_reload(json_object_get(status, "reload")));
    json_object_set_new(head, "bfd", web_row_list(sessions, bfd, sizeof(bfd) / sizeof(bfd[0])));
    json_object_set_new(head, "scripts",
                        web_row_list(json_object_get(status, "scripts"), script,
                                     sizeof(script) / sizeof(script[0])));
    json_object_set_new(head, "sync_groups",
                        web_row_list(json_object_get(status, "sync_groups"), group,
                                     sizeof(group) / sizeof(group[0])));
    json_object_set_new(head, "lacking", json_deep_copy(json_object_get(privileges, "lacking")));
    json_object_set(head, "helper", json_object_get(helper, "alive"));
    return head;
}
