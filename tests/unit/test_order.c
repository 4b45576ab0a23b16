/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "check/order.h"

#include <netinet/in.h>

#define S CLOCK_SECOND

static struct order order_of(const char *address, uint16_t port, enum health_admin admin)
{
    struct order order;

    memset(&order, 0, sizeof(order));
    assert_true(inet_parse("192.0.2.1", &order.service.addr));
    order.service.family = AF_INET;
    order.service.protocol = IPPROTO_TCP;
    order.service.port = 80;
    assert_true(inet_parse(address, &order.server.addr));
    order.server.port = port;
    order.admin = admin;
    order.since_wall = 1795421100 * S;
    (void)text_copy(order.by, sizeof(order.by), "uid 0, process 7");
    return order;
}

static void write_text(const struct order_list *list, struct text_buffer *text)
{
    json_t *root = json_object();
    char *dump;

    order_write(list, root);
    dump = json_dumps(root, 0);
    text_append(text, dump);
    free(dump);
    json_decref(root);
}

static void expect_same(const struct order *a, const struct order *b)
{
    assert_memory_equal(&a->service, &b->service, sizeof(a->service));
    assert_memory_equal(&a->server, &b->server, sizeof(a->server));
    assert_int_equal(a->admin, b->admin);
    assert_int_equal(a->weighed, b->weighed);
    assert_int_equal(a->weight, b->weight);
    assert_int_equal(a->since_wall, b->since_wall);
    assert_int_equal(a->until_wall, b->until_wall);
    assert_string_equal(a->by, b->by);
}

static void test_orders_are_found_replaced_and_undone(void **state)
{
    struct order_list list = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct order order = order_of("10.0.0.1", (uint16_t)(i * 37 % 100 + 1), HEALTH_ADMIN_DRAIN);

        order_put(&list, &order);
        order_put(&list, &order);
    }
    assert_int_equal(list.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        struct order order = order_of("10.0.0.1", (uint16_t)(i + 1), HEALTH_ADMIN_MAINT);

        assert_non_null(order_find(&list, &order.service, &order.server));
        order_put(&list, &order);
        assert_int_equal(order_find(&list, &order.service, &order.server)->admin,
                         HEALTH_ADMIN_MAINT);
        order.admin = HEALTH_ADMIN_READY;
        order.weighed = i % 2;
        order_put(&list, &order);
        assert_true(!!order_find(&list, &order.service, &order.server) == i % 2);
    }
    assert_int_equal(list.count, 50);
    order_release(&list);
}

static void test_orders_end_when_their_time_is_over(void **state)
{
    struct order first = order_of("10.0.0.1", 1, HEALTH_ADMIN_DRAIN);
    struct order second = order_of("10.0.0.1", 2, HEALTH_ADMIN_DRAIN);
    struct order third = order_of("10.0.0.1", 3, HEALTH_ADMIN_DRAIN);
    struct order_list list = {0};
    struct order_list ended;

    (void)state;
    assert_int_equal(order_next_end(&list), CLOCK_NEVER);
    order_put(&list, &first);
    assert_int_equal(order_next_end(&list), CLOCK_NEVER);
    second.until_wall = 20 * S;
    third.until_wall = 10 * S;
    order_put(&list, &second);
    order_put(&list, &third);
    assert_int_equal(order_next_end(&list), 10 * S);
    assert_int_equal(order_take_ended(&list, 10 * S - 1, 9).count, 0);
    ended = order_take_ended(&list, 10 * S, 9);
    assert_int_equal(ended.count, 1);
    expect_same(&ended.orders[0], &third);
    order_release(&ended);
    assert_int_equal(order_take_ended(&list, 10 * S, 9).count, 0);
    assert_int_equal(order_next_end(&list), 20 * S);
    order_put(&list, &third);
    ended = order_take_ended(&list, 30 * S, 1); /* no more than that at once */
    assert_int_equal(ended.count, 1);
    expect_same(&ended.orders[0], &second);
    order_release(&ended);
    assert_int_equal(list.count, 2);
    assert_non_null(order_find(&list, &first.service, &first.server));
    assert_non_null(order_find(&list, &third.service, &third.server));
    order_release(&list);
}

static void test_what_is_written_is_read_again(void **state)
{
    struct order orders[4] = {order_of("10.0.0.1", 80, HEALTH_ADMIN_DRAIN),
                              order_of("10.0.0.2", 0, HEALTH_ADMIN_MAINT),
                              order_of("2001:db8::7", 65535, HEALTH_ADMIN_READY),
                              order_of("10.0.0.4", 80, HEALTH_ADMIN_DRAIN)};
    struct order_list list = {0};
    struct order_list read = {0};
    struct text_buffer text = {0};
    char problem[ORDER_PROBLEM_SIZE];

    (void)state;
    orders[1].until_wall = 1795429999 * S;
    orders[2].weighed = true;
    orders[2].weight = INT32_MAX;
    (void)text_copy(orders[2].by, sizeof(orders[2].by), "a \"b\" \\ \n c");
    memset(&orders[3].service, 0, sizeof(orders[3].service));
    orders[3].service.fwmark = UINT32_MAX;
    orders[3].service.family = AF_INET6;
    for (size_t i = 0; i < UNIT_COUNT(orders); i++) {
        order_put(&list, &orders[i]);
    }
    write_text(&list, &text);
    assert_true(order_read(text.data, text.length, &read, problem));
    assert_int_equal(read.count, UNIT_COUNT(orders));
    for (size_t i = 0; i < UNIT_COUNT(orders); i++) {
        const struct order *found = order_find(&read, &orders[i].service, &orders[i].server);

        assert_non_null(found);
        expect_same(found, &orders[i]);
    }
    text_release(&text);
    order_release(&list);
    order_release(&read);
    write_text(&list, &text); /* none at all */
    assert_true(order_read(text.data, text.length, &read, problem));
    assert_int_equal(read.count, 0);
    order_release(&read);
    text_release(&text);
}

#define ONE(rest_) "{\"version\":1,\"orders\":[{" rest_ "}]}"
#define SERVICE    "\"protocol\":\"tcp\",\"address\":\"192.0.2.1\",\"port\":80,"
#define SERVER     "\"server\":\"10.0.0.1\",\"server_port\":80,"

static void test_a_bad_list_says_what_is_wrong_and_gives_nothing(void **state)
{
    static const struct {
        const char *text;
        const char *problem;
    } rows[] = {
        {"", "line 1: "},
        {"{", "line 1: "},
        {"[]", "it is no list of version 1"},
        {"{\"version\":2,\"orders\":[]}", "it is no list of version 1"},
        {"{\"version\":1}", "it is no list of version 1"},
        {ONE(""), "the service of order 1 is wrong"},
        {ONE("\"fwmark\":0,\"family\":\"ipv4\""), "the service of order 1 is wrong"},
        {ONE("\"fwmark\":7"), "the service of order 1 is wrong"},
        {ONE("\"protocol\":\"icmp\",\"address\":\"192.0.2.1\",\"port\":80"),
         "the service of order 1 is wrong"},
        {ONE("\"protocol\":\"tcp\",\"address\":\"192.0.2.1\",\"port\":65536"),
         "the service of order 1 is wrong"},
        {ONE(SERVICE "\"server\":\"web\",\"server_port\":80"), "the server of order 1 is wrong"},
        {ONE(SERVICE "\"server\":\"10.0.0.1\""), "the server of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"gone\""), "the admin of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"drain\",\"weight\":-1"), "the weight of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"drain\",\"weight\":2147483648"),
         "the weight of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"drain\""), "the since_ms of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"drain\",\"since_ms\":9223372036854775807"),
         "the since_ms of order 1 is wrong"},
        {ONE(SERVICE SERVER "\"admin\":\"drain\",\"since_ms\":1,\"until_ms\":\"x\""),
         "the until_ms of order 1 is wrong"},
        {"{\"version\":1,\"orders\":[{" SERVICE SERVER "\"admin\":\"drain\",\"since_ms\":1},{}]}",
         "the service of order 2 is wrong"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct order_list list = {0};
        char problem[ORDER_PROBLEM_SIZE];
        bool good = order_read(rows[i].text, strlen(rows[i].text), &list, problem);

        assert_fact(!good, "row %zu is taken", i);
        assert_fact(strncmp(problem, rows[i].problem, strlen(rows[i].problem)) == 0, "row %zu: %s",
                    i, problem);
        assert_fact(!list.orders && !list.count, "row %zu gives something", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_are_found_replaced_and_undone),
        cmocka_unit_test(test_orders_end_when_their_time_is_over),
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_a_bad_list_says_what_is_wrong_and_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
