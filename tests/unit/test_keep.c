/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept is a number. */
struct desk {
    struct loop *loop;
    struct runtime *runtime;
    struct keep *keep;
    char directory[64];
    int value;
    int copies;
    uint64_t wanted; /* the loop is stopped when that change is kept */
    uint64_t kept;
    int error;
};

static void *copy_value(void *argument)
{
    struct desk *desk = argument;
    int *copy = memory_new(1, sizeof(*copy));

    *copy = desk->value;
    desk->copies++;
    return copy;
}

static void write_value(void *copy, struct text_buffer *text)
{
    text_appendf(text, "%d", *(int *)copy);
    free(copy);
}

static const struct keep_source source = {.copy = copy_value, .write = write_value};

static void on_kept(void *argument, uint64_t number, int error)
{
    struct desk *desk = argument;

    assert_true(number > desk->kept);
    desk->kept = number;
    desk->error = error;
    if (number >= desk->wanted) {
        loop_stop(desk->loop);
    }
}

static int desk_open(void **state)
{
    struct desk *desk = memory_new(1, sizeof(*desk));
    pid_t holder = 0;
    int error = -1;

    (void)snprintf(desk->directory, sizeof(desk->directory), "test-keep.XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    desk->loop = loop_new();
    desk->runtime = runtime_open(desk->directory, &holder, &error);
    assert_non_null(desk->runtime);
    desk->keep = keep_new(desk->loop, desk->runtime, "value", &source, on_kept, desk);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;
    char command[128];

    keep_free(desk->keep);
    runtime_close(desk->runtime);
    loop_free(desk->loop);
    (void)snprintf(command, sizeof(command), "rm -r %s", desk->directory);
    assert_int_equal(system(command), 0);
    free(desk);
    return 0;
}

static void change(struct desk *desk, int value)
{
    desk->value = value;
    desk->wanted = keep_changed(desk->keep);
}

static void expect_file(const struct desk *desk, const char *content)
{
    char *text = runtime_read(desk->runtime, "value", NULL);

    assert_non_null(text);
    assert_string_equal(text, content);
    free(text);
}

/* The first begins at once, and all that come meanwhile are one more. */
static void test_many_changes_are_written_once_behind_the_one_under_way(void **state)
{
    struct desk *desk = *state;

    for (int value = 1; value <= 100; value++) {
        change(desk, value);
    }
    assert_int_equal(desk->copies, 1);
    (void)loop_run(desk->loop);
    assert_int_equal(desk->kept, 100);
    assert_int_equal(desk->copies, 2);
    assert_int_equal(desk->error, 0);
    expect_file(desk, "100");
}

static void test_the_end_waits_for_what_is_not_written_yet(void **state)
{
    struct desk *desk = *state;

    change(desk, 1);
    change(desk, 2);
    keep_free(desk->keep);
    desk->keep = NULL;
    assert_int_equal(desk->kept, 0); /* nobody is told any more */
    expect_file(desk, "2");
}

static void test_what_cannot_be_written_is_told_and_tried_again_with_the_next(void **state)
{
    struct desk *desk = *state;
    char path[96];

    (void)snprintf(path, sizeof(path), "%s/value", desk->directory);
    assert_int_equal(mkdir(path, 0700), 0); /* no file can take its name */
    change(desk, 1);
    (void)loop_run(desk->loop);
    assert_true(desk->error < 0);
    assert_int_equal(rmdir(path), 0);
    change(desk, 2);
    (void)loop_run(desk->loop);
    assert_int_equal(desk->error, 0);
    expect_file(desk, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_changes_are_written_once_behind_the_one_under_way,
                                        desk_open, desk_close),
        cmocka_unit_test_setup_teardown(test_the_end_waits_for_what_is_not_written_yet, desk_open,
                                        desk_close),
        cmocka_unit_test_setup_teardown(
            test_what_cannot_be_written_is_told_and_tried_again_with_the_next, desk_open,
            desk_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
