/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the control socket that steer checks and servers.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/override.h"
#include "base/text.h"
#include "check/checker.h"
#include "control/journal.h"
#include "control/protocol.h"

#include <stdio.h>
#include <string.h>

/* Below what holdfastctl waits by default. */
#define STEER_CHECK_LIMIT (25 * CLOCK_SECOND)

#define STEER_LONGEST_MS INT64_C(315360000000) /* ten years */

enum { STEER_NAME_SIZE = 256 }; /* of what an event tells */

/* A text among the arguments; NULL: it is not there. */
static const char *steer_text(const struct control_request *request, const char *name)
{
    return json_string_value(json_object_get(control_arguments(request), name));
}

static void steer_checked(void *argument, json_t *results)
{
    control_reply(argument, json_pack("{s:o}", "checks", results));
}

/* pause, or resume. */
static void steer_pause(struct daemon *daemon, struct control_request *request, bool pauses)
{
    const char *service = steer_text(request, "service");
    const char *server = steer_text(request, "server");
    const struct override override = {
        .kind = OVERRIDE_PAUSE, .object = service, .part = server ? server : "", .like = ""};
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);

    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
        return;
    }
    if (pauses && !checker_has(daemon->checker, override.object, override.part)) {
        control_fail(request, "bad-argument",
                     "there is no %.100s %.60s; names are as the status has them", override.object,
                     override.part);
        return;
    }
    if (pauses && daemon_overrides(daemon)->count >= OVERRIDE_MOST) {
        daemon_refuse_more(request);
        return;
    }
    if (pauses) {
        daemon_override(daemon, request, &override, span);
    } else if (!daemon_end_override(daemon, request, OVERRIDE_PAUSE, override.object,
                                    override.part)) {
        control_fail(request, "bad-argument", "no operator lets the checks of %.100s %.60s pause",
                     override.object, override.part);
        return;
    }
    daemon_answer_when_kept(
        daemon, request,
        json_pack("{s:s, s:s*, s:b}", "service", service, "server", server, "paused", pauses));
}

/* @param action  NULL: none was given, which is now */
static bool steer_is_check_action(const json_t *action)
{
    const char *text = json_string_value(action);

    return !action || (text && (strcmp(text, "now") == 0 || strcmp(text, "pause") == 0 ||
                                strcmp(text, "resume") == 0));
}

/* @param server  NULL: all */
static void steer_check_now(struct daemon *daemon, struct control_request *request,
                            const char *service, const char *server)
{
    char problem[CHECKER_PROBLEM_SIZE];
    char by[DAEMON_WHOM_SIZE];
    char names[2][STEER_NAME_SIZE];

    (void)text_copy(names[0], sizeof(names[0]), service);
    (void)text_copy(names[1], sizeof(names[1]), server ? server : "");
    (void)daemon_whom(by, request); /* the answer may come at once, and the request is gone then */
    if (!checker_ask(daemon->checker, service, server, STEER_CHECK_LIMIT, steer_checked, request,
                     problem)) {
        control_fail(request, "bad-argument", "%s", problem);
        return;
    }
    daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                                .object = names[0],
                                                .server = *names[1] ? names[1] : NULL,
                                                .to = "check now",
                                                .by = by});
}

static void steer_check(void *argument, struct control_request *request)
{
    const json_t *named = json_object_get(control_arguments(request), "server");
    const char *action = steer_text(request, "action");
    struct daemon *daemon = argument;
    const char *service = steer_text(request, "service");
    const char *server = steer_text(request, "server");

    if (!service) {
        control_fail(request, "bad-argument", "\"service\" is the name of a virtual server");
        return;
    }
    if (named && !json_is_null(named) && !server) { /* it does not mean all of them */
        control_fail(request, "bad-argument", "\"server\" is the name of one of its servers");
        return;
    }
    if (!steer_is_check_action(json_object_get(control_arguments(request), "action"))) {
        control_fail(request, "bad-argument", "\"action\" is now, pause or resume");
        return;
    }
    if (action && strcmp(action, "now") != 0) {
        steer_pause(daemon, request, strcmp(action, "pause") == 0);
        return;
    }
    steer_check_now(daemon, request, service, server);
}

/* The word that says what is asked. @return false: there is none such */
static bool steer_read_action(const char *action, struct checker_steering *steering)
{
    steering->weighed = action && strcmp(action, "weight") == 0;
    for (int i = 0; action && !steering->weighed && i < HEALTH_ADMINS; i++) {
        if (strcmp(action, health_admin_name((enum health_admin)i)) == 0) {
            steering->admin = (enum health_admin)i;
            return true;
        }
    }
    return steering->weighed;
}

/* What is asked. @return NULL, or what is wrong with it */
static const char *steer_read(const struct control_request *request,
                              struct checker_steering *steering)
{
    json_t *weight = json_object_get(control_arguments(request), "weight");
    json_t *span = json_object_get(control_arguments(request), "for_ms");

    steering->service = steer_text(request, "service");
    steering->server = steer_text(request, "server");
    if (!steering->service || !steering->server) {
        return "\"service\" and \"server\" are the names of a virtual server and of its server";
    }
    if (!steer_read_action(steer_text(request, "action"), steering)) {
        return "\"action\" is ready, drain, maint or weight";
    }
    if (steering->weighed && (!json_is_integer(weight) || json_integer_value(weight) < 0 ||
                              json_integer_value(weight) > INT32_MAX)) {
        return "\"weight\" is a whole number in 0..2147483647";
    }
    steering->weight = (uint32_t)json_integer_value(weight);
    if (span && (!json_is_integer(span) || json_integer_value(span) <= 0 ||
                 json_integer_value(span) > STEER_LONGEST_MS)) {
        return "\"for_ms\" is a time in milliseconds, up to ten years";
    }
    steering->span = json_integer_value(span) * CLOCK_MILLISECOND;
    return NULL;
}

static void steer_note(struct daemon *daemon, const struct control_request *request,
                       const struct checker_steering *steering)
{
    char span[CLOCK_TEXT_SIZE];
    char to[64];
    char reason[64];

    (void)clock_duration_text(span, steering->span);
    if (steering->weighed) {
        (void)snprintf(to, sizeof(to), "weight %u", (unsigned)steering->weight);
    } else {
        (void)snprintf(to, sizeof(to), "%s", health_admin_name(steering->admin));
    }
    (void)snprintf(reason, sizeof(reason), "for %s", span);
    daemon_note_operator(daemon, request,
                         &(struct journal_entry){.object = steering->service,
                                                 .server = steering->server,
                                                 .to = to,
                                                 .reason = steering->span ? reason : NULL});
}

static void steer_server(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const char *action = steer_text(request, "action");
    struct checker_steering steering = {0};
    const char *wrong = steer_read(request, &steering);
    char problem[CHECKER_PROBLEM_SIZE];
    char by[DAEMON_WHOM_SIZE];

    steering.by = daemon_whom(by, request);
    if (action && (strcmp(action, "add") == 0 || strcmp(action, "del") == 0)) {
        daemon_patch_server(daemon, request);
    } else if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
    } else if (!checker_steer(daemon->checker, &steering, problem)) {
        control_fail(request, "bad-argument", "%s", problem);
    } else {
        steer_note(daemon, request, &steering);
        daemon_answer_when_kept(
            daemon, request,
            checker_order_json(daemon->checker, steering.service, steering.server));
    }
}

void daemon_add_steering(struct daemon *daemon)
{
    control_add_command(daemon->control, "check",
                        "make the checks of a virtual server, or of one of its servers, now",
                        steer_check, daemon);
    control_add_command(daemon->control, "server",
                        "make a real server ready, drain it, take it out, or set its weight",
                        steer_server, daemon);
}
