/* SPDX-License-Identifier: Apache-2.0
 *
 * Overrides: the one list of what operators asked for beside the configuration, its file, and what it
 * means for those who look it up. Servers' orders are the checker's list; they share file and view.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/override.h"
#include "base/runtime.h"
#include "base/text.h"
#include "check/checker.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "keep.h"
#include "load.h"
#include "parser/conf.h"
#include "parser/patch.h"
#include "place.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file of the runtime directory. */
#define OVERRIDES_FILE "overrides"

/* The wall clock may be set: how far off an end is is looked at again after this. */
#define OVERRIDES_GLANCE (30 * CLOCK_SECOND)

/* An operator who hears that it is done when it is kept. */
struct overrides_answer {
    struct control_request *request;
    json_t *reply;
    uint64_t number; /* of the text that has it */
};

/* One that changes the configuration, which is being loaded. */
struct overrides_patch {
    bool pending;
    bool ends;
    struct control_request *request; /* NULL: its time is over */
    struct override_list next;       /* all, when it is in force */
    struct override_list one;        /* it */
    int64_t span;
};

struct daemon_overrides {
    struct override_list list;
    struct overrides_patch patch;
    struct keep *keep;
    struct loop_timer *timer; /* when one may have ended */
    uint64_t kept;            /* the last text that was written */
    uint64_t asked;           /* the last that was to be */
    struct overrides_answer *answers;
    size_t answer_count;
    bool is_unkept; /* the last text could not be written */
};

/* ---- The file ---------------------------------------------------------------------------------- */

static void overrides_arm(struct daemon *daemon)
{
    int64_t end = override_next_end(&daemon->overrides->list);
    int64_t wait = end == CLOCK_NEVER ? CLOCK_NEVER : end - clock_wall();

    loop_timer_set(daemon->overrides->timer,
                   wait == CLOCK_NEVER
                       ? CLOCK_NEVER
                       : clock_now() + (wait < OVERRIDES_GLANCE ? wait : OVERRIDES_GLANCE));
}

void daemon_keep_overrides(void *argument)
{
    struct daemon *daemon = argument;
    json_t *root = json_object();
    struct text_buffer text = {0};
    char *dump;

    json_object_set_new(root, "overrides", override_json(&daemon->overrides->list));
    checker_write_orders(daemon->checker, root);
    dump = json_dumps(root, JSON_INDENT(1));
    text_appendf(&text, "%s\n", dump ? dump : "{}");
    free(dump);
    json_decref(root);
    daemon->overrides->asked = keep_write(daemon->overrides->keep, &text);
    overrides_arm(daemon);
}

/* Those whose words are in the file now hear that it is done. */
/* Whether it outlives a restart is a part of each answer: who has asked is not the one who reads the log. */
static void overrides_reply(const struct daemon_overrides *overrides,
                            struct control_request *request, json_t *reply)
{
    json_object_set_new(reply, "kept", json_boolean(!overrides->is_unkept));
    control_reply(request, reply);
}

static void overrides_on_kept(void *argument, uint64_t number, int error)
{
    struct daemon *daemon = argument;
    struct daemon_overrides *overrides = daemon->overrides;
    size_t left = 0;

    if (error) {
        log_error(daemon->log, OVERRIDES_FILE,
                  "cannot be written: %s: what operators asked for ends at a restart",
                  strerror(-error));
    }
    overrides->kept = number;
    overrides->is_unkept = error != 0;
    for (size_t i = 0; i < overrides->answer_count; i++) {
        struct overrides_answer *answer = &overrides->answers[i];

        if (answer->number <= number) {
            overrides_reply(overrides, answer->request, answer->reply);
        } else {
            overrides->answers[left++] = *answer;
        }
    }
    overrides->answer_count = left;
}

void daemon_answer_when_kept(struct daemon *daemon, struct control_request *request, json_t *reply)
{
    struct daemon_overrides *overrides = daemon->overrides;

    if (overrides->kept >= overrides->asked) {
        overrides_reply(overrides, request, reply);
        return;
    }
    overrides->answers =
        memory_resize(overrides->answers, overrides->answer_count + 1, sizeof(*overrides->answers));
    overrides->answers[overrides->answer_count++] =
        (struct overrides_answer){request, reply, overrides->asked};
}

/* @return whether it is of the form that this version writes; else `problem` says why */
static bool overrides_read_text(struct daemon *daemon, const char *text, size_t size,
                                char problem[OVERRIDE_PROBLEM_SIZE])
{
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    bool good = false;

    if (!root) {
        (void)snprintf(problem, OVERRIDE_PROBLEM_SIZE, "line %d: %.120s", error.line, error.text);
    } else if (json_object_get(root, "overrides")) {
        good = override_read(json_object_get(root, "overrides"), &daemon->overrides->list, problem);
    } else {
        (void)snprintf(problem, OVERRIDE_PROBLEM_SIZE, "it has no list of overrides");
    }
    json_decref(root);
    return good;
}

/* What counts for as long as the process alone. */
static void overrides_forget_log(struct override_list *list)
{
    const struct override *level = override_find(list, OVERRIDE_LOG, "", "");

    if (level && !level->until_wall) {
        (void)override_remove(list, OVERRIDE_LOG, "", "");
    }
}

static void overrides_read(struct daemon *daemon)
{
    char problem[CHECKER_PROBLEM_SIZE];
    char wrong[OVERRIDE_PROBLEM_SIZE];
    const struct override *ended;
    size_t size;
    char *text = runtime_read(daemon->runtime, OVERRIDES_FILE, &size);

    if (text && !overrides_read_text(daemon, text, size, wrong)) {
        log_error(daemon->log, OVERRIDES_FILE,
                  "cannot be used: %s: what operators had asked of instances and checks is gone",
                  wrong);
    }
    if (text && !checker_read_orders(daemon->checker, text, size, problem)) {
        log_error(daemon->log, OVERRIDES_FILE,
                  "cannot be used: %s: all servers are ready, whatever operators had asked",
                  problem);
    }
    free(text);
    overrides_forget_log(&daemon->overrides->list);
    while ((ended = override_ended(&daemon->overrides->list, clock_wall()))) {
        log_info(daemon->log, *ended->object ? ended->object : NULL,
                 "what %s had asked for (%s) ended while holdfastd did not run", ended->by,
                 override_word(ended->kind));
        (void)override_remove(&daemon->overrides->list, ended->kind, ended->object, ended->part);
    }
}

/* ---- What they mean ---------------------------------------------------------------------------- */

/* That of an instance, or of a member of its sync group: a group moves as one. */
static const struct override *overrides_of(const struct override_list *list,
                                           enum override_kind kind,
                                           const struct conf_instance *instance)
{
    const struct override *found = override_find(list, kind, instance->name, "");
    const struct conf_group_member *member;

    if (!found && instance->sync_group && list->count) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            found = found ? found : override_find(list, kind, member->name, "");
        }
    }
    return found;
}

const struct conf_instance *daemon_find_owner(const struct conf_instance *instance)
{
    const struct conf_group_member *member;

    if (instance->priority == CONF_PRIORITY_OWNER) {
        return instance;
    }
    if (instance->sync_group) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            if (member->instance->priority == CONF_PRIORITY_OWNER) {
                return member->instance;
            }
        }
    }
    return NULL;
}

struct vrrp_steering daemon_find_steering(void *argument, const struct conf_instance *instance)
{
    const struct daemon *daemon = argument;
    const struct override_list *list = &daemon->overrides->list;
    struct vrrp_steering steering = {0};
    const struct override *priority = overrides_of(list, OVERRIDE_PRIORITY, instance);

    steering.drained = override_find(list, OVERRIDE_DRAIN, "", "") ||
                       daemon_node_is_drained(daemon, instance->name);
    if (daemon_find_owner(instance)) {
        return steering;
    }
    steering.operator.adjustment = priority ? (int)priority->number : 0;
    steering.operator.demoted = overrides_of(list, OVERRIDE_DEMOTE, instance) ||
        daemon_node_hands_over(daemon, instance->name);
    return steering;
}

static void overrides_tell_pauses(const struct daemon *daemon)
{
    const struct override_list *list = &daemon->overrides->list;
    struct checker_pause *pauses = memory_new(list->count + 1, sizeof(*pauses));
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (list->overrides[i].kind == OVERRIDE_PAUSE) {
            pauses[count++] =
                (struct checker_pause){list->overrides[i].object, list->overrides[i].part};
        }
    }
    checker_set_pauses(daemon->checker, pauses, count);
    free(pauses);
}

/* An override is there, or not any more. */
static void overrides_act(struct daemon *daemon, enum override_kind kind)
{
    const struct override *level = override_find(&daemon->overrides->list, OVERRIDE_LOG, "", "");

    switch (kind) {
    case OVERRIDE_DEMOTE:
    case OVERRIDE_PRIORITY:
        vrrp_on_steered(daemon->vrrp);
        break;
    case OVERRIDE_DRAIN:
        vrrp_on_steered(daemon->vrrp);
        daemon_steer_announced(daemon);
        break;
    case OVERRIDE_PAUSE:
        overrides_tell_pauses(daemon);
        break;
    case OVERRIDE_LOG:
        log_set_lowest(daemon->log, level                        ? (enum log_level)level->number
                                    : daemon->options.log_detail ? LOG_LEVEL_DEBUG
                                                                 : LOG_LEVEL_INFO);
        break;
    default:
        break;
    }
}

/* ---- The list ---------------------------------------------------------------------------------- */

const struct override_list *daemon_overrides(const struct daemon *daemon)
{
    return &daemon->overrides->list;
}

void daemon_override(struct daemon *daemon, const struct control_request *request,
                     const struct override *asked, int64_t span)
{
    struct override override = *asked;
    char whom[DAEMON_WHOM_SIZE];

    (void)text_copy(override.by, sizeof(override.by), daemon_whom(whom, request));
    daemon_note_override(daemon, &override, span);
}

void daemon_note_override(struct daemon *daemon, const struct override *asked, int64_t span)
{
    struct override override = *asked;
    char text[OVERRIDE_TEXT_SIZE];
    char duration[CLOCK_TEXT_SIZE];
    char reason[64];

    override.since_wall = clock_wall();
    override.until_wall = span ? override.since_wall + span : 0;
    (void)override_text(text, &override);
    (void)snprintf(reason, sizeof(reason), "for %s", clock_duration_text(duration, span));
    log_event(daemon->log, LOG_LEVEL_NOTICE, *override.object ? override.object : NULL,
              "%s%s%s%s%s: asked for by %s", override.part, *override.part ? ": " : "", text,
              span ? " " : "", span ? reason : "", override.by);
    daemon_note(daemon,
                &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                        .object = *override.object ? override.object : "holdfastd",
                                        .server = *override.part ? override.part : NULL,
                                        .to = text,
                                        .reason = span ? reason : NULL,
                                        .by = override.by});
    override_put(&daemon->overrides->list, &override);
    overrides_act(daemon, override.kind);
    daemon_keep_overrides(daemon);
}

bool daemon_end_override(struct daemon *daemon, const struct control_request *request,
                         enum override_kind kind, const char *object, const char *part)
{
    const struct override *override = override_find(&daemon->overrides->list, kind, object, part);
    char whom[DAEMON_WHOM_SIZE];
    char text[OVERRIDE_TEXT_SIZE];
    char reason[OVERRIDE_TEXT_SIZE + 32];

    if (!override) {
        return false;
    }
    (void)snprintf(reason, sizeof(reason), "no longer %s", override_text(text, override));
    log_event(daemon->log, LOG_LEVEL_NOTICE, *object ? object : NULL, "%s%s%s: asked for by %s",
              part, *part ? ": " : "", reason, daemon_whom(whom, request));
    daemon_note_operator(daemon, request,
                         &(struct journal_entry){.object = *object ? object : "holdfastd",
                                                 .server = *part ? part : NULL,
                                                 .to = reason});
    (void)override_remove(&daemon->overrides->list, kind, object, part);
    overrides_act(daemon, kind);
    daemon_keep_overrides(daemon);
    return true;
}

/* Those whose time is over. */
static void overrides_turn(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;
    struct override_list *list = &daemon->overrides->list;
    const struct override *ended = override_ended(list, clock_wall());
    bool any = ended != NULL;

    (void)now;
    (void)late;
    if (daemon->load || daemon->startup) { /* one after the other */
        loop_timer_set(daemon->overrides->timer, clock_now() + CLOCK_SECOND);
        return;
    }
    for (; ended; ended = override_ended(list, clock_wall())) {
        enum override_kind kind = ended->kind;
        bool patches = patch_is_one(kind);
        char text[OVERRIDE_TEXT_SIZE];

        (void)override_text(text, ended);
        log_event(daemon->log, LOG_LEVEL_NOTICE, *ended->object ? ended->object : NULL,
                  "%s%sno longer %s: the time that %s had asked for is over", ended->part,
                  *ended->part ? ": " : "", text, ended->by);
        daemon_note(daemon,
                    &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                            .object = *ended->object ? ended->object : "holdfastd",
                                            .server = *ended->part ? ended->part : NULL,
                                            .from = text,
                                            .reason = "the time that was asked for is over",
                                            .by = ended->by});
        if (patches) {
            daemon_patch(daemon, NULL, ended, 0, true);
        }
        (void)override_remove(list, kind, ended->object, ended->part);
        overrides_act(daemon, kind);
        if (patches) {
            break; /* the next one when this one is loaded */
        }
    }
    if (any) {
        daemon_keep_overrides(daemon);
    }
    overrides_arm(daemon);
}

void daemon_open_overrides(struct daemon *daemon)
{
    daemon->overrides->keep =
        keep_new(daemon->loop, daemon->runtime, OVERRIDES_FILE, overrides_on_kept, daemon);
    daemon->overrides->timer =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, overrides_turn, daemon);
    overrides_read(daemon);
    overrides_act(daemon, OVERRIDE_LOG);
    overrides_act(daemon, OVERRIDE_PAUSE);
    overrides_arm(daemon);
}

void daemon_make_overrides(struct daemon *daemon)
{
    daemon->overrides = memory_new(1, sizeof(*daemon->overrides));
}

void daemon_free_overrides(struct daemon *daemon)
{
    struct daemon_overrides *overrides = daemon->overrides;

    if (!overrides) {
        return;
    }
    for (size_t i = 0; i < overrides->answer_count; i++) {
        control_reply(overrides->answers[i].request, overrides->answers[i].reply);
    }
    if (overrides->patch.pending && overrides->patch.request) {
        control_fail(overrides->patch.request, "stopping", "the daemon stops");
    }
    free(overrides->answers);
    keep_free(overrides->keep);
    loop_timer_free(overrides->timer);
    override_release(&overrides->list);
    override_release(&overrides->patch.next);
    override_release(&overrides->patch.one);
    free(overrides);
}

/* ---- Those that change the configuration ------------------------------------------------------- */

void daemon_patch_first(struct daemon *daemon)
{
    patch_apply(daemon->conf, &daemon->overrides->list);
}

/* Why it could not be done. */
static void overrides_refuse_patch(struct daemon *daemon, const char *why)
{
    struct overrides_patch *patch = &daemon->overrides->patch;
    const struct override *one = &patch->one.overrides[0];

    if (patch->request) {
        control_fail(patch->request, "refused", "%s", why);
        return;
    }
    log_warning(daemon->log, one->object,
                "%s: its time is over, and it ends with the next reload: %s", one->part, why);
    daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                                .object = one->object,
                                                .server = one->part,
                                                .to = "in force until the next reload",
                                                .reason = why,
                                                .by = one->by});
}

static void overrides_patched(struct daemon *daemon, struct load_result *result)
{
    struct daemon_overrides *overrides = daemon->overrides;
    struct overrides_patch *patch = &overrides->patch;
    const struct override *one = &patch->one.overrides[0];
    json_t *changes = result->changes;

    result->changes = NULL;
    daemon_apply(daemon, result->conf);
    result->conf = NULL;
    if (!patch->request) {
        json_decref(changes);
        return;
    }
    if (!patch->ends) {
        daemon_override(daemon, patch->request, one, patch->span);
    } else {
        (void)daemon_end_override(daemon, patch->request, one->kind, one->object, one->part);
    }
    daemon_answer_when_kept(daemon, patch->request, json_pack("{s:o}", "changes", changes));
}

static void overrides_on_loaded(void *argument, struct load_result result)
{
    struct daemon *daemon = argument;
    struct overrides_patch *patch = &daemon->overrides->patch;
    char problem[PLACE_PROBLEM_SIZE];

    daemon->load = NULL;
    if (result.conf && !place_differs(daemon->place, &result.conf->place, problem)) {
        overrides_patched(daemon, &result);
    } else {
        overrides_refuse_patch(
            daemon,
            result.differs
                ? "the configuration file says something else than what is in force: reload "
                  "first (holdfastctl plan tells what that would do)"
                : "the configuration file cannot be used as it is now (holdfastd -t tells why)");
    }
    load_dispose(&result);
    patch->pending = false;
    override_release(&patch->next);
    override_release(&patch->one);
    daemon->memory_loose = true;
    daemon_status_line(daemon);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
    }
}

void daemon_patch(struct daemon *daemon, struct control_request *request,
                  const struct override *override, int64_t span, bool ends)
{
    struct overrides_patch *patch = &daemon->overrides->patch;
    struct load_request load = daemon_load_request(daemon);
    const struct override_list before = override_copy(&daemon->overrides->list);

    patch->pending = true;
    patch->ends = ends;
    patch->request = request;
    patch->span = span;
    patch->next = override_copy(&before);
    override_put(&patch->one, override);
    if (ends) {
        (void)override_remove(&patch->next, override->kind, override->object, override->part);
    } else {
        override_put(&patch->next, override);
    }
    load.overrides = &patch->next;
    load.in_force = &before;
    load.before = daemon->conf;
    daemon->load = load_start(daemon->loop, &load, overrides_on_loaded, daemon);
    if (!daemon->load) {
        overrides_on_loaded(daemon, load_now(&load));
    }
    override_release((struct override_list *)&before);
}

/* ---- What is told ------------------------------------------------------------------------------ */

static json_t *overrides_time(int64_t wall)
{
    char text[CLOCK_TEXT_SIZE];

    return wall ? json_string(clock_wall_text(text, wall)) : json_null();
}

static bool overrides_has_effect(const struct daemon *daemon, const struct override *override)
{
    const struct conf_instance *instance;

    switch (override->kind) {
    case OVERRIDE_DEMOTE:
    case OVERRIDE_PRIORITY:
        STAILQ_FOREACH(instance, &daemon->conf->instances, next) {
            if (strcmp(instance->name, override->object) == 0) {
                return !daemon_find_owner(instance);
            }
        }
        return false;
    case OVERRIDE_PAUSE:
        return checker_has(daemon->checker, override->object, override->part);
    case OVERRIDE_PEER_ADD:
    case OVERRIDE_PEER_DEL:
    case OVERRIDE_SERVER_ADD:
    case OVERRIDE_SERVER_DEL:
        return patch_is_done(daemon->conf, override);
    default:
        return true;
    }
}

static json_t *overrides_one(const struct daemon *daemon, const struct override *override)
{
    char text[OVERRIDE_TEXT_SIZE];

    return json_pack(
        "{s:s, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:b}", "kind", override_word(override->kind),
        "object", *override->object ? json_from_text(override->object) : json_null(), "part",
        *override->part ? json_from_text(override->part) : json_null(), "text",
        override_text(text, override), "like", override->like, "number",
        (json_int_t) override->number, "by", json_from_text(override->by), "since",
        overrides_time(override->since_wall), "until", overrides_time(override->until_wall),
        "effect", overrides_has_effect(daemon, override));
}

json_t *daemon_section_overrides(void *argument)
{
    const struct daemon *daemon = argument;
    const struct override_list *list = &daemon->overrides->list;
    json_t *orders = checker_list_orders(daemon->checker);
    json_t *section = json_array();
    json_t *order;
    size_t i;

    for (i = 0; i < list->count; i++) {
        json_array_append_new(section, overrides_one(daemon, &list->overrides[i]));
    }
    json_array_foreach(orders, i, order) {
        const char *walls[] = {"since_wall", "until_wall"};
        const char *times[] = {"since", "until"};

        json_object_set_new(order, "kind", json_string("server"));
        for (size_t j = 0; j < sizeof(walls) / sizeof(walls[0]); j++) {
            json_object_set_new(
                order, times[j],
                overrides_time(json_integer_value(json_object_get(order, walls[j]))));
            json_object_del(order, walls[j]);
        }
        json_array_append(section, order);
    }
    json_decref(orders);
    return section;
}

json_t *daemon_operator_json(const struct daemon *daemon, const struct conf_instance *instance)
{
    const struct override_list *list = &daemon->overrides->list;
    const struct override *demote = overrides_of(list, OVERRIDE_DEMOTE, instance);
    const struct override *priority = overrides_of(list, OVERRIDE_PRIORITY, instance);
    const struct override *drain = override_find(list, OVERRIDE_DRAIN, "", "");
    const struct override *latest = drain ? drain : demote ? demote : priority;

    if (!latest) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:I}", "by", json_from_text(latest->by), "since",
                     overrides_time(latest->since_wall), "until",
                     overrides_time(latest->until_wall), "demoted", demote != NULL, "drained",
                     drain != NULL, "priority", (json_int_t)(priority ? priority->number : 0));
}
