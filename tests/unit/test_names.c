/* SPDX-License-Identifier: Apache-2.0 */
#include "checker_world.h"

#include "check/names.h"

#include <sys/socket.h>
#include <unistd.h>

/* Names of a test, and what is asked of one of them. */
struct asked {
    struct names *names;
    struct names_entry *entry;
    const char *error;
};

static bool met_address(struct world *world, void *argument)
{
    struct asked *asked = argument;

    (void)world;
    return names_address(asked->entry, &asked->error) != NULL;
}

static bool met_failure(struct world *world, void *argument)
{
    struct asked *asked = argument;

    (void)world;
    (void)names_address(asked->entry, &asked->error);
    return strcmp(asked->error, "it is being looked up") != 0;
}

static void test_a_name_has_the_address_of_its_family(void **state)
{
    struct world *world = *state;
    struct asked asked = {.names = names_new(world->loop, world->log)};

    asked.entry = names_use(asked.names, "localhost", AF_INET);
    assert_null(names_address(asked.entry, &asked.error));
    assert_string_equal(asked.error, "it is being looked up");
    world_wait(world, "the address of localhost", met_address, &asked);
    assert_int_equal(names_address(asked.entry, &asked.error)->family, AF_INET);
    assert_int_equal(names_address(asked.entry, &asked.error)->bytes[0], 127);
    names_drop(asked.entry);
    names_free(asked.names);
}

static void test_a_name_is_looked_up_once_for_all_its_users(void **state)
{
    struct world *world = *state;
    struct names *names = names_new(world->loop, world->log);
    struct names_entry *first = names_use(names, "localhost", AF_INET);
    struct names_entry *other = names_use(names, "localhost", AF_INET6);

    assert_ptr_equal(names_use(names, "localhost", AF_INET), first);
    assert_ptr_not_equal(first, other);
    names_drop(first);
    names_drop(first);
    names_drop(other); /* while its look-up runs, or is about to */
    names_free(names);
}

static void test_a_name_that_nobody_has_says_why(void **state)
{
    struct world *world = *state;
    struct asked asked = {.names = names_new(world->loop, world->log), .error = ""};

    asked.entry = names_use(asked.names, "no-such-host.invalid", AF_INET); /* RFC 6761 6.4 */
    world_wait(world, "the failure", met_failure, &asked);
    assert_non_null(strstr(logged(world), "no-such-host.invalid: warning: cannot look it up: "));
    assert_non_null(strstr(logged(world), asked.error));
    names_drop(asked.entry);
    names_free(asked.names);
}

/* A server whose check asks localhost by its name. */
static struct conf *conf_of_localhost(uint16_t port)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(port, &service, &server, &check);

    check->connect_host = "localhost";
    check->connect_addr = (struct inet_addr){.family = AF_INET};
    conf->global.resolve_interval = S;
    return conf;
}

static void expect_localhost(struct world *world)
{
    json_t *check = first_check(world);

    assert_string_equal(text_at(check, "host"), "localhost");
    assert_int_equal(strncmp(text_at(check, "target"), "127.", 4), 0);
    json_decref(check);
}

/* It is looked up from the start, and so known when the first check begins. */
static void test_a_check_of_a_name_connects_to_its_address(void **state)
{
    struct world *world = *state;
    uint16_t port;
    int fd = listener(&port);

    world_configure(world, conf_of_localhost(port));
    wait_results(world, "ok", 2);
    assert_int_equal(results_of(world, "local"), 0);
    expect_localhost(world);
    (void)close(fd);
}

/* A run that is going on needs it to know whose answer comes. */
static void test_a_reload_keeps_the_address_of_a_name(void **state)
{
    struct world *world = *state;
    uint16_t port;
    int fd = listener(&port);

    world_configure(world, conf_of_localhost(port));
    wait_results(world, "ok", 1);
    world_configure(world, conf_of_localhost(port));
    expect_localhost(world);
    wait_results(world, "ok", 1);
    (void)close(fd);
}

static void test_a_server_whose_name_is_unknown_keeps_its_state(void **state)
{
    struct world *world = *state;
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct conf_check *check;
    struct conf *conf = conf_of_one(80, &service, &server, &check);

    check->connect_host = "no-such-host.invalid";
    check->connect_addr = (struct inet_addr){.family = AF_INET};
    conf->global.resolve_interval = S;
    world_configure(world, conf);
    wait_results(world, "local", 1);
    expect_view(world, 80, true, 1);
    assert_non_null(strstr(logged(world), "servers keep their state"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_name_has_the_address_of_its_family),
        WORLD_TEST(test_a_name_is_looked_up_once_for_all_its_users),
        WORLD_TEST(test_a_name_that_nobody_has_says_why),
        WORLD_TEST(test_a_check_of_a_name_connects_to_its_address),
        WORLD_TEST(test_a_reload_keeps_the_address_of_a_name),
        WORLD_TEST(test_a_server_whose_name_is_unknown_keeps_its_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
