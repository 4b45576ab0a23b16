/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/log_repeat.h"

#define S      CLOCK_SECOND
#define WINDOW (30 * S)

/* The state of each test: a fresh one. */
static int begin(void **state)
{
    static struct log_repeat repeat;

    repeat = (struct log_repeat){0};
    *state = &repeat;
    return 0;
}

static bool says(struct log_repeat *repeat, const char *text, int64_t now)
{
    return log_repeat_admit(repeat, text, 5, WINDOW, now);
}

static void test_a_message_is_printed_once_within_the_window(void **state)
{
    struct log_repeat *repeat = *state;

    assert_true(says(repeat, "a", 100 * S));
    assert_false(says(repeat, "a", 100 * S));
    assert_false(says(repeat, "a", 130 * S - 1));
    assert_true(says(repeat, "b", 101 * S));
}

static void test_a_message_that_was_not_repeated_is_printed_after_the_window(void **state)
{
    struct log_repeat *repeat = *state;

    assert_true(says(repeat, "a", 100 * S));
    assert_true(says(repeat, "a", 130 * S));
    assert_false(says(repeat, "a", 131 * S));
}

static void test_what_was_withheld_is_told_once_when_the_window_ends(void **state)
{
    struct log_repeat *repeat = *state;
    struct log_repeat_slot slot;

    assert_true(log_repeat_admit(repeat, "a", 4, WINDOW, 100 * S));
    assert_false(log_repeat_pending(repeat));
    for (int i = 0; i < 7; i++) {
        assert_false(says(repeat, "a", 101 * S));
    }
    assert_true(log_repeat_pending(repeat));
    assert_false(log_repeat_due(repeat, WINDOW, 130 * S - 1, &slot));
    assert_true(log_repeat_due(repeat, WINDOW, 130 * S, &slot));
    assert_string_equal(slot.text, "a");
    assert_int_equal(slot.level, 4);
    assert_int_equal(slot.withheld, 7);
    assert_false(log_repeat_due(repeat, WINDOW, 130 * S, &slot));
    assert_false(log_repeat_pending(repeat));
}

static void test_after_it_was_told_a_new_window_begins(void **state)
{
    struct log_repeat *repeat = *state;
    struct log_repeat_slot slot;

    (void)says(repeat, "a", 100 * S);
    (void)says(repeat, "a", 101 * S);
    assert_true(log_repeat_due(repeat, WINDOW, 131 * S, &slot));
    assert_false(says(repeat, "a", 140 * S));
    assert_false(log_repeat_due(repeat, WINDOW, 160 * S, &slot));
    assert_true(log_repeat_due(repeat, WINDOW, 161 * S, &slot));
    assert_int_equal(slot.withheld, 1);
}

static void test_long_messages_are_the_same_by_their_beginning(void **state)
{
    struct log_repeat *repeat = *state;
    char first[LOG_REPEAT_TEXT_SIZE + 10];
    char second[LOG_REPEAT_TEXT_SIZE + 10];
    struct log_repeat_slot slot;

    memset(first, 'x', sizeof(first) - 1);
    first[sizeof(first) - 1] = '\0';
    memcpy(second, first, sizeof(first));
    second[LOG_REPEAT_TEXT_SIZE - 1] = 'y'; /* the first character that is not kept */
    assert_true(says(repeat, first, 0));
    assert_false(says(repeat, second, 0));
    second[LOG_REPEAT_TEXT_SIZE - 2] = 'y';
    assert_true(says(repeat, second, 0));
    assert_true(log_repeat_due(repeat, 0, 0, &slot));
    assert_int_equal(strlen(slot.text), LOG_REPEAT_TEXT_SIZE - 1);
}

/* Prints as many different messages as there are slots. */
static void fill(struct log_repeat *repeat, int64_t now)
{
    char text[16];

    for (int i = 0; i < LOG_REPEAT_SLOTS; i++) {
        (void)snprintf(text, sizeof(text), "message %d", i);
        assert_true(says(repeat, text, now + i));
    }
}

static void test_the_oldest_message_without_repetitions_gives_way(void **state)
{
    struct log_repeat *repeat = *state;

    fill(repeat, 100 * S);
    assert_false(says(repeat, "message 0", 101 * S)); /* has something to tell: stays */
    assert_true(says(repeat, "new", 101 * S));
    assert_false(says(repeat, "message 0", 101 * S));
    assert_false(says(repeat, "message 2", 101 * S));
    assert_false(says(repeat, "new", 101 * S));
    assert_true(says(repeat, "message 1", 101 * S)); /* it was message 1 that gave way */
}

static void test_where_every_message_has_repetitions_a_new_one_is_always_printed(void **state)
{
    struct log_repeat *repeat = *state;
    struct log_repeat_slot slot;
    unsigned told = 0;
    char text[16];

    fill(repeat, 100 * S);
    for (int i = 0; i < LOG_REPEAT_SLOTS; i++) {
        (void)snprintf(text, sizeof(text), "message %d", i);
        assert_false(says(repeat, text, 101 * S));
    }
    assert_true(says(repeat, "new", 101 * S));
    assert_true(says(repeat, "new", 101 * S));
    while (log_repeat_due(repeat, WINDOW, 200 * S, &slot)) {
        assert_string_not_equal(slot.text, "new");
        told++;
    }
    assert_int_equal(told, LOG_REPEAT_SLOTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_message_is_printed_once_within_the_window, begin),
        cmocka_unit_test_setup(test_a_message_that_was_not_repeated_is_printed_after_the_window,
                               begin),
        cmocka_unit_test_setup(test_what_was_withheld_is_told_once_when_the_window_ends, begin),
        cmocka_unit_test_setup(test_after_it_was_told_a_new_window_begins, begin),
        cmocka_unit_test_setup(test_long_messages_are_the_same_by_their_beginning, begin),
        cmocka_unit_test_setup(test_the_oldest_message_without_repetitions_gives_way, begin),
        cmocka_unit_test_setup(test_where_every_message_has_repetitions_a_new_one_is_always_printed,
                               begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
