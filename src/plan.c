/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan of a reload: each object that comes, goes or changes, with the connections that it has
 * now. The text is made from the JSON document, so that both say the same. Pure.
 */
#include "plan.h"

#include "base/json.h"
#include "base/text.h"
#include "parser/diff.h"

#include <inttypes.h>
#include <string.h>

/* ---- Connections ----------------------------------------------------------------------------- */

/* The connections of servers by "SERVICE SERVER", of services by "SERVICE". */
static json_t *plan_connections(const json_t *status)
{
    json_t *counts = json_object();
    const json_t *services = json_object_get(status, "services");
    size_t i;
    size_t j;
    const json_t *service;
    const json_t *server;

    json_array_foreach(services, i, service) {
        const char *name = json_string_value(json_object_get(service, "name"));
        const json_t *servers = json_object_get(service, "servers");
        json_int_t sum = 0;

        json_array_foreach(servers, j, server) {
            const json_t *connections = json_object_get(server, "connections");
            const char *server_name = json_string_value(json_object_get(server, "name"));
            json_int_t count = json_integer_value(json_object_get(connections, "active")) +
                               json_integer_value(json_object_get(connections, "inactive"));
            struct text_buffer key = {0};

            text_appendf(&key, "%s %s", name ? name : "", server_name ? server_name : "");
            json_object_set_new(counts, key.data, json_integer(count));
            text_release(&key);
            sum += count;
        }
        json_object_set_new(counts, name ? name : "", json_integer(sum));
    }
    return counts;
}

/* The connections of a service or a server; null for others, or where they are not known. */
static json_t *plan_connections_of(const json_t *counts, const struct diff_object *object)
{
    struct text_buffer key = {0};
    json_t *count;

    if (object->kind == FACTS_SERVER) {
        text_appendf(&key, "%s %s", object->parent, object->name);
    } else if (object->kind == FACTS_SERVICE) {
        text_append(&key, object->name);
    } else {
        return json_null();
    }
    count = json_object_get(counts, key.data);
    text_release(&key);
    return count ? json_incref(count) : json_null();
}

/* ---- The document ---------------------------------------------------------------------------- */

/* Settings that the kernel holds: to change them is to touch the service's or server's connections. */
static bool plan_is_of_kernel(const char *keyword)
{
    static const char *const keywords[] = {
        "lb_algo",
        "lb_kind",
        "local_address",
        "flag-1",
        "flag-2",
        "flag-3",
        "sh-port",
        "sh-fallback",
        "mh-port",
        "mh-fallback",
        "ops",
        "lvs_method",
        "persistence_timeout",
        "uthreshold",
        "lthreshold",
        "weight",
        "persistence_granularity",
        "persistence_engine",
    };

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (strcmp(keyword, keywords[i]) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *plan_text(const char *text, bool secret)
{
    if (!text) {
        return json_null();
    }
    return secret ? json_string("(not shown)") : json_from_text(text);
}

static json_t *plan_settings(const struct diff_object *object, bool *touches)
{
    json_t *settings = json_array();
    const struct diff_value *value;

    STAILQ_FOREACH(value, &object->values, next) {
        *touches = *touches || (!value->list && plan_is_of_kernel(value->keyword));
        json_array_append_new(settings,
                              json_pack("{s:o, s:o, s:o, s:o}", "list",
                                        value->list ? json_from_text(value->list) : json_null(),
                                        "keyword", json_from_text(value->keyword), "before",
                                        plan_text(value->before, value->secret), "after",
                                        plan_text(value->after, value->secret)));
    }
    return settings;
}

static const char *const plan_changes[] = {
    [DIFF_ADDED] = "added",
    [DIFF_CHANGED] = "changed",
    [DIFF_REMOVED] = "removed",
};

/* Adds one to a number of a part of the summary. */
static void plan_count(json_t *summary, const char *kind, const char *change)
{
    json_t *part = json_object_get(summary, kind);

    if (!part) {
        part = json_pack("{s:i, s:i, s:i}", "added", 0, "changed", 0, "removed", 0);
        json_object_set_new(summary, kind, part);
    }
    json_object_set_new(part, change,
                        json_integer(json_integer_value(json_object_get(part, change)) + 1));
}

/* Addresses are lines of their instance, and counted apart. */
static void plan_count_addresses(json_t *summary, const struct diff_object *object)
{
    const struct diff_value *value;

    STAILQ_FOREACH(value, &object->values, next) {
        if (value->list && strncmp(value->list, "virtual_ipaddress", 17) == 0) {
            plan_count(summary, "address",
                       !value->before  ? "added"
                       : !value->after ? "removed"
                                       : "changed");
        }
    }
}

static json_t *plan_object(const struct diff_object *object, const json_t *counts, bool *touches)
{
    json_t *in = json_array();

    if (object->parent) {
        json_array_append_new(in, json_from_text(object->parent));
    }
    if (object->outer) {
        json_array_append_new(in, json_from_text(object->outer));
    }
    if (object->outermost) {
        json_array_append_new(in, json_from_text(object->outermost));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "change", plan_changes[object->change],
                     "kind", object->keyword, "name", json_from_text(object->name), "in", in,
                     "connections", plan_connections_of(counts, object), "settings",
                     plan_settings(object, touches));
}

/* The connections that a change of this object touches: a server's own, or all of a service's. */
static json_int_t plan_touched(const json_t *entry, const struct diff_object *object, bool touches)
{
    if (object->change == DIFF_CHANGED ? !touches : object->kind == FACTS_SERVICE) {
        return 0; /* a removed service's are counted with its servers */
    }
    return json_integer_value(json_object_get(entry, "connections"));
}

json_t *plan_document(const char *file, const struct diff *diff, const json_t *status)
{
    json_t *counts = plan_connections(status);
    json_t *changes = json_array();
    json_t *summary = json_object();
    json_int_t removed = 0;
    json_int_t changed = 0;
    const struct diff_object *object;
    const char *last = ""; /* the changed service whose servers' connections are counted */

    STAILQ_FOREACH(object, diff_objects(diff), next) {
        bool touches = false;
        json_t *entry = plan_object(object, counts, &touches);
        json_int_t touched = plan_touched(entry, object, touches);

        plan_count(summary, object->keyword, plan_changes[object->change]);
        plan_count_addresses(summary, object);
        if (object->change == DIFF_REMOVED) {
            removed += touched;
        } else if (object->change == DIFF_CHANGED) {
            if (object->kind == FACTS_SERVICE && touches) {
                last = object->name;
            }
            changed +=
                object->kind == FACTS_SERVER && strcmp(object->parent, last) == 0 ? 0 : touched;
        }
        json_array_append_new(changes, entry);
    }
    json_decref(counts);
    return json_pack("{s:o, s:o, s:o, s:{s:o, s:o}}", "file", json_from_text(file), "summary",
                     summary, "changes", changes, "connections", "removed",
                     status ? json_integer(removed) : json_null(), "changed",
                     status ? json_integer(changed) : json_null());
}

/* ---- Text ------------------------------------------------------------------------------------ */

static const char *plan_word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *plan_sign(const json_t *object)
{
    const char *change = plan_word(object, "change");

    return *change == 'a' ? "+" : *change == 'r' ? "-" : "~";
}

static void plan_write_setting(const json_t *setting, struct text_buffer *out)
{
    const json_t *before = json_object_get(setting, "before");
    const json_t *after = json_object_get(setting, "after");
    const char *list = plan_word(setting, "list");
    const char *old = json_is_string(before) ? json_string_value(before) : NULL;
    const char *new = json_is_string(after) ? json_string_value(after) : NULL;

    text_appendf(out, "    %s %s%s%s",
                 !old   ? "+"
                 : !new ? "-"
                        : "~",
                 list, *list ? " " : "", plan_word(setting, "keyword"));
    if (old && new) {
        text_appendf(out, ": %s -> %s", *old ? old : "(nothing)", *new ? new : "(nothing)");
    } else if (*(old ? old : new ? new : "")) {
        text_appendf(out, " %s", old ? old : new);
    }
    text_append(out, "\n");
}

/* Whether two changes are the same one on two objects of a kind. */
static bool plan_is_alike(const json_t *a, const json_t *b)
{
    const json_t *settings = json_object_get(a, "settings");
    size_t size = json_array_size(json_object_get(a, "in"));

    return json_array_size(settings) && json_equal(settings, json_object_get(b, "settings")) &&
           strcmp(plan_word(a, "change"), "changed") == 0 &&
           strcmp(plan_word(b, "change"), "changed") == 0 &&
           strcmp(plan_word(a, "kind"), plan_word(b, "kind")) == 0 && size > 0 &&
           json_equal(json_array_get(json_object_get(a, "in"), size - 1),
                      json_array_get(json_object_get(b, "in"), size - 1));
}

static void plan_write_object(const json_t *object, struct text_buffer *out)
{
    const json_t *connections = json_object_get(object, "connections");
    const json_t *settings = json_object_get(object, "settings");
    const json_t *in = json_object_get(object, "in");
    const char *name = plan_word(object, "name");
    const json_t *value;
    size_t i;

    text_appendf(out, "%s %s%s%s", plan_sign(object), plan_word(object, "kind"), *name ? " " : "",
                 name);
    json_array_foreach(in, i, value) {
        text_appendf(out, " of %s", json_string_value(value));
    }
    if (json_integer_value(connections) && strcmp(plan_word(object, "change"), "added") != 0) {
        text_appendf(out, " (%" JSON_INTEGER_FORMAT " connection%s)",
                     json_integer_value(connections),
                     text_plural((uint64_t)json_integer_value(connections)));
    }
    text_append(out, "\n");
    json_array_foreach(settings, i, value) {
        plan_write_setting(value, out);
    }
}

/* "2 virtual_server added, 1 changed" for each kind. */
static void plan_write_summary(const json_t *document, struct text_buffer *out)
{
    static const char *const changes[] = {"added", "changed", "removed"};
    const json_t *summary = json_object_get(document, "summary");
    const json_t *connections = json_object_get(document, "connections");
    bool any = false;
    const char *kind;
    const json_t *part;

    json_object_foreach((json_t *)summary, kind, part) {
        bool first = true;

        for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
            json_int_t count = json_integer_value(json_object_get(part, changes[i]));

            if (count) {
                text_appendf(out, "%s%s%s%" JSON_INTEGER_FORMAT " %s", any ? ", " : "",
                             first ? kind : "", first ? " " : "", count, changes[i]);
                first = false;
                any = true;
            }
        }
    }
    if (json_is_integer(json_object_get(connections, "removed"))) {
        text_appendf(out,
                     "\nlive connections: %" JSON_INTEGER_FORMAT
                     " on what is removed, %" JSON_INTEGER_FORMAT " on what changes",
                     json_integer_value(json_object_get(connections, "removed")),
                     json_integer_value(json_object_get(connections, "changed")));
    }
    text_append(out, "\n");
}

static void plan_write_changes(const json_t *document, struct text_buffer *out)
{
    const json_t *changes = json_object_get(document, "changes");
    const json_t *object;
    const json_t *shown = NULL;
    uint64_t alike = 0;
    size_t i;

    json_array_foreach(changes, i, object) {
        if (shown && plan_is_alike(shown, object)) {
            alike++;
            continue;
        }
        if (alike) {
            text_appendf(out, "    ... and the same for %" PRIu64 " more\n", alike);
        }
        alike = 0;
        shown = object;
        plan_write_object(object, out);
    }
    if (alike) {
        text_appendf(out, "    ... and the same for %" PRIu64 " more\n", alike);
    }
    text_append(out, "\n");
    plan_write_summary(document, out);
}

void plan_write(const json_t *document, struct text_buffer *out)
{
    if (!json_array_size(json_object_get(document, "changes"))) {
        text_appendf(out, "%s: a reload would change nothing\n", plan_word(document, "file"));
        return;
    }
    text_appendf(out, "%s: a reload would do this:\n", plan_word(document, "file"));
    plan_write_changes(document, out);
}

void plan_write_done(const json_t *document, struct text_buffer *out)
{
    if (!json_array_size(json_object_get(document, "changes"))) {
        text_append(out, "nothing has changed\n");
        return;
    }
    plan_write_changes(document, out);
}
