/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "check/tally.h"

static void test_a_result_counts_by_class_and_in_the_bucket_of_its_duration(void **state)
{
    static const struct {
        enum verdict_class class;
        int64_t duration;
        unsigned bucket;
    } rows[] = {
        {VERDICT_OK, -1, 0},
        {VERDICT_OK, 0, 0},
        {VERDICT_OK, 64 * CLOCK_MICROSECOND, 0},
        {VERDICT_OK, 64 * CLOCK_MICROSECOND + 1, 1},
        {VERDICT_OK, 256 * CLOCK_MICROSECOND, 1},
        {VERDICT_REFUSED, CLOCK_MILLISECOND, 2},
        {VERDICT_TIMEOUT, 5 * CLOCK_SECOND, 9},
        {VERDICT_TIMEOUT, 16777216 * CLOCK_MICROSECOND, 9},
        {VERDICT_LOCAL, 3600 * CLOCK_SECOND, 10},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct tally tally = {0};

        tally_add(&tally, rows[i].class, rows[i].duration);
        assert_fact(tally.results[rows[i].class] == 1, "row %zu: class", i);
        assert_fact(tally.buckets[rows[i].bucket] == 1, "row %zu: bucket", i);
        assert_fact(tally.sum == (rows[i].duration < 0 ? 0 : rows[i].duration), "row %zu: sum", i);
    }
}

static void test_bounds_go_up_by_four_and_the_last_has_none(void **state)
{
    (void)state;
    assert_int_equal(tally_bound(0), 64 * CLOCK_MICROSECOND);
    for (unsigned i = 1; i < TALLY_BUCKETS - 1; i++) {
        assert_int_equal(tally_bound(i), 4 * tally_bound(i - 1));
    }
    assert_int_equal(tally_bound(TALLY_BUCKETS - 1), CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_result_counts_by_class_and_in_the_bucket_of_its_duration),
        cmocka_unit_test(test_bounds_go_up_by_four_and_the_last_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
