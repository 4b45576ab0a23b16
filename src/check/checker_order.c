/* SPDX-License-Identifier: Apache-2.0
 *
 * Operators' orders: taken, kept, ended when their time is over, and what they mean for servers.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/conf_find.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The wall clock may be set: how far off an end is is looked at again after this. */
#define ORDER_GLANCE (30 * CLOCK_SECOND)

enum {
    ORDER_TEXT_SIZE = 96,
    ORDER_TURN = 16,  /* how many end in one turn of the loop */
    ORDER_SLICE = 32, /* how many are looked up between two looks at the clock */
};

static void order_arm(struct checker *checker)
{
    int64_t end = order_next_end(&checker->orders);
    int64_t wait = end == CLOCK_NEVER ? CLOCK_NEVER : end - clock_wall();

    if (wait == CLOCK_NEVER) {
        loop_timer_set(checker->order_timer, CLOCK_NEVER);
    } else {
        loop_timer_set(checker->order_timer,
                       clock_now() + (wait < ORDER_GLANCE ? wait : ORDER_GLANCE));
    }
}

/* "drain, weight 5". */
static const char *order_text(char text[ORDER_TEXT_SIZE], const struct order *order)
{
    char weight[32] = "";

    if (order->weighed) {
        (void)snprintf(weight, sizeof(weight), ", weight %" PRIu32, order->weight);
    }
    (void)snprintf(text, ORDER_TEXT_SIZE, "%s%s", health_admin_name(order->admin), weight);
    return text;
}

/* What is asked of the server now; NULL: nothing. */
static void order_apply(struct checker *checker, struct model_server *server,
                        const struct order *order)
{
    bool was_ready = server->health.admin == HEALTH_ADMIN_READY;
    int64_t now = clock_now();

    model_leave(server);
    model_order(server, order);
    model_join(server);
    if (!server->health.up || server->health.admin != HEALTH_ADMIN_READY) {
        server->ramp_start = 0;
    } else if (!was_ready) {
        server->ramp_start = server->slow_start_ms ? now : 0;
    }
    checker_ramp(checker, server, now);
    checker_service_moved(checker, server->service, NULL, NULL);
}

/* What is asked of a server after this. */
static struct order order_of(const struct order_list *orders, const struct model_server *server,
                             const struct checker_steering *steering)
{
    const struct order *before = order_find(orders, &server->service->key, &server->key);
    struct order order;

    memset(&order, 0, sizeof(order));
    if (before) {
        order = *before;
    }
    order.service = server->service->key;
    order.server = server->key;
    order.since_wall = clock_wall();
    order.until_wall = steering->span ? order.since_wall + steering->span : 0;
    (void)text_copy(order.by, sizeof(order.by), steering->by);
    if (steering->weighed) {
        order.weighed = true;
        order.weight = steering->weight;
    } else {
        order.admin = steering->admin;
        order.weighed = order.weighed && order.admin != HEALTH_ADMIN_READY;
    }
    return order;
}

bool checker_steer(struct checker *checker, const struct checker_steering *steering,
                   char problem[CHECKER_PROBLEM_SIZE])
{
    struct model_service *service = checker_find_service(checker, steering->service, problem);
    struct model_server *server =
        service ? checker_find_server(service, steering->server, problem) : NULL;
    struct order order;
    char subject[CHECKER_SUBJECT_SIZE];
    char text[ORDER_TEXT_SIZE];
    char span[CLOCK_TEXT_SIZE];

    if (!server) {
        return false;
    }
    order = order_of(&checker->orders, server, steering);
    order_put(&checker->orders, &order);
    log_event(checker->log, LOG_LEVEL_NOTICE, checker_subject(subject, server),
              "%s%s%s: asked for by %s", order_text(text, &order), steering->span ? " for " : "",
              steering->span ? clock_duration_text(span, steering->span) : "", order.by);
    order_apply(checker, server, order_find(&checker->orders, &service->key, &server->key));
    order_arm(checker);
    checker->hooks.orders_changed(checker->hooks.argument);
    return true;
}

static void order_end(struct checker *checker, const struct order *ended)
{
    struct model_service *service = model_service(checker->model, &ended->service);
    struct model_server *server = service ? model_server(service, &ended->server) : NULL;
    char subject[CHECKER_SUBJECT_SIZE];

    if (server) {
        log_event(checker->log, LOG_LEVEL_NOTICE, checker_subject(subject, server),
                  "ready: the time that %s had asked for is over", ended->by);
        order_apply(checker, server, NULL);
    }
}

void checker_order_turn(void *argument, int64_t now, int64_t late)
{
    struct checker *checker = argument;
    struct order_list ended = order_take_ended(&checker->orders, clock_wall(), ORDER_TURN);

    (void)now;
    (void)late;
    for (size_t i = 0; i < ended.count; i++) {
        order_end(checker, &ended.orders[i]);
    }
    if (ended.count) {
        checker->hooks.orders_changed(checker->hooks.argument);
    }
    order_release(&ended);
    order_arm(checker);
}

/* What the configuration says of one. */
struct order_label {
    char *service; /* its name; NULL: it is not there, or was not looked up */
    bool effect;
};

struct checker_orders {
    struct order_list list;
    struct order_label *labels;
    size_t labelled;
};

struct checker_orders *checker_copy_orders(const struct checker *checker)
{
    struct checker_orders *orders = memory_new(1, sizeof(*orders));

    orders->list = order_copy(&checker->orders);
    orders->labels = memory_new(orders->list.count + 1, sizeof(*orders->labels));
    return orders;
}

void checker_free_orders(struct checker_orders *orders)
{
    for (size_t i = 0; i < orders->labelled; i++) {
        free(orders->labels[i].service);
    }
    free(orders->labels);
    order_release(&orders->list);
    free(orders);
}

void checker_write_orders(const struct checker_orders *orders, json_t *root)
{
    order_write(&orders->list, root);
}

bool checker_look_at_orders(const struct checker *checker, struct checker_orders *orders,
                            int64_t until)
{
    do { /* a slice at least, however late it is */
        size_t end = orders->labelled + ORDER_SLICE;

        for (; orders->labelled < end && orders->labelled < orders->list.count;
             orders->labelled++) {
            const struct order *order = &orders->list.orders[orders->labelled];
            const struct model_service *service = model_service(checker->model, &order->service);

            orders->labels[orders->labelled] =
                (struct order_label){service ? memory_text(service->name) : NULL,
                                     service && model_server(service, &order->server)};
        }
    } while (orders->labelled < orders->list.count && clock_now() < until);
    return orders->labelled < orders->list.count;
}

enum { ORDER_NAME_SIZE = INET_ENDPOINT_TEXT_SIZE + 8 };

/* One whose service is not there goes by its address; of a group nobody knows the name any more. */
static const char *order_service_name(char text[ORDER_NAME_SIZE], const struct order_label *label,
                                      const struct conf_service_key *key)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    if (label->service) {
        return label->service;
    }
    if (key->fwmark) {
        (void)snprintf(text, ORDER_NAME_SIZE, "fwmark %u%s", key->fwmark,
                       key->family == AF_INET6 ? " (IPv6)" : "");
    } else if (conf_is_group_key(key)) {
        (void)snprintf(text, ORDER_NAME_SIZE, "a group that is not there");
    } else {
        (void)snprintf(text, ORDER_NAME_SIZE, "%s/%s",
                       inet_endpoint_text(endpoint, &key->addr, key->port),
                       order_protocol_name(key->protocol));
    }
    return text;
}

json_t *checker_list_orders(const struct checker_orders *orders)
{
    json_t *list = json_array();

    for (size_t i = 0; i < orders->list.count; i++) {
        const struct order *order = &orders->list.orders[i];
        char name[ORDER_NAME_SIZE];
        char server[INET_ENDPOINT_TEXT_SIZE];
        char text[ORDER_TEXT_SIZE];

        json_array_append_new(
            list,
            json_pack("{s:o, s:s, s:s, s:o, s:I, s:I, s:b}", "object",
                      json_from_text(order_service_name(name, &orders->labels[i], &order->service)),
                      "part", inet_endpoint_text(server, &order->server.addr, order->server.port),
                      "text", order_text(text, order), "by", json_from_text(order->by),
                      "since_wall", (json_int_t)order->since_wall, "until_wall",
                      (json_int_t)order->until_wall, "effect", orders->labels[i].effect));
    }
    return list;
}

bool checker_read_orders(struct checker *checker, const char *text, size_t size,
                         char problem[CHECKER_PROBLEM_SIZE])
{
    struct order_list list = {0};
    struct order_list ended;

    if (!order_read(text, size, &list, problem)) {
        return false;
    }
    order_release(&checker->orders);
    checker->orders = list;
    ended = order_take_ended(&checker->orders, clock_wall(), SIZE_MAX);
    for (size_t i = 0; i < ended.count; i++) {
        log_info(checker->log, NULL,
                 "what %s had asked of a server ended while holdfastd did not run",
                 ended.orders[i].by);
    }
    order_release(&ended);
    order_arm(checker);
    return true;
}
