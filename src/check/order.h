/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders: what operators asked of servers, which stays until it is undone or its time is over, whatever
 * is loaded or started meanwhile. As a list, and as the text that one run leaves for the next. Pure.
 */
#ifndef HOLDFAST_CHECK_ORDER_H
#define HOLDFAST_CHECK_ORDER_H

#include "check/health.h"
#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ORDER_BY_SIZE = 128, ORDER_PROBLEM_SIZE = 192 };

struct order {
    struct conf_service_key service;
    struct conf_server_key server;
    enum health_admin admin;
    bool weighed;       /* its weight is `weight` instead of the configured one */
    uint32_t weight;    /* up to INT32_MAX */
    int64_t since_wall; /* ns since 1970 */
    int64_t until_wall; /* 0: until it is undone */
    char by[ORDER_BY_SIZE];
};

/* In the order of their keys. All zero is empty. */
struct order_list {
    struct order *orders;
    size_t count;
};

/** Frees what a list holds and makes it empty. */
void order_release(struct order_list *list);

/** A copy, to be released by the caller. */
struct order_list order_copy(const struct order_list *list);

/** The order for a server of a service, NULL where there is none. Valid until the list changes. */
const struct order *order_find(const struct order_list *list,
                               const struct conf_service_key *service,
                               const struct conf_server_key *server);

/** Adds an order in place of the one for the same server; one that asks for nothing removes that. */
void order_put(struct order_list *list, const struct order *order);

/**
 * Takes out orders whose time is over.
 * @param most  how many at once
 * @return they; to be released by the caller
 */
struct order_list order_take_ended(struct order_list *list, int64_t wall, size_t most);

/** The word of a service's protocol: "tcp". */
const char *order_protocol_name(uint8_t protocol);

/** When the next order ends, ns since 1970; CLOCK_NEVER: none does by itself. */
int64_t order_next_end(const struct order_list *list);

/** Adds the list to what is kept for the next run: the members `version` and `orders`. */
void order_write(const struct order_list *list, json_t *root);

/**
 * Reads such an object's text.
 * @param list     empty; set where true is returned, to be released by the caller
 * @param problem  set otherwise: what is wrong with it
 */
bool order_read(const char *text, size_t size, struct order_list *list,
                char problem[ORDER_PROBLEM_SIZE]);

#endif
