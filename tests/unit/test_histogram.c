/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/histogram.h"

#define US CLOCK_MICROSECOND
#define S  CLOCK_SECOND

static void test_bounds_double_from_a_microsecond_and_the_last_is_open(void **state)
{
    (void)state;
    assert_int_equal(histogram_bound(0), US);
    for (unsigned i = 1; i < HISTOGRAM_BUCKETS - 1; i++) {
        assert_int_equal(histogram_bound(i), 2 * histogram_bound(i - 1));
    }
    assert_int_equal(histogram_bound(HISTOGRAM_BUCKETS - 2), (US << 25));
    assert_true(histogram_bound(HISTOGRAM_BUCKETS - 1) == CLOCK_NEVER);
    assert_true(histogram_bound(HISTOGRAM_BUCKETS) == CLOCK_NEVER);
}

static void test_a_duration_counts_in_the_bucket_that_its_bound_includes(void **state)
{
    static const struct {
        int64_t duration;
        unsigned bucket;
    } rows[] = {
        {-5 * S, 0},          {0, 0},       {1, 0},          {US, 0},
        {US + 1, 1},          {2 * US, 1},  {3 * US, 2},     {US << 25, 25},
        {(US << 25) + 1, 26}, {60 * S, 26}, {INT64_MAX, 26},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct histogram histogram = {0};
        int64_t counted = rows[i].duration < 0 ? 0 : rows[i].duration;

        histogram_add(&histogram, rows[i].duration);
        assert_fact(histogram.count[rows[i].bucket] == 1, "row %zu is in another bucket", i);
        assert_int_equal(histogram.total, 1);
        assert_true(histogram.sum == counted && histogram.max == counted);
    }
}

static void test_sum_and_largest_follow_what_was_added(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    histogram_add(&histogram, 5 * US);
    histogram_add(&histogram, 9 * US);
    histogram_add(&histogram, 2 * US);
    assert_int_equal(histogram.total, 3);
    assert_int_equal(histogram.sum, 16 * US);
    assert_int_equal(histogram.max, 9 * US);
}

static void test_a_quantile_is_the_bound_of_its_bucket_but_not_above_the_largest(void **state)
{
    /* 90 durations of 3 us, 9 of 100 us, one of 70 s. */
    static const struct {
        double share;
        int64_t value;
    } rows[] = {
        {0, 4 * US},      {0.5, 4 * US},   {0.9, 4 * US}, {0.91, 128 * US},
        {0.99, 128 * US}, {0.991, 70 * S}, {1, 70 * S},
    };
    struct histogram histogram = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        histogram_add(&histogram, i < 90 ? 3 * US : i < 99 ? 100 * US : 70 * S);
    }
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t value = histogram_quantile(&histogram, rows[i].share);

        assert_fact(value == rows[i].value, "%g of them: %lld ns", rows[i].share, (long long)value);
    }
}

static void test_of_nothing_every_quantile_is_0(void **state)
{
    const struct histogram histogram = {0};

    (void)state;
    assert_int_equal(histogram_quantile(&histogram, 0), 0);
    assert_int_equal(histogram_quantile(&histogram, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_double_from_a_microsecond_and_the_last_is_open),
        cmocka_unit_test(test_a_duration_counts_in_the_bucket_that_its_bound_includes),
        cmocka_unit_test(test_sum_and_largest_follow_what_was_added),
        cmocka_unit_test(test_a_quantile_is_the_bound_of_its_bucket_but_not_above_the_largest),
        cmocka_unit_test(test_of_nothing_every_quantile_is_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
