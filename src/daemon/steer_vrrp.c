/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the control socket that steer instances and the log, and that list overrides.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/override.h"
#include "control/protocol.h"
#include "parser/conf.h"
#include "parser/patch.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <string.h>

enum { STEER_MOST_PRIORITY = 253 };

const char *daemon_read_span(const struct control_request *request, int64_t *span)
{
    json_t *json = json_object_get(control_arguments(request), "for_ms");
    const int64_t longest = INT64_C(315360000000); /* ten years */

    if (json && (!json_is_integer(json) || json_integer_value(json) <= 0 ||
                 json_integer_value(json) > longest)) {
        return "\"for_ms\" is a time in milliseconds, up to ten years";
    }
    *span = json_integer_value(json) * CLOCK_MILLISECOND;
    return NULL;
}

static const char *steer_text(const struct control_request *request, const char *name)
{
    return json_string_value(json_object_get(control_arguments(request), name));
}

const struct conf_instance *daemon_find_instance(const struct daemon *daemon, const char *name)
{
    const struct conf_instance *instance;

    STAILQ_FOREACH(instance, &daemon->conf->instances, next) {
        if (name && strcmp(instance->name, name) == 0) {
            return instance;
        }
    }
    return NULL;
}

/* ---- Instances --------------------------------------------------------------------------------- */

/* What was asked of an instance before, or of another member of its sync group, makes room. */
static bool steer_release(struct daemon *daemon, const struct control_request *request,
                          const char *name, enum override_kind kind)
{
    const struct conf_instance *instance = daemon_find_instance(daemon, name);
    const struct conf_group_member *member;
    bool any = daemon_end_override(daemon, request, kind, name, "");

    if (instance && instance->sync_group) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            any |= daemon_end_override(daemon, request, kind, member->name, "");
        }
    }
    return any;
}

/* One of the others. */
static void steer_move(struct daemon *daemon, const struct control_request *request,
                       const struct conf_instance *instance, const struct override *override)
{
    const struct conf_group_member *member;

    if (instance->sync_group) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            if (strcmp(member->name, instance->name) != 0) {
                (void)daemon_end_override(daemon, request, override->kind, member->name, "");
            }
        }
    }
}

/* What it comes to. */
static json_t *steer_priority_json(const struct daemon *daemon, const char *name)
{
    struct vrrp_standing standing;

    return vrrp_standing(daemon->vrrp, name, &standing)
               ? json_pack("{s:i, s:i}", "effective", (int)standing.priority, "sum", standing.sum)
               : json_null();
}

static json_t *steer_instance_json(const struct daemon *daemon, const char *name)
{
    const struct conf_instance *instance = daemon_find_instance(daemon, name);
    json_t *together = json_array();
    const struct conf_group_member *member;

    if (instance && instance->sync_group) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            if (strcmp(member->name, name) != 0) {
                json_array_append_new(together, json_string(member->name));
            }
        }
    }
    return json_pack("{s:s, s:o, s:o, s:o}", "instance", name, "together", together, "operator",
                     instance ? daemon_operator_json(daemon, instance) : json_null(), "priority",
                     steer_priority_json(daemon, name));
}

static void steer_refuse_name(const struct daemon *daemon, struct control_request *request,
                              const char *name)
{
    const struct conf_instance *first = STAILQ_FIRST(&daemon->conf->instances);

    control_fail(request, "bad-argument",
                 "there is no instance \"%.100s\"; names are as the status has them: \"%.60s\"",
                 name, first ? first->name : "VI_1");
}

static void steer_refuse_owner(struct control_request *request, const struct conf_instance *owner)
{
    control_fail(
        request, "bad-argument",
        "%.60s owns its addresses (priority 255), so it yields to nobody while it runs: give "
        "it a lower priority in the configuration, or drain the whole director (holdfastctl "
        "node drain)",
        owner->name);
}

/* demote, or priority by `number`. */
static void steer_set(struct daemon *daemon, struct control_request *request, const char *name,
                      const struct override *override, int64_t span)
{
    const struct conf_instance *instance = daemon_find_instance(daemon, name);
    const struct conf_instance *owner = instance ? daemon_find_owner(instance) : NULL;

    if (!instance) {
        steer_refuse_name(daemon, request, name);
    } else if (owner) {
        steer_refuse_owner(request, owner);
    } else {
        daemon_override(daemon, request, override, span);
        steer_move(daemon, request, instance, override);
        daemon_answer_when_kept(daemon, request, steer_instance_json(daemon, name));
    }
}

static void steer_undo(struct daemon *daemon, struct control_request *request, const char *name)
{
    bool any = steer_release(daemon, request, name, OVERRIDE_DEMOTE);

    any |= steer_release(daemon, request, name, OVERRIDE_PRIORITY);
    if (!any && !daemon_find_instance(daemon, name)) {
        steer_refuse_name(daemon, request, name);
    } else {
        daemon_answer_when_kept(daemon, request, steer_instance_json(daemon, name));
    }
}

static void steer_instance(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const char *name = steer_text(request, "instance");
    const char *action = steer_text(request, "action");
    json_t *number = json_object_get(control_arguments(request), "number");
    struct override override = {.object = name, .part = "", .like = ""};
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);

    override.number = json_integer_value(number);
    if (!name || !*name || !action) {
        wrong = "\"instance\" and \"action\" are the name of an instance, and demote, release or "
                "priority";
    }
    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
    } else if (strcmp(action, "demote") == 0) {
        override.kind = OVERRIDE_DEMOTE;
        override.number = 0;
        steer_set(daemon, request, name, &override, span);
    } else if (strcmp(action, "release") == 0) {
        steer_undo(daemon, request, name);
    } else if (strcmp(action, "priority") == 0 && json_is_integer(number) && override.number &&
               override.number >= -STEER_MOST_PRIORITY && override.number <= STEER_MOST_PRIORITY) {
        override.kind = OVERRIDE_PRIORITY;
        steer_set(daemon, request, name, &override, span);
    } else {
        control_fail(request, "bad-argument",
                     "\"action\" is demote, release, or priority with a \"number\" in -253..253 "
                     "that is not 0");
    }
}

/* ---- Servers and peers of the configuration ---------------------------------------------------- */

/* What was asked for in the other direction is undone instead. */
static const struct override *steer_opposite(const struct daemon *daemon,
                                             const struct override *override)
{
    static const enum override_kind opposites[OVERRIDE_KINDS] = {
        [OVERRIDE_PEER_ADD] = OVERRIDE_PEER_DEL,
        [OVERRIDE_PEER_DEL] = OVERRIDE_PEER_ADD,
        [OVERRIDE_SERVER_ADD] = OVERRIDE_SERVER_DEL,
        [OVERRIDE_SERVER_DEL] = OVERRIDE_SERVER_ADD,
    };

    return override_find(daemon_overrides(daemon), opposites[override->kind], override->object,
                         override->part);
}

/* What would not count where it ends its opposite. */
static bool steer_wants_more(const struct override *override, int64_t span)
{
    return span || *override->like ||
           (override->kind == OVERRIDE_SERVER_ADD && override->number >= 0);
}

void daemon_refuse_more(struct control_request *request)
{
    control_fail(request, "unavailable",
                 "there are %d overrides already, as many as a restart takes over: undo some first",
                 (int)OVERRIDE_MOST);
}

static void steer_patch(struct daemon *daemon, struct control_request *request,
                        const struct override *override, int64_t span)
{
    const struct override *opposite = steer_opposite(daemon, override);
    char problem[PATCH_PROBLEM_SIZE];

    if (daemon->load || daemon->startup) {
        control_fail(request, "busy", "the configuration is being loaded: try again");
    } else if (opposite && steer_wants_more(override, span)) {
        control_fail(
            request, "bad-argument",
            "an operator asked for the opposite of %.60s, which this ends, so that it is as "
            "configured again: give neither a time nor a weight nor a model with it",
            override->part);
    } else if (opposite) {
        daemon_patch(daemon, request, opposite, 0, true);
    } else if (daemon_overrides(daemon)->count >= OVERRIDE_MOST) {
        daemon_refuse_more(request);
    } else if (!patch_fits(daemon->conf, override, problem)) {
        control_fail(request, "bad-argument", "%s", problem);
    } else {
        daemon_patch(daemon, request, override, span, false);
    }
}

static void steer_peer(void *argument, struct control_request *request)
{
    const char *action = steer_text(request, "action");
    const char *name = steer_text(request, "instance");
    const char *address = steer_text(request, "address");
    struct override override = {.object = name, .part = "", .like = ""};
    char text[INET_ADDR_TEXT_SIZE];
    struct inet_addr addr;
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);
    bool adds = action && strcmp(action, "add") == 0;

    if (!name || !*name || !address || (!adds && !(action && strcmp(action, "del") == 0))) {
        wrong = "\"action\" is add or del; \"instance\" and \"address\" are a name and an address";
    }
    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
        return;
    }
    override.kind = adds ? OVERRIDE_PEER_ADD : OVERRIDE_PEER_DEL;
    override.part = inet_parse(address, &addr) ? inet_text(text, &addr) : address;
    steer_patch(argument, request, &override, span);
}

void daemon_patch_server(struct daemon *daemon, struct control_request *request)
{
    const char *service = steer_text(request, "service");
    const char *server = steer_text(request, "server");
    const char *like = steer_text(request, "like");
    json_t *weight = json_object_get(control_arguments(request), "weight");
    const json_t *model = json_object_get(control_arguments(request), "like");
    bool adds = strcmp(steer_text(request, "action"), "add") == 0;
    struct override override = {.kind = adds ? OVERRIDE_SERVER_ADD : OVERRIDE_SERVER_DEL,
                                .object = service,
                                .part = "",
                                .like = adds && like ? like : ""};
    char text[INET_ENDPOINT_TEXT_SIZE];
    struct conf_server_key key;
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);

    if (!service || !*service || !server || !*server) {
        wrong = "\"service\" and \"server\" are the names of a virtual server and of its server";
    } else if (weight && (!json_is_integer(weight) || json_integer_value(weight) < 0 ||
                          json_integer_value(weight) > INT32_MAX)) {
        wrong = "\"weight\" is a whole number in 0..2147483647";
    } else if (model && !json_is_null(model) && !like) {
        wrong = "\"like\" is the name of a server of the virtual server";
    }
    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
        return;
    }
    override.part =
        patch_read_endpoint(server, &key) ? inet_endpoint_text(text, &key.addr, key.port) : server;
    override.number = !adds ? 0 : weight ? json_integer_value(weight) : -1;
    steer_patch(daemon, request, &override, span);
}

/* ---- The log ----------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    int64_t level;
} steer_levels[] = {{"error", 3}, {"warning", 4}, {"notice", 5}, {"info", 6}, {"debug", 7}};

static void steer_log(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const char *word = steer_text(request, "level");
    struct override override = {.kind = OVERRIDE_LOG, .object = "", .part = "", .like = ""};
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);

    for (size_t i = 0; word && i < sizeof(steer_levels) / sizeof(steer_levels[0]); i++) {
        if (strcmp(word, steer_levels[i].word) == 0) {
            override.number = steer_levels[i].level;
        }
    }
    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
        return;
    }
    if (word && strcmp(word, "default") == 0) {
        (void)daemon_end_override(daemon, request, OVERRIDE_LOG, "", "");
    } else if (override.number) {
        daemon_override(daemon, request, &override, span);
    } else {
        control_fail(request, "bad-argument",
                     "\"level\" is error, warning, notice, info, debug or default");
        return;
    }
    daemon_answer_when_kept(daemon, request, json_pack("{s:s}", "level", word));
}

void daemon_add_vrrp_steering(struct daemon *daemon)
{
    control_add_command(daemon->control, "instance",
                        "demote an instance, change its priority, or release it from that",
                        steer_instance, daemon);
    control_add_command(daemon->control, "peer",
                        "add a unicast peer of an instance, or take one out", steer_peer, daemon);
    control_add_command(daemon->control, "log", "which messages are written to the log", steer_log,
                        daemon);
}
