/* SPDX-License-Identifier: Apache-2.0
 *
 * `holdfastctl node drain`: instances are handed over one after the other, in the order of the file and a
 * sync group at once, each when the one before has its successor; then they take no part any more. An
 * instance that nobody takes over ends the drain, and all come back, unless the operator insists.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/inet.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/override.h"
#include "base/text.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "parser/conf.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_GLANCE (10 * CLOCK_MILLISECOND)
/* Beside four intervals of adverts: for a successor that has just started, or a busy one. */
#define NODE_PATIENCE (3 * CLOCK_SECOND)

enum node_state {
    NODE_WAITING,
    NODE_HANDING_OVER,
    NODE_DRAINED,
    NODE_REFUSED, /* nobody takes it over */
};

struct node_instance {
    char *name;
    enum node_state state;
    bool was_master;            /* when its turn came */
    struct inet_addr successor; /* AF_UNSPEC: none was heard */
};

/* A drain: the one that is under way, or how the last one went. */
struct daemon_node {
    struct node_instance *instances; /* in the order of the file */
    size_t count;
    size_t current;
    bool running;
    bool insists; /* goes on where nobody takes over */
    bool failed;
    int64_t limit; /* clock_now(): until when the current one is waited for */
    int64_t span;  /* ns that the drain lasts; 0: until it is undone */
    char by[OVERRIDE_BY_SIZE];
    struct loop_timer *timer;
};

static const char *const node_words[] = {
    [NODE_WAITING] = "waiting",
    [NODE_HANDING_OVER] = "handing-over",
    [NODE_DRAINED] = "drained",
    [NODE_REFUSED] = "no-successor",
};

static struct node_instance *node_find(const struct daemon_node *node, const char *name)
{
    for (size_t i = 0; i < node->count; i++) {
        if (strcmp(node->instances[i].name, name) == 0) {
            return &node->instances[i];
        }
    }
    return NULL;
}

bool daemon_node_is_drained(const struct daemon *daemon, const char *instance)
{
    const struct node_instance *found =
        daemon->node->running ? node_find(daemon->node, instance) : NULL;

    return found && found->state == NODE_DRAINED;
}

bool daemon_node_hands_over(const struct daemon *daemon, const char *instance)
{
    const struct node_instance *found =
        daemon->node->running ? node_find(daemon->node, instance) : NULL;

    return found && found->state == NODE_HANDING_OVER;
}

static void node_clear(struct daemon_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        free(node->instances[i].name);
    }
    free(node->instances);
    node->instances = NULL;
    node->count = 0;
    node->current = 0;
    node->running = false;
    node->failed = false;
}

/* ---- The steps --------------------------------------------------------------------------------- */

/* It, and the members of its sync group, which move with it. */
static void node_set_all(const struct daemon *daemon, const char *name, enum node_state state)
{
    const struct conf_instance *instance = daemon_find_instance(daemon, name);
    const struct conf_group_member *member;

    node_find(daemon->node, name)->state = state;
    if (instance && instance->sync_group) {
        STAILQ_FOREACH(member, &instance->sync_group->members, next) {
            struct node_instance *other = node_find(daemon->node, member->name);

            if (other) {
                other->state = state;
            }
        }
    }
}

enum node_progress {
    NODE_PENDING,
    NODE_DONE,
    NODE_ALONE,
};

/* How far one is. An address owner cannot be looked after: it goes as at a stop. */
static enum node_progress node_look_at(const struct daemon *daemon, struct node_instance *one)
{
    const struct conf_instance *conf = daemon_find_instance(daemon, one->name);
    struct vrrp_standing standing;

    if (!conf || !vrrp_standing(daemon->vrrp, one->name, &standing) || daemon_find_owner(conf)) {
        return NODE_DONE;
    }
    if (standing.obeys) {
        one->successor = standing.leader;
    }
    if (standing.master) {
        return NODE_ALONE;
    }
    return standing.answers || (standing.backup && !standing.obeys) ? NODE_PENDING : NODE_DONE;
}

/* The one that is handed over, with its sync group. */
static enum node_progress node_look(const struct daemon *daemon)
{
    const struct daemon_node *node = daemon->node;
    enum node_progress worst = NODE_DONE;

    for (size_t i = 0; i < node->count; i++) {
        struct node_instance *one = &node->instances[i];
        enum node_progress progress =
            one->state == NODE_HANDING_OVER ? node_look_at(daemon, one) : NODE_DONE;

        if (progress == NODE_ALONE) {
            return NODE_ALONE;
        }
        worst = progress == NODE_PENDING ? NODE_PENDING : worst;
    }
    return worst;
}

static void node_end(struct daemon *daemon)
{
    struct daemon_node *node = daemon->node;
    struct override override = {.kind = OVERRIDE_DRAIN, .object = "", .part = "", .like = ""};

    node->running = false;
    if (!node->failed) {
        (void)text_copy(override.by, sizeof(override.by), node->by);
        daemon_note_override(daemon, &override, node->span);
    }
    vrrp_on_steered(daemon->vrrp);
}

/* Nobody takes the current one over. */
static void node_give_in(struct daemon *daemon)
{
    struct daemon_node *node = daemon->node;
    const char *name = node->instances[node->current].name;

    node_set_all(daemon, name, NODE_REFUSED);
    node->failed = true;
    log_warning(
        daemon->log, name,
        "no other router takes its place: the director is not drained, all instances go on");
    daemon_note(daemon, &(struct journal_entry){
                            .kind = JOURNAL_OPERATOR,
                            .object = name,
                            .to = "not drained",
                            .reason = "no other router takes its place: all instances go on",
                            .by = node->by});
    node_end(daemon);
}

/* What those that are to be handed over were before. */
static void node_remember(const struct daemon *daemon)
{
    struct daemon_node *node = daemon->node;
    struct vrrp_standing standing;

    for (size_t i = 0; i < node->count; i++) {
        struct node_instance *one = &node->instances[i];

        if (one->state == NODE_HANDING_OVER) {
            one->was_master = vrrp_standing(daemon->vrrp, one->name, &standing) && standing.master;
        }
    }
}

/* Hands over the next one. */
static void node_begin_next(struct daemon *daemon)
{
    struct daemon_node *node = daemon->node;
    const struct conf_instance *conf;

    while (node->current < node->count && node->instances[node->current].state != NODE_WAITING) {
        node->current++;
    }
    if (node->current == node->count) {
        node_end(daemon);
        return;
    }
    conf = daemon_find_instance(daemon, node->instances[node->current].name);
    node->limit = clock_now() + NODE_PATIENCE + 4 * (conf ? conf->advert_interval : CLOCK_SECOND);
    node_set_all(daemon, node->instances[node->current].name, NODE_HANDING_OVER);
    node_remember(daemon);
    vrrp_on_steered(daemon->vrrp);
    loop_timer_set(node->timer, clock_now() + NODE_GLANCE);
}

static void node_turn(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;
    struct daemon_node *node = daemon->node;
    enum node_progress progress = node->running ? node_look(daemon) : NODE_DONE;

    (void)late;
    if (!node->running || daemon->is_stopping) {
        return;
    }
    if (progress == NODE_PENDING && now < node->limit) {
        loop_timer_set(node->timer, now + NODE_GLANCE);
        return;
    }
    if (progress != NODE_DONE && !node->insists) {
        node_give_in(daemon);
        return;
    }
    node_set_all(daemon, node->instances[node->current].name, NODE_DRAINED);
    vrrp_on_steered(daemon->vrrp);
    node_begin_next(daemon);
}

/* ---- The command ------------------------------------------------------------------------------- */

static json_t *node_json(const struct daemon *daemon)
{
    const struct daemon_node *node = daemon->node;
    const struct override *drain = override_find(daemon_overrides(daemon), OVERRIDE_DRAIN, "", "");
    char until[CLOCK_TEXT_SIZE];
    json_t *instances = json_array();

    for (size_t i = 0; i < node->count; i++) {
        const struct node_instance *one = &node->instances[i];
        char text[INET_ADDR_TEXT_SIZE];

        json_array_append_new(
            instances,
            json_pack("{s:o, s:s, s:b, s:o}", "name", json_from_text(one->name), "state",
                      node_words[one->state], "was_master", one->was_master, "successor",
                      inet_is_set(&one->successor) ? json_string(inet_text(text, &one->successor))
                                                   : json_null()));
    }
    return json_pack("{s:b, s:s?, s:b, s:b, s:o}", "drained", drain != NULL, "until",
                     drain && drain->until_wall ? clock_wall_text(until, drain->until_wall) : NULL,
                     "running", node->running, "failed", node->failed, "instances", instances);
}

static void node_drain(struct daemon *daemon, const struct control_request *request, int64_t span)
{
    struct daemon_node *node = daemon->node;
    const struct conf_instance *instance;
    char whom[DAEMON_WHOM_SIZE];

    node_clear(node);
    node->insists = json_is_true(json_object_get(control_arguments(request), "force"));
    node->span = span;
    (void)text_copy(node->by, sizeof(node->by), daemon_whom(whom, request));
    node->instances = memory_new(daemon->conf->instance_count + 1, sizeof(*node->instances));
    STAILQ_FOREACH(instance, &daemon->conf->instances, next) {
        node->instances[node->count++].name = memory_text(instance->name);
    }
    node->running = true;
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "drains: asked for by %s", node->by);
    daemon_note_operator(daemon, request,
                         &(struct journal_entry){.object = "holdfastd", .to = "node drain"});
    node_begin_next(daemon);
}

static void node_resume(struct daemon *daemon, const struct control_request *request)
{
    struct daemon_node *node = daemon->node;
    char whom[DAEMON_WHOM_SIZE];

    if (node->running) {
        node_clear(node);
        log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "drains no more: asked for by %s",
                  daemon_whom(whom, request));
    }
    if (!daemon_end_override(daemon, request, OVERRIDE_DRAIN, "", "")) {
        daemon_note_operator(daemon, request,
                             &(struct journal_entry){.object = "holdfastd", .to = "node resume"});
    }
    node_clear(node);
    vrrp_on_steered(daemon->vrrp);
}

static void node_command(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const char *action = json_string_value(json_object_get(control_arguments(request), "action"));
    int64_t span = 0;
    const char *wrong = daemon_read_span(request, &span);

    if (wrong) {
        control_fail(request, "bad-argument", "%s", wrong);
    } else if (action && strcmp(action, "drain") == 0 && daemon->node->running) {
        control_fail(request, "busy", "it is being drained already");
    } else if (action && strcmp(action, "drain") == 0) {
        node_drain(daemon, request, span);
        daemon_answer_when_kept(daemon, request, node_json(daemon));
    } else if (action && strcmp(action, "resume") == 0) {
        node_resume(daemon, request);
        daemon_answer_when_kept(daemon, request, node_json(daemon));
    } else if (action && strcmp(action, "status") == 0) {
        daemon_answer_when_kept(daemon, request, node_json(daemon));
    } else {
        control_fail(request, "bad-argument", "\"action\" is drain, resume or status");
    }
}

void daemon_add_node(struct daemon *daemon)
{
    control_add_command(daemon->control, "node",
                        "hand all instances over and take no part any more, or take part again",
                        node_command, daemon);
}

void daemon_make_node(struct daemon *daemon)
{
    daemon->node = memory_new(1, sizeof(*daemon->node));
    daemon->node->timer = loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, node_turn, daemon);
}

void daemon_free_node(struct daemon *daemon)
{
    if (daemon->node) {
        node_clear(daemon->node);
        loop_timer_free(daemon->node->timer);
        free(daemon->node);
    }
}
