/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a VRRP instance is in its state, and what would change it. Backups send no adverts, so an election is
 * judged among those that are known: this router, and those that it has heard.
 */
#include "control/explain.h"

#include "base/clock.h"
#include "base/inet.h"
#include "base/text.h"
#include "control/look.h"
#include "control/render_inside.h"

#include <stdlib.h>
#include <string.h>

enum {
    EXPLAIN_OWNER = 255,
    EXPLAIN_LOWEST = 1,
    EXPLAIN_HIGHEST = 254,
};

/* A router that takes part in an election. */
struct explain_router {
    struct inet_addr addr;
    json_int_t priority;
    bool self;
};

struct explain_election {
    struct explain_router *routers;
    size_t count;
};

/* Adds a reason or a change to a list (printf). */
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

/* ---- Priority ---------------------------------------------------------------------------------- */

/* As track_evaluate() has it: 1..254, and an address owner's stays. */
static json_int_t explain_limit(json_int_t base, json_int_t sum)
{
    json_int_t priority = base + sum;

    return base == EXPLAIN_OWNER        ? EXPLAIN_OWNER
           : priority < EXPLAIN_LOWEST  ? EXPLAIN_LOWEST
           : priority > EXPLAIN_HIGHEST ? EXPLAIN_HIGHEST
                                        : priority;
}

static json_int_t explain_small(const json_t *object, const char *name);

/* As track_operate() has it: with what an operator wants. */
static json_int_t explain_effective(const json_t *instance, json_int_t sum)
{
    const json_t *wish = json_object_get(instance, "operator");
    json_int_t base = explain_small(instance, "priority_base");

    return explain_limit(base, render_true(wish, "demoted")
                                   ? EXPLAIN_LOWEST - base
                                   : sum + explain_small(wish, "priority"));
}

static json_int_t explain_small(const json_t *object, const char *name)
{
    json_int_t number = render_number(object, name);

    return number > 100000 ? 100000 : number < -100000 ? -100000 : number;
}

/* What trackers add together. */
static json_int_t explain_sum(const json_t *trackers)
{
    json_int_t sum = 0;
    json_t *tracker;
    size_t i;

    json_array_foreach(trackers, i, tracker) {
        sum += explain_small(tracker, "adds");
    }
    return sum;
}

/* ---- Election ---------------------------------------------------------------------------------- */

static bool explain_takes_part(const json_t *instance)
{
    return render_is(instance, "state", "MASTER") || render_is(instance, "state", "BACKUP");
}

static void explain_add_router(struct explain_election *election, const json_t *router,
                               const char *address, json_int_t priority, bool self)
{
    struct explain_router one = {.priority = priority, .self = self};

    if (priority > 0 && inet_parse(render_string(router, address), &one.addr)) {
        election->routers[election->count++] = one;
    }
}

/* @param own  the priority that this router is to have; 0: it takes no part */
static struct explain_election explain_hold(const json_t *instance, json_int_t own)
{
    const json_t *peers = json_object_get(instance, "peers");
    struct explain_election election = {
        .routers = calloc(json_array_size(peers) + 1, sizeof(struct explain_router))};
    json_t *peer;
    size_t i;

    if (!election.routers) {
        return election;
    }
    explain_add_router(&election, instance, "source", own, true);
    json_array_foreach(peers, i, peer) {
        explain_add_router(&election, peer, "address", render_number(peer, "priority"), false);
    }
    return election;
}

/* RFC 9568 6.4.3: the higher priority, and of equal ones the higher address. NULL: nobody is known. */
static const struct explain_router *explain_winner(const struct explain_election *election)
{
    const struct explain_router *winner = NULL;

    for (size_t i = 0; i < election->count; i++) {
        const struct explain_router *one = &election->routers[i];

        if (!winner || one->priority > winner->priority ||
            (one->priority == winner->priority && inet_compare(&one->addr, &winner->addr) > 0)) {
            winner = one;
        }
    }
    return winner;
}

static json_t *explain_router_json(const struct explain_router *router)
{
    char text[INET_ADDR_TEXT_SIZE];

    return router ? json_pack("{s:s, s:I, s:b}", "address", inet_text(text, &router->addr),
                              "priority", router->priority, "self", (int)router->self)
                  : json_null();
}

/* Who would win if this router had that priority. @param own  0: it takes no part */
static json_t *explain_winner_json(const json_t *instance, json_int_t own)
{
    struct explain_election election = explain_hold(instance, own);
    json_t *winner = explain_router_json(explain_winner(&election));

    free(election.routers);
    return winner;
}

/* "10.0.0.2 would win (priority 120)", "this one would win" */
static void explain_append_winner(const json_t *winner, struct text_buffer *out)
{
    if (!json_is_object(winner)) {
        text_append(out, "nobody who is known takes part");
    } else if (render_true(winner, "self")) {
        text_append(out, "this one would win");
    } else {
        text_appendf(out, "%s would win (priority %" JSON_INTEGER_FORMAT ")",
                     render_string(winner, "address"), render_number(winner, "priority"));
    }
}

static json_t *explain_candidates(const json_t *instance, json_int_t own)
{
    json_t *list = json_array();
    json_t *peer;
    size_t i;

    json_array_append_new(list, json_pack("{s:O?, s:I, s:b, s:b, s:n}", "address",
                                          json_object_get(instance, "source"), "priority", own,
                                          "self", 1, "counts", own > 0, "heard_ms_ago"));
    json_array_foreach(json_object_get(instance, "peers"), i, peer) {
        json_array_append_new(list,
                              json_pack("{s:O?, s:O?, s:b, s:b, s:O?}", "address",
                                        json_object_get(peer, "address"), "priority",
                                        json_object_get(peer, "priority"), "self", 0, "counts",
                                        render_number(peer, "priority") > 0, "heard_ms_ago",
                                        json_object_get(peer, "heard_ms_ago")));
    }
    return list;
}

static bool explain_wins(const json_t *winner)
{
    return json_is_object(winner) && render_true(winner, "self");
}

/* What comes of it now, where a master is there already. */
static void explain_outcome(const json_t *instance, const json_t *winner, struct text_buffer *out)
{
    const json_t *master = json_object_get(instance, "master");
    char wait[CLOCK_TEXT_SIZE];

    explain_append_winner(winner, out);
    if (render_is(instance, "state", "MASTER")) {
        text_append(out, explain_wins(winner)
                             ? ": it stays master"
                             : ", and is not heard as a master now: this one stays master");
    } else if (!explain_takes_part(instance)) {
        text_appendf(out, ": this one takes no part in %s", render_string(instance, "state"));
    } else if (!json_is_object(master)) {
        text_append(out, ": no master is heard, and an election begins");
    } else if (!explain_wins(winner)) {
        text_appendf(out, ": %s stays master while it is heard", render_string(master, "address"));
    } else if (json_is_false(json_object_get(instance, "preempt"))) {
        text_appendf(out, ", but does not preempt (nopreempt): %s stays master while it is heard",
                     render_string(master, "address"));
    } else if (json_is_number(json_object_get(instance, "preempts_in_ms"))) {
        text_appendf(out, ": it takes over in %s (preempt_delay)",
                     render_ms(wait, instance, "preempts_in_ms"));
    } else if (render_has_text(instance, "sync_group")) { /* for ever, maybe: holdfast.conf(5) */
        text_appendf(out,
                     ": it takes over when %s has been waited for and all others of its sync group "
                     "%s would, too; where one of them obeys a better router, none does, and the "
                     "order of the group's members differs between the routers",
                     render_string(master, "address"), render_string(instance, "sync_group"));
    } else {
        text_appendf(out, ": it takes over when %s has been waited for",
                     render_string(master, "address"));
    }
}

static json_t *explain_election_json(const json_t *instance)
{
    json_int_t own =
        explain_takes_part(instance) ? explain_small(instance, "priority_effective") : 0;
    json_t *winner = explain_winner_json(instance, own);
    struct text_buffer outcome = {0};
    json_t *election;

    explain_outcome(instance, winner, &outcome);
    election = json_pack("{s:o, s:s, s:o}", "winner", winner, "outcome", outcome.data, "candidates",
                         explain_candidates(instance, own));
    text_release(&outcome);
    return election;
}

/* ---- Trackers ---------------------------------------------------------------------------------- */

/* What it says of itself when it changes. */
static const char *explain_event(const json_t *tracker)
{
    bool good = render_is(tracker, "status", "good");

    return render_is(tracker, "kind", "interface") ? good ? "goes down" : "comes up"
           : render_is(tracker, "kind", "bfd")     ? good ? "goes down" : "comes up"
           : render_is(tracker, "kind", "process") ? good ? "ends" : "runs"
           : good                                  ? "fails"
                                                   : "succeeds";
}

/* What its change would do: `then` of an explanation's tracker. */
static json_t *explain_then(const json_t *instance, const json_t *tracker, json_int_t sum)
{
    const json_t *otherwise = json_object_get(tracker, "adds_otherwise");
    bool weighs = render_number(tracker, "weight") != 0;
    json_int_t priority;
    json_t *then;

    if (render_is(tracker, "kind", "file")) {
        return json_null();
    }
    if (!weighs || !json_is_integer(otherwise)) {
        return json_pack("{s:s, s:n, s:b, s:n}", "event", explain_event(tracker), "priority",
                         "fault", !render_true(tracker, "fault"), "winner");
    }
    priority = explain_effective(instance, sum - explain_small(tracker, "adds") +
                                               explain_small(tracker, "adds_otherwise"));
    then = json_pack("{s:s, s:I, s:b}", "event", explain_event(tracker), "priority", priority,
                     "fault", 0);
    json_object_set_new(then, "winner",
                        explain_winner_json(instance, explain_takes_part(instance) ? priority : 0));
    return then;
}

static json_t *explain_trackers(const json_t *instance, json_int_t sum)
{
    json_t *list = json_array();
    json_t *tracker;
    size_t i;

    json_array_foreach(json_object_get(instance, "trackers"), i, tracker) {
        json_t *copy = json_is_object(tracker) ? json_copy(tracker) : json_object();

        json_object_set_new(copy, "then", explain_then(instance, tracker, sum));
        json_array_append_new(list, copy);
    }
    return list;
}

/* ---- What would change it ---------------------------------------------------------------------- */

static void explain_change_of_tracker(const json_t *instance, const json_t *tracker,
                                      json_t *changes)
{
    const json_t *then = json_object_get(tracker, "then");
    const json_t *winner = json_object_get(then, "winner");
    struct text_buffer who = {0};
    bool master = render_is(instance, "state", "MASTER");

    if (!json_is_object(then)) {
        return;
    }
    if (json_is_null(json_object_get(then, "priority"))) {
        explain_say(changes, "%s %s %s: %s", render_string(tracker, "kind"),
                    render_string(tracker, "name"), render_string(then, "event"),
                    render_true(then, "fault") ? "it enters FAULT" : "that fault ends");
        return;
    }
    explain_append_winner(winner, &who);
    explain_say(changes, "%s %s %s: priority %" JSON_INTEGER_FORMAT ", and %s%s",
                render_string(tracker, "kind"), render_string(tracker, "name"),
                render_string(then, "event"), render_number(then, "priority"), who.data,
                master && json_is_object(winner) && !explain_wins(winner)
                    ? " once it is there and preempts"
                    : "");
    text_release(&who);
}

static void explain_change_by_role(const json_t *instance, json_t *changes)
{
    const json_t *master = json_object_get(instance, "master");
    json_int_t priority = explain_small(instance, "priority_effective");
    char wait[CLOCK_TEXT_SIZE];

    if (render_is(instance, "state", "MASTER")) {
        explain_say(changes,
                    "an advert of a priority above %" JSON_INTEGER_FORMAT
                    ", or of the same and an address above %s: it becomes BACKUP",
                    priority, render_string(instance, "source"));
        return;
    }
    if (!render_is(instance, "state", "BACKUP")) {
        return;
    }
    explain_say(changes, "no advert of %s for %s: it becomes MASTER",
                json_is_object(master) ? render_string(master, "address") : "a master",
                render_ms(wait, instance, "down_interval_ms"));
    if (json_is_object(master)) {
        explain_say(changes, "%s gives up (priority 0): it becomes MASTER after its skew time, %s",
                    render_string(master, "address"), render_ms(wait, instance, "skew_ms"));
    }
    if (json_is_object(master) && json_is_true(json_object_get(instance, "preempt")) &&
        render_number(master, "priority") >= priority) {
        explain_say(changes,
                    "the master's priority falls below %" JSON_INTEGER_FORMAT ": it takes over%s%s",
                    priority,
                    json_number_value(json_object_get(instance, "preempt_delay_ms")) > 0
                        ? " after preempt_delay, "
                        : "",
                    json_number_value(json_object_get(instance, "preempt_delay_ms")) > 0
                        ? render_ms(wait, instance, "preempt_delay_ms")
                        : "");
    }
}

/* What becomes of it when what an operator asked for ends. */
static void explain_change_of_operator(const json_t *instance, json_t *changes)
{
    const json_t *wish = json_object_get(instance, "operator");
    json_int_t base = explain_small(instance, "priority_base");
    json_int_t priority = explain_limit(base, explain_sum(json_object_get(instance, "trackers")));
    bool ends = render_has_text(wish, "until");
    struct text_buffer who = {0};
    json_t *winner;

    if (!json_is_object(wish)) {
        return;
    }
    if (render_true(wish, "drained")) {
        explain_say(changes, "node resume%s%s: it takes part in elections again",
                    ends ? ", or " : "", ends ? render_string(wish, "until") : "");
        return;
    }
    winner = explain_winner_json(instance, explain_takes_part(instance) ? priority : 0);
    explain_append_winner(winner, &who);
    explain_say(changes, "release%s%s: priority %" JSON_INTEGER_FORMAT ", and %s",
                ends ? ", or " : "", ends ? render_string(wish, "until") : "", priority, who.data);
    text_release(&who);
    json_decref(winner);
}

static void explain_change_of_group(const json_t *status, const json_t *instance, json_t *changes)
{
    struct text_buffer others = {0};
    json_t *group;
    json_t *member;
    size_t i;
    size_t k;

    json_array_foreach(json_object_get(status, "sync_groups"), i, group) {
        if (!render_has_text(instance, "sync_group") ||
            !render_is(group, "name", render_string(instance, "sync_group"))) {
            continue;
        }
        json_array_foreach(json_object_get(group, "members"), k, member) {
            const char *name = json_string_value(member);

            if (name && !render_is(instance, "name", name)) {
                text_appendf(&others, "%s%s", others.length ? ", " : "", name);
            }
        }
    }
    if (others.length) {
        explain_say(changes, "%s of its sync group %s: it changes its state with %s", others.data,
                    render_string(instance, "sync_group"),
                    strchr(others.data, ',') ? "them" : "it");
    }
    text_release(&others);
}

static json_t *explain_instance_changes(const json_t *status, const json_t *instance,
                                        const json_t *trackers)
{
    json_t *changes = json_array();
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(instance, "faults"), i, one) {
        const char *fault = json_string_value(one);
        const char *cure = json_string_value(json_array_get(json_object_get(instance, "cures"), i));

        explain_say(changes, "%s: that fault ends when %s", fault ? fault : "-",
                    cure && *cure ? cure : "it is gone");
    }
    explain_change_by_role(instance, changes);
    json_array_foreach(trackers, i, one) {
        explain_change_of_tracker(instance, one, changes);
    }
    explain_change_of_operator(instance, changes);
    explain_change_of_group(status, instance, changes);
    return changes;
}

/* ---- The whole --------------------------------------------------------------------------------- */

static const json_t *explain_find(const json_t *array, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(array, i, one) {
        if (render_is(one, "name", name)) {
            return one;
        }
    }
    return NULL;
}

json_t *explain_instance(const json_t *status, const char *name, struct text_buffer *problem)
{
    static const char *const copied[] = {"name",        "state",        "since",      "reason",
                                         "reason_code", "handing_over", "sync_group", "faults",
                                         "cures",       "source",       "operator"};
    const json_t *instances = json_object_get(status, "instances");
    const json_t *instance = explain_find(instances, name);
    json_int_t sum;
    json_t *trackers;
    json_t *view;

    if (!instance) {
        text_appendf(problem, "there is no instance \"%s\"; there are: ", name);
        look_append_names(instances, problem);
        return NULL;
    }
    view = json_pack("{s:i, s:s}", "version", LOOK_VERSION, "kind", "instance");
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        json_t *value = json_object_get(instance, copied[i]);

        json_object_set(view, copied[i], value ? value : json_null());
    }
    sum = explain_sum(json_object_get(instance, "trackers"));
    trackers = explain_trackers(instance, sum);
    json_object_set_new(view, "priority",
                        json_pack("{s:I, s:I, s:I, s:I}", "base",
                                  explain_small(instance, "priority_base"), "sum", sum, "operator",
                                  explain_small(json_object_get(instance, "operator"), "priority"),
                                  "effective", explain_small(instance, "priority_effective")));
    json_object_set_new(view, "election", explain_election_json(instance));
    json_object_set_new(view, "changes", explain_instance_changes(status, instance, trackers));
    json_object_set_new(view, "trackers", trackers);
    return view;
}
