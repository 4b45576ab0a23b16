/* SPDX-License-Identifier: Apache-2.0
 *
 * What checks do to weights, and what a service does when much is down: rise, fall, weight of a check,
 * slow_start, min_healthy.
 */
#include "checker_world.h"

#include <unistd.h>

static json_t *first_service(struct world *world)
{
    json_t *snapshot = checker_snapshot(world->checker);
    json_t *service = json_incref(json_array_get(snapshot, 0));

    json_decref(snapshot);
    return service;
}

static void expect_service(struct world *world, const char *key, json_int_t value)
{
    json_t *service = first_service(world);
    json_t *member = json_object_get(service, key);

    if (json_is_boolean(member)) {
        assert_fact(json_is_true(member) == value, "%s is %d", key, json_is_true(member));
    } else {
        assert_fact(json_integer_value(member) == value, "%s is %lld", key,
                    (long long)json_integer_value(member));
    }
    json_decref(service);
}

/* What is to be in the table of the first server. */
static json_int_t first_weight(struct world *world)
{
    json_t *server = first_server(world);
    json_int_t weight = json_integer_value(json_object_get(server, "weight"));

    json_decref(server);
    return weight;
}

static bool met_weight(struct world *world, void *argument)
{
    return first_weight(world) == *(json_int_t *)argument;
}

static void wait_weight(struct world *world, json_int_t weight)
{
    world_wait(world, "the weight", met_weight, &weight);
}

static void listen_again(int *fd, uint16_t *port)
{
    *fd = listen_at("127.0.0.1", port, 4096);
    assert_true(*fd >= 0);
}

/* ---- rise and fall ----------------------------------------------------------------------------- */

static void test_fall_counts_the_first_failures_too(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(closed_port(), &service, &server, &check);

    check->fall = 3;
    check->retry = 2;
    world_configure(world, conf);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (3 tries)");
}

static void test_rise_wants_successes_in_a_row(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = 0;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_int_t good;

    (void)close(fd);
    check->rise = 4;
    world_configure(world, conf);
    wait_events(world, 3);
    good = results_of(world, "ok");
    listen_again(&fd, &port);
    wait_events(world, 5);
    assert_int_equal(world->seen[3].kind, CHECKER_SERVER_UP);
    assert_int_equal(results_of(world, "ok") - good, 4);
    (void)close(fd);
}

/* ---- The weight of a check --------------------------------------------------------------------- */

/* Two checks: one of the server, one of another port that changes its weight of 10. */
static struct conf *conf_weighed(uint16_t port, uint16_t other, int32_t weight)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    server->weight = 10;
    check = conf_check(conf, server);
    check->connect_port = other;
    check->weight = weight;
    return conf;
}

static void test_a_check_with_a_negative_weight_takes_it_off_while_it_fails(void **state)
{
    struct world *world = *state;
    uint16_t port = 0;
    uint16_t other = 0;
    int fd = listener(&port);
    int second = listener(&other);

    (void)close(second);
    world_configure(world, conf_weighed(port, other, -4));
    expect_view(world, port, true, 10);
    wait_weight(world, 6);
    expect_view(world, port, true, 6);
    expect_state(world, "up");
    assert_int_equal(world->seen_count, 1); /* the quorum at the start; the server is up */
    assert_non_null(strstr(logged(world), "weight 10 -> 6: TCP_CHECK: connection refused (1 try)"));
    listen_again(&second, &other);
    wait_weight(world, 10);
    expect_service(world, "live_weight", 10);
    (void)close(second);
    (void)close(fd);
}

static void test_a_check_with_a_positive_weight_adds_it_while_it_succeeds(void **state)
{
    struct world *world = *state;
    uint16_t port = 0;
    uint16_t other = 0;
    int fd = listener(&port);
    int second = listener(&other);

    world_configure(world, conf_weighed(port, other, 5));
    expect_view(world, port, true, 15);
    wait_results(world, "ok", 2);
    (void)close(second);
    wait_weight(world, 10);
    expect_service(world, "live_weight", 10);
    expect_state(world, "up");
    (void)close(fd);
}

/* The same question takes one server out and changes the weight of another. */
static void test_one_check_means_what_each_server_makes_of_it(void **state)
{
    struct world *world = *state;
    uint16_t dead = closed_port();
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct conf_real_server *first = conf_server(conf, service, "127.0.0.1", dead);
    struct conf_real_server *second = conf_server(conf, service, "127.0.0.1", 7);
    struct conf_check *check;

    (void)conf_check(conf, first);
    second->weight = 9;
    check = conf_check(conf, second);
    check->connect_port = dead;
    check->weight = -2;
    world_configure(world, conf);
    wait_events(world, 2);
    expect_view(world, dead, false, 0);
    expect_view(world, 7, true, 7);
    assert_int_equal(results_of(world, "refused"), 1);
}

static void test_a_reload_can_make_a_check_take_its_server_out(void **state)
{
    struct world *world = *state;
    uint16_t port = 0;
    uint16_t other = closed_port();
    int fd = listener(&port);

    world_configure(world, conf_weighed(port, other, -4));
    wait_weight(world, 6);
    world_configure(world, conf_weighed(port, other, 0));
    expect_view(world, port, false, 0);
    assert_int_equal(world->seen[1].kind, CHECKER_SERVER_DOWN);
    world_configure(world, conf_weighed(port, other, -3));
    expect_view(world, port, true, 7);
    (void)close(fd);
}

/* ---- slow_start -------------------------------------------------------------------------------- */

/* A server of weight 100 with a slow start, which has come back. @return its listener */
static int come_back(struct world *world, uint16_t *port, int64_t slow_start)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    int fd = listener(port);
    struct conf *conf = conf_of_one(*port, &service, &server, &check);

    (void)close(fd);
    server->weight = 100;
    server->slow_start = slow_start;
    world_configure(world, conf);
    expect_view(world, *port, true, 100); /* at the start it has all */
    wait_events(world, 3);
    listen_again(&fd, port);
    wait_events(world, 5);
    return fd;
}

static void test_a_server_that_came_back_gets_its_weight_little_by_little(void **state)
{
    struct world *world = *state;
    json_int_t last = 0;
    unsigned steps = 0;
    uint16_t port = 0;
    int fd = come_back(world, &port, S);
    int64_t start = clock_now();

    assert_true(first_weight(world) <= 10);
    expect_service(world, "live_weight", 100); /* it is alive: quorum counts all of it */
    expect_service(world, "quorum_met", 1);
    while (first_weight(world) < 100) {
        json_int_t weight = first_weight(world);

        assert_fact(weight >= last, "%lld after %lld", (long long)weight, (long long)last);
        steps += weight > last;
        last = weight;
        wait_time(world, 10 * MS);
    }
    assert_fact(steps >= 5 && steps <= 20, "%u steps", steps);
    assert_true(clock_now() - start > 500 * MS);
    assert_true(clock_now() - start < 3 * S);
    (void)close(fd);
}

static void test_a_slow_start_ends_when_the_server_goes_down(void **state)
{
    struct world *world = *state;
    uint16_t port = 0;
    int fd = come_back(world, &port, 60 * S);

    assert_int_equal(first_weight(world), 1);
    (void)close(fd);
    wait_events(world, 7);
    expect_view(world, port, false, 0);
    listen_again(&fd, &port);
    wait_events(world, 9);
    assert_int_equal(first_weight(world), 1); /* anew */
    (void)close(fd);
}

static void test_a_reload_keeps_a_slow_start(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = 0;
    int fd = come_back(world, &port, 2 * S);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    wait_weight(world, 20);
    server->weight = 200;
    server->slow_start = 2 * S;
    world_configure(world, conf);
    assert_true(first_weight(world) >= 40 && first_weight(world) <= 60);
    wait_weight(world, 200);
    conf = conf_of_one(port, &service, &server, &check);
    server->weight = 200;
    server->slow_start = 60 * S;
    world_configure(world, conf);
    assert_int_equal(first_weight(world), 200); /* one that is over stays so */
    (void)close(fd);
}

/* The check that brings it up is not the one that took it down, but asks of the same server. */
static void test_a_server_that_comes_back_after_its_check_changed_starts_slowly(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf;
    int fd;

    for (int i = 0; i < 2; i++) {
        conf = conf_of_one(port, &service, &server, &check);
        server->weight = 100;
        server->slow_start = 60 * S;
        check->delay_loop += i;
        world_configure(world, conf);
        wait_events(world, 3);
    }
    listen_again(&fd, &port);
    wait_events(world, 5);
    assert_true(first_weight(world) <= 10);
    (void)close(fd);
}

static void test_the_first_success_with_alpha_is_no_recovery(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = 0;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->alpha = true;
    server->weight = 100;
    server->slow_start = 60 * S;
    world_configure(world, conf);
    wait_events(world, 2);
    expect_view(world, port, true, 100);
    (void)close(fd);
}

/* ---- min_healthy ------------------------------------------------------------------------------- */

/* Servers of weight 10 at closed ports and, behind them, as many at one that listens. */
static struct conf *conf_floor(const uint16_t *dead, unsigned count, uint16_t good, uint32_t needed,
                               struct conf_virtual_server **service)
{
    struct conf *conf = conf_begin();

    *service = conf_service(conf, "192.0.2.1", 80);
    (*service)->min_healthy = needed;
    (*service)->min_healthy_percent = true;
    for (unsigned i = 0; i < 2 * count; i++) {
        struct conf_real_server *server = conf_server(
            conf, *service, "127.0.0.1", i < count ? dead[i] : (uint16_t)(good + i - count));
        struct conf_check *check = conf_check(conf, server);

        server->weight = 10;
        check->connect_port = i < count ? dead[i] : good;
    }
    return conf;
}

static void test_with_too_few_servers_up_all_are_used(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    uint16_t good = 0;
    int fd = listener(&good);
    uint16_t dead[2];
    int fds[2] = {listener(&dead[0]), listener(&dead[1])};

    (void)close(fds[0]);
    (void)close(fds[1]);
    world_configure(world, conf_floor(dead, 2, good, 75, &service));
    wait_events(world, 4); /* the quorum at the start, two servers down, and: */
    expect_seen(world, 3, CHECKER_OPEN_BEGAN,
                "2 of 4 servers up, min_healthy wants 3: all are used, whatever their checks say");
    expect_service(world, "fail_open", 1);
    expect_service(world, "servers_up", 2);
    expect_service(world, "servers_needed", 3);
    expect_service(world, "live_weight", 20);
    expect_view(world, dead[0], true, 10);
    expect_view(world, dead[1], true, 10);
    expect_view(world, good, true, 10);
    assert_non_null(strstr(logged(world), "192.0.2.1:80/tcp: warning: fails open: 2 of 4 servers "
                                          "up, min_healthy wants 3"));
    listen_again(&fds[0], &dead[0]);
    wait_events(world, 6);
    expect_seen(world, 5, CHECKER_OPEN_ENDED, "3 of 4 servers up, min_healthy wants 3");
    expect_service(world, "fail_open", 0);
    expect_view(world, dead[0], true, 10);
    expect_view(world, dead[1], false, 0);
    assert_non_null(strstr(logged(world), "fails open no more: 3 of 4 servers up"));
    (void)close(fds[0]);
    (void)close(fd);
}

/* Nothing is known of a server whose first check is to come: it neither counts nor is it used. */
static void test_servers_that_were_not_checked_yet_do_not_make_it_fail_open(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t dead = closed_port();
    struct conf *conf = conf_of_one(dead, &service, &server, &check);

    service->min_healthy = 1;
    check->alpha = true;
    world_configure(world, conf);
    expect_view(world, dead, false, 0);
    expect_service(world, "fail_open", 0);
    expect_service(world, "servers_ready", 0);
    wait_results(world, "refused", 1);
    expect_state(world, "down");
    expect_service(world, "servers_ready", 1);
    expect_service(world, "fail_open", 1);
    expect_view(world, dead, true, 1);
}

static void test_a_sorry_server_comes_before_failing_open(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    uint16_t dead = closed_port();

    service->min_healthy = 1;
    service->sorry_server = conf_server_alone(conf, "127.0.0.9", 9);
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", dead));
    world_configure(world, conf);
    wait_events(world, 3);
    expect_sorry(world, true, 1);
    expect_view(world, dead, false, 0);
    expect_service(world, "fail_open", 0);
    assert_null(strstr(logged(world), "fails open"));
}

static void test_without_a_sorry_server_a_service_fails_open_though_quorum_is_lost(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    uint16_t dead = closed_port();

    service->min_healthy = 1;
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", dead));
    world_configure(world, conf);
    wait_events(world, 4);
    assert_int_equal(world->seen[2].kind, CHECKER_QUORUM_DOWN);
    assert_int_equal(world->seen[3].kind, CHECKER_OPEN_BEGAN);
    expect_view(world, dead, true, 1);
    expect_service(world, "fail_open", 1);
    conf = conf_begin();
    service = conf_service(conf, "192.0.2.1", 80);
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", dead));
    world_configure(world, conf); /* without it */
    expect_view(world, dead, false, 0);
    assert_non_null(strstr(logged(world), "fails open no more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_fall_counts_the_first_failures_too),
        WORLD_TEST(test_rise_wants_successes_in_a_row),
        WORLD_TEST(test_a_check_with_a_negative_weight_takes_it_off_while_it_fails),
        WORLD_TEST(test_a_check_with_a_positive_weight_adds_it_while_it_succeeds),
        WORLD_TEST(test_one_check_means_what_each_server_makes_of_it),
        WORLD_TEST(test_a_reload_can_make_a_check_take_its_server_out),
        WORLD_TEST(test_a_server_that_came_back_gets_its_weight_little_by_little),
        WORLD_TEST(test_a_slow_start_ends_when_the_server_goes_down),
        WORLD_TEST(test_a_reload_keeps_a_slow_start),
        WORLD_TEST(test_a_server_that_comes_back_after_its_check_changed_starts_slowly),
        WORLD_TEST(test_the_first_success_with_alpha_is_no_recovery),
        WORLD_TEST(test_with_too_few_servers_up_all_are_used),
        WORLD_TEST(test_servers_that_were_not_checked_yet_do_not_make_it_fail_open),
        WORLD_TEST(test_a_sorry_server_comes_before_failing_open),
        WORLD_TEST(test_without_a_sorry_server_a_service_fails_open_though_quorum_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
