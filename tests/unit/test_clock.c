/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"

#include <time.h>

#define US CLOCK_MICROSECOND
#define MS CLOCK_MILLISECOND
#define S  CLOCK_SECOND

static const struct {
    int64_t duration;
    const char *text;
} durations[] = {
    {0, "0 us"},
    {999, "0 us"},
    {12 * US, "12 us"},
    {999999, "999 us"},
    {MS, "1.00 ms"},
    {3612 * US, "3.61 ms"},
    {9994 * US, "9.99 ms"},
    {9999 * US, "10.0 ms"},
    {24 * MS, "24.0 ms"},
    {99960 * US, "100 ms"},
    {250 * MS, "250 ms"},
    {999400 * US, "999 ms"},
    {999600 * US, "1.00 s"},
    {S, "1.00 s"},
    {3610 * MS, "3.61 s"},
    {9999 * MS, "10.0 s"},
    {61500 * MS, "61.5 s"},
    {113400 * MS, "113 s"},
    {120 * S, "2 min 00 s"},
    {3725 * S, "62 min 05 s"},
    {7500 * S, "2 h 05 min"},
    {172799 * S, "47 h 59 min"},
    {172800 * S, "2 d 0 h"},
    {400000 * S, "4 d 15 h"},
    {-3610 * MS, "-3.61 s"},
    {-1, "-0 us"},
    {INT64_MAX, "106751 d 23 h"},
    {INT64_MIN, "-106751 d 23 h"},
};

static void test_durations_have_three_digits_and_a_unit(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(durations); i++) {
        char text[CLOCK_TEXT_SIZE];

        assert_ptr_equal(clock_duration_text(text, durations[i].duration), text);
        assert_fact(strcmp(text, durations[i].text) == 0, "%lld ns: \"%s\", not \"%s\"",
                    (long long)durations[i].duration, text, durations[i].text);
    }
}

static void test_instants_are_written_as_rfc_3339(void **state)
{
    static const struct {
        int64_t wall;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {INT64_C(951782399) * S + 999 * MS, "2000-02-28T23:59:59.999Z"},
        {INT64_C(951782400) * S, "2000-02-29T00:00:00.000Z"},
        {INT64_C(1795420800) * S + 123999999, "2026-11-23T08:00:00.123Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854Z"},
        {-1, "-"},
        {INT64_MIN, "-"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[CLOCK_TEXT_SIZE];

        assert_ptr_equal(clock_wall_text(text, rows[i].wall), text);
        assert_string_equal(text, rows[i].text);
    }
}

static int64_t read_clock(clockid_t id)
{
    struct timespec time;

    assert_int_equal(clock_gettime(id, &time), 0);
    return (int64_t)time.tv_sec * S + time.tv_nsec;
}

static void test_now_is_the_kernel_s_monotonic_clock(void **state)
{
    int64_t before = read_clock(CLOCK_MONOTONIC);
    int64_t now = clock_now();
    int64_t after = read_clock(CLOCK_MONOTONIC);

    (void)state;
    assert_true(before <= now && now <= after);
}

static void test_wall_is_the_time_of_day(void **state)
{
    int64_t difference = clock_wall() - read_clock(CLOCK_REALTIME);

    (void)state; /* somebody may set it in between, but hardly by a minute */
    assert_true(difference > -60 * S && difference < 60 * S);
}

static void test_an_age_is_never_negative_and_never_beyond_its_limit(void **state)
{
    static const struct {
        int64_t stamp;
        int64_t wall;
        int64_t age;
    } rows[] = {
        {100 * S, 100 * S + 7, 7},     {100 * S, 100 * S, 0},
        {100 * S, 100 * S - 1, 0}, /* the clock was set back */
        {100 * S, 100 * S + 999, 999}, {100 * S, 100 * S + 1000, 1000},
        {100 * S, 200 * S, 1000}, /* or forward */
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(clock_age(rows[i].stamp, rows[i].wall, 1000) == rows[i].age, "row %zu: %lld", i,
                    (long long)clock_age(rows[i].stamp, rows[i].wall, 1000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations_have_three_digits_and_a_unit),
        cmocka_unit_test(test_instants_are_written_as_rfc_3339),
        cmocka_unit_test(test_an_age_is_never_negative_and_never_beyond_its_limit),
        cmocka_unit_test(test_now_is_the_kernel_s_monotonic_clock),
        cmocka_unit_test(test_wall_is_the_time_of_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
