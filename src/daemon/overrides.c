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

enum { OVERRIDES_TURN = 32 }; /* how many end in one turn of the loop */

/* An operator who hears that it is done when it is kept. */
struct overrides_answer {
    struct control_request *request;
    json_t *reply;
    uint64_t number; /* of the text that has it */
};

/* What changes the configuration, which is being loaded. */
struct overrides_patch {
    bool pending;
    bool ends;
    struct control_request *request; /* NULL: its time is over */
    struct override_list next;       /* all, when it is in force */
    struct override_list these;      /* that one, or those whose time is over */
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

/* What is kept, as it was at a moment. */
struct overrides_copy {
    struct override_list list;
    struct checker_orders *orders;
};

static void *overrides_copy(void *argument)
{
    const struct daemon *daemon = argument;
    struct overrides_copy *copy = memory_new(1, sizeof(*copy));

    copy->list = override_copy(&daemon->overrides->list);
    copy->orders = checker_copy_orders(daemon->checker);
    return copy;
}

static void overrides_write(void *argument, struct text_buffer *text)
{
    struct overrides_copy *copy = argument;
    json_t *root = json_object();
    char *dump;

    json_object_set_new(root, "overrides", override_json(&copy->list));
    checker_write_orders(copy->orders, root);
    dump = json_dumps(root, JSON_INDENT(1));
    text_append(text, dump ? dump : "{}");
    text_append(text, "\n");
    free(dump);
    json_decref(root);
    override_release(&copy->list);
    checker_free_orders(copy->orders);
    free(copy);
}

static const struct keep_source overrides_source = {.copy = overrides_copy,
                                                    .write = overrides_write};

void daemon_keep_overrides(void *argument)
{
    struct daemon *daemon = argument;

    daemon->overrides->asked = keep_changed(daemon->overrides->keep);
    overrides_arm(daemon);
}

/* Whether it outlives a restart is a part of each answer: who has asked is not the one who reads the log. */
static void overrides_reply(const struct daemon_overrides *overrides,
                            struct control_request *request, json_t *reply)
{
    json_object_set_new(reply, "kept", json_boolean(!overrides->is_unkept));
    control_reply(request, reply);
}

/* Those whose words are in the file now hear that it is done. */
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

static void overrides_read(struct daemon *daemon)
{
    char problem[CHECKER_PROBLEM_SIZE];
    char wrong[OVERRIDE_PROBLEM_SIZE];
    struct override_list ended;
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
    ended = override_take_ended(&daemon->overrides->list, clock_wall(), SIZE_MAX);
    for (size_t i = 0; i < ended.count; i++) {
        const struct override *one = override_at(&ended, i);

        log_info(daemon->log, *one->object ? one->object : NULL,
                 "what %s had asked for (%s) ended while holdfastd did not run", one->by,
                 override_word(one->kind));
    }
    override_release(&ended);
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

/* Those that an earlier run left. */
static void overrides_tell_pauses(const struct daemon *daemon)
{
    const struct override_list *list = &daemon->overrides->list;
    struct checker_pause *pauses = memory_new(list->count + 1, sizeof(*pauses));
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct override *one = override_at(list, i);

        if (one->kind == OVERRIDE_PAUSE) {
            pauses[count++] = (struct checker_pause){one->object, one->part};
        }
    }
    checker_add_pauses(daemon->checker, pauses, count);
    free(pauses);
}

/* An override is there, or not any more. */
static void overrides_act(struct daemon *daemon, const struct override *one, bool there)
{
    const struct override *level = override_find(&daemon->overrides->list, OVERRIDE_LOG, "", "");
    const struct checker_pause pause = {one->object, one->part};

    switch (one->kind) {
    case OVERRIDE_DEMOTE:
    case OVERRIDE_PRIORITY:
        vrrp_on_steered(daemon->vrrp);
        break;
    case OVERRIDE_DRAIN:
        vrrp_on_steered(daemon->vrrp);
        daemon_steer_announced(daemon);
        break;
    case OVERRIDE_PAUSE:
        if (there) {
            checker_add_pauses(daemon->checker, &pause, 1);
        } else {
            checker_end_pause(daemon->checker, &pause);
        }
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
    bool known;

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
    known = override_find(&daemon->overrides->list, override.kind, override.object, override.part);
    override_put(&daemon->overrides->list, &override);
    if (override.kind != OVERRIDE_PAUSE || !known) {
        overrides_act(daemon, &override, true);
    }
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
    overrides_act(daemon, &(struct override){.kind = kind, .object = object, .part = part}, false);
    daemon_keep_overrides(daemon);
    return true;
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

    if (patch->request) {
        control_fail(patch->request, "refused", "%s", why);
        return;
    }
    for (size_t i = 0; i < patch->these.count; i++) {
        const struct override *one = override_at(&patch->these, i);

        log_warning(daemon->log, one->object,
                    "%s: its time is over, and it ends with the next reload: %s", one->part, why);
        daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                                    .object = one->object,
                                                    .server = one->part,
                                                    .to = "in force until the next reload",
                                                    .reason = why,
                                                    .by = one->by});
    }
}

static void overrides_patched(struct daemon *daemon, struct load_result *result)
{
    struct daemon_overrides *overrides = daemon->overrides;
    struct overrides_patch *patch = &overrides->patch;
    const struct override *one = override_at(&patch->these, 0);
    json_t *changes = result->changes;

    result->changes = NULL;
    daemon_apply(daemon, result->conf, true);
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
    override_release(&patch->these);
    daemon->memory_loose = true;
    daemon_status_line(daemon);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
    }
}

/* Loads the configuration with `next` in place of `before`. `these` are what differs. */
static void overrides_load(struct daemon *daemon, const struct override_list *before,
                           const struct override_list *these, const struct override_list *next)
{
    struct overrides_patch *patch = &daemon->overrides->patch;
    struct load_request load = daemon_load_request(daemon);

    patch->pending = true;
    patch->these = override_copy(these);
    patch->next = override_copy(next);
    load.overrides = &patch->next;
    load.in_force = before;
    load.before = daemon->conf;
    daemon->load = load_start(daemon->loop, &load, overrides_on_loaded, daemon);
    if (!daemon->load) {
        overrides_on_loaded(daemon, load_now(&load));
    }
}

void daemon_patch(struct daemon *daemon, struct control_request *request,
                  const struct override *override, int64_t span, bool ends)
{
    struct overrides_patch *patch = &daemon->overrides->patch;
    struct override_list before = override_copy(&daemon->overrides->list);
    struct override_list next = override_copy(&before);
    struct override_list these = {0};

    patch->ends = ends;
    patch->request = request;
    patch->span = span;
    override_put(&these, override);
    if (ends) {
        (void)override_remove(&next, override->kind, override->object, override->part);
    } else {
        override_put(&next, override);
    }
    overrides_load(daemon, &before, &these, &next);
    override_release(&these);
    override_release(&next);
    override_release(&before);
}

/* ---- Time, and life ---------------------------------------------------------------------------- */

static void overrides_tell_end(struct daemon *daemon, const struct override *ended)
{
    char text[OVERRIDE_TEXT_SIZE];
    char to[OVERRIDE_TEXT_SIZE + 32];

    (void)snprintf(to, sizeof(to), "no longer %s", override_text(text, ended));
    log_event(daemon->log, LOG_LEVEL_NOTICE, *ended->object ? ended->object : NULL,
              "%s%s%s: the time that %s had asked for is over", ended->part,
              *ended->part ? ": " : "", to, ended->by);
    daemon_note(daemon,
                &(struct journal_entry){.kind = JOURNAL_OPERATOR,
                                        .object = *ended->object ? ended->object : "holdfastd",
                                        .server = *ended->part ? ended->part : NULL,
                                        .to = to,
                                        .reason = "the time that was asked for is over",
                                        .by = ended->by});
}

/* Those whose time is over: what changes the configuration all by one load. */
static void overrides_turn(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;
    struct override_list *list = &daemon->overrides->list;
    struct override_list before;
    struct override_list ended;
    struct override_list patches = {0};

    (void)now;
    (void)late;
    if (daemon->load || daemon->startup) { /* one after the other */
        loop_timer_set(daemon->overrides->timer, clock_now() + CLOCK_SECOND);
        return;
    }
    before = override_copy(list);
    ended = override_take_ended(list, clock_wall(), OVERRIDES_TURN);
    for (size_t i = 0; i < ended.count; i++) {
        const struct override *one = override_at(&ended, i);

        overrides_tell_end(daemon, one);
        if (patch_is_one(one->kind)) {
            override_put(&patches, one);
        } else {
            overrides_act(daemon, one, false);
        }
    }
    if (patches.count) {
        daemon->overrides->patch.request = NULL;
        overrides_load(daemon, &before, &patches, list);
    }
    if (ended.count) {
        daemon_keep_overrides(daemon);
    }
    override_release(&patches);
    override_release(&ended);
    override_release(&before);
    overrides_arm(daemon);
}

void daemon_open_overrides(struct daemon *daemon)
{
    daemon->overrides->keep = keep_new(daemon->loop, daemon->runtime, OVERRIDES_FILE,
                                       &overrides_source, overrides_on_kept, daemon);
    daemon->overrides->timer =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, overrides_turn, daemon);
    overrides_read(daemon);
    overrides_act(daemon, &(struct override){.kind = OVERRIDE_LOG, .object = "", .part = ""}, true);
    overrides_tell_pauses(daemon);
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
    override_release(&overrides->patch.these);
    free(overrides);
}

/* ---- What is told of instances ----------------------------------------------------------------- */

static json_t *overrides_time(int64_t wall)
{
    char text[CLOCK_TEXT_SIZE];

    return wall ? json_string(clock_wall_text(text, wall)) : json_null();
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
