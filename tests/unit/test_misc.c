/* SPDX-License-Identifier: Apache-2.0
 *
 * MISC_CHECK: real programs, run by a checker on a real loop.
 */
#include "checker_world.h"

#include "base/arena.h"
#include "base/runner.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_SIZE = 32, COMMAND_SIZE = 512 };

/* A check of the server that runs a line of shell, every 50 ms, for at most 2 s. */
static struct conf_misc_check *misc_check(struct conf *conf, struct conf_real_server *server,
                                          const char *line)
{
    struct conf_misc_check *misc = arena_alloc(conf->arena, sizeof(*misc));
    const char **argv = arena_alloc(conf->arena, 4 * sizeof(*argv));

    argv[0] = "/bin/sh";
    argv[1] = "-c";
    argv[2] = line;
    misc->check.kind = CONF_CHECK_MISC;
    misc->check.delay_loop = 50 * MS;
    misc->check.delay_before_retry = 10 * MS;
    misc->script.argv = argv;
    misc->timeout = 2 * S;
    misc->global = &conf->global;
    STAILQ_INSERT_TAIL(&server->checks, &misc->check, next);
    return misc;
}

/* One service, one server of weight 5 at port 1 with such a check. */
static struct conf_misc_check *one_misc(struct conf **conf, const char *line)
{
    struct conf_virtual_server *service;
    struct conf_real_server *server;

    *conf = conf_begin();
    service = conf_service(*conf, "192.0.2.1", 80);
    server = conf_server(*conf, service, "127.0.0.1", 1);
    server->weight = 5;
    return misc_check(*conf, server, line);
}

static void test_the_exit_status_decides_and_is_told(void **state)
{
    static const struct {
        const char *line;
        const char *class;
        const char *text;
        bool up;
    } rows[] = {
        {"exit 0", "ok", "exit status 0", true},
        {"exit 1", "answer", "exit status 1", false},
        {"exit 126", "answer", "exit status 126", false},
        {"/nowhere/program", "answer", "exit status 127", false},
        {"kill -9 $$", "answer", "ended by signal 9", false},
    };
    struct world *world = *state;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct conf *conf;
        json_t *check;
        json_t *result;

        (void)one_misc(&conf, rows[i].line);
        world_configure(world, conf);
        wait_results(world, rows[i].class, 1);
        check = first_check(world);
        result = json_object_get(check, "last_result");
        assert_string_equal(text_at(result, "class"), rows[i].class);
        assert_string_equal(text_at(result, "text"), rows[i].text);
        assert_string_equal(text_at(check, "kind"), "MISC_CHECK");
        assert_non_null(strstr(text_at(check, "target"), rows[i].line));
        json_decref(check);
        expect_view(world, 1, rows[i].up, rows[i].up ? 5 : 0);
        world_configure(world, conf_begin());
        world->seen_count = 0;
    }
}

static void expect_local(struct world *world, const char *text)
{
    json_t *check;

    wait_results(world, "local", 1);
    check = first_check(world);
    assert_fact(strstr(text_at(json_object_get(check, "last_result"), "text"), text) != NULL, "%s",
                text_at(json_object_get(check, "last_result"), "text"));
    json_decref(check);
    expect_view(world, 1, true, 5);
}

static void test_a_program_that_is_not_there_says_nothing_of_the_server(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *misc = one_misc(&conf, "exit 0");
    const char **argv = (const char **)misc->script.argv;

    argv[0] = "/nowhere/program";
    world_configure(world, conf);
    expect_local(world, "is not run; the log says why");
    assert_non_null(strstr(logged(world), "/nowhere/program"));
}

static void test_a_program_without_its_interpreter_says_nothing_of_the_server(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *misc = one_misc(&conf, "exit 0");
    const char **argv = (const char **)misc->script.argv;
    char path[] = "/tmp/misc-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "#!/nowhere/sh\n", 14), 14);
    (void)fchmod(fd, 0755);
    (void)close(fd);
    argv[0] = path;
    misc->dynamic = true; /* exit status 127 would be weight 125 */
    world_configure(world, conf);
    expect_local(world, "cannot be run: No such file or directory");
    (void)unlink(path);
}

static void test_misc_dynamic_sets_the_weight(void **state)
{
    static const struct {
        const char *line;
        uint32_t weight;
    } rows[] = {
        {"exit 12", 10}, {"exit 255", 253}, {"exit 126", 124}, {"exit 2", 0}, {"exit 0", 5}};
    struct world *world = *state;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct conf *conf;

        one_misc(&conf, rows[i].line)->dynamic = true;
        world_configure(world, conf);
        wait_results(world, "ok", 2);
        expect_view(world, 1, true, rows[i].weight);
        world_configure(world, conf_begin());
        world->seen_count = 0;
    }
}

static void test_a_check_that_changed_keeps_its_servers_weight_until_it_says_another(void **state)
{
    struct world *world = *state;
    struct conf_misc_check *misc;
    struct conf *conf;

    one_misc(&conf, "exit 12")->dynamic = true;
    world_configure(world, conf);
    wait_results(world, "ok", 1);
    misc = one_misc(&conf, "exit 22");
    misc->dynamic = true;
    misc->check.delay_loop = S; /* it begins within that */
    world_configure(world, conf);
    expect_view(world, 1, true, 10);
    wait_results(world, "ok", 1);
    expect_view(world, 1, true, 20);
}

static void test_dynamic_weights_of_several_checks_are_summed(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *first = one_misc(&conf, "exit 12");
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);
    struct conf_misc_check *second = misc_check(conf, STAILQ_FIRST(&service->servers), "exit 4");

    first->dynamic = true;
    second->dynamic = true;
    world_configure(world, conf);
    wait_results(world, "ok", 6);
    expect_view(world, 1, true, 5 + (10 - 5) + (2 - 5));
}

/* ---- Time and turns ---------------------------------------------------------------------------- */

static void make_directory(char directory[DIRECTORY_SIZE])
{
    (void)snprintf(directory, DIRECTORY_SIZE, "/tmp/misc-XXXXXX");
    assert_non_null(mkdtemp(directory));
}

/* Removes a directory with what is in it. @return how many entries that were, but for . and .. */
static unsigned remove_directory(const char *directory)
{
    DIR *list = opendir(directory);
    unsigned count = 0;
    const struct dirent *entry;

    while ((entry = readdir(list))) {
        char path[DIRECTORY_SIZE + 300];

        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        count++;
        if (unlink(path) != 0) {
            (void)rmdir(path);
        }
    }
    (void)closedir(list);
    (void)rmdir(directory);
    return count;
}

static bool exists(const char *directory, const char *name)
{
    char path[DIRECTORY_SIZE + 64];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static bool met_no_job(struct world *world, void *argument)
{
    (void)argument;
    return runner_jobs(world->runner) == 0;
}

static bool met_job(struct world *world, void *argument)
{
    (void)argument;
    return runner_jobs(world->runner) == 1;
}

static void test_a_program_that_takes_too_long_is_ended_with_all_it_started(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *misc = one_misc(&conf, "sleep 1000 & wait");
    json_t *check;
    int64_t begin;

    misc->timeout = 100 * MS;
    misc->check.delay_loop = 20 * S;
    misc->check.delay_before_retry = 20 * S;
    begin = clock_now();
    world_configure(world, conf);
    wait_results(world, "timeout", 1);
    assert_true(clock_now() - begin < 20 * S);
    check = first_check(world);
    assert_string_equal(text_at(json_object_get(check, "last_result"), "text"),
                        "no end of the program within 100 ms");
    json_decref(check);
    expect_view(world, 1, false, 0);
    world_wait(world, "the end of the program", met_no_job, NULL);
}

/* The helper stands still, so that nobody learns of an end: as with a program that nobody can end. */
static void test_a_program_that_does_not_end_though_it_was_killed_is_no_reason_to_wait(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *misc = one_misc(&conf, "sleep 1000");
    json_t *check;

    misc->timeout = 100 * MS;
    world_configure(world, conf);
    world_wait(world, "the program", met_job, NULL);
    assert_int_equal(kill(world->helper, SIGSTOP), 0);
    wait_results(world, "timeout", 1);
    wait_results(world, "timeout", 1);
    assert_int_equal(kill(world->helper, SIGCONT), 0);
    check = first_check(world);
    assert_string_equal(text_at(json_object_get(check, "last_result"), "text"),
                        "the program before it was killed and has not ended");
    json_decref(check);
    expect_view(world, 1, false, 0);
    world_configure(world, conf_begin());
    world_wait(world, "the end of the program", met_no_job, NULL);
}

static void test_a_program_that_does_not_end_though_it_was_killed_lets_others_pass(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *first = one_misc(&conf, "sleep 1000");
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);
    struct conf_misc_check *second =
        misc_check(conf, conf_server(conf, service, "127.0.0.1", 2), "sleep 1001");

    conf->global.misc_programs = 1;
    first->serial = second->serial = true;
    first->timeout = second->timeout = 100 * MS;
    first->check.delay_loop = second->check.delay_loop = 3600 * S; /* each runs once */
    world_configure(world, conf);
    world_wait(world, "the program", met_job, NULL);
    assert_int_equal(kill(world->helper, SIGSTOP), 0);
    wait_results(world, "timeout", 2); /* the second one was begun */
    assert_int_equal(kill(world->helper, SIGCONT), 0);
    world_wait(world, "the end of the programs", met_no_job, NULL);
    world_configure(world, conf_begin());
}

static void test_a_check_that_still_runs_is_not_started_twice(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_misc_check *misc;
    char directory[DIRECTORY_SIZE];
    char line[COMMAND_SIZE];

    /* It outlives its time limit by two seconds, as many turns. */
    make_directory(directory);
    (void)snprintf(line, sizeof(line),
                   "trap '' TERM; cd %s; mkdir lock || touch twice; touch ran; sleep 1000",
                   directory);
    misc = one_misc(&conf, line);
    misc->timeout = 50 * MS;
    world_configure(world, conf);
    wait_results(world, "timeout", 1);
    wait_time(world, 1 * S);
    assert_true(exists(directory, "ran"));
    assert_false(exists(directory, "twice"));
    assert_int_equal(runner_jobs(world->runner), 1);
    /* When it has been killed the check goes on. */
    (void)snprintf(line, sizeof(line), "%s/lock", directory);
    (void)rmdir(line);
    wait_results(world, "timeout", 1);
    assert_false(exists(directory, "twice"));
    world_configure(world, conf_begin());
    world_wait(world, "the end of the program", met_no_job, NULL);
    (void)remove_directory(directory);
}

/* Checks of many servers, each of which notes how many run while it does. */
static void run_many(struct world *world, unsigned count, bool serial, unsigned most,
                     const char *directory)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);

    conf->global.misc_programs = most;
    for (unsigned i = 0; i < count; i++) {
        struct conf_real_server *server =
            conf_server(conf, service, "127.0.0.1", (uint16_t)(i + 1));
        struct conf_misc_check *misc = misc_check(
            conf, server,
            arena_format(conf->arena,
                         "cd %s; mkdir run.%u; set -- run.*; mkdir -p most.$#; sleep 0.1; rmdir "
                         "run.%u",
                         directory, i, i));

        misc->check.delay_loop = 20 * S;
        misc->serial = serial;
        misc->timeout = 10 * S;
    }
    world_configure(world, conf);
    wait_results(world, "ok", count);
}

static void test_so_many_programs_run_at_once_and_no_more(void **state)
{
    struct world *world = *state;
    char directory[DIRECTORY_SIZE];

    make_directory(directory);
    run_many(world, 12, false, 3, directory);
    assert_true(exists(directory, "most.3"));
    assert_false(exists(directory, "most.4"));
    (void)remove_directory(directory);
}

static void test_serial_checks_of_one_program_take_turns(void **state)
{
    struct world *world = *state;
    char directory[DIRECTORY_SIZE];

    make_directory(directory);
    run_many(world, 6, true, 10, directory);
    assert_true(exists(directory, "most.1"));
    assert_int_equal(remove_directory(directory), 1);
}

static void test_who_waits_for_its_turn_has_not_timed_out_and_may_go(void **state)
{
    struct world *world = *state;
    struct conf *conf;
    struct conf_virtual_server *service;
    struct conf_misc_check *first = one_misc(&conf, "sleep 1000");
    struct conf_misc_check *second;

    service = STAILQ_FIRST(&conf->virtual_servers);
    second = misc_check(conf, conf_server(conf, service, "127.0.0.1", 2), "exit 0");
    conf->global.misc_programs = 1;
    first->timeout = 6 * S;
    first->check.delay_loop = 3600 * S; /* once, however slow this machine is */
    first->serial = true;
    second->timeout = 5 * S; /* below what it has to wait */
    second->serial = true;
    world_configure(world, conf);
    wait_results(world, "timeout", 1);
    wait_results(world, "ok", 1);
    expect_view(world, 1, false, 0);
    expect_view(world, 2, true, 1);
    assert_int_equal(results_of(world, "timeout"), 1);
    /* What waits and what runs can go at any time, and what is left has its turn. */
    (void)one_misc(&conf, "exit 0");
    conf->global.misc_programs = 1;
    world_configure(world, conf);
    wait_results(world, "ok", 2);
    expect_view(world, 1, true, 5);
}

static void test_a_reload_with_the_same_command_lets_it_run_on(void **state)
{
    struct world *world = *state;
    struct conf *conf;

    one_misc(&conf, "sleep 0.5; exit 9")->dynamic = true;
    world_configure(world, conf);
    wait_time(world, 1200 * MS); /* it runs */
    one_misc(&conf, "sleep 0.5; exit 9")->dynamic = true;
    world_configure(world, conf);
    wait_results(world, "ok", 1);
    expect_view(world, 1, true, 7);
    one_misc(&conf, "sleep 0.5; exit 9")->dynamic = true;
    world_configure(world, conf);
    expect_view(world, 1, true, 7);
}

#define MISC_TEST(name) cmocka_unit_test_setup_teardown(name, world_open_programs, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MISC_TEST(test_the_exit_status_decides_and_is_told),
        MISC_TEST(test_a_program_that_is_not_there_says_nothing_of_the_server),
        MISC_TEST(test_a_program_without_its_interpreter_says_nothing_of_the_server),
        MISC_TEST(test_misc_dynamic_sets_the_weight),
        MISC_TEST(test_a_check_that_changed_keeps_its_servers_weight_until_it_says_another),
        MISC_TEST(test_dynamic_weights_of_several_checks_are_summed),
        MISC_TEST(test_a_program_that_takes_too_long_is_ended_with_all_it_started),
        MISC_TEST(test_a_program_that_does_not_end_though_it_was_killed_is_no_reason_to_wait),
        MISC_TEST(test_a_program_that_does_not_end_though_it_was_killed_lets_others_pass),
        MISC_TEST(test_a_check_that_still_runs_is_not_started_twice),
        MISC_TEST(test_so_many_programs_run_at_once_and_no_more),
        MISC_TEST(test_serial_checks_of_one_program_take_turns),
        MISC_TEST(test_who_waits_for_its_turn_has_not_timed_out_and_may_go),
        MISC_TEST(test_a_reload_with_the_same_command_lets_it_run_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
