/* SPDX-License-Identifier: Apache-2.0
 *
 * FILE_CHECK and BFD_CHECK: checks whose answers come by themselves.
 */
#include "checker_world.h"

#include "base/arena.h"

/* One service, one server of weight 5 at port 1; the settings around its check are not its own. */
static struct conf_real_server *one_server(struct conf **conf)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;

    *conf = conf_begin();
    service = conf_service(*conf, "192.0.2.1", 80);
    server = conf_server(*conf, service, "127.0.0.1", 1);
    server->weight = 5;
    return server;
}

static void set_times(struct conf_check *check)
{
    check->delay_loop = 3600 * S;
    check->delay_before_retry = 3600 * S;
    check->warmup = 3600 * S;
    check->retry = 3;
    check->connect_timeout = 1 * MS;
}

static struct conf_file_check *file_check(struct conf *conf, struct conf_real_server *server,
                                          int32_t weight)
{
    struct conf_file_check *check = arena_alloc(conf->arena, sizeof(*check));
    struct conf_track_file *file = arena_alloc(conf->arena, sizeof(*file));

    file->name = "load";
    STAILQ_INSERT_TAIL(&conf->track_files, file, next);
    set_times(&check->check);
    check->check.kind = CONF_CHECK_FILE;
    check->file = "load";
    check->weight = weight;
    STAILQ_INSERT_TAIL(&server->checks, &check->check, next);
    return check;
}

static struct conf_bfd_check *bfd_check(struct conf *conf, struct conf_real_server *server)
{
    struct conf_bfd_check *check = arena_alloc(conf->arena, sizeof(*check));
    struct conf_bfd *session = arena_alloc(conf->arena, sizeof(*session));

    session->name = "peer";
    STAILQ_INSERT_TAIL(&conf->bfds, session, next);
    set_times(&check->check);
    check->check.kind = CONF_CHECK_BFD;
    check->session = "peer";
    STAILQ_INSERT_TAIL(&server->checks, &check->check, next);
    return check;
}

static void configure_file(struct world *world, int32_t weight)
{
    struct conf *conf;
    struct conf_real_server *server = one_server(&conf);

    (void)file_check(conf, server, weight);
    world_configure(world, conf);
}

struct view {
    bool present;
    uint32_t weight;
};

static bool met_view(struct world *world, void *argument)
{
    const struct view *wanted = argument;
    struct conf_service_key service = service_key("192.0.2.1", 80);
    struct conf_server_key server = server_key("127.0.0.1", 1);
    uint32_t weight;

    return checker_server_view(world->checker, &service, &server, &weight) == wanted->present &&
           weight == wanted->weight;
}

static void wait_view(struct world *world, bool present, uint32_t weight)
{
    struct view wanted = {present, weight};

    world_wait(world, "a weight", met_view, &wanted);
}

/* Lets checks begin that are due at once. */
static void settle(struct world *world)
{
    wait_time(world, 50 * MS);
}

static void tell(struct world *world, enum conf_check_kind kind, const char *name, int64_t value)
{
    world_log_begin(world);
    checker_tell(world->checker, kind, name, value);
    world_log_end(world);
}

static void test_a_number_that_was_told_before_counts_at_once(void **state)
{
    struct world *world = *state;
    json_t *check;

    tell(world, CONF_CHECK_FILE, "load", 3);
    configure_file(world, 2);
    wait_view(world, true, 11);
    check = first_check(world);
    assert_string_equal(text_at(check, "kind"), "FILE_CHECK");
    assert_string_equal(text_at(check, "target"), "load");
    assert_string_equal(text_at(json_object_get(check, "last_result"), "text"), "load says 3");
    json_decref(check);
}

static void test_a_number_changes_the_weight_and_no_time_is_waited_for(void **state)
{
    struct world *world = *state;

    configure_file(world, 2);
    settle(world);
    expect_view(world, 1, true, 5); /* nothing is known yet */
    tell(world, CONF_CHECK_FILE, "load", 10);
    expect_view(world, 1, true, 25);
    settle(world); /* it waits again */
    tell(world, CONF_CHECK_FILE, "load", -3);
    expect_view(world, 1, true, 0);
    settle(world);
    tell(world, CONF_CHECK_FILE, "other", 7);
    tell(world, CONF_CHECK_FILE, "load", 0);
    expect_view(world, 1, true, 5);
    assert_int_equal(results_of(world, "ok"), 3);
    assert_non_null(strstr(logged(world), "weight 5 -> 25: FILE_CHECK"));
}

static void test_numbers_that_change_twice_before_the_check_looks_end_at_the_last(void **state)
{
    struct world *world = *state;

    configure_file(world, 1);
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 1);
    tell(world, CONF_CHECK_FILE, "load", 2);
    tell(world, CONF_CHECK_FILE, "load", 3);
    wait_view(world, true, 8);
}

static void test_with_weight_0_a_number_takes_the_server_down_at_once(void **state)
{
    struct world *world = *state;

    configure_file(world, 0);
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 0);
    settle(world);
    expect_view(world, 1, true, 5);
    tell(world, CONF_CHECK_FILE, "load", 1);
    expect_view(world, 1, false, 0);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "FILE_CHECK: load says 1 (1 try)");
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 0);
    expect_view(world, 1, true, 5);
}

/* A failure counts when it was there at three looks in a row, a success at two. */
static void configure_lasting(struct world *world)
{
    struct conf *conf;
    struct conf_real_server *server = one_server(&conf);
    struct conf_check *check = &file_check(conf, server, 0)->check;

    check->fall = 3;
    check->delay_before_retry = 100 * MS;
    check->rise = 2;
    check->delay_loop = 200 * MS;
    world_configure(world, conf);
}

static void test_with_fall_and_rise_a_number_counts_once_it_lasts(void **state)
{
    struct world *world = *state;
    int64_t told;

    configure_lasting(world);
    settle(world);
    told = clock_now();
    tell(world, CONF_CHECK_FILE, "load", 1);
    expect_view(world, 1, true, 5);
    wait_view(world, false, 0);
    assert_true(clock_now() - told >= 200 * MS);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "FILE_CHECK: load says 1 (3 tries)");
    assert_int_equal(results_of(world, "answer"), 3);
    settle(world); /* no further look says the same again and again */
    assert_int_equal(results_of(world, "answer"), 3);

    tell(world, CONF_CHECK_FILE, "load", 0);
    expect_view(world, 1, false, 0);
    wait_view(world, true, 5);
    assert_int_equal(results_of(world, "ok"), 2);
}

static void test_with_fall_a_number_that_does_not_last_changes_nothing(void **state)
{
    struct world *world = *state;

    configure_lasting(world);
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 1);
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 0);
    wait_time(world, 500 * MS);
    expect_view(world, 1, true, 5);
    assert_int_equal(results_of(world, "answer"), 1);
    assert_int_equal(results_of(world, "ok"), 1);
}

static void test_a_reload_keeps_numbers_and_weights(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_real_server *server;

    configure_file(world, 2);
    settle(world);
    tell(world, CONF_CHECK_FILE, "load", 10);
    server = one_server(&conf);
    file_check(conf, server, 2)->check.delay_loop = 7 * S; /* not of its identity */
    world_configure(world, conf);
    expect_view(world, 1, true, 25);
    configure_file(world, 3);
    wait_view(world, true, 35);
    /* What nobody names any more is forgotten. */
    (void)one_server(&conf);
    world_configure(world, conf);
    expect_view(world, 1, true, 5);
    (void)one_server(&conf);
    world_configure(world, conf);
    configure_file(world, 2);
    settle(world);
    expect_view(world, 1, true, 5);
}

static void test_a_session_that_goes_down_takes_its_server_down_at_once(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_real_server *server = one_server(&conf);

    (void)bfd_check(conf, server);
    world_configure(world, conf);
    settle(world);
    expect_view(world, 1, true, 5);
    tell(world, CONF_CHECK_BFD, "peer", 1);
    settle(world);
    assert_int_equal(world->seen_count, 1);
    tell(world, CONF_CHECK_BFD, "peer", 0);
    expect_view(world, 1, false, 0);
    expect_seen(world, 1, CHECKER_SERVER_DOWN, "BFD_CHECK: peer is down (1 try)");
    settle(world);
    tell(world, CONF_CHECK_BFD, "peer", 0);
    settle(world);
    assert_int_equal(results_of(world, "unreachable"), 1);
    tell(world, CONF_CHECK_BFD, "peer", 1);
    expect_view(world, 1, true, 5);
}

/* A session that comes back is a new one, which has not said anything yet. */
static void test_a_session_that_went_away_is_forgotten(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_real_server *server = one_server(&conf);

    (void)bfd_check(conf, server);
    world_configure(world, conf);
    settle(world);
    tell(world, CONF_CHECK_BFD, "peer", 0);
    expect_view(world, 1, false, 0);
    world_configure(world, conf_begin());
    server = one_server(&conf);
    (void)bfd_check(conf, server);
    world_configure(world, conf);
    settle(world);
    expect_view(world, 1, true, 5);
}

static void test_with_alpha_a_server_waits_for_its_session(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_real_server *server = one_server(&conf);

    bfd_check(conf, server)->check.alpha = true;
    world_configure(world, conf);
    settle(world);
    expect_view(world, 1, false, 0);
    expect_state(world, "checking");
    tell(world, CONF_CHECK_BFD, "peer", 1);
    expect_view(world, 1, true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_number_that_was_told_before_counts_at_once),
        WORLD_TEST(test_a_number_changes_the_weight_and_no_time_is_waited_for),
        WORLD_TEST(test_numbers_that_change_twice_before_the_check_looks_end_at_the_last),
        WORLD_TEST(test_with_weight_0_a_number_takes_the_server_down_at_once),
        WORLD_TEST(test_with_fall_and_rise_a_number_counts_once_it_lasts),
        WORLD_TEST(test_with_fall_a_number_that_does_not_last_changes_nothing),
        WORLD_TEST(test_a_reload_keeps_numbers_and_weights),
        WORLD_TEST(test_a_session_that_goes_down_takes_its_server_down_at_once),
        WORLD_TEST(test_a_session_that_went_away_is_forgotten),
        WORLD_TEST(test_with_alpha_a_server_waits_for_its_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
