/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "check/schedule.h"

enum { ENTRIES = 2000 };

/* The same numbers at each run. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return *seed >> 8;
}

static void test_an_empty_schedule_has_no_first(void **state)
{
    struct schedule *schedule = schedule_new();
    struct schedule_entry entry = {0};

    (void)state;
    assert_null(schedule_first(schedule));
    assert_true(schedule_deadline(schedule, &entry) == CLOCK_NEVER);
    schedule_clear(schedule, &entry);
    assert_int_equal(schedule_count(schedule), 0);
    schedule_free(schedule);
    schedule_free(NULL);
}

static void test_entries_come_out_in_the_order_of_their_deadlines(void **state)
{
    static struct schedule_entry entries[ENTRIES];
    struct schedule *schedule = schedule_new();
    uint32_t seed = 7;
    int64_t last = INT64_MIN;

    (void)state;
    for (int i = 0; i < ENTRIES; i++) {
        schedule_set(schedule, &entries[i], next_number(&seed) % 500);
    }
    for (int i = ENTRIES; i > 0; i--) {
        struct schedule_entry *first = schedule_first(schedule);

        assert_int_equal(schedule_count(schedule), i);
        assert_true(schedule_deadline(schedule, first) >= last);
        last = schedule_deadline(schedule, first);
        schedule_clear(schedule, first);
        assert_int_equal(first->place, 0);
    }
    assert_null(schedule_first(schedule));
    schedule_free(schedule);
}

/* Against a plain list of deadlines that is searched through. */
static void test_moved_and_cleared_entries_keep_the_order(void **state)
{
    static struct schedule_entry entries[ENTRIES];
    static int64_t deadlines[ENTRIES];
    struct schedule *schedule = schedule_new();
    uint32_t seed = 42;

    (void)state;
    for (int i = 0; i < ENTRIES; i++) {
        deadlines[i] = CLOCK_NEVER;
    }
    for (int step = 0; step < 20000; step++) {
        uint32_t index = next_number(&seed) % 200;
        int64_t first = CLOCK_NEVER;

        if (next_number(&seed) % 4 == 0) {
            deadlines[index] = CLOCK_NEVER;
            schedule_clear(schedule, &entries[index]);
        } else {
            deadlines[index] = next_number(&seed) % 1000;
            schedule_set(schedule, &entries[index], deadlines[index]);
        }
        assert_true(schedule_deadline(schedule, &entries[index]) == deadlines[index]);
        for (int i = 0; i < 200; i++) {
            first = deadlines[i] < first ? deadlines[i] : first;
        }
        if (schedule_first(schedule)) {
            assert_true(schedule_deadline(schedule, schedule_first(schedule)) == first);
        } else {
            assert_true(first == CLOCK_NEVER);
        }
    }
    schedule_free(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_schedule_has_no_first),
        cmocka_unit_test(test_entries_come_out_in_the_order_of_their_deadlines),
        cmocka_unit_test(test_moved_and_cleared_entries_keep_the_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
