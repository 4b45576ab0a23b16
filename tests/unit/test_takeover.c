/* SPDX-License-Identifier: Apache-2.0
 *
 * When a director reads the connections of the other one.
 */
#include "unit.h"

#include "base/clock.h"
#include "ipvs/takeover.h"

#define T0 (1000 * CLOCK_SECOND)

static void test_it_is_read_at_once_and_three_times_more(void **state)
{
    static const int64_t after_s[] = {1, 2, 4};
    struct takeover takeover = {0};
    int64_t next = takeover_follow(&takeover, 1, CLOCK_NEVER, T0);

    (void)state;
    assert_int_equal(next, T0);
    for (size_t i = 0; i < UNIT_COUNT(after_s); i++) {
        next = takeover_step(&takeover, next);
        assert_int_equal(next, T0 + after_s[i] * CLOCK_SECOND);
    }
    assert_int_equal(takeover_step(&takeover, next), CLOCK_NEVER);
}

/* What comes after the first reading. */
static const struct {
    const char *name;
    unsigned before; /* masters when it began */
    unsigned after;
    int64_t next_s; /* after T0, when it changes at 0.5 s; -1: never */
} rows[] = {
    {"it is master of nothing any more", 1, 0, -1},
    {"two went at once", 2, 0, -1},
    {"something else has changed", 1, 1, 1},
    {"one of two went: the other one's go on", 2, 1, 1},
};

static void test_a_director_that_is_master_no_more_reads_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t half = T0 + CLOCK_SECOND / 2;
        struct takeover takeover = {0};
        int64_t next = takeover_follow(&takeover, rows[i].before, CLOCK_NEVER, T0);

        next = takeover_step(&takeover, next);
        next = takeover_follow(&takeover, rows[i].after, next, half);
        assert_fact(next == (rows[i].next_s < 0 ? CLOCK_NEVER : T0 + rows[i].next_s * CLOCK_SECOND),
                    "%s", rows[i].name);
        /* The next takeover begins from the first time again. */
        assert_int_equal(takeover_follow(&takeover, rows[i].after + 1, next, half), half);
        assert_int_equal(takeover_step(&takeover, half), half + CLOCK_SECOND);
    }
}

static void test_a_backup_that_hears_of_changes_reads_nothing(void **state)
{
    struct takeover takeover = {0};

    (void)state;
    assert_int_equal(takeover_follow(&takeover, 0, CLOCK_NEVER, T0), CLOCK_NEVER);
    assert_int_equal(takeover_follow(&takeover, 0, CLOCK_NEVER, T0), CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read_at_once_and_three_times_more),
        cmocka_unit_test(test_a_director_that_is_master_no_more_reads_nothing),
        cmocka_unit_test(test_a_backup_that_hears_of_changes_reads_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
