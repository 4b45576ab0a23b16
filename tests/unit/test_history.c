/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "check/history.h"

#define S  CLOCK_SECOND
#define MS CLOCK_MILLISECOND
#define US CLOCK_MICROSECOND

static const int64_t noon = INT64_C(1795421100123) * MS;

static void test_each_class_and_time_comes_back_as_it_was(void **state)
{
    static const int64_t durations[] = {0, US, 1500 * US, 3 * S, HISTORY_LONGEST};

    (void)state;
    for (int class = 0; class < VERDICT_CLASSES; class ++) {
        for (size_t i = 0; i < UNIT_COUNT(durations); i++) {
            struct history history = {0};
            struct history_result result;

            history_add(&history, (enum verdict_class) class, noon, durations[i]);
            history_add(&history, VERDICT_OK, noon + 90 * S, 0);
            result = history_get(&history, 1);
            assert_int_equal(result.class, class);
            assert_int_equal(result.duration, durations[i]);
            assert_int_equal(result.at, 90 * S);
        }
    }
}

static void test_what_is_too_long_is_told_as_the_longest(void **state)
{
    struct history history = {0};

    (void)state;
    history_add(&history, VERDICT_OK, noon, 600 * S);
    assert_int_equal(history_get(&history, 0).duration, HISTORY_LONGEST);
    assert_int_equal(history_get(&history, 0).at, 0);
    assert_int_equal(history_get(&history, 0).class, VERDICT_OK);
}

static void test_the_last_ten_are_kept_the_latest_first(void **state)
{
    struct history history = {0};

    (void)state;
    assert_int_equal(history_count(&history), 0);
    for (unsigned i = 0; i < 13; i++) {
        assert_int_equal(history_count(&history), i < HISTORY_SIZE ? i : HISTORY_SIZE);
        history_add(&history, i % 2 ? VERDICT_TIMEOUT : VERDICT_OK, noon + i * S, i * MS);
    }
    assert_int_equal(history_count(&history), HISTORY_SIZE);
    for (unsigned i = 0; i < HISTORY_SIZE; i++) {
        struct history_result result = history_get(&history, i);

        assert_int_equal(result.at, i * S);
        assert_int_equal(result.duration, (12 - i) * MS);
        assert_int_equal(result.class, (12 - i) % 2 ? VERDICT_TIMEOUT : VERDICT_OK);
    }
}

/* The milliseconds come round; a clock that is set back makes nothing old. */
static void test_ages_survive_the_clock(void **state)
{
    const int64_t round = (INT64_C(1) << 34) * MS;
    struct history history = {0};

    (void)state;
    history_add(&history, VERDICT_OK, round - 5 * MS, 0);
    history_add(&history, VERDICT_OK, round + 5 * MS, 0);
    assert_int_equal(history_get(&history, 1).at, 10 * MS);
    history_add(&history, VERDICT_OK, round - 900 * S, 0);
    assert_int_equal(history_get(&history, 1).at, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_class_and_time_comes_back_as_it_was),
        cmocka_unit_test(test_what_is_too_long_is_told_as_the_longest),
        cmocka_unit_test(test_the_last_ten_are_kept_the_latest_first),
        cmocka_unit_test(test_ages_survive_the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
