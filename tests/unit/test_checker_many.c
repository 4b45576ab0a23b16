/* SPDX-License-Identifier: Apache-2.0
 *
 * Many checks: their spread over time, their descriptors.
 */
#include "checker_world.h"

#include "base/arena.h"

#include <dirent.h>
#include <unistd.h>

/* 500 in 4 s are 2.5 in 20 ms on average. By chance alone (Poisson's distribution, 200 buckets) 20 or more
 * come about once in a thousand million looks; 12 or more, once taken as the limit here, once in 400. */
enum { SPREAD_CHECKS = 500, SPREAD_BUCKET_MS = 20, SPREAD_CROWD = 20 };

/* 500 servers, one check each, every 4 s. */
static struct conf *conf_of_many(uint16_t port)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    for (unsigned i = 0; i < SPREAD_CHECKS; i++) {
        char address[32];
        struct conf_check *check;

        (void)snprintf(address, sizeof(address), "127.1.%u.%u", i / 200, i % 200 + 1);
        check = conf_check(conf, conf_server(conf, service, address, port));
        check->delay_loop = 4 * S;
        check->warmup = 4 * S;
    }
    return conf;
}

/* How many checks begin in the fullest 20 ms. What is due already, on a busy machine, is in none of them. */
static unsigned fullest_bucket(struct world *world)
{
    unsigned buckets[10000 / SPREAD_BUCKET_MS] = {0};
    unsigned fullest = 0;
    unsigned due = 0;
    json_t *snapshot = checker_snapshot(world->checker);
    json_t *servers = json_object_get(json_array_get(snapshot, 0), "servers");
    json_t *server;
    size_t index;

    json_array_foreach(servers, index, server) {
        json_t *check = json_array_get(json_object_get(server, "checks"), 0);
        json_int_t next = json_integer_value(json_object_get(check, "next_in_ms"));
        unsigned *bucket;

        assert_true(next < 10000);
        if (next <= 0) {
            due++;
            continue;
        }
        bucket = &buckets[next / SPREAD_BUCKET_MS];
        (*bucket)++;
        fullest = *bucket > fullest ? *bucket : fullest;
    }
    assert_true(due < SPREAD_CHECKS / 2);
    assert_int_equal(json_array_size(servers), SPREAD_CHECKS);
    json_decref(snapshot);
    return fullest;
}

static void test_checks_are_spread_and_stay_spread(void **state)
{
    struct world *world = *state;
    uint16_t port = 0;
    int fd = listen_at("0.0.0.0", &port, 4096);

    assert_true(fd >= 0);
    world_configure(world, conf_of_many(port));
    assert_true(fullest_bucket(world) < SPREAD_CROWD);
    wait_results(world, "ok", SPREAD_CHECKS);
    assert_true(fullest_bucket(world) < SPREAD_CROWD);
    world_configure(world, conf_of_many(port));
    assert_true(fullest_bucket(world) < SPREAD_CROWD);
    (void)close(fd);
}

static void test_checks_added_by_a_reload_are_spread_too(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;

    world_configure(world, conf_of_one(closed_port(), &service, &server, &check));
    wait_events(world, 3);
    world_configure(world, conf_of_many(9));
    assert_true(fullest_bucket(world) < SPREAD_CROWD);
}

static unsigned open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory)) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

/* A service of good, dead and silent servers, each looked at 100 times a second. */
static struct conf *conf_of_faults(uint16_t good, uint16_t silent, int generation)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    for (unsigned i = 0; i < 30; i++) {
        char address[32];
        struct conf_check *check;

        (void)snprintf(address, sizeof(address), "127.0.0.%u", i + 1);
        check = conf_check(conf, conf_server(conf, service, address, i % 3 == 0 ? good : 1));
        check->delay_loop = 10 * MS;
        check->retry = 0;
        check->connect_timeout = (20 + generation) * MS;
        if (i % 3 == 1) {
            check->connect_addr = address_of("127.0.0.1");
            check->connect_port = silent;
        }
    }
    return conf;
}

static void test_two_thousand_checks_leak_no_descriptor(void **state)
{
    struct world *world = *state;
    uint16_t good = 0;
    uint16_t silent;
    int clients[4];
    int fds[2] = {listen_at("0.0.0.0", &good, 4096), full_listener(&silent, clients)};
    unsigned before = open_descriptors();
    struct arrival arrival = {.fd = fds[0], .wanted = 1};

    for (int generation = 0; generation < 4; generation++) {
        world_configure(world, conf_of_faults(good, silent, generation));
        wait_results(world, "ok", 250);
        wait_results(world, "refused", 250);
        (void)met_arrivals(world, &arrival);
        world->seen_count = 0;
    }
    assert_true(results_of(world, "ok") + results_of(world, "refused") >= 2000);
    assert_true(results_of(world, "timeout") > 0);
    assert_int_equal(results_of(world, "local"), 0);
    world_configure(world, conf_begin());
    assert_int_equal(open_descriptors(), before);
    for (int i = 0; i < 4; i++) {
        (void)close(clients[i]);
    }
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_checks_are_spread_and_stay_spread),
        WORLD_TEST(test_checks_added_by_a_reload_are_spread_too),
        WORLD_TEST(test_two_thousand_checks_leak_no_descriptor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
