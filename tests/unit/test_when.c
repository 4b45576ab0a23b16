/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/when.h"

#include <stdlib.h>
#include <time.h>

/* 2026-11-27 19:30:00 UTC */
#define NOW (INT64_C(1795807800) * CLOCK_SECOND)

static void test_the_next_time_is_found(void **state)
{
    static const struct {
        const char *text;
        const char *next; /* as clock_wall_text() has it; NULL: it is over */
    } rows[] = {
        {"19:30:01Z", "2026-11-27T19:30:01.000Z"},
        {"19:30:00Z", "2026-11-28T19:30:00.000Z"}, /* now is over */
        {"00:00:00Z", "2026-11-28T00:00:00.000Z"},
        {"19:30:01Z\n", "2026-11-27T19:30:01.000Z"},
        {"19:30:01Z\nmore", "2026-11-27T19:30:01.000Z"},
        {"20:30:01", "2026-11-27T19:30:01.000Z"}, /* local time: CET here */
        {"00:00:00", "2026-11-27T23:00:00.000Z"},
        {"26-11-27 19:30:01Z", "2026-11-27T19:30:01.000Z"},
        {"2026-11-27 20:30:01", "2026-11-27T19:30:01.000Z"},
        {"2028-02-29 00:00:00Z", "2028-02-29T00:00:00.000Z"},
        {"2027-07-01 12:00:00", "2027-07-01T10:00:00.000Z"}, /* summer time */
        {"2026-11-27 19:30:00Z", NULL},
        {"2025-11-27 19:30:00Z", NULL},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[CLOCK_TEXT_SIZE];
        struct when when;
        int64_t next = 0;

        assert_fact(when_parse(rows[i].text, &when), "not read: %s", rows[i].text);
        assert_fact(when_next(&when, NOW, &next) == (rows[i].next != NULL), "%s", rows[i].text);
        if (rows[i].next) {
            clock_wall_text(text, next);
            assert_fact(strcmp(text, rows[i].next) == 0, "%s is %s", rows[i].text, text);
        }
    }
}

static void test_nothing_else_is_a_time(void **state)
{
    static const char *const rows[] = {
        "",
        "now",
        "19:30",
        "19:30:0",
        "19:30:60",
        "24:00:00",
        "19:60:00",
        " 19:30:00",
        "19:30:00 ",
        "19:30:00z",
        "19:30:00ZZ",
        "19:30:00\tZ",
        "019:30:00",
        "+9:30:00",
        "2026-11-27",
        "2026-11-27T19:30:00",
        "2026-11-27  19:30:00",
        "026-11-27 19:30:00",
        "2026-1-27 19:30:00",
        "2026-02-29 00:00:00",
        "2026-13-01 00:00:00",
        "2026-00-01 00:00:00",
        "2026-01-00 00:00:00",
        "2026-04-31 00:00:00",
        "-11-27 19:30:00",
        "99999999999999999999-01-01 00:00:00",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct when when;

        assert_fact(!when_parse(rows[i], &when), "read: \"%s\"", rows[i]);
    }
}

static void test_a_time_of_day_comes_every_day(void **state)
{
    struct when when;
    int64_t first;
    int64_t second;

    (void)state;
    assert_true(when_parse("03:00:00Z", &when));
    assert_true(when_next(&when, NOW, &first));
    assert_true(when_next(&when, first, &second));
    assert_true(second - first == INT64_C(24) * 3600 * CLOCK_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_time_is_found),
        cmocka_unit_test(test_nothing_else_is_a_time),
        cmocka_unit_test(test_a_time_of_day_comes_every_day),
    };

    (void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
