/* SPDX-License-Identifier: Apache-2.0
 *
 * What one check means for its server, and where checks come from.
 */
#include "checker_world.h"

#include "base/arena.h"
#include "base/memory.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- One check --------------------------------------------------------------------------------- */

static void test_a_listening_server_stays_up_and_its_result_is_kept(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_t *object;
    json_t *result;

    server->weight = 7;
    world_configure(world, conf);
    expect_view(world, port, true, 7);
    expect_seen(world, 0, CHECKER_QUORUM_UP, "there from the start");
    wait_results(world, "ok", 3);
    expect_view(world, port, true, 7);
    assert_int_equal(world->seen_count, 1);
    object = first_server(world);
    assert_string_equal(text_at(object, "state"), "up");
    assert_string_equal(text_at(object, "admin"), "ready");
    json_decref(object);
    object = first_check(world);
    result = json_object_get(object, "last_result");
    assert_string_equal(text_at(result, "class"), "ok");
    assert_string_equal(text_at(result, "text"), "connected");
    assert_true(json_real_value(json_object_get(result, "duration_ms")) > 0);
    assert_true(json_real_value(json_object_get(result, "duration_ms")) < 500);
    json_decref(object);
    (void)close(fd);
}

static void test_the_first_check_comes_after_a_second(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    int64_t start = clock_now();

    world_configure(world, conf_of_one(closed_port(), &service, &server, &check));
    wait_results(world, "refused", 1);
    assert_true(clock_now() - start >= S);
}

static void test_a_server_that_refuses_goes_down_at_its_first_try_and_says_why(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    char expected[200];
    unsigned changes;

    world_configure(world, conf_of_one(port, &service, &server, &check));
    changes = world->changes;
    wait_events(world, 3);
    assert_true(world->changes > changes);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (1 try)");
    assert_int_equal(world->seen[1].port, port);
    expect_seen(world, 2, CHECKER_QUORUM_DOWN, "live weight 0 of 1, needed 1");
    expect_view(world, port, false, 0);
    (void)snprintf(
        expected, sizeof(expected),
        "192.0.2.1:80/tcp 127.0.0.1:%u: warning: DOWN: TCP_CHECK: connection refused (1 try)\n",
        port);
    assert_fact(strstr(logged(world), expected), "the log has:\n%s", logged(world));
    assert_non_null(strstr(logged(world), "192.0.2.1:80/tcp: warning: quorum lost: live weight 0"));
}

static void test_transitions_alone_are_logged(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    unsigned lines = 0;

    world_configure(world, conf_of_one(closed_port(), &service, &server, &check));
    wait_results(world, "refused", 5);
    for (const char *at = logged(world); (at = strchr(at, '\n')); at++) {
        lines++;
    }
    assert_fact(lines == 2, "the log has:\n%s", logged(world)); /* DOWN, quorum lost */
}

static void test_each_failed_try_is_logged_where_that_is_asked_for(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    char expected[200];

    check->log_all_failures = true;
    world_configure(world, conf);
    wait_results(world, "refused", 2);
    (void)snprintf(expected, sizeof(expected), "TCP_CHECK 127.0.0.1:%u: connection refused (try 2)",
                   port);
    assert_fact(strstr(logged(world), expected), "the log has:\n%s", logged(world));
}

static void test_who_wants_its_failures_logged_shares_the_check_all_the_same(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_t *summary;

    check->log_all_failures = true;
    (void)conf_check(conf,
                     conf_server(conf, conf_service(conf, "192.0.2.2", 80), "127.0.0.1", port));
    world_configure(world, conf);
    wait_results(world, "refused", 2);
    summary = checker_summary(world->checker);
    assert_int_equal(json_integer_value(json_object_get(summary, "count")), 1);
    json_decref(summary);
    assert_non_null(strstr(logged(world), "connection refused (try 2)"));
}

/* Results of a class that a service tells; they are as many as its histogram has. */
static json_int_t service_results(struct world *world, size_t index, const char *class)
{
    json_t *snapshot = checker_snapshot(world->checker);
    const json_t *service = json_array_get(snapshot, index);
    json_int_t results =
        json_integer_value(json_object_get(json_object_get(service, "check_results"), class));
    json_int_t counted = 0;
    json_t *bucket;
    size_t i;

    assert_non_null(service);
    json_array_foreach(json_object_get(json_object_get(service, "check_duration"), "buckets"), i,
                       bucket) {
        counted += json_integer_value(json_object_get(bucket, "count"));
    }
    assert_int_equal(counted, results);
    json_decref(snapshot);
    return results;
}

static void test_a_result_counts_for_each_service_of_its_check_and_stays_over_a_reload(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_int_t before;
    json_t *told;

    (void)conf_check(conf,
                     conf_server(conf, conf_service(conf, "192.0.2.2", 80), "127.0.0.1", port));
    world_configure(world, conf);
    wait_results(world, "refused", 2);
    before = service_results(world, 0, "refused");
    assert_true(before >= 2);
    assert_int_equal(service_results(world, 1, "refused"), before);
    told = first_check(world);
    assert_int_equal(json_integer_value(json_object_get(told, "failures")), before);
    assert_int_equal(json_integer_value(json_object_get(told, "successes")), 0);
    json_decref(told);

    conf = conf_of_one(port, &service, &server, &check);
    (void)conf_check(conf,
                     conf_server(conf, conf_service(conf, "192.0.2.3", 80), "127.0.0.1", port));
    world_configure(world, conf);
    assert_int_equal(service_results(world, 0, "refused"), before);
    assert_int_equal(service_results(world, 1, "refused"), 0); /* it is new */
}

static void test_a_server_goes_down_after_its_retries_and_comes_back(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->retry = 2;
    world_configure(world, conf);
    wait_results(world, "ok", 1);
    (void)close(fd);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (3 tries)");
    expect_view(world, port, false, 0);
    fd = listen_at("127.0.0.1", &port, 10);
    assert_true(fd >= 0);
    wait_events(world, 5);
    assert_int_equal(world->seen[3].kind, CHECKER_SERVER_UP);
    assert_non_null(strstr(world->seen[3].reason, "TCP_CHECK: connected in "));
    expect_seen(world, 4, CHECKER_QUORUM_UP, "live weight 1 of 1, needed 1");
    expect_view(world, port, true, 1);
    (void)close(fd);
}

static void test_a_server_that_does_not_answer_times_out(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_t *object;
    double took;

    check->connect_timeout = 70 * MS;
    world_configure(world, conf);
    wait_events(world, 3);
    assert_int_equal(world->seen[1].kind, CHECKER_SERVER_DOWN);
    assert_non_null(strstr(world->seen[1].reason, "TCP_CHECK: no answer within "));
    object = first_check(world);
    took = json_real_value(json_object_get(json_object_get(object, "last_result"), "duration_ms"));
    assert_fact(took >= 70 && took < 3000, "took %f ms", took);
    json_decref(object);
    close_full_listener(fd, clients);
}

static void test_with_alpha_a_server_is_out_until_all_its_checks_succeeded(void **state)
{
    struct world *world = *state;
    uint16_t ports[2];
    int fds[2] = {listener(&ports[0]), listener(&ports[1])};
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct conf_real_server *server = conf_server(conf, service, "127.0.0.1", ports[0]);
    struct conf_check *first = conf_check(conf, server);
    struct conf_check *second = conf_check(conf, server);

    first->alpha = true;
    second->alpha = true;
    second->connect_port = ports[1];
    second->warmup = 1; /* another question all the same */
    world_configure(world, conf);
    expect_state(world, "checking");
    expect_view(world, ports[0], false, 0);
    assert_int_equal(world->seen_count, 0);
    wait_results(world, "ok", 1);
    wait_events(world, 2);
    assert_int_equal(world->seen[0].kind, CHECKER_SERVER_UP);
    assert_int_equal(world->seen[1].kind, CHECKER_QUORUM_UP);
    assert_true(results_of(world, "ok") >= 2);
    expect_view(world, ports[0], true, 1);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static bool is_unasked(const struct world *world, const uint16_t *port)
{
    struct conf_service_key service = service_key("192.0.2.1", 80);
    struct conf_server_key server = server_key("127.0.0.1", port ? *port : 0);

    return checker_is_unasked(world->checker, &service, port ? &server : NULL);
}

static void test_a_server_is_unasked_until_its_checks_have_spoken(void **state)
{
    struct world *world = *state;
    uint16_t ports[3];
    int fd = listener(&ports[0]);
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct conf_check *check = conf_check(conf, conf_server(conf, service, "127.0.0.1", ports[0]));
    unsigned changes;

    ports[1] = closed_port();
    ports[2] = 9; /* without a check: nothing to wait for */
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", ports[1]));
    (void)conf_server(conf, service, "127.0.0.1", ports[2]);
    check->delay_loop = 3 * S;
    check->warmup = 1;
    world_configure(world, conf);
    assert_true(is_unasked(world, NULL) && is_unasked(world, &ports[0]));
    assert_true(is_unasked(world, &ports[1]));
    assert_false(is_unasked(world, &ports[2]));
    changes = world->changes;
    wait_results(world, "ok", 1);
    wait_results(world, "refused", 1);
    assert_false(is_unasked(world, NULL) || is_unasked(world, &ports[0]));
    assert_false(is_unasked(world, &ports[1]));
    assert_true(world->changes >= changes + 2); /* one went down, and both are asked */
    (void)close(fd);
}

static void test_one_failing_check_of_several_takes_the_server_down(void **state)
{
    struct world *world = *state;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct conf_real_server *server = conf_server(conf, service, "127.0.0.1", port);

    (void)conf_check(conf, server);
    conf_check(conf, server)->connect_port = closed_port();
    world_configure(world, conf);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (1 try)");
    wait_results(world, "ok", 3);
    assert_int_equal(world->seen_count, 3);
    expect_view(world, port, false, 0);
    (void)close(fd);
}

static void test_with_inhibit_a_dead_server_stays_with_weight_0(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    server->inhibit_on_failure = true;
    world_configure(world, conf);
    expect_view(world, port, true, 1);
    wait_events(world, 3);
    expect_view(world, port, true, 0);
}

static void test_the_sorry_server_is_in_while_nobody_is_alive(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    int fd;

    service->sorry_server = conf_server_alone(conf, "127.0.0.9", 8080);
    world_configure(world, conf);
    expect_sorry(world, false, 0);
    wait_events(world, 3);
    expect_seen(world, 2, CHECKER_QUORUM_DOWN,
                "live weight 0 of 1, needed 1; sorry server 127.0.0.9:8080 is in");
    expect_sorry(world, true, 1);
    fd = listen_at("127.0.0.1", &port, 10);
    assert_true(fd >= 0);
    wait_events(world, 5);
    expect_sorry(world, false, 0);
    expect_view(world, port, true, 1);
    (void)close(fd);
}

static void test_a_server_without_checks_is_always_up(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();

    conf_server(conf, conf_service(conf, "192.0.2.1", 80), "127.0.0.1", 9)->alpha = true;
    world_configure(world, conf);
    expect_view(world, 9, true, 1);
    expect_state(world, "up");
}

static void test_what_is_not_configured_is_not_in_the_table(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_service_key other = service_key("192.0.2.2", 80);
    struct conf_server_key server = server_key("127.0.0.1", 9);
    uint32_t weight = 1;

    (void)conf_server(conf, conf_service(conf, "192.0.2.1", 80), "127.0.0.1", 9);
    world_configure(world, conf);
    expect_view(world, 10, false, 0);
    expect_sorry(world, false, 0);
    assert_false(checker_server_view(world->checker, &other, &server, &weight));
    assert_int_equal(weight, 0);
}

static void test_ipv6_servers_are_checked(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "2001:db8::1", 80);
    uint16_t port = 0;
    int fd = listen_at("::1", &port, 10);
    json_t *snapshot;

    if (fd < 0) {
        arena_free(conf->arena);
        skip(); /* this machine has no IPv6 */
    }
    (void)conf_check(conf, conf_server(conf, service, "::1", port));
    world_configure(world, conf);
    wait_results(world, "ok", 2);
    snapshot = checker_snapshot(world->checker);
    assert_string_equal(text_at(json_array_get(snapshot, 0), "family"), "ipv6");
    json_decref(snapshot);
    (void)close(fd);
}

/* ---- Where checks come from -------------------------------------------------------------------- */

static void test_checks_come_from_the_address_and_port_that_they_are_bound_to(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    struct arrival arrival = {.fd = listener(&port), .wanted = 4};
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    uint16_t source = closed_port();

    check->bind_addr = address_of("127.0.0.77");
    check->bind_port = source;
    check->bind_interface = "lo";
    world_configure(world, conf);
    world_wait(world, "four connections from one port", met_arrivals, &arrival);
    assert_int_equal(results_of(world, "local"), 0); /* the port was free again each time */
    assert_int_equal(ntohs(arrival.peer.sin_port), source);
    assert_int_equal(ntohl(arrival.peer.sin_addr.s_addr), 0x7f00004d);
    assert_int_equal(world->seen_count, 1);
    (void)close(arrival.fd);
}

static void test_checks_come_from_an_address_with_any_port(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    struct arrival arrival = {.fd = listener(&port), .wanted = 2};
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->bind_addr = address_of("127.0.0.78");
    world_configure(world, conf);
    world_wait(world, "two connections", met_arrivals, &arrival);
    assert_int_equal(ntohl(arrival.peer.sin_addr.s_addr), 0x7f00004e);
    (void)close(arrival.fd);
}

static void test_a_connection_to_itself_is_no_answer(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port = closed_port();
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->bind_addr = check->connect_addr;
    check->bind_port = port;
    world_configure(world, conf);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (1 try)");
}

/* ---- Errors of our own ------------------------------------------------------------------------- */

static void expect_local(struct world *world, const char *text)
{
    json_t *check;
    char expected[200];

    wait_results(world, "local", 2);
    check = first_check(world);
    assert_string_equal(text_at(json_object_get(check, "last_result"), "class"), "local");
    assert_string_equal(text_at(json_object_get(check, "last_result"), "text"), text);
    assert_int_equal(json_integer_value(json_object_get(check, "fails_in_row")), 0);
    json_decref(check);
    expect_state(world, "up");
    assert_int_equal(world->seen_count, 1);
    (void)snprintf(expected, sizeof(expected),
                   "TCP_CHECK: warning: cannot check: %s; servers keep their state", text);
    assert_fact(strstr(logged(world), expected), "the log has:\n%s", logged(world));
}

static void test_a_source_address_that_is_not_ours_is_not_the_servers_death(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(closed_port(), &service, &server, &check);

    check->bind_addr = address_of("192.0.2.200");
    world_configure(world, conf);
    expect_local(world, "cannot assign requested address");
}

static void test_an_interface_that_is_not_there_is_not_the_servers_death(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(closed_port(), &service, &server, &check);

    check->bind_interface = "no-such-if0";
    world_configure(world, conf);
    expect_local(world, "no such device");
}

static void test_running_out_of_descriptors_is_not_the_servers_death(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct rlimit limit;
    struct rlimit none;

    world_configure(world, conf_of_one(port, &service, &server, &check));
    wait_results(world, "ok", 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    /* Descriptors that are there can be used on; dup2() onto standard error too. */
    expect_local(world, "too many open files");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    wait_results(world, "ok", 2);
    assert_int_equal(world->seen_count, 1);
    (void)close(fd);
}

/* ---- One check for one question ---------------------------------------------------------------- */

static void test_the_same_question_of_several_services_is_asked_once(void **state)
{
    struct world *world = *state;
    uint16_t port;
    struct arrival arrival = {.fd = listener(&port), .wanted = 1};
    struct conf *conf = conf_begin();
    json_t *summary;

    for (uint16_t i = 0; i < 5; i++) {
        struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", (uint16_t)(80 + i));

        (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", port));
    }
    world_configure(world, conf);
    assert_int_equal(world->seen_count, 5);
    summary = checker_summary(world->checker);
    assert_int_equal(json_integer_value(json_object_get(summary, "count")), 1);
    json_decref(summary);
    wait_results(world, "ok", 4);
    (void)met_arrivals(world, &arrival);
    assert_true(arrival.count <= results_of(world, "ok") + 1);
    (void)close(arrival.fd);
    wait_events(world, 15);
    for (unsigned i = 5; i < 15; i += 2) {
        expect_seen(world, i, CHECKER_SERVER_DOWN, "TCP_CHECK: connection refused (2 tries)");
        assert_int_equal(world->seen[i + 1].kind, CHECKER_QUORUM_DOWN);
    }
}

/* ---- Stop -------------------------------------------------------------------------------------- */

static void test_a_stop_tells_of_services_with_omega_alone(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    uint16_t port;
    struct arrival arrival = {.fd = listener(&port), .wanted = 1};
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    service->omega = true;
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", port));
    (void)conf_server(conf, conf_service(conf, "192.0.2.1", 81), "127.0.0.1", 81);
    world_configure(world, conf);
    wait_results(world, "ok", 1);
    checker_stop(world->checker);
    assert_int_equal(world->seen_count, 4);
    expect_seen(world, 2, CHECKER_SERVER_DOWN, "stopping");
    assert_int_equal(world->seen[2].port, port);
    expect_seen(world, 3, CHECKER_QUORUM_DOWN, "stopping");
    expect_view(world, port, true, 1);
    (void)accept_all(arrival.fd, &arrival.peer);
    wait_time(world, 200 * MS);
    assert_int_equal(accept_all(arrival.fd, &arrival.peer), 0);
    (void)close(arrival.fd);
}

/* ---- Documentation ----------------------------------------------------------------------------- */

static char *read_documentation(void)
{
    const char *srcdir = getenv("srcdir");
    char *text = memory_new(1, 65536);
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/doc/status.md", srcdir ? srcdir : "..");
    file = fopen(path, "re");
    assert_fact(file != NULL, "%s cannot be read", path);
    assert_true(fread(text, 1, 65535, file) > 0);
    (void)fclose(file);
    return text;
}

static void expect_documented(const json_t *value, const char *documentation)
{
    const char *name;
    json_t *member;
    size_t index;

    json_object_foreach((json_t *)value, name, member) {
        char quoted[100];

        (void)snprintf(quoted, sizeof(quoted), "`%s`", name);
        assert_fact(strstr(documentation, quoted), "%s is not in doc/status.md", quoted);
        expect_documented(member, documentation);
    }
    json_array_foreach(value, index, member) {
        expect_documented(member, documentation);
    }
}

static void test_every_member_of_the_snapshot_is_documented(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(closed_port(), &service, &server, &check);
    char *documentation = read_documentation();
    json_t *snapshot;

    service->sorry_server = conf_server_alone(conf, "127.0.0.9", 8080);
    world_configure(world, conf);
    wait_results(world, "refused", 1);
    snapshot = checker_snapshot(world->checker);
    expect_documented(snapshot, documentation);
    json_decref(snapshot);
    snapshot = checker_summary(world->checker);
    expect_documented(snapshot, documentation);
    json_decref(snapshot);
    free(documentation);
}

/* ---- In a network of its own ------------------------------------------------------------------- */

/* A network of this process alone, where one setting of IPv4 is changed; it needs root. */
static bool own_network(const char *setting, const char *value)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    char path[100];
    int fd;
    bool done;

    if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
        return false;
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    done = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    (void)close(fd);
    (void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", setting);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    done = done && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    (void)close(fd);
    return done;
}

struct marked {
    int fd;
    uint32_t mark;
};

static bool met_mark(struct world *world, void *argument)
{
    struct marked *marked = argument;
    socklen_t size = sizeof(marked->mark);
    int fd = accept(marked->fd, NULL, NULL);

    (void)world;
    if (fd < 0) {
        return false;
    }
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_MARK, &marked->mark, &size), 0);
    (void)close(fd);
    return true;
}

static void test_packets_of_a_check_carry_its_mark(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct marked marked = {0};
    struct conf *conf;
    uint16_t port;

    if (!own_network("tcp_fwmark_accept", "1")) { /* accepted ones take over their client's mark */
        skip();
    }
    marked.fd = listener(&port);
    conf = conf_of_one(port, &service, &server, &check);
    check->fwmark = 4711;
    world_configure(world, conf);
    world_wait(world, "a connection", met_mark, &marked);
    assert_int_equal(marked.mark, 4711);
    (void)close(marked.fd);
}

/* Without timestamps TCP keeps a port that closed first for a minute: RFC 6191. */
static void test_a_bound_port_is_free_again_at_once_without_timestamps_too(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct arrival arrival = {.wanted = 4};
    struct conf *conf;
    uint16_t port;

    if (!own_network("tcp_timestamps", "0")) {
        skip();
    }
    arrival.fd = listener(&port);
    conf = conf_of_one(port, &service, &server, &check);
    check->bind_port = 9999;
    world_configure(world, conf);
    world_wait(world, "four connections from one port", met_arrivals, &arrival);
    assert_int_equal(results_of(world, "local"), 0);
    assert_int_equal(ntohs(arrival.peer.sin_port), 9999);
    (void)close(arrival.fd);
}

static void test_a_server_without_a_route_is_unreachable(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf;
    json_t *object;

    if (!own_network("ip_forward", "0")) { /* nothing but lo is there */
        skip();
    }
    conf = conf_of_one(80, &service, &server, &check);
    check->connect_addr = address_of("192.0.2.7");
    world_configure(world, conf);
    wait_events(world, 3);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "TCP_CHECK: network is unreachable (1 try)");
    object = first_check(world);
    assert_string_equal(text_at(json_object_get(object, "last_result"), "class"), "unreachable");
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_listening_server_stays_up_and_its_result_is_kept),
        WORLD_TEST(test_the_first_check_comes_after_a_second),
        WORLD_TEST(test_a_server_that_refuses_goes_down_at_its_first_try_and_says_why),
        WORLD_TEST(test_transitions_alone_are_logged),
        WORLD_TEST(test_each_failed_try_is_logged_where_that_is_asked_for),
        WORLD_TEST(test_who_wants_its_failures_logged_shares_the_check_all_the_same),
        WORLD_TEST(test_a_result_counts_for_each_service_of_its_check_and_stays_over_a_reload),
        WORLD_TEST(test_a_server_goes_down_after_its_retries_and_comes_back),
        WORLD_TEST(test_a_server_that_does_not_answer_times_out),
        WORLD_TEST(test_with_alpha_a_server_is_out_until_all_its_checks_succeeded),
        WORLD_TEST(test_a_server_is_unasked_until_its_checks_have_spoken),
        WORLD_TEST(test_one_failing_check_of_several_takes_the_server_down),
        WORLD_TEST(test_with_inhibit_a_dead_server_stays_with_weight_0),
        WORLD_TEST(test_the_sorry_server_is_in_while_nobody_is_alive),
        WORLD_TEST(test_a_server_without_checks_is_always_up),
        WORLD_TEST(test_what_is_not_configured_is_not_in_the_table),
        WORLD_TEST(test_ipv6_servers_are_checked),
        WORLD_TEST(test_checks_come_from_the_address_and_port_that_they_are_bound_to),
        WORLD_TEST(test_checks_come_from_an_address_with_any_port),
        WORLD_TEST(test_a_connection_to_itself_is_no_answer),
        WORLD_TEST(test_a_source_address_that_is_not_ours_is_not_the_servers_death),
        WORLD_TEST(test_an_interface_that_is_not_there_is_not_the_servers_death),
        WORLD_TEST(test_running_out_of_descriptors_is_not_the_servers_death),
        WORLD_TEST(test_the_same_question_of_several_services_is_asked_once),
        WORLD_TEST(test_a_stop_tells_of_services_with_omega_alone),
        WORLD_TEST(test_every_member_of_the_snapshot_is_documented),
        WORLD_TEST(test_packets_of_a_check_carry_its_mark),
        WORLD_TEST(test_a_bound_port_is_free_again_at_once_without_timestamps_too),
        WORLD_TEST(test_a_server_without_a_route_is_unreachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
