/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The state of each test: a directory that is not there yet, in one of its own. */
struct place {
    char parent[32];
    char directory[64];
};

static int place_begin(void **state)
{
    static struct place place;

    memcpy(place.parent, "/tmp/runtime-XXXXXX", sizeof("/tmp/runtime-XXXXXX"));
    *state = &place;
    if (!mkdtemp(place.parent)) {
        return -1;
    }
    (void)snprintf(place.directory, sizeof(place.directory), "%s/holdfast", place.parent);
    return 0;
}

static int place_end(void **state)
{
    static const char *const files[] = {"lock", "owned", "beats"};
    const struct place *place = *state;

    for (size_t i = 0; i < UNIT_COUNT(files); i++) {
        char path[96];

        (void)snprintf(path, sizeof(path), "%s/%s", place->directory, files[i]);
        (void)unlink(path);
    }
    /* It fails where anything else was left, such as half a file. */
    return rmdir(place->directory) != 0 && errno != ENOENT ? -1 : rmdir(place->parent);
}

static struct runtime *place_open(const struct place *place)
{
    pid_t holder = -1;
    int error = -1;
    struct runtime *runtime = runtime_open(place->directory, &holder, &error);

    assert_fact(runtime != NULL, "%s: %s", place->directory, strerror(-error));
    assert_int_equal(error, 0);
    assert_int_equal(holder, 0);
    return runtime;
}

/* ---- The lock ---------------------------------------------------------------------------------- */

static void test_the_directory_is_made_for_all_to_read(void **state)
{
    const struct place *place = *state;
    mode_t before = umask(0177); /* keepalived's default */
    struct runtime *runtime = place_open(place);
    struct stat info;

    (void)umask(before);
    assert_string_equal(runtime_directory(runtime), place->directory);
    assert_int_equal(stat(place->directory, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0755);
    runtime_close(runtime);
    runtime_close(NULL);
}

static void test_a_second_instance_is_told_who_runs(void **state)
{
    const struct place *place = *state;
    struct runtime *first = place_open(place);
    pid_t holder = 0;
    int error = 0;

    assert_null(runtime_open(place->directory, &holder, &error));
    assert_int_equal(error, -EBUSY);
    assert_int_equal(holder, getpid());
    /* Being refused has not loosened the lock. */
    assert_null(runtime_open(place->directory, &holder, &error));
    assert_int_equal(error, -EBUSY);
    runtime_close(first);
    runtime_close(place_open(place));
}

static void test_what_a_dead_instance_left_does_not_hold_anybody_up(void **state)
{
    static const char *const contents[] = {"1\n", "", "what is this?", "99999999999999999999\n"};
    const struct place *place = *state;
    char path[96];

    assert_int_equal(mkdir(place->directory, 0755), 0);
    (void)snprintf(path, sizeof(path), "%s/lock", place->directory);
    for (size_t i = 0; i < UNIT_COUNT(contents); i++) {
        FILE *file = fopen(path, "we");
        char line[64] = "";

        assert_true(fputs(contents[i], file) >= 0);
        assert_int_equal(fclose(file), 0);
        runtime_close(place_open(place));
        file = fopen(path, "re");
        assert_non_null(fgets(line, sizeof(line), file));
        assert_null(fgets(line + 32, 32, file));
        (void)fclose(file);
        assert_int_equal((pid_t)strtol(line, NULL, 10), getpid());
    }
}

static void test_a_holder_whose_number_cannot_be_read_is_unknown(void **state)
{
    const struct place *place = *state;
    struct runtime *first = place_open(place);
    pid_t holder = -1;
    int error;
    char path[96];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/lock", place->directory);
    file = fopen(path, "we");
    assert_true(fputs("nobody\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_null(runtime_open(place->directory, &holder, &error));
    assert_int_equal(error, -EBUSY);
    assert_int_equal(holder, 0);
    runtime_close(first);
}

static void test_the_kernel_drops_the_lock_of_a_killed_process(void **state)
{
    const struct place *place = *state;
    pid_t holder;
    pid_t pid;
    int error;
    int ends[2];
    char byte;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (runtime_open(place->directory, &holder, &error) && write(ends[1], "", 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_null(runtime_open(place->directory, &holder, &error));
    assert_int_equal(holder, pid);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    runtime_close(place_open(place));
    (void)close(ends[0]);
}

static void test_programs_that_we_start_do_not_keep_the_lock(void **state)
{
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "! ls -l /proc/$$/fd | grep -qF \"$1\"", "sh", place->parent,
              (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    runtime_close(runtime);
}

static void test_a_place_that_cannot_be_is_an_error(void **state)
{
    static const struct {
        const char *directory;
        int error;
    } rows[] = {
        {"/nowhere/at/all", -ENOENT}, {"/etc/passwd", -ENOTDIR}, {"/etc/passwd/x", -ENOTDIR}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        pid_t holder = -1;
        int error = 0;

        assert_null(runtime_open(rows[i].directory, &holder, &error));
        assert_fact(error == rows[i].error, "%s: %s", rows[i].directory, strerror(-error));
        assert_int_equal(holder, 0);
    }
}

/* ---- Files ------------------------------------------------------------------------------------- */

static void expect_content(const struct runtime *runtime, const char *name, const char *content,
                           size_t size)
{
    size_t got = 1;
    char *read = runtime_read(runtime, name, &got);

    assert_non_null(read);
    assert_int_equal(got, size);
    assert_memory_equal(read, content, size);
    assert_int_equal(read[size], '\0');
    free(read);
}

static void test_what_is_written_is_read_whole(void **state)
{
    enum { LARGE = 100000 };
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    char *large = malloc(LARGE);

    for (size_t i = 0; i < LARGE; i++) {
        large[i] = (char)(i * 31); /* with NULs */
    }
    assert_int_equal(runtime_write(runtime, "owned", large, LARGE), 0);
    expect_content(runtime, "owned", large, LARGE);
    assert_int_equal(runtime_write(runtime, "owned", "short", 5), 0);
    expect_content(runtime, "owned", "short", 5);
    assert_int_equal(runtime_write(runtime, "owned", "", 0), 0);
    expect_content(runtime, "owned", "", 0);
    free(large);
    runtime_close(runtime);
}

static void test_a_reader_of_the_old_file_keeps_the_old_file(void **state)
{
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    char *path = runtime_path(runtime, "owned");
    char text[8] = "";
    struct stat info;
    int fd;

    assert_int_equal(runtime_write(runtime, "owned", "old", 3), 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(runtime_write(runtime, "owned", "newer", 5), 0);
    assert_int_equal(read(fd, text, sizeof(text)), 3);
    assert_string_equal(text, "old");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 5);
    (void)close(fd);
    free(path);
    runtime_close(runtime);
}

static void test_a_write_that_fails_leaves_everything_as_it_was(void **state)
{
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    char *path = runtime_path(runtime, "beats");
    char longest[300];

    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(runtime_write(runtime, longest, "x", 1), -ENAMETOOLONG);
    assert_int_equal(mkdir(path, 0755), 0); /* nothing can be renamed over a directory */
    assert_int_equal(runtime_write(runtime, "beats", "x", 1), -EISDIR);
    assert_int_equal(rmdir(path), 0);
    free(path);
    runtime_close(runtime); /* place_end() finds it where ".beats.new" was left */
}

static void test_what_is_not_there_or_too_large_is_not_read(void **state)
{
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    char *path = runtime_path(runtime, "beats");
    size_t size = 7;
    int fd;

    assert_null(runtime_read(runtime, "owned", &size));
    assert_null(runtime_read(runtime, ".", NULL));
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, RUNTIME_FILE_LIMIT + 1), 0);
    assert_null(runtime_read(runtime, "beats", &size));
    assert_int_equal(size, 7);
    assert_int_equal(ftruncate(fd, 3), 0);
    expect_content(runtime, "beats", "\0\0", 3);
    (void)close(fd);
    free(path);
    runtime_close(runtime);
}

static void test_a_path_is_that_of_the_directory_and_the_name(void **state)
{
    const struct place *place = *state;
    struct runtime *runtime = place_open(place);
    char *path = runtime_path(runtime, "control.sock");
    char expected[96];

    (void)snprintf(expected, sizeof(expected), "%s/control.sock", place->directory);
    assert_string_equal(path, expected);
    free(path);
    runtime_close(runtime);
}

static const struct {
    const char *network_namespace;
    const char *instance;
    const char *path;
} defaults[] = {
    {NULL, NULL, HOLDFAST_RUNSTATEDIR "/holdfast"},
    {"blue", NULL, HOLDFAST_RUNSTATEDIR "/holdfast/blue"},
    {NULL, "east", HOLDFAST_RUNSTATEDIR "/holdfast/instance-east"},
    {"blue", "east", HOLDFAST_RUNSTATEDIR "/holdfast/blue/instance-east"},
};

static void test_daemons_of_other_names_do_not_meet(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(defaults); i++) {
        char *path = runtime_default_directory(defaults[i].network_namespace, defaults[i].instance);

        assert_string_equal(path, defaults[i].path);
        free(path);
    }
}

#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, place_begin, place_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_the_directory_is_made_for_all_to_read),
        PLACE_TEST(test_a_second_instance_is_told_who_runs),
        PLACE_TEST(test_what_a_dead_instance_left_does_not_hold_anybody_up),
        PLACE_TEST(test_a_holder_whose_number_cannot_be_read_is_unknown),
        PLACE_TEST(test_the_kernel_drops_the_lock_of_a_killed_process),
        PLACE_TEST(test_programs_that_we_start_do_not_keep_the_lock),
        PLACE_TEST(test_a_place_that_cannot_be_is_an_error),
        PLACE_TEST(test_what_is_written_is_read_whole),
        PLACE_TEST(test_a_reader_of_the_old_file_keeps_the_old_file),
        PLACE_TEST(test_a_write_that_fails_leaves_everything_as_it_was),
        PLACE_TEST(test_what_is_not_there_or_too_large_is_not_read),
        PLACE_TEST(test_a_path_is_that_of_the_directory_and_the_name),
        cmocka_unit_test(test_daemons_of_other_names_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
