/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs of the configuration: which are run, as whom, and what the log says of the others.
 */
#include "unit.h"

#include "base/command.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The state of each test: what is logged goes to a file in memory; a script of root's, and its folder. */
struct house {
    struct log *log;
    int log_file;
    int stderr_fd;
    char logged[4096];
    char directory[32];
    char script[64];
};

static int house_begin(void **state)
{
    static struct house house;
    const struct log_options options = {.console = true, .lowest = LOG_LEVEL_NOTICE};
    static const char text[] = "#!/bin/sh\nexit 0\n";
    int fd;

    memset(&house, 0, sizeof(house));
    *state = &house;
    memcpy(house.directory, "/tmp/command-XXXXXX", sizeof("/tmp/command-XXXXXX"));
    if (!mkdtemp(house.directory)) {
        return -1;
    }
    (void)snprintf(house.script, sizeof(house.script), "%s/script", house.directory);
    fd = open(house.script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    if (fd < 0 || write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1 ||
        fchmod(fd, 0755) != 0 || close(fd) != 0) {
        return -1;
    }
    house.log_file = memfd_create("log", MFD_CLOEXEC);
    house.stderr_fd = dup(STDERR_FILENO);
    (void)dup2(house.log_file, STDERR_FILENO);
    house.log = log_new(&options);
    return 0;
}

static int house_end(void **state)
{
    struct house *house = *state;

    log_free(house->log);
    (void)dup2(house->stderr_fd, STDERR_FILENO);
    (void)close(house->stderr_fd);
    (void)close(house->log_file);
    (void)unlink(house->script);
    return rmdir(house->directory);
}

static const char *house_logged(struct house *house)
{
    ssize_t size = pread(house->log_file, house->logged, sizeof(house->logged) - 1, 0);

    house->logged[size > 0 ? size : 0] = '\0';
    return house->logged;
}

static struct command *make(struct house *house, const char *path, const char *user, bool secure)
{
    const char *const argv[] = {path, "first", NULL};
    const struct command_policy policy = {.user = "root", .secure = secure};

    return command_new(house->log, "chk", argv, user, NULL, &policy);
}

/* ---- Which are run ----------------------------------------------------------------------------- */

static void test_where_there_is_no_script_there_is_no_command(void **state)
{
    static const char *const empty[] = {NULL};
    const struct command_policy policy = {0};
    struct house *house = *state;

    assert_null(command_new(house->log, "chk", NULL, NULL, NULL, &policy));
    assert_null(command_new(house->log, "chk", empty, NULL, NULL, &policy));
    assert_string_equal(house_logged(house), "");
    command_free(NULL);
}

static void test_a_good_program_is_found_by_path_or_name_and_nothing_is_said(void **state)
{
    struct house *house = *state;
    struct command *by_path = make(house, "/bin/true", NULL, true);
    struct command *by_name = make(house, "true", NULL, true);

    assert_non_null(by_path);
    assert_non_null(by_name);
    assert_string_equal(command_path(by_path), "/bin/true");
    assert_fact(command_path(by_name)[0] == '/', "%s", command_path(by_name));
    assert_string_equal(house_logged(house), "");
    command_free(by_path);
    command_free(by_name);
}

static void test_the_log_says_why_a_script_is_not_run_and_what_to_do(void **state)
{
    static const struct {
        const char *path;
        const char *user;
        const char *logged;
    } rows[] = {
        {"/nowhere/check.sh", NULL,
         "chk: warning: script /nowhere/check.sh: there is no program /nowhere/check.sh: install it "
         "or correct the path (the script is not run)\n"},
        {"no-such-program", NULL,
         "there is no program no-such-program: install it or correct the path (the script is not "
         "run)\n"},
        {"/etc", NULL, "there is no program /etc: "},
        {"/etc/passwd", NULL, "/etc/passwd cannot be executed by user id 0: chmod a+x /etc/passwd"},
        {"/bin/true", "no-such-user", "there is no user \"no-such-user\": make it"},
    };
    struct house *house = *state;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(ftruncate(house->log_file, 0), 0);
        (void)lseek(house->log_file, 0, SEEK_SET);
        assert_fact(!make(house, rows[i].path, rows[i].user, false), "%s is run", rows[i].path);
        assert_fact(strstr(house_logged(house), rows[i].logged) != NULL, "%s: \"%s\"", rows[i].path,
                    house->logged);
    }
}

/* ---- Which others could replace ---------------------------------------------------------------- */

/* What is done to the script and its folder, both root's; what others could do for it. */
static const struct {
    const char *name;
    mode_t script;
    mode_t directory;
    uid_t owner;
    bool safe;
} replaceable[] = {
    {"as it should be", 0755, 0755, 0, true},
    {"writable by its group, which is root's", 0775, 0755, 0, true},
    {"writable by all", 0757, 0755, 0, false},
    {"in a folder that is writable by all", 0755, 0757, 0, false},
    {"in a sticky folder", 0755, 01777, 0, true},
    {"of another user", 0755, 0755, 65534, false},
};

static void test_what_others_could_replace_is_run_with_a_warning_or_not_at_all(void **state)
{
    struct house *house = *state;

    if (geteuid() != 0) {
        skip(); /* only root can give files away */
    }
    for (size_t i = 0; i < UNIT_COUNT(replaceable); i++) {
        struct command *lax;
        struct command *strict;
        struct command *modest;

        assert_int_equal(ftruncate(house->log_file, 0), 0);
        (void)lseek(house->log_file, 0, SEEK_SET);
        assert_int_equal(chown(house->script, replaceable[i].owner, 0), 0);
        assert_int_equal(chmod(house->script, replaceable[i].script), 0);
        assert_int_equal(chmod(house->directory, replaceable[i].directory), 0);
        lax = make(house, house->script, NULL, false);
        strict = make(house, house->script, NULL, true);
        assert_fact(lax != NULL, "%s: is not run", replaceable[i].name);
        assert_fact((strict != NULL) == replaceable[i].safe, "%s", replaceable[i].name);
        assert_fact((*house_logged(house) == '\0') == replaceable[i].safe, "%s: \"%s\"",
                    replaceable[i].name, house->logged);
        modest = make(house, house->script, "nobody", true);
        assert_fact(modest != NULL, "%s: not even as nobody", replaceable[i].name);
        command_free(lax);
        command_free(strict);
        command_free(modest);
    }
}

static void test_who_runs_a_script_is_the_configured_user_or_a_known_one(void **state)
{
    const char *user = program_default_user(NULL);

    (void)state;
    assert_string_equal(program_default_user("www-data"), "www-data");
    assert_true(!user || strcmp(user, "keepalived_script") == 0);
}

/* ---- Running ----------------------------------------------------------------------------------- */

struct run {
    struct loop *loop;
    struct runner_result result;
};

static void run_done(void *argument, const struct runner_result *result)
{
    struct run *run = argument;

    run->result = *result;
    loop_stop(run->loop);
}

static void test_arguments_and_environment_are_added_for_a_run(void **state)
{
    static const char *const argv[] = {"/bin/sh", "-c",
                                       "[ \"$0|$1|$2|$#|$STATE\" = 'INSTANCE|VI 1|MASTER|2|up' ]",
                                       "INSTANCE", NULL};
    static const char *const arguments[] = {"VI 1", "MASTER", NULL};
    static const char *const environment[] = {"STATE=up", NULL};
    const struct command_policy policy = {.user = NULL};
    struct run run = {.loop = loop_new()};
    int failure;
    struct runner *runner = runner_new(run.loop, helper_start(&failure));
    struct house *house = *state;
    struct command *command =
        command_new(house->log, "VI 1", argv, geteuid() == 0 ? "root" : NULL, NULL, &policy);
    int error = 0;

    assert_non_null(command);
    for (int with = 1; with >= 0; with--) { /* what was added for one run is not there the next */
        assert_non_null(command_run(command, runner, with ? arguments : NULL,
                                    with ? environment : NULL, 0, run_done, &run, &error));
        assert_int_equal(loop_run(run.loop), 0);
        assert_int_equal(run.result.end, RUNNER_EXITED);
        /* only root may take an identity, be it its own: the runner refuses rather than keeps groups */
        assert_int_equal(run.result.status, geteuid() != 0 ? 126 : with ? 0 : 1);
    }
    command_free(command);
    runner_free(runner);
    loop_free(run.loop);
}

static void test_supplementary_groups_are_the_user_s_where_they_are_asked_for(void **state)
{
    static const struct {
        const char *user;
        const char *group;
        bool many;
    } rows[] = {{"root", NULL, false},
                {"root", "root", false},
                {"root", ":", true},
                {"root", ":root", true},
                {NULL, ":", false}};
    struct program program;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        memset(&program, 0xa5, sizeof(program));
        assert_true(program_find_account(rows[i].user, rows[i].group, &program));
        assert_fact((program.group_count > 0) == rows[i].many, "row %zu", i);
        assert_fact(!rows[i].many || program.groups[0] == program.gid, "row %zu", i);
    }
    assert_false(program_find_account("root", ":no-such-group", &program));
    assert_non_null(strstr(program.reason, "\"no-such-group\""));
}

static void test_a_policy_may_give_all_scripts_supplementary_groups(void **state)
{
    const struct house *house = *state;
    const char *const words[] = {house->script, NULL};
    const struct command_policy one = {.user = "root"};
    const struct command_policy many = {.user = "root", .supplementary = true};
    struct command *plain = command_new(house->log, "x", words, NULL, NULL, &one);
    struct command *all = command_new(house->log, "x", words, NULL, NULL, &many);
    struct command *own = command_new(house->log, "x", words, "root", ":", &one);

    assert_true(plain && all && own);
    assert_false(command_equal(plain, all));
    assert_true(command_equal(all, own));
    command_free(plain);
    command_free(all);
    command_free(own);
}

static void test_commands_are_equal_by_program_arguments_and_user(void **state)
{
    static const char *const words[][4] = {
        {"/bin/echo", "a", "b", NULL},
        {"/bin/echo", "a", NULL},
        {"/bin/echo", "a", "c", NULL},
        {"/bin/true", "a", "b", NULL},
    };
    const struct command_policy policy = {.user = "root"};
    struct house *house = *state;
    struct command *first = command_new(house->log, "x", words[0], NULL, NULL, &policy);
    struct command *modest = command_new(house->log, "x", words[0], "nobody", NULL, &policy);

    for (size_t i = 0; i < UNIT_COUNT(words); i++) {
        struct command *other = command_new(house->log, "y", words[i], NULL, NULL, &policy);

        assert_fact(command_equal(first, other) == (i == 0), "row %zu", i);
        assert_fact(command_equal(other, first) == (i == 0), "row %zu", i);
        command_free(other);
    }
    assert_false(command_equal(first, modest));
    command_free(first);
    command_free(modest);
}

#define HOUSE_TEST(function) cmocka_unit_test_setup_teardown(function, house_begin, house_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(test_where_there_is_no_script_there_is_no_command),
        HOUSE_TEST(test_a_good_program_is_found_by_path_or_name_and_nothing_is_said),
        HOUSE_TEST(test_the_log_says_why_a_script_is_not_run_and_what_to_do),
        HOUSE_TEST(test_what_others_could_replace_is_run_with_a_warning_or_not_at_all),
        cmocka_unit_test(test_who_runs_a_script_is_the_configured_user_or_a_known_one),
        HOUSE_TEST(test_arguments_and_environment_are_added_for_a_run),
        cmocka_unit_test(test_supplementary_groups_are_the_user_s_where_they_are_asked_for),
        HOUSE_TEST(test_a_policy_may_give_all_scripts_supplementary_groups),
        HOUSE_TEST(test_commands_are_equal_by_program_arguments_and_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
