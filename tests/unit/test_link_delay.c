/* SPDX-License-Identifier: Apache-2.0
 *
 * When a change of a link is believed: tables of what is seen when, and of what counts after it.
 */
#include "unit.h"

#include "base/clock.h"
#include "net/link_delay.h"

#define MS CLOCK_MILLISECOND

struct step {
    int64_t at_ms;
    bool seen;
    bool believed;  /* afterwards */
    int64_t due_ms; /* -1: never */
};

struct course {
    const char *what;
    int64_t down_ms;
    int64_t up_ms;
    bool first;
    struct step steps[6];
};

static const struct course courses[] = {
    {"without delays everything counts at once",
     0,
     0,
     true,
     {{10, false, false, -1}, {20, true, true, -1}, {30, true, true, -1}}},
    {"down counts when it has lasted",
     500,
     0,
     true,
     {{10, false, true, 510},
      {509, false, true, 510},
      {510, false, false, -1},
      {600, true, true, -1}}},
    {"a short loss never counts", 500, 0, true, {{10, false, true, 510}, {509, true, true, -1}}},
    {"each loss is waited for anew",
     500,
     0,
     true,
     {{10, false, true, 510},
      {400, true, true, -1},
      {450, false, true, 950},
      {949, false, true, 950},
      {950, false, false, -1}}},
    {"up counts when it has lasted",
     0,
     3000,
     true,
     {{10, false, false, -1},
      {20, true, false, 3020},
      {3019, true, false, 3020},
      {3020, true, true, -1}}},
    {"a link that flaps stays down",
     0,
     3000,
     false,
     {{10, true, false, 3010},
      {3009, false, false, -1},
      {3020, true, false, 6020},
      {6019, false, false, -1}}},
    {"what is repeated does not begin anew",
     500,
     500,
     true,
     {{10, false, true, 510}, {300, false, true, 510}, {700, false, false, -1}}},
};

static void test_a_change_counts_when_it_has_lasted(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(courses); i++) {
        const struct course *course = &courses[i];
        struct link_delay delay = {.down = course->down_ms * MS, .up = course->up_ms * MS};
        bool before = course->first;

        link_delay_begin(&delay, course->first);
        for (const struct step *step = course->steps; step->at_ms; step++) {
            bool changed = link_delay_step(&delay, step->seen, step->at_ms * MS);
            int64_t due = step->due_ms < 0 ? CLOCK_NEVER : step->due_ms * MS;

            if (delay.believed != step->believed || changed != (before != step->believed) ||
                link_delay_due(&delay) != due) {
                fail_msg("%s: at %d ms", course->what, (int)step->at_ms);
            }
            before = delay.believed;
        }
    }
}

static void test_other_delays_count_from_when_the_change_was_seen(void **state)
{
    struct link_delay delay = {.down = 5000 * MS};

    (void)state;
    link_delay_begin(&delay, true);
    assert_false(link_delay_step(&delay, false, 1000 * MS));
    assert_false(link_delay_set(&delay, 3000 * MS, 0, 2000 * MS));
    assert_int_equal(link_delay_due(&delay), 4000 * MS);
    assert_true(link_delay_set(&delay, 500 * MS, 0, 2000 * MS));
    assert_false(delay.believed);
    assert_int_equal(link_delay_due(&delay), CLOCK_NEVER);
    assert_false(link_delay_set(&delay, 9000 * MS, 9000 * MS, 2000 * MS));
    assert_false(delay.believed);
}

static void test_an_interface_that_appears_is_down_until_its_delay_is_over(void **state)
{
    struct link_delay delay = {.up = 2000 * MS};

    (void)state;
    link_delay_begin(&delay, false);
    assert_false(link_delay_step(&delay, true, 0));
    assert_true(link_delay_step(&delay, true, 2000 * MS));
    assert_true(delay.believed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_counts_when_it_has_lasted),
        cmocka_unit_test(test_other_delays_count_from_when_the_change_was_seen),
        cmocka_unit_test(test_an_interface_that_appears_is_down_until_its_delay_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
