/* SPDX-License-Identifier: Apache-2.0
 *
 * What a new configuration keeps, changes and ends.
 */
#include "checker_world.h"

#include <unistd.h>

/* Keys of a check's snapshot that a reload must not touch. */
static void expect_same_check(json_t *before, json_t *after)
{
    static const char *const kept[] = {"last_result", "fails_in_row", "recent", "state"};

    for (size_t i = 0; i < UNIT_COUNT(kept); i++) {
        assert_fact(json_equal(json_object_get(before, kept[i]), json_object_get(after, kept[i])),
                    "%s changed", kept[i]);
    }
}

static void test_a_reload_keeps_state_and_rhythm_of_what_did_not_change(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_int_t next;
    json_t *before;
    json_t *after;

    check->delay_loop = 700 * MS;
    world_configure(world, conf);
    wait_results(world, "refused", 2);
    wait_time(world, 100 * MS);
    before = first_check(world);
    next = next_in_ms(world);
    conf = conf_of_one(port, &service, &server, &check);
    check->delay_loop = 700 * MS;
    world_configure(world, conf);
    after = first_check(world);
    next -= next_in_ms(world);
    assert_fact(next >= 0 && next < 100, "the next check moved by %lld ms", (long long)next);
    expect_same_check(before, after);
    assert_int_equal(json_integer_value(json_object_get(after, "fails_in_row")), 2);
    assert_int_equal(world->seen_count, 3);
    json_decref(before);
    json_decref(after);
}

static void test_a_reload_leaves_a_check_that_runs_alone(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);
    int64_t start = clock_now();

    for (int reload = 0; reload < 3; reload++) {
        struct conf *conf = conf_of_one(port, &service, &server, &check);

        check->connect_timeout = S;
        world_configure(world, conf);
        if (reload == 0) {
            wait_time(world, 1200 * MS); /* it runs since 1 s */
        }
        wait_time(world, 100 * MS);
    }
    wait_events(world, 3);
    assert_non_null(strstr(world->seen[1].reason, "no answer within 1.0"));
    assert_true(clock_now() - start < 2700 * MS);
    close_full_listener(fd, clients);
}

static void test_a_server_whose_check_changed_keeps_its_state_and_is_checked_soon(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    int fd;

    world_configure(world, conf);
    wait_events(world, 3);
    conf = conf_of_one(port, &service, &server, &check);
    check->delay_loop = 60 * S;
    check->warmup = 60 * S;
    fd = listen_at("127.0.0.1", &port, 10);
    assert_true(fd >= 0);
    world_configure(world, conf);
    assert_int_equal(world->seen_count, 3);
    expect_view(world, port, false, 0); /* a new one would be up until its first check */
    assert_true(next_in_ms(world) <= 3000);
    wait_events(world, 5);
    assert_int_equal(world->seen[3].kind, CHECKER_SERVER_UP);
    (void)close(fd);
}

static void test_a_server_that_was_up_has_its_retries_after_its_check_changed(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    world_configure(world, conf);
    wait_results(world, "ok", 1);
    conf = conf_of_one(port, &service, &server, &check);
    check->retry = 3;
    check->alpha = true; /* for servers that are new */
    (void)close(fd);
    world_configure(world, conf);
    expect_view(world, port, true, 1);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (4 tries)");
}

static void test_a_removed_server_is_told_and_not_checked_any_more(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    struct arrival arrival = {.fd = listener(&port), .wanted = 1};

    world_configure(world, conf_of_one(port, &service, &server, &check));
    wait_results(world, "ok", 1);
    world_configure(world, conf_begin());
    assert_int_equal(world->seen_count, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "removed from the configuration");
    expect_seen(world, 2, CHECKER_QUORUM_DOWN, "removed from the configuration");
    assert_true(world->seen[1].removed && world->seen[2].removed);
    expect_view(world, port, false, 0);
    (void)accept_all(arrival.fd, &arrival.peer);
    wait_time(world, 200 * MS);
    assert_int_equal(accept_all(arrival.fd, &arrival.peer), 0);
    (void)close(arrival.fd);
}

static void test_a_removed_server_that_was_down_is_not_told_again(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;

    world_configure(world, conf_of_one(closed_port(), &service, &server, &check));
    wait_events(world, 3);
    world_configure(world, conf_begin());
    assert_int_equal(world->seen_count, 3);
}

static void test_a_check_can_be_removed_while_it_runs(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);

    world_configure(world, conf_of_one(port, &service, &server, &check));
    wait_time(world, 1100 * MS);
    world_configure(world, conf_begin());
    wait_time(world, 600 * MS); /* past its timeout */
    assert_int_equal(results_of(world, "timeout"), 0);
    close_full_listener(fd, clients);
}

static void test_a_new_weight_is_seen_at_once_and_moves_no_server(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    unsigned changes;

    world_configure(world, conf);
    wait_results(world, "ok", 1);
    changes = world->changes;
    conf = conf_of_one(port, &service, &server, &check);
    server->weight = 42;
    world_configure(world, conf);
    expect_view(world, port, true, 42);
    assert_true(world->changes > changes);
    assert_int_equal(world->seen_count, 1);
    (void)close(fd);
}

static void test_quorum_is_judged_anew_by_new_weights(void **state)
{
    struct world *world = *state;
    uint16_t port = closed_port();

    for (int reload = 0; reload < 2; reload++) {
        struct conf *conf = conf_begin();
        struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

        struct conf_real_server *dead = conf_server(conf, service, "127.0.0.2", port);

        dead->weight = 10;
        (void)conf_check(conf, dead);
        conf_server(conf, service, "127.0.0.1", 7)->weight = reload ? 3 : 10;
        service->quorum = 9;
        world_configure(world, conf);
        if (!reload) {
            wait_events(world, 2); /* .2 is down, 10 of 20 are alive: still quorum */
            assert_int_equal(world->seen[1].kind, CHECKER_SERVER_DOWN);
        }
    }
    wait_events(world, 3);
    expect_seen(world, 2, CHECKER_QUORUM_DOWN, "live weight 3 of 13, needed 9");
}

/* Three servers, one of them dead: between the bounds of hysteresis, where the past counts. */
static void test_a_reload_keeps_quorum_that_hysteresis_keeps(void **state)
{
    struct world *world = *state;
    uint16_t port = closed_port();

    for (int reload = 0; reload < 2; reload++) {
        struct conf *conf = conf_begin();
        struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

        service->quorum = 2;
        service->hysteresis = 1;
        (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", port));
        (void)conf_server(conf, service, "127.0.0.2", 7);
        (void)conf_server(conf, service, "127.0.0.3", 7);
        world_configure(world, conf);
        wait_events(world, 2); /* quorum from the start, the dead server */
        assert_int_equal(world->seen[1].kind, CHECKER_SERVER_DOWN);
    }
}

/* ---- Copies while a configuration changes ------------------------------------------------------ */

/* So many services of two servers each; all servers have the same check. */
static struct conf *conf_of_services(unsigned count, uint16_t port)
{
    struct conf *conf = conf_begin();

    for (unsigned i = 0; i < count; i++) {
        struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", (uint16_t)(8000 + i));

        (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", port));
        (void)conf_check(conf, conf_server(conf, service, "127.0.0.2", port));
    }
    return conf;
}

/* Once for each server, before its service, and again for those alone that a reload adds. */
static void test_servers_that_are_up_from_the_start_are_told_where_that_is_wanted(void **state)
{
    struct world *world = *state;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_services(1, port);
    struct conf_virtual_server *service;

    conf->global.tell_new_servers = true;
    world_configure(world, conf);
    assert_int_equal(world->seen_count, 3);
    for (unsigned i = 0; i < 2; i++) {
        expect_seen(world, i, CHECKER_SERVER_UP, "there from the start");
    }
    expect_seen(world, 2, CHECKER_QUORUM_UP, "there from the start");
    conf = conf_of_services(1, port);
    conf->global.tell_new_servers = true;
    service = STAILQ_FIRST(&conf->virtual_servers);
    (void)conf_server(conf, service, "127.0.0.3", 7);
    world_configure(world, conf);
    expect_seen(world, 3, CHECKER_SERVER_UP, "there from the start");
    assert_int_equal(world->seen[3].port, 7);
}

/* The services of a copy in parts of one service each, complete from here on. */
static void expect_complete(struct world *world, struct checker_capture *capture)
{
    json_t *whole;
    json_t *parts;

    while (checker_capture_more(capture, 0)) {
    }
    parts = checker_render(capture);
    whole = checker_snapshot(world->checker);
    assert_fact(json_array_size(parts) == json_array_size(whole), "%zu services",
                json_array_size(parts));
    for (size_t i = 0; i < json_array_size(whole); i++) {
        json_t *service = json_array_get(parts, i);

        assert_string_equal(text_at(service, "name"), text_at(json_array_get(whole, i), "name"));
        assert_int_equal(json_array_size(json_object_get(service, "servers")), 2);
    }
    json_decref(parts);
    json_decref(whole);
    checker_capture_free(capture);
}

static void test_a_copy_in_parts_is_complete(void **state)
{
    struct world *world = *state;
    struct checker_capture *capture;

    world_configure(world, conf_of_services(4, closed_port()));
    wait_results(world, "refused", 2);
    capture = checker_capture_new(world->checker);
    for (int i = 0; i < 3; i++) {
        assert_true(checker_capture_more(capture, 0));
    }
    expect_complete(world, capture);
}

static void test_a_copy_stops_between_the_servers_of_a_service(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct checker_capture *capture;
    json_t *parts;
    json_t *whole;
    unsigned count = 1;

    for (unsigned i = 0; i < 300; i++) {
        (void)conf_server(conf, service, "127.0.0.1", (uint16_t)(i + 1));
    }
    world_configure(world, conf);
    capture = checker_capture_new(world->checker);
    while (checker_capture_more(capture, 0)) {
        count++;
    }
    assert_int_equal(count, 3); /* of 128 servers or fewer */
    parts = checker_render(capture);
    whole = checker_snapshot(world->checker);
    assert_int_equal(json_array_size(json_object_get(json_array_get(parts, 0), "servers")), 300);
    assert_true(json_equal(json_object_get(json_array_get(parts, 0), "servers"),
                           json_object_get(json_array_get(whole, 0), "servers")));
    json_decref(parts);
    json_decref(whole);
    checker_capture_free(capture);
}

/* A copy of four services that has its first part. */
static struct checker_capture *capture_begun(struct world *world)
{
    struct checker_capture *capture;

    world_configure(world, conf_of_services(4, closed_port()));
    capture = checker_capture_new(world->checker);
    assert_true(checker_capture_more(capture, 0));
    return capture;
}

static void test_a_copy_begins_again_with_a_new_configuration(void **state)
{
    struct world *world = *state;
    struct checker_capture *capture = capture_begun(world);

    assert_true(checker_capture_more(capture, 0));
    world_configure(world, conf_of_services(2, closed_port()));
    expect_complete(world, capture);
}

static void test_a_copy_that_is_not_complete_can_be_freed(void **state)
{
    struct world *world = *state;
    struct checker_capture *capture = capture_begun(world);

    checker_capture_free(capture);
}

static json_int_t summary_number(struct world *world, const char *key)
{
    json_t *summary = checker_summary(world->checker);
    json_int_t number = json_integer_value(json_object_get(summary, key));

    json_decref(summary);
    return number;
}

static bool met_run(struct world *world, void *argument)
{
    (void)argument;
    return summary_number(world, "running") == 1;
}

static void test_runs_are_counted_until_they_end(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->connect_timeout = 10 * S;
    assert_int_equal(summary_number(world, "running"), 0);
    world_configure(world, conf);
    world_wait(world, "a run", met_run, NULL);
    world_configure(world, conf_begin()); /* it ends with its server */
    assert_int_equal(summary_number(world, "running"), 0);
    world_configure(world, conf_of_one(closed_port(), &service, &server, &check));
    wait_results(world, "refused", 2);
    assert_int_equal(summary_number(world, "running"), 0);
    close_full_listener(fd, clients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_reload_keeps_state_and_rhythm_of_what_did_not_change),
        WORLD_TEST(test_a_reload_leaves_a_check_that_runs_alone),
        WORLD_TEST(test_a_server_whose_check_changed_keeps_its_state_and_is_checked_soon),
        WORLD_TEST(test_a_server_that_was_up_has_its_retries_after_its_check_changed),
        WORLD_TEST(test_a_removed_server_is_told_and_not_checked_any_more),
        WORLD_TEST(test_a_removed_server_that_was_down_is_not_told_again),
        WORLD_TEST(test_a_check_can_be_removed_while_it_runs),
        WORLD_TEST(test_a_new_weight_is_seen_at_once_and_moves_no_server),
        WORLD_TEST(test_quorum_is_judged_anew_by_new_weights),
        WORLD_TEST(test_a_reload_keeps_quorum_that_hysteresis_keeps),
        WORLD_TEST(test_a_copy_in_parts_is_complete),
        WORLD_TEST(test_a_copy_stops_between_the_servers_of_a_service),
        WORLD_TEST(test_a_copy_begins_again_with_a_new_configuration),
        WORLD_TEST(test_servers_that_are_up_from_the_start_are_told_where_that_is_wanted),
        WORLD_TEST(test_a_copy_that_is_not_complete_can_be_freed),
        WORLD_TEST(test_runs_are_counted_until_they_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
