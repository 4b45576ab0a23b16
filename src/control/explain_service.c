/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a virtual server has its quorum or not, and a real server is in service or not.
 */
#include "control/explain.h"

#include "base/text.h"
#include "control/look.h"
#include "control/render_inside.h"
#include "control/target.h"

#include <string.h>

__attribute__((format(printf, 2, 3))) static void explain_say(json_t *list, const char *format, ...)
{
    struct text_buffer text = {0};
    va_list arguments;

    va_start(arguments, format);
    text_append_v(&text, format, arguments);
    va_end(arguments);
    json_array_append_new(list, json_string(text.data ? text.data : ""));
    text_release(&text);
}

static void explain_copy(json_t *view, const json_t *object, const char *const *names)
{
    for (; *names; names++) {
        json_t *value = json_object_get(object, *names);

        json_object_set(view, *names, value ? value : json_null());
    }
}

/* ---- Servers ----------------------------------------------------------------------------------- */

static bool explain_is_failed(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return json_is_object(last) && !render_is(last, "class", "ok");
}

/* More of a number until it is reached; at least one. */
static json_int_t explain_left(json_int_t wanted, json_int_t had)
{
    return wanted > had + 1 && wanted - had < 1000000 ? wanted - had : 1;
}

/* The pause that an operator wants of the checks of a server, or of its service; NULL: there is none. */
static const json_t *explain_find_pause(const json_t *status, const json_t *service,
                                        const json_t *server)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(status, "overrides"), i, one) {
        if (render_is(one, "kind", "check-pause") && render_true(one, "effect") &&
            (render_is(one, "object", render_string(service, "name")) ||
             render_is(one, "object", render_string(service, "group"))) &&
            (!render_has_text(one, "part") ||
             render_is(one, "part", render_string(server, "name")))) {
            return one;
        }
    }
    return NULL;
}

static void explain_paused(const json_t *check, const json_t *pause, bool suspended,
                           json_t *reasons, json_t *changes)
{
    const char *kind = render_string(check, "kind");
    const char *target = render_string(check, "target");

    if (pause) {
        bool ends = render_has_text(pause, "until");

        explain_say(reasons, "%s of %s pauses: %s asked for it; its last verdict stays", kind,
                    target, render_string(pause, "by"));
        explain_say(changes, "check resume%s%s: %s of %s is made again", ends ? ", or " : "",
                    ends ? render_string(pause, "until") : "", kind, target);
    } else {
        explain_say(reasons, "%s of %s pauses: %s", kind, target,
                    suspended ? "the address of the service is not on this host"
                              : "no service wants it now");
    }
}

/* What explain_check() needs to know beside the check. */
struct explain_of {
    const json_t *pause; /* NULL: no operator wants one */
    bool suspended;      /* its service is */
    bool out;            /* the server is down */
};

static void explain_check(const json_t *check, const struct explain_of *of, json_t *reasons,
                          json_t *changes)
{
    const json_t *last = json_object_get(check, "last_result");
    json_int_t weight = render_number(check, "weight");
    const char *kind = render_string(check, "kind");
    const char *target = render_string(check, "target");
    json_int_t left;

    if (explain_is_failed(check) && render_is(last, "class", "local")) {
        explain_say(reasons, "%s of %s cannot be made here: %s; its last verdict stays", kind,
                    target, render_string(last, "text"));
    } else if (render_is(check, "state", "down")) {
        left = explain_left(render_number(check, "rise"), render_number(check, "successes_in_row"));
        explain_say(reasons, "%s of %s fails: %s", kind, target, render_string(last, "text"));
        explain_say(changes, "%s of %s succeeds %" JSON_INTEGER_FORMAT " time%s in a row: %s", kind,
                    target, left, text_plural((uint64_t)left),
                    weight ? "its weight changes" : "this check lets the server in");
    } else if (render_is(check, "state", "checking")) {
        explain_say(reasons, "%s of %s has not said yet what it finds", kind, target);
    } else if (render_is(check, "state", "paused")) {
        explain_paused(check, of->pause, of->suspended, reasons, changes);
    } else {
        if (explain_is_failed(check)) {
            explain_say(reasons,
                        "%s of %s failed %" JSON_INTEGER_FORMAT
                        " time%s in a row, and takes the server out with %" JSON_INTEGER_FORMAT,
                        kind, target, render_number(check, "fails_in_row"),
                        text_plural((uint64_t)render_number(check, "fails_in_row")),
                        render_number(check, "tries"));
        }
        left = explain_left(render_number(check, "tries"), render_number(check, "fails_in_row"));
        if (!of->out) { /* else it changes nothing */
            explain_say(changes, "%s of %s fails %" JSON_INTEGER_FORMAT " time%s in a row: %s",
                        kind, target, left, text_plural((uint64_t)left),
                        weight ? "its weight changes" : "the server is taken out");
        }
    }
    if (weight && render_is(check, "state", weight > 0 ? "up" : "down")) {
        explain_say(reasons, "%s of %s adds %+" JSON_INTEGER_FORMAT " to its weight", kind, target,
                    weight);
    }
}

static void explain_operator(const json_t *server, json_t *reasons, json_t *changes)
{
    const json_t *wish = json_object_get(server, "operator");

    if (!json_is_object(wish)) {
        return;
    }
    if (json_is_integer(json_object_get(wish, "weight"))) {
        explain_say(reasons, "%s asked for weight %" JSON_INTEGER_FORMAT, render_string(wish, "by"),
                    render_number(wish, "weight"));
    }
    if (!render_is(server, "admin", "ready")) {
        explain_say(reasons, "%s asked for %s", render_string(wish, "by"),
                    render_string(server, "admin"));
    }
    explain_say(changes, "%s%s: what the configuration and the checks say counts again",
                render_has_text(wish, "until") ? render_string(wish, "until") : "",
                render_has_text(wish, "until") ? " or undrain" : "undrain");
}

static void explain_kernel(const json_t *server, json_t *reasons)
{
    char left[CLOCK_TEXT_SIZE];

    if (render_has_text(server, "ipvs_error")) {
        explain_say(reasons, "the kernel refused it: %s", render_string(server, "ipvs_error"));
    }
    if (json_is_integer(json_object_get(server, "slow_start_left_ms"))) {
        explain_say(reasons, "slow start: it has all of its weight in %s",
                    render_ms(left, server, "slow_start_left_ms"));
    }
    if (render_true(server, "unasked")) {
        explain_say(reasons, "its state is assumed: not all checks have spoken since the start");
    }
}

json_t *explain_server(const json_t *status, const char *word, struct text_buffer *problem)
{
    static const char *const copied[] = {
        "name",   "state",  "since", "admin", "operator", "weight", "weight_configured",
        "kernel", "checks", NULL};
    const json_t *service = NULL;
    const json_t *server =
        target_server(json_object_get(status, "services"), word, &service, problem);
    struct explain_of of;
    json_t *reasons;
    json_t *changes;
    json_t *check;
    json_t *view;
    size_t i;

    if (!server) {
        return NULL;
    }
    of = (struct explain_of){explain_find_pause(status, service, server),
                             render_true(service, "suspended"), render_is(server, "state", "down")};
    reasons = json_array();
    changes = json_array();
    view = json_pack("{s:i, s:s, s:O?}", "version", LOOK_VERSION, "kind", "server", "service",
                     json_object_get(service, "name"));
    explain_copy(view, server, copied);
    explain_operator(server, reasons, changes);
    if (render_true(service, "fail_open")) {
        explain_say(reasons,
                    "the service fails open by min_healthy: it is used whatever its checks say");
    }
    json_array_foreach(json_object_get(server, "checks"), i, check) {
        explain_check(check, &of, reasons, changes);
    }
    if (json_array_size(json_object_get(server, "checks")) == 0) {
        explain_say(reasons, "it has no check: it is up as long as it is configured");
    }
    explain_kernel(server, reasons);
    if (json_array_size(reasons) == 0) {
        explain_say(reasons, "all its checks succeed");
    }
    json_object_set_new(view, "reasons", reasons);
    json_object_set_new(view, "changes", changes);
    return view;
}

/* ---- Services ---------------------------------------------------------------------------------- */

/* What a server counts in the quorum. */
static json_int_t explain_share(const json_t *server)
{
    json_int_t weight = render_number(server, "weight");
    bool counts = render_is(server, "state", "up") && render_is(server, "admin", "ready");

    return !counts || weight < 0 ? 0 : weight > INT32_MAX ? INT32_MAX : weight;
}

static void explain_quorum(const json_t *service, json_t *reasons, json_t *changes)
{
    json_int_t live = render_number(service, "live_weight");
    json_int_t needed = render_number(service, "live_weight_needed");
    const json_t *sorry = json_object_get(service, "sorry_server");
    json_t *server;
    size_t i;

    if (render_true(service, "quorum_met")) {
        explain_say(reasons,
                    "quorum is met: live weight %" JSON_INTEGER_FORMAT
                    ", and it is lost below %" JSON_INTEGER_FORMAT,
                    live, needed);
    } else {
        explain_say(reasons,
                    "quorum is lost: live weight %" JSON_INTEGER_FORMAT
                    ", and it is met from %" JSON_INTEGER_FORMAT " on",
                    live, needed);
    }
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        json_int_t share = explain_share(server);

        if (render_true(service, "quorum_met") && share && live >= 0 && live - share < needed) {
            explain_say(changes, "%s goes out: quorum is lost", render_string(server, "name"));
        }
        if (!render_true(service, "quorum_met") && !share &&
            render_number(server, "weight_configured") >= needed - live) {
            explain_say(changes, "%s %s: quorum is met", render_string(server, "name"),
                        render_is(server, "admin", "ready") ? "comes in"
                        : render_is(server, "state", "up")  ? "is made ready"
                                                            : "is made ready and is up");
        }
    }
    if (json_is_object(sorry)) {
        explain_say(reasons, "sorry server %s is %s", render_string(sorry, "name"),
                    render_true(sorry, "active") ? "in service" : "out: quorum is met");
    }
}

/* Servers that operators added and took out, and a pause of all of its checks. */
static void explain_by_hand(const json_t *status, const json_t *service, json_t *reasons,
                            json_t *changes)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(status, "overrides"), i, one) {
        const char *part = render_string(one, "part");

        if (!render_true(one, "effect") ||
            (!render_is(one, "object", render_string(service, "name")) &&
             !render_is(one, "object", render_string(service, "group")))) {
            continue;
        }
        if (render_is(one, "kind", "server-add")) {
            explain_say(reasons, "%s was added by hand: %s asked for it", part,
                        render_string(one, "by"));
        } else if (render_is(one, "kind", "server-del")) {
            explain_say(reasons, "%s was taken out by hand: %s asked for it", part,
                        render_string(one, "by"));
            explain_say(changes, "server add of %s: it is one of the service's again", part);
        } else if (render_is(one, "kind", "check-pause") && !render_has_text(one, "part")) {
            explain_say(reasons, "its checks pause: %s asked for it", render_string(one, "by"));
            explain_say(changes, "check resume: its checks are made again");
        }
    }
}

static void explain_floor(const json_t *service, json_t *reasons, json_t *changes)
{
    if (render_number(service, "servers_needed") <= 0) {
        return;
    }
    explain_say(render_true(service, "fail_open") ? reasons : changes,
                render_true(service, "fail_open")
                    ? "it fails open: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                      " servers are up, min_healthy wants %" JSON_INTEGER_FORMAT
                    : "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                      " servers are up; with fewer than %" JSON_INTEGER_FORMAT
                      " min_healthy lets it fail open",
                render_number(service, "servers_up"), render_number(service, "servers_ready"),
                render_number(service, "servers_needed"));
}

static json_t *explain_shares(const json_t *service)
{
    json_t *list = json_array();
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "servers"), i, server) {
        json_array_append_new(list,
                              json_pack("{s:O?, s:O?, s:O?, s:O?, s:O?, s:I}", "name",
                                        json_object_get(server, "name"), "state",
                                        json_object_get(server, "state"), "admin",
                                        json_object_get(server, "admin"), "weight",
                                        json_object_get(server, "weight"), "weight_configured",
                                        json_object_get(server, "weight_configured"), "counts",
                                        explain_share(server)));
    }
    return list;
}

json_t *explain_service(const json_t *status, const char *word, struct text_buffer *problem)
{
    static const char *const copied[] = {
        "name", "quorum", "quorum_met", "live_weight", "live_weight_needed", "fail_open", NULL};
    json_t *found = target_all(json_object_get(status, "services"), word, problem);
    const json_t *pair = json_array_get(found, 0);
    const json_t *service = json_object_get(pair, "service");
    json_t *reasons;
    json_t *changes;
    json_t *view = NULL;

    if (!found) {
        return NULL;
    }
    if (json_array_size(found) > 1 || json_is_object(json_object_get(pair, "server"))) {
        text_appendf(problem, "\"%s\" names %s; name one virtual server as status shows it", word,
                     json_is_object(json_object_get(pair, "server")) ? "a real server"
                                                                     : "several virtual servers");
        goto out;
    }
    reasons = json_array();
    changes = json_array();
    view = json_pack("{s:i, s:s}", "version", LOOK_VERSION, "kind", "service");
    explain_copy(view, service, copied);
    explain_quorum(service, reasons, changes);
    explain_floor(service, reasons, changes);
    explain_by_hand(status, service, reasons, changes);
    if (render_true(service, "suspended")) {
        explain_say(reasons, "its checks pause: its address is not on this host (ha_suspend)");
    }
    if (render_has_text(service, "ipvs_error")) {
        explain_say(reasons, "the kernel refused it: %s", render_string(service, "ipvs_error"));
    }
    json_object_set_new(view, "servers", explain_shares(service));
    json_object_set_new(view, "reasons", reasons);
    json_object_set_new(view, "changes", changes);
out:
    json_decref(found);
    return view;
}
