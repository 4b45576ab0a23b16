/* SPDX-License-Identifier: Apache-2.0
 *
 * What operators ask of servers and checks, what the last results were, and checks that pause.
 */
#include "checker_world.h"

#include "base/text.h"

#include <sys/resource.h>
#include <unistd.h>

#define SERVICE "192.0.2.1:80/tcp"

/* A server's name. */
static const char *name_of(char name[INET_ENDPOINT_TEXT_SIZE], uint16_t port)
{
    (void)snprintf(name, INET_ENDPOINT_TEXT_SIZE, "127.0.0.1:%u", port);
    return name;
}

static void steer(struct world *world, uint16_t port, enum health_admin admin, int64_t span)
{
    char name[INET_ENDPOINT_TEXT_SIZE];
    char problem[CHECKER_PROBLEM_SIZE];
    const struct checker_steering steering = {.service = SERVICE,
                                              .server = name_of(name, port),
                                              .admin = admin,
                                              .span = span,
                                              .by = "uid 7"};

    assert_true(checker_steer(world->checker, &steering, problem));
}

static void weigh(struct world *world, uint16_t port, uint32_t weight)
{
    char name[INET_ENDPOINT_TEXT_SIZE];
    char problem[CHECKER_PROBLEM_SIZE];
    const struct checker_steering steering = {.service = SERVICE,
                                              .server = name_of(name, port),
                                              .weighed = true,
                                              .weight = weight,
                                              .by = "uid 7"};

    assert_true(checker_steer(world->checker, &steering, problem));
}

/* A service with two servers of weight 5 that are up. */
static struct conf *conf_of_two(uint32_t slow_start_s)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    for (uint16_t port = 7; port <= 8; port++) {
        struct conf_real_server *server = conf_server(conf, service, "127.0.0.1", port);

        server->weight = 5;
        server->slow_start = slow_start_s * S;
    }
    return conf;
}

/* ---- Orders ------------------------------------------------------------------------------------ */

static void test_a_drained_server_keeps_its_place_with_weight_0_over_reloads(void **state)
{
    struct world *world = *state;
    json_t *server;

    world_configure(world, conf_of_two(0));
    steer(world, 7, HEALTH_ADMIN_DRAIN, 0);
    expect_view(world, 7, true, 0);
    expect_view(world, 8, true, 5);
    assert_int_equal(world->orders, 1);
    world_configure(world, conf_of_two(0));
    expect_view(world, 7, true, 0);
    server = first_server(world);
    assert_string_equal(text_at(server, "admin"), "drain");
    assert_string_equal(text_at(json_object_get(server, "operator"), "by"), "uid 7");
    json_decref(server);
    world_configure(world, conf_begin()); /* it goes, and comes again */
    world_configure(world, conf_of_two(0));
    expect_view(world, 7, true, 0);
    steer(world, 7, HEALTH_ADMIN_READY, 0);
    expect_view(world, 7, true, 5);
    server = first_server(world);
    assert_true(json_is_null(json_object_get(server, "operator")));
    json_decref(server);
}

static void test_maintenance_takes_out_and_quorum_counts_it(void **state)
{
    struct world *world = *state;

    world_configure(world, conf_of_two(0));
    steer(world, 7, HEALTH_ADMIN_MAINT, 0);
    expect_view(world, 7, false, 0);
    steer(world, 8, HEALTH_ADMIN_MAINT, 0);
    wait_events(world, 2);
    expect_seen(world, 1, CHECKER_QUORUM_DOWN, "live weight 0 of 10, needed 1");
    steer(world, 8, HEALTH_ADMIN_READY, 0);
    wait_events(world, 3);
    assert_int_equal(world->seen[2].kind, CHECKER_QUORUM_UP);
}

static void test_an_operators_weight_is_the_base_of_all_changes(void **state)
{
    struct world *world = *state;

    world_configure(world, conf_of_two(0));
    weigh(world, 7, 30);
    expect_view(world, 7, true, 30);
    steer(world, 7, HEALTH_ADMIN_DRAIN, 0); /* the weight stays asked for */
    expect_view(world, 7, true, 0);
    world_configure(world, conf_of_two(0));
    expect_view(world, 7, true, 0);
    steer(world, 7, HEALTH_ADMIN_READY, 0); /* undoes all */
    expect_view(world, 7, true, 5);
    weigh(world, 7, 0);
    expect_view(world, 7, true, 0);
}

static bool met_ready(struct world *world, void *argument)
{
    json_t *server = first_server(world);
    bool ready = strcmp(text_at(server, "admin"), "ready") == 0;

    (void)argument;
    json_decref(server);
    return ready;
}

static void test_an_order_ends_when_its_time_is_over(void **state)
{
    struct world *world = *state;

    world_configure(world, conf_of_two(0));
    steer(world, 7, HEALTH_ADMIN_MAINT, 300 * MS);
    expect_view(world, 7, false, 0);
    world_wait(world, "the end", met_ready, NULL);
    expect_view(world, 7, true, 5);
    assert_int_equal(world->orders, 2);
    assert_non_null(strstr(logged(world), "ready: the time that uid 7 had asked for is over"));
}

static void test_after_maintenance_a_server_starts_slowly(void **state)
{
    struct world *world = *state;

    world_configure(world, conf_of_two(60));
    steer(world, 7, HEALTH_ADMIN_MAINT, 0);
    steer(world, 7, HEALTH_ADMIN_READY, 0);
    expect_view(world, 7, true, 1);
    steer(world, 7, HEALTH_ADMIN_READY, 0); /* it is: nothing begins anew, or ends */
    expect_view(world, 7, true, 1);
}

static bool met_no_orders(struct world *world, void *argument)
{
    struct checker_orders *orders = checker_copy_orders(world->checker);
    json_t *list;
    bool all;

    (void)argument;
    assert_false(checker_look_at_orders(world->checker, orders, CLOCK_NEVER));
    list = checker_list_orders(orders);
    all = json_array_size(list) == 0;
    json_decref(list);
    checker_free_orders(orders);
    return all;
}

/* More than the loop ends in one turn. */
static void test_all_orders_end_whose_time_is_over(void **state)
{
    const uint16_t many = 100;
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    for (uint16_t port = 1; port <= many; port++) {
        (void)conf_server(conf, service, "127.0.0.1", port);
    }
    world_configure(world, conf);
    for (uint16_t port = 1; port <= many; port++) {
        steer(world, port, HEALTH_ADMIN_DRAIN, 300 * MS);
    }
    expect_view(world, many, true, 0);
    world_wait(world, "the end of all", met_no_orders, NULL);
    for (uint16_t port = 1; port <= many; port++) {
        expect_view(world, port, true, 1);
    }
}

static void test_orders_go_over_to_the_next_run(void **state)
{
    struct world *world = *state;
    struct checker_orders *orders;
    json_t *root = json_object();
    char problem[CHECKER_PROBLEM_SIZE];
    char *text;

    world_configure(world, conf_of_two(0));
    steer(world, 7, HEALTH_ADMIN_DRAIN, 0);
    weigh(world, 8, 9);
    orders = checker_copy_orders(world->checker);
    checker_write_orders(orders, root);
    checker_free_orders(orders);
    text = json_dumps(root, 0);
    steer(world, 7, HEALTH_ADMIN_READY, 0);
    steer(world, 8, HEALTH_ADMIN_READY, 0);
    assert_true(checker_read_orders(world->checker, text, strlen(text), problem));
    world_configure(world, conf_of_two(0));
    expect_view(world, 7, true, 0);
    expect_view(world, 8, true, 9);
    assert_false(checker_read_orders(world->checker, "{", 1, problem));
    expect_view(world, 7, true, 0); /* nothing was taken */
    free(text);
    json_decref(root);
}

static void test_an_order_for_nobody_is_refused(void **state)
{
    struct world *world = *state;
    struct checker_steering steering = {.service = "192.0.2.9:80/tcp", .server = "x", .by = ""};
    char problem[CHECKER_PROBLEM_SIZE];

    assert_false(checker_steer(world->checker, &steering, problem));
    world_configure(world, conf_of_two(0));
    assert_false(checker_steer(world->checker, &steering, problem));
    assert_string_equal(problem,
                        "there is no virtual server \"192.0.2.9:80/tcp\"; names are as the "
                        "status has them: \"192.0.2.1:80/tcp\"");
    steering.service = SERVICE;
    assert_false(checker_steer(world->checker, &steering, problem));
    assert_string_equal(problem,
                        "192.0.2.1:80/tcp has no real server \"x\"; names are as the status "
                        "has them");
    assert_int_equal(world->orders, 0);
}

static void expect_last_seen(struct world *world, enum checker_event_kind kind, const char *reason)
{
    expect_seen(world, world->seen_count - 1, kind, reason);
}

/* Servers that the operator has taken are neither used nor counted when a service fails open. */
static void test_failing_open_leaves_maintenance_out(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    uint16_t dead = closed_port();

    service->min_healthy = 1;
    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", dead));
    (void)conf_server(conf, service, "127.0.0.1", 8);
    world_configure(world, conf);
    wait_events(world, 2);
    expect_view(world, dead, false, 0);
    steer(world, 8, HEALTH_ADMIN_MAINT, 0); /* of those that are left none is up */
    expect_view(world, dead, true, 1);
    expect_view(world, 8, false, 0);
    expect_last_seen(world, CHECKER_OPEN_BEGAN,
                     "0 of 1 servers up, min_healthy wants 1: all are used, whatever their checks "
                     "say");
    steer(world, 8, HEALTH_ADMIN_READY, 0);
    expect_last_seen(world, CHECKER_OPEN_ENDED, "1 of 2 servers up, min_healthy wants 1");
    expect_view(world, dead, false, 0);
    expect_view(world, 8, true, 1);
}

/* ---- Checks on request ------------------------------------------------------------------------- */

static void keep_answer(void *argument, json_t *results)
{
    json_t **kept = argument;

    assert_null(*kept);
    *kept = results;
}

static bool met_answer(struct world *world, void *argument)
{
    (void)world;
    return *(json_t **)argument;
}

static void test_checks_are_made_on_request_and_answered(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    uint16_t good = 0;
    uint16_t dead = closed_port();
    int fd = listener(&good);
    struct conf_check *checks[2] = {
        conf_check(conf, conf_server(conf, service, "127.0.0.1", good)),
        conf_check(conf, conf_server(conf, service, "127.0.0.1", dead))};
    char problem[CHECKER_PROBLEM_SIZE];
    char name[INET_ENDPOINT_TEXT_SIZE];
    int64_t start = clock_now();
    json_t *answer = NULL;

    checks[0]->delay_loop = checks[0]->warmup = 3600 * S; /* nobody would look by itself */
    checks[1]->delay_loop = checks[1]->warmup = 3600 * S;
    world_configure(world, conf);
    assert_true(checker_ask(world->checker, SERVICE, NULL, 9 * S, keep_answer, &answer, problem));
    world_wait(world, "an answer", met_answer, &answer);
    assert_true(clock_now() - start < 1 * S);
    assert_int_equal(json_array_size(answer), 2);
    assert_string_equal(text_at(json_object_get(json_array_get(answer, 0), "result"), "class"),
                        "ok");
    assert_string_equal(text_at(json_object_get(json_array_get(answer, 1), "result"), "text"),
                        "connection refused");
    assert_string_equal(text_at(json_array_get(answer, 1), "state"), "down");
    assert_string_equal(text_at(json_array_get(answer, 1), "service"), SERVICE);
    json_decref(answer);
    answer = NULL;
    assert_true(checker_ask(world->checker, SERVICE, name_of(name, good), 9 * S, keep_answer,
                            &answer, problem));
    world_wait(world, "an answer", met_answer, &answer);
    assert_int_equal(json_array_size(answer), 1);
    assert_string_equal(text_at(json_array_get(answer, 0), "server"), name);
    json_decref(answer);
    (void)close(fd);
}

static void test_an_answer_comes_in_time_without_a_result_too(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    char problem[CHECKER_PROBLEM_SIZE];
    json_t *answer = NULL;

    check->connect_timeout = 60 * S;
    world_configure(world, conf);
    assert_true(
        checker_ask(world->checker, SERVICE, NULL, 200 * MS, keep_answer, &answer, problem));
    world_wait(world, "an answer", met_answer, &answer);
    assert_true(json_is_null(json_object_get(json_array_get(answer, 0), "result")));
    json_decref(answer);
    answer = NULL;
    assert_true(checker_ask(world->checker, SERVICE, NULL, 60 * S, keep_answer, &answer, problem));
    world_configure(world, conf_begin()); /* the check goes */
    world_wait(world, "an answer", met_answer, &answer);
    assert_true(json_is_null(json_object_get(json_array_get(answer, 0), "result")));
    json_decref(answer);
    close_full_listener(fd, clients);
}

static void test_what_cannot_be_asked_is_refused(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_of_two(0);
    char problem[CHECKER_PROBLEM_SIZE];

    world_configure(world, conf);
    assert_false(checker_ask(world->checker, "x", NULL, S, NULL, NULL, problem));
    assert_false(checker_ask(world->checker, SERVICE, "x", S, NULL, NULL, problem));
    assert_false(checker_ask(world->checker, SERVICE, NULL, S, NULL, NULL, problem));
    assert_string_equal(problem, SERVICE " has no checks there");
    conf = conf_begin();
    for (unsigned i = 0; i <= CHECKER_ASK_MOST; i++) {
        struct conf_virtual_server *service =
            i ? STAILQ_FIRST(&conf->virtual_servers) : conf_service(conf, "192.0.2.1", 80);

        (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", (uint16_t)(i + 1)));
    }
    world_configure(world, conf);
    assert_false(checker_ask(world->checker, SERVICE, NULL, S, NULL, NULL, problem));
    assert_string_equal(problem,
                        SERVICE " has 257 checks, and 256 can be made at once; name a server");
}

/* ---- Results ----------------------------------------------------------------------------------- */

static void test_the_last_failure_is_kept_while_all_is_well_again(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    json_t *object;

    (void)close(fd);
    world_configure(world, conf);
    wait_results(world, "refused", 1);
    fd = listen_at("127.0.0.1", &port, 4096);
    wait_results(world, "ok", 3);
    object = first_check(world);
    assert_string_equal(text_at(json_object_get(object, "last_failure"), "class"), "refused");
    assert_string_equal(text_at(json_object_get(object, "last_failure"), "text"),
                        "connection refused");
    assert_string_equal(text_at(json_object_get(object, "last_result"), "class"), "ok");
    assert_true(json_array_size(json_object_get(object, "recent")) >= 4);
    assert_int_equal(json_array_size(json_object_get(object, "recent")),
                     json_array_size(json_object_get(object, "recent_ms_before")));
    assert_int_equal(json_array_size(json_object_get(object, "recent")),
                     json_array_size(json_object_get(object, "recent_duration_us")));
    assert_true(
        json_integer_value(json_array_get(json_object_get(object, "recent_ms_before"), 3)) >= 40);
    json_decref(object);
    (void)close(fd);
}

static bool met_local(struct world *world, void *argument)
{
    json_t *summary = checker_summary(world->checker);
    const json_t *local = json_object_get(summary, "local_errors");
    bool met = json_integer_value(json_object_get(local, "checks")) == *(int *)argument;

    json_decref(summary);
    return met;
}

static void test_what_cannot_be_checked_here_is_counted_and_said(void **state)
{
    struct world *world = *state;
    struct rlimit before;
    struct rlimit none;
    uint16_t port;
    int fd = listener(&port);
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    json_t *summary;
    int wanted = 1;

    world_configure(world, conf_of_one(port, &service, &server, &check));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    world_wait(world, "a local error", met_local, &wanted);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    expect_view(world, port, true, 1); /* it is not the server's */
    summary = checker_summary(world->checker);
    assert_string_equal(text_at(json_object_get(summary, "local_errors"), "text"),
                        "too many open files");
    assert_string_equal(text_at(json_object_get(summary, "local_errors"), "kind"), "TCP_CHECK");
    (void)text_at(json_object_get(summary, "local_errors"), "since");
    json_decref(summary);
    wanted = 0;
    world_wait(world, "the end of it", met_local, &wanted);
    assert_int_equal(world->seen_count, 1);
    (void)close(fd);
}

/* ---- ha_suspend -------------------------------------------------------------------------------- */

static void test_checks_pause_while_the_address_is_elsewhere(void **state)
{
    struct world *world = *state;
    struct inet_addr addresses[3] = {address_of("2001:db8::1"), address_of("192.0.2.7"),
                                     address_of("192.0.2.1")};
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t dead = closed_port();
    struct conf *conf = conf_of_one(dead, &service, &server, &check);
    int64_t start;

    service->ha_suspend = true;
    checker_set_addresses(world->checker, addresses, 2);
    world_configure(world, conf);
    assert_true(checker_wants_addresses(world->checker));
    expect_state(world, "up");
    wait_time(world, 1300 * MS);
    assert_int_equal(results_of(world, "refused"), 0);
    assert_non_null(strstr(logged(world), "checks pause: its address is not on this host"));
    start = clock_now();
    checker_set_addresses(world->checker, addresses, 3);
    wait_events(world, 3);
    assert_true(clock_now() - start < 500 * MS); /* at once */
    checker_set_addresses(world->checker, addresses, 2);
    start = results_of(world, "refused");
    wait_time(world, 200 * MS);
    assert_int_equal(results_of(world, "refused"), start);
    expect_state(world, "down");
}

/* One that was asked for meanwhile has its time. */
static void test_a_check_that_runs_when_checks_resume_goes_on(void **state)
{
    struct world *world = *state;
    struct inet_addr address = address_of("192.0.2.1");
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int clients[4];
    int fd = full_listener(&port, clients);
    struct conf *conf = conf_of_one(port, &service, &server, &check);
    char problem[CHECKER_PROBLEM_SIZE];
    json_t *answer = NULL;

    service->ha_suspend = true;
    check->connect_timeout = 60 * S;
    world_configure(world, conf);
    assert_true(
        checker_ask(world->checker, SERVICE, NULL, 400 * MS, keep_answer, &answer, problem));
    wait_time(world, 100 * MS);
    checker_set_addresses(world->checker, &address, 1);
    world_wait(world, "an answer", met_answer, &answer);
    json_decref(answer);
    assert_int_equal(results_of(world, "timeout"), 0);
    close_full_listener(fd, clients);
}

/* A check that is made for another service too goes on. */
static void test_a_check_pauses_when_nobody_wants_it(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *first = conf_service(conf, "192.0.2.1", 80);
    struct conf_virtual_server *second = conf_service(conf, "192.0.2.2", 80);
    uint16_t dead = closed_port();

    first->ha_suspend = true;
    (void)conf_check(conf, conf_server(conf, first, "127.0.0.1", dead));
    (void)conf_check(conf, conf_server(conf, second, "127.0.0.1", dead));
    world_configure(world, conf);
    wait_results(world, "refused", 2);
    assert_null(strstr(logged(world), "resume"));
}

/* ---- What operators let pause ------------------------------------------------------------------ */

static json_int_t paused(struct world *world)
{
    json_t *summary = checker_summary(world->checker);
    json_int_t count = json_integer_value(json_object_get(summary, "paused"));

    json_decref(summary);
    return count;
}

/* Three servers of two services, each with a check of its own. */
static struct conf *conf_of_three(void)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *first = conf_service(conf, "192.0.2.1", 80);
    struct conf_virtual_server *second = conf_service(conf, "192.0.2.2", 80);

    (void)conf_check(conf, conf_server(conf, first, "127.0.0.1", 7));
    (void)conf_check(conf, conf_server(conf, first, "127.0.0.1", 8));
    (void)conf_check(conf, conf_server(conf, second, "127.0.0.1", 9));
    return conf;
}

static void test_operators_let_checks_of_a_server_pause_and_those_of_a_service(void **state)
{
    static const struct checker_pause server = {SERVICE, "127.0.0.1:7"};
    static const struct checker_pause service = {SERVICE, ""};
    static const struct checker_pause nobody = {SERVICE, "127.0.0.1:9"};
    struct world *world = *state;

    checker_add_pauses(world->checker, &server, 1); /* an earlier run's: nothing is there yet */
    world_configure(world, conf_of_three());
    assert_int_equal(paused(world), 1);
    checker_add_pauses(world->checker, &nobody, 1);
    assert_int_equal(paused(world), 1);
    checker_add_pauses(world->checker, &service, 1);
    assert_int_equal(paused(world), 2);
    checker_end_pause(world->checker, &server);
    assert_int_equal(paused(world), 2); /* it is one of the service's */
    world_configure(world, conf_of_three());
    assert_int_equal(paused(world), 2);
    checker_end_pause(world->checker, &service);
    assert_int_equal(paused(world), 0);
    checker_end_pause(world->checker, &service); /* there is none any more */
    world_configure(world, conf_of_three());
    assert_int_equal(paused(world), 0);
}

static void test_a_pause_waits_for_whom_it_is_about(void **state)
{
    static const struct checker_pause pauses[] = {{"192.0.2.2:80/tcp", "127.0.0.1:9"},
                                                  {SERVICE, "127.0.0.1:8"}};
    struct world *world = *state;

    checker_add_pauses(world->checker, pauses, 2);
    world_configure(world, conf_of_two(0)); /* without checks, and without the second service */
    assert_int_equal(paused(world), 0);
    world_configure(world, conf_of_three());
    assert_int_equal(paused(world), 2);
    world_configure(world, conf_of_two(0));
    assert_int_equal(paused(world), 0);
}

static void test_a_pause_that_ends_leaves_another_one_by_the_name_of_the_group(void **state)
{
    static const struct conf_service_group group = {.name = "web"};
    static const struct checker_pause pauses[] = {{SERVICE, ""}, {"web", ""}};
    struct world *world = *state;
    struct conf *conf = conf_of_three();

    STAILQ_FIRST(&conf->virtual_servers)->group = &group;
    world_configure(world, conf);
    checker_add_pauses(world->checker, pauses, 2);
    assert_int_equal(paused(world), 2);
    checker_end_pause(world->checker, &pauses[1]);
    assert_int_equal(paused(world), 2);
    checker_end_pause(world->checker, &pauses[0]);
    assert_int_equal(paused(world), 0);
}

static void test_names_are_those_of_the_status_and_no_others(void **state)
{
    static const struct {
        const char *service;
        const char *server;
        bool there;
    } rows[] = {
        {SERVICE, "", true},
        {SERVICE, "127.0.0.1:7", true},
        {"192.0.2.2:80/tcp", "127.0.0.1:9", true},
        {SERVICE, "127.0.0.1:9", false}, /* the other one's */
        {SERVICE, "127.0.0.1:07", false},
        {SERVICE, "127.0.0.1", false},
        {SERVICE, "[127.0.0.1]:7", false},
        {SERVICE, "x", false},
        {"192.0.2.1:80", "", false},
        {"192.0.2.3:80/tcp", "", false},
        {"", "", false},
    };
    struct world *world = *state;

    assert_false(checker_has(world->checker, SERVICE, ""));
    world_configure(world, conf_of_three());
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(checker_has(world->checker, rows[i].service, rows[i].server) == rows[i].there,
                    "row %zu is wrong", i);
    }
    world_configure(world, conf_begin());
    assert_false(checker_has(world->checker, SERVICE, ""));
}

/* ---- How a service stands: announce_when -------------------------------------------------------- */

static enum checker_standing standing(const struct world *world)
{
    struct conf_service_key key = service_key("192.0.2.1", 80);

    return checker_standing(world->checker, &key);
}

static bool met_standing(struct world *world, void *argument)
{
    return standing(world) == *(const enum checker_standing *)argument;
}

/* Two servers begin as up; the one that answers says that the service stands, before the other is known. */
static void test_a_service_stands_when_a_check_has_said_so(void **state)
{
    struct world *world = *state;
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    enum checker_standing stands = CHECKER_STANDS;
    enum checker_standing fallen = CHECKER_FALLEN;
    struct conf_service_key none = service_key("192.0.2.1", 81);
    uint16_t port;
    uint16_t dead;
    int clients[4];
    int fd = listener(&port);
    int full = full_listener(&dead, clients);

    (void)conf_check(conf, conf_server(conf, service, "127.0.0.1", port));
    conf_check(conf, conf_server(conf, service, "127.0.0.1", dead))->connect_timeout = 60 * S;
    world_configure(world, conf);
    assert_int_equal(standing(world), CHECKER_STANDING_ASSUMED);
    assert_int_equal(checker_standing(world->checker, &none), CHECKER_FALLEN);
    world_wait(world, "it stands", met_standing, &stands);
    assert_true(world->asked == 1);
    (void)close(fd);
    world_wait(world, "the other is assumed to be up", met_standing,
               &(enum checker_standing){CHECKER_STANDING_ASSUMED});
    close_full_listener(full, clients);
    world_configure(world, conf_of_one(closed_port(), &service, &(struct conf_real_server *){NULL},
                                       &(struct conf_check *){NULL}));
    world_wait(world, "it falls", met_standing, &fallen);
}

static void test_nothing_is_known_of_a_service_whose_servers_begin_as_down(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    uint16_t port;
    int fd = listener(&port);
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    server->alpha = true;
    check->alpha = true;
    world_configure(world, conf);
    assert_int_equal(standing(world), CHECKER_STANDING_AWAITED);
    world_wait(world, "it stands", met_standing, &(enum checker_standing){CHECKER_STANDS});
    (void)close(fd);
}

/* ---- Servers that come by hand ----------------------------------------------------------------- */

/* A server that is down, and a newcomer, with a check or without. */
static struct conf *conf_of_newcomer(uint16_t dead, uint16_t port, bool checked)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(dead, &service, &server, &check);

    server = port ? conf_server(conf, service, "127.0.0.1", port) : NULL;
    if (server && checked) {
        conf_check(conf, server)->connect_timeout = 60 * S;
    }
    return conf;
}

static void test_a_server_added_by_hand_is_not_up_until_its_check_has_passed(void **state)
{
    struct world *world = *state;
    const uint16_t dead = closed_port();
    uint16_t silent;
    uint16_t port;
    int clients[4];
    int full = full_listener(&silent, clients);
    int fd = listener(&port);

    world_configure(world, conf_of_newcomer(dead, 0, true));
    wait_events(world, 3); /* quorum from the start, down, quorum lost */
    world_configure_by_hand(world, conf_of_newcomer(dead, silent, true));
    wait_time(world, 200 * MS);
    assert_int_equal(world->seen_count, 3);
    expect_view(world, silent, false, 0);
    world_configure_by_hand(world, conf_of_newcomer(dead, port, true));
    assert_int_equal(world->seen_count, 3);
    expect_view(world, port, false, 0);
    wait_events(world, 5);
    assert_int_equal(world->seen[3].kind, CHECKER_SERVER_UP);
    assert_int_equal(world->seen[3].port, port);
    assert_int_equal(world->seen[4].kind, CHECKER_QUORUM_UP);
    expect_view(world, port, true, 1);
    (void)close(fd);
    close_full_listener(full, clients);
}

static void test_a_server_added_by_hand_that_nobody_checks_is_up_at_once(void **state)
{
    struct world *world = *state;
    const uint16_t dead = closed_port();

    world_configure(world, conf_of_newcomer(dead, 0, true));
    wait_events(world, 3);
    world_configure_by_hand(world, conf_of_newcomer(dead, 7, false));
    assert_int_equal(world->seen_count, 4);
    assert_int_equal(world->seen[3].kind, CHECKER_QUORUM_UP);
    expect_view(world, 7, true, 1);
}

/* ---- Starts ------------------------------------------------------------------------------------ */

enum { MANY = 5000, BUCKET_MS = 50 };

/* 5,000 servers of a second service, every 5 s; `timeout` makes another question of each check. */
static struct conf *conf_of_many(bool many, int64_t timeout)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    (void)conf_server(conf, service, "127.0.0.1", 7);
    for (unsigned i = 0; many && i < MANY; i++) {
        char address[32];
        struct conf_check *check;

        (void)snprintf(address, sizeof(address), "127.1.%u.%u", i / 200, i % 200 + 1);
        check = conf_check(conf, conf_server(conf, service, address, 9));
        check->delay_loop = 5 * S;
        check->warmup = 5 * S;
        check->connect_timeout = timeout;
    }
    return conf;
}

/* How many checks begin in the fullest 50 ms. What is due already, on a busy machine, is in none of them. */
static unsigned fullest(struct world *world)
{
    unsigned buckets[10000 / BUCKET_MS] = {0};
    unsigned most = 0;
    unsigned due = 0;
    json_t *snapshot = checker_snapshot(world->checker);
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(json_array_get(snapshot, 0), "servers"), i, server) {
        json_t *check = json_array_get(json_object_get(server, "checks"), 0);
        json_int_t next = json_integer_value(json_object_get(check, "next_in_ms"));

        due += check && next <= 0;
        if (check && next > 0) {
            assert_true(next < 10000);
            buckets[next / BUCKET_MS]++;
            most = buckets[next / BUCKET_MS] > most ? buckets[next / BUCKET_MS] : most;
        }
    }
    json_decref(snapshot);
    assert_true(due < MANY / 2);
    return most;
}

/* 5,000 in 5 s are 50 in 50 ms on average; within 3 s 83. */
static void test_checks_that_a_reload_adds_or_changes_are_spread(void **state)
{
    struct world *world = *state;

    world_configure(world, conf_of_many(false, 0));
    world_configure(world, conf_of_many(true, S));
    assert_fact(fullest(world) < 100, "added: %u in 50 ms", fullest(world));
    world_configure(world, conf_of_many(true, 2 * S));
    assert_fact(fullest(world) < 150, "changed: %u in 50 ms", fullest(world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_server_added_by_hand_is_not_up_until_its_check_has_passed),
        WORLD_TEST(test_a_server_added_by_hand_that_nobody_checks_is_up_at_once),
        WORLD_TEST(test_a_drained_server_keeps_its_place_with_weight_0_over_reloads),
        WORLD_TEST(test_maintenance_takes_out_and_quorum_counts_it),
        WORLD_TEST(test_an_operators_weight_is_the_base_of_all_changes),
        WORLD_TEST(test_an_order_ends_when_its_time_is_over),
        WORLD_TEST(test_after_maintenance_a_server_starts_slowly),
        WORLD_TEST(test_all_orders_end_whose_time_is_over),
        WORLD_TEST(test_orders_go_over_to_the_next_run),
        WORLD_TEST(test_an_order_for_nobody_is_refused),
        WORLD_TEST(test_failing_open_leaves_maintenance_out),
        WORLD_TEST(test_checks_are_made_on_request_and_answered),
        WORLD_TEST(test_an_answer_comes_in_time_without_a_result_too),
        WORLD_TEST(test_what_cannot_be_asked_is_refused),
        WORLD_TEST(test_the_last_failure_is_kept_while_all_is_well_again),
        WORLD_TEST(test_what_cannot_be_checked_here_is_counted_and_said),
        WORLD_TEST(test_checks_pause_while_the_address_is_elsewhere),
        WORLD_TEST(test_a_check_that_runs_when_checks_resume_goes_on),
        WORLD_TEST(test_a_check_pauses_when_nobody_wants_it),
        WORLD_TEST(test_operators_let_checks_of_a_server_pause_and_those_of_a_service),
        WORLD_TEST(test_a_pause_waits_for_whom_it_is_about),
        WORLD_TEST(test_a_pause_that_ends_leaves_another_one_by_the_name_of_the_group),
        WORLD_TEST(test_names_are_those_of_the_status_and_no_others),
        WORLD_TEST(test_a_service_stands_when_a_check_has_said_so),
        WORLD_TEST(test_nothing_is_known_of_a_service_whose_servers_begin_as_down),
        WORLD_TEST(test_checks_that_a_reload_adds_or_changes_are_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
