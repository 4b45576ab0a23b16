/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks that somebody asked for: made at once, and their results gathered for whoever waits.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct ask_item {
    const struct model_check *check; /* NULL: it has been heard of */
    json_t *told;
};

struct checker_ask {
    struct checker *checker;
    struct ask_item *items;
    uint32_t count;
    uint32_t pending;
    struct loop_timer *limit;
    checker_answer_function done;
    void *argument;
    struct checker_ask *prev;
    struct checker_ask *next;
};

static void ask_finish(struct checker_ask *ask)
{
    checker_answer_function done = ask->done;
    void *argument = ask->argument;
    json_t *results = json_array();

    for (uint32_t i = 0; i < ask->count; i++) {
        json_array_append_new(results, ask->items[i].told);
    }
    DL_DELETE(ask->checker->asks, ask);
    loop_timer_free(ask->limit);
    free(ask->items);
    free(ask);
    done(argument, results);
}

static void ask_on_limit(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    ask_finish(argument);
}

/* The check has a result. */
static void ask_tell(struct checker_ask *ask, struct ask_item *item)
{
    json_object_set_new(item->told, "result", checker_result_json(item->check));
    json_object_set_new(item->told, "state", json_string(checker_check_state(item->check)));
    item->check = NULL;
    ask->pending--;
}

void checker_ask_heard(struct checker *checker, const struct model_check *check)
{
    struct checker_ask *ask;
    struct checker_ask *next;

    DL_FOREACH_SAFE(checker->asks, ask, next) {
        uint32_t before = ask->pending;

        for (uint32_t i = 0; i < ask->count; i++) {
            if (ask->items[i].check == check) {
                ask_tell(ask, &ask->items[i]);
            }
        }
        if (before && !ask->pending) {
            ask_finish(ask);
        }
    }
}

void checker_ask_gone(struct checker *checker, const struct model_check *check)
{
    struct checker_ask *ask;

    DL_FOREACH(checker->asks, ask) {
        for (uint32_t i = 0; i < ask->count; i++) {
            if (ask->items[i].check == check) {
                ask->items[i].check = NULL;
                ask->pending--;
            }
        }
        if (!ask->pending) { /* not here: the caller goes through what it would change */
            loop_timer_set(ask->limit, clock_now());
        }
    }
}

void checker_ask_end(struct checker *checker)
{
    while (checker->asks) {
        ask_finish(checker->asks);
    }
}

static json_t *ask_describe(const struct model_link *link)
{
    const struct model_server *server = link->server;
    char endpoint[INET_ENDPOINT_TEXT_SIZE];
    char target[MODEL_TARGET_SIZE];

    inet_endpoint_text(endpoint, &server->key.addr, server->key.port);
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:n}", "service", server->service->name, "server",
                     endpoint, "kind", check_kind(link->check->spec.kind)->name, "target",
                     json_from_text(model_check_target(target, link->check)), "state",
                     checker_check_state(link->check), "result");
}

/* One whose answer comes by itself has the one that came last. */
static void ask_add(struct checker_ask *ask, const struct model_link *link, int64_t now)
{
    struct ask_item *item = &ask->items[ask->count++];

    item->told = ask_describe(link);
    item->check = link->check;
    ask->pending++;
    if (check_kind(link->check->spec.kind)->waits) {
        ask_tell(ask, item);
    } else if (!link->check->run) {
        schedule_set(ask->checker->schedule, &link->check->entry, now);
    }
}

/* Of one server, or of all. @return how many there are */
static uint32_t ask_count(const struct model_service *service, const struct model_server *server)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < service->server_count; i++) {
        if (!server || server == &service->servers[i]) {
            count += service->servers[i].link_count;
        }
    }
    return count;
}

static bool ask_check_count(const struct model_service *service, uint32_t count,
                            char problem[CHECKER_PROBLEM_SIZE])
{
    if (!count) {
        (void)snprintf(problem, CHECKER_PROBLEM_SIZE, "%.100s has no checks there", service->name);
    } else if (count > CHECKER_ASK_MOST) {
        (void)snprintf(problem, CHECKER_PROBLEM_SIZE,
                       "%.100s has %u checks, and %d can be made at once; name a server",
                       service->name, count, (int)CHECKER_ASK_MOST);
    }
    return count && count <= CHECKER_ASK_MOST;
}

static void ask_begin(struct checker_ask *ask, const struct model_service *service,
                      const struct model_server *server)
{
    int64_t now = clock_now();

    for (uint32_t i = 0; i < service->server_count; i++) {
        const struct model_server *each = &service->servers[i];

        for (uint32_t j = 0; j < each->link_count && (!server || server == each); j++) {
            ask_add(ask, &each->links[j], now);
        }
    }
}

bool checker_ask(struct checker *checker, const char *service_name, const char *server_name,
                 int64_t limit, checker_answer_function done, void *argument,
                 char problem[CHECKER_PROBLEM_SIZE])
{
    const struct model_service *service = checker_find_service(checker, service_name, problem);
    const struct model_server *server = NULL;
    struct checker_ask *ask;
    uint32_t count;

    if (service && server_name) {
        server = checker_find_server(service, server_name, problem);
    }
    if (!service || (server_name && !server)) {
        return false;
    }
    count = ask_count(service, server);
    if (!ask_check_count(service, count, problem)) {
        return false;
    }
    ask = memory_new(1, sizeof(*ask));
    ask->checker = checker;
    ask->items = memory_new(count, sizeof(*ask->items));
    ask->done = done;
    ask->argument = argument;
    ask->limit = loop_timer_new(checker->loop, LOOP_PRIORITY_CONTROL, ask_on_limit, ask);
    loop_timer_set(ask->limit, clock_now() + limit);
    DL_APPEND(checker->asks, ask);
    ask_begin(ask, service, server);
    checker_arm(checker);
    if (!ask->pending) {
        ask_finish(ask);
    }
    return true;
}
