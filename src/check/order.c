/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of orders, and its text, which is JSON:
 *
 *     {"version":1,"orders":[{"protocol":"tcp","address":"192.0.2.1","port":80,
 *      "server":"192.0.2.21","server_port":80,"admin":"drain","since_ms":1795421100000,"by":"uid 0"}]}
 *
 * A service by mark has `fwmark` and `family` instead; `weight` and `until_ms` may stand there.
 */
#include "check/order.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/conf_find.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_VERSION = 1 };

static const struct {
    const char *name;
    uint8_t number;
} order_protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

/* ---- The list ---------------------------------------------------------------------------------- */

void order_release(struct order_list *list)
{
    free(list->orders);
    *list = (struct order_list){0};
}

struct order_list order_copy(const struct order_list *list)
{
    struct order_list copy = {memory_new(list->count + 1, sizeof(struct order)), list->count};

    if (list->count) {
        memcpy(copy.orders, list->orders, list->count * sizeof(struct order));
    }
    return copy;
}

static int order_compare(const struct order *order, const struct conf_service_key *service,
                         const struct conf_server_key *server)
{
    int result = memcmp(&order->service, service, sizeof(*service));

    return result ? result : memcmp(&order->server, server, sizeof(*server));
}

/* The first that is not before these keys. */
static size_t order_place(const struct order_list *list, const struct conf_service_key *service,
                          const struct conf_server_key *server)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (order_compare(&list->orders[middle], service, server) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool order_is_at(const struct order_list *list, size_t place,
                        const struct conf_service_key *service,
                        const struct conf_server_key *server)
{
    return place < list->count && order_compare(&list->orders[place], service, server) == 0;
}

const struct order *order_find(const struct order_list *list,
                               const struct conf_service_key *service,
                               const struct conf_server_key *server)
{
    size_t place = order_place(list, service, server);

    return order_is_at(list, place, service, server) ? &list->orders[place] : NULL;
}

static void order_remove(struct order_list *list, size_t place)
{
    list->count--;
    memmove(&list->orders[place], &list->orders[place + 1],
            (list->count - place) * sizeof(struct order));
}

void order_put(struct order_list *list, const struct order *order)
{
    size_t place = order_place(list, &order->service, &order->server);
    bool there = order_is_at(list, place, &order->service, &order->server);

    if (order->admin == HEALTH_ADMIN_READY && !order->weighed) {
        if (there) {
            order_remove(list, place);
        }
        return;
    }
    if (!there) {
        list->orders = memory_resize(list->orders, list->count + 1, sizeof(struct order));
        memmove(&list->orders[place + 1], &list->orders[place],
                (list->count - place) * sizeof(struct order));
        list->count++;
    }
    list->orders[place] = *order;
}

struct order_list order_take_ended(struct order_list *list, int64_t wall, size_t most)
{
    struct order_list ended = {0};
    size_t left = 0;

    if (order_next_end(list) > wall) {
        return ended;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct order *order = &list->orders[i];

        if (order->until_wall && order->until_wall <= wall && ended.count < most) {
            ended.orders = memory_resize(ended.orders, ended.count + 1, sizeof(*ended.orders));
            ended.orders[ended.count++] = *order;
        } else if (left++ != i) {
            list->orders[left - 1] = *order;
        }
    }
    list->count = left;
    return ended;
}

int64_t order_next_end(const struct order_list *list)
{
    int64_t next = CLOCK_NEVER;

    for (size_t i = 0; i < list->count; i++) {
        if (list->orders[i].until_wall && list->orders[i].until_wall < next) {
            next = list->orders[i].until_wall;
        }
    }
    return next;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

const char *order_protocol_name(uint8_t protocol)
{
    for (size_t i = 0; i < sizeof(order_protocols) / sizeof(order_protocols[0]); i++) {
        if (order_protocols[i].number == protocol) {
            return order_protocols[i].name;
        }
    }
    return "none";
}

/* The identity of a group's as IPv6 addresses are written: 16 bytes, too. */
static void order_write_group(json_t *json, const struct conf_service_key *key)
{
    struct inet_addr identity = key->addr;
    char text[INET_ADDR_TEXT_SIZE];

    identity.family = AF_INET6;
    json_object_set_new(json, "group", json_string(inet_text(text, &identity)));
}

static json_t *order_json(const struct order *order)
{
    char text[INET_ADDR_TEXT_SIZE];
    json_t *json = json_pack(
        "{s:s, s:i, s:s, s:I, s:o}", "server", inet_text(text, &order->server.addr), "server_port",
        (int)order->server.port, "admin", health_admin_name(order->admin), "since_ms",
        (json_int_t)(order->since_wall / CLOCK_MILLISECOND), "by", json_from_text(order->by));

    if (order->service.fwmark) {
        json_object_set_new(json, "fwmark", json_integer(order->service.fwmark));
        json_object_set_new(json, "family",
                            json_string(order->service.family == AF_INET6 ? "ipv6" : "ipv4"));
    } else if (conf_is_group_key(&order->service)) {
        json_object_set_new(json, "protocol",
                            json_string(order_protocol_name(order->service.protocol)));
        order_write_group(json, &order->service);
    } else {
        json_object_set_new(json, "protocol",
                            json_string(order_protocol_name(order->service.protocol)));
        json_object_set_new(json, "address", json_string(inet_text(text, &order->service.addr)));
        json_object_set_new(json, "port", json_integer(order->service.port));
    }
    if (order->weighed) {
        json_object_set_new(json, "weight", json_integer(order->weight));
    }
    if (order->until_wall) {
        json_object_set_new(json, "until_ms", json_integer(order->until_wall / CLOCK_MILLISECOND));
    }
    return json;
}

void order_write(const struct order_list *list, json_t *root)
{
    json_t *orders = json_array();

    for (size_t i = 0; i < list->count; i++) {
        json_array_append_new(orders, order_json(&list->orders[i]));
    }
    json_object_set_new(root, "version", json_integer(ORDER_VERSION));
    json_object_set_new(root, "orders", orders);
}

/* ---- Reading ----------------------------------------------------------------------------------- */

/* A whole number in a range. @return false where it is none */
static bool order_number(const json_t *json, const char *name, int64_t most, int64_t *number)
{
    const json_t *member = json_object_get(json, name);

    *number = json_integer_value(member);
    return json_is_integer(member) && *number >= 0 && *number <= most;
}

static bool order_address(const json_t *json, const char *name, struct inet_addr *addr)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text && inet_parse(text, addr);
}

static bool order_read_service(const json_t *json, struct conf_service_key *key)
{
    const char *family = json_string_value(json_object_get(json, "family"));
    const char *protocol = json_string_value(json_object_get(json, "protocol"));
    int64_t number;

    if (json_object_get(json, "fwmark")) {
        if (!order_number(json, "fwmark", UINT32_MAX, &number) || !number || !family) {
            return false;
        }
        key->fwmark = (uint32_t)number;
        key->family = strcmp(family, "ipv6") == 0 ? AF_INET6 : AF_INET;
        return true;
    }
    for (size_t i = 0; protocol && i < sizeof(order_protocols) / sizeof(order_protocols[0]); i++) {
        if (strcmp(order_protocols[i].name, protocol) == 0) {
            key->protocol = order_protocols[i].number;
        }
    }
    if (json_object_get(json, "group")) {
        bool good = order_address(json, "group", &key->addr) && key->addr.family == AF_INET6;

        key->addr.family = AF_UNSPEC;
        return good;
    }
    if (!key->protocol || !order_address(json, "address", &key->addr) ||
        !order_number(json, "port", UINT16_MAX, &number)) {
        return false;
    }
    key->family = key->addr.family;
    key->port = (uint16_t)number;
    return true;
}

static bool order_read_server(const json_t *json, struct conf_server_key *key)
{
    int64_t port;

    if (!order_address(json, "server", &key->addr) ||
        !order_number(json, "server_port", UINT16_MAX, &port)) {
        return false;
    }
    key->port = (uint16_t)port;
    return true;
}

static bool order_read_admin(const json_t *json, enum health_admin *admin)
{
    const char *name = json_string_value(json_object_get(json, "admin"));

    for (int i = 0; name && i < HEALTH_ADMINS; i++) {
        if (strcmp(name, health_admin_name((enum health_admin)i)) == 0) {
            *admin = (enum health_admin)i;
            return true;
        }
    }
    return false;
}

/* What of it is not there or cannot be; NULL: all is well. */
static const char *order_read_one(const json_t *json, struct order *order)
{
    const int64_t latest = INT64_MAX / CLOCK_MILLISECOND;
    const char *by = json_string_value(json_object_get(json, "by"));
    int64_t number;

    memset(order, 0, sizeof(*order));
    if (!order_read_service(json, &order->service)) {
        return "service";
    }
    if (!order_read_server(json, &order->server)) {
        return "server";
    }
    if (!order_read_admin(json, &order->admin)) {
        return "admin";
    }
    order->weighed = json_object_get(json, "weight");
    if (order->weighed && !order_number(json, "weight", INT32_MAX, &number)) {
        return "weight";
    }
    order->weight = order->weighed ? (uint32_t)number : 0;
    if (!order_number(json, "since_ms", latest, &number)) {
        return "since_ms";
    }
    order->since_wall = number * CLOCK_MILLISECOND;
    if (json_object_get(json, "until_ms")) {
        if (!order_number(json, "until_ms", latest, &number)) {
            return "until_ms";
        }
        order->until_wall = number * CLOCK_MILLISECOND;
    }
    (void)text_copy(order->by, sizeof(order->by), by ? by : "");
    return NULL;
}

static bool order_read_all(const json_t *root, struct order_list *list,
                           char problem[ORDER_PROBLEM_SIZE])
{
    const json_t *orders = json_object_get(root, "orders");
    struct order order;
    json_t *json;
    size_t i;

    if (json_integer_value(json_object_get(root, "version")) != ORDER_VERSION ||
        !json_is_array(orders)) {
        (void)snprintf(problem, ORDER_PROBLEM_SIZE, "it is no list of version %d", ORDER_VERSION);
        return false;
    }
    json_array_foreach(orders, i, json) {
        const char *wrong = order_read_one(json, &order);

        if (wrong) {
            (void)snprintf(problem, ORDER_PROBLEM_SIZE, "the %s of order %zu is wrong", wrong,
                           i + 1);
            return false;
        }
        order_put(list, &order);
    }
    return true;
}

bool order_read(const char *text, size_t size, struct order_list *list,
                char problem[ORDER_PROBLEM_SIZE])
{
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    bool good;

    if (!root) {
        (void)snprintf(problem, ORDER_PROBLEM_SIZE, "line %d: %.120s", error.line, error.text);
        return false;
    }
    good = order_read_all(root, list, problem);
    json_decref(root);
    if (!good) {
        order_release(list);
    }
    return good;
}
